"""Cells of a source as they are gathered from polars and from other engines, and what both do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import polars as pl

from socharm.errors import SchemaError
from socharm.io.crs import parse_crs
from socharm.io.incidents.headings import is_heading
from socharm.io.incidents.numbers import read_coordinates, tell_unread
from socharm.io.incidents.records import Incidents

__all__ = [
    "AXES",
    "Gathered",
    "NumberReader",
    "confirm_repeated",
    "key_columns",
    "number_reader",
    "require_rows_read",
    "tell_unread_numbers",
    "unread_texts",
]

AXES: Final = ("x", "y")
NumberReader: TypeAlias = Callable[[pl.Series], pl.Series]
_SAMPLES: Final = 5


@dataclass(frozen=True)
class Gathered:
    """Cells of a source.

    Attributes
    ----------
    cells : polars DataFrame
        ``date``, ``offence``, ``source``, ``place``, ``x`` and ``y`` or ``area_code``, flags,
        ``has_location_text``, ``n`` (rows) and ``ids`` (rows with an id).
    repeated : polars DataFrame
        The same keys for every row whose id stands on another row too, with ``crime_id`` and the
        row as it stands (``row:*``).
    keys : tuple of str
        Names of the keys.
    unread : tuple of str
        Some texts of coordinates that are no numbers.
    headings : mapping
        Source to the number of its rows that are column names, sums or notes; they are in no cell.
    records : polars Series, optional
        Hash of the id of each row of `cells`, where it was asked for; a row of `cells` then has one id at most.
    names : polars Series, optional
        Name of the map point of each row of `cells` as it is written, where it was asked for.
    """

    cells: pl.DataFrame
    repeated: pl.DataFrame
    keys: tuple[str, ...]
    unread: tuple[str, ...] = ()
    headings: Mapping[str, int] = field(default_factory=dict)
    records: pl.Series | None = None
    names: pl.Series | None = None


def key_columns(incidents: Incidents) -> tuple[str, ...]:
    """Columns that tell the cells of a source apart."""
    where = ("area_code",) if incidents.coordinates == "area_code" else AXES
    flags = (f"flag_{flag}" for flag in incidents.flags)
    return ("date", "offence", "source", "place", "has_location_text", *where, *flags)


def number_reader(incidents: Incidents) -> NumberReader | None:
    """Reader of coordinates as the source writes them; None where it states areas."""
    if incidents.coordinates == "area_code":
        return None
    found = incidents.findings
    return read_coordinates(
        found.missing,
        is_degrees=parse_crs(incidents.coordinates).is_geographic,
        thousands=incidents.settings.thousands,
    )


def require_rows_read(rows: int, incidents: Incidents) -> None:
    """Stop at a source without rows."""
    if rows == 0:
        raise SchemaError(
            f"{list(incidents.files)[:3]} has a header but no rows. "
            "An export without rows is a failed export, not an area without crime: export it again."
        )


def tell_unread_numbers(cells: pl.DataFrame, unread: tuple[str, ...]) -> None:
    """Warn of rows whose coordinates are no numbers, with some of the texts."""
    axes = [pl.col(axis) for axis in AXES if axis in cells.columns]
    odd = cells.filter(pl.any_horizontal(axis.is_nan() for axis in axes)) if axes else cells.clear()
    # Where no row has a location, that is an error of its own.
    if odd.height and cells.select(pl.all_horizontal(axis.is_finite() for axis in axes).any()).item():
        tell_unread(int(odd["n"].sum()), unread)


def unread_texts(
    cells: pl.DataFrame, frames: Sequence[pl.LazyFrame], keys: tuple[str, ...], read: NumberReader | None
) -> tuple[str, ...]:
    """Some texts of coordinates that are no numbers; only where there are such rows are the texts looked up."""
    axes = [axis for axis in AXES if axis in keys]
    if read is None or not any(cells[axis].is_nan().any() for axis in axes):
        return ()
    samples: set[str] = set()
    for frame, axis in ((frame, axis) for frame in frames for axis in axes):
        number = pl.col(axis).cast(pl.Float64, strict=False)
        odd = frame.filter(~number.is_finite().fill_null(value=False) & pl.col(axis).is_not_null())
        texts = odd.select(pl.col(axis).cast(pl.String).unique()).collect()[axis].sort()
        samples |= set(texts.filter(read(texts).is_nan().fill_null(value=False)).head(_SAMPLES).to_list())
        if len(samples) >= _SAMPLES:
            break
    return tuple(sorted(samples)[:_SAMPLES])


def confirm_repeated(repeated: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Only rows whose id truly stands more than once: a hash may collide, a text may not."""
    heading = is_heading(repeated, columns)
    if heading is not None:
        repeated = repeated.filter(~heading.fill_null(value=False))
    return repeated.filter(pl.len().over("crime_id") > 1)
