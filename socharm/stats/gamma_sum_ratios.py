"""The ratio of two harm rates from their whole posteriors: sums of gamma variates over an area's effect, no draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special

from socharm._jit import kernel
from socharm._settings import THREADS
from socharm.stats.gamma_poisson import AreaPosterior, weighted_moments
from socharm.stats.gamma_ratios import Moments, RatioCurve, ratio_curve
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
#: Where the integral begins, in inverse means; what modulus is none, and where a transform is a power.
_BEGIN, _NONE, _POWER = 0.01, 1e-9, 200.0
#: Values of an area's effect that are less probable than this are left out.
_RARE: Final = 1e-9
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
        """Three moments of each area, with or without what all offences share."""
        found = self.posterior if shared else replace(self.posterior, shock=0.0)
        return Moments(*weighted_moments(found, self.weight))

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
        second, within = np.empty(len(self.posterior.shape)), np.empty(len(self.posterior.shape))
        for part in _pieces(len(second)):
            some = self.rows(part)
            shape, scale = some.posterior.shape[:, None, some.used], some.scales()
            mean, variance = np.sum(shape * scale, axis=2), np.sum(shape * scale**2, axis=2)
            second[part] = np.sum(some.posterior.node_probability * mean**2, axis=1)
            within[part] = np.sum(some.posterior.node_probability * variance, axis=1)
        return second, within


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
    grid, below = _distribution(parts, totals, steady)
    return RatioCurve(*(row[None, :] for row in _kept(grid, below, 0.0, 0.0)))


def _piece(first: HarmRates, second: HarmRates) -> tuple[_Floats, _Floats]:
    sides = (first, second)
    plain, scales = [side.moments(shared=False) for side in sides], [side.scales() for side in sides]
    alone = [part[0] / part[1] for part in (side.steadiness() for side in sides)]
    steady = alone[0] + alone[1]
    shocks = [side.posterior.shock for side in sides]
    shift, spread = (shocks[0] ** 2 - shocks[1] ** 2) / 2, float(np.hypot(shocks[0], shocks[1]))
    log_ratio, score = np.empty((len(steady), _POINTS)), np.empty((len(steady), _POINTS))
    for row in np.flatnonzero(steady <= _MANY):
        one = slice(row, row + 1)
        parts = [
            _Parts(side.posterior.node_probability[one], side.posterior.shape[one][:, side.used], scale[one])
            for side, scale in zip(sides, scales, strict=True)
        ]
        grid, below = _distribution(parts, [each.rows(one) for each in plain], float(steady[row]))
        log_ratio[row], score[row] = _kept(grid, below, shift, spread)
    many = np.flatnonzero(steady > _MANY)
    curve = ratio_curve(*(side.rows(many).moments() for side in sides), threads=1)
    for row, x, y in zip(many, curve.log_ratio, curve.score, strict=True):
        log_ratio[row] = np.linspace(x[0], x[-1], _POINTS)
        score[row] = np.interp(log_ratio[row], x, y)
    return log_ratio, score


@dataclass(frozen=True, eq=False)
class _Parts:
    """A sum of independent areas: probability of each node, shapes by offence, scales by node and offence."""

    chance: _Floats
    shape: _Floats
    scale: _Floats


def _shared_out(side: HarmRates, times: _Floats) -> _Parts:
    """Areas with nodes of their effect and of what all offences share, each so many times."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_HERMITE if side.posterior.shock > 0 else 1)
    weights = weights / weights.sum()
    factor = np.exp(side.posterior.shock * nodes)
    factor /= np.sum(weights * factor)
    scale, chance = side.scales() * times[:, None, None], side.posterior.node_probability
    return _Parts(
        (chance[:, :, None] * weights).reshape(len(chance), -1),
        np.ascontiguousarray(side.posterior.shape[:, side.used]),
        (scale[:, :, None, :] * factor[:, None]).reshape(len(chance), -1, scale.shape[2]),
    )


def _distribution(parts: list[_Parts], found: list[Moments], steady: float) -> tuple[_Floats, _Floats]:
    """Logs of the ratio in equal steps, and the probability to be below each."""
    means = [float(each.mean[0]) for each in found]
    alone = [min(float(each.mean[0] ** 2 / each.variance[0]), 1e6) for each in found]
    step = 1.0 / np.sqrt(steady + 16.0)
    reach = min(_REACH * float(np.sqrt(sum(special.polygamma(1, each) for each in alone))), _FAR)
    shifts = max(int(np.ceil(reach / step)), 3)
    begin = int(np.floor(np.log(_BEGIN) / step))
    made = []
    for part, mean in zip(parts, means, strict=True):
        least = float(np.min(part.scale)) / mean
        end = max(int(np.ceil(np.log(_POWER / least) / step)), begin + 1)
        made.append(_transform(part.chance, part.shape, part.scale / mean, step, begin - shifts, end + 1, _NONE, _RARE))
    below = _gil_pelaez(*made[0], *made[1], step, shifts, (float(parts[0].shape.sum()), float(parts[1].shape.sum())))
    grid = np.arange(-shifts, shifts + 1) * step + np.log(means[1] / means[0])
    return grid, below


