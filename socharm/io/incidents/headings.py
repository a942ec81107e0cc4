"""Rows of a file that are no incidents: column names that are repeated, sums, rules of dashes and notes under it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from socharm._columns import OFFENCE, PERIOD, N
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.delimited import FILE
from socharm.io.incidents.extract import known_names, plain_name
from socharm.io.incidents.policeuk import file_source
from socharm.offences import NOT_STATED

__all__ = ["heading_rows", "is_heading", "split_headings"]

#: What stands in the column of dates of a line of sums, under the column names of a database, or below the table.
_NO_DATE: Final = re.compile(
    r"[-=_]{3,}|\(?[\d,]+ (?:rows?|records?)(?: .*)?\)?|(?:grand |overall |sub[ -]?)?totals?:?|"
    r"end of (?:report|file|data|table).*|(?:sources?|notes?|footnotes?)\b.*|©.*|(?:\(c\) )?crown copyright.*|"
    r"page \d+.*|"
    r"(?:(?:report|extract|data) )?(?:run|generated|created|produced|extracted|printed) (?:on|by|at|from)\b.*",
    re.IGNORECASE,
)
#: A row repeats the column names where its cells of both columns do: a label of an offence may be called "Offence".
_JUDGED: Final = ("date", "offence")


def is_heading(cells: pl.DataFrame, columns: Mapping[str, str]) -> pl.Expr | None:
    """Test of a row that is no incident; None where there is none.

    Parameters
    ----------
    cells : polars DataFrame
        ``date`` and ``offence`` as they stand, as text or as categories.
    columns : mapping
        Meaning to the name of the column in the files; several joined by ``" | "``.
    """
    texts = cells["date"].unique().cast(pl.String).drop_nulls().to_list()
    notes = [text for text in texts if _NO_DATE.fullmatch(text.strip())]
    is_note = pl.col("date").cast(pl.String).is_in(notes) if notes else None
    names = _is_names(cells, columns)
    return is_note if names is None else names if is_note is None else names | is_note


def _is_names(cells: pl.DataFrame, columns: Mapping[str, str]) -> pl.Expr | None:
    tests = []
    for meaning in _JUDGED:
        own = columns.get(meaning, "")
        names = known_names(meaning) | {plain_name(name) for name in (own, *own.split(" | "))} - {""}
        texts = cells[meaning].unique().cast(pl.String).drop_nulls().to_list()
        found = [text for text in texts if plain_name(text) in names]
        if not found:
            return None
        tests.append(pl.col(meaning).cast(pl.String).is_in(found))
    return tests[0] & tests[1]


def split_headings(
    cells: pl.DataFrame, columns: Mapping[str, str], *, files: tuple[str, ...]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Cells without the rows that are no incidents, and how many of those there are, by source of their file.

    Parameters
    ----------
    cells : polars DataFrame
        With `FILE` where there are several files; with ``n`` where its rows stand for several.
    columns : mapping
        As in `is_heading`.
    files : tuple of str
    """
    test = is_heading(cells, columns)
    if test is None:
        return cells, {}
    found = cells.filter(test)
    file = pl.col(FILE).cast(pl.String) if FILE in cells.columns else pl.lit(files[0])
    rows = pl.col(N).cast(pl.Int64) if N in cells.columns else pl.lit(1, pl.Int64)
    sums = found.with_columns(file.alias("_file"), rows.alias("_rows")).group_by("_file").agg(pl.col("_rows").sum())
    by_source: dict[str, int] = {}
    for name, number in sums.sort("_file").iter_rows():
        by_source[file_source(name)] = by_source.get(file_source(name), 0) + number
    return cells.filter(~test.fill_null(value=False)), by_source


def heading_rows(headings: Mapping[str, int]) -> list[dict[str, object]]:
    """The rows as parts of a breakdown: they hold no incident, and belong to no month."""
    return [
        {"reason": acc.HEADING, OFFENCE: NOT_STATED, PERIOD: None, "source": source, "rows": number, N: 0}
        for source, number in headings.items()
    ]
