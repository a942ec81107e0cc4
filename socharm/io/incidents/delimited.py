"""Delimited text as it comes: byte order marks, semicolons, Latin-1, ragged rows; scanned, not loaded."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from polars.io.plugins import register_io_source

from socharm.errors import DataWarning, SchemaError

__all__ = ["FILE", "TextFile", "explain_fault", "scan_text_files", "sniff", "stream_frames"]

#: Column of every scanned frame that tells which file a row came from.
FILE: Final = "file"

_HEAD: Final = 65_536
_BOM: Final = b"\xef\xbb\xbf"
_SEPARATORS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """What the head of a delimited text tells."""

    name: str
    header: tuple[str, ...]
    separator: str
    encoding: str
    has_rows: bool
    read: Callable[[], bytes] | None = None
    path: Path | None = None

    @property
    def layout(self) -> tuple[tuple[str, ...], str]:
        """Files of one layout are scanned together."""
        return self.header, self.separator


def sniff(head: bytes, *, name: str, encoding: str | None = None) -> TextFile:
    """Header, separator and encoding from the first bytes of a file.

    Parameters
    ----------
    head : bytes
        The first 64 KB or more.
    name : str
        Name of the file, for messages.
    encoding : str, optional
        Encoding to use; UTF-8 when the head is UTF-8, otherwise Windows-1252 (Latin-1).

    Raises
    ------
    SchemaError
        The file is empty, or a column name stands twice.
    """
    if encoding is None:
        encoding = "utf-8" if _is_utf8(head) else "cp1252"
    text = head.removeprefix(_BOM).decode(encoding, errors="replace")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise SchemaError(f"{name!r} is empty: it holds no header and no rows. Download or export it again.")
    separator = max(_SEPARATORS, key=lines[0].count)
    header = tuple(column.strip() for column in next(csv.reader([lines[0]], delimiter=separator)))
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise SchemaError(f"{name!r} names the columns {repeated} more than once. Give each column its own name.")
    return TextFile(name=name, header=header, separator=separator, encoding=encoding, has_rows=len(lines) > 1)


def read_head(path: Path) -> bytes:
    """The first 64 KB of a file."""
    with path.open("rb") as stream:
        return stream.read(_HEAD)


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start >= len(head) - 3 and len(head) >= _HEAD  # the cut may split a character
    return True


def scan_text_files(files: Sequence[TextFile], *, label: str) -> pl.LazyFrame:
    """One lazy frame over many delimited files, every column text, `FILE` naming the file.

    Plain UTF-8 files on disk are scanned by polars; members of an archive and files in another
    encoding are streamed one at a time. Files with a header and no rows are left out with a warning.

    Raises
    ------
    SchemaError
        No file has a row.
    """
    filled = [file for file in files if file.has_rows]
    if not filled:
        raise SchemaError(
            f"{label} has a header but no rows ({[file.name for file in files][:3]}). "
            "An export without rows is a failed export, not an area without crime: export it again."
        )
    if len(filled) < len(files):
        empty = [file.name for file in files if not file.has_rows]
        warnings.warn(
            f"{len(empty)} files have a header but no rows and count as not arrived, such as {empty[:3]}.",
            DataWarning,
            stacklevel=4,
        )
    layouts: dict[tuple[tuple[str, ...], str], list[TextFile]] = {}
    for file in filled:
        layouts.setdefault(file.layout, []).append(file)
    return pl.concat([_scan_layout(group) for group in layouts.values()], how="diagonal")


def _scan_layout(files: Sequence[TextFile]) -> pl.LazyFrame:
    plain = [file for file in files if file.path is not None and file.encoding == "utf-8"]
    streamed = [file for file in files if file.path is None or file.encoding != "utf-8"]
    frames = []
    if plain:
        names = {str(file.path): file.name for file in plain}
        scanned = pl.scan_csv(
            [file.path for file in plain if file.path is not None],
            separator=files[0].separator,
            infer_schema=False,
            include_file_paths=FILE,
            glob=False,
            has_header=True,
            new_columns=list(files[0].header),
        )
        frames.append(scanned.with_columns(pl.col(FILE).replace(names)))
    if streamed:
        frames.append(stream_frames(streamed))
    return pl.concat(frames, how="diagonal")


def stream_frames(files: Sequence[TextFile]) -> pl.LazyFrame:
    """Lazy frame that reads one file (or archive member) after the other, and holds one at a time."""
    schema = dict.fromkeys([*files[0].header, FILE], pl.String())

    def batches(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for file in files:
            frame = _read_whole(file)
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame.select(columns) if columns is not None else frame
            if left == 0:
                return

    return register_io_source(batches, schema=schema)


def _raw(file: TextFile) -> bytes:
    if file.read is not None:
        return file.read()
    return file.path.read_bytes() if file.path is not None else b""


def _read_whole(file: TextFile) -> pl.DataFrame:
    raw = _raw(file).removeprefix(_BOM)
    if file.encoding == "utf-8" and not raw.isascii():
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raw = raw.decode("cp1252", errors="replace").encode()
    elif file.encoding != "utf-8":
        raw = raw.decode(file.encoding, errors="replace").encode()
    frame = pl.read_csv(io.BytesIO(raw), separator=file.separator, infer_schema=False, new_columns=list(file.header))
    return frame.with_columns(pl.lit(file.name).alias(FILE))


def explain_fault(fault: Exception, files: Sequence[TextFile]) -> SchemaError:
    """Fault of the engine as an error that names file and row.

    Called only after a read failed, so it can afford to read the files again, row by row.
    """
    for file in files:
        try:
            raw = _raw(file)
        except OSError as gone:
            return SchemaError(f"{file.name!r} can no longer be read: {gone.strerror}. Open the source again.")
        if file.encoding == "utf-8" and not _is_utf8_whole(raw):
            return SchemaError(
                f"{file.name!r} is not UTF-8 throughout, though its beginning is. Read it again with encoding='cp1252'."
            )
        text = raw.decode(file.encoding, errors="replace")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=file.separator)
        odd = [(number, len(row)) for number, row in enumerate(rows, start=1) if len(row) > len(file.header)]
        if odd:
            found = ", ".join(f"row {number} has {fields}" for number, fields in odd[:5])
            return SchemaError(
                f"{file.name!r} has {len(odd)} rows with more fields than its header's {len(file.header)}: {found}. "
                "A text with a separator in it needs quotes around it; export the file again."
            )
    names = [file.name for file in files][:3]
    first = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
    return SchemaError(f"{names} could not be read as delimited text: {first}. Export the file again.")


def _is_utf8_whole(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
