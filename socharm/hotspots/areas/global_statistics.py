"""Whether values cluster at all: one number for the whole map, with its test."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from libpysal.weights import W
from numpy.typing import NDArray
from scipy import special

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Permutations, Seed, Threads
from socharm._settings import THREADS
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.hotspots.areas.area_settings import Alternative
from socharm.hotspots.areas.global_record import (
    GlobalFindings,
    GlobalSettings,
    GlobalStatistic,
    GlobalTestSettings,
    GraphWeights,
    RateSettings,
    RateTransform,
)
from socharm.hotspots.areas.local_values import LocalValues, Surroundings, local_values, surroundings
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.hotspots.areas.smoothing import rate_counts
from socharm.io.population import Population
from socharm.severity.index import SeverityIndex
from socharm.stats import autocorrelation as stats
from socharm.stats.autocorrelation import GlobalMoments
from socharm.stats.empirical_bayes import eb_standardised, freeman_tukey
from socharm.stats.permutation import permutation_p

__all__ = ["global_g", "global_geary", "global_join_counts", "global_moran", "rate_moran"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Moments = tuple[GlobalMoments, ...]
_Numbers = Callable[[_Floats], tuple[float, ...]]

_TRANSFORMS: Final = {"eb": eb_standardised, "freeman-tukey": freeman_tukey}
_ROWS: Final = {"join-counts": ("both", "neither", "mixed")}


@checked
def global_moran(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_eb",
    weights: GraphWeights = "row",
    permutations: Permutations = 9_999,
    alternative: Alternative = "two-sided",
    seed: Seed | None = None,
    settings: GlobalSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> GlobalStatistic:
    r"""Moran's I: do areas resemble their neighbours?

    Parameters
    ----------
    values : SeverityIndex or Series
        Numbers by area code. Areas without a value leave the graph and are counted in a warning.
    graph : Graph or W
        From `neighbours`, or of your own, over the same areas. Weights of an area on itself are left out.
    column : str
        Of the index: any column of its table, or ``"rate_eb"``, the rate standardised by its own error
        (after Assuncao and Reis). Plain rates of small areas swing more, which hides clustering or feigns it.
    weights : {"row", "plain"}
        Let the weights of each area sum to 1, or take them as they are (1 where equal in each neighbourhood).
    permutations : int
        p cannot fall below ``1 / (permutations + 1)``.
    alternative : {"two-sided", "greater", "less"}
        Greater: areas resemble their neighbours; less: they differ from them; two-sided doubles the
        smaller p.
    seed : int
        To be stated here or in `settings`.
    settings : GlobalSettings or mapping, optional
        Choices of another statistic, for what is not stated by keyword.
    threads : int
        Any number gives the same result.
    about : About, optional
        For a Series: period, sources, unit, marking.

    Returns
    -------
    GlobalStatistic

    Warns
    -----
    CoverageWarning
        Areas without a value.
    DataWarning
        There is no statistic: all values are equal, or fewer than four areas have neighbours.

    Raises
    ------
    AlignmentError
        The graph is over other areas.
    ParameterError
        A choice is unknown or out of range.
    SchemaError
        Values that are no numbers, or repeated codes.

    Notes
    -----
    :math:`I = (n / S_0) \sum_{ij} w_{ij} z_i z_j / \sum_i z_i^2`. Unlike in `local_moran`, every value is shuffled.

    References
    ----------
    Cliff, A.D. and Ord, J.K. (1981). *Spatial Processes: Models and Applications*. London: Pion.
    """
    chosen = GlobalSettings.of(settings)
    values_of = local_values(values, chosen.column, about)
    return _global(values_of, graph, chosen, ("moran", chosen.weights), threads, _moran)


@checked
def global_geary(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_eb",
    weights: GraphWeights = "row",
    permutations: Permutations = 9_999,
    alternative: Alternative = "two-sided",
    seed: Seed | None = None,
    settings: GlobalSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> GlobalStatistic:
    r"""Geary's C: how much do neighbours differ? Less than 1 where they are alike.

    Parameters
    ----------
    values, graph, column, weights, permutations, alternative, seed, settings, threads, about
        As of `global_moran`. Greater is more likeness, that is a lower C.

    Returns
    -------
    GlobalStatistic
        z is :math:`(1 - C) / \sqrt{V}`, as spdep has it; esda has the other sign.

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `global_moran`.

    Notes
    -----
    :math:`C = \frac{n - 1}{2 S_0} \sum_{ij} w_{ij} (x_i - x_j)^2 / \sum_i (x_i - \bar x)^2`. More swayed by single
    extreme areas than Moran's I.

    References
    ----------
    Geary, R.C. (1954). The contiguity ratio and statistical mapping. *The Incorporated Statistician* 5, 115-145.
    """
    chosen = GlobalSettings.of(settings)
    values_of = local_values(values, chosen.column, about)
    return _global(values_of, graph, chosen, ("geary", chosen.weights), threads, _geary)


@checked
def global_g(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_shrunk",
    weights: GraphWeights = "plain",
    permutations: Permutations = 9_999,
    alternative: Alternative = "two-sided",
    seed: Seed | None = None,
    settings: GlobalSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> GlobalStatistic:
    r"""Getis-Ord G: is it high values, or low ones, that stand together?

    Parameters
    ----------
    values, graph, column, weights, permutations, alternative, seed, settings, threads, about
        As of `global_moran`, but values are of at least 0, which rules out ``"rate_eb"``. Greater: high values
        stand together.

    Returns
    -------
    GlobalStatistic

    Raises
    ------
    AlignmentError, SchemaError
        As of `global_moran`.
    ParameterError
        A choice is unknown or out of range, or a value is negative.

    Notes
    -----
    :math:`G = \sum_{ij} w_{ij} x_i x_j / \sum_{i \ne j} x_i x_j`.

    References
    ----------
    Getis, A. and Ord, J.K. (1992). The analysis of spatial association by use of distance statistics.
    *Geographical Analysis* 24, 189-206.
    """
    chosen = GlobalSettings.of(settings)
    local = local_values(values, chosen.column, about)
    if (local.values < 0).any():
        code, value = next((c, v) for c, v in local.values.items() if v < 0)
        raise ParameterError(
            f"`column` {local.column!r} holds negative values, such as {value:g} in {code}; "
            "G is of values of at least 0. Use a rate, or `global_moran`."
        )
    return _global(local, graph, chosen, ("g", chosen.weights), threads, _getis_ord)


@checked
def global_join_counts(
    marked: pd.Series,
    graph: Graph | W,
    *,
    permutations: Permutations = 9_999,
    alternative: Alternative = "two-sided",
    seed: Seed | None = None,
    settings: GlobalTestSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> GlobalStatistic:
    """Join counts: do marked areas, such as the first 20, touch more often than chance would have it?

    Parameters
    ----------
    marked : Series
        True or False (1 or 0) by area code; missing where not known.
    graph : Graph or W
        A join of weight 1 in both directions counts once. A join in one direction only counts half.
    permutations, seed, settings, threads, about
        As of `global_moran`.
    alternative : {"two-sided", "greater", "less"}
        Of each count: more, or fewer, joins than expected. Clustering means more of ``both``, fewer ``mixed``.

    Returns
    -------
    GlobalStatistic
        Rows ``both`` (joins between marked areas), ``neither``, ``mixed``. The number of marked areas is held
        fixed (nonfree sampling).

    Raises
    ------
    AlignmentError, ParameterError
        As of `global_moran`.
    SchemaError
        A value is neither true nor false.

    References
    ----------
    Cliff, A.D. and Ord, J.K. (1981). *Spatial Processes: Models and Applications*. London: Pion.
    """
    if not isinstance(marked, pd.Series):
        raise SchemaError(f"`marked` is a {type(marked).__name__}; give a Series of True and False by area code.")
    other = marked.dropna()[~marked.dropna().isin([True, False])]
    if len(other):
        raise SchemaError(
            f"`marked` must be true or false; {len(other)} values are not, such as {list(other.items())[:2]}."
        )
    local = local_values(marked.astype("Float64").astype(float), "marked", about)
    return _global(local, graph, GlobalTestSettings.of(settings), ("join-counts", "plain"), threads, _joins)


@checked
def rate_moran(
    events: SeverityIndex | pd.Series,
    graph: Graph | W,
    population: Population | pd.Series | None = None,
    *,
    transform: RateTransform = "eb",
    weights: GraphWeights = "row",
    permutations: Permutations = 9_999,
    alternative: Alternative = "two-sided",
    seed: Seed | None = None,
    settings: RateSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> GlobalStatistic:
    """Moran's I of rates of counts that are made comparable first.

    Parameters
    ----------
    events : SeverityIndex or Series
        Whole counts by area code; of an index, its crimes.
    graph : Graph or W
    population : Population or Series, optional
        Of the same areas; not for an index.
    transform : {"eb", "freeman-tukey"}
        Standardised by what a count of the mean rate would vary (Assuncao and Reis), or square roots.
    weights, permutations, alternative, seed, settings, threads, about
        As of `global_moran`.

    Returns
    -------
    GlobalStatistic

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `smooth_rates` and `global_moran`.

    Notes
    -----
    Moran's I of plain rates presumes that all vary alike. The standardised rate is shuffled as it is, as in
    spdep's ``EBImoran.mc``. For harm use `global_moran` with ``column="rate_eb"``.

    References
    ----------
    Assuncao, R. and Reis, E. (1999). A new proposal to adjust Moran's I for population density. *Statistics
    in Medicine* 18, 2147-2162.
    """
    chosen = RateSettings.of(settings)
    counts = rate_counts(events, population, about)
    # in the order of codes, as values are: sums of another order would differ in the last digit
    n = counts.events.dropna().sort_index()
    x = counts.population.loc[n.index]
    found = pd.Series(_TRANSFORMS[chosen.transform](n.to_numpy(dtype=float), x.to_numpy(dtype=float)), index=n.index)
    name = {"eb": "rate of events, EB-standardised", "freeman-tukey": "rate of events, Freeman-Tukey"}[chosen.transform]
    local = local_values(found.reindex(counts.events.index).rename(name), name, counts.about)
    return _global(local, graph, chosen, ("moran", chosen.weights), threads, _moran)


def _moran(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    z = _standard(x)
    factor = 1.0 / float(np.add.reduce(w))
    return (stats.moran(z, p, j, w),), z, lambda v: (factor * stats.cross_products(v, p, j, w),)


def _geary(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    z = _standard(x)
    factor = (x.size - 1) / (2.0 * x.size * float(np.add.reduce(w)))
    return (stats.geary(z, p, j, w),), z, lambda v: (factor * stats.squared_differences(v, p, j, w),)


def _getis_ord(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    x = x / float(np.max(x))
    factor = 1.0 / float(np.add.reduce(x) ** 2 - np.add.reduce(x**2))
    return (stats.getis_ord_g(x, p, j, w),), x, lambda v: (factor * stats.cross_products(v, p, j, w),)


def _joins(x: _Floats, p: _Ints, j: _Ints, w: _Floats) -> tuple[_Moments, _Floats, _Numbers]:
    half = float(np.add.reduce(w)) / 2

    def numbers(v: _Floats) -> tuple[float, ...]:
        both, neither = stats.cross_products(v, p, j, w) / 2, stats.cross_products(1.0 - v, p, j, w) / 2
        return both, neither, half - both - neither

    return stats.join_counts(x > 0.5, p, j, w), x, numbers


def _standard(x: _Floats) -> _Floats:
    """Mean 0, mean square 1: statistics have no unit, and fourth powers have room."""
    z = (x - np.add.reduce(x) / x.size) / float(np.max(x) - np.min(x))
    return np.asarray(z / np.sqrt(np.add.reduce(z**2) / x.size), dtype=np.float64)


def _global(
    local: LocalValues,
    graph: Graph | W,
    settings: GlobalTestSettings,
    kind: tuple[str, GraphWeights],
    threads: int,
    prepare: Callable[[_Floats, _Ints, _Ints, _Floats], tuple[_Moments, _Floats, _Numbers]],
) -> GlobalStatistic:
    method, weights = kind
    around = surroundings(graph, local)
    part = _taking_part(around)
    x = local.values.to_numpy()[part]
    reason = _reason(x, method)
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
        moments, shuffled, numbers = prepare(x, *_compact(around, part, weights))
        n, seed = settings.permutations, settings.seed
        drawn = stats.permuted(shuffled, numbers, permutations=n, seed=seed, threads=threads)
    table = _table(moments, drawn, rows, settings, sign=-1.0 if method == "geary" else 1.0)
    return GlobalStatistic(table=table, settings=settings, about=local.about, findings=findings)


def _taking_part(around: Surroundings) -> NDArray[np.bool_]:
    """Areas that have a neighbour, or are one."""
    found = around.degree > 0
    found[around.indices] = True
    return found


def _compact(around: Surroundings, part: NDArray[np.bool_], weights: str) -> tuple[_Ints, _Ints, _Floats]:
    """Compressed rows among the areas that take part."""
    degree = around.degree
    indptr = np.zeros(int(np.count_nonzero(part)) + 1, dtype=np.int64)
    np.cumsum(degree[part], out=indptr[1:])
    w = around.weights
    if weights == "row":
        w = w / np.repeat(around.row_sums(w), degree)
    return indptr, (np.cumsum(part) - 1)[around.indices].astype(np.int64), w


def _reason(x: _Floats, method: str) -> str:
    """Why nothing can be said; empty where something can."""
    if x.size < stats.FEWEST:
        return f"{x.size} areas have neighbours, and {stats.FEWEST} are needed"
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
    tails = {"less": float(special.ndtr(z)), "greater": float(special.ndtr(-z))}
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
