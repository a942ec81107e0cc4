"""The workbook of a comparison: the numbers of its tables under plain headings."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
from read_back import faults_of_words, sheet_texts

from socharm.files.workbook import printed_note
from socharm.reports import change_report
from socharm.reports.workbook import COLUMNS, write_change_workbook


@pytest.fixture(scope="module")
def books(comparisons, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("books")
    for name in ("changed", "hard"):
        write_change_workbook(comparisons[name], change_report(comparisons[name]), folder / f"{name}.xlsx")
    return {name: folder / f"{name}.xlsx" for name in ("changed", "hard")}


def rows_of(path, sheet: str) -> pd.DataFrame:
    rows = list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if sum(cell is not None for cell in row) > 1)
    return pd.DataFrame(rows[start + 1 :], columns=rows[start])


@pytest.mark.parametrize("name", ["changed", "hard"])
def test_places_are_those_of_the_comparison(comparisons, books, name):
    sheet = rows_of(books[name], "Places").set_index("Code")
    expected = comparisons[name].expected.table
    assert set(sheet.index) == set(expected.index)
    for head, column, less in (
        ("Recorded change", "ratio", 1.0), ("Beyond that", "beyond", 1.0), ("Beyond, 95% from", "beyond_low_95", 1.0),
        ("Least fall to show", "least_fall", 0.0), ("Rate, earlier", "rate_earlier", 0.0),
    ):  # fmt: skip
        assert sheet[head].astype(float).to_numpy() == pytest.approx(
            expected[column].astype(float).reindex(sheet.index).to_numpy() - less
        )
    assert sheet["Verdict"].to_dict() == expected["verdict"].to_dict()
    assert list(sheet["Rate, earlier"]) == sorted(sheet["Rate, earlier"], reverse=True)
    ranked = comparisons[name].table.reindex(sheet.index)
    for when in ("earlier", "later"):
        assert sheet[f"Underlying rank, {when}"].astype(float).tolist() == ranked[f"rank_{when}"].astype(float).tolist()


def test_the_summary_stands_first_and_says_what_the_report_says(comparisons, books):
    summary = rows_of(books["hard"], "Summary").set_index("What")["What was found"]
    report = change_report(comparisons["hard"])
    assert summary["How much of the list stayed"] == report.sections[0].lead
    assert summary["What rose and what fell"] == report.sections[1].lead
    assert summary["Read this first"] == report.warnings[0]
    assert openpyxl.load_workbook(books["hard"]).sheetnames[0] == "Summary"


def test_what_has_no_rows_has_no_sheet(books):
    assert "Not compared" not in openpyxl.load_workbook(books["changed"]).sheetnames
    absent = rows_of(books["hard"], "Not compared")
    assert {"E05000000", "E05999999"} <= set(absent["Code"])


def test_every_heading_has_one_meaning_and_is_explained(books):
    heads = [column.head for column in COLUMNS.values()]
    assert sorted(set(heads)) == sorted(heads)
    headings = rows_of(books["hard"], "Headings")
    for sheet in openpyxl.load_workbook(books["hard"]).sheetnames[1:-2]:
        assert set(rows_of(books["hard"], sheet).columns) <= set(headings["Heading"])
    assert (headings["Meaning"].str.len() > 3).all()


@pytest.mark.parametrize("name", ["changed", "hard"])
def test_the_words_of_the_workbook(books, name):
    said = sheet_texts(books[name])
    assert len(said) > 40
    assert faults_of_words(said) == []


@pytest.mark.parametrize("name", ["changed", "hard"])
def test_no_text_is_cut(books, name):
    book = openpyxl.load_workbook(books[name])
    for page in book:
        notes = 2 if page.title not in ("Summary", "Headings", "Settings") else 1
        for cell in (cell for row in page.iter_rows(min_row=notes + 1) for cell in row):
            if isinstance(cell.value, str) and len(cell.value) > 48:
                assert cell.alignment.wrap_text, (page.title, cell.coordinate)
    assert any(len(str(cell.value)) > 48 for row in book["Headings"].iter_rows(min_row=3) for cell in row)


def test_rows_that_are_not_printed_are_told():
    assert printed_note(100, 177) == ["The first 100 of 177 rows are printed; clear the print area for all."]
    assert printed_note(100, 100) == []
