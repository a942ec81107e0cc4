"""Arithmetic of synthetic controls: weights of donors, gaps, and how well the months before were met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.stats.simplex import nearest_mixture

__all__ = ["Fit", "chosen_ridge", "fit_donors", "fit_of", "gap_ratio", "ridge_weights"]

_Floats = NDArray[np.float64]

#: Penalties that are tried, from the square of the largest singular value down to this share of it.
_RIDGES: Final = 20
_LEAST_RIDGE: Final = 1e-8


@dataclass(frozen=True)
class Fit:
    """A site and its synthetic control.

    Attributes
    ----------
    weights : array of shape (n_donors,)
    synthetic, gaps : array of shape (n_periods,)
    mspe_before, mspe_after : float
        Mean squared gaps.
    effect : float
        Mean gap after the start.
    """

    weights: _Floats
    synthetic: _Floats
    gaps: _Floats
    mspe_before: float
    mspe_after: float
    effect: float

    @property
    def ratio(self) -> float:
        """Mean squared gap after the start over that before; infinite where the fit is exact."""
        return gap_ratio(self.mspe_after, self.mspe_before)


def gap_ratio(after: float, before: float) -> float:
    """One over the other, infinite where nothing stands below."""
    return after / before if before > 0 else float("inf")


def fit_of(site: _Floats, donors: _Floats, before: int, weights: _Floats) -> Fit:
    """What weights make; a synthetic outcome below zero, which only the ridge can give, counts as zero."""
    synthetic = np.maximum(weights @ donors, 0.0)
    gaps = site - synthetic
    return Fit(
        weights=weights, synthetic=synthetic, gaps=gaps, mspe_before=float((gaps[:before] ** 2).mean()),
        mspe_after=float((gaps[before:] ** 2).mean()), effect=float(gaps[before:].mean()),
    )  # fmt: skip


def fit_donors(site: _Floats, donors: _Floats, before: int, ridge: float | None = None) -> Fit:
    """Weights that meet the outcomes before the start, augmented by a ridge where its penalty is given."""
    weights = nearest_mixture(donors[:, :before].T, site[:before])
    if ridge is not None:
        weights = weights + ridge_weights(donors[:, :before].T, site[:before], weights, ridge)
    return fit_of(site, donors, before, weights)


def ridge_weights(columns: _Floats, target: _Floats, weights: _Floats, ridge: float) -> _Floats:
    """What a ridge regression adds to weights (Ben-Michael, Feller and Rothstein, 2021, equation 10)."""
    middle = columns.mean(axis=1, keepdims=True)
    centred = columns - middle
    lacking = target - middle[:, 0] - centred @ weights
    added: _Floats = np.linalg.solve(centred @ centred.T + ridge * np.eye(len(centred)), lacking) @ centred
    return added


def chosen_ridge(columns: _Floats, target: _Floats) -> float:
    """The largest penalty within one standard error of the best, by leaving out one period after the other."""
    centred = columns - columns.mean(axis=1, keepdims=True)
    top = float(np.linalg.svd(centred, compute_uv=False)[0]) ** 2 or 1.0
    ridges = top * _LEAST_RIDGE ** ((np.arange(_RIDGES + 1) - 1) / _RIDGES)
    errors = np.array([_errors_without(period, columns, target, ridges) for period in range(len(target) - 1)])
    means = errors.mean(axis=0)
    spread = errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
    best = int(np.argmin(means))
    return float(ridges[means <= means[best] + spread[best]].max())


def _errors_without(period: int, columns: _Floats, target: _Floats, ridges: _Floats) -> list[float]:
    """Squared errors in one period by weights made without it, for each penalty."""
    kept = np.arange(len(target)) != period
    weights = nearest_mixture(columns[kept], target[kept])
    middle = float(columns[period].mean())
    return [
        float(
            (target[period] - middle)
            - (weights + ridge_weights(columns[kept], target[kept], weights, ridge)) @ (columns[period] - middle)
        )
        ** 2
        for ridge in ridges
    ]
