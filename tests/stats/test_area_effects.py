"""Levels of areas in two periods, and counts predicted from them."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy import stats

from socharm.stats import level_fit, predicted_counts
from socharm.stats.area_effects import LevelCounts, fit_area_effects
from socharm.stats.predicted_counts import PredictedCounts, few_nodes, root_between


def drawn(*, drift: float = 0.1, spread: float = 0.5, trend: float = 0.9, seed: int = 1) -> LevelCounts:
    """Counts of two periods by the model itself."""
    rng, areas = np.random.default_rng(seed), 400
    lasting = spread * rng.standard_normal(areas)
    levels = [np.exp(lasting + drift * rng.standard_normal(areas)) for _ in range(2)]
    exposure = rng.uniform(80, 300, areas)
    levels[1] *= trend
    counts = [rng.poisson(exposure * level).astype(float) for level in levels]
    held = np.zeros(areas, dtype=bool)
    held[np.argsort(-counts[0] / exposure)[:20]] = True
    return LevelCounts(*counts, exposure, exposure, held)


@pytest.mark.parametrize(("drift", "spread"), [(0.06, 0.4), (0.15, 0.6)])
def test_what_was_put_in_is_found_again(drift, spread):
    fitted = fit_area_effects(drawn(drift=drift, spread=spread))
    assert fitted.drift == pytest.approx(drift, abs=0.03)
    assert fitted.spread == pytest.approx(spread, abs=0.05)
    assert fitted.log_second - fitted.log_first == pytest.approx(np.log(0.9), abs=3 * fitted.error_second)
    assert fitted.weights.sum() == pytest.approx(1)


def test_blocks_of_areas_give_what_the_whole_grid_gives(monkeypatch):
    """Also where some areas changed beyond all others, so that their two counts have nothing in common."""
    counts = drawn(drift=0.15, spread=0.8)
    second = counts.second.copy()
    second[50:53] = 0.0, 9_000.0, 1.0
    counts = replace(counts, second=second)
    fitted = fit_area_effects(counts)
    monkeypatch.setattr(level_fit, "_FAR", -1.0)
    monkeypatch.setattr(level_fit, "_BLOCK", 10_000)
    plain = fit_area_effects(counts)
    assert fitted.log_second == pytest.approx(plain.log_second, abs=1e-7)
    np.testing.assert_allclose(fitted.weights, plain.weights, rtol=1e-5)
    np.testing.assert_array_equal(fitted.drifts, plain.drifts)
    np.testing.assert_allclose(fitted.second_given_first(), plain.second_given_first(), atol=1e-8)


def test_rounds_that_have_not_come_to_rest_are_told(monkeypatch):
    many = drawn(drift=0.15, spread=0.8)
    counts = LevelCounts(*(getattr(many, field.name)[:100] for field in fields(many)))
    rested = fit_area_effects(counts)
    monkeypatch.setattr(level_fit, "_ROUNDS", 3)
    stopped = fit_area_effects(counts)
    assert rested.settled == 1
    assert stopped.settled < 1
    means = [fitted.second_given_first() @ fitted.grid for fitted in (stopped, rested)]
    assert np.abs(means[0] - means[1]).max() < 0.05


def test_the_second_count_of_an_area_held_back_changes_nothing():
    counts = drawn()
    other = replace(counts, second=np.where(counts.held_back, 3 * counts.second, counts.second))
    one, two = fit_area_effects(counts), fit_area_effects(other)
    assert one.log_second == two.log_second
    np.testing.assert_array_equal(one.second_given_first(), two.second_given_first())


def test_the_level_expected_lies_between_what_was_counted_and_the_others():
    counts = drawn(seed=3)
    fitted = fit_area_effects(counts)
    expected = fitted.second_given_first() @ fitted.grid
    own = np.log(counts.first / counts.exposure_first) - fitted.log_first
    worst = counts.held_back
    assert expected[worst].mean() < own[worst].mean()
    assert expected[worst].mean() > 0
    np.testing.assert_allclose(fitted.second_given_first().sum(axis=1), 1)


def test_a_level_that_fell_by_half_is_said_to_have_fallen():
    counts = drawn(drift=0.05, trend=1.0)
    less = replace(counts, second=np.where(counts.held_back, 0.4 * counts.second, counts.second))
    fitted = fit_area_effects(less)
    shift = np.full(len(less.first), fitted.log_second - fitted.log_first)
    fell = fitted.fell(less, shift, changed_share=0.1, changed_spread=0.35)
    assert fell[less.held_back].min() > 0.95
    assert np.mean(fell[~less.held_back]) == pytest.approx(0.5, abs=0.15)
    assert fitted.fell(less, shift - 3, changed_share=0.1, changed_spread=0.35).min() > 0.9


@pytest.fixture(scope="module")
def predicted() -> PredictedCounts:
    """Means of 4, 40 and 400 whose level is known as a narrow normal."""
    grid = np.linspace(-1, 1, 201)
    chance = np.exp(-((grid / 0.1) ** 2) / 2)
    rows = np.tile(chance / chance.sum(), (3, 1))
    nodes, weights = few_nodes(grid, rows, np.zeros(3))
    return PredictedCounts(np.array([4.0, 40.0, 400.0]), nodes, weights)


def test_a_level_that_is_known_gives_the_poisson_mid_probability():
    known = PredictedCounts(np.array([7.0]), np.zeros((1, 1)), np.ones((1, 1)))
    for count in (0, 3, 7, 12):
        by_hand = stats.poisson.cdf(count - 1, 7) + stats.poisson.pmf(count, 7) / 2
        assert known.at_most(np.array([float(count)]))[0] == pytest.approx(by_hand)
    assert known.expected()[0] == pytest.approx(7)
    assert known.variance()[0] == pytest.approx(7)


def test_few_nodes_have_the_moments_of_the_grid(predicted):
    assert predicted.expected() == pytest.approx(predicted.mean * np.exp(0.1**2 / 2), rel=1e-3)
    spread = predicted.expected() + predicted.expected() ** 2 * np.expm1(0.1**2)
    assert predicted.variance() == pytest.approx(spread, rel=0.01)


@pytest.mark.parametrize("level", [0.025, 0.05, 0.5, 0.9])
def test_a_quantile_is_reached_with_its_probability(predicted, level):
    assert predicted.at_most(predicted.quantile(level)) == pytest.approx(level, abs=1e-3)


def test_intervals_leave_what_came_at_their_quantiles(predicted):
    count = np.array([3.0, 45.0, 300.0])
    levels = (0.975, 0.5, 0.025)
    for level, ratio in zip(levels, predicted.log_ratios(count, levels), strict=True):
        assert predicted.at_most(count, ratio) == pytest.approx(level, abs=1e-2)


def test_a_count_of_nothing_has_no_lower_end(predicted):
    low, high = predicted.log_ratios(np.zeros(3), (0.975, 0.025))
    assert np.all(low == -np.inf)
    assert np.all(np.isfinite(high[:2]))


def test_the_level_to_find_has_the_power_asked_for(predicted):
    limit = predicted.quantile(0.05)
    found = predicted.ratio_to_find(limit, 0.8, -5.0)
    assert predicted.at_most(limit, found) == pytest.approx(0.8, abs=1e-3)
    assert np.all(np.diff(found) > 0)  # the more crimes, the less must fall


def test_a_level_that_is_never_reached_is_an_end():
    end = root_between(lambda at: np.full(len(at), 0.2), 0.5, np.array([0.0]), np.array([3.0]))
    assert end[0] == pytest.approx(3.0)


@pytest.mark.parametrize("times", [20, 60, 200])
def test_one_area_that_soars_does_not_carry_the_level_away(times):
    counts = drawn(seed=5)
    quiet = fit_area_effects(counts)
    soaring = int(np.flatnonzero(~counts.held_back)[10])
    second = counts.second.copy()
    second[soaring] = max(second[soaring], 5.0) * times
    loud = fit_area_effects(replace(counts, second=second))
    assert loud.log_second - quiet.log_second == pytest.approx(0.0, abs=0.1)
    # That it is less sure is right: one area has shown how far areas can go.
    assert loud.error_second >= quiet.error_second


def test_a_count_far_from_what_was_predicted_has_ends_on_both_sides_of_its_ratio():
    mean = np.array([100.0, 100.0, 100.0, 2_000.0, 100.0])
    predicted = PredictedCounts(mean, np.zeros((5, 1)), np.ones((5, 1)))
    count = np.array([800.0, 1_500.0, 20_000.0, 3.0, 0.0])
    low, middle, high = predicted.log_ratios(count, (0.975, 0.5, 0.025))
    assert np.isfinite(high).all()
    assert np.isfinite(low[:4]).all()
    assert low[4] == -np.inf  # no ratio is too low for a count of nothing
    plain = np.log(count[:4] / mean[:4])
    assert (low[:4] < plain).all()
    assert (plain < high[:4]).all()
    assert middle[:3] == pytest.approx(plain[:3], abs=0.01)
    # Exact ends of a Poisson mean, with mid-probability: of 800 events some 746 to 857.
    assert np.exp([low[0], high[0]]) * 100 == pytest.approx([746, 857], abs=3)


def test_an_area_held_back_far_beyond_the_others_surely_rose():
    counts = drawn(seed=5)
    held = int(np.flatnonzero(counts.held_back)[0])
    second = counts.second.copy()
    second[held] = 1e6
    far = replace(counts, second=second)
    fitted = fit_area_effects(far)
    fell = fitted.fell(far, np.zeros(len(second)), changed_share=0.1, changed_spread=0.35)
    assert np.isfinite(fell).all()
    assert fell[held] < 0.01


def test_log_ratios_are_those_of_the_whole_curve():
    """Of each area the curve is worked out until it has passed all levels; what lies beyond says nothing."""
    rng = np.random.default_rng(4)
    mean = rng.gamma(2, 40, 60)
    nodes = np.linspace(-0.6, 0.6, 9)[None, :] + rng.normal(0, 0.1, (60, 1))
    predicted = PredictedCounts(mean, nodes, np.full((60, 9), 1 / 9))
    count = rng.poisson(mean * np.exp(rng.normal(0, 1, 60))).astype(float)
    count[:3] = 0.0, 4_000.0, 1.0
    levels, plain = (0.9, 0.5, 0.025), np.log((count + 0.5) / (predicted.expected() + 0.5))
    curve = np.array([predicted.at_most(count, plain + at) for at in predicted_counts._RATIOS])
    scores = stats.norm.ppf(np.clip(curve, 1e-12, 1 - 1e-12))
    for level, found in zip(levels, predicted.log_ratios(count, levels), strict=True):
        target = stats.norm.ppf(level)
        for area in range(60):
            if scores[0, area] <= target:
                assert found[area] == -np.inf
            else:
                inside = np.interp(-target, -scores[:, area], predicted_counts._RATIOS)
                assert found[area] == pytest.approx(plain[area] + inside, abs=1e-9)
    assert np.isinf(predicted.log_ratios(count, (0.9,))[0]).sum() >= 1
