"""What is asked of a hot spot method on files, and its table: which rows are used, and which are set aside for what."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from socharm._checks import names_told
from socharm._columns import AREA
from socharm._words import joined_words, number_of
from socharm.assessment.hotspot_method import HotspotMethod
from socharm.assessment.hotspot_runs import EXPOSURES
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.io.area_codes import area_codes
from socharm.io.incidents.months import months_of
from socharm.io.missing import is_missing
from socharm.io.numbers import parse_numbers
from socharm.io.tabular import read_table
from socharm.io.text_table import Faults, TextTable

__all__ = ["HotspotFiles", "read_hotspot_table", "require_known", "tell_outside"]

#: A date as the methods take it, or a number that counts from any day: 20250430 is a date.
_PLAIN: Final = re.compile(r"\d{4}-\d{2}(?:-\d{2}.*)?|(?!(?:19|20)\d{6}$)[+-]?\d+(?:\.\d+)?")
#: A time of day of 24 hours behind a date: its hour, and the rest.
_CLOCK: Final = re.compile(r"[ T](\d{1,2}):(\d{2}(?::\d{2})?)$")
#: Columns of a table that are numbers; the others stay text.
_NUMBERS: Final = frozenset(
    {"x", "y", "value", "cases", "population", "expected", "weight", "n", "earlier", "later", *EXPOSURES}
)
#: Columns whose gaps the method itself tells of: those of an area or month, and ends that are not known.
_OWN_GAPS: Final = frozenset({"value", "cases", "population", "expected", "earlier", "later", "end", *EXPOSURES})


@dataclass(frozen=True, kw_only=True)
class HotspotFiles:
    """What is asked of a hot spot method on files.

    Attributes
    ----------
    method : str
        A name of `HOTSPOT_METHODS`.
    table : path
        Events or values, one in each row.
    to : path
        Folder to write; it must not be there.
    areas : path, optional
    code, name : str, optional
        Columns of the areas with their codes and names.
    columns : mapping of str to str
        Column of the table for what the method calls otherwise: ``{"x": "Easting"}``.
    crs : str, optional
        Metric system of x and y, such as ``"EPSG:27700"``.
    choices : mapping
        Settings of the method, by name.
    source : str, optional
        What the table is, as it should stand under a picture.
    marking : str
    """

    method: str
    table: str | os.PathLike[str]
    to: str | os.PathLike[str]
    areas: str | os.PathLike[str] | None = None
    code: str | None = None
    name: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    marking: str = "OFFICIAL"


def read_hotspot_table(
    asked: HotspotFiles, method: HotspotMethod, told: list[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The columns that a method knows; rows without a place, area or value are counted and set aside."""
    unknown = [name for name in asked.columns if name not in {*method.needs, *method.may}]
    if unknown:
        raise ParameterError(
            f"--column names {unknown}; {asked.method!r} knows {[*method.needs, *method.may]}. Write them as x=Easting."
        )
    text = read_table(asked.table)
    wanted = {name: asked.columns.get(name, name) for name in (*method.needs, *method.may)}
    _require_columns(text, {name: wanted[name] for name in wanted if name in method.needs or name in asked.columns})
    there = {name: column for name, column in wanted.items() if column in text.frame.columns}
    if "weight" in there and not method.weighs(asked.choices):
        setting, value = method.weight_by or ("", "")
        told.append(f"Column {there.pop('weight')!r} was not used: the weight is read by --set {setting}={value}.")
    faults = Faults(text.file)
    frame = pd.DataFrame(index=text.frame.index)
    for name, column in there.items():
        cells = text.frame[column]
        if name in _NUMBERS:
            frame[name] = parse_numbers(cells, faults=faults, column=column)
        elif name == AREA:
            codes = area_codes(cells, faults, column=column, required=False)
            frame[name] = codes.mask(codes == "")
        else:
            plain = cells.str.strip().mask(cells.str.strip() == "")
            dated = name in ("date", "start", "end")
            frame[name] = _as_written(plain, column, text.file, told, clock=name != "date") if dated else plain
    if "n" in frame:
        odd = frame["n"].notna() & ((frame["n"] < 1) | (frame["n"] % 1 != 0))
        for row, number in frame.loc[odd, "n"].items():
            faults.add(
                "is no whole number of events from 1 on", row=int(str(row)), column=there["n"], value=f"{number:g}"
            )
    faults.raise_if_any()
    told += [
        f"Of column {column!r} {number_of(count, 'code was', 'codes were')} mended: blanks, small letters or a decimal "
        "ending."
        for column, count in faults.mended.items()
        if count
    ]
    told += [
        f"Of column {column!r} {number_of(count, 'cell is', 'cells are')} withheld by the publisher: missing, and not "
        "zero."
        for column, count in faults.suppressed.items()
        if count
    ]
    return _kept(frame, method, text.note_rows, file=text.file)


