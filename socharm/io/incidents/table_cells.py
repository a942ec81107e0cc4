"""Cells of a table of counts: area, offence, month and number, with every fault of the table told at once."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.incidents.months import months_of
from socharm.io.incidents.table_columns import Roles, Stated, column_roles, is_total, is_whole_country
from socharm.io.missing import is_missing, is_suppressed
from socharm.io.numbers import parse_numbers
from socharm.io.text_table import Faults, TextTable
from socharm.offence_history import EARLIER_CATEGORIES, earlier_categories
from socharm.offences import CATEGORIES, COMBINED_CATEGORIES, NOT_STATED, canonical_offence

__all__ = ["TableCells", "table_cells"]

#: What is as large as all others together in so many cells, or beside so many others, is taken for their sum.
_CELLS_OF_A_SUM: Final = 3
_PARTS_OF_A_SUM: Final = 5
_LEAST_SUM: Final = 20


@dataclass(frozen=True)
class TableCells:
    """Cells of a table of counts.

    Attributes
    ----------
    values : DataFrame
        ``area_code``, ``offence``, ``period`` (text or missing), ``n``.
    blank : DataFrame
        Area-months without any number.
    date_format : str
        How months were written; empty without months.
    left_out : tuple of str
        Columns, labels and codes that the caller left out.
    suppressed : int
        Cells that the publisher marked as withheld.
    """

    values: pd.DataFrame
    blank: pd.DataFrame
    date_format: str = ""
    left_out: tuple[str, ...] = ()
    suppressed: int = 0


def table_cells(text: TextTable, stated: Stated, period: AssessmentPeriod) -> TableCells:
    """Cells of a tidy or wide table of counts of a period.

    Raises
    ------
    SchemaError
        Columns that are not understood, totals, and every fault of the cells.
    ParameterError
        `drop` names something that does not occur.

    Warns
    -----
    DataWarning
        A label or an area holds as much as all others together; a label changed its meaning within a period that is
        counted as a whole.
    """
    faults = Faults(text.file)
    roles = column_roles(text, stated)
    frame = text.frame.copy()
    frame[AREA] = frame[roles.keys[AREA]].str.strip()
    frame["_label"] = _labels(frame, roles, stated)
    frame, left_out = _without(frame, roles, stated.drop)
    _refuse_totals(frame, text.file)
    frame[PERIOD], date_format = _months(frame, roles.keys.get(PERIOD), stated, faults)
    for row in frame.index[frame[AREA].map(lambda code: is_missing(code, stated.dates.missing))]:
        faults.add("has no area code", row=int(row), column=roles.keys[AREA])
    long = _long(frame, roles, text, faults)
    faults.raise_if_any("Counts are whole numbers of zero or more; correct the table and read it again.")
    blank = long.groupby([AREA, PERIOD], dropna=False)[N].transform(lambda values: values.isna().all())
    for row, column in long.loc[long[N].isna() & ~blank, ["_row", "_column"]].itertuples(index=False):
        found = str(frame.loc[row, column])
        withheld = "is marked as suppressed" if is_suppressed(found) else "is empty"
        value = found if is_suppressed(found) else None
        advice = "leave the offence out by `drop`, or write 0 or the count"
        faults.add(f"{withheld}; missing is not zero: {advice}", row=int(row), column=str(column), value=value)
    key = [AREA, "_label", PERIOD]
    for row, column in long.loc[long.duplicated(key), ["_row", "_column"]].itertuples(index=False):
        faults.add("repeats an area, offence and month that stand above", row=int(row), column=str(column))
    faults.raise_if_any("Correct the table and read it again.")
    _tell_sums(long.loc[~blank], text.file)
    values = _keyed(long.loc[~blank], period)
    if not len(values):
        raise SchemaError(f"{text.file!r} holds no counts: every cell is empty. Export it again.")
    empty = long.loc[blank, [AREA, PERIOD]].drop_duplicates()
    formats = {date_format} if date_format else ({"months as columns"} if roles.months else set())
    return TableCells(values, empty, ", ".join(formats), left_out, faults.suppressed.total())


def _labels(frame: pd.DataFrame, roles: Roles, stated: Stated) -> pd.Series | str | None:
    if OFFENCE not in roles.keys:
        return stated.offence
    return frame[roles.keys[OFFENCE]].map(lambda label: "" if is_missing(label, stated.dates.missing) else label)


def _without(frame: pd.DataFrame, roles: Roles, drop: Collection[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table without the rows of labels and codes that the caller left out; each of them has to occur."""
    rest = [name for name in drop if name not in roles.left_out]
    found = {name: (frame["_label"] == name) | (frame[AREA] == name) for name in rest}
    unknown = [name for name, rows in found.items() if not rows.any()]
    if unknown:
        raise ParameterError(f"`drop` names {unknown}, which is no column, offence label or area code of the table.")
    kept = frame
    for rows in found.values():
        kept = kept[~rows.reindex(kept.index)]
    return kept, (*roles.left_out, *rest)


def _refuse_totals(frame: pd.DataFrame, file: str) -> None:
    """Stop at rows that are sums over offences or areas."""
    labels = [label for label in frame["_label"].dropna().unique() if is_total(label)]
    codes = [code for code in frame[AREA].unique() if is_total(code)]
    sums = [*labels, *codes, *is_whole_country(frame[AREA])]
    only_label = labels == list(frame["_label"].dropna().unique())
    if not sums or (only_label and sums == labels):
        return
    rows = frame.index[frame["_label"].isin(sums) | frame[AREA].isin(sums)]
    raise SchemaError(
        f"{file!r} has {number_of(len(rows), 'row that is a sum of others', 'rows that are sums of others')}"
        f": {sums[:5]} (row {int(rows[0])} and others), and "
        f"everything would count twice. Leave them out: drop={sums[:5]}."
    )


