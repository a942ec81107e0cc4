"""Rows of a file that are no incidents: column names that are repeated, sums, rules of dashes and notes under it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from socharm._columns import OFFENCE, PERIOD, N
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.delimited import FILE
from socharm.io.incidents.extract import known_names, plain_name
from socharm.io.incidents.policeuk import file_source
from socharm.offences import NOT_STATED

__all__ = ["HeadingTexts", "heading_rows", "heading_texts", "is_heading", "split_headings"]

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


@dataclass(frozen=True)
class HeadingTexts:
    """Texts by which rows that are no incidents are known: of dates that are notes, and of both columns' names."""

    notes: list[str]
    dates: list[str]
    offences: list[str]

    def test(self, columns: Any) -> Any:
        """Test of such a row, as an expression of polars or narwhals, whose module is given."""

        def among(column: str, texts: list[str]) -> Any:
            return columns.col(column).cast(columns.String).is_in(texts)

        is_names = among("date", self.dates) & among("offence", self.offences)
        if not self.notes:
            return is_names
        is_note = among("date", self.notes)
        return is_note | is_names if self.dates and self.offences else is_note


def heading_texts(cells: pl.DataFrame, columns: Mapping[str, str]) -> HeadingTexts | None:
    """Texts of the rows that are no incidents; None where there is none.

    Parameters
    ----------
    cells : polars DataFrame
        ``date`` and ``offence`` as they stand, as text or as categories.
    columns : mapping
        Meaning to the name of the column in the files; several joined by ``" | "``.
    """
    texts = cells["date"].unique().cast(pl.String).drop_nulls().to_list()
    notes = [text for text in texts if _NO_DATE.fullmatch(text.strip())]
    dates, offences = (_names(cells, columns, meaning) for meaning in _JUDGED)
    return HeadingTexts(notes, dates, offences) if notes or (dates and offences) else None


def is_heading(cells: pl.DataFrame, columns: Mapping[str, str]) -> pl.Expr | None:
    """Test of a row that is no incident, as in `heading_texts`; None where there is none."""
    texts = heading_texts(cells, columns)
    return None if texts is None else texts.test(pl)


def _names(cells: pl.DataFrame, columns: Mapping[str, str], meaning: str) -> list[str]:
    """Texts of a column that are its own name."""
    own = columns.get(meaning, "")
    names = known_names(meaning) | {plain_name(name) for name in (own, *own.split(" | "))} - {""}
    texts = cells[meaning].unique().cast(pl.String).drop_nulls().to_list()
    return [text for text in texts if plain_name(text) in names]


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
