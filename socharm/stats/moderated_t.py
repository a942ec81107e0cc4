"""Is a row above, or below, zero on average? A t test whose variances borrow from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.serial import serial_correlation, serial_sums

__all__ = ["LEAST_VALUES", "TailP", "moderate_variances", "moderated_t", "prior_of_variances"]

_Floats = NDArray[np.float64]

#: Values that a row needs: two degrees of freedom.
LEAST_VALUES: Final = 3


@dataclass(frozen=True, eq=False)
class TailP:
    """One-sided p of each row; missing where there are too few values.

    Attributes
    ----------
    low, high : ndarray of shape (n,)
        Of a mean below, and above, zero.
    correlation : float
        Share of one column that is taken to be left in the next; 0 where columns are taken as independent.
    """

    low: _Floats
    high: _Floats
    correlation: float = 0.0


def moderated_t(values: _Floats, *, serial: bool = False) -> TailP:
    r"""One-sided p that the mean of each row lies below or above zero.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Of comparable variance between rows; NaN where a row has no value.
    serial : bool
        Columns follow each other in time, and something of one may be left in the next.

    Returns
    -------
    TailP

    Notes
    -----
    :math:`\tilde t = \bar x \sqrt m / \tilde s`, :math:`\tilde s^2 = (d_0 s_0^2 + d s^2) / (d_0 + d)`, with
    :math:`d_0 + d` degrees of freedom, :math:`d = m - 1`. The prior :math:`d_0, s_0^2` is fitted to all rows
    (`prior_of_variances`): with twelve months a variance of its own is poor, and the luckiest of many rows would be
    called significant because its months happened to be alike.

    Where columns are not independent, a mean varies more than its values say, and they vary less round it. With
    `serial`, one correlation r of neighbouring columns is estimated from all rows together (`serial_correlation`), none
    below 0; :math:`s^2` is then the sum of squares over what is expected of it, *d* Satterthwaite's, and
    :math:`1/m` becomes :math:`1'R1 / m^2` (`serial_sums`). For nine months and r = .5 that is 2.6 times the variance.

    References
    ----------
    Smyth, G. K. (2004). Linear models and empirical Bayes methods for assessing differential expression in microarray
    experiments. *Statistical Applications in Genetics and Molecular Biology* 3(1), 3.

    Examples
    --------
    >>> rows = np.array([[2.0, 3.0, 2.5, 2.5], [-1.0, 1.0, 0.5, -0.5]])
    >>> moderated_t(rows).high.round(3).tolist()
    [0.0, 0.5]
    """
    known = ~np.isnan(values)
    m = known.sum(axis=1)
    enough = m >= LEAST_VALUES
    filled = np.where(known, values, 0.0)
    mean = np.divide(filled.sum(axis=1), m, out=np.zeros(m.size), where=enough)
    squares = np.where(known, (filled - mean[:, None]) ** 2, 0.0).sum(axis=1)
    variance, d, of_mean, correlation = squares / np.maximum(m - 1, 1), np.maximum(m - 1, 1).astype(float), 1.0, 0.0
    if serial:
        correlation = serial_correlation(values[enough])
    if correlation > 0:
        sums = serial_sums(known, correlation)
        variance, d = np.divide(squares, sums.squares, out=np.zeros(m.size), where=enough), sums.degrees
        of_mean = sums.total / np.maximum(m, 1)
    pooled, df = moderate_variances(variance, d, enough)
    scale = np.sqrt(pooled * of_mean / np.maximum(m, 1))
    t = np.divide(mean, scale, out=np.zeros(m.size), where=scale > 0)
    # Rows without any spread anywhere: only a mean of zero is no evidence, and no test tells the others.
    low, high = scipy.special.stdtr(df, t), scipy.special.stdtr(df, -t)
    none = (scale <= 0) | ~enough
    return TailP(np.where(none, np.nan, low), np.where(none, np.nan, high), correlation)


def moderate_variances(variance: _Floats, d: _Floats, enough: NDArray[np.bool_]) -> tuple[_Floats, _Floats]:
    """Variances drawn towards the one of all rows, and their degrees of freedom."""
    d0, s0 = prior_of_variances(variance[enough], d[enough])
    if np.isinf(d0):
        return np.full(variance.size, s0), np.full(variance.size, np.inf)
    return (d0 * s0 + d * variance) / (d0 + d), d0 + d


def prior_of_variances(variance: _Floats, degrees: _Floats) -> tuple[float, float]:
    r"""Degrees of freedom and value of the variance that all rows share.

    Parameters
    ----------
    variance, degrees : ndarray of shape (n,)
        Sample variances, and their degrees of freedom; variances of 0 are left out.

    Returns
    -------
    d0, s0 : float
        `d0` is infinite where the variances differ no more than chance explains, and 0 where there are fewer than
        two.

    Notes
    -----
    By the moments of :math:`e = \log s^2 - \psi(d/2) + \log(d/2)`: :math:`\operatorname{Var} e = \psi'(d/2) +
    \psi'(d_0/2)`, :math:`\log s_0^2 = \bar e + \psi(d_0/2) - \log(d_0/2)` (Smyth 2004, section 6.2).

    Examples
    --------
    >>> prior_of_variances(np.array([1.0, 1.0, 1.0]), np.full(3, 4.0))[0]
    inf
    """
    positive = variance > 0
    v, d = variance[positive], degrees[positive]
    if v.size < 2:
        return 0.0, float(v[0]) if v.size else 0.0
    e = np.log(v) - scipy.special.digamma(d / 2) + np.log(d / 2)
    mean = float(np.mean(e))
    excess = float(np.mean((e - mean) ** 2 * v.size / (v.size - 1) - scipy.special.polygamma(1, d / 2)))
    if excess <= 0:
        return float("inf"), float(np.exp(mean))
    half = _inverse_trigamma(excess)
    return 2 * half, float(np.exp(mean + scipy.special.digamma(half) - np.log(half)))


def _inverse_trigamma(value: float) -> float:
    """x with trigamma(x) = value, by Newton's steps on 1 / trigamma, which is nearly straight."""
    x = 0.5 + 1.0 / value
    for _ in range(50):
        now = float(scipy.special.polygamma(1, x))
        step = now * (1.0 - now / value) / float(scipy.special.polygamma(2, x))
        x += step
        if abs(step) <= 1e-12 * x:
            break
    return x
