"""How areas move from month to month beyond what all share: by size, over time, and beside their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["AreaShocks", "fit_area_shocks"]

_Floats = NDArray[np.float64]

#: Parts of a shock that the next month keeps, which are weighed by how well they fit.
_MEMORIES: Final = (0.3, 0.5, 0.65, 0.8, 0.9, 0.95)
#: Groups of areas by size, and months apart that are looked at.
_GROUPS: Final = 6
_LAGS: Final = 24


@dataclass(frozen=True, eq=False)
class AreaShocks:
    """Variance ``mean (chance + mean K)`` of a count, where *K* is a covariance of shares over time and between areas.

    Attributes
    ----------
    chance : float
        At least 1.
    own : float
        Variance of the share by which an area's month moves and the next does not.
    lasting : array of shape (memories,)
        Variances of shares of which the next month keeps `memory`.
    memory : array of shape (memories,)
    yearly : float
        Variance of the share by which an area's season departs from that of all.
    year : int
        Months of a year; 0 where no seasons of areas are looked for.
    beside : tuple of (float, float)
        By order of neighbours from 1: the part of `own`, and of `lasting`, that two areas have in common.
    links : tuple of sparse arrays of shape (areas, areas)
        1 where two areas are neighbours of that order.
    """

    chance: float
    own: float
    lasting: _Floats
    memory: _Floats
    yearly: float
    year: int
    beside: tuple[tuple[float, float], ...]
    links: tuple[Any, ...]

    def over_time(self, weights: _Floats) -> tuple[_Floats, _Floats, _Floats]:
        """Covariance of weighted means of months: of what does not last, what lasts, and seasons; (means, means)."""
        apart = np.abs(np.subtract.outer(np.arange(weights.shape[1]), np.arange(weights.shape[1])))
        kept = sum(part * rho**apart for part, rho in zip(self.lasting, self.memory, strict=True))
        season = self.yearly * _wave(apart, self.year)
        return self.own * (weights @ weights.T), weights @ np.asarray(kept) @ weights.T, weights @ season @ weights.T

    def over_areas(self, shares: _Floats) -> tuple[_Floats, _Floats, _Floats]:
        """Factors of the three for weighted means of areas, of shape (means, means); areas' seasons go apart."""
        alone = shares @ shares.T
        first, second = alone.copy(), alone.copy()
        for (own, lasting), link in zip(self.beside, self.links, strict=True):
            both = shares @ (link @ shares.T)
            first, second = first + own * both, second + lasting * both
        return first, second, alone

    def variances(self, shares: _Floats, weights: _Floats) -> _Floats:
        """Variance of one weighted mean of months, of shape (1, months), for each weighted mean of areas."""
        alone = np.sum(shares**2, axis=1)
        first, second = alone.copy(), alone.copy()
        for (own, lasting), link in zip(self.beside, self.links, strict=True):
            both = np.sum((link @ shares.T).T * shares, axis=1)
            first, second = first + own * both, second + lasting * both
        parts = zip((first, second, alone), self.over_time(weights), strict=True)
        return np.asarray(np.maximum(sum(areas * float(time[0, 0]) for areas, time in parts), 0.0))


