"""Names on a map that do not run into each other: in their areas, or beside them at the end of a straight leader."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from socharm.maps.furniture import halo
from socharm.maps.palettes import INK
from socharm.maps.style import measuring_renderer

__all__ = ["Ground", "box_of", "on_paper", "place_labels", "text_size"]

_Pair = tuple[float, float]
_Edges = tuple[float, float, float, float]

_RADII: Final = (9.0, 14.0, 21.0, 30.0, 41.0, 54.0, 70.0, 90.0, 115.0, 145.0, 180.0, 220.0)
_ANGLES: Final = tuple(2 * math.pi * step / 24 for step in range(24))
_GAP: Final = 2.5
#: What a place costs in points of distance: on another label, outside the map, on land, on another area's middle.
_ON_LABEL, _OUTSIDE, _ON_LAND, _ON_MIDDLE = 10_000.0, 1_000.0, 25.0, 20.0
#: On another named place, across a leader.
_ON_PLACE, _ACROSS = 60.0, 80.0


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What lies under labels, in the coordinates of the map.

    Parameters
    ----------
    homes : sequence of geometry
        The area of each label: a label that fits inside is written there. Empty where there are none.
    land : geometry, optional
        Where labels had better not lie: outside the coast nothing is hidden.
    middles : sequence of (x, y)
        Places that labels had better not cover, such as the middle of every other area.
    """

    homes: Sequence[BaseGeometry] = ()
    land: BaseGeometry | None = None
    middles: Sequence[_Pair] = ()


@dataclass(frozen=True)
class _Scene:
    """What stands on the paper already, in points."""

    anchors: list[_Pair]
    others: NDArray[np.float64]
    land: BaseGeometry | None
    room: Bbox
    boxes: list[Bbox]
    edges: list[_Edges]
    leaders: list[tuple[_Pair, _Pair]]

    def take(self, box: Bbox) -> None:
        """No later label may lie on this box."""
        self.boxes.append(box)
        self.edges.append(_edges(box))


def place_labels(
    ax: Axes,
    places: Sequence[_Pair],
    texts: Sequence[str],
    *,
    ground: Ground | None = None,
    taken: Sequence[Bbox] = (),
    size: float = 9.0,
) -> list[Annotation | None]:
    """Write each text in its area or near its place, so that no two touch and leaders cross as little as they can.

    Parameters
    ----------
    ax : Axes
        With its final limits and size.
    places : sequence of (x, y)
        In data coordinates, most important first.
    texts : sequence of str
    ground : Ground, optional
    taken : sequence of Bbox
        In points: where no label may lie.
    size : float
        In points.

    Returns
    -------
    list of Annotation or None
        In the order of `texts`; None where there is no room that another label does not have.
    """
    ground = ground or Ground()
    ax.apply_aspect()
    pixel = _pixel(ax)
    anchors = [_point(ax, place, pixel) for place in places]
    scene = _Scene(
        anchors=anchors,
        others=ax.transData.transform(np.asarray(ground.middles, dtype=float).reshape(-1, 2)) / pixel,
        land=None if ground.land is None else on_paper(ax, ground.land),
        room=Bbox(ax.get_window_extent().frozen().get_points() / pixel),
        boxes=list(taken),
        edges=[_edges(box) for box in taken],
        leaders=[],
    )
    if scene.land is not None:
        shapely.prepare(scene.land)
    made: list[Annotation | None] = []
    for number, (anchor, place, text) in enumerate(zip(anchors, places, texts, strict=True)):
        lines = "\n".join(textwrap.fill(line, 22) for line in text.split("\n"))
        extent = text_size(ax, lines, size)
        home = on_paper(ax, ground.homes[number]) if ground.homes else None
        inside = None if home is None else _inside(home, anchor, extent, scene.boxes)
        if inside is not None:
            scene.take(inside)
            made.append(_write(ax, lines, place, anchor, inside, None, size))
            continue
        cost, box, end = _best_place(anchor, extent, scene)
        if cost >= _ON_LABEL:
            made.append(None)
            continue
        scene.take(box)
        scene.leaders.append((anchor, end))
        made.append(_write(ax, lines, place, anchor, box, end, size))
    return made


