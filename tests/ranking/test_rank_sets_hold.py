"""Coverage of confidence sets for ranks: simulated truths, kind and unkind, with ties among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights

from socharm.errors import ModelWarning
from socharm.ranking.confidence_sets import rank_confidence_sets
from socharm.severity.index import severity_index
from socharm.stats.exact_rank_sets import exact_sets
from socharm.stats.rank_sets import PairCounts, draw_errors, normal_sets

LEVEL = 0.9
#: Every truth with every other one takes minutes: the suite has each truth once, `SOCHARM_FULL=1` all together.
FULL = bool(os.environ.get("SOCHARM_FULL"))
FEW_CASES = [(40.0, 1.0, 2.0), (200.0, 2.0, 1.0)]
FORCE_CASES = [
    ("spread", "equal"),
    ("three ties", "unequal"),
    ("all equal", "neighbours alike"),
    ("close", "neighbours alike"),
    ("close", "unequal"),
]
Bounds = tuple[np.ndarray, np.ndarray]


def true_bounds(truth: np.ndarray) -> Bounds:
    """Best and worst rank that ties among the true values allow."""
    greater = (truth[None, :] > truth[:, None]).sum(axis=1)
    smaller = (truth[None, :] < truth[:, None]).sum(axis=1)
    return 1 + greater, truth.size - smaller


def holds(found: PairCounts, truth: np.ndarray) -> np.ndarray:
    """Whether each place's set holds every rank that the truth allows it."""
    best, worst = true_bounds(truth)
    return (1 + found.greater <= best) & (truth.size - found.smaller >= worst)


