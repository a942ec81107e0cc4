"""Months of areas that hold so few crimes, beside their other months, that rows of the file may be missing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import scipy

from socharm._about import LACKS_ROWS
from socharm._columns import AREA, FORCE, PERIOD, N, to_period
from socharm._words import joined_words, month_words, number_of
from socharm.errors import CoverageWarning

__all__ = ["LackRule", "forces_of", "lack_note", "lacking_rows", "warn_of_lacking"]

_NAMED: Final = 6
#: Areas of this many crimes in a usual month or more show what the month was like, one by one.
_TELLING: Final = 5.0
#: Areas are judged by their number among those that have no crime in less than such a share of months.
_SELDOM: Final = (0.15, 0.05, 0.01)


@dataclass(frozen=True, kw_only=True)
class LackRule:
    """From when on an area-month is suspected to lack rows.

    Attributes
    ----------
    chance : float
        Chance, over all areas and months together, that one is suspected although every row arrived.
    dispersion : float
        Variance of a month's count over its mean: counts of crime vary more than chance alone.
    drift : float
        And by so large a share of the mean, as places change.
    most : float
        An area-month with a larger share of its expected crimes is never suspected.
    habit : float
        An area that is as low in a larger share of its months is like that, and lacks nothing.
    fewest_months : int
        Of fewer covered months nobody knows what is usual in one area.
    together : int
        Areas without any crime in one month from which on their number is judged.
    """

    chance: float = 1e-3
    dispersion: float = 3.0
    drift: float = 0.2
    most: float = 0.2
    habit: float = 1 / 3
    fewest_months: int = 3
    together: int = 5


def lacking_rows(
    table: pd.DataFrame, coverage: pd.DataFrame, forces: pd.Series | None = None, *, rule: LackRule | None = None
) -> pd.DataFrame:
    """Area-months with no crime, or far fewer than are to be expected.

    Parameters
    ----------
    table : DataFrame
        ``area_code``, ``period``, ``n``: counts as recorded, without noise.
    coverage : DataFrame of bool
        Area x month. What is not covered is told already, and says nothing.
    forces : Series, optional
        Force of each area; the months of an area are held against those of the areas of its force.
    rule : LackRule, optional

    Returns
    -------
    DataFrame
        ``area_code``, ``period``, ``n``, ``expected``: one row for each, sorted by month and area.

    Notes
    -----
    Expected are the crimes of the area's usual month (the lower of median and mean), times what the month was like
    in the other areas of the force. A count is held against the negative binomial distribution with that mean and the
    stated dispersion. Areas too small to be judged one by one are judged by their number: of the areas of the force
    that have no crime in less than 15%, 5% or 1% of months, how many have none, beside how many are to be expected.

    Examples
    --------
    >>> months = pd.period_range("2025-01", periods=4, freq="M")
    >>> rows = [(area, month, 90) for area in "ABC" for month in months if (area, month.month) != ("B", 3)]
    >>> covered = pd.DataFrame(True, index=list("ABC"), columns=months)
    >>> lacking_rows(pd.DataFrame(rows, columns=["area_code", "period", "n"]), covered).astype(str).values.tolist()
    [['B', '2025-03', '0', '90.0']]
    """
    rule = rule or LackRule()
    covered: np.ndarray = coverage.to_numpy(dtype=bool)
    n = _matrix(table, coverage)
    expected = np.zeros(n.shape)
    suspected = np.zeros(n.shape, dtype=bool)
    for areas in _groups(forces, coverage.index):
        expected[areas] = _expected(n[areas], covered[areas])
        judged = covered[areas] & (covered[areas].sum(axis=1) >= rule.fewest_months)[:, None]
        suspected[areas] = _suspected(n[areas], expected[areas], judged, rule, n.size)
    usual = suspected.sum(axis=1) > rule.habit * covered.sum(axis=1)
    suspected[usual] = False
    month, area = np.nonzero(suspected.T)
    return pd.DataFrame(
        {
            AREA: coverage.index.to_numpy(dtype=object)[area],
            PERIOD: to_period(pd.Index(coverage.columns.astype(str)))[month],
            N: n[area, month],
            "expected": expected[area, month].round(1),
        }
    ).astype({AREA: "str"})


def _matrix(table: pd.DataFrame, coverage: pd.DataFrame) -> np.ndarray:
    """Crimes by area and month of `coverage`."""
    area = coverage.index.get_indexer(pd.Index(table[AREA]))
    month = pd.PeriodIndex(coverage.columns, freq="M").get_indexer(pd.PeriodIndex(table[PERIOD], freq="M"))
    inside = (area >= 0) & (month >= 0)
    flat = area[inside] * coverage.shape[1] + month[inside]
    sums = np.bincount(flat, weights=table[N].to_numpy()[inside], minlength=coverage.size)
    return sums.astype(np.int64).reshape(coverage.shape)


def _groups(forces: pd.Series | None, areas: pd.Index) -> Iterator[np.ndarray]:
    """Positions of the areas of each force; areas without one are a group too."""
    stated = pd.Series("", index=areas) if forces is None else forces.reindex(areas).fillna("").astype(str)
    for name in sorted(set(stated)):
        yield np.flatnonzero((stated == name).to_numpy())


def _expected(n: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """The area's usual month times what each month was like in the other areas; 0 where nothing is covered."""
    known = covered.any(axis=1)
    held = np.where(covered, n, np.nan)
    usual = np.zeros(len(n))
    usual[known] = np.nanmean(held[known], axis=1)
    share = _months(n, covered, usual)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.where(covered & (share > 0), n / share, np.nan)
    judged = (~np.isnan(level)).any(axis=1)
    middle = np.zeros(len(n))
    middle[judged] = np.nanmedian(level[judged], axis=1)
    # The mean is that of the area's other months; of a small area it is below the median.
    filled, held = np.nan_to_num(level), (~np.isnan(level)).sum(axis=1)[:, None]
    mean = (filled.sum(axis=1)[:, None] - filled) / np.maximum(held - 1, 1)
    return np.where(covered, np.minimum(middle[:, None], mean) * share, 0.0)


