"""Local Geary and LOSH: how much an area differs from its neighbours, and how uneven a neighbourhood is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_positive
from socharm._jit import kernel
from socharm.stats.local_moments import LocalMoments
from socharm.stats.permutation import Exceedances, draw_samples
from socharm.stats.random_streams import streams
from socharm.stats.threads import map_in_order

__all__ = ["chance_of_none", "geary_exceedances", "geary_values", "local_geary_moments", "spread_moments"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Areas that share their samples, and samples held at once. Fixed: other sizes would be other random numbers.
_AREAS: Final = 64
_SAMPLES: Final = 10_000

#: Share of a number within which a difference is rounding.
_ROUNDING: Final = 1e-12


def local_geary_moments(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> LocalMoments:
    r"""Local Geary, and its moments when the area's own value is held fixed.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Mean 0 and variance 1 (divisor n - 1).
    indptr, indices, weights : ndarray
        Compressed rows; weights of a row sum to 1.

    Notes
    -----
    :math:`c_i = \sum_j w_{ij} (z_i - z_j)^2`. With :math:`d_j = (z_i - z_j)^2` over the :math:`N = n - 1` others,
    mean :math:`\mu_i` and variance :math:`\sigma_i^2` (divisor N), and :math:`S_i = \sum_j w_{ij}^2`:
    :math:`E = \mu_i`, :math:`V = \sigma_i^2 (N S_i - 1) / (N - 1)`.
    """
    n = values.size
    degree = np.diff(indptr)
    statistic = np.where(degree > 0, geary_values(values, indptr, indices, weights), np.nan)
    if n < 3:
        nothing = np.full(n, np.nan)
        return LocalMoments(statistic, nothing, nothing)
    two, three, four = (float(np.add.reduce(values**power)) for power in (2, 3, 4))
    mean = (n * values**2 + two) / (n - 1)
    squares = (n * values**4 + 6 * values**2 * two - 4 * values * three + four) / (n - 1)
    total = np.bincount(np.repeat(np.arange(n), degree), weights=weights**2, minlength=n)
    variance = np.maximum(squares - mean**2, 0.0) * np.maximum((n - 1) * total - 1.0, 0.0) / (n - 2)
    return LocalMoments(statistic, np.where(degree > 0, mean, np.nan), variance)


def spread_moments(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> LocalMoments:
    r"""Local spatial heteroscedasticity H of Ord and Getis, with squared residuals.

    Parameters
    ----------
    values : ndarray of shape (n,)
    indptr, indices, weights : ndarray
        Compressed rows; every area has a neighbour.

    Notes
    -----
    Residual of area j: :math:`e_j = (x_j - \bar x_j)^2`, :math:`\bar x_j` the weighted mean of its neighbours. With
    :math:`h_1`, :math:`h_2` the means of :math:`e` and :math:`e^2`, and :math:`W_i = \sum_j w_{ij}`,
    :math:`S_i = \sum_j w_{ij}^2`: :math:`H_i = \sum_j w_{ij} e_j / (W_i h_1)`, :math:`E = 1`,
    :math:`V = \frac{(h_2 - h_1^2)(n S_i - W_i^2)}{(n - 1) h_1^2 W_i^2}`. A residual within rounding of the values it is
    made of is none, and a variance within rounding is 0: nothing is told from the last digit.
    """
    n = values.size
    rows = np.repeat(np.arange(n), np.diff(indptr))

    def around(entries: _Floats) -> _Floats:
        return np.asarray(np.bincount(rows, weights=entries, minlength=n), dtype=np.float64)

    total, squares = around(weights), around(weights**2)
    apart = values - around(weights * values[indices]) / total
    size = np.abs(values) + around(weights * np.abs(values[indices])) / total
    residual = np.where(np.abs(apart) <= _ROUNDING * size, 0.0, apart) ** 2
    first, second = np.add.reduce(residual) / n, np.add.reduce(residual**2) / n
    if n < 3 or first == 0:
        nothing = np.full(n, np.nan)
        return LocalMoments(nothing, nothing, nothing)
    unevenness, reach = second / first**2 - 1.0, n * squares / total**2 - 1.0
    known = (unevenness > _ROUNDING) & (reach > _ROUNDING)
    variance = np.where(known, unevenness * reach / (n - 1), 0.0)
    return LocalMoments(around(weights * residual[indices]) / (total * first), np.ones(n), variance)


def chance_of_none(statistic: _Floats, indptr: _Ints, indices: _Ints) -> _Floats:
    """Chance that all neighbours have no residual, if residuals fell on areas at random; for a statistic of exactly 0.

    Parameters
    ----------
    statistic : ndarray of shape (n,)
        As `spread_moments` gives it; 0 where no neighbour has a residual.
    indptr, indices : ndarray
        Compressed rows.

    Returns
    -------
    ndarray of shape (n,)
        Hypergeometric: the neighbours are drawn from the other areas without replacement. 1 where not all are 0.

    Notes
    -----
    The chi-squared approximation gives a statistic of 0 the p-value 0, however many areas have no residual.
    """
    n, degree = statistic.size, np.diff(indptr)
    without = np.zeros(n, dtype=bool)
    without[np.unique(indices[np.repeat(statistic == 0, degree)])] = True
    chance = np.ones(n)
    for area in np.flatnonzero((statistic == 0) & (degree > 0)):
        others = int(np.count_nonzero(without)) - int(without[area])
        drawn = np.arange(int(degree[area]))
        chance[area] = float(np.prod((others - drawn) / (n - 1 - drawn)))
    return chance


def geary_values(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> _Floats:
    """Weighted sum of squared differences between each area and its neighbours."""
    rows = np.repeat(np.arange(values.size), np.diff(indptr))
    squares = weights * (values[rows] - values[indices]) ** 2
    return np.asarray(np.bincount(rows, weights=squares, minlength=values.size), dtype=np.float64)


def geary_exceedances(
    values: _Floats,
    indptr: _Ints,
    indices: _Ints,
    weights: _Floats,
    *,
    permutations: int,
    seed: int,
    purpose: str,
    threads: int = 2,
) -> Exceedances:
    """Count permuted local Gearys at least and at most the observed ones.

    Parameters
    ----------
    values, indptr, indices, weights : ndarray
        As of `local_geary_moments`.
    permutations, seed : int
        Cost grows with ``n x permutations x k``: squared differences depend on the area, so sorted sums
        cannot be shared. Areas come in fixed blocks of 64 that share samples, each block with a
        random stream of its own.
    purpose : str
        Of `streams`: the statistic that asks.
    threads : int
        Any number gives the same counts.
    """
    require_positive(permutations, name="permutations", whole=True)
    n, degree = values.size, np.diff(indptr)
    observed = geary_values(values, indptr, indices, weights)
    margin = 64 * np.finfo(np.float64).eps * (degree + 2.0) * float(np.max(values**2, initial=0.0))
    at_least, at_most = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    starts = range(0, n, _AREAS)

    def block(generator: np.random.Generator, first: int) -> None:
        last = min(first + _AREAS, n)
        width = int(degree[first:last].max()) + 1
        if width == 1:
            return
        for start in range(0, permutations, _SAMPLES):
            draws = draw_samples(generator, n, min(_SAMPLES, permutations - start), width)
            limits, counts = (observed, margin), (at_least, at_most)
            _count(draws, (first, last), values, (indptr, weights), limits, counts)

    for _ in map_in_order(block, streams(seed, len(starts), purpose=purpose), starts, threads=threads):
        pass
    return Exceedances(at_least, at_most, permutations)


@kernel
def _count(
    draws: NDArray[np.int32],
    rows: tuple[int, int],
    values: _Floats,
    graph: tuple[_Ints, _Floats],
    limits: tuple[_Floats, _Floats],
    counts: tuple[_Ints, _Ints],
) -> None:
    """Add the samples that reach each area's local Geary; a draw of the area itself is passed over.

    Rows are the first area and the one behind the last; a graph has starts and weights; limits are what was observed
    and how near counts as the same.
    """
    (first, last), (indptr, weights), (observed, margin), (at_least, at_most) = rows, graph, limits, counts
    for i in range(first, last):
        start, k = indptr[i], indptr[i + 1] - indptr[i]
        if k == 0:
            continue
        lower, upper, own = observed[i] - margin[i], observed[i] + margin[i], values[i]
        more, less = np.int64(0), np.int64(0)
        for p in range(draws.shape[0]):
            total, at = 0.0, 0
            for j in range(k):
                if draws[p, at] == i:
                    at += 1
                total += weights[start + j] * (own - values[draws[p, at]]) ** 2
                at += 1
            more += np.int64(total >= lower)
            less += np.int64(total <= upper)
        at_least[i] += more
        at_most[i] += less
