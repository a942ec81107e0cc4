"""Whether the contents of a file are what its extension says."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from socharm._limits import MAX_JSON_BYTES, require_within
from socharm.errors import RefusedError, SchemaError
from socharm.io.file_kinds import BOUNDARY_KINDS, WORKBOOK_KINDS, kind_of
from socharm.io.json_text import load_json

__all__ = ["ADDRESS_PREFIX", "CONTENT_CHECKS", "head_of", "is_wide"]

_HEAD: Final = 65_536
_TEXT: Final = re.compile(rb"[\t\r\n\x0c\x20-\x7e\x80-\xff]+")
# Two letters or more before a colon: `PG:`, `WFS:`, `http:`. One letter is a Windows drive.
ADDRESS_PREFIX: Final = re.compile(r"^[A-Za-z][A-Za-z0-9_+.\-]+:")
# GDAL looks for these anywhere in the head of a file, whatever its first byte is.
_XML_SOURCES: Final = re.compile(rb"<\s*(OGR[A-Za-z]*DataSource|OGRVRT|VRTDataset|GDAL_WMS|WMS_|\?xml)", re.IGNORECASE)
_WEB_PAGE: Final = re.compile(rb"<\s*(!doctype\s+html|html|head|body)", re.IGNORECASE)
_KML: Final = re.compile(rb"<\s*([A-Za-z0-9_]+:)?kml[\s>]")
_DOCUMENT_TYPE: Final = re.compile(rb"<!\s*(doctype|entity)", re.IGNORECASE)
_CRS_REGISTER: Final = "http://www.opengis.net/def/crs/"
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_OLE: Final = b"\xd0\xcf\x11\xe0"
_BINARY_HEADS: Final = (b"SQLite format 3", b"PAR1", b"PK\x03\x04", b"fgb\x03", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")


def _disguised(path: Path, wanted: str, *, found: bytes = b"") -> RefusedError:
    if kind_of(path) not in WORKBOOK_KINDS:
        _refuse_web_page(path, head_of(path).removeprefix(b"\xef\xbb\xbf").lstrip())
    what = f" It begins with {found[:16]!r}." if found else ""
    why = (
        "A disguised file can make the geometry library contact other machines. "
        if kind_of(path) in BOUNDARY_KINDS
        else ""
    )
    return RefusedError(
        f"{path.name!r} is refused: its content is not {wanted}, as its name says.{what} {why}{_way_out(path)}"
    )


def _way_out(path: Path) -> str:
    """What to do with a file under a wrong name; reports in plain text are often called .xls."""
    head = head_of(path)
    if kind_of(path) in WORKBOOK_KINDS and _WEB_PAGE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        return (
            "It is a web page: if it holds the table, open it in a spreadsheet program and save it as a workbook; "
            "otherwise the server answered with a page in place of the file, so download it again."
        )
    if kind_of(path) in WORKBOOK_KINDS and head.strip() and _TEXT.fullmatch(head):
        return "It is text: rename it to end in .csv (or .txt, where tabs part its cells), or save it as a workbook."
    return "Export it again, or give it the ending that fits."


def head_of(path: Path, size: int = _HEAD) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)


def _check_gpkg(path: Path) -> None:
    head = head_of(path, 100)
    if not head.startswith(b"SQLite format 3\x00"):
        raise _disguised(path, "a GeoPackage", found=head)
    if len(head) < 100:
        raise SchemaError(f"{path.name!r} is a GeoPackage cut short after {len(head)} bytes. Download it again.")
    # The application id keeps plain SQLite files out: their virtual tables can open further files.
    if head[68:72] not in (b"GPKG", b"GP10", b"GP11"):
        raise _disguised(path, "a GeoPackage (an SQLite file without the GeoPackage mark)")


def _check_geojson(path: Path) -> None:
    head = head_of(path)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(_BOMS):
        raise SchemaError(f"{path.name!r} is written in UTF-16. Save it again as UTF-8.")
    text = text.removeprefix(b"\x1e")  # begins each feature of a sequence
    if not text.startswith((b"{", b"[")):
        _refuse_web_page(path, text)
        raise _disguised(path, "GeoJSON", found=text or head)
    if b"\x00" in head or _XML_SOURCES.search(head):
        raise _disguised(path, "GeoJSON (it holds the mark of a virtual file or binary bytes)")
    require_within(path.stat().st_size, MAX_JSON_BYTES, what=f"bytes in {path.name!r}", remedy="Use a GeoPackage.")
    raw = path.read_bytes()
    # GDAL fetches the address of a linked coordinate system. Escapes can hide the word.
    if b"crs" in raw.lower() or b"\\u" in raw:
        _refuse_linked_crs(path)


def _refuse_linked_crs(path: Path) -> None:
    members: list[Any] = []

    def gather(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members.extend(value for key, value in pairs if key.lower() == "crs")
        return dict(pairs)

    load_json(path, pairs_hook=gather)
    for member in members:
        if isinstance(member, dict) and not _names_a_crs(member):
            raise RefusedError(
                f"{path.name!r} is refused: its coordinate system is an address to be fetched, or no name. "
                "Export it again in longitude and latitude."
            )


def _names_a_crs(member: dict[str, Any]) -> bool:
    said = member.get("properties")
    if str(member.get("type")).lower() not in ("name", "epsg") or not isinstance(said, dict):
        return False
    texts = [str(said[key]) for key in ("name", "code") if key in said]
    return bool(texts) and all("//" not in text or text.startswith(_CRS_REGISTER) for text in texts)


def _refuse_web_page(path: Path, text: bytes) -> None:
    if _WEB_PAGE.match(text):
        raise RefusedError(
            f"{path.name!r} is a web page, not what its name says: the server answered with a page, of a log-in or an "
            "error perhaps, in place of the file. Open the address in a browser and download the file again."
        )


def _check_kml(path: Path) -> None:
    head = head_of(path)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(_BOMS):
        raise SchemaError(f"{path.name!r} is written in UTF-16. Save it again as UTF-8.")
    _refuse_web_page(path, text)
    if not text.startswith(b"<") or b"\x00" in head or not _KML.search(head):
        raise _disguised(path, "KML", found=text or head)
    require_within(path.stat().st_size, MAX_JSON_BYTES, what=f"bytes in {path.name!r}", remedy="Use a GeoPackage.")
    if _DOCUMENT_TYPE.search(path.read_bytes()):
        raise RefusedError(
            f"{path.name!r} is refused: it declares a document type or entities, which can fetch files or fill the "
            "memory. Export it again."
        )


def _check_shp(path: Path) -> None:
    head = head_of(path, 100)
    if not head.startswith(b"\x00\x00\x27\x0a"):
        raise _disguised(path, "a Shapefile", found=head)
    suffixes = {entry.suffix.lower() for entry in path.parent.iterdir() if entry.stem == path.stem}
    missing = sorted({".dbf", ".shx"} - suffixes)
    if missing:
        raise SchemaError(
            f"{path.name!r} stands without its companion files {missing}. "
            "A Shapefile is several files of one name; copy all of them."
        )


def _check_fgb(path: Path) -> None:
    head = head_of(path, 8)
    if not (head.startswith(b"fgb\x03") and head[4:7] == b"fgb"):
        raise _disguised(path, "FlatGeobuf", found=head)


def _check_parquet(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(4)
        if head != b"PAR1":
            raise _disguised(path, "parquet", found=head)
        stream.seek(-4, os.SEEK_END)
        tail = stream.read(4)
    if tail != b"PAR1" or path.stat().st_size < 12:
        raise SchemaError(
            f"{path.name!r} is a parquet file cut short: its closing mark is missing. Copy or download it again."
        )


def _check_zipped(path: Path) -> None:
    head = head_of(path, 8)
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if head.startswith(_OLE) and _is_encrypted(path):
            raise RefusedError(
                f"{path.name!r} is protected by a password. Open it, save it without one, and read that."
            )
        wanted = {".zip": "a zip archive", ".kmz": "a zipped KML", ".ods": "an OpenDocument spreadsheet"}.get(
            path.suffix.lower()
        )
        raise _disguised(path, wanted or "an Excel workbook", found=head)


def _check_xls(path: Path) -> None:
    head = head_of(path, 8)
    if head.startswith(b"PK\x03\x04"):
        raise SchemaError(f"{path.name!r} is a newer workbook under an old name. Rename it to end in .xlsx.")
    if not head.startswith(_OLE):
        raise _disguised(path, "an Excel workbook of 1997 to 2003", found=head)


def _is_encrypted(path: Path) -> bool:
    """An encrypted workbook is an old container with this entry in its directory, in UTF-16."""
    return "EncryptedPackage".encode("utf-16-le") in path.read_bytes()


def is_wide(head: bytes) -> bool:
    """Text of two or four bytes a letter, marked or not; its reader tells what is wrong with it."""
    return head.startswith(_BOMS) or (b"\x00" in head and not head.startswith(_BINARY_HEADS))


def _check_gzip(path: Path) -> None:
    head = head_of(path, 3)
    if head != b"\x1f\x8b\x08":
        raise _disguised(path, "gzip", found=head)


def _check_text(path: Path) -> None:
    head = head_of(path)
    if head.startswith(_BOMS):
        raise SchemaError(f"{path.name!r} is written in UTF-16. Save it again as 'CSV UTF-8'.")
    if head.startswith(_BINARY_HEADS) or b"\x00" in head:
        raise _disguised(path, "text", found=head)
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        raise SchemaError(f"{path.name!r} holds nothing but blanks. Export it again.")


CONTENT_CHECKS: Final[dict[str, Callable[[Path], None]]] = {
    "gpkg": _check_gpkg,
    "geojson": _check_geojson,
    "shp": _check_shp,
    "kml": _check_kml,
    "kmz": _check_zipped,
    "fgb": _check_fgb,
    "parquet": _check_parquet,
    "csv": _check_text,
    "gz": _check_gzip,
    "xlsx": _check_zipped,
    "xls": _check_xls,
    "ods": _check_zipped,
    "toml": _check_text,
    "zip": _check_zipped,
}
