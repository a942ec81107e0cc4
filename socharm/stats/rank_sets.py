"""Confidence sets for ranks from many pairwise tests: arrays in, numbers of greater and smaller ones out.

The rank of j is one more than the number of k that are truly greater. Tests of the ordered hypotheses
"k is not greater than j" that together err with a stated probability therefore bound ranks: what is
significantly greater stands above for sure, what is significantly smaller stands below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel
from socharm.stats.random_streams import map_blocks
from socharm.stats.threads import map_in_order

__all__ = ["ErrorDraws", "PairCounts", "draw_errors", "normal_sets"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, eq=False)
class PairCounts:
    """What the tests found for each place.

    Attributes
    ----------
    greater, smaller : ndarray of int64, shape (n,)
        Places significantly greater, and significantly smaller; 0 on a side that was not asked for.
    critical : ndarray of float64, shape (n,)
        Critical value of the last step: of the standardised difference, or of p for exact tests.
    narrow, wide : PairCounts or None
        Simultaneous sets by drawing: what the tests find at the lower and at the upper end of the 95% interval in
        which the critical value lies for ever more draws. Where the two agree, more draws would change nothing.
    """

    greater: _Ints
    smaller: _Ints
    critical: _Floats
    narrow: PairCounts | None = None
    wide: PairCounts | None = None


@dataclass(frozen=True, eq=False)
class ErrorDraws:
    """Standardised errors drawn in blocks, and what bounds a standardised difference.

    Attributes
    ----------
    blocks : list of (ndarray of float64, ndarray of int32), each of shape (draws of the block, n)
        Errors of variance 1, and the places in order of their size.
    slack : float
        ``1 - max |correlation|``.
    covariance : ndarray of shape (n, n)
        Of shape (0, 0) for independent errors.
    """

    blocks: list[tuple[_Floats, NDArray[np.int32]]]
    slack: float
    covariance: _Floats


def draw_errors(
    errors: _Floats, *, draws: int, seed: int, covariance: _Floats | None = None, threads: int = 2
) -> ErrorDraws:
    """Draw normal errors of variance 1, with the correlation of `covariance` where it is given.

    Parameters
    ----------
    errors : ndarray of shape (n,)
        Standard errors, above 0.
    draws, seed : int
    covariance : ndarray of shape (n, n), optional
        Positive definite, with the squares of `errors` on its diagonal.
    threads : int
        Any number gives the same draws, as long as one BLAS thread is used.

    Raises
    ------
    numpy.linalg.LinAlgError
        `covariance` is not positive definite.
    """
    n = errors.size
    slack = 1.0
    factor: _Floats = np.empty((0, 0))
    if covariance is not None:
        correlation = covariance / errors[:, None] / errors[None, :]
        factor = np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)
        np.fill_diagonal(correlation, 0.0)
        slack = max(1.0 - float(np.max(np.abs(correlation), initial=0.0)), 0.0)

    def block(generator: np.random.Generator, size: int) -> tuple[_Floats, NDArray[np.int32]]:
        drawn = generator.standard_normal((size, n))
        if factor.size:
            drawn = np.ascontiguousarray(drawn @ factor.T)
        return drawn, np.argsort(-np.abs(drawn), axis=1, kind="stable").astype(np.int32)

    blocks = map_blocks(block, draws=draws, seed=seed, purpose="rank-sets", threads=threads)
    return ErrorDraws(blocks, slack, np.empty((0, 0)) if covariance is None else covariance)


def normal_sets(
    estimates: _Floats,
    errors: _Floats,
    drawn: ErrorDraws,
    *,
    level: float = 0.95,
    sets: str = "simultaneous",
    side: str = "two-sided",
    stepdown: bool = True,
    threads: int = 2,
) -> PairCounts:
    r"""Pairs that differ significantly, by the bootstrap of the largest standardised difference.

    Parameters
    ----------
    estimates, errors : ndarray of shape (n,)
    drawn : ErrorDraws
        From `draw_errors` of the same errors.
    level : float
    sets : {"simultaneous", "marginal"}
        The family of a marginal set is the pairs that its place is in.
    side : {"two-sided", "lower", "upper"}
        Of the rank: ``"lower"`` tests which places are greater, ``"upper"`` which are smaller. Simultaneous sets are
        about every ordered pair whichever side is asked for.
    stepdown : bool
        Leave out hypotheses that were rejected and test the others again, until nothing more is rejected.
    threads : int
        Any number gives the same result.

    Returns
    -------
    PairCounts

    Notes
    -----
    The critical value is the :math:`\lceil (R + 1)\,level \rceil`-th smallest of the R maxima of
    :math:`(z_j - z_k) / \sigma_{jk}` over the hypotheses left. For errors of variance 1 and correlation at most r,
    :math:`|z_j - z_k| / \sigma_{jk} \le \sqrt{(e_j^2 + e_k^2) / (1 - r)}`: with places in order of :math:`|e|`, what
    cannot reach the maximum found so far is never looked at, and the result is that of looking at every pair.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M., Wilhelm, D. (2024). Inference for ranks with applications to mobility
    across neighbourhoods and academic achievement across countries. Review of Economic Studies 91(1), 476-518.

    Examples
    --------
    >>> errors = np.ones(3)
    >>> drawn = draw_errors(errors, draws=1000, seed=1)
    >>> found = normal_sets(np.array([9.0, 1.0, 0.0]), errors, drawn)
    >>> found.greater.tolist(), found.smaller.tolist()
    ([0, 1, 1], [2, 0, 0])
    """
    up, down = side != "lower", side != "upper"
    n = estimates.size
    joint = sets == "simultaneous"
    critical, found = np.full(n, np.inf), (np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64))
    active = np.arange(n) if n > 1 else np.arange(0)
    maxima: _Floats = np.empty((0, 1))
    while active.size:
        if joint:
            maxima = _joint_maxima_of(estimates, errors, drawn, float(critical[0]), threads)
            critical[:] = _quantile(maxima, level)[0]
        else:
            critical[active] = _marginal_step(estimates, errors, drawn, critical, active, (up, down), level, threads)
        latest = (np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64))
        _count_pairs(estimates, errors, drawn.covariance, critical, *latest)
        used = [(a, b) for a, b, on in zip(latest, found, (down, up), strict=True) if on or joint]
        changed = np.any([a != b for a, b in used], axis=0)
        found = latest
        if not stepdown or not changed.any():
            break
        active = np.arange(n) if joint else np.flatnonzero(changed)
    greater, smaller = found
    narrow, wide = _ends(estimates, errors, drawn.covariance, maxima, level) if joint else (None, None)
    return PairCounts(greater if down else 0 * greater, smaller if up else 0 * smaller, critical, narrow, wide)


def _ends(
    estimates: _Floats, errors: _Floats, covariance: _Floats, maxima: _Floats, level: float
) -> tuple[PairCounts, PairCounts]:
    """What the tests find at both ends of the 95% interval of the critical value, from its order statistics."""
    spread = 1.96 * float(np.sqrt(level * (1.0 - level) / max(len(maxima), 1)))
    found = []
    for end in (level - spread, level + spread):
        critical = np.full(estimates.size, _quantile(maxima, end)[0] if len(maxima) else np.inf)
        greater, smaller = np.zeros(estimates.size, dtype=np.int64), np.zeros(estimates.size, dtype=np.int64)
        _count_pairs(estimates, errors, covariance, critical, greater, smaller)
        found.append(PairCounts(greater, smaller, critical))
    return found[0], found[1]


def _joint_maxima_of(estimates: _Floats, errors: _Floats, drawn: ErrorDraws, critical: float, threads: int) -> _Floats:
    """Largest standardised differences of the draws over the ordered pairs that the last critical value left."""

    def block(part: tuple[_Floats, NDArray[np.int32]]) -> _Floats:
        maxima = np.empty(len(part[0]))
        _joint_maxima(*part, errors, estimates, drawn.covariance, drawn.slack, critical, maxima)
        return maxima

    return np.concatenate(list(map_in_order(block, drawn.blocks, threads=threads)))[:, None]


def _marginal_step(
    estimates: _Floats,
    errors: _Floats,
    drawn: ErrorDraws,
    critical: _Floats,
    active: _Ints,
    sides: tuple[bool, bool],
    level: float,
    threads: int,
) -> _Floats:
    """Critical values of the `active` places, each over what its last one left."""

    def block(part: tuple[_Floats, NDArray[np.int32]]) -> _Floats:
        maxima = np.empty((len(part[0]), active.size))
        places = (errors, estimates)
        _marginal_maxima(part, places, drawn.covariance, drawn.slack, critical, active, sides, maxima)
        return maxima

    return _quantile(np.concatenate(list(map_in_order(block, drawn.blocks, threads=threads))), level)


def _quantile(maxima: _Floats, level: float) -> _Floats:
    """Order statistic that a further draw stays within with at least the probability `level`."""
    at = int(np.ceil(round((len(maxima) + 1) * level, 9))) - 1
    if at >= len(maxima):
        return np.full(maxima.shape[1], np.inf)
    return np.asarray(np.partition(maxima, at, axis=0)[at], dtype=np.float64)


@kernel
def _joint_maxima(
    drawn: _Floats,
    order: NDArray[np.int32],
    errors: _Floats,
    estimates: _Floats,
    covariance: _Floats,
    slack: float,
    critical: float,
    maxima: _Floats,
) -> None:
    """Largest standardised difference of each draw over the ordered pairs not rejected at `critical`."""
    n = drawn.shape[1]
    joined = covariance.size > 0
    for r in range(drawn.shape[0]):
        best = 0.0
        reach = 0.0
        for a in range(n - 1):
            i = order[r, a]
            first = drawn[r, i] ** 2
            if 2.0 * first <= reach:
                break
            for b in range(a + 1, n):
                j = order[r, b]
                if first + drawn[r, j] ** 2 <= reach:
                    break
                difference = errors[i] * drawn[r, i] - errors[j] * drawn[r, j]
                variance = errors[i] ** 2 + errors[j] ** 2
                if joined:
                    variance -= 2.0 * covariance[i, j]
                scale = np.sqrt(variance)
                if abs(difference) > best * scale:
                    gap = estimates[i] - estimates[j]
                    if difference < 0.0:
                        gap = -gap
                    if gap <= critical * scale:
                        best = abs(difference) / scale
                        reach = best * best * slack
        maxima[r] = best


@kernel
def _marginal_maxima(
    part: tuple[_Floats, NDArray[np.int32]],
    places: tuple[_Floats, _Floats],
    covariance: _Floats,
    slack: float,
    critical: _Floats,
    active: _Ints,
    sides: tuple[bool, bool],
    maxima: _Floats,
) -> None:
    """For each draw and each active place, the same over the pairs that the place is in.

    A part is draws and their order; places have errors and estimates; sides say whether differences up and down count.
    """
    (drawn, order), (errors, estimates), (up, down) = part, places, sides
    n = drawn.shape[1]
    joined = covariance.size > 0
    squares, values, variances, centres = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for r in range(drawn.shape[0]):
        for b in range(n):
            j = order[r, b]
            squares[b], values[b] = drawn[r, j] ** 2, errors[j] * drawn[r, j]
            variances[b], centres[b] = errors[j] ** 2, estimates[j]
        for a in range(active.size):
            i = active[a]
            first, value, variance_i = drawn[r, i] ** 2, errors[i] * drawn[r, i], errors[i] ** 2
            best = 0.0
            reach = 0.0
            for b in range(n):
                if first + squares[b] <= reach:
                    break
                difference = value - values[b]  # of a place from itself 0, which is never the largest
                if (difference > 0.0 and not up) or (difference < 0.0 and not down):
                    continue
                variance = variance_i + variances[b]
                if joined:
                    variance -= 2.0 * covariance[i, order[r, b]]
                if difference * difference > best * best * variance:
                    scale = np.sqrt(variance)
                    gap = estimates[i] - centres[b]
                    if difference < 0.0:
                        gap = -gap
                    if gap <= critical[i] * scale:
                        best = abs(difference) / scale
                        reach = best * best * slack
            maxima[r, a] = best


@kernel
def _count_pairs(
    estimates: _Floats, errors: _Floats, covariance: _Floats, critical: _Floats, greater: _Ints, smaller: _Ints
) -> None:
    """Places whose estimate differs from each one's by more than its critical value."""
    n = estimates.size
    joined = covariance.size > 0
    for i in range(n):
        above, below = 0, 0
        for j in range(n):
            if j == i:
                continue
            variance = errors[i] ** 2 + errors[j] ** 2
            if joined:
                variance -= 2.0 * covariance[i, j]
            gap = estimates[j] - estimates[i]
            limit = critical[i] * np.sqrt(variance)
            if gap > limit:
                above += 1
            elif -gap > limit:
                below += 1
        greater[i] = above
        smaller[i] = below
