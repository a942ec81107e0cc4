"""The steps of an assessment, one after the other: a run takes them, and a check takes the same ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

import geopandas as gpd

from socharm._about import About, combine_about
from socharm.assessment import inputs as read
from socharm.assessment.choices import rehearsed
from socharm.assessment.doubt import Doubt, classes_of, composite_of, composite_recipe_of, events_of, uncertainty_of
from socharm.assessment.inputs import Inputs
from socharm.assessment.published import disclosure_settings, require_noise
from socharm.assessment.recipe import Recipe
from socharm.assessment.spatial import (
    Spatial,
    clusters_of,
    concentration_of,
    deprivation_of,
    hotspots_of,
    overlay_of,
    places_of,
    warn_of_few,
)
from socharm.composite.recipe import CompositeRecipe
from socharm.errors import CoverageWarning, DataWarning, ParameterError
from socharm.hotspots.points.density import HeatSurface, kernel_density
from socharm.io.crs import parse_crs
from socharm.io.incidents.locate import LocatedIncidents, locate_incidents
from socharm.io.incidents.records import Counts, Incidents
from socharm.io.indicators import Indicators
from socharm.io.population import Population
from socharm.io.weight_scheme import WeightScheme, check_stale
from socharm.publish.secret import require_secret
from socharm.ranking.ranks import Ranking, rank_areas, require_room
from socharm.severity.index import SeverityIndex, severity_index
from socharm.severity.points import HarmPoints, harm_points
from socharm.snapshot.store import require_store

__all__ = ["STEPS", "Done", "Results", "Taker", "store_of", "take_steps"]

#: What progress is told of, in order.
STEPS: Final = (
    "reading", "weighing", "ranking", "doubt", "heat", "hotspots", "writing tables", "drawing maps", "closing",
)  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Done(Generic[T]):
    """What a step gave."""

    value: T


class Taker(Protocol):
    """Who takes the steps: a run stops at the first fault, a check goes on with those that do not need the faulty."""

    def begin(self, what: str) -> None:
        """A new part of the work begins."""

    def take(self, section: str, work: Callable[[], T], *needs: Done[Any] | None) -> Done[T] | None:
        """Do one step for a section of the recipe; None where it failed, or where it needs one that failed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """What the steps of an assessment gave, before anything is written."""

    inputs: Inputs
    index: SeverityIndex
    ranking: Ranking
    surface: HeatSurface | None
    spatial: Spatial
    doubt: Doubt
    about: About


def take_steps(stated: Recipe, taker: Taker, *, rehearsal: bool = False) -> Results | None:
    """Read, weigh, rank and analyse, as a recipe asks.

    Parameters
    ----------
    stated : Recipe
    taker : Taker
    rehearsal : bool
        With few draws and permutations, for whoever wants to know whether the steps can be taken.

    Returns
    -------
    Results or None
        None where a step failed and the taker went on.
    """
    recipe = rehearsed(stated) if rehearsal else stated
    taker.begin("reading")
    inputs = _Reading(recipe, taker)
    inputs.take()
    taker.begin("weighing")
    index = taker.take("index", lambda: _index(recipe, inputs), inputs.counts, inputs.weights, inputs.population)
    taker.begin("ranking")
    ranking = taker.take("ranking", lambda: _ranking(recipe, _of(index), stated.ranking.draws), index)
    taker.begin("doubt")
    whole = inputs.whole()
    classes = taker.take(
        "classes", lambda: classes_of(recipe, _of(inputs.areas), _of(index), _of(ranking)), inputs.areas, index, ranking
    )
    uncertainty = taker.take("uncertainty", lambda: uncertainty_of(recipe, _of(whole)), whole, index)
    events = taker.take("ranking", lambda: events_of(_of(index)), index)
    taker.begin("heat")
    points = taker.take("heat", lambda: _points(recipe, inputs), inputs.located, inputs.weights, inputs.areas, index)
    surface = taker.take("heat", lambda: _surface(recipe, _of(inputs.areas), _of(points)), points)
    taker.begin("hotspots")
    spatial = _spatial(recipe, taker, inputs, index, points)
    made = inputs.composite
    composite = taker.take(
        "composite",
        lambda: composite_of(recipe, _of(made), _of(whole), _of(index), _of(spatial).overlay),
        made,
        whole,
        index,
        spatial,
    )
    if None in (whole, index, ranking, classes, uncertainty, events, points, surface, spatial, composite):
        return None
    sets, tops = _of(classes)
    return Results(
        inputs=_of(whole),
        index=_of(index),
        ranking=_of(ranking),
        surface=_of(surface),
        spatial=_of(spatial),
        doubt=Doubt(
            rank_sets=sets, classes=tops, uncertainty=_of(uncertainty), events=_of(events), composite=_of(composite)
        ),
        about=_about(_of(whole), _of(index)),
    )


