"""The kernel: exact against the definition on its own samples, and right against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from scipy.stats import kstest

from socharm.errors import ParameterError
from socharm.stats import permutation
from socharm.stats.fdr import adjust
from socharm.stats.permutation import (
    draw_samples,
    neighbour_sums,
    permutation_p,
    shared_exceedances,
    tie_tolerance,
    weighted_exceedances,
)
from socharm.stats.random_streams import streams

LAW = quick(max_examples=25, deadline=None)


def random_graph(rng: np.random.Generator, n: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    degree = rng.integers(0, most + 1, n)
    rows = [np.sort(rng.choice(np.delete(np.arange(n), i), k, replace=False)) for i, k in enumerate(degree)]
    return np.concatenate([[0], np.cumsum(degree)]).astype(np.int64), np.concatenate(rows).astype(np.int64)


def by_definition(
    values: np.ndarray, indptr: np.ndarray, indices: np.ndarray, draws: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """For each area: its k first draws from the others in every sample, the area itself skipped."""
    more, less = np.zeros(values.size, dtype=int), np.zeros(values.size, dtype=int)
    margin = tie_tolerance(values, np.diff(indptr), weights)
    for i in range(values.size):
        part = slice(indptr[i], indptr[i + 1])
        k = indptr[i + 1] - indptr[i]
        w = np.ones(k) if weights is None else weights[part]
        if k == 0:
            continue
        observed = np.sum(w * values[indices[part]])
        sums = np.array([np.sum(w * values[sample[sample != i][:k]]) for sample in draws])
        more[i] = np.sum(sums >= observed - margin[i])
        less[i] = np.sum(sums <= observed + margin[i])
    return more, less


@LAW
@given(seed=st.integers(0, 10_000), n=st.integers(2, 30), whole=st.booleans())
def test_counts_are_those_of_the_definition_on_the_same_samples(seed: int, n: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    indptr, indices = random_graph(rng, n, min(n - 1, 6))
    values = rng.integers(0, 4, n).astype(float) if whole else rng.gamma(0.5, size=n)
    found = shared_exceedances(values, indptr, indices, permutations=200, seed=seed, purpose="test")
    width = int(np.diff(indptr).max()) + 1
    draws = draw_samples(streams(seed, 1, purpose="test")[0], n, 200, width)
    more, less = by_definition(values, indptr, indices, draws)
    tested = np.diff(indptr) > 0
    np.testing.assert_array_equal(found.at_least[tested], more[tested])
    np.testing.assert_array_equal(found.at_most[tested], less[tested])
    assert not found.at_least[~tested].any()


@LAW
@given(seed=st.integers(0, 10_000), n=st.integers(2, 30))
def test_general_weights_count_as_the_definition_on_the_same_samples(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    indptr, indices = random_graph(rng, n, min(n - 1, 6))
    values, weights = rng.gamma(0.5, size=n), rng.random(indices.size)
    found = weighted_exceedances(values, indptr, indices, weights, permutations=200, seed=seed, purpose="test")
    width = int(np.diff(indptr).max()) + 1
    draws = draw_samples(streams(seed, 1, purpose="test")[0], n, 200, width)
    more, less = by_definition(values, indptr, indices, draws, weights)
    np.testing.assert_array_equal(found.at_least, more)
    np.testing.assert_array_equal(found.at_most, less)


def test_samples_are_distinct_and_every_area_is_as_likely_at_every_place() -> None:
    draws = draw_samples(streams(3, 1, purpose="test")[0], 7, 70_000, 3)
    assert all(len(set(row)) == 3 for row in draws[:200].tolist())
    for place in range(3):
        share = np.bincount(draws[:, place], minlength=7) / len(draws)
        assert np.abs(share - 1 / 7).max() < 5 * np.sqrt(1 / 7 * 6 / 7 / len(draws))
    pairs = np.bincount(draws[:, 0] * 7 + draws[:, 2], minlength=49).reshape(7, 7) / len(draws)
    off = pairs[~np.eye(7, dtype=bool)]
    assert np.abs(off - 1 / 42).max() < 5 * np.sqrt(1 / 42 / len(draws))


@pytest.mark.parametrize("weighted", [False, True])
def test_p_is_that_of_brute_force_within_monte_carlo_error(weighted: bool) -> None:
    rng = np.random.default_rng(11)
    n, p, trials = 12, 40_000, 40_000
    indptr, indices = random_graph(rng, n, 4)
    values = rng.gamma(0.7, size=n)
    weights = rng.random(indices.size) if weighted else np.ones(indices.size)
    if weighted:
        found = weighted_exceedances(values, indptr, indices, weights, permutations=p, seed=5, purpose="test")
    else:
        found = shared_exceedances(values, indptr, indices, permutations=p, seed=5, purpose="test")
    for i in np.flatnonzero(np.diff(indptr)):
        part = slice(indptr[i], indptr[i + 1])
        others = np.delete(np.arange(n), i)
        order = rng.permuted(np.tile(others, (trials, 1)), axis=1)[:, : part.stop - part.start]
        sums = (values[order] * weights[part]).sum(axis=1)
        brute = np.mean(sums >= (values[indices[part]] * weights[part]).sum() - 1e-12)
        error = np.sqrt(brute * (1 - brute) * (1 / p + 1 / trials))
        assert abs(found.at_least[i] / p - brute) <= 5 * error + 2 / p


@pytest.mark.parametrize("kind", ["shared", "weighted"])
def test_any_number_of_threads_counts_the_same(kind: str) -> None:
    rng = np.random.default_rng(2)
    indptr, indices = random_graph(rng, 150, 5)
    values, weights = rng.normal(size=150), rng.random(indices.size)
    results = []
    for threads in (1, 2, 5):
        if kind == "shared":
            found = shared_exceedances(
                values, indptr, indices, permutations=25_000, seed=1, purpose="test", threads=threads
            )
        else:
            found = weighted_exceedances(
                values, indptr, indices, weights, permutations=700, seed=1, purpose="test", threads=threads
            )
        results.append((found.at_least, found.at_most))
    for more, less in results[1:]:
        np.testing.assert_array_equal(more, results[0][0])
        np.testing.assert_array_equal(less, results[0][1])


def test_counts_add_up_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory is short, blocks are smaller; each block counts what its samples hold."""
    rng = np.random.default_rng(4)
    indptr, indices = random_graph(rng, 20, 4)
    values = rng.normal(size=20)
    monkeypatch.setattr(permutation, "_SAMPLES", 64)
    found = shared_exceedances(values, indptr, indices, permutations=200, seed=8, purpose="test")
    width = int(np.diff(indptr).max()) + 1
    more = np.zeros(20, dtype=int)
    for generator, size in zip(streams(8, 4, purpose="test"), (64, 64, 64, 8), strict=True):
        more += by_definition(values, indptr, indices, draw_samples(generator, 20, size, width))[0]
    np.testing.assert_array_equal(found.at_least, more)


