"""Read the boundaries of areas: one row per code, polygons in metres, every repair written down."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._constraints import ClosedShare, Crs
from socharm._words import number_of
from socharm.errors import CRSError, DataWarning, ParameterError
from socharm.io._safety import safe_path
from socharm.io.area_codes import add_repeated, area_codes
from socharm.io.areas import Areas, BoundaryNotes, BoundarySettings
from socharm.io.boundary_files import read_boundary_layer
from socharm.io.boundary_layer import Layer
from socharm.io.boundary_place import fits, likely_systems, misplaced
from socharm.io.boundary_shapes import overlaps_of, repair, transformed
from socharm.io.crs import BRITISH_NATIONAL_GRID, crs_label, parse_crs, require_metric, transformer
from socharm.io.file_kinds import BOUNDARY_KINDS
from socharm.io.lookups import Lookup
from socharm.io.metres import look_like_degrees
from socharm.io.personal import refuse_personal
from socharm.io.text_table import Faults

__all__ = ["read_boundaries"]

#: Columns of names of areas, as publishers of boundaries call them.
_NAMES: Final = re.compile(
    r"names?|labels?|[a-z]{2,8}\d{2}nmw?|.*_nm|.*(?:ward|area|district|place|parish)_?names?", re.IGNORECASE
)
#: What UTF-8 looks like when it is read as Windows text, and what stands for a byte that could not be read.
_GARBLED: Final = re.compile("[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|\ufffd|[\u0080-\u009f]")
_CORRECT: Final = "Correct the boundaries in a GIS, or download them again, and read the file again."


@checked
def read_boundaries(
    path: str | os.PathLike[str],
    *,
    code: str | None = None,
    name: str | None = None,
    parent: str | Mapping[str, str] | Lookup | None = None,
    force: str | Mapping[str, str] | Lookup | None = None,
    year: int | None = None,
    crs: Crs | None = None,
    source_crs: Crs | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    overlap_tolerance: ClosedShare = 0.01,
    marking: str = "OFFICIAL",
    source: str | None = None,
    allow_columns: Collection[str] = (),
    settings: BoundarySettings | Mapping[str, Any] | None = None,
) -> Areas:
    """Read areas from a GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet, KML, Esri JSON or TopoJSON file.

    Parameters
    ----------
    path : path
        A local file; its content must be what its extension says. A zip or KMZ that holds one of them is read too.
    code, name : str
        Columns of the area codes and of their names.
    parent, force : str, mapping or Lookup, optional
        District and police force of each area: a column of the file, or a mapping or `read_lookup` from area codes.
    year : int, optional
        Year of the boundaries.
    crs : CRS, optional
        The metric system to work in, that of the result; the British National Grid by default. Where the file states no
        system of its own and its coordinates fit this one, they are taken to be in it.
    source_crs : CRS, optional
        System of the file's coordinates, where the file states none or a wrong one.
    layer : str, optional
        Layer to read; needed where the file has several.
    encoding : str, optional
        Encoding of the texts of a Shapefile, where its .cpg lacks or lies.
    allow_columns : collection of str
        Of the columns named, those that look like persons and are not.
    overlap_tolerance : float
        Two areas may share this much of the smaller one; more is refused.
    marking : str
        Marking of the file.
    source : str, optional
        Name of the source as maps should print it; the file name by default.
    settings : BoundarySettings or mapping, optional
        Choices of other areas, for what is not stated by keyword; `code` must be stated here or there. Lookups are
        data: give them again.

    Returns
    -------
    Areas
        A GeoDataFrame: index ``area_code`` (sorted), columns ``name``, ``parent``, ``force`` (missing where not
        known), ``geometry``; with `about` and `notes`.

    Raises
    ------
    SchemaError
        A missing column, missing or repeated codes, missing, empty or non-polygon geometry, areas that overlap, or
        coordinates that lie elsewhere; all faults of the file at once. A file that says itself that it is cut, and a
        kind of file that is not read, by its name.
    CRSError
        The file states no CRS, `crs` is not in metres, or no operation of known accuracy leads to it.
    RefusedError
        An address, a driver string, a file that is not what its name says or needs more than a machine has, or a column
        about persons.

    Warns
    -----
    DataWarning
        Invalid rings were repaired, areas have no entry in a lookup, names look garbled, `source_crs` overrules what
        the file states, or the number of areas is one at which servers stop.

    Notes
    -----
    Vertices are transformed by one operation (`socharm.io.crs.transformer`); its name and accuracy are in `notes`.
    Invalid rings are repaired by ``shapely.make_valid``; polygons are kept, lines and points dropped.

    Examples
    --------
    >>> wards = read_boundaries("wards.gpkg", code="WD25CD", name="WD25NM", parent="LAD25CD")  # doctest: +SKIP
    """
    chosen = BoundarySettings.of(settings)
    code = chosen.code
    target = require_metric(BRITISH_NATIONAL_GRID if crs is None else crs, name="crs")
    printed = chosen.source or Path(os.fspath(path)).name
    about = About(boundary_year=chosen.year, unit="", sources=(printed,), marking=chosen.marking)
    file = safe_path(path, kinds=BOUNDARY_KINDS)
    wanted = [column for column in (code, name, parent, force) if isinstance(column, str)]
    raw = read_boundary_layer(file, wanted, layer=chosen.layer, encoding=chosen.encoding)
    _refuse_persons(raw.columns, raw.others, allow=chosen.allow_columns, file=file.name)
    start, messages = _system(raw, file.name, source_crs, target, stated=crs is not None)
    faults = Faults(file.name)
    codes = _codes(raw.columns[code], code, faults)
    shapes = _shapes(raw, faults, [str(one) for one in codes])
    _check_place(shapes, start, target, faults, raw.said if source_crs is None else "`source_crs` says otherwise")
    _tell_garbled(raw.columns, file.name)
    way = transformer(start, target)
    shapes = transformed(shapes, way)
    _require_reached(shapes, faults)
    shapes, repaired, change = repair(shapes, codes, file=file.name, unclosed=raw.unclosed)
    notes = BoundaryNotes(
        file=file.name,
        layer=raw.name,
        rows_read=len(codes),
        crs_read=way.source,
        crs=way.target,
        transformation=way.name,
        accuracy_m=way.accuracy_m,
        repaired=repaired,
        largest_repair_m2=change,
        overlaps=overlaps_of(shapes, codes, chosen.overlap_tolerance, file.name),
        overlap_tolerance=chosen.overlap_tolerance,
        messages=(
            *raw.messages,
            *messages,
            *(
                f"{number_of(n, 'code')} of {column!r} {'was' if n == 1 else 'were'} mended."
                for column, n in faults.mended.items()
                if n
            ),
        ),
    )
    columns = {
        NAME: _attribute(raw.columns, name, codes, NAME),
        PARENT: _attribute(raw.columns, parent, codes, PARENT),
        FORCE: _attribute(raw.columns, force, codes, FORCE),
    }
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, index=codes), geometry=shapes, crs=target)
    return Areas.of(frame.sort_index(), about=about, notes=notes, stated=chosen)


def _refuse_persons(columns: pd.DataFrame, others: pd.DataFrame, *, allow: Collection[str], file: str) -> None:
    """Look for persons; what the caller names as codes and names of areas holds places (Mary Tavy, Florence Park).

    Raises
    ------
    RefusedError
        A heading speaks of persons, or a column that nobody named holds them.
    """
    refuse_personal(columns.columns, None, allow=allow, name=repr(file))
    # Wards are called Mary Tavy and Florence Park, in columns of names that nobody asked for too.
    judged = others[[column for column in others.columns if not _NAMES.fullmatch(str(column))]]
    refuse_personal(judged.columns, judged, allow=allow, name=repr(file))


def _system(
    raw: Layer, file: str, source_crs: Any, target: pyproj.CRS, *, stated: bool
) -> tuple[pyproj.CRS, tuple[str, ...]]:
    """The system of the file's coordinates: as the caller states it, as the file does, or as they fit `crs`."""
    if source_crs is not None:
        given = parse_crs(source_crs, name="source_crs")
        if raw.crs is not None and not raw.assumed:
            _tell_overruled(raw, file, given)
        return given, (f"Read as {crs_label(given)}, as `source_crs` says.",)
    held = raw.shapes[~(shapely.is_missing(raw.shapes) | shapely.is_empty(raw.shapes))]
    whole = shapely.total_bounds(held) if len(held) else np.full(4, np.nan)
    unlike = raw.crs is None or (raw.assumed and not look_like_degrees(whole[[0, 2]], whole[[1, 3]]))
    if unlike and stated and len(held) and fits(whole, target, target):
        label = crs_label(target)
        return target, (f"The file states no coordinate system; its coordinates fit {label}, as `crs` says.",)
    if raw.crs is None:
        likely = likely_systems(whole, target) if len(held) else []
        hint = f" Its coordinates look like {' or '.join(likely)}: state source_crs={likely[0]!r}" if likely else ""
        raise CRSError(
            f"{file!r} does not state its coordinate system (a Shapefile does by its .prj "
            f"file).{hint or ' State `source_crs=`'}, from what the publisher says; do not guess."
        )
    try:
        return pyproj.CRS.from_user_input(raw.crs), ()
    except pyproj.exceptions.ProjError as fault:
        raise CRSError(
            f"{file!r} states a coordinate system that PROJ does not know ({raw.said}). State `source_crs=`, from "
            "what the publisher says."
        ) from fault


