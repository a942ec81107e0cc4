"""k-means of rows, from several seeded starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["KMeans", "calinski_harabasz", "k_means", "nearest_centres"]

_Floats = NDArray[np.float64]

#: Rounds of one start at most.
_ROUNDS: Final = 300
#: Share of the largest square below which a difference of two squared distances may be rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, eq=False)
class KMeans:
    """Rows in classes.

    Attributes
    ----------
    labels : ndarray of int64, shape (rows,)
        Classes by the sum of their centre's numbers times their place, ascending, so that numbers mean the same always.
    centres : ndarray of shape (classes, columns)
    within : float
        Sum of squared distances from the centres.
    """

    labels: NDArray[np.int64]
    centres: _Floats
    within: float


def k_means(rows: _Floats, classes: int, starts: list[np.random.Generator]) -> KMeans:
    """The best of several starts by k-means++.

    Parameters
    ----------
    rows : ndarray of shape (n, columns)
    classes : int
    starts : list of Generator
        One for each start.

    References
    ----------
    Lloyd, S. P. (1982). Least squares quantization in PCM. *IEEE Transactions on Information Theory* 28, 129-137.
    Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. *SODA 2007*, 1027-1035.

    Examples
    --------
    >>> found = k_means(np.array([[0.0], [0.1], [5.0], [5.2]]), 2, [np.random.default_rng(1)])
    >>> found.labels.tolist(), round(found.within, 3)
    ([0, 0, 1, 1], 0.025)
    """
    best = min((_lloyd(rows, _spread_start(rows, classes, rng)) for rng in starts), key=lambda found: found.within)
    order = np.argsort(best.centres @ np.arange(1.0, rows.shape[1] + 1), kind="stable")
    return KMeans(np.argsort(order)[best.labels].astype(np.int64), best.centres[order], best.within)


def _spread_start(rows: _Floats, classes: int, rng: np.random.Generator) -> _Floats:
    centres = [rows[int(rng.integers(len(rows)))]]
    nearest = np.full(len(rows), np.inf)
    for _ in range(classes - 1):
        nearest = np.minimum(nearest, ((rows - centres[-1]) ** 2).sum(axis=1))
        total = float(np.add.reduce(nearest))
        chance = nearest / total if total > 0 else np.full(len(rows), 1 / len(rows))
        centres.append(rows[int(np.searchsorted(np.cumsum(chance), rng.random(), side="right").clip(0, len(rows) - 1))])
    return np.array(centres)


def _lloyd(rows: _Floats, centres: _Floats) -> KMeans:
    labels = np.full(len(rows), -1)
    longest = float((rows**2).sum(axis=1).max(initial=0.0))
    for _ in range(_ROUNDS):
        now = nearest_centres(rows, centres, longest)
        if np.array_equal(now, labels):
            break
        labels = now
        for number in range(len(centres)):
            if (labels == number).any():
                centres[number] = rows[labels == number].mean(axis=0)
    within = float(((rows - centres[labels]) ** 2).sum())
    return KMeans(labels.astype(np.int64), centres, within)


def nearest_centres(rows: _Floats, centres: _Floats, longest: float) -> NDArray[np.intp]:
    """The nearest centre of each row, the first of equals.

    Squares of distances less those of the rows are one product of matrices. Where two centres are as near as its
    rounding, distances are summed by coordinate.

    Parameters
    ----------
    rows : ndarray of shape (n, columns)
    centres : ndarray of shape (classes, columns)
    longest : float
        The largest sum of the squares of a row.
    """
    square = (centres**2).sum(axis=1)
    score = square[:, None] - 2 * (centres @ rows.T)
    margin = _ROUNDING * (longest + float(square.max()))
    close = np.flatnonzero((score <= score.min(axis=0) + margin).sum(axis=0) > 1)
    now: NDArray[np.intp] = score.argmin(axis=0)
    if close.size:
        now[close] = ((rows[close, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    return now


def calinski_harabasz(rows: _Floats, found: KMeans) -> float:
    """Variance between classes over that within, each by its degrees of freedom; 0 of one class.

    References
    ----------
    Calinski, T. and Harabasz, J. (1974). A dendrite method for cluster analysis. *Communications in Statistics* 3,
    1-27.
    """
    n, k = len(rows), len(found.centres)
    total = float(((rows - rows.mean(axis=0)) ** 2).sum())
    if k < 2 or n <= k or found.within <= 0:
        return 0.0
    return (total - found.within) / (k - 1) / (found.within / (n - k))
