"""Cells of a source by position: every distinct place, date and label is worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl

from socharm._columns import PERIOD, N
from socharm._words import number_of
from socharm.errors import AlignmentError, SchemaError
from socharm.io.areas import areas_fingerprint
from socharm.io.first_area import OUTSIDE
from socharm.io.incidents.assign import assign_points
from socharm.io.incidents.codes import MatchedCodes, match_codes
from socharm.io.incidents.distinct import number_pairs
from socharm.io.incidents.gather import gather
from socharm.io.incidents.policeuk import file_source
from socharm.io.incidents.record_hashes import RECORD
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.resolve import TextTables, by_position, text_tables
from socharm.io.incidents.street_names import names_by_place

__all__ = [
    "LOCATION",
    "NOWHERE",
    "LocatedCells",
    "Placed",
    "distinct_places",
    "locate_cells",
    "place_cells",
    "place_locations",
    "with_location",
]

#: Column of the position of a distinct place.
LOCATION: Final = "location"
#: Position of a row without a location; `first_area.OUTSIDE` is a location in no area.
NOWHERE: Final = -2
#: Every month's date is its first day in so many months or more: the source states months, written as days.
_FEWEST_MONTHS: Final = 3


@dataclass(frozen=True, eq=False)
class LocatedCells:
    """The rows of a source, each by the positions of its place, date, offence and source.

    Attributes
    ----------
    table : polars DataFrame
        ``location`` (position in `locations`), ``date`` (position in ``texts.dates``), ``offence``, ``source``,
        ``place`` (number of the kind of place), flags, ``has_location_text``, ``labelled``, ``n`` (rows), ``ids`` (rows
        with an id), and ``record`` where it was asked for. Rows that are equal in all may stand apart: sums are taken
        where the table is reduced.
    repeated : polars DataFrame
        The same for every row whose id stands on another row too, with ``crime_id`` and the row as it stands.
    locations : polars DataFrame
        Distinct ``x`` and ``y`` (or ``area_code``), sorted; ``zero`` (both are 0), ``located`` (finite and not 0).
    texts : TextTables
        What the positions mean.
    keys : tuple of str
        Columns of `locations` that tell them apart.
    headings : mapping
        Source to the number of its rows that are column names, sums or notes; they are in no cell.
    source : Incidents
        What was read.
    names : polars Series, optional
        Name of the map point of each of `locations`, as police.uk gives it, where it was asked for.
    """

    table: pl.DataFrame
    repeated: pl.DataFrame
    locations: pl.DataFrame
    texts: TextTables
    keys: tuple[str, ...]
    headings: Mapping[str, int]
    source: Incidents
    names: pl.Series | None = None

    @property
    def days(self) -> pl.Series:
        """Day of each distinct date, missing where it states none, or where the source states months only."""
        days = self.texts.dates["day"]
        known = days.drop_nulls()
        months = known.dt.truncate("1mo")
        if months.n_unique() >= _FEWEST_MONTHS and (known == months).all():
            return pl.Series("day", [None] * len(days), dtype=pl.Date)
        return days

    @property
    def resolution(self) -> str:
        """How fine the dates that can be read are: ``"day"``, ``"month"``, or ``"day or month"``."""
        read = self.texts.dates[PERIOD].is_not_null()
        known = self.days.is_not_null()
        return "day" if (known | ~read).all() else "day or month" if known.any() else "month"

    def dated(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with ``period``, the position of its month; missing where the date cannot be parsed."""
        return frame.with_columns(self.texts.dates[PERIOD].gather(frame["date"]).alias(PERIOD))

    def where(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with the coordinates or area codes of its places."""
        return frame.with_columns(self.locations[key].gather(frame[LOCATION]) for key in self.keys)

    def moved_to(self, x: np.ndarray, y: np.ndarray) -> LocatedCells:
        """The same rows, their distinct places at other coordinates of the same system, in the order of `locations`."""
        return replace(self, locations=self.locations.with_columns(pl.Series("x", x), pl.Series("y", y)))

    def rows_at(self, locations: pl.Series) -> int:
        """Rows at some places."""
        return int(self.table.filter(pl.col(LOCATION).is_in(locations.implode()))[N].sum())


@dataclass(frozen=True, eq=False)
class Placed:
    """The area of each distinct place.

    Attributes
    ----------
    table : polars DataFrame
        In the order of the places: ``area`` (position, `OUTSIDE` or `NOWHERE`), ``near``, ``on_line``, ``zero``.
    operation, accuracy_m : str, float or None
        How coordinates were brought into the system of the areas.
    matched : MatchedCodes, optional
        How area codes were matched.
    fingerprint : str
        `areas_fingerprint` of the areas whose positions `table` holds.
    """

    table: pl.DataFrame
    operation: str = ""
    accuracy_m: float | None = None
    matched: MatchedCodes | None = None
    fingerprint: str = ""

    def join(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with ``area`` and what else is known of its places."""
        return frame.with_columns(column.gather(frame[LOCATION]) for column in self.table)


def locate_cells(incidents: Incidents, *, keep_records: bool = False, keep_names: bool = False) -> LocatedCells:
    """Read a source once, and work out its distinct places, dates and labels.

    Parameters
    ----------
    incidents : Incidents
    keep_records : bool
        Whether to keep a hash of each row's id.
    keep_names : bool
        Whether to keep the names of map points.

    Raises
    ------
    SchemaError
        The source is empty or broken, or no date can be read.
    """
    gathered = gather(incidents, keep_records=keep_records, keep_names=keep_names)
    texts = text_tables(gathered.cells, file_source, incidents)
    keys = ("area_code",) if incidents.coordinates == "area_code" else ("x", "y")
    locations, at = distinct_places(gathered.cells, keys)
    table = by_position(gathered.cells.drop(keys).with_columns(at.alias(LOCATION)), texts)
    repeated = by_position(with_location(gathered.repeated, locations, keys), texts)
    if gathered.records is not None:
        table = table.with_columns(gathered.records.alias(RECORD))
    names = None
    if gathered.names is not None:
        names = names_by_place(at, gathered.names, gathered.cells[N], number=locations.height)
    return LocatedCells(table, repeated, locations.drop(LOCATION), texts, keys, gathered.headings, incidents, names)


def distinct_places(cells: pl.DataFrame, keys: tuple[str, ...]) -> tuple[pl.DataFrame, pl.Series]:
    """Distinct places with their numbers, which of them are locations, and the number of each row's place."""
    if "x" not in keys:
        codes = cells.select(keys).unique().sort(keys).with_row_index(LOCATION)
        found = codes.with_columns(zero=pl.lit(value=False), located=pl.col(*keys).is_not_null())
        return found, with_location(cells.select(keys), codes, keys)[LOCATION]
    pairs, at = number_pairs(cells, ("x", "y"))
    zero = (pl.col("x") == 0) & (pl.col("y") == 0)
    finite = pl.col("x").is_finite() & pl.col("y").is_finite()
    found = pairs.with_row_index(LOCATION).with_columns(
        zero=zero.fill_null(value=False), located=(finite & ~zero).fill_null(value=False)
    )
    return found, pl.Series(at).cast(pl.UInt32)


def with_location(frame: pl.DataFrame, locations: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """`frame` with the number of each row's place in the column `LOCATION`, in place of what tells it apart."""
    at = frame.select(keys).join(
        locations.select(*keys, LOCATION), on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    return frame.drop(keys).with_columns(at[LOCATION])


def place_cells(cells: LocatedCells, *, coordinates: str, areas: gpd.GeoDataFrame | pd.DataFrame) -> Placed:
    """Area of every distinct place, as `place_locations` finds it."""
    return place_locations(cells.locations, coordinates=coordinates, areas=areas)


def place_locations(locations: pl.DataFrame, *, coordinates: str, areas: gpd.GeoDataFrame | pd.DataFrame) -> Placed:
    """Area of every distinct place.

    Raises
    ------
    AlignmentError
        No place lies in any area; says whether coordinates are swapped, of another CRS, or elsewhere, or what codes
        there are.
    SchemaError
        No row has coordinates.
    """
    if coordinates == "area_code":
        placed = _place_codes(locations, areas)
    else:
        placed = _place_points(locations, coordinates, areas)
    return replace(placed, fingerprint=areas_fingerprint(areas))


def _place_points(locations: pl.DataFrame, crs: str, areas: Any) -> Placed:
    located = locations["located"].to_numpy()
    if not located.any():
        raise SchemaError(
            "No row has coordinates that can be read as numbers. Check the columns that `columns=` names, and that "
            "numbers are written with a decimal point."
        )
    x, y = (locations[axis].to_numpy()[located].astype(float) for axis in ("x", "y"))
    found = assign_points(x, y, crs=crs, areas=areas)
    area = np.full(locations.height, NOWHERE, dtype=np.int32)
    near, line = np.zeros(locations.height, dtype=bool), np.zeros(locations.height, dtype=bool)
    area[located], near[located], line[located] = found.area, found.near, found.on_boundary
    return Placed(_outcomes(locations, area, near, line), found.operation, found.accuracy_m)


def _place_codes(locations: pl.DataFrame, areas: pd.DataFrame) -> Placed:
    """Position of every area code; see `codes.match_codes` for codes that are written otherwise."""
    texts = locations["area_code"].to_list()
    matched = match_codes(texts, areas.index)
    area = [NOWHERE if text is None else matched.positions.get(text, OUTSIDE) for text in texts]
    if not any(position >= 0 for position in area):
        raise AlignmentError(
            f"None of the {number_of(len(texts), 'area code')} is in `areas`: the incidents hold codes such as "
            f"{sorted(text for text in texts if text)[:3]}, `areas` such as {[str(code) for code in areas.index[:3]]}. "
            "Check that both are of the same kind of area and the same boundary year."
        )
    never = np.zeros(len(area), dtype=bool)
    return Placed(_outcomes(locations, np.array(area, dtype=np.int32), never, never), matched=matched)


def _outcomes(locations: pl.DataFrame, area: np.ndarray, near: np.ndarray, line: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"area": area, "near": near, "on_line": line, "zero": locations["zero"]})
