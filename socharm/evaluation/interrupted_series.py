"""Interrupted time series: one series of months, its trend and its season, and what changed from a month on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Between, CountFrom0, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.evaluation.effect_words import interval_words, percent_change
from socharm.evaluation.series_inputs import MonthlySeries, read_series
from socharm.stats.regression_fits import RegressionFit, fit_regression

__all__ = ["InterruptedTimeSeries", "SeriesFindings", "SeriesSettings", "interrupted_time_series"]

_Floats = NDArray[np.float64]
#: How errors are made.
SeriesErrors: TypeAlias = Literal["autoregressive", "newey-west", "quasi-poisson", "poisson"]


@dataclass(frozen=True, kw_only=True)
class SeriesSettings(Settings):
    """Choices behind an interrupted time series."""

    harmonics: Annotated[int, Between(0, 5)] = setting(2, "pairs of sine and cosine of the year; 0 for no season")
    slope_change: bool = setting(False, "whether the trend may change as well as the level")
    transition: CountFrom0 = setting(0, "months from the start that are neither before nor after, and left out")
    errors: SeriesErrors = setting(
        "autoregressive", "autoregressive, newey-west, quasi-poisson (independent months) or poisson"
    )
    lags: CountFrom0 | None = setting(
        None, "months that newey-west takes to go together; 1.3 times the root of their number when absent", example=6
    )
    level: OpenShare = setting(0.95, "of the intervals")


@dataclass(frozen=True, kw_only=True)
class SeriesFindings:
    """What was found: months, dispersion, correlation of neighbouring months, lags used, recorded and expected."""

    start: str
    before: int
    after: int
    left_out: int
    comparison: bool
    dispersion: float
    autocorrelation: float
    lags: int | None
    recorded: float
    expected: float


@dataclass(frozen=True, eq=False, repr=False)
class InterruptedTimeSeries(Record):
    """What changed in a series of months from a start on.

    Attributes
    ----------
    table : DataFrame
        Index ``change``: ``"level"``, ``"trend a month"`` (with `slope_change`), ``"all months after"`` (fitted counts
        over those fitted without the change); ``ratio``, ``low``, ``high``, ``p``, ``log``, ``se``.
    coefficients : DataFrame
        Index ``term``, on the logarithm: ``estimate``, ``se``.
    months : DataFrame
        Index ``period``: ``recorded``, ``fitted``, ``without`` (fitted, had nothing changed).
    """

    __made_by__ = ("interrupted_time_series",)

    table: pd.DataFrame
    coefficients: pd.DataFrame
    months: pd.DataFrame
    settings: SeriesSettings
    about: About
    findings: SeriesFindings

    @property
    def sentence(self) -> str:
        """What the table says, in words."""
        row, found = self.table.to_dict("index")["all months after"], self.findings
        ratio, low, high = (float(row[name]) for name in ("ratio", "low", "high"))
        interval = f"{interval_words(self.settings.level)} {percent_change(low)} to {percent_change(high)}"
        own = "its own trend and season" if self.settings.harmonics else "its own trend"
        held = f"the comparison series, {own}" if found.comparison else own
        if low <= 1 <= high:
            text = f"Whether the series changed from {found.start} on, beyond {held}, cannot be told: "
            text += f"{percent_change(ratio)} ({interval})."
        else:
            verb = "fell" if ratio < 1 else "rose"
            text = (
                f"From {found.start} on the series {verb} by {abs(100 * (ratio - 1)):.0f}% beyond {held} ({interval}): "
            )
            text += f"{found.recorded:,.0f} recorded where {found.expected:,.0f} were expected."
        if self.settings.errors in ("quasi-poisson", "poisson"):
            text += " Months were taken as independent; where they are not, the interval is too short."
        if self.settings.errors == "newey-west":
            text += " Errors of Newey and West are too small in short series, so that the interval is too short."
        if not found.comparison:
            text += " Without a comparison series, whatever else changed at that time is in it."
        return text

    def _summary(self) -> dict[str, str]:
        found = self.findings
        return {
            "found": self.sentence,
            "months": f"{found.before} before, {found.after} after, {found.left_out} left out",
            "dispersion": f"{found.dispersion:.2f}; neighbouring months {found.autocorrelation:.2f} alike",
        }


@checked
def interrupted_time_series(
    counts: pd.Series,
    *,
    start: str,
    exposure: pd.Series | None = None,
    comparison: pd.Series | None = None,
    comparison_exposure: pd.Series | None = None,
    harmonics: Annotated[int, Between(0, 5)] = 2,
    slope_change: bool = False,
    transition: CountFrom0 = 0,
    errors: SeriesErrors = "autoregressive",
    lags: CountFrom0 | None = None,
    level: OpenShare = 0.95,
    settings: SeriesSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> InterruptedTimeSeries:
    r"""Change of level, and of trend, of a monthly series from a start on.

    Parameters
    ----------
    counts : Series by month (``"2024-01"``)
        Counts or harm; a missing month is not covered, never 0.
    start : str
        First month of what was done.
    exposure : Series by month, optional
        Residents or the like, above zero.
    comparison, comparison_exposure : Series by month, optional
        A series where nothing was done, and its exposure: what both series share in a month is then taken out.
    harmonics : int
        Pairs of sine and cosine of the year.
    slope_change : bool
        Whether the trend may change too.
    transition : int
        Months from the start on that are left out.
    errors : {"autoregressive", "newey-west", "quasi-poisson", "poisson"}
    lags : int, optional
        Months that ``"newey-west"`` takes to go together.
    level : float
        Of the intervals.
    settings : SeriesSettings or mapping, optional
        Choices of another series, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    InterruptedTimeSeries

    Raises
    ------
    SchemaError
        Months out of order or left out, amounts below zero, exposure that is not above zero.
    ParameterError
        A start that is no month of the series or lies in a gap, too few months on one side, nothing recorded before.

    Notes
    -----
    :math:`\log \mu_t = \log e_t + b_0 + b_1 t + b_2 A_t [+ b_3 A_t (t - s + 1)] + \sum_k` harmonics, with *s* the first
    month after: the level is that of the month before, as the trends have it. Variance :math:`\varphi \mu_t`. With a
    comparison series the same is fitted to the treated share of both counts (binomial, given the sum of a month), so
    that every month has an effect of its own and trend, season and change are those of the ratio. Errors:
    autoregressive of first order with the correlation that residuals of this design show on average for it (a plain
    estimate is too low in short series), or Newey and West's (Bartlett weights, n/(n-k)); Student's t with n - k
    degrees. The months are taken to have gone on along a straight line otherwise: a site that was chosen at its worst
    had already begun to come back.

    References
    ----------
    Lopez Bernal, J., Cummins, S. and Gasparrini, A. (2017). Interrupted time series regression for the evaluation of
    public health interventions. *International Journal of Epidemiology* 46, 348-355. Newey, W. K. and West, K. D.
    (1987). *Econometrica* 55, 703-708. Lazarus, E. and others (2018). HAR inference. *Journal of Business and Economic
    Statistics* 36, 541-559.

    Examples
    --------
    >>> months = pd.period_range("2021-01", periods=48, freq="M").astype("str")
    >>> counts = pd.Series([(100.0 if month < 24 else 80.0) + month % 3 for month in range(48)], months)
    >>> found = interrupted_time_series(counts, start="2023-01", harmonics=0)
    >>> round(float(found.table.loc["level", "ratio"]), 2)
    0.8
    """
    chosen = SeriesSettings.of(settings)
    series = read_series(counts, start, exposure, comparison, comparison_exposure, chosen.transition)
    design, terms = _design(series, chosen)
    used = series.used
    if used.sum() - design.shape[1] < 3:
        raise ParameterError(
            f"{number_of(int(used.sum()), 'month')} cannot tell {design.shape[1]} coefficients and how months vary. "
            "Give more months, or fewer `harmonics`."
        )
    try:
        fit = _fit(series, design, used)
    except np.linalg.LinAlgError as error:
        raise ParameterError(
            "Season, trend and change cannot be told apart in these months. Lower `harmonics`."
        ) from error
    covariance, rho, dispersion, lags_used = _errors(fit, design[used], series.times[used], chosen)
    tables, recorded, expected = _tables(series, design, terms, fit.beta, covariance, fit.df, chosen)
    found = SeriesFindings(
        start=series.periods[series.start], before=int(used[: series.start].sum()),
        after=int(used[series.start :].sum()), left_out=int((~used).sum()), comparison=series.other is not None,
        dispersion=dispersion, autocorrelation=rho, lags=lags_used, recorded=recorded, expected=expected,
    )  # fmt: skip
    return InterruptedTimeSeries(**tables, settings=chosen, about=about or About(), findings=found)


def _design(series: MonthlySeries, chosen: SeriesSettings) -> tuple[_Floats, list[str]]:
    after = (np.arange(len(series.times)) >= series.start).astype(np.float64)
    columns = {"intercept": np.ones(len(after)), "time": series.times, "level": after}
    if chosen.slope_change:
        columns["trend a month"] = after * (series.times - series.times[series.start] + 1 + chosen.transition)
    for k in range(1, chosen.harmonics + 1):
        angle = 2 * np.pi * k * series.calendar / 12
        columns |= {f"sine {k}": np.sin(angle), f"cosine {k}": np.cos(angle)}
    return np.column_stack(list(columns.values())), list(columns)


def _fit(series: MonthlySeries, design: _Floats, used: NDArray[np.bool_]) -> RegressionFit:
    x, y, offset = design[used], series.y[used], series.offset[used]
    if series.other is None:
        return fit_regression(y, x, "poisson", offset=offset)
    return fit_regression(y, x, "binomial", offset=offset, trials=y + series.other[used])


def _errors(
    fit: RegressionFit, x: _Floats, times: _Floats, chosen: SeriesSettings
) -> tuple[_Floats, float, float, int | None]:
    """Covariance; correlation of neighbouring months and dispersion; lags of Newey and West's."""
    covariance, rho, dispersion = fit.autoregressive(x, times)
    if chosen.errors == "autoregressive":
        return covariance, rho, dispersion, None
    if chosen.errors == "newey-west":
        lags = chosen.lags if chosen.lags is not None else int(np.ceil(1.3 * np.sqrt(len(times))))
        return fit.newey_west(times, lags), rho, fit.dispersion, lags
    return fit.classical(1.0 if chosen.errors == "poisson" else None), rho, fit.dispersion, None


