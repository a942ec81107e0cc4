"""Directly standardised rates: published intervals of counts and of a weighted sum, laws, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import AlignmentError, ParameterError
from socharm.severity import standardised_rates
from socharm.stats.byar_interval import byar_limits

#: Down syndrome in Michigan, births of order five and over, by age of the mother (Fleiss 1981; Fay and Feuer 1997).
AGES = ["under 20", "20 to 24", "25 to 29", "30 to 34", "35 to 39", "over 40"]
CASES = pd.DataFrame([[0, 8, 63, 112, 262, 295]], columns=AGES)
BIRTHS = pd.DataFrame([[327, 30_666, 123_419, 149_919, 104_088, 34_392]], columns=AGES)
STANDARD = pd.Series([319_933, 931_318, 786_511, 488_235, 237_863, 61_313], index=AGES)


def test_limits_of_counts_are_those_that_are_published():
    """65 events: unit test of the analogy package; 100: of PHStatsMethods (Department of Health and Social Care)."""
    low, high = byar_limits(np.array([65.0, 100.0]))
    assert (low[0], high[0]) == pytest.approx((50.1632, 82.8491), abs=5e-5)
    assert low[1] == pytest.approx(81.36210549052788, rel=1e-10)


def test_limits_are_within_two_in_a_thousand_of_the_exact_ones_from_ten_events_on():
    """As the technical guide on confidence intervals of Public Health England (2018) says of 95% intervals."""
    count = np.arange(10.0, 2_000)
    low, high = byar_limits(count)
    assert np.abs(low / (stats.chi2.ppf(0.025, 2 * count) / 2) - 1).max() < 0.002
    assert np.abs(high / (stats.chi2.ppf(0.975, 2 * count + 2) / 2) - 1).max() < 0.002
    assert byar_limits(np.zeros(1))[0][0] == 0


def test_the_rate_and_the_gamma_interval_are_the_published_ones():
    """As the R package dsrTest prints them."""
    found = standardised_rates(CASES, BIRTHS, STANDARD, per=100_000, limits="gamma").iloc[0]
    assert found["rate"] == pytest.approx(75.52901, abs=1e-5)
    assert (found["low"], found["high"]) == pytest.approx((67.70212, 188.30017), abs=1e-5)


def test_byar_s_interval_of_the_same_rate_is_dobson_s_formula_by_hand():
    weights = STANDARD / STANDARD.sum() / BIRTHS.iloc[0] * 1e5
    rate, n = float((CASES.iloc[0] * weights).sum()), 740
    error = float(np.sqrt((CASES.iloc[0] * weights**2).sum() / n))
    low = n * (1 - 1 / (9 * n) - 1.959964 / (3 * np.sqrt(n))) ** 3
    found = standardised_rates(CASES, BIRTHS, STANDARD, per=100_000).iloc[0]
    assert found["low"] == pytest.approx(rate + error * (low - n), abs=1e-5)
    assert found["events"] == n
    assert found["low"] < rate < found["high"]


@given(n=st.integers(10, 500), people=st.integers(100, 100_000), per=st.sampled_from([1, 1_000, 100_000]))
def test_one_group_has_the_interval_of_its_count(n, people, per):
    table = {"all": [n]}
    found = standardised_rates(pd.DataFrame(table), pd.DataFrame({"all": [people]}), pd.Series({"all": 7}), per=per)
    low, high = byar_limits(np.array([float(n)]))
    assert found["rate"][0] == pytest.approx(per * n / people)
    assert (found["low"][0], found["high"][0]) == pytest.approx((per * low[0] / people, per * high[0] / people))


@given(factor=st.integers(1, 50))
def test_the_size_of_the_standard_and_the_order_of_groups_do_not_matter(factor):
    found = standardised_rates(CASES, BIRTHS[AGES[::-1]], STANDARD[AGES[::-1]] * factor, per=1_000)
    pd.testing.assert_frame_equal(found, standardised_rates(CASES, BIRTHS, STANDARD, per=1_000))


def test_few_events_have_no_interval_of_byar_s_and_none_has_a_rate_of_nothing():
    events = pd.DataFrame({"a": [0, 9], "b": [0, 0]}, index=["none", "few"])
    people = pd.DataFrame({"a": [50, 50], "b": [60, 60]}, index=["none", "few"])
    found = standardised_rates(events, people, pd.Series({"a": 1, "b": 1}))
    assert found["rate"].tolist() == [0.0, pytest.approx(0.09)]
    assert found[["low", "high"]].isna().all(axis=None)
    exact = standardised_rates(events, people, pd.Series({"a": 1, "b": 1}), limits="gamma")
    assert exact["low"]["none"] == 0
    assert exact["high"]["none"] > 0


def test_what_is_refused():
    with pytest.raises(AlignmentError, match="groups of `standard` are not those of `events`"):
        standardised_rates(CASES, BIRTHS, STANDARD.iloc[1:])
    with pytest.raises(AlignmentError, match="areas of `people`"):
        standardised_rates(CASES, BIRTHS.rename(index={0: "other"}), STANDARD)
    with pytest.raises(ParameterError, match="`people` holds a gap or a number of 0 or less"):
        standardised_rates(CASES, BIRTHS * 0, STANDARD)
    with pytest.raises(ParameterError, match="`events` holds a gap or a number below zero"):
        standardised_rates(CASES - 1, BIRTHS, STANDARD)
    with pytest.raises(ParameterError, match="parts of an event"):
        standardised_rates(CASES + 0.5, BIRTHS, STANDARD)
    with pytest.raises(ParameterError, match="no residents"):
        standardised_rates(CASES, BIRTHS, STANDARD * 0)
