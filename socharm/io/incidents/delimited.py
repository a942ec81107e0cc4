"""Delimited text as lazy frames: scanned by polars where it divides a file as we do, streamed otherwise."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import polars as pl
from polars.io.plugins import register_io_source

from socharm._limits import MAX_RECORD_BYTES
from socharm._words import number_of
from socharm.errors import DataWarning, RefusedError, SchemaError, SocharmError
from socharm.io._door import reading
from socharm.io.incidents.rectangle import is_rectangle
from socharm.io.incidents.splitting import OpenQuoteError, last_record_end, split_records
from socharm.io.incidents.text_file import TextFile, mapped, utf8_chunks
from socharm.stats.threads import map_in_order

__all__ = ["FILE", "FROM_FILE", "explained", "scan_text_files", "stream_frames"]

#: Column of canonical frames that tells which file a row came from; an extract may have a column of this name.
FILE: Final = "file"
#: The same in frames of rows as they stand in the files.
FROM_FILE: Final = "socharm:file"
#: Bytes that are looked through at once: small enough to stay in the processor's cache.
_LOOKED_AT: Final = 1 << 20
_THREADS: Final = 4
#: Most rows that one message names.
_LISTED: Final = 5


def scan_text_files(files: Sequence[TextFile]) -> pl.LazyFrame:
    """One lazy frame over files of one header, every column text, `FROM_FILE` naming the file.

    Files on disk that are rectangles of fields are scanned by polars; the others, members of archives, packed files
    and other encodings are streamed.
    """
    plain: dict[tuple[object, ...], list[TextFile]] = {}
    streamed = []
    unseen = [file for file in files if file.told.is_plain is None or file.told.version != file.version]
    # On threads, since numpy counts outside the interpreter's lock.
    for file, is_plain in zip(unseen, map_in_order(_is_plain, unseen, threads=_THREADS), strict=True):
        file.told.is_plain, file.told.version = is_plain, file.version
    for file in files:
        if file.told.is_plain:
            plain.setdefault(file.layout, []).append(file)
        else:
            streamed.append(file)
    frames = [_scan(group) for group in plain.values()]
    frames += [stream_frames(streamed)] if streamed else []
    return pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]


def _is_plain(file: TextFile) -> bool:
    """Whether polars divides the file as we do: only then may it read it by itself."""
    if file.path is None or file.encoding != "utf-8" or file.width != len(file.header):
        return False
    separator = file.separator.encode()
    if len(separator) != 1:
        return False
    return _is_whole(file, separator)


def _scan(files: Sequence[TextFile]) -> pl.LazyFrame:
    first = files[0]
    scanned = pl.scan_csv(
        [file.path for file in files if file.path is not None],
        separator=first.separator,
        has_header=False,
        skip_lines=first.lines_above,
        schema=dict.fromkeys(first.header, pl.String()),
        include_file_paths=FROM_FILE,
        glob=False,
    )
    return scanned.with_columns(_named(files))


def _named(files: Sequence[TextFile]) -> pl.Expr:
    """Names in place of paths: of a folder's files, what stands below the folder."""
    names = {str(file.path): file.name for file in files}
    folders = {path.removesuffix(name) for path, name in names.items()}
    folder = folders.pop()
    if not folders and all(folder + name == path for path, name in names.items()):
        # Cutting costs nothing; looking up every row's path costs as much as reading its fields.
        return pl.col(FROM_FILE).str.strip_prefix(folder)
    return pl.col(FROM_FILE).replace(names)


def _is_whole(file: TextFile, separator: bytes) -> bool:
    """Whether every piece of a file is a rectangle; a piece ends with its last record, where a line feed ends it."""
    with mapped(file) as (text, begin):
        at, reach = begin, _LOOKED_AT
        while text is not None and at < len(text):
            stop = min(at + reach, len(text))
            end = text.rfind(b"\n", at, stop) + 1
            # A rectangle has no open quotation mark, so that its last line feed ends a record.
            if end and is_rectangle(text, separator=separator, width=file.width, begin=at, end=end):
                at, reach = end, _LOOKED_AT
                continue
            if end := last_record_end(text[at:stop]):
                if not is_rectangle(text, separator=separator, width=file.width, begin=at, end=at + end):
                    return False
                at, reach = at + end, _LOOKED_AT
            elif stop == len(text):
                return is_rectangle(text, separator=separator, width=file.width, begin=at)
            elif reach > 2 * MAX_RECORD_BYTES:
                # No line feed outside quotation marks far and wide: the reader of records judges what this is.
                return False
            else:
                reach *= 2
    return True


