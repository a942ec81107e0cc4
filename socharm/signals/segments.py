"""Series cut into stretches of one level: the best single cut and its chance, and the best cuts of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from socharm.signals.charts import pooled_p
from socharm.signals.monthly import MonthlySeries
from socharm.signals.noise import ROUNDS, Noise, blocks_for, fit_noise, levels_of, simulate
from socharm.stats.fdr import adjust
from socharm.stats.random_streams import streams

__all__ = ["Changes", "best_cuts", "cut_gain", "found_changes"]

_Floats = NDArray[np.float64]

#: Probability of one more cut in an area in which nothing happens.
_ANOTHER = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class Changes:
    """Change points of areas.

    Attributes
    ----------
    points : tuple of tuple of int
        Of each area the numbers of the months that begin a new level.
    p, q : ndarray of shape (areas,)
        Of the best single cut; corrected over areas.
    noise : Noise
    """

    points: tuple[tuple[int, ...], ...]
    p: _Floats
    q: _Floats
    noise: Noise


def found_changes(
    series: MonthlySeries, kept: NDArray[np.intp], *, seed: int, false_discovery: float, simulations: int, least: int
) -> Changes:
    """Areas with a change of level beyond ordinary ups and downs, and the months in which it begins.

    Parameters
    ----------
    series : MonthlySeries
    kept : ndarray of int
        Rows of the areas that are looked at.
    seed : int
    false_discovery : float
    simulations : int
    least : int
        Months that each stretch has at least.
    """
    noise = fit_noise(series, streams(seed, ROUNDS, purpose="change-points-noise"))
    amounts, shape = series.amounts[kept], series.shape[kept]
    level = levels_of(amounts, shape, series.known[kept])
    blocks = [
        cut_gain(np.where(np.isnan(amounts), np.nan, simulate(level, shape, noise, rng)), shape, noise, least)
        for rng in streams(seed, blocks_for(len(kept), simulations), purpose="change-points")
    ]
    nothing = np.concatenate(blocks)
    p = pooled_p(cut_gain(amounts, shape, noise, least), nothing)
    q = adjust(p)
    price = np.quantile(nothing, 1.0 - _ANOTHER, axis=0)
    points = tuple(
        best_cuts(amounts[row], shape[row], noise, price=float(price[row]), least=least)
        if q[row] <= false_discovery
        else ()
        for row in range(len(kept))
    )
    return Changes(points=points, p=p, q=q, noise=noise)


def cut_gain(amounts: _Floats, shape: _Floats, noise: Noise, least: int) -> _Floats:
    r"""What the best single cut gains: twice the log likelihood of a Poisson count, over the dispersion.

    Parameters
    ----------
    amounts : ndarray of shape (..., areas, months)
        NaN in a gap.
    shape : ndarray of shape (areas, months)
    noise : Noise
    least : int
    """
    known = ~np.isnan(amounts)
    count = np.cumsum(np.where(known, amounts, 0.0), axis=-1)
    reach = np.cumsum(np.where(known, shape, 0.0), axis=-1)
    seen = np.cumsum(known, axis=-1)
    whole = _fit(count[..., -1], reach[..., -1])
    best = np.zeros(whole.shape)
    for cut in range(amounts.shape[-1] - 1):
        both = _fit(count[..., cut], reach[..., cut])
        both = both + _fit(count[..., -1] - count[..., cut], reach[..., -1] - reach[..., cut])
        enough = (seen[..., cut] >= least) & (seen[..., -1] - seen[..., cut] >= least)
        best = np.where(enough, np.maximum(best, 2.0 * (both - whole) / noise.dispersion), best)
    return best


def _fit(count: _Floats, reach: _Floats) -> _Floats:
    """Log likelihood of a stretch at its own level, up to what is the same for every cut."""
    some = (count > 0) & (reach > 0)
    found: _Floats = np.where(some, count * np.log(np.where(some, count, 1.0) / np.where(some, reach, 1.0)), 0.0)
    return found


def best_cuts(amounts: _Floats, shape: _Floats, noise: Noise, *, price: float, least: int) -> tuple[int, ...]:
    """The cuts of one series that gain most, each at its price: exact, by optimal partitioning.

    Parameters
    ----------
    amounts, shape : ndarray of shape (months,)
    noise : Noise
    price : float
        Of each cut, in the unit of `cut_gain`.
    least : int

    References
    ----------
    Jackson, B. et al. (2005). An algorithm for optimal partitioning of data on an interval. IEEE Signal Processing
    Letters 12, 105-108.

    Examples
    --------
    >>> noise = Noise(dispersion=1.0, drift=0.0, left=0.5, step=1.0)
    >>> best_cuts(np.array([9.0, 11, 10, 10, 31, 29, 30, 9, 10, 11]), np.ones(10), noise, price=8.0, least=3)
    (4, 7)
    """
    known = ~np.isnan(amounts)
    count, reach, seen = (
        np.concatenate([[0.0], np.cumsum(part)])
        for part in (np.where(known, amounts, 0.0), np.where(known, shape, 0.0), known * 1.0)
    )
    months = len(amounts)
    gain, before = np.full(months + 1, -np.inf), np.zeros(months + 1, dtype=np.int64)
    gain[0] = price
    for end in range(1, months + 1):
        starts = np.arange(end)
        value = gain[:end] - price + 2.0 * _fit(count[end] - count[:end], reach[end] - reach[:end]) / noise.dispersion
        value[seen[end] - seen[starts] < least] = -np.inf
        before[end] = int(np.argmax(value))
        gain[end] = value[before[end]]
    if not np.isfinite(gain[months]):
        return ()
    cuts, at = [], int(before[months])
    while at > 0:
        cuts.append(at)
        at = int(before[at])
    return tuple(sorted(cuts))
