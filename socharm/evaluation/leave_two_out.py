"""A placebo test for few donors: the site beside every two of them, each fitted without the other two."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from socharm.evaluation.synthetic_fit import fit_donors

__all__ = ["LeaveTwoOut", "leave_two_out", "most_false"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LeaveTwoOut:
    """Where a site stands among pairs of donors.

    Attributes
    ----------
    pairs : int
        Pairs of donors.
    not_first : int
        Pairs of which one departed as far as the site.
    p : float
        `not_first` over `pairs`.
    most_false : float
        Share of sites at most, of any that could have been treated with the same probability, whose p is as small by
        chance.
    """

    pairs: int
    not_first: int
    p: float
    most_false: float


def leave_two_out(site: _Floats, donors: _Floats, before: int, ridge: float | None = None) -> LeaveTwoOut | None:
    r"""Hold a site against every two of its donors; None with fewer than three.

    Parameters
    ----------
    site : array of shape (periods,)
    donors : array of shape (donors, periods)
    before : int
        Periods before the start.
    ridge : float, optional
        Penalty of an augmented fit, that of the site for all.

    Notes
    -----
    Of site and two donors each is fitted by the other donors, none of the three being one, and departs by its mean
    squared gap after the start over that before. The p-value is the share of pairs of which one departs as far as the
    site (after Lei and Sudijono 2025). In a group of three at most one departs farthest, and from that follows how many
    of *N* units can have a small p at once: see `most_false`.

    References
    ----------
    Lei, L. and Sudijono, T. (2025). Inference for synthetic controls via refined placebo tests. arXiv:2401.07152.

    Examples
    --------
    >>> donors = np.array([[4.0, 6, 5, 5], [6, 4, 5, 6], [5, 5, 4, 5], [3, 6, 6, 4]])
    >>> made = leave_two_out(np.array([4.0, 5, 5, 60]), donors, 3)
    >>> made.pairs, made.not_first, made.most_false
    (6, 0, 0.2)
    """
    n = len(donors)
    if n < 3:
        return None
    every = range(n)
    ratio = np.full((n, n), np.nan)
    for one in every:
        for other in every:
            if one != other:
                rest = [row for row in every if row not in (one, other)]
                ratio[one, other] = fit_donors(donors[one], donors[rest], before, ridge).ratio
    lost = 0
    for one, other in combinations(every, 2):
        rest = [row for row in every if row not in (one, other)]
        own = fit_donors(site, donors[rest], before, ridge).ratio
        lost += int(max(ratio[one, other], ratio[other, one]) >= own * (1 - 1e-9))
    pairs = n * (n - 1) // 2
    return LeaveTwoOut(pairs=pairs, not_first=lost, p=lost / pairs, most_false=most_false(lost, n + 1))


def most_false(lost: int, units: int) -> float:
    r"""Share of units at most that can lose so few of their groups of three.

    Notes
    -----
    Of *m* units that each lose *l* groups or fewer, a group with two of them holds one that lost, one with three holds
    two: :math:`m\,l \ge \binom m2 (N - m) + 2\binom m3`. The largest *m* that this allows, over *N*, bounds the
    probability of so small a p where each unit could have been the treated one.

    Examples
    --------
    >>> [round(most_false(lost, 20), 2) for lost in (0, 8, 9, 17, 18)]
    [0.05, 0.05, 0.1, 0.1, 0.15]
    """
    fits = [m for m in range(1, units + 1) if m * lost >= m * (m - 1) // 2 * (units - m) + m * (m - 1) * (m - 2) // 3]
    return max(fits) / units
