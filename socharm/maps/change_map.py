"""Where harm rose and where it fell beyond what was to be expected: the verdicts of a comparison on a map."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._columns import RANK
from socharm._constraints import Labels
from socharm._words import number_of
from socharm.maps.compared import about_and_warnings, against_words
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.marks import draw_marks
from socharm.maps.palettes import INK
from socharm.maps.shapes import FINE, draw_areas, draw_gaps, draw_shapes
from socharm.maps.style import styled
from socharm.rescoring.change_words import alone_beyond
from socharm.rescoring.comparison import Comparison

__all__ = ["CHANGE_COLOURS", "NOT_COMPARED", "change_classes", "change_finding", "change_notes", "plot_change_map"]

#: Verdicts in the words of the legend, from a fall to a rise; among them areas that only their number speaks against.
_CLASSES: Final = (
    "fell",
    "not clear: a fall by itself, not among so many",
    "not clear",
    "not clear: a rise by itself, not among so many",
    "rose",
)
_BY_ITSELF: Final = {"fall": _CLASSES[1], "rise": _CLASSES[3]}
#: Areas of which too little is known to say anything, and those that could not be compared.
_FEW: Final = "too few events to tell"
NOT_COMPARED: Final = "not compared"
#: From a fall to a rise.
_COLOURS: Final = ("#6f9fd0", "#bcd5ec", "#f5f2ea", "#f6cba0", "#dd8a58")
#: Points from the middle of an area to its triangle, past its name.
_LIFT: Final = 7.0
_FEW_LOOK: Final[dict[str, Any]] = {"facecolor": "#c9c9c9", "edgecolor": "#ffffff"}
#: Colours of the legend by its words, from a rise to a fall, and of areas with too few events.
CHANGE_COLOURS: Final = {**dict(reversed(list(zip(_CLASSES, _COLOURS, strict=True)))), _FEW: _FEW_LOOK["facecolor"]}


@checked
@styled
def plot_change_map(
    areas: gpd.GeoDataFrame,
    comparison: Comparison,
    *,
    labels: Labels = 10,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of areas by the verdict of the comparison: who rose and who fell beyond what was to be expected.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries by area code of the later assessment; every area of the comparison must be among them.
    comparison : Comparison
    labels : int or sequence of str
        How many areas to name, those beyond what was to be expected first, then those that are
        by themselves; or area codes.
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.
    ax : Axes, optional

    Returns
    -------
    Axes
        Colours are verdicts, so that the map names whom the report names; triangles and outlines say the same without
        colour. Pale ones are beyond chance by themselves and not among so many. Areas with too few events are grey,
        those that could not be compared hatched. Nothing is computed, saved or shown.

    Raises
    ------
    AlignmentError
        Areas of the comparison have no boundary, or `labels` names others.
    """
    table = comparison.table
    about, warned = about_and_warnings(comparison)
    areas, about = open_map(areas, replace(comparison, about=about), name="comparison")
    kind = change_classes(comparison).reindex(areas.index, fill_value=NOT_COMPARED)
    order = _order(comparison, kind)
    named = chosen_codes(labels, order, table.index, where="the comparison")
    drawn = gpd.GeoDataFrame(areas).assign(**{RANK: table["rank_later"].reindex(areas.index)})
    page = MapPage(
        draw=partial(_draw, drawn, comparison, kind),
        legend="Harm rate beyond what\nwas to be expected",
        title=title or change_finding(comparison),
        notes=[*warned, *_notes(comparison, order, named)],
        named=named,
        key="Later rank and area",
        period=against_words(comparison.periods),
    )
    return draw_page(drawn, page, record=comparison, about=about, ax=ax, basemap=basemap)


def change_classes(comparison: Comparison) -> pd.Series:
    """The class of each area by the verdict of the comparison, in the words of the legend.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    Series
        Index ``area_code``: rose, fell, not clear (by itself a rise, a fall or neither), areas with too few events, and
        those that were not compared.
    """
    table = comparison.table
    alone = alone_beyond(table).map(_BY_ITSELF)
    return table["verdict"].astype("object").where(alone.isna(), alone)


