"""The segment that a point belongs to: the nearest line within a stated distance."""

from __future__ import annotations

from typing import Final, TypeGuard

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["LINE", "NEAREST_RULE", "REACH", "are_segments", "nearest_lines"]

#: Columns of areas that are street segments: the line of each, and how far it reaches.
LINE: Final = "line"
REACH: Final = "reach_m"
NEAREST_RULE: Final = (
    "a point belongs to the nearest segment within its distance; of equally near ones to that with the lowest area_code"
)
#: Metres within which two distances are equal.
_EQUAL: Final = 1e-6


def are_segments(areas: object) -> TypeGuard[gpd.GeoDataFrame]:
    """Whether areas are street segments, to which points belong by distance."""
    return isinstance(areas, gpd.GeoDataFrame) and {LINE, REACH} <= set(areas.columns)


def nearest_lines(points: NDArray[np.object_], areas: gpd.GeoDataFrame) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Position of the nearest segment of each point, -1 beyond every one's distance; and whether several are as near.

    Parameters
    ----------
    points : ndarray of shapely points
        None, and points without finite coordinates, belong to none.
    areas : GeoDataFrame
        By `segments`.
    """
    order = np.argsort(areas.index.to_numpy().astype(str), kind="stable")
    lines = np.asarray(areas[LINE].to_numpy(), dtype=object)[order]
    reach = areas[REACH].to_numpy(dtype=np.float64)[order]
    sound = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    farthest = float(reach.max()) if len(reach) else 0.0
    at, line = shapely.STRtree(lines).query(points[sound], predicate="dwithin", distance=farthest)
    far = shapely.distance(points[sound][at], lines[line])
    kept = far <= reach[line]
    at, line, far = at[kept], line[kept], far[kept]
    least = np.full(len(sound), np.inf)
    np.minimum.at(least, at, far)
    near = far <= least[at] + _EQUAL
    at, line = at[near], line[near]
    place = np.full(len(sound), len(order), dtype=np.int64)
    np.minimum.at(place, at, line)
    found = np.full(len(points), -1, dtype=np.int64)
    found[sound] = np.where(place < len(order), np.append(order, -1)[place], -1)
    shared = np.zeros(len(points), dtype=bool)
    shared[sound] = np.bincount(at, minlength=len(sound)) > 1
    return found, shared
