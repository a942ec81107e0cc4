"""Official tables are read by the name of their source; a layout that is not known is told with sheet and row."""

from __future__ import annotations

import warnings

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import socharm as sh
from socharm._packages import public_object
from socharm.cli.app import app
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io import read_official, sources

FINGERTIPS = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category,"
    "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Count,Denominator,Value note\n"
)


@pytest.fixture(scope="module")
def areas():
    return sh.load_sample().wards


def test_every_source_says_who_where_and_on_what_it_was_checked():
    table = sources()
    assert (table != "").all(axis=None)
    assert table["checked"].str.contains(r"real (?:file|values)|hand-made copy|monthly").all()
    assert table["where"].str.contains(r"page|packaged|partnership").all()
    assert not table["where"].str.contains("://").any()
    assert sources("best_fit_lookup").index.tolist() == ["lookups"]
    assert "fuel-poverty" in sources("read_official").index
    with pytest.raises(ParameterError, match=r"`reader` is 'read_officials'.*read_official"):
        sources("read_officials")
    for names in table["reader"]:
        assert all(callable(public_object(name)) for name in names.split(", "))


def test_the_command_lists_them_all():
    said = CliRunner().invoke(app, ["sources"])
    assert said.exit_code == 0
    assert all(f"{name}: " in said.output for name in sources().index)
    assert "Nothing is downloaded" in said.output


