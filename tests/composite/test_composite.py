"""Composite indices: recipes that replay, gaps that are never filled in silence, and inputs that cannot be."""

from __future__ import annotations

import dataclasses
import json
import tomllib

import numpy as np
import pandas as pd
import pytest
from factories import make_population
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
import socharm.composite as cx
from socharm._about import About, AssessmentPeriod
from socharm.composite.impute import filled_from_panel, period_number
from socharm.composite.settings import CompositeSettings
from socharm.composite.text import PACKAGED, composite_recipe, recipe_as_json
from socharm.errors import (
    AlignmentError,
    DataWarning,
    ModelWarning,
    ParameterError,
    RefusedError,
    SchemaError,
)
from socharm.stats.composite_normalise import Scale

I, D = cx.IndicatorSpec, cx.DomainSpec  # noqa: E741
ABOUT = About(period=AssessmentPeriod("2025-04", "2025-09"), sources=("by hand",), marking="OFFICIAL-SENSITIVE")


def recipe(*indicators, domains=(), prepare=(), normalise=None, weigh=None, aggregate=None, **more):
    steps = (
        *prepare,
        normalise or cx.NormaliseStep(),
        weigh or cx.WeighStep(),
        aggregate or cx.AggregateStep(),
    )
    return cx.CompositeRecipe(name="test", indicators=indicators, domains=domains, steps=steps, **more)


@pytest.fixture
def town():
    """Four areas, two domains; one gap."""
    return pd.DataFrame(
        {
            "harm": [10.0, 20.0, 30.0, 50.0],
            "asb": [5.0, 5.0, np.nan, 25.0],
            "trust": [80.0, 60.0, 40.0, 20.0],
        },
        index=pd.Index(["A", "B", "C", "D"], name="area_code"),
    )


TWO_DOMAINS = recipe(
    I(name="harm", parent="crime", weight=3.0),
    I(name="asb", parent="crime", weight=1.0),
    I(name="trust", parent="people", direction=-1, kind="perception"),
    domains=(D(name="crime", weight=2.0), D(name="people", weight=1.0)),
)


# --- the engine, by hand ---


def test_the_worked_example(town):
    found = cx.composite_index(town, TWO_DOMAINS, about=ABOUT)
    # min-max: harm 0, 25, 50, 100; asb 0, 0, gap, 100; trust (turned) 0, 100/3, 200/3, 100.
    crime = [0.0, 18.75, 50.0, 100.0]
    people = [0.0, 100 / 3, 200 / 3, 100.0]
    np.testing.assert_allclose(found.domains["crime"], crime)
    np.testing.assert_allclose(found.domains["people"], people)
    np.testing.assert_allclose(found.table["score"], [(2 * c + p) / 3 for c, p in zip(crime, people, strict=True)])
    assert found.table["rank"].tolist() == [4, 3, 2, 1]
    assert str(found.table["rank"].dtype) == "Int64"
    assert found.table.loc["C", "missing"] == "asb"
    assert found.table.loc["C", "availability"] == pytest.approx(2 / 3)
    assert found.imputed.empty
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.table["score"])
    assert found.contributions.loc["C", "harm"] == pytest.approx(100 / 3)  # it carries the whole domain there
    assert found.indicators["weight_effective"].to_dict() == pytest.approx({"harm": 0.5, "asb": 1 / 6, "trust": 1 / 3})
    assert found.indicators["weight_stated"].to_dict() == pytest.approx({"harm": 0.75, "asb": 0.25, "trust": 1.0})
    assert found.indicators["influence"].sum() == pytest.approx(1.0)
    assert found.about.marking == "OFFICIAL-SENSITIVE"
    assert found.about.period == ABOUT.period
    assert "4 scored" in repr(found)
    assert found.top(1).index.tolist() == ["D"]


def test_the_human_development_index_is_the_published_one():
    """UNDP's index of 2021 from its inputs, as printed by the R package tidyindex (data set `hdi`).

    Goalposts 20 to 85 years of life, 0 to 18 and 0 to 15 years of school, 100 to 75,000 dollars (logarithms); the
    arithmetic mean of the two school indices, the geometric mean of the three domains. Inputs are rounded.
    """
    columns = ["published", "life", "expected", "mean", "income"]
    rows = {
        "Switzerland": [0.962, 84.0, 16.5, 13.9, 4.83], "Norway": [0.961, 83.2, 18.2, 13.0, 4.81],
        "Iceland": [0.959, 82.7, 19.2, 13.8, 4.75], "Hong Kong": [0.952, 85.5, 17.3, 12.2, 4.80],
        "Australia": [0.951, 84.5, 21.1, 12.7, 4.69], "Denmark": [0.948, 81.4, 18.7, 13.0, 4.78],
        "Sweden": [0.947, 83.0, 19.4, 12.6, 4.74], "Ireland": [0.945, 82.0, 18.9, 11.6, 4.88],
        "Germany": [0.942, 80.6, 17.0, 14.1, 4.74], "Netherlands": [0.941, 81.7, 18.7, 12.6, 4.75],
    }  # fmt: skip
    values = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    spec = recipe(
        I(name="life", goalposts=(20.0, 85.0)), I(name="income", goalposts=(2.0, float(np.log10(75_000)))),
        I(name="expected", parent="school", goalposts=(0.0, 18.0)),
        I(name="mean", parent="school", goalposts=(0.0, 15.0)),
        domains=(D(name="school", aggregation="arithmetic"),),
        normalise=cx.NormaliseStep(method="goalposts", high=1.0),
        aggregate=cx.AggregateStep(method="geometric"),
    )  # fmt: skip
    found = cx.composite_index(values, spec)
    assert (found.table["score"] - values["published"]).abs().max() < 0.0025
    np.testing.assert_allclose(found.domains["school"].head(3), [0.920, 0.933, 0.959], atol=0.003)
    np.testing.assert_allclose(found.normalised["life"].head(4), [0.984, 0.973, 0.964, 1.0], atol=0.001)
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.table["score"])


