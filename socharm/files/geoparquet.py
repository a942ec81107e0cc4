"""Areas as GeoParquet: tables with shapes that DuckDB, R, QGIS and pandas read."""

from __future__ import annotations

import io
import os

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from socharm.files.atomic import atomic_write
from socharm.files.parquet import with_note

__all__ = ["write_geoparquet"]


def write_geoparquet(
    frame: gpd.GeoDataFrame, path: str | os.PathLike[str], *, kind: str, schema_version: int, marking: str
) -> None:
    """Write shapes with their table; the same table gives the same bytes.

    Parameters
    ----------
    frame : GeoDataFrame
        A named index becomes a column; columns hold numbers, truths and texts.
    path : str or path
    kind : str
        Name of the table.
    schema_version : int
    marking : str
        `socharm.files.parquet.parquet_marking` reads it back.

    Raises
    ------
    StoreError
        The file cannot be written.

    References
    ----------
    OGC GeoParquet specification 1.1.0, https://geoparquet.org.
    """
    flat = frame.reset_index() if frame.index.name is not None else frame.reset_index(drop=True)
    table = pd.DataFrame(flat.drop(columns=flat.geometry.name))
    whole = io.BytesIO()
    flat.to_parquet(whole, index=False, schema_version="1.1.0")
    whole.seek(0)
    noted = with_note(pq.read_table(whole), table, kind=kind, schema_version=schema_version, marking=marking)
    with atomic_write(path) as temporary:
        pq.write_table(noted, temporary, compression="zstd")
