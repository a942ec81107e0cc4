"""Counts where a treatment begins at different times: what was expected, and what other starts would have given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.stats.area_variation import area_variation
from socharm.stats.kept_effects import kept_ends
from socharm.stats.two_way_poisson import two_way_means

__all__ = ["StaggeredCounts", "expected_by_group", "ratio_interval", "staggered_counts"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]
_Mask = NDArray[np.bool_]

_STEPS: Final = 1_000
_CLOSE: Final = 1e-11
#: Farthest effect that an interval is looked for at, on the logarithm.
_FARTHEST: Final = 3.0
#: Assignments that are looked at together.
_BLOCK: Final = 200


@dataclass(frozen=True, eq=False)
class StaggeredCounts:
    """What was recorded and expected of treated groups, and how far other areas would have departed.

    Attributes
    ----------
    groups : array of int, shape (groups,)
        Column in which each group began.
    recorded, expected : arrays of shape (groups, periods)
        Missing before the start.
    p : float
        Share of assignments of starts to areas that depart as far.
    critical : float
        Departure that the share `1 - level` of assignments does not go beyond.
    variance : (float, float)
        Of recorded less expected: what grows with the effect, and with its square.
    """

    groups: _Whole
    recorded: _Floats
    expected: _Floats
    p: float
    critical: float
    variance: tuple[float, float]


def expected_by_group(sums: _Floats, open_: _Mask) -> _Floats:
    r"""Counts of groups by group and period effects of the cells that are not treated yet.

    Parameters
    ----------
    sums : array of shape (..., groups, periods)
    open_ : array of bool, shape (groups, periods)
        Cells that are not treated: at least one in each period and group.

    Notes
    -----
    Poisson maximum likelihood by alternating proportions. With a coefficient of its own for each treated cell these
    cells say nothing of group and period effects, so that this is the saturated Poisson regression of Wooldridge, J. M.
    (2023), *Econometrics Journal* 26, C31-C66.

    Examples
    --------
    >>> sums = np.array([[10.0, 5.0], [20.0, 30.0]])
    >>> expected_by_group(sums, np.array([[True, False], [True, True]])).round(6).tolist()
    [[10.0, 15.0], [20.0, 30.0]]
    """
    seen = np.where(open_, sums, 0.0)
    rows, columns = seen.sum(axis=-1), seen.sum(axis=-2)
    mask = open_.astype(np.float64)
    period = np.ones(columns.shape)
    group = np.ones(rows.shape)
    for _ in range(_STEPS):
        group = _over(rows, period @ mask.T)
        again = _over(columns, group @ mask)
        moved = float(np.max(np.abs(again - period) / np.maximum(np.abs(again), 1e-300), initial=0.0))
        period = again
        if moved < _CLOSE:
            break
    return np.asarray(group[..., :, None] * period[..., None, :], dtype=np.float64)


def _over(part: _Floats, whole: _Floats) -> _Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0), dtype=np.float64)


def staggered_counts(
    y: _Floats, starts: _Whole, permutations: int, level: float, rng: np.random.Generator
) -> StaggeredCounts:
    r"""Recorded and expected counts of each group, and randomisation over which areas began when.

    Parameters
    ----------
    y : array of shape (areas, periods)
        In every period some area is not treated yet.
    starts : array of int, shape (areas,)
        Column in which each area began; -1 for never.

    Notes
    -----
    The departure of an assignment is :math:`|R - E|` of all treated cells over the root of its variance: that of area
    *a* from its start on, and :math:`(m_{a1}/m_{a0})^2` times that before it, with :math:`m` the counts by area and
    period effects alone and the variance of a cell :math:`m(\varphi + \psi m)` as areas vary, so that starts which fall
    to the largest areas are no more extreme for that.
    """
    groups = np.unique(starts)
    column = np.arange(y.shape[1])
    open_ = (groups[:, None] < 0) | (column < groups[:, None])
    costs = _costs(y, open_)
    own = starts == groups[:, None]
    sums = own.astype(np.float64) @ y
    expected = expected_by_group(sums, open_)
    variance = tuple(float((own * cost).sum()) for cost in costs)
    both = costs[0] + costs[1]
    departure = float(_departures(own[None], y, both, open_)[0])
    blocks = [rng.permuted(np.broadcast_to(starts, (size, len(starts))), axis=1) for size in _sizes(permutations)]
    others = np.concatenate([_departures(block[:, None, :] == groups[:, None], y, both, open_) for block in blocks])
    as_far = int((others >= departure * (1 - 1e-9)).sum())
    every = np.sort(np.append(others, departure))
    kept = int(np.ceil(level * every.size)) - 1
    treated = groups >= 0
    shown = np.where(open_, np.nan, 1.0)[treated]
    return StaggeredCounts(
        groups=groups[treated], recorded=sums[treated] * shown, expected=expected[treated] * shown,
        p=(as_far + 1) / (permutations + 1), critical=float(every[kept]), variance=(variance[0], variance[1]),
    )  # fmt: skip


def _sizes(permutations: int) -> list[int]:
    """Assignments that are looked at together."""
    whole, rest = divmod(permutations, _BLOCK)
    return [_BLOCK] * whole + ([rest] if rest else [])


def _costs(y: _Floats, open_: _Mask) -> tuple[_Floats, _Floats]:
    """Variance that each area would add as one of each group: linear in the effect, and in its square."""
    known = np.ones(y.shape, dtype=bool)
    mean = two_way_means(y, known, np.ones(y.shape))
    varied = area_variation(y, known, np.ones(y.shape))
    chance, shocks = varied.chance * mean, varied.shocks * mean**2
    after, before = (~open_).astype(np.float64), open_.astype(np.float64)
    ratio = _over(after @ mean.T, before @ mean.T)
    return after @ chance.T, after @ shocks.T + ratio**2 * (before @ (chance + shocks).T)


def _departures(own: _Mask, y: _Floats, costs: _Floats, open_: _Mask) -> _Floats:
    """Departures of assignments of shape (assignments, groups, areas)."""
    sums = own.astype(np.float64) @ y
    expected = expected_by_group(sums, open_)
    apart = np.where(open_, 0.0, sums - expected).sum(axis=(-2, -1))
    variance = (own * costs).sum(axis=(-2, -1))
    return _over(np.abs(apart), np.sqrt(variance))


def ratio_interval(found: StaggeredCounts) -> tuple[float, float]:
    """Ratios of recorded to expected whose departure is within that of the other assignments."""
    recorded, total = float(np.nansum(found.recorded)), float(np.nansum(found.expected))

    def kept(log: float) -> bool:
        times = float(np.exp(log))
        variance = found.variance[0] * times + found.variance[1] * times**2
        return bool(abs(recorded - times * total) <= found.critical * np.sqrt(variance))

    centre = float(np.log(recorded / total)) if recorded > 0 else -_FARTHEST
    low, high = kept_ends(kept, centre, _FARTHEST)
    return float(np.exp(low)), float(np.exp(high))
