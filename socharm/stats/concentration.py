"""Concentration of an amount over places: Lorenz curve, Gini, Theil."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "generalised_gini",
    "gini",
    "gini_of_rows",
    "lorenz_curve",
    "share_of_top",
    "share_that_holds",
    "theil",
]

_Floats = NDArray[np.float64]


def lorenz_curve(values: _Floats) -> tuple[_Floats, _Floats]:
    """Share of places, those with most first, and the share of the amount that they hold.

    Examples
    --------
    >>> places, held = lorenz_curve(np.array([1.0, 3.0]))
    >>> places.tolist(), held.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.75, 1.0])
    """
    running = np.concatenate([[0.0], np.cumsum(np.sort(values)[::-1])])
    total = running[-1]
    held = running / total if total > 0 else np.full(running.size, np.nan)
    return np.linspace(0.0, 1.0, running.size), held


def gini(values: _Floats) -> float:
    r"""Gini coefficient; missing where there is nothing to share out.

    Notes
    -----
    :math:`G = \sum_i \sum_j |x_i - x_j| / (2 n^2 \bar x)`, computed from the sorted values.

    Examples
    --------
    >>> round(gini(np.array([10.0, 0.0, 0.0, 0.0])), 6)
    0.75
    """
    return float(gini_of_rows(np.sort(values)[None, :])[0])


def gini_of_rows(ordered: _Floats) -> _Floats:
    """Gini coefficient of each row; rows are sorted upwards."""
    n = ordered.shape[1]
    total = np.add.reduce(ordered, axis=1)
    weights = 2.0 * np.arange(1, n + 1) - n - 1
    spread = np.add.reduce(ordered * weights, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: _Floats = np.where(total > 0, spread / (n * total), np.nan)
    return found


def generalised_gini(coefficient: float, *, places: int, events: float) -> float:
    r"""Gini coefficient of few events over many places: how uneven beyond what the scarcity forces.

    Parameters
    ----------
    coefficient : float
        The plain coefficient.
    places : int
    events : float
        Events; for harm the effective number :math:`(\sum nw)^2 / \sum nw^2`.

    Notes
    -----
    :math:`G' = \max(1, N/c)\,(G - 1) + 1`: 0 when *c* events lie in *c* places of their own.

    References
    ----------
    Bernasco, W., Steenbeek, W. (2017). More places than crimes: implications for evaluating the law of crime
    concentration at place. Journal of Quantitative Criminology 33, 451-467.

    Examples
    --------
    >>> round(generalised_gini(0.80, places=10, events=8), 2)
    0.75
    """
    if not events > 0:
        return float("nan")
    return max(1.0, places / events) * (coefficient - 1.0) + 1.0


def share_that_holds(values: _Floats, share: float) -> float:
    """Least share of places that together hold at least `share` of the amount.

    Examples
    --------
    >>> share_that_holds(np.array([8.0, 1.0, 1.0, 0.0, 0.0]), 0.8)
    0.2
    """
    held = np.cumsum(np.sort(values)[::-1])
    if not values.size or not held[-1] > 0:
        return float("nan")
    # Rounding must not ask for one place more than it takes.
    return float(np.searchsorted(held, share * held[-1] * (1 - 1e-12)) + 1) / values.size


def share_of_top(values: _Floats, places: float) -> float:
    """Share of the amount in the fullest `places` (a share, rounded up to whole places).

    Examples
    --------
    >>> share_of_top(np.array([8.0, 1.0, 1.0, 0.0, 0.0]), 0.2)
    0.8
    """
    total = np.add.reduce(np.sort(values))
    if not total > 0:
        return float("nan")
    k = int(np.ceil(places * values.size - 1e-9))
    return float(np.add.reduce(np.sort(values)[::-1][:k]) / total)


def theil(values: _Floats, groups: NDArray[np.int64] | None = None) -> tuple[float, float, float]:
    r"""Theil's T, and its parts between and within groups.

    Parameters
    ----------
    values : ndarray
        At least 0.
    groups : ndarray of int, optional
        Group of each place, from 0.

    Returns
    -------
    total, between, within : float
        Without groups between is 0.

    Notes
    -----
    :math:`T = \frac1n \sum_i \frac{x_i}{\bar x} \ln \frac{x_i}{\bar x}`, with :math:`0 \ln 0 = 0`. Between groups: the
    same with each place at its group's mean; within: the rest.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory. North-Holland.

    Examples
    --------
    >>> total, between, within = theil(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]))
    >>> round(between, 6) == round(total, 6), round(within, 6) + 0.0
    (True, 0.0)
    """
    total = np.add.reduce(values)
    if not total > 0:
        return (float("nan"),) * 3
    share = values / total
    whole = float(_entropy(share, np.full(values.size, 1.0 / values.size)))
    if groups is None:
        return whole, 0.0, whole
    held = np.asarray(np.bincount(groups, weights=share), dtype=np.float64)
    size = np.asarray(np.bincount(groups) / values.size, dtype=np.float64)
    between = float(_entropy(held[size > 0], size[size > 0]))
    return whole, between, whole - between


def _entropy(share: _Floats, of: _Floats) -> float:
    positive = share > 0
    return float(np.add.reduce(share[positive] * np.log(share[positive] / of[positive])))
