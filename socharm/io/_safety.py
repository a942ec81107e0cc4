"""The door every file comes through: no address, no driver prefix, no file that is not what its name says.

GDAL chooses its driver by content: an OGR VRT file renamed ``wards.gpkg`` makes it send a request to
any host that the file names. So every reader passes its path through `safe_path` first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from socharm._checks import nearest_name
from socharm._limits import MAX_JSON_BYTES, require_within
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io._door import reading
from socharm.io.json_text import load_json

__all__ = ["BOUNDARY_KINDS", "FILE_KINDS", "TABLE_KINDS", "WORKBOOK_KINDS", "kind_of", "safe_path"]

#: File kinds and the extensions that belong to each.
FILE_KINDS: Final = {
    "gpkg": (".gpkg",),
    "geojson": (".geojson", ".json", ".topojson", ".geojsonl", ".geojsons", ".ndjson"),
    "kml": (".kml",),
    "shp": (".shp",),
    "fgb": (".fgb",),
    "parquet": (".parquet", ".geoparquet", ".pq"),
    "csv": (".csv", ".txt", ".tsv", ".tab"),
    "gz": (".csv.gz", ".txt.gz", ".tsv.gz", ".tab.gz"),
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "toml": (".toml",),
    "zip": (".zip",),
    "kmz": (".kmz",),
}
#: Kinds that `read_boundaries` reads.
BOUNDARY_KINDS: Final = ("gpkg", "geojson", "shp", "fgb", "parquet", "kml", "kmz", "zip")
#: Files that hold boundaries in ways that are not read, by extension: what each is, and the way out.
_OTHER_BOUNDARIES: Final = {
    ".gdb": "a file geodatabase. Open it in a GIS, save its layer as GeoPackage",
    ".gml": "GML. Convert it to GeoPackage in a GIS",
    ".xml": "XML, such as GML. Convert it to GeoPackage in a GIS",
    ".gpx": "a track of a GPS device, not areas. Draw the areas in a GIS and save them as GeoPackage",
    ".mif": "MapInfo. Save it as GeoPackage in a GIS",
    ".mid": "part of a MapInfo file. Save the .mif as GeoPackage in a GIS",
    ".tab": "MapInfo. Save it as GeoPackage in a GIS",
    ".dxf": "a drawing. Save its polygons, with their codes, as GeoPackage in a GIS",
    ".dwg": "a drawing. Save its polygons, with their codes, as GeoPackage in a GIS",
    ".sqlite": "a database. Save its layer as GeoPackage in a GIS",
    ".db": "a database. Save its layer as GeoPackage in a GIS",
    ".mdb": "a personal geodatabase. Save its layer as GeoPackage in a GIS",
    ".dbf": "the attributes of a Shapefile. Name the .shp beside it",
    ".shx": "the index of a Shapefile. Name the .shp beside it",
    ".prj": "the coordinate system of a Shapefile. Name the .shp beside it",
    ".osm": "OpenStreetMap data. Convert its areas to GeoPackage",
    ".pbf": "OpenStreetMap data or map tiles. Convert the areas to GeoPackage",
    ".mbtiles": "map tiles. Take the boundaries themselves as GeoPackage",
    ".lyr": "the style of a layer. Save the layer itself as GeoPackage in a GIS",
    ".lyrx": "the style of a layer. Save the layer itself as GeoPackage in a GIS",
    ".qgz": "a project of QGIS. Save its layer as GeoPackage",
    ".qgs": "a project of QGIS. Save its layer as GeoPackage",
    ".7z": "an archive. Unpack it",
    ".rar": "an archive. Unpack it",
    ".gz": "a packed file. Unpack it",
    ".csv": "a table without shapes. Take the boundaries as GeoPackage or GeoJSON",
    ".xlsx": "a table without shapes. Take the boundaries as GeoPackage or GeoJSON",
    ".txt": "a text file. Take the boundaries as GeoPackage or GeoJSON",
}
#: Kinds that the readers of tables read.
TABLE_KINDS: Final = ("csv", "gz", "xlsx", "xls", "ods", "parquet")
#: Kinds of workbooks.
WORKBOOK_KINDS: Final = ("xlsx", "xls", "ods")

_HEAD: Final = 65_536
# Two letters or more before a colon: `PG:`, `WFS:`, `http:`. One letter is a Windows drive.
_PREFIX: Final = re.compile(r"^[A-Za-z][A-Za-z0-9_+.\-]+:")
_VIRTUAL: Final = re.compile(r"^[\\/]+vsi[a-z0-9_]*([\\/?{]|$)", re.IGNORECASE)
# GDAL looks for these anywhere in the head of a file, whatever its first byte is.
_XML_SOURCES: Final = re.compile(rb"<\s*(OGR[A-Za-z]*DataSource|OGRVRT|VRTDataset|GDAL_WMS|WMS_|\?xml)", re.IGNORECASE)
#: Bytes of a text in one byte a letter: no control character but tabs and line ends.
_TEXT: Final = re.compile(rb"[\t\r\n\x0c\x20-\x7e\x80-\xff]+")
_WEB_PAGE: Final = re.compile(rb"<\s*(!doctype\s+html|html|head|body)", re.IGNORECASE)
_KML: Final = re.compile(rb"<\s*([A-Za-z0-9_]+:)?kml[\s>]")
_DOCUMENT_TYPE: Final = re.compile(rb"<!\s*(doctype|entity)", re.IGNORECASE)
_CRS_REGISTER: Final = "http://www.opengis.net/def/crs/"
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_OLE: Final = b"\xd0\xcf\x11\xe0"
_BINARY_HEADS: Final = (b"SQLite format 3", b"PAR1", b"PK\x03\x04", b"fgb\x03", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")


def kind_of(path: str | os.PathLike[str]) -> str | None:
    """File kind that an extension stands for (a key of `FILE_KINDS`), or None.

    Examples
    --------
    >>> kind_of("wards.GPKG")
    'gpkg'
    """
    name = Path(path).name.lower()
    suffix = "".join(Path(name).suffixes[-2:]) if name.endswith(".gz") else Path(name).suffix
    return next((kind for kind, suffixes in FILE_KINDS.items() if suffix in suffixes), None)


def safe_path(
    path: str | os.PathLike[str], *, kinds: Collection[str], name: str = "path", wide_text: bool = False
) -> Path:
    """Path of an existing local file whose content is what its extension says.

    Parameters
    ----------
    path : str or path
        A file on this machine.
    kinds : collection of str
        Kinds accepted, keys of `FILE_KINDS`; ``"folder"`` accepts a folder as well.
    name : str
        The caller's name of the argument, for messages.
    wide_text : bool
        The reader takes UTF-16 too: text files are not searched for zero bytes.

    Returns
    -------
    Path
        Absolute; symbolic links are left as they are.

    Raises
    ------
    RefusedError
        An address (``https://``, ``/vsicurl/``, ``PG:``), something that is not a regular file, or
        content that does not match the extension.
    ParameterError
        No such file, or an extension the reader does not read.
    SchemaError
        The file is empty or cut short.
    StoreError
        The system does not let it be read.
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise ParameterError(f"`{name}` is {path!r}; give the path of a file as text.")
    text = os.fspath(path)
    _refuse_addresses(text, name=name)
    found = Path(os.path.abspath(text))
    with reading(found.name, what="a file"):
        _look_at(found, text, kinds, name=name, wide_text=wide_text)
    return found


def _look_at(found: Path, text: str, kinds: Collection[str], *, name: str, wide_text: bool) -> None:
    if not found.exists():
        raise ParameterError(_not_found(text, found, name=name))
    if found.is_dir():
        if "folder" in kinds:
            return
        raise ParameterError(_folder(found, text, kinds, name=name))
    if not found.is_file():
        raise RefusedError(f"`{name}` is not a regular file: {text!r}. Save the data to a file and read that.")
    kind = kind_of(found)
    if kind is None or kind not in kinds:
        _refuse_extension(found, kinds, name=name)
    elif kind in BOUNDARY_KINDS and "gpkg" in kinds and "!" in str(found):
        # The geometry library takes what follows `!` for the name of another file.
        raise RefusedError(f"`{name}` holds an exclamation mark: {found.name!r}. Rename the file or its folder.")
    elif found.stat().st_size == 0:
        raise SchemaError(f"`{name}` is an empty file: {found.name!r} holds 0 bytes. Download or export it again.")
    elif not (kind == "csv" and wide_text and _is_wide(_head(found, 1_024))):
        _CONTENT_CHECKS[kind](found)


def _refuse_addresses(text: str, *, name: str) -> None:
    if "\x00" in text or "\n" in text:
        raise RefusedError(f"`{name}` holds a control character: {text!r}. Name a file on this machine.")
    stripped = text.strip()
    if "://" in stripped or _VIRTUAL.match(stripped) or _PREFIX.match(stripped) or stripped.startswith(("<", "{")):
        raise RefusedError(
            f"`{name}` is not a plain path of a local file: {text!r}. socharm reads no addresses, databases or virtual "
            "files; download the file first and name it."
        )


def _not_found(text: str, found: Path, *, name: str) -> str:
    if not found.parent.is_dir():
        return f"`{name}` names no file: {text!r}; its folder does not exist either. Correct the path."
    hint = nearest_name(found.name, (entry.name for entry in found.parent.iterdir()))
    meant = f" Did you mean {hint!r}?" if hint else ""
    return f"`{name}` names no file: {text!r} does not exist.{meant} Correct the path."


def _refuse_extension(found: Path, kinds: Collection[str], *, name: str) -> None:
    known = sorted(suffix for kind in kinds for suffix in FILE_KINDS.get(kind, ()))
    if found.suffix.lower() == ".vrt":
        raise RefusedError(
            f"`{name}` is a virtual file ({found.name!r}), which can send requests to other machines. "
            "Convert it to a GeoPackage first."
        )
    if "gpkg" in kinds and found.suffix.lower() in _OTHER_BOUNDARIES:
        raise ParameterError(
            f"`{name}` is {found.name!r}, {_OTHER_BOUNDARIES[found.suffix.lower()]}, and read that. This reader reads "
            f"{', '.join(known)}."
        )
    raise ParameterError(f"`{name}` is {found.name!r}; this reader reads {', '.join(known)}. Convert the file first.")


def _folder(found: Path, text: str, kinds: Collection[str], *, name: str) -> str:
    if "gpkg" in kinds and found.suffix.lower() == ".gdb":
        return f"`{name}` is {found.name!r}, {_OTHER_BOUNDARIES['.gdb']}, and read that."
    fit = sorted(one.name for one in found.iterdir() if one.is_file() and kind_of(one) in kinds)
    held = f"; it holds {fit[:5]}" if fit else ""
    return f"`{name}` is a folder: {text!r}{held}. Name the file in it that should be read."


def _disguised(path: Path, wanted: str, *, found: bytes = b"") -> RefusedError:
    if kind_of(path) not in WORKBOOK_KINDS:
        _refuse_web_page(path, _head(path).removeprefix(b"\xef\xbb\xbf").lstrip())
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
    head = _head(path)
    if kind_of(path) in WORKBOOK_KINDS and _WEB_PAGE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        return (
            "It is a web page: if it holds the table, open it in a spreadsheet program and save it as a workbook; "
            "otherwise the server answered with a page in place of the file, so download it again."
        )
    if kind_of(path) in WORKBOOK_KINDS and head.strip() and _TEXT.fullmatch(head):
        return "It is text: rename it to end in .csv (or .txt, where tabs part its cells), or save it as a workbook."
    return "Export it again, or give it the ending that fits."


def _head(path: Path, size: int = _HEAD) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)


