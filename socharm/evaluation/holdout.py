"""Months cut into what is ranked on and what comes next: the origins of a hold-out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._columns import AREA, PERIOD
from socharm.errors import ModelWarning
from socharm.severity.index import SeverityIndex
from socharm.severity.model import fit_rate_model
from socharm.stats.ranks import descending_ranks

__all__ = [
    "RANKERS",
    "HoldOut",
    "MonthTable",
    "Origin",
    "Scorer",
    "Window",
    "WindowRank",
    "cut_origins",
    "month_table",
    "rank_window",
]

_Floats = NDArray[np.float64]
_Rows = NDArray[np.intp]

#: Orders that are compared, and what each goes by.
RANKERS: Final = {
    "socharm rank": "expected rank of the underlying harm rate in the window, as `rank_areas` publishes it",
    "harm rate": "harm recorded in the window, per denominator",
    "harm sum": "harm recorded in the window",
    "crime rate": "crimes recorded in the window, per denominator",
    "crime count": "crimes recorded in the window",
    "previous window": "the socharm rank of the window before, not renewed",
    "latest months": "harm per denominator in the last months of the window, as many as the horizon has",
    "deprivation": "deprivation alone",
    "random": "chance: the mean over all orders",
}


@dataclass(frozen=True, eq=False)
class MonthTable:
    """Harm, crimes and exposure as arrays of shape (areas, months); 0 where `covered` is False."""

    areas: pd.Index
    months: pd.PeriodIndex
    harm: _Floats
    crimes: _Floats
    exposure: _Floats
    covered: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Window:
    """What an order may know: the months before an origin.

    Attributes
    ----------
    areas : Index
        The areas ranked at the origin, ascending as the history has them.
    rows : their rows in the history
    months : PeriodIndex
    harm, crimes, exposure : arrays of shape (areas,), totals of the months
    """

    areas: pd.Index
    rows: _Rows
    months: pd.PeriodIndex
    harm: _Floats
    crimes: _Floats
    exposure: _Floats


#: An order: one number for each area of a window, the highest first.
Scorer: TypeAlias = Callable[[Window], _Floats]


@dataclass(frozen=True, eq=False)
class WindowRank:
    """Expected rank and posterior mean of the harm rate of the areas ranked in a window."""

    rows: _Rows
    expected: _Floats
    rate: _Floats


@dataclass(frozen=True, eq=False)
class Origin:
    """One cut: what was known, in which orders, and what came.

    Attributes
    ----------
    window, horizon : slice of months
    rows : rows of the areas that are ranked in the window and covered in the whole horizon
    left_out_window, left_out_horizon : areas that are not
    harm, crimes, exposure : of the horizon, shape (rows,)
    past_harm, past_crimes : of the window
    scores : by ranker, the highest first; None where the ranker has no order here
    predicted : by ranker, what it predicts for the horizon and of what ("harm" or "crimes")
    """

    window: slice
    horizon: slice
    rows: _Rows
    left_out_window: int
    left_out_horizon: int
    harm: _Floats
    crimes: _Floats
    exposure: _Floats
    past_harm: _Floats
    past_crimes: _Floats
    scores: Mapping[str, _Floats | None]
    predicted: Mapping[str, tuple[str, _Floats]]

    @property
    def reason(self) -> str:
        """Why nothing can be measured here; empty text where it can."""
        if self.rows.size < 2:
            return "fewer than two areas covered"
        if not self.harm.any():
            return "no harm recorded in the horizon"
        return "" if self.past_harm.any() else "no harm recorded in the window"


@dataclass(frozen=True, kw_only=True)
class HoldOut:
    """How months are cut: `window` months ranked on, the next `horizon` measured, each `step` months.

    `others` are orders beside `RANKERS`, by name.
    """

    window: int
    horizon: int
    step: int
    rank_draws: int
    seed: int
    threads: int
    others: Mapping[str, Scorer] = field(default_factory=dict)


def month_table(history: SeverityIndex) -> MonthTable:
    """Arrays of a history; an area without population is covered in no month."""
    period = history.about.period
    cells = history.by_period
    months = pd.PeriodIndex(period.months if period is not None else sorted(cells[PERIOD].unique()), freq="M")
    areas = history.table.index
    rows, columns = areas.get_indexer(pd.Index(cells[AREA])), months.get_indexer(pd.PeriodIndex(cells[PERIOD]))
    values = {name: np.zeros((len(areas), len(months))) for name in ("harm", "crimes", "exposure")}
    for name, table in values.items():
        table[rows, columns] = np.nan_to_num(cells[name].to_numpy(dtype=float))
    covered = values["exposure"] > 0
    harm, crimes, exposure = (np.where(covered, values[name], 0.0) for name in ("harm", "crimes", "exposure"))
    return MonthTable(areas, months, harm, crimes, exposure, covered)


def rank_window(history: SeverityIndex, table: MonthTable, window: slice, cut: HoldOut) -> WindowRank | None:
    """Rank on some months as `rank_areas` does; None where no area is covered in enough of them."""
    covered = table.covered[:, window]
    exposure = table.exposure[:, window].sum(axis=1)
    enough = (covered.mean(axis=1) >= history.findings.minimum_coverage) & (exposure > 0)
    rows = np.flatnonzero(enough)
    if not rows.size:
        return None
    months = table.months[window]
    with threadpool_limits(1):
        model = fit_rate_model(
            history.cells[history.cells[PERIOD].isin(months)],
            pd.Series(exposure[rows], index=table.areas[rows]),
            coverage=pd.DataFrame(covered, index=table.areas, columns=months),
            pool=history.findings.level == "offence",
        )
        # Coupled: the same draws at every origin.
        drawn = model.draw_rates(cut.rank_draws, seed=cut.seed, coupled=True, threads=cut.threads)
        ranks = descending_ranks(drawn)
    expected = ranks.sum(axis=0, dtype=np.int64) / len(ranks)
    return WindowRank(rows, expected, model.posterior_mean().to_numpy(dtype=float))


def cut_origins(
    history: SeverityIndex, table: MonthTable, cut: HoldOut, *, deprivation: pd.Series | None
) -> list[Origin]:
    """Every origin of a history, in order; those at which nothing can be measured say why.

    Warns
    -----
    ModelWarning
        Windows are too short to show how counts vary over time: once, not for each window.
    """
    score = None if deprivation is None else deprivation.reindex(table.areas).to_numpy(dtype=float)
    ranked: dict[int, WindowRank | None] = {}
    starts = range(0, len(table.months) - cut.window - cut.horizon + 1, cut.step)
    origins = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ModelWarning)
        for start in starts:
            for first in (start - cut.window, start):
                if first >= 0 and first not in ranked:
                    ranked[first] = rank_window(history, table, slice(first, first + cut.window), cut)
            origins.append(_origin(table, cut, start, ranked[start], ranked.get(start - cut.window), score))
    for found in {str(warning.message): warning for warning in caught}.values():
        warnings.warn(str(found.message), found.category, stacklevel=3)
    return origins


def _origin(
    table: MonthTable,
    cut: HoldOut,
    start: int,
    rank: WindowRank | None,
    before: WindowRank | None,
    deprivation: _Floats | None,
) -> Origin:
    window = slice(start, start + cut.window)
    horizon = slice(window.stop, window.stop + cut.horizon)
    ranked = rank.rows if rank is not None else np.empty(0, dtype=np.intp)
    rows = ranked[table.covered[ranked, horizon].all(axis=1)]
    scores, predicted = _recorded(table, rows, window, horizon)
    years = _total(table.exposure, rows, horizon)
    for name, found in (("socharm rank", rank), ("previous window", before)):
        place = _places(rows, found)
        scores[name] = None
        if found is not None and place is not None:
            scores[name] = -found.expected[place]
            predicted[name] = ("harm", found.rate[place] * years)
    if deprivation is not None:
        scores["deprivation"] = deprivation[rows]
    past = [_total(values, rows, window) for values in (table.harm, table.crimes, table.exposure)]
    if cut.others and rows.size > 1:
        known = Window(table.areas[rows], rows, table.months[window], *past)
        scores |= {name: scorer(known) for name, scorer in cut.others.items()}
    return Origin(
        window=window,
        horizon=horizon,
        rows=rows,
        left_out_window=len(table.areas) - ranked.size,
        left_out_horizon=ranked.size - rows.size,
        harm=_total(table.harm, rows, horizon),
        crimes=_total(table.crimes, rows, horizon),
        exposure=years,
        past_harm=past[0],
        past_crimes=past[1],
        scores={name: scores[name] for name in (*RANKERS, *cut.others) if name in scores},
        predicted=predicted,
    )


def _recorded(
    table: MonthTable, rows: _Rows, window: slice, horizon: slice
) -> tuple[dict[str, _Floats | None], dict[str, tuple[str, _Floats]]]:
    """Orders by what was recorded, and what they predict: that it goes on."""
    harm, crimes, exposure = (_total(values, rows, window) for values in (table.harm, table.crimes, table.exposure))
    # An area that was covered in fewer months is compared by what it had in a month.
    months = np.add.reduce(table.covered[rows, window], axis=1, dtype=np.float64)
    scores: dict[str, _Floats | None] = {
        "harm rate": harm / exposure,
        "harm sum": harm / months,
        "crime rate": crimes / exposure,
        "crime count": crimes / months,
        "latest months": None,
        "random": np.zeros(rows.size),
    }
    years = _total(table.exposure, rows, horizon)
    predicted = dict.fromkeys(("harm rate", "harm sum"), ("harm", harm / exposure * years))
    predicted |= dict.fromkeys(("crime rate", "crime count"), ("crimes", crimes / exposure * years))
    latest = slice(max(window.start, window.stop - (horizon.stop - horizon.start)), window.stop)
    if table.covered[rows, latest].all():
        recent = _total(table.harm, rows, latest) / _total(table.exposure, rows, latest)
        scores["latest months"], predicted["latest months"] = recent, ("harm", recent * years)
    return scores, predicted


def _total(values: _Floats, rows: _Rows, months: slice) -> _Floats:
    return np.asarray(np.add.reduce(values[rows, months], axis=1), dtype=np.float64)


def _places(rows: _Rows, found: WindowRank | None) -> _Rows | None:
    """Where `rows` stand in a ranking; None unless it has all of them."""
    if found is None or not np.isin(rows, found.rows).all():
        return None
    return np.asarray(np.searchsorted(found.rows, rows), dtype=np.intp)
