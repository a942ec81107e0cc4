"""A hot spot method that works on files: what was read for it, and what it makes of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import geopandas as gpd
import pandas as pd

from socharm._about import About

__all__ = ["Frames", "Given", "HotspotMethod"]

#: Whether a method needs areas, can do with them, or has no use for them.
_Areas: TypeAlias = Literal["needed", "for the map", "none"]
Frames: TypeAlias = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Given:
    """What was read.

    Attributes
    ----------
    table : DataFrame
        Columns by the names that the method knows; index: row of the file.
    areas : GeoDataFrame or None
    choices : mapping
        Settings by name, as they were stated.
    crs : str or None
        Of x and y.
    about : About
    """

    table: pd.DataFrame
    areas: gpd.GeoDataFrame | None
    choices: Mapping[str, Any]
    crs: str | None
    about: About

    @property
    def ground(self) -> gpd.GeoDataFrame:
        """The areas, of a method that needs them."""
        assert self.areas is not None  # required where the files are read
        return self.areas


@dataclass(frozen=True, eq=False)
class HotspotMethod:
    """One method on files.

    Attributes
    ----------
    says : str
        What it finds, in one line.
    needs, may : tuple of str
        Columns of the table that it needs, and that it reads where they are there.
    areas : str
    run : function
        From what was read to the result.
    tables : function
        Tables of the result by name, the first of which is the answer.
    layer : function
        The result on the ground; None where it has no shape.
    draw : function or None
        A picture of the result, from the areas and it.
    weight_by : tuple of str, optional
        Setting and value by which the column of weights is read; None where it is read as it is there.
    """

    says: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    areas: _Areas
    run: Callable[[Given], Any]
    tables: Callable[[Any], Frames]
    layer: Callable[[gpd.GeoDataFrame | None, Any], gpd.GeoDataFrame | None]
    draw: Callable[[gpd.GeoDataFrame | None, Any], Any] | None
    weight_by: tuple[str, str] | None = None

    def weighs(self, choices: Mapping[str, Any]) -> bool:
        """Whether the column of weights is read under some choices."""
        return self.weight_by is None or choices.get(self.weight_by[0]) == self.weight_by[1]
