"""What stands above a list that a reader takes from the page as a file."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from socharm._about import INTERNAL, About
from socharm._columns import NAME
from socharm._words import named_sources, span_words
from socharm.files.internal import internal_name
from socharm.publish.licences import licence_lines
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE

__all__ = ["export_facts", "period_told"]


def period_told(about: About) -> str:
    """First and last month in words.

    Examples
    --------
    >>> period_told(About())
    'Period not stated'
    """
    return "Period not stated" if about.period is None else span_words(str(about.period))


def export_facts(title: str, about: About, facts: pd.DataFrame) -> dict[str, Any]:
    """Marking, sources and choices as lines; the name of the file; what an internal file says in every row."""
    marked = facts[NAME].str.endswith(CENTRE_MARK).any()
    lines = [
        about.shown_marking,
        f"{title}: areas in order of their harm rate",
        f"Period: {period_told(about)}",
        f"Unit of the harm rate: {about.unit or 'not stated'}",
        f"Source: {'; '.join(named_sources(about.sources)) or 'not stated'}",
        *licence_lines(about),
        *([f"Coverage: {about.coverage}"] if about.coverage else []),
        *([CENTRE_NOTE] if marked else []),
    ]
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "areas"
    internal = about.internal
    return {
        "lines": lines,
        "name": internal_name(f"{stem}-areas.csv", internal=internal),
        "internal": INTERNAL if internal else "",
    }
