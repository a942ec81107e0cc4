"""Whether a place changed otherwise than all areas: months lately beside as many before, one rule for all readers."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.severity.dispersion import DEFAULT_CRIMES
from socharm.stats.dispersion import dispersion_over_time

__all__ = ["FEWEST", "LEVEL", "MOST_MONTHS", "Halves", "halves_of", "months_compared"]

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
    """

    before: float
    later: float
    phi: float

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
        if own < FEWEST or before <= 0 or self.before <= 0 or self.later <= 0 or rest <= 0:
            return None
        share = self.later / everything
        spread = (own * share * (1 - share) * rest / (everything - 1) * self.phi) ** 0.5
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
