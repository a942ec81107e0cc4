"""Numbers to so many significant figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["to_figures"]


def to_figures(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Round numbers to `n` significant figures.

    Parameters
    ----------
    values : array of float
        Of any shape; 0, missing and infinite ones stay.
    n : int
        1 or more.

    Returns
    -------
    array of float
        Of the same shape.

    Examples
    --------
    >>> to_figures(np.array([1234.0, 0.0567, 0.0]), 2).tolist()
    [1200.0, 0.057, 0.0]
    """
    known = np.isfinite(values) & (values != 0)
    power = np.zeros(values.shape)
    power[known] = n - 1 - np.floor(np.log10(np.abs(values[known])))
    scale = 10.0**power
    return np.where(known, np.round(values * scale) / scale, values)