def _of(done: Done[T] | None) -> T:
    """Value of a step that a later one needs; the taker has seen to it that there is one."""
    assert done is not None
    return done.value


class _Reading:
    """The inputs of a recipe, each as a step of its own."""

    def __init__(self, recipe: Recipe, taker: Taker) -> None:
        self.recipe, self.taker = recipe, taker
        self.areas: Done[gpd.GeoDataFrame] | None = None
        self.population: Done[tuple[Population | None, int]] | None = None
        self.weights: Done[WeightScheme] | None = None
        self.stale: Done[float] | None = None
        self.incidents: Done[Incidents] | None = None
        self.located: Done[LocatedIncidents] | None = None
        self.counts: Done[Counts] | None = None
        self.lookups: Done[read.Lookups] | None = None
        self.composite: Done[CompositeRecipe | None] | None = None
        self.indicators: Done[tuple[Indicators, ...]] | None = None

    def take(self) -> None:
        recipe, taker = self.recipe, self.taker
        taker.take("assessment", lambda: require_store(store_of(recipe)))
        self.lookups = self._lookups()
        self.areas = taker.take("areas", lambda: read.read_areas(recipe, _of(self.lookups)), self.lookups)
        taker.take("outputs", lambda: _basemap(recipe, _of(self.areas)), self.areas)
        self.weights = taker.take("weights", lambda: read.weights_of(recipe))
        self.stale = taker.take("weights", lambda: check_stale(_of(self.weights), recipe.period), self.weights)
        self.incidents = taker.take("incidents", lambda: read.open_incidents(recipe))
        taker.take("disclosure", lambda: _disclosure(recipe, _of(self.incidents)), self.incidents)
        self.population = taker.take(
            "population",
            lambda: read.population_of(recipe, _of(self.areas), _of(self.lookups)),
            self.areas,
            self.lookups,
        )
        self.located = taker.take(
            "incidents",
            lambda: locate_incidents(_of(self.incidents), _of(self.areas), keep_records=self._closed()),
            self.incidents,
            self.areas,
        )
        self.counts = taker.take(
            "incidents", lambda: read.count_of(recipe, _of(self.located), keep_records=self._closed()), self.located
        )
        self.indicators = self._indicators()
        self.composite = taker.take("composite", lambda: composite_recipe_of(recipe))

    def _closed(self) -> bool:
        """Whether counts are published with noise, which comes from their records."""
        return not disclosure_settings(self.recipe, _of(self.incidents).settings.layout).open_input

    def _lookups(self) -> Done[read.Lookups] | None:
        found = {
            lookup.name: self.taker.take(
                f"lookups.{lookup.name}", partial(read.read_lookup_of, self.recipe, lookup.name)
            )
            for lookup in self.recipe.lookups
        }
        whole = {name: done.value for name, done in found.items() if done is not None}
        return Done(whole) if len(whole) == len(found) else None

    def _indicators(self) -> Done[tuple[Indicators, ...]] | None:
        found = [
            self.taker.take("indicators", partial(read.indicators_of, self.recipe, section))
            for section in self.recipe.indicators
        ]
        whole = tuple(done.value for done in found if done is not None)
        return Done(whole) if len(whole) == len(found) else None

    def whole(self) -> Done[Inputs] | None:
        """All inputs as one record; None where one of them failed."""
        if None in (
            self.areas,
            self.population,
            self.weights,
            self.stale,
            self.incidents,
            self.counts,
            self.indicators,
        ):
            return None
        population, rows = _of(self.population)
        return Done(
            Inputs(
                areas=_of(self.areas),
                population=population,
                population_read=rows,
                incidents=_of(self.incidents),
                counts=_of(self.counts),
                weights=_of(self.weights),
                stale_years=_of(self.stale),
                indicators=_of(self.indicators),
            )
        )


