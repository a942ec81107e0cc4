"""Key columns shared by floors, and the one place where months become pandas Periods."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm._limits import MAX_MONTHS, MAX_YEAR, MIN_YEAR, require_within
from socharm._words import number_of
from socharm.errors import SchemaError

__all__ = [
    "AREA",
    "FORCE",
    "N",
    "NAME",
    "OFFENCE",
    "PARENT",
    "PERIOD",
    "RANK",
    "month_span",
    "to_month_text",
    "to_period",
]

AREA: Final = "area_code"
NAME: Final = "name"
PARENT: Final = "parent"
FORCE: Final = "force"
OFFENCE: Final = "offence"
PERIOD: Final = "period"
N: Final = "n"
RANK: Final = "rank"

_MONTH: Final = rf"(?:19[0-9]{{2}}|20[0-9]{{2}}|{MAX_YEAR})-(?:0[1-9]|1[0-2])"


def to_period(months: pd.Series | pd.Index) -> pd.PeriodIndex:
    """Months as ``YYYY-MM`` text to a monthly `pandas.PeriodIndex`.

    Raises
    ------
    SchemaError
        A value is not a month.
    """
    texts = pd.Index(months).astype(str)
    bad = texts[~texts.str.fullmatch(_MONTH)]
    if len(bad):
        raise SchemaError(
            f"{number_of(len(bad), 'value is no month', 'values are no months')}, such as {list(bad[:3])}. Write "
            f"months as 'YYYY-MM', of the years {MIN_YEAR} to {MAX_YEAR}."
        )
    return pd.PeriodIndex(texts, freq="M")


def month_span(first: pd.Period, last: pd.Period) -> pd.PeriodIndex:
    """Every month from the first to the last.

    Raises
    ------
    RefusedError
        The span is longer than fifty years: one of the two is a mistake.
    """
    months = last.ordinal - first.ordinal + 1
    require_within(months, MAX_MONTHS, what="months between the first and the last", remedy="Correct the odd month.")
    return pd.period_range(first, last, freq="M")


def to_month_text(periods: pd.Series | pd.Index) -> pd.Index:
    """Monthly Periods (or month texts, unchanged) to ``YYYY-MM`` text, for disk and lazy frames."""
    index = pd.Index(periods)
    texts: pd.Index
    if not isinstance(index, pd.PeriodIndex):
        texts = index.astype(str)
        return texts
    # Each month is written once; -1 takes the missing one at the end.
    months = index.unique().dropna()
    texts = months.append(pd.PeriodIndex([pd.NaT], freq=index.freq)).astype(str)[months.get_indexer(index)]
    return texts.rename(index.name)
