"""Rank agreement of two measures of the same areas, with an interval that knows that neighbours are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["LEAST_AREAS", "RankAgreement", "effective_areas", "rank_agreement"]

_Floats = NDArray[np.float64]

#: Areas from which on there is an agreement at all, and independent ones from which on it has an interval.
LEAST_AREAS: Final = 4
#: Areas whose distances are looked at; of more, as many in equal steps of their order.
_MOST: Final = 2_000
#: Classes of distance: as many as Sturges' rule gives for the pairs, and no more than this.
_CLASSES: Final = 20


@dataclass(frozen=True)
class RankAgreement:
    """Spearman's rho.

    Attributes
    ----------
    estimate, low_95, high_95 : float
        Missing where all values of a side are equal, and the interval where too few areas are independent.
    effective : float
        Independent areas that tell as much.
    """

    estimate: float
    low_95: float
    high_95: float
    effective: float


def effective_areas(first: _Floats, second: _Floats, points: _Floats) -> float:
    r"""How many independent areas would tell as much on a correlation as these, of which neighbours are alike.

    Parameters
    ----------
    first, second : arrays of shape (n,)
        Unequal numbers.
    points : array of shape (n, 2)
        Places of the areas, in metres.

    Returns
    -------
    float
        From 1 to n.

    Notes
    -----
    :math:`1 + 1/v` with :math:`v = \sum_{ij} C_1(d_{ij}) C_2(d_{ij}) / n^2`, where :math:`C(d)` is the mean product of
    standardised values of areas in the class of distance d, and 1 of an area with itself.

    References
    ----------
    Clifford, P., Richardson, S., Hemon, D. (1989). Assessing the significance of the correlation between two spatial
    processes. Biometrics 45, 123-134.

    Examples
    --------
    >>> line = np.column_stack([np.arange(40.0), np.zeros(40)])
    >>> halves = np.repeat([0.0, 1.0], 20)
    >>> bool(effective_areas(halves, halves, line) < 10)
    True
    """
    n = len(first)
    step = -(-n // _MOST)
    one, two = (_standard(values)[::step] for values in (first, second))
    distances = scipy.spatial.distance.pdist(points[::step])
    pairs = len(distances)
    if pairs == 0 or distances.max() <= 0:
        return float(n)
    classes = min(_CLASSES, 1 + int(np.log2(pairs)))
    # Near classes, where areas are alike, are short and hold few pairs; far ones hold many.
    ends = np.quantile(distances, np.linspace(0, 1, classes + 1)[1:-1] ** 2)
    group = np.searchsorted(ends, distances)
    i, j = np.triu_indices(len(one), 1)
    held = np.bincount(group, minlength=classes)
    product = np.ones(classes)
    for values in (one, two):
        product *= np.bincount(group, weights=values[i] * values[j], minlength=classes) / np.maximum(held, 1)
    # Shares of pairs, so that areas that were left out count as those that were looked at.
    variance = 1.0 / n + (1.0 - 1.0 / n) * float((held * product).sum()) / pairs
    return float(min(n, 1.0 + 1.0 / variance)) if variance > 0 else float(n)


def rank_agreement(first: _Floats, second: _Floats, points: _Floats) -> RankAgreement:
    r"""Spearman's rho, with an interval for areas of which neighbours are alike.

    Parameters
    ----------
    first, second : arrays of shape (n,)
        Without gaps.
    points : array of shape (n, 2)
        Places of the areas, in metres.

    Notes
    -----
    Fisher's transformation with the standard error :math:`\sqrt{(1 + r^2/2)/(m - 3)}` of Bonett and Wright, where m
    is the number of independent areas by `effective_areas` on the ranks.

    References
    ----------
    Bonett, D. G., Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations. Psychometrika 65, 23-28.

    Examples
    --------
    >>> rank_agreement(np.array([1.0, 2, 3, 4]), np.array([2.0, 4, 6, 9]), np.eye(4, 2)).estimate
    1.0
    """
    n = len(first)
    if n < LEAST_AREAS or np.ptp(first) == 0 or np.ptp(second) == 0:
        return RankAgreement(np.nan, np.nan, np.nan, float(n))
    one, two = scipy.stats.rankdata(first), scipy.stats.rankdata(second)
    estimate = float(np.clip(np.corrcoef(one, two)[0, 1], -1.0, 1.0))
    effective = effective_areas(one, two, points)
    if effective <= LEAST_AREAS or abs(estimate) > 1 - 1e-12:
        return RankAgreement(estimate, np.nan, np.nan, effective)
    reach = scipy.stats.norm.ppf(0.975) * np.sqrt((1 + estimate**2 / 2) / (effective - 3))
    low, high = (float(np.tanh(np.arctanh(estimate) + sign * reach)) for sign in (-1, 1))
    return RankAgreement(estimate, low, high, effective)


def _standard(values: _Floats) -> _Floats:
    centred = np.asarray(values, dtype=np.float64) - np.mean(values)
    standard: _Floats = centred / np.sqrt(np.mean(centred**2))
    return standard
