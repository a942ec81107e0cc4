"""Intervals of counts by Byar's approximation, and of weighted sums of counts by Dobson's way of stretching them."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.gamma_interval import WeightedSum

__all__ = ["byar_interval", "byar_limits"]

_Floats = NDArray[np.float64]


def byar_limits(count: _Floats, *, level: float = 0.95) -> tuple[_Floats, _Floats]:
    r"""Interval of the mean of a Poisson count.

    Parameters
    ----------
    count : array
    level : float

    Returns
    -------
    low, high : arrays
        Within 0.2% of the exact limits from ten events on; `low` is 0 where nothing was counted.

    Notes
    -----
    :math:`n (1 - 1/(9n) - z/(3\sqrt n))^3` and :math:`(n + 1)(1 - 1/(9(n + 1)) + z/(3\sqrt{n + 1}))^3`.

    References
    ----------
    Breslow, N. E. and Day, N. E. (1987). *Statistical methods in cancer research II: the design and analysis of cohort
    studies*. Lyon: International Agency for Research on Cancer.

    Examples
    --------
    >>> low, high = byar_limits(np.array([65.0]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([50.1632], [82.8491])
    """
    z = float(scipy.special.ndtri(0.5 + level / 2))
    some, more = np.maximum(count, 1e-300), count + 1.0
    low = some * np.maximum(1 - 1 / (9 * some) - z / (3 * np.sqrt(some)), 0.0) ** 3
    high = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.where(count > 0, low, 0.0), high


def byar_interval(observed: WeightedSum, count: _Floats, *, level: float = 0.95) -> tuple[_Floats, _Floats]:
    r"""Interval of the expectation of a weighted sum of Poisson counts.

    Parameters
    ----------
    observed : WeightedSum
    count : array of shape (areas,)
        Events behind each sum.
    level : float

    Returns
    -------
    low, high : arrays of shape (areas,)
        Missing where nothing was counted: how far a sum can go is then not told by it.

    Notes
    -----
    With y the sum, v its variance and n the count, :math:`y + \sqrt{v / n}\,(n_{low} - n)`, and the same with the upper
    limit. It is the interval of rates that public health publishes, for ten events or more.

    References
    ----------
    Dobson, A. J., Kuulasmaa, K., Eberle, E. and Scherer, J. (1991). Confidence intervals for weighted sums of Poisson
    parameters. *Statistics in Medicine* 10, 457-462.
    """
    stretch = np.sqrt(observed.variance / np.where(count > 0, count, np.nan))
    low, high = byar_limits(count, level=level)
    return observed.total + stretch * (low - count), observed.total + stretch * (high - count)
