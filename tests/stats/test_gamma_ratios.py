"""Ratios from three moments: closed forms where there are any, and what draws of the same give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from socharm.stats.gamma_ratios import Moments, ratio_curve

ENDS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)


def gammas(shape, scale) -> Moments:
    """Moments of gamma variates."""
    shape, scale = np.broadcast_arrays(np.asarray(shape, float), np.asarray(scale, float))
    return Moments(shape * scale, shape * scale**2, 2 * shape * scale**3)


@pytest.mark.parametrize("shapes", [(0.6, 3.0), (2.0, 2.0), (15.0, 9.0), (400.0, 500.0)])
def test_two_gamma_variates_have_the_f_distribution(shapes):
    first, second = gammas([shapes[0]], 2.0), gammas([shapes[1]], 0.5)
    curve = ratio_curve(first, second)
    for end in ENDS:
        expected = special.fdtri(2 * shapes[1], 2 * shapes[0], end) * float(second.mean[0] / first.mean[0])
        assert np.log(curve.quantile(end)[0]) == pytest.approx(np.log(expected), abs=0.02 if shapes[0] < 1 else 4e-3)
        assert curve.below(expected)[0] == pytest.approx(end, abs=2e-3)


def test_sums_of_uneven_weights_are_what_draws_of_them_are():
    """Each a few light offences and one rare heavy one: a single gamma variate would miss the tail."""
    rng = np.random.default_rng(1)
    shape, weight = np.array([40.0, 15.0, 6.0, 1.5]), np.array([1.0, 2.0, 5.0, 40.0])
    drawn = [(rng.standard_gamma(shape, (200_000, 4)) * weight).sum(axis=1) for _ in range(2)]
    whole = gammas(shape, weight)
    both = Moments(*(np.array([part.sum()]) for part in (whole.mean, whole.variance, whole.third)))
    curve = ratio_curve(both, both)
    ratio = np.log(drawn[1] / drawn[0])
    for end in ENDS:
        assert np.log(curve.quantile(end)[0]) == pytest.approx(np.quantile(ratio, end), abs=0.03 * ratio.std())
    assert curve.quantile(0.5)[0] == pytest.approx(1.0, abs=2e-3)


def test_swapped_the_ratio_is_its_inverse_and_threads_do_not_matter():
    rng = np.random.default_rng(2)
    shapes = rng.uniform(1, 50, (2, 1_300))
    first, second = gammas(shapes[0], 1.0), gammas(shapes[1], 2.0)
    one, other = ratio_curve(first, second), ratio_curve(second, first)
    for end in (0.05, 0.5):
        assert np.log(one.quantile(end)) == pytest.approx(-np.log(other.quantile(1 - end)), abs=0.01)
    assert np.array_equal(one.score, ratio_curve(first, second, threads=1).score)


def test_totals_add_their_cumulants():
    one = gammas([3.0, 7.0], [2.0, 2.0]).total(np.array([1.0, 1.0]))
    together = gammas([10.0], [2.0])
    for name in ("mean", "variance", "third"):
        assert getattr(one, name) == pytest.approx(getattr(together, name))


def test_rows_are_interpolated_as_numpy_does_one():
    rng = np.random.default_rng(3)
    curve = ratio_curve(gammas(rng.uniform(1, 9, 20), 1.0), gammas(rng.uniform(1, 9, 20), 1.0))
    for end in (1e-15, *ENDS, 1 - 1e-15):
        plain = [np.interp(special.ndtri(end), s, r) for s, r in zip(curve.score, curve.log_ratio, strict=True)]
        assert np.log(curve.quantile(end)) == pytest.approx(np.array(plain), abs=1e-12)
    for ratio in (1e-9, 0.8, 1.0, 1.2, 1e9):
        plain = [np.interp(np.log(ratio), r, s) for s, r in zip(curve.score, curve.log_ratio, strict=True)]
        assert curve.below(ratio) == pytest.approx(special.ndtr(np.array(plain)), abs=1e-12)


def test_what_is_asked_for_is_as_in_the_whole_curve():
    rng = np.random.default_rng(4)
    first, second = gammas(rng.uniform(0.5, 60, 700), 1.0), gammas(rng.uniform(0.5, 60, 700), 1.0)
    whole = ratio_curve(first, second)
    both = ratio_curve(first, second, levels=ENDS, ratios=(0.01, 0.9, 1.1, 40.0))
    alone = ratio_curve(first, second, ratios=(0.9,))
    for end in ENDS:
        np.testing.assert_array_equal(both.quantile(end), whole.quantile(end))
    for ratio in (0.01, 0.9, 1.1, 40.0):
        np.testing.assert_array_equal(both.below(ratio), whole.below(ratio))
    np.testing.assert_array_equal(alone.below(0.9), whole.below(0.9))
    assert (alone.score != whole.score).any()  # and what is not asked for is not worked out
