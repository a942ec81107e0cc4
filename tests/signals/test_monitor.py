"""Signals by month: what the charts are, that they keep their rate of false alarms, and what they find."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from months_case import index_of, ordinary

import socharm as sh
from socharm._words import month_words
from socharm.signals.charts import draw_charts, limits_for, pooled_p
from socharm.signals.monthly import monthly_series
from socharm.signals.noise import ROUNDS, Noise, fit_noise

PLAIN = Noise(dispersion=1.0, drift=0.0, left=0.9, step=1.0)


@pytest.fixture(scope="module")
def planted() -> sh.signals.Monitoring:
    n = ordinary()
    n[0] = np.random.default_rng(3).poisson(np.where(np.arange(12) < 6, 30.0, 75.0))
    n[1] = np.random.default_rng(4).poisson(np.where(np.arange(12) < 6, 60.0, 15.0))
    n[2] = 0
    return sh.signals.monitor_harm(index_of(n), seed=1)


def test_cusum_and_ewma_are_those_worked_out_by_hand():
    # A level of 10 in two months of baseline, then 13 and 16, with a rise of 30% looked for.
    amounts = np.array([[10.0, 10.0, 13.0, np.nan, 16.0]])
    charts = draw_charts(amounts, np.ones((1, 5)), 2, PLAIN, change=1.3, memory=0.2)
    steps = [13 * np.log(1.3) - 3.0, 16 * np.log(1.3) - 3.0]
    rises = [steps[0], steps[0], steps[0] + steps[1]]
    smooth = 0.2 * 3 / np.sqrt(10)
    smooth_2 = 0.2 * 6 / np.sqrt(10) + 0.8 * smooth
    assert charts.values[0, :, 0] == pytest.approx(rises)  # the gap leaves the chart where it was
    assert charts.values[0, :, 2] == pytest.approx([smooth, smooth, smooth_2])
    assert charts.values[0, :, 1] == pytest.approx([0.0, 0.0, 0.0])
    assert charts.since[0, :, 0].tolist() == [2, 2, 2]


def test_limits_keep_the_stated_chance_and_p_is_a_rank():
    rng = np.random.default_rng(1)
    highest = rng.exponential(1.0, (400, 30, 4)) * np.arange(1, 31)[None, :, None]
    found = limits_for(highest, 0.02)
    fresh = rng.exponential(1.0, (400, 30, 4)) * np.arange(1, 31)[None, :, None]
    beyond = (fresh > found.values).any(axis=2)
    assert found.chance == pytest.approx(0.02, abs=0.002)
    assert beyond.mean() == pytest.approx(0.02, abs=0.005)
    assert beyond[:, 15:].mean() == pytest.approx(0.02, abs=0.008)  # the same for areas of another scale
    assert pooled_p(np.array([-1.0, np.nan]), np.ones((50, 2)) * [[0.0, 1.0]])[0] == 1.0


def test_areas_without_a_last_month_do_not_make_it_rarer_elsewhere():
    made = np.random.default_rng(1).normal(size=(400, 10))
    gone = np.concatenate([made, np.full((400, 10), np.nan)], axis=1)
    own = np.full(10, 2.0)
    alone, beside = pooled_p(own, made), pooled_p(np.concatenate([own, np.full(10, np.nan)]), gone)
    assert beside[:10].tolist() == alone.tolist()
    assert alone == pytest.approx(np.full(10, 0.023), abs=0.01)
    assert np.isnan(beside[10:]).all()


def test_over_dispersion_and_drift_are_those_that_were_planted():
    rng = np.random.default_rng(2)
    moves = rng.normal(0, 0.2, (150, 24))
    for month in range(1, 24):
        moves[:, month] = 0.9 * moves[:, month - 1] + np.sqrt(1 - 0.81) * moves[:, month]
    mean = 60.0 * np.exp(moves)
    series = monthly_series(index_of(rng.poisson(rng.gamma(mean / 0.6, 0.6))), "crimes")
    noise = fit_noise(series, [np.random.default_rng(n) for n in range(ROUNDS)])
    assert noise.dispersion == pytest.approx(1.6, abs=0.25)
    assert noise.drift == pytest.approx(0.2, abs=0.06)
    assert (
        fit_noise(
            monthly_series(index_of(rng.poisson(60.0, (60, 12))), "crimes"),
            [np.random.default_rng(n) for n in range(ROUNDS)],
        ).drift
        < 0.1
    )


def test_nothing_on_record_leaves_an_interval():
    n = ordinary()
    n[0] = np.where(np.arange(12) < 6, 30, 0)
    row = sh.signals.monitor_harm(index_of(n), seed=1, simulations=100).table.iloc[0]
    assert row["direction"] == "fall"
    assert row["size"] == row["size_low_95"] == 0
    assert 0 < row["size_high_95"] < 0.2


def test_where_nothing_happens_there_are_about_as_many_signals_as_stated():
    signals = [
        (
            sh.signals.monitor_harm(index_of(ordinary(seed=seed)), seed=1, false_alarms=8.0).table["direction"] != ""
        ).sum()
        for seed in range(8)
    ]
    # Eight a year over half a year: 32 in eight worlds; four standard deviations on each side.
    assert 10 <= sum(signals) <= 56


def test_a_rise_and_a_fall_are_found_with_month_direction_and_size(planted):
    rise, fall = planted.table.loc["W000"], planted.table.loc["W001"]
    assert (rise["direction"], fall["direction"]) == ("rise", "fall")
    assert rise["active"]
    assert fall["active"]
    assert rise["since"] in {"2025-10", "2025-11"}
    assert rise["size_low_95"] < 2.5 < rise["size_high_95"]
    assert fall["size_low_95"] < 0.25 < fall["size_high_95"]
    assert rise["says"].startswith(f"Since {month_words(rise['since'])} more recorded harm")
    assert fall["says"].startswith(f"Since {month_words(fall['since'])} less recorded harm")
    assert not set("0123456789") & set(rise["says"].replace(month_words(rise["since"]), ""))


def test_areas_with_too_few_events_say_so(planted):
    none = planted.table.loc["W002"]
    assert none["reason"] == "too few events to tell"
    assert none["says"] == "Not watched: too few events to tell."
    assert none["direction"] == ""
    assert pd.isna(none["delay"])


def test_large_areas_find_a_rise_sooner():
    rng = np.random.default_rng(9)
    n = rng.poisson(np.repeat([5.0, 20.0, 80.0, 320.0], 10)[:, None], (40, 12))
    found = sh.signals.monitor_harm(index_of(n), seed=1, simulations=200).table["found_year"]
    by_size = found.groupby(np.repeat([5, 20, 80, 320], 10)).mean()
    assert by_size.is_monotonic_increasing
    assert by_size.iloc[0] < 0.3 < 0.9 < by_size.iloc[-1]


def test_every_watched_month_stands_in_the_table_with_its_limits(planted):
    watched = int((planted.table["reason"] == "").sum())
    assert len(planted.months) == watched * 6
    beyond = planted.months["cusum_rise"] > planted.months["cusum_rise_limit"]
    beyond |= planted.months["ewma_rise"] > planted.months["ewma_rise_limit"]
    risen = set(planted.months.loc[beyond, "area_code"])
    assert risen >= set(planted.table.index[planted.table["direction"] == "rise"])


def test_harm_in_other_units_gives_the_same_signals(planted):
    n = ordinary()
    how = {"seed": 1, "simulations": 100}
    one, other = (sh.signals.monitor_harm(index_of(n, weight=weight), **how).table for weight in (1.0, 250.0))
    pd.testing.assert_frame_equal(one, other)


def test_a_season_of_all_areas_is_no_signal():
    n = ordinary(areas=40)
    lifted = n.copy()
    lifted[:, 9:] = lifted[:, 9:] * 3
    found = sh.signals.monitor_harm(index_of(lifted), seed=1).table
    assert (found["direction"] != "").sum() <= 2


def test_gaps_are_gaps_and_no_falls():
    n = ordinary(areas=40)
    covered = np.ones(n.shape, dtype=bool)
    covered[0, 8:11] = False
    covered[1, :4] = False
    found = sh.signals.monitor_harm(index_of(n, covered=covered), seed=1).table
    assert found.loc["W000", "direction"] == ""
    assert found.loc["W001", "reason"] == "less than half of the baseline is covered"


@pytest.mark.parametrize(
    ("months", "arguments", "told"),
    [
        (5, {}, "signals need 6"),
        (8, {"baseline": 8}, "leaves none to watch"),
        (8, {"least_events": 1e9}, "No area can be watched: too few events to tell"),
        (8, {"change": 1.0}, "`change`"),
    ],
)
def test_what_cannot_be_watched_is_told(months, arguments, told):
    with pytest.raises(sh.ParameterError, match=told):
        sh.signals.monitor_harm(index_of(ordinary(months=months)), seed=1, **arguments)


def test_one_area_far_beyond_all_others_is_found_and_stops_nothing():
    n = ordinary(areas=12)
    n[0, 8:] = 10_000
    found = sh.signals.monitor_harm(index_of(n), seed=1, simulations=100)
    assert found.findings.drift == 1.0
    assert found.table.loc["W000", "direction"] == "rise"
    assert str(found.table.loc["W000", "since"]) == "2025-12"


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
def test_no_crime_at_all_is_told():
    with pytest.raises(sh.ParameterError, match="too few events to tell, in most"):
        sh.signals.monitor_harm(index_of(np.zeros((12, 12), int)), seed=1)
