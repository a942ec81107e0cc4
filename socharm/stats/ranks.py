"""Ranks of rows of numbers: 1 is the largest, equals share the lower rank."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["TIE", "descending_ranks", "rank_quantiles", "ties_settled"]

#: Amounts that differ by less than this share of their size are equal: the same sum, taken in another order.
TIE: Final = 1e-12


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
    order = np.argsort(-values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    new = np.ones((rows, columns), dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    place = np.maximum.accumulate(np.where(new, np.arange(1, columns + 1), 0), axis=1).astype(np.int32)
    ranks = np.empty((rows, columns), dtype=np.int32)
    np.put_along_axis(ranks, order, place, axis=1)
    return ranks


def rank_quantiles(ranks: NDArray[np.integer], levels: tuple[float, ...]) -> NDArray[np.int64]:
    """Quantiles of drawn ranks by column, shape (n_levels, n_columns); always a rank that was drawn."""
    drawn = np.sort(ranks, axis=0)
    at = [max(0, int(np.ceil(level * len(drawn))) - 1) for level in levels]
    return drawn[at].astype(np.int64)
