"""What `read_incidents` was given, opened: a file, a folder, an archive or a dataframe, of whatever kind."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl

from socharm._checks import names_told
from socharm._limits import MAX_COLUMNS, MAX_MEMBERS, MAX_ROW_GROUPS, MAX_ROWS, require_within
from socharm.errors import DataWarning, ParameterError, RefusedError, SchemaError
from socharm.io._door import reading
from socharm.io._safety import safe_path
from socharm.io.file_kinds import WORKBOOK_KINDS, kind_of
from socharm.io.incidents.archive import packed_text, read_archive
from socharm.io.incidents.delimited import FROM_FILE
from socharm.io.incidents.engine import engine_faults
from socharm.io.incidents.overlap import contents_on_disk, refuse_same_contents
from socharm.io.incidents.policeuk import is_street_file, is_system_file, refuse_repeated_files
from socharm.io.incidents.policeuk_api import read_api_file
from socharm.io.incidents.text_file import Recognise, TextFile, read_head, sniff
from socharm.io.table_options import TableOptions
from socharm.io.tabular import TableRules, read_table

__all__ = ["Opened", "open_source", "without_nested"]

_KINDS: Final = ("csv", "gz", "parquet", *WORKBOOK_KINDS, "geojson", "zip", "folder")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A source, opened.

    Attributes
    ----------
    label : str
        What to call it in messages.
    files, ignored : list of str
    texts : list of TextFile
        Delimited files.
    frame : narwhals LazyFrame, or None for delimited files
    """

    label: str
    files: list[str]
    ignored: list[str] = field(default_factory=list)
    texts: list[TextFile] = field(default_factory=list)
    frame: Any = None


@dataclass(frozen=True)
class _How:
    """How files are to be read."""

    options: TableOptions
    recognise: Recognise

    @property
    def of_text(self) -> dict[str, Any]:
        stated = self.options
        return {
            "encoding": stated.encoding,
            "header_row": stated.header_row,
            "skip_rows": stated.skip_rows,
            "recognise": self.recognise,
        }


def open_source(source: Any, options: TableOptions, recognise: Recognise) -> Opened:
    """Open a path or take a dataframe.

    Parameters
    ----------
    source : path or dataframe
    options : TableOptions
        Sheet, header row and encoding, where they are stated.
    recognise : callable
        Whether cells are column names of incidents, so that titles above them are passed over.

    Raises
    ------
    SchemaError, RefusedError, ParameterError
        As `read_incidents` says.
    """
    if isinstance(source, (str, os.PathLike)):
        return _open_path(source, _How(options, recognise))
    options.require_followed("frame", "source")
    return _open_frame(source)


def _open_path(source: str | os.PathLike[str], how: _How) -> Opened:
    given = os.fspath(source)
    if isinstance(given, str) and is_system_file(given.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]):
        raise RefusedError(
            f"`source` is {Path(given).name!r}, which a system or an office program keeps beside another file. Name "
            "the file without the signs in front."
        )
    path = safe_path(source, kinds=_KINDS, name="source", wide_text=True)
    label = repr(path.name)
    if path.is_dir():
        how.options.require_followed("csv", path.name)
        return _open_folder(path, how)
    kind = kind_of(path)
    how.options.require_followed("csv" if kind == "zip" else str(kind), path.name)
    if kind == "zip":
        texts, ignored, contents = read_archive(path, **how.of_text)
        refuse_repeated_files(text.name for text in texts)
        with_rows = {text.name for text in texts if text.has_rows}
        refuse_same_contents((name, content) for name, content in contents if name in with_rows)
        return Opened(label=label, files=[text.name for text in texts], ignored=ignored, texts=texts)
    if kind == "parquet":
        return Opened(label=label, files=[path.name], frame=nw.from_native(_scan_parquet([path])))
    if kind == "geojson":
        return Opened(label=label, files=[path.name], frame=nw.from_native(read_api_file(path).lazy()))
    if kind in WORKBOOK_KINDS:
        return Opened(label=label, files=[path.name], frame=_workbook(path, how))
    return Opened(label=label, files=[path.name], texts=[_text_file(path, path.name, how)])


