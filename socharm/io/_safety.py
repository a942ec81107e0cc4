"""The door every file comes through: no address, no driver prefix, no file that is not what its name says.

GDAL chooses its driver by content: an OGR VRT file renamed ``wards.gpkg`` makes it send a request to
any host that the file names. So every reader passes its path through `safe_path` first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from socharm._checks import nearest_name
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io._door import reading
from socharm.io.file_contents import ADDRESS_PREFIX, CONTENT_CHECKS, head_of, is_wide
from socharm.io.file_kinds import BOUNDARY_KINDS, FILE_KINDS, kind_of

__all__ = ["safe_path"]

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

_VIRTUAL: Final = re.compile(r"^[\\/]+vsi[a-z0-9_]*([\\/?{]|$)", re.IGNORECASE)


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
    elif not (kind == "csv" and wide_text and is_wide(head_of(found, 1_024))):
        CONTENT_CHECKS[kind](found)


def _refuse_addresses(text: str, *, name: str) -> None:
    if "\x00" in text or "\n" in text:
        raise RefusedError(f"`{name}` holds a control character: {text!r}. Name a file on this machine.")
    stripped = text.strip()
    if (
        "://" in stripped
        or _VIRTUAL.match(stripped)
        or ADDRESS_PREFIX.match(stripped)
        or stripped.startswith(("<", "{"))
    ):
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
