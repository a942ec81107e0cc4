"""`counts_from_table`: counts that somebody else made, wide or tidy, with the same coverage and accounting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About, AssessmentPeriod
from socharm._checks import nearest_name, require_fraction
from socharm._columns import AREA, FORCE, NAME, OFFENCE, PARENT, PERIOD, N, to_period
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.count import area_names
from socharm.io.incidents.coverage import arrived_coverage, coverage_note, stated_coverage
from socharm.io.incidents.cube import complete_table
from socharm.io.incidents.months import month_of
from socharm.io.incidents.reading import as_period
from socharm.io.incidents.records import Counts, CountSettings
from socharm.io.offences import canonical_offence
from socharm.io.personal import refuse_personal
from socharm.io.tabular import Faults, TextTable, parse_numbers, read_table

__all__ = ["counts_from_table"]

#: Names under which the key columns are recognised (lower case, words apart by one space).
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    AREA: ("area code", "code", "ward code", "lsoa code", "gss code"),
    OFFENCE: ("offence", "crime type", "category", "offence code"),
    PERIOD: ("period", "month"),
    N: ("n", "count", "counts", "incidents", "crimes", "value"),
}
_NAMES: Final = (NAME, PARENT, FORCE)
_UNRESOLVED: Final = "Counts were given for the period as a whole and spread evenly over its months."


def counts_from_table(
    table: Any,
    *,
    period: AssessmentPeriod | tuple[str, str] | str,
    covered: Any = None,
    about: About | None = None,
    areas: pd.DataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    minimum_coverage: float = 0.5,
) -> Counts:
    """Counts by area and offence that exist already, as `Counts`.

    Parameters
    ----------
    table : path or dataframe
        Tidy (``area_code``, ``offence``, ``n`` and, where known, ``period``) or wide (``area_code``,
        where known ``period``, and one column per offence). CSV, Excel, parquet or a dataframe.
    period : AssessmentPeriod, (first, last) or month
        Months the counts speak of.
    covered : optional
        As in `count_incidents`. By default the areas (and months) that the table holds.
    about : About, optional
        Sources, unit and marking; the file's name by default.
    areas : DataFrame, optional
        Index ``area_code``: every area there should be. Areas the table does not hold are not
        covered; codes of the table that are not areas are set aside.
    columns : mapping, optional
        ``area_code``, ``offence``, ``period``, ``n`` to column names, where they are called otherwise.
    minimum_coverage : float
        As in `count_incidents`.

    Returns
    -------
    Counts
        The accounting counts cells of the table; the facts state the incidents in them.

    Raises
    ------
    SchemaError
        Counts that are negative, not whole, or not numbers; a month that cannot be read; a cell that
        stands twice. All of them at once, with row and column.
    AlignmentError
        No code of the table is one of `areas`.

    Notes
    -----
    Without a ``period`` column, and over more than one month, counts are spread evenly over the
    covered months in whole numbers (the remainder to the first ones) and ``settings.by`` is
    ``"period"``: totals and rates are exact, movements within the period are not known. A wide row
    without any number was not covered; a gap in one that has others is a fault: missing is not zero.

    Examples
    --------
    >>> wide = pd.DataFrame({"area_code": ["A", "B"], "Burglary": [3, 0], "Robbery": [1, 2]})
    >>> counts_from_table(wide, period=("2025-04", "2025-04")).total().to_dict()
    {'A': 4, 'B': 2}
    """
    require_fraction(minimum_coverage, name="minimum_coverage", inclusive=True)
    chosen = as_period(period)
    if chosen is None:
        raise ParameterError("`period` is missing. Say which months the counts speak of: ('2025-04', '2025-09').")
    text = read_table(table, name="table")
    refuse_personal(list(text.frame.columns), text.frame, name=repr(text.file))
    cells = _cells(text, columns or {}, chosen)
    names = area_names(areas) if areas is not None else _own_names(cells.values[AREA])
    coverage = stated_coverage(covered, _arrived(cells, names, chosen))
    reasons = _reasons(cells, names, coverage, chosen)
    used = cells.values[reasons == acc.USED]
    spread = cells.values[PERIOD].isna().all() and chosen.n_months > 1
    base = about if about is not None else _own_about(table, text)
    notes = [coverage_note(coverage, minimum=minimum_coverage), _UNRESOLVED if spread else "", base.coverage]
    return Counts(
        table=_complete(used, coverage),
        areas=names,
        coverage=coverage,
        sources=_sources(cells.values, text.file, chosen),
        accounting=acc.accounting_table({str(k): int(n) for k, n in reasons.value_counts().items()}),
        facts=acc.facts_table({"incidents in used cells": int(used[N].sum())}),
        flagged=_no_flags(),
        settings=CountSettings(by="period" if spread else "month", minimum_coverage=minimum_coverage),
        about=replace(base, period=chosen, coverage=" ".join(note for note in notes if note)),
    )


@dataclass(frozen=True)
class _Cells:
    """``area_code``, ``offence``, ``period`` (text or missing), ``n``; and area-months without any number."""

    values: pd.DataFrame
    blank: pd.DataFrame


def _cells(text: TextTable, columns: Mapping[str, str], period: AssessmentPeriod) -> _Cells:
    faults = Faults(text.file)
    keys = _key_columns(text, columns)
    frame = text.frame.copy()
    frame[PERIOD] = _months(frame, keys.get(PERIOD), faults)
    frame[AREA] = frame[keys[AREA]].str.strip()
    for row in frame.index[frame[AREA] == ""]:
        faults.add("has no area code", row=int(row), column=keys[AREA])
    long = _tidy(frame, keys, faults) if OFFENCE in keys else _wide(frame, keys, faults)
    faults.raise_if_any("Counts are whole numbers of zero or more; correct the table and read it again.")
    blank = long.groupby([AREA, PERIOD], dropna=False)[N].transform(lambda values: values.isna().all())
    for row, column in long.loc[long[N].isna() & ~blank, ["_row", "_column"]].itertuples(index=False):
        faults.add("is empty; missing is not zero: write 0 or the count", row=int(row), column=str(column))
    key = [AREA, "_label", PERIOD]
    for row, column in long.loc[long.duplicated(key), ["_row", "_column"]].itertuples(index=False):
        faults.add("repeats an area, offence and month that stand above", row=int(row), column=str(column))
    faults.raise_if_any("Correct the table and read it again.")
    labels = {label: canonical_offence(label) for label in long["_label"].unique()}
    long[OFFENCE] = long["_label"].map(labels)
    values = long.loc[~blank, [AREA, OFFENCE, PERIOD, N]].astype({N: "int64"}).reset_index(drop=True)
    if not len(values):
        raise SchemaError(f"{text.file!r} holds no counts: every cell is empty. Export it again.")
    return _Cells(values, long.loc[blank, [AREA, PERIOD]].drop_duplicates())


def _key_columns(text: TextTable, columns: Mapping[str, str]) -> dict[str, str]:
    for meaning in columns:
        if meaning not in _KEYS:
            hint = nearest_name(meaning, _KEYS)
            meant = f" Did you mean {hint!r}?" if hint else ""
            raise ParameterError(f"`columns` holds {meaning!r}; it may hold {list(_KEYS)}.{meant}")
    text.require(columns.values())
    plain = {" ".join(str(c).replace("_", " ").lower().split()): str(c) for c in reversed(text.frame.columns)}
    found = {meaning: next((plain[t] for t in texts if t in plain), None) for meaning, texts in _KEYS.items()}
    keys = {meaning: column for meaning, column in {**found, **columns}.items() if column is not None}
    text.require([AREA] if AREA not in keys else [])
    if (OFFENCE in keys) != (N in keys):
        lacking = N if OFFENCE in keys else OFFENCE
        if lacking == N:
            raise SchemaError(
                f"{text.file!r} has a column of offences ({keys[OFFENCE]!r}) and none of counts; it has "
                f"{list(text.frame.columns)}. Name it: columns={{'n': ...}}."
            )
        keys.pop(N)  # a wide table may hold an offence that is called like a count column
    return keys


def _months(frame: pd.DataFrame, column: str | None, faults: Faults) -> pd.Series:
    if column is None:
        return pd.Series(None, index=frame.index, dtype="object")
    months = frame[column].map(month_of)
    for row in frame.index[months.isna()]:
        faults.add("is not a month: write YYYY-MM", row=int(row), column=column, value=frame.loc[row, column])
    return months.astype("object")


def _tidy(frame: pd.DataFrame, keys: Mapping[str, str], faults: Faults) -> pd.DataFrame:
    numbers = _whole(frame[keys[N]], keys[N], faults)
    return pd.DataFrame(
        {
            AREA: frame[AREA],
            "_label": frame[keys[OFFENCE]],
            PERIOD: frame[PERIOD],
            N: numbers,
            "_row": frame.index,
            "_column": keys[N],
        }
    ).reset_index(drop=True)


def _wide(frame: pd.DataFrame, keys: Mapping[str, str], faults: Faults) -> pd.DataFrame:
    taken = {*keys.values(), AREA, PERIOD}
    offences = [c for c in frame.columns if c not in taken and str(c).lower() not in _NAMES]
    if not offences:
        raise SchemaError(f"{faults.file!r} has no columns of offences; it has {list(frame.columns)}.")
    parts = [
        pd.DataFrame(
            {
                AREA: frame[AREA],
                "_label": str(offence),
                PERIOD: frame[PERIOD],
                N: _whole(frame[offence], str(offence), faults),
                "_row": frame.index,
                "_column": str(offence),
            }
        )
        for offence in offences
    ]
    return pd.concat(parts, ignore_index=True)


def _whole(values: pd.Series, column: str, faults: Faults) -> pd.Series:
    """Counts as floats, missing where blank; negative or broken numbers are faults."""
    numbers = parse_numbers(values, faults=faults, column=column)
    odd = numbers.index[(numbers < 0) | (numbers % 1 != 0) & numbers.notna()]
    for row in odd:
        what = "is negative" if numbers[row] < 0 else "is not a whole number"
        faults.add(what, row=int(row), column=column, value=values[row])
    return numbers


def _own_names(codes: pd.Series) -> pd.DataFrame:
    return area_names(pd.DataFrame(index=pd.Index(sorted(codes.unique()), name=AREA)))


def _own_about(table: Any, text: TextTable) -> About:
    source = (text.file,) if isinstance(table, (str, os.PathLike)) else ()
    return About(unit="incidents", sources=source)


def _arrived(cells: _Cells, names: pd.DataFrame, period: AssessmentPeriod) -> pd.DataFrame:
    """Area-months of which the table speaks."""
    months = list(period.months)
    values = cells.values
    if values[PERIOD].isna().all():
        mask = np.repeat(names.index.isin(values[AREA])[:, None], len(months), axis=1)
        return pd.DataFrame(mask, index=names.index, columns=to_period(pd.Index(months)))
    plain = names.assign(force=None)
    anyone = pd.DataFrame([values.groupby(PERIOD)[N].size()], index=["table"])
    arrived = arrived_coverage(anyone, areas=plain, period=period)
    arrived.loc[~arrived.index.isin(values[AREA])] = False
    for code, month in cells.blank.itertuples(index=False):
        if code in arrived.index and month in months:
            arrived.loc[code, pd.Period(month, "M")] = False
    return arrived


def _reasons(cells: _Cells, names: pd.DataFrame, coverage: pd.DataFrame, period: AssessmentPeriod) -> pd.Series:
    values = cells.values
    known = values[AREA].isin(names.index)
    if not known.any():
        raise AlignmentError(
            f"None of the table's area codes, such as {list(values[AREA].unique()[:3])}, is in `areas`, which holds "
            f"codes such as {list(names.index[:3])}. Check that both use the same boundary year."
        )
    inside = values[PERIOD].isna() | values[PERIOD].isin(period.months)
    rows = names.index.get_indexer(pd.Index(values[AREA]))
    at = coverage.columns.astype(str).get_indexer(pd.Index(values[PERIOD]))
    mask: np.ndarray = coverage.to_numpy(dtype=bool)
    month_open = np.where(values[PERIOD].isna(), np.asarray(mask.any(axis=1))[rows], mask[rows, at])
    reasons = np.select(
        [~inside, ~known, ~month_open], [acc.OUTSIDE_PERIOD, acc.OUTSIDE_AREAS, acc.NOT_COVERED], acc.USED
    )
    return pd.Series(reasons, index=values.index)


def _complete(used: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Complete table; totals without a month are spread over the covered ones."""
    mask = coverage.to_numpy()
    offences = sorted(used[OFFENCE].unique())
    cube = np.zeros((len(coverage), len(offences), coverage.shape[1]), dtype=np.int64)
    rows = coverage.index.get_indexer(pd.Index(used[AREA]))
    columns = pd.Index(offences).get_indexer(pd.Index(used[OFFENCE]))
    if used[PERIOD].isna().all():
        share = np.maximum(mask.sum(axis=1), 1)[rows]
        rank = np.cumsum(mask, axis=1)[rows] - 1
        whole, rest = np.divmod(used[N].to_numpy(), share)
        np.add.at(cube, (rows, columns), np.where(mask[rows], whole[:, None] + (rank < rest[:, None]), 0))
    else:
        at = coverage.columns.astype(str).get_indexer(pd.Index(used[PERIOD]))
        np.add.at(cube, (rows, columns, at), used[N].to_numpy())
    return complete_table(cube, offences=offences, coverage=coverage)


def _sources(values: pd.DataFrame, file: str, period: AssessmentPeriod) -> pd.DataFrame:
    """Cells by month; all of them under the first month where months are not known."""
    months = values[PERIOD].fillna(period.start)
    counted = months.value_counts().sort_index()
    frame = pd.DataFrame([counted.to_numpy()], index=pd.Index([file], name="source"))
    return frame.set_axis(to_period(counted.index), axis=1).rename_axis(columns=PERIOD)


def _no_flags() -> pd.DataFrame:
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in (AREA, OFFENCE, "flag")})
    empty.insert(2, PERIOD, pd.Series(dtype="period[M]"))
    return empty.assign(**{N: pd.Series(dtype="int64")})