def test_inputs_are_not_touched_and_runs_repeat(town):
    before = town.copy()
    one, two = (cx.composite_index(town, TWO_DOMAINS) for _ in range(2))
    pd.testing.assert_frame_equal(town, before)
    for part in ("table", "domains", "indicators", "contributions", "steps", "correlations", "findings"):
        pd.testing.assert_frame_equal(getattr(one, part), getattr(two, part))


@given(order=st.permutations(range(4)))
@settings(max_examples=15)
def test_the_order_of_rows_and_columns_does_not_matter(order):
    frame = pd.DataFrame(
        {"harm": [10.0, 20.0, 30.0, 50.0], "asb": [5.0, 9.0, np.nan, 25.0], "trust": [8.0, 6.0, 4.0, 2.0]},
        index=list("ABCD"),
    )
    moved = frame.iloc[list(order), ::-1]
    found, whole = (cx.composite_index(t, TWO_DOMAINS).table["score"] for t in (moved, frame))
    pd.testing.assert_series_equal(found.sort_index(), whole, check_names=False)


def test_equals_share_a_rank():
    values = pd.DataFrame({"a": [1.0, 3.0, 3.0, 2.0]}, index=list("ABCD"))
    assert cx.composite_index(values, recipe(I(name="a"))).table["rank"].tolist() == [4, 1, 1, 3]


def test_context_is_shown_and_never_weighed(town):
    specs = (I(name="harm"), I(name="trust", direction=0), I(name="asb", kind="context"))
    found = cx.composite_index(town, recipe(*specs))
    assert found.context.columns.tolist() == ["trust", "asb"]
    np.testing.assert_allclose(found.table["score"], [0, 25, 50, 100])
    assert found.indicators["status"].tolist() == ["used", "context", "context"]


def test_the_settings_replay(town):
    found = cx.composite_index(town, TWO_DOMAINS)
    again = cx.composite_index(town, composite_recipe(tomllib.loads(cx.dump_composite_recipe(found.recipe))))
    pd.testing.assert_frame_equal(found.table, again.table)
    assert again.recipe == found.recipe


def test_arrays_score_as_the_index_does(town):
    found = cx.composite_index(town, TWO_DOMAINS)
    np.testing.assert_allclose(found.arrays.scores()[0], found.table["score"])
    assert found.arrays.nodes == ("harm", "asb", "trust", "crime", "people")
    draws = np.tile(found.arrays.weights, (3, 1))
    np.testing.assert_allclose(found.arrays.scores(draws)[2], found.table["score"])
    ranked = found.arrays.scores(normalisation="percentile", aggregation="geometric", scale=Scale(low=1.0))
    assert np.argsort(ranked[0]).tolist() == [0, 1, 2, 3]


# --- steps ---


def test_denominators_divide_and_zero_is_no_denominator(town):
    spec = recipe(I(name="asb", denominator="residents", per=1000.0), prepare=(cx.DenominateStep(),))
    people = make_population({"A": 1000.0, "B": 500.0, "C": 400.0, "D": 2500.0, "Z": 1.0})
    found = cx.composite_index(town, spec, denominators={"residents": people})
    assert found.arrays.values[:, 0].tolist()[:2] == [5.0, 10.0]
    none = pd.Series({"A": 1000.0, "B": 500.0, "C": 400.0, "D": 0.0})
    with pytest.warns(DataWarning, match="1 value has no denominator"):
        found = cx.composite_index(town, spec, denominators={"residents": none})
    assert np.isnan(found.table.loc["D", "score"])
    assert "asb is missing" in found.table.loc["D", "reason"]


def test_only_denominators_that_a_step_divides_by_are_asked_for(town):
    """What screening leaves out before is divided by nothing; all that are lacking are named at once."""
    town["asb"] = [5.0, np.nan, np.nan, np.nan]
    indicators = (
        I(name="harm", denominator="homes"),
        I(name="asb", denominator="shops"),
        I(name="trust", direction=-1, denominator="residents"),
    )
    spec = recipe(*indicators, prepare=(cx.ScreenStep(least_indicator=0.5), cx.DenominateStep()))
    with pytest.raises(ParameterError, match=r"divides 'harm' by 'homes', 'trust' by 'residents', which") as told:
        cx.composite_index(town, spec)
    assert "shops" not in str(told.value)
    ones = pd.Series(1.0, index=town.index)
    found = cx.composite_index(town, spec, denominators={"homes": ones, "residents": ones})
    assert found.table["score"].notna().all()


def test_a_pooled_index_is_100_for_all_areas_together():
    values = pd.DataFrame({"n": [3.0, 2.0]}, index=["A", "B"])
    spec = recipe(
        I(name="n", denominator="people"),
        prepare=(cx.DenominateStep(),),
        normalise=cx.NormaliseStep(method="index-to-mean", pooled=True),
    )
    found = cx.composite_index(values, spec, denominators={"people": pd.Series({"A": 300.0, "B": 100.0})})
    assert found.table["score"].tolist() == pytest.approx([80.0, 160.0])


def test_screening_says_who_and_why(town):
    town["asb"] = [5.0, 6.0, np.nan, np.nan]
    town.loc["D", "harm"] = np.nan
    spec = dataclasses.replace(TWO_DOMAINS, steps=(cx.ScreenStep(least_area=0.5), *TWO_DOMAINS.steps))
    found = cx.composite_index(town, spec)
    assert found.table.loc["D", ["score", "rank"]].isna().all()
    assert found.table.loc["D", "reason"] == "has 33% of the indicators, below 50%"
    assert found.table.loc["D", "missing"] == "harm, asb"
    spec = dataclasses.replace(TWO_DOMAINS, steps=(cx.ScreenStep(least_indicator=0.6), *TWO_DOMAINS.steps))
    found = cx.composite_index(town, spec)
    assert found.indicators.loc["asb", "status"] == "left out"
    assert "asb" in found.about.coverage
    assert [spec.name for spec in found.used.weighed] == ["harm", "trust"]
    assert found.recipe == spec
    all_gaps = town.assign(harm=[1.0, np.nan, np.nan, np.nan])
    strict = recipe(I(name="harm"), I(name="asb"), prepare=(cx.ScreenStep(least_indicator=1.0),))
    with pytest.raises(ParameterError, match="left after screening"):
        cx.composite_index(all_gaps, strict)


