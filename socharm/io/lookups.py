"""Lookups from one geography to another."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_columns, require_unique
from socharm._columns import AREA
from socharm._constraints import Crs, Frame
from socharm._record import Record
from socharm._value_kinds import shown
from socharm.errors import AlignmentError, CRSError, DataWarning, ParameterError, SchemaError
from socharm.io.area_codes import area_codes
from socharm.io.areas import areas_about, require_areas
from socharm.io.crs import crs_label, parse_crs, transformer
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.metres import look_like_degrees
from socharm.io.missing import is_suppressed
from socharm.io.personal import refuse_personal
from socharm.io.population import Population
from socharm.io.table_options import TableOptions
from socharm.io.tabular import Faults, TextTable, has_no_number, parse_numbers, read_table

__all__ = ["Lookup", "LookupSettings", "best_fit_lookup", "read_lookup"]


@dataclass(frozen=True, kw_only=True)
class LookupSettings:
    """Choices made when a lookup was read or made."""

    source: str
    target: str
    method: str = "file"
    shares: str | None = None
    table: TableOptions = field(default_factory=TableOptions)
    allowed_columns: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Lookup(Record):
    """Which area of one geography belongs to which area of another.

    Attributes
    ----------
    table : DataFrame
        ``source``, ``target`` (str), ``share`` (float): the part of the source that goes to the target. The
        shares of a source sum to 1. Sorted by source, target; no pair twice.
    repeated_rows : int
        Rows of the file that repeat an earlier row.
    unmatched : tuple of str
        Source codes that belong to no target.
    changes : dict of str to int
        Source codes by change flag where the file has them: U unchanged, S split, M merged, X otherwise.
    mended_codes : int
        Codes that were written in lower case or as decimals.
    note_rows : int
        Rows under the table that are notes, set aside.
    """

    table: pd.DataFrame
    settings: LookupSettings
    about: About
    repeated_rows: int = 0
    unmatched: tuple[str, ...] = ()
    changes: dict[str, int] = field(default_factory=dict)
    mended_codes: int = 0
    note_rows: int = 0

    @property
    def kind(self) -> str:
        """``"whole"`` when every source goes to one target, ``"shares"`` when some are divided."""
        return "shares" if self.table["source"].duplicated().any() else "whole"

    def as_mapping(self) -> dict[str, str]:
        """Source code to target code.

        Raises
        ------
        ParameterError
            Some sources are divided between targets.
        """
        if self.kind == "shares":
            raise ParameterError(
                "the lookup divides codes between several targets, so it names no single parent. "
                "Use a lookup with one target for every code."
            )
        return dict(zip(self.table["source"], self.table["target"], strict=True))

    def _summary(self) -> dict[str, str]:
        lines = {
            "codes": f"{self.table['source'].nunique():,} to {self.table['target'].nunique():,}",
            "method": self.settings.method,
        }
        if self.changes:
            lines["changes"] = ", ".join(f"{flag} {number:,}" for flag, number in self.changes.items())
        if self.unmatched:
            lines["in no area"] = f"{len(self.unmatched):,}, such as {', '.join(self.unmatched[:3])}"
        found = {"codes mended": self.mended_codes, "notes set aside": self.note_rows}
        return lines | {label: f"{number:,}" for label, number in found.items() if number}


@checked
def read_lookup(
    path: str | os.PathLike[str] | Frame,
    *,
    source: str,
    target: str,
    shares: str | pd.Series | Population | None = None,
    change: str | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    skip_rows: int = 0,
    encoding: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
    usual_missing: bool = True,
    allow_columns: Collection[str] = (),
    year: int | None = None,
    marking: str = "OFFICIAL",
    source_name: str | None = None,
) -> Lookup:
    """Read which code belongs to which.

    Parameters
    ----------
    path : path or dataframe
        Text, workbook or parquet, as published.
    source, target : str
        Columns of the codes that are carried over, and of the codes they are carried to.
    shares : str, Series or Population, optional
        For codes with several targets: a column with the share of each row, or the size of every *target* (such as
        residents), by which a source is divided in proportion.
    change : str, optional
        Column of change flags, such as ``"CHGIND"`` between LSOAs of 2011 and 2021: U unchanged, S split, M merged,
        X otherwise. They are checked against the pairs and counted in ``changes``.
    sheet : str or int, optional
        Sheet of a workbook: its name, or its place counted from 0. By default the one visible sheet that holds the
        wanted columns.
    header_row : int, optional
        Row of the column names, counted from 1; by default the first row that holds the wanted columns.
    skip_rows : int
        Rows at the top of the file that are not looked at.
    encoding : str, optional
        Of a text file; found by default.
    thousands : str, optional
        Thousands separator to accept, such as ``","``.
    missing : collection of str
        Words that stand for a missing value beside the usual ones, in any letter case. A blank cell is always missing.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``, ``..``) mean missing too; false leaves `missing` alone.
    allow_columns : collection of str
        Columns that look like persons and are not.
    year : int, optional
        Boundary year of the targets.
    marking : str
    source_name : str, optional
        Name of the source as it should be printed; the file name by default.

    Returns
    -------
    Lookup

    Raises
    ------
    SchemaError
        A missing code, a code with several targets and no `shares`, or shares that do not sum to 1; all at once.

    Examples
    --------
    >>> rows = pd.DataFrame({"LSOA21CD": ["L1", "L2", "L3"], "WD25CD": ["W1", "W1", "W2"]})
    >>> read_lookup(rows, source="LSOA21CD", target="WD25CD").as_mapping()
    {'L1': 'W1', 'L2': 'W1', 'L3': 'W2'}
    """
    share_column = [shares] if isinstance(shares, str) else []
    change_column = [change] if change else []
    options = TableOptions(
        sheet=sheet,
        header_row=header_row,
        skip_rows=skip_rows,
        encoding=encoding,
        thousands=thousands,
        missing=missing,
        usual_missing=usual_missing,
    )
    wanted = list(dict.fromkeys([source, target, *share_column, *change_column]))
    table = read_table(path, columns=wanted, options=options, allow_columns=allow_columns)
    faults = Faults(table.file)
    codes = {
        column: area_codes(table.frame[column], faults, missing=options.missing_words) for column in (source, target)
    }
    pairs = pd.DataFrame({"source": codes[source], "target": codes[target]})
    if share_column:
        cells = table.frame[share_column[0]]
        pairs["share"] = parse_numbers(cells, faults=faults, thousands=thousands, missing=options.missing_words)
        _note_withheld(cells, options, faults)
    copies = pairs.duplicated()
    pairs = pairs[~copies]
    changes = _checked_changes(pairs, table.frame[change], faults, change) if change else {}
    if shares is None:
        _note_divided(pairs, source, faults)
    faults.raise_if_any("State how a code with several targets is divided by `shares=`, or correct the file.")
    pairs = pairs.assign(share=1.0) if shares is None else _with_shares(pairs, shares, table)
    label = (
        shares if isinstance(shares, str) else None if shares is None else "in proportion to the size of the targets"
    )
    return Lookup(
        table=_sorted(pairs),
        settings=LookupSettings(
            source=source, target=target, shares=label, table=table.options, allowed_columns=tuple(allow_columns)
        ),
        about=About(boundary_year=year, sources=(source_name or table.file,), marking=marking),
        repeated_rows=int(copies.sum()),
        changes=changes,
        mended_codes=faults.mended.total(),
        note_rows=table.note_rows,
    )


def _checked_changes(pairs: pd.DataFrame, flags: pd.Series, faults: Faults, column: str) -> dict[str, int]:
    """Number of source codes by flag; a flag that the pairs contradict is a fault."""
    flag = flags[pairs.index]
    for row in flag.index[~flag.isin(list("USMX"))]:
        faults.add("is no change flag (U, S, M or X)", row=int(row), column=column, value=flag[row])
    divided = pairs["source"].duplicated(keep=False)
    joined = pairs["target"].duplicated(keep=False)
    wrong = ((flag == "U") & (divided | joined)) | ((flag == "S") & joined) | ((flag == "M") & divided)
    for row in flag.index[wrong]:
        faults.add("does not fit the codes it goes with", row=int(row), column=column, value=flag[row])
    by_code = flag.groupby(pairs["source"]).first()
    return {letter: int((by_code == letter).sum()) for letter in "USMX"}


def _note_withheld(cells: pd.Series, options: TableOptions, faults: Faults) -> None:
    """A share that is blank or withheld: its code would lose people, whatever the other parts add up to."""
    for row, cell in cells[cells.map(lambda text: has_no_number(text, options.missing_words))].items():
        what = "is marked as suppressed" if is_suppressed(cell) else "is missing"
        advice = "write the share, 0 where nothing goes there"
        faults.add(f"{what}: {advice}", row=int(str(row)), column=str(cells.name), value=cell or None)


def _note_divided(pairs: pd.DataFrame, source: str, faults: Faults) -> None:
    divided = pairs[pairs["source"].duplicated(keep=False) & (pairs["source"] != "")]
    for code, rows in divided.groupby("source", sort=True):
        targets = sorted(rows["target"])[:4]
        faults.add(f"goes to several targets {targets}", row=int(rows.index[1]), column=source, value=code)


def _sizes(shares: pd.Series) -> pd.Series:
    """Size of each target as a number; a missing one stays missing."""
    require_unique(shares.index, name="shares")
    sizes = pd.to_numeric(shares, errors="coerce").astype(float)
    odd = shares[sizes.isna() & shares.notna()]
    if len(odd):
        told = [f"{code}: {shown(size)}" for code, size in odd.head(3).items()]
        raise SchemaError(f"`shares` holds {len(odd)} sizes that are no numbers, such as {told}. Correct them.")
    return sizes


def _with_shares(pairs: pd.DataFrame, shares: str | pd.Series | Population, table: TextTable) -> pd.DataFrame:
    if not isinstance(shares, str):
        size = pairs["target"].map(_sizes(shares.values if isinstance(shares, Population) else shares))
        divided = pairs["source"].duplicated(keep=False)
        lost = pairs["target"][divided & ~(size >= 0)]
        if len(lost):
            raise SchemaError(
                f"`shares` holds no size for {len(lost)} targets of divided codes, such as {sorted(set(lost))[:3]}. "
                "Give the size of every target."
            )
        total = size.groupby(pairs["source"]).transform("sum")
        return pairs.assign(share=np.where(divided, size / total, 1.0))
    summed = pairs.groupby("source")["share"].sum()
    wrong = summed[(summed - 1).abs() > 1e-6]
    if len(wrong) or bool((pairs["share"] < 0).any()):
        found = [f"{code}: {value:g}" for code, value in list(wrong.items())[:3]]
        raise SchemaError(
            f"the shares of {len(wrong)} codes of {table.file!r} do not sum to 1, such as {found}, or some are "
            "negative. "
            "Correct the shares; a code whose parts are not 1 gains or loses people."
        )
    return pairs


def _sorted(pairs: pd.DataFrame) -> pd.DataFrame:
    frame = pairs[["source", "target", "share"]].sort_values(["source", "target"], kind="stable")
    return frame.reset_index(drop=True)


@checked
def best_fit_lookup(
    centroids: str | os.PathLike[str] | pd.DataFrame | gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    code: str | None = None,
    x: str = "x",
    y: str = "y",
    crs: Crs | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    skip_rows: int = 0,
    encoding: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
    usual_missing: bool = True,
    allow_columns: Collection[str] = (),
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
    sheet : str or int, optional
        Sheet of a workbook: its name, or its place counted from 0. By default the one visible sheet that holds the
        wanted columns.
    header_row : int, optional
        Row of the column names, counted from 1; by default the first row that holds the wanted columns.
    skip_rows : int
        Rows at the top of the file that are not looked at.
    encoding : str, optional
        Of a text file; found by default.
    thousands : str, optional
        Thousands separator to accept, such as ``","``.
    missing : collection of str
        Words that stand for a missing value beside the usual ones, in any letter case. A blank cell is always missing.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``, ``..``) mean missing too; false leaves `missing` alone.
    allow_columns : collection of str
        Columns that look like persons and are not.

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
    options = TableOptions(
        sheet=sheet,
        header_row=header_row,
        skip_rows=skip_rows,
        encoding=encoding,
        thousands=thousands,
        missing=missing,
        usual_missing=usual_missing,
    )
    if isinstance(centroids, gpd.GeoDataFrame):
        centres = _points_of_frame(centroids, code=code, target=areas.crs, allow_columns=allow_columns)
    else:
        centres = _points(centroids, options, code=code, x=x, y=y, crs=crs, areas=areas, allow_columns=allow_columns)
    codes, points = centres.codes, centres.points
    area, _ = first_areas(points, areas)
    lost = area == OUTSIDE
    pairs = pd.DataFrame({"source": codes[~lost], "target": areas.index[area[~lost]], "share": 1.0})
    unmatched = tuple(sorted(str(one) for one in codes[lost]))
    if bool(lost.all()):
        raise AlignmentError(
            f"None of the {len(codes):,} points lies in any of the {len(areas):,} areas: {list(unmatched[:3])}. "
            "Check `crs=`, and that both are of the same place."
        )
    if unmatched:
        warnings.warn(
            f"{len(unmatched):,} of {len(codes):,} points lie in no area, such as {list(unmatched[:5])}; "
            "they are in `unmatched`.",
            DataWarning,
            stacklevel=2,
        )
    return Lookup(
        table=_sorted(pairs),
        settings=LookupSettings(
            source=str(code or codes.name or AREA),
            target=AREA,
            method=centres.method,
            table=centres.options,
            allowed_columns=tuple(allow_columns),
        ),
        about=combine_about(areas_about(areas), centres.about),
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
    options: TableOptions,
    *,
    code: str | None,
    x: str,
    y: str,
    crs: Any,
    areas: gpd.GeoDataFrame,
    allow_columns: Collection[str],
) -> _Centres:
    if isinstance(given, pd.DataFrame) and code is None:
        given, code = given.reset_index(names="code"), "code"
    if code is None:
        raise ParameterError("`code` is missing: name the column of the file that holds the codes.")
    table = read_table(given, columns=[code, x, y], options=options, name="centroids", allow_columns=allow_columns)
    faults = Faults(table.file)
    easts, norths = (
        parse_numbers(table.frame[column], faults=faults, missing=options.missing_words, thousands=options.thousands)
        for column in (x, y)
    )
    cells = area_codes(table.frame[code], faults, missing=options.missing_words, required=False)
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


def _points_of_frame(
    given: gpd.GeoDataFrame, *, code: str | None, target: Any, allow_columns: Collection[str]
) -> _Centres:
    if given.active_geometry_name is None:
        raise SchemaError(
            "`centroids` has no points: no column is its geometry. Give one, or a plain table with x and y."
        )
    refuse_personal(
        [label for label in map(str, given.columns) if label != given.geometry.name],
        given,
        allow=allow_columns,
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
