"""Rows that lie on an engine (Spark, Dask, DuckDB …): the engine filters, joins and adds up, and hands over sums.

What comes here, by what is asked for:

- for counts by area: the distinct places, and sums by area, offence label, date text, source and flags
  (`area_sums`): as many as there are such cells, however many rows there are;
- for points and harm at places: sums by place, offence label, date text, source and flags (`gather_groups`);
- for both: the rows whose id stands on another row too, whole, to be confirmed as copies.

Engines return rows in any order; everything is sorted here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import polars as pl

from socharm.errors import StoreError
from socharm.io.incidents.extract import ROW
from socharm.io.incidents.gathered import (
    AXES,
    Gathered,
    NumberReader,
    confirm_repeated,
    key_columns,
    number_reader,
    require_rows_read,
    tell_unread_numbers,
    unread_texts,
)
from socharm.io.incidents.headings import heading_texts, split_headings
from socharm.io.incidents.record_hashes import RECORD, hash_ids
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.street_names import STREET, stated_name

__all__ = ["AreaSums", "area_sums", "engine_faults", "gather_groups", "sums_by_area"]

#: Columns that are read for the copies of `RECORD` and `STREET`.
_SOURCES: Final = {RECORD: "crime_id", STREET: "location"}
#: Coordinates as text, never missing: engines join them alike, whatever they make of missing numbers and NaN.
_TEXT: Final = ("place_x", "place_y")
_BLANK: Final = "(missing)"
_AT: Final = "place_at"
#: Exceptions by which engines tell that a process of theirs ended, by name: the engines need not be installed.
_LOST: Final = frozenset({"KilledWorker", "CommClosedError", "Py4JNetworkError", "FutureCancelledError"})
#: By which DuckDB tells that the connection of a relation is closed.
_CLOSED: Final = "ConnectionException"


def gather_groups(frame: Any, incidents: Incidents, kept: tuple[str, ...]) -> Gathered:
    """Sums by place, and the rows of repeated ids.

    Parameters
    ----------
    frame : narwhals LazyFrame
        Canonical columns.
    incidents : Incidents
    kept : tuple of str
        `RECORD`, `STREET`: what is kept of each row besides; then there are as many groups as ids or names.
    """
    keys, read = key_columns(incidents), number_reader(incidents)
    frame = _with_location_text(frame)
    by = (*keys, *(_SOURCES[name] for name in kept))
    everything = _collected(_sums(frame, by)).sort(by)
    groups, headings = split_headings(everything, incidents.findings.columns, files=incidents.files)
    records = hash_ids(groups["crime_id"]) if RECORD in kept else None
    names = groups.select(stated_name(pl.col("location"))).to_series() if STREET in kept else None
    groups = groups.drop(_SOURCES[name] for name in kept)
    cells = _finished(groups, keys, read)
    repeated = _repeated(frame, keys, read, incidents)
    unread = unread_texts(cells, (groups.lazy(),), keys, read)
    return Gathered(cells, repeated, keys, unread, headings, records, names)


@dataclass(frozen=True, eq=False)
class AreaSums:
    """What counts by area need of a source that lies on an engine.

    Attributes
    ----------
    places : polars DataFrame
        Distinct ``x`` and ``y`` as they are written, ``n`` (rows), and both as numbers in ``number_x``, ``number_y``.
    headings : mapping
        As in `Gathered`.
    """

    incidents: Incidents
    frame: Any
    places: pl.DataFrame
    headings: dict[str, int]

    @property
    def numbers(self) -> pl.DataFrame:
        """Coordinates of the places, one row for each of `places`."""
        return self.places.select(pl.col(f"number_{axis}").alias(axis) for axis in AXES)

    def summed(self, at: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Sums by the number that each place is given, and the rows of repeated ids.

        Parameters
        ----------
        at : Series of int
            A number for each of `places`; the engine adds up the rows of places that have the same.
        """
        keys = key_columns(self.incidents)
        by = [key for key in keys if key not in AXES]
        # A row is never joined twice, whatever the cells hold.
        table = self.places.select(*_TEXT, at.cast(pl.Int64).alias(_AT)).unique(
            _TEXT, keep="first", maintain_order=True
        )
        joined = _joined(self.frame.select(*by, *_TEXT, "crime_id"), table)
        sums = _collected(_sums(joined, (*by, _AT))).sort(*by, _AT)
        read = number_reader(self.incidents)
        return _finished(sums, tuple(by), None), _repeated(self.frame, keys, read, self.incidents)


def sums_by_area(incidents: Incidents) -> bool:
    """Whether a source lies on an engine that can join the areas of distinct places to its rows."""
    if incidents.coordinates == "area_code":
        return False  # codes are areas already: their groups are few
    found = nw.from_native(incidents.frame, pass_through=True)
    return isinstance(found, nw.LazyFrame) and _joiner(found) is not None