@pytest.mark.parametrize(("method", "value"), [
    ("mean", 35 / 3), ("median", 5.0), ("group-mean", 25.0), ("group-median", 25.0),
])  # fmt: skip
def test_filled_values_are_counted_and_listed(town, method, value):
    spec = dataclasses.replace(TWO_DOMAINS, steps=(cx.ImputeStep(method=method), *TWO_DOMAINS.steps))
    groups = pd.Series({"A": "x", "B": "x", "C": "y", "D": "y"})
    with pytest.warns(DataWarning, match="1 missing value was filled"):
        found = cx.composite_index(town, spec, groups=groups if method.startswith("group") else None)
    assert found.imputed.to_dict("records") == [
        {"area_code": "C", "indicator": "asb", "value": pytest.approx(value), "how": method}
    ]
    assert found.table["imputed"].tolist() == [0, 0, 1, 0]
    assert found.table.loc["C", "availability"] == pytest.approx(2 / 3)  # of what was sent
    assert found.indicators.loc["asb", "imputed"] == 1
    assert "1 missing value was filled" in found.about.coverage


def test_a_group_without_values_fills_nothing(town):
    spec = dataclasses.replace(TWO_DOMAINS, steps=(cx.ImputeStep(method="group-mean"), *TWO_DOMAINS.steps))
    found = cx.composite_index(town, spec, areas=pd.DataFrame({"name": list("abcd"), "parent": list("wxyz")},
                                                              index=town.index))  # fmt: skip
    assert found.imputed.empty
    assert found.steps.loc[0, "what"] == "filled 0 gaps; 1 stay missing"
    assert found.table["name"].tolist() == list("abcd")
    with pytest.raises(ParameterError, match="needs `groups`"):
        cx.composite_index(town, spec)


def test_a_panel_fills_from_other_periods():
    now = pd.DataFrame({"x": [np.nan, np.nan, np.nan, 1.0]}, index=list("ABCD"))
    panel = {
        "2021": pd.DataFrame({"x": [10.0, 10.0, np.nan]}, index=list("ABC")),
        "2023": pd.DataFrame({"x": [20.0, np.nan, np.nan]}, index=list("ABC")),
        "2025": pd.DataFrame({"x": [40.0, np.nan, 9.0]}, index=list("ABC")),
    }
    latest = filled_from_panel(now, panel, period="2024", linear=False)["x"]
    assert latest[["A", "B", "D"]].tolist() == [20.0, 10.0, 1.0]
    assert np.isnan(latest["C"])
    line = filled_from_panel(now, panel, period="2024", linear=True)["x"]
    assert line[["A", "B"]].tolist() == [30.0, 10.0]
    assert np.isnan(line["C"])  # known later only: nobody could have known it
    spec = recipe(I(name="x"), prepare=(cx.ImputeStep(method="panel-latest"),))
    with pytest.warns(DataWarning, match="2 missing"):
        found = cx.composite_index(now, spec, panel=panel, period="2024")
    assert found.table["imputed"].tolist() == [1, 1, 0, 0]
    with pytest.raises(ParameterError, match="needs `panel`"):
        cx.composite_index(now, spec)
    with pytest.raises(ParameterError, match="no period"):
        period_number("spring")


def test_treatment_is_told_for_each_indicator():
    values = pd.DataFrame({"a": [*range(1, 11), 100.0], "b": np.arange(11.0)}, index=list("ABCDEFGHIJK"))
    found = cx.composite_index(values, recipe(I(name="a"), I(name="b"), prepare=(cx.TreatStep(),)))
    told = found.indicators.loc["a"]
    assert (told["treatment"], told["winsorised"]) == ("winsorise", 1)
    assert told["skew_before"] > 2 > abs(told["skew_after"])
    assert found.winsorised.to_dict("records") == [{"area_code": "K", "indicator": "a", "before": 100.0, "value": 10.0}]
    assert found.indicators.loc["b", "treatment"] == "none"
    only = recipe(I(name="a"), I(name="b"), prepare=(cx.TreatStep(only=("b",)),))
    assert cx.composite_index(values, only).indicators.loc["a", "winsorised"] == 0


def test_elicited_weights_keep_the_respondents_apart(town):
    asked = cx.Elicitation(
        points={"analyst": {"harm": 60, "asb": 40}, "council": {"harm": 90, "asb": 10}}, date="2025-09", question="?"
    )
    spec = dataclasses.replace(
        TWO_DOMAINS, steps=(cx.NormaliseStep(), cx.WeighStep(method="elicited", elicitation=asked), cx.AggregateStep())
    )
    found = cx.composite_index(town, spec)
    assert found.indicators.loc["harm", ["weight_low", "weight_used", "weight_high"]].tolist() == pytest.approx(
        [0.6, 0.75, 0.9]
    )
    assert "nobody was asked" in found.steps.iloc[-2]["what"]
    assert composite_recipe(json.loads(recipe_as_json(spec))) == spec
    nobody = cx.WeighStep(method="elicited", elicitation=cx.Elicitation(points={"analyst": {"hram": 1.0}}))
    with pytest.raises(ParameterError, match="none of them a part"):
        cx.composite_index(town, dataclasses.replace(spec, steps=(cx.NormaliseStep(), nobody, cx.AggregateStep())))
    swing = cx.Elicitation(method="swing", points={"one": {"harm": 100, "asb": 50}})
    assert swing.shares(("harm", "asb")).tolist() == [[pytest.approx(2 / 3), pytest.approx(1 / 3)]]


