"""A heat surface with its contours: lines round the densest ground that holds a share of the harm, each labelled."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, withStroke
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from socharm._arguments import checked
from socharm._words import percent
from socharm.hotspots.points.contours import VOLUMES, Percent, surface_contours
from socharm.hotspots.points.heat_record import HeatSurface
from socharm.maps.furniture import halo
from socharm.maps.heat import HeatLook, heat_map, of_events
from socharm.maps.paper import on_paper
from socharm.maps.style import styled

__all__ = ["CONTOUR_DASHES", "CONTOUR_INK", "CONTOUR_WIDTHS", "contour_words", "plot_heat_contours"]

CONTOUR_INK: Final = "#10243f"
#: Widths of lines, the densest ground first; what lies further out is dashed from the third on.
CONTOUR_WIDTHS: Final = (2.2, 1.4, 1.0)
CONTOUR_DASHES: Final = ("solid", "solid", (0, (4.0, 2.0)))
#: Pieces of ground of a contour that have a label, and points that a line must be long for one.
_LABELLED: Final = 3
_LONG: Final = 70.0
#: Points from a label to the next one, or to another line, at which it is clear of it.
_CLEAR: Final = 12.0
_TRIED: Final = 48


@checked
@styled
def plot_heat_contours(
    areas: gpd.GeoDataFrame,
    surface: HeatSurface,
    *,
    volumes: Sequence[Percent] = VOLUMES,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of a heat surface with lines round the densest ground that holds shares of its smoothed harm.

    Parameters
    ----------
    areas : GeoDataFrame
        Outlines; the same CRS as the surface.
    surface : HeatSurface
        Its cells that may be shown, and their contours as of `surface_contours`.
    volumes : sequence of float
        Shares of the smoothed harm in per cent, each a line; six at most can be told apart by their labels.
    title : str, optional
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is saved or shown. Lines carry the share that they hold in per cent; the legend has the ground of each.

    Raises
    ------
    ParameterError
        No volume, or no cell with harm that may be shown.
    CRSError
        Areas and surface are in different coordinate systems.
    """
    contours = surface_contours(surface, volumes=volumes)
    what = "events" if of_events(surface) else "harm"
    return heat_map(
        areas,
        surface,
        HeatLook(),
        title=title or _finding(areas, contours, what),
        legend=f"Densest ground with a\nshare of the smoothed {what}",
        over=partial(_draw, contours),
        basemap=basemap,
        ax=ax,
    )


def _finding(areas: gpd.GeoDataFrame, contours: gpd.GeoDataFrame, what: str) -> str:
    """How much of the ground holds how much, of the contour nearest to half."""
    near = (contours["held"] - 50.0).abs().to_numpy()
    row = contours.iloc[int(near.argmin())]
    ground = float(shapely.area(shapely.union_all(areas.geometry.to_numpy()))) / 1e6
    verb = "are" if what == "events" else "is"
    # Of the surface: as recorded, more lies on the same ground, since smoothing spreads it.
    part = _part(row["area_km2"] / ground)
    return f"{row['held']:.0f}% of the smoothed {what} {verb} on {row['area_km2']:,.1f} km², {part}"


def _part(share: float) -> str:
    """A part of the ground, in words of a title."""
    return f"{share:.1%} of the ground" if 0.001 <= share < 0.1 else f"{percent(share)} of the ground"


def _draw(contours: gpd.GeoDataFrame, ax: Axes) -> list[Artist]:
    """Lines with their labels; the widest ground first, so that the densest lies on top."""
    looks = {at: (CONTOUR_WIDTHS[min(at, 2)], CONTOUR_DASHES[min(at, 2)]) for at in range(len(contours))}
    entries: list[Artist] = []
    words = contour_words(contours)
    for at in reversed(looks):
        width, dash = looks[at]
        look: dict[str, Any] = {"color": CONTOUR_INK, "linewidth": width, "linestyle": dash}
        for ring in _rings(contours.geometry.iloc[at]):
            effects = [withStroke(linewidth=width + 1.4, foreground="white", alpha=0.8), Normal()]
            ax.plot(*ring.T, solid_joinstyle="round", path_effects=effects, zorder=3.0, **look)
        entries.insert(0, Line2D([], [], **{**look, "label": words[at]}))
    _write(contours, ax)
    return entries


def contour_words(contours: gpd.GeoDataFrame) -> list[str]:
    """What the legend says of each contour: the share that it holds, and its ground."""
    return [
        f"{held:.0f}% on {ground:,.1f} km²" for held, ground in zip(contours["held"], contours["area_km2"], strict=True)
    ]


def _rings(ground: BaseGeometry) -> Iterator[NDArray[np.float64]]:
    """Outer and inner lines of a ground, the longest first."""
    parts = shapely.get_parts(ground)
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    yield from (np.asarray(ring.coords) for ring in sorted(rings, key=lambda ring: -ring.length))


def _write(contours: gpd.GeoDataFrame, ax: Axes) -> None:
    """The share on its line, where it is clearest of other labels, other lines and the border of the map."""
    ax.apply_aspect()
    west, east, south, north = *ax.get_xlim(), *ax.get_ylim()
    view = on_paper(ax, shapely.box(west, south, east, north))
    lines = [on_paper(ax, shapely.boundary(ground)) for ground in contours.geometry]
    written: list[shapely.Point] = []
    for at, (held, ground) in enumerate(zip(contours["held"], contours.geometry, strict=True)):
        others = [line for number, line in enumerate(lines) if number != at]
        rings = [shapely.LineString(ring) for ring in _rings(ground)]
        seen = [ring for ring in rings if view.intersects(on_paper(ax, ring))]
        for ring in seen[:_LABELLED]:
            line = on_paper(ax, ring)
            part, clear = _clearest(line, shapely.union_all([*others, view.boundary, *written]), view)
            # Where lines run close the legend alone tells them apart.
            if clear < _CLEAR or line.length < _LONG:
                continue
            written.append(line.interpolate(part, normalized=True))
            place = ring.interpolate(part, normalized=True)
            look: dict[str, Any] = {"size": 8.0, "weight": "bold", "color": CONTOUR_INK, "path_effects": halo(2.6)}
            ax.text(place.x, place.y, f"{held:.0f}%", ha="center", va="center", clip_on=True, zorder=4.0, **look)


def _clearest(line: BaseGeometry, others: BaseGeometry, view: BaseGeometry) -> tuple[float, float]:
    """How far along a line its clearest place in the view is, and how clear that is; negative where none is in it."""
    parts = np.arange(_TRIED) / _TRIED
    places = shapely.line_interpolate_point(np.array([line]), parts, normalized=True)
    gaps = np.where(shapely.contains(view, places), shapely.distance(places, others), -1.0)
    best = int(gaps.argmax())
    return float(parts[best]), float(gaps[best])
