"""Arithmetic of composite indices: normalisation, treatment, means over trees, weights from the data."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from socharm.errors import ParameterError
from socharm.stats.composite_normalise import NORMALISATIONS, Scale, Yardstick, normalise
from socharm.stats.composite_scores import (
    AGGREGATIONS,
    ScoreTree,
    composite_scores,
    contributions_of,
    flat_tree,
    node_scores,
)
from socharm.stats.composite_treat import TreatRule, box_cox, shape_of, shifted_log, treat_outliers, winsorise
from socharm.stats.composite_weights import (
    cronbach_alpha,
    effective_weights,
    optimised_weights,
    pairwise_correlation,
    pca_weights,
)

UP = np.array([1.0])
DOWN = np.array([-1.0])


def one(values, method, *, direction=UP, **settings_):
    return normalise(np.array(values, dtype=float)[:, None], method, directions=direction, **settings_)[:, 0].tolist()


# --- normalisation: values published with COINr 1.1 (tests of n_goalposts and n_dist2targ), or by hand ---


@pytest.mark.parametrize(("value", "direction", "expected"), [
    (1, UP, 0.1), (11, UP, 1.0), (-1, UP, 0.0), (1, DOWN, 0.9), (-1, DOWN, 1.0), (11, DOWN, 0.0),
])  # fmt: skip
def test_goalposts_are_those_of_coinr(value, direction, expected):
    found = one([value], "goalposts", direction=direction, scale=Scale(high=1.0), marks=np.array([[0.0, 10.0]]))
    assert found == pytest.approx([expected])


def test_distance_to_target_is_one_minus_coinrs_score():
    # COINr: n_dist2targ(c(0, 5, 11), targ = 10) is 0, 0.5, 1.1 where more is better; here more is worse.
    marks = np.array([[10.0, np.nan]])
    free = one([0, 5, 11], "distance-to-target", direction=DOWN, scale=Scale(high=1.0, cap=False), marks=marks)
    assert free == pytest.approx([1.0, 0.5, -0.1])
    capped = one([0, 5, 11], "distance-to-target", direction=DOWN, scale=Scale(high=1.0), marks=marks)
    assert capped == pytest.approx([1.0, 0.5, 0.0])
    # n_dist2targ(c(-1, 1, 10), targ = 0, direction = -1) is 1.1, 0.9, 0.
    turned = one([-1, 1, 10], "distance-to-target", scale=Scale(high=1.0, cap=False), marks=np.array([[0.0, np.nan]]))
    assert turned == pytest.approx([-0.1, 0.1, 1.0])


def test_each_method_by_hand():
    x = [2.0, 4.0, 4.0, 10.0]
    assert one(x, "min-max") == [0.0, 25.0, 25.0, 100.0]
    assert one(x, "min-max", direction=DOWN, scale=Scale(low=1.0, high=5.0)) == [5.0, 4.0, 4.0, 1.0]
    z = one(x, "z-score", scale=Scale(mean=5.0, sd=2.0))
    assert np.mean(z) == pytest.approx(5.0)
    assert np.std(z, ddof=1) == pytest.approx(2.0)
    assert one(x, "rank") == [1.0, 2.0, 2.0, 4.0]
    assert one(x, "borda") == [0.0, 1.0, 1.0, 3.0]
    assert one(x, "percentile") == pytest.approx([0.0, 100 / 3, 100 / 3, 100.0])
    assert one(x, "index-to-mean") == [40.0, 80.0, 80.0, 200.0]
    assert one(x, "index-to-mean", direction=DOWN) == [160.0, 120.0, 120.0, 0.0]
    assert one(x, "none", direction=DOWN) == [-2.0, -4.0, -4.0, -10.0]
    # Four areas, the worst first: exponential transformation of the shares 1/4 … 1.
    assert one([1, 2, 3, 4], "exponential", direction=DOWN, scale=Scale(areas=4))[0] == pytest.approx(100.0)
    assert one([40, 30, 20, 10], "exponential") == one(
        [1, 2, 3, 4], "exponential", direction=DOWN, scale=Scale(areas=4)
    )


def test_z_scores_and_min_max_of_the_handbook():
    # OECD and JRC (2008), example of section 5 (mean years of school, 23 countries, UNDP 2001): Finland, United States,
    # Sweden, Japan, Korea, Netherlands come first. Figures as commonly quoted; the page itself was not at hand.
    years = [10, 12, 11.4, 9.5, 10.8, 9.4, 9.4, 11.6, 10.9, 7.1, 10.2, 11.9, 9.4, 9.3, 11.7, 8.4, 7.9, 9.6, 7.3, 7.2,
             9.5, 9.1, 7.1]  # fmt: skip
    assert np.round(one(years, "z-score")[:6], 2).tolist() == [0.26, 1.52, 1.14, -0.06, 0.76, -0.12]
    shares = one(years, "min-max", scale=Scale(high=1.0))[:6]
    assert np.round(shares, 2).tolist() == [0.59, 1.0, 0.88, 0.49, 0.76, 0.47]


def test_index_to_the_mean_of_all_areas_together():
    rates, people = np.array([[10.0], [20.0]]), np.array([[300.0], [100.0]])
    found = normalise(rates, "index-to-mean", directions=UP, shares=people)
    assert found[:, 0].tolist() == [80.0, 160.0]  # 5 events per … of 400: the pooled rate is 12.5


@given(
    x=st.lists(st.floats(-1e4, 1e4).map(lambda v: round(v, 2)), min_size=2, max_size=30, unique=True),
    method=st.sampled_from(["min-max", "z-score", "percentile", "rank", "borda"]),
    scale=st.sampled_from([0.5, 3.0, 100.0]),
)
def test_units_do_not_matter_and_directions_mirror(x, method, scale):
    first = one(x, method)
    np.testing.assert_allclose(one(np.array(x) * scale + 7, method), first, atol=1e-6)
    assert np.argsort(one(x, method, direction=DOWN)).tolist() == np.argsort(first)[::-1].tolist()


@pytest.mark.parametrize(
    "method", sorted(set(NORMALISATIONS) - {"none", "exponential", "rank", "borda", "index-to-mean"})
)
def test_a_gap_stays_a_gap(method):
    marks = np.array([[1.0, 9.0]])
    found = one([2.0, np.nan, 8.0], method, marks=marks)
    assert np.isnan(found[1])
    assert np.isfinite([found[0], found[2]]).all()


def test_one_value_everywhere_gets_the_middle():
    assert one([5.0, 5.0], "min-max") == [50.0, 50.0]
    assert one([5.0, 5.0], "percentile") == [50.0, 50.0]
    assert one([5.0, 5.0], "z-score", scale=Scale(mean=10.0)) == [10.0, 10.0]
    assert one([5.0, np.nan], "min-max")[0] == 50.0
    assert one([5.0, 5.0], "index-to-mean") == [100.0, 100.0]


@pytest.mark.parametrize(("values", "method", "more", "said"), [
    ([1.0], "min-max", {}, "compares areas"),
    ([1.0, 2.0], "goalposts", {}, "needs marks"),
    ([1.0, 2.0], "goalposts", {"marks": np.array([[3.0, 3.0]])}, "no two different goalposts"),
    ([1.0, 2.0], "distance-to-target", {"marks": np.array([[5.0, np.nan]])}, "nowhere worse"),
    ([1.0, 2.0], "distance-to-target", {"marks": np.array([[np.nan, np.nan]])}, "no target"),
    ([-1.0, 1.0], "index-to-mean", {}, "mean of 0"),
    ([1.0, 9.0], "exponential", {"direction": DOWN, "scale": Scale(areas=4)}, "ranks from 1"),
    ([1.0, 2.0], "exponential", {"scale": Scale(areas=4)}, "direction -1"),
    ([1.0, 2.0], "minmax", {}, "Did you mean 'min-max'"),
])  # fmt: skip
def test_what_cannot_be_normalised_says_why(values, method, more, said):
    with pytest.raises(ParameterError, match=said):
        one(values, method, **more)


def test_a_scale_must_go_up():
    with pytest.raises(ParameterError, match="must go up"):
        Scale(low=10.0, high=1.0)


# --- outliers: values of COINr's documentation and tests ---


def test_winsorising_is_that_of_coinr():
    # Documentation of COINr's winsorise: 1 … 10, 30, 100 gives 30, 30 at the end, one point winsorised.
    values, touched = winsorise(np.array([*range(1, 11), 30.0, 100.0]), TreatRule())
    assert values.tolist() == [*map(float, range(1, 11)), 30.0, 30.0]
    assert touched.sum() == 1
    # Test of COINr's Treat: 1 … 10, 100 becomes 1 … 10, 10 and passes then.
    found = treat_outliers(np.array([*range(1, 11), 100.0]), TreatRule())
    assert found.values[-1] == 10.0
    assert (found.done, found.passes) == ("winsorise", True)
    low = treat_outliers(np.array([*range(1, 11), -100.0]), TreatRule())
    assert low.values[-1] == 1.0


def test_the_second_treatment_starts_from_the_original():
    x = np.array([*range(1, 21), 100.0, 200.0])
    found = treat_outliers(x, TreatRule(most_points=1))
    assert found.done == "log"
    np.testing.assert_allclose(found.values, np.log(x - 1 + 1.99))  # COINr's log_CT
    assert not found.winsorised.any()
    kept = treat_outliers(x, TreatRule(most_points=1, then="none"))
    assert (kept.done, kept.passes, kept.winsorised.sum()) == ("winsorise", False, 1)
    bent = treat_outliers(x, TreatRule(most_points=1, then="box-cox", power=0.0))
    np.testing.assert_allclose(bent.values, np.log(x))  # the least is 1 already


@given(
    x=st.lists(st.integers(0, 10_000), min_size=5, max_size=40, unique=True),
    then=st.sampled_from(["log", "box-cox"]),
)
@settings(max_examples=60)
def test_treatment_keeps_the_order(x, then):
    given_ = np.array(x, dtype=float)
    found = treat_outliers(given_, TreatRule(then=then, most_points=2))
    order = np.argsort(given_)
    assert (np.diff(found.values[order]) >= 0).all()
    assert (np.diff(shifted_log(given_)[order]) > 0).all()


def test_shapes_and_edges_of_treatment():
    assert np.isnan(shape_of(np.array([1.0, 2.0, np.nan, 3.0]))).all()
    assert np.isnan(shape_of(np.full(9, 4.0))).all()
    assert treat_outliers(np.full(9, 4.0), TreatRule()).done == "none"
    gap = treat_outliers(np.array([*range(1, 11), 100.0, np.nan]), TreatRule())
    assert np.isnan(gap.values[-1])
    assert gap.values[-2] == 10.0
    assert np.isnan(box_cox(np.array([1.0, np.nan, 3.0]), 1.0)[1])
    with pytest.raises(ParameterError, match="then"):
        TreatRule(then="sqrt")
    with pytest.raises(ParameterError, match="most_points"):
        TreatRule(most_points=-1)


# --- scores ---

VALUES = np.array([[1.0, 4.0], [4.0, 1.0], [4.0, 4.0], [2.0, np.nan]])


@pytest.mark.parametrize(("name", "expected"), [
    ("arithmetic", [2.5, 2.5, 4.0, 2.0]), ("geometric", [2.0, 2.0, 4.0, 2.0]), ("harmonic", [1.6, 1.6, 4.0, 2.0]),
])  # fmt: skip
def test_means_by_hand(name, expected):
    found = composite_scores(VALUES, np.ones(2), normalisation=None, aggregation=name)
    np.testing.assert_allclose(found, [expected])


def test_generalised_mean_by_hand_and_its_limits():
    tree = flat_tree(2, "generalised", power=2.0)
    np.testing.assert_allclose(node_scores(VALUES, np.ones((1, 2)), tree)[-1][0][:3], [np.sqrt(8.5)] * 2 + [4.0])
    near = flat_tree(2, "generalised", power=1e-7)
    np.testing.assert_allclose(node_scores(VALUES, np.ones((1, 2)), near)[-1][0], [2.0, 2.0, 4.0, 2.0], rtol=1e-6)


def test_a_hierarchy_with_an_availability_threshold():
    tree = ScoreTree(3, ((0, 1), (3, 2)), ("arithmetic", "geometric"), least_available=0.6)
    values = np.array([[2.0, 4.0, 3.0], [2.0, np.nan, 3.0], [2.0, 4.0, np.nan]])
    found = node_scores(values, np.array([[1.0, 3.0, 1.0, 1.0]]), tree)
    np.testing.assert_allclose(found[3], [[3.5, np.nan, 3.5]])
    np.testing.assert_allclose(found[4], [[np.sqrt(3.5 * 3.0), np.nan, np.nan]])


def test_copeland_and_coinrs_outranking_by_hand():
    # X beats Y on two of three, Y beats Z on two of three, X beats Z on all.
    values = np.array([[3.0, 3.0, 2.0], [2.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    assert composite_scores(values, np.ones(3), aggregation="copeland").tolist() == [[2.0, 0.0, -2.0]]
    # Rows of the outranking matrix of COINr added up: X 2/3 + 1, Y 1/3 + 1, Z 0.
    np.testing.assert_allclose(composite_scores(values, np.ones(3), aggregation="outranking"), [[5 / 3, 4 / 3, 0.0]])
    # With the weight on the third indicator alone Y wins.
    assert composite_scores(values, np.array([0.0, 0.0, 1.0]), aggregation="copeland").tolist() == [[0.0, 2.0, -2.0]]


def test_outranking_is_the_matrix_of_pairs():
    rng = np.random.default_rng(3)
    values, weights = rng.integers(0, 4, (12, 5)).astype(float), rng.random(5)
    over = (values[:, None] > values[None]) + 0.5 * (values[:, None] == values[None])
    matrix = (over * weights / weights.sum()).sum(axis=2)
    np.fill_diagonal(matrix, 0.0)
    np.testing.assert_allclose(composite_scores(values, weights, aggregation="outranking")[0], matrix.sum(axis=1))


def test_a_tie_of_weights_is_a_tie():
    values = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = composite_scores(values, np.array([0.1, 0.2, 0.1 + 0.2]), aggregation="copeland")
    assert found.tolist() == [[0.0, 0.0]]


trees = st.sampled_from([
    flat_tree(4),
    ScoreTree(4, ((0, 1), (2, 3), (4, 5)), ("arithmetic",) * 3),
    ScoreTree(4, ((0, 1), (2, 4), (3, 5)), ("geometric", "arithmetic", "harmonic")),
    ScoreTree(4, ((1, 2), (0, 4, 3)), ("generalised", "generalised"), power=3.0),
])  # fmt: skip


@given(tree=trees, seed=st.integers(0, 10_000), gaps=st.booleans())
@settings(max_examples=60)
def test_contributions_add_up_to_the_score(tree, seed, gaps):
    rng = np.random.default_rng(seed)
    values, weights = rng.uniform(1, 100, (6, 4)), rng.uniform(0.1, 1, tree.n_weights)
    if gaps:
        values[rng.random(values.shape) < 0.2] = np.nan
    whole = node_scores(values, weights[None, :], tree)[-1][0]
    parts = contributions_of(values, weights, tree)
    known = np.isfinite(whole)
    np.testing.assert_allclose(np.nansum(parts, axis=1)[known], whole[known])
    assert np.isnan(parts[~known]).all()
    assert (np.isnan(parts) == np.isnan(values))[known].all()


@given(tree=trees, seed=st.integers(0, 10_000), factor=st.sampled_from([0.01, 7.0]))
@settings(max_examples=40)
def test_only_ratios_of_weights_count_and_more_is_never_better(tree, seed, factor):
    rng = np.random.default_rng(seed)
    values, weights = rng.uniform(1, 100, (6, 4)), rng.uniform(0.1, 1, (3, tree.n_weights))
    found = composite_scores(values, weights, normalisation=None, tree=tree)
    np.testing.assert_allclose(composite_scores(values, weights * factor, normalisation=None, tree=tree), found)
    worse = values.copy()
    worse[2, 1] += 5.0
    assert (composite_scores(worse, weights, normalisation=None, tree=tree)[:, 2] > found[:, 2]).all()


@pytest.mark.parametrize("name", AGGREGATIONS)
def test_a_draw_does_not_know_its_neighbours(name):
    rng = np.random.default_rng(8)
    values, weights = rng.uniform(1, 9, (40, 3)), rng.random((30, 3))
    values[3, 1] = np.nan
    whole = composite_scores(values, weights, aggregation=name, yardstick=Yardstick(Scale(low=1.0)))
    for draw in (0, 11, 29):
        alone = composite_scores(values, weights[draw], aggregation=name, yardstick=Yardstick(Scale(low=1.0)))
        np.testing.assert_array_equal(whole[[draw]], alone)


def test_many_areas_are_scored_in_blocks_with_the_same_bits():
    rng = np.random.default_rng(2)
    values, weights = rng.random((60_000, 2)), rng.random((40, 2))
    whole = composite_scores(values, weights)
    np.testing.assert_array_equal(whole[17], composite_scores(values, weights[17])[0])


@pytest.mark.parametrize(("weights", "said"), [
    (np.zeros(2), "adds up to 0"), (np.array([1.0, -1.0]), "negative"), (np.ones(3), "3 columns"),
    (np.array([1.0, np.nan]), "missing"),
])  # fmt: skip
def test_wrong_weights_are_errors(weights, said):
    with pytest.raises(ParameterError, match=said):
        composite_scores(VALUES, weights)


@pytest.mark.parametrize("name", ["geometric", "harmonic"])
def test_zero_is_no_input_of_a_geometric_mean(name):
    with pytest.raises(ParameterError, match="low=1"):
        composite_scores(VALUES, np.ones(2), aggregation=name)
    # An indicator without weight is no input.
    zero = np.array([[0.0, 2.0], [0.0, 3.0]])
    found = composite_scores(zero, np.array([0.0, 1.0]), normalisation=None, aggregation=name)
    np.testing.assert_allclose(found, [[2.0, 3.0]])


def test_undivided_sums_need_everything():
    tree = ScoreTree(2, ((0, 1),), ("arithmetic",), divide=False)
    assert node_scores(VALUES, np.array([[0.5, 0.25]]), tree)[-1][0][:3].tolist() == [1.5, 2.25, 3.0]
    assert np.isnan(node_scores(VALUES, np.array([[0.5, 0.25]]), tree)[-1][0][3])
    with pytest.raises(ParameterError, match="divide=False"):
        ScoreTree(2, ((0, 1),), ("geometric",), divide=False)


def test_directions_without_a_normalisation_are_an_error():
    with pytest.raises(ParameterError, match="turned already"):
        composite_scores(VALUES, np.ones(2), normalisation=None, directions=np.array([1.0, -1.0]))


# --- weights from the data ---


def test_effective_weights_multiply_down_the_tree():
    tree = ScoreTree(4, ((0, 1), (2, 3), (4, 5)), ("arithmetic",) * 3)
    found = effective_weights(np.array([1.0, 1.0, 1.0, 3.0, 3.0, 1.0]), tree)
    np.testing.assert_allclose(found, [0.375, 0.375, 0.0625, 0.1875])
    assert effective_weights(np.zeros(6), tree).tolist() == [0.0] * 4


def test_alpha_and_correlation_by_hand():
    values = np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0], [np.nan, 9.0]])
    assert cronbach_alpha(values) == pytest.approx(2 * (1 - 2 / 3))
    assert pairwise_correlation(values)[0, 1] == pytest.approx(0.5)
    assert np.isnan(cronbach_alpha(values[:2]))
    assert np.isnan(cronbach_alpha(values[:, :1]))
    assert np.isnan(pairwise_correlation(np.array([[1.0, 2.0], [1.0, 3.0], [1.0, 4.0]]))[0, 1])


def test_pca_weights_are_squared_loadings_of_the_first_component():
    rng = np.random.default_rng(4)
    common = rng.normal(size=200)
    values = np.column_stack([common + rng.normal(size=200) * s for s in (0.3, 0.6, 2.0)]) * [1.0, 50.0, 3.0]
    weights, explained, against = pca_weights(values)
    peer = PCA().fit((values - values.mean(axis=0)) / values.std(axis=0))
    np.testing.assert_allclose(weights, peer.components_[0] ** 2, rtol=1e-9)
    assert explained == pytest.approx(peer.explained_variance_ratio_[0])
    assert not against.any()
    assert pca_weights(values * [1, 1, -1])[2].tolist() == [False, False, True]
    assert pca_weights(values[:, :1])[0].tolist() == [1.0]


def test_pca_says_what_it_lacks():
    with pytest.raises(ParameterError, match="need more than 2"):
        pca_weights(np.array([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(ParameterError, match="same value in all areas"):
        pca_weights(np.array([[1.0, 2.0], [1.0, 1.0], [1.0, 5.0]]))


@given(wanted=st.lists(st.sampled_from([1.0, 1.2, 1.4]), min_size=3, max_size=3), seed=st.integers(0, 500))
@settings(max_examples=25)
def test_optimised_weights_reach_the_importances(wanted, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(300, 3)) @ np.array([[1.0, 0.4, 0.1], [0.0, 1.0, 0.2], [0.0, 0.0, 1.0]])
    weights, reached = optimised_weights(values, np.array(wanted))
    np.testing.assert_allclose(reached, np.array(wanted) / sum(wanted), atol=1e-4)
    mean = values @ weights
    correlation = np.array([np.corrcoef(values[:, k], mean)[0, 1] for k in range(3)])
    np.testing.assert_allclose(correlation / correlation.sum(), reached, atol=1e-9)
    assert (weights > 0).all()


def test_an_importance_out_of_reach_is_told():
    rng = np.random.default_rng(0)
    common = rng.normal(size=300)
    values = np.column_stack([common + 0.1 * rng.normal(size=300) for _ in range(3)])
    weights, reached = optimised_weights(values, np.array([9.0, 1.0, 1.0]))
    assert reached[0] < 0.4  # three indicators that say the same cannot matter unequally
    assert (weights >= 0).all()


def test_importances_must_be_above_zero():
    with pytest.raises(ParameterError, match="above zero"):
        optimised_weights(np.eye(3), np.array([1.0, 0.0, 1.0]))
    with pytest.raises(ParameterError, match="cannot be fitted"):
        optimised_weights(np.ones((5, 2)), np.ones(2))


def test_copeland_agrees_with_pairs_counted_one_by_one():
    rng = np.random.default_rng(11)
    values, weights = rng.integers(0, 5, (9, 4)).astype(float), rng.random(4)
    found = composite_scores(values, weights, normalisation=None, aggregation="copeland")[0]
    for i in range(9):
        expected = 0.0
        for j in set(range(9)) - {i}:
            ahead = sum(w for w, a, b in zip(weights, values[i], values[j], strict=True) if a > b)
            behind = sum(w for w, a, b in zip(weights, values[i], values[j], strict=True) if a < b)
            expected += np.sign(round(ahead - behind, 12))
        assert found[i] == expected


def test_every_normalisation_goes_with_every_mean():
    rng = np.random.default_rng(6)
    values = rng.uniform(1, 50, (15, 3))
    marks = np.tile([1.5, 40.0], (3, 1))
    for norm, mean in itertools.product(sorted(NORMALISATIONS), ("arithmetic", "copeland", "outranking")):
        found = composite_scores(
            values, np.ones(3), normalisation=norm, aggregation=mean, yardstick=Yardstick(marks=marks)
        )
        assert np.isfinite(found).all(), (norm, mean)
