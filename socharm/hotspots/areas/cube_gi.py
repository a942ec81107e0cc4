"""Gi* of every area in every period of a cube, against the values that a baseline holds it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.hotspots.areas.cube import Cube
from socharm.hotspots.areas.local_values import SpatialWeights
from socharm.stats.local_moments import mean_in_pool
from socharm.stats.permutation import Exceedances, permutation_p, shared_exceedances, weighted_exceedances
from socharm.stats.random_streams import seed_of_data

__all__ = ["Baseline", "CubeGi", "cube_gi", "neighbour_matrix"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: What the values of a neighbourhood are held against.
Baseline: TypeAlias = Literal["step", "window", "previous", "cube"]


@dataclass(frozen=True, eq=False)
class CubeGi:
    """Gi* of a cube.

    Attributes
    ----------
    statistic, z, low, high : ndarray of shape (areas, periods)
        Weighted mean of the neighbourhood, its standard score, and p of both tails; NaN where an area has no value or
        no neighbour.
    neighbours : ndarray of int64, shape (areas, periods)
        Values beside the area's own.
    """

    statistic: _Floats
    z: _Floats
    low: _Floats
    high: _Floats
    neighbours: _Ints


@dataclass(frozen=True, eq=False)
class _Step:
    """One period: sums over the neighbourhoods without the own value, and the pool that they are held against.

    `edges` are the weights of the single values, row by row; None where all are 1.
    """

    period: int
    rows: NDArray[np.intp]
    own: _Floats
    values: _Floats
    sums: _Floats
    weights: _Floats
    squares: _Floats
    degree: _Ints
    edges: _Floats | None
    pool: _Floats


def neighbour_matrix(around: SpatialWeights) -> scipy.sparse.csr_array:
    """Weights of the neighbours, without the areas themselves."""
    n = around.degree.size
    return scipy.sparse.csr_array((around.weights, around.indices, around.indptr), shape=(n, n))


def cube_gi(
    cube: Cube,
    around: SpatialWeights,
    *,
    baseline: Baseline,
    lag: int,
    permutations: int | None,
    seed: int,
    threads: int,
) -> CubeGi:
    """Gi* with p by conditional permutation, or of the standard score where `permutations` is None.

    Parameters
    ----------
    cube : Cube
    around : SpatialWeights
        Over ``cube.areas``.
    baseline : {"step", "window", "previous", "cube"}
    lag : int
        Periods before that belong to the neighbourhood too.
    permutations : int or None
    seed, threads : int

    Notes
    -----
    The own value of the period is held fixed; the other values of the neighbourhood are held against as many drawn
    without replacement from the pool: the period itself, the periods of the neighbourhood, the period before (the first
    is held against itself), or the whole cube. Every period has draws of its own.
    """
    shape = cube.values.shape
    empty = [np.full(shape, np.nan) for _ in range(4)]
    found = CubeGi(empty[0], empty[1], empty[2], empty[3], np.zeros(shape, dtype=np.int64))
    whole = cube.values.T[cube.known.T] if baseline == "cube" else np.zeros(0)
    for step in _steps(cube, around, baseline, lag, whole):
        _require_room(cube, step, baseline)
        statistic, score = _scores(step)
        tested = step.degree > 0
        # Nothing stands out where all values of the pool are equal, or all of them are in the neighbourhood.
        flat = np.isnan(score)
        z = np.where(flat, 0.0, score)
        at = (step.rows, np.full(step.rows.size, step.period))
        found.statistic[at] = np.where(tested, statistic, np.nan)
        found.z[at] = np.where(tested, z, np.nan)
        found.neighbours[at] = step.degree
        if permutations is None:
            tails = scipy.special.ndtr(z), scipy.special.ndtr(-z)
        else:
            # A period keeps its draws when later periods come.
            own_seed = seed_of_data(seed, cube.periods[step.period].encode())
            counts = _exceedances(step, permutations, own_seed, threads)
            tails = permutation_p(counts.at_most, permutations), permutation_p(counts.at_least, permutations)
        for table, p in zip((found.low, found.high), tails, strict=True):
            table[at] = np.where(tested, np.where(flat, 1.0, p[: step.rows.size]), np.nan)
    return found


def _steps(cube: Cube, around: SpatialWeights, baseline: Baseline, lag: int, whole: _Floats) -> Iterator[_Step]:
    matrix = neighbour_matrix(around)
    squared = scipy.sparse.csr_array((around.weights**2, around.indices, around.indptr), shape=matrix.shape)
    edges = scipy.sparse.csr_array((np.ones(around.weights.size), around.indices, around.indptr), shape=matrix.shape)
    filled, known = np.where(cube.known, cube.values, 0.0), cube.known.astype(np.float64)
    near = [np.asarray(part @ of) for part, of in ((matrix, filled), (matrix, known), (squared, known), (edges, known))]
    own = around.own[:, None]
    here = [own * filled, own * known, own**2 * known, known]
    alike = around.equal and bool(np.all(around.own == 1.0))
    for t in range(cube.values.shape[1]):
        before = list(range(max(t - lag, 0), t))
        parts = [
            now[:, t] + (now[:, before] + past[:, before]).sum(axis=1) for now, past in zip(near, here, strict=True)
        ]
        held = t - 1 if baseline == "previous" and t else t
        rows = np.flatnonzero(cube.known[:, t] & cube.known[:, held])
        shared = alike if before else around.equal
        yield _Step(
            period=t,
            rows=rows,
            own=around.own[rows],
            values=cube.values[rows, t],
            sums=parts[0][rows],
            weights=parts[1][rows],
            squares=parts[2][rows],
            degree=np.round(parts[3][rows]).astype(np.int64),
            edges=None if shared else _edges(cube, around, rows, [t, *before]),
            pool=_pool(cube, baseline, rows, held, before, whole),
        )


def _pool(
    cube: Cube, baseline: Baseline, rows: NDArray[np.intp], held: int, before: list[int], whole: _Floats
) -> _Floats:
    """Values that neighbourhoods are held against, those of `rows` first."""
    first, rest = cube.values[rows, held], cube.known[:, held].copy()
    rest[rows] = False
    parts = [first, cube.values[rest, held]]
    if baseline == "cube":
        start = int(cube.known[:, :held].sum())
        parts = [first, whole[:start], whole[start + rows.size :]]
    elif baseline == "window":
        parts += [cube.values[cube.known[:, at], at] for at in before]
    return np.concatenate(parts)


def _edges(cube: Cube, around: SpatialWeights, rows: NDArray[np.intp], periods: list[int]) -> _Floats:
    """Weights of the values beside the own one, row by row: of the period itself, then of those before."""
    found = []
    for row in rows:
        begin, end = around.indptr[row], around.indptr[row + 1]
        others, weights = around.indices[begin:end], around.weights[begin:end]
        for at in periods:
            found.append(weights[cube.known[others, at]])
            if at != periods[0] and cube.known[row, at]:
                found.append(around.own[row : row + 1])
    return np.concatenate(found) if found else np.zeros(0)


def _require_room(cube: Cube, step: _Step, baseline: Baseline) -> None:
    """Stop where a neighbourhood has more values than there are to draw for it.

    Raises
    ------
    ParameterError
    """
    others = step.pool.size - 1
    if not step.degree.size or int(step.degree.max()) <= max(others, 0):
        return
    worst = int(np.argmax(step.degree))
    raise ParameterError(
        f"The neighbourhood of {cube.areas[step.rows[worst]]} in {cube.periods[step.period]} has "
        f"{number_of(int(step.degree[worst]), 'value')} beside its own, and baseline {baseline!r} has {others:,} "
        "others to hold against them. Take fewer `periods_before`, fewer neighbours, or baseline='cube'."
    )


def _scores(step: _Step) -> tuple[_Floats, _Floats]:
    """Statistic and standard score of each row; a score is missing where the statistic could not have been other."""
    n, size = step.pool.size, step.rows.size
    # A power of two, which loses no digit: squares of very large values are infinite.
    scale = int(np.frexp(float(np.max(np.abs(step.pool), initial=0.0)))[1])
    pool, sums, values = (np.ldexp(part, -scale) for part in (step.pool, step.sums, step.values))
    mean = float(np.add.reduce(pool) / max(n, 1))
    spread = float(np.add.reduce((pool - mean) ** 2) / max(n, 1))
    found = mean_in_pool(
        sums + step.own * values,
        step.weights + step.own,
        step.squares + step.own**2,
        np.full(size, mean),
        np.full(size, spread),
        n,
    )
    return np.ldexp(found.statistic, scale), found.z


def _exceedances(step: _Step, permutations: int, seed: int, threads: int) -> Exceedances:
    """Counts for the rows of the step, which stand first in the pool; nothing is asked of the other values."""
    pointer = np.zeros(step.pool.size + 1, dtype=np.int64)
    pointer[1 : step.rows.size + 1] = step.degree
    np.cumsum(pointer, out=pointer)
    sums = np.zeros(step.pool.size)
    sums[: step.rows.size] = step.sums
    nobody = np.zeros(0, dtype=np.int64)  # the sums are given, so that nobody's neighbours are asked for
    count: Callable[..., Exceedances] = shared_exceedances
    if step.edges is not None:
        count = partial(weighted_exceedances, weights=step.edges)
    return count(
        step.pool,
        pointer,
        nobody,
        permutations=permutations,
        seed=seed,
        purpose="emerging",
        observed=sums,
        threads=threads,
    )
