"""What a stored table is, stated once: its columns, what they mean, what may be published, where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import pandas as pd

from socharm._about import About
from socharm._settings import Settings
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart
from socharm.snapshot.recount import Recount
from socharm.snapshot.sentence import Sentence

__all__ = ["WITHHOLD", "Column", "SheetSpec", "SummaryPart", "TableSpec", "columns"]

#: A table as a sheet shows it, made of the tables of an assessment.
View: TypeAlias = Callable[[Mapping[str, pd.DataFrame]], pd.DataFrame]

#: Missing in what is published; also what becomes of a column that nobody declared.
WITHHOLD: Final = "withhold"


@dataclass(frozen=True)
class Column:
    """One column of a stored table.

    Parameters
    ----------
    name : str
    meaning : str
        What its values are, with their unit, in one line.
    disclosure : str
        What becomes of it when it is published: ``"keep"`` (public, about the run, or an order), ``"cells"`` (worked
        out again from published counts), ``"withhold"``, ``"probability"`` (to 5 points), ``"figures:n"`` (to n
        significant figures), ``"whole:n"`` (to a multiple), ``"up:n"`` (to the next multiple), ``"decimals:n"``,
        ``"integer"``.
    number_format : str
        How a spreadsheet shows it; as it shows numbers when empty.
    """

    name: str
    meaning: str
    disclosure: str = WITHHOLD
    number_format: str = ""


@dataclass(frozen=True, kw_only=True)
class SheetSpec:
    """The sheet of ``ranking.xlsx`` that shows a table.

    Parameters
    ----------
    title : str
    note : str or callable
        Stands above the table; made of the tables where it tells of choices behind them.
    place : int
        Sheets stand in this order; those of the same place in the order of their tables. From 100 on they are for
        reference, and only the first rows of a long one are printed.
    lists : bool
        Whether it is a list of results, on which the gaps of coverage are told.
    view : callable, optional
        Makes what is shown from all tables; the table as it is when omitted.
    formats : mapping
        Number formats of columns that the view adds.
    """

    title: str
    note: str | Callable[[Any], str] = ""
    place: int = 100
    lists: bool = False
    view: View | None = None
    formats: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SummaryPart:
    """What a table adds to the closing summary: values by name, and lines from those values.

    Parameters
    ----------
    values : callable
        From the tables of an assessment and its manifest.
    lines : callable
        From the whole summary.
    place : int
        Lines stand in this order; those of the same place in the order of their tables.
    """

    values: Callable[[Mapping[str, pd.DataFrame], Mapping[str, Any]], Mapping[str, Any]]
    lines: Callable[[Mapping[str, Any]], Iterable[str]]
    place: int = 100


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """One table that a part of an assessment leaves in a snapshot.

    Parameters
    ----------
    name : str
        Of the table and of its file.
    meaning : str
        What one row is.
    columns : tuple of Column
        Every column that can be there; the name of the index is the key and no column.
    others : Column, optional
        What columns are whose names come from the recipe, and what becomes of them.
    needed : bool
        Whether every snapshot holds it, so that one without it is damaged.
    sheet : SheetSpec, optional
        None where the workbook does not show it.
    layer : bool
        Whether it is a layer of the GeoPackage, joined to the areas by its index.
    secret : bool
        Never published: not even its columns are.
    earlier_names : tuple of str
        Its names in snapshots of earlier versions.
    earlier_columns : mapping of str to str
        Columns by their names in snapshots of earlier versions.
    summary : SummaryPart, optional
        What it adds to the closing summary.
    told : callable, optional
        What it adds to the method statement, from all tables.
    first_page : callable, optional
        What it adds to the first page of the workbook, from all tables: pairs of a name and a text.
    settings : tuple of type
        Records that the choices behind it, which are stored with it, can be; None among them where it may be stored
        without. Those of their step, where it has none of its own.
    recomputed : callable, optional
        Its columns with the rule ``"cells"``, from published counts: rows in its order, or indexed as it is. Tables are
        taken in their order, so that one can be made of those before.
    published : callable, optional
        What else becomes of its rows when it is published: the table by the rules of its columns, and all tables as
        they are.
    dashboard : DashboardPart, optional
        Layers that it adds to the map of a dashboard.
    look : callable, optional
        The classes by which its layer of the GeoPackage is coloured, from the tables of an assessment and its period,
        unit and sources; those of its first layer of a dashboard when omitted.
    names_areas : bool
        Whether its rows are the areas, with the names and districts that stand beside codes on every sheet.
    orders : str
        Column by which areas stand in order on every sheet; empty in all tables but one.
    rates : str
        Column by which rates of every sheet have their decimals; empty in all tables but one.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...] = ()
    others: Column | None = None
    needed: bool = False
    sheet: SheetSpec | None = None
    layer: bool = False
    secret: bool = False
    earlier_names: tuple[str, ...] = ()
    earlier_columns: Mapping[str, str] = field(default_factory=dict)
    summary: SummaryPart | None = None
    told: Callable[[Mapping[str, pd.DataFrame]], Iterable[Sentence]] | None = None
    first_page: Callable[[Mapping[str, pd.DataFrame]], Iterable[tuple[str, str]]] | None = None
    settings: tuple[type[Settings] | None, ...] = ()
    recomputed: Callable[[Recount], pd.DataFrame] | None = None
    published: Callable[[pd.DataFrame, Mapping[str, pd.DataFrame]], pd.DataFrame] | None = None
    dashboard: DashboardPart | None = None
    look: Callable[[Mapping[str, pd.DataFrame], About], DashboardLayer | None] | None = None
    names_areas: bool = False
    orders: str = ""
    rates: str = ""

    @property
    def rules(self) -> Mapping[str, str]:
        """What becomes of each column when the table is published."""
        return MappingProxyType({column.name: column.disclosure for column in self.columns})

    @property
    def formats(self) -> Mapping[str, str]:
        """Number formats of the columns that have one."""
        return MappingProxyType({column.name: column.number_format for column in self.columns if column.number_format})

    def rule_of(self, column: str) -> str:
        """What becomes of a column when the table is published; ``"withhold"`` where nobody said.

        Examples
        --------
        >>> TableSpec(name="ranking", meaning="", columns=columns("keep", rank="rank")).rule_of("a new column")
        'withhold'
        """
        return self.rules.get(column, WITHHOLD if self.others is None else self.others.disclosure)


def columns(disclosure: str, number_formats: Mapping[str, str] | None = None, /, **meanings: str) -> tuple[Column, ...]:
    """Columns that share a rule, each with its meaning, and the format that its name asks for.

    Examples
    --------
    >>> [column.disclosure for column in columns("keep", name="name of the area", parent="its district")]
    ['keep', 'keep']
    """
    formats = number_formats or {}
    return tuple(Column(name, meaning, disclosure, formats.get(name, "")) for name, meaning in meanings.items())
