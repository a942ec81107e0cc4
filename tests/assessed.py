"""Finished assessments straight from counts, for comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from factories import make_counts, make_population, make_weights

from socharm._about import About, AssessmentPeriod
from socharm._record import settings_as_dict
from socharm.assessment.recipe_file import parse_recipe
from socharm.assessment.steps.order import declared_tables
from socharm.io.population import Population
from socharm.ranking.ranks import rank_areas
from socharm.severity.index import severity_index
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import AssessmentTables

OFFENCES = ("burglary", "drugs", "violence-and-sexual-offences")
WEIGHTS: Mapping[str, float] = {"burglary": 100.0, "drugs": 40.0, "violence-and-sexual-offences": 30.0}


def people_of(areas: int, first: int = 5000) -> dict[str, float]:
    return {f"W{place:03d}": float(first + 700 * place) for place in range(areas)}


def make_assessment(
    n: np.ndarray,
    *,
    start: str = "2024-04",
    areas: Sequence[str] | None = None,
    covered: np.ndarray | None = None,
    weights: Mapping[str, float] = WEIGHTS,
    people: Mapping[str, float] | None = None,
    parent: Sequence[str] | None = None,
    flagged: pd.DataFrame | None = None,
    boundary_year: int = 2025,
    layout: str = "",
    force: str = "Testshire",
    offences: Sequence[str] = OFFENCES,
    denominator: Population | None = None,
    name: str = "",
    **settings,
) -> Assessment:
    """An assessment of counts of shape (areas, offences, months), which was not written to a store."""
    counts = make_counts(
        n, areas=areas, offences=offences, start=start, covered=covered, parent=parent, flagged=flagged, force=force
    )
    population = denominator or make_population(people or dict.fromkeys(counts.areas.index, 6000.0))
    index = severity_index(counts, make_weights(weights), population, **settings)
    ranking = rank_areas(index, draws=200, seed=1)
    coverage = (
        counts.coverage.rename_axis("area_code")
        .reset_index()
        .melt(id_vars="area_code", var_name="period", value_name="covered")
    )
    known = population.values.reindex(counts.areas.index)
    frames = {
        "areas": counts.areas.assign(area_km2=1.0),
        "weights": make_weights(weights).table,
        "counts": counts.table,
        "flagged": counts.flagged,
        "coverage": coverage.astype({"period": "period[M]"}),
        "sources": pd.DataFrame({"source": [force], "period": [counts.coverage.columns[0]], "rows": [1]}),
        "cells": index.cells,
        "index": index.table,
        "model": index.model.offences,
        "population": pd.DataFrame(
            {"value": known, "kind": population.settings.kind, "date": population.settings.date, "flag": ""}
        ),
        "ranking": ranking.table,
    }
    bare = {spec.name: pd.DataFrame() for spec in declared_tables() if spec.needed}
    period = AssessmentPeriod(str(counts.coverage.columns[0]), str(counts.coverage.columns[-1]))
    tables = AssessmentTables(
        bare | frames, declared=declared_tables(), settings={"index": settings_as_dict(index.settings)}
    )
    recipe = {
        "assessment": {"period": [period.start, period.end], "seed": 7},
        "areas": {"path": "wards.gpkg", "code": "ward_code"},
        "incidents": {"path": "police-uk"},
    }
    return Assessment(
        path=Path(name or f"made-{period.start}"),
        tables=tables,
        manifest={"seed": 7, "schema_version": 7, "content_id": name, "disclosure": {"layout": layout}},
        recipe=parse_recipe(recipe),
        about=About(period=period, boundary_year=boundary_year, unit=index.about.unit, sources=("made by hand",)),
    )


def drawn(areas: int = 8, months: int = 6, *, seed: int = 1, level: float = 6.0) -> np.ndarray:
    """Poisson counts of shape (areas, 3 offences, months), areas of different level."""
    rng = np.random.default_rng(seed)
    rate = level * rng.gamma(4, 0.25, (areas, 1, 1)) * np.array([1.0, 0.5, 3.0])[None, :, None]
    return rng.poisson(np.broadcast_to(rate, (areas, 3, months)))
