"""Dates as they are written, to months: each distinct text is worked out once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from socharm.errors import SchemaError

__all__ = ["month_of", "months_of"]

_ISO: Final = re.compile(r"^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ].*)?)?$")
_BRITISH: Final = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?$")
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100


def month_of(text: str | None) -> str | None:
    """Month ``YYYY-MM`` of a date, or None where it cannot be parsed.

    Parameters
    ----------
    text : str or None
        ``YYYY-MM``, ``YYYY-MM-DD``, ``DD/MM/YYYY`` (the day first), or a timestamp that begins so.

    Examples
    --------
    >>> month_of("2025-04-30 23:59"), month_of("01/02/2025")
    ('2025-04', '2025-02')
    >>> month_of("Feb-25") is None and month_of("2025-04-31") is None
    True
    """
    stripped = (text or "").strip()
    if found := _ISO.match(stripped):
        year, month, day = found.group(1), found.group(2), found.group(3) or "1"
    elif found := _BRITISH.match(stripped):
        day, month, year = found.groups()
    else:
        return None
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return f"{date:%Y-%m}" if _FIRST_YEAR <= date.year <= _LAST_YEAR else None


def months_of(texts: Iterable[str | None]) -> dict[str | None, str | None]:
    """Every distinct text to its month.

    Raises
    ------
    SchemaError
        Not one can be parsed: the column is in a format that is not read, or is not a date.
    """
    months = {text: month_of(text) for text in texts}
    if months and not any(months.values()):
        found = sorted(text for text in months if text)[:3] or ["nothing"]
        raise SchemaError(
            f"No date can be parsed: the date column holds texts such as {found}. Dates are read as YYYY-MM, "
            "YYYY-MM-DD or DD/MM/YYYY; a spreadsheet turns '2025-02' into 'Feb-25', so export the file again as text."
        )
    return months
