"""Intervals of weighted sums of Poisson counts, and of the ratio of two, by the gamma distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["WeightedSum", "gamma_interval", "gamma_ratio_interval", "weighted_sum"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """Weighted sums of counts.

    Attributes
    ----------
    total : array of shape (areas,), ``sum n w``
    variance : array of shape (areas,), ``sum n w^2``
    largest : array of shape (areas,), the largest weight, whether it was counted or not
    """

    total: _Floats
    variance: _Floats
    largest: _Floats


def weighted_sum(n: _Floats, weights: _Floats) -> WeightedSum:
    """Sums of counts times weights, with what their intervals need.

    Parameters
    ----------
    n : array of shape (areas, kinds)
    weights : array of shape (kinds,) or (areas, kinds)

    Examples
    --------
    >>> weighted_sum(np.array([[2.0, 1.0]]), np.array([1.0, 10.0])).variance.tolist()
    [102.0]
    """
    weights = np.broadcast_to(weights, n.shape)
    return WeightedSum(np.sum(n * weights, axis=1), np.sum(n * weights**2, axis=1), weights.max(axis=1))


def gamma_interval(observed: WeightedSum, *, level: float = 0.95) -> tuple[_Floats, _Floats]:
    r"""Interval of the expectation of a weighted sum of Poisson counts.

    Parameters
    ----------
    observed : WeightedSum
    level : float

    Returns
    -------
    low, high : arrays of shape (areas,)

    Notes
    -----
    With y the sum, v its variance and :math:`w_M` the largest weight, the ends are quantiles of gamma distributions:
    of mean y and variance v below, and of mean :math:`y + w_M` and variance :math:`v + w_M^2` above. It holds at least
    its level where that was tried, and far more where a huge weight met no event.

    References
    ----------
    Fay, M. P. and Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method based on the
    gamma distribution. *Statistics in Medicine* 16, 791-801.

    Examples
    --------
    One kind of count: the exact interval of a Poisson mean.

    >>> low, high = gamma_interval(weighted_sum(np.array([[10.0]]), np.array([1.0])))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([4.795], [18.39])
    """
    tail = (1 - level) / 2
    shape, scale = _shape(observed.total, observed.variance)
    low = np.where(observed.total > 0, scipy.stats.gamma.ppf(tail, shape, scale=scale), 0.0)
    shape, scale = _shape(observed.total + observed.largest, observed.variance + observed.largest**2)
    return low, np.asarray(scipy.stats.gamma.ppf(1 - tail, shape, scale=scale), dtype=np.float64)


def gamma_ratio_interval(first: WeightedSum, second: WeightedSum, *, level: float = 0.95) -> tuple[_Floats, _Floats]:
    r"""Interval of the ratio of the second expectation to the first.

    Parameters
    ----------
    first, second : WeightedSum
    level : float

    Returns
    -------
    low, high : arrays of shape (areas,)
        `high` is infinite where nothing was counted in the first.

    Notes
    -----
    A ratio of two gamma variables is F-distributed but for its scale. The upper end takes the upper gamma of
    `gamma_interval` for the second sum and the lower one for the first; the lower end the other way round.

    References
    ----------
    Fay, M. P. (1999). Approximate confidence intervals for rate ratios from directly standardized rates with sparse
    data. *Communications in Statistics: Theory and Methods* 28(9), 2141-2160.

    Examples
    --------
    One kind of count: the exact interval of the ratio of two Poisson means.

    >>> ones = np.ones(1)
    >>> low, high = gamma_ratio_interval(weighted_sum(np.array([[10.0]]), ones), weighted_sum(np.array([[20.0]]), ones))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.894], [4.785])
    """
    tail = (1 - level) / 2
    low = np.where(second.total > 0, _quantile(tail, second, first), 0.0)
    over = np.where(first.total > 0, _quantile(tail, first, second), 0.0)
    with np.errstate(divide="ignore"):
        return low, 1.0 / over


def _quantile(tail: float, above: WeightedSum, below: WeightedSum) -> _Floats:
    """Lower quantile of the ratio of a gamma of `above` as observed to one of `below` with one event more."""
    total, variance = below.total + below.largest, below.variance + below.largest**2
    shape, more = _shape(above.total, above.variance)[0], _shape(total, variance)[0]
    return np.asarray(above.total / total * scipy.stats.f.ppf(tail, 2 * shape, 2 * more), dtype=np.float64)


def _shape(mean: _Floats, variance: _Floats) -> tuple[_Floats, _Floats]:
    """Shape and scale of a gamma distribution; those of mean 1 where there is no variance."""
    some = (mean > 0) & (variance > 0)
    mean, variance = np.where(some, mean, 1.0), np.where(some, variance, 1.0)
    return mean**2 / variance, variance / mean
