"""Sheets of a workbook as rows of text; which of them are hidden is known before any is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm.errors import ParameterError, RefusedError
from socharm.io._door import reading
from socharm.io._old_workbook import check_xls
from socharm.io._safety import kind_of
from socharm.io._sheet_size import Extent, check_ods, check_xlsx

__all__ = ["Workbook", "cell_text", "open_workbook"]

_SAVE: Final = "Open it in a spreadsheet program and save it again."


@dataclass(frozen=True, eq=False)
class Workbook:
    """An open workbook.

    Attributes
    ----------
    file : str
    visible, hidden : tuple of str
        Names of the sheets of cells, in the order of the workbook.
    others : tuple of str
        Sheets that hold no cells: charts, dialogs, macros.
    """

    file: str
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    others: tuple[str, ...]
    order: tuple[str, ...]
    _book: Any
    _extents: Mapping[str, Extent]

    def name_of(self, sheet: str | int) -> str:
        """Name of the sheet that a caller chose.

        Raises
        ------
        ParameterError
            No such sheet, one without cells, or a place in the workbook that is hidden.
        """
        known = [*self.visible, *self.hidden]
        if isinstance(sheet, str):
            if sheet in known:
                return sheet
            if sheet in self.others:
                raise ParameterError(f"sheet {sheet!r} of {self.file!r} is a chart, not cells; choose one of {known}.")
            folded = [name for name in known if name.strip().casefold() == sheet.strip().casefold()]
            meant = f" Did you mean {folded[0]!r}?" if folded else ""
            raise ParameterError(f"{self.file!r} has no sheet {sheet!r}; it has {known}.{meant}")
        if sheet >= len(self.order):
            raise ParameterError(f"{self.file!r} has no sheet {sheet}, counted from 0; it has {known}.")
        name = self.order[sheet]
        if name not in self.visible:
            raise ParameterError(
                f"sheet {sheet} of {self.file!r} is {name!r}, which is hidden or holds no cells. Name it by its "
                f"name if it is meant; the visible sheets are {list(self.visible)}."
            )
        return name

    def rows(self, name: str) -> list[list[str]]:
        """Cells of a sheet as text, from its first row and column."""
        with _reading(self.file, place=f"sheet {name!r}"):
            cells = self._book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        rows = [[_sheet_text(cell) for cell in row] for row in cells]
        for (row, column), text in self._extents.get(name, Extent()).noted.items():
            # The reader shows errors and formulas that were never computed as blank.
            rows.extend([] for _ in range(row - len(rows)))
            rows[row - 1].extend("" for _ in range(column - len(rows[row - 1])))
            rows[row - 1][column - 1] = rows[row - 1][column - 1] or text
        return rows


def open_workbook(path: Path) -> Workbook:
    """Open a workbook that is small enough to be read.

    Raises
    ------
    SchemaError
        It cannot be read.
    RefusedError
        It is protected by a password, or unpacks to more than a table needs.
    """
    import python_calamine as calamine

    extents = _checked(path)
    with _reading(path.name):
        book = calamine.CalamineWorkbook.from_path(str(path))
        pages = list(book.sheets_metadata)
    cells = [page for page in pages if page.typ == calamine.SheetTypeEnum.WorkSheet]
    shown = [page.name for page in cells if page.visible == calamine.SheetVisibleEnum.Visible]
    return Workbook(
        file=path.name,
        visible=tuple(shown),
        hidden=tuple(page.name for page in cells if page.name not in shown),
        others=tuple(page.name for page in pages if page not in cells),
        order=tuple(page.name for page in pages),
        _book=book,
        _extents=extents,
    )


def _checked(path: Path) -> Mapping[str, Extent]:
    """Extent of every sheet, where it could be found without reading the workbook; all are of a size to be read."""
    kind = kind_of(path)
    if kind == "xls":
        check_xls(path)
    elif kind == "ods":
        check_ods(path)
    else:
        return check_xlsx(path)
    return {}


@contextmanager
def _reading(file: str, *, place: str = "") -> Iterator[None]:
    import python_calamine as calamine

    with reading(file, what="a workbook", place=place, advice=_SAVE):
        try:
            yield
        except calamine.PasswordError as error:
            raise RefusedError(
                f"{file!r} is protected by a password. Open it, save it without one, and read that."
            ) from error


def cell_text(cell: object) -> str:
    """A cell of a dataframe as a spreadsheet would show it; missing is blank."""
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (dt.datetime, pd.Timestamp)):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat()
    return str(cell).strip()


def _sheet_text(cell: object) -> str:
    # A workbook has only one kind of number: 12 comes back as 12.0.
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return cell_text(cell)
