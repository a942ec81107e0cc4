"""Clock times of events, from whatever a column holds; days and months are refused, for neither has an hour."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from socharm._words import number_of
from socharm.errors import SchemaError

__all__ = ["clock_changes", "clock_times", "require_order"]

_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_DAY: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?")
#: Rows that an error names.
_SHOWN: Final = 5


def clock_times(column: pd.Series, *, name: str, timezone: str) -> pd.Series:
    """Times without a zone, as clocks on the wall show them; missing where there is none.

    Parameters
    ----------
    column : Series
        Times, or texts ``YYYY-MM-DD HH:MM``. Those with a zone or an offset are brought to `timezone`; those without
        are clock times already.
    name : str
        What the caller calls it.
    timezone : str

    Raises
    ------
    SchemaError
        The column holds months or days, or something that is no time.
    """
    if isinstance(column.dtype, pd.PeriodDtype):
        raise _no_hours(name, column)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        times = column.dt.tz_convert(timezone).dt.tz_localize(None)
    elif pd.api.types.is_datetime64_any_dtype(column):
        times = column
    elif column.isna().all():
        times = pd.Series(pd.NaT, index=column.index, dtype="datetime64[s]")
    elif pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise SchemaError(
            f"`{name}` holds numbers; give times, as pd.to_datetime(texts, format='%d/%m/%Y %H:%M') does."
        )
    else:
        times = _parsed(column, name, timezone)
    known = times.dropna()
    if len(known) > 1 and (known == known.dt.normalize()).all():
        raise _no_hours(name, column)
    clock: pd.Series = times.astype("datetime64[s]")
    return clock


def _parsed(column: pd.Series, name: str, timezone: str) -> pd.Series:
    texts = column.map(str, na_action="ignore").str.strip()
    found = texts[texts.notna() & (texts != "")]
    if len(found) and found.str.fullmatch(_DAY.pattern).all():
        raise _no_hours(name, column)
    odd = found[~found.str.fullmatch(_ISO.pattern)]
    if len(odd):
        raise SchemaError(
            f"`{name}` holds {number_of(len(odd), 'text that is no time', 'texts that are no times')}, such as "
            f"{odd.iloc[0]!r} in row {odd.index[0]}. Write times as YYYY-MM-DD HH:MM, or make times of them first: "
            "pd.to_datetime(texts, format='%d/%m/%Y %H:%M')."
        )
    zoned = found.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
    try:
        plain = pd.to_datetime(found[~zoned], format="ISO8601")
        moved = pd.to_datetime(found[zoned], format="ISO8601", utc=True).dt.tz_convert(timezone).dt.tz_localize(None)
    except ValueError as error:
        raise SchemaError(f"`{name}` holds a time that no clock has ({error}). Correct it.") from error
    times = pd.Series(pd.NaT, index=column.index, dtype="datetime64[s]")
    for part in (plain, moved):
        times[part.index] = part.astype("datetime64[s]")
    return times


def require_order(start: pd.Series, end: pd.Series, rows: Sequence[Hashable]) -> None:
    """Stop where an end lies before its start.

    Raises
    ------
    SchemaError
        Names the rows.
    """
    wrong = np.flatnonzero((end < start).to_numpy())
    if len(wrong):
        shown = [
            f"row {rows[at]} ({start.iloc[at]:%Y-%m-%d %H:%M} to {end.iloc[at]:%Y-%m-%d %H:%M})"
            for at in wrong[:_SHOWN]
        ]
        raise SchemaError(
            f"{number_of(len(wrong), 'event ends before it begins', 'events end before they begin')}: "
            f"{', '.join(shown)}{' ...' if len(wrong) > _SHOWN else ''}. Correct those rows: exchange the two "
            "times where they were entered in each other's place, or leave the rows out."
        )


def clock_changes(start: pd.Series, end: pd.Series) -> int:
    """Windows that a change of the clocks of the United Kingdom falls in, on a last Sunday of March or October."""
    if not len(start):
        return 0
    years = range(start.min().year, end.max().year + 1)
    moments = [
        pd.Timestamp(year, month, 31) - pd.Timedelta(days=(pd.Timestamp(year, month, 31).day_of_week + 1) % 7, hours=-1)
        for year in years
        for month in (3, 10)
    ]
    changes = np.array(moments, dtype="datetime64[s]")
    begins, ends = (side.to_numpy().astype("datetime64[s]") for side in (start, end))
    return int(np.count_nonzero(np.searchsorted(changes, ends) > np.searchsorted(changes, begins, side="right")))


def _no_hours(name: str, column: pd.Series) -> SchemaError:
    first = str(column.dropna().iloc[0]).removesuffix(" 00:00:00") if column.notna().any() else ""
    return SchemaError(
        f"`{name}` says the day or the month of each event, such as {first}, and no time of day: a month has no hours, "
        "and midnight in every row is no time. Use a source with times, as a force's own extract has them; police.uk "
        "has months."
    )
