"""Street segments as areas: a point belongs to the nearest one within a stated distance, by brute force too."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiLineString, Point, box

import socharm as sh
from socharm.errors import AlignmentError, CRSError, DataWarning, ParameterError, RefusedError, SchemaError
from socharm.io import segments
from socharm.io.areas import areas_fingerprint
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.units.catchments import STEP_M
from socharm.io.units.nearest import NEAREST_RULE

GRID = "EPSG:27700"
WEST, SOUTH = 424_000, 564_000


def streets(*lines: shapely.Geometry, crs: str = GRID) -> gpd.GeoDataFrame:
    names = [f"Street {n}" for n in range(len(lines))]
    return gpd.GeoDataFrame(
        {"id": [f"R{n:02d}" for n in range(len(lines))], "street": names}, geometry=list(lines), crs=crs
    )


def along(*points: tuple[float, float]) -> LineString:
    return LineString([(WEST + x, SOUTH + y) for x, y in points])


def endless() -> LineString:
    with np.errstate(invalid="ignore"):
        return LineString([(WEST, SOUTH), (float("nan"), SOUTH)])


CROSS = streets(
    along((0, 0), (300, 0)), along((300, 0), (300, 300)), along((300, 0), (600, 20)), along((0, 250), (250, 250))
)


def test_segments_are_areas_with_length_and_name():
    made = segments(CROSS, code="id", name="street", reach_m=40.0)
    assert list(made.index) == ["R00", "R01", "R02", "R03"]
    assert made["name"].tolist() == ["Street 0", "Street 1", "Street 2", "Street 3"]
    assert made["length_m"].to_numpy() == pytest.approx([300, 300, np.hypot(300, 20), 250])
    assert made["parent"].isna().all()
    assert made.geometry.is_valid.all()


def test_a_corner_is_divided_between_its_streets():
    made = segments(CROSS, code="id", reach_m=40.0)
    points = shapely.points(
        WEST + np.array([290, 302, 310, 150, 150, 150]), SOUTH + np.array([-5, 30, -3, 39, 41, 211])
    )
    at, shared = first_areas(points, made)
    assert [made.index[one] if one >= 0 else "" for one in at] == ["R00", "R01", "R02", "R00", "", "R03"]
    assert not shared.any()


def test_equally_near_segments_give_the_lowest_code():
    pair = segments(streets(along((0, 0), (100, 0)), along((0, 40), (100, 40))), code="id")
    at, shared = first_areas(shapely.points([WEST + 50.0], [SOUTH + 20.0]), pair)
    assert (at.tolist(), shared.tolist()) == ([0], [True])
    other = first_areas(shapely.points([WEST + 50.0], [SOUTH + 20.0]), pair.iloc[::-1])[0]
    assert other.tolist() == [1]


coordinates = st.integers(0, 400)
ends_of = st.tuples(coordinates, coordinates, coordinates, coordinates).filter(lambda p: p[:2] != p[2:])
drawn = st.lists(ends_of, min_size=1, max_size=8, unique_by=lambda p: frozenset({p[:2], p[2:]}))


@settings(max_examples=15, deadline=None)
@given(ends=drawn, within=st.integers(5, 120), seed=st.integers(0, 99))
def test_the_nearest_segment_is_the_nearest_by_brute_force(ends, within, seed):
    lines = [along((a, b), (c, d)) for a, b, c, d in ends]
    made = segments(streets(*lines), code="id", reach_m=float(within))
    rng = np.random.default_rng(seed)
    points = shapely.points(WEST + rng.uniform(-150, 550, 80), SOUTH + rng.uniform(-150, 550, 80))
    at, _ = first_areas(points, made)
    far = shapely.distance(points[:, None], np.array(lines, dtype=object)[None, :])
    expected = np.where(far.min(axis=1) <= within, np.argmax(far <= far.min(axis=1)[:, None] + 1e-6, axis=1), OUTSIDE)
    assert at.tolist() == expected.tolist()
    # What a map shows is that ground to half a step, and nowhere twice.
    assert made.geometry.area.sum() == pytest.approx(made.geometry.union_all().area, rel=1e-6, abs=5)
    point, shown = shapely.STRtree(made.geometry.to_numpy()).query(points, predicate="within")
    assert (far[point, shown] <= far[point].min(axis=1) + STEP_M / 2 + 1e-3).all()


def test_a_file_of_every_kind_gives_the_same(tmp_path):
    expected = segments(CROSS, code="id", name="street")
    for ending in ("gpkg", "geojson", "shp", "fgb"):
        CROSS.to_file(tmp_path / f"streets.{ending}")
        made = segments(tmp_path / f"streets.{ending}", code="id", name="street")
        assert areas_fingerprint(made) == areas_fingerprint(expected), ending
    CROSS.to_parquet(tmp_path / "streets.parquet")
    made = segments(tmp_path / "streets.parquet", code="id", name="street", source="OS Open Roads")
    assert areas_fingerprint(made) == areas_fingerprint(expected)
    assert made.about.sources == ("OS Open Roads",)


def test_longitude_and_latitude_are_brought_to_metres(tmp_path):
    CROSS.to_crs("EPSG:4326").to_file(tmp_path / "streets.gpkg")
    made = segments(tmp_path / "streets.gpkg", code="id")
    assert made["length_m"].to_numpy() == pytest.approx([300, 300, np.hypot(300, 20), 250], rel=1e-3)
    assert made.notes.crs_read == "EPSG:4326"


def test_a_line_of_several_parts_is_one_segment():
    parts = MultiLineString([along((0, 0), (100, 0)), along((200, 0), (260, 0))])
    made = segments(streets(parts, along((0, 90), (260, 90))), code="id", reach_m=30.0)
    assert made.loc["R00", "length_m"] == pytest.approx(160)
    at, _ = first_areas(shapely.points(WEST + np.array([50, 150, 230]), np.full(3, SOUTH + 10)), made)
    assert at.tolist() == [0, OUTSIDE, 0]


def test_segments_belong_to_the_area_of_their_middle():
    areas = gpd.GeoDataFrame(
        {"parent": ["North", "South"], "force": "Testshire"},
        geometry=[box(WEST - 50, SOUTH + y, WEST + x, SOUTH + y + h) for x, y, h in ((700, 100, 300), (400, -50, 150))],
        index=pd.Index(["A", "B"], name="area_code"), crs=GRID,
    )  # fmt: skip
    with pytest.warns(DataWarning, match="1 of 4 segments has its middle outside the areas and is left out"):
        made = segments(CROSS, code="id", areas=areas)
    assert made["parent"].to_dict() == {"R00": "South", "R01": "North", "R03": "North"}
    assert made["force"].eq("Testshire").all()


def test_a_street_file_of_another_place_is_refused():
    areas = gpd.GeoDataFrame(
        geometry=[box(500_000, 180_000, 501_000, 181_000)], index=pd.Index(["L"], name="area_code"), crs=GRID
    )
    with pytest.raises(AlignmentError, match=r"None of the 4 segments lies in `areas`.*same place"):
        segments(CROSS, code="id", areas=areas)


def test_counts_on_segments_set_the_far_aside_and_lose_nothing():
    sample = sh.load_sample()
    located = sh.locate_incidents(sample.incidents, sample.wards)
    points = sh.harm_points(located, dict.fromkeys(located.cells.texts.offences.names, 1.0), areas=sample.wards)
    xy = points.table[["x", "y"]].to_numpy()[::400]
    lines = [LineString([(x - 80, y), (x + 80, y + 10)]) for x, y in xy]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = segments(gpd.GeoDataFrame(geometry=lines, crs=points.crs), reach_m=100.0, areas=sample.wards)
        counts = sh.count_incidents(located, made, accept="outside all areas")
        wards = sh.count_incidents(located, sample.wards)
    assert int(counts.accounting["rows"].sum()) == int(wards.accounting["rows"].sum())
    assert int(counts.table["n"].sum()) == counts.accounting.loc["used", "rows"] > 0
    assert counts.accounting.loc["outside all areas", "rows"] > wards.accounting.loc["outside all areas", "rows"]
    assert counts.findings.boundary_rule == NEAREST_RULE


def test_the_distance_and_the_lines_are_part_of_what_areas_are():
    one, two = (segments(CROSS, code="id", reach_m=within) for within in (30.0, 31.0))
    assert areas_fingerprint(one) != areas_fingerprint(two.set_geometry(one.geometry))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([along((0, 0), (9, 0)), LineString()], "row 2: 'R01' is an empty line"),
        ([along((0, 0), (9, 0)), None], "row 2: 'R01' is an empty line"),
        ([along((0, 0), (9, 0)), along((5, 5), (5, 5))], "row 2: 'R01' is a line of no length"),
        ([along((0, 0), (9, 0)), Point(WEST, SOUTH)], "row 2: 'R01' is a Point, not a line"),
        ([along((0, 0), (9, 0)), GeometryCollection([Point(WEST, SOUTH)])], "is a GeometryCollection, not a line"),
        ([along((0, 0), (9, 0)), endless()], "not a finite number"),
    ],
)
def test_lines_that_are_none_are_told_by_row(lines, words):
    with pytest.raises(SchemaError, match=words):
        segments(streets(*lines), code="id")


def test_wrong_input_is_told():
    with pytest.raises(SchemaError, match="'R00'"):
        segments(CROSS.assign(id="R00"), code="id")
    with pytest.raises(SchemaError, match="Did you mean 'street' for 'streets'"):
        segments(CROSS, code="id", name="streets")
    with pytest.raises(CRSError, match="no coordinate system"):
        segments(CROSS.set_crs(None, allow_override=True))
    with pytest.raises(CRSError, match="longitude and latitude"):
        segments(streets(LineString([(-1.6, 54.9), (-1.61, 54.91)])))
    with pytest.raises(SchemaError, match="holds no lines"):
        segments(CROSS.iloc[:0])
    with pytest.raises(ParameterError, match="`reach_m` is 0"):
        segments(CROSS, reach_m=0.0)


def test_addresses_and_other_files_are_refused(tmp_path):
    with pytest.raises(RefusedError):
        segments("https://example.org/roads.gpkg")
    (tmp_path / "roads.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ParameterError, match="a table without shapes"):
        segments(tmp_path / "roads.csv")


def test_codes_are_numbers_of_rows_where_none_are_named():
    made = segments(streets(*[along((0, 10 * n), (50, 10 * n)) for n in range(12)]))
    assert list(made.index[:2]) == ["S01", "S02"]
    assert segments(CROSS).index[0] == "S1"
