"""Boundaries come in with one polygon per code, in metres, and with every repair written down."""

from __future__ import annotations

import copy
import http.server
import json
import pickle
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import MultiPolygon, Point, Polygon, box

import socharm
from socharm._about import About
from socharm.errors import CRSError, DataWarning, ParameterError, RefusedError, SchemaError
from socharm.io.areas import Areas, areas_about, require_areas
from socharm.io.boundaries import read_boundaries
from socharm.io.lookups import read_lookup

FORMATS = [".gpkg", ".geojson", ".shp", ".fgb", ".parquet"]


def squares(n=4, side=1_000, east=425_000, north=564_000, crs="EPSG:27700"):
    return gpd.GeoDataFrame(
        {
            "WD25CD": [f"E0500{k}" for k in range(n)],
            "WD25NM": [f"Ward {k}" for k in range(n)],
            "LAD25CD": ["E08000021" if k % 2 else "E08000022" for k in range(n)],
        },
        geometry=[box(east + k * side, north, east + (k + 1) * side, north + side) for k in range(n)],
        crs=crs,
    )


def save(frame, path):
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, engine="pyogrio")
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_areas(tmp_path, suffix):
    frame = squares().iloc[::-1] if suffix != ".geojson" else squares().iloc[::-1].to_crs("EPSG:4326")
    path = save(frame, tmp_path / f"wards{suffix}")
    areas = read_boundaries(path, code="WD25CD", name="WD25NM", parent="LAD25CD", year=2025)
    assert list(areas.index) == ["E05000", "E05001", "E05002", "E05003"]
    assert areas.index.name == "area_code"
    assert list(areas.columns) == ["name", "parent", "force", "geometry"]
    assert areas.loc["E05001", "name"] == "Ward 1"
    assert areas["force"].isna().all()
    assert areas.area.to_numpy() == pytest.approx(1e6, rel=1e-4)
    assert areas.crs.to_epsg() == 27700
    assert areas.about == About(boundary_year=2025, sources=(path.name,))
    assert areas.notes.rows_read == 4


def test_reprojection_is_recorded_with_its_accuracy(tmp_path):
    path = save(squares().to_crs("EPSG:4326"), tmp_path / "wards.gpkg")
    notes = read_boundaries(path, code="WD25CD").notes
    assert (notes.crs_read, notes.crs, notes.accuracy_m) == ("EPSG:4326", "EPSG:27700", 2.0)
    assert "OSGB36 to WGS 84 (6)" in notes.transformation


def test_metadata_survives_what_analysts_do(tmp_path):
    areas = read_boundaries(save(squares(), tmp_path / "wards.gpkg"), code="WD25CD", year=2025)
    for other in (
        areas.copy(),
        copy.deepcopy(areas),
        areas[areas["name"].isna()],
        areas.iloc[:2],
        areas.loc[["E05001"]],
        areas.sort_index(ascending=False),
        areas.to_crs("EPSG:3857"),
        areas.assign(extra=1),
        areas[["geometry"]],
        areas.join(pd.Series(1.0, index=areas.index, name="rate")),
        pickle.loads(pickle.dumps(areas)),
    ):
        assert isinstance(other, Areas)
        assert areas_about(other).boundary_year == 2025
        assert other.notes is areas.notes or other.notes == areas.notes
    assert not isinstance(areas["name"], gpd.GeoDataFrame)
    assert type(areas[["name", "parent"]]) is pd.DataFrame
    assert isinstance(areas.dissolve(), gpd.GeoDataFrame)


def test_a_plain_frame_is_as_good():
    plain = squares().set_index("WD25CD").rename_axis("area_code")
    require_areas(plain)
    assert areas_about(plain) == About()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda frame: pd.DataFrame(frame), "must be a GeoDataFrame"),
        (lambda frame: frame.iloc[:0], "no areas"),
        (lambda frame: frame.reset_index(), "as its index"),
        (lambda frame: pd.concat([frame, frame]), "more than once"),
        (lambda frame: frame.to_crs("EPSG:4326"), "not projected"),
        (lambda frame: frame.set_crs(None, allow_override=True), "missing"),
        (lambda frame: frame.set_geometry(frame.centroid), "must hold polygons"),
    ],
)
def test_what_is_no_table_of_areas_is_told(spoil, message):
    with pytest.raises((SchemaError, CRSError), match=message):
        require_areas(spoil(squares().set_index("WD25CD")))