@kernel
def _transform(
    chance: _Floats, shape: _Floats, scale: _Floats, step: float, low: int, high: int, none: float, rare: float
) -> tuple[_Floats, _Floats]:
    """Real and imaginary part of the characteristic function at ``exp(step * i)``, until it is none or a power."""
    areas, nodes, offences = scale.shape
    real, imaginary = np.zeros(high - low), np.zeros(high - low)
    size = high - low
    for i in range(high - low):
        t = np.exp(step * (low + i))
        re, im = 1.0, 0.0
        for a in range(areas):
            own_re, own_im = 0.0, 0.0
            for u in range(nodes):
                if chance[a, u] < rare:
                    continue
                modulus, phase = 0.0, 0.0
                for o in range(offences):
                    x = scale[a, u, o] * t
                    modulus -= 0.5 * shape[a, o] * np.log1p(x * x)
                    phase += shape[a, o] * np.arctan(x)
                if modulus > -45.0:
                    part = chance[a, u] * np.exp(modulus)
                    own_re += part * np.cos(phase)
                    own_im += part * np.sin(phase)
            re, im = re * own_re - im * own_im, re * own_im + im * own_re
        real[i], imaginary[i] = re, im
        if re * re + im * im < none * none:
            size = i + 1
            break
    return real[:size], imaginary[:size]


@kernel
def _gil_pelaez(
    real: _Floats,
    imaginary: _Floats,
    real_later: _Floats,
    imaginary_later: _Floats,
    step: float,
    shifts: int,
    powers: tuple[float, float],
) -> _Floats:
    """Probability of the later one to be below ``exp(step * shift)`` times the first; both of mean 1."""
    below = np.empty(2 * shifts + 1)
    drop, drop_later = np.exp(-powers[0] * step), np.exp(-powers[1] * step)
    total_drop = drop * drop_later
    rise = np.exp(-step)
    for place in range(2 * shifts + 1):
        shift = place - shifts
        start = shifts - max(shift, 0)
        stop = max(len(real_later), len(real) - shift)
        total, value = 0.0, 0.0
        for i in range(start, stop):
            at, j = min(i, len(real_later) - 1), min(i + shift, len(real) - 1)
            # Beyond its end a transform goes on as a power.
            times = drop_later ** (i - at) * drop ** (i + shift - j)
            value = times * (imaginary_later[at] * real[j] - real_later[at] * imaginary[j])
            if i == start:
                total += value * rise / (1.0 - rise)
            total += value
        total += value * total_drop / (1.0 - total_drop)
        below[place] = 0.5 - step * total / np.pi
    return below


def _kept(grid: _Floats, below: _Floats, shift: float, spread: float) -> tuple[_Floats, _Floats]:
    """Equal steps of the log of the ratio and their normal scores, averaged over a shared normal part."""
    # It never falls; what rounding makes of the ends must not either.
    rising = np.maximum.accumulate(below)
    middle = int(np.searchsorted(rising, 0.5))
    told = (rising > _TINY) & (rising < 1 - _TINY)
    told[max(middle - 2, 0) : middle + 2] = True
    told &= np.concatenate([[True], np.diff(rising) > 0])
    score = special.ndtri(np.clip(rising[told], _TINY, 1 - _TINY))
    x = grid[told]
    curve = interpolate.PchipInterpolator(x, score)
    slopes = [float(curve.derivative()(end)) for end in (x[0], x[-1])]

    def at(wanted: _Floats) -> _Floats:
        inside = np.clip(wanted, x[0], x[-1])
        beyond = np.minimum(wanted - x[0], 0.0) * slopes[0] + np.maximum(wanted - x[-1], 0.0) * slopes[1]
        return np.asarray(curve(inside) + beyond, dtype=np.float64)

    log_ratio = np.linspace(x[0] + shift - _REACH * spread, x[-1] + shift + _REACH * spread, _POINTS)
    if not spread:
        return log_ratio, np.maximum.accumulate(at(log_ratio - shift))
    normal = np.linspace(-_REACH, _REACH, _SHARED)
    weights = np.exp(-(normal**2) / 2)
    weights /= weights.sum()
    mixed = special.ndtr(at(log_ratio[:, None] - shift - spread * normal)) @ weights
    return log_ratio, np.maximum.accumulate(special.ndtri(np.clip(mixed, _TINY, 1 - _TINY)))
