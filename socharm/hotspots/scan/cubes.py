"""Cases by location and period, what is expected of each, and how replications are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._checks import require_columns, require_finite
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.scan.events import Events, events_of
from socharm.hotspots.scan.locations import Places, column_of, read_places, rows_of
from socharm.hotspots.scan.settings import SpaceTimeScanSettings
from socharm.hotspots.scan.time_axis import TimeAxis, dates_of, time_axis
from socharm.stats.scan_draws import ByPeriod, Expected, Permuted, Placed, Spread, WeightedPlaced

__all__ = ["Cube", "Problem", "open_cube", "problem_of"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_DATES = ("date", "period", "month", "year", "time")


@dataclass(frozen=True, eq=False)
class Cube:
    """Locations, events and their periods, with what stands beside them.

    Attributes
    ----------
    places : Places
    events : Events
    axis : TimeAxis
    exposure : ndarray of shape (n, periods), or None
        Persons times base units, or what was expected; None for the permutation model.
    population : ndarray of shape (n,), or None
        Persons of each location, on average over the study.
    """

    places: Places
    events: Events
    axis: TimeAxis
    exposure: _Floats | None
    population: _Floats | None


@dataclass(frozen=True, eq=False)
class Problem:
    """What is held against what: cases as the likelihood counts them, expected ones, the draws, total and fewest."""

    cases: NDArray[np.int32] | _Floats
    expected: _Floats
    spread: Spread
    total: float
    least: float


def open_cube(
    locations: pd.DataFrame, cases: pd.DataFrame, settings: SpaceTimeScanSettings, about: About | None
) -> Cube:
    """Read the two tables of a scan in space and time."""
    beside = {"poisson": "population", "expectation": "expected"}.get(settings.model)
    by_period = beside is not None and beside in cases.columns
    if beside == "expected":
        require_columns(cases, ["expected"], name="cases")
    constant = beside == "population" and not by_period
    if constant:
        require_columns(locations, ["population"], name="locations")
    asked = ["population"] if constant else []
    places = read_places(locations, asked, distance=settings.distance, missing=settings.missing, about=about)
    at, gone = rows_of(places, cases)
    rows, at = cases[~gone], at[~gone]
    column = column_of(cases, _DATES, name="cases", what="dates")
    ordinals, base = dates_of(rows[column], name=f"cases.{column}")
    named = {"unit": settings.unit, "every": settings.every, "period": settings.period}
    axis, periods = time_axis(ordinals, base, name=f"cases.{column}", **named)  # type: ignore[arg-type]
    _require_no_gap(axis, periods)
    events = events_of(at, periods, rows, by=settings.by)
    n = len(places.table)
    if beside is None:
        return Cube(places, events, axis, None, None)
    if constant:
        people = places.table["population"].to_numpy(dtype=float)
        exposure = np.outer(people, axis.lengths.astype(float))
    else:
        exposure = _exposure(rows, at, (ordinals, periods), beside, (places, axis))
        people = exposure.sum(axis=1) / axis.lengths.sum()
    counted = events.numbers(n, axis.size)
    odd = (exposure <= 0) & (counted > 0)
    if odd.any():
        raise SchemaError(
            f"`{beside}` is zero where there are cases, in {number_of(int(odd.sum()), 'period')} of locations, first "
            f"of {places.table.index[int(np.argmax(odd.any(axis=1)))]}. Correct it, or merge the location with another."
        )
    return Cube(places, events, axis, exposure, people if beside == "population" else None)


def problem_of(cube: Cube, settings: SpaceTimeScanSettings) -> Problem:
    """What a scan holds against what."""
    events, n, periods = cube.events, len(cube.places.table), cube.axis.size
    usual = 0 if settings.by == "harm" else 2
    least = float(usual if settings.min_cases is None else settings.min_cases)
    harm = settings.by == "harm"
    cases = events.table(n, periods) if harm else events.numbers(n, periods).astype(np.int32)
    total = float(np.add.reduce(cases, axis=None, dtype=np.float64))
    if settings.model == "permutation":
        numbers = events.numbers(n, periods).sum(axis=0)
        expected = np.outer(cases.sum(axis=1, dtype=np.float64), numbers / numbers.sum())
        return Problem(cases, expected, _permuted(events, (n, periods), harm), total, least)
    exposure = cube.exposure
    assert exposure is not None  # the two other models have one
    if settings.model == "expectation":
        return Problem(cases, exposure, Expected(exposure), total, least)
    if not float(np.add.reduce(exposure, axis=None)) > 0:
        raise ParameterError("`population` is zero in all places. State it, or take model='permutation'.")
    if settings.adjust == "time":
        shares = exposure / exposure.sum(axis=0)
        expected = shares * cases.sum(axis=0, dtype=np.float64)
        return Problem(cases, expected, _by_period(events, shares, harm), total, least)
    shares = exposure / np.add.reduce(exposure, axis=None)
    spread: Spread = WeightedPlaced(*events.by_weight(), shares) if harm else Placed(events.total, shares)
    return Problem(cases, total * shares, spread, total, least)


def _permuted(events: Events, size: tuple[int, int], harm: bool) -> Permuted:
    location, period = (np.repeat(values, events.count) for values in (events.location, events.period))
    weights = np.repeat(events.weight / events.unit, events.count) if harm else None
    return Permuted(location, period, weights, size)


def _by_period(events: Events, shares: _Floats, harm: bool) -> ByPeriod:
    parts: list[Placed | WeightedPlaced] = []
    for period in range(shares.shape[1]):
        held = events.period == period
        number = events.count[held]
        column = np.ascontiguousarray(shares[:, period])
        if harm:
            weights, group = np.unique(events.weight[held] / events.unit, return_inverse=True)
            each = np.bincount(group.reshape(-1), weights=number, minlength=weights.size).astype(np.int64)
            parts.append(WeightedPlaced(weights, each, column))
        else:
            parts.append(Placed(int(number.sum()), column))
    return ByPeriod(tuple(parts))


def _require_no_gap(axis: TimeAxis, periods: _Ints) -> None:
    """Stop at a month or year in which nothing at all was told; a day without a crime is no gap."""
    empty = np.setdiff1d(np.arange(axis.size), periods)
    if axis.base in ("month", "year") and empty.size:
        first = axis.labels([int(empty[0])], end=False)[0]
        raise SchemaError(
            f"`cases` has no row of {first}"
            + (f" and {number_of(empty.size - 1, 'more period')}" if empty.size > 1 else "")
            + ", anywhere. If nothing happened, add a row with 0 cases; if nothing was delivered, end or begin the "
            "study there, or take longer periods by `every`."
        )


def _exposure(
    rows: pd.DataFrame, at: _Ints, times: tuple[_Ints, _Ints], column: str, whole: tuple[Places, TimeAxis]
) -> _Floats:
    """Population times time, or what was expected, by location and period; every date of every location is stated."""
    places, axis = whole
    ordinals, periods = times
    require_finite(rows[column], name=f"cases.{column}", minimum=0)
    frame = pd.DataFrame({"at": at, "date": ordinals, "period": periods, "value": rows[column].to_numpy(dtype=float)})
    values = frame.groupby(["at", "date", "period"])["value"].agg(["min", "max", "sum"]).reset_index()
    if column == "population" and (values["min"] != values["max"]).any():
        first = values[values["min"] != values["max"]].iloc[0]
        raise SchemaError(
            f"`cases.population` has several values for one location and date, such as of "
            f"{places.table.index[int(first['at'])]}. State one."
        )
    n, dates = len(places.table), axis.last - axis.first + 1
    if len(values) < n * dates:
        lacking = np.setdiff1d(np.arange(n), values["at"].value_counts().loc[lambda found: found >= dates].index)
        raise SchemaError(
            f"`cases.{column}` is missing for {n * dates - len(values):,} of {n * dates:,} locations by dates, first "
            f"of {places.table.index[int(lacking[0])]}. Give a row for each, with 0 cases where there were none."
        )
    value = values["max"] if column == "population" else values["sum"]
    cells = values["at"] * axis.size + values["period"]
    sums = np.bincount(cells, weights=value, minlength=n * axis.size)
    return sums.astype(np.float64).reshape(n, axis.size)
