"""The ratio of two harm rates from their whole posteriors: sums of gamma variates over an area's effect, no draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._settings import THREADS
from socharm.stats.gamma_poisson import AreaPosterior
from socharm.stats.gamma_ratios import Moments, RatioCurve, ratio_curve
from socharm.stats.gamma_sum_kernels import fill_below, fill_mixed, sums_of
from socharm.stats.threads import map_in_order

__all__ = ["HarmRates", "rate_ratios", "whole_ratio"]

_Floats = NDArray[np.float64]

#: Values of the ratio at which its distribution is kept, and those over which what all offences share is averaged.
_POINTS: Final = 129
_SHARED: Final = 65
#: Nodes of what all offences of an area share, where areas are added.
_HERMITE: Final = 5
#: Squared mean over variance, of both together, from which three moments tell as much: of an area, and of all areas.
_MANY: Final = 4_000.0
_MANY_TOGETHER: Final = 1_000.0
#: Where the integral begins, in inverse means, and where a transform is a power.
_BEGIN, _POWER = 0.01, 200.0
#: Probabilities nearer to 0 or 1 are not told apart, and how far the log of the ratio is looked at.
_TINY, _FAR = 1e-7, 160.0
#: Standard deviations that values reach to.
_REACH: Final = 5.5
#: Areas of one piece of work; results do not depend on it.
_PIECE: Final = 32


@dataclass(frozen=True, eq=False)
class HarmRates:
    """Harm rates of one period: their posterior by offence, and what each offence weighs."""

    posterior: AreaPosterior
    weight: _Floats

    def rows(self, part: slice | NDArray[np.intp]) -> HarmRates:
        """Some of the areas."""
        found = self.posterior
        own = {name: getattr(found, name)[part] for name in ("node_probability", "shape", "effort", "mean")}
        return replace(self, posterior=replace(found, **own))

    def moments(self, *, shared: bool = True) -> Moments:
        """Three moments of each area, with or without what all offences share.

        Given the effect of the area the rates are independent gamma variates, whose cumulants add; moments are then
        averaged over the nodes, and multiplied by those of the log-normal factor that all offences share. Exact.
        """
        mean, square, cube, variance, both, third = self._sums
        factor = float(np.exp(self.posterior.shock**2)) if shared else 1.0
        second, cubed = (variance + square) * factor, (third + 3 * both + cube) * factor**3
        return Moments(mean, second - mean**2, cubed - 3 * mean * second + 2 * mean**3)

    @cached_property
    def _sums(self) -> _Floats:
        found = self.posterior
        sums = []
        for part in _pieces(len(found.shape)):
            some = self.rows(part)
            shape = np.ascontiguousarray(some.posterior.shape[:, some.used])
            sums.append(sums_of(some.posterior.node_probability, shape, some.scales()))
        return np.concatenate([np.zeros((6, 0)), *sums], axis=1)

    def scales(self) -> _Floats:
        """Scale of the gamma variate of each offence that weighs, of shape (areas, nodes, offences)."""
        found, used = self.posterior, self.used
        level = found.factor[used].T
        rate = found.prior.shape[used] + level * found.effort[:, None, used]
        return np.ascontiguousarray(self.weight[used] * level / rate)

    @property
    def used(self) -> NDArray[np.intp]:
        """Offences that weigh."""
        return np.flatnonzero(self.weight > 0)

    def steadiness(self) -> tuple[_Floats, _Floats]:
        """Mean square of each area's mean given its effect, and mean of its variance given that."""
        return self._sums[1], self._sums[3]


def _pieces(areas: int) -> list[slice]:
    return [slice(start, min(start + _PIECE, areas)) for start in range(0, areas, _PIECE)]


