"""Mann-Kendall and Sen's slope: published values, agreement with SciPy, laws, and what has no trend."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.areas.time_axis import time_axis
from socharm.hotspots.areas.trends import mann_kendall
from socharm.stats.lasting import Persistence, any_window, fit_persistence, last_windows, window_p
from socharm.stats.trends import common_inflation, shared_variogram, trend_counts

LAW = quick(max_examples=40, deadline=None)
SERIES = st.lists(st.integers(-5, 20), min_size=3, max_size=30)


def lasting(rng, rows, periods, share):
    """Series that keep `share` of the value before, of variance one."""
    values = rng.standard_normal((rows, periods))
    for period in range(1, periods):
        values[:, period] = share * values[:, period - 1] + np.sqrt(1 - share**2) * values[:, period]
    return values


# --- published values ---


@pytest.fixture(scope="module")
def nile(shared_references: Path):
    folder = shared_references / "f10_mannkendall_nile"
    values = json.loads((folder / "expected.json").read_text())["values"]
    series = pd.read_csv(folder / "series.csv").set_index("t")["x"]
    return series, pd.read_csv(folder / "seasonal_nottem.csv")["x"], values


def test_the_nile_as_two_packages_have_it(nile):
    """The Nile at Aswan, 1871 to 1970: pymannkendall 1.4.3, SciPy's Theil slopes and R's cor.test."""
    series, _, values = nile
    row, expected = mann_kendall(series).table.iloc[0], values["mk"]
    assert row["s"] == expected["S"]
    assert row["var_s"] == pytest.approx(expected["var_s"], rel=1e-12)
    assert row["z"] == pytest.approx(expected["z"], abs=1e-8)
    assert row["p"] == pytest.approx(expected["p"], abs=1e-8)
    assert row["tau_a"] == pytest.approx(expected["tau_a_pmk"], abs=1e-12)
    assert row["tau"] == pytest.approx(values["R_cor_test"]["tau"], abs=1e-12)
    assert row["slope"] == pytest.approx(expected["sens_slope"], abs=1e-10)
    assert row["intercept"] == pytest.approx(expected["intercept"], abs=1e-10)
    assert [row["slope_low"], row["slope_high"]] == pytest.approx(expected["theilslopes_ci95"], abs=1e-10)
    assert row["trend"] == "fall"
    corrected = mann_kendall(series, autocorrelation="hamed-rao").table.iloc[0]
    assert corrected["z"] == pytest.approx(expected["hamed_rao"]["z"], abs=1e-8)
    assert corrected["p"] == pytest.approx(expected["hamed_rao"]["p"], abs=1e-8)


def test_temperatures_at_nottingham_by_season(nile):
    _, months, values = nile
    row, expected = mann_kendall(months, season=12).table.iloc[0], values["seasonal"]
    assert (row["s"], row["var_s"]) == (expected["S"], expected["var_s"])
    assert row["z"] == pytest.approx(expected["z"], abs=1e-8)
    assert row["p"] == pytest.approx(expected["p"], abs=1e-8)
    assert row["tau_a"] == pytest.approx(expected["tau"], abs=1e-12)
    assert row["slope"] == pytest.approx(expected["slope"], abs=1e-10)


def test_the_nile_without_the_reference_folder():
    """Ten values by hand: 45 pairs, S = 17 of Kendall::MannKendall as the sfdep article prints it, var 125."""
    series = pd.Series([1.0, 4.0, 2.0, 5.0, 3.0, 7.0, 6.0, 10.0, 9.0, 8.0])
    row = mann_kendall(series).table.iloc[0]
    pairs = [(b > a) - (b < a) for i, a in enumerate(series) for b in series[i + 1 :]]
    assert (row["s"], row["var_s"]) == (sum(pairs), 125.0)
    assert row["z"] == pytest.approx((sum(pairs) - 1) / np.sqrt(125))


# --- laws ---


@LAW
@given(SERIES)
def test_tau_and_slope_are_those_of_scipy(values):
    row = mann_kendall(pd.Series(values)).table.iloc[0]
    tau = stats.kendalltau(np.arange(len(values)), values).statistic
    assert row["tau"] == pytest.approx(tau, abs=1e-12, nan_ok=True)
    slopes = stats.theilslopes(values)
    assert row["slope"] == pytest.approx(slopes.slope, abs=1e-12)
    assert [row["slope_low"], row["slope_high"]] == pytest.approx([slopes.low_slope, slopes.high_slope], abs=1e-12)


@LAW
@given(SERIES, st.randoms(use_true_random=False), st.integers(1, 9))
def test_order_of_columns_and_unit_change_nothing_and_time_reversed_turns_the_sign(values, order, factor):
    series = pd.Series(values, index=pd.period_range("2020-01", periods=len(values), freq="M"), dtype=float)
    shuffled = list(series.index)
    order.shuffle(shuffled)
    one, other = mann_kendall(series).table, mann_kendall(series[shuffled]).table
    pd.testing.assert_frame_equal(one, other)
    scaled = mann_kendall(series * factor).table.iloc[0]
    assert (scaled["s"], scaled["p"]) == pytest.approx((one.iloc[0]["s"], one.iloc[0]["p"]), nan_ok=True)
    assert scaled["slope"] == pytest.approx(factor * one.iloc[0]["slope"], abs=1e-9)
    turned = mann_kendall(pd.Series(values[::-1], index=series.index)).table.iloc[0]
    assert turned["s"] == -one.iloc[0]["s"]


def test_a_table_is_its_series_one_by_one_and_gaps_are_left_out():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(5, 14)), index=list("abcde"), columns=range(2000, 2014))
    table.iloc[1, 3], table.iloc[2, :13] = np.nan, np.nan
    found = mann_kendall(table, correction="none").table
    for code in table.index[[0, 1, 3]]:
        alone = mann_kendall(table.loc[code].dropna()).table.iloc[0]
        assert found.loc[code, "s"] == alone["s"]
        assert found.loc[code, "slope"] == pytest.approx(alone["slope"])
    assert found.loc["c", "n"] == 1
    assert np.isnan(found.loc["c", "p"])
    assert found.loc["c", "trend"] == "too short"


def test_false_trends_over_a_table_are_at_the_stated_rate():
    rng = np.random.default_rng(2)
    told = [
        (mann_kendall(pd.DataFrame(rng.normal(size=(50, 12)))).table["trend"] != "not clear").any() for _ in range(200)
    ]
    assert np.mean(told) <= 0.09


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_values_that_follow_each_other_need_the_shared_correction(share):
    values = pd.DataFrame(lasting(np.random.default_rng(3), 4_000, 24, share))
    plain, shared = (mann_kendall(values, autocorrelation=how).table["p"] for how in ("none", "shared"))
    assert (plain <= 0.05).mean() > 0.2
    assert 0.015 <= (shared <= 0.05).mean() <= 0.06  # S of few independent values has shorter tails than a normal score


def test_the_variance_of_s_is_that_of_simulated_series():
    """Normal series that keep half of the value before: the exact variance over the one of independent values."""
    values = lasting(np.random.default_rng(4), 40_000, 12, 0.5)
    counts = trend_counts(values)
    exact = common_inflation(np.ones((1, 12), dtype=bool), 1 - 0.5 ** np.arange(12.0))[0]
    assert counts.s.var() / counts.variance[0] == pytest.approx(exact, rel=0.03)
    assert common_inflation(np.ones((1, 12), dtype=bool), shared_variogram(values))[0] == pytest.approx(exact, rel=0.06)
    flat = common_inflation(np.ones((1, 9), dtype=bool), np.r_[0.0, np.ones(8)])
    assert flat[0] == pytest.approx(1.0)


# --- what is no series ---


def test_equal_values_have_no_trend():
    row = mann_kendall(pd.Series(np.ones(12))).table.iloc[0]
    assert (row["s"], row["slope"], row["trend"]) == (0, 0, "not clear")
    assert np.isnan(row["p"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.Series([1.0]), "1 period; a trend needs two"),
        (pd.Series([1.0, 2.0], index=["2020-01", "2020-01"]), "1 period more than once"),
        (pd.Series([1.0, 2.0], index=["spring", "autumn"]), "whose order is not known"),
        (pd.Series([1.0, np.inf, 2.0]), "finite numbers or missing"),
        (pd.Series(["a", "b", "c"]), "finite numbers or missing; found 'a'"),
        (pd.DataFrame(columns=range(5)), "holds no series"),
        (pd.DataFrame(np.ones((2, 5)), index=["A", "A"]), "1 code more than once"),
    ],
)
def test_what_is_no_series_is_told(values, message):
    with pytest.raises(SchemaError, match=message):
        mann_kendall(values)


def test_a_test_that_is_none_has_no_interval_and_says_so():
    """Values that swing to and fro leave no variance by Hamed and Rao; ten months have no two of one season."""
    swing = mann_kendall(pd.Series([1.0, 9, 2, 8] * 3), autocorrelation="hamed-rao").table.iloc[0]
    assert swing[["p", "slope_low", "slope_high"]].isna().all()
    assert swing["slope"] == 0
    short = mann_kendall(pd.Series(np.arange(10.0)), season=12).table.iloc[0]
    assert (np.isnan(short["p"]), short["trend"]) == (True, "too short")


def test_gaps_in_time_are_told_where_equal_steps_are_needed():
    series = pd.Series(np.arange(12.0), index=[*range(2000, 2006), *range(2007, 2013)])
    assert mann_kendall(series).table["s"].iloc[0] == 66
    with pytest.raises(SchemaError, match="missing between 2005 and 2007"):
        mann_kendall(series, autocorrelation="hamed-rao")
    with pytest.raises(ParameterError, match="independent values only"):
        mann_kendall(series, autocorrelation="hamed-rao", season=4)
    with pytest.raises(ParameterError, match="needs 20 at least"):
        mann_kendall(series, autocorrelation="shared")


@pytest.mark.parametrize(
    ("labels", "unit", "times"),
    [
        (["2025-11", "2026-01", "2025-12"], "month", [0, 1, 2]),
        (["2025Q4", "2026 Q1"], "quarter", [0, 1]),
        (["2024", "2026"], "year", [0, 2]),
        (["2024-01-01", "2025-01-01"], "year", [0, 1]),
        (["2024-01-01", "2024-02-01"], "month", [0, 1]),
        (["2024-01-01", "2024-01-08"], "day", [0, 7]),
        ([3, 1.5], "unit of time", [0, 1.5]),
        (pd.period_range("2024-01", periods=2, freq="W"), "week", [0, 1]),
    ],
)
def test_labels_of_periods_are_points_of_time(labels, unit, times):
    axis = time_axis(pd.Index(labels), name="values")
    assert (axis.unit, axis.times.tolist()) == (unit, times)


# --- beyond ordinary ups and downs ---


def test_windows_are_the_last_periods():
    assert last_windows(2) == (1, 2)
    assert last_windows(60) == (1, 2, 4, 8, 16, 32, 60)
    assert any_window(np.full((1, 3), np.nan)).tolist() == pytest.approx([np.nan], nan_ok=True)


@pytest.mark.parametrize(("periods", "share", "fresh"), [(24, 0.0, 0.0), (24, 0.7, 1.0), (60, 0.9, 0.0)])
def test_what_is_left_of_a_period_is_found_again(periods, share, fresh):
    rng = np.random.default_rng(5)
    values = lasting(rng, 4_000, periods, share) + np.sqrt(fresh) * rng.standard_normal((4_000, periods))
    found = fit_persistence(values + 3 * rng.standard_normal((4_000, 1)))  # levels of their own change nothing
    truth = Persistence(1 / (1 + fresh) if share else 0.0, share)
    assert found.independent(periods) == pytest.approx(truth.independent(periods), rel=0.25)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8])
def test_p_of_windows_is_uniform_where_nothing_lasts(share):
    values = lasting(np.random.default_rng(6), 20_000, 24, share)
    low, high = window_p(values, fit_persistence(values))
    for window in range(high.shape[1]):
        assert (high[:, window] <= 0.05).mean() == pytest.approx(0.05, abs=0.02)
        assert low[:, window] + high[:, window] == pytest.approx(1.0)
    assert (any_window(high) <= 0.01).mean() <= 0.012


def test_rows_that_never_move_or_have_no_value_have_no_p():
    values = np.array([[1.0] * 6, [np.nan] * 6, [0.0, 1.0, 0.5, 0.2, 0.9, 0.4]])
    _, high = window_p(values, Persistence())
    assert np.isnan(high[1]).all()
    assert np.isfinite(high[2]).all()
    assert fit_persistence(np.ones((3, 6))) == Persistence()
