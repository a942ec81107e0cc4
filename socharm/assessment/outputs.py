"""The GeoPackage of a snapshot, and the moment that its files carry."""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About, AssessmentPeriod
from socharm._columns import AREA
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps
from socharm.files.geopackage import write_layers
from socharm.snapshot.centres import CENTRE_FLAG, centres_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["CENTRE_COLUMN", "period_stamp", "write_geopackage"]

#: Column of every layer of areas: `flag` of the table `population`, where a rate per resident misleads. It is published
#: by the rule of that column.
CENTRE_COLUMN: Final = "centre_flag"


def period_stamp(period: AssessmentPeriod) -> dt.datetime:
    """The moment that files carry: the last day of the period, 00:00 UTC.

    Examples
    --------
    >>> period_stamp(AssessmentPeriod("2025-04", "2025-09")).isoformat()
    '2025-09-30T00:00:00'
    """
    year, month = (int(part) for part in period.end.split("-"))
    return dt.datetime(year, month, calendar.monthrange(year, month)[1])


def write_geopackage(
    path: Path,
    tables: AssessmentTables,
    areas: gpd.GeoDataFrame,
    *,
    results: Results,
    about: About,
    period: AssessmentPeriod,
) -> None:
    """One layer per table that the steps declare as one, and those with shapes of their own."""
    layers: dict[str, gpd.GeoDataFrame] = {}
    for step in all_steps():
        for spec in step.tables:
            table = tables[spec.name]
            if spec.layer and (spec.needed or len(table)):
                shapes = areas.geometry.reindex(table.index)
                layers[spec.name] = gpd.GeoDataFrame(_flagged(table, tables), geometry=shapes, crs=areas.crs)
        if step.layers is not None and results[step] is not None:
            layers |= step.layers(results[step])
    told = {"Marking": about.shown_marking, "Period": str(period), "Source": "; ".join(about.sources)}
    write_layers(layers, path, stamp=period_stamp(period).date().isoformat(), told=told, internal=about.internal)


def _flagged(table: pd.DataFrame, tables: AssessmentTables) -> pd.DataFrame:
    """A layer of areas with the flag of those where a rate per resident misleads; blank for all others."""
    if table.index.name != AREA:
        return table
    flag = np.where(table.index.isin(centres_of(tables)), CENTRE_FLAG, "")
    return table.assign(**{CENTRE_COLUMN: pd.Series(flag, index=table.index, dtype="str")})
