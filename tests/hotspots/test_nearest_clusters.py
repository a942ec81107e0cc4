"""Nearest-neighbour hierarchical clusters, their ellipses, and clusters in space and time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score

from socharm.errors import CRSError, ParameterError, SchemaError
from socharm.hotspots import cluster_space_time, nearest_neighbour_clusters
from socharm.stats.nearest_hierarchy import deviational_ellipse, random_nearest


def town(seed: int, n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    heaps = rng.uniform(0, 3_000, (5, 2))[rng.integers(0, 5, n)]
    places = np.round(rng.normal(heaps, 80), -1)
    return pd.DataFrame({"x": 400_000 + places[:, 0], "y": 300_000 + places[:, 1], "date": rng.integers(0, 40, n)})


def test_a_worked_example_of_seeds():
    # The place with most events in reach is the seed; one that it takes is no seed any more; c and d are too few.
    points = pd.DataFrame(
        {"x": [0, 40, 80, 1_000, 1_030], "y": [0, 0, 0, 0, 0], "n": [2, 1, 2, 1, 1], "weight": [1.0, 2, 3, 4, 5]}
    )
    points["x"], points["y"] = points["x"] + 400_000, points["y"] + 300_000 + points.index * 0.1
    found = nearest_neighbour_clusters(points, threshold_m=50, least_points=3, area_km2=1.0)
    assert found.table["events"].tolist() == [5]
    assert found.table["members"].tolist() == [3]
    assert found.table["harm"].tolist() == [6.0]
    assert found.members["cluster"].fillna(0).tolist() == [1, 1, 1, 0, 0]


def test_ellipse_of_a_line_and_of_a_disc():
    along = np.arange(-10.0, 11.0)
    line = deviational_ellipse(along, along, np.ones(21, dtype=np.int64))
    assert line.bearing == pytest.approx(45)
    assert line.minor == pytest.approx(0, abs=1e-6)
    assert line.major == pytest.approx(np.sqrt(2 * (2 * along**2).sum() / 19))
    doubled = deviational_ellipse(along, along, np.full(21, 2))
    repeated = deviational_ellipse(np.repeat(along, 2), np.repeat(along, 2), np.ones(42, dtype=np.int64))
    assert doubled.major == pytest.approx(repeated.major)
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 3, 50_000), rng.normal(0, 1, 50_000)
    found = deviational_ellipse(x, y, np.ones(50_000, dtype=np.int64))
    # CrimeStat's axes are longer by the square root of 2 than the deviations along them.
    assert (found.major, found.minor) == (pytest.approx(3 * np.sqrt(2), rel=0.02), pytest.approx(np.sqrt(2), rel=0.02))
    inside = ((x / found.major) ** 2 + (y / found.minor) ** 2 <= 1).mean()
    assert inside == pytest.approx(1 - np.exp(-1), abs=0.02)


def test_the_random_distance_is_that_of_random_points():
    """Clark and Evans: mean 0.5 sqrt(A/N), standard error 0.26136 / sqrt(N^2/A), by simulation away from edges."""
    rng = np.random.default_rng(2)
    means = []
    for _ in range(200):
        points = rng.random((400, 2))
        wrapped = np.abs(points[:, None] - points[None])
        gap = np.hypot(*np.minimum(wrapped, 1 - wrapped).transpose(2, 0, 1)) + np.eye(400) * 9
        means.append(gap.min(axis=1).mean())
    assert np.mean(means) == pytest.approx(random_nearest(400, 1.0, 0.5), rel=0.01)
    assert np.quantile(means, 0.1) == pytest.approx(random_nearest(400, 1.0, 0.1), rel=0.02)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1_000), turn=st.floats(0, 6))
def test_laws_of_hierarchical_clusters(seed, turn):
    """Order and translation change nothing; events and orders add up; an ellipse turns with its points."""
    points = town(seed)[["x", "y"]]
    asked = {"threshold_m": 150.5, "least_points": 8}
    found = nearest_neighbour_clusters(points, **asked)
    shuffled = nearest_neighbour_clusters(points.sample(frac=1, random_state=seed), **asked)
    assert_frame_equal(found.table, shuffled.table)
    moved = nearest_neighbour_clusters(points + 8_192, **asked)
    assert_frame_equal(found.table[["order", "events", "parent"]], moved.table[["order", "events", "parent"]])
    first = found.table[found.table["order"] == 1]
    held = found.members.dropna(subset="cluster").groupby("cluster")["n"].sum()
    assert first["events"].tolist() == held.tolist()
    assert (first["events"] >= 8).all()
    for order in range(2, max([1, *found.table["order"]]) + 1):
        above = found.table[found.table["order"] == order]
        below = found.table[found.table["order"] == order - 1]
        assert above["events"].tolist() == below.groupby("parent")["events"].sum().tolist()
        assert above["members"].tolist() == below.groupby("parent").size().tolist()
    spin = (points["x"] - 400_000 + 1j * (points["y"] - 300_000)) * np.exp(1j * turn)
    turned = deviational_ellipse(np.real(spin), np.imag(spin), np.ones(len(points), dtype=np.int64))
    plain = deviational_ellipse(*points.to_numpy(dtype=float).T, np.ones(len(points), dtype=np.int64))
    assert (turned.major, turned.minor) == (pytest.approx(plain.major), pytest.approx(plain.minor))
    gap = (plain.bearing - np.degrees(turn) - turned.bearing) % 180
    assert min(gap, 180 - gap) < 1e-3 or plain.major == pytest.approx(plain.minor, rel=1e-3)


def test_bad_input_of_hierarchical_clusters():
    points = town(1)[["x", "y"]]
    with pytest.raises(SchemaError, match="2 events at 2 places"):
        nearest_neighbour_clusters(points.iloc[:2])
    with pytest.raises(SchemaError, match="200 events at 1 place"):
        nearest_neighbour_clusters(points.assign(x=400_000.0, y=300_000.0))
    with pytest.raises(SchemaError, match="one line"):
        nearest_neighbour_clusters(points.assign(y=300_000.0))
    with pytest.raises(CRSError, match="look like degrees"):
        nearest_neighbour_clusters(pd.DataFrame({"x": [-1.6, -1.5, -1.4], "y": [54.9, 54.8, 54.7]}))
    with pytest.raises(ParameterError, match="nearest_p"):
        nearest_neighbour_clusters(points, nearest_p=1.0)
    many = pd.DataFrame(np.random.default_rng(1).random((9_000, 2)) * 90 + 4e5, columns=["x", "y"])
    with pytest.raises(ParameterError, match="smaller `threshold_m`"):
        nearest_neighbour_clusters(many, threshold_m=5_000)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1_000), days=st.integers(0, 12), needed=st.integers(2, 8))
def test_space_time_clusters_are_those_of_scikit_learn(seed, days, needed):
    events = town(seed, 120)
    found = cluster_space_time(events, distance=60, within_days=days, min_events=needed, minimum_events=1)
    apart = cdist(events[["x", "y"]], events[["x", "y"]])
    gap = np.abs(np.subtract.outer(events["date"].to_numpy(), events["date"].to_numpy()))
    near = np.where((apart <= 60) & (gap <= days), 0.0, 1.0)
    theirs = DBSCAN(eps=0.5, min_samples=needed, metric="precomputed").fit(near)
    core = np.zeros(120, dtype=bool)
    core[theirs.core_sample_indices_] = True
    assert found.members["core"].tolist() == core.tolist()
    ours = found.members["cluster"].fillna(0).to_numpy(dtype=int)
    assert ((ours > 0) == (theirs.labels_ >= 0)).all()
    assert not core.any() or adjusted_rand_score(theirs.labels_[core], ours[core]) == 1.0
    assert len(found.table) == theirs.labels_.max() + 1
    again = cluster_space_time(
        events.sample(frac=1, random_state=seed), distance=60, within_days=days, min_events=needed, minimum_events=1
    )
    assert_frame_equal(again.table, found.table)
    assert found.table["events"].sum() == (ours > 0).sum()


def test_space_time_clusters_with_harm_and_without_any():
    events = town(4).assign(w=1.0)
    events.loc[events.index[:3], "w"] = 500.0
    found = cluster_space_time(events, min_events=4, weight="w")
    assert found.table["harm"].is_monotonic_decreasing
    assert (found.table["events"] >= 5).all()
    assert (found.table["span_days"] == found.table["last"] - found.table["first"]).all()
    none = cluster_space_time(events, distance=1, within_days=0, min_events=50)
    assert len(none.table) == len(none.polygons) == 0
    assert none.facts["events in clusters"] == 0
    assert none.members["cluster"].isna().all()
    with pytest.raises(SchemaError, match="a month is not a day"):
        cluster_space_time(events.assign(date="2025-01"))
