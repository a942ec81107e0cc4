"""Every two donors beside the site: as fitted by hand, and a bound that no set of units breaks."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm.evaluation.leave_two_out import leave_two_out, most_false
from socharm.evaluation.synthetic_fit import fit_donors

CODES = [f"A{n}" for n in range(8)]


def panel(fall: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    y = rng.poisson(rng.gamma(20, 2, (8, 1)) * np.ones(18)).astype(float)
    y[0, 12:] = np.round(y[0, 12:] * fall)
    return pd.DataFrame(y, CODES)


def test_pairs_are_those_fitted_one_by_one():
    y = panel(0.8).to_numpy()
    lost = 0
    for pair in combinations(range(1, 8), 2):
        three = (0, *pair)
        rest = np.delete(y, three, axis=0)
        own, *others = (fit_donors(y[row], rest, 12).ratio for row in three)
        lost += max(others) >= own
    made = leave_two_out(y[0], y[1:], 12)
    assert (made.pairs, made.not_first, made.p) == (21, lost, lost / 21)


@settings(max_examples=60)
@given(units=st.integers(4, 9), seed=st.integers(0, 10_000), strong=st.floats(0, 3))
def test_no_set_of_units_breaks_the_bound(units, seed, strong):
    # Groups of three, of each of which one is first: whoever it is, few units lose few groups.
    rng = np.random.default_rng(seed)
    strength, lost = strong * rng.normal(size=units), np.zeros(units, dtype=int)
    for three in combinations(range(units), 3):
        departed = strength[list(three)] + rng.normal(size=3)
        lost[[row for row in three if row != three[int(np.argmax(departed))]]] += 1
    for least in set(lost):
        assert (lost <= least).mean() <= most_false(int(least), units) + 1e-12


def test_the_bound_by_hand():
    # 20 units: a second one loses 18 groups of three in all where it meets the first, 9 each at best.
    assert [most_false(lost, 20) for lost in (0, 8, 9)] == [1 / 20, 1 / 20, 2 / 20]
    assert most_false(171, 20) == 1


def test_few_donors_are_held_against_each_other_and_many_are_not():
    counts = panel(0.4)
    choices = {"treated": ["A0"], "start": 12, "allow_poor_fit": True}
    made = sh.evaluation.synthetic_control(counts, **choices)
    two = made.findings.two_out
    assert two == leave_two_out(counts.to_numpy()[0], counts.to_numpy()[1:], 12)
    assert f"Of 21 pairs of donors, {two.not_first} had one that departed as far" in made.sentence
    assert f"by chance at most {two.most_false:.1%} of sites come to so few." in made.sentence
    assert sh.evaluation.synthetic_control(counts, two_out=6, **choices).findings.two_out is None
    assert sh.evaluation.synthetic_control(counts.iloc[:3], **choices).findings.two_out is None


def test_it_holds_where_any_unit_could_have_been_the_site():
    low = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = rng.poisson(rng.gamma(9, 4, (7, 1)) * rng.gamma(20, 1 / 20, (7, 14))).astype(float)
        low += leave_two_out(y[0], y[1:], 9).most_false <= 1 / 7 + 1e-12
    assert low / 60 <= 1 / 7 + 2 * np.sqrt(1 / 7 * 6 / 7 / 60)


@pytest.mark.parametrize("donors", [1, 2])
def test_fewer_than_three_donors_have_no_pairs_to_leave_out(donors):
    assert leave_two_out(np.arange(6.0), np.ones((donors, 6)), 4) is None
