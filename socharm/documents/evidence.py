"""The numbers of a document: each is written down with the cell of the table it stands in when it is first used."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from socharm._words import percent

__all__ = ["EVIDENCE_COLUMNS", "Cell", "Evidence", "amount", "percent"]

#: Columns of a table of evidence.
EVIDENCE_COLUMNS = ("what", "text", "value", "low", "high", "unit", "period", "source", "table", "column", "row")


class Cell(NamedTuple):
    """Where a number stands in the tables that a document is made of."""

    table: str
    column: str
    row: str


@dataclass(kw_only=True)
class Evidence:
    """Collects the numbers of one document.

    Parameters
    ----------
    period : str
        The months that numbers speak of unless they say otherwise.
    source : str
        Where they come from unless they say otherwise.
    """

    period: str
    source: str
    rows: list[dict[str, object]] = field(default_factory=list)

    def note(
        self,
        text: str,
        value: float,
        cell: Cell,
        *,
        what: str,
        between: tuple[float, float] = (math.nan, math.nan),
        unit: str = "",
        period: str | None = None,
        source: str | None = None,
    ) -> str:
        """Write a number down, with the cell it stands in and the ends of its interval, and give its text back."""
        months = self.period if period is None else period
        said = (what, text, *map(float, (value, *between)), unit, months, self.source if source is None else source)
        said += (cell.table, cell.column, cell.row)
        self.rows.append(dict(zip(EVIDENCE_COLUMNS, said, strict=True)))
        return text

    @property
    def table(self) -> pd.DataFrame:
        """Every number noted, in the order of use."""
        frame = pd.DataFrame(self.rows, columns=list(EVIDENCE_COLUMNS))
        kinds = {name: "float64" if name in ("value", "low", "high") else "str" for name in EVIDENCE_COLUMNS}
        return frame.astype(kinds).drop_duplicates(ignore_index=True)


def amount(value: float, *, like: float | None = None) -> str:
    """A quantity to three significant figures, thousands parted; with the decimals of another one where they belong.

    Examples
    --------
    >>> [amount(value) for value in (0.01234, 12.755, 1507.0, 163010.7, 0.0)]
    ['0.0123', '12.8', '1,510', '163,000', '0']
    >>> amount(9.87, like=12.755), amount(-0.01, like=12.755), amount(163_010.7, like=1507.0)
    ('9.9', '0.0', '163,010')
    """
    leading = value if like is None else like
    if leading == 0:
        return "0" if value == 0 else amount(value)
    places = 2 - math.floor(math.log10(abs(leading)))
    # What is printed as nothing has no sign.
    return f"{round(value, places):z,.{max(0, places)}f}"