def _pixel(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    return figure.dpi / 72.0


def _point(ax: Axes, place: _Pair, pixel: float) -> _Pair:
    x, y = ax.transData.transform(place)
    return float(x) / pixel, float(y) / pixel


def on_paper(ax: Axes, shape: BaseGeometry) -> BaseGeometry:
    """A shape of the map in points on the paper."""
    pixel = _pixel(ax)
    moved: BaseGeometry = shapely.transform(shape, lambda xy: ax.transData.transform(xy) / pixel)
    return moved


def text_size(ax: Axes, text: str, size: float, *, weight: str = "bold", style: str = "normal") -> _Pair:
    """Width and height of a text in points."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    renderer = measuring_renderer(figure.dpi)
    trial = ax.text(0, 0, text, size=size, weight=weight, style=style)
    extent = trial.get_window_extent(renderer)
    trial.remove()
    return extent.width / _pixel(ax), extent.height / _pixel(ax)


def box_of(middle: _Pair, extent: _Pair) -> Bbox:
    """The box of a text round its middle."""
    return Bbox.from_bounds(middle[0] - extent[0] / 2, middle[1] - extent[1] / 2, *extent)


def _inside(home: BaseGeometry, anchor: _Pair, extent: _Pair, boxes: Sequence[Bbox]) -> Bbox | None:
    """A box inside an area: round its inner point or its centroid; None where it does not fit."""
    centroid = shapely.centroid(home)
    for middle in (anchor, (centroid.x, centroid.y)):
        box = box_of(middle, extent).padded(1.0)
        if home.contains(shapely.box(*box.extents)) and not any(box.padded(_GAP).overlaps(other) for other in boxes):
            return box_of(middle, extent)
    return None


def _best_place(anchor: _Pair, extent: _Pair, scene: _Scene) -> tuple[float, Bbox, _Pair]:
    """Cheapest free box: near, inside the axes, on no label or labelled point, crossing no leader."""
    best: tuple[float, Bbox, _Pair] | None = None
    for radius in _RADII:
        if best is not None and best[0] <= radius:
            break
        for angle in _ANGLES:
            end = (anchor[0] + radius * math.cos(angle), anchor[1] + radius * math.sin(angle))
            box = _box_at(end, extent, angle)
            cost = radius + _penalty(anchor, end, box, scene)
            if best is None or cost < best[0] - 1e-9:
                best = (cost, box, end)
    assert best is not None  # the first radius always offers a place
    return best


def _box_at(end: _Pair, extent: _Pair, angle: float) -> Bbox:
    """Box that touches the leader's end with the side or corner that faces the point."""
    along, up = math.cos(angle), math.sin(angle)
    left = end[0] - extent[0] * (0.0 if along > 0.3 else 1.0 if along < -0.3 else 0.5)
    low = end[1] - extent[1] * (0.0 if up > 0.7 else 1.0 if up < -0.7 else 0.5)
    return Bbox.from_bounds(left, low, extent[0], extent[1])


def _penalty(anchor: _Pair, end: _Pair, box: Bbox, scene: _Scene) -> float:
    room = scene.room
    left, low, right, high = edges = _edges(box)
    wide = (left - _GAP, low - _GAP, right + _GAP, high + _GAP)
    cost = _ON_LABEL * sum(_overlap(wide, other) for other in scene.edges)
    if left < room.x0 or right > room.x1 or low < room.y0 or high > room.y1:
        cost += _OUTSIDE
    covered = (scene.others > (left, low)) & (scene.others < (right, high))
    cost += _ON_MIDDLE * float(np.count_nonzero(covered.all(axis=1)))
    if scene.land is not None and scene.land.intersects(shapely.box(*edges)):
        cost += _ON_LAND
    cost += _ON_PLACE * sum(_holds(wide, x, y) for x, y in scene.anchors)
    cost += _ACROSS * sum(_crosses(anchor, end, *leader) for leader in scene.leaders)
    cost += _ACROSS * sum(_enters(anchor, end, other) for other in scene.edges)
    cost += _ACROSS * sum(_enters(*leader, wide) for leader in scene.leaders)
    return cost


def _edges(box: Bbox) -> _Edges:
    """Left, low, right and high as plain numbers: boxes are compared ten thousands of times."""
    left, low, right, high = box.extents
    return float(left), float(low), float(right), float(high)


def _overlap(one: _Edges, other: _Edges) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _holds(box: _Edges, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _crosses(a: _Pair, b: _Pair, c: _Pair, d: _Pair) -> bool:
    def side(p: _Pair, q: _Pair, r: _Pair) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def _enters(a: _Pair, b: _Pair, box: _Edges) -> bool:
    """Whether the line from a to b touches the box, seen at nine points of it."""
    around = (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
    if not _overlap(around, box):
        return False
    steps = (step / 8 for step in range(9))
    return any(_holds(box, a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in steps)


def _write(ax: Axes, text: str, place: _Pair, anchor: _Pair, box: Bbox, end: _Pair | None, size: float) -> Annotation:
    """The text in its box; a straight leader and a dot where it stands beside its place."""
    arrow = None
    if end is not None:
        arrow = {
            "arrowstyle": "-",
            "color": INK[0],
            "lw": 0.8,
            "shrinkA": 0,
            "shrinkB": 0,
            "relpos": ((end[0] - box.x0) / box.width, (end[1] - box.y0) / box.height),
            "path_effects": halo(2.2),
        }
        ax.plot(*place, marker="o", ms=2.6, mfc=INK[0], mec="white", mew=0.5, zorder=8, scalex=False, scaley=False)
    return ax.annotate(
        text,
        xy=place,
        xytext=((box.x0 + box.x1) / 2 - anchor[0], (box.y0 + box.y1) / 2 - anchor[1]),
        textcoords="offset points",
        ha="center",
        va="center",
        size=size,
        weight="bold",
        color=INK[0],
        path_effects=halo(),
        arrowprops=arrow,
        annotation_clip=False,
        zorder=9,
    )