def _draw(areas: gpd.GeoDataFrame, comparison: Comparison, kind: pd.Series, ax: Axes) -> list[Patch | Line2D]:
    handles: list[Patch | Line2D] = []
    for word, colour in reversed(list(zip(_CLASSES, _COLOURS, strict=True))):
        codes = kind.index[kind == word]
        draw_areas(ax, areas, codes, edge="#c9c4b8", facecolor=colour)
        handles.append(Patch(facecolor=colour, edgecolor="#888888", linewidth=0.5, label=f"{word}  ({len(codes):,})"))
    few = kind.index[kind == _FEW]
    if len(few):
        draw_areas(ax, areas, few, **_FEW_LOOK)
        handles.append(Patch(label=f"{_FEW}  ({len(few):,})", linewidth=0.5, **_FEW_LOOK))
    gaps = kind.where(kind != NOT_COMPARED, "no value")
    handles += draw_gaps(ax, areas.geometry, gaps, {"no value": NOT_COMPARED}, many=len(areas) > FINE)
    marks = []
    for verdict, marker in (("rose", "^"), ("fell", "v")):
        codes = comparison.named(verdict).index
        # An outline, since names and leaders may lie over a mark.
        draw_shapes(ax, areas.geometry.loc[codes], facecolor="none", edgecolor=INK[0], linewidth=1.5, zorder=3.0)
        look: dict[str, Any] = {"marker": marker, "mfc": INK[0], "mec": "white"}
        marks.append((codes, look, f"{verdict} beyond expectation, outlined"))
    return handles + draw_marks(ax, areas, marks, lift=_LIFT)


def _order(comparison: Comparison, kind: pd.Series) -> list[str]:
    """Those beyond what was to be expected first, then those that are by themselves, the largest change first."""
    beyond = [str(code) for verdict in ("rose", "fell") for code in comparison.named(verdict).index]
    alone = comparison.table.loc[comparison.table.index.isin(kind.index[kind.isin(list(_BY_ITSELF.values()))])]
    size = pd.Series(np.abs(np.log(alone["beyond"].to_numpy(dtype=float))), index=alone.index).sort_index()
    size = size.sort_values(ascending=False, kind="stable")
    return list(dict.fromkeys([*beyond, *map(str, size.index)]))


def change_finding(comparison: Comparison) -> str:
    """How many areas rose and fell beyond what was to be expected, and how many of these names are likely wrong."""
    rose, fell = (int((comparison.table["verdict"] == verdict).sum()) for verdict in ("rose", "fell"))
    facts = comparison.facts["value"]
    if not rose + fell:
        return "No area rose or fell beyond what was to be expected"
    wrong = sum(float(facts[f"names expected to be wrong: {verdict}"]) for verdict in ("rose", "fell"))
    first = f"{number_of(rose, 'area')} rose" if rose else "No area rose"
    then = f"{fell:,} fell" if fell else "none fell"
    names = number_of(rose + fell, "name is", "names are")
    return f"{first} and {then} beyond what was to be expected; up to {wrong:.1f} of the {names} expected to be wrong"


def _notes(comparison: Comparison, order: Sequence[str], named: Sequence[str]) -> list[str]:
    shown = [code for code in named if code in set(order)]
    part = f"{len(shown):,} of {number_of(len(order), 'area')} that stand out are named. " if shown != [*order] else ""
    return [f"{part}{change_notes(comparison)} Numbers on the map are later ranks, 1 the highest rate."]


def change_notes(comparison: Comparison) -> str:
    """What is meant by expected, and what a plain before and after would say."""
    facts = comparison.facts["value"]
    rose, fell = (int(facts[f"areas by the counts alone: {verdict}"]) for verdict in ("rose", "fell"))
    plain = f"{rose or 'none'} rose and {fell or 'none'} fell" if rose + fell else "no area rose or fell"
    return (
        "Expected is what lasts in an area, the trend of the others, and what the choice of the list explains. "
        f"A plain before and after, which knows none of it, would say that {plain}; it is not drawn."
    )
