"""Map of one area: the squares, streets and segments that hold a quarter, half and four fifths of its harm."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from shapely.geometry.base import BaseGeometry

from socharm._arguments import checked
from socharm._columns import AREA, NAME
from socharm._constraints import CountFrom0
from socharm._words import joined_words, number_of, percent
from socharm.errors import AlignmentError
from socharm.hotspots.points.drill_down import DrillDown, share_name
from socharm.io.areas import require_areas
from socharm.io.units.nearest import LINE, are_segments
from socharm.maps.inset_choice import Box
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.names import area_names
from socharm.maps.palettes import INK, sequential_map
from socharm.maps.style import styled

__all__ = ["plot_drill_down", "square_classes", "squares_inside"]

#: From dark to light: the places of the first share, and those that the next shares need beside them.
_DARK, _LIGHT = 0.92, 0.22
#: Metres of the disc that stands for a street's map point, beside which its name is set.
_DISC: Final = 12.0
_PREMISES: Final = 3


@checked
@styled
def plot_drill_down(
    areas: gpd.GeoDataFrame,
    found: DrillDown,
    area: str | None = None,
    *,
    streets: gpd.GeoDataFrame | None = None,
    labels: CountFrom0 = 8,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of one area with the squares that hold most of its harm, and the streets to look at by name.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries, in the coordinates of the points; those around the area are drawn pale.
    found : DrillDown
    area : str, optional
        Code of the area; that of `found` where it has one.
    streets : GeoDataFrame, optional
        The segments that `found` was made with: those that are needed for the shares are drawn as lines.
    labels : int
        Streets to name: those with most of the harm. Kinds of place, such as supermarkets, have many map points and
        are told below the map.
    title : str, optional
    basemap : str or path, optional
        A local raster or vector file, or a tile provider by name: fetched only then.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is computed, saved or shown.

    Raises
    ------
    AlignmentError
        The area is not in `found` or not in `areas`.
    """
    require_areas(areas)
    code = _one(area, found, areas)
    areas = gpd.GeoDataFrame(areas)
    mine = found.table[found.table[AREA] == code]
    named = _named(mine, labels, areas.crs)
    page = MapPage(
        draw=partial(_draw, areas, code, mine, found, streets),
        legend=f"Places needed for\nso much of the {found.about.held}\nof {area_names(areas)[code]}\n(number listed)",
        title=title or _finding(found, code, str(area_names(areas)[code])),
        as_written=_notes(found, code),
        named=list(named.index),
        key=f"Streets with the most {found.about.held}",
        view=_view(areas, code),
        crowd=gpd.GeoSeries(named.geometry if len(named) else areas.geometry.loc[[code]]),
        labelled=named,
    )
    return draw_page(areas, page, record=None, about=with_areas(found.about, areas), ax=ax, basemap=basemap)


def _one(area: str | None, found: DrillDown, areas: gpd.GeoDataFrame) -> str:
    codes = list(dict.fromkeys(found.by_area.index.get_level_values(AREA)))
    code = codes[0] if area is None and len(codes) == 1 else area
    if code not in codes:
        raise AlignmentError(f"`area` is {code!r}; `found` is of {codes[:5]}. Name one of these.")
    if code not in areas.index:
        raise AlignmentError(f"`areas` lack {code!r}, of which `found` speaks. Give the areas that it was made with.")
    return str(code)


def _view(areas: gpd.GeoDataFrame, code: str) -> Box:
    west, south, east, north = (float(edge) for edge in areas.geometry[code].bounds)
    margin = 0.06 * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin


def _named(mine: pd.DataFrame, labels: int, crs: Any) -> gpd.GeoDataFrame:
    """Discs of the streets to name, by name; segments where there are no names of map points."""
    units = [unit for unit in ("street", "segment") if (mine["unit"] == unit).any()]
    some = mine[(mine["unit"] == units[0]) & ~mine["kind_of_place"]].head(labels) if units else mine.head(0)
    told = [f"{name}\n{percent(share)}" for name, share in zip(some[NAME], some["share"], strict=True)]
    middles = shapely.points(some["easting"].to_numpy(dtype=float), some["northing"].to_numpy(dtype=float))
    index = pd.Index([f"{place}" for place in some["place"]], dtype="str", name="place")
    discs = np.asarray(shapely.buffer(middles, _DISC), dtype=object)
    return gpd.GeoDataFrame({NAME: told}, geometry=list(discs), index=index, crs=crs)


def _tones(found: DrillDown) -> dict[float, tuple[float, float, float, float]]:
    shares, colours = found.settings.shares, sequential_map("harm")
    return {share: colours(tone) for share, tone in zip(shares, np.linspace(_DARK, _LIGHT, len(shares)), strict=True)}


def square_classes(found: DrillDown) -> dict[str, str]:
    """Words of the legend for the places that each share needs, the first share first, with their colours."""
    first = found.settings.shares[0]
    return {
        f"{'first ' if share == first else 'up to '}{share:.0%}": to_hex(tone) for share, tone in _tones(found).items()
    }


def squares_inside(squares: pd.DataFrame, areas: gpd.GeoDataFrame, size: float) -> list[BaseGeometry]:
    """The part of each square that is inside its area: harm is that of the part.

    Parameters
    ----------
    squares : DataFrame
        Rows of `DrillDown.table`.
    areas : GeoDataFrame
        Boundaries of their areas.
    size : float
        Side of a square, in metres.
    """
    x, y, half = squares["easting"].to_numpy(float), squares["northing"].to_numpy(float), size / 2
    whole = shapely.box(x - half, y - half, x + half, y + half)
    parts = shapely.intersection(whole, np.asarray(areas.geometry.reindex(squares[AREA]).array))
    # Where a border only touches a square there are lines and points beside the ground.
    return [shapely.union_all([p for p in shapely.get_parts(part) if p.geom_type == "Polygon"]) for part in parts]


