"""The downloaded zip, read in place: every member is checked before one byte of it is unpacked."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from socharm.errors import RefusedError, SchemaError
from socharm.io.incidents.delimited import TextFile, sniff
from socharm.io.incidents.policeuk import is_street_file

__all__ = ["MAX_MEMBER_BYTES", "MAX_RATIO", "MAX_TOTAL_BYTES", "read_archive"]

#: Unpacked bytes of one member, and of all members taken together.
MAX_MEMBER_BYTES: Final = 1 << 30
MAX_TOTAL_BYTES: Final = 64 << 30
#: Times a member may grow when unpacked; street files grow about ten times.
MAX_RATIO: Final = 200

_HEAD: Final = 65_536
_SMALL: Final = 1 << 20
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_ARCHIVES: Final = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst")
_NESTED_HEADS: Final = (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


def read_archive(path: Path, *, encoding: str | None = None) -> tuple[list[TextFile], list[str]]:
    """Street files of a zip, and the names of the members that are something else.

    Parameters
    ----------
    path : Path
        The archive; it is not unpacked to disk.
    encoding : str, optional
        Encoding of the members; found from their head when not given.

    Returns
    -------
    files, ignored
        Street files in order of their names, and the other members.

    Raises
    ------
    RefusedError
        A member with an absolute or climbing path, a link, an encrypted or nested archive, a name
        that stands twice, or sizes of a zip bomb.
    SchemaError
        The archive cannot be read, or holds no street file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _refuse_unsafe(archive.infolist(), archive_name=path.name)
            street = sorted((m for m in members if is_street_file(m.filename)), key=lambda m: m.filename)
            files = [_text_file(path, archive, member, encoding) for member in street]
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as fault:
        raise SchemaError(f"{path.name!r} cannot be read as a zip: {fault}. Download it again.") from fault
    ignored = sorted(m.filename for m in members if not is_street_file(m.filename))
    if not files:
        raise SchemaError(
            f"{path.name!r} holds no street file (a name that ends in '-street.csv'); it holds {ignored[:5]}. "
            "Download street-level crime, or unpack the file you mean and name it with `columns=`."
        )
    return files, ignored


def _refuse_unsafe(members: list[zipfile.ZipInfo], *, archive_name: str) -> None:
    faults = [f"{member.filename!r} {fault}" for member in members if (fault := _fault(member))]
    names = [member.filename for member in members]
    faults += [f"{name!r} stands twice" for name in sorted({n for n in names if names.count(n) > 1})][:5]
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
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
    if member.flag_bits & 0x1:
        return "is encrypted"
    if name.lower().endswith(_ARCHIVES):
        return "is an archive inside the archive"
    if member.file_size > MAX_MEMBER_BYTES:
        return f"unpacks to {member.file_size / 2**30:.1f} GB"
    if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return f"grows {member.file_size // max(member.compress_size, 1):,} times when unpacked (a zip bomb)"
    return None


def _text_file(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, encoding: str | None) -> TextFile:
    with archive.open(member) as stream:
        head = stream.read(_HEAD)
    if head.startswith(_NESTED_HEADS) or b"\x00" in head:
        raise RefusedError(
            f"{path.name!r} is refused: its member {member.filename!r} is not text, as its name says. "
            "Download the archive from police.uk again."
        )
    found = sniff(head, name=member.filename, encoding=encoding)
    return TextFile(
        name=found.name,
        header=found.header,
        separator=found.separator,
        encoding=found.encoding,
        has_rows=found.has_rows,
        read=_reader(path, member.filename, member.file_size),
    )


def _reader(path: Path, name: str, size: int) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
                # One byte more than declared is enough to see that the declared size was a lie.
                raw = stream.read(size + 1)
        except (zipfile.BadZipFile, EOFError) as fault:
            raise SchemaError(f"{path.name!r}: member {name!r} is damaged: {fault}. Download it again.") from fault
        if len(raw) != size:
            raise RefusedError(
                f"{path.name!r}: member {name!r} is not of the size that it declares. Download it again."
            )
        return raw

    return read
