"""Periods as publishers write them, in the order of time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["latest_period", "periods_in_order"]

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*[ -](?:to .*)?((?:19|20)\d\d)\b")
_MONTH: Final = re.compile(r"\b((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:-\d\d)?\b")
_SPAN: Final = re.compile(r"\b((?:19|20)\d\d)\s*[/\u2013-]\s*((?:19|20)?\d\d)\b")
_QUARTER: Final = re.compile(r"\bq([1-4])\b")
_YEAR: Final = re.compile(r"\b((?:19|20)\d\d)\b")
_SIX: Final = re.compile(r"((?:19|20)\d\d)(\d\d)")


def periods_in_order(periods: Iterable[object]) -> list[str] | None:
    """Distinct periods by their last month; None where one of several is written in no way that is known.

    Known are years, months (``2025-03``, ``March 2025``), quarters with a year, and years that run into the next
    (``2023/24``, ``202324``, ``2021/22 - 23/24``).

    Examples
    --------
    >>> periods_in_order(["September 2025", "October 2025", "March 2025"])
    ['March 2025', 'September 2025', 'October 2025']
    >>> periods_in_order(["202324", "202223"]), periods_in_order(["week 9", "week 10"])
    (['202223', '202324'], None)
    """
    texts = sorted(set(map(str, periods)))
    six = [found for text in texts if (found := _SIX.fullmatch(text.strip()))]
    schools = all((int(found[1]) + 1) % 100 == int(found[2]) for found in six)
    ends = [_last_month(text.strip().lower(), schools=schools) for text in texts]
    if len(texts) > 1 and None in ends:
        return None
    return [text for _, text in sorted(zip((end or 0 for end in ends), texts, strict=True))]


def latest_period(periods: Iterable[object]) -> str:
    """The last of some periods; the last of the alphabet where their order is not known, blank where there is none.

    Examples
    --------
    >>> latest_period(["September 2025", "October 2025"]), latest_period([])
    ('October 2025', '')
    """
    texts = list(map(str, periods))
    return (periods_in_order(texts) or sorted(texts) or [""])[-1]


def _last_month(text: str, *, schools: bool) -> int | None:
    """The month in which a period ends, counted from the year 0; None where it is not known."""
    if found := _SIX.fullmatch(text):
        year, rest = int(found[1]), int(found[2])
        if schools:
            return 12 * (year + 1) + 8
        return 12 * year + rest if 1 <= rest <= 12 else None
    if named := _NAMED.findall(text):
        name, year = named[-1]
        return 12 * int(year) + 1 + _MONTHS.index(name)
    if months := _MONTH.findall(text):
        year, month = months[-1]
        return 12 * int(year) + int(month)
    if spans := _SPAN.findall(text):
        return 12 * _end_of(spans[0][0], spans[0][1], text) + 12
    years = _YEAR.findall(text)
    if not years:
        return None
    quarter = _QUARTER.search(text)
    return 12 * int(years[-1]) + (3 * int(quarter[1]) if quarter else 12)


def _end_of(first: str, last: str, text: str) -> int:
    """The year in which a span ends; of several spans the last number says it."""
    tail = re.findall(r"\d+", text)[-1]
    ending = tail if len(tail) in (2, 4) else last
    return int(ending) if len(ending) == 4 else int(first[:2]) * 100 + int(ending) + (100 if ending < first[2:] else 0)
