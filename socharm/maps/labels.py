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
from socharm.maps.paper import dots_per_point, on_paper, point_on_paper, room_inside, text_size

__all__ = ["Ground", "LabelLook", "place_labels"]

_Pair = tuple[float, float]
_Edges = tuple[float, float, float, float]

_RADII: Final = (9.0, 14.0, 21.0, 30.0, 41.0, 54.0, 70.0, 90.0, 115.0, 145.0, 180.0, 220.0)
_ANGLES: Final = tuple(2 * math.pi * step / 24 for step in range(24))
_GAP: Final = 2.5
#: Points from a dot within which no other leader runs.
_DOT: Final = 3.0
#: What a place costs in points of distance: on another label, outside the map, on land, on another area's middle. Open
#: water is worth a leader that much longer than one over land.
_ON_LABEL, _OUTSIDE, _ON_LAND, _ON_MIDDLE = 10_000.0, 1_000.0, 60.0, 20.0
#: On another named place, across a leader, across a label, on something small that the map shows.
_ON_PLACE, _ACROSS, _THROUGH, _ON_SHOWN = 120.0, 80.0, 160.0, 200.0


@dataclass(frozen=True, kw_only=True)
class LabelLook:
    """How labels are written, and how far from their places they may stand.

    Parameters
    ----------
    size : float
        Of the letters, in points.
    weight, style : str
    radii : sequence of float
        Lengths of leaders that are tried, in points.
    dearest : float
        What a place outside its area may cost, in points of distance: beyond it a label gives way to a shorter one, or
        is left out. The shorter one has no limit.
    line : float
        Width of leaders, in points.
    dot : float
        Across the dot at the end of a leader, in points; 0 for none, where what is named is small itself.
    """

    size: float = 9.0
    weight: str = "bold"
    style: str = "normal"
    radii: Sequence[float] = _RADII
    dearest: float = _ON_LABEL
    line: float = 0.8
    dot: float = 2.6


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
    shown : geometry, optional
        Small things that the map is about: a label on one hides it.
    """

    homes: Sequence[BaseGeometry] = ()
    land: BaseGeometry | None = None
    middles: Sequence[_Pair] = ()
    shown: BaseGeometry | None = None


@dataclass(frozen=True)
class _Scene:
    """What stands on the paper already, in points."""

    anchors: list[_Pair]
    others: NDArray[np.float64]
    land: BaseGeometry | None
    shown: BaseGeometry | None
    room: Bbox
    boxes: list[Bbox]
    edges: list[_Edges]
    leaders: list[tuple[_Pair, _Pair]]
    look: LabelLook

    def take(self, box: Bbox) -> None:
        """No later label may lie on this box."""
        self.boxes.append(box)
        self.edges.append(_edges(box))


def place_labels(
    ax: Axes,
    places: Sequence[_Pair],
    texts: Sequence[str],
    *,
    shorter: Sequence[str] = (),
    ground: Ground | None = None,
    taken: Sequence[Bbox] = (),
    look: LabelLook | None = None,
) -> list[Annotation | None]:
    """Write each text in its area or near its place, so that no two touch and leaders cross as little as they can.

    Parameters
    ----------
    ax : Axes
        With its final limits and size.
    places : sequence of (x, y)
        In data coordinates, most important first.
    texts : sequence of str
    shorter : sequence of str, optional
        What to write where a text has no room; it is always written. Blank for a text that is then left out.
    ground : Ground, optional
    taken : sequence of Bbox
        In points: where no label may lie.
    look : LabelLook, optional

    Returns
    -------
    list of Annotation or None
        In the order of `texts`; None where there is no room that another label does not have.
    """
    ground, look = ground or Ground(), look or LabelLook()
    ax.apply_aspect()
    pixel = dots_per_point(ax)
    scene = _Scene(
        anchors=[point_on_paper(ax, place) for place in places],
        others=ax.transData.transform(np.asarray(ground.middles, dtype=float).reshape(-1, 2)) / pixel,
        land=None if ground.land is None else on_paper(ax, ground.land),
        shown=None if ground.shown is None else on_paper(ax, ground.shown),
        room=Bbox(ax.get_window_extent().frozen().get_points() / pixel),
        boxes=list(taken),
        edges=[_edges(box) for box in taken],
        leaders=[],
        look=look,
    )
    shapely.prepare([shape for shape in (scene.land, scene.shown) if shape is not None])
    made: list[Annotation | None] = []
    for number, (place, text) in enumerate(zip(places, texts, strict=True)):
        home = on_paper(ax, ground.homes[number]) if ground.homes else None
        tries = [(text, look.dearest), *((short, math.inf) for short in shorter[number : number + 1] if short)]
        made.append(None)
        for words, dearest in tries:
            made[-1] = _place_one(ax, place, words, scene, scene.anchors[number], home, dearest)
            if made[-1] is not None:
                break
    return made


def _place_one(
    ax: Axes,
    place: _Pair,
    text: str,
    scene: _Scene,
    anchor: _Pair,
    home: BaseGeometry | None,
    dearest: float,
) -> Annotation | None:
    """Write a text inside its area or, for no more than `dearest`, beside its place."""
    look = scene.look
    lines = "\n".join(textwrap.fill(line, 22) for line in text.split("\n"))
    extent = text_size(ax, lines, look.size, weight=look.weight, style=look.style)
    inside = None if home is None else room_inside(home, extent, scene.boxes, first=anchor)
    if inside is not None:
        scene.take(inside)
        return _write(ax, lines, place, anchor, inside, None, look)
    if dearest <= 0:
        return None
    cost, box, end = _best_place(anchor, extent, scene, _without(scene.shown, home))
    if cost >= dearest:
        return None
    scene.take(box)
    scene.leaders.append((anchor, end))
    return _write(ax, lines, place, anchor, box, end, look, short=_short(home, anchor, end, look))


def _without(shown: BaseGeometry | None, home: BaseGeometry | None) -> BaseGeometry | None:
    """What a label may not hide, but for what it names."""
    if shown is None:
        return None
    others = shown if home is None else shapely.difference(shown, shapely.buffer(home, 0.5))
    shapely.prepare(others)
    return others


def _best_place(anchor: _Pair, extent: _Pair, scene: _Scene, others: BaseGeometry | None) -> tuple[float, Bbox, _Pair]:
    """Cheapest free box: near, inside the axes, on no label or labelled point, crossing no leader."""
    best: tuple[float, Bbox, _Pair] | None = None
    for radius in scene.look.radii:
        if best is not None and best[0] <= radius:
            break
        for angle in _ANGLES:
            end = (anchor[0] + radius * math.cos(angle), anchor[1] + radius * math.sin(angle))
            box = _box_at(end, extent, angle)
            most = math.inf if best is None else best[0] - radius
            cost = radius + _penalty(anchor, end, box, scene, others, most)
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


def _penalty(anchor: _Pair, end: _Pair, box: Bbox, scene: _Scene, others: BaseGeometry | None, most: float) -> float:
    """What a place costs beside its distance; no more is counted once it is dearer than `most`."""
    room = scene.room
    left, low, right, high = edges = _edges(box)
    wide = (left - _GAP, low - _GAP, right + _GAP, high + _GAP)
    cost = _ON_LABEL * sum(_overlap(wide, other) for other in scene.edges)
    if left < room.x0 or right > room.x1 or low < room.y0 or high > room.y1:
        cost += _OUTSIDE
    if cost > most:
        return cost
    cost += _ON_PLACE * sum(_holds(wide, x, y) for x, y in scene.anchors)
    cost += _ON_PLACE * sum(_passes(anchor, end, place) for place in scene.anchors if place != anchor)
    cost += _ACROSS * sum(_crosses(anchor, end, *leader) for leader in scene.leaders)
    cost += _THROUGH * sum(_enters(anchor, end, other) for other in scene.edges)
    cost += _THROUGH * sum(_enters(*leader, wide) for leader in scene.leaders)
    if cost > most:
        return cost
    covered = (scene.others > (left, low)) & (scene.others < (right, high))
    cost += _ON_MIDDLE * float(np.count_nonzero(covered.all(axis=1)))
    if scene.land is not None and scene.land.intersects(shapely.box(*edges)):
        cost += _ON_LAND
    if others is not None:
        # Where it leads to an edge, the text may not lie on what it names either.
        hidden = others if scene.look.dot or scene.shown is None else scene.shown
        cost += _ON_SHOWN * hidden.intersects(shapely.box(*wide))
        cost += _ACROSS * others.intersects(shapely.LineString([anchor, end]))
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


def _passes(a: _Pair, b: _Pair, place: _Pair) -> bool:
    """Whether a leader from a to b runs over the dot of another label."""
    along, up = b[0] - a[0], b[1] - a[1]
    part = ((place[0] - a[0]) * along + (place[1] - a[1]) * up) / (along**2 + up**2)
    part = min(max(part, 0.0), 1.0)
    return math.hypot(a[0] + part * along - place[0], a[1] + part * up - place[1]) < _DOT


def _enters(a: _Pair, b: _Pair, box: _Edges) -> bool:
    """Whether the line from a to b touches the box."""
    begin, stop = 0.0, 1.0
    for start, end, low, high in ((a[0], b[0], box[0], box[2]), (a[1], b[1], box[1], box[3])):
        if start == end:
            if not low <= start <= high:
                return False
            continue
        near, far = sorted(((low - start) / (end - start), (high - start) / (end - start)))
        begin, stop = max(begin, near), min(stop, far)
    return begin <= stop


def _short(home: BaseGeometry | None, anchor: _Pair, end: _Pair, look: LabelLook) -> float:
    """Points by which a leader without a dot stops before its place: at the edge of what it leads to."""
    if home is None or look.dot:
        return 0.0
    crossing = shapely.intersection(shapely.boundary(home), shapely.LineString([anchor, end]))
    return float(shapely.hausdorff_distance(shapely.Point(anchor), crossing)) if not crossing.is_empty else 0.0


def _write(
    ax: Axes,
    text: str,
    place: _Pair,
    anchor: _Pair,
    box: Bbox,
    end: _Pair | None,
    look: LabelLook,
    *,
    short: float = 0.0,
) -> Annotation:
    """The text in its box; a straight leader, and a dot, where it stands beside its place."""
    arrow, side = None, "center"
    if end is not None:
        # Lines of several widths stand at the side where the leader ends: it would end beside a short one.
        off = (end[0] - box.x0) / box.width
        side = "left" if off < 0.1 else "right" if off > 0.9 else "center"
        arrow = {
            "arrowstyle": "-",
            "color": INK[0],
            "lw": look.line,
            "shrinkA": 0,
            "shrinkB": short,
            "relpos": (off, (end[1] - box.y0) / box.height),
            "path_effects": halo(look.line + 1.2),
        }
        if look.dot:
            ax.plot(
                *place,
                marker="o",
                ms=look.dot,
                mfc=INK[0],
                mec="white",
                mew=0.4,
                zorder=9.5,
                scalex=False,
                scaley=False,
            )
    return ax.annotate(
        text,
        xy=place,
        xytext=((box.x0 + box.x1) / 2 - anchor[0], (box.y0 + box.y1) / 2 - anchor[1]),
        textcoords="offset points",
        ha="center",
        va="center",
        multialignment=side,
        size=look.size,
        weight=look.weight,
        style=look.style,
        color=INK[0],
        path_effects=halo(),
        arrowprops=arrow,
        annotation_clip=False,
        zorder=9,
    )
