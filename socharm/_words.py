"""Numbers with their nouns, as sentences of documents, pages and pictures say them."""

from __future__ import annotations

import datetime as dt
import math
import re
import statistics
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = [
    "FIRST_RANK", "age_words", "area_noun", "day_words", "harm_per", "is_file", "joined_words", "month_words",
    "named_sources", "noun_for", "number_of", "per_one", "percent", "period_words", "rank_span", "rate_decimals",
    "signed", "span_words", "unit_sentence",
]  # fmt: skip

#: How the unit of a table of ranks begins; what the area of rank 1 has stands behind it.
FIRST_RANK: Final = "rank, 1 is the "

#: The name of a file, which stands in for a source that nobody named.
_FILE: Final = re.compile(
    r"[^\s;]+\.(?:gpkg|csv|parquet|xlsx?|ods|geojson|json|shp|zip|gz|kml|tsv|txt|dbf|gml)", re.IGNORECASE
)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


#: Codes of wards in England and Wales.
_WARD: Final = re.compile(r"[EW]05\d{6}")


def area_noun(codes: Iterable[object]) -> str:
    """What areas are: wards where every code is one of a ward.

    Examples
    --------
    >>> area_noun(["E05001346", "W05000001"]), area_noun(["E05001346", "E01000001"]), area_noun([])
    ('ward', 'area', 'area')
    """
    told = [str(code) for code in codes]
    return "ward" if told and all(map(_WARD.fullmatch, told)) else "area"


def percent(share: float) -> str:
    """A share as a percentage; a probability is never quite none or all.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.004, 0.25, 0.999, 1.0)]
    ['under 1%', 'under 1%', '25%', 'over 99%', 'over 99%']
    """
    if share < 0.005:
        return "under 1%"
    return "over 99%" if share > 0.995 else f"{share:.0%}"


def day_words(day: dt.date) -> str:
    """A day as people write it.

    Examples
    --------
    >>> day_words(dt.date(2026, 11, 26))
    '26 November 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_words(month: str) -> str:
    """A month, ``YYYY-MM``, as people write it.

    Examples
    --------
    >>> month_words("2014-06")
    'June 2014'
    """
    return f"{_MONTHS[int(month[5:7]) - 1]} {month[:4]}"


def age_words(months: int) -> str:
    """Whole months as people say an age: in years from two years on.

    Examples
    --------
    >>> age_words(1), age_words(14), age_words(24), age_words(148)
    ('1 month', '14 months', '2 years', '12 years and 4 months')
    """
    years, rest = divmod(months, 12)
    if months < 2 * 12:
        return number_of(months, "month")
    return joined_words([number_of(years, "year"), *([number_of(rest, "month")] if rest else [])])


def harm_per(unit: str) -> str:
    """What a ranking is by, from the unit of its rate: harm itself, or harm over a denominator.

    Examples
    --------
    >>> harm_per("sentence-days per resident per year"), harm_per("sentence-days per 1,000 residents per year")
    ('harm per resident', 'harm per 1,000 residents')
    >>> harm_per("sentence-days per area per year"), harm_per("crimes per household per year")
    ('harm', 'crimes per household')
    """
    first, *amounts = unit.removesuffix(" per year").split(" per ")
    subject = "crimes" if first == "crimes" else "harm"
    return f"{subject} per {amounts[-1]}" if amounts and amounts[-1] != "area" else subject


def joined_words(parts: Iterable[str]) -> str:
    """A list inside a sentence.

    Examples
    --------
    >>> joined_words(["robbery"]), joined_words(["robbery", "drugs", "burglary"])
    ('robbery', 'robbery, drugs and burglary')
    """
    told = list(parts)
    return " and ".join([", ".join(told[:-1]), told[-1]]) if len(told) > 1 else "".join(told)


def number_of(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun, one or several.

    Examples
    --------
    >>> number_of(1, "area"), number_of(2_300, "area"), number_of(1, "other area has", "other areas have")
    ('1 area', '2,300 areas', '1 other area has')
    """
    return f"{number:,} {noun_for(number, noun, plural)}"


def noun_for(number: float, noun: str, plural: str = "") -> str:
    """The noun behind a number that is written already, one or several.

    Examples
    --------
    >>> noun_for(1, "crime"), noun_for(0, "crime"), noun_for(2, "category", "categories")
    ('crime', 'crimes', 'categories')
    """
    return noun if number == 1 else plural or f"{noun}s"


def rank_span(low: str, high: str) -> str:
    """Both ends of an interval, or the one rank that it holds.

    Examples
    --------
    >>> rank_span("1st", "4th"), rank_span("1st", "1st")
    ('1st to 4th', '1st')
    """
    return low if low == high else f"{low} to {high}"


