"""Deprivation, hotspots, concentration and clusters of an assessment: records, tables and layers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm.assessment.inputs import Lookups, fit_small_areas
from socharm.assessment.recipe import Recipe
from socharm.assessment.table_keys import table_options
from socharm.assessment.words import recipe_words
from socharm.errors import DataWarning
from socharm.hotspots.areas.concentration import Concentration, classify_concentration
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.local_record import LocalStatistics
from socharm.hotspots.areas.neighbours import neighbours
from socharm.hotspots.points.clusters import PointClusters, cluster_points
from socharm.hotspots.points.micro_places import HalfPlaces, half_harm_places
from socharm.io.deprivation import Deprivation, read_deprivation
from socharm.io.population import Population, read_population
from socharm.io.rolling import roll_up
from socharm.overlay.deprivation import Overlay, overlay_deprivation
from socharm.severity.index import SeverityIndex
from socharm.severity.points import HarmPoints

__all__ = [
    "Spatial",
    "clusters_of",
    "concentration_of",
    "deprivation_of",
    "hotspots_of",
    "overlay_of",
    "places_of",
    "spatial_tables",
    "warn_of_few",
]

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


def clusters_of(recipe: Recipe, points: HarmPoints | None) -> PointClusters | None:
    """``[clusters]``, where there are points."""
    if not recipe.outputs.clusters or points is None or not len(points.table):
        return None
    return cluster_points(points, settings=recipe.clusters)


def places_of(recipe: Recipe, points: HarmPoints | None, areas: gpd.GeoDataFrame) -> HalfPlaces | None:
    """Squares that hold half of each area's harm, where there are points."""
    return half_harm_places(points, areas) if recipe.outputs.places and points is not None else None


def concentration_of(recipe: Recipe, index: SeverityIndex) -> Concentration | None:
    """How few areas hold how much, where enough areas are ranked."""
    if not recipe.outputs.concentration or not _enough(index):
        return None
    return classify_concentration(index, seed=recipe.assessment.seed)


def _enough(index: SeverityIndex) -> bool:
    return int(index.table["rankable"].sum()) >= _LEAST_AREAS


def warn_of_few(recipe: Recipe, index: SeverityIndex) -> None:
    """Say why there are no hotspots and no concentration."""
    if not _enough(index) and (recipe.outputs.hotspots or recipe.outputs.concentration):
        warnings.warn(
            f"Fewer than {_LEAST_AREAS} areas are ranked: no hotspots and no concentration.", DataWarning, stacklevel=2
        )


def hotspots_of(recipe: Recipe, areas: gpd.GeoDataFrame, index: SeverityIndex) -> LocalStatistics | None:
    """``[hotspots]``, where enough areas are ranked."""
    if not recipe.outputs.hotspots or not _enough(index):
        return None
    section = recipe.hotspots
    graph = neighbours(areas, settings=section)
    if section.statistic == "moran":
        return local_moran(index, graph, settings=section)
    return local_gi_star(index, graph, settings=section)


def overlay_of(recipe: Recipe, index: SeverityIndex, deprivation: Deprivation | None) -> Overlay | None:
    """Harm over ``[deprivation]``."""
    section = recipe.deprivation
    if section is None or deprivation is None:
        return None
    return overlay_deprivation(
        index,
        deprivation,
        version=section.version,
        classes=section.classes,
        missing="leave out",
        seed=recipe.assessment.seed,
    )


def deprivation_of(recipe: Recipe, areas: gpd.GeoDataFrame, lookups: Lookups) -> Deprivation | None:
    """``[deprivation]`` of the ranked areas: as read, or averaged over the residents of smaller ones."""
    section = recipe.deprivation
    if section is None:
        return None
    read = read_deprivation(
        recipe.resolve(section.path),
        year=section.year,
        marking=recipe.assessment.marking,
        source=section.source,
        **table_options(section),
    )
    if not section.lookup and section.best_fit is None:
        return read
    lookup = (
        lookups[section.lookup]
        if section.lookup
        else fit_small_areas(recipe, section.best_fit, areas, of="deprivation")
    )
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
        with recipe_words("deprivation.population_options"):
            return read_population(
                recipe.resolve(section.population),
                code=section.population_code,
                value=section.population_value,
                kind="resident",
                date=population.date if population is not None else recipe.period.start + "-01",
                **table_options(section.population_options),
            )
    assert population is not None  # the recipe's own check asks for one of the two
    return read_population(
        recipe.resolve(population.path),
        code=population.code,
        value=population.value,
        kind=population.kind,
        date=population.date,
        **table_options(population),
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
