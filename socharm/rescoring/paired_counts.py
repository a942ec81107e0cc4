"""Counts of the same areas and offences in two periods, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import AssessmentPeriod
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import number_of, period_words
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.severity.index import SeverityIndex

__all__ = ["PairedCounts", "PeriodCounts", "pair_counts", "period_counts"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PeriodCounts:
    """Counts of one period.

    Attributes
    ----------
    n : array of shape (areas, offences, months)
        0 where not covered.
    covered : array of shape (areas, months) of bool
    exposure : array of shape (areas,)
        Denominator units times years covered, above zero.
    """

    n: _Floats
    covered: NDArray[np.bool_]
    exposure: _Floats

    @property
    def by_offence(self) -> _Floats:
        """Counts over all months, of shape (areas, offences)."""
        return np.asarray(self.n.sum(axis=2), dtype=np.float64)

    def monthly(self, weights: _Floats) -> _Floats:
        """Weighted sums of shape (areas, months)."""
        return np.asarray(np.einsum("aot,o->at", self.n, weights), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class PairedCounts:
    """Counts of the same areas and offences in two periods, under one scheme of weights.

    Attributes
    ----------
    areas, offences : Index
    weights : array of shape (offences,)
    earlier, later : PeriodCounts
    periods : tuple of AssessmentPeriod
        Months of the earlier and of the later period; empty where they are not known.
    divided : array of bool of shape (areas,), optional
        Areas with crimes that were divided by shares; none when omitted.
    """

    areas: pd.Index
    offences: pd.Index
    weights: _Floats
    earlier: PeriodCounts
    later: PeriodCounts
    periods: tuple[AssessmentPeriod, ...] = ()
    divided: NDArray[np.bool_] | None = None

    @property
    def interpolated(self) -> NDArray[np.bool_]:
        """Areas whose counts were divided by shares."""
        return np.zeros(len(self.areas), dtype=bool) if self.divided is None else self.divided

    @property
    def effective(self) -> float:
        """Harm of one effective event: ``sum N w^2 / sum N w`` over both periods and all areas, the listed ones too.

        The unit in which the model counts: later counts of the list move it a little, and with it what was expected.
        """
        n = self.earlier.n.sum(axis=(0, 2)) + self.later.n.sum(axis=(0, 2))
        return float(np.sum(n * self.weights**2) / np.sum(n * self.weights))

    @property
    def unevenness(self) -> float:
        """Skewness of harm over that of equal events, ``sum N w^3 sum N w / (sum N w^2)^2``; at least 1."""
        n = self.earlier.n.sum(axis=(0, 2)) + self.later.n.sum(axis=(0, 2))
        first, second, third = (float(np.sum(n * self.weights**power)) for power in (1, 2, 3))
        return third * first / second**2

    def harm(self) -> tuple[_Floats, _Floats]:
        """Harm of each area in both periods."""
        return self.earlier.by_offence @ self.weights, self.later.by_offence @ self.weights

    def rates(self) -> tuple[_Floats, _Floats]:
        """Harm per unit of exposure of each area in both periods."""
        before, after = self.harm()
        return before / self.earlier.exposure, after / self.later.exposure


def pair_counts(earlier: SeverityIndex, later: SeverityIndex) -> PairedCounts:
    """Counts of two indices of the same areas, with the areas that can be ranked in both.

    Raises
    ------
    AlignmentError
        No area, or fewer than three, are in both.
    SchemaError
        An offence has one weight in the earlier and another in the later index.
    RefusedError
        Both are the same, share months, or the later one is before the earlier one.
    """
    periods = _in_order(earlier, later)
    kept = [index.table.index[index.table["rankable"].to_numpy(dtype=bool)] for index in (earlier, later)]
    areas = kept[0].intersection(kept[1]).sort_values()
    if len(areas) < 3:
        raise AlignmentError(
            f"{number_of(len(areas), 'area')} can be ranked in both periods; three at least are compared. The earlier "
            f"index has such as {list(map(str, kept[0][:3]))}, the later {list(map(str, kept[1][:3]))}."
        )
    weights = _one_weight(earlier, later)
    first, second = (period_counts(index, areas, weights.index) for index in (earlier, later))
    if not (first.n.any() and second.n.any()):
        raise ParameterError("One of the two periods has no crime with a weight in the areas that both have.")
    return PairedCounts(areas, weights.index, weights.to_numpy(dtype=float), first, second, periods)


def _in_order(earlier: SeverityIndex, later: SeverityIndex) -> tuple[AssessmentPeriod, ...]:
    """Both periods, of which the second begins after the first has ended."""
    if earlier is later:
        raise RefusedError("Both indices are the same one. Compare those of two periods.")
    first, second = (_period(index) for index in (earlier, later))
    both = sorted(set(first.months) & set(second.months))
    if both:
        raise RefusedError(
            f"{number_of(len(both), 'month is', 'months are')} in both periods ({period_words(both[0], both[-1])}), so "
            "a part of the crime is held against itself. Compare periods that share no month."
        )
    if second < first:
        raise RefusedError(
            f"The later index is of {period_words(second.start, second.end)}, before the earlier one "
            f"({period_words(first.start, first.end)}). Swap the two."
        )
    return first, second


def _period(index: SeverityIndex) -> AssessmentPeriod:
    """The period of an index: as stated, or the months of its cells."""
    if index.about.period is not None:
        return index.about.period
    months = index.cells[PERIOD]
    return AssessmentPeriod(str(months.min()), str(months.max()))


def _one_weight(earlier: SeverityIndex, later: SeverityIndex) -> pd.Series:
    """Weight of each offence of either index."""
    found = [index.cells.groupby(OFFENCE, observed=True)["weight"].first() for index in (earlier, later)]
    both = pd.concat(found, axis=1, keys=["earlier", "later"]).sort_index()
    unlike = both.dropna()[~np.isclose(both.dropna()["earlier"], both.dropna()["later"], rtol=1e-9)]
    if len(unlike):
        name, row = str(unlike.index[0]), unlike.iloc[0]
        raise SchemaError(
            f"{number_of(len(unlike), 'offence')} with another weight in the later index: {name!r} weighs "
            f"{row['earlier']:g} in the earlier and {row['later']:g} in the later one. Make the earlier index again "
            "with the weights of the later one."
        )
    return both["earlier"].fillna(both["later"])


def period_counts(index: SeverityIndex, areas: pd.Index, offences: pd.Index) -> PeriodCounts:
    """Counts of one index as an array, for areas and offences in a given order."""
    cells = index.cells
    months = pd.PeriodIndex(_period(index).months, freq="M")
    places = [
        areas.get_indexer(pd.Index(cells[AREA])),
        offences.get_indexer(pd.Index(cells[OFFENCE])),
        months.get_indexer(pd.PeriodIndex(cells[PERIOD])),
    ]
    inside = np.all([place >= 0 for place in places], axis=0)
    n = np.zeros((len(areas), len(offences), len(months)))
    np.add.at(n, tuple(place[inside] for place in places), cells[N].to_numpy(dtype=float)[inside])
    covered = np.zeros((len(areas), len(months)), dtype=bool)
    here = inside & (np.nan_to_num(cells["exposure"].to_numpy(dtype=float)) > 0)
    covered[places[0][here], places[2][here]] = True
    exposure = index.table["exposure"].astype(float).reindex(areas).to_numpy(dtype=np.float64)
    return PeriodCounts(n * covered[:, None, :], covered, np.asarray(exposure, dtype=np.float64))
