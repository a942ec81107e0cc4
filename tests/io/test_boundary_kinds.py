"""What portals hand out as boundaries: read, or told by name with the way out; cut files and hostile files refused."""

from __future__ import annotations

import json
import sqlite3
import stat
import struct
import subprocess
import sys
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.geometry import GeometryCollection, MultiPolygon, Point, Polygon, box

from socharm.errors import CRSError, DataWarning, ParameterError, RefusedError, SchemaError
from socharm.io.boundaries import read_boundaries

EAST, NORTH = 425_000.0, 560_000.0


def squares(n=3, side=1_000.0, crs="EPSG:27700"):
    shapes = [box(EAST + k * side, NORTH, EAST + (k + 1) * side, NORTH + side) for k in range(n)]
    columns = {"code": [f"E0500000{k}" for k in range(n)], "name": [f"Ward {k}" for k in range(n)]}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def geojson(frame, path, **members):
    content = json.loads(frame.to_json(drop_id=True))
    content.pop("crs", None)
    path.write_text(json.dumps({**content, **members}))
    return path


def packed(path, members, **more):
    """A zip of names and contents; contents are paths or bytes."""
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = more.get("attributes", 0o100644) << 16
            archive.writestr(info, content if isinstance(content, bytes) else content.read_bytes())
    return path


def shapefile(folder, frame=None, name="wards"):
    (squares() if frame is None else frame).to_file(folder / f"{name}.shp", engine="pyogrio")
    return folder / f"{name}.shp"


# The system of the coordinates


def test_eastings_without_a_system_are_recognised_and_can_be_stated(tmp_path):
    path = geojson(squares(), tmp_path / "grid.geojson")
    with pytest.raises(SchemaError, match=r"look like EPSG:27700.*the file says longitude and latitude") as caught:
        read_boundaries(path, code="code")
    assert "source_crs='EPSG:27700'" in str(caught.value)
    assert "in a GIS" not in str(caught.value)
    for stated in ({"source_crs": "EPSG:27700"}, {"crs": "EPSG:27700"}):
        areas = read_boundaries(path, code="code", **stated)
        assert areas.area.to_numpy() == pytest.approx(1e6)
        assert areas.notes.crs_read == "EPSG:27700"
        assert "says" in areas.notes.messages[-1]


@pytest.mark.parametrize("system", ["EPSG:29902", "EPSG:2157", "EPSG:3857"])
def test_other_systems_that_files_do_not_name_are_recognised(tmp_path, system):
    belfast = gpd.GeoDataFrame({"code": ["N08000003"]}, geometry=[box(-5.95, 54.58, -5.90, 54.60)], crs="EPSG:4326")
    path = geojson(belfast.to_crs(system), tmp_path / "belfast.geojson")
    with pytest.raises(SchemaError, match=f"look like .*{system}|{system} .*would fit"):
        read_boundaries(path, code="code")
    found = read_boundaries(path, code="code", source_crs=system)
    there = found.to_crs("EPSG:4326").geometry.iloc[0].centroid
    assert (there.x, there.y) == (pytest.approx(-5.925, abs=1e-3), pytest.approx(54.59, abs=1e-3))


def test_another_country_is_told_with_a_system_that_suits(tmp_path):
    chicago = gpd.GeoDataFrame({"code": ["D1"]}, geometry=[box(-87.7, 41.8, -87.6, 41.9)], crs="EPSG:4326")
    path = geojson(chicago, tmp_path / "chicago.geojson")
    with pytest.raises(SchemaError, match=r"Give `crs=`, the metric system to work in: 'EPSG:32616' \(UTM zone 16N\)"):
        read_boundaries(path, code="code")
    areas = read_boundaries(path, code="code", crs="EPSG:32616")
    # A tenth of a degree is 11.1 km north and 8.3 km east at 41.85 degrees.
    assert areas.area.iloc[0] == pytest.approx(11.1e3 * 8.3e3, rel=0.01)


def test_a_projection_file_that_lies_is_overruled_out_loud(tmp_path):
    lying = squares().to_crs("EPSG:4326").set_crs("EPSG:27700", allow_override=True)
    path = shapefile(tmp_path, lying)
    with pytest.raises(SchemaError, match="look like longitude and latitude; the file says"):
        read_boundaries(path, code="code")
    with pytest.warns(DataWarning, match="read as EPSG:4326, as `source_crs` says"):
        areas = read_boundaries(path, code="code", source_crs="EPSG:4326")
    assert areas.area.to_numpy() == pytest.approx(1e6, rel=1e-3)


