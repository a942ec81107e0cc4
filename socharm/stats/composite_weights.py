"""Weights of indicators that come from the data, and what weights amount to."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.stats.composite_normalise import without_spread
from socharm.stats.composite_scores import ScoreTree

__all__ = ["cronbach_alpha", "effective_weights", "optimised_weights", "pairwise_correlation", "pca_weights"]

_Floats = NDArray[np.float64]

#: Fewer areas with every indicator than this carry no correlation.
_LEAST: Final = 3


def effective_weights(weights: _Floats, tree: ScoreTree) -> _Floats:
    """Weight of each indicator in the whole index: the product of the shares down the tree; they add up to 1.

    Examples
    --------
    >>> tree = ScoreTree(3, ((0, 1), (2, 3)), ("arithmetic", "arithmetic"))
    >>> effective_weights(np.array([1.0, 3.0, 1.0, 1.0]), tree).tolist()
    [0.125, 0.375, 0.5]
    """
    whole = np.zeros(tree.leaves + len(tree.children))
    whole[-1] = 1.0
    for at in range(len(tree.children) - 1, -1, -1):
        children = list(tree.children[at])
        total = float(np.add.reduce(weights[children]))
        whole[children] = whole[tree.leaves + at] * (weights[children] / total if total > 0 else 0.0)
    effective: _Floats = whole[: tree.leaves]
    return effective / effective.sum() if effective.sum() > 0 else effective


def _complete(values: _Floats) -> _Floats:
    return values[np.isfinite(values).all(axis=1)]


def pairwise_correlation(values: _Floats) -> _Floats:
    """Pearson's correlation of every pair of columns over the rows that have both.

    Returns
    -------
    ndarray of shape (n_columns, n_columns)
        Missing with fewer than three shared rows, or where a column has one value.

    Examples
    --------
    >>> pairwise_correlation(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]])).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    n = values.shape[1]
    out = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i, n):
            both = np.isfinite(values[:, i]) & np.isfinite(values[:, j])
            x, y = values[both, i], values[both, j]
            if both.sum() >= _LEAST and not without_spread(np.column_stack([x, y])).any():
                x, y = x - x.mean(), y - y.mean()
                down = np.sqrt(np.add.reduce(x * x) * np.add.reduce(y * y))
                out[i, j] = out[j, i] = np.clip(np.add.reduce(x * y) / down, -1.0, 1.0) if down > 0 else np.nan
    return out


def cronbach_alpha(values: _Floats) -> float:
    r"""Cronbach's alpha over the rows that have every column.

    Notes
    -----
    :math:`\alpha = \frac{k}{k-1}\left(1-\frac{\sum_i s_i^2}{s_T^2}\right)`. Missing with fewer than two columns or
    three rows.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297-334.

    Examples
    --------
    >>> cronbach_alpha(np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]))
    1.0
    """
    rows = _complete(values)
    k = values.shape[1]
    if k < 2 or len(rows) < _LEAST:
        return float("nan")
    total = float(np.var(rows.sum(axis=1), ddof=1))
    return float(k / (k - 1) * (1.0 - np.var(rows, axis=0, ddof=1).sum() / total)) if total > 0 else float("nan")


def pca_weights(values: _Floats) -> tuple[_Floats, float, NDArray[np.bool_]]:
    """Weights from the first principal component of the correlations: its squared loadings.

    Parameters
    ----------
    values : ndarray of shape (n_areas, n_indicators)
        On one scale, more being worse; rows with a gap are passed over.

    Returns
    -------
    weights : ndarray of shape (n_indicators,)
        They add up to 1.
    explained : float
        Share of the variance that the component explains.
    against : ndarray of bool
        Indicators that load against the others: their direction deserves a look.

    Raises
    ------
    ParameterError
        Fewer complete areas than indicators plus one, or an indicator without spread.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, section 1.6: squared loadings, scaled to 1.

    Examples
    --------
    >>> pca_weights(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 5.0], [4.0, 9.0]]))[0].round(6).tolist()
    [0.5, 0.5]
    """
    rows = _complete(values)
    k = values.shape[1]
    if k == 1:
        return np.ones(1), 1.0, np.zeros(1, dtype=bool)
    if len(rows) <= k:
        raise ParameterError(
            f"{number_of(len(rows), 'area has', 'areas have')} all {k} indicators of the domain; principal components "
            f"need more than {k}. Impute, or state the weights."
        )
    correlation = pairwise_correlation(rows)
    if not np.isfinite(correlation).all():
        raise ParameterError("An indicator has the same value in all areas; it has no correlation. Leave it out.")
    with threadpool_limits(1):
        variances, vectors = np.linalg.eigh(correlation)
    loading = vectors[:, -1] * (1.0 if vectors[:, -1].sum() >= 0 else -1.0)
    squared = loading**2
    return squared / squared.sum(), float(variances[-1] / k), loading < 0


def optimised_weights(values: _Floats, importance: _Floats) -> tuple[_Floats, _Floats]:
    """Weights under which each indicator's correlation with the mean is in proportion to its stated importance.

    A stated weight is not an importance: of two indicators with equal weights the one that goes with the others sways
    the mean more.

    Parameters
    ----------
    values : ndarray of shape (n_areas, n_indicators)
        On one scale; rows with a gap are passed over.
    importance : ndarray of shape (n_indicators,)
        Above zero; only ratios count.

    Returns
    -------
    weights : ndarray of shape (n_indicators,)
        Above zero, adding up to 1.
    reached : ndarray of shape (n_indicators,)
        Share of each indicator in the correlations under these weights; near `importance` where that can be reached.

    Raises
    ------
    ParameterError
        Fewer than three complete areas, an indicator without spread, or an importance of 0.

    References
    ----------
    Becker, W., Saisana, M., Paruolo, P., Vandecasteele, I. (2017). Weights and importance in composite indicators:
    closing the gap. Ecological Indicators 80, 12-22.

    Examples
    --------
    >>> x = np.array([[1.0, 1.0], [2.0, -1.0], [3.0, -1.0], [4.0, 1.0]])
    >>> optimised_weights((x - x.mean(axis=0)) / x.std(axis=0), np.array([1.0, 1.0]))[0].round(3).tolist()
    [0.5, 0.5]
    """
    rows = _complete(values)
    wanted = importance / importance.sum() if importance.sum() > 0 else importance
    if not (np.isfinite(wanted).all() and (wanted > 0).all()):
        raise ParameterError("Importances must be above zero; leave an unimportant indicator out of the recipe.")
    if len(rows) < _LEAST or without_spread(rows).any():
        raise ParameterError(
            f"{number_of(len(rows), 'area has', 'areas have')} every indicator, or one indicator has the same value in "
            "all of them; weights cannot be fitted to correlations. State the weights."
        )
    centred = rows - rows.mean(axis=0)
    covariance = np.einsum("ai,aj->ij", centred, centred, optimize=False) / len(rows)
    own = np.sqrt(np.diag(covariance))

    def shares(free: _Floats) -> _Floats:
        weight = np.exp(free - free.max())
        weight /= weight.sum()
        with_mean = np.einsum("ij,j->i", covariance, weight, optimize=False)
        correlation = with_mean / own / np.sqrt(np.add.reduce(weight * with_mean))
        return np.asarray(correlation / np.abs(correlation).sum(), dtype=np.float64)

    def misses(free: _Floats) -> _Floats:
        return shares(free) - wanted

    start = np.log(wanted / own)
    found = scipy.optimize.least_squares(misses, start, bounds=(start - 8, start + 8))
    weight = np.exp(found.x - found.x.max())
    return weight / weight.sum(), shares(found.x)
