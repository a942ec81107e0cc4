"""Sheets of a workbook as rows of text; which of them are hidden is known before any is chosen."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io._old_workbook import check_xls
from socharm.io._sheet_size import Extent, check_ods, check_xlsx
from socharm.io.file_kinds import kind_of

__all__ = ["Workbook", "cell_text", "open_workbook"]

_SAVE: Final = "Open it in a spreadsheet program and save it again."
_CHILD: Final = Path(__file__).with_name("_workbook_child.py")
_SECONDS: Final = 600


@dataclass(frozen=True, eq=False)
class Workbook:
    """An open workbook.

    Attributes
    ----------
    path : Path
    visible, hidden : tuple of str
        Names of the sheets of cells, in the order of the workbook.
    others : tuple of str
        Sheets that hold no cells: charts, dialogs, macros.
    order : tuple of str
        All of them.
    """

    path: Path
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    others: tuple[str, ...]
    order: tuple[str, ...]
    _cells: Mapping[str, list[list[Any]]]
    _extents: Mapping[str, Extent]

    def name_of(self, sheet: str | int) -> str:
        """Name of the sheet that a caller chose.

        Raises
        ------
        ParameterError
            No such sheet, one without cells, or a place in the workbook that is hidden.
        """
        file, known = self.path.name, [*self.visible, *self.hidden]
        if isinstance(sheet, str):
            if sheet in known:
                return sheet
            if sheet in self.others:
                raise ParameterError(f"sheet {sheet!r} of {file!r} is a chart, not cells; choose one of {known}.")
            folded = [name for name in known if name.strip().casefold() == sheet.strip().casefold()]
            meant = f" Did you mean {folded[0]!r}?" if folded else ""
            raise ParameterError(f"{file!r} has no sheet {sheet!r}; it has {known}.{meant}")
        if sheet >= len(self.order):
            raise ParameterError(f"{file!r} has no sheet {sheet}, counted from 0; it has {known}.")
        name = self.order[sheet]
        if name not in self.visible:
            raise ParameterError(
                f"sheet {sheet} of {file!r} is {name!r}, which is hidden or holds no cells. Give its name if it is "
                f"meant; the visible sheets are {list(self.visible)}."
            )
        return name

    def rows(self, name: str) -> list[list[str]]:
        """Cells of a sheet as text, from its first row and column."""
        cells = self._cells[name] if name in self._cells else _asked(self.path, name)[1][name]
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
        It is protected by a password, or asks for more than a table needs.
    """
    extents: Mapping[str, Extent] = {}
    if kind_of(path) == "xls":
        check_xls(path)
    elif kind_of(path) == "ods":
        check_ods(path)
    else:
        extents = check_xlsx(path)
    pages, cells = _asked(path)
    shown = tuple(name for name, has_cells, visible in pages if has_cells and visible)
    return Workbook(
        path=path,
        visible=shown,
        hidden=tuple(name for name, has_cells, _ in pages if has_cells and name not in shown),
        others=tuple(name for name, has_cells, _ in pages if not has_cells),
        order=tuple(name for name, *_ in pages),
        _cells=cells,
        _extents=extents,
    )


def _asked(path: Path, *names: str) -> tuple[list[tuple[str, bool, bool]], dict[str, list[list[Any]]]]:
    """What the workbook reader says in a process of its own: name, cells and visibility of sheets; and their cells."""
    command = [sys.executable, "-P", str(_CHILD), str(path), *names]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        answer = pickle.loads(done.stdout) if done.returncode == 0 else "the reader was brought down"
    except (OSError, subprocess.SubprocessError, pickle.UnpicklingError, EOFError, ValueError) as error:
        answer = type(error).__name__
    if answer == "PasswordError":
        raise RefusedError(f"{path.name!r} is protected by a password. Open it, save it without one, and read that.")
    if isinstance(answer, str):
        raise SchemaError(f"{path.name!r} cannot be read as a workbook ({answer}). {_SAVE}")
    pages, cells = answer
    return pages, cells


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
