"""What is known to have changed between two assessments and in them: what was done, how crime was recorded, weights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._columns import NAME
from socharm.rescoring.annotations import KIND_WORDS, days_told
from socharm.rescoring.comparison import Comparison

__all__ = ["KnownChanges", "known_changes"]

#: Findings of a comparison that are changes of this kind, which stand behind the notes of the store.
_FOUND: Final = {"recording": KIND_WORDS["recording"], "weights": "Other weights of offences"}
_COLUMNS: Final = ("kind", "days", "falls_in", "places", "text", "role")


@dataclass(frozen=True, eq=False)
class KnownChanges:
    """What is known to have changed.

    Attributes
    ----------
    table : DataFrame
        ``kind`` (in words), ``days``, ``falls_in`` (earlier period, later period, both periods, between the two),
        ``places`` (names; "all areas" where it is of all), ``text``, ``role`` (both blank in published form): notes by
        day; then changes of recording and weights that the comparison found, with their reason as text.
    elsewhere : int
        Notes of areas that are not compared.
    withheld : int
        Notes of no stated kind, which a published form leaves out.
    """

    table: pd.DataFrame
    elsewhere: int = 0
    withheld: int = 0


def known_changes(comparison: Comparison, annotations: pd.DataFrame | None) -> KnownChanges:
    """The notes of a store that are of the time and the areas of a comparison, and whether weights are others.

    What was done, the role that answers for it, and notes of no stated kind are told in an internal comparison only.

    Parameters
    ----------
    comparison : Comparison
    annotations : DataFrame or None
        As `Store.annotations` has them.
    """
    internal = comparison.about.internal
    rows, elsewhere, withheld = [], 0, 0
    table = pd.DataFrame(columns=["start"]) if annotations is None else annotations
    for note in table.sort_values("start", kind="stable").to_dict("records"):
        when, places = _falls_in(comparison, note), _places(comparison, str(note["areas"]))
        if not when:
            continue
        if not places:
            elsewhere += 1
        elif note["kind"] == "note" and not internal:
            withheld += 1
        else:
            said = (str(note["text"]), str(note["role"])) if internal else ("", "")
            rows.append((KIND_WORDS[note["kind"]], days_told(note["start"], _end_of(note)), when, places, *said))
    found = comparison.findings[comparison.findings["what"].isin(list(_FOUND))]
    rows += [(_FOUND[row["what"]], "", "", "", str(row["reason"]), "") for row in found.to_dict("records")]
    return KnownChanges(pd.DataFrame(rows, columns=list(_COLUMNS), dtype="str"), elsewhere, withheld)


def _span(comparison: Comparison, which: int) -> tuple[str, str]:
    period = comparison.periods[which]
    return period.start, period.end


def _falls_in(comparison: Comparison, note: Mapping[Any, Any]) -> str:
    """Which of the two periods have a day of it; blank where it is of no day from the first to the last."""
    start, end = note["start"], _end_of(note)
    first, last = (
        (pd.Period(a, "M").start_time.date(), pd.Period(b, "M").end_time.date())
        for a, b in (_span(comparison, 0), _span(comparison, 1))
    )
    inside = [start <= until and (end is None or end >= since) for since, until in (first, last)]
    if all(inside):
        return "both periods"
    if any(inside):
        return "earlier period" if inside[0] else "later period"
    return "between the two" if start <= last[1] and (end is None or end >= first[0]) else ""


def _end_of(note: Mapping[Any, Any]) -> dt.date | None:
    end = note["end"]
    return None if pd.isna(end) else end


def _places(comparison: Comparison, areas: str) -> str:
    """Names of the areas of a note that are compared; blank where none of them is."""
    named = [code for code in areas.split(", ") if code]
    if not named:
        return "all areas"
    names = comparison.table[NAME]
    return ", ".join(str(names[code]) if pd.notna(names[code]) else code for code in named if code in names.index)
