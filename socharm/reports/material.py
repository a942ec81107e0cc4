"""What the sections of a change report are written from, and the one way in which they say a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from socharm._words import area_noun, noun_for, period_words, rate_decimals, signed
from socharm.documents.evidence import Cell, Evidence
from socharm.rescoring.change_words import change_printed
from socharm.rescoring.comparison import Comparison

__all__ = ["Material", "for_readers", "material_of"]


def for_readers(remedy: str) -> str:
    """A remedy in words; one in keys of a recipe is for whoever writes it, who finds it in the table of findings."""
    return "" if "[" in remedy or "=" in remedy else remedy


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """A comparison, its tables by name, and the numbers that were said of it.

    Attributes
    ----------
    comparison : Comparison
    frames : mapping of str to DataFrame
    evidence : Evidence
    noun : str
        What an area is.
    decimals : int
        Of every rate.
    """

    comparison: Comparison
    frames: Mapping[str, pd.DataFrame]
    evidence: Evidence
    noun: str
    decimals: int

    @property
    def nouns(self) -> str:
        """What several areas are."""
        return f"{self.noun}s"

    @property
    def spans(self) -> tuple[str, str]:
        """Both periods in words."""
        first, second = (period_words(period.start, period.end) for period in self.comparison.periods)
        return first, second

    @property
    def listed(self) -> int:
        """Areas of the list."""
        return int(self.value("list", "areas", "list"))

    @property
    def list_words(self) -> str:
        """The list as a sentence begins: the first so many, or those that were named."""
        number = self.whole("list", "areas", "list", what="areas of the list")
        noun = noun_for(self.listed, self.noun)
        if self.comparison.settings.areas:
            return f"The {number} {noun} that {'was' if self.listed == 1 else 'were'} chosen beforehand"
        return f"The {number} {noun} that {'was' if self.listed == 1 else 'were'} worst in the earlier period"

    def name(self, area: object) -> str:
        """What an area is called."""
        called = self.comparison.table["name"].get(area)
        return called if isinstance(called, str) and called.strip() else str(area)

    def value(self, table: str, column: str, row: object) -> float:
        """One cell of a table."""
        return float(self.frames[table][column].get(row, float("nan")))

    def whole(self, table: str, column: str, row: object, *, what: str) -> str:
        """The nearest whole number; a half is rounded up, as a workbook does."""
        value = self.value(table, column, row)
        return self.evidence.note(f"{math.floor(value + 0.5):,}", value, Cell(table, column, str(row)), what=what)

    def decimal(self, table: str, column: str, row: object, *, what: str, places: int = 1) -> str:
        """A number with some decimals."""
        value = self.value(table, column, row)
        return self.evidence.note(f"{value:z,.{places}f}", value, Cell(table, column, str(row)), what=what)

    def rate(self, table: str, column: str, row: object, *, what: str) -> str:
        """A rate, with the decimals of all of them."""
        return self.decimal(table, column, row, what=what, places=self.decimals)

    def addend(self, table: str, column: str, row: object, *, what: str) -> str:
        """A part of a rate, with its sign."""
        value = self.value(table, column, row)
        text = signed(value, self.decimals + 1)
        return self.evidence.note(text, value, Cell(table, column, str(row)), what=what)

    def change(self, table: str, column: str, row: object, *, what: str) -> str:
        """A ratio as a change in percent."""
        value = self.value(table, column, row)
        return self.evidence.note(change_printed(value), value, Cell(table, column, str(row)), what=what)

    def span(self, table: str, column: str, row: object, *, level: int, what: str) -> str:
        """Both ends of the interval of a ratio, as changes in percent."""
        low, high = (self.value(table, f"{column}_{end}_{level}", row) for end in ("low", "high"))
        ends = [change_printed(end) for end in (low, high)]
        text = ends[0] if ends[0] == ends[1] else " to ".join(ends)
        return self.evidence.note(
            text, self.value(table, column, row), Cell(table, column, str(row)), what=what, between=(low, high)
        )


def material_of(comparison: Comparison) -> Material:
    """Gather what a report is written from."""
    frames = comparison.frames()
    rates = frames["expected"][["rate_earlier", "rate_later"]].to_numpy(dtype=float).ravel().tolist()
    return Material(
        comparison=comparison,
        frames=frames,
        evidence=Evidence(
            period=" against ".join(str(period) for period in comparison.periods),
            source=" against ".join(comparison.assessments),
        ),
        noun=area_noun(comparison.table.index),
        decimals=rate_decimals(rates),
    )
