"""Sources of incidents as they lie about: folders of several layouts, copies, system files, kinds, hostile tables."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import json
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.geometry import Point, box

from socharm.assessment.recipe_file import load_recipe
from socharm.assessment.steps.incidents import open_incidents
from socharm.errors import DataWarning, ParameterError, RefusedError, SchemaError, SocharmError
from socharm.io.crs import transformer
from socharm.io.incidents.archive import read_archive
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.points import incident_points
from socharm.io.incidents.policeuk import is_street_file, is_system_file, street_file_parts
from socharm.io.incidents.reading import read_incidents

NEW = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context"
)
OLD = "Month,Reported by,Falls within,Easting,Northing,Location,Crime type,Context"
EAST, NORTH = 425_500, 560_500
FILES = "socharm.io.incidents"


def areas() -> gpd.GeoDataFrame:
    index = pd.Index(["A", "B"], name="area_code")
    shapes = [box(425_000, 560_000, 426_000, 561_000), box(426_000, 560_000, 427_000, 561_000)]
    return gpd.GeoDataFrame({"name": ["Ay", "Bee"]}, index=index, geometry=shapes, crs=27700)


def lonlat(east: float = EAST, north: float = NORTH) -> tuple[float, float]:
    x, y = transformer("EPSG:27700", "EPSG:4326").apply(east, north)
    return float(x[0]), float(y[0])


def new_row(month: str, crime_id: str = "", kind: str = "Burglary", east: float = EAST) -> str:
    longitude, latitude = lonlat(east)
    return f"{crime_id},{month},Toy Police,Toy Police,{longitude:.6f},{latitude:.6f},On or near X,E1,Toy,{kind},,"


def old_row(month: str, east: float = EAST, north: float = NORTH) -> str:
    return f"{month},Toy Police,Toy Police,{east},{north},On or near X,Burglary,"


def write(path: Path, header: str, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def month_file(folder: Path, month: str, rows: int = 10, ids: bool = True) -> Path:
    lines = [new_row(month, f"{month}{n:04d}" if ids else "", east=EAST + n) for n in range(rows)]
    return write(folder / f"{month}-toy-street.csv", NEW, *lines)


def by_month(source: Any, **options: Any) -> dict[str, int]:
    counts = count_incidents(read_incidents(source, **options), areas())
    assert counts.rows_read == counts.accounting["rows"].sum()
    found = counts.table.groupby(counts.table["period"].astype(str))["n"].sum()
    return {str(month): int(n) for month, n in found.items()}


# Layouts -------------------------------------------------------------------------------------------


def test_months_of_the_old_layout_are_counted_beside_new_ones(tmp_path: Path) -> None:
    write(tmp_path / "2012-01-toy-street.csv", OLD, *[old_row("2012-01")] * 10)
    month_file(tmp_path, "2012-02")
    incidents = read_incidents(tmp_path)
    assert (incidents.findings.layout, incidents.coordinates) == ("police.uk", "EPSG:4326")
    assert incidents.findings.columns["date"] == "Month"
    assert by_month(tmp_path) == {"2012-01": 10, "2012-02": 10}
    points = incident_points(incidents)
    assert points["x"].between(EAST - 1, EAST + 11).all()
    assert points["y"].between(NORTH - 1, NORTH + 1).all()


@pytest.mark.filterwarnings("ignore:.* were set aside", "ignore:.* lost more than")
def test_each_layout_gives_what_it_gives_alone(tmp_path: Path) -> None:
    places = [(EAST, NORTH), (426_500, NORTH), (0, 0), (430_000, NORTH), ("", "")]
    old = write(tmp_path / "a/2012-01-toy-street.csv", OLD, *[old_row("2012-01", *place) for place in places])  # type: ignore[arg-type]
    alone = count_incidents(read_incidents(old), areas(), accept=("no location", "outside all areas"))
    month_file(tmp_path / "a", "2012-02")
    both = count_incidents(read_incidents(tmp_path / "a"), areas())
    assert alone.accounting["rows"].to_dict() | {"used": 12} == both.accounting["rows"].to_dict()
    assert both.facts.loc["rows at coordinates (0, 0)", "rows"] == 1
    january = both.table[both.table["period"].astype(str) == "2012-01"]
    assert january.groupby("area_code")["n"].sum().to_dict() == {"A": 1, "B": 1}


def test_the_old_layout_alone_is_known(tmp_path: Path) -> None:
    incidents = read_incidents(write(tmp_path / "x.csv", OLD, old_row("2012-01")))
    assert (incidents.findings.layout, incidents.coordinates) == ("police.uk", "EPSG:27700")
    assert incidents.about.sources == ("police.uk street-level crime data",)


def test_columns_may_stand_in_another_order_and_bear_other_names(tmp_path: Path) -> None:
    write(tmp_path / "1-street.csv", "Month,Crime type,Longitude,Latitude", "2025-04,Burglary,{},{}".format(*lonlat()))
    write(tmp_path / "2-street.csv", "Latitude;Longitude;Kind;Month", "{1};{0};Burglary;2025-05".format(*lonlat()))
    assert by_month(tmp_path, columns={"offence": ["Crime type", "Kind"]}) == {"2025-04": 1, "2025-05": 1}
    with pytest.raises(SchemaError, match=r"one of 2 layouts of the source \('2-street.csv'\) has no column for"):
        read_incidents(tmp_path)


def test_area_codes_beside_coordinates_are_an_error(tmp_path: Path) -> None:
    month_file(tmp_path, "2025-04")
    write(tmp_path / "2025-05-toy-street.csv", "Month,Crime type,Area code", "2025-05,Burglary,A")
    with pytest.raises(SchemaError, match=r"area codes, such as '2025-05-toy-street.csv'"):
        read_incidents(tmp_path)


def test_separators_and_encodings_may_differ_from_file_to_file(tmp_path: Path) -> None:
    month_file(tmp_path, "2025-04", 4)
    for month, change in (("2025-05", "semicolons"), ("2025-06", "cr"), ("2025-07", "utf-16"), ("2025-08", "empty")):
        path = month_file(tmp_path, month, 4)
        text = path.read_text()
        text = text.replace(",", ";") if change == "semicolons" else text
        text = text.replace("\n", ",,,\n") if change == "empty" else text
        raw = text.encode("utf-16" if change == "utf-16" else "utf-8")
        path.write_bytes(raw.replace(b"\n", b"\r") if change == "cr" else raw)
    assert by_month(tmp_path) == {f"2025-0{month}": 4 for month in range(4, 9)}


# The same rows twice -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Copy of 2025-04-toy-street.csv",
        "2025-04-toy-street (1).csv",
        "2025-04-toy-street - Copy.csv",
        "2025-04-toy-street - Copy (2).csv",
        "2025-04-toy-street copy.csv",
        "more/2025-04-TOY-street.csv",
        "2025-09-toy-street.csv",
        "merged-street.csv",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_copied_file_is_found_whatever_it_is_called(tmp_path: Path, name: str, packed: bool) -> None:
    first = month_file(tmp_path / "in", "2025-04", ids=False)
    copy = tmp_path / "in" / name
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(first.read_bytes())
    source = tmp_path / "in"
    if packed:
        source = tmp_path / "x.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in (first, copy):
                archive.write(path, path.relative_to(tmp_path / "in"))
    with pytest.raises(SchemaError, match="counted twice"):
        read_incidents(source)


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("header", ["same", "other"])
def test_a_merged_file_beside_its_months_is_found_by_its_rows(tmp_path: Path, ids: bool, header: str) -> None:
    months = ("2025-04", "2025-05", "2025-06")
    texts = [month_file(tmp_path, month, ids=ids).read_text().splitlines() for month in months]
    rows = [row for lines in texts for row in lines[1:]]
    merged = [NEW, *rows] if header == "same" else [NEW + ",Year", *(f"{row},2025" for row in rows)]
    (tmp_path / "year-street.csv").write_text("\r\n".join(merged))
    with pytest.raises(
        SchemaError, match=r"10 of the 10 rows of '2025-04-toy-street.csv' stand in \['year-street.csv'\]"
    ):
        by_month(tmp_path)


@pytest.mark.parametrize("ids", [True, False])
def test_one_month_that_two_files_share_is_found(tmp_path: Path, ids: bool) -> None:
    """Of files of three months each a third repeats: anti-social behaviour, which has no id, would count twice."""
    for name, months in (("a", ("2025-01", "2025-02", "2025-03")), ("b", ("2025-03", "2025-04", "2025-05"))):
        nameless = [new_row(month, east=EAST + n) for month in months for n in range(5)]
        named = [new_row(month, f"{month}{n:04d}") for month in months for n in range(10)] if ids else []
        write(tmp_path / f"{name}-street.csv", NEW, *nameless, *named)
    with pytest.raises(
        SchemaError,
        match=r"5 of the 5 rows without a Crime ID of 2025-03 of 'a-street.csv' stand in \['b-street.csv'\] as well",
    ):
        by_month(tmp_path)


def test_rows_that_repeat_here_and_there_are_no_copy_of_a_file(tmp_path: Path) -> None:
    month_file(tmp_path, "2025-04")
    lines = [new_row("2025-05", f"2025-05{n}") for n in range(6)] + [
        new_row("2025-04", f"2025-04{n:04d}") for n in range(4)
    ]
    write(tmp_path / "2025-05-toy-street.csv", NEW, *lines)
    assert by_month(tmp_path)["2025-05"] == 6


def test_two_forces_in_one_month_are_no_copies(tmp_path: Path) -> None:
    month_file(tmp_path, "2025-04", ids=False)
    rows = [new_row("2025-04", east=EAST + 400 + n).replace("Toy Police", "Other Police") for n in range(10)]
    write(tmp_path / "2025-04-other-street.csv", NEW, *rows)
    assert by_month(tmp_path) == {"2025-04": 20}


def test_months_without_rows_are_no_copies_of_each_other(tmp_path: Path) -> None:
    month_file(tmp_path, "2025-04")
    for month in ("2025-05", "2025-06"):
        write(tmp_path / f"{month}-toy-street.csv", NEW)
    with pytest.warns(DataWarning, match="2 files have a header but no rows"):
        assert by_month(tmp_path) == {"2025-04": 10}


# Files of systems ----------------------------------------------------------------------------------

JUNK = (
    "._2025-04-toy-street.csv", ".DS_Store", "Thumbs.db", "desktop.ini", "~$crimes.xlsx", ".tmp-2025-04-toy-street.csv",
    ".~lock.2025-04-toy-street.csv#", "__MACOSX/2025-04/._2025-04-toy-street.csv", "__MACOSX/2025-04-toy-street.csv",
)  # fmt: skip


def test_files_of_systems_are_listed_and_never_opened(tmp_path: Path) -> None:
    month_file(tmp_path / "in", "2025-04")
    for name in JUNK:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for path in sorted((tmp_path / "in").rglob("*")):
            archive.write(path, path.relative_to(tmp_path / "in"))
        archive.writestr("__MACOSX/._inner.zip", b"PK\x03\x04")
    for source, more in ((tmp_path / "in", ()), (tmp_path / "x.zip", ("__MACOSX/._inner.zip",))):
        assert read_incidents(source).ignored == tuple(sorted((*JUNK, *more)))
        assert by_month(source) == {"2025-04": 10}
    with pytest.raises(RefusedError, match="keeps beside another file"):
        read_incidents(tmp_path / "in" / JUNK[0])


def test_names_of_street_files_and_of_system_files() -> None:
    assert street_file_parts("Copy of 2025-04-toy-street (2).csv") == ("2025-04", "toy")
    assert street_file_parts("2025-04-toy-street.csv.gz") == ("2025-04", "toy")
    assert not is_street_file("2025-04-toy-outcomes.csv")
    assert not is_street_file("2025-04-toy-street.csv.bak")
    assert not is_system_file("2025-04/2025-04-toy-street.csv")


def test_a_zip_beside_its_unpacked_folder_is_ignored(tmp_path: Path) -> None:
    path = month_file(tmp_path, "2025-04")
    with zipfile.ZipFile(tmp_path / "2025-04.zip", "w") as archive:
        archive.write(path, path.name)
    assert read_incidents(tmp_path).ignored == ("2025-04.zip",)
    assert by_month(tmp_path) == {"2025-04": 10}


# Kinds ---------------------------------------------------------------------------------------------


def crime(**changes: Any) -> dict[str, Any]:
    longitude, latitude = lonlat()
    place = {
        "latitude": f"{latitude:.6f}",
        "longitude": f"{longitude:.6f}",
        "street": {"id": 1, "name": "On or near X"},
    }
    return {
        "category": "burglary", "location_type": "Force", "location": place, "context": "", "outcome_status": None,
        "persistent_id": "p1", "id": 1, "location_subtype": "", "month": "2025-04",
    } | changes  # fmt: skip


@pytest.mark.filterwarnings("ignore:.* were set aside", "ignore:.* lost more than")
def test_an_answer_of_the_police_uk_api_is_read(tmp_path: Path) -> None:
    asb = crime(category="anti-social-behaviour", persistent_id="", id=7)
    answer = [
        crime(),
        crime(
            persistent_id="p2",
            category="violent-crime",
            outcome_status={"category": "Under investigation", "date": "2025-05"},
        ),
        asb,
        asb,  # the API's own number tells that it is the same one
        crime(persistent_id="p3", location=None, location_type=None),
    ]
    (tmp_path / "x.json").write_text(json.dumps(answer))
    incidents = read_incidents(tmp_path / "x.json")
    assert (incidents.findings.layout, incidents.coordinates) == ("police.uk", "EPSG:4326")
    counts = count_incidents(incidents, areas())
    assert counts.accounting["rows"].to_dict()["used"] == 3
    assert counts.accounting["rows"].to_dict()["no location"] == 1
    assert counts.accounting["rows"].to_dict()["whole-row copy"] == 1
    assert {"anti-social-behaviour", "burglary"} < set(counts.offences)


def test_a_folder_of_answers_is_read(tmp_path: Path) -> None:
    for number, month in enumerate(("2025-04", "2025-05")):
        crimes = [crime(persistent_id=f"{month}{n}", month=month) for n in range(3 + number)]
        (tmp_path / f"{month}.json").write_text(json.dumps(crimes))
    assert by_month(tmp_path) == {"2025-04": 3, "2025-05": 4}
    (tmp_path / "again.json").write_bytes((tmp_path / "2025-04.json").read_bytes())
    with pytest.raises(SchemaError, match="byte by byte"):
        read_incidents(tmp_path)


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        ("[]", "empty list"),
        ('{"type": "FeatureCollection", "features": []}', "FeatureCollection"),
        ("[1, 2]", "no crimes"),
        ('[{"category": "x"}]', "no crimes"),
        ('[{"type": "Person search", "gender": "Male", "location": null}]', "stops and searches"),
        ("[" * 100_000, "cannot be read as JSON"),
        ('[{"category": "burglary"', "cannot be read as JSON"),
        ("[" + "9" * 5000 + "]", "cannot be read as JSON"),
    ],
)
def test_other_json_is_refused_by_name(tmp_path: Path, answer: str, match: str) -> None:
    (tmp_path / "x.json").write_text(answer)
    with pytest.raises((SchemaError, RefusedError), match=match):
        read_incidents(tmp_path / "x.json")


def test_workbooks_are_read_with_their_sheet_and_header(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "Date recorded": pd.to_datetime(["2025-04-01", "2025-05-03"]),
            "Offence": ["Burglary"] * 2,
            "Easting": [EAST] * 2,
            "Northing": [NORTH] * 2,
        }
    )
    with pd.ExcelWriter(tmp_path / "x.xlsx") as book:
        pd.DataFrame({"About": ["An extract"]}).to_excel(book, sheet_name="Notes", index=False)
        rows.to_excel(book, sheet_name="Data", index=False, startrow=2)
    assert by_month(tmp_path / "x.xlsx") == {"2025-04": 1, "2025-05": 1}
    assert by_month(tmp_path / "x.xlsx", sheet="Data", header_row=3) == {"2025-04": 1, "2025-05": 1}
    with pytest.raises(ParameterError, match="has no sheet 'Dat'"):
        read_incidents(tmp_path / "x.xlsx", sheet="Dat")
    with pytest.raises(SocharmError):
        read_incidents(tmp_path / "x.xlsx", sheet="Notes")


@pytest.mark.parametrize("name", ["x.docx", "x.pdf", "x.7z", "x.dbf", "x.xml", "x", "x.csv.bz2", "x.gz"])
def test_other_kinds_are_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"Month,Crime type,Longitude,Latitude\n")
    with pytest.raises(ParameterError, match="Convert the file first"):
        read_incidents(tmp_path / name)


# Archives ------------------------------------------------------------------------------------------


def test_a_zip_of_very_many_members_is_refused_before_they_are_looked_at(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for number in range(50_001):
            archive.writestr(f"{number}.txt", b"")
    with pytest.raises(RefusedError, match=r"50,001 members"):
        read_archive(tmp_path / "x.zip")


def test_a_member_that_is_damaged_or_lies_about_its_size_is_an_error(tmp_path: Path) -> None:
    rows = "\n".join([NEW, *(new_row("2025-04", f"{n:064d}") for n in range(3000))])
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("2025-04-toy-street.csv", rows)
    raw = bytearray((tmp_path / "x.zip").read_bytes())
    flipped = bytearray(raw)
    flipped[len(raw) // 2] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(flipped)
    with pytest.raises(SocharmError, match=r"flipped.zip.*2025-04-toy-street.csv"):
        by_month(tmp_path / "flipped.zip")
    at = raw.rindex(b"PK\x01\x02") + 24
    raw[at : at + 4] = struct.pack("<I", len(rows) - 5)
    (tmp_path / "short.zip").write_bytes(raw)
    with pytest.raises(SocharmError, match=r"short.zip"):
        by_month(tmp_path / "short.zip")


# Tables of engines ---------------------------------------------------------------------------------


def table(rows: int = 3) -> dict[str, list[Any]]:
    return {
        "date": ["2025-04-01"] * rows, "offence": ["Burglary"] * rows,
        "easting": [EAST + n for n in range(rows)], "northing": [NORTH] * rows,
    }  # fmt: skip


def test_columns_that_no_text_can_hold_are_left_out_with_a_warning() -> None:
    frame = pl.DataFrame(table()).with_columns(
        a=pl.Series([[1], [2], [3]]), b=pl.Series([{"x": 1}] * 3), c=pl.Series([b"x"] * 3)
    )
    with pytest.warns(DataWarning, match=r"the columns \['a', 'b', 'c'\] hold lists, records, bytes"):
        assert by_month(frame) == {"2025-04": 3}
    with pytest.raises(SchemaError, match=r"the columns \['offence'\] hold lists"):
        read_incidents(frame.with_columns(offence=pl.col("a")))


ODD: dict[str, Any] = {
    "datetimes with a zone": pd.Series(pd.to_datetime(["2025-04-01"] * 3).tz_localize("Europe/London")),
    "periods": pd.Series(pd.period_range("2025-04", periods=3, freq="M")),
    "intervals": pd.Series(pd.interval_range(0, 3)),
    "timedeltas": pd.Series(pd.to_timedelta([1, 2, 3], unit="D")),
    "categories of text": pd.Series(["a", "b", None], dtype="category"),
    "categories of numbers": pd.Series([1, 2, 3], dtype="category"),
    "categories of anything": pd.Series([1, "a", None], dtype="category"),
    "sparse": pd.Series(pd.arrays.SparseArray([0.0, 0.0, 1.0])),
    "sparse text": pd.Series(pd.arrays.SparseArray(["", "a", ""])),
    "arrow text": pd.Series(["a", None, "b"], dtype=pd.ArrowDtype(pa.string())),
    "arrow numbers": pd.Series([1, None, 3], dtype=pd.ArrowDtype(pa.int64())),
    "arrow decimals": pd.Series([decimal.Decimal("1.5")] * 3, dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
    "arrow lists": pd.Series([[1], [2], [3]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "nullable": pd.Series([1, None, 3], dtype="Int64"),
    "complex": pd.Series([1 + 2j] * 3),
    "objects": pd.Series([{"a": 1}, [1], object()]),
    "dates": pd.Series([dt.date(2025, 4, 1)] * 3),
    "times": pd.Series([dt.time(1, 2)] * 3),
    "points": gpd.GeoSeries([Point(0, 0)] * 3),
    "bytes": pd.Series([b"a", b"b", b"c"]),
}


@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
@pytest.mark.parametrize("name", ODD)
def test_columns_of_every_kind_may_stand_beside_the_needed_ones(name: str) -> None:
    assert by_month(pd.DataFrame(table()).assign(odd=ODD[name])) == {"2025-04": 3}


@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
@pytest.mark.parametrize("meaning", ["date", "offence", "easting"])
@pytest.mark.parametrize("name", ODD)
def test_needed_columns_of_every_kind_are_read_or_refused(name: str, meaning: str) -> None:
    frame = pd.DataFrame(table()).assign(**{meaning: ODD[name]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            counts = count_incidents(read_incidents(frame), areas())
        except SocharmError:
            return
    assert counts.rows_read == 3


@pytest.mark.parametrize(
    ("frame", "match"),
    [
        (pd.DataFrame([[1, 2]], columns=["date", "date"]), r"more than once: \['date'\]"),
        (pd.DataFrame([[1, 2]], columns=[1, 2]), "names that are not text"),
        (
            pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
            "with one row of headings",
        ),
        (pl.DataFrame({f"c{n}": [1] for n in range(5000)}), "5,000 columns"),
        (pd.DataFrame(), "no column for"),
        ([1, 2], "`source` is a list; it must be a path or a table"),
        (None, "`source` is None; it must be a path or a table"),
    ],
    ids=["twice", "numbers", "levels", "wide", "nothing", "list", "None"],
)
def test_tables_of_odd_shapes_are_refused(frame: Any, match: str) -> None:
    with pytest.raises(SocharmError, match=match):
        read_incidents(frame)


def test_a_lazy_frame_that_fails_is_an_error_of_ours_without_cells() -> None:
    def fail(series: pl.Series) -> pl.Series:
        raise RuntimeError("row 7: Jane Smith")

    frame = pl.LazyFrame(table()).with_columns(pl.col("offence").map_batches(fail, return_dtype=pl.String))
    with pytest.raises(SchemaError, match="cannot be read as") as caught:
        count_incidents(read_incidents(frame), areas())
    assert "Jane" not in str(caught.value)
    relation = duckdb.sql(
        "select '2025-04' as date, 'x' as offence, cast(error('Jane') as int) as easting, 1 as northing"
    )
    with pytest.raises(SocharmError) as caught_too:
        count_incidents(read_incidents(relation), areas())
    assert "Jane" not in str(caught_too.value)


# Parquet -------------------------------------------------------------------------------------------


def test_parquet_is_looked_at_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table(table(50)), tmp_path / "x.parquet")
    monkeypatch.setattr(f"{FILES}.opening.MAX_ROWS", 49)
    with pytest.raises(RefusedError, match=r"50 rows in 'x.parquet'"):
        read_incidents(tmp_path / "x.parquet")
    pq.write_table(pa.table({f"c{n}": [1] for n in range(4_100)}), tmp_path / "y.parquet")
    with pytest.raises(RefusedError, match=r"4,100 columns in 'y.parquet'"):
        read_incidents(tmp_path / "y.parquet")


@pytest.mark.parametrize("codec", ["snappy", "gzip", "zstd", "none"])
def test_damaged_parquet_is_an_error_of_ours(tmp_path: Path, codec: str) -> None:
    rng = np.random.default_rng(1)
    pq.write_table(pa.table(table(2000)), tmp_path / "x.parquet", compression=codec)
    whole = (tmp_path / "x.parquet").read_bytes()
    for _ in range(60):
        raw = bytearray(whole)
        for at in rng.integers(4, len(raw) - 4, 8):
            raw[at] = int(rng.integers(0, 256))
        (tmp_path / "y.parquet").write_bytes(raw)
        with warnings.catch_warnings(), contextlib.suppress(SocharmError):
            warnings.simplefilter("ignore")
            count_incidents(read_incidents(tmp_path / "y.parquet"), areas())


@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
@pytest.mark.parametrize(
    "odd",
    [
        pa.array([[1], [2], [3]]),
        pa.array([{"a": 1}] * 3),
        pa.array([b"x"] * 3),
        pa.array([decimal.Decimal("1.25")] * 3),
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array([None] * 3),
        pa.array([1, 2, 3], pa.duration("s")),
        pa.array([1, 2, 3], pa.time64("us")),
        pa.array([1.5] * 3, pa.float32()),
        pa.array([True, None, False]),
        pa.array([[("k", 1)]] * 3, pa.map_(pa.string(), pa.int64())),
    ],
    ids=str,
)
def test_parquet_columns_of_every_type_may_stand_beside_the_needed_ones(tmp_path: Path, odd: pa.Array) -> None:
    pq.write_table(pa.table({**table(), "odd": odd}), tmp_path / "x.parquet")
    assert by_month(tmp_path / "x.parquet") == {"2025-04": 3}


# Persons -------------------------------------------------------------------------------------------


def test_street_files_with_a_column_more_are_judged_by_its_contents(tmp_path: Path) -> None:
    names = ["Mr John Smith", "Mrs Jane Jones", "Dr Ann Other", "Miss Mary Major"]
    rows = [new_row("2025-04", f"i{n}") + f",{name}" for n, name in enumerate(names)]
    write(tmp_path / "2025-04-toy-street.csv", NEW + ",Remark", *rows)
    with pytest.raises(RefusedError, match=r"2025-04-toy-street.csv.*'Remark'") as caught:
        read_incidents(tmp_path)
    assert "Smith" not in str(caught.value)
    assert by_month(tmp_path, allow_columns=["Remark"]) == {"2025-04": 4}


def test_free_text_in_the_context_of_one_file_is_judged(tmp_path: Path) -> None:
    month_file(tmp_path, "2025-04")
    rows = [new_row("2025-05", f"i{n}") + f"Mr John Smith{'abcd'[n]}" for n in range(4)]
    write(tmp_path / "2025-05-toy-street.csv", NEW, *rows)
    with pytest.raises(RefusedError, match="'Context'"):
        read_incidents(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "frame"])
def test_persons_are_refused_in_every_kind(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame(table(4)).assign(remark=["Mr John Smith", "Mrs Jane Jones", "Dr Ann Other", "Miss Mary Major"])
    source: Any = tmp_path / f"x.{kind}"
    if kind == "frame":
        source = frame
    else:
        getattr(frame, {"csv": "to_csv", "xlsx": "to_excel", "parquet": "to_parquet"}[kind])(source, index=False)
    with pytest.raises(RefusedError, match="'remark'"):
        read_incidents(source)


# Recipes and the command line ----------------------------------------------------------------------

RECIPE = """
[assessment]
period = ["2025-04", "2025-05"]
seed = 1

