"""Tables to an Excel workbook, for people who live there; the same tables give the same bytes."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
import xlsxwriter

from socharm._columns import to_month_text
from socharm.files.atomic import atomic_write

__all__ = ["Sheet", "write_workbook"]

_WIDEST: Final = 48
_NARROWEST: Final = 9
_SAMPLED: Final = 500


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
    """

    name: str
    table: pd.DataFrame
    formats: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


def write_workbook(sheets: Sequence[Sheet], path: str | os.PathLike[str], *, stamp: dt.datetime, title: str) -> None:
    """Write a workbook of several sheets.

    Text goes in as text (never as a formula or a link), missing values as empty cells; the header row is
    bold and frozen, columns are as wide as their content.

    Parameters
    ----------
    sheets : sequence of Sheet
    path : str or path
    stamp : datetime
        The creation time the file carries.
    title : str

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with atomic_write(path) as temporary:
        book = xlsxwriter.Workbook(str(temporary), options)
        book.set_properties({"title": title, "created": stamp, "author": "", "comments": ""})
        styles = _Styles(book)
        for sheet in sheets:
            _write_sheet(book, sheet, styles)
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error))
            raise cause from error


class _Styles:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[str, Any] = {}
        self.header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.note = book.add_format({"italic": True})

    def number(self, pattern: str) -> Any:
        if pattern not in self._numbers:
            self._numbers[pattern] = self._book.add_format({"num_format": pattern})
        return self._numbers[pattern]


def _write_sheet(book: Any, sheet: Sheet, styles: _Styles) -> None:
    page = book.add_worksheet(sheet.name)
    for row, note in enumerate(sheet.notes):
        page.write_string(row, 0, note, styles.note)
    top = len(sheet.notes)
    flat = sheet.table.reset_index() if sheet.table.index.name is not None else sheet.table
    for number, name in enumerate(flat.columns):
        column = flat[name]
        page.set_column(number, number, _width(str(name), column))
        page.write_string(top, number, str(name), styles.header)
        _write_column(page, top + 1, number, column, sheet.formats.get(str(name)), styles)
    page.freeze_panes(top + 1, 1 if flat.shape[1] > 3 else 0)
    if len(flat):
        page.autofilter(top, 0, top + len(flat), flat.shape[1] - 1)


def _write_column(page: Any, top: int, number: int, column: pd.Series, pattern: str | None, styles: _Styles) -> None:
    style = styles.number(pattern or _pattern(column))
    if isinstance(column.dtype, pd.PeriodDtype):
        column = pd.Series(to_month_text(column)).where(column.notna().to_numpy())
    for row, value in enumerate(column, start=top):
        if pd.isna(value) or (isinstance(value, float) and math.isinf(value)):
            continue
        if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
            page.write_string(row, number, "yes" if value else "no")
        elif isinstance(value, str):
            page.write_string(row, number, value)
        else:
            page.write_number(row, number, float(value), style)


def _pattern(column: pd.Series) -> str:
    if pd.api.types.is_integer_dtype(column.dtype):
        return "#,##0"
    return "#,##0.000" if pd.api.types.is_float_dtype(column.dtype) else "General"


def _width(name: str, column: pd.Series) -> float:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return float(max(_NARROWEST, min(14, len(name) + 2)))
    longest = max((len(str(value)) for value in column.head(_SAMPLED)), default=0)
    return float(max(_NARROWEST, min(_WIDEST, max(longest, len(name)) + 2)))
