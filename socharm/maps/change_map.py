"""Where harm rose and where it fell: how likely that is of each area, and who is beyond what was to be expected."""

from __future__ import annotations

import os
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
from socharm._words import number_of, percent
from socharm.maps.compared import about_and_warnings, against_words
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.marks import draw_marks
from socharm.maps.palettes import INK
from socharm.maps.shapes import FINE, draw_areas, draw_gaps, draw_shapes
from socharm.maps.style import styled
from socharm.rescoring.comparison import Comparison

__all__ = ["change_classes", "plot_change_map"]

#: Probability from which a rise or fall is called likely, where that of the comparison is above it.
_LIKELY: Final = 0.8
#: Areas of which too little is known to say anything, and those that could not be compared.
_FEW, _NOT_COMPARED = "too few events to tell", "not compared"
#: From a fall to a rise; paler than elsewhere, since what holds is the outlines and triangles and not the colours.
_PALE: Final = ("#6f9fd0", "#bcd5ec", "#f5f2ea", "#f6cba0", "#dd8a58")
#: Points from the middle of an area to its triangle, past its name.
_LIFT: Final = 7.0
_FEW_LOOK: Final[dict[str, Any]] = {"facecolor": "#c9c9c9", "edgecolor": "#ffffff"}


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
    """Map of areas in classes of the probability that harm rose; triangles mark those beyond what was to be expected.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries by area code of the later assessment; every area of the comparison must be among them.
    comparison : Comparison
    labels : int or sequence of str
        How many areas to name, those beyond what was to be expected first, then the surest changes; or area codes.
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.
    ax : Axes, optional

    Returns
    -------
    Axes
        The colour goes by the counts of the two periods alone, the triangles by what was to be expected of an area like
        this. Areas with too few events are grey, those that could not be compared hatched. Nothing is computed, saved
        or shown.

    Raises
    ------
    AlignmentError
        Areas of the comparison have no boundary, or `labels` names others.
    """
    table = comparison.table
    about, warned = about_and_warnings(comparison)
    areas, about = open_map(areas, replace(comparison, about=about), name="comparison")
    kind = change_classes(comparison).reindex(areas.index, fill_value=_NOT_COMPARED)
    drawn = gpd.GeoDataFrame(areas).assign(**{RANK: table["rank_later"].reindex(areas.index)})
    page = MapPage(
        draw=partial(_draw, drawn, comparison, kind),
        legend="By the counts of the two\nperiods alone, the harm rate",
        title=title or _finding(comparison),
        notes=[*warned, *_notes(comparison)],
        named=chosen_codes(labels, _order(comparison, kind), table.index, where="the comparison"),
        key="Later rank and area",
        period=against_words(comparison.periods),
    )
    return draw_page(drawn, page, record=comparison, about=about, ax=ax, basemap=basemap)


def change_classes(comparison: Comparison) -> pd.Series:
    """The class of each area by its probability of a rise, in the words of the legend.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    Series
        Index ``area_code``: a rise or a fall with the probability from which it is named, likely ones, what cannot be
        told, areas with too few events, and those that were not compared.
    """
    table, words = comparison.table, _words(comparison)
    bounds = _bounds(comparison)
    number = np.searchsorted(bounds, table["p_rise"].fillna(0.5).to_numpy(dtype=float), side="right")
    # A probability of a fall that reaches its bound is of its class, as one of a rise is.
    fall = np.searchsorted(bounds, table["p_fall"].fillna(0.5).to_numpy(dtype=float), side="right")
    middle = len(words) // 2
    place = np.where(number > middle, number, np.where(fall > middle, len(words) - 1 - fall, middle))
    kind = pd.Series([words[i] for i in place], index=table.index, dtype="object")
    kind = kind.mask((table["verdict_counts"] == _FEW).to_numpy(), _FEW)
    return kind.mask((table["verdict_counts"] == _NOT_COMPARED).to_numpy(), _NOT_COMPARED)


def _bounds(comparison: Comparison) -> list[float]:
    """Bounds of the classes by the probability of a rise, ascending."""
    sure = comparison.settings.sure
    upper = [_LIKELY, sure] if sure > _LIKELY else [max(sure, 0.5)]
    return [1 - bound for bound in reversed(upper)] + upper


