"""What a stored table is, stated once: its columns, what they mean, what may be published, where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["CELLS", "KEEP", "WITHHOLD", "Column", "SheetSpec", "TableSpec", "columns"]

#: Public, about the run, or an order.
KEEP: Final = "keep"
#: Worked out again from published counts.
CELLS: Final = "cells"
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
        What becomes of it when it is published: ``"keep"``, ``"cells"``, ``"withhold"``, ``"probability"`` (to 5
        points), ``"figures:n"`` (to n significant figures), ``"whole:n"`` (to a multiple), ``"up:n"`` (to the next
        multiple), ``"decimals:n"``, ``"integer"``.
    number_format : str
        How a spreadsheet shows it; as it shows numbers when empty.
    """

    name: str
    meaning: str
    disclosure: str = WITHHOLD
    number_format: str = ""


@dataclass(frozen=True)
class SheetSpec:
    """The sheet of ``ranking.xlsx`` that shows a table.

    Parameters
    ----------
    title : str
    note : str
        Stands above the table.
    """

    title: str
    note: str = ""


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
    needed : bool
        Whether every snapshot holds it, so that one without it is damaged.
    sheet : SheetSpec, optional
        None where the workbook does not show it.
    layer : bool
        Whether it is a layer of the GeoPackage, joined to the areas by its index.
    secret : bool
        Never published, not even as empty columns with their names kept.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...] = ()
    needed: bool = False
    sheet: SheetSpec | None = None
    layer: bool = False
    secret: bool = False

    @property
    def rules(self) -> Mapping[str, str]:
        """What becomes of each column when the table is published."""
        return MappingProxyType({column.name: column.disclosure for column in self.columns})

    @property
    def formats(self) -> Mapping[str, str]:
        """Number formats of the columns that have one."""
        return MappingProxyType({column.name: column.number_format for column in self.columns if column.number_format})


def columns(disclosure: str, /, **meanings: str) -> tuple[Column, ...]:
    """Columns that share a rule, each with its meaning.

    Examples
    --------
    >>> [column.disclosure for column in columns("keep", name="name of the area", parent="its district")]
    ['keep', 'keep']
    """
    return tuple(Column(name, meaning, disclosure) for name, meaning in meanings.items())
