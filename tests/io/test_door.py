"""What the door of files says: the system's own reasons, and no cell of a row taken for a header."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

import socharm as sh
from socharm.errors import CRSError, DataWarning, ParameterError, RefusedError, SchemaError, StoreError
from socharm.io import boundary_zip
from socharm.io._door import reading

PERSONS = "Jane Smith,1990-01-02,stole a bike\nJohn Doe,1985-06-30,broke a window\n"


def zipped_areas(folder: Path) -> Path:
    areas = gpd.GeoDataFrame(
        {"code": ["A", "B"]}, geometry=[box(at, 0, at + 1_000, 1_000) for at in (400_000, 401_000)], crs=27700
    )
    areas.to_file(folder / "areas.gpkg", engine="pyogrio")
    with zipfile.ZipFile(folder / "areas.zip", "w") as archive:
        archive.write(folder / "areas.gpkg", "areas.gpkg")
    return folder / "areas.zip"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EACCES, "Give yourself the right"),
        (errno.EIO, "copy it to another disk"),
        (errno.ENOSPC, "Free some space"),
        (errno.EMFILE, "Too many files are open"),
    ],
)
def test_what_the_system_says_is_not_put_down_to_the_file(number, told):
    with pytest.raises(StoreError, match=told) as caught, reading("a.csv", what="text"):
        raise OSError(number, os.strerror(number))
    assert f"'a.csv' could not be read: {os.strerror(number)}." in str(caught.value)


def test_a_readers_own_oserror_is_a_fault_of_the_file():
    with pytest.raises(SchemaError, match="cannot be read as parquet"), reading("a.parquet", what="parquet"):
        raise OSError("Couldn't deserialize thrift")
    with pytest.raises(SchemaError, match="cannot be read as a zip"), reading("a.zip", what="a zip archive"):
        raise OSError(errno.EINVAL, "Invalid argument")  # a negative place to jump to, as the file says


@pytest.mark.parametrize("name", ["a.csv", "a.geojson"])
def test_a_file_that_may_not_be_read_is_told_as_such(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text("{}")

    def closed(self: Path, *rest: object, **more: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    readers = {
        "a.csv": lambda path: sh.read_population(path, code="c", value="n", kind="resident", date="2024-06-30"),
        "a.geojson": lambda path: sh.read_boundaries(path, code="c"),
    }
    with pytest.raises(StoreError, match=f"{name!r} could not be read: Permission denied"):
        readers[name](tmp_path / name)


def test_a_zip_is_unpacked_by_the_one_rule_of_cleaning(tmp_path, monkeypatch):
    file = zipped_areas(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with boundary_zip.unpacked(file) as (inner, _):
        assert inner.parent.parent == scratch
        assert inner.parent.name.startswith(".tmp-")
    assert list(scratch.iterdir()) == []
    assert len(sh.read_boundaries(file, code="code")) == 2


def test_a_full_disk_while_unpacking_is_no_fault_of_the_zip(tmp_path, monkeypatch):
    file = zipped_areas(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(boundary_zip, "_write", full)
    with pytest.raises(StoreError, match=r"No space left on device\. Free some space"):
        sh.read_boundaries(file, code="code")
    assert list(scratch.iterdir()) == []


SAID = {"direction": "higher is worse", "unit": "n", "denominator": "n", "period": "2020", "provider": "a"}
SAID |= {"licence": "OGL v3.0", "marking": "OFFICIAL", "police_driven": False}
READERS = {
    "population": lambda path: sh.read_population(path, code="code", value="n", kind="resident", date="2024-06-30"),
    "lookup": lambda path: sh.read_lookup(path, source="a", target="b"),
    "incidents": lambda path: sh.read_incidents(path, columns={"date": "date", "offence": "o", "area_code": "c"}),
    "well-known incidents": lambda path: sh.read_incidents(path),
    "indicators": lambda path: sh.read_indicators(path, dictionary={"m": SAID}, code="code"),
    "counts": lambda path: sh.counts_from_table(path, period=("2024-01", "2024-12"), covered=["2024-01"]),
    "weights": lambda path: sh.read_weights(path),
    "deprivation": lambda path: sh.read_deprivation(path),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "stated", [PERSONS, PERSONS.splitlines()[0] + "\n", PERSONS.replace("stole a bike", "Jane Smith")]
)
def test_a_row_of_persons_in_place_of_a_header_is_not_repeated(tmp_path, reader, stated):
    (tmp_path / "a.csv").write_text(stated)
    with pytest.raises((SchemaError, RefusedError)) as caught:
        READERS[reader](tmp_path / "a.csv")
    assert not any(cell in str(caught.value) for cell in ("Jane", "Smith", "1990", "bike"))


def test_real_headings_are_still_listed(tmp_path):
    (tmp_path / "a.csv").write_text("LSOA Code,All Ages,0,1,2024,202401,Mid-2024\nE01000001,1,2,3,4,5,6\n")
    with pytest.raises(SchemaError, match=r"has \['LSOA Code', 'All Ages', '0', '1', '2024', '202401', 'Mid-2024'\]"):
        READERS["population"](tmp_path / "a.csv")


def test_a_wide_table_is_kept_to_the_rows_of_one_code():
    sent = pd.DataFrame({"code": ["W1", "W2"], "m": [4.0, 2.0]})
    found = sh.read_indicators(sent, dictionary={"m": SAID}, code="code", where={"code": "W2"})
    assert found.values_of("m").to_dict() == {"W2": 2.0}
    assert (found.rows_read, found.rows_left_out) == (2, 1)


POPULATION = pd.DataFrame({"code": ["E05000001"], "n": [10]})


def people(source: object, **options: object) -> dict[str, float]:
    stated = {"code": "code", "value": "n", "kind": "resident", "date": "2024-06-30"}
    return sh.read_population(source, **stated, **options).values.to_dict()


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("csv", {"sheet": "Data"}),
        ("csv.gz", {"sheet": 1}),
        ("xlsx", {"encoding": "cp1252"}),
        ("parquet", {"header_row": 3}),
        ("parquet", {"sheet": 0}),
        ("frame", {"skip_rows": 2}),
        ("frame", {"encoding": "utf-8"}),
    ],
)
def test_an_option_that_a_kind_of_file_cannot_follow_is_told(tmp_path, kind, option):
    path = tmp_path / f"a.{kind}"
    writers = {"xlsx": POPULATION.to_excel, "parquet": POPULATION.to_parquet}
    if kind != "frame":
        writers.get(kind, POPULATION.to_csv)(path, index=False)
    source = POPULATION if kind == "frame" else path
    name = next(iter(option))
    with pytest.raises(ParameterError, match=f"`{name}` is .* cannot follow it. Leave `{name}` out"):
        people(source, **option)
    with pytest.raises(ParameterError, match=f"Leave `{name}` out"):
        sh.read_incidents(source, **option)
    assert people(source) == {"E05000001": 10.0}


@pytest.mark.parametrize("encoding", ["hex", "idna", "unicode_escape", "raw_unicode_escape", "nothing", ""])
def test_one_rule_says_what_is_an_encoding_of_text(tmp_path, encoding):
    POPULATION.to_csv(tmp_path / "a.csv", index=False)
    zipped_areas(tmp_path)
    for read in (
        lambda: people(tmp_path / "a.csv", encoding=encoding),
        lambda: sh.read_boundaries(tmp_path / "areas.gpkg", code="code", encoding=encoding),
    ):
        with pytest.raises(ParameterError, match="which is no encoding of text"):
            read()


def test_columns_of_several_levels_and_endless_numbers_are_told():
    levels = pd.DataFrame([["A", 1]], columns=pd.MultiIndex.from_tuples([("code", "a"), ("n", "b")]))
    with pytest.raises(ParameterError, match="with one row of headings"):
        people(levels)
    for number in ("inf", "-Infinity", "1e999"):
        with pytest.raises(SchemaError, match=f"'{number}' is not finite"):
            people(POPULATION.assign(n=[number]))


def shapefile(folder: Path) -> Path:
    areas = gpd.GeoDataFrame({"code": ["A"], "name": ["Tŷ"]}, geometry=[box(4e5, 0, 4e5 + 1e3, 1e3)], crs=27700)
    areas.to_file(folder / "areas.shp", engine="pyogrio", encoding="utf-8")
    return folder / "areas.shp"


def test_a_system_of_a_shapefile_that_cannot_be_read_is_told_with_a_way_out(tmp_path):
    path = shapefile(tmp_path)
    (tmp_path / "areas.prj").write_text('GEOGCS["x"]')
    with pytest.raises(CRSError, match=r"Take 'areas\.prj' away, and state `source_crs=`"):
        sh.read_boundaries(path, code="code")
    (tmp_path / "areas.prj").unlink()
    assert sh.read_boundaries(path, code="code", source_crs=27700).geometry.area.tolist() == [1e6]


def test_letters_that_an_encoding_cannot_have_are_told(tmp_path):
    path = shapefile(tmp_path)
    with pytest.warns(DataWarning, match="some letters of its texts could not be read and are lost"):
        sh.read_boundaries(path, code="code", name="name", encoding="utf-7")


SQUARE = [[-1.6, 54.9], [-1.5, 54.9], [-1.5, 55.0], [-1.6, 55.0], [-1.6, 54.9]]
FEATURE = {"type": "Feature", "properties": {"code": "A"}, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}


def test_a_number_announced_as_text_counts(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [FEATURE], "numberMatched": "12"}))
    with pytest.raises(SchemaError, match=r"announces 12 areas \(numberMatched\) and holds 1"):
        sh.read_boundaries(path, code="code")


@pytest.mark.parametrize("cut", [None, -20])
def test_several_texts_in_one_file_are_told(tmp_path, cut):
    path = tmp_path / "a.geojson"
    one = {"type": "FeatureCollection", "features": [FEATURE]} if cut is None else FEATURE
    path.write_text(f"{json.dumps(one)}\n{json.dumps(one)}"[:cut])
    with pytest.raises(SchemaError, match="another text begins at line 2, column 1, and not every line is a feature"):
        sh.read_boundaries(path, code="code")


def test_topojson_is_in_the_system_that_it_names(tmp_path):
    ring = [[4e5, 0], [4e5 + 1e3, 0], [4e5 + 1e3, 1e3], [4e5, 1e3], [4e5, 0]]
    areas = {
        "type": "GeometryCollection",
        "geometries": [{"type": "Polygon", "arcs": [[0]], "properties": {"code": 1}}],
    }
    said = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    topology = {"type": "Topology", "arcs": [ring], "objects": {"areas": areas}, "crs": said}
    (tmp_path / "a.json").write_text(json.dumps(topology))
    assert sh.read_boundaries(tmp_path / "a.json", code="code").geometry.area.tolist() == [1e6]


def test_coordinates_of_kml_that_are_not_finite_are_told_without_a_warning(tmp_path):
    ring = "<LinearRing><coordinates>inf,1 2,3 nan,4 1,1</coordinates></LinearRing>"
    shape = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    (tmp_path / "a.kml").write_text(f"<kml><Placemark><name>A</name>{shape}</Placemark></kml>")
    with pytest.raises(SchemaError, match=r"row 1: .* holds a coordinate that is not a finite number"):
        sh.read_boundaries(tmp_path / "a.kml", code="name")


def test_a_thousands_mark_is_one_sign_at_every_door():
    rows = pd.DataFrame({"Month": ["2025-04"], "Crime type": ["Burglary"], "Longitude": [-1.6], "Latitude": [54.9]})
    with pytest.raises(ParameterError, match="`thousands` is 'xx'; give the one sign"):
        sh.read_incidents(rows, thousands="xx")
    with pytest.raises(ParameterError, match="`thousands` is 'xx'; give the one sign"):
        people(POPULATION, thousands="xx")