def stream_frames(files: Sequence[TextFile]) -> pl.LazyFrame:
    """Lazy frame that reads one file after the other, a piece at a time."""
    schema = dict.fromkeys([*files[0].header, FROM_FILE], pl.String())

    def batches(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for file in files:
            for found in _frames(file):
                frame = found.select(*files[0].header, pl.lit(file.name).alias(FROM_FILE))
                if left is not None:
                    frame = frame.head(left)
                    left -= frame.height
                if predicate is not None:
                    frame = frame.filter(predicate)
                yield frame.select(columns) if columns is not None else frame
                if left == 0:
                    return

    return register_io_source(batches, schema=schema)


def _frames(file: TextFile) -> Iterator[pl.DataFrame]:
    """The rows of a file, piece by piece: by polars where a piece is a rectangle, by `split_records` where not."""
    rest, row, letters = b"", file.first_row, _Utf8(file)
    for chunk, is_last in _with_last(utf8_chunks(file)):
        rest += letters.of(chunk, row=row, before=rest, is_last=is_last)
        if b'"' not in rest and b"\r" in rest:
            # Without quotation marks every carriage return ends a line, or belongs to the line feed behind it.
            held = rest.endswith(b"\r") and not is_last
            body = rest[:-1] if held else rest
            rest = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + (b"\r" if held else b"")
        if b"\x00" in rest:
            found = row + rest[: rest.index(b"\x00")].count(b"\n")
            raise SchemaError(f"{file.name!r} holds binary zeros in row {found}: it is damaged. Download it again.")
        end = len(rest) if is_last else last_record_end(rest)
        blank, piece, below = _without_blank_lines(rest[:end])
        if blank and not piece:
            row, rest = row + blank, rest[end:]
            continue
        frame = _by_polars(file, piece) if piece else None
        if frame is not None:
            row += blank + below + (piece.count(b"\n") if b'"' not in piece else frame.height - 1)
            rest = rest[end:]
            yield frame
            continue
        records, used = _by_records(file, rest, row, is_last=is_last)
        rest = rest[used:]
        if records:
            row = records[-1][0] + 1
            ends_open = is_last and not chunk.endswith((b"\n", b"\r"))
            yield _as_frame(file, records, ends_open=ends_open)
    _tell_short(file)


def _without_blank_lines(piece: bytes) -> tuple[int, bytes, int]:
    """Line feeds above the first filled line of whole records, these records, and line feeds from their last on."""
    body = piece.lstrip(b"\r\n")
    filled = body.rstrip(b"\r\n")
    return piece[: len(piece) - len(body)].count(b"\n"), filled, body[len(filled) :].count(b"\n")


def _with_last(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    before = next(chunks, None)
    if before is None:
        return
    for chunk in chunks:
        yield before, False
        before = chunk
    yield before, True


class _Utf8:
    """Bytes of a file that began as UTF-8: a member whose first other letter is of Windows-1252 is read as that."""

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self._pending = b""
        self._seen, self._legacy = file.encoding != "utf-8", False

    def of(self, chunk: bytes, *, row: int, before: bytes, is_last: bool) -> bytes:
        """The chunk as UTF-8; `row` and `before` place a fault."""
        if self._legacy:
            return chunk.decode("cp1252", errors="replace").encode()
        octets = self._pending + chunk
        self._pending = b""
        if octets.isascii():
            return octets
        try:
            octets.decode("utf-8")
        except UnicodeDecodeError as fault:
            whole = octets[: fault.start]
            if fault.start >= len(octets) - 3 and not is_last:  # the chunk may split a character
                self._pending, self._seen = octets[fault.start :], True
                return whole
            if self._seen or self._file.path is not None or not whole.isascii():
                found = row + (before + whole).count(b"\n")
                raise SchemaError(
                    f"{self._file.name!r} is not UTF-8 throughout, though its beginning is: see row {found}. "
                    "Read it again with encoding='cp1252'."
                ) from None
            self._legacy = True
            return octets.decode("cp1252", errors="replace").encode()
        self._seen = True
        return octets


def _by_polars(file: TextFile, piece: bytes) -> pl.DataFrame | None:
    """A piece as polars divides it; None where it might divide it otherwise than `split_records`."""
    separator = file.separator.encode()
    if len(separator) != 1 or not is_rectangle(piece, separator=separator, width=file.width):
        return None
    names = [*file.header, *(f"empty:{place}" for place in range(file.width - len(file.header)))]
    try:
        with reading(file.name, what="delimited text"):
            frame = pl.read_csv(
                io.BytesIO(piece),
                has_header=False,
                separator=file.separator,
                schema=dict.fromkeys(names, pl.String()),
                quote_char='"' if b'"' in piece else None,
            )
    except SchemaError:
        return None
    for name in names[len(file.header) :]:
        if (frame[name].fill_null("").str.strip_chars() != "").any():
            return None
    return frame.select(file.header)


def _by_records(file: TextFile, octets: bytes, row: int, *, is_last: bool) -> tuple[list[tuple[int, list[str]]], int]:
    """Records of some bytes, and how many of these they take."""
    text = octets.decode("utf-8", errors="ignore")
    records: list[tuple[int, list[str]]] = []
    end = 0
    try:
        for number, fields, after in split_records(text, file.separator, row=row, final=is_last):
            records.append((number, fields))
            _require_short(file, number, after - end)
            end = after
    except OpenQuoteError as fault:
        raise SchemaError(_open_quote(file, fault.row)) from None
    used = len(octets) if is_last else len(text[:end].encode())
    _require_short(file, records[-1][0] + 1 if records else row, len(octets) - used)
    return records, used


def _require_short(file: TextFile, row: int, length: int) -> None:
    if length > MAX_RECORD_BYTES:
        raise RefusedError(
            f"{file.name!r}: row {row} is longer than {MAX_RECORD_BYTES >> 20} MB. A quotation mark that opens in it "
            "is not closed, or it is no table. Correct the row, or export the file again."
        )


def _open_quote(file: TextFile, row: int) -> str:
    return (
        f"{file.name!r}: a quotation mark opens in row {row} and is not closed where a field ends, so that the rows "
        "below would be lost in it. Close it or take it out, or export the file again; a download that was cut off "
        "ends so too."
    )


def _as_frame(file: TextFile, records: list[tuple[int, list[str]]], *, ends_open: bool) -> pl.DataFrame:
    """Records as a frame as wide as the header.

    Raises
    ------
    SchemaError
        Rows with more fields than the header, or a last row that was cut off.
    """
    kept = len(file.header)
    filled = [(row, fields) for row, fields in records if any(field.strip() for field in fields)]
    # One field more than the header is a shifted row, even where its last field is blank.
    long = [
        (row, len(fields))
        for row, fields in filled
        if len(fields) > file.width or any(field.strip() for field in fields[kept:])
    ]
    if long:
        raise SchemaError(_too_wide(file, long))
    short = {row: len(fields) for row, fields in filled if len(fields) < kept}
    if ends_open and filled and filled[-1][0] in short:
        others = {**file.told.short, **short}
        del others[filled[-1][0]]
        _refuse_cut(file, *filled[-1], others=others.values())
    if not file.told.done:
        file.told.short |= short
    cut = [[field or None for field in fields[:kept]] + [None] * (kept - len(fields)) for _, fields in filled]
    columns = zip(*cut, strict=True) if cut else [()] * kept
    data = {name: list(column) for name, column in zip(file.header, columns, strict=True)}
    return pl.DataFrame(data, schema=dict.fromkeys(file.header, pl.String()))


def _too_wide(file: TextFile, long: list[tuple[int, int]]) -> str:
    found = ", ".join(f"row {row} has {fields}" for row, fields in long[:_LISTED])
    return (
        f"{file.name!r} has {number_of(len(long), 'row')} with more "
        f"fields than its header's {len(file.header)}: {found}. "
        "A text with a separator in it needs quotes around it; export the file again."
    )


def _refuse_cut(file: TextFile, row: int, fields: list[str], *, others: Collection[int]) -> None:
    # A writer that leaves out empty fields at the end of rows does so in other rows as well.
    if len(fields) in others:
        return
    raise SchemaError(
        f"{file.name!r} ends in the middle of row {row}: it has {len(fields)} of "
        f"{number_of(len(file.header), 'field')} and no line end. The download was cut off, and the rows after it are "
        "missing. Download or export it again."
    )


def _tell_short(file: TextFile) -> None:
    short = file.told.short
    if file.told.done or not short:
        file.told.done = True
        return
    file.told.done = True
    found = ", ".join(f"row {row} has {fields}" for row, fields in list(short.items())[:_LISTED])
    warnings.warn(
        f"{file.name!r} has {number_of(len(short), 'row')} with fewer "
        f"fields than its header's {len(file.header)}: {found}. "
        "The fields that are not there count as empty; see the accounting for what became of these rows.",
        DataWarning,
        stacklevel=2,
    )


@contextmanager
def explained(files: Sequence[TextFile], *, names: Sequence[str]) -> Iterator[None]:
    """Whatever an engine raises inside the block as an error that names file and row, and prints no cell.

    Raises
    ------
    SchemaError
        The files are read again, record by record, to find the row; only after a read failed.
    """
    with reading(", ".join(names[:3]), what="a table of incidents", advice="Export the data again."):
        try:
            yield
        except (SocharmError, MemoryError):
            raise
        except BaseException as fault:
            if isinstance(fault, Exception) or type(fault).__name__ == "PanicException":
                for file in files:
                    for _ in _frames(file):
                        pass
            raise
