"""Files and the snapshot store: whole or not at all, and the same bytes twice."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely.geometry import Point, box

from socharm.errors import SchemaError, StoreError
from socharm.files.atomic import atomic_write, require_new
from socharm.files.geopackage import read_layer, write_layers
from socharm.files.hashing import sha256_file, sha256_json
from socharm.files.parquet import read_parquet, write_parquet
from socharm.files.qgis_style import QgisClass, QgisStyle
from socharm.files.workbook import Sheet, write_workbook
from socharm.snapshot.store import build_snapshot, clean_stale, hash_folder, verify_hashes

STAMP = dt.datetime(2025, 9, 30)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# atomic writes


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_write(target) as temporary:  # noqa: PT012 (the block is the promise)
        temporary.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_full_disk_is_named_as_such_and_leaves_nothing(tmp_path):
    with pytest.raises(StoreError, match="disk is full"), atomic_write(tmp_path / "a.txt") as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == []


def test_the_temporary_name_keeps_the_folder_and_the_extension(tmp_path):
    with atomic_write(tmp_path / "a.gpkg") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".gpkg")
        temporary.touch()
    assert names(tmp_path) == ["a.gpkg"]


def test_a_missing_folder_is_a_store_error(tmp_path):
    with pytest.raises(StoreError, match=r"Could not write 'a\.txt'"), atomic_write(tmp_path / "no" / "a.txt") as path:
        path.write_text("x")


# hashes


def test_sha256_is_that_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_file(tmp_path / "abc") == expected
    with pytest.raises(StoreError, match="'none'"):
        sha256_file(tmp_path / "none")


@given(st.binary(max_size=3000))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sha256_agrees_with_hashlib(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    assert sha256_file(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_sha256_of_a_value_ignores_the_order_of_keys_only():
    assert sha256_json({"a": 1, "b": [1, 2]}) == sha256_json({"b": [1, 2], "a": 1})
    assert sha256_json({"b": [1, 2]}) != sha256_json({"b": [2, 1]})


# parquet


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "rank": pd.array([1, None], dtype="Int64"),
            "period": pd.PeriodIndex(["2025-04", "2025-05"], freq="M"),
            "name": pd.Series(["Beck", None], dtype="str").to_numpy(),
            "rankable": [True, False],
            "rate": [1.5, np.nan],
        },
        index=pd.Index(["A", "B"], name="area_code"),
    )


def test_a_table_comes_back_as_it_was(tmp_path, frame):
    write_parquet(frame, tmp_path / "t.parquet", kind="t", schema_version=1)
    assert_frame_equal(read_parquet(tmp_path / "t.parquet", kind="t", schema_version=1), frame)


def test_an_empty_table_comes_back_with_its_columns(tmp_path, frame):
    write_parquet(frame.iloc[:0], tmp_path / "t.parquet", kind="t", schema_version=1)
    assert_frame_equal(read_parquet(tmp_path / "t.parquet"), frame.iloc[:0])


def test_months_are_text_on_disk(tmp_path, frame):
    write_parquet(frame, tmp_path / "t.parquet", kind="t", schema_version=1)
    assert pd.read_parquet(tmp_path / "t.parquet")["period"].tolist() == ["2025-04", "2025-05"]


def test_the_same_table_gives_the_same_parquet_bytes(tmp_path, frame):
    for name in ("a", "b"):
        write_parquet(frame, tmp_path / name, kind="t", schema_version=1)
    assert sha256_file(tmp_path / "a") == sha256_file(tmp_path / "b")


def test_newer_damaged_or_foreign_parquet_is_refused(tmp_path, frame):
    path = tmp_path / "t.parquet"
    write_parquet(frame, path, kind="t", schema_version=2)
    with pytest.raises(StoreError, match="schema version 2; this socharm reads up to 1"):
        read_parquet(path, schema_version=1)
    with pytest.raises(StoreError, match="holds the table 't', not 'index'"):
        read_parquet(path, kind="index")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match="not a whole parquet file"):
        read_parquet(path)
    frame.to_parquet(path)
    with pytest.raises(StoreError, match="states no schema version"):
        read_parquet(path)


def test_column_names_must_be_text(tmp_path):
    with pytest.raises(SchemaError, match="unique column names"):
        write_parquet(pd.DataFrame({1: [1]}), tmp_path / "t.parquet", kind="t", schema_version=1)


# GeoPackage


def layer(n: int) -> gpd.GeoDataFrame:
    shapes = [box(i, 0, i + 1, 1) for i in range(n)]
    index = pd.Index([f"A{i}" for i in range(n)], name="area_code")
    return gpd.GeoDataFrame({"harm": np.arange(n) / 2}, geometry=shapes, index=index, crs="EPSG:27700")


def test_layers_come_back_and_bytes_repeat(tmp_path):
    points = gpd.GeoDataFrame({"x": [1.0]}, geometry=[Point(0, 0)], crs="EPSG:27700")
    for name in ("a.gpkg", "b.gpkg"):
        write_layers({"index": layer(3), "heat": points}, tmp_path / name, stamp="2025-09-30")
        time.sleep(0.01)
    assert sha256_file(tmp_path / "a.gpkg") == sha256_file(tmp_path / "b.gpkg")
    back = read_layer(tmp_path / "a.gpkg", "index")
    assert back["area_code"].tolist() == ["A0", "A1", "A2"]
    assert back.crs.to_epsg() == 27700
    assert back.geometry.area.tolist() == [1.0, 1.0, 1.0]


def test_styles_are_stored_beside_layers_and_bytes_repeat(tmp_path):
    one = QgisClass(value="it's", label="it's  (3)", colour="#b2182b", hatch="xx")
    style = QgisStyle(title="T", column="kind", classes=(one,), headings={"harm": ("Harm", "what was done")})
    for name in ("a.gpkg", "b.gpkg"):
        kinds = layer(3).assign(kind="it's")
        write_layers({"index": kinds}, tmp_path / name, stamp="2025-09-30", internal=True, styles={"index": style})
        time.sleep(1.1)  # SQLite's clock counts seconds
    assert sha256_file(tmp_path / "a.gpkg") == sha256_file(tmp_path / "b.gpkg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gpkg", "b.gpkg"]
    with sqlite3.connect(tmp_path / "a.gpkg") as base:
        stored = base.execute("SELECT f_table_name, f_table_schema, useAsDefault, update_time FROM layer_styles")
        assert stored.fetchall() == [("INTERNAL_index", "", 1, "2025-09-30T00:00:00Z")]
        (qml,) = base.execute("SELECT styleQML FROM layer_styles").fetchone()
        kind = base.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchone()
        assert kind == ("attributes",)
        told = base.execute("SELECT table_name, column_name, title, description FROM gpkg_data_columns").fetchall()
    assert told == [("INTERNAL_index", "harm", "Harm", "what was done")]
    root = ElementTree.fromstring(qml)
    assert [rule.get("filter") for rule in root.iter("rule") if "filter" in rule.attrib] == ["\"kind\" = 'it''s'"]
    assert [one.get("class") for one in root.iter("layer")].count("LinePatternFill") == 2
    assert read_layer(tmp_path / "a.gpkg", "INTERNAL_index")["kind"].tolist() == ["it's"] * 3


def test_a_disguised_geopackage_is_not_opened(tmp_path):
    path = tmp_path / "areas.gpkg"
    path.write_text("<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>")
    with pytest.raises(StoreError, match="not a GeoPackage"):
        read_layer(path, "index")


# workbook


def test_formulas_and_links_stay_text_and_bytes_repeat(tmp_path):
    table = pd.DataFrame({"name": ['=HYPERLINK("http://x")', "https://x"], "rate": [0.1, np.nan], "ok": [True, False]})
    for name in ("a.xlsx", "b.xlsx"):
        sheets = [Sheet(name="Index", table=table, notes=("=1+1",), formats={"rate": "0.00"})]
        write_workbook(sheets, tmp_path / name, stamp=STAMP, title="t")
    assert sha256_file(tmp_path / "a.xlsx") == sha256_file(tmp_path / "b.xlsx")
    back = pd.read_excel(tmp_path / "a.xlsx", header=1, engine="calamine")
    assert back["name"].tolist() == table["name"].tolist()
    assert back["ok"].tolist() == ["yes", "no"]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_a_workbook_on_a_full_disk_is_a_store_error(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(StoreError, match="disk is full"):
        write_workbook([Sheet(name="A", table=pd.DataFrame({"a": [1]}))], tmp_path / "a.xlsx", stamp=STAMP, title="t")
    assert names(tmp_path) == []


def test_a_workbook_holds_dates_as_dates_and_offers_choices(tmp_path):
    table = pd.DataFrame({"day": [dt.date(2026, 10, 31), None], "state": ["done", "new"]})
    sheet = Sheet(name="A", table=table, notes=["above"], choices={"state": ["new", "done"]}, wrap=True, notes_shown=0)
    write_workbook([sheet], tmp_path / "a.xlsx", stamp=STAMP, title="t")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["A", "Choices"]
    assert [cell.value for cell in book["A"]["A"]] == ["above", "day", dt.datetime(2026, 10, 31), None]
    assert book["A"]["A3"].number_format == "d mmm yyyy"
    assert [cell.value for cell in book["Choices"]["A"]] == ["state", "new", "done"]
    assert (book["A"].row_dimensions[1].hidden, book["A"].row_dimensions[2].collapsed) == (True, True)
    rule = book["A"].data_validations.dataValidation[0]
    assert (rule.formula1, str(rule.sqref).split(":")[0]) == ("Choices!$A$2:$A$3", "B3")


# the store


def snapshots(store: Path) -> list[str]:
    return [name for name in names(store) if not name.startswith(".")]


def test_a_snapshot_appears_whole(tmp_path):
    with build_snapshot(tmp_path / "store", "s1") as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "a").write_text("a")
        assert snapshots(tmp_path / "store") == []
    assert snapshots(tmp_path / "store") == ["s1"]
    assert (tmp_path / "store" / "s1" / "tables" / "a").read_text() == "a"


def test_an_error_leaves_nothing_under_any_name(tmp_path):
    with pytest.raises(StoreError, match="disk is full"), build_snapshot(tmp_path, "s1") as folder:  # noqa: PT012
        (folder / "a").write_text("a")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [name for name in names(tmp_path) if name != ".store.lock"] == []


def test_an_existing_name_is_refused_even_when_empty(tmp_path):
    (tmp_path / "s1").mkdir()
    with pytest.raises(StoreError, match="already holds 's1'"), build_snapshot(tmp_path, "s1"):
        pytest.fail("the block must not run")
    with pytest.raises(StoreError, match="already holds 's2'"), build_snapshot(tmp_path, "s2"):
        (tmp_path / "s2").mkdir()
    assert snapshots(tmp_path) == ["s1", "s2"]


def test_a_running_builders_folder_is_left_alone_and_a_stale_one_is_cleaned(tmp_path):
    with build_snapshot(tmp_path, "one") as first:
        (first / "a").write_text("a")
        stale = tmp_path / ".tmp-old-12345678"
        stale.mkdir()
        with build_snapshot(tmp_path, "two"):
            assert first.exists()
            assert not stale.exists()
    assert snapshots(tmp_path) == ["one", "two"]
    assert clean_stale(tmp_path) == []


KILLED = """
    import sys, time
    from socharm.snapshot.store import build_snapshot
    with build_snapshot(sys.argv[1], "s1") as folder:
        (folder / "half").write_text("half")
        print("ready", flush=True)
        time.sleep(60)
