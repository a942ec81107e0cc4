"""Change points: exact cuts, no names where nothing happens, and the month of a real one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from months_case import index_of, ordinary

import socharm as sh
from socharm.signals.monthly import monthly_series
from socharm.signals.noise import Noise
from socharm.signals.segments import best_cuts, cut_gain
from socharm.stats.month_effects import others_effect

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


def with_a_giant(*, rise: float, areas: int = 40, months: int = 24, seed: int = 5) -> np.ndarray:
    """Ordinary areas beside one of three times as many crimes as all of them, which rises in the middle."""
    n = ordinary(areas=areas, months=months, seed=seed)
    rng = np.random.default_rng(seed)
    season = 1 + 0.2 * np.sin(np.arange(months))
    mean = 3 * n[1:].sum() / months * season * np.where(np.arange(months) < months // 2, 1.0, rise)
    n[0] = rng.poisson(rng.gamma(mean / 0.6, 0.6))
    return n


@pytest.mark.parametrize("rise", [2.0, 0.4])
def test_one_area_that_outweighs_all_others_makes_none_of_them_seem_to_change(rise):
    found = sh.signals.find_change_points(index_of(with_a_giant(rise=rise)), seed=1)
    middle = found.points[(found.points["area_code"] == "W000") & (found.points["period"] == pd.Period("2026-04", "M"))]
    assert middle["ratio"].item() == pytest.approx(rise, rel=0.15)
    assert (found.table["changes"].drop(index="W000") > 0).sum() <= 1


@pytest.mark.parametrize(("areas", "off"), [(10, 0.08), (40, 0.04)])
def test_the_month_effect_is_that_without_the_giant(areas, off):
    """A doubling of the one that outweighs all others moves it by less than the chance of the others does."""
    n = with_a_giant(rise=2.0, areas=areas).astype(float)
    flat = with_a_giant(rise=1.0, areas=areas).astype(float)
    ones = [others_effect(each, np.ones(each.shape, dtype=bool))[1] for each in (n, flat)]
    steps = [one[12:].mean() / one[:12].mean() for one in ones]
    assert steps[0] / steps[1] == pytest.approx(1.0, abs=off)


def test_where_nobody_stands_out_the_month_effect_is_that_of_sums():
    n = ordinary(areas=60, months=24, seed=9).astype(float)
    found = others_effect(n, np.ones(n.shape, dtype=bool))[0]
    plain = n[1:].sum(axis=0) / n[1:].sum(axis=0).mean()
    assert found / found.mean() == pytest.approx(plain, rel=0.06)


@pytest.mark.filterwarnings("ignore:one period")
def test_one_area_alone_keeps_its_month_without_crime():
    """It has no others: its season is not taken out, and no crime is no gap."""
    n = np.random.default_rng(2).poisson(20.0, (2, 12))
    n[0, 3], n[1] = 0, 0
    covered = np.ones((2, 12), dtype=bool)
    covered[1] = False
    series = monthly_series(index_of(n, covered=covered), "crimes")
    assert series.amounts[0, 3] == 0
    assert (series.shape == 1).all()


def test_a_month_without_a_crime_anywhere_is_a_gap_and_nobodys_fall():
    n = ordinary(areas=40, months=18)
    n[:, 9] = 0
    series = monthly_series(index_of(n), "crimes")
    assert np.isnan(series.amounts[:, 9]).all()
    assert np.isfinite(np.delete(series.amounts, 9, axis=1)).all()
    found = sh.signals.find_change_points(index_of(n), seed=1)
    assert (found.table["changes"] > 0).sum() <= 1


def test_too_few_months_are_told():
    with pytest.raises(sh.ParameterError, match="two levels of 3 months need 6"):
        sh.signals.find_change_points(index_of(ordinary(months=5)), seed=1)
