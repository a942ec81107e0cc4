"""Deprivation, hotspots, concentration and clusters of an assessment: records, tables and layers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm.assessment.inputs import Inputs, fit_small_areas, lookup_of
from socharm.assessment.recipe import Recipe
from socharm.errors import DataWarning
from socharm.hotspots.clusters import PointClusters, cluster_points
from socharm.hotspots.concentration import Concentration, classify_concentration
from socharm.hotspots.half_places import HalfPlaces, half_harm_places
from socharm.hotspots.local import LocalStatistics, local_gi_star, local_moran
from socharm.hotspots.neighbours import neighbours
from socharm.io.deprivation import Deprivation, read_deprivation
from socharm.io.population import Population, read_population
from socharm.io.rolling import roll_up
from socharm.overlay.deprivation import Overlay, overlay_deprivation
from socharm.severity.index import SeverityIndex
from socharm.severity.points import HarmPoints

__all__ = ["Spatial", "deprivation_of", "spatial_results", "spatial_tables"]

#: With fewer ranked areas there is no neighbourhood to be hot in.
_LEAST_AREAS: Final = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Spatial:
    """What an assessment says about where; None for what was not asked for or cannot be had."""

    hotspots: LocalStatistics | None = None
    overlay: Overlay | None = None
    concentration: Concentration | None = None
    clusters: PointClusters | None = None
    places: HalfPlaces | None = None


def spatial_results(recipe: Recipe, inputs: Inputs, index: SeverityIndex, points: HarmPoints | None) -> Spatial:
    """Overlay, hotspots, concentration and clusters, as the recipe asks."""
    outputs, seed = recipe.outputs, recipe.assessment.seed
    enough = int(index.table["rankable"].sum()) >= _LEAST_AREAS
    if not enough and (outputs.hotspots or outputs.concentration):
        warnings.warn(
            f"Fewer than {_LEAST_AREAS} areas are ranked: no hotspots and no concentration.", DataWarning, stacklevel=2
        )
    clusters = None
    if outputs.clusters and points is not None and len(points.table):
        section = recipe.clusters
        clusters = cluster_points(
            points, method=section.method, eps=section.eps, min_events=section.min_events, by=section.by, seed=seed
        )
    return Spatial(
        hotspots=_hotspots(recipe, inputs, index) if outputs.hotspots and enough else None,
        overlay=_overlay(recipe, inputs, index),
        concentration=classify_concentration(index, seed=seed) if outputs.concentration and enough else None,
        clusters=clusters,
        places=half_harm_places(points, inputs.areas) if outputs.places and points is not None else None,
    )


def _hotspots(recipe: Recipe, inputs: Inputs, index: SeverityIndex) -> LocalStatistics:
    section = recipe.hotspots
    graph = neighbours(inputs.areas, section.rule, k=section.k, distance=section.distance, islands=section.islands)
    test = local_moran if section.statistic == "moran" else local_gi_star
    return test(
        index,
        graph,
        column=section.column,
        permutations=section.permutations,
        alpha=section.alpha,
        correction=section.correction,
        seed=recipe.assessment.seed,
    )


def _overlay(recipe: Recipe, inputs: Inputs, index: SeverityIndex) -> Overlay | None:
    section = recipe.deprivation
    if section is None:
        return None
    return overlay_deprivation(
        index,
        deprivation_of(recipe, inputs.areas),
        version=section.version,
        classes=section.classes,
        missing="leave out",
        seed=recipe.assessment.seed,
    )


def deprivation_of(recipe: Recipe, areas: gpd.GeoDataFrame) -> Deprivation:
    """``[deprivation]`` of the ranked areas: as read, or averaged over the residents of smaller ones."""
    section = recipe.deprivation
    assert section is not None  # callers ask first
    read = read_deprivation(
        recipe.resolve(section.path), year=section.year, marking=recipe.assessment.marking, source=section.source
    )
    if not section.lookup and section.best_fit is None:
        return read
    lookup = lookup_of(recipe, section.lookup) if section.lookup else fit_small_areas(recipe, section.best_fit, areas)
    # A national file holds every code; those that no area of ours takes in are not losses.
    wanted = lookup.table["source"][lookup.table["target"].isin(areas.index)]
    ours = replace(read, table=read.table[read.table.index.isin(wanted)])
    kept = replace(lookup, table=lookup.table[lookup.table["target"].isin(areas.index)])
    people = _residents(recipe)
    known = replace(people, table=people.table[people.table.index.isin(wanted)])
    return roll_up(ours, kept, how="mean", population=known)


def _residents(recipe: Recipe) -> Population:
    section, population = recipe.deprivation, recipe.population
    if section is not None and section.population and section.population_code and section.population_value:
        return read_population(
            recipe.resolve(section.population),
            code=section.population_code,
            value=section.population_value,
            kind="resident",
            date=population.date if population is not None else recipe.period.start + "-01",
        )
    assert population is not None  # the recipe's own check asks for one of the two
    return read_population(
        recipe.resolve(population.path),
        code=population.code,
        value=population.value,
        kind=population.kind,
        date=population.date,
    )


def spatial_tables(found: Spatial) -> dict[str, pd.DataFrame]:
    """Tables of a snapshot by the names of `AssessmentTables`."""
    tables: dict[str, pd.DataFrame] = {}
    if found.hotspots is not None:
        tables["hotspots"] = found.hotspots.table
    if found.overlay is not None:
        tables["overlay"] = found.overlay.table
        tables["overlay_correlation"] = found.overlay.correlation
        tables["overlay_deciles"] = found.overlay.concentration
    if found.concentration is not None:
        parts = found.concentration
        tables["lorenz"], tables["gini"] = parts.lorenz, parts.gini
        tables["concentration"] = parts.shares
        tables["theil"], tables["location_quotients"] = parts.theil, parts.quotients
    if found.clusters is not None:
        tables["clusters"] = found.clusters.table
        tables["cluster_facts"] = found.clusters.facts.to_frame("value")
    if found.places is not None:
        tables["places"], tables["place_facts"] = found.places.table, found.places.by_area
    return tables
