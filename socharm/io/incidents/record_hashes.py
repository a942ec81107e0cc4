"""A number for each counted record: the same one on another day, in other areas and under other names.

The numbers are made without a secret, so they live in memory alone. What is kept of them are sums by cell, each number
first hashed with the secret of a store (`socharm.publish.record_keys`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from socharm._columns import OFFENCE
from socharm._words import number_of
from socharm.io.crs import parse_crs
from socharm.io.incidents.places import PLACE_KINDS
from socharm.stats.keyed_hash import hash_texts, hash_words

__all__ = ["RECORD", "RecordHashes", "hash_ids", "hash_records"]

#: Column of hashes of the record's own id; missing where it has none.
RECORD: Final = "record"
_BY_ID: Final = b"socharm: ids    "
_BY_PLACE: Final = b"socharm: places "
_TEXT: Final = b"socharm: texts  "
#: Steps of a coordinate: a tenth of a metre, whether in degrees or in metres.
_STEPS: Final = {"degrees": 1e6, "metres": 10.0}
_Words = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class RecordHashes:
    """Hashes of counted records with the cells that they are in.

    Attributes
    ----------
    areas, offences, months : tuple of str
        What positions mean.
    parts : dict of str to (cell, record, sign)
        By flag, blank for all records: position of the cell in a cube areas x offences x months, hash of the record,
        and how often it stands there: 1, or -1 where a copy is taken away again.
    """

    areas: tuple[str, ...]
    offences: tuple[str, ...]
    months: tuple[str, ...]
    parts: dict[str, tuple[NDArray[np.int64], _Words, NDArray[np.int64]]]

    def __repr__(self) -> str:
        return f"<RecordHashes of {number_of(len(self.parts[''][0]), 'record')}>"


def hash_ids(ids: pl.Series) -> pl.Series:
    """Hash of each id, missing where it is.

    Parameters
    ----------
    ids : Series of str
    """
    texts = ids.cast(pl.String).str.strip_chars()
    found = hash_texts(*_packed(texts.fill_null("")), key=_BY_ID)
    return pl.Series(RECORD, found, dtype=pl.UInt64).set(texts.is_null(), None)


def _packed(texts: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text begins in the bytes of all, and those."""
    packed: Any = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = packed.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[packed.offset : packed.offset + len(packed) + 1]
    return ends, np.zeros(0, dtype=np.uint8) if data is None else np.frombuffer(data, dtype=np.uint8)


def hash_records(
    used: pl.DataFrame,
    copies: pl.DataFrame,
    *,
    areas: tuple[str, ...],
    offences: tuple[str, ...],
    months: tuple[str, ...],
    flags: tuple[str, ...],
    coordinates: str,
) -> RecordHashes:
    """Hashes of the records that are counted.

    Parameters
    ----------
    used, copies : DataFrame
        ``area``, ``offence``, ``month`` (positions), ``place``, flags, ``x`` and ``y`` or ``area_code``, ``record`` and
        ``n``; rows of `copies` are taken away.
    areas, offences, months : tuple of str
        What the positions mean.
    flags : tuple of str
    coordinates : str
        As in `Incidents`.

    Notes
    -----
    A record with an id has the hash of the id. One without has that of its month, its place, its offence and a running
    number among those that are equal in all three, so that it does not matter which of them is which.
    """
    tests = {"": pl.lit(value=True)}
    tests |= {f"place:{kind}": pl.col("place") == number for number, kind in enumerate(PLACE_KINDS, start=1)}
    tests |= {flag: pl.col(f"flag_{flag}") == 1 for flag in flags}
    shape = (len(areas), len(offences), len(months))
    names = (_text_words(offences), _text_words(months))
    parts = {}
    for flag, test in tests.items():
        known = pl.concat(
            [
                frame.filter(test & pl.col(RECORD).is_not_null()).select(
                    "area", OFFENCE, "month", RECORD, sign.cast(pl.Int64).alias("sign")
                )
                for frame, sign in ((used, pl.col("n")), (copies, pl.lit(-1)))
            ]
        )
        nameless = used.filter(test & pl.col(RECORD).is_null())
        where, record = _numbered(nameless, names, shape, coordinates)
        cell = np.ravel_multi_index([known[k].to_numpy().astype(np.int64) for k in ("area", OFFENCE, "month")], shape)
        parts[flag] = (
            np.concatenate([cell, where]),
            np.concatenate([known[RECORD].to_numpy().astype(np.uint64), record]),
            np.concatenate([known["sign"].to_numpy(), np.ones(len(where), dtype=np.int64)]),
        )
    return RecordHashes(areas=areas, offences=offences, months=months, parts=parts)


def _numbered(
    frame: pl.DataFrame, names: tuple[_Words, _Words], shape: tuple[int, int, int], coordinates: str
) -> tuple[NDArray[np.int64], _Words]:
    """Records without an id: equals by month, place and offence are numbered from 1."""
    if not frame.height:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    where = ["area_code"] if coordinates == "area_code" else ["x", "y"]
    if coordinates != "area_code":
        steps = _STEPS["degrees" if parse_crs(coordinates).is_geographic else "metres"]
        frame = frame.with_columns((pl.col(axis) * steps).round().cast(pl.Int64) for axis in where)
    keys = ["area", OFFENCE, "month", *where]
    groups = frame.group_by(keys).agg(pl.col("n").cast(pl.Int64).sum()).sort(keys)
    times = groups["n"].to_numpy()
    if coordinates == "area_code":
        place = [hash_ids(groups["area_code"]).to_numpy().astype(np.uint64)]
    else:
        place = [groups[axis].to_numpy().view(np.uint64) for axis in where]
    offence, month = (groups[key].to_numpy().astype(np.int64) for key in (OFFENCE, "month"))
    words = np.column_stack([names[0][offence], names[1][month], *place])
    last = np.repeat(np.cumsum(times) - times, times)
    number = (np.arange(int(times.sum())) - last + 1).astype(np.uint64)
    record = hash_words(np.column_stack([np.repeat(words, times, axis=0), number]), key=_BY_PLACE)
    cell = np.ravel_multi_index((groups["area"].to_numpy().astype(np.int64), offence, month), shape)
    return np.repeat(cell, times), record


def _text_words(texts: tuple[str, ...]) -> _Words:
    return hash_texts(*_packed(pl.Series(list(texts), dtype=pl.String)), key=_TEXT)