def period_words(start: str, end: str) -> str:
    """A run of months in words, from the first to the last.

    Examples
    --------
    >>> period_words("2025-04", "2025-09"), period_words("2025-04", "2025-04")
    ('April 2025 to September 2025', 'April 2025')
    """
    return rank_span(month_words(start), month_words(end))


def rate_decimals(rates: Iterable[object]) -> int:
    """Decimals of every rate of a page or sheet: one; none where the median is 100 or more, more where it is below 1.

    Examples
    --------
    >>> rate_decimals([42.98, 5.337, 3.1]), rate_decimals([33.1, 12.0]), rate_decimals([1507, 820])
    (1, 1, 0)
    >>> rate_decimals([0.012]), rate_decimals([None])
    (3, 1)
    """
    known = [float(rate) for rate in rates if isinstance(rate, int | float) and rate > 0]
    median = statistics.median(known) if known else 1.0
    if median >= 100:
        return 0
    return max(1, 1 - math.floor(math.log10(median)))


def signed(value: float, decimals: int, *, minus: str = "\N{MINUS SIGN}") -> str:
    """A number with its sign; what is nothing, or is printed as nothing, has none.

    Parameters
    ----------
    value : float
    decimals : int
    minus : str
        The sign of what is below nothing: on a console a hyphen.

    Examples
    --------
    >>> [signed(value, 2, minus="-") for value in (0.351, -0.08, -0.001, 0.001, -0.0, -1234.5)]
    ['+0.35', '-0.08', '0.00', '0.00', '0.00', '-1,234.50']
    """
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in "123456789" for digit in text):
        return text
    return f"{'+' if value > 0 else minus}{text}"


def per_one(unit: str) -> str:
    """What a rate is divided by, as the unit of an index says it; blank where a number of an area is not divided.

    Examples
    --------
    >>> [per_one(unit) for unit in ("sentence-days per resident per year", "days per 1,000 residents per year")]
    ['per resident', 'per 1,000 residents']
    >>> per_one("sentence-days per workday person per year"), per_one("crimes per area per year"), per_one("")
    ('per workday person', '', '')
    """
    _, per, one = unit.removesuffix(" per year").rpartition(" per ")
    return f"per {one}" if per and one != "area" else ""


def unit_sentence(unit: str) -> str:
    """What the unit of harm means, where it is that of the weights of the Office for National Statistics.

    Examples
    --------
    >>> unit_sentence("sentence-days per resident per year")[:39], unit_sentence("days lost per head")
    ('Sentence-days: every crime counts as th', '')
    """
    if not unit.startswith("sentence-days"):
        return ""
    return (
        "Sentence-days: every crime counts as the days of sentence that courts give for its kind on average, so that a "
        "robbery weighs more than a theft from a shop."
    )


def setting_words(value: object) -> str:
    """A setting as a sheet shows it: yes and no, lists with commas, blank where it is not set.

    Examples
    --------
    >>> setting_words(True), setting_words(None), setting_words([1, "ward"])
    ('yes', '', '1, ward')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(setting_words, value))
    return "" if value is None else str(value)


def span_words(span: str) -> str:
    """A run of months as tables and recipes write it, in words.

    Examples
    --------
    >>> span_words("2025-04 to 2025-09"), span_words("2025-04")
    ('April 2025 to September 2025', 'April 2025')
    """
    return " to ".join(month_words(month) for month in span.split(" to "))


def is_file(source: str) -> bool:
    """Whether the text of a source is no more than the name of a file.

    Examples
    --------
    >>> is_file("wards.gpkg"), is_file("Office for National Statistics")
    (True, False)
    """
    return _FILE.fullmatch(source) is not None


def named_sources(sources: Iterable[str], *, files: Mapping[str, str] | None = None) -> list[str]:
    """Sources as they are named; those that are files say so, each with what the file holds where that is known.

    Parameters
    ----------
    sources : iterable of str
    files : mapping of str to str, optional
        What each source that is a file holds, such as ``{"wards.gpkg": "boundaries"}``.

    Examples
    --------
    >>> named_sources(["police.uk", "wards.gpkg", "people.csv"], files={"wards.gpkg": "boundaries"})
    ['police.uk', 'boundaries: source not named (file wards.gpkg)', 'source not named (file people.csv)']
    """
    held = files or {}
    return [
        f"{f'{held[source]}: ' if source in held else ''}source not named (file {source})"
        if source in held or is_file(source)
        else source
        for source in sources
    ]