def rate_ratios(first: HarmRates, second: HarmRates, *, threads: int = THREADS) -> RatioCurve:
    r"""Distribution of the second rate over the first, area by area.

    Parameters
    ----------
    first, second : HarmRates
        Of the same areas, independent of each other.
    threads : int
        Any number gives the same result.

    Notes
    -----
    Given the effect of the area a rate is :math:`\sum_o w_o \lambda_o` of independent gamma variates, so that its
    characteristic function is :math:`\varphi(t) = \sum_u p_u \prod_o (1 - i t \theta_{uo})^{-k_o}`, and
    (Gil-Pelaez, Imhof) :math:`P(Y < r X) = \frac12 - \frac1\pi \int_0^\infty \Im\{\varphi_Y(t)\,\overline{\varphi_X(r
    t)}\}\, dt / t`. In :math:`\log t` this is summed at equal steps, no longer than one over the root of the squared
    means over the variances, at which the trapezoidal rule errs by less than :math:`10^{-6}`; both ends are added in
    closed form. The log-normal factor that all offences of an area share is averaged over afterwards. Where both
    squared means together are over 4,000 variances, three moments tell as much (`ratio_curve`), and are taken.

    References
    ----------
    Gil-Pelaez, J. (1951). Note on the inversion theorem. *Biometrika* 38, 481-482.
    Imhof, J. P. (1961). Computing the distribution of quadratic forms in normal variables. *Biometrika* 48, 419-426.
    """
    pieces = _pieces(len(first.posterior.shape))
    done = list(
        map_in_order(
            lambda part: _piece(first.rows(part), second.rows(part)), pieces, threads=min(threads, len(pieces))
        )
    )
    if not done:
        return RatioCurve(np.zeros((0, _POINTS)), np.zeros((0, _POINTS)))
    return RatioCurve(*(np.concatenate(each) for each in zip(*done, strict=True)))


def whole_ratio(first: HarmRates, second: HarmRates, times: tuple[_Floats, _Floats]) -> RatioCurve:
    """The same of the sums of all areas, each so many times; areas are independent of each other.

    Parameters
    ----------
    first, second : HarmRates
    times : tuple of arrays of shape (areas,)
        Of the first and of the second rates.

    Notes
    -----
    Three moments where the squared means together are over 1,000 variances: a sum of many areas is close to one gamma
    variate. What all offences of an area share is then averaged over five Gauss-Hermite nodes in each area.
    """
    sides = (first, second)
    totals = [side.moments().total(each) for side, each in zip(sides, times, strict=True)]
    steady = 0.0
    for side, each in zip(sides, times, strict=True):
        squared, within = side.steadiness()
        steady += float(np.sum(each * np.sqrt(squared)) ** 2 / np.sum(each**2 * within))
    if steady > _MANY_TOGETHER:
        return ratio_curve(*totals)
    parts = [_shared_out(side, each) for side, each in zip(sides, times, strict=True)]
    return RatioCurve(*_kept(*_distributions(parts, totals, np.array([steady])), 0.0, 0.0))


def _piece(first: HarmRates, second: HarmRates) -> tuple[_Floats, _Floats]:
    sides = (first, second)
    alone = [part[0] / part[1] for part in (side.steadiness() for side in sides)]
    steady = alone[0] + alone[1]
    shocks = [side.posterior.shock for side in sides]
    shift, spread = (shocks[0] ** 2 - shocks[1] ** 2) / 2, float(np.hypot(shocks[0], shocks[1]))
    log_ratio, score = np.empty((len(steady), _POINTS)), np.empty((len(steady), _POINTS))
    few = np.flatnonzero(steady <= _MANY)
    if len(few):
        some = [side.rows(few) for side in sides]
        parts = [
            _Parts(
                side.posterior.node_probability[:, None],
                np.ascontiguousarray(side.posterior.shape[:, None, side.used]),
                side.scales()[:, None],
            )
            for side in some
        ]
        found = _distributions(parts, [side.moments(shared=False) for side in some], steady[few])
        log_ratio[few], score[few] = _kept(*found, shift, spread)
    many = np.flatnonzero(steady > _MANY)
    curve = ratio_curve(*(side.rows(many).moments() for side in sides), threads=1)
    for row, x, y in zip(many, curve.log_ratio, curve.score, strict=True):
        log_ratio[row] = np.linspace(x[0], x[-1], _POINTS)
        score[row] = np.interp(log_ratio[row], x, y)
    return log_ratio, score


@dataclass(frozen=True, eq=False)
class _Parts:
    """Sums of independent areas, one a row: probability of each node, shapes by offence, scales by node and offence."""

    chance: _Floats
    shape: _Floats
    scale: _Floats

    def over(self, mean: _Floats) -> tuple[_Floats, _Floats, _Floats]:
        """Each divided by its mean."""
        return self.chance, self.shape, self.scale / mean[:, None, None, None]


