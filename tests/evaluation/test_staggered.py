"""Starts at different times, and doses: held against diff-diff 3.13.0 and by hand, chance, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.stats.dose_score import dose_test
from socharm.stats.staggered_counts import staggered_counts

staggered, dosed = sh.evaluation.staggered_effects, sh.evaluation.dose_effect
PERIODS = [str(period) for period in range(1, 8)]
CODES = [f"A{n:02d}" for n in range(24)]
STARTS = dict.fromkeys(CODES[:4], "3") | dict.fromkeys(CODES[4:9], "5")


def panel() -> pd.DataFrame:
    """24 areas in 7 periods, four of which begin in the third and five in the fifth; made without chance."""
    rows = []
    for area, code in enumerate(CODES):
        start = int(STARTS.get(code, "99")) - 1
        rows.append(
            [
                20 + (area * 7) % 11 + (area * 5 + t * 3) % 7 - (6 + 2 * (t - start) if t >= start else 0)
                for t in range(7)
            ]
        )
    return pd.DataFrame(rows, CODES, PERIODS, dtype=float)


# CallawaySantAnna(estimation_method="reg") of diff-diff 3.13.0 on this panel: effect and analytic standard error.
EVENTS = {
    "never treated": {
        "-3": (-1.4, 1.7708754896942924), "-2": (1.8666666666666667, 1.5430609310837458),
        "-1": (-0.3111111111111111, 1.3831912763590888), "0": (-5.844444444444444, 1.3936481421194238),
        "2": (-9.222222222222221, 1.2049281521534185), "4": (-14.35, 1.6791490900651636),
    },
    "not yet treated": {
        "-3": (-1.6210526315789473, 1.718163984114584), "-1": (-0.15555555555555567, 1.3434533639152082),
        "0": (-6.051851851851852, 1.3084304510911), "1": (-8.207407407407407, 0.863903653736096),
    },
}  # fmt: skip
SIMPLE = {
    "never treated": (-8.996190476190476, 1.0202778377848138),
    "not yet treated": (-9.062857142857142, 1.0207623983775134),
}
# WooldridgeDiD(method="poisson") of diff-diff 3.13.0: mean effects by start and period.
POISSON = {
    ("3", "3"): -5.999999999999993, ("3", "5"): -8.950714285714287, ("3", "7"): -13.884285714285703,
    ("5", "5"): -6.002857142857142, ("5", "6"): -7.999999999999997, ("5", "7"): -9.53714285714285,
}  # fmt: skip


@pytest.mark.parametrize("control", ["never treated", "not yet treated"])
def test_differences_of_means_are_those_of_diff_diff(control):
    made = staggered(panel(), starts=STARTS, control=control, permutations=99, seed=1)
    for event, told in EVENTS[control].items():
        assert made.aggregates.loc[("event", event), ["effect", "se"]].tolist() == pytest.approx(told, rel=1e-9)
    assert made.aggregates.loc[("all", ""), ["effect", "se"]].tolist() == pytest.approx(SIMPLE[control], rel=1e-12)
    cell = made.table.set_index(["start", "period"]).loc[("3", "5")]
    assert cell[["effect", "se"]].tolist() == pytest.approx([-9.416666666666666, 1.738620408808641], rel=1e-12)


def test_expected_counts_are_those_of_wooldridges_poisson_regression():
    made = staggered(panel(), starts=STARTS, permutations=99, seed=1).table.set_index(["start", "period"])
    for cell, told in POISSON.items():
        row = made.loc[cell]
        assert (row["recorded"] - row["expected"]) / row["areas"] == pytest.approx(told, abs=1e-8)


def test_one_start_is_a_difference_in_differences():
    counts = panel()
    made = staggered(counts, starts=dict.fromkeys(CODES[:4], "4"), permutations=99, seed=1)
    alone = sh.evaluation.difference_in_differences(counts, treated=CODES[:4], start="4", seed=1, permutations=99)
    assert made.findings.ratio == pytest.approx(alone.table["ratio"].iloc[0])
    assert made.findings.expected == pytest.approx(alone.findings.expected)


def test_what_is_said():
    made = staggered(panel(), starts=STARTS, permutations=999, seed=1)
    assert made.findings.p == 0.001
    assert made.findings.low < made.findings.ratio < made.findings.high < 1
    assert "The 9 areas that began (2 starts) fell relative to those that had not: -" in made.sentence
    assert "point in the same direction: -9 an area and period" in made.sentence
    counts = panel()
    counts.loc["A20", "6"] = np.nan
    again = staggered(counts, starts=STARTS, permutations=99, seed=1)
    assert again.findings.left_out == (("area with a gap", 1),)
    assert "1 area with a gap" in repr(again)


def test_without_areas_that_never_began():
    starts = STARTS | dict.fromkeys(CODES[9:], "7")
    with pytest.raises(RefusedError, match="State control='not yet treated'"):
        staggered(panel(), starts=starts, seed=1)
    made = staggered(panel(), starts=starts, control="not yet treated", permutations=99, seed=1)
    assert made.findings.left_out == (("period with no area left", 1),)
    assert made.table["period"].max() == "6"


@pytest.mark.parametrize(
    ("starts", "error", "told"),
    [
        ({}, ParameterError, "`starts` is empty"),
        ({"A00": "9"}, ParameterError, r"`starts` holds \['9'\], no period"),
        ({"X": "3"}, AlignmentError, "1 area of `starts` is not among the areas"),
        ({"A00": "1"}, ParameterError, "the first period: nothing is known of before"),
        (dict.fromkeys(CODES, "3"), ParameterError, "names every area"),
    ],
)
def test_starts_that_are_refused(starts, error, told):
    with pytest.raises(error, match=told):
        staggered(panel(), starts=starts, seed=1)


def hours() -> pd.DataFrame:
    given = pd.DataFrame(0.0, CODES, PERIODS)
    for n, code in enumerate(CODES[:6]):
        given.loc[code, "4":] = 1.0 + n
    return given


def test_a_dose_by_hand_and_per_so_many_units():
    counts = pd.DataFrame(64.0, CODES, PERIODS) * 0.9 ** hours()
    made = dosed(counts, dose=hours(), dose_unit="hour", permutations=199, seed=1)
    assert made.table["ratio"].tolist() == pytest.approx([0.9, 0.9])
    assert made.table.loc["randomisation over areas", "p"] == 0.005
    assert made.findings.total == 4 * 21
    assert made.sentence.startswith("With one hour more outcomes fell: -10% (95% interval -")
    two = dosed(counts, dose=hours(), per=2.0, dose_unit="hours", permutations=199, seed=1)
    assert two.table["ratio"].iloc[0] == pytest.approx(0.81)
    assert "With 2 of hours more" in two.sentence


def test_a_dose_of_one_is_a_difference_in_differences():
    counts = panel()
    given = (hours() > 0).astype(float)
    made = dosed(counts, dose=given, permutations=99, seed=1)
    alone = sh.evaluation.difference_in_differences(counts, treated=CODES[:6], start="4", seed=1, permutations=99)
    row = alone.table.loc["clustered by area", ["ratio", "low", "high", "p"]]
    assert made.table.loc["clustered by area"].tolist() == pytest.approx(row.tolist(), rel=1e-6)


def test_cells_without_a_known_dose_are_set_aside():
    given = hours()
    given.loc["A20", "6"] = np.nan
    made = dosed(panel(), dose=given, permutations=99, seed=1)
    assert ("cell without a known dose", 1) in made.findings.left_out


@pytest.mark.parametrize(
    ("dose", "error", "told"),
    [
        (pd.Series(1.0, CODES), RefusedError, "no dates"),
        (hours() * 0, ParameterError, "`dose` is 0 wherever it is known"),
        (-hours(), SchemaError, "must hold numbers of zero or more; 24 cells do not"),
        (hours().iloc[:9], AlignmentError, "not in"),
        (hours().iloc[:, 1:], AlignmentError, "`dose` has other periods"),
        (hours() + 1, ParameterError, "names every area"),
    ],
)
def test_doses_that_are_refused(dose, error, told):
    with pytest.raises(error, match=told):
        dosed(panel(), dose=dose, seed=1)


def test_chance_alone_seldom_departs_as_far():
    # 60 over-dispersed towns where nothing was done, the treated areas the largest: p at most 0.1 in about six of them.
    begun = np.array([int(STARTS[code]) - 1 if code in STARTS else -1 for code in CODES])
    given, known = hours().to_numpy(), np.ones((24, 7), dtype=bool)
    low = np.zeros(2)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        level = np.sort(rng.gamma(3, 10, (24, 1)), axis=0)[::-1]
        y = rng.poisson(level * rng.gamma(25, 1 / 25, (24, 7))).astype(float)
        p = (
            staggered_counts(y, begun, 99, 0.95, rng).p,
            dose_test(y, known, np.ones(y.shape), given, 99, 0.95, rng).p,
        )
        low += np.array(p) <= 0.1
    assert (low >= 1).all()
    assert (low <= 13).all()
