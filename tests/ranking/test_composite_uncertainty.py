"""A composite index under other weights, scales, means and with the error of its indicators."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socharm.composite.index import composite_index
from socharm.composite.lint import lint_indicators
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.specs import DomainSpec, IndicatorSpec
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.ranking.composite_uncertainty import composite_uncertainty


def index_of(values: pd.DataFrame, **recipe):
    specs = tuple(IndicatorSpec(name=str(name)) for name in values)
    return composite_index(values, CompositeRecipe(name="made by hand", indicators=specs, **recipe))


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(3)
    common = rng.normal(size=(60, 1))
    table = 50 + 10 * (0.6 * common + 0.8 * rng.normal(size=(60, 4)))
    return pd.DataFrame(table, columns=list("wxyz"), index=pd.Index([f"A{i:02d}" for i in range(60)], name="area_code"))


def test_equal_indicators_leave_no_uncertainty_about_weights():
    same = pd.DataFrame({"x": np.arange(10.0), "y": 3 * np.arange(10.0) + 7}, index=[f"A{i}" for i in range(10)])
    found = composite_uncertainty(index_of(same), base=64, seed=1)
    assert found.table["rank"].tolist() == list(range(10, 0, -1))
    assert found.shares["total"].isna().all()
    assert (found.table["rank_low_95"] == found.table["rank_high_95"]).all()


def test_a_higher_concentration_narrows_the_ranks(values):
    index = index_of(values)
    wide, narrow = (composite_uncertainty(index, concentration=c, base=256, seed=1).table for c in (8, 800))
    assert wide["rank_variance"].sum() > 10 * narrow["rank_variance"].sum()
    np.testing.assert_array_equal(narrow["rank_stated"], index.table["rank"])


def test_errors_of_the_indicators_have_the_uncertainty_where_weights_are_sure(values):
    errors = pd.DataFrame({"x": 6.0}, index=values.index)
    found = composite_uncertainty(index_of(values), errors=errors, concentration=5_000, base=256, seed=1)
    assert found.summary.index.tolist() == ["counts", "weights"]
    assert found.summary.loc["counts", "total"] > 0.9
    one = composite_uncertainty(index_of(values), errors=errors.iloc[:1], concentration=None, base=256, seed=1)
    assert one.table["rank_variance"].idxmax() == "A00"


def test_scales_and_means_are_factors_and_the_first_is_the_stated_one(values):
    index = index_of(values)
    found = composite_uncertainty(
        index,
        normalisation=("min-max", "rank"),
        aggregation=("arithmetic", "geometric"),
        concentration=None,
        base=64,
        seed=1,
    )
    assert found.summary.index.tolist() == ["normalisation", "aggregation"]
    assert found.by_choice["factor"].tolist() == ["weights", *["normalisation"] * 2, *["aggregation"] * 2]
    np.testing.assert_array_equal(found.table["rank_stated"], index.table["rank"])
    assert found.top_k.query("k == '5'")["probability"].sum() >= 5  # areas that tie share the lower rank


def test_weights_of_a_domain_add_up_to_what_they_did(values):
    domains = (DomainSpec(name="d", weight=3.0), DomainSpec(name="e", weight=1.0))
    specs = tuple(IndicatorSpec(name=n, parent=d) for n, d in zip("wxyz", "dded", strict=True))
    index = composite_index(values, CompositeRecipe(name="two domains", indicators=specs, domains=domains))
    again = composite_uncertainty(index, concentration=1e7, base=64, seed=2).table
    np.testing.assert_array_equal(again["rank_stated"], index.table["rank"])
    assert again["rank_variance"].max() < 0.5


def test_one_alternative_may_be_given_as_text_and_odd_tables_are_refused(values):
    index = index_of(values)
    text, several = (composite_uncertainty(index, normalisation=n, base=32, seed=1).table for n in ("rank", ["rank"]))
    pd.testing.assert_frame_equal(text, several)
    assert "A" in repr(composite_uncertainty(index, base=32, seed=1))
    twice = pd.concat([values, values[["x"]]], axis=1)
    with pytest.raises(SchemaError, match=r"has the columns \['x'\] more than once"):
        composite_index(twice, index.recipe)
    with pytest.raises(ParameterError, match="`weight` of 'x' is 'much'; it must be a number of at least 0"):
        IndicatorSpec(name="x", weight="much")
    with pytest.raises(ParameterError, match="`recipe` is 'imd'; it must be a CompositeRecipe"):
        lint_indicators("imd")


def test_the_same_seed_gives_the_same_ranks(values):
    one, two = (composite_uncertainty(index_of(values), base=64, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.shares, two.shares)


def test_what_no_machine_can_work_out_is_refused_before_the_work(values):
    index = index_of(values)
    with pytest.raises(RefusedError, match=r"runs by `base`: more than the 1,000,000"):
        composite_uncertainty(index, base=2**20, seed=1)
    with pytest.raises(ParameterError, match=r"`concentration` is 1e-300: each draw would give nearly all weight"):
        composite_uncertainty(index, concentration=1e-300, seed=1)
    twice = pd.concat([values[["x"]], values[["x"]]], axis=1).abs()
    with pytest.raises(SchemaError, match=r"`errors` has the columns \['x'\] more than once"):
        composite_uncertainty(index, errors=twice, seed=1)


def test_bad_input_is_refused(values):
    index = index_of(values)
    with pytest.raises(ParameterError, match="Nothing varies"):
        composite_uncertainty(index, concentration=None, seed=1)
    with pytest.raises(ParameterError, match="`normalisation` is 'minmax'"):
        composite_uncertainty(index, normalisation=("minmax",), seed=1)
    with pytest.raises(ParameterError, match="`aggregation` is 'mean'"):
        composite_uncertainty(index, aggregation=("mean",), seed=1)
    with pytest.raises(ParameterError, match="`concentration` is 0"):
        composite_uncertainty(index, concentration=0, seed=1)
    with pytest.raises(SchemaError, match=r"`errors` holds \['q'\]"):
        composite_uncertainty(index, errors=pd.DataFrame({"q": [1.0]}, index=["A00"]), seed=1)
    with pytest.raises(SchemaError, match="finite numbers of at least 0"):
        composite_uncertainty(index, errors=pd.DataFrame({"x": [-1.0]}, index=["A00"]), seed=1)
    with pytest.raises(ParameterError, match="`errors` is 'x'; it must be a DataFrame"):
        composite_uncertainty(index, errors="x", seed=1)
    with pytest.raises(SchemaError, match="more than once"):
        composite_uncertainty(index, errors=pd.DataFrame({"x": [1.0, 2.0]}, index=["A00", "A00"]), seed=1)
    with pytest.raises(ParameterError, match="`composite` is a DataFrame"):
        composite_uncertainty(index.table, seed=1)
    with pytest.raises(ParameterError, match=r"zero or less|above zero"):
        composite_uncertainty(index, normalisation=("z-score",), aggregation=("arithmetic", "geometric"), seed=1)


def test_errors_of_other_areas_are_not_forgotten(values):
    index = index_of(values)
    with pytest.raises(AlignmentError, match="holds 1 area that the index does not have"):
        composite_uncertainty(index, errors=pd.DataFrame({"x": [6.0]}, index=["NOPE"]), seed=1)
    with pytest.raises(AlignmentError, match="holds 0 areas that the index does not have"):
        composite_uncertainty(index, errors=pd.DataFrame({"x": []}), seed=1)
