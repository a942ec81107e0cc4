"""Days: given by the caller, never asked from the clock."""

from __future__ import annotations

import calendar
import datetime as dt

from socharm.errors import ParameterError

__all__ = ["month_end", "months_after", "require_day"]


def require_day(value: object, name: str = "on") -> dt.date:
    """The day given, or an error that names the argument; of a moment its day."""
    if isinstance(value, dt.datetime):
        return value.date()
    if not isinstance(value, dt.date):
        raise ParameterError(f"`{name}` is {value!r}; give a date, such as datetime.date(2026, 10, 31).")
    return value


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
