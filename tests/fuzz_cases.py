"""A tiny world with right arguments for every public function, and the values that stand in for each of them."""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from assessed import drawn, make_assessment
from factories import make_counts, make_population, make_weights, random_counts
from libpysal.graph import Graph
from shapely.geometry import LineString
from worlds import write_world

import socharm as sh
from socharm._packages import public_object
from socharm.io.deprivation_record import Deprivation, DeprivationFindings, DeprivationSettings
from socharm.maps.furniture import new_axes

NOW = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 1, 5)
SECRET = bytes(range(32))

COUNTS = (
    "Financial Year,Financial Quarter,Force Name,Offence Description,Offence Code,Number of Offences\n"
    "2019/20,1,Cleveland,Homicide,1,1\n2019/20,1,Cleveland,Assault with injury,8N,50\n"
)


MEMBERS = pd.DataFrame(
    {"area_code": ["W000"], "parent": ["North"], "force": ["Testshire"], "valid_from": [""], "valid_to": [""]}
)
#: Numbers of folders that must not be there yet.
NUMBERS = itertools.count()

DEPRIVATION = (
    "LSOA code (2021),Index of Multiple Deprivation (IMD) Score,"
    "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived),"
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs),"
    "Income Rank (where 1 is most deprived),Employment Rank (where 1 is most deprived),"
    '"Education, Skills and Training Rank (where 1 is most deprived)",'
    "Health Deprivation and Disability Rank (where 1 is most deprived),Crime Rank (where 1 is most deprived),"
    "Barriers to Housing and Services Rank (where 1 is most deprived),"
    "Living Environment Rank (where 1 is most deprived)\n"
    "E01000001,8.742,26525,8,33730,33708,33755,33108,33698,29220,244\n"
    "E01000002,7.000,29000,9,33000,33000,33000,33000,33000,29000,200\n"
)
MEASURE = {
    "direction": "higher is worse",
    "unit": "per cent",
    "denominator": "people",
    "period": "2025",
    "provider": "education",
    "licence": "OGL v3.0",
    "marking": "OFFICIAL",
    "police_driven": False,
}


