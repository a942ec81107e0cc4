"""Would we have seen this anyway? The same estimate at many sites, and at times, where nothing was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import CountFrom0, Missing
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, RefusedError, SchemaError
from socharm.evaluation.chance import as_extreme
from socharm.evaluation.change_words import against_words, as_extreme_words, change_share, middle_words
from socharm.evaluation.effect_words import p_words
from socharm.evaluation.expected_series import ESTIMATORS, Estimator
from socharm.evaluation.placebo_sites import PlaceboSites
from socharm.evaluation.wide import Wide, read_wide
from socharm.hotspots.areas.area_settings import Alternative

__all__ = ["OwnEstimator", "PlaceboTest", "PlaceboTestFindings", "PlaceboTestSettings", "placebo_test"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]
#: An estimator of one's own: outcomes of a site and its donors, the areas of the site, the start; expected by period.
OwnEstimator: TypeAlias = Callable[[pd.DataFrame, list[str], str], pd.Series]

#: The middle of the placebos that the fan shows.
_MIDDLE: Final = (2.5, 97.5)


@dataclass(frozen=True, kw_only=True)
class PlaceboTestSettings(Settings):
    """Choices behind a test by placebo sites; enough to make it again."""

    estimator: str = setting("scaled donors", "how donors are weighted, at site and placebo sites alike", or_data=True)
    alternative: Alternative = setting("two-sided", "changes that count as extreme: both, less or greater")
    in_time: CountFrom0 = setting(3, "earlier runs of periods, as long as that after the start, that are tried")
    missing: Missing = setting("error", 'areas with gaps: "error" stops, "leave out" leaves them out and says so')


@dataclass(frozen=True, kw_only=True)
class PlaceboTestFindings:
    """What placebo sites say of a site.

    Attributes
    ----------
    site : tuple of str
    start : str
        First period with the intervention.
    periods_before, periods_after, donors : int
        Donors of the site.
    observed, expected : float
        Totals of the site after the start.
    change : float or None
        Observed over expected, less one; None where nothing was expected.
    departure : float
        Logarithm of observed over expected, each with a half added.
    placebos, as_extreme : int
        Placebo sites, and those whose departure is as extreme.
    p : float
        ``(as_extreme + 1) / (placebos + 1)``.
    low_95, high_95 : float
        Between these changes lie the middle 95% of the placebo sites.
    left_out : tuple of str
        Areas with gaps.
    sites_left_out : int
        Placebo sites that such an area belongs to.
    """

    site: tuple[str, ...]
    start: str
    periods_before: int
    periods_after: int
    donors: int
    observed: float
    expected: float
    change: float | None
    departure: float
    placebos: int
    as_extreme: int
    p: float
    low_95: float
    high_95: float
    left_out: tuple[str, ...]
    sites_left_out: int


@dataclass(frozen=True, eq=False, repr=False)
class PlaceboTest(Record):
    """A site among sites where nothing was done.

    Attributes
    ----------
    table : DataFrame
        Index ``site``, the numbers of the placebo sites: ``observed``, ``expected`` (totals after the start),
        ``change`` (missing where nothing is expected), ``departure``, ``as_extreme``.
    series : DataFrame
        Index ``period``, of the site: ``observed``, ``expected``, ``gap`` (as a share of its mean before the start),
        ``after``, ``low_95`` and ``high_95`` (the middle of the gaps of the placebo sites in that period).
    fan : DataFrame
        Index ``site``, one column for each period: gaps of the placebo sites, as shares of their means before.
    in_time : DataFrame
        Index ``start``, of runs of periods before the intervention: ``observed``, ``expected``, ``change`` of the site,
        made of the periods before each.
    """

    __made_by__ = ("placebo_test",)

    table: pd.DataFrame
    series: pd.DataFrame
    fan: pd.DataFrame
    in_time: pd.DataFrame
    settings: PlaceboTestSettings
    findings: PlaceboTestFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found = self.findings
        by = {"calibration": "the weighted donors", "given as data": "the estimator given"}
        method = by.get(self.settings.estimator, f"the {self.settings.estimator}")
        told = against_words(found.observed, found.expected, found.periods_after, found.start, by=method)
        return (
            f"{told} {found.as_extreme} of {number_of(found.placebos, 'placebo site')} "
            f"{as_extreme_words(self.settings.alternative)} ({p_words(found.p)}); "
            f"{middle_words(np.expm1(self.table['departure'].to_numpy()), found.low_95, found.high_95)}."
        )

    def _summary(self) -> dict[str, str]:
        told = {"finding": self.sentence}
        for start, row in self.in_time.iterrows():
            told[f"as if begun in {start}"] = f"{row['change']:+.1%}"
        return told


@checked
def placebo_test(
    outcomes: pd.DataFrame,
    sites: PlaceboSites,
    *,
    start: str | int,
    estimator: Estimator | OwnEstimator = "scaled donors",
    alternative: Alternative = "two-sided",
    in_time: CountFrom0 = 3,
    missing: Missing = "error",
    about: About | None = None,
    settings: PlaceboTestSettings | Mapping[str, Any] | None = None,
) -> PlaceboTest:
    r"""Make the same estimate at a site and at placebo sites, and at times when nothing had begun.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered. Areas beyond those of `sites` are donors too.
    sites : PlaceboSites
        The site and its placebo sites.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    estimator : {"scaled donors", "synthetic control", "synthetic did", "calibration"} or function
        All donors together, brought to the site's total before the start; or donors weighted as `synthetic_control`,
        `synthetic_did` and `calibration_weights` do. A function of one's own takes the outcomes of the site and its
        donors, the areas of the site and the start, and returns what the whole site would have had, by period.
    alternative : {"two-sided", "less", "greater"}
        Departures of placebo sites that count as extreme.
    in_time : int
        Earlier runs of periods, each as long as that after the start and none overlapping, that are taken as if it had
        begun with them; fewer where periods are short.
    missing : {"error", "leave out"}
        What becomes of areas with gaps, and of placebo sites that they belong to. A site with gaps is refused.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : PlaceboTestSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.

    Returns
    -------
    PlaceboTest

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; areas with gaps; an estimator that returns something else.
    AlignmentError
        Areas of `sites` that are not in `outcomes`.
    ParameterError
        A start that is no period.
    RefusedError
        A site with gaps, or with fewer than two periods before; no donor; an expected total that is no number; no
        placebo site without gaps.

    Warns
    -----
    CoverageWarning
        Areas with gaps were left out.

    Notes
    -----
    Donors of a site, and of each placebo site, are all areas outside it, outside its buffer, outside the treated site
    and what was excluded with it, and outside the buffer of that. The departure is
    :math:`\log\frac{o + 1/2}{e + 1/2}` of observed and expected totals after the start. The p-value,
    :math:`(m+1)/(R+1)` with *m* of *R* placebo sites as extreme, holds where the site could have been any of them: a
    site that was chosen for being worst falls by itself, and wants placebo sites that were as bad before (`sizes` of
    `placebo_sites`).

    References
    ----------
    Abadie, A., Diamond, A., Hainmueller, J. (2015). Comparative politics and the synthetic control method. American
    Journal of Political Science 59, 495-510.

    Examples
    --------
    >>> from libpysal.graph import Graph
    >>> from socharm.evaluation import placebo_sites
    >>> codes = [f"A{n:02d}" for n in range(30)]
    >>> line = Graph.from_arrays(codes[:-1] + codes[1:], codes[1:] + codes[:-1], np.ones(58))
    >>> sites = placebo_sites(line, site=codes[:2], n=19, seed=1)
    >>> counts = pd.DataFrame(np.random.default_rng(1).poisson(30, (30, 12)), index=codes)
    >>> counts.iloc[:2, 8:] //= 2
    >>> made = placebo_test(counts, sites, start=8)
    >>> made.findings.as_extreme, made.findings.p
    (0, 0.05)
    """
    chosen = PlaceboTestSettings.of(settings)
    wide = read_wide(outcomes, sites.findings.site, start, missing=chosen.missing)
    plan = _Plan.of(wide, sites, outcomes, estimator)
    own = plan.expected(wide.treated, plan.near, wide.before)
    groups = plan.groups(sites)
    each = {number: (rows, plan.expected(rows, around, wide.before)) for number, rows, around in groups}
    table, fan = _placebos(wide, each)
    findings = _findings(wide, own, table, chosen.alternative, plan)
    return PlaceboTest(
        table=table.assign(
            as_extreme=as_extreme(table["departure"].to_numpy(), findings.departure, chosen.alternative)
        ),
        series=_series(wide, own, fan),
        fan=fan,
        in_time=_in_time(plan, chosen.in_time),
        settings=chosen,
        findings=findings,
        about=about or About(),
    )


@dataclass(frozen=True)
class _Plan:
    """Areas by row: who is a donor of whom, and how donors are weighted."""

    wide: Wide
    outcomes: pd.DataFrame
    estimator: Estimator | OwnEstimator
    near: _Whole  # buffer of the site
    barred: NDArray[np.bool_]  # never a donor: treated, excluded, in their buffer, or with gaps
    sites: int

    @classmethod
    def of(cls, wide: Wide, sites: PlaceboSites, outcomes: pd.DataFrame, estimator: Estimator | OwnEstimator) -> _Plan:
        place = {code: row for row, code in enumerate(wide.codes)}
        barred = np.ones(len(wide.codes), dtype=bool)
        barred[wide.donors] = False
        near = [place[code] for code in (*sites.findings.buffer, *sites.findings.excluded) if code in place]
        barred[near] = True
        frame = outcomes.set_axis(list(wide.codes)).set_axis(list(wide.periods), axis=1)
        return cls(wide, frame, estimator, np.array(near, dtype=np.intp), barred, len(sites.table))

    def groups(self, sites: PlaceboSites) -> list[tuple[int, _Whole, _Whole]]:
        """Rows of each placebo site and of the buffer round it; sites with gaps are left out."""
        place = {code: row for row, code in enumerate(self.wide.codes)}
        if absent := sorted(set(sites.members["area_code"]) - place.keys()):
            raise AlignmentError(
                f"{number_of(len(absent), 'area of the placebo sites is', 'areas of the placebo sites are')} not in "
                f"`outcomes`, such as {absent[:3]}. Give the outcomes of all areas that the sites were drawn from."
            )
        around = {at: list(part) for at, part in sites.around.groupby("site")["area_code"]}
        whole = set(self.wide.donors.tolist())
        found = []
        for number, codes in sites.members.groupby("site")["area_code"]:
            rows = np.array([place[code] for code in codes], dtype=np.intp)
            if whole.issuperset(rows.tolist()):
                beside = [place[code] for code in around.get(number, ()) if code in place]
                found.append((int(str(number)), rows, np.array(beside, dtype=np.intp)))
        if not found:
            raise RefusedError(
                "Every placebo site holds an area with gaps. Leave out the periods that are not covered."
            )
        return found

    def expected(self, rows: _Whole, around: _Whole, before: int, until: int | None = None) -> _Floats:
        """What a group of areas would have had, by period."""
        free = ~self.barred
        free[rows] = False
        free[around] = False
        donors = np.flatnonzero(free)
        if not len(donors):
            raise RefusedError("A site has no donor outside itself and its buffer. Lower `buffer`, or add areas.")
        if callable(self.estimator):
            made = self._by_own(rows, donors, before, until)
        else:
            values = self.wide.values[:, :until]
            made = ESTIMATORS[self.estimator](values[rows].sum(axis=0), values[donors], before, len(rows))
        if not np.isfinite(made[before:]).all():
            raise RefusedError(
                "The donors of a site had nothing before the start, so that nothing is expected. Add areas."
            )
        return np.maximum(made, 0.0)

    def _by_own(self, rows: _Whole, donors: _Whole, before: int, until: int | None) -> _Floats:
        """By the estimator given."""
        part = self.outcomes.iloc[np.sort(np.append(rows, donors)), :until]
        made = self.estimator(part.copy(), list(self.wide.named(rows)), self.wide.periods[before])  # type: ignore[operator]
        values = pd.to_numeric(pd.Series(made), errors="coerce").to_numpy(dtype=float)
        if len(values) != part.shape[1]:
            raise SchemaError(
                f"`estimator` gave {number_of(len(values), 'value')} for {number_of(part.shape[1], 'period')}. Return "
                "what the whole site would have had in each period, as a Series."
            )
        return values


def _departure(observed: float, expected: float) -> float:
    return float(np.log((observed + 0.5) / (expected + 0.5)))


def _placebos(wide: Wide, each: Mapping[int, tuple[_Whole, _Floats]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures of each placebo site, and its gaps by period."""
    rows, gaps = {}, {}
    for number, (members, expected) in each.items():
        observed = wide.values[members].sum(axis=0)
        after = float(observed[wide.before :].sum()), float(expected[wide.before :].sum())
        share = change_share(*after)
        rows[number] = [*after, np.nan if share is None else share, _departure(*after)]
        gaps[number] = _gaps(observed, expected, wide.before)
    columns = ["observed", "expected", "change", "departure"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float).rename_axis("site")
    return table, pd.DataFrame.from_dict(gaps, orient="index", columns=list(wide.periods)).rename_axis("site")


