"""What a GeoPackage holds, asked of its own tables before GDAL opens it: a view in it may never end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from socharm._checks import nearest_name
from socharm._limits import MAX_DATABASE_STEPS
from socharm._words import number_of
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io._door import reading
from socharm.io.boundary_layer import require_number

__all__ = ["open_layer"]

_SYSTEM: Final = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys", "gpkg_ogr_contents")
_MODULES: Final = ("rtree", "rtree_i32", "fts3", "fts4", "fts5")


def open_layer(file: Path, layer: str | None) -> str:
    """Name of the layer to read: a table with geometry, whole, and not too large.

    Parameters
    ----------
    file : Path
        A GeoPackage, by `safe_path`.
    layer : str, optional
        The caller's choice; needed where the file has several.

    Raises
    ------
    ParameterError
        `layer` names none, or there are several.
    SchemaError
        No layer, a view, or another number of areas than the file announces.
    RefusedError
        The file can run code of its own when it is read, or holds too many features.
    """
    with reading(file.name, what="a GeoPackage", advice="Download it again."), _connected(file) as base:
        kinds, sql = _schema(base, file.name)
        layers = [row[0] for row in base.execute("SELECT table_name FROM gpkg_geometry_columns ORDER BY rowid")]
        name = _chosen([str(one) for one in layers], layer, file.name)
        if kinds.get(name) == "view":
            raise SchemaError(
                f"{file.name!r}: layer {name!r} is a view, a question to other tables that need not end. Save it as a "
                "layer of its own in a GIS, and read that."
            )
        if name not in kinds or "virtual" in sql.get(name, "").lower()[:20]:
            raise SchemaError(f"{file.name!r} announces the layer {name!r} and does not hold it. Download it again.")
        columns = base.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
        if any(column[-1] in (2, 3) for column in columns):
            raise RefusedError(f"{file.name!r}: layer {name!r} has computed columns. Save it again in a GIS.")
        held = int(base.execute(f"SELECT COUNT(*) FROM {_quoted(name)}").fetchone()[0])
        announced = _announced(base, name) if "gpkg_ogr_contents" in kinds else None
    require_number(held, file.name)
    if announced is not None and announced != held:
        raise SchemaError(
            f"{file.name!r} announces {number_of(announced, 'area')} and holds {held:,}: it is cut short, or was "
            "changed by a program that does not count. Download it again, or save it again in a GIS."
        )
    return name


@contextmanager
def _connected(file: Path) -> Iterator[sqlite3.Connection]:
    # Without a journal beside it the file is whole as it stands, and nothing is written next to it.
    journal = file.with_name(file.name + "-wal").exists()
    address = f"file:{quote(str(file))}?mode=ro{'' if journal else '&immutable=1'}"
    base = sqlite3.connect(address, uri=True)
    steps = 0

    def watch() -> int:
        nonlocal steps
        steps += 1
        return int(steps > MAX_DATABASE_STEPS // 10_000)

    try:
        base.set_progress_handler(watch, 10_000)
        base.execute("PRAGMA trusted_schema=OFF")
        yield base
    finally:
        base.close()


def _schema(base: sqlite3.Connection, file: str) -> tuple[dict[str, str], dict[str, str]]:
    """Kind and definition of every table; stops at what a GeoPackage has no use for."""
    rows = base.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    kinds = {str(name): str(kind) for kind, name, _ in rows if kind in ("table", "view")}
    sql = {str(name): str(text) for kind, name, text in rows if kind in ("table", "view")}
    if "gpkg_geometry_columns" not in kinds:
        raise SchemaError(f"{file!r} holds no layer with geometry, or is cut short. Export it again.")
    strange = [name for name in _SYSTEM if kinds.get(name, "table") != "table"]
    for name, text in sql.items():
        words = text.split()
        if [word.upper() for word in words[:2]] == ["CREATE", "VIRTUAL"]:
            module = text.upper().split(" USING ", 1)[-1].split("(")[0].strip().lower()
            strange += [] if module in _MODULES else [name]
    if strange:
        raise RefusedError(
            f"{file!r} is refused: {strange[:3]} would run code of the file's own or open other files. Save the layer "
            "again in a GIS."
        )
    return kinds, sql


def _chosen(layers: list[str], layer: str | None, file: str) -> str:
    if layer is not None and layer not in layers:
        hint = nearest_name(layer, layers)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`layer` is {layer!r}; {file!r} has the layers {layers}.{meant}")
    if not layers:
        raise SchemaError(f"{file!r} holds no layer with geometry, or is cut short. Export it again.")
    if layer is None and len(layers) != 1:
        raise ParameterError(
            f"{file!r} has {number_of(len(layers), 'layer')} with geometry: {layers}. Name one by `layer=`."
        )
    return layers[0] if layer is None else layer


def _announced(base: sqlite3.Connection, name: str) -> int | None:
    row = base.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (name,)).fetchone()
    return int(row[0]) if row is not None and row[0] is not None else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
