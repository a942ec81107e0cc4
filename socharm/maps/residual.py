"""Where harm is more, or less, than deprivation would lead one to expect."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._constraints import Labels
from socharm._words import area_noun, number_of
from socharm.maps.bivariate import overlay_gaps, overlay_note
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.marks import draw_marks
from socharm.maps.palettes import INK
from socharm.maps.residual_classes import RESIDUAL_BOUNDS, RESIDUAL_COLOURS, RESIDUAL_WORDS
from socharm.maps.shapes import FINE, draw_areas, draw_gaps
from socharm.maps.style import styled
from socharm.overlay.deprivation import Overlay

__all__ = ["plot_residual"]

_INTERVAL: Final = "the 95% prediction interval"


@checked
@styled
def plot_residual(
    areas: gpd.GeoDataFrame,
    overlay: Overlay,
    *,
    ax: Axes | None = None,
    labels: Labels = 8,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
) -> Axes:
    """Map of recorded over expected harm, shrunk; triangles mark areas outside their interval, rings the centres.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries by area code; every area of the overlay must be among them.
    overlay : Overlay
    ax : Axes, optional
    labels : int or sequence of str
        How many areas above their prediction interval to name, the farthest first; or area codes.
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.

    Returns
    -------
    Axes

    Raises
    ------
    AlignmentError
        Areas of the overlay have no boundary.
    """
    table = overlay.table
    areas, about = open_map(areas, overlay, name="overlay")
    ratio = table["residual_shrunk"].dropna()
    gaps = overlay_gaps(table, areas.index.difference(ratio.index))
    above = table[_outside(table, "above")]["residual_shrunk"].sort_index()
    ordered = list(above.sort_values(ascending=False, kind="stable").index)
    page = MapPage(
        draw=partial(_draw, areas, table, ratio, gaps),
        legend="Recorded harm, against what\nis expected at its deprivation",
        title=title or _finding(table, area_noun(areas.index)),
        notes=[
            overlay_note(overlay, "rate"),
            "Quasi-likelihood regression, shrunk towards 1 where events are few. A residual is no reason to lower a "
            "priority.",
        ],
        named=chosen_codes(labels, ordered, table.index, where="the overlay"),
        key="Rank and area: above the interval",
    )
    return draw_page(areas, page, record=overlay, about=about, ax=ax, basemap=basemap)


def _draw(
    areas: gpd.GeoDataFrame, table: pd.DataFrame, ratio: pd.Series, gaps: pd.Series, ax: Axes
) -> list[Patch | Line2D]:
    number = np.searchsorted((*RESIDUAL_BOUNDS, np.inf), ratio.to_numpy(dtype=float))
    draw_areas(ax, areas, ratio.index, edge="#c9c4b8", facecolor=[RESIDUAL_COLOURS[i] for i in number])
    sizes = np.bincount(number, minlength=len(RESIDUAL_WORDS))
    handles: list[Patch | Line2D] = [
        Patch(facecolor=RESIDUAL_COLOURS[i], edgecolor="#888888", linewidth=0.5, label=f"{text}  ({sizes[i]:,})")
        for i, text in reversed(list(enumerate(RESIDUAL_WORDS)))
    ]
    handles += draw_gaps(ax, areas.geometry, gaps, {"no value": "not known"}, many=len(gaps) > FINE)
    return handles + _draw_marks(ax, areas, table)


def _outside(table: pd.DataFrame, side: str) -> pd.Series:
    """Which areas are above, or below, their prediction interval."""
    return (table["outside"] == side).fillna(False).astype(bool)


def _draw_marks(ax: Axes, areas: gpd.GeoDataFrame, table: pd.DataFrame) -> list[Line2D]:
    """A triangle in each area outside its interval, a ring in each that may be a centre: lines are borders alone."""
    marks: tuple[tuple[pd.Series, dict[str, Any], str], ...] = (
        (_outside(table, "above"), {"marker": "^", "mfc": INK[0], "mec": "white"}, f"above {_INTERVAL}"),
        (_outside(table, "below"), {"marker": "v", "mfc": INK[0], "mec": "white"}, f"below {_INTERVAL}"),
        (
            table["centre_flag"].fillna(False).astype(bool),
            {"marker": "o", "mfc": "none", "mec": INK[0]},
            "far more crimes than residents explain (†)",
        ),
    )
    return draw_marks(ax, areas, ((table.index[mask.to_numpy(dtype=bool)], look, text) for mask, look, text in marks))


def _finding(table: pd.DataFrame, noun: str) -> str:
    """How many areas have more, and how many less, harm than the interval at their deprivation allows."""
    more, less = (int(_outside(table, side).sum()) for side in ("above", "below"))
    if not more and not less:
        return f"No {noun} lies above or below {_INTERVAL} of harm given deprivation"
    told = number_of(more, f"{noun} lies", f"{noun}s lie") if more else f"No {noun} lies"
    fewer = f"{less:,}" if less > 1 else "one" if less else "none"
    return f"{told} above {_INTERVAL} of harm given deprivation; {fewer} below"
