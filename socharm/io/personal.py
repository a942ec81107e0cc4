"""Refuse columns that look like persons: this library works on places, and keeps nothing about people."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

import pandas as pd

from socharm.errors import RefusedError

__all__ = ["LOOKED_AT", "looks_personal", "refuse_personal"]

#: Rows whose contents are judged.
LOOKED_AT: Final = 2_000
_FEWEST: Final = 3
_WHO: Final = (
    r"(?:person|suspect|victim|offender|complainant|nominal|witness|subject|individual|client|customer|patient|pupil|"
    r"student|child|parent|resident|tenant|claimant|officer|detainee|defendant|driver|member|applicant|informant|"
    r"contact|reporter|owner|his|her|their|home|full)"
)
_NUMBER: Final = r"(?:number|numbers|no|num|nr|id|ids|ref|reference|record|code)"

# Whole headers, after lower-casing and splitting into words. `victims` (a count) passes, `victim name` does not.
_PART: Final = r"(?:surname|forename|first name|last name|given name|middle name|family name|maiden name)"
_BIRTH: Final = r"(?:dob|d o b|dates? of birth|birth ?dates?|birthday|born(?: on)?)"
_PAPERS: Final = r"(?:nino|national insurance|ni|passport|driving licence|upn|uln|warrant|shoulder)"
_POLICE: Final = r"(?:pnc|pncid|cro|pnd|asn|arrest summons)"
_POSTAL: Final = r"(?:(?:full|postal|street|house|e ?mail|ip) )?address(?: line)?(?: \d)?"
_PHONES: Final = r"(?:(?:work|mobile|tele) ?)?(?:phone|telephone|mobile)"
_HEADERS: Final[tuple[tuple[str, str], ...]] = (
    (rf"{_WHO}s? (?:first |last |sur|full )?names?", "name of a person"),
    (rf"(?:{_WHO} )*{_PART}s?(?: \d)?", "name of a person"),
    (rf"names? of (?:the )?{_WHO}|nominals?|alias(?:es)?|aka|known as", "name of a person"),
    (rf"(?:{_WHO} )*{_BIRTH}", "date of birth"),
    (rf"(?:{_WHO} )*nhs(?: {_NUMBER})?", "NHS number"),
    (rf"(?:{_WHO} )*{_POLICE}(?: {_NUMBER})?", "police identifier of a person"),
    (rf"(?:{_WHO} )*custody (?:record )?{_NUMBER}", "custody number"),
    (rf"{_WHO} {_NUMBER}", "identifier of a person"),
    (rf"(?:{_WHO} )*{_PAPERS}(?: {_NUMBER})+|nino|upn|uln", "identifier of a person"),
    (rf"(?:{_WHO} )*{_POSTAL}", "address"),
    (r"uprn|house (?:number|no|name)|flat (?:number|no)", "address"),
    (rf"(?:{_WHO} )*{_PHONES} {_NUMBER}|e ?mails?|telephone|phone", "contact of a person"),
    (r"vrm|vrn|number plate|registration mark|imei", "identifier of a person's property"),
)
_HEADER_PATTERNS: Final = tuple((re.compile(pattern), kind) for pattern, kind in _HEADERS)

# Places have names too; columns under these headers are judged by their contents only.
_PLACE: Final = (
    r"(?:ward|wd|lsoa|msoa|oa|lad|la|ltla|utla|csp|pfa|district|borough|county|country|region|force|beat|sector|"
    r"neighbourhood|area|place|parish|station|hospital|school|prison|location|street|road|provider|partner|agency|"
    r"indicator|measure|offence|crime|category|file|column|source|premises|venue)s?\d*"
)
_PLACES: Final = re.compile(rf"(?:.* )?{_PLACE} (?:nm|names?)(?: .*)?|location|street|names?|label|crime id")

_NHS: Final = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}")
_DATE: Final = re.compile(r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})(?:[ T]00:00(?::00)?)?")
_PNC: Final = re.compile(r"(?:19|20)?\d{2}/\d{1,7}[A-Z]")
_NINO: Final = re.compile(r"[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE: Final = re.compile(r"(?:\+44 ?|0)7\d{3} ?\d{3} ?\d{3}")
_TITLE: Final = re.compile(r"(?:mr|mrs|ms|miss|mx|dr|sir|lady)\.? +[a-z'\-]+(?: [a-z'\-]+){0,3}", re.IGNORECASE)
_HOUSE: Final = re.compile(
    r"(?:flat \w+,? +)?\d+[a-z]?,? +[a-z' .\-]+ (?:street|st|road|rd|avenue|ave|lane|close|drive|crescent|terrace|"
    r"court|gardens|grove|place|way|square|walk|view|hill|row)\b.*",
    re.IGNORECASE,
)


def refuse_personal(
    columns: Iterable[str],
    sample: pd.DataFrame | Mapping[str, Iterable[Any]] | None = None,
    *,
    allow: Collection[str] = (),
    name: str = "the table",
) -> None:
    """Stop if a column looks like a person's name, date of birth, identifier, contact or address.

    Parameters
    ----------
    columns : iterable of str
        Every column name of the source, also those that will not be used.
    sample : DataFrame or mapping of column to values, optional
        Some rows (a few thousand suffice); contents are judged as well as headers.
    allow : collection of str
        Columns the caller vouches for (``allow_columns=`` of the readers).
    name : str
        The source, for the message.

    Raises
    ------
    RefusedError
        A column looks like persons. The message names the columns, never their contents.

    Notes
    -----
    Names of wards, LSOAs, districts, stations and streets pass by an allow-list of headers. Contents
    are judged by share: NHS numbers by their check digit (modulus 11), dates of birth by full dates
    that spread over decades, addresses by a house number before a street.

    References
    ----------
    NHS Data Model and Dictionary, "NHS NUMBER": check digit by modulus 11.

    Examples
    --------
    >>> refuse_personal(["ward_name", "victims", "NHS trust"])
    >>> refuse_personal(["ward_code", "Date of birth"])
    Traceback (most recent call last):
    ...
    socharm.errors.RefusedError: the table holds columns that look like persons: ...
    """
    found = looks_personal(columns, sample, allow=allow)
    if found:
        listed = ", ".join(f"{column!r} ({kind})" for column, kind in found.items())
        raise RefusedError(
            f"{name} holds columns that look like persons: {listed}. socharm works on places; remove these columns "
            "before reading, or name a column in `allow_columns=` if it does not speak of persons."
        )


def looks_personal(
    columns: Iterable[str],
    sample: pd.DataFrame | Mapping[str, Iterable[Any]] | None = None,
    *,
    allow: Collection[str] = (),
) -> dict[str, str]:
    """Columns that look like persons, with what they look like; empty when there are none.

    Parameters
    ----------
    columns, sample, allow
        As in `refuse_personal`.

    Returns
    -------
    dict of column to kind

    Examples
    --------
    >>> looks_personal(["LSOA name", "Suspect Name", "dob"])
    {'Suspect Name': 'name of a person', 'dob': 'date of birth'}
    """
    found: dict[str, str] = {}
    for column in columns:
        if column in allow:
            continue
        kind = _kind_by_header(str(column))
        if kind is None and sample is not None and column in sample:
            kind = _kind_by_content(sample[column])
        if kind is not None:
            found[str(column)] = kind
    return found


def _kind_by_header(column: str) -> str | None:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    words = re.sub(r"[^a-z0-9]+", " ", words.lower()).strip()
    if _PLACES.fullmatch(words):
        return None
    return next((kind for pattern, kind in _HEADER_PATTERNS if pattern.fullmatch(words)), None)


def _kind_by_content(values: Iterable[Any]) -> str | None:
    texts = pd.Series(list(values)[:LOOKED_AT], dtype=object).dropna().astype(str).str.strip().str.slice(0, 200)
    distinct = texts[texts != ""].drop_duplicates()
    if len(distinct) < _FEWEST:
        return None
    for test, share, kind in _CONTENTS:
        if float(distinct.map(test).mean()) >= share:
            return kind
    return "date of birth" if _are_births(distinct) else None


def _is_nhs_number(text: str) -> bool:
    if not _NHS.fullmatch(text):
        return False
    digits = [int(digit) for digit in re.sub(r"\D", "", text)]
    check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits[:9], strict=True)) % 11
    return check % 11 == digits[9] and len(set(digits)) > 1


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_CONTENTS: Final[tuple[tuple[Callable[[str], bool], float, str], ...]] = (
    (_is_nhs_number, 0.8, "NHS number"),
    (_matches(_PNC), 0.8, "police identifier of a person"),
    (_matches(_NINO), 0.8, "identifier of a person"),
    (_matches(_EMAIL), 0.5, "contact of a person"),
    (_matches(_PHONE), 0.8, "contact of a person"),
    (_matches(_TITLE), 0.5, "name of a person"),
    (_matches(_HOUSE), 0.5, "address"),
)


def _are_births(texts: pd.Series) -> bool:
    dates = texts[texts.map(_matches(_DATE))]
    if len(dates) < 10 or len(dates) < 0.8 * len(texts):
        return False
    years = dates.str.extract(r"(\d{4})", expand=False).astype(int)
    days = dates.str.replace(r"[ T].*", "", regex=True).str.replace(r"\d{4}", "", regex=True)
    spread = years.max() - years.min() >= 25 and years.quantile(0.75) - years.quantile(0.25) >= 8
    # Year-ends of a long series are not births: births fall on many days of the year.
    return bool(spread and days.nunique() >= 8)
