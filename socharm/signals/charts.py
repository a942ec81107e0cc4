"""CUSUM and EWMA charts of many areas at once, and limits that keep a false-alarm rate over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.signals.noise import Noise, levels_of

__all__ = ["CHARTS", "Charts", "Limits", "draw_charts", "limits_for", "pooled_p"]

_Floats = NDArray[np.float64]

#: Name and direction of each chart, in the order of the arrays.
CHARTS: Final = (("CUSUM", "rise"), ("CUSUM", "fall"), ("EWMA", "rise"), ("EWMA", "fall"))

#: Quantiles of simulated charts by which those of areas are laid on one scale.
_MIDDLE: Final = 0.5
_UPPER: Final = 0.9
_HALVINGS: Final = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class Charts:
    """Charts of every month of the watched span.

    Attributes
    ----------
    values : ndarray of shape (..., areas, months, 4)
        In the order of `CHARTS`; 0 before the baseline is over and where an area is not watched.
    since : ndarray of shape (..., areas, months, 2)
        Number of the month in which the CUSUM of rises, and of falls, last left 0; kept in gaps.
    """

    values: _Floats
    since: NDArray[np.int64]


def draw_charts(
    amounts: _Floats, shape: _Floats, baseline: int, noise: Noise, *, change: float, memory: float
) -> Charts:
    r"""CUSUM and EWMA of rises and of falls.

    Parameters
    ----------
    amounts : ndarray of shape (..., areas, months)
        Effective events; NaN in a gap, over which a chart stays where it was.
    shape : ndarray of shape (areas, months)
    baseline : int
        First months, whose level the later ones are held against.
    noise : Noise
    change : float
        Ratio that the CUSUM looks for; its inverse is the fall.
    memory : float
        Weight of the last month in the EWMA.

    Notes
    -----
    With :math:`\hat\mu_t` the baseline's level times season and trend, CUSUM is Page's, of the log likelihood ratio of
    a Poisson count over the dispersion: :math:`S_t = \max(0, S_{t-1} + (c_t \log r - (r - 1)\hat\mu_t)/\varphi)`.
    EWMA is :math:`\lambda z_t + (1 - \lambda) E_{t-1}` of :math:`z_t = (c_t - \hat\mu_t) / \sqrt{\varphi\hat\mu_t +
    \psi^2\hat\mu_t^2}`.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115. Roberts, S. W. (1959). Control chart
    tests based on geometric moving averages. Technometrics 1, 239-250.
    """
    known = ~np.isnan(amounts)
    before = np.arange(shape.shape[1]) < baseline
    own = known & before
    flat = amounts.reshape(-1, shape.shape[1])
    tiled = np.broadcast_to(shape, amounts.shape).reshape(-1, shape.shape[1])
    level = levels_of(flat, tiled, own.reshape(-1, shape.shape[1])).reshape(amounts.shape[:-1])
    lead, months = amounts.shape[:-1], shape.shape[1] - baseline
    values = np.zeros((*lead, months, 4))
    since = np.zeros((*lead, months, 2), dtype=np.int64)
    sums, smooth = np.zeros((2, *lead)), np.zeros(lead)
    begun = np.full((2, *lead), baseline, dtype=np.int64)
    for at in range(months):
        month = baseline + at
        seen = known[..., month] & (level > 0)
        mean = np.where(seen, level * shape[:, month], 1.0)
        count = np.where(seen, amounts[..., month], 1.0)
        for way, ratio in enumerate((change, 1.0 / change)):
            score = np.where(seen, (count * np.log(ratio) - (ratio - 1.0) * mean) / noise.dispersion, 0.0)
            new = np.maximum(sums[way] + score, 0.0)
            begun[way] = np.where(sums[way] > 0, begun[way], month)
            sums[way] = new
        spread = np.sqrt(noise.dispersion * mean + (noise.drift * mean) ** 2)
        smooth = np.where(seen, memory * (count - mean) / spread + (1.0 - memory) * smooth, smooth)
        values[..., at, :] = np.stack([sums[0], sums[1], smooth, -smooth], axis=-1)
        since[..., at, :] = np.moveaxis(begun, 0, -1)
    return Charts(values=values, since=since)


@dataclass(frozen=True, kw_only=True, eq=False)
class Limits:
    """Limits of the charts.

    Attributes
    ----------
    values : ndarray of shape (areas, 4)
    chance : float
        Probability of a false signal of one area over the span, of any chart, as simulated.
    """

    values: _Floats
    chance: float


def limits_for(highest: _Floats, chance: float) -> Limits:
    """Limits that an area without change goes beyond with a stated probability, by any of its charts.

    Parameters
    ----------
    highest : ndarray of shape (times, areas, 4)
        Highest values of charts of areas in which nothing happens.
    chance : float

    Notes
    -----
    The far tail of one area would need more simulations than can be had. Charts of all areas are laid on one scale by
    their median and upper tenth, and the tail is that of all areas together; all four charts have the same tail
    probability, found by halving.
    """
    middle = np.quantile(highest, _MIDDLE, axis=0)
    reach = np.maximum(np.quantile(highest, _UPPER, axis=0) - middle, 1e-9)
    scaled = ((highest - middle) / reach).reshape(-1, highest.shape[2])
    ordered = np.sort(scaled, axis=0)

    def ends(tail: float) -> _Floats:
        place = min(len(ordered) - 1, int(np.ceil((1.0 - tail) * len(ordered))))
        return np.asarray(ordered[place], dtype=np.float64)

    low, high = 0.0, chance
    for _ in range(_HALVINGS):
        tail = (low + high) / 2
        if np.mean((scaled > ends(tail)).any(axis=1)) > chance:
            high = tail
        else:
            low = tail
    found = ends(low)
    return Limits(values=middle + reach * found, chance=float(np.mean((scaled > found).any(axis=1))))


def pooled_p(values: _Floats, simulated: _Floats) -> _Floats:
    """Probability of so high a value where nothing happens, by simulations of all areas with a value, on one scale.

    Parameters
    ----------
    values : ndarray of shape (areas,)
        NaN where there is none.
    simulated : ndarray of shape (times, areas)
    """
    found, told = np.full(values.shape, np.nan), ~np.isnan(values)
    if not told.any():
        return found
    made = simulated[:, told]
    middle = np.quantile(made, _MIDDLE, axis=0)
    reach = np.maximum(np.quantile(made, _UPPER, axis=0) - middle, 1e-9)
    ordered = np.sort(((made - middle) / reach).ravel())
    above = ordered.size - np.searchsorted(ordered, (values[told] - middle) / reach, side="left")
    found[told] = (above + 1.0) / (ordered.size + 1.0)
    return found