def _shared_out(side: HarmRates, times: _Floats) -> _Parts:
    """One sum of areas with nodes of their effect and of what all offences share, each so many times."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_HERMITE if side.posterior.shock > 0 else 1)
    weights = weights / weights.sum()
    factor = np.exp(side.posterior.shock * nodes)
    factor /= np.sum(weights * factor)
    scale, chance = side.scales() * times[:, None, None], side.posterior.node_probability
    return _Parts(
        (chance[:, :, None] * weights).reshape(1, len(chance), -1),
        np.ascontiguousarray(side.posterior.shape[None, :, side.used]),
        (scale[:, :, None, :] * factor[:, None]).reshape(1, len(chance), -1, scale.shape[2]),
    )


def _distributions(
    parts: list[_Parts], found: list[Moments], steady: _Floats
) -> tuple[_Floats, _Floats, NDArray[np.int64]]:
    """Logs of each ratio in equal steps, the probability to be below each, and how many there are."""
    step = 1.0 / np.sqrt(steady + 16.0)
    spread = sum(scipy.special.polygamma(1, np.minimum(each.mean**2 / each.variance, 1e6)) for each in found)
    reach = np.minimum(_REACH * np.sqrt(spread), _FAR)
    shifts = np.maximum(np.ceil(reach / step), 3).astype(np.int64)
    begin = np.floor(np.log(_BEGIN) / step).astype(np.int64)
    least = np.stack([part.scale.min(axis=(1, 2, 3)) / each.mean for part, each in zip(parts, found, strict=True)])
    ends = np.maximum(np.ceil(np.log(_POWER / least) / step).astype(np.int64), begin + 1) + 1
    below = np.ones((len(step), 2 * int(shifts.max()) + 1))
    first, second = (part.over(each.mean) for part, each in zip(parts, found, strict=True))
    fill_below(first, second, step, begin, np.ascontiguousarray(ends.T), shifts, below)
    places = np.arange(below.shape[1]) - shifts[:, None]
    return places * step[:, None] + np.log(found[1].mean / found[0].mean)[:, None], below, 2 * shifts + 1


def _kept(
    grid: _Floats, below: _Floats, sizes: NDArray[np.int64], shift: float, spread: float
) -> tuple[_Floats, _Floats]:
    """Equal steps of the log of each ratio and their normal scores, averaged over a shared normal part."""
    # It never falls; what rounding makes of the ends must not either.
    rising = np.maximum.accumulate(below, axis=1)
    told = (rising > _TINY) & (rising < 1 - _TINY)
    places = np.arange(below.shape[1])
    middle = np.sum((rising < 0.5) & (places < sizes[:, None]), axis=1)[:, None]
    told |= (places >= middle - 2) & (places < middle + 2)
    told[:, 1:] &= np.diff(rising, axis=1) > 0
    told &= places < sizes[:, None]
    # What is told comes first in each row.
    order, sizes = np.argsort(~told, axis=1, kind="stable"), told.sum(axis=1)
    x = np.take_along_axis(grid, order, axis=1)
    score = scipy.special.ndtri(np.clip(np.take_along_axis(rising, order, axis=1), _TINY, 1 - _TINY))
    last = np.take_along_axis(x, sizes[:, None] - 1, axis=1)[:, 0]
    log_ratio = np.linspace(x[:, 0] + shift - _REACH * spread, last + shift + _REACH * spread, _POINTS, axis=1)
    normal = np.linspace(-_REACH, _REACH, _SHARED) if spread else np.zeros(1)
    weights = np.exp(-(normal**2) / 2)
    mixed = np.empty_like(log_ratio)
    log_ratio = np.ascontiguousarray(log_ratio)
    fill_mixed(x, score, sizes, shift + spread * normal, weights / weights.sum(), log_ratio, mixed)
    if spread:
        mixed = scipy.special.ndtri(np.clip(mixed, _TINY, 1 - _TINY))
    return log_ratio, np.maximum.accumulate(mixed, axis=1)
