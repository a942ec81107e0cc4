"""One test of the whole map: a statistic, its moments under chance, and its permutations."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import DataWarning
from socharm.hotspots.areas.global_record import (
    GlobalFindings,
    GlobalStatistic,
    GlobalTestSettings,
    GraphWeights,
)
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_values import LocalValues, SpatialWeights, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.stats import autocorrelation as stats
from socharm.stats.autocorrelation import GlobalMoments
from socharm.stats.permutation import permutation_p

__all__ = [
    "compact_graph",
    "geary_parts",
    "getis_ord_parts",
    "join_parts",
    "moran_parts",
    "taking_part",
    "tested_whole",
    "why_missing",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Moments = tuple[GlobalMoments, ...]
_Numbers = Callable[[_Floats], tuple[float, ...]]
_ROWS: Final = {"join-counts": ("both", "neither", "mixed")}


def moran_parts(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    z = _standard(x)
    factor = 1.0 / float(np.add.reduce(w))
    return (stats.moran(z, p, j, w),), z, lambda v: (factor * stats.cross_products(v, p, j, w),)


def geary_parts(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    z = _standard(x)
    factor = (x.size - 1) / (2.0 * x.size * float(np.add.reduce(w)))
    return (stats.geary(z, p, j, w),), z, lambda v: (factor * stats.squared_differences(v, p, j, w),)


def getis_ord_parts(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    x = x / float(np.max(x))
    factor = 1.0 / float(np.add.reduce(x) ** 2 - np.add.reduce(x**2))
    return (stats.getis_ord_g(x, p, j, w),), x, lambda v: (factor * stats.cross_products(v, p, j, w),)


def join_parts(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    half = float(np.add.reduce(w)) / 2

    def numbers(v: _Floats) -> tuple[float, ...]:
        both, neither = stats.cross_products(v, p, j, w) / 2, stats.cross_products(1.0 - v, p, j, w) / 2
        return both, neither, half - both - neither

    return stats.join_counts(x > 0.5, p, j, w), x, numbers


def _standard(x: _Floats) -> _Floats:
    """Mean 0, mean square 1: statistics have no unit, and fourth powers have room."""
    z = (x - np.add.reduce(x) / x.size) / float(np.max(x) - np.min(x))
    return np.asarray(z / np.sqrt(np.add.reduce(z**2) / x.size), dtype=np.float64)


def tested_whole(
    local: LocalValues,
    graph: Graph | W,
    settings: GlobalTestSettings,
    kind: tuple[str, GraphWeights],
    threads: int,
    prepare: Callable[[_Floats, _Ints, _Ints, _Floats], tuple[_Moments, _Floats, _Numbers]],
) -> GlobalStatistic:
    method, weights = kind
    around = spatial_weights(graph, local)
    part = taking_part(around)
    x = local.values.to_numpy()[part]
    reason = why_missing(x, method)
    findings = GlobalFindings(
        method=method,
        column=local.column,
        rule=neighbour_rule(graph),
        weights=weights,
        areas=int(x.size),
        islands=tuple(map(str, local.values.index[~part])),
        not_covered=local.missing,
        reason=reason,
    )
    rows = pd.Index(_ROWS.get(method, (method,)), name="statistic")
    moments: _Moments = (GlobalMoments(*[np.nan] * 4),) * len(rows)
    drawn = np.full((1, len(rows)), np.nan)
    if reason:
        warnings.warn(f"There is no {method} statistic: {reason}.", DataWarning, stacklevel=3)
    else:
        moments, shuffled, numbers = prepare(x, *compact_graph(around, part, weights))
        n, seed = settings.permutations, settings.seed
        # Coupled: Moran's I of plain and of standardised rates is one statistic, of the same shuffles.
        purpose = f"global-{method}"
        drawn = stats.permuted(shuffled, numbers, permutations=n, seed=seed, purpose=purpose, threads=threads)
    table = _table(moments, drawn, rows, settings, sign=-1.0 if method == "geary" else 1.0)
    return GlobalStatistic(table=table, settings=settings, about=local.about, findings=findings)


def taking_part(around: SpatialWeights) -> NDArray[np.bool_]:
    """Areas that have a neighbour, or are one."""
    found = around.degree > 0
    found[around.indices] = True
    return found


def compact_graph(around: SpatialWeights, part: NDArray[np.bool_], weights: str) -> tuple[_Ints, _Ints, _Floats]:
    """Compressed rows among the areas that take part."""
    degree = around.degree
    indptr = np.zeros(int(np.count_nonzero(part)) + 1, dtype=np.int64)
    np.cumsum(degree[part], out=indptr[1:])
    w = around.weights
    if weights == "row":
        w = w / np.repeat(around.row_sums(w), degree)
    return indptr, (np.cumsum(part) - 1)[around.indices].astype(np.int64), w


def why_missing(x: _Floats, method: str) -> str:
    """Why nothing can be said; empty where something can."""
    if x.size < stats.FEWEST:
        return f"{number_of(x.size, 'area has', 'areas have')} neighbours, and {stats.FEWEST} are needed"
    if stats.is_flat(x):
        return f"all {x.size} values are equal"
    if method == "g" and np.count_nonzero(x) < 2:
        return "fewer than two values are above 0"
    return ""


def _table(
    moments: _Moments, drawn: _Floats, rows: pd.Index, settings: GlobalTestSettings, *, sign: float
) -> pd.DataFrame:
    parts = [_row(moment, drawn[:, at], sign, settings) for at, moment in enumerate(moments)]
    return pd.DataFrame(parts, index=rows)


def _row(moment: GlobalMoments, drawn: _Floats, sign: float, settings: GlobalTestSettings) -> dict[str, float]:
    def score(variance: float) -> float:
        # where every order gives the same statistic (all areas touch), the variance is 0 but for rounding
        least = 1e-11 * moment.expected**2
        return sign * (moment.statistic - moment.expected) / float(np.sqrt(variance)) if variance > least else np.nan

    z = score(moment.variance)
    tails = {"less": float(scipy.special.ndtr(z)), "greater": float(scipy.special.ndtr(-z))}
    mean = float(np.add.reduce(drawn) / drawn.size)
    variance = float(np.add.reduce((drawn - mean) ** 2) / drawn.size)
    # sums of the same joins in another order differ by rounding, and count as equal
    margin = 1e-9 * float(np.sqrt(variance)) + 1e-13 * abs(mean)
    gap = sign * (drawn - moment.statistic)
    nothing = bool(np.isnan(moment.statistic))
    counts = np.array([np.count_nonzero(gap <= margin), np.count_nonzero(gap >= -margin)])
    less, greater = (np.nan, np.nan) if nothing else permutation_p(counts, settings.permutations).tolist()
    permuted = {"less": less, "greater": greater}
    return {
        "statistic": moment.statistic,
        "expected": moment.expected,
        "variance": moment.variance,
        "z": z,
        "variance_normality": moment.variance_normality,
        "z_normality": score(moment.variance_normality),
        "p_normal": _of_alternative(tails, settings.alternative),
        "permuted_mean": mean,
        "permuted_variance": variance,
        "p_less": less,
        "p_greater": greater,
        "p": _of_alternative(permuted, settings.alternative),
    }


def _of_alternative(tails: dict[str, float], alternative: str) -> float:
    return min(2 * min(tails.values()), 1.0) if alternative == "two-sided" else tails[alternative]
