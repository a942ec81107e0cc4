"""Counts that somebody else made: wide or tidy, complete, and never a gap taken for a zero."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import AlignmentError, CoverageWarning, DataWarning, ParameterError, SchemaError
from socharm.io.incidents.tables import counts_from_table

TIDY = pd.DataFrame(
    {
        "area_code": ["A", "A", "B", "B"],
        "offence": ["Burglary", "Robbery", "Burglary", "Burglary"],
        "period": ["2025-04", "2025-05", "2025-04", "2025-06"],
        "n": [3, 1, 2, 9],
    }
)
PERIOD = ("2025-04", "2025-05")


def test_tidy_months_are_completed_and_accounted_for() -> None:
    counts = counts_from_table(TIDY, period=PERIOD)
    assert len(counts.table) == 2 * 2 * 2
    assert counts.total().to_dict() == {"A": 4, "B": 2}
    assert counts.accounting["rows"][["used", "outside the period"]].tolist() == [3, 1]
    assert counts.findings.by == "month"
    assert counts.facts["rows"]["incidents in used cells"] == 6


def test_wide_and_tidy_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("ward_code;month;Burglary;Robbery\nA;2025-04;3;0\nA;2025-05;0;1\nB;2025-04;2;0\nB;2025-05;0;0\n")
    wide = counts_from_table(path, period=PERIOD, columns={"area_code": "ward_code"})
    pd.testing.assert_frame_equal(wide.table, counts_from_table(TIDY, period=PERIOD).table)
    assert wide.about.sources == ("counts.csv",)


def test_totals_of_a_period_are_spread_in_whole_numbers_and_say_so() -> None:
    table = pd.DataFrame({"area_code": ["A"], "Burglary": [7]})
    counts = counts_from_table(table, period=("2025-04", "2025-06"))
    assert counts.table["n"].tolist() == [3, 2, 2]
    assert counts.findings.by == "period"
    assert "spread evenly" in counts.about.coverage
    narrowed = counts_from_table(table, period=("2025-04", "2025-06"), covered=["2025-05", "2025-06"])
    assert narrowed.table["n"].tolist() == [4, 3]


def test_areas_that_the_table_lacks_are_not_covered_and_foreign_codes_are_set_aside() -> None:
    areas = pd.DataFrame({"name": ["Ay", "Sea"]}, index=pd.Index(["A", "C"], name="area_code"))
    counts = counts_from_table(TIDY, period=PERIOD, areas=areas, accept="outside all areas")
    assert counts.coverage.loc["C"].tolist() == [False, False]
    assert counts.total().isna().to_dict() == {"A": False, "C": True}
    assert counts.accounting["rows"]["outside all areas"] == 1


def test_a_row_without_numbers_was_not_covered() -> None:
    table = pd.DataFrame({"area_code": ["A", "B"], "Burglary": [1, None], "Robbery": [0, None]})
    counts = counts_from_table(table, period="2025-04", areas=pd.DataFrame(index=["A", "B"]))
    assert counts.coverage["2025-04"].to_dict() == {"A": True, "B": False}


def test_all_faults_are_told_at_once_with_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text('area_code,Burglary,Robbery\nA,-1,2\nB,1.5,"1,954"\n')
    with pytest.raises(SchemaError) as caught:
        counts_from_table(path, period="2025-04")
    text = str(caught.value)
    assert "row 2, column 'Burglary': '-1' is negative" in text
    assert "row 3, column 'Burglary': '1.5' is not a whole number" in text
    assert "thousands" in text


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"n": [1, 2, None, 3]}, None, ""),
        ({"period": ["2025-04", "May", "2025-04", "2025-06"]}, SchemaError, "is not a month"),
        ({"area_code": ["A", "", "B", "B"]}, SchemaError, "no area code"),
        ({"offence": "Burglary", "period": "2025-04"}, SchemaError, "repeats"),
    ],
)
def test_broken_tables(change: dict, error: type | None, match: str) -> None:
    table = TIDY.assign(**change)
    if error is None:
        assert counts_from_table(table, period=PERIOD).total()["A"] == 3
        return
    with pytest.raises(error, match=match):
        counts_from_table(table, period=PERIOD)


def test_a_gap_beside_numbers_is_a_fault() -> None:
    table = pd.DataFrame({"area_code": ["A"], "Burglary": [1], "Robbery": [None]})
    with pytest.raises(SchemaError, match="missing is not zero"):
        counts_from_table(table, period="2025-04")


def test_codes_of_another_year_and_missing_columns() -> None:
    with pytest.raises(AlignmentError, match="boundary year"):
        counts_from_table(TIDY, period=PERIOD, areas=pd.DataFrame(index=["X"]))
    with pytest.raises(SchemaError, match="area_code"):
        counts_from_table(TIDY.drop(columns="area_code"), period=PERIOD)
    with pytest.raises(SchemaError, match="none of counts"):
        counts_from_table(TIDY.drop(columns="n"), period=PERIOD)
    with pytest.raises(ParameterError, match="Did you mean 'offence'"):
        counts_from_table(TIDY, period=PERIOD, columns={"offense": "offence"})
    with pytest.raises(ParameterError, match="`period` is missing"):
        counts_from_table(TIDY, period=None)


# What the columns mean -------------------------------------------------------------------------------


def by_month(table: pd.DataFrame) -> dict[str, int]:
    sums = table.groupby(table["period"].astype(str))["n"].sum()
    return {month: int(n) for month, n in sums.items()}


@pytest.mark.parametrize(
    "names",
    [
        ("202402", "202403"),
        (202402, 202403),
        ("2024-02", "2024-03"),
        ("2024_02", "2024_03"),
        ("Feb-24", "Mar-24"),
        ("Feb 2024", "March 2024"),
        ("45323", "45352"),
        (pd.Timestamp("2024-02-01"), pd.Timestamp("2024-03-01")),
        (pd.Period("2024-02"), pd.Period("2024-03")),
    ],
)
def test_columns_that_are_months_are_months(names: tuple) -> None:
    wide = pd.DataFrame({"area_code": ["A"], names[0]: [10], names[1]: [20]})
    period = ("2024-02", "2024-03")
    with pytest.raises(SchemaError, match=r"are months \(2024-02 to 2024-03\).*offence='Burglary'"):
        counts_from_table(wide, period=period)
    stated = counts_from_table(wide, period=period, offence="Burglary")
    labelled = counts_from_table(wide.assign(**{"crime type": "Burglary"}), period=period)
    for counts in (stated, labelled):
        assert by_month(counts.table) == {"2024-02": 10, "2024-03": 20}
        assert counts.offences == ["burglary"]
        assert (counts.findings.by, counts.findings.date_format) == ("month", "months as columns")


def test_months_of_a_tidy_table_are_read_by_the_whole_column() -> None:
    table = TIDY.assign(period=["202504", "202505", "202504", "202506"])
    pd.testing.assert_frame_equal(
        counts_from_table(table, period=PERIOD).table, counts_from_table(TIDY, period=PERIOD).table
    )
    days = TIDY.assign(period=["04/01/2025", "05/01/2025", "04/01/2025", "06/01/2025"])
    with pytest.raises(SchemaError, match="day_first"):
        counts_from_table(days, period=PERIOD)
    assert counts_from_table(days, period=PERIOD, day_first=False).total().to_dict() == {"A": 4, "B": 2}


@pytest.mark.parametrize("total", ["All crime", "Total", "all crime and ASB", "Grand total", "Burglary total", "Sum"])
def test_totals_are_refused_in_columns_labels_and_codes(total: str) -> None:
    wide = pd.DataFrame({"area_code": ["A", "B"], "Burglary": [1, 2], total: [1, 2]})
    with pytest.raises(SchemaError, match=f"{total}.*count twice.*drop="):
        counts_from_table(wide, period="2025-04")
    left = counts_from_table(wide, period="2025-04", drop=[total])
    assert (left.total().sum(), left.findings.left_out) == (3, (total,))
    labels = pd.concat([TIDY, TIDY.assign(offence=total).drop_duplicates(["area_code", "period"])])
    with pytest.raises(SchemaError, match=rf"4 rows that are sums.*{total}"):
        counts_from_table(labels, period=PERIOD)
    assert counts_from_table(labels, period=PERIOD, drop=[total]).total().to_dict() == {"A": 4, "B": 2}
    rows = pd.DataFrame({"area_code": ["A", "B", total], "Burglary": [1, 2, 3]})
    with pytest.raises(SchemaError, match="a sum of others"):
        counts_from_table(rows, period="2025-04")
    assert counts_from_table(rows, period="2025-04", drop=[total]).total().to_dict() == {"A": 1, "B": 2}


def test_a_nation_among_wards_is_a_total_and_the_only_label_is_none() -> None:
    rows = pd.DataFrame({"area_code": ["E05000001", "E05000002", "E92000001"], "Burglary": [1, 2, 3]})
    with pytest.raises(SchemaError, match="E92000001"):
        counts_from_table(rows, period="2025-04")
    nations = rows.assign(area_code=["E92000001", "W92000004", "S92000003"])
    assert counts_from_table(nations, period="2025-04").total().sum() == 6
    only = pd.DataFrame({"area_code": ["A", "B"], "offence": "All crime", "n": [1, 2]})
    assert counts_from_table(only, period="2025-04").offences == ["all-crime"]
    assert counts_from_table(
        only.rename(columns={"n": "All crime"})[["area_code", "All crime"]], period="2025-04", offences=["All crime"]
    ).offences == ["all-crime"]


def test_columns_that_are_not_understood_are_questioned() -> None:
    wide = pd.DataFrame({"area_code": ["A"], "name": ["Ay"], "Burglary": [1], "Hot spots": [2], "Officer": ["x"]})
    with pytest.raises(SchemaError, match=r"'Hot spots', 'Officer'.*not understood.*drop=.*offences="):
        counts_from_table(wide, period="2025-04", allow_columns=["Officer"])
    own = counts_from_table(wide, period="2025-04", offences=["Burglary", "Hot spots"], allow_columns=["Officer"])
    assert own.offences == ["burglary", "hot-spots"]
    assert own.findings.left_out == ("Officer",)
    for column in ("population", "index", "year", "2024", "Unnamed: 0", "2023/24"):
        with pytest.raises(SchemaError, match="not understood"):
            counts_from_table(wide[["area_code", "Burglary"]].assign(**{column: [7]}), period="2025-04")
    counted = pd.DataFrame({"area_code": ["A", "B"], "crimes": [1, 2]})
    with pytest.raises(SchemaError, match="no column says of which offence"):
        counts_from_table(counted, period="2025-04")
    assert counts_from_table(counted, period="2025-04", offence="Robbery").offences == ["robbery"]


def test_every_published_category_and_code_is_an_offence_column() -> None:
    names = ["Anti-social behaviour", "Violent crime", "Public disorder & weapons", "8N", "ho-28e", "All other theft"]
    wide = pd.DataFrame({"area_code": ["A"], **{name: [1] for name in names[:-1]}})
    assert len(counts_from_table(wide, period="2025-04").offences) == 5
    with pytest.raises(SchemaError, match=r"All other theft.*not understood"):
        counts_from_table(wide.assign(**{names[-1]: [1]}), period="2025-04")


def test_two_kinds_of_columns_and_statements_that_do_not_fit() -> None:
    months = pd.DataFrame({"area_code": ["A"], "2025-04": [1], "Burglary": [2]})
    with pytest.raises(SchemaError, match=r"months.*and columns that are offences"):
        counts_from_table(months, period="2025-04")
    with pytest.raises(SchemaError, match="there twice"):
        counts_from_table(TIDY.assign(**{"2025-04": 1}), period="2025-04")
    with pytest.raises(SchemaError, match="a column of months"):
        counts_from_table(months.drop(columns="Burglary").assign(month="2025-04"), period="2025-04", offence="x")
    with pytest.raises(SchemaError, match="financial years"):
        counts_from_table(pd.DataFrame({"code": ["A"], "2010-11": [1], "2011-12": [2]}), period="2010-11", offence="x")
    with pytest.raises(ParameterError, match="column of offences"):
        counts_from_table(TIDY, period=PERIOD, offence="Burglary")
    with pytest.raises(ParameterError, match="column of offences"):
        counts_from_table(TIDY, period=PERIOD, offences=["Burglary"])
    with pytest.raises(ParameterError, match="both given"):
        counts_from_table(TIDY, period=PERIOD, offence="x", offences=["y"])
    with pytest.raises(ParameterError, match="give a list, such as"):
        counts_from_table(TIDY, period=PERIOD, drop="Total")
    with pytest.raises(ParameterError, match="no column, offence label or area code"):
        counts_from_table(TIDY, period=PERIOD, drop=["Total"])


def test_the_table_is_found_under_its_title_and_read_as_stated(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text('Recorded crime by ward,,\n\nward code,Burglary,Robbery\nA,"1,954",2\nB,3,0\n')
    assert counts_from_table(path, period="2025-04", thousands=",").total().to_dict() == {"A": 1956, "B": 3}


def test_labels_of_police_uk_of_2011_keep_the_meaning_of_then() -> None:
    table = TIDY.assign(period=["2011-03", "2011-09", "2011-03", "2011-08"], offence="Other crime")
    counts = counts_from_table(table, period=("2011-03", "2011-09"))
    assert counts.table.groupby("offence")["n"].sum().to_dict() == {"other-crime": 1, "other-crime-until-2011-08": 14}


@settings(max_examples=25, deadline=None)
@given(
    totals=st.lists(st.integers(0, 10_000), min_size=1, max_size=6),
    months=st.integers(1, 12),
)
def test_spreading_changes_no_total(totals: list[int], months: int) -> None:
    codes = [f"W{position}" for position in range(len(totals))]
    table = pd.DataFrame({"area_code": codes, "Burglary": totals})
    counts = counts_from_table(table, period=("2024-01", f"2024-{months:02d}"))
    assert counts.total().tolist() == totals
    assert counts.table.groupby("area_code")["n"].agg(lambda n: n.max() - n.min()).max() <= 1


# What a table does not say ---------------------------------------------------------------------------

WARDS = [f"E0500000{number}" for number in range(6)]
FIGURES = [10, 20, 30, 5, 7, 9]


def test_words_for_missing_hold_for_labels_codes_and_months() -> None:
    rows = pd.DataFrame({"area_code": ["A", "B"], "offence": ["Burglary", "TBC"], "month": "2025-04", "n": [3, 4]})
    counts = counts_from_table(rows, period=PERIOD, missing=["TBC"])
    assert counts.offences == ["burglary", "not-stated"]
    with pytest.raises(SchemaError, match=r"row 2, column 'area_code': has no area code"):
        counts_from_table(rows.assign(area_code=["A", "TBC"]), period=PERIOD, missing=["TBC"])
    with pytest.raises(SchemaError, match="the date column is blank, or holds words that mean missing"):
        counts_from_table(rows.assign(month="TBC"), period=PERIOD, missing=["TBC"])


@pytest.mark.parametrize("dates", [["2025-04", "2025-05"], ["202504", "202505"], ["05/04/2025", "13/05/2025"]])
def test_a_column_of_dates_that_nobody_named_is_questioned(dates: list[str]) -> None:
    """Left aside, the counts of April and May would be spread over both months."""
    rows = pd.DataFrame({"area_code": ["A", "B"], "offence": "Burglary", "recorded": dates, "n": [30, 40]})
    with pytest.raises(SchemaError, match=r"\['recorded'\] hold dates.*columns=\{'period': 'recorded'\}"):
        counts_from_table(rows, period=PERIOD)
    counts = counts_from_table(rows, period=PERIOD, columns={"period": "recorded"})
    n = counts.table.set_index(["area_code", counts.table["period"].astype(str)])["n"]
    assert (n["A", "2025-04"], n["B", "2025-05"]) == (30, 40)
    assert counts_from_table(rows, period=PERIOD, drop=["recorded"]).findings.by == "period"


def test_numbers_of_residents_are_no_dates() -> None:
    rows = pd.DataFrame({"area_code": ["A", "B"], "offence": "Burglary", "residents": [45292, 45300], "n": [3, 4]})
    assert counts_from_table(rows, period="2025-04").total().to_dict() == {"A": 3, "B": 4}


@pytest.mark.parametrize("name", ["Volume", "Leeds"])
def test_a_sum_is_told_whatever_it_is_called(name: str) -> None:
    if name == "Volume":
        second = FIGURES[::-1]
        both = [one + other for one, other in zip(FIGURES, second, strict=True)]
        labels = ["Burglary"] * 6 + ["Robbery"] * 6 + [name] * 6
        rows = pd.DataFrame({"area_code": WARDS * 3, "offence": labels, "n": [*FIGURES, *second, *both]})
    else:
        rows = pd.DataFrame({"area_code": [*WARDS, name], "offence": "Burglary", "n": [*FIGURES, sum(FIGURES)]})
    with pytest.warns(DataWarning, match=rf"'{name}' .* as many incidents as all other .*drop=\['{name}'\]"):
        counts_from_table(rows, period="2025-04")
    assert name.lower() not in counts_from_table(rows, period="2025-04", drop=[name]).offences


def test_a_large_place_beside_few_others_is_no_sum() -> None:
    rows = pd.DataFrame({"area_code": ["A", "B", "C"], "offence": "Burglary", "n": [30, 10, 20]})
    assert int(counts_from_table(rows, period="2025-04").total().sum()) == 60  # and no warning


def test_labels_of_2011_without_months_keep_the_meaning_of_then() -> None:
    rows = pd.DataFrame({"area_code": WARDS, "Other crime": FIGURES, "Burglary": FIGURES})
    assert "other-crime-until-2011-08" in counts_from_table(rows, period="2011-03").offences
    assert "other-crime-until-2011-08" in counts_from_table(rows, period=("2011-01", "2011-06")).offences
    with pytest.warns(DataWarning, match="held more until 2011-08 than since.*by month"):
        across = counts_from_table(rows, period=("2011-03", "2011-12"))
    assert across.offences == ["burglary", "other-crime"]


def silent_from_july(*, strays: int) -> pd.DataFrame:
    """Six wards with 50 burglaries a month; from July on the first three get strays only."""
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    rows = [
        (ward, "Burglary", month, strays if month > "2025-06" and ward in WARDS[:3] else 50)
        for ward in WARDS
        for month in months
    ]
    table = pd.DataFrame(rows, columns=["area_code", "offence", "period", "n"])
    return table if strays >= 0 else table[table["n"] > 0]


@pytest.mark.parametrize("strays", [4, 0, -1])
@pytest.mark.parametrize("force", [None, ["GMP"] * 3 + ["Lancashire"] * 3])
def test_a_force_that_stopped_is_not_covered_in_a_table_either(strays: int, force: list[str] | None) -> None:
    """Strays, zeros or no cells: the first wards were counted until June only."""
    areas = pd.DataFrame({"force": force}, index=pd.Index(WARDS, name="area_code"))
    rows, period = silent_from_july(strays=strays), ("2025-01", "2025-12")
    with pytest.warns(CoverageWarning, match=r"3 areas, such as \['E05000000'.*18 area-months are not covered"):
        counts = counts_from_table(rows, period=period, areas=areas)
    assert counts.coverage.sum(axis=1).tolist() == [6, 6, 6, 12, 12, 12]
    assert counts.total().tolist() == [300, 300, 300, 600, 600, 600]
    stated = counts_from_table(rows, period=period, areas=areas, covered=[str(m) for m in counts.coverage.columns])
    assert stated.coverage.to_numpy().all()


def test_months_without_a_rare_offence_are_covered() -> None:
    rows = pd.DataFrame({"area_code": "A", "offence": "Homicide", "period": ["2025-04", "2025-05"], "n": [3, 0]})
    assert counts_from_table(rows, period=PERIOD).coverage.to_numpy().all()


def test_a_row_that_was_cut_off_is_told_in_words_of_this_reader(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("area_code,offence,n\nA,Burglary,3\nB,Burg")
    with pytest.raises(SchemaError, match=r"row 3: has 2 fields[^\n]*\n.*cut off: download or export it again") as told:
        counts_from_table(path, period="2025-04")
    assert "repair_quoted_rows" not in str(told.value)
