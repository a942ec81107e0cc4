"""The areas that a map is drawn on, once they are known to be those of its record, and what the map is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd

from socharm._about import About, combine_about
from socharm._checks import require_unique
from socharm._columns import NAME
from socharm._record import Record, table_of
from socharm.io.areas import areas_about, require_areas
from socharm.maps.by_area import require_codes_not_names, require_on_map
from socharm.severity.centres import centre_flags
from socharm.severity.index import SeverityIndex
from socharm.snapshot.centres import marked_names

__all__ = ["open_map", "with_areas", "with_centres"]


def open_map(areas: gpd.GeoDataFrame, record: Record, *, name: str) -> tuple[gpd.GeoDataFrame, About]:
    """The areas of a map with the centres that its record knows, and the about of both.

    Parameters
    ----------
    areas : GeoDataFrame
    record : Record
        By area code.
    name : str
        The caller's argument that holds it.

    Raises
    ------
    AlignmentError
        The record speaks of areas that the map does not have, or has names in place of codes.
    CRSError
        The areas have no CRS in metres.
    """
    require_areas(areas)
    require_unique(record.table.index, name=name)
    require_codes_not_names(record.table.index, areas, name=f"{name}.table")
    require_on_map(record.table.index, areas)
    return with_centres(gpd.GeoDataFrame(areas), record), with_areas(record.about, areas)


def with_centres(areas: gpd.GeoDataFrame, record: Any) -> gpd.GeoDataFrame:
    """The areas with the mark of a centre behind the names of those that the record knows to be one."""
    if NAME not in areas.columns:
        return areas
    if isinstance(record, SeverityIndex):
        flags = centre_flags(record)
    else:
        table = table_of(record)
        if table is None or "centre_flag" not in table.columns:
            return areas
        flags = table["centre_flag"]
    centres = flags.index[flags.fillna(False).to_numpy(dtype=bool)]
    return areas.assign(**{NAME: marked_names(areas[NAME], centres)})


def with_areas(about: About, areas: gpd.GeoDataFrame) -> About:
    """`about` with the sources and marking of the boundaries that are drawn."""
    return combine_about(about, replace(areas_about(areas), coverage=""), unit=about.unit, coverage=about.coverage)
