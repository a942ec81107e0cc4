"""The squares of a place, or the areas of a district, by their own share of its harm."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from socharm._columns import AREA
from socharm.hotspots.points.micro_places import MicroPlacesSettings
from socharm.maps.class_choice import classes_of
from socharm.maps.labels import Ground, LabelLook, place_labels
from socharm.maps.palettes import INK, sequential_map
from socharm.maps.paper import box_of, label_box, on_paper, point_on_paper, text_size
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "LISTED",
    "SEEN",
    "Paper",
    "area_classes",
    "draw_shares",
    "draw_squares",
    "leading_areas",
    "number_squares",
    "shares_of_areas",
    "square_size",
]

#: Upper ends of the classes of shares, and how they are told.
_CLASSES: Final = ((0.02, "under 2%"), (0.05, "2 to 5%"), (0.10, "5 to 10%"), (np.inf, "10% or more"))
_TONES: Final = (0.18, 0.40, 0.65, 0.95)
_NUMBERED: Final = 5
#: Classes of the areas of a district beside that of those far above, and the tones of so many classes.
_GROUPS: Final = 4
_AREA_TONES: Final = (
    (0.18,), (0.18, 0.65), (0.18, 0.45, 0.75), (0.18, 0.40, 0.65, 0.95), (0.14, 0.32, 0.52, 0.74, 0.98)
)  # fmt: skip
#: Areas of a district that its table lists and its map numbers.
LISTED: Final = 6
#: Points that a square is wide at least, so that it is seen on the map of the largest places.
SEEN: Final = 5.0
#: Points of the digits on squares and how high they are; above the dots of streets, of which each takes so many points
#: from its middle.
_DIGITS: Final = 8.0
_DIGIT_HEIGHT: Final = 5.6
_OVER_DOTS: Final = 9.8
_DOT: Final = 1.8
#: Where a number is tried in its square, in parts of the room that it has from the middle.
_MOVES: Final = tuple(step / 4 for step in range(-4, 5))
#: How numbers are written beside their squares, and points between the boxes along their leaders.
_BESIDE: Final = LabelLook(size=_DIGITS, radii=(7.0, 10.0, 14.0, 19.0, 25.0, 32.0, 40.0, 50.0, 65.0), dot=0.0, line=0.7)
_STEP: Final = 2.5
#: Points that a number keeps from leaders, and from the outline of its place.
_OFF_LEADERS: Final = 0.6
_OFF_OUTLINE: Final = 1.2


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


def shown_side(ax: Axes, tables: AssessmentTables) -> float:
    """Side of a square as it is drawn, in metres: at least `SEEN` points on paper."""
    (west, _), (east, _) = (point_on_paper(ax, (x, 0.0)) for x in (0.0, 1_000.0))
    return max(square_size(tables), SEEN * 1_000.0 / (east - west))


def draw_squares(
    ax: Axes, codes: Sequence[str], tables: AssessmentTables, paper: Paper, *, framed: BaseGeometry | None = None
) -> list[Patch]:
    """The listed squares, shaded by their own share of the harm of their area; those within `framed` at their size."""
    places = tables["micro_places"]
    if not len(places):
        return []
    here = places[places[AREA].isin(list(codes))]
    if here.empty:
        return []
    own, seen, colours = square_size(tables), shown_side(ax, tables), sequential_map("harm")
    at = np.searchsorted([end for end, _ in _CLASSES], here["share"].to_numpy(dtype=float), side="right")
    middles = [(float(east), float(north)) for east, north in zip(here["easting"], here["northing"], strict=True)]
    for kind, (east, north) in zip(at, middles, strict=True):
        size = own if framed is not None and framed.covers(Point(east, north)) else seen
        corner = (east - size / 2, north - size / 2)
        tone = colours(_TONES[kind])
        ax.add_patch(Rectangle(corner, size, size, facecolor=tone, edgecolor="white", lw=0.4, zorder=3))
        paper.squares.append(box(*corner, corner[0] + size, corner[1] + size))
    present = sorted(set(at.tolist()))
    return [Patch(facecolor=colours(_TONES[kind]), label=_CLASSES[kind][1]) for kind in present]


def number_squares(
    ax: Axes,
    codes: Sequence[str],
    tables: AssessmentTables,
    paper: Paper,
    *,
    dots: Sequence[tuple[float, float]] = (),
    outline: BaseGeometry | None = None,
    without: Collection[int] = (),
) -> set[int]:
    """Number the first squares: in its square where the number has room off dots and outline, or beside it.

    Parameters
    ----------
    ax : Axes
        With its final limits and size.
    codes : sequence of str
    tables : AssessmentTables
    paper : Paper
        The numbers and their leaders are taken after this.
    dots : sequence of (x, y)
        Of the streets that the map shows. A number without room in its square stands at the end of a leader.
    outline : geometry, optional
        Of the place, as a line of the map.
    without : collection of int
        Numbers that another part of the map has.

    Returns
    -------
    set of int
        Numbers of the squares that the axes show whole, all of which are written.
    """
    places = tables["micro_places"]
    here = places[places[AREA].isin(list(codes)) & (places["place"] <= _NUMBERED)] if len(places) else places
    if not len(here):
        return set()
    half = shown_side(ax, tables) / 2
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    seen = here["easting"].between(west + half, east - half) & here["northing"].between(south + half, north - half)
    here = here[seen & ~here["place"].isin(list(without))]
    if not len(here):
        return set()
    spots = [point_on_paper(ax, dot) for dot in dots]
    line = None if outline is None else on_paper(ax, outline)
    numbers = [f"{int(place)}" for place in here["place"]]
    rows = here[["easting", "northing", "share"]].to_numpy(dtype=float).tolist()
    beside: list[tuple[str, float, float]] = []
    for text, (x, y, share) in zip(numbers, rows, strict=True):
        low, high = point_on_paper(ax, (x - half, y - half)), point_on_paper(ax, (x + half, y + half))
        wide = text_size(ax, text, _DIGITS)[0]
        frame = _clear_box(Bbox([low, high]), (wide, _DIGIT_HEIGHT), spots, line)
        if frame is None:
            beside.append((text, x, y))
            continue
        tone = _tone_of(share)
        middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        label = ax.annotate(
            text, (x, y), ((frame.x0 + frame.x1) / 2 - middle[0], frame.y0 - middle[1]),
            textcoords="offset points", ha="center", va="baseline", size=_DIGITS, weight="bold",
            color="white" if tone > 0.5 else INK[0], zorder=_OVER_DOTS, annotation_clip=True, gid=f"square {text}",
        )  # fmt: skip
        label.set_path_effects([withStroke(linewidth=1.6, foreground=sequential_map("harm")(tone))])
        paper.taken.append(frame.padded(_OFF_LEADERS))
    _number_beside(ax, beside, half, paper, spots)
    return set(map(int, here["place"]))


def _number_beside(
    ax: Axes,
    numbers: Sequence[tuple[str, float, float]],
    half: float,
    paper: Paper,
    spots: Sequence[tuple[float, float]],
) -> None:
    """Numbers that have no room in their squares, each at the end of a leader that stops at the edge of its square."""
    homes = [box(east - half, north - half, east + half, north + half) for _, east, north in numbers]
    made = place_labels(
        ax,
        [(east, north) for _, east, north in numbers],
        [text for text, _, _ in numbers],
        ground=Ground(homes=homes, shown=shapely.union_all(paper.squares)),
        taken=[*paper.taken, *(box_of(spot, (2 * _DOT, 2 * _DOT)) for spot in spots)],
        look=_BESIDE,
    )
    for (text, _, _), label in zip(numbers, made, strict=True):
        if label is None:
            continue
        label.set_gid(f"square {text}")
        around = label_box(ax, label)
        paper.taken += [around, *_along(point_on_paper(ax, label.xy), around)]


def _along(start: tuple[float, float], label: Bbox) -> list[Bbox]:
    """Small boxes along a leader, for no name may lie on it and no other leader cross it."""
    end = ((label.x0 + label.x1) / 2, (label.y0 + label.y1) / 2)
    steps = max(int(np.hypot(end[0] - start[0], end[1] - start[1]) / _STEP), 1)
    parts = [step / steps for step in range(steps)]
    return [
        box_of((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])), (_STEP, _STEP))
        for part in parts
    ]


def _tone_of(share: float) -> float:
    return _TONES[int(np.searchsorted([end for end, _ in _CLASSES], share, side="right"))]


def _clear_box(
    square: Bbox, extent: tuple[float, float], spots: Sequence[tuple[float, float]], outline: BaseGeometry | None
) -> Bbox | None:
    """The box for a number in a square next to its middle that is off every dot and the outline; None without room."""
    room = (square.width - extent[0]) / 2, (square.height - extent[1]) / 2
    if min(room) < 0:
        return None
    middle = (square.x0 + square.x1) / 2, (square.y0 + square.y1) / 2
    moves = sorted(((x, y) for x in _MOVES for y in _MOVES), key=lambda move: (np.hypot(*move), move))
    for x, y in moves:
        frame = box_of((middle[0] + x * room[0], middle[1] + y * room[1]), extent)
        clear = min((_distance(frame, spot) for spot in spots), default=np.inf)
        if clear >= _DOT and (outline is None or outline.distance(box(*frame.extents)) >= _OFF_OUTLINE):
            return frame
    return None


def _distance(frame: Bbox, spot: tuple[float, float]) -> float:
    """Points from a spot to a box; 0 inside it."""
    across = max(frame.x0 - spot[0], 0.0, spot[0] - frame.x1)
    up = max(frame.y0 - spot[1], 0.0, spot[1] - frame.y1)
    return float(np.hypot(across, up))


def shares_of_areas(codes: Sequence[str], tables: AssessmentTables) -> pd.Series:
    """Share of the harm of several areas that each holds; 0 where none of them has any, missing where unknown."""
    harm = tables["index"]["harm"].reindex(list(codes)).astype(float)
    total = float(harm.sum())
    return harm / total if total > 0 else harm


def leading_areas(shares: pd.Series) -> list[str]:
    """The areas with half of a place's harm, most first, at most six: its table lists them, its map numbers them."""
    ordered = shares[shares > 0].sort_values(ascending=False, kind="stable")
    return list(map(str, ordered.index[: min(int((ordered.cumsum() < 0.5).sum()) + 1, LISTED)]))


def area_classes(shares: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Class of each area and what the legend calls each class, scaled to the place itself.

    By equal numbers of areas, with a class of its own for what lies far above, as on the maps of the whole force.
    """
    known = shares.to_numpy(dtype=float)
    values = known[np.isfinite(known)] * 100.0
    at = np.zeros(len(shares), dtype=np.intp)
    if not values.any():
        return at, ["no harm recorded"]
    classes = classes_of(values, scheme="quantiles", k=_GROUPS)
    at[np.isfinite(known)] = classes.number(values)
    return at, [_told(label, size) for label, size in zip(classes.labels, classes.sizes, strict=True)]


def _told(label: str, size: int) -> str:
    """A class as percentages, with the number of its areas in brackets."""
    span, comma, rest = label.partition(",")
    return f"{span}%{comma}{rest} ({size:,})"


def draw_shares(ax: Axes, place: gpd.GeoDataFrame, shares: pd.Series) -> list[Patch]:
    """The areas of a district, shaded by the share of its harm that each holds."""
    colours = sequential_map("harm")
    at, told = area_classes(shares)
    tones = _AREA_TONES[len(told) - 1]
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
