"""socharm: rank places by the harm that serious and organised crime does there.

Public names are listed one by one below and loaded on first use, so that ``import socharm`` computes
nothing, reads no file and stays fast. Everything else may change at any time.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

from socharm._version import __version__

if TYPE_CHECKING:
    from socharm._about import About, AssessmentPeriod
    from socharm.assessment.changes import lower_snapshot
    from socharm.assessment.check import Check, check_assessment
    from socharm.assessment.published import published_form
    from socharm.assessment.release import publish_snapshot
    from socharm.assessment.run import run_assessment
    from socharm.assessment.signing import sign_store
    from socharm.assessment.stored import Assessment, Verification, open_assessment, verify_assessment
    from socharm.dashboard.write import write_dashboard
    from socharm.errors import (
        AlignmentError,
        CoverageWarning,
        CRSError,
        DataWarning,
        MissingExtraError,
        ModelWarning,
        ParameterError,
        RefusedError,
        SchemaError,
        SocharmError,
        SocharmWarning,
        StoreError,
    )
    from socharm.evaluation.validation import RankingValidation, validate_ranking
    from socharm.hotspots.areas.concentration import Concentration, classify_concentration
    from socharm.hotspots.areas.global_statistics import (
        GlobalStatistic,
        global_g,
        global_geary,
        global_join_counts,
        global_moran,
        rate_moran,
    )
    from socharm.hotspots.areas.join_counts import local_join_counts
    from socharm.hotspots.areas.local import LocalStatistics, local_gi_star, local_moran
    from socharm.hotspots.areas.local_geary import LocalContrast, local_geary, local_spread
    from socharm.hotspots.areas.neighbours import neighbours
    from socharm.hotspots.areas.smoothing import SmoothedRates, smooth_rates
    from socharm.hotspots.points.clusters import PointClusters, cluster_points
    from socharm.hotspots.points.density import HeatSurface, kernel_density
    from socharm.hotspots.points.location import location_shares
    from socharm.hotspots.points.micro_places import HalfPlaces, half_harm_places
    from socharm.io.areas import Areas
    from socharm.io.boundaries import read_boundaries
    from socharm.io.deprivation import Deprivation, read_deprivation
    from socharm.io.incidents.count import count_incidents
    from socharm.io.incidents.known_gaps import known_gaps
    from socharm.io.incidents.locate import LocatedIncidents, locate_incidents
    from socharm.io.incidents.reading import read_incidents
    from socharm.io.incidents.records import Counts, Incidents
    from socharm.io.incidents.tables import counts_from_table
    from socharm.io.indicators import Indicators, read_indicators
    from socharm.io.interpolate import interpolate
    from socharm.io.lookups import Lookup, best_fit_lookup, read_lookup
    from socharm.io.offence_counts import OffenceCounts, read_offence_counts
    from socharm.io.population import Population, no_denominator, read_population
    from socharm.io.rolling import roll_up
    from socharm.io.weights import WeightScheme, load_weights, read_weights
    from socharm.maps.bivariate import plot_bivariate
    from socharm.maps.choropleth import plot_choropleth
    from socharm.maps.clusters import plot_clusters
    from socharm.maps.contributions import plot_contributions
    from socharm.maps.heat import plot_heat
    from socharm.maps.hotspots import plot_hotspots
    from socharm.maps.intervals import plot_intervals
    from socharm.maps.lint import MapDescription, MapLint, describe_choropleth, lint_map
    from socharm.maps.lorenz import plot_lorenz
    from socharm.maps.residual import plot_residual
    from socharm.maps.sensitivity import plot_sensitivity
    from socharm.maps.top_k import plot_top_k
    from socharm.maps.trends import plot_trend
    from socharm.maps.validation import plot_validation
    from socharm.overlay.composite.audit import remove_one_element, strengths_and_weaknesses
    from socharm.overlay.composite.index import composite_index
    from socharm.overlay.composite.lint import lint_indicators
    from socharm.overlay.composite.recipe import CompositeRecipe
    from socharm.overlay.composite.record import CompositeIndex
    from socharm.overlay.composite.specs import DomainSpec, Elicitation, IndicatorSpec
    from socharm.overlay.composite.steps import (
        AggregateStep,
        DenominateStep,
        ImputeStep,
        NormaliseStep,
        ScreenStep,
        TreatStep,
        WeighStep,
    )
    from socharm.overlay.composite.text import dump_composite_recipe, load_composite_recipe
    from socharm.overlay.deprivation import Overlay, overlay_deprivation
    from socharm.overlay.excess import Excess, detect_excess
    from socharm.overlay.imd import rebuild_imd
    from socharm.overlay.phrases import probability_phrase, rank_phrase
    from socharm.plans.facts import ProfileFacts
    from socharm.plans.library import plan_options
    from socharm.plans.plan import Plan, PlanSettings, read_plan
    from socharm.plans.principles import PrincipleCheck, check_principles
    from socharm.plans.questions import QuestionCheck, councillor_questions
    from socharm.plans.seed import seed_plan
    from socharm.plans.threats import find_threats
    from socharm.profiles.profile import Profile, seed_profile, seed_profiles
    from socharm.profiles.side_text import (
        KnownThreat,
        ProfileText,
        Survey,
        Theme,
        read_profile_text,
        start_profile_text,
    )
    from socharm.publish.attack import (
        Attack,
        ReleaseCheck,
        Statement,
        attack_cells,
        check_release,
        exact_statements,
        released_statements,
    )
    from socharm.publish.cell_keys import NoiseSettings, perturb_counts
    from socharm.publish.disclosure import DisclosureSettings, PublishedTables, band_counts, protect_tables
    from socharm.publish.marking import (
        MarkingChange,
        handling_instructions,
        handling_rules,
        lower_marking,
        require_marking,
    )
    from socharm.publish.register import (
        Release,
        list_releases,
        read_release,
        register_release,
        secret_fingerprint,
        store_secret,
        verify_release,
    )
    from socharm.publish.statement import MethodStatement, method_statement
    from socharm.publish.suppression import RoundedCounts, SuppressedCounts, round_small_counts, suppress_small_counts
    from socharm.publish.transparency import TransparencyRecord, transparency_record
    from socharm.ranking.composite_uncertainty import composite_uncertainty
    from socharm.ranking.confidence_sets import RankSets, rank_confidence_sets
    from socharm.ranking.events import EventDependence, rank_without_events
    from socharm.ranking.probable_top import classify_probable_top
    from socharm.ranking.ranks import Ranking, rank_areas
    from socharm.ranking.top_classes import TopClasses, classify_top
    from socharm.ranking.uncertainty import RankUncertainty, rank_uncertainty
    from socharm.sample.load import Sample, load_sample
    from socharm.severity.index import SeverityIndex, severity_index
    from socharm.severity.model import RateModel
    from socharm.severity.points import HarmPoints, harm_points
    from socharm.snapshot.tables import AssessmentTables

__all__ = [
    # functions
    "attack_cells",
    "band_counts",
    "best_fit_lookup",
    "check_assessment",
    "check_principles",
    "check_release",
    "classify_concentration",
    "classify_probable_top",
    "classify_top",
    "cluster_points",
    "composite_index",
    "composite_uncertainty",
    "councillor_questions",
    "count_incidents",
    "counts_from_table",
    "describe_choropleth",
    "detect_excess",
    "dump_composite_recipe",
    "exact_statements",
    "find_threats",
    "global_g",
    "global_geary",
    "global_join_counts",
    "global_moran",
    "half_harm_places",
    "handling_instructions",
    "handling_rules",
    "harm_points",
    "interpolate",
    "kernel_density",
    "known_gaps",
    "lint_indicators",
    "lint_map",
    "list_releases",
    "load_composite_recipe",
    "load_sample",
    "load_weights",
    "local_geary",
    "local_gi_star",
    "local_join_counts",
    "local_moran",
    "local_spread",
    "locate_incidents",
    "location_shares",
    "lower_marking",
    "lower_snapshot",
    "method_statement",
    "neighbours",
    "no_denominator",
    "open_assessment",
    "overlay_deprivation",
    "perturb_counts",
    "plan_options",
    "plot_bivariate",
    "plot_choropleth",
    "plot_clusters",
    "plot_contributions",
    "plot_heat",
    "plot_hotspots",
    "plot_intervals",
    "plot_lorenz",
    "plot_residual",
    "plot_sensitivity",
    "plot_top_k",
    "plot_trend",
    "plot_validation",
    "probability_phrase",
    "protect_tables",
    "publish_snapshot",
    "published_form",
    "rank_areas",
    "rank_confidence_sets",
    "rank_phrase",
    "rank_uncertainty",
    "rank_without_events",
    "rate_moran",
    "read_boundaries",
    "read_deprivation",
    "read_incidents",
    "read_indicators",
    "read_lookup",
    "read_offence_counts",
    "read_plan",
    "read_population",
    "read_profile_text",
    "read_release",
    "read_weights",
    "rebuild_imd",
    "register_release",
    "released_statements",
    "remove_one_element",
    "require_marking",
    "roll_up",
    "round_small_counts",
    "run_assessment",
    "secret_fingerprint",
    "seed_plan",
    "seed_profile",
    "seed_profiles",
    "severity_index",
    "sign_store",
    "smooth_rates",
    "start_profile_text",
    "store_secret",
    "strengths_and_weaknesses",
    "suppress_small_counts",
    "transparency_record",
    "validate_ranking",
    "verify_assessment",
    "verify_release",
    "write_dashboard",
    # records
    "About",
    "AggregateStep",
    "Areas",
    "Assessment",
    "AssessmentPeriod",
    "AssessmentTables",
    "Attack",
    "Check",
    "CompositeIndex",
    "CompositeRecipe",
    "Concentration",
    "Counts",
    "DenominateStep",
    "Deprivation",
    "DisclosureSettings",
    "DomainSpec",
    "Elicitation",
    "EventDependence",
    "Excess",
    "GlobalStatistic",
    "HalfPlaces",
    "HarmPoints",
    "HeatSurface",
    "ImputeStep",
    "Incidents",
    "IndicatorSpec",
    "Indicators",
    "KnownThreat",
    "LocalContrast",
    "LocalStatistics",
    "LocatedIncidents",
    "Lookup",
    "MapDescription",
    "MapLint",
    "MarkingChange",
    "MethodStatement",
    "NoiseSettings",
    "NormaliseStep",
    "OffenceCounts",
    "Overlay",
    "Plan",
    "PlanSettings",
    "PointClusters",
    "Population",
    "PrincipleCheck",
    "Profile",
    "ProfileFacts",
    "ProfileText",
    "PublishedTables",
    "QuestionCheck",
    "RankSets",
    "RankUncertainty",
    "Ranking",
    "RankingValidation",
    "RateModel",
    "Release",
    "ReleaseCheck",
    "RoundedCounts",
    "Sample",
    "ScreenStep",
    "SeverityIndex",
    "SmoothedRates",
    "Statement",
    "SuppressedCounts",
    "Survey",
    "Theme",
    "TopClasses",
    "TransparencyRecord",
    "TreatStep",
    "Verification",
    "WeighStep",
    "WeightScheme",
    # errors and warnings
    "AlignmentError",
    "CRSError",
    "CoverageWarning",
    "DataWarning",
    "MissingExtraError",
    "ModelWarning",
    "ParameterError",
    "RefusedError",
    "SchemaError",
    "SocharmError",
    "SocharmWarning",
    "StoreError",
    "__version__",
]

#: Module that each public name lives in.
_HOMES = {
    "attack_cells": "socharm.publish.attack",
    "band_counts": "socharm.publish.disclosure",
    "best_fit_lookup": "socharm.io.lookups",
    "check_assessment": "socharm.assessment.check",
    "check_principles": "socharm.plans.principles",
    "check_release": "socharm.publish.attack",
    "classify_concentration": "socharm.hotspots.areas.concentration",
    "classify_probable_top": "socharm.ranking.probable_top",
    "classify_top": "socharm.ranking.top_classes",
    "cluster_points": "socharm.hotspots.points.clusters",
    "composite_index": "socharm.overlay.composite.index",
    "composite_uncertainty": "socharm.ranking.composite_uncertainty",
    "councillor_questions": "socharm.plans.questions",
    "count_incidents": "socharm.io.incidents.count",
    "counts_from_table": "socharm.io.incidents.tables",
    "describe_choropleth": "socharm.maps.lint",
    "detect_excess": "socharm.overlay.excess",
    "dump_composite_recipe": "socharm.overlay.composite.text",
    "exact_statements": "socharm.publish.attack",
    "find_threats": "socharm.plans.threats",
    "global_g": "socharm.hotspots.areas.global_statistics",
    "global_geary": "socharm.hotspots.areas.global_statistics",
    "global_join_counts": "socharm.hotspots.areas.global_statistics",
    "global_moran": "socharm.hotspots.areas.global_statistics",
    "half_harm_places": "socharm.hotspots.points.micro_places",
    "handling_instructions": "socharm.publish.marking",
    "handling_rules": "socharm.publish.marking",
    "harm_points": "socharm.severity.points",
    "interpolate": "socharm.io.interpolate",
    "kernel_density": "socharm.hotspots.points.density",
    "lint_indicators": "socharm.overlay.composite.lint",
    "lint_map": "socharm.maps.lint",
    "list_releases": "socharm.publish.register",
    "load_composite_recipe": "socharm.overlay.composite.text",
    "known_gaps": "socharm.io.incidents.known_gaps",
    "load_sample": "socharm.sample.load",
    "load_weights": "socharm.io.weights",
    "local_geary": "socharm.hotspots.areas.local_geary",
    "local_gi_star": "socharm.hotspots.areas.local",
    "local_join_counts": "socharm.hotspots.areas.join_counts",
    "local_moran": "socharm.hotspots.areas.local",
    "local_spread": "socharm.hotspots.areas.local_geary",
    "locate_incidents": "socharm.io.incidents.locate",
    "location_shares": "socharm.hotspots.points.location",
    "lower_marking": "socharm.publish.marking",
    "lower_snapshot": "socharm.assessment.changes",
    "method_statement": "socharm.publish.statement",
    "neighbours": "socharm.hotspots.areas.neighbours",
    "no_denominator": "socharm.io.population",
    "open_assessment": "socharm.assessment.stored",
    "overlay_deprivation": "socharm.overlay.deprivation",
    "perturb_counts": "socharm.publish.cell_keys",
    "plan_options": "socharm.plans.library",
    "plot_bivariate": "socharm.maps.bivariate",
    "plot_choropleth": "socharm.maps.choropleth",
    "plot_clusters": "socharm.maps.clusters",
    "plot_contributions": "socharm.maps.contributions",
    "plot_heat": "socharm.maps.heat",
    "plot_hotspots": "socharm.maps.hotspots",
    "plot_intervals": "socharm.maps.intervals",
    "plot_lorenz": "socharm.maps.lorenz",
    "plot_residual": "socharm.maps.residual",
    "plot_sensitivity": "socharm.maps.sensitivity",
    "plot_top_k": "socharm.maps.top_k",
    "plot_trend": "socharm.maps.trends",
    "plot_validation": "socharm.maps.validation",
    "probability_phrase": "socharm.overlay.phrases",
    "protect_tables": "socharm.publish.disclosure",
    "publish_snapshot": "socharm.assessment.release",
    "published_form": "socharm.assessment.published",
    "rank_areas": "socharm.ranking.ranks",
    "rank_confidence_sets": "socharm.ranking.confidence_sets",
    "rank_phrase": "socharm.overlay.phrases",
    "rank_uncertainty": "socharm.ranking.uncertainty",
    "rank_without_events": "socharm.ranking.events",
    "rate_moran": "socharm.hotspots.areas.global_statistics",
    "read_boundaries": "socharm.io.boundaries",
    "read_deprivation": "socharm.io.deprivation",
    "read_incidents": "socharm.io.incidents.reading",
    "read_indicators": "socharm.io.indicators",
    "read_lookup": "socharm.io.lookups",
    "read_offence_counts": "socharm.io.offence_counts",
    "read_plan": "socharm.plans.plan",
    "read_population": "socharm.io.population",
    "read_profile_text": "socharm.profiles.side_text",
    "read_release": "socharm.publish.register",
    "read_weights": "socharm.io.weights",
    "rebuild_imd": "socharm.overlay.imd",
    "register_release": "socharm.publish.register",
    "released_statements": "socharm.publish.attack",
    "remove_one_element": "socharm.overlay.composite.audit",
    "require_marking": "socharm.publish.marking",
    "roll_up": "socharm.io.rolling",
    "round_small_counts": "socharm.publish.suppression",
    "run_assessment": "socharm.assessment.run",
    "secret_fingerprint": "socharm.publish.register",
    "seed_plan": "socharm.plans.seed",
    "seed_profile": "socharm.profiles.profile",
    "seed_profiles": "socharm.profiles.profile",
    "severity_index": "socharm.severity.index",
    "sign_store": "socharm.assessment.signing",
    "smooth_rates": "socharm.hotspots.areas.smoothing",
    "start_profile_text": "socharm.profiles.side_text",
    "store_secret": "socharm.publish.register",
    "strengths_and_weaknesses": "socharm.overlay.composite.audit",
    "suppress_small_counts": "socharm.publish.suppression",
    "transparency_record": "socharm.publish.transparency",
    "validate_ranking": "socharm.evaluation.validation",
    "verify_assessment": "socharm.assessment.stored",
    "verify_release": "socharm.publish.register",
    "write_dashboard": "socharm.dashboard.write",
    "About": "socharm._about",
    "AggregateStep": "socharm.overlay.composite.steps",
    "Areas": "socharm.io.areas",
    "Assessment": "socharm.assessment.stored",
    "AssessmentPeriod": "socharm._about",
    "AssessmentTables": "socharm.snapshot.tables",
    "Attack": "socharm.publish.attack",
    "Check": "socharm.assessment.check",
    "CompositeIndex": "socharm.overlay.composite.record",
    "CompositeRecipe": "socharm.overlay.composite.recipe",
    "Concentration": "socharm.hotspots.areas.concentration",
    "Counts": "socharm.io.incidents.records",
    "DenominateStep": "socharm.overlay.composite.steps",
    "Deprivation": "socharm.io.deprivation",
    "DisclosureSettings": "socharm.publish.disclosure",
    "DomainSpec": "socharm.overlay.composite.specs",
    "Elicitation": "socharm.overlay.composite.specs",
    "EventDependence": "socharm.ranking.events",
    "Excess": "socharm.overlay.excess",
    "GlobalStatistic": "socharm.hotspots.areas.global_statistics",
    "HalfPlaces": "socharm.hotspots.points.micro_places",
    "HarmPoints": "socharm.severity.points",
    "HeatSurface": "socharm.hotspots.points.density",
    "ImputeStep": "socharm.overlay.composite.steps",
    "Incidents": "socharm.io.incidents.records",
    "IndicatorSpec": "socharm.overlay.composite.specs",
    "Indicators": "socharm.io.indicators",
    "KnownThreat": "socharm.profiles.side_text",
    "LocalContrast": "socharm.hotspots.areas.local_geary",
    "LocalStatistics": "socharm.hotspots.areas.local",
    "LocatedIncidents": "socharm.io.incidents.locate",
    "Lookup": "socharm.io.lookups",
    "MapDescription": "socharm.maps.lint",
    "MapLint": "socharm.maps.lint",
    "MarkingChange": "socharm.publish.marking",
    "MethodStatement": "socharm.publish.statement",
    "NoiseSettings": "socharm.publish.cell_keys",
    "NormaliseStep": "socharm.overlay.composite.steps",
    "OffenceCounts": "socharm.io.offence_counts",
    "Overlay": "socharm.overlay.deprivation",
    "Plan": "socharm.plans.plan",
    "PlanSettings": "socharm.plans.plan",
    "PointClusters": "socharm.hotspots.points.clusters",
    "Population": "socharm.io.population",
    "PrincipleCheck": "socharm.plans.principles",
    "Profile": "socharm.profiles.profile",
    "ProfileFacts": "socharm.plans.facts",
    "ProfileText": "socharm.profiles.side_text",
    "PublishedTables": "socharm.publish.disclosure",
    "QuestionCheck": "socharm.plans.questions",
    "RankSets": "socharm.ranking.confidence_sets",
    "RankUncertainty": "socharm.ranking.uncertainty",
    "Ranking": "socharm.ranking.ranks",
    "RankingValidation": "socharm.evaluation.validation",
    "RateModel": "socharm.severity.model",
    "Release": "socharm.publish.register",
    "ReleaseCheck": "socharm.publish.attack",
    "RoundedCounts": "socharm.publish.suppression",
    "Sample": "socharm.sample.load",
    "ScreenStep": "socharm.overlay.composite.steps",
    "SeverityIndex": "socharm.severity.index",
    "SmoothedRates": "socharm.hotspots.areas.smoothing",
    "Statement": "socharm.publish.attack",
    "SuppressedCounts": "socharm.publish.suppression",
    "Survey": "socharm.profiles.side_text",
    "Theme": "socharm.profiles.side_text",
    "TopClasses": "socharm.ranking.top_classes",
    "TransparencyRecord": "socharm.publish.transparency",
    "TreatStep": "socharm.overlay.composite.steps",
    "Verification": "socharm.assessment.stored",
    "WeighStep": "socharm.overlay.composite.steps",
    "WeightScheme": "socharm.io.weights",
    "AlignmentError": "socharm.errors",
    "CRSError": "socharm.errors",
    "CoverageWarning": "socharm.errors",
    "DataWarning": "socharm.errors",
    "MissingExtraError": "socharm.errors",
    "ModelWarning": "socharm.errors",
    "ParameterError": "socharm.errors",
    "RefusedError": "socharm.errors",
    "SchemaError": "socharm.errors",
    "SocharmError": "socharm.errors",
    "SocharmWarning": "socharm.errors",
    "StoreError": "socharm.errors",
}

logging.getLogger("socharm").addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'socharm' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
