"""Windows of a scan statistic: every location's others in the order of distance, as far as a limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._limits import require_memory
from socharm.stats.scan_kernels import fill_totals, zone_keys

__all__ = ["Reach", "Windows", "distinct_zones", "stretched", "windows_of"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Distances that differ by less, relative to themselves or to the largest coordinate, are equal.
_EQUAL: Final = 1e-9
_BLUR: Final = 1e-13
#: Centres whose distances are held at once, and numbers of them.
_CENTRES: Final = 512
_HELD: Final = 4_000_000
#: Bytes of one place in a window: its number, and what is expected so far.
_EACH: Final = 12


@dataclass(frozen=True, eq=False)
class Reach:
    """How far windows go.

    Attributes
    ----------
    sizes : ndarray of shape (n,)
        What counts towards `most`, by location: its expected cases, or its population.
    most : float
        Largest sum of sizes in a window.
    radius : float
        Largest distance from the centre; infinite for no limit.
    locations : int
        Most locations in a window.
    together : bool
        Whether locations at one distance enter together, or one at a time by their coordinates. Locations at one place
        enter together in any case.
    """

    sizes: _Floats
    most: float
    radius: float
    locations: int
    together: bool


@dataclass(frozen=True, eq=False)
class Windows:
    """Nested windows round each centre.

    Attributes
    ----------
    starts : ndarray of int64, shape (n + 1,)
        Where the list of each centre begins and ends.
    order : ndarray of int32
        Locations from near to far.
    ends : ndarray of bool
        Whether a window ends with this location.
    ties : int
        Windows whose outermost locations, two or more at different places, are equally far.
    """

    starts: _Ints
    order: NDArray[np.int32]
    ends: NDArray[np.bool_]
    ties: int

    def totals(self, values: _Floats) -> _Floats:
        """Sum of `values` over the locations of each window; -1 where none ends."""
        sums = np.empty(self.order.size)
        fill_totals(self.starts, self.order, self.ends, values, sums)
        return sums


def stretched(xy: _Floats, elongation: float, angle: float) -> _Floats:
    """Coordinates in which an ellipse is a circle with its shorter half axis as radius.

    Parameters
    ----------
    xy : ndarray of shape (n, 2)
    elongation : float
        Longer over shorter axis.
    angle : float
        Of the longer axis, in degrees anticlockwise from the x axis.

    Examples
    --------
    >>> stretched(np.array([[4.0, 0.0], [0.0, 1.0]]), 2.0, 0.0).tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """
    turn = np.deg2rad(angle)
    along = xy[:, 0] * np.cos(turn) + xy[:, 1] * np.sin(turn)
    across = xy[:, 1] * np.cos(turn) - xy[:, 0] * np.sin(turn)
    return np.column_stack([along / elongation, across])


def windows_of(points: _Floats, places: _Ints, reach: Reach, *, threads: int = 2) -> Windows:
    """Windows round each location.

    Parameters
    ----------
    points : ndarray of shape (n, d)
        Coordinates whose distances count.
    places : ndarray of int64, shape (n,)
        Rank of each location by its coordinates; equal for locations at one place.
    reach : Reach
    threads : int
        Of the search for neighbours; any number gives the same windows.
    """
    n = len(points)
    tree = scipy.spatial.cKDTree(points)
    order, ends, counts, ties = [], [], [], 0
    held, near = 0, min(n, 64)
    for first in range(0, n, _CENTRES):
        centres = np.arange(first, min(first + _CENTRES, n))
        found, near = _lists(points, tree, centres, places, reach, near, threads)
        for row, is_end, tied in found:
            order.append(row)
            ends.append(is_end)
            counts.append(row.size)
            ties += tied
            held += row.size
        require_memory(
            {"places in windows": held},
            each=_EACH,
            remedy="Lower `max_population`, `max_radius` or `max_locations`.",
        )
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Windows(
        starts=starts,
        order=np.concatenate([*order, np.empty(0, dtype=np.int32)]).astype(np.int32),
        ends=np.concatenate([*ends, np.empty(0, dtype=bool)]).astype(bool),
        ties=ties,
    )


def distinct_zones(shapes: Iterable[Windows]) -> int:
    """Number of different sets of locations among windows of several forms."""
    found = []
    for windows in shapes:
        keys = np.empty(windows.order.size, dtype=np.uint64)
        zone_keys(windows.starts, windows.order, keys)
        found.append(keys[windows.ends])
    # Sorted, not hashed: NumPy's hash of such keys takes a minute for ten million of them.
    every = np.sort(np.concatenate(found))
    return int(np.count_nonzero(every[1:] != every[:-1])) + int(every.size > 0)


def _lists(
    points: _Floats, tree: scipy.spatial.cKDTree, centres: _Ints, places: _Ints, reach: Reach, near: int, threads: int
) -> tuple[list[tuple[NDArray[np.int32], NDArray[np.bool_], int]], int]:
    """Lists of some centres, and how many neighbours the next ones may begin with."""
    found: dict[int, tuple[NDArray[np.int32], NDArray[np.bool_], int]] = {}
    waiting, k = centres, near
    blur = _BLUR * float(np.abs(points).max())
    while waiting.size:
        again = []
        for part in np.array_split(waiting, max(1, -(-waiting.size * k // _HELD))):
            distance, index = _nearest(points, tree, part, k, threads)
            for centre, row in zip(part, _cut(distance, index, places, reach, blur), strict=True):
                if row is None:
                    again.append(centre)
                else:
                    found[int(centre)] = row
        waiting = np.array(again, dtype=np.int64)
        k = min(2 * k, len(points))
    longest = max((row[0].size for row in found.values()), default=near)
    return [found[int(centre)] for centre in centres], min(len(points), max(near, longest + longest // 4 + 8))


def _nearest(
    points: _Floats, tree: scipy.spatial.cKDTree, centres: _Ints, k: int, threads: int
) -> tuple[_Floats, _Ints]:
    """Distances and numbers of the `k` nearest of each centre, from near to far."""
    if 3 * k < len(points):
        distance, index = tree.query(points[centres], k=k, workers=threads)
        shape = (len(centres), k)
        return np.asarray(distance).reshape(shape), np.asarray(index, dtype=np.int64).reshape(shape)
    squares = np.zeros((len(centres), len(points)))
    for column in points.T:
        squares += (column[centres, None] - column[None, :]) ** 2
    index = np.argsort(squares, axis=1, kind="stable")[:, :k]
    return np.sqrt(np.take_along_axis(squares, index, axis=1)), index


def _cut(
    distance: _Floats, index: _Ints, places: _Ints, reach: Reach, blur: float
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.bool_], int] | None]:
    """Each list as far as its limit, in order; None where more neighbours are needed to know it."""
    n = places.size
    whole = index.shape[1] == n
    steps = np.diff(distance, axis=1) > _EQUAL * distance[:, 1:] + blur
    group = np.concatenate([np.zeros((len(index), 1), dtype=np.int64), np.cumsum(steps, axis=1)], axis=1)
    order = np.argsort(group * n + places[index], axis=1, kind="stable")
    index = np.take_along_axis(index, order, axis=1)
    last_of_group = np.concatenate([np.diff(group, axis=1) > 0, np.full((len(index), 1), whole)], axis=1)
    place = places[index]
    last_of_place = np.concatenate([np.diff(group * n + place, axis=1) > 0, np.full((len(index), 1), whole)], axis=1)
    ends = last_of_group if reach.together else last_of_place
    over = np.cumsum(reach.sizes[index], axis=1) > reach.most * (1 + _EQUAL)
    over |= distance > reach.radius * (1 + _EQUAL)
    over |= np.arange(1, index.shape[1] + 1)[None, :] > reach.locations
    for row in range(len(index)):
        beyond = int(np.argmax(over[row])) if over[row].any() else index.shape[1]
        complete = np.flatnonzero(last_of_group[row])
        known = int(complete[-1]) + 1 if complete.size else 0
        if beyond >= known and not whole:
            yield None
            continue
        stop = np.flatnonzero(ends[row, :beyond])
        size = int(stop[-1]) + 1 if stop.size else 0
        is_end = ends[row, :size]
        yield index[row, :size].astype(np.int32), is_end, _tied(group[row, :size], place[row, :size])


def _tied(group: _Ints, place: _Ints) -> int:
    """Groups of one distance that hold several places."""
    if not group.size:
        return 0
    new = np.diff(place, prepend=-1) != 0
    return int((np.bincount(group[new]) > 1).sum())