def _gaps(observed: _Floats, expected: _Floats, before: int) -> _Floats:
    """Gaps as shares of the mean before the start; missing where that is zero."""
    level = float(observed[:before].mean())
    made: _Floats = (observed - expected) / (level if level > 0 else np.nan)
    return made


def _findings(
    wide: Wide, own: _Floats, table: pd.DataFrame, alternative: Alternative, plan: _Plan
) -> PlaceboTestFindings:
    observed, expected = float(wide.values[wide.treated, wide.before :].sum()), float(own[wide.before :].sum())
    departure = _departure(observed, expected)
    extreme = int(as_extreme(table["departure"].to_numpy(), departure, alternative).sum())
    low, high = np.expm1(np.percentile(table["departure"], _MIDDLE))
    return PlaceboTestFindings(
        site=wide.named(wide.treated), start=wide.periods[wide.before], periods_before=wide.before,
        periods_after=len(wide.periods) - wide.before, donors=int((~plan.barred).sum()), observed=observed,
        expected=expected, change=change_share(observed, expected), departure=departure, placebos=len(table),
        as_extreme=extreme, p=(extreme + 1) / (len(table) + 1), low_95=float(low), high_95=float(high),
        left_out=wide.left_out, sites_left_out=plan.sites - len(table),
    )  # fmt: skip


