"""Local Gi, Gi* and local Moran with their analytical moments: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LocalMoments", "gi_moments", "mean_in_pool", "moran_moments", "total_moran_moments"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LocalMoments:
    """A local statistic, what it is expected to be without clustering, and its standard score.

    Attributes
    ----------
    statistic, expected, variance, z : ndarray of shape (n,)
        NaN where the statistic is not defined.
    """

    statistic: _Floats
    expected: _Floats
    variance: _Floats

    @property
    def z(self) -> _Floats:
        """Standard score; NaN where the variance is 0."""
        spread = np.sqrt(np.where(self.variance > 0, self.variance, np.nan))
        return np.asarray((self.statistic - self.expected) / spread, dtype=np.float64)


def gi_moments(values: _Floats, sums: _Floats, total: _Floats, squares: _Floats, own: _Floats | None) -> LocalMoments:
    r"""Getis-Ord Gi* (with the area's own value) or Gi (without), as a weighted mean of values.

    Parameters
    ----------
    values : ndarray of shape (n,)
    sums, total, squares : ndarray of shape (n,)
        Over the neighbours: weighted sum of values, sum of weights, sum of squared weights.
    own : ndarray of shape (n,) or None
        Weight of the area itself; None for Gi.

    Returns
    -------
    LocalMoments
        Of the weighted mean of the values, in their unit.

    Notes
    -----
    With :math:`W_i = \sum_j w_{ij}`, :math:`S_i = \sum_j w_{ij}^2`:
    :math:`z_i = (\sum_j w_{ij} x_j - W_i \bar x) / (s \sqrt{(n S_i - W_i^2)/(n - 1)})`, :math:`s^2` with divisor n; for
    Gi mean, variance and n are those of the other areas.
    """
    n = values.size
    mean = np.add.reduce(values) / n
    spread = np.add.reduce((values - mean) ** 2) / n
    if own is not None:
        w, s = total + own, squares + own**2
        return mean_in_pool(sums + own * values, w, s, np.full(n, mean), np.full(n, spread), n)
    if n < 3:
        nothing = np.full(n, np.nan)
        return LocalMoments(nothing, nothing, nothing)
    others = mean - (values - mean) / (n - 1)
    variance = np.maximum((n * spread - (values - mean) ** 2 * n / (n - 1)) / (n - 1), 0.0)
    return mean_in_pool(sums, total, squares, others, variance, n - 1)


def mean_in_pool(sums: _Floats, w: _Floats, s: _Floats, mean: _Floats, variance: _Floats, n: int) -> LocalMoments:
    """Weighted means, and their moments were the values drawn without replacement from a pool.

    Parameters
    ----------
    sums, w, s : ndarray of shape (areas,)
        Weighted sum of values, sum of weights, sum of squared weights.
    mean, variance : ndarray of shape (areas,)
        Of the pool, with divisor n.
    n : int
        Values of the pool.
    """
    if n < 2:
        nothing = np.full(sums.size, np.nan)
        return LocalMoments(nothing, nothing, nothing)
    safe = np.where(w > 0, w, np.nan)
    room = np.maximum(n * s / safe**2 - 1.0, 0.0) / (n - 1)
    noise = np.finfo(np.float64).eps ** 2 * np.maximum(mean**2, 1e-300) * n**2
    return LocalMoments(sums / safe, np.where(w > 0, mean, np.nan), np.where(variance > noise, variance * room, 0.0))


def moran_moments(values: _Floats, lag: _Floats, squares: _Floats) -> LocalMoments:
    r"""Local Moran with weights that sum to 1, and its moments when the area's own value is held fixed.

    Parameters
    ----------
    values : ndarray of shape (n,)
    lag : ndarray of shape (n,)
        Weighted mean of the neighbours' values; NaN without neighbours.
    squares : ndarray of shape (n,)
        Sum of the squared weights.

    Notes
    -----
    :math:`I_i = (z_i / m_2) \sum_j w_{ij} z_j`, :math:`z = x - \bar x`, :math:`m_2 = \sum z^2 / n`. Over
    permutations of the other values: :math:`E = -z_i^2 / ((n - 1) m_2)` and
    :math:`V = (z_i / m_2)^2 \frac{n}{n - 2} (S_i - \frac{1}{n - 1}) (m_2 - \frac{z_i^2}{n - 1})`.
    """
    n = values.size
    z = values - np.add.reduce(values) / n
    m2 = np.add.reduce(z**2) / n
    flat = m2 <= np.finfo(np.float64).eps ** 2 * float(np.max(np.abs(values), initial=0.0)) ** 2 * n**2
    if n < 3 or flat:
        nothing = np.full(n, np.nan)
        return LocalMoments(nothing, nothing, nothing)
    expected = np.where(np.isnan(lag), np.nan, -(z**2) / ((n - 1) * m2))
    others = np.maximum(m2 - z**2 / (n - 1), 0.0)
    variance = (z / m2) ** 2 * (n / (n - 2)) * np.maximum(squares - 1.0 / (n - 1), 0.0) * others
    return LocalMoments(z / m2 * (lag - (values - z)), expected, variance)


def total_moran_moments(values: _Floats, lag: _Floats, total: _Floats, squares: _Floats) -> LocalMoments:
    r"""Local Moran, and its moments were every value shuffled over all areas, the area's own included.

    Parameters
    ----------
    values : ndarray of shape (n,)
    lag : ndarray of shape (n,)
        Weighted sum of the neighbours' values; NaN without neighbours.
    total, squares : ndarray of shape (n,)
        Sums of the weights, and of the squared weights.

    Notes
    -----
    With :math:`m_k = \sum z^k / n`, :math:`b_2 = m_4 / m_2^2`, :math:`W_i = \sum_j w_{ij}`,
    :math:`S_i = \sum_j w_{ij}^2`: :math:`E = -W_i / (n - 1)` and
    :math:`V = S_i \frac{n - b_2}{n - 1} + (W_i^2 - S_i) \frac{2 b_2 - n}{(n - 1)(n - 2)} - E^2`.

    References
    ----------
    Anselin, L. (1995), equations 13 and 14. Sokal, R.R., Oden, N.L. and Thomson, B.A. (1998).
    """
    n = values.size
    z = values - np.add.reduce(values) / n
    m2 = np.add.reduce(z**2) / n
    flat = m2 <= np.finfo(np.float64).eps ** 2 * float(np.max(np.abs(values), initial=0.0)) ** 2 * n**2
    if n < 3 or flat:
        nothing = np.full(n, np.nan)
        return LocalMoments(nothing, nothing, nothing)
    b2 = np.add.reduce(z**4) / n / m2**2
    expected = np.where(np.isnan(lag), np.nan, -total / (n - 1))
    alone = squares * (n - b2) / (n - 1)
    pairs = (total**2 - squares) * (2 * b2 - n) / ((n - 1) * (n - 2))
    return LocalMoments(z / m2 * (lag - total * (values - z)), expected, np.maximum(alone + pairs - expected**2, 0.0))
