"""Values of areas with what chance adds to them taken out, and how far areas truly differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["WithoutChance", "without_chance"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WithoutChance:
    """Values drawn towards their mean as far as they are chance.

    Attributes
    ----------
    values : array of shape (areas,)
    spread : float
        Standard deviation between areas that is not chance; 0 where areas differ by no more than chance.
    """

    values: _Floats
    spread: float


def without_chance(values: _Floats, variance: _Floats) -> WithoutChance:
    r"""Draw noisy values towards their mean.

    Parameters
    ----------
    values : array of shape (areas,)
    variance : array of shape (areas,), above 0
        Of each value, by chance.

    Notes
    -----
    With :math:`w = 1/v`, :math:`\bar x` the weighted mean and :math:`Q = \sum w (x - \bar x)^2` the variance between
    areas is :math:`\tau^2 = \max(0, (Q - n + 1) / (\sum w - \sum w^2 / \sum w))`, and a value becomes
    :math:`\bar x + \tau^2 / (\tau^2 + v) (x - \bar x)`. DerSimonian, R. and Laird, N. (1986). Meta-analysis in
    clinical trials. *Controlled Clinical Trials* 7, 177-188.

    Examples
    --------
    >>> found = without_chance(np.array([-1.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.5]))
    >>> found.values.tolist(), round(found.spread**2, 9)
    ([-0.5, 0.0, 0.5], 0.5)
    >>> without_chance(np.array([-0.1, 0.0, 0.1]), np.array([0.5, 0.5, 0.5])).spread
    0.0
    """
    weight = 1.0 / variance
    total = float(weight.sum())
    mean = float(weight @ values) / total
    excess = float(weight @ (values - mean) ** 2) - (values.size - 1)
    spare = total - float(weight @ weight) / total
    between = max(0.0, excess / spare) if spare > 0 else 0.0
    return WithoutChance(mean + between / (between + variance) * (values - mean), float(np.sqrt(between)))
