"""Whether stated probabilities come true: reliability by bin, and Brier's score against what is always said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socharm.errors import ParameterError

__all__ = ["brier_score", "reliability"]

_Floats = NDArray[np.float64]


def _checked(probability: _Floats, happened: NDArray[np.bool_]) -> tuple[_Floats, _Floats]:
    stated, came = np.asarray(probability, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    if stated.shape != came.shape or not stated.size or not ((stated >= 0) & (stated <= 1)).all():
        raise ParameterError(
            f"`probability` has shape {stated.shape} and `happened` {came.shape}; give as many outcomes as "
            "probabilities from 0 to 1, and one at least."
        )
    return stated, came


def brier_score(probability: _Floats, happened: NDArray[np.bool_]) -> float:
    r"""Mean squared difference of probability and outcome: 0 is perfect.

    Parameters
    ----------
    probability : ndarray
        From 0 to 1.
    happened : ndarray of bool, same shape

    Raises
    ------
    ParameterError
        Shapes differ, nothing is given, or a probability is none.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. *Monthly Weather Review* 78, 1-3.

    Examples
    --------
    >>> brier_score(np.array([1.0, 0.5]), np.array([True, False]))
    0.125
    """
    stated, came = _checked(probability, happened)
    return float(np.mean((stated - came) ** 2))


def reliability(probability: _Floats, happened: NDArray[np.bool_], *, edges: _Floats) -> _Floats:
    """Mean probability, share that came true, and number of cases, by bin of probability.

    Parameters
    ----------
    probability, happened : ndarray
    edges : ndarray
        Ascending; a bin holds its lower edge, the last one both.

    Returns
    -------
    ndarray of shape (n_bins, 3)
        Missing (NaN) where a bin is empty, with 0 cases.

    Raises
    ------
    ParameterError
        As of `brier_score`.

    Examples
    --------
    >>> stated, came = np.array([0.1, 0.2, 0.9]), np.array([False, True, True])
    >>> reliability(stated, came, edges=np.array([0, 0.5, 1])).round(2).tolist()
    [[0.15, 0.5, 2.0], [0.9, 1.0, 1.0]]
    """
    stated, came = _checked(probability, happened)
    place = np.clip(np.searchsorted(edges, stated, side="right") - 1, 0, len(edges) - 2).ravel()
    cases = np.bincount(place, minlength=len(edges) - 1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = [np.bincount(place, weights=x.ravel(), minlength=len(edges) - 1) / cases for x in (stated, came)]
    return np.column_stack([*columns, cases])
