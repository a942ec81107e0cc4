"""How much of one month is left in the next, and what that makes of a mean and a variance over months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["SerialSums", "serial_correlation", "serial_sums"]

_Floats = NDArray[np.float64]
_Known = NDArray[np.bool_]

#: Nothing that a row without its mean could show tells more than this from a lasting level.
_MOST: Final = 0.95
#: Values of which a row needs this many to say anything.
_LEAST: Final = 3
#: Sets of known columns that are looked at, the most frequent first.
_PATTERNS: Final = 5


@dataclass(frozen=True, eq=False)
class SerialSums:
    """What correlation leaves of each row's values.

    Attributes
    ----------
    total : ndarray of shape (n,)
        Sum over all correlations of a row: the variance of its sum over that of one value.
    squares : ndarray of shape (n,)
        Expected sum of squares round the row's mean over the variance of one value; one less than the values where they
        are independent.
    degrees : ndarray of shape (n,)
        Degrees of freedom of that sum of squares (Satterthwaite).
    """

    total: _Floats
    squares: _Floats
    degrees: _Floats


def serial_sums(known: _Known, correlation: float) -> SerialSums:
    r"""What a correlation of :math:`r^{|s - t|}` between columns s and t leaves of each row.

    Parameters
    ----------
    known : ndarray of bool, shape (n_rows, n_columns)
    correlation : float
        r, at least 0 and below 1.

    Notes
    -----
    With R the correlations of the m known values and M the projection that takes their mean away: ``total``
    :math:`1'R1`, ``squares`` :math:`\operatorname{tr} MR`, ``degrees`` :math:`(\operatorname{tr} MR)^2 /
    \operatorname{tr} (MR)^2`.

    Examples
    --------
    >>> sums = serial_sums(np.ones((1, 3), dtype=bool), 0.5)
    >>> sums.total.tolist(), sums.squares.round(4).tolist()
    ([5.5], [1.1667])
    """
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    rows = patterns.astype(np.float64)
    m = np.maximum(rows.sum(axis=1), 1.0)
    matrix = _correlations(known.shape[1], correlation)
    beside = rows * (rows @ matrix)
    total = beside.sum(axis=1)
    squares = rows.sum(axis=1) - total / m
    all_squares = (rows * (rows @ matrix**2)).sum(axis=1)
    spread = all_squares - 2 * (beside**2).sum(axis=1) / m + (total / m) ** 2
    degrees = np.divide(squares**2, spread, out=np.ones(m.size), where=spread > 0)
    at = np.ravel(which)
    return SerialSums(total[at], squares[at], degrees[at])


def serial_correlation(values: _Floats) -> float:
    r"""Share of one column that is left in the next, the same for all rows.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Columns in the order of time, of equal steps; NaN where a row has no value. Rows may differ in level and spread.

    Returns
    -------
    float
        At least 0, and .95 at most; 0 where no row tells.

    Notes
    -----
    Each row has its own autocorrelation: products of neighbouring deviations from its mean over the sum of their
    squares, between -1 and 1 whatever its spread, so that no row of bursts speaks for all. Their mean over rows is set
    equal to what is expected of normal values with correlations :math:`r^{|s - t|}`. In short rows that is far below r:
    :math:`-1/m` of m independent values, because their mean was taken away. Rows are taken by the months that they
    have, the most frequent five patterns of them.

    For the ratio of the quadratic forms :math:`x'Px` and :math:`x'x` with covariance C of the deviations,
    :math:`\operatorname{E} = \int_0^\infty |I + 2tC|^{-1/2} \operatorname{tr}\,[PC(I + 2tC)^{-1}]\,dt`.

    References
    ----------
    Magnus, J. R. (1986). The exact moments of a ratio of quadratic forms in normal variables. *Annales d'Economie et de
    Statistique* 4, 95-109.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = rng.standard_normal((4000, 8))
    >>> for month in range(1, 8):
    ...     rows[:, month] = 0.5 * rows[:, month - 1] + np.sqrt(0.75) * rows[:, month]
    >>> round(serial_correlation(rows), 1)
    0.5
    """
    known = ~np.isnan(values)
    rows = np.flatnonzero(known.sum(axis=1) >= _LEAST)
    patterns, which, times = np.unique(known[rows], axis=0, return_inverse=True, return_counts=True)
    seen, used = [], []
    for number in np.argsort(-times, kind="stable")[:_PATTERNS]:
        own = _own_correlations(values[rows[np.ravel(which) == number]], patterns[number])
        if own.size:
            seen.append((own.size, float(np.mean(own))))
            used.append(patterns[number])
    if not seen:
        return 0.0
    weight, mean = np.array(seen).T
    weight = weight / np.add.reduce(weight)

    def beyond(correlation: float) -> float:
        expected = np.array([_expected(pattern, correlation) for pattern in used])
        return float(np.add.reduce(weight * (mean - expected)))

    if beyond(0.0) <= 0:
        return 0.0
    if beyond(_MOST) >= 0:
        return _MOST
    return float(scipy.optimize.brentq(beyond, 0.0, _MOST, xtol=1e-5, full_output=False))


def _own_correlations(values: _Floats, pattern: _Known) -> _Floats:
    """Of rows with the same columns known: products of neighbours over squares, of those that move at all."""
    filled = np.where(pattern, values, 0.0)
    deviation = np.where(pattern, filled - filled.sum(axis=1, keepdims=True) / pattern.sum(), 0.0)
    squares = (deviation**2).sum(axis=1)
    moves = squares > 1e-20 * (filled**2).sum(axis=1)
    products = (deviation[moves, 1:] * deviation[moves, :-1]).sum(axis=1)
    return np.asarray(products / squares[moves], dtype=np.float64)


def _expected(pattern: _Known, correlation: float) -> float:
    """What is expected of a row's own correlation."""
    at = np.flatnonzero(pattern)
    together = _correlations(pattern.size, correlation)[np.ix_(at, at)]
    middle = together.mean(axis=1)
    values, vectors = np.linalg.eigh(together - middle - middle[:, None] + middle.mean())
    values = np.maximum(values, 0.0)
    beside = np.diff(at) == 1
    products = (vectors[1:][beside] * vectors[:-1][beside]).sum(axis=0)  # diagonal of P among the eigenvectors
    # Trapezes over the logarithm of t: the integrand falls off at both ends like a power of it.
    t = np.exp(np.linspace(-30.0, 30.0, 601)) / np.add.reduce(values)
    grown = 1.0 + 2.0 * t[:, None] * values
    inside = np.exp(-0.5 * np.log(grown).sum(axis=1)) * (products * values / grown).sum(axis=1)
    return float(np.add.reduce(inside * t) * 0.1)


def _correlations(columns: int, correlation: float) -> _Floats:
    steps = np.abs(np.subtract.outer(np.arange(columns), np.arange(columns)))
    return np.asarray(float(correlation) ** steps, dtype=np.float64)