def test_a_large_neighbourhood_makes_small_blocks_not_large_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permutation, "_BUDGET", 2_000)
    n = 60
    indptr = np.arange(n + 1, dtype=np.int64) * (n - 1)
    indices = np.concatenate([np.delete(np.arange(n), i) for i in range(n)]).astype(np.int64)
    found = shared_exceedances(np.arange(n, dtype=float), indptr, indices, permutations=100, seed=1, purpose="test")
    # all others are neighbours: every permutation is the same sum in another order
    assert (found.at_least == 100).all()
    assert (found.at_most == 100).all()


@pytest.mark.parametrize("permutations", [999, 2_500])
def test_both_tails_are_counted_to_their_ends_where_many_areas_share_their_samples(permutations: int) -> None:
    """3,000 areas of one number of neighbours: sorted sums are searched by steps, and outside them too."""
    rng, n = np.random.default_rng(5), 3_000
    values = rng.normal(size=n)
    values[:40], values[40:80] = -6.0, 6.0
    indptr = np.arange(0, 4 * n + 1, 4)
    around = (np.arange(n)[:, None] + np.array([-2, -1, 1, 2])) % n
    counts = shared_exceedances(
        values, indptr, np.sort(around, axis=1).ravel(), permutations=permutations, seed=3, purpose="test"
    )
    draws = draw_samples(streams(3, 1, purpose="test")[0], n, permutations, 5)
    for area in (0, 20, 45, 60, 100, 1_500):
        others = np.where((draws[:, :4] == area).any(axis=1), values[draws].sum(axis=1) - values[area], 0.0)
        sums = np.where(others != 0.0, others, values[draws[:, :4]].sum(axis=1))
        observed = values[around[area]].sum()
        assert counts.at_least[area] == (sums >= observed).sum()
        assert counts.at_most[area] == (sums <= observed).sum()
    assert counts.at_most[5:35].max() <= 2
    assert counts.at_least[45:75].max() <= 2


