"""Cells of a grid cover areas without overlap, lie where the national grid has them, and count what lies in them."""

from __future__ import annotations

import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

import socharm as sh
from socharm.errors import CRSError, MissingExtraError, ParameterError, RefusedError
from socharm.io import grid
from socharm.io.areas import areas_fingerprint
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.units.grid_codes import grid_references
from socharm.io.units.h3_cells import mean_size

GRID = "EPSG:27700"


@pytest.fixture(scope="module")
def sample():
    return sh.load_sample()


def town(*boxes: tuple[float, float, float, float], crs: str = GRID) -> gpd.GeoDataFrame:
    boxes = boxes or ((424_200, 564_300, 427_700, 566_900),)
    frame = pd.DataFrame(
        {"name": [f"Ward {n}" for n in range(len(boxes))], "parent": "Tyne", "force": "Northumbria"},
        index=pd.Index([f"W{n}" for n in range(len(boxes))], name="area_code"),
    )
    return gpd.GeoDataFrame(frame, geometry=[box(*one) for one in boxes], crs=crs)


def test_references_are_those_of_the_ordnance_survey():
    # OS, A guide to coordinate systems in Great Britain (2015), annexe: TG 51409 13177; Ben Nevis NN 166 712; the
    # Scilly Isles begin in SV, Shetland lies in HP.
    x, y = (
        np.array([651_409.0, 216_650.0, 90_000.0, 460_000.0]),
        np.array([313_177.0, 771_250.0, 10_000.0, 1_215_000.0]),
    )
    assert grid_references(x, y, step=1, british=True)[0] == "TG5140913177"
    assert grid_references(x, y, step=100, british=True)[1:] == ["NN166712", "SV900100", "HP600150"]


def test_squares_are_those_of_the_national_grid():
    cells = grid(town(), 1_000)
    assert cells.index.is_monotonic_increasing
    assert len(cells) == 12
    assert cells.loc["NZ2464"].geometry.bounds == (424_000, 564_000, 425_000, 565_000)
    assert cells.loc["NZ2565", ["name", "parent", "force", "share_inside"]].tolist() == [
        "NZ2565 (Ward 0)", "Tyne", "Northumbria", 1.0,
    ]  # fmt: skip
    assert cells["share_inside"].mul(cells["area_km2"]).sum() == pytest.approx(3.5 * 2.6)


def test_codes_state_the_size_where_the_reference_does_not():
    assert grid(town(), 500).index[0] == "NZ240640-500"
    assert grid(town(), 500, "hex").index.str.endswith("-H500").all()
    elsewhere = town((3_800_200, 3_100_300, 3_803_700, 3_102_900), crs="EPSG:3035")
    assert grid(elsewhere, 1_000).index[0] == "N3100E3800-1000"
    assert grid(town(), 100, origin=(50.0, 0.0)).index[0].endswith("-100")


def test_the_ground_decides_whose_a_cell_is():
    halves = town((0, 0, 1_300, 2_000), (1_300, 0, 3_000, 2_000))
    halves["parent"] = ["West", "East"]
    cells = grid(halves, 1_000)
    assert cells["parent"].tolist() == ["West", "West", "East", "East", "East", "East"]


def test_a_tie_goes_to_the_lowest_code():
    halves = town((0, 0, 1_500, 1_000), (1_500, 0, 3_000, 1_000))
    assert grid(halves, 1_000).loc["SV0100", "name"] == "SV0100 (Ward 0)"


sizes = st.integers(200, 1_500)
kinds = st.sampled_from(["square", "hex"])
shapes = st.lists(
    st.tuples(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(1_600, 2_500), st.integers(1_600, 2_500)),
    min_size=1, max_size=3,
)  # fmt: skip


def scattered(parts: list[tuple[int, int, int, int]]) -> gpd.GeoDataFrame:
    """Areas that may lie apart from each other: islands too."""
    made = [box(400_000 + 6_000 * n + x, 300_000 + y, 400_000 + 6_000 * n + x + w, 300_000 + y + h)
            for n, (x, y, w, h) in enumerate(parts)]  # fmt: skip
    return town(*[one.bounds for one in made])


@settings(max_examples=40, deadline=None)
@given(parts=shapes, size=sizes, kind=kinds, seed=st.integers(0, 99))
def test_cells_cover_the_areas_without_overlap_and_counts_are_conserved(parts, size, kind, seed):
    areas = scattered(parts)
    cells = grid(areas, size, kind)
    whole = areas.geometry.union_all()
    assert whole.difference(shapely.buffer(cells.geometry.union_all(), 1e-6)).area == pytest.approx(0, abs=1e-3)
    assert cells.geometry.union_all().area == pytest.approx(cells.geometry.area.sum(), rel=1e-9)
    assert (cells["share_inside"] * cells.geometry.area).sum() == pytest.approx(whole.area, rel=1e-9)
    assert cells.geometry.area.to_numpy() == pytest.approx(cells["area_km2"].to_numpy() * 1e6, rel=1e-9)
    west, south, east, north = areas.total_bounds
    rng = np.random.default_rng(seed)
    points = shapely.points(rng.uniform(west, east, 200), rng.uniform(south, north, 200))
    at, _ = first_areas(points, cells)
    inside, _ = first_areas(points, areas)
    assert (at[inside != OUTSIDE] != OUTSIDE).all()
    clipped, _ = first_areas(points, grid(areas, size, kind, clip=True))
    assert ((clipped != OUTSIDE) == (inside != OUTSIDE)).all()


