"""Change points: exact cuts, no names where nothing happens, and the month of a real one."""

from __future__ import annotations

import numpy as np
import pytest
from months_case import index_of, ordinary

import socharm as sh
from socharm.signals.noise import Noise
from socharm.signals.segments import best_cuts, cut_gain

PLAIN = Noise(dispersion=1.0, drift=0.0, left=0.9, step=1.0)


def test_the_gain_of_a_cut_is_the_likelihood_ratio():
    amounts = np.array([[4.0, 6.0, 14.0, 16.0]])
    whole, first, second = 40 * np.log(10), 10 * np.log(5), 30 * np.log(15)
    assert cut_gain(amounts, np.ones((1, 4)), PLAIN, 2)[0] == pytest.approx(2 * (first + second - whole))


def test_cuts_are_exact():
    amounts = np.array([9.0, 11, 10, 10, 31, 29, 30, 9, 10, 11])
    assert best_cuts(amounts, np.ones(10), PLAIN, price=8.0, least=3) == (4, 7)
    assert best_cuts(amounts, np.ones(10), PLAIN, price=1e6, least=3) == ()
    assert best_cuts(amounts, amounts, PLAIN, price=8.0, least=3) == ()  # the season explains it


def test_a_new_level_is_found_in_its_month_and_nothing_else():
    n = ordinary(areas=40, months=18)
    n[0] = np.random.default_rng(3).poisson(np.where(np.arange(18) < 10, 30.0, 75.0))
    n[1] = 0
    found = sh.signals.find_change_points(index_of(n), seed=1)
    assert found.table.loc["W000", "changes"] == 1
    assert (found.table["changes"].drop(index="W000").fillna(0) == 0).sum() >= 38
    point = found.points[found.points["area_code"] == "W000"].iloc[0]
    assert str(point["period"]) in {"2026-01", "2026-02", "2026-03"}
    assert point["low_95"] < 2.5 < point["high_95"]
    assert found.table.loc["W000", "says"].startswith("A new level from")
    assert found.table.loc["W001", "says"] == "Nothing is said: too few events to tell."


def test_too_few_months_are_told():
    with pytest.raises(sh.ParameterError, match="two levels of 3 months need 6"):
        sh.signals.find_change_points(index_of(ordinary(months=5)), seed=1)
