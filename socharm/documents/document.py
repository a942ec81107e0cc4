"""What a report says, before it has a format: sections of paragraphs, tables and pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from socharm.errors import ParameterError

__all__ = ["STANDARD", "Document", "Figure", "PackagedTemplate", "PrintedTable", "Section"]


@dataclass(frozen=True, kw_only=True)
class PrintedTable:
    """A table as text: caption, header, rows, relative widths of the columns, and a note below it."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture: its file's name, what it shows in words for those who do not see it, its caption, how it is drawn.

    Where it stands beside another one, it takes `share` of the width of the page, and `alone` where it does not.
    """

    name: str
    alt: str
    caption: str
    draw: Callable[[], bytes]
    share: float = 0.5
    alone: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section: its lead stands out, opening paragraphs follow it, then points, tables and the other paragraphs."""

    key: str
    title: str
    lead: str = ""
    opening: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[PrintedTable, ...] = ()
    figures: tuple[Figure, ...] = ()
    source: str = ""
    human: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PackagedTemplate:
    """A Markdown template that comes along.

    Parameters
    ----------
    name : str
        Name of the file, which templates of one's own extend.
    package : str
        Package that holds it.
    blocks : tuple of str
        Blocks that a template of one's own must keep, itself or from the one it extends.
    """

    name: str
    package: str
    blocks: tuple[str, ...]


#: Title, front, every section in order, and the statement behind them.
STANDARD: Final = PackagedTemplate(
    name="document.md.j2", package="socharm.documents.templates", blocks=("front", "sections", "statement")
)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A report of any kind.

    Parameters
    ----------
    title : str
    marking : str
        Classification, above and below each page.
    day : date
        Day of the report, which its files carry too: the clock is never asked.
    sections : tuple of Section
        In the order of the document, each key once.
    front : PrintedTable, optional
        What stands below the title.
    statement : tuple of Section
        Method statement and appendices, each on a new page.
    internal : bool
        Whether it shows what a published one withholds; each page says so.
    template : PackagedTemplate
    values : mapping of str to object
        What templates of one's own can read beside the document.
    whole_rows : int
        Tables of so many rows stand on one page: a row alone at its end, or its head, helps nobody.
    slide_source : str
        Sources and licences for the one slide that its first section makes; blank where it makes none.

    Examples
    --------
    >>> said = Section(key="found", title="Found", lead="Nothing moved.")
    >>> report = Document(title="Re-scoring", marking="OFFICIAL", day=dt.date(2026, 1, 31), sections=(said,))
    >>> report.section("found").lead
    'Nothing moved.'
    """

    title: str
    marking: str
    day: dt.date
    sections: tuple[Section, ...]
    front: PrintedTable | None = None
    statement: tuple[Section, ...] = ()
    internal: bool = False
    template: PackagedTemplate = STANDARD
    values: Mapping[str, Any] = field(default_factory=dict)
    whole_rows: int = 8
    slide_source: str = ""

    def section(self, key: str) -> Section:
        """One section by its key.

        Raises
        ------
        ParameterError
            There is no such section.
        """
        found = [section for section in self.sections if section.key == key]
        if not found:
            raise ParameterError(f"{key!r} is no section; there are {[section.key for section in self.sections]}.")
        return found[0]
