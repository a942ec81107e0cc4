"""Rows of a delimited text file: how it is packed, encoded and divided, found once for the whole file."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from socharm._limits import MAX_TABLE_BYTES, require_within
from socharm.errors import SchemaError
from socharm.io._door import reading
from socharm.io.encodings import encoding_of_bytes
from socharm.io.file_kinds import kind_of

__all__ = ["TextRows", "read_rows"]

_DELIMITERS: Final = (",", ";", "\t", "|")
_SMALLER: Final = "Cut it to the rows and columns that are needed, or save it as parquet."
#: Lines that decide the delimiter.
_SNIFFED: Final = 200
#: Bytes that decide the encoding.
_HEAD: Final = 4_096


@dataclass(frozen=True)
class TextRows:
    """Records of a text file, and how they were found."""

    rows: list[list[str]]
    encoding: str
    delimiter: str


def read_rows(path: Path, *, encoding: str | None = None) -> TextRows:
    """Divide a text file into records.

    Raises
    ------
    SchemaError
        Bytes that are not of the encoding, or a quotation mark that is not closed.
    RefusedError
        The text is larger than `MAX_TABLE_BYTES`.
    """
    text, found = _decoded(_raw(path), path.name, encoding)
    delimiter, text = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return TextRows(list(reader), found, delimiter)
    except csv.Error as error:
        raise SchemaError(
            f"{path.name!r} is not well-formed CSV near line {reader.line_num}: {error}. "
            "Look for a quotation mark that is not closed."
        ) from error


def _raw(path: Path) -> bytes:
    what = f"bytes in {path.name!r}"
    if kind_of(path) != "gz":
        require_within(path.stat().st_size, MAX_TABLE_BYTES, what=what, remedy=_SMALLER)
        return path.read_bytes()
    with reading(path.name, what="gzip", advice="Copy or download it again."), gzip.open(path) as stream:
        raw = stream.read(MAX_TABLE_BYTES + 1)
    require_within(len(raw), MAX_TABLE_BYTES, what=f"{what}, unpacked", remedy=_SMALLER)
    return raw


def _decoded(raw: bytes, file: str, stated: str | None) -> tuple[str, str]:
    found = stated or encoding_of_bytes(raw[:_HEAD])
    if found is not None:
        try:
            with reading(file, what="text"):
                return raw.decode(found).removeprefix("\ufeff"), found
        except SchemaError as error:
            whose = "`encoding` says" if stated else "its first bytes say"
            raise SchemaError(
                f"{file!r} is not written in {found!r}, as {whose}. Leave `encoding` out, or name another such as "
                "'cp1252'; or save the file as 'CSV UTF-8'."
            ) from error
    if b"\x00" in raw:
        raise SchemaError(
            f"{file!r} holds zero bytes: it is damaged, is no text, or is written in UTF-16 without a mark. Download "
            "or export it again; if it is UTF-16, say so: `encoding='utf-16-le'`."
        )
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), "latin-1"


def _delimiter(text: str) -> tuple[str, str]:
    """The sign between cells, and the text; a first line ``sep=;`` states it and becomes blank."""
    stated = re.match(r"\s*\"?sep=(.)\"?[ \t]*(?=[\r\n])", text)
    if stated and stated[1] in _DELIMITERS:
        return stated[1], text[stated.end() :]
    head = io.StringIO(text[:1_000_000], newline=None)
    lines = [re.sub(r'"[^"]*"', "", line) for line, _ in zip(head, range(_SNIFFED), strict=False) if line.strip()]
    # Title lines and decimal commas stand on some lines; the sign between cells stands equally often on most.
    scores = {}
    for sign in _DELIMITERS:
        often = Counter(line.count(sign) for line in lines if sign in line)
        number, agreeing = max(often.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        scores[sign] = (agreeing, number)
    return max(_DELIMITERS, key=scores.__getitem__), text
