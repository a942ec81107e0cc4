"""Key columns shared by floors, and the one place where months become pandas Periods."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm.errors import SchemaError

__all__ = ["AREA", "FORCE", "N", "NAME", "OFFENCE", "PARENT", "PERIOD", "to_month_text", "to_period"]

AREA: Final = "area_code"
NAME: Final = "name"
PARENT: Final = "parent"
FORCE: Final = "force"
OFFENCE: Final = "offence"
PERIOD: Final = "period"
N: Final = "n"


def to_period(months: pd.Series | pd.Index) -> pd.PeriodIndex:
    """Months as ``YYYY-MM`` text to a monthly `pandas.PeriodIndex`.

    Raises
    ------
    SchemaError
        A value is not a month.
    """
    texts = pd.Index(months).astype(str)
    bad = texts[~texts.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])")]
    if len(bad):
        raise SchemaError(f"{len(bad)} values are not months, such as {list(bad[:3])}. Write months as 'YYYY-MM'.")
    return pd.PeriodIndex(texts, freq="M")


def to_month_text(periods: pd.Series | pd.Index) -> pd.Index:
    """Monthly Periods (or month texts, unchanged) to ``YYYY-MM`` text, for disk and lazy frames."""
    texts: pd.Index = pd.Index(periods).astype(str)
    return texts
