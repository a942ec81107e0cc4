"""Confidence sets for ranks: published results, brute force, laws, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights, random_counts
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy import integrate, stats

from socharm._about import About
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.ranking.confidence_sets import RankSets, _default_draws, rank_confidence_sets
from socharm.severity.index import SeverityIndex, severity_index
from socharm.stats.exact_rank_sets import exact_sets
from socharm.stats.rank_sets import draw_errors, normal_sets

LAW = quick(max_examples=15, deadline=None)
SETS = ["rank_set_low", "rank_set_high"]


@pytest.fixture(scope="module")
def pisa(shared_references: Path) -> tuple[pd.DataFrame, dict]:
    folder = shared_references / "f09_csranks_pisa"
    scores = pd.read_csv(folder / "pisa2018.csv").set_index("jurisdiction")
    table = scores.rename(columns={"math_score": "estimate", "math_se": "se"})[["estimate", "se"]]
    return table, json.loads((folder / "expected.json").read_text(encoding="utf-8"))["values"]


@pytest.fixture(scope="module")
def index() -> SeverityIndex:
    counts, people, weights = random_counts(seed=2)
    return severity_index(counts, weights, people)


def some(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    codes = pd.Index([f"A{i:03d}" for i in range(n)], name="area_code")
    return pd.DataFrame({"estimate": rng.normal(0, 4, n), "se": rng.lognormal(0, 0.6, n)}, index=codes)


def brute(x, variance, z, level, *, stepdown=True, rows=None, up=True, down=True):
    """Every ordered pair of every draw at once, in plain NumPy: greater and smaller of the places `rows`."""
    n = len(x)
    scale = np.sqrt(variance)
    np.fill_diagonal(scale, np.nan)
    gap = (x[:, None] - x[None, :]) / scale
    drawn = (z[:, :, None] - z[:, None, :]) / scale
    found = {}
    for row in [None] if rows is None else rows:
        family = np.ones((n, n), dtype=bool) if row is None else np.zeros((n, n), dtype=bool)
        if row is not None:
            family[row, :], family[:, row] = up, down
        np.fill_diagonal(family, False)
        left, rejected = family, np.zeros((n, n), dtype=bool)
        while left.any():
            maxima = np.max(drawn[:, left], axis=1).clip(min=0)
            critical = np.sort(maxima)[int(np.ceil((len(z) + 1) * level)) - 1]
            latest = rejected | (family & (gap > critical))
            if not stepdown or (latest == rejected).all():
                rejected = latest
                break
            rejected, left = latest, family & ~latest
        found[row] = rejected
    if rows is None:
        return found[None].sum(axis=0), found[None].sum(axis=1)
    return tuple(np.array([found[row].sum(axis=axis)[row] for row in rows]) for axis in (0, 1))


# --- published results ---------------------------------------------------------------------------------------------


def test_pisa_mathematics_as_published(pisa):
    """Mogstad, Romano, Shaikh and Wilhelm (2024), as printed in the vignette of csranks."""
    table, expected = pisa
    found = rank_confidence_sets(table, sets="marginal", draws=20_000, top=(5,), seed=1)
    uk = found.table.loc["United Kingdom"]
    assert uk["rank_observed"] == expected["rank_uk_math"]
    assert uk["rank_set_low"] in (expected["uk_marginal_95"]["L_prose"], expected["uk_marginal_95"]["L_printed"])
    assert abs(uk["rank_set_high"] - expected["uk_marginal_95"]["U"]) <= 1
    assert list(found.table["rank_observed"].nsmallest(6).index) == expected["top6_math"]
    assert set(found.best.index[found.best["5"]]) <= set(expected["top5_95_printed"])
    assert 12 <= found.best["5"].sum() <= 13
    looser = rank_confidence_sets(table, level=0.9, draws=20_000, top=(5,), seed=1).best["5"]
    assert sorted(looser.index[looser]) == expected["top5_90_printed"]


def test_one_step_for_equal_errors_is_the_studentised_range():
    errors = np.ones(8)
    drawn = draw_errors(errors, draws=40_000, seed=1)
    found = normal_sets(np.arange(8.0), errors, drawn, stepdown=False)
    expected = stats.studentized_range.ppf(0.95, 8, np.inf) / np.sqrt(2)
    assert found.critical[0] == pytest.approx(expected, abs=0.02)


def test_one_step_for_one_place_is_dunnetts():
    """Two-sided comparisons of one mean with four others, by numerical integration: 2.44 in Dunnett's table."""
    errors = np.ones(5)
    drawn = draw_errors(errors, draws=40_000, seed=2)
    found = normal_sets(np.arange(5.0), errors, drawn, sets="marginal", stepdown=False)

    def within(c: float) -> float:
        root = np.sqrt(2) * c
        inside = lambda z: stats.norm.pdf(z) * (stats.norm.cdf(z + root) - stats.norm.cdf(z - root)) ** 4  # noqa: E731
        return integrate.quad(inside, -8, 8)[0]

    assert within(2.44) == pytest.approx(0.95, abs=0.001)
    np.testing.assert_allclose(found.critical, 2.44, atol=0.03)


