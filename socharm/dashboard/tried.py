"""What was tried at places of a page: evaluations for the chosen place, and a panel with all of them."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from socharm._columns import NAME
from socharm._words import joined_words, noun_for, number_of
from socharm.dashboard.html_tables import html_table
from socharm.snapshot.tables import AssessmentTables
from socharm.snapshot.tried import Tried, tried_of

__all__ = ["tried_html", "tried_lists"]

_NOTE = (
    "The verdict is that of placebo sites: how far places where nothing was done departed from what was to be expected "
    "of them. Choose an area of a site for all that its evaluation says."
)


def tried_lists(tables: AssessmentTables, facts: pd.DataFrame, *, protect: bool) -> list[dict[str, Any]]:
    """Each evaluation with its sentences and its areas, by their places in the order of the page."""
    place = {str(code): number for number, code in enumerate(facts.index)}
    return [
        {
            "name": tried.name,
            "since": tried.since,
            "site": [place[code] for code in tried.site if code in place],
            "rings": [
                [place[code], part] for code, part in tried.parts.items() if code in place and code not in tried.site
            ],
            "verdict": tried.sentences.get("verdict", ""),
            "nextDoor": tried.sentences.get("next door", ""),
            "said": [text for what, text in tried.sentences.items() if what != "verdict"],
        }
        for tried in tried_of(tables, internal=not protect)
    ]


def tried_html(tables: AssessmentTables, facts: pd.DataFrame, *, protect: bool) -> str:
    """The table of all evaluations; blank where the assessment has none."""
    all_tried = tried_of(tables, internal=not protect)
    rows = [_row(tried, facts) for tried in all_tried]
    head = [
        "Evaluation",
        "Site",
        "From",
        "Outcome",
        "Verdict",
        "Change relative to comparison areas",
        "Placebo sites as far",
        "Registered",
    ]
    if not rows:
        return ""
    note = " ".join([_NOTE, *(text for tried in all_tried if (text := _not_here(tried, facts)))])
    return f"<p>{escape(note)}</p>{html_table('Evaluations of sites', head, rows)}"


def _not_here(tried: Tried, facts: pd.DataFrame) -> str:
    """How many areas of the rings the page does not have; blank where it has all."""
    lost = sum(code not in facts.index for code in tried.parts if code not in tried.site)
    if not lost:
        return ""
    areas = number_of(lost, "area of the rings", "areas of the rings")
    return f"{areas} round {tried.name} {noun_for(lost, 'is', 'are')} not on this page."


def _row(tried: Tried, facts: pd.DataFrame) -> list[str]:
    names = facts[NAME].to_dict()
    site = joined_words([str(names.get(code, code)) for code in tried.site])
    row = tried.row
    told = [str(row["outcome"]), str(row["verdict"]), tried.change_told, tried.placebos_told, str(row["registered"])]
    return [tried.name, site, tried.since, *told]
