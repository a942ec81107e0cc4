"""Boundary files of every kind that is read, each by the reader that is safe for it."""

from __future__ import annotations

import codecs
import json
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import CRSError, DataWarning, ParameterError, SchemaError
from socharm.io._door import reading
from socharm.io._safety import safe_path
from socharm.io.boundary_geopackage import open_layer
from socharm.io.boundary_json import read_json_layer
from socharm.io.boundary_kml import read_kml_layer
from socharm.io.boundary_layer import Layer, require_fields, require_number, require_only_layer, shapes_from_wkb
from socharm.io.boundary_shapefile import require_whole_shapefile
from socharm.io.boundary_zip import unpacked
from socharm.io.file_kinds import BOUNDARY_KINDS, kind_of
from socharm.io.personal import LOOKED_AT
from socharm.io.table_options import require_encoding

__all__ = ["read_boundary_layer"]

_NAMES = {"gpkg": "a GeoPackage", "shp": "a Shapefile", "fgb": "FlatGeobuf", "parquet": "GeoParquet"}


def read_boundary_layer(
    file: Path, wanted: list[str], *, layer: str | None = None, encoding: str | None = None
) -> Layer:
    """One layer of a boundary file: the wanted columns, the shapes, and the system that the file states.

    Parameters
    ----------
    file : Path
        By `safe_path`.
    wanted : list of str
        Columns to keep.
    layer : str, optional
        Layer of a GeoPackage, or object of a TopoJSON file.
    encoding : str, optional
        Of the attributes of a Shapefile; what its .cpg or .dbf says by default.

    Raises
    ------
    SchemaError, ParameterError, RefusedError
        The file cannot be read, lacks a column, is cut, or holds another layer.
    """
    wanted = list(dict.fromkeys(wanted))
    kind = kind_of(file)
    if kind in ("zip", "kmz"):
        with unpacked(file) as (inner, name):
            checked = safe_path(inner, kinds=BOUNDARY_KINDS)
            return read_boundary_layer(checked, wanted, layer=layer, encoding=encoding).of_file(name)
    if kind not in ("gpkg", "geojson"):
        require_only_layer(layer, file.name)
    if encoding is not None and kind != "shp":
        require_encoding(encoding)
        raise ParameterError(
            f"`encoding` is {encoding!r}, and {file.name!r} is no Shapefile: its kind states its own. Leave it out."
        )
    # Numpy warns of coordinates that are not finite; they are told by row later.
    with np.errstate(all="ignore"):
        if kind == "geojson":
            return read_json_layer(file, wanted, layer=layer)
        if kind == "kml":
            return read_kml_layer(file, wanted)
        if kind == "parquet":
            return _parquet_layer(file, wanted)
        return _gdal_layer(file, str(kind), wanted, layer=layer, encoding=encoding)


def _gdal_layer(file: Path, kind: str, wanted: list[str], *, layer: str | None, encoding: str | None) -> Layer:
    options: dict[str, Any] = {"encoding": _codepage(encoding)}
    if kind == "gpkg":
        # Tables that are no layers stay closed: a view among them may never end.
        options |= {"layer": open_layer(file, layer), "LIST_ALL_TABLES": "NO"}
    elif kind == "shp":
        require_whole_shapefile(file)
    advice = "Export it again." if kind != "shp" else "Export it again, or state `encoding=` if its texts are at fault."
    with reading(file.name, what=_NAMES[kind], advice=advice), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        meta, wkb, values, others = _asked_of_gdal(file, wanted, options)
        shapes, unclosed, unreadable = shapes_from_wkb(np.asarray(wkb, dtype=object))
    columns = pd.DataFrame(
        {str(name): _plain(column) for name, column in zip(meta["fields"], values, strict=True)},
        index=pd.RangeIndex(len(shapes)),
    )
    require_number(len(shapes), file.name)
    messages = tuple(dict.fromkeys(str(one.message).replace(str(file), file.name) for one in caught))
    _tell_lost_letters(messages, file.name)
    # GeoPackage has two systems that stand for "not known".
    crs = None if not meta["crs"] or "Undefined" in str(meta["crs"])[:60] else meta["crs"]
    return Layer(
        columns=columns[wanted].astype(object),
        others=others,
        shapes=shapes,
        crs=crs,
        said=f"the file says {_short(crs)}",
        name=options.get("layer", ""),
        unclosed=unclosed,
        unreadable=unreadable,
        messages=messages,
    )


def _asked_of_gdal(
    file: Path, wanted: list[str], options: dict[str, Any]
) -> tuple[dict[str, Any], Any, Any, pd.DataFrame]:
    """What GDAL says of a layer, its shapes, the wanted columns and the first rows of the others.

    Stops where it announces other than it holds.
    """
    try:
        described = pyogrio.read_info(file, **options)
        if described["geometry_type"] is None:
            raise SchemaError(f"{file.name!r} holds a table without geometry. Name the layer that holds the polygons.")
        require_fields([str(one) for one in described["fields"]], wanted, file.name)
        announced = int(described["features"])
        if announced >= 0:
            require_number(announced, file.name)
        meta, _, wkb, values = pyogrio.raw.read(file, columns=wanted, force_2d=True, **options)
        others = _unasked(file, [one for one in map(str, described["fields"]) if one not in wanted], options)
    except pyogrio.errors.CRSError:
        way = f"Take {file.stem + '.prj'!r} away" if file.suffix.lower() == ".shp" else "Save it again in a GIS"
        raise CRSError(
            f"{file.name!r} states a coordinate system that cannot be read. {way}, and state `source_crs=`, from what "
            "the publisher says."
        ) from None
    if 0 <= announced != len(wkb):
        raise SchemaError(
            f"{file.name!r} announces {number_of(announced, 'area')} and holds {len(wkb):,}: it is cut short. Download "
            "it again."
        )
    return meta, wkb, values, others