def test_exact_test_of_two_counts_by_hand():
    # P(Bin(14, 1/2) >= 12) = 106 / 16384 = 0.0065, of 2 ordered pairs: below 0.025; with 11 of 14, 0.0287: above.
    for more, expected in ((12, 1), (11, 0)):
        found = exact_sets(np.array([more, 14.0 - more]), np.ones(2))
        assert found.smaller.tolist() == [expected, 0]
    # Twice the exposure: P(Bin(12, 2/3) >= 12) = (2/3)^12 = 0.0077; thrice: (3/4)^12 = 0.0317.
    for years, expected in ((2.0, 1), (3.0, 0)):
        assert exact_sets(np.array([12.0, 0.0]), np.array([years, 1.0])).smaller.tolist() == [expected, 0]


# --- brute force ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("stepdown", [False, True])
def test_what_is_not_looked_at_changes_nothing(joined, stepdown):
    rng = np.random.default_rng(3)
    n = 14
    table = some(n, seed=3)
    x, errors = table["estimate"].to_numpy(), table["se"].to_numpy()
    mixed = rng.normal(size=(n, 4 * n))
    correlation = np.corrcoef(mixed) if joined else np.eye(n)
    covariance = correlation * errors[:, None] * errors
    drawn = draw_errors(errors, draws=600, seed=4, covariance=covariance if joined else None)
    z = np.concatenate([part for part, _ in drawn.blocks]) * errors
    variance = errors[:, None] ** 2 + errors**2 - 2 * covariance
    ours = normal_sets(x, errors, drawn, stepdown=stepdown)
    greater, smaller = brute(x, variance, z, 0.95, stepdown=stepdown)
    np.testing.assert_array_equal(ours.greater, greater)
    np.testing.assert_array_equal(ours.smaller, smaller)
    assert greater.sum() > 0
    for side, up, down in (("two-sided", True, True), ("lower", False, True), ("upper", True, False)):
        ours = normal_sets(x, errors, drawn, sets="marginal", side=side, stepdown=stepdown)
        greater, smaller = brute(x, variance, z, 0.95, stepdown=stepdown, rows=range(n), up=up, down=down)
        np.testing.assert_array_equal(ours.greater, greater)
        np.testing.assert_array_equal(ours.smaller, smaller)


def holm(p: np.ndarray, alpha: float) -> np.ndarray:
    order = np.argsort(p)
    passed = np.logical_and.accumulate(p[order] <= alpha / np.arange(len(p), 0, -1))
    rejected = np.zeros(len(p), dtype=bool)
    rejected[order[passed]] = True
    return rejected


