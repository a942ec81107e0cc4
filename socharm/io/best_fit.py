"""Areas assigned whole to the area that holds their centre."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_columns, require_unique
from socharm._constraints import Crs
from socharm._words import number_of
from socharm.errors import AlignmentError, CRSError, DataWarning, ParameterError, SchemaError
from socharm.io.area_codes import area_codes
from socharm.io.areas import areas_about, require_areas
from socharm.io.crs import crs_label, parse_crs, transformer
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.lookups import BestFitSettings, Lookup, LookupFindings, sorted_pairs
from socharm.io.metres import look_like_degrees
from socharm.io.numbers import parse_numbers
from socharm.io.personal import refuse_personal
from socharm.io.table_options import TableKeywords, TableOptions, reads_tables
from socharm.io.tabular import read_table
from socharm.io.text_table import Faults

__all__ = ["best_fit_lookup"]


@checked
@reads_tables(BestFitSettings)
def best_fit_lookup(
    centroids: str | os.PathLike[str] | pd.DataFrame | gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    code: str | None = None,
    x: str = "x",
    y: str = "y",
    crs: Crs | None = None,
    settings: BestFitSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> Lookup:
    """Lookup by the area in which the centroid of each small area lies.

    Parameters
    ----------
    centroids : path, DataFrame or GeoDataFrame
        Population-weighted centroids: a file or a table with columns `code`, `x`, `y`, or points by code. Polygons
        by code are taken at a point inside each (a fallback: nobody may live there).
    areas : GeoDataFrame
        Areas the codes are carried to.
    code : str, optional
        Column of the codes; the index by default (a file needs it).
    x, y : str
        Columns of the coordinates.
    crs : CRS, optional
        System of `x` and `y`; that of `areas` by default. A GeoDataFrame states its own.
    settings : BestFitSettings or mapping, optional
        Choices of another lookup, for what is not stated by keyword.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    Lookup
        Codes whose point lies in no area are in `unmatched`.

    Raises
    ------
    SchemaError
        Repeated codes, or coordinates that are not numbers.
    CRSError
        Points without a CRS, or degrees given for metres.
    AlignmentError
        No point lies in any area.

    Warns
    -----
    DataWarning
        Points lie in no area.

    Notes
    -----
    A point on a common boundary goes to the area whose code comes first.

    References
    ----------
    Office for National Statistics, "Building block to area lookups: best-fit by population-weighted centroid".
    """
    require_areas(areas)
    chosen = BestFitSettings.of(settings)
    if isinstance(centroids, gpd.GeoDataFrame):
        centres = _points_of_frame(centroids, chosen, target=areas.crs)
    else:
        centres = _points(centroids, chosen, crs=crs, areas=areas)
    codes, points = centres.codes, centres.points
    area, _ = first_areas(points, areas)
    lost = area == OUTSIDE
    pairs = pd.DataFrame({"source": codes[~lost], "target": areas.index[area[~lost]], "share": 1.0})
    unmatched = tuple(sorted(str(one) for one in codes[lost]))
    if bool(lost.all()):
        raise AlignmentError(
            f"None of the {number_of(len(codes), 'point')} lies in any of the {number_of(len(areas), 'area')}: "
            f"{list(unmatched[:3])}. Check `crs=`, and that both are of the same place."
        )
    if unmatched:
        warnings.warn(
            f"{len(unmatched):,} of {number_of(len(codes), 'point')} {'lies' if len(unmatched) == 1 else 'lie'} "
            f"in no area, such as {list(unmatched[:5])}; "
            "they are in `unmatched`.",
            DataWarning,
            stacklevel=2,
        )
    return Lookup(
        table=sorted_pairs(pairs),
        settings=chosen,
        about=combine_about(areas_about(areas), centres.about),
        findings=LookupFindings(table=centres.options, method=centres.method),
        unmatched=unmatched,
        mended_codes=centres.mended,
        note_rows=centres.note_rows,
    )


@dataclass(frozen=True, eq=False)
class _Centres:
    """Centroids, in the system of the areas."""

    codes: pd.Index
    points: np.ndarray[Any, np.dtype[np.object_]]
    method: str
    about: About
    options: TableOptions = field(default_factory=TableOptions)
    mended: int = 0
    note_rows: int = 0


def _points(
    given: Any,
    chosen: BestFitSettings,
    *,
    crs: Any,
    areas: gpd.GeoDataFrame,
) -> _Centres:
    code = chosen.code
    if isinstance(given, pd.DataFrame) and code is None:
        given, code = given.reset_index(names="code"), "code"
    if code is None:
        raise ParameterError("`code` is missing: name the column of the file that holds the codes.")
    table = read_table(given, columns=[code, chosen.x, chosen.y], options=chosen, name="centroids")
    faults = Faults(table.file)
    easts, norths = (
        parse_numbers(table.frame[column], faults=faults, missing=chosen.missing_words, thousands=chosen.thousands)
        for column in (chosen.x, chosen.y)
    )
    cells = area_codes(table.frame[code], faults, missing=chosen.missing_words, required=False)
    for row in table.frame.index[(cells == "") | easts.isna() | norths.isna()]:
        faults.add("lacks its code or a coordinate", row=int(row))
    faults.raise_if_any()
    codes = pd.Index(list(cells), name=code)
    require_unique(codes, name=table.file)
    system = parse_crs(areas.crs if crs is None else crs)
    _require_unit(system, easts, norths, areas)
    moved = transformer(system, areas.crs).apply(easts.to_numpy(), norths.to_numpy())
    return _Centres(
        codes,
        np.asarray(shapely.points(*moved), dtype=object),
        "best fit by centroid",
        About(sources=() if table.layout == "frame" else (table.file,)),
        table.options,
        faults.mended.total(),
        table.note_rows,
    )


def _require_unit(system: pyproj.CRS, x: pd.Series, y: pd.Series, areas: gpd.GeoDataFrame) -> None:
    """Stop at degrees that are taken for metres, and at metres that are said to be degrees."""
    west, south, east, north = areas.total_bounds
    degrees = look_like_degrees(x, y)
    # Areas of a few metres may have points of a few metres.
    if degrees == system.is_geographic or not len(x) or (degrees and look_like_degrees([west, east], [south, north])):
        return
    shown = f"({x.iloc[0]:g}, {y.iloc[0]:g})"
    if degrees:
        raise CRSError(
            f"`centroids` look like longitude and latitude, such as {shown}, not like {crs_label(system)}. "
            "Give crs='EPSG:4326', and name longitude by `x=`, latitude by `y=`."
        )
    raise CRSError(
        f"`centroids` are said to be in {crs_label(system)}, but {shown} is no longitude and latitude. "
        "Give the system of the columns by `crs=`, such as 'EPSG:27700' for eastings and northings."
    )


def _points_of_frame(given: gpd.GeoDataFrame, chosen: BestFitSettings, *, target: Any) -> _Centres:
    code = chosen.code
    if (chosen.x, chosen.y) != ("x", "y"):
        raise ParameterError(
            f"`x` and `y` name the columns {[chosen.x, chosen.y]}, and a GeoDataFrame has points of its own. Leave "
            "them out, or give a plain table."
        )
    if given.active_geometry_name is None:
        raise SchemaError(
            "`centroids` has no points: no column is its geometry. Give one, or a plain table with x and y."
        )
    refuse_personal(
        [label for label in map(str, given.columns) if label != given.geometry.name],
        given,
        allow=chosen.allow_columns,
        name="`centroids`",
    )
    if given.crs is None:
        raise CRSError("`centroids` states no coordinate system. Set it by `set_crs`, from what the publisher says.")
    if code is not None:
        require_columns(given, [code], name="centroids")
    codes = pd.Index(
        [str(one) for one in (given.index if code is None else given[code])], name=code or given.index.name
    )
    require_unique(codes, name="centroids")
    shapes = np.asarray(given.geometry.to_numpy(), dtype=object)
    if (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any():
        raise SchemaError("`centroids` holds codes without geometry. Drop them, or give them their point.")
    are_points = bool((shapely.get_type_id(shapes) == 0).all())
    points = shapes if are_points else shapely.point_on_surface(shapes)
    method = "best fit by centroid" if are_points else "best fit by a point inside each polygon"
    moved = transformer(given.crs, target).apply(shapely.get_x(points), shapely.get_y(points))
    return _Centres(codes, np.asarray(shapely.points(*moved), dtype=object), method, areas_about(given))
