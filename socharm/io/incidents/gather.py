"""From a lazy source to narrow cells in memory: what counting needs, and nothing that names a person.

Engines only filter, group and count integers here. Polars frames are streamed once into a narrow
table (numbers, categories, 64-bit hashes of the ids); other engines group first and hand over the
groups. Rows whose id stands more than once are then fetched whole, to be confirmed as copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import narwhals as nw
import numpy as np
import polars as pl

from socharm.errors import SchemaError
from socharm.io.crs import parse_crs
from socharm.io.incidents.delimited import FILE, explained
from socharm.io.incidents.extract import HAS_LOCATION, ID_HASH, ROW
from socharm.io.incidents.headings import is_heading, split_headings
from socharm.io.incidents.numbers import read_coordinates, tell_unread
from socharm.io.incidents.overlap import refuse_overlap
from socharm.io.incidents.record_hashes import RECORD, hash_ids
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.street_names import STREET, stated_name

__all__ = ["Gathered", "gather"]

_CATEGORIES: Final = ("date", "offence", "source")
_AXES: Final = ("x", "y")
#: Of an axis, the texts that the engine does not read as numbers.
_ODD: Final = "odd_"
_SAMPLES: Final = 5
_Reader: TypeAlias = Callable[[pl.Series], pl.Series]


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


def gather(incidents: Incidents, *, keep_records: bool = False, keep_names: bool = False) -> Gathered:
    """Read a source once and keep what counting needs.

    Parameters
    ----------
    incidents : Incidents
    keep_records : bool
        Whether to keep a hash of each row's id.
    keep_names : bool
        Whether to keep the name of each row's map point.

    Raises
    ------
    SchemaError
        The source cannot be read, has no rows, or holds the same rows in two files; names file and row where they
        are known.
    """
    where = ("area_code",) if incidents.coordinates == "area_code" else ("x", "y")
    flags = tuple(f"flag_{flag}" for flag in incidents.flags)
    keys = ("date", "offence", "source", "place", "has_location_text", *where, *flags)
    kept = (*((RECORD,) if keep_records else ()), *((STREET,) if keep_names else ()))
    read = _numbers(incidents)
    native = nw.to_native(incidents.frame, pass_through=True)
    with explained(incidents.origin, names=incidents.files):
        if isinstance(native, pl.LazyFrame):
            parts = incidents.batches or (native,)
            found = _from_polars(parts, keys, read, incidents, kept)
        else:
            found = _from_engine(nw.from_native(native).lazy(), keys, read, incidents, kept)
    if found.cells["n"].sum() == 0:
        raise SchemaError(
            f"{list(incidents.files)[:3]} has a header but no rows. "
            "An export without rows is a failed export, not an area without crime: export it again."
        )
    _tell_unread(found)
    return found


def _tell_unread(found: Gathered) -> None:
    axes = [pl.col(axis) for axis in _AXES if axis in found.keys]
    unread = found.cells.filter(pl.any_horizontal(axis.is_nan() for axis in axes)) if axes else found.cells.clear()
    # Where no row has a location, that is an error of its own.
    if unread.height and found.cells.select(pl.all_horizontal(axis.is_finite() for axis in axes).any()).item():
        tell_unread(int(unread["n"].sum()), found.unread)


def _numbers(incidents: Incidents) -> _Reader | None:
    if incidents.coordinates == "area_code":
        return None
    found = incidents.findings
    return read_coordinates(
        found.missing,
        is_degrees=parse_crs(incidents.coordinates).is_geographic,
        thousands=incidents.settings.thousands,
    )


def _from_polars(
    frames: Sequence[pl.LazyFrame],
    keys: tuple[str, ...],
    read: _Reader | None,
    incidents: Incidents,
    kept: tuple[str, ...],
) -> Gathered:
    has_several_files = len(incidents.files) > 1
    rows = [name for name in frames[0].collect_schema().names() if name.startswith(ROW)]
    keyed = [_polars_keys(frame) if read is not None else _small(frame) for frame in frames]
    odd = [f"{_ODD}{axis}" for axis in _AXES if axis in keys]
    narrow = [pl.col(key).cast(pl.Categorical) if key in _CATEGORIES else pl.col(key) for key in keys]
    files = [pl.col(FILE).cast(pl.Categorical)] if has_several_files else []
    more = {
        RECORD: pl.col("crime_id").map_batches(hash_ids, return_dtype=pl.UInt64, is_elementwise=True),
        STREET: stated_name(pl.col("location")),
    }
    wanted = [*narrow, *odd, ID_HASH, *files, *(more[name].alias(name) for name in kept)]
    filled_by = rows if incidents.origin else []
    cells = pl.concat([_mended(_filled(frame, wanted, filled_by), read) for frame in keyed])
    columns = incidents.findings.columns
    cells, headings = split_headings(cells, columns, files=incidents.files)
    hashes = cells[ID_HASH].drop_nulls().sort().to_numpy()
    colliding = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    if has_several_files:
        refuse_overlap(cells, keys=_told_apart(keys), identity=ID_HASH, repeated=colliding)
        cells = cells.drop(FILE)
    cells = cells.with_columns(n=pl.lit(1, pl.UInt32), ids=pl.col(ID_HASH).is_not_null().cast(pl.UInt8)).drop(ID_HASH)
    columns_kept = {name: cells[name] for name in kept}
    cells = cells.drop(kept)
    whole = [frame.select(*keys, *odd, "crime_id", *rows, ID_HASH) for frame in keyed]
    if len(colliding):
        table = pl.LazyFrame({ID_HASH: colliding}, schema={ID_HASH: pl.UInt64})
        found = [frame.join(table, on=ID_HASH, how="semi").collect(engine="streaming") for frame in whole]
        repeated = pl.concat([_mended(part, read) for part in found])
    else:
        repeated = pl.DataFrame(schema=whole[0].drop(odd).collect_schema())
    repeated = _confirm(repeated.drop(ID_HASH), columns)
    unread = _unread(cells, frames, keys, read)
    return Gathered(
        cells, repeated, keys, unread, headings, records=columns_kept.get(RECORD), names=columns_kept.get(STREET)
    )


def _filled(frame: pl.LazyFrame, wanted: list[Any], rows: list[str]) -> pl.DataFrame:
    """What is wanted of the rows that are not blank in every one of `rows`.

    A blank row has no date and no offence. Only where such a row is found are all columns read.
    """
    cells = frame.select(wanted).collect(engine="streaming")
    may_be_blank = pl.col("date").is_null() & pl.col("offence").is_null()
    if not rows or not cells.select(may_be_blank.any()).item():
        return cells
    blank = pl.all_horizontal(pl.col(rows).is_null())
    return frame.filter(~blank).select(wanted).collect(engine="streaming")


def _told_apart(keys: tuple[str, ...]) -> list[str]:
    """What tells rows without an id apart; the source may be the name of the file itself."""
    return [key for key in keys if key in ("date", "offence", "x", "y", "area_code")]


def _small(frame: pl.LazyFrame) -> pl.LazyFrame:
    known = set(frame.collect_schema().names())
    made = {
        ID_HASH: pl.when(pl.col("crime_id").is_not_null()).then(pl.col("crime_id").hash()),
        HAS_LOCATION: pl.col("location").is_not_null(),
    }
    lacking = {name: column for name, column in made.items() if name not in known}
    return frame.with_columns(pl.col("place").cast(pl.UInt8), pl.col("^flag_.*$").cast(pl.UInt8), **lacking)


def _polars_keys(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Coordinates as the engine reads them; texts that it does not read stand beside them, for `_mended`."""
    schema = frame.collect_schema()
    numbers = []
    for axis in _AXES:
        number = pl.col(axis).cast(pl.Float64, strict=False)
        odd = pl.lit(None, pl.String)
        if schema[axis] == pl.String:
            # infinity and NaN, spelled out, are read as numbers
            is_odd = (number.is_null() & pl.col(axis).is_not_null()) | ~number.is_finite()
            odd = pl.when(is_odd).then(pl.col(axis))
        else:
            number = number.fill_nan(None)
        numbers += [number, odd.cast(pl.Categorical).alias(f"{_ODD}{axis}")]
    return _small(frame).with_columns(numbers)


