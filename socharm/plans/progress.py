"""Where the measures of a plan stand in a later assessment: met, on course, or not to be told from chance yet."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import scipy

from socharm._words import month_words
from socharm.offences import POLICE_GENERATED, category_of
from socharm.plans.baseline_age import baseline_end
from socharm.plans.measures import MeasureKey, covered_months, is_counted, parse_measure_key
from socharm.plans.outcomes import dispersion_of
from socharm.plans.plan_settings import PlanSettings
from socharm.plans.smallest_change import LEVEL
from socharm.rescoring.change_words import change_printed
from socharm.snapshot.tables import AssessmentTables

__all__ = ["NOT_JUDGED", "PROGRESS_COLUMNS", "STANDINGS", "YET", "progress_of"]

YET: Final = "cannot be told yet"
NOT_JUDGED: Final = "not judged"
#: Where a measure can stand, best first.
STANDINGS: Final = ("met", "on course", YET, "fell short", "not shown", "against the aim", NOT_JUDGED)
PROGRESS_COLUMNS: Final = (
    "measure", "unit", "baseline", "baseline_period", "now", "now_period", "target", "target_period",
    "smallest_change", "change", "change_low_95", "change_high_95", "standing", "says",
)  # fmt: skip

_COVERED: Final = re.compile(r", (\d+) of \d+ months? covered$")


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A monthly count later over one earlier, with the interval of that; ratios."""

    ratio: float
    low: float
    high: float

    @property
    def words(self) -> str:
        ends = " to ".join(map(change_printed, (self.low, self.high)))
        return f"{change_printed(self.ratio)} (95% interval: {ends})"


def progress_of(measures: pd.DataFrame, tables: AssessmentTables, settings: PlanSettings) -> pd.DataFrame:
    """Each measure of a plan against a later assessment, one row each.

    Parameters
    ----------
    measures : DataFrame
        Of `Plan.measures` with that assessment.
    tables : AssessmentTables
        Of the later assessment.
    settings : PlanSettings
    """
    rows = {}
    for name, row in measures.iterrows():
        told = {str(column): value for column, value in row.items()}
        reason = _why_not(told, settings)
        silent = {"standing": NOT_JUDGED, "says": f"{NOT_JUDGED}: {reason}"}
        judged = silent if reason else _judged(told, tables, settings)
        rows[name] = {**told, "now": told["value"], "now_period": told["value_period"], **judged}
    made = pd.DataFrame.from_dict(rows, orient="index", columns=list(PROGRESS_COLUMNS))
    numbers = dict.fromkeys(("baseline", "now", "target", "smallest_change", *PROGRESS_COLUMNS[9:12]), "float64")
    made.index.name = measures.index.name
    return made.astype(numbers)


def _why_not(row: dict[str, Any], settings: PlanSettings) -> str:
    """Why a measure is not judged; blank where it is."""
    key = parse_measure_key(row["measure_key"]) if row["measure_key"] else None
    if key is None:
        return "partners count it"
    if not is_counted(key) or key.column == "harm" or not row["unit"].endswith(" a month"):
        return "it is no count by the month"
    if (category_of(key.selector) or key.selector) in POLICE_GENERATED:
        return "it follows police work"
    if pd.isna(row["baseline"]) or pd.isna(row["value"]):
        return "it was not counted in both"
    if row["baseline"] == 0:
        return "there was no case in the baseline"
    if pd.isna(row["target"]):
        return "no target was set"
    if row["target"] == row["baseline"]:
        return "its target is its baseline"
    return _months_that_do_not_fit(row, settings)


def _months_that_do_not_fit(row: dict[str, Any], settings: PlanSettings) -> str:
    end, now = baseline_end(row["baseline_period"]), _months(row["value_period"])
    if not end or not len(now):
        return "its months are not stated as months"
    if now[0] <= pd.Period(end, "M"):
        return "the months now are not after those of the baseline"
    if settings.start is not None and now[-1] < pd.Period(settings.start, "M"):
        return "the months now end before the plan begins"
    return ""


