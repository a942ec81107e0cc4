"""Counts that somebody else made: wide or tidy, complete, and never a gap taken for a zero."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import AlignmentError, ParameterError, SchemaError
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
    assert counts.settings.by == "month"
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
    assert counts.settings.by == "period"
    assert "spread evenly" in counts.about.coverage
    narrowed = counts_from_table(table, period=("2025-04", "2025-06"), covered=["2025-05", "2025-06"])
    assert narrowed.table["n"].tolist() == [4, 3]


def test_areas_that_the_table_lacks_are_not_covered_and_foreign_codes_are_set_aside() -> None:
    areas = pd.DataFrame({"name": ["Ay", "Sea"]}, index=pd.Index(["A", "C"], name="area_code"))
    counts = counts_from_table(TIDY, period=PERIOD, areas=areas)
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
    with pytest.raises(ParameterError, match="missing"):
        counts_from_table(TIDY, period=None)  # type: ignore[arg-type]


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
