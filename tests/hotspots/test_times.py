"""When: hours of the week with windows of time, and months of the year. Plain loops, laws, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.hotspots.times.hours import hour_weekday
from socharm.hotspots.times.seasons import seasonal_profile
from socharm.maps.hours import plot_hours
from socharm.stats.aoristic import hour_shares

MONDAY = pd.Timestamp("2025-03-03")


def times(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)))


def week(*, seed: int, per_day: float = 20.0, days: int = 140, burst: int = 1) -> pd.Series:
    """Times of events at any hour alike, each with as many others in the same minute as `burst` says."""
    rng = np.random.default_rng(seed)
    minutes = np.repeat(rng.integers(0, days * 1_440, rng.poisson(per_day * days / burst)), burst)
    return pd.Series(MONDAY + pd.to_timedelta(minutes, unit="min"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3_000)), min_size=1, max_size=8))
def test_shares_are_those_of_a_loop_over_minutes(windows: list[tuple[int, int]]) -> None:
    start = np.array([first / 60 for first, _ in windows])
    end = np.array([(first + length) / 60 for first, length in windows])
    event, hour, share = hour_shares(start, end)
    np.testing.assert_allclose(np.bincount(event, share), 1.0)
    assert (share > 0).all()
    for at, (first, length) in enumerate(windows):
        expected: dict[int, float] = {}
        for minute in range(first, first + max(length, 1)):
            expected[minute // 60] = expected.get(minute // 60, 0.0) + 1 / max(length, 1)
        found = dict(zip(hour[event == at].tolist(), share[event == at].tolist(), strict=True))
        assert found == pytest.approx(expected)


def test_a_window_over_midnight_of_sunday_counts_on_both_days() -> None:
    profile = hour_weekday(times("2025-03-09 22:00", "2025-03-05 10:15"), times("2025-03-10 02:00", None), dispersion=1)
    hours = profile.matrix("events")
    assert hours.loc["Sunday", [22, 23]].tolist() == [0.25, 0.25]
    assert hours.loc["Monday", [0, 1]].tolist() == [0.25, 0.25]
    assert hours.loc["Wednesday", 10] == 1.0
    assert hours.to_numpy().sum() == 2.0
    assert (profile.findings.windows, profile.findings.without_end) == (1, 1)
    assert profile.about.period is not None


def test_exact_times_have_the_exact_interval_and_p_of_poisson_counts() -> None:
    profile = hour_weekday(week(seed=1), dispersion=1).table
    y, expected = profile["events"].to_numpy(), profile["expected"].to_numpy()
    np.testing.assert_allclose(profile["ratio_low"] * expected, stats.gamma.ppf(0.025, y))
    np.testing.assert_allclose(profile["ratio_high"] * expected, stats.gamma.ppf(0.975, y + 1))
    exact = 2 * np.minimum(stats.poisson.cdf(y, expected), stats.poisson.sf(y - 1, expected))
    np.testing.assert_allclose(profile["p"], np.minimum(exact, 1))
    assert profile["events"].sum() == pytest.approx(expected.sum())


@pytest.mark.parametrize("burst", [1, 4])
def test_hours_that_are_all_alike_are_seldom_called_busy(burst: int) -> None:
    """Unkind truth: events that come four at once. Of 40 profiles at most 6 have a label where 2 are expected."""
    false = sum((hour_weekday(week(seed=seed, burst=burst)).table["label"] != "not clear").any() for seed in range(40))
    assert false <= 6
    if burst > 1:
        taken_as_poisson = hour_weekday(week(seed=3, burst=burst), dispersion=1)
        assert (taken_as_poisson.table["label"] != "not clear").any()
        ((_, phi),) = hour_weekday(week(seed=3, burst=burst)).findings.dispersion
        assert phi == pytest.approx(4.0, rel=0.15)


def test_a_busy_hour_is_found_in_its_group_alone() -> None:
    calm, night = week(seed=1), pd.Series(MONDAY + pd.to_timedelta(np.arange(60) * 7 % 140 * 24 + 22.5, unit="h"))
    start = pd.concat([calm, night], ignore_index=True)
    group = pd.Series(["calm"] * len(calm) + ["night"] * len(night))
    profile = hour_weekday(start, group=group, dispersion=1)
    assert profile.groups == ["calm", "night", "all"]
    assert set(profile.table.loc[profile.table["group"] == "calm", "label"]) == {"not clear"}
    assert profile.matrix("label", "night").loc["Monday", 22] == "more"
    ax = plot_hours(profile)
    assert "times the mean hour" in " ".join(
        text.get_text() for text in ax.figure.findobj(lambda t: hasattr(t, "get_text"))
    )
    with pytest.raises(ParameterError, match="`group` is 'none'"):
        profile.matrix("label", "none")


def test_rows_are_set_aside_for_a_counted_reason() -> None:
    start = times("2025-03-03 10:30", "2025-03-03 10:30", None, "2025-03-04 08:00")
    end = times("2025-03-03 11:30", "2025-03-05 10:31", None, "2025-03-04 08:00")
    with pytest.warns(
        DataWarning, match="3 rows set aside: 1 with no time, 1 with window over 24 hours and 1 with no group"
    ):
        profile = hour_weekday(start, end, group=pd.Series(["a", "a", "a", None]))
    assert profile.set_aside.to_dict() == {"no time": 1, "window over 24 hours": 1, "no group": 1}
    assert profile.findings.events == 1
    assert profile.table["ratio"].isna().sum() == 144  # one day was covered


def test_an_end_before_its_start_names_the_rows() -> None:
    start, end = times("2025-03-03 10:30", "2025-03-03 10:30"), times("2025-03-03 11:30", "2025-03-03 09:00")
    with pytest.raises(
        SchemaError, match=r"1 event ends before it begins: row 1 \(2025-03-03 10:30 to 2025-03-03 09:00\)"
    ):
        hour_weekday(start, end)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Series(["2025-03", "2025-04"]), "a month has no hours"),
        (pd.Series(pd.period_range("2025-03", periods=3, freq="M")), "a month has no hours"),
        (pd.Series(["2025-03-03", "2025-03-04"]), "no time of day"),
        (times("2025-03-03", "2025-03-04"), "midnight in every row is no time"),
        (pd.Series([45_000.5, 45_001.5]), "`start` holds numbers"),
        (pd.Series(["03/04/2025 10:00"]), "1 text that is no time"),
        (pd.Series(["2025-02-30 10:00"]), "a time that no clock has"),
        (pd.Series([None, None], dtype="datetime64[s]"), "No event has a time that can be used"),
    ],
)
@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
def test_what_has_no_hour_is_refused(column: pd.Series, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        hour_weekday(column)


def test_midnight_that_stands_for_a_time_not_known_is_told() -> None:
    start = times(*["2025-03-03 00:00"] * 8, *["2025-03-04 13:10"] * 12)
    with pytest.warns(DataWarning, match="8 of 20 events are at 00:00 exactly"):
        hour_weekday(start)


def test_zones_and_changes_of_the_clock() -> None:
    """In July the clocks of London are an hour ahead; a window over 30 March 2025, 01:00, has a hour too many."""
    zoned = pd.Series(["2025-07-07T10:30:00Z", "2025-01-06 10:30+00:00", "2025-01-07 10:30"])
    hours = hour_weekday(zoned).matrix("events")
    assert hours.loc["Monday", [10, 11]].tolist() == [1.0, 1.0]
    assert hours.loc["Tuesday", 10] == 1.0
    assert (
        hour_weekday(pd.Series(pd.to_datetime(["2025-07-07 10:30"]).tz_localize("UTC")))
        .matrix("events")
        .loc["Monday", 11]
        == 1
    )
    spring = hour_weekday(times("2025-03-29 23:00", "2025-03-30 02:00"), times("2025-03-30 03:00", "2025-03-30 05:00"))
    assert spring.findings.clock_changes == 1


def test_order_of_rows_and_index_change_nothing() -> None:
    start = week(seed=2, per_day=3.0)
    order = np.random.default_rng(1).permutation(len(start))
    one, two = hour_weekday(start), hour_weekday(start.iloc[order])
    pd.testing.assert_frame_equal(one.table, two.table)
    with pytest.raises(SchemaError, match="`end` and `start` have different indexes"):
        hour_weekday(start, start.iloc[order])


# months of the year


def years(seed: int, *, mean: float = 200.0, phi: float = 1.0, december: float = 1.0, number: int = 5) -> pd.Series:
    months = pd.period_range("2019-04", periods=12 * number, freq="M")
    rate = (
        mean
        * months.days_in_month
        / 30
        * np.where(months.month == 12, december, 1.0)
        * 1.1 ** (np.arange(12 * number) // 12)
    )
    rng = np.random.default_rng(seed)
    rate = rate if phi == 1 else rng.gamma(rate / (phi - 1), phi - 1)
    return pd.Series(rng.poisson(rate), index=months)


def test_expected_is_each_years_daily_rate_times_the_days() -> None:
    counts = years(1, number=3)
    found = seasonal_profile(counts, dispersion=1).table.set_index("month")
    expected = 0.0
    for first in (0, 12, 24):
        run = counts.iloc[first : first + 12]
        rate = run.sum() / run.index.days_in_month.to_numpy().sum()
        expected += rate * next(month.days_in_month for month in run.index if month.month == 2)
    assert found.loc["February", "expected"] == pytest.approx(expected)
    assert found.loc["February", "days"] == 29 + 28 + 28
    assert found["events"].sum() == found["expected"].sum() == pytest.approx(counts.sum())


@pytest.mark.parametrize("phi", [1.0, 4.0])
def test_years_without_a_season_seldom_have_one(phi: float) -> None:
    """Counts that grow from year to year, and counts whose variance is four times a Poisson one."""
    false = sum(
        seasonal_profile(years(seed, phi=phi)).table["label"].isin(["more", "fewer"]).any() for seed in range(60)
    )
    assert false <= 9  # 3 expected
    held = sum(
        seasonal_profile(years(seed, phi=phi, december=1.4)).table.set_index("month").loc["December", "label"] == "more"
        for seed in range(20)
    )
    assert held >= 19


def test_one_year_and_gaps_are_no_season() -> None:
    counts = years(1, december=3.0, number=1)
    assert set(seasonal_profile(counts).table["label"]) == {"too short"}
    assert set(seasonal_profile(counts.iloc[:7]).table["label"]) == {"not covered"}
    gap = years(1, number=3).astype(float)
    gap.iloc[4] = np.nan
    assert seasonal_profile(gap).table["years"].tolist() == [2] * 12
    pd.testing.assert_frame_equal(seasonal_profile(gap).table, seasonal_profile(gap.drop(gap.index[4])).table)


def test_counts_by_month_that_are_none() -> None:
    with pytest.raises(SchemaError, match="must be months, such as 2025-04"):
        seasonal_profile(pd.Series([1, 2], index=["a", "b"]))
    with pytest.raises(SchemaError, match="every month once"):
        seasonal_profile(pd.Series([1, 2], index=["2025-04", "2025-04"]))
    with pytest.raises(SchemaError, match="whole numbers of at least 0"):
        seasonal_profile(pd.Series([1, -2], index=["2025-04", "2025-05"]))


def test_weekdays_that_no_day_of_the_data_is_are_not_covered() -> None:
    profile = hour_weekday(times("2025-03-03 10:00", "2025-03-04 11:00", "2025-03-05 12:00"), dispersion=1)
    label = profile.matrix("label")
    assert (label.loc["Thursday":"Sunday"] == "not covered").to_numpy().all()
    assert not (label.loc["Monday":"Wednesday"] == "not covered").to_numpy().any()


@pytest.mark.parametrize("index", [[2023, 2024], ["2023", "2024"], [0, 1]])
def test_years_and_numbers_are_no_months(index: list[object]) -> None:
    with pytest.raises(SchemaError, match="years or other numbers"):
        seasonal_profile(pd.Series([1, 2], index=index))
