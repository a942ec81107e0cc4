"""The smallest fall that could be seen: against the exact power of the test that it is made for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import ParameterError
from socharm.plans.smallest_change import smallest_fall


def power_of(rate: float, later: float, months: tuple[int, int], dispersion: float = 1.0) -> float:
    """Share of pairs of counts, by their exact probabilities, that the test of the roots finds to have fallen."""
    means = np.array([rate * months[0], later * months[1]])
    counts = np.arange(int(means.max() + 12 * math.sqrt(dispersion * means.max()) + 20))
    if dispersion == 1.0:
        first, second = (stats.poisson.pmf(counts, mean) for mean in means)
    else:  # a negative binomial whose variance is `dispersion` times its mean
        share = 1 / dispersion
        first, second = (stats.nbinom.pmf(counts, mean * share / (1 - share), share) for mean in means)
    roots = np.sqrt(counts + 3 / 8)
    z = 2 * (roots[:, None] / math.sqrt(months[0]) - roots[None, :] / math.sqrt(months[1]))
    z /= math.sqrt(dispersion * (1 / months[0] + 1 / months[1]))
    return float((first[:, None] * second[None, :])[z > stats.norm.ppf(0.975)].sum())


@pytest.mark.parametrize("dispersion", [1.0, 1.6, 2.2])
@pytest.mark.parametrize(("rate", "months"), [(4.0, (12, 12)), (15.0, (13, 12)), (15.0, (6, 12)), (60.0, (12, 12))])
def test_a_fall_of_this_size_is_found_four_times_in_five(rate, months, dispersion):
    fall = smallest_fall(rate, months=months[0], later_months=months[1], dispersion=dispersion)
    assert power_of(rate, rate - fall, months, dispersion) == pytest.approx(0.8, abs=0.03)
    assert power_of(rate, rate, months, dispersion) < 0.035


def test_the_worked_example():
    # roots: sqrt(30) = 5.4772, less (1.9600 + 0.8416) / 2 * sqrt(1/12 + 1/12) = 0.5719; squared 24.0623
    assert smallest_fall(30.0, months=12, later_months=12) == pytest.approx(30 - 24.0623, abs=1e-3)


def test_where_nothing_could_be_seen_nothing_is_said():
    assert math.isnan(smallest_fall(0.2, months=12, later_months=12))
    assert math.isnan(smallest_fall(0.0, months=12, later_months=12))


@pytest.mark.parametrize("wrong", [{"rate": -1.0}, {"months": 0}, {"dispersion": 0}, {"level": 0}, {"power": 1}])
def test_numbers_out_of_their_limits_are_told(wrong):
    with pytest.raises(ParameterError, match=f"`{next(iter(wrong))}` is"):
        smallest_fall(**{"rate": 30.0, "months": 12, "later_months": 12, **wrong})


@given(rate=st.floats(5, 500), months=st.integers(3, 36), more=st.integers(1, 24), dispersion=st.floats(1, 4))
def test_more_months_show_smaller_falls_and_more_noise_hides_them(rate, months, more, dispersion):
    fall = smallest_fall(rate, months=months, later_months=12, dispersion=dispersion)
    longer = smallest_fall(rate, months=months + more, later_months=12, dispersion=dispersion)
    noisier = smallest_fall(rate, months=months, later_months=12, dispersion=dispersion + 1)
    if not math.isnan(fall):
        assert 0 < longer < fall <= rate
    assert math.isnan(noisier) or noisier > fall
