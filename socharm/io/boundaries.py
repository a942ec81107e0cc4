"""Read the boundaries of areas: one row per code, polygons in metres, every repair written down."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import ProjError
from shapely.geometry import shape

from socharm._about import About
from socharm._checks import nearest_name, require_fraction
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm.errors import CRSError, DataWarning, ParameterError, SchemaError
from socharm.io._safety import BOUNDARY_KINDS, kind_of, safe_path
from socharm.io.areas import Areas, BoundaryNotes
from socharm.io.crs import (
    BRITISH_NATIONAL_GRID,
    LONGITUDE_LATITUDE,
    Transformation,
    crs_label,
    parse_crs,
    require_metric,
    transformer,
)
from socharm.io.lookups import Lookup
from socharm.io.tabular import Faults

__all__ = ["read_boundaries"]

#: Degrees that an area may lie outside the area of use of the target system.
_MARGIN: Final = 1.0


def read_boundaries(
    path: str | os.PathLike[str],
    *,
    code: str,
    name: str | None = None,
    parent: str | Mapping[str, str] | Lookup | None = None,
    force: str | Mapping[str, str] | Lookup | None = None,
    year: int | None = None,
    crs: Any = BRITISH_NATIONAL_GRID,
    layer: str | None = None,
    overlap_tolerance: float = 0.01,
    marking: str = "OFFICIAL",
    source: str | None = None,
) -> Areas:
    """Read areas from a GeoPackage, GeoJSON, Shapefile, FlatGeobuf or GeoParquet file.

    Parameters
    ----------
    path : path
        A local file; its content must be what its extension says.
    code, name : str
        Columns of the area codes and of their names.
    parent, force : str, mapping or Lookup, optional
        District and police force of each area: a column of the file, or a mapping or `read_lookup` from area codes.
    year : int, optional
        Year of the boundaries.
    crs : CRS
        System of the result, in metres; the British National Grid by default.
    layer : str, optional
        Layer to read; needed where the file has several.
    overlap_tolerance : float
        Two areas may share this much of the smaller one; more is refused.
    marking : str
        Marking of the file.
    source : str, optional
        Name of the source as maps should print it; the file name by default.

    Returns
    -------
    Areas
        A GeoDataFrame: index ``area_code`` (sorted), columns ``name``, ``parent``, ``force`` (missing where not
        known), ``geometry``; with `about` and `notes`.

    Raises
    ------
    SchemaError
        A missing column, missing or repeated codes, missing, empty or non-polygon geometry, areas that overlap, or
        coordinates that lie elsewhere; all faults of the file at once.
    CRSError
        The file states no CRS, `crs` is not in metres, or no operation of known accuracy leads to it.
    RefusedError
        An address, a driver string, or a file that is not what its name says.

    Warns
    -----
    DataWarning
        Invalid rings were repaired, or areas have no entry in a lookup.

    Notes
    -----
    Vertices are transformed by one operation (`socharm.io.crs.transformer`); its name and accuracy are in `notes`.
    Invalid rings are repaired by ``shapely.make_valid``; polygons are kept, lines and points dropped.

    Examples
    --------
    >>> wards = read_boundaries("wards.gpkg", code="WD25CD", name="WD25NM", parent="LAD25CD")  # doctest: +SKIP
    """
    require_fraction(overlap_tolerance, name="overlap_tolerance", inclusive=True)
    target = require_metric(crs, name="crs")
    about = About(boundary_year=year, unit="", sources=(source or Path(os.fspath(path)).name,), marking=marking)
    file = safe_path(path, kinds=BOUNDARY_KINDS)
    wanted = [column for column in (code, name, parent, force) if isinstance(column, str)]
    raw, layer_read, messages = _read(file, wanted, layer=layer)
    faults = Faults(file.name)
    codes = _codes(raw[code], code, faults)
    shapes = _shapes(raw, faults)
    _check_extent(shapes, raw.crs, target, faults)
    faults.raise_if_any("Correct the boundaries in a GIS, or download them again, and read the file again.")
    way = transformer(raw.crs, target)
    shapes, repaired, change = _repair(_transform(shapes, way), codes)
    overlaps = _overlaps(shapes, codes, overlap_tolerance, file.name)
    notes = BoundaryNotes(
        file=file.name,
        layer=layer_read,
        rows_read=len(raw),
        crs_read=way.source,
        crs=way.target,
        transformation=way.name,
        accuracy_m=way.accuracy_m,
        repaired=repaired,
        largest_repair_m2=change,
        overlaps=overlaps,
        overlap_tolerance=overlap_tolerance,
        messages=messages,
    )
    columns = {
        NAME: _attribute(raw, name, codes, NAME),
        PARENT: _attribute(raw, parent, codes, PARENT),
        FORCE: _attribute(raw, force, codes, FORCE),
    }
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, index=codes), geometry=shapes, crs=target)
    return Areas.of(frame.sort_index(), about=about, notes=notes)


def _read(file: Path, wanted: list[str], *, layer: str | None) -> tuple[gpd.GeoDataFrame, str, tuple[str, ...]]:
    columns = list(dict.fromkeys(wanted))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if kind_of(file) == "parquet":
                frame, layer_read = _read_parquet(file, columns), ""
            elif kind_of(file) == "geojson":
                frame, layer_read = _read_geojson(file, columns), ""
            else:
                layer_read = _layer(file, layer)
                described = pyogrio.read_info(file, layer=layer_read)
                _require_fields(list(described["fields"]), columns, file.name)
                frame = pyogrio.read_dataframe(file, layer=layer_read, columns=columns)
                if 0 <= described["features"] != len(frame):
                    raise SchemaError(
                        f"{file.name!r} announces {described['features']:,} areas and holds {len(frame):,}: it is cut "
                        "short. Download it again."
                    )
        except (DataSourceError, DataLayerError) as error:
            raise SchemaError(
                f"{file.name!r} cannot be read: {str(error).replace(str(file), file.name)}. Export it again."
            ) from error
        except ProjError as error:
            raise CRSError(f"{file.name!r} states a coordinate system that PROJ does not know: {error}.") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SchemaError(f"{file.name!r} holds a table without geometry. Name the layer that holds the polygons.")
    if not len(frame):
        raise SchemaError(f"{file.name!r} holds no areas. Export it again.")
    if frame.crs is None:
        raise CRSError(
            f"{file.name!r} does not state its coordinate system. Set it in a GIS (a Shapefile needs its .prj file), "
            "from what the publisher says; do not guess."
        )
    return frame, layer_read, tuple(dict.fromkeys(str(item.message).replace(str(file), file.name) for item in caught))


def _read_parquet(file: Path, columns: list[str]) -> gpd.GeoDataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file)
        _require_fields([str(field) for field in schema.names], columns, file.name)
        described = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        primary = described.get("primary_column", "geometry")
        return gpd.read_parquet(file, columns=[*columns, primary])
    except SchemaError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise SchemaError(f"{file.name!r} is not readable GeoParquet ({error}). Export it again.") from error


def _read_geojson(file: Path, columns: list[str]) -> gpd.GeoDataFrame:
    # Not by GDAL: it fetches the address that a `crs` member of type "link" holds.
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SchemaError(f"{file.name!r} is not well-formed GeoJSON: {error}. Export it again.") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise SchemaError(f"{file.name!r} is not a GeoJSON FeatureCollection. Export it again.")
    if not features:
        raise SchemaError(f"{file.name!r} holds no areas. Export it again.")
    rows = [feature.get("properties") or {} for feature in features]
    _require_fields(list(dict.fromkeys(str(key) for row in rows for key in row)), columns, file.name)
    try:
        shapes = np.empty(len(features), dtype=object)
        shapes[:] = [None if feature.get("geometry") is None else shape(feature["geometry"]) for feature in features]
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise SchemaError(f"{file.name!r} holds a geometry that is none: {error}. Export it again.") from error
    fields = {column: [row.get(column) for row in rows] for column in columns}
    return gpd.GeoDataFrame(fields, geometry=shapes, crs=_geojson_crs(content, file.name))


def _geojson_crs(content: dict[str, Any], file: str) -> Any:
    """CRS of a GeoJSON file: longitude and latitude (RFC 7946) unless an older file names another one."""
    if content.get("crs") is None:
        return LONGITUDE_LATITUDE
    # `safe_path` has refused what is no name.
    said = content["crs"].get("properties", {}) if isinstance(content["crs"], dict) else {}
    named = str(said.get("name") or said.get("code") or "")
    if not named:
        raise CRSError(f"{file!r} does not name its coordinate system. Export it again in longitude and latitude.")
    return f"EPSG:{named}" if named.isdigit() else named


def _layer(file: Path, layer: str | None) -> str:
    layers = [str(row[0]) for row in pyogrio.list_layers(file) if row[1] is not None]
    if layer is not None and layer not in layers:
        hint = nearest_name(layer, layers)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`layer` is {layer!r}; {file.name!r} has the layers {layers}.{meant}")
    if not layers:
        raise SchemaError(f"{file.name!r} holds no layer with geometry, or is cut short. Export it again.")
    if layer is None and len(layers) != 1:
        raise ParameterError(f"{file.name!r} has {len(layers)} layers with geometry: {layers}. Name one by `layer=`.")
    return layers[0] if layer is None else layer


def _require_fields(fields: list[str], wanted: list[str], file: str) -> None:
    missing = [column for column in wanted if column not in fields]
    if missing:
        hints = {column: nearest_name(column, fields) for column in missing}
        meant = "".join(f" Did you mean {hint!r} for {column!r}?" for column, hint in hints.items() if hint)
        raise SchemaError(f"{file!r} lacks the columns {missing}; it has {fields}.{meant} Name the right ones.")


def _codes(values: pd.Series, column: str, faults: Faults) -> pd.Index:
    texts = values.astype(object).where(values.notna(), "").astype(str).str.strip()
    for row in np.flatnonzero(texts == ""):
        faults.add("holds no code", row=int(row) + 1, column=column)
    repeated = texts[(texts != "") & texts.duplicated(keep=False)]
    for code, rows in repeated.groupby(repeated, sort=True).groups.items():
        listed = [int(row) + 1 for row in rows]
        faults.add(f"stands in rows {listed[:5]}; dissolve or drop the copies", column=column, value=str(code))
    return pd.Index(list(texts), name=AREA)


def _shapes(raw: gpd.GeoDataFrame, faults: Faults) -> NDArray[np.object_]:
    shapes: NDArray[np.object_] = shapely.force_2d(np.asarray(raw.geometry.to_numpy(), dtype=object))
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    wrong = ~missing & ~np.isin(shapely.get_type_id(shapes), (3, 6))
    for row in np.flatnonzero(missing):
        faults.add("has no geometry, or an empty one", row=int(row) + 1)
    for row in np.flatnonzero(wrong):
        faults.add(f"holds a {shapes[row].geom_type}, not a polygon", row=int(row) + 1)
    sound = shapes.copy()
    sound[missing | wrong] = None
    return sound


def _check_extent(shapes: NDArray[np.object_], crs: Any, target: pyproj.CRS, faults: Faults) -> None:
    """Note areas that lie outside the country of the target system: swapped axes, or the wrong system."""
    use = target.area_of_use
    bounds = shapely.bounds(shapes)
    parsed = parse_crs(crs)
    west, south, east, north = bounds.T
    if not parsed.is_geographic:
        way = transformer(parsed, parsed.geodetic_crs)
        (west, south), (east, north) = way.apply(west, south), way.apply(east, north)
    held = ~shapely.is_missing(shapes)
    limits = (-180.0, -90.0, 180.0, 90.0) if use is None else (use.west, use.south, use.east, use.north)
    inside = _inside((west, south, east, north), limits)
    swapped = _inside((south, west, north, east), limits)
    outside = np.flatnonzero(held & ~inside)
    if len(outside):
        where = "the world" if use is None else f"the area of {crs_label(target)} ({use.name[:60]})"
        why = " Its axes look swapped (latitude before longitude)." if bool(swapped[outside].all()) else ""
        rows = [int(row) + 1 for row in outside[:5]]
        faults.add(f"{len(outside):,} areas lie outside {where}, in rows such as {rows}.{why}")


def _inside(box: tuple[Any, Any, Any, Any], limits: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        inside: NDArray[np.bool_] = (
            (west >= limits[0] - _MARGIN)
            & (south >= limits[1] - _MARGIN)
            & (east <= limits[2] + _MARGIN)
            & (north <= limits[3] + _MARGIN)
        )
    return inside


def _transform(shapes: NDArray[np.object_], way: Transformation) -> NDArray[np.object_]:
    if way.source == way.target:
        return shapes
    moved: NDArray[np.object_] = shapely.transform(
        shapes, lambda points: np.column_stack(way.apply(points[:, 0], points[:, 1]))
    )
    return moved


def _repair(shapes: NDArray[np.object_], codes: pd.Index) -> tuple[NDArray[np.object_], tuple[str, ...], float]:
    invalid = np.flatnonzero(~shapely.is_valid(shapes))
    if not len(invalid):
        return shapes, (), 0.0
    mended = shapes.copy()
    before = shapely.area(shapes[invalid])
    mended[invalid] = [_polygons_of(shapely.make_valid(shapes[place])) for place in invalid]
    repaired = tuple(sorted(str(code) for code in codes[invalid]))
    flat = shapely.is_empty(mended[invalid])
    if flat.any():
        raise SchemaError(
            f"{int(flat.sum())} areas have no surface after repair: {list(codes[invalid][flat][:5])}. "
            "Correct them in a GIS."
        )
    change = float(np.abs(shapely.area(mended[invalid]) - before).max())
    warnings.warn(
        f"{len(repaired)} areas had invalid rings and were repaired: {list(repaired[:10])}; "
        f"their area changed by at most {change:,.1f} square metres.",
        DataWarning,
        stacklevel=3,
    )
    return mended, repaired, change


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(shape))
    polygons = parts[shapely.get_type_id(parts) == 3]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(list(polygons))


def _overlaps(
    shapes: NDArray[np.object_], codes: pd.Index, tolerance: float, file: str
) -> tuple[tuple[str, str, float], ...]:
    pairs = shapely.STRtree(shapes).query(shapes)
    left, right = pairs[:, pairs[0] < pairs[1]]
    shapely.prepare(shapes)
    # Neighbours touch; only what does more than touch is worth the intersection.
    apart = shapely.touches(shapes[left], shapes[right]) | shapely.disjoint(shapes[left], shapes[right])
    left, right = left[~apart], right[~apart]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    # Below a square centimetre it is the rounding of coordinates.
    order = [place for place in np.argsort(-shared, kind="stable") if shared[place] > 1e-4]
    found = tuple((str(codes[left[k]]), str(codes[right[k]]), float(shared[k])) for k in order)
    faults = Faults(file)
    for k in order:
        if shared[k] > tolerance * smaller[k]:
            share = shared[k] / smaller[k]
            faults.add(f"areas {codes[left[k]]} and {codes[right[k]]} overlap by {share:.1%} of the smaller one")
    faults.raise_if_any("A point there would belong to two areas. Read one geography only, or mend the boundaries.")
    return found


def _attribute(raw: gpd.GeoDataFrame, given: Any, codes: pd.Index, name: str) -> pd.Series:
    if given is None:
        return pd.Series(pd.NA, index=codes, dtype="string")
    if isinstance(given, str):
        values = raw[given].astype(object)
        texts = [pd.NA if pd.isna(value) or str(value).strip() == "" else str(value).strip() for value in values]
        return pd.Series(texts, index=codes, dtype="string")
    if isinstance(given, Lookup):
        mapping: Mapping[str, str] = given.as_mapping()
    elif isinstance(given, Mapping):
        mapping = {str(key): str(value) for key, value in given.items()}
    else:
        raise ParameterError(f"`{name}` is a {type(given).__name__}; it must be a column, a mapping, or a Lookup.")
    result = pd.Series([mapping.get(code, pd.NA) for code in codes], index=codes, dtype="string")
    lost = result.index[result.isna()]
    if len(lost):
        warnings.warn(
            f"{len(lost)} of {len(result)} areas have no {name} in the lookup, such as {list(lost[:5])}; "
            "it stays missing. Check that both use the same boundary year.",
            DataWarning,
            stacklevel=3,
        )
    return result
