"""Squares that hold half of an area's harm."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm._about import About
from socharm.errors import AlignmentError, CRSError, ParameterError
from socharm.severity.points import HarmPoints
from socharm.severity.weighing import WeighingSettings

CRS = "EPSG:27700"
WEST, EAST = shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)


def areas_of(*shapes: shapely.Polygon, codes: str = "ABCDEF") -> gpd.GeoDataFrame:
    index = pd.Index(list(codes[: len(shapes)]), name="area_code")
    return gpd.GeoDataFrame({"name": index}, geometry=list(shapes), index=index, crs=CRS)


def points_of(rows: list[tuple[float, float, float, int]]) -> HarmPoints:
    table = pd.DataFrame(rows, columns=["x", "y", "weight", "n"])
    return HarmPoints(
        table=table.assign(weight_squared=table["weight"] ** 2),
        by_offence=pd.DataFrame(),
        crs=CRS,
        unweighted=pd.Series(dtype="int64"),
        settings=WeighingSettings(),
        about=About(unit="weight units"),
    )


def test_the_squares_of_a_worked_example():
    """Harm 50, 30, 15, 5 in four squares: the first holds half; of 40, 30, 20, 10 the first two do."""
    rows = [(10, 10, 50.0, 5), (300, 10, 30.0, 5), (510, 10, 15.0, 9), (10, 900, 5.0, 5)]
    rows += [(1010, 10, 40.0, 5), (1300, 10, 30.0, 5), (1510, 10, 20.0, 9), (1010, 900, 10.0, 5)]
    found = sh.find_micro_places(points_of(rows), areas_of(WEST, EAST))
    assert found.table[["area_code", "place", "easting", "northing", "events"]].to_numpy().tolist() == [
        ["A", 1, 125.0, 125.0, 5],
        ["B", 1, 1125.0, 125.0, 5],
        ["B", 2, 1375.0, 125.0, 5],
    ]
    assert found.table["cumulative_share"].tolist() == pytest.approx([0.5, 0.4, 0.7])
    assert found.by_area["squares"].tolist() == [4, 4]
    assert found.by_area["share_listed"].tolist() == pytest.approx([0.5, 0.7])


def test_squares_with_few_events_are_not_listed():
    found = sh.find_micro_places(points_of([(10, 10, 900.0, 1), (300, 10, 100.0, 7)]), areas_of(WEST))
    assert found.table["events"].tolist() == [7]
    assert found.by_area.loc["A", ["squares", "listed", "share_listed"]].tolist() == [2, 1, pytest.approx(0.1)]


def test_an_area_without_harm_has_no_squares_and_no_share():
    found = sh.find_micro_places(points_of([(10, 10, 3.0, 6)]), areas_of(WEST, EAST))
    assert found.by_area["listed"].tolist() == [1, 0]
    assert np.isnan(found.by_area.loc["B", "share_listed"])
    assert np.isnan(found.by_area.loc["B", "harm"])


def test_a_point_on_a_border_counts_once_and_for_the_first_code():
    rows = [(1000.0, 10.0, 6.0, 6)]
    for frame in (areas_of(WEST, EAST), areas_of(EAST, WEST, codes="BA")):
        found = sh.find_micro_places(points_of(rows), frame)
        assert found.table["area_code"].tolist() == ["A"]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 999), st.integers(0, 999), st.integers(1, 900), st.integers(5, 40)),
        min_size=1,
        max_size=30,
    ),
    share=st.floats(0.1, 0.9),
)
def test_no_fewer_squares_hold_the_share(rows, share):
    found = sh.find_micro_places(points_of([(x, y, float(w), n) for x, y, w, n in rows]), areas_of(WEST), share=share)
    held = found.table["share"].to_numpy()
    assert held.sum() >= share * (1 - 1e-9)
    assert held[:-1].sum() < share
    assert (np.diff(held) <= 1e-12).all()


def test_the_order_of_points_and_areas_does_not_matter():
    rng = np.random.default_rng(3)
    rows = [(x, y, w, 6) for x, y, w in zip(*rng.integers(0, 2000, (2, 200)), rng.integers(1, 5, 200), strict=True)]
    one = sh.find_micro_places(points_of(rows), areas_of(WEST, EAST))
    other = sh.find_micro_places(points_of(rows[::-1]), areas_of(EAST, WEST, codes="BA"))
    pd.testing.assert_frame_equal(one.table, other.table)


def test_errors_say_what_to_do():
    points = points_of([(10, 10, 1.0, 6)])
    with pytest.raises(AlignmentError, match="None of the points"):
        sh.find_micro_places(points_of([(9e5, 10, 1.0, 6)]), areas_of(WEST))
    with pytest.raises(CRSError, match="one CRS"):
        sh.find_micro_places(replace(points, crs="EPSG:2157"), areas_of(WEST))
    with pytest.raises(ParameterError, match="cell_size"):
        sh.find_micro_places(points, areas_of(WEST), cell_size=0)
    with pytest.raises(ParameterError, match="share"):
        sh.find_micro_places(points, areas_of(WEST), share=1.5)
