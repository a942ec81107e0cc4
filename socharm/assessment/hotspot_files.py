"""A hot spot method on files: a table and, where it needs them, areas; a folder with tables, layer and picture."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._checks import require_choice
from socharm._columns import AREA
from socharm._record import settings_as_dict
from socharm._version import __version__
from socharm._words import number_of
from socharm.assessment.hotspot_methods import HOTSPOT_METHODS, Given, HotspotMethod
from socharm.errors import AlignmentError, ParameterError, SchemaError, SocharmWarning
from socharm.files.atomic import atomic_folder, atomic_write
from socharm.files.delimited import write_csv
from socharm.files.geopackage import write_layers
from socharm.files.hashing import sha256_file
from socharm.files.plain import parse_toml
from socharm.io.boundaries import read_boundaries
from socharm.io.numbers import parse_numbers
from socharm.io.tabular import read_table
from socharm.io.text_table import Faults

__all__ = ["HotspotFiles", "HotspotFolder", "stated_choices", "write_hotspots"]

Progress = Callable[[str, int, int], None]

#: Columns of a table that are numbers; the others stay text.
_NUMBERS: Final = frozenset({"x", "y", "value", "cases", "population", "expected", "weight", "n"})
#: The date that a layer carries: the same input gives the same bytes.
_STAMP: Final = "2000-01-01"


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


@dataclass(frozen=True, eq=False)
class HotspotFolder:
    """What was written.

    Attributes
    ----------
    path : Path
    files : tuple of str
    rows : mapping of str to int
        Rows of the table: read, used, and set aside by reason.
    warnings : tuple of str
    record : Record
        The result itself.
    """

    path: Path
    files: tuple[str, ...]
    rows: Mapping[str, int]
    warnings: tuple[str, ...]
    record: Any


def stated_choices(pairs: list[str]) -> dict[str, Any]:
    """Settings written as ``name=value``, values as in TOML; a bare word is a text.

    Raises
    ------
    ParameterError
        No ``=``, or a name stated twice.

    Examples
    --------
    >>> stated_choices(["permutations=999", "alpha=0.1", "rule=queen", "distances=[0, 100, 200]"])
    {'permutations': 999, 'alpha': 0.1, 'rule': 'queen', 'distances': [0, 100, 200]}
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = (part.strip() for part in pair.partition("="))
        if not sign or not name:
            raise ParameterError(f"{pair!r} is no setting. Write name=value, such as permutations=999.")
        if name in found:
            raise ParameterError(f"{name!r} is stated twice. State it once.")
        try:
            found[name] = parse_toml(f"value = {text}", name="--set")["value"]
        except (SchemaError, ParameterError):
            found[name] = text
    return found


def write_hotspots(asked: HotspotFiles, *, progress: Progress | None = None) -> HotspotFolder:
    """Read, run, and write one folder, which appears whole or not at all.

    Raises
    ------
    ParameterError
        An unknown method or setting, or areas where the method has no use for them.
    SchemaError
        The table lacks a column, or cells are no numbers: all of them at once.
    AlignmentError
        Codes of the table that no area has.
    StoreError
        The folder is there already, or cannot be written.
    """
    require_choice(asked.method, HOTSPOT_METHODS, name="method")
    method, steps = HOTSPOT_METHODS[asked.method], ("reading", asked.method, "writing")
    with _gathered() as told:
        _say(progress, steps, 0)
        areas = _areas(asked, method)
        table, rows = _read(asked, method)
        if AREA in table:
            _require_known(table, areas, asked)
        about = About(sources=(asked.source or Path(asked.table).name,), marking=asked.marking)
        _say(progress, steps, 1)
        record = method.run(Given(table, areas, dict(asked.choices), asked.crs, about))
        _say(progress, steps, 2)
        if areas is None and method.areas == "for the map":
            told.append("No picture was drawn: it needs areas. Name a file of boundaries by --areas.")
        files = _write(asked, method, record, areas, rows, told)
    return HotspotFolder(Path(asked.to), tuple(files), rows, tuple(told), record)


def _say(progress: Progress | None, steps: tuple[str, ...], at: int) -> None:
    if progress is not None:
        progress(steps[at], at + 1, len(steps))


