"""The GeoPackage of a snapshot, and the moment that its files carry."""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path

import geopandas as gpd

from socharm._about import About, AssessmentPeriod
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps
from socharm.files.geopackage import write_layers
from socharm.snapshot.tables import AssessmentTables

__all__ = ["period_stamp", "write_geopackage"]


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
                layers[spec.name] = gpd.GeoDataFrame(table, geometry=shapes, crs=areas.crs)
        if step.layers is not None and results[step] is not None:
            layers |= step.layers(results[step])
    told = {"Marking": about.shown_marking, "Period": str(period), "Source": "; ".join(about.sources)}
    write_layers(layers, path, stamp=period_stamp(period).date().isoformat(), told=told, internal=about.internal)
