"""What a difference in trends could have done: power of the test before, and bounds on the effect after."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["power_of_pre_trend_test", "pre_trend_p", "relative_bounds", "trend_found"]

_Floats = NDArray[np.float64]


def pre_trend_p(before: _Floats, covariance: _Floats) -> float:
    """p of all coefficients before the start being 0 (Wald).

    Examples
    --------
    >>> round(pre_trend_p(np.array([1.96]), np.eye(1)), 3)
    0.05
    """
    return float(scipy.stats.chi2.sf(before @ np.linalg.solve(covariance, before), before.size))


def power_of_pre_trend_test(shape: _Floats, covariance: _Floats, slope: float, alpha: float) -> float:
    """Probability that the test finds coefficients of ``slope * shape``.

    Examples
    --------
    >>> round(power_of_pre_trend_test(np.array([1.0]), np.eye(1), 0.0, 0.05), 3)
    0.05
    """
    lift = slope**2 * float(shape @ np.linalg.solve(covariance, shape))
    limit = scipy.stats.chi2.isf(alpha, shape.size)
    return float(scipy.stats.ncx2.sf(limit, shape.size, lift)) if lift > 0 else alpha


def trend_found(shape: _Floats, covariance: _Floats, alpha: float, power: float = 0.8) -> float:
    """The slope that the test finds with a probability of `power`."""

    def short(log: float) -> float:
        return power_of_pre_trend_test(shape, covariance, float(np.exp(log)), alpha) - power

    unit = 1 / np.sqrt(float(shape @ np.linalg.solve(covariance, shape)))
    return float(np.exp(scipy.optimize.brentq(short, np.log(unit / 10), np.log(unit * 30))))


def relative_bounds(
    before: _Floats, after: _Floats, covariance: _Floats, m_bar: float, level: float
) -> tuple[float, float]:
    r"""Interval of the mean effect, where trends may differ after by `m_bar` times as much as they ever did before.

    Parameters
    ----------
    before, after : arrays
        Coefficients in order of time; the reference, which is 0, stands between them.
    covariance : array of shape (before + after, before + after)
    m_bar : float
    level : float

    Notes
    -----
    With :math:`\delta` the difference in trends, :math:`|\delta_{t+1} - \delta_t| \le \bar M \max_s |\delta_{s+1} -
    \delta_s|` over steps *s* before (Rambachan and Roth's relative magnitudes). After *L* times the mean is off by at
    most :math:`\bar M (L+1)/2` times that largest step. For each step before and either sign, the mean less so many
    times the step is linear in the coefficients and has a normal interval; the interval here is from the lowest to the
    highest end of them all. It holds the effect at least as often as stated, whichever step is the largest, and is
    wider than theirs, which uses that no other step is larger.
    """
    size, later = before.size, after.size
    mean = np.concatenate([np.zeros(size), np.full(later, 1 / later)])
    whole = np.concatenate([before, after])
    steps = np.zeros((size, size + later))
    for at in range(size):
        steps[at, at] = -1.0
        if at + 1 < size:
            steps[at, at + 1] = 1.0
    off = m_bar * (later + 1) / 2
    z = float(scipy.stats.norm.isf((1 - level) / 2))
    ends = []
    for sign in (-1.0, 1.0):
        for step in steps if m_bar > 0 else np.zeros((1, size + later)):
            row = mean + sign * off * step
            middle, half = float(row @ whole), z * float(np.sqrt(row @ covariance @ row))
            ends += [middle - half, middle + half]
    return min(ends), max(ends)