def _tables(
    series: MonthlySeries, design: _Floats, terms: list[str], beta: _Floats, covariance: _Floats, df: int,
    chosen: SeriesSettings,
) -> tuple[dict[str, pd.DataFrame], float, float]:  # fmt: skip
    changed = [at for at, term in enumerate(terms) if term in ("level", "trend a month")]
    bare = design.copy()
    bare[:, changed] = 0.0
    base = np.exp(series.offset) * (1.0 if series.other is None else series.other)
    fitted, without = base * np.exp(design @ beta), base * np.exp(bare @ beta)
    after = series.used & (np.arange(len(series.times)) >= series.start)
    total, plain = float(fitted[after].sum()), float(without[after].sum())
    slope = fitted[after] @ design[after] / total - without[after] @ bare[after] / plain
    rows = {terms[at]: (beta[at], covariance[at, at]) for at in changed}
    rows["all months after"] = (np.log(total / plain), float(slope @ covariance @ slope))
    log = np.array([value for value, _ in rows.values()])
    se = np.sqrt(np.array([variance for _, variance in rows.values()]))
    half = float(scipy.stats.t.isf((1 - chosen.level) / 2, df)) * se
    with np.errstate(over="ignore"):
        ratio, low, high = np.exp(log), np.exp(log - half), np.exp(log + half)
    table = pd.DataFrame(
        {
            "ratio": ratio, "low": low, "high": high,
            "p": 2 * scipy.stats.t.sf(np.abs(log) / se, df), "log": log, "se": se,
        },
        index=pd.Index(rows, name="change"),
    )  # fmt: skip
    coefficients = pd.DataFrame(
        {"estimate": beta, "se": np.sqrt(np.diag(covariance))}, index=pd.Index(terms, name="term")
    )
    months = pd.DataFrame(
        {"recorded": np.where(series.known, series.y, np.nan), "fitted": fitted, "without": without},
        index=pd.Index(series.periods, name="period"),
    )
    months.loc[~series.known] = np.nan
    return {"table": table, "coefficients": coefficients, "months": months}, float(series.y[after].sum()), plain
