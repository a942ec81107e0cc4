"""One test of every area: a local statistic, its permutations, its months, and the label that remains."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.hotspots.areas.few_permutations import tell_few_permutations
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_null import permuted_exceedances, redrawn_exceedances
from socharm.hotspots.areas.local_record import LocalFindings, LocalSettings, LocalStatistics, LocalTestSettings, Null
from socharm.hotspots.areas.local_values import HOT, LocalValues, SpatialWeights, spatial_weights
from socharm.hotspots.areas.months import month_p
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.hotspots.areas.top_event import lowered_sums, top_event_drop
from socharm.stats.fdr import adjust
from socharm.stats.local_moments import LocalMoments, gi_moments, moran_moments
from socharm.stats.moderated_t import TailP
from socharm.stats.permutation import (
    Exceedances,
    neighbour_sums,
    permutation_p,
    tie_tolerance,
)

__all__ = ["quadrant_labels", "signs", "tested_local", "turned_tails", "with_missing"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]

_MONTHS: Final = "months: each neighbourhood against all areas"


def tested_local(
    local: LocalValues, graph: Graph | W, settings: LocalTestSettings, method: str, threads: int
) -> LocalStatistics:
    """Test every area and correct for their number.

    Parameters
    ----------
    local : LocalValues
    graph : Graph or W
    settings : LocalTestSettings
        Of `LocalSettings`, months and null are asked for too.
    method : {"gi-star", "gi", "local-moran"}
    threads : int
    """
    around = spatial_weights(graph, local)
    by_month, why_not = None, "values without the months behind them"
    if isinstance(settings, LocalSettings):
        why_not = "not asked for"
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
    return LocalStatistics(table=with_missing(table, local), settings=settings, about=local.about, findings=findings)


def _tested(
    local: LocalValues,
    around: SpatialWeights,
    settings: LocalTestSettings,
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
    settings: LocalTestSettings,
    method: str,
    threads: int,
    observed: _Floats | None = None,
) -> Exceedances:
    """Counts of neighbour sums (permutation) or of statistics (redrawn crimes) that reach the observed ones."""
    if _null(settings) == "negative-binomial":
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
    # Coupled: the sums without the top event meet the same samples as the sums with it.
    return permuted_exceedances(
        local.values.to_numpy(),
        around,
        permutations=settings.permutations,
        seed=settings.seed,
        purpose=method,
        threads=threads,
        observed=observed,
    )


def _tails(found: Exceedances, x: _Floats, settings: LocalTestSettings, method: str) -> tuple[_Ints, _Ints]:
    """Counts at most, and at least, the statistic; the sign of an area turns the tails of local Moran."""
    if method != "local-moran" or _null(settings) != "permutation":
        return found.at_most, found.at_least
    return turned_tails(found, signs(x))


def turned_tails(found: Exceedances, sign: _Ints) -> tuple[_Ints, _Ints]:
    """Counts at most, and at least, a product of the area's own sign and its neighbours' sum."""
    every = np.full(sign.size, found.permutations, dtype=np.int64)
    low = np.select([sign > 0, sign < 0], [found.at_most, found.at_least], every)
    high = np.select([sign > 0, sign < 0], [found.at_least, found.at_most], every)
    return low, high


def _month_tails(by_month: TailP | None, x: _Floats, method: str) -> tuple[_Floats, _Floats]:
    """p of the months in the direction of each tail: low neighbours make a coldspot of an area below the mean."""
    if by_month is None:
        return np.full(x.size, np.nan), np.full(x.size, np.nan)
    if method != "local-moran":
        return by_month.low, by_month.high
    sign = signs(x)
    low = np.select([sign > 0, sign < 0], [by_month.low, by_month.high], 1.0)
    high = np.select([sign > 0, sign < 0], [by_month.high, by_month.low], 1.0)
    return low, high


def _larger(p: _Floats, months: _Floats, by_month: TailP | None) -> _Floats:
    """The larger p of both tests: both must speak. A neighbourhood of too few months is not significant."""
    if by_month is None:
        return p
    return np.where(np.isnan(p), np.nan, np.maximum(p, np.where(np.isnan(months), 1.0, months)))


def signs(x: _Floats) -> _Ints:
    """Whether each value is above, at or below the mean, rounding aside."""
    z = x - np.add.reduce(x) / x.size
    margin = 4 * np.finfo(np.float64).eps * float(np.max(np.abs(x), initial=0.0)) * np.sqrt(x.size)
    return np.asarray(np.sign(np.where(np.abs(z) <= margin, 0.0, z)), dtype=np.int64)


def _labels(x: _Floats, tested: _Bools, is_low: _Bools, is_high: _Bools, method: str) -> NDArray[np.object_]:
    if method == "local-moran":
        return quadrant_labels(signs(x) > 0, tested, is_low, is_high)
    return np.select([~tested, is_high, is_low], ["island", "hot", "cold"], "not significant").astype(object)


def quadrant_labels(above: _Bools, tested: _Bools, is_low: _Bools, is_high: _Bools) -> NDArray[np.object_]:
    """Labels of a product: the first word is the area, the second its neighbours."""
    conditions = [~tested, is_high & above, is_high, is_low & above, is_low]
    names = ["island", "high-high", "low-low", "high-low", "low-high"]
    return np.select(conditions, names, "not significant").astype(object)


def _without_top_event(
    table: pd.DataFrame,
    local: LocalValues,
    around: SpatialWeights,
    settings: LocalTestSettings,
    method: str,
    threads: int,
) -> tuple[pd.DataFrame, str]:
    """Whether a hot area stays hot when any one event of it or of a neighbour is taken away."""
    hot = table["label"].isin(HOT).to_numpy()
    answer = pd.Series(pd.NA, index=table.index, dtype="boolean")
    drop, reason = top_event_drop(local, null=_null(settings))
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


def _null(settings: LocalTestSettings) -> Null:
    return settings.null if isinstance(settings, LocalSettings) else "permutation"


def with_missing(table: pd.DataFrame, local: LocalValues) -> pd.DataFrame:
    """The table in the caller's order, with a row for each area that has no value."""
    table = table.reindex(local.areas)
    return table.assign(
        label=table["label"].fillna(local.why_missing()).astype("str"),
        neighbours=table["neighbours"].astype("Int64"),
        hot_without_top_event=table["hot_without_top_event"].astype("boolean"),
    )
