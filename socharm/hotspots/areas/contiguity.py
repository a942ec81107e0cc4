"""Which areas share a point or a stretch of their boundaries, by the vertices as they are."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["contiguous"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def contiguous(shapes: NDArray[np.object_], *, rook: bool) -> tuple[_Ints, _Ints]:
    """Pairs of areas that share a vertex, or with `rook` an edge between two.

    Parameters
    ----------
    shapes : ndarray of shapely.Polygon and shapely.MultiPolygon
    rook : bool

    Returns
    -------
    focal, neighbour : ndarray of int64
        Places in `shapes`, each pair in both directions, ascending.

    Notes
    -----
    Vertices are the same where their coordinates are equal to the last bit, as ``Graph.build_contiguity`` of libpysal
    has it, with whose graphs these agree.
    """
    parts, owner_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    owner = owner_of_part[part_of_ring[ring]]
    found = points + 0.0  # -0.0 is the same place as 0.0
    if rook:
        inside = ring[:-1] == ring[1:]
        found, owner = _edges(found[:-1][inside], found[1:][inside]), owner[:-1][inside]
    return _sharing(found, owner.astype(np.int64), len(shapes))


def _edges(one: _Floats, other: _Floats) -> _Floats:
    """Both ends of each edge in a row, the one to the west, or to the south of it, first."""
    turned = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    return np.where(turned[:, None], np.hstack([other, one]), np.hstack([one, other]))


def _sharing(rows: _Floats, owner: _Ints, areas: int) -> tuple[_Ints, _Ints]:
    """Pairs of owners of equal rows."""
    order = np.lexsort((owner, *rows.T[::-1]))
    rows, owner = rows[order], owner[order]
    begins = np.append(True, np.any(rows[1:] != rows[:-1], axis=1))[: len(rows)]
    kind = np.cumsum(begins)
    # Each owner of a row once; equal rows stand side by side.
    once = begins | np.append(True, owner[1:] != owner[:-1])[: len(rows)]
    kind, owner = kind[once], owner[once]
    pairs = [np.zeros(0, dtype=np.int64)]
    apart = 1
    while (same := kind[apart:] == kind[:-apart]).any():
        low, high = owner[:-apart][same], owner[apart:][same]
        pairs.append(np.unique(low * areas + high))
        apart += 1
    low, high = np.divmod(np.unique(np.concatenate(pairs)), areas)
    focal, neighbour = np.append(low, high), np.append(high, low)
    order = np.lexsort((neighbour, focal))
    return focal[order], neighbour[order]
