"""A table as text, with what a reader noticed in it, and all faults of a file at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from socharm._checks import require_columns
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.io.table_options import TableOptions

__all__ = ["Faults", "MOST_LISTED", "TextTable"]

#: Most faults that one message lists; the rest are counted.
MOST_LISTED: Final = 20


@dataclass
class Faults:
    """Faults of one file, gathered while it is read and raised together.

    Parameters
    ----------
    file : str
        Name of the file, as messages give it.

    Attributes
    ----------
    suppressed : Counter
        Numbers that the publisher marked as withheld, by column: missing, and no faults.
    mended : Counter
        Codes that were mended (lower case, ``1001.0``), by column.

    Examples
    --------
    >>> faults = Faults("population.csv")
    >>> faults.add("is not a number", row=3, column="residents", value="many")
    >>> str(faults)
    "row 3, column 'residents': 'many' is not a number"
    """

    file: str
    items: list[str] = field(default_factory=list)
    suppressed: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, *, row: int | None = None, column: str | None = None, value: object = None) -> None:
        """Note one fault: what is wrong, and where."""
        parts = [] if row is None else [f"row {row}"]
        parts += [] if column is None else [f"column {column!r}"]
        place = ", ".join(parts)
        found = "" if value is None else f"{value!r} "
        self.items.append(f"{place}: {found}{what}" if place else f"{found}{what}")

    def __len__(self) -> int:
        return len(self.items)

    def __str__(self) -> str:
        more = len(self.items) - MOST_LISTED
        return "\n  ".join(self.items[:MOST_LISTED]) + (f"\n  and {more:,} more" if more > 0 else "")

    def raise_if_any(self, advice: str = "Correct the file and read it again.") -> None:
        """Raise one `SchemaError` with every fault, if there is any.

        Raises
        ------
        SchemaError
            At least one fault was noted.
        """
        if self.items:
            count = number_of(len(self.items), "fault")
            raise SchemaError(f"{self.file!r} has {count}:\n  {self}\n{advice}")


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table as text, before anybody decides what its columns mean.

    Attributes
    ----------
    frame : DataFrame
        Text columns; a blank cell is ``""``. Index ``row``: the row in the file as a spreadsheet
        counts it (the header of a CSV is row 1), or the position from 1 in a dataframe.
    file : str
        Name of the file without its folder; ``"table"`` for a dataframe.
    layout : str
        A kind of `socharm.io._safety.TABLE_KINDS`, or ``"frame"``.
    encoding : str
        How a CSV was decoded: ``"utf-8"``, ``"utf-8-sig"`` (byte order mark) or the fallback ``"cp1252"``.
    delimiter : str
    repaired_rows : tuple of int
        Rows that were quoted whole into one field and taken apart.
    lines_above : tuple of str
        First cells of the rows above the column names.
    options : TableOptions
        How the file was read: the sheet, header row and encoding that were found.
    note_rows : int
        Rows under the table that are notes, set aside.
    """

    frame: pd.DataFrame
    file: str
    layout: str
    encoding: str = ""
    delimiter: str = ""
    repaired_rows: tuple[int, ...] = ()
    lines_above: tuple[str, ...] = ()
    options: TableOptions = field(default_factory=TableOptions)
    note_rows: int = 0

    @property
    def looked_at(self) -> str:
        """The sheet and the row in which its column names were looked for, as a message gives them.

        Examples
        --------
        >>> TextTable(pd.DataFrame(), "a.xlsx", "xlsx", options=TableOptions(sheet="Table 2", header_row=3)).looked_at
        "sheet 'Table 2', row 3"
        """
        sheet = [] if self.options.sheet is None else [f"sheet {self.options.sheet!r}"]
        row = [] if self.options.header_row is None else [f"row {self.options.header_row}"]
        return ", ".join([*sheet, *row]) or "its column names"

    def require(self, columns: Iterable[str]) -> None:
        """Stop unless the table has the named columns; suggests the nearest names.

        Raises
        ------
        SchemaError
            A column is missing.
        """
        require_columns(self.frame, columns, name=self.file)
