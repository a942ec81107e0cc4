"""Populations: people, workers, households or street length by area."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._columns import AREA
from socharm._constraints import Frame
from socharm._record import Record
from socharm.errors import DataWarning, ParameterError
from socharm.io.area_codes import area_codes
from socharm.io.areas import areas_about, require_areas
from socharm.io.numbers import parse_numbers
from socharm.io.table_options import TableOptions
from socharm.io.tabular import read_table
from socharm.io.text_table import Faults

__all__ = ["POPULATION_KINDS", "Population", "PopulationSettings", "no_denominator", "read_population"]

#: Kinds of denominator, and the unit each one counts.
POPULATION_KINDS: Final = {
    "resident": "resident",
    "workday": "workday person",
    "households": "household",
    "street_length_km": "km of street",
    "none": "area",
}


@dataclass(frozen=True, kw_only=True)
class PopulationSettings:
    """Choices made when a population was read."""

    kind: str
    date: str
    source: str = ""
    rolled_up_by: str = ""
    table: TableOptions = field(default_factory=TableOptions)
    allowed_columns: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Population(Record):
    """A denominator by area.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code`` (unique str); column ``value`` (float, above zero or missing).
    suppressed : int
        Values that the publisher marked as withheld; missing, not zero.
    mended_codes : int
        Codes that were written in lower case or as decimals.
    note_rows : int
        Rows under the table that are notes, set aside.
    """

    table: pd.DataFrame
    settings: PopulationSettings
    about: About
    suppressed: int = 0
    mended_codes: int = 0
    note_rows: int = 0

    @property
    def values(self) -> pd.Series:
        """The denominator as a Series by area."""
        return self.table["value"]

    @property
    def kind(self) -> str:
        """What is counted: one of `POPULATION_KINDS`."""
        return self.settings.kind

    def _summary(self) -> dict[str, str]:
        missing = int(self.values.isna().sum())
        lines = {
            "areas": f"{len(self.table):,}" + (f" ({missing} without a value)" if missing else ""),
            "total": f"{self.values.sum():,.0f}, in units of one {POPULATION_KINDS[self.kind]}"
            + (f", at {self.settings.date}" if self.settings.date else ""),
        }
        found = {"suppressed": self.suppressed, "codes mended": self.mended_codes, "notes set aside": self.note_rows}
        return lines | {label: f"{number:,}" for label, number in found.items() if number}


@checked
def read_population(
    path: str | os.PathLike[str] | Frame,
    *,
    code: str,
    value: str,
    kind: str,
    date: str,
    sheet: str | int | None = None,
    header_row: int | None = None,
    skip_rows: int = 0,
    encoding: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
    usual_missing: bool = True,
    allow_columns: Collection[str] = (),
    year: int | None = None,
    marking: str = "OFFICIAL",
    source: str | None = None,
) -> Population:
    """Read a denominator by area.

    Parameters
    ----------
    path : path or dataframe
        Text, workbook or parquet, as published.
    code, value : str
        Columns of the area codes and of the values.
    kind : str
        What is counted: ``"resident"``, ``"workday"``, ``"households"`` or ``"street_length_km"``.
    date : str
        Day the values speak of, as ``YYYY-MM-DD``.
    sheet : str or int, optional
        Sheet of a workbook: its name, or its place counted from 0. By default the one visible sheet that holds the
        wanted columns.
    header_row : int, optional
        Row of the column names, counted from 1; by default the first row that holds the wanted columns.
    skip_rows : int
        Rows at the top of the file that are not looked at.
    encoding : str, optional
        Of a text file; found by default.
    thousands : str, optional
        Thousands separator to accept, such as ``","``.
    missing : collection of str
        Words that stand for a missing value beside the usual ones, in any letter case. A blank cell is always missing.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``, ``..``) mean missing too; false leaves `missing` alone.
    allow_columns : collection of str
        Columns that look like persons and are not.
    year : int, optional
        Boundary year of the codes.
    marking : str
    source : str, optional
        Name of the source as maps should print it; the file name by default.

    Returns
    -------
    Population
        An area whose value is blank or marked missing is kept, with its value missing.

    Raises
    ------
    SchemaError
        Missing or repeated codes, values that are not numbers, zero or negative values; all at once.
    ParameterError
        An unknown kind, or a date that is none.

    Warns
    -----
    DataWarning
        Areas have no value.

    Examples
    --------
    >>> table = pd.DataFrame({"WD25CD": ["W1", "W2"], "residents": [9500, 10200]})
    >>> people = read_population(table, code="WD25CD", value="residents", kind="resident", date="2024-06-30")
    >>> people.values.to_dict()
    {'W1': 9500.0, 'W2': 10200.0}
    """
    require_choice(kind, [known for known in POPULATION_KINDS if known != "none"], name="kind")
    _require_date(date)
    options = TableOptions(
        sheet=sheet,
        header_row=header_row,
        skip_rows=skip_rows,
        encoding=encoding,
        thousands=thousands,
        missing=missing,
        usual_missing=usual_missing,
    )
    table = read_table(path, columns=[code, value], options=options, allow_columns=allow_columns)
    faults = Faults(table.file)
    codes = area_codes(table.frame[code], faults, missing=options.missing_words)
    for row in codes.index[(codes != "") & codes.duplicated()]:
        faults.add("stands more than once", row=int(row), column=code, value=codes[row])
    numbers = parse_numbers(table.frame[value], faults=faults, missing=options.missing_words, thousands=thousands)
    cells = dict(zip(table.frame.index, table.frame[value], strict=True))
    for row, number in numbers[numbers <= 0].items():
        what = "is zero: merge the area with a neighbour, or leave its cell blank" if number == 0 else "is negative"
        faults.add(what, row=int(str(row)), column=value, value=cells[row])
    faults.raise_if_any()
    values = pd.Series(numbers.to_numpy(), index=pd.Index(list(codes), name=AREA)).sort_index()
    gaps = list(values.index[values.isna()])
    if gaps:
        warnings.warn(
            f"{len(gaps)} of {len(values)} areas of {table.file!r} have no value, such as {gaps[:5]}; "
            + (f"{faults.suppressed[value]} are marked as suppressed; " if faults.suppressed[value] else "")
            + "they have no rate.",
            DataWarning,
            stacklevel=2,
        )
    name = source or table.file
    return Population(
        table=values.to_frame("value"),
        settings=PopulationSettings(
            kind=kind, date=date, source=name, table=table.options, allowed_columns=tuple(allow_columns)
        ),
        about=About(boundary_year=year, unit=POPULATION_KINDS[kind], sources=(name,), marking=marking),
        suppressed=faults.suppressed[value],
        mended_codes=faults.mended[code],
        note_rows=table.note_rows,
    )


@checked
def no_denominator(areas: gpd.GeoDataFrame) -> Population:
    """A population of one for each area: harm per area and year, for those who rank places by their sum.

    Parameters
    ----------
    areas : GeoDataFrame

    Returns
    -------
    Population
        Kind ``"none"``.
    """
    require_areas(areas)
    about = areas_about(areas)
    values = pd.Series(np.ones(len(areas)), index=pd.Index(areas.index, name=AREA)).sort_index()
    return Population(
        table=values.to_frame("value"),
        settings=PopulationSettings(kind="none", date="", source="none"),
        about=About(boundary_year=about.boundary_year, unit=POPULATION_KINDS["none"], marking=about.marking),
    )


def _require_date(date: str) -> None:
    try:
        dt.date.fromisoformat(date)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"`date` is {date!r}; write the day as 'YYYY-MM-DD', such as '2024-06-30'.") from error
