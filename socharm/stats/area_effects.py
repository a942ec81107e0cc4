"""Levels of areas in two periods: what lasts, what drifts, and the level of the second period; on a grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._settings import THREADS
from socharm.stats.level_fit import LevelBlock, LevelCounts, Shape, fit_level, level_blocks, likelihood
from socharm.stats.threads import map_in_order

__all__ = ["AreaEffects", "LevelCounts", "fit_area_effects"]

_Floats = NDArray[np.float64]

#: Standard deviations of the drift of one period that are weighed by their likelihood.
DRIFTS: Final = (0.02, 0.05, 0.08, 0.12, 0.17, 0.24, 0.33)
#: Scale of the half-normal prior of the drift.
DRIFT_SCALE: Final = 0.1
#: Share of areas whose drift may be wider than that of the others, and how many times: not at all, or much.
_WIDE_SHARE: Final = 0.1
_WIDE_TIMES: Final = (1.0, 8.0)
_FINEST, _COARSEST = 0.03, 0.06
_TURNS: Final = 25
#: Where the second level begins: events of the force that an area's first count is drawn by, the drift that is
#: ordinary, and how many standard errors an area may be away from it.
_BEGIN_EVENTS, _BEGIN_DRIFT, _FAR = 4.0, 0.5, 5.0
_LEAST_WEIGHT: Final = 1e-3
#: Log likelihood below the best at which no narrower drift is tried.
_HOPELESS: Final = 12.0
_TINY: Final = 1e-300
#: A drift below which there is none on any grid.
_TINY_DRIFT: Final = 1e-6


@dataclass(frozen=True, eq=False)
class AreaEffects:
    """The fitted model of both periods.

    Attributes
    ----------
    grid : array of shape (grid,)
        Values of the log of an area's level relative to its period.
    log_first, log_second : float
        Logs of the level of each period.
    error_second : float
        Standard error of `log_second`.
    drifts, weights : arrays of shape (drifts,)
        Values of the drift kept, and how much each counts; the weights sum to 1.
    times : array of shape (drifts,)
        How many times as wide the drift of one area in ten is.
    first_part : float
        Part of the squared drift of both periods that is the first one's.
    shapes : tuple of Shape
        Of the lasting effects, for each drift.
    likelihood : array of shape (areas, grid)
        Of the first count.
    settled : float
        Sum of the weights of the drifts for which the rounds that fit the shape came to rest.
    """

    grid: _Floats
    log_first: float
    log_second: float
    error_second: float
    drifts: _Floats
    weights: _Floats
    times: _Floats
    shapes: tuple[Shape, ...]
    likelihood: _Floats
    settled: float
    first_part: float = 0.5

    @property
    def drift(self) -> float:
        """Standard deviation of the drift of one period, the mean of both squared, averaged over its likelihood."""
        return float(np.sqrt(np.sum(self.weights * self.drifts**2)))

    @property
    def spread(self) -> float:
        """Standard deviation of the lasting effects."""
        found = 0.0
        for weight, shape in zip(self.weights, self.shapes, strict=True):
            mean = float(np.sum(shape.share * shape.mean))
            found += float(weight) * float(np.sum(shape.share * (shape.spread**2 + (shape.mean - mean) ** 2)))
        return float(np.sqrt(found))

    def second_given_first(self, anywhere: float = 0.0) -> _Floats:
        """Probability of the effect in the second period given the first count; shape (areas, grid), rows sum to 1.

        Parameters
        ----------
        anywhere : float
            Share of areas whose lasting effect may be any of the grid: what lies far from all others is then not drawn
            towards them.
        """
        whole = np.zeros_like(self.likelihood)
        for weight, shape, first, second in self._fitted():
            lasting = (1 - anywhere) * shape.parts(self.grid).sum(axis=0) + anywhere / len(self.grid)
            part = ((self.likelihood @ first) * lasting) @ second
            whole += weight * part / part.sum(axis=1, keepdims=True)
        return whole

    def fell(self, counts: LevelCounts, shift: _Floats, *, changed_share: float, changed_spread: float) -> _Floats:
        """Probability, given both counts, that the level of the second period is below that of the first.

        Parameters
        ----------
        counts : LevelCounts
        shift : array of shape (areas,)
            Log of what the second level was multiplied by in every area like this one.
        changed_share, changed_spread : float
            Share of areas that change by more than the drift, and the standard deviation of the log by which they do.
        """
        mean = counts.exposure_second * np.exp(self.log_second)
        # Beyond the grid an area is as at its end.
        second = likelihood(np.clip(counts.second, None, mean * np.exp(self.grid[-1])), mean, self.grid)
        step = float(self.grid[1] - self.grid[0])
        place = np.rint(shift / step).astype(int)
        below = whole = np.zeros(len(shift))
        for (weight, shape, kernel, after), drift in zip(self._fitted(), self.drifts, strict=True):
            own = float(drift * np.sqrt(2 * (1 - self.first_part)))
            wide = _kernel(self.grid, float(np.hypot(own, changed_spread)))
            moved = (1 - changed_share) * after + changed_share * wide
            joint = (kernel * shape.parts(self.grid).sum(axis=0)) @ moved.T
            part = np.sum((self.likelihood @ joint) * second, axis=1)
            less = np.empty_like(part)
            for offset in np.unique(place):
                rows = place == offset
                cut = joint * _lower(len(self.grid), int(offset))
                less[rows] = np.sum((self.likelihood[rows] @ cut) * second[rows], axis=1)
            scale = np.maximum(part, _TINY)
            below, whole = below + weight * less / scale, whole + weight * part / scale
        return np.clip(below / whole, 0.0, 1.0)

    def _fitted(self) -> Iterator[tuple[float, Shape, _Floats, _Floats]]:
        for weight, drift, times, shape in zip(self.weights, self.drifts, self.times, self.shapes, strict=True):
            yield float(weight), shape, *_drift_kernels(self.grid, float(drift), float(times), self.first_part)


def fit_area_effects(counts: LevelCounts, first_part: float = 0.5) -> AreaEffects:
    r"""Fit levels of areas in two periods by maximum marginal likelihood.

    Parameters
    ----------
    counts : LevelCounts
    first_part : float
        Part of the squared drift of both periods that is the first one's: what it departs from what lasts by.

    Notes
    -----
    At least one second count of those not held back is above 0.

    :math:`c_{at} \sim \mathrm{Poisson}(e_{at} \exp(m_t + \theta_a + \delta_{at}))`, where :math:`\theta_a` is drawn
    from a mixture of two normals and :math:`\delta_{at}` has the standard deviation :math:`\psi` (with *f* the
    `first_part`, :math:`\psi \sqrt{2f}` in the first period and :math:`\psi \sqrt{2(1 - f)}` in the second): it is
    normal, or eight times as wide for one area in ten, so that one place with an odd year is no proof of anything.

    For each of a few values of :math:`\psi` with either shape, the mixture is fitted by expectation and maximisation on
    a grid and :math:`m_2` by scoring; the likelihood, with a half-normal prior of scale 0.1, weighs them. Rounds end at
    25, where the likelihood is flat if they have not come to rest (`AreaEffects.settled`). Where the second count of an
    area is held back, its first one takes part alone: an area chosen for its first count is then
    fitted with all that it was chosen by, and the choice tells nothing more.

    References
    ----------
    Laird, N. (1978). Nonparametric maximum likelihood estimation of a mixing distribution. *Journal of the American
    Statistical Association* 73, 805-811. Rubin, D. B. (1976). Inference and missing data. *Biometrika* 63, 581-592.
    """
    log_first = float(np.log(counts.first.sum() / counts.exposure_first.sum()))
    used = ~counts.held_back
    log_second = _level_to_begin(counts, log_first)
    grid = _grid(counts, log_first, log_second)
    first = likelihood(counts.first, counts.exposure_first * np.exp(log_first), grid)
    shape, blocks = _first_guess(counts, log_first), level_blocks(counts, grid, first, log_first, log_second)
    each = map_in_order(
        lambda times: _fit_drifts(counts, blocks, grid, times, log_second, shape, first_part),
        _WIDE_TIMES, threads=THREADS,
    )  # fmt: skip
    found = [one for fits in each for one in fits]
    likelihoods = np.array([one.likelihood for one in found])
    gaps = dict(zip(DRIFTS, np.gradient(np.array(DRIFTS)), strict=True))
    weights = np.exp(likelihoods - likelihoods.max()) * np.array([gaps[one.drift] for one in found])
    weights /= weights.sum()
    kept = [one for one, weight in zip(found, weights, strict=True) if weight > _LEAST_WEIGHT]
    weights = weights[weights > _LEAST_WEIGHT] / weights[weights > _LEAST_WEIGHT].sum()
    fitted = AreaEffects(
        grid=grid,
        log_first=log_first,
        log_second=float(np.sum(weights * np.array([one.log_second for one in kept]))),
        error_second=0.0,
        drifts=np.array([one.drift for one in kept]),
        weights=weights,
        times=np.array([one.times for one in kept]),
        shapes=tuple(one.shape for one in kept),
        likelihood=first,
        settled=float(np.sum(weights[[one.settled for one in kept]])),
        first_part=first_part,
    )
    share = counts.second[used] / counts.second[used].sum()
    chance = 1 / counts.first.sum() + 1 / counts.second[used].sum()
    error = np.sqrt(chance + 2 * fitted.drift**2 * float(np.sum(share**2)))
    return replace(fitted, error_second=float(error))


@dataclass(frozen=True, eq=False)
class _One:
    """The fit with one value of the drift; the likelihood is a log, with that of the prior of the drift."""

    drift: float
    times: float
    likelihood: float
    log_second: float
    shape: Shape
    settled: bool


def _fit_drifts(
    counts: LevelCounts, blocks: list[LevelBlock], grid: _Floats, times: float, log_second: float, shape: Shape,
    first_part: float,
) -> list[_One]:  # fmt: skip
    """Fits from the widest drift down, until narrower ones have become hopeless.

    A wide drift bears an area that changed much; from a narrow one on, it would have carried the level away.
    """
    found: list[_One] = []
    for drift in reversed(DRIFTS):
        kernels = _drift_kernels(grid, drift, times, first_part)
        information = _information(counts, drift)
        log_second, shape, reached, settled = fit_level(blocks, grid, kernels, information, log_second, shape)
        found.append(_One(drift, times, reached - drift**2 / (2 * DRIFT_SCALE**2), log_second, shape, settled))
        if found[-1].likelihood < max(one.likelihood for one in found) - _HOPELESS:
            break
    return found[::-1]


def _information(counts: LevelCounts, drift: float) -> float:
    """About the level of the second period, with a value of the drift."""
    used = ~counts.held_back
    first, second = (np.maximum(count[used], 1.0) for count in (counts.first, counts.second))
    return float(np.sum(1 / (1 / second + 1 / first + drift**2)))


def _first_guess(counts: LevelCounts, log_first: float) -> Shape:
    """Bulk and centres, from the variance of the first rates in excess of chance."""
    mean = counts.exposure_first * np.exp(log_first)
    ratio = counts.first / mean
    excess = np.sum(mean * ((ratio - 1) ** 2 - 1 / mean)) / np.sum(mean)
    spread = float(np.sqrt(np.log1p(max(float(excess), 0.02))))
    return Shape(np.array([0.85, 0.15]), np.array([-0.05, 0.5 * spread]), np.array([0.8, 1.5]) * spread)


def _level_to_begin(counts: LevelCounts, log_first: float) -> float:
    """Log of the level of the second period by the areas that keep near it: one that soars does not carry it away."""
    used = ~counts.held_back
    mean = counts.exposure_first[used] * np.exp(log_first)
    drawn = (counts.first[used] + _BEGIN_EVENTS) / (mean + _BEGIN_EVENTS)
    expected = counts.exposure_second[used] * np.exp(log_first) * drawn
    count = counts.second[used]
    ratio = float(count.sum() / expected.sum())
    for _ in range(_TURNS):
        here = expected * ratio
        near = np.abs(count - here) <= _FAR * np.sqrt(here + (_BEGIN_DRIFT * here) ** 2)
        if not count[near].sum() > 0:
            break
        ratio = float(count[near].sum() / expected[near].sum())
    return log_first + float(np.log(ratio))


def _grid(counts: LevelCounts, log_first: float, log_second: float) -> _Floats:
    """Values of the effect, wide enough for all that takes part and fine enough for what is known of most."""
    used = ~counts.held_back
    both = (
        (counts.first, counts.exposure_first * np.exp(log_first)),
        (counts.second[used], counts.exposure_second[used] * np.exp(log_second)),
    )
    raw = np.concatenate([np.log((count + 0.5) / (mean + 0.5)) for count, mean in both])
    step = float(np.clip(0.35 / np.sqrt(max(float(np.quantile(counts.first, 0.9)), 1.0)), _FINEST, _COARSEST))
    low, high = min(-2.5, float(raw.min()) - 0.8), max(2.5, float(raw.max()) + 0.8)
    return np.asarray(low + step * np.arange(int(np.ceil((high - low) / step)) + 1), dtype=np.float64)


def _drift_kernels(grid: _Floats, drift: float, times: float, first_part: float) -> tuple[_Floats, _Floats]:
    """Drift of the first period and of the second, whose mean square is that of `drift`."""
    parts = [float(drift * np.sqrt(2 * part)) for part in (first_part, 1 - first_part)]
    first = _drift_kernel(grid, parts[0], times)
    return first, first if parts[1] == parts[0] else _drift_kernel(grid, parts[1], times)


def _drift_kernel(grid: _Floats, drift: float, times: float) -> _Floats:
    """Drift of one period: most areas little, some so many times as much; its standard deviation is `drift`."""
    narrow = float(max(drift, _TINY_DRIFT) / np.sqrt(1 - _WIDE_SHARE + _WIDE_SHARE * times**2))
    return (1 - _WIDE_SHARE) * _kernel(grid, narrow) + _WIDE_SHARE * _kernel(grid, times * narrow)


def _kernel(grid: _Floats, spread: float) -> _Floats:
    """Probability of each cell of the grid around each value; symmetric, columns of full mass inside the grid."""
    step = float(grid[1] - grid[0])
    apart = np.arange(len(grid)) * step
    # By the lower tail, whose smallest probabilities are not lost in a difference of ones.
    cells = scipy.special.ndtr((step / 2 - apart) / spread) - scipy.special.ndtr((-step / 2 - apart) / spread)
    index = np.arange(len(grid))
    return np.asarray(cells[np.abs(index[:, None] - index)], dtype=np.float64)


def _lower(size: int, offset: int) -> _Floats:
    """1 where the second value plus the offset is below the first, a half where they are equal."""
    apart = np.arange(size)[None, :] + offset - np.arange(size)[:, None]
    return np.asarray((apart < 0) + 0.5 * (apart == 0), dtype=np.float64)
