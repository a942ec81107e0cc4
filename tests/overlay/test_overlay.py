"""Harm over deprivation: classes, correlation, concentration, and residuals that are proved by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import deprivation_of, index_of

from socharm.errors import AlignmentError, DataWarning, ModelWarning, ParameterError
from socharm.overlay.deprivation import QUADRANTS, overlay_deprivation
from socharm.overlay.residual import fit_residual, variance_per_harm
from socharm.severity.centres import centre_flags
from socharm.stats.rate_regression import fit_rates


@pytest.fixture
def town():
    rng = np.random.default_rng(5)
    codes = [f"A{i:02d}" for i in range(30)]
    score = pd.Series(np.linspace(1, 60, 30), index=codes)
    crimes = {code: int(rng.poisson(4 * np.exp(0.02 * score[code]))) for code in codes}
    return index_of(crimes), deprivation_of(score)


def test_classes_quadrants_and_ranks_by_hand():
    index = index_of({"A": 1, "B": 2, "C": 3, "D": 9})
    score = pd.Series({"A": 40.0, "B": 30.0, "C": 20.0, "D": 10.0})
    with pytest.warns(ModelWarning, match="it needs 10 areas"):
        found = overlay_deprivation(index, deprivation_of(score), column="rate", seed=1)
    assert found.table["class_harm"].tolist() == [1, 1, 2, 3]
    assert found.table["class_deprivation"].tolist() == [3, 2, 1, 1]
    assert found.table["bivariate"].tolist() == ["1-3", "1-2", "2-1", "3-1"]
    assert found.table["quadrant"].tolist() == [QUADRANTS[2], QUADRANTS[2], QUADRANTS[1], QUADRANTS[1]]
    assert found.table["deprivation_rank"].tolist() == [1, 2, 3, 4]
    assert found.correlation.loc["spearman", "estimate"] == pytest.approx(-1)
    assert found.table["residual"].isna().all()


def test_shares_of_deciles_sum_to_one_and_say_their_uncertainty(town):
    found = overlay_deprivation(*town, seed=3)
    table = found.concentration
    assert table["share_harm"].sum() == pytest.approx(1)
    assert table["share_exposure"].sum() == pytest.approx(1)
    assert table["crimes"].sum() == town[0].table["crimes"].sum()
    assert (table["share_harm_low_95"] <= table["share_harm"]).all()
    assert (table["share_harm"] <= table["share_harm_high_95"]).all()
    rho = found.correlation.loc["spearman"]
    assert rho["low_95"] < rho["estimate"] < rho["high_95"]


def test_same_seed_same_result_and_no_rank_is_touched(town):
    index, deprivation = town
    before = index.table.copy()
    one, two = (overlay_deprivation(index, deprivation, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.correlation, two.correlation)
    pd.testing.assert_frame_equal(index.table, before)
    assert "rank" not in one.table.columns


def test_the_version_used_is_stated_and_none_is_made_up(town):
    index, deprivation = town
    assert overlay_deprivation(index, deprivation, seed=1).settings.version == "without_crime"
    assert "without crime" in repr(overlay_deprivation(index, deprivation, seed=1))
    bare = replace(deprivation, findings=replace(deprivation.findings, versions=("published",)))
    with pytest.raises(ParameterError, match="no version without crime can be made"):
        overlay_deprivation(index, bare, seed=1)
    assert overlay_deprivation(index, bare, version="published", seed=1).settings.version == "published"


def test_areas_without_deprivation_stop_or_are_left_out_by_name(town):
    index, deprivation = town
    short = replace(deprivation, table=deprivation.table.drop(index=["A03"]))
    with pytest.raises(AlignmentError, match="1 of 30 areas of the index is not in IMD 2019"):
        overlay_deprivation(index, short, seed=1)
    with pytest.warns(DataWarning, match="1 area has no deprivation score"):
        found = overlay_deprivation(index, short, missing="leave out", seed=1)
    assert found.table.loc["A03", "reason"] == "no deprivation score"
    assert found.table.loc["A03", ["deprivation", "residual_shrunk", "bivariate"]].isna().all()
    assert (found.findings.areas_used, found.findings.areas_left_out) == (29, 1)
    other = replace(deprivation, table=deprivation.table.rename(index=lambda code: f"W{code}"))
    with pytest.raises(AlignmentError, match="None of the 30 areas"):
        overlay_deprivation(index, other, seed=1)


def test_wrong_choices_are_named(town):
    with pytest.raises(ParameterError, match=r"one of \[3, 5\]"):
        overlay_deprivation(*town, classes=4, seed=1)
    with pytest.raises(ParameterError, match="`version`"):
        overlay_deprivation(*town, version="without-crime", seed=1)
    with pytest.raises(ParameterError, match="`resamples`"):
        overlay_deprivation(*town, resamples=0, seed=1)


def test_equal_deprivation_has_no_correlation_and_no_residual():
    index = index_of({f"A{i}": i for i in range(1, 13)})
    scores = pd.Series(20.0, index=index.table.index)
    with pytest.warns(ModelWarning, match="unequal deprivation"):
        found = overlay_deprivation(index, deprivation_of(scores), seed=1)
    assert np.isnan(found.correlation.loc["spearman", "estimate"])
    assert set(found.table["class_deprivation"]) == {1}


def test_one_area_is_no_overlay():
    with pytest.warns(ModelWarning, match="one area"):
        index = index_of({"A": 3})
    with pytest.raises(ParameterError, match="needs 2"):
        overlay_deprivation(index, deprivation_of(pd.Series({"A": 3.0})), seed=1)


@given(order=st.permutations(range(12)), unit=st.sampled_from([0.01, 1.0, 1_000.0]))
@settings(max_examples=15, deadline=None)
def test_the_fit_depends_neither_on_order_nor_on_the_unit_of_harm(order, unit):
    rng = np.random.default_rng(2)
    harm, exposure, score = rng.gamma(2, 1_000, 12), rng.uniform(500, 900, 12), rng.uniform(0, 60, 12)
    none = np.zeros(12, dtype=bool)
    whole = fit_residual(harm, exposure, score, dispersion=150.0, left_out=none)
    pick = np.array(order)
    moved = fit_residual(harm[pick] * unit, exposure[pick], score[pick], dispersion=150.0 * unit, left_out=none)
    np.testing.assert_allclose(moved.expected, whole.expected[pick] * unit, rtol=1e-6)
    np.testing.assert_allclose(moved.shrunk, whole.shrunk[pick], rtol=1e-5)


def test_spread_is_zero_when_chance_explains_all_and_the_interval_stays():
    score = np.linspace(0, 50, 40)
    harm = 1_000 * np.exp(0.01 * score)
    fit = fit_residual(harm, np.ones(40), score, dispersion=100.0, left_out=np.zeros(40, dtype=bool))
    assert fit.spread == 0
    np.testing.assert_allclose(fit.expected, harm, rtol=1e-6)
    np.testing.assert_allclose(fit.shrunk, 1, atol=1e-6)
    assert (fit.low < harm).all()
    assert (harm < fit.high).all()


def test_an_area_left_out_of_the_fit_does_not_shape_it():
    score, harm = np.linspace(0, 50, 20), np.full(20, 1_000.0)
    left_out = np.zeros(20, dtype=bool)
    left_out[-1] = True
    without = fit_residual(harm, np.ones(20), score, dispersion=50.0, left_out=left_out)
    harm[-1] = 1e6
    with_centre = fit_residual(harm, np.ones(20), score, dispersion=50.0, left_out=left_out)
    np.testing.assert_allclose(with_centre.expected, without.expected)
    assert harm[-1] > with_centre.high[-1]


def test_centres_are_flagged_only_under_residents():
    crimes = {f"A{i}": 3 for i in range(11)} | {"CENTRE": 40}
    flags = centre_flags(index_of(crimes))
    assert flags[flags].index.tolist() == ["CENTRE"]
    assert not centre_flags(index_of(crimes, kind="workday")).any()


def test_variance_per_harm_is_that_of_the_compound_poisson():
    index = index_of({f"A{i}": 5 for i in range(12)})
    phi = float(index.model.offences["phi"].iloc[0])
    assert variance_per_harm(index) == pytest.approx(phi * 100.0)


# --- coverage of the prediction interval, under truths the model shares and truths it does not ---


def simulated(truth: str, n: int, rng: np.random.Generator):
    """Recorded harm of one force: deprivation raises it, areas differ, counts fluctuate (phi = 1.6)."""
    score, exposure = rng.normal(size=n), rng.lognormal(9, 0.35, n)
    weight, rate = np.array([250.0, 100.0, 60.0, 30.0, 12.0]), np.array([0.02, 0.01, 0.015, 0.02, 0.03])
    if truth == "heavy":  # a few offences of 7,973 days among many of 60
        weight, rate = np.array([7_973.0, 250.0, 60.0]), np.array([3e-5, 0.004, 0.01])
    z = rng.normal(size=n)
    if truth == "spatial":
        z = np.convolve(np.r_[z, z[:20]], np.ones(20) / 20**0.5, "same")[:n]
    own = {
        "poisson": lambda: np.ones(n),
        "gamma": lambda: rng.gamma(1 / 0.35**2, 0.35**2, n),
        "two kinds": lambda: np.where(rng.random(n) < 0.1, 2.2, 0.87),
    }.get(truth, lambda: np.exp(0.35 * z - 0.35**2 / 2))()
    counted = rng.poisson(exposure[:, None] * rate * np.exp(0.4 * score)[:, None] * own[:, None] / 1.6) * 1.6
    totals = counted.sum(axis=0)
    dispersion = float((1.6 * totals * weight**2).sum() / (totals * weight).sum())
    return counted @ weight, exposure, score, dispersion


def coverage(truth: str, *, n: int, repeats: int) -> float:
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(repeats):
        harm, exposure, score, dispersion = simulated(truth, n, rng)
        fit = fit_residual(harm, exposure, score, dispersion=dispersion, left_out=np.zeros(n, dtype=bool))
        inside.append(np.mean((harm >= fit.low) & (harm <= fit.high)))
    return float(np.mean(inside))


@pytest.mark.parametrize("truth", ["log-normal", "gamma", "poisson", "spatial", "heavy"])
def test_prediction_intervals_hold_what_they_promise(truth):
    assert 0.93 <= coverage(truth, n=177, repeats=25) <= 0.98


def test_a_force_of_two_kinds_of_area_is_covered_less_and_not_much_less():
    assert 0.89 <= coverage("two kinds", n=177, repeats=25) <= 0.98


@pytest.mark.parametrize("growth", [0.4, -0.4, 0.0])
def test_intervals_hold_at_both_ends_where_spread_grows_with_deprivation(growth):
    inside, grown = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        score, exposure = rng.normal(size=177), rng.lognormal(9, 0.35, 177)
        sigma = 0.3 * np.exp(growth * score)
        mean = exposure * 0.09 * np.exp(0.4 * score + sigma * rng.normal(size=177) - sigma**2 / 2)
        harm = rng.poisson(mean / 1.6) * 1.6 * 80.0
        fit = fit_residual(harm, exposure, score, dispersion=128.0, left_out=np.zeros(177, dtype=bool))
        order = np.argsort(score)
        held = (harm >= fit.low) & (harm <= fit.high)
        inside.append([held.mean(), held[order[:18]].mean(), held[order[-18:]].mean()])
        grown.append(fit.spread_growth)
    # With one spread for all, the end where areas differ more held 0.77.
    assert (np.mean(inside, axis=0) > 0.91).all()
    assert np.mean(grown) == pytest.approx(np.expm1(growth), abs=0.12)


@pytest.mark.parametrize("dispersion", [100.0, 1.0])
@pytest.mark.parametrize("times", [100.0, 1e6])
def test_one_area_far_from_all_others_breaks_no_fit(times, dispersion):
    for seed in range(12):
        rng = np.random.default_rng(seed)
        score, exposure = rng.normal(size=40), rng.lognormal(9, 0.3, 40)
        harm = rng.poisson(exposure * 0.01 * np.exp(0.4 * score)) * 100.0
        harm[0] *= times
        fit = fit_residual(harm, exposure, score, dispersion=dispersion, left_out=np.zeros(40, dtype=bool))
        for values in (fit.expected, fit.low, fit.high, fit.shrunk, [fit.slope, fit.slope_se, fit.spread]):
            assert np.isfinite(values).all()
        assert (fit.low <= fit.expected).all()


def test_a_fit_that_depends_on_its_start_ends_in_numbers():
    # Of 100 forces with one area a million times the rest, the one whose search for the spread had no bracket.
    rng = np.random.default_rng([22, 27])
    score, exposure = rng.normal(size=40), rng.lognormal(9, 0.3, 40)
    harm = rng.poisson(exposure * 0.01 * np.exp(0.4 * score)) * 100.0
    harm[0] *= 1e6
    fit = fit_residual(harm, exposure, score, dispersion=100.0, left_out=np.zeros(40, dtype=bool))
    assert np.isfinite([*fit.expected, *fit.low, *fit.high, fit.slope, fit.spread]).all()


@pytest.mark.parametrize("spread", [0.0, 1e-8, 0.3, 4.0])
def test_the_fit_is_that_of_statsmodels_where_statsmodels_has_one(spread):
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    rng = np.random.default_rng(5)
    x, offset = rng.normal(size=80), rng.normal(3, 0.4, 80)
    response, design = rng.gamma(2, 1, 80) * np.exp(offset + 0.5 * x), np.column_stack([np.ones(80), x])
    ours = fit_rates(response, design, offset, spread)
    family = families.NegativeBinomial(alpha=spread) if spread else families.Poisson()
    theirs = GLM(response, design, family=family, offset=offset).fit(scale=1.0, tol=1e-14, maxiter=200)
    np.testing.assert_allclose(ours.coefficients, theirs.params, atol=1e-8)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=1e-5)


@pytest.mark.parametrize("level", [0.0002, 0.004])
def test_intervals_of_areas_with_few_events_may_begin_at_zero(level):
    rng = np.random.default_rng(3)
    weight, rate = np.array([250.0, 100.0, 60.0, 30.0, 12.0]), np.array([0.2, 0.1, 0.15, 0.2, 0.3]) * level
    score, exposure = rng.normal(size=600), rng.lognormal(7.3, 0.3, 600)
    expected = exposure[:, None] * rate * np.exp(0.4 * score + 0.35 * rng.normal(size=600) - 0.35**2 / 2)[:, None]
    counted = rng.negative_binomial(expected / 0.6, 1 / 1.6)
    totals, harm = counted.sum(axis=0), counted @ weight
    dispersion = float((1.6 * totals * weight**2).sum() / (totals * weight).sum())
    fit = fit_residual(harm, exposure, score, dispersion=dispersion, left_out=np.zeros(600, dtype=bool))
    inside = (harm >= fit.low) & (harm <= fit.high)
    assert inside.mean() >= 0.94
    assert (fit.low[harm == 0] == 0).mean() > 0.99


def test_records_of_another_kind_are_named(town):
    index, deprivation = town
    with pytest.raises(ParameterError, match="`index` is a DataFrame; give what `severity_index` returns"):
        overlay_deprivation(index.table, deprivation, seed=1)
    with pytest.raises(ParameterError, match="`deprivation` is a DataFrame; give what `read_deprivation` returns"):
        overlay_deprivation(index, deprivation.table, seed=1)
