"""HDBSCAN on distinct places with multiplicity: the same clusters as on single events, without repeating a place.

Events of one place have the same distances to all others, so they join each other at the place's core distance and
the place joins its surroundings no earlier. The tree over places, with their numbers of events as sizes, therefore
is the tree over events. A place that holds at least `min_samples` events has a core distance of 0: it is as dense as
can be, and a cluster of its own where it holds `min_cluster_size` events and something else splits from it.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = ["core_distances", "hdbscan_places"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def hdbscan_places(xy: _Floats, n: _Ints, *, min_cluster_size: int, min_samples: int) -> _Ints:
    """Cluster of each place by HDBSCAN with excess of mass; -1 is noise.

    Parameters
    ----------
    xy : ndarray of shape (n_places, 2)
        Distinct coordinates, in one order.
    n : ndarray of int, shape (n_places,)
        Events of each place; places with none take no part and are noise.
    min_cluster_size, min_samples : int
        In events; an event counts itself.

    Returns
    -------
    ndarray of int, shape (n_places,)
        Clusters numbered in the order of their first place.

    Notes
    -----
    The whole is never returned as one cluster, as in scikit-learn's default. Mutual reachability distances tie often
    (a dense place gives its core distance to many pairs); ties are joined in the order of places, so single places
    at the edge of a cluster can differ from another implementation's, as they do between two orders of the same rows
    there. Time grows with the square of the number of places, memory linearly.

    References
    ----------
    Campello, R. J. G. B., Moulavi, D., Sander, J. (2013). Density-based clustering based on hierarchical density
    estimates. PAKDD 2013, 160-172.
    """
    labels = np.full(len(xy), -1, dtype=np.int64)
    taking = np.flatnonzero(n > 0)
    if len(taking) < 2 or int(n[taking].sum()) < max(min_cluster_size, min_samples):
        return labels
    points, size = np.ascontiguousarray(xy[taking]), np.ascontiguousarray(n[taking])
    core = core_distances(points, size, min_samples)
    left, right, length = _spanning_tree(points[:, 0].copy(), points[:, 1].copy(), core)
    order = np.argsort(length, kind="stable")
    first, second, events = _joins(left[order], right[order], size)
    height = np.concatenate([core, length[order]])
    found = _stable(*_condense(first, second, events, height, min_cluster_size))[: len(taking)]
    _, at, number = np.unique(found, return_index=True, return_inverse=True)
    clusters = [position for position in np.argsort(at, kind="stable") if found[at[position]] >= 0]
    renumbered = np.full(len(at), -1, dtype=np.int64)
    renumbered[clusters] = np.arange(len(clusters))
    labels[taking] = renumbered[number]
    return labels


def core_distances(xy: _Floats, n: _Ints, needed: int) -> _Floats:
    """Distance within which each place has `needed` events, its own included.

    Parameters
    ----------
    xy : ndarray of shape (n_places, 2)
    n : ndarray of int, shape (n_places,), above 0
    needed : int
        At most the number of all events.

    Examples
    --------
    >>> core_distances(np.array([[0.0, 0.0], [3.0, 4.0], [9.0, 0.0]]), np.array([2, 1, 1]), 2).tolist()
    [0.0, 5.0, 7.211102550927978]
    """
    tree = scipy.spatial.cKDTree(xy)
    core = np.zeros(len(xy))
    left = np.flatnonzero(n < needed)
    neighbours = 8
    while len(left):
        neighbours = min(neighbours * 2, len(xy))
        # In slices, so that no table of distances is large.
        step = max(1, 4_000_000 // neighbours)
        again = []
        for start in range(0, len(left), step):
            some = left[start : start + step]
            distance, index = (np.asarray(part) for part in tree.query(xy[some], k=neighbours))
            running = np.cumsum(n[index], axis=1)
            reached = running[:, -1] >= needed
            at = np.argmax(running >= needed, axis=1)
            core[some] = np.where(reached, distance[np.arange(len(some)), at], 0.0)
            again.append(some[~reached])
        left = np.concatenate(again)
    return core


@kernel
def _spanning_tree(x: _Floats, y: _Floats, core: _Floats) -> tuple[_Ints, _Ints, _Floats]:
    """Prim's minimum spanning tree of the mutual reachability distances, which are never stored."""
    n = len(x)
    nearest = np.full(n, np.inf)
    source = np.zeros(n, dtype=np.int64)
    left = np.empty(n - 1, dtype=np.int64)
    right = np.empty(n - 1, dtype=np.int64)
    length = np.empty(n - 1)
    waiting = np.arange(1, n)
    current = 0
    for step in range(n - 1):
        remaining = n - 1 - step
        at = 0
        least = np.inf
        for position in range(remaining):
            other = waiting[position]
            reach = max(core[current], core[other])
            # The distance is worked out only where it could shorten what is known.
            if reach < nearest[other]:
                dx = x[current] - x[other]
                dy = y[current] - y[other]
                reach = max(reach, np.sqrt(dx * dx + dy * dy))
                if reach < nearest[other]:
                    nearest[other] = reach
                    source[other] = current
            if nearest[other] < least:
                least = nearest[other]
                at = position
        best = waiting[at]
        left[step] = source[best]
        right[step] = best
        length[step] = least
        waiting[at] = waiting[remaining - 1]
        current = best
    return left, right, length


