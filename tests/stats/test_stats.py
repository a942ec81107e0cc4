"""The model's parts: prior, posterior, over-dispersion, streams, ranks."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from socharm.errors import ParameterError
from socharm.stats.coupled import WeightRows, coupled_rates
from socharm.stats.dispersion import dispersion_over_time
from socharm.stats.gamma_poisson import area_posterior, fit_prior, moments
from socharm.stats.random_streams import map_blocks, stream_key
from socharm.stats.ranks import descending_ranks, rank_quantiles
from socharm.stats.threads import map_in_order


def _force(rng: np.random.Generator, areas: int, *, shared: float) -> tuple[np.ndarray, np.ndarray]:
    people = rng.uniform(4000, 18000, areas)
    effect = np.exp(shared * rng.standard_normal(areas) - shared**2 / 2)
    rate = np.array([0.002, 0.006, 0.01]) * effect[:, None] * rng.gamma(5, 1 / 5, (areas, 3))
    return rng.poisson(rate * people[:, None]).astype(float), people


def test_moments_match_the_worked_example():
    # Rates 2 and 6 over equal exposure 1: squares 4 + 4, less 4 of chance, over 2 - 1.
    assert moments(np.array([2.0, 6.0]), np.ones(2), 1.0)[:2] == (4.0, 4.0)


def test_moments_find_the_planted_mean_and_variance():
    rng = np.random.default_rng(3)
    people = rng.uniform(4000, 18000, 20_000)
    n = rng.poisson(0.005 * rng.gamma(4, 1 / 4, people.size) * people)
    mean, between, _ = moments(n.astype(float), people, 1.0)
    assert mean == pytest.approx(0.005, rel=0.02)
    assert between == pytest.approx(0.005**2 / 4, rel=0.06)


def test_plain_posterior_is_the_textbook_gamma():
    rng = np.random.default_rng(1)
    n, people = _force(rng, 30, shared=0.0)
    phi = np.array([1.0, 1.5, 2.0])
    prior = fit_prior(n, people, phi, area_effect=False)
    posterior = area_posterior(n, people, prior)
    expected = (prior.shape + n / phi) / (prior.shape / prior.mean + people[:, None] / phi)
    np.testing.assert_allclose(posterior.mean, expected, rtol=1e-12)


def test_area_effect_is_found_and_is_absent_where_there_is_none():
    rng = np.random.default_rng(8)
    with_effect = fit_prior(*_force(rng, 4000, shared=0.6), phi=np.ones(3))
    without = fit_prior(*_force(rng, 4000, shared=0.0), phi=np.ones(3))
    np.testing.assert_allclose(with_effect.loading, 0.6, atol=0.06)
    np.testing.assert_allclose(without.loading, 0.0, atol=0.12)
    np.testing.assert_allclose(without.shape, 5, rtol=0.15)


def _draws(posterior, size, weights, tau):
    """Draws of the harm rate, shape (draws, areas)."""
    rows = WeightRows(weights[None, :], tau[None, :], np.zeros(size, dtype=np.int64))
    return coupled_rates(posterior, rows, np.arange(size), key=stream_key(1))


def test_draws_have_the_mean_and_the_law_of_the_posterior():
    rng = np.random.default_rng(5)
    n, people = _force(rng, 12, shared=0.8)
    prior = fit_prior(n, people, np.ones(3))
    posterior = area_posterior(n, people, prior)
    weights = np.array([800.0, 50.0, 250.0])
    drawn = _draws(posterior, 20_000, weights, np.array([0.2, 0.0, 0.3]))
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    z = (drawn.mean(axis=0) - np.sum(posterior.mean * weights, axis=1)) / error
    assert np.abs(z).max() < 4.5


def test_draws_of_one_plain_offence_are_gamma():
    n, people = np.array([[7.0], [2.0], [15.0]]), np.array([900.0, 1100.0, 1000.0])
    prior = fit_prior(n, people, np.ones(1), area_effect=False)
    drawn = _draws(area_posterior(n, people, prior), 5000, np.ones(1), np.zeros(1))
    shape, rate = prior.shape[0] + 7, prior.shape[0] / prior.mean[0] + 900
    assert reference.kstest(drawn[:, 0], reference.gamma(shape, scale=1 / rate).cdf).pvalue > 0.001


@pytest.mark.parametrize("n", [np.zeros((5, 2)), np.ones((1, 2)), np.zeros((1, 2))])
def test_posterior_is_uncertain_even_without_events(n):
    people = np.full(len(n), 5000.0)
    posterior = area_posterior(n, people, fit_prior(n, people, np.ones(2)))
    drawn = _draws(posterior, 400, np.ones(2), np.zeros(2))
    assert np.isfinite(posterior.mean).all()
    assert (posterior.mean > 0).all()
    assert (drawn.std(axis=0) > 0).all()


def test_more_exposure_moves_the_posterior_towards_the_data():
    prior = fit_prior(np.array([[50.0], [80.0], [20.0]]), np.full(3, 1000.0), np.ones(1))
    short = area_posterior(np.array([[20.0]]), np.array([100.0]), prior).mean[0, 0]
    long = area_posterior(np.array([[200.0]]), np.array([1000.0]), prior).mean[0, 0]
    assert abs(long - 0.2) < abs(short - 0.2)


def test_dispersion_is_one_for_poisson_counts_and_the_factor_that_was_planted():
    rng = np.random.default_rng(4)
    level = rng.gamma(2, 4, (800, 1)) * np.linspace(0.8, 1.2, 12)
    everywhere = np.ones(level.shape, dtype=bool)
    poisson = dispersion_over_time(rng.poisson(level).astype(float), everywhere)
    planted = dispersion_over_time(rng.poisson(rng.gamma(level / 0.6, 0.6)).astype(float), everywhere)
    assert poisson is not None
    assert planted is not None
    assert poisson.monthly == pytest.approx(1.0, abs=0.05)
    assert planted.monthly == pytest.approx(1.6, abs=0.08)
    assert planted.window == pytest.approx(1.6, abs=0.15)


def test_autocorrelation_raises_the_dispersion_of_the_window():
    rng = np.random.default_rng(6)
    wave = np.zeros((800, 12))
    wave[:, 0] = rng.standard_normal(800)
    for month in range(1, 12):
        wave[:, month] = 0.7 * wave[:, month - 1] + np.sqrt(1 - 0.49) * rng.standard_normal(800)
    n = rng.poisson(10 * np.exp(0.25 * wave)).astype(float)
    found = dispersion_over_time(n, np.ones(n.shape, dtype=bool))
    assert found is not None
    # Chance 1, plus 10 x 0.25^2 for a month; autocorrelation multiplies the second part over twelve months.
    assert found.window > found.monthly + 0.4


def test_dispersion_leaves_uncovered_months_out():
    rng = np.random.default_rng(7)
    n = rng.poisson(20, (300, 12)).astype(float)
    covered = rng.random(n.shape) > 0.2
    found = dispersion_over_time(np.where(covered, n, 0), covered)
    assert found is not None
    assert found.monthly == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize("n", [np.ones((1, 5)), np.ones((5, 1)), np.zeros((4, 4))])
def test_dispersion_is_not_estimated_where_it_cannot_be(n):
    assert dispersion_over_time(n, np.ones(n.shape, dtype=bool)) is None


def test_blocks_do_not_depend_on_threads():
    def block(rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.random(size)

    one, three = (np.concatenate(map_blocks(block, draws=1100, seed=9, purpose="test", threads=t)) for t in (1, 3))
    np.testing.assert_array_equal(one, three)
    assert one.size == 1100


def test_a_negative_seed_is_refused():
    with pytest.raises(ParameterError, match="seed"):
        map_blocks(lambda rng, size: size, draws=10, seed=-1, purpose="test")


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_drawn_ranks_agree_with_pandas(values):
    expected = pd.Series(values, dtype=float).rank(method="min", ascending=False).astype(int)
    assert descending_ranks(np.array([values], dtype=float))[0].tolist() == expected.tolist()


def test_rank_quantiles_are_ranks_that_were_drawn():
    drawn = np.array([[1], [2], [5], [9]], dtype=np.int32)
    assert rank_quantiles(drawn, (0.5, 0.95)).tolist() == [[2], [9]]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs(threads):
    def late(number):
        time.sleep(0.002 * (number % 3))
        return number

    assert list(map_in_order(late, range(20), threads=threads)) == list(range(20))
    assert list(map_in_order(late, [], threads=threads)) == []


def test_an_error_of_a_job_reaches_whoever_asks():
    with pytest.raises(ZeroDivisionError):
        list(map_in_order(lambda number: 1 // number, [1, 0, 2], threads=2))