def test_sums_of_the_same_values_in_another_order_are_ties() -> None:
    values = np.array([0.1, 0.2, 0.3, 0.3, 0.2, 0.1, 0.6, 0.0])
    indptr, indices = np.array([0, 3, 3, 3, 3, 3, 3, 3, 3]), np.array([1, 2, 5])
    draws = draw_samples(streams(1, 1, purpose="test")[0], 8, 500, 4)
    found = shared_exceedances(values, indptr, indices, permutations=500, seed=1, purpose="test")
    tenths = np.rint(values * 10).astype(int)
    sums = np.array([tenths[sample[sample != 0][:3]].sum() for sample in draws])
    assert found.at_least[0] == np.sum(sums >= 6)
    assert found.at_most[0] == np.sum(sums <= 6)


def test_p_is_uniform_where_nothing_is_clustered() -> None:
    rng = np.random.default_rng(9)
    n = 40
    indptr = np.arange(n + 1, dtype=np.int64) * 4
    indices = ((np.arange(n)[:, None] + np.array([1, 2, 3, 4])) % n).ravel().astype(np.int64)
    p = []
    for run in range(400):
        found = shared_exceedances(
            rng.gamma(1, size=n), indptr, indices, permutations=999, seed=run, purpose="test", threads=1
        )
        p.append(permutation_p(found.at_least, 999)[0])
    assert kstest(p, "uniform").pvalue > 0.001


def test_without_neighbours_nothing_is_counted() -> None:
    found = shared_exceedances(
        np.ones(3), np.zeros(4, dtype=np.int64), np.zeros(0, dtype=np.int64), permutations=9, seed=1, purpose="test"
    )
    assert found.at_least.tolist() == found.at_most.tolist() == [0, 0, 0]
    zero = np.zeros(0)
    none = weighted_exceedances(
        zero, np.zeros(1, dtype=np.int64), np.zeros(0, np.int64), zero, permutations=9, seed=1, purpose="test"
    )
    assert none.at_least.size == 0


@pytest.mark.parametrize("permutations", [0, -5, 2.5])
def test_permutations_must_be_whole_and_positive(permutations: float) -> None:
    with pytest.raises(ParameterError, match="permutations"):
        shared_exceedances(
            np.ones(2), np.zeros(3, np.int64), np.zeros(0, np.int64), permutations=permutations, seed=1, purpose="test"
        )


def test_weighted_sums() -> None:
    sums = neighbour_sums(np.array([1.0, 2.0]), np.array([0, 1, 2]), np.array([1, 0]), np.array([0.5, 3.0]))
    assert sums.tolist() == [1.0, 3.0]


@pytest.mark.parametrize("method", ["bh", "by"])
def test_adjusted_p_are_those_of_statsmodels(method: str) -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(1).beta(0.4, 1, 300)
    expected = multipletests(p, method=f"fdr_{method}")[1]
    np.testing.assert_allclose(adjust(p, method), expected, rtol=1e-12)


def test_adjusting_skips_gaps_and_may_do_nothing() -> None:
    p = np.array([0.01, np.nan, 0.04])
    np.testing.assert_allclose(adjust(p), [0.02, np.nan, 0.04])
    np.testing.assert_array_equal(adjust(p, "none"), p)
    assert adjust(np.array([np.nan]), "bh").size == 1
    with pytest.raises(ParameterError, match="0 to 1"):
        adjust(np.array([1.2]))
    with pytest.raises(ParameterError, match="correction"):
        adjust(p, "holm")


@LAW
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_keep_the_order_and_are_no_smaller(p: list[float]) -> None:
    given_p = np.array(p)
    adjusted = adjust(given_p, "bh")
    assert (adjusted >= given_p - 1e-15).all()
    order = np.argsort(given_p, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-15).all()
    assert (adjust(given_p, "by") >= adjusted - 1e-12).all()
