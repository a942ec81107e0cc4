"""The squares of a place by their own share of its harm, and the streets with most crimes, on its map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from socharm._columns import AREA, N
from socharm.hotspots.points.micro_places import MicroPlacesSettings
from socharm.io.incidents.streets import is_kind_of_place, told_street
from socharm.maps.furniture import halo
from socharm.maps.palettes import INK, sequential_map
from socharm.snapshot.tables import AssessmentTables

__all__ = ["LISTED", "STREETS", "Boxes", "draw_squares", "draw_streets", "leading_areas", "square_size"]

#: Upper ends of the classes of shares, and how they are told.
_CLASSES: Final = ((0.02, "under 2%"), (0.05, "2 to 5%"), (0.10, "5 to 10%"), (np.inf, "10% or more"))
_TONES: Final = (0.18, 0.40, 0.65, 0.95)
_NUMBERED: Final = 5
#: Room of the dot of a street, in points.
_DOT: Final = 3.4
#: Points up to which a name stands beside its dot, and how many times as far any other dot must be.
_NEAR: Final = 8.0
_CLEARLY: Final = 1.5
#: Where a label may stand, in half widths and half heights of it from its point, nearest first.
_AROUND: Final = (
    (0, 0), (0, 1.6), (0, -1.6), (1.1, 0.9), (-1.1, 0.9), (1.1, -0.9), (-1.1, -0.9), (0, 3.0), (0, -3.0), (1.2, 2.4),
    (-1.2, 2.4), (1.2, -2.4), (-1.2, -2.4),
)  # fmt: skip
#: Areas of a district that its table lists and its map numbers.
LISTED: Final = 8
#: Most streets that a map names.
STREETS: Final = 8


class Boxes:
    """Boxes of labels that are drawn already, in the units of the axes: a label is placed where it touches none."""

    def __init__(self, ax: Axes) -> None:
        figure = ax.get_figure()
        (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
        box = ax.get_window_extent()
        dots = float(figure.dpi) if figure is not None else 100.0
        self.per_point = (east - west) / (box.width * 72 / dots)
        self.window = (west, south, east, north)
        self.taken: list[tuple[float, float, float, float]] = []

    def find(
        self, x: float, y: float, text: str, *, size: float, dot: float = 0.0, dots: Sequence[tuple[float, float]] = ()
    ) -> tuple[float, float] | None:
        """The first of some places round a point where a text touches nothing; it is then taken.

        With a dot of so many points across at the point, it and the text keep off each other and off all others. The
        text then stands beside its dot, and clearly nearer to it than to any of `dots`, which belong to other texts.
        """
        reach = dot / 2 * self.per_point
        spot = (x - reach, y - reach, x + reach, y + reach)
        if dot and (not self._inside(spot) or any(_touch(spot, other) for other in self.taken)):
            return None
        west, south, east, north = self.room(x, y, text, size=size)
        half, tall = (east - west) / 2, (north - south) / 2
        for dx, dy in _AROUND:
            at = (x + dx * half, y + dy * tall)
            box = self.room(*at, text, size=size)
            if dot and (_touch(box, spot) or not self.beside(box, x, y, dots)):
                continue
            if self._inside(box) and not any(_touch(box, other) for other in self.taken):
                self.taken += [box, spot] if dot else [box]
                return at
        return None

    def room(self, x: float, y: float, text: str, *, size: float) -> tuple[float, float, float, float]:
        """The box of a text round its middle."""
        lines = text.split("\n")
        half = max(map(len, lines)) * size * 0.27 * self.per_point
        tall = len(lines) * size * 0.7 * self.per_point
        return (x - half, y - tall, x + half, y + tall)

    def beside(self, box: tuple[float, ...], x: float, y: float, dots: Sequence[tuple[float, float]]) -> bool:
        """Whether a text reads as that of the dot at a point: close to it, and clearly closer than to any other."""
        own = _away(box, x, y)
        return own <= _NEAR * self.per_point and all(own * _CLEARLY < _away(box, *other) for other in dots)

    def take(self, x: float, y: float, reach: float) -> None:
        """Keep labels off a square round a point."""
        self.taken.append((x - reach, y - reach, x + reach, y + reach))

    def _inside(self, box: tuple[float, float, float, float]) -> bool:
        west, south, east, north = self.window
        return box[0] > west and box[2] < east and box[1] > south and box[3] < north


def _away(box: tuple[float, ...], x: float, y: float) -> float:
    """Distance of a point from a box; 0 inside."""
    return float(np.hypot(max(box[0] - x, 0.0, x - box[2]), max(box[1] - y, 0.0, y - box[3])))


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def square_size(tables: AssessmentTables) -> float:
    """Side of a square, in metres."""
    return float(tables.setting("micro_places", "cell_size", MicroPlacesSettings().cell_size))


def draw_squares(ax: Axes, codes: Sequence[str], tables: AssessmentTables, boxes: Boxes) -> list[Patch]:
    """The listed squares, shaded by their own share of the harm of their area, the first ones numbered."""
    places = tables["micro_places"]
    if not len(places):
        return []
    here = places[places[AREA].isin(list(codes))]
    if here.empty:
        return []
    size, colours = square_size(tables), sequential_map("harm")
    at = np.searchsorted([end for end, _ in _CLASSES], here["share"].to_numpy(dtype=float), side="right")
    for kind, east, north in zip(at, here["easting"], here["northing"], strict=True):
        corner = (float(east) - size / 2, float(north) - size / 2)
        tone = colours(_TONES[kind])
        ax.add_patch(Rectangle(corner, size, size, facecolor=tone, edgecolor="white", lw=0.4, zorder=3))
    for number, kind, east, north in zip(here["place"], at, here["easting"], here["northing"], strict=True):
        if int(number) <= _NUMBERED and len(codes) == 1:
            boxes.take(float(east), float(north), 4.5 * boxes.per_point)
            colour = "white" if _TONES[kind] > 0.5 else INK[0]
            ax.text(
                float(east), float(north), f"{int(number)}", ha="center", va="center", size=8, weight="bold",
                color=colour, zorder=9, clip_on=True,
            )  # fmt: skip
    present = sorted(set(at.tolist()))
    return [Patch(facecolor=colours(_TONES[kind]), label=_CLASSES[kind][1]) for kind in present]


def draw_streets(
    ax: Axes,
    codes: Sequence[str],
    tables: AssessmentTables,
    boxes: Boxes,
    *,
    first: Sequence[str] = (),
    most: int = STREETS,
) -> list[str]:
    """Names of streets of a place, those named first and then those with most crimes and incidents; the names drawn.

    A name that would touch another one is left out.
    """
    streets = tables["streets"]
    if not len(streets):
        return []
    here = streets[streets[AREA].isin(list(codes))]
    sums = here.groupby("street").agg(n=(N, "sum"), x=("easting", "first"), y=("northing", "first"))
    ordered = sums.sort_values("n", ascending=False, kind="stable").index
    wanted = dict.fromkeys([*(name for name in ordered if name in set(first)), *ordered])
    placed: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {}
    for name, row in sums.loc[list(wanted)].iterrows():
        if len(placed) == most:
            break
        # A kind of place has many map points, which a map cannot find by its name.
        if not is_kind_of_place(str(name)):
            _place_street(boxes, str(name), (float(row["x"]), float(row["y"])), placed)
    for name, (point, at) in placed.items():
        ax.plot(*point, "o", ms=2.2, color=INK[0], mec="white", mew=0.4, zorder=7)
        text = told_street(name)
        west, _, east, _ = boxes.room(*at, text, size=6.5)
        # Its room is a little wider than the name: the end that is next to the dot stays there.
        end, edge = ("right", east) if point[0] > east else ("left", west) if point[0] < west else ("center", at[0])
        ax.text(
            edge, at[1], text, ha=end, va="center", size=6.5, color=INK[0], style="italic", zorder=8,
            path_effects=halo(), clip_on=True,
        )  # fmt: skip
    return list(placed)


def _place_street(
    boxes: Boxes,
    name: str,
    point: tuple[float, float],
    placed: dict[str, tuple[tuple[float, float], tuple[float, float]]],
) -> None:
    """Put a name beside its dot; it is left out where it, or one already there, would seem to be of the other's dot."""
    for other, (dot, at) in placed.items():
        if not boxes.beside(boxes.room(*at, told_street(other), size=6.5), *dot, [point]):
            return
    dots = [dot for dot, _ in placed.values()]
    found = boxes.find(*point, told_street(name), size=6.5, dot=_DOT, dots=dots)
    if found is not None:
        placed[name] = (point, found)


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


