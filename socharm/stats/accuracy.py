"""How much of what came later the first places of an order held: accuracy of rankings, also over resampled places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "captured",
    "rank_correlation",
]

_Floats = NDArray[np.float64]


def captured(amounts: _Floats, score: _Floats, ks: NDArray[np.int64], copies: _Floats | None = None) -> _Floats:
    """Amount held by the first `k` places of an order.

    Parameters
    ----------
    amounts : array of shape (amounts, places), at least 0
    score : array of shape (places,)
        The highest comes first.
    ks : array of shape (ks,)
        Numbers of places.
    copies : array of shape (samples, places), optional
        How often each place stands in each sample; once without it.

    Returns
    -------
    array of shape (amounts, samples, ks)

    Notes
    -----
    Places of equal score that do not all fit into the first `k` count in proportion: what an order among them drawn
    by chance would hold on average. No order of rows decides.

    Examples
    --------
    >>> captured(np.array([[6.0, 3.0, 0.0]]), np.array([3.0, 1.0, 1.0]), np.array([1, 2])).tolist()
    [[[6.0, 7.5]]]
    """
    copies = np.ones((1, score.size)) if copies is None else copies
    order, starts = _groups(-score)
    held = copies[:, order]
    size = np.add.reduceat(held, starts, axis=1)
    before = np.cumsum(size, axis=1) - size
    sums = [np.add.reduceat(held * amount[order], starts, axis=1) for amount in amounts]
    result = np.empty((len(amounts), len(copies), ks.size))
    for at, k in enumerate(ks):
        part = np.clip((k - before) / np.where(size > 0, size, 1.0), 0.0, 1.0)
        for row, total in enumerate(sums):
            result[row, :, at] = np.add.reduce(part * total, axis=1)
    return result


def _groups(values: _Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order upwards, and where each group of equals begins in it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    new = np.ones(values.size, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(new)


def _over(part: _Floats, whole: _Floats) -> _Floats:
    """Quotient, missing where there is nothing to divide by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: _Floats = np.where(whole > 0, part / whole, np.nan)
    return found


def mid_ranks(values: _Floats, copies: _Floats) -> _Floats:
    """Ranks upwards in each sample, equals sharing their mean rank; shape (samples, places)."""
    order, starts = _groups(values)
    size = np.add.reduceat(copies[:, order], starts, axis=1)
    middle = np.cumsum(size, axis=1) - size + (size + 1.0) / 2.0
    group = np.empty(values.size, dtype=np.intp)
    group[order] = np.repeat(np.arange(starts.size), np.diff(np.append(starts, values.size)))
    return np.asarray(middle[:, group])


def rank_correlation(first: _Floats, second: _Floats, copies: _Floats) -> _Floats:
    """Spearman's rank correlation in each sample of places.

    Parameters
    ----------
    first, second : arrays of shape (places,)
    copies : array of shape (samples, places)
        How often each place stands in each sample.

    Returns
    -------
    array of shape (samples,)
        Missing where one side is the same in every place.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([9.0, 8.0, 1.0]), np.ones((1, 3))).tolist()
    [-1.0]
    """
    total = np.add.reduce(copies, axis=1)[:, None]
    parts = []
    for values in (first, second):
        ranks = mid_ranks(values, copies)
        parts.append(ranks - np.add.reduce(ranks * copies, axis=1)[:, None] / total)
    one, two = parts
    product, *squares = (np.add.reduce(a * b * copies, axis=1) for a, b in ((one, two), (one, one), (two, two)))
    return _over(product, np.sqrt(squares[0] * squares[1]))
