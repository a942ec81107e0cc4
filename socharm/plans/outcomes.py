"""The outcome that an action aims at: a monthly count with its target and the smallest fall that could be seen."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm.offences import POLICE_GENERATED, category_of, group_of, offence_words
from socharm.plans.dates import months_after
from socharm.plans.measures import (
    MeasureKey,
    covered_months,
    covered_period,
    monthly_value,
    parse_measure_key,
    unit_of,
)
from socharm.plans.smallest_change import smallest_fall
from socharm.severity.dispersion import DEFAULT_PHI
from socharm.snapshot.tables import AssessmentTables
from socharm.stats.dispersion import dispersion_over_time

__all__ = ["FOLLOWED", "Outcome", "dispersion_of", "followed_months", "outcome_key", "outcome_of"]

#: Months over which an outcome is followed.
FOLLOWED: Final = 12
#: A target is a tenth below the baseline at least, and none is proposed where only a fall by half could be seen.
_LEAST_SHARE: Final = 0.1
_MOST_SHARE: Final = 0.5
_NUISANCE: Final = "anti-social-behaviour"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an action is to change, as a plan states it: sums by the month."""

    measure: str
    measure_key: str
    unit: str
    baseline: float
    baseline_period: str
    target: float
    target_period: str
    target_reason: str
    smallest_change: float

    def as_row(self) -> dict[str, Any]:
        """Columns of a plan."""
        return dict(vars(self))


def outcome_key(offence: str) -> str:
    """Key of the count that tells whether less of an offence is done.

    All crimes where there is no such offence. Recorded drug and weapon offences follow police work: fewer of
    them are no less of the trade, and no other count of the police stands for it, so their key is blank.
    """
    if not offence:
        return "index.crimes"
    category = category_of(offence) or offence
    return "" if category in POLICE_GENERATED else f"counts.n[{category}]"


def followed_months(start: dt.date) -> str:
    """The whole months after a day over which an outcome is followed.

    Examples
    --------
    >>> followed_months(dt.date(2026, 1, 5))
    '2026-02 to 2027-01'
    """
    first = months_after(start.replace(day=1), 0 if start.day == 1 else 1)
    return f"{first:%Y-%m} to {months_after(first, FOLLOWED - 1):%Y-%m}"


def outcome_of(tables: AssessmentTables, area: str, text: str, *, start: dt.date, rate_unit: str) -> Outcome:
    """Baseline, target and smallest fall of the count that a key names.

    The target is the smallest fall that could be told from chance, and a tenth at least. None is proposed where that
    would take more than half of the crimes away: such a place is judged by what was done, and over more months.
    """
    key = parse_measure_key(text)
    baseline = monthly_value(tables, area, key)
    months = covered_months(tables, area)
    fall = math.nan
    if not math.isnan(baseline):
        fall = smallest_fall(baseline, months=months, later_months=FOLLOWED, dispersion=dispersion_of(tables, key))
    aim = max(fall, _LEAST_SHARE * baseline)
    in_reach = not math.isnan(fall) and aim <= _MOST_SHARE * baseline
    return Outcome(
        measure=_words(key),
        measure_key=text,
        unit=unit_of(key, rate_unit),
        baseline=baseline,
        baseline_period=covered_period(tables, area, key) if not math.isnan(baseline) else "",
        # A tenth of a crime lower rather than one that the comparison would miss.
        target=math.floor((baseline - aim) * 10) / 10 if in_reach else math.nan,
        target_period=followed_months(start),
        target_reason=_reason(baseline, fall, in_reach=in_reach),
        smallest_change=fall,
    )


def _reason(baseline: float, fall: float, *, in_reach: bool) -> str:
    """Why the target is what it is, or why there is none, in words."""
    if math.isnan(baseline):
        return "none: it was not counted here"
    if baseline == 0:
        return "none: there was no case"
    if math.isnan(fall):
        return "none: with so few cases not even a fall to nothing could be told from chance; judge by what was done"
    if not in_reach:
        return "none: only a fall by more than half could be told from chance; judge by what was done"
    if fall >= _LEAST_SHARE * baseline:
        return "the smallest fall that could be told from chance: a smaller one would show nothing"
    return "a tenth: more than the smallest fall that could be told from chance"


def _words(key: MeasureKey) -> str:
    if key.table == "index":
        return "All recorded crimes"
    name = offence_words(key.selector)
    return f"Incidents of {name}" if key.table == "unweighted" else f"Recorded {name}"


def dispersion_of(tables: AssessmentTables, key: MeasureKey) -> float:
    """Variance over mean of a count over the months assessed, as the areas' months show it.

    That of all offences in twelve months, as packaged, where the months cannot tell.
    """
    counts, coverage = _counted(tables["counts"], key), tables["coverage"]
    if not len(counts) or not len(coverage):
        return DEFAULT_PHI["all"]
    areas, months = (pd.Index(coverage[name].unique()) for name in (AREA, PERIOD))
    covered = np.zeros((len(areas), len(months)), dtype=bool)
    covered[areas.get_indexer(coverage[AREA]), months.get_indexer(coverage[PERIOD])] = coverage["covered"]
    row, column = areas.get_indexer(counts[AREA]), months.get_indexer(counts[PERIOD])
    held = (row >= 0) & (column >= 0)
    n = np.zeros(covered.shape)
    np.add.at(n, (row[held], column[held]), counts[N].to_numpy(dtype=float, na_value=0.0)[held])
    found = dispersion_over_time(n, covered)
    return DEFAULT_PHI["all"] if found is None or not np.isfinite(found.window) else found.window


def _counted(counts: pd.DataFrame, key: MeasureKey) -> pd.DataFrame:
    """Rows of the counts that a measure adds up."""
    labels = counts[OFFENCE]
    names = {label: str(label) for label in labels.unique()}
    if key.table == "by_group":
        wanted = [label for label, name in names.items() if group_of(name) == key.selector]
    elif key.selector:
        wanted = [label for label, name in names.items() if key.selector in (name, category_of(name))]
    else:
        wanted = [label for label, name in names.items() if name != _NUISANCE]
    return counts[labels.isin(wanted)]
