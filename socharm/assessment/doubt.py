"""The doubt about an assessment's ranks: classes with their confidence, and what choices would change."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm.assessment.inputs import Inputs
from socharm.assessment.recipe import Recipe
from socharm.composite.index import composite_index
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.record import CompositeIndex
from socharm.composite.text import load_composite_recipe
from socharm.errors import DataWarning, RefusedError
from socharm.io.indicators import Indicators
from socharm.overlay.deprivation import Overlay
from socharm.ranking.confidence_sets import RankSets, rank_confidence_sets
from socharm.ranking.events import EventDependence, rank_without_events
from socharm.ranking.probable_top import classify_probable_top
from socharm.ranking.ranks import Ranking
from socharm.ranking.top_classes import TopClasses, classify_top
from socharm.ranking.uncertainty import RankUncertainty, rank_uncertainty
from socharm.severity.index import SeverityIndex

__all__ = [
    "Doubt",
    "classes_of",
    "composite_of",
    "composite_recipe_of",
    "doubt_tables",
    "events_of",
    "uncertainty_of",
]

_KM2: Final = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubt:
    """What an assessment says about how sure its ranks are; None for what was not asked for or cannot be had."""

    rank_sets: RankSets | None = None
    events: EventDependence | None = None
    composite: CompositeIndex | None = None
    classes: TopClasses | None = None
    uncertainty: RankUncertainty | None = None


def events_of(index: SeverityIndex) -> EventDependence | None:
    """Where areas would stand without their heaviest events; of single offences only."""
    return rank_without_events(index) if index.findings.level == "offence" else None


def composite_recipe_of(recipe: Recipe) -> CompositeRecipe | None:
    """The recipe that ``[composite]`` names: a packaged one, or a file."""
    section = recipe.composite
    if section is None:
        return None
    own = section.recipe.endswith(".toml")
    return load_composite_recipe(str(recipe.resolve(section.recipe)) if own else section.recipe)


def composite_of(
    recipe: Recipe, made: CompositeRecipe | None, inputs: Inputs, index: SeverityIndex, overlay: Overlay | None
) -> CompositeIndex | None:
    """``[composite]``: the run's own measures and those of partners by a recipe."""
    section = recipe.composite
    if section is None or made is None:
        return None
    own = pd.DataFrame({"harm_rate": index.table["rate_shrunk"].astype(float)})
    disorder = index.unweighted[index.unweighted["offence"] == "anti-social-behaviour"]
    people = None if inputs.population is None else inputs.population.values.reindex(own.index)
    if len(disorder) and people is not None:
        # Events of a year: recipes divide by `residents` themselves.
        own["asb_rate"] = disorder.set_index("area_code")["rate"].reindex(own.index) / index.settings.per * people
    if overlay is not None and overlay.settings.version == "without_crime":
        own["deprivation_without_crime"] = overlay.table["deprivation"].reindex(own.index)
    below = {} if people is None else {"residents": people}
    sent: list[pd.DataFrame | Indicators] = [own, *inputs.indicators]
    return composite_index(
        sent, made, areas=inputs.areas, denominators=below, missing=section.missing, about=index.about
    )


def classes_of(
    recipe: Recipe, areas: gpd.GeoDataFrame, index: SeverityIndex, ranking: Ranking
) -> tuple[RankSets | None, TopClasses | None]:
    """``[classes]``: rank sets, and which areas are in the top for sure."""
    section = recipe.classes
    if not recipe.outputs.classes:
        return None, None
    if int(index.table["rankable"].sum()) < 2:
        warnings.warn("Fewer than 2 areas are ranked: no classes of areas.", DataWarning, stacklevel=2)
        return None, None
    try:
        sets = rank_confidence_sets(index, level=section.level, draws=section.draws, seed=recipe.assessment.seed)
        if section.basis == "rank sets":
            size = (areas.geometry.area * _KM2).rename("km²") if section.size == "km2" else section.size
            return sets, classify_top(sets, k=_top_of(recipe), size=size)
    except RefusedError as error:
        warnings.warn(f"No classes of areas: {error}", DataWarning, stacklevel=2)
        return None, None
    if not recipe.ranking.top:
        return sets, None
    return sets, classify_probable_top(ranking, k=_top_of(recipe), level=section.level)


def _top_of(recipe: Recipe) -> int | str:
    """The top that classes speak of; the last that the ranking asks for unless stated."""
    top = recipe.ranking.top or ("10%",)
    return top[-1] if recipe.classes.k is None else recipe.classes.k


def uncertainty_of(recipe: Recipe, inputs: Inputs) -> RankUncertainty | None:
    """``[uncertainty]``: ranks over stated alternatives."""
    section = recipe.uncertainty
    if section is None:
        return None
    stated = recipe.index
    kind = inputs.population.kind if inputs.population is not None else "none"
    population = {kind: inputs.population}
    if section.without_denominator and inputs.population is not None:
        population["none"] = None
    return rank_uncertainty(
        inputs.counts,
        inputs.weights,
        population,
        transform=tuple(dict.fromkeys((stated.transform, *section.transform))),
        tau=tuple(dict.fromkeys((1.0, *section.tau))),
        window={"whole period": None, **section.windows},
        exclude={"as stated": stated.exclude, **section.exclude},
        shrinkage=tuple(dict.fromkeys((True, *section.shrinkage))),
        offences=stated.offences,
        top=recipe.ranking.top,
        base=section.base,
        seed=recipe.assessment.seed,
    )


def doubt_tables(found: Doubt) -> dict[str, pd.DataFrame]:
    """Tables of a snapshot by the names of `AssessmentTables`."""
    tables: dict[str, pd.DataFrame] = {}
    if found.rank_sets is not None:
        tables["rank_sets"] = found.rank_sets.table
    if found.classes is not None:
        tables["top_classes"], tables["top_cutoffs"] = found.classes.table, found.classes.cutoffs
    if found.events is not None:
        tables["event_dependence"] = found.events.table
    if found.composite is not None:
        made = found.composite
        tables["composite"], tables["composite_indicators"] = made.table, made.indicators
        tables["composite_contributions"] = made.contributions
    if found.uncertainty is not None:
        parts = found.uncertainty
        tables["doubt_ranking"], tables["doubt_factors"] = parts.table, parts.summary
        tables["doubt_choices"], tables["doubt_shares"] = parts.by_choice, parts.shares
    return tables
