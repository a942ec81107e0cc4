"""Reading and counting incidents: every row accounted for, on every engine, whatever the file looks like."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely.geometry import Polygon, box

from socharm.errors import (
    AlignmentError,
    CoverageWarning,
    DataWarning,
    ParameterError,
    RefusedError,
    SchemaError,
)
from socharm.io.crs import transformer
from socharm.io.incidents.assign import _near_boundary, assign_points
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.losses import ACCEPTABLE
from socharm.io.incidents.months import months_of
from socharm.io.incidents.places import place_codes
from socharm.io.incidents.points import incident_points
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.records import Counts

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context"
)
# A few rows hold every kind of fault here, so that most of a file is set aside; how that is told: test_losses.py.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.* were set aside:socharm.errors.DataWarning"),
    pytest.mark.filterwarnings("ignore:.* lost more than:socharm.errors.CoverageWarning"),
]
WEST, EAST = (-1.62, 54.97), (-1.60, 54.97)  # in areas A and B


def square_areas() -> gpd.GeoDataFrame:
    """A and B side by side in Newcastle, 1,300 m and more wide; the points WEST and EAST lie inside."""
    index = pd.Index(["A", "B"], name="area_code")
    shapes = [box(423_500, 563_000, 425_000, 565_000), box(425_000, 563_000, 427_000, 565_000)]
    return gpd.GeoDataFrame(
        {"name": ["Ay", "Bee"], "parent": ["D", "D"], "force": [None, None]}, index=index, geometry=shapes, crs=27700
    )


def row(
    crime_id: str = "",
    month: str = "2025-04",
    where: tuple[float, float] | None = WEST,
    kind: str = "Burglary",
    location: str = "On or near High Street",
    outcome: str = "",
) -> str:
    longitude, latitude = where or ("", "")
    return f"{crime_id},{month},Toy Police,Toy Police,{longitude},{latitude},{location},E0,Toy,{kind},{outcome},"


def street_text(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def write_csv(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(street_text(*rows), encoding="utf-8")
    return path


MIXED = (
    row("a", kind="Burglary"),
    row("a", kind="Burglary"),  # whole-row copy
    row("b", outcome="Under investigation"),
    row("b", outcome="Charged"),  # repeated id, kept
    row("", kind="Anti-social behaviour", where=EAST),
    row("", kind="Anti-social behaviour", where=EAST),  # no id: never a duplicate
    row("c", month="25-Feb"),
    row("d", month="2025-06"),
    row("e", where=None),
    row("f", where=(0, 0)),
    row("g", where=(-0.1, 51.5)),
    row("h", location="On or near Police Station", where=EAST),
    row("i", location="On or near Hospital Lane", where=EAST),
)
MIXED_ACCOUNTING = {
    "used": 7,
    "column names, sums or notes": 0,
    "source left out": 0,
    "date cannot be parsed": 1,
    "outside the period": 1,
    "no location": 2,
    "outside all areas": 1,
    "area not covered in that month": 0,
    "whole-row copy": 1,
    "repeated id": 0,
}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "2025-04-toy-street.csv", *MIXED)


def test_every_row_has_one_reason_by_the_fixed_precedence(mixed: Path) -> None:
    counts = count_incidents(read_incidents(mixed, period="2025-04"), square_areas())
    assert counts.accounting["rows"].to_dict() == MIXED_ACCOUNTING
    assert counts.rows_read == len(MIXED)
    assert counts.total().to_dict() == {"A": 3, "B": 4}
    facts = counts.facts["rows"]
    assert facts["rows at coordinates (0, 0)"] == 1
    assert facts["rows that share a Crime ID with another row"] == 4
    assert facts["used rows beyond the first of their Crime ID"] == 1
    assert facts["used rows without a Crime ID"] == 2


def test_counts_are_complete_sorted_whole_numbers(mixed: Path) -> None:
    table = count_incidents(read_incidents(mixed, period="2025-04"), square_areas()).table
    expected = pd.DataFrame(
        {
            "area_code": ["A", "A", "B", "B"],
            "offence": ["anti-social-behaviour", "burglary"] * 2,
            "period": pd.PeriodIndex(["2025-04"] * 4, freq="M"),
            "n": [0, 3, 2, 2],
        }
    ).astype({"area_code": "str", "offence": "str"})
    assert_frame_equal(table, expected)


def test_an_offence_without_a_used_row_is_listed_and_not_counted_as_zero(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", row("a"), row("b", kind="Robbery", where=None))
    counts = count_incidents(read_incidents(path), square_areas())
    assert counts.offences == ["burglary", "robbery"]
    assert counts.without_rows == ["robbery"]
    assert set(counts.table["offence"]) == {"burglary"}


def test_only_the_exact_text_names_a_place(mixed: Path) -> None:
    flagged = count_incidents(read_incidents(mixed, period="2025-04"), square_areas()).flagged
    assert flagged[["area_code", "flag", "n"]].to_numpy().tolist() == [["B", "place:police-station", 1]]
    assert "On or near Hospital" in place_codes()
    assert "On or near Hospital Lane" not in place_codes()


@pytest.mark.parametrize("engine", ["pandas", "polars", "polars lazy", "duckdb", "parquet", "zip", "folder"])
def test_every_engine_gives_the_same_counts(mixed: Path, engine: str) -> None:
    expected = count_incidents(read_incidents(mixed, period="2025-04"), square_areas())
    frame = pl.read_csv(mixed, infer_schema=False)
    if engine == "pandas":
        source: object = pd.read_csv(mixed)
    elif engine == "polars":
        source = frame
    elif engine == "polars lazy":
        source = frame.lazy()
    elif engine == "duckdb":
        source = duckdb.connect().from_arrow(frame.to_arrow())
    elif engine == "parquet":
        source = mixed.parent / "rows.parquet"
        frame.write_parquet(source)
    elif engine == "zip":
        source = mixed.parent / "download.zip"
        with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(mixed, "2025-04/2025-04-toy-street.csv")
            archive.writestr("2025-04/2025-04-toy-outcomes.csv", "Crime ID\n")
    else:
        source = mixed.parent
    incidents = read_incidents(source, period="2025-04")
    counts = count_incidents(incidents, square_areas())
    assert_frame_equal(counts.table, expected.table)
    assert_frame_equal(counts.accounting, expected.accounting)
    assert_frame_equal(counts.facts, expected.facts)
    assert_frame_equal(counts.flagged, expected.flagged)
    assert_frame_equal(counts.coverage, expected.coverage)
    if engine == "zip":
        assert incidents.ignored == ("2025-04/2025-04-toy-outcomes.csv",)


@pytest.mark.parametrize(("duplicates", "used", "repeated"), [("keep", 8, 0), ("whole-row", 7, 0), ("id", 6, 1)])
def test_duplicates_are_a_stated_choice(mixed: Path, duplicates: str, used: int, repeated: int) -> None:
    counts = count_incidents(read_incidents(mixed, period="2025-04"), square_areas(), duplicates=duplicates)
    assert counts.accounting["rows"]["used"] == used
    assert counts.accounting["rows"]["repeated id"] == repeated
    assert counts.rows_read == len(MIXED)


def test_one_row_per_id_keeps_the_latest_month(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", row("a", month="2025-04"), row("a", month="2025-05"), row("b"))
    table = count_incidents(read_incidents(path), square_areas(), duplicates="id").table
    assert table[table.area_code == "A"].set_index(table[table.area_code == "A"].period.astype(str))["n"].to_dict() == {
        "2025-04": 1,
        "2025-05": 1,
    }


def test_a_boundary_point_belongs_to_the_lowest_code_and_is_counted() -> None:
    areas = square_areas().iloc[::-1]
    rows = pd.DataFrame(
        {"date": ["2025-04"] * 2, "offence": ["x"] * 2, "easting": [425_000, 426_000], "northing": 564_000}
    )
    counts = count_incidents(read_incidents(rows), areas)
    assert counts.total().to_dict() == {"A": 1, "B": 1}
    assert counts.facts["rows"]["used rows on a boundary between areas"] == 1
    assert counts.findings.boundary_rule.endswith("lowest area_code")
    assert list(counts.areas.index) == ["B", "A"]


def test_points_nearer_a_boundary_than_the_transformation_are_counted() -> None:
    wanted = assign_points(*_lonlat([425_001.0, 425_003.0, 424_000.0]), crs="EPSG:4326", areas=square_areas())
    assert wanted.near.tolist() == [True, False, False]
    assert wanted.accuracy_m == 2.0


def _lonlat(eastings: list[float]) -> tuple:
    points = gpd.GeoSeries(gpd.points_from_xy(eastings, [564_000.0] * len(eastings)), crs=27700)
    return transformer("EPSG:27700", "EPSG:4326").apply(points.x, points.y)


def test_near_a_boundary_agrees_with_plain_distances() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(423_400, 427_100, 400), rng.uniform(562_900, 565_100, 400)
    ring = square_areas().geometry.iloc[0].boundary.segmentize(7)
    areas = gpd.GeoDataFrame(index=pd.Index(["A"], name="area_code"), geometry=[Polygon(ring)], crs=27700)
    points = gpd.points_from_xy(x, y)
    near = _near_boundary(np.asarray(points), areas.geometry.to_numpy(), 20.0)
    assert near.tolist() == (gpd.GeoSeries(points).distance(ring) <= 20).tolist()
    assert near.any()


# Layouts -------------------------------------------------------------------------------------------


def test_an_extract_is_mapped_with_flags_and_labels_of_its_own() -> None:
    rows = pd.DataFrame(
        {
            "recorded_on": ["30/04/2025", "01/05/2025 13:00"],
            "happened_on": ["2025-03-31", "2025-04-02"],
            "ho_class": ["Knife point robbery", "Robbery"],
            "E": [424_000, 426_000],
            "N": [564_000, 564_000],
            "da": ["Y", "N"],
        }
    )
    columns = {
        "date_recorded": "recorded_on",
        "date_committed": "happened_on",
        "offence": "ho_class",
        "easting": "E",
        "northing": "N",
        "flags": {"domestic": "da"},
    }
    recorded = count_incidents(read_incidents(rows, columns=columns), square_areas())
    assert str(recorded.about.period) == "2025-04 to 2025-05"
    assert recorded.offences == ["knife-point-robbery", "robbery"]
    assert recorded.flagged[["area_code", "flag", "n"]].to_numpy().tolist() == [["A", "domestic", 1]]
    committed = count_incidents(read_incidents(rows, columns=columns, date_basis="committed"), square_areas())
    assert str(committed.about.period) == "2025-03 to 2025-04"


def test_area_codes_are_joined_by_code() -> None:
    rows = pd.DataFrame({"month": ["2025-04"] * 4, "offence": "x", "code": ["A", "B", "Z", None]})
    columns = {"area_code": "code", "date": "month"}
    counts = count_incidents(read_incidents(rows, columns=columns), square_areas().drop(columns="geometry"))
    assert counts.total().to_dict() == {"A": 1, "B": 1}
    assert counts.accounting["rows"][["no location", "outside all areas"]].tolist() == [1, 1]


def test_codes_of_another_year_are_an_error_that_names_them() -> None:
    rows = pd.DataFrame({"month": ["2025-04"], "offence": "x", "area_code": ["E05009999"]})
    with pytest.raises(AlignmentError, match=r"E05009999.*boundary year"):
        count_incidents(read_incidents(rows), square_areas())


def test_renamed_and_missing_columns_of_other_downloads_are_recognised() -> None:
    rows = pd.DataFrame(
        {
            "Crime ID": ["a"],
            "Month": ["2018-06"],
            "Longitude": [WEST[0]],
            "Latitude": [WEST[1]],
            "LSOA11 code (joined)": ["E0"],
            "Crime type": ["Violence and sexual offences"],
            "api_id": [1],
        }
    )
    counts = count_incidents(read_incidents(rows), square_areas())
    assert counts.offences == ["violence-and-sexual-offences"]


@pytest.mark.parametrize("text", ["2025-04", "2025-04-30", "2025-04-30T23:59", "30/04/2025", "04/30/2025"])
def test_dates_are_months(text: str) -> None:
    assert months_of([text, "", None]).of == {text: "2025-04", "": None, None: None}


@pytest.mark.parametrize("text", ["1/4/2025 0:15", "25-Feb", "2025-13", "2025-04-3x"])
def test_a_date_of_no_one_month_is_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        months_of([text])


def test_typed_dates_are_read_on_every_engine() -> None:
    frame = pl.DataFrame({"offence": ["x"], "area_code": ["A"], "date": ["2025-04-30 12:00:00"]})
    typed = frame.with_columns(pl.col("date").str.to_datetime())
    for source in (typed, typed.to_pandas(), duckdb.connect().from_arrow(typed.to_arrow())):
        assert str(count_incidents(read_incidents(source), square_areas()).about.period) == "2025-04"


# Coverage ------------------------------------------------------------------------------------------


def two_months(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "x.csv", row("a"), row("b", month="2025-06", where=EAST))


def test_a_month_that_did_not_arrive_is_absent_not_zero(tmp_path: Path) -> None:
    counts = count_incidents(read_incidents(two_months(tmp_path)), square_areas())
    assert counts.coverage.columns[~counts.coverage.all()].astype(str).tolist() == ["2025-05"]
    assert sorted(set(counts.table["period"].astype(str))) == ["2025-04", "2025-06"]
    assert "2025-05" in counts.about.coverage


@pytest.mark.parametrize(
    ("covered", "cells"),
    [
        (["A"], {("A", "2025-04"), ("A", "2025-06")}),
        (pd.Series({"A": True, "B": False}), {("A", "2025-04"), ("A", "2025-06")}),
        (["2025-04"], {("A", "2025-04"), ("B", "2025-04")}),
        ({"A": ["2025-04"], "B": ["2025-06"]}, {("A", "2025-04"), ("B", "2025-06")}),
        (pd.DataFrame({"2025-06": [True, True]}, index=["A", "B"]), {("A", "2025-06"), ("B", "2025-06")}),
    ],
)
def test_coverage_can_be_stated(tmp_path: Path, covered: object, cells: set) -> None:
    counts = count_incidents(read_incidents(two_months(tmp_path)), square_areas(), covered=covered)
    assert set(zip(counts.table["area_code"], counts.table["period"].astype(str), strict=True)) == cells
    assert counts.rows_read == 2
    used = counts.accounting["rows"]
    assert used["used"] + used["area not covered in that month"] == 2


def test_a_stated_month_without_rows_is_zero_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(CoverageWarning, match="no row arrived"):
        counts = count_incidents(
            read_incidents(two_months(tmp_path)), square_areas(), covered=["2025-04", "2025-05", "2025-06"]
        )
    assert counts.coverage.to_numpy().all()


def test_each_force_is_covered_by_its_own_months() -> None:
    areas = square_areas().assign(force=["Toy", "Other Constabulary"])
    rows = pd.DataFrame(
        {
            "Month": ["2025-04", "2025-05", "2025-04", "2025-05"],
            "Reported by": ["Toy Police", "Toy Police", "Other Constabulary", "British Transport Police"],
            "Crime type": "Burglary",
            "Longitude": [WEST[0], WEST[0], EAST[0], EAST[0]],
            "Latitude": WEST[1],
        }
    )
    counts = count_incidents(read_incidents(rows), areas)
    assert counts.coverage.loc["A"].tolist() == [True, True]
    assert counts.coverage.loc["B"].tolist() == [True, False]
    with pytest.warns(CoverageWarning, match="Silent"):
        count_incidents(read_incidents(rows), areas.assign(force=["Toy", "Silent"]))


@pytest.mark.parametrize(
    ("covered", "error", "match"),
    [
        (["A", "Q"], AlignmentError, "boundary year"),
        (["nonsense"], AlignmentError, "neither months"),
        ([], ParameterError, "empty"),
        ("2025-04", ParameterError, "covered"),
        (pd.Series({"A": 0.5}), SchemaError, "true or false"),
    ],
)
def test_coverage_that_makes_no_sense_is_an_error(tmp_path: Path, covered: object, error: type, match: str) -> None:
    with pytest.raises(error, match=match):
        count_incidents(read_incidents(two_months(tmp_path)), square_areas(), covered=covered)


# Bad input -----------------------------------------------------------------------------------------


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("")
    with pytest.raises(SchemaError, match="empty"):
        read_incidents(tmp_path / "x.csv")


def test_a_header_without_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="header but no rows"):
        read_incidents(write_csv(tmp_path / "x.csv"))
    empty = pl.DataFrame(schema=dict.fromkeys(HEADER.split(","), pl.String))
    with pytest.raises(SchemaError, match="header but no rows"):
        count_incidents(read_incidents(empty), square_areas())


def test_a_month_without_rows_did_not_arrive(tmp_path: Path) -> None:
    write_csv(tmp_path / "2025-04-toy-street.csv", row("a"))
    write_csv(tmp_path / "2025-05-toy-street.csv")
    with pytest.warns(DataWarning, match="not arrived"):
        incidents = read_incidents(tmp_path, period=("2025-04", "2025-05"))
    assert count_incidents(incidents, square_areas()).coverage.loc["A"].tolist() == [True, False]


@pytest.mark.parametrize("change", ["bom", "semicolons", "latin-1", "crlf", "blank lines"])
def test_text_is_read_as_spreadsheets_write_it(mixed: Path, change: str) -> None:
    text = mixed.read_text().replace("High Street", "Café Street")
    raw = {
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "semicolons": text.replace(",", ";").encode(),
        "latin-1": text.encode("latin-1"),
        "crlf": text.replace("\n", "\r\n").encode(),
        "blank lines": (text + "\n").encode(),
    }[change]
    mixed.write_bytes(raw)
    counts = count_incidents(read_incidents(mixed, period="2025-04"), square_areas())
    assert counts.accounting["rows"].to_dict() == MIXED_ACCOUNTING


def test_latin_1_far_from_the_head_says_what_to_do(tmp_path: Path) -> None:
    text = street_text(*[row(f"{n:064d}") for n in range(1000)], row("z", location="Caf\xe9"))
    (tmp_path / "x.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(SchemaError, match="encoding='cp1252'"):
        count_incidents(read_incidents(tmp_path / "x.csv"), square_areas())
    again = read_incidents(tmp_path / "x.csv", encoding="cp1252")
    assert count_incidents(again, square_areas()).rows_read == 1001


def test_rows_with_too_many_fields_are_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", row("a"), row("b", location="A, B"))
    with pytest.raises(SchemaError, match="row 3 has 13"):
        count_incidents(read_incidents(path), square_areas())


def test_a_missing_column_suggests_the_nearest(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", row("a"))
    path.write_text(path.read_text().replace("Longitude", "Longitud"))
    with pytest.raises(SchemaError, match=r"Did you mean 'Longitud' for 'longitude'"):
        read_incidents(path)
    with pytest.raises(SchemaError, match=r"Did you mean 'Month'"):
        read_incidents(path, columns={"date": "Mont"})
    with pytest.raises(ParameterError, match=r"Did you mean 'offence'"):
        read_incidents(path, columns={"offense": "Crime type"})


def test_dates_rewritten_by_a_spreadsheet_are_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", row("a", month="Feb-25"), row("b", month="Mar-25"))
    counts = count_incidents(read_incidents(path), square_areas())
    assert str(counts.about.period) == "2025-02 to 2025-03"
    assert counts.findings.date_format == "Mon-YY"


@pytest.mark.parametrize(
    ("x", "y", "names", "match"),
    [
        (WEST[1], WEST[0], ("Longitude", "Latitude"), "swapped"),
        (424_000, 564_000, ("Longitude", "Latitude"), "EPSG:27700"),
        (-180_337, 7_356_000, ("Longitude", "Latitude"), "EPSG:3857"),
        (WEST[0], WEST[1], ("easting", "northing"), "longitude and latitude"),
        (564_000, 424_000, ("easting", "northing"), "swapped"),
        (-0.1, 51.5, ("Longitude", "Latitude"), "same force"),
    ],
)
def test_points_elsewhere_are_explained(x: float, y: float, names: tuple[str, str], match: str) -> None:
    rows = pd.DataFrame({"Month": ["2025-04"], "Crime type": ["x"], names[0]: [x], names[1]: [y]})
    with pytest.raises(AlignmentError, match=match):
        count_incidents(read_incidents(rows), square_areas())


def test_coordinates_that_are_no_numbers_are_an_error() -> None:
    rows = pd.DataFrame({"Month": ["2025-04"], "Crime type": ["x"], "Longitude": ["1.6 W"], "Latitude": ["54.9 N"]})
    with pytest.raises(SchemaError, match="decimal point"):
        count_incidents(read_incidents(rows), square_areas())


def test_a_truncated_parquet_is_an_error(mixed: Path) -> None:
    path = mixed.parent / "x.parquet"
    pl.read_csv(mixed, infer_schema=False).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SchemaError, match="cut short"):
        read_incidents(path)
    with path.open("ab") as stream:
        stream.write(struct.pack("<I", 10_000_000) + b"PAR1")
    with pytest.raises(SchemaError, match="cannot be read as parquet"):
        read_incidents(path)


def test_binary_disguised_as_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(RefusedError, match="not text"):
        read_incidents(tmp_path / "x.csv")
    with pytest.raises(RefusedError, match="not a plain path"):
        read_incidents("https://example.org/x.csv")


def make_zip(path: Path, members: dict[str, bytes | str], **attributes: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("../2025-04-toy-street.csv", "climbs out"),
        ("a/../../2025-04-toy-street.csv", "climbs out"),
        ("..\\2025-04-toy-street.csv", "climbs out"),
        ("/etc/2025-04-toy-street.csv", "absolute"),
        ("C:/2025-04-toy-street.csv", "absolute"),
        ("inner.zip", "archive inside"),
    ],
)
def test_unsafe_members_are_refused(tmp_path: Path, name: str, match: str) -> None:
    path = make_zip(tmp_path / "x.zip", {"2025-04-toy-street.csv": street_text(row("a")), name: street_text(row("b"))})
    with pytest.raises(RefusedError, match=match):
        read_incidents(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.zip"]


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", {"2025-04-toy-street.csv": HEADER + "\n" + "0" * 20_000_000})
    with pytest.raises(RefusedError, match="zip bomb"):
        read_incidents(path)


def test_links_and_disguised_members_are_refused(tmp_path: Path) -> None:
    linked = make_zip(tmp_path / "l.zip", {"2025-04-toy-street.csv": "/etc/passwd"}, external_attr=0o120777 << 16)
    with pytest.raises(RefusedError, match="is a link"):
        read_incidents(linked)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", "y")
    nested = make_zip(tmp_path / "n.zip", {"2025-04-toy-street.csv": inner.getvalue()})
    with pytest.raises(RefusedError, match="not text"):
        read_incidents(nested)


def test_archives_without_street_files_or_broken_are_errors(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no street file"):
        read_incidents(make_zip(tmp_path / "x.zip", {"readme.txt": "hello"}))
    whole = make_zip(tmp_path / "y.zip", {"2025-04-toy-street.csv": street_text(row("a"))}).read_bytes()
    (tmp_path / "z.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SchemaError, match="cannot be read as a zip"):
        read_incidents(tmp_path / "z.zip")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SchemaError, match="without a street file"):
        read_incidents(tmp_path / "folder")


def test_one_month_that_arrives_twice_is_an_error(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        write_csv(tmp_path / folder / "2025-04-toy-street.csv", row(""))
    with pytest.raises(SchemaError, match="arrived twice"):
        read_incidents(tmp_path)


def test_persons_are_refused_in_extracts() -> None:
    rows = pd.DataFrame({"date": ["2025-04"], "offence": "x", "area_code": "A", "Victim name": ["?"]})
    with pytest.raises(RefusedError, match="Victim name"):
        read_incidents(rows)


def test_arguments_that_make_no_sense(mixed: Path) -> None:
    with pytest.raises(ParameterError, match="one month only"):
        read_incidents(mixed, date_basis="committed")
    with pytest.raises(ParameterError, match="it must be a path or a table"):
        read_incidents(42)
    with pytest.raises(ParameterError, match="duplicates"):
        count_incidents(read_incidents(mixed), square_areas(), duplicates="drop")
    with pytest.raises(SchemaError, match="more than once"):
        count_incidents(read_incidents(mixed), pd.concat([square_areas(), square_areas()]))
    with pytest.raises(SchemaError, match="no geometry"):
        count_incidents(read_incidents(mixed), square_areas().drop(columns="geometry"))


# Laws ----------------------------------------------------------------------------------------------

GARBAGE = st.fixed_dictionaries(
    {
        "Crime ID": st.sampled_from(["", "a", "b", "c", None]),
        "Month": st.one_of(
            st.sampled_from(["2025-04", "2025-05", "2031-01", "25-Feb"]), st.text(max_size=12), st.none()
        ),
        "Longitude": st.one_of(st.sampled_from([WEST[0], EAST[0], 0.0]), st.floats(), st.text(max_size=5), st.none()),
        "Latitude": st.one_of(st.sampled_from([54.97, 0.0]), st.floats(), st.none()),
        "Crime type": st.one_of(st.sampled_from(["Burglary", "Robbery"]), st.text(max_size=8), st.none()),
        "Location": st.sampled_from(["On or near Prison", "On or near Prison Road", None]),
    }
)
GOOD = {
    "Crime ID": "good",
    "Month": "2025-04",
    "Longitude": WEST[0],
    "Latitude": WEST[1],
    "Crime type": "Burglary",
    "Location": "On or near Prison",
}


@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(GARBAGE, max_size=30), data=st.data())
def test_rows_read_are_rows_used_and_rows_set_aside_in_any_order(rows: list[dict], data: st.DataObject) -> None:
    rows = [GOOD, *rows]
    period = ("2025-04", "2025-05")

    def counted(given_rows: list[dict]) -> Counts:
        incidents = read_incidents(pd.DataFrame(given_rows, dtype=object), period=period)
        return count_incidents(incidents, square_areas(), accept=ACCEPTABLE)

    first = counted(rows)
    assert first.rows_read == len(rows)
    assert int(first.table["n"].sum()) == first.accounting["rows"]["used"]
    by_reason = first.breakdown.groupby("reason")["rows"].sum()
    assert by_reason.to_dict() == {name: n for name, n in first.accounting["rows"].items() if n}
    for key in ("offence", "period", "source"):
        assert first.accounting_by(key).sum().to_dict() == first.accounting["rows"].to_dict()
    used = first.breakdown[first.breakdown["reason"] == "used"].groupby("offence")["n"].sum()
    assert used.to_dict() == first.table.groupby("offence")["n"].sum().to_dict()
    assert set(first.table["offence"]) | set(first.without_rows) == set(first.offences)
    assert first.facts["rows"]["used rows at a place that generates reports"] == first.flagged["n"].sum()
    shuffled = data.draw(st.permutations(rows))
    again = counted(shuffled)
    for name in ("table", "accounting", "breakdown", "losses", "facts", "flagged", "coverage"):
        assert_frame_equal(getattr(first, name), getattr(again, name))


# Points --------------------------------------------------------------------------------------------


def test_points_follow_the_same_rules_as_counts(mixed: Path) -> None:
    points = incident_points(read_incidents(mixed), period="2025-04")
    assert points["n"].sum() == 8  # the seven used, and the one outside every area
    assert list(points.columns) == ["x", "y", "offence", "period", "n"]
    inside = points[(points.x > 423_500) & (points.x < 427_000)]
    assert inside[["offence", "n"]].to_numpy().tolist() == [
        ["burglary", 3],
        ["anti-social-behaviour", 2],
        ["burglary", 2],
    ]


def test_points_need_coordinates() -> None:
    rows = pd.DataFrame({"date": ["2025-04"], "offence": "x", "area_code": "A"})
    with pytest.raises(ParameterError, match="area codes"):
        incident_points(read_incidents(rows))


def test_nothing_is_read_until_it_is_counted(mixed: Path) -> None:
    incidents = read_incidents(mixed)
    assert isinstance(incidents.frame, pl.LazyFrame)
    assert "nothing is read" in repr(incidents)
    assert "nothing is read" in incidents._repr_html_()
    mixed.unlink()
    with pytest.raises(SchemaError):
        count_incidents(incidents, square_areas())


def test_files_read_in_parts_give_the_same_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_csv(tmp_path / "2025-04-toy-street.csv", *MIXED)
    write_csv(tmp_path / "2025-05-toy-street.csv", row("a"), row("z", month="2025-05"), row("", month="2025-05"))
    whole = count_incidents(read_incidents(tmp_path), square_areas())
    monkeypatch.setattr("socharm.io.incidents.reading._BATCH_BYTES", 1)
    incidents = read_incidents(tmp_path)
    assert len(incidents.batches) == 2
    parts = count_incidents(incidents, square_areas())
    assert parts.accounting["rows"]["whole-row copy"] == 2  # a copy in another file is a copy
    for name in ("table", "accounting", "facts", "flagged", "coverage", "sources"):
        assert_frame_equal(getattr(whole, name), getattr(parts, name))