@pytest.mark.parametrize(("make", "said"), [
    (lambda: cx.Elicitation(), "empty"),
    (lambda: cx.Elicitation(points={"one": {"a": 0.0}}), "not all 0"),
    (lambda: cx.Elicitation(points={"one": {"a": -1.0, "b": 2.0}}), "at least 0"),
    (lambda: cx.Elicitation(method="swing", points={"one": {"a": 90.0}}), "most important is 100"),
    (lambda: cx.Elicitation(points={"one": {"a": 5.0}}).shares(("a", "b")), "no points for"),
    (lambda: cx.WeighStep(method="elicited"), "needs one"),
    (lambda: cx.WeighStep(method="random"), "must be one of"),
    (lambda: cx.AggregateStep(method="generalised", power=0.0), "geometric"),
    (lambda: cx.NormaliseStep(method="distance-to-reference"), "reference"),
    (lambda: cx.ImputeStep(method="zero"), "must be one of"),
    (lambda: cx.ScreenStep(least_area=2.0), "from 0 to 1"),
])  # fmt: skip
def test_steps_that_cannot_be(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


@pytest.mark.parametrize("method", ["equal", "pca", "optimised"])
def test_other_weights(method):
    rng = np.random.default_rng(1)
    base = rng.normal(50, 10, 60)
    values = pd.DataFrame({name: base + rng.normal(0, s, 60) for name, s in zip("abc", (5, 5, 15), strict=True)})
    values.index = [f"W{i}" for i in range(60)]
    spec = recipe(I(name="a", weight=9.0, importance=1.0), I(name="b", importance=1.0), I(name="c", importance=1.0),
                  weigh=cx.WeighStep(method=method))  # fmt: skip
    used = cx.composite_index(values, spec).indicators["weight_used"]
    assert used.sum() == pytest.approx(1.0)
    assert {"equal": used.nunique() == 1, "pca": used["c"] < used["a"], "optimised": used["c"] > used["a"]}[method]
    if method == "pca":
        with pytest.warns(ModelWarning, match="load against"):
            cx.composite_index(values.assign(c=-values["c"]), spec)
    if method == "optimised":
        far = recipe(*(I(name=n, importance=w) for n, w in zip("abc", (50.0, 1.0, 1.0), strict=True)),
                     weigh=cx.WeighStep(method=method))  # fmt: skip
        with pytest.warns(ModelWarning, match="No weights give"):
            cx.composite_index(values, far)


def test_marks_come_from_the_indicators(town):
    posts = recipe(I(name="harm", goalposts=(0.0, 100.0)), normalise=cx.NormaliseStep(method="goalposts"))
    assert cx.composite_index(town, posts).table["score"].tolist() == pytest.approx([10, 20, 30, 50])
    target = recipe(I(name="trust", direction=-1, target=60.0), normalise=cx.NormaliseStep(method="distance-to-target"))
    assert cx.composite_index(town, target).table["score"].tolist() == pytest.approx([0, 0, 50, 100])
    like_b = recipe(I(name="harm"), normalise=cx.NormaliseStep(method="distance-to-reference", reference="B"))
    assert cx.composite_index(town, like_b).table["score"].tolist() == pytest.approx([0, 0, 100 / 3, 100])
    with pytest.raises(ParameterError, match="'Z' is not among the areas"):
        cx.composite_index(
            town, recipe(I(name="harm"), normalise=cx.NormaliseStep(method="distance-to-reference", reference="Z"))
        )
    with pytest.raises(ParameterError, match="'harm' has no two different goalposts"):
        cx.composite_index(town, recipe(I(name="harm"), normalise=cx.NormaliseStep(method="goalposts")))


def test_copeland_has_scores_but_no_contributions(town):
    found = cx.composite_index(town, recipe(I(name="harm"), I(name="trust", direction=-1),
                                            aggregate=cx.AggregateStep(method="copeland")))  # fmt: skip
    assert found.table["score"].tolist() == [-3.0, -1.0, 1.0, 3.0]
    assert found.contributions.isna().all().all()
    assert found.indicators["influence"].isna().all()
    with pytest.raises(ParameterError, match="does not add up"):
        sh.maps.plot_contributions(found)


# --- bad input ---


def test_one_area():
    values = pd.DataFrame({"a": [3.0]}, index=["A"])
    with pytest.raises(ParameterError, match="compares areas, and there are 1"):
        cx.composite_index(values, recipe(I(name="a")))
    alone = recipe(I(name="a", goalposts=(0.0, 10.0)), normalise=cx.NormaliseStep(method="goalposts"))
    assert cx.composite_index(values, alone).table[["score", "rank"]].to_numpy().tolist() == [[30.0, 1]]


def test_all_equal_is_one_rank_in_the_middle():
    values = pd.DataFrame({"a": [3.0] * 4, "b": [1.0] * 4}, index=list("ABCD"))
    with pytest.warns(DataWarning, match="tell no areas apart"):
        found = cx.composite_index(values, recipe(I(name="a"), I(name="b")))
    assert found.table["score"].tolist() == [50.0] * 4
    assert found.table["rank"].tolist() == [1] * 4
    assert not found.indicators["spread"].any()
    assert set(found.findings["check"]) == {"one value"}


def test_an_indicator_with_one_value_does_not_move_the_ranks():
    values = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [np.nan, 7.0, np.nan]}, index=list("ABC"))
    with pytest.warns(DataWarning, match=r"\['b'\] have one value"):
        found = cx.composite_index(values, recipe(I(name="a"), I(name="b", weight=0.1)))
    assert found.table["rank"].tolist() == [3, 2, 1]


def test_a_geometric_mean_of_zero_says_what_to_do(town):
    spec = dataclasses.replace(
        TWO_DOMAINS, steps=(cx.NormaliseStep(), cx.WeighStep(), cx.AggregateStep(method="geometric"))
    )
    with pytest.raises(ParameterError, match="low=1, high=100"):
        cx.composite_index(town, spec)
    above = dataclasses.replace(spec, steps=(cx.NormaliseStep(low=1.0), *spec.steps[1:]))
    assert cx.composite_index(town, above).table["rank"].tolist() == [4, 3, 2, 1]


