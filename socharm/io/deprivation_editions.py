"""Editions of the Indices of Deprivation: their areas, domains and weights, and how their columns are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from socharm.errors import ParameterError

__all__ = ["EDITIONS", "MEASURES", "OVERALL", "Edition", "column_meaning", "edition_of", "years_said"]

OVERALL: Final = "overall"
MEASURES: Final = ("rank", "score", "decile")

_ENGLAND: Final = {
    "income": 0.225,
    "employment": 0.225,
    "education": 0.135,
    "health": 0.135,
    "crime": 0.093,
    "barriers": 0.093,
    "environment": 0.093,
}
_WALES: Final = {
    "income": 0.22,
    "employment": 0.22,
    "health": 0.15,
    "education": 0.14,
    "access": 0.10,
    "housing": 0.07,
    "crime": 0.05,
    "environment": 0.05,
}
_SCOTLAND: Final = {
    "income": 0.28,
    "employment": 0.28,
    "health": 0.14,
    "education": 0.14,
    "access": 0.09,
    "crime": 0.05,
    "housing": 0.02,
}
_NORTHERN_IRELAND: Final = {
    "income": 0.25,
    "employment": 0.25,
    "health": 0.15,
    "education": 0.15,
    "access": 0.10,
    "environment": 0.05,
    "crime": 0.05,
}


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One published index.

    Parameters
    ----------
    name, nation : str
    year : int
    areas : int
        LSOAs of the nation (data zones, super output areas): ranks run from 1 to this number.
    boundary_year : int
        Of the codes.
    weights : mapping
        Weight of each domain, as published; empty where they are not held here: the published index is read, and no
        version without crime can be made.
    """

    name: str
    nation: str
    year: int
    areas: int
    boundary_year: int
    weights: Mapping[str, float]


#: Sources: English Indices of Deprivation, technical reports 2015, 2019 and 2025 (the weights did not change);
#: Welsh Index of Multiple Deprivation 2019, technical report, section 3; 2014 and 2025: numbers of areas only.
#: Scottish Index of Multiple Deprivation 2020, technical notes (version 2 corrected income); Northern Ireland
#: Multiple Deprivation Measure 2017, technical report: the same transformation of domain ranks.
EDITIONS: Final = (
    Edition(name="IMD 2015", nation="England", year=2015, areas=32_844, boundary_year=2011, weights=_ENGLAND),
    Edition(name="IMD 2019", nation="England", year=2019, areas=32_844, boundary_year=2011, weights=_ENGLAND),
    Edition(name="IMD 2025", nation="England", year=2025, areas=33_755, boundary_year=2021, weights=_ENGLAND),
    Edition(name="WIMD 2014", nation="Wales", year=2014, areas=1_909, boundary_year=2011, weights={}),
    Edition(name="WIMD 2019", nation="Wales", year=2019, areas=1_909, boundary_year=2011, weights=_WALES),
    Edition(name="WIMD 2025", nation="Wales", year=2025, areas=1_917, boundary_year=2021, weights={}),
    Edition(name="SIMD 2020", nation="Scotland", year=2020, areas=6_976, boundary_year=2011, weights=_SCOTLAND),
    Edition(
        name="NIMDM 2017",
        nation="Northern Ireland",
        year=2017,
        areas=890,
        boundary_year=2001,
        weights=_NORTHERN_IRELAND,
    ),
    # The sample's: made by its generator in the form of the English index of 2025.
    Edition(name="fictional index", nation="fictional", year=2025, areas=33_755, boundary_year=2021, weights=_ENGLAND),
)

_WORDS: Final = re.compile(r"[^a-z0-9]+")
_DOMAINS: Final = (
    (
        OVERALL,
        (
            "index of multiple deprivation",
            "index of multiple deprivation imd",
            "imd",
            "wimd",
            "iod",
            "simd",
            "nimdm",
            "multiple deprivation measure",
            "overall",
        ),
    ),
    ("income", ("income",)),
    ("employment", ("employment",)),
    ("education", ("education", "education skills and training")),
    ("health", ("health", "health deprivation and disability")),
    ("crime", ("crime", "community safety", "crime and disorder")),
    ("barriers", ("barriers to housing and services", "housing and access", "housing and services")),
    ("environment", ("environment", "living environment", "physical environment")),
    ("access", ("access", "access to services")),
    ("housing", ("housing",)),
)
_NAMES: Final = {text: domain for domain, texts in _DOMAINS for text in texts}
_BESIDE: Final = re.compile(
    r"(?:wimd|imd|iod|indices|deprivation|(?<![a-z])id)[ _-]*(20\d\d|(?<![ _-])\d\d)(?!\d)|"
    r"(?<!\d)(20\d\d)[ _-]*(?:wimd|imd|iod|index|indices)",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"(?<!\d)20\d\d(?!\d)")
