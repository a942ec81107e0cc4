"""`counts_from_table`: counts that somebody else made, wide or tidy, with the same coverage and accounting."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd

from socharm._about import About, AssessmentPeriod, as_period
from socharm._arguments import checked
from socharm._columns import AREA, OFFENCE, PERIOD, N, to_period
from socharm._constraints import ClosedShare, Frame
from socharm._words import number_of
from socharm.errors import AlignmentError, SchemaError
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.codes import match_codes, tell_matched
from socharm.io.incidents.count import area_names
from socharm.io.incidents.coverage import Covered, coverage_note, narrows, stated_coverage
from socharm.io.incidents.cube import complete_table
from socharm.io.incidents.lacking_rows import forces_of, lack_note, lacking_rows, warn_of_lacking
from socharm.io.incidents.losses import STOP_SHARE, WARN_SHARE, LossRule
from socharm.io.incidents.losses_told import Telling, loss_note, tell_losses
from socharm.io.incidents.months import DateRule
from socharm.io.incidents.records import Counts
from socharm.io.incidents.settings import CountFindings, Period, TableCountSettings
from socharm.io.incidents.table_cells import TableCells, table_cells
from socharm.io.incidents.table_columns import Stated, header_test
from socharm.io.incidents.table_coverage import silent_months, table_coverage, tell_silent
from socharm.io.table_options import TableKeywords, reads_tables
from socharm.io.tabular import read_table
from socharm.io.text_table import TextTable

__all__ = ["counts_from_table"]

_SUPPRESSED: Final = "cells that the publisher marked as suppressed"
_UNRESOLVED: Final = "Counts were given for the period as a whole and spread evenly over its months."


@checked
@reads_tables(TableCountSettings)
def counts_from_table(
    table: str | os.PathLike[str] | Frame,
    *,
    period: Period | None = None,
    covered: Covered = None,
    about: About | None = None,
    areas: pd.DataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    offence: str | None = None,
    offences: Collection[str] | None = None,
    drop: Collection[str] = (),
    date_format: str | None = None,
    day_first: bool | None = None,
    minimum_coverage: ClosedShare = 0.5,
    accept: str | Iterable[str] = (),
    warn_share: ClosedShare = WARN_SHARE,
    stop_share: ClosedShare = STOP_SHARE,
    settings: TableCountSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> Counts:
    """Counts by area and offence that exist already, as `Counts`.

    Parameters
    ----------
    table : path or dataframe
        Tidy (``area_code``, ``offence``, ``n`` and, where known, ``period``) or wide (``area_code``, and one column
        per offence with ``period`` where known, or one column per month with ``offence``). Text, workbook, parquet or
        a dataframe.
    period : AssessmentPeriod, (first, last) or month
        Months the counts speak of.
    covered : optional
        As in `count_incidents`. By default the areas (and months) that the table holds; months in which an area, or its
        force, has next to nothing of its usual month are not covered, with a CoverageWarning.
    about : About, optional
        Sources, unit and marking; the file's name by default.
    areas : DataFrame, optional
        Index ``area_code``: every area there should be. Areas the table does not hold are not
        covered; codes of the table that are not areas are set aside.
    columns : mapping, optional
        ``area_code``, ``offence``, ``period``, ``n`` to column names, where they are called otherwise.
    offence : str, optional
        The one offence that all counts are of, where no column and no heading says it.
    offences : collection of str, optional
        The columns of a wide table that are offences, all of them; the others are left out. By default the columns
        that are called by a category or a count code, and any other column stops.
    drop : collection of str
        Columns, offence labels or area codes to leave out, such as totals.
    date_format, day_first : optional
        As in `read_incidents`, for the months of the table.
    minimum_coverage : float
        As in `count_incidents`.
    accept, warn_share, stop_share : optional
        As in `count_incidents`, of cells of the table: ``accept=("outside all areas",)`` where it is meant to hold more
        areas than `areas`.
    settings : TableCountSettings or mapping, optional
        Choices of other counts, for what is not stated by keyword; `period` must be stated here or there.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    Counts
        The accounting counts cells of the table; the facts, and ``n`` of the breakdown, state the incidents in them.

    Raises
    ------
    SchemaError
        More than `stop_share` of the cells are of areas that are not in `areas`. Or counts that are
        negative, not whole, or not numbers; a month that cannot be read; a cell that stands twice. All of them at
        once, with row and column. Columns that are not understood, and totals.
    ParameterError
        `columns`, `offence`, `offences` or `drop` do not fit the table.
    AlignmentError
        No code of the table is one of `areas`.

    Notes
    -----
    Without a ``period`` column, and over more than one month, counts are spread evenly over the
    covered months in whole numbers (the remainder to the first ones) and ``findings.by`` is
    ``"period"``: totals and rates are exact, movements within the period are not known. A wide row
    without any number was not covered; a gap in one that has others is a fault: missing is not zero. Cells marked as
    suppressed count as gaps; their number stands in ``facts``.

    Examples
    --------
    >>> wide = pd.DataFrame({"area_code": ["A", "B"], "Burglary": [3, 0], "Robbery": [1, 2]})
    >>> counts_from_table(wide, period=("2025-04", "2025-04")).total().to_dict()
    {'A': 4, 'B': 2}
    """
    asked = TableCountSettings.of(settings)
    rule, chosen, stated = asked.rule, as_period(asked.period), _stated(asked)
    assert chosen is not None  # the record asks for a period
    text = read_table(table, options=asked, header=header_test(stated.columns), name="table")
    cells = table_cells(text, stated, chosen)
    names = area_names(areas) if areas is not None else _own_names(cells.values[AREA])
    matched = match_codes(cells.values[AREA].unique(), names.index)
    meant = int(cells.values[AREA].isin(matched.changed).sum())
    cells = _renamed(cells, {code: str(names.index[matched.positions[code]]) for code in matched.changed}, text.file)
    tell_matched(matched, meant, unit="cells", stacklevel=4)
    coverage = _coverage(cells, names, chosen, covered)
    reasons = _reasons(cells, names, coverage, chosen)
    used = cells.values[reasons == acc.USED]
    spread = cells.values[PERIOD].isna().all() and chosen.n_months > 1
    base = about if about is not None else _own_about(table, text)
    notes = [coverage_note(coverage, minimum=asked.minimum_coverage), _UNRESOLVED if spread else "", base.coverage]
    counts = Counts(
        table=_complete(used, coverage),
        areas=names,
        coverage=coverage,
        sources=_sources(cells.values, text.file, chosen),
        accounting=acc.accounting_table({str(k): int(n) for k, n in reasons.value_counts().items()}),
        breakdown=acc.breakdown_table(cells.values.assign(reason=reasons, source=text.file, rows=1)),
        facts=acc.facts_table(_facts(used, meant, cells.suppressed)),
        flagged=_no_flags(),
        settings=asked,
        findings=CountFindings(
            by="period" if spread else "month",
            date_format=cells.date_format,
            left_out=cells.left_out,
            table=text.options,
        ),
        about=replace(base, period=chosen),
    )
    if narrows(covered, names.index) and not spread:
        lacking = lacking_rows(counts.table, coverage, forces_of(names))
        warn_of_lacking(lacking, stacklevel=4)
        notes.append(lack_note(lacking))
    return _told(counts, cells, names, rule, notes)


def _facts(used: pd.DataFrame, matched: int, suppressed: int) -> dict[str, int]:
    withheld = {_SUPPRESSED: suppressed} if suppressed else {}
    return {"incidents in used cells": int(used[N].sum()), acc.MATCHED_CODES: matched, **withheld}


def _renamed(cells: TableCells, codes: Mapping[str, str], file: str) -> TableCells:
    """The cells under the codes of their areas; two cells may not become one."""
    if not codes:
        return cells
    values, blank = (part.assign(**{AREA: part[AREA].replace(dict(codes))}) for part in (cells.values, cells.blank))
    key = [AREA, OFFENCE, PERIOD]
    twice = values.duplicated(key) & ~cells.values.duplicated(key)
    if twice.any():
        raise SchemaError(
            f"{file!r} holds {number_of(int(twice.sum()), 'cell')} twice"
            f", under codes that differ in letter case, blanks or zeros "
            f"only, such as {values.loc[twice, AREA].unique()[:3].tolist()}. Keep one of each."
        )
    return replace(cells, values=values, blank=blank)


def _told(counts: Counts, cells: TableCells, names: pd.DataFrame, rule: LossRule, notes: list[str]) -> Counts:
    """The counts with their note, when what they lost has been told."""

    def outside() -> list[str]:
        codes = cells.values.loc[~cells.values[AREA].isin(names.index), AREA]
        return [repr(str(code)[:24]) for code in codes.value_counts(sort=True).index[:3]]

    telling = Telling(samples={acc.OUTSIDE_AREAS: outside}, unit="cells", counted="incidents")
    lost = counts.losses
    tell_losses(counts.accounting, lost, rule, telling, stacklevel=5)
    notes = [*notes, loss_note(counts.accounting, lost, rule, unit="cells")]
    return replace(counts, about=replace(counts.about, coverage=" ".join(note for note in notes if note)))


def _stated(asked: TableCountSettings) -> Stated:
    return Stated(
        columns=dict(asked.columns or {}),
        offence=asked.offence,
        offences=asked.offences,
        drop=asked.drop,
        dates=DateRule(asked.date_format, asked.day_first, asked.missing_words),
    )


def _own_names(codes: pd.Series) -> pd.DataFrame:
    return area_names(pd.DataFrame(index=pd.Index(sorted(codes.unique()), name=AREA)))


def _own_about(table: Any, text: TextTable) -> About:
    source = (text.file,) if isinstance(table, (str, os.PathLike)) else ()
    return About(unit="incidents", sources=source)


def _coverage(cells: TableCells, names: pd.DataFrame, period: AssessmentPeriod, covered: Covered) -> pd.DataFrame:
    """Area-months of which the table speaks, or those that are stated."""
    arrived = table_coverage(cells, names, period)
    if narrows(covered, names.index):
        silent = silent_months(cells, names, arrived)
        arrived &= ~silent
        tell_silent(silent & stated_coverage(covered, silent), stacklevel=5)
    return stated_coverage(covered, arrived)


def _reasons(cells: TableCells, names: pd.DataFrame, coverage: pd.DataFrame, period: AssessmentPeriod) -> pd.Series:
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
