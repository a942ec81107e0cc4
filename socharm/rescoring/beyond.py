"""Change beyond what was to be expected, area by area and for a list together, from the joint model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm.rescoring.joint import JointModel
from socharm.stats.fdr import adjust

__all__ = ["LEVELS", "Pooled", "area_changes", "least_change", "pooled_change"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]

#: Levels of the intervals, in per cent.
LEVELS: Final = (50, 90, 95)
#: One-sided level of the test behind the least change that can be shown, and its power.
_TEST, _POWER = 0.05, 0.8
_DEEPEST: Final = -5.0


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Change of the areas of a list together, beyond expectation, as ratios.

    Attributes
    ----------
    recorded, trend, selection, beyond : float
        The first is the product of the other three.
    low, high : dict of int to float
        Ends of the intervals by level in per cent.
    p_fall, p_rise : float
    """

    recorded: float
    trend: float
    selection: float
    beyond: float
    low: dict[int, float]
    high: dict[int, float]
    p_fall: float
    p_rise: float


def area_changes(
    model: JointModel, rates: tuple[_Floats, _Floats], *, changed_share: float, changed_spread: float
) -> pd.DataFrame:
    r"""Recorded change of each area and what it is made of; ratios, intervals and probabilities.

    Notes
    -----
    recorded = trend x selection x beyond, exactly. The trend is that of the force and of the area's mix; ``beyond`` is
    the later harm over the median of its predictive distribution, which is median-unbiased but for a sixth of an event;
    ``selection`` is what is left: the fall that the earlier rate itself makes one expect. Intervals invert the
    predictive distribution: the ratios that leave what came at its quantiles.
    """
    before, after = rates
    count, predicted = model.counts.second, model.predicted
    trend = np.exp(model.log_trend) * model.mix.factor
    median = predicted.quantile(0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        recorded = after / before
        beyond = count / median
        selection = np.where(count > 0, recorded / trend / beyond, median / count_scale(model) / (before * trend))
    ends = predicted.log_ratios(count, tuple(side for level in LEVELS for side in _sides(level)))
    at_nothing, at_tenth, at_fifth, over_tenth, over_fifth = (
        predicted.at_most(count, float(np.log(ratio))) for ratio in (1.0, 0.9, 0.8, 1.1, 1.2)
    )
    columns: dict[str, _Floats] = {
        "ratio": recorded, "trend": trend, "selection": selection, "beyond": beyond,
    }  # fmt: skip
    for place, level in enumerate(LEVELS):
        columns[f"beyond_low_{level}"] = np.exp(ends[2 * place])
        columns[f"beyond_high_{level}"] = np.exp(ends[2 * place + 1])
    columns |= {
        "p_fall": at_nothing,
        "p_rise": 1 - at_nothing,
        "probability_fall_10": 1 - at_tenth,
        "probability_fall_20": 1 - at_fifth,
        "probability_rise_10": over_tenth,
        "probability_rise_20": over_fifth,
        "probability_rate_fell": model.effects.fell(
            model.counts,
            model.log_trend + np.log(model.mix.factor),
            changed_share=changed_share,
            changed_spread=changed_spread,
        ),
        "least_fall": least_change(model),
        "effective_events": np.minimum(model.counts.first, predicted.expected()) * model.dispersion,
    }
    return pd.DataFrame(columns)


def count_scale(model: JointModel) -> _Floats:
    """Units of the model's later counts per unit of rate."""
    return model.counts.exposure_second / model.mix.factor


def _sides(level: int) -> tuple[float, float]:
    """Probabilities at which the lower and the upper end of an interval leave what came."""
    tail = (1 - level / 100) / 2
    return 1 - tail, tail


def least_change(model: JointModel) -> _Floats:
    """Least fall of each area that would be shown: found with a power of 80% by a one-sided test at 5%; as a share.

    1 where even the end of all crime would not be shown.
    """
    predicted = model.predicted
    found = predicted.ratio_to_find(predicted.quantile(_TEST), _POWER, _DEEPEST)
    return np.where(found <= _DEEPEST, 1.0, 1 - np.exp(found))


def families(p: _Floats, chosen: _Bools) -> _Floats:
    """Benjamini-Hochberg within the list, and within all other areas."""
    adjusted = np.full(len(p), np.nan)
    for rows in (chosen, ~chosen):
        adjusted[rows] = adjust(p[rows])
    return adjusted


def pooled_change(model: JointModel, rates: tuple[_Floats, _Floats], exposure: _Floats) -> Pooled:
    r"""Change of the list together beyond expectation.

    Parameters
    ----------
    model : JointModel
    rates : pair of arrays of shape (areas,)
    exposure : array of shape (areas,)
        Of the later period.

    Notes
    -----
    The sum of the later counts is compared with a gamma distribution of the mean and variance of what was predicted;
    what all areas of the list share, the error of the later level and of the trends of their mix, is added to its
    variance as a whole.
    """
    rows, predicted = model.chosen, model.predicted
    expected, count = predicted.expected()[rows], model.counts.second[rows]
    total, came = float(expected.sum()), float(count.sum())
    shared = float(np.sum(expected * np.hypot(model.effects.error_second, model.mix.error[rows])))
    own = predicted.variance()[rows] - (expected * np.hypot(model.effects.error_second, model.mix.error[rows])) ** 2
    variance = float(np.maximum(own, expected).sum()) + shared**2
    shape, scale = total**2 / variance, variance / total
    before = float(np.sum(rates[0][rows] * exposure[rows]))
    recorded = float(np.sum(rates[1][rows] * exposure[rows])) / before
    trend = float(np.sum(rates[0][rows] * exposure[rows] * np.exp(model.log_trend) * model.mix.factor[rows])) / before
    low, high = {}, {}
    for level in LEVELS:
        tail = (1 - level / 100) / 2
        low[level] = came / float(scipy.stats.gamma.ppf(1 - tail, shape, scale=scale))
        high[level] = came / float(scipy.stats.gamma.ppf(tail, shape, scale=scale))
    p_fall = float(scipy.special.gammainc(shape, came / scale))
    beyond = came / total
    return Pooled(
        recorded=recorded, trend=trend, selection=recorded / trend / beyond if beyond > 0 else float("nan"),
        beyond=beyond, low=low, high=high, p_fall=p_fall, p_rise=1 - p_fall,
    )  # fmt: skip
