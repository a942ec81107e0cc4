"""Global spatial autocorrelation: Moran, Geary, Getis-Ord G, join counts. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel
from socharm.stats.random_streams import map_blocks

__all__ = [
    "FEWEST",
    "GlobalMoments",
    "WeightSums",
    "class_joins",
    "cross_products",
    "geary",
    "getis_ord_g",
    "is_flat",
    "join_counts",
    "join_moments",
    "moran",
    "permuted",
    "squared_differences",
    "weight_sums",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Areas at least: the variances under randomisation divide by n - 3.
FEWEST: Final = 4


@dataclass(frozen=True)
class WeightSums:
    """Sums over the weights that the moments need: S0, S1, S2 of Cliff and Ord."""

    s0: float
    s1: float
    s2: float


@dataclass(frozen=True)
class GlobalMoments:
    """A global statistic and what it is expected to be without clustering.

    Attributes
    ----------
    statistic, expected : float
    variance : float
        Under randomisation: every order of the values is as likely.
    variance_normality : float
        Were the values draws of one normal distribution; NaN where it is not defined.
    """

    statistic: float
    expected: float
    variance: float
    variance_normality: float = float("nan")


def is_flat(values: _Floats) -> bool:
    """Whether all values are equal, rounding aside: nothing can be told of their arrangement."""
    spread = float(np.max(values) - np.min(values))
    return bool(spread <= 64 * np.finfo(np.float64).eps * float(np.max(np.abs(values))))


def weight_sums(indptr: _Ints, indices: _Ints, weights: _Floats) -> WeightSums:
    r"""Sums of the weights.

    Parameters
    ----------
    indptr, indices : ndarray of int64
        Compressed rows; indices ascend within a row.
    weights : ndarray

    Notes
    -----
    :math:`S_0 = \sum w_{ij}`, :math:`S_1 = \frac12 \sum (w_{ij} + w_{ji})^2`, :math:`S_2 = \sum_i (w_{i.} + w_{.i})^2`.

    Examples
    --------
    >>> weight_sums(np.array([0, 1, 2]), np.array([1, 0]), np.ones(2))
    WeightSums(s0=2.0, s1=4.0, s2=8.0)
    """
    n = indptr.size - 1
    rows = np.repeat(np.arange(n), np.diff(indptr))
    key, mirror = rows * n + indices, indices * n + rows
    place = np.minimum(np.searchsorted(key, mirror), max(key.size - 1, 0))
    back = np.where(key[place] == mirror, weights[place], 0.0) if key.size else np.zeros(0)
    both = np.bincount(rows, weights, n) + np.bincount(indices, weights, n)
    s1 = np.add.reduce(weights**2) + np.add.reduce(weights * back)
    return WeightSums(float(np.add.reduce(weights)), float(s1), float(np.add.reduce(both**2)))


def moran(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> GlobalMoments:
    r"""Moran's I: above its expectation where areas resemble their neighbours.

    Notes
    -----
    :math:`I = \frac{n}{S_0} \sum_{ij} w_{ij} z_i z_j / \sum_i z_i^2`; moments of Cliff and Ord (1981).
    """
    sums, n = weight_sums(indptr, indices, weights), values.size
    s0, s1, s2 = sums.s0, sums.s1, sums.s2
    z = values - np.add.reduce(values) / n
    squares = np.add.reduce(z**2)
    k = float(n * np.add.reduce(z**4) / squares**2)
    statistic = float(n / s0 * cross_products(z, indptr, indices, weights) / squares)
    expected = -1.0 / (n - 1)
    normal = (n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1)) - expected**2
    free = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    tied = k * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    random = (free - tied) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    return GlobalMoments(statistic, expected, random, normal)


def geary(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> GlobalMoments:
    r"""Geary's C: below 1 where areas resemble their neighbours.

    Notes
    -----
    :math:`C = \frac{n-1}{2 S_0} \sum_{ij} w_{ij} (x_i - x_j)^2 / \sum_i z_i^2`; moments of Cliff and Ord (1981).
    """
    sums, n = weight_sums(indptr, indices, weights), values.size
    s0, s1, s2 = sums.s0, sums.s1, sums.s2
    z = values - np.add.reduce(values) / n
    squares = np.add.reduce(z**2)
    k = float(n * np.add.reduce(z**4) / squares**2)
    statistic = float((n - 1) / (2 * s0) * squared_differences(z, indptr, indices, weights) / squares)
    normal = ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)
    random = (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * k)
    random -= (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * k) / 4
    random += s0**2 * (n**2 - 3 - (n - 1) ** 2 * k)
    return GlobalMoments(statistic, 1.0, random / (n * (n - 2) * (n - 3) * s0**2), normal)


def getis_ord_g(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> GlobalMoments:
    r"""Getis and Ord's G of values of at least 0: above its expectation where high values stand together.

    Notes
    -----
    :math:`G = \sum_{ij} w_{ij} x_i x_j / \sum_{i \ne j} x_i x_j`; moments of Getis and Ord (1992). There is no variance
    under normality.
    """
    sums, n = weight_sums(indptr, indices, weights), values.size
    s0, s1, s2 = sums.s0, sums.s1, sums.s2
    x = values / np.max(values)  # G has no unit; fourth powers of large values have no room
    m1, m2, m3, m4 = (float(np.add.reduce(x**power)) for power in (1, 2, 3, 4))
    statistic = cross_products(x, indptr, indices, weights) / (m1**2 - m2)
    expected = s0 / (n * (n - 1))
    b0 = (n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2
    b1 = -((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    b2 = -(2 * n * s1 - (n + 3) * s2 + 6 * s0**2)
    b3 = 4 * (n - 1) * s1 - 2 * (n + 1) * s2 + 8 * s0**2
    b4 = s1 - s2 + s0**2
    square = b0 * m2**2 + b1 * m4 + b2 * m1**2 * m2 + b3 * m1 * m3 + b4 * m1**4
    square /= (m1**2 - m2) ** 2 * n * (n - 1) * (n - 2) * (n - 3)
    return GlobalMoments(float(statistic), expected, square - expected**2)


def join_counts(
    marked: NDArray[np.bool_], indptr: _Ints, indices: _Ints, weights: _Floats
) -> tuple[GlobalMoments, GlobalMoments, GlobalMoments]:
    r"""Joins between marked areas, between unmarked ones, and mixed, with their moments.

    Parameters
    ----------
    marked : ndarray of bool, shape (n,)
    indptr, indices, weights : ndarray
        A join in both directions of weight 1 counts once.

    Returns
    -------
    tuple of three GlobalMoments
        Both marked, both unmarked, mixed. Nonfree sampling: the number of marked areas is held fixed.

    References
    ----------
    Cliff, A.D. and Ord, J.K. (1981). *Spatial Processes: Models and Applications*. London: Pion.
    """
    sizes = np.bincount(marked.astype(np.int64), minlength=2)
    joins = class_joins(marked.astype(np.float64), 2, indptr, indices, weights)
    expected, variance = join_moments(sizes, weight_sums(indptr, indices, weights))
    both, neither, mixed = (
        GlobalMoments(float(joins[at]), float(expected[place]), float(variance[place]))
        for at, place in (((1, 1), (1, 1)), ((0, 0), (0, 0)), ((1, 0), (2, 2)))
    )
    return both, neither, mixed


def join_moments(of_class: _Ints, sums: WeightSums) -> tuple[_Floats, _Floats]:
    r"""Expected joins and their variance, of every pair of classes and of all joins between different classes.

    Parameters
    ----------
    of_class : ndarray of int64
        Number of areas of each class; four areas at least in all.
    sums : WeightSums

    Returns
    -------
    expected, variance : ndarray of shape (k + 1, k + 1)
        Of the classes r and s where :math:`r \ge s`; the last row and column hold the joins between different classes.

    Notes
    -----
    Nonfree sampling: the classes are shuffled over the areas. Joins are :math:`\frac12 \sum_{ij} w_{ij} y_{ij}` with y
    1 for pairs of areas that are counted and 0 for others. With :math:`T_0 = \sum y`, :math:`T_1 = 2 T_0`, :math:`T_2 =
    4 \sum_i y_{i.}^2` and :math:`n^{(k)} = n (n - 1) \dots` the variance of the double sum is :math:`\frac{S_1 T_1}{2
    n^{(2)}} + \frac{(S_2 - 2 S_1)(T_2 - 2 T_1)}{4 n^{(3)}} + \frac{(S_0^2 + S_1 - S_2)(T_0^2 + T_1 - T_2)}{n^{(4)}} -
    (S_0 T_0 / n^{(2)})^2` (Mantel 1967; Cliff and Ord 1981, section 1.5).
    """
    m = of_class.astype(np.float64)
    n, k = float(np.add.reduce(m)), m.size
    t0, t2 = np.zeros((k + 1, k + 1)), np.zeros((k + 1, k + 1))
    t0[:k, :k] = 2 * np.outer(m, m)
    t2[:k, :k] = 4 * np.outer(m, m) * np.add.outer(m, m)
    np.fill_diagonal(t0[:k, :k], m * (m - 1))
    np.fill_diagonal(t2[:k, :k], 4 * m * (m - 1) ** 2)
    t0[k, k], t2[k, k] = np.add.reduce(m * (n - m)), 4 * np.add.reduce(m * (n - m) ** 2)
    t1, (s0, s1, s2) = 2 * t0, (sums.s0, sums.s1, sums.s2)
    two, three = n * (n - 1), n * (n - 1) * (n - 2)
    expected = s0 * t0 / two
    variance = s1 * t1 / (2 * two) + (s2 - 2 * s1) * (t2 - 2 * t1) / (4 * three)
    variance += (s0**2 + s1 - s2) * (t0**2 + t1 - t2) / (three * (n - 3)) - expected**2
    return expected / 2, np.maximum(variance / 4, 0.0)


def permuted(
    values: _Floats,
    statistic: Callable[[_Floats], tuple[float, ...]],
    *,
    permutations: int,
    seed: int,
    purpose: str,
    threads: int,
) -> _Floats:
    """A statistic of the values in random order.

    Parameters
    ----------
    values : ndarray of shape (n,)
    statistic : callable
        Of values; one number or several.
    permutations, seed : int
    purpose : str
        Of `map_blocks`: the statistic.
    threads : int
        Any number gives the same result.

    Returns
    -------
    ndarray of shape (permutations, numbers)
    """

    def block(generator: np.random.Generator, size: int) -> _Floats:
        return np.array([statistic(generator.permutation(values)) for _ in range(size)], dtype=np.float64)

    return np.concatenate(map_blocks(block, draws=permutations, seed=seed, purpose=purpose, threads=threads))


@kernel
def cross_products(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> float:
    """Sum of ``w_ij x_i x_j`` over all pairs of neighbours."""
    total = 0.0
    for i in range(values.size):
        lag = 0.0
        for at in range(indptr[i], indptr[i + 1]):
            lag += weights[at] * values[indices[at]]
        total += values[i] * lag
    return total


@kernel
def squared_differences(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats) -> float:
    """Sum of ``w_ij (x_i - x_j) ** 2`` over all pairs of neighbours."""
    total = 0.0
    for i in range(values.size):
        part = 0.0
        for at in range(indptr[i], indptr[i + 1]):
            part += weights[at] * (values[i] - values[indices[at]]) ** 2
        total += part
    return total


@kernel
def class_joins(classes: _Floats, k: int, indptr: _Ints, indices: _Ints, weights: _Floats) -> _Floats:
    """Half the sum of the weights of each pair of classes, as ``joins[r, s]`` with r at least s."""
    joins = np.zeros((k, k))
    for i in range(classes.size):
        own = int(classes[i])
        for at in range(indptr[i], indptr[i + 1]):
            other = int(classes[indices[at]])
            joins[max(own, other), min(own, other)] += weights[at] / 2
    return joins
