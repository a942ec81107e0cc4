"""Outlines small enough for a page: simplified together, so that neighbours still touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

__all__ = ["Outlines", "page_outlines"]

#: Points that a browser draws in a few milliseconds.
_MOST_POINTS: Final = 40_000
#: Share of the map's width that no screen shows.
_FINEST: Final = 1 / 4_000

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
    width, height : float
        Metres.
    tolerance_m : float
        Of the simplification.
    """

    xs: list[_Rings]
    ys: list[_Rings]
    cx: list[float]
    cy: list[float]
    origin: tuple[float, float]
    width: float
    height: float
    tolerance_m: float


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
    tolerance = max(east - west, north - south) * _FINEST
    found = shapely.coverage_simplify(shapes, tolerance)
    while shapely.get_num_coordinates(found).sum() > _MOST_POINTS and tolerance < (east - west) / 50:
        tolerance *= 1.5
        found = shapely.coverage_simplify(shapes, tolerance)
    origin = (float(np.floor(west)), float(np.floor(south)))
    inside = shapely.point_on_surface(found)
    rings = [_rings(shape, origin) for shape in found]
    return Outlines(
        xs=[[[ring[:, 0].tolist() for ring in part] for part in parts] for parts in rings],
        ys=[[[ring[:, 1].tolist() for ring in part] for part in parts] for parts in rings],
        cx=np.rint(shapely.get_x(inside) - origin[0]).tolist(),
        cy=np.rint(shapely.get_y(inside) - origin[1]).tolist(),
        origin=origin,
        width=east - west,
        height=north - south,
        tolerance_m=round(tolerance, 1),
    )


def _rings(shape: Polygon | MultiPolygon, origin: tuple[float, float]) -> list[list[NDArray[np.int64]]]:
    polygons = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and not part.is_empty]
    return [
        [
            np.rint(np.asarray(ring.coords)[:-1, :2] - origin).astype(np.int64)
            for ring in (polygon.exterior, *polygon.interiors)
        ]
        for polygon in polygons
    ]
