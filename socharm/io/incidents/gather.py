"""From a lazy source to narrow cells in memory: what counting needs, and nothing that names a person.

Polars frames are streamed once into a narrow table (numbers, categories, 64-bit hashes of the ids);
other engines group first and hand over the groups (`engine.py`). Rows whose id stands more than once
are then fetched whole, to be confirmed as copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import narwhals as nw
import numpy as np
import polars as pl

from socharm.io.incidents.delimited import FILE, explained
from socharm.io.incidents.engine import engine_faults, gather_groups
from socharm.io.incidents.extract import HAS_LOCATION, ID_HASH, ROW
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
from socharm.io.incidents.overlap import refuse_overlap
from socharm.io.incidents.record_hashes import RECORD, hash_ids
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.street_names import STREET, stated_name

__all__ = ["gather"]

_CATEGORIES: Final = ("date", "offence", "source")
#: Of an axis, the texts that the engine does not read as numbers.
_ODD: Final = "odd_"


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
    kept = (*((RECORD,) if keep_records else ()), *((STREET,) if keep_names else ()))
    native = nw.to_native(incidents.frame, pass_through=True)
    with explained(incidents.origin, names=incidents.files):
        if isinstance(native, pl.LazyFrame):
            parts = incidents.batches or (native,)
            found = _from_polars(parts, incidents, kept)
        else:
            with engine_faults():
                found = gather_groups(nw.from_native(native).lazy(), incidents, kept)
    require_rows_read(int(found.cells["n"].sum()), incidents)
    tell_unread_numbers(found.cells, found.unread)
    return found


def _from_polars(frames: Sequence[pl.LazyFrame], incidents: Incidents, kept: tuple[str, ...]) -> Gathered:
    keys, read = key_columns(incidents), number_reader(incidents)
    has_several_files = len(incidents.files) > 1
    rows = [name for name in frames[0].collect_schema().names() if name.startswith(ROW)]
    keyed = [_polars_keys(frame) if read is not None else _small(frame) for frame in frames]
    odd = [f"{_ODD}{axis}" for axis in AXES if axis in keys]
    narrow = [pl.col(key).cast(pl.Categorical) if key in _CATEGORIES else pl.col(key) for key in keys]
    files = [pl.col(FILE).cast(pl.Categorical)] if has_several_files else []
    more = {
        RECORD: pl.col("crime_id").map_batches(hash_ids, return_dtype=pl.UInt64, is_elementwise=True),
        STREET: stated_name(pl.col("location")),
    }
    wanted = [*narrow, *odd, ID_HASH, *files, *(more[name].alias(name) for name in kept)]
    filled_by = rows if incidents.origin else []
    everything = pl.concat([_mended(_filled(frame, wanted, filled_by), read) for frame in keyed])
    columns = incidents.findings.columns
    cells, headings = split_headings(everything, columns, files=incidents.files)
    heads = heading_texts(everything, columns) if headings else None
    del everything
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
    repeated = confirm_repeated(repeated.drop(ID_HASH), columns)
    rows_read = frames if heads is None else [frame.filter(~heads.test(pl).fill_null(value=False)) for frame in frames]
    unread = unread_texts(cells, rows_read, keys, read)
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
    for axis in AXES:
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


def _mended(frame: pl.DataFrame, read: NumberReader | None) -> pl.DataFrame:
    for axis in AXES if read is not None else ():
        odd = frame[f"{_ODD}{axis}"]
        if read is not None and odd.null_count() < frame.height:
            frame = frame.with_columns(frame[axis].zip_with(odd.is_null(), read(odd.cast(pl.String))))
    return frame.drop([name for name in frame.columns if name.startswith(_ODD)])
