"""To which district and force an area belonged, and when."""

from __future__ import annotations

import datetime as dt
import os
import re
from typing import Any, Final

import pandas as pd

from socharm._about import AssessmentPeriod, as_period
from socharm._arguments import checked
from socharm._checks import names_told
from socharm._columns import AREA, FORCE, PARENT
from socharm._constraints import Frame
from socharm.errors import SchemaError
from socharm.io.missing import is_missing
from socharm.io.table_options import TableOptions
from socharm.io.tabular import read_table
from socharm.io.text_table import Faults

__all__ = ["members_in", "read_membership"]

_FROM: Final = "valid_from"
_TO: Final = "valid_to"
_OPEN: Final = pd.Timestamp("2262-01-01")
#: A day as it is written, with the midnight that spreadsheets and data frames put behind it.
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")


@checked
def read_membership(path: str | os.PathLike[str] | Frame) -> pd.DataFrame:
    """Read to which district and force areas belonged, each with the days from which and to which it did.

    Parameters
    ----------
    path : path or dataframe
        Columns ``area_code``, ``parent``, ``force``, ``valid_from``, ``valid_to``: days as ``2024-04-01``, both
        included; a blank ``valid_to`` still holds, a blank ``valid_from`` has always held.

    Returns
    -------
    DataFrame
        ``area_code``, ``parent``, ``force`` (str), ``valid_from``, ``valid_to`` (days), sorted by area and day.

    Raises
    ------
    SchemaError
        A day that is none, an area or district that is blank, an end before its start, two memberships of an area at
        once; all of the file together.

    Examples
    --------
    >>> rows = {"area_code": ["W1", "W1"], "parent": ["North", "South"], "force": ["A", "A"]}
    >>> days = {"valid_from": ["", "2024-04-01"], "valid_to": ["2024-03-31", ""]}
    >>> members_in(read_membership(pd.DataFrame(rows | days)), "2024-05").loc["W1", "parent"]
    'South'
    """
    table = read_table(path, columns=[AREA, PARENT, FORCE, _FROM, _TO], options=TableOptions())
    faults = Faults(table.file)
    cells = table.frame
    for name in (AREA, PARENT):
        for row in cells.index[[pd.isna(cell) or is_missing(str(cell)) for cell in cells[name]]]:
            faults.add("is blank", row=int(row), column=name)
    start, end = (_days(cells[name], faults, name) for name in (_FROM, _TO))
    start, end = start.fillna(pd.Timestamp("1900-01-01")), end.fillna(_OPEN)
    for row in cells.index[end < start]:
        faults.add("ends before it starts", row=int(row), column=_TO, value=cells.loc[row, _TO])
    made = pd.DataFrame(
        {AREA: cells[AREA], PARENT: cells[PARENT], FORCE: cells[FORCE], _FROM: start, _TO: end}
    ).sort_values([AREA, _FROM], kind="stable")
    again = (made[AREA] == made[AREA].shift()) & (made[_FROM] <= made[_TO].shift())
    for row in sorted(made.index[again]):
        faults.add("is a second membership of the same days", row=int(row), column=AREA, value=cells.loc[row, AREA])
    faults.raise_if_any(
        "Name each area and its district, and give each area one membership for each day, with the days written as "
        "2024-04-01."
    )
    return made.astype({AREA: "str", PARENT: "str", FORCE: "str"}).reset_index(drop=True)


def _days(cells: pd.Series, faults: Faults, column: str) -> pd.Series:
    found: dict[Any, Any] = {}
    for row, cell in cells.items():
        found[row] = pd.NaT
        if pd.isna(cell) or is_missing(str(cell)):
            continue
        day = _DAY.fullmatch(str(cell).strip())
        try:
            if day is None:
                raise ValueError
            found[row] = pd.Timestamp(dt.date.fromisoformat(day[1]))
        except ValueError:
            faults.add("is no day", row=int(str(row)), column=column, value=cell)
    return pd.Series(found, index=cells.index, dtype="datetime64[s]")


@checked
def members_in(membership: pd.DataFrame, period: str | AssessmentPeriod) -> pd.DataFrame:
    """To which district and force each area belonged on the last day of a period.

    Parameters
    ----------
    membership : DataFrame
        From `read_membership`.
    period : str or AssessmentPeriod
        One month (``"2025-04"``), or a run (``"2025-04 to 2025-09"``).

    Returns
    -------
    DataFrame
        Index ``area_code``: ``parent``, ``force``. Areas that belonged nowhere on that day are not in it.

    Raises
    ------
    SchemaError
        The table is not one of `read_membership`.
    ParameterError
        A period that is not of months, written ``YYYY-MM``.
    """
    lacking = [name for name in (AREA, PARENT, FORCE, _FROM, _TO) if name not in membership.columns]
    if lacking:
        raise SchemaError(f"`membership` lacks {names_told(lacking)}. Read it by `read_membership`.")
    for name in (_FROM, _TO):
        if not pd.api.types.is_datetime64_any_dtype(membership[name]):
            raise SchemaError(f"`membership` holds no days in {name!r}. Read it by `read_membership`.")
    stated = as_period(period)
    assert stated is not None
    day = pd.Period(stated.end, "M").end_time.normalize()
    held = membership[(membership[_FROM] <= day) & (membership[_TO] >= day)]
    return held.set_index(AREA)[[PARENT, FORCE]]
