"""Outlines small enough for a page: simplified together, so that neighbours still touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from socharm._columns import PARENT
from socharm.maps.inset_choice import Box, inset_box

__all__ = ["MOST_POINTS", "Outlines", "page_outlines", "simplified"]

#: Points that a browser draws in a few milliseconds.
MOST_POINTS: Final = 40_000
#: Share of the map's width that no screen shows.
_FINEST: Final = 1 / 4_000

#: More districts than this are the areas themselves.
_MOST_DISTRICTS: Final = 60

#: Points across and up that the map has on a laptop, by which is judged whether its areas can be told apart.
_SCREEN: Final = (460.0, 240.0)

_Rings = list[list[list[int]]]


@dataclass(frozen=True, kw_only=True)
class Outlines:
    """Polygons of areas in whole metres from a corner of the map.

    Attributes
    ----------
    xs, ys : list
        One per area: polygons, each a list of rings (the outer one first), each a list of coordinates.
    cx, cy : list of float
        A point inside each area.
    origin : tuple of float
        The corner, in the areas' own system.
    line_xs, line_ys : list
        Borders of the districts: lines, each a list of coordinates.
    width, height : float
        Metres.
    tolerance_m : float
        Of the simplification.
    enlarged : (west, south, east, north) or None
        The part that is drawn again at a larger scale, in metres from the corner; None where the map needs none.
    """

    xs: list[_Rings]
    ys: list[_Rings]
    cx: list[float]
    cy: list[float]
    line_xs: list[list[int]]
    line_ys: list[list[int]]
    origin: tuple[float, float]
    width: float
    height: float
    tolerance_m: float
    enlarged: Box | None = None


def page_outlines(areas: gpd.GeoDataFrame) -> Outlines:
    """Simplify areas until a page can hold them, and round to metres; shared borders stay shared.

    Parameters
    ----------
    areas : GeoDataFrame
        A CRS in metres.

    Notes
    -----
    The coverage is simplified as a whole (Visvalingam-Whyatt on shared edges), and equal points round to equal points.
    """
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    shapes = np.asarray(areas.geometry.array)
    found, tolerance = simplified(shapes, most=MOST_POINTS)
    origin = (float(np.floor(west)), float(np.floor(south)))
    lines = _borders(found, areas[PARENT] if PARENT in areas.columns else None, origin)
    inside = shapely.point_on_surface(found)
    rings = [_rings(shape, origin) for shape in found]
    return Outlines(
        xs=[[[ring[:, 0].tolist() for ring in part] for part in parts] for parts in rings],
        ys=[[[ring[:, 1].tolist() for ring in part] for part in parts] for parts in rings],
        cx=np.rint(shapely.get_x(inside) - origin[0]).tolist(),
        cy=np.rint(shapely.get_y(inside) - origin[1]).tolist(),
        line_xs=[line[:, 0].tolist() for line in lines],
        line_ys=[line[:, 1].tolist() for line in lines],
        origin=origin,
        width=east - west,
        height=north - south,
        tolerance_m=round(tolerance, 1),
        enlarged=_enlarged(found, (west, south, east, north), origin),
    )


def simplified(shapes: NDArray[np.object_], *, most: int) -> tuple[NDArray[np.object_], float]:
    """Polygons with no more than so many points, simplified together, and the tolerance in metres that it took.

    A tolerance beyond a fiftieth of the map is not tried: shapes that then have more points keep them.
    """
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    tolerance = max(east - west, north - south) * _FINEST
    found = shapely.coverage_simplify(shapes, tolerance)
    while shapely.get_num_coordinates(found).sum() > most and tolerance < (east - west) / 50:
        tolerance *= 1.5
        found = shapely.coverage_simplify(shapes, tolerance)
    return found, tolerance


def _enlarged(shapes: NDArray[np.object_], view: Box, origin: tuple[float, float]) -> Box | None:
    """Where people and ground part on a screen, in whole metres from the corner."""
    scale = min(_SCREEN[0] / (view[2] - view[0]), _SCREEN[1] / (view[3] - view[1]))
    box = inset_box(pd.Series(shapes), view, points_per_metre=scale)
    if box is None:
        return None
    west, south, east, north = (round(edge - origin[i % 2]) for i, edge in enumerate(box))
    return west, south, east, north


def _borders(
    shapes: NDArray[np.object_], parents: pd.Series | None, origin: tuple[float, float]
) -> list[NDArray[np.int64]]:
    """Lines round the districts, where the areas say which they belong to."""
    if parents is None or not 1 < parents.nunique() <= _MOST_DISTRICTS:
        return []
    known = parents.notna().to_numpy()
    groups = parents[known].groupby(parents[known].to_numpy(), sort=True).indices
    edges = [shapely.boundary(shapely.union_all(shapes[known][rows])) for rows in groups.values()]
    parts = shapely.get_parts(shapely.line_merge(shapely.union_all(edges)))
    return [np.rint(np.asarray(line.coords)[:, :2] - origin).astype(np.int64) for line in parts]


def _rings(shape: Polygon | MultiPolygon, origin: tuple[float, float]) -> list[list[NDArray[np.int64]]]:
    polygons = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and not part.is_empty]
    return [
        [
            np.rint(np.asarray(ring.coords)[:-1, :2] - origin).astype(np.int64)
            for ring in (polygon.exterior, *polygon.interiors)
        ]
        for polygon in polygons
    ]
