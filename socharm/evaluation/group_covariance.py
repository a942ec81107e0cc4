"""How far groups of areas move, and how far they do so together, by a model of their areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.evaluation.detectable_model import has_season
from socharm.evaluation.event_units import event_unit
from socharm.stats.area_shocks import AreaShocks, fit_area_shocks

__all__ = ["allowance_for", "apart_of", "covariance_of_logs", "fit_shocks"]

_Floats = NDArray[np.float64]

#: Tail of the distribution that the allowance is made for.
_TAIL: Final = 0.025


def fit_shocks(
    values: _Floats, keep: NDArray[np.intp], links: Sequence[Any], periods: Sequence[str]
) -> tuple[AreaShocks, float]:
    """The model fitted to areas `keep`, with the neighbours of all; and harm of one event.

    Parameters
    ----------
    values : array of shape (areas, periods)
    keep : array of int
        Rows that it is fitted to: those of them where something is recorded.
    links : sequence of sparse arrays of shape (areas, areas)
        Neighbours of order 1, 2, ...
    periods : sequence of str
    """
    some = keep[values[keep].sum(axis=1) > 0]
    unit = event_unit(values[some])
    held = values[some][:, values[some].sum(axis=0) > 0]
    year = 12 if has_season(held.shape[1], periods) else 0
    inside = fit_area_shocks(held / unit, [link[some][:, some] for link in links], year=year)
    return replace(inside, links=tuple(links)), unit


def covariance_of_logs(
    shocks: AreaShocks, moving: _Floats, level: _Floats, course: _Floats, before: int, *, counted: _Floats | None = None
) -> _Floats:
    """Covariance of logs of totals after over totals before, each beside what it is held against.

    Parameters
    ----------
    shocks : AreaShocks
    moving : array of shape (groups, areas)
        Share of each area in its group, less its share in what that is held against.
    level : array of shape (areas,)
        Events in a period.
    course : array of shape (periods,)
        Level of the periods, about 1.
    before : int
        Periods before.
    counted : array of shape (groups, areas), optional
        The same for the chance of counts; `moving` where it is the same.

    Returns
    -------
    array of shape (groups, groups)
    """
    early = np.arange(len(course)) < before
    sums = float(course[early].sum()), float(course[~early].sum())
    weights = np.where(early, -course / sums[0], course / sums[1])[None]
    parts = zip(shocks.over_areas(moving), shocks.over_time(weights), strict=True)
    each = moving if counted is None else counted
    scaled = np.divide(each, level, out=np.zeros(each.shape), where=level > 0)
    chance = shocks.chance * (scaled @ each.T) * (1 / sums[0] + 1 / sums[1])
    moved = np.asarray(sum(areas * float(time[0, 0]) for areas, time in parts), dtype=np.float64)
    np.fill_diagonal(moved, np.maximum(np.diag(moved), 0.0))
    return np.asarray(chance + moved)


def apart_of(covariance: _Floats) -> float:
    """How many that do not move together would tell as much of how far they vary.

    Examples
    --------
    >>> apart_of(np.eye(5)), round(apart_of(np.full((5, 5), 0.5) + np.eye(5) / 2), 6)
    (5.0, 2.5)
    """
    scale = np.sqrt(np.diag(covariance))
    alike = np.clip(covariance / np.outer(scale, scale), -1.0, 1.0)
    return float(len(covariance) ** 2 / np.sum(alike**2))


def allowance_for(apart: float) -> float:
    """How much farther out 95% of cases lie where the spread is told from so many.

    Examples
    --------
    >>> round(allowance_for(10.0), 2), round(allowance_for(1e6), 2)
    (1.19, 1.0)
    """
    return float(scipy.stats.t.isf(_TAIL, apart) / scipy.stats.norm.isf(_TAIL) * np.sqrt(1 + 1 / apart))
