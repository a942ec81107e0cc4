"""Boundaries in JSON of other kinds: Esri JSON and TopoJSON, turned into the same shapes as GeoJSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry import Polygon

from socharm._checks import nearest_name
from socharm.errors import ParameterError, SchemaError
from socharm.io.boundary_layer import Layer, require_fields, require_number

__all__ = ["esri_layer", "topo_layer"]

_DOWNLOAD = "Download GeoJSON instead."
#: Codes above this one are Esri's own, not of the EPSG register.
_LAST_EPSG = 32_767


def esri_layer(content: dict[str, Any], wanted: list[str], file: str) -> Layer:
    """Boundaries of Esri JSON: ``attributes`` and ``rings``.

    Raises
    ------
    SchemaError
        Points, lines, curves, or shapes that were left out of the query.
    """
    kind = "Esri JSON"
    features = content.get("features")
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise SchemaError(f"{file!r} is {kind} without features. {_DOWNLOAD}")
    require_number(len(features), file)
    rows = [one["attributes"] if isinstance(one.get("attributes"), dict) else {} for one in features]
    require_fields(list(dict.fromkeys(str(key) for row in rows for key in row)), wanted, file, kind=kind)
    geometries = [one.get("geometry") for one in features]
    if not any(geometries):
        raise SchemaError(f"{file!r} is {kind} without shapes. Ask for them (`returnGeometry=true`). {_DOWNLOAD}")
    shapes, unclosed = np.empty(len(features), dtype=object), np.zeros(len(features), dtype=bool)
    for row, geometry in enumerate(geometries):
        if not geometry:
            continue
        try:
            shapes[row], unclosed[row] = _esri_shape(geometry, row, file)
        except SchemaError:
            raise
        except (ValueError, TypeError, LookupError, ArithmeticError, ShapelyError) as fault:
            raise SchemaError(
                f"{file!r} is {kind} whose feature {row + 1} has rings that cannot be read ({type(fault).__name__}). "
                f"{_DOWNLOAD}"
            ) from None
    crs = _esri_crs(content, geometries)
    return Layer(
        columns=pd.DataFrame({column: [row.get(column) for row in rows] for column in wanted}, dtype=object),
        others=Layer.other_cells(rows, wanted),
        shapes=shapes,
        crs=crs,
        said=f"the file says {str(crs)[:60]}" if crs is not None else "the file says nothing",
        unclosed=unclosed,
        messages=("The file is Esri JSON.",),
    )


def _esri_shape(geometry: Any, row: int, file: str) -> tuple[Any, bool]:
    if not isinstance(geometry, dict) or "rings" not in geometry:
        held = sorted(map(str, geometry))[:4] if isinstance(geometry, dict) else type(geometry).__name__
        raise SchemaError(
            f"{file!r} is Esri JSON whose feature {row + 1} is no polygon of straight lines: it holds {held}. "
            f"{_DOWNLOAD}"
        )
    rings = [np.asarray([point[:2] for point in ring], dtype=np.float64) for ring in geometry["rings"] if len(ring)]
    if any(len(np.unique(ring, axis=0)) < 3 for ring in rings):
        raise SchemaError(f"{file!r} is Esri JSON whose feature {row + 1} holds a ring of fewer than four points.")
    unclosed = any(not np.array_equal(ring[0], ring[-1]) for ring in rings)
    if not rings:
        return None, False
    made = np.asarray([shapely.linearrings(ring) for ring in rings], dtype=object)
    return _nested(made), unclosed


def _nested(rings: NDArray[np.object_]) -> Any:
    """Polygons of rings: clockwise ones are outer, the others are holes of the smallest one around them."""
    holes = shapely.is_ccw(rings)
    if holes.all():  # all wound the other way round
        holes = ~holes
    outer = np.flatnonzero(~holes)
    bodies = np.asarray([shapely.polygons(rings[place]) for place in outer], dtype=object)
    of: dict[int, list[Any]] = {int(place): [] for place in range(len(outer))}
    areas = shapely.area(bodies)
    alone: list[Any] = []
    for place in np.flatnonzero(holes):
        inside = shapely.contains(bodies, shapely.polygons(rings[place]).representative_point())
        around = np.flatnonzero(inside)
        if len(around):
            of[int(around[np.argmin(areas[around])])].append(rings[place])
        else:
            alone.append(shapely.polygons(rings[place]))
    parts = [Polygon(rings[outer[place]], held) for place, held in of.items()] + alone
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _esri_crs(content: dict[str, Any], geometries: list[Any]) -> Any:
    said = content.get("spatialReference")
    if not isinstance(said, dict):
        held = (one.get("spatialReference") for one in geometries if isinstance(one, dict))
        said = next((one for one in held if isinstance(one, dict)), {})
    for key in ("latestWkid", "wkid"):
        number = said.get(key)
        if isinstance(number, int) and not isinstance(number, bool):
            return f"{'EPSG' if number <= _LAST_EPSG else 'ESRI'}:{number}"
    text = said.get("wkt") or said.get("wkt2")
    return str(text) if text else None


def topo_layer(
    content: dict[str, Any], wanted: list[str], file: str, *, layer: str | None, stated: tuple[Any, str, bool]
) -> Layer:
    """Boundaries of TopoJSON: shared arcs, put together again; `stated` is the system, as for `Layer`.

    Raises
    ------
    SchemaError
        No object with features, or arcs that do not exist.
    ParameterError
        Several objects, and `layer` names none of them.
    """
    objects = content.get("objects")
    objects = {str(key): one for key, one in objects.items()} if isinstance(objects, dict) else {}
    if not objects:
        raise SchemaError(f"{file!r} is TopoJSON without objects. {_DOWNLOAD}")
    if layer is None and len(objects) > 1:
        raise ParameterError(f"{file!r} is TopoJSON with the objects {sorted(objects)}. Name one by `layer=`.")
    name = next(iter(objects)) if layer is None else layer
    if name not in objects:
        hint = nearest_name(name, objects)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`layer` is {name!r}; {file!r} is TopoJSON with the objects {sorted(objects)}.{meant}")
    held = objects[name]
    features = held.get("geometries", [held]) if isinstance(held, dict) else []
    features = [one for one in features if isinstance(one, dict)]
    require_number(len(features), file)
    rows = [one["properties"] if isinstance(one.get("properties"), dict) else {} for one in features]
    rows = [{"id": one["id"], **row} if "id" in one else row for one, row in zip(features, rows, strict=True)]
    require_fields(list(dict.fromkeys(str(key) for row in rows for key in row)), wanted, file, kind="TopoJSON")
    arcs = _arcs(content, file)
    shapes = np.empty(len(features), dtype=object)
    for row, one in enumerate(features):
        try:
            shapes[row] = _topo_shape(one, arcs)
        except (IndexError, TypeError, KeyError, ValueError) as fault:
            raise SchemaError(
                f"{file!r} is TopoJSON whose feature {row + 1} cannot be put together ({type(fault).__name__}): its "
                f"arcs are missing or broken. {_DOWNLOAD}"
            ) from None
    crs, said, assumed = stated
    return Layer(
        columns=pd.DataFrame({column: [row.get(column) for row in rows] for column in wanted}, dtype=object),
        others=Layer.other_cells(rows, wanted),
        shapes=shapes,
        crs=crs,
        said=said,
        assumed=assumed,
        name=name,
        messages=("The file is TopoJSON.",),
    )


def _arcs(content: dict[str, Any], file: str) -> list[NDArray[np.float64]]:
    transform = content.get("transform")
    try:
        arcs = [np.asarray([point[:2] for point in arc], dtype=np.float64).reshape(-1, 2) for arc in content["arcs"]]
        if transform is None:
            return arcs
        scale, shift = (np.asarray(transform[key], dtype=np.float64)[:2] for key in ("scale", "translate"))
        # The first position of an arc is whole, each other one is the step from the one before.
        return [np.cumsum(arc, axis=0) * scale + shift for arc in arcs]
    except (KeyError, TypeError, ValueError, IndexError):
        raise SchemaError(f"{file!r} is TopoJSON whose arcs cannot be read. {_DOWNLOAD}") from None


def _topo_shape(feature: dict[str, Any], arcs: list[NDArray[np.float64]]) -> Any:
    kind = feature.get("type")
    if kind == "Polygon":
        return _topo_polygon(feature["arcs"], arcs)
    if kind == "MultiPolygon":
        return shapely.multipolygons([_topo_polygon(one, arcs) for one in feature["arcs"]])
    if kind == "Point":
        return shapely.points(0.0, 0.0)
    return shapely.linestrings([(0.0, 0.0), (1.0, 1.0)]) if kind else None


def _topo_polygon(rings: list[list[int]], arcs: list[NDArray[np.float64]]) -> Any:
    made = []
    for ring in rings:
        # A negative number is the arc of its complement, walked backwards; the joint stands in both arcs.
        parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in ring]
        made.append(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
    return Polygon(made[0], made[1:])
