"""Odd values that real files bring: placeholders for dates and ids, financial years, sums among areas."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from socharm.errors import CoverageWarning, DataWarning, RefusedError, SchemaError
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.months import months_of
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.tables import counts_from_table


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    index = pd.Index(["E05000001"], name="area_code")
    return gpd.GeoDataFrame(index=index, geometry=[box(425_000, 560_000, 426_000, 561_000)], crs=27700)


def rows(n: int = 40, **columns: object) -> pd.DataFrame:
    given = {"offence": "Burglary", "date": "2024-01-05", "easting": 425_500, "northing": 560_500, **columns}
    return pd.DataFrame(given, index=range(n))


@pytest.mark.parametrize("word", ["\\N", ".", "NA"])
def test_words_of_databases_for_a_missing_id_make_no_copies(areas, word):
    counts = count_incidents(read_incidents(rows(**{"Crime ID": word})), areas)
    assert counts.accounting["rows"]["used"] == 40


def test_one_word_in_place_of_every_id_stops_the_count(areas):
    with pytest.raises(SchemaError, match=r"39 of 40 rows .* whole-row copy.*a word for a missing one"):
        count_incidents(read_incidents(rows(**{"Crime ID": "TBC"})), areas)
    counts = count_incidents(read_incidents(rows(**{"Crime ID": "TBC"})), areas, accept=("whole-row copy",))
    assert counts.accounting["rows"]["whole-row copy"] == 39
    assert count_incidents(read_incidents(rows(**{"Crime ID": "TBC"}), missing=["TBC"]), areas).rows_read == 40


def test_some_copies_are_told(areas):
    ids = [f"{n:064x}" for n in range(36)] + [f"{0:064x}"] * 4
    with pytest.warns(DataWarning, match=r"4 of 40 rows of the period \(10%\) were set aside: whole-row copy"):
        count_incidents(read_incidents(rows(**{"Crime ID": ids})), areas)


def test_a_date_that_stands_for_an_unknown_one_makes_no_period_of_a_century(areas):
    dates = ["1900-03-15"] + ["2024-05-01"] * 39
    with pytest.raises(RefusedError, match=r"from 1900-03 to 2024-05, 124 years.*`period`"):
        count_incidents(read_incidents(rows(date=dates)), areas)
    counts = count_incidents(read_incidents(rows(date=dates), period="2024-05"), areas)
    assert counts.accounting["rows"].loc[["used", "outside the period"]].tolist() == [39, 1]


@pytest.mark.parametrize(
    "day", ["1900-01-01", "01/01/1970", "1970-01-01 00:00:00", "31-Dec-2099", "19000101", "01/01/70"]
)
def test_a_day_that_systems_write_for_an_unknown_one_is_a_lost_date(areas, day):
    """Taken for days outside the period, four homicides of four would be gone without a word."""
    others = "2024-05-21" if "/" not in day else "21/05/2024"
    incidents = read_incidents(rows(date=[day] * 4 + [others] * 36, offence=["Homicide"] * 4 + ["Theft"] * 36))
    with pytest.warns(CoverageWarning, match=r"homicide \(4 of 4 rows: date cannot be parsed\)"):
        counts = count_incidents(incidents, areas, period="2024-05", accept="date cannot be parsed")
    assert counts.without_rows == ["homicide"]


def test_months_at_the_ends_of_calendars_are_months():
    assert list(months_of(["1970-01", "1900-01"]).of.values()) == ["1970-01", "1900-01"]


@pytest.mark.parametrize("texts", [["2010/11", "2011/12"], ["2010-11", "2011-12"], ["2011/12"], ["1999/00", "2000/01"]])
def test_financial_years_are_no_months(texts):
    with pytest.raises(SchemaError, match="financial years"):
        months_of(texts)


@pytest.mark.parametrize("texts", [["2011-12"], ["2010-11", "2010-12"], ["2024/01", "2024/02"]])
def test_months_are_months(texts):
    assert list(months_of(texts).of.values()) == [text.replace("/", "-") for text in texts]


def test_a_district_among_its_wards_is_a_sum():
    table = pd.DataFrame(
        {
            "area_code": ["E05000001", "E05000002", "E08000021"],
            "offence": "burglary",
            "month": "2024-04",
            "n": [2, 3, 5],
        }
    )
    with pytest.raises(SchemaError, match=r"a sum of others: \['E08000021'\]"):
        counts_from_table(table, period="2024-04")
    districts = table.assign(area_code=["E08000021", "E08000022", "E06000047"])
    assert int(counts_from_table(districts, period="2024-04").table["n"].sum()) == 10
