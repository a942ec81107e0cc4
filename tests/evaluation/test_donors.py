"""Donors of a site: alike before the start by what is not chance, out of reach, and refused where nothing is alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph

import socharm as sh
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, RefusedError, SchemaError
from socharm.stats.chance_taken_out import without_chance

find = sh.evaluation.find_donors
CODES = [f"A{n:02d}" for n in range(40)]
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=18, freq="M")]
START = MONTHS[12]
NEXT = CODES[1:] + CODES[:1]
RING = Graph.from_arrays(CODES + NEXT, NEXT + CODES, np.ones(80))
SITE = ["A10", "A11"]


def town(seed: int = 1, turn: float = 0.0) -> pd.DataFrame:
    """Areas of many levels, whose second half of the year before differs by `turn` on the logarithm."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(3, 15, (40, 1)) * np.ones(18)
    mean[:, 6:] *= np.exp(turn * rng.normal(size=(40, 1)))
    return pd.DataFrame(rng.poisson(mean).astype(float), CODES, MONTHS)


FLAT = pd.DataFrame(20.0, CODES, MONTHS)
WEALTH = pd.DataFrame({"wealth": np.arange(40.0)}, CODES)


def test_distances_by_hand():
    # Crime is the same everywhere, so that nothing but the covariate, 0 to 39, tells areas apart.
    made = find(FLAT, site=["A10"], areas=RING, start=START, covariates=WEALTH, n=4, caliper=0.5)
    used = [n for n in range(40) if n not in (9, 11)]
    assert made.donors == ("A08", "A12", "A07", "A13")
    assert made.table.loc["A13", "distance"] == pytest.approx(3 / np.std(used))
    assert made.findings.by_chance == ("level of the outcome", "course of the outcome")
    assert made.table.loc["A14", "left_out"] == "not among the nearest"
    assert made.table.loc["A30", "left_out"] == "beyond the caliper"
    assert made.table.loc["A09", ["left_out", "like"]].tolist() == ["next to the site", np.nan]
    row = made.balance.loc["wealth"]
    assert row[["site", "donors", "difference_after"]].tolist() == [10, 10, 0]
    assert row["difference_before"] == pytest.approx((10 - np.mean([n for n in used if n != 10])) / np.std(used))
    assert "In no variable do site and donors differ by more than 0.25" in made.sentence


def test_areas_of_a_site_choose_in_turn_and_nobody_is_chosen_twice():
    made = find(FLAT, site=["A00", "A39"], areas=RING, start=START, covariates=WEALTH, n=5, caliper=0.3)
    chosen = made.table[made.table["donor"]]
    assert chosen["like"].to_dict() == {"A02": "A00", "A03": "A00", "A37": "A39", "A36": "A39"}
    assert len(made.donors) == len(set(made.donors)) == 4


def test_nobody_is_chosen_by_noise():
    # Poisson counts of one course: in most towns no course is told; where courses differ, all of them are.
    flat = [find(town(seed), site=SITE, areas=RING, start=START).findings.by_chance for seed in range(20)]
    assert sum("course of the outcome" in each for each in flat) >= 8
    turned = [find(town(seed, 0.5), site=SITE, areas=RING, start=START).findings.by_chance for seed in range(20)]
    assert not any(turned)


def test_chance_is_taken_out_by_as_much_as_there_is():
    rng = np.random.default_rng(2)
    variance = rng.uniform(0.2, 2.0, 4_000)
    truth = rng.normal(0, 0.7, 4_000)
    noisy = truth + rng.normal(size=4_000) * np.sqrt(variance)
    found = without_chance(noisy, variance)
    assert found.spread == pytest.approx(0.7, abs=0.03)
    assert np.mean((found.values - truth) ** 2) == pytest.approx(np.mean(0.49 * variance / (0.49 + variance)), rel=0.05)


@settings(max_examples=8)
@given(seed=st.integers(0, 999), buffer=st.integers(0, 3), n=st.integers(2, 9))
def test_what_holds_for_any_town(seed, buffer, n):
    counts = town(seed, 0.3)
    given_ = {"site": SITE, "areas": RING, "start": START, "exclude": ["A25"], "buffer": buffer, "n": n, "caliper": 3.0}
    made = find(counts, by_offence={"robbery": (counts / 5).round()}, **given_)
    near = {f"A{centre + step:02d}" for centre in (10, 11, 25) for step in range(-buffer, buffer + 1)}
    assert not near & set(made.donors)
    assert len(made.donors) == n
    assert set(made.table.index) == set(CODES) - set(SITE)
    assert (made.table["left_out"] == "").equals(made.table["donor"])
    assert made.findings.candidates == 40 - len(near)
    later = counts.copy()
    later.loc[:, START:] = np.nan
    shuffled = later.sample(frac=1, random_state=seed)
    again = find(shuffled, by_offence={"robbery": (shuffled / 5).round()}, **given_)
    assert again.donors == made.donors
    pd.testing.assert_frame_equal(again.balance, made.balance)


