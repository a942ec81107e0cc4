"""Columns about persons are refused by header and by content; names of places pass."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import socharm as sh
from socharm.errors import RefusedError
from socharm.io.personal import _CONTENTS, _is_full_name, looks_personal, refuse_personal


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Surname", "name of a person"),
        ("FirstName", "name of a person"),
        ("victim_name", "name of a person"),
        ("Name of suspect", "name of a person"),
        ("Full Name", "name of a person"),
        ("dob", "date of birth"),
        ("DateOfBirth", "date of birth"),
        ("Victim Date Of Birth", "date of birth"),
        ("nhs_number", "NHS number"),
        ("NHS No.", "NHS number"),
        ("PNC ID", "police identifier of a person"),
        ("pncid", "police identifier of a person"),
        ("Custody Number", "custody number"),
        ("custody_record_no", "custody number"),
        ("custody ref", "custody number"),
        ("nominal_ref", "identifier of a person"),
        ("National Insurance Number", "identifier of a person"),
        ("Address", "address"),
        ("home address line 1", "address"),
        ("UPRN", "address"),
        ("email", "contact of a person"),
        ("Mobile phone number", "contact of a person"),
    ],
)
def test_personal_headers_are_refused(header, kind):
    assert looks_personal([header]) == {header: kind}
    with pytest.raises(RefusedError, match="look like persons"):
        refuse_personal(["ward_code", header])


POLICEUK = [
    "Crime ID",
    "Month",
    "Reported by",
    "Falls within",
    "Longitude",
    "Latitude",
    "Location",
    "LSOA code",
    "LSOA name",
    "Crime type",
    "Last outcome category",
    "Context",
]


@pytest.mark.parametrize(
    "header",
    [
        *POLICEUK,
        "WD25NM",
        "ward name",
        "LSOA11NM",
        "LSOA11 name (joined)",
        "name",
        "Street name",
        "school_name",
        "Force Name",
        "la_name",
        "region_name",
        "victims",
        "victim_count",
        "children in care",
        "residents",
        "total_residents",
        "births",
        "low birth weight",
        "mobile phone thefts",
        "NHS trust",
        "custody episodes",
        "Number of households",
        "new_la_code",
        "ObjectId",
        "offender rate",
        "Proportion of households fuel poor (%)",
    ],
)
def test_places_and_counts_pass(header):
    assert looks_personal([header]) == {}


def nhs_numbers(n, seed=1):
    rng = np.random.default_rng(seed)
    numbers = []
    while len(numbers) < n:
        digits = rng.integers(0, 10, 9)
        check = (11 - int((digits * np.arange(10, 1, -1)).sum()) % 11) % 11
        if check < 10:
            numbers.append("".join(map(str, digits)) + str(check))
    return numbers


def test_nhs_numbers_are_known_by_their_check_digit():
    # 943 476 5919 is the worked example of the NHS Data Dictionary.
    assert looks_personal(["key"], {"key": ["943 476 5919", *nhs_numbers(20)]}) == {"key": "NHS number"}
    others = [str(int(number) + 1) for number in nhs_numbers(20)]
    assert looks_personal(["key"], {"key": others}) == {}


def test_dates_of_birth_are_known_by_their_spread():
    rng = np.random.default_rng(2)
    births = pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 20_000, 200), unit="D")
    incidents = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, 200), unit="D")
    year_ends = pd.Series([f"{year}-12-31" for year in range(1980, 2025)])
    sample = pd.DataFrame({"d1": births.strftime("%d/%m/%Y"), "d2": incidents.strftime("%Y-%m-%d")})
    assert looks_personal(["d1", "d2"], sample) == {"d1": "date of birth"}
    assert looks_personal(["d"], {"d": year_ends}) == {}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["12/1234567A", "2001/12345B", "99/1C"], "police identifier of a person"),
        (["AB123456C", "CE 12 34 56 A", "JG103759A"], "identifier of a person"),
        (["a@force.uk", "b@force.uk", "c@force.uk"], "contact of a person"),
        (["07700 900 123", "07700900124", "+447700900125"], "contact of a person"),
        (["Mr A Smith", "Mrs Jones", "Dr. Brown"], "name of a person"),
        (["12 High Street, Blyth", "Flat 2, 4a Mill Lane", "7 The Crescent Road"], "address"),
    ],
)
def test_personal_contents_are_refused_under_any_header(values, kind):
    assert looks_personal(["field_7"], {"field_7": values}) == {"field_7": kind}


def test_street_locations_pass_by_content():
    values = ["On or near High Street", "On or near Park/Open Space", "On or near Station Road"]
    assert looks_personal(["Location"], {"Location": values}) == {}


def test_a_column_can_be_vouched_for():
    refuse_personal(["address"], {"address": ["x"]}, allow=["address"])


def test_the_message_never_repeats_contents():
    with pytest.raises(RefusedError) as caught:
        refuse_personal(["key"], {"key": ["AB123456C", "CE123456A", "JG103759A"]}, name="'extract.csv'")
    assert "JG103759A" not in str(caught.value)
    assert "'extract.csv' holds columns that look like persons: 'key'" in str(caught.value)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Offender", ["Jane Smith", "P. Jones"]),
        ("Victim1", ["Ann Lee", "Bob Ray"]),
        ("Nominal 1", ["1002345", "1002399"]),
        ("Suspects", ["John Doe; Jim Roe", "Ann Bee"]),
        ("Aggrieved", ["A. Brown"]),
        ("OIC", ["Dave Brown", "Jill Gray"]),
        ("Name", ["John Doe", "Jane Roe", "Peter Pan"]),
        ("column 4", ["Jane SMITH", "Bob O'NEIL", "Ann-Marie DOE"]),
        ("column 4", ["SMITH, Jane", "JONES, Paul", "KHAN, Ali"]),
        ("column 4", ["Sarah Connor", "Mohammed Ali", "Kayleigh Ford"]),
        ("Free text notes", ["male seen near the door of the shop"]),
        ("Notes", ["Victim stated that he was hit outside the shop", "IP was followed home by a man who ran off"]),
        ("keeper's plate", ["AB12 CDE", "XY65ABC", "LM70 QRS"]),
        ("Street name of nominal", ["Mill Lane"]),
    ],
)
def test_roles_names_and_typed_text_are_refused(header, values):
    assert list(looks_personal([header], {header: values})) == [header]


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Suspect", ["Y", "N"]),
        ("Offender", ["Known", "Not known"]),
        ("Victim", ["Business", "Person"]),
        ("victims", ["12", "1,203", "[c]"]),
        ("victim", ["3", "0", "17"]),
        ("subject", ["Mathematics", "English Language", "Art and Design"]),
        ("2022 ward", ["Victoria Park", "Mile Cross", "Mary Tavy"]),
        ("station", ["Grace Road", "Charles Street", "George Square"]),
        ("LAD22NMW", ["Sir Fynwy", "Sir Ddinbych", "Sir Benfro"]),
        ("offence description", ["Rape of a female aged 16 and over", "Cruelty to children by a mother or father"]),
        ("Comments", ["good", "ok"]),
    ],
)
def test_counts_flags_places_and_offences_pass(header, values):
    assert looks_personal([header], {header: values}) == {}


def test_wards_called_like_persons_are_places(tmp_path):
    names = ["Mary Tavy", "Florence Park", "James Weld", "Victoria", "Stanley", "Margaret Roding"]
    wards = gpd.GeoDataFrame(
        {
            "code": [f"E0500000{n}" for n in range(6)],
            "name": names,
            "clerk": ["Jane Smith", "Omar Khan", "Ann Lee"] * 2,
        },
        geometry=[box(400_000 + n * 1_000, 300_000, 401_000 + n * 1_000, 301_000) for n in range(6)],
        crs=27700,
    )
    wards.to_file(tmp_path / "wards.gpkg")
    file = tmp_path / "wards.gpkg"
    with pytest.raises(RefusedError, match=r"like persons: 'clerk'"):
        sh.read_boundaries(file, code="code", name="name")
    assert sh.read_boundaries(file, code="code", name="name", allow_columns=["clerk"])["name"].tolist() == names
    wards.drop(columns="clerk").rename(columns={"name": "WD25NM"}).to_file(tmp_path / "plain.gpkg")
    assert len(sh.read_boundaries(tmp_path / "plain.gpkg", code="code")) == 6


@pytest.mark.parametrize("heading", ["Recording unit", "Neighbourhood team"])
def test_teams_and_units_are_no_persons(heading):
    rows = pd.DataFrame({heading: ["Elswick NPT", "Forth Banks CID", "Byker NPT", "Etal Lane RPU"], "n": [1, 2, 3, 4]})
    refuse_personal(rows.columns, rows, allow=(), name="rows")


def test_no_test_of_contents_takes_numbers_of_up_to_three_digits():
    numbers = [str(number) for number in range(1000)] + ["007", "00", " 12 ", ""]
    for test, *_ in _CONTENTS:
        assert not any(test(number.strip()) for number in numbers)
    assert not any(_is_full_name(number) for number in numbers)
    assert looks_personal(["name", "5", "Remarks"], dict.fromkeys(("name", "5", "Remarks"), numbers)) == {}
