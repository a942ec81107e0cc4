"""How the counts of an area vary over time beyond what all areas share: variance by size, correlation by distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.two_way_poisson import two_way_means

__all__ = ["AreaVariation", "area_variation", "cell_variance"]

_Floats = NDArray[np.float64]
_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class AreaVariation:
    """Variance ``mean (chance + shocks mean)``, and correlation of times of one area.

    Attributes
    ----------
    chance, shocks : float
    correlation : array of shape (times, times)
    """

    chance: float
    shocks: float
    correlation: _Floats

    def of_sums(self, mean: _Floats) -> _Floats:
        """Covariance of the sums over areas that do not move together, of shape (times, times)."""
        root = np.sqrt(mean * (self.chance + self.shocks * mean))
        return np.asarray(self.correlation * (root.T @ root), dtype=np.float64)


def cell_variance(y: _Floats, known: _Mask, mean: _Floats) -> tuple[float, float]:
    r"""Parts of the variance of a cell that grow with its mean and with the square of that: `chance` and `shocks`.

    Parameters
    ----------
    y, known, mean : arrays of shape (areas, times)
        `mean` by area and time effects; 0 where not known.

    Notes
    -----
    Least squares with the weights :math:`1/(u + \mu)`, *u* the squared residuals over the means of all cells
    together: what one event amounts to, so that *c* times the outcome has *c* times `chance` and the same `shocks`.
    Where nothing departs from the means, `chance` is that of counts, 1.
    """
    some = mean > 0
    areas, times = y.shape
    residual = np.where(known, y, 0.0) - mean
    unit = float(np.sum(residual**2) / mean.sum()) if some.any() else 0.0
    if not unit > 0:
        return 1.0, 0.0
    square = np.divide((residual / unit) ** 2, mean / unit, out=np.zeros(mean.shape), where=some)
    spare = areas / max(areas - 1, 1) * times / max(times - 1, 1)
    weight = 1.0 / (1.0 + mean[some] / unit)
    design = np.column_stack([np.ones(weight.size), mean[some] / unit]) * weight[:, None]
    chance, shocks = (float(part) for part in scipy.optimize.nnls(design, square[some] * spare * weight)[0])
    return unit * chance, shocks


def area_variation(y: _Floats, known: _Mask, exposure: _Floats) -> AreaVariation:
    r"""Variance and correlation of areas by time, from what area and period effects leave.

    Parameters
    ----------
    y, known, exposure : arrays of shape (areas, times)

    Notes
    -----
    Squared residuals over their mean on the mean (least squares, neither part below 0) give the variance. Products of
    standardised residuals *l* times apart, averaged over areas and times, give the correlation, as nearly as a matrix
    of correlations can. An area's own mean is taken out of its residuals, which shifts all products alike, and
    differences between times, which is all this is for, not at all.
    """
    mean = two_way_means(y, known, exposure)
    chance, shocks = cell_variance(y, known, mean)
    some = mean > 0
    spare, times = y.shape[0] / max(y.shape[0] - 1, 1), y.shape[1]
    spare_time = times / max(times - 1, 1)
    scale = np.sqrt(mean * (chance + shocks * mean))
    residual = np.divide(np.where(known, y, 0.0) - mean, scale, out=np.zeros(mean.shape), where=some)
    products = np.array(
        [
            np.sum(residual[:, lag:] * residual[:, : times - lag])
            / max(int((some[:, lag:] & some[:, : times - lag]).sum()), 1)
            for lag in range(times)
        ]
    )
    apart = np.abs(np.subtract.outer(np.arange(times), np.arange(times)))
    # The mean of an area taken out makes products -1/(times - 1) where there is none: it is given back.
    raw = np.where(apart == 0, 1.0, products[apart] * spare_time * spare + 1.0 / times)
    values, vectors = np.linalg.eigh(raw)
    whole = vectors @ (np.maximum(values, 1e-6)[:, None] * vectors.T)
    root = np.sqrt(np.diag(whole))
    return AreaVariation(chance, shocks, whole / np.outer(root, root))
