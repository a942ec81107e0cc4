"""Pairs of events within reach of each other, found once on a grid and held by distance band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel
from socharm._limits import MAX_EVENT_PAIRS
from socharm._words import number_of
from socharm.errors import ParameterError

__all__ = ["NearPairs", "band_edges", "cell_order", "near_pairs"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Small = NDArray[np.int32]

#: Cells along the longer side of the ground, at most: numbers of cells stay whole numbers of 64 bits.
_MOST_CELLS: Final = 1 << 20


@dataclass(frozen=True, eq=False)
class NearPairs:
    """Pairs of events by distance band.

    Attributes
    ----------
    first, second : ndarray of int32, shape (n_pairs,)
        Positions of both events; every pair once, in the order of the bands.
    starts : ndarray of int64, shape (n_bands + 1,)
        Where each band begins.
    """

    first: _Small
    second: _Small
    starts: _Ints


def band_edges(edges: _Floats, *, closed: str, whole: bool) -> _Floats:
    """Edges such that ``low <= value < high`` says what the stated bands say.

    Parameters
    ----------
    edges : ndarray of float64
        Rising; the last may be infinite.
    closed : {"left", "right"}
        Which end of a band belongs to it. Of bands closed on the right the first holds its left end too.
    whole : bool
        Whether the values are whole numbers: edges are then the next ones.

    Examples
    --------
    >>> band_edges(np.array([0.0, 7.0, 14.0]), closed="left", whole=True).tolist()
    [0.0, 7.0, 14.0]
    >>> band_edges(np.array([0.0, 7.0, 14.0]), closed="right", whole=True).tolist()
    [0.0, 8.0, 15.0]
    """
    first = np.arange(edges.size) == 0
    if whole:
        shifted = np.ceil(edges) if closed == "left" else np.floor(edges) + 1
        return np.where(first & (closed == "right"), np.ceil(edges), shifted)
    if closed == "left":
        return edges.copy()
    return np.where(first, edges, np.nextafter(edges, np.inf))


def cell_order(x: _Floats, y: _Floats, *ties: _Floats, reach: float) -> tuple[_Ints, _Ints, int]:
    """The events in the order of the cells of a grid, row by row, and in one order within each cell.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
    *ties : ndarray of shape (n,)
        What orders events of one place, so that the order of the rows does not matter.
    reach : float
        Least side of a cell, above zero.

    Returns
    -------
    order : ndarray of int64, shape (n,)
    cells : ndarray of int64, shape (n,)
        Number of the cell of each event, in that order.
    width : int
        What is added to the number of a cell for the one above it.
    """
    side = max(reach, max(float(np.ptp(x)), float(np.ptp(y))) / _MOST_CELLS)
    column = np.floor((x - x.min()) / side).astype(np.int64)
    row = np.floor((y - y.min()) / side).astype(np.int64)
    width = int(column.max()) + 3
    cells = row * width + column + 1
    order = np.lexsort((*ties[::-1], y, x, cells))
    return order, cells[order], width


def near_pairs(
    x: _Floats,
    y: _Floats,
    times: _Floats,
    *,
    grid: tuple[_Ints, int],
    edges: _Floats,
    manhattan: bool,
    longest: float = np.inf,
) -> NearPairs:
    """Every pair of events in one of the distance bands, by band.

    Parameters
    ----------
    x, y, times : ndarray of float64, shape (n,)
        In the order of `cell_order`.
    grid : tuple of ndarray and int
        Cells and width of `cell_order`, made with a reach of the last edge.
    edges : ndarray of float64, shape (n_bands + 1,)
        Finite: ``edges[k] <= distance < edges[k + 1]``.
    manhattan : bool
        Whether distance is along the axes, else as the crow flies.
    longest : float
        Pairs that lie further apart in time are left out.

    Raises
    ------
    ParameterError
        More pairs than `MAX_EVENT_PAIRS`.

    Examples
    --------
    >>> x, y, t = np.array([0.0, 3.0, 50.0]), np.array([0.0, 4.0, 0.0]), np.zeros(3)
    >>> order, cells, width = cell_order(x, y, t, reach=10.0)
    >>> bands = np.array([0.0, 5.0, 10.0])
    >>> near_pairs(x, y, t, grid=(cells, width), edges=bands, manhattan=False).starts.tolist()
    [0, 0, 1]
    """
    cells, width = grid
    low, high = cells - 1, cells + 1
    # Of its own row an event meets those behind it; of the row above all in three cells.
    until = np.searchsorted(cells, high, side="right")
    above = np.searchsorted(cells, low + width, side="left"), np.searchsorted(cells, high + width, side="right")
    ranges = np.column_stack([until, *above])
    counts = np.zeros(edges.size - 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int32)
    _walk(x, y, times, ranges, edges, (manhattan, longest), counts, (nothing, nothing))
    total = int(counts.sum())
    if total > MAX_EVENT_PAIRS:
        raise ParameterError(
            f"{number_of(total, 'pair of events lies', 'pairs of events lie')} within {edges[-1]:g} of each other; "
            f"the limit is {MAX_EVENT_PAIRS:,}. End the distance bands sooner, or take a shorter period."
        )
    starts = np.concatenate([[0], np.cumsum(counts)])
    first, second = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
    _walk(x, y, times, ranges, edges, (manhattan, longest), starts[:-1].copy(), (first, second))
    return NearPairs(first, second, starts)


@kernel
def _walk(
    x: _Floats,
    y: _Floats,
    times: _Floats,
    ranges: _Ints,
    edges: _Floats,
    rule: tuple[bool, float],
    at: _Ints,
    room: tuple[_Small, _Small],
) -> None:
    """Count the pairs of each band into `at`; where there is room for them, write them there too."""
    first, second = room
    manhattan, longest = rule
    for i in range(x.size):
        for part in range(2):
            start = i + 1 if part == 0 else ranges[i, 1]
            stop = ranges[i, 0] if part == 0 else ranges[i, 2]
            for j in range(start, stop):
                dx, dy = abs(x[i] - x[j]), abs(y[i] - y[j])
                distance = dx + dy if manhattan else np.sqrt(dx * dx + dy * dy)
                if distance >= edges[-1] or distance < edges[0] or abs(times[i] - times[j]) > longest:
                    continue
                band = 0
                while distance >= edges[band + 1]:
                    band += 1
                if first.size > 0:
                    first[at[band]] = i
                    second[at[band]] = j
                at[band] += 1
