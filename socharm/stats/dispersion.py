"""Over-dispersion of counts within areas over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dispersion", "common_variance", "dispersion_over_time", "month_effect"]

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
    monthly, window = _over_window(residual, mask, df)
    return Dispersion(monthly=monthly, window=window, events=float(counted.sum()))


def _over_window(residual: _Floats, mask: NDArray[np.bool_], df: int) -> tuple[float, float]:
    """Dispersion of single months and of the window, from standardised residuals (0 where not covered)."""
    areas, months = mask.shape
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
    return monthly, max(1.0, monthly, total / (1 - kappa / months))


def common_variance(n: _Floats, covered: NDArray[np.bool_]) -> float:
    r"""Relative variance, over the window, of what moves all kinds of count of an area at once: at least 0.

    Parameters
    ----------
    n : array of shape (kinds, areas, months)
    covered : array of shape (areas, months) of bool

    Notes
    -----
    A hot summer, a police operation or a closed pub moves many offences of a place together, by a share of them all.
    With residuals :math:`r_{kat} = n_{kat} - E_{kat}` (as in `dispersion_over_time`) only what kinds share survives in
    products of different kinds: at *l* months apart
    :math:`c_l = \sum_{a,t} v_a \sum_{k \ne m} r_{kat} r_{ma,t+l} / \sum_{a,t} v_a \sum_{k \ne m} E_{kat} E_{ma,t+l}`,
    with :math:`v_a = (1 + c_0 \bar E_a)^{-2}` of the :math:`c_0` that equal weights give: where shocks are more than
    chance, each area tells as much of them, and a few large ones must not speak for all. Over
    *T* months the sum varies by :math:`(c_0 + 2 \sum_l (1 - l/T) c_l) / T`, with the lags and the correction for the
    centring of each area of `dispersion_over_time`; lags can raise the value, never lower it.

    Examples
    --------
    >>> alone = np.array([[[4.0, 0.0], [0.0, 4.0]], [[2.0, 2.0], [2.0, 2.0]]])
    >>> covered = np.ones((2, 2), dtype=bool)
    >>> common_variance(alone, covered)
    0.0
    >>> round(common_variance(np.stack([alone[0], alone[0]]), covered), 6)
    2.0
    """
    total = np.where(covered, n.sum(axis=0), 0.0)
    rows, columns = total.sum(axis=1) > 0, (total.sum(axis=0) > 0) & (covered.sum(axis=0) > 0)
    mask = covered[np.ix_(rows, columns)]
    areas, months = (int(size) for size in mask.shape)
    df = int(mask.sum()) - areas - months + 1
    kinds = np.flatnonzero(n.sum(axis=(1, 2)) > 0)
    if min(mask.shape) < 2 or df < 1 or kinds.size < 2:
        return 0.0
    counted = [np.where(mask, n[kind][np.ix_(rows, columns)], 0.0) for kind in kinds]
    expected = np.stack([_expected(one, mask) for one in counted])
    residual = np.stack(counted) - expected
    # One degree of freedom for each area and month that was fitted, as for a single kind.
    spare: float = int(mask.sum()) / df
    weight: _Floats = np.ones(areas)

    def apart(lag: int) -> float:
        here, there = slice(0, months - lag), slice(lag, months)

        def crossed(of: _Floats) -> float:
            whole = of[:, :, here].sum(axis=0) * of[:, :, there].sum(axis=0)
            return float(np.sum((whole - np.sum(of[:, :, here] * of[:, :, there], axis=0)) * weight[:, None]))

        level = crossed(expected)
        return float(crossed(residual) / level) if level > 0 else 0.0

    lags = min(2, (months - 1) // 3)
    weights = [2.0 * (1 - lag / months) for lag in range(1, lags + 1)]
    a_month = expected.sum(axis=(0, 2)) / mask.sum(axis=1)
    weight = 1.0 / (1.0 + max(apart(0), 0.0) * a_month) ** 2
    now = apart(0)
    with_lags = now + sum(weight * apart(lag) for lag, weight in enumerate(weights, start=1))
    kappa = 1.0 + sum(weights)
    shared: float = max(0.0, now * spare, with_lags / (1 - kappa / months) if lags else 0.0)
    return shared / months


def month_effect(n: _Floats, covered: NDArray[np.bool_]) -> _Floats:
    """Level of each month that all areas share, mean 1 over the months in which anything was covered.

    Parameters
    ----------
    n : array of shape (areas, months)
    covered : array of shape (areas, months) of bool

    Returns
    -------
    array of shape (months,); 1 where no area was covered or nothing was counted.

    Notes
    -----
    Area times month effects fitted to the covered cells, so that a month is not called quiet because busy areas are
    missing from it.

    Examples
    --------
    >>> n = np.array([[10.0, 20.0], [50.0, 0.0], [5.0, 10.0]])
    >>> covered = np.array([[True, True], [True, False], [True, True]])
    >>> month_effect(n, covered).round(3).tolist()
    [0.667, 1.333]
    """
    counted = np.where(covered, n, 0.0)
    rows, used = counted.sum(axis=1) > 0, counted.sum(axis=0) > 0
    effect = np.ones(n.shape[1])
    if rows.sum() < 1 or used.sum() < 2:
        return effect
    column = _effects(counted[np.ix_(rows, used)], covered[np.ix_(rows, used)])[1]
    effect[used] = column / column.mean()
    return effect


def _expected(counted: _Floats, mask: NDArray[np.bool_]) -> _Floats:
    """Row times column effects on the covered cells, with the margins of what was counted."""
    level, column = _effects(counted, mask)
    return np.asarray(np.where(mask, level[:, None] * column, 0.0))


def _effects(counted: _Floats, mask: NDArray[np.bool_]) -> tuple[_Floats, _Floats]:
    """Effects of rows and columns, by iterative proportional fitting."""
    row = counted.sum(axis=1)
    column = counted.sum(axis=0) / counted.sum()
    level = row
    for _ in range(200):
        reach = np.sum(mask * column, axis=1)
        level = row / np.where(reach > 0, reach, 1.0)
        weight = np.sum(mask * level[:, None], axis=0)
        new = counted.sum(axis=0) / np.where(weight > 0, weight, 1.0)
        if np.max(np.abs(new - column)) < 1e-12 * max(1.0, float(np.max(new))):
            break
        column = new
    return level, column
