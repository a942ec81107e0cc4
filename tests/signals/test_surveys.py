"""Surveys by wave: published intervals, laws, verdicts, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import socharm as sh
from socharm.stats.proportions import exact_interval, newcombe_interval, wilson_interval

WAVES = pd.DataFrame(
    {
        "area_code": ["W1"] * 3 + ["W2"] * 2,
        "question": "safe after dark",
        "wave": [2023, 2024, 2025, 2024, 2025],
        "yes": [30, 40, 80, 3, 4],
        "asked": [100, 100, 100, 6, 8],
    }
)


def test_intervals_are_those_published():
    # Newcombe (1998), Statistics in Medicine 17: 857-872, table I; 873-890, table II.
    assert np.round(wilson_interval([81, 15, 0, 1], [263, 148, 20, 29]), 4).T.tolist() == [
        [0.2553, 0.3662], [0.0624, 0.1605], [0.0, 0.1611], [0.0061, 0.1718],
    ]  # fmt: skip
    assert np.round(exact_interval([81, 0, 1], [263, 20, 29]), 4).T.tolist() == [
        [0.2527, 0.3676], [0.0, 0.1684], [0.0009, 0.1776],
    ]  # fmt: skip
    assert np.round(newcombe_interval((48, 80), (56, 70)), 4).tolist() == [0.0524, 0.3339]
    assert np.round(newcombe_interval((3, 10), (9, 10)), 4).tolist() == [0.1705, 0.809]


@pytest.mark.parametrize("asked", [10, 30])
def test_intervals_hold_as_often_as_they_say(asked):
    yes = np.arange(asked + 1)
    for share in (0.05, 0.3, 0.5):
        chance = stats.binom.pmf(yes, asked, share)
        for made, least in ((wilson_interval, 0.90), (exact_interval, 0.95)):
            low, high = made(yes, np.full(asked + 1, asked))
            assert chance[(low <= share) & (share <= high)].sum() >= least


def test_a_change_is_told_with_shares_and_points():
    found = sh.signals.survey_trend(WAVES)
    whole = found.changes[found.changes["which"] == "first to last"].set_index("area_code")
    assert whole.loc["W1", "verdict"] == "rose"
    assert whole.loc["W1", "change"] == pytest.approx(0.5)
    assert whole.loc["W1", "says"].startswith("safe after dark: rose, from 30% in 2023 to 80% in 2025 (difference +")
    low, high = newcombe_interval((30, 100), (80, 100))
    assert f"{100 * low:+.0f} to {100 * high:+.0f} points" in whole.loc["W1", "says"]
    assert whole.loc["W2", "verdict"] == "too few asked"
    assert len(found.changes) == 5


def test_a_design_effect_widens_and_never_moves():
    plain, clustered = (sh.signals.survey_trend(WAVES, design_effect=effect) for effect in (1.0, 2.0))
    assert (clustered.table["share"] == plain.table["share"]).all()
    assert (
        clustered.table["high_95"] - clustered.table["low_95"] > plain.table["high_95"] - plain.table["low_95"]
    ).all()
    verdicts = clustered.changes.query("area_code == 'W1' and which == 'next'")["verdict"].tolist()
    assert verdicts == ["not clear", "rose"]


def test_few_changes_are_named_where_there_are_none():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {"area_code": np.repeat([f"W{i:03d}" for i in range(300)], 2), "question": "q", "wave": [1, 2] * 300}
    ).assign(asked=40, yes=rng.binomial(40, 0.6, 600))
    assert (sh.signals.survey_trend(rows).changes["verdict"] != "not clear").sum() <= 2


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"yes": 200}, "more said yes than were asked"),
        ({"asked": 0}, "nobody was asked"),
        ({"yes": 1.5}, "whole numbers"),
        ({"wave": 2025}, "more than once"),
        ({"question": None}, "lacks an area, a question or a wave"),
    ],
)
def test_waves_that_are_none_are_refused(changed, told):
    with pytest.raises(sh.SchemaError, match=told):
        sh.signals.survey_trend(WAVES.assign(**changed))
    with pytest.raises(sh.SchemaError, match="lacks the columns"):
        sh.signals.survey_trend(WAVES.drop(columns="asked"))


def test_waves_stand_in_one_plain_order_or_are_refused():
    named = WAVES.assign(wave=["wave 8", "wave 9", "wave 10", "wave 9", "wave 10"])
    with pytest.raises(sh.SchemaError, match="'wave 10' of `waves` stands before 'wave 8'"):
        sh.signals.survey_trend(named)
    with pytest.raises(sh.SchemaError, match="'wave 10' of `waves` stands before"):
        sh.signals.survey_trend(named.astype({"wave": "category"}))
    with pytest.raises(sh.SchemaError, match="Some waves of `waves` are texts, such as '2024'"):
        sh.signals.survey_trend(WAVES.assign(wave=[2023, "2024", 2025, "2024", 2025]))
    with pytest.raises(sh.SchemaError, match="infinite"):
        sh.signals.survey_trend(WAVES.assign(wave=[2023, 2024, np.inf, 2024, 2025]))
    order = pd.CategoricalDtype(["wave 8", "wave 9", "wave 10"], ordered=True)
    made, plain = (sh.signals.survey_trend(waves).changes for waves in (named.astype({"wave": order}), WAVES))
    assert made["change"].tolist() == plain["change"].tolist()


def test_a_wave_is_written_as_a_reader_writes_it():
    plain = sh.signals.survey_trend(WAVES).changes["says"]
    assert sh.signals.survey_trend(WAVES.astype({"wave": float})).changes["says"].equals(plain)
    days = pd.to_datetime(WAVES["wave"].astype(str) + "-04-01")
    said = sh.signals.survey_trend(WAVES.assign(wave=days)).changes["says"]
    assert said.str.contains("2025-04-01").any()
    assert not said.str.contains("00:00").any()


def test_columns_and_numbers_that_are_none_are_named():
    with pytest.raises(sh.SchemaError, match=r"columns of the same name: \['yes'\]"):
        sh.signals.survey_trend(pd.concat([WAVES, WAVES[["yes"]]], axis=1))
    with pytest.raises(sh.SchemaError, match="1 row does not, such as a gap"):
        sh.signals.survey_trend(WAVES.assign(yes=[np.nan, 40, 80, 3, 4]))
    with pytest.raises(sh.SchemaError, match=r"5 rows do not, such as 1e\+30"):
        sh.signals.survey_trend(WAVES.assign(asked=1e30))