@settings(max_examples=25, deadline=None)
@given(parts=shapes, size=sizes, across=st.integers(-5, 5), up=st.integers(-5, 5))
def test_a_shift_by_multiples_of_the_size_changes_nothing_but_codes(parts, size, across, up):
    areas = scattered(parts)
    moved = areas.set_geometry(areas.geometry.translate(across * size, up * size))
    here, there = grid(areas, size), grid(moved, size)
    back = there.geometry.translate(-across * size, -up * size)
    assert sorted(shapely.to_wkt(here.geometry)) == sorted(shapely.to_wkt(back))
    shifted = grid(areas, size, origin=(float(across * size), float(up * size)))
    assert sorted(shapely.to_wkt(here.geometry)) == sorted(shapely.to_wkt(shifted.geometry))


@settings(max_examples=25, deadline=None)
@given(size=sizes, orientation=st.sampled_from(["flat", "pointy"]))
def test_hexagons_are_regular_of_one_size_and_share_their_corners(size, orientation):
    cells = grid(town(), size, "hex", orientation=orientation)
    assert np.ptp(cells.geometry.area) / cells.geometry.area.mean() < 1e-9
    assert cells.geometry.area.mean() == pytest.approx(3**0.5 / 2 * size**2)
    corners = shapely.get_coordinates(cells.geometry.iloc[0])[:-1]
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    assert sides == pytest.approx(np.full(6, size / 3**0.5))
    level = np.isclose(corners[:, 1], np.roll(corners[:, 1], -1))
    assert level.sum() == (2 if orientation == "flat" else 0)
    every = shapely.get_coordinates(cells.geometry.to_numpy())
    assert len(np.unique(every, axis=0)) == len(np.unique(np.round(every, 3), axis=0))


def test_inner_hexagons_have_six_neighbours_and_squares_eight():
    big = town((400_000, 300_000, 406_000, 306_000))
    assert sh.neighbours(grid(big, 1_000, "hex")).cardinalities.max() == 6
    assert sh.neighbours(grid(big, 1_000)).cardinalities.max() == 8
    assert sh.neighbours(grid(big, 1_000, "hex", orientation="pointy")).cardinalities.value_counts()[6] >= 16


def test_clipped_cells_are_the_areas_and_no_more():
    areas = town((424_200, 564_300, 427_700, 566_900), (430_000, 564_300, 431_700, 565_900))
    cells = grid(areas, 1_000, clip=True)
    assert cells.geometry.union_all().symmetric_difference(areas.geometry.union_all()).area == pytest.approx(
        0, abs=1e-6
    )
    assert (cells["area_km2"] * 1e6).to_numpy() == pytest.approx(cells.geometry.area.to_numpy())
    assert cells.geom_type.isin(["Polygon", "MultiPolygon"]).all()


def test_one_cell_is_a_grid():
    cells = grid(town((424_000, 564_000, 425_000, 564_800)), 1_000)
    assert list(cells.index) == ["NZ2464"]