def _text_file(path: Path, name: str, how: _How) -> TextFile:
    checked = safe_path(path, kinds=("csv", "gz"), name="source", wide_text=True)
    if kind_of(checked) == "gz":
        return packed_text(checked, name=name, **how.of_text)
    with reading(name, what="delimited text", advice="Check that it is there and may be read."):
        head, whole = read_head(checked)
    return replace(sniff(head, name=name, whole=whole, **how.of_text), path=checked)


def _open_folder(folder: Path, how: _How) -> Opened:
    names: list[str] = []
    for root, _, found in os.walk(folder, onerror=_unreadable):
        names += [(Path(root) / name).relative_to(folder).as_posix() for name in found]
        require_within(
            len(names), MAX_MEMBERS, what=f"files in {folder.name!r}", remedy="Name the folder of the months."
        )
    names.sort()
    street = [name for name in names if is_street_file(name)]
    if not street:
        parts = [name for name in names if _is_part(name)]
        return _open_parts(folder, names, parts) if parts else _open_answers(folder, names)
    refuse_repeated_files(street)
    texts = [_text_file(folder / name, name, how) for name in street]
    refuse_same_contents(contents_on_disk([(text.name, folder / text.name) for text in texts if text.has_rows]))
    ignored = [name for name in names if name not in set(street)]
    return Opened(label=repr(folder.name), files=street, ignored=ignored, texts=texts)


def _unreadable(fault: OSError) -> None:
    raise SchemaError(
        f"the folder {Path(str(fault.filename)).name!r} cannot be listed ({fault.strerror}). Check who may read it."
    ) from fault


def _is_part(name: str) -> bool:
    """Whether a file is a part of a table of parquet: what engines keep beside the parts begins with a sign."""
    path = PurePosixPath(name)
    return path.suffix.lower() == ".parquet" and path.name[0] not in "._" and not is_system_file(name)


def _open_parts(folder: Path, names: list[str], parts: list[str]) -> Opened:
    """A folder of parquet, as engines write a table: its parts are one table, and their names mean nothing."""
    paths = [(name, safe_path(folder / name, kinds=("parquet",), name="source")) for name in parts]
    refuse_same_contents(contents_on_disk(paths))
    has_keys = all("=" in name.rpartition("/")[0] for name in parts)
    frame = _scan_parquet([path for _, path in paths], of=folder.name, hive_partitioning=has_keys)
    ignored = [name for name in names if name not in set(parts)]
    return Opened(label=repr(folder.name), files=[folder.name], ignored=ignored, frame=nw.from_native(frame))


def _open_answers(folder: Path, names: list[str]) -> Opened:
    """A folder of saved answers of the police.uk API."""
    answers = [name for name in names if name.lower().endswith(".json") and not is_system_file(name)]
    if not answers:
        raise SchemaError(
            f"`source` is a folder without a street file (a name that ends in '-street.csv'): {folder.name!r} holds "
            f"{names[:5]}. Name the folder of the months, or one file with `columns=`."
        )
    paths = [(name, safe_path(folder / name, kinds=("geojson",), name="source")) for name in answers]
    refuse_same_contents(contents_on_disk(paths))
    frames = [read_api_file(path).with_columns(pl.lit(name).alias(FROM_FILE)) for name, path in paths]
    return Opened(
        label=repr(folder.name),
        files=answers,
        ignored=[name for name in names if name not in set(answers)],
        frame=nw.from_native(pl.concat(frames).lazy()),
    )


def _workbook(path: Path, how: _How) -> Any:
    table = read_table(
        path, options=how.options, header=how.recognise, rules=TableRules(look_for_persons=False), name="source"
    )
    texts = {
        str(name): pl.Series([text or None for text in column], dtype=pl.String) for name, column in table.frame.items()
    }
    return nw.from_native(pl.DataFrame(texts).lazy())


