"""Does a row stand above, or below, zero in its last periods, beyond the ups and downs that all rows have?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.moderated_t import moderate_variances
from socharm.stats.trends import shared_variogram

__all__ = ["Persistence", "any_window", "fit_persistence", "last_windows", "window_p"]

_Floats = NDArray[np.float64]

#: Step of the shares of one period that may be left in the next.
_STEP: Final = 0.01


@dataclass(frozen=True)
class Persistence:
    """How much of a period is left in later ones: correlation ``share * left ** steps``.

    Attributes
    ----------
    share : float
        Of the variance, what fades from period to period; the rest is fresh in each.
    left : float
        What is left of the fading part one period later.
    """

    share: float = 0.0
    left: float = 0.0

    def correlations(self, periods: int) -> _Floats:
        """Matrix of shape (periods, periods)."""
        steps = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
        found: _Floats = np.where(steps == 0, 1.0, self.share * float(self.left) ** steps)
        return found

    def independent(self, periods: int) -> float:
        """Independent periods whose mean varies as much as that of so many."""
        return periods**2 / float(np.sum(self.correlations(periods)))


def fit_persistence(values: _Floats) -> Persistence:
    r"""What is left of one period in later ones, the same for all rows.

    Parameters
    ----------
    values : ndarray of shape (rows, periods)
        Of levels and spreads of their own; NaN where there is no value.

    Notes
    -----
    Least squares of :math:`\gamma_h = a + b(1 - \lambda^h)`, a and b at least 0, on `shared_variogram`, each distance
    weighted by the number of pairs that have it. :math:`\lambda` is at most :math:`1 - 1/n`: what fades over more than
    the n periods of the series is not told from a lasting level. A month of few events is mostly chance, which the next
    month knows nothing of; what fades slowly behind it is not seen in the correlation of neighbouring months alone.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = rng.standard_normal((4000, 24))
    >>> for month in range(1, 24):
    ...     rows[:, month] = 0.7 * rows[:, month - 1] + np.sqrt(1 - 0.49) * rows[:, month]
    >>> found = fit_persistence(rows + rng.standard_normal(rows.shape))
    >>> round(found.share, 1), round(found.left, 1)
    (0.5, 0.7)
    """
    gamma = shared_variogram(values)[1:]
    if gamma.size < 2 or gamma.max(initial=0.0) <= 0:
        return Persistence()
    h = np.arange(1, gamma.size + 1)
    weight = np.sqrt(gamma.size + 1.0 - h)
    best, least = Persistence(), np.inf
    for left in np.arange(0.0, 1.0 - 1.0 / values.shape[1] + 1e-9, _STEP):
        grown = 1.0 - left**h
        a, b = _two_parts(weight, weight * grown, weight * gamma)
        error = float(np.sum((weight * (gamma - a - b * grown)) ** 2))
        if error < least * (1 - 1e-12) and a + b > 0:
            best, least = Persistence(b / (a + b) if left > 0 else 0.0, float(left) if b > 0 else 0.0), error
    return best


def _two_parts(one: _Floats, grown: _Floats, target: _Floats) -> tuple[float, float]:
    """Least squares of two parts that are not negative."""
    matrix = np.stack([one, grown], axis=1)
    a, b = np.linalg.lstsq(matrix, target, rcond=None)[0]
    if a >= 0 and b >= 0:
        return float(a), float(b)
    alone = [max(float(part @ target) / float(part @ part), 0.0) for part in (one, grown)]
    errors = [float(np.sum((target - level * part) ** 2)) for level, part in zip(alone, (one, grown), strict=True)]
    return (alone[0], 0.0) if errors[0] <= errors[1] else (0.0, alone[1])


def last_windows(periods: int) -> tuple[int, ...]:
    """Numbers of last periods that are looked at: 1, 2, 4 and so on, and all.

    Examples
    --------
    >>> last_windows(12), last_windows(8)
    ((1, 2, 4, 8, 12), (1, 2, 4, 8))
    """
    found = [1]
    while 2 * found[-1] < periods:
        found.append(2 * found[-1])
    return tuple(dict.fromkeys([*found, periods]))


def window_p(values: _Floats, persistence: Persistence) -> tuple[_Floats, _Floats]:
    r"""One-sided p that the mean over the last periods lies below, or above, zero.

    Parameters
    ----------
    values : ndarray of shape (rows, periods)
        NaN where there is no value.
    persistence : Persistence

    Returns
    -------
    low, high : ndarray of shape (rows, windows)
        By the windows of `last_windows`; missing where a window has no value, or nothing varies.

    Notes
    -----
    As `moderated_t`, with R the correlations of `persistence`: the variance of a row is its sum of squares round its
    own mean over :math:`\operatorname{tr} MR`, drawn towards that of all rows; the mean over L periods has
    :math:`1'R_L1 / L^2` times that variance.
    """
    known = ~np.isnan(values)
    matrix = persistence.correlations(values.shape[1])
    rows = known.astype(np.float64)
    m = rows.sum(axis=1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=1) / np.maximum(m, 1)
    squares = np.where(known, (filled - mean[:, None]) ** 2, 0.0).sum(axis=1)
    expected, degrees = _freedom(rows, matrix, m)
    enough = (m >= 3) & (expected > 0)
    variance = np.divide(squares, expected, out=np.zeros(m.size), where=enough)
    pooled, df = moderate_variances(variance, degrees, enough)
    low, high = [], []
    for window in last_windows(values.shape[1]):
        part = rows * (np.arange(values.shape[1]) >= values.shape[1] - window)
        count = part.sum(axis=1)
        total = (part * (part @ matrix)).sum(axis=1)
        scale = np.sqrt(pooled * total) / np.maximum(count, 1)
        level = (filled * part).sum(axis=1) / np.maximum(count, 1)
        none = (scale <= 0) | ~enough | (count == 0)
        t = np.divide(level, scale, out=np.zeros(m.size), where=~none)
        low.append(np.where(none, np.nan, scipy.stats.t.cdf(t, df)))
        high.append(np.where(none, np.nan, scipy.stats.t.sf(t, df)))
    return np.stack(low, axis=1), np.stack(high, axis=1)


def any_window(p: _Floats) -> _Floats:
    """One p of all windows: half of the chance of an error for all periods, half for the shorter windows together.

    Parameters
    ----------
    p : ndarray of shape (rows, windows)
        By the windows of `last_windows`; a missing one is not looked at.

    Examples
    --------
    >>> any_window(np.array([[0.4, 0.2, 0.01], [0.001, 0.2, 0.5]])).tolist()
    [0.02, 0.004]
    """
    filled = np.where(np.isnan(p), 1.0, p)
    shorter = filled[:, :-1].min(axis=1, initial=1.0) * max(p.shape[1] - 1, 1)
    found: _Floats = np.minimum(2 * np.minimum(filled[:, -1], shorter), 1.0)
    return np.where(np.isnan(p).all(axis=1), np.nan, found)


def _freedom(rows: _Floats, matrix: _Floats, m: _Floats) -> tuple[_Floats, _Floats]:
    """Expected sum of squares round the mean over the variance of one value, and its degrees of freedom."""
    safe = np.maximum(m, 1.0)
    beside = rows * (rows @ matrix)
    total = beside.sum(axis=1)
    squares = m - total / safe
    all_squares = (rows * (rows @ matrix**2)).sum(axis=1)
    spread = all_squares - 2 * (beside**2).sum(axis=1) / safe + (total / safe) ** 2
    return squares, np.divide(squares**2, spread, out=np.ones(m.size), where=spread > 0)
