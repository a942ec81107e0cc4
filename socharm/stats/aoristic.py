"""Windows of time spread over the hours of the week: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["WEEK", "hour_shares", "hours_of_days"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Hours of a week.
WEEK = 168


def hour_shares(start: _Floats, end: _Floats) -> tuple[_Ints, _Ints, _Floats]:
    """Share of each window that lies in each hour.

    Parameters
    ----------
    start, end : ndarray of shape (n,)
        Hours since any midnight; the end is at least the start. Where both are equal the whole event lies in that hour.

    Returns
    -------
    event, hour : ndarray of int64
        Number of the window, and the whole hour since that midnight.
    share : ndarray of float64
        Above 0; those of a window add up to 1.

    Examples
    --------
    >>> event, hour, share = hour_shares(np.array([22.5, 9.0]), np.array([24.5, 9.0]))
    >>> hour.tolist(), share.tolist()
    ([22, 23, 24, 9], [0.25, 0.5, 0.25, 1.0])
    """
    first = np.floor(start).astype(np.int64)
    last = np.maximum(np.ceil(end).astype(np.int64) - 1, first)
    number = last - first + 1
    event = np.repeat(np.arange(start.size), number)
    within = np.arange(event.size) - np.repeat(np.cumsum(number) - number, number)
    hour = first[event] + within
    length = (end - start)[event]
    inside = np.minimum(hour + 1.0, end[event]) - np.maximum(hour, start[event])
    share = np.divide(inside, length, out=np.ones(event.size), where=length > 0)
    return event, hour, share


def hours_of_days(first: int, last: int) -> _Floats:
    """How often each hour of the week comes in the days from `first` to `last`, day 0 being a Monday.

    Examples
    --------
    >>> hours_of_days(0, 8)[[0, 24, 48]].tolist()
    [2.0, 2.0, 1.0]
    """
    days = np.bincount(np.arange(first, last + 1) % 7, minlength=7)
    return np.repeat(days, 24).astype(np.float64)