def store_of(recipe: Recipe) -> Path:
    """Folder of the snapshots."""
    return recipe.resolve(recipe.assessment.store)


def _disclosure(recipe: Recipe, incidents: Incidents) -> None:
    """Settings of disclosure control, and the store's secret where they need one."""
    settings = disclosure_settings(recipe, incidents.settings.layout)
    if not settings.open_input:
        require_secret(store_of(recipe))
        require_noise(settings, store_of(recipe))


def _basemap(recipe: Recipe, areas: gpd.GeoDataFrame) -> None:
    """What is drawn under the maps, where maps are drawn."""
    if recipe.outputs.maps and recipe.outputs.basemap is not None:
        from socharm.maps.basemap import require_basemap

        require_basemap(read.basemap_of(recipe), crs=parse_crs(areas.crs, name="areas").to_string())


def _index(recipe: Recipe, inputs: _Reading) -> SeverityIndex:
    population = _of(inputs.population)[0]
    return severity_index(_of(inputs.counts), _of(inputs.weights), population=population, settings=recipe.index)


def _ranking(recipe: Recipe, index: SeverityIndex, stated_draws: int) -> Ranking:
    require_room(stated_draws, len(index.model.areas))
    return rank_areas(index, settings=recipe.ranking)


def _points(recipe: Recipe, inputs: _Reading) -> HarmPoints | None:
    """Weighted points by the choices of the index, so that the surface shows the harm that is ranked."""
    incidents, outputs = _of(inputs.incidents), recipe.outputs
    if incidents.coordinates == "area_code" or not (outputs.heat or outputs.clusters or outputs.places):
        return None
    with warnings.catch_warnings():
        # The index has told what rows set aside took; the points are of the same rows.
        warnings.simplefilter("ignore", CoverageWarning)
        return harm_points(_of(inputs.located), _of(inputs.weights), crs=recipe.areas.crs, settings=recipe.index)


def _surface(recipe: Recipe, areas: gpd.GeoDataFrame, points: HarmPoints | None) -> HeatSurface | None:
    if not recipe.outputs.heat or points is None:
        return None
    section = recipe.heat
    try:
        return kernel_density(points, mask=areas, settings=section)
    except ParameterError as error:
        # What the recipe leaves to rules, and the points do not give, is no fault of the recipe: the ranking goes on.
        if section.bandwidth is not None or section.cell_size is not None:
            raise
        warnings.warn(f"No heat surface: {error}", DataWarning, stacklevel=2)
        return None


def _spatial(
    recipe: Recipe,
    taker: Taker,
    inputs: _Reading,
    index: Done[SeverityIndex] | None,
    points: Done[HarmPoints | None] | None,
) -> Done[Spatial] | None:
    areas, take = inputs.areas, taker.take
    take("outputs", lambda: warn_of_few(recipe, _of(index)), index)
    hotspots = take("hotspots", lambda: hotspots_of(recipe, _of(areas), _of(index)), areas, index)
    deprivation = take(
        "deprivation", lambda: deprivation_of(recipe, _of(areas), _of(inputs.lookups)), areas, inputs.lookups
    )
    overlay = take("deprivation", lambda: overlay_of(recipe, _of(index), _of(deprivation)), index, deprivation)
    concentration = take("outputs", lambda: concentration_of(recipe, _of(index)), index)
    clusters = take("clusters", lambda: clusters_of(recipe, _of(points)), points)
    places = take("outputs", lambda: places_of(recipe, _of(points), _of(areas)), points, areas)
    if None in (hotspots, overlay, concentration, clusters, places):
        return None
    return Done(
        Spatial(
            hotspots=_of(hotspots),
            overlay=_of(overlay),
            concentration=_of(concentration),
            clusters=_of(clusters),
            places=_of(places),
        )
    )


def _about(inputs: Inputs, index: SeverityIndex) -> About:
    return combine_about(
        index.about,
        inputs.counts.about,
        *(measures.about for measures in inputs.indicators),
        unit=index.about.unit,
        coverage=index.about.coverage,
    )
