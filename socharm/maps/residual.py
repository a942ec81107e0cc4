"""Where harm is more, or less, than deprivation would lead one to expect."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._constraints import Labels
from socharm.errors import AlignmentError
from socharm.maps.bivariate import overlay_gaps, overlay_note
from socharm.maps.choropleth import open_map, with_areas, with_centres
from socharm.maps.furniture import add_furniture, add_legend, add_north_arrow, add_scale_bar
from socharm.maps.labels import label_areas
from socharm.maps.residual_classes import RESIDUAL_BOUNDS, RESIDUAL_COLOURS, RESIDUAL_WORDS
from socharm.maps.shapes import FINE, draw_gaps, draw_outlines, draw_shapes, points_per_metre
from socharm.maps.style import styled
from socharm.overlay.deprivation import Overlay

__all__ = ["plot_residual"]

#: Width in points of the lines round marked areas, and its largest share of an area's own width.
_LINE: Final = 1.3
_LINE_SHARE: Final = 0.08


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
    """Map of recorded over expected harm, shrunk; areas outside the prediction interval and centres are outlined.

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
    strangers = table.index.difference(areas.index)
    if len(strangers):
        raise AlignmentError(f"{len(strangers)} areas of `overlay` are not in `areas`, such as {list(strangers[:3])}.")
    about = with_areas(overlay.about, areas)
    areas = with_centres(areas, overlay)
    ax = open_map(areas, ax=ax, basemap=basemap)
    ratio = table["residual_shrunk"].dropna()
    handles: list[Patch | Line2D] = list(_draw(ax, areas, ratio))
    gaps = overlay_gaps(table, areas.index.difference(ratio.index))
    handles += draw_gaps(ax, areas.geometry, gaps, {"no value": "not known"}, many=len(gaps) > FINE)
    draw_outlines(ax, areas)
    handles += _draw_marks(ax, areas, table)
    add_legend(ax, handles, title="Recorded harm, against what\nis expected at its deprivation")
    label_areas(ax, areas, _chosen(table, labels), key="Above the interval")
    add_scale_bar(ax)
    add_north_arrow(ax)
    notes = [
        overlay_note(overlay, "rate"),
        "Quasi-likelihood regression, shrunk towards 1 where events are few. A residual is no reason to lower a "
        "priority.",
    ]
    return add_furniture(ax, about=about, title=title or "Harm beyond deprivation", notes=notes, below=38.0)


def _draw(ax: Axes, areas: gpd.GeoDataFrame, ratio: pd.Series) -> list[Patch]:
    number = np.searchsorted((*RESIDUAL_BOUNDS, np.inf), ratio.to_numpy(dtype=float))
    if len(ratio):
        fine = len(areas) > FINE
        draw_shapes(
            ax,
            areas.geometry.loc[ratio.index],
            facecolor=[RESIDUAL_COLOURS[i] for i in number],
            edgecolor="face" if fine else "#c9c4b8",
            linewidth=0.1 if fine else 0.4,
        )
    sizes = np.bincount(number, minlength=len(RESIDUAL_WORDS))
    return [
        Patch(
            facecolor=RESIDUAL_COLOURS[i],
            edgecolor="#888888",
            linewidth=0.5,
            label=f"{RESIDUAL_WORDS[i]}  ({sizes[i]:,})",
        )
        for i in reversed(range(len(RESIDUAL_WORDS)))
    ]


def _draw_marks(ax: Axes, areas: gpd.GeoDataFrame, table: pd.DataFrame) -> list[Line2D]:
    """Outlines of areas outside their interval, and dashed ones of areas that may be centres."""
    handles = []
    flagged = table["centre_flag"].fillna(False).astype(bool)
    outside = table["outside"].isin(["above", "below"]).fillna(False)
    both = int((outside & flagged).sum())
    for mask, style, text, more in (
        (
            outside & ~flagged,
            "-",
            "outside the 95 % prediction interval",
            f", and {both:,} of the dashed" if both else "",
        ),
        (flagged, (0, (2, 1.2)), "far more crimes than residents explain (†)", ""),
    ):
        codes = table.index[mask.to_numpy(dtype=bool)]
        if not len(codes):
            continue
        shapes = areas.loc[codes]
        width = np.sqrt(shapes.area.to_numpy()) * points_per_metre(ax)
        outline: dict[str, Any] = {"color": "#111111", "linestyle": style}
        # on the map of a nation a full line would hide the colour of the area that it marks
        thin = np.clip(width * _LINE_SHARE, 0.15, _LINE)
        shapes.boundary.plot(ax=ax, aspect=None, zorder=3, linewidth=thin, **outline)
        handles.append(Line2D([], [], label=f"{text}  ({len(codes):,}{more})", linewidth=_LINE, **outline))
    return handles


def _chosen(table: pd.DataFrame, labels: int | Sequence[str]) -> list[str]:
    if not isinstance(labels, int):
        strangers = [code for code in labels if code not in table.index]
        if strangers:
            raise AlignmentError(f"`labels` names {strangers[:3]}, which are not in the overlay. Give area codes.")
        return list(labels)
    above = table[(table["outside"] == "above").fillna(False)]
    ordered = above["residual_shrunk"].sort_index().sort_values(ascending=False, kind="stable")
    return [str(code) for code in ordered.index[: max(labels, 0)]]
