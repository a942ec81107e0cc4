"""One delimited text file: what its head tells, and its bytes as UTF-8, a piece at a time."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from socharm._checks import names_told
from socharm._limits import MAX_COLUMNS, require_within
from socharm.errors import SchemaError
from socharm.io._door import reading
from socharm.io.encodings import encoding_of_bytes
from socharm.io.incidents.splitting import OpenQuoteError, split_records

__all__ = [
    "HEAD",
    "Recognise",
    "TextFile",
    "Told",
    "first_records",
    "mapped",
    "read_head",
    "sniff",
    "utf8_chunks",
]

#: Bytes of a file that are looked at when it is opened.
HEAD: Final = 65_536
#: Bytes of a header at most: 4,096 columns of sixty characters.
_LONGEST_HEADER: Final = 1 << 18
_CHUNK: Final = 8 << 20
_SEPARATORS: Final = (",", ";", "\t", "|")
_MARK: Final = b"\xef\xbb\xbf"
#: Records that decide the separator.
_SNIFFED: Final = 50
#: Rows that may stand above the column names without being stated.
_TITLES: Final = 20

#: Whether cells are the names of columns.
Recognise = Callable[[Sequence[str]], bool]


@dataclass
class Told:
    """What was found out when a file was read, so that it is told once however often it is read."""

    is_plain: bool | None = None
    version: tuple[int, int] | None = None
    short: dict[int, int] = field(default_factory=dict)
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """What the head of a delimited text tells.

    Attributes
    ----------
    name : str
        Name relative to the folder or archive.
    header : tuple of str
        Names of the columns that are kept; empty columns at the right end are not.
    width : int
        Fields of the header as it stands.
    separator, encoding : str
    has_rows : bool
    first_row : int
        Number of the first row below the header.
    body_at : int
        Bytes of the text as UTF-8, without its mark, above that row.
    lines_above : int
        Line feeds in them.
    chunks : callable, optional
        Gives the bytes of a member of an archive or of a packed file, a piece at a time.
    path : Path, optional
        The file on disk, where it is not packed.
    told : Told
    """

    name: str
    header: tuple[str, ...]
    width: int
    separator: str
    encoding: str
    has_rows: bool
    first_row: int
    body_at: int
    lines_above: int
    chunks: Callable[[int], Iterator[bytes]] | None = None
    path: Path | None = None
    told: Told = field(default_factory=Told, compare=False)

    @property
    def version(self) -> tuple[int, int] | None:
        """Size and time of change of a file on disk, so that one that was mended is looked through again."""
        try:
            facts = self.path.stat() if self.path is not None else None
        except OSError:
            return None
        return None if facts is None else (facts.st_size, facts.st_mtime_ns)

    @property
    def layout(self) -> tuple[object, ...]:
        """Files of one layout are scanned together."""
        return self.header, self.width, self.separator, self.lines_above


def sniff(
    head: bytes,
    *,
    name: str,
    encoding: str | None = None,
    header_row: int | None = None,
    skip_rows: int = 0,
    recognise: Recognise | None = None,
    whole: bool = False,
) -> TextFile:
    """Header, separator and encoding from the first bytes of a file.

    Parameters
    ----------
    head : bytes
        The first 64 KB or more.
    name : str
        Name of the file, for messages.
    encoding : str, optional
        Encoding to use; what a byte order mark says, else UTF-8 when the head is UTF-8, else Windows-1252.
    header_row : int, optional
        Row of the column names, counted from 1; the first row that is not blank by default.
    skip_rows : int
        Rows at the top that are not looked at.
    recognise : callable, optional
        Whether cells are column names; rows above the first such row are titles, where no row is stated.
    whole : bool
        The head is the whole file.

    Raises
    ------
    SchemaError
        The file is empty, has no such row, or a column name stands twice.
    RefusedError
        More columns than can be.
    """
    encoding = _plain_name(encoding) if encoding else _encoding_of(head, whole=whole)
    text = _decoder(encoding, name)(head, whole).removeprefix("\ufeff")
    at, row, stated = _stated_separator(text)
    # A sign that stands nowhere divides nothing; the first is what a text of one column is said to have.
    found = [sign for sign in _SEPARATORS if sign == _SEPARATORS[0] or sign in text]
    candidates = [stated] if stated else found
    open_marks: dict[str, int] = {}
    rows = {
        separator: _header_and_sample(text, separator, at, row, header_row, skip_rows, open_marks, whole=whole)
        for separator in candidates
    }
    separator = max(candidates, key=lambda sign: _agreement(rows[sign]))
    if recognise is not None and header_row is None:
        separator = _below_titles(rows, separator, recognise)
    records = rows[separator]
    if not records and separator in open_marks:
        raise SchemaError(
            f"{name!r}: a quotation mark opens in row {open_marks[separator]} and is not closed. Close it, or export "
            "the file again."
        )
    if not records:
        _refuse_headless(text[at:], name, header_row, skip_rows, whole=whole)
    number, cells, end = records[0]
    require_within(len(cells), MAX_COLUMNS, what=f"columns in {name!r}", remedy="Export the columns that are needed.")
    header = _names(cells, [fields for _, fields, _ in records[1:]], name)
    above = text[:end]
    return TextFile(
        name=name,
        header=header,
        width=len(cells),
        separator=separator,
        encoding=encoding,
        # Blank lines may fill the head and rows stand below them: the reading of the file tells.
        has_rows=not whole or len(records) > 1 or bool(text[end:].strip()),
        first_row=number + 1,
        body_at=len(above.encode(errors="replace")),
        lines_above=above.count("\n"),
    )


def _plain_name(encoding: str) -> str:
    """The name by which Python knows an encoding; marks at the beginning are taken off anyway."""
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name


def _encoding_of(head: bytes, *, whole: bool) -> str:
    said = encoding_of_bytes(head)
    return (said and _plain_name(said)) or ("utf-8" if _is_utf8(head, whole=whole) else "cp1252")


def _is_utf8(head: bytes, *, whole: bool) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start >= len(head) - 3 and not whole  # the cut may split a character
    return True


def _decoder(encoding: str, name: str) -> Callable[[bytes, bool], str]:
    """Decoder of pieces, strict; of Windows-1252, five bytes mean nothing and become a replacement mark."""
    errors = "replace" if encoding == "cp1252" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)

    def decode(octets: bytes, final: bool) -> str:
        with reading(name, what=f"text in {encoding}", advice="Name its encoding, such as encoding='cp1252'."):
            return decoder.decode(octets, final)

    return decode


def _stated_separator(text: str) -> tuple[int, int, str | None]:
    """Where the text goes on, its row, and the separator that a first line ``sep=;`` states."""
    line = text.split("\n", 1)[0].split("\r", 1)[0]
    said = line.strip().strip('"')
    if len(said) == 5 and said[:4].lower() == "sep=" and not said[4].isalnum() and said[4].isascii():
        return len(line) + (2 if text.startswith("\r\n", len(line)) else 1), 2, said[4]
    if line.startswith("sep=\t"):
        return len(line) + (2 if text.startswith("\r\n", len(line)) else 1), 2, "\t"
    return 0, 1, None


def _header_and_sample(
    text: str,
    separator: str,
    at: int,
    row: int,
    header_row: int | None,
    skip_rows: int,
    open_marks: dict[str, int],
    *,
    whole: bool,
) -> list[tuple[int, list[str], int]]:
    """The header's record and some records below it that are not blank; positions count from the text's beginning.

    A mark that is not closed goes to `open_marks`: by another separator it may be none, and below the header it is
    told when the file is read.
    """
    found: list[tuple[int, list[str], int]] = []
    try:
        for number, fields, end in split_records(text[at:], separator, row=row, final=whole):
            blank = not any(cell.strip() for cell in fields)
            wanted = number == header_row if header_row is not None and not found else number > skip_rows and not blank
            if wanted:
                found.append((number, fields, at + end))
            if len(found) > _SNIFFED:
                break
    except OpenQuoteError as fault:
        open_marks[separator] = fault.row
    return found


def _agreement(records: Sequence[tuple[int, list[str], int]]) -> tuple[int, int]:
    """How many records are as wide as the header, and its width; a header of one field agrees with nothing."""
    if not records or len(records[0][1]) < 2:
        return 0, 0
    width = len(records[0][1])
    return sum(len(fields) == width for _, fields, _ in records), width


def _below_titles(rows: dict[str, list[tuple[int, list[str], int]]], separator: str, recognise: Recognise) -> str:
    """The separator by which some row is one of column names; the rows above it are taken out of `rows`."""
    if not rows[separator] or recognise([cell.strip() for cell in rows[separator][0][1]]):
        return separator
    for sign, records in rows.items():
        for place, (_, cells, _) in enumerate(records[:_TITLES]):
            if len(cells) > 1 and recognise([cell.strip() for cell in cells]):
                rows[sign] = records[place:]
                return sign
    return separator


def _refuse_headless(text: str, name: str, header_row: int | None, skip_rows: int, *, whole: bool) -> None:
    if not text.strip():
        raise SchemaError(f"{name!r} is empty: it holds no header and no rows. Download or export it again.")
    if not whole and header_row is None and not skip_rows:
        raise SchemaError(
            f"{name!r} has a first row of more than {HEAD >> 10} KB: it is no table, or a quotation mark in it is not "
            "closed. Export it again."
        )
    stated = f"header_row={header_row}" if header_row is not None else f"skip_rows={skip_rows}"
    raise SchemaError(f"{name!r} has no row of column names where `{stated}` says. Count the rows from 1.")


def _names(cells: Sequence[str], sample: Sequence[Sequence[str]], name: str) -> tuple[str, ...]:
    """Names of the columns: those without one at the right end go, unless something stands below them."""
    names = [cell.strip() for cell in cells]
    kept = len(names)
    while kept > 1 and not names[kept - 1] and not any(len(r) >= kept and r[kept - 1].strip() for r in sample):
        kept -= 1
    named = tuple(label or f"column_{place}" for place, label in enumerate(names[:kept], start=1))
    reserved = [label for label in named if label.startswith("socharm:")]
    if reserved:
        raise SchemaError(f"{name!r} names a column {reserved[0]!r}, as socharm calls its own. Rename it.")
    if len(set(named)) < len(named):
        seen: set[str] = set()
        repeated = sorted({label for label in named if label in seen or seen.add(label)})  # type: ignore[func-returns-value]
        told = names_told(repeated, among=named)
        raise SchemaError(f"{name!r} names columns more than once: {told}. Give each column its own name.")
    return named


def read_head(path: Path) -> tuple[bytes, bool]:
    """The first bytes of a file, and whether they are the whole of it."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        if len(head) == HEAD and b"\n" not in head and b"\r" not in head:
            head += stream.read(_LONGEST_HEADER - HEAD)
        return head, not stream.read(1)


