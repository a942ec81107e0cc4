"""What a site that was chosen for being worst would have done by itself: what selection alone explains of a fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import Draws, Missing, Seed
from socharm._record import Record
from socharm._settings import DRAWS, SEED, Settings, setting
from socharm._words import noun_for, number_of
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.evaluation.detectable_model import links_of
from socharm.evaluation.ground import ground_of, rows_of
from socharm.evaluation.guard_model import LEAST_AREAS, LEAST_PERIODS, fit_guard
from socharm.evaluation.wide import Wide, area_values, read_wide
from socharm.hotspots.areas.graphs import Graph, W
from socharm.stats.random_streams import stream

__all__ = ["GuardFindings", "GuardSettings", "SelectionGuard", "selection_guard"]

_Floats = NDArray[np.float64]

#: Points of the recorded change from which on its parts are told.
_TOLD: Final = 0.005
#: How many times the smallest exposure the largest may be.
_EXPOSURES: Final = 1e9
#: Other areas from which on their spread can be told.
_LEAST_OTHERS: Final = 5


@dataclass(frozen=True, kw_only=True)
class GuardSettings(Settings):
    """Choices behind a selection guard; enough to work it out again."""

    window: tuple[str, str] | None = setting(
        None, "first and last period by which the site was chosen; all before the start when absent",
        example=["2024-04", "2025-03"],
    )  # fmt: skip
    draws: Draws = setting(DRAWS, "draws of what the site would have recorded")
    missing: Missing = setting("error", 'areas with gaps: "error" stops, "leave out" leaves them out and says so')
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class GuardFindings:
    """What selection explains.

    Attributes
    ----------
    change : float
        Expected change of the site's level, after the start over the window, relative to all other areas, with nothing
        done: -0.06 is a fall of 6%.
    low_95, high_95 : float
        Between these the *recorded* change lies in 95 of 100 cases with nothing done: chance, drift and what is not
        known of the site's level.
    recorded : float
        The recorded change, relative to all other areas.
    beyond : float
        The recorded over the expected level, less one.
    p_fall : float
        How probable a recorded change at least as low is with nothing done; of equal ones half are counted.
    site : tuple of str
    start : str
    window : tuple of str
        First and last period by which the site was chosen.
    periods_chosen, periods_after, compared : int
        Periods of the window and after the start; other areas.
    drift, spread : float
        Standard deviations of the logs by which a level moves from the window to the periods after, and of lasting
        levels.
    dispersion : float
        Variance of a count of one period over its mean, but for shocks of a share of the level.
    memory : float
        Part of a shock of an area that the next period keeps; missing where periods or areas are too few to tell.
    together : float
        Correlation of the drift of two areas of the site, the mean of all pairs: 1 where neighbours are not stated, and
        of a site of one area.
    left_out : tuple of str
        Areas with gaps.
    """

    change: float
    low_95: float
    high_95: float
    recorded: float
    beyond: float
    p_fall: float
    site: tuple[str, ...]
    start: str
    window: tuple[str, str]
    periods_chosen: int
    periods_after: int
    compared: int
    drift: float
    spread: float
    dispersion: float
    memory: float
    together: float
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class SelectionGuard(Record):
    """What would have become of a chosen site by itself.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code`` of the site's areas: ``before`` (recorded by period in the window), ``expected`` (by period
        after the start, with nothing done), ``after`` (recorded), ``change`` (expected, relative to all other areas).
    """

    __made_by__ = ("selection_guard",)

    table: pd.DataFrame
    settings: GuardSettings
    findings: GuardFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        if not np.isnan(self.findings.memory):
            return self._finding()
        return (
            f"{self._finding()} Too little is recorded to tell how long changes last: levels are held to drift as much "
            "before the start as after it."
        )

    def _finding(self) -> str:
        found = self.findings
        other = f"by its model 95 in 100 such sites would record {_signed(found.low_95)} to {_signed(found.high_95)}"
        against = "" if self.settings.window is None else f" on {found.window[0]} to {found.window[1]}"
        expected = f"with nothing done {_signed(found.change)}{against} is expected ({other})"
        if found.change > -_TOLD:
            return f"Selection explains no fall: {expected}."
        points = round(-100 * found.change)
        if found.recorded < found.change:
            return (
                f"{number_of(points, 'point')} of the fall{against} {noun_for(points, 'is', 'are')} expected from "
                f"selection ({other}); the site fell by {-found.recorded:.0%} relative to the other areas."
            )
        return (
            f"A fall of {number_of(points, 'point')}{against} is expected from selection alone ({other}); relative "
            f"to the other areas the site recorded {_signed(found.recorded)}."
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        return {
            "finding": self.sentence,
            "chosen by": f"{number_of(found.periods_chosen, 'period')}, {found.window[0]} to {found.window[1]}",
            "model": f"drift {found.drift:.0%}, spread of lasting levels {found.spread:.0%}, over-dispersion "
            f"{found.dispersion:.2f}",
            "memory": self._memory(),
        }

    def _memory(self) -> str:
        """What is known of how long shocks last, and how areas of the site move together."""
        found = self.findings
        if np.isnan(found.memory):
            told = (
                f"not told, which takes {LEAST_PERIODS} periods and {LEAST_AREAS} other areas with something recorded; "
                "levels are held to drift as much before as after"
            )
        else:
            told = f"a period keeps {found.memory:.0%} of a shock of the one before"
        if len(found.site) == 1:
            return told
        return f"{told}; drift of areas of the site correlates at {found.together:.2f}"


def _signed(change: float) -> str:
    """A change in whole per cent; none where it rounds to none.

    Examples
    --------
    >>> _signed(-0.061), _signed(0.12), _signed(-0.001)
    ('-6%', '+12%', 'no change')
    """
    return "no change" if abs(change) < _TOLD else f"{change:+.0%}"


@checked
def selection_guard(
    outcomes: pd.DataFrame,
    *,
    site: Sequence[str],
    start: str | int,
    window: tuple[str, str] | None = None,
    exposure: pd.Series | None = None,
    areas: gpd.GeoDataFrame | Graph | W | None = None,
    draws: Draws = DRAWS,
    missing: Missing = "error",
    seed: Seed | None = None,
    about: About | None = None,
    settings: GuardSettings | Mapping[str, Any] | None = None,
) -> SelectionGuard:
    r"""Expect what a site that was chosen for being worst would have done with nothing done.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered.
    site : sequence of str
        Areas of the site.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    window : tuple of (str, str), optional
        First and last of the periods before the start by which the site was chosen, and that its level before is that
        of. All periods before the start when omitted.
    exposure : Series, optional
        Residents, or another denominator, of each area: sites are then worst by rate. Without it by number.
    areas : GeoDataFrame, Graph or W, optional
        Areas by code, in metres, or their neighbours: tells how far areas of the site drift together. Without it they
        are taken to drift as one, so that the interval of a site of several areas is wide.
    draws : int
        Draws of what the site would have recorded, for the interval.
    missing : {"error", "leave out"}
        What becomes of areas with gaps. A site with gaps is refused.
    seed : int
        To be stated here or in `settings`.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : GuardSettings or mapping, optional
        Choices of another call, for what is not stated by keyword.

    Returns
    -------
    SelectionGuard

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; areas with gaps; an exposure of zero.
    AlignmentError
        Areas of the site that are not in `outcomes`; an area without exposure; areas of `outcomes` that are not among
        `areas`.
    ParameterError
        A start, or a window, that is no period before the start.
    RefusedError
        A site with gaps, or with nothing recorded before; nothing recorded elsewhere after the start; fewer than five
        other areas.

    Warns
    -----
    CoverageWarning
        Areas with gaps were left out.

    Notes
    -----
    The model of re-scoring (`expected_change`), with one kind of crime: levels of areas last, :math:`\theta_a` drawn
    from a mixture of two normals, and drift; counts of both periods are Poisson around them
    (`socharm.stats.area_effects`). The site enters with its periods before the start alone: what it was chosen by is
    then part of the data, and the choice needs no correction of its own. The change is the mean of the site's level
    after the start over what it recorded in the window, divided by the same ratio of all other areas together.

    Months remember: a shock of a share of the level lasts, so that means of many months still vary, the more of a large
    area. What months remember is told by all periods of the other areas (`socharm.stats.area_shocks`): counts are
    counted in units of their dispersion apart from shocks, :math:`\chi`, and of the covariance *K* of shocks over time
    the window has the part :math:`f = (K_{bb} - K_{ab}) / (K_{aa} + K_{bb} - 2 K_{ab})` of the squared drift. How wide
    the drift is, is told by what all other areas did between the same periods, whatever the course it took. Areas of
    the site drift together as neighbours of their order do. One area of all may have any lasting level: a place far
    above all others is not expected to fall towards them.

    With fewer than six periods or ten other areas that record anything it is not told what months remember: the drift
    is then held to be as much before as after. With fewer than three periods, or such areas, shocks of single periods
    are held to be over-dispersion, and areas of the site to drift apart where `areas` is given. Breaks of the level
    are drift only as far as other areas break as often: ``docs/validation/selection.md`` has what it holds in.

    A site chosen by a part of the periods before the start falls from the level of that part: state it as `window`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> level = rng.gamma(10, 3, 80)[:, None]
    >>> counts = pd.DataFrame(rng.poisson(level, (80, 12)), index=[f"A{n:02d}" for n in range(80)])
    >>> worst = counts.iloc[:, :3].sum(axis=1).idxmax()
    >>> made = selection_guard(counts, site=[worst], start=3, seed=1)
    >>> -0.15 < made.findings.change < -0.02
    True
    """
    chosen = GuardSettings.of(settings)
    wide = read_wide(outcomes, site, start, missing=chosen.missing)
    first, last = _window(chosen.window, wide)
    people = np.ones(len(wide.codes))
    rows = np.concatenate([wide.treated, wide.donors])
    if exposure is not None:
        people[rows] = area_values(exposure, wide.named(rows), name="exposure")
        if not (people[rows] > 0).all():
            raise SchemaError("`exposure` must be above zero for every area that takes part. Leave the others out.")
        if people[rows].max() / _EXPOSURES > people[rows].min():
            raise SchemaError(
                f"`exposure` runs from {people[rows].min():g} to {people[rows].max():g}: rates of such areas have "
                "nothing in common. Leave the smallest out."
            )
    values, people, n = wide.values[rows], people[rows], len(wide.treated)
    before, after = values[:, first : last + 1], values[:, wide.before :]
    _require_something(before, after, n)
    links = () if areas is None else _links(areas, wide, rows)
    fit = fit_guard(
        values, slice(first, last + 1), slice(wide.before, None), people, n, links=links, periods=wide.periods
    )
    effects, counts = fit.effects, fit.counts
    level = fit.levels(slice(0, n))
    drawn = fit.drawn(links, chosen.draws, stream(chosen.seed, 0, purpose="selection-guard"))
    others = float(after[n:].sum() / before[n:].sum())
    known = float(before[:n].sum()) * others / fit.unit
    expected = np.sum(level[0] * level[1], axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    came = float(counts.second[:n].sum())
    table = pd.DataFrame(
        {
            "before": before[:n].mean(axis=1), "expected": expected * fit.unit / after.shape[1],
            "after": after[:n].mean(axis=1),
        },
        index=pd.Index(wide.named(wide.treated), name=AREA),
    )  # fmt: skip
    scaled = table["before"] * others * before.shape[1] / after.shape[1]
    table["change"] = table["expected"] / scaled.where(scaled > 0) - 1
    findings = GuardFindings(
        change=float(expected.sum()) / known - 1, low_95=float(low) / known - 1, high_95=float(high) / known - 1,
        recorded=came / known - 1, beyond=came / float(expected.sum()) - 1,
        p_fall=float((np.sum(drawn < came) + np.sum(drawn == came) / 2 + 1) / (len(drawn) + 1)),
        site=wide.named(wide.treated), start=wide.periods[wide.before],
        window=(wide.periods[first], wide.periods[last]), periods_chosen=before.shape[1],
        periods_after=after.shape[1], compared=len(wide.donors), drift=float(np.sqrt(2) * effects.drift),
        spread=effects.spread, dispersion=fit.memory.chance, memory=fit.memory.kept,
        together=_together(fit.memory.together(links, n)), left_out=wide.left_out,
    )  # fmt: skip
    return SelectionGuard(table=table, settings=chosen, findings=findings, about=about or About())


def _window(asked: tuple[str, str] | None, wide: Wide) -> tuple[int, int]:
    """Columns of the first and the last period by which the site was chosen."""
    if asked is None:
        return 0, wide.before - 1
    early = wide.periods[: wide.before]
    if absent := [str(period) for period in asked if str(period) not in early]:
        raise ParameterError(
            f"`window` holds {absent[0]!r}, which is no period before the start; these run from {early[0]!r} to "
            f"{early[-1]!r}. Give the first and the last by which the site was chosen."
        )
    first, last = (early.index(str(period)) for period in asked)
    if first > last:
        raise ParameterError(f"`window` ends ({asked[1]}) before it begins ({asked[0]}). Swap the two.")
    return first, last


def _links(areas: gpd.GeoDataFrame | Graph | W, wide: Wide, rows: NDArray[np.intp]) -> tuple[Any, ...]:
    """Neighbours of each order, of the areas that take part."""
    ground = ground_of(areas)
    rows_of(wide.named(rows), ground.codes, name="outcomes")
    return links_of(ground, wide.named(rows))


def _together(alike: _Floats) -> float:
    """The mean of all pairs.

    Examples
    --------
    >>> _together(np.ones((1, 1))), _together(np.array([[1.0, 0.5], [0.5, 1.0]]))
    (1.0, 0.5)
    """
    n = len(alike)
    return 1.0 if n == 1 else float((alike.sum() - n) / (n * (n - 1)))


def _require_something(before: _Floats, after: _Floats, site: int) -> None:
    others = len(before) - site
    if others < _LEAST_OTHERS:
        raise RefusedError(
            f"{number_of(others, 'other area')}: at least {_LEAST_OTHERS} are needed to tell how levels spread. Add "
            "areas."
        )
    for what, total in (
        ("at the site in the window", before[:site].sum()),
        ("in other areas in the window", before[site:].sum()),
        ("in other areas after the start", after[site:].sum()),
    ):
        if not total > 0:
            raise RefusedError(
                f"Nothing is recorded {what}: nothing can be expected of that. Look whether it was read."
            )
