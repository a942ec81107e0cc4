"""HDBSCAN on distinct places: the clusters of single events."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors

from socharm.errors import ParameterError
from socharm.hotspots.points.cluster_labels import pairs_within
from socharm.hotspots.points.clusters import cluster_points
from socharm.stats.hdbscan import core_distances, hdbscan_places


def town(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Some dense groups of places over a thin scatter, with one to five events each."""
    rng = np.random.default_rng(seed)
    groups = [
        rng.normal(rng.uniform(0, 100, 2), rng.uniform(0.5, 8), (rng.integers(20, 150), 2))
        for _ in range(rng.integers(2, 6))
    ]
    xy = np.concatenate([*groups, rng.uniform(0, 100, (40, 2))])
    return xy, rng.integers(1, 6, len(xy))


def test_core_distances_count_the_events_of_each_place():
    # Worked by hand: 3 events within reach need nothing, the second, and the third place.
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0], [50.0, 0.0]])
    assert core_distances(xy, np.array([3, 2, 1, 1]), 3).tolist() == [0.0, 1.0, 4.0, 49.0]
    many = np.column_stack([np.arange(100.0), np.zeros(100)])
    assert core_distances(many, np.ones(100, dtype=np.int64), 40)[0] == 39.0


@pytest.mark.parametrize("seed", range(12))
def test_places_give_the_clusters_of_single_events(seed):
    # Ties of distance are joined in some order: scikit-learn agrees with itself on shuffled rows no better.
    xy, n = town(seed)
    event = np.repeat(np.arange(len(xy)), n)
    theirs = HDBSCAN(min_cluster_size=15, min_samples=10, copy=True).fit(xy[event]).labels_
    shuffled = np.random.default_rng(seed).permutation(len(event))
    again = np.empty(len(event), dtype=int)
    again[shuffled] = HDBSCAN(min_cluster_size=15, min_samples=10, copy=True).fit(xy[event][shuffled]).labels_
    ours = hdbscan_places(xy, n, min_cluster_size=15, min_samples=10)[event]
    assert adjusted_rand_score(theirs, ours) >= min(0.99, adjusted_rand_score(theirs, again))


def test_one_place_with_many_events_is_a_cluster_of_its_own():
    xy, n = town(1)
    xy, n = np.vstack([xy, [[500.0, 500.0]]]), np.append(n, 400)
    labels = hdbscan_places(xy, n, min_cluster_size=15, min_samples=10)
    assert labels[-1] >= 0
    assert (labels == labels[-1]).sum() == 1


def test_labels_do_not_depend_on_unit_or_origin():
    xy, n = town(3)
    one = hdbscan_places(xy, n, min_cluster_size=15, min_samples=10)
    two = hdbscan_places(xy * 1024 + 4096, n, min_cluster_size=15, min_samples=10)
    assert adjusted_rand_score(one, two) > 0.98
    assert sorted(np.unique(one[one >= 0])) == list(range(one.max() + 1))


def test_too_few_events_or_places_without_any_are_noise():
    xy, n = town(2)
    assert (hdbscan_places(xy[:1], n[:1], min_cluster_size=2, min_samples=2) == -1).all()
    assert (hdbscan_places(xy, n, min_cluster_size=10**6, min_samples=2) == -1).all()
    n[::2] = 0
    labels = hdbscan_places(xy, n, min_cluster_size=15, min_samples=10)
    assert (labels[::2] == -1).all()
    assert labels.max() >= 0


def test_a_reach_over_everything_is_refused():
    rng = np.random.default_rng(1)
    points = pd.DataFrame({"x": 4e5 + rng.uniform(0, 5e3, 300), "y": 3e5 + rng.uniform(0, 5e3, 300), "weight": 1.0})
    with pytest.raises(ParameterError, match="one cluster of everything"):
        cluster_points(points, eps=10_000.0, seed=1, crs="EPSG:27700")
    with pytest.raises(ParameterError, match="at most 100,000"):
        cluster_points(points, eps=10**9, seed=1, crs="EPSG:27700")


@pytest.mark.parametrize("reach", [1.0, np.sqrt(2), 5.0, 0.1])
def test_pairs_within_reach_are_those_of_scikit_learn(reach):
    """On a grid many pairs lie exactly at the reach: they are within."""
    xy = 420_000.0 + np.unique(np.random.default_rng(2).integers(0, 20, (150, 2)), axis=0)
    found = pairs_within(xy, reach)
    theirs = NearestNeighbors(radius=reach, algorithm="kd_tree").fit(xy).radius_neighbors_graph(xy, mode="distance")
    theirs.sort_indices()
    np.testing.assert_array_equal(found.indptr, theirs.indptr)
    np.testing.assert_array_equal(found.indices, theirs.indices)
    np.testing.assert_array_equal(found.data, theirs.data)
