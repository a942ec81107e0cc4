"""DBSCAN on places whose neighbours are known, and how alike two clusterings are: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["best_match", "dbscan_places"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def dbscan_places(near: scipy.sparse.csr_matrix, mass: _Floats, needed: int) -> tuple[_Ints, NDArray[np.bool_]]:
    """DBSCAN on places whose neighbours are known: connected core places, and the border places they reach.

    Done in whole arrays, because it is repeated for every resample. A border place that several clusters reach
    goes to the one whose first core place comes first.
    """
    rows = np.repeat(np.arange(near.shape[0]), np.diff(near.indptr))
    within = np.bincount(rows, weights=mass[near.indices], minlength=near.shape[0])
    core = within >= needed * (1 - 1e-12)
    labels = np.full(core.size, -1, dtype=np.int64)
    if not core.any():
        return labels, core
    number = np.cumsum(core) - 1
    linked = core[rows] & core[near.indices]
    pairs = (number[rows[linked]], number[near.indices[linked]])
    graph = scipy.sparse.csr_matrix((np.ones(int(linked.sum()), dtype=np.int8), pairs), shape=(int(core.sum()),) * 2)
    found = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    _, first, component = np.unique(found, return_index=True, return_inverse=True)
    order = np.empty(first.size, dtype=np.int64)
    order[np.argsort(first, kind="stable")] = np.arange(first.size)
    labels[core] = order[component]
    reached = ~core[rows] & core[near.indices]
    border = np.full(core.size, core.size, dtype=np.int64)
    np.minimum.at(border, rows[reached], labels[near.indices[reached]])
    at_border = border < core.size
    labels[at_border] = border[at_border]
    return labels, core


def best_match(labels: _Ints, again: _Ints, mass: _Floats, clusters: int) -> _Floats:
    """Largest Jaccard index of each cluster with the clusters of a resample, over events."""
    others = int(again.max(initial=-1)) + 1
    if not others:
        return np.zeros(clusters)
    both = (labels >= 0) & (again >= 0)
    # Only pairs of clusters that share a place: all pairs are as many as the square of the clusters.
    pairs, pair = np.unique(labels[both] * others + again[both], return_inverse=True)
    # a count of nothing is whole numbers even where the weights are not
    shared = np.bincount(pair, weights=mass[both], minlength=pairs.size).astype(np.float64)
    size = np.bincount(labels[labels >= 0], weights=mass[labels >= 0], minlength=clusters)
    size_again = np.bincount(again[again >= 0], weights=mass[again >= 0], minlength=others)
    one, other = np.divmod(pairs, others)
    union = size[one] + size_again[other] - shared
    best = np.zeros(clusters)
    np.maximum.at(best, one, np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))
    return best
