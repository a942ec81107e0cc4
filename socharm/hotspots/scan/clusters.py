"""Clusters of a map: the circle or ellipse that holds more cases than its population explains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._constraints import CountFrom1, Missing, OpenShare, Positive, Seed, Threads
from socharm._settings import THREADS
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.scan.choosing import Ellipse, apart, frames_of, merged, penalty, windows_by_shape
from socharm.hotspots.scan.events import Events, counts_in, events_of
from socharm.hotspots.scan.finding import cluster_columns, findings_of
from socharm.hotspots.scan.locations import Places, read_places, require_population, rows_of
from socharm.hotspots.scan.record import ScanClusters
from socharm.hotspots.scan.settings import (
    ELONGATIONS,
    By,
    Compactness,
    Direction,
    Distance,
    Elongations,
    MapModel,
    MostOfPopulation,
    Overdispersion,
    Replicated,
    ScanSettings,
    Shape,
    Ties,
)
from socharm.stats.scan_draws import AmongPeople, Placed, Spread, WeightedPlaced, excess_variance
from socharm.stats.scan_kernels import BERNOULLI, LANES, POISSON, best_of_centres, best_of_replications
from socharm.stats.scan_significance import Plan, replicate
from socharm.stats.scan_windows import Windows

__all__ = ["DIRECTIONS", "plan_of", "scan_clusters"]

_Floats = NDArray[np.float64]

DIRECTIONS: Final = {"high": 1, "low": -1, "both": 0}
#: Fewest events of a window with many, as SaTScan has it.
_LEAST: Final = 2
#: Persons that are dealt out one by one.
_MOST_PEOPLE: Final = 1_000_000_000


@checked
def scan_clusters(
    locations: gpd.GeoDataFrame | pd.DataFrame,
    cases: pd.DataFrame | None = None,
    *,
    model: MapModel = "poisson",
    by: By = "events",
    direction: Direction = "high",
    shape: Shape = "circle",
    elongations: Elongations = ELONGATIONS,
    compactness: Compactness = "medium",
    max_population: MostOfPopulation = 0.5,
    max_radius: Positive | None = None,
    max_locations: CountFrom1 | None = None,
    min_cases: CountFrom1 | None = None,
    distance: Distance | None = None,
    ties: Ties = "together",
    overdispersion: Overdispersion = 0.0,
    alpha: OpenShare = 0.05,
    replications: Replicated = 999,
    stop_after: CountFrom1 | None = None,
    missing: Missing = "error",
    seed: Seed | None = None,
    settings: ScanSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ScanClusters:
    r"""Find the clusters of a map with Kulldorff's spatial scan statistic.

    Parameters
    ----------
    locations : GeoDataFrame or DataFrame
        One row for each area or point, by a column ``location``, ``area_code`` or ``id``, or by its index. Coordinates:
        ``x`` and ``y``, or ``longitude`` and ``latitude``; of a GeoDataFrame its geometry, areas by a point inside
        each. ``population`` (persons at risk, or any expected number: only its shares count), and ``cases`` where no
        table of cases is given. For ``model="bernoulli"`` ``controls`` may stand in place of ``population``, which is
        cases and controls together.
    cases : DataFrame, optional
        Rows of cases: ``location`` (or ``area_code``, ``id``), ``cases`` (or ``n``, ``count``; 1 when absent), and
        ``weight``, the harm of one event of the row, for ``by="harm"``. A location without a row has no case.
    model : {"poisson", "bernoulli"}
    by : {"events", "harm"}
        With ``"harm"`` every event is drawn again with its weight: see Notes.
    direction : {"high", "low", "both"}
    shape : {"circle", "ellipse"}
        Ellipses are tried beside the circle, at ``3 * elongation`` angles.
    elongations : tuple of float
        Longer over shorter axis, above 1.
    compactness : {"none", "medium", "strong"}
        The ratio of an ellipse is multiplied by :math:`\{4s/(s+1)^2\}^a` with a = 0, 1/2, 1.
    max_population : float
        Largest share of what is expected that a window may hold; windows that hold everything are none.
    max_radius : float, optional
        In the unit of the coordinates, kilometres on the globe; of an ellipse its shorter half axis. One beyond the
        map changes nothing.
    max_locations : int, optional
        The centre included.
    min_cases : int, optional
        Fewest events of a window with more than expected: 2 when omitted, as in SaTScan; none by harm.
    distance : {"planar", "great-circle"}, optional
        By the coordinate system when omitted. Plain x and y that could be degrees need it stated: ``"planar"`` takes
        them as they are.
    ties : {"together", "one-at-a-time"}
        Whether locations at equal distance enter a window as one group, so that the result does not hang on how the map
        lies, or one at a time, the lower x and then y first, as SaTScan does. Those at one place enter together.
    overdispersion : float or "estimate"
        Variance of a location's risk around 1 that is no cluster: replications have gamma risks. ``"estimate"`` takes
        it from the map by moments; a cluster is part of it then, which makes the test careful.
    alpha : float
        Clusters with p up to this one are marked significant.
    replications : int
        p cannot fall below ``1 / (replications + 1)``.
    stop_after : int, optional
        Stop when so many replications reach the observed ratio (50 in SaTScan); p is then their share.
    missing : {"error", "leave out"}
        Of locations without a coordinate, population or number of cases.
    seed : int
        To be stated here or in `settings`.
    settings : ScanSettings or mapping, optional
        Choices of another scan, for what is not stated by keyword.
    threads : int
        Any number gives the same result.
    about : About, optional
    progress : callable, optional
        Called as ``progress(step, number, of)``.

    Returns
    -------
    ScanClusters
        Without any window with more than expected the table of clusters is empty.

    Raises
    ------
    SchemaError
        A column or value is missing; fewer than three locations, or all at one place; cases where nobody lives.
    AlignmentError
        Cases of a location that is not there.
    CRSError
        The distance does not fit the coordinates.
    ParameterError
        No case at all, or choices that do not go together.
    RefusedError
        Windows would not fit in memory.

    Warns
    -----
    DataWarning
        Locations were left out.

    Notes
    -----
    With c of C cases inside, :math:`e = C n / N` expected by n of N persons:
    :math:`\mathrm{LLR} = c \ln(c/e) + (C - c) \ln\{(C-c)/(C-e)\}` (Poisson); the Bernoulli ratio adds the same of the
    persons who are no case. The null hypothesis is one rate in all places; towns are not like that, and ordinary
    differences between areas, above all those that neighbours share, make the plain Poisson test find too much. State
    `overdispersion`, or scan in space and time; the validation page has the rates.

    By harm, c and e are sums of weights over :math:`d = \sum w^2 / \sum w`, so that the ratio is in effective events; a
    replication places every event, with its weight, by population alone (a compound Poisson null, given the events).
    One grave crime is in every replication too.

    Clusters are the best window of each centre, from the most likely down, without a common location.

    References
    ----------
    Kulldorff, M. (1997), A spatial scan statistic, *Communications in Statistics: Theory and Methods* 26, 1481-1496.
    Kulldorff, M. et al. (2006), An elliptic spatial scan statistic, *Statistics in Medicine* 25, 3929-3943.
    """
    chosen = ScanSettings.of(settings)
    tell = progress or _silent
    places, events, sizes = _open(locations, cases, chosen, about)
    problem = _problem(events, sizes, chosen)
    tell("windows", 0, 1)
    shapes = windows_by_shape(places, problem.expected, chosen, threads)
    scan = _Scan(shapes, problem, chosen)
    best = scan.best()
    made = replicate(
        problem.spread,
        scan.highest,
        plan_of(chosen, threads),
        observed=float(best.statistic.max()),
        purpose="scan-map",
        tell=lambda done, of: tell("replications", done, of),
    )
    windows = apart(places, shapes, best, above=float(made.highest.min()))
    sums = events.table(len(sizes))[:, 0], problem.expected, events.numbers(len(sizes))[:, 0]
    parts = [tuple(float(np.add.reduce(values[one.members])) for values in sums) for one in windows]
    people = np.array([float(np.add.reduce(sizes[one.members])) for one in windows])
    totals = events.unit, problem.terms[0] if chosen.by == "harm" else float(events.total)
    columns = cluster_columns(windows, parts, totals, made, population=people, conditional=True)
    frames = frames_of(places, windows, columns, chosen.alpha, (events.unit * sums[0], events.unit * sums[1]))
    findings = findings_of(places, events, shapes, made, chosen.alpha, overdispersion=problem.overdispersion)
    return ScanClusters(
        clusters=frames[0],
        table=frames[1],
        highest=pd.Series(made.highest, name="statistic").rename_axis("replication"),
        settings=chosen,
        about=places.about,
        findings=findings,
    )


def plan_of(settings: Any, threads: int) -> Plan:
    """How many replications a scan makes."""
    return Plan(replications=settings.replications, stop_after=settings.stop_after, seed=settings.seed, threads=threads)


@dataclass(frozen=True, eq=False)
class _Problem:
    """What is held against what: cases (as the likelihood counts them), expected ones, the draws, and the terms."""

    cases: _Floats
    expected: _Floats
    spread: Spread
    terms: tuple[float, float, float]
    model: int
    overdispersion: float


class _Scan:
    """All windows of all forms, for the data and for replications."""

    def __init__(self, shapes: tuple[tuple[Ellipse, Windows], ...], problem: _Problem, settings: ScanSettings) -> None:
        self.shapes = shapes
        self.problem = problem
        self.direction = DIRECTIONS[settings.direction]
        self.held = [penalty(form, settings) for form, _ in shapes]
        self.lists = [(w.starts, w.order, w.totals(problem.expected)) for _, w in shapes]

    def best(self) -> Any:
        """Best window of each centre."""
        p, n, parts = self.problem, self.problem.expected.size, []
        for lists in self.lists:
            value, place, none = np.zeros(n), np.full(n, -1), np.zeros(n, dtype=np.int64)
            best_of_centres(lists, p.cases, p.terms, p.model, self.direction, value, place)
            parts.append((value, place, none, none))
        return merged(parts, [windows for _, windows in self.shapes], self.held)

    def highest(self, cases: NDArray[np.int32] | _Floats) -> Iterable[float]:
        """Highest statistic of each replication."""
        best = np.zeros(LANES)
        for lists, back in zip(self.lists, self.held, strict=True):
            before = best / back
            raised = before.copy()
            best_of_replications(lists, cases, self.problem.terms, self.problem.model, self.direction, raised)
            best = np.where(raised > before, raised * back, best)
        return best.tolist()


def _open(
    locations: pd.DataFrame, cases: pd.DataFrame | None, settings: ScanSettings, about: About | None
) -> tuple[Places, Events, _Floats]:
    """Locations, events and persons at risk."""
    held = set(locations.columns)
    controls = settings.model == "bernoulli" and "controls" in held and "population" not in held
    if cases is None and settings.by == "harm":
        raise ParameterError("`by='harm'` needs `cases`, a table with the `weight` of each event. Give it.")
    if cases is not None and "cases" in held:
        raise SchemaError("`locations` has a column `cases`, and `cases` is a table as well. Drop one of the two.")
    size = "controls" if controls else "population"
    require_columns(locations, [size, *(["cases"] if cases is None else [])], name="locations")
    asked = [size, *(["cases"] if cases is None else [])]
    places = read_places(locations, asked, distance=settings.distance, missing=settings.missing, about=about)
    if cases is None:
        at, rows = np.arange(len(places.table)), pd.DataFrame({"cases": places.table["cases"]})
        counts_in(rows, name="locations")
        events = events_of(at, np.zeros_like(at), rows, by=settings.by, name="locations")
    else:
        at, gone = rows_of(places, cases)
        rows = cases[~gone]
        events = events_of(at[~gone], np.zeros(len(rows), dtype=np.int64), rows, by=settings.by)
    numbers = events.numbers(len(places.table))[:, 0].astype(float)
    sizes = places.table[size].to_numpy(dtype=float) + (numbers if controls else 0.0)
    if not controls:
        require_population(places, numbers)
    return places, events, sizes


def _problem(events: Events, sizes: _Floats, settings: ScanSettings) -> _Problem:
    n = sizes.size
    if settings.model == "bernoulli":
        return _bernoulli(events, sizes, _least(settings))
    shares = sizes / np.add.reduce(sizes)
    counted = events.numbers(n)[:, 0]
    stated = settings.overdispersion
    spread_of = excess_variance(counted.astype(float), events.total * shares) if stated == "estimate" else float(stated)
    if settings.by == "harm":
        weights, number = events.by_weight()
        harm = events.table(n)[:, 0]
        total = float(np.add.reduce(harm))
        drawn: Spread = WeightedPlaced(weights, number, shares, spread_of)
        return _Problem(harm, total * shares, drawn, (total, 0.0, 0.0), POISSON, spread_of)
    total = float(events.total)
    return _Problem(
        counted.astype(float),
        total * shares,
        Placed(events.total, shares, spread_of),
        (total, 0.0, _least(settings)),
        POISSON,
        spread_of,
    )


def _least(settings: ScanSettings) -> float:
    return float(_LEAST if settings.min_cases is None else settings.min_cases)


def _bernoulli(events: Events, sizes: _Floats, least: float) -> _Problem:
    counted = events.numbers(sizes.size)[:, 0]
    if (sizes % 1 != 0).any():
        raise SchemaError("`population` must hold whole numbers of persons for model='bernoulli'. Round it first.")
    if (counted > sizes).any():
        raise SchemaError(
            f"{int((counted > sizes).sum())} locations have more cases than persons, which model='bernoulli' cannot "
            "have. `population` holds cases and controls together; state `controls` otherwise."
        )
    everybody = float(np.add.reduce(sizes))
    if events.total >= everybody:
        raise ParameterError("Everybody is a case: there is nobody to compare with. Add controls.")
    if everybody >= _MOST_PEOPLE:
        raise ParameterError(
            f"`population` holds {everybody:,.0f} persons together; model='bernoulli' takes fewer than "
            f"{_MOST_PEOPLE:,}. Use model='poisson', which is the same where cases are rare."
        )
    share = events.total / everybody
    spread = AmongPeople(events.total, sizes.astype(np.int64))
    terms = (float(events.total), share, least)
    return _Problem(counted.astype(float), share * sizes, spread, terms, BERNOULLI, 0.0)


def _silent(step: str, number: int, of: int) -> None:
    """Nobody asked for progress."""