def _tell_overruled(raw: Layer, file: str, given: pyproj.CRS) -> None:
    try:
        same = pyproj.CRS.from_user_input(raw.crs).equals(given, ignore_axis_order=True)
    except pyproj.exceptions.ProjError:
        same = False
    if not same:
        warnings.warn(
            f"{file!r}: {raw.said}; its coordinates are read as {crs_label(given)}, as `source_crs` says.",
            DataWarning,
            stacklevel=4,
        )


def _check_place(shapes: NDArray[np.object_], start: pyproj.CRS, target: pyproj.CRS, faults: Faults, said: str) -> None:
    """Raise every fault found so far, with the advice that fits: another system is not mended in a GIS."""
    place = misplaced(shapes, start, target, said)
    if place is None:
        faults.raise_if_any(_CORRECT)
        return
    alone = not len(faults)
    faults.add(place.fault)
    faults.raise_if_any(place.advice if alone else f"{place.advice} {_CORRECT}")


def _require_reached(shapes: NDArray[np.object_], faults: Faults) -> None:
    coordinates, of = shapely.get_coordinates(shapes, return_index=True)
    lost = np.unique(of[~np.isfinite(coordinates).all(axis=1)])
    for row in lost:
        faults.add("lies where no operation leads to the system to work in", row=int(row) + 1)
    faults.raise_if_any(_CORRECT)


