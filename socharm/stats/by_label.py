"""Which positions carry each label: one sort in place of one comparison of all labels for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["positions_by_label"]

_Ints = NDArray[np.int64]


def positions_by_label(labels: _Ints) -> list[_Ints]:
    """Positions of each label from 0 to the largest, rising; negative labels have none.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)

    Examples
    --------
    >>> [held.tolist() for held in positions_by_label(np.array([2, 0, -1, 2]))]
    [[1], [], [0, 3]]
    """
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(int(labels.max(initial=-1)) + 2))
    return np.split(order, starts)[1:-1]