def test_exact_sets_are_binomial_tests_with_holm():
    rng = np.random.default_rng(5)
    n, e = rng.poisson(rng.lognormal(3, 0.8, 70)), rng.uniform(1, 4, 70)  # more places than one block holds
    every = [(i, j) for i in range(70) for j in range(70) if i != j]
    p = np.array([stats.binom.sf(n[i] - 1, n[i] + n[j], e[i] / (e[i] + e[j])) for i, j in every])
    rejected = np.zeros((70, 70), dtype=bool)
    rejected[tuple(np.array(every).T)] = holm(p, 0.05)
    found = exact_sets(n.astype(float), e)
    np.testing.assert_array_equal(found.smaller, rejected.sum(axis=1))
    np.testing.assert_array_equal(found.greater, rejected.sum(axis=0))
    whole = np.ones((70, 70))
    whole[tuple(np.array(every).T)] = p
    marginal, lower = (exact_sets(n.astype(float), e, sets="marginal", side=s) for s in ("two-sided", "lower"))
    for i in range(70):
        others = np.arange(70) != i
        both = holm(np.concatenate([whole[i, others], whole[others, i]]), 0.05)
        assert (marginal.smaller[i], marginal.greater[i]) == (both[:69].sum(), both[69:].sum())
        assert lower.greater[i] == holm(whole[others, i], 0.05).sum()


# --- laws ----------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000), n=st.integers(2, 25))
@LAW
def test_sets_hold_the_estimate_and_step_down_only_narrows(seed, n):
    table = some(n, seed)
    for sets in ("simultaneous", "marginal"):
        wide, narrow = (
            rank_confidence_sets(table, sets=sets, stepdown=s, draws=200, seed=seed).table for s in (False, True)
        )
        assert (narrow["rank_set_low"] >= wide["rank_set_low"]).all()
        assert (narrow["rank_set_high"] <= wide["rank_set_high"]).all()
        assert (narrow["rank_observed"] >= narrow["rank_set_low"]).all()
        assert (narrow["rank_observed"] <= narrow["rank_set_high"]).all()
        assert narrow["joint_low"].min() == 1
        assert narrow["joint_high"].max() == n


@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 100), shift=st.floats(-50, 50))
@LAW
def test_sets_do_not_depend_on_the_unit_or_the_order_of_rows(seed, factor, shift):
    table = some(12, seed)
    first = rank_confidence_sets(table, draws=200, seed=1).table
    scaled = table.assign(estimate=table["estimate"] * factor + shift, se=table["se"] * factor)
    assert_frame_equal(rank_confidence_sets(scaled, draws=200, seed=1).table[SETS], first[SETS])
    counts = pd.DataFrame({"n": np.random.default_rng(seed).poisson(20, 12)}, index=table.index)
    turned = rank_confidence_sets(counts.iloc[::-1], seed=1).table.loc[table.index]
    assert_frame_equal(turned, rank_confidence_sets(counts, seed=1).table)


@given(seed=st.integers(0, 10_000))
@LAW
def test_best_and_worst_sets_grow_and_hold_those_observed_there(seed):
    top = tuple(range(1, 13))
    found = rank_confidence_sets(some(12, seed), draws=200, seed=3, top=top)
    observed = found.table["rank_observed"]
    for k in top:
        assert found.best.loc[observed <= k, str(k)].all()
        assert found.worst.loc[observed > 12 - k, str(k)].all()
    assert (np.diff(found.best.to_numpy(dtype=int), axis=1) >= 0).all()
    assert (np.diff(found.worst.to_numpy(dtype=int), axis=1) >= 0).all()


def test_one_sided_sets_are_sharper_on_their_side():
    table = some(40, seed=6)
    both, lower, upper = (
        rank_confidence_sets(table, sets="marginal", side=side, draws=2_000, seed=1).table
        for side in ("two-sided", "lower", "upper")
    )
    assert (lower["rank_set_low"] >= both["rank_set_low"]).all()
    assert (upper["rank_set_high"] <= both["rank_set_high"]).all()
    assert (lower["rank_set_high"] == 40).all()
    assert (upper["rank_set_low"] == 1).all()
    joint = rank_confidence_sets(table, side="lower", draws=2_000, seed=1).table
    assert joint["rank_set_low"].tolist() == joint["joint_low"].tolist()
    assert (joint["rank_set_high"] == 40).all()


