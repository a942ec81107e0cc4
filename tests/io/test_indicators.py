"""Partner measures come with their meaning; every fault is told at once, and persons are refused."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io.dictionary import DICTIONARY_COLUMNS, read_dictionary
from socharm.io.indicators import read_indicators

FUEL = {
    "direction": "higher is worse",
    "unit": "households",
    "denominator": "households",
    "period": "2020",
    "provider": "DESNZ",
    "licence": "Open Government Licence v3.0",
    "marking": "OFFICIAL",
    "police_driven": False,
}
CALLS = {
    **FUEL,
    "unit": "calls",
    "provider": "Calderwick Fire",
    "marking": "OFFICIAL-SENSITIVE",
    "police_driven": True,
    "licence": "",
    "sharing_basis": "Crime and Disorder Act 1998 s.115",
}
TOML = """
[fuel_poor]
direction = "higher is worse"
unit = "households"
denominator = "households"
period = "2020"
provider = "DESNZ"
licence = "Open Government Licence v3.0"
marking = "OFFICIAL"
police_driven = false
column = "Number of households in fuel poverty"
"""


def areas():
    return gpd.GeoDataFrame(
        geometry=[box(k, 0, k + 1, 1) for k in range(2)], index=pd.Index(["A", "B"], name="area_code"), crs="EPSG:27700"
    )


def test_wide_and_tidy_files_give_the_same_table(tmp_path):
    wide, tidy = tmp_path / "wide.csv", tmp_path / "tidy.csv"
    wide.write_text("area_code,area name,fuel,calls\nB,Bee,21,\nA,Ay,40,3\n", encoding="utf-8-sig")
    tidy.write_text("area_code,measure,value\nB,fuel,21\nA,fuel,40\nB,calls,\nA,calls,3\n")
    said = {"fuel": FUEL, "calls": CALLS}
    one, other = read_indicators(wide, dictionary=said), read_indicators(tidy, dictionary=said)
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.table.columns.tolist() == ["area_code", "period", "measure", "value"]
    assert one.values_of("fuel").to_dict() == {"A": 40.0, "B": 21.0}
    # A blank is missing, not zero.
    assert one.values_of("calls").isna().to_dict() == {"A": False, "B": True}
    assert (one.findings.layout, other.findings.layout) == ("wide", "tidy")
    assert one.about.marking == "OFFICIAL-SENSITIVE"
    assert one.about.sources == ("DESNZ", "Calderwick Fire")
    assert "2 of 2" in repr(one)


def test_what_nobody_sent_is_a_gap_and_not_a_fault():
    sent = read_indicators(pd.DataFrame({"area_code": ["A"], "fuel": [1]}), dictionary={"fuel": FUEL, "calls": CALLS})
    assert sent.not_sent == ("calls",)
    assert sent.measures == ["fuel"]
    assert sent.values_of("calls").empty
    assert "Nobody sent calls" in sent.about.coverage


def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    path = tmp_path / "partner.csv"
    path.write_text(
        "area_code,area_name,fuel,extra\n"
        'A,Ay,"1,954",1\n'
        "B,Bee,:,2\n"
        "E05000001,Old,5,3\n"
        '"A,""Ay, the second"",7,4"\n'
        ",Nowhere,6,5\n"
        "B,Bee,8,6\n"
    )
    with pytest.raises(SchemaError) as caught:
        read_indicators(path, dictionary={"fuel": FUEL}, areas=areas())
    for part in (
        "'partner.csv' has 6 faults",
        "1 row is quoted whole into their first field: rows 5",
        "column 'extra': is not in the dictionary",
        "row 2, column 'fuel': '1,954' is text, not a number",
        "row 7, column 'area_code': 'B' has a second value of 'fuel' for '2020'",
        "row 6, column 'area_code': holds no code",
        "1 code is not among the 2 areas, but of another boundary year or geography: E05000001 (row 4)",
    ):
        assert part in str(caught.value)


def test_each_fault_has_its_option(tmp_path):
    path = tmp_path / "partner.csv"
    path.write_text('area_code,level,fuel,extra\nA,W,"1,954",1\nB,W,:,2\n"C,""W"",7,4"\n,National,9,9\n')
    sent = read_indicators(
        path,
        dictionary={"fuel": FUEL},
        missing=[":"],
        thousands=",",
        ignore=["extra"],
        where={"level": "W"},
        repair_quoted_rows=True,
    )
    assert sent.values_of("fuel").fillna(-1).to_dict() == {"A": 1954.0, "B": -1.0, "C": 7.0}
    assert (sent.repaired_rows, sent.rows_read, sent.rows_left_out) == ((4,), 4, 1)
    assert sent.settings.ignore == ("extra",)
    with pytest.raises(ParameterError, match=r"no row of 'partner\.csv' has"):
        read_indicators(path, dictionary={"fuel": FUEL}, where={"level": "X"}, repair_quoted_rows=True)


def test_unknown_measures_of_a_tidy_file_suggest_the_nearest():
    sent = pd.DataFrame({"area_code": ["A", "B"], "measure": ["feul", "feul"], "value": [1, 2]})
    with pytest.raises(SchemaError, match=r"'feul' is not in the dictionary \(2 rows\); did you mean 'fuel'"):
        read_indicators(sent, dictionary={"fuel": FUEL})


def test_several_periods_are_kept_apart():
    sent = pd.DataFrame({"area_code": ["A", "A"], "period": ["2023", "2024"], "fuel": [1, 2]})
    measures = read_indicators(sent, dictionary={"fuel": FUEL})
    assert measures.values_of("fuel", period="2024").to_dict() == {"A": 2.0}
    with pytest.raises(ParameterError, match="sent for 2 periods"):
        measures.values_of("fuel")
    with pytest.raises(ParameterError, match="Did you mean 'fuel'"):
        measures.values_of("fule")


def test_columns_about_persons_are_refused_unless_vouched_for():
    sent = pd.DataFrame({"area_code": ["A"], "ward name": ["Ay"], "fuel": [1], "NHS number": ["x"]})
    with pytest.raises(RefusedError, match="'NHS number'"):
        read_indicators(sent, dictionary={"fuel": FUEL})
    vouched = read_indicators(sent, dictionary={"fuel": FUEL}, allow_columns=["NHS number"])
    assert vouched.settings.allow_columns == ("NHS number",)


def test_dictionaries_in_toml_and_csv_say_the_same(tmp_path):
    toml, csv = tmp_path / "dictionary.toml", tmp_path / "dictionary.csv"
    toml.write_text(TOML)
    row = {"measure": "fuel_poor", **FUEL, "column": "Number of households in fuel poverty"}
    pd.DataFrame([row]).to_csv(csv, index=False)
    one, other = read_dictionary(toml), read_dictionary(csv)
    pd.testing.assert_frame_equal(one[list(DICTIONARY_COLUMNS)], other[list(DICTIONARY_COLUMNS)])
    sent = pd.DataFrame({"LSOA Code": ["E01000001"], "Number of households in fuel poverty": ["40"]})
    assert read_indicators(sent, dictionary=toml).values_of("fuel_poor").to_dict() == {"E01000001": 40.0}
    nested = tmp_path / "nested.toml"
    nested.write_text(TOML.replace("[fuel_poor]", "[measures.fuel_poor]"))
    assert read_dictionary(nested).index.tolist() == ["fuel_poor"]


def test_every_gap_of_a_dictionary_is_told_at_once():
    broken = {
        "fuel": {key: value for key, value in FUEL.items() if key not in ("unit", "licence")} | {"units": "x"},
        "calls": {**FUEL, "direction": "up", "marking": "RESTRICTED", "police_driven": "maybe"},
    }
    with pytest.raises(SchemaError) as caught:
        read_dictionary(broken)
    for part in (
        "5 faults",
        "'fuel' does not state 'unit'; did you mean 'units'?",
        "'fuel' states neither 'licence' nor 'sharing_basis'",
        "'calls' has the direction 'up'",
        "'calls' has the marking 'RESTRICTED'",
        "'calls' has police_driven = 'maybe'",
    ):
        assert part in str(caught.value)


def test_lower_is_worse_is_a_direction_too():
    assert read_dictionary({"m": {**FUEL, "direction": "Lower is worse"}}).loc["m", "direction"] == "higher is better"


def test_common_other_names_of_a_statement_are_understood():
    said = {**FUEL, "police_activity": "yes", "license": "OGL"}
    del said["police_driven"], said["licence"]
    table = read_dictionary({"m": said})
    assert table.loc["m", ["police_driven", "licence"]].tolist() == [True, "OGL"]


def test_broken_dictionaries_are_told(tmp_path):
    path = tmp_path / "dictionary.toml"
    path.write_text("[fuel\n")
    with pytest.raises(SchemaError, match="is not TOML"):
        read_dictionary(path)
    path.write_text("fuel = 3\n")
    with pytest.raises(SchemaError, match="one table for each measure"):
        read_dictionary(path)
    with pytest.raises(SchemaError, match="describes no measures"):
        read_dictionary({})


@pytest.mark.real
def test_persistent_absence_names_its_256_rows_quoted_whole(shared_data):
    path = shared_data / "partner/persistent_absence.csv"
    said = {
        "absence": {
            **FUEL,
            "unit": "% of pupils",
            "denominator": "pupils",
            "provider": "DfE",
            "column": "persistent_absence_percent",
        }
    }
    options = {
        "code": "new_la_code",
        "period": "time_identifier",
        "where": {
            "geographic_level": "Local authority",
            "education_phase": "All schools",
            "time_period": "2026",
            "time_frame": "Year to date",
        },
        "ignore": ["old_la_code"],
    }
    with pytest.raises(SchemaError, match=r"256 rows are quoted whole into their first field: rows 162-165, 269-272"):
        read_indicators(path, dictionary=said, **options)
    # 14 values are marked "c", which the publisher explains as suppressed: gaps that are counted.
    sent = read_indicators(path, dictionary=said, repair_quoted_rows=True, **options)
    assert sent.suppressed == 14
    assert int(sent.table["value"].isna().sum()) >= 14
    assert len(sent.repaired_rows) == 256
    assert sent.values_of("absence", period="Week 14")["E06000010"] == 19.88


@pytest.mark.real
def test_fuel_poverty_is_read_whole(shared_data):
    said = {"fuel_poor": {**FUEL, "column": "Number of households in fuel poverty"}}
    sent = read_indicators(
        shared_data / "fuel-poverty/fuel_poverty_2020_lsoa11.csv",
        dictionary=said,
        code="LSOA Code",
        ignore=["Number of households", "Proportion of households fuel poor (%)"],
    )
    assert len(sent.table) == 32_844
    assert sent.values_of("fuel_poor")["E01000001"] == 40
