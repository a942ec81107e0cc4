"""Rows on an engine located for counts by area: the engine adds up the rows of all places that lie alike."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import polars as pl

from socharm.io.incidents.delimited import explained
from socharm.io.incidents.engine import area_sums, engine_faults
from socharm.io.incidents.gathered import AXES
from socharm.io.incidents.located import (
    LOCATION,
    LocatedCells,
    Placed,
    distinct_places,
    place_locations,
    with_location,
)
from socharm.io.incidents.policeuk import file_source
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.resolve import by_position, text_tables

__all__ = ["locate_sums"]

_FIRST = "first"


def locate_sums(incidents: Incidents, areas: gpd.GeoDataFrame | pd.DataFrame) -> tuple[LocatedCells, Placed]:
    """Sums of a source by area, offence, date and source, located; for counts, which ask no place in an area.

    Returns
    -------
    cells : LocatedCells
        Rows of places in one area stand at the first of those that lie alike: as near a boundary, on a line or not.
        Rows outside all areas, and those without a location, stand at their own place: messages name some.
    placed : Placed
    """
    with explained(incidents.origin, names=incidents.files), engine_faults():
        found = area_sums(incidents)
    locations, at = distinct_places(found.numbers, AXES)
    placed = place_locations(locations, coordinates=incidents.coordinates, areas=areas)
    with explained(incidents.origin, names=incidents.files), engine_faults():
        sums, repeated = found.summed(_first_alike(placed.table).gather(at))
    texts = text_tables(sums, file_source, incidents)
    table = by_position(sums.with_columns(pl.col("place_at").cast(at.dtype).alias(LOCATION)).drop("place_at"), texts)
    again = by_position(with_location(repeated, locations, AXES), texts)
    return LocatedCells(table, again, locations.drop(LOCATION), texts, AXES, found.headings, incidents), placed


def _first_alike(places: pl.DataFrame) -> pl.Series:
    """Of each place in an area the first that lies alike, of others themselves."""
    rows = places.with_row_index(_FIRST)
    first = pl.col(_FIRST).min().over(places.columns)
    return rows.select(pl.when(pl.col("area") >= 0).then(first).otherwise(pl.col(_FIRST))).to_series()
