"""Does a series rise or fall? Mann-Kendall and Sen's slope, of many series at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = [
    "Slopes",
    "TrendCounts",
    "common_inflation",
    "hamed_rao_inflation",
    "sen_slopes",
    "shared_variogram",
    "trend_counts",
    "trend_z",
]

_Floats = NDArray[np.float64]

#: Median of a chi-squared of one degree of freedom.
_MIDDLE_SQUARE: Final = 0.4549364231195724
#: Values from which a correction for autocorrelation is defined.
_LEAST: Final = 3


@dataclass(frozen=True, eq=False)
class TrendCounts:
    """Kendall's score of each series.

    Attributes
    ----------
    n : ndarray of int64, shape (rows,)
        Values that are there.
    s : ndarray of shape (rows,)
        Pairs of values that rise less pairs that fall.
    variance : ndarray of shape (rows,)
        Of S where the values are in random order, ties allowed for.
    tied : ndarray of shape (rows,)
        Pairs of equal values.
    """

    n: NDArray[np.int64]
    s: _Floats
    variance: _Floats
    tied: _Floats

    @property
    def pairs(self) -> _Floats:
        """Pairs of values."""
        return np.asarray(self.n * (self.n - 1) / 2.0, dtype=np.float64)

    @property
    def tau_a(self) -> _Floats:
        """S over all pairs; missing where there is none."""
        found: _Floats = np.full(self.s.size, np.nan)
        np.divide(self.s, self.pairs, out=found, where=self.pairs > 0)
        return found

    @property
    def tau(self) -> _Floats:
        """Kendall's tau-b, no two times being equal; missing where all values are."""
        room = np.sqrt(self.pairs * (self.pairs - self.tied))
        found: _Floats = np.full(self.s.size, np.nan)
        np.divide(self.s, room, out=found, where=room > 0)
        return found


@dataclass(frozen=True, eq=False)
class Slopes:
    """Sen's slope of each series, with its interval.

    Attributes
    ----------
    slope, low, high : ndarray of shape (rows,)
        Per unit of time; missing where there are fewer than two values.
    middle : ndarray of shape (rows,)
        Median of the values less the slope times the median of their times: the level at time 0.
    """

    slope: _Floats
    low: _Floats
    high: _Floats
    middle: _Floats


def trend_counts(values: _Floats) -> TrendCounts:
    r"""Kendall's S of each row over its columns, and the variance of S.

    Parameters
    ----------
    values : ndarray of shape (rows, periods)
        In the order of time; NaN where there is no value.

    Notes
    -----
    :math:`S = \sum_{s<t} \operatorname{sign}(x_t - x_s)` and, with g groups of :math:`u_g` equal values,
    :math:`\operatorname{Var} S = [n(n-1)(2n+5) - \sum_g u_g (u_g - 1)(2u_g + 5)] / 18`.

    References
    ----------
    Mann, H. B. (1945). Nonparametric tests against trend. *Econometrica* 13, 245-259. Kendall, M. G. (1975). *Rank
    correlation methods*, 4th edition.

    Examples
    --------
    >>> found = trend_counts(np.array([[1.0, 2.0, 2.0, 5.0]]))
    >>> float(found.s[0]), round(float(found.variance[0]), 3), round(float(found.tau[0]), 3)
    (5.0, 7.667, 0.913)
    """
    rows = values.shape[0]
    n, s = np.zeros(rows, dtype=np.int64), np.zeros(rows)
    ties, tied = np.zeros(rows), np.zeros(rows)
    _count_rows(np.ascontiguousarray(values, dtype=np.float64), n, s, ties, tied)
    return TrendCounts(n=n, s=s, variance=(n * (n - 1.0) * (2 * n + 5.0) - ties) / 18.0, tied=tied)


def trend_z(s: _Floats, variance: _Floats) -> _Floats:
    """Standard score of S with the correction for continuity; missing where S cannot vary.

    Examples
    --------
    >>> trend_z(np.array([17.0, 0.0, -17.0]), np.full(3, 125.0)).round(3).tolist()
    [1.431, 0.0, -1.431]
    """
    spread = np.sqrt(np.where(variance > 0, variance, np.nan))
    return np.asarray((s - np.sign(s)) / spread, dtype=np.float64)