def test_invalid_rings_are_repaired_and_named(tmp_path):
    frame = squares()
    frame.loc[1, "geometry"] = Polygon(
        [(426_000, 564_000), (427_000, 565_000), (427_000, 564_000), (426_000, 565_000), (426_000, 564_000)]
    )
    path = save(frame, tmp_path / "wards.gpkg")
    with pytest.warns(DataWarning, match=r"1 area had invalid rings and was repaired: \['E05001'\]"):
        areas = read_boundaries(path, code="WD25CD")
    assert areas.notes.repaired == ("E05001",)
    assert areas.is_valid.all()
    assert areas.area["E05001"] == pytest.approx(500_000)


def test_all_faults_of_a_file_are_told_at_once(tmp_path):
    frame = squares(7)
    frame.loc[1, "WD25CD"] = "E05000"
    frame.loc[2, "WD25CD"] = None
    frame.loc[3, "geometry"] = None
    frame.loc[4, "geometry"] = MultiPolygon()
    frame.loc[5, "geometry"] = Point(425_000, 564_000)
    frame.loc[6, "geometry"] = box(5e6, 5e6, 6e6, 6e6)
    with pytest.raises(SchemaError) as caught:
        read_boundaries(save(frame, tmp_path / "wards.parquet"), code="WD25CD")
    for part in (
        "6 faults",
        "'E05000' stands in rows [1, 2]",
        "row 3, column 'WD25CD': holds no code",
        "row 4: 'E05003' has no geometry",
        "row 5: 'E05004' has no geometry",
        "row 6: 'E05005' holds a Point",
        "1 area lies outside the area of EPSG:27700",
    ):
        assert part in str(caught.value)


def test_swapped_axes_are_told(tmp_path):
    swapped = squares().to_crs("EPSG:4326")
    swapped["geometry"] = [Polygon([(y, x) for x, y in shape.exterior.coords]) for shape in swapped.geometry]
    with pytest.raises(SchemaError, match="axes look swapped"):
        read_boundaries(save(swapped, tmp_path / "wards.gpkg"), code="WD25CD")


def test_overlaps_beyond_the_tolerance_are_refused_and_smaller_ones_noted(tmp_path):
    frame = squares(2)
    frame.loc[1, "geometry"] = box(425_995, 564_000, 427_000, 565_000)
    path = save(frame, tmp_path / "wards.gpkg")
    notes = read_boundaries(path, code="WD25CD").notes
    assert notes.overlaps == (("E05000", "E05001", pytest.approx(5_000)),)
    with pytest.raises(SchemaError, match=r"E05000 and E05001 overlap by 0\.5% of the smaller one"):
        read_boundaries(path, code="WD25CD", overlap_tolerance=0.001)
    frame.loc[1, "geometry"] = box(425_200, 564_200, 425_300, 564_300)
    with pytest.raises(SchemaError, match=r"overlap by 100\.0%"):
        read_boundaries(save(frame, tmp_path / "inside.gpkg"), code="WD25CD")


def test_missing_crs_and_columns_and_layers_are_told(tmp_path):
    path = save(squares(), tmp_path / "wards.gpkg")
    with pytest.raises(SchemaError, match="Did you mean 'WD25CD' for 'WD24CD'"):
        read_boundaries(path, code="WD24CD")
    with pytest.raises(CRSError, match="not projected"):
        read_boundaries(path, code="WD25CD", crs="EPSG:4326")
    squares().to_file(path, layer="other", engine="pyogrio")
    with pytest.raises(ParameterError, match=r"2 layers with geometry: \['wards', 'other'\]"):
        read_boundaries(path, code="WD25CD")
    with pytest.raises(ParameterError, match="Did you mean 'wards'"):
        read_boundaries(path, code="WD25CD", layer="ward")
    assert len(read_boundaries(path, code="WD25CD", layer="other")) == 4
    save(squares(), tmp_path / "wards.shp")
    (tmp_path / "wards.prj").unlink()
    with pytest.raises(CRSError, match="does not state its coordinate system"):
        read_boundaries(tmp_path / "wards.shp", code="WD25CD")