def test_a_shapefile_without_its_projection_says_what_it_looks_like(tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CRSError, match=r"does not state its coordinate system.*look like EPSG:27700"):
        read_boundaries(path, code="code")
    assert len(read_boundaries(path, code="code", source_crs=27700)) == 3


def test_a_system_that_is_none_is_told(tmp_path):
    path = geojson(squares(), tmp_path / "grid.geojson")
    with pytest.raises(CRSError, match="`source_crs` is 'metres'"):
        read_boundaries(path, code="code", source_crs="metres")
    with pytest.raises(CRSError, match="Web Mercator"):
        read_boundaries(path, code="code", crs="EPSG:3857")


# Kinds of file that are read


def test_esri_json_is_read_with_its_holes_and_parts(tmp_path):
    def ring(west, south, side, *, hole=False):
        corners = [
            (west, south),
            (west, south + side),
            (west + side, south + side),
            (west + side, south),
            (west, south),
        ]
        return corners[::-1] if hole else corners

    rings = [ring(EAST, NORTH, 900), ring(EAST + 300, NORTH + 300, 300, hole=True), ring(EAST + 2_000, NORTH, 100)]
    content = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 102100, "latestWkid": 27700},
        "features": [{"attributes": {"WD24CD": "E05000000", "NAME": "A"}, "geometry": {"rings": rings}}],
    }
    path = tmp_path / "esri.json"
    path.write_text(json.dumps(content))
    areas = read_boundaries(path, code="WD24CD", name="NAME")
    assert areas.area["E05000000"] == pytest.approx(900**2 - 300**2 + 100**2)
    with pytest.raises(SchemaError, match=r"Esri JSON, lacks the columns \['WD25CD'\].*Did you mean 'WD24CD'"):
        read_boundaries(path, code="WD25CD")
    path.write_text(json.dumps({**content, "exceededTransferLimit": True}))
    with pytest.raises(SchemaError, match="says itself that it is cut"):
        read_boundaries(path, code="WD24CD")
    content["features"][0]["geometry"] = {"x": 1, "y": 2}
    path.write_text(json.dumps(content))
    with pytest.raises(SchemaError, match=r"feature 1 is no polygon of straight lines: it holds \['x', 'y'\]"):
        read_boundaries(path, code="WD24CD")


def topology(**more):
    """Two squares of one degree's hundredth that share an arc; the second walks it backwards."""
    arcs = [[[0, 0], [100, 0], [0, 100], [-100, 0], [0, -100]]]
    shared = [
        [[100, 0], [0, 100]],
        [[100, 100], [-100, 0], [0, -100], [100, 0]],
        [[100, 0], [100, 0], [0, 100], [-100, 0]],
    ]
    geometries = [
        {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "A"}},
        {"type": "Polygon", "arcs": [[2, ~0]], "properties": {"code": "B"}},
    ]
    return {
        "type": "Topology",
        "transform": {"scale": [1e-4, 1e-4], "translate": [-1.6, 54.9]},
        "objects": {"wards": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": shared if not more else arcs,
    }


def test_topojson_is_put_together_again(tmp_path):
    path = tmp_path / "topo.json"
    path.write_text(json.dumps(topology()))
    areas = read_boundaries(path, code="code").to_crs("EPSG:4326")
    assert areas.loc["A"].geometry.bounds == pytest.approx((-1.6, 54.9, -1.59, 54.91), abs=1e-6)
    assert areas.loc["B"].geometry.bounds == pytest.approx((-1.59, 54.9, -1.58, 54.91), abs=1e-6)
    content = topology()
    content["objects"]["other"] = content["objects"]["wards"]
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError, match=r"objects \['other', 'wards'\]. Name one by `layer=`"):
        read_boundaries(path, code="code")
    assert len(read_boundaries(path, code="code", layer="wards")) == 2
    path.write_text(json.dumps(topology(broken=True)))
    with pytest.raises(SchemaError, match="TopoJSON whose feature 1 cannot be put together"):
        read_boundaries(path, code="code")


KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>"""
MARK = """<Placemark><name>{name}</name><ExtendedData><Data name="code"><value>{code}</value></Data>
<SchemaData><SimpleData name="force">Northumbria</SimpleData></SchemaData></ExtendedData><MultiGeometry>
<Point><coordinates>-1.6,54.9</coordinates></Point><Polygon><outerBoundaryIs><LinearRing><coordinates>
{west},54.9,0 {east},54.9,0 {east},54.91,0 {west},54.91,0 {west},54.9,0</coordinates></LinearRing></outerBoundaryIs>
</Polygon></MultiGeometry></Placemark>"""


def kml(path, marks=None):
    held = marks or "".join(
        MARK.format(name=f"Ward {k}", code=f"W{k}", west=-1.6 + k / 100, east=-1.59 + k / 100) for k in range(2)
    )
    path.write_text(KML.format(marks=held), encoding="utf-8")
    return path


def test_kml_is_read_with_its_extended_data(tmp_path):
    areas = read_boundaries(kml(tmp_path / "wards.kml"), code="code", name="name", force="force")
    assert areas["name"].tolist() == ["Ward 0", "Ward 1"]
    assert set(areas["force"]) == {"Northumbria"}
    # A hundredth of a degree is 1 113 m north and 640 m east at 54.9 degrees.
    assert areas.area.to_numpy() == pytest.approx(1_113 * 640, rel=0.01)
    assert "2 points and lines beside polygons were left out." in areas.notes.messages
    with pytest.raises(SchemaError, match=r"KML, lacks the columns \['WD25CD'\]; it has \['name', 'code', 'force'\]"):
        read_boundaries(tmp_path / "wards.kml", code="WD25CD")


def test_a_kmz_and_a_zipped_shapefile_are_read_where_they_are(tmp_path):
    zipped = packed(tmp_path / "wards.kmz", {"doc.kml": kml(tmp_path / "doc.kml")})
    assert len(read_boundaries(zipped, code="code")) == 2
    inner = tmp_path / "inner"
    inner.mkdir()
    path = shapefile(inner)
    members = {f"folder/Wards.{one.suffix[1:]}": one for one in inner.iterdir()}
    zipped = packed(tmp_path / "wards.zip", {**members, "__MACOSX/folder/._Wards.shp": b"x", "readme.txt": b"x"})
    areas = read_boundaries(zipped, code="code", name="name")
    assert areas.area.to_numpy() == pytest.approx(1e6)
    assert (areas.notes.file, areas.about.sources) == ("wards.zip", ("wards.zip",))
    assert "Wards.shp" in areas.notes.layer
    two = packed(tmp_path / "two.zip", {**members, "other.shp": path})
    with pytest.raises(SchemaError, match=r"2 boundary files: \['folder/Wards.*'other.shp'"):
        read_boundaries(two, code="code")
    with pytest.raises(SchemaError, match="holds no boundary file"):
        read_boundaries(packed(tmp_path / "none.zip", {"a.txt": b"x"}), code="code")
    with pytest.raises(SchemaError, match="holds a file geodatabase"):
        read_boundaries(packed(tmp_path / "gdb.zip", {"wards.gdb/a00000001.gdbtable": b"x"}), code="code")
    with pytest.raises(SchemaError, match=r"lacks? .*companion|without its companion files"):
        read_boundaries(packed(tmp_path / "alone.zip", {"wards.shp": path}), code="code")


def test_features_one_per_line_and_a_single_feature_are_read(tmp_path):
    features = json.loads(squares().to_crs("EPSG:4326").to_json(drop_id=True))["features"]
    lines = tmp_path / "wards.geojsonl"
    lines.write_text("\n".join("\x1e" + json.dumps(one) for one in features))
    assert len(read_boundaries(lines, code="code")) == 3
    single = tmp_path / "one.geojson"
    single.write_text(json.dumps(features[0]))
    assert list(read_boundaries(single, code="code").index) == ["E05000000"]


# Kinds of file that are told by name

OTHERS = {
    "server": (
        '{"error": {"code": 400, "message": "Invalid URL"}}',
        r"the error answer of a server \(400 Invalid URL\)",
    ),
    "points": ('[{"latitude": "54.9", "longitude": "-1.6"}]', "list of points, such as police.uk"),
    "list": ("[1, 2]", "not a GeoJSON FeatureCollection: it is a list"),
    "bare": ('{"type": "Polygon", "coordinates": []}', "a bare Polygon, without codes"),
    "layer": ('{"currentVersion": 11.1, "type": "Feature Layer", "fields": []}', "description of an ArcGIS layer"),
    "overpass": ('{"osm3s": {}, "elements": []}', "Overpass"),
    "object": ('{"a": 1, "b": 2}', r"its members are \['a', 'b'\]"),
    "topology": ('{"type": "Topology", "objects": {}, "arcs": []}', "TopoJSON without objects"),
    "shapeless": (
        '{"geometryType": "esriGeometryPolygon", "features": [{"attributes": {"code": 1}}]}',
        "Esri JSON without shapes.*returnGeometry=true",
    ),
    "digits": ('{"type": "FeatureCollection", "n": ' + "9" * 5_000 + "}", "a number is too long"),
    "cut": ('{"type": "FeatureCollection", "features": [{"type": "Fea', "is cut short: download it again"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_answers_of_portals_are_told_by_name(tmp_path, kind):
    content, message = OTHERS[kind]
    path = tmp_path / "answer.geojson"
    path.write_text(content)
    with pytest.raises(SchemaError, match=message):
        read_boundaries(path, code="code")


def test_a_web_page_and_wide_text_are_told_by_name(tmp_path):
    path = tmp_path / "wards.geojson"
    path.write_text("<!DOCTYPE html><html><body>Log in</body></html>")
    with pytest.raises(RefusedError, match="is a web page"):
        read_boundaries(path, code="code")
    path.write_text('{"type": "FeatureCollection"}', encoding="utf-16")
    with pytest.raises(SchemaError, match="UTF-16"):
        read_boundaries(path, code="code")
    path.write_bytes(b'{"type": "FeatureCollection", "n": "\xe9"}')
    with pytest.raises(SchemaError, match="is not UTF-8"):
        read_boundaries(path, code="code")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wards.gml", "GML. Convert it"),
        ("wards.gpx", "not areas"),
        ("wards.mif", "MapInfo"),
        ("wards.tab", "MapInfo"),
        ("wards.dbf", "attributes of a Shapefile. Name the .shp"),
        ("wards.csv", "a table without shapes"),
        ("wards.7z", "an archive. Unpack it"),
        ("wards.xyz", "Convert the file first"),
    ],
)
def test_other_kinds_of_file_are_told_with_the_way_out(tmp_path, name, message):
    (tmp_path / name).write_text("x")
    with pytest.raises(ParameterError, match=message):
        read_boundaries(tmp_path / name, code="code")


def test_folders_are_told_with_what_they_hold(tmp_path):
    geodatabase = tmp_path / "wards.gdb"
    geodatabase.mkdir()
    with pytest.raises(ParameterError, match=r"a file geodatabase\. Open it in a GIS, save its layer as GeoPackage"):
        read_boundaries(geodatabase, code="code")
    shapefile(tmp_path)
    with pytest.raises(ParameterError, match=r"it holds \['wards.shp'\]"):
        read_boundaries(tmp_path, code="code")


# Files that are cut


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"exceededTransferLimit": True}, "says itself that it is cut.*after 3 areas"),
        ({"properties": {"exceededTransferLimit": True}}, "says itself that it is cut"),
        ({"numberMatched": 10}, "announces 10 areas"),
        ({"totalFeatures": 4}, "announces 4 areas"),
        ({"numberReturned": 5}, "announces 5 areas"),
        ({"links": [{"rel": "next", "href": "x"}]}, "one page of several"),
    ],
)
def test_an_answer_that_says_that_there_is_more_is_refused(tmp_path, members, message):
    path = geojson(squares().to_crs("EPSG:4326"), tmp_path / "wards.geojson", **members)
    with pytest.raises(SchemaError, match=message):
        read_boundaries(path, code="code")


def test_an_answer_that_is_whole_is_read(tmp_path):
    whole = {"exceededTransferLimit": False, "numberMatched": 3, "numberReturned": 3, "totalFeatures": "unknown"}
    path = geojson(squares().to_crs("EPSG:4326"), tmp_path / "wards.geojson", **whole, links=[{"rel": "self"}])
    assert len(read_boundaries(path, code="code")) == 3


def test_a_number_at_which_servers_stop_is_told(tmp_path):
    side = 0.0001
    shapes = [box(-1.6 + k * side, 54.9, -1.6 + (k + 1) * side, 54.9 + side) for k in range(1_000)]
    frame = gpd.GeoDataFrame({"code": [f"c{k}" for k in range(1_000)]}, geometry=shapes, crs="EPSG:4326")
    with pytest.warns(DataWarning, match="exactly 1,000 areas, a number at which servers stop"):
        read_boundaries(geojson(frame, tmp_path / "wards.geojson"), code="code")


@pytest.mark.parametrize("n", [2, 5])
def test_a_geopackage_that_counts_otherwise_is_refused(tmp_path, n):
    path = tmp_path / "wards.gpkg"
    squares().to_file(path, engine="pyogrio")
    with sqlite3.connect(path) as base:
        base.execute("UPDATE gpkg_ogr_contents SET feature_count = ?", (n,))
    base.close()
    with pytest.raises(SchemaError, match=f"announces {n} areas and holds 3"):
        read_boundaries(path, code="code")


def test_the_files_of_a_shapefile_must_belong_together(tmp_path):
    path = shapefile(tmp_path)
    table = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(table[:-100])
    with pytest.raises(SchemaError, match=r"wards\.dbf' announces 3 rows and holds"):
        read_boundaries(path, code="code")
    path.with_suffix(".dbf").write_bytes(table)
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(SchemaError, match="it is cut short"):
        read_boundaries(path, code="code")
    path.write_bytes(whole)
    other = tmp_path / "other"
    other.mkdir()
    path.with_suffix(".dbf").write_bytes(shapefile(other, squares(5)).with_suffix(".dbf").read_bytes())
    with pytest.raises(SchemaError, match=r"3 shapes \(\.shx\) and 5 rows of attributes"):
        read_boundaries(path, code="code")


# Shapes that are none


def wkb_of_ring(*points):
    return struct.pack("<BIII", 1, 3, 1, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)


def parquet(path, shapes, *, geo=None, codes=None, crs=None):
    described = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": [], "crs": crs}},
    }
    raw = json.dumps(described).encode() if geo is None else geo
    table = pa.table(
        {"code": codes or [f"c{k}" for k in range(len(shapes))], "geometry": pa.array(shapes, pa.binary())}
    )
    pq.write_table(table.replace_schema_metadata({b"geo": raw} if raw else {}), path)
    return path


CORNERS = [(EAST, NORTH), (EAST + 1_000, NORTH), (EAST + 1_000, NORTH + 1_000), (EAST, NORTH + 1_000)]


def test_a_ring_that_is_not_closed_is_closed_and_told(tmp_path):
    path = parquet(tmp_path / "wards.parquet", [wkb_of_ring(*CORNERS)])
    with pytest.warns(DataWarning, match="was repaired"):
        areas = read_boundaries(path, code="code", source_crs=27700)
    assert areas.area.iloc[0] == pytest.approx(1e6)
    assert areas.notes.repaired == ("c0",)


def test_shapes_that_cannot_be_read_are_told_by_row(tmp_path):
    nowhere = Polygon([(EAST, NORTH), (EAST + 1, np.inf), (EAST + 1, NORTH + 1)])
    shapes = [wkb_of_ring(*CORNERS, CORNERS[0]), wkb_of_ring(*CORNERS[:2]), b"rubbish", shapely.to_wkb(nowhere), None]
    with pytest.raises(SchemaError) as caught:
        read_boundaries(parquet(tmp_path / "wards.parquet", shapes), code="code", source_crs=27700)
    for part in (
        "row 2: 'c1' holds a geometry that cannot be read",
        "row 3: 'c2' holds",
        "row 4: 'c3' holds a coordinate",
        "row 5: 'c4' has no",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [
        ([[[0, 0], [1, 0]]], "a ring of fewer than four points"),
        ([[["a", "b"]] * 4], "its coordinates cannot be read"),
        (7, "its coordinates cannot be read"),
    ],
)
def test_rings_of_geojson_that_are_none_are_told_by_feature(tmp_path, coordinates, message):
    feature = {
        "type": "Feature",
        "properties": {"code": "A"},
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }
    path = tmp_path / "wards.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(SchemaError, match=f"feature 1: {message}"):
        read_boundaries(path, code="code")


def test_numbers_of_geojson_that_are_not_finite_are_told(tmp_path):
    path = tmp_path / "wards.geojson"
    ring = "[[-1.6, 54.9], [NaN, 54.9], [-1.5, 55.0], [-1.6, 54.9]]"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "A"}, '
        f'"geometry": {{"type": "Polygon", "coordinates": [{ring}]}}}}]}}'
    )
    with pytest.raises(SchemaError, match="not a finite number"):
        read_boundaries(path, code="code")


def test_points_collections_and_heights(tmp_path):
    frame = squares(3)
    frame["geometry"] = [
        Point(EAST, NORTH),
        GeometryCollection([box(0, 0, 1, 1)]),
        box(EAST, NORTH, EAST + 1, NORTH + 1),
    ]
    with pytest.raises(SchemaError, match=r"holds a Point, not a polygon[\s\S]*holds a GeometryCollection"):
        read_boundaries(geojson(frame, tmp_path / "a.geojson"), code="code", source_crs=27700)
    tall = squares()
    tall["geometry"] = [shapely.force_3d(shape, z=50.0) for shape in tall.geometry]
    tall.to_file(tmp_path / "tall.gpkg", engine="pyogrio")
    areas = read_boundaries(tmp_path / "tall.gpkg", code="code")
    assert not areas.has_z.any()


def test_areas_that_all_lie_over_each_other_are_refused_before_the_memory_is_full(tmp_path, monkeypatch):
    from socharm.io import boundary_shapes

    monkeypatch.setattr(boundary_shapes, "MAX_OVERLAPS", 100)
    frame = gpd.GeoDataFrame(
        {"code": [f"c{k}" for k in range(40)]}, geometry=[box(EAST, NORTH, EAST + 9, NORTH + 9)] * 40, crs=27700
    )
    with pytest.raises(SchemaError, match="more than 100 pairs of areas that lie over each other"):
        read_boundaries(geojson(frame, tmp_path / "a.geojson"), code="code", source_crs=27700)


# GeoParquet


@pytest.mark.parametrize(
    ("geo", "message"),
    [
        (b"", "without the `geo` metadata of GeoParquet"),
        (b"{not json", "metadata cannot be read"),
        (b"[]", "metadata cannot be read"),
        (b'{"columns": {}}', "metadata cannot be read"),
        (
            b'{"primary_column": "shape", "columns": {"shape": {}}}',
            "names 'shape' as its geometry and has no such column",
        ),
        (
            b'{"primary_column": "geometry", "columns": {"geometry": {"encoding": "TWKB"}}}',
            "whose geometry is 'TWKB'",
        ),
    ],
)
def test_metadata_of_geoparquet_that_is_none_is_told(tmp_path, geo, message):
    path = parquet(tmp_path / "wards.parquet", [wkb_of_ring(*CORNERS, CORNERS[0])], geo=geo)
    with pytest.raises(SchemaError, match=message):
        read_boundaries(path, code="code")


def test_geoparquet_without_a_system_asks_for_it(tmp_path):
    path = parquet(tmp_path / "wards.parquet", [wkb_of_ring(*CORNERS, CORNERS[0])])
    with pytest.raises(CRSError, match="look like EPSG:27700"):
        read_boundaries(path, code="code")
    path = parquet(tmp_path / "odd.parquet", [wkb_of_ring(*CORNERS, CORNERS[0])], crs={"type": "X"})
    with pytest.raises(CRSError, match="PROJ does not know"):
        read_boundaries(path, code="code")


# Texts of a Shapefile


def test_an_encoding_that_lies_is_told_and_can_be_stated(tmp_path):
    frame = squares(1)
    frame["name"] = ["Tŷ Cô"]
    frame.to_file(tmp_path / "wards.shp", engine="pyogrio", encoding="utf-8")
    path = tmp_path / "wards.shp"
    path.with_suffix(".cpg").write_text("windows-1252")
    with pytest.warns(DataWarning, match="1 text of column 'name' looks garbled"):
        read_boundaries(path, code="code", name="name")
    assert read_boundaries(path, code="code", name="name", encoding="utf-8")["name"].tolist() == ["Tŷ Cô"]
    frame["name"] = ["Côte"]
    path = tmp_path / "other.shp"
    frame.to_file(path, engine="pyogrio", encoding="ISO-8859-1")
    assert b"C\xf4te" in path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".cpg").write_text("UTF-8")
    with pytest.raises(SchemaError, match="state `encoding=` if its texts are at fault"):
        read_boundaries(path, code="code", name="name")
    assert read_boundaries(path, code="code", name="name", encoding="latin-1")["name"].tolist() == ["Côte"]


def test_codes_are_mended_as_tables_mend_them(tmp_path):
    frame = squares(3)
    frame["code"] = [" e05000001", "E05000002", "E05000003 "]
    frame.to_file(tmp_path / "wards.gpkg", engine="pyogrio")
    assert list(read_boundaries(tmp_path / "wards.gpkg", code="code").index) == ["E05000001", "E05000002", "E05000003"]
    frame["code"] = [101.0, 102.0, 103.0]
    frame.to_file(tmp_path / "beats.gpkg", engine="pyogrio")
    assert list(read_boundaries(tmp_path / "beats.gpkg", code="code").index) == ["101", "102", "103"]


def test_columns_about_persons_are_refused(tmp_path):
    frame = squares(3).assign(**{"officer name": ["A B", "C D", "E F"]})
    frame.to_file(tmp_path / "wards.gpkg", engine="pyogrio")
    with pytest.raises(RefusedError, match="columns that look like persons: 'officer name'"):
        read_boundaries(tmp_path / "wards.gpkg", code="code", name="officer name")
    found = read_boundaries(tmp_path / "wards.gpkg", code="code", name="officer name", allow_columns=["officer name"])
    assert found["name"].tolist() == ["A B", "C D", "E F"]


# Hostile files


def spoiled(path, *statements):
    squares().to_file(path, layer="wards", engine="pyogrio")
    with sqlite3.connect(path) as base:
        for statement in statements:
            base.execute(statement)
    base.close()
    return path


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


def test_an_endless_view_is_never_looked_at(tmp_path):
    beside = spoiled(tmp_path / "beside.gpkg", f"CREATE VIEW endless AS {ENDLESS} SELECT max(x) AS m FROM c")
    script = (
        "import sys\nfrom socharm.io.boundaries import read_boundaries\n"
        "assert len(read_boundaries(sys.argv[1], code='code')) == 3"
    )
    subprocess.run([sys.executable, "-c", script, str(beside)], check=True, timeout=120)
    layer = spoiled(
        tmp_path / "layer.gpkg",
        f"CREATE VIEW endless AS {ENDLESS} SELECT x AS fid, x AS code, (SELECT geom FROM wards LIMIT 1) AS geom FROM c",
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, srs_id) VALUES ('endless', 'features', 'e', "
        "27700)",
        "INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POLYGON', 27700, 0, 0)",
    )
    with pytest.raises(ParameterError, match=r"2 layers with geometry: \['wards', 'endless'\]"):
        read_boundaries(layer, code="code")
    with pytest.raises(SchemaError, match="layer 'endless' is a view"):
        read_boundaries(layer, code="code", layer="endless")
    assert len(read_boundaries(layer, code="code", layer="wards")) == 3


def test_tables_that_run_code_are_refused(tmp_path):
    path = spoiled(
        tmp_path / "a.gpkg",
        "ALTER TABLE gpkg_geometry_columns RENAME TO kept",
        f"CREATE VIEW gpkg_geometry_columns AS {ENDLESS} SELECT x AS table_name FROM c",
    )
    with pytest.raises(RefusedError, match="gpkg_geometry_columns"):
        read_boundaries(path, code="code")
    path = spoiled(tmp_path / "b.gpkg", "ALTER TABLE wards ADD COLUMN big GENERATED ALWAYS AS (zeroblob(1000000000))")
    with pytest.raises(RefusedError, match="computed columns"):
        read_boundaries(path, code="code")


def test_more_features_than_a_machine_takes_are_refused_before_they_are_read(tmp_path, monkeypatch):
    from socharm.io import boundary_layer

    squares().to_file(tmp_path / "wards.gpkg", engine="pyogrio")
    squares().to_file(tmp_path / "wards.fgb", engine="pyogrio")
    shapefile(tmp_path)
    squares().to_parquet(tmp_path / "wards.parquet")
    geojson(squares().to_crs("EPSG:4326"), tmp_path / "wards.geojson")
    kml(tmp_path / "wards.kml", MARK.format(name="a", code="a", west=-1.6, east=-1.5) * 3)
    monkeypatch.setattr(boundary_layer, "MAX_FEATURES", 2)
    for suffix in ("gpkg", "fgb", "shp", "parquet", "geojson", "kml"):
        with pytest.raises(RefusedError, match="3 features in"):
            read_boundaries(tmp_path / f"wards.{suffix}", code="code")


def test_a_small_parquet_of_millions_of_rows_is_refused(tmp_path):
    n = 2_000_001
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, dtype=np.int8)), pa.array(["a"]))
    shapes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, dtype=np.int8)), pa.array([b"x"]))
    geo = {b"geo": b'{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}'}
    table = pa.table({"code": codes, "geometry": shapes}).replace_schema_metadata(geo)
    pq.write_table(table, tmp_path / "wards.parquet")
    assert (tmp_path / "wards.parquet").stat().st_size < 100_000
    with pytest.raises(RefusedError, match="2,000,001 features"):
        read_boundaries(tmp_path / "wards.parquet", code="code")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "declares a document type"),
        ('<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', "declares a document type"),
    ],
)
def test_entities_in_kml_are_refused(tmp_path, text, message):
    path = tmp_path / "wards.kml"
    path.write_text(f'<?xml version="1.0"?>{text}' + KML.format(marks="&a;").split("?>", 1)[1])
    with pytest.raises(RefusedError, match=message):
        read_boundaries(path, code="code")


def test_links_in_kml_are_not_followed(tmp_path):
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/wards.kml</href></Link></NetworkLink>"
    with pytest.raises(RefusedError, match="NetworkLink"):
        read_boundaries(kml(tmp_path / "wards.kml", link), code="code")
    kml(tmp_path / "wards.kml", "<Placemark><name>A</name></Placemark>")
    with pytest.raises(SchemaError, match="has no geometry"):
        read_boundaries(tmp_path / "wards.kml", code="name")
    (tmp_path / "wards.kml").write_text(KML.format(marks="<Placemark>"))
    with pytest.raises(SchemaError, match="cannot be read as KML"):
        read_boundaries(tmp_path / "wards.kml", code="name")


def test_hostile_archives_are_refused(tmp_path):
    path = shapefile(tmp_path)
    parts = {one.name: one for one in tmp_path.iterdir() if one.stem == "wards"}
    climbing = {f"../../{name}": one for name, one in parts.items()}
    with pytest.raises(RefusedError, match="climbs out of the archive"):
        read_boundaries(packed(tmp_path / "a.zip", climbing), code="code")
    with pytest.raises(RefusedError, match="is a link"):
        read_boundaries(packed(tmp_path / "b.zip", parts, attributes=stat.S_IFLNK | 0o777), code="code")
    bomb = {**parts, "wards.dbf": path.with_suffix(".dbf").read_bytes() + bytes(20_000_000)}
    with pytest.raises(RefusedError, match="a zip bomb"):
        read_boundaries(packed(tmp_path / "c.zip", bomb), code="code")
    cut = packed(tmp_path / "d.zip", parts)
    cut.write_bytes(cut.read_bytes()[:-60])
    with pytest.raises(SchemaError, match="cannot be read as a zip archive"):
        read_boundaries(cut, code="code")
    virtual = b'<OGRVRTDataSource><OGRVRTLayer name="wards"/></OGRVRTDataSource>'
    with pytest.raises(RefusedError, match="disguised"):
        read_boundaries(packed(tmp_path / "e.zip", {"wards.gpkg": virtual}), code="code")


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "fgb", "parquet", "geojson", "kml", "zip"])
def test_damaged_files_end_in_errors_of_ours(tmp_path, suffix):
    """Bytes are overwritten at random places; whatever a reader makes of them must be an error of the library's."""
    frame = squares(20)
    path = tmp_path / f"wards.{suffix}"
    if suffix == "geojson":
        geojson(frame.to_crs("EPSG:4326"), path)
    elif suffix == "kml":
        kml(path)
    elif suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "zip":
        packed(path, {one.name: one for one in shapefile(tmp_path, frame, "a").parent.iterdir() if one.stem == "a"})
    else:
        frame.to_file(path, engine="pyogrio")
    whole, rng = path.read_bytes(), np.random.default_rng(7)
    told = 0
    for _ in range(25):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 6):
            damaged[place] = int(rng.integers(0, 256))
        path.write_bytes(bytes(damaged))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            try:
                read_boundaries(path, code="code", name="name")
            except (SchemaError, RefusedError, CRSError, ParameterError):
                told += 1
    assert told