def draw_shares(ax: Axes, place: gpd.GeoDataFrame, tables: AssessmentTables, boxes: Boxes) -> list[Patch]:
    """The areas of a district, shaded by the share of its harm that each holds; the first are numbered."""
    shares = shares_of_areas(list(map(str, place.index)), tables).reindex(place.index)
    colours = sequential_map("harm")
    at, told = area_classes(shares)
    tones = _TONES[: len(told)]
    handles = []
    for kind, words in enumerate(told):
        mine = gpd.GeoDataFrame(place[(at == kind) & shares.notna().to_numpy()])
        if len(mine):
            mine.plot(ax=ax, facecolor=colours(tones[kind]), edgecolor="white", linewidth=0.3, aspect=None, zorder=1)
            handles.append(Patch(facecolor=colours(tones[kind]), label=words))
    _number(ax, place, shares, boxes)
    unknown = gpd.GeoDataFrame(place[shares.isna().to_numpy()])
    if len(unknown):
        unknown.plot(ax=ax, facecolor="#e6e6e6", edgecolor="white", hatch="...", aspect=None, zorder=1)
        handles.append(Patch(facecolor="#e6e6e6", hatch="...", label="not known"))
    return handles


def _number(ax: Axes, place: gpd.GeoDataFrame, shares: pd.Series, boxes: Boxes) -> None:
    """Numbers of the areas with most of the harm, as the table of a district lists them: most first."""
    for number, code in enumerate(leading_areas(shares), start=1):
        point = place.geometry[code].representative_point()
        at = boxes.find(point.x, point.y, f"{number} ", size=7.5)
        if at is not None:
            ax.text(
                *at, f"{number}", ha="center", va="center", size=7.5, weight="bold", color=INK[0], zorder=9,
                path_effects=halo(), clip_on=True,
            )  # fmt: skip
