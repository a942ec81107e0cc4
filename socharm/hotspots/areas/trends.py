"""Does a series rise or fall? Mann-Kendall and Sen's slope of one series, or of every area at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_unique
from socharm._columns import AREA
from socharm._constraints import AtLeast, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.areas.area_settings import Alternative, Correction
from socharm.hotspots.areas.time_axis import TimeAxis, time_axis
from socharm.stats.fdr import adjust
from socharm.stats.trends import (
    Slopes,
    TrendCounts,
    common_inflation,
    hamed_rao_inflation,
    sen_slopes,
    shared_variogram,
    trend_counts,
    trend_z,
)

__all__ = [
    "ENOUGH",
    "LEAST_SERIES",
    "Autocorrelation",
    "TrendSettings",
    "TrendTests",
    "inflation_of",
    "mann_kendall",
    "tail_p",
]

_Floats = NDArray[np.float64]

#: What is done where values follow each other.
Autocorrelation: TypeAlias = Literal["none", "hamed-rao", "shared"]
#: Values from which the normal approximation of S is used for a label.
ENOUGH: Final = 10
#: Series that one curve of autocorrelation is estimated from: of fewer, a trend of their own would be in it.
LEAST_SERIES: Final = 20


@dataclass(frozen=True, kw_only=True)
class TrendSettings(Settings):
    """Choices behind tests of trend."""

    autocorrelation: Autocorrelation = setting(
        "none", 'values that follow each other: none, "hamed-rao" (each series by itself), "shared" (one curve for all)'
    )
    season: Annotated[int, AtLeast(2)] | None = setting(None, "periods of a cycle, for the seasonal test", example=12)
    alternative: Alternative = setting("two-sided", 'or "greater" (rises only), "less" (falls only)')
    alpha: OpenShare = setting(0.05, "false discovery rate of the labels")
    correction: Correction = setting("bh", "of many series: bh, by or none")
    level: OpenShare = setting(0.95, "of the interval of the slope")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.season is not None and self.autocorrelation != "none":
            yield (
                f"`autocorrelation` is {self.autocorrelation!r} with `season` {self.season}: the seasonal test is "
                "defined here for independent values only. Leave one of them out."
            )


@dataclass(frozen=True, eq=False, repr=False)
class TrendTests(Record):
    """Mann-Kendall tests, one row for each series.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code`` (of a Series: its name); ``n`` (values that are there), ``s``, ``var_s``, ``inflation``
        (what autocorrelation multiplied the variance by; 1 without a correction), ``z`` (with the correction for
        continuity), ``p``, ``p_adjusted``, ``tau`` (Kendall's tau-b), ``tau_a`` (S over all pairs), ``slope`` (Sen's,
        in units of the values per `unit`; per cycle in a seasonal test), ``slope_low``, ``slope_high``, ``intercept``
        (level at the first period), ``trend``: ``"rise"``, ``"fall"``, ``"not clear"``, or ``"too short"`` for fewer
        than ten values, or no two of one season.
    unit : str
        Unit of time of the slope.
    """

    __made_by__ = ("mann_kendall",)

    table: pd.DataFrame
    settings: TrendSettings
    about: About
    unit: str = "unit of time"

    def _summary(self) -> dict[str, str]:
        found = self.table["trend"].value_counts()
        return {
            "series": f"{len(self.table):,}",
            "trends": ", ".join(f"{number:,} {label}" for label, number in found.items()),
            "correction": f"{self.settings.correction}, alpha {self.settings.alpha:g}; autocorrelation "
            f"{self.settings.autocorrelation}",
            "slope": f"per {self.unit}",
        }


@checked
def mann_kendall(
    values: pd.Series | pd.DataFrame,
    *,
    autocorrelation: Autocorrelation = "none",
    season: Annotated[int, AtLeast(2)] | None = None,
    alternative: Alternative = "two-sided",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    level: OpenShare = 0.95,
    settings: TrendSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> TrendTests:
    r"""Mann-Kendall test of trend with Sen's slope, of one series or of many at once.

    Parameters
    ----------
    values : Series or DataFrame
        One series, its index the periods; or one row for each area, its columns the periods. Periods may stand in any
        order, are put in order of time, and may be those of pandas, dates, numbers, or texts such as ``2025-04``.
        A missing value is left out of its series; it is no zero.
    autocorrelation : {"none", "hamed-rao", "shared"}
        The test presumes that values do not follow each other; where they do, it finds trends that are none. Hamed and
        Rao's correction estimates what is left of one period in later ones in each series by itself, which short series
        hardly tell; ``"shared"`` estimates one curve from all series together. Both need equal steps of time.
    season : int, optional
        Periods of a cycle (12 months of a year): values are compared within their season only.
    alternative : {"two-sided", "greater", "less"}
    alpha : float
        False discovery rate over the series.
    correction : {"bh", "by", "none"}
    level : float
        Of the interval of the slope.
    settings : TrendSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    TrendTests
        A series with fewer than two values, or of equal values only, has no p. Nor has one whose variance by Hamed and
        Rao is not above zero, and its slope no interval.

    Raises
    ------
    SchemaError
        One period only, a period that stands twice or whose order is not known, a code that stands twice, a value that
        is no finite number, or missing periods where equal steps are needed.
    ParameterError
        An unknown choice, a correction for autocorrelation with `season`, or ``"shared"`` with fewer than 20 series.

    Notes
    -----
    :math:`S = \sum_{s<t} \operatorname{sign}(x_t - x_s)`, :math:`\operatorname{Var} S = [n(n-1)(2n+5) - \sum_g u_g
    (u_g-1)(2u_g+5)]/18` with groups of :math:`u_g` equal values, :math:`z = (S \mp 1)/\sqrt{\operatorname{Var} S}`. The
    seasonal test adds S and its variance up over seasons. The slope is the median of the slopes of all pairs, its
    interval by Sen (1968).

    References
    ----------
    Mann, H. B. (1945). Nonparametric tests against trend. *Econometrica* 13, 245-259. Sen, P. K. (1968). Estimates of
    the regression coefficient based on Kendall's tau. *Journal of the American Statistical Association* 63, 1379-1389.
    Hirsch, R. M., Slack, J. R. and Smith, R. A. (1982). Techniques of trend analysis for monthly water quality data.
    *Water Resources Research* 18, 107-121. Hamed, K. H. and Rao, A. R. (1998). A modified Mann-Kendall trend test for
    autocorrelated data. *Journal of Hydrology* 204, 182-196.

    Examples
    --------
    >>> found = mann_kendall(pd.Series([3.0, 5.0, 4.0, 7.0, 8.0, 9.0], index=range(2019, 2025)))
    >>> [*map(float, found.table[["s", "slope"]].iloc[0]), found.table["trend"].iloc[0]]
    [13.0, 1.0, 'too short']
    """
    chosen = TrendSettings.of(settings)
    table, axis = _series(values)
    if chosen.autocorrelation == "shared" and len(table) < LEAST_SERIES:
        raise ParameterError(
            f"`autocorrelation` is 'shared' over {number_of(len(table), 'series', 'series')}; one curve for all needs "
            f"{LEAST_SERIES} at least. Use 'hamed-rao'."
        )
    if chosen.autocorrelation != "none" or chosen.season is not None:
        axis.require_even("a correction for autocorrelation and a season are of equal steps")
    found = _tested(table, axis, chosen)
    known = about if about is not None else About()
    return TrendTests(table=found, settings=chosen, about=known, unit=_unit(axis, chosen))


def _series(values: pd.Series | pd.DataFrame) -> tuple[pd.DataFrame, TimeAxis]:
    """One row for each series, its columns in the order of time."""
    if isinstance(values, pd.Series):
        values = values.to_frame("series" if values.name is None else values.name).T
    if not len(values):
        raise SchemaError("`values` holds no series. Check the filter that made it.")
    axis = time_axis(values.columns, name="values")
    if len(axis.labels) < 2:
        raise SchemaError(
            f"`values` holds {number_of(len(axis.labels), 'period')}; a trend needs two at least, and ten to be told."
        )
    require_unique(values.index, name="values")
    table = values.iloc[:, axis.order]
    numbers = table.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    bad = (numbers.isna() & table.notna()) | np.isinf(numbers)
    if bad.to_numpy().any():
        row, column = np.argwhere(bad.to_numpy())[0]
        raise SchemaError(
            f"`values` must be finite numbers or missing; found {table.iloc[row, column]!r} of {table.index[row]} in "
            f"{axis.labels[column]}. Correct or remove it."
        )
    return numbers.rename_axis(index=AREA), axis


def inflation_of(x: _Floats, times: _Floats, slope: _Floats, autocorrelation: Autocorrelation) -> _Floats:
    """What autocorrelation multiplies the variance of S by; missing where a correction is not defined.

    Parameters
    ----------
    x : ndarray of shape (rows, periods)
    times : ndarray of shape (periods,)
    slope : ndarray of shape (rows,)
    autocorrelation : {"none", "hamed-rao", "shared"}
    """
    if autocorrelation == "hamed-rao":
        return hamed_rao_inflation(x, times, slope)
    if autocorrelation == "shared":
        return common_inflation(~np.isnan(x), shared_variogram(x))
    return np.ones(len(x))


def tail_p(z: _Floats, alternative: Alternative) -> _Floats:
    """p of a standard score; missing where it is."""
    if alternative == "greater":
        return np.asarray(scipy.special.ndtr(-z), dtype=np.float64)
    if alternative == "less":
        return np.asarray(scipy.special.ndtr(z), dtype=np.float64)
    return np.asarray(2 * scipy.special.ndtr(-np.abs(z)), dtype=np.float64)


def _tested(table: pd.DataFrame, axis: TimeAxis, chosen: TrendSettings) -> pd.DataFrame:
    x = table.to_numpy()
    counts, times, seasons = _counts(x, axis, chosen.season)
    slope = sen_slopes(x, times, counts.variance, chosen.level, seasons).slope
    inflation = inflation_of(x, times, slope, chosen.autocorrelation)
    variance = counts.variance * inflation
    slopes = sen_slopes(x, times, variance, chosen.level, seasons)
    z = trend_z(counts.s, variance)
    p = tail_p(z, chosen.alternative)
    adjusted = adjust(p, chosen.correction)
    return pd.DataFrame(
        {
            "n": counts.n,
            "s": counts.s,
            "var_s": variance,
            "inflation": inflation,
            "z": z,
            "p": p,
            "p_adjusted": adjusted,
            "tau": counts.tau,
            "tau_a": counts.tau_a,
            **_slope_columns(slopes),
            "trend": pd.Series(_labels(counts, adjusted, chosen.alpha), index=table.index, dtype="str"),
        },
        index=table.index,
    )


def _slope_columns(slopes: Slopes) -> dict[str, _Floats]:
    low = {"slope": slopes.slope, "slope_low": slopes.low, "slope_high": slopes.high}
    return {**low, "intercept": slopes.middle}


@dataclass(frozen=True, eq=False)
class _SeasonalCounts(TrendCounts):
    """Scores added up over seasons, whose pairs are those within a season."""

    within: _Floats

    @property
    def pairs(self) -> _Floats:
        return self.within


def _counts(x: _Floats, axis: TimeAxis, season: int | None) -> tuple[TrendCounts, _Floats, NDArray[np.int64] | None]:
    """Score and variance of each row, the times that slopes are taken over, and the season of each column."""
    if season is None:
        return trend_counts(x), axis.times, None
    step = float(np.diff(axis.times).min())
    seasons = np.round(axis.times / step).astype(np.int64) % season
    parts = [trend_counts(x[:, seasons == which]) for which in range(season)]
    counts = _SeasonalCounts(
        n=np.add.reduce([part.n for part in parts]),
        s=np.add.reduce([part.s for part in parts]),
        variance=np.add.reduce([part.variance for part in parts]),
        tied=np.add.reduce([part.tied for part in parts]),
        within=np.add.reduce([part.pairs for part in parts]),
    )
    return counts, axis.times / (season * step), seasons


def _labels(counts: TrendCounts, adjusted: _Floats, alpha: float) -> NDArray[np.object_]:
    clear = np.nan_to_num(adjusted, nan=1.0) <= alpha
    conditions = [(counts.n < ENOUGH) | (counts.pairs == 0), clear & (counts.s > 0), clear & (counts.s < 0)]
    return np.select(conditions, ["too short", "rise", "fall"], "not clear").astype(object)


def _unit(axis: TimeAxis, chosen: TrendSettings) -> str:
    return axis.unit if chosen.season is None else f"cycle of {number_of(chosen.season, 'period')}"
