"""Ranks of rows of numbers: 1 is the largest, equals share the lower rank."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = ["TIE", "descending_ranks", "rank_quantiles", "ties_settled"]

#: Amounts that differ by less than this share of their size are equal: the same sum, taken in another order.
TIE: Final = 1e-12
#: Numbers that are ranked at a time.
_TOGETHER: Final = 30_000


def ties_settled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Amounts of one list, with those that differ by rounding alone made equal to the largest of them.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Gaps stay gaps.

    Examples
    --------
    >>> bool(0.1 + 0.1 + 0.1 == 0.3), np.unique(ties_settled(np.array([0.1 + 0.1 + 0.1, 0.3]))).size
    (False, 1)
    """
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    new = np.ones(values.size, dtype=bool)
    new[1:] = ~(ordered[:-1] - ordered[1:] <= TIE * np.maximum(np.abs(ordered[:-1]), np.abs(ordered[1:])))
    first = np.maximum.accumulate(np.where(new, np.arange(values.size), 0))
    settled = np.empty_like(ordered)
    settled[order] = ordered[first]
    return settled


def descending_ranks(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Rank each row of `values`, shape (n_rows, n_columns); no gaps allowed.

    Examples
    --------
    >>> descending_ranks(np.array([[3.0, 9.0, 3.0]])).tolist()
    [[2, 1, 2]]
    """
    rows, columns = values.shape
    ranks = np.empty((rows, columns), dtype=np.int32)
    step = max(1, _TOGETHER // max(columns, 1))
    for start in range(0, rows, step):
        ranks[start : start + step] = _ranks(values[start : start + step])
    return ranks


def _ranks(values: NDArray[np.float64]) -> NDArray[np.int32]:
    return _ranks_in(_descending_order(values), values)


@kernel
def _ranks_in(order: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Ranks from the places of each row's values from the largest down."""
    rows, columns = values.shape
    ranks = np.empty((rows, columns), dtype=np.int32)
    for row in range(rows):
        own, found, places = values[row], ranks[row], order[row]
        rank, last = 0, np.inf
        for place in range(columns):
            here = own[places[place]]
            if place == 0 or here != last:
                rank, last = place + 1, here
            found[places[place]] = rank
    return ranks


def _descending_order(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Places of each row's values from the largest down; equals in any order.

    Whole numbers are sorted far faster than places by their values: each value is put into one, its last bits
    exchanged for its place. A row in which these bits were needed to tell two values apart is sorted as it is.
    """
    values = values + 0.0  # -0.0 is no other number than 0.0
    bits = values.view(np.int64)
    # The bits of numbers below zero rise as these fall.
    rising = np.where(bits < 0, bits ^ np.int64(0x7FFFFFFFFFFFFFFF), bits)
    mask = np.int64((1 << max(1, int(values.shape[1] - 1).bit_length())) - 1)
    keys = np.sort(~rising & ~mask | np.arange(values.shape[1]), axis=1)
    order = keys & mask
    blurred = (keys[:, 1:] ^ keys[:, :-1]) <= mask
    for row in np.flatnonzero(blurred.any(axis=1)):
        ordered = values[row, order[row]]
        if (ordered[1:] > ordered[:-1]).any():
            order[row] = np.argsort(-values[row], kind="stable")
    return np.asarray(order, dtype=np.int64)


def rank_quantiles(ranks: NDArray[np.integer], levels: tuple[float, ...]) -> NDArray[np.int64]:
    """Quantiles of drawn ranks by column, shape (n_levels, n_columns); always a rank that was drawn."""
    drawn = np.sort(ranks, axis=0)
    at = [max(0, int(np.ceil(level * len(drawn))) - 1) for level in levels]
    return drawn[at].astype(np.int64)
