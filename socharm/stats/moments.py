"""Variance of a weighted sum of counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["compound_variance", "effective_events"]


def compound_variance(
    expected: NDArray[np.float64], weight: NDArray[np.float64], phi: NDArray[np.float64] | float = 1.0
) -> NDArray[np.float64]:
    r"""Variance of :math:`\sum_o n_o w_o` for independent counts: :math:`\sum_o \varphi_o E[n_o] w_o^2`.

    Parameters
    ----------
    expected : ndarray of shape (..., n_offences)
        Expected counts.
    weight : ndarray of shape (n_offences,)
    phi : ndarray or float
        Variance of a count divided by its mean.

    Examples
    --------
    One homicide has a standard error as large as its harm:

    >>> float(np.sqrt(compound_variance(np.array([1.0]), np.array([7973.39]))))
    7973.39
    """
    return np.asarray((phi * expected * weight**2).sum(axis=-1))


def effective_events(counts: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Effective number of events, :math:`(\sum n w)^2 / \sum n w^2`; missing where there are none."""
    harm, squares = (counts * weight).sum(axis=-1), (counts * weight**2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(squares > 0, harm**2 / squares, np.nan))
