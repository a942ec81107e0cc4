"""Labels of periods as points of time: in order, each once, and at equal steps where a method needs that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import SchemaError

__all__ = ["TimeAxis", "time_axis"]

#: Texts that are understood, and the frequency that each has.
_TEXTS: Final = {r"\d{4}-\d{2}": "M", r"\d{4}[-\s]?Q[1-4]": "Q", r"\d{4}": "Y", r"\d{4}-\d{2}-\d{2}": "D"}
#: How much two steps may differ that are equal, as a share of one.
_EVEN: Final = 1e-9


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """Periods in the order of time.

    Attributes
    ----------
    labels : tuple of str
        As given; of times of pandas the month, year, day or hour that they stand for.
    order : ndarray of int
        Places of the labels where they were given.
    times : ndarray of float64
        In `unit`; the first is 0.
    unit : str
        What a step of 1 is: ``"month"``, ``"quarter"``, ``"year"``, ``"week"``, ``"day"``, ``"hour"``, or
        ``"unit of time"`` for numbers.
    """

    labels: tuple[str, ...]
    order: NDArray[np.intp]
    times: NDArray[np.float64]
    unit: str

    def require_even(self, why: str) -> float:
        """The step between all neighbouring periods.

        Raises
        ------
        SchemaError
            Steps differ: periods are missing between the first and the last.
        """
        steps = np.diff(self.times)
        if not steps.size:
            return 1.0
        least = float(steps.min())
        wide = np.flatnonzero(steps > least * (1 + _EVEN))
        if wide.size:
            between = [f"{self.labels[at]} and {self.labels[at + 1]}" for at in wide[:3]]
            raise SchemaError(
                f"Periods are missing between {', '.join(between)}: {why}. Give every period from the first to the "
                "last, a period without data with missing values."
            )
        return least


def time_axis(labels: pd.Index, *, name: str) -> TimeAxis:
    """Labels of periods as points of time.

    Parameters
    ----------
    labels : Index
        Periods or dates of pandas, numbers, or texts: ``2025-04``, ``2025Q2``, ``2025``, ``2025-04-01``. First days of
        months are months, and first days of years are years, where all are.
    name : str
        Argument that they belong to, for errors.

    Raises
    ------
    SchemaError
        A label that is none of these, or one that stands twice.

    Examples
    --------
    >>> axis = time_axis(pd.Index(["2025-03", "2025-01", "2025-02"]), name="values")
    >>> axis.labels, axis.order.tolist(), axis.times.tolist(), axis.unit
    (('2025-01', '2025-02', '2025-03'), [1, 2, 0], [0.0, 1.0, 2.0], 'month')
    """
    points, unit = _points(labels, name)
    texts = [str(label) for label in (_as_periods(labels) if isinstance(labels, pd.DatetimeIndex) else labels)]
    order = np.argsort(points, kind="stable")
    ordered = points[order]
    twice = np.flatnonzero(np.diff(ordered) == 0)
    if twice.size:
        again = sorted({texts[order[at]] for at in twice})
        raise SchemaError(
            f"`{name}` holds {number_of(len(again), 'period')} more than once, such as {again[:3]}. Add the rows of a "
            "period up, or take one of them out."
        )
    start = ordered[0] if ordered.size else 0.0
    return TimeAxis(tuple(texts[at] for at in order), order, ordered - start, unit)


def _points(labels: pd.Index, name: str) -> tuple[NDArray[np.float64], str]:
    if labels.isna().any():
        raise SchemaError(f"`{name}` has a period without a label. Name every period, or take it out.")
    if isinstance(labels, pd.DatetimeIndex):
        labels = _as_periods(labels)
    if pd.api.types.is_numeric_dtype(labels) and not pd.api.types.is_bool_dtype(labels):
        numbers = np.asarray(labels, dtype=np.float64)
        if not np.isfinite(numbers).all():
            raise SchemaError(f"`{name}` has a period that is no finite number. Correct it.")
        return numbers, "unit of time"
    periods = labels if isinstance(labels, pd.PeriodIndex) else _read(labels, name)
    return np.asarray(periods.asi8, dtype=np.float64), _unit(periods.freqstr)


def _read(labels: pd.Index, name: str) -> pd.PeriodIndex:
    """Texts, or objects of pandas in an index of objects, as periods."""
    if not len(labels):
        return pd.PeriodIndex([], freq="M")
    if all(isinstance(label, pd.Period) for label in labels) and len({label.freqstr for label in labels}) == 1:
        return pd.PeriodIndex(list(labels))
    texts = labels.astype(str)
    for pattern, frequency in _TEXTS.items():
        if texts.str.fullmatch(pattern).all():
            try:
                periods = pd.PeriodIndex(texts.str.replace(r"[-\s]Q", "Q", regex=True), freq=frequency)
            except ValueError:
                break
            return _as_periods(periods.to_timestamp()) if frequency == "D" else periods
    raise SchemaError(
        f"`{name}` has periods such as {list(texts[:3])}, whose order is not known. Name them by months (2025-04), "
        "quarters (2025Q2), years (2025), dates (2025-04-01), or numbers."
    )


def _as_periods(dates: pd.DatetimeIndex) -> pd.PeriodIndex:
    dates = dates.tz_localize(None)
    if (dates != dates.normalize()).any():
        return dates.to_period("h")
    if (dates.day == 1).all():
        return dates.to_period("Y" if (dates.month == 1).all() else "M")
    return dates.to_period("D")


def _unit(frequency: str) -> str:
    names = {"M": "month", "Q": "quarter", "Y": "year", "A": "year", "W": "week", "D": "day", "h": "hour", "H": "hour"}
    return names.get(frequency.partition("-")[0], "unit of time")
