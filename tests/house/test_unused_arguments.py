"""An argument that a mode does not look at is refused: whoever states it expects it to matter."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights
from libpysal.graph import Graph
from shapely.geometry import Point, box

import socharm as sh
import socharm.composite as cx
from socharm.errors import AlignmentError, ParameterError
from socharm.hotspots.areas.global_statistics import global_geary, global_moran
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.local_geary import local_geary, local_spread

CODES = list("ABCD")
VALUES = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 2.0, 3.0, 5.0]}, index=CODES)


def two(*prepare: cx.ImputeStep) -> cx.CompositeRecipe:
    indicators = (cx.IndicatorSpec(name="x"), cx.IndicatorSpec(name="y"))
    steps = (*prepare, cx.NormaliseStep(), cx.WeighStep(), cx.AggregateStep())
    return cx.CompositeRecipe(name="two", indicators=indicators, steps=steps)


def test_a_period_without_a_panel_is_no_period_of_the_index():
    with pytest.raises(ParameterError, match=r"`period` is '2024': .*no `panel` is given. Give it, or leave"):
        cx.composite_index(VALUES, two(), period="2024")
    with pytest.raises(ParameterError, match="`period` is '2024'"):
        cx.composite_index(VALUES, settings={"recipe": two(), "period": "2024"})


@pytest.mark.parametrize(
    ("name", "given", "step"),
    [("panel", {"2021": VALUES}, "panel-latest"), ("groups", pd.Series(["p"] * 4, index=CODES), "group-mean")],
)
def test_what_no_step_looks_at_is_refused(name, given, step):
    with pytest.raises(ParameterError, match=f"`{name}` is given, and no step of 'two' looks at it.*'{step}'"):
        cx.composite_index(VALUES, two(), **{name: given})


def test_tables_of_other_places_are_told_by_their_codes():
    other = VALUES.set_axis(list("WXYZ"))
    with pytest.raises(
        AlignmentError, match=r"`areas` holds none of the 4 areas.*\['A', 'B', 'C'\]; it has \['W', 'X'"
    ):
        cx.composite_index(VALUES, two(), areas=other)
    with pytest.raises(AlignmentError, match=r"`panel\['2021'\]` holds none of the 4 areas"):
        cx.composite_index(VALUES, two(cx.ImputeStep(method="panel-latest")), panel={"2021": other}, period="2024")
    grouped = two(cx.ImputeStep(method="group-mean"))
    with pytest.raises(
        AlignmentError, match=r"2 areas of `indicators` have no group, such as \['C', 'D'\]; `groups` is"
    ):
        cx.composite_index(VALUES, grouped, groups=pd.Series(["p", "p"], index=["A", "B"]))
    with pytest.raises(AlignmentError, match="4 areas of `indicators` have no group"):
        cx.composite_index(VALUES, grouped, groups=pd.Series(["p"] * 4, index=list("WXYZ")))


@pytest.mark.parametrize(
    "test",
    [local_gi_star, local_moran, local_geary, local_spread, global_moran, global_geary],
    ids=lambda f: f.__name__,
)
def test_a_series_has_no_columns(test):
    codes = [f"A{i}" for i in range(12)]
    pairs = [(i, (i + step) % 12) for i in range(12) for step in (-1, 1)]
    graph = Graph.from_arrays([codes[i] for i, _ in pairs], [codes[j] for _, j in pairs], np.ones(len(pairs)))
    values = pd.Series(np.arange(12.0), index=codes)
    more = {} if test is local_spread else {"seed": 1, "permutations": 999}
    with pytest.raises(ParameterError, match="`column` is 'harm', a column of an index, and `values` is one Series"):
        test(values, graph, column="harm", **more)
    test(values, graph, **more)


def test_choices_of_another_rule_are_refused():
    index = sh.severity_index(
        make_counts(np.random.default_rng(1).poisson(5, (12, 3, 6))),
        make_weights({"burglary": 1.0, "drugs": 2.0, "violence-and-sexual-offences": 3.0}),
    )
    with pytest.raises(ParameterError, match="`draws` is 1000, and exact tests make none"):
        sh.rank_confidence_sets(index, seed=1, measure="crimes", method="exact", draws=1_000)
    sets = sh.rank_confidence_sets(index, seed=1, draws=100)
    with pytest.raises(ParameterError, match=r"`minimum_pai` is 3, and the top is k=5. Use k='pai'"):
        sh.classify_top(sets, k=5, minimum_pai=3.0)


def test_people_of_a_sum_are_refused():
    lookup = sh.read_lookup(pd.DataFrame({"s": ["A", "B"], "t": ["T", "T"]}), source="s", target="t")
    people = pd.Series([1.0, 2.0], index=["A", "B"])
    with pytest.raises(ParameterError, match="`population` is given, and how='sum' needs no people"):
        sh.roll_up(people, lookup, population=people)
    with pytest.raises(ParameterError, match="`population` is given beside a population"):
        sh.roll_up(make_population({"A": 1.0, "B": 2.0}), lookup, population=people)


def test_what_a_file_of_boundaries_states_itself_is_not_stated(tmp_path):
    frame = gpd.GeoDataFrame(
        {"code": ["A1", "A2"]}, geometry=[box(400_000, 4e5, 401_000, 401_000), box(401_000, 4e5, 402_000, 401_000)],
        crs=27700,
    )  # fmt: skip
    frame.to_file(tmp_path / "wards.geojson", engine="pyogrio")
    frame.to_file(tmp_path / "wards.gpkg", engine="pyogrio")
    with pytest.raises(ParameterError, match=r"`layer` is 'parks'; 'wards.geojson' holds one layer"):
        sh.read_boundaries(tmp_path / "wards.geojson", code="code", layer="parks")
    for name in ("wards.geojson", "wards.gpkg"):
        with pytest.raises(ParameterError, match=f"`encoding` is 'cp1252', and '{name}' is no Shapefile"):
            sh.read_boundaries(tmp_path / name, code="code", encoding="cp1252")
    areas = sh.read_boundaries(tmp_path / "wards.gpkg", code="code")
    points = gpd.GeoDataFrame({"c": ["p"]}, geometry=[Point(400_500, 400_500)], crs=27700)
    with pytest.raises(ParameterError, match=r"`x` and `y` name the columns \['east', 'y'\], and a GeoDataFrame has"):
        sh.best_fit_lookup(points, areas, code="c", x="east")


def test_a_reason_without_a_lower_marking_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="`reason` is why a marking is lowered, and `lower_to` is not given"):
        sh.publish_snapshot(tmp_path, role="analyst", created=dt.datetime(2026, 1, 1), reason="it is public")


def test_groups_of_values_are_complete_for_rounding_too():
    counts = pd.DataFrame({"area_code": ["A", "B"], "n": [3, 4]})
    with pytest.raises(ParameterError, match=r"`hierarchy\['area_code'\]` has no group for \['A', 'B'\]"):
        sh.publish.round_small_counts(counts, by=["area_code"], hierarchy={"area_code": {"Q": "z"}})
