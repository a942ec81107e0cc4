"""Boundaries written as JSON: GeoJSON, Esri JSON, TopoJSON, and what portals hand out in their place."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry import shape

from socharm._words import number_of
from socharm.errors import CRSError, DataWarning, SchemaError
from socharm.io._door import reading
from socharm.io.boundary_foreign_json import esri_layer, topo_layer
from socharm.io.boundary_layer import ROUND_COUNTS, Layer, require_fields, require_number, require_only_layer
from socharm.io.crs import LONGITUDE_LATITUDE
from socharm.io.json_text import load_json

__all__ = ["read_json_layer"]

_SHAPES = ("Polygon", "MultiPolygon", "Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")
_DOWNLOAD = "Download GeoJSON, a GeoPackage or a Shapefile."


def read_json_layer(file: Path, wanted: list[str], *, layer: str | None = None) -> Layer:
    """Boundaries of a file of JSON, whatever kind it turns out to be.

    Not by GDAL: it fetches the address that a `crs` member of type "link" holds.

    Parameters
    ----------
    file : Path
    wanted : list of str
        Columns to keep.
    layer : str, optional
        Object of a TopoJSON file.

    Raises
    ------
    SchemaError
        Another kind of JSON, told by name; a page of a longer answer; not well-formed.
    """
    with reading(file.name, what="JSON"):
        content = load_json(file)
        kind = _kind(content)
        if kind != "topology":
            require_only_layer(layer, file.name)
        if kind == "esri":
            _require_whole(content, len(content.get("features") or []), file.name)
            found = esri_layer(content, wanted, file.name)
        elif kind == "topology":
            found = topo_layer(
                content, wanted, file.name, layer=layer, stated=_stated_crs(content, file.name, "TopoJSON")
            )
        else:
            found = _geojson_layer(_collection(content, kind, file.name), wanted, file.name)
    if len(found.shapes) in ROUND_COUNTS:
        warnings.warn(
            f"{file.name!r} holds exactly {number_of(len(found.shapes), 'area')}, a number at which servers stop. "
            "Compare with the number that the publisher gives.",
            DataWarning,
            stacklevel=4,
        )
    return found


def _kind(content: Any) -> str:
    if isinstance(content, list):
        pairs = bool(content) and all(
            isinstance(one, dict) and {"latitude", "longitude"} <= set(one) for one in content
        )
        return "points" if pairs else "list"
    if not isinstance(content, dict):
        return "value"
    features = content.get("features")
    first = features[0] if isinstance(features, list) and features else None
    attributes = isinstance(first, dict) and "attributes" in first and first.get("type") != "Feature"
    if attributes or str(content.get("geometryType", "")).startswith("esriGeometry"):
        return "esri"
    if content.get("type") == "Topology" or ("arcs" in content and "objects" in content):
        return "topology"
    if (
        "error" in content
        or "exceptionCode" in content
        or {"code", "message"} <= set(content)
        or "exceptions" in content
    ):
        return "error"
    if isinstance(features, list):
        return "collection"
    return str(content.get("type", "object"))


def _collection(content: Any, kind: str, file: str) -> dict[str, Any]:
    """A FeatureCollection; everything else is told by its name."""
    if kind == "collection":
        features = content["features"]
        if not all(isinstance(one, dict) for one in features):
            raise SchemaError(f"{file!r} is not a GeoJSON FeatureCollection: some features are no objects. {_DOWNLOAD}")
        return dict(content)
    if kind == "Feature":
        return {"type": "FeatureCollection", "features": [content], "crs": content.get("crs")}
    if kind == "error":
        raise SchemaError(
            f"{file!r} holds no boundaries but the error answer of a server{_answer(content)}. {_DOWNLOAD}"
        )
    told = {
        "points": "it is a list of points, such as police.uk's boundary of a neighbourhood, without any code. "
        "Download the KML files of police.uk, or make a polygon with a code in a GIS.",
        "list": f"it is a list. {_DOWNLOAD}",
        "value": f"it is a single value. {_DOWNLOAD}",
    }
    if kind in told:
        raise SchemaError(f"{file!r} is not a GeoJSON FeatureCollection: {told[kind]}")
    if kind in _SHAPES:
        raise SchemaError(
            f"{file!r} is not a GeoJSON FeatureCollection: it is a bare {kind}, without codes or names. {_DOWNLOAD}"
        )
    if "currentVersion" in content or kind in ("Feature Layer", "Table"):
        raise SchemaError(
            f"{file!r} is the description of an ArcGIS layer, not its areas. Query it (`query?where=1=1&outFields=*&"
            "f=geojson`), or use the portal's download."
        )
    if "osm3s" in content or "elements" in content:
        raise SchemaError(f"{file!r} is an answer of OpenStreetMap's Overpass. Convert it to GeoJSON first.")
    raise SchemaError(
        f"{file!r} is not a GeoJSON FeatureCollection: its members are {sorted(map(str, content))[:8]}. {_DOWNLOAD}"
    )


def _answer(content: dict[str, Any]) -> str:
    held = content.get("error", content)
    parts = [str(held[key]) for key in ("code", "exceptionCode", "message") if isinstance(held, dict) and key in held]
    text = " ".join(" ".join(parts).split())[:120]
    return f" ({text})" if text.isprintable() and text else ""


def _require_whole(content: dict[str, Any], n: int, file: str) -> None:
    """Stop at an answer that says itself that there is more."""
    inner = content.get("properties")
    places = [content, *([inner] if isinstance(inner, dict) else [])]
    rest = (
        f"Ask for the rest (`resultOffset={n}`, or the next page), join the parts, or use the publisher's whole file."
    )
    if any(place.get("exceededTransferLimit") in (True, "true", 1) for place in places):
        raise SchemaError(
            f"{file!r} says itself that it is cut: its server stopped after {number_of(n, 'area')} "
            f"(exceededTransferLimit). {rest}"
        )
    for key in ("numberMatched", "totalFeatures", "numberReturned"):
        for place in places:
            announced = place.get(key)
            if isinstance(announced, str) and announced.strip().isdecimal():
                announced = int(announced)
            if isinstance(announced, int) and not isinstance(announced, bool) and announced > n:
                raise SchemaError(
                    f"{file!r} announces {number_of(announced, 'area')} ({key}) and holds {n:,}: it is cut. {rest}"
                )
    links = content.get("links")
    if isinstance(links, list) and any(isinstance(one, dict) and one.get("rel") == "next" for one in links):
        raise SchemaError(
            f"{file!r} is one page of several: it names a next one after these {number_of(n, 'area')}. {rest}"
        )


def _geojson_layer(content: dict[str, Any], wanted: list[str], file: str) -> Layer:
    features = content["features"]
    _require_whole(content, len(features), file)
    require_number(len(features), file)
    rows = [one["properties"] if isinstance(one.get("properties"), dict) else {} for one in features]
    require_fields(list(dict.fromkeys(str(key) for row in rows for key in row)), wanted, file)
    shapes, unclosed = _shapes([one.get("geometry") for one in features], file)
    crs, said, assumed = _stated_crs(content, file, "GeoJSON")
    return Layer(
        columns=pd.DataFrame({column: [row.get(column) for row in rows] for column in wanted}, dtype=object),
        others=Layer.other_cells(rows, wanted),
        shapes=shapes,
        crs=crs,
        said=said,
        assumed=assumed,
        unclosed=unclosed,
    )


def _shapes(geometries: list[Any], file: str) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    shapes = np.empty(len(geometries), dtype=object)
    unclosed = np.zeros(len(geometries), dtype=bool)
    wrong: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for row, geometry in enumerate(geometries):
            try:
                shapes[row] = None if geometry is None else shape(geometry)
                unclosed[row] = geometry is not None and _has_open_ring(geometry)
            except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, ShapelyError) as fault:
                wrong.append(f"feature {row + 1}: {_why(fault, geometry)}")
    if wrong:
        more = f", and {len(wrong) - 5:,} more" if len(wrong) > 5 else ""
        raise SchemaError(
            f"{file!r} holds a geometry that is none: {'; '.join(wrong[:5])}{more}. Correct them in a GIS, or export "
            "it again."
        )
    return shapes, unclosed


def _why(fault: Exception, geometry: Any) -> str:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in _SHAPES:
        return f"no GeoJSON geometry (type {str(kind)[:20]!r})"
    if "at least 4" in str(fault):
        return "a ring of fewer than four points"
    return f"its coordinates cannot be read ({type(fault).__name__})"


def _has_open_ring(geometry: dict[str, Any]) -> bool:
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        return False
    polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    return any(list(ring[0]) != list(ring[-1]) for polygon in polygons for ring in polygon if len(ring))


def _stated_crs(content: dict[str, Any], file: str, kind: str) -> tuple[Any, str, bool]:
    """CRS of a file: longitude and latitude (RFC 7946) unless an older file names another one."""
    if content.get("crs") is None:
        return LONGITUDE_LATITUDE, f"the file says longitude and latitude ({kind} that names no other system)", True
    # `safe_path` has refused what is no name.
    said = content["crs"].get("properties", {}) if isinstance(content["crs"], dict) else {}
    named = str(said.get("name") or said.get("code") or "") if isinstance(said, dict) else ""
    if not named:
        raise CRSError(
            f"{file!r} does not name its coordinate system. Export it again in longitude and latitude, or delete its "
            "`crs` member and state `source_crs=`."
        )
    crs = f"EPSG:{named}" if named.isdigit() else named
    return crs, f"the file says {crs[:60]}", False
