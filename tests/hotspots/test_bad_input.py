"""What no method can work with, method by method: one clear sentence, or a stated behaviour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.graph import Graph

from socharm._about import About
from socharm.errors import CoverageWarning, CRSError, DataWarning, ParameterError, SchemaError, SocharmError
from socharm.hotspots import (
    class_join_counts,
    cluster_points,
    cluster_space_time,
    drill_down,
    dual_density,
    emerging_hotspots,
    find_micro_places,
    global_g,
    global_geary,
    global_moran,
    hour_weekday,
    jacquez,
    kernel_density,
    knox,
    local_bivariate_moran,
    local_geary,
    local_gi_star,
    local_join_counts,
    local_moran,
    local_moran_moments,
    local_rate_moran,
    local_spread,
    mann_kendall,
    mantel,
    modified_knox,
    near_repeat_chains,
    nearest_neighbour_clusters,
    neighbours,
    pattern_classes,
    rate_moran,
    seasonal_profile,
    surface_peaks,
)
from socharm.severity.points import HarmPoints
from socharm.severity.weighing import WeighingSettings

Method = Callable[..., Any]
CHANCE: dict[str, Any] = {"permutations": 9, "seed": 1}
DATED: dict[str, Method] = {
    "knox": lambda events, **more: knox(events, **CHANCE, **more),
    "chains": near_repeat_chains,
    "clusters": cluster_space_time,
    "mantel": lambda events: mantel(events, **CHANCE),
    "jacquez": lambda events: jacquez(events, **CHANCE),
    "modified knox": lambda events: modified_knox(events, **CHANCE),
}
WEIGHED = ("knox", "chains", "clusters")
PLACED: dict[str, Method] = {
    "density": kernel_density,
    "dbscan": lambda points: cluster_points(points, eps=200, min_events=5, resamples=2, seed=1),
    "hdbscan": lambda points: cluster_points(points, method="hdbscan", min_events=5, resamples=2, seed=1),
    "nearest": nearest_neighbour_clusters,
}
TOWN = shapely.box(400_000, 300_000, 402_000, 302_000)


def events(n: int = 60, **columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    made = pd.DataFrame(
        {
            "x": 400_000.0 + rng.integers(0, 2_000, n),
            "y": 300_000.0 + rng.integers(0, 2_000, n),
            "date": pd.Timestamp(2025, 1, 2) + pd.to_timedelta(rng.integers(0, 60, n), unit="D"),
            "weight": rng.uniform(1, 9, n),
        }
    )
    return made.assign(**columns)


def with_first(column: str, value: float) -> pd.DataFrame:
    made = events()
    made.loc[:3, column] = value
    return made


def town(side: int = 4, **columns: Any) -> gpd.GeoDataFrame:
    step = 2_000 / side
    shapes = [
        shapely.box(400_000 + step * x, 300_000 + step * y, 400_000 + step * (x + 1), 300_000 + step * (y + 1))
        for y in range(side)
        for x in range(side)
    ]
    index = pd.Index([f"A{n:02}" for n in range(len(shapes))], name="area_code")
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs="EPSG:27700")


@pytest.mark.parametrize("method", DATED)
@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        (events().drop(columns="date"), SchemaError, r"lacks the columns \['date'\]"),
        (events(date=pd.NaT), SchemaError, r"0 events with a place and a day \(60 rows have no day or no place\)"),
        (events(date=""), SchemaError, "0 events with a place and a day"),
        (events(x=np.nan), SchemaError, "0 events with a place and a day"),
        (events(0), SchemaError, "0 events with a place and a day"),
        (events(date="2025-03"), SchemaError, "a month is not a day"),
        (events(date="03/2025"), SchemaError, "Write days as YYYY-MM-DD"),
        (events(x=-1.6 + np.arange(60) / 1e3, y=54.9), CRSError, "look like degrees"),
        (pd.concat([events(), events()[["x"]]], axis=1), SchemaError, r"columns of the same name: \['x'\]"),
        (pd.concat([events(), events()[["date"]]], axis=1), SchemaError, r"columns of the same name: \['date'\]"),
    ],
    ids=["no dates", "no day", "blank", "no place", "empty", "month", "03/2025", "degrees", "x twice", "date twice"],
)
def test_events_without_days_or_places(method, given, error, says):
    with pytest.raises(error, match=says):
        DATED[method](given)


@pytest.mark.parametrize("method", DATED)
def test_few_events_and_events_of_one_place_or_day(method):
    tests = method not in ("chains", "clusters")
    for given, says in (
        (events(2), "2 events with a place and a day; at least 3 are needed"),
        (events(x=4e5, y=3e5), "All events lie at one place"),
        (events(date="2025-01-03"), "All events are of one day"),
    ):
        if tests:
            with pytest.raises(SchemaError, match=says):
                DATED[method](given)
        else:  # links need no chance: whatever is near belongs together
            assert len(DATED[method](given).members) == len(given)


@pytest.mark.parametrize("method", WEIGHED)
@pytest.mark.parametrize(
    ("given", "says"),
    [
        (with_first("weight", np.nan), "4 do not, such as .*nothing"),
        (with_first("weight", -1.0), "4 do not, such as .*a number below 0"),
        (events(weight=0.0), "is 0 in every row"),
        (events().drop(columns="weight"), r"lacks the columns \['weight'\]"),
    ],
    ids=["missing", "negative", "zero", "no column"],
)
def test_weights_of_events(method, given, says):
    with pytest.raises(SchemaError, match=says):
        DATED[method](given, weight="weight")


TWICE = events().assign(n=1)
TWICE = pd.concat([TWICE, TWICE[["n"]]], axis=1)


@pytest.mark.parametrize("method", PLACED)
@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        (events(0), SchemaError, "`points` has no rows"),
        (with_first("x", np.nan), SchemaError, r"`points\.x` must hold finite numbers"),
        (with_first("weight", np.nan), SchemaError, r"`points\.weight` must hold finite numbers of at least 0"),
        (with_first("weight", -1.0), SchemaError, r"`points\.weight` must hold finite numbers of at least 0"),
        (events(weight=0.0), SocharmError, "0 in every row|with a weight above zero"),
        (events(x=-1.6 + np.arange(60) / 1e3, y=54.9), CRSError, "look like degrees"),
        (pd.concat([events(), events()[["weight"]]], axis=1), SchemaError, r"of the same name: \['weight'\]"),
        (TWICE, SchemaError, r"of the same name: \['n'\]"),
    ],
    ids=["empty", "x", "missing weight", "negative", "zero", "degrees", "weight twice", "n twice"],
)
def test_points_that_are_none(method, given, error, says):
    with pytest.raises(error, match=says):
        PLACED[method](given)


def test_events_of_one_place_as_clusters_and_surfaces_have_them():
    heap = events(x=4e5, y=3e5)
    with pytest.raises(ParameterError, match="No bandwidth can be chosen"):
        kernel_density(heap)
    with pytest.raises(SchemaError, match="60 events at 1 place"):
        nearest_neighbour_clusters(heap)
    assert PLACED["dbscan"](heap).table["events"].tolist() == [60]
    assert "the rule finds none in these data" in repr(PLACED["hdbscan"](heap))


def test_points_and_areas_of_two_systems():
    here, other = town(), town().to_crs(32630)
    points = harm_points(events())
    for method in (
        lambda: kernel_density(points, mask=other),
        lambda: dual_density(points, town(population=90.0), mask=other),
        lambda: dual_density(points, other.assign(population=90.0), mask=here),
        lambda: surface_peaks(points, other.assign(population=90.0), mask=here, replications=19, seed=1),
        lambda: drill_down(points, other, "A00"),
        lambda: find_micro_places(points, other),
    ):
        with pytest.raises(CRSError, match="EPSG:32630"):
            method()


def harm_points(table: pd.DataFrame, layout: str = "own") -> HarmPoints:
    return HarmPoints(
        table=table[["x", "y", "weight"]].assign(n=1, weight_squared=table["weight"] ** 2),
        by_offence=pd.DataFrame(),
        crs="EPSG:27700",
        unweighted=pd.Series(dtype="int64"),
        settings=WeighingSettings(),
        about=About(unit="weight units"),
        layout=layout,
    )


def test_residents_that_are_not_known_are_told_and_not_compared():
    """A quarter of the town has no number: its harm is in neither side of the ratio of the whole."""
    given, choices = events(400), {"mask": town(), "bandwidth": 400.0, "cell_size": 50.0}
    whole = dual_density(given, town(2, population=1_000.0), **choices)
    assert whole.overall == pytest.approx(given["weight"].sum() / 4_000)
    unknown = town(2, population=[1_000.0, 1_000.0, 1_000.0, np.nan])
    with pytest.warns(CoverageWarning, match=r"1 area of `base` lacks a population, such as \['A03'\]"):
        part = dual_density(given, unknown, **choices)
    inside = np.isfinite(part.grid)
    assert part.overall == pytest.approx(part.above.grid[inside].sum() / part.below.grid[inside].sum(), rel=0.02)
    with pytest.warns(CoverageWarning, match="lacks a population"):
        logs = dual_density(given, unknown, measure="log-ratio", **choices)
    assert logs.overall == pytest.approx(np.log(part.overall))
    with pytest.warns(CoverageWarning, match="lacks a population"):
        surface_peaks(given, unknown, mask=town(), bandwidth=400.0, replications=19, least_effective=1.0, seed=1)


def test_squares_finer_than_the_points_of_police_uk_are_told():
    with pytest.warns(DataWarning, match=r"Cells of 100 m are finer than the data.*Use cell_size=250 or more"):
        find_micro_places(harm_points(events(), "police.uk"), town(), cell_size=100)
    assert len(find_micro_places(harm_points(events()), town(), cell_size=100).by_area) == 16


SPATIAL: dict[str, Method] = {
    "gi": lambda values, graph: local_gi_star(values, graph, permutations=99, seed=1),
    "moran": lambda values, graph: local_moran(values, graph, permutations=99, seed=1),
    "geary": lambda values, graph: local_geary(values, graph, permutations=99, seed=1),
    "spread": local_spread,
    "moments": local_moran_moments,
    "bivariate": lambda values, graph: local_bivariate_moran(values, values, graph, permutations=99, seed=1),
    "rates": lambda values, graph: local_rate_moran(values, graph, people(values), permutations=99, seed=1),
    "joins": lambda values, graph: local_join_counts(values > 9, graph, permutations=99, seed=1),
    "emerging": lambda values, graph: emerging_hotspots(
        pd.DataFrame({f"2025-{month:02}": values for month in range(1, 13)}), graph, permutations=99, seed=1
    ),
}
WHOLE: dict[str, Method] = {
    "moran": lambda values, graph: global_moran(values, graph, permutations=99, seed=1),
    "g": lambda values, graph: global_g(values, graph, permutations=99, seed=1),
    "geary": lambda values, graph: global_geary(values, graph, permutations=99, seed=1),
    "rates": lambda values, graph: rate_moran(values, graph, people(values), permutations=99, seed=1),
}


def people(values: pd.Series) -> pd.Series:
    return pd.Series(1_000.0, index=values.index)


def graph_of(areas: gpd.GeoDataFrame) -> Graph:
    with pytest.warns(DataWarning, match=f"{len(areas)} of {len(areas)}"):
        return neighbours(areas)


@pytest.mark.parametrize("number", [1, 5])
def test_islands_only_and_one_area_have_no_hot_spot(number):
    """Areas without neighbours bear the label of an island, and the whole map has no statistic."""
    alone = town().iloc[[0, 2, 8, 10, 7][:number]]
    alone = alone.set_geometry(alone.geometry.buffer(-50))
    graph, values = graph_of(alone), pd.Series(range(10, 10 + number), index=alone.index)
    for name, method in SPATIAL.items():
        found = method(values, graph).table
        assert found["pattern" if name == "emerging" else "label"].eq("island").all(), name
    for method in WHOLE.values():
        with pytest.warns(DataWarning, match="0 areas have neighbours, and 4 are needed"):
            assert np.isnan(method(values, graph).table["p"]).all()
    with pytest.warns(DataWarning, match="Joins are not tested"):
        found = class_join_counts(pd.Series("a", index=alone.index), graph, permutations=99, seed=1)
    assert "not tested" in repr(found)
    assert "nan" not in repr(found)


@pytest.mark.parametrize("method", [*SPATIAL, *(f"whole {name}" for name in WHOLE)])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda values: values.iloc[:0], "no areas"),
        (lambda values: values.set_axis(["a"] * len(values)), "1 code more than once"),
        (lambda values: values.iloc[:-1], "1 area of `graph` is not in|1 areas of `graph` are not in"),
        (lambda values: values * np.nan, "Not one of the 16 areas has a value"),
        (lambda values: values * np.inf, "must be finite|must hold finite"),
    ],
    ids=["empty", "ids twice", "one left out", "no value", "infinite"],
)
def test_values_that_are_none(method, change, says):
    areas = town()
    graph, values = neighbours(areas), pd.Series(np.arange(16.0), index=areas.index)
    if method == "joins" and says.startswith(("Not one", "must")):
        pytest.skip("what is marked is true or false")
    with pytest.raises(SocharmError, match=says):
        (WHOLE[method.removeprefix("whole ")] if method.startswith("whole ") else SPATIAL[method])(
            change(values), graph
        )


def test_periods_that_are_none_or_one():
    areas = town()
    graph = neighbours(areas)
    for periods, says in (([], "holds 0 periods"), (["2025-01"], "holds 1 period; what emerges needs two")):
        cube = pd.DataFrame(1.0, index=areas.index, columns=periods)
        with pytest.raises(SchemaError, match=says):
            emerging_hotspots(cube, graph, permutations=99, seed=1)
        with pytest.raises(SchemaError, match=f"holds {number(periods)}; a trend needs two"):
            mann_kendall(cube)
        with pytest.raises(SchemaError, match=f"holds {number(periods)}; a course needs 4"):
            pattern_classes(cube, seed=1)
    lost = pd.DataFrame(1.0, index=areas.index, columns=["2025-01", "2025-02"])
    lost.iloc[0, 1] = np.inf
    with pytest.raises(SchemaError, match="found an infinite number of A00 in 2025-02"):
        emerging_hotspots(lost, graph, permutations=99, seed=1)


def number(periods: list[str]) -> str:
    return "1 period" if len(periods) == 1 else f"{len(periods)} periods"


def test_a_summary_never_says_nan():
    areas = town()
    equal = pd.Series(3.0, index=areas.index)
    found = local_bivariate_moran(equal, equal, neighbours(areas), permutations=1_999, seed=1)
    assert "one of the two is the same in all areas" in repr(found)
    months = pd.Series([5.0], index=pd.PeriodIndex(["2025-01"], freq="M"))
    assert "no twelve months together without a gap" in repr(seasonal_profile(months))


@pytest.mark.parametrize("labels", [["Jan-24", "Feb-24"], ["04/2025", "05/2025"], ["2025-13", "2025-14"]])
def test_months_of_a_season_are_written_as_such(labels):
    """Pandas takes Jan-24 for 24 January of this year."""
    with pytest.raises(SchemaError, match=r"must be months, such as 2025-04; it holds \['(Jan|04|2025)"):
        seasonal_profile(pd.Series([3, 4], index=labels))


def test_an_end_that_nobody_knows_is_none():
    start = pd.Series(pd.date_range("2025-03-03 00:30", periods=60, freq="19h"))
    whole = hour_weekday(start, dispersion=1.0).table
    for end in (pd.Series(np.nan, index=start.index), pd.Series(pd.NaT, index=start.index), start.map(lambda _: None)):
        pd.testing.assert_frame_equal(hour_weekday(start, end, dispersion=1.0).table, whole)
    with pytest.raises(SchemaError, match="No event has a time that can be used"):
        hour_weekday(pd.Series([None] * 9))


def test_periods_of_courses_stand_in_any_order_and_need_not_follow_each_other():
    rng = np.random.default_rng(3)
    months = [f"2025-{month:02}" for month in range(1, 9)]
    index = [f"A{n}" for n in range(24)]
    counts = pd.DataFrame(rng.poisson(30, (24, 8)), index=index, columns=months)
    counts.iloc[:12, 4:] *= 3
    left = counts.drop(columns="2025-03")
    one, other = (
        pattern_classes(table, classes=2, null_draws=19, seed=1) for table in (left, left[left.columns[::-1]])
    )
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.table["course"].to_numpy()[:12].tolist() == [2] * 12
