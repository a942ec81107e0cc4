"""The smallest fall of a monthly count that two periods could tell from chance."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Annotated, Final

from socharm._arguments import checked
from socharm._constraints import Between, NotNegative, Positive

__all__ = ["LEVEL", "POWER", "smallest_fall"]

#: Two-sided level of the comparison, and how often a fall of this size is to be found.
LEVEL: Final = 0.05
POWER: Final = 0.8


@checked
def smallest_fall(
    rate: NotNegative,
    *,
    months: Positive,
    later_months: Positive,
    dispersion: Positive = 1.0,
    level: Annotated[float, Between(1e-9, 0.5)] = LEVEL,
    power: Annotated[float, Between(0.5, 0.9999)] = POWER,
) -> float:
    r"""The smallest fall of a monthly count that a comparison of two periods finds with the power stated.

    Parameters
    ----------
    rate : float
        Events a month in the earlier period.
    months, later_months : float
        Months of the earlier and of the later period.
    dispersion : float
        Variance of a period's count over its mean: 1 for a Poisson count.
    level, power : float
        Two-sided level of the test, and the share of such falls that it finds.

    Returns
    -------
    float
        Events a month; missing where not even a fall to nothing could be told from chance.

    Raises
    ------
    ParameterError
        A number out of its limits.

    Notes
    -----
    The root of a Poisson count of mean :math:`\lambda t` has a variance close to 1/4 whatever its mean, and
    :math:`\phi / 4` where the count varies :math:`\phi` times as much. A test of
    :math:`2 (\sqrt{\hat\lambda_1} - \sqrt{\hat\lambda_2}) / \sqrt{\phi (1/t_1 + 1/t_2)}` against the normal
    distribution therefore finds a fall to

    .. math:: \lambda_2 = \Bigl(\sqrt{\lambda_1} - \tfrac12 (z_{1-\alpha/2} + z_{\text{power}})
        \sqrt{\phi (1/t_1 + 1/t_2)}\Bigr)^2

    with the power stated.

    References
    ----------
    Huffman, M. D. (1984), An improved approximate two-sample Poisson test, Applied Statistics 33, 224-226. Gu, K., Ng,
    H. K. T., Tang, M. L. and Schucany, W. R. (2008), Testing the ratio of two Poisson rates, Biometrical Journal 50,
    283-298. McCullagh, P. and Nelder, J. A. (1989), Generalized linear models, 6.2, for the over-dispersion.

    Examples
    --------
    >>> round(smallest_fall(30.0, months=12, later_months=12), 2)
    5.94
    >>> smallest_fall(0.2, months=12, later_months=12)
    nan
    """
    normal = NormalDist()
    reach = normal.inv_cdf(power) - normal.inv_cdf(level / 2)
    root = math.sqrt(rate) - reach / 2 * math.sqrt(dispersion * (1 / months + 1 / later_months))
    return math.nan if root < 0 or rate == 0 else rate - root**2
