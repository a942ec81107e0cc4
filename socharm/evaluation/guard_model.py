"""Levels of areas before and after a start, by what their months remember and by what all other areas did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm.evaluation.detectable_model import has_season
from socharm.evaluation.event_units import event_unit
from socharm.stats.area_effects import AreaEffects, LevelCounts, fit_area_effects
from socharm.stats.area_shocks import AreaShocks, fit_area_shocks
from socharm.stats.dispersion import dispersion_over_time
from socharm.stats.predicted_counts import few_nodes

__all__ = ["LEAST_AREAS", "LEAST_PERIODS", "GuardFit", "MonthMemory", "fit_guard", "month_memory"]

_Floats = NDArray[np.float64]

#: Other areas, and periods of all, from which on it can be told what a month remembers; periods from which on chance
#: can be told from shocks.
LEAST_AREAS, LEAST_PERIODS, _LEAST_FOR_CHANCE = 10, 6, 3
#: Dispersion of months from which on whole numbers are harm, and no counts.
_HARM: Final = 10.0
#: Areas whose lasting level may lie anywhere, whatever that of all others.
_ANYWHERE: Final = 1.0
#: Variance of the log of a level below which there is no drift to be divided.
_NO_DRIFT: Final = 1e-9


@dataclass(frozen=True, eq=False)
class MonthMemory:
    """What months of areas remember.

    Attributes
    ----------
    chance : float
        Variance of a count of events over its mean, but for shocks of a share of the level.
    first_part : float
        Part of the squared drift between two sets of periods that is the first one's.
    kept : float
        Part of a shock that the next period keeps; missing where it is not told.
    beside : tuple of float
        By order of neighbours from 1: correlation of the drift of two areas.
    """

    chance: float
    first_part: float
    kept: float
    beside: tuple[float, ...]

    def together(self, links: Sequence[Any], areas: int) -> _Floats:
        """Correlations of drift of the first so many areas of `links`; all as one where there are no links."""
        if not links:
            return np.ones((areas, areas))
        found = np.eye(areas)
        for part, link in zip(self.beside, links, strict=True):
            found += part * link[:areas][:, :areas].toarray()
        return found


@dataclass(frozen=True, eq=False)
class GuardFit:
    """Levels of areas, the site among them by its counts before the start alone.

    Attributes
    ----------
    effects : AreaEffects
    counts : LevelCounts
    unit : float
        Harm, or crimes, of one unit of the counts.
    memory : MonthMemory
    """

    effects: AreaEffects
    counts: LevelCounts
    unit: float
    memory: MonthMemory

    def _effects(self) -> _Floats:
        """Probabilities of effects after the start, of which one area may have any."""
        return self.effects.second_given_first(_ANYWHERE / len(self.counts.first))

    def levels(self, rows: slice) -> tuple[_Floats, _Floats]:
        """Counts after the start to be expected of areas with nothing done, and their probabilities."""
        chance = self._effects()[rows]
        nodes, weights = few_nodes(self.effects.grid, chance, np.zeros(len(chance)))
        return self.counts.exposure_second[rows, None] * np.exp(self.effects.log_second + nodes), weights

    def drawn(self, links: Sequence[Any], draws: int, rng: np.random.Generator) -> _Floats:
        """Counts of the site after the start: levels that drift together, what is not known of that of all, chance."""
        site = int(self.counts.held_back.sum())
        grid = self.effects.grid
        chance = self._effects()[:site]
        middle = chance @ grid
        spread = np.sqrt(np.maximum(chance @ grid**2 - middle**2, _NO_DRIFT))
        # What is not known of a level is its own; the drift is what areas have in common.
        part = np.minimum(2 * self.effects.drift**2 / np.outer(spread, spread), 1.0)
        alike = np.where(np.eye(site) > 0, 1.0, part * self.memory.together(links, site))
        values, vectors = np.linalg.eigh(alike)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        scores = scipy.special.ndtr((rng.standard_normal((draws, site)) @ root.T) / np.sqrt(np.sum(root**2, axis=1)))
        ends = np.append(grid, 2 * grid[-1] - grid[-2]) - (grid[1] - grid[0]) / 2
        whole = np.zeros(draws)
        for area in range(site):
            below = np.append(0.0, np.cumsum(chance[area]))
            log = np.interp(scores[:, area], below / below[-1], ends)
            whole += self.counts.exposure_second[area] * np.exp(self.effects.log_second + log)
        unsure = np.exp(self.effects.error_second * rng.standard_normal(draws))
        return np.asarray(rng.poisson(whole * unsure), dtype=np.float64)


def month_memory(
    others: _Floats, before: slice, after: slice, *, links: Sequence[Any] = (), periods: Sequence[str] = ()
) -> MonthMemory:
    """Tell what months remember by the months of all areas outside the site.

    Parameters
    ----------
    others : array of shape (areas, periods)
        In events.
    before, after : slice
        Periods by which the site was chosen, and after the start.
    links : sequence of sparse arrays of shape (areas, areas)
        Neighbours of order 1, 2, ...
    periods : sequence of str
        Their labels, for seasons.
    """
    rows, columns = others.sum(axis=1) > 0, others.sum(axis=0) > 0
    if rows.sum() < LEAST_AREAS or columns.sum() < _LEAST_FOR_CHANCE:
        sides = others[:, before], others[:, after]
        found = [dispersion_over_time(part, np.ones(part.shape, dtype=bool)) for part in sides]
        values = [each.window for each in found if each is not None]
        return MonthMemory(float(np.mean(values)) if values else 1.0, 0.5, np.nan, (0.0,) * len(links))
    year = 12 if has_season(int(columns.sum()), periods) else 0
    shocks = fit_area_shocks(others[rows][:, columns], [link[rows][:, rows] for link in links], year=year)
    at = np.arange(others.shape[1])
    weights = np.array([np.isin(at, at[part])[columns] for part in (before, after)], dtype=np.float64)
    parts = shocks.over_time(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1.0))
    beside = _beside(shocks, parts)
    if columns.sum() < LEAST_PERIODS:
        return MonthMemory(shocks.chance, 0.5, np.nan, beside)
    return MonthMemory(shocks.chance, _first_part(sum(parts)), _kept(shocks), beside)


def _first_part(covariance: Any) -> float:
    """Of the drift between two means of months: what the first has and the second has not."""
    own, other, both = covariance[0, 0], covariance[1, 1], covariance[0, 1]
    apart = own + other - 2 * both
    return float(np.clip((own - both) / apart, 0.0, 1.0)) if apart > _NO_DRIFT else 0.5


def _kept(shocks: AreaShocks) -> float:
    whole = shocks.own + float(shocks.lasting.sum())
    return float(shocks.lasting @ shocks.memory) / whole if whole > _NO_DRIFT else 0.0


def _beside(shocks: AreaShocks, parts: Sequence[_Floats]) -> tuple[float, ...]:
    """Correlation of the drift of neighbours, of what does not last and what does."""
    own, lasting, season = (float(part[0, 0] + part[1, 1] - 2 * part[0, 1]) for part in parts)
    whole = own + lasting + season
    if whole <= _NO_DRIFT:
        return (0.0,) * len(shocks.links)
    return tuple((first * own + second * lasting) / whole for first, second in shocks.beside)


def _unit(values: _Floats) -> float:
    """Harm of one event: of whole numbers too, where they vary as no counts of crimes do."""
    found = dispersion_over_time(values, np.ones(values.shape, dtype=bool))
    return found.monthly if found is not None and found.monthly > _HARM else event_unit(values)


def fit_guard(
    values: _Floats, before: slice, after: slice, people: _Floats, site: int, *, links: Sequence[Any] = (),
    periods: Sequence[str] = (),
) -> GuardFit:  # fmt: skip
    """Fit levels to periods before and after, of which the first `site` areas take part with those before alone.

    Parameters
    ----------
    values : array of shape (areas, periods)
        The areas of the site first.
    before, after : slice
        Of the periods; what months remember is told by all.
    people : array of shape (areas,)
    site : int
    links : sequence of sparse arrays of shape (areas, areas)
        Neighbours of order 1, 2, ...
    periods : sequence of str
        Their labels, for seasons.
    """
    early, late = values[:, before], values[:, after]
    unit = _unit(np.hstack([early, late])[site:])
    memory = month_memory(
        values[site:] / unit, before, after, links=[link[site:][:, site:] for link in links], periods=periods
    )
    unit *= memory.chance
    counts = LevelCounts(
        first=early.sum(axis=1) / unit,
        second=late.sum(axis=1) / unit,
        exposure_first=people * early.shape[1],
        exposure_second=people * late.shape[1],
        held_back=np.arange(len(values)) < site,
    )
    with threadpool_limits(1):
        effects = fit_area_effects(counts, memory.first_part)
    return GuardFit(effects, counts, unit, memory)
