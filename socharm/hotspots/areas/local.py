"""Where high values stand together, and how sure that is: local Gi* and local Moran by permutation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from libpysal.weights import W
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OpenShare, Permutations, Seed, Threads
from socharm._settings import THREADS
from socharm.errors import ParameterError
from socharm.hotspots.areas.area_settings import Alternative, Correction
from socharm.hotspots.areas.few_permutations import tell_few_permutations
from socharm.hotspots.areas.local_null import redrawn_exceedances
from socharm.hotspots.areas.local_record import GiSettings, LocalFindings, LocalSettings, LocalStatistics, Null
from socharm.hotspots.areas.local_values import HOT, LocalValues, SpatialWeights, local_values, spatial_weights
from socharm.hotspots.areas.months import month_p
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.hotspots.areas.top_event import lowered_sums, top_event_drop
from socharm.severity.index import SeverityIndex
from socharm.stats.fdr import adjust
from socharm.stats.local_moments import LocalMoments, gi_moments, moran_moments
from socharm.stats.moderated_t import TailP
from socharm.stats.permutation import (
    Exceedances,
    neighbour_sums,
    permutation_p,
    shared_exceedances,
    tie_tolerance,
    weighted_exceedances,
)

__all__ = ["local_gi_star", "local_moran"]

_Floats = NDArray[np.float64]

_MONTHS: Final = "months: each neighbourhood against the force"


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
    return _local(values, graph, chosen, "gi-star" if chosen.include_self else "gi", threads, about)


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
    return _local(values, graph, LocalSettings.of(settings), "local-moran", threads, about)


def _local(
    source: SeverityIndex | pd.Series,
    graph: Graph | W,
    settings: LocalSettings,
    method: str,
    threads: int,
    about: About | None,
) -> LocalStatistics:
    local = local_values(source, settings.column, about)
    if settings.null != "permutation" and (local.index is None or settings.column != "rate"):
        raise ParameterError(
            "`null='negative-binomial'` redraws the crimes behind recorded rates: it needs a SeverityIndex and "
            f"`column='rate'`; `column` is {settings.column!r}. Use them, or `null='permutation'`."
        )
    around = spatial_weights(graph, local)
    by_month, why_not = None, "not asked for"
    if settings.months:
        by_month, why_not = month_p(local, around, with_self=method == "gi-star")
    tests = int(np.count_nonzero(around.degree))
    tell_few_permutations(tests, settings.permutations, settings.level, settings.correction, stacklevel=5)
    table = _tested(local, around, settings, method, by_month, threads)
    table, reason = _without_top_event(table, local, around, settings, method, threads)
    findings = LocalFindings(
        method=method,
        column=local.column,
        rule=neighbour_rule(graph),
        alternative=settings.alternative,
        weights="equal within each neighbourhood" if around.equal else "differing within neighbourhoods",
        tested=tests,
        islands=tuple(map(str, local.values.index[around.degree == 0])),
        not_covered=local.missing,
        months=f"months not tested: {why_not}" if by_month is None else _MONTHS,
        month_correlation=0.0 if by_month is None else by_month.correlation,
        top_event=reason,
    )
    return LocalStatistics(table=_with_missing(table, local), settings=settings, about=local.about, findings=findings)


def _tested(
    local: LocalValues,
    around: SpatialWeights,
    settings: LocalSettings,
    method: str,
    by_month: TailP | None,
    threads: int,
) -> pd.DataFrame:
    """Statistic, moments, p and labels of the covered areas."""
    x = local.values.to_numpy()
    sums = neighbour_sums(x, around.indptr, around.indices, None if around.equal else around.weights)
    moments = _moments(x, sums, around, method)
    found = _exceedances(local, around, settings, method, threads)
    tested = around.degree > 0
    low, high = (
        np.where(tested, permutation_p(counts, settings.permutations), np.nan)
        for counts in _tails(found, x, settings, method)
    )
    nothing = np.full(x.size, np.nan)
    months_low, months_high = _month_tails(by_month, x, method)
    both_low, both_high = (_larger(low, months_low, by_month), _larger(high, months_high, by_month))
    p_by_tail = {
        "two-sided": np.minimum(2 * np.minimum(both_low, both_high), 1.0),
        "greater": both_high,
        "less": both_low,
    }
    table = pd.DataFrame(
        {
            "value": x,
            "neighbours": around.degree,
            "statistic": np.where(tested, moments.statistic, nothing),
            "expected": np.where(tested, moments.expected, nothing),
            "variance": np.where(tested, moments.variance, nothing),
            "z": np.where(tested, moments.z, nothing),
            "p_low": low,
            "p_high": high,
            "p_months_low": months_low,
            "p_months_high": months_high,
            "p_adjusted_low": adjust(both_low, settings.correction),
            "p_adjusted_high": adjust(both_high, settings.correction),
            "p": p_by_tail[settings.alternative],
        },
        index=local.values.index,
    )
    is_high = (table["p_adjusted_high"] <= settings.level).to_numpy() & (settings.alternative != "less")
    is_low = (table["p_adjusted_low"] <= settings.level).to_numpy() & (settings.alternative != "greater")
    return table.assign(label=_labels(x, tested, is_low, is_high, method))


def _moments(x: _Floats, sums: _Floats, around: SpatialWeights, method: str) -> LocalMoments:
    total = around.row_sums(around.weights)
    squares = around.row_sums(around.weights**2)
    if method == "local-moran":
        safe = np.where(total > 0, total, np.nan)
        return moran_moments(x, sums / safe, squares / safe**2)
    return gi_moments(x, sums, total, squares, around.own if method == "gi-star" else None)


def _exceedances(
    local: LocalValues,
    around: SpatialWeights,
    settings: LocalSettings,
    method: str,
    threads: int,
    observed: _Floats | None = None,
) -> Exceedances:
    """Counts of neighbour sums (permutation) or of statistics (redrawn crimes) that reach the observed ones."""
    if settings.null == "negative-binomial":
        assert local.index is not None  # checked where the settings are
        return redrawn_exceedances(
            local.index,
            local.values,
            around,
            method=method,
            draws=settings.permutations,
            seed=settings.seed,
            threads=threads,
        )
    x = local.values.to_numpy()
    # Coupled: the sums without the top event meet the same samples as the sums with it.
    rest = {"permutations": settings.permutations, "seed": settings.seed, "threads": threads}
    if around.equal:
        return shared_exceedances(x, around.indptr, around.indices, purpose=method, observed=observed, **rest)
    return weighted_exceedances(
        x, around.indptr, around.indices, around.weights, purpose=method, observed=observed, **rest
    )


def _tails(
    found: Exceedances, x: _Floats, settings: LocalSettings, method: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts at most, and at least, the statistic; the sign of an area turns the tails of local Moran."""
    if method != "local-moran" or settings.null != "permutation":
        return found.at_most, found.at_least
    sign = _sign(x)
    every = np.full(x.size, found.permutations, dtype=np.int64)
    low = np.select([sign > 0, sign < 0], [found.at_most, found.at_least], every)
    high = np.select([sign > 0, sign < 0], [found.at_least, found.at_most], every)
    return low, high


