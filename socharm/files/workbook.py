"""Tables to an Excel workbook, for people who live there; the same tables give the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import math
import os
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import xlsxwriter

from socharm._columns import to_month_text
from socharm._words import number_of
from socharm.files.atomic import atomic_write
from socharm.files.unsigned import unsigned_pattern
from socharm.files.workbook_front import FrontSheet, draw_front

__all__ = ["CHOICES", "Sheet", "SheetPage", "printed_note", "write_workbook"]

_WIDEST: Final = 48
_NARROWEST: Final = 9
_SAMPLED: Final = 500
CHOICES: Final = "Choices"
_SPARE_ROWS: Final = 200
#: Number of a paper in the format of workbooks.
_PAPERS: Final = {"A3": 8, "A4": 9}
#: Height of a line of text in points, letters that a line holds less than its column is wide, and how many letters of
#: prose stand on the width of one digit.
_LINE: Final = 13.0
_MARGIN: Final = 1.5
_PROSE: Final = 1.05
#: A face that every program has, or one of the same widths, and its size in points.
_FACE: Final = "Arial"
USUAL_LETTERS: Final = 10
#: Columns whose largest number is below this have more decimals.
_SMALL: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class SheetPage:
    """How a sheet is printed, and looks on the screen: landscape, one page wide, its headings on every page.

    Parameters
    ----------
    paper : {"A3", "A4"}
    letters : int
        Size of the letters in points; widths are in letters of the usual size.
    widths : mapping
        Width of columns in letters; rows are then as high as their longest text needs.
    hidden : collection of str
        Columns that are there for programs; a click above the sheet shows them.
    colours : mapping
        Column to the colour of each of its values.
    rows : int, optional
        Rows of the table that are printed; all by default.
    """

    paper: str = "A3"
    letters: int = USUAL_LETTERS
    widths: Mapping[str, float] = field(default_factory=dict)
    hidden: Collection[str] = ()
    colours: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet of a workbook.

    Parameters
    ----------
    name : str
        At most 31 characters.
    table : DataFrame
        A named index becomes the first columns.
    formats : mapping
        Column to Excel number format, such as ``{"rate": "0.000"}``; others go by their type.
    notes : sequence of str
        Lines above the table.
    choices : mapping
        Column to the values that its cells offer in a drop-down list. Other values are let through with a warning.
    wrap : bool
        Break long texts inside their cells.
    notes_shown : int, optional
        Lines above the table that stay open; a click on the margin unfolds the others. All by default.
    headings : mapping
        What stands over a column in place of its name.
    page : SheetPage, optional
        How it is printed; as the program that opens it would by default.
    """

    name: str
    table: pd.DataFrame
    formats: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wrap: bool = False
    notes_shown: int | None = None
    headings: Mapping[str, str] = field(default_factory=dict)
    page: SheetPage | None = None

    @property
    def flat(self) -> pd.DataFrame:
        """The table with a named index as its first columns."""
        return self.table.reset_index() if self.table.index.name is not None else self.table


def printed_note(printed: int, rows: int) -> list[str]:
    """The line above a table that is printed in part; none where all of it is."""
    if printed >= rows:
        return []
    return [f"The first {printed:,} of {number_of(rows, 'row')} are printed; clear the print area for all."]