def _require_columns(text: TextTable, wanted: Mapping[str, str]) -> None:
    """Stop where a column is not there, with the option that names it."""
    missing = {name: column for name, column in wanted.items() if column not in text.frame.columns}
    if missing:
        options = joined_words(f'--column "{name}=..."' for name in missing)
        raise SchemaError(
            f"{text.file!r} lacks the columns {list(missing.values())}; it has {names_told(list(text.frame.columns))}. "
            f"Name the right {'one' if len(missing) == 1 else 'ones'} by {options}."
        )


def _as_written(cells: pd.Series, column: str, file: str, told: list[str], *, clock: bool) -> pd.Series:
    """Dates that are written otherwise than YYYY-MM-DD, read as the whole column has them; numbers stay numbers.

    With `clock` a time of day stays behind them; one that is not of 24 hours leaves its text as it is.
    """
    cells = cells.mask(cells.map(is_missing, na_action="ignore").eq(True))
    texts = cells.dropna().unique()
    if all(_PLAIN.fullmatch(one) for one in texts):
        return cells
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mixture is told below, by its forms
            found = months_of(texts)
    except SchemaError as error:
        some = ", ".join(repr(one) for one in texts[:2])
        raise SchemaError(
            f"{file!r}: the dates of column {column!r}, such as {some}, can be read in several ways or in none. Write "
            "them as YYYY-MM-DD."
        ) from error
    told.append(f"Dates of column {column!r} were read as {found.format}.")
    days = {one: found.days.get(one) or found.of.get(one) or one for one in texts}
    if clock:
        times = {one: _CLOCK.search(one) for one in texts}
        days = {
            one: f"{day} {int(time[1]):02d}:{time[2]}" if (time := times[one]) else one if ":" in one else day
            for one, day in days.items()
        }
    return cells.map(days)


def _kept(frame: pd.DataFrame, method: HotspotMethod, notes: int, *, file: str) -> tuple[pd.DataFrame, dict[str, int]]:
    rows = {"read": len(frame)}
    if notes:
        rows["notes below the table"] = notes
    for name in (*method.needs, *(name for name in method.may if name in frame)):
        if name in _OWN_GAPS:
            continue
        gaps = frame[name].isna()
        if gaps.any():
            rows[f"without {name}"] = int(gaps.sum())
            frame = frame[~gaps]
    rows["used"] = len(frame)
    if frame.empty:
        reasons = joined_words(
            f"{count:,} {reason}" for reason, count in rows.items() if reason not in ("read", "used")
        )
        raise SchemaError(
            f"{file!r}: not one of {number_of(rows['read'], 'row')} can be used: {reasons}. Check the columns."
        )
    if "n" in frame:
        frame = frame.assign(n=frame["n"].astype("int64"))
    return frame, rows


def require_known(table: pd.DataFrame, areas: gpd.GeoDataFrame | None, asked: HotspotFiles) -> None:
    """Every code of the table is an area."""
    assert areas is not None  # methods by area need them
    lost = table.loc[~table[AREA].isin(areas.index), AREA]
    if len(lost):
        where = ", ".join(f"row {row}: {code!r}" for row, code in lost.head(3).items())
        many = number_of(len(lost), "row names", "rows name")
        raise AlignmentError(
            f"{Path(asked.table).name!r}: {many} an area that {Path(str(asked.areas)).name!r} does not have ({where}). "
            "Check the boundary year, or --code."
        )


def tell_outside(table: pd.DataFrame, areas: gpd.GeoDataFrame, asked: HotspotFiles, told: list[str]) -> None:
    """Points that lie in none of the areas are counted; if all of them do, the files do not belong together."""
    region = shapely.union_all(areas.geometry.to_numpy())
    shapely.prepare(region)
    outside = int((~shapely.intersects_xy(region, table["x"], table["y"])).sum())
    if outside == len(table):
        raise AlignmentError(
            f"Not one of the {number_of(outside, 'point')} of {Path(asked.table).name!r} lies in the areas of "
            f"{Path(str(asked.areas)).name!r}. Check which system x and y are in, and that the files are of one place."
        )
    if outside:
        told.append(
            f"{outside:,} of {number_of(len(table), 'point')} {'lies' if outside == 1 else 'lie'} outside the areas."
        )
