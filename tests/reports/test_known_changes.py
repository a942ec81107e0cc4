"""What is known to have changed: notes of a store beside a comparison, in the report, the workbook and the tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from socharm.reports import change_report
from socharm.reports.workbook import write_change_workbook
from socharm.rescoring.annotations import Annotation, annotations_table
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.known_changes import known_changes

ON = dt.date(2026, 1, 1)


def note(kind: str, start: dt.date, end: dt.date | None = None, *areas: str) -> Annotation:
    text = f"{kind.capitalize()} of the precinct"
    return Annotation(kind=kind, text=text, areas=areas, start=start, end=end, role="local policing lead", on=ON)


@pytest.fixture(scope="module")
def notes() -> pd.DataFrame:
    """Periods are April to September 2024 and 2025."""
    return annotations_table([
        note("clear", dt.date(2025, 3, 1), dt.date(2025, 4, 1), "E05000003"),
        note("build", dt.date(2024, 10, 1), dt.date(2025, 3, 31), "E05000003", "E05000004"),
        note("recording", dt.date(2024, 9, 30)),
        note("activity", dt.date(2023, 1, 1), dt.date(2024, 3, 31)),
        note("activity", dt.date(2025, 10, 1)),
        note("hold", dt.date(2025, 5, 1), None, "S12000033"),
        note("note", dt.date(2024, 5, 1), dt.date(2024, 5, 1)),
        note("activity", dt.date(2024, 9, 1), dt.date(2024, 9, 30)),
    ])  # fmt: skip


@pytest.fixture
def internal(comparisons) -> Comparison:
    return replace(comparisons["changed"], about=replace(comparisons["changed"].about, internal=True))


def test_notes_stand_by_day_with_the_period_that_they_fall_in(internal, notes):
    known = known_changes(internal, notes)
    names = internal.table["name"]
    assert known.table[["kind", "falls_in", "places"]].to_numpy().tolist() == [
        ["Note", "earlier period", "all areas"],
        ["Activity", "earlier period", "all areas"],
        ["Change in recording", "both periods", "all areas"],
        ["Build", "between the two", f"{names['E05000003']}, {names['E05000004']}"],
        ["Clear", "later period", names["E05000003"]],
    ]
    assert known.table["days"].tolist()[2:4] == ["from 30 September 2024", "1 October 2024 to 31 March 2025"]
    assert (known.table["role"] == "local policing lead").all()
    assert (known.elsewhere, known.withheld) == (1, 0)


def test_a_published_form_tells_neither_what_was_done_nor_who_answers_for_it(comparisons, notes):
    known = known_changes(comparisons["changed"], notes)
    assert "Note" not in set(known.table["kind"])
    assert (known.table[["text", "role"]] == "").all(axis=None)
    assert (known.elsewhere, known.withheld) == (1, 1)
    whole = " ".join(known.table.to_numpy().ravel())
    assert "precinct" not in whole
    assert "lead" not in whole


def test_weights_that_the_comparison_found_to_be_others_stand_behind_the_notes(comparisons):
    table = known_changes(comparisons["hard"], None).table
    found = comparisons["hard"].findings.set_index("what")["reason"]
    assert table["kind"].tolist() == ["Other weights of offences"]
    assert table["text"].tolist() == [found["weights"]]
    assert known_changes(comparisons["quiet"], None).table.empty


def test_the_workbook_has_a_sheet_and_the_report_a_list(internal, notes, tmp_path):
    report = change_report(internal, annotations=notes)
    write_change_workbook(internal, report, tmp_path / "book.xlsx", annotations=notes)
    sheet = [
        [cell for cell in row if cell] for row in openpyxl.load_workbook(tmp_path / "book.xlsx")["Known changes"].values
    ]
    assert ["Known change", "Days", "In which period", "Where", "In words", "Answers for it"] in sheet
    assert [row[0] for row in sheet[-5:]] == known_changes(internal, notes).table["kind"].tolist()
    assert any("1 note of areas that are not compared." in str(row[0]) for row in sheet if row)
    tables = {table.caption: table for section in report.sections for table in section.tables}
    listed = tables["What was done there, and what changed in recording"]
    assert [row[0] for row in listed.rows] == ["Note", "Activity", "Change in recording", "Build"]
    assert listed.note.startswith("1 more note is in the table of known changes.")
    assert listed.rows[3][-1] == "Build of the precinct"


def test_without_notes_there_is_neither(comparisons, tmp_path):
    report = change_report(comparisons["quiet"])
    write_change_workbook(comparisons["quiet"], report, tmp_path / "book.xlsx")
    assert "Known changes" not in openpyxl.load_workbook(tmp_path / "book.xlsx").sheetnames
    assert not [table for part in report.sections for table in part.tables if "What was done" in table.caption]


def test_a_report_with_notes_still_has_two_pages(internal, notes, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    change_report(internal, annotations=notes).save(tmp_path / "report.pdf")
    assert len(pypdf.PdfReader(tmp_path / "report.pdf").pages) == 2
