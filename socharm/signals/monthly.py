"""Recorded harm or crimes of all areas by month, beside what the season and the trend of all areas make of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm.severity.index import SeverityIndex
from socharm.stats.dispersion import month_effect

__all__ = ["Measure", "MonthlySeries", "monthly_series", "others_effect"]

_Floats = NDArray[np.float64]

#: What is watched by month.
Measure: TypeAlias = Literal["harm", "crimes"]

#: Crimes a month, in all areas, from which an offence shows a season of its own; the others share one.
_LEAST_A_MONTH: Final = 30
#: How many events of the usual mix the mix of an area is drawn towards that of all areas by.
_MIX_EVENTS: Final = 50.0
#: Over-dispersion and drift by which an area is heard of a month: about those of wards, as in `fit_noise`.
_DISPERSION, _DRIFT = 1.6, 0.1
#: Tukey's constant: 95% as efficient as the mean where nothing stands out.
_BISQUARE: Final = 4.685
#: Events that a standard deviation is of at least, and the least that an area is heard.
_LEAST_MEAN, _LEAST_WEIGHT = 0.5, 1e-6
#: Share of a month that one area is heard at most, where there are so many.
_MOST_SHARE: Final = 0.125
#: Crimes a month of a block of areas, and blocks that have a median.
_BLOCK_EVENTS, _LEAST_BLOCKS = 20.0, 3
#: How often levels of areas and effects of months are fitted to each other.
_ROUNDS: Final = 10


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


def others_effect(n: _Floats, known: NDArray[np.bool_]) -> _Floats:
    r"""Month effect of all areas but the one of the row, which no single area can move; 1 where no other is covered.

    Parameters
    ----------
    n : ndarray of shape (areas, months)
        0 where a month is not covered.
    known : ndarray of bool, shape (areas, months)

    Notes
    -----
    With :math:`\mu_a` the level of an area and :math:`s_t` the effect of a month, an area tells of a month by
    :math:`\sum_b w_{bt} n_{bt} / \sum_b w_{bt} \mu_b`. A weight is one over the variance of an event of the area,
    :math:`1.6 + 0.1^2 \mu_b s_t` (over-dispersion and drift as of wards), so that an area of many crimes tells no more
    than its own ups and downs let it, and at most an eighth of all, times Tukey's bisquare of its distance from
    :math:`s_t`, which is 0 from 4.685 standard deviations on. It begins at the median of areas; those of few crimes are
    put together to 20 a month.

    References
    ----------
    Beaton, A. E. and Tukey, J. W. (1974). The fitting of power series, meaning polynomials, illustrated on
    band-spectroscopic data. Technometrics 16, 147-185.
    """
    effect = month_effect(n, known)
    blocks = _blocks(n, known)
    for _ in range(_ROUNDS):
        effect = _middle(n, known * _own(n, known, effect)[:, None], blocks, effect)
    for _ in range(_ROUNDS):
        expected = known * _own(n, known, effect)[:, None]
        weight = _weights(n, expected, effect)
        effect = _shared(np.sum(weight * n, axis=0), np.sum(weight * expected, axis=0), effect)
    expected = known * _own(n, known, effect)[:, None]
    weight = _weights(n, expected, effect)
    told, base = weight * n, weight * expected
    found = np.ones(n.shape)
    np.divide(told.sum(axis=0) - told, base.sum(axis=0) - base, out=found, where=_others(expected))
    return np.asarray(np.maximum(found, 0.0), dtype=np.float64)


def _own(n: _Floats, known: NDArray[np.bool_], effect: _Floats) -> _Floats:
    """Level of each area over its months."""
    reach = np.sum(known * effect, axis=1)
    found = np.zeros(len(n))
    np.divide(n.sum(axis=1), reach, out=found, where=reach > 0)
    return found


def _others(expected: _Floats) -> NDArray[np.bool_]:
    """Whether another area than that of the row is expected to have anything in the month."""
    some = expected > 0
    return np.asarray(some.sum(axis=0) - some > 0)


def _shared(told: _Floats, base: _Floats, before: _Floats) -> _Floats:
    """One effect for each month with a mean of 1 over the months that anything tells of."""
    found = np.divide(told, base, out=before.copy(), where=base > 0)
    some = found > 0
    return np.where(some, found / found[some].mean(), 0.0) if some.any() else before


def _weights(n: _Floats, expected: _Floats, effect: _Floats) -> _Floats:
    """How far each area is heard of each month."""
    mean = np.maximum(expected * effect, 1e-12)
    event = _DISPERSION + _DRIFT**2 * mean
    far = (n - expected * effect) / np.sqrt(event * np.maximum(mean, _LEAST_MEAN)) / _BISQUARE
    heard = expected / event
    for _ in range(_ROUNDS):
        heard = np.minimum(heard, _MOST_SHARE * heard.sum(axis=0))
    alike = np.divide(heard, expected, out=np.zeros(n.shape), where=expected > 0)
    # Where all are far off, all are heard alike rather than nobody.
    return np.asarray(np.maximum((1.0 - np.minimum(far**2, 1.0)) ** 2, _LEAST_WEIGHT) * alike)


def _blocks(n: _Floats, known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number of the block of each area: its own, or areas of few crimes that have 20 a month together."""
    months = np.maximum(known.sum(axis=1), 1)
    level = n.sum(axis=1) / months
    order = np.argsort(level, kind="stable")
    block = np.zeros(len(n), dtype=np.intp)
    number, held = 0, 0.0
    for area in order:
        block[area] = number
        held += level[area]
        if held >= _BLOCK_EVENTS:
            number, held = number + 1, 0.0
    # What is left over has too few of its own.
    if held > 0 and number > 0:
        block[block == number] = number - 1
    return block


def _middle(n: _Floats, expected: _Floats, blocks: NDArray[np.intp], effect: _Floats) -> _Floats:
    """Median over blocks of recorded over expected."""
    count, base = (np.zeros((blocks.max(initial=0) + 1, n.shape[1])) for _ in range(2))
    np.add.at(count, blocks, n)
    np.add.at(base, blocks, expected)
    ratio = np.divide(count, base, out=np.full(count.shape, np.nan), where=base > 0)
    found = effect.copy()
    for month in range(n.shape[1]):
        held = ratio[:, month][~np.isnan(ratio[:, month])]
        if held.size >= _LEAST_BLOCKS:
            found[month] = np.median(held)
    return _shared(found, np.ones(len(found)), effect)
