"""Where high values stand together, and how sure that is: local Gi* and local Moran by permutation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OpenShare, Permutations, Seed, Threads
from socharm._settings import THREADS
from socharm.errors import ParameterError
from socharm.hotspots.areas.area_settings import Alternative, Correction
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_record import (
    RATE_OF_EVENTS,
    GiSettings,
    LocalSettings,
    LocalStatistics,
    LocalTestSettings,
    Null,
)
from socharm.hotspots.areas.local_tests import tested_local
from socharm.hotspots.areas.local_values import LocalValues, local_values
from socharm.hotspots.areas.smoothing import rate_counts
from socharm.io.population import Population
from socharm.severity.index import SeverityIndex
from socharm.stats.empirical_bayes import eb_standardised

__all__ = ["local_gi_star", "local_moran", "local_rate_moran"]


@checked
def local_gi_star(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_eb",
    permutations: Permutations = 99_999,
    alternative: Alternative = "two-sided",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    threads: Threads = THREADS,
    null: Null = "permutation",
    include_self: bool = True,
    months: bool = True,
    settings: GiSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> LocalStatistics:
    r"""Getis-Ord Gi*: is the neighbourhood of an area higher, or lower, than chance would make it?

    Parameters
    ----------
    values : SeverityIndex or Series
        Numbers by area code. Areas without a value leave the graph and are counted in a warning.
    graph : Graph or W
        From `neighbours`, or of your own, over the same areas.
    column : str
        Of the index: any column of its table, or ``"rate_eb"`` (the rate standardised by its own
        error, after Assuncao and Reis). Plain rates of small areas swing more than those of large ones, so
        they are not exchangeable, as permutation presumes; shrunk ones swing less, which makes too many
        of the large ones hot.
    permutations : int
        p cannot fall below ``1 / (permutations + 1)``.
    alternative : {"two-sided", "greater", "less"}
    alpha : float
        False discovery rate; each direction of a two-sided test has half of it.
    correction : {"bh", "by", "none"}
        Benjamini-Hochberg, Benjamini-Yekutieli, or none.
    seed : int
        To be stated here or in `settings`.
    threads : int
        Any number gives the same result.
    null : {"permutation", "negative-binomial"}
        Shuffle values between areas, the area's own held fixed; or redraw every area's crimes around
        one common rate with the dispersion of the index (``column="rate"`` only).
    include_self : bool
        Whether the statistic counts the area itself (Gi*) or only its neighbours (Gi). The permutation
        p is the same, because the area's own value is held fixed.
    months : bool
        Label an area only where its neighbourhood also stands above (below) the force month by month: a moderated
        one-sided t test over the covered months of an index, three at least. Neighbours that had one bad month
        together are otherwise hot in nearly half of all maps where no place is. Where part of a month is left in the
        next (estimated once for all areas), the test counts months as fewer than they are. Where there are no months (a
        Series, one or two months) the findings say so and labels rest on the permutation alone.
    settings : GiSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    about : About, optional
        For a Series: period, sources, unit, marking.

    Returns
    -------
    LocalStatistics

    Warns
    -----
    CoverageWarning
        Areas without a value.
    ModelWarning
        Permutations so few that no single area could be labelled.

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
    :math:`G_i^* = \sum_j w_{ij} x_j / \sum_j w_{ij}` over the area and its neighbours. p compares the sum over
    the neighbours with sums of as many values drawn without replacement from the other areas. All
    values equal, or one area, or islands only: nothing is significant.

    References
    ----------
    Getis, A. and Ord, J.K. (1992), The analysis of spatial association by use of distance statistics,
    *Geographical Analysis* 24, 189-206. Ord, J.K. and Getis, A. (1995), Local spatial autocorrelation statistics,
    *Geographical Analysis* 27, 286-306.
    """
    chosen = GiSettings.of(settings)
    method = "gi-star" if chosen.include_self else "gi"
    return tested_local(_values(values, chosen, about), graph, chosen, method, threads)


@checked
def local_moran(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_eb",
    permutations: Permutations = 99_999,
    alternative: Alternative = "two-sided",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    threads: Threads = THREADS,
    null: Null = "permutation",
    months: bool = True,
    settings: LocalSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> LocalStatistics:
    r"""Local Moran: does an area resemble its neighbours more, or less, than chance would make it?

    Parameters
    ----------
    values, graph, column, permutations, alpha, correction, seed, threads, null, months, settings, about
        As of `local_gi_star`.
    alternative : {"two-sided", "greater", "less"}
        Greater tests for hotspots and coldspots (high-high, low-low), less for outliers (high-low, low-high).

    Returns
    -------
    LocalStatistics
        Weights sum to 1 within each neighbourhood; weights of an area on itself are left out.

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `local_gi_star`.

    Notes
    -----
    :math:`I_i = (z_i / m_2) \sum_j w_{ij} z_j`. The first word of a label is the area (above or below the mean of all
    areas), the second its neighbours.

    References
    ----------
    Anselin, L. (1995), Local indicators of spatial association, *Geographical Analysis* 27, 93-115. Sokal, R.R.,
    Oden, N.L. and Thomson, B.A. (1998), Local spatial autocorrelation in a biological model, *Geographical
    Analysis* 30, 331-354.
    """
    chosen = LocalSettings.of(settings)
    return tested_local(_values(values, chosen, about), graph, chosen, "local-moran", threads)


@checked
def local_rate_moran(
    events: SeverityIndex | pd.Series,
    graph: Graph | W,
    population: Population | pd.Series | None = None,
    *,
    permutations: Permutations = 99_999,
    alternative: Alternative = "two-sided",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    settings: LocalTestSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> LocalStatistics:
    r"""Local Moran of rates of counts that are made comparable first, by what a count of the mean rate would vary.

    Parameters
    ----------
    events : SeverityIndex or Series
        Whole counts by area code; of an index, its crimes.
    graph : Graph or W
    population : Population or Series, optional
        Of the same areas; not for an index. An area without people has no rate and leaves the graph.
    permutations, alternative, alpha, correction, seed, settings, threads, about
        As of `local_moran`.

    Returns
    -------
    LocalStatistics
        Of the standardised rate, which has no unit. Months are not tested: the findings say so.

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `smooth_rates` and `local_moran`.

    Notes
    -----
    :math:`z_i = (n_i / x_i - b) / \sqrt{a + b / x_i}` with the overall rate b and the variance a between areas, as
    `rate_moran` has it; where :math:`a + b / x_i` is not above 0 it is :math:`b / x_i`. z is shuffled as it is. For
    harm use `local_moran`, whose ``rate_eb`` does the same with the error of harm, and which looks at months too.

    References
    ----------
    Assuncao, R. and Reis, E. (1999). A new proposal to adjust Moran's I for population density. *Statistics
    in Medicine* 18, 2147-2162.
    """
    chosen = LocalTestSettings.of(settings)
    counts = rate_counts(events, population, about)
    local = counts.as_values(eb_standardised, RATE_OF_EVENTS)
    return tested_local(local, graph, chosen, "local-moran", threads)


def _values(source: SeverityIndex | pd.Series, settings: LocalSettings, about: About | None) -> LocalValues:
    local = local_values(source, settings.column, about)
    if settings.null != "permutation" and (local.index is None or settings.column != "rate"):
        raise ParameterError(
            "`null='negative-binomial'` redraws the crimes behind recorded rates: it needs a SeverityIndex and "
            f"`column='rate'`; `column` is {settings.column!r}. Use them, or `null='permutation'`."
        )
    return local
