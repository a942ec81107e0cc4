"""Mean and spread of the ordinary ones, where a few stand far above: a normal fitted below a bound."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.stats.robust_regression import MEDIAN_OF_NORMAL

__all__ = ["truncated_normal"]

_ROUNDS: Final = 100


def truncated_normal(values: NDArray[np.float64], *, bound: float = 2.0) -> tuple[float, float]:
    r"""Mean and standard deviation of a normal, from the values below its mean plus `bound` deviations.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Finite; most of them from the normal, some above it.
    bound : float

    Returns
    -------
    tuple of float
        The deviation is 0 when more than half of the values are equal.

    Notes
    -----
    Maximum likelihood of a normal truncated at :math:`c`, with :math:`c = \hat\mu + b\hat\sigma` renewed until it
    stays, from the median and the median absolute deviation on.

    References
    ----------
    Efron, B. (2004). Large-scale simultaneous hypothesis testing: the choice of a null hypothesis. Journal of the
    American Statistical Association 99, 96-104.

    Examples
    --------
    >>> ordinary = scipy.special.ndtri((np.arange(1000) + 0.5) / 1000)
    >>> [round(abs(value), 1) for value in truncated_normal(np.concatenate([ordinary, np.full(80, 6.0)]))]
    [0.0, 1.0]
    """
    centre = float(np.median(values))
    spread = float(np.median(np.abs(values - centre))) / MEDIAN_OF_NORMAL
    if not spread > 0:
        return centre, 0.0
    for _ in range(_ROUNDS):
        limit = centre + bound * spread
        below = values[values <= limit]
        found = scipy.optimize.minimize(_loss, (centre, np.log(spread)), args=(below, limit), method="Nelder-Mead")
        new = float(found.x[0]), float(np.exp(found.x[1]))
        moved = abs(new[0] - centre) + abs(new[1] - spread)
        centre, spread = new
        if moved < 1e-6 * spread:
            break
    return centre, spread


def _loss(parameters: NDArray[np.float64], below: NDArray[np.float64], limit: float) -> float:
    centre, spread = parameters[0], np.exp(parameters[1])
    z = (below - centre) / spread
    log_share = float(scipy.special.log_ndtr((limit - centre) / spread))
    return float(np.add.reduce(z * z) / 2 + below.size * (parameters[1] + log_share))
