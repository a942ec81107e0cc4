"""What was tried at a place, and did it work: evaluations of sites here or next door, in their own sentences."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from socharm._columns import NAME
from socharm._words import joined_words, number_of
from socharm.documents.document import PrintedTable, Section
from socharm.documents.evidence import Cell
from socharm.profiles.content import Material
from socharm.snapshot.tried import Tried, tried_of

__all__ = ["tried_section"]

_AREAS: Final = 6
_OF_WHAT: Final = {
    "verdict": "The verdict",
    "methods": "Other methods",
    "selection": "Choice of the site",
    "detectable": "What could be seen",
    "next door": "Next door",
    "other outcomes": "Other outcomes",
    "subgroups": "Subgroups",
    "registration": "Registration",
}


def tried_section(material: Material) -> Section | None:
    """Evaluations with a site here, and a line for each next door; None where the assessment has neither."""
    codes = set(material.subject.codes)
    every = tried_of(material.tables, internal=material.internal)
    here = [tried for tried in every if codes & set(tried.site)]
    near = [tried for tried in every if tried not in here and codes & set(tried.parts)]
    if not here and not near:
        return None
    several = f"{number_of(len(here), 'evaluation has', 'evaluations have')} a site here." if here else ""
    return Section(
        key="tried",
        title=f"What was tried {'here' if here else 'next door'}, and did it work?",
        lead=here[0].sentences["verdict"] if len(here) == 1 else several,
        paragraphs=tuple(_next_door(material, tried) for tried in near),
        tables=(_table(material, here), *(_sentences(tried, alone=len(here) == 1) for tried in here)) if here else (),
    )


def _sentences(tried: Tried, *, alone: bool) -> PrintedTable:
    """What an evaluation says; the verdict of the only one stands above."""
    said = [(what, text) for what, text in tried.sentences.items() if not (alone and what == "verdict")]
    return PrintedTable(
        caption=f"{tried.name}, from {tried.since}: what its evaluation says",
        header=("Of what", "What it says"),
        rows=tuple((_OF_WHAT[what], text) for what, text in said),
        widths=(3, 14),
    )


def _next_door(material: Material, tried: Tried) -> str:
    """Where the place lies to a site that is not here, and what was found there."""
    mine = [part for code, part in tried.parts.items() if code in material.subject.codes]
    where = f"lies in {mine[0]}"
    if material.subject.kind != "area":
        where = f"has {number_of(len(mine), 'area')} in {joined_words(sorted(set(mine)))}"
    told = f"{material.subject.name} {where} round the site of {tried.name}, from {tried.since}."
    return f"{told} {tried.sentences.get('next door', '')}".strip()


def _table(material: Material, here: list[Tried]) -> PrintedTable:
    return PrintedTable(
        caption="What was tried here",
        header=(
            "Evaluation",
            "Site",
            "From",
            "Outcome",
            "Change relative to comparison areas",
            "Placebo sites as far",
            "Registered",
        ),
        rows=tuple(_row(material, tried) for tried in here),
        widths=(4, 4, 3, 3, 5, 3, 3),
        note="By the placebo sites, on which the verdict rests; sentences are those of the evaluation.",
    )


def _row(material: Material, tried: Tried) -> tuple[str, ...]:
    row = tried.row
    change, low, high = (math.nan if pd.isna(row[name]) else float(row[name]) for name in ("change", "low", "high"))
    said = tried.change_told
    if not math.isnan(change):
        said = material.evidence.note(
            said,
            change,
            Cell("evaluations", "change", tried.name),
            what=f"change relative to comparison areas: {tried.name}",
            between=(low, high),
            unit="share",
            period=f"{row['first']} to {row['last']}",
        )
    as_far = material.evidence.note(
        tried.placebos_told,
        float(row["as_extreme"]),
        Cell("evaluations", "as_extreme", tried.name),
        what=f"placebo sites that departed as far: {tried.name}",
        unit="placebo sites",
        period=f"{row['first']} to {row['last']}",
    )
    return (tried.name, _site(material, tried), tried.since, str(row["outcome"]), said, as_far, str(row["registered"]))


def _site(material: Material, tried: Tried) -> str:
    """Names of the areas of a site, the first of many."""
    names = material.tables["areas"][NAME].to_dict()
    told = [str(names.get(code, code)) for code in tried.site]
    if len(told) > _AREAS:
        told = [*told[: _AREAS - 1], f"{len(told) - _AREAS + 1} more"]
    return joined_words(told)
