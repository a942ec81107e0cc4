"""Keys that every table of a recipe takes: how its file is read, as the readers' own keywords."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import ConfigDict

__all__ = ["STRICT", "TableKeys", "table_options"]

#: No unknown key, no value of another type, no number that is none.
STRICT: Final = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True)
class TableKeys:
    """How the file of a table is read.

    Parameters
    ----------
    sheet : str or int, optional
        Sheet of a workbook, by name or counted from 0; the one that holds the columns when absent.
    header_row : int, optional
        Row of the column names, counted from 1; found when absent.
    skip_rows : int
        Rows at the top that are not looked at.
    encoding : str, optional
        Of a text file, such as ``"cp1252"``; found when absent.
    thousands : str, optional
        What parts thousands in numbers.
    missing : tuple of str
        Words that stand for a missing value, beside the usual ones.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``) mean missing too; false leaves `missing` alone.
    allow_columns : tuple of str
        Columns that look as if they spoke of persons and do not.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    sheet: str | int | None = None
    header_row: int | None = None
    skip_rows: int = 0
    encoding: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    usual_missing: bool = True
    allow_columns: tuple[str, ...] = ()


def table_options(section: TableKeys | None) -> dict[str, Any]:
    """Keywords of a reader from the keys of a section."""
    keys = TableKeys() if section is None else section
    return {entry.name: getattr(keys, entry.name) for entry in dataclasses.fields(TableKeys)}
