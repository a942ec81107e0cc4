"""Tables to parquet and back: the same table gives the same bytes, and the index and months come back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from socharm._columns import to_month_text
from socharm._limits import MAX_CELLS, MAX_COLUMNS, MAX_NOTE_BYTES, MAX_ROWS, require_within
from socharm.errors import SchemaError, StoreError
from socharm.files.atomic import atomic_write, store_faults
from socharm.files.plain import parse_json, stored

__all__ = ["parquet_marking", "parquet_note", "read_parquet", "with_note", "write_parquet"]

_KEY: Final = b"socharm"
_WHAT: Final = "a whole parquet file"


def write_parquet(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    kind: str,
    schema_version: int,
    marking: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write a table, with its kind and schema version in the file.

    Months (monthly pandas Periods) are written as ``YYYY-MM`` text. Only the file's own columns and a
    short ``socharm`` entry are stored: no time, no path, no engine-specific index.

    Parameters
    ----------
    frame : DataFrame
        Named or unnamed index; column names are text.
    path : str or path
    kind : str
        Name of the table, such as ``"ranking"``.
    schema_version : int
    marking : str, optional
        Stands in the ``socharm`` entry; `parquet_marking` reads it back.
    settings : mapping, optional
        Choices behind the table, as plain values; `parquet_note` reads them back.

    Raises
    ------
    SchemaError
        Column names are not unique text.
    StoreError
        The file cannot be written.
    """
    flat, index = _flatten(frame, kind=kind)
    dtypes = {name: _dtype_name(flat[name]) for name in flat.columns}
    plain = pd.DataFrame({name: _plain(flat[name], dtypes[name]) for name in flat.columns})
    table = pa.Table.from_pandas(plain, preserve_index=False)
    note: dict[str, Any] = {"kind": kind, "schema_version": schema_version, "index": index, "dtypes": dtypes}
    if marking is not None:
        note["marking"] = marking
    if settings is not None:
        note["settings"] = dict(settings)
    table = table.replace_schema_metadata({_KEY: _noted(note)})
    with atomic_write(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", row_group_size=1 << 20)


def with_note(stored_as: pa.Table, frame: pd.DataFrame, *, kind: str, schema_version: int, marking: str) -> pa.Table:
    """A table that another library made of `frame`, with our entry beside the metadata of that library."""
    dtypes = {str(name): _dtype_name(frame[name]) for name in frame.columns}
    note = {"kind": kind, "schema_version": schema_version, "index": [], "dtypes": dtypes, "marking": marking}
    return stored_as.replace_schema_metadata({**(stored_as.schema.metadata or {}), _KEY: _noted(note)})


def _noted(note: Mapping[str, Any]) -> bytes:
    return json.dumps(note, sort_keys=True).encode()


def _flatten(frame: pd.DataFrame, *, kind: str) -> tuple[pd.DataFrame, list[str]]:
    named = [name for name in frame.index.names if name is not None]
    flat = frame.reset_index() if named else frame.reset_index(drop=True)
    if not all(isinstance(name, str) for name in flat.columns) or flat.columns.has_duplicates:
        raise SchemaError(f"The table {kind!r} needs unique column names that are text; it has {list(flat.columns)}.")
    return flat, [str(name) for name in named]


def _dtype_name(column: pd.Series) -> str:
    if isinstance(column.dtype, pd.PeriodDtype):
        return "month"
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype == object:
        return "str"
    return "str" if pd.api.types.is_string_dtype(column.dtype) else str(column.dtype)


def _plain(column: pd.Series, dtype: str) -> pd.Series:
    if dtype == "month":
        return pd.Series(to_month_text(column), index=column.index, name=column.name).where(column.notna())
    if dtype == "str" and str(column.dtype) != "str":
        texts = [None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
        return pd.Series(texts, index=column.index, name=column.name, dtype="str")
    return column


def read_parquet(
    path: str | os.PathLike[str], *, kind: str | None = None, schema_version: int | None = None
) -> pd.DataFrame:
    """Read a table that `write_parquet` wrote, with its index, months and types.

    Parameters
    ----------
    path : str or path
    kind : str, optional
        The kind the table must be.
    schema_version : int, optional
        Newest version that can be read; a newer file is refused, an older one accepted.

    Raises
    ------
    StoreError
        The file is missing, damaged, of another kind, or of a newer schema.
    """
    name = Path(path).name
    with store_faults(path, doing="read"), stored(name, what=_WHAT):
        told = pq.read_metadata(path)
        _require_size(told, name)
        table = pq.read_table(path, partitioning=None)
    note = _note_of(table.schema, name)
    if kind is not None and note["kind"] != kind:
        raise StoreError(f"{name!r} holds the table {note['kind']!r}, not {kind!r}. Restore it from a copy.")
    if schema_version is not None and note["schema_version"] > schema_version:
        raise StoreError(
            f"{name!r} has schema version {note['schema_version']}; this socharm reads up to {schema_version}. "
            "Update socharm to read it."
        )
    if faulty := _type_faults(table.schema, note["dtypes"]):
        raise StoreError(
            f"{name!r} is damaged: its entry of socharm does not fit its columns, such as {faulty[:3]}. Restore it "
            "from a copy."
        )
    with stored(name, what=_WHAT):
        frame: pd.DataFrame = table.to_pandas()
        for column, dtype in note["dtypes"].items():
            if str(frame[column].dtype) != dtype:
                frame[column] = _restore(frame[column], dtype)
        return frame.set_index(note["index"]) if note["index"] else frame


def _type_faults(schema: pa.Schema, dtypes: Mapping[str, str]) -> list[str]:
    """Columns that the entry does not have, or has as another kind of values than they are."""
    kinds = {field.name: _kind_of(field.type) for field in schema}
    return sorted(
        name
        for name in {*kinds, *dtypes}
        if name not in kinds or name not in dtypes or kinds[name] not in ("", _KIND_OF.get(_letters(dtypes[name]), ""))
    )


#: What a type of pandas holds, by the letters that its name begins with.
_KIND_OF: Final = {
    **dict.fromkeys(("str", "month"), "text"),
    **dict.fromkeys(("int", "Int", "uint", "UInt"), "whole"),
    **dict.fromkeys(("float", "Float"), "number"),
    **dict.fromkeys(("bool", "boolean"), "flag"),
    "datetime": "moment",
}


def _letters(dtype: str) -> str:
    return re.match("[A-Za-z]*", dtype)[0]  # type: ignore[index]


def _kind_of(kind: pa.DataType) -> str:
    """What a type of arrow holds; empty where it holds nothing that could be compared."""
    types = pa.types
    tests = {
        "text": (types.is_string, types.is_large_string),
        "whole": (types.is_integer,),
        "number": (types.is_floating,),
        "flag": (types.is_boolean,),
        "moment": (types.is_timestamp,),
    }
    return next((name for name, each in tests.items() if any(test(kind) for test in each)), "")


def _require_size(told: pq.FileMetaData, name: str) -> None:
    advice = "No snapshot has so many: restore the file from a copy."
    require_within(told.num_rows, MAX_ROWS, what=f"rows in {name!r}", remedy=advice)
    require_within(told.num_columns, MAX_COLUMNS, what=f"columns in {name!r}", remedy=advice)
    require_within(told.num_rows * told.num_columns, MAX_CELLS, what=f"cells in {name!r}", remedy=advice)


def parquet_marking(path: str | os.PathLike[str]) -> str | None:
    """Marking of a table on disk; None for one that was written without.

    Raises
    ------
    StoreError
        The file is missing, damaged, or not ours.
    """
    return _note_on_disk(path).get("marking")


def parquet_note(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a table on disk says of itself: ``kind``, ``schema_version``, ``index`` and ``dtypes``; ``marking`` and
    ``settings`` where it was written with them.

    Raises
    ------
    StoreError
        The file is missing, damaged, or not ours.
    RefusedError
        It says more than any table of ours does.
    """
    return _note_on_disk(path)


def _note_on_disk(path: str | os.PathLike[str]) -> dict[str, Any]:
    name = Path(path).name
    with store_faults(path, doing="read"), stored(name, what=_WHAT):
        return _note_of(pq.read_schema(path), name)


def _note_of(schema: pa.Schema, name: str) -> dict[str, Any]:
    raw = (schema.metadata or {}).get(_KEY)
    if raw is None:
        raise StoreError(f"{name!r} was not written by socharm: it states no schema version. Restore it from a copy.")
    require_within(
        len(raw),
        MAX_NOTE_BYTES,
        what=f"bytes in the entry of socharm in {name!r}",
        remedy="No table of ours says so much: restore the file from a copy.",
    )
    note = parse_json(raw, name=name)
    if not _is_note(note):
        raise StoreError(f"{name!r} is damaged: its entry of socharm is not as it was written. Restore it from a copy.")
    told: dict[str, Any] = note
    return told


def _is_note(note: Any) -> bool:
    """Whether an entry states kind, version, index and types as `write_parquet` does."""
    if not isinstance(note, dict):
        return False
    index, dtypes, marking = note.get("index"), note.get("dtypes"), note.get("marking")
    return (
        isinstance(note.get("kind"), str)
        and type(note.get("schema_version")) is int
        and isinstance(index, list)
        and isinstance(dtypes, dict)
        and all(isinstance(name, str) for name in (*index, *dtypes.values()))
        and set(index) <= set(dtypes)
        and (marking is None or isinstance(marking, str))
        and isinstance(note.get("settings", {}), dict)
    )


def _restore(column: pd.Series, dtype: str) -> pd.Series:
    if dtype == "month":
        # Thousands of rows hold some dozens of months: each is read once, and -1 takes the missing one at the end.
        at, texts = pd.factorize(column)
        months = pd.PeriodIndex(texts, freq="M").append(pd.PeriodIndex([pd.NaT], freq="M"))
        return pd.Series(months[at], index=column.index, name=column.name)
    return column.astype(dtype)  # type: ignore[call-overload, no-any-return]
