"""How many near pairs fall into each time band, as dated and with the dates permuted."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel
from socharm.stats.dealt import Dealt
from socharm.stats.near_pairs import NearPairs

__all__ = ["close_in_time", "modified_counts", "pair_counts", "pair_weights", "permuted_counts"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Small = NDArray[np.int32]

#: Pairs between two emptyings of the counters of 16 bits.
_CHUNK: Final = 32_000
#: Longest span of whole days that fits into 16 bits.
_SHORT: Final = 32_000


def pair_weights(pairs: NearPairs, weights: _Floats, how: str) -> _Floats:
    """Weight of each pair: the geometric mean of its two events' weights, their mean, or their product.

    Examples
    --------
    >>> pairs = NearPairs(np.array([0], dtype=np.int32), np.array([1], dtype=np.int32), np.array([0, 1]))
    >>> [float(pair_weights(pairs, np.array([4.0, 9.0]), how)[0]) for how in ("geometric", "mean", "product")]
    [6.0, 6.5, 36.0]
    """
    one, other = weights[pairs.first], weights[pairs.second]
    if how == "mean":
        return (one + other) / 2
    return np.asarray(np.sqrt(one * other) if how == "geometric" else one * other, dtype=np.float64)


def pair_counts(pairs: NearPairs, times: _Floats, edges: _Floats, mass: _Floats | None = None) -> _Floats:
    """Near pairs, or their weights, by distance band and time band.

    Parameters
    ----------
    pairs : NearPairs
    times : ndarray of float64, shape (n_events,)
        Days; of whole ones a pair falls where its difference says, of others too.
    edges : ndarray of float64, shape (n_time_bands + 1,)
        As `band_edges` makes them; the last may be infinite.
    mass : ndarray of float64, shape (n_pairs,), optional
        Weights of the pairs; each counts 1 without.

    Returns
    -------
    ndarray of float64, shape (n_distance_bands, n_time_bands)
    """
    counts: _Floats = _by_band(pairs, times.reshape(-1, 1), edges, mass)[0]
    return counts


def permuted_counts(
    pairs: NearPairs, times: _Floats, edges: _Floats, dealt: Dealt, mass: _Floats | None = None
) -> _Floats:
    """The same with the dates dealt to the events anew.

    Parameters
    ----------
    pairs, times, edges, mass
        As of `pair_counts`: places keep their weights, and the dates change hands.
    dealt : Dealt

    Returns
    -------
    ndarray of float64, shape (permutations, n_distance_bands, n_time_bands)
    """
    compact = _compact(times)

    def counts(orders: _Small) -> _Floats:
        return _by_band(pairs, np.ascontiguousarray(compact[orders].T), edges, mass)

    return np.concatenate(list(dealt.each(counts, times.size)))


def modified_counts(pairs: NearPairs, times: _Floats, edge: float, dealt: Dealt) -> _Floats:
    """Near pairs less than `edge` days apart, less what the neighbours of each event in space and time give.

    Parameters
    ----------
    pairs : NearPairs
        Of one distance band.
    times : ndarray of float64, shape (n_events,)
    edge : float
    dealt : Dealt

    Returns
    -------
    ndarray of float64, shape (permutations + 1,)
        The first is of the dates as given.
    """
    n, compact, edges = times.size, _compact(times), np.array([0.0, edge])
    near = np.bincount(pairs.first, minlength=n) + np.bincount(pairs.second, minlength=n)
    order = np.argsort(times, kind="stable")
    stop, place = _reach(times[order], edge), np.arange(n)
    close = np.empty(n, dtype=np.int64)
    close[order] = stop - place - 1 + place - np.searchsorted(stop, place, side="right")

    def values(orders: _Small) -> _Floats:
        counts = _by_band(pairs, np.ascontiguousarray(compact[orders].T), edges, None)[:, 0, 0]
        return np.asarray(counts - close[orders] @ near / (2.0 * (n - 1)), dtype=np.float64)

    return np.concatenate([values(np.arange(n, dtype=np.int32)[None, :]), *dealt.each(values, n)])


def _compact(times: _Floats) -> NDArray[Any]:
    """Whole days in as few bits as they need, counted from the first; other times as they are."""
    if not (times == np.floor(times)).all():
        return times
    span = float(np.ptp(times))
    kind = np.int16 if span <= _SHORT else np.int32 if span < 2**31 - 1 else np.float64
    return np.asarray(times - times.min(), dtype=kind)


def _by_band(pairs: NearPairs, table: NDArray[Any], edges: _Floats, mass: _Floats | None) -> _Floats:
    """Counts of each column of a table of times: ``(columns, distance bands, time bands)``."""
    columns, bands = table.shape[1], pairs.starts.size - 1
    longest = _SHORT if table.dtype == np.int16 else 2**31 - 1
    bounds = edges if table.dtype == np.float64 else np.minimum(edges, longest)
    bounds = np.ascontiguousarray(bounds).astype(table.dtype)
    below = np.zeros((bands, edges.size, columns))
    for band in range(bands):
        part = slice(int(pairs.starts[band]), int(pairs.starts[band + 1]))
        if mass is None:
            counter = np.zeros((edges.size, columns), dtype=table.dtype if table.dtype == np.int16 else np.int32)
            _count_below(pairs.first[part], pairs.second[part], table, bounds, counter, below[band])
        else:
            _weigh_below(pairs.first[part], pairs.second[part], mass[part], table, bounds, below[band])
        if np.isinf(edges[-1]):
            below[band, -1] = part.stop - part.start if mass is None else float(np.add.reduce(mass[part]))
    return np.ascontiguousarray(np.diff(below, axis=1).transpose(2, 0, 1))


@kernel
def _count_below(
    first: _Small,
    second: _Small,
    times: NDArray[Any],
    bounds: NDArray[Any],
    counter: NDArray[Any],
    below: _Floats,
) -> None:
    """Pairs that lie less than each bound apart, in every column; small whole numbers run many at a time."""
    columns, edges = times.shape[1], bounds.size
    gap = np.empty(columns, dtype=times.dtype)
    for start in range(0, first.size, _CHUNK):
        counter[:] = 0
        for p in range(start, min(start + _CHUNK, first.size)):
            one, other = times[first[p]], times[second[p]]
            for c in range(columns):
                between = one[c] - other[c]
                gap[c] = between if between >= 0 else -between
            for e in range(edges):
                bound, row = bounds[e], counter[e]
                for c in range(columns):
                    row[c] += gap[c] < bound
        for e in range(edges):
            for c in range(columns):
                below[e, c] += counter[e, c]


@kernel
def _weigh_below(
    first: _Small,
    second: _Small,
    mass: _Floats,
    times: NDArray[Any],
    bounds: NDArray[Any],
    below: _Floats,
) -> None:
    """Weight of the pairs that lie less than each bound apart, in every column, added up in the order of the pairs."""
    for p in range(first.size):
        i, j, weight = first[p], second[p], mass[p]
        for e in range(bounds.size):
            for c in range(times.shape[1]):
                gap = times[i, c] - times[j, c]
                if -bounds[e] < gap < bounds[e]:
                    below[e, c] += weight


def close_in_time(times: _Floats, edges: _Floats) -> _Floats:
    """Pairs of all events in each time band, whatever their distance.

    Parameters
    ----------
    times : ndarray of float64, shape (n_events,)
    edges : ndarray of float64, shape (n_time_bands + 1,)
        As `band_edges` makes them; the last may be infinite.

    Examples
    --------
    >>> close_in_time(np.array([0.0, 1.0, 9.0]), np.array([0.0, 2.0, np.inf])).tolist()
    [1.0, 2.0]
    """
    order = np.sort(times)
    behind = np.arange(1, order.size + 1)
    below = []
    for edge in edges:
        # The last event less than `edge` behind each, by the difference itself: a sum would round otherwise.
        below.append(float((_reach(order, float(edge)) - behind).sum()))
    return np.diff(np.array(below))


@kernel
def _reach(order: _Floats, edge: float) -> _Ints:
    stop = np.empty(order.size, dtype=np.int64)
    at = 0
    for i in range(order.size):
        at = max(at, i + 1)
        while at < order.size and order[at] - order[i] < edge:
            at += 1
        stop[i] = at
    return stop
