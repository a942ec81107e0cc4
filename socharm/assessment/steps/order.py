"""The parts of an assessment, in the order in which they are taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from socharm.assessment.steps._step import Step
from socharm.assessment.steps.accounts import ACCOUNTS
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.basemap import BASEMAP
from socharm.assessment.steps.change import CHANGE
from socharm.assessment.steps.change_points import CHANGE_POINTS
from socharm.assessment.steps.classes import CLASSES
from socharm.assessment.steps.clusters import CLUSTERS
from socharm.assessment.steps.composite import COMPOSITE
from socharm.assessment.steps.composite_recipe import COMPOSITE_RECIPE
from socharm.assessment.steps.concentration import CONCENTRATION
from socharm.assessment.steps.counts import COUNTS
from socharm.assessment.steps.courses import COURSES
from socharm.assessment.steps.deprivation import DEPRIVATION
from socharm.assessment.steps.disclosure import DISCLOSURE
from socharm.assessment.steps.drill_down import DRILL_DOWN
from socharm.assessment.steps.emerging import EMERGING
from socharm.assessment.steps.evaluations import EVALUATIONS
from socharm.assessment.steps.events import EVENTS
from socharm.assessment.steps.few_areas import FEW_AREAS
from socharm.assessment.steps.heat import HEAT
from socharm.assessment.steps.hotspots import HOTSPOTS
from socharm.assessment.steps.hours import HOURS
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.indicator_overlay import INDICATOR_OVERLAY
from socharm.assessment.steps.indicators import INDICATORS
from socharm.assessment.steps.lacking_rows import LACKING_ROWS
from socharm.assessment.steps.ledger import LEDGER
from socharm.assessment.steps.local import LOCAL
from socharm.assessment.steps.located import LOCATED
from socharm.assessment.steps.lookups import LOOKUPS
from socharm.assessment.steps.micro_places import MICRO_PLACES
from socharm.assessment.steps.near_repeat import NEAR_REPEAT
from socharm.assessment.steps.overlay import OVERLAY
from socharm.assessment.steps.points import POINTS
from socharm.assessment.steps.population import POPULATION
from socharm.assessment.steps.priority import PRIORITY
from socharm.assessment.steps.ranking import RANKING
from socharm.assessment.steps.scale_ladder import SCALE_LADDER
from socharm.assessment.steps.scan import SCAN
from socharm.assessment.steps.season import SEASON
from socharm.assessment.steps.signals import SIGNALS
from socharm.assessment.steps.silence import SILENCE
from socharm.assessment.steps.stale_weights import STALE_WEIGHTS
from socharm.assessment.steps.store import STORE
from socharm.assessment.steps.streets import STREETS
from socharm.assessment.steps.uncertainty import UNCERTAINTY
from socharm.assessment.steps.weights import WEIGHTS
from socharm.snapshot.spec import TableSpec

__all__ = ["STEPS", "all_steps", "declared_tables"]

#: Each after those that it needs.
STEPS: Final[tuple[Step[Any], ...]] = (
    STORE,
    LOOKUPS,
    AREAS,
    BASEMAP,
    WEIGHTS,
    STALE_WEIGHTS,
    INCIDENTS,
    DISCLOSURE,
    POPULATION,
    LOCATED,
    COUNTS,
    LACKING_ROWS,
    LEDGER,
    INDICATORS,
    EVALUATIONS,
    COMPOSITE_RECIPE,
    INDEX,
    ACCOUNTS,
    RANKING,
    CLASSES,
    UNCERTAINTY,
    EVENTS,
    POINTS,
    HEAT,
    FEW_AREAS,
    HOTSPOTS,
    SCAN,
    EMERGING,
    DEPRIVATION,
    OVERLAY,
    INDICATOR_OVERLAY,
    LOCAL,
    SIGNALS,
    CHANGE,
    CHANGE_POINTS,
    COURSES,
    SILENCE,
    PRIORITY,
    CONCENTRATION,
    CLUSTERS,
    NEAR_REPEAT,
    HOURS,
    SEASON,
    MICRO_PLACES,
    STREETS,
    DRILL_DOWN,
    SCALE_LADDER,
    COMPOSITE,
)


def all_steps() -> tuple[Step[Any], ...]:
    """The steps; whoever goes through them asks here."""
    return STEPS


def declared_tables() -> tuple[TableSpec, ...]:
    """Every table that the steps can leave, in their order."""
    return tuple(
        replace(spec, settings=spec.settings or (() if spec.secret else step.settings_kinds))
        for step in all_steps()
        for spec in step.tables
    )
