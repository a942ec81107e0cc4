"""A plan as a sheet that partners edit: facts above, one action per row; the same sheet as workbook and as CSV."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from socharm._words import number_of
from socharm.documents.arguments import require_path
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.files.delimited import write_rows
from socharm.files.workbook import CHOICES, Sheet, write_workbook
from socharm.io._safety import safe_path
from socharm.io._workbook import open_workbook
from socharm.io.file_kinds import kind_of
from socharm.io.table_options import TableOptions
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults, TextTable
from socharm.plans.library import STRANDS
from socharm.plans.plan_sheet import BLANK_FOLDED, COLUMN_OF, HEADINGS, LIBRARY, PLAN_PAGE, library_sheet
from socharm.plans.plan_table import ACTION_ID, NUMBER_COLUMNS, PHASES, STATUSES
from socharm.plans.plan_words import as_stored, in_words

__all__ = ["Facts", "read_sheet", "write_sheet"]

#: Label and text of each line above the table; a label can stand on several lines.
Facts = Sequence[tuple[str, str]]

#: Facts that stay open in a workbook: marking, area, its name, and the state of the plan; the licences with them.
_SHOWN: Final = 4
_SHEET: Final = "4P plan"
#: Sheets of others that a message names.
_NAMED: Final = 5
_EPOCH: Final = dt.datetime(1980, 1, 1)
# A cell with a formula in it, whatever prefix the writer chose for its elements.
_FORMULA: Final = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>\s*<(?:\w+:)?f\b')
#: Parts of a workbook that only people put there, and what they are.
_DRAWN: Final = {
    "comments": re.compile(r"xl/(?:comments|threadedComments)"),
    "pictures": re.compile(r"xl/media/"),
    "charts": re.compile(r"xl/charts/"),
}
_FORMATS: Final = dict.fromkeys(NUMBER_COLUMNS, "#,##0.0")


def write_sheet(
    table: pd.DataFrame,
    facts: Facts,
    path: str | os.PathLike[str],
    *,
    agencies: Sequence[str],
    stamp: dt.date | None,
    threats: Sequence[str] = (),
    replace: bool = False,
) -> None:
    """Write a plan; the extension says as what. A workbook has the options that were not taken on a second sheet.

    Raises
    ------
    ParameterError
        Neither ``.xlsx`` nor ``.csv``.
    RefusedError
        A workbook is there already that holds sheets of other people, or, unless `replace`, comments, pictures or
        charts of theirs; it stays as it was.
    SchemaError
        What is there already is no workbook.
    StoreError
        The file cannot be written; nothing is left half-written.
    """
    path = require_path(path, name="path")
    lines = [f"{label}: {text}" for label, text in facts]
    kind = Path(path).suffix.lower()
    if kind == ".csv":
        _write_csv(table, lines, path)
    elif kind == ".xlsx":
        _require_own_sheets(Path(path))
        if not replace:
            _require_nothing_drawn(Path(path))
        blank = [name for name in BLANK_FOLDED if table[name].isna().all()]
        sheet = Sheet(
            name=_SHEET,
            table=in_words(table),
            formats=_FORMATS,
            notes=lines,
            choices={"p": STRANDS, "agency": agencies, "phase": PHASES, "status": STATUSES},
            wrap=True,
            notes_shown=_SHOWN + sum(label == "licence" for label, _ in facts),
            headings=HEADINGS,
            page=dataclasses.replace(PLAN_PAGE, hidden=(*PLAN_PAGE.hidden, *blank)),
        )
        moment = _EPOCH if stamp is None else dt.datetime.combine(stamp, dt.time())
        marking = next((text for label, text in facts if label == "marking"), "")
        others = library_sheet(list(table.index), threats, marking=marking)
        write_workbook([sheet, others], path, stamp=moment, title=_SHEET, marking=marking)
    else:
        raise ParameterError(f"`path` is {Path(path).name!r}; a plan is saved as .xlsx or .csv. Change the extension.")


def _require_own_sheets(path: Path) -> None:
    """Stop where a workbook would be lost in which people keep sheets of their own."""
    if not path.is_file():
        return
    own = {_SHEET, LIBRARY, CHOICES}
    others = [name for name in open_workbook(path).order if name not in own]
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        raise RefusedError(
            f"{path.name!r} holds sheets that socharm did not write: {others[:_NAMED]}{more}. They would be lost, so "
            "nothing was written. Move them into a workbook of their own, and do it again; the sheet of the plan is "
            f"called {_SHEET!r}."
        )


def _require_nothing_drawn(path: Path) -> None:
    """Stop where comments, pictures or charts would be lost that people put into a workbook."""
    if not path.is_file():
        return
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    found = [words for words, part in _DRAWN.items() if any(part.match(name) for name in names)]
    if found:
        raise RefusedError(
            f"{path.name!r} holds {' and '.join(found)}, which are not kept where a plan is written anew (nor are "
            "colours and widths of your own): nothing was written. Move what shall stay into the column of notes, or "
            "write it anew all the same: --replace, in Python replace=True."
        )


def _write_csv(table: pd.DataFrame, lines: Sequence[str], path: str | os.PathLike[str]) -> None:
    flat = table.reset_index()
    width = len(flat.columns)
    # As wide as the table: programs that guess the separator look at the first line.
    rows: list[list[str | float | dt.date]] = [[line, *[""] * (width - 1)] for line in lines]
    rows += [[str(label) for label in flat.columns]]
    rows += [[_cell(value) for value in row] for row in flat.astype(object).to_numpy()]
    write_rows(rows, path)


def _cell(value: object) -> str | float | dt.date:
    if isinstance(value, str | dt.date):
        return value
    number = float(str(value)) if value is not None else float("nan")
    return "" if number != number else int(number) if number.is_integer() and abs(number) < 1e15 else number


def read_sheet(
    path: str | os.PathLike[str], *, sheet: str | int = 0
) -> tuple[TextTable, Mapping[str, list[str]], Faults]:
    """Read a plan as text, with the facts above it and the faults found so far.

    Raises
    ------
    SchemaError
        No row of column names, or cells with formulas in them.
    RefusedError
        The file is not what its extension says.
    """
    found = safe_path(path, kinds=["xlsx", "csv"])
    faults = Faults(found.name)
    text = read_table(
        found,
        options=TableOptions(sheet=sheet if kind_of(found) == "xlsx" else None),
        header=_is_header,
        faults=faults,
        rules=TableRules(look_for_persons=False, notes_below=False),
    )
    if kind_of(found) == "xlsx":
        _refuse_formulas(found)
    text = dataclasses.replace(text, frame=as_stored(text.frame.rename(columns=_column)))
    text.require([ACTION_ID])
    facts: dict[str, list[str]] = {}
    for line in text.lines_above:
        label, _, value = line.partition(": ")
        facts.setdefault(label.strip().rstrip(":").lower(), []).append(value.strip())
    return text, facts, faults


def _is_header(cells: Sequence[str]) -> bool:
    return any(_column(cell) == ACTION_ID for cell in cells)


def _column(heading: str) -> str:
    """Column that a heading stands over; a heading of partners stays as it is."""
    plain = " ".join(str(heading).split())
    return COLUMN_OF.get(plain.lower(), str(heading))


def _refuse_formulas(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        pages = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
        cells = [cell.decode() for name in sorted(pages) for cell in _FORMULA.findall(archive.read(name))]
    if cells:
        raise SchemaError(
            f"{path.name!r} holds formulas in {number_of(len(cells), 'cell')}, such as {cells[:3]}: what they show "
            "depends on the program and the day. Copy these cells and paste them as values, then save."
        )
