"""Randomisation within blocks: the exact distribution of a sum of whole numbers, and designs drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["can_be_exact", "exact_sum_p", "redrawn", "sum_distribution"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]

#: Additions beyond which the exact distribution of a sum takes too long.
_MOST: Final = 1e9
#: Designs that are held at a time.
_BLOCK: Final = 500


def sum_distribution(counts: _Whole, chosen: int) -> _Floats:
    r"""Probability of each sum of `chosen` of the counts, every choice being as likely.

    Notes
    -----
    Counts are taken one after the other: the next one is chosen with probability
    :math:`(k - j)/(n - i)`, *j* of *k* being chosen among the first *i* of *n*.

    Examples
    --------
    >>> sum_distribution(np.array([0, 1, 2]), 2).round(6).tolist()
    [0.0, 0.333333, 0.333333, 0.333333]
    """
    n, total = len(counts), int(counts.sum())
    held = np.zeros((chosen + 1, total + 1))
    held[0, 0] = 1.0
    for at, count in enumerate(counts):
        left = (chosen - np.arange(chosen + 1)) / (n - at)
        moved = held[:-1] * left[:-1, None]
        held = held * (1 - left)[:, None]
        held[1:, int(count) :] += moved[:, : total + 1 - int(count)]
    return np.asarray(np.trim_zeros(held[chosen], "b"), dtype=np.float64)


def can_be_exact(counts: _Floats, assigned: NDArray[np.bool_], block: _Whole) -> bool:
    """Whether counts are whole numbers, and small enough for the distribution of their sum to be made in seconds.

    Examples
    --------
    >>> half = np.arange(200) % 2 == 0
    >>> [can_be_exact(np.full(200, each), half, np.zeros(200, int)) for each in (3.0, 3.5, 3e6)]
    [True, False, False]
    """
    if not (counts == np.round(counts)).all():
        return False
    n, chosen, total = np.bincount(block), np.bincount(block, assigned), np.bincount(block, counts)
    return bool((n * chosen * total).sum() + (np.cumsum(total) * total).sum() <= _MOST)


def exact_sum_p(counts: _Whole, assigned: NDArray[np.bool_], block: _Whole) -> float:
    """Probability that the sum over assigned rows lies as far from what the design expects as it does.

    Parameters
    ----------
    counts : array of int, shape (rows,)
    assigned : array of bool, shape (rows,)
    block : array of int, shape (rows,)
        In each block as many rows are assigned as in the design as it was.

    Examples
    --------
    >>> exact_sum_p(np.array([3, 0, 0, 0]), np.array([True, False, False, False]), np.zeros(4, int))
    0.25
    """
    whole = np.ones(1)
    expected = 0.0
    for each in np.unique(block):
        mine = block == each
        k = int(assigned[mine].sum())
        whole = np.convolve(whole, sum_distribution(counts[mine], k))
        expected += float(counts[mine].sum()) * k / int(mine.sum())
    far = abs(float(counts[assigned].sum()) - expected)
    return float(min(1.0, whole[np.abs(np.arange(len(whole)) - expected) >= far - 1e-9].sum()))


def redrawn(
    assigned: NDArray[np.bool_], block: _Whole, draws: int, rng: np.random.Generator
) -> Iterator[NDArray[np.uint8]]:
    """Designs with as many assigned rows in each block, some at a time: 1 where assigned, shape (some, rows)."""
    order = np.argsort(block, kind="stable")
    edges = np.flatnonzero(np.diff(block[order], prepend=-1, append=-1))
    for at in range(0, draws, _BLOCK):
        made = np.empty((min(_BLOCK, draws - at), len(assigned)), dtype=np.uint8)
        for first, end in pairwise(edges):
            rows = order[first:end]
            made[:, rows] = rng.permuted(np.broadcast_to(assigned[rows], (len(made), len(rows))), axis=1)
        yield made