def test_joint_sets_lie_within_those_of_non_overlapping_intervals():
    """Klein, Wright and Wieczorek (2020): with equal errors the range is at most twice the largest error."""
    x = some(20, seed=7)["estimate"].to_numpy()
    z = stats.norm.ppf((1 + 0.95 ** (1 / 20)) / 2)
    low = 1 + ((x[None, :] - z) > (x[:, None] + z)).sum(axis=1)
    high = 20 - ((x[None, :] + z) < (x[:, None] - z)).sum(axis=1)
    errors = np.ones(20)
    ours = normal_sets(x, errors, draw_errors(errors, draws=5_000, seed=1))
    assert (1 + ours.greater >= low).all()
    assert (20 - ours.smaller <= high).all()
    assert (20 - ours.smaller - ours.greater).sum() < (high - low + 1).sum()


def test_any_number_of_threads_and_the_same_seed_give_the_same_sets():
    table = some(60, seed=8)
    for options in ({}, {"sets": "marginal"}, {"covariance": np.diag(table["se"] ** 2) + 0.1}):
        one, three = (rank_confidence_sets(table, seed=5, threads=threads, **options) for threads in (1, 3))
        assert_frame_equal(one.table, three.table)
        assert one.settings == three.settings
    counts = pd.DataFrame({"n": np.arange(200) * 3})
    one, three = (rank_confidence_sets(counts, seed=5, threads=threads) for threads in (1, 3))
    assert_frame_equal(one.table, three.table)


def test_correlation_moves_sets_the_way_it_should():
    """What is common to all areas cannot change their order: the sets of shared noise are narrower."""
    table = some(15, seed=9)
    own = np.diag(table["se"] ** 2)
    labelled = pd.DataFrame(own, index=table.index, columns=table.index)
    apart = rank_confidence_sets(table, seed=1).table
    assert_frame_equal(rank_confidence_sets(table, covariance=labelled.iloc[::-1], seed=1).table[SETS], apart[SETS])
    shared = table.assign(se=np.sqrt(table["se"] ** 2 + 9))
    ignoring = rank_confidence_sets(shared, seed=1).table
    knowing = rank_confidence_sets(shared, covariance=own + 9, seed=1).table
    np.testing.assert_allclose(knowing["se"], shared["se"])
    assert (knowing["rank_set_low"] >= ignoring["rank_set_low"]).all()
    assert (knowing["rank_set_high"] <= ignoring["rank_set_high"]).all()
    assert (knowing["rank_set_high"] - knowing["rank_set_low"]).sum() == pytest.approx(
        (apart["rank_set_high"] - apart["rank_set_low"]).sum(), rel=0.25
    )


# --- edges ---------------------------------------------------------------------------------------------------------


def test_one_area_has_rank_one():
    found = rank_confidence_sets(some(1), top=(1,), seed=1)
    assert found.table[["rank_observed", *SETS]].to_numpy().tolist() == [[1, 1, 1]]
    assert found.best["1"].all()
    assert found.worst["1"].all()
    assert rank_confidence_sets(pd.DataFrame({"n": [7]}), seed=1).table[SETS].to_numpy().tolist() == [[1, 1]]


@pytest.mark.parametrize("sets", ["marginal", "simultaneous"])
def test_equal_areas_can_have_every_rank(sets):
    for table in (some(9).assign(estimate=5.0), pd.DataFrame({"n": [4] * 9}), pd.DataFrame({"n": [0] * 9})):
        found = rank_confidence_sets(table, sets=sets, seed=1).table
        assert (found["rank_observed"] == 1).all()
        assert (found["rank_set_low"] == 1).all()
        assert (found["rank_set_high"] == 9).all()