def _series(wide: Wide, own: _Floats, fan: pd.DataFrame) -> pd.DataFrame:
    observed = wide.values[wide.treated].sum(axis=0)
    low, high = np.nanpercentile(fan.to_numpy(), _MIDDLE, axis=0)
    columns = {
        "observed": observed, "expected": own, "gap": _gaps(observed, own, wide.before),
        "after": np.arange(len(wide.periods)) >= wide.before, "low_95": low, "high_95": high,
    }  # fmt: skip
    return pd.DataFrame(columns, index=pd.Index(wide.periods, name="period"))


def _earlier(wide: Wide, most: int) -> Iterator[int]:
    """Columns of earlier starts, each with as many periods after it and two or more before it, the latest first."""
    length = len(wide.periods) - wide.before
    for run in range(1, most + 1):
        if wide.before - run * length < 2:
            return
        yield wide.before - run * length


def _in_time(plan: _Plan, most: int) -> pd.DataFrame:
    """The site as if it had begun earlier."""
    wide, rows = plan.wide, {}
    length = len(wide.periods) - wide.before
    for before in _earlier(wide, most):
        expected = plan.expected(wide.treated, plan.near, before, before + length)[before:]
        observed = float(wide.values[wide.treated, before : before + length].sum())
        share = change_share(observed, float(expected.sum()))
        rows[wide.periods[before]] = [observed, float(expected.sum()), np.nan if share is None else share]
    columns = ["observed", "expected", "change"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float).rename_axis("start")
