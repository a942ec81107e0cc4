"""Ranks with their uncertainty: worked numbers, laws, edge cases, and the same result for any threads."""

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights, random_counts
from pandas.testing import assert_frame_equal
from scipy import stats

from socharm.errors import ModelWarning, ParameterError
from socharm.ranking.ranks import rank_areas
from socharm.severity.index import severity_index
from socharm.stats.ranks import descending_ranks, rank_quantiles

SCHEME = {"burglary": 100.0, "drugs": 10.0, "violence-and-sexual-offences": 50.0}


def small_index(n, weights=SCHEME):
    return severity_index(make_counts(n), make_weights(weights))


@pytest.fixture(scope="module")
def index():
    counts, people, weights = random_counts(seed=2)
    return severity_index(counts, weights, people)


def test_equals_share_the_lower_rank_and_one_is_the_largest():
    ranks = descending_ranks(np.array([[5.0, 9.0, 5.0, 1.0], [1.0, 1.0, 1.0, 1.0]]))
    assert ranks.tolist() == [[2, 1, 2, 4], [1, 1, 1, 1]]


def test_quantiles_are_ranks_that_were_drawn():
    ranks = np.arange(1, 101, dtype=np.int32)[:, None]
    assert rank_quantiles(ranks, (0.05, 0.5, 0.95)).ravel().tolist() == [5, 50, 95]


def test_intervals_are_ordered_and_hold_the_median(index):
    table = rank_areas(index, draws=2000, seed=1).table
    order = ["rank_low_95", "rank_low_90", "rank_median", "rank_high_90", "rank_high_95"]
    assert (np.diff(table[order].to_numpy(dtype=float), axis=1) >= 0).all()
    assert table["rank_expected"].sum() == pytest.approx(len(table) * (len(table) + 1) / 2)


def test_probabilities_of_the_top_add_up_to_its_size(index):
    top = rank_areas(index, draws=1000, seed=1, top=(5, "10%")).top_k
    sums = top.groupby("k")["probability"].sum()
    assert sums["5"] == pytest.approx(5)
    assert sums["10%"] == pytest.approx(4)  # a tenth of 40 areas
    assert list(top.columns) == ["area_code", "k", "size", "probability"]


def test_any_number_of_threads_and_the_same_seed_give_the_same_ranking(index):
    first, second = (rank_areas(index, draws=1500, seed=7, threads=threads) for threads in (1, 3))
    assert_frame_equal(first.table, second.table)
    assert_frame_equal(first.top_k, second.top_k)
    assert not rank_areas(index, draws=1500, seed=8).table["rank_expected"].equals(first.table["rank_expected"])


def test_ranks_inside_district_and_force(index):
    table = rank_areas(index, draws=500, seed=1).table
    for _, part in table.groupby("parent"):
        assert sorted(part["rank_parent"]) == list(range(1, len(part) + 1))
    assert table["rank_force"].tolist() == table["rank"].tolist()  # one force: the same order


def test_districts_are_ranked_from_the_same_draws(index):
    parents = rank_areas(index, draws=500, seed=1).parents
    assert sorted(parents["rank"]) == [1, 2, 3, 4]
    harm, years = (
        index.table["harm"].groupby(index.table["parent"]).sum(),
        index.table["exposure"].groupby(index.table["parent"]).sum(),
    )
    np.testing.assert_allclose(parents["rate"], (harm / years).loc[parents.index])


def test_ranks_do_not_depend_on_the_unit_of_the_weights():
    n = np.random.default_rng(4).poisson(5, (6, 3, 6))
    one, many = (
        rank_areas(
            severity_index(make_counts(n), make_weights({k: v * f for k, v in SCHEME.items()})), draws=500, seed=1
        )
        for f in (1, 37)
    )
    assert one.table["rank"].tolist() == many.table["rank"].tolist()