def write_workbook(
    sheets: Sequence[Sheet],
    path: str | os.PathLike[str],
    *,
    stamp: dt.datetime,
    title: str,
    marking: str = "",
    front: FrontSheet | None = None,
) -> None:
    """Write a workbook of several sheets.

    Text goes in as text (never as a formula or a link), dates as dates, missing values as empty cells; the header row
    is bold and frozen, columns are as wide as their content. Lists of choices stand on a sheet of their own.

    Parameters
    ----------
    sheets : sequence of Sheet
    path : str or path
    stamp : datetime
        The creation time the file carries.
    title : str
    marking : str
        Stands in the header and footer of every printed page and in the file's properties. The first row of each sheet
        is the caller's: see `Sheet.notes`.
    front : FrontSheet, optional
        A sheet before the others.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    # In memory: xlsxwriter would leave half of its work in the folder for temporary files when that is full.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    face = {"font_name": _FACE, "font_size": USUAL_LETTERS}
    with atomic_write(path) as temporary:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {**options, "default_format_properties": face})
        book.set_properties({"title": title, "created": stamp, "author": "", "comments": "", "category": marking})
        looks = {sheet.page.letters for sheet in sheets if sheet.page is not None} | {USUAL_LETTERS}
        styles = {letters: _Styles(book, letters) for letters in sorted(looks)}
        if front is not None:
            draw_front(book, front, marking=marking)
        for sheet in sheets:
            _write_sheet(book, sheet, styles[USUAL_LETTERS if sheet.page is None else sheet.page.letters])
        _write_choices(book, sheets, marking, styles[USUAL_LETTERS])
        if marking:
            for page in book.worksheets():
                page.set_header(f'&C&"Arial,Bold"{marking}')
                page.set_footer(f'&L&A&C&"Arial,Bold"{marking}&RPage &P of &N')
        book.close()
        temporary.write_bytes(stream.getbuffer())


class _Styles:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Any, letters: int) -> None:
        self._book = book
        self._numbers: dict[str, Any] = {}
        self._all = {"valign": "top", "font_size": letters}
        # Numbers stand on the right of their column, texts and headings on the left: the indent is the gutter.
        self.header = book.add_format(
            {**self._all, "bold": True, "bottom": 1, "text_wrap": True, "align": "left", "indent": 1}
        )
        self.text = book.add_format({**self._all, "align": "left", "indent": 1})
        self.wrapped = book.add_format({**self._all, "text_wrap": True, "align": "left", "indent": 1})
        self.date = book.add_format({**self._all, "num_format": "d mmm yyyy", "align": "left", "indent": 1})
        self.note = book.add_format({"italic": True})

    def number(self, pattern: str) -> Any:
        if pattern not in self._numbers:
            self._numbers[pattern] = self._book.add_format({**self._all, "num_format": pattern})
        return self._numbers[pattern]


def _write_sheet(book: Any, sheet: Sheet, styles: _Styles) -> None:
    page = book.add_worksheet(sheet.name)
    for row, note in enumerate(sheet.notes):
        page.write_string(row, 0, note, styles.note)
        if sheet.notes_shown is not None and row >= sheet.notes_shown:
            # The rows above the table are frozen: many of them would leave no room for it.
            page.set_row(row, None, None, {"level": 1, "hidden": True})
    top = len(sheet.notes)
    flat = sheet.flat
    for number, name in enumerate(flat.columns):
        column = flat[name]
        head = sheet.headings.get(str(name), str(name))
        page.set_column(number, number, _width(head, column, sheet))
        page.write_string(top, number, head, styles.header)
        _write_column(page, top + 1, number, column, sheet, styles)
    folded = {"collapsed": True} if sheet.notes_shown is not None and top > sheet.notes_shown else {}
    # Programs that open it do not all find the height of a heading of two lines.
    heads = [(sheet.headings.get(str(name), str(name)), _column_width(sheet, name)) for name in flat.columns]
    letters = USUAL_LETTERS if sheet.page is None else sheet.page.letters
    lines = max((_lines(head, width, letters) for head, width in heads), default=1)
    page.set_row(top, _height(lines, letters), None, folded)
    _make_room(page, flat, top + 1, letters)
    if sheet.page is not None:
        _set_up_page(book, page, sheet, sheet.page, top)
    page.freeze_panes(top + 1, 1 if flat.shape[1] > 3 else 0)
    if len(flat):
        page.autofilter(top, 0, top + len(flat), flat.shape[1] - 1)


def _make_room(page: Any, flat: pd.DataFrame, top: int, letters: int) -> None:
    """Rows with texts that are longer than the widest column are as high as these are, broken."""
    cut = [name for name in flat.columns if _is_cut(flat[name])]
    for row, cells in enumerate(flat[cut].astype(object).to_numpy() if cut else (), start=top):
        lines = max(_lines(cell, _WIDEST, letters) for cell in cells)
        if lines > 1:
            page.set_row(row, _height(lines, letters))


def _set_up_page(book: Any, page: Any, sheet: Sheet, printed: SheetPage, top: int) -> None:
    """Paper, widths, heights and colours of a sheet."""
    flat = sheet.flat
    page.set_landscape()
    page.set_paper(_PAPERS[printed.paper])
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    on_paper = len(flat) if printed.rows is None else min(printed.rows, len(flat))
    page.print_area(0, 0, top + on_paper, flat.shape[1] - 1)
    room = 0.0
    for number, name in enumerate(flat.columns):
        out = {"level": 1, "hidden": True} if name in printed.hidden else {}
        width = _column_width(sheet, name)
        room += 0 if out else width
        page.set_column(number, number, width, None, out)
        for value, colour in printed.colours.get(str(name), {}).items():
            page.conditional_format(
                top + 1,
                number,
                top + len(flat) + _SPARE_ROWS,
                number,
                {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{value}"',
                    "format": book.add_format({"bg_color": colour, "bold": True}),
                },
            )
    shown = [name for name in flat.columns if name in printed.widths and name not in printed.hidden]
    if not shown:  # the program that opens it finds the heights of rows
        _wrap_notes(book, page, sheet, room)
        return
    for row, cells in enumerate(flat[shown].astype(object).to_numpy(), start=top + 1):
        lines = [
            _lines(cell, printed.widths[str(name)], printed.letters) for name, cell in zip(shown, cells, strict=True)
        ]
        page.set_row(row, _height(max(lines, default=1), printed.letters))


def _wrap_notes(book: Any, page: Any, sheet: Sheet, room: float) -> None:
    """Lines above the table that are longer than it is wide are broken: what hangs over is not printed."""
    last = sheet.flat.shape[1] - 1
    look = book.add_format({"italic": True, "text_wrap": True, "valign": "top"})
    for row, note in enumerate(sheet.notes):
        lines = _lines(note, room, USUAL_LETTERS)
        if lines > 1 and last > 0 and (sheet.notes_shown is None or row < sheet.notes_shown):
            page.merge_range(row, 0, row, last, note, look)
            page.set_row(row, _height(lines, USUAL_LETTERS))


def _height(lines: int, letters: int) -> float:
    """Height of a row in points."""
    return _LINE * lines * letters / USUAL_LETTERS + 2.0


def _lines(cell: object, width: float, letters: int) -> int:
    """Lines that a text needs in a column of some width, broken between words."""
    if not isinstance(cell, str) or not cell:
        return 1
    room = max(1, int((width - _MARGIN) * _PROSE * USUAL_LETTERS / letters))
    return sum(max(1, len(textwrap.wrap(part, room))) for part in cell.split("\n"))


def _write_choices(book: Any, sheets: Sequence[Sheet], marking: str, styles: _Styles) -> None:
    if not any(sheet.choices for sheet in sheets):
        return
    page = book.add_worksheet(CHOICES)
    first = 1 if marking else 0
    if marking:
        page.write_string(0, 0, marking, styles.note)
    lists = [(sheet, name, values) for sheet in sheets for name, values in sheet.choices.items()]
    for number, (sheet, name, values) in enumerate(lists):
        head = sheet.headings.get(name, name)
        page.set_column(number, number, max(map(len, (head, *values)), default=0) + 2.0)
        page.write_string(first, number, head)
        for row, value in enumerate(values, start=first + 1):
            page.write_string(row, number, value)
        flat = sheet.flat
        place, top = list(flat.columns).index(name), len(sheet.notes) + 1
        letter = xlsxwriter.utility.xl_col_to_name(number)
        # Rows that partners add below the table offer the same values.
        book.get_worksheet_by_name(sheet.name).data_validation(
            top,
            place,
            top + len(flat) + _SPARE_ROWS,
            place,
            {
                "validate": "list",
                "source": f"={CHOICES}!${letter}${first + 2}:${letter}${len(values) + first + 1}",
                "error_type": "warning",
            },
        )


def _write_column(page: Any, top: int, number: int, column: pd.Series, sheet: Sheet, styles: _Styles) -> None:
    pattern = sheet.formats.get(str(column.name)) or _pattern(column)
    prose = styles.wrapped if sheet.wrap or _is_cut(column) else styles.text
    if isinstance(column.dtype, pd.PeriodDtype):
        column = pd.Series(to_month_text(column)).where(column.notna().to_numpy())
    missing = column.isna().to_numpy()
    for row, (value, blank) in enumerate(zip(column.tolist(), missing, strict=True), start=top):
        if blank or (isinstance(value, float) and math.isinf(value)):
            continue
        if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
            page.write_string(row, number, "yes" if value else "no", prose)
        elif isinstance(value, str):
            page.write_string(row, number, value, prose)
        elif isinstance(value, dt.date):
            page.write_datetime(row, number, value, styles.date)
        else:
            number_held = float(value) + 0.0  # nothing has no sign
            page.write_number(row, number, number_held, styles.number(unsigned_pattern(number_held, pattern)))


def _pattern(column: pd.Series) -> str:
    """Whole numbers without decimals, others with four figures of the largest: metres are not written to millimetres.

    Examples
    --------
    >>> _pattern(pd.Series([1573.0, 20.0])), _pattern(pd.Series([426875.4])), _pattern(pd.Series([0.25, 0.5]))
    ('#,##0', '#,##0', '#,##0.000')
    """
    if pd.api.types.is_integer_dtype(column.dtype):
        return "#,##0"
    if not pd.api.types.is_float_dtype(column.dtype):
        return "General"
    largest = _largest(column)
    known = column.to_numpy(dtype=float, na_value=math.nan)
    if np.array_equal(known, np.trunc(known), equal_nan=True) or not largest:
        return "#,##0"
    decimals = max(0, 3 - max(-2, math.floor(math.log10(largest))))
    return f"#,##0.{'0' * min(decimals, 3 if largest >= _SMALL else 5)}" if decimals else "#,##0"


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _is_cut(column: pd.Series) -> bool:
    """Whether a text is longer than the widest column: it is broken then, since what hangs over is not shown."""
    return any(isinstance(value, str) and len(value) > _WIDEST - 3 for value in column.head(_SAMPLED))


def _largest(column: pd.Series) -> float:
    """The largest finite number without its sign; nought where there is none."""
    values = np.abs(column.to_numpy(dtype=float, na_value=math.nan))
    return float(np.max(values, initial=0.0, where=np.isfinite(values)))


def _column_width(sheet: Sheet, name: object) -> float:
    """The width that was asked for, else that of the content."""
    stated = {} if sheet.page is None else sheet.page.widths
    return stated.get(str(name), _width(sheet.headings.get(str(name), str(name)), sheet.flat[name], sheet))


def _width(head: str, column: pd.Series, sheet: Sheet) -> float:
    """As wide as the content as it is written; a heading is broken between its words."""
    word = max((len(part) for part in head.split()), default=0)
    if _is_number(column):
        pattern = sheet.formats.get(str(column.name)) or _pattern(column)
        decimals = len(pattern.split(";")[0].partition(".")[2].rstrip("%"))
        written = len(f"{_largest(column) * (100 if '%' in pattern else 1):,.{decimals}f}") + pattern.count("%") + 1
        return float(max(_NARROWEST, min(14, word + 3.0), written + 2))
    longest = max((len(str(value)) for value in column.head(_SAMPLED)), default=0)
    return float(max(_NARROWEST, min(_WIDEST, max(longest, word) + 3)))