def _draw(
    areas: gpd.GeoDataFrame,
    code: str,
    mine: pd.DataFrame,
    found: DrillDown,
    streets: gpd.GeoDataFrame | None,
    ax: Axes,
) -> list[Artist]:
    limits = ax.get_xlim(), ax.get_ylim()
    areas.plot(ax=ax, facecolor="#f6f5f1", edgecolor="#d2cfc6", linewidth=0.4, aspect=None, zorder=0)
    own = gpd.GeoDataFrame(areas.loc[[code]])
    own.plot(ax=ax, facecolor="white", edgecolor=INK[0], linewidth=1.2, aspect=None, zorder=1)
    tones, handles = _tones(found), list[Artist]()
    squares, size = mine[mine["unit"] == "square"], found.settings.cell_size
    for (share, tone), text in zip(tones.items(), square_classes(found), strict=True):
        here = squares[squares["needed_for"] == share]
        if len(here):
            shapes = gpd.GeoSeries(squares_inside(here, areas, size), crs=areas.crs)
            shapes.plot(ax=ax, facecolor=tone, edgecolor="white", linewidth=0.4, aspect=None, zorder=2)
        handles.append(Patch(facecolor=tone, edgecolor="#8a8a8a", linewidth=0.4, label=f"{text}  ({len(here):,})"))
    handles += _draw_segments(ax, mine, streets, tones)
    dots = mine[(mine["unit"] == "street") & ~mine["kind_of_place"]]
    if len(dots):
        look: dict[str, Any] = {"marker": "o", "ms": 4.0, "mfc": "white", "mec": INK[0], "mew": 0.9, "ls": ""}
        ax.plot(dots["easting"], dots["northing"], zorder=5, **look)
        handles.append(Line2D([], [], label=f"street's map point  ({len(dots):,})", **look))
    own.boundary.plot(ax=ax, edgecolor=INK[0], linewidth=1.2, aspect=None, zorder=4)
    ax.set(xlim=limits[0], ylim=limits[1])
    return handles


def _draw_segments(
    ax: Axes,
    mine: pd.DataFrame,
    streets: gpd.GeoDataFrame | None,
    tones: dict[float, tuple[float, float, float, float]],
) -> list[Artist]:
    if streets is None or not are_segments(streets):
        return []
    listed = mine[mine["unit"] == "segment"]
    lines = gpd.GeoSeries(streets[LINE])
    lines.plot(ax=ax, color="#b9b4aa", linewidth=0.5, aspect=None, zorder=3)
    for share, tone in tones.items():
        codes = listed.loc[listed["needed_for"] == share, "code"]
        if len(codes):
            lines.loc[list(codes)].plot(ax=ax, color=INK[0], linewidth=4.2, aspect=None, zorder=3.1)
            lines.loc[list(codes)].plot(ax=ax, color=tone, linewidth=3.0, aspect=None, zorder=3.2)
    return [Line2D([], [], color=INK[0], lw=3.0, label=f"segment, as the squares  ({len(listed):,})")]


def _finding(found: DrillDown, code: str, name: str) -> str:
    """How few squares hold the middle one of the shares."""
    shares = found.settings.shares
    share = 0.5 if 0.5 in shares else shares[0]
    facts = found.by_area.xs(code, level=AREA)
    held = found.about.held
    many = held == "events"
    needed, places = facts[share_name(share)]["square"], int(facts["places"]["square"])
    part = "Half" if share == 0.5 else f"{share:.0%}"
    if pd.isna(needed):
        return f"No {held} {'are' if many else 'is'} located in {name}"
    lies, is_in = ("lie in", "are in") if many else ("lies in", "is in")
    holds = lies if share == 0.5 else is_in
    return f"{part} of the {held} of {name} {holds} {int(needed):,} of the {number_of(places, 'square')} that have any"


def _notes(found: DrillDown, code: str) -> list[str]:
    settings, facts, held = found.settings, found.by_area.xs(code, level=AREA), found.about.held
    lies = "lie" if held == "events" else "lies"
    told = [
        f"Squares of {settings.cell_size:g} m, from the most {held} down; those with fewer than "
        f"{number_of(settings.minimum_events, 'event')} are counted, not drawn."
    ]
    for unit, words in (("street", "on a named map point"), ("segment", "within reach of a segment")):
        if unit in facts.index and pd.notna(facts["share_placed"][unit]):
            n = int(facts["events_aside"][unit])
            aside = f"; {number_of(n, 'event')} {'does' if n == 1 else 'do'} not" if n else ""
            part = "All" if not n else percent(float(facts["share_placed"][unit]))
            told.append(f"{part} of the {held} {lies} {words}{aside}.")
    kinds = found.premises[found.premises[AREA] == code].head(_PREMISES)
    if len(kinds):
        parts = [f"{kind} {percent(share)}" for kind, share in zip(kinds["kind"], kinds["share"], strict=True)]
        told.append(f"At map points of a kind of place, where crimes are often reported: {joined_words(parts)}.")
    if found.map_points:
        told.append("police.uk moves each crime to the nearest of about 750,000 map points: a street stands for its "
                    "neighbours too. Look at the place before you act on it.")  # fmt: skip
    return told
