"""The day of each event, from whatever a column of dates holds; months are refused, for a month is not a day."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import SchemaError

__all__ = ["days_of", "first_dates"]

_Floats = NDArray[np.float64]

_MONTH: Final = re.compile(r"\d{4}[-/]?(0[1-9]|1[0-2])")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T].*)?")
#: Every date is the first of its month in so many months or more: months, written as days.
_FEWEST_MONTHS: Final = 3
_EPOCH: Final = pd.Timestamp(1970, 1, 1)


def days_of(column: pd.Series, *, name: str) -> tuple[_Floats, bool]:
    """Days since 1970 (or the numbers that the column holds), not a number where there is none.

    Parameters
    ----------
    column : Series
        Dates, times (their day is taken, by their own clock), daily Periods, texts ``YYYY-MM-DD``, or numbers of days
        from any day, which may have decimals.
    name : str
        What the caller calls it.

    Returns
    -------
    days : ndarray of float64
    dated : bool
        Whether the days are dates, else numbers from a day that nobody said.

    Raises
    ------
    SchemaError
        The column holds months, dates written as numbers, or something else.
    """
    if isinstance(column.dtype, pd.PeriodDtype):
        if column.dtype.freq != pd.tseries.frequencies.to_offset("D"):
            raise _months(name, column)
        return _not_months(column.dt.to_timestamp(), name), True
    if pd.api.types.is_datetime64_any_dtype(column):
        return _not_months(column.dt.tz_localize(None), name), True
    if pd.api.types.is_bool_dtype(column):
        raise SchemaError(f"`{name}` holds true and false; give the day of each event.")
    if pd.api.types.is_numeric_dtype(column):
        return _numbers(column, name), False
    held = column.astype(object).where(column.notna(), None)
    texts = [None if value is None else _text_of(value) for value in held]
    found = [text for text in texts if text]
    if found and all(_MONTH.fullmatch(text) for text in found):
        raise _months(name, column)
    odd = sorted({text for text in found if not _ISO.fullmatch(text)})
    if odd:
        raise SchemaError(
            f"`{name}` holds {odd[:2]}; {number_of(len(odd), 'distinct text is', 'distinct texts are')} no day. Write "
            "days as YYYY-MM-DD, or make dates of them first: pd.to_datetime(texts, format='%d/%m/%Y')."
        )
    try:
        parsed = pd.Series([pd.NaT if not text else pd.Timestamp(text[:10]) for text in texts], dtype="datetime64[s]")
    except ValueError as error:
        raise SchemaError(f"`{name}` holds a day that no calendar has ({error}). Correct it.") from error
    return _not_months(parsed, name), True


def _text_of(value: object) -> str:
    """A date object as text, a text without the space round it."""
    if isinstance(value, (dt.date, pd.Timestamp, np.datetime64)):
        return "" if pd.isna(value) else pd.Timestamp(value).strftime("%Y-%m-%d")
    return str(value).strip()


def _numbers(column: pd.Series, name: str) -> _Floats:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise SchemaError(f"`{name}` holds infinity, which is no day. Correct or leave out those rows.")
    held = values[~np.isnan(values)]
    texts = [f"{value:.0f}" for value in np.unique(held)[:1_000]] if (held == np.floor(held)).all() else []
    if texts and all(len(text) == 6 and "190001" <= text <= "210012" and _MONTH.fullmatch(text) for text in texts):
        raise _months(name, column)
    if texts and all(re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])", text) for text in texts):
        raise SchemaError(
            f"`{name}` holds dates written as numbers, such as {texts[0]}: their differences are no days. Make dates "
            "of them first: pd.to_datetime(numbers, format='%Y%m%d')."
        )
    return values


def _not_months(dates: pd.Series, name: str) -> _Floats:
    days = dates.dt.floor("D")
    known = days.dropna()
    if len(known) and (known.dt.day == 1).all() and known.nunique() >= _FEWEST_MONTHS:
        raise _months(name, dates)
    return np.asarray((days - _EPOCH) / pd.Timedelta(days=1), dtype=np.float64)


def _months(name: str, column: pd.Series) -> SchemaError:
    first = str(column.dropna().iloc[0]).removesuffix(" 00:00:00") if column.notna().any() else ""
    return SchemaError(
        f"`{name}` says the month of each event, such as {first}, and not its day: a month is not a day, and near "
        "repeats are a matter of days. Use a source with days, as a force's own extract has them; police.uk has months."
    )


def first_dates(days: _Floats, *, dated: bool) -> pd.Series:
    """Days as dates, where they are dates; as the numbers they were otherwise.

    Examples
    --------
    >>> first_dates(np.array([16801.0]), dated=True).astype(str).tolist(), first_dates(np.array([3.0]), dated=False)[0]
    (['2016-01-01'], np.float64(3.0))
    """
    return pd.Series(_EPOCH + pd.to_timedelta(days, unit="D")) if dated else pd.Series(days, dtype=np.float64)
