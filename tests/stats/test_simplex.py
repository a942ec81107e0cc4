"""Least squares on a simplex: the best weights, and nothing but weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from socharm.stats.calibration import calibrate
from socharm.stats.simplex import nearest_mixture, nearest_spread_mixture


def worst_of_optimality(columns, target, weights, penalty):
    """How far the conditions of Karush, Kuhn and Tucker are from met, as a share of the largest gradient."""
    hull = columns - target[:, None]
    slope = hull.T @ (hull @ weights) + penalty * weights
    used = weights > 1e-12
    level = slope[used].mean()
    return max(np.ptp(slope[used]), level - slope.min()) / max(np.abs(slope).max(), (hull**2).max() * 1e-6, 1e-12)


@settings(max_examples=50)
@given(
    rows=st.integers(1, 8), donors=st.integers(1, 30), seed=st.integers(0, 10_000), tied=st.booleans(),
    scale=st.sampled_from([1e-3, 1.0, 1e6]),
)  # fmt: skip
def test_no_other_weights_are_nearer(rows, donors, seed, tied, scale):
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, 5, (rows, donors)) * scale if tied else rng.gamma(1.0, scale, (rows, donors))
    target = rng.gamma(1.0, scale, rows)
    for weights, penalty in (
        (nearest_mixture(columns, target), 0.0),
        (nearest_spread_mixture(columns, target, 0.3 * scale**2), 0.3 * scale**2),
    ):
        assert (weights >= 0).all()
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        assert worst_of_optimality(columns, target, weights, penalty) < 1e-8


def test_a_search_of_scipy_finds_nothing_better():
    rng = np.random.default_rng(8)
    columns, target = rng.gamma(2.0, 3.0, (6, 9)), rng.gamma(2.0, 3.0, 6)
    own = nearest_mixture(columns, target)
    other = minimize(
        lambda w: ((columns @ w - target) ** 2).sum(), np.full(9, 1 / 9), method="SLSQP", bounds=[(0, 1)] * 9,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert ((columns @ own - target) ** 2).sum() <= other.fun * (1 + 1e-8)  # its weights add up to one to eight digits
    assert own == pytest.approx(other.x, abs=1e-4)


def test_one_donor_and_equal_donors():
    assert nearest_mixture(np.zeros((3, 1)), np.ones(3)).tolist() == [1.0]
    assert nearest_mixture(np.zeros((3, 4)), np.zeros(3)).sum() == pytest.approx(1.0)
    assert nearest_spread_mixture(np.ones((3, 4)), np.zeros(3), 1.0) == pytest.approx(np.full(4, 0.25))


@settings(max_examples=25)
@given(seed=st.integers(0, 1_000), distance=st.sampled_from(["linear", "raking"]))
def test_calibrated_totals_are_the_given_ones(seed, distance):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([np.ones(60), rng.poisson(3, (60, 4))]).astype(float)
    goal = rows[rng.choice(60, 30, replace=False)].sum(axis=0)
    made = calibrate(rows, goal, np.full(60, 0.5), distance=distance)
    assert made.met
    assert (made.weights >= 0).all()
    assert made.weights @ rows == pytest.approx(goal, rel=1e-6)


def test_raking_is_iterative_proportional_fitting():
    # Two margins of a table of 2 by 2: rows 6 and 4, columns 3 and 7, from equal cells: the product of the margins.
    rows = np.array([[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]], dtype=float)
    made = calibrate(rows, np.array([6.0, 4.0, 3.0, 7.0]), np.ones(4), distance="raking")
    assert made.weights == pytest.approx([1.8, 4.2, 1.2, 2.8], rel=1e-6)


def test_what_cannot_be_met_is_approached_and_said():
    rows = np.column_stack([np.ones(3), [1.0, 2.0, 3.0]])
    goal, start = np.array([1.0, 5.0]), np.full(3, 1 / 3)
    assert not calibrate(rows, goal, start).met
    near = calibrate(rows, goal, start, soft=np.array([0.0, 1e-6]))
    assert near.met
    assert near.weights == pytest.approx([0, 0, 1], abs=1e-4)  # the largest value there is
    assert near.lacking[1] == pytest.approx(-2.0, abs=1e-3)
