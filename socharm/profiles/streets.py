"""Named streets and kinds of places in sentences, as police.uk names its map points."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from socharm._columns import AREA, NAME, OFFENCE, N
from socharm._words import joined_words
from socharm.io.incidents.places import PLACE_KINDS
from socharm.io.incidents.streets import STREET
from socharm.plans.weighing import offence_groups
from socharm.profiles.content import Material
from socharm.profiles.evidence import Cell

__all__ = ["first_streets", "street_name", "streets_sentence"]

#: Names of kinds of places beside those that generate reports; all others are names of streets.
_KINDS: Final = frozenset(
    {text for texts in PLACE_KINDS.values() for text in texts}
    | {
        "bus/coach station", "conference/exhibition centre", "park/open space", "parking area", "pedestrian subway",
        "race track", "sports/recreation area", "theatre/concert hall",
    }
)  # fmt: skip
#: Of two kinds in one name the first takes its own plural.
_FIRST_OF_TWO: Final = {"airport": "airports", "park": "parks", "theatre": "theatres"}
_AFTER_APOSTROPHE: Final = re.compile(r"(?<=')S\b")
_SHOWN: Final = 3


def street_name(name: str) -> str:
    """A street as people write it; a kind of place in the plural, since its name stands for all map points of the kind.

    Examples
    --------
    >>> street_name("St Peter'S Road"), street_name("Petrol Station"), street_name("A193")
    ("St Peter's Road", 'petrol stations', 'A193')
    >>> street_name("Park/Open Space"), street_name("Bus/Coach Station")
    ('parks/open spaces', 'bus/coach stations')
    """
    if name.lower() in _KINDS:
        first, slash, second = name.lower().partition("/")
        return f"{_FIRST_OF_TWO.get(first, first)}{slash}{second}s" if slash else f"{first}s"
    return _AFTER_APOSTROPHE.sub("s", name)


def streets_sentence(material: Material, category: str) -> str:
    """The named places with most crimes of a category; blank where the assessment has no names."""
    table = material.tables["streets"]
    if not len(table):
        return ""
    here = table[table[AREA].isin(material.subject.codes)]
    if here.empty:
        return ""
    first = first_streets(material, category)
    if first.empty:
        return "No one street had five or more"
    return f"Most on or near: {joined_words(_told(material, category, first))}"


def first_streets(material: Material, category: str) -> pd.DataFrame:
    """The named places with most crimes of a category, at most three: ``area_code``, ``street``, ``n``."""
    table = material.tables["streets"]
    if not len(table):
        return pd.DataFrame({AREA: [], STREET: [], N: []})
    here = table[table[AREA].isin(material.subject.codes)]
    mine = here[offence_groups(here[OFFENCE]) == category]
    sums = mine.groupby([AREA, STREET])[N].sum().reset_index()
    return sums.sort_values([N, AREA, STREET], ascending=[False, True, True], kind="stable").head(_SHOWN)


def _told(material: Material, category: str, rows: pd.DataFrame) -> list[str]:
    names = material.tables["areas"][NAME]
    told = []
    for code, street, count in zip(rows[AREA], rows[STREET], rows[N].astype(int), strict=True):
        said = material.evidence.note(
            f"{count:,}",
            count,
            Cell("streets", "n", f"{code}, {category}, {street}"),
            what=f"{category} on or near {street}",
            unit="crimes",
        )
        within = "" if material.subject.kind == "area" else f", {names.get(code) or code}"
        told.append(f"{street_name(str(street))}{within} ({said})")
    return told
