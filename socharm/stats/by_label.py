"""Which positions carry each label: one sort in place of one comparison of all labels for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["positions_by_label"]

_Ints = NDArray[np.int64]


def positions_by_label(labels: _Ints, count: int) -> list[_Ints]:
    """Positions of each label from 0 on, rising; negative labels have none.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Below `count`.
    count : int
        Labels there are, carried by any position or not.

    Examples
    --------
    >>> [held.tolist() for held in positions_by_label(np.array([2, 0, -1, 2]), 3)]
    [[1], [], [0, 3]]
    """
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    return np.split(order, starts)[1:-1]
