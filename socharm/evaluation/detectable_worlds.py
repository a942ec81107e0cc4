"""Worlds of a site and the rest in which nothing, or a planted fall, happens: how often a test sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from socharm.stats.random_streams import stream

__all__ = ["Case", "Seen", "Sides", "seen_in"]

_Floats = NDArray[np.float64]

#: Departures that count: both ways, or falls only.
Sides: TypeAlias = Literal["two-sided", "less"]


@dataclass(frozen=True, eq=False)
class Case:
    """What is to be expected of a site and of the rest.

    Attributes
    ----------
    means : array of shape (4,)
        Expected counts: site before, site after, rest before, rest after.
    covariance : array of shape (4, 4)
        Of the shares by which each departs.
    chance : float
        Variance of a count over its mean, where there are no shocks.
    """

    means: _Floats
    covariance: _Floats
    chance: float


@dataclass(frozen=True, eq=False)
class Seen:
    """From which fall on each of many worlds shows one.

    Attributes
    ----------
    falls : array of shape (worlds,)
        As shares, sorted: 0 where a fall is seen that is none, infinity where not even the end of all crime is seen.
    critical : float
        Departure from which down on a fall counts as seen.
    unsure : float
        Standard error of `critical` by simulation.
    """

    falls: _Floats
    critical: float
    unsure: float

    def power(self, fall: float) -> float:
        """Share of worlds in which a fall is seen."""
        return float(np.searchsorted(self.falls, fall, side="right") / len(self.falls))

    def error(self, fall: float) -> float:
        """Standard error of `power`: of the worlds with the fall, and of the critical value of those without."""
        power = self.power(fall)
        # A higher critical value does as a deeper fall would.
        high, low = (self.power(1 - (1 - fall) * np.exp(-side * self.unsure)) for side in (1, -1))
        return float(np.hypot(np.sqrt(power * (1 - power) / len(self.falls)), (high - low) / 2))

    def smallest(self, power: float) -> float | None:
        """The smallest fall that is seen in such a share of the worlds; None where none is."""
        fall = float(self.falls[min(int(np.ceil(power * len(self.falls))), len(self.falls)) - 1])
        return fall if fall < 1 else None


def seen_in(cases: Sequence[Case], *, level: float, sides: Sides, n: int, seed: int) -> list[Seen]:
    r"""From which fall on one is seen, in `n` worlds of each case.

    Notes
    -----
    The departure is that of `placebo_test` with all donors together, :math:`\log\frac{a + 1/2}{b A / B + 1/2}` of the
    site's counts *b*, *a* before and after and the rest's *B*, *A*. Its critical value is that of *n* worlds without a
    fall. A fall takes out each crime after the start with that probability: where *k* of *a* may be left for a fall to
    be seen, it must reach the (*a - k*)-th of *a* uniform numbers, whose distribution is Beta(*a - k*, *k* + 1).
    """
    return [
        _seen(case, level, sides, n, stream(seed, number, purpose="detectable-change"))
        for number, case in enumerate(cases)
    ]


def _seen(case: Case, level: float, sides: Sides, n: int, rng: np.random.Generator) -> Seen:
    low, critical, high = _limits(_departure(*_counts(case, n, rng)), level, sides)
    before, after, rest_before, rest_after = _counts(case, n, rng)
    left = np.floor(np.exp(critical) * (_expected(before, rest_before, rest_after) + 0.5) - 0.5 + 1e-9)
    falls = np.zeros(n)
    falls[left < 0] = np.inf
    some = (left >= 0) & (left < after)
    falls[some] = rng.beta(after[some] - left[some], left[some] + 1)
    return Seen(np.sort(falls), float(critical), float(high - low) / 2)


def _limits(nothing: _Floats, level: float, sides: Sides) -> _Floats:
    """Departures from which down on a fall counts as seen: the critical value in the middle, one error to each side."""
    error = np.sqrt(level * (1 - level) / len(nothing))
    tails = np.clip([level - error, level, level + error], 0.5 / len(nothing), 1)
    if sides == "less":
        return np.asarray(np.quantile(nothing, tails, method="inverted_cdf"))
    return np.asarray(-np.quantile(np.abs(nothing), 1 - tails, method="higher"))


def _expected(before: _Floats, rest_before: _Floats, rest_after: _Floats) -> _Floats:
    return np.asarray(rest_after * before / np.maximum(rest_before, 1.0))


def _departure(before: _Floats, after: _Floats, rest_before: _Floats, rest_after: _Floats) -> _Floats:
    return np.asarray(np.log((after + 0.5) / (_expected(before, rest_before, rest_after) + 0.5)))


def _counts(case: Case, n: int, rng: np.random.Generator) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    """Counts of the four, each of shape (n,): log-normal shocks, and chance by a gamma and a Poisson draw."""
    values, vectors = np.linalg.eigh(np.log1p(case.covariance))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    logs = rng.standard_normal((n, 4)) @ root.T
    means = case.means * np.exp(logs - np.sum(root**2, axis=1) / 2)
    wide = case.chance - 1
    if wide > 1e-9:
        means = rng.gamma(means / wide, wide)
    counts = rng.poisson(means).astype(np.float64)
    return counts[:, 0], counts[:, 1], counts[:, 2], counts[:, 3]
