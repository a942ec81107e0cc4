"""What the change of all areas is made of, and the five places that matter most."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from socharm._words import joined_words, percent, unit_sentence
from socharm.documents.document import PrintedTable, Section
from socharm.documents.evidence import Cell
from socharm.reports.changed import change_cells
from socharm.reports.material import Material
from socharm.rescoring.change_words import alone_beyond, q_told
from socharm.rescoring.index_parts import IN_THE_OTHERS, MOVES, PARTS, parts_not_known, parts_that_moved

__all__ = ["parts_section", "places_section", "places_that_matter"]

#: Places with their evidence.
_PLACES: Final = 5
#: Of these, places off the list that nothing can be said of.
_OTHERS: Final = 2
#: Parts of the change of one place that are told, the largest first.
_SHOWN: Final = 2


def parts_section(material: Material) -> Section:
    """The parts of the change of all areas together, which add up to it."""
    start, end = (
        material.rate("overall", "value", f"rate_{which}", what=f"harm rate of all areas, {which}")
        for which in ("earlier", "later")
    )
    changed, low, high = (
        material.change("overall", "value", name, what=f"all areas: {name}")
        for name in ("ratio", "ratio_low_95", "ratio_high_95")
    )
    about = material.comparison.about
    return Section(
        key="parts",
        title="What the change is made of",
        lead=f"All {material.nouns} together: {start} before, {end} after ({about.unit}); on the same terms {changed} "
        f"(95% interval {low} to {high}).",
        paragraphs=(),
        tables=(_parts(material, start, end),),
    )


def _parts(material: Material, start: str, end: str) -> PrintedTable:
    first, second = material.spans
    overall = material.frames["overall"]["value"]
    moved = parts_that_moved(overall)
    rows = [(f"{first}, as assessed", start)]
    rows += [
        (
            PARTS[name][:1].upper() + PARTS[name][1:],
            material.addend("overall", "value", name, what=f"all areas: part of {PARTS[name]}"),
        )
        for name in moved
    ]
    rows.append((f"{second}, as assessed", end))
    unknown = parts_not_known(overall)
    still = [PARTS[name] for name in PARTS if name not in moved and name not in unknown]
    told = [f"No part in it: {joined_words(still)}."] if still else []
    told += [f"Not known: {joined_words([PARTS[name] for name in unknown])}; {IN_THE_OTHERS}"] if unknown else []
    return PrintedTable(
        caption="From the earlier rate to the later one",
        header=("Part", "Harm rate"),
        rows=tuple(rows),
        widths=(12, 3),
        note=" ".join([*told, *filter(None, [unit_sentence(material.comparison.about.unit)])]),
    )


def places_that_matter(table: pd.DataFrame, expected: pd.DataFrame) -> list[object]:
    """Areas said to have risen or fallen, furthest from what was expected first; then those of the list.

    Those of the list that are nearest to it come first; where there is room, of all others the one nearest to a rise
    and the one nearest to a fall.

    Parameters
    ----------
    table, expected : DataFrame
        Areas of a comparison, and what was expected of them.
    """
    size = np.abs(np.log(expected["beyond"].astype(float).where(lambda beyond: beyond > 0)))
    named = expected["verdict"].isin(["rose", "fell"])
    nearest = expected[["p_fall", "p_rise"]].min(axis=1).where(expected["listed"] & ~named)
    order = pd.DataFrame({"named": ~named, "listed": ~expected["listed"], "near": nearest.fillna(1.0), "size": -size})
    order.loc[named, "near"] = 0.0
    kept = order[named | expected["listed"]].sort_values(["named", "near", "listed", "size"], kind="stable")
    others = _nearest_others(expected) if _PLACES - int(named.sum()) > _OTHERS else []
    mine = [area for area in kept.index if area in table.index]
    return [*mine[: _PLACES - len(others)], *others]


def _nearest_others(expected: pd.DataFrame) -> list[object]:
    """Off the list, the area with most evidence of a rise and the one with most of a fall."""
    off = expected[~expected["listed"] & (expected["verdict"] == "not clear")]
    risen, fallen = (
        off.loc[mask, p].dropna() for mask, p in ((off["beyond"] > 1, "p_rise"), (off["beyond"] < 1, "p_fall"))
    )
    return [one.index[int(one.to_numpy().argmin())] for one in (risen, fallen) if len(one)]


def places_section(material: Material) -> Section:
    """Five places with what was recorded, what was to be expected and what can be said of the rest."""
    areas = places_that_matter(material.frames["areas"], material.frames["expected"])
    rows = tuple(_place(material, area) for area in areas)
    shown = material.frames["expected"].loc[areas]
    off = ~shown["listed"] & ~shown["verdict"].isin(["rose", "fell"])
    more = f"{', and' if off.any() else ''}{_others(shown[off])}"
    rule = (
        f"Those said to have risen or fallen stand first, then those of the list that came nearest to it{more}."
        if material.frames["expected"]["verdict"].isin(["rose", "fell"]).any()
        else "No place can be said to have risen or fallen: these are the places of the list that came nearest to it"
        f"{more}."
    )
    return Section(
        key="places",
        title="Places that matter most",
        lead=rule,
        tables=(
            PrintedTable(
                caption=f"What was recorded there ({material.comparison.about.unit}), and what can be said of it",
                header=(
                    material.noun.capitalize(), "Harm rate", "Recorded", "To be expected", "Beyond that (95% interval)",
                    "Mostly made of", "What can be said",
                ),
                rows=rows,
                widths=(5, 4, 3, 3, 5, 8, 6),
            ),
        )
        if rows
        else (),
    )  # fmt: skip


def _others(off: pd.DataFrame) -> str:
    """Which places off the list are shown, in words."""
    ways = [way for way, mask in (("a rise", off["beyond"] > 1), ("a fall", off["beyond"] < 1)) if mask.any()]
    return " of all others " + joined_words([f"the one nearest to {way}" for way in ways]) if ways else ""


def _place(material: Material, area: object) -> tuple[str, ...]:
    rates = [
        material.rate("expected", f"rate_{which}", area, what=f"harm rate, {which}, on the same terms")
        for which in ("earlier", "later")
    ]
    recorded, expected, beyond = change_cells(material, area)
    return (
        material.name(area),
        " to ".join(rates),
        recorded,
        expected,
        beyond,
        _made_of(material, area),
        _said(material, area),
    )


def _made_of(material: Material, area: object) -> str:
    size = {name: abs(material.value("parts", name, area)) for name in PARTS}
    told = [name for name in PARTS if size[name] == size[name] and round(size[name], material.decimals + 1)]
    moved = sorted(told, key=lambda name: -size[name])
    words = [
        f"{MOVES[name][material.value('parts', name, area) > 0]} "
        f"{material.addend('parts', name, area, what=f'part of {PARTS[name]}')}"
        for name in moved[:_SHOWN]
    ]
    return "; ".join(words) or "nothing"


def _said(material: Material, area: object) -> str:
    verdict = str(material.frames["expected"]["verdict"].get(area))
    least = material.value("expected", "least_fall", area)
    if verdict in ("rose", "fell"):
        return f"{verdict} beyond chance and ordinary drift"
    if way := str(alone_beyond(material.frames["expected"]).get(area, "")):
        q = material.value("expected", f"q_{way}", area)
        said = material.evidence.note(
            q_told(q), q, Cell("expected", f"q_{way}", str(area)), what=f"p of a {way}, corrected for many places"
        )
        return f"{verdict}: beyond chance by itself, not among so many (p {said})"
    # The least fall that could be shown says nothing of a place that rose.
    if not least < 1 or material.value("expected", "beyond", area) >= 1:
        return verdict
    said = material.evidence.note(
        percent(least), least, Cell("expected", "least_fall", str(area)), what="least fall that could be shown"
    )
    return f"{verdict}; alone, a fall of {said} would show"