def test_a_geopackage_of_an_unknown_system_asks_for_it(tmp_path):
    statements = [f"UPDATE {table} SET srs_id = -1" for table in ("gpkg_contents", "gpkg_geometry_columns")]
    path = spoiled(tmp_path / "a.gpkg", *statements)
    with pytest.raises(CRSError, match=r"does not state its coordinate system.*source_crs='EPSG:27700'"):
        read_boundaries(path, code="code")
    assert len(read_boundaries(path, code="code", source_crs="EPSG:27700")) == 3


@pytest.mark.parametrize("choices", [{"code": 5}, {"name": 7.0}, {"layer": 1}, {"encoding": b"utf-8"}, {"year": "x"}])
def test_arguments_of_a_wrong_kind_are_told(tmp_path, choices):
    path = geojson(squares().to_crs("EPSG:4326"), tmp_path / "wards.geojson")
    with pytest.raises(ParameterError, match=f"`{next(iter(choices))}`"):
        read_boundaries(path, **{"code": "code", **choices})


def test_codes_that_are_no_cells_are_told(tmp_path):
    frame = json.loads(squares(1).to_crs("EPSG:4326").to_json(drop_id=True))
    frame["features"][0]["properties"]["code"] = {"old": "A"}
    path = tmp_path / "wards.geojson"
    path.write_text(json.dumps(frame))
    with pytest.raises(SchemaError, match="row 1, column 'code': holds a dict, not a code"):
        read_boundaries(path, code="code")


def test_multipolygons_stay_whole(tmp_path):
    frame = squares(1)
    frame["geometry"] = [
        MultiPolygon([box(EAST, NORTH, EAST + 9, NORTH + 9), box(EAST + 50, NORTH, EAST + 59, NORTH + 9)])
    ]
    path = geojson(frame, tmp_path / "a.geojson")
    assert read_boundaries(path, code="code", source_crs=27700).area.iloc[0] == pytest.approx(162)
