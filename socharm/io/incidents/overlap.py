"""The same rows under another file's name: found by content, because a merged or copied file may be called anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.io.incidents.delimited import FILE

__all__ = ["SHARE_REPEATED", "contents_on_disk", "refuse_overlap", "refuse_same_contents"]

#: Share of a file's rows that stand in other files, from which on they are the same rows.
SHARE_REPEATED: Final = 0.5
#: Rows that must repeat at least: a file of one or two rows proves nothing.
_FEWEST: Final = 3
_KEY: Final = "_key"
_ADVICE: Final = (
    "Rows without a Crime ID would be counted twice. Keep one of them in the folder; where the rows truly belong to "
    "both, put them into one file."
)


def contents_on_disk(files: Sequence[tuple[str, Path]]) -> list[tuple[str, object]]:
    """Name of each file with what tells its content apart; only files of equal size are read."""
    sizes = [path.stat().st_size for _, path in files]
    often = {size for size in sizes if sizes.count(size) > 1} if len(set(sizes)) < len(sizes) else set()
    return [
        (name, (size, _digest(path)) if size in often else size)
        for (name, path), size in zip(files, sizes, strict=True)
    ]


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").digest()


def refuse_same_contents(contents: Iterable[tuple[str, object]]) -> None:
    """Stop when two files hold the same bytes.

    Raises
    ------
    SchemaError
        Names them.
    """
    names: dict[object, list[str]] = {}
    for name, content in contents:
        names.setdefault(content, []).append(name)
    twice = [sorted(found) for found in names.values() if len(found) > 1]
    if twice:
        raise SchemaError(f"{twice[0]} hold the same rows, byte by byte. {_ADVICE}")


def refuse_overlap(rows: pl.DataFrame, *, keys: Sequence[str], identity: str, repeated: NDArray[np.uint64]) -> None:
    """Stop when at least half of the rows of a file, or of one date in a file, stand in other files as well.

    Parameters
    ----------
    rows : polars DataFrame
        One row per row read: `FILE`, `keys`, and `identity` (a hash of the Crime ID, missing without one).
    keys : sequence of str
        What tells rows without an id apart: date, offence, place; ``date`` is one of them.
    identity : str
    repeated : array of uint64
        Values of `identity` that occur more than once.

    Raises
    ------
    SchemaError
        Names the files.

    Notes
    -----
    A row with an id stands in another file when its id does; a row without one when as many rows of the same date,
    offence and place do. A file is refused from three such rows that are half of it on; so is one date of a file
    (street files state months) for its rows without an id: two files of several months each may share one month.
    """
    shared = _shared(rows, keys=keys, identity=identity, repeated=repeated)
    if not shared.height:
        return
    found, of = _mostly_repeated(shared, rows, [FILE]), ""
    if not found.height:
        # Rows with an id are set aside as copies one by one; of the others a month may have come twice.
        shared = shared.filter("nameless")
        found = _mostly_repeated(shared, rows.filter(pl.col(identity).is_null()), [FILE, "date"])
        of = f" without a Crime ID of {found['date'][0] or 'no date'}" if found.height else ""
    if not found.height:
        return
    worst, repeats, size = found.select(FILE, "shared", "rows").row(0)
    others = [name for name in _partners(shared, found.head(1)) if name != worst]
    more = found[FILE].n_unique() - 1
    rest = f", and {number_of(more, 'more file repeats', 'more files repeat')} another" if more else ""
    raise SchemaError(
        f"{repeats:,} of the {number_of(size, 'row')}{of} of {worst!r} stand in {others[:3]} as well{rest}. {_ADVICE}"
    )


def _shared(rows: pl.DataFrame, *, keys: Sequence[str], identity: str, repeated: NDArray[np.uint64]) -> pl.DataFrame:
    """What stands in several files: `_KEY`, file, a date, ``nameless``, and ``shared`` (rows that others have too)."""
    without_id = _of_shared_dates(rows.filter(pl.col(identity).is_null()).select(FILE, *keys))
    nameless = without_id.select(FILE, "date", pl.struct(keys).hash(seed=1).alias(_KEY), nameless=pl.lit(value=True))
    ids = pl.Series(repeated, dtype=pl.UInt64).implode()
    named = (
        rows.select(FILE, "date", pl.col(identity).alias(_KEY), nameless=pl.lit(value=False)).filter(
            pl.col(_KEY).is_in(ids)
        )
        if len(repeated)
        else nameless.clear()
    )
    each = pl.concat([nameless, named]).lazy().group_by(_KEY, FILE).agg(pl.col("date", "nameless").first(), n=pl.len())
    all_files = each.group_by(_KEY).agg(total=pl.col("n").sum(), files=pl.len()).filter(pl.col("files") > 1)
    others = pl.col("total") - pl.col("n")
    return each.join(all_files, on=_KEY).with_columns(shared=pl.min_horizontal("n", others)).collect()


def _mostly_repeated(shared: pl.DataFrame, rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Files, or their dates, of which half the rows stand elsewhere: the largest share first."""
    sizes = rows.group_by(by).agg(rows=pl.len())
    found = shared.group_by(by).agg(pl.col("shared").sum()).join(sizes, on=by, nulls_equal=True)
    found = found.filter((pl.col("shared") >= _FEWEST) & (pl.col("shared") >= SHARE_REPEATED * pl.col("rows")))
    texts = found.with_columns(pl.col(by).cast(pl.String))
    return texts.sort(pl.col("shared") / pl.col("rows"), *by, descending=[True, *[False] * len(by)])


def _partners(shared: pl.DataFrame, worst: pl.DataFrame) -> list[str]:
    """Files that hold what is shared by the worst one, those with most of it first."""
    by = [name for name in (FILE, "date") if name in worst.columns]
    texts = shared.with_columns(pl.col(FILE, "date").cast(pl.String))
    keys = texts.join(worst, on=by, how="semi", nulls_equal=True).select(_KEY)
    sums = texts.join(keys, on=_KEY, how="semi").group_by(FILE).agg(n=pl.len())
    return sums.sort("n", FILE, descending=[True, False])[FILE].to_list()


def _of_shared_dates(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose date stands in several files: no others can; where every month has its file, there are none."""
    pairs = rows.lazy().select("date", FILE).unique()
    shared = pairs.group_by("date").agg(files=pl.len()).filter(pl.col("files") > 1).select("date").collect()
    return rows.join(shared, on="date", how="semi", nulls_equal=True) if shared.height else rows.clear()
