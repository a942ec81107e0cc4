"""Periods of a record called by their months, where a transition made numbers of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any, Final, TypeVar

import pandas as pd

from socharm._record import Record

__all__ = ["by_month"]

_R = TypeVar("_R", bound=Record)
#: Levels and columns of tables, and fields of findings, that hold periods.
_LEVELS: Final = ("period", "start")
_COLUMNS: Final = ("period", "first", "last", "start")
_FIELDS: Final = ("start", "window")
#: Levels of which the second holds a period where the first says so; elsewhere a number of periods.
_OF_START: Final = ["of", "which"]


def by_month(record: _R, months: Mapping[str, str]) -> _R:
    """The same record with months in place of the numbers of periods.

    Parameters
    ----------
    record : Record
    months : mapping of str to str
        The column of the frame that the record was made of, by month.
    """
    month = {column: name for name, column in months.items() if column != name}
    if not month:
        return record
    parts: dict[str, Any] = {
        name: _renamed(part, month) for name, part in vars(record).items() if isinstance(part, pd.DataFrame)
    }
    found = vars(record).get("findings")
    if is_dataclass(found) and not isinstance(found, type):
        held = {name: vars(found)[name] for name in _FIELDS if name in vars(found)}
        parts["findings"] = replace(found, **{name: _named(value, month) for name, value in held.items()})
    return replace(record, **parts)  # type: ignore[type-var]


def _named(value: Any, month: Mapping[str, str]) -> Any:
    return tuple(month.get(each, each) for each in value) if isinstance(value, tuple) else month.get(value, value)


def _renamed(frame: pd.DataFrame, month: Mapping[str, str]) -> pd.DataFrame:
    made = frame.rename(columns=dict(month))
    if made.index.nlevels == 1 and made.index.name in _LEVELS:
        made = made.rename(index=dict(month))
    if list(made.index.names) == _OF_START:
        named = [(of, month.get(which, which) if of == "start" else which) for of, which in made.index]
        made = made.set_axis(pd.MultiIndex.from_tuples(named, names=_OF_START))
    told = {name: made[name].map(lambda value: month.get(value, value)) for name in _COLUMNS if name in made}
    return made.assign(**told)
