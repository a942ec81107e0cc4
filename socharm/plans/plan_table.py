"""Rows of a plan, checked one by one: every fault of a table is named at once, with its row and column."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import pandas as pd

from socharm._checks import nearest_name
from socharm.errors import ParameterError, SchemaError
from socharm.io.numbers import parse_numbers
from socharm.io.text_table import Faults, TextTable
from socharm.plans.library import STRANDS, named_agency
from socharm.plans.measures import parse_measure_key

__all__ = [
    "ACTION_ID",
    "DATE_COLUMNS",
    "LATER_COLUMNS",
    "NUMBER_COLUMNS",
    "PHASES",
    "PLAN_COLUMNS",
    "STATUSES",
    "checked_actions",
    "tidy",
]

ACTION_ID: Final = "action_id"
#: Columns of a plan's table, in order; columns that partners add come after them.
PLAN_COLUMNS: Final = (
    "p",
    "threat",
    "action",
    "owner",
    "agency",
    "power",
    "phase",
    "start",
    "due",
    "output",
    "output_unit",
    "output_baseline",
    "output_target",
    "output_note",
    "measure",
    "measure_key",
    "unit",
    "baseline",
    "baseline_period",
    "target",
    "target_period",
    "target_reason",
    "smallest_change",
    "review",
    "status",
    "notes",
    "source",
)
DATE_COLUMNS: Final = ("start", "due", "review")
NUMBER_COLUMNS: Final = ("output_baseline", "output_target", "baseline", "target", "smallest_change")
#: Columns that plans of earlier versions lack: blank where a file has none.
LATER_COLUMNS: Final = (
    "output",
    "output_unit",
    "output_baseline",
    "output_target",
    "output_note",
    "unit",
    "target_period",
    "target_reason",
    "smallest_change",
    "notes",
)
#: Phases of place-based work; an action may have none.
PHASES: Final = ("Clear", "Hold", "Build")
STATUSES: Final = ("not started", "in progress", "done", "stopped")

#: Longest text that a cell of a workbook holds.
_LONGEST: Final = 32_767
#: Largest number that a workbook holds.
_LARGEST: Final = 9.99e307
#: First year whose days every spreadsheet counts alike (one of them has a 29 February 1900).
_FIRST_YEAR: Final = 1901
_MONTHS: Final = 12
_QUOTED_SIGN: Final = re.compile(r"^'+(?=[=+\-@])")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def tidy(text: str) -> str:
    """Text as every kind of file gives it back: no blanks around it, one kind of line end, no mark before a sign.

    Examples
    --------
    >>> tidy("  two\\r\\nlines "), tidy("'=1+1")
    ('two\\nlines', '=1+1')
    """
    clean = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _QUOTED_SIGN.sub("", clean)


def _unfit(text: str) -> str:
    """Why a file cannot hold a text; empty when it can."""
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > _LONGEST:
        return f"has more than {_LONGEST:,} characters, which no workbook holds; shorten it"
    bad = next((sign for sign in text if sign not in "\n\t" and _unprintable(sign)), None)
    return "" if bad is None else f"holds the control character {bad!r}; delete it"


def _unprintable(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs") or ord(sign) & 0xFFFE == 0xFFFE


def checked_actions(
    text: TextTable, *, agencies: Sequence[str] = (), day_first: bool | None = None, faults: Faults | None = None
) -> pd.DataFrame:
    """Check every action of a table and give each column its type.

    Parameters
    ----------
    text : TextTable
        Must have ``action_id`` and `PLAN_COLUMNS`, of which plans of earlier versions lack some; further columns are
        kept as text.
    agencies : sequence of str
        Agencies known beside the packaged ones.
    day_first : bool, optional
        How to read dates such as ``01/10/2026``; a fault when not stated.
    faults : Faults, optional
        Faults found before; raised together with these.

    Returns
    -------
    DataFrame
        Index ``action_id``; text columns (``""`` where blank), numbers (missing where blank), dates (None where blank).

    Raises
    ------
    SchemaError
        Any fault; all are named.
    """
    text.require([ACTION_ID, *(name for name in PLAN_COLUMNS if name not in LATER_COLUMNS)])
    own = Faults(text.file) if faults is None else faults
    frame = text.frame.map(tidy)
    frame = frame.assign(**{name: "" for name in LATER_COLUMNS if name not in frame.columns})
    for label in frame.columns:
        for row, cell in frame[label].items():
            if why := _unfit(cell):
                own.add(why, row=_number(row), column=label)
    _check_ids(frame[ACTION_ID], own)
    _check_words(frame, own, agencies)
    for label in NUMBER_COLUMNS:
        frame[label] = _numbers(frame[label], own)
    dates = {label: _dates(frame[label], own, day_first) for label in DATE_COLUMNS}
    _check_order(dates, frame.index, own)
    own.raise_if_any("Correct the plan and read it again.")
    table = frame.assign(**dates).set_index(ACTION_ID)
    others = [label for label in table.columns if label not in PLAN_COLUMNS]
    texts = [label for label in table.columns if label not in (*NUMBER_COLUMNS, *DATE_COLUMNS)]
    table.index = table.index.astype("str")
    return table[[*PLAN_COLUMNS, *others]].astype(dict.fromkeys(texts, "str"))


def _number(row: object) -> int:
    return int(str(row))


def _numbers(cells: pd.Series, faults: Faults) -> pd.Series:
    """Numbers with as many digits as spreadsheets keep."""
    numbers = parse_numbers(cells, faults=faults)
    for row in numbers.index[numbers.abs() > _LARGEST]:
        faults.add("is larger than a workbook holds", row=_number(row), column=str(cells.name), value=cells[row])
    return numbers.map(lambda value: float(f"{value:.15g}"))


def _check_ids(ids: pd.Series, faults: Faults) -> None:
    for row in ids.index[ids == ""]:
        faults.add("is blank; each action needs an id of its own", row=_number(row), column=ACTION_ID)
    for row in ids.index[ids.duplicated() & (ids != "")]:
        faults.add(
            "stands more than once; each action needs an id of its own", row=row, column=ACTION_ID, value=ids[row]
        )


def _check_words(frame: pd.DataFrame, faults: Faults, agencies: Sequence[str]) -> None:
    for row in frame.index[frame["action"] == ""]:
        faults.add("is blank; say what shall be done", row=_number(row), column="action")
    for label, choices, blank in (("p", STRANDS, False), ("phase", PHASES, True), ("status", STATUSES, False)):
        frame[label] = [
            _choice(cell, choices, blank, faults, _number(row), label) for row, cell in frame[label].items()
        ]
    for row, cell in list(frame["agency"].items()):
        try:
            frame.loc[row, "agency"] = named_agency(cell, agencies)
        except SchemaError as error:
            faults.add(
                f"{error}; name it in `agencies=` if it is one of yours", row=_number(row), column="agency", value=cell
            )
    for row, cell in frame["measure_key"].items():
        try:
            _ = parse_measure_key(cell) if cell else None
        except ParameterError as error:
            faults.add(str(error), row=_number(row), column="measure_key")


def _choice(cell: str, choices: Sequence[str], blank: bool, faults: Faults, row: int, column: str) -> str:
    found = next((choice for choice in choices if choice.lower() == cell.lower()), None)
    if found is not None or (blank and not cell):
        return found or ""
    hint = nearest_name(cell, choices)
    meant = f"; did you mean {hint!r}?" if hint else ""
    faults.add(f"must be one of {list(choices)}{meant}", row=row, column=column, value=cell)
    return cell


def _dates(cells: pd.Series, faults: Faults, day_first: bool | None) -> pd.Series:
    dates = []
    for row, cell in cells.items():
        try:
            dates.append(_storable(_date(cell, day_first)))
        except ValueError as error:
            why = str(error) if isinstance(error, SchemaError) else "is not a date; write it as 2026-10-31"
            faults.add(why, row=_number(row), column=str(cells.name), value=cell)
            dates.append(None)
    return pd.Series(dates, index=cells.index, name=cells.name, dtype=object)


def _date(cell: str, day_first: bool | None) -> dt.date | None:
    if not cell:
        return None
    if iso := _ISO.fullmatch(cell):
        return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
    slashed = _SLASHED.fullmatch(cell)
    if slashed is None:
        raise ValueError
    first, second = int(slashed[1]), int(slashed[2])
    if day_first is None and first <= _MONTHS and second <= _MONTHS and first != second:
        raise SchemaError(
            "can be read two ways; write it as 2026-10-31, or say how: --day-first or --month-first, in Python "
            "day_first=True or False"
        )
    by_day = first > _MONTHS if day_first is None else day_first
    return dt.date(int(slashed[3]), *((second, first) if by_day else (first, second)))


def _storable(date: dt.date | None) -> dt.date | None:
    if date is not None and date.year < _FIRST_YEAR:
        raise SchemaError(f"is before {_FIRST_YEAR}, which no workbook holds as a date; correct the year")
    return date


def _check_order(dates: dict[str, pd.Series], rows: pd.Index, faults: Faults) -> None:
    for row in rows:
        start, due, review = (dates[label][row] for label in ("start", "due", "review"))
        if start is not None and due is not None and due < start:
            faults.add(f"is before the start, {start}", row=_number(row), column="due", value=str(due))
        if start is not None and review is not None and review < start:
            faults.add(f"is before the start, {start}", row=_number(row), column="review", value=str(review))
