"""Counts that are predicted: Poisson around a level that is itself known as a distribution only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._settings import THREADS
from socharm.stats.threads import map_in_order

__all__ = ["PredictedCounts", "few_nodes", "root_between"]

_Floats = NDArray[np.float64]

_NODES: Final = 25
_REACH: Final = 4.5
#: Logs of ratios around the plain one at which the probability of what came is worked out; between them it is
#: interpolated.
_RATIOS: Final = np.concatenate(
    [np.arange(-10.0, -3.0), np.arange(-3.0, -1.0, 0.25), np.arange(-10, 10) / 10, np.arange(1.0, 3.0, 0.25), [3, 4, 6]]
)
_TURNS: Final = 30
_CLOSE: Final = 1e-5
#: Areas of one piece of work; results do not depend on it.
_PIECE: Final = 1_024


@dataclass(frozen=True, eq=False)
class PredictedCounts:
    """Predictive distribution of one count for each area.

    Attributes
    ----------
    mean : array of shape (areas,)
        Expected count at an effect of 0.
    nodes : array of shape (areas, nodes)
        Values of the log of the area's effect.
    weights : array of shape (areas, nodes)
        Probabilities of these, rows sum to 1.
    """

    mean: _Floats
    nodes: _Floats
    weights: _Floats
    _levels: _Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out the expected count at each node once."""
        object.__setattr__(self, "_levels", self.mean[:, None] * np.exp(self.nodes))

    def expected(self) -> _Floats:
        """Mean of the predicted count."""
        return np.asarray(np.sum(self.weights * self._levels, axis=1), dtype=np.float64)

    def variance(self) -> _Floats:
        """Variance of the predicted count."""
        expected = self.expected()
        return np.asarray(expected + np.sum(self.weights * self._levels**2, axis=1) - expected**2, dtype=np.float64)

    def at_most(self, count: _Floats, log_ratio: _Floats | float = 0.0) -> _Floats:
        r"""Mid-probability of at most `count` where the level is multiplied by a ratio.

        Notes
        -----
        :math:`F(c) = \frac12 E[P(C \le c) + P(C < c)]`, for fractions of a count by the incomplete gamma function.
        """
        log_ratio = np.broadcast_to(np.asarray(log_ratio, dtype=np.float64), count.shape)
        pieces = [slice(start, start + _PIECE) for start in range(0, len(count), _PIECE)]
        found = map_in_order(
            lambda rows: self._at_most(count[rows], log_ratio[rows], rows), pieces, threads=min(THREADS, len(pieces))
        )
        return np.concatenate([np.zeros(0), *found])

    def _at_most(self, count: _Floats, log_ratio: _Floats, rows: slice) -> _Floats:
        level = self._levels[rows] * np.exp(log_ratio)[:, None]
        # Q(c + 1, l) = Q(c, l) + l^c exp(-l) / Gamma(c + 1), so one incomplete gamma does for both ends.
        value = count[:, None]
        point = scipy.special.xlogy(value, level)
        point -= level
        point -= scipy.special.gammaln(value + 1)
        some = bool(value.any())  # below nothing there is nothing
        below = scipy.special.gammaincc(np.maximum(value, 1e-12), level) if some else np.zeros_like(level)
        below *= value > 0
        below += np.exp(point, out=point) / 2
        below *= self.weights[rows]
        return np.asarray(np.clip(np.sum(below, axis=1), 0.0, 1.0), dtype=np.float64)

    def quantile(self, level: float) -> _Floats:
        """Count that is reached with probability `level`, as a number with fractions."""
        expected, spread = self.expected(), np.sqrt(self.variance())
        # On the scale of roots the normal score of the probability is nearly a line.
        top = np.sqrt(expected + 12 * spread + 12)
        return root_between(lambda root: self.at_most(root**2), level, np.zeros_like(top), top) ** 2

    def ratio_to_find(self, count: _Floats, level: float, lowest: float) -> _Floats:
        """Log ratio, from `lowest` to 0, at which at most `count` has probability `level`.

        It is `lowest` where even that does not make it so probable.
        """
        low = np.full(len(count), lowest)
        found = root_between(lambda at: 1 - self.at_most(count, at), 1 - level, low, np.zeros_like(low))
        return np.where(self.at_most(count, low) < level, lowest, found)

    def log_ratios(self, count: _Floats, levels: tuple[float, ...]) -> _Floats:
        """Log ratios at which `count` has these probabilities; of shape (levels, areas).

        Minus infinity where even a level of nothing leaves `count` less probable, as of a count of 0.
        """
        # An area may be far from what was predicted: each has the ratios around its own.
        plain = np.log((count + 0.5) / (self.expected() + 0.5))
        curve = self._scores(count, plain, tuple(float(scipy.special.ndtri(level)) for level in levels))
        found = np.empty((len(levels), len(count)))
        for row, level in enumerate(levels):
            target = float(scipy.special.ndtri(level))
            above = np.sum(curve > target, axis=0)  # F falls with the ratio
            left = np.clip(above - 1, 0, len(_RATIOS) - 2)
            columns = np.arange(len(count))
            y0, y1 = curve[left, columns], curve[left + 1, columns]
            inside = _RATIOS[left] + (y0 - target) / np.maximum(y0 - y1, 1e-12) * (_RATIOS[left + 1] - _RATIOS[left])
            found[row] = np.where(above == 0, -np.inf, np.where(above == len(_RATIOS), np.inf, plain + inside))
        return found

    def _scores(self, count: _Floats, plain: _Floats, targets: tuple[float, ...]) -> _Floats:
        """Normal scores of `count` by log ratio, which fall; of each area until all targets are passed on both sides.

        Beyond, they stand at plus and minus infinity: there is nothing to be interpolated.
        """
        curve = np.full((len(_RATIOS), len(count)), -np.inf)
        middle = int(np.argmin(np.abs(_RATIOS)))
        curve[:middle] = np.inf
        for places, low in ((range(middle, len(_RATIOS)), True), (range(middle - 1, -1, -1), False)):
            rows = np.arange(len(count))
            for place in places:
                some = PredictedCounts(self.mean[rows], self.nodes[rows], self.weights[rows])
                chance = some.at_most(count[rows], plain[rows] + _RATIOS[place])
                here = np.asarray(scipy.special.ndtri(np.clip(chance, 1e-12, 1 - 1e-12)))
                curve[place, rows] = here
                rows = rows[here > min(targets) if low else here <= max(targets)]
        return curve