@pytest.mark.parametrize(("make", "said"), [
    (lambda: recipe(I(name="a", weight=0.0), I(name="b", weight=0.0)), "add up to 0"),
    (lambda: recipe(I(name="a", parent="x"), domains=(D(name="x", parent="y"), D(name="y", parent="x"))), "circle: x"),
    (lambda: recipe(I(name="a", parent="crimes"), domains=(D(name="crime"),)), "Did you mean 'crime'"),
    (lambda: recipe(I(name="a", parent="x"), domains=(D(name="x", parent="z"),)), "'z', which is no domain"),
    (lambda: recipe(I(name="a"), domains=(D(name="x"),)), "hold no indicator"),
    (lambda: recipe(I(name="a"), I(name="a")), "more than once"),
    (lambda: recipe(I(name="a", direction=0)), "no indicator to weigh"),
    (lambda: recipe(I(name="a"), forced={"b": "why"}), "'b', which is no indicator of the recipe"),
    (lambda: recipe(I(name="a"), forced={"a": " "}), "No reason is given for the use of 'a'. Say why"),
    (lambda: recipe(I(name="a"), missing="zero"), "missing"),
    (lambda: cx.CompositeRecipe(name="x", indicators=(I(name="a"),), steps=(cx.AggregateStep(), cx.NormaliseStep())),
     "one normalise"),
    (lambda: cx.CompositeRecipe(name="x", indicators=(I(name="a"),), steps=(cx.NormaliseStep(), cx.ScreenStep(),
                                                                            cx.AggregateStep())), "first"),
    (lambda: I(name="a", direction=2), r"`direction` of 'a' is 2; it must be one of \[-1, 0, 1\]"),
    (lambda: I(name="a", weight=-1.0), "at least 0"),
    (lambda: I(name="index"), "other than 'index'"),
    (lambda: D(name=""), "`name` is ''; it must be text that is not empty"),
    (lambda: I(name="a", kind="harms"), "Did you mean 'harm'"),
    (lambda: I(name="a", goalposts=(5.0, 1.0)), "lower, upper"),
    (lambda: TWO_DOMAINS.without("crimes"), "Did you mean 'crime'"),
    (lambda: TWO_DOMAINS.without("crime", "people"), "no indicators left"),
])  # fmt: skip
def test_recipes_that_cannot_be(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_values_that_cannot_be(town):
    with pytest.raises(SchemaError, match="more than once"):
        cx.composite_index(pd.concat([town, town]), TWO_DOMAINS)
    with pytest.raises(SchemaError, match="'harm' must hold finite numbers"):
        cx.composite_index(town.assign(harm=["1", "x", "3", "4"]), TWO_DOMAINS)
    with pytest.raises(SchemaError, match="finite"):
        cx.composite_index(town.assign(harm=[1.0, np.inf, 3.0, 4.0]), TWO_DOMAINS)
    with pytest.raises(SchemaError, match="lacks the columns"):
        cx.composite_index(town.drop(columns="asb"), TWO_DOMAINS)
    with pytest.raises(SchemaError, match="no value in any area"):
        cx.composite_index(town.assign(asb=np.nan), TWO_DOMAINS)
    with pytest.raises(ParameterError, match="holds 1; each part must be"):
        cx.composite_index([1, 2], TWO_DOMAINS)
    with pytest.raises(ParameterError, match="load_composite_recipe"):
        cx.composite_index(town, {"name": "x"})
    divided = recipe(I(name="harm", denominator="homes"), prepare=(cx.DenominateStep(),))
    with pytest.raises(ParameterError, match="which `denominators` lacks"):
        cx.composite_index(town, divided)
    with pytest.raises(AlignmentError, match="3 areas are not in"):
        cx.composite_index(town, divided, denominators={"homes": pd.Series({"A": 5.0})})
    for below in ({}, {"homes": pd.Series(9.0, index=town.index)}):
        with pytest.raises(ParameterError, match="no denominate step, so nothing would be divided"):
            cx.composite_index(town, recipe(I(name="harm", denominator="homes")), denominators=below)
    with pytest.raises(ParameterError, match="no indicators of"):
        cx.composite_index(town, recipe(I(name="harm"), prepare=(cx.TreatStep(only=("hram",)),)))


def test_numbers_count_whatever_they_are_stored_as(town):
    whole = cx.composite_index(town, TWO_DOMAINS).table["score"]
    stored = town.assign(
        harm=["10", "20", "30", "50"], asb=pd.array([5, 5, None, 25], dtype="Int64"),
        trust=town["trust"].astype("Float64"),
    )  # fmt: skip
    pd.testing.assert_series_equal(cx.composite_index(stored, TWO_DOMAINS).table["score"], whole)
    with pytest.raises(SchemaError, match="'harm' must hold"):
        cx.lint_indicators(TWO_DOMAINS, town.assign(harm="many"))


def test_what_is_lacking_is_named(town):
    with pytest.warns(DataWarning, match=r"lacks \['asb'\]"):
        found = cx.composite_index(town.drop(columns="asb"), TWO_DOMAINS, missing="leave out", about=ABOUT)
    assert found.lacking == ("asb",)
    assert found.recipe.missing == "leave out"
    assert found.indicators.loc["asb", "status"] == "lacking"
    assert "asb" in found.about.coverage
    assert "lacking: asb" in repr(found)


def test_a_recipe_loses_parts_and_the_domains_they_leave_empty():
    left = TWO_DOMAINS.without("trust")
    assert [domain.name for domain in left.domains] == ["crime"]
    deep = recipe(I(name="a", parent="inner"), I(name="b"), domains=(D(name="outer"), D(name="inner", parent="outer")))
    assert deep.without("a").domains == ()
    assert [spec.name for spec in deep.without("outer").indicators] == ["b"]
    assert [domain.name for domain in deep.inner] == ["inner", "outer"]


# --- audit ---


def test_removing_an_element_is_running_without_it(town):
    found = cx.composite_index(town.assign(asb=[30.0, 5.0, 1.0, 2.0]), TWO_DOMAINS)
    audit = cx.remove_one_element(found, top=1)
    assert set(audit.index) == {"harm", "asb", "trust", "crime", "people"}
    for name in ("harm", "asb", "crime"):
        again = cx.composite_index(town.assign(asb=[30.0, 5.0, 1.0, 2.0]), TWO_DOMAINS.without(name))
        shift = (again.table["rank"] - found.table["rank"]).abs()
        assert audit.loc[name, "mean_shift"] == pytest.approx(float(shift.mean())), name
        assert audit.loc[name, "max_shift"] == shift.max(), name
    assert audit["mean_shift"].is_monotonic_decreasing
    single = cx.remove_one_element(cx.composite_index(town, recipe(I(name="harm"))))
    assert single["mean_shift"].isna().all()
    with pytest.raises(ParameterError, match="composite_index"):
        cx.remove_one_element(town)


def test_strengths_and_weaknesses(town):
    found = cx.composite_index(town.assign(trust=[80.0, 60.0, 40.0, 90.0]), TWO_DOMAINS)
    table = cx.strengths_and_weaknesses(found, "D", n=2)
    assert table["side"].to_dict() == {"asb": "weakness", "harm": "weakness", "trust": "strength"}
    assert table.loc["trust", ["value", "normalised", "rank", "areas"]].tolist() == [90.0, 0.0, 4, 4]
    assert "asb" not in cx.strengths_and_weaknesses(found, "C").index
    with pytest.raises(ParameterError, match="it was not given"):
        cx.strengths_and_weaknesses(found, "Z")


# --- linter ---


def checks(*indicators, values=None, **more):
    return cx.lint_indicators(recipe(*indicators), values, **more)


def test_a_clean_recipe_has_no_findings(town):
    assert cx.lint_indicators(TWO_DOMAINS).empty
    assert list(cx.lint_indicators(TWO_DOMAINS).columns) == ["check", "severity", "indicators", "finding", "advice"]


def test_double_counting_is_found():
    found = checks(I(name="income_rate", measures=("income",)), I(name="claimants", measures=("income", "work")))
    assert found.loc[0, ["check", "finding"]].tolist() == ["counted twice", "both measure income"]
    imd = checks(I(name="harm_rate"), I(name="imd_score", kind="deprivation"))
    assert imd.loc[0, "indicators"] == ("imd_score", "harm_rate")
    said = checks(I(name="harm_rate"), I(name="need", kind="deprivation", measures=("income", "crime")))
    assert "crime domain" in said.loc[0, "finding"]
    without = I(name="imd_without_crime", kind="deprivation")
    assert checks(I(name="harm_rate"), without).empty


@pytest.mark.parametrize("name", ["aged_15_24", "ethnic_minority_share", "share_muslim", "disability", "male_under_25"])
def test_protected_characteristics_are_refused_by_name(name, town):
    values = town.assign(**{name: [1.0, 2.0, 3.0, 4.0]})
    found = checks(I(name="harm"), I(name=name))
    assert found.loc[0, ["check", "severity"]].tolist() == ["protected characteristic", "refused"]
    with pytest.raises(RefusedError, match=name):
        cx.composite_index(values, recipe(I(name="harm"), I(name=name)))
    forced = cx.composite_index(values, recipe(I(name="harm"), I(name=name)), force={name: "asked for by the board"})
    assert forced.recipe.forced == {name: "asked for by the board"}
    with pytest.raises(ParameterError, match=f"Did you mean {name!r}"):
        cx.composite_index(values, recipe(I(name="harm"), I(name=name)), force={f"{name}s": "asked for"})
    assert name in forced.about.coverage
    assert forced.findings.loc[0, "severity"] == "warning"
    assert "protected characteristics used" in repr(forced)
    beside = recipe(I(name="harm"), I(name=name, direction=0, kind="protected"))
    assert cx.composite_index(values, beside).context.columns.tolist() == [name]


@pytest.mark.parametrize("name", ["average_rent", "sexual_offences", "damage", "trace", "village"])
def test_other_words_are_not_protected(name):
    assert checks(I(name="harm"), I(name=name)).empty


def test_police_activity_is_flagged():
    found = checks(
        I(name="stop_search_rate"), I(name="a", police_driven=True), I(name="b", kind="police-activity"), I(name="c")
    )
    assert found["check"].tolist() == ["police activity"] * 3


def test_values_that_say_the_same_or_the_opposite():
    x = np.arange(20.0)
    noise = np.random.default_rng(0).normal(size=20)
    frame = pd.DataFrame({"a": x, "b": x + 0.1 * noise, "c": -x + 3 * noise, "d": 5.0, "e": [*x[:5], *[np.nan] * 15]})
    found = checks(*(I(name=name) for name in "abcd"), I(name="e", direction=-1), values=frame)
    kinds = found.groupby("check")["indicators"].agg(list).to_dict()
    assert ("a", "b") in kinds["almost the same"]
    assert {("a", "c"), ("b", "c")} <= set(kinds["opposite directions"])
    assert kinds["one value"] == [("d",)]
    assert kinds["sparse"] == [("e",)]
    turned = checks(I(name="a"), I(name="c", direction=-1), values=frame)
    assert "opposite directions" not in set(turned["check"])


def test_tiny_denominators_are_named(town):
    spec = recipe(I(name="harm", denominator="homes"), prepare=(cx.DenominateStep(),))
    homes = pd.Series({"A": 4000.0, "B": 3.0, "C": 900.0, "D": 99.0})
    found = cx.lint_indicators(spec, town, denominators={"homes": homes})
    assert found["check"].tolist() == ["tiny denominator"]
    assert "2 areas have fewer than 100 homes, such as ['B', 'D']" in found.loc[0, "finding"]


def test_the_dictionary_of_partners_is_heard():
    sample = sh.load_sample()
    spec = recipe(I(name="confidence_in_policing"), I(name="mapped_ocgs"), I(name="fuel_poverty"))
    found = cx.lint_indicators(spec, sample.indicators)
    wrong = found[found["check"] == "direction contradicts the dictionary"]
    assert wrong["indicators"].tolist() == [("confidence_in_policing",)]
    assert ("mapped_ocgs",) in found.loc[found["check"] == "police activity", "indicators"].tolist()
    index = cx.composite_index(sample.indicators, recipe(I(name="fuel_poverty"), I(name="claimants_per_1000")))
    assert index.about.marking == sample.indicators.about.marking
    assert index.table["rank"].notna().all()


def test_partners_and_own_tables_come_together():
    sample = sh.load_sample()
    harm = pd.DataFrame({"harm_rate": np.arange(100.0)}, index=sample.wards.index)
    spec = recipe(I(name="harm_rate"), I(name="mapped_ocgs", police_driven=True), I(name="fuel_poverty"))
    found = cx.composite_index([harm, sample.indicators], spec, about=sample.about)
    assert found.about.marking == "OFFICIAL-SENSITIVE"  # of the partner's file, though the own table is OFFICIAL
    assert found.about.period == sample.about.period
    assert found.table["availability"].eq(1).all()
    fewer = cx.composite_index([harm.iloc[:40], sample.indicators], spec)
    assert fewer.table.index.tolist() == sample.wards.index[:40].tolist()
    with pytest.raises(SchemaError, match="in two tables"):
        cx.composite_index([harm, harm], spec)
    with pytest.raises(AlignmentError, match="shares no area"):
        cx.composite_index([harm.set_axis([f"Z{k}" for k in range(100)]), sample.indicators], spec)
    with pytest.raises(ParameterError, match=r"holds 'file\.csv'"):
        cx.composite_index([harm, "file.csv"], spec)


# --- packaged recipes ---


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_recipes_have_a_source_and_survive_both_texts(name, tmp_path):
    found = cx.load_composite_recipe(name)
    assert found.source
    assert found.notes
    assert composite_recipe(json.loads(recipe_as_json(found))) == found
    file = tmp_path / "own.toml"
    file.write_text(cx.dump_composite_recipe(found), encoding="utf-8")
    assert cx.load_composite_recipe(file) == found


def test_recipes_say_all_their_faults(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('name = "x"\n[[indicators]]\nname = "a"\nwieght = 2.0\n[[indicators]]\nlabel = "b"\n')
    with pytest.raises(SchemaError, match=r"2 faults(.|\n)*Did you mean 'weight'(.|\n)*missing"):
        cx.load_composite_recipe(file)
    file.write_text("name = ")
    with pytest.raises(SchemaError, match="is not TOML"):
        cx.load_composite_recipe(file)
    with pytest.raises(ParameterError, match="Did you mean 'vli'"):
        cx.load_composite_recipe("vl")
    file.write_text('name = "x"\n[[indicators]]\nname = "a"\ngoalposts = [5.0, 1.0]\n')
    with pytest.raises(SchemaError, match="lower, upper"):
        cx.load_composite_recipe(file)


def test_imd_on_the_sample_is_the_rebuilt_index():
    sample = sh.load_sample()
    domains = sh.read_deprivation(sample.deprivation.reset_index())
    found = cx.composite_index(domains.table, "imd")
    rebuilt = sh.overlay.rebuild_imd(domains)
    np.testing.assert_array_equal(found.table["score"], rebuilt["score"])
    assert found.table["rank"].tolist() == rebuilt["rank"].tolist()
    assert found.lacking == ()


@pytest.mark.real
def test_imd_2025_is_the_published_one(shared_references):
    published = pd.read_csv(shared_references / "f07_imd2025" / "imd2025_lsoa.csv.gz", index_col="lsoa21_code")
    names = {"Housing_and_Services": "barriers"}
    columns = {c: f"rank_{names.get(c[:-5], c[:-5].lower())}" for c in published.columns if c.endswith("_rank")}
    found = cx.composite_index(published.rename(columns=columns), "imd")
    assert (found.table["score"] - published["IMD_score"]).abs().max() <= 0.0007
    assert (found.table["rank"] == published["IMD_rank"]).mean() >= 0.999
    # COINr's audit: the two domains that go with nothing else bring least of the variance.
    assert found.indicators["influence"].nsmallest(2).index.tolist() == ["rank_barriers", "rank_environment"]


@pytest.fixture(scope="module")
def sample_values():
    """The place-based inputs of the sample, but for the hotspots: the top tenth of small areas stands in for them."""
    sample = sh.load_sample()
    weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    counts = sh.count_incidents(sample.incidents, sample.wards)
    small = sh.count_incidents(sample.incidents, sample.lsoas)
    harm = sh.severity_index(counts, weights, population=sample.population)
    rates = sh.severity_index(small, weights, population=sample.populations["lsoa-resident"]).table["rate_shrunk"]
    domains = sh.read_deprivation(sample.deprivation.reset_index())
    wards = sh.roll_up(domains, sample.lookup, how="mean", population=sample.populations["lsoa-resident"])
    by_offence = counts.table.pivot_table(index="area_code", columns="offence", values="n", aggfunc="sum")
    people = sample.populations["lsoa-resident"].table["value"]
    scores = domains.table[["score_income", "score_employment"]]
    parents = sample.lsoas["parent"]
    weighted = scores.mul(people, axis=0).groupby(parents).sum().div(people.groupby(parents).sum(), axis=0)
    return sample.indicator_values.assign(
        harm_rate=harm.table["rate_shrunk"],
        hotspot_share=(rates >= rates.quantile(0.9)).groupby(parents).mean(),
        deprivation_without_crime=wards.table["score_without_crime"],
        asb_rate=by_offence["anti-social-behaviour"],
        burglary=by_offence["burglary"],
        income_deprivation=weighted["score_income"],
        employment_deprivation=weighted["score_employment"],
    ), sample


def test_place_based_harm_on_the_sample(sample_values):
    values, sample = sample_values
    found = cx.composite_index(
        values, "place-based-harm", areas=sample.wards, denominators={"residents": sample.population},
        about=sample.about,
    )  # fmt: skip
    assert found.table["score"].between(0, 100).all()
    assert found.context.columns.tolist() == ["morile_confidence"]
    assert found.indicators.loc["morile_impact", "known"] == 30
    assert (found.table["missing"] == "morile_impact, morile_likelihood").sum() == 70
    assert found.imputed.empty  # threat scores are never filled
    assert {"police activity", "sparse"} <= set(found.findings["check"])
    assert not (found.findings["check"] == "counted twice").any()
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.table["score"])
    # The rate of harm that the generator planted comes out, though five of seven inputs are not harm.
    assert found.table["score"].corr(sample.truth["rate"], method="spearman") > 0.6


def test_place_based_harm_runs_without_threat_scores(sample_values):
    values, sample = sample_values
    no_threat = values.drop(columns=["morile_impact", "morile_likelihood", "morile_confidence"])
    with pytest.warns(DataWarning, match="morile_impact"):
        found = cx.composite_index(no_threat, "place-based-harm", denominators={"residents": sample.population})
    assert found.lacking == ("morile_impact", "morile_likelihood")
    assert found.domains.columns.tolist() == ["harm", "need", "disorder"]


def test_vli_on_the_sample(sample_values):
    values, sample = sample_values
    people = sample.population.table["value"]
    values = values.assign(
        burglary_dwelling=values["burglary"], criminal_damage_dwelling=values["asb_rate"],
        aged_15_24=people * 0.12, low_attainment=people * 0.2,
    )  # fmt: skip
    denominators = {"households": people / 2.3, "residents": people, "residents_16_plus": people * 0.8}
    with pytest.raises(RefusedError, match="aged_15_24"):
        cx.composite_index(values, "vli", denominators=denominators)
    with pytest.warns(DataWarning, match="tell no areas apart"):
        found = cx.composite_index(values, "vli", denominators=denominators, force={"aged_15_24": "as published"})
    assert found.table["score"].mean() == pytest.approx(100.0)
    rates = values["burglary_dwelling"] / people
    np.testing.assert_allclose(found.normalised["burglary_dwelling"], 100 * rates / rates.mean())
    np.testing.assert_allclose(found.table["score"], found.normalised.mean(axis=1))
    assert found.table["priority"].tolist() == (found.table["score"] > 200).tolist()
    without = cx.load_composite_recipe("vli").without("aged_15_24")
    with pytest.warns(DataWarning, match="tell no areas apart"):
        assert cx.composite_index(values, without, denominators=denominators).table["score"].notna().all()


@pytest.mark.real
def test_vli_names_what_northumbria_lacks(shared_data):
    domains = sh.read_deprivation(shared_data / "deprivation" / "imd2025_england_lsoa21.csv").table
    lookup = pd.read_csv(shared_data / "lookups" / "lookup_lsoa21_ward24_ltla24.csv", index_col="lsoa21_code")
    districts = ["E08000021", "E08000022", "E08000023", "E08000024", "E08000037", "E06000057"]
    here = lookup.index[lookup["ltla24_code"].isin(districts)]
    values = pd.DataFrame(
        {
            "income_deprivation": domains.loc[here, "score_income"],
            "employment_deprivation": domains.loc[here, "score_employment"],
            "burglary": 3.0,  # police.uk: dwellings and other buildings together
            "criminal_damage_and_arson": 4.0,  # and nothing about what was damaged
        }
    )
    assert len(values) == 927
    spec = cx.load_composite_recipe("vli").without("aged_15_24")
    with pytest.raises(SchemaError, match="burglary_dwelling"):
        cx.composite_index(values, spec)
    with pytest.warns(DataWarning, match="criminal_damage_dwelling"):
        found = cx.composite_index(values, spec, missing="leave out")
    assert found.lacking == ("burglary_dwelling", "criminal_damage_dwelling", "low_attainment")
    assert "burglary_dwelling" in found.about.coverage
    assert found.table["score"].mean() == pytest.approx(100.0)


# --- picture ---


def test_bars_add_up_to_the_score_and_say_what_they_are(town):
    names = pd.DataFrame({"name": ["Arc", "Bow", "Cob", "Dun"], "parent": "East"}, index=town.index)
    found = cx.composite_index(town, dataclasses.replace(TWO_DOMAINS, priority_above=60.0), areas=names, about=ABOUT)
    ax = sh.maps.plot_contributions(found, n=3)
    ends = {}
    for bar in ax.patches:
        ends[round(bar.get_y() + bar.get_height() / 2)] = bar.get_x() + bar.get_width()
    np.testing.assert_allclose([ends[row] for row in range(3)], found.top(3)["score"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1  Dun, East", "2  Cob, East‡", "3  Bow, East"]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["crime", "people", "score", "priority above 60"]
    by_indicator = sh.maps.plot_contributions(found, by="indicator")
    assert [text.get_text() for text in by_indicator.get_legend().get_texts()][:3] == [
        "harm", "trust", "asb",
    ]  # fmt: skip
    ax.figure.canvas.draw()


def test_pieces_below_zero_go_left(town):
    spec = dataclasses.replace(TWO_DOMAINS, steps=(cx.NormaliseStep(method="z-score"), *TWO_DOMAINS.steps[1:]))
    ax = sh.maps.plot_contributions(cx.composite_index(town, spec), n=4)
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]
    with pytest.raises(ParameterError, match="by"):
        sh.maps.plot_contributions(cx.composite_index(town, spec), by="area")


def test_many_pieces_are_joined():
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.random((6, 12)), columns=[f"i{k}" for k in range(12)], index=list("ABCDEF"))
    found = cx.composite_index(values, recipe(*(I(name=name) for name in values.columns)))
    legend = [text.get_text() for text in sh.maps.plot_contributions(found).get_legend().get_texts()]
    assert len(legend) == 9
    assert "5 others" in legend


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_settings_may_name_a_packaged_recipe():
    chosen = CompositeSettings.joined({"recipe": "imd", "missing": "leave out"}, {}, {})
    assert chosen.recipe.name == "imd"
    assert chosen.stated.missing == "leave out"
    with pytest.raises(ParameterError, match="imd"):
        CompositeSettings.joined({"recipe": "idm"}, {}, {})
