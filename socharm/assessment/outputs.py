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
from socharm._columns import AREA, NAME, PARENT, RANK
from socharm.assessment.layer_looks import CENTRE_COLUMN, CLASS_COLUMN, look_of, style_of
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps
from socharm.files.geopackage import write_layers
from socharm.files.qgis_style import QgisStyle
from socharm.snapshot.centres import CENTRE_FLAG, centres_of
from socharm.snapshot.dashboard_layer import DashboardLayer
from socharm.snapshot.spec import TableSpec
from socharm.snapshot.tables import AssessmentTables

__all__ = ["period_stamp", "write_geopackage"]


#: What every layer of areas tells of each.
_TELLING: Final = (NAME, PARENT, RANK)


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
    scheme: str,
) -> None:
    """One layer per table that the steps declare as one, and those with shapes of their own, as QGIS is to show them.

    Parameters
    ----------
    path : Path
    tables : AssessmentTables
    areas : GeoDataFrame
    results : Results
    about : About
    period : AssessmentPeriod
    scheme : str
        How the classes of a map of rates are chosen.
    """
    layers: dict[str, gpd.GeoDataFrame] = {}
    styles: dict[str, QgisStyle] = {}
    for step in all_steps():
        for spec in step.tables:
            table = tables[spec.name]
            if spec.layer and (spec.needed or len(table)):
                whole = _with_all_areas(table, areas)
                told = _named(_flagged(whole, tables), tables)
                look = look_of(_stated(spec, tables, about), whole, scheme=scheme)
                told = told.assign(**{CLASS_COLUMN: look.members})
                styles[spec.name] = style_of(look, told.reset_index(), spec=spec, period=period)
                shapes = areas.geometry.reindex(told.index)
                layers[spec.name] = gpd.GeoDataFrame(told, geometry=shapes, crs=areas.crs)
        if step.layers is not None and results[step] is not None:
            looks = {} if step.looks is None else step.looks(results[step])
            for name, layer in step.layers(results[step], areas).items():
                if name in looks:
                    layer = layer.assign(**{CLASS_COLUMN: looks[name].members.reindex(layer.index)})
                    spec = next(spec for spec in step.tables if spec.name == name)
                    bare = pd.DataFrame(layer.drop(columns=layer.geometry.name)).reset_index()
                    styles[name] = style_of(looks[name], bare, spec=spec, period=period)
                layers[name] = layer
    told_of = {"Marking": about.shown_marking, "Period": str(period), "Source": "; ".join(about.sources)}
    stamp = period_stamp(period).date().isoformat()
    write_layers(layers, path, stamp=stamp, told=told_of, internal=about.internal, styles=styles)


def _stated(spec: TableSpec, tables: AssessmentTables, about: About) -> DashboardLayer:
    """What the layer of a table is coloured by; where the table holds nothing of it, all areas are gaps."""
    part = spec.dashboard
    layers = part.layers(tables, about) if spec.look is None and part is not None else ()
    stated = next((layer for layer in layers if layer.values is not None), None)
    if spec.look is not None:
        stated = spec.look(tables, about)
    if stated is not None:
        return stated
    words = spec.name.replace("_", " ") if spec.sheet is None else spec.sheet.title
    return DashboardLayer(key=spec.name, label=words, gap="no value", values=pd.Series(dtype="float64"))


def _with_all_areas(table: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """A table by area with a row for those that it lacks, behind its own: a map shows that they are missing."""
    if table.index.name != AREA or not len(areas.index.difference(table.index)):
        return table
    # whole numbers and truths stay what they are beside gaps
    kinds = {name: {"i": "Int64", "u": "Int64", "b": "boolean"}.get(kind.kind) for name, kind in table.dtypes.items()}
    able = table.astype({name: kind for name, kind in kinds.items() if kind is not None})
    return able.reindex(table.index.append(areas.index[~areas.index.isin(table.index)]).rename(AREA))


def _named(table: pd.DataFrame, tables: AssessmentTables) -> pd.DataFrame:
    """A layer of areas with the name, district and rank of each, in front where it has none of its own."""
    if table.index.name != AREA:
        return table
    known = next(tables[spec.name] for spec in tables.declared.values() if spec.names_areas)
    for step in all_steps():
        if step.on_maps is not None:
            known = known.join(step.on_maps(tables))
    whole = table.join(known[[name for name in _TELLING if name in known.columns and name not in table.columns]])
    # in front, but for a rank that is a result of the table
    front = [name for name in _TELLING if name in whole.columns and (name != RANK or name not in table.columns)]
    return whole[[*front, *(name for name in whole.columns if name not in front)]]


def _flagged(table: pd.DataFrame, tables: AssessmentTables) -> pd.DataFrame:
    """A layer of areas with the flag of those where a rate per resident misleads; blank for all others."""
    if table.index.name != AREA:
        return table
    flag = np.where(table.index.isin(centres_of(tables)), CENTRE_FLAG, "")
    return table.assign(**{CENTRE_COLUMN: pd.Series(flag, index=table.index, dtype="str")})