def _codes(values: pd.Series, column: str, faults: Faults) -> pd.Index:
    texts = pd.Series([_text(value) for value in values], index=pd.RangeIndex(1, len(values) + 1), name=column)
    texts = area_codes(texts, faults, column=column)
    for row in np.flatnonzero([isinstance(value, (dict, list, tuple, np.ndarray, bytes)) for value in values]):
        faults.add(f"holds a {type(values.iloc[row]).__name__}, not a code", row=int(row) + 1, column=column)
    add_repeated(texts, faults, column=column, advice="dissolve the parts of an area, or leave out what stands twice")
    return pd.Index(list(texts), name=AREA)


def _text(value: Any) -> str:
    """Cell of an attribute table as text; whole numbers that came as decimals are whole."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _shapes(raw: Layer, faults: Faults, codes: list[str]) -> NDArray[np.object_]:
    shapes: NDArray[np.object_] = shapely.force_2d(raw.shapes)
    missing = (shapely.is_missing(shapes) | shapely.is_empty(shapes)) & ~raw.unreadable
    wrong = ~missing & ~raw.unreadable & ~np.isin(shapely.get_type_id(shapes), (3, 6))
    coordinates, of = shapely.get_coordinates(shapes, return_index=True)
    endless = np.zeros(len(shapes), dtype=bool)
    endless[of[~np.isfinite(coordinates).all(axis=1)]] = True
    for row in np.flatnonzero(missing):
        faults.add("has no geometry, or an empty one", row=int(row) + 1, value=codes[row])
    for row in np.flatnonzero(raw.unreadable):
        what = "holds a geometry that cannot be read, such as a ring of fewer than four points"
        faults.add(what, row=int(row) + 1, value=codes[row])
    for row in np.flatnonzero(wrong):
        faults.add(f"holds a {shapes[row].geom_type}, not a polygon", row=int(row) + 1, value=codes[row])
    for row in np.flatnonzero(endless & ~wrong):
        faults.add("holds a coordinate that is not a finite number", row=int(row) + 1, value=codes[row])
    sound = shapes.copy()
    sound[missing | wrong | raw.unreadable | endless] = None
    return sound


def _tell_garbled(columns: pd.DataFrame, file: str) -> None:
    """Say that texts were decoded by the wrong table: they would be printed so on every map."""
    for column in columns:
        found = [value for value in columns[column] if isinstance(value, str) and _GARBLED.search(value)]
        if found:
            warnings.warn(
                f"{file!r}: {number_of(len(found), 'text')} of column "
                f"{column!r} {'looks' if len(found) == 1 else 'look'} garbled, such as {found[0][:40]!r}: they "
                "were read with the wrong encoding. State it by `encoding=`, such as 'utf-8' or 'cp1252', or export "
                "again.",
                DataWarning,
                stacklevel=3,
            )


def _attribute(raw: pd.DataFrame, given: Any, codes: pd.Index, name: str) -> pd.Series:
    if given is None:
        return pd.Series(pd.NA, index=codes, dtype="string")
    if isinstance(given, str):
        texts = [_text(value) or pd.NA for value in raw[given]]
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
            f"{len(lost):,} of {number_of(len(result), 'area')} {'has' if len(lost) == 1 else 'have'} "
            f"no {name} in the lookup, such as {list(lost[:5])}; "
            "it stays missing. Check that both use the same boundary year.",
            DataWarning,
            stacklevel=3,
        )
    return result