def test_the_realised_rank_of_single_offences_is_certain():
    n = np.random.default_rng(4).poisson(5, (6, 3, 6))
    table = rank_areas(
        severity_index(make_counts(n), make_weights(SCHEME)), estimand="realised", draws=200, seed=1
    ).table
    assert (table["rank_low_95"] == table["rank_high_95"]).all()
    assert table["rank"].tolist() == table["rank_observed"].tolist()


def test_realised_uncertainty_comes_from_what_categories_hide():
    n = np.random.default_rng(4).poisson(5, (8, 3, 6))
    scheme = make_weights(SCHEME, within_variance=10_000.0, level="category")
    table = rank_areas(severity_index(make_counts(n), scheme), estimand="realised", draws=500, seed=1).table
    assert (table["rank_low_95"] < table["rank_high_95"]).any()


def test_ties_share_a_rank():
    n = np.full((3, 3, 6), 4)
    table = rank_areas(
        severity_index(make_counts(n), make_weights(SCHEME)), estimand="realised", draws=50, seed=1
    ).table
    assert table["rank"].tolist() == [1, 1, 1]
    assert table["rank_observed"].tolist() == [1, 1, 1]


def test_one_area_is_first_for_sure():
    with pytest.warns(ModelWarning):
        ranked = rank_areas(severity_index(make_counts(np.full((1, 3, 4), 2)), make_weights(SCHEME)), draws=50, seed=1)
    assert ranked.table[["rank", "rank_low_95", "rank_high_95"]].iloc[0].tolist() == [1, 1, 1]
    assert (ranked.top_k["probability"] == 1).all()


def test_all_zero_counts_leave_every_order_possible():
    n = np.zeros((4, 3, 6), dtype=int)
    with pytest.warns(ModelWarning):
        index = severity_index(make_counts(n), make_weights(SCHEME))
    table = rank_areas(index, draws=2000, seed=1).table
    assert (table["rank_low_95"] == 1).all()
    assert (table["rank_high_95"] == 4).all()


def test_areas_that_are_not_rankable_are_listed_with_the_reason():
    covered = np.ones((4, 6), dtype=bool)
    covered[3, 1:] = False
    n = np.random.default_rng(1).poisson(4, (4, 3, 6))
    ranked = rank_areas(severity_index(make_counts(n, covered=covered), make_weights(SCHEME)), draws=200, seed=1)
    assert ranked.unrankable["reason"].to_dict() == {"W003": "covered 1 of 6 months"}
    assert pd.isna(ranked.table.loc["W003", "rank"])
    assert len(ranked.top(10)) == 3


def test_thin_coverage_widens_the_interval():
    n = np.random.default_rng(1).poisson(3, (30, 3, 12))
    covered = np.ones((30, 12), dtype=bool)
    covered[:15, 6:] = False
    people = make_population({f"W{i:03d}": 5000.0 for i in range(30)})
    index = severity_index(make_counts(n, covered=covered), make_weights(SCHEME), people)
    table = index.table
    assert table["rate_se"].iloc[:15].mean() > table["rate_se"].iloc[15:].mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 1, "draws": 0}, "draws"),
        ({"seed": 1, "estimand": "true"}, "estimand"),
        ({"seed": 1, "top": ("many",)}, "top"),
        ({"seed": 1, "top": (0,)}, "top"),
        ({"seed": 1, "top": ("110%",)}, "top"),
    ],
)
def test_bad_arguments_are_named(index, arguments, message):
    with pytest.raises(ParameterError, match=message):
        rank_areas(index, **arguments)


@pytest.mark.parametrize("size", [1, 2, 300])
def test_equals_share_a_rank_and_the_last_bit_parts_two(size):
    rng = np.random.default_rng(size)
    plain = rng.normal(0, 1, (4, size))
    close = 1 + np.arange(size) * 2.0**-52  # further apart by one bit each
    tables = [plain, plain.round(1), rng.permuted(np.stack([close] * 4), axis=1), 0.0 * plain, np.exp(40 * plain)]
    tables += [np.where(plain > 0, np.inf, -np.inf)]
    for values in tables:
        expected = [stats.rankdata(-row, method="min") for row in values]
        np.testing.assert_array_equal(descending_ranks(values), np.array(expected))
