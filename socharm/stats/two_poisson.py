"""Two Poisson counts compared: is one rate higher than the other?"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["e_tests"]

_Floats = NDArray[np.float64]

#: What rounding may do to the end of a tail.
_SLACK: Final = 1e-9
#: Standard deviations of the first count that are summed over.
_REACH: Final = 12.0
#: Terms that are summed at a time.
_TERMS: Final = 200_000


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
    # The largest first: those that are summed together have at most as many terms each as the first of them.
    order = tested[np.argsort(-rate[tested] * n_first[tested], kind="stable")]
    start = 0
    while start < len(order):
        widest = 2 * _REACH * np.sqrt(float(rate[order[start]] * n_first[order[start]])) + 2 * _REACH + 3
        rows = order[start : start + max(1, int(_TERMS / widest))]
        p[rows] = _sums(square[rows], rate[rows], n_first[rows], n_second[rows])
        start += len(rows)
    return p


def _sums(square: _Floats, rate: _Floats, n_first: _Floats, n_second: _Floats) -> _Floats:
    """Probability that T is at least its root, each row over the first counts within reach."""
    mean = rate * n_first
    reach = _REACH * np.sqrt(mean) + _REACH
    begin, end = np.maximum(0.0, np.floor(mean - reach)), np.ceil(mean + reach)
    x = begin[:, None] + np.arange(int(np.max(end - begin)) + 1)
    mean, expected, square, n_first, n_second, end = (
        each[:, None] for each in (mean, rate * n_second, square, n_first, n_second, end)
    )
    level = x / n_first
    middle = 2 * level + square / n_second
    # Only sums of what is positive: where the two rates are almost one, the roots stand within rounding of each other.
    half = np.sqrt((square / n_second) ** 2 + 4 * level * square * (1 / n_first + 1 / n_second))
    low = np.floor(n_second * (middle - half) / 2 + _SLACK)
    high = np.ceil(n_second * (middle + half) / 2 - _SLACK)
    below = np.where((x > 0) & (low >= 0), special.pdtr(np.maximum(low, 0.0), expected), 0.0)
    above = np.where(high >= 1, special.pdtrc(np.maximum(high - 1, 0.0), expected), 1.0)
    chance = np.where(x <= end, np.exp(special.xlogy(x, mean) - mean - special.gammaln(x + 1)), 0.0)
    return np.asarray(np.minimum(1.0, np.sum(chance * (below + above), axis=1)), dtype=np.float64)
