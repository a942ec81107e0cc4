"""Squares and hexagons that cover an extent; corners lie at whole multiples, so that neighbours share them exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from socharm._limits import MAX_FEATURES, require_within

__all__ = ["Cells", "hexagons", "squares"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Extent = tuple[float, float, float, float]

#: Corners of a hexagon with flat sides above and below, from its centre: in half radii across, in half sizes up.
_ACROSS: Final = np.array([2, 1, -1, -2, -1, 1])
_UP: Final = np.array([0, 1, 1, 0, -1, -1])


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of a grid.

    Attributes
    ----------
    shapes : ndarray of polygons
    x, y : ndarray of float
        The point that a cell is told by: south-west corner of a square, centre of a hexagon.
    """

    shapes: NDArray[np.object_]
    x: _Floats
    y: _Floats


def squares(extent: _Extent, size: float, origin: tuple[float, float]) -> Cells:
    """Squares that cover an extent, with corners at `origin` and at multiples of `size` from it."""
    west, south, east, north = extent
    column, row = _lattice((west - origin[0], east - origin[0]), (south - origin[1], north - origin[1]), size, size, 0)
    x, y = ((origin[axis] + index * size).astype(np.float64) for axis, index in enumerate((column, row)))
    right, top = origin[0] + (column + 1) * size, origin[1] + (row + 1) * size
    return Cells(np.asarray(shapely.box(x, y, right, top), dtype=object), x, y)


def hexagons(extent: _Extent, size: float, origin: tuple[float, float], *, flat: bool) -> Cells:
    """Regular hexagons that cover an extent, one with its centre at `origin`.

    Parameters
    ----------
    extent : tuple of float
        West, south, east, north.
    size : float
        Distance between the centres of neighbours, which is the width across flat sides.
    origin : tuple of float
    flat : bool
        Whether sides, and not corners, are above and below.
    """
    west, south, east, north = extent
    across, up = (west - origin[0], east - origin[0]), (south - origin[1], north - origin[1])
    if not flat:
        across, up = up, across
    half_radius, half = size / 3**0.5 / 2, size / 2
    column, row = _lattice(across, up, 3 * half_radius, size, 1)
    middle = np.stack([3 * column, 2 * row + column % 2])
    # Corners from whole numbers: the same floats in each of the three hexagons that meet in one.
    corners = np.stack([middle[0][:, None] + _ACROSS, middle[1][:, None] + _UP], axis=-1)
    scale = np.array([half_radius, half])
    points, centres = corners * scale, middle.T * scale
    if not flat:
        # The mirror image of the corners, and so their order turned round.
        points, centres = points[:, ::-1, ::-1], centres[:, ::-1]
    points, centres = points + np.asarray(origin), centres + np.asarray(origin)
    shapes = np.asarray(shapely.polygons(points), dtype=object)
    return Cells(shapes, centres[:, 0], centres[:, 1])


def _lattice(
    across: tuple[float, float], up: tuple[float, float], width: float, height: float, margin: int
) -> tuple[_Ints, _Ints]:
    """Columns and rows that cover a range of each axis, by rows of one column after the other."""
    first, last = (int(np.floor(end / width)) for end in across)
    low, high = (int(np.floor(end / height)) for end in up)
    columns, rows = last - first + 1 + 2 * margin, high - low + 1 + 2 * margin
    require_within(columns * rows, MAX_FEATURES, what="cells over the areas", remedy="Use a larger `size`.")
    column, row = np.meshgrid(
        np.arange(first - margin, last + 1 + margin), np.arange(low - margin, high + 1 + margin), indexing="ij"
    )
    return column.ravel().astype(np.int64), row.ravel().astype(np.int64)
