"""Days: given by the caller, never asked from the clock."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final

from socharm.errors import ParameterError

__all__ = ["OLD_MONTHS", "month_end", "months_after", "old_by", "require_day"]

#: Whole months after which what was counted is old: the guidance refreshes profiles every year.
OLD_MONTHS: Final = 12
#: First year whose days every spreadsheet counts alike, and the last that leaves room for a review.
_FIRST_YEAR: Final = 1901
_LAST_YEAR: Final = 9990


def require_day(value: object, name: str = "on") -> dt.date:
    """The day given, or an error that names the argument; of a moment its day."""
    if not isinstance(value, dt.date) or value != value:
        raise ParameterError(f"`{name}` is {value!r}; give a date, such as datetime.date(2026, 10, 31).")
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ParameterError(
            f"`{name}` is {value}; give a day of the years {_FIRST_YEAR} to {_LAST_YEAR}, which "
            "every spreadsheet holds."
        )
    return value.date() if isinstance(value, dt.datetime) else value


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of the month some months later, or that month's last day.

    Examples
    --------
    >>> months_after(dt.date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def month_end(month: str) -> dt.date:
    """Last day of a month written ``YYYY-MM``.

    Examples
    --------
    >>> month_end("2024-02")
    datetime.date(2024, 2, 29)
    """
    year, number = (int(part) for part in month.split("-"))
    return dt.date(year, number, calendar.monthrange(year, number)[1])


def old_by(month: str, on: dt.date) -> int | None:
    """Whole months from the end of a month, ``YYYY-MM``, to a day; None where they are no more than a year.

    Examples
    --------
    >>> old_by("2014-06", dt.date(2026, 11, 27)), old_by("2025-12", dt.date(2026, 11, 27))
    (148, None)
    """
    year, number = map(int, month.split("-"))
    age = (on.year - year) * 12 + on.month - number - 1
    return age if age > OLD_MONTHS or (age == OLD_MONTHS and on.day > 1) else None
