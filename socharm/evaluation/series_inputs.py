"""Monthly series as an interrupted time series takes them: months in order, gaps kept, a start that can be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import to_period
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError

__all__ = ["MonthlySeries", "read_series"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MonthlySeries:
    """A series, and one to compare it with where there is one.

    Attributes
    ----------
    y, offset : ndarray of shape (months,)
        Amounts (0 where not known), and the logarithm of the exposure, over that of the comparison series.
    other : ndarray of shape (months,) or None
    known, used : ndarray of bool, shape (months,)
        Covered; and neither in the transition nor without anything in both series.
    times, calendar : ndarray of shape (months,)
        1, 2, ...; month of the year.
    start : int
        Position of the first month after start and transition.
    periods : tuple of str
    """

    y: _Floats
    offset: _Floats
    other: _Floats | None
    known: NDArray[np.bool_]
    used: NDArray[np.bool_]
    times: _Floats
    calendar: _Floats
    start: int
    periods: tuple[str, ...]


def read_series(
    counts: pd.Series,
    start: str,
    exposure: pd.Series | None,
    comparison: pd.Series | None,
    comparison_exposure: pd.Series | None,
    transition: int,
) -> MonthlySeries:
    """Series by month as arrays.

    Raises
    ------
    SchemaError
        Months out of order or left out, amounts below zero, exposure that is missing or not above zero.
    ParameterError
        A start that is no month of the series or lies in a gap, fewer than three months on a side, nothing recorded
        before it, an exposure of a comparison that is not given.
    """
    months = to_period(counts.index)
    if not len(months) or not months.equals(pd.period_range(months[0], periods=len(months), freq="M")):
        raise SchemaError(
            "`counts` must be a series with every month once, in order; where a month was not covered it is missing."
        )
    if comparison_exposure is not None and comparison is None:
        raise ParameterError("`comparison_exposure` is given without `comparison`. Give both, or neither.")
    y = _amounts(counts, months, "counts", least=0.0)
    offset = np.zeros(len(months)) if exposure is None else np.log(_amounts(exposure, months, "exposure", least=None))
    known = ~np.isnan(y) & ~np.isnan(offset)
    other = None
    if comparison is not None:
        found = _amounts(comparison, months, "comparison", least=0.0)
        if comparison_exposure is not None:
            offset = offset - np.log(_amounts(comparison_exposure, months, "comparison_exposure", least=None))
        known &= ~np.isnan(found) & ~np.isnan(offset)
        other = np.where(known, found, 0.0)
    periods = tuple(months.astype("str"))
    first = _first(start, periods, known)
    late = np.arange(len(months))
    used = known & ~((late >= first) & (late < first + transition))
    y = np.where(known, y, 0.0)
    if other is not None:
        used &= y + other > 0
    _require_sides(y, used, first, first + transition)
    return MonthlySeries(
        y=y, offset=np.where(known, offset, 0.0), other=other, known=known, used=used,
        times=np.arange(1.0, len(months) + 1), calendar=np.asarray(months.month, dtype=np.float64),
        start=first + transition, periods=periods,
    )  # fmt: skip


def _amounts(values: pd.Series, months: pd.PeriodIndex, name: str, *, least: float | None) -> _Floats:
    if not to_period(values.index).equals(months):
        raise SchemaError(f"`{name}` is not of the months of `counts`. Give one value for each of them, in order.")
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    low = found < 0 if least is not None else found <= 0
    bad = low | np.isinf(found) | (np.isnan(found) & values.notna().to_numpy())
    if bad.any():
        bound = "of at least 0" if least is not None else "above 0"
        raise SchemaError(f"`{name}` must hold numbers {bound}, or missing; {number_of(int(bad.sum()), 'month')} not.")
    return np.asarray(found, dtype=np.float64)


def _first(start: str, periods: tuple[str, ...], known: NDArray[np.bool_]) -> int:
    if start not in periods:
        raise ParameterError(f"`start` is {start!r}, which is no month of the series, {periods[0]} to {periods[-1]}.")
    at = periods.index(start)
    if at and not (known[at] and known[at - 1]):
        raise ParameterError(
            f"`start` lies in a gap: {periods[at] if not known[at] else periods[at - 1]} is not covered. What changed "
            "at the start cannot be told from what was recorded otherwise."
        )
    return at


def _require_sides(y: _Floats, used: NDArray[np.bool_], first: int, after: int) -> None:
    sides = (("before `start`", slice(0, first)), ("after `start` and `transition`", slice(after, None)))
    for name, side in sides:
        if used[side].sum() < 3:
            raise ParameterError(f"{number_of(int(used[side].sum()), 'month')} {name}: at least three are needed.")
    if not y[:first][used[:first]].sum() > 0:
        raise ParameterError("Nothing is recorded before `start`: no change can be formed from zero.")
