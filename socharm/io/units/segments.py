"""Street segments from a file of lines, as areas: a point belongs to the nearest one within a stated distance."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._constraints import Above, Crs
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, CRSError, DataWarning, SchemaError
from socharm.io._safety import safe_path
from socharm.io.area_codes import add_repeated, area_codes
from socharm.io.areas import Areas, BoundaryNotes, require_areas
from socharm.io.boundary_files import read_boundary_layer
from socharm.io.boundary_layer import require_fields
from socharm.io.boundary_place import misplaced
from socharm.io.boundary_shapes import transformed
from socharm.io.crs import BRITISH_NATIONAL_GRID, parse_crs, require_metric, require_same_crs, transformer
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.personal import refuse_personal
from socharm.io.text_table import Faults
from socharm.io.units.catchments import catchments
from socharm.io.units.nearest import LINE, REACH

__all__ = ["SegmentSettings", "segments"]

#: Files that hold lines and state their coordinates.
_LINE_KINDS: Final = ("gpkg", "geojson", "shp", "fgb", "parquet", "zip")
#: How far from a segment a point still belongs to it, in metres: to the far side of most front gardens.
USUAL_REACH_M: Final = 50.0
_CORRECT: Final = "Correct the streets in a GIS, or leave those rows out, and read the file again."

Reach: TypeAlias = Annotated[float, Above(0, 5_000)]


@dataclass(frozen=True, kw_only=True)
class SegmentSettings(Settings):
    """Choices of street segments."""

    code: str | None = setting(None, "column with a unique code; the number of the row when absent", example="id")
    name: str | None = setting(None, "column with the name of the street", example="name1")
    reach_m: Reach = setting(USUAL_REACH_M, "metres from a segment up to which a point belongs to it")
    crs: str | int | None = setting(None, "metric coordinates to work in", or_data=True)
    source_crs: str | int | None = setting(
        None, "what the file's coordinates are, where it states nothing or something wrong", or_data=True
    )
    layer: str | None = setting(None, "the layer to read, out of several in one GeoPackage", example="road_link")
    allow_columns: tuple[str, ...] = setting((), "columns that look as if they spoke of persons, and do not")
    marking: str = setting("OFFICIAL", "security classification of the file")
    source: str | None = setting(None, "as printed under maps; the file's name when absent", example="OS Open Roads")


@dataclass(frozen=True, eq=False)
class _Streets:
    """Lines as they were read, with the columns asked for."""

    columns: pd.DataFrame
    lines: NDArray[np.object_]
    crs: Any
    said: str
    file: str


@checked
def segments(
    streets: str | os.PathLike[str] | gpd.GeoDataFrame,
    *,
    code: str | None = None,
    name: str | None = None,
    reach_m: Reach = USUAL_REACH_M,
    areas: gpd.GeoDataFrame | None = None,
    crs: Crs | None = None,
    source_crs: Crs | None = None,
    layer: str | None = None,
    allow_columns: Collection[str] = (),
    marking: str = "OFFICIAL",
    source: str | None = None,
    settings: SegmentSettings | Mapping[str, Any] | None = None,
) -> Areas:
    """Street segments from any file of lines, as areas: incidents are located and counted in them as in wards.

    Parameters
    ----------
    streets : path or GeoDataFrame
        Lines, one row per segment: a GeoPackage, GeoJSON, Shapefile, FlatGeobuf or GeoParquet file, or a zip of one. A
        line of several parts is one segment.
    code, name : str, optional
        Columns of the codes (numbers of the rows when absent) and of the names of the streets.
    reach_m : float
        Metres from a segment up to which a point belongs to it. Points farther away are in none: a count sets them
        aside as outside all areas, and says how many.
    areas : GeoDataFrame, optional
        Keep the segments whose middle lies in one of these, and take parent and force from it; the others are counted
        in a warning. The result is in their CRS.
    crs, source_crs, layer, allow_columns, marking, source
        As in `read_boundaries`.
    settings : SegmentSettings or mapping, optional
        Choices of other segments, for what is not stated by keyword.

    Returns
    -------
    Areas
        Index ``area_code`` (sorted); ``name``, ``parent``, ``force`` (missing where not known), ``length_m``,
        ``reach_m``, ``line`` (as read, in metres) and ``geometry``: the ground nearer to the segment than to any
        other, for maps, right to a few metres. Points belong to the nearest *line*, exactly; of equally near ones to
        that with the lowest code. Drop ``line`` before writing the table to a GeoPackage, which holds one geometry.

    Raises
    ------
    SchemaError
        A missing column, repeated codes, an empty line, a line of no length, or what is no line; all faults at once.
    CRSError
        The file states no CRS, or coordinates lie where it is not used.
    AlignmentError
        No segment lies in `areas`: the streets are those of another place.
    RefusedError
        An address, a file that is not what its name says, or a column about persons.

    Warns
    -----
    DataWarning
        Segments outside `areas` were left out.

    Notes
    -----
    police.uk moves crimes to map points, most of them in the middle of a street: a segment then has the crimes of its
    map points, and none where the nearest map point lies on another segment.

    References
    ----------
    Weisburd, D., Groff, E. and Yang, S.-M. (2012), The Criminology of Place, chapter 2: street segments.

    Examples
    --------
    >>> from shapely.geometry import LineString
    >>> lines = [LineString([(0, 0), (100, 0)]), LineString([(100, 0), (100, 80)])]
    >>> roads = gpd.GeoDataFrame({"street": ["Long Row", "Mill Lane"]}, geometry=lines, crs="EPSG:27700")
    >>> segments(roads, name="street")[["name", "length_m"]].to_dict("list")
    {'name': ['Long Row', 'Mill Lane'], 'length_m': [100.0, 80.0]}
    """
    chosen = SegmentSettings.of(settings)
    read = _read(streets, chosen, source_crs)
    if areas is not None:
        require_areas(areas)
        if crs is not None:
            require_same_crs(crs, areas.crs, names=("crs", "areas"), remedy="Leave `crs` out: the areas state it.")
    usual: Any = (
        (BRITISH_NATIONAL_GRID if isinstance(streets, (str, os.PathLike)) else read.crs) if crs is None else crs
    )
    target = require_metric(usual if areas is None else areas.crs, name="crs")
    codes, lines = _checked_lines(read, chosen, target)
    way = transformer(read.crs, target)
    lines = transformed(lines, way)
    at_area, outside = _of_areas(lines, areas)
    kept = np.flatnonzero(~outside)
    if outside.any():
        _tell_outside(read.file, outside)
    shapes = catchments(lines[kept], chosen.reach_m)
    table = pd.DataFrame(
        {
            NAME: _texts(read.columns, chosen.name, kept),
            PARENT: _of_area(areas, PARENT, at_area[kept]),
            FORCE: _of_area(areas, FORCE, at_area[kept]),
            "length_m": shapely.length(lines[kept]),
            REACH: chosen.reach_m,
        },
        index=codes[kept],
    )
    table[LINE] = gpd.GeoSeries(lines[kept], index=table.index, crs=target)
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=target).sort_index()
    notes = BoundaryNotes(
        file=read.file,
        layer=chosen.layer or "",
        rows_read=len(lines),
        crs_read=way.source,
        crs=way.target,
        transformation=way.name,
        accuracy_m=way.accuracy_m,
        messages=(f"{number_of(int(outside.sum()), 'segment')} outside the areas left out.",) if outside.any() else (),
    )
    about = About(unit="", sources=(chosen.source or read.file,), marking=chosen.marking)
    return Areas.of(frame, about=about, notes=notes, stated=chosen)


def _read(streets: Any, chosen: SegmentSettings, source_crs: Any) -> _Streets:
    wanted = [column for column in (chosen.code, chosen.name) if column is not None]
    if isinstance(streets, gpd.GeoDataFrame):
        return _of_frame(streets, wanted, source_crs)
    file = safe_path(streets, kinds=_LINE_KINDS, name="streets")
    raw = read_boundary_layer(file, wanted, layer=chosen.layer)
    refuse_personal(raw.columns.columns, None, allow=chosen.allow_columns, name=repr(file.name))
    refuse_personal(raw.others.columns, None, allow=chosen.allow_columns, name=repr(file.name))
    crs, said = (raw.crs, raw.said) if source_crs is None else (source_crs, "`source_crs` says otherwise")
    if crs is None:
        raise CRSError(
            f"{file.name!r} does not state its coordinate system. State `source_crs=`, from what the publisher says; "
            "do not guess."
        )
    return _Streets(raw.columns, raw.shapes, parse_crs(crs, name="source_crs"), said, file.name)


def _of_frame(streets: gpd.GeoDataFrame, wanted: list[str], source_crs: Any) -> _Streets:
    if streets.active_geometry_name is None:
        raise SchemaError("`streets` has no lines: no column is its geometry. Use `set_geometry`.")
    if not len(streets):
        raise SchemaError("`streets` holds no lines. Check the filter that made it.")
    require_fields([str(name) for name in streets.columns], wanted, "streets")
    require_columns(streets, wanted, name="streets")
    crs = streets.crs if source_crs is None else source_crs
    if crs is None:
        raise CRSError("`streets` has no coordinate system. Use `set_crs`, from what the publisher says; do not guess.")
    columns = pd.DataFrame(streets[wanted]).astype(object).reset_index(drop=True)
    lines = np.asarray(streets.geometry.to_numpy(), dtype=object)
    return _Streets(columns, lines, parse_crs(crs, name="streets.crs"), f"`streets` say {crs}", "streets")


def _checked_lines(read: _Streets, chosen: SegmentSettings, target: pyproj.CRS) -> tuple[pd.Index, NDArray[np.object_]]:
    """Codes and lines, after every fault of the file was told."""
    faults = Faults(read.file)
    codes = _codes(read, chosen.code, faults)
    lines = shapely.force_2d(read.lines)
    empty = shapely.is_missing(lines) | shapely.is_empty(lines)
    wrong = ~empty & ~np.isin(shapely.get_type_id(lines), (1, 2, 5))
    coordinates, of = shapely.get_coordinates(lines, return_index=True)
    endless = np.zeros(len(lines), dtype=bool)
    endless[of[~np.isfinite(coordinates).all(axis=1)]] = True
    nothing = ~empty & ~wrong & ~endless
    nothing[nothing] = shapely.length(lines[nothing]) == 0
    for rows, what in ((empty, "is an empty line"), (nothing, "is a line of no length")):
        for row in np.flatnonzero(rows):
            faults.add(what, row=int(row) + 1, value=codes[row])
    for row in np.flatnonzero(wrong):
        faults.add(f"is a {lines[row].geom_type}, not a line", row=int(row) + 1, value=codes[row])
    for row in np.flatnonzero(endless & ~wrong):
        faults.add("holds a coordinate that is not a finite number", row=int(row) + 1, value=codes[row])
    faults.raise_if_any(_CORRECT)
    place = misplaced(lines, read.crs, target, read.said)
    if place is not None:
        raise CRSError(f"{read.file!r}: {place.fault}. {place.advice}".replace("area lies", "segment lies"))
    return pd.Index([str(one) for one in codes], name=AREA, dtype="str"), lines


def _codes(read: _Streets, column: str | None, faults: Faults) -> pd.Series:
    rows = pd.RangeIndex(1, len(read.lines) + 1)
    if column is None:
        digits = len(str(len(rows)))
        return pd.Series([f"S{row:0{digits}d}" for row in rows], dtype=object)
    texts = pd.Series(["" if pd.isna(one) else str(one).strip() for one in read.columns[column]], index=rows)
    texts = area_codes(texts.rename(column), faults, column=column)
    add_repeated(texts, faults, column=column, advice="join the parts of a segment, or leave `code` out")
    return texts.reset_index(drop=True)


def _of_areas(
    lines: NDArray[np.object_], areas: gpd.GeoDataFrame | None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The area that holds the middle of each segment, and which lie in none."""
    if areas is None:
        return np.full(len(lines), OUTSIDE), np.zeros(len(lines), dtype=bool)
    merged = shapely.line_merge(lines)
    parts, line = shapely.get_parts(merged, return_index=True)
    # Of a line of several parts the middle of the longest.
    order = np.lexsort((-shapely.length(parts), line))
    first = order[np.r_[True, np.diff(line[order]) != 0]]
    middles = shapely.line_interpolate_point(parts[first], 0.5, normalized=True)
    area, _ = first_areas(np.asarray(middles, dtype=object), areas)
    outside = area == OUTSIDE
    if outside.all():
        west, south, east, north = shapely.total_bounds(lines)
        raise AlignmentError(
            f"None of the {number_of(len(lines), 'segment')} lies in `areas`: the streets reach from ({west:,.0f}, "
            f"{south:,.0f}) to ({east:,.0f}, {north:,.0f}), the areas from "
            f"{tuple(round(float(edge)) for edge in areas.total_bounds[:2])} to "
            f"{tuple(round(float(edge)) for edge in areas.total_bounds[2:])}. Check that both are of the same place."
        )
    return area.astype(np.int64), outside


def _tell_outside(file: str, outside: NDArray[np.bool_]) -> None:
    n = int(outside.sum())
    warnings.warn(
        f"{file!r}: {n:,} of {number_of(len(outside), 'segment')} {'has its' if n == 1 else 'have their'} middle "
        f"outside the areas and {'is' if n == 1 else 'are'} left out.",
        DataWarning,
        stacklevel=4,
    )


def _texts(columns: pd.DataFrame, name: str | None, kept: NDArray[np.int64]) -> Any:
    if name is None:
        return pd.array([pd.NA] * len(kept), dtype="string")
    texts = (str(one).strip() if not pd.isna(one) else "" for one in columns[name].to_numpy()[kept])
    return pd.array([text or pd.NA for text in texts], dtype="string")


def _of_area(areas: gpd.GeoDataFrame | None, column: str, at: NDArray[np.int64]) -> Any:
    if areas is None or column not in areas.columns:
        return pd.array([pd.NA] * len(at), dtype="string")
    return pd.array(areas[column].to_numpy()[at], dtype="string")