def _months(n: np.ndarray, covered: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """What a month was like in the other areas, as a share of their usual months.

    The higher of all their crimes and of the median area: a file that lacks a third of the areas does not make that
    third look usual.
    """
    mine = np.where(covered, usual[:, None], 0.0)
    counts = np.where(covered, n, 0)
    others, theirs = mine.sum(axis=0) - mine, counts.sum(axis=0) - counts
    pooled = np.divide(theirs, others, out=np.ones(n.shape), where=others > 0)
    large = usual >= _TELLING
    if large.any():
        ratio = np.where(covered[large], n[large] / usual[large, None], np.nan)
        held = ~np.isnan(ratio).all(axis=0)
        middle = np.zeros(n.shape[1])
        middle[held] = np.nanmedian(ratio[:, held], axis=0)
        pooled = np.maximum(pooled, middle)
    return np.asarray(pooled)


def _suspected(n: np.ndarray, expected: np.ndarray, judged: np.ndarray, rule: LackRule, tests: int) -> np.ndarray:
    # Negative binomial: variance = dispersion x mean + (drift x mean)^2.
    excess = rule.dispersion - 1 + rule.drift**2 * expected
    size = np.maximum(expected, 1e-9) / excess
    low = judged & (n <= rule.most * expected) & (expected > 0)
    found = low.copy()
    # The regularised beta function is the distribution function of the negative binomial.
    found[low] = scipy.special.betainc(size[low], n[low] + 1.0, 1 / (1 + excess[low])) < rule.chance / tests
    chance = np.where(judged, (1 + excess) ** -size, 1.0)
    for seldom in _SELDOM:
        found |= _together(n, np.where(chance < seldom, chance, 0.0), rule, tests)
    return np.asarray(found)


def _together(n: np.ndarray, chance: np.ndarray, rule: LackRule, tests: int) -> np.ndarray:
    """Areas without a crime in months in which too many have none, by Chernoff's bound for a sum of rare events."""
    none = (chance > 0) & (n == 0)
    mean, number = chance.sum(axis=0), none.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = number * np.log(number / mean) - number + mean
    many = (number >= np.maximum(rule.together, 2 * mean)) & (bound > np.log(tests / rule.chance))
    return np.asarray(none & many[None, :])


def lack_note(found: pd.DataFrame) -> str:
    """One sentence, without names of areas; empty where nothing is suspected."""
    if found.empty:
        return ""
    areas = found[AREA].nunique()
    return (
        f"{number_of(areas, 'area has', 'areas have')} no crime, or far less than is likely, in {_told_months(found)}: "
        f"{LACKS_ROWS}. What is missing would make {'it' if areas == 1 else 'them'} look quieter."
    )


def warn_of_lacking(found: pd.DataFrame, *, stacklevel: int) -> None:
    """A `CoverageWarning` with the worst areas by name."""
    if found.empty:
        return
    worst = found.sort_values("expected", ascending=False, kind="stable").head(_NAMED)
    named = "; ".join(
        f"{row[AREA]} in {row[PERIOD]}: {row[N]:,} where {row['expected']:,.0f} are to be expected"
        for row in worst.to_dict("records")
    )
    warnings.warn(
        f"{lack_note(found)} They count as covered: {named}"
        + (f" and {len(found) - _NAMED:,} more. " if len(found) > _NAMED else ". ")
        + "Check whether the file is whole, and count again; where it cannot be had whole, say with `covered` what was "
        "covered.",
        CoverageWarning,
        stacklevel=stacklevel + 1,
    )


def _told_months(found: pd.DataFrame) -> str:
    months = sorted({str(month) for month in found[PERIOD]})
    shown = [month_words(month) for month in months[:_NAMED]]
    return joined_words(shown) if len(months) <= _NAMED else f"{', '.join(shown)} and {len(months) - _NAMED} more"


def forces_of(areas: pd.DataFrame) -> pd.Series | None:
    """Force of each area, where it is known."""
    return areas[FORCE] if FORCE in areas.columns else None