def sen_slopes(
    values: _Floats, times: _Floats, variance: _Floats, level: float, seasons: NDArray[np.int64] | None = None
) -> Slopes:
    r"""Median of the slopes of all pairs of each row, with the interval that the variance of S gives it.

    Parameters
    ----------
    values : ndarray of shape (rows, periods)
    times : ndarray of shape (periods,)
        Ascending.
    variance : ndarray of shape (rows,)
        Of S; missing for no interval.
    level : float
        Of the interval.
    seasons : ndarray of int64, shape (periods,), optional
        Only pairs of one season are taken.

    Notes
    -----
    The interval lies between the slopes of rank :math:`(N - C)/2` and :math:`(N + C)/2 + 1` of N, :math:`C = z
    \sqrt{\operatorname{Var} S}`.

    References
    ----------
    Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. *Journal of the American
    Statistical Association* 63, 1379-1389.
    """
    rows, periods = values.shape
    reach = scipy.special.ndtri(0.5 + level / 2) * np.sqrt(np.maximum(variance, 0.0))
    found = np.full((rows, 4), np.nan)
    room = np.empty(periods * (periods - 1) // 2)
    one = np.zeros(periods, dtype=np.int64) if seasons is None else seasons
    _slope_rows(np.ascontiguousarray(values, dtype=np.float64), times, one, reach, room, found)
    return Slopes(*found.T)


def hamed_rao_inflation(values: _Floats, times: _Floats, slope: _Floats, level: float = 0.05) -> _Floats:
    r"""What autocorrelation multiplies the variance of S by, for each series by itself.

    Parameters
    ----------
    values : ndarray of shape (rows, periods)
        At equal steps of time.
    times : ndarray of shape (periods,)
    slope : ndarray of shape (rows,)
        Sen's slope, which is taken away first.
    level : float
        Of the test of each autocorrelation; those that are not significant count as 0.

    Returns
    -------
    ndarray of shape (rows,)
        Missing where it is not above 0, or where there are fewer than three values: then there is no corrected test.

    Notes
    -----
    :math:`1 + \frac{2}{n(n-1)(n-2)} \sum_k (n-k)(n-k-1)(n-k-2)\,\rho_k`, with :math:`\rho_k` the autocorrelations of
    the ranks that are beyond :math:`z / \sqrt n`.

    References
    ----------
    Hamed, K. H. and Rao, A. R. (1998). A modified Mann-Kendall trend test for autocorrelated data. *Journal of
    Hydrology* 204, 182-196.
    """
    known = ~np.isnan(values)
    n = known.sum(axis=1).astype(np.float64)
    ranks = scipy.stats.rankdata(values - slope[:, None] * times, axis=1, nan_policy="omit")
    middle = np.where(known, ranks, 0.0).sum(axis=1) / np.maximum(n, 1)
    deviation = np.where(known, ranks - middle[:, None], 0.0)
    squares = (deviation**2).sum(axis=1)
    bound = scipy.special.ndtri(1 - level / 2) / np.sqrt(np.maximum(n, 1))
    total = np.zeros(n.size)
    for k in range(1, values.shape[1]):
        products = (deviation[:, k:] * deviation[:, :-k]).sum(axis=1)
        own = np.divide(products, squares, out=np.zeros(n.size), where=squares > 0)
        total += np.where(np.abs(own) > bound, np.maximum(n - k, 0) * (n - k - 1) * (n - k - 2) * own, 0.0)
    room = n * (n - 1) * (n - 2)
    inflation = 1 + 2 * np.divide(total, room, out=np.zeros(n.size), where=room > 0)
    return np.where((inflation > 0) & (n >= _LEAST), inflation, np.nan)


def shared_variogram(values: _Floats) -> _Floats:
    r"""Half the squared difference of values h steps apart, one curve for all series, in units of the longest.

    Parameters
    ----------
    values : ndarray of shape (rows, periods)
        Series of levels and spreads of their own.

    Returns
    -------
    ndarray of shape (periods,)
        :math:`\gamma_0 = 0` first; the step before where no pair is that far apart.

    Notes
    -----
    Levels drop out of differences, so that nothing is lost to the mean that a short series takes away. The median over
    series and pairs is taken, over that of a chi-squared of one degree of freedom: up to half of the series may have a
    trend of their own. Each series is first divided by its spread.

    References
    ----------
    Cressie, N. and Hawkins, D. M. (1980). Robust estimation of the variogram. *Mathematical Geology* 12, 115-125.
    """
    known = ~np.isnan(values)
    n = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, values, 0.0).sum(axis=1) / n
    spread = np.sqrt(np.where(known, (values - mean[:, None]) ** 2, 0.0).sum(axis=1) / n)
    moves = spread > 1e-12 * np.maximum(np.abs(mean), 1e-300)
    scaled = values[moves] / spread[moves, None]
    found = np.zeros(values.shape[1])
    for h in range(1, values.shape[1]):
        apart = scaled[:, h:] - scaled[:, :-h]
        squares = apart[~np.isnan(apart)] ** 2
        found[h] = np.median(squares) / _MIDDLE_SQUARE / 2 if squares.size else found[h - 1]
    return found


