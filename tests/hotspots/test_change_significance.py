"""Two counts of each area, two patterns, many periods: published values, laws, sizes, and what is no count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from factories import random_counts
from fuzz_cases import _in_order
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.hotspots.areas.change_significance import CHANGE_LABELS, change_significance
from socharm.hotspots.areas.pattern_classes import pattern_classes
from socharm.hotspots.areas.pattern_similarity import point_pattern_similarity
from socharm.severity.index import severity_index
from socharm.stats.kmeans import k_means, nearest_centres
from socharm.stats.two_shares import conditional_p, fisher_p, ratio_interval, share_p

LAW = quick(max_examples=40, deadline=None)
PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=12)


def frame(pairs):
    codes = [f"A{i:02d}" for i in range(len(pairs))]
    return pd.Series([a for a, _ in pairs], index=codes), pd.Series([b for _, b in pairs], index=codes)


# --- significance of change ---


def test_p_is_that_of_the_binomial_and_of_wheelers_e_test():
    """Twice the smaller tail of Bin(N, share); the E-test as ptools and crimepy print it (A. Wheeler, MIT)."""
    before, after = pd.Series({"A": 10, "B": 0, "C": 6}), pd.Series({"A": 5, "B": 3, "C": 3})
    p = change_significance(before, after, dispersion=1).table["p"]
    assert p["A"] == pytest.approx(2 * stats.binom.cdf(5, 15, 0.5))
    assert p["B"] == pytest.approx(2 * 0.5**3)
    unequal = change_significance(before, after, exposure_earlier=2.0, dispersion=1).table
    assert unequal.loc["C", "p"] == pytest.approx(min(1.0, 2 * stats.binom.sf(2, 9, 1 / 3)))
    assert unequal.loc["C", "ratio"] == pytest.approx(1.0)
    printed = change_significance(before, after, test="e-test", dispersion=1).table["p"]
    assert printed["A"] == pytest.approx(0.2061644140757639, abs=5e-4)
    assert printed["B"] == pytest.approx(0.08837900945483519, abs=5e-4)


def test_intervals_are_clopper_and_pearsons_and_of_over_dispersed_counts_wider():
    x, y, half, one = (np.array([value]) for value in (12.0, 20.0, 0.5, 1.0))
    low, high = ratio_interval(x, y, half, one, 0.95)
    exact = stats.binomtest(20, 32).proportion_ci(0.95, method="exact")
    assert [low[0], high[0]] == pytest.approx([exact.low / (1 - exact.low), exact.high / (1 - exact.high)])
    wider = ratio_interval(x, y, half, 2 * one, 0.95)
    assert wider[0][0] < low[0] < high[0] < wider[1][0]
    ends = ratio_interval(np.zeros(2), np.array([0.0, 4.0]), np.full(2, 0.5), np.ones(2), 0.95)
    assert np.isnan(ends[0][0])
    assert ends[1][1] == np.inf


def test_over_dispersed_counts_are_beta_binomial_with_their_variance():
    first = np.arange(41.0)
    p = conditional_p(first, 40 - first, np.full(41, 0.5), np.full(41, 2.0))
    size = 40 / 1.0
    assert p[10] == pytest.approx(2 * stats.betabinom.sf(29, 40, size / 2, size / 2))


@LAW
@given(PAIRS, st.floats(0.2, 5.0))
def test_swapping_the_periods_swaps_rise_and_fall_and_order_changes_nothing(pairs, length):
    before, after = frame(pairs)
    one = change_significance(before, after, exposure_later=length, dispersion=1.5).table
    other = change_significance(after, before, exposure_earlier=length, dispersion=1.5).table
    np.testing.assert_allclose(one["p"], other["p"], rtol=1e-9)
    swapped = other["change"].replace({"rise": "fall", "fall": "rise"})
    assert one["change"].tolist() == swapped.tolist()
    turned = change_significance(before[::-1], after, exposure_later=length, dispersion=1.5).table
    pd.testing.assert_frame_equal(one, turned.loc[one.index])
    assert set(one["change"]) <= set(CHANGE_LABELS)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [1.0, 2.5])
def test_where_nothing_changes_few_maps_have_a_change(spread):
    """A hundred towns of 150 areas, counts of equal means; at 5% no more than about one town in twenty."""
    rng = np.random.default_rng(7)
    told = {"estimated": 0, "poisson": 0}
    for _ in range(100):
        mean = rng.lognormal(3.5, 0.5, 150)[:, None] * np.ones(2)
        n = rng.poisson(mean if spread == 1 else rng.gamma(mean / (spread - 1)) * (spread - 1))
        before, after = frame(n.tolist())
        for name, choice in (("estimated", {}), ("poisson", {"dispersion": 1.0})):
            table = change_significance(before, after, **choice).table
            told[name] += bool(table["change"].isin(["rise", "fall"]).any())
    assert told["estimated"] <= 10
    assert (told["poisson"] > 60) == (spread > 1)


def test_planted_changes_are_found_and_all_areas_may_be_taken_away():
    rng = np.random.default_rng(8)
    mean = np.full(200, 300.0)
    after = mean * 0.7
    after[:10] = 600.0
    before, later = frame(list(zip(rng.poisson(mean).tolist(), rng.poisson(after).tolist(), strict=True)))
    itself = change_significance(before, later)
    assert (itself.table["change"].iloc[:10] == "rise").all()
    assert (itself.table["change"].iloc[10:] == "fall").sum() > 20
    beyond = change_significance(before, later, beyond_all=True)
    assert (beyond.table["change"].iloc[10:] == "fall").sum() <= 8
    assert beyond.all_areas == pytest.approx(later.sum() / before.sum())
    assert beyond.counts.sum() == 200


def test_few_events_and_gaps_have_classes_of_their_own():
    before = pd.Series({"A": 1.0, "B": 0.0, "C": np.nan, "D": 40.0})
    after = pd.Series({"A": 2.0, "B": 0.0, "C": 5.0, "D": 41.0})
    found = change_significance(before, after, dispersion=1)
    assert found.table["change"].tolist() == ["too few", "too few", "not covered", "not clear"]
    assert np.isnan(found.table.loc["B", "ratio"])


def test_two_indexes_are_compared_by_their_crimes_and_exposure():
    counts, weights, people = _in_order(random_counts(areas=30, months=6))
    months = counts.coverage.columns
    early, late = (
        severity_index(counts.between(*ends), weights, people)
        for ends in ((str(months[0]), str(months[3])), (str(months[4]), str(months[5])))
    )
    found = change_significance(early, late).table
    assert found["earlier"].tolist() == early.table["crimes"].tolist()
    expected = (late.table["crimes"] / late.table["exposure"]) / (early.table["crimes"] / early.table["exposure"])
    np.testing.assert_allclose(found["ratio"], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("before", "options", "error", "message"),
    [
        (pd.Series({"A": 1.5, "B": 2.0}), {}, SchemaError, "whole numbers of at least 0"),
        (pd.Series({"A": -1, "B": 2}), {}, SchemaError, "whole numbers of at least 0"),
        (pd.Series({"A": 1, "C": 2}), {}, AlignmentError, "1 area of `earlier` is not in `later`"),
        (pd.Series([1, 2], index=["A", "A"]), {}, SchemaError, "more than once"),
        (pd.Series({"A": 1, "B": 2}), {"dispersion": None}, ParameterError, "cannot be estimated"),
        (pd.Series({"A": 1, "B": 2}), {"test": "e-test", "dispersion": 2.0}, ParameterError, "Poisson counts"),
        (
            pd.Series({"A": 1, "B": 2}),
            {"exposure_later": pd.Series({"A": 1.0, "B": 0.0})},
            SchemaError,
            "`exposure_later` is 0",
        ),
    ],
)
def test_what_is_no_pair_of_counts_is_told(before, options, error, message):
    with pytest.raises(error, match=message):
        change_significance(before, pd.Series({"A": 3, "B": 4}), **{"dispersion": 1.0, **options})


# --- similarity ---


def test_shares_are_compared_as_two_by_two_tables():
    """Chi-squared with N - 1 by hand: 39/40 of SciPy's without Yates; Fisher's as SciPy has it."""
    base, test = np.array([8.0, 12.0, 0.0, 20.0]), np.array([3.0, 30.0, 0.0, 7.0])
    for at in (0, 1, 3):
        table = [[base[at], test[at]], [base.sum() - base[at], test.sum() - test[at]]]
        plain = stats.chi2_contingency(table, correction=False).statistic
        assert share_p(base, test)[at] == pytest.approx(stats.chi2.sf(plain * 79 / 80, 1))
        assert fisher_p(base, test)[at] == pytest.approx(stats.fisher_exact(table).pvalue)
    assert (share_p(base, test)[2], fisher_p(base, test)[2]) == (1, 1)


@pytest.mark.parametrize("test", ["chi-square", "fisher", "bootstrap", "andresen"])
def test_s_is_one_for_the_same_pattern_and_falls_with_planted_differences(test):
    rng = np.random.default_rng(9)
    codes = [f"A{i:02d}" for i in range(60)]
    base = pd.Series(rng.poisson(40, 60), index=codes)
    base.iloc[50:] = 0
    same = point_pattern_similarity(base, base, difference=test, seed=1)
    assert (same.s, same.s_robust) == (1.0, 1.0)
    moved = base.copy()
    moved.iloc[:5], moved.iloc[5:10] = base.iloc[:5] * 4, base.iloc[5:10] // 8
    found = point_pattern_similarity(base, moved, difference=test, seed=1)
    assert set(found.table["similarity"].iloc[:5]) == {"test more"}
    assert set(found.table["similarity"].iloc[5:10]) == {"base more"}
    assert set(found.table["similarity"].iloc[50:]) == {"empty in both"}
    different = int(found.counts[["test more", "base more"]].sum())
    assert found.s == pytest.approx(1 - different / 60)
    assert found.s_robust == pytest.approx(1 - different / 50)
    pd.testing.assert_frame_equal(found.table, point_pattern_similarity(base, moved, difference=test, seed=1).table)


def test_andresens_intervals_are_too_short_and_the_default_is_not():
    """Two sets of one process: how many of 100 areas differ on average."""
    rng, told = np.random.default_rng(10), {"chi-square": [], "bootstrap": [], "andresen": []}
    chance = rng.dirichlet(np.full(100, 5.0))
    codes = [f"A{i:02d}" for i in range(100)]
    for _ in range(30):
        base, test = (pd.Series(rng.multinomial(4_000, chance), index=codes) for _ in range(2))
        for name, found in told.items():
            found.append(1 - point_pattern_similarity(base, test, difference=name, resamples=300, seed=1).s)
    assert np.mean(told["chi-square"]) < 0.005
    assert np.mean(told["bootstrap"]) == pytest.approx(0.05, abs=0.025)
    assert np.mean(told["andresen"]) > 0.4


@pytest.mark.parametrize(
    ("base", "error", "message"),
    [
        (pd.Series({"A": np.nan, "B": 1}), SchemaError, "whole numbers of at least 0"),
        (pd.Series({"A": 0, "B": 0}), SchemaError, "holds no event"),
        (pd.Series({"A": 1}), AlignmentError, "not in `base`"),
    ],
)
def test_what_is_no_pattern_is_told(base, error, message):
    with pytest.raises(error, match=message):
        point_pattern_similarity(base, pd.Series({"A": 3, "B": 4}), seed=1)
    with pytest.raises(ParameterError, match="difference='andresen'"):
        point_pattern_similarity(pd.Series({"A": 3}), pd.Series({"A": 3}), sample_share=0.5, seed=1)


# --- classes of courses ---


def courses(seed: int, *, differ: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shape = np.ones((90, 8))
    if differ:
        shape[:30] *= np.linspace(2, 0.4, 8)
        shape[60:] *= np.linspace(0.4, 2, 8)
    mean = rng.lognormal(2.5, 0.4, 90)[:, None] * shape
    codes = [f"A{i:02d}" for i in range(90)]
    return pd.DataFrame(rng.poisson(mean), index=codes, columns=range(2018, 2026))


def test_planted_courses_are_found_and_run_from_falling_to_rising():
    counts = courses(1, differ=True)
    assert pattern_classes(counts, seed=1).p == 0.01
    found = pattern_classes(counts, classes=3, seed=1)
    truth = np.repeat([1, 2, 3], 30)
    assert (found.table["course"].to_numpy() == truth).mean() > 0.9
    assert found.courses.loc[1, "2018"] > 1.3
    assert found.courses.loc[3, "2025"] > 1.3
    assert found.courses["areas"].sum() == 90
    turned = pattern_classes(counts.iloc[:, ::-1], classes=3, seed=1)
    pd.testing.assert_frame_equal(found.table, turned.table)


@pytest.mark.slow
def test_areas_of_one_course_have_no_classes():
    told = [pattern_classes(courses(seed, differ=False), null_draws=19, seed=1).p <= 0.05 for seed in range(20)]
    assert np.mean(told) <= 0.2
    found = pattern_classes(courses(3, differ=False), seed=1)
    assert found.table["course"].isna().all()
    assert set(found.table["reason"]) <= {"no difference found", "too few events"}
    assert found.courses.empty


def test_k_means_is_the_best_of_scikit_learns_starts():
    cluster = pytest.importorskip("sklearn.cluster")
    rows = np.random.default_rng(4).normal(size=(120, 4)) + np.repeat(np.eye(4) * 4, 30, axis=0)
    own = k_means(rows, 4, [np.random.default_rng(seed) for seed in range(20)])
    peer = cluster.KMeans(4, n_init=20, random_state=1).fit(rows)
    assert own.within == pytest.approx(peer.inertia_, rel=1e-9)


def test_the_nearest_centre_is_the_first_of_equals_as_distances_are_summed():
    rng = np.random.default_rng(6)
    for rows in (rng.integers(0, 3, (80, 3)).astype(float), rng.normal(size=(80, 5)) + 1e6):
        # centres that stand twice, and far from nought, where a product of matrices rounds the most
        centres = np.repeat(rows[:4], 2, axis=0)
        summed = ((rows[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        assert nearest_centres(rows, centres, float((rows**2).sum(axis=1).max())).tolist() == summed.tolist()
        assert (summed % 2 == 0).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.iloc[:, :3], SchemaError, "3 periods; a course needs 4"),
        (lambda t: t.astype(float).mask(t == t.iloc[0, 0]), SchemaError, "whole numbers of at least 0 and no gaps"),
        (lambda t: pd.concat([t, t]), SchemaError, "a row for each area"),
        (lambda t: t.iloc[:10], ParameterError, "6 classes need 18"),
        (lambda t: t.set_axis([2018, *t.columns[:-1]], axis=1), SchemaError, "more than once"),
    ],
)
def test_what_has_no_course_is_told(change, error, message):
    with pytest.raises(error, match=message):
        pattern_classes(change(courses(1, differ=True)), seed=1)


def test_more_events_than_can_be_drawn_are_told():
    many = pd.Series({"A": 10**9, "B": 5})
    with pytest.raises(ParameterError, match=r"takes fewer than 1,000,000,000\. Use 'chi-square'"):
        point_pattern_similarity(many, many, difference="andresen", seed=1)
