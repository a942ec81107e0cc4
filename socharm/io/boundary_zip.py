"""The one boundary file inside a zip or KMZ, unpacked to a folder that goes away; every member is checked before."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from socharm._limits import MAX_BOUNDARY_BYTES, MAX_MEMBERS, MAX_SHAPE_GROWTH, require_within
from socharm._words import number_of
from socharm.errors import RefusedError, SchemaError
from socharm.files.atomic import scratch_folder
from socharm.io._door import reading, zip_advice
from socharm.io.file_kinds import BOUNDARY_KINDS, kind_of

__all__ = ["unpacked"]

_SMALL: Final = 1 << 20
_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LINK: Final = 0o120000
_KIND_OF_FILE: Final = 0o170000


@contextmanager
def unpacked(file: Path, *, kinds: tuple[str, ...] = BOUNDARY_KINDS) -> Iterator[tuple[Path, str]]:
    """Path of the one boundary file in an archive, and its name there.

    Parameters
    ----------
    file : Path
        A zip, by `safe_path`.
    kinds : tuple of str
        Kinds of file to look for.

    Yields
    ------
    tuple of Path and str
        In a temporary folder under a plain name; the folder is removed at the end.

    Raises
    ------
    SchemaError
        Not a zip, damaged, or without exactly one boundary file.
    RefusedError
        A link, a climbing path, an encrypted member, or sizes of a zip bomb.
    StoreError
        The folder for temporary files is full.
    """
    with reading(file.name, what="a zip archive", advice=zip_advice(file)), zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not _is_junk(one.filename)]
        require_within(len(members), MAX_MEMBERS, what=f"members in {file.name!r}", remedy="Unpack it yourself.")
        main = _main(members, file.name, kinds)
        parts = _parts(members, main)
        _refuse_unsafe(parts, file.name)
    with scratch_folder() as folder:
        # The member's own name is for messages only: what is written has a plain one.
        stem = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in _stem(main))[:80] or "areas"
        with reading(file.name, what="a zip archive", advice=zip_advice(file)), zipfile.ZipFile(file) as archive:
            for part in parts:
                _write(archive, part, folder / (stem + PurePosixPath(part.filename).suffix.lower()), file.name)
        yield folder / (stem + PurePosixPath(main.filename).suffix.lower()), PurePosixPath(main.filename).name


def _is_junk(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith((".", "~")) or parts[-1].lower() in ("thumbs.db", "desktop.ini")


def _stem(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename.replace("\\", "/")).stem


def _main(members: list[zipfile.ZipInfo], file: str, kinds: tuple[str, ...]) -> zipfile.ZipInfo:
    names = [one.filename for one in members]
    geodatabase = next((name for name in names if ".gdb/" in name.lower()), None)
    if geodatabase is not None:
        raise SchemaError(
            f"{file!r} holds a file geodatabase ({geodatabase.split('/')[0]!r}). Open it in a GIS, save its layer as "
            "GeoPackage and read that."
        )
    held = [
        one for one in members if (kind_of(one.filename) or "") in kinds and kind_of(one.filename) not in ("zip", "kmz")
    ]
    shapes = [one for one in held if kind_of(one.filename) == "shp"]
    held = shapes or held
    if not held:
        raise SchemaError(
            f"{file!r} holds no boundary file; it holds {names[:5]}. Unpack it, and name the file that holds the "
            "polygons."
        )
    if len(held) > 1:
        raise SchemaError(
            f"{file!r} holds {number_of(len(held), 'boundary file')}: {[one.filename for one in held[:8]]}. Unpack it, "
            "and name the one you mean."
        )
    return held[0]


def _parts(members: list[zipfile.ZipInfo], main: zipfile.ZipInfo) -> list[zipfile.ZipInfo]:
    """The members that belong to the file: the parts of a Shapefile, or the file alone."""
    if kind_of(main.filename) != "shp":
        return [main]
    whole = main.filename[: -len(".shp")].lower()
    return [one for one in members if one.filename.lower() in {whole + part for part in _PARTS}]


def _refuse_unsafe(parts: list[zipfile.ZipInfo], file: str) -> None:
    faults = [f"{one.filename!r} {fault}" for one in parts if (fault := _fault(one))]
    suffixes = [PurePosixPath(one.filename).suffix.lower() for one in parts]
    faults += [f"{suffix!r} stands twice" for suffix in sorted({s for s in suffixes if suffixes.count(s) > 1})]
    total = sum(one.file_size for one in parts)
    if total > MAX_BOUNDARY_BYTES:
        faults.append(f"its members unpack to {total / 2**30:.0f} GB")
    if faults:
        raise RefusedError(f"{file!r} is refused: {'; '.join(faults[:5])}. Download it again from its publisher.")


def _fault(member: zipfile.ZipInfo) -> str | None:
    name = member.orig_filename.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or "\x00" in name:
        return "has an absolute path"
    if ".." in name.split("/"):
        return "climbs out of the archive"
    if (member.external_attr >> 16) & _KIND_OF_FILE == _LINK:
        return "is a link"
    if member.flag_bits & 0x1:
        return "is encrypted"
    if member.file_size > _SMALL and member.file_size > MAX_SHAPE_GROWTH * max(member.compress_size, 1):
        return f"grows {member.file_size // max(member.compress_size, 1):,} times when unpacked (a zip bomb)"
    return None


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, file: str) -> None:
    """Unpack one member, and no more than it declares."""
    written = 0
    with archive.open(member) as source, path.open("wb") as target:
        while block := source.read(1 << 20):
            written += len(block)
            if written > member.file_size:
                break
            target.write(block)
    if written != member.file_size:
        raise RefusedError(
            f"{file!r}: member {member.filename!r} is not of the size that it declares. Download it again."
        )
