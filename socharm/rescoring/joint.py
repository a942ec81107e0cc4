"""The joint model of two periods: what lasts in an area, what drifts, and the force's trend by kind of crime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.errors import ParameterError
from socharm.rescoring.paired_counts import PairedCounts
from socharm.stats.area_effects import AreaEffects, LevelCounts, fit_area_effects
from socharm.stats.dispersion import dispersion_over_time
from socharm.stats.predicted_counts import PredictedCounts, few_nodes

__all__ = ["MIX_CRIMES", "JointModel", "MixTrend", "fit_joint", "harm_dispersion", "mix_trend"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]

#: Crimes of the force's mix that are added to an area's own before its shares are taken.
MIX_CRIMES: Final = 30.0


@dataclass(frozen=True, eq=False)
class MixTrend:
    """What the trends of kinds of crime make of each area's mix, relative to the force.

    Attributes
    ----------
    factor : array of shape (areas,)
    error : array of shape (areas,)
        Standard error of its log.
    by_offence : array of shape (offences,)
        Trend of each kind of crime relative to all harm.
    """

    factor: _Floats
    error: _Floats
    by_offence: _Floats


@dataclass(frozen=True, eq=False)
class JointModel:
    """The fitted joint model of two periods.

    Attributes
    ----------
    effective : float
        Harm of one effective event.
    dispersion : float
        Over-dispersion of harm over the months of a period.
    counts : LevelCounts
        Effective events in units of their dispersion.
    effects : AreaEffects
    mix : MixTrend
    log_trend : float
        Log of the change of the level that areas outside the list share.
    predicted : PredictedCounts
        Of the later period, given the earlier one.
    chosen : array of shape (areas,) of bool
    """

    effective: float
    dispersion: float
    counts: LevelCounts
    effects: AreaEffects
    mix: MixTrend
    log_trend: float
    predicted: PredictedCounts
    chosen: _Bools

    @property
    def unit(self) -> float:
        """Harm of one unit of the counts of the model."""
        return self.effective * self.dispersion


def fit_joint(pair: PairedCounts, chosen: _Bools, *, dispersion: float | None = None) -> JointModel:
    r"""Fit the joint model.

    Parameters
    ----------
    pair : PairedCounts
    chosen : array of shape (areas,) of bool
        Areas that enter with their earlier counts only.
    dispersion : float, optional
        Over-dispersion of harm; estimated from the months where it is not given.

    Raises
    ------
    ParameterError
        No harm outside the list in the later period.

    Notes
    -----
    With :math:`d = \sum N_o w_o^2 / \sum N_o w_o` the harm of one effective event and :math:`\varphi` the
    over-dispersion of harm within areas over months, :math:`H_{at} / (d \varphi) \sim \mathrm{Poisson}(e_{at} g_{at}
    \exp(m_t + \theta_a + \delta_{at}) / (d \varphi))`: `fit_area_effects` has the rest. :math:`g_a` is `mix_trend` in
    the later period and 1 in the earlier one.
    """
    before, after = pair.harm()
    if not after[~chosen].sum() > 0:
        raise ParameterError(
            "No harm is recorded outside the list in the later period, so that no trend can be told. List fewer areas, "
            "or look whether the later crimes were read."
        )
    effective = pair.effective
    phi = dispersion if dispersion is not None else harm_dispersion(pair, chosen)
    mix = mix_trend(pair, chosen, phi)
    unit = effective * phi
    counts = LevelCounts(
        first=before / unit,
        second=after / unit,
        exposure_first=pair.earlier.exposure / unit,
        exposure_second=pair.later.exposure * mix.factor / unit,
        held_back=chosen,
    )
    effects = fit_area_effects(counts)
    extra = np.hypot(effects.error_second, mix.error)
    nodes, weights = few_nodes(effects.grid, effects.second_given_first(), extra)
    return JointModel(
        effective=effective,
        dispersion=phi,
        counts=counts,
        effects=effects,
        mix=mix,
        log_trend=effects.log_second - effects.log_first,
        predicted=PredictedCounts(counts.exposure_second * np.exp(effects.log_second), nodes, weights),
        chosen=chosen,
    )


def harm_dispersion(pair: PairedCounts, chosen: _Bools) -> float:
    """Over-dispersion of harm within areas over months, the mean of both periods; at least 1.

    The later months of chosen areas take no part. 1 where neither period has two months.
    """
    every = np.ones(len(pair.areas), dtype=bool)
    found = [
        dispersion_over_time(period.monthly(pair.weights)[rows] / pair.effective, period.covered[rows])
        for period, rows in ((pair.earlier, every), (pair.later, ~chosen))
    ]
    values = [each.window for each in found if each is not None]
    return float(np.mean(values)) if values else 1.0


def mix_trend(pair: PairedCounts, chosen: _Bools, phi: float) -> MixTrend:
    r"""Expected change of each area's harm because kinds of crime have trends of their own.

    Notes
    -----
    :math:`g_a = \sum_o s_{ao} g_o / \sum_o s_o g_o`, with :math:`g_o` the trend of a kind of crime over areas outside
    the list relative to all of them, drawn towards 1 by as much as chance is in it, and :math:`s_{ao}` the area's share
    of harm by kind, from its earlier crimes and thirty more of the force's mix.
    """
    others = ~chosen
    before, after = pair.earlier.by_offence, pair.later.by_offence
    log_trend, variance = _trends(before[others].sum(axis=0), after[others].sum(axis=0), pair, others, phi)
    trend = np.exp(log_trend)
    mix = before.sum(axis=0) / before.sum()
    own = (before + MIX_CRIMES * mix) * pair.weights
    own /= own.sum(axis=1, keepdims=True)
    force = before[others].sum(axis=0) * pair.weights
    force = force / force.sum()
    factor = (own @ trend) / float(force @ trend)
    error = np.sqrt(((own - force) ** 2 * trend**2) @ variance) / (own @ trend)
    return MixTrend(factor, error, trend / float(force @ trend))


def _trends(before: _Floats, after: _Floats, pair: PairedCounts, others: _Bools, phi: float) -> tuple[_Floats, _Floats]:
    """Logs of trends by offence relative to their weighted mean, drawn towards it, and the variance left."""
    years = pair.earlier.exposure[others].sum() / pair.later.exposure[others].sum()
    raw = np.log((after + 0.5) / (before + 0.5) * years)
    chance = phi * (1 / (before + 0.5) + 1 / (after + 0.5))
    weight = 1 / chance
    mean = float(np.sum(weight * raw) / np.sum(weight))
    excess = float(np.sum(weight * (raw - mean) ** 2)) - (len(raw) - 1)
    spare = float(np.sum(weight) - np.sum(weight**2) / np.sum(weight))
    between = max(0.0, excess / spare) if spare > 0 else 0.0
    weight = 1 / (chance + between)
    mean = float(np.sum(weight * raw) / np.sum(weight))
    drawn = between / (between + chance)
    return np.asarray(mean + drawn * (raw - mean)), np.asarray(drawn * chance)
