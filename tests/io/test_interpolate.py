"""Values carried by shared ground, and ranks in words."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from socharm.errors import CRSError, DataWarning, ParameterError, SchemaError
from socharm.io.interpolate import interpolate
from socharm.overlay.phrases import rank_phrase


def grid(edges, crs="EPSG:27700", **columns):
    shapes = [box(a, 0, b, 10) for a, b in itertools.pairwise(edges)]
    index = pd.Index([f"G{i}" for i in range(len(shapes))], name="area_code")
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs=crs)


def test_two_packages_agree_on_the_columbus_grid(references):
    # tobler 0.14.0 and R sf 1.0.9 st_interpolate_aw (tests/reference/areal_interpolation).
    folder = references / "areal_interpolation"
    source = gpd.read_file(folder / "source.geojson").set_index("POLYID").set_crs("EPSG:27700", allow_override=True)
    target = gpd.read_file(folder / "target.geojson").set_index("gid").set_crs("EPSG:27700", allow_override=True)
    source.index, target.index = source.index.astype(int).astype(str), target.index.astype(int).astype(str)
    found = interpolate(source, target, extensive=["POP"], intensive=["CRIME"])
    expected = pd.read_csv(folder / "expected.csv").set_index("gid")
    expected.index = expected.index.astype(str)
    np.testing.assert_allclose(found["POP"], expected["POP_extensive"], rtol=1e-6)
    np.testing.assert_allclose(found["CRIME"], expected["CRIME_intensive"], rtol=1e-6)
    assert (expected.loc[found["POP"].isna(), "POP_tobler"] == 0).all()  # tobler says 0 where nothing overlaps
    assert found["POP"].sum() == pytest.approx(18_836, rel=1e-6)


@given(
    cuts=st.lists(st.integers(1, 99), min_size=1, max_size=6, unique=True),
    totals=st.lists(st.integers(0, 10_000), min_size=4, max_size=4),
)
@settings(max_examples=25, deadline=None)
def test_totals_are_conserved_and_rates_stay_between_their_parts(cuts, totals):
    source = grid([0, 10, 40, 70, 100], people=[float(n) for n in totals], rate=[1.0, 2.0, 3.0, 4.0])
    found = interpolate(source, grid([0, *sorted(cuts), 100]), extensive=["people"], intensive=["rate"])
    assert found["people"].sum() == pytest.approx(sum(totals))
    assert found["rate"].between(1 - 1e-9, 4 + 1e-9).all()
    np.testing.assert_allclose(found["coverage"], 1)


def test_targets_outside_are_missing_and_sources_outside_are_counted():
    source = grid([0, 10, 20], people=[100.0, 50.0])
    with pytest.warns(DataWarning, match=r"1 of 2 source areas lies partly outside the targets \(50\.0% of their"):
        found = interpolate(source, grid([0, 15]), extensive=["people"])
    assert found["people"].tolist() == [125.0]
    far = interpolate(source, grid([0, 20, 40]), extensive=["people"])
    assert far["people"].tolist()[0] == 150
    assert np.isnan(far["people"].iloc[1])
    assert far["coverage"].tolist() == [1, 0]


def test_a_missing_part_makes_the_target_missing():
    source = grid([0, 10, 20], people=[100.0, np.nan])
    found = interpolate(source, grid([0, 10, 20]), extensive=["people"])
    assert found["people"].isna().tolist() == [False, True]


def test_wrong_input_is_named():
    source = grid([0, 10], people=[1.0])
    with pytest.raises(CRSError, match="Web Mercator, which is for drawing"):
        interpolate(source, grid([0, 10], crs="EPSG:3857"), extensive=["people"])
    with pytest.raises(CRSError, match="need one in metres"):
        interpolate(grid([0, 10], crs="EPSG:4326", people=[1.0]), grid([0, 10]), extensive=["people"])
    with pytest.raises(SchemaError, match="lacks the columns"):
        interpolate(source, grid([0, 10]), extensive=["men"])
    with pytest.raises(ParameterError, match="name each column once"):
        interpolate(source, grid([0, 10]))
    with pytest.raises(ParameterError, match="name each column once"):
        interpolate(source, grid([0, 10]), extensive=["people"], intensive=["people"])


def test_ranks_in_words():
    ranks = pd.Series({f"D{i}": i for i in range(1, 318)})
    region = pd.Series({code: "North East" if code in ("D4", "D13", "D40") else "elsewhere" for code in ranks.index})
    phrase = rank_phrase(ranks, "D13", where="England", within=[("the region", region)])
    assert phrase == "13th most deprived of 317 in England, second in the region"
    first = rank_phrase(ranks, "D4", where="England", within=[("the region", region)])
    assert first == "4th most deprived of 317 in England, the most deprived in the region"
    tied = pd.Series({"A": 1, "B": 1, "C": 3, "D": None})
    assert rank_phrase(tied, "B", where="town", of="harm") == "joint 1st harm of 3 in town"
    with pytest.raises(ParameterError, match="'D' has no rank"):
        rank_phrase(tied, "D", where="town")
    with pytest.raises(ParameterError, match="belongs to no group"):
        rank_phrase(tied, "A", where="town", within=[("the region", pd.Series({"B": "x"}))])
