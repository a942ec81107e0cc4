"""Loops of the fit of levels over blocks of areas: the same numbers as array by array, without the arrays between."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = ["ample", "log_likelihoods", "reached", "single"]

_Floats = NDArray[np.float64]
_Singles = NDArray[np.float32]

_TINY: Final = 1e-300


@kernel
def log_likelihoods(
    count: _Floats, mean: _Floats, best: _Floats, known: _Floats, grid: _Floats, factor: _Floats
) -> _Floats:
    """Log likelihood of each count by effect, 0 at the best, blunted; `factor` is the exponential of the grid."""
    areas, width = len(count), len(grid)
    found = np.empty((areas, width))
    for a in range(areas):
        own, expected, highest, share, row = count[a], mean[a], best[a], known[a], found[a]
        for g in range(width):
            row[g] = (own * grid[g] - expected * factor[g] - highest) * share
    return found


@kernel
def reached(
    count: _Floats, mean: _Floats, best: _Floats, known: _Floats, grid: _Floats, factor: _Floats, least: float
) -> tuple[int, int]:
    """First and last value of the grid at which any log likelihood is above `least`; last below first where none is."""
    first, last = len(grid), -1
    for a in range(len(count)):
        for g in range(first):
            if known[a] * (count[a] * grid[g] - mean[a] * factor[g] - best[a]) > least:
                first = g
                break
        for g in range(len(grid) - 1, last, -1):
            if known[a] * (count[a] * grid[g] - mean[a] * factor[g] - best[a]) > least:
                last = g
                break
    return first, last


@kernel
def _largest(values: _Floats) -> float:
    """Of numbers of at least 0, four at a time."""
    a = b = c = d = 0.0
    whole = len(values) // 4 * 4
    for i in range(0, whole, 4):
        a, b = max(a, values[i]), max(b, values[i + 1])
        c, d = max(c, values[i + 2]), max(d, values[i + 3])
    for i in range(whole, len(values)):
        a = max(a, values[i])
    return max(max(a, b), max(c, d))


@kernel
def ample(values: _Floats, least: float) -> tuple[int, int]:
    """Columns from the first to behind the last in which a row has more than a share of its largest value."""
    areas, width = values.shape
    first, last = width, -1
    for a in range(areas):
        bar = least * _largest(values[a])
        for g in range(first):
            if values[a, g] > bar:
                first = g
                break
        for g in range(width - 1, last, -1):
            if values[a, g] > bar:
                last = g
                break
    return (first, last + 1) if last >= first else (0, width)


@kernel
def single(both: _Floats) -> _Singles:
    """A product by area, its largest value 1, which rounds over areas take half the time for."""
    areas, width = both.shape
    found = np.empty((areas, width), dtype=np.float32)
    for a in range(areas):
        own, row = both[a], found[a]
        most = max(_largest(own), _TINY)
        for g in range(width):
            row[g] = np.float32(own[g] / most)
    return found