def root_between(rising: Callable[[_Floats], _Floats], level: float, low: _Floats, high: _Floats) -> _Floats:
    """Where rising probabilities reach a level, by regula falsi on normal scores (Illinois rule), each for itself.

    Parameters
    ----------
    rising : callable
        Probabilities of arguments of shape (areas,).
    level : float
    low, high : arrays of shape (areas,)
        Between which it is reached; an end where it is not.

    Examples
    --------
    >>> ends = np.array([-5.0]), np.array([5.0])
    >>> root_between(scipy.special.ndtr, 0.975, *ends).round(3).tolist()
    [1.96]
    """
    target = float(scipy.special.ndtri(level))

    def score(at: _Floats) -> _Floats:
        return np.asarray(scipy.special.ndtri(np.clip(rising(at), 1e-15, 1 - 1e-15)) - target, dtype=np.float64)

    below, above = score(low), score(high)
    side = np.zeros(len(low))
    middle = low
    for _ in range(_TURNS):
        apart = above - below
        share = np.where(apart > 0, -below / np.where(apart > 0, apart, 1.0), 0.5)
        new = low + np.clip(share, 0.0, 1.0) * (high - low)
        done = float(np.max(np.abs(new - middle), initial=0.0)) < _CLOSE
        middle = new
        if done:
            break
        here = score(middle)
        under = here < 0
        # An end that stays twice counts for half, or it would stay for ever.
        above = np.where(under, np.where(side < 0, above / 2, above), here)
        below = np.where(under, here, np.where(side > 0, below / 2, below))
        low, high = np.where(under, middle, low), np.where(under, high, middle)
        side = np.where(under, -1.0, 1.0)
    return middle


def few_nodes(grid: _Floats, probability: _Floats, extra: _Floats) -> tuple[_Floats, _Floats]:
    """Few nodes for each area in place of a grid; `extra` is a standard deviation that is added to each.

    Parameters
    ----------
    grid : array of shape (grid,)
    probability : array of shape (areas, grid)
    extra : array of shape (areas,)

    Returns
    -------
    nodes, weights : arrays of shape (areas, nodes)
    """
    mean = probability @ grid
    spread = np.sqrt(np.maximum(probability @ grid**2 - mean**2, 1e-8))
    step = float(grid[1] - grid[0])
    z = np.linspace(-_REACH, _REACH, _NODES)
    nodes = np.clip(mean[:, None] + spread[:, None] * z, grid[0], grid[-1])
    place = np.clip((nodes - grid[0]) / step, 0, len(grid) - 1.000001)
    left = place.astype(int)
    part = place - left
    low, high = (np.take_along_axis(probability, at, 1) for at in (left, left + 1))
    weights = low * (1 - part) + high * part
    weights /= weights.sum(axis=1, keepdims=True)
    stretch = np.sqrt(1 + (extra / spread) ** 2)[:, None]
    return mean[:, None] + (nodes - mean[:, None]) * stretch, weights