[areas]
path = "areas.gpkg"
code = "code"
name = "name"
year = 2025

[incidents]
path = "extract.csv"
header_row = 3
encoding = "cp1252"
crs = "EPSG:27700"
columns = { offence = ["Kind", "Offence"] }

[weights]
crosswalk = "none"
"""


def world(folder: Path, *rows: str) -> Path:
    frame = areas().reset_index(names="code")
    frame.to_file(folder / "areas.gpkg")
    text = "\n".join(["Extract,of,April,2025", "", "Date,Kind,Easting,Northing", *rows]) + "\n"
    (folder / "extract.csv").write_text(text, encoding="cp1252")
    (folder / "assessment.toml").write_text(RECIPE)
    return folder / "assessment.toml"


def test_a_recipe_says_how_a_file_is_read(tmp_path: Path) -> None:
    recipe = load_recipe(world(tmp_path, *[f"2025-0{4 + n % 2}-01,Café,{EAST},{NORTH}" for n in range(6)]))
    incidents = open_incidents(recipe)
    assert count_incidents(incidents, areas()).accounting["rows"]["used"] == 6
    assert incidents.frame.collect()["offence"].to_list() == ["Café"] * 6


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("row", "match"),
    [
        (f"2025-04-02,Burglary, dwelling,{EAST},{NORTH}", "row 5 has 5"),
        (f'2025-04-02,"Burglary,{EAST},{NORTH}', "row 5"),
    ],
)
def test_the_command_line_names_the_row_and_shows_no_traceback(
    tmp_path: Path, command: str, row: str, match: str
) -> None:
    good = f"2025-04-01,Burglary,{EAST},{NORTH}"
    recipe = world(tmp_path, good, row, good, good)
    done = subprocess.run(
        [sys.executable, "-m", "socharm", command, str(recipe)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    told = " ".join(done.stderr.split())
    assert match in told
    assert "extract.csv" in told
    assert "Traceback" not in told
    assert "dwelling" not in told