_BOUNDARY: Final = re.compile(r"lsoa.*?(?:20)?(01|11|21)(?!\d)", re.IGNORECASE)
_NAMED: Final = re.compile(r"wimd|imd|iod|deprivation", re.IGNORECASE)
_INDEX_YEAR: Final = re.compile(
    r"^(wimd|imd|iod|simd|index of multiple deprivation(?: imd)?) ?(?:20)?\d\d(?:v\d)?(?= |$)"
)
#: What stands round a domain in Scotland (``SIMD2020_Crime_Domain_Rank``) and Northern Ireland (``Crime Domain Rank``).
_DOMAIN: Final = re.compile(r"^(?:simd )?(.+) domain$")
#: What a publisher writes behind the measure: "(where 1 is most deprived)", "(rate)", "(IMD)".
_TAIL: Final = re.compile(r"\((?!.*multiple).*?\)")


def column_meaning(column: str, *, bare: str | None = None) -> tuple[str, str] | None:
    """Domain and measure that a column holds, or None when it is something else (a sub-domain, a name).

    Parameters
    ----------
    column : str
    bare : str, optional
        Measure of a column that names a domain only: Welsh files of ranks head their columns so.

    Examples
    --------
    >>> column_meaning("Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)")
    ('overall', 'rank')
    >>> column_meaning("Barriers to Housing and Services Score")
    ('barriers', 'score')
    >>> column_meaning("Income Deprivation Affecting Children Index (IDACI) Rank (where 1 is most deprived)") is None
    True
    >>> column_meaning("Community Safety", bare="rank")
    ('crime', 'rank')
    >>> column_meaning("SIMD2020v2_Rank"), column_meaning("SIMD2020_Crime_Domain_Rank")
    (('overall', 'rank'), ('crime', 'rank'))
    """
    text = _INDEX_YEAR.sub(r"\1", _WORDS.sub(" ", _TAIL.sub(" ", column.lower())).strip())
    for measure in MEASURES:
        if text.endswith(f" {measure}"):
            domain = _NAMES.get(_DOMAIN.sub(r"\1", text.removesuffix(measure).strip()))
            return (domain, measure) if domain else None
    domain = _NAMES.get(text)
    return (domain, bare) if domain and bare else None


def years_said(text: str) -> set[int]:
    """Years of an index that a name of a file, sheet or column states; of several years those beside the index.

    Examples
    --------
    >>> years_said("File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx"), years_said("WIMD 2025 "), years_said("IMD25")
    ({2019}, {2025}, {2025})
    >>> years_said("imd2019_fetched_2026-01-02.csv"), years_said("LSOA code (2021)")
    ({2019}, set())
    """
    beside = {int(found[1] or found[2]) for found in _BESIDE.finditer(text)}
    if beside:
        return {year if year > 99 else 2000 + year for year in beside}
    if _BOUNDARY.search(text):
        return set()
    return {int(year) for year in _YEAR.findall(text)}


def edition_of(
    nation: str,
    year: int | None,
    *,
    code_column: str,
    file: str,
    highest_rank: int,
    sheet: str | None = None,
    columns: Iterable[str] = (),
) -> Edition:
    """The edition a file holds: what is stated, and what its name, sheet, columns and codes say, which must agree.

    Raises
    ------
    ParameterError
        The edition is not known or cannot be told, or two things say different years.
    """
    known = [edition for edition in EDITIONS if edition.nation == nation]
    listed = ", ".join(edition.name for edition in known)
    inside = {f"column {label!r}": years_said(label) for label in columns if _NAMED.search(label)}
    claims = {f"the file name {file!r}": years_said(file), f"sheet {sheet!r}": years_said(sheet or ""), **inside}
    if year is not None:
        # A renamed file can be set right by `year=`; what stands in it cannot.
        inner = {place: years for place, years in claims.items() if not place.startswith("the file")}
        claims = {f"`year={year}`": {year}, **inner}
    told = {place: years for place, years in claims.items() if years}
    said = sorted({one for years in told.values() for one in years})
    if len(said) > 1:
        places = "; ".join(f"{place} says {', '.join(map(str, sorted(years)))}" for place, years in told.items())
        raise ParameterError(
            f"{file!r} contradicts itself about the year of its index: {places}. Give the file its true name, or state "
            f"`year=`: {listed}."
        )
    boundary = _boundary_of(code_column)
    if said:
        chosen = next((edition for edition in known if edition.year == said[0]), None)
        if chosen is None:
            raise ParameterError(
                f"{next(iter(told))} says that the index of {nation} in {file!r} is of {said[0]}, an edition that is "
                f"not known here. State `year=` if it is another: {listed}. Or read its ranks by `read_indicators`."
            )
        if boundary is not None and boundary != chosen.boundary_year:
            raise ParameterError(
                f"{file!r} is said to be {chosen.name}, which goes by areas of {chosen.boundary_year}, and its codes "
                f"{code_column!r} are of {boundary}. Correct the year, or read the file as published."
            )
        return chosen
    possible = [edition for edition in known if boundary in (None, edition.boundary_year)]
    possible = [edition for edition in possible if highest_rank <= edition.areas]
    if len(possible) == 1:
        return possible[0]
    raise ParameterError(
        f"The edition of {file!r} ({nation}) cannot be told from its name, columns and codes. State `year=`: {listed}."
    )


def _boundary_of(code_column: str) -> int | None:
    """Boundary year that a heading of codes states (``LSOA code (2021)``, ``lsoa11_code``)."""
    found = _BOUNDARY.search(code_column)
    return 2000 + int(found[1]) if found else None
