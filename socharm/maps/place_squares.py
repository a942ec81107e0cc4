"""The squares of a place, or the areas of a district, by their own share of its harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import Bbox
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from socharm._columns import AREA
from socharm.hotspots.points.micro_places import MicroPlacesSettings
from socharm.maps.palettes import INK, sequential_map
from socharm.maps.paper import box_of, point_on_paper
from socharm.snapshot.tables import AssessmentTables

__all__ = ["LISTED", "Paper", "area_classes", "draw_shares", "draw_squares", "leading_areas", "shares_of_areas"]

#: Upper ends of the classes of shares, and how they are told.
_CLASSES: Final = ((0.02, "under 2%"), (0.05, "2 to 5%"), (0.10, "5 to 10%"), (np.inf, "10% or more"))
_TONES: Final = (0.18, 0.40, 0.65, 0.95)
_NUMBERED: Final = 5
#: Areas of a district that its table lists and its map numbers.
LISTED: Final = 8
#: Points across a number on a square, and of its letters.
_NUMBER: Final = 9.0


@dataclass
class Paper:
    """What stands on a map of a place already.

    Attributes
    ----------
    taken : list of Bbox
        Where no label may lie, in points on the paper.
    squares : list of geometry
        Coloured squares, beside which names are read better.
    """

    taken: list[Bbox] = field(default_factory=list)
    squares: list[BaseGeometry] = field(default_factory=list)


def square_size(tables: AssessmentTables) -> float:
    """Side of a square, in metres."""
    return float(tables.setting("micro_places", "cell_size", MicroPlacesSettings().cell_size))


def draw_squares(ax: Axes, codes: Sequence[str], tables: AssessmentTables, paper: Paper) -> list[Patch]:
    """The listed squares, shaded by their own share of the harm of their area, the first ones numbered."""
    places = tables["micro_places"]
    if not len(places):
        return []
    here = places[places[AREA].isin(list(codes))]
    if here.empty:
        return []
    size, colours = square_size(tables), sequential_map("harm")
    at = np.searchsorted([end for end, _ in _CLASSES], here["share"].to_numpy(dtype=float), side="right")
    middles = [(float(east), float(north)) for east, north in zip(here["easting"], here["northing"], strict=True)]
    for kind, (east, north) in zip(at, middles, strict=True):
        corner = (east - size / 2, north - size / 2)
        tone = colours(_TONES[kind])
        ax.add_patch(Rectangle(corner, size, size, facecolor=tone, edgecolor="white", lw=0.4, zorder=3))
        paper.squares.append(box(*corner, corner[0] + size, corner[1] + size))
    for number, kind, middle in zip(here["place"], at, middles, strict=True):
        if int(number) <= _NUMBERED:
            paper.taken.append(box_of(point_on_paper(ax, middle), (_NUMBER, _NUMBER)))
            colour = "white" if _TONES[kind] > 0.5 else INK[0]
            ax.text(
                *middle, f"{int(number)}", ha="center", va="center", size=8, weight="bold", color=colour, zorder=9,
                clip_on=True,
            )  # fmt: skip
    present = sorted(set(at.tolist()))
    return [Patch(facecolor=colours(_TONES[kind]), label=_CLASSES[kind][1]) for kind in present]


def shares_of_areas(codes: Sequence[str], tables: AssessmentTables) -> pd.Series:
    """Share of the harm of several areas that each holds; 0 where none of them has any, missing where unknown."""
    harm = tables["index"]["harm"].reindex(list(codes)).astype(float)
    total = float(harm.sum())
    return harm / total if total > 0 else harm


def leading_areas(shares: pd.Series) -> list[str]:
    """The areas with half of a place's harm, most first, at most eight: its table lists them, its map numbers them."""
    ordered = shares[shares > 0].sort_values(ascending=False, kind="stable")
    return list(map(str, ordered.index[: min(int((ordered.cumsum() < 0.5).sum()) + 1, LISTED)]))


def area_classes(shares: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Class of each area, scaled to the place itself, by equal numbers of areas; and the shares that each class has."""
    known = shares.dropna()
    ends = np.unique(np.quantile(known, (0.25, 0.5, 0.75))) if len(known) else np.array([])
    ends = ends[ends > known.min()] if len(known) else ends
    at = np.searchsorted(ends, shares.to_numpy(dtype=float), side="right")
    if not known.any():
        return at, ["no harm recorded"]
    members = [shares[(at == kind) & shares.notna().to_numpy()] for kind in range(len(ends) + 1)]
    return at, [_span(mine.min(), mine.max()) if len(mine) else "" for mine in members]


def _span(low: float, high: float) -> str:
    """Both ends as percentages, and one of them where they print alike."""
    first, last = f"{low:.1%}", f"{high:.1%}"
    return first if first == last else f"{first} to {last}"


def draw_shares(ax: Axes, place: gpd.GeoDataFrame, shares: pd.Series) -> list[Patch]:
    """The areas of a district, shaded by the share of its harm that each holds."""
    colours = sequential_map("harm")
    at, told = area_classes(shares)
    tones = _TONES[: len(told)]
    handles = []
    for kind, words in enumerate(told):
        mine = gpd.GeoDataFrame(place[(at == kind) & shares.notna().to_numpy()])
        if len(mine):
            mine.plot(ax=ax, facecolor=colours(tones[kind]), edgecolor="white", linewidth=0.3, aspect=None, zorder=1)
            handles.append(Patch(facecolor=colours(tones[kind]), label=words))
    unknown = gpd.GeoDataFrame(place[shares.isna().to_numpy()])
    if len(unknown):
        unknown.plot(ax=ax, facecolor="#e6e6e6", edgecolor="white", hatch="...", aspect=None, zorder=1)
        handles.append(Patch(facecolor="#e6e6e6", hatch="...", label="not known"))
    return handles
