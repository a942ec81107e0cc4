"""Polygons on a map, and the lines between districts: tens of thousands of areas in seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Patch
from matplotlib.path import Path
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from socharm._columns import PARENT
from socharm.maps.palettes import HATCHES

__all__ = ["FINE", "draw_areas", "draw_gaps", "draw_outlines", "draw_shapes", "points_per_metre"]

#: From this many areas on their own edges would cover them.
FINE: Final = 400
#: From this many areas on the map is of a nation: district lines are thin and as smooth as paper shows.
_NATION: Final = 5_000
_LEAST_STEP: Final = 0.3
#: Points below which water inside a district, or between two, is not drawn round: a tidal river has one line.
_NARROW: Final = 1.6
_RIVER: Final = 5.0

_Floats = NDArray[np.float64]


def draw_shapes(
    ax: Axes,
    shapes: pd.Series,
    *,
    facecolor: Any,
    edgecolor: Any = "face",
    linewidth: float = 0.1,
    hatch: str | None = None,
    zorder: float = 1.0,
) -> PathCollection:
    """Fill polygons, each as one path with its holes; `facecolor` is one colour, or one for each.

    geopandas makes a patch for each polygon, which takes ten times as long.
    """
    drawn = PathCollection(
        _paths(shapes),
        facecolor=facecolor,
        edgecolor=edgecolor,
        linewidth=linewidth,
        hatch=hatch,
        zorder=zorder,
    )
    ax.add_collection(drawn, autolim=False)
    return drawn


def _paths(shapes: pd.Series) -> list[Path]:
    """One path for each geometry; holes run the other way round, so that they stay empty."""
    if not len(shapes):
        return []
    geometries = shapely.orient_polygons(np.asarray(shapes))
    parts, of_shape = shapely.get_parts(geometries, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    sizes = np.bincount(of_ring, minlength=len(rings))
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    ends = np.cumsum(sizes)
    codes[ends - sizes] = Path.MOVETO
    codes[ends - 1] = Path.CLOSEPOLY
    cuts = np.cumsum(np.bincount(of_shape[of_part[of_ring]], minlength=len(geometries)))[:-1]
    return [Path(xy, code) for xy, code in zip(np.split(points, cuts), np.split(codes, cuts), strict=True)]


def draw_areas(ax: Axes, areas: gpd.GeoDataFrame, codes: pd.Index, *, edge: str = "white", **look: Any) -> None:
    """Fill areas; many small ones without edges, which would cover them.

    Parameters
    ----------
    ax : Axes
    areas : GeoDataFrame
    codes : Index
        Of the areas to fill.
    edge : str
        Colour of the edges where there are few areas.
    **look
        As `draw_shapes` takes it.
    """
    if len(codes):
        fine = len(areas) > FINE
        lines: dict[str, Any] = {"edgecolor": "face" if fine and "hatch" not in look else edge}
        draw_shapes(ax, areas.geometry.loc[codes], linewidth=0.1 if fine else 0.4, **(lines | look))


def draw_gaps(ax: Axes, shapes: pd.Series, kinds: pd.Series, texts: Mapping[str, str], *, many: bool) -> list[Patch]:
    """Hatch areas that have no colour, by why: `kinds` are keys of `HATCHES`; the handles of the legend."""
    handles = []
    for kind, hatch in HATCHES.items():
        codes = kinds.index[kinds == kind]
        if len(codes):
            look: dict[str, Any] = {"facecolor": "#f4f4f4", "edgecolor": "#8a8a8a", "hatch": hatch}
            draw_shapes(ax, shapes.loc[codes], linewidth=0.1 if many else 0.4, **look)
            handles.append(Patch(label=f"{texts.get(kind, kind)}  ({len(codes):,})", linewidth=0.5, **look))
    return handles


def draw_outlines(ax: Axes, areas: gpd.GeoDataFrame, *, zorder: float = 2.0) -> None:
    """Districts, where the areas say which they belong to: lines to find one's way by."""
    if PARENT not in areas.columns or not 1 < areas[PARENT].nunique() <= 60:
        return
    groups = areas.groupby(PARENT, sort=True, observed=True).indices
    geometries = np.asarray(areas.geometry.array)
    nation = len(areas) > _NATION
    whole = [_without_slivers(_dissolved(geometries[rows])) for rows in groups.values()]
    step = points_per_metre(ax)
    shown = (
        shapely.simplify(whole, _LEAST_STEP / step)
        if nation
        else _joined(_closed(np.asarray(whole, dtype=object), _NARROW / step), _RIVER / step)
    )
    lines = shapely.boundary(shown)
    drawn = gpd.GeoSeries(lines, crs=areas.crs)
    drawn.plot(ax=ax, color="#2b2b2b", linewidth=0.5 if nation else 0.9, aspect=None, zorder=zorder)


def _joined(districts: NDArray[np.object_], width: float) -> NDArray[np.object_]:
    """Districts with the narrow water between them given to the first of them: their lines fall together.

    Bays of one district are left as they are.
    """
    joined = districts.copy()
    whole = shapely.union_all(joined)
    filled = shapely.buffer(shapely.buffer(whole, width / 2, quad_segs=4), -width / 2, quad_segs=4)
    parts = shapely.get_parts(shapely.difference(filled, whole))
    parts = parts[shapely.area(parts) > width**2 / 10]
    banks = np.array([shapely.intersects(joined, shapely.buffer(part, width / 100)).sum() for part in parts])
    water = shapely.union_all(parts[banks > 1]) if len(parts) else shapely.Polygon()
    if shapely.is_empty(water):
        return joined
    # A little more than the width: both banks of the narrow water are within it.
    near = shapely.buffer(joined, 1.05 * width, quad_segs=4)
    for place, reach in enumerate(near):
        mine = shapely.intersection(water, reach)
        joined[place] = shapely.union(joined[place], mine)
        water = shapely.difference(water, mine)
    return joined


def _closed(shapes: NDArray[np.object_], width: float) -> NDArray[np.object_]:
    """Districts without water inside that is too narrow to be seen."""
    wider = shapely.buffer(shapes, width / 2, join_style="mitre")
    return np.asarray(shapely.buffer(wider, -width / 2, join_style="mitre"), dtype=object)


def _dissolved(geometries: Sequence[BaseGeometry] | NDArray[np.object_]) -> BaseGeometry:
    """Union of areas whose edges meet; where they do not, the general union, which takes a hundred times as long."""
    try:
        whole = shapely.coverage_union_all(geometries)
    except shapely.errors.GEOSException:
        return shapely.union_all(geometries)
    return whole if shapely.is_valid(whole) else shapely.union_all(geometries)


def _without_slivers(shape: BaseGeometry) -> BaseGeometry:
    """Leave out holes below a thousandth of the whole: generalised neighbours do not quite meet."""
    least = shape.area / 1_000
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return MultiPolygon([Polygon(p.exterior, [r for r in p.interiors if Polygon(r).area >= least]) for p in parts])


def points_per_metre(ax: Axes) -> float:
    """Points on paper for a metre on the ground."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    ax.apply_aspect()
    return float(ax.transData.get_matrix()[0, 0]) * 72.0 / figure.dpi