@pytest.mark.parametrize("suffix", FORMATS)
def test_broken_files_are_told(tmp_path, suffix):
    frame = squares() if suffix != ".geojson" else squares().to_crs("EPSG:4326")
    path = save(frame, tmp_path / f"wards{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises((SchemaError, RefusedError), match="wards"):
        read_boundaries(path, code="WD25CD")


@pytest.mark.parametrize("name", ["a b.gpkg", "wards#1.gpkg", "50%.gpkg", "wärds?.gpkg", "x.zip/wards.gpkg"])
def test_odd_file_names_are_read(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    save(squares(), tmp_path / "plain.gpkg").rename(tmp_path / name)
    assert len(read_boundaries(tmp_path / name, code="WD25CD", layer="plain")) == 4


def test_a_name_that_points_to_another_file_is_refused(tmp_path):
    save(squares(), tmp_path / "plain.gpkg").rename(tmp_path / "wards!x.gpkg")
    with pytest.raises(RefusedError, match="exclamation mark"):
        read_boundaries(tmp_path / "wards!x.gpkg", code="WD25CD")


def test_parent_and_force_come_from_a_mapping_or_a_lookup(tmp_path):
    path = save(squares(3), tmp_path / "wards.gpkg")
    forces = pd.DataFrame({"w": ["E05000", "E05001", "E05002"], "f": ["E23000007"] * 3})
    with pytest.warns(DataWarning, match=r"1 of 3 areas has no parent in the lookup, such as \['E05002'\]"):
        areas = read_boundaries(
            path,
            code="WD25CD",
            parent={"E05000": "A", "E05001": "B"},
            force=read_lookup(forces, source="w", target="f"),
        )
    assert areas["parent"].tolist()[:2] == ["A", "B"]
    assert areas["parent"].isna().tolist() == [False, False, True]
    assert (areas["force"] == "E23000007").all()
    with pytest.raises(ParameterError, match="`parent` is"):
        read_boundaries(path, code="WD25CD", parent=3)


# A hostile file: the reader must refuse it, and nobody may hear of it.

HOSTILE = """<OGRVRTDataSource><OGRVRTLayer name="wards">
<SrcDataSource>/vsicurl/http://127.0.0.1:{port}/wards.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.fixture
def listener():
    heard = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_error(404)

        def do_HEAD(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1], heard
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_disguised_file_is_refused_and_nobody_hears_of_it(tmp_path, listener):
    port, heard = listener
    hostile = HOSTILE.format(port=port)
    for suffix in FORMATS:
        path = tmp_path / f"wards{suffix}"
        path.write_text(hostile)
        with pytest.raises(RefusedError, match="disguised"):
            read_boundaries(path, code="WD25CD")
    polyglot = tmp_path / "polyglot.geojson"
    polyglot.write_text('{"type": "FeatureCollection", "x": "' + hostile + '"}')
    with pytest.raises(RefusedError, match="virtual file"):
        read_boundaries(polyglot, code="WD25CD")
    for address in (f"http://127.0.0.1:{port}/wards.geojson", f"/vsicurl/http://127.0.0.1:{port}/x.gpkg", hostile):
        with pytest.raises(RefusedError):
            read_boundaries(address, code="WD25CD")
    assert heard == []


@pytest.mark.parametrize("kind", ["link", "url", "URL", "\\u006cink", "name"])
def test_a_coordinate_system_to_be_fetched_is_refused_and_nobody_hears_of_it(tmp_path, listener, kind):
    """GDAL fetches the address of a linked coordinate system, three times."""
    port, heard = listener
    address = f"http://127.0.0.1:{port}/crs"
    path = save(squares().to_crs("EPSG:4326"), tmp_path / "wards.geojson")
    linked = json.loads(path.read_text())
    linked["crs"] = {"properties": {"href": address, "url": address, "name": address}, "type": "TYPE"}
    path.write_text(json.dumps(linked).replace("TYPE", kind))
    with pytest.raises(RefusedError, match="an address to be fetched"):
        read_boundaries(path, code="WD25CD")
    assert heard == []


def test_older_geojson_names_its_coordinate_system(tmp_path):
    path = tmp_path / "wards.geojson"
    content = json.loads(squares().to_json())
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    assert read_boundaries(path, code="WD25CD").area.to_numpy() == pytest.approx(1e6)
    content["crs"]["properties"]["name"] = "EPSG:999999"
    path.write_text(json.dumps(content))
    with pytest.raises(CRSError, match="PROJ does not know"):
        read_boundaries(path, code="WD25CD")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1, 2]", "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": []}', "holds no areas"),
        ('{"type": "FeatureCollection", "features": [{"properties": {"c": 1}, "geometry": {"type": "X"}}]}', "is none"),
        ('{"type": "FeatureCollection", "features": [{"properties": {"c": 1}, "geometry": null}]}', "no geometry"),
        ('{"type": "Featu', "not well-formed"),
    ],
)
def test_geojson_that_is_none_is_told(tmp_path, content, message):
    path = tmp_path / "wards.geojson"
    path.write_text(content)
    with pytest.raises(SchemaError, match=message):
        read_boundaries(path, code="c")


def test_coordinates_of_another_system_are_told(tmp_path):
    path = save(squares().set_crs("EPSG:4326", allow_override=True), tmp_path / "wards.parquet")
    with pytest.raises(SchemaError, match="4 areas lie outside the area of EPSG:27700"):
        read_boundaries(path, code="WD25CD")


def test_the_listener_would_have_heard_it(tmp_path, listener):
    """The same file read without our door does send a request: the test above can fail."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    port, heard = listener
    path = tmp_path / "wards.gpkg"
    path.write_text(HOSTILE.format(port=port))
    with pytest.raises((DataSourceError, DataLayerError, RuntimeError, ValueError)):
        pyogrio.read_dataframe(path)
    assert heard


@pytest.mark.netns
def test_reading_needs_no_network(tmp_path):
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine cannot make a network namespace")
    path = save(squares().to_crs("EPSG:4326"), tmp_path / "wards.gpkg")
    hostile = tmp_path / "hostile.gpkg"
    hostile.write_text(HOSTILE.format(port=9))
    code = f"""
from socharm.errors import RefusedError
from socharm.io.boundaries import read_boundaries
areas = read_boundaries({str(path)!r}, code="WD25CD")
assert areas.notes.accuracy_m == 2.0
try:
    read_boundaries({str(hostile)!r}, code="WD25CD")
except RefusedError:
    raise SystemExit(0)
raise SystemExit(1)
"""
    root = Path(socharm.__file__).parents[1]
    done = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=root,
        env={"PROJ_NETWORK": "ON", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr


REAL = [
    ("districts_2024_uk.gpkg", "ltla24_code", "ltla24_name", None, 361),
    ("police_forces_2020_ew.gpkg", "pfa20_code", "pfa20_name", None, 43),
    ("lsoa_2011_northumbria.gpkg", "LSOA11CD", "LSOA11NM", None, 916),
    ("lsoa_2011_west_yorkshire.gpkg", "LSOA11CD", "LSOA11NM", None, 1_388),
    ("lsoa_2021_northumbria.gpkg", "LSOA21CD", "LSOA21NM", None, 927),
    ("lsoa_2021_west_yorkshire.gpkg", "LSOA21CD", "LSOA21NM", None, 1_404),
    ("wards_2021_uk_generalised.gpkg", "ward21_code", "ward21_name", None, 8_694),
    ("wards_2022_northumbria.gpkg", "ward_code", "ward_name", None, 177),
    ("wards_2025_northumbria.gpkg", "WD25CD", "WD25NM", "LAD25CD", 180),
    ("wards_2025_west_yorkshire.gpkg", "WD25CD", "WD25NM", "LAD25CD", 124),
    ("wards_2025_ew.parquet", "WD25CD", "WD25NM", "LAD25CD", 7_588),
    ("lsoa_2021_ew.parquet", "LSOA21CD", "LSOA21NM", None, 35_672),
]


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*invalid rings:socharm.errors.DataWarning")
@pytest.mark.parametrize(("file", "code", "name", "parent", "n"), REAL)
def test_real_boundaries_are_read_whole(shared_data, file, code, name, parent, n):
    areas = read_boundaries(shared_data / "boundaries" / file, code=code, name=name, parent=parent, year=2025)
    assert len(areas) == areas.notes.rows_read == n
    assert areas.is_valid.all()
    assert areas["name"].notna().all()
    assert areas.index.is_monotonic_increasing
    # The README of the data: 8 invalid polygons in the national file of LSOAs.
    if file == "lsoa_2021_ew.parquet":
        assert len(areas.notes.repaired) == 8
    require_areas(areas)
    assert np.isfinite(areas.total_bounds).all()
