"""Areas with more harm than areas like them: the empirical null, the verdicts, and that both hold by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import AlignmentError, DataWarning, ParameterError, SchemaError
from socharm.overlay.excess import detect_excess
from socharm.severity.index import severity_index
from socharm.stats.empirical_null import truncated_normal
from socharm.stats.robust_regression import bisquare


def town(seed: int, *, n: int = 120, planted: int = 8, effect: float = 3.0, spread: float = 0.2):
    """An index whose rates follow a covariate, areas' own luck, and an effect in the first `planted` areas."""
    rng = np.random.default_rng(seed)
    codes = [f"A{i:03d}" for i in range(n)]
    x = rng.normal(size=n)
    rate = 60 * np.exp(0.3 * x + spread * rng.normal(size=n))
    rate[:planted] *= effect
    counts = make_counts(rng.poisson(rate[:, None, None], (n, 1, 6)), areas=codes, offences=("burglary",))
    people = make_population(pd.Series(5_000.0, index=codes))
    index = severity_index(counts, make_weights({"burglary": 100.0}), population=people)
    return index, pd.DataFrame({"deprivation": x}, index=codes), set(codes[:planted])


def test_planted_areas_are_found_and_few_others():
    index, alike, planted = town(1)
    found = detect_excess(index, alike)
    said = set(found.table.index[found.table["excess"]])
    assert planted <= said
    assert len(said - planted) <= 3  # of one map; what holds on average is tested below
    assert found.findings.spread == pytest.approx(0.2, abs=0.05)
    assert found.findings.coefficients[1] == pytest.approx(0.3 * alike["deprivation"].std(), abs=0.05)
    row = found.table.loc["A000"]
    assert row["ratio"] == pytest.approx(row["rate"] / row["expected"])
    assert row["q"] >= row["p"]


@pytest.mark.parametrize("spread", [0.0, 0.2, 0.5])
def test_false_finds_stay_within_the_promised_share(spread):
    shares, hits = [], 0
    for seed in range(25):
        index, alike, planted = town(seed, spread=spread)
        excess = detect_excess(index, alike, alpha=0.1).table["excess"]
        said = set(excess.index[excess])
        shares.append(len(said - planted) / max(1, len(said)))
        hits += len(said & planted)
    assert np.mean(shares) <= 0.1 + 2 * np.std(shares) / 5  # mean of 25, two standard errors
    assert hits / (25 * 8) > {0.0: 0.99, 0.2: 0.97, 0.5: 0.2}[spread]


def test_without_anything_planted_most_maps_have_no_find():
    finds = 0
    for seed in range(25):
        index, alike, _ = town(seed, planted=0)
        finds += int(detect_excess(index, alike).table["excess"].any())
    assert finds <= 5  # a false discovery rate of 5%, and the null itself is estimated from 120 areas


