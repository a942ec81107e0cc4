"""Placebo sites as the measure of chance: donors, p-values, time, and what is told of gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, RefusedError, SchemaError

CODES = [f"W{n:03d}" for n in range(60)]
LINE = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(118))
SITE = CODES[10:13]
SITES = sh.evaluation.placebo_sites(LINE, site=SITE, n=39, seed=1)
METHODS = ("scaled donors", "synthetic control", "synthetic did", "calibration")


def counts_of(seed: int, change: float = 1.0) -> pd.DataFrame:
    """Counts of 60 areas in a line over 15 months, and a site that changes from month 10 on."""
    rng = np.random.default_rng(seed)
    means = np.outer(rng.uniform(20, 40, 60), 1 + 0.2 * np.sin(np.arange(15)))
    means[10:13, 10:] *= change
    return pd.DataFrame(rng.poisson(means), index=CODES, columns=[f"m{n:02d}" for n in range(15)])


@pytest.mark.parametrize("estimator", METHODS)
def test_a_fall_is_seen_by_every_method(estimator):
    made = sh.evaluation.placebo_test(counts_of(1, 0.5), SITES, start="m10", estimator=estimator, alternative="less")
    found = made.findings
    assert found.as_extreme == 0
    assert found.p == 1 / 40
    assert -0.6 < found.change < -0.4
    assert found.low_95 < 0 < found.high_95
    assert made.in_time.index.tolist() == ["m05"]
    assert abs(made.in_time["change"].iloc[0]) < 0.25
    assert (made.series["low_95"] <= made.series["high_95"]).all()


def test_the_estimate_is_that_of_the_method_itself():
    counts = counts_of(2, 0.7)
    kept = counts.drop(index=list(SITES.findings.buffer))
    of = {"treated": SITE, "start": "m10"}
    mixed = sh.evaluation.synthetic_control(kept, **of, placebos=0)
    parallel = sh.evaluation.synthetic_did(kept, **of, replications=1, seed=1)
    weighted = sh.evaluation.calibrated_control(kept, **of, replications=1, seed=1)
    for estimator, own in (
        ("synthetic control", mixed.findings.change),
        ("synthetic did", parallel.findings.change),
        ("calibration", weighted.table["change"].iloc[0]),
    ):
        found = sh.evaluation.placebo_test(counts, SITES, start="m10", estimator=estimator, in_time=0).findings
        assert found.change == pytest.approx(own, abs=1e-6), estimator
    table = kept.drop(index=SITE)
    early, late = table.iloc[:, :10].to_numpy().sum(), table.iloc[:, 10:].to_numpy().sum()
    found = sh.evaluation.placebo_test(counts, SITES, start="m10").findings
    assert found.expected == pytest.approx(counts.loc[SITE].iloc[:, :10].to_numpy().sum() * late / early)


def test_figures_follow_from_the_table():
    made = sh.evaluation.placebo_test(counts_of(3), SITES, start="m10")
    found, table = made.findings, made.table
    assert found.as_extreme == table["as_extreme"].sum() == (table["departure"].abs() >= abs(found.departure)).sum()
    assert found.p == (found.as_extreme + 1) / (len(table) + 1)
    first = SITES.members.loc[SITES.members["site"] == 0, "area_code"].tolist()
    assert table.loc[0, "observed"] == counts_of(3).loc[first, "m10":].to_numpy().sum()
    assert f"{found.as_extreme} of 39 placebo sites departed as far, up or down (p {found.p:.3f})" in made.sentence
    assert made.fan.shape == (39, 15)


def test_donors_are_outside_site_placebo_and_both_buffers():
    seen = []

    def watching(outcomes: pd.DataFrame, treated: list[str], start: str) -> pd.Series:
        seen.append((set(outcomes.index), set(treated), start))
        return outcomes.loc[treated].sum()

    made = sh.evaluation.placebo_test(counts_of(4), SITES, start="m10", estimator=watching)
    buffer = set(SITES.findings.buffer)
    for number, (given, treated, start) in enumerate(seen[1:40]):
        around = set(SITES.around.loc[SITES.around["site"] == number, "area_code"])
        assert given - treated == set(CODES) - set(SITE) - buffer - treated - around
        assert start == "m10"
    assert made.findings.change == 0
    assert made.settings.estimator == "given as data"
    assert "by the estimator given" in made.sentence


def test_nothing_done_is_found_as_often_as_it_should():
    found = [
        sh.evaluation.placebo_test(counts_of(seed), SITES, start="m10", in_time=0).findings.p
        for seed in range(100, 160)
    ]
    assert 1 <= np.sum(np.array(found) <= 0.1) <= 14  # 6 of 60 expected; outside once in about 400
    assert 0.3 < np.mean(found) < 0.7


def test_areas_with_gaps_take_their_placebo_sites_with_them():
    counts = counts_of(5).astype(float)
    counts.loc["W040", "m03"] = np.nan
    with pytest.raises(SchemaError, match=r"1 area of `outcomes` has periods without a value, such as \['W040'\]"):
        sh.evaluation.placebo_test(counts, SITES, start="m10")
    with pytest.warns(CoverageWarning, match="left out"):
        found = sh.evaluation.placebo_test(counts, SITES, start="m10", missing="leave out").findings
    with_it = SITES.members.loc[SITES.members["area_code"] == "W040", "site"].nunique()
    assert found.left_out == ("W040",)
    assert (found.sites_left_out, found.placebos) == (with_it, 39 - with_it)


def test_faults_are_told():
    counts = counts_of(6)
    test = sh.evaluation.placebo_test
    with pytest.raises(AlignmentError, match=r"1 area of the placebo sites is not in `outcomes`, such as \['W040'\]"):
        test(counts.drop(index="W040"), SITES, start="m10")
    with pytest.raises(ParameterError, match="`start` is 'm99'"):
        test(counts, SITES, start="m99")
    with pytest.raises(SchemaError, match="`estimator` gave 3 values for 15 periods"):
        test(counts, SITES, start="m10", estimator=lambda outcomes, treated, start: pd.Series([1.0, 2, 3]))
    with pytest.raises(RefusedError, match="had nothing before the start"):
        test(counts.mul(counts.index.isin(SITE).astype(int), axis=0), SITES, start="m10")
    with pytest.raises(KeyError, match="mine"):
        test(counts, SITES, start="m10", estimator=lambda outcomes, treated, start: {}["mine"])