def _scan_parquet(paths: list[Path], *, of: str = "", hive_partitioning: bool = False) -> pl.LazyFrame:
    """One table of parquet, of one file or of the parts of a folder; of their columns all must have the same."""
    import pyarrow.parquet as pq

    smaller = "Write the rows and columns that are needed to a file of their own."
    whole, rows, first = of or paths[0].name, 0, None
    for path in paths:
        with reading(path.name, what="parquet", advice="Copy or download it again."), path.open("rb") as stream:
            file = pq.ParquetFile(stream)
            facts, schema = file.metadata, file.schema_arrow.remove_metadata()
        rows += facts.num_rows
        require_within(rows, MAX_ROWS, what=f"rows in {whole!r}", remedy=smaller)
        require_within(facts.num_columns, MAX_COLUMNS, what=f"columns in {path.name!r}", remedy=smaller)
        require_within(facts.num_row_groups, MAX_ROW_GROUPS, what=f"row groups in {path.name!r}", remedy=smaller)
        first = first or schema
        if not schema.equals(first):
            odd = sorted({field.name for field in {*schema} ^ {*first}})
            raise SchemaError(
                f"{whole!r} holds parquet of more than one layout: {path.name!r} differs from {paths[0].name!r} in the "
                f"columns {names_told(odd) if odd else 'by their order'}. Keep the parts of one table in the folder."
            )
    with reading(whole, what="parquet", advice="Copy or download it again."):
        frame = pl.scan_parquet(paths, glob=False, hive_partitioning=hive_partitioning)
        frame.collect_schema()
    return frame


def _open_frame(source: Any) -> Opened:
    advice = "Give plain columns of text, numbers and dates."
    with reading("source", what="a dataframe", advice=advice), engine_faults():
        if isinstance(source, pd.DataFrame):
            _require_plain_names(source)
            source = _text_objects(pd.DataFrame(source))  # one of geopandas would warn of shapes that become text
        try:
            frame = nw.from_native(source).lazy()
        except TypeError as fault:
            raise ParameterError(
                f"`source` is a {type(source).__name__}; give a path, or a dataframe of pandas, polars, DuckDB or "
                "PySpark."
            ) from fault
        names = frame.collect_schema().names()
    require_within(len(names), MAX_COLUMNS, what="columns in `source`", remedy="Keep the columns that are needed.")
    return Opened(label="`source`", files=["table"], frame=frame)


def _require_plain_names(frame: pd.DataFrame) -> None:
    odd = [column for column in frame.columns if not isinstance(column, str)]
    if odd:
        raise SchemaError(f"`source` has column names that are not text: {odd[:5]}. Rename them.")
    if not frame.columns.is_unique:
        repeated = sorted(set(frame.columns[frame.columns.duplicated()]))
        told = names_told(repeated, among=frame.columns)
        raise SchemaError(f"`source` names columns more than once: {told}. Give each column its own name.")


def _text_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of mixed Python objects and of kinds that engines do not know as text, missing values kept missing."""
    mixed: dict[str, Any] = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.SparseDtype):
            mixed[str(name)] = pd.Series(np.asarray(column), index=column.index)
        elif _is_foreign(column.dtype):
            texts = column.astype(object)
            mixed[str(name)] = texts.where(texts.isna(), texts.map(str)).astype("str")
    return frame.assign(**mixed) if mixed else frame


def _is_foreign(dtype: Any) -> bool:
    if (isinstance(dtype, np.dtype) and dtype.kind == "O") or getattr(dtype, "kind", "") == "c":
        return True
    if isinstance(dtype, pd.CategoricalDtype):
        return not isinstance(dtype.categories.dtype, (pd.StringDtype, pd.ArrowDtype))
    known = (pd.StringDtype, pd.BooleanDtype, pd.DatetimeTZDtype, pd.ArrowDtype)
    return pd.api.types.is_extension_array_dtype(dtype) and not (
        isinstance(dtype, known) or pd.api.types.is_numeric_dtype(dtype)
    )


def without_nested(frame: Any, wanted: Collection[str], *, label: str) -> Any:
    """`frame` without columns of lists, records, bytes or spans of time, which stand in no cell of text.

    Raises
    ------
    SchemaError
        Such a column is needed.
    """
    with reading(label.strip("'`"), what="a dataframe"):
        schema = frame.collect_schema()
    nested = [
        name
        for name, dtype in schema.items()
        if dtype.is_nested() or isinstance(dtype, (nw.Binary, nw.Object, nw.Unknown, nw.Duration))
    ]
    needed = [name for name in nested if name in wanted]
    if needed:
        raise SchemaError(
            f"{label}: the columns {needed} hold lists, records, bytes or spans of time. Give text, numbers or dates "
            "in their place."
        )
    if nested:
        warnings.warn(
            f"{label}: the columns {nested[:8]} hold lists, records, bytes or spans of time and are left out; rows "
            "are compared without them.",
            DataWarning,
            stacklevel=3,
        )
        frame = frame.drop(*nested)
    return frame
