"""Event study: the difference of treated areas from the others period by period, before the start and after it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import CountFrom1, NotNegative, OpenShare, Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.evaluation.effect_words import interval_words, p_words, percent_change
from socharm.evaluation.outcomes import Exposure, Outcomes, aside_words, read_outcomes
from socharm.stats.area_variation import area_variation
from socharm.stats.trend_bounds import power_of_pre_trend_test, pre_trend_p, relative_bounds, trend_found
from socharm.stats.two_way_poisson import TwoWayFit, fit_two_way

__all__ = ["EventFindings", "EventStudy", "EventStudySettings", "event_study"]

_Floats = NDArray[np.float64]
#: How errors are made.
EventErrors: TypeAlias = Literal["comparison areas", "clustered"]
#: Comparison areas below which their variation is not told.
_LEAST_AREAS = 10


@dataclass(frozen=True, kw_only=True)
class EventStudySettings(Settings):
    """Choices behind an event study."""

    bin_width: CountFrom1 = setting(3, "periods that are taken together")
    trend: Positive = setting(0.01, "difference in trends a period, on the logarithm, that the power is stated for")
    m_bar: tuple[NotNegative, ...] = setting(
        (0.0, 0.5, 1.0, 2.0), "how many times the largest step between trends before a step after may be"
    )
    errors: EventErrors = setting(
        "comparison areas", "from how comparison areas vary, or clustered by area (too small for few treated areas)"
    )
    level: OpenShare = setting(0.95, "of the intervals")


@dataclass(frozen=True, kw_only=True)
class EventFindings:
    """What was found: the pre-trend test and its power, and what was set aside."""

    treated: int
    comparison: int
    start: str
    pre_trend_p: float | None
    power: float | None
    trend_found: float | None
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class EventStudy(Record):
    """Treated areas relative to the others, relative to the last bin before the start.

    Attributes
    ----------
    table : DataFrame
        Index ``bin`` (-1 is the reference, 0 begins at the start): ``first``, ``last`` (periods), ``recorded`` (at
        treated areas), ``ratio``, ``low``, ``high`` (one bin at a time), ``low_all``, ``high_all`` (all bins at once,
        by Sidak), ``log``, ``se``. A bin in which no treated area is covered is missing.
    bounds : DataFrame
        Index ``m_bar``: ``ratio`` (mean of the logarithms after the start), ``low``, ``high``; missing where there is
        no step before to compare with.
    """

    __made_by__ = ("event_study",)

    table: pd.DataFrame
    bounds: pd.DataFrame
    settings: EventStudySettings
    about: About
    findings: EventFindings

    @property
    def sentence(self) -> str:
        """What the tables say, in words."""
        few = self.settings.errors == "clustered" and self.findings.treated < 10
        small = (
            " With few treated areas, errors clustered by area are too small: all of this is too sure." if few else ""
        )
        return f"{self._after()} {self._before()}{small}"

    def _after(self) -> str:
        level = interval_words(self.settings.level)
        told = []
        for m_bar, row in self.bounds.to_dict("index").items():
            if np.isnan(row["low"]):
                continue
            interval = f"{level} {percent_change(row['low'])} to {percent_change(row['high'])}"
            clear = row["high"] < 1 or row["low"] > 1
            if m_bar == 0:
                change = f"{percent_change(row['ratio'])} on average after the start ({interval})"
                told.append(f"{change}." if clear else f"Whether there was a change cannot be told: {change}.")
            else:
                verdict = "still a change" if clear else "a change cannot be told"
                told.append(f"If trends part {_fast(m_bar)} as they did at most before, {verdict} ({interval}).")
        return " ".join(told)

    def _before(self) -> str:
        found = self.findings
        if found.pre_trend_p is None or found.power is None or found.trend_found is None:
            return "Whether trends were parallel before cannot be tested: there is one bin before the start."
        alpha = 1 - self.settings.level
        drawn = (
            "Trends differed before the start" if found.pre_trend_p <= alpha else "No difference in trends was found"
        )
        return (
            f"{drawn} ({p_words(found.pre_trend_p)}); a difference of {100 * self.settings.trend:.3g}% a period would "
            f"have been found with a probability of {found.power:.0%}, one of {100 * found.trend_found:.2g}% with 80%."
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {
            "found": self.sentence,
            "areas": f"{found.treated:,} treated, {found.comparison:,} others",
            "errors": self.settings.errors,
        }
        if found.left_out:
            lines["set aside"] = aside_words(found.left_out)
        return lines


def _fast(times: Hashable) -> str:
    """How fast trends part beside the fastest step before.

    Examples
    --------
    >>> _fast(0.5), _fast(1.0), _fast(2.0), _fast(1.5)
    ('half as fast', 'as fast', 'twice as fast', '1.5 times as fast')
    """
    named = {"0.5": "half as fast", "1": "as fast", "2": "twice as fast"}
    return named.get(f"{times:g}", f"{times:g} times as fast")


@checked
def event_study(
    outcomes: pd.DataFrame,
    *,
    treated: Iterable[str],
    start: str,
    exposure: Exposure | None = None,
    bin_width: CountFrom1 = 3,
    trend: Positive = 0.01,
    m_bar: Iterable[NotNegative] = (0.0, 0.5, 1.0, 2.0),
    errors: EventErrors = "comparison areas",
    level: OpenShare = 0.95,
    settings: EventStudySettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> EventStudy:
    r"""Treated areas against the others in each bin of periods before and after the start.

    Parameters
    ----------
    outcomes : DataFrame of shape (areas, periods)
        Counts or harm; index area codes, columns periods in order (``"2024-01"``). Missing is not covered, never 0.
    treated : iterable of str
        Codes of the areas where something was done.
    start : str
        The first period of it.
    exposure : DataFrame of the same shape, or Series by area, optional
    bin_width : int
        Periods of a bin, counted from the start both ways; the first and the last bin may be shorter.
    trend : float
        Difference in trends a period, on the logarithm, that the power of the pre-trend test is stated for.
    m_bar : iterable of float
        Relative magnitudes of the bounds.
    errors : {"comparison areas", "clustered"}
        With ``"clustered"`` a few treated areas have errors that are far too small: their own bins fit them.
    level : float
        Of the intervals.
    settings : EventStudySettings or mapping, optional
        Choices of another study, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    EventStudy

    Raises
    ------
    SchemaError
        As of `difference_in_differences`.
    AlignmentError
        A treated area, or exposure, that the frame does not hold.
    ParameterError
        As of `difference_in_differences`; a bin in which nothing is recorded at the treated areas; fewer than ten
        comparison areas for errors from them.

    Notes
    -----
    Poisson maximum likelihood with area and period effects and a coefficient for each bin at treated areas but the
    last before the start. Errors from comparison areas: variance :math:`\mu(\varphi + \psi\mu)` and the correlation
    over time that comparison areas have, for the sums of treated and of comparison areas, which are taken not to move
    together with others. The pre-trend test is Wald's. Bounds are those of relative magnitudes in the conservative
    form: the union of normal intervals over which step before is the largest (see `socharm.stats.trend_bounds`), so
    that they are wider than the conditional ones of the paper, and hold at least as often as stated.

    References
    ----------
    Rambachan, A. and Roth, J. (2023). A more credible approach to parallel trends. *Review of Economic Studies* 90,
    2555-2591. Roth, J. (2022). Pretest with caution. *American Economic Review: Insights* 4, 305-322. Ferman, B. and
    Pinto, C. (2019). Inference in differences-in-differences with few treated groups and heteroskedasticity. *Review of
    Economics and Statistics* 101, 452-467. Sidak, Z. (1967). *Journal of the American Statistical Association* 62,
    626-633.

    Examples
    --------
    >>> months = [f"2024-{month:02d}" for month in range(1, 13)]
    >>> others = [[20 + (area + month) % 3 for month in range(12)] for area in range(24)]
    >>> town = pd.DataFrame([[20] * 6 + [10] * 6, *others])
    >>> town = town.set_axis(months, axis=1).set_axis([f"A{number}" for number in range(25)])
    >>> found = event_study(town, treated=["A0"], start="2024-07")
    >>> found.table["ratio"].round(2).to_dict()
    {-2: 1.0, -1: 1.0, 0: 0.5, 1: 0.5}
    """
    chosen = EventStudySettings.of(settings)
    found = read_outcomes(outcomes, treated, start, exposure)
    of_period = (np.arange(len(found.periods)) - found.start) // chosen.bin_width
    bins = [int(one) for one in np.unique(of_period)]
    cells = np.array([found.treated[:, None] & (of_period == one) & found.known for one in bins])
    recorded = np.array([float(found.y[cell].sum()) for cell in cells])
    covered = np.array([bool(cell.any()) for cell in cells])
    _require_counts(bins, recorded, covered)
    asked = [at for at, one in enumerate(bins) if covered[at] and one != -1]
    fit = fit_two_way(found.y, found.known, found.exposure, cells[asked].astype(np.float64))
    covariance = _covariance(fit, found, of_period, [bins[at] for at in asked], chosen.errors)
    before = np.array([bins[at] < 0 for at in asked])
    table = _table(found, of_period, bins, recorded, asked, fit.beta, covariance, chosen.level)
    bounds = _bounds(fit.beta, covariance, before, chosen)
    findings = _findings(found, fit.beta, covariance, before, _middles(of_period, [bins[at] for at in asked]), chosen)
    return EventStudy(table=table, bounds=bounds, settings=chosen, about=about or About(), findings=findings)


def _require_counts(bins: list[int], recorded: _Floats, covered: NDArray[np.bool_]) -> None:
    if not covered[bins.index(-1)]:
        raise ParameterError("No treated area is covered in the bin before `start`. Raise `bin_width`.")
    empty = [one for one, n, there in zip(bins, recorded, covered, strict=True) if there and n <= 0]
    if empty:
        raise ParameterError(
            f"Nothing is recorded at the treated areas in {number_of(len(empty), 'bin')}, such as {empty[:3]}: no "
            "ratio can be formed there. Raise `bin_width`."
        )


def _covariance(
    fit: TwoWayFit, found: Outcomes, of_period: NDArray[np.intp], asked: list[int], errors: EventErrors
) -> _Floats:
    """Of the coefficients, on the logarithm."""
    if errors == "clustered":
        return fit.clustered
    if (~found.treated).sum() < _LEAST_AREAS:
        raise ParameterError(
            f"{number_of(int((~found.treated).sum()), 'comparison area')}: at least {_LEAST_AREAS} are needed to tell "
            "how areas vary. Use errors='clustered', whose errors are too small for few areas."
        )
    names = [*asked, -1]
    summing = np.array([of_period == one for one in names], dtype=np.float64).T
    order = np.argsort(names)
    other = ~found.treated
    weight = np.where(found.known, found.exposure, 0.0) @ summing
    counts, known = np.where(found.known, found.y, 0.0) @ summing, weight > 0
    part = area_variation(counts[other][:, order], known[other][:, order], weight[other][:, order])
    mean = fit.mean @ summing
    whole = np.zeros((len(names), len(names)))
    for side in (found.treated, other):
        total = mean[side].sum(axis=0)[order]
        whole += part.of_sums(mean[side][:, order]) / np.outer(total, total)
    back = np.argsort(order)
    whole = whole[np.ix_(back, back)]
    contrast = np.column_stack([np.eye(len(asked)), -np.ones(len(asked))])
    return np.asarray(contrast @ whole @ contrast.T, dtype=np.float64)


def _table(
    found: Outcomes, of_period: NDArray[np.intp], bins: list[int], recorded: _Floats, asked: list[int], beta: _Floats,
    covariance: _Floats, level: float,
) -> pd.DataFrame:  # fmt: skip
    log, se = np.full(len(bins), np.nan), np.full(len(bins), np.nan)
    log[asked], se[asked] = beta, np.sqrt(np.diag(covariance))
    log[bins.index(-1)], se[bins.index(-1)] = 0.0, 0.0
    one = float(scipy.stats.norm.isf((1 - level) / 2))
    every = float(scipy.stats.norm.isf((1 - level ** (1 / max(len(asked), 1))) / 2))
    periods = np.array(found.periods)
    return pd.DataFrame(
        {
            "first": [periods[of_period == one_bin][0] for one_bin in bins],
            "last": [periods[of_period == one_bin][-1] for one_bin in bins],
            "recorded": recorded, "ratio": np.exp(log), "low": np.exp(log - one * se), "high": np.exp(log + one * se),
            "low_all": np.exp(log - every * se), "high_all": np.exp(log + every * se), "log": log, "se": se,
        },
        index=pd.Index(bins, name="bin"),
    )  # fmt: skip


def _bounds(beta: _Floats, covariance: _Floats, before: NDArray[np.bool_], chosen: EventStudySettings) -> pd.DataFrame:
    rows = {}
    for m_bar in chosen.m_bar:
        ends = (np.nan, np.nan)
        if m_bar == 0 or before.any():
            ends = relative_bounds(beta[before], beta[~before], covariance, m_bar, chosen.level)
        rows[m_bar] = np.exp([float(beta[~before].mean()), *ends])
    return pd.DataFrame(rows, index=["ratio", "low", "high"]).T.rename_axis("m_bar")


def _middles(of_period: NDArray[np.intp], asked: list[int]) -> _Floats:
    """Periods between the middle of each bin and that of the reference."""
    at = np.arange(of_period.size)
    reference = at[of_period == -1].mean()
    return np.array([at[of_period == one].mean() - reference for one in asked])


def _findings(
    found: Outcomes, beta: _Floats, covariance: _Floats, before: NDArray[np.bool_], middles: _Floats,
    chosen: EventStudySettings,
) -> EventFindings:  # fmt: skip
    tested: dict[str, float | None] = dict.fromkeys(("pre_trend_p", "power", "trend_found"))
    if before.any():
        own, shape, alpha = covariance[np.ix_(before, before)], middles[before], 1 - chosen.level
        tested = {
            "pre_trend_p": pre_trend_p(beta[before], own),
            "power": power_of_pre_trend_test(shape, own, chosen.trend, alpha),
            "trend_found": trend_found(shape, own, alpha),
        }
    return EventFindings(
        treated=int(found.treated.sum()), comparison=int((~found.treated).sum()), start=found.periods[found.start],
        left_out=found.left_out, **tested,
    )  # fmt: skip