def test_fuel_poverty_as_published_in_a_workbook_with_notes_and_footnotes(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Contents"
    for row in (["Table", "What it holds"], ["Table 4", "Fuel poverty by LSOA"]):
        book.active.append(row)
    sheet = book.create_sheet("Table 4")
    for row in (
        ["Table 4: fuel poverty by LSOA"],
        ["This worksheet contains one table."],
        ["LSOA Code", "LSOA Name", "Number of households1", "Number of households in fuel poverty1",
         "Proportion of households fuel poor (%)"],
        ["E01000001", "City of London 001A", 936, 40, 4.27],
        ["E01000002", "City of London 001B", 893, None, None],
    ):  # fmt: skip
        sheet.append(row)
    book.save(tmp_path / "fuel.xlsx")
    read = read_official(tmp_path / "fuel.xlsx", "fuel-poverty", edition="2024")
    assert read.measures == ["households", "fuel_poor_households", "fuel_poor_share"]
    assert read.values_of("fuel_poor_share").to_dict()["E01000001"] == 4.27
    assert read.values_of("fuel_poor_households").isna().to_dict() == {"E01000001": False, "E01000002": True}
    assert read.dictionary.loc["fuel_poor_share", "direction"] == "higher is worse"
    assert (read.table["period"] == "2024").all()
    with pytest.raises(ParameterError, match=r"no column of its period\. State by `edition=`"):
        read_official(tmp_path / "fuel.xlsx", "fuel-poverty")
    with pytest.raises(SchemaError, match=r"no layout of 'fuel-poverty'.*Looked at sheet 'Contents', row 1"):
        read_official(tmp_path / "fuel.xlsx", "fuel-poverty", edition="2024", sheet="Contents")


def test_fingertips_keeps_what_it_knows_and_what_it_does_not(tmp_path):
    rows = [
        "11201,Violence,,,E06000001,Hartlepool,UA,Persons,All ages,,,2021/22 - 23/24,60.5,50,70,180,90000,",
        "11201,Violence,,,E06000001,Hartlepool,UA,Male,All ages,,,2021/22 - 23/24,99.5,50,70,180,45000,",
        "11201,Violence,,,E06000001,Hartlepool,UA,Persons,All ages,Decile,1,2021/22 - 23/24,70.5,50,70,9,9,",
        "93999,Another indicator,,,E06000001,Hartlepool,UA,Persons,All ages,,,2023,7.5,5,9,18,900,",
    ]
    (tmp_path / "data.csv").write_text(FINGERTIPS + "\n".join(rows) + "\n", encoding="utf-8")
    read = read_official(tmp_path / "data.csv", "fingertips")
    assert read.values_of("assault_admissions").to_dict() == {"E06000001": 60.5}
    assert read.values_of("93999").to_dict() == {"E06000001": 7.5}
    assert read.dictionary.loc["93999", ["name", "direction", "unit"]].tolist() == [
        "Another indicator", "neutral", "as published",
    ]  # fmt: skip
    assert read.rows_left_out == 2
    rows[0] = rows[0].replace("Violence", "Something else")
    (tmp_path / "renamed.csv").write_text(FINGERTIPS + rows[0] + "\n", encoding="utf-8")
    renamed = read_official(tmp_path / "renamed.csv", "fingertips")
    assert renamed.measures == ["11201"]
    assert renamed.dictionary.loc["11201", ["name", "direction"]].tolist() == ["Something else", "neutral"]
    men = read_official(tmp_path / "data.csv", "fingertips", where={"Sex": "Male"})
    assert men.values_of("assault_admissions").to_dict() == {"E06000001": 99.5}
    assert men.not_sent == ()


def test_exclusions_and_claimants_as_the_services_write_them(tmp_path):
    (tmp_path / "exclusions.csv").write_text(
        "time_period,time_identifier,geographic_level,country_code,region_code,new_la_code,la_name,school_type,headcount,"
        "perm_excl,perm_excl_rate,suspension,susp_rate\n"
        "202324,Academic year,National,E92000001,,,,Total,8000000,10900,0.13,954000,11.31\n"
        "202324,Academic year,Local authority,E92000001,E12000001,E06000001,Hartlepool,Total,15000,30,0.2,4000,26.7\n"
        "202324,Academic year,Local authority,E92000001,E12000001,E06000001,Hartlepool,Special,200,c,c,9,4.5\n",
        encoding="utf-8",
    )
    read = read_official(tmp_path / "exclusions.csv", "exclusions")
    assert {name: read.values_of(name).iloc[0] for name in read.measures} == {
        "permanent_exclusions": 30, "permanent_exclusion_rate": 0.2, "suspensions": 4000, "suspension_rate": 26.7,
    }  # fmt: skip
    special = read_official(tmp_path / "exclusions.csv", "exclusions", where={"school_type": "Special"})
    assert special.suppressed == 2
    (tmp_path / "nomis.csv").write_text(
        "DATE_NAME,GEOGRAPHY_NAME,GEOGRAPHY_CODE,GENDER_NAME,AGE_NAME,MEASURE_NAME,MEASURES_NAME,OBS_VALUE\n"
        "March 2025,Bede,E05000001,Total,All categories: Age 16+,Claimant count,Value,310\n"
        "March 2025,Bede,E05000001,Male,All categories: Age 16+,Claimant count,Value,200\n",
        encoding="utf-8",
    )
    assert read_official(tmp_path / "nomis.csv", "claimant-count").values_of("claimants").to_dict() == {
        "E05000001": 310
    }


def test_places_are_counted_by_area_and_what_is_lost_is_told(areas):
    middle = areas.geometry.iloc[0].representative_point()
    rows = pd.DataFrame(
        {
            "Premises": ["The Ship", "Stores", "Club", "Kiosk"],
            "Easting": [middle.x, middle.x, None, 1.0],
            "Northing": [middle.y, middle.y, None, 1.0],
        }
    )
    with pytest.warns(DataWarning, match="of 4 places were set aside: 1 without coordinates, 1 outside all areas"):
        read = read_official(rows, "licensed-premises", edition="2026", areas=areas)
    counts = read.values_of("licensed_premises")
    assert counts.dropna().to_dict() == {areas.index[0]: 2.0}
    assert "set aside: 1 without coordinates" in read.dictionary.loc["licensed_premises", "note"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        whole = read_official(rows, "licensed-premises", edition="2026", areas=areas, complete=True)
    assert whole.values_of("licensed_premises").sum() == 2
    assert whole.values_of("licensed_premises").notna().all()
    with pytest.raises(ParameterError, match=r"are places, which are counted by area\. Give `areas=`"):
        read_official(rows, "closure-orders", edition="2026")
    degrees = rows.iloc[:1].assign(Easting=0.5, Northing=51.0)
    with pytest.raises(SchemaError, match="no place of 'table' lies in any of"):
        read_official(degrees, "fires", edition="2026", areas=areas)


def test_rows_of_a_list_that_are_left_out_are_counted_and_options_are_followed(areas):
    middle = areas.geometry.iloc[0].representative_point()
    east, north = (f"{at:,.0f}" for at in (middle.x, middle.y))
    rows = pd.DataFrame(
        {
            "IncidentGroup": ["Fire", "Special Service", "Fire"],
            "Easting_rounded": [east, east, "unknown"],
            "Northing_rounded": [north, north, "unknown"],
        }
    )
    reading = {"edition": "2025", "areas": areas, "complete": True, "thousands": ",", "missing": ["unknown"]}
    with pytest.warns(DataWarning, match="of 2 places were set aside: 1 without coordinates"):
        read = read_official(rows, "fires", **reading)
    assert (read.rows_read, read.rows_left_out) == (3, 1)
    assert read.settings.where == {"IncidentGroup": "Fire"}
    assert read.values_of("fires").sum() == 1
    # A text that no row holds is not a town without fires.
    with pytest.raises(ParameterError, match=r"no row .*: 'IncidentGroup' holds \['Fire', 'Special Service'\]"):
        read_official(rows, "fires", where={"IncidentGroup": "fire"}, **reading)
    bare = rows.iloc[:2].drop(columns="IncidentGroup")
    with pytest.warns(DataWarning, match=r"lacks 'IncidentGroup', by which rows of 'fires' are known.*\(2\)"):
        every = read_official(bare, "fires", **reading)
    assert "every row counted, for want of IncidentGroup" in every.dictionary.loc["fires", "note"]
    owners = bare.assign(Surname="Smith")
    with pytest.warns(DataWarning):
        allowed = read_official(owners, "fires", allow_columns=["Surname"], **reading)
    assert allowed.settings.allow_columns == ("Surname",)


@pytest.mark.parametrize("source", sources("read_official").index)
def test_a_workbook_of_an_unknown_layout_says_which_sheet_and_row_were_looked_at(source, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.append(["A table of something else"])
    sheet = book.create_sheet("Results")
    for row in (["Published in May"], [], ["Zone", "Reading", "Remark"], ["E05000001", 1, "a"], ["E05000002", 2, "b"]):
        sheet.append(row)
    book.save(tmp_path / "odd.xlsx")
    read = {"edition": "2025", "areas": sh.load_sample().wards}
    with pytest.raises(SchemaError) as found:
        read_official(tmp_path / "odd.xlsx", source, **read)
    told = str(found.value)
    assert f"'odd.xlsx' has no layout of '{source}' that is known. Looked at sheet 'Results', row 3:" in told
    assert "'Zone', 'Reading', 'Remark'" in told
    # Each layout's own headings are named, so that a reader sees what was sought.
    known = told.partition("Known are ")[2]
    assert known
    assert "[]" not in known
    assert "values in place of names" not in known
    with pytest.raises(SchemaError, match=r"Looked at sheet 'Results', row 4: values in place of names"):
        read_official(tmp_path / "odd.xlsx", source, sheet="Results", header_row=4, **read)


def test_what_contradicts_the_table_is_refused():
    claims = pd.DataFrame(
        {"area_code": ["E05000001"], "period": ["March 2025"], "indicator": ["Claimant count"], "value": [310]}
    )
    with pytest.raises(ParameterError, match="`edition` is '2019', and 'table' states its periods itself: 'period'"):
        read_official(claims, "claimant-count", edition="2019")
    with pytest.raises(ParameterError, match=r"no row of 'table' has \{'period': 'May'\}, by 'period'\."):
        read_official(claims, "claimant-count", where={"period": "May"})
    fuel = pd.DataFrame({"LSOA Code": ["E01000001"], "Number of households": [936]})
    with pytest.raises(ParameterError, match="`edition` is ''; it must be text that is not empty"):
        read_official(fuel, "fuel-poverty", edition="")
    with pytest.raises(ParameterError, match="`complete` speaks of lists of places, and 'fuel-poverty' is none"):
        read_official(fuel, "fuel-poverty", edition="2024", complete=True)


def test_a_name_that_is_not_read_by_name_is_told():
    with pytest.raises(ParameterError, match=r"'fuel-povertee'.*fuel-poverty"):
        read_official(pd.DataFrame({"a": [1]}), "fuel-povertee")
    with pytest.raises(ParameterError, match="'iod'"):
        read_official(pd.DataFrame({"a": [1]}), "iod")


@pytest.mark.real
def test_the_real_files_are_read_by_name(shared_data, tmp_path):
    """As they are, but for fuel poverty, whose first thousand lines are like the rest."""
    data = shared_data
    whole = (
        (data / "fuel-poverty/fuel_poverty_2020_lsoa11.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    )
    (tmp_path / "fuel.csv").write_text("".join(whole[:1_000]), encoding="utf-8")
    fuel = read_official(tmp_path / "fuel.csv", "fuel-poverty", edition="2020")
    assert fuel.values_of("fuel_poor_households")["E01000001"] == 40
    absent = read_official(data / "partner/persistent_absence.csv", "absence", where={"time_identifier": "Week 14"})
    assert absent.values_of("persistent_absence")["E06000001"] == 19.56
    claims = read_official(data / "partner/claimant_count_trafford_themes.csv", "claimant-count")
    assert claims.values_of("claimants", period="September 2025").notna().any()
    assert claims.measures == ["claimants", "claimant_share"]
