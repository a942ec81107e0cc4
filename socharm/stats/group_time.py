"""Group-time effects of a treatment that begins at different times, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Aggregate", "GroupTime", "aggregate_effects", "group_time_effects", "is_control"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class GroupTime:
    """Effects of each group in each period.

    Attributes
    ----------
    group, period : array of int, shape (cells,)
        Column in which the group began, and that of the effect.
    effect : array of shape (cells,)
        Missing where there is no area to compare with.
    influence : array of shape (areas, cells)
        What each area adds to the error of an effect: its variance is the sum of squares.
    """

    group: _Whole
    period: _Whole
    effect: _Floats
    influence: _Floats


@dataclass(frozen=True, eq=False)
class Aggregate:
    """A weighted mean of effects, and its standard error."""

    effect: float
    se: float


def is_control(starts: _Whole, group: int, upto: int, *, never_only: bool) -> NDArray[np.bool_]:
    """Areas that a group is compared with up to a period.

    Parameters
    ----------
    starts : array of int, shape (areas,)
        Column in which each area began; -1 for never.
    """
    never = starts < 0
    return never if never_only else never | ((starts > upto) & (starts != group))


def group_time_effects(y: _Floats, starts: _Whole, *, never_only: bool) -> GroupTime:
    r"""Effect of each group in each period from the second on.

    Parameters
    ----------
    y : array of shape (areas, periods)
    starts : array of int, shape (areas,)
        Column in which each area began, 1 or more; -1 for never.
    never_only : bool
        Whether areas that are not yet treated are no controls.

    Notes
    -----
    :math:`ATT(g, t) = E_g[Y_t - Y_b] - E_C[Y_t - Y_b]`, :math:`b = g - 1` from the start on and :math:`t - 1` before
    it, where *C* has not begun by the later of both periods. Callaway, B. and Sant'Anna, P. H. C. (2021).
    Difference-in-differences with multiple time periods. *Journal of Econometrics* 225, 200-230.
    """
    groups = np.unique(starts[starts >= 0])
    told = [(int(g), t) for g in groups for t in range(1, y.shape[1])]
    effect = np.full(len(told), np.nan)
    influence = np.zeros((len(y), len(told)))
    for at, (g, t) in enumerate(told):
        base = g - 1 if t >= g else t - 1
        own, other = starts == g, is_control(starts, g, max(t, base), never_only=never_only)
        if not other.any():
            influence[:, at] = np.nan
            continue
        change = y[:, t] - y[:, base]
        effect[at] = change[own].mean() - change[other].mean()
        influence[own, at] = (change[own] - change[own].mean()) / own.sum()
        influence[other, at] = -(change[other] - change[other].mean()) / other.sum()
    return GroupTime(
        np.array([g for g, _ in told], dtype=np.intp), np.array([t for _, t in told], dtype=np.intp), effect, influence
    )


def aggregate_effects(found: GroupTime, starts: _Whole, cells: Iterable[int], *, by_size: bool) -> Aggregate:
    """Mean of the effects of cells, groups weighted by their numbers of areas or all cells alike.

    Notes
    -----
    Weights by size are shares that are estimated too; their part of the error is in the standard error.
    """
    kept = np.array([cell for cell in cells if np.isfinite(found.effect[cell])], dtype=np.intp)
    if not len(kept):
        return Aggregate(np.nan, np.nan)
    effect, n = found.effect[kept], len(starts)
    belongs = (starts[:, None] == found.group[kept]).astype(np.float64)
    share = belongs.mean(axis=0) if by_size else np.ones(len(kept))
    weight = share / share.sum()
    influence = found.influence[:, kept] @ weight
    if by_size:
        apart = (belongs - share) / n
        mean = float(weight @ effect)
        influence = influence + (apart @ effect - apart.sum(axis=1) * mean) / share.sum()
    return Aggregate(float(weight @ effect), float(np.sqrt(np.sum(influence**2))))
