"""Points to areas: the one rule by which a point belongs to an area, on a boundary too."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from socharm.io.units.nearest import NEAREST_RULE, are_segments, nearest_lines

__all__ = ["BOUNDARY_RULE", "OUTSIDE", "boundary_rule", "first_areas"]

#: What happens to a point on the line between areas.
BOUNDARY_RULE: Final = "a point on a boundary belongs to the touching area with the lowest area_code"
#: Position of a point that lies in no area.
OUTSIDE: Final = -1


def boundary_rule(areas: object) -> str:
    """Which of several areas a point belongs to, as counts tell it."""
    return NEAREST_RULE if are_segments(areas) else BOUNDARY_RULE


def first_areas(
    points: NDArray[Any], areas: gpd.GeoSeries | gpd.GeoDataFrame
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The area of each point, in the system of the areas.

    Parameters
    ----------
    points : ndarray of shapely points
        None, and points without finite coordinates, lie in no area.
    areas : GeoDataFrame
        Index ``area_code``. Points belong to street segments (`socharm.io.segments`) by distance, not by their shape.

    Returns
    -------
    area : ndarray of int32
        Position in `areas`, `OUTSIDE` for none; by `BOUNDARY_RULE` where several touch.
    is_shared : ndarray of bool
        In more than one area.

    Examples
    --------
    >>> squares = gpd.GeoSeries([shapely.box(1, 0, 2, 1), shapely.box(0, 0, 1, 1)], index=["B", "A"])
    >>> area, is_shared = first_areas(shapely.points([1.5, 1.0, 5.0], [0.5, 0.5, 0.5]), squares)
    >>> area.tolist(), is_shared.tolist()
    ([0, 1, -1], [False, True, False])
    """
    if are_segments(areas):
        nearest, is_shared = nearest_lines(points, areas)
        return nearest.astype(np.int32), is_shared
    order = np.argsort(areas.index.to_numpy().astype(str), kind="stable")
    shapes = areas.geometry.to_numpy()[order]
    # Polygons query a tree of points, so that each polygon is prepared once.
    inside, at = shapely.STRtree(points).query(shapes, predicate="intersects")
    place = np.full(len(points), len(order), dtype=np.int64)
    np.minimum.at(place, at, inside)
    found = place < len(order)
    area = np.where(found, order[np.where(found, place, 0)], OUTSIDE).astype(np.int32)
    return area, np.bincount(at, minlength=len(points)) > 1
