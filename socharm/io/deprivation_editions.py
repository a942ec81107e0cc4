"""Editions of the Indices of Deprivation: their areas, domains and weights, and how their columns are named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["EDITIONS", "MEASURES", "OVERALL", "Edition", "column_meaning", "edition_of"]

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


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One published index.

    Parameters
    ----------
    name, nation : str
    year : int
    areas : int
        LSOAs of the nation: ranks run from 1 to this number.
    boundary_year : int
        Of the LSOA codes.
    weights : mapping
        Weight of each domain, as published.
    """

    name: str
    nation: str
    year: int
    areas: int
    boundary_year: int
    weights: Mapping[str, float]


#: Sources: English Indices of Deprivation, technical reports 2015, 2019 and 2025 (the weights did not change);
#: Welsh Index of Multiple Deprivation 2019, technical report, section 3.
EDITIONS: Final = (
    Edition(name="IMD 2015", nation="England", year=2015, areas=32_844, boundary_year=2011, weights=_ENGLAND),
    Edition(name="IMD 2019", nation="England", year=2019, areas=32_844, boundary_year=2011, weights=_ENGLAND),
    Edition(name="IMD 2025", nation="England", year=2025, areas=33_755, boundary_year=2021, weights=_ENGLAND),
    Edition(name="WIMD 2019", nation="Wales", year=2019, areas=1_909, boundary_year=2011, weights=_WALES),
    # The sample's: made by its generator in the form of the English index of 2025.
    Edition(name="fictional index", nation="fictional", year=2025, areas=33_755, boundary_year=2021, weights=_ENGLAND),
)

_WORDS: Final = re.compile(r"[^a-z0-9]+")
_DOMAINS: Final = (
    (OVERALL, ("index of multiple deprivation", "imd", "wimd 2019", "wimd")),
    ("income", ("income",)),
    ("employment", ("employment",)),
    ("education", ("education", "education skills and training")),
    ("health", ("health", "health deprivation and disability")),
    ("crime", ("crime", "community safety")),
    ("barriers", ("barriers to housing and services", "housing and access", "housing and services")),
    ("environment", ("environment", "living environment", "physical environment")),
    ("access", ("access", "access to services")),
    ("housing", ("housing",)),
)
_NAMES: Final = {text: domain for domain, texts in _DOMAINS for text in texts}
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
    """
    text = _WORDS.sub(" ", _TAIL.sub(" ", column.lower())).strip()
    for measure in MEASURES:
        if text.endswith(f" {measure}"):
            domain = _NAMES.get(text.removesuffix(measure).strip())
            return (domain, measure) if domain else None
    domain = _NAMES.get(text)
    return (domain, bare) if domain and bare else None


def edition_of(nation: str, year: int | None, *, code_column: str, file: str, highest_rank: int) -> Edition | None:
    """The edition a file holds, by what is stated, else its name, else its codes; None when it cannot be told."""
    known = [edition for edition in EDITIONS if edition.nation == nation]
    stated = year if year is not None else _year_in(file, [edition.year for edition in known])
    if stated is not None:
        return next((edition for edition in known if edition.year == stated), None)
    digits = code_column.replace("(", " ")
    if "21" in digits or highest_rank > 32_844:
        known = [edition for edition in known if edition.boundary_year == 2021]
    elif "11" in digits:
        known = [edition for edition in known if edition.boundary_year == 2011]
    return known[0] if len(known) == 1 else None


def _year_in(file: str, years: list[int]) -> int | None:
    found = [year for year in years if str(year) in file]
    return found[0] if len(found) == 1 else None
