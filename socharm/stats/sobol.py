"""Shares of variance by cause: the design of runs, and first-order and total indices from their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.errors import ParameterError
from socharm.stats.random_streams import streams

__all__ = ["saltelli_design", "sobol_shares"]

_Floats = NDArray[np.float64]

_LEAST: Final = 16
_MOST: Final = 2**20

#: Parts of a design that are scrambled each by itself: the fewer, the better a share; the more, the better its error.
_PARTS: Final = 8


def saltelli_design(factors: int, base: int, *, seed: int, purpose: str) -> tuple[_Floats, _Floats]:
    """Two independent sets of runs in the unit cube.

    Parameters
    ----------
    factors : int
    base : int
        Runs of each set, a power of two.
    seed : int
    purpose : str
        Of `streams`: the analysis that asks.

    Returns
    -------
    tuple of ndarray of shape (base, factors)
        Runs A and B, from Sobol sequences of ``2 x factors`` dimensions: eight parts of equal size, each scrambled by
        itself, so that how far the parts differ says how far another seed would. A run of factor *i* from B in A is
        made by taking that column from B.

    Raises
    ------
    ParameterError
        No factor, or a base that is no power of two of at least 16.
    """
    if factors < 1:
        raise ParameterError("There is no factor to vary. Name one choice at least.")
    if not isinstance(base, (int, np.integer)) or not _LEAST <= base <= _MOST or base & (base - 1):
        raise ParameterError(
            f"`base` is {base!r}; runs of a Sobol sequence come in powers of two of at least {_LEAST} and at most "
            f"{_MOST:,}, such as 1024."
        )
    scrambles = streams(seed, _PARTS, purpose=purpose)
    parts = [
        scipy.stats.qmc.Sobol(2 * factors, scramble=True, seed=rng).random(int(base) // _PARTS) for rng in scrambles
    ]
    points = np.concatenate(parts)
    return points[:, :factors].copy(), points[:, factors:].copy()


def sobol_shares(
    results: Callable[[int | None, bool], _Floats], factors: int, *, blocks: int = _PARTS
) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    r"""First-order and total shares of variance of many outputs, with their standard errors.

    Parameters
    ----------
    results : callable
        ``results(None, False)`` are the outputs of runs A, ``results(None, True)`` of B, ``results(i, ...)`` of A with
        factor *i* from B; each of shape (base, outputs).
    factors : int
    blocks : int
        Runs are cut into this many parts, which must not hang on each other, to estimate the error of the shares
        (jackknife): those of `saltelli_design` by default.

    Returns
    -------
    first, total, first_se, total_se : ndarray of shape (factors, outputs)
        Missing (NaN) for outputs that never vary. Estimates: they may fall a little below 0 or above 1.

    Notes
    -----
    With :math:`V` the variance over A and B together:
    :math:`S_i = \overline{f_B (f_{AB_i} - f_A)}/V` (Saltelli et al. 2010) and
    :math:`T_i = \overline{(f_A - f_{AB_i})^2}/2V` (Jansen 1999). Factors that stand for a whole vector of chance (one
    uniform picks a draw of all counts) are groups; their shares are those of the group.

    Points of one Sobol sequence hang on each other on purpose: parts of one sequence differ two to eight times as much
    as whole sequences of other seeds do. Parts with scrambles of their own are independent, so their jackknife is the
    error over seeds, itself known to about a quarter from eight parts. The price is that smooth outputs are met less
    well than by one long sequence; ranks, which jump, by about as well.

    References
    ----------
    Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer Physics Communications
    181, 259-270. Jansen, M. J. W. (1999). Analysis of variance designs for model output. Computer Physics
    Communications 117, 35-43.
    """
    a, b = results(None, False), results(None, True)
    centre = (a + b).mean(axis=0) / 2
    a, b = a - centre, b - centre
    parts = list(_parts(a.shape[0], blocks))
    variance = np.stack([((a[part] ** 2 + b[part] ** 2) / 2).sum(axis=0) for part in parts])
    sizes = np.array([part.stop - part.start for part in parts], dtype=float)[:, None]
    shape = (factors, a.shape[1])
    found = (np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape))
    for i in range(factors):
        mixed = results(i, False) - centre
        first = np.stack([(b[part] * (mixed[part] - a[part])).sum(axis=0) for part in parts])
        total = np.stack([((a[part] - mixed[part]) ** 2).sum(axis=0) / 2 for part in parts])
        for sums, value, error in ((first, found[0], found[2]), (total, found[1], found[3])):
            value[i], error[i] = _jackknife(sums, variance, sizes)
    return found


def _parts(size: int, blocks: int) -> Iterator[slice]:
    edges = np.linspace(0, size, min(blocks, size) + 1).astype(int)
    for start, stop in pairwise(edges):
        yield slice(int(start), int(stop))


def _jackknife(sums: _Floats, variance: _Floats, sizes: _Floats) -> tuple[_Floats, _Floats]:
    """Ratio of two sums over parts, and its standard error by leaving out one part after the other."""
    whole = variance.sum(axis=0)
    varies = whole > 1e-12 * sizes.sum()
    safe = np.where(varies, whole, 1.0)
    value = np.where(varies, sums.sum(axis=0) / safe, np.nan)
    less = whole - variance
    without = (sums.sum(axis=0) - sums) / np.where(less > 0, less, 1.0)
    n = len(sums)
    error = np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    return value, np.where(varies, error, np.nan)
