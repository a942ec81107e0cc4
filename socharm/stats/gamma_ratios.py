"""The ratio of two independent positive quantities, from three moments of each, without draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._settings import THREADS
from socharm.stats.threads import map_in_order

__all__ = ["Moments", "RatioCurve", "ratio_curve"]

_Floats = NDArray[np.float64]

#: Nodes over the first quantity, and values of the ratio at which its distribution is worked out.
_NODES: Final = 32
_POINTS: Final = 49
#: Standard deviations of the log that the values reach to.
_REACH: Final = 6.0
#: Quantities of one piece of work; results do not depend on it.
_PIECE: Final = 512
#: Probabilities nearer to 0 or 1 than this are not told apart.
_TINY: Final = 1e-12


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean, variance and third central moment of some positive quantities, all above 0.

    Attributes
    ----------
    mean, variance, third : arrays of shape (n,)
    """

    mean: _Floats
    variance: _Floats
    third: _Floats

    def rows(self, part: slice) -> Moments:
        """Some of the quantities."""
        return Moments(self.mean[part], self.variance[part], self.third[part])

    def total(self, times: _Floats) -> Moments:
        """Of the sum of all quantities, each so many times, which are independent."""
        sums = [np.atleast_1d(np.sum(times**power * held)) for power, held in
                enumerate((self.mean, self.variance, self.third), start=1)]  # fmt: skip
        return Moments(*sums)


@dataclass(frozen=True, eq=False)
class RatioCurve:
    """Distribution of ratios.

    Attributes
    ----------
    log_ratio : array of shape (n, points)
    score : array of shape (n, points)
        Standard normal quantile of the probability to be below each.
    """

    log_ratio: _Floats
    score: _Floats

    def quantile(self, probability: float) -> _Floats:
        """The ratio below which each is with a probability."""
        found = _between(float(scipy.special.ndtri(probability)), self.score, self.log_ratio)
        return np.asarray(np.exp(found), dtype=np.float64)

    def below(self, ratio: float) -> _Floats:
        """Probability of each to be below a ratio."""
        found = _between(float(np.log(ratio)), self.log_ratio, self.score)
        return np.asarray(scipy.special.ndtr(found), dtype=np.float64)


def _between(wanted: float, x: _Floats, y: _Floats) -> _Floats:
    """Linear interpolation in each row, its ends beyond them; rows of `x` do not fall."""
    last = x.shape[1] - 1
    right = np.clip(np.sum(x < wanted, axis=1), 1, last)[:, None]
    (low, high), (first, second) = (
        (np.take_along_axis(each, right - 1, axis=1)[:, 0], np.take_along_axis(each, right, axis=1)[:, 0])
        for each in (x, y)
    )
    gap = high - low
    share = np.clip(np.where(gap > 0, (wanted - low) / np.where(gap > 0, gap, 1.0), 1.0), 0.0, 1.0)
    return np.asarray(first + share * (second - first), dtype=np.float64)