def raw_chunks(file: TextFile, size: int = _CHUNK) -> Iterator[bytes]:
    """Bytes of a file as they stand."""
    if file.chunks is not None:
        yield from file.chunks(size)
        return
    if file.path is None:
        return
    with _there(file), file.path.open("rb") as stream:
        while chunk := stream.read(size):
            yield chunk


@contextmanager
def mapped(file: TextFile) -> Iterator[tuple[mmap | None, int]]:
    """A file on disk as it stands, mapped into memory, and where its rows begin; nothing of an empty one."""
    with ExitStack() as opened:
        text = None
        if file.path is not None:
            with _there(file):
                stream = opened.enter_context(file.path.open("rb"))
                if os.fstat(stream.fileno()).st_size:
                    text = opened.enter_context(mmap(stream.fileno(), 0, access=ACCESS_READ))
        mark = len(_MARK) if text is not None and text[: len(_MARK)] == _MARK else 0
        yield text, mark + file.body_at


@contextmanager
def _there(file: TextFile) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise SchemaError(f"{file.name!r} can no longer be read: {fault.strerror}. Open the source again.") from fault


def utf8_chunks(file: TextFile, size: int = _CHUNK) -> Iterator[bytes]:
    """Bytes of a file as UTF-8, without the mark and without what stands above the first row.

    Bytes that are not UTF-8 in a file that seemed to be stay as they are, for the reader of records to judge.
    """
    left = file.body_at
    convert = None if file.encoding == "utf-8" else _decoder(file.encoding, file.name)
    is_first = True
    for chunk in raw_chunks(file, size):
        part = chunk
        if convert is not None:
            part = convert(chunk, False).encode("utf-8", errors="replace")
        if is_first:
            part, is_first = part.removeprefix(_MARK), False
        skipped = min(left, len(part))
        left -= skipped
        if skipped < len(part):
            yield part[skipped:]
    if convert is not None and (rest := convert(b"", True)):
        yield rest.encode("utf-8", errors="replace")


def first_records(file: TextFile, most: int) -> list[list[str]]:
    """The first rows of a file that are not blank, as wide as its header: so that contents can be judged."""
    head = next(utf8_chunks(file, HEAD), b"").decode("utf-8", errors="replace")
    rows: list[list[str]] = []
    width = len(file.header)
    try:
        for _, fields, _ in split_records(head, file.separator, final=False):
            if any(fields):
                rows.append([*fields[:width], *[""] * (width - len(fields))])
            if len(rows) == most:
                break
    except OpenQuoteError:
        pass  # told, with its row, when the file is read
    return rows
