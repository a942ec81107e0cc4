"""What a table adds to a dashboard, as the part of an assessment states it that leaves the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

import pandas as pd

from socharm._about import About

__all__ = ["Category", "DashboardLayer", "DashboardPart", "DashboardTable", "withheld_note"]

Tables: TypeAlias = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Category:
    """A value that is a name: what it is called in the legend, and its colour."""

    label: str
    colour: str


@dataclass(frozen=True, kw_only=True)
class DashboardLayer:
    """A layer of the map of a dashboard.

    Parameters
    ----------
    key : str
        Names the layer in ``write_dashboard(layer=...)``.
    label, short, unit, gap, note : str
        `short` is the label where there is little room; `gap` names an area without a value; `note` says in a sentence
        what the colours mean.
    values : Series, optional
        Numbers or names of categories by area. None for a series or a surface.
    series : bool
        Whether month and offence group change it: ``key`` is then ``rate`` or ``harm``.
    surface : DataFrame, optional
        Squares drawn over the map: ``easting`` and ``northing`` of their centres and ``harm_per_km2``. A map has one
        such layer at most, the first.
    bounds, labels : tuple
        Upper bounds of all classes but the last, and words of all; without bounds, classes hold equal numbers of areas.
    colours : tuple of str
        Of the classes; those of `palette` when omitted.
    palette : str
        One of the maps.
    categories : mapping of str to Category
        The values that are names, in the order of the legend; others are gaps.
    disclosure : {"crimes", "keep", "count"}
        What becomes of a number: withheld where it hangs on few crimes of the area, shown as it is, or withheld where
        it is itself a small count.
    probability : bool
        Whether the numbers are probabilities: they have two decimals, and those next to 0 and 1 are told as below and
        above.
    measure : mapping of str to str
        For measures of partners: ``provider``, ``unit``, ``direction``, ``period``, for the panel that lists them.
    """

    key: str
    label: str
    short: str = ""
    unit: str = ""
    gap: str = "not known"
    note: str = ""
    values: pd.Series | None = None
    series: bool = False
    surface: pd.DataFrame | None = None
    bounds: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    palette: str = "harm"
    categories: Mapping[str, Category] = field(default_factory=lambda: MappingProxyType({}))
    disclosure: Literal["crimes", "keep", "count"] = "crimes"
    probability: bool = False
    measure: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class DashboardTable:
    """A plain table of a dashboard; columns that hold numbers by their place in `head`, from 0."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


def _nothing(*_: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, kw_only=True)
class DashboardPart:
    """What a table adds to a dashboard.

    Parameters
    ----------
    layers : callable
        Layers of the map, from the tables of an assessment and its period, unit and sources; none where the tables do
        not hold them.
    gaps : callable
        Tables of the panel on what is not known, from the tables of an assessment.
    sure : callable
        Sentences of the panel on how sure the ranks are, from the tables of an assessment.
    place : int
        Parts stand in this order; those of the same place in the order of their tables.
    """

    layers: Callable[[Tables, About], Iterable[DashboardLayer]] = _nothing
    gaps: Callable[[Tables], Iterable[DashboardTable]] = _nothing
    sure: Callable[[Tables], Iterable[str]] = _nothing
    place: int = 100


def withheld_note(table: pd.DataFrame, column: str) -> str:
    """A sentence where a smoothed number is withheld, as in published form; else nothing."""
    missing = column in table.columns and len(table) and table[column].isna().all()
    return "Of published counts, which carry noise; the smoothed number is withheld." if missing else ""
