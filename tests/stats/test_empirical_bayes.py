"""Empirical-Bayes rates: agreement with spdep, laws, and empty cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st

from socharm.stats.empirical_bayes import eb_standardised, freeman_tukey, smooth_global, smooth_local

LAW = quick(max_examples=25, deadline=None)
CELLS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5_000)), min_size=2, max_size=20)


def split(cells: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(cells, dtype=float)
    return array[:, 0], array[:, 1]


@given(CELLS)
@LAW
def test_smoothed_rates_lie_between_the_rate_and_the_mean(cells):
    n, population = split(cells)
    smoothed = smooth_global(n, population)
    low, high = np.minimum(n / population, smoothed.prior_mean), np.maximum(n / population, smoothed.prior_mean)
    assert np.all(smoothed.rate >= low - 1e-12)
    assert np.all(smoothed.rate <= high + 1e-12)
    assert np.all((smoothed.own_share >= 0) & (smoothed.own_share <= 1))


@given(CELLS, st.sampled_from([0.5, 10.0, 1_000.0]))
@LAW
def test_the_unit_of_population_changes_only_the_unit_of_rates(cells, unit):
    n, population = split(cells)
    once, again = smooth_global(n, population), smooth_global(n, population * unit)
    np.testing.assert_allclose(again.rate * unit, once.rate, rtol=1e-7, atol=1e-12)
    shift = eb_standardised(n, population * unit) - eb_standardised(n, population)
    assert np.allclose(shift, 0, atol=1e-5)


@given(CELLS, st.randoms(use_true_random=False))
@LAW
def test_the_order_of_areas_changes_nothing(cells, random):
    shuffled = list(range(len(cells)))
    random.shuffle(shuffled)
    n, population = split(cells)
    np.testing.assert_allclose(
        smooth_global(n[shuffled], population[shuffled]).rate, smooth_global(n, population).rate[shuffled], rtol=1e-7
    )


def test_nothing_counted_is_a_rate_of_zero_everywhere():
    nothing, people = np.zeros(3), np.array([10.0, 20.0, 30.0])
    assert smooth_global(nothing, people).rate.tolist() == [0, 0, 0]
    assert eb_standardised(nothing, people).tolist() == [0, 0, 0]


def test_an_island_keeps_its_own_rate():
    n, people = np.array([5.0, 1.0, 9.0]), np.array([10.0, 10.0, 30.0])
    local = smooth_local(n, people, np.array([0, 1, 2, 2]), np.array([1, 0]))
    assert local.rate[2] == pytest.approx(0.3)
    assert local.prior_mean[0] == pytest.approx(0.3)
    assert local.prior_variance[2] == 0


def test_one_area_has_no_spread():
    assert smooth_global(np.array([3.0]), np.array([10.0])).rate.tolist() == [pytest.approx(0.3)]


def test_freeman_tukey_has_even_variance():
    """Its variance is near 1/x whatever the rate: within a tenth at expected counts of 5 and of 50."""
    rng = np.random.default_rng(1)
    for expected in (5.0, 50.0):
        transformed = freeman_tukey(rng.poisson(expected, 40_000).astype(float), np.full(40_000, 100.0))
        assert transformed.var() * 100 == pytest.approx(1.0, rel=0.1)