@given(factor=st.floats(0.01, 1_000.0), shift=st.floats(-50, 50), seed=st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_units_of_the_covariate_change_nothing(factor, shift, seed):
    index, alike, _ = town(seed, n=40, planted=3)
    first = detect_excess(index, alike).table
    second = detect_excess(index, alike * factor + shift).table
    np.testing.assert_allclose(first["z"], second["z"], rtol=1e-5, atol=1e-6)


def test_the_order_of_rows_changes_nothing():
    index, alike, _ = town(2)
    turned = detect_excess(index, alike.sample(frac=1, random_state=1)).table
    pd.testing.assert_frame_equal(turned, detect_excess(index, alike).table)


def test_an_area_without_a_covariate_is_left_out_and_says_so():
    index, alike, _ = town(3)
    alike.iloc[5] = np.nan
    with pytest.warns(DataWarning, match=r"1 of 120 areas is left out of the test \(1 no covariate\)"):
        found = detect_excess(index, alike)
    assert found.table.loc["A005", "reason"] == "no covariate"
    assert pd.isna(found.table.loc["A005", "excess"])
    assert found.findings.areas_left_out == 1
    assert "119 tested" in repr(found)


def test_bad_input_is_refused():
    index, alike, _ = town(4)
    with pytest.raises(ParameterError, match="`alpha` is 1"):
        detect_excess(index, alike, alpha=1)
    with pytest.raises(ParameterError, match="`correction` is 'holm'"):
        detect_excess(index, alike, correction="holm")
    with pytest.raises(AlignmentError, match="none of the 120 areas"):
        detect_excess(index, alike.set_axis([f"B{i}" for i in range(120)]))
    with pytest.raises(SchemaError, match=r"\['deprivation'\] do not"):
        detect_excess(index, alike.astype(object).replace(alike.iloc[0, 0], "high"))
    with pytest.raises(ParameterError, match="`covariates` is a Series; it must be a DataFrame"):
        detect_excess(index, alike["deprivation"])
    with pytest.raises(SchemaError, match="more than once"):
        detect_excess(index, pd.concat([alike, alike.iloc[:1]]))
    with pytest.raises(ParameterError, match="equal in all areas"):
        detect_excess(index, alike.assign(deprivation=1.0))
    with pytest.raises(ParameterError, match="sums of each other"):
        detect_excess(index, alike.assign(twice=2 * alike["deprivation"]))
    small, few, _ = town(5, n=20, planted=0)
    with pytest.raises(ParameterError, match="20 areas have a rate and every covariate; the test needs 30"):
        detect_excess(small, few)
    quiet = severity_index(
        make_counts(np.zeros((40, 1, 4), dtype=int) + np.arange(40)[:, None, None], offences=("burglary",)),
        make_weights({"burglary": 100.0}),
        population=make_population(pd.Series(1_000.0, index=[f"W{i:03d}" for i in range(40)])),
    )
    with pytest.raises(ParameterError, match="not above zero in"):
        detect_excess(quiet, pd.DataFrame({"x": np.arange(40.0)}, index=quiet.table.index), column="rate")


def test_the_null_is_that_of_the_ordinary_ones():
    ordinary = stats.norm.ppf((np.arange(2_000) + 0.5) / 2_000) * 0.3 + 0.1
    centre, spread = truncated_normal(np.concatenate([ordinary, np.full(150, 3.0)]))
    assert centre == pytest.approx(0.1, abs=0.02)
    assert spread == pytest.approx(0.3, abs=0.02)


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10))
@settings(max_examples=20, deadline=None)
def test_the_null_follows_shift_and_scale(scale, shift):
    values = np.random.default_rng(3).normal(size=200)
    centre, spread = truncated_normal(values)
    moved = truncated_normal(values * scale + shift)
    assert moved[0] == pytest.approx(centre * scale + shift, abs=2e-3 * scale + 1e-9)
    assert moved[1] == pytest.approx(spread * scale, rel=2e-3)


def test_equal_values_have_no_spread():
    assert truncated_normal(np.ones(20)) == (1.0, 0.0)


def test_p_knows_that_the_spread_is_estimated():
    index, alike, _ = town(3, planted=0)
    found = detect_excess(index, alike).table
    # Half of 120 areas: the tail of Student's t with 60 degrees of freedom.
    np.testing.assert_allclose(found["p"], stats.t.sf(found["z"], 60), rtol=1e-12)
    assert "skewed to the right" in repr(detect_excess(index, alike))


def test_the_robust_fit_is_that_of_statsmodels_and_holds_where_that_one_has_no_scale():
    from statsmodels.robust.norms import TukeyBiweight
    from statsmodels.robust.robust_linear_model import RLM

    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    design, response = np.column_stack([np.ones(60), x]), 0.3 * x + rng.normal(size=60)
    response[:6] += 5
    theirs = RLM(response, design, M=TukeyBiweight()).fit(tol=1e-12, maxiter=300).params
    np.testing.assert_allclose(bisquare(response, design), theirs, atol=1e-9)
    # All equal but one: more than half lie on the fit exactly, where a scale of 0 was divided by.
    np.testing.assert_allclose(bisquare(np.r_[5.0, np.zeros(59)], design), 0, atol=1e-9)
