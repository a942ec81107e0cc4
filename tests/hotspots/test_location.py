"""Events near a border, and what moving them does to ranks."""

from __future__ import annotations

import factories
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from socharm._about import About
from socharm.errors import AlignmentError, CRSError, ParameterError, SchemaError
from socharm.hotspots.points.location import location_shares
from socharm.ranking.uncertainty import rank_uncertainty
from socharm.severity.points import HarmPoints
from socharm.severity.weighing import WeighingSettings


def two_areas() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 1_000, 1_000), box(1_000, 0, 2_000, 1_000)]
    index = pd.Index(["A", "B"], name="area_code")
    return gpd.GeoDataFrame(
        {"name": index, "parent": "T", "force": "F"}, geometry=shapes, index=index, crs="EPSG:27700"
    )


def points(x, y, n) -> HarmPoints:
    table = pd.DataFrame({"x": x, "y": y, "weight": 10.0, "weight_squared": 100.0, "n": n}).astype({"n": "int64"})
    return HarmPoints(
        table=table, by_offence=pd.DataFrame(), crs="EPSG:27700", unweighted=pd.Series(dtype="int64"),
        settings=WeighingSettings(), about=About(),
    )  # fmt: skip


def shares(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {(row.area_code, row.other): row.share for row in table.itertuples()}


def test_a_point_on_the_border_belongs_half_to_each_side_and_one_inside_stays():
    found = shares(location_shares(points([999.999, 500.0], [500.0, 500.0], [1, 3]), two_areas(), radius_m=100))
    assert found["A", "B"] == pytest.approx(0.5 / 4, abs=1e-5)
    assert found["A", "A"] == pytest.approx(1 - 0.5 / 4, abs=1e-5)
    assert found["B", "B"] == 1


def test_what_lies_in_no_area_stays():
    found = shares(location_shares(points([0.001], [500.0], [7]), two_areas(), radius_m=100))
    assert found == {("A", "A"): 1.0, ("B", "B"): 1.0}


@given(seed=st.integers(0, 20), radius=st.floats(1, 400))
@settings(max_examples=20, deadline=None)
def test_shares_add_up_to_one(seed, radius):
    rng = np.random.default_rng(seed)
    table = location_shares(
        points(rng.uniform(0, 2_000, 40), rng.uniform(0, 1_000, 40), rng.integers(1, 9, 40)),
        two_areas(),
        radius_m=radius,
    )
    assert table.groupby("area_code")["share"].sum().to_numpy() == pytest.approx([1, 1])
    assert table["share"].between(0, 1).all()


def test_bad_places_are_refused():
    with pytest.raises(ParameterError, match="`radius_m` is 0"):
        location_shares(points([1.0], [1.0], [1]), two_areas(), radius_m=0)
    with pytest.raises(AlignmentError, match="None of the points"):
        location_shares(points([9_999.0], [1.0], [1]), two_areas(), radius_m=5)
    with pytest.raises(CRSError, match="bring the areas to the CRS of the points"):
        location_shares(points([1.0], [1.0], [1]), two_areas().to_crs(32630), radius_m=5)
    with pytest.raises(ParameterError, match="`points` is a DataFrame"):
        location_shares(points([1.0], [1.0], [1]).table, two_areas(), radius_m=5)


def test_moved_events_are_a_factor_of_their_own_and_keep_their_number():
    counts, people, weights = factories.random_counts(areas=20, months=12)
    codes = counts.areas.index
    # Each pair of areas shares a third of its events; the last two share none.
    rows = [(code, code, 1.0) for code in codes[18:]]
    for first, second in zip(codes[:18:2], codes[1:18:2], strict=True):
        rows += [(first, first, 0.67), (first, second, 0.33), (second, second, 0.67), (second, first, 0.33)]
    location = pd.DataFrame(rows, columns=["area_code", "other", "share"])
    found = rank_uncertainty(counts, weights, people, location=location, base=128, seed=1)
    assert found.summary.index.tolist() == ["counts", "location"]
    by_area = found.shares.query("factor == 'location'").set_index("area_code")["total"]
    assert by_area[codes[:18]].mean() > by_area[codes[18:]].mean()
    still = pd.DataFrame({"area_code": codes, "other": codes, "share": 1.0})
    same = rank_uncertainty(counts, weights, people, location=still, base=128, seed=1)
    assert same.summary.loc["location", "total"] == 0


def test_shares_that_do_not_add_up_are_refused():
    counts, people, weights = factories.random_counts(areas=5, months=6)
    half = pd.DataFrame({"area_code": ["W000"], "other": ["W001"], "share": [0.5]})
    with pytest.raises(SchemaError, match="add up to 1"):
        rank_uncertainty(counts, weights, people, location=half, seed=1)
    with pytest.raises(AlignmentError, match="none of the areas"):
        rank_uncertainty(counts, weights, people, location=half.assign(area_code="X", share=1.0), seed=1)
    with pytest.raises(SchemaError, match="`location` lacks"):
        rank_uncertainty(counts, weights, people, location=half.drop(columns="share"), seed=1)
