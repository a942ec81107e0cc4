"""A site that was chosen for being worst among placebo sites: each held against what was to be expected of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Missing
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, RefusedError
from socharm.evaluation.chance import ALPHA, as_extreme, kept_beside
from socharm.evaluation.change_words import LEAST_FOR_95, against_words, as_extreme_words
from socharm.evaluation.detectable_model import links_of
from socharm.evaluation.effect_words import p_words, percent_change
from socharm.evaluation.ground import ground_of, rows_of
from socharm.evaluation.group_covariance import allowance_for, apart_of, covariance_of_logs, fit_shocks
from socharm.evaluation.guard_model import GuardFit, fit_guard
from socharm.evaluation.placebo_sites import PlaceboSites
from socharm.evaluation.wide import Wide, read_wide
from socharm.hotspots.areas.area_settings import Alternative
from socharm.hotspots.areas.graphs import Graph, W

__all__ = ["GuardedFindings", "GuardedSettings", "GuardedTest", "guarded_test"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]

#: Areas and periods from which on it can be told how areas move.
_LEAST_AREAS, _LEAST_PERIODS = 10, 3


@dataclass(frozen=True, kw_only=True)
class GuardedSettings(Settings):
    """Choices behind a guarded test; enough to make it again."""

    alternative: Alternative = setting("two-sided", "changes that count as extreme: both, less or greater")
    missing: Missing = setting("error", 'areas with gaps: "error" stops, "leave out" leaves them out and says so')


@dataclass(frozen=True, kw_only=True)
class GuardedFindings:
    """What placebo sites say of a site that was chosen.

    Attributes
    ----------
    site : tuple of str
    start : str
    periods_before, periods_after, compared : int
        Periods, and areas besides the site that take part.
    observed, expected : float
        Totals of the site after the start; expected with nothing done, what selection explains taken into account.
    change : float
        Observed over expected, less one.
    low_95, high_95 : float
        Changes by what was done that the test does not reject at 5%, so that they hold nil where p is above .05;
        missing where placebo sites are too few to reject anything (fewer than 19). With a one-sided `alternative` one
        end is open: -1, or infinite.
    selection : float
        Change that selection alone explains, relative to all areas outside the site.
    departure : float
        Logarithm of observed over expected, each with a half added, over its standard deviation by the model.
    placebos, as_extreme : int
    apart : float
        Placebo sites that do not move together which would tell as much as these, by the model.
    p : float
        ``(as_extreme + 1) / (placebos + 1)``.
    left_out : tuple of str
        Areas with gaps.
    sites_left_out : int
        Placebo sites with such an area, or with nothing recorded before the start.
    """

    site: tuple[str, ...]
    start: str
    periods_before: int
    periods_after: int
    compared: int
    observed: float
    expected: float
    change: float
    low_95: float
    high_95: float
    selection: float
    departure: float
    placebos: int
    as_extreme: int
    apart: float
    p: float
    left_out: tuple[str, ...]
    sites_left_out: int


@dataclass(frozen=True, eq=False, repr=False)
class GuardedTest(Record):
    """A site among placebo sites, each held against what was to be expected of its own level.

    Attributes
    ----------
    table : DataFrame
        Index ``site``, the numbers that the placebo sites have in `sites`: ``observed``, ``expected`` (totals after the
        start), ``change``, ``spread`` (standard deviation of the logarithm of observed over expected, by the model),
        ``departure``, ``as_extreme``.
    """

    __made_by__ = ("guarded_test",)

    table: pd.DataFrame
    settings: GuardedSettings
    findings: GuardedFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found = self.findings
        told = against_words(
            found.observed, found.expected, found.periods_after, found.start, by="what selection leaves"
        )
        return (
            f"{told} Of {number_of(found.placebos, 'placebo site')}, {found.as_extreme:,} "
            f"{as_extreme_words(self.settings.alternative)} ({p_words(found.p)}); {self._interval()}."
        )

    def _interval(self) -> str:
        found = self.findings
        if np.isnan(found.low_95):
            return f"so few give no 95% interval, which takes {LEAST_FOR_95}"
        low, high = (percent_change(1 + end) for end in (found.low_95, found.high_95))
        return f"95% interval of the change {low} to {high}"

    def _summary(self) -> dict[str, str]:
        lines = {"finding": self.sentence, "expected from selection": f"{self.findings.selection:+.1%}"}
        if not self.findings.sites_left_out:
            return lines
        why = "with a gap, or nothing recorded before"
        return lines | {"set aside": f"{number_of(self.findings.sites_left_out, 'placebo site')} {why}"}


@checked
def guarded_test(
    outcomes: pd.DataFrame,
    sites: PlaceboSites,
    areas: gpd.GeoDataFrame | Graph | W,
    *,
    start: str | int,
    alternative: Alternative = "two-sided",
    missing: Missing = "error",
    about: About | None = None,
    settings: GuardedSettings | Mapping[str, Any] | None = None,
) -> GuardedTest:
    r"""Hold a site, and placebo sites, against what was to be expected of each with nothing done.

    For a site that was chosen for being worst: it falls by itself, and few placebo sites are as large as it is. Here
    each is expected at its own lasting level, and departures are in units of their own spread.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered.
    sites : PlaceboSites
        The site and its placebo sites, of any size.
    areas : GeoDataFrame, Graph or W
        Areas by code, in metres, or their neighbours: tells how far neighbours move together.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    alternative : {"two-sided", "less", "greater"}
        Departures of placebo sites that count as extreme.
    missing : {"error", "leave out"}
        What becomes of areas with gaps, and of placebo sites that they belong to. A site with gaps is refused.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : GuardedSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.

    Returns
    -------
    GuardedTest

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; areas with gaps.
    AlignmentError
        Areas of `sites` that are not in `outcomes`; areas of `outcomes` that are not among `areas`.
    ParameterError
        A start that is no period.
    RefusedError
        A site with gaps, or with nothing recorded before; too few areas or periods to tell how areas move; no placebo
        site without gaps and with something recorded.

    Warns
    -----
    CoverageWarning
        Areas with gaps were left out.

    Notes
    -----
    Expected is the mean of the level after the start given the counts before it, by the model of `selection_guard`,
    which the site enters with its periods before the start alone. The spread is that of the model of
    `minimum_detectable_change`, fitted to all periods of the areas outside the site. The rank among placebo sites does
    not rest on the spread being right, but on its being as right for the site as for them. Areas in the buffer of the
    site take no part.

    The site has no part in what all are held against, where each placebo site has. Placebo sites that overlap or move
    together tell less of how far they vary than their number says: the departure of the site is divided by
    :math:`t_n \sqrt{1 + 1/n} / z` at 97.5%, *n* (`apart`) being the squared number of placebo sites over the sum of
    their squared correlations by the model.

    At sites among the very worst its false rate is not shown to be within 3 to 7%: ``docs/validation/sites.md``. Rest a
    verdict on `placebo_test`.

    Examples
    --------
    >>> from socharm.evaluation import placebo_sites
    >>> codes = [f"A{n:02d}" for n in range(60)]
    >>> line = Graph.from_arrays(codes[:-1] + codes[1:], codes[1:] + codes[:-1], np.ones(118))
    >>> sites = placebo_sites(line, site=codes[:2], n=39, seed=1)
    >>> counts = pd.DataFrame(np.random.default_rng(1).poisson(30, (60, 24)), index=codes)
    >>> counts.iloc[:2, 12:] //= 2
    >>> made = guarded_test(counts, sites, line, start=12)
    >>> made.findings.as_extreme, made.findings.p
    (0, 0.025)
    """
    chosen = GuardedSettings.of(settings)
    near = {*sites.findings.buffer, *sites.findings.excluded}
    kept = outcomes[[str(code) not in near for code in outcomes.index]]
    wide = read_wide(kept, sites.findings.site, start, missing=chosen.missing)
    ground = ground_of(areas)
    rows_of(wide.codes, ground.codes, name="outcomes")
    rows = np.concatenate([wide.treated, wide.donors])
    values, n = wide.values[rows], len(wide.treated)
    held = _groups(sites, wide, rows)
    groups = [np.arange(n, dtype=np.intp), *held.values()]
    before, after = values[:, : wide.before], values[:, wide.before :]
    if len(rows) - n < _LEAST_AREAS or values.shape[1] < _LEAST_PERIODS or not before[:n].sum() > 0:
        raise RefusedError(
            f"The site has {before[:n].sum():g} before the start, and {number_of(len(rows) - n, 'area')} over "
            f"{number_of(values.shape[1], 'period')} stand beside it: something, {_LEAST_AREAS} and {_LEAST_PERIODS} "
            "are needed to tell how areas move. Add areas or periods."
        )
    if not after[n:].sum() > 0:
        raise RefusedError(
            f"Nothing is recorded from {wide.periods[wide.before]} on outside the site: nothing can be expected at it. "
            "Add areas or periods, or choose another outcome."
        )
    fit = fit_guard(
        values, slice(0, wide.before), slice(wide.before, None), np.ones(len(rows)), n, periods=wide.periods
    )
    level, chance = fit.levels(slice(None))
    each = np.sum(level * chance, axis=1) * fit.unit
    links = links_of(ground, [wide.codes[row] for row in rows])
    covariance = _covariance(values, groups, links, wide, _parts_of_course(before, after, fit, n))
    spread, apart = np.sqrt(np.diag(covariance)), apart_of(covariance[1:, 1:])
    spread[0] *= allowance_for(apart)
    observed, expected = (np.array([one[rows_].sum() for rows_ in groups]) for one in (after.sum(axis=1), each))
    logs = np.log((observed + 0.5) / (expected + 0.5))
    table = pd.DataFrame(
        {
            "observed": observed, "expected": expected, "change": observed / expected - 1, "spread": spread,
            "departure": logs / spread,
        },
    )  # fmt: skip
    own, placebos = table.iloc[0], table.iloc[1:].set_axis(pd.Index(list(held), name="site"))
    extreme = as_extreme(placebos["departure"].to_numpy(), float(own["departure"]), chosen.alternative)
    p = float((extreme.sum() + 1) / (len(placebos) + 1))
    low, high = _changes_kept(float(logs[0]), float(own["spread"]), placebos["departure"], chosen.alternative)
    if p > ALPHA:  # what ties with placebo sites is not rejected for the last digit of a logarithm
        low, high = min(low, 0.0), max(high, 0.0)
    others = after[n:].sum() / before[n:].sum()
    findings = GuardedFindings(
        site=wide.named(wide.treated), start=wide.periods[wide.before], periods_before=wide.before,
        periods_after=after.shape[1], compared=len(rows) - n, observed=float(own["observed"]),
        expected=float(own["expected"]), change=float(own["change"]), low_95=low, high_95=high,
        selection=float(own["expected"] / (before[:n].sum() * others)) - 1, departure=float(own["departure"]),
        placebos=len(placebos), as_extreme=int(extreme.sum()), apart=apart,
        p=p,
        left_out=wide.left_out, sites_left_out=len(sites.table) - len(held),
    )  # fmt: skip
    return GuardedTest(
        table=placebos.assign(as_extreme=extreme), settings=chosen, findings=findings, about=about or About()
    )


def _groups(sites: PlaceboSites, wide: Wide, rows: _Whole) -> dict[int, _Whole]:
    """Rows of each placebo site by its number; those with a gap, or with nothing recorded before, are left out."""
    place = {wide.codes[row]: at for at, row in enumerate(rows)}
    every = set(wide.codes)
    if absent := sorted(set(sites.members["area_code"]) - every):
        raise AlignmentError(
            f"{number_of(len(absent), 'area of the placebo sites is', 'areas of the placebo sites are')} not in "
            f"`outcomes`, such as {absent[:3]}. Give the outcomes of all areas that the sites were drawn from."
        )
    found = {}
    for number, codes in sites.members.groupby("site")["area_code"]:
        if place.keys() >= set(codes):
            members = np.array([place[code] for code in codes], dtype=np.intp)
            if wide.values[rows[members], : wide.before].sum() > 0:
                found[int(str(number))] = members
    if not found:
        raise RefusedError(
            "Every placebo site holds an area with gaps, or has nothing recorded before. Add areas or periods."
        )
    return found


def _changes_kept(log: float, spread: float, others: pd.Series, alternative: Alternative) -> tuple[float, float]:
    """Changes that leave a site no more extreme than p above 5% takes; missing where nothing can be."""
    kept = kept_beside(others.to_numpy(), alternative)
    if kept is None:
        return np.nan, np.nan
    return float(np.expm1(log - spread * kept[1])), float(np.expm1(log - spread * kept[0]))


def _parts_of_course(before: _Floats, after: _Floats, fit: GuardFit, site: int) -> _Floats:
    """How far each area decides what all are expected to do: by what is known of its change, the site not at all."""
    first, second = (np.maximum(part[site:].sum(axis=1) / fit.unit, 1.0) for part in (before, after))
    known = 1 / (1 / first + 1 / second + 2 * fit.effects.drift**2)
    return np.concatenate([np.zeros(site), known / known.sum()])


def _covariance(
    values: _Floats, groups: Sequence[_Whole], links: Sequence[Any], wide: Wide, course: _Floats
) -> _Floats:
    """Of the logs of the groups' changes beside that of all areas, by the model."""
    shocks, unit = fit_shocks(values, np.arange(len(groups[0]), len(values)), links, wide.periods)
    level = values[:, : wide.before].mean(axis=1) / unit
    shares = np.zeros((len(groups), len(values)))
    for at, rows in enumerate(groups):
        shares[at, rows] = level[rows]
    shares /= shares.sum(axis=1)[:, None]
    return covariance_of_logs(shocks, shares - course, level, np.ones(values.shape[1]), wide.before, counted=shares)