def _month_tails(by_month: TailP | None, x: _Floats, method: str) -> tuple[_Floats, _Floats]:
    """p of the months in the direction of each tail: low neighbours make a coldspot of an area below the mean."""
    if by_month is None:
        return np.full(x.size, np.nan), np.full(x.size, np.nan)
    if method != "local-moran":
        return by_month.low, by_month.high
    sign = _sign(x)
    low = np.select([sign > 0, sign < 0], [by_month.low, by_month.high], 1.0)
    high = np.select([sign > 0, sign < 0], [by_month.high, by_month.low], 1.0)
    return low, high


def _larger(p: _Floats, months: _Floats, by_month: TailP | None) -> _Floats:
    """The larger p of both tests: both must speak. A neighbourhood of too few months is not significant."""
    if by_month is None:
        return p
    return np.where(np.isnan(p), np.nan, np.maximum(p, np.where(np.isnan(months), 1.0, months)))


def _sign(x: _Floats) -> NDArray[np.int64]:
    """Whether each value is above, at or below the mean, rounding aside."""
    z = x - np.add.reduce(x) / x.size
    margin = 4 * np.finfo(np.float64).eps * float(np.max(np.abs(x), initial=0.0)) * np.sqrt(x.size)
    return np.asarray(np.sign(np.where(np.abs(z) <= margin, 0.0, z)), dtype=np.int64)


def _labels(
    x: _Floats, tested: NDArray[np.bool_], is_low: NDArray[np.bool_], is_high: NDArray[np.bool_], method: str
) -> NDArray[np.object_]:
    if method == "local-moran":
        above = _sign(x) > 0
        conditions = [~tested, is_high & above, is_high, is_low & above, is_low]
        names = ["island", "high-high", "low-low", "high-low", "low-high"]
    else:
        conditions, names = [~tested, is_high, is_low], ["island", "hot", "cold"]
    return np.select(conditions, names, "not significant").astype(object)


def _without_top_event(
    table: pd.DataFrame, local: LocalValues, around: SpatialWeights, settings: LocalSettings, method: str, threads: int
) -> tuple[pd.DataFrame, str]:
    """Whether a hot area stays hot when any one event of it or of a neighbour is taken away."""
    hot = table["label"].isin(HOT).to_numpy()
    answer = pd.Series(pd.NA, index=table.index, dtype="boolean")
    drop, reason = top_event_drop(local, null=settings.null)
    if drop is not None and hot.any():
        x = local.values.to_numpy()
        observed = lowered_sums(x, drop, around)
        found = _exceedances(local, around, settings, method, threads, observed)
        p = permutation_p(found.at_least, settings.permutations)
        still = p <= float(table.loc[hot, "p_high"].max())  # the months' own p stays as it was
        if method == "local-moran":
            mean = np.add.reduce(x) / x.size
            still &= x - drop > mean - drop / x.size + tie_tolerance(x, around.degree)
        answer[hot] = still[hot]
    return table.assign(hot_without_top_event=answer), reason


def _with_missing(table: pd.DataFrame, local: LocalValues) -> pd.DataFrame:
    """The table in the caller's order, with a row for each area that has no value."""
    table = table.reindex(local.areas)
    return table.assign(
        label=table["label"].fillna(local.why_missing()).astype("str"),
        neighbours=table["neighbours"].astype("Int64"),
        hot_without_top_event=table["hot_without_top_event"].astype("boolean"),
    )