def test_an_area_without_error_may_stand_anywhere_and_one_without_estimate_nowhere():
    table = pd.DataFrame({"estimate": [90.0, 50.0, 10.0, 30.0, np.nan], "se": [1.0, 1.0, 1.0, np.nan, 1.0]})
    found = rank_confidence_sets(table, top=(1, 2), seed=1)
    assert found.table["rank_set_low"].tolist() == [1, 2, 3, pd.NA, pd.NA]
    assert found.table["rank_set_high"].tolist() == [2, 3, 4, pd.NA, pd.NA]
    assert found.table["rank_observed"].tolist() == [1, 2, 4, 3, pd.NA]
    assert found.table["reason"].tolist() == ["", "", "", "no standard error: its rank is not bounded", "no estimate"]
    assert found.best["1"].tolist() == [True, False, False, pd.NA, pd.NA]
    assert (found.findings.compared, found.findings.not_compared, found.findings.not_ranked) == (3, 1, 1)
    assert "3 with a set, 1 not compared, 1 without a rank" in repr(found)


def test_a_missing_count_or_exposure_leaves_no_rank():
    table = pd.DataFrame({"n": [90, None, 10], "exposure": [1.0, 1.0, None], "name": ["x", "y", "z"]})
    found = rank_confidence_sets(table, seed=1).table
    assert found["reason"].tolist() == ["", "no count", "no exposure"]
    assert found["rank_observed"].tolist() == [1, pd.NA, pd.NA]
    assert found["name"].tolist() == ["x", "y", "z"]


def test_the_table_keeps_its_input_and_its_about():
    table = some(5)
    before = table.copy()
    found = rank_confidence_sets(table, seed=1, about=About(unit="points", marking="OFFICIAL-SENSITIVE"))
    assert_frame_equal(table, before)
    assert found.about.unit == "points"
    assert list(found.table.index) == list(table.index)
    assert isinstance(found, RankSets)


# --- an index ------------------------------------------------------------------------------------------------------