def area_sums(incidents: Incidents) -> AreaSums:
    """Distinct places of a source that lies on an engine.

    Raises
    ------
    SchemaError
        No row, or no coordinate that is a number.
    """
    frame = _with_location_text(nw.from_native(incidents.frame))
    labels = _collected(frame.group_by("date", "offence").agg(n=nw.len()))
    columns = incidents.findings.columns
    kept, headings = split_headings(labels.with_columns(pl.col("n").cast(pl.Int64)), columns, files=incidents.files)
    require_rows_read(int(kept["n"].sum()), incidents)
    texts = heading_texts(labels, columns)
    if headings and texts is not None:
        frame = frame.filter(~texts.test(nw).fill_null(value=False))
    frame = frame.with_columns(
        nw.when(nw.col(axis).is_null()).then(nw.lit(_BLANK)).otherwise(nw.col(axis).cast(nw.String)).alias(text)
        for axis, text in zip(AXES, _TEXT, strict=True)
    )
    places = _collected(frame.group_by(*_TEXT, *AXES).agg(n=nw.len())).sort(*_TEXT)
    read = number_reader(incidents)
    assert read is not None  # areas are found by coordinates
    places = places.with_columns(pl.col("n").cast(pl.Int64), *(read(places[a]).alias(f"number_{a}") for a in AXES))
    found = AreaSums(incidents, frame, places, headings)
    cells = found.numbers.with_columns(places["n"])
    tell_unread_numbers(cells, unread_texts(cells, (places.lazy(),), AXES, read))
    return found


def _with_location_text(frame: Any) -> Any:
    return frame.with_columns(has_location_text=~nw.col("location").is_null())


def _sums(frame: Any, by: tuple[str, ...]) -> Any:
    """Rows, and rows with an id, by some columns."""
    counted = frame.with_columns(id_again=nw.col("crime_id"))
    return counted.group_by(*by).agg(n=nw.len(), ids=nw.col("id_again").count())


def _repeated(frame: Any, keys: tuple[str, ...], read: NumberReader | None, incidents: Incidents) -> pl.DataFrame:
    """Rows whose id stands on another row too."""
    twice = frame.filter(~nw.col("crime_id").is_null()).group_by("crime_id").agg(n=nw.len()).filter(nw.col("n") > 1)
    rows = [name for name in frame.collect_schema().names() if name.startswith(ROW)]
    repeated = frame.join(twice.select("crime_id"), on="crime_id", how="semi").select(*keys, "crime_id", *rows)
    whole = _finished(_collected(repeated), keys, read)
    return confirm_repeated(whole.sort("crime_id", *keys), incidents.findings.columns)


def _collected(frame: Any) -> pl.DataFrame:
    found: pl.DataFrame = frame.collect(backend="polars").to_native()
    return found


def _finished(frame: pl.DataFrame, keys: tuple[str, ...], read: NumberReader | None) -> pl.DataFrame:
    """Types as they are gathered from polars."""
    numbers = [read(frame[axis]).alias(axis) for axis in AXES] if read is not None else []
    small = [pl.col(key).cast(pl.UInt8) for key in keys if key == "place" or key.startswith("flag_")]
    counts = [pl.col(column).cast(pl.Int64) for column in ("n", "ids", _AT) if column in frame.columns]
    return frame.with_columns(*numbers, *small, *counts)


def _joiner(frame: Any) -> Callable[[Any, pl.DataFrame], Any] | None:
    """How a small table is joined on the engine of a frame."""
    engine = frame.implementation
    if engine.is_pyspark() or engine.is_pyspark_connect():
        return _joined_in_spark
    if engine.is_dask():
        return _joined_in_dask
    return _joined_in_duckdb if engine.is_duckdb() else None


def _joined(frame: Any, table: pl.DataFrame) -> Any:
    join = _joiner(frame)
    assert join is not None  # `sums_by_area` asked
    return join(frame, table)


def _joined_in_spark(frame: Any, table: pl.DataFrame) -> Any:
    from pyspark.sql.functions import broadcast

    native = nw.to_native(frame)
    small = native.sparkSession.createDataFrame(table.to_pandas())
    return nw.from_native(native.join(broadcast(small), on=list(_TEXT), how="left"))


def _joined_in_dask(frame: Any, table: pl.DataFrame) -> Any:
    import dask.dataframe as dd

    small = dd.from_pandas(table.to_pandas(), npartitions=1)
    with warnings.catch_warnings():
        # Dask has two kinds of text, which it joins alike.
        warnings.filterwarnings("ignore", r"\s*Merging dataframes with merge column", UserWarning)
        return nw.from_native(nw.to_native(frame).merge(small, on=list(_TEXT), how="left"))


def _joined_in_duckdb(frame: Any, table: pl.DataFrame) -> Any:
    placed = table.to_arrow()  # named in the query: a relation finds tables of Python by their names
    assert placed.num_rows
    query = f"SELECT held.*, {_AT} FROM held LEFT JOIN placed USING ({', '.join(_TEXT)})"
    return nw.from_native(nw.to_native(frame).query("held", query))


@contextmanager
def engine_faults() -> Iterator[None]:
    """Tell of a worker of an engine that ended, which is no fault of the rows.

    Raises
    ------
    StoreError
        A process of the engine died while it worked, or cannot be reached; or its connection is closed.
    """
    try:
        yield
    except Exception as fault:
        if type(fault).__name__ == _CLOSED:
            raise StoreError(
                "The connection to the engine that holds the incidents is closed. Keep it open until they are counted, "
                "and read them again from an open one."
            ) from fault
        if type(fault).__name__ not in _LOST:
            raise
        raise StoreError(
            f"A worker of the engine that holds the incidents ended while it worked ({type(fault).__name__}); most "
            "often its memory did not suffice. Give the workers more memory or the table more partitions, and run "
            "again."
        ) from fault
