"""Confidence sets for ranks of counts and rates: exact conditional tests of every pair, corrected by Holm."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.rank_sets import PairCounts
from socharm.stats.threads import map_in_order

__all__ = ["exact_sets"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Places whose pairs are tested at once.
_ROWS: Final = 64


def exact_sets(
    counts: _Floats,
    exposure: _Floats,
    *,
    level: float = 0.95,
    sets: str = "simultaneous",
    side: str = "two-sided",
    stepdown: bool = True,
    dispersion: float = 1.0,
    threads: int = 2,
) -> PairCounts:
    r"""Pairs of rates that differ significantly, by exact conditional tests and Holm's correction.

    Parameters
    ----------
    counts, exposure : ndarray of shape (n,)
        Events, at least 0, and what they are divided by, above 0: equal exposures rank the counts.
    level, sets, side, stepdown, threads
        As of `normal_sets`; without step-down the correction is Bonferroni's. `level` is at least 0.5.
    dispersion : float
        Variance of a count over its mean, at least 1. At 1 the tests are exact for Poisson and multinomial counts.

    Returns
    -------
    PairCounts

    Notes
    -----
    Given :math:`S = n_j + n_k`, :math:`n_j` is binomial with :math:`\pi = e_j / (e_j + e_k)` where the rates are
    equal; :math:`p = P(X \ge n_j) = I_\pi(n_j, n_k + 1)`. Under over-dispersion counts are divided by it in the
    incomplete beta function, as effective sample sizes are.

    References
    ----------
    Mogstad et al. (2024), as of `normal_sets`. Holm, S. (1979). A simple sequentially rejective multiple test
    procedure. Scandinavian Journal of Statistics 6(2), 65-70. Korn, E. L., Graubard, B. I. (1998). Confidence
    intervals for proportions with small expected number of positive counts. Survey Methodology 24(2), 193-201.

    Examples
    --------
    >>> found = exact_sets(np.array([90.0, 40.0, 38.0]), np.ones(3))
    >>> found.greater.tolist(), found.smaller.tolist()
    ([0, 1, 1], [2, 0, 0])
    """
    n = counts.size
    effective = counts / dispersion
    starts = list(range(0, n, _ROWS))
    if n < 2:
        return PairCounts(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.full(n, np.nan))
    up, down = side != "lower", side != "upper"
    if sets == "marginal":
        rows = map_in_order(
            lambda start: _holm_rows(effective, exposure, start, 1 - level, (up, down), stepdown),
            starts,
            threads=threads,
        )
        greater, smaller, critical = (np.concatenate(part) for part in zip(*rows, strict=True))
        return PairCounts(greater, smaller, critical)
    greater, smaller, threshold = _holm_all(effective, exposure, starts, 1 - level, stepdown, threads)
    return PairCounts(
        greater if down else 0 * greater, smaller if up else 0 * smaller, np.full(n, threshold, dtype=np.float64)
    )


def _p_greater(counts: _Floats, exposure: _Floats, start: int) -> _Floats:
    """p of "row is not greater than column" for a block of rows; 1 where the row's rate is no higher."""
    n, e = counts[start : start + _ROWS, None], exposure[start : start + _ROWS, None]
    found = np.ones((n.shape[0], counts.size))
    row, column = np.nonzero(n * exposure > counts * e)
    mine, theirs = n[row, 0], counts[column]
    found[row, column] = scipy.special.betainc(mine, theirs + 1.0, e[row, 0] / (e[row, 0] + exposure[column]))
    return found


def _p_smaller(counts: _Floats, exposure: _Floats, start: int) -> _Floats:
    """p of "row is not smaller than column" for a block of rows; 1 where the row's rate is no lower."""
    n, e = counts[start : start + _ROWS, None], exposure[start : start + _ROWS, None]
    found = np.ones((n.shape[0], counts.size))
    row, column = np.nonzero(n * exposure < counts * e)
    mine, theirs = n[row, 0], counts[column]
    share = exposure[column] / (e[row, 0] + exposure[column])
    found[row, column] = scipy.special.betainc(theirs, mine + 1.0, share)
    return found


def _holm_rows(
    counts: _Floats, exposure: _Floats, start: int, alpha: float, sides: tuple[bool, bool], stepdown: bool
) -> tuple[_Ints, _Ints, _Floats]:
    """Greater, smaller and largest p rejected of a block of places, each with a family of its own."""
    up, down = sides
    parts = [_p_greater(counts, exposure, start)] if up else []
    parts += [_p_smaller(counts, exposure, start)] if down else []
    p = np.concatenate(parts, axis=1)
    family = (counts.size - 1) * len(parts)
    ordered = np.sort(p, axis=1)[:, :family]
    left = family - np.arange(family) if stepdown else np.full(family, family)
    passed = np.logical_and.accumulate(ordered <= alpha / left, axis=1)
    rejected = passed.sum(axis=1)
    threshold = np.where(rejected > 0, ordered[np.arange(len(p)), np.maximum(rejected - 1, 0)], -1.0)
    hits = [(part <= threshold[:, None]).sum(axis=1) for part in parts]
    none = np.zeros(len(p), dtype=np.int64)
    return hits[-1] if down else none, hits[0] if up else none, np.where(threshold < 0, np.nan, threshold)


def _holm_all(
    counts: _Floats, exposure: _Floats, starts: list[int], alpha: float, stepdown: bool, threads: int
) -> tuple[_Ints, _Ints, float]:
    """Greater, smaller and the largest p that Holm over all ordered pairs could reject."""
    n = counts.size
    family = n * (n - 1)
    sure = alpha / family

    def block(start: int) -> tuple[_Ints, _Ints, _Floats, NDArray[np.int32], NDArray[np.int32]]:
        p = _p_greater(counts, exposure, start)
        rejected = p <= sure
        # What Bonferroni rejects Holm rejects too: only what lies between has to be kept and sorted.
        row, column = np.nonzero((p <= alpha) & ~rejected)
        above = (row + start).astype(np.int32)
        return rejected.sum(axis=1), rejected.sum(axis=0), p[row, column], above, column.astype(np.int32)

    smaller, greater, doubtful = [], np.zeros(n, dtype=np.int64), []
    for more, less, *rest in map_in_order(block, starts, threads=threads):
        smaller.append(more)
        greater += less
        doubtful.append(rest)
    found = np.concatenate(smaller)
    if not stepdown:
        return greater, found, sure
    p, above, below = (np.concatenate(part) for part in zip(*doubtful, strict=True))
    done = int(found.sum())
    ordered = np.sort(p)
    passed = np.logical_and.accumulate(ordered <= alpha / (family - done - np.arange(ordered.size)))
    threshold = float(ordered[passed.sum() - 1]) if passed.any() else sure
    kept = p <= threshold
    found = found + np.bincount(above[kept], minlength=n)
    return greater + np.bincount(below[kept], minlength=n), found, threshold
