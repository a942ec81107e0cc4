"""Differences, event studies and interrupted series: published values, laws, words, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.evaluation.difference_in_differences import difference_in_differences
from socharm.evaluation.difference_of_rows import difference_of_rows
from socharm.evaluation.event_study import event_study
from socharm.evaluation.interrupted_series import interrupted_time_series
from socharm.evaluation.outcomes import read_outcomes

MONTHS = [f"{year}-{month:02d}" for year in (2022, 2023, 2024) for month in range(1, 13)]
SITE = ["A0", "A1", "A2", "A3"]


def make_town(effect: float = 1.0, areas: int = 60, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    mean = rng.gamma(4, 8, (areas, 1)) * (1 + 0.2 * np.sin(np.arange(36) * np.pi / 6))
    mean[:4, 24:] *= effect
    y = rng.poisson(mean * rng.gamma(20, 1 / 20, (areas, 36))).astype(float)
    return pd.DataFrame(y, index=[f"A{number}" for number in range(areas)], columns=MONTHS)


@pytest.fixture(scope="module")
def quiet():
    return make_town()


@pytest.fixture(scope="module")
def fallen():
    return make_town(0.6)


# rows


@pytest.fixture(scope="module")
def houses(shared_references):
    folder = shared_references / "f06_did_kielmc"
    return pd.read_csv(folder / "kielmc.csv"), json.loads((folder / "expected.json").read_text())["values"]


@pytest.mark.parametrize(
    ("covariates", "errors", "values"),
    [((), "classical", "simple"), (("age", "agesq"), "classical", "with_age"), ((), "HC1", "simple")],
)
def test_rows_give_the_incinerator_of_kiel_and_mcclain(houses, covariates, errors, values):
    rows, expected = houses
    found = difference_of_rows(
        rows, outcome="rprice", treated="nearinc", after="y81", covariates=covariates, errors=errors
    ).table
    names = {"intercept": "Intercept", "treated": "nearinc", "after": "y81", "treated x after": "y81nrinc"}
    names |= {name: name for name in covariates}
    se = expected["hc1_se"] if errors == "HC1" else expected[values]["se"]
    for term, name in names.items():
        assert found.loc[term, "estimate"] == pytest.approx(expected[values]["params"][name], rel=1e-8)
        assert found.loc[term, "se"] == pytest.approx(se[name], rel=1e-8)


def make_rows() -> pd.DataFrame:
    rows = pd.DataFrame({"y": [20, 22, 18, 16, 30, 28, 12, 14.0], "t": [0] * 4 + [1] * 4, "a": [0, 0, 1, 1] * 2})
    return rows.assign(area=list("aabbccdd"), half=rows["t"] / 2)


def test_counts_in_rows_give_the_ratio_of_ratios():
    found = difference_of_rows(make_rows(), outcome="y", treated="t", after="a", family="poisson", errors="classical")
    assert np.exp(found.table.loc["treated x after", "estimate"]) == pytest.approx((26 / 58) / (34 / 42))
    assert found.sentence.startswith(("The treated fell relative to the others: -45%", "Whether the treated"))


def test_rows_with_gaps_are_counted_and_clusters_are_groups():
    rows = make_rows()
    rows.loc[0, "y"] = np.nan
    found = difference_of_rows(rows, outcome="y", treated="t", after="a", errors="clustered", cluster="area")
    assert (found.findings.rows, found.findings.left_out, found.findings.clusters, found.findings.df) == (7, 1, 4, 3)


@pytest.mark.parametrize(
    ("change", "more", "error", "told"),
    [
        ({"t": 1}, {}, ParameterError, "no other row after"),
        ({"t": 2}, {}, SchemaError, "`t` must hold 0 and 1"),
        ({"y": "x"}, {}, SchemaError, r"no number in \['y'\]"),
        ({}, {"covariates": ["half"]}, ParameterError, "depend on each other"),
        ({}, {"covariates": ["nothing"]}, SchemaError, "nothing"),
        ({"y": -1.0}, {"family": "poisson"}, SchemaError, "must hold counts of at least 0"),
        ({}, {"errors": "clustered"}, ParameterError, "`cluster` names the groups"),
        ({"area": "a"}, {"errors": "clustered", "cluster": "area"}, ParameterError, "into one group"),
    ],
)
def test_rows_that_tell_nothing_are_refused(change, more, error, told):
    with pytest.raises(error, match=told):
        difference_of_rows(make_rows().assign(**change), outcome="y", treated="t", after="a", **more)


# areas by months


def test_a_fall_is_found_and_nothing_is_found_where_nothing_was_done(quiet, fallen):
    found = difference_in_differences(fallen, treated=SITE, start="2024-01", permutations=999, seed=1)
    row = found.table.loc["randomisation over areas"]
    assert row["low"] < 0.6 < row["high"] < 1
    assert row["p"] < 0.01
    assert found.sentence.startswith(
        f"The 4 treated areas fell by {100 - 100 * row['ratio']:.0f}% relative to the 56 others"
    )
    assert "Errors clustered by area agree" in found.sentence
    assert found.findings.expected * row["ratio"] == pytest.approx(found.findings.recorded)
    none = difference_in_differences(quiet, treated=SITE, start="2024-01", permutations=999, seed=1)
    assert none.table.loc["randomisation over areas", "p"] > 0.05
    assert none.sentence.startswith("Whether the 4 treated areas changed otherwise than the 56 others cannot be told")


def test_the_ratio_is_that_of_four_sums_and_is_not_one_of_units(fallen):
    found = difference_in_differences(fallen, treated=SITE, start="2024-01", permutations=99, seed=1).table
    sums = [fallen.loc[SITE, MONTHS[24:]], fallen.loc[SITE, MONTHS[:24]]]
    sums += [fallen.drop(SITE)[MONTHS[24:]], fallen.drop(SITE)[MONTHS[:24]]]
    one, two, three, four = (part.to_numpy().sum() for part in sums)
    assert found["ratio"].to_numpy() == pytest.approx(one / two / (three / four))
    people = pd.Series(np.linspace(1e3, 9e3, 60), index=fallen.index)
    other = difference_in_differences(
        fallen.iloc[::-1], treated=SITE, start="2024-01", exposure=people, permutations=99, seed=1
    ).table
    assert other["ratio"].to_numpy() == pytest.approx(found["ratio"].to_numpy())
    assert other.loc["clustered by area", "se"] == pytest.approx(found.loc["clustered by area", "se"])


def test_a_month_that_is_missing_is_not_zero(fallen):
    gappy = fallen.copy()
    gappy.loc["A0", MONTHS[10:14]] = np.nan
    gappy.loc["A30", MONTHS[26:30]] = np.nan
    gappy.loc["A31", MONTHS[24:]] = np.nan
    gappy.loc["A32"] = 0.0
    found = difference_in_differences(gappy, treated=SITE, start="2024-01", permutations=99, seed=1)
    whole = difference_in_differences(fallen, treated=SITE, start="2024-01", permutations=99, seed=1)
    ratio = found.table["ratio"].iloc[0]
    assert ratio == pytest.approx(whole.table["ratio"].iloc[0], rel=0.05)
    assert dict(found.findings.left_out) == {
        "area not covered on both sides of the start": 1,
        "area with nothing recorded": 1,
    }
    assert "set aside" in repr(found)


def test_one_treated_area_among_few_says_what_it_cannot_say():
    few = make_town(0.6, areas=8)
    found = difference_in_differences(few, treated=["A0"], start="2024-01", seed=1)
    assert found.findings.exact
    assert found.findings.sets == 8
    assert "With 8 sets of areas p cannot be below 0.125" in found.sentence
    assert found.table.loc["randomisation over areas", ["low", "high"]].tolist() == [0.0, np.inf]
    assert np.isnan(found.table.loc["jackknife by area", "p"])
    assert "no upper limit" in found.sentence


def test_nothing_recorded_after_the_start_is_a_fall_of_all():
    gone = make_town()
    gone.loc["A0", MONTHS[24:]] = 0.0
    found = difference_in_differences(gone, treated=["A0"], start="2024-01", seed=1)
    row = found.table.loc["randomisation over areas"]
    assert (row["ratio"], row["low"]) == (0.0, 0.0)
    assert row["high"] < 1
    assert found.findings.expected > 100
    assert np.isnan(found.table.loc["clustered by area", "p"])
    assert "-100%" in found.sentence or "fell by 100%" in found.sentence


def test_the_same_seed_gives_the_same_sets(fallen):
    twice = [difference_in_differences(fallen, treated=SITE, start="2024-01", permutations=99, seed=s) for s in (4, 4)]
    pd.testing.assert_frame_equal(twice[0].table, twice[1].table)


def without(frame: pd.DataFrame, areas: list[str], months: list[str], value: float = np.nan) -> pd.DataFrame:
    changed = frame.copy()
    changed.loc[areas, months] = value
    return changed


@pytest.mark.parametrize(
    ("change", "given", "error", "told"),
    [
        (lambda f: f, {"start": "2022-01"}, ParameterError, "the first period: nothing is known of before"),
        (lambda f: f, {"start": "2021-01"}, ParameterError, "`start` is '2021-01', which is no period"),
        (
            lambda f: without(f, SITE, MONTHS[23:26]),
            {},
            ParameterError,
            "`start` lies in a gap: no treated area is covered",
        ),
        (lambda f: without(f, SITE, MONTHS[22:24]), {}, ParameterError, "2023-12, the period before `start`"),
        (lambda f: without(f, SITE, MONTHS[:24], 0.0), {}, ParameterError, "no change can be formed from zero"),
        (lambda f: f, {"treated": ["B9"]}, AlignmentError, r"1 treated area is not in `outcomes`, such as \['B9'\]"),
        (lambda f: f, {"treated": []}, ParameterError, "`treated` names no area"),
        (lambda f: f.loc[SITE], {}, ParameterError, "names every area"),
        (lambda f: without(f, list(f.index[4:]), MONTHS[:24]), {}, ParameterError, "No comparison area is covered"),
        (lambda f: f.drop(columns="2023-05"), {}, SchemaError, r"leaves out 1 month, such as \['2023-05'\]"),
        (lambda f: f[MONTHS[::-1]], {}, SchemaError, "periods in order"),
        (lambda f: -f, {}, SchemaError, "of zero or more; .* such as A0 in 2022-01: -30"),
        (lambda f: pd.concat([f, f.iloc[:1]]), {}, SchemaError, "more than once"),
        (lambda f: f, {"exposure": pd.Series([1.0], ["A0"])}, AlignmentError, "not in `exposure`"),
        (lambda f: f[MONTHS[:1]], {}, SchemaError, "has 1 column"),
    ],
)
def test_outcomes_that_tell_nothing_are_refused(quiet, change, given, error, told):
    with pytest.raises(error, match=told):
        read_outcomes(change(quiet), **{"treated": SITE, "start": "2024-01", "exposure": None, **given})


def test_exposure_by_month_is_that_of_the_same_months(quiet):
    people = quiet * 0 + 100.0
    with pytest.raises(AlignmentError, match="`exposure` has the periods"):
        read_outcomes(quiet, SITE, "2024-01", people.rename(columns={"2022-01": "2021-12"}))
    people.loc["A9", "2023-01"] = 0.0
    found = read_outcomes(quiet, SITE, "2024-01", people)
    assert (~found.known).sum() == 1


# event study


def test_an_event_study_finds_when_it_fell(fallen):
    found = event_study(fallen, treated=SITE, start="2024-01")
    assert list(found.table.index) == [*range(-8, 4)]
    assert found.table.loc[-1, ["ratio", "first", "last"]].tolist() == [1.0, "2023-10", "2023-12"]
    assert (found.table.loc[0:, "high"] < 1).all()
    assert (found.table["low_all"] <= found.table["low"]).all()
    assert found.bounds.index.tolist() == [0.0, 0.5, 1.0, 2.0]
    width = np.log(found.bounds["high"] / found.bounds["low"])
    assert (width.diff().dropna() > 0).all()
    bins = [fallen.loc[SITE, MONTHS[a : a + 3]].to_numpy().sum() for a in (24, 21)]
    rest = [fallen.drop(SITE)[MONTHS[a : a + 3]].to_numpy().sum() for a in (24, 21)]
    assert found.table.loc[0, "ratio"] == pytest.approx(bins[0] / bins[1] / (rest[0] / rest[1]))
    assert "on average after the start" in found.sentence
    assert "If trends part twice as fast as they did at most before, a change cannot be told" in found.sentence
    assert f"found with a probability of {found.findings.power:.0%}" in found.sentence


def test_errors_of_an_event_study_hold_where_nothing_was_done():
    """16 sites of a town in turn: 5% of the bins of all lie outside their interval."""
    outside = []
    for seed in range(4):
        town = make_town(seed=20 + seed)
        for first in range(0, 16, 4):
            site = [f"A{number}" for number in range(first, first + 4)]
            table = event_study(town, treated=site, start="2023-07").table.drop(index=-1)
            outside += ((table["low"] > 1) | (table["high"] < 1)).tolist()
    assert np.mean(outside) == pytest.approx(0.05, abs=0.04)


def test_clustered_errors_are_there_and_too_small_for_one_area(quiet):
    clustered = event_study(quiet, treated=["A0"], start="2024-01", errors="clustered")
    assert clustered.sentence.endswith("all of this is too sure.")
    one = clustered.table["se"].drop(-1)
    other = event_study(quiet, treated=["A0"], start="2024-01").table["se"].drop(-1)
    assert (one < 0.5 * other).all()


def test_one_bin_before_has_no_test_and_no_bounds(quiet):
    found = event_study(quiet[MONTHS[21:]], treated=SITE, start="2024-01")
    assert found.findings.pre_trend_p is None
    assert np.isfinite(found.bounds.loc[0.0, "low"])
    assert found.bounds.loc[0.5:, "low"].isna().all()
    assert "cannot be tested: there is one bin before the start" in found.sentence


def test_a_bin_that_is_not_covered_is_missing(quiet):
    table = event_study(without(quiet, SITE, MONTHS[12:15]), treated=SITE, start="2024-01").table
    assert np.isnan(table.loc[-4, "ratio"])
    assert table["ratio"].isna().sum() == 1


def test_event_studies_that_tell_nothing_are_refused(quiet):
    with pytest.raises(ParameterError, match=r"Nothing is recorded at the treated areas in 1 bin, such as \[-4\]"):
        event_study(without(quiet, SITE, MONTHS[12:15], 0.0), treated=SITE, start="2024-01")
    with pytest.raises(ParameterError, match="5 comparison areas: at least 10"):
        event_study(quiet.iloc[:9], treated=SITE, start="2024-01")


# series


@pytest.fixture(scope="module")
def sicily(shared_references):
    folder = shared_references / "f06_its_sicily"
    rows = pd.read_csv(folder / "sicily.csv")
    months = rows["year"].astype(str) + "-" + rows["month"].astype(str).str.zfill(2)
    series = {name: pd.Series(rows[name].to_numpy(dtype=float), index=months) for name in ("aces", "stdpop")}
    return series, json.loads((folder / "expected.json").read_text())["values"]


@pytest.mark.parametrize(
    ("model", "choices"),
    [
        ("m1", {"errors": "poisson", "harmonics": 0}),
        ("m2", {"errors": "quasi-poisson", "harmonics": 0}),
        ("m3", {"errors": "quasi-poisson"}),
        ("m4", {"errors": "quasi-poisson", "slope_change": True}),
    ],
)
def test_the_smoking_ban_of_sicily_is_that_of_lopez_bernal(sicily, model, choices):
    """R 4.2.2, `glm`; its harmonics are named h1 to h4 and time is counted from another month in m4."""
    series, expected = sicily
    found = interrupted_time_series(series["aces"], start="2005-01", exposure=series["stdpop"], **choices)
    names = {"smokban": "level", "time": "time", "I(time - 36)": "time", "smokban:I(time - 36)": "trend a month"}
    names |= {"(Intercept)": "intercept", "h1": "sine 1", "h2": "cosine 1", "h3": "sine 2", "h4": "cosine 2"}
    wanted = expected[model]
    for term, estimate, se in zip(wanted["term"], wanted["estimate"], wanted["se"], strict=True):
        if model == "m4" and term == "(Intercept)":
            continue
        row = found.coefficients.loc[names[term]]
        assert row["estimate"] == pytest.approx(estimate, abs=1e-6)
        assert row["se"] == pytest.approx(se, abs=1e-5)
    if "dispersion" in wanted:
        assert found.findings.dispersion == pytest.approx(wanted["dispersion"], rel=1e-5)
    if model == "m1":
        assert found.table.loc["level", "ratio"] == pytest.approx(wanted["IRR_smokban"], abs=1e-6)


def make_series(effect: float = 1.0, months: int = 60, seed: int = 1) -> pd.Series:
    rng = np.random.default_rng(seed)
    at = np.arange(months)
    mean = 200 * np.exp(-0.002 * at + 0.1 * np.sin(at * np.pi / 6)) * np.where(at >= 36, effect, 1.0)
    index = pd.period_range("2020-01", periods=months, freq="M").astype("str")
    return pd.Series(rng.poisson(mean * rng.gamma(100, 0.01, months)).astype(float), index=index)


def test_a_series_that_fell_is_told_and_one_that_did_not_is_not():
    found = interrupted_time_series(make_series(0.7), start="2023-01", slope_change=True)
    row = found.table.loc["all months after"]
    assert row["low"] < 0.7 < row["high"] < 1
    assert found.sentence.startswith("From 2023-01 on the series fell by")
    assert found.findings.expected * 0.7 == pytest.approx(found.findings.recorded, rel=0.1)
    assert found.months["without"].iloc[40] > found.months["fitted"].iloc[40]
    none = interrupted_time_series(make_series(), start="2023-01")
    assert "cannot be told" in none.sentence
    assert "Without a comparison series" in none.sentence


def test_a_comparison_series_takes_out_what_both_share():
    shock = pd.Series(np.where(np.arange(60) >= 36, 0.6, 1.0) * np.random.default_rng(3).gamma(20, 0.05, 60))
    pair = [(make_series(seed=seed) * shock.to_numpy()).round() for seed in (4, 5)]
    alone = interrupted_time_series(pair[0], start="2023-01")
    beside = interrupted_time_series(pair[0], start="2023-01", comparison=pair[1] * 3)
    assert alone.table.loc["level", "high"] < 1
    assert beside.table.loc["level", "low"] < 1 < beside.table.loc["level", "high"]
    assert beside.table.loc["level", "se"] < alone.table.loc["level", "se"]
    assert "beyond the comparison series, its own trend and season" in beside.sentence
    plain = interrupted_time_series(pair[0], start="2023-01", comparison=pair[1], harmonics=0)
    assert "beyond the comparison series, its own trend, cannot" in plain.sentence
    fitted = beside.months["fitted"].sum()
    assert fitted == pytest.approx(beside.months["recorded"].sum(), rel=0.02)


def test_a_gap_and_a_transition_are_left_out():
    series = make_series(0.7)
    series.iloc[10:13] = np.nan
    found = interrupted_time_series(series, start="2023-01", transition=3)
    assert (found.findings.before, found.findings.after, found.findings.left_out) == (33, 21, 6)
    assert found.findings.start == "2023-04"
    assert found.months["recorded"].isna().sum() == 3


def test_errors_for_months_that_go_together_are_larger_where_they_do():
    rng = np.random.default_rng(6)
    shock = np.zeros(60)
    for at in range(1, 60):
        shock[at] = 0.7 * shock[at - 1] + rng.normal(scale=0.1)
    series = (make_series() * np.exp(shock)).round()
    kinds = ("autoregressive", "quasi-poisson", "poisson", "newey-west")
    se = {
        kind: interrupted_time_series(series, start="2023-01", errors=kind).table.loc["level", "se"] for kind in kinds
    }
    assert se["autoregressive"] > 1.2 * se["quasi-poisson"] > 1.2 * se["poisson"]
    found = interrupted_time_series(series, start="2023-01", errors="newey-west")
    assert found.findings.lags == 11
    assert "too small in short series" in found.sentence
    assert se["newey-west"] == pytest.approx(found.table.loc["level", "se"])
    assert interrupted_time_series(series, start="2023-01", errors="newey-west", lags=2).findings.lags == 2


@pytest.mark.parametrize(
    ("change", "given", "error", "told"),
    [
        (lambda s: s, {"start": "2019-01"}, ParameterError, "`start` is '2019-01', which is no month of the series"),
        (lambda s: s.where(s.index != "2022-12"), {}, ParameterError, "lies in a gap: 2022-12 is not covered"),
        (lambda s: s, {"start": "2020-03"}, ParameterError, "2 months before `start`: at least three"),
        (lambda s: s * (s.index >= "2023-01"), {}, ParameterError, "no change can be formed from zero"),
        (lambda s: s[::-1], {}, SchemaError, "every month once, in order"),
        (lambda s: -s, {}, SchemaError, "`counts` must hold numbers of at least 0, or missing; 60 months not"),
        (lambda s: s, {"exposure": make_series() * 0}, SchemaError, "`exposure` must hold numbers above 0"),
        (lambda s: s, {"comparison": make_series(months=59)}, SchemaError, "`comparison` is not of the months"),
        (lambda s: s, {"comparison_exposure": make_series()}, ParameterError, "without `comparison`"),
        (lambda s: s[30:42], {"harmonics": 5}, ParameterError, "12 months cannot tell 13 coefficients"),
    ],
)
def test_series_that_tell_nothing_are_refused(change, given, error, told):
    with pytest.raises(error, match=told):
        interrupted_time_series(change(make_series()), **{"start": "2023-01", **given})