class TestH3:
    @pytest.fixture(autouse=True)
    def _library(self):
        self.h3 = pytest.importorskip("h3")

    def test_cells_are_those_of_the_library(self):
        areas = town()
        cells = grid(areas, kind="h3", resolution=8)
        back = pyproj.Transformer.from_crs(GRID, "EPSG:4326", always_xy=True)
        rng = np.random.default_rng(3)
        x, y = rng.uniform(424_200, 427_700, 300), rng.uniform(564_300, 566_900, 300)
        longitude, latitude = back.transform(x, y)
        asked = [self.h3.latlng_to_cell(lat, lng, 8) for lat, lng in zip(latitude, longitude, strict=True)]
        at, _ = first_areas(shapely.points(x, y), cells)
        found = cells.index.to_numpy()[at]
        assert (at != OUTSIDE).all()
        assert np.mean(found == asked) > 0.99  # but for points within metres of a border

    def test_sizes_are_those_on_the_ground(self):
        cells = grid(town(), kind="h3", resolution=9)
        sphere = np.array([self.h3.cell_area(code, unit="km^2") for code in cells.index])
        # H3 measures on a sphere, which is off by up to half a per cent at British latitudes.
        assert cells["area_km2"].to_numpy() == pytest.approx(sphere, rel=0.006)
        # The national grid shrinks or stretches by 0.04 per cent.
        assert cells["area_km2"].to_numpy() * 1e6 == pytest.approx(cells.geometry.area.to_numpy(), rel=2e-3)
        assert cells["area_km2"].nunique() > 1

    def test_they_cover_the_areas_and_touch(self):
        areas = town()
        cells = grid(areas, kind="h3", resolution=8)
        assert (cells["share_inside"] * cells.geometry.area).sum() == pytest.approx(areas.geometry.area.sum(), rel=1e-6)
        assert sh.neighbours(cells).cardinalities.max() == 6
        assert cells.notes is not None
        assert cells.notes.crs_read == "EPSG:4326"

    def test_a_size_names_the_nearest_resolution(self):
        with pytest.raises(ParameterError, match=r"State `resolution` alone. resolution=8 is nearest"):
            grid(town(), 900, "h3")
        with pytest.raises(ParameterError, match="H3 has its own on the globe"):
            grid(town(), kind="h3", resolution=8, origin=(1.0, 1.0))
        with pytest.raises(ParameterError, match="metres of a map are below 100,000,000"):
            grid(town(), 500, origin=(1e18, 0.0))

    def test_mean_sizes_are_those_of_its_table(self):
        # h3geo.org, Tables of cell statistics: average hexagon area of resolutions 7, 8, 9 in km2.
        assert [round(mean_size(r) ** 2 / 1e6, 3) for r in (7, 8, 9)] == pytest.approx([5.161, 0.737, 0.105], rel=0.03)


def test_h3_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "h3", None)
    with pytest.raises(MissingExtraError, match=r"pip install -c constraints.txt \"\.\[h3\]\""):
        grid(town(), kind="h3", resolution=8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"size": 0.0}, "`size` is 0.*it must be a number"),
        ({"size": -500.0}, "`size` is -500"),
        ({"size": 100_000.0}, r"larger than the areas together \(3,500 by 2,600 m\)"),
        ({}, "`size` is missing"),
        ({"size": 500.0, "resolution": 8}, "`resolution` is of H3"),
        ({"size": 500.0, "orientation": "pointy"}, "`orientation` is of hexagons"),
        ({"kind": "triangle", "size": 500.0}, "`kind` is 'triangle'"),
    ],
)
def test_a_wrong_choice_is_told(call, words):
    with pytest.raises(ParameterError, match=words):
        grid(town(), **call)


def test_degrees_are_refused():
    with pytest.raises(CRSError, match=r"areas\.crs"):
        grid(town((-1.7, 54.9, -1.5, 55.1), crs="EPSG:4326"), 500)
    with pytest.raises(CRSError, match="look like longitude and latitude"):
        grid(town((-1.7, 54.9, -1.5, 55.1)), 500)


def test_more_cells_than_a_machine_holds_are_refused():
    with pytest.raises(RefusedError, match="cells over the areas"):
        grid(town((0, 0, 600_000, 900_000)), 100)


def test_counts_in_cells_and_what_is_set_aside_are_all(sample):
    located = sh.locate_incidents(sample.incidents, sample.wards)
    whole = int(sh.count_incidents(located, sample.wards).accounting["rows"].sum())
    for cells in (grid(sample.wards, 1_000), grid(sample.wards, 2_000, "hex", clip=True)):
        counts = sh.count_incidents(located, cells)
        assert int(counts.accounting["rows"].sum()) == whole
        assert int(counts.table["n"].sum()) == counts.accounting.loc["used", "rows"]
    wards = sh.count_incidents(located, sample.wards)
    assert int(counts.table["n"].sum()) == int(wards.table["n"].sum())


def test_police_uk_in_cells_below_250_metres_is_refused_unless_asked(sample):
    few = sample.wards.iloc[:3]
    with pytest.raises(RefusedError, match=r"about 750,000 map points.*allow_fine=True"):
        sh.locate_incidents(sample.incidents, grid(few, 200))
    pytest.importorskip("h3")
    with pytest.raises(RefusedError, match="Cells of 124 m"):
        sh.locate_incidents(sample.incidents, grid(few, kind="h3", resolution=10))
    fine = grid(few, 200, allow_fine=True)
    assert len(sh.locate_incidents(sample.incidents, fine).areas) == len(fine)
    assert len(sh.locate_incidents(sample.incidents, grid(few, 250)).areas) > 3


def test_the_rest_runs_on_cells_as_on_wards(sample):
    cells = grid(sample.wards, 2_000, "hex")
    assert cells.about.sources == sample.wards.about.sources
    assert cells.iloc[:5].settings == cells.settings
    weights = sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)
    index = sh.severity_index(sh.count_incidents(sample.incidents, cells), weights)
    assert index.population is None
    found = sh.local_gi_star(index, sh.neighbours(cells), column="rate", permutations=199, seed=1)
    assert len(found.table) == len(cells)
    assert areas_fingerprint(cells) != areas_fingerprint(grid(sample.wards, 2_000, "hex", origin=(500.0, 0.0)))
