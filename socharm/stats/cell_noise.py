"""Noise for counts: whole numbers, mean zero, of a stated variance, as even as that allows."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.errors import ParameterError

__all__ = ["noise_for", "noise_table"]

_DIGITS: Final = 9


@cache
def noise_table(spread: int, variance: float) -> tuple[tuple[int, tuple[float, ...]], ...]:
    """Distribution of the noise for the counts 1, 2, … `spread`; larger counts have the last one.

    Parameters
    ----------
    spread : int
        Largest noise in either direction, above 0.
    variance : float
        Of the noise, above 0.

    Returns
    -------
    tuple of (int, tuple of float)
        For each count the lowest noise and the probabilities from there to `spread`, rounded to nine digits.

    Raises
    ------
    ParameterError
        No distribution on these numbers has this variance.

    Notes
    -----
    The distribution of maximum entropy with mean 0 and the stated variance on ``-min(n, spread), …, spread``: the
    probabilities are proportional to ``exp(a d + b d**2)``. A count never falls below 0, and every count in reach of a
    published one stays possible.

    References
    ----------
    Giessing, S. (2016), Computational issues in the design of transition probabilities and disclosure risk estimation
    for additive noise, PSD 2016 (the entropy approach of the R package ptable).

    Examples
    --------
    >>> lowest, chances = noise_table(5, 2.0)[0]
    >>> lowest, len(chances)
    (-1, 7)
    """
    if spread < 1 or not variance > 0:
        raise ParameterError(f"spread {spread} and variance {variance} must be above zero.")
    return tuple((-n, _most_even(-n, spread, variance)) for n in range(1, spread + 1))


def _most_even(low: int, high: int, variance: float) -> tuple[float, ...]:
    steps = np.arange(low, high + 1, dtype=float)

    def chances(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        exponent = parameters[0] * steps + parameters[1] * steps**2
        raw = np.exp(exponent - exponent.max())
        return np.asarray(raw / raw.sum(), dtype=np.float64)

    def misses(parameters: NDArray[np.float64]) -> list[float]:
        p = chances(parameters)
        return [float(p @ steps), float(p @ steps**2) - variance]

    found = scipy.optimize.root(misses, x0=np.array([0.0, -0.5 / variance]), tol=1e-13)
    if not found.success or max(map(abs, misses(found.x))) > 1e-8:
        raise ParameterError(
            f"No noise from {low} to {high} has mean 0 and variance {variance:g}. Take a smaller variance."
        )
    p = np.round(chances(found.x), _DIGITS)
    p[np.argmax(p)] += 1.0 - p.sum()
    return tuple(map(float, p))


def noise_for(
    counts: NDArray[np.int64], uniforms: NDArray[np.float64], *, spread: int, variance: float
) -> NDArray[np.int64]:
    """Noise for each count from a number between 0 and 1; a count of 0 has none.

    Parameters
    ----------
    counts : array of int
        0 or more.
    uniforms : array of float, same shape
        From 0 to below 1.
    spread, variance
        As in `noise_table`.

    Returns
    -------
    array of int64
    """
    table = noise_table(spread, variance)
    noise = np.zeros(counts.shape, dtype=np.int64)
    for n in range(1, spread + 1):
        mine = counts >= n if n == spread else counts == n
        lowest, chances = table[n - 1]
        bounds = np.cumsum(chances)[:-1]
        noise[mine] = lowest + np.searchsorted(bounds, uniforms[mine], side="right")
    return noise
