"""A workbook as a program shows it that finds no heights or widths by itself: nothing hidden, no false digits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from socharm.assessment.steps.priority import PRIORITY
from socharm.files.workbook import Sheet, SheetPage, write_workbook

TABLE = pd.DataFrame(
    {
        "east": [426_875.0, 427_125.0],
        "behind": [1_573.0, 20.0],
        "density": [363_942.4, 79_645.1],
        "share": [0.25, 0.5],
        "tiny": [0.00012, 0.0041],
        "month": ["2013-06", "2014-05"],
    }
)
HEADS = {"density": "Harm per km²", "behind": "Offences behind it", "month": "Month of the last count"}


@pytest.fixture
def page(tmp_path: Path):
    sheet = Sheet(name="Squares", table=TABLE, headings=HEADS, page=SheetPage())
    write_workbook([sheet], tmp_path / "a.xlsx", stamp=dt.datetime(2025, 9, 30), title="t")
    return openpyxl.load_workbook(tmp_path / "a.xlsx")["Squares"]


def test_a_number_has_the_digits_of_its_kind(page) -> None:
    """Metres are whole, a count has no decimals, a share has them, and a small probability is not 0.000."""
    patterns = [page.cell(2, column).number_format for column in range(1, 6)]
    assert patterns == ["#,##0", "#,##0", "#,##0", "#,##0.000", "#,##0.00000"]


def test_no_number_is_wider_than_its_column(page) -> None:
    for column, written in enumerate(["427,125", "1,573", "363,942", "0.500", "0.00410"], start=1):
        assert page.column_dimensions["ABCDE"[column - 1]].width >= len(written) + 2


def test_a_heading_of_two_lines_has_the_height_of_two(page) -> None:
    assert page.row_dimensions[1].height >= 30


def test_a_text_stands_apart_from_the_number_left_of_it(page) -> None:
    assert page.cell(2, 6).alignment.indent == page.cell(1, 6).alignment.indent == 1


def priorities(now: list[str | None]) -> dict[str, pd.DataFrame]:
    codes = pd.Index([f"W{i}" for i in range(len(now))], name="area_code")
    return {"priority": pd.DataFrame({"now": pd.array(now, dtype="string")}, index=codes)}


def test_areas_of_no_class_fill_no_pages_and_are_counted() -> None:
    sheet = next(table.sheet for table in PRIORITY.tables if table.name == "priority")
    assert sheet is not None
    assert sheet.view is not None
    assert callable(sheet.note)
    tables = priorities(["", "chronic", "", "rising"])
    assert sheet.view(tables)["now"].tolist() == ["rising", "chronic"]
    assert "2 areas of no class are not on this sheet. An area without a class is not thereby safe." in sheet.note(
        tables
    )
    withheld = priorities([None, None])
    assert len(sheet.view(withheld)) == 2
    assert "not on this sheet" not in sheet.note(withheld)
