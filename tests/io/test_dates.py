"""Dates, missing words, numbers and labels as they are written: decided by the whole column, never cell by cell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from socharm.errors import DataWarning, ModelWarning, ParameterError, SchemaError
from socharm.io.dates import read_date, stated_format
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.months import DateRule, months_of
from socharm.io.incidents.numbers import coordinate
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.records import Counts
from socharm.io.missing import MISSING_WORDS, is_missing, missing_words, spellings
from socharm.io.weights import load_weights, read_weights
from socharm.offence_history import EARLIER_CATEGORIES, earlier_categories
from socharm.offences import COMBINED_CATEGORIES, category_of
from socharm.severity.index import severity_index

AREAS = gpd.GeoDataFrame(
    {"name": ["Ay", "Bee"]},
    index=pd.Index(["A", "B"], name="area_code"),
    geometry=[box(424_000, 560_000, 425_000, 561_000), box(425_000, 560_000, 426_000, 561_000)],
    crs=27700,
)


def counted(frame: Any = None, **columns: Any) -> Counts:
    """Counts of a small extract; `options` go to `read_incidents`, `accept` to `count_incidents`."""
    options, accept = columns.pop("options", {}), columns.pop("accept", ())
    rows = {"date": "2024-01-05", "offence": "Burglary", "easting": 424_500, "northing": 560_500, **columns}
    return count_incidents(
        read_incidents(pd.DataFrame(rows) if frame is None else frame, **options), AREAS, accept=accept
    )


def by_month(counts: Counts) -> dict[str, int]:
    sums = counts.table.groupby(counts.table["period"].astype(str))["n"].sum()
    return {month: int(n) for month, n in sums.items() if n}


# Dates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "month", "form"),
    [
        ("2024/01/05", "2024-01", "YYYY-MM-DD"),
        ("13/01/2024 at 10:00", "2024-01", "DD/MM/YYYY"),
        ("10:00 PM 13/01/2024", "2024-01", "DD/MM/YYYY"),
        ("20240105 1200", "2024-01", "YYYYMMDD"),
        ("2024-01-05T23:30:00+01:00", "2024-01", "YYYY-MM-DD"),
        ("202402", "2024-02", "YYYYMM"),
        ("202402.0", "2024-02", "YYYYMM"),
        ("20240105T1200", "2024-01", "YYYYMMDD"),
        ("13.02.2024", "2024-02", "DD.MM.YYYY"),
        ("02/13/2024 03:00:00 PM", "2024-02", "MM/DD/YYYY"),
        ("13/02/24 7:05", "2024-02", "DD/MM/YY"),
        ("05-Jan-2024", "2024-01", "DD-Mon-YYYY"),
        ("05-JAN-24 12.30.00.000000 PM", "2024-01", "DD-Mon-YY"),
        ("Friday, 5th January 2024", "2024-01", "DD-Mon-YYYY"),
        ("05 September 2024 13:00", "2024-09", "DD-Mon-YYYY"),
        ("Jan  5 2024 12:00AM", "2024-01", "Mon DD YYYY"),
        ("01-Apr-14", "2014-04", "DD-Mon-YY"),
        ("Feb-25", "2025-02", "Mon-YY"),
        ("Sept 2024", "2024-09", "Mon-YYYY"),
        ("02/2025", "2025-02", "MM/YYYY"),
        ("45693", "2025-02", "day number of a spreadsheet"),  # 5 February 2025, as spreadsheets count
        ("45693.75", "2025-02", "day number of a spreadsheet"),
        ("31/12/99", "1999-12", "DD/MM/YY"),
    ],
)
def test_a_column_of_one_form_is_read(text: str, month: str, form: str) -> None:
    found = months_of([text])
    assert (found.of, found.format) == ({text: month}, form)


@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
@pytest.mark.parametrize(
    "written",
    ["%d%b%Y", "%d%b%y", "%b%Y", "%B%Y", "%d%B%Y", "%d%b%Y:%H:%M:%S", "%d%b%y:%H:%M", "%d%b%YT%H:%M", "%B %Y"],
)
def test_no_month_is_cut_off_with_the_sign_of_a_clock_time(written: str, case: Callable[[str], str]) -> None:
    # Statistical software writes 01OCT2023; the names of August, September and October can end in a T.
    days = pd.date_range("2023-01-15 10:30", periods=12, freq="31D")
    counts = counted(date=[case(day.strftime(written)).replace("t10:", "T10:") for day in days])
    assert by_month(counts) == {str(day)[:7]: 1 for day in days}


@pytest.mark.parametrize("text", ["25-Feb", "2025-13", "2025-04-31", "31/02/2024", "1704067200", "2024 Q1", "1899-12"])
def test_what_is_no_month_is_not_guessed(text: str) -> None:
    with pytest.raises(SchemaError, match="No date can be read"):
        months_of([text])


def test_the_whole_column_decides_which_number_is_the_month() -> None:
    days = pd.date_range("2024-01-01", "2024-12-31")
    american = counted(date=days.strftime("%m/%d/%Y %I:%M:%S %p"))
    british = counted(date=days.strftime("%d/%m/%Y"))
    expected = {str(month): month.days_in_month for month in days.to_period("M").unique()}
    assert by_month(american) == by_month(british) == expected
    assert american.findings.date_format == "MM/DD/YYYY"
    assert british.findings.date_format == "DD/MM/YYYY"


def test_an_open_column_stops_until_the_order_is_stated() -> None:
    columns = {"date": ["01/02/2024", "03/04/2024"]}
    with pytest.raises(SchemaError, match=r"two ways.*2024-02 or in 2024-01.*`day_first`"):
        counted(**columns)
    assert list(by_month(counted(**columns, options={"day_first": True}))) == ["2024-02", "2024-04"]
    assert list(by_month(counted(**columns, options={"day_first": False}))) == ["2024-01", "2024-03"]
    assert list(by_month(counted(**columns, options={"date_format": "%m/%d/%Y"}))) == ["2024-01", "2024-03"]
    # The same month either way: nothing is open.
    assert months_of(["05/05/2024", "07/07/2024"]).of == {"05/05/2024": "2024-05", "07/07/2024": "2024-07"}
    with pytest.raises(SchemaError, match="year first"):
        months_of(["24-01-13"])


def test_a_year_of_two_digits_is_the_end_that_takes_fewer_values() -> None:
    days = pd.date_range("2024-01-01", "2024-03-31")
    for form in ("%d-%m-%y", "%y-%m-%d"):
        written = dict(zip(days.strftime(form), days.strftime("%Y-%m"), strict=True))
        assert months_of(written).of == written
    assert months_of(["25.01.24", "26.02.24"]).format == "DD.MM.YY"


def test_a_column_that_contradicts_itself_stops_with_both_samples() -> None:
    texts = ["13/02/2024", "02/14/2024", "01/02/2024"]
    with pytest.raises(SchemaError, match=r"contradict.*13/02/2024.*day first.*02/14/2024.*month first"):
        months_of(texts)
    found = months_of(texts, DateRule(day_first=True))
    assert found.of == {"13/02/2024": "2024-02", "02/14/2024": None, "01/02/2024": "2024-02"}
    assert found.unread == ("02/14/2024",)


def test_a_mixture_of_forms_with_one_meaning_each_is_read_and_told() -> None:
    with pytest.warns(DataWarning, match=r"2 ways: 2 as DD-Mon-YYYY \('06-Jan-2024'\); 1 as YYYY-MM-DD"):
        counts = counted(date=["2024-01-05", "06-Jan-2024", "06-Jan-2024"])
    assert by_month(counts) == {"2024-01": 3}


def test_day_numbers_are_dates_only_where_the_whole_column_is_written_so() -> None:
    assert months_of(["45292", "45323"]).of == {"45292": "2024-01", "45323": "2024-02"}
    found = months_of(["45292", "2024-02-01"])
    assert found.of["45292"] is None
    assert found.unread == ("45292",)


def test_missing_dates_decide_nothing_and_a_column_without_dates_stops() -> None:
    assert months_of(["NA", None, " ", "13/01/2024"]).unread == ()
    with pytest.raises(SchemaError, match="blank"):
        months_of(["NULL", None])
    with pytest.raises(SchemaError, match="epoch"):
        months_of(["1704067200"])


@pytest.mark.parametrize(
    ("date_format", "text", "month"),
    [
        ("%d/%m/%Y %H:%M", "05/04/2024 10:00", "2024-04"),
        ("%d/%m/%Y %H:%M", "05/04/2024", "2024-04"),
        ("%H:%M %d/%m/%Y", "10:00 05/04/2024", "2024-04"),
        ("%d%m%Y", "05042024", "2024-04"),
        ("%y-%m-%d", "24-04-05", "2024-04"),
        ("%d %B %Y", "5 may 2024", "2024-05"),
        ("%b-%y", "Feb-25", "2025-02"),
        ("%F", "2024-04-05", "2024-04"),
        ("excel", "45692.5", "2025-02"),
        ("epoch", "1704067200", "2024-01"),
        ("epoch-ms", "1704067200000", "2024-01"),
        ("%d/%m/%Y", "04/13/2024", None),
        ("epoch", "soon", None),
    ],
)
def test_a_stated_format_is_followed(date_format: str, text: str, month: str | None) -> None:
    date = stated_format(date_format)(text)
    assert (date and date[:7]) == month


def test_formats_and_orders_that_make_no_sense() -> None:
    frame = pd.DataFrame({"date": ["2024-01"], "offence": ["x"], "area_code": ["A"]})
    with pytest.raises(ParameterError, match="one year"):
        read_incidents(frame, date_format="%d/%m")
    with pytest.raises(ParameterError, match="%Q"):
        read_incidents(frame, date_format="%Y-%m %Q")
    with pytest.raises(ParameterError, match="both"):
        read_incidents(frame, date_format="%Y-%m", day_first=True)
    with pytest.raises(ParameterError, match="day_first"):
        read_incidents(frame, day_first="yes")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="no date is written so: 1 distinct text, such as"):
        count_incidents(read_incidents(frame, date_format="%d/%m/%Y"), AREAS)


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.dates(dt.date(1970, 1, 2), dt.date(2060, 12, 31)), min_size=1, max_size=20),
    form=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d-%b-%Y", "%d %B %y", "%Y/%m/%d"]),
)
def test_no_column_is_read_in_another_month_than_it_was_written_in(days: list[dt.date], form: str) -> None:
    written = {day.strftime(form): f"{day:%Y-%m}" for day in days}
    assert months_of(written, DateRule(date_format=form)).of == written
    try:
        found = months_of(written).of
    except SchemaError:
        found = {}  # an open column
    told = any(day.day > 12 for day in days) or form not in ("%d/%m/%Y", "%m/%d/%Y")
    assert found == written or not told


def test_typed_dates_and_months_of_dataframes() -> None:
    period = pd.period_range("2024-01", "2024-02", freq="M")
    for dates in (
        [202401, 202402],
        [20240131, 20240201],
        [202401.0, 202402.0],
        [45322, 45323],
        period,
        [dt.date(2024, 1, 31), dt.date(2024, 2, 1)],
        pd.to_datetime(["2024-01-31 23:59", "2024-02-01 00:00"]),
        ["2024-01-31", "2024-02-01"],
    ):
        assert by_month(counted(date=dates)) == {"2024-01": 1, "2024-02": 1}
    rows = {"offence": "x", "easting": 424_500, "northing": 560_500}
    frame = pl.DataFrame({"date": [dt.date(2024, 1, 31), dt.date(2024, 2, 1)]}).with_columns(
        **{k: pl.lit(v) for k, v in rows.items()}
    )
    assert by_month(counted(frame)) == {"2024-01": 1, "2024-02": 1}


def test_a_time_of_day_in_a_column_of_its_own_changes_nothing() -> None:
    columns = {"date": ["13/01/2024"], "time": ["23:30"]}
    named = counted(**columns, options={"columns": {"date": "date", "time": "time"}})
    assert by_month(named) == by_month(counted(**columns)) == {"2024-01": 1}


# Missing words -------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["", "NA", "NULL", "nan", "None", "N/A", "-", " na ", "Not available"])
def test_rows_whose_id_is_a_word_for_missing_are_no_copies(word: str) -> None:
    columns = {"crime_id": [word] * 4, "offence": ["Burglary"] * 3 + ["Drugs"]}
    for duplicates in ("whole-row", "id"):
        frame = pd.DataFrame({"date": "2011-03", "easting": 424_500, "northing": 560_500, **columns})
        for source in (frame, pl.from_pandas(frame).lazy()):
            counts = count_incidents(read_incidents(source), AREAS, duplicates=duplicates)
            assert counts.accounting["rows"]["used"] == 4
            assert counts.facts["rows"]["used rows without a Crime ID"] == 4


@pytest.mark.filterwarnings("ignore:.* were set aside", "ignore:.* lost more than")
def test_missing_words_in_every_column() -> None:
    counts = counted(
        date=["2024-01", "NULL", "2024-01"],
        offence=["N/A", "Burglary", "Burglary"],
        easting=["424500", "424500", "NA"],
        northing=["560500", "560500", "560500"],
        location=["Not available", "x", "x"],
        source=["nan", "Toy", "Toy"],
        accept=("date cannot be parsed", "no location"),
    )
    rows = counts.accounting["rows"]
    assert rows[["used", "date cannot be parsed", "no location"]].tolist() == [1, 1, 1]
    assert set(counts.table["offence"]) == {"not-stated"}
    assert counts.facts["rows"]["used rows without a location text"] == 1


@pytest.mark.filterwarnings("ignore:.* lost more than")
def test_a_place_or_an_offence_may_be_called_by_such_a_word() -> None:
    areas = AREAS.rename(index={"A": "None"})
    rows = pd.DataFrame({"date": ["2024-01"] * 3, "offence": ["NONE", "x", "TBC"], "area_code": ["None", "B", "B"]})
    own = count_incidents(read_incidents(rows, usual_missing=False), areas)
    assert own.offences == ["none", "tbc", "x"]
    assert own.total().to_dict() == {"None": 1, "B": 2}
    usual = count_incidents(read_incidents(rows, missing=["tbc"]), areas, accept="no location")
    assert usual.accounting["rows"]["no location"] == 1
    assert usual.offences == ["not-stated", "x"]
    with pytest.raises(ParameterError, match="`missing` is the text 'TBC'; give a list"):
        read_incidents(rows, missing="TBC")


def test_words_that_mean_missing() -> None:
    assert all(is_missing(word) for text in MISSING_WORDS for word in (text, text.upper(), f" {text.title()} "))
    assert not is_missing("Nanton")
    assert missing_words() == missing_words(()) == MISSING_WORDS
    assert missing_words((), usual=False) == {""}
    assert {"NaN", "nan", "NAN", "Not Available"} <= set(spellings(MISSING_WORDS))


# Numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [" 424500 ", "\u00a0424500", "'424500", "424 500", "424500,0", "424500.00", "4.245E5", "+424500", '"424500"'],
)
def test_coordinates_with_one_meaning_are_mended(text: str) -> None:
    for frame in (None, pl.DataFrame({"date": "2024-01", "offence": "x", "easting": text, "northing": "560500"})):
        counts = counted(frame, easting=["424500", text], northing=["560500", " 560500"])
        assert counts.total()["A"] == counts.rows_read


def test_degrees_have_decimal_commas_and_metres_may_have_thousands() -> None:
    assert coordinate("-1,620", is_degrees=True) == coordinate("\u22121.62", is_degrees=True) == -1.62
    assert coordinate("425,500", is_degrees=False) is None
    assert coordinate("425,500", is_degrees=False, thousands=",") == 425_500
    assert coordinate("1.62 W", is_degrees=True) is None


def test_coordinates_without_a_meaning_are_told_with_samples() -> None:
    columns = {"easting": ["424500", "424,500", "west", "inf", None], "northing": "560500", "accept": "no location"}
    with pytest.warns(DataWarning, match=r"3 rows have a coordinate.*424,500.*west.*thousands"):
        counts = counted(**columns)
    assert counts.accounting["rows"][["used", "no location"]].tolist() == [1, 4]
    with pytest.warns(DataWarning, match=r"2 rows have a coordinate"):
        assert counted(**columns, options={"thousands": ","}).total()["A"] == 2


# Labels whose meaning depends on the month ---------------------------------------------------------


def street(*rows: tuple[str, str]) -> pd.DataFrame:
    """police.uk rows of (month, label) at one point in area A."""
    longitude, latitude = -1.6195, 54.9376
    return pd.DataFrame(
        {
            "Month": [month for month, _ in rows],
            "Longitude": longitude,
            "Latitude": latitude,
            "Crime type": [label for _, label in rows],
        }
    )


def test_other_crime_before_september_2011_is_a_label_of_its_own() -> None:
    rows = street(
        ("2011-03", "Other crime"),
        ("2011-08", "Other crime"),
        ("2011-09", "Other crime"),
        ("2011-09", "Other theft"),
        ("2013-05", "Other theft"),
        ("2011-03", "Burglary"),
    )
    counts = count_incidents(read_incidents(rows), AREAS)
    assert counts.table.groupby("offence")["n"].sum().to_dict() == {
        "burglary": 1,
        "other-crime": 1,
        "other-crime-until-2011-08": 2,
        "other-theft": 1,
        "other-theft-until-2013-04": 1,
    }


def test_labels_of_a_force_keep_their_own_meaning() -> None:
    own = counted(date="2011-03", offence=["Other Theft", "Other crime", "Mischief"])
    assert own.offences == ["mischief", "other-crime", "other-theft"]
    then = earlier_categories({"2011-03": {"other-crime", "burglary"}}, is_police_uk=False)
    assert [category.key for category in then["2011-03"]] == ["other-crime-until-2011-08"]


def test_the_weight_of_an_earlier_label_is_that_of_all_it_held() -> None:
    table = load_weights("ons-css").crosswalk("police.uk", allow_stale=True).table
    for earlier in EARLIER_CATEGORIES:
        parts = table.loc[list(earlier.parts)]
        mean = math.fsum(parts["n"] * parts["weight"]) / parts["n"].sum()
        assert table.loc[earlier.key, "weight"] == pytest.approx(mean)
        assert table.loc[earlier.key, "combines"] == "+".join(earlier.parts)
        assert category_of(earlier.key) == earlier.key
        assert COMBINED_CATEGORIES[earlier.key] == earlier.parts
    # Nine categories of the packaged counts of 2019-20, added up by hand: 98.3 million days over 2.434 million crimes.
    assert table.loc["other-crime-until-2011-08", "weight"] == pytest.approx(40.4, abs=0.05)
    assert table.loc["other-crime", "weight"] == pytest.approx(115.4, abs=0.05)


def test_a_scheme_without_the_parts_has_no_weight_for_an_earlier_label_and_says_why() -> None:
    counts = count_incidents(read_incidents(street(("2011-03", "Other crime"), ("2011-03", "Burglary"))), AREAS)
    own = read_weights(pd.DataFrame({"offence": ["Burglary", "Other crime"], "weight": [380, 115]}))
    with pytest.raises(SchemaError, match=r"other-crime-until-2011-08' held \['bicycle-theft'.*use a crosswalk"):
        severity_index(counts, own, None)
    with pytest.warns(ModelWarning, match="one period"):
        index = severity_index(counts, own, None, unweighted="allow")
    assert index.unweighted["offence"].unique().tolist() == ["other-crime-until-2011-08"]
    assert index.table["harm"].sum() == 380


def test_read_date_says_what_a_text_can_mean() -> None:
    found = read_date("04/05/2024")
    assert found is not None
    assert (found.date, found.month_first, found.is_open) == ("2024-05-04", "2024-04-05", True)
