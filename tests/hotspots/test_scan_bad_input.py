"""Scan statistics of what cannot be scanned: one clear sentence each, or a stated behaviour."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from socharm.errors import AlignmentError, CRSError, DataWarning, ParameterError, RefusedError, SchemaError
from socharm.hotspots import scan_clusters, scan_space_time

USUAL: dict[str, Any] = {"distance": "planar", "replications": 19, "seed": 1}


def places(**columns: Any) -> pd.DataFrame:
    made = pd.DataFrame(
        {"id": list("abcdef"), "x": [0.0, 100, 200, 300, 400, 5_000], "y": 0.0, "population": 100,
         "cases": [9, 1, 2, 1, 2, 1]}
    )  # fmt: skip
    return made.assign(**columns)


def cases(**columns: Any) -> pd.DataFrame:
    made = pd.DataFrame({"id": list("aaabbcdef"), "date": [f"2025-0{n}" for n in (1, 2, 3, 1, 2, 3, 1, 2, 3)]})
    return made.assign(**columns)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (places().head(2), "holds 2 locations; a scan needs at least 3"),
        (places(x=1.0), "holds 6 locations at one place"),
        (places().head(0), "`locations` has no rows"),
        (places().drop(columns="x"), r"`locations` lacks the columns \['x'\]"),
        (places().drop(columns="population"), r"`locations` lacks the columns \['population'\]"),
        (places(id="a"), "more than once"),
        (places(population=[100, 100, -1, 100, 100, 100]), "`population` of `locations` must hold finite numbers"),
        (places(population=[100, 100, "many", 100, 100, 100]), "`population` of `locations` must hold finite numbers"),
        (places(cases=[9, 1, 2.5, 1, 2, 1]), "`locations.cases` must hold whole numbers of cases"),
        (places(population=[0, 100, 100, 100, 100, 100]), "cases and a population of zero"),
        (places(population=[None, 100, 100, 100, 100, 100]), "1 location of `locations` lacks a coordinate"),
        (places(area_code="x"), "one column of keys, named one of"),
    ],
)
def test_locations_that_cannot_be_scanned(given, message):
    with pytest.raises(SchemaError, match=message):
        scan_clusters(given, **USUAL)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (places(cases=0), "hold no case at all"),
        (places(population=0), "is zero in all places"),
    ],
)
def test_nothing_to_scan(given, message):
    with pytest.raises(ParameterError, match=message):
        scan_clusters(given, **USUAL)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"shape": "ellipse", "elongations": (0.5,)}, "`elongations`"),
        ({"shape": "ellipse", "elongations": ()}, "`elongations` is empty"),
        ({"shape": "ellipse", "distance": "great-circle"}, "needs planar coordinates"),
        ({"by": "harm"}, "`by='harm'` needs `cases`"),
        ({"by": "harm", "min_cases": 3}, "`min_cases` counts events"),
        ({"model": "bernoulli", "by": "harm"}, "needs model='poisson'"),
        ({"model": "bernoulli", "overdispersion": 0.1}, "`overdispersion` needs model='poisson'"),
        ({"max_population": 1.5}, "`max_population` is 1.5"),
        ({"max_population": 0.0}, "`max_population` is 0"),
        ({"replications": 5}, "`replications` is 5"),
        ({"seed": None}, "`seed` is missing"),
    ],
)
def test_choices_that_do_not_go_together(choices, message):
    with pytest.raises(ParameterError, match=message):
        scan_clusters(places(), **{**USUAL, **choices})


def test_more_persons_than_can_be_dealt_out_are_told():
    with pytest.raises(ParameterError, match="6,000,000,000 persons together; model='bernoulli' takes fewer than"):
        scan_clusters(places(population=10**9), model="bernoulli", **USUAL)


@pytest.mark.parametrize("factor", [1e-290, 1e290])
def test_the_unit_of_harm_changes_nothing_however_large(factor):
    weighted, given = cases(weight=[1.0, 50, 2, 3, 1, 8, 1, 2, 3]), places().drop(columns="cases")
    usual, other = (
        scan_clusters(given, weighted.assign(weight=weighted["weight"] * unit), by="harm", **USUAL).clusters
        for unit in (1.0, factor)
    )
    assert len(usual)
    np.testing.assert_allclose(other[["llr", "p", "ratio"]], usual[["llr", "p", "ratio"]])
    np.testing.assert_allclose(other["observed"], usual["observed"] * factor)


def test_a_map_that_is_not_true_to_scale_is_told():
    points = [shapely.Point(-180_000 + 300 * n, 7_350_000) for n in range(6)]
    stretched = gpd.GeoDataFrame(places().drop(columns=["x", "y"]), geometry=points, crs="EPSG:3857")
    with pytest.raises(CRSError, match=r"lengths are 1\.7"):
        scan_clusters(stretched, replications=19, seed=1)


def test_locations_without_a_value_are_left_out_on_request():
    lacking = places(population=[None, 100, 100, 100, 100, 100])
    with pytest.warns(DataWarning, match="1 location without a value left out, such as"):
        found = scan_clusters(lacking, missing="leave out", **USUAL)
    assert found.findings.left_out == ("a",)
    assert list(found.table.index) == list("bcdef")
    with pytest.warns(DataWarning, match="left out"):
        dated = scan_space_time(lacking, cases(), model="poisson", missing="leave out", **USUAL)
    assert dated.findings.cases == 6


def test_a_population_of_zero_without_cases_adds_nothing():
    empty = places(population=[100, 0, 100, 100, 100, 100], cases=[9, 0, 2, 1, 2, 1])
    found = scan_clusters(empty, **USUAL)
    assert found.clusters.loc[1, "expected"] == pytest.approx(15 / 5)
    assert np.isnan(found.table.loc["b", "ratio"])


def test_an_island_far_away_is_a_location_like_any_other():
    """A scan knows distances and no borders: five kilometres of water are a wide window."""
    found = scan_clusters(places(cases=[1, 1, 1, 1, 1, 12]), **USUAL)
    assert found.clusters.loc[1, "members"] == ("f",)
    assert found.clusters.loc[1, "radius"] == 0


def test_a_window_larger_than_the_study_holds_no_more_than_its_share():
    wide = scan_clusters(places(), max_radius=1e9, **USUAL)
    pd.testing.assert_frame_equal(wide.clusters, scan_clusters(places(), **USUAL).clusters)
    whole = scan_clusters(places(), max_population=1.0, **USUAL)
    assert (whole.clusters["locations"] < 6).all()
    assert whole.clusters["statistic"].iloc[0] >= wide.clusters["statistic"].iloc[0]


def test_centres_that_alone_hold_more_than_a_window_may_are_counted():
    found = scan_clusters(places(population=[100, 100, 100, 100, 100, 900]), max_population=0.3, **USUAL)
    assert found.findings.without_window == 1
    assert "f" not in [key for one in found.clusters["members"] for key in one]


def test_equal_rates_everywhere_have_no_cluster():
    found = scan_clusters(places(cases=5), **USUAL)
    assert len(found.clusters) == 0
    assert found.table["cluster"].isna().all()
    assert "most likely" not in repr(found)
    assert len(found.outlines()) == 0


def test_degrees_are_not_taken_for_metres():
    globe = places(x=np.linspace(-1.7, -1.5, 6), y=54.9)
    with pytest.raises(CRSError, match="could be degrees of longitude and latitude"):
        scan_clusters(globe, replications=19, seed=1)
    named = globe.rename(columns={"x": "longitude", "y": "latitude"})
    with pytest.raises(CRSError, match="whose straight distances are none"):
        scan_clusters(named, **USUAL)
    found = scan_clusters(named, replications=19, seed=1)
    assert (found.findings.distance, found.findings.radius_unit, found.findings.crs) == (
        "great-circle",
        "km",
        "EPSG:4326",
    )
    again = scan_clusters(globe, replications=19, seed=1, distance="great-circle")
    pd.testing.assert_frame_equal(again.clusters, found.clusters)
    with pytest.raises(CRSError, match="some of `locations` are none"):
        scan_clusters(places(), distance="great-circle", replications=19, seed=1)
    with pytest.raises(CRSError, match="longitudes beyond 180"):
        scan_clusters(named.assign(longitude=400.0 + np.arange(6)), replications=19, seed=1)


def test_areas_are_scanned_by_a_point_inside_each():
    squares = [shapely.box(1_000 * n, 0, 1_000 * n + 900, 900) for n in range(6)]
    areas = gpd.GeoDataFrame(
        {"population": 100, "cases": [1, 1, 9, 1, 1, 1]},
        geometry=squares, crs="EPSG:27700", index=pd.Index(list("ABCDEF"), name="area_code"),
    )  # fmt: skip
    found = scan_clusters(areas, replications=19, seed=1)
    assert found.table.index.name == "area_code"
    assert (found.findings.crs, found.findings.radius_unit) == ("EPSG:27700", "metre")
    ground = found.outlines(areas)
    assert ground.geometry.iloc[0].equals(squares[2])
    assert ground.crs == areas.crs
    with pytest.raises(AlignmentError, match="`areas` lack 1 member"):
        found.outlines(areas.drop(index="C"))
    joined = found.join_to(areas[["population"]].head(3))
    assert joined["cluster"].to_list()[2] == 1
    turned = areas.to_crs(4326)
    assert scan_clusters(turned, replications=19, seed=1).findings.distance == "great-circle"
    with pytest.raises(CRSError, match="project them"):
        scan_clusters(turned, **USUAL)
    with pytest.raises(CRSError, match="Leave `distance` out"):
        scan_clusters(areas, distance="great-circle", replications=19, seed=1)


def test_windows_that_would_not_fit_in_memory_are_refused(monkeypatch):
    monkeypatch.setattr("socharm._limits.MAX_WORK_BYTES", 100)
    with pytest.raises(RefusedError, match="Lower `max_population`"):
        scan_clusters(places(), **USUAL)


@pytest.mark.parametrize(
    ("rows", "choices", "error", "message"),
    [
        (cases(date="2025-01"), {}, ParameterError, r"one period \(2025-01\)"),
        (cases(), {"unit": "day"}, ParameterError, "A month is not a day"),
        (cases(), {"unit": "week"}, ParameterError, "A month is not a day"),
        (cases(), {"unit": "number"}, ParameterError, "holds months"),
        (cases(date=range(9)), {"unit": "month"}, ParameterError, "holds numbers"),
        (cases(date=["2025-01", "2025-02-03", *["2025-03"] * 7]), {}, SchemaError, "must be all days"),
        (cases(date=["2025-01", None, *["2025-03"] * 7]), {}, SchemaError, "lacks 1 date, first in row 2"),
        (cases(date=["2025-02-30", *["2025-03-01"] * 8]), {}, SchemaError, "a day that there is none"),
        (cases(date=[0.5, *range(8)]), {}, SchemaError, "numbers that are not whole"),
        (cases(date=[True, False] * 4 + [True]), {}, SchemaError, "holds true and false"),
        (cases(date=["2025-01", *["2025-04"] * 8]), {}, SchemaError, "no row of 2025-02 and 1 more period"),
        (cases(), {"period": ("2025-01", "2025-02")}, ParameterError, "`cases.date` has 3 rows outside of `period`"),
        (cases(), {"period": ("2025-03", "2025-01")}, ParameterError, "Swap the two"),
        (cases(), {"period": ("2025-01-01", "2025-03")}, None, ""),
        (cases(), {"period": (1, 3)}, ParameterError, "which is no month"),
        (cases(id="z"), {}, AlignmentError, r"locations that `locations` do not have, such as \['z'\]"),
        (cases().drop(columns="date"), {}, SchemaError, "needs one column of dates"),
        (cases(month="2025-01"), {}, SchemaError, r"has \['date', 'month'\] at once"),
        (cases().drop(columns="id"), {}, SchemaError, "needs one column of locations"),
        (cases().head(0), {}, SchemaError, "`cases` has no rows"),
        (cases(n=[1, 2, 3, -1, 1, 1, 1, 1, 1]), {}, SchemaError, "`cases.n` must hold finite numbers"),
        (cases(n=1, count=1), {}, SchemaError, "several columns of counts"),
        (cases(), {"by": "harm"}, SchemaError, r"`cases` lacks the columns \['weight'\]"),
        (cases(weight=0.0), {"by": "harm"}, ParameterError, "hold no harm at all"),
        (cases(), {"min_periods": 2}, ParameterError, "a cluster may have 1 of the 3 periods"),
        (cases(), {"min_periods": 2, "max_periods": 1}, ParameterError, "below `min_periods`"),
        (cases(), {"model": "expectation"}, SchemaError, r"`cases` lacks the columns \['expected'\]"),
        (cases(expected=1.0), {"model": "expectation"}, SchemaError, "missing for 9 of 18 locations by dates"),
        (cases(population=range(9)), {"model": "poisson"}, SchemaError, "missing for 9 of 18"),
        (cases(), {"adjust": "time"}, ParameterError, "`adjust` is for model='poisson'"),
        (cases(expected=1.0), {"model": "expectation", "by": "harm"}, ParameterError, "what was expected are events"),
    ],
)  # fmt: skip
def test_cases_that_cannot_be_scanned(rows, choices, error, message):
    if error is None:
        assert scan_space_time(places(), rows, **USUAL, **choices).findings.first == "2025-01"
        return
    with pytest.raises(error, match=message):
        scan_space_time(places(), rows, **USUAL, **choices)


def test_the_order_of_dates_and_days_without_a_case_do_not_matter():
    days = cases(date=[f"2025-01-{n:02d}" for n in (9, 1, 5, 7, 2, 14, 3, 8, 10)])
    found = scan_space_time(places(), days, **USUAL)
    assert (found.findings.first, found.findings.last, found.findings.periods) == ("2025-01-01", "2025-01-14", 14)
    assert found.findings.empty_periods == 5
    weeks = scan_space_time(places(), days, unit="week", **USUAL).findings
    assert (weeks.periods, weeks.first, weeks.last) == (2, "2025-01-01", "2025-01-14")
    again = scan_space_time(places(), days.assign(date=[dt.date.fromisoformat(day) for day in days["date"]]), **USUAL)
    pd.testing.assert_frame_equal(again.clusters, found.clusters)
    stamps = scan_space_time(places(), days.assign(date=pd.to_datetime(days["date"])), **USUAL)
    pd.testing.assert_frame_equal(stamps.clusters, found.clusters)


def test_periods_are_counted_back_from_the_last():
    days = cases(date=[0, 1, 2, 3, 4, 5, 6, 7, 8])
    found = scan_space_time(places(), days, every=4, model="poisson", **USUAL)
    assert found.findings.periods == 3
    ends = {(row["first"], row["last"]) for row in found.clusters.to_dict("records")}
    assert ends <= {(0, 0), (1, 4), (5, 8), (0, 4), (1, 8)}
    months = scan_space_time(places(), cases(date=pd.PeriodIndex(cases()["date"], freq="M")), **USUAL)
    pd.testing.assert_frame_equal(months.clusters, scan_space_time(places(), cases(), **USUAL).clusters)
    years = cases(date=[f"202{n}-05-01" for n in range(9)])
    assert scan_space_time(places(), years, unit="year", **USUAL).findings.first == "2020"


def test_the_first_period_that_is_shorter_expects_less():
    rows = pd.DataFrame([(key, day) for key in "abcdef" for day in range(5)], columns=["id", "date"])
    found = scan_space_time(places(), rows, every=4, model="poisson", **USUAL)
    assert not len(found.clusters)  # every place has one case a day


def test_a_cluster_that_is_over_is_none_of_a_prospective_scan():
    rows = pd.DataFrame([(key, month) for key in "abcdef" for month in range(1, 9)], columns=["id", "month"])
    burst = pd.DataFrame({"id": "a", "month": [3] * 9})
    both = [
        scan_space_time(places(), pd.concat([rows, burst]), analysis=analysis, **USUAL).clusters
        for analysis in ("retrospective", "prospective")
    ]
    assert (both[0].loc[1, "members"], both[0].loc[1, "first"], both[0].loc[1, "last"]) == (("a",), 3, 3)
    assert (both[1]["last"] == 8).all()
    assert not (both[1]["first"] <= 3).any()


def test_progress_is_told_and_an_interruption_is_passed_on():
    told = []
    scan_clusters(places(), progress=lambda *step: told.append(step), **USUAL)
    assert told[-1] == ("replications", 19, 19)

    def stop(step: str, number: int, of: int) -> None:
        if step == "replications":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_clusters(places(), progress=stop, **USUAL)
