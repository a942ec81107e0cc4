"""What a site that was chosen for being worst would have done by itself: what selection alone explains of a fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import Draws, Missing, Seed
from socharm._record import Record
from socharm._settings import DRAWS, SEED, Settings, setting
from socharm._words import noun_for, number_of
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.evaluation.event_units import event_unit
from socharm.evaluation.wide import Wide, area_values, read_wide
from socharm.stats.area_effects import AreaEffects, LevelCounts, fit_area_effects
from socharm.stats.dispersion import dispersion_over_time
from socharm.stats.predicted_counts import few_nodes
from socharm.stats.random_streams import stream

__all__ = ["GuardFindings", "GuardFit", "GuardSettings", "SelectionGuard", "fit_guard", "selection_guard"]

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
        Standard deviations of the logs by which a level drifts in one period, and of lasting levels.
    dispersion : float
        Over-dispersion over a period.
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
        }


def _signed(change: float) -> str:
    """A change in whole per cent; none where it rounds to none.

    Examples
    --------
    >>> _signed(-0.061), _signed(0.12), _signed(-0.001)
    ('-6%', '+12%', 'no change')
    """
    return "no change" if abs(change) < _TOLD else f"{change:+.0%}"


@dataclass(frozen=True, eq=False)
class GuardFit:
    """Levels of areas, the site among them by its counts before the start alone.

    Attributes
    ----------
    effects : AreaEffects
    counts : LevelCounts
    unit : float
        Harm, or crimes, of one unit of the counts.
    dispersion : float
    """

    effects: AreaEffects
    counts: LevelCounts
    unit: float
    dispersion: float

    def levels(self, rows: slice) -> tuple[_Floats, _Floats]:
        """Counts after the start to be expected of areas with nothing done, and their probabilities."""
        chance = self.effects.second_given_first()[rows]
        nodes, weights = few_nodes(self.effects.grid, chance, np.zeros(len(chance)))
        return self.counts.exposure_second[rows, None] * np.exp(self.effects.log_second + nodes), weights


def fit_guard(before: _Floats, after: _Floats, people: _Floats, site: int) -> GuardFit:
    """Fit levels to periods before and after, of which the first `site` areas take part with those before alone."""
    unit = event_unit(np.hstack([before, after])[site:])
    phi = _dispersion(before / unit, after[site:] / unit)
    counts = LevelCounts(
        first=before.sum(axis=1) / (unit * phi),
        second=after.sum(axis=1) / (unit * phi),
        exposure_first=people * before.shape[1],
        exposure_second=people * after.shape[1],
        held_back=np.arange(len(before)) < site,
    )
    with threadpool_limits(1):
        effects = fit_area_effects(counts)
    return GuardFit(effects, counts, unit * phi, phi)


@checked
def selection_guard(
    outcomes: pd.DataFrame,
    *,
    site: Sequence[str],
    start: str | int,
    window: tuple[str, str] | None = None,
    exposure: pd.Series | None = None,
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
        Areas of the site that are not in `outcomes`; an area without exposure.
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
    from a mixture of two normals, and drift; counts of both periods in units of their over-dispersion are Poisson
    around them (`socharm.stats.area_effects`). The site enters with its periods before the start alone: what it was
    chosen by is then part of the data, and the choice needs no correction of its own. The change is the mean of the
    site's level after the start over what it recorded in the window, divided by the same ratio of all other areas
    together.

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
    fit = fit_guard(before, after, people, n)
    effects, counts = fit.effects, fit.counts
    level, shared = fit.levels(slice(0, n)), effects.error_second
    drawn = _drawn(level, shared, chosen.draws, stream(chosen.seed, 0, purpose="selection-guard"))
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
        periods_after=after.shape[1], compared=len(wide.donors), drift=effects.drift, spread=effects.spread,
        dispersion=fit.dispersion, left_out=wide.left_out,
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


def _dispersion(before: _Floats, after: _Floats) -> float:
    """Over-dispersion over a period, the mean of both, at least 1; 1 where neither has two periods."""
    found = [dispersion_over_time(part, np.ones(part.shape, dtype=bool)) for part in (before, after)]
    values = [each.window for each in found if each is not None]
    return float(np.mean(values)) if values else 1.0


def _drawn(level: tuple[_Floats, _Floats], shared: float, draws: int, rng: np.random.Generator) -> _Floats:
    """What the site would have recorded: levels of its areas, what is not known of the level of all, and chance."""
    whole = np.zeros(draws)
    for values, weights in zip(*level, strict=True):
        whole += values[np.searchsorted(np.cumsum(weights)[:-1], rng.random(draws))]
    return np.asarray(rng.poisson(whole * np.exp(shared * rng.standard_normal(draws))), dtype=np.float64)