@kernel
def _root_of(parent: _Ints, node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def _joins(left: _Ints, right: _Ints, size: _Ints) -> tuple[_Ints, _Ints, _Ints]:
    """Single linkage: children and events of every node. Nodes 0 … n-1 are places, n … 2n-2 joins by length."""
    n = len(size)
    first = np.full(2 * n - 1, -1, dtype=np.int64)
    second = np.full(2 * n - 1, -1, dtype=np.int64)
    events = np.zeros(2 * n - 1, dtype=np.int64)
    events[:n] = size
    parent = np.arange(2 * n - 1)
    for step in range(n - 1):
        a = _root_of(parent, left[step])
        b = _root_of(parent, right[step])
        node = n + step
        first[node] = a
        second[node] = b
        events[node] = events[a] + events[b]
        parent[a] = node
        parent[b] = node
    return first, second, events


@kernel
def _condense(
    first: _Ints, second: _Ints, events: _Ints, height: _Floats, min_cluster_size: int
) -> tuple[_Ints, _Ints, _Floats]:
    """From the root down: the cluster each node belongs to, the cluster above each, and their stability.

    A child with fewer events than a cluster needs falls out of it with all that is below.
    """
    nodes = len(events)
    n = (nodes + 1) // 2
    cluster = np.full(nodes, nodes - 1, dtype=np.int64)
    above = np.full(nodes, -1, dtype=np.int64)
    born = np.zeros(nodes)
    stability = np.zeros(nodes)
    gone = np.zeros(nodes, dtype=np.bool_)
    for node in range(nodes - 1, -1, -1):
        own = cluster[node]
        density = 1.0 / height[node] if height[node] > 0 else np.inf
        gained = density - born[own] if density > born[own] else 0.0
        if node < n:
            # The events of one place leave together, at its own core distance.
            stability[own] += 0.0 if gone[node] else gained * events[node]
            continue
        splits = min(events[first[node]], events[second[node]]) >= min_cluster_size and not gone[node]
        for child in (first[node], second[node]):
            small = events[child] < min_cluster_size
            if not gone[node] and (splits or small):
                stability[own] += gained * events[child]
            gone[child] = gone[node] or small
            cluster[child] = child if splits else own
            if splits:
                born[child] = density
                above[child] = own
    return cluster, above, stability


@kernel
def _stable(cluster: _Ints, above: _Ints, stability: _Floats) -> _Ints:
    """Excess of mass: the chosen cluster that each node's cluster stands for, or -1.

    From the leaves up, a cluster stands unless those inside it are stabler together.
    """
    nodes = len(cluster)
    inner = np.zeros(nodes)
    chosen = np.zeros(nodes, dtype=np.bool_)
    for node in range(nodes - 1):
        if above[node] >= 0:
            chosen[node] = stability[node] >= inner[node]
            inner[above[node]] += stability[node] if chosen[node] else inner[node]
    label = np.full(nodes, -1, dtype=np.int64)
    for node in range(nodes - 2, -1, -1):
        if above[node] >= 0:
            outer = label[above[node]]
            label[node] = node if outer < 0 and chosen[node] else outer
    return label[cluster]
