"""Emerging hot spots: what the neighbourhood of an area was in every period, and the pattern that this makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA, PERIOD
from socharm._constraints import Between, CountFrom1, OpenShare, Permutations, Seed, Threads
from socharm._settings import THREADS
from socharm.hotspots.areas.area_settings import Correction
from socharm.hotspots.areas.cube import Cube, cube_of
from socharm.hotspots.areas.cube_gi import Baseline, CubeGi, cube_gi, neighbour_matrix
from socharm.hotspots.areas.emerging_patterns import NO_PATTERN, TOO_SHORT, StepCounts, patterns_of, step_counts
from socharm.hotspots.areas.emerging_record import (
    MOST_LAG,
    EmergingFindings,
    EmergingHotspots,
    EmergingSettings,
    Inference,
)
from socharm.hotspots.areas.few_permutations import tell_few_permutations
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_values import LocalValues, SpatialWeights, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.hotspots.areas.trends import ENOUGH, LEAST_SERIES, Autocorrelation, inflation_of, tail_p
from socharm.severity.index import SeverityIndex
from socharm.stats.fdr import adjust
from socharm.stats.lasting import Persistence, any_window, fit_persistence, window_p
from socharm.stats.trends import sen_slopes, trend_counts, trend_z

__all__ = ["LEAST_INDEPENDENT", "emerging_hotspots"]

_Floats = NDArray[np.float64]

#: Added to a level beside that of all areas before its logarithm is taken, so that nothing recorded has one.
_START: Final = 0.25
#: Independent periods that the ups and downs must leave for a pattern to be told from them.
LEAST_INDEPENDENT: Final = 2.0


@checked
def emerging_hotspots(
    values: SeverityIndex | pd.DataFrame | pd.Series,
    graph: Graph | W,
    *,
    column: Literal["rate_eb", "rate", "crimes"] = "rate_eb",
    months_per_period: CountFrom1 = 1,
    baseline: Baseline = "step",
    periods_before: Annotated[int, Between(0, MOST_LAG)] = 0,
    inference: Inference = "permutation",
    permutations: Permutations = 99_999,
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    beyond_ordinary: bool = True,
    trend_autocorrelation: Autocorrelation = "shared",
    seed: Seed | None = None,
    threads: Threads = THREADS,
    settings: EmergingSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> EmergingHotspots:
    r"""Name what hot and cold neighbourhoods do over time: new, consecutive, intensifying, persistent and so on.

    Parameters
    ----------
    values : SeverityIndex, DataFrame or Series
        An index, whose months are the periods; or a row for each area and a column for each period; or a Series by area
        and period. Columns may stand in any order and are put in order of time. An area without a value in a period
        leaves the graph there.
    graph : Graph or W
        From `neighbours`, or of your own, over the same areas.
    column : {"rate_eb", "rate", "crimes"}
        Of an index: harm per resident and year over its own error, without that, or crimes per resident and year.
    months_per_period : int
        Months of one period of an index, counted back from the last one.
    baseline : {"step", "window", "previous", "cube"}
        What a neighbourhood is held against: all areas in the same period, in the periods of the neighbourhood, in the
        period before, or in all periods. With ``"cube"`` season and trend of all areas make hot spots of theirs.
    periods_before : int
        Periods before that belong to the neighbourhood too.
    inference : {"permutation", "analytic"}
        p of a period by conditional permutation, or of its standard score as if that were normal.
    permutations : int
        Of each period. p cannot fall below ``1 / (permutations + 1)``.
    alpha : float
        False discovery rate; each direction has half of it.
    correction : {"bh", "by", "none"}
        Over all areas and periods together.
    beyond_ordinary : bool
        Name a pattern only where the neighbourhood also stands above (below) the level of all areas over its last 1, 2,
        4, ... or all periods by more than neighbourhoods go up and down together; by permutation alone one bad month of
        a few streets is new. False gives the patterns by their published definitions alone.
    trend_autocorrelation : {"shared", "hamed-rao", "none"}
        Of the test of trend, as of `mann_kendall`; of fewer than 20 areas each by itself where it is shared.
    seed : int
        To be stated here or in `settings`.
    threads : int
        Any number gives the same result.
    settings : EmergingSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    about : About, optional
        For a table: period, sources, unit, marking.

    Returns
    -------
    EmergingHotspots

    Warns
    -----
    CoverageWarning
        Areas without a value in some period.
    ModelWarning
        Permutations so few that an area that is hot in every period could not be seen.

    Raises
    ------
    AlignmentError
        The graph is over other areas.
    ParameterError
        A choice is unknown, out of range, or does not fit another.
    SchemaError
        One period, periods that are missing between others or stand twice, values that are no numbers, repeated codes.

    Notes
    -----
    Gi* of each period as `local_gi_star`; labels of periods by the false discovery rate over the cube; the trend of an
    area by Mann-Kendall on its standard scores, ties allowed for, corrected over the areas that are hot (cold) in 90%
    of the periods and in the last. The patterns are those of `patterns_of` of ``socharm/hotspots/areas``.

    Ordinary ups and downs: of the standard scores, and of the logarithm of the neighbourhood's level beside that of all
    areas, the mean over the last L periods in a t test whose variances are moderated and whose periods are correlated
    as one curve for all areas has it. Of both scales the larger p counts; twice that of all periods, or twice the least
    of the other windows times their number, is corrected over areas. Where ups and downs last so long that all periods
    tell no more than two independent ones would, no pattern is told from them: every area is ``"too short"``.

    References
    ----------
    Esri, *How Emerging Hot Spot Analysis works*, ArcGIS Pro documentation. Getis, A. and Ord, J.K. (1992), The analysis
    of spatial association by use of distance statistics, *Geographical Analysis* 24, 189-206. Mann, H. B. (1945).
    Nonparametric tests against trend. *Econometrica* 13, 245-259.
    """
    chosen = EmergingSettings.of(settings)
    cube = cube_of(values, chosen.column, chosen.months_per_period, about)
    around = _around(graph, cube)
    permuted = chosen.permutations if chosen.inference == "permutation" else None
    if permuted is not None:
        joined = int(np.count_nonzero(around.degree))
        tell_few_permutations(joined, permuted, chosen.level, chosen.correction, stacklevel=4)
    gi = cube_gi(
        cube,
        around,
        baseline=chosen.baseline,
        lag=chosen.periods_before,
        permutations=permuted,
        seed=chosen.seed,
        threads=threads,
    )
    return _named(cube, around, gi, chosen, neighbour_rule(graph))


def _around(graph: Graph | W, cube: Cube) -> SpatialWeights:
    some = pd.Series(0.0, index=cube.areas)
    missing = tuple(map(str, cube.everyone.difference(cube.areas)))
    return spatial_weights(graph, LocalValues(some, cube.everyone, missing, cube.column, None, cube.about))


def _named(cube: Cube, around: SpatialWeights, gi: CubeGi, chosen: EmergingSettings, rule: str) -> EmergingHotspots:
    low, high = (adjust(p.ravel(), chosen.correction).reshape(p.shape) for p in (gi.low, gi.high))
    tested = ~np.isnan(high)
    hot, cold = (np.nan_to_num(p, nan=1.0) <= chosen.level for p in (high, low))
    steps = step_counts(hot & ~(cold & hot), cold & ~(cold & hot), tested)
    trend = _trend(gi.z, steps, chosen)
    beyond, persistence = _beyond(cube, around, gi, chosen)
    clear = np.nan_to_num(trend["trend_p_adjusted"], nan=1.0) <= chosen.alpha
    named = patterns_of(steps, clear & (trend["trend_s"] > 0), clear & (trend["trend_s"] < 0))
    pattern = _shown(named, beyond, chosen)
    island = around.degree == 0
    unseen = ~tested[:, -1] & ~island
    few = steps.tested < ENOUGH
    drifting = chosen.beyond_ordinary and persistence.independent(len(cube.periods)) < LEAST_INDEPENDENT
    names = ["island", "not covered", TOO_SHORT]
    table = pd.DataFrame(
        {
            "pattern": np.select([island, unseen, few | drifting], names, pattern),
            "by_definition": np.select([island, unseen, few], names, named),
            **_step_columns(steps, gi),
            "p_beyond_low": beyond[0],
            "p_beyond_high": beyond[1],
            **trend,
        },
        index=cube.areas,
    )
    findings = EmergingFindings(
        method="gi-star by period",
        column=cube.column,
        rule=rule,
        islands=tuple(map(str, cube.areas[island])),
        not_covered=tuple(map(str, cube.areas[unseen].append(cube.everyone.difference(cube.areas)))),
        periods=len(cube.periods),
        first=cube.periods[0].partition(" to ")[0],
        last=cube.periods[-1].rpartition(" to ")[2],
        left_out=cube.left_out,
        tested=int(tested.sum()),
        share=persistence.share,
        left=persistence.left,
        independent=persistence.independent(len(cube.periods)),
    )
    return EmergingHotspots(
        table=_with_everyone(table, cube.everyone),
        cube=_long(cube, gi, low, high, hot, cold),
        settings=chosen,
        about=cube.about,
        findings=findings,
    )


def _trend(z: _Floats, steps: StepCounts, chosen: EmergingSettings) -> dict[str, _Floats]:
    """Mann-Kendall of the standard scores; corrected over areas whose pattern hangs on it."""
    times = np.arange(z.shape[1], dtype=np.float64)
    counts = trend_counts(z)
    slope = sen_slopes(z, times, counts.variance, 0.95).slope
    how = (
        "hamed-rao"
        if chosen.trend_autocorrelation == "shared" and len(z) < LEAST_SERIES
        else chosen.trend_autocorrelation
    )
    variance = counts.variance * inflation_of(z, times, slope, how)
    slopes, score = sen_slopes(z, times, variance, 0.95), trend_z(counts.s, variance)
    p = tail_p(score, "two-sided")
    asked = (steps.hot_last & steps.lasting) | (steps.cold_last & steps.mirrored.lasting)
    return {
        "trend_s": counts.s,
        "trend_z": score,
        "trend_p": p,
        "trend_p_adjusted": adjust(np.where(asked, p, np.nan), chosen.correction),
        "slope": slopes.slope,
        "slope_low": slopes.low,
        "slope_high": slopes.high,
    }


def _beyond(
    cube: Cube, around: SpatialWeights, gi: CubeGi, chosen: EmergingSettings
) -> tuple[tuple[_Floats, _Floats], Persistence]:
    """p of each direction, corrected over areas, that the last periods are no ordinary ups and downs."""
    scales = [gi.z, *_log_levels(cube, around, gi)]
    fits = [fit_persistence(scale) for scale in scales]
    nothing = np.full(len(cube.areas), np.nan)
    least = min(fits, key=lambda fit: fit.independent(len(cube.periods)))
    if not chosen.beyond_ordinary:
        return (nothing, nothing), least
    found = [window_p(scale, fit) for scale, fit in zip(scales, fits, strict=True)]
    low, high = (
        adjust(any_window(np.max([part[tail] for part in found], axis=0)), chosen.correction) for tail in (0, 1)
    )
    return (low, high), least


def _log_levels(cube: Cube, around: SpatialWeights, gi: CubeGi) -> list[_Floats]:
    """Logarithm of each neighbourhood's level beside that of all areas; none where amounts are negative."""
    total = np.add.reduce(cube.bases, axis=0)
    level = np.divide(np.add.reduce(cube.amounts, axis=0), total, out=np.zeros(total.size), where=total > 0)
    if np.any(cube.amounts < 0):
        return []
    matrix, own = neighbour_matrix(around), around.own[:, None]
    near, here = (np.asarray(matrix @ part) + own * part for part in (cube.amounts, cube.bases))
    expected = here * level
    ratio = np.divide(near, expected, out=np.full(near.shape, np.nan), where=(expected > 0) & ~np.isnan(gi.z))
    return [np.log((ratio + _START) / (1 + _START))]


