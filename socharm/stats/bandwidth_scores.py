"""How well each of several bandwidths foretells the places that are left out: cross-validation of a Gaussian kernel.

Places have weights, and a place is left out whole: many events at one place would otherwise foretell each other at any
bandwidth, however small. Everything runs in one fixed order.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = ["MOST_PLACES", "bandwidth_scores", "gather_places"]

_Floats = NDArray[np.float64]

#: Places up to which every pair is computed; more are gathered on a raster first, and summed by FFT.
MOST_PLACES: Final = 2_000
_RASTER: Final = 1_024
#: Part of the highest density below which a sum by FFT is rounding alone: no place is taken to have less.
_NOISE: Final = 1e-14


@kernel
def _pair_sums(x: _Floats, y: _Floats, weight: _Floats, deviation: float, near: _Floats) -> float:
    """Density of the others at each place into `near`, unscaled; the sum over pairs at twice the variance."""
    wide = 0.0
    near[:] = 0.0
    for i in range(x.size):
        for j in range(i):
            squared = ((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2) / (2.0 * deviation * deviation)
            half = np.exp(-0.5 * squared)
            near[i] += weight[j] * half * half
            near[j] += weight[i] * half * half
            wide += 2.0 * weight[i] * weight[j] * half
    return wide


def gather_places(x: _Floats, y: _Floats, weight: _Floats) -> tuple[_Floats, _Floats, _Floats]:
    """Distinct places with the sum of their weights, sorted; those without a weight are left out.

    Examples
    --------
    >>> gather_places(np.array([1.0, 0.0, 1.0]), np.zeros(3), np.array([2.0, 1.0, 3.0]))[2].tolist()
    [1.0, 5.0]
    """
    kept = weight > 0
    places, at = np.unique(np.column_stack([x[kept], y[kept]]), axis=0, return_inverse=True)
    sums = np.bincount(at.ravel(), weights=weight[kept]).astype(np.float64)
    return places[:, 0].copy(), places[:, 1].copy(), sums


def bandwidth_scores(x: _Floats, y: _Floats, weight: _Floats, deviations: _Floats) -> tuple[_Floats, _Floats]:
    r"""Least-squares and likelihood cross-validation of each standard deviation of a Gaussian kernel.

    With :math:`\hat f` the density of integral one, and :math:`\hat f_{-i}` that of all places but `i`:

    .. math:: \int \hat f^2 - 2\sum_i \frac{w_i}{W} \hat f_{-i}(x_i), \qquad \sum_i \frac{w_i}{W} \log \hat f_{-i}(x_i)

    Parameters
    ----------
    x, y : ndarray
        Distinct places, as of `gather_places`; two at least.
    weight : ndarray
        Above zero.
    deviations : ndarray
        In the unit of the places. Over `MOST_PLACES` places they must be two cells of the raster of 1,024 cells over
        the longer side, or more: the places are gathered on it.

    Returns
    -------
    least_squares, likelihood : ndarray
        One each; the best bandwidth has the least of the first, or the greatest of the second.

    Examples
    --------
    >>> pair = np.array([0.0, 1.0]), np.zeros(2), np.ones(2)
    >>> least_squares, likelihood = bandwidth_scores(*pair, np.array([1.0]))
    >>> float(likelihood[0].round(6)), float(round(-0.5 - np.log(2 * np.pi), 6))
    (-2.337877, -2.337877)
    """
    if x.size > MOST_PLACES:
        return _raster_scores(x, y, weight, deviations)
    total, near = float(weight.sum()), np.empty(x.size)
    squares, likelihood = np.empty(deviations.size), np.empty(deviations.size)
    alone = float(np.sum(weight**2))
    for k, deviation in enumerate(deviations):
        wide = _pair_sums(x, y, weight, float(deviation), near)
        overlap = (alone + wide) / (4.0 * np.pi * deviation**2 * total**2)
        squares[k], likelihood[k] = _criteria(weight, total, near / (2.0 * np.pi * deviation**2), overlap)
    return squares, likelihood


def _criteria(weight: _Floats, total: float, near: _Floats, overlap: float) -> tuple[float, float]:
    left_out = near / (total - weight)
    least = max(_NOISE * float(left_out.max()), np.finfo(float).tiny)
    return (
        overlap - 2.0 * float(np.sum(weight * left_out)) / total,
        float(np.sum(weight * np.log(np.maximum(left_out, least)))) / total,
    )


def _raster_scores(x: _Floats, y: _Floats, weight: _Floats, deviations: _Floats) -> tuple[_Floats, _Floats]:
    """The same, places moved to the centres of raster cells: a cell is a place."""
    cell = max(float(np.ptp(x)), float(np.ptp(y))) / (_RASTER - 1)
    rows, columns = ((values - values.min()) / cell + 0.5 for values in (y, x))
    size = 2 * _RASTER
    mass = np.zeros((size, size))
    np.add.at(mass, (rows.astype(np.int64), columns.astype(np.int64)), weight)
    held = mass > 0
    each, total = mass[held], float(mass.sum())
    spectrum = scipy.fft.rfft2(mass)
    across, up = 2.0 * np.pi * scipy.fft.rfftfreq(size), 2.0 * np.pi * scipy.fft.fftfreq(size)
    squares, likelihood = np.empty(deviations.size), np.empty(deviations.size)
    for k, deviation in enumerate(deviations):
        s = float(deviation) / cell
        damped = spectrum * (np.exp(-0.5 * (s * up) ** 2)[:, None] * np.exp(-0.5 * (s * across) ** 2)[None, :])
        smooth = scipy.fft.irfft2(damped, s=(size, size))
        # A Gaussian of twice the variance between two places is the product of their two Gaussians over the plane.
        overlap = float(np.sum(smooth**2)) / (cell * total) ** 2
        near = np.maximum(smooth[held] / cell**2 - each / (2.0 * np.pi * deviation**2), 0.0)
        squares[k], likelihood[k] = _criteria(each, total, near, overlap)
    return squares, likelihood
