"""Arithmetic of the Indices of Deprivation: domain ranks to scores, scores to ranks and deciles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EXTENT_REACH",
    "deciles",
    "extent_weight",
    "exponential_score",
    "ranks_of_scores",
    "weighted_score",
]

_Floats = NDArray[np.float64]

_CONSTANT: Final = 23.0

#: Share of areas, from the most deprived, that counts towards the extent.
EXTENT_REACH: Final = 0.3


def exponential_score(rank: _Floats, n: int) -> _Floats:
    r"""Exponential transformation of a domain's rank.

    Parameters
    ----------
    rank : ndarray
        1 is the most deprived, `n` the least; missing stays missing.
    n : int
        Areas of the nation.

    Returns
    -------
    ndarray
        Above 0 to 100; the most deprived tenth scores more than 50.

    Notes
    -----
    .. math:: X = -23\,\ln\{1 - R\,[1 - e^{-100/23}]\}, \qquad R = (n - \text{rank} + 1)/n

    References
    ----------
    Ministry of Housing, Communities & Local Government (2019). The English Indices of Deprivation 2019,
    Technical Report, section 3 and appendix E.

    Examples
    --------
    >>> exponential_score(np.array([1.0, 10.0, 100.0]), 100).round(2).tolist()
    [100.0, 52.56, 0.23]
    """
    share = (n - rank + 1.0) / n
    score: _Floats = -_CONSTANT * np.log(1.0 - share * (1.0 - np.exp(-100.0 / _CONSTANT)))
    return score


def weighted_score(domains: Mapping[str, _Floats], weights: Mapping[str, float], *, divide: bool) -> _Floats:
    """Sum of domain scores times their weights, in the weights' order; divided by the sum of the weights if asked.

    England's published weights sum to 0.999, and the published score is not divided by that.

    Examples
    --------
    >>> weighted_score({"a": np.array([50.0]), "b": np.array([100.0])}, {"a": 3.0, "b": 1.0}, divide=True).tolist()
    [62.5]
    """
    total = np.zeros_like(next(iter(domains.values())))
    for name, weight in weights.items():
        total = total + weight * domains[name]
    return total / sum(weights.values()) if divide else total


def ranks_of_scores(score: _Floats) -> _Floats:
    """Rank by score, 1 for the highest; equals share the lower rank, missing has none.

    Examples
    --------
    >>> ranks_of_scores(np.array([2.0, 9.0, 9.0, np.nan])).tolist()
    [3.0, 1.0, 1.0, nan]
    """
    rank = np.full(score.size, np.nan)
    known = np.isfinite(score)
    ordered = np.sort(score[known])
    rank[known] = 1.0 + ordered.size - np.searchsorted(ordered, score[known], side="right")
    return rank


def deciles(rank: _Floats, n: int) -> _Floats:
    """Decile of a rank, 1 for the most deprived tenth: ``ceil(10 rank / n)``.

    Examples
    --------
    >>> deciles(np.array([1.0, 10.0, 11.0, 100.0]), 100).tolist()
    [1.0, 1.0, 2.0, 10.0]
    """
    # Integers, so that 10 * rank / n never falls on the wrong side of a whole number.
    out = np.full(rank.size, np.nan)
    known = np.isfinite(rank)
    out[known] = -(-10 * rank[known].astype(np.int64) // n)
    return out


def extent_weight(rank: _Floats, n: int) -> _Floats:
    """Weight of an area in the extent: 1 in the most deprived tenth, then falling by percentile to the 30th.

    The weight is 0.95 in the eleventh percentile, falls by 0.9/19 with each one to 0.05 in the thirtieth,
    and is 0 beyond.

    References
    ----------
    The English Indices of Deprivation 2019, Technical Report, appendix N (higher-area summaries).

    Examples
    --------
    >>> extent_weight(np.array([100.0, 101.0, 300.0, 301.0]), 1000).round(3).tolist()
    [1.0, 0.95, 0.05, 0.0]
    """
    out = np.full(rank.size, np.nan)
    known = np.isfinite(rank)
    percentile = -(-100 * rank[known].astype(np.int64) // n)
    falling = 0.95 - (percentile - 11) * (0.90 / 19)
    out[known] = np.where(percentile <= 10, 1.0, np.where(percentile <= 100 * EXTENT_REACH, falling, 0.0))
    return out