@contextmanager
def _gathered() -> Iterator[list[str]]:
    """Warnings of the library, once each, for the folder; those of others go their way."""
    told: list[str] = []

    def hear(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if issubclass(category, SocharmWarning) and str(message) not in told:
            told.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", SocharmWarning)
        warnings.showwarning = hear
        yield told


def _areas(asked: HotspotFiles, method: HotspotMethod) -> gpd.GeoDataFrame | None:
    if asked.areas is None:
        if method.areas == "needed":
            raise ParameterError(
                f"{asked.method!r} needs areas. Name a file of boundaries by --areas, codes by --code."
            )
        return None
    if method.areas == "none":
        raise ParameterError(f"{asked.method!r} goes by points and days, and has no use for areas. Leave --areas out.")
    return read_boundaries(asked.areas, code=asked.code, name=asked.name, marking=asked.marking)


def _read(asked: HotspotFiles, method: HotspotMethod) -> tuple[pd.DataFrame, dict[str, int]]:
    """The columns that a method knows; rows without a place, area or value are counted and set aside."""
    unknown = [name for name in asked.columns if name not in {*method.needs, *method.may}]
    if unknown:
        raise ParameterError(
            f"--column names {unknown}; {asked.method!r} knows {[*method.needs, *method.may]}. Write them as x=Easting."
        )
    text = read_table(asked.table)
    wanted = {name: asked.columns.get(name, name) for name in (*method.needs, *method.may)}
    text.require(wanted[name] for name in wanted if name in method.needs or name in asked.columns)
    there = {name: column for name, column in wanted.items() if column in text.frame.columns}
    faults = Faults(text.file)
    frame = pd.DataFrame(index=text.frame.index)
    for name, column in there.items():
        cells = text.frame[column]
        if name in _NUMBERS:
            frame[name] = parse_numbers(cells, faults=faults, column=column)
        else:
            frame[name] = cells.str.strip().mask(cells.str.strip() == "")
    faults.raise_if_any()
    return _kept(frame, method, text.note_rows, file=text.file)


def _kept(frame: pd.DataFrame, method: HotspotMethod, notes: int, *, file: str) -> tuple[pd.DataFrame, dict[str, int]]:
    rows = {"read": len(frame)}
    if notes:
        rows["notes below the table"] = notes
    for name in (*method.needs, *(name for name in method.may if name in frame)):
        if name in ("value", "cases", "population", "expected"):
            continue  # a gap of an area is told by the method itself
        gaps = frame[name].isna()
        if gaps.any():
            rows[f"without {name}"] = int(gaps.sum())
            frame = frame[~gaps]
    rows["used"] = len(frame)
    if frame.empty:
        raise SchemaError(f"{file!r}: not one of {number_of(rows['read'], 'row')} can be used: {rows}.")
    if "n" in frame:
        frame = frame.assign(n=frame["n"].astype("int64"))
    return frame, rows


def _require_known(table: pd.DataFrame, areas: gpd.GeoDataFrame | None, asked: HotspotFiles) -> None:
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


def _write(
    asked: HotspotFiles,
    method: HotspotMethod,
    record: Any,
    areas: gpd.GeoDataFrame | None,
    rows: Mapping[str, int],
    told: list[str],
) -> list[str]:
    files: list[str] = []
    with atomic_folder(Path(asked.to)) as folder:
        for name, table in method.tables(record).items():
            files.append(f"{name}.csv")
            write_csv(table, folder / files[-1], index=True)
        layer = method.layer(areas, record)
        if layer is not None and layer.crs is None:
            told.append("No layer was written: nothing says in which system x and y are. State --crs.")
        elif layer is not None and len(layer):
            files.append("layer.gpkg")
            write_layers({asked.method: layer}, folder / files[-1], stamp=_STAMP, told={"marking": asked.marking})
        if method.draw is not None and (areas is not None or method.areas == "none"):
            from socharm.maps import save_figure

            files.append("picture.png")
            save_figure(method.draw(areas, record), folder / files[-1])
        files.append("about.json")
        with atomic_write(folder / files[-1]) as temporary:
            temporary.write_text(
                json.dumps(_about(asked, record, rows, told), indent=2, ensure_ascii=False) + "\n", "utf-8"
            )
    return files


def _about(asked: HotspotFiles, record: Any, rows: Mapping[str, int], told: list[str]) -> dict[str, Any]:
    """What was done with what: enough to do it again."""
    given = {"table": asked.table, "areas": asked.areas}
    inputs = {
        role: {"file": Path(path).name, "sha256": sha256_file(path)} for role, path in given.items() if path is not None
    }
    return {
        "method": asked.method,
        "marking": asked.marking,
        "socharm": __version__,
        "inputs": inputs,
        "columns": dict(asked.columns),
        "crs": asked.crs,
        "source": asked.source,
        "rows": dict(rows),
        "settings": settings_as_dict(record.settings),
        "summary": record.summary() if hasattr(record, "summary") else str(record),
        "warnings": list(told),
    }
