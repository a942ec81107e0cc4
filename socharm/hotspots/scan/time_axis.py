"""When cases happened: periods of equal length, counted back from the last day of a study."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.scan.settings import TimeUnit

__all__ = ["TimeAxis", "dates_of", "time_axis"]

_Ints = NDArray[np.int64]

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DAY: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]")
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
#: Units from the finest; a date says nothing finer than what it is.
_FINENESS: Final = {"day": 0, "week": 1, "month": 2, "year": 3}
_WEEK: Final = 7
#: Periods of one axis; every one is a column of the cases.
_MOST_PERIODS: Final = 40_000


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """Periods of equal length; the first one is shorter where the study does not hold a whole number of them.

    Attributes
    ----------
    first, last : int
        Ordinals of the first and last date in `base` units.
    every : int
        Of them in one period.
    base : {"day", "month", "year", "number"}
    """

    first: int
    last: int
    every: int
    base: str

    @property
    def size(self) -> int:
        """Number of periods."""
        return -(-(self.last - self.first + 1) // self.every)

    @property
    def lengths(self) -> _Ints:
        """Base units in each period."""
        found = np.full(self.size, self.every, dtype=np.int64)
        found[0] = self.last - self.first + 1 - self.every * (self.size - 1)
        return found

    def periods(self, ordinals: _Ints) -> _Ints:
        """Period of each ordinal."""
        return np.asarray(self.size - 1 - (self.last - ordinals) // self.every, dtype=np.int64)

    def labels(self, periods: Sequence[int], *, end: bool) -> list[Any]:
        """First or last date of some periods: text, or whole numbers where the dates are numbers."""
        begins = np.concatenate([[self.first], self.first + np.cumsum(self.lengths)])
        at = [int(begins[period + 1] - 1 if end else begins[period]) for period in periods]
        return [_label(ordinal, self.base) for ordinal in at]


def dates_of(values: pd.Series, *, name: str) -> tuple[_Ints, str]:
    """Ordinals of dates and what they are.

    Returns
    -------
    tuple
        Ordinals, and ``"day"``, ``"month"``, ``"year"`` or ``"number"``.

    Raises
    ------
    SchemaError
        A date is missing, or they are not all days, all months, or all whole numbers.
    """
    if values.isna().any():
        raise SchemaError(
            f"`{name}` lacks {number_of(int(values.isna().sum()), 'date')}, first in row "
            f"{int(np.argmax(values.isna().to_numpy())) + 1}. Complete or drop those rows."
        )
    kind = values.dtype
    if pd.api.types.is_datetime64_any_dtype(kind):
        return values.dt.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64), "day"
    if pd.api.types.is_bool_dtype(kind):
        raise SchemaError(f"`{name}` holds true and false. Give whole numbers, days or months.")
    if pd.api.types.is_numeric_dtype(kind):
        if (values % 1 != 0).any():
            raise SchemaError(f"`{name}` holds numbers that are not whole. Give whole numbers, days or months.")
        return values.to_numpy().astype(np.int64), "number"
    texts = values.map(lambda value: value.isoformat()[:10] if isinstance(value, dt.date) else str(value).strip())
    unique = texts.unique()
    for pattern, base, read in (
        (_DAY, "day", lambda one: np.datetime64(one, "D").astype(np.int64)),
        (_MONTH, "month", lambda one: int(one[:4]) * 12 + int(one[5:]) - 1),
        (_NUMBER, "number", int),
    ):
        if all(pattern.fullmatch(one) for one in unique):
            try:
                known = {one: int(read(one)) for one in unique}
            except ValueError as error:
                raise SchemaError(f"`{name}` holds a day that there is none: {error}. Correct it.") from error
            return texts.map(known).to_numpy(dtype=np.int64), base
    odd = [one for one in unique if not _DAY.fullmatch(one)][:3]
    raise SchemaError(
        f"`{name}` must be all days ('2025-04-30'), all months ('2025-04') or all whole numbers; it holds such as "
        f"{odd}. Bring them to one form."
    )


def time_axis(
    ordinals: _Ints, base: str, *, unit: TimeUnit | None, every: int, period: tuple[Any, Any] | None, name: str
) -> tuple[TimeAxis, _Ints]:
    """The axis of a study, and the period of each case.

    Raises
    ------
    ParameterError
        A unit that the dates do not tell, a study of one period or of too many, or dates outside of it.
    """
    if (
        unit is not None
        and unit != base
        and (base == "number" or unit == "number" or _FINENESS[unit] < _FINENESS[base])
    ):
        why = "A month is not a day. " if base == "month" and unit in ("day", "week") else ""
        raise ParameterError(
            f"`unit` is {unit!r}, and `{name}` holds {base}s. {why}Leave `unit` out, or give finer dates."
        )
    wanted = base if unit is None else unit
    step = every * (_WEEK if wanted == "week" else 1)
    target = "day" if wanted == "week" else wanted
    found = _coarser(ordinals, base, target)
    if period is None:
        first, last = int(found.min()), int(found.max())
    else:
        first, last = (_end(end, target) for end in period)
        outside = (found < first) | (found > last)
        if last < first:
            raise ParameterError(f"`period` ends ({period[1]}) before it starts ({period[0]}). Swap the two.")
        if outside.any():
            raise ParameterError(
                f"`{name}` has {number_of(int(outside.sum()), 'row')} outside of `period`, {period[0]} to {period[1]}, "
                f"such as {_label(int(found[outside][0]), target)}. Drop them, or widen it."
            )
    axis = TimeAxis(first, last, step, target)
    if axis.size < 2:
        raise ParameterError(
            f"`{name}` holds one period ({_label(first, target)}). A scan in space and time needs at least two; one "
            "map is for `scan_clusters`."
        )
    if axis.size > _MOST_PERIODS:
        raise ParameterError(
            f"`{name}` spans {number_of(axis.size, 'period')}, more than {_MOST_PERIODS:,}. Shorten the study, or take "
            "longer ones by `every`."
        )
    return axis, axis.periods(found)


def _coarser(ordinals: _Ints, base: str, target: str) -> _Ints:
    if base == target:
        return ordinals
    months = ordinals
    if base == "day":
        months = ordinals.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return months if target == "month" else months // 12


def _end(end: Any, target: str) -> int:
    """Ordinal of one end of a study."""
    ordinals, base = dates_of(pd.Series([end]), name="period")
    if target == "year" and base == "number":
        return int(ordinals[0])
    if base != target and (base == "number" or target == "number" or _FINENESS[target] < _FINENESS[base]):
        raise ParameterError(f"`period` holds {end!r}, which is no {target}. Write it as the dates are written.")
    return int(_coarser(ordinals, base, target)[0])


def _label(ordinal: int, base: str) -> Any:
    if base == "number":
        return ordinal
    if base == "day":
        return str(np.datetime64(ordinal, "D"))
    return f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}" if base == "month" else f"{ordinal:04d}"
