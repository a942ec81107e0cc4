"""Rates of counts over populations: Marshall's empirical-Bayes smoothing, and rates made comparable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SmoothedArrays", "eb_standardised", "freeman_tukey", "smooth_global", "smooth_local"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SmoothedArrays:
    """Rates drawn towards a mean, and the prior that drew them.

    Attributes
    ----------
    rate : ndarray of shape (n,)
    prior_mean, prior_variance : ndarray of shape (n,)
        Equal for all areas under the global prior. A negative estimate of the variance is 0.
    own_share : ndarray of shape (n,)
        Weight of the area's own rate, from 0 (the prior mean alone) to 1.
    """

    rate: _Floats
    prior_mean: _Floats
    prior_variance: _Floats
    own_share: _Floats


def smooth_global(n: _Floats, population: _Floats) -> SmoothedArrays:
    r"""Marshall's estimator towards the mean of all areas.

    Parameters
    ----------
    n : ndarray of shape (areas,)
        Counts, 0 or more.
    population : ndarray of shape (areas,)
        Above 0.

    Notes
    -----
    :math:`b = \sum n / \sum x`, :math:`s^2 = \sum x (n/x - b)^2 / \sum x`, :math:`a = \max(s^2 - b / \bar x, 0)`;
    the rate is :math:`b + (n/x - b)\, a / (a + b/x)`.

    References
    ----------
    Marshall, R.J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. *Applied
    Statistics* 40, 283-294.

    Examples
    --------
    >>> smooth_global(np.array([0.0, 4.0]), np.array([10.0, 10.0])).rate.round(3).tolist()
    [0.1, 0.3]
    """
    share = population / np.add.reduce(population)
    mean = np.add.reduce(n) / np.add.reduce(population)
    spread = np.add.reduce(share * (n / population - mean) ** 2)
    variance = max(float(spread - mean * n.size / np.add.reduce(population)), 0.0)
    return _shrunk(n, population, np.full(n.size, mean), np.full(n.size, variance))


def smooth_local(n: _Floats, population: _Floats, indptr: _Ints, indices: _Ints) -> SmoothedArrays:
    """Marshall's estimator towards the mean of each area and its neighbours.

    Parameters
    ----------
    n, population : ndarray of shape (areas,)
    indptr, indices : ndarray of int64
        Neighbours in compressed rows, without the area itself. An area without neighbours has a
        prior of its own rate and no variance: it stays as it is.

    Notes
    -----
    As `smooth_global`, with sums over the area and its neighbours and with their number for the mean
    population. The spread is that of each rate around the mean of *its own* neighbourhood, as in spdep's
    ``EBlocal``; GeoDa takes the mean of the neighbourhood that is smoothed.
    """
    rows = np.repeat(np.arange(n.size), np.diff(indptr))

    def around(entries: _Floats, own: _Floats) -> _Floats:
        return np.asarray(own + np.bincount(rows, weights=entries, minlength=n.size), dtype=np.float64)

    people = around(population[indices], population)
    mean = around(n[indices], n) / people
    rate = n / population
    squares = around((population * (rate - mean) ** 2)[indices], population * (rate - mean) ** 2)
    variance = np.maximum(squares / people - mean * (np.diff(indptr) + 1.0) / people, 0.0)
    return _shrunk(n, population, mean, variance)


def eb_standardised(n: _Floats, population: _Floats) -> _Floats:
    r"""Rates less their mean, over the standard deviation that counts of one common rate would have.

    Parameters
    ----------
    n, population : ndarray of shape (areas,)

    Returns
    -------
    ndarray of shape (areas,)
        Without unit; all 0 where nothing was counted.

    Notes
    -----
    :math:`z = (n/x - b) / \sqrt{v}`, :math:`v = a + b/x`, with b and :math:`a = s^2 - b/\bar x` as of `smooth_global`
    but a not cut at 0; where v is not above 0 it is :math:`b/x`.

    References
    ----------
    Assuncao, R. and Reis, E. (1999). A new proposal to adjust Moran's I for population density. *Statistics
    in Medicine* 18, 2147-2162.

    Examples
    --------
    >>> eb_standardised(np.array([1.0, 3.0]), np.array([10.0, 10.0])).round(3).tolist()
    [-1.0, 1.0]
    """
    people = np.add.reduce(population)
    mean = np.add.reduce(n) / people
    if mean == 0:
        return np.zeros(n.size)
    rate = n / population
    spread = np.add.reduce(population * (rate - mean) ** 2) / people - mean * n.size / people
    variance = spread + mean / population
    noise = 1e-12 * mean / population
    return np.asarray(
        (rate - mean) / np.sqrt(np.where(variance > noise, variance, mean / population)), dtype=np.float64
    )


def freeman_tukey(n: _Floats, population: _Floats) -> _Floats:
    r"""Square-root transformed rates, :math:`\sqrt{n/x} + \sqrt{(n+1)/x}`, whose variance is near :math:`1/x`.

    References
    ----------
    Freeman, M.F. and Tukey, J.W. (1950). Transformations related to the angular and the square root.
    *Annals of Mathematical Statistics* 21, 607-611. Cressie, N. and Chan, N.H. (1989). Spatial modeling of regional
    variables. *Journal of the American Statistical Association* 84, 393-401.

    Examples
    --------
    >>> freeman_tukey(np.array([0.0]), np.array([4.0])).tolist()
    [0.5]
    """
    return np.asarray(np.sqrt(n / population) + np.sqrt((n + 1.0) / population), dtype=np.float64)


def _shrunk(n: _Floats, population: _Floats, mean: _Floats, variance: _Floats) -> SmoothedArrays:
    whole = variance + mean / population
    share = np.divide(variance, whole, out=np.zeros(n.size), where=whole > 0)
    return SmoothedArrays(mean + share * (n / population - mean), mean, variance, share)
