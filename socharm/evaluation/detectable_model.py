"""What is to be expected of a site and of the rest before and after a start, from the months before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._words import noun_for, number_of
from socharm.errors import RefusedError
from socharm.evaluation.detectable_worlds import Case
from socharm.evaluation.event_units import event_unit
from socharm.evaluation.ground import Ground
from socharm.evaluation.wide import Wide
from socharm.stats.area_shocks import AreaShocks, fit_area_shocks

__all__ = ["BesideModel", "fit_beside", "has_season", "links_of"]

_Floats = NDArray[np.float64]

#: Orders of neighbours whose movements are looked at together.
_ORDERS: Final = 6
#: Months from which on a season is told.
_SEASON_MONTHS: Final = 24
_MONTH: Final = re.compile(r"\d{4}-(\d{2})")


@dataclass(frozen=True, eq=False)
class BesideModel:
    """Areas before a start, as a model of a site beside the rest.

    Attributes
    ----------
    level : array of shape (areas,)
        Counts a month.
    season : array of shape (12,)
        Level of the months of a year, the first of them that of the first month before; 1 without a season.
    common : float
        Variance of the log of a month that all areas share.
    shocks : AreaShocks
    before : int
        Months before.
    site, rest : array of int
        Rows of `level`.
    rows : array of int
        Which row of the outcomes each row of `level` is.
    """

    level: _Floats
    season: _Floats
    common: float
    shocks: AreaShocks
    before: int
    site: NDArray[np.intp]
    rest: NDArray[np.intp]
    rows: NDArray[np.intp]

    def case(self, site: NDArray[np.intp], rest: NDArray[np.intp], months: int) -> Case:
        """A site beside the rest, so many months after the start."""
        return self._case(*self._sides(site, rest), months)

    def like(self, areas: int, months: int) -> Case:
        """So many areas like those of the site, that move as much alike as these, or as neighbours where it is one."""
        totals, own = self._sides(self.site, self.rest)
        each = float(self.level[self.site].mean())
        made = []
        for place, found in enumerate(own):
            factor = found.copy()
            factor[0, 0] = (1 + (areas - 1) * self._alike(place)) / areas
            made.append(factor)
        rest = max(totals[1] - max(areas - len(self.site), 0) * each, each)
        return self._case(np.array([areas * each, rest]), made, months)

    def _sides(
        self, site: NDArray[np.intp], rest: NDArray[np.intp]
    ) -> tuple[_Floats, tuple[_Floats, _Floats, _Floats]]:
        """Counts a month of both, and how their areas' shocks add up."""
        shares = np.zeros((2, len(self.level)))
        shares[0, site], shares[1, rest] = self.level[site], self.level[rest]
        totals = shares.sum(axis=1)
        return totals, self.shocks.over_areas(shares / totals[:, None])

    def _alike(self, place: int) -> float:
        """What two areas of the site have in common of a shock."""
        n = len(self.site)
        if n < 2:
            return self.shocks.beside[0][place] if self.shocks.beside and place < 2 else 0.0
        shares = np.zeros((1, len(self.level)))
        shares[0, self.site] = 1 / n
        return float((n * self.shocks.over_areas(shares)[place][0, 0] - 1) / (n - 1))

    def _case(self, totals: _Floats, over_areas: Sequence[_Floats], months: int) -> Case:
        course = self.season[np.arange(self.before + months) % 12]
        weights = np.zeros((2, self.before + months))
        weights[0, : self.before], weights[1, self.before :] = course[: self.before], course[self.before :]
        sums = weights.sum(axis=1)
        weights /= sums[:, None]
        over_time = self.shocks.over_time(weights)
        shared = np.kron(np.ones((2, 2)), self.common * (weights @ weights.T))
        covariance = shared + sum(np.kron(areas, time) for areas, time in zip(over_areas, over_time, strict=True))
        return Case(np.kron(totals, sums), np.asarray(covariance), self.shocks.chance)


def fit_beside(wide: Wide, ground: Ground | None, exclude: Sequence[str]) -> BesideModel:
    """Fit the model to the periods before the start.

    Raises
    ------
    RefusedError
        Nothing recorded at the site, or in the rest; too few areas or months.
    """
    out = set(exclude)
    rows = np.array([*wide.treated, *(row for row in wide.donors if wide.codes[row] not in out)], dtype=np.intp)
    values = wide.values[rows, : wide.before]
    site = np.arange(len(wide.treated))
    if not values[site].sum() > 0:
        raise RefusedError("Nothing is recorded at the site before the start: no fall can be seen there.")
    some = values.sum(axis=1) > 0
    site, rest = np.arange(int(some[site].sum())), np.arange(int(some[site].sum()), int(some.sum()))
    values, rows = values[some], rows[some]
    values = values[:, values.sum(axis=0) > 0]
    if len(rest) < 2 or values.shape[1] < 3:
        raise RefusedError(
            f"There {noun_for(len(rest), 'is', 'are')} {number_of(len(rest), 'area')} to compare with and "
            f"{number_of(values.shape[1], 'period')} before the start with anything recorded: two and three are needed "
            "to tell how areas move. Add areas, or earlier periods."
        )
    values = values / event_unit(values)
    season, common = _course(values.sum(axis=0), wide.periods[: wide.before])
    links = () if ground is None else links_of(ground, [wide.codes[row] for row in rows])
    year = 12 if has_season(values.shape[1], wide.periods[: wide.before]) else 0
    shocks = fit_area_shocks(values, links, year=year)
    return BesideModel(values.mean(axis=1), season, common, shocks, wide.before, site, rest, rows)


def _course(totals: _Floats, periods: Sequence[str]) -> tuple[_Floats, float]:
    """Season, and the variance of the log of a month about it."""
    relative = totals / totals.mean()
    season = np.ones(12)
    place = np.arange(len(totals)) % 12
    spare = len(totals) - 1
    if has_season(len(totals), periods):
        season = np.array([relative[place == month].mean() for month in range(12)])
        season /= season.mean()
        spare = len(totals) - 12
    return season, float(np.sum(np.log(relative / season[place]) ** 2)) / spare


def has_season(held: int, periods: Sequence[str]) -> bool:
    """Whether the periods are months, all with something recorded, and enough to tell a season."""
    return held == len(periods) >= _SEASON_MONTHS and all(_MONTH.fullmatch(period) for period in periods)


def links_of(ground: Ground, codes: Sequence[str]) -> tuple[Any, ...]:
    """Neighbours of order 1 to 6 of areas, in their order."""
    place = {code: row for row, code in enumerate(ground.codes)}
    rows = np.array([place[code] for code in codes], dtype=np.intp)
    pairs = [(one, other) for one, near in enumerate(ground.neighbours) for other in near]
    size = len(ground.codes)
    at = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    first = scipy.sparse.csr_array((np.ones(at.shape[1]), (at[0], at[1])), shape=(size, size))
    found, seen, reach = [], scipy.sparse.eye_array(size, format="csr"), scipy.sparse.eye_array(size, format="csr")
    for _ in range(_ORDERS):
        reach = ((reach @ first) > 0).astype(np.float64)
        fresh = reach - reach.multiply(seen > 0)
        seen = seen + fresh
        reach = scipy.sparse.csr_array(fresh)
        found.append(scipy.sparse.csr_array(fresh)[rows][:, rows])
    return tuple(found)