def test_the_start_need_not_have_come():
    counts = town()
    whole, early = (find(frame, site=SITE, areas=RING, start=START) for frame in (counts, counts.loc[:, : MONTHS[11]]))
    assert whole.donors == early.donors
    assert early.findings.periods_before == 12


def test_donors_of_one_force_or_of_several():
    force = pd.Series(["East"] * 20 + ["West"] * 19 + [None], index=CODES)
    own = find(town(), site=SITE, areas=RING, start=START, within=force, caliper=9.0, n=40)
    assert {force[code] for code in own.donors} == {"East"}
    assert dict(own.findings.left_out) == {"next to the site": 2, "of another force": 19, "without a force": 1}
    west = find(town(), site=SITE, areas=RING, start=START, within=force, forces=["West"], caliper=9.0)
    assert {force[code] for code in west.donors} == {"West"}


def test_gaps_and_missing_covariates_are_told():
    counts, poor = town(), WEALTH.copy()
    counts.loc["A20", MONTHS[3]] = np.nan
    poor.loc["A21"] = np.nan
    with pytest.raises(SchemaError, match="1 area of `outcomes` has periods without a value"):
        find(counts, site=SITE, areas=RING, start=START)
    with pytest.warns(CoverageWarning, match="1 area of `outcomes`"):
        made = find(counts, site=SITE, areas=RING, start=START, covariates=poor, missing="leave out")
    assert made.table.loc[["A20", "A21"], "left_out"].tolist() == [
        "not covered in all periods before",
        "without all covariates",
    ]


def test_an_area_of_the_site_that_nothing_is_like_is_named():
    counts = town()
    counts.loc["A11"] *= 60
    made = find(counts, site=SITE, areas=RING, start=START)
    assert made.findings.without == ("A11",)
    assert "No candidate is like A11." in made.sentence


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"site": ["X"]}, AlignmentError, "1 treated area is not in `outcomes`"),
        ({"site": []}, ParameterError, "`site` is empty"),
        ({"exclude": ["A11"]}, ParameterError, r"holds 1 area of the site, such as \['A11'\]: sites overlap"),
        ({"exclude": ["X"]}, AlignmentError, "1 area of `exclude` is not among the areas"),
        ({"start": "2031"}, ParameterError, "which is no column of `outcomes`"),
        ({"start": MONTHS[1]}, RefusedError, "1 period lies before it, and at least 2 are needed"),
        ({"buffer": 20}, RefusedError, "No area is left to choose from: 38 areas next to the site. Lower `buffer`"),
        ({"caliper": 1e-6}, RefusedError, r"No area is alike: `caliper` is 1e-06 .* of 36 candidates, 'A\d\d', is 0"),
        ({"n": 1}, ParameterError, "`n` is 1: one donor compares with nothing"),
        ({"forces": ["East"]}, ParameterError, "`forces` needs `within`"),
        ({"within": pd.Series("East", CODES[:5])}, AlignmentError, "2 areas of the site without a force in `within`"),
        ({"within": pd.Series("East", CODES), "forces": ["North"]}, ParameterError, "which no area of `within` is of"),
        ({"within": pd.Series("East", [*CODES, "A00"])}, SchemaError, "`within` holds 'A00' more than once"),
        ({"by_offence": {"robbery": town().iloc[:9]}}, AlignmentError, "has other areas or periods than the first"),
        ({"by_offence": {"the outcome": town()}}, ParameterError, "has a group 'the outcome'"),
        ({"covariates": WEALTH.iloc[:20]}, AlignmentError, "without a row in `covariates`"),
        ({"areas": Graph.from_arrays(["X", "Y"], ["Y", "X"], [1, 1])}, AlignmentError, "2 areas of `site` are not"),
    ],
)  # fmt: skip
def test_what_is_refused(change, error, told):
    with pytest.raises(error, match=told):
        find(town(), **{"site": SITE, "areas": RING, "start": START, **change})


def test_one_donor_is_none_and_nothing_recorded_is_like_nothing():
    far = WEALTH.assign(wealth=np.where(np.isin(CODES, ["A10", "A20"]), 100.0, WEALTH["wealth"]))
    with pytest.raises(RefusedError, match=r"Only one area is alike.*The next of 37 candidates.*furthest in wealth"):
        find(FLAT, site=["A10"], areas=RING, start=START, covariates=far, caliper=0.1)
    quiet = FLAT.copy()
    quiet.loc[SITE, :"2024-12"] = 0.0
    with pytest.raises(RefusedError, match="Nothing is recorded at the site before `start`"):
        find(quiet, site=SITE, areas=RING, start=START)