def _mended(frame: pl.DataFrame, read: _Reader | None) -> pl.DataFrame:
    for axis in _AXES if read is not None else ():
        odd = frame[f"{_ODD}{axis}"]
        if read is not None and odd.null_count() < frame.height:
            frame = frame.with_columns(frame[axis].zip_with(odd.is_null(), read(odd.cast(pl.String))))
    return frame.drop([name for name in frame.columns if name.startswith(_ODD)])


def _unread(
    cells: pl.DataFrame, frames: Sequence[pl.LazyFrame], keys: tuple[str, ...], read: _Reader | None
) -> tuple[str, ...]:
    """Some texts of coordinates that are no numbers; only where there are such rows are the texts looked up."""
    axes = [axis for axis in _AXES if axis in keys]
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


def _from_engine(
    frame: Any, keys: tuple[str, ...], read: _Reader | None, incidents: Incidents, kept: tuple[str, ...]
) -> Gathered:
    frame = frame.with_columns(has_location_text=~nw.col("location").is_null())
    sources = {RECORD: "crime_id", STREET: "location"}
    by = (*keys, *(sources[name] for name in kept))
    frame = frame.with_columns(id_again=nw.col("crime_id"))
    grouped = frame.group_by(*by).agg(n=nw.len(), ids=nw.col("id_again").count())
    twice = frame.filter(~nw.col("crime_id").is_null()).group_by("crime_id").agg(n=nw.len()).filter(nw.col("n") > 1)
    rows = [name for name in frame.collect_schema().names() if name.startswith(ROW)]
    repeated = frame.join(twice.select("crime_id"), on="crime_id", how="semi").select(*keys, "crime_id", *rows)
    columns = incidents.findings.columns
    everything = grouped.collect(backend="polars").to_native()
    groups, headings = split_headings(everything, columns, files=incidents.files)
    records = hash_ids(groups["crime_id"]) if RECORD in kept else None
    names = groups.select(stated_name(pl.col("location"))).to_series() if STREET in kept else None
    groups = groups.drop(sources[name] for name in kept)
    cells = _finish(groups, keys, read)
    whole = _finish(repeated.collect(backend="polars").to_native(), keys, read)
    counts = [pl.col(column).cast(pl.Int64) for column in ("n", "ids")]
    unread = _unread(cells, (groups.lazy(),), keys, read)
    return Gathered(cells.with_columns(counts), _confirm(whole, columns), keys, unread, headings, records, names)


def _finish(frame: pl.DataFrame, keys: tuple[str, ...], read: _Reader | None) -> pl.DataFrame:
    """Types as they are gathered from polars."""
    numbers = [read(frame[axis]).alias(axis) for axis in _AXES] if read is not None else []
    small = [pl.col(key).cast(pl.UInt8) for key in keys if key == "place" or key.startswith("flag_")]
    return frame.with_columns(*numbers, *small)


def _confirm(repeated: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Only rows whose id truly stands more than once: a hash may collide, a text may not."""
    heading = is_heading(repeated, columns)
    if heading is not None:
        repeated = repeated.filter(~heading.fill_null(value=False))
    return repeated.filter(pl.len().over("crime_id") > 1)