def truths(n: int) -> dict[str, np.ndarray]:
    """Spread out, in three ties, all equal, one apart, and close together."""
    return {
        "spread": np.linspace(0, 3 * n, n),
        "three ties": np.repeat([0.0, 4.0, 12.0], [n // 3, n // 3, n - 2 * (n // 3)]),
        "all equal": np.zeros(n),
        "one apart": np.r_[np.zeros(n - 1), 8.0],
        "close": np.linspace(0, 2, n),
    }


def enough(hits: np.ndarray | list[bool], level: float = LEVEL) -> bool:
    """Whether a share of hits is at least the level, within three standard errors of the simulation."""
    hits = np.asarray(hits, dtype=float)
    return bool(hits.mean() >= level - 3 * np.sqrt(level * (1 - level) / len(hits)))


def normal_runs(
    truth: np.ndarray,
    covariance: np.ndarray,
    runs: int,
    noise: Callable[[np.random.Generator], np.ndarray] | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray, object]]:
    rng = np.random.default_rng(11)
    errors = np.sqrt(np.diag(covariance))
    joined = None if np.array_equal(covariance, np.diag(np.diag(covariance))) else covariance
    factor = np.linalg.cholesky(covariance)
    for seed in range(runs):
        z = factor @ rng.standard_normal(truth.size) if noise is None else noise(rng) * errors
        yield truth + z, errors, draw_errors(errors, draws=199, seed=seed, covariance=joined, threads=1)


def covariances(n: int) -> dict[str, np.ndarray]:
    errors = np.random.default_rng(1).lognormal(0, 0.7, n)
    ring = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return {
        "equal": np.eye(n),
        "unequal": np.diag(errors**2),
        "neighbours alike": 0.8**ring * errors[:, None] * errors,
        "one common part": (0.3 * np.eye(n) + 0.7) * errors[:, None] * errors,
    }


@pytest.mark.parametrize("shape", ["equal", "unequal", "neighbours alike", "one common part"])
@pytest.mark.parametrize("name", ["spread", "three ties", "all equal", "one apart", "close"])
def test_normal_sets_hold(name, shape):
    truth = truths(9)[name]
    joint, single, lower = [], [], []
    for x, errors, drawn in normal_runs(truth, covariances(9)[shape], runs=200):
        options = {"level": LEVEL, "threads": 1}
        joint.append(holds(normal_sets(x, errors, drawn, **options), truth).all())
        single.append(holds(normal_sets(x, errors, drawn, sets="marginal", **options), truth))
        one = normal_sets(x, errors, drawn, sets="marginal", side="lower", **options)
        lower.append(1 + one.greater <= true_bounds(truth)[0])
    assert enough(joint)
    for place in range(9):
        assert enough([run[place] for run in single])
        assert enough([run[place] for run in lower])


@pytest.mark.parametrize("name", ["three ties", "all equal"])
def test_the_best_set_holds_all_of_the_best(name):
    """tau-best sets come from the joint lower bounds: all true members are in, tie or not."""
    truth = truths(9)[name]
    best, _ = true_bounds(truth)
    hits = []
    for x, errors, drawn in normal_runs(truth, np.eye(9), runs=300):
        table = normal_sets(x, errors, drawn, level=LEVEL, threads=1)
        hits.append(all((1 + table.greater[best <= tau] <= tau).all() for tau in (1, 3, 6)))
    assert enough(hits)


def test_the_level_is_not_wasted_where_all_are_equal():
    """One step, equal errors, equal truths: the joint sets err as often as they may, so the test above can fail."""
    hits = [
        holds(normal_sets(x, errors, drawn, level=LEVEL, threads=1), np.zeros(9)).all()
        for x, errors, drawn in normal_runs(np.zeros(9), np.eye(9), runs=600)
    ]
    assert LEVEL - 0.04 <= np.mean(hits) <= LEVEL + 0.04


@pytest.mark.parametrize("mean", [0.5, 4.0, 60.0])
@pytest.mark.parametrize("name", ["spread", "three ties", "all equal"])
def test_exact_sets_hold_under_poisson(name, mean):
    rng = np.random.default_rng(12)
    shape = 1 + truths(9)[name] / 4
    rate = mean * shape / shape.mean()
    for exposure in (np.ones(9), np.repeat([0.2, 1.0, 5.0], 3)):
        joint, single = [], []
        for _ in range(300):
            n = rng.poisson(rate * exposure).astype(float)
            joint.append(holds(exact_sets(n, exposure, level=LEVEL, threads=1), rate).all())
            single.append(holds(exact_sets(n, exposure, level=LEVEL, sets="marginal", threads=1), rate))
        assert enough(joint)
        for place in range(9):
            assert enough([run[place] for run in single])


def test_exact_sets_hold_for_shares_of_a_fixed_total():
    """Multinomial counts: one area's gain is another's loss."""
    rng = np.random.default_rng(13)
    share = np.repeat([1.0, 2.0, 6.0], 3) / 27
    hits = [
        holds(exact_sets(rng.multinomial(120, share).astype(float), np.ones(9), level=LEVEL, threads=1), share).all()
        for _ in range(400)
    ]
    assert enough(hits)


def test_over_dispersed_counts_need_their_dispersion():
    """Negative binomial counts of variance 3 times the mean: plain tests fail, those that know of it hold."""
    rng = np.random.default_rng(14)
    rate = np.full(9, 40.0)
    plain, knowing = [], []
    for _ in range(300):
        n = rng.negative_binomial(rate / 2, 1 / 3).astype(float)
        plain.append(holds(exact_sets(n, np.ones(9), level=LEVEL, threads=1), rate).all())
        knowing.append(holds(exact_sets(n, np.ones(9), level=LEVEL, dispersion=3.0, threads=1), rate).all())
    assert not enough(plain)
    assert enough(knowing)


def harm_runs(runs: int, areas: int, mean: float, phi: float = 1.0, spread: float = 2.0) -> list[bool]:
    """Joint coverage of the rate's rank by a whole index; one crime in five is heavier, over-dispersed on demand."""
    rng = np.random.default_rng(15)
    rate = np.repeat([1 / spread, 1.0, spread], areas // 3)
    weights = make_weights({"damage": 10.0, "violence": 80.0})
    hits = []
    for seed in range(runs):
        expected = mean * rate[:, None, None] * np.array([0.8, 0.2])[None, :, None] * np.ones(12) / 12
        n = rng.negative_binomial(expected / (phi - 1), 1 / phi) if phi > 1 else rng.poisson(expected)
        counts = make_counts(n, offences=("damage", "violence"))
        people = make_population(dict.fromkeys([f"W{i:03d}" for i in range(areas)], 1000.0))
        index = severity_index(counts, weights, people)
        table = rank_confidence_sets(index, level=LEVEL, draws=199, seed=seed, threads=1).table
        best, worst = (pd.Series(part, index=table.index) for part in true_bounds(rate))
        known = table["joint_low"].notna()
        inside = (table["joint_low"] <= best) & (table["joint_high"] >= worst)
        hits.append(bool(inside[known].all()))
    return hits


@pytest.mark.filterwarnings(f"ignore::{ModelWarning.__module__}.ModelWarning")
def test_harm_sets_hold():
    assert enough(harm_runs(40, areas=12, mean=150))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mean", "phi", "spread"),
    [(*events, spread) for events in ((40.0, 1.0), (200.0, 2.0)) for spread in (1.0, 2.0)] if FULL else FEW_CASES,
)
@pytest.mark.filterwarnings(f"ignore::{ModelWarning.__module__}.ModelWarning")
def test_harm_sets_hold_with_few_events_and_over_dispersion(mean, phi, spread):
    assert enough(harm_runs(120, areas=30, mean=mean, phi=phi, spread=spread))


def unkind(noise: Callable[[np.random.Generator], np.ndarray]) -> list[bool]:
    truth = np.zeros(40)
    return [
        bool(holds(normal_sets(x, errors, drawn, level=LEVEL), truth).all())
        for x, errors, drawn in normal_runs(truth, np.eye(40), 400, noise)
    ]


@pytest.mark.slow
def test_skewed_errors_of_ten_events_cost_little():
    """Unkind: sums of ten exponentials, as harm of ten effective events, in 40 areas that are all equal."""
    assert np.mean(unkind(lambda rng: (rng.gamma(10, size=40) - 10) / np.sqrt(10))) >= LEVEL - 0.05


@pytest.mark.slow
def test_heavy_tails_cost_coverage_as_the_method_page_says():
    """Unkind: t with 8 degrees of freedom, scaled to the stated variance. The normal method does not hold here."""
    assert 0.65 <= np.mean(unkind(lambda rng: rng.standard_t(8, 40) * np.sqrt(6 / 8))) <= 0.85


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shape"),
    [(name, shape) for name in ("spread", "three ties", "all equal", "close") for shape in list(covariances(1))[:3]]
    if FULL
    else FORCE_CASES,
)
def test_normal_sets_hold_for_a_force(name, shape):
    truth = truths(120)[name]
    joint, single = [], []
    for x, errors, drawn in normal_runs(truth, covariances(120)[shape], runs=300):
        joint.append(holds(normal_sets(x, errors, drawn, level=LEVEL), truth).all())
        single.append(holds(normal_sets(x, errors, drawn, level=LEVEL, sets="marginal"), truth))
    assert enough(joint)
    assert np.min(np.mean(single, axis=0)) >= LEVEL - 4 * np.sqrt(LEVEL * (1 - LEVEL) / 300)  # the worst of 120
