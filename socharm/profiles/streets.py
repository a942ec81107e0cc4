"""Named streets and kinds of places in sentences, as police.uk names its map points."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm._columns import AREA, NAME, OFFENCE, N
from socharm._words import joined_words
from socharm.documents.evidence import Cell
from socharm.io.incidents.street_names import STREET
from socharm.io.incidents.streets import told_street
from socharm.offences import UNWEIGHTED_CATEGORIES
from socharm.plans.weighing import offence_groups
from socharm.profiles.content import Material

__all__ = ["first_streets", "leading_place", "streets_sentence"]

_SHOWN: Final = 3
#: Share of the crimes of its kind from which a place leads.
_LEADS: Final = 0.1


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


def leading_place(material: Material, category: str) -> str:
    """The street or kind of place with most crimes of a category.

    Blank where none has five or more, where two have as many, or where the first holds less than a tenth: work that
    begins there would leave nine in ten crimes aside.
    """
    first = first_streets(material, category)
    if first.empty or (len(first) > 1 and first[N].iloc[0] == first[N].iloc[1]):
        return ""
    if first[N].iloc[0] < _LEADS * _recorded(material, category):
        return ""
    return _placed(material, str(first[AREA].iloc[0]), str(first[STREET].iloc[0]))


def _recorded(material: Material, category: str) -> float:
    """All crimes of a category here, those of streets without a name of five among them."""
    table = material.tables["unweighted" if category in UNWEIGHTED_CATEGORIES else "cells"]
    mine = table[table[AREA].isin(material.subject.codes)]
    return float(mine.loc[(offence_groups(mine[OFFENCE]) == category).to_numpy(), N].sum())


def _placed(material: Material, code: str, street: str) -> str:
    """A street or kind of place; in a district or set with the area that it lies in."""
    within = "" if material.subject.kind == "area" else f" in {material.tables['areas'][NAME].get(code) or code}"
    return f"{told_street(street)}{within}"


def _told(material: Material, category: str, rows: pd.DataFrame) -> list[str]:
    told = []
    for code, street, count in zip(rows[AREA], rows[STREET], rows[N].astype(int), strict=True):
        said = material.evidence.note(
            f"{count:,}",
            count,
            Cell("streets", "n", f"{code}, {category}, {street}"),
            what=f"{category} on or near {told_street(street)}",
            unit="incidents" if category in UNWEIGHTED_CATEGORIES else "crimes",
        )
        told.append(f"{_placed(material, str(code), str(street))} ({said})")
    return told
