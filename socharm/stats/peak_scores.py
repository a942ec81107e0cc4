"""Scores of a smoothed map against maps that chance alone draws, and the highest score of each of those.

Weights lie in the cells of a grid, and every sum over a kernel is one convolution. Two maps are transformed at once, as
the real and the imaginary part of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.smoothing import kernel_value

__all__ = ["CellSums", "PeakNull", "highest_scores", "relabelled_null", "residents_null", "weights_by_cell"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Flags = NDArray[np.bool_]

#: Median of the square of a standard normal number.
_MEDIAN_SQUARE: Final = 0.454936423119573
#: Cells, evenly over the tested ones, that the departure of a map is taken from; halvings until it is found.
_LOOKED_AT: Final = 4_000
_HALVINGS: Final = 24
#: A sum is taken to be at least this part of what is expected: an empty cell has a logarithm too.
_LEAST: Final = 1e-3


@dataclass(frozen=True, eq=False)
class CellSums:
    """Sums of the quartic kernel, or of its square, over the weights in the cells of a grid.

    Parameters
    ----------
    shape : tuple of int
    spectrum, squared : ndarray
        Of the kernel and of its square.
    size : tuple of int
        Padded, so that nothing wraps round.
    """

    shape: tuple[int, int]
    spectrum: NDArray[np.complex128]
    squared: NDArray[np.complex128]
    size: tuple[int, int]

    @classmethod
    def build(cls, shape: tuple[int, int], radius: float) -> CellSums:
        """Transform the kernel of a radius in cells once."""
        reach = int(np.ceil(radius))
        rows, columns = (scipy.fft.next_fast_len(cells + 2 * reach) for cells in shape)
        steps = np.arange(-reach, reach + 1)
        heights = kernel_value((steps[:, None] ** 2 + steps[None, :] ** 2).astype(float), radius=radius, name="quartic")
        kernels = []
        for values in (heights, heights**2):
            spread = np.zeros((rows, columns))
            spread[np.ix_(steps % rows, steps % columns)] = values
            kernels.append(scipy.fft.fft2(spread))
        return cls(shape, kernels[0], kernels[1], (rows, columns))

    def two(self, one: _Floats, other: _Floats) -> tuple[_Floats, _Floats]:
        """Kernel sums of two maps of weights."""
        spread = np.zeros(self.size, dtype=np.complex128)
        spread[: self.shape[0], : self.shape[1]] = one + 1j * other
        sums = scipy.fft.ifft2(scipy.fft.fft2(spread, overwrite_x=True) * self.spectrum, overwrite_x=True)
        kept = sums[: self.shape[0], : self.shape[1]]
        return np.maximum(kept.real, 0.0), np.maximum(kept.imag, 0.0)

    def squares(self, weights: _Floats) -> _Floats:
        """Sums of the squared kernel."""
        sums = scipy.fft.ifft2(scipy.fft.fft2(weights, s=self.size) * self.squared).real
        return np.maximum(sums[: self.shape[0], : self.shape[1]], 0.0)


@dataclass(frozen=True, eq=False)
class PeakNull:
    """What a map would be by chance alone.

    Parameters
    ----------
    expected, deviation : ndarray of shape (rows, columns)
        Mean of the kernel sums, and their standard deviation.
    tested : ndarray of bool
        Cells with as many effective units in reach as were asked for.
    draw : callable
        Weights in the cells of one map, drawn by a generator.
    """

    expected: _Floats
    deviation: _Floats
    tested: _Flags
    draw: Callable[[np.random.Generator], _Floats]

    def scores(self, sums: _Floats, *, by_map: bool) -> tuple[_Floats, float]:
        """Scores of the tested cells, and how far the whole map departs from what is expected.

        The score is the logarithm of the sum over what is expected, divided by its deviation by chance; with `by_map`
        that deviation has a variance beyond chance beside it, one for the whole map, under which the median square of
        the scores is that of the standard normal distribution. Its root is the departure: 0 without `by_map`, or where
        chance is enough.
        """
        expected = self.expected[self.tested]
        logs = np.log(np.maximum(sums[self.tested], _LEAST * expected) / expected)
        chance = (self.deviation[self.tested] / expected) ** 2
        beyond = 0.0
        if by_map:
            some = slice(None, None, -(-logs.size // _LOOKED_AT))
            beyond = _variance_beyond(logs[some] ** 2, chance[some])
        return logs / np.sqrt(chance + beyond), float(np.sqrt(beyond))


def _variance_beyond(squares: _Floats, chance: _Floats) -> float:
    """Variance that brings the median of the squares, over chance and itself, to that of a standard normal number."""
    low, high = 0.0, float(np.median(squares)) / _MEDIAN_SQUARE
    if float(np.median(squares / chance)) <= _MEDIAN_SQUARE:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = float(np.median(squares / (chance + middle))) <= _MEDIAN_SQUARE
        low, high = (low, middle) if enough else (middle, high)
    return high


def _tested(total: _Floats, squares: _Floats, inside: _Flags, least: float) -> _Flags:
    """Cells where the effective number of units in reach is at least `least`."""
    floor = np.finfo(float).tiny
    tested: _Flags = inside & (total**2 / np.maximum(squares, floor) >= least) & (squares > floor)
    return tested


def weights_by_cell(cells: _Ints, weights: _Floats, shape: tuple[int, ...]) -> _Floats:
    """Sum of the weights in each cell of a grid, by places in the flat one."""
    sums = np.bincount(cells, weights=weights, minlength=int(np.prod(shape))).astype(np.float64)
    return sums.reshape(shape)


def residents_null(share: _Floats, weights: _Floats, inside: _Flags, sums: CellSums, *, least: float) -> PeakNull:
    """Each unit lies in a cell by its share of the residents, whatever the others do.

    Parameters
    ----------
    share : ndarray of shape (rows, columns)
        Adds up to one.
    weights : ndarray
        Of the units.
    """
    near = sums.two(share, share)[0]
    squares = sums.squares(share)
    power = float(np.sum(weights**2))
    deviation = np.sqrt(np.maximum(power * (squares - near**2), 0.0))
    edges = np.cumsum(share.ravel())

    def draw(rng: np.random.Generator) -> _Floats:
        at = np.searchsorted(edges, rng.random(weights.size) * edges[-1], side="right")
        return weights_by_cell(np.minimum(at, share.size - 1), weights, share.shape)

    expected = float(np.sum(weights)) * near
    tested = _tested(expected, power * squares, inside, least) & (deviation > 0)
    return PeakNull(expected, deviation, tested, draw)


def relabelled_null(
    cells: _Ints, weights: _Floats, chosen: int, inside: _Flags, sums: CellSums, *, least: float
) -> PeakNull:
    """Of the units of both sides, any so many might have been those of the first.

    Parameters
    ----------
    cells : ndarray of int
        Place of each unit in the flat grid.
    weights : ndarray
    chosen : int
        Units of the first side.
    """
    shape = (inside.shape[0], inside.shape[1])
    pooled, power = weights_by_cell(cells, weights, shape), weights_by_cell(cells, weights**2, shape)
    total, squares = sums.two(pooled, pooled)[0], sums.squares(power)
    n, share = cells.size, chosen / cells.size
    left = np.maximum(squares - total**2 / n, 0.0) * n / max(n - 1, 1)
    deviation = np.sqrt(share * (1 - share) * left)

    def draw(rng: np.random.Generator) -> _Floats:
        kept = rng.permutation(n)[:chosen]
        return weights_by_cell(cells[kept], weights[kept], shape)

    tested = _tested(share * total, share * squares, inside, least) & (deviation > 0)
    return PeakNull(share * total, deviation, tested, draw)


def highest_scores(
    null: PeakNull,
    sums: CellSums,
    generators: Sequence[np.random.Generator],
    *,
    by_map: bool,
    tell: Callable[[int], None] | None = None,
) -> _Floats:
    """The highest score of each map that chance draws, one for each generator."""
    highest = np.empty(len(generators))
    for first in range(0, len(generators), 2):
        pair = [null.draw(rng) for rng in generators[first : first + 2]]
        smoothed = sums.two(pair[0], pair[-1])
        for k in range(len(pair)):
            highest[first + k] = null.scores(smoothed[k], by_map=by_map)[0].max()
        if tell is not None:
            tell(min(first + 2, len(generators)))
    return highest
