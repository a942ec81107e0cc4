"""Priority now: one class for each area, by stated definitions, with a sentence that says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from months_case import index_of, ordinary
from worlds import deprivation_of

import socharm as sh
from socharm._words import month_words
from socharm.signals.priority import CLASSES


@pytest.fixture(scope="module")
def case():
    n = ordinary(areas=40)
    rng = np.random.default_rng(5)
    n[0] = rng.poisson(np.where(np.arange(12) < 6, 30.0, 75.0))  # rises, and is high
    n[1] = rng.poisson(np.where(np.arange(12) < 6, 60.0, 15.0))  # falls
    n[2] = 90  # high, month after month
    n[3] = np.rint(20 * (1 + 0.2 * np.sin(np.arange(12))))  # the season of all, and nothing before the last month
    n[3, -1] = 90  # one month
    n[4] = 5  # deprived, and quiet
    index = index_of(n)
    ranking = sh.rank_areas(index, draws=400, seed=1)
    monitoring = sh.signals.monitor_harm(index, seed=1)
    scores = pd.Series(np.arange(40.0), index=index.table.index)
    scores["W004"] = 100.0
    overlay = sh.overlay_deprivation(index, deprivation_of(scores), resamples=20, seed=1, missing="error")
    return ranking, monitoring, overlay


def test_each_class_is_met_by_its_area(case):
    ranking, monitoring, overlay = case
    found = sh.signals.priority_now(ranking, monitoring, overlay=overlay).table
    expected = {"W000": "rising", "W001": "falling", "W002": "chronic", "W003": "spike", "W004": "quiet but deprived"}
    assert found["now"][list(expected)].to_dict() == expected
    assert set(found["now"]) <= {*CLASSES, ""}


def test_the_sentence_says_what_the_tables_hold_and_no_figure(case):
    ranking, monitoring, overlay = case
    found = sh.signals.priority_now(ranking, monitoring, overlay=overlay).table
    for code, row in found.iterrows():
        since = monitoring.table.loc[code, "since"]
        month = month_words(since) if since else ""
        assert (row["now"] in ("rising", "falling")) == (month != "" and f"ince {month}" in row["why"])
        assert not set("0123456789") & set(row["why"].replace(month, "") if month else row["why"])
    assert found.loc["W003", "why"].startswith("The last month alone")
    assert "ask" in found.loc["W004", "why"]


def test_without_signals_or_deprivation_fewer_classes_are_met(case):
    ranking, monitoring, _ = case
    alone = sh.signals.priority_now(ranking).table
    assert set(alone["now"]) == {"chronic", ""}
    assert alone.loc["W010", "why"] == "None of the classes; no signals were looked for."
    assert "quiet but deprived" not in set(sh.signals.priority_now(ranking, monitoring).table["now"])


def test_month_after_month_is_said_only_where_it_was(case):
    """Of the whole period high is not of every month; and nobody looked where the ranking has no months."""
    ranking, _, _ = case
    own = {"probability": 1e-6, "months_share": 0.0, "first": 20}
    found = sh.signals.priority_now(ranking, **own).table
    months = ranking.index.by_period
    rank = months.groupby("period")["rate"].rank(ascending=False, method="min")
    share = rank.le(2 * 20).groupby(months["area_code"]).mean()
    assert (share.loc[found.index[found["now"] == "chronic"]] == 1).all()  # all forty are among twice twenty
    tight = sh.signals.priority_now(ranking, **{**own, "first": "10%"}).table
    near = rank.le(2 * 4).groupby(months["area_code"]).mean()
    for code, why in tight.loc[tight["now"] == "chronic", "why"].items():
        assert ("month after month" in why) == (near[code] >= 0.75), code
        assert ("in most months" in why) == (0.5 < near[code] < 0.75), code
    blind = sh.signals.priority_now(replace(ranking, index=None)).table
    assert "chronic" in set(blind["now"])
    assert not blind["why"].str.contains("month").any()


@pytest.mark.filterwarnings("ignore:one period")
def test_a_signal_of_one_area_speaks_of_no_others():
    n = np.zeros((2, 12), dtype=int)
    n[0] = np.random.default_rng(3).poisson(np.where(np.arange(12) < 6, 30.0, 90.0))
    index = index_of(n)
    monitoring = sh.signals.monitor_harm(index, seed=1)
    assert monitoring.findings.recorded == 1
    said = monitoring.table.loc["W000", "says"]
    assert said.endswith("more recorded harm than its first months lead one to expect.")
    why = sh.signals.priority_now(sh.rank_areas(index, draws=100, seed=1), monitoring).table.loc["W000", "why"]
    assert "its first months lead one to expect" in why
    assert "other areas" not in said + why


def test_definitions_are_settings(case):
    ranking, monitoring, overlay = case
    none = sh.signals.priority_now(ranking, monitoring, overlay=overlay, probability=0.999999, first=5, deprived=1)
    assert "chronic" not in set(none.table["now"].drop("W002"))
    every = sh.signals.priority_now(ranking, monitoring, probability=1e-6, months_share=0.0, first=20)
    assert (every.table["now"] == "chronic").sum() > 10
    assert every.settings.first == 20


def test_a_ranking_without_that_size_is_told(case):
    ranking, _, _ = case
    fewer = replace(ranking, top_k=ranking.top_k[ranking.top_k["k"] != "10%"])
    with pytest.raises(sh.ParameterError, match="10%"):
        sh.signals.priority_now(fewer, first="10%")
    assert (sh.signals.priority_now(fewer).table["now"] == "chronic").any()