def make_world(folder: Path) -> SimpleNamespace:
    """Twelve wards over three months: files, records of every kind, one assessment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _made(folder)


def _made(folder: Path) -> SimpleNamespace:
    w = SimpleNamespace(folder=folder, recipe=write_world(folder))
    w.recipe.write_text(w.recipe.read_text() + "\n[outputs]\nmaps = false\n")  # no argument is a picture of a run
    wards = [f"E0500{number:04d}" for number in range(12)]
    people = pd.DataFrame({"ward_code": wards, "residents": range(5_000, 6_200, 100)})
    people.to_csv(folder / "population.csv", index=False)
    w.areas = sh.read_boundaries(folder / "wards.gpkg", code="ward_code", name="ward_name", parent="district")
    w.incidents = sh.read_incidents(folder / "police-uk")
    columns = {"code": "ward_code", "value": "residents", "kind": "resident", "date": "2024-06-30"}
    w.population = sh.read_population(folder / "population.csv", **columns)
    w.weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    w.counts = sh.count_incidents(w.incidents, w.areas)
    w.index = sh.severity_index(w.counts, w.weights, w.population, missing="leave out")
    w.ranking = sh.rank_areas(w.index, draws=50, seed=1)
    w.two_periods = [
        sh.severity_index(w.counts.between(*months), w.weights, w.population, missing="leave out")
        for months in (("2025-04", "2025-05"), ("2025-06", "2025-06"))
    ]
    w.rates = w.index.table["rate"]
    w.codes = list(w.index.model.areas)
    w.uncertainty = sh.rank_uncertainty(w.counts, w.weights, None, base=16, seed=1, tau=(1.0, 1.2))
    w.sets = sh.rank_confidence_sets(w.index, draws=50, seed=1)
    w.top_classes = sh.classify_top(w.sets, k=3)
    w.graph = sh.neighbours(w.areas.loc[w.codes])
    w.points = sh.harm_points(w.incidents, w.weights)
    lines = [LineString([(x, 301_000), (x + 900, 301_000), (x + 900, 302_500)]) for x in range(400_100, 407_000, 1_000)]
    names = [f"Road {number}" for number in range(len(lines))]
    w.streets = gpd.GeoDataFrame({"id": [f"R{n}" for n in names], "street": names}, geometry=lines, crs="EPSG:27700")
    w.segments = sh.io.segments(w.streets, code="id", name="street", reach_m=400.0)
    w.named = sh.locate_incidents(w.incidents, w.areas, keep_names=True)
    w.drill = sh.hotspots.drill_down(w.points, w.areas, w.codes[:2], located=w.named, streets=w.segments)
    w.ladder = sh.hotspots.scale_ladder(
        w.named, w.weights, w.areas, hexes=(2_500.0,), shifts=1, jitters=1, permutations=99, alpha=0.3,
        correction="none", seed=1,
    )  # fmt: skip
    w.surface = sh.kernel_density(w.points, bandwidth=1_500.0, cell_size=300.0)
    residents = w.areas.assign(population=4_000.0)
    w.populated = residents
    w.dual = sh.hotspots.dual_density(w.points, residents, mask=w.areas, bandwidth=1_500.0, cell_size=300.0)
    w.peaks = sh.hotspots.surface_peaks(
        w.points, residents, mask=w.areas, bandwidth=1_500.0, replications=19, least_effective=1.0, seed=1
    )
    w.clusters = sh.cluster_points(w.points, eps=300.0, min_events=5, resamples=2, seed=1)
    w.dated = _dated()
    w.nearest = sh.hotspots.nearest_neighbour_clusters(w.points, threshold_m=300.0, least_points=5)
    each = pd.Series(pd.date_range("2025-03-03 00:30", periods=90, freq="19h"))
    w.hours = sh.hotspots.hour_weekday(each, group=pd.Series(["a", "b", "b"] * 30))
    w.season = sh.hotspots.seasonal_profile(pd.Series(9, index=pd.period_range("2022-01", periods=36, freq="M")))
    w.near_repeats = sh.hotspots.knox(w.dated, distances=[0, 500, 1_500], days=[0, 7, 14], permutations=19, seed=1)
    w.concentration = sh.classify_concentration(w.index, resamples=20, seed=1)
    w.gi = sh.local_gi_star(w.index, w.graph, permutations=99, seed=1)
    w.outcomes = _outcomes(w.codes)
    choices = {"name": "Patrols", "site": w.codes[:1], "start": "2025-10", "seed": 1, "outcomes": [{"name": "crimes"}]}
    choices |= {"methods": ["placebo sites", "spillover rings"], "rings": 1, "worlds": 200}
    w.protocol_file = folder / "protocol.toml"
    w.protocol = sh.evaluation.register_protocol(choices, w.outcomes, to=w.protocol_file, on=DAY)
    w.evaluation = sh.evaluation.evaluate(w.protocol, w.outcomes, w.graph)
    _scan(w)
    w.deprivation = _deprivation(w)
    w.overlay = sh.overlay_deprivation(w.index, w.deprivation, resamples=20, seed=1, missing="error")
    _composite(w)
    _tables(w)
    _files(w)
    return w


def _outcomes(codes: list[str]) -> pd.DataFrame:
    """Counts of a year by area and month."""
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    return pd.DataFrame(np.random.default_rng(3).poisson(20, (len(codes), 12)), index=codes, columns=months)


def _dated() -> pd.DataFrame:
    """Events with a place, a day and their harm."""
    rng = np.random.default_rng(4)
    places = rng.uniform((400_000, 300_000), (408_000, 306_000), (60, 2)).round()
    dates = pd.Timestamp(2025, 4, 1) + pd.to_timedelta(rng.integers(0, 90, 60), unit="D")
    return pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "date": dates, "weight": rng.uniform(1, 9, 60)})


def _marked(recipe: Path) -> Path:
    """The recipe with a higher marking and few outputs."""
    made = recipe.with_name("marked.toml")
    text = recipe.read_text().replace("seed = 1", 'seed = 1\nmarking = "OFFICIAL-SENSITIVE"').partition("[heat]")[0]
    names = ("maps", "heat", "hotspots", "concentration", "clusters", "micro_places", "workbook")
    made.write_text(text + "[outputs]\n" + "".join(f"{name} = false\n" for name in names))
    return made


def _copied(snapshot: Path) -> Path:
    """A copy of a snapshot in a store of its own."""
    store = Path(tempfile.mkdtemp(dir=snapshot.parent.parent))
    return Path(shutil.copytree(snapshot, store / snapshot.name))


def _scan(w: SimpleNamespace) -> None:
    """Twelve places on a line, with cases in four months."""
    months = ["2025-04", "2025-05", "2025-06", "2025-07"]
    places = [f"P{n:02d}" for n in range(12)]
    w.scanned = pd.DataFrame(
        {"x": np.arange(12) * 500.0 + 400_000, "y": 300_000.0, "population": 1_000, "cases": np.arange(12) % 5},
        index=pd.Index(places, name="location"),
    )
    w.case_dates = pd.DataFrame(
        [(place, month, (n * m) % 3) for n, place in enumerate(places) for m, month in enumerate(months, start=1)],
        columns=["location", "date", "cases"],
    )
    w.scan = sh.hotspots.scan_clusters(w.scanned, replications=19, seed=1)
    numbers = {"population": 1_000, "cases": np.arange(len(w.areas)) % 5}
    w.scan_of_areas = sh.hotspots.scan_clusters(w.areas.assign(**numbers), replications=19, seed=1)


def _deprivation(w: SimpleNamespace) -> Deprivation:
    scores = pd.Series(np.linspace(1, 50, len(w.codes)), index=pd.Index(w.codes, name="area_code"))
    table = pd.DataFrame({"nation": "England", "score": scores, "score_without_crime": scores})
    findings = DeprivationFindings(
        index="IMD 2019", nation="England", year=2019, areas_of_nation=32_844, versions=("published", "without_crime"),
        score="the file", domains=("income",),
    )  # fmt: skip
    return Deprivation(
        table=table, settings=DeprivationSettings(), findings=findings, about=sh.About(sources=("IMD 2019",))
    )


def _in_order(made: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    counts, people, weights = made
    return counts, weights, people


def _composite(w: SimpleNamespace) -> None:
    w.town = pd.DataFrame(
        {"harm": np.linspace(10, 50, len(w.codes)), "trust": np.linspace(80, 20, len(w.codes))},
        index=pd.Index(w.codes, name="area_code"),
    )
    w.spec = sh.composite.CompositeRecipe(
        name="test",
        indicators=(sh.composite.IndicatorSpec(name="harm"), sh.composite.IndicatorSpec(name="trust", direction=-1)),
        steps=(sh.composite.NormaliseStep(), sh.composite.WeighStep(), sh.composite.AggregateStep()),
    )
    w.composite = sh.composite.composite_index(w.town, w.spec)


def _tables(w: SimpleNamespace) -> None:
    w.assessment = sh.run_assessment(w.recipe)
    w.marked = sh.run_assessment(_marked(w.recipe))
    (w.folder / "values.csv").write_text("area_code,harm\nA,1\nB,2\n")
    w.tables = w.assessment.tables
    w.earlier, w.later = (make_assessment(drawn(4, 3, seed=3), start=start) for start in ("2024-04", "2025-04"))
    w.comparison = sh.rescoring.compare(w.earlier, w.later, change_draws=20)
    w.several = sh.rescoring.compare_several([w.earlier, w.later], choices={"worlds": 100})
    w.calendar = sh.rescoring.delivery_calendar(w.earlier, w.later, by="area")
    w.compared_ground = w.areas.iloc[: len(w.comparison.table)].set_axis(w.comparison.table.index)
    w.first = str(w.assessment.top(1).index[0])
    w.about = w.assessment.about
    w.facts = sh.plans.ProfileFacts(words=100)
    w.profile = sh.seed_profile(w.first, w.assessment, on=DAY)
    w.plan = sh.seed_plan(w.assessment, area=w.first, start=DAY)
    w.small = pd.DataFrame(
        {"area_code": list("AABB"), "offence": list("xyxy"), "period": "2025-04", "n": [3, 40, 9, 8]}
    )
    w.disclosure = sh.publish.DisclosureSettings(open_input=True)
    w.published = sh.publish.protect_tables(w.tables, about=w.about, settings=w.disclosure)
    w.lookup_table = pd.DataFrame(
        {"old": w.codes, "new": ["N", "S"] * (len(w.codes) // 2) + ["N"] * (len(w.codes) % 2)}
    )
    w.lookup = sh.read_lookup(w.lookup_table, source="old", target="new")
    w.official = pd.DataFrame({"LSOA Code": ["E01000001"], "Number of households in fuel poverty": [40]})
    w.measures = sh.read_indicators(w.folder / "values.csv", dictionary={"harm": MEASURE}, code="area_code")
    absent = pd.DataFrame({"area_code": w.codes, "harm": np.arange(len(w.codes)) % 5.0})
    w.partners = sh.read_indicators(absent, dictionary={"harm": MEASURE})
    w.beside = sh.overlay.overlay_indicators(w.index, w.partners, w.areas)
    w.note = sh.rescoring.Annotation(
        kind="note",
        text="Patrols",
        start=dt.date(2025, 4, 1),
        role="local policing lead",
        on=dt.date(2026, 1, 1),
    )
    w.many = sh.severity_index(*_in_order(random_counts(areas=40, months=3)))
    w.half_year = sh.severity_index(*_in_order(random_counts(areas=32, months=6)))
    months = pd.DataFrame(np.arange(24.0).reshape(12, 2), index=w.codes, columns=["2025-04", "2025-05"])
    w.emerging = sh.hotspots.emerging_hotspots(months, w.graph, permutations=99, seed=1)
    pair = (pd.Series(range(start, start + 12), index=w.codes) for start in (10, 30))
    w.changes = sh.hotspots.change_significance(*pair, dispersion=1.0)
    ring = list(w.half_year.table.index)
    w.half_year_graph = Graph.from_arrays(ring * 2, [*ring[1:], ring[0], ring[-1], *ring[:-1]], np.ones(64))
    w.watched = sh.signals.monitor_harm(w.half_year, simulations=100, seed=1)
    events = make_weights({"burglary": 10.0, "drugs": 20.0, "violence-and-sexual-offences": 30.0})
    known = make_counts(np.arange(3 * 3 * 2).reshape(3, 3, 2))
    w.events = sh.severity_index(known, events, make_population({f"W00{n}": 1_000.0 for n in range(3)}))


def _files(w: SimpleNamespace) -> None:
    (w.folder / "counts.csv").write_text(COUNTS)
    w.plan.save(w.folder / "plan.csv")
    sh.profiles.start_profile_text(w.folder / "text.toml", area=w.first, name="First")
    (w.folder / "weights.csv").write_text("offence,weight\nburglary,100\ndrugs,40\n")
    w.offences = sh.io.read_offence_counts(w.folder / "counts.csv")
    (w.folder / "out").mkdir()
    (w.folder / "out" / "a.txt").write_text("a")
    w.store = w.folder / "releases"
    shutil.copytree(w.assessment.path, w.store / w.assessment.path.name)
    (w.folder / "deprivation.csv").write_text(DEPRIVATION, encoding="utf-8")
    w.imd = sh.read_deprivation(w.folder / "deprivation.csv")
    sh.publish.store_secret(w.store)
    w.release = sh.publish.register_release(
        w.store,
        snapshot=w.assessment.path.name,
        files=w.folder / "out",
        created=NOW,
        marking="OFFICIAL",
        role="analyst",
    )
    (w.folder / "scratch").mkdir()


def right_arguments(w: SimpleNamespace) -> dict[str, Callable[[], dict[str, Any]]]:
    """Right arguments of every public function and method, small enough to run in a moment."""
    people = {"code": "ward_code", "value": "residents", "kind": "resident", "date": "2024-06-30"}
    spatial = {"graph": w.graph, "permutations": 99, "seed": 1, "threads": 1, "about": w.about}
    tops = {"draws": 20, "seed": 1, "threads": 1}
    ground = w.areas.loc[w.codes]
    marks = pd.Series([n % 2 == 0 for n in range(len(w.codes))], index=pd.Index(w.codes, name="area_code"))
    statements = [sh.publish.Statement(parts={"a": 1, "b": 1}, low=3, high=8)]
    scratch = w.folder / "scratch"
    out = {"ax": None}
    evaluated = {"outcomes": w.outcomes, "treated": w.codes[:2], "start": "2025-10", "about": None}
    return {
        "attack_cells": lambda: {"statements": statements, "cells": ["a"], "width": 5, "about": w.about},
        "band_counts": lambda: {"counts": pd.Series([1, 7, 40])},
        "best_fit_lookup": lambda: {
            "centroids": pd.DataFrame({"c": ["p"], "x": [401_000.0], "y": [301_000.0]}),
            "areas": w.areas,
            "code": "c",
            "x": "x",
            "y": "y",
            "crs": "EPSG:27700",
        },
        "check_assessment": lambda: {"recipe": w.recipe, "progress": None},
        "check_principles": lambda: {
            "facts": w.facts,
            "on": DAY,
            "plan": w.plan,
            "most_words": 100,
            "core_sectors": ["police"],
            "refresh_months": 12,
            "rescore_months": 6,
        },
        "check_release": lambda: {"new": w.published, "earlier": [], "width": 5},
        "classify_concentration": lambda: {"index": w.index, "resamples": 20, "seed": 1},
        "classify_probable_top": lambda: {"ranking": w.ranking, "k": 5, "level": 0.9},
        "classify_top": lambda: {"rank_sets": w.sets, "k": "pai", "size": "areas", "minimum_pai": 1.0},
        "cluster_points": lambda: {
            "points": w.points,
            "method": "dbscan",
            "eps": 300.0,
            "min_events": 5,
            "by": "events",
            "minimum_events": 5,
            "resamples": 1,
            "seed": 1,
            "crs": None,
            "about": w.about,
        },
        "composite_index": lambda: {
            "indicators": w.town,
            "recipe": w.spec,
            "areas": None,
            "denominators": None,
            "groups": None,
            "panel": None,
            "period": None,
            "missing": "error",
            "force": None,
            "about": w.about,
        },
        "composite_uncertainty": lambda: {
            "composite": w.composite,
            "concentration": 50.0,
            "normalisation": None,
            "aggregation": None,
            "errors": None,
            "pairs": (),
            "top": 3,
            "base": 16,
            "seed": 1,
        },
        "councillor_questions": lambda: {"facts": w.facts, "plan": w.plan, "audience": None, "answers": None},
        "count_incidents": lambda: {
            "incidents": w.incidents,
            "areas": w.areas,
            "by": "month",
            "covered": None,
            "period": ("2025-04", "2025-06"),
            "duplicates": "whole-row",
            "minimum_coverage": 0.5,
        },
        "locate_incidents": lambda: {
            "incidents": w.incidents,
            "areas": w.areas,
            "keep_records": False,
            "keep_names": True,
        },
        "counts_from_table": lambda: {
            "table": w.small,
            "period": ("2025-04", "2025-04"),
            "covered": None,
            "about": w.about,
            "areas": None,
            "columns": None,
            "minimum_coverage": 0.5,
        },
        "describe_choropleth": lambda: {
            "index": w.index,
            "column": "rate",
            "scheme": "quantiles",
            "k": 3,
            "palette": "harm",
        },
        "compare_hotspots": lambda: {
            "history": w.index,
            "areas": w.areas,
            "graph": None,
            "own": {"flat": lambda table: table["rate"] * 0.0},
            "deprivation": None,
            "blocks": None,
            "methods": ["Gi*", "kernel density"],
            "bandwidth": 3_000.0,
            "k": [3],
            "window": 1,
            "horizon": 1,
            "step": 1,
            "resamples": 20,
            "rank_draws": 20,
            "seed": 1,
            "threads": 1,
        },
        "synthetic_control": lambda: {
            **evaluated,
            "predictors": None,
            "augmented": False,
            "placebos": 3,
            "worst_fit": 0.5,
            "allow_poor_fit": True,
            "two_out": 6,
            "missing": "error",
        },
        "find_donors": lambda: {
            "outcomes": w.outcomes,
            "site": w.codes[:1],
            "areas": w.graph,
            "start": "2025-10",
            "by_offence": {"robbery": w.outcomes},
            "covariates": None,
            "within": pd.Series("Testshire", index=w.codes),
            "exclude": [],
            "forces": ["Testshire"],
            "n": 3,
            "buffer": 0,
            "caliper": 5.0,
            "missing": "error",
            "about": None,
        },
        "placebo_sites": lambda: {
            "areas": w.graph,
            "site": w.codes[:1],
            "sizes": pd.Series(1.0, index=w.codes),
            "exclude": [],
            "n": 3,
            "buffer": 1,
            "factor": 2.0,
            "too_few": "give all",
            "seed": 1,
            "about": None,
        },
        "placebo_test": lambda: {
            "outcomes": w.outcomes,
            "sites": sh.evaluation.placebo_sites(w.graph, site=w.codes[:1], buffer=0, n=3, seed=1),
            "start": "2025-10",
            "estimator": "scaled donors",
            "alternative": "two-sided",
            "in_time": 2,
            "missing": "error",
            "about": None,
        },
        "minimum_detectable_change": lambda: {
            "outcomes": w.outcomes,
            "site": w.codes[:1],
            "months": 3,
            "start": "2025-10",
            "areas": w.graph,
            "exclude": [],
            "power": 0.7,
            "level": 0.1,
            "fall": 0.3,
            "alternative": "two-sided",
            "every_area": True,
            "n": 200,
            "missing": "error",
            "seed": 1,
            "about": None,
        },
        "selection_guard": lambda: {
            "outcomes": w.outcomes,
            "site": w.codes[:1],
            "start": "2025-10",
            "window": ("2025-05", "2025-08"),
            "exposure": pd.Series(1.0, index=w.codes),
            "areas": w.graph,
            "draws": 50,
            "missing": "error",
            "seed": 1,
            "about": None,
        },
        "guarded_test": lambda: {
            "outcomes": w.outcomes,
            "sites": sh.evaluation.placebo_sites(w.graph, site=w.codes[:1], buffer=0, n=3, seed=1),
            "areas": w.graph,
            "start": "2025-10",
            "alternative": "two-sided",
            "missing": "error",
            "about": None,
        },
        "spillover_rings": lambda: {
            "outcomes": w.outcomes,
            "areas": w.graph,
            "site": w.codes[:1],
            "start": "2025-10",
            "orders": 1,
            "distances": None,
            "exclude": [],
            "missing": "error",
            "about": None,
        },
        "register_protocol": lambda: {
            "choices": w.protocol.settings,
            "data": w.outcomes,
            "to": scratch / f"protocol-{next(NUMBERS)}.toml",
            "on": DAY,
            "covariates": None,
            "about": None,
        },
        "evaluate": lambda: {
            "protocol": w.protocol,
            "data": w.outcomes,
            "areas": w.graph,
            "covariates": None,
            "allow_changes": False,
            "about": None,
        },
        "cost_per_harm": lambda: {"evaluation": w.evaluation, "cost": 1_000.0, "currency": "£", "about": None},
        "evaluation_report": lambda: {"evaluation": w.evaluation, "areas": None, "on": DAY},
        "EvaluationReport.save": lambda: {
            "self": sh.reports.evaluation_report(w.evaluation),
            "path": scratch / "evaluation.md",
            "template": None,
            "reference": None,
        },
        "read_protocol": lambda: {"path": w.protocol_file, "about": None},
        "synthetic_did": lambda: {**evaluated, "replications": 5, "missing": "error", "seed": 1},
        "calibration_weights": lambda: {
            **evaluated,
            "covariates": None,
            "calibration": "linear",
            "infeasible": "nearest",
            "missing": "error",
        },
        "calibrated_control": lambda: {
            **evaluated,
            "covariates": None,
            "replications": 5,
            "alternative": "two-sided",
            "calibration": "linear",
            "infeasible": "nearest",
            "missing": "error",
            "seed": 1,
        },
        "compare_several": lambda: {
            "assessments": [w.earlier, w.later],
            "choices": {"allow": ["seasons"], "worlds": 100},
        },
        "compare": lambda: {
            "earlier": w.earlier,
            "later": w.later,
            "change": None,
            "membership": None,
            "revised": None,
            "allow": ["seasons"],
            "without": [],
            "clear": [],
            "by": "code",
            "sliver": 0.01,
            "least_ground": 0.9,
            "class_ends": [2],
            "top": [2],
            "level": 0.95,
            "change_draws": 20,
            "seed": 1,
            "sure": 0.95,
            "first": 1,
            "areas": [],
            "dispersion": None,
            "false_discovery": 0.1,
            "least_events": 10.0,
            "changed_share": 0.1,
            "changed_spread": 0.35,
            "worlds": 100,
            "most_lost": 0.1,
        },
        "decompose": lambda: {"earlier": {"n": 1.0, "w": 2.0}, "later": {"n": 3.0, "w": 4.0}, "rate_of": None},
        "decompose_several": lambda: {
            "populations": {"a": {"n": 1.0, "w": 2.0}, "b": {"n": 3.0, "w": 4.0}},
            "rate_of": None,
        },
        "churn_receipt": lambda: {
            "earlier": w.two_periods[0],
            "later": w.two_periods[1],
            "first": 3,
            "areas": (),
            "dispersion": None,
            "worlds": 100,
            "seed": 1,
        },
        "expected_change": lambda: {
            "earlier": w.two_periods[0],
            "later": w.two_periods[1],
            "first": 3,
            "areas": (),
            "dispersion": None,
            "false_discovery": 0.1,
            "least_events": 10.0,
            "changed_share": 0.1,
            "changed_spread": 0.35,
        },
        "detect_excess": lambda: {
            "index": w.many,
            "covariates": pd.DataFrame({"x": np.arange(40.0)}, index=w.many.table.index),
            "column": "rate",
            "alpha": 0.05,
            "correction": "bh",
        },
        "change_significance": lambda: {
            "earlier": pd.Series({"A": 10, "B": 12}),
            "later": pd.Series({"A": 30, "B": 11}),
            "exposure_earlier": 6.0,
            "exposure_later": 6.0,
            "test": "conditional",
            "dispersion": 1.5,
            "beyond_all": False,
            "alpha": 0.05,
            "correction": "bh",
            "level": 0.95,
            "about": w.about,
        },
        "point_pattern_similarity": lambda: {
            "base": pd.Series({"A": 10, "B": 12}),
            "compared": pd.Series({"A": 30, "B": 11}),
            "difference": "andresen",
            "alpha": 0.05,
            "correction": "bh",
            "sample_share": 0.8,
            "resamples": 20,
            "seed": 1,
            "about": w.about,
        },
        "pattern_classes": lambda: {
            "counts": pd.DataFrame(
                np.arange(48).reshape(12, 4) % 17 + 5, index=list("abcdefghijkl"), columns=range(2020, 2024)
            ),
            "classes": 2,
            "most": 2,
            "fewest_events": 5,
            "alpha": 0.05,
            "null_draws": 19,
            "seed": 1,
            "about": w.about,
        },
        "emerging_hotspots": lambda: {
            "values": w.half_year,
            "graph": w.half_year_graph,
            "column": "rate",
            "months_per_period": 1,
            "baseline": "window",
            "periods_before": 1,
            "inference": "permutation",
            "permutations": 99,
            "alpha": 0.05,
            "correction": "bh",
            "beyond_ordinary": True,
            "trend_autocorrelation": "none",
            "seed": 1,
            "threads": 1,
            "about": w.about,
        },
        "mann_kendall": lambda: {
            "values": pd.Series([3.0, 5.0, 4.0, 7.0], index=range(2020, 2024)),
            "autocorrelation": "none",
            "season": None,
            "alternative": "two-sided",
            "alpha": 0.05,
            "correction": "bh",
            "level": 0.95,
            "about": w.about,
        },
        "monitor_harm": lambda: {
            "index": w.half_year,
            "measure": "crimes",
            "baseline": 3,
            "false_alarms": 2.0,
            "change": 1.5,
            "memory": 0.3,
            "least_events": 5.0,
            "simulations": 100,
            "seed": 1,
        },
        "find_change_points": lambda: {
            "index": w.half_year,
            "measure": "crimes",
            "false_discovery": 0.2,
            "least_months": 2,
            "least_events": 5.0,
            "simulations": 100,
            "seed": 1,
        },
        "survey_trend": lambda: {
            "waves": pd.DataFrame(
                {"area_code": "W000", "question": "safe", "wave": [2024, 2025], "yes": [20, 30], "asked": [50, 60]}
            ),
            "interval": "exact",
            "design_effect": 1.5,
            "false_discovery": 0.2,
            "least_asked": 5,
            "about": w.about,
        },
        "find_silence": lambda: {
            "index": w.half_year,
            "deprivation": pd.Series(np.arange(32.0), index=w.half_year.table.index),
            "graph": None,
            "indicators": None,
            "in_vain": 0.3,
            "low": 0.4,
        },
        "priority_now": lambda: {
            "ranking": sh.rank_areas(w.half_year, draws=50, seed=1),
            "monitoring": w.watched,
            "overlay": None,
            "silence": None,
            "first": 10,
            "probability": 0.7,
            "months_share": 0.5,
            "spike": 0.01,
            "deprived": 3,
            "quiet": 0.6,
        },
        "dump_composite_recipe": lambda: {"recipe": w.spec},
        "exact_statements": lambda: {"tables": w.tables, "by": ["area_code"], "figures": 1e-6, "source": "x"},
        "match_areas": lambda: {
            "earlier": w.earlier,
            "later": w.later,
            "change": None,
            "by": "code",
            "sliver": 0.01,
            "least_ground": 0.9,
        },
        "members_in": lambda: {"membership": sh.rescoring.read_membership(MEMBERS), "period": "2025-04"},
        "rank_mobility": lambda: {
            "earlier": w.earlier.table["rank"],
            "later": w.later.table["rank"],
            "class_ends": [2],
            "top": [2],
            "level": 0.95,
        },
        "read_membership": lambda: {"path": MEMBERS},
        "delivery_calendar": lambda: {
            "earlier": w.earlier,
            "later": w.later,
            "revised": None,
            "by": "area",
            "settings": None,
        },
        "write_comparison": lambda: {"comparison": w.comparison, "path": scratch / f"comparison-{next(NUMBERS)}"},
        "ChurnReceipt.explain": lambda: {
            "self": sh.rescoring.churn_receipt(*w.two_periods, first=3, worlds=100, seed=1),
            "k": 3,
        },
        "ExpectedChange.explain": lambda: {
            "self": sh.rescoring.expected_change(*w.two_periods, first=3),
            "area": w.codes[0],
        },
        "Comparison.explain": lambda: {"self": w.comparison, "area": "W001"},
        "Comparison.named": lambda: {"self": w.comparison, "verdict": "rose"},
        "find_threats": lambda: {"assessment": w.assessment, "area": w.first, "minimum_share": 0.1},
        "weigh_offences": lambda: {
            "assessment": w.assessment,
            "area": w.first,
            "minimum_share": 0.03,
            "minimum_crimes": 10,
        },
        "global_g": lambda: {
            "values": w.rates[w.codes],
            **spatial,
            "weights": "plain",
            "alternative": "two-sided",
        },
        "global_geary": lambda: {
            "values": w.index,
            **spatial,
            "column": "rate",
            "weights": "row",
            "alternative": "two-sided",
        },
        "grid": lambda: {
            "areas": w.areas,
            "size": 1_000.0,
            "kind": "hex",
            "resolution": None,
            "orientation": "pointy",
            "origin": (10.0, 20.0),
            "clip": True,
            "allow_fine": False,
        },
        "segments": lambda: {
            "streets": w.streets,
            "code": "id",
            "name": "street",
            "reach_m": 60.0,
            "areas": w.areas,
            "source_crs": None,
            "allow_columns": (),
            "marking": "OFFICIAL",
        },
        "global_join_counts": lambda: {"marked": marks, **spatial, "alternative": "two-sided"},
        "hour_weekday": lambda: {
            "start": pd.Series(pd.date_range("2025-03-03 00:30", periods=90, freq="19h")),
            "end": pd.Series(pd.date_range("2025-03-03 02:30", periods=90, freq="19h")),
            "group": pd.Series(["a", "b", "b"] * 30),
            "longest_hours": 24.0,
            "timezone": "Europe/London",
            "dispersion": 1.5,
            "alpha": 0.05,
            "correction": "bh",
            "level": 0.95,
            "about": w.about,
        },
        "HourProfile.matrix": lambda: {"self": w.hours, "column": "events", "group": "b"},
        "plot_hours": lambda: {"profile": w.hours, "title": "x", **out},
        "plot_season": lambda: {"profile": w.season, "title": "x", **out},
        "seasonal_profile": lambda: {
            "counts": pd.DataFrame(
                {"a": np.arange(36) % 12 + 5, "b": 9}, index=pd.period_range("2022-01", periods=36, freq="M")
            ),
            "dispersion": 1.5,
            "alpha": 0.05,
            "correction": "bh",
            "level": 0.95,
            "about": w.about,
        },
        "local_bivariate_moran": lambda: {
            "first": w.index,
            "second": w.rates[w.codes],
            **spatial,
            "column": "rate",
            "second_column": "rate_eb",
            "alternative": "two-sided",
            "alpha": 0.3,
            "correction": "none",
        },
        "local_rate_moran": lambda: {
            "events": pd.Series(range(1, len(w.codes) + 1), index=w.codes),
            "population": pd.Series(1_000, index=w.codes),
            **spatial,
            "alternative": "two-sided",
            "alpha": 0.3,
            "correction": "none",
        },
        "local_moran_moments": lambda: {
            "values": w.index,
            "graph": w.graph,
            "column": "rate",
            "moments": "total",
            "weights": "row",
            "alternative": "two-sided",
            "alpha": 0.3,
            "correction": "none",
            "about": w.about,
        },
        "class_join_counts": lambda: {
            "classes": pd.Series([f"class {n % 3}" for n in range(len(w.codes))], index=w.codes),
            **spatial,
            "weights": "row",
            "alternative": "two-sided",
            "alpha": 0.3,
            "correction": "none",
        },
        "unevenness": lambda: {
            "group": pd.Series(range(1, len(w.codes) + 1), index=w.codes),
            "others": pd.Series(20, index=w.codes),
            "permutations": 50,
            "seed": 1,
            "threads": 1,
            "about": w.about,
        },
        "class_fit": lambda: {"values": w.rates, "k": 4, "size": None},
        "global_moran": lambda: {
            "values": w.index,
            **spatial,
            "column": "rate",
            "weights": "row",
            "alternative": "two-sided",
        },
        "drill_down": lambda: {
            "points": w.points,
            "areas": w.areas,
            "area": w.codes[:2],
            "located": w.named,
            "streets": w.segments,
            "cell_size": 500.0,
            "shares": (0.25, 0.5, 0.8),
            "minimum_events": 2,
            "allow_fine": False,
        },
        "scale_ladder": lambda: {
            "incidents": w.named,
            "weights": w.weights,
            "areas": w.areas,
            "others": {"half": w.areas.iloc[:6]},
            "covered": pd.Series(True, index=w.areas.index),
            "weighing": w.index.settings,
            "hexes": (2_500.0,),
            "shifts": 1,
            "jitters": 1,
            "jitter_m": 100.0,
            "share_hot": 0.5,
            "permutations": 99,
            "alpha": 0.3,
            "correction": "none",
            "seed": 1,
            "threads": 1,
        },
        "find_micro_places": lambda: {
            "points": w.points,
            "areas": w.areas,
            "cell_size": 500.0,
            "minimum_events": 5,
            "share": 0.5,
        },
        "handling_instructions": lambda: {"marking": "OFFICIAL"},
        "handling_rules": lambda: {"marking": "OFFICIAL-SENSITIVE", "descriptor": "", "caveats": ()},
        "harm_points": lambda: {
            "incidents": w.incidents,
            "weights": w.weights,
            "areas": w.areas,
            "crs": None,
            "unweighted": "report",
            "transform": "raw",
            "cap": 365.0,
            "offences": "all",
            "exclude": (),
        },
        "interpolate": lambda: {
            "source": gpd.GeoDataFrame(ground.assign(n=1.0, m=2.0)),
            "target": ground,
            "extensive": ["n", "m"],
            "intensive": [],
        },
        "kernel_density": lambda: {
            "points": w.points,
            "bandwidth": 1_600.0,
            "cell_size": 300.0,
            "kernel": "quartic",
            "mask": None,
            "edge_correction": "diggle",
            "bandwidth_rule": "radius",
            "adaptive": False,
            "minimum_events": 5,
            "about": w.about,
        },
        "surface_contours": lambda: {"surface": w.surface, "volumes": [25.0, 50.0], "levels": [1.0]},
        "dual_density": lambda: {
            "points": w.points,
            "base": w.populated,
            "mask": w.areas,
            "measure": "ratio",
            "bandwidth": 1_600.0,
            "cell_size": 300.0,
            "kernel": "quartic",
            "edge_correction": "diggle",
            "bandwidth_rule": "radius",
            "adaptive": False,
            "least_base": 0.05,
            "minimum_events": 5,
            "about": w.about,
        },
        "surface_peaks": lambda: {
            "points": w.points,
            "base": w.populated,
            "mask": w.areas,
            "bandwidth": 1_500.0,
            "cell_size": 300.0,
            "replications": 19,
            "alpha": 0.05,
            "beyond": "map",
            "together": "place",
            "least_effective": 1.0,
            "minimum_events": 5,
            "seed": 1,
            "about": w.about,
        },
        "known_gaps": lambda: {"force": None, "period": None},
        "lint_indicators": lambda: {"recipe": w.spec, "values": w.town, "denominators": None},
        "lint_map": lambda: {"description": sh.maps.describe_choropleth(w.index), "earlier": None, "settings": None},
        "list_releases": lambda: {"store": w.store},
        "load_composite_recipe": lambda: {"name": "vli"},
        "load_sample": lambda: {"folder": None},
        "load_weights": lambda: {"name": "ons-css"},
        "local_geary": lambda: {"values": w.index, **spatial, "column": "rate", "alpha": 0.05, "correction": "bh"},
        "local_gi_star": lambda: {
            "values": w.index,
            **spatial,
            "column": "rate",
            "alternative": "two-sided",
            "alpha": 0.05,
            "correction": "bh",
            "null": "permutation",
            "include_self": True,
        },
        "local_join_counts": lambda: {"marked": marks, **spatial, "alpha": 0.05, "correction": "bh"},
        "local_moran": lambda: {
            "values": w.index,
            **spatial,
            "column": "rate",
            "alternative": "two-sided",
            "alpha": 0.05,
            "correction": "bh",
            "null": "permutation",
        },
        "local_spread": lambda: {
            "values": w.index,
            "graph": w.graph,
            "column": "rate",
            "alpha": 0.05,
            "correction": "bh",
            "about": w.about,
        },
        "cluster_space_time": lambda: {
            "events": w.dated,
            "distance": 1_000.0,
            "within_days": 20.0,
            "min_events": 2,
            "minimum_events": 2,
            "weight": "weight",
            "x": "x",
            "y": "y",
            "date": "date",
            "crs": "EPSG:27700",
            "about": w.about,
        },
        "nearest_neighbour_clusters": lambda: {
            "points": w.points,
            "threshold_m": 300.0,
            "nearest_p": 0.1,
            "least_points": 5,
            "least_clusters": 2,
            "orders": 2,
            "area_km2": 48.0,
            "crs": None,
            "about": w.about,
        },
        "knox": lambda: {
            "events": w.dated,
            "distances": [0.0, 500.0, 1_500.0],
            "days": [0.0, 7.0, 14.0],
            "metric": "euclidean",
            "closed": "left",
            "permutations": 9,
            "weight": "weight",
            "pair_weight": "mean",
            "alpha": 0.05,
            "correction": "bh",
            "minimum_ratio": 1.2,
            "x": "x",
            "y": "y",
            "date": "date",
            "seed": 1,
            "crs": "EPSG:27700",
            "about": w.about,
        },
        "jacquez": lambda: {"events": w.dated, "neighbours": 2, "permutations": 9, "seed": 1, "about": w.about},
        "mantel": lambda: {
            "events": w.dated,
            "distance_constant": 1.0,
            "distance_power": -1.0,
            "time_constant": 1.0,
            "time_power": -1.0,
            "permutations": 9,
            "seed": 1,
        },
        "modified_knox": lambda: {
            "events": w.dated,
            "distance": 500.0,
            "within_days": 7.0,
            "permutations": 9,
            "seed": 1,
        },
        "near_repeat_chains": lambda: {
            "events": w.dated,
            "distance": 1_000.0,
            "within_days": 7.0,
            "metric": "euclidean",
            "least_events": 2,
            "weight": "weight",
            "x": "x",
            "y": "y",
            "date": "date",
            "crs": "EPSG:27700",
            "about": w.about,
        },
        "NearRepeats.matrix": lambda: {"self": w.near_repeats, "column": "pairs"},
        "location_shares": lambda: {"points": w.points, "areas": w.areas, "radius_m": 500.0},
        "lower_marking": lambda: {
            "about": sh.About(marking="OFFICIAL-SENSITIVE"),
            "to": "OFFICIAL",
            "role": "analyst",
            "reason": "all of the input is public by now",
            "on": DAY,
        },
        "lower_snapshot": lambda: {
            "snapshot": _copied(w.marked.path),
            "to": "OFFICIAL",
            "role": "analyst",
            "reason": "all of the input is public by now",
            "on": DAY,
        },
        "method_statement": lambda: {"manifest": w.assessment.manifest, "about": w.about, "tables": w.tables},
        "neighbours": lambda: {"areas": ground, "rule": "knn", "k": 3, "distance": None, "islands": "none"},
        "no_denominator": lambda: {"areas": w.areas},
        "export_powerbi": lambda: {
            "assessment": w.assessment,
            "folder": scratch / f"star-{next(NUMBERS)}",
            "comparison": None,
        },
        "open_assessment": lambda: {"path": w.assessment.path},
        "open_store": lambda: {"path": w.assessment.path.parent},
        "overlay_indicators": lambda: {
            "index": w.index,
            "indicators": w.partners,
            "areas": w.areas,
            "column": "rate",
            "worst": 0.1,
        },
        "overlay_deprivation": lambda: {
            "index": w.index,
            "deprivation": w.deprivation,
            "version": "without_crime",
            "column": "rate",
            "classes": 3,
            "missing": "error",
            "centres_in_fit": False,
            "resamples": 20,
            "seed": 1,
        },
        "perturb_counts": lambda: {
            "counts": w.small,
            "secret": SECRET,
            "keys": ["area_code", "offence", "period"],
            "settings": None,
        },
        "plan_options": lambda: {"threats": None, "p": None},
        "plot_bivariate": lambda: {
            "areas": w.areas,
            "overlay": w.overlay,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_balance": lambda: {"donors": _donors(w), "title": "x", **out},
        "plot_donor_weights": lambda: {
            "weights": sh.evaluation.synthetic_control(**evaluated, allow_poor_fit=True, placebos=0),
            "areas": w.areas,
            "n": 3,
            "title": "x",
            **out,
        },
        "plot_event_study": lambda: {
            "study": sh.evaluation.event_study(_town_by_month(), treated=["A0"], start="2024-07", bin_width=1),
            "title": "x",
            **out,
        },
        "plot_detectable_change": lambda: {
            "record": sh.evaluation.minimum_detectable_change(w.outcomes, site=w.codes[:1], n=200, seed=1),
            "title": "x",
            **out,
        },
        "plot_placebo_fan": lambda: {
            "test": sh.evaluation.placebo_test(
                w.outcomes,
                sh.evaluation.placebo_sites(w.graph, site=w.codes[:1], buffer=0, n=3, seed=1),
                start="2025-10",
            ),
            "title": "x",
            **out,
        },
        "plot_site": lambda: {
            "areas": w.areas,
            "site": w.codes[:1],
            "rings": None,
            "donors": _donors(w),
            "placebos": sh.evaluation.placebo_sites(w.graph, site=w.codes[:1], buffer=0, n=3, seed=1),
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_accuracy": lambda: {
            "comparison": _compared_hotspots(w),
            "amount": "harm",
            "denominator": None,
            "rankers": None,
            "title": "x",
            **out,
        },
        "plot_choropleth": lambda: {
            "areas": w.areas,
            "record": w.index,
            "column": "rate",
            "scheme": "quantiles",
            "k": 3,
            "labels": 2,
            "palette": "harm",
            "title": "x",
            "about": None,
            "basemap": None,
            **out,
        },
        "explore": lambda: {
            "areas": w.areas,
            "record": w.index,
            "column": "rate",
            "scheme": "quantiles",
            "k": 3,
            "palette": "harm",
            "title": "x",
            "about": None,
        },
        "InteractiveMap.save": lambda: {
            "self": sh.dashboard.explore(w.areas, w.index, column="rate"),
            "path": scratch / "map.html",
        },
        "plot_calendar": lambda: {"calendar": w.calendar, "n": 5, "title": "x", **out},
        "plot_change_map": lambda: {
            "areas": w.compared_ground,
            "comparison": w.comparison,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_chained_parts": lambda: {"several": w.several, "title": "x", **out},
        "plot_change_parts": lambda: {"comparison": w.comparison, "area": "W001", "title": "x", **out},
        "plot_churn": lambda: {"churn": w.comparison, "most": 4, "title": "x", **out},
        "plot_rank_changes": lambda: {"ranks": w.comparison, "k": 2, "title": "x", "about": None, **out},
        "plot_clusters": lambda: {
            "areas": w.areas,
            "clusters": w.clusters,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_drill_down": lambda: {
            "areas": w.areas,
            "found": w.drill,
            "area": w.codes[0],
            "streets": w.segments,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_contributions": lambda: {"composite": w.composite, "n": 3, "by": "domain", "title": "x", **out},
        "plot_heat": lambda: {
            "areas": w.areas,
            "surface": w.surface,
            "hide_few": True,
            "scale": "root",
            "palette": "harm",
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_heat_contours": lambda: {
            "areas": w.areas,
            "surface": w.surface,
            "volumes": (50.0, 80.0),
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_dual_heat": lambda: {"areas": w.areas, "dual": w.dual, "title": "x", "basemap": None, **out},
        "plot_surface_peaks": lambda: {
            "areas": w.areas,
            "surface": w.surface,
            "peaks": w.peaks,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_emerging": lambda: {
            "areas": w.areas,
            "emerging": w.emerging,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_cube": lambda: {"areas": w.areas, "emerging": w.emerging, "panels": 2, "title": "x", **out},
        "plot_significant_change": lambda: {
            "areas": w.areas,
            "changes": w.changes,
            "labels": 2,
            "title": "x",
            "notes": ("y",),
            "basemap": None,
            **out,
        },
        "plot_hotspots": lambda: {"areas": w.areas, "local": w.gi, "labels": 2, "title": "x", "basemap": None, **out},
        "plot_intervals": lambda: {"ranking": w.ranking, "n": 5, "sets": w.sets, "title": "x", **out},
        "plot_knox": lambda: {"near_repeats": w.near_repeats, "title": "x", **out},
        "plot_nearest_clusters": lambda: {
            "areas": w.areas,
            "clusters": w.nearest,
            "deviations": 1.0,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_indicator_overlay": lambda: {"overlay": w.beside, "measures": ["harm"], "title": "x", **out},
        "plot_lorenz": lambda: {"concentration": w.concentration, "title": "x", **out},
        "save_figure": lambda: {
            "ax": sh.plot_intervals(w.ranking, ax=new_axes()),
            "path": w.folder / "picture.png",
            "dpi": 30,
        },
        "plot_residual": lambda: {
            "areas": w.areas,
            "overlay": w.overlay,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_scale_ladder": lambda: {"ladder": w.ladder, "n": 3, "title": "x", **out},
        "plot_scan_clusters": lambda: {
            "areas": w.areas,
            "scan": w.scan_of_areas,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_sensitivity": lambda: {"uncertainty": w.uncertainty, "area": None, "title": "x", **out},
        "plot_top_k": lambda: {
            "areas": w.areas,
            "classes": w.top_classes,
            "labels": 2,
            "title": "x",
            "basemap": None,
            **out,
        },
        "plot_trend": lambda: {"index": w.index, "areas": [w.first], "column": "rate", "title": "x", **out},
        "plot_validation": lambda: {
            "validation": _validation(w),
            "metric": "share_harm",
            "denominator": None,
            "title": "x",
            **out,
        },
        "scan_clusters": lambda: {
            "locations": w.scanned,
            "cases": None,
            "model": "poisson",
            "by": "events",
            "direction": "high",
            "shape": "circle",
            "elongations": (2.0,),
            "compactness": "medium",
            "max_population": 0.4,
            "max_radius": None,
            "max_locations": None,
            "min_cases": 2,
            "distance": None,
            "ties": "together",
            "overdispersion": 0.1,
            "alpha": 0.05,
            "replications": 19,
            "stop_after": None,
            "missing": "error",
            "seed": 1,
            "threads": 1,
            "about": w.about,
        },
        "scan_space_time": lambda: {
            "locations": w.scanned[["x", "y"]],
            "cases": w.case_dates,
            "model": "permutation",
            "analysis": "prospective",
            "by": "events",
            "direction": "high",
            "shape": "circle",
            "elongations": (2.0,),
            "compactness": "medium",
            "period": ("2025-04", "2025-07"),
            "unit": None,
            "every": 1,
            "min_periods": 1,
            "max_periods": 2,
            "adjust": "none",
            "max_population": 0.4,
            "max_radius": None,
            "max_locations": None,
            "min_cases": 2,
            "distance": None,
            "ties": "together",
            "alpha": 0.05,
            "replications": 19,
            "stop_after": None,
            "missing": "error",
            "seed": 1,
            "threads": 1,
            "about": w.about,
        },
        "ScanClusters.outlines": lambda: {"self": w.scan, "areas": None},
        "probability_phrase": lambda: {"probability": 0.5},
        "protect_tables": lambda: {"tables": w.tables, "about": w.about, "secret": None, "settings": w.disclosure},
        "publish_snapshot": lambda: {
            "snapshot": w.assessment.path,
            "role": "analyst",
            "created": NOW,
            "lower_to": None,
            "reason": "",
        },
        "published_form": lambda: {"assessment": w.assessment},
        "rank_areas": lambda: {
            "index": w.index,
            "estimand": "underlying",
            **tops,
            "top": [3],
            "pairs": (),
            "exact": 1.0,
        },
        "rank_confidence_sets": lambda: {
            "source": w.index,
            "measure": "rate",
            "method": None,
            "level": 0.9,
            "sets": "simultaneous",
            "side": "two-sided",
            "stepdown": True,
            "top": 3,
            **tops,
            "covariance": None,
            "dispersion": None,
            "about": None,
        },
        "rank_phrase": lambda: {
            "ranks": pd.Series([1, 2], index=["A", "B"]),
            "area": "A",
            "where": "here",
            "of": "most deprived",
            "within": (),
        },
        "rank_uncertainty": lambda: {
            "counts": w.counts,
            "weights": w.weights,
            "population": None,
            "transform": ("raw",),
            "tau": (1.0,),
            "window": None,
            "exclude": None,
            "shrinkage": (True,),
            "offences": "all",
            "location": None,
            "probabilities": None,
            "pairs": (),
            "top": 3,
            "base": 16,
            "seed": 1,
            "threads": 1,
        },
        "rank_without_events": lambda: {"index": w.events, "events": 2, "places": None},
        "rate_moran": lambda: {
            "events": w.index,
            "population": None,
            **spatial,
            "transform": "eb",
            "weights": "row",
            "alternative": "two-sided",
        },
        "read_boundaries": lambda: {
            "path": w.folder / "wards.gpkg",
            "code": "ward_code",
            "name": "ward_name",
            "parent": "district",
            "force": None,
            "year": 2025,
            "crs": "EPSG:27700",
            "layer": None,
            "overlap_tolerance": 0.01,
            "marking": "OFFICIAL",
            "source": "x",
        },
        "read_deprivation": lambda: {
            "path": w.folder / "deprivation.csv",
            "year": 2025,
            "marking": "OFFICIAL",
            "source": "x",
        },
        "read_incidents": lambda: {
            "source": w.folder / "police-uk",
            "period": None,
            "columns": None,
            "date_basis": "recorded",
            "marking": "OFFICIAL",
            "source_name": None,
            "crs": None,
            "encoding": None,
            "allow_columns": (),
        },
        "read_indicators": lambda: {
            "path": w.folder / "values.csv",
            "dictionary": {"harm": MEASURE},
            "code": "area_code",
            "measure": "measure",
            "value": "value",
            "period": None,
            "areas": None,
            "where": None,
            "missing": (),
            "thousands": None,
            "ignore": (),
            "allow_columns": (),
            "repair_quoted_rows": False,
        },
        "read_official": lambda: {
            "path": w.official,
            "source": "fuel-poverty",
            "edition": "2020",
            "areas": None,
            "where": None,
            "complete": False,
        },
        "read_lookup": lambda: {
            "path": w.lookup_table,
            "source": "old",
            "target": "new",
            "shares": None,
            "change": None,
            "year": 2025,
            "marking": "OFFICIAL",
            "source_name": "x",
        },
        "read_offence_counts": lambda: {"path": w.folder / "counts.csv", "columns": None, "year": None, "sheet": None},
        "read_plan": lambda: {
            "path": w.folder / "plan.csv",
            "area": None,
            "marking": None,
            "agencies": (),
            "day_first": None,
            "sheet": 0,
        },
        "read_population": lambda: {
            "path": w.folder / "population.csv",
            **people,
            "unit": None,
            "missing": (),
            "thousands": None,
            "year": 2025,
            "marking": "OFFICIAL",
            "source": "x",
        },
        "read_profile_text": lambda: {"path": w.folder / "text.toml"},
        "read_release": lambda: {"store": w.store, "name": w.release.id},
        "read_weights": lambda: {
            "path": w.folder / "weights.csv",
            "columns": None,
            "name": "x",
            "year": 2025,
            "unit": "days",
            "sheet": None,
            "marking": "OFFICIAL",
        },
        "rebuild_imd": lambda: {"domains": w.imd, "without": (), "weights": None, "areas_of_nation": None},
        "register_release": lambda: {
            "store": w.store,
            "snapshot": w.assessment.path.name,
            "files": w.folder / "out",
            "created": NOW,
            "marking": "OFFICIAL",
            "role": "analyst",
            "settings": None,
            "fingerprint": "",
            "changes": (),
        },
        "released_statements": lambda: {"tables": w.tables, "settings": w.disclosure, "source": "x"},
        "remove_one_element": lambda: {"composite": w.composite, "top": 3},
        "require_marking": lambda: {"marking": "OFFICIAL"},
        "roll_up": lambda: {"values": w.town, "lookup": w.lookup, "how": "sum", "population": None},
        "round_small_counts": lambda: {
            "counts": w.small,
            "by": ["area_code", "offence"],
            "hierarchy": None,
            "multiple": 5,
            "about": w.about,
        },
        "rescore": lambda: {
            "recipe": w.recipe,
            "as_of": dt.date(2025, 6, 30),
            "against": "previous",
            "lag": 0,
            "months": 1,
            "revisions": False,
            "allow": [],
            "progress": None,
        },
        "run_assessment": lambda: {"recipe": w.recipe, "unless_held": False, "workers": 1, "progress": None},
        "run_many": lambda: {
            "recipes": [w.folder / "absent.toml"],  # it fails, and is told in the record
            "client": None,
            "workers": 1,
            "retries": 0,
            "progress": None,
        },
        "secret_fingerprint": lambda: {"secret": SECRET},
        "seed_plan": lambda: {
            "assessment": w.assessment,
            "area": w.first,
            "start": DAY,
            "threats": None,
            "owner": "",
            "due": None,
            "review": None,
            "phases": None,
            "options": None,
            "agencies": (),
            "about": None,
        },
        "seed_profile": lambda: {
            "area": w.first,
            "assessment": w.assessment,
            "comparison": None,
            "name": None,
            "on": DAY,
            "text": None,
            "plan": None,
            "areas": w.areas,
            "about": None,
            "providers": None,
            "standing": None,
            "questions": None,
            "internal": False,
        },
        "seed_profiles": lambda: {
            "assessment": w.assessment,
            "comparison": None,
            "top": 1,
            "districts": False,
            "progress": None,
            "texts": None,
            "on": DAY,
        },
        "severity_index": lambda: {
            "counts": w.counts,
            "weights": w.weights,
            "population": w.population,
            "per": 1,
            "unweighted": "report",
            "relative_to": None,
            "transform": "raw",
            "cap": 365.0,
            "offences": "all",
            "exclude": (),
            "missing": "leave out",
        },
        "sign_store": lambda: {"store": _copied(w.assessment.path).parent},
        "standardised_rates": lambda: {
            "events": pd.DataFrame({"under 35": [30, 4], "over 35": [20, 5]}, index=["A", "B"]),
            "people": pd.DataFrame({"under 35": [3_000, 900], "over 35": [5_000, 800]}, index=["A", "B"]),
            "standard": pd.Series({"under 35": 4_000, "over 35": 6_000}),
            "per": 1_000,
            "limits": "byar",
            "level": 0.9,
        },
        "smallest_fall": lambda: {
            "rate": 30.0,
            "months": 12,
            "later_months": 12,
            "dispersion": 1.5,
            "level": 0.05,
            "power": 0.8,
        },
        "smooth_rates": lambda: {"events": w.index, "population": None, "graph": w.graph, "about": w.about},
        "start_profile_text": lambda: {"path": scratch / "text.toml", "area": "A", "name": "First"},
        "store_secret": lambda: {"store": w.store},
        "strengths_and_weaknesses": lambda: {"composite": w.composite, "area": w.codes[0], "n": 1},
        "suppress_small_counts": lambda: {
            "counts": w.small,
            "by": ["area_code", "offence"],
            "hierarchy": None,
            "small": 4,
            "zeros": True,
            "about": w.about,
        },
        "transparency_record": lambda: {"manifest": w.assessment.manifest, "about": w.about, "answers": None},
        "difference_in_differences": lambda: {
            "outcomes": _town_by_month(),
            "treated": ["A0"],
            "start": "2024-07",
            "exposure": None,
            "permutations": 99,
            "level": 0.9,
            "seed": 1,
            "about": w.about,
        },
        "phase_effects": lambda: {
            "outcomes": _town_by_month(),
            "treated": ["A0"],
            "phases": {"Clear": "2024-07", "Hold": "2024-10"},
            "output": _town_by_month(),
            "exposure": None,
            "transition": 1,
            "rises_in": ["Clear"],
            "permutations": 99,
            "level": 0.9,
            "seed": 1,
            "about": w.about,
        },
        "sources": lambda: {"reader": None},
        "staggered_effects": lambda: {
            "outcomes": _town_by_month(),
            "starts": {"A0": "2024-07", "A1": "2024-09"},
            "control": "never treated",
            "permutations": 99,
            "level": 0.9,
            "seed": 1,
            "about": w.about,
        },
        "dose_effect": lambda: {
            "outcomes": _town_by_month(),
            "dose": _town_by_month().where(lambda town: town < 16, 0.0),
            "exposure": None,
            "dose_unit": "hour",
            "per": 2.0,
            "permutations": 99,
            "level": 0.9,
            "seed": 1,
            "about": w.about,
        },
        "crossover_effect": lambda: {
            "days": _place_days(),
            "place": "place",
            "day": "day",
            "assigned": "assigned",
            "count": "count",
            "block": None,
            "dose": "minutes",
            "per": 5.0,
            "permutations": 99,
            "level": 0.9,
            "seed": 1,
            "about": w.about,
        },
        "difference_of_rows": lambda: {
            "rows": pd.DataFrame({"y": [1.0, 2, 3, 4, 5, 9, 7, 4], "t": [0] * 4 + [1] * 4, "a": [0, 0, 1, 1] * 2}),
            "outcome": "y",
            "treated": "t",
            "after": "a",
            "covariates": [],
            "family": "poisson",
            "errors": "classical",
            "cluster": None,
            "level": 0.9,
            "about": w.about,
        },
        "event_study": lambda: {
            "outcomes": _town_by_month(),
            "treated": ["A0"],
            "start": "2024-07",
            "exposure": None,
            "bin_width": 2,
            "trend": 0.02,
            "m_bar": [0.0, 1.0],
            "errors": "comparison areas",
            "level": 0.9,
            "about": w.about,
        },
        "interrupted_time_series": lambda: {
            "counts": _town_by_month().iloc[0],
            "start": "2024-07",
            "exposure": None,
            "comparison": _town_by_month().iloc[1],
            "comparison_exposure": None,
            "harmonics": 0,
            "slope_change": False,
            "transition": 0,
            "errors": "newey-west",
            "lags": 2,
            "level": 0.9,
            "about": w.about,
        },
        "panel": lambda: {"source": w.index, "outcome": "harm", "offences": ["acquisitive"]},
        "Panel.wide": lambda: {"self": sh.evaluation.panel(w.index), "outcome": "count"},
        "weighted_displacement_difference": lambda: {
            "treated": [120, 100],
            "control": [130, 150],
            "displacement_treated": [40, 25],
            "displacement_control": [30, 25],
            "weights": None,
            "monthly": None,
            "time_weights": (2.0, 1.0),
            "area_weights": (1.0, 2.0, 1.0, 1.0),
            "dispersion": 1.5,
            "level": 0.9,
            "about": w.about,
        },
        "weighted_displacement_quotient": lambda: {
            "treated": [120, 60],
            "control": [130, 150],
            "displacement": [40, 25],
            "monthly": None,
            "dispersion": 1.5,
            "level": 0.9,
            "about": w.about,
        },
        "pool_displacement_differences": lambda: {
            "sites": {"A": sh.evaluation.weighted_displacement_difference([120, 100], [130, 150])},
            "effect": "local",
            "level": 0.9,
        },
        "validate_ranking": lambda: {
            "history": w.index,
            "k": [3],
            "window": 1,
            "horizon": 1,
            "step": 1,
            "sizes": None,
            "deprivation": None,
            "blocks": None,
            "resamples": 20,
            "rank_draws": 20,
            "seed": 1,
            "threads": 1,
        },
        "verify_assessment": lambda: {"path": w.assessment.path},
        "verify_release": lambda: {"release": w.release},
        "write_dashboard": lambda: {
            "path": scratch / "board.html",
            "tables": w.tables,
            "areas": w.areas,
            "about": w.about,
            "statement": (),
            "plan": None,
            "drafts": None,
            "layer": "rate",
            "title": "x",
            "open_input": False,
            "published": True,
            "history": sh.dashboard.PageHistory(
                name="own", earlier=[sh.dashboard.PastAssessment(name="before", tables=w.tables, about=w.about)]
            ),
        },
        "Areas.of": lambda: {"frame": ground, "about": w.about, "notes": None},
        "Assessment.top": lambda: {"self": w.assessment, "n": 3},
        "Store.history": lambda: {"self": sh.rescoring.open_store(w.assessment.path.parent), "area": w.first},
        "Store.prune": lambda: {
            "self": sh.rescoring.open_store(w.assessment.path.parent),
            "snapshots": [],
            "keep": 1,
            "delete": False,
        },
        "Store.annotate": lambda: {
            "self": sh.rescoring.open_store(tempfile.mkdtemp(dir=w.assessment.path.parent.parent)),
            "kind": "note",
            "text": "Patrols",
            "role": "local policing lead",
            "start": dt.date(2025, 4, 1),
            "end": None,
            "areas": [],
            "on": dt.date(2026, 1, 1),
        },
        "Annotation.touches": lambda: {
            "self": w.note,
            "start": dt.date(2025, 4, 1),
            "end": dt.date(2025, 6, 30),
        },
        "AssessmentTables.stored": lambda: {"self": w.tables, "name": "ranking"},
        "AssessmentTables.setting": lambda: {"self": w.tables, "name": "index", "key": "per", "usual": 1.0},
        "AssessmentTables.with_tables": lambda: {"self": w.tables, "index": w.tables["index"]},
        "CompositeIndex.top": lambda: {"self": w.composite, "n": 3},
        "CompositeRecipe.force": lambda: {"self": w.spec, "reasons": {}},
        "CompositeRecipe.without": lambda: {"self": w.spec, "*names": "trust"},
        "Counts.between": lambda: {"self": w.counts, "first": "2025-04", "last": "2025-05"},
        "Deprivation.scores": lambda: {"self": w.imd, "version": "published"},
        "Deprivation.ranks": lambda: {"self": w.imd, "version": "published"},
        "Deprivation.deciles": lambda: {"self": w.imd, "version": "published"},
        "Counts.accounting_by": lambda: {"self": w.counts, "key": "offence"},
        "Indicators.values_of": lambda: {"self": w.measures, "measure": "harm", "period": None},
        "Elicitation.shares": lambda: {
            "self": sh.composite.Elicitation(points={"a": {"x": 60.0, "y": 40.0}}),
            "names": ("x", "y"),
        },
        "Plan.overdue": lambda: {"self": w.plan, "on": DAY},
        "Plan.to_review": lambda: {"self": w.plan, "on": DAY},
        "Plan.measures": lambda: {"self": w.plan, "later": None},
        "Plan.progress": lambda: {"self": w.plan, "later": w.assessment},
        "Plan.with_actions": lambda: {"self": w.plan, "table": w.plan.table},
        "Plan.with_state": lambda: {"self": w.plan, "state": "reviewed", "role": "head of community safety", "on": DAY},
        "Plan.save": lambda: {"self": w.plan, "path": scratch / "plan.xlsx"},
        "change_report": lambda: {"comparison": w.comparison, "name": "Testshire", "on": DAY},
        "ChangeReport.save": lambda: {
            "self": sh.reports.change_report(w.comparison),
            "path": scratch / "change.md",
            "template": None,
            "reference": None,
        },
        "Profile.section": lambda: {"self": w.profile, "key": "harm"},
        "Profile.save": lambda: {
            "self": w.profile,
            "path": scratch / "profile.md",
            "template": None,
            "reference": None,
        },
        "ProfileFacts.from_assessment": lambda: {
            "assessment": w.assessment,
            "about": None,
            "providers": None,
            "words": 10,
        },
        "RankUncertainty.top": lambda: {"self": w.uncertainty, "n": 3},
        "Ranking.draws": lambda: {"self": w.ranking, "coupled": False, "threads": 1},
        "Ranking.explain": lambda: {"self": w.ranking, "area": w.codes[0]},
        "Ranking.top": lambda: {"self": w.ranking, "n": 3},
        "RateModel.draw_next": lambda: {
            "self": w.index.model,
            "draws": 5,
            "seed": 1,
            "start": 0,
            "exact": 1.0,
            "coupled": False,
            "threads": 1,
        },
        "RateModel.draw_rates": lambda: {
            "self": w.index.model,
            "draws": 5,
            "seed": 1,
            "start": 0,
            "exact": 1.0,
            "mix_times": 1.0,
            "mix_shared": 0.0,
            "coupled": False,
            "threads": 1,
        },
        "Sample.write": lambda: {"self": sh.load_sample(), "folder": scratch / "sample"},
        "TransparencyRecord.save": lambda: {
            "self": sh.publish.transparency_record(w.assessment.manifest, about=w.about),
            "path": scratch / "record.csv",
        },
        "WeightScheme.crosswalk": lambda: {
            "self": sh.load_weights("ons-css"),
            "target": "police.uk",
            "counts_from": "home-office-2019-20",
            "force": None,
            "allow_stale": True,
            "tau": None,
        },
    }


def _donors(w: SimpleNamespace) -> sh.evaluation.Donors:
    wealth = pd.DataFrame({"wealth": np.arange(float(len(w.codes)))}, index=w.codes)
    return sh.evaluation.find_donors(
        w.outcomes, site=w.codes[:1], areas=w.graph, start="2025-10", covariates=wealth, buffer=0, caliper=9.0
    )


def _place_days() -> pd.DataFrame:
    rows = [(place, day, (day + place) % 2, 4 - (day + place) % 2, 5.0 * ((day + place) % 2))
            for place in range(3) for day in range(6)]  # fmt: skip
    return pd.DataFrame(rows, columns=["place", "day", "assigned", "count", "minutes"])


def _town_by_month() -> pd.DataFrame:
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    counts = [
        [20 + (area * 7 + month * 5) % 4 - 8 * (area == 0 and month >= 6) for month in range(12)] for area in range(14)
    ]
    return pd.DataFrame(counts, index=[f"A{area}" for area in range(14)], columns=months, dtype=float)


def _compared_hotspots(w: SimpleNamespace) -> sh.evaluation.HotspotComparison:
    if not hasattr(w, "compared_hotspots"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            choices = {"window": 1, "resamples": 20, "rank_draws": 20, "seed": 1}
            w.compared_hotspots = sh.evaluation.compare_hotspots(w.index, w.areas, k=[3], **choices)
    return w.compared_hotspots


def _validation(w: SimpleNamespace) -> sh.evaluation.RankingValidation:
    if not hasattr(w, "validation"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            w.validation = sh.evaluation.validate_ranking(w.index, k=[3], window=1, resamples=20, rank_draws=20, seed=1)
    return w.validation


def hostile_values(w: SimpleNamespace) -> dict[str, Callable[[], Any]]:
    """Values that stand in for an argument, each made anew."""
    missing = w.folder / "nothing-here.csv"
    codes = pd.Index(w.codes, name="area_code")
    repeated = w.town.set_axis([w.codes[0]] * len(w.codes))
    return {
        "None": lambda: None,
        "True": lambda: True,
        "False": lambda: False,
        "-1": lambda: -1,
        "0": lambda: 0,
        "1": lambda: 1,
        "2": lambda: 2,
        "1.5": lambda: 1.5,
        "-0.5": lambda: -0.5,
        "nan": lambda: float("nan"),
        "inf": lambda: float("inf"),
        "-inf": lambda: float("-inf"),
        "1e300": lambda: 1e300,
        "1e-300": lambda: 1e-300,
        "10**9": lambda: 10**9,
        "2**63": lambda: 2**63,
        "10**30": lambda: 10**30,
        "10**400": lambda: 10**400,
        "empty text": lambda: "",
        "x": lambda: "x",
        "blank": lambda: " ",
        "bytes": lambda: b"x",
        "no": lambda: "no",
        "number text": lambda: "1",
        "nul": lambda: "a\0b",
        "control": lambda: "\x1b[31m\x07",
        "turned": lambda: "\u202eabc",
        "mathematics": lambda: "$x$ \\frac{",
        "huge text": lambda: "x" * 200_000,
        "half": lambda: "\ud800",
        "emoji": lambda: "\U0001f600",
        "formula": lambda: "=1+1",
        "line breaks": lambda: "a\r\nb",
        "percent": lambda: "10%",
        "slashes": lambda: "../../etc",
        "month": lambda: "2025-04",
        "code": lambda: w.codes[0],
        "list": list,
        "dict": dict,
        "set": set,
        "tuple": tuple,
        "object": object,
        "type": lambda: int,
        "function": lambda: print,
        "lambda": lambda: lambda *a, **k: None,
        "generator": lambda: (n for n in (1, "a")),
        "list of None": lambda: [None],
        "mixed": lambda: [1, "a", None, 1.5],
        "nested": lambda: [[1], [2]],
        "list of text": lambda: ["x", "y"],
        "list of codes": lambda: list(w.codes[:2]),
        "list of minus": lambda: [-1],
        "pairs": lambda: [("a", "b")],
        "pair": lambda: ("2025-04", "2025-05"),
        "pair turned": lambda: ("2025-06", "2025-04"),
        "triple": lambda: (1, 2, 3),
        "mapping": lambda: {"x": 1},
        "mapping of text": lambda: {"x": "y"},
        "mapping of None": lambda: {None: None},
        "mapping of lists": lambda: {"x": [1]},
        "numpy int": lambda: np.int64(3),
        "numpy float": lambda: np.float32(0.5),
        "numpy bool": lambda: np.True_,
        "numpy text": lambda: np.str_("x"),
        "0-d": lambda: np.array(1),
        "array": lambda: np.array([1.0, np.nan]),
        "array of objects": lambda: np.array([object(), None]),
        "matrix": lambda: np.zeros((2, 2)),
        "empty array": lambda: np.array([]),
        "NA": lambda: pd.NA,
        "NaT": lambda: pd.NaT,
        "Period": lambda: pd.Period("2025-04"),
        "Timestamp": lambda: pd.Timestamp("2025-04-01"),
        "date": lambda: dt.date(2025, 4, 1),
        "first date": lambda: dt.date.min,
        "last date": lambda: dt.date.max,
        "datetime": lambda: dt.datetime(2025, 4, 1),
        "complex": lambda: 1j,
        "missing path": lambda: missing,
        "folder": lambda: w.folder / "out",
        "empty path": lambda: Path(),
        "text file": lambda: w.folder / "out" / "a.txt",
        "empty frame": pd.DataFrame,
        "frame": lambda: pd.DataFrame({"a": [1, 2]}),
        "frame of text": lambda: pd.DataFrame({"area_code": ["A"], "n": ["many"]}),
        "frame by area": lambda: w.town.copy(),
        "frame with gaps": lambda: w.town.mask(w.town > 20),
        "all gaps": lambda: w.town * np.nan,
        "infinite frame": lambda: w.town.assign(harm=np.inf),
        "repeated": lambda: repeated.copy(),
        "unsorted": lambda: w.town.iloc[::-1],
        "no rows": lambda: w.town.iloc[:0],
        "one row": lambda: w.town.iloc[:1],
        "objects": lambda: w.town.astype(object),
        "words": lambda: w.town.astype(str),
        "two levels": lambda: pd.concat({"a": w.town}),
        "wide columns": lambda: pd.concat({"a": w.town}, axis=1),
        "twice the column": lambda: pd.concat([w.town, w.town], axis=1),
        "columns of numbers": lambda: w.town.set_axis([0, 1], axis=1),
        "empty series": lambda: pd.Series(dtype=float),
        "series": lambda: pd.Series([1.0, 2.0]),
        "series by area": lambda: pd.Series(1.0, index=codes),
        "series of text": lambda: pd.Series("x", index=codes),
        "series with gaps": lambda: pd.Series(np.nan, index=codes),
        "series of bool": lambda: pd.Series(True, index=codes),
        "series unsorted": lambda: pd.Series(range(len(codes)), index=codes[::-1]),
        "series minus": lambda: pd.Series(-1.0, index=codes),
        "series of NA": lambda: pd.Series(pd.NA, index=codes, dtype="Int64"),
        "index": lambda: codes,
        "areas": lambda: w.areas,
        "no areas": lambda: w.areas.iloc[:0],
        "one area": lambda: w.areas.iloc[:1],
        "areas in degrees": lambda: gpd.GeoDataFrame(w.areas).to_crs(4326),
        "areas without crs": lambda: gpd.GeoDataFrame(w.areas).set_crs(None, allow_override=True),
        "areas without shapes": lambda: gpd.GeoDataFrame(w.areas.drop(columns="geometry")),
        "points": lambda: gpd.GeoDataFrame(w.areas).set_geometry(w.areas.centroid),
        "empty geo": gpd.GeoDataFrame,
        "counts": lambda: w.counts,
        "index record": lambda: w.index,
        "ranking record": lambda: w.ranking,
        "population record": lambda: w.population,
        "weights record": lambda: w.weights,
        "assessment": lambda: w.assessment,
        "tables": lambda: w.tables,
        "about": lambda: w.about,
        "axes": new_axes,
        "class": lambda: sh.severity.SeverityIndex,
        "graph": lambda: w.graph,
    }


def call(name: str, arguments: dict[str, Any]) -> object:
    """Call a public function or method by its dotted name; iterators are run to their end."""
    owner, _, method = name.partition(".")
    function = public_object(owner)
    given = dict(arguments)
    if method:
        function = getattr(given.pop("self", function), method)
    stars = [given.pop(key) for key in list(given) if key.startswith("*")]
    made = function(*stars, **given)
    return list(made) if inspect.isgenerator(made) else made


def outcome(w: SimpleNamespace, name: str, parameter: str, value: str) -> str:
    """What became of one call: ``result``, ``told`` (an error of ours), or what should not be, with the place."""
    arguments = right_arguments(w)[name]()
    arguments[parameter] = hostile_values(w)[value]()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            call(name, arguments)
            found = "result"
        except sh.SocharmError as error:
            found = f"unforeseen: {error}" if "could not work with what its arguments hold" in str(error) else "told"
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            found = f"foreign: {type(error).__name__}: {error}"
        finally:
            clean(w)
    strange = [w for w in seen if not issubclass(w.category, (sh.SocharmWarning, DeprecationWarning))]
    if found in ("result", "told") and strange:
        found = f"foreign warning: {strange[0].category.__name__}: {strange[0].message}"
    return found.replace("\n", " ")[:300].encode("ascii", "backslashreplace").decode()


def all_inputs(w: SimpleNamespace) -> list[tuple[str, str, str]]:
    """Every function, argument and value; what a method belongs to is never replaced."""
    cases = right_arguments(w)
    names = [(name, key) for name, right in cases.items() for key in right() if key != "self"]
    return [(name, key, value) for name, key in names for value in hostile_values(w)]


def clean(w: SimpleNamespace) -> None:
    """Remove what a call wrote."""
    import matplotlib.pyplot as plt

    plt.close("all")
    shutil.rmtree(w.folder / "scratch", ignore_errors=True)
    (w.folder / "scratch").mkdir()
