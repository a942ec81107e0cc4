"""Counts where a treatment begins at different times: what was expected, and what other starts would have given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["StaggeredCounts", "expected_by_group", "ratio_interval", "staggered_counts"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]
_Mask = NDArray[np.bool_]

_STEPS: Final = 1_000
_CLOSE: Final = 1e-11
#: Farthest effect that an interval is looked for at, on the logarithm.
_FARTHEST: Final = 3.0
_HALVINGS: Final = 40


@dataclass(frozen=True, eq=False)
class StaggeredCounts:
    """What was recorded and expected of treated groups, and how far other areas would have departed.

    Attributes
    ----------
    groups : array of int, shape (groups,)
        Column in which each group began.
    recorded, expected : arrays of shape (groups, periods)
        Missing before the start.
    before : array of shape (groups,)
        Recorded before the start.
    p : float
        Share of assignments of starts to areas that depart as far.
    critical : float
        Departure that the share `1 - level` of assignments does not go beyond.
    """

    groups: _Whole
    recorded: _Floats
    expected: _Floats
    before: _Floats
    p: float
    critical: float


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
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


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
    The departure of an assignment is :math:`|R - E| / \sqrt{\sum_g E_g (1 + E_g / B_g)}` with *R* and *E* recorded and
    expected of all treated cells and :math:`B_g` recorded of a group before its start: what chance alone would give it,
    as in `socharm.stats.assignments`.
    """
    groups = np.unique(starts)
    column = np.arange(y.shape[1])
    open_ = (groups[:, None] < 0) | (column < groups[:, None])
    own = starts == groups[:, None]
    sums = own.astype(np.float64) @ y
    expected = expected_by_group(sums, open_)
    departure = _departures(sums[None], expected[None], open_)[0]
    places = np.argsort(rng.random((permutations, y.shape[0])), axis=1)
    others = np.concatenate(
        [_permuted(y, starts[block], groups, open_) for block in np.array_split(places, max(1, permutations // 200))]
    )
    as_far = int((others >= departure * (1 - 1e-9)).sum())
    every = np.sort(np.append(others, departure))
    kept = int(np.ceil(level * every.size)) - 1
    treated = groups >= 0
    shown = np.where(open_, np.nan, 1.0)[treated]
    return StaggeredCounts(
        groups=groups[treated], recorded=sums[treated] * shown, expected=expected[treated] * shown,
        before=np.where(open_, sums, 0.0)[treated].sum(axis=1), p=(as_far + 1) / (permutations + 1),
        critical=float(every[kept]),
    )  # fmt: skip


def _permuted(y: _Floats, starts: _Whole, groups: _Whole, open_: _Mask) -> _Floats:
    """Departures of some assignments of starts to areas."""
    sums = np.stack([(starts == group).astype(np.float64) @ y for group in groups], axis=1)
    return _departures(sums, expected_by_group(sums, open_), open_)


def _departures(sums: _Floats, expected: _Floats, open_: _Mask) -> _Floats:
    recorded = np.where(open_, 0.0, sums).sum(axis=(-2, -1))
    own = np.where(open_, 0.0, expected).sum(axis=-1)
    before = np.where(open_, sums, 0.0).sum(axis=-1)
    return np.asarray(np.abs(recorded - own.sum(axis=-1)) / np.sqrt(_variance(own, before)), dtype=np.float64)


def _variance(expected: _Floats, before: _Floats) -> _Floats:
    spread = expected * (1 + np.divide(expected, before, out=np.zeros(expected.shape), where=before > 0))
    return np.maximum(np.asarray(spread.sum(axis=-1), dtype=np.float64), 1e-12)


def ratio_interval(found: StaggeredCounts) -> tuple[float, float]:
    """Ratios of recorded to expected whose departure is within that of the other assignments."""
    recorded = float(np.nansum(found.recorded))
    expected = np.nansum(found.expected, axis=1)

    def kept(log: float) -> bool:
        shifted = expected * np.exp(log)
        return bool(abs(recorded - shifted.sum()) <= found.critical * np.sqrt(float(_variance(shifted, found.before))))

    total = float(expected.sum())
    centre = float(np.clip(np.log(recorded / total), -_FARTHEST, _FARTHEST)) if recorded > 0 else -_FARTHEST
    ends = []
    for side in (-1.0, 1.0):
        inside, outside = centre, side * _FARTHEST
        if kept(outside):
            ends.append(0.0 if side < 0 else np.inf)
            continue
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if kept(middle) else (inside, middle)
        ends.append(float(np.exp((inside + outside) / 2)))
    return ends[0], ends[1]
