"""What a profile says, before it is a document: sections of paragraphs, tables and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from socharm._about import About
from socharm.profiles.dates import month_end
from socharm.profiles.evidence import Evidence
from socharm.profiles.side_text import ProfileText
from socharm.profiles.subject import Subject
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Figure", "Material", "Section", "TextTable", "period_words", "source_line"]

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November")


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """A table as text: caption, header, rows, relative widths of the columns, and a note below it."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture: its file's name, what it shows in words for those who do not see it, its caption, how it is drawn."""

    name: str
    alt: str
    caption: str
    draw: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section: its lead sentence stands out, paragraphs, points, tables and pictures follow."""

    key: str
    title: str
    lead: str = ""
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[TextTable, ...] = ()
    figures: tuple[Figure, ...] = ()
    source: str = ""
    human: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """Everything the sections of one profile are written from."""

    subject: Subject
    about: About
    evidence: Evidence
    text: ProfileText
    manifest: Mapping[str, Any] = field(default_factory=dict)
    comparison: pd.DataFrame | None = None
    threats: pd.DataFrame = field(default_factory=pd.DataFrame)
    standing: tuple[tuple[str, pd.Series], ...] = ()
    internal: bool = False

    @property
    def tables(self) -> AssessmentTables:
        """The assessment, in which the subject is one area."""
        return self.subject.tables

    @property
    def key(self) -> str:
        """The subject's row."""
        return self.subject.key

    @property
    def own_areas(self) -> pd.Index:
        """Codes of the areas assessed, without the row of a district or set."""
        codes = self.tables["areas"].index
        return codes if self.subject.kind == "area" else codes.drop(self.key)

    def human(self, block: str) -> tuple[str, ...]:
        """Paragraphs that people wrote for a block."""
        text = self.text.blocks.get(block, "")
        return tuple(part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())

    def row(self, table: pd.DataFrame) -> Mapping[str, Any]:
        """The subject's row of a table by area; empty where it has none."""
        if self.key not in table.index:
            return {}
        found: Mapping[str, Any] = {str(column): table[column].get(self.key) for column in table.columns}
        return found


def period_words(period: str) -> str:
    """Months in words.

    Examples
    --------
    >>> period_words("2013-06 to 2014-06"), period_words("2018-06")
    ('June 2013 to June 2014', 'June 2018')
    """

    def month(text: str) -> str:
        number = month_end(text).month
        return f"{(*_MONTHS, 'December')[number - 1]} {text[:4]}"

    return " to ".join(month(part) for part in period.split(" to "))


def source_line(material: Material) -> str:
    """Sources and months of a section's numbers, and what did not arrive."""
    about = material.about
    when = f", {period_words(str(about.period))}" if about.period is not None else ""
    missing = f" {about.coverage}" if about.coverage else ""
    return f"Source: {'; '.join(about.sources) or 'not stated'}{when}.{missing}"
