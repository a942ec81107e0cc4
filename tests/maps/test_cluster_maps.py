"""Clusters of points on a map: each name has one cluster, its leader ends there, and nothing small is hidden."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation, Text
from shapely.geometry import LineString, Point, box

from socharm._record import Record
from socharm.hotspots.points.clusters import PointClusters, cluster_points
from socharm.maps.cluster_names import cluster_names
from socharm.maps.clusters import plot_clusters
from socharm.maps.furniture import new_axes
from socharm.maps.inset_choice import inset_box
from socharm.maps.labels import Ground, place_labels
from socharm.maps.names import league_ranks
from socharm.maps.paper import label_box

#: Middles of heaps of events: three in one area, of which two lie towards the same neighbour.
HEAPS = {(2_000, 5_000): 90, (4_500, 7_000): 70, (4_500, 3_000): 60, (8_000, 5_000): 50}


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 5_000, 10_000), box(5_000, 0, 10_000, 10_000), box(-5_000, 0, 0, 10_000)]
    codes = pd.Index(["W1", "W2", "W3"], name="area_code")
    return gpd.GeoDataFrame({"name": ["Mid", "East", "West"]}, geometry=shapes, index=codes, crs="EPSG:27700")


@pytest.fixture(scope="module")
def clusters() -> PointClusters:
    rng = np.random.default_rng(1)
    places = np.vstack([rng.normal(middle, 40, (n, 2)) for middle, n in HEAPS.items()])
    points = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "weight": 10.0})
    return cluster_points(points, eps=100, min_events=20, seed=1)


def labels_of(ax) -> list[Annotation]:
    FigureCanvasAgg(ax.get_figure()).draw()
    return [text for text in ax.findobj(Annotation) if str(text.get_gid()).startswith("cluster ")]


def test_two_clusters_of_one_area_have_names_of_their_own(areas, clusters):
    told = [" ".join(text.get_text().split()[:-1]) for text in labels_of(plot_clusters(areas, clusters, ax=new_axes()))]
    assert sorted(told) == [
        "around East",
        "around Mid, towards East (a)",
        "around Mid, towards East (b)",
        "around Mid, towards West",
    ]


def test_a_cluster_has_one_name_however_many_of_them_a_map_names(areas, clusters):
    names = cluster_names(clusters.polygons, areas)
    shown = labels_of(plot_clusters(areas, clusters, ax=new_axes(), labels=1))
    assert [" ".join(text.get_text().split()[:-1]) for text in shown] == [names.loc[1]] == ["around Mid, towards West"]


def test_no_two_of_many_clusters_of_one_area_are_called_alike(areas):
    at = [Point(4_000 + 8 * i, 5_000).buffer(3) for i in range(60)]
    outside = [Point(50_000, 50_000).buffer(3)]
    ranks = pd.RangeIndex(1, 62, name="rank")
    polygons = gpd.GeoDataFrame(geometry=gpd.GeoSeries([*at, *outside], index=ranks, crs=areas.crs))
    names = cluster_names(polygons, areas)
    assert names.is_unique
    assert [names[rank] for rank in (1, 27, 61)] == [
        "around Mid, towards East (a)", "around Mid, towards East (aa)", "outside the areas",
    ]  # fmt: skip
    assert cluster_names(polygons.head(0), areas).empty


def test_a_leader_ends_at_the_edge_of_its_cluster_and_no_dot_hides_it(areas, clusters):
    ax = plot_clusters(areas, clusters, ax=new_axes())
    pixels = ax.get_figure().dpi / 72
    for label in labels_of(ax):
        assert label.arrow_patch is not None
        line = LineString(label.arrow_patch.get_path().vertices[[0, -1]])
        shape = clusters.polygons.geometry[int(label.get_gid().split()[1])]
        edge = LineString(ax.transData.transform(np.asarray(shape.exterior.coords)))
        assert edge.distance(Point(line.coords[-1])) < 2 * pixels
        letters = box(*Text.get_window_extent(label).extents)
        assert letters.distance(Point(line.coords[0])) < 4 * pixels
        others = clusters.polygons.geometry.drop(int(label.get_gid().split()[1]))
        hidden = [LineString(ax.transData.transform(np.asarray(one.exterior.coords))) for one in others]
        assert not [one for one in hidden if letters.intersects(one)]
    assert not [drawn for drawn in ax.lines if drawn.get_marker() == "o"]


def test_specks_in_one_part_of_the_page_are_enlarged():
    """Thirty clusters of 100 m in a town of 5 km, ten on the 40 km round it: the page stands for the land."""
    town = [Point(500 + 1_000 * (i % 6), 500 + 1_000 * (i // 6)).buffer(50) for i in range(30)]
    moor = [Point(20_000 + 4_000 * (i % 5), 20_000 + 10_000 * (i // 5)).buffer(50) for i in range(10)]
    view = (0.0, 0.0, 40_000.0, 40_000.0)
    found = inset_box(gpd.GeoSeries([*town, *moor]), view, points_per_metre=504 / 40_000)
    assert found is not None
    assert max(found) < 8_000
    # spread evenly over the page they need none
    even = [Point(3_000 + 6_000 * (i % 6), 3_000 + 6_000 * (i // 6)).buffer(50) for i in range(36)]
    assert inset_box(gpd.GeoSeries(even), view, points_per_metre=504 / 40_000) is None


def test_open_water_is_tried_before_land():
    """The coast lies 40 points east of the place; water in reach is worth a longer leader, water out of it is not."""
    for coast, at_sea in ((40.0, True), (150.0, False)):
        ax = new_axes(width=6, height=4)
        ax.set_position((0, 0, 1, 1))
        ax.set(xlim=(0, 432), ylim=(0, 288))
        land = box(0, 0, 216 + coast, 288)
        (label,) = place_labels(ax, [(216.0, 144.0)], ["12"], ground=Ground(land=land))
        assert label is not None
        assert (label_box(ax, label).x0 >= 216 + coast) == at_sea


def test_a_record_brings_the_ranks_where_the_areas_have_none():
    @dataclass(frozen=True, eq=False, repr=False)
    class Made(Record):
        table: pd.DataFrame

        def _summary(self) -> dict[str, str]:
            return {}

    codes = pd.Index(["a", "b", "c"], name="area_code")
    made = Made(table=pd.DataFrame({"rank": [2, 1, 3]}, index=codes))
    blank = pd.DataFrame({"rank": [None, None, None]}, index=codes)
    assert league_ranks(blank, made).tolist() == [2, 1, 3]
    some = pd.DataFrame({"rank": [1, None, 2]}, index=codes)
    assert league_ranks(some, made).tolist() == [1, pd.NA, 2]  # one league for a map


def test_a_letter_of_the_key_is_that_of_its_cluster_on_every_part_of_the_map():
    """Thirty small clusters in a town and four on the moor: letters run through the key, not through each part."""
    rng = np.random.default_rng(2)
    town = [(1_000 + 600 * (i % 6), 1_000 + 600 * (i // 6)) for i in range(30)]
    moor = [(20_000 + 5_000 * i, 30_000) for i in range(4)]
    sizes = [90, *[30] * 29, 80, 70, 60, 50]
    places = np.vstack([rng.normal(at, 30, (n, 2)) for at, n in zip([*town, *moor], sizes, strict=True)])
    points = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "weight": 10.0})
    found = cluster_points(points, eps=100, min_events=20, seed=1)
    shapes = [
        box(5_000 * (i % 8), 5_000 * (i // 8), 5_000 * (i % 8) + 5_000, 5_000 * (i // 8) + 5_000) for i in range(64)
    ]
    codes = pd.Index([f"W{i:02d}" for i in range(64)], name="area_code")
    areas = gpd.GeoDataFrame({"name": list(codes)}, geometry=shapes, index=codes, crs="EPSG:27700")
    ax = plot_clusters(areas, found, ax=new_axes(), labels=16)
    assert len(ax.child_axes) == 1
    letters = {label.get_gid().split()[1]: label.get_text() for label in labels_of(ax)}
    order = [str(code) for code in found.polygons.index]
    assert letters
    assert letters == {code: "ABCDEFGHIJKLMNOP"[order.index(code)] for code in letters}


def test_a_cluster_far_above_the_others_has_a_class_of_its_own(areas):
    """Twenty-five heaps of 20 to 44 events and one of 400: equal numbers would put 0.9% and 33% under one colour."""
    rng = np.random.default_rng(4)
    sizes = [*range(20, 45), 400]
    places = np.vstack(
        [rng.normal((500 + 1_000 * (i % 6), 500 + 1_000 * (i // 6)), 20, (n, 2)) for i, n in enumerate(sizes)]
    )
    points = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "weight": 1.0})
    found = cluster_points(points, eps=100, min_events=15, seed=1)
    ax = plot_clusters(areas, found, ax=new_axes())
    assert ax.get_legend().get_texts()[0].get_text().endswith("%, far above  (1)")
    told = " ".join(" ".join(text.get_text().split()) for text in ax.findobj(Text))
    assert "The darkest class is for clusters far above the others" in told
