"""Layers to one GeoPackage and back; the same layers give the same bytes."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio

from socharm._about import INTERNAL
from socharm._columns import to_month_text
from socharm._limits import MAX_FEATURES, require_within
from socharm.errors import StoreError
from socharm.files.atomic import atomic_write, disk_is_full, store_faults
from socharm.files.geopackage_styles import STYLES_TABLE, style_rows, write_column_headings
from socharm.files.internal import INTERNAL_NOTE
from socharm.files.plain import stored
from socharm.files.qgis_style import QgisStyle

__all__ = ["read_layer", "write_layers"]

_GDAL_ERRORS: Final = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError)


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame],
    path: str | os.PathLike[str],
    *,
    stamp: str,
    told: Mapping[str, str] | None = None,
    internal: bool = False,
    styles: Mapping[str, QgisStyle] | None = None,
) -> None:
    """Write one GeoPackage with one layer per table, and how QGIS shows each.

    Parameters
    ----------
    layers : mapping of layer name to GeoDataFrame
        A named index becomes a column; months become ``YYYY-MM`` text. An empty layer is written too.
    path : str or path
    stamp : str
        The date the file carries, as ``YYYY-MM-DD``: GDAL would write the clock's, and two runs would differ.
    told : mapping of text to text, optional
        Metadata and description of each layer, such as the marking. Not of the file: GDAL would then leave a
        ``.aux.xml`` beside it whenever anybody opens it.
    internal : bool
        Begin the name of each layer with ``INTERNAL_`` and its description with what that means. The table of styles
        keeps the name that QGIS knows.
    styles : mapping of layer name to QgisStyle, optional
        The default style of a layer; the headings of its columns are also told as the schema extension of GeoPackage
        has them, for other programs.

    Raises
    ------
    StoreError
        The file cannot be written, or there is no layer.

    References
    ----------
    OGC 12-128r17, *GeoPackage Encoding Standard* 1.3, annex F.9 (schema).
    """
    if not layers:
        raise StoreError("A GeoPackage needs at least one layer; none was given. Add a table with geometry.")
    with atomic_write(path) as temporary, _fixed_date(stamp):
        described = "; ".join(f"{label}: {text}" for label, text in (told or {}).items())
        if internal:
            described = f"{INTERNAL_NOTE} {described}".strip()
            told = {INTERNAL: INTERNAL_NOTE, **(told or {})}
        stored_as = {name: f"{INTERNAL}_{name}" if internal else name for name in layers}
        options = {"DESCRIPTION": described} if described else {}
        common: dict[str, Any] = {"driver": "GPKG", "layer_metadata": dict(told) if told else None}
        try:
            for number, (name, layer) in enumerate(layers.items()):
                pyogrio.write_dataframe(
                    _storable(layer),
                    temporary,
                    layer=stored_as[name],
                    append=number > 0,
                    geometry_type=_kind(layer),
                    layer_options=options or None,
                    **common,
                )
            if styles:
                rows = style_rows({stored_as[name]: style for name, style in styles.items()}, stamp=stamp)
                pyogrio.write_dataframe(
                    rows, temporary, layer=STYLES_TABLE, append=True, layer_options={"FID": "id", **options}, **common
                )
                write_column_headings(temporary, {stored_as[name]: style.headings for name, style in styles.items()})
        except (*_GDAL_ERRORS, sqlite3.Error) as error:
            if disk_is_full(error, temporary):
                raise OSError(errno.ENOSPC, "No space left on device") from error
            raise StoreError(f"Could not write {Path(path).name!r}: {error}. Free some space and run again.") from error


@contextmanager
def _fixed_date(stamp: str) -> Iterator[None]:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{stamp}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _storable(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    flat = layer.reset_index() if layer.index.name is not None else layer.reset_index(drop=True)
    for column in flat.columns:
        if isinstance(flat[column].dtype, pd.PeriodDtype):
            flat[column] = to_month_text(flat[column])
        elif flat[column].dtype == object and column != flat.geometry.name:
            flat[column] = flat[column].astype("str").where(flat[column].notna())
    return flat


def _kind(layer: gpd.GeoDataFrame) -> str:
    kinds = set(layer.geom_type.dropna())
    if kinds <= {"Polygon", "MultiPolygon"} and kinds:
        return "MultiPolygon"
    return next(iter(kinds)) if len(kinds) == 1 else "Unknown"


def read_layer(path: str | os.PathLike[str], layer: str) -> gpd.GeoDataFrame:
    """Read one layer of a GeoPackage that `write_layers` wrote.

    Raises
    ------
    StoreError
        The file is missing, not a GeoPackage, or lacks the layer.
    """
    name = Path(path).name
    with store_faults(path, doing="read"), Path(path).open("rb") as stream:
        head = stream.read(72)
    # GDAL picks its driver by content: a virtual file in disguise could send requests.
    if not head.startswith(b"SQLite format 3\x00") or head[68:72] != b"GPKG":
        raise StoreError(f"{name!r} is not a GeoPackage. Restore it from a copy.")
    with store_faults(path, doing="read"), stored(name, what=f"a GeoPackage with the layer {layer!r}"):
        told = pyogrio.read_info(path, layer=layer)
        features = max(int(told["features"]), 0)
        require_within(features, MAX_FEATURES, what=f"features in {name!r}", remedy="Restore the file from a copy.")
        frame: gpd.GeoDataFrame = gpd.read_file(path, layer=layer, engine="pyogrio")
    return frame