"""


def test_a_kill_leaves_nothing_under_a_final_name_and_the_next_run_cleans(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    process.stdout.close()
    assert snapshots(tmp_path) == []
    assert any(name.startswith(".tmp-s1-") for name in names(tmp_path))
    with build_snapshot(tmp_path, "s1") as folder:
        (folder / "whole").write_text("whole")
    assert names(tmp_path / "s1") == ["whole"]
    assert not any(name.startswith(".tmp-") for name in names(tmp_path))


def test_verify_finds_changed_missing_and_foreign_files(tmp_path):
    for name in ("a", "b", "manifest.json", "run.log"):
        (tmp_path / name).write_text(name)
    expected = hash_folder(tmp_path)
    assert list(expected) == ["a", "b"]
    assert verify_hashes(tmp_path, expected) == []
    (tmp_path / "a").write_text("c")
    (tmp_path / "b").rename(tmp_path / "c")
    assert verify_hashes(tmp_path, expected) == [
        "a: changed since it was made",
        "b: missing",
        "c: does not belong to the snapshot",
    ]


def test_a_folder_that_could_not_be_written_is_told_before_any_work(tmp_path, monkeypatch):
    require_new(tmp_path / "new" / "deep")
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match="'taken' is there already and is not replaced"):
        require_new(tmp_path / "taken")
    with pytest.raises(StoreError, match="Could not write 'out': 'taken' is a file"):
        require_new(tmp_path / "taken" / "out")
    with monkeypatch.context() as patch:
        patch.setattr("socharm.files.atomic.shutil.disk_usage", lambda folder: SimpleNamespace(free=100))
        with pytest.raises(StoreError, match="Could not write 'new': the disk is full"):
            require_new(tmp_path / "new")
    monkeypatch.setattr("socharm.files.atomic.os.access", lambda folder, how: False)
    with pytest.raises(StoreError, match="Could not write 'new': permission denied"):
        require_new(tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken"]