def _months(frame: pd.DataFrame, column: str | None, stated: Stated, faults: Faults) -> tuple[pd.Series, str]:
    if column is None:
        return pd.Series(None, index=frame.index, dtype="object"), ""
    texts = frame[column]
    found = months_of(
        texts.unique(), stated.dates, rows=lambda: {str(k): int(n) for k, n in texts.value_counts().items()}
    )
    months = texts.map(found.of)
    for row in frame.index[months.isna()]:
        faults.add("is not a month: write YYYY-MM", row=int(row), column=column, value=texts[row])
    return months.astype("object"), found.format


def _long(frame: pd.DataFrame, roles: Roles, text: TextTable, faults: Faults) -> pd.DataFrame:
    """One row per cell: ``area_code``, ``_label``, ``period``, ``n``, and where it stands."""
    if N in roles.keys:
        columns: Mapping[str, tuple[Any, Any]] = {roles.keys[N]: (frame["_label"], frame[PERIOD])}
    elif roles.months:
        columns = {column: (frame["_label"], month) for column, month in roles.months.items()}
    else:
        columns = {column: (column, frame[PERIOD]) for column in roles.offences}
    parts = [
        pd.DataFrame(
            {
                AREA: frame[AREA],
                "_label": label,
                PERIOD: month,
                N: _whole(frame[column], column, text, faults),
                "_row": frame.index,
                "_column": column,
            }
        )
        for column, (label, month) in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _whole(values: pd.Series, column: str, text: TextTable, faults: Faults) -> pd.Series:
    """Counts as floats, missing where blank; negative or broken numbers are faults."""
    options = text.options
    numbers = parse_numbers(
        values, faults=faults, column=column, thousands=options.thousands, missing=options.missing_words
    )
    odd = numbers.index[(numbers < 0) | (numbers % 1 != 0) & numbers.notna()]
    for row in odd:
        what = "is negative" if numbers[row] < 0 else "is not a whole number"
        faults.add(what, row=int(row), column=column, value=values[row])
    return numbers


def _tell_sums(cells: pd.DataFrame, file: str) -> None:
    """Warn of labels and areas that hold, cell by cell, as much as all others together, whatever they are called."""
    for what, kind, over in (("_label", "offences", [AREA, PERIOD]), (AREA, "areas", ["_label", PERIOD])):
        for name in _sums(cells, what, over):
            warnings.warn(
                f"{name!r} of {file!r} holds in every cell as many incidents as all other {kind} together. It seems to "
                f"be their sum, and everything would count twice: leave it out with drop=[{name!r}].",
                DataWarning,
                stacklevel=5,
            )


def _sums(cells: pd.DataFrame, what: str, over: list[str]) -> list[str]:
    """Names in the column `what` that hold half of every cell of `over`; few cells and few parts prove nothing."""
    whole = cells.groupby(over, dropna=False)[N].transform("sum")
    some = cells[(whole > 0) & cells[N].notna()].assign(whole=whole)
    places = len(some.drop_duplicates(over))
    parts = some.loc[some[N] > 0, what].nunique() - 1
    if parts < 2 or (places < _CELLS_OF_A_SUM and parts < _PARTS_OF_A_SUM):
        return []
    half = some[2 * some[N] == some["whole"]].groupby(what)[N].agg(["size", "sum"])
    return sorted(map(str, half.index[(half["size"] == places) & (half["sum"] >= _LEAST_SUM)]))


def _keyed(cells: pd.DataFrame, period: AssessmentPeriod) -> pd.DataFrame:
    """Cells by canonical offence; labels of earlier months in the meaning that they had then."""
    labels = {label: canonical_offence(label) for label in cells["_label"].unique()}
    keyed = cells.assign(**{OFFENCE: cells["_label"].map(labels)})
    # Without months a count is of the whole period, and its labels mean what they meant in the last month of it.
    months = keyed[PERIOD].fillna(period.end)
    found = {str(month): set(part) - {NOT_STATED} for month, part in keyed.groupby(months)[OFFENCE]}
    then = earlier_categories(found, is_police_uk=False)
    for month, categories in then.items():
        for category in categories:
            keyed.loc[(months == month) & (keyed[OFFENCE] == category.label), OFFENCE] = category.key
    if keyed[PERIOD].isna().any():
        _tell_changed(set(keyed[OFFENCE]), period)
    return keyed[[AREA, OFFENCE, PERIOD, N]].astype({N: "int64"}).reset_index(drop=True)


def _tell_changed(labels: Set[str], period: AssessmentPeriod) -> None:
    """Warn where a category of police.uk changed its meaning within a period that is counted as a whole."""
    if not labels <= {*CATEGORIES, *COMBINED_CATEGORIES, NOT_STATED}:
        return
    for earlier in EARLIER_CATEGORIES:
        if earlier.label not in labels or not period.start <= earlier.last < period.end:
            continue
        warnings.warn(
            f"{earlier.label!r} of police.uk held more until {earlier.last} than since, and the counts of {period} are "
            "not told apart by month: it is weighed as today. Give the counts by month, or each part of the period in "
            "a table of its own.",
            DataWarning,
            stacklevel=5,
        )