def _shown(
    named: NDArray[np.object_], beyond: tuple[_Floats, _Floats], chosen: EmergingSettings
) -> NDArray[np.object_]:
    """Patterns whose direction stands beyond ordinary ups and downs."""
    if not chosen.beyond_ordinary:
        return named
    texts = named.astype(str)
    low, high = (np.nan_to_num(p, nan=1.0) <= chosen.level for p in beyond)
    kept = (np.char.endswith(texts, "hot spot") & high) | (np.char.endswith(texts, "cold spot") & low)
    return np.where(kept, named, NO_PATTERN).astype(object)


def _step_columns(steps: StepCounts, gi: CubeGi) -> dict[str, Any]:
    last = np.select([steps.hot_last, steps.cold_last], ["hot", "cold"], "not significant")
    return {
        "periods": steps.tested,
        "hot": steps.hot,
        "cold": steps.cold,
        "last": last,
        "run": np.maximum(steps.hot_run * steps.hot_last, steps.cold_run * steps.cold_last),
        "z_last": gi.z[:, -1],
    }


def _with_everyone(table: pd.DataFrame, everyone: pd.Index) -> pd.DataFrame:
    """The table in the caller's order, with a row for each area that has no value in any period."""
    table = table.reindex(everyone)
    for name in ("pattern", "by_definition", "last"):
        table[name] = table[name].fillna("not covered").astype("str")
    for name in ("periods", "hot", "cold", "run"):
        table[name] = table[name].fillna(0).astype("int64")
    return table


def _long(
    cube: Cube, gi: CubeGi, low: _Floats, high: _Floats, hot: NDArray[np.bool_], cold: NDArray[np.bool_]
) -> pd.DataFrame:
    """One row for each area and period, areas in ascending order."""
    areas, periods = cube.values.shape
    tested = ~np.isnan(high)
    label = np.select([~cube.known, ~tested, hot, cold], ["not covered", "island", "hot", "cold"], "not significant")
    return pd.DataFrame(
        {
            AREA: np.repeat(cube.areas.to_numpy(), periods),
            PERIOD: np.tile(np.array(cube.periods, dtype=object), areas),
            "value": cube.values.ravel(),
            "neighbours": gi.neighbours.ravel(),
            "statistic": gi.statistic.ravel(),
            "z": gi.z.ravel(),
            "p_low": gi.low.ravel(),
            "p_high": gi.high.ravel(),
            "p_adjusted_low": low.ravel(),
            "p_adjusted_high": high.ravel(),
            "label": pd.Series(label.ravel()).astype("str").to_numpy(),
        }
    )