def common_inflation(known: NDArray[np.bool_], variogram: _Floats) -> _Floats:
    r"""What autocorrelation multiplies the variance of S by, for normal series of one variogram.

    Parameters
    ----------
    known : ndarray of bool, shape (rows, periods)
        Which values are there: rows with the same gaps have the same factor.
    variogram : ndarray of shape (periods,)
        Of `shared_variogram`.

    Returns
    -------
    ndarray of shape (rows,)
        At least 1: a shared curve that falls by chance makes no test bolder than independence does.

    Notes
    -----
    :math:`\operatorname{Var} S = \sum_{i<j} \sum_{k<l} \frac{2}{\pi} \arcsin \frac{\gamma_{il} + \gamma_{jk} -
    \gamma_{jl} - \gamma_{ik}}{2 \sqrt{\gamma_{ij} \gamma_{kl}}}`, which is exact for normal values (Hamed and Rao 1998,
    section 2, in terms of the variogram), over :math:`n(n-1)(2n+5)/18`.
    """
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    factors = np.ones(len(patterns))
    for number, pattern in enumerate(patterns):
        at = np.flatnonzero(pattern).astype(np.int64)
        n = at.size
        if n >= _LEAST and variogram.max(initial=0.0) > 0:
            factors[number] = _gaussian_variance(at, variogram) / (n * (n - 1) * (2 * n + 5) / 18)
    found: _Floats = np.maximum(factors, 1.0)[np.ravel(which)]
    return found


@kernel
def _gaussian_variance(at: NDArray[np.int64], variogram: _Floats) -> float:
    n = at.size
    total = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            here = variogram[at[j] - at[i]]
            for k in range(n):
                first, second = variogram[abs(at[k] - at[i])], variogram[abs(at[k] - at[j])]
                for m in range(k + 1, n):
                    there = variogram[at[m] - at[k]]
                    if here > 0.0 and there > 0.0:
                        shared = variogram[abs(at[m] - at[i])] + second - variogram[abs(at[m] - at[j])] - first
                        share = shared / (2.0 * np.sqrt(here * there))
                        total += np.arcsin(min(1.0, max(-1.0, share)))
    return total * 2.0 / np.pi


@kernel
def _count_rows(values: _Floats, n: NDArray[np.int64], s: _Floats, ties: _Floats, tied: _Floats) -> None:
    kept = np.empty(values.shape[1])
    for row in range(values.shape[0]):
        size = 0
        for column in range(values.shape[1]):
            if not np.isnan(values[row, column]):
                kept[size] = values[row, column]
                size += 1
        n[row] = size
        total = 0
        for i in range(size):
            for j in range(i + 1, size):
                total += int(kept[j] > kept[i]) - int(kept[j] < kept[i])
        s[row] = total
        ordered = np.sort(kept[:size])
        run = 1
        for i in range(1, size + 1):
            if i < size and ordered[i] == ordered[i - 1]:
                run += 1
            else:
                ties[row] += run * (run - 1.0) * (2.0 * run + 5.0)
                tied[row] += run * (run - 1.0) / 2.0
                run = 1


@kernel
def _slope_rows(
    values: _Floats, times: _Floats, seasons: NDArray[np.int64], reach: _Floats, room: _Floats, found: _Floats
) -> None:
    for row in range(values.shape[0]):
        size = 0
        for i in range(values.shape[1]):
            for j in range(i + 1, values.shape[1]):
                if seasons[i] == seasons[j] and not np.isnan(values[row, i]) and not np.isnan(values[row, j]):
                    room[size] = (values[row, j] - values[row, i]) / (times[j] - times[i])
                    size += 1
        if size == 0:
            continue
        slopes = np.sort(room[:size])
        middle = size // 2
        slope = slopes[middle] if size % 2 == 1 else (slopes[middle - 1] + slopes[middle]) / 2.0
        known = ~np.isnan(values[row])
        found[row, 0] = slope
        if not np.isnan(reach[row]):
            found[row, 1] = slopes[max(int(np.round((size - reach[row]) / 2.0)) - 1, 0)]
            found[row, 2] = slopes[min(int(np.round((size + reach[row]) / 2.0)), size - 1)]
        found[row, 3] = np.median(values[row][known]) - slope * np.median(times[known])
