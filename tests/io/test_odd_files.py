"""Files as they arrive: joined end to end, without a mark of their encoding, damaged, misnamed, with lines of sums."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box, mapping

import socharm as sh
from socharm.errors import (
    AlignmentError,
    CoverageWarning,
    CRSError,
    DataWarning,
    ParameterError,
    RefusedError,
    SchemaError,
)
from socharm.io.incidents.accounting import HEADING, NO_LOCATION, breakdown_table
from socharm.io.incidents.losses import LossRule
from socharm.io.incidents.points import FLAGGED, incident_points
from socharm.io.incidents.uneven import uneven_losses
from socharm.io.personal import looks_personal, refuse_personal

HEADER = "Date,Offence,Easting,Northing"


def areas() -> gpd.GeoDataFrame:
    index = pd.Index(["E05000001", "E05000002"], name="area_code")
    shapes = [box(425_000 + at, 560_000, 426_000 + at, 561_000) for at in (0, 1_000)]
    return gpd.GeoDataFrame({"name": ["Ay", "Bee"]}, index=index, geometry=shapes, crs=27700)


def rows(n: int, *, month: str = "2024-05", where: str = "425500,560500", offence: str = "Burglary") -> str:
    return f"{month}-03,{offence},{where}\n" * n


def people(path: Path, **more: object) -> sh.io.Population:
    return sh.read_population(path, code="code", value="people", kind="resident", date="2024-06-30", **more)  # type: ignore[arg-type]


# Column names repeated


@pytest.mark.parametrize("repeated", [HEADER, HEADER.upper(), " Date ,offence,EASTING,northing"])
def test_column_names_repeated_in_a_joined_file_are_no_offence(tmp_path: Path, repeated: str) -> None:
    file = tmp_path / "joined.csv"
    file.write_text(f"{HEADER}\n{rows(4)}{repeated}\n{rows(3)}{repeated}\n{rows(2)}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counts = sh.count_incidents(sh.read_incidents(file), areas(), covered=["2024-05"])
    found = counts.accounting["rows"]
    assert found[found > 0].to_dict() == {"used": 9, HEADING: 2}
    assert counts.offences == ["burglary"]
    assert counts.losses.index.tolist() == ["burglary"]
    assert counts.breakdown.groupby("reason")["rows"].sum().to_dict() == {"used": 9, HEADING: 2}


def test_column_names_repeated_in_a_dataframe_and_in_one_of_two_files(tmp_path: Path) -> None:
    frame = pd.read_csv(_written(tmp_path / "a.csv", f"{HEADER}\n{rows(4)}{HEADER}\n{rows(3)}"), dtype=str)
    counts = sh.count_incidents(sh.read_incidents(frame), areas())
    assert counts.accounting["rows"][["used", HEADING]].tolist() == [7, 1]
    folder = tmp_path / "months"
    folder.mkdir()
    names = "Month,Crime type,Longitude,Latitude"
    line = "2024-05,Burglary,-1.606,54.935\n"
    _written(folder / "2024-05-durham-street.csv", f"{names}\n{line * 4}{names}\n{line * 3}")
    _written(folder / "2024-06-durham-street.csv", f"{names}\n{line.replace('05', '06') * 2}")
    several = sh.count_incidents(sh.read_incidents(folder), areas(), accept="outside all areas")
    assert several.rows_read == 10
    assert several.accounting_by("source").loc["durham", HEADING] == 1


def test_an_offence_may_be_called_as_a_column_is(tmp_path: Path) -> None:
    file = _written(tmp_path / "a.csv", f"{HEADER}\n{rows(3, offence='Offence')}{rows(2)}")
    counts = sh.count_incidents(sh.read_incidents(file), areas())
    assert counts.accounting["rows"][["used", HEADING]].tolist() == [5, 0]


@pytest.mark.parametrize(
    "line",
    [
        "Grand Total,40,,",
        "Total:,,,",
        "(40 rows affected)",
        "40 rows selected.",
        "----,-------,-------,--------",
        "Source: Force crime system",
        "© Crown copyright 2024",
        "Report run on 3 June 2024",
        "Page 1 of 1",
        "End of report",
    ],
)
def test_lines_below_an_extract_are_no_offence(tmp_path: Path, line: str) -> None:
    file = _written(tmp_path / "a.csv", f"{HEADER}\n{rows(40)}\n{line}\n")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*fewer fields", category=DataWarning)
        counts = sh.count_incidents(sh.read_incidents(file), areas(), covered=["2024-05"])
    found = counts.accounting["rows"]
    assert found[found > 0].to_dict() == {"used": 40, HEADING: 1}
    assert counts.offences == ["burglary"]


def test_tables_leave_repeated_column_names_out_and_say_so(tmp_path: Path) -> None:
    file = _written(
        tmp_path / "p.csv", "code,people\n----,------\nE05000001,5\ncode,people\nE05000002,7\nCode,People\n"
    )
    with pytest.warns(DataWarning, match="repeated or underlined 3 times below its header, in row 2, 4, 6"):
        assert people(file).values.to_dict() == {"E05000001": 5.0, "E05000002": 7.0}
    with pytest.warns(DataWarning, match="'table' are repeated or underlined 1 times"):
        lookup = sh.read_lookup(
            pd.DataFrame({"LSOA": ["E01000001", "LSOA", "E01000002"], "ward": ["E05000001", "ward", "E05000001"]}),
            source="LSOA",
            target="ward",
        )
    assert len(lookup.table) == 2


# Encodings, blanks, damaged and misnamed files


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark_is_read(tmp_path: Path, encoding: str) -> None:
    incidents, table = tmp_path / "i.csv", tmp_path / "p.csv"
    incidents.write_bytes(f"{HEADER}\n{rows(6)}".encode(encoding))
    assert sh.count_incidents(sh.read_incidents(incidents), areas()).total().tolist() == [6, 0]
    table.write_bytes("code,people\nE05000001,5\nE05000002,7\n".encode(encoding))
    assert people(table).values.tolist() == [5.0, 7.0]


def test_zero_bytes_of_a_damaged_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_bytes(b"code,people\nE05000001,5\n" + bytes(40))
    with pytest.raises(SchemaError, match="zero bytes: it is damaged"):
        people(file)


def test_rows_below_many_blank_lines_are_found(tmp_path: Path) -> None:
    file = _written(tmp_path / "a.csv", f"{HEADER}\n" + "\n" * 100_000 + rows(4))
    assert sh.count_incidents(sh.read_incidents(file), areas()).accounting["rows"]["used"] == 4
    with pytest.raises(SchemaError, match="has a header but no rows"):
        sh.count_incidents(sh.read_incidents(_written(tmp_path / "b.csv", f"{HEADER}\n" + "\n" * 100_000)), areas())


def test_a_zip_says_whether_it_is_cut_or_damaged(tmp_path: Path) -> None:
    file = tmp_path / "z.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("2024-05/2024-05-dorset-street.csv", "Month\n2024-05\n")
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    with pytest.raises(SchemaError, match="cut short: the list of its members"):
        sh.read_incidents(file)
    at = whole.index(b"PK\x01\x02")
    file.write_bytes(whole[:at] + bytes(20) + whole[at + 20 :])
    with pytest.raises(SchemaError, match="damaged, or packed"):
        sh.read_incidents(file)
    with pytest.raises(SchemaError, match="damaged, or packed"):
        sh.read_boundaries(file, code="c")


@pytest.mark.parametrize("name", ["w.gpkg", "w.zip", "w.geojson", "w.shp", "w.fgb", "w.parquet"])
def test_a_web_page_under_any_name_of_boundaries_is_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="is a web page"):
        sh.read_boundaries(_written(tmp_path / name, "\n<!DOCTYPE html><html><body>Sign in</body></html>"), code="c")


def test_text_under_the_name_of_a_workbook_says_how_to_call_it(tmp_path: Path) -> None:
    for name in ("p.xls", "p.xlsx", "p.ods"):
        with pytest.raises(RefusedError, match=r"It is text: rename it to end in \.csv"):
            people(_written(tmp_path / name, "code\tpeople\nE05000001\t5\n"))


def test_gml_under_the_name_of_xml_has_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"GML\. Convert it to GeoPackage"):
        sh.read_boundaries(_written(tmp_path / "w.xml", "<wfs:FeatureCollection/>"), code="c")


def test_areas_without_a_shape_are_named_by_their_codes(tmp_path: Path) -> None:
    shape = mapping(box(-1.6, 54.9, -1.5, 55.0))
    features = [
        {"type": "Feature", "properties": {"c": code}, "geometry": shape if code == "E05000001" else None}
        for code in ("E05000001", "E05000002", "E05000003")
    ]
    file = _written(tmp_path / "w.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    with pytest.raises(SchemaError, match=r"'E05000002' has no geometry.*\n.*'E05000003' has no geometry"):
        sh.read_boundaries(file, code="c")


def test_lines_of_sums_are_no_areas(tmp_path: Path) -> None:
    head = '"Estimates"\n\n"ward","code","people"\n"Ay","E05000001",5\n"Bee","E05000002",7\n'
    found = people(_written(tmp_path / "nomis.csv", head + '\n"Column Total","",12\n\n"Figures are rounded"\n'))
    assert found.values.to_dict() == {"E05000001": 5.0, "E05000002": 7.0}
    assert found.note_rows == 2
    with pytest.raises(SchemaError, match="row 4, column 'code': 'Total' is a line of sums, not an area"):
        people(_written(tmp_path / "t.csv", "code,people\nE05000001,5\nE05000002,7\nTotal,12\n"))


def test_a_name_too_long_for_the_system_is_told() -> None:
    with pytest.raises(ParameterError, match=r"`path` holds the name .* of 304 bytes; a file or folder may have 255"):
        people(Path("x" * 300 + ".csv"))
    with pytest.raises(ParameterError, match="`path` is an empty path"):
        people(" ")  # type: ignore[arg-type]


# Losses of single months and sources


def parts(**lost: tuple[int, int]) -> pd.DataFrame:
    """Rows of a source, and those without a location, all of one month."""
    base = {"offence": "burglary", "period": pd.Period("2024-05", "M")}
    listed = [
        {**base, "source": source, "reason": reason, "rows": n, "n": n}
        for source, (used, gone) in lost.items()
        for reason, n in (("used", used), (NO_LOCATION, gone))
    ]
    return breakdown_table(pd.DataFrame(listed))


def test_a_source_that_lost_far_more_than_the_others_is_named() -> None:
    found = uneven_losses(parts(north=(960, 40), south=(60, 40)), LossRule())
    assert found["source"].index.tolist() == ["south"]
    assert found["source"].loc["south"].tolist() == [40, 100]
    assert found["period"].empty
    # 24% against 10%: not three times; 3 of 10 rows: too few; and what is accepted is meant.
    assert uneven_losses(parts(north=(900, 100), south=(76, 24)), LossRule())["source"].empty
    assert uneven_losses(parts(north=(960, 40), south=(7, 3)), LossRule())["source"].empty
    accepted = LossRule(accept=(NO_LOCATION,))
    assert uneven_losses(parts(north=(960, 40), south=(60, 40)), accepted)["source"].empty


def test_a_month_that_lost_its_places_is_warned_of(tmp_path: Path) -> None:
    text = HEADER + "\n" + "".join(rows(100, month=f"2024-0{month}") for month in range(1, 6))
    file = _written(tmp_path / "a.csv", text + rows(60, month="2024-06") + rows(40, month="2024-06", where=","))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sh.count_incidents(sh.read_incidents(file), areas())
    told = [str(one.message) for one in said if issubclass(one.category, CoverageWarning)]
    assert any(
        "1 month lost far more than the others" in text and "2024-06 (40 of 100 rows, 40%)" in text for text in told
    )


# Points


def test_points_account_for_every_row(tmp_path: Path) -> None:
    text = (
        f"{HEADER}\n{rows(60)}{HEADER}\n{rows(2, where=',')}{rows(3, month='2024-07')}nonsense,Burglary,425500,560500\n"
    )
    incidents = sh.read_incidents(_written(tmp_path / "a.csv", text), period="2024-05")
    points = incident_points(incidents)
    found = {reason: n for reason, n in points.attrs["accounting"].items() if n}
    assert found == {"used": 60, HEADING: 1, "date cannot be parsed": 1, "outside the period": 3, NO_LOCATION: 2}
    assert points["n"].sum() == 60


def test_points_warn_and_stop_as_counts_do(tmp_path: Path) -> None:
    some = sh.read_incidents(_written(tmp_path / "a.csv", f"{HEADER}\n{rows(80)}{rows(20, where=',')}"))
    with pytest.warns(DataWarning, match="20 of 100 rows"), pytest.warns(CoverageWarning, match="burglary"):
        incident_points(some)
    most = sh.read_incidents(_written(tmp_path / "b.csv", f"{HEADER}\n{rows(20)}{rows(80, where=',')}"))
    with pytest.raises(SchemaError, match="80 of 100 rows"):
        incident_points(most)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)
        assert incident_points(most, accept=NO_LOCATION)["n"].sum() == 20


def test_points_left_out_by_a_flag_are_counted_and_unknown_flags_refused(tmp_path: Path) -> None:
    text = (
        f"{HEADER},Location\n" + rows(5).replace("\n", ",On or near Hospital\n") + rows(7).replace("\n", ",Mill Lane\n")
    )
    incidents = sh.read_incidents(_written(tmp_path / "a.csv", text))
    points = incident_points(incidents, without=["place:hospital"])
    assert (points["n"].sum(), points.attrs["accounting"][FLAGGED]) == (7, 5)
    with pytest.raises(ParameterError, match=r"'place:hospitl'; the flags are .*Did you mean 'place:hospital'"):
        incident_points(incidents, without=["place:hospitl"])


def test_metres_stated_beside_degrees_are_refused() -> None:
    rng = np.random.default_rng(0)
    points = pd.DataFrame({"x": -1.6 + rng.random(60) / 50, "y": 54.9 + rng.random(60) / 50, "weight": 1.0})
    with pytest.raises(CRSError, match="look like degrees"):
        sh.cluster_points(points, crs="EPSG:27700", seed=1)
    far = points.assign(x=points["x"] + 4_000_000, y=300_000.0 + points["y"])
    with pytest.raises(CRSError, match="far from where EPSG:27700"):
        sh.cluster_points(far, crs="EPSG:27700", seed=1)
    frame = pd.DataFrame(
        {"date": "2024-05-03", "offence": "Burglary", "longitude": points["x"], "latitude": points["y"]}
    )
    with pytest.raises(CRSError, match="look like degrees"):
        incident_points(sh.read_incidents(frame, crs="EPSG:27700"))


# Flags, persons and maps


@pytest.mark.parametrize("flag", ["place:hospitl", "place:", "Place:hospital", "place:policestation"])
def test_a_misspelt_flag_excludes_nothing_and_is_refused(tmp_path: Path, flag: str) -> None:
    incidents = sh.read_incidents(_written(tmp_path / "a.csv", f"{HEADER}\n{rows(30)}"))
    counts = sh.count_incidents(incidents, areas())
    weights = sh.read_weights(pd.DataFrame({"offence": ["burglary"], "weight": [1.0]}), name="w")
    with pytest.raises(ParameterError, match=r"`exclude` names the flag .*the flags are \['place:\*'"):
        sh.severity_index(counts, weights, exclude=[flag])
    with pytest.raises(ParameterError, match="the flags are"):
        sh.harm_points(incidents, weights, exclude=[flag])


PERSONS = {
    "IP Forename": ["Mary", "Jon"],
    "Vic Surname": ["Smith", "Jones"],
    "Suspect 2 surname": ["Smith", "Jones"],
    "D.O.B. (V)": ["01/02/1990", "02/03/1980"],
    "V1 DOB": ["01/02/1990", "02/03/1980"],
    "Nominal URN": ["N0000001", "N0000002"],
    "Postcode of victim": ["NE1 4AB", "NE2 4AB"],
    "Sus address": ["x", "y"],
    "OIC": ["PC 1000 Smith", "DS Jones"],
    "Officer": ["Smith", "Jones"],
    "Investigating officer": ["12345", "23456"],
    "Attended by": ["PC 1000 Smith", "PC Khan"],
}
PLACES = {
    "Officers": ["12", "7"],
    "Force name": ["Durham Constabulary", "Cleveland Police"],
    "Off Code": ["28E", "28F"],
    "Comp ref": ["1", "2"],
    "Team": ["Elswick NPT", "Byker NPT"],
    "Ward": ["James Weld", "Mary Tavy"],
    "Officer injured": ["Yes", "No"],
    "Beat code": ["DC1", "DI2"],
    "Outcome": ["Charged", "Caution"],
    "URN": ["1", "2"],
}


@pytest.mark.parametrize("column", PERSONS)
def test_headers_of_extracts_about_persons_are_refused(column: str) -> None:
    with pytest.raises(RefusedError, match="look like persons") as caught:
        refuse_personal([column], {column: PERSONS[column] * 5})
    assert not any(value in str(caught.value) for value in PERSONS[column])


@pytest.mark.parametrize("column", PLACES)
def test_places_counts_and_codes_are_no_persons(column: str) -> None:
    assert looks_personal([column], {column: PLACES[column] * 5}) == {}


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "fgb"])
def test_columns_of_boundaries_that_nobody_asks_for_are_looked_at(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"w.{ending}"
    shapes = areas().reset_index().assign(member=["Mary Smith", "David Jones"], region=["North East", "North East"])
    kind = {"crs": 4326} if ending == "geojson" else {}
    shapes = shapes.to_crs(**kind) if kind else shapes
    shapes.to_parquet(file) if ending == "parquet" else shapes.to_file(file)
    with pytest.raises(RefusedError, match="'member' \\(name of a person\\)") as caught:
        sh.read_boundaries(file, code="area_code", name="name")
    assert "Smith" not in str(caught.value)
    assert len(sh.read_boundaries(file, code="area_code", name="name", allow_columns=["member"])) == 2


def test_numbers_withheld_by_the_publisher_are_counted(tmp_path: Path) -> None:
    table = pd.DataFrame({"area_code": ["E05000001", "E05000002"], "Burglary": ["3", "[c]"], "Robbery": ["1", "c"]})
    counts = sh.counts_from_table(table, period="2024-05", areas=areas())
    assert counts.facts["rows"]["cells that the publisher marked as suppressed"] == 2
    assert counts.coverage.loc["E05000002"].tolist() == [False]
    with pytest.raises(SchemaError, match=r"row 2, column 'Robbery': 'c' is marked as suppressed; missing is not zero"):
        sh.counts_from_table(table.assign(Burglary=["3", "4"]), period="2024-05")
    ranks = pd.DataFrame(
        {
            "LSOA code (2011)": ["E01000001", "E01000002"],
            "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)": ["29199", "30379"],
            "Index of Multiple Deprivation (IMD) Score": ["6.2", "*"],
        }
    )
    assert sh.read_deprivation(ranks, year=2019).suppressed == 1


def test_names_of_areas_as_the_index_of_a_map_are_told() -> None:
    with pytest.raises(AlignmentError, match=r"names of areas as its index.*where area codes must stand"):
        sh.plot_choropleth(areas(), pd.Series([1.0, 2.0], index=["Ay", "Bee"], name="m"))


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
