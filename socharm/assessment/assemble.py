"""From the records of a run to the tables of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._columns import AREA, FORCE, NAME, PARENT, PERIOD, to_period
from socharm.assessment.doubt import doubt_tables
from socharm.assessment.loss_table import losses_table
from socharm.assessment.spatial import spatial_tables
from socharm.hotspots.points.density import HeatSurface
from socharm.io.population import Population
from socharm.severity.index import SeverityIndex
from socharm.snapshot.tables import AssessmentTables

if TYPE_CHECKING:
    from socharm.assessment.steps import Results

__all__ = ["HEAT_SHARE", "assemble_tables", "heat_cells"]

#: Heat cells are kept from this share of the surface's maximum.
HEAT_SHARE: Final = 0.05
_MOST_HEAT_CELLS: Final = 20_000
_BUSY: Final = 0.5
_KM2: Final = 1e-6


def assemble_tables(results: Results) -> AssessmentTables:
    """Every table of a snapshot, sorted, from the records of a run."""
    inputs, index, ranking, surface = results.inputs, results.index, results.ranking, results.surface
    counts = inputs.counts
    return AssessmentTables(
        {
            "areas": _areas(inputs.areas),
            "population": _population(inputs.population, index),
            "weights": inputs.weights.table,
            "counts": counts.table,
            "coverage": _tidy(counts.coverage, AREA, "covered"),
            "sources": _tidy(counts.sources, "source", "rows"),
            "accounting": counts.accounting,
            "breakdown": counts.breakdown,
            "losses": losses_table(counts, index),
            "deliveries": counts.deliveries,
            "facts": counts.facts,
            "flagged": counts.flagged,
            "cells": index.cells,
            "index": index.table,
            "by_period": _named(index.by_period),
            "by_group": _named(index.by_group),
            "unweighted": _named(index.unweighted),
            "model": index.model.offences,
            "ranking": ranking.table,
            "top_k": _named(ranking.top_k),
            "parents": _named(ranking.parents),
            "unrankable": ranking.unrankable,
            "exclusions": index.exclusions,
            "bands": index.model.bands,
            "heat": pd.DataFrame() if surface is None else _heat_facts(surface),
            "heat_cells": pd.DataFrame() if surface is None else heat_cells(surface),
            **spatial_tables(results.spatial),
            **doubt_tables(results.doubt),
            "drivers": ranking.drivers,
            "indicators": _numbered([read.table for read in inputs.indicators]),
            "indicator_dictionary": _numbered([read.dictionary.reset_index() for read in inputs.indicators]),
        }
    )


def _areas(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(areas[[NAME, PARENT, FORCE]])
    return table.assign(area_km2=areas.geometry.area.to_numpy() * _KM2)


def _population(population: Population | None, index: SeverityIndex) -> pd.DataFrame:
    """The denominators, with a flag where a resident population cannot stand for the people who are there."""
    table = pd.DataFrame(index=index.table.index)
    table["value"] = np.nan if population is None else population.values.reindex(table.index)
    table["kind"] = "none" if population is None else population.settings.kind
    table["date"] = "" if population is None else population.settings.date
    table["flag"] = ""
    if population is None:
        return table
    if population.settings.kind == "resident":
        exposure = index.table["exposure"].astype(float)
        busy = (index.table["crimes"].astype(float) / exposure.where(exposure > 0)) > _BUSY
        table.loc[busy.fillna(False).to_numpy(dtype=bool), "flag"] = (
            "more than one crime a year for two residents, and no workday population: the rate per resident misleads"
        )
    table.loc[table["value"].isna(), "flag"] = "no population"
    return table


def _tidy(wide: pd.DataFrame, key: str, value: str) -> pd.DataFrame:
    tidy = wide.rename_axis(index=key, columns=None).reset_index().melt(id_vars=key, var_name=PERIOD, value_name=value)
    tidy[PERIOD] = to_period(tidy[PERIOD])
    return tidy.sort_values([key, PERIOD], kind="stable").reset_index(drop=True)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index() if frame.index.nlevels > 1 else frame


def _numbered(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other, with the number of the file that each row is from."""
    if not tables:
        return pd.DataFrame()
    return pd.concat([table.assign(file=i) for i, table in enumerate(tables)], ignore_index=True)


def _heat_facts(surface: HeatSurface) -> pd.DataFrame:
    found, fewest = surface.findings, float(surface.settings.minimum_events)
    steering = pd.DataFrame(
        {"value": [found.bandwidth_m, found.cell_size_m, fewest]},
        index=pd.Index(["bandwidth (m)", "cell size (m)", "fewest events in reach of a published cell"], name="fact"),
    )
    return pd.concat([steering, surface.table.rename_axis("fact")[["value"]].astype(float)])


def heat_cells(surface: HeatSurface) -> pd.DataFrame:
    """Cells of the published surface from a share of its maximum on, the hottest ones when there are too many.

    Returns
    -------
    DataFrame
        ``easting``, ``northing`` (cell centres, metres), ``harm_per_km2``; sorted by place.
    """
    grid = surface.published
    peak = np.nanmax(grid, initial=0.0)
    rows, columns = np.nonzero(np.nan_to_num(grid) >= max(peak * HEAT_SHARE, np.finfo(float).tiny))
    values = grid[rows, columns]
    kept = np.sort(np.argsort(-values, kind="stable")[:_MOST_HEAT_CELLS])
    return pd.DataFrame(
        {
            "easting": surface.x[columns[kept]],
            "northing": surface.y[rows[kept]],
            "harm_per_km2": values[kept],
        }
    )
