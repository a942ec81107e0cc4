"""Whether a site and the rings round it changed more than those of placebo sites: one test for all rings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from socharm.evaluation.chance import ALPHA, as_extreme, kept_beside
from socharm.evaluation.change_words import LEAST_FOR_95
from socharm.evaluation.group_covariance import allowance_for, apart_of, covariance_of_logs, fit_shocks
from socharm.evaluation.wide import Wide

__all__ = ["RingTest", "log_ratio", "rings_beside"]

_Floats = NDArray[np.float64]

#: Departures of placebo sites that are no departures but the last digits of logarithms.
_NONE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class RingTest:
    """The site first, then its rings, from the nearest; missing where placebo sites are too few.

    Attributes
    ----------
    p, low, high : arrays of shape (1 + rings,)
        Of rings: corrected for their number, and intervals of the ratio that hold together.
    apart : array of shape (1 + rings,)
        Placebo sites that do not move together which would tell as much, by the model.
    """

    p: _Floats
    low: _Floats
    high: _Floats
    apart: _Floats


def log_ratio(early: _Floats, late: _Floats, groups: Sequence[Sequence[int]]) -> _Floats:
    """Logs of recorded over expected of each group but the last, which these are held against.

    Parameters
    ----------
    early, late : arrays of shape (areas,)
        Totals before and after; a half is added to both of a group where one is zero.
    groups : sequence of sequences of int
        Rows; the last with something before and after.

    Examples
    --------
    >>> np.exp(log_ratio(np.array([4.0, 0.0, 8.0]), np.array([2.0, 1.0, 8.0]), [[0], [1], [2]])).round(6).tolist()
    [0.5, 3.0]
    """
    before, after = (np.array([part[list(rows)].sum() for rows in groups]) for part in (early, late))
    half = 0.5 * (np.minimum(before, after) == 0)
    logs = np.log((after + half) / (before + half))
    return np.asarray(logs[:-1] - logs[-1])


def rings_beside(
    wide: Wide, own: Sequence[Sequence[int]], placebos: Sequence[Sequence[Sequence[int]]], links: Sequence[Any]
) -> RingTest:
    """Hold a site and its rings against placebo sites and theirs.

    Parameters
    ----------
    wide : Wide
    own : sequence of sequences of int
        Rows of the site, of each ring, and of the far areas.
    placebos : sequence of the same
        Of each placebo site; see :func:`~socharm.evaluation.ring_areas.placebo_groups`.
    links : sequence of sparse arrays of shape (areas, areas)
        Neighbours of order 1, 2, ...
    """
    if len(placebos) < LEAST_FOR_95:
        none = np.full(len(own) - 1, np.nan)
        return RingTest(none, none, none, none)
    early, late = wide.values[:, : wide.before].sum(axis=1), wide.values[:, wide.before :].sum(axis=1)
    every = [own, *placebos]
    logs = np.array([log_ratio(early, late, groups) for groups in every])
    spread, apart = _spread(wide, every, links)
    departures = logs / spread
    scale = np.maximum(np.sqrt(np.mean(departures[1:] ** 2, axis=0)), _NONE)
    allowed = scale * np.array([allowance_for(each) for each in apart])
    others = np.abs(departures[1:] / scale)
    nearest = [others[:, 0], *[others[:, 1:].max(axis=1)] * (len(own) - 2)]
    rows = [
        _beside(float(log), float(unit), beside)
        for log, unit, beside in zip(logs[0], spread[0] * allowed, nearest, strict=True)
    ]
    p, low, high = np.array(rows).T
    return RingTest(p, low, high, apart)


def _beside(log: float, unit: float, others: _Floats) -> tuple[float, float, float]:
    """The rank p among others, and the ratios that these do not reject."""
    p = float((as_extreme(others, log / unit, "two-sided").sum() + 1) / (len(others) + 1))
    kept = kept_beside(others, "two-sided")
    reach = (np.inf if kept is None else kept[1]) * unit
    low, high = float(np.exp(log - reach)), float(np.exp(log + reach))
    if p > ALPHA:  # what ties with placebo sites is not rejected for the last digit of a logarithm
        low, high = min(low, 1.0), max(high, 1.0)
    return p, low, high


def _spread(wide: Wide, every: Sequence[Sequence[Sequence[int]]], links: Sequence[Any]) -> tuple[_Floats, _Floats]:
    """Standard deviations of the logs by the model, of shape (sites, 1 + rings), and placebo sites that move apart.

    The model is fitted to the far areas of the site, where nothing is done.
    """
    far = np.array(every[0][-1], dtype=np.intp)
    shocks, unit = fit_shocks(wide.values, far, links, wide.periods)
    periods = wide.values.shape[1]
    level = np.maximum(wide.values.sum(axis=1) / unit, 0.5) / periods
    course = wide.values[far].sum(axis=0)
    course = course / course.mean()
    spread, apart = [], []
    for part in range(len(every[0]) - 1):
        moving = np.zeros((len(every), len(level)))
        for at, groups in enumerate(every):
            for rows, sign in ((groups[part], 1.0), (groups[-1], -1.0)):
                moving[at, rows] += sign * level[rows] / level[rows].sum()
        covariance = covariance_of_logs(shocks, moving, level, course, wide.before)
        spread.append(np.sqrt(np.diag(covariance)))
        apart.append(apart_of(covariance[1:, 1:]))
    return np.array(spread).T, np.array(apart)
