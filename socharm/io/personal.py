"""Refuse columns that look like persons: this library works on places, and keeps nothing about people."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

import pandas as pd

from socharm._checks import hold_values
from socharm.errors import RefusedError
from socharm.io._name_words import FLAG_WORDS, GIVEN_NAMES, PLACE_WORDS
from socharm.io.missing import is_missing, is_suppressed

__all__ = ["LOOKED_AT", "looks_personal", "refuse_personal"]

#: Rows whose contents are judged.
LOOKED_AT: Final = 2_000
_FEWEST: Final = 3
#: Digits of which no test of contents makes anything.
_FEW_DIGITS: Final = 3
_WHO: Final = (
    r"(?:person|suspect|victim|offender|complainant|nominal|witness|subject|individual|client|customer|patient|pupil|"
    r"student|child|parent|resident|tenant|claimant|officer|detainee|defendant|driver|member|applicant|informant|"
    r"contact|reporter|owner|his|her|their|home|full)"
)
_NUMBER: Final = r"(?:urn|urns|number|numbers|no|num|nr|id|ids|ref|reference|record|code)"

# Whole headers, after lower-casing and splitting into words. `victims` (a count) passes, `victim name` does not.
_PART: Final = r"(?:surname|forename|first name|last name|given name|middle name|family name|maiden name)"
#: How extracts shorten victim, suspect, injured and aggrieved party, witness, nominal, next of kin.
_SHORT_WHO: Final = r"(?:vict?|sus|susp|ip|ap|agg|wit|nom|nok|rp|oic|occ)"
_BIRTH: Final = r"(?:dob|d o b|dates? of birth|birth ?dates?|birthday|born(?: on)?)"
_PAPERS: Final = r"(?:nino|national insurance|ni|passport|driving licence|upn|uln|warrant|shoulder)"
_POLICE: Final = r"(?:pnc|pncid|cro|pnd|asn|arrest summons)"
_POSTAL: Final = r"(?:(?:full|postal|street|house|e ?mail|ip) )?address(?: line)?(?: \d)?"
_PHONES: Final = r"(?:(?:work|mobile|tele) ?)?(?:phone|telephone|mobile)"
_HEADERS: Final[tuple[tuple[str, str], ...]] = (
    (rf"{_WHO}s? (?:first |last |sur|full )?names?", "name of a person"),
    (rf"(?:{_WHO} )*{_PART}s?(?: \d)?", "name of a person"),
    (rf".*\b{_PART}s?\b.*", "name of a person"),
    (rf"{_SHORT_WHO}s? ?\d? (?:full )?names?(?: \d)?", "name of a person"),
    (rf".*\b{_BIRTH}\b.*", "date of birth"),
    (rf"(?:home )?(?:post ?code|address|phone|telephone|mobile) of (?:the )?{_WHO}s?", "address"),
    (rf"{_SHORT_WHO}s? ?\d? (?:home )?(?:post ?code|address|phone|telephone|mobile|urn)", "address"),
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
    (r"full ?names?|(?:middle )?initials?|nick ?names?|fore ?names?(?: s)?|given names?", "name of a person"),
    (rf"(?:{_WHO} )*(?:dob|yob|year of birth|birth year) ?\d?|d o b ?\d?", "date of birth"),
    (
        rf"(?:{_WHO} )*(?:tel|telephone|phone|mobile|e ?mail|contact)(?: address| {_NUMBER})?(?: ?\d)",
        "contact of a person",
    ),
    (r"tel|mobile|mob|tel no|tel number|fax", "contact of a person"),
    (
        r"(?:facebook|instagram|snapchat|tiktok|whatsapp|twitter|telegram|social media)(?: .*)?|user ?names?|handles?",
        "contact of a person",
    ),
    (r"(?:bank )?account (?:number|no)|sort code|iban", "identifier of a person"),
    (
        r"(?:collar|shoulder|warrant|badge|passport|driving licence|driver)(?: card)?(?: number| no| num)",
        "identifier of a person",
    ),
    (r"driving licen[cs]e|passport", "identifier of a person"),
    (
        r"(?:vehicle )?(?:registration|reg)(?: number| no| mark| plate)|vehicle reg(?:istration)?",
        "identifier of a person's property",
    ),
    (rf"{_WHO} (?:home |postal )?(?:post ?code|address).*|house (?:number|no|name).*", "address"),
    (r"vrm|vrn|number plate|registration mark|imei", "identifier of a person's property"),
)
_HEADER_PATTERNS: Final = tuple((re.compile(pattern), kind) for pattern, kind in _HEADERS)

# A role alone heads a column of names or identifiers as often as one of counts or of yes and no: the cells decide.
_ROLE: Final = (
    r"(?:offender|victim|suspect|nominal|complainant|witness|informant|aggrieved|accused|detainee|defendant|arrestee|"
    r"officer|oic|officer in (?:the )?case|"
    r"perpetrator|injured party|injured person|reporting person|arrested person|next of kin|caller)"
)
_SOFT_ROLE: Final = (
    r"(?:person|subject|individual|client|customer|patient|pupil|student|child|parent|resident|tenant|landlord|claimant|"
    r"occupant|occupier|householder|owner|keeper|driver|member|applicant|contact|reporter|associate|ip)"
)
_ROLES: Final = re.compile(rf"(?:\w+ )?{_ROLE}(?:s|es)?(?: ?\d+)?|(?:\w+ )?{_SOFT_ROLE}s? ?\d+")
_ONE_ROLE: Final = re.compile(rf"{_ROLE}(?: ?\d+)?|{_SOFT_ROLE} ?\d+")
_OF_ROLE: Final = re.compile(rf".*\b{_ROLE}\b.*\bnames?\b.*|.*\bnames?\b.*\b{_ROLE}\b.*")
_FREE_TEXT: Final = re.compile(
    r"(?:mo|m o|modus operandi|free text|freetext|narrative|circumstances|(?:incident|case|crime|mo|log|event|contact|"
    r"investigation|officer|intelligence|free text) ?(?:text|notes?|summary|narrative|details?|log|comments?|report|"
    r"description))"
)
_MAYBE_TEXT: Final = re.compile(r"(?:.* )?(?:notes?|comments?|remarks?|summary|description|details?|text|log|report)")

# Places have names too; columns under these headers are judged by their contents only.
_PLACE: Final = (
    r"(?:ward|wd|lsoa|msoa|oa|lad|la|ltla|utla|csp|pfa|district|borough|county|country|region|force|beat|sector|"
    r"neighbourhood|area|place|parish|station|unit|team|beat|division|hospital|school|prison|location|street|road|provider|partner|agency|"
    r"indicator|measure|offence|crime|category|file|column|source|premises|venue)s?\d*"
)
_PLACES: Final = re.compile(
    rf"(?:.* )?{_PLACE} (?:nm|names?)(?: .*)?|(?:.* )?(?:unit|team|station|beat|division)|location|street|names?|label"
    "|crime id"
)

_NHS: Final = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}")
_DATE: Final = re.compile(r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})(?:[ T]00:00(?::00)?)?")
_PNC: Final = re.compile(r"(?:19|20)?\d{2}/\d{1,7}[A-Z]")
_NINO: Final = re.compile(r"[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE: Final = re.compile(r"(?:\+44 ?|0)7\d{3} ?\d{3} ?\d{3}")
_LANDLINE: Final = re.compile(r"(?:\+44 ?\(?0?\)?|0)[12]\d{2,3}[ -]\d{3,4}[ -]?\d{3,4}")
_PLATE: Final = re.compile(r"[A-Z]{2}\d{2} ?[A-Z]{3}")
#: Surnames in capitals: "Jane SMITH", "SMITH, Jane", "SMITH Jane". Places are not written so.
_SURNAME: Final = re.compile(
    r"[A-Z][a-z'\-]+(?: [A-Z][a-z'\-]*\.?){0,2} (?:(?:O'|Mc|Mac|de |van )?[A-Z'\-]{3,})|(?:O'|Mc|Mac)?[A-Z'\-]{3,},? "
    r"[A-Z][a-z'\-]+(?: [A-Z][a-z'\-]*\.?){0,2}"
)
_WORDS: Final = re.compile(r"[A-Za-z\u00c0-\u024f'\u2019\-.]+")
_TITLE: Final = re.compile(r"(?:mr|mrs|ms|miss|mx|dr)\.? +[a-z'\-]+(?: [a-z'\-]+){0,3}", re.IGNORECASE)
#: An officer by rank: "PC 1234 Smith", "DS Jones", "T/Insp. A Khan".
_RANKED: Final = re.compile(
    r"(?:[AT]/)?(?:PC|DC|TDC|PS|DS|DI|DCI|PCSO|[Ii]nsp(?:ector)?|[Ss]gt|[Ss]ergeant|[Ss]upt|[Cc]onstable)\.?"
    r"(?: +|(?= ?\d))(?:[A-Z]{0,2} ?\d+ +)?[A-Z][A-Za-z'\-.]*(?: [A-Za-z'\-]+){0,2}"
)
_COUNT: Final = re.compile(r"\d{1,5}(?:\.0+)?|\d{1,3}(?:,\d{3})+|\d*\.\d+%?|\d+%")
_OF_PERSONS: Final = re.compile(
    r"\b(?:victim|suspect|offender|aggrieved|complainant|witness|nominal|IP|v\d|s\d|he|she|him|her|his|male|female|"
    r"boyfriend|girlfriend|husband|wife|mother|father|son|daughter|born|dob|d\.o\.b)\b",
    re.IGNORECASE,
)
#: Descriptions of offences name victims too; what somebody wrote about an event tells what was done.
_TOLD: Final = re.compile(
    r"\b(?:was|were|had|did|stated|states|said|says|reported|reports|called|attended|arrested|approached|ran|entered|"
    r"threatened|stole|took|believed|believes|punched|hit|followed|refused|seen|lives|residing|contacted|fled|came|went)\b",
    re.IGNORECASE,
)
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
    A role alone (``Offender``, ``Victim 1``) is judged by its cells: names and identifiers are refused, counts and
    yes or no pass; so is a column of full names under any heading, by given names and by surnames in capitals, and
    text that somebody typed about persons. Names of wards, LSOAs, districts, stations and streets pass by an allow-list
    of headers. Contents
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
    names = [str(column) for column in columns]
    found = looks_personal(names, sample, allow=allow)
    if found:
        # A file without a header begins with a row of persons: its cells are no names to be repeated.
        shown = {name: f"{place}" if hold_values(names) else repr(name) for place, name in enumerate(names, 1)}
        listed = ", ".join(f"{shown[column]} ({kind})" for column, kind in found.items())
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
        kind = _kind_of(str(column), sample[column] if sample is not None and column in sample else None)
        if kind is not None:
            found[str(column)] = kind
    return found


def _kind_of(column: str, values: Iterable[Any] | None) -> str | None:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    words = re.sub(r"[^a-z0-9]+", " ", words.lower()).strip()
    place = bool(_PLACES.fullmatch(words)) and not _OF_ROLE.fullmatch(words)
    if not place:
        if _OF_ROLE.fullmatch(words):
            return "name of a person"
        kind = next((kind for pattern, kind in _HEADER_PATTERNS if pattern.fullmatch(words)), None)
        if kind is not None:
            return kind
    if values is None:
        if _FREE_TEXT.fullmatch(words):
            return "free text about persons"
        return "name of a person" if _ONE_ROLE.fullmatch(words) else None
    cells = list(itertools.islice(values, LOOKED_AT))
    # Counts, of which tables hold hundreds of columns: no test of contents takes so few digits.
    if not _ROLES.fullmatch(words) and _are_small_numbers(cells):
        return None
    texts = pd.Series(cells, dtype=object).dropna().astype(str).str.strip()
    texts = texts[(texts != "") & (texts.str.casefold() != column.strip().casefold())]
    distinct = texts.str.slice(0, 200).drop_duplicates()
    if _ROLES.fullmatch(words) and len(distinct) and not _are_flags(distinct, numbered=_numbered(words)):
        return "name or identifier of a person"
    return _kind_by_content(distinct, words, place=place) or _kind_of_text(texts, words)


def _are_small_numbers(cells: list[Any]) -> bool:
    """Whether every cell is text of up to three digits, or blank."""
    if not all(issubclass(kind, str) for kind in set(map(type, cells))):
        return False
    plain = {cell.strip() for cell in set(cells)} - {""}
    return all(len(cell) <= _FEW_DIGITS and cell.isascii() and cell.isdigit() for cell in plain)


def _numbered(words: str) -> bool:
    """Whether numbers under the header are those of a person, not counts: "Victim 1", "Officer" but not "Officers"."""
    return words[-1:].isdigit() or re.fullmatch(r"(?:\w+ )?(?:officer|oic)", words) is not None


def _are_flags(distinct: pd.Series, *, numbered: bool) -> bool:
    """Numbers small enough to be counts, or words that say whether and of what kind."""
    if numbered and bool(distinct.str.fullmatch(r"\d{3,}").any()):
        return False

    def flag(text: str) -> bool:
        words = set(re.findall(r"[a-z\-]+", text.lower()))
        spoken = bool(words) and words <= FLAG_WORDS and not re.search(r"\d", text)
        return spoken or is_missing(text) or is_suppressed(text) or _COUNT.fullmatch(text) is not None

    return all(flag(text) for text in distinct)


def _kind_by_content(distinct: pd.Series, words: str, *, place: bool) -> str | None:
    if len(distinct) < 2:
        return None
    # "Elswick NPT" is a team, though "Jane SMITH" is a person.
    named_place = place and words not in ("name", "names", "label")
    for test, share, kind, fewest in _CONTENTS:
        if named_place and kind == "name of a person":
            continue
        if len(distinct) >= fewest and float(distinct.map(test).mean()) >= share:
            return kind
    soft = re.fullmatch(rf"(?:\w+ )*{_SOFT_ROLE}s?|names?|who", words) is not None
    wanted = 0.7 if place and words not in ("name", "names") else 0.25 if soft else 0.4
    if len(distinct) >= (2 if soft else _FEWEST) and float(distinct.map(_is_full_name).mean()) >= wanted:
        return "name of a person"
    return "date of birth" if _are_births(distinct) else None


def _is_full_name(text: str) -> bool:
    """Two to four words, one at either end a given name, none of them the word of a place."""
    turned = re.sub(r"^([^,]+), (.+)$", r"\2 \1", text)
    words = turned.split()
    if not 2 <= len(words) <= 4 or not all(_WORDS.fullmatch(word) and word[0].isupper() for word in words):
        return False
    lowered = [word.lower() for word in words]
    return lowered[0] in GIVEN_NAMES and not set(lowered[1:]) & PLACE_WORDS


def _kind_of_text(texts: pd.Series, words: str) -> str | None:
    """Sentences that somebody typed, and that speak of persons."""
    free, maybe = bool(_FREE_TEXT.fullmatch(words)), bool(_MAYBE_TEXT.fullmatch(words))
    long = texts[texts.str.count(r"\s") >= 3]
    if not len(texts) or len(long) < max(1, 0.3 * len(texts)):
        return None
    varied = long.nunique() >= 0.5 * len(long)
    if free and varied:
        return "free text about persons"
    told = float((long.str.contains(_OF_PERSONS) & long.str.contains(_TOLD)).mean())
    if varied and len(long) >= 2 and told >= (0.1 if maybe else 0.3):
        return "free text about persons"
    return None


def _is_nhs_number(text: str) -> bool:
    if not _NHS.fullmatch(text):
        return False
    digits = [int(digit) for digit in re.sub(r"\D", "", text)]
    check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits[:9], strict=True)) % 11
    return check % 11 == digits[9] and len(set(digits)) > 1


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_CONTENTS: Final[tuple[tuple[Callable[[str], bool], float, str, int], ...]] = (
    (_is_nhs_number, 0.8, "NHS number", _FEWEST),
    (_matches(_PNC), 0.8, "police identifier of a person", _FEWEST),
    (_matches(_NINO), 0.8, "identifier of a person", 2),
    (_matches(_EMAIL), 0.5, "contact of a person", 2),
    (_matches(_PHONE), 0.8, "contact of a person", 2),
    (_matches(_LANDLINE), 0.8, "contact of a person", _FEWEST),
    (_matches(_RANKED), 0.5, "name of a person", 2),
    (_matches(_TITLE), 0.5, "name of a person", 2),
    (_matches(_SURNAME), 0.6, "name of a person", 2),
    (_matches(_PLATE), 0.8, "identifier of a person's property", _FEWEST),
    (_matches(_HOUSE), 0.5, "address", _FEWEST),
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
