"""Members by one sort, seeds from one list of neighbours, matches of the pairs that meet: all as written out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from socharm.stats.by_label import positions_by_label
from socharm.stats.dbscan import best_match
from socharm.stats.nearest_hierarchy import nearest_groups

LABELS = arrays(np.int64, st.integers(0, 30), elements=st.integers(-1, 6))


@settings(deadline=None, max_examples=40)
@given(labels=LABELS, spare=st.integers(0, 2))
def test_positions_are_those_of_a_comparison_for_each_label(labels, spare):
    held = positions_by_label(labels, int(labels.max(initial=-1)) + 1 + spare)
    assert len(held) == int(labels.max(initial=-1)) + 1 + spare
    for label, positions in enumerate(held):
        np.testing.assert_array_equal(positions, np.flatnonzero(labels == label))


def matches_of_all_pairs(labels, again, mass, clusters):
    """Jaccard index of every cluster with every other, the largest of each."""
    best = np.zeros(clusters)
    for one in range(clusters):
        for other in range(int(again.max(initial=-1)) + 1):
            union = mass[(labels == one) | (again == other)].sum()
            if union > 0:
                best[one] = max(best[one], mass[(labels == one) & (again == other)].sum() / union)
    return best


@settings(deadline=None, max_examples=40)
@given(labels=LABELS, seed=st.integers(0, 1_000))
def test_the_best_match_is_that_over_all_pairs(labels, seed):
    rng = np.random.default_rng(seed)
    again, mass = rng.integers(-1, 5, labels.size), rng.integers(0, 4, labels.size).astype(float)
    clusters = int(labels.max(initial=-1)) + 1
    expected = matches_of_all_pairs(labels, again, mass, clusters)
    np.testing.assert_array_equal(best_match(labels, again, mass, clusters), expected)


def groups_one_by_one(xy, n, threshold, least):
    """Seeds by falling numbers within the threshold, each taking what is free, from the whole table of distances."""
    near = cdist(xy, xy) <= threshold
    group, found = [-1] * len(n), 0
    for seed in sorted(range(len(n)), key=lambda place: (-int(n[near[place]].sum()), place)):
        free = [place for place in np.flatnonzero(near[seed]) if group[place] < 0]
        if group[seed] < 0 and int(n[free].sum()) >= least:
            for place in free:
                group[place] = found
            found += 1
    return group


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 1_000), places=st.integers(2, 60), least=st.integers(2, 9))
def test_seeds_take_what_a_table_of_all_distances_gives(seed, places, least):
    rng = np.random.default_rng(seed)
    xy = np.unique(rng.integers(0, 12, (places, 2)), axis=0).astype(float)
    n = rng.integers(1, 4, len(xy))
    found = nearest_groups(xy[:, 0], xy[:, 1], n, threshold=2.3, least=least)
    assert found.tolist() == groups_one_by_one(xy, n, 2.3, least)
