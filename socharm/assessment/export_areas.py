"""``exports/areas.parquet``: the areas with their shapes, ranks and rates, for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm.files.geoparquet import write_geoparquet
from socharm.snapshot.tables import SCHEMA_VERSION

__all__ = ["AREAS_EXPORT", "write_areas_export"]

AREAS_EXPORT: Final = "areas.parquet"
#: Columns of the table `ranking` that stand beside those of `areas`.
_RANKED: Final = ("rank", "rank_low_90", "rank_high_90", "rate", "rate_shrunk", "reason")


def write_areas_export(
    path: Path, tables: Mapping[str, pd.DataFrame], areas: gpd.GeoDataFrame, *, marking: str
) -> None:
    """Write the areas in the order of their boundaries.

    Parameters
    ----------
    path : Path
        In a folder that is made where it is not there.
    tables : mapping of str to DataFrame
        As they may be shown: what is withheld there is missing here.
    areas : GeoDataFrame
        Shapes by area code, in their own coordinate system.
    marking : str
    """
    path.parent.mkdir(exist_ok=True)
    ranking = tables["ranking"]
    table = tables["areas"].join(ranking[[name for name in _RANKED if name in ranking.columns]])
    whole = gpd.GeoDataFrame(table.reindex(areas.index), geometry=areas.geometry, crs=areas.crs)
    write_geoparquet(whole, path, kind="areas", schema_version=SCHEMA_VERSION, marking=marking)