def _words(comparison: Comparison) -> list[str]:
    """Names of the classes, from a fall to a rise."""
    sure = comparison.settings.sure
    named = f"probability {percent(sure)} or more"
    if sure <= _LIKELY:
        return [f"fell ({named})", "cannot tell", f"rose ({named})"]
    likely = f"{percent(_LIKELY)} or more"
    return [f"fell ({named})", f"likely fell ({likely})", "cannot tell", f"likely rose ({likely})", f"rose ({named})"]


def _draw(areas: gpd.GeoDataFrame, comparison: Comparison, kind: pd.Series, ax: Axes) -> list[Patch | Line2D]:
    words = _words(comparison)
    colours = _PALE if len(words) == len(_PALE) else _PALE[::2]
    handles: list[Patch | Line2D] = []
    for word, colour in reversed(list(zip(words, colours, strict=True))):
        codes = kind.index[kind == word]
        draw_areas(ax, areas, codes, edge="#c9c4b8", facecolor=colour)
        handles.append(Patch(facecolor=colour, edgecolor="#888888", linewidth=0.5, label=f"{word}  ({len(codes):,})"))
    few = kind.index[kind == _FEW]
    if len(few):
        draw_areas(ax, areas, few, **_FEW_LOOK)
        handles.append(Patch(label=f"{_FEW}  ({len(few):,})", linewidth=0.5, **_FEW_LOOK))
    gaps = kind.where(kind != _NOT_COMPARED, "no value")
    handles += draw_gaps(ax, areas.geometry, gaps, {"no value": _NOT_COMPARED}, many=len(areas) > FINE)
    marks = []
    for verdict, marker in (("rose", "^"), ("fell", "v")):
        codes = comparison.named(verdict).index
        # An outline, since names and leaders may lie over a mark.
        draw_shapes(ax, areas.geometry.loc[codes], facecolor="none", edgecolor=INK[0], linewidth=1.5, zorder=3.0)
        look: dict[str, Any] = {"marker": marker, "mfc": INK[0], "mec": "white"}
        marks.append((codes, look, f"{verdict} beyond expectation, outlined"))
    return handles + draw_marks(ax, areas, marks, lift=_LIFT)


def _order(comparison: Comparison, kind: pd.Series) -> list[str]:
    """Those beyond what was to be expected first, then those whose change the counts are surest of."""
    beyond = [str(code) for verdict in ("rose", "fell") for code in comparison.named(verdict).index]
    words = _words(comparison)
    sure = comparison.table.loc[comparison.table.index.isin(kind.index[kind.isin([words[0], words[-1]])])].sort_index()
    size = pd.Series(np.abs(np.log(sure["ratio"].to_numpy(dtype=float))), index=sure.index)
    size = size.sort_values(ascending=False, kind="stable")
    return list(dict.fromkeys([*beyond, *map(str, size.index)]))


def _finding(comparison: Comparison) -> str:
    """How many areas rose and fell beyond what was to be expected, and how many of these names are likely wrong."""
    rose, fell = (int((comparison.table["verdict"] == verdict).sum()) for verdict in ("rose", "fell"))
    facts = comparison.facts["value"]
    if not rose + fell:
        up, down = (int(facts[f"areas by the counts alone: {verdict}"]) for verdict in ("rose", "fell"))
        if not up + down:
            return "No area rose or fell, neither by the counts alone nor beyond what was to be expected"
        ways = f"{number_of(up, 'area')} rose and {down:,} fell"
        return f"By the counts alone {ways}; none beyond what was to be expected"
    wrong = sum(float(facts[f"names expected to be wrong: {verdict}"]) for verdict in ("rose", "fell"))
    first = f"{number_of(rose, 'area')} rose" if rose else "No area rose"
    then = f"{fell:,} fell" if fell else "none fell"
    names = number_of(rose + fell, "name is", "names are")
    return f"{first} and {then} beyond what was to be expected; up to {wrong:.1f} of the {names} expected to be wrong"


def _notes(comparison: Comparison) -> list[str]:
    facts = comparison.facts["value"]
    rose, fell = (int(facts[f"areas by the counts alone: {verdict}"]) for verdict in ("rose", "fell"))
    return [
        f"By the counts alone {rose:,} rose and {fell:,} fell: they know neither the drift of an ordinary "
        "period nor how areas were chosen, and cannot say how many of these names are wrong. "
        "Numbers on the map are later ranks, 1 the highest "
        "rate.",
    ]
