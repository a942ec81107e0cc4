"""Notes of a store on a page: what was done where and when, beside the trend."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm.rescoring.annotations import KIND_WORDS, days_told

__all__ = ["note_lists"]

#: Kinds of notes in the order in which they are drawn, with colour and pattern.
_LOOKS: Final = {
    "clear": ("#8c2340", " "),
    "hold": ("#f0a35e", "/"),
    "build": ("#20629f", "."),
    "activity": ("#5b6470", "x"),
    "recording": ("#ffffff", "-"),
    "note": ("#c9ced6", " "),
}


def note_lists(annotations: pd.DataFrame | None, codes: pd.Index, *, about: About, internal: bool) -> dict[str, Any]:
    """Notes by kind and day, with the numbers of the areas that they are of; None for all areas.

    What was done, and the role that answers for it, is told on internal pages only; so are notes of no stated kind, and
    what begins after the last month. Areas that the page does not have are counted as ``elsewhere``.
    """
    kinds = [
        {"kind": kind, "label": KIND_WORDS[kind], "colour": colour, "hatch": hatch}
        for kind, (colour, hatch) in _LOOKS.items()
    ]
    told: list[dict[str, Any]] = []
    elsewhere = 0
    places = {str(code): number for number, code in enumerate(codes)}
    last = None if about.period is None else pd.Period(about.period.end, "M").end_time.date()
    for row in () if annotations is None else annotations.to_dict("records"):
        if not internal and (row["kind"] == "note" or (last is not None and row["start"] > last)):
            continue
        named = [code for code in str(row["areas"]).split(", ") if code]
        mine = [places[code] for code in named if code in places]
        if named and not mine:
            elsewhere += 1
            continue
        end = None if pd.isna(row["end"]) else row["end"]
        told.append({
            "kind": row["kind"], "areas": mine if named else None,
            "from": _months(row["start"], 0), "to": None if end is None else _months(end, 1),
            "days": days_told(row["start"], end), "text": row["text"] if internal else "",
            "role": row["role"] if internal else "",
        })  # fmt: skip
    return {"kinds": kinds, "notes": told, "elsewhere": elsewhere}


def _months(day: dt.date, over: int) -> float:
    """Months since the year 0, at the beginning of a day or at its end."""
    return round(day.year * 12 + day.month - 1 + (day.day - 1 + over) / pd.Period(day, "M").days_in_month, 3)