def ratio_curve(
    first: Moments,
    second: Moments,
    *,
    levels: Iterable[float] = (),
    ratios: Iterable[float] = (),
    threads: int = THREADS,
) -> RatioCurve:
    r"""Distribution of the second quantity over the first.

    Parameters
    ----------
    first, second : Moments
        Independent of each other.
    levels, ratios : iterable of float
        Probabilities whose quantiles, and ratios below which the probabilities, will be asked for: only what these are
        interpolated between is worked out then, and all else stands at 0 or 1. The whole curve where none is stated.
    threads : int
        Any number gives the same result.

    Notes
    -----
    Each quantity is taken for a constant and a gamma variate with its mean :math:`m`, variance :math:`v` and third
    moment :math:`t`: of shape :math:`4 v^3 / t^2`, scale :math:`t / 2v` and constant :math:`m - 2 v^2 / t` (Pearson's
    type III, as for weighted sums of chi-squares). Weighted sums of gamma variates are at least as skew as one, so that
    the constant is not below 0. :math:`P(Y < r X)` is the mean over 32 Gauss-Legendre quantiles of :math:`X`; between
    the values of :math:`r` its normal score is interpolated.

    References
    ----------
    Pearson, E. S. (1959). Note on an approximation to the distribution of non-central chi-square. *Biometrika* 46, 364.
    Imhof, J. P. (1961). Computing the distribution of quadratic forms in normal variables. *Biometrika* 48, 419-426.
    """
    pieces = [slice(start, start + _PIECE) for start in range(0, len(first.mean), _PIECE)]
    asked = tuple(levels), np.log(np.array(list(ratios), dtype=np.float64))
    done = list(
        map_in_order(
            lambda part: _piece(first.rows(part), second.rows(part), *asked), pieces, threads=min(threads, len(pieces))
        )
    )
    if not done:
        return RatioCurve(np.zeros((0, _POINTS)), np.zeros((0, _POINTS)))
    return RatioCurve(*(np.concatenate(each) for each in zip(*done, strict=True)))


def _piece(first: Moments, second: Moments, levels: tuple[float, ...], ratios: _Floats) -> tuple[_Floats, _Floats]:
    spread = np.sqrt(sum(np.log1p(each.variance / each.mean**2) for each in (first, second)))
    centre = np.log(second.mean / first.mean)
    grid = centre[:, None] + spread[:, None] * np.linspace(-_REACH, _REACH, _POINTS)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    shift, scale, shape = _shifted_gamma(first)
    own = shift[:, None] + scale[:, None] * scipy.special.gammaincinv(shape[:, None], (nodes + 1) / 2)
    shift, scale, shape = (each[:, None] for each in _shifted_gamma(second))
    below, known = np.zeros_like(grid), np.zeros(grid.shape, dtype=bool)

    def work_out(point: int, rows: NDArray[np.bool_]) -> None:
        at = np.flatnonzero(rows & ~known[:, point])
        reached = np.maximum((np.exp(grid[at, point, None]) * own[at] - shift[at]) / scale[at], 0.0)
        below[at, point] = np.einsum("an,n->a", scipy.special.gammainc(shape[at], reached), weights / 2, optimize=False)
        known[at, point] = True

    every = np.ones(len(grid), dtype=bool)
    for rows, point in _asked_of_ratios(grid, ratios):
        work_out(point, rows)
    low, high = (min(levels, default=0.5), max(levels, default=0.5)) if levels or len(ratios) else (0.0, 1.0)
    middle = _POINTS // 2
    work_out(middle, every)
    more = every
    for point in range(middle + 1, _POINTS):  # until the highest level is reached, and down to the lowest one
        more = more & (below[:, point - 1] < high)
        work_out(point, more)
    more = every
    for point in range(middle - 1, -1, -1):
        more = more & (below[:, point + 1] > low)
        work_out(point, more)
    # It never falls; what rounding makes of the ends must not either.
    below = np.maximum.accumulate(below, axis=1)
    below[~known & (np.arange(_POINTS) > middle)] = 1.0
    return grid, scipy.special.ndtri(np.clip(below, _TINY, 1 - _TINY))


def _asked_of_ratios(grid: _Floats, ratios: _Floats) -> Iterator[tuple[NDArray[np.bool_], int]]:
    """Rows and points between which a ratio lies, so that its probability is interpolated there."""
    for ratio in ratios:
        right = np.clip(np.sum(grid < ratio, axis=1), 1, _POINTS - 1)
        for point in np.unique(right):
            for end in (int(point) - 1, int(point)):
                yield right == point, end


def _shifted_gamma(found: Moments) -> tuple[_Floats, _Floats, _Floats]:
    """Constant, scale and shape."""
    shape = 4 * found.variance**3 / found.third**2
    scale = found.third / (2 * found.variance)
    return np.maximum(found.mean - shape * scale, 0.0), scale, shape
