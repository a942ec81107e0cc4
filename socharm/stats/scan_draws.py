"""Cases as they would lie without clusters: what the replications of a scan statistic are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AmongPeople",
    "ByPeriod",
    "Expected",
    "Permuted",
    "Placed",
    "Spread",
    "WeightedPlaced",
    "excess_variance",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: A multinomial draw of one location takes about as long as placing so many events.
_PLACED_EACH: Final = 4


class Spread(Protocol):
    """Draws one replication: whole numbers of cases, or sums of weights."""

    def draw(self, rng: np.random.Generator) -> NDArray[np.int32] | _Floats:
        """Cases of each location, or of each location and period."""
        ...


@dataclass(frozen=True, eq=False)
class Placed:
    """Each case falls on a location by its share, all by themselves; with `overdispersion`, shares differ by chance.

    Attributes
    ----------
    cases : int
    shares : ndarray
        Summing to 1; of any shape, such as locations by periods.
    overdispersion : float
        Variance of a location's risk around 1, drawn anew for each replication from a gamma distribution; 0 for none.
    """

    cases: int
    shares: _Floats
    overdispersion: float = 0.0

    def draw(self, rng: np.random.Generator) -> NDArray[np.int32]:
        """Cases of each location."""
        shares = _risky(self.shares, self.overdispersion, rng)
        return rng.multinomial(self.cases, shares.ravel()).reshape(shares.shape).astype(np.int32)


@dataclass(frozen=True, eq=False)
class WeightedPlaced:
    """Each event, with its weight, falls on a location by its share.

    Attributes
    ----------
    weights : ndarray
        Distinct weights of an event.
    events : ndarray of int64
        Events of each weight.
    shares, overdispersion
        As of `Placed`.
    """

    weights: _Floats
    events: _Ints
    shares: _Floats
    overdispersion: float = 0.0

    def draw(self, rng: np.random.Generator) -> _Floats:
        """Sum of the weights at each location."""
        shares = _risky(self.shares, self.overdispersion, rng)
        flat = shares.ravel()
        if self.weights.size * flat.size < _PLACED_EACH * self.events.sum():
            harm = np.zeros(flat.size)
            for weight, events in zip(self.weights, self.events, strict=True):
                harm += weight * rng.multinomial(events, flat)
            return harm.reshape(shares.shape)
        at = np.searchsorted(np.cumsum(flat)[:-1], rng.random(int(self.events.sum())), side="right")
        placed = np.bincount(at, weights=np.repeat(self.weights, self.events), minlength=flat.size)
        return placed.astype(np.float64).reshape(shares.shape)


@dataclass(frozen=True, eq=False)
class AmongPeople:
    """Each person is as likely to be a case as any other.

    Attributes
    ----------
    cases : int
    people : ndarray of int64, shape (n,)
    """

    cases: int
    people: _Ints

    def draw(self, rng: np.random.Generator) -> NDArray[np.int32]:
        """Cases of each location."""
        return rng.multivariate_hypergeometric(self.people, self.cases, method="marginals").astype(np.int32)


@dataclass(frozen=True, eq=False)
class ByPeriod:
    """Each period by itself, so that what happened in it stays in it.

    Attributes
    ----------
    parts : tuple of Spread
        One for each period, over the locations.
    """

    parts: tuple[Placed | WeightedPlaced, ...]

    def draw(self, rng: np.random.Generator) -> NDArray[np.int32] | _Floats:
        """Cases, or sums of weights, of each location and period."""
        return cast(NDArray[np.int32] | _Floats, np.stack([part.draw(rng) for part in self.parts], axis=1))


@dataclass(frozen=True, eq=False)
class Expected:
    """Poisson cases around what was expected, by location and period; the total is free.

    Attributes
    ----------
    expected : ndarray of shape (n, periods)
    """

    expected: _Floats

    def draw(self, rng: np.random.Generator) -> NDArray[np.int32]:
        """Cases of each location and period."""
        return rng.poisson(self.expected).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Permuted:
    """Each event keeps its place and its weight, and gets the period of another.

    Attributes
    ----------
    location, period : ndarray of int64, shape (events,)
    weights : ndarray of shape (events,), or None
    size : tuple of int
        Locations and periods.
    """

    location: _Ints
    period: _Ints
    weights: _Floats | None
    size: tuple[int, int]

    def draw(self, rng: np.random.Generator) -> NDArray[np.int32] | _Floats:
        """Cases, or sums of weights, of each location and period."""
        cells = self.location * self.size[1] + rng.permutation(self.period)
        found = np.bincount(cells, weights=self.weights, minlength=self.size[0] * self.size[1]).reshape(self.size)
        return found.astype(np.int32) if self.weights is None else found.astype(np.float64)


def excess_variance(cases: _Floats, expected: _Floats) -> float:
    r"""Variance of the risk of locations around 1 beyond what chance explains; at least 0.

    Parameters
    ----------
    cases, expected : ndarray of shape (n,)
        With the same sum.

    Notes
    -----
    By moments: :math:`\sum_i \{(c_i - e_i)^2 - e_i (1 - e_i / C)\} / \sum_i e_i^2`.

    Examples
    --------
    >>> excess_variance(np.array([2.0, 2.0]), np.array([2.0, 2.0]))
    0.0
    """
    total = float(np.add.reduce(expected))
    beyond = np.add.reduce((cases - expected) ** 2 - expected * (1 - expected / total))
    return max(0.0, float(beyond / np.add.reduce(expected**2)))


def _risky(shares: _Floats, variance: float, rng: np.random.Generator) -> _Floats:
    if variance <= 0:
        return shares
    risk = shares * rng.gamma(1 / variance, variance, shares.size)
    total = float(np.add.reduce(risk))
    return risk / total if total > 0 else shares
