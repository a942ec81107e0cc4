"""Intervals of a share of those asked, and of the difference of two."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

__all__ = ["exact_interval", "newcombe_interval", "wilson_interval"]

_Floats = NDArray[np.float64]


def wilson_interval(yes: ArrayLike, asked: ArrayLike, *, level: float = 0.95) -> tuple[_Floats, _Floats]:
    """Interval of a share (Wilson 1927), which holds where few are asked and is never outside 0 and 1.

    Parameters
    ----------
    yes, asked : array
        Of one shape; need not be whole, as where a design effect makes the sample smaller.
    level : float

    Examples
    --------
    Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263.

    >>> low, high = wilson_interval(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    y, n = np.asarray(yes, dtype=np.float64), np.asarray(asked, dtype=np.float64)
    z = float(scipy.stats.norm.ppf(0.5 + level / 2))
    share = y / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n**2))
    # At the ends rounding must not leave an interval without the share itself.
    low = np.where(y <= 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(y >= n, 1.0, np.minimum(centre + half, 1.0))
    return low, high


def exact_interval(yes: ArrayLike, asked: ArrayLike, *, level: float = 0.95) -> tuple[_Floats, _Floats]:
    """Interval of a share (Clopper and Pearson 1934), which holds at least as often as it says, and is wide.

    Parameters
    ----------
    yes, asked : array
    level : float

    Examples
    --------
    Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263.

    >>> low, high = exact_interval(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2527, 0.3676)
    """
    y, n = np.asarray(yes, dtype=np.float64), np.asarray(asked, dtype=np.float64)
    tail = (1.0 - level) / 2
    low = np.where(y > 0, scipy.stats.beta.ppf(tail, np.maximum(y, 1e-12), n - y + 1), 0.0)
    high = np.where(y < n, scipy.stats.beta.ppf(1 - tail, y + 1, np.maximum(n - y, 1e-12)), 1.0)
    return low, high


def newcombe_interval(
    before: tuple[ArrayLike, ArrayLike], after: tuple[ArrayLike, ArrayLike], *, level: float = 0.95
) -> tuple[_Floats, _Floats]:
    """Interval of the later share less the earlier one, from the Wilson intervals of both (Newcombe's method 10).

    Parameters
    ----------
    before, after : pair of arrays
        Those who said yes, and those asked.
    level : float

    Examples
    --------
    Newcombe (1998), Statistics in Medicine 17, 873-890, table II: 56 of 70 less 48 of 80.

    >>> low, high = newcombe_interval((48, 80), (56, 70))
    >>> round(float(low), 4), round(float(high), 4)
    (0.0524, 0.3339)
    """
    shares = [np.asarray(yes, dtype=np.float64) / np.asarray(asked, dtype=np.float64) for yes, asked in (before, after)]
    (low_1, high_1), (low_2, high_2) = (wilson_interval(yes, asked, level=level) for yes, asked in (before, after))
    change = shares[1] - shares[0]
    low = change - np.hypot(shares[1] - low_2, high_1 - shares[0])
    high = change + np.hypot(high_2 - shares[1], shares[0] - low_1)
    return np.maximum(low, -1.0), np.minimum(high, 1.0)