def test_the_areas_that_another_seed_could_move_are_named():
    """177 areas as of a force: whatever differs between 12 seeds was named open by both, but for a rare area."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"estimate": rng.lognormal(3, 0.6, 177)}, index=[f"A{i:03d}" for i in range(177)])
    table["se"] = 2 + 0.1 * table["estimate"]
    runs = [rank_confidence_sets(table, draws=1_000, top=(5, 10), seed=seed) for seed in range(12)]
    moved = unnamed = 0
    for one in runs:
        assert one.findings.critical_low < one.findings.critical < one.findings.critical_high
        assert not one.undecided[one.table["joint_low"] == 1].any(axis=None)
        for other in runs:
            differ = one.best != other.best
            moved += int(differ.sum().sum())
            unnamed += int((differ & ~one.undecided & ~other.undecided).sum().sum())
    assert moved > 0
    assert unnamed <= 0.1 * moved
    few, many = runs[0], rank_confidence_sets(table, top=(5, 10), seed=0)
    assert many.findings.draws == 10_000
    assert many.undecided.sum().sum() < few.undecided.sum().sum()
    assert "open" in repr(many)


def test_exact_tests_leave_nothing_open():
    found = rank_confidence_sets(pd.DataFrame({"n": [90, 40, 38]}, index=list("ABC")), top=(1, 2), seed=1)
    assert not found.undecided.any(axis=None)
    assert np.isnan(found.findings.critical_low)


@pytest.mark.parametrize(("areas", "draws"), [(30, 10_000), (2_500, 8_000), (40_000, 1_000)])
def test_draws_follow_the_number_of_areas(areas, draws):
    assert _default_draws(areas, 0.95) == draws
    assert _default_draws(40_000, 0.9999) == 9_999


def test_harm_of_an_index_is_its_rate_and_error(index):
    found = rank_confidence_sets(index, seed=1)
    error = np.sqrt(index.model.estimate_variance()) / index.table["exposure"].astype(float)
    frame = index.table[["rate"]].assign(se=error).set_axis(["estimate", "se"], axis=1)
    assert_frame_equal(found.table[SETS], rank_confidence_sets(frame, seed=1).table[SETS])
    assert found.about.unit == index.about.unit
    assert found.findings.method == "normal"
    np.testing.assert_allclose(found.table["amount"], index.table["harm"])


def test_effective_events_are_counted_by_hand_and_few_are_refused():
    # Area 0: 30 thefts of weight 1. Area 1: 1 murder of 100 beside 30 thefts: 130^2 / 10030 = 1.7 events.
    n = np.array([[[30], [0]], [[30], [1]], [[80], [0]]])
    weights = make_weights({"theft": 1.0, "murder": 100.0})
    with pytest.warns(match="over-dispersion"):
        index = severity_index(make_counts(n, offences=("theft", "murder")), weights)
    found = rank_confidence_sets(index, measure="harm", seed=1)
    assert found.table["events"].tolist() == pytest.approx([30, 130**2 / 10_030, 80])
    assert found.table["reason"].iloc[1] == "1.7 effective events, fewer than 10: its rank is not bounded"
    assert found.table["rank_set_low"].isna().tolist() == [False, True, False]
    assert found.table["rank_observed"].tolist() == [3, 1, 2]
    assert found.table["rank_set_high"].iloc[2] >= 2  # the murder's area may stand above it
    murders = make_counts(np.array([[[0], [1]], [[0], [2]]]), offences=("theft", "murder"))
    with pytest.warns(match="over-dispersion"):
        index = severity_index(murders, weights)
    with pytest.raises(RefusedError, match="None of the 2 areas has 10 effective events"):
        rank_confidence_sets(index, seed=1)
    assert rank_confidence_sets(index, measure="crimes", seed=1).findings.compared == 2  # exact tests need no minimum


def test_crimes_of_an_index_take_its_dispersion(index):
    found = rank_confidence_sets(index, measure="crime_rate", seed=1)
    assert found.findings.method == "exact"
    assert found.findings.dispersion >= 1
    np.testing.assert_allclose(found.table["estimate"], index.table["crimes"].astype(float) / index.table["exposure"])
    assert found.about.unit == "crimes per resident per year"
    plain, loose = (rank_confidence_sets(index, measure="crime_rate", dispersion=d, seed=1).table for d in (1.0, 4.0))
    width = [(t["rank_set_high"] - t["rank_set_low"]).sum() for t in (plain, found.table, loose)]
    assert width[0] <= width[1] < width[2]
    normal = rank_confidence_sets(index, measure="crimes", method="normal", seed=1).table
    phi = index.model.bands["phi"].min()
    assert (normal["se"] >= 0.9 * np.sqrt(phi * normal["estimate"])).all()


def test_an_area_that_was_not_covered_has_no_place():
    n = np.random.default_rng(1).poisson(40, (4, 3, 6))
    covered = np.ones((4, 6), dtype=bool)
    covered[2] = False
    counts = make_counts(n, covered=covered)
    scheme = make_weights({"burglary": 10.0, "drugs": 5.0, "violence-and-sexual-offences": 8.0})
    index = severity_index(counts, scheme, make_population(dict.fromkeys(("W000", "W001", "W002", "W003"), 1000.0)))
    for measure in ("rate", "crimes"):
        found = rank_confidence_sets(index, measure=measure, seed=1).table
        assert found["reason"].tolist() == ["", "", "covered 0 of 6 months", ""]
        assert found["rank_set_high"].max() == 3
        assert found["rank_observed"].isna().tolist() == [False, False, True, False]


# --- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 0.3}, "`level` is 0.3"),
        ({"level": 1.0}, "`level` is 1.0"),
        ({"draws": 10}, "needs at least 19"),
        ({"draws": 0}, "`draws` is 0"),
        ({"seed": -1}, "`seed` is -1"),
        ({"sets": "joint"}, "`sets` is 'joint'"),
        ({"side": "both"}, "`side` is 'both'"),
        ({"method": "bayes"}, "`method` is 'bayes'"),
        ({"top": (0,)}, "`top` holds 0"),
        ({"threads": 0}, "`threads` is 0"),
        ({"dispersion": 0.5}, "`dispersion` is 0.5"),
        ({"dispersion": 2.0}, "`dispersion` steers exact tests only"),
    ],
)
def test_choices_are_checked(options, message):
    with pytest.raises(ParameterError, match=message):
        rank_confidence_sets(some(4), **{"seed": 1, **options})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (some(0), "no row"),
        (some(3).drop(columns="se"), r"lacks the columns \['se'\]"),
        (some(3).assign(se=[1.0, 0.0, 1.0]), "must lie above zero; 1 do not, such as 'A001'"),
        (some(3).assign(se=[1.0, -2.0, 1.0]), "must lie above zero"),
        (some(3).assign(se=[1.0, np.inf, 1.0]), "finite"),
        (some(3).assign(se=np.nan), "nothing can be compared"),
        (some(3).assign(estimate=["1", "many", "2"]), "no finite number, such as 'A001'"),
        (some(3).assign(estimate=[1.0, np.inf, 2.0]), "no finite number, such as 'A001'"),
        (some(3).set_axis(["A", "B", "A"]), "more than once"),
        (pd.DataFrame({"n": [1.5, 2.0]}), "whole numbers"),
        (pd.DataFrame({"n": [-1, 2]}), "at least 0"),
        (pd.DataFrame({"n": [1, 2], "exposure": [1.0, 0.0]}), "must lie above zero"),
    ],
)
def test_tables_are_checked(table, message):
    with pytest.raises(SchemaError, match=message):
        rank_confidence_sets(table, seed=1)


def test_what_is_no_source_and_nothing_to_rank():
    with pytest.raises(ParameterError, match="`source` is a list"):
        rank_confidence_sets([1, 2], seed=1)
    with pytest.raises(ParameterError, match=r"No area has a rank: 3 no estimate\."):
        rank_confidence_sets(some(3).assign(estimate=np.nan), seed=1)


def test_an_index_is_checked(index):
    with pytest.raises(ParameterError, match=r"`measure` is 'hram'.*'harm'"):
        rank_confidence_sets(index, measure="hram", seed=1)
    with pytest.raises(ParameterError, match="exact tests are for counts"):
        rank_confidence_sets(index, method="exact", seed=1)
    with pytest.raises(ParameterError, match="`covariance` goes with a DataFrame"):
        rank_confidence_sets(index, covariance=np.eye(40), seed=1)
    with pytest.raises(ParameterError, match="`dispersion` steers exact"):
        rank_confidence_sets(index, dispersion=1.5, seed=1)


@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (np.ones((3, 3)), SchemaError, "not positive definite"),
        (np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), SchemaError, "not positive definite"),
        (np.diag([1.0, 0.0, 1.0]), SchemaError, "1 variance that is not above zero"),
        (np.diag([1.0, np.nan, 1.0]), SchemaError, "missing or infinite"),
        (np.array([[1.0, 0.5, 0.0], [0.1, 1.0, 0.0], [0.0, 0.0, 1.0]]), SchemaError, "not symmetric"),
        (np.eye(4), AlignmentError, r"shape \(4, 4\)"),
        (pd.DataFrame(np.eye(3), index=list("xyz"), columns=list("xyz")), AlignmentError, "as rows and as columns"),
    ],
)
def test_covariances_are_checked(matrix, error, message):
    with pytest.raises(error, match=message):
        rank_confidence_sets(some(3), covariance=matrix, seed=1)
