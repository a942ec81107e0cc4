"""Two Poisson counts compared: is one rate higher than the other?"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["conditional_test", "e_test"]

_Floats = NDArray[np.float64]

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
        1 where nothing was counted.

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
    half = np.sqrt(middle**2 - 4 * (level**2 - square * level / n_first))
    low = np.floor(n_second * (middle - half) / 2 + _SLACK)
    high = np.ceil(n_second * (middle + half) / 2 - _SLACK)
    tails = np.where(x > 0, stats.poisson.cdf(low, rate * n_second), 0.0) + stats.poisson.sf(high - 1, rate * n_second)
    return float(min(1.0, np.sum(stats.poisson.pmf(x, mean) * tails)))


def conditional_test(
    first: _Floats, second: _Floats, n_first: _Floats, n_second: _Floats, ratio: float = 1.0
) -> tuple[_Floats, _Floats]:
    r"""One-sided mid-p that the second rate fell, and that it rose, given the sum of two Poisson counts.

    Parameters
    ----------
    first, second : array of shape (areas,)
    n_first, n_second : array of shape (areas,)
        Exposures, above zero.
    ratio : float
        Of the second rate to the first that is tested.

    Notes
    -----
    :math:`k_2 \mid k_1 + k_2 \sim \mathrm{Bin}(k_1 + k_2, n_2 \rho / (n_1 + n_2 \rho))`; half of the probability of
    what was observed counts to either side.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
    *Biometrika* 31, 313-323.

    Examples
    --------
    >>> fell, rose = conditional_test(*(np.array([value]) for value in (3.0, 0.0, 1.0, 1.0)))
    >>> fell.tolist(), rose.tolist()
    ([0.0625], [0.9375])
    """
    share = n_second * ratio / (n_first + n_second * ratio)
    total = first + second
    here = stats.binom.pmf(second, total, share) / 2
    fell = np.asarray(stats.binom.cdf(second - 1, total, share) + here, dtype=np.float64)
    return fell, np.asarray(1.0 - fell, dtype=np.float64)
