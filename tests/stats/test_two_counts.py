"""Two Poisson counts, weighted sums and their ratio: published values, and the exact cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from socharm.stats.gamma_interval import gamma_interval, gamma_ratio_interval, weighted_sum
from socharm.stats.two_poisson import e_tests


def e_test(*values: float) -> float:
    """The p of one pair of counts, by exposures of 1 where none are given."""
    first, second, *years = values
    one = (np.array([float(value)]) for value in (first, second, *(years or (1.0, 1.0))))
    return float(e_tests(*one)[0])


@pytest.mark.parametrize(
    ("counts", "exposures", "p"),
    [
        ((0, 3), (1, 1), 0.088379),
        ((3, 0), (1, 1), 0.088379),
        ((6, 3), (2, 1), 1.0),
        ((10, 5), (1, 1), 0.206164),
        ((20, 20), (1, 1), 1.0),
        ((15, 5), (1, 1), 0.025035),
    ],
)
def test_the_e_test_is_that_of_krishnamoorthy_and_thomson(counts, exposures, p):
    """Values of `ptools` (A. Wheeler), unit tests."""
    assert e_test(*counts, *exposures) == pytest.approx(p, abs=5e-4)


@pytest.mark.parametrize(("counts", "exposures"), [((4, 11), (1.0, 1.0)), ((2, 9), (3.0, 2.0)), ((0, 7), (1.5, 4.0))])
def test_the_e_test_sums_over_all_pairs_of_counts(counts, exposures):
    x, y = np.meshgrid(np.arange(120.0), np.arange(120.0), indexing="ij")
    n, m = exposures

    def size(a, b):
        spread = a / n**2 + b / m**2
        return np.where(spread > 0, np.abs(a / n - b / m) / np.sqrt(np.where(spread > 0, spread, 1)), 0)

    rate = sum(counts) / sum(exposures)
    chance = stats.poisson.pmf(x, rate * n) * stats.poisson.pmf(y, rate * m)
    expected = chance[size(x, y) >= size(*map(np.float64, counts)) - 1e-9].sum()
    assert e_test(*counts, *exposures) == pytest.approx(expected, abs=1e-8)


@given(
    first=st.integers(0, 400), second=st.integers(0, 400), years=st.integers(200_000, 5_000_000).map(lambda n: n / 1e6)
)
@example(first=150, second=150, years=0.99999)
@example(first=400, second=400, years=1 - 1e-13)
def test_the_e_test_is_a_probability_and_the_same_either_way_round(first, second, years):
    p = e_test(first, second, 1.0, years)
    assert 0 <= p <= 1
    assert e_test(second, first, years, 1.0) == pytest.approx(p, abs=1e-6)


def test_nothing_counted_shows_nothing():
    assert e_test(0, 0) == 1.0


def test_the_gamma_interval_is_that_of_fay_and_feuer():
    """Down syndrome in Michigan, births of order five and over (Fleiss 1981), as printed by the R package dsrTest."""
    cases = np.array([[0, 8, 63, 112, 262, 295]], dtype=float)
    births = np.array([327, 30_666, 123_419, 149_919, 104_088, 34_392], dtype=float)
    standard = np.array([319_933, 931_318, 786_511, 488_235, 237_863, 61_313], dtype=float)
    observed = weighted_sum(cases, standard / standard.sum() / births * 1e5)
    low, high = gamma_interval(observed)
    assert observed.total[0] == pytest.approx(75.52901, abs=1e-5)
    assert (low[0], high[0]) == pytest.approx((67.70212, 188.30017), abs=1e-5)


@given(n=st.integers(0, 300))
def test_one_kind_of_count_has_the_exact_interval(n):
    low, high = gamma_interval(weighted_sum(np.array([[float(n)]]), np.array([7.0])))
    assert high[0] == pytest.approx(7 * stats.chi2.ppf(0.975, 2 * n + 2) / 2)
    assert low[0] == pytest.approx(7 * stats.chi2.ppf(0.025, 2 * n) / 2 if n else 0.0)


@given(first=st.integers(0, 80), second=st.integers(0, 80))
def test_the_ratio_of_one_kind_of_count_has_the_exact_interval(first, second):
    """Clopper and Pearson's of the share of the second count, turned into a ratio."""
    sums = [weighted_sum(np.array([[float(n)]]), np.ones(1)) for n in (first, second)]
    low, high = gamma_ratio_interval(*sums)
    share = stats.beta.ppf(0.025, second, first + 1) if second else 0.0
    assert low[0] == pytest.approx(share / (1 - share), rel=1e-6)
    share = stats.beta.ppf(0.975, second + 1, first) if first else 1.0
    assert high[0] == (np.inf if share == 1 else pytest.approx(share / (1 - share), rel=1e-6))


