"""Cases of a scan, with their weights: one row for each location, period and weight, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import require_columns, require_finite
from socharm.errors import ParameterError, SchemaError

__all__ = ["Events", "counts_in", "events_of"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Columns that say how many cases a row is of.
_COUNTS = ("cases", "n", "count")


@dataclass(frozen=True, eq=False)
class Events:
    """Cases by location and period.

    Attributes
    ----------
    location, period, count : ndarray of int64
    weight : ndarray
        Of one event; 1 where events are counted.
    unit : float
        What the likelihood counts as one event: 1, or the sum of squared weights over the sum of weights.
    """

    location: _Ints
    period: _Ints
    count: _Ints
    weight: _Floats
    unit: float

    @property
    def total(self) -> int:
        """Number of events."""
        return int(self.count.sum())

    def table(self, n: int, periods: int = 1) -> _Floats:
        """Events, or harm in units of an effective event, by location and period."""
        sums = np.bincount(
            self.location * periods + self.period, weights=self.count * self.weight / self.unit, minlength=n * periods
        )
        return sums.astype(np.float64).reshape(n, periods)

    def numbers(self, n: int, periods: int = 1) -> _Ints:
        """Number of events by location and period."""
        found = np.bincount(self.location * periods + self.period, weights=self.count, minlength=n * periods)
        return found.astype(np.int64).reshape(n, periods)

    def by_weight(self) -> tuple[_Floats, _Ints]:
        """Distinct weights in units of an effective event, and how many events have each."""
        weights, group = np.unique(self.weight / self.unit, return_inverse=True)
        return weights, np.bincount(group.reshape(-1), weights=self.count).astype(np.int64)


def counts_in(frame: pd.DataFrame, *, name: str) -> pd.Series:
    """How many cases each row is of: its column of counts, or one.

    Raises
    ------
    SchemaError
        Several columns of counts, or one with a value that is missing, negative or not whole.
    """
    held = [column for column in _COUNTS if column in frame.columns]
    if not held:
        return pd.Series(1, index=frame.index, dtype="int64")
    if len(held) > 1:
        raise SchemaError(f"`{name}` has several columns of counts, {held}. Keep one of them.")
    require_finite(frame[held[0]], name=f"{name}.{held[0]}", minimum=0)
    numbers = pd.to_numeric(frame[held[0]])
    if (numbers % 1 != 0).any():
        raise SchemaError(f"`{name}.{held[0]}` must hold whole numbers of cases; some are not whole. Round them first.")
    return numbers.astype("int64")


def events_of(location: _Ints, period: _Ints, cases: pd.DataFrame, *, by: str, name: str = "cases") -> Events:
    """Events of a table.

    Parameters
    ----------
    location, period : ndarray of int64
        Of each row.
    cases : DataFrame
        With a count (one where there is none) and, by harm, ``weight``: the harm of one event of the row.
    by : {"events", "harm"}

    Raises
    ------
    SchemaError
        A count or weight is missing, negative or no number.
    ParameterError
        There is no event, or no harm at all.
    """
    count = counts_in(cases, name=name)
    weight = np.ones(len(cases))
    if by == "harm":
        require_columns(cases, ["weight"], name=name)
        require_finite(cases["weight"], name=f"{name}.weight", minimum=0)
        weight = cases["weight"].to_numpy(dtype=float)
    frame = pd.DataFrame({"location": location, "period": period, "weight": weight, "count": count.to_numpy()})
    grouped = (
        frame[frame["count"] > 0].groupby(["location", "period", "weight"], sort=True)["count"].sum().reset_index()
    )
    harm = float(np.add.reduce(grouped["count"] * grouped["weight"]))
    if not harm > 0:
        raise ParameterError(f"`{name}` hold no {'harm' if by == 'harm' else 'case'} at all. There is nothing to scan.")
    # Of the largest weight, so that squares of very large or very small ones are numbers.
    largest = float(grouped["weight"].max())
    share = grouped["weight"] / largest
    parts = [float(np.add.reduce(grouped["count"] * share**power)) for power in (1, 2)]
    return Events(
        location=grouped["location"].to_numpy(dtype=np.int64),
        period=grouped["period"].to_numpy(dtype=np.int64),
        count=grouped["count"].to_numpy(dtype=np.int64),
        weight=grouped["weight"].to_numpy(dtype=float),
        unit=largest * (parts[1] / parts[0]) if by == "harm" else 1.0,
    )
