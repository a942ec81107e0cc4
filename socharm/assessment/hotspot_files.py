"""A hot spot method on files: a table and, where it needs them, areas; a folder with tables, layer and picture."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._about import MARKINGS, About
from socharm._checks import require_choice
from socharm._columns import AREA
from socharm._record import settings_as_dict
from socharm._settings import annotations_of
from socharm._version import __version__
from socharm.assessment.argument_words import with_options
from socharm.assessment.hotspot_method import Given, HotspotMethod
from socharm.assessment.hotspot_methods import CHOICES, HOTSPOT_METHODS
from socharm.assessment.hotspot_table import HotspotFiles, read_hotspot_table, require_known, tell_outside
from socharm.errors import ParameterError, SchemaError, SocharmError, SocharmWarning
from socharm.files.atomic import atomic_folder, atomic_write, require_new
from socharm.files.delimited import write_csv
from socharm.files.geopackage import write_layers
from socharm.files.hashing import sha256_file
from socharm.files.plain import parse_toml
from socharm.io.boundaries import read_boundaries

__all__ = ["HotspotFolder", "stated_choices", "stated_columns", "write_hotspots"]

Progress = Callable[[str, int, int], None]

#: The date that a layer carries: the same input gives the same bytes.
_STAMP: Final = "2000-01-01"


#: Options that stand for arguments of functions which are no settings.
_OPTIONS: Final = {
    "areas": "--areas ",
    "code": "--code ",
    "columns": "--column ",
    "crs": "--crs ",
    "marking": "--marking ",
    "mask": "--areas ",
    "name": "--name ",
}


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
    return {
        name: _value(text) for name, text in _parted(pairs, "no setting. Write name=value, such as permutations=999")
    }


def stated_columns(pairs: list[str]) -> dict[str, str]:
    """Columns written as ``name=column``: a column is a text, whatever it looks like.

    Raises
    ------
    ParameterError
        No ``=``, no column, or a name stated twice.

    Examples
    --------
    >>> stated_columns(["x=Easting", "value=2025"])
    {'x': 'Easting', 'value': '2025'}
    """
    found = dict(_parted(pairs, "no column. Write what it holds and its name, such as x=Easting"))
    for name, column in found.items():
        if not column:
            raise ParameterError(f"'{name}=' names no column. Write what it holds and its name, such as x=Easting.")
    return found


def _parted(pairs: list[str], fault: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, text = (part.strip() for part in pair.partition("="))
        if not sign or not name:
            raise ParameterError(f"{pair!r} is {fault}.")
        if name in found:
            raise ParameterError(f"{name!r} is stated twice. State it once.")
        found[name] = text
    return list(found.items())


def _value(text: str) -> Any:
    """One value of TOML, or the text as it is."""
    try:
        found = parse_toml(f"value = {text}", name="--set")
    except (SchemaError, ParameterError):
        return text
    return found["value"] if len(found) == 1 else text


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
    require_new(Path(asked.to))
    method, steps = HOTSPOT_METHODS[asked.method], ("reading", asked.method, "writing")
    with _gathered(asked.method) as told, _in_options(asked.method):
        _say(progress, steps, 0)
        areas = _areas(asked, method)
        table, rows = read_hotspot_table(asked, method, told)
        if AREA in table:
            require_known(table, areas, asked)
        elif areas is not None:
            tell_outside(table, areas, asked, told)
        about = About(
            sources=(asked.source or Path(asked.table).name,),
            marking=asked.marking,
            unit="events" if method.areas == "for the map" and "weight" not in table else "",
        )
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
def _gathered(method: str) -> Iterator[list[str]]:
    """Warnings of the library, once each, for the folder; those of others go their way."""
    told: list[str] = []
    shown = warnings.showwarning

    def hear(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if not issubclass(category, SocharmWarning):
            shown(message, category, *where, **more)
        elif (text := with_options(str(message), partial(_option, method))) not in told:
            told.append(text)

    with warnings.catch_warnings():
        warnings.simplefilter("always", SocharmWarning)
        warnings.showwarning = hear
        yield told


@contextmanager
def _in_options(method: str) -> Iterator[None]:
    """Let faults speak of the options of the command where they name arguments of functions."""
    try:
        yield
    except SocharmError as error:
        text = with_options(str(error), partial(_option, method))
        if text == str(error):
            raise
        raise type(error)(text) from error


def _option(method: str, argument: str) -> str | None:
    """The option that stands for an argument; None where there is none."""
    if argument in annotations_of(CHOICES[method]):
        return f"--set {argument}="
    return _OPTIONS.get(argument)


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


def _marked(table: pd.DataFrame, marking: str) -> pd.DataFrame:
    """A table as it is written: without row numbers that say nothing; a marking above the lowest stands first."""
    counts = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    flat = table.reset_index(drop=counts)
    return flat if marking == MARKINGS[0] else flat.assign(MARKING=marking)[["MARKING", *flat.columns]]


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
            write_csv(_marked(table, asked.marking), folder / files[-1])
        layer = method.layer(areas, record)
        if layer is not None and layer.crs is None:
            told.append("No layer was written: nothing says in which system x and y are. State --crs.")
        elif layer is not None and not len(layer):
            told.append("No layer was written: nothing was found that a map could show.")
        elif layer is not None and layer.crs is not None:
            if asked.crs is None and areas is None:
                told.append(f"x and y were taken to be in {layer.crs.to_string()}: nothing says otherwise. See --crs.")
            files.append("layer.gpkg")
            write_layers({asked.method: layer}, folder / files[-1], stamp=_STAMP, told={"marking": asked.marking})
        if method.draw is not None and (areas is not None or method.areas == "none"):
            from socharm.maps import save_figure

            drawn = method.draw(areas, record)
            if drawn is None:
                told.append("No picture was drawn: nothing was found that it could show.")
            else:
                files.append("picture.png")
                save_figure(drawn, folder / files[-1])
        files.append("about.json")
        with atomic_write(folder / files[-1]) as temporary:
            temporary.write_text(
                json.dumps(_about(asked, record, rows, told), indent=2, ensure_ascii=False) + "\n", "utf-8"
            )
    return files


def _source_column(asked: HotspotFiles, record: Any) -> dict[str, str]:
    """The column of the file that was tested, where the settings have one of an index."""
    of_index = "column" in settings_as_dict(record.settings) and "value" in HOTSPOT_METHODS[asked.method].needs
    return {"column": asked.columns.get("value", "value")} if of_index else {}


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
        "settings": {**settings_as_dict(record.settings), **_source_column(asked, record)},
        "summary": record.summary() if hasattr(record, "summary") else str(record),
        "warnings": list(told),
    }
