"""Two Poisson counts compared: is one rate higher than the other?"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = ["e_tests"]

_Floats = NDArray[np.float64]

#: What rounding may do to the end of a tail.
_SLACK: Final = 1e-9
#: Standard deviations of the first count that are summed over.
_REACH: Final = 12.0
#: And those of the second one, and counts beside, beyond which nothing is left that a number could hold.
_END, _MORE = 40.0, 200.0
_LEAST: Final = 1e-290


def e_tests(first: _Floats, second: _Floats, n_first: _Floats, n_second: _Floats) -> _Floats:
    r"""Two-sided p that two Poisson counts have one rate, of many pairs at once.

    Parameters
    ----------
    first, second : arrays of shape (pairs,)
        Counts, whole numbers.
    n_first, n_second : arrays of shape (pairs,)
        Exposures, above zero.

    Returns
    -------
    array of shape (pairs,)
        1 where nothing was counted; missing where a count is no whole number, of which no Poisson count is one.

    Notes
    -----
    With :math:`T = |x_1/n_1 - x_2/n_2| / \sqrt{x_1/n_1^2 + x_2/n_2^2}` and the common rate estimated by
    :math:`(k_1 + k_2)/(n_1 + n_2)`, p is the probability that T reaches what was observed. For each :math:`x_1` the
    :math:`x_2` that do are two tails, between the roots of a quadratic; T of two zeros is 0.

    References
    ----------
    Krishnamoorthy, K. and Thomson, J. (2004). A more powerful test for comparing two Poisson means. *Journal of
    Statistical Planning and Inference* 119, 23-35.

    Examples
    --------
    >>> float(e_tests(*np.array([[10.0], [5.0], [1.0], [1.0]]))[0].round(6))
    0.206164
    """
    p = np.where((first == np.floor(first)) & (second == np.floor(second)), 1.0, np.nan)
    spread = first / n_first**2 + second / n_second**2
    square = (first / n_first - second / n_second) ** 2 / np.where(spread > 0, spread, 1.0)
    tested = np.flatnonzero((square > 0) & ~np.isnan(p))
    rate = (first + second) / (n_first + n_second)
    mean = rate[tested] * n_second[tested]
    tails = np.empty((2, int(2 * (_END * np.sqrt(np.max(mean, initial=0.0)) + _MORE)) + 4))
    p[tested] = _sums(square[tested], rate[tested], n_first[tested], n_second[tested], tails)
    return p


@kernel
def _sums(square: _Floats, rate: _Floats, n_first: _Floats, n_second: _Floats, tails: _Floats) -> _Floats:
    """Probability that T is at least its root, of each pair over the first counts within reach."""
    p = np.empty(square.size)
    for pair in range(square.size):
        mean, n_1, n_2, root = rate[pair] * n_first[pair], n_first[pair], n_second[pair], square[pair]
        least, last = _fill_tails(rate[pair] * n_2, tails)
        reach = _REACH * math.sqrt(mean) + _REACH
        begin, end = max(0, math.floor(mean - reach)), math.ceil(mean + reach)
        middle = min(max(begin, math.floor(mean)), end)
        found = whole = 0.0
        chance = 1.0  # relative to that of the middle, then over their sum
        for x in range(middle, end + 1):
            found += chance * _beyond(float(x), root, n_1, n_2, least, last, tails)
            whole += chance
            chance *= mean / (x + 1.0)
        chance = 1.0
        for x in range(middle - 1, begin - 1, -1):
            chance *= (x + 1.0) / mean
            found += chance * _beyond(float(x), root, n_1, n_2, least, last, tails)
            whole += chance
        p[pair] = min(1.0, found / whole)
    return p


@kernel
def _beyond(x: float, square: float, n_first: float, n_second: float, least: int, last: int, tails: _Floats) -> float:
    """Probability of second counts with which T is at least its root, where the first count is `x`."""
    level = x / n_first
    middle = 2.0 * level + square / n_second
    # Only sums of what is positive: where the two rates are almost one, the roots stand within rounding of each other.
    half = math.sqrt((square / n_second) ** 2 + 4.0 * level * square * (1.0 / n_first + 1.0 / n_second))
    low = math.floor(n_second * (middle - half) / 2.0 + _SLACK)
    high = math.ceil(n_second * (middle + half) / 2.0 - _SLACK)
    chance = 0.0
    if x > 0.0 and low >= least:
        chance += tails[0, min(low - least, last)]
    if high <= least:
        chance += 1.0
    elif high - least <= last:
        chance += tails[1, high - least]
    return chance


@kernel
def _fill_tails(mean: float, tails: _Floats) -> tuple[int, int]:
    """Chances of at most, and of at least, each count of a Poisson variable; the count and the place they begin at."""
    reach = _END * math.sqrt(mean) + _MORE
    least, middle = max(0, math.floor(mean - reach)), math.floor(mean)
    last = middle + math.ceil(reach) - least
    at = middle - least
    # Relative to the chance of the middle, as far as numbers go; then over their sum.
    chances, above = tails[0], tails[1]
    chances[: last + 1] = 0.0
    chances[at] = 1.0
    for place in range(at, last):
        if chances[place] < _LEAST:
            break
        chances[place + 1] = chances[place] * mean / (least + place + 1.0)
    for place in range(at, 0, -1):
        if chances[place] < _LEAST:
            break
        chances[place - 1] = chances[place] * (least + place) / mean
    whole = 0.0
    for place in range(last, -1, -1):
        whole += chances[place]
        above[place] = whole
    below = 0.0
    for place in range(last + 1):
        below += chances[place]
        chances[place] = below / whole
        above[place] /= whole
    return least, last
