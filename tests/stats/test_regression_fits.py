"""Fits behind evaluations, held against other programs, and what they say of series whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from socharm.stats.area_variation import area_variation
from socharm.stats.assignments import assignments, randomisation_interval, randomisation_p
from socharm.stats.regression_fits import fit_regression
from socharm.stats.trend_bounds import power_of_pre_trend_test, pre_trend_p, relative_bounds, trend_found
from socharm.stats.two_way_poisson import fit_two_way, two_way_means


@pytest.fixture(scope="module")
def town():
    """25 areas over 12 periods with gaps, exposure and two regressors."""
    rng = np.random.default_rng(1)
    y = rng.poisson(rng.gamma(2, 8, (25, 1)) * np.ones((25, 12))).astype(float)
    known, exposure = rng.random((25, 12)) > 0.05, rng.uniform(0.5, 2, (25, 12))
    x = np.zeros((2, 25, 12))
    x[0, :4, 6:] = 1
    x[1] = rng.normal(size=(25, 12))
    return y, known, exposure, x


def test_the_two_way_fit_is_that_of_a_regression_with_a_column_for_each_effect(town):
    y, known, exposure, x = town
    fit = fit_two_way(y, known, exposure, x)
    area, period = np.nonzero(known)
    columns = [x[0][known], x[1][known], *np.eye(25)[area].T, *np.eye(12)[period].T[1:]]
    plain = fit_regression(y[known], np.column_stack(columns), "poisson", offset=np.log(exposure[known]))
    assert fit.converged
    assert fit.beta == pytest.approx(plain.beta[:2], abs=1e-8)
    assert fit.covariance == pytest.approx(plain.inverse[:2, :2], rel=1e-7)
    assert fit.dispersion == pytest.approx(plain.dispersion, rel=1e-8)
    sums = np.array([plain.scores[area == one].sum(axis=0) for one in range(25)]) @ plain.inverse
    assert fit.clustered == pytest.approx((sums.T @ sums)[:2, :2] * 25 / 24, rel=1e-6)


def test_the_two_way_fit_is_that_of_statsmodels(town):
    """Values of statsmodels 0.15.0, GLM with Poisson family and 25 + 11 dummies: estimates, errors, errors by area."""
    fit = fit_two_way(*town)
    assert fit.beta == pytest.approx([0.03992892, -0.00043188], abs=5e-9)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([0.08198892, 0.01739665], abs=5e-9)
    assert np.sqrt(np.diag(fit.clustered)) == pytest.approx([0.10483562, 0.02909181], abs=5e-8)


def test_the_jackknife_is_near_that_of_25_fits(town):
    """With 25 fits of statsmodels, one area left out in each: .13547362 and .03105956."""
    assert np.sqrt(np.diag(fit_two_way(*town).jackknife)) == pytest.approx([0.13547362, 0.03105956], rel=2e-3)


def test_expected_counts_keep_the_sums_of_areas_and_periods(town):
    y, known, exposure, _ = town
    mean = two_way_means(y, known, exposure)
    seen = np.where(known, y, 0)
    assert mean.sum(axis=0) == pytest.approx(seen.sum(axis=0))
    assert mean.sum(axis=1) == pytest.approx(seen.sum(axis=1))
    assert (mean[~known] == 0).all()


def test_with_all_months_the_effect_is_the_ratio_of_four_sums():
    rng = np.random.default_rng(2)
    y = rng.poisson(rng.gamma(2, 9, (10, 1)) * np.ones((10, 8))).astype(float)
    x = np.zeros((1, 10, 8))
    x[0, :3, 5:] = 1
    fit = fit_two_way(y, np.ones((10, 8), bool), np.ones((10, 8)), x)
    sums = [y[:3, 5:].sum(), y[:3, :5].sum(), y[3:, 5:].sum(), y[3:, :5].sum()]
    assert np.exp(fit.beta[0]) == pytest.approx(sums[0] / sums[1] / (sums[2] / sums[3]), rel=1e-9)


@pytest.mark.parametrize("family", ["gaussian", "poisson", "binomial"])
def test_fits_of_rows_solve_their_equations(family):
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(60), rng.normal(size=60), np.linspace(0, 1e6, 60)])
    y = rng.poisson(20, 60).astype(float)
    trials = y + rng.poisson(30, 60) if family == "binomial" else None
    fit = fit_regression(y, x, family, trials=trials)
    assert fit.scores.sum(axis=0) / np.abs(x * y[:, None]).sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    assert (fit.mean > 0).all()


def test_errors_of_rows_are_those_of_statsmodels():
    """Values of statsmodels 0.15.0: OLS with HC1, HAC (4 lags, small-sample factor) and cluster (groups of five)."""
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(40), rng.normal(size=40)])
    y = x @ [1.0, 2.0] + rng.normal(size=40) * (1 + np.abs(x[:, 1]))
    fit = fit_regression(y, x, "gaussian")
    times = np.arange(40.0)
    found = [fit.classical(), fit.robust(), fit.newey_west(times, 4), fit.clustered(np.arange(40) // 5)]
    expected = [
        [0.312442687184696, 0.29527431272451915],
        [0.29742196748054145, 0.3676246442161296],
        [0.25595826292910445, 0.39700677542723284],
        [0.25180853269585723, 0.4080817041287086],
    ]
    assert np.array([np.sqrt(np.diag(one)) for one in found]) == pytest.approx(np.array(expected), rel=1e-9)


def test_the_correlation_of_months_is_found_in_short_series_too():
    """A plain estimate from 36 residuals of a trend and a step is .2 too low; this one is right on average."""
    rng = np.random.default_rng(5)
    times = np.arange(36.0)
    x = np.column_stack([np.ones(36), times, times >= 24])
    found, plain = [], []
    for _ in range(150):
        shock = rng.normal(size=36)
        for at in range(1, 36):
            shock[at] = 0.5 * shock[at - 1] + np.sqrt(0.75) * shock[at]
        fit = fit_regression(shock, x, "gaussian")
        found.append(fit.autoregressive(x, times)[1])
        e = fit.residual
        plain.append(float(e[1:] @ e[:-1] / (e @ e)))
    assert np.mean(found) == pytest.approx(0.47, abs=0.06)
    assert np.mean(plain) < 0.38


# randomisation


def test_all_sets_are_taken_where_there_are_few():
    rng = np.random.default_rng(1)
    exact = assignments(np.array([True, True, False, False, False]), 99, rng)
    assert exact.exact
    assert len({tuple(row) for row in exact.sets}) == len(exact.sets) == 10
    drawn = assignments(np.arange(40) < 5, 99, rng)
    assert not drawn.exact
    assert (drawn.sets.sum(axis=1) == 5).all()
    assert drawn.sets[0, :5].all()


def test_p_of_randomisation_is_uniform_where_nothing_happened():
    rng = np.random.default_rng(6)
    after, treated = np.arange(12) >= 6, np.arange(20) < 1
    given = assignments(treated, 99, rng)
    known, ones = np.ones((20, 12), bool), np.ones((20, 12))
    p = []
    for _ in range(200):
        y = rng.poisson(rng.gamma(2, 10, (20, 1)) * rng.gamma(5, 0.2, (20, 12))).astype(float)
        p.append(randomisation_p(y, known, ones, after, given))
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.04)
    assert np.mean(p) == pytest.approx(0.525, abs=0.06)


def test_large_areas_are_no_more_extreme_where_counts_are_over_dispersed():
    """By Poisson variance alone the largest of these areas is among the two most extreme in one of seven worlds."""
    rng = np.random.default_rng(12)
    level, after = np.exp(np.linspace(np.log(60), np.log(5), 40))[:, None], np.arange(36) >= 24
    known, ones = np.ones((40, 36), bool), np.ones((40, 36))
    given = {size: assignments(np.arange(40) < size, 199, rng) for size in (1, 4)}
    assert given[1].exact
    assert not given[4].exact
    p = {size: [] for size in given}
    for _ in range(400):
        y = rng.poisson(level * rng.gamma(16, 1 / 16, (40, 36))).astype(float)
        for size, sets in given.items():
            p[size].append(randomisation_p(y, known, ones, after, sets))
    for found in p.values():
        assert 0.02 <= np.mean(np.array(found) <= 0.05) <= 0.08


def test_the_score_has_poisson_variance_where_there_are_no_shocks_and_knows_no_units():
    rng = np.random.default_rng(13)
    y = np.round(rng.gamma(3, 20, (30, 1)) * np.ones((30, 12))) + rng.integers(-1, 2, (30, 12))
    after, known, ones = np.arange(12) >= 8, np.ones((30, 12), bool), np.ones((30, 12))
    given = assignments(np.arange(30) < 2, 999, rng)
    spread = y.sum(axis=1) * y[:, after].sum() / y.sum() * (1 - y[:, after].sum() / y.sum())
    excess = y[:, after].sum(axis=1) - y.sum(axis=1) * y[:, after].sum() / y.sum()
    of_sets = given.sets @ spread
    square = (given.sets @ excess) ** 2 / (of_sets * (spread.sum() - of_sets))
    found = randomisation_p(y, known, ones, after, given)
    assert found == pytest.approx(np.mean(square >= square[0] * (1 - 1e-9)))
    y = rng.poisson(y * rng.gamma(9, 1 / 9, y.shape)).astype(float)
    y[5] = 0.0
    found = randomisation_p(y, known, ones, after, given)
    assert randomisation_p(7.5 * y, known, ones * 1e3, after, given) == found < 1


def test_the_interval_holds_the_effects_that_the_test_keeps():
    rng = np.random.default_rng(7)
    after, treated = np.arange(12) >= 6, np.arange(60) < 4
    y = rng.poisson(30, (60, 12)).astype(float)
    y[:4, 6:] = rng.poisson(18, (4, 6))
    arrays = (np.ones((60, 12), bool), np.ones((60, 12)), after, assignments(treated, 999, rng))
    low, high = randomisation_interval(y, *arrays, level=0.95, centre=np.log(0.6))
    assert low < np.log(0.6) < high < 0
    cell = treated[:, None] & after
    for end, inside in ((low, 0.02), (high, -0.02)):
        for effect, kept in ((end + inside, True), (end - inside, False)):
            exposure = np.where(cell, np.exp(effect), 1.0)
            assert (randomisation_p(y, arrays[0], exposure, *arrays[2:]) > 0.05) == kept


def test_with_few_areas_no_effect_can_be_rejected():
    y = np.random.default_rng(8).poisson(20, (6, 8)).astype(float)
    after, treated = np.arange(8) >= 4, np.arange(6) < 1
    given = assignments(treated, 99, np.random.default_rng(1))
    ends = randomisation_interval(y, np.ones((6, 8), bool), np.ones((6, 8)), after, given, level=0.95, centre=0.0)
    assert ends == (-np.inf, np.inf)


# trends


def test_bounds_without_chance_are_the_identified_set_of_rambachan_and_roth():
    """By linear programmes, diff-diff 3.13.0 (`_solve_rm_bounds_union`)."""
    before, after = np.array([0.05, -0.02, 0.03]), np.array([-0.2, -0.25, -0.15, -0.3])
    expected = {0.0: (-0.225, -0.225), 0.5: (-0.3125, -0.1375), 1.0: (-0.4, -0.05), 2.0: (-0.575, 0.125)}
    for m_bar, ends in expected.items():
        assert relative_bounds(before, after, np.eye(7) * 1e-18, m_bar, 0.95) == pytest.approx(ends, abs=1e-7)


def test_bounds_hold_the_effect_at_least_as_often_as_stated():
    """Trends that part after as fast as at most before, in the least kind direction; the largest step is not known."""
    rng = np.random.default_rng(9)
    trend = np.array([0.0, 0.1, 0.2, 0.3, 0.3, 0.4, 0.5])  # the fifth is the reference
    delta = np.delete(trend, 4) - trend[4]
    covariance = 0.02**2 * (np.eye(6) + 1)
    root = np.linalg.cholesky(covariance)
    held = 0
    for _ in range(400):
        beta = delta + root @ rng.normal(size=6)
        low, high = relative_bounds(beta[:4], beta[4:], covariance, 1.0, 0.95)
        held += low <= 0.0 <= high
    assert held / 400 >= 0.94


def test_the_power_of_the_test_before_is_what_simulation_gives():
    rng = np.random.default_rng(10)
    shape, covariance = np.array([-9.0, -6.0, -3.0]), 0.1**2 * (np.eye(3) + 1)
    root = np.linalg.cholesky(covariance)
    power = power_of_pre_trend_test(shape, covariance, 0.05, 0.05)
    found = [pre_trend_p(0.05 * shape + root @ rng.normal(size=3), covariance) <= 0.05 for _ in range(1_000)]
    assert np.mean(found) == pytest.approx(power, abs=0.045)
    slope = trend_found(shape, covariance, 0.05)
    assert power_of_pre_trend_test(shape, covariance, slope, 0.05) == pytest.approx(0.8, abs=1e-6)


def test_variance_and_correlation_of_areas_are_found():
    rng = np.random.default_rng(11)
    shock = rng.normal(size=(300, 12))
    for at in range(1, 12):
        shock[:, at] = 0.6 * shock[:, at - 1] + 0.8 * shock[:, at]
    y = rng.poisson(rng.gamma(3, 15, (300, 1)) * np.exp(0.3 * shock)).astype(float)
    found = area_variation(y, np.ones(y.shape, bool), np.ones(y.shape))
    assert found.chance == pytest.approx(1.0, abs=0.5)
    assert found.shocks == pytest.approx(0.09, abs=0.03)
    assert found.correlation[0, 1] - found.correlation[0, 6] > 0.2
    mean = np.full((1, 12), 45.0)
    covariance = found.of_sums(mean)
    contrast = np.r_[np.full(6, 1 / 6), np.full(6, -1 / 6)]
    drawn = rng.normal(size=(20_000, 12))
    for at in range(1, 12):
        drawn[:, at] = 0.6 * drawn[:, at - 1] + 0.8 * drawn[:, at]
    truth = np.var(rng.poisson(45 * np.exp(0.3 * drawn - 0.045)) @ contrast)
    assert contrast @ covariance @ contrast == pytest.approx(truth, rel=0.2)