def fit_area_shocks(y: _Floats, links: Sequence[Any] = (), *, year: int = 0) -> AreaShocks:
    r"""Fit chance, shocks, how long these last, and how far neighbours share them, by moments.

    Parameters
    ----------
    y : array of shape (areas, months)
        Counts, none missing; something in each area and month.
    links : sequence of sparse arrays of shape (areas, areas)
        Neighbours of order 1, 2, ...
    year : int
        Months of a year where each area may have a season of its own, told from two years on; 0 where not.

    Notes
    -----
    Residuals of area times month :math:`r = y - \mu_a s_t` have the covariance :math:`\chi \mu_a P + \mu_a^2 Q` over
    time, where *P* and *Q* are what taking out an area's mean leaves of :math:`\mathrm{diag}(s)` and of :math:`s s'
    \circ K`. Sums of products *l* months apart, by groups of areas of a size, are fitted by
    :math:`K_l = \sigma_0^2 [l = 0] + \sigma_1^2 \rho^l + \sigma_2^2 \cos(2 \pi l / 12)`, none below 0, for each of six
    :math:`\rho`, which :math:`e^{-X^2/2}` weighs. So what is lost with the means is given back, as far as the course
    is of this kind. Products of neighbours tell the parts of both that they have in common.
    """
    areas, months = y.shape
    level, shape = y.mean(axis=1), y.sum(axis=0) / y.sum() * months
    residual = y - level[:, None] * shape
    first = float(np.mean(residual**2 / (level[:, None] * shape)) * months / max(months - 1, 1))
    excess = max(0.0, (first - 1) / float(np.mean(level)))
    scale = 1 / np.sqrt(level * (1 + excess * level))
    z = residual * scale[:, None]
    lags = min(months - 1, _LAGS)
    chance_part = _lag_sums(_centred(np.diag(shape), shape), lags)
    apart = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    kernels = [rho**apart for rho in (0.0, *_MEMORIES)] + [_wave(apart, year)]
    *parts, season = (_lag_sums(_centred(np.outer(shape, shape) * kernel, shape), lags) for kernel in kernels)
    share = level / level.sum()
    groups = np.array_split(np.argsort(level, kind="stable"), min(_GROUPS, areas))
    rows = [
        (
            np.array([np.sum(z[group, lag:] * z[group, : months - lag]) for lag in range(lags + 1)]),
            float(np.sum(scale[group] ** 2 * level[group] * (1 - share[group]))),
            float(np.sum(scale[group] ** 2 * level[group] ** 2 * (1 - share[group]))),
            len(group),
        )
        for group in groups
    ]
    pairs = months - np.arange(lags + 1)
    error = np.concatenate([np.sqrt(np.where(np.arange(lags + 1) == 0, 2, 1) * size * pairs) for *_, size in rows])
    target = np.concatenate([sums - once * chance_part for sums, once, _, _ in rows])
    fits = []
    for kept in parts[1:]:
        design = np.concatenate(
            [
                np.column_stack([once * chance_part, twice * parts[0], twice * kept, twice * season])
                for _, once, twice, _ in rows
            ]
        )
        found, left = scipy.optimize.nnls(design / error[:, None], target / error)
        fits.append((*found, left**2))
    square = np.array([one[-1] for one in fits])
    weight = np.exp(-(square - square.min()) / 2)
    weight /= weight.sum()
    chance, own, _, yearly = (float(value) for value in weight @ np.array([one[:4] for one in fits]))
    lasting = weight * np.array([one[2] for one in fits])
    beside: tuple[tuple[float, float], ...] = ()
    if links:
        lasts = sum(part * kept for part, kept in zip(lasting, parts[1:], strict=True))
        beside = _beside(z, scale, level, (1 + chance) * chance_part, own * parts[0], lasts, links)
    return AreaShocks(1 + chance, own, lasting, np.array(_MEMORIES), yearly, year, beside, tuple(links))


def _wave(apart: NDArray[np.int64], year: int) -> _Floats:
    """Correlation of months so far apart of a season whose best month may be any."""
    return np.cos(2 * np.pi * apart / year) if year else np.zeros(apart.shape)


def _centred(covariance: _Floats, shape: _Floats) -> _Floats:
    """What is left of a covariance over months when an area's level is taken out."""
    keep = np.eye(len(shape)) - np.outer(shape, np.ones(len(shape))) / shape.sum()
    return np.asarray(keep @ covariance @ keep.T)


def _lag_sums(covariance: _Floats, lags: int) -> _Floats:
    return np.array([float(np.trace(covariance, offset=lag)) for lag in range(lags + 1)])


def _beside(
    z: _Floats, scale: _Floats, level: _Floats, chance: _Floats, own: _Floats, lasts: Any, links: Sequence[Any]
) -> tuple[tuple[float, float], ...]:
    """Parts of shocks that neighbours share, by order; none more than the order before it."""
    months, lags = z.shape[1], len(own) - 1
    share, unit = level / level.sum(), scale * level
    found: list[tuple[float, float]] = []
    most = (1.0, 1.0)
    for link in links:
        near = scipy.sparse.coo_array(link)
        if near.nnz == 0:
            found.append((0.0, 0.0))
            continue
        one, other = near.coords
        sums = np.array([float(np.sum(z[:, lag:] * (near @ z[:, : months - lag]))) for lag in range(lags + 1)])
        both = float(np.sum(unit[one] * unit[other]))
        # The month's own level, taken out, holds a share of each area: areas that have nothing in common look opposed.
        alone = float(np.sum(scale[one] * scale[other] * (share[other] * level[one] + share[one] * level[other]) / 2))
        squared = scale[one] * scale[other] * (share[other] * level[one] ** 2 + share[one] * level[other] ** 2) / 2
        given = alone * chance + float(np.sum(squared)) * (own + lasts)
        error = np.sqrt(near.nnz * (months - np.arange(lags + 1)))
        design = both * np.column_stack([own, lasts])
        value = scipy.optimize.nnls(design / error[:, None], (sums + given) / error)[0]
        most = (min(most[0], float(value[0])), min(most[1], float(value[1])))
        found.append(most)
    return tuple(found)
