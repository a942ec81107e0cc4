"""No reader opens an address, a driver string, or a file that is not what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io._safety import safe_path
from socharm.io.file_kinds import BOUNDARY_KINDS, FILE_KINDS, TABLE_KINDS, kind_of

VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="wards">
<SrcDataSource>/vsicurl/http://127.0.0.1:9/wards.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/wards.gpkg",
        "file:///etc/passwd",
        "zip://wards.zip!wards.shp",
        "/vsicurl/http://example.org/wards.gpkg",
        "/vsizip/wards.zip/wards.shp",
        "//vsimem/wards.gpkg",
        "PG:dbname=force",
        "WFS:example.org",
        "ES:localhost",
        "  GeoJSON:wards",
        "<OGRVRTDataSource/>",
        '{"type": "FeatureCollection", "features": []}',
        Path("http://example.org/wards.gpkg"),
        "wards.gpkg\nPG:",
    ],
)
def test_addresses_and_driver_prefixes_are_refused(address):
    with pytest.raises(RefusedError, match="`boundaries`"):
        safe_path(address, kinds=BOUNDARY_KINDS, name="boundaries")


def test_a_windows_drive_is_not_a_driver_prefix():
    with pytest.raises(ParameterError, match="names no file"):
        safe_path("C:\\data\\wards.gpkg", kinds=BOUNDARY_KINDS)


def test_a_missing_file_suggests_the_nearest_name(tmp_path):
    (tmp_path / "wards.csv").write_text("code\nA\n")
    with pytest.raises(ParameterError, match=r"Did you mean 'wards\.csv'"):
        safe_path(tmp_path / "ward.csv", kinds=TABLE_KINDS)


@pytest.mark.parametrize("kind", BOUNDARY_KINDS)
def test_a_virtual_file_under_another_name_is_refused(tmp_path, kind):
    path = tmp_path / f"wards{FILE_KINDS[kind][0]}"
    path.write_bytes(VRT)
    with pytest.raises(RefusedError, match="disguised"):
        safe_path(path, kinds=BOUNDARY_KINDS)


def test_a_virtual_file_behind_a_brace_is_refused(tmp_path):
    path = tmp_path / "wards.geojson"
    path.write_bytes(b'{"a": "' + VRT + b'"}')
    with pytest.raises(RefusedError, match="virtual file"):
        safe_path(path, kinds=["geojson"])


@pytest.mark.parametrize(
    "crs",
    [
        '"crs": {"type": "link", "properties": {"href": "http://127.0.0.1:9/"}}',
        '"CRS": {"properties": {"url": "http://127.0.0.1:9/"}, "type": "URL"}',
        '"\\u0063rs": {"type": "lin\\u006b", "properties": {"href": "http://127.0.0.1:9/"}}',
        '"crs": {"type": "link", "properties": {}}, "crs": {"type": "name", "properties": {"name": "EPSG:27700"}}',
        '"crs": {"type": "name", "properties": {"name": "http://127.0.0.1:9/"}}',
    ],
)
def test_a_linked_coordinate_system_is_refused_for_every_reader(tmp_path, crs):
    path = tmp_path / "wards.geojson"
    path.write_text('{"type": "FeatureCollection", "features": [], ' + crs + "}")
    with pytest.raises(RefusedError, match="an address to be fetched"):
        safe_path(path, kinds=["geojson"])


def test_a_named_coordinate_system_passes(tmp_path):
    path = tmp_path / "wards.geojson"
    named = '{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}'
    path.write_text('{"features": [{"properties": {"crs": "a text"}}], "crs": ' + named + "}")
    assert safe_path(path, kinds=["geojson"]) == path


def test_a_virtual_file_under_its_own_name_is_refused(tmp_path):
    path = tmp_path / "wards.vrt"
    path.write_bytes(VRT)
    with pytest.raises(RefusedError, match="virtual file"):
        safe_path(path, kinds=BOUNDARY_KINDS)


def test_plain_sqlite_is_not_a_geopackage(tmp_path):
    path = tmp_path / "wards.gpkg"
    path.write_bytes(b"SQLite format 3\x00" + bytes(100))
    with pytest.raises(RefusedError, match="GeoPackage mark"):
        safe_path(path, kinds=BOUNDARY_KINDS)


@pytest.mark.parametrize("suffix", [suffix for suffixes in FILE_KINDS.values() for suffix in suffixes])
def test_an_empty_file_is_named_as_such(tmp_path, suffix):
    path = tmp_path / f"empty{suffix}"
    path.touch()
    with pytest.raises(SchemaError, match="empty file"):
        safe_path(path, kinds=FILE_KINDS)


def test_truncated_parquet_is_named_as_such(tmp_path):
    path = tmp_path / "cut.parquet"
    path.write_bytes(b"PAR1" + bytes(50))
    with pytest.raises(SchemaError, match="cut short"):
        safe_path(path, kinds=TABLE_KINDS)


def test_a_workbook_named_csv_is_refused(tmp_path):
    path = tmp_path / "weights.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(20))
    with pytest.raises(RefusedError, match="not text"):
        safe_path(path, kinds=TABLE_KINDS)


def test_utf16_text_says_how_to_save_it(tmp_path):
    path = tmp_path / "weights.csv"
    path.write_text("code,n\nA,1\n", encoding="utf-16")
    with pytest.raises(SchemaError, match="UTF-16"):
        safe_path(path, kinds=TABLE_KINDS)


def test_other_extensions_say_what_is_read(tmp_path):
    path = tmp_path / "wards.kml"
    path.write_text("x")
    with pytest.raises(ParameterError, match=r"reads \.csv"):
        safe_path(path, kinds=["csv"])


def test_a_folder_passes_only_where_it_is_asked_for(tmp_path):
    assert safe_path(tmp_path, kinds=["csv", "folder"]) == tmp_path
    with pytest.raises(ParameterError, match="folder"):
        safe_path(tmp_path, kinds=["csv"])


def test_a_device_is_refused(tmp_path):
    link = tmp_path / "zero.csv"
    try:
        link.symlink_to("/dev/zero")
    except OSError:
        pytest.skip("this machine cannot make symbolic links")
    if not link.exists():
        pytest.skip("no /dev/zero here")
    with pytest.raises(RefusedError, match="regular file"):
        safe_path(link, kinds=["csv"])


def test_text_with_a_mark_passes(tmp_path):
    path = tmp_path / "weights.csv"
    path.write_text("code,n\nA,1\n", encoding="utf-8-sig")
    assert safe_path(path, kinds=TABLE_KINDS) == path


def test_kind_of_knows_extensions_in_any_case():
    assert kind_of("A.GeoJSON") == "geojson"
    assert kind_of("a.kml") == "kml"
    assert kind_of("a.dwg") is None
