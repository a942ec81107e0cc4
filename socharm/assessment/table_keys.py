"""Keys that every table of a recipe takes: how its file is read, as the readers' own keywords."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from socharm._settings import Settings, setting

__all__ = ["TableKeys", "table_options"]


@dataclass(frozen=True, kw_only=True)
class TableKeys(Settings):
    """How the file of a table is read."""

    sheet: str | int | None = setting(None, "sheet of a workbook, by name or counted from 0", example="Table 2")
    header_row: int | None = setting(None, "row of the column names, counted from 1; found when absent", example=3)
    skip_rows: int = setting(0, "rows at the top that are not looked at")
    encoding: str | None = setting(None, "of a text file; found when absent", example="cp1252")
    thousands: str | None = setting(None, "what parts thousands in numbers", example=",")
    missing: tuple[str, ...] = setting(
        (), "words for a missing value, beside NA, NULL, -, .. and others", example=["TBC"]
    )
    usual_missing: bool = setting(True, "false: NA, NULL, - and others are words like any other")
    allow_columns: tuple[str, ...] = setting(
        (), "columns that look as if they spoke of persons, and do not", example=["Contact"]
    )


def table_options(section: TableKeys | None) -> dict[str, Any]:
    """Keywords of a reader from the keys of a section."""
    keys = TableKeys() if section is None else section
    return {entry.name: getattr(keys, entry.name) for entry in dataclasses.fields(TableKeys)}