def _unasked(file: Path, columns: list[str], options: dict[str, Any]) -> pd.DataFrame:
    """The first rows of the columns that nobody asked for."""
    if not columns:
        return pd.DataFrame()
    meta, _, _, values = pyogrio.raw.read(file, columns=columns, read_geometry=False, max_features=LOOKED_AT, **options)
    return pd.DataFrame({str(name): _plain(cells) for name, cells in zip(meta["fields"], values, strict=True)})


def _tell_lost_letters(messages: tuple[str, ...], file: str) -> None:
    """Letters that the encoding cannot have are left out by GDAL: names would lack them on every map."""
    if any("couldn't be converted" in message for message in messages):
        warnings.warn(
            f"{file!r}: some letters of its texts could not be read and are lost: the encoding that is stated is not "
            "that of the file. State it by `encoding=`, such as 'utf-8' or 'cp1252', or export again.",
            DataWarning,
            stacklevel=5,
        )


def _codepage(encoding: str | None) -> str | None:
    """Name of an encoding as GDAL knows it: Python's ``latin-1`` is its ``ISO-8859-1``."""
    if encoding is None:
        return None
    require_encoding(encoding)
    return codecs.lookup(encoding).name.replace("iso8859", "ISO-8859").upper()


def _plain(column: NDArray[Any]) -> pd.Series:
    return pd.Series(column, dtype=object)


def _short(crs: Any) -> str:
    text = str(crs)
    return text.split('"')[1] if '"' in text else text[:60]


def _parquet_layer(file: Path, wanted: list[str]) -> Layer:
    import pyarrow.parquet as pq

    with reading(file.name, what="GeoParquet"):
        source = pq.ParquetFile(file)
        try:
            schema, n = source.schema_arrow, source.metadata.num_rows
            described = _geo(schema.metadata or {}, file.name)
            primary = str(described["primary_column"])
            require_fields([str(name) for name in schema.names if name not in described["columns"]], wanted, file.name)
            if primary not in schema.names:
                raise SchemaError(
                    f"{file.name!r} names {primary!r} as its geometry and has no such column. Export it again."
                )
            require_number(n, file.name)
            stated = described["columns"].get(primary, {})
            table = source.read(columns=[*wanted, primary])
            plain = [one.name for one in schema if one.name not in described["columns"] and one.name not in wanted]
            batch = next(source.iter_batches(batch_size=LOOKED_AT, columns=plain), None) if plain else None
            others = pd.DataFrame() if batch is None else batch.to_pandas()
        finally:
            source.close()
        shapes, unclosed, unreadable = _parquet_shapes(file, table.column(primary), primary, stated)
        frame = table.select(wanted).to_pandas().reset_index(drop=True)
    crs, said, assumed = _parquet_crs(stated)
    return Layer(
        columns=frame[wanted].astype(object),
        others=others,
        shapes=shapes,
        crs=crs,
        said=said,
        assumed=assumed,
        unclosed=unclosed,
        unreadable=unreadable,
    )


def _geo(metadata: dict[bytes, bytes], file: str) -> dict[str, Any]:
    """The ``geo`` metadata of GeoParquet, as far as it is what the specification says."""
    if b"geo" not in metadata:
        raise SchemaError(
            f"{file!r} is parquet without the `geo` metadata of GeoParquet: a table, not boundaries. Export it again "
            "as GeoParquet or GeoPackage."
        )
    try:
        described = json.loads(metadata[b"geo"])
    except (ValueError, RecursionError):
        described = None
    columns = described.get("columns") if isinstance(described, dict) else None
    if not isinstance(described, dict) or not isinstance(columns, dict) or "primary_column" not in described:
        raise SchemaError(f"{file!r} is GeoParquet whose `geo` metadata cannot be read. Export it again.")
    described["columns"] = {str(name): one if isinstance(one, dict) else {} for name, one in columns.items()}
    return described


def _parquet_shapes(
    file: Path, column: Any, primary: str, stated: dict[str, Any]
) -> tuple[NDArray[np.object_], NDArray[np.bool_], NDArray[np.bool_]]:
    import pyarrow as pa

    encoding = str(stated.get("encoding", "WKB"))
    if encoding.upper() == "WKB" and (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        return shapes_from_wkb(np.asarray(column.to_pylist(), dtype=object))
    if encoding.lower() in ("polygon", "multipolygon"):
        shapes = np.asarray(gpd.read_parquet(file, columns=[primary]).geometry.to_numpy(), dtype=object)
        nothing = np.zeros(len(shapes), dtype=bool)
        return shapes, nothing, nothing.copy()
    raise SchemaError(
        f"{file.name!r} is GeoParquet whose geometry is {encoding!r} in a column of {column.type}, not polygons in "
        "WKB. Export it again."
    )


def _parquet_crs(stated: dict[str, Any]) -> tuple[Any, str, bool]:
    if "crs" not in stated:
        return "OGC:CRS84", "the file says longitude and latitude (GeoParquet that names no other system)", True
    crs = stated["crs"]
    if crs is None:
        return None, "the file says that its system is not known", True
    named = crs.get("id", {}) if isinstance(crs, dict) else {}
    named = named if isinstance(named, dict) else {}
    label = f"{named['authority']}:{named['code']}" if {"authority", "code"} <= set(named) else ""
    return (json.dumps(crs) if isinstance(crs, dict) else crs), f"the file says {label or _short(crs)}", False
