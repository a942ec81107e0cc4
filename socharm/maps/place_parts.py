"""Axes of the map of a place, and of the part of it that is drawn again at a larger scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from socharm._columns import AREA
from socharm.maps.harm_window import harm_box
from socharm.maps.inset_choice import Box, inset_box
from socharm.maps.palettes import INK
from socharm.maps.place_names import view_of
from socharm.maps.place_squares import SEEN, Paper, square_size
from socharm.snapshot.tables import AssessmentTables

__all__ = ["HEIGHT", "WIDTH", "Part", "enlarged_part", "open_parts", "squares_words"]

#: Inches of a figure that is half a page wide.
WIDTH: Final = 3.5
HEIGHT: Final = 3.45
_MARGIN: Final = 0.08
#: Inches below and above the map; the most of the width that the map has where an enlarged part stands beside it, and
#: the room between the two.
_BELOW: Final = 0.7245
_ABOVE: Final = 0.19
_BESIDE: Final = 0.48
_GAP: Final = 0.015
#: Parts of the spare room by which a view is moved towards land, least first, and the part of the most land that is as
#: much.
_MOVES: Final = tuple(sorted((step / 10 for step in range(-10, 11)), key=abs))
_AS_MUCH: Final = 0.98


@dataclass
class Part:
    """Axes that show a place or a part of it, and what stands on them."""

    ax: Axes
    paper: Paper = field(default_factory=Paper)


def enlarged_part(
    place: gpd.GeoDataFrame, tables: AssessmentTables, *, width: float = WIDTH, height: float = HEIGHT
) -> Box | None:
    """The part of a place that is drawn again at a larger scale beside its map; None where none is needed.

    Parameters
    ----------
    place : GeoDataFrame
        Areas that make up the place, index ``area_code``.
    tables : AssessmentTables
    width, height : float
        Of the figure, in inches.

    Returns
    -------
    (west, south, east, north) or None
        Of several areas by `inset_box`; of one area by `harm_box`.
    """
    west, south, east, north = (float(edge) for edge in place.total_bounds)
    _, _, across, up = _map_box(width, height)
    scale = _scale(place, width, height)
    if len(place) > 1:
        return inset_box(place.geometry, (west, south, east, north), points_per_metre=scale * (1 + 2 * _MARGIN))
    beside = width * (across - _narrow(place, width, height) - _GAP) * 72.0, height * up * 72.0
    return harm_box(list(map(str, place.index)), tables, points_per_metre=scale, room=beside)


def squares_words(
    place: gpd.GeoDataFrame, tables: AssessmentTables, *, width: float = WIDTH, height: float = HEIGHT
) -> str:
    """What the caption of one area says of an enlarged part, and of squares that are drawn larger than they are."""
    listed = tables["micro_places"]
    here = listed[listed[AREA].isin(list(place.index))] if len(listed) else listed
    if not len(here):
        return ""
    box = enlarged_part(place, tables, width=width, height=height)
    told = "" if box is None else " Framed, and larger beside it: where most of that harm lies close together."
    outside = True
    if box is not None:
        outside = not shapely.covers(shapely.box(*box), shapely.points(here[["easting", "northing"]])).all()
    if _scale(place, width, height) * square_size(tables) >= SEEN or not outside:
        return told
    return f"{told} Squares{' outside the frame' if told else ''} are drawn larger than they are."


def _scale(place: gpd.GeoDataFrame, width: float, height: float) -> float:
    """Points on paper for a metre on the ground, of a place with its margin."""
    west, south, east, north = (float(edge) for edge in place.total_bounds)
    _, _, across, up = _map_box(width, height)
    return min(width * across / (east - west), height * up / (north - south)) * 72.0 / (1 + 2 * _MARGIN)


def _map_box(width: float, height: float) -> Box:
    """The map on its figure: left, low, width and height in parts of it; what stands below it keeps its inches."""
    low = _BELOW / height
    return 0.01, low, 0.98, 1 - low - _ABOVE / height


def _narrow(place: gpd.GeoDataFrame, width: float, height: float) -> float:
    """Width of the map beside an enlarged part: what its shape asks for, and no more than its share."""
    west, south, east, north = (float(edge) for edge in place.total_bounds)
    _, _, across, up = _map_box(width, height)
    asked = (east - west) / (north - south) * height * up / width * (1 + 2 * _MARGIN)
    return min(asked, _BESIDE * across)


def open_parts(
    figure: Figure, place: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, tables: AssessmentTables
) -> list[Part]:
    """Axes of the map and, where areas or squares are too small on it, of a part of it at a larger scale.

    Parameters
    ----------
    figure : Figure
    place, areas : GeoDataFrame
    tables : AssessmentTables
    """
    wide, high = (float(size) for size in figure.get_size_inches())
    at = _map_box(wide, high)
    left, low, across, up = at
    west, south, east, north = (float(edge) for edge in place.total_bounds)
    box = enlarged_part(place, tables, width=wide, height=high)
    if box is None:
        return [Part(_add_axes(figure, at, (west, south, east, north), land=areas))]
    # The map needs no more width than its shape asks for, and the enlarged part has the rest.
    narrow = _narrow(place, wide, high)
    main = _add_axes(figure, (left, low, narrow, up), (west, south, east, north))
    inset = _add_axes(figure, (left + narrow + _GAP, low, across - narrow - _GAP, up), box, margin=0.0)
    view = view_of(inset)
    frame = Rectangle(view[:2], view[2] - view[0], view[3] - view[1], facecolor="none", edgecolor=INK[0], lw=0.8)
    main.add_patch(frame).set_zorder(6)
    inset.add_patch(Rectangle((0, 0), 1, 1, transform=inset.transAxes, fill=False, edgecolor=INK[0], lw=1.2, zorder=9))
    return [Part(main), Part(inset)]


def _add_axes(
    figure: Figure,
    at: tuple[float, float, float, float],
    ground: Box,
    *,
    margin: float = _MARGIN,
    land: gpd.GeoDataFrame | None = None,
) -> Axes:
    """Axes that show a piece of ground with a margin, and more of it, land before sea, where their shape is another."""
    ax = figure.add_axes(at)
    wide, high = (float(size) for size in figure.get_size_inches())
    across, up = (ground[2] - ground[0]) * (1 + 2 * margin), (ground[3] - ground[1]) * (1 + 2 * margin)
    scale = max(across / (at[2] * wide), up / (at[3] * high))
    middle = ((ground[0] + ground[2]) / 2, (ground[1] + ground[3]) / 2)
    half = scale * at[2] * wide / 2, scale * at[3] * high / 2
    if land is not None:
        middle = _landward(middle, half, (half[0] - across / 2, half[1] - up / 2), land)
    ax.set_xlim(middle[0] - half[0], middle[0] + half[0])
    ax.set_ylim(middle[1] - half[1], middle[1] + half[1])
    ax.set_aspect("equal")
    return ax


def _landward(
    middle: tuple[float, float], half: tuple[float, float], spare: tuple[float, float], land: gpd.GeoDataFrame
) -> tuple[float, float]:
    """The middle of a view, moved by no more than what it has to spare so that it shows the most land."""
    moves = [(part * spare[0], part * spare[1]) for part in _MOVES]  # a view has room to spare in one direction alone
    views = [
        shapely.box(middle[0] + x - half[0], middle[1] + y - half[1], middle[0] + x + half[0], middle[1] + y + half[1])
        for x, y in moves
    ]
    near = land.geometry[land.intersects(shapely.union_all(views))]
    seen = [float(shapely.area(shapely.intersection(np.asarray(near), view)).sum()) for view in views]
    best = max(seen)
    # The least move that shows as much: a place that has land all round it stays in the middle.
    x, y = next(move for move, shown in zip(moves, seen, strict=True) if shown >= best * _AS_MUCH)
    return middle[0] + x, middle[1] + y
