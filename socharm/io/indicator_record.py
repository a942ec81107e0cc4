"""Measures of partners as read, with what they mean."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA, PERIOD
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.io.dictionary import require_measure
from socharm.io.table_options import TableFindings, TableOptions

__all__ = ["IndicatorFindings", "IndicatorSettings", "Indicators"]


@dataclass(frozen=True, kw_only=True)
class IndicatorSettings(TableOptions):
    """Choices behind measures of partners."""

    code: str | None = setting(None, "column with the area; found when absent", example="ward_code")
    measure: str = setting("measure", "column with the name of the measure")
    value: str = setting("value", "column of the numbers")
    period: str | None = setting(None, "column with the period; `period` where there is one", example="year")
    where: dict[str, str] | None = setting(None, "keep the rows with one value of a column", example={"Sex": "All"})
    ignore: tuple[str, ...] = setting((), "measures that the dictionary leaves out on purpose", example=["old_measure"])
    repair_quoted_rows: bool = setting(False, "take rows apart that were quoted whole")


@dataclass(frozen=True, kw_only=True)
class IndicatorFindings(TableFindings):
    """How a table of measures was written.

    Attributes
    ----------
    table : TableOptions
        As of `TableFindings`.
    layout : {"wide", "tidy"}
    code, period : str
        Columns of the areas, and of the period; None where the dictionary states it.
    """

    layout: str
    code: str
    period: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Indicators(Record):
    """Partner measures by area.

    Attributes
    ----------
    table : DataFrame
        ``area_code``, ``period`` (text, as the partner states it), ``measure``, ``value`` (float; missing is not
        zero). Sorted by measure, period, area.
    dictionary : DataFrame
        Index ``measure``: direction, unit, denominator, period, provider, licence, sharing basis, marking, whether
        police activity drives it.
    not_sent : tuple of str
        Measures of the dictionary that the file does not hold: gaps in what is known, not zeros.
    rows_read, rows_left_out : int
        Rows of the file, and those that `where` left out.
    repaired_rows : tuple of int
        Rows that were quoted whole into one field and taken apart.
    suppressed : int
        Values that the publisher marked as withheld; missing, not zero.
    mended_codes : int
        Codes that were written in lower case or as decimals.
    note_rows : int
        Rows under the table that are notes, set aside.
    """

    __made_by__ = ("read_indicators",)

    table: pd.DataFrame
    dictionary: pd.DataFrame
    settings: IndicatorSettings
    about: About
    findings: IndicatorFindings
    not_sent: tuple[str, ...] = ()
    rows_read: int = 0
    rows_left_out: int = 0
    repaired_rows: tuple[int, ...] = ()
    suppressed: int = 0
    mended_codes: int = 0
    note_rows: int = 0

    @property
    def measures(self) -> list[str]:
        """Measures that were sent, in the order of the dictionary."""
        return [measure for measure in map(str, self.dictionary.index) if measure not in self.not_sent]

    @checked
    def values_of(self, measure: str, *, period: str | None = None) -> pd.Series:
        """One measure by area.

        Parameters
        ----------
        measure : str
        period : str, optional
            Needed where the measure was sent for several periods.

        Returns
        -------
        Series of float, index ``area_code``, named `measure`; empty when nobody sent it.

        Raises
        ------
        ParameterError
            An unknown measure, or several periods and none named.
        """
        require_measure(measure, self.dictionary)
        rows = self.table[self.table["measure"] == measure]
        periods = list(rows[PERIOD].unique())
        if period is None and len(periods) > 1:
            raise ParameterError(
                f"{measure!r} was sent for {number_of(len(periods), 'period')}: {periods[:8]}. Name one by `period=`."
            )
        if period is not None:
            rows = rows[rows[PERIOD] == period]
        return rows.set_index(AREA)["value"].rename(measure)

    def _summary(self) -> dict[str, str]:
        lines = {
            "areas": f"{self.table[AREA].nunique():,}",
            "measures": f"{len(self.measures)} of {len(self.dictionary)} in the dictionary",
            "without a value": f"{int(self.table['value'].isna().sum()):,} of {len(self.table):,}",
        }
        if self.not_sent:
            lines["not sent"] = ", ".join(self.not_sent)
        if self.repaired_rows:
            lines["rows taken apart"] = f"{len(self.repaired_rows):,}"
        found = {"suppressed": self.suppressed, "codes mended": self.mended_codes, "notes set aside": self.note_rows}
        return lines | {label: f"{number:,}" for label, number in found.items() if number}
