"""Kinds of files by their extensions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

__all__ = ["BOUNDARY_KINDS", "FILE_KINDS", "TABLE_KINDS", "WORKBOOK_KINDS", "kind_of"]

#: File kinds and the extensions that belong to each.
FILE_KINDS: Final = {
    "gpkg": (".gpkg",),
    "geojson": (".geojson", ".json", ".topojson", ".geojsonl", ".geojsons", ".ndjson"),
    "kml": (".kml",),
    "shp": (".shp",),
    "fgb": (".fgb",),
    "parquet": (".parquet", ".geoparquet", ".pq"),
    "csv": (".csv", ".txt", ".tsv", ".tab"),
    "gz": (".csv.gz", ".txt.gz", ".tsv.gz", ".tab.gz"),
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "toml": (".toml",),
    "zip": (".zip",),
    "kmz": (".kmz",),
}
#: Kinds that `read_boundaries` reads.
BOUNDARY_KINDS: Final = ("gpkg", "geojson", "shp", "fgb", "parquet", "kml", "kmz", "zip")
#: Kinds that the readers of tables read.
TABLE_KINDS: Final = ("csv", "gz", "xlsx", "xls", "ods", "parquet")
#: Kinds of workbooks.
WORKBOOK_KINDS: Final = ("xlsx", "xls", "ods")


def kind_of(path: str | os.PathLike[str]) -> str | None:
    """File kind that an extension stands for (a key of `FILE_KINDS`), or None.

    Examples
    --------
    >>> kind_of("wards.GPKG")
    'gpkg'
    """
    name = Path(path).name.lower()
    suffix = "".join(Path(name).suffixes[-2:]) if name.endswith(".gz") else Path(name).suffix
    return next((kind for kind, suffixes in FILE_KINDS.items() if suffix in suffixes), None)