def _months(period: str) -> pd.PeriodIndex:
    """The run of months that a period states; none where it states none."""
    end = baseline_end(period)
    return pd.period_range(period[:7], end, freq="M") if end else pd.PeriodIndex([], freq="M")


def _covered(period: str) -> int:
    """How many of the months of a baseline were covered, as its text says."""
    found = _COVERED.search(period)
    return int(found[1]) if found else len(_months(period))


def _judged(row: dict[str, Any], tables: AssessmentTables, settings: PlanSettings) -> dict[str, Any]:
    key = parse_measure_key(row["measure_key"])
    earlier, now = (_months(row[name]) for name in ("baseline_period", "value_period"))
    months = _covered(row["baseline_period"]), covered_months(tables, settings.area)
    change = _change(row, months, key, tables)
    found = {"change": change.ratio - 1, "change_low_95": change.low - 1, "change_high_95": change.high - 1}
    if unlike := _unlike_seasons(earlier, now):
        return {**found, "standing": YET, "says": f"{change.words}, {YET}: {unlike}"}
    end = baseline_end(row["target_period"])
    over = bool(end) and str(now[-1]) >= end
    standing = _standing(row, change, over=over)
    return {**found, "standing": standing, "says": f"{change.words}, {standing}{_needs(row, standing)}"}


def _unlike_seasons(earlier: pd.PeriodIndex, now: pd.PeriodIndex) -> str:
    """How the months of the year of two spans differ; blank where each has the same share of both.

    Thirteen months hold one month of the year twice, and are no match for twelve; two years are one for a year.
    """
    if set(now.month) != set(earlier.month):
        return "other months of the year than the baseline's"
    shares = [Counter(int(month) for month in months.month) for months in (earlier, now)]
    if any(shares[0][month] * len(now) != shares[1][month] * len(earlier) for month in shares[0]):
        return "some months of the year are in one of the two more often than in the other"
    return ""


def _change(row: dict[str, Any], months: tuple[int, int], key: MeasureKey, tables: AssessmentTables) -> _Change:
    """Later over earlier, with the interval that chance and the usual variation over months leave.

    Given the cases of both periods, those of the later one are binomial; the interval of their share is that of
    Jeffreys, with counts divided by their dispersion, and stands where no case is left, too.
    """
    spread = dispersion_of(tables, key)
    before, after = (float(row[name]) * n / spread for name, n in zip(("baseline", "value"), months, strict=True))
    shares = (float(scipy.special.betaincinv(after + 0.5, before + 0.5, level)) for level in (LEVEL / 2, 1 - LEVEL / 2))
    low, high = (share / (1 - share) * months[0] / months[1] for share in shares)
    # Where no case is left the interval begins with nothing.
    return _Change(ratio=float(row["value"] / row["baseline"]), low=low if after else 0.0, high=high)


def _standing(row: dict[str, Any], change: _Change, *, over: bool) -> str:
    """Where a measure stands: by its target, and by whether it changed beyond chance towards it."""
    falls = row["target"] < row["baseline"]
    reached = row["value"] <= row["target"] if falls else row["value"] >= row["target"]
    towards, away = (change.high < 1, change.low > 1) if falls else (change.low > 1, change.high < 1)
    if away:
        return "against the aim"
    if not towards:
        return "not shown" if over else YET
    if reached:
        return "met"
    return "fell short" if over else "on course"


def _needs(row: dict[str, Any], standing: str) -> str:
    """What it would take to show by when, where nothing can be told."""
    least, falls = row["smallest_change"], row["target"] < row["baseline"]
    if standing not in (YET, "not shown") or pd.isna(least) or not falls or not math.isfinite(least):
        return ""
    share = change_printed(1 - float(least) / float(row["baseline"]))
    end = baseline_end(row["target_period"])
    if standing == "not shown":
        return f": {share} was needed to show"
    return f": needs {share} to show" + (f" by {month_words(end)}" if end else "")
