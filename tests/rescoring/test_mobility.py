"""How far ranks moved: by hand, against a slower reckoning, and the laws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.rescoring.mobility import kendall_interval, rank_mobility

#: Hollander, Wolfe and Chicken (2014), example 8.1: lightness of tuna and scores of a panel.
LIGHTNESS = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1]
SCORES = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8]


def ranks(values) -> pd.Series:
    return pd.Series(list(values), index=[f"W{place}" for place in range(len(values))])


@pytest.mark.parametrize("values", [2, 5, 1_000])
def test_the_interval_counts_every_pair_of_areas_ties_too(values):
    rng = np.random.default_rng(values)
    x, y = (rng.integers(0, values, 150).astype(float) for _ in range(2))
    tau, low, _ = kendall_interval(x, y, level=0.95)
    c = (np.sign(x[:, None] - x) * np.sign(y[:, None] - y)).sum(axis=1)
    n, spread = len(x), np.sum((c - c.mean()) ** 2)
    variance = 2 / (n * (n - 1)) * (2 * (n - 2) / (n * (n - 1) ** 2) * spread + 1 - tau**2)
    assert low == pytest.approx(tau - stats.norm.ppf(0.975) * math.sqrt(variance))


def test_the_correlation_of_a_published_example():
    """K = 16 of 36 pairs, tau .444 in the book; the variance by its formula 8.17-8.20, pair by pair."""
    tau, low, high = kendall_interval(np.array(LIGHTNESS), np.array(SCORES), level=0.90)
    assert tau == pytest.approx(16 / 36)
    n = len(SCORES)
    c = [0] * n
    for i, j in itertools.permutations(range(n), 2):
        c[i] += 1 if (LIGHTNESS[i] - LIGHTNESS[j]) * (SCORES[i] - SCORES[j]) > 0 else -1
    mean = sum(c) / n
    spread = sum((each - mean) ** 2 for each in c)
    variance = 2 / (n * (n - 1)) * (2 * (n - 2) / (n * (n - 1) ** 2) * spread + 1 - tau**2)
    half = stats.norm.ppf(0.95) * math.sqrt(variance)
    assert (low, high) == (pytest.approx(max(tau - half, -1)), pytest.approx(min(tau + half, 1)))


def test_the_order_of_areas_does_not_change_the_interval():
    rng = np.random.default_rng(4)
    x = rng.normal(size=50)
    y = x + rng.normal(size=50)
    whole = kendall_interval(x, y, level=0.95)
    order = rng.permutation(50)
    assert kendall_interval(x[order], y[order], level=0.95) == pytest.approx(whole)


def test_the_interval_holds_the_true_correlation():
    """Normal pairs with correlation .5 have tau 2 / pi asin(.5) = 1/3; 95% intervals of 60 hold it."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        x = rng.normal(size=60)
        _, low, high = kendall_interval(x, 0.5 * x + math.sqrt(0.75) * rng.normal(size=60), level=0.95)
        held += low <= 1 / 3 <= high
    assert 180 <= held <= 200


def test_moves_by_hand():
    """A to E: 1 2 3 4 5 become 2 1 5 3 4; of the first two both stay, of the first three C leaves and D enters."""
    moved = rank_mobility(ranks([1, 2, 3, 4, 5]), ranks([2, 1, 5, 3, 4]), class_ends=[2], top=[2, 3])
    assert moved.median_move == 1.0
    assert moved.tops["stayed"].to_dict() == {2: 2, 3: 2}
    assert moved.moves[["size", "area_code", "move"]].to_numpy().tolist() == [[3, "W2", "left"], [3, "W3", "entered"]]
    counted = moved.table.set_index(["class_earlier", "class_later"])["areas"].to_dict()
    assert counted == {
        ("1 to 2", "1 to 2"): 2,
        ("1 to 2", "3 to 5"): 0,
        ("3 to 5", "1 to 2"): 0,
        ("3 to 5", "3 to 5"): 3,
    }


@given(order=st.permutations(range(12)))
def test_classes_hold_every_area_once(order):
    moved = rank_mobility(ranks(range(1, 13)), ranks([place + 1 for place in order]), class_ends=[3, "50%"], top=[4])
    assert moved.table["areas"].sum() == moved.areas == 12
    assert moved.table.groupby("class_earlier")["share"].sum().to_numpy() == pytest.approx(1.0)
    row = moved.tops.loc[4]
    assert row["stayed"] + row["entered"] == row["stayed"] + row["left"] == 4
    back = rank_mobility(ranks([place + 1 for place in order]), ranks(range(1, 13)), class_ends=[3, "50%"], top=[4])
    assert back.tau == pytest.approx(moved.tau)
    assert set(back.moves["area_code"]) == set(moved.moves["area_code"])


def test_areas_without_a_rank_are_left_out_and_the_others_ranked_again():
    moved = rank_mobility(ranks([1, None, 3, 4]), ranks([3, 1, 2, 4]), top=[1])
    assert moved.areas == 3
    assert moved.moves[["area_code", "rank_earlier", "rank_later"]].to_numpy().tolist() == [["W0", 1, 2], ["W2", 2, 1]]


def test_all_equal_have_no_correlation():
    moved = rank_mobility(ranks([1, 1, 1]), ranks([1, 2, 3]))
    assert moved.tau is None
    assert "not known" in repr(moved)


def test_wrong_ranks():
    with pytest.raises(AlignmentError, match="2 areas have a rank in both"):
        rank_mobility(ranks([1, 2]), ranks([2, 1]))
    with pytest.raises(SchemaError, match="no ranks"):
        rank_mobility(ranks(["first", "2", "3"]), ranks([1, 2, 3]))
    with pytest.raises(SchemaError, match="twice"):
        rank_mobility(pd.Series([1, 2, 3], index=["A", "A", "B"]), ranks([1, 2, 3]))
    with pytest.raises(ParameterError, match="class_ends"):
        rank_mobility(ranks([1, 2, 3]), ranks([1, 2, 3]), class_ends=["a lot"])
