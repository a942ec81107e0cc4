"""Whether a place changed otherwise than all areas: months lately beside as many before, one rule for all readers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.severity.dispersion import DEFAULT_CRIMES
from socharm.stats.dispersion import dispersion_over_time

__all__ = [
    "FEWEST",
    "LEVEL",
    "MOST_MONTHS",
    "Halves",
    "halves_of",
    "harm_beyond_chance",
    "harm_halves",
    "months_compared",
]

#: Two-sided level of the comparison.
LEVEL: Final = 0.05
#: Months on each side; fewer where the period is shorter than twice as many.
MOST_MONTHS: Final = 6
#: Fewer crimes in both halves together are not compared.
FEWEST: Final = 20
#: From so many areas their months tell by how much they vary; in fewer the change looked for would be part of it.
_AREAS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Halves:
    """Crimes of all areas in two spans of months, and by how much such counts vary beyond chance.

    Parameters
    ----------
    before, later : float
        Of the areas that are known in every one of the months.
    phi : float
        Over-dispersion of these very counts over these months.
    one : float
        What one event adds: 1 for counts.
    """

    before: float
    later: float
    phi: float
    one: float = 1.0

    @property
    def usual(self) -> float:
        """Later over before, less one."""
        return self.later / self.before - 1 if self.before > 0 else float("nan")

    def beyond_chance(self, before: float, later: float) -> bool | None:
        """Whether a place among them changed otherwise than all of them by more than chance; None: cannot be told.

        Given all crimes of the place in both spans, those of the later one are drawn from all crimes without putting
        back (a place that is all areas cannot differ from them); the variance of that is multiplied by `phi`.
        """
        own, everything = before + later, self.before + self.later
        rest = everything - own
        if own < FEWEST * self.one or before <= 0 or self.before <= 0 or self.later <= 0 or rest <= 0:
            return None
        share = self.later / everything
        spread = (own * share * (1 - share) * rest / (everything - self.one) * self.phi) ** 0.5
        return bool(abs(later - own * share) > NormalDist().inv_cdf(1 - LEVEL / 2) * spread)


def months_compared(months: int) -> int:
    """Months on each side of the comparison: half a year, or half the period where it is shorter than a year.

    Examples
    --------
    >>> months_compared(13), months_compared(7), months_compared(1)
    (6, 3, 0)
    """
    return min(MOST_MONTHS, months // 2)


def halves_of(crimes: NDArray[np.float64]) -> Halves | None:
    """Both spans of all areas together, of an array of areas by months whose first half came before.

    Areas with a month that is not known are left out: one that is known lately only would be taken for a rise.
    """
    known = crimes[~np.isnan(crimes).any(axis=1)]
    if not len(known) or known.shape[1] < 2:
        return None
    size = known.shape[1] // 2
    found = dispersion_over_time(known, np.ones(known.shape, dtype=bool)) if len(known) >= _AREAS else None
    return Halves(
        before=float(known[:, :size].sum()),
        later=float(known[:, size:].sum()),
        phi=DEFAULT_CRIMES if found is None or not np.isfinite(found.window) else found.window,
    )


def harm_halves(harm: NDArray[np.float64]) -> Halves | None:
    """Both spans of the harm of all areas, in events of as much harm as its months vary by.

    Harm varies by far more than a count of as much: one grave crime is hundreds of days. What its months vary by in ten
    areas or more is the harm of one effective event, and twenty of those are needed. None in fewer areas.
    """
    whole = halves_of(harm)
    known = harm[~np.isnan(harm).any(axis=1)]
    if whole is None or len(known) < _AREAS or not whole.before > 0:
        return None
    found = dispersion_over_time(known, np.ones(known.shape, dtype=bool))
    return None if found is None or not found.window > 0 else replace(whole, phi=found.window, one=found.window)


def harm_beyond_chance(whole: Halves | None, months: NDArray[np.float64]) -> bool | None:
    """Whether the harm of a place changed otherwise than that of all areas by more than chance; None: cannot be told.

    Where its own months vary by more inside each half than those of all areas, as where grave crimes are more of its
    harm, they decide.

    Parameters
    ----------
    whole : Halves or None
        Of `harm_halves`.
    months : array
        Harm of the place, as many months before as later.
    """
    if whole is None:
        return None
    halves = np.split(months, 2)
    before, later = (float(half.sum()) for half in halves)
    if not before > 0 or not later > 0:
        return None
    own = float(np.mean([half.var(ddof=1) / half.mean() for half in halves])) if len(months) > 2 else 0.0
    phi = max(whole.phi, own)
    return replace(whole, phi=phi, one=phi).beyond_chance(before, later)
