"""Recorded harm or crimes of all areas by month, beside what the season and the trend of all areas make of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm.severity.index import SeverityIndex
from socharm.stats.month_effects import others_effect

__all__ = ["Measure", "MonthlySeries", "monthly_series"]

_Floats = NDArray[np.float64]

#: What is watched by month.
Measure: TypeAlias = Literal["harm", "crimes"]

#: Crimes a month, in all areas, from which an offence shows a season of its own; the others share one.
_LEAST_A_MONTH: Final = 30
#: How many events of the usual mix the mix of an area is drawn towards that of all areas by.
_MIX_EVENTS: Final = 50.0


@dataclass(frozen=True, kw_only=True, eq=False)
class MonthlySeries:
    """Areas by months.

    Attributes
    ----------
    areas : Index
    months : PeriodIndex
        Every month from the first to the last.
    amounts : ndarray of shape (areas, months)
        Effective events: crimes, or harm over `unit`; NaN where a month is not covered, and in a month in which several
        areas are covered and none has anything on record: that sets no area apart from the others.
    shape : ndarray of shape (areas, months)
        What season and trend make of each month, up to a factor by area; 1 where nothing is known.
    unit : float
        Harm of one effective event; 1 for crimes.
    lift : float
        Third moment of an event's weight over the second, in units: 1 where all weigh the same.
    """

    areas: pd.Index
    months: pd.PeriodIndex
    amounts: _Floats
    shape: _Floats
    unit: float
    lift: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether an area was covered in a month."""
        return ~np.isnan(self.amounts)

    @property
    def recorded(self) -> int:
        """Number of areas with anything on record: of one alone there is no season of others."""
        return int((np.nansum(self.amounts, axis=1) > 0).sum())


def monthly_series(index: SeverityIndex, measure: Measure) -> MonthlySeries:
    r"""Recorded amounts by area and month, and the level that season and trend of all others give each month.

    Parameters
    ----------
    index : SeverityIndex
    measure : {"harm", "crimes"}

    Notes
    -----
    With :math:`w_o` the weights (1 for crimes), amounts are in units of
    :math:`d = \sum_o N_o w_o^2 / \sum_o N_o w_o`, so that chance alone gives them a variance equal to their mean. The
    level of a month is :math:`\sum_o q_{ao} s_{ot}^{(-a)}`: the month effect of each offence in all *other* areas, so
    that no area hides its own rise, by the area's mix of offences, which is drawn towards that of all areas. One area
    that outweighs all others does not move it (`others_effect`). An index of one area has no others: season and trend
    are not taken out of it.
    """
    cells = index.cells
    areas = pd.Index(sorted(cells[AREA].unique()), name=AREA)
    found = pd.PeriodIndex(cells[PERIOD])
    months = pd.period_range(found.min(), found.max(), freq="M")
    weights = cells.groupby(OFFENCE, observed=True)["weight"].first()
    weights = weights[weights > 0] if measure == "harm" else weights * 0.0 + 1.0
    cube, known = _cube(cells, areas, months, weights.index)
    known = known & ~_bare(cube, known)
    w = weights.to_numpy(dtype=np.float64)
    total = cube.sum(axis=(0, 2))
    second = float(np.sum(total * w * w))
    unit = second / float(np.sum(total * w)) if second > 0 else 1.0
    lift = float(np.sum(total * w**3)) / (unit * second) if second > 0 else 1.0
    groups = _groups(total, len(months))
    weighed = cube * w[None, :, None] / unit
    parts = np.stack([weighed[:, groups == group].sum(axis=1) for group in np.unique(groups)], axis=1)
    return MonthlySeries(
        areas=areas,
        months=months,
        amounts=np.where(known, parts.sum(axis=1), np.nan),
        shape=_shape(parts, known),
        unit=unit,
        lift=max(lift, 1.0),
    )


def _cube(
    cells: pd.DataFrame, areas: pd.Index, months: pd.PeriodIndex, offences: pd.Index
) -> tuple[_Floats, NDArray[np.bool_]]:
    """Counts of shape (areas, offences, months), and which areas were covered in which months."""
    rows, columns = areas.get_indexer(pd.Index(cells[AREA])), months.get_indexer(pd.PeriodIndex(cells[PERIOD]))
    kinds = offences.get_indexer(pd.Index(cells[OFFENCE]))
    cube = np.zeros((len(areas), len(offences), len(months)))
    weighed = kinds >= 0
    np.add.at(cube, (rows[weighed], kinds[weighed], columns[weighed]), cells[N].to_numpy(dtype=np.float64)[weighed])
    known = np.zeros((len(areas), len(months)), dtype=bool)
    known[rows, columns] = True
    return cube, known


def _bare(cube: _Floats, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Months in which several areas are covered and none has a crime; none where there is no crime at all."""
    recorded = cube.sum(axis=(0, 1)) > 0
    return np.asarray((known.sum(axis=0) > 1) & ~recorded & bool(recorded.any()), dtype=np.bool_)


def _groups(total: _Floats, months: int) -> NDArray[np.intp]:
    """Number of the group of each offence: its own where it shows a season, one for all others together."""
    own = total >= _LEAST_A_MONTH * months
    return np.where(own, np.arange(total.size), total.size)


def _shape(parts: _Floats, known: NDArray[np.bool_]) -> _Floats:
    """Level of each month for each area, of the month effects of the other areas."""
    areas, kinds, months = parts.shape
    mix = parts.sum(axis=2)
    usual = mix.sum(axis=0) / max(float(mix.sum()), 1e-300)
    mix = mix + _MIX_EVENTS * usual
    events = mix.sum(axis=1, keepdims=True)
    mix = np.divide(mix, events, out=np.zeros(mix.shape), where=events > 0)
    level = np.zeros((areas, months))
    for kind in range(kinds):
        level += mix[:, kind, None] * others_effect(np.where(known, parts[:, kind], 0.0), known)
    return np.where(level > 0, level, 1.0)
