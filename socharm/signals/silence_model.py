"""How much crime areas like an area record, and how improbable it is that one records so little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.empirical_null import truncated_normal
from socharm.stats.robust_regression import MEDIAN_OF_NORMAL, bisquare_residuals

__all__ = ["SilenceFit", "fit_silence"]

_Floats = NDArray[np.float64]

#: Residuals further up than this, in robust deviations, are city centres and their like: they do not widen the spread.
_CENTRES: Final = 2.5
_INTERVAL: Final = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class SilenceFit:
    """Expected crimes of each area with their interval, and the probability of so few.

    Attributes
    ----------
    expected, low, high, p : ndarray of shape (areas,)
    coefficients : ndarray
        Of the log rate: intercept, then one for each standard deviation of what explains it.
    spread : float
        Standard deviation of the log by which ordinary areas differ that are alike in what explains them.
    """

    expected: _Floats
    low: _Floats
    high: _Floats
    p: _Floats
    coefficients: _Floats
    spread: float


def fit_silence(crimes: _Floats, exposure: _Floats, explains: _Floats, dispersion: float) -> SilenceFit:
    r"""Regression of recorded crime on what explains it, which the silent areas do not shape.

    Parameters
    ----------
    crimes, exposure : ndarray of shape (areas,)
    explains : ndarray of shape (areas, columns)
        In standard deviations.
    dispersion : float
        Variance of the crimes of the whole period over their mean.

    Notes
    -----
    The log rate is regressed by Tukey's bisquare. Centre and spread of ordinary areas come from the residuals that are
    not low (`truncated_normal`), those far above being drawn in: neither the areas looked for nor town centres set the
    scale. The variance of a residual is :math:`\sigma^2 + \varphi / \mu_a`; p is that of a Student t with half as many
    degrees of freedom as areas.
    """
    design = np.column_stack([np.ones(len(crimes)), explains])
    coefficients, fitted, residual = bisquare_residuals(np.log((crimes + 0.5) / exposure), design)
    middle = float(np.median(residual))
    reach = _CENTRES * float(np.median(np.abs(residual - middle))) / MEDIAN_OF_NORMAL
    # Turned over: the low ones are the high ones of `truncated_normal`.
    centre, whole = truncated_normal(-np.minimum(residual, middle + reach))
    mean = exposure * np.exp(fitted - centre)
    chance = dispersion / np.maximum(mean, 0.5)
    spread = float(np.sqrt(max(whole**2 - float(np.median(chance)), 0.0)))
    deviation = np.sqrt(spread**2 + chance)
    z = (residual + centre) / deviation
    width = scipy.special.ndtri(0.5 + _INTERVAL / 2) * deviation
    return SilenceFit(
        expected=mean,
        low=mean * np.exp(-width),
        high=mean * np.exp(width),
        p=np.asarray(scipy.special.stdtr(len(crimes) / 2, z), dtype=np.float64),
        coefficients=coefficients,
        spread=spread,
    )
