"""When in the year: events by month of the year, each month by its days, against the mean of its own year."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import AtLeast, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.hotspots.areas.area_settings import Correction
from socharm.stats.fdr import adjust
from socharm.stats.gamma_interval import WeightedSum, gamma_interval

__all__ = ["SeasonSettings", "SeasonalProfile", "seasonal_profile"]

_Floats = NDArray[np.float64]

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_YEAR: Final = re.compile(r"\s*\d{4}\s*")
#: A month, or a day of it.
_MONTH: Final = re.compile(r"\s*\d{4}-(0[1-9]|1[0-2])(-\d{2}.*)?\s*")
#: Years of which a month of the year must be known before it is called higher or lower.
_FEWEST_YEARS: Final = 2
#: What is said of a group whose twelve rows bear such a label.
_UNTOLD: Final = {
    "not covered": "no twelve months together without a gap",
    "too short": "fewer than two years of each month",
}


@dataclass(frozen=True, kw_only=True)
class SeasonSettings(Settings):
    """Choices behind a seasonal profile."""

    dispersion: Annotated[float, AtLeast(1)] | None = setting(
        None,
        "variance of a count over a Poisson one; estimated from how years differ when absent, 1 for plain Poisson",
        example=1.0,
    )
    alpha: OpenShare = setting(0.05, "false discovery rate over the months of all groups")
    correction: Correction = setting("bh", "of many months: bh, by or none")
    level: OpenShare = setting(0.95, "of the interval of each ratio")


@dataclass(frozen=True, eq=False, repr=False)
class SeasonalProfile(Record):
    """Events by month of the year, each group against the mean of the same years.

    Attributes
    ----------
    table : DataFrame
        Twelve rows for each group: ``group``, ``month`` (``"January"`` first), ``years`` (that have it), ``days``,
        ``events``, ``per_day``, ``expected`` (at the daily rate of the same twelve months), ``ratio``, ``ratio_low``,
        ``ratio_high``, ``dispersion``, ``p``, ``p_adjusted`` (over the whole table), ``label``: ``"more"``,
        ``"fewer"``, ``"not clear"``, ``"too short"`` (fewer than two years), ``"not covered"``.
    """

    __made_by__ = ("seasonal_profile",)

    table: pd.DataFrame
    settings: SeasonSettings
    about: About

    def _summary(self) -> dict[str, str]:
        lines = {}
        for name, rows in self.table.groupby("group", sort=False):
            held = rows[rows["label"].isin(["more", "fewer"])]
            told = ", ".join(f"{month} {ratio:.2f}" for month, ratio in zip(held["month"], held["ratio"], strict=True))
            lines[str(name)] = told or _UNTOLD.get(rows["label"].iloc[0], "no month stands out")
        years = int(self.table["years"].max())
        lines["made of"] = f"{number_of(years, 'year')} at most of each month, by days"
        lines["correction"] = f"{self.settings.correction} over all months of all groups, alpha {self.settings.alpha:g}"
        return lines


@checked
def seasonal_profile(
    counts: pd.Series | pd.DataFrame,
    *,
    dispersion: Annotated[float, AtLeast(1)] | None = None,
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    level: OpenShare = 0.95,
    settings: SeasonSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> SeasonalProfile:
    r"""Profile of the year: which months have more events, or fewer, than the year they lie in would give them.

    Parameters
    ----------
    counts : Series or DataFrame
        Whole counts by month: the index is of monthly Periods, or texts ``YYYY-MM``, each once. Columns of a DataFrame
        are groups, such as offence groups. A month that lacks its row or its count is not covered, and is not zero.
    dispersion : float, optional
        Variance of a count over that of a Poisson one; when omitted it is estimated from how the same month differs
        from year to year, where there are two years of every month.
    alpha : float
        False discovery rate over the months of all groups.
    correction : {"bh", "by", "none"}
    level : float
        Of the interval of each ratio, one month at a time.
    settings : SeasonSettings or mapping, optional
        Choices of another profile, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    SeasonalProfile

    Raises
    ------
    SchemaError
        The index is not of months, a month stands twice, or counts are no whole numbers of at least 0.

    Notes
    -----
    Months are compared by their days, leap years with them. ``expected`` is the sum over runs of twelve months, counted
    back from the last one, of the days of the month times the daily rate of that run, so that a rise from year to year
    is no season; runs shorter than twelve months are left out, for what is missing of them would be taken for a season.
    A rise within a run stays in it. Intervals are those of a Poisson count whose variance is times the dispersion. With
    one year a season cannot be told from whatever happened that year, so that nothing is labelled.

    Examples
    --------
    >>> months = pd.period_range("2023-01", "2024-12", freq="M")
    >>> counts = pd.Series([300 if month.month == 12 else 100 for month in months], index=months)
    >>> found = seasonal_profile(counts).table.set_index("month")
    >>> found.loc["December", "label"], round(found.loc["December", "ratio"], 2)
    ('more', np.float64(2.53))
    """
    chosen = SeasonSettings.of(settings)
    table = counts.to_frame(str(counts.name or "all")) if isinstance(counts, pd.Series) else counts
    months = _months(table.index)
    frames = [_profile(str(name), _numbers(table[name], months), chosen) for name in table.columns]
    if not frames:
        raise SchemaError("`counts` has no columns. Give a Series, or a table with a column for each group.")
    found = pd.concat(frames, ignore_index=True)
    found["p_adjusted"] = adjust(found["p"].to_numpy(), chosen.correction)
    sure = found["p_adjusted"] <= chosen.alpha
    labels = [found["years"] == 0, found["years"] < _FEWEST_YEARS, sure & (found["ratio"] > 1), sure]
    found["label"] = np.select(labels, ["not covered", "too short", "more", "fewer"], "not clear")
    return SeasonalProfile(table=found, settings=chosen, about=about or About())


def _months(index: pd.Index) -> pd.PeriodIndex:
    years = any(isinstance(one, str) and _YEAR.fullmatch(one) for one in index)
    if years or (len(index) and pd.api.types.is_numeric_dtype(index)):
        raise SchemaError(
            f"The index of `counts` must be months, such as 2025-04; it holds {index[:2].tolist()}, which are years or "
            "other numbers."
        )
    odd = [one for one in index if isinstance(one, str) and not _MONTH.fullmatch(one)]
    if odd:  # pandas would take Jan-24 for 24 January of this year
        raise SchemaError(
            f"The index of `counts` must be months, such as 2025-04; it holds {odd[:2]}. Write them as YYYY-MM."
        )
    try:
        found = pd.PeriodIndex(index, freq="M")
    except (ValueError, TypeError) as error:
        raise SchemaError(
            f"The index of `counts` must be months, such as 2025-04; it holds {index[:2].tolist()}."
        ) from error
    if found.has_duplicates or found.hasnans or not len(found):
        raise SchemaError("The index of `counts` must hold every month once, and one at least; add up repeated rows.")
    return found


def _numbers(column: pd.Series, months: pd.PeriodIndex) -> pd.Series:
    """Counts of the whole runs of twelve months, from the first month of the first run on."""
    numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
    bad = (column.notna() & numbers.isna()) | (numbers < 0) | (numbers % 1 != 0) & numbers.notna()
    if bad.any():
        raise SchemaError(
            f"`counts` must hold whole numbers of at least 0, or gaps; {column.name!r} has {list(column[bad])[:3]}."
        )
    every = pd.Series(numbers.to_numpy(), index=months).reindex(pd.period_range(months.min(), months.max(), freq="M"))
    whole = len(every) // 12 * 12
    return every.iloc[len(every) - whole :]


def _profile(name: str, by_month: pd.Series, s: SeasonSettings) -> pd.DataFrame:
    periods = pd.PeriodIndex(by_month.index)
    y, days = by_month.to_numpy().reshape(-1, 12), periods.days_in_month.to_numpy(dtype=np.float64).reshape(-1, 12)
    order = np.argsort(periods.month.to_numpy()[:12]) if len(periods) else np.arange(0)
    known = ~np.isnan(y).any(axis=1)  # a run with a gap has no mean of twelve months
    y, days = y[known][:, order], days[known][:, order]
    if not len(y):
        y, days = np.zeros((0, 12)), np.zeros((0, 12))
    run = y.sum(axis=1, keepdims=True) / np.maximum(days.sum(axis=1, keepdims=True), 1.0)
    each = days * run
    events, expected, whole = y.sum(axis=0), each.sum(axis=0), days.sum(axis=0)
    phi = s.dispersion if s.dispersion is not None else _dispersion(y)
    used = 1.0 if np.isnan(phi) else phi
    low, high = gamma_interval(WeightedSum(events, events * used, np.full(12, used)), level=s.level)
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.where(events > 0, scipy.stats.gamma.cdf(expected, events / used, scale=used), 1.0)
        fewer = scipy.stats.gamma.sf(expected, events / used + 1, scale=used)
        ratio, low, high = (np.where(expected > 0, part / expected, np.nan) for part in (events, low, high))
    told = len(y) >= _FEWEST_YEARS
    return pd.DataFrame(
        {
            "group": name,
            "month": MONTHS,
            "years": len(y),
            "days": whole.astype(np.int64),
            "events": events if len(y) else np.nan,
            "per_day": np.divide(events, whole, out=np.full(12, np.nan), where=whole > 0),
            "expected": expected if len(y) else np.nan,
            "ratio": ratio,
            "ratio_low": low,
            "ratio_high": high,
            "dispersion": phi,
            "p": np.where(told & (expected > 0), np.minimum(2 * np.minimum(more, fewer), 1.0), np.nan),
        }
    )


def _dispersion(y: _Floats) -> float:
    """Variance over mean, from how the same month differs between runs beyond their totals; NaN of a single run."""
    total = float(np.add.reduce(y, axis=None))
    if len(y) < _FEWEST_YEARS or total <= 0:
        return float("nan")
    expected = np.outer(y.sum(axis=1), y.sum(axis=0)) / total
    part = np.divide((y - expected) ** 2, expected, out=np.zeros_like(y), where=expected > 0)
    return max(float(np.add.reduce(part, axis=None)) / ((len(y) - 1) * 11), 1.0)
