"""Populations: people, workers, households or street length by area."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeAlias, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm._columns import AREA
from socharm._constraints import Filled, Frame, OneLine
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError
from socharm.io.area_codes import add_repeated, area_codes
from socharm.io.areas import areas_about, require_areas
from socharm.io.numbers import parse_numbers
from socharm.io.table_options import TableFindings, TableKeywords, TableOptions, reads_tables
from socharm.io.tabular import read_table
from socharm.io.text_table import Faults

__all__ = [
    "POPULATION_KINDS",
    "Population",
    "PopulationFindings",
    "PopulationSettings",
    "no_denominator",
    "read_population",
]

#: A name that is not blank, and stands in sentences and under maps.
Label: TypeAlias = Annotated[str, Filled(), OneLine()]

#: Kinds of denominator, and the unit each one counts.
POPULATION_KINDS: Final = {
    "resident": "resident",
    "workday": "workday person",
    "households": "household",
    "street_length_km": "km of street",
    "none": "area",
}


@dataclass(frozen=True, kw_only=True)
class PopulationSettings(TableOptions):
    """Choices behind a denominator."""

    code: str = setting(says="column of the area codes", example="ward_code", on=True)
    value: str = setting(says="column of the numbers", example="residents", on=True)
    kind: Label = setting(
        says="resident, workday, households, street_length_km; or a name of your own, with `unit`",
        example="resident",
        on=True,
    )
    unit: Label | None = setting(
        None, "what one of them is, for a kind of your own, in the singular", example="licensed premises"
    )
    date: str = setting(says="day that the numbers are of", example="2024-06-30", on=True)
    source: str | None = setting(
        None, "as printed under maps; the file's name when absent", example="ONS mid-2024 estimates"
    )
    year: int | None = setting(None, "boundary year of the codes", recipe=False)
    marking: str = setting("OFFICIAL", "security classification of the file", recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.kind != "none":
            _require_date(self.date)
        if self.kind not in POPULATION_KINDS and self.unit is None:
            hint = nearest_name(self.kind, POPULATION_KINDS)
            meant = f" Did you mean {hint!r}?" if hint else ""
            yield (
                f"`kind` is {self.kind!r}, which is none of {sorted(set(POPULATION_KINDS) - {'none'})}.{meant} "
                "For a kind of your own say in `unit` what one of them is, such as 'licensed premises'."
            )
        if self.kind in POPULATION_KINDS and self.unit is not None:
            yield f"`unit` is {self.unit!r}, but the unit of {self.kind!r} is known. Leave `unit` out."

    @property
    def one(self) -> str:
        """What one unit of the denominator is called."""
        return self.unit or POPULATION_KINDS[self.kind]


@dataclass(frozen=True, kw_only=True)
class PopulationFindings(TableFindings):
    """How the table of a denominator was written, and what became of its areas.

    Attributes
    ----------
    table : TableOptions
        As of `TableFindings`.
    rolled_up_by : str
        How smaller areas were carried to these; empty where none were.
    """

    rolled_up_by: str = ""


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

    __made_by__ = ("read_population",)

    table: pd.DataFrame
    settings: PopulationSettings
    about: About
    findings: PopulationFindings = field(default_factory=PopulationFindings)
    suppressed: int = 0
    mended_codes: int = 0
    note_rows: int = 0

    @property
    def values(self) -> pd.Series:
        """The denominator as a Series by area."""
        return self.table["value"]

    @property
    def kind(self) -> str:
        """What is counted: one of `POPULATION_KINDS`, or a kind of the analyst's own."""
        return self.settings.kind

    def _summary(self) -> dict[str, str]:
        missing = int(self.values.isna().sum())
        lines = {
            "areas": f"{len(self.table):,}" + (f" ({missing} without a value)" if missing else ""),
            "total": f"{self.values.sum():,.0f}, in units of one {self.settings.one}"
            + (f", at {self.settings.date}" if self.settings.date else ""),
        }
        found = {"suppressed": self.suppressed, "codes mended": self.mended_codes, "notes set aside": self.note_rows}
        return lines | {label: f"{number:,}" for label, number in found.items() if number}


@checked
@reads_tables(PopulationSettings)
def read_population(
    path: str | os.PathLike[str] | Frame,
    *,
    code: str | None = None,
    value: str | None = None,
    kind: Label | None = None,
    unit: Label | None = None,
    date: str | None = None,
    year: int | None = None,
    marking: str = "OFFICIAL",
    source: str | None = None,
    settings: PopulationSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> Population:
    """Read a denominator by area.

    Parameters
    ----------
    path : path or dataframe
        Text, workbook or parquet, as published.
    code, value : str
        Columns of the area codes and of the values.
    kind : str
        What is counted: ``"resident"``, ``"workday"``, ``"households"``, ``"street_length_km"``, or a name of your own.
    unit : str, optional
        What one of them is, for a kind of your own and in the singular, such as ``"licensed premises"``; rates are then
        per licensed premises.
    date : str
        Day the values speak of, as ``YYYY-MM-DD``.
    year : int, optional
        Boundary year of the codes.
    marking : str
    source : str, optional
        Name of the source as maps should print it; the file name by default.
    settings : PopulationSettings or mapping, optional
        Choices of another population, for what is not stated by keyword; `code`, `value`, `kind` and `date` must be
        stated here or there.
    **reading
        How the file is read: the options of `TableOptions`.

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
    chosen = PopulationSettings.of(settings)
    if chosen.kind == "none":
        raise ParameterError("`kind` is 'none', which counts nothing. Leave the population out for harm per area.")
    code, value = chosen.code, chosen.value
    table = read_table(path, columns=[code, value], options=chosen)
    faults = Faults(table.file)
    codes = area_codes(table.frame[code], faults, missing=chosen.missing_words)
    add_repeated(codes, faults, advice="keep one row for each area")
    numbers = parse_numbers(table.frame[value], faults=faults, missing=chosen.missing_words, thousands=chosen.thousands)
    cells = dict(zip(table.frame.index, table.frame[value], strict=True))
    for row, number in numbers[numbers <= 0].items():
        what = "is zero: merge the area with a neighbour, or leave its cell blank" if number == 0 else "is negative"
        faults.add(what, row=int(str(row)), column=value, value=cells[row])
    faults.raise_if_any()
    values = pd.Series(numbers.to_numpy(), index=pd.Index(list(codes), name=AREA)).sort_index()
    gaps = list(values.index[values.isna()])
    if gaps:
        warnings.warn(
            f"{len(gaps):,} of {number_of(len(values), 'area')} of {table.file!r} "
            f"{'has' if len(gaps) == 1 else 'have'} no value, such as {gaps[:5]}; "
            + (f"{faults.suppressed[value]} are marked as suppressed; " if faults.suppressed[value] else "")
            + "they have no rate.",
            DataWarning,
            stacklevel=2,
        )
    return Population(
        table=values.to_frame("value"),
        settings=chosen,
        about=About(
            boundary_year=chosen.year,
            unit=chosen.one,
            sources=(chosen.source or table.file,),
            marking=chosen.marking,
        ),
        findings=PopulationFindings(table=table.options),
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
        settings=PopulationSettings(code=AREA, value="", kind="none", date="", source="none"),
        about=About(boundary_year=about.boundary_year, unit=POPULATION_KINDS["none"], marking=about.marking),
    )


def _require_date(date: str) -> None:
    try:
        dt.date.fromisoformat(date)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"`date` is {date!r}; write the day as 'YYYY-MM-DD', such as '2024-06-30'.") from error
