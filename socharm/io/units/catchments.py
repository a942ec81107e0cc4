"""The ground that is nearer to one line than to all others: what stands for a street segment on a map."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy
import shapely
from numpy.typing import NDArray

from socharm._limits import MAX_FEATURES, require_within

__all__ = ["STEP_M", "catchments"]

#: Metres between the points that stand for a line: ground is at most half of it nearer to another line than its own.
STEP_M: Final = 5.0
#: Corners of a quarter of the round end of a catchment.
_QUARTER: Final = 4


def catchments(lines: NDArray[np.object_], within: float) -> NDArray[np.object_]:
    """For each line the ground within a distance of it that lies nearer to it than to the others.

    Parameters
    ----------
    lines : ndarray of lines, in metres
    within : float
        Metres.

    Returns
    -------
    ndarray of polygons
        They do not overlap. Of lines that lie on each other one has the ground, the other a thin strip of its own.

    Notes
    -----
    Lines are divided into points `STEP_M` apart, the Voronoi cells of the points of a line are put together, and the
    result is cut at the distance: exact up to the step. Where a point belongs is not read from these polygons, see
    `socharm.io.units.nearest`.

    References
    ----------
    Okabe, A., Boots, B., Sugihara, K. and Chiu, S. N. (2000), Spatial Tessellations, 2nd ed., section 3.5.
    """
    step = min(STEP_M, within / 2)
    expected = float(shapely.length(lines).sum()) / step
    require_within(expected, MAX_FEATURES, what="points along the streets", remedy="Keep the streets of fewer areas.")
    points, line = _points_along(lines, step)
    cells = _voronoi(points, reach=4 * within + 1_000.0)
    reach = shapely.buffer(lines, within, quad_segs=_QUARTER)
    order = np.argsort(line, kind="stable")
    starts = np.r_[0, np.flatnonzero(np.diff(line[order])) + 1]
    made = np.empty(len(lines), dtype=object)
    for place, own in zip(line[order][starts], np.split(cells[order], starts[1:]), strict=True):
        made[place] = _polygons(shapely.intersection(shapely.union_all(own), reach[place]))
    lost = shapely.is_missing(made) | shapely.is_empty(made)
    made[lost] = shapely.buffer(lines[lost], step / 10, cap_style="flat")
    return made


def _points_along(lines: NDArray[np.object_], step: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points on the lines, every place once, and the line of each.

    End points, where lines meet, are left out: the next points on either side say where the border is.
    """
    parts, line = shapely.get_parts(lines, return_index=True)
    n = np.maximum(np.ceil(shapely.length(parts) / step).astype(np.int64), 1)
    part = np.repeat(np.arange(len(parts)), n)
    place = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    # The middles of equal pieces.
    share = (place + 0.5) / n[part]
    points = shapely.get_coordinates(shapely.line_interpolate_point(parts[part], share, normalized=True))
    _, first = np.unique(np.round(points, 3), axis=0, return_index=True)
    first = np.sort(first)
    return points[first], line[part][first]


def _voronoi(points: NDArray[np.float64], *, reach: float) -> NDArray[np.object_]:
    """The Voronoi cell of each point, bounded far outside."""
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    middle, far = (low + high) / 2, 10 * float((high - low).max())
    frame = middle + far * np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]])
    # About the middle, so that large coordinates cost no digits.
    found = scipy.spatial.Voronoi(np.vstack([points, frame]) - middle)
    regions = [found.regions[found.point_region[place]] for place in range(len(points))]
    sizes = np.array([len(region) for region in regions])
    corners = found.vertices[np.concatenate(regions)] + middle
    ring = np.repeat(np.arange(len(regions)), sizes)
    first = np.cumsum(sizes) - sizes
    # Rings are closed by their first corner.
    index = np.insert(np.arange(len(ring)), np.cumsum(sizes), first)
    rings = shapely.linearrings(corners[index], indices=np.repeat(np.arange(len(regions)), sizes + 1))
    return np.asarray(shapely.polygons(rings), dtype=object)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape."""
    parts = shapely.get_parts(shape)
    flat = parts[shapely.get_type_id(parts) == 3]
    found: shapely.Geometry = flat[0] if len(flat) == 1 else shapely.MultiPolygon(list(flat))
    return found
