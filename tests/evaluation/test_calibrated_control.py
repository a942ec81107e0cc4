"""Weights by calibration: Seattle's blocks as published, laws, and totals that no weights meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm.errors import AlignmentError, ParameterError, RefusedError
from socharm.evaluation.chance import as_extreme

weights_of, control = sh.evaluation.calibration_weights, sh.evaluation.calibrated_control
COVARIATES = "TotalPop BLACK HISPANIC Males_1521 HOUSEHOLDS FAMILYHOUS FEMALE_HOU RENTER_HOU VACANT_HOU".split()
OUTCOMES = ["i_felony", "i_misdemea", "i_drugs", "any_crime"]


@pytest.fixture(scope="module")
def seattle(shared_references) -> dict:
    """9,642 blocks by 16 quarters, 39 of them treated from quarter 13 on (Robbins, Saunders and Kilmer, 2017)."""
    names = ["block", "time", "Intervention", *OUTCOMES, *COVARIATES]
    rows = pd.read_csv(shared_references / "f06_microsynth_seattle" / "blocks.csv.gz", usecols=names)
    treated = rows.loc[rows["Intervention"] == 1, "block"].unique()
    return {
        "outcomes": {name: rows.pivot_table(index="block", columns="time", values=name) for name in OUTCOMES},
        "covariates": rows.groupby("block")[COVARIATES].first(),
        "treated": [str(block) for block in treated],
        "start": 13,
    }


def test_seattle_as_published(seattle):
    # Documentation of microsynth: totals of quarters 13 to 16, their controls, changes, and p of felonies .012.
    made = control(**seattle, replications=59, alternative="less", seed=1)
    table = made.table
    assert table["observed"].to_dict() == {"i_felony": 46, "i_misdemea": 45, "i_drugs": 20, "any_crime": 788}
    published = {"i_felony": 68.22, "i_misdemea": 71.80, "i_drugs": 23.76, "any_crime": 986.44}
    assert table["expected"].to_dict() == pytest.approx(published, abs=0.01)
    assert table["change"][["i_felony", "any_crime"]].round(3).tolist() == [-0.326, -0.201]
    assert table.loc["i_felony", "p"] == pytest.approx(0.012, abs=0.03)
    assert made.findings.exact == "all"
    assert made.findings.placebos_as_exact == made.findings.placebos == 59
    early = made.series[~made.series["after"]]
    assert early["expected"].to_numpy() == pytest.approx(early["observed"].to_numpy(), abs=1e-4)
    assert made.sentences["i_felony"].startswith(
        "In the 4 periods from 13 on the site had 46, against 68.2 by the weighted donors: 32.6% less."
    )


def blocks(seed: int, areas: int = 60, periods: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        rng.poisson(rng.gamma(3.0, 2.0, areas)[:, None], (areas, periods)), index=[f"B{n}" for n in range(areas)]
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 300), calibration=st.sampled_from(["linear", "raking"]))
def test_all_totals_are_met(seed, calibration):
    counts = blocks(seed)
    people = pd.DataFrame({"people": np.random.default_rng(seed).integers(10, 90, 60)}, index=counts.index)
    made = weights_of(counts, treated=["B0", "B1", "B2"], start=5, covariates=people, calibration=calibration)
    weight = made.table["weight"]
    assert (weight >= 0).all()
    assert weight.sum() == pytest.approx(3.0, abs=1e-5)
    if made.findings.exact == "all":
        met = weight.to_numpy() @ counts.loc[weight.index, range(5)].to_numpy()
        assert met == pytest.approx(counts.iloc[:3, :5].sum().to_numpy(), abs=1e-4)
    assert weight @ people.loc[weight.index, "people"] == pytest.approx(people["people"][:3].sum(), rel=1e-5)


def test_what_cannot_be_met_is_said():
    counts = blocks(1)
    counts.loc["B0", 2] = 500  # in a month that no mixture with the same sum reaches
    made = weights_of(counts, treated=["B0"], start=5)
    assert made.findings.exact == "number of areas"
    assert made.balance["exact"].tolist() == [True] + [False] * 6
    assert "equal the site in 1 total before 5; 6 totals could only be approached" in made.sentence
    with pytest.raises(RefusedError, match="No weights of the 59 donors meet all 7 totals of the site"):
        weights_of(counts, treated=["B0"], start=5, infeasible="error")


def test_sums_are_met_where_single_months_are_not():
    donors = pd.DataFrame([[4, 4, 0], [6, 6, 0], [9, 9, 0]], index=list("BCD"))
    counts = pd.concat([pd.DataFrame([[5, 7, 0]], index=["A"]), donors])
    made = weights_of(counts, treated=["A"], start=2)
    assert made.findings.exact == "totals and covariates"
    found = made.balance.set_index("what")["weighted"]
    assert found["all before"] == pytest.approx(12.0, abs=1e-5)
    assert found[["0", "1"]].tolist() == pytest.approx([6.0, 6.0], abs=1e-5)


def test_effective_donors_are_those_of_the_weights():
    made = weights_of(blocks(4), treated=["B0", "B1"], start=5)
    weight = made.table["weight"]
    assert made.findings.effective_donors == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert made.findings.in_use == (weight > 0).sum()


def test_placebos_are_drawn_from_the_seed_alone():
    counts = blocks(5)
    one, other = (control(counts, treated=["B0", "B1"], start=5, replications=n, seed=7).placebos for n in (10, 15))
    pd.testing.assert_frame_equal(one, other.head(10))


def test_nothing_done_is_found_as_often_as_it_should():
    found = []
    for seed in range(30):
        counts = blocks(seed, areas=40, periods=4)
        found.append(control(counts, treated=["B0", "B1", "B2"], start=3, replications=9, seed=seed).table["p"].iloc[0])
    assert np.sum(np.array(found) <= 0.1) <= 8  # 3 of 30 expected; more than 8 by chance once in about 500


def test_what_counts_as_extreme():
    others = np.array([-3.0, -1.0, 2.0])
    assert as_extreme(others, -2.0, "two-sided").tolist() == [True, False, True]
    assert as_extreme(others, -2.0, "less").tolist() == [True, False, False]
    assert as_extreme(others, -2.0, "greater").tolist() == [False, True, True]


def test_inputs_that_do_not_fit_are_told():
    counts = blocks(1)
    with pytest.raises(AlignmentError, match=r"`outcomes\['b'\]` has other areas or periods"):
        weights_of({"a": counts, "b": counts.iloc[1:]}, treated=["B0"], start=5)
    with pytest.raises(ParameterError, match="`outcomes` is empty"):
        weights_of({}, treated=["B0"], start=5)
    with pytest.raises(AlignmentError, match=r"1 area without a row in `covariates`, such as \['B0'\]"):
        weights_of(counts, treated=["B0"], start=5, covariates=counts.iloc[1:, :1])
    with pytest.raises(RefusedError, match="3 donors for 2 treated areas"):
        control(counts.iloc[:5], treated=["B0", "B1"], start=5, seed=1)
