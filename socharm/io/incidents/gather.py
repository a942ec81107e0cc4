"""From a lazy source to narrow cells in memory: what counting needs, and nothing that names a person.

Engines only filter, group and count integers here. Polars frames are streamed once into a narrow
table (numbers, categories, 64-bit hashes of the ids); other engines group first and hand over the
groups. Rows whose id stands more than once are then fetched whole, to be confirmed as copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import numpy as np
import polars as pl

from socharm.errors import SchemaError, SocharmError
from socharm.io.incidents.delimited import explain_fault
from socharm.io.incidents.extract import ROW
from socharm.io.incidents.records import Incidents

__all__ = ["Gathered", "gather"]

_HASH: Final = "id_hash"
_BLANK: Final = "is_blank"
_CATEGORIES: Final = ("date", "offence", "source")


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
    """

    cells: pl.DataFrame
    repeated: pl.DataFrame
    keys: tuple[str, ...]


def gather(incidents: Incidents) -> Gathered:
    """Read a source once and keep what counting needs.

    Raises
    ------
    SchemaError
        The source cannot be read, or has no rows; names file and row where they are known.
    """
    where = ("area_code",) if incidents.coordinates == "area_code" else ("x", "y")
    flags = tuple(f"flag_{flag}" for flag in incidents.flags)
    keys = ("date", "offence", "source", "place", "has_location_text", *where, *flags)
    native = nw.to_native(incidents.frame, pass_through=True)
    try:
        if isinstance(native, pl.LazyFrame):
            found = _from_polars(incidents.batches or (native,), keys, is_text=bool(incidents.origin))
        else:
            found = _from_engine(nw.from_native(native).lazy(), keys)
    except (SocharmError, MemoryError):
        raise
    except Exception as fault:
        if incidents.origin:
            raise explain_fault(fault, incidents.origin) from fault
        first = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise SchemaError(f"{list(incidents.files)[:3]} could not be read: {first}. Export the data again.") from fault
    if found.cells["n"].sum() == 0:
        raise SchemaError(
            f"{list(incidents.files)[:3]} has a header but no rows. "
            "An export without rows is a failed export, not an area without crime: export it again."
        )
    return found


def _from_polars(frames: tuple[pl.LazyFrame, ...], keys: tuple[str, ...], *, is_text: bool) -> Gathered:
    rows = [name for name in frames[0].collect_schema().names() if name.startswith(ROW)]
    keyed = [_polars_keys(frame) for frame in frames]
    identity = pl.when(pl.col("crime_id").is_not_null()).then(pl.col("crime_id").hash()).alias(_HASH)
    narrow = [pl.col(key).cast(pl.Categorical) if key in _CATEGORIES else pl.col(key) for key in keys]
    # Asking for every column makes polars notice rows with too many fields, whose values have shifted.
    blank = pl.all_horizontal(pl.col(rows).is_null()) if is_text else pl.lit(value=False)
    wanted = [*narrow, identity, blank.alias(_BLANK)]
    cells = pl.concat([frame.select(wanted).collect(engine="streaming") for frame in keyed])
    cells = (cells.filter(~pl.col(_BLANK)) if cells[_BLANK].any() else cells).drop(_BLANK)
    hashes = np.sort(cells[_HASH].drop_nulls().to_numpy())
    colliding = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    cells = cells.with_columns(n=pl.lit(1, pl.UInt32), ids=pl.col(_HASH).is_not_null().cast(pl.UInt8)).drop(_HASH)
    whole = [frame.with_columns(identity).select(*keys, "crime_id", *rows, _HASH) for frame in keyed]
    if len(colliding):
        table = pl.LazyFrame({_HASH: colliding}, schema={_HASH: pl.UInt64})
        found = [frame.join(table, on=_HASH, how="semi").collect(engine="streaming") for frame in whole]
        repeated = pl.concat(found)
    else:
        repeated = pl.DataFrame(schema=whole[0].collect_schema())
    return Gathered(cells, _confirm(repeated.drop(_HASH)), keys)


def _polars_keys(frame: pl.LazyFrame) -> pl.LazyFrame:
    frame = frame.with_columns(has_location_text=pl.col("location").is_not_null())
    schema = frame.collect_schema()
    numbers = [pl.col(axis).cast(pl.Float64, strict=False) for axis in ("x", "y") if axis in schema.names()]
    return frame.with_columns(*numbers, pl.col("place").cast(pl.UInt8), pl.col("^flag_.*$").cast(pl.UInt8))


def _from_engine(frame: Any, keys: tuple[str, ...]) -> Gathered:
    frame = frame.with_columns(has_location_text=~nw.col("location").is_null())
    grouped = frame.group_by(*keys).agg(n=nw.len(), ids=nw.col("crime_id").count())
    twice = frame.filter(~nw.col("crime_id").is_null()).group_by("crime_id").agg(n=nw.len()).filter(nw.col("n") > 1)
    rows = [name for name in frame.collect_schema().names() if name.startswith(ROW)]
    repeated = frame.join(twice.select("crime_id"), on="crime_id", how="semi").select(*keys, "crime_id", *rows)
    cells = _finish(grouped.collect(backend="polars").to_native(), keys)
    whole = _finish(repeated.collect(backend="polars").to_native(), keys)
    counts = [pl.col(column).cast(pl.Int64) for column in ("n", "ids")]
    return Gathered(cells.with_columns(counts), _confirm(whole), keys)


def _finish(frame: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Types as the polars road gives them; numbers that cannot be read become missing."""
    numbers = [pl.col(axis).cast(pl.Float64, strict=False).fill_nan(None) for axis in ("x", "y") if axis in keys]
    small = [pl.col(key).cast(pl.UInt8) for key in keys if key == "place" or key.startswith("flag_")]
    return frame.with_columns(*numbers, *small)


def _confirm(repeated: pl.DataFrame) -> pl.DataFrame:
    """Only rows whose id truly stands more than once: a hash may collide, a text may not."""
    return repeated.filter(pl.len().over("crime_id") > 1)