def test_the_interval_of_a_ratio_turns_round_with_it():
    rng = np.random.default_rng(1)
    n, weights = rng.poisson(6, (2, 8, 3)).astype(float), np.array([1.0, 5.0, 40.0])
    first, second = (weighted_sum(part, weights) for part in n)
    low, high = gamma_ratio_interval(first, second)
    back_low, back_high = gamma_ratio_interval(second, first)
    np.testing.assert_allclose(low, 1 / back_high)
    np.testing.assert_allclose(high, 1 / back_low)


@pytest.mark.parametrize("counts", [(2.5, 4.0), (3.0, 0.25)])
def test_a_fraction_of_a_crime_has_no_e_test(counts):
    assert np.isnan(e_test(*counts))


@pytest.mark.parametrize("years", [1.0, 3.0])
def test_of_a_hundred_million_crimes_the_test_is_that_of_a_normal(years):
    """Sums of a quarter of a million terms neither lose their chance nor take long."""
    base, errors = 1e8, np.array([0.01, 1.0, 3.0, -4.0])
    first = np.full(len(errors), base)
    second = np.rint(years * base + np.sqrt(years * base + years**2 * base) * errors)
    z = (first - second / years) / np.sqrt(first + second / years**2)
    p = e_tests(first, second, np.ones(len(errors)), np.full(len(errors), years))
    assert p == pytest.approx(2 * stats.norm.sf(np.abs(z)), rel=1e-5)


def test_many_pairs_at_once_are_each_pair_alone():
    rng = np.random.default_rng(4)
    counts = rng.poisson(rng.gamma(0.5, 60, (2, 300))).astype(float)
    counts[0, :3] = 0.5
    counts[:, 3] = 0
    years = rng.uniform(0.5, 2, (2, 300))
    together = e_tests(*counts, *years)
    assert np.isnan(together[:3]).all()
    assert together[3] == 1.0
    alone = [e_test(*map(float, row)) for row in zip(*counts, *years, strict=True)]
    assert together == pytest.approx(np.array(alone), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("first", "second", "years"), [(0, 60, 1.0), (310, 290, 0.7), (5, 2, 3.0), (900, 700, 1.0), (3, 1, 0.01)]
)
def test_the_e_test_is_the_sum_over_first_counts_of_two_tails(first, second, years):
    """By scipy's Poisson distribution, small probabilities too, and the same among pairs of other sizes."""
    root = (first - second / years) ** 2 / (first + second / years**2)
    rate = (first + second) / (1 + years)
    x, y = np.arange(2_500.0)[:, None], np.arange(2_500.0)[None, :]
    spread = x + y / years**2
    reached = np.where(spread > 0, (x - y / years) ** 2 / np.where(spread > 0, spread, 1), 0) >= root * (1 - 1e-12)
    chance = stats.poisson.pmf(x, rate) * stats.poisson.pmf(y, rate * years)
    pairs = np.array([[first, 40_000.0, 1.0], [second, 40_100.0, 1.0], [1.0, 1.0, 1.0], [years, 1.0, 2.0]])
    assert e_tests(*pairs)[0] == pytest.approx(float(chance[reached].sum()), rel=1e-8)
