"""Whether values cluster at all: one number for the whole map, with its test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Permutations, Seed, Threads
from socharm._settings import THREADS
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.areas.area_settings import Alternative
from socharm.hotspots.areas.global_record import (
    GlobalSettings,
    GlobalStatistic,
    GlobalTestSettings,
    GraphWeights,
    RateSettings,
    RateTransform,
)
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_record import RATE_OF_EVENTS
from socharm.hotspots.areas.local_values import local_values
from socharm.hotspots.areas.smoothing import rate_counts
from socharm.hotspots.areas.whole_map import geary_parts, getis_ord_parts, join_parts, moran_parts, tested_whole
from socharm.io.population import Population
from socharm.severity.index import SeverityIndex
from socharm.stats.empirical_bayes import eb_standardised, freeman_tukey

__all__ = ["global_g", "global_geary", "global_join_counts", "global_moran", "rate_moran"]


#: By transform: how it is worked out, and what the values are called.
_TRANSFORMS: Final = {
    "eb": (eb_standardised, RATE_OF_EVENTS),
    "freeman-tukey": (freeman_tukey, "rate of events, Freeman-Tukey"),
}


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
    return tested_whole(values_of, graph, chosen, ("moran", chosen.weights), threads, moran_parts)


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
    return tested_whole(values_of, graph, chosen, ("geary", chosen.weights), threads, geary_parts)


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
    return tested_whole(local, graph, chosen, ("g", chosen.weights), threads, getis_ord_parts)


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
            f"`marked` must be true or false; {number_of(len(other), 'value is not', 'values are not')}"
            f", such as {list(other.items())[:2]}."
        )
    local = local_values(marked.astype("Float64").astype(float), "", about)
    return tested_whole(local, graph, GlobalTestSettings.of(settings), ("join-counts", "plain"), threads, join_parts)


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
    local = counts.as_values(*_TRANSFORMS[chosen.transform])
    return tested_whole(local, graph, chosen, ("moran", chosen.weights), threads, moran_parts)