def _check_gpkg(path: Path) -> None:
    head = _head(path, 100)
    if not head.startswith(b"SQLite format 3\x00"):
        raise _disguised(path, "a GeoPackage", found=head)
    if len(head) < 100:
        raise SchemaError(f"{path.name!r} is a GeoPackage cut short after {len(head)} bytes. Download it again.")
    # The application id keeps plain SQLite files out: their virtual tables can open further files.
    if head[68:72] not in (b"GPKG", b"GP10", b"GP11"):
        raise _disguised(path, "a GeoPackage (an SQLite file without the GeoPackage mark)")


def _check_geojson(path: Path) -> None:
    head = _head(path)
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
    head = _head(path)
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
    head = _head(path, 100)
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
    head = _head(path, 8)
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
    head = _head(path, 8)
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
    head = _head(path, 8)
    if head.startswith(b"PK\x03\x04"):
        raise SchemaError(f"{path.name!r} is a newer workbook under an old name. Rename it to end in .xlsx.")
    if not head.startswith(_OLE):
        raise _disguised(path, "an Excel workbook of 1997 to 2003", found=head)


def _is_encrypted(path: Path) -> bool:
    """An encrypted workbook is an old container with this entry in its directory, in UTF-16."""
    return "EncryptedPackage".encode("utf-16-le") in path.read_bytes()


def _is_wide(head: bytes) -> bool:
    """Text of two or four bytes a letter, marked or not; its reader tells what is wrong with it."""
    return head.startswith(_BOMS) or (b"\x00" in head and not head.startswith(_BINARY_HEADS))


def _check_gzip(path: Path) -> None:
    head = _head(path, 3)
    if head != b"\x1f\x8b\x08":
        raise _disguised(path, "gzip", found=head)


def _check_text(path: Path) -> None:
    head = _head(path)
    if head.startswith(_BOMS):
        raise SchemaError(f"{path.name!r} is written in UTF-16. Save it again as 'CSV UTF-8'.")
    if head.startswith(_BINARY_HEADS) or b"\x00" in head:
        raise _disguised(path, "text", found=head)
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        raise SchemaError(f"{path.name!r} holds nothing but blanks. Export it again.")


_CONTENT_CHECKS: Final[dict[str, Callable[[Path], None]]] = {
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
