"""The downloaded zip, read in place: every member is checked before one byte of it is unpacked. Packed text too."""

from __future__ import annotations

import gzip
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from socharm._limits import MAX_ARCHIVE_BYTES, MAX_MEMBER_BYTES, MAX_MEMBERS, MAX_TEXT_GROWTH, require_within
from socharm.errors import RefusedError, SchemaError
from socharm.io._door import reading, zip_advice
from socharm.io.incidents.policeuk import is_street_file, is_system_file
from socharm.io.incidents.text_file import HEAD, TextFile, sniff

__all__ = ["packed_text", "read_archive"]


_SMALL: Final = 1 << 20
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_ARCHIVES: Final = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst")
_NESTED_HEADS: Final = (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_archive(path: Path, **options: Any) -> tuple[list[TextFile], list[str], list[tuple[str, object]]]:
    """Street files of a zip, the names of the members that are something else, and what tells contents apart.

    Parameters
    ----------
    path : Path
        The archive; it is not unpacked to disk.
    **options
        As of `sniff`: encoding, header_row, skip_rows.

    Returns
    -------
    files, ignored, contents
        Street files in order of their names, the other members, and for each street file its name with
        size and checksum of its content.

    Raises
    ------
    RefusedError
        A member with an absolute or climbing path, a link, an encrypted or nested archive, a name
        that stands twice, sizes of a zip bomb, or too many members.
    SchemaError
        The archive cannot be read, or holds no street file.
    """
    with reading(path.name, what="a zip", advice=zip_advice(path)), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        require_within(
            len(entries), MAX_MEMBERS, what=f"members in {path.name!r}", remedy="Unpack the months you need."
        )
        _refuse_unsafe(entries, archive_name=path.name)
        members = [member for member in entries if not member.is_dir()]
        street = sorted((m for m in members if is_street_file(m.filename)), key=lambda m: m.filename)
        files = [_text_file(path, archive, member, options) for member in street]
    ignored = sorted(m.filename for m in members if not is_street_file(m.filename))
    if not files:
        raise SchemaError(
            f"{path.name!r} holds no street file (a name that ends in '-street.csv'); it holds {ignored[:5]}. "
            "Download street-level crime, or unpack the file you mean and name it with `columns=`."
        )
    return files, ignored, [(m.filename, (m.file_size, m.CRC)) for m in street]


def _refuse_unsafe(members: list[zipfile.ZipInfo], *, archive_name: str) -> None:
    faults = [f"{member.filename!r} {fault}" for member in members if (fault := _fault(member))]
    often = Counter(member.filename for member in members)
    faults += [f"{name!r} stands twice" for name in sorted(name for name, n in often.items() if n > 1)][:5]
    total = sum(member.file_size for member in members)
    if total > MAX_ARCHIVE_BYTES:
        faults.append(f"its members unpack to {total / 2**30:.0f} GB")
    if faults:
        raise RefusedError(
            f"{archive_name!r} is refused: {'; '.join(faults[:5])}. "
            "Download the archive from police.uk again; if it is yours, unpack it and name the folder."
        )


def _fault(member: zipfile.ZipInfo) -> str | None:
    name = member.orig_filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or _DRIVE.match(name) or "\x00" in name:
        return "has an absolute path"
    if ".." in parts:
        return "climbs out of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if is_system_file(name):
        return None  # never opened
    if member.flag_bits & 0x1:
        return "is encrypted"
    if name.lower().endswith(_ARCHIVES):
        return "is an archive inside the archive"
    if member.file_size > MAX_MEMBER_BYTES:
        return f"unpacks to {member.file_size / 2**30:.1f} GB"
    if member.file_size > _SMALL and member.file_size > MAX_TEXT_GROWTH * max(member.compress_size, 1):
        return f"grows {member.file_size // max(member.compress_size, 1):,} times when unpacked (a zip bomb)"
    return None


def _text_file(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, options: dict[str, Any]) -> TextFile:
    with _unpacking(path, member.filename), archive.open(member) as stream:
        head = stream.read(HEAD)
    if head.startswith(_NESTED_HEADS) or (b"\x00" in head and not head.startswith(_WIDE_MARKS)):
        raise RefusedError(
            f"{path.name!r} is refused: its member {member.filename!r} is not text, as its name says. "
            "Download the archive from police.uk again."
        )
    found = sniff(head, name=member.filename, whole=len(head) == member.file_size, **options)
    return replace(found, chunks=_member_chunks(path, member.filename, member.file_size))


def _unpacking(path: Path, member: str) -> Any:
    return reading(
        path.name, what="a zip", place=f"member {member!r}", advice="It is damaged: make or download the zip again."
    )


def _member_chunks(path: Path, name: str, size: int) -> Callable[[int], Iterator[bytes]]:
    def chunks(step: int) -> Iterator[bytes]:
        got = 0
        with _unpacking(path, name), zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            # One byte more than declared is enough to see that the declared size was a lie.
            while chunk := stream.read(min(step, size + 1 - got)):
                got += len(chunk)
                yield chunk
                if got > size:
                    break
        if got != size:
            raise RefusedError(
                f"{path.name!r}: member {name!r} is not of the size that it declares. Download it again."
            )

    return chunks


def packed_text(path: Path, *, name: str, **options: Any) -> TextFile:
    """A delimited text packed by gzip (``.csv.gz``), read in place.

    Raises
    ------
    SchemaError
        The packed data are damaged or cut off.
    RefusedError
        It unpacks to more than a file may hold.
    """
    chunks = _gzip_chunks(path, name)
    stream = chunks(HEAD)
    head = next(stream, b"")
    whole = not next(stream, b"")
    if head.startswith(_NESTED_HEADS) or (b"\x00" in head and not head.startswith(_WIDE_MARKS)):
        raise RefusedError(f"{name!r} is refused: what is packed in it is not text, as its name says. Pack it again.")
    if not head.strip():
        raise SchemaError(f"{name!r} holds nothing but blanks. Export it again.")
    return replace(sniff(head, name=name, whole=whole, **options), chunks=chunks)


def _gzip_chunks(path: Path, name: str) -> Callable[[int], Iterator[bytes]]:
    def chunks(step: int) -> Iterator[bytes]:
        got = 0
        limit = min(MAX_MEMBER_BYTES, max(_SMALL, MAX_TEXT_GROWTH * path.stat().st_size))
        with reading(name, what="gzip", advice="Copy or download it again."), gzip.open(path) as stream:
            while chunk := stream.read(step):
                got += len(chunk)
                require_within(got, limit, what=f"bytes in {name!r}, unpacked", remedy="Unpack it and name the file.")
                yield chunk

    return chunks
