"""Over-dispersion of counts within areas over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dispersion", "dispersion_over_time"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dispersion:
    """Over-dispersion of one kind of count.

    Attributes
    ----------
    monthly : float
        Of single months: squared Pearson residuals per degree of freedom; may be below 1.
    window : float
        Of the sum over the window, at least 1: the monthly one, raised by autocorrelation.
    events : float
        Events behind the estimate.
    """

    monthly: float
    window: float
    events: float


def dispersion_over_time(n: _Floats, covered: NDArray[np.bool_]) -> Dispersion | None:
    """Over-dispersion within areas, after the month effect that all areas share.

    Parameters
    ----------
    n : array of shape (areas, months)
    covered : array of shape (areas, months) of bool

    Returns
    -------
    Dispersion or None
        None with fewer than two covered months, two areas with events, or no event.

    Notes
    -----
    The expected count of area *a* in month *t* is ``N_a N_t / N`` over covered cells (fitted by
    proportions where cells are not covered). ``monthly = sum (n - E)^2 / E / df`` with ``df`` the covered
    cells less the areas and months fitted. The window's value adds the covariance of neighbouring
    months: with ``s_k`` the mean product of standardised residuals *k* months apart, *T* months and
    ``K = min(2, (T - 1) // 3)`` lags, ``window = (s_0 + 2 sum (1 - k/T) s_k) / (1 - kappa / T)``,
    ``kappa = 1 + 2 sum (1 - k/T)``: the denominator undoes the centring of each area on its own mean.
    Autocorrelation can raise the value, never lower it below the monthly one.

    Examples
    --------
    >>> n = np.array([[4.0, 0.0], [0.0, 4.0]])
    >>> round(dispersion_over_time(n, np.ones((2, 2), dtype=bool)).monthly, 6)
    8.0
    """
    counted = np.where(covered, n, 0.0)
    rows, columns = counted.sum(axis=1) > 0, (counted.sum(axis=0) > 0) & (covered.sum(axis=0) > 0)
    counted, mask = counted[np.ix_(rows, columns)], covered[np.ix_(rows, columns)]
    areas, months = counted.shape
    df = int(mask.sum()) - areas - months + 1
    if areas < 2 or months < 2 or df < 1:
        return None
    expected = _expected(counted, mask)
    residual = np.where(mask, counted - expected, 0.0) / np.sqrt(np.where(expected > 0, expected, 1.0))
    monthly = float(np.sum(residual**2)) / df
    # The month effect takes one area's share of each residual.
    raw = float(np.sum(residual**2)) / (int(mask.sum()) * (areas - 1) / areas)
    lags = min(2, (months - 1) // 3)
    total, kappa = raw, 1.0
    for k in range(1, lags + 1):
        both = mask[:, k:] & mask[:, :-k]
        product = float(np.sum(residual[:, k:] * residual[:, :-k] * both)) / max(int(both.sum()), 1)
        total += 2 * (1 - k / months) * product
        kappa += 2 * (1 - k / months)
    window = max(1.0, monthly, total / (1 - kappa / months))
    return Dispersion(monthly=monthly, window=window, events=float(counted.sum()))


def _expected(counted: _Floats, mask: NDArray[np.bool_]) -> _Floats:
    """Row times column effects on the covered cells, with the margins of what was counted."""
    row = counted.sum(axis=1)
    column = counted.sum(axis=0) / counted.sum()
    for _ in range(200):
        reach = np.sum(mask * column, axis=1)
        level = row / np.where(reach > 0, reach, 1.0)
        weight = np.sum(mask * level[:, None], axis=0)
        new = counted.sum(axis=0) / np.where(weight > 0, weight, 1.0)
        if np.max(np.abs(new - column)) < 1e-12 * max(1.0, float(np.max(new))):
            break
        column = new
    return np.asarray(np.where(mask, level[:, None] * column, 0.0))
