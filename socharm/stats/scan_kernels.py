"""Loops of scan statistics: the highest likelihood ratio over all windows."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = [
    "BERNOULLI",
    "EXPECTATION",
    "LANES",
    "POISSON",
    "best_of_centres",
    "best_of_replications",
    "best_periods",
    "fill_totals",
    "log_ratio",
    "zone_keys",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Replications that go through the windows together: one line of the cache of whole numbers for each location.
LANES: Final = 8

#: Models: cases given their total, cases among persons, cases against what was expected.
POISSON: Final = 0
BERNOULLI: Final = 1
EXPECTATION: Final = 2


@kernel
def _part(found: float, expected: float) -> float:
    """``found * log(found / expected)``; 0 of nothing found."""
    return found * np.log(found / expected) if found > 0 and expected > 0 else 0.0


@kernel
def log_ratio(cases: float, expected: float, total: float, share: float, model: int) -> float:
    """Log likelihood ratio of one window against none.

    Parameters
    ----------
    cases, expected : float
        Inside the window; above zero expected.
    total : float
        All cases.
    share : float
        Cases per person of the whole, for the Bernoulli model.
    model : int
        `POISSON`, `BERNOULLI` or `EXPECTATION`.
    """
    if model == EXPECTATION:
        return _part(cases, expected) + expected - cases
    found = _part(cases, expected) + _part(total - cases, total - expected)
    if model == BERNOULLI:
        people, everybody = expected / share, total / share
        rest = everybody - people - total
        found += _part(people - cases, people - expected) + _part(rest + cases, rest + expected)
    return found


@kernel
def fill_totals(
    starts: _Ints, order: NDArray[np.int32], ends: NDArray[np.bool_], values: _Floats, sums: _Floats
) -> None:
    """Running sums of `values` along each list where a window ends; -1 elsewhere."""
    for i in range(starts.size - 1):
        running = 0.0
        for k in range(starts[i], starts[i + 1]):
            running += values[order[k]]
            sums[k] = running if ends[k] else -1.0


@kernel
def zone_keys(starts: _Ints, order: NDArray[np.int32], keys: NDArray[np.uint64]) -> None:
    """A number for the set of the locations so far, the same whatever their order."""
    for i in range(starts.size - 1):
        key = np.uint64(0)
        for k in range(starts[i], starts[i + 1]):
            # splitmix64 of the location's number
            z = np.uint64(order[k] + 1) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            key ^= z ^ (z >> np.uint64(31))
            keys[k] = key


@kernel
def best_of_centres(
    lists: tuple[_Ints, NDArray[np.int32], _Floats],
    cases: NDArray[np.int32] | _Floats,
    terms: tuple[float, float, float],
    model: int,
    direction: int,
    value: _Floats,
    place: _Ints,
) -> None:
    """The best window of each centre, and where its list ends there.

    Parameters
    ----------
    lists : tuple
        ``starts`` and ``order`` of `Windows`, and what is expected in each window (-1 where none ends).
    cases : ndarray of shape (n,)
    terms : tuple
        All cases, cases per person, fewest cases of a window with many.
    model : int
    direction : int
        1 for many cases, -1 for few, 0 for both.
    value, place : ndarray of shape (n,)
        Filled: log likelihood ratio (0 without a window), and index into ``order`` of its outermost location (-1).
    """
    starts, order, expected = lists
    total, share, least = terms
    for i in range(starts.size - 1):
        found, best, at = 0.0, 0.0, -1
        for k in range(starts[i], starts[i + 1]):
            found += cases[order[k]]
            e = expected[k]
            if e <= 0 or (model != EXPECTATION and e >= total):
                continue
            many = found > e
            if (many and (direction < 0 or found < least)) or (not many and direction > 0):
                continue
            ratio = log_ratio(found, e, total, share, model)
            if ratio > best:
                best, at = ratio, k
        value[i] = best
        place[i] = at


@kernel
def best_of_replications(
    lists: tuple[_Ints, NDArray[np.int32], _Floats],
    cases: NDArray[np.int32] | _Floats,
    terms: tuple[float, float, float],
    model: int,
    direction: int,
    best: _Floats,
) -> None:
    r"""Raise `best` of each replication to the highest log likelihood ratio of its windows.

    Parameters
    ----------
    lists, terms, model, direction
        As of `best_of_centres`.
    cases : ndarray of shape (n, LANES)
        One replication in each column.
    best : ndarray of shape (LANES,)

    Notes
    -----
    The logarithms are worked out only where they could raise `best`: with :math:`\log x \le x - 1` the ratio is at most
    :math:`(c - e)^2 / v`, with :math:`v = e (1 - e / C)` of Poisson cases, :math:`1 - p` times that of the Bernoulli
    model, and :math:`e` against what was expected.
    """
    starts, order, expected = lists
    total, share, least = terms
    inverse = 0.0 if model == EXPECTATION else 1.0 / total
    spread = 1.0 - share if model == BERNOULLI else 1.0
    found = np.zeros(LANES)
    for i in range(starts.size - 1):
        for r in range(LANES):
            found[r] = 0.0
        for k in range(starts[i], starts[i + 1]):
            j = order[k]
            e = expected[k]
            v = e * (1.0 - e * inverse) * spread
            beyond = False
            for r in range(LANES):
                found[r] += cases[j, r]
                d = found[r] - e
                square = d * d if direction == 0 else direction * d * abs(d)
                beyond |= square > best[r] * v
            if not beyond or e <= 0 or v <= 0:
                continue
            for r in range(LANES):
                d = found[r] - e
                square = d * d if direction == 0 else direction * d * abs(d)
                if square > best[r] * v and (d <= 0 or found[r] >= least):
                    best[r] = max(best[r], log_ratio(found[r], e, total, share, model))


@kernel
def best_periods(
    lists: tuple[_Ints, NDArray[np.int32], NDArray[np.bool_]],
    cubes: tuple[NDArray[np.int32] | _Floats, _Floats],
    terms: tuple[float, float],
    lengths: tuple[int, int, int],
    model: int,
    direction: int,
    floor: float,
    best_of: tuple[_Floats, _Ints, _Ints, _Ints],
) -> float:
    """The best window in space and time of each centre.

    Parameters
    ----------
    lists : tuple
        ``starts``, ``order`` and ``ends`` of `Windows`.
    cubes : tuple of two ndarrays of shape (n, periods)
        Cases, and what is expected.
    terms : tuple
        All cases, and the fewest of a window with many.
    lengths : tuple
        Fewest and most periods of a window, and whether (1) it must reach the last one.
    model : int
        `POISSON` or `EXPECTATION`.
    direction : int
        1 for many cases, -1 for few, 0 for both.
    floor : float
        Ratio that the centres must exceed together: for replications, of which only the highest counts. Below 0 each
        centre is looked at by itself.
    best_of : tuple of four ndarrays of shape (n,)
        Filled: ratio, index into ``order``, first and last period of the best window of each centre.

    Returns
    -------
    float
        The highest ratio, or `floor` where that is higher.
    """
    starts, order, ends = lists
    cases, expected = cubes
    value, place, first, last = best_of
    total, least = terms
    fewest, most, reaching = lengths
    periods = cases.shape[1]
    inverse = 0.0 if model == EXPECTATION else 1.0 / total
    inside, usual = np.zeros(periods), np.zeros(periods)
    sums, means = np.zeros(periods + 1), np.zeros(periods + 1)
    highest = max(floor, 0.0)
    for i in range(starts.size - 1):
        inside[:] = 0.0
        usual[:] = 0.0
        best = highest if floor >= 0 else 0.0
        value[i], place[i], first[i], last[i] = 0.0, -1, 0, -1
        fresh = False
        for k in range(starts[i], starts[i + 1]):
            j = order[k]
            for t in range(periods):
                inside[t] += cases[j, t]
                usual[t] += expected[j, t]
                fresh |= cases[j, t] > 0
            # Without more cases a wider window with many has a lower ratio.
            if not ends[k] or (direction > 0 and not fresh):
                continue
            fresh = False
            for t in range(periods):
                sums[t + 1] = sums[t] + inside[t]
                means[t + 1] = means[t] + usual[t]
            begin = max(periods - most, 0) if reaching == 1 else 0
            for s in range(begin, periods - fewest + 1):
                if direction > 0 and fewest == 1 and inside[s] <= 0:
                    continue  # the same window without its first, empty period has a higher ratio
                low = periods if reaching == 1 else s + fewest
                high = min(periods, s + most)
                beyond = False
                for t in range(low, high + 1):
                    e = means[t] - means[s]
                    d = sums[t] - sums[s] - e
                    square = d * d if direction == 0 else direction * d * abs(d)
                    beyond |= square > best * e * (1.0 - e * inverse)
                if not beyond:
                    continue
                for t in range(low, high + 1):
                    e, found = means[t] - means[s], sums[t] - sums[s]
                    many = found > e
                    if e <= 0 or (model != EXPECTATION and e >= total):
                        continue
                    if (many and (direction < 0 or found < least)) or (not many and direction > 0):
                        continue
                    ratio = log_ratio(found, e, total, 0.0, model)
                    if ratio > best:
                        best = ratio
                        value[i], place[i], first[i], last[i] = ratio, k, s, t - 1
        highest = max(highest, best)
    return highest
