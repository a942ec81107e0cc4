"""How much of the list stayed, beside how much stays when nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from socharm._words import joined_words, noun_for, number_of
from socharm.documents.document import Figure, PrintedTable, Section
from socharm.documents.evidence import Cell
from socharm.maps.place_figures import figure_bytes
from socharm.maps.report_figures import plot_parts_panel, plot_stayed_panel
from socharm.reports.material import Material
from socharm.rescoring.comparison import Comparison

__all__ = ["receipt_section"]

#: Sizes of the top that are told beside that of the list.
_SIZES: Final = (10, 50)
#: Areas that are named among those that entered or left.
_NAMED: Final = 4


def receipt_section(material: Material) -> Section:
    """The first thing that a reader meets: whether the list moved more than it does by itself."""
    return Section(
        key="receipt",
        title="How much of the list stayed",
        lead=_lead(material),
        paragraphs=tuple(text for text in (_receipt(material), _moved(material)) if text),
        tables=(_table(material),),
        figures=_figures(material),
    )


def _figures(material: Material) -> tuple[Figure, ...]:
    """Who stayed, and beside it what the change of all areas is made of, which a section below tells in numbers."""
    made, places = material.comparison, material.decimals
    return (
        Figure(
            name="stayed",
            alt="For lists of each size: how many stayed, beside how many stay when nothing changed, with "
            "its intervals. The numbers are in the table.",
            caption=f"How many {material.nouns} stayed on lists of each size, and how many do when nothing changed.",
            draw=partial(_drawn, plot_stayed_panel, made),
        ),
        Figure(
            name="parts",
            alt=f"From the earlier harm rate of all {material.nouns} to the later one, a bar for each part that "
            "moved it. The numbers are in the table on what the change is made of.",
            caption="What moved the harm rate of all of them.",
            draw=partial(_drawn, partial(plot_parts_panel, decimals=places), made),
        ),
    )


def _drawn(plot: Callable[[Comparison], Any], made: Comparison) -> bytes:
    return figure_bytes(plot(made), about=made.about)


def _lead(material: Material) -> str:
    stayed, low, high = (material.value("churn", name, _size(material)) for name in ("stayed", "low_95", "high_95"))
    if stayed < low:
        return "More places left the list than chance and ordinary drift explain."
    if stayed > high:
        return "Fewer places left the list than chance and ordinary drift make one expect."
    return "The list moved as much as it does when nothing changed."


def _size(material: Material) -> int:
    return int(material.comparison.churn.findings.listed)


def _receipt(material: Material) -> str:
    size = _size(material)
    stayed, expected, span = _row(material, size)
    worlds = material.comparison.churn.settings.worlds
    return (
        f"{stayed} of the first {size:,} {noun_for(size, material.noun)} by recorded rate stayed; "
        f"{expected} [{span}] would have stayed "
        f"had nothing changed: that is the mean and the 95% interval of {number_of(worlds, 'later period')} drawn with "
        "nothing but chance and the drift that places have in an ordinary period."
    )


def _row(material: Material, size: int) -> tuple[str, str, str]:
    """How many stayed, how many were to be expected to, and the interval of that."""
    low, high = (material.value("churn", f"{end}_95", size) for end in ("low", "high"))
    ends = [f"{int(end):,}" for end in (low, high)]
    span = material.evidence.note(
        ends[0] if ends[0] == ends[1] else " to ".join(ends),
        material.value("churn", "expected", size),
        Cell("churn", "expected", str(size)),
        what=f"interval of how many of the first {size:,} stay when nothing changed",
        between=(low, high),
    )
    return (
        material.whole("churn", "stayed", size, what=f"of the first {size:,} stayed"),
        material.decimal("churn", "expected", size, what=f"of the first {size:,} stay when nothing changed"),
        span,
    )


def _moved(material: Material) -> str:
    """Who left the first so many, and who entered, by name."""
    areas = material.frames["churn_areas"]
    told = []
    for column, rank, words in (("left", "rank_earlier", "Left"), ("entered", "rank_later", "Entered")):
        mine = areas[areas[column]].sort_values(rank, kind="stable")
        if not len(mine):
            continue
        named = [f"{material.name(area)} ({_ranks(material, area)})" for area in mine.index[:_NAMED]]
        more = len(mine) - _NAMED
        told.append(f"{words}: {joined_words([*named, f'{more:,} more'] if more > 0 else named)}.")
    return " ".join([*told, "Ranks are of the recorded rates here, not of the underlying ones."]) if told else ""


def _ranks(material: Material, area: object) -> str:
    first, second = (
        material.whole("churn_areas", f"rank_{which}", area, what=f"rank of the recorded rate, {which}")
        for which in ("earlier", "later")
    )
    return f"rank {first}, then {second}"


def _table(material: Material) -> PrintedTable:
    known = material.frames["churn"].index
    sizes = sorted({_size(material), *(size for size in _SIZES if size < len(known))})
    rows = []
    for size in sizes:
        stayed, expected, span = _row(material, size)
        rows.append((f"First {size:,}", stayed, expected, span))
    return PrintedTable(
        caption="How many stayed by recorded rate, and how many stay when nothing changed",
        header=("Size of the list", "Stayed", "To be expected", "95% interval"),
        rows=tuple(rows),
        widths=(4, 3, 4, 4),
    )
