"""Clusters in space and time: the cylinder that holds more cases than its place and its time explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import CountFrom1, Missing, OpenShare, Positive, Seed, Threads
from socharm._limits import require_memory
from socharm._settings import THREADS
from socharm.errors import ParameterError
from socharm.hotspots.scan.choosing import Best, Ellipse, apart, frames_of, merged, penalty, windows_by_shape
from socharm.hotspots.scan.clusters import DIRECTIONS, plan_of
from socharm.hotspots.scan.cubes import Cube, Problem, open_cube, problem_of
from socharm.hotspots.scan.finding import cluster_columns, findings_of
from socharm.hotspots.scan.record import ScanClusters
from socharm.hotspots.scan.settings import (
    ELONGATIONS,
    Analysis,
    By,
    Compactness,
    Direction,
    Distance,
    Elongations,
    Every,
    MostOfPopulation,
    Replicated,
    Shape,
    SpaceTimeModel,
    SpaceTimeScanSettings,
    StudyPeriod,
    Ties,
    TimeUnit,
)
from socharm.stats.scan_kernels import EXPECTATION, LANES, POISSON, best_periods
from socharm.stats.scan_significance import replicate
from socharm.stats.scan_windows import Windows

__all__ = ["scan_space_time"]

_Floats = NDArray[np.float64]

#: Bytes of a cell of a cube in all replications of a block.
_CELL: Final = 8 * (LANES + 2)


@checked
def scan_space_time(
    locations: gpd.GeoDataFrame | pd.DataFrame,
    cases: pd.DataFrame,
    *,
    model: SpaceTimeModel = "permutation",
    analysis: Analysis = "retrospective",
    by: By = "events",
    direction: Direction = "high",
    shape: Shape = "circle",
    elongations: Elongations = ELONGATIONS,
    compactness: Compactness = "medium",
    period: StudyPeriod | None = None,
    unit: TimeUnit | None = None,
    every: Every = 1,
    min_periods: CountFrom1 = 1,
    max_periods: CountFrom1 | None = None,
    adjust: Literal["none", "time"] = "none",
    max_population: MostOfPopulation = 0.5,
    max_radius: Positive | None = None,
    max_locations: CountFrom1 | None = None,
    min_cases: CountFrom1 | None = None,
    distance: Distance | None = None,
    ties: Ties = "together",
    alpha: OpenShare = 0.05,
    replications: Replicated = 999,
    stop_after: CountFrom1 | None = None,
    missing: Missing = "error",
    seed: Seed | None = None,
    settings: SpaceTimeScanSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ScanClusters:
    r"""Find clusters in space and time with Kulldorff's space-time scan statistics.

    Parameters
    ----------
    locations : GeoDataFrame or DataFrame
        As of `scan_clusters`; ``population`` for ``model="poisson"``, unless `cases` has it by period.
    cases : DataFrame
        Rows of cases: ``location`` (or ``area_code``, ``id``); ``date`` (or ``period``, ``month``, ``year``, ``time``),
        all days, all months or all whole numbers, in any order; ``cases`` (or ``n``, ``count``; 1 when absent);
        ``weight``, the harm of one event, for ``by="harm"``. With ``population`` (Poisson, by location and date) or
        ``expected`` (expectation) there is a row for every location and date, with 0 cases where there were none.
    model : {"permutation", "poisson", "expectation"}
        ``"permutation"`` needs no population: does a place have more now than its own level and that of the whole map
        make it have? ``"expectation"`` holds cases against the column ``expected``, which a model of earlier years
        gives.
    analysis : {"retrospective", "prospective"}
        Prospective: only cylinders that reach the last period, which are still alive.
    by, direction, shape, elongations, compactness, distance, ties
        As of `scan_clusters`.
    period : tuple, optional
        First and last date of the study, where it begins before the first case or ends after the last.
    unit : {"day", "week", "month", "year", "number"}, optional
        Unit of the time axis, not finer than the dates; what the dates are when omitted.
    every : int
        Units in one period, counted back from the last; the first period is shorter where they do not fit.
    min_periods, max_periods : int
        Shortest and longest cylinder, in periods; half of the study at most when omitted, as in SaTScan.
    adjust : {"none", "time"}
        Poisson: whether the share of each period in all cases is taken as it is, so that a season that the whole map
        has is no cluster.
    max_population, max_radius, max_locations, min_cases
        As of `scan_clusters`; a share of all cases for ``"permutation"``, of all that was expected for the others.
    alpha, replications, stop_after, missing, seed, settings, threads, about, progress
        As of `scan_clusters`.

    Returns
    -------
    ScanClusters
        With ``first``, ``last`` and ``periods`` of each cluster. ``relative_risk`` is that of the Poisson model.

    Raises
    ------
    SchemaError
        As of `scan_clusters`; a date is missing or of another kind than the rest; a month or year in which no row lies;
        no ``population`` or ``expected`` for a location and date.
    ParameterError
        One period only; a unit finer than the dates (a month is not a day); dates outside `period`; choices that do not
        go together.
    AlignmentError, CRSError, RefusedError
        As of `scan_clusters`.

    Notes
    -----
    :math:`\mathrm{LLR} = c \ln(c/\mu) + (C - c) \ln\{(C-c)/(C-\mu)\}` with :math:`\mu` from populations (Poisson), or
    :math:`\mu = C_z C_t / C`, cases of the place times cases of the time over all cases (permutation): its replications
    give every event the date of another. Expectation: :math:`c \ln(c/\mu) + \mu - c`, and Poisson replications around
    :math:`\mu`. By harm, :math:`\mu` of the permutation is the harm of the place times the share of *events* in the
    time, events keep their weights, and the ratio is in effective events, as of `scan_clusters`.

    Days without a row hold no case. A month or year without any row may be one that was not delivered, and stops the
    scan: give rows with 0 cases, or another study.

    References
    ----------
    Kulldorff, M. et al. (1998), Evaluating cluster alarms: a space-time scan statistic and brain cancer in Los Alamos,
    New Mexico, *American Journal of Public Health* 88, 1377-1380. Kulldorff, M. et al. (2005), A space-time permutation
    scan statistic for disease outbreak detection, *PLoS Medicine* 2, e59. Neill, D. B. et al. (2005), Detection of
    emerging space-time clusters, *KDD-05*, 218-227.
    """
    chosen = SpaceTimeScanSettings.of(settings)
    tell = progress or _silent
    cube = open_cube(locations, cases, chosen, about)
    n, periods = len(cube.places.table), cube.axis.size
    require_memory(
        {"locations": n, "periods": periods}, each=_CELL * min(threads, 4), remedy="Take longer periods by `every`."
    )
    problem = problem_of(cube, chosen)
    tell("windows", 0, 1)
    shapes = windows_by_shape(cube.places, np.add.reduce(problem.expected, axis=1), chosen, threads)
    scan = _Scan(shapes, problem, chosen, periods)
    best = scan.best()
    made = replicate(
        problem.spread,
        scan.highest,
        plan_of(chosen, threads),
        observed=float(best.statistic.max()),
        purpose="scan-space-time",
        tell=lambda done, of: tell("replications", done, of),
    )
    return _record(cube, problem, shapes, best, made, chosen)


def _record(
    cube: Cube,
    problem: Problem,
    shapes: tuple[tuple[Ellipse, Windows], ...],
    best: Best,
    made: Any,
    chosen: SpaceTimeScanSettings,
) -> ScanClusters:
    places, events, axis = cube.places, cube.events, cube.axis
    n = len(places.table)
    windows = apart(places, shapes, best, above=float(made.highest.min()))
    numbers = events.numbers(n, axis.size)
    cubes = (problem.cases, problem.expected, numbers)
    parts = [
        tuple(float(np.add.reduce(values[one.members, one.first : one.last + 1], axis=None)) for values in cubes)
        for one in windows
    ]
    people = np.array(
        [np.nan if cube.population is None else float(cube.population[one.members].sum()) for one in windows]
    )
    poisson = chosen.model == "poisson"
    columns = cluster_columns(
        windows, parts, (events.unit, problem.total), made, population=people, conditional=poisson, axis=axis
    )
    totals = (events.unit * problem.cases.sum(axis=1), events.unit * problem.expected.sum(axis=1))
    frames = frames_of(places, windows, columns, chosen.alpha, totals)
    empty = int((numbers.sum(axis=0) == 0).sum())
    return ScanClusters(
        clusters=frames[0],
        table=frames[1],
        highest=pd.Series(made.highest, name="statistic").rename_axis("replication"),
        settings=chosen,
        about=places.about,
        findings=findings_of(places, events, shapes, made, chosen.alpha, axis=axis, empty=empty),
    )


@dataclass(frozen=True, eq=False)
class _Scan:
    """All cylinders of all forms, for the data and for replications."""

    shapes: tuple[tuple[Ellipse, Windows], ...]
    problem: Problem
    settings: SpaceTimeScanSettings
    periods: int

    @property
    def lengths(self) -> tuple[int, int, int]:
        """Fewest and most periods, and whether a cylinder must reach the last one."""
        s = self.settings
        most = max(1, self.periods // 2) if s.max_periods is None else min(s.max_periods, self.periods)
        if s.min_periods > most:
            raise ParameterError(
                f"`min_periods` is {s.min_periods}, and a cluster may have {most} of the {self.periods} periods. Lower "
                "it, or state `max_periods`."
            )
        return s.min_periods, most, int(s.analysis == "prospective")

    def best(self) -> Best:
        """Best cylinder of each centre."""
        parts = [self._of(windows, self.problem.cases, -1.0)[1] for _, windows in self.shapes]
        held = [penalty(form, self.settings) for form, _ in self.shapes]
        return merged(parts, [windows for _, windows in self.shapes], held)

    def highest(self, cases: NDArray[np.int32] | _Floats) -> Iterable[float]:
        """Highest statistic of each replication."""
        for lane in range(LANES):
            cube, best = np.ascontiguousarray(cases[..., lane]), 0.0
            for form, windows in self.shapes:
                back = penalty(form, self.settings)
                raised = self._of(windows, cube, best / back)[0]
                best = raised * back if raised > best / back else best
            yield best

    def _of(self, windows: Windows, cases: Any, floor: float) -> tuple[float, tuple[Any, Any, Any, Any]]:
        n, p = self.problem.expected.shape[0], self.problem
        place, first, last = np.full(n, -1), np.zeros(n, dtype=np.int64), np.full(n, -1)
        found = (np.zeros(n), place, first, last)
        highest = best_periods(
            (windows.starts, windows.order, windows.ends),
            (cases, p.expected),
            (p.total, p.least),
            self.lengths,
            EXPECTATION if self.settings.model == "expectation" else POISSON,
            DIRECTIONS[self.settings.direction],
            floor,
            found,
        )
        return highest, found


def _silent(step: str, number: int, of: int) -> None:
    """Nobody asked for progress."""
