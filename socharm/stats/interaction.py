"""Space-time interaction of all events at once: Mantel's correlation and Jacquez's shared nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._jit import kernel
from socharm.stats.dealt import Dealt

__all__ = ["TimeNeighbours", "jacquez_counts", "mantel_sums", "nearest_places", "shared_neighbours"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def mantel_sums(near: _Floats, times: _Floats, constant: float, power: float, dealt: Dealt) -> _Floats:
    """Sum over pairs of transformed distance times transformed time apart; the first is of the dates as given.

    Parameters
    ----------
    near : ndarray of float64, shape (n * (n - 1) / 2,)
        Of each pair (i, j < i), row by row; centred, so that the sum is that of a correlation.
    times : ndarray of float64, shape (n,)
    constant, power : float
        A gap of t days counts as ``(t + constant) ** power``.
    dealt : Dealt

    Returns
    -------
    ndarray of float64, shape (permutations + 1,)
    """
    whole = (times == np.floor(times)).all() and np.ptp(times) < 10_000_000
    levels = times - times.min()
    lookup = (np.arange(levels.max() + 1.0) + constant) ** power if whole else np.empty(0)

    def sums(orders: NDArray[np.int32]) -> _Floats:
        return _mantel(near, np.ascontiguousarray(levels[orders].T), lookup, constant, power)

    as_given = _mantel(near, levels.reshape(-1, 1).copy(), lookup, constant, power)
    return np.concatenate([as_given, *dealt.each(sums, times.size)])


@kernel
def _mantel(near: _Floats, times: _Floats, lookup: _Floats, constant: float, power: float) -> _Floats:
    columns = times.shape[1]
    total = np.zeros(columns)
    at = 0
    for i in range(times.shape[0]):
        row = np.zeros(columns)  # by rows, so that the sum does not lose digits
        for j in range(i):
            weight = near[at]
            at += 1
            for c in range(columns):
                gap = abs(times[i, c] - times[j, c])
                row[c] += weight * (lookup[int(gap)] if lookup.size > 0 else (gap + constant) ** power)
        for c in range(columns):
            total[c] += row[c]
    return total


def nearest_places(x: _Floats, y: _Floats, k: int) -> _Ints:
    """The `k` nearest other events of each, equal distances in the order of the events.

    Examples
    --------
    >>> nearest_places(np.array([0.0, 1.0, 3.0, -1.0]), np.zeros(4), 1).ravel().tolist()
    [1, 0, 1, 0]
    """
    xy = np.column_stack([x, y])
    tree = scipy.spatial.cKDTree(xy)
    found = np.empty((x.size, k), dtype=np.int64)
    left, asked = np.arange(x.size), min(2 * k + 2, x.size)
    while left.size:
        again = []
        for some in np.array_split(left, max(1, left.size * asked // 4_000_000)):
            _, index = (np.asarray(part).reshape(some.size, -1) for part in tree.query(xy[some], k=asked))
            # Worked out anew: those of the tree differ in the last digit between its two formulas.
            apart = np.hypot(x[index] - x[some, None], y[index] - y[some, None])
            apart = np.where(index == some[:, None], -1.0, apart)
            order = np.lexsort((index, apart), axis=1)
            apart = np.take_along_axis(apart, order, axis=1)
            index = np.take_along_axis(index, order, axis=1)
            sure = (apart[:, k] < apart[:, -1]) | (asked == x.size)
            found[some[sure]] = index[sure, 1 : k + 1]
            again.append(some[~sure])
        left, asked = np.concatenate(again), min(2 * asked, x.size)
    return found


@dataclass(frozen=True, eq=False)
class TimeNeighbours:
    """The `k` nearest in time of each place in the order of the dates, which no permutation changes.

    Attributes
    ----------
    group : ndarray of int64, shape (n,)
        Which of the distinct dates each stands for.
    reach : ndarray of float64
        Distance of the k-th nearest, by distinct date.
    tied : ndarray of int64, shape (n_dates, 2)
        Dates exactly so far before and after; -1 where there is none.
    needed : ndarray of int64
        How many of those at that distance belong to the k.
    times : ndarray of float64
        The distinct dates.
    """

    group: _Ints
    reach: _Floats
    tied: _Ints
    needed: _Ints
    times: _Floats

    @classmethod
    def of(cls, times: _Floats, k: int) -> TimeNeighbours:
        """Of the dates of n events, `k` below n."""
        distinct, group, count = np.unique(times, return_inverse=True, return_counts=True)
        reach, tied, needed = _time_reach(distinct, count.astype(np.int64), k)
        return cls(group.astype(np.int64), reach, tied, needed, distinct)


@kernel
def _time_reach(times: _Floats, count: _Ints, k: int) -> tuple[_Floats, _Ints, _Ints]:
    """From each date outwards, one distance after the other, until there are k others."""
    n = times.size
    reach = np.zeros(n)
    tied = np.full((n, 2), -1, dtype=np.int64)
    needed = np.zeros(n, dtype=np.int64)
    for g in range(n):
        have = count[g] - 1
        if have >= k:
            tied[g, 0], needed[g] = g, k
            continue
        before, after = g - 1, g + 1
        while True:
            back = times[g] - times[before] if before >= 0 else np.inf
            forth = times[after] - times[g] if after < n else np.inf
            gap = min(back, forth)
            more = (count[before] if back == gap else 0) + (count[after] if forth == gap else 0)
            if have + more >= k:
                reach[g], needed[g] = gap, k - have
                tied[g, 0] = before if back == gap else -1
                tied[g, 1] = after if forth == gap else -1
                break
            have += more
            before -= 1 if back == gap else 0
            after += 1 if forth == gap else 0
    return reach, tied, needed


@kernel
def shared_neighbours(places: _Ints, label: _Ints, reach: _Floats, tied: _Ints, needed: _Ints, times: _Floats) -> int:
    """Pairs of an event and one of its nearest in space that is one of its nearest in time too.

    `label` is the date of each event; of those equally far in time the first in the order of the events belong.
    """
    n, dates = label.size, times.size
    start = np.zeros(dates + 1, dtype=np.int64)
    for i in range(n):
        start[label[i] + 1] += 1
    for g in range(dates):
        start[g + 1] += start[g]
    filled = start[:-1].copy()
    rank = np.empty(n, dtype=np.int64)  # events of each date in their order
    listed = np.empty(n, dtype=np.int64)
    for i in range(n):
        rank[i] = filled[label[i]] - start[label[i]]
        listed[filled[label[i]]] = i
        filled[label[i]] += 1
    total = 0
    for i in range(n):
        g = label[i]
        for at in range(places.shape[1]):
            j = places[i, at]
            gap = abs(times[label[j]] - times[g])
            if gap < reach[g]:
                total += 1
            elif gap == reach[g]:
                # How many as far away come before it, itself and the event not counted.
                before = rank[j]
                if tied[g, 0] == g:
                    before -= 1 if i < j else 0
                else:
                    other = tied[g, 0] if label[j] == tied[g, 1] else tied[g, 1]
                    if other >= 0:
                        before += np.searchsorted(listed[start[other] : start[other + 1]], j)
                total += 1 if before < needed[g] else 0
    return total


def jacquez_counts(places: _Ints, found: TimeNeighbours, dealt: Dealt) -> _Ints:
    """`shared_neighbours` of the dates as given, and of those dealt anew.

    Returns
    -------
    ndarray of int64, shape (permutations + 1,)
    """
    rest = (found.reach, found.tied, found.needed, found.times)

    def counts(orders: NDArray[np.int32]) -> _Ints:
        return np.array([shared_neighbours(places, found.group[order], *rest) for order in orders])

    as_given = np.array([shared_neighbours(places, found.group, *rest)])
    return np.concatenate([as_given, *dealt.each(counts, found.group.size)])
