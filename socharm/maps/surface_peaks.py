"""Contours of a heat surface, and its peaks that stand out, over the map."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._columns import NAME
from socharm._constraints import CountFrom0
from socharm._words import number_of
from socharm.hotspots.points.contours import surface_contours
from socharm.hotspots.points.heat_record import HeatSurface
from socharm.hotspots.points.peaks_record import SurfacePeaks
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.names import area_names
from socharm.maps.palettes import sequential
from socharm.maps.style import styled

__all__ = ["plot_surface_peaks"]

_GROUND: Final[dict[str, Any]] = {"facecolor": "#f6f5f1", "edgecolor": "#d2cfc6", "linewidth": 0.3}
_PEAK: Final = "#0a3363"
_MOST: Final = 8


@checked
@styled
def plot_surface_peaks(
    areas: gpd.GeoDataFrame,
    surface: HeatSurface,
    peaks: SurfacePeaks,
    *,
    labels: CountFrom0 = 8,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Ground of 25, 50 and 80% of the harm, and the peaks that are beyond chance.

    Parameters
    ----------
    areas : GeoDataFrame
        Outlines; the same CRS as the surface.
    surface : HeatSurface
        Whose contours are drawn, of cells that may be shown.
    peaks : SurfacePeaks
        From `surface_peaks`.
    labels : int
        Peaks to name by the area of their highest cell, and to tell of in the legend; eight at most.
    title : str, optional
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    CRSError
        Areas, surface and peaks are in different coordinate systems.
    """
    require_areas(areas)
    for name, crs in (("surface", surface.crs), ("peaks", peaks.crs)):
        require_same_crs(areas.crs, crs, names=("areas", name))
    areas = gpd.GeoDataFrame(areas)
    contours = surface_contours(surface).sort_values("asked", ascending=False)
    shown = peaks.ground.head(min(labels, _MOST))
    named = gpd.GeoDataFrame({NAME: _names(shown, areas)}, geometry=shown.geometry, crs=areas.crs)
    named.index = pd.Index(named.index.astype(str), name="peak")
    page = MapPage(
        draw=partial(_draw, areas, contours, peaks, named[NAME], basemap is not None),
        legend="Ground that holds\na share of the harm",
        title=title or _finding(peaks, named[NAME]),
        notes=[_note(surface, peaks)],
        named=list(named.index),
        key="Top of each peak",
        labelled=named,
    )
    about = with_areas(surface.about, areas)
    return draw_page(areas, page, record=None, about=about, ax=ax, basemap=basemap)


def _names(shown: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Name of the area of the highest cell of each peak; its place on the map where that is in none."""
    names, told = area_names(areas), []
    for place in gpd.points_from_xy(shown["x"], shown["y"]):
        inside = areas.index[areas.geometry.intersects(place)]
        told.append(str(names[str(inside[0])]) if len(inside) else f"{place.x:,.0f} E, {place.y:,.0f} N")
    return pd.Series(told, index=shown.index, dtype=object)


def _draw(
    areas: gpd.GeoDataFrame, contours: gpd.GeoDataFrame, peaks: SurfacePeaks, names: pd.Series, over: bool, ax: Axes
) -> list[Any]:
    limits = ax.get_xlim(), ax.get_ylim()
    areas.plot(ax=ax, aspect=None, zorder=0, **{**_GROUND, **({"facecolor": "none"} if over else {})})
    ax.set(xlim=limits[0], ylim=limits[1])
    tones = sequential(len(contours) + 1)
    handles: list[Any] = []
    for k, row in enumerate(contours.itertuples()):
        look: dict[str, Any] = {
            "facecolor": tones(k),
            "edgecolor": "#7a5030",
            "linewidth": 0.4,
            "alpha": 0.75 if over else 1.0,
        }
        contours.loc[[row.Index]].plot(ax=ax, aspect=None, zorder=2 + k, **look)
        handles.append(Patch(**look, label=f"{row.held:.0f}% on {row.area_km2:,.1f} km²"))
    areas.boundary.plot(ax=ax, color="#8a8a8a", linewidth=0.35, aspect=None, zorder=8)
    if not len(peaks.ground):
        return [*reversed(handles), Line2D([], [], linestyle="none", label="no peak stands out")]
    peaks.ground.boundary.plot(ax=ax, color=_PEAK, linewidth=1.6, aspect=None, zorder=9)
    handles = [*reversed(handles), Line2D([], [], color=_PEAK, linewidth=1.6, label="peak that stands out:")]
    for number, peak in peaks.table.head(len(names)).iterrows():
        p = f"p {peak['p']:.3f}" if peak["p"] >= 0.001 else "p below 0.001"
        told = f"{names[str(number)]}: {peak['ratio']:.1f} times\nwhat is expected, {p}"
        handles.append(Line2D([], [], linestyle="none", label=told))
    if more := len(peaks.table) - len(names):
        handles.append(Line2D([], [], linestyle="none", label=f"and {more:,} more"))
    return handles


def _finding(peaks: SurfacePeaks, names: pd.Series) -> str:
    """What was found, in a sentence."""
    if not len(peaks.table):
        return "No peak of harm stands out"
    count = number_of(len(peaks.table), "peak")
    stand = "stands out" if len(peaks.table) == 1 else "stand out"
    return f"{count} of harm {stand}" + (f", the clearest in {names.iloc[0]}" if len(names) else "")


def _note(surface: HeatSurface, peaks: SurfacePeaks) -> str:
    s, found = peaks.settings, peaks.findings
    base = "where residents live" if found.base == "residents" else "where the points of the base are"
    beyond = "from how much the whole map departs from that" if s.beyond == "map" else "from chance"
    return (
        f"Contours: {surface.settings.kernel} kernel, bandwidth {surface.findings.bandwidth_m:,.0f} m. Peaks stand out "
        f"from {base} and {beyond}; bandwidth {found.bandwidth_m:,.0f} m. p is for the whole map, from "
        f"{number_of(s.replications, 'replication')}."
    )
