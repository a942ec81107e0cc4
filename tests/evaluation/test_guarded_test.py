"""A chosen site among placebo sites, each at its own lasting level: figures, spreads, words, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from scipy import stats

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, RefusedError, SchemaError

CODES = [f"A{n:03d}" for n in range(90)]
LINE = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(178))
MONTHS = [str(month) for month in pd.period_range("2023-01", periods=30, freq="M")]
START = MONTHS[24]


def town(seed: int) -> pd.DataFrame:
    """Levels from 4 to 150; shocks of 15% that last and are like those of the next area."""
    rng, place = np.random.default_rng(seed), np.arange(90)
    root = np.linalg.cholesky(0.6 ** np.abs(place[:, None] - place) + 1e-9 * np.eye(90))
    logs = np.zeros((90, 30))
    for at in range(30):
        drawn = root @ rng.standard_normal(90)
        logs[:, at] = drawn if at == 0 else 0.8 * logs[:, at - 1] + 0.6 * drawn
    level = rng.permutation(np.geomspace(4, 150, 90))[:, None]
    return pd.DataFrame(rng.poisson(level * np.exp(0.15 * logs)), index=CODES, columns=MONTHS).astype(float)


def worst(frame: pd.DataFrame) -> list[str]:
    """The two adjoining areas with most before the start."""
    sums = frame.iloc[:, :24].sum(axis=1).rolling(2).sum()
    at = int(np.argmax(sums.fillna(0)))
    return CODES[at - 1 : at + 1]


def sites_of(site: list[str], n: int = 60) -> sh.evaluation.PlaceboSites:
    return sh.evaluation.placebo_sites(LINE, site=site, n=n, seed=1)


FRAME = town(1)
SITE = worst(FRAME)
SITES = sites_of(SITE)


def test_departures_of_placebo_sites_are_in_units_of_their_own_spread():
    spreads, small, large = [], [], []
    for seed in range(5):
        frame = town(seed)
        table = sh.evaluation.guarded_test(frame, sites_of(worst(frame)), LINE, start=START).table
        spreads.append(table["departure"].std())
        half = table["expected"] < table["expected"].median()
        small.append(table.loc[half, "departure"].std())
        large.append(table.loc[~half, "departure"].std())
        assert table["spread"].corr(table["expected"], method="spearman") < -0.5
    assert np.mean(spreads) == pytest.approx(1, abs=0.15)
    assert np.mean(small) == pytest.approx(np.mean(large), abs=0.25)


def test_the_expected_total_is_that_of_the_guard():
    made = sh.evaluation.guarded_test(FRAME, SITES, LINE, start=START)
    kept = FRAME.drop(index=list(SITES.findings.buffer))
    guard = sh.evaluation.selection_guard(kept, site=SITE, start=START, seed=1)
    assert made.findings.expected == pytest.approx(guard.table["expected"].sum() * 6)
    assert made.findings.selection == pytest.approx(guard.findings.change)
    assert made.findings.observed == FRAME.loc[SITE, START:].to_numpy().sum()
    assert made.findings.compared == len(CODES) - 2 - len(SITES.findings.buffer)


def test_figures_follow_from_the_table():
    made = sh.evaluation.guarded_test(FRAME, SITES, LINE, start=START)
    found, table = made.findings, made.table
    assert found.as_extreme == (table["departure"].abs() >= abs(found.departure)).sum() == table["as_extreme"].sum()
    assert found.p == (found.as_extreme + 1) / (len(table) + 1)
    logs = np.log((table["observed"] + 0.5) / (table["expected"] + 0.5))
    assert np.allclose(table["departure"], logs / table["spread"])
    assert found.low_95 < found.change < found.high_95
    assert f"Of 60 placebo sites, {found.as_extreme} departed as far" in made.sentence


@pytest.mark.parametrize(("factor", "sides"), [(0.4, "less"), (2.0, "greater"), (0.4, "two-sided")])
def test_a_change_is_seen_on_its_side(factor, sides):
    frame = FRAME.copy()
    frame.loc[SITE, START:] = np.rint(frame.loc[SITE, START:] * factor)
    made = sh.evaluation.guarded_test(frame, SITES, LINE, start=START, alternative=sides)
    assert made.findings.p == 1 / 61
    assert made.findings.low_95 < factor - 1 < made.findings.high_95
    assert made.findings.low_95 == -1 or sides != "less"
    assert made.findings.high_95 == np.inf or sides != "greater"
    other = {"less": "greater", "greater": "less", "two-sided": "greater"}[sides]
    assert sh.evaluation.guarded_test(frame, SITES, LINE, start=START, alternative=other).findings.p > 0.9


def test_the_buffer_of_the_site_takes_no_part():
    frame = FRAME.copy()
    frame.loc[list(SITES.findings.buffer), START:] *= 5
    one, two = (sh.evaluation.guarded_test(each, SITES, LINE, start=START) for each in (FRAME, frame))
    assert one.findings == two.findings


def test_gaps_leave_areas_and_their_sites_out():
    frame = FRAME.copy()
    code = SITES.members.loc[0, "area_code"]
    frame.loc[code, MONTHS[3]] = np.nan
    with pytest.raises(SchemaError, match="without a value"):
        sh.evaluation.guarded_test(frame, SITES, LINE, start=START)
    with pytest.warns(CoverageWarning, match="left out"):
        made = sh.evaluation.guarded_test(frame, SITES, LINE, start=START, missing="leave out")
    assert made.findings.left_out == (code,)
    lost = set(SITES.members.loc[SITES.members["area_code"] == code, "site"])
    assert made.findings.placebos == 60 - len(lost)
    assert made.findings.sites_left_out == len(lost)
    assert set(made.table.index) == set(SITES.table.index) - lost
    last = made.table.index[-1]
    members = SITES.members.loc[SITES.members["site"] == last, "area_code"]
    assert made.table.loc[last, "observed"] == frame.loc[members, START:].to_numpy().sum()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"start": "2030-01"}, ParameterError, "no column of `outcomes`"),
        ({"areas": Graph.from_arrays(CODES[:2], CODES[1::-1], [1, 1])}, AlignmentError, "of `outcomes` are not among"),
        (
            {"outcomes": FRAME.drop(index=SITES.members["area_code"].iloc[0])},
            AlignmentError,
            "of the placebo sites is not",
        ),
        ({"outcomes": FRAME.drop(index=SITE)}, AlignmentError, "not in `outcomes`"),
        (
            {"outcomes": FRAME.where(FRAME.index.isin(SITE)[:, None] | (FRAME.columns < START), 0.0)},
            RefusedError,
            f"Nothing is recorded from {START} on outside the site",
        ),
        ({"outcomes": FRAME * FRAME.index.isin(SITE)[:, None]}, RefusedError, "nothing recorded before"),
        ({"outcomes": FRAME * ~FRAME.index.isin(SITE)[:, None]}, RefusedError, "The site has 0 before the start"),
    ],
)
def test_what_tells_nothing_is_refused(change, error, words):
    call = {"outcomes": FRAME, "sites": SITES, "areas": LINE, "start": START}
    with pytest.raises(error, match=words):
        sh.evaluation.guarded_test(**call | change)


@pytest.mark.parametrize("sides", ["two-sided", "less", "greater"])
def test_the_interval_holds_nil_where_p_is_above_a_twentieth(sides):
    sites, held = sites_of(SITE, 43), []
    for factor in (0.55, 0.8, 0.9, 1.1, 1.25, 1.8):
        frame = FRAME.copy()
        frame.loc[SITE, START:] = np.rint(frame.loc[SITE, START:] * factor)
        found = sh.evaluation.guarded_test(frame, sites, LINE, start=START, alternative=sides).findings
        held.append(found.low_95 <= 0 <= found.high_95)
        assert held[-1] == (found.p > 0.05)
    assert len(set(held)) == 2


def test_so_few_placebo_sites_give_no_interval():
    for number in (18, 19):
        made = sh.evaluation.guarded_test(FRAME, sites_of(SITE, number), LINE, start=START)
        assert np.isnan([made.findings.low_95, made.findings.high_95]).all() == (number < 19)
        assert ("so few give no 95% interval, which takes 19" in made.sentence) == (number < 19)


def test_sites_that_move_together_count_for_fewer():
    """The site is held to be the farther out, the fewer placebo sites there are that move on their own."""
    made = sh.evaluation.guarded_test(FRAME, SITES, LINE, start=START).findings
    few = sh.evaluation.guarded_test(FRAME, sites_of(SITE, 20), LINE, start=START).findings
    assert 1 < few.apart < made.apart < 60
    assert few.departure / made.departure == pytest.approx(
        stats.t.isf(0.025, made.apart)
        / stats.t.isf(0.025, few.apart)
        * np.sqrt((1 + 1 / made.apart) / (1 + 1 / few.apart))
    )
