"""Conditional permutation of local statistics, for all areas at once.

The reference distribution of a sum of ``k`` values drawn without replacement depends on an area only
through ``k`` and through the area itself not being drawn. So one set of samples, sorted once for each
``k``, serves every area, and only the samples that hold the area itself are put right one by one.
Arrays in, counts out: nothing here knows of areas, tables or maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from socharm._checks import require_positive
from socharm.stats.permutation_kernels import (
    correct_draws,
    count_block,
    count_weighted_block,
    draw_positions,
    fill_row_sums,
    guide_of,
)
from socharm.stats.random_streams import streams
from socharm.stats.threads import map_in_order

__all__ = [
    "Exceedances",
    "draw_samples",
    "neighbour_sums",
    "permutation_p",
    "shared_exceedances",
    "tie_tolerance",
    "weighted_exceedances",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_T = TypeVar("_T")
_R = TypeVar("_R")

#: Samples in one block at most. Fixed: another size would be other random numbers. Not a multiple of
#: 4,096 bytes, so that the rows of the table of sums do not fall on the same lines of the cache.
_SAMPLES: Final = 10_000

#: Numbers that one block of samples may hold (8 bytes each), so that memory does not grow with k.
_BUDGET: Final = 8_000_000

#: Steps at most that lead into a row of sorted sums.
_STEPS: Final = 8_192

#: Areas that share their samples where weights differ within a neighbourhood.
_AREAS: Final = 64


@dataclass(frozen=True, eq=False)
class Exceedances:
    """How many permuted sums reach each observed one.

    Attributes
    ----------
    at_least, at_most : ndarray of int64, shape (n,)
        Samples whose sum is at least, or at most, the observed one; ties count in both. 0 for areas
        without neighbours.
    permutations : int
    """

    at_least: _Ints
    at_most: _Ints
    permutations: int


def permutation_p(counts: _Ints, permutations: int) -> _Floats:
    """Pseudo p: the observed arrangement counts as one of the permutations, so p is never 0.

    Examples
    --------
    >>> permutation_p(np.array([0, 49]), 99).tolist()
    [0.01, 0.5]
    """
    return np.asarray((counts + 1.0) / (permutations + 1.0), dtype=np.float64)


def neighbour_sums(values: _Floats, indptr: _Ints, indices: _Ints, weights: _Floats | None = None) -> _Floats:
    """Sum of the neighbours' values (times `weights`) of each area; 0 where there are none.

    Examples
    --------
    >>> neighbour_sums(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 3, 3]), np.array([1, 2, 0])).tolist()
    [6.0, 1.0, 0.0]
    """
    sums = np.empty(values.size)
    fill_row_sums(values, indptr, indices, np.ones(0) if weights is None else weights, sums)
    return sums


def tie_tolerance(values: _Floats, k: _Ints, weights: _Floats | None = None) -> _Floats:
    """Difference below which two sums over `k` neighbours are the same sum in another order.

    Parameters
    ----------
    values : ndarray of shape (n,)
    k : ndarray of int
    weights : ndarray, optional

    Returns
    -------
    ndarray of the shape of `k`
        ``4 (k + 2)**2`` rounding errors of the largest value (times the largest weight).
    """
    largest = max(float(np.max(values, initial=0.0)), -float(np.min(values, initial=0.0)))
    if weights is not None:
        largest *= float(np.max(np.abs(weights), initial=0.0))
    return np.asarray(4.0 * (k + 2.0) ** 2 * np.finfo(np.float64).eps * largest, dtype=np.float64)


def shared_exceedances(
    values: _Floats,
    indptr: _Ints,
    indices: _Ints,
    *,
    permutations: int,
    seed: int,
    purpose: str,
    observed: _Floats | None = None,
    threads: int = 2,
) -> Exceedances:
    """Count permuted neighbour sums at least and at most the observed ones; all weights of an area equal.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Finite.
    indptr, indices : ndarray of int64
        Neighbours in compressed rows, without the area itself.
    permutations : int
        Cost grows with ``permutations x largest k``, not with ``n x permutations``.
    seed : int
    purpose : str
        Of `streams`: the statistic that asks.
    observed : ndarray of shape (n,), optional
        Sums to compare with, in place of the areas' own: the same samples answer another question.
    threads : int
        Any number gives the same counts.

    Returns
    -------
    Exceedances

    Notes
    -----
    P samples of ``k_max + 1`` distinct areas are drawn by partial Fisher-Yates. A sample whose first
    :math:`k_i` draws hold area i itself counts with its first :math:`k_i + 1` draws less
    :math:`x_i`, which is exactly a draw of :math:`k_i` from the others. Samples come in blocks of a size that
    depends on ``k_max`` alone, each with a random stream of its own; counts add up over blocks.
    """
    require_positive(permutations, name="permutations", whole=True)
    degree = np.diff(indptr)
    width = int(degree.max(initial=0)) + 1
    n = values.size
    if width == 1:
        return Exceedances(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), permutations)
    sums = neighbour_sums(values, indptr, indices) if observed is None else observed
    margin = tie_tolerance(values, np.arange(width + 1))
    areas = np.bincount(degree, minlength=width)[1:]
    rows = np.flatnonzero(areas)

    def block(generator: np.random.Generator, size: int) -> tuple[_Ints, _Ints]:
        more, less = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        table = np.empty((width, size))
        correct_draws(draw_samples(generator, n, size, width), values, degree, sums, margin, table, more, less)
        for row in rows:
            table[row].sort()
        guide, scale = np.empty((width, min(4 * size, _STEPS) + 1), dtype=np.uint16), np.empty((width, 2))
        guide_of(table, areas, guide, scale)
        count_block(table, guide, scale, degree, sums, margin, more, less)
        return more, less

    size = max(min(_SAMPLES, _BUDGET // width), 16)
    sizes = [min(size, permutations - start) for start in range(0, permutations, size)]
    generators = streams(seed, len(sizes), purpose=purpose)
    parts = map_in_order(block, generators, sizes, threads=threads)
    at_least, at_most = next(parts)
    for more, less in parts:
        at_least += more
        at_most += less
    return Exceedances(at_least, at_most, permutations)


def weighted_exceedances(
    values: _Floats,
    indptr: _Ints,
    indices: _Ints,
    weights: _Floats,
    *,
    permutations: int,
    seed: int,
    purpose: str,
    observed: _Floats | None = None,
    threads: int = 2,
) -> Exceedances:
    """Count permuted weighted neighbour sums where weights differ within a neighbourhood.

    Parameters and result as of `shared_exceedances`, with `weights` beside `indices`. Each area's sums
    are made one by one, so the cost grows with ``n x permutations x k``. Areas come in fixed blocks
    of 64 that share samples, each block with a random stream of its own; neighbours are taken in the
    order of `indices`.
    """
    require_positive(permutations, name="permutations", whole=True)
    degree = np.diff(indptr)
    n = values.size
    sums = neighbour_sums(values, indptr, indices, weights) if observed is None else observed
    margin = tie_tolerance(values, degree, weights)
    at_least, at_most = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    starts = list(range(0, n, _AREAS))
    generators = streams(seed, len(starts), purpose=purpose)

    def block(generator: np.random.Generator, first: int) -> None:
        last = min(first + _AREAS, n)
        width = int(degree[first:last].max()) + 1
        if width > 1:
            limits = (sums - margin, sums + margin)
            state = _state(generator)
            graph, counts = (indptr, weights), (at_least, at_most)
            count_weighted_block(state, (first, last), width, permutations, values, graph, limits, counts)

    for _ in map_in_order(block, generators, starts, threads=threads):
        pass
    return Exceedances(at_least, at_most, permutations)


def draw_samples(generator: np.random.Generator, n: int, size: int, width: int) -> NDArray[np.int32]:
    """Samples of `width` distinct indices below `n`, in the order drawn.

    Returns
    -------
    ndarray of int32, shape (size, width)
    """
    draws = np.empty((size, width), dtype=np.int32)
    draw_positions(_state(generator), np.arange(n, dtype=np.int32), draws)
    return draws


def _state(generator: np.random.Generator) -> NDArray[np.uint64]:
    return generator.integers(1, 2**64 - 1, size=4, dtype=np.uint64)
