"""What stands in a GeoPackage beside its layers: styles as QGIS stores them, and headings of columns."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from socharm.files.qgis_style import QgisStyle, qml_of

__all__ = ["STYLES_TABLE", "style_rows", "write_column_headings"]

#: QGIS looks for this name.
STYLES_TABLE: Final = "layer_styles"
#: What GDAL calls the column of shapes.
_SHAPES: Final = "geom"
_STYLE: Final = "socharm"

#: The schema extension, as the standard defines it.
_SCHEMA: Final = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
"""
_DEFINED_AT: Final = "http://www.geopackage.org/spec121/#extension_schema"


def style_rows(styles: Mapping[str, QgisStyle], *, stamp: str) -> pd.DataFrame:
    """The table ``layer_styles``: one style for each layer, which QGIS takes without being asked.

    Parameters
    ----------
    styles : mapping of layer name to QgisStyle
    stamp : str
        The date of the table, as ``YYYY-MM-DD``.
    """
    return pd.DataFrame(
        [
            {
                "f_table_catalog": "",
                "f_table_schema": "",
                "f_table_name": layer,
                "f_geometry_column": _SHAPES,
                "styleName": _STYLE,
                "styleQML": qml_of(style),
                "styleSLD": "",
                "useAsDefault": True,
                "description": " ".join(part for part in (f"{style.title}.", style.note) if part),
                "owner": "",
                "ui": None,
                "update_time": pd.Timestamp(stamp, tz="UTC"),
            }
            for layer, style in styles.items()
        ]
    ).astype({"ui": "str"})


def write_column_headings(path: Path, headings: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
    """Tell the headings of columns and what they mean, as the schema extension has them.

    Parameters
    ----------
    path : Path
        A GeoPackage without that extension.
    headings : mapping of layer name to a mapping of column to (heading, meaning)
    """
    rows = [
        (layer, column, heading, meaning or None)
        for layer, columns in headings.items()
        for column, (heading, meaning) in columns.items()
    ]
    tables = ("gpkg_data_columns", "gpkg_data_column_constraints")
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        base.executescript(_SCHEMA)
        base.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, title, description) VALUES (?, ?, ?, ?)", rows
        )
        base.executemany(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
            [(table, _DEFINED_AT) for table in tables],
        )
