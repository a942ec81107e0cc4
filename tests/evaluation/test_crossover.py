"""Patrol days and control days: exact randomisation by enumeration, the ratio by hand, the dose, refusals."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.stats.within_blocks import exact_sum_p, redrawn, sum_distribution

effect = sh.evaluation.crossover_effect


def trial(times: float = 1.0, seed: int = 1, *, places: int = 8, days: int = 20, complied: float = 1.0) -> pd.DataFrame:
    """Half the days of each place assigned, a part of them patrolled for 15 minutes; counts times `times` where so."""
    rng = np.random.default_rng(seed)
    rows = []
    for place in range(places):
        given = rng.permuted(np.repeat([0, 1], days // 2))
        level = rng.gamma(4, 1.0)
        for day in range(days):
            minutes = 15.0 * given[day] * (rng.random() < complied)
            rows.append((f"P{place}", day, given[day], rng.poisson(level * times ** (minutes / 15)), minutes))
    return pd.DataFrame(rows, columns=["place", "day", "assigned", "count", "minutes"])


def test_p_is_that_of_all_designs():
    rng = np.random.default_rng(3)
    counts, block = rng.poisson(3, 11), np.array([0] * 6 + [1] * 5)
    given = np.array([1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0], dtype=bool)
    designs = [
        (*one, *(6 + n for n in other)) for one in combinations(range(6), 3) for other in combinations(range(5), 2)
    ]
    expected = counts[:6].sum() / 2 + counts[6:].sum() * 2 / 5
    sums = np.array([counts[list(design)].sum() for design in designs])
    own = abs(counts[given].sum() - expected)
    assert exact_sum_p(counts, given, block) == pytest.approx(np.mean(np.abs(sums - expected) >= own - 1e-9))


def test_the_distribution_of_a_sum_is_that_of_all_choices():
    counts = np.array([0, 2, 2, 5, 1, 0, 3])
    sums = [sum(chosen) for chosen in combinations(counts.tolist(), 3)]
    assert sum_distribution(counts, 3) == pytest.approx(np.bincount(sums) / len(sums))


def test_designs_drawn_anew_keep_the_blocks():
    given, block = np.array([1, 0, 0, 1, 1, 0, 1], dtype=bool), np.array([2, 0, 1, 0, 1, 2, 1])
    made = np.concatenate(list(redrawn(given, block, 700, np.random.default_rng(1))))
    for each in range(3):
        assert (made[:, block == each].sum(axis=1) == given[block == each].sum()).all()
    assert made[:, block == 1].mean(axis=0) == pytest.approx([2 / 3] * 3, abs=0.06)


def test_the_ratio_is_that_of_mantel_and_haenszel():
    rows = pd.DataFrame({"place": list("AAABBBB"), "day": [1, 2, 3, 1, 2, 3, 4]})
    rows = rows.assign(assigned=[1, 0, 0, 1, 1, 1, 0], count=[2, 4, 6, 1, 3, 2, 8])
    made = effect(rows, permutations=99, seed=1)
    assert made.table.loc["as randomised", "ratio"] == pytest.approx((2 * 2 / 3 + 6 * 1 / 4) / (10 * 1 / 3 + 8 * 3 / 4))
    assert made.arms["per_day"].tolist() == [2.0, 6.0]


def test_a_fall_is_found_with_an_interval_and_as_much_by_the_dose():
    made = effect(trial(0.6, places=12, days=60), dose="minutes", per=15.0, permutations=499, seed=1)
    for name in ("as randomised", "dose as logged"):
        row = made.table.loc[name]
        assert row["low"] < 0.6 < row["high"] < 1
    assert made.table["ratio"].iloc[0] == pytest.approx(made.table["ratio"].iloc[1], rel=1e-6)
    assert made.sentence.startswith("There were fewer on assigned days than on control days at the same places: -")
    assert "By the dose as logged, for 15 more of it: -" in made.sentence


def test_days_that_were_not_patrolled_bring_the_design_but_not_the_dose_towards_nothing():
    made = effect(
        trial(0.5, 4, places=30, days=60, complied=0.5), dose="minutes", per=15.0, permutations=199, seed=1
    ).table["ratio"]
    assert made["as randomised"] == pytest.approx(0.75, abs=0.06)
    assert made["dose as logged"] == pytest.approx(0.5, abs=0.1)


def test_p_is_exact_where_nothing_was_done():
    p = []
    for seed in range(200):
        rows = trial(seed=seed, places=4, days=10)
        counts, given = rows["count"].to_numpy(), rows["assigned"].to_numpy(dtype=bool)
        p.append(exact_sum_p(counts, given, np.repeat(np.arange(4), 10)))
    assert 0.03 <= np.mean(np.array(p) <= 0.1) <= 0.15


def test_harm_takes_drawn_designs_and_blocks_are_kept():
    rows = trial().assign(week=lambda days: days["day"] // 5)
    made = effect(rows.assign(count=rows["count"] * 10.5), permutations=199, seed=1)
    assert not made.findings.exact
    assert not effect(rows.assign(count=rows["count"] * 10**8), permutations=99, seed=1).findings.exact
    whole = effect(rows, permutations=199, seed=1)
    assert made.table["p"].iloc[0] == pytest.approx(whole.table["p"].iloc[0], abs=0.1)
    assert made.table["ratio"].iloc[0] == pytest.approx(whole.table["ratio"].iloc[0])
    weeks = effect(rows, block="week", permutations=199, seed=1).findings
    assert whole.findings.blocks == 8
    assert 24 <= weeks.blocks <= 32
    assert sum(n for _, n in weeks.left_out) == 160 - weeks.days


def test_rows_without_a_count_are_set_aside():
    rows = trial().astype({"count": float})
    rows.loc[[3, 40], "count"] = np.nan
    made = effect(rows, permutations=99, seed=1)
    assert made.findings.left_out == (("row without a count or dose", 2),)
    assert "2 rows without a count or dose" in repr(made)


@pytest.mark.parametrize(
    ("change", "choices", "error", "told"),
    [
        (lambda days: days.drop(columns="count"), {}, SchemaError, "count"),
        (lambda days: days.assign(assigned=2), {}, SchemaError, "`assigned` must hold 0 and 1"),
        (lambda days: days.assign(day=1), {}, SchemaError, "with a place and day that stand before"),
        (lambda days: days.assign(place=None), {}, SchemaError, "160 rows of `days` without place, day or block"),
        (lambda days: days.assign(count=-1), {}, SchemaError, "must hold numbers of zero or more; 160 cells do not"),
        (lambda days: days.assign(assigned=1), {}, RefusedError, "No block has both assigned and control days"),
        (lambda days: days.assign(count=days["assigned"]), {}, RefusedError, "Nothing is recorded on control days"),
        (lambda days: days.assign(minutes=5), {"dose": "minutes"}, RefusedError, "`minutes` is the same in every row"),
        (lambda days: days, {"permutations": 4_000_000}, RefusedError, "640,000,000 place-days in drawn designs"),
        (lambda days: days, {"per": 2.0}, ParameterError, "`per` is 2, and no `dose` is named"),
    ],
)  # fmt: skip
def test_what_is_refused(change, choices, error, told):
    with pytest.raises(error, match=told):
        effect(change(trial()), **choices, seed=1)
