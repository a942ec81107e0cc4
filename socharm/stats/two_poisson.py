"""Two Poisson counts compared: is one rate higher than the other?"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

__all__ = ["e_test"]

#: What rounding may do to the end of a tail.
_SLACK: Final = 1e-9
#: Standard deviations of the first count that are summed over.
_REACH: Final = 12.0


def e_test(first: float, second: float, n_first: float = 1.0, n_second: float = 1.0) -> float:
    r"""Two-sided p that two Poisson counts have one rate.

    Parameters
    ----------
    first, second : float
        Counts, whole numbers.
    n_first, n_second : float
        Exposures, above zero.

    Returns
    -------
    float
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
    >>> round(e_test(10, 5), 6)
    0.206164
    """
    if first != np.floor(first) or second != np.floor(second):
        return float("nan")
    spread = first / n_first**2 + second / n_second**2
    square = (first / n_first - second / n_second) ** 2 / spread if spread > 0 else 0.0
    if square == 0:
        return 1.0
    rate = (first + second) / (n_first + n_second)
    mean = rate * n_first
    reach = _REACH * np.sqrt(mean) + _REACH
    x = np.arange(max(0.0, np.floor(mean - reach)), np.ceil(mean + reach) + 1)
    level = x / n_first
    middle = 2 * level + square / n_second
    # Only sums of what is positive: where the two rates are almost one, the roots stand within rounding of each other.
    half = np.sqrt((square / n_second) ** 2 + 4 * level * square * (1 / n_first + 1 / n_second))
    low = np.floor(n_second * (middle - half) / 2 + _SLACK)
    high = np.ceil(n_second * (middle + half) / 2 - _SLACK)
    expected = rate * n_second
    below = np.where((x > 0) & (low >= 0), special.pdtr(np.maximum(low, 0.0), expected), 0.0)
    above = np.where(high >= 1, special.pdtrc(np.maximum(high - 1, 0.0), expected), 1.0)
    chance = np.exp(special.xlogy(x, mean) - mean - special.gammaln(x + 1))
    return float(min(1.0, np.sum(chance * (below + above))))
