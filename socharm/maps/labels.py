"""Names on a map that do not run into each other: greedy places round each point, with leader lines."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from socharm._columns import NAME
from socharm.maps.furniture import halo
from socharm.maps.palettes import INK

__all__ = ["label_areas", "place_labels"]

_Pair = tuple[float, float]

_RADII = (9.0, 14.0, 21.0, 30.0, 41.0, 54.0, 70.0, 90.0, 115.0, 145.0, 180.0, 220.0)
_ANGLES = tuple(2 * math.pi * step / 24 for step in range(24))
_GAP = 2.0

#: Points between neighbouring places below which names give way to numbers and a key.
_CROWDED = 42.0


def label_areas(ax: Axes, areas: gpd.GeoDataFrame, codes: Sequence[str], *, key: str = "Numbered areas") -> None:
    """Name areas on a map: beside each, or where they lie close together by number, with a key at the side.

    Names are used where half of the places have more than 42 points to their nearest neighbour.

    Parameters
    ----------
    ax : Axes
        With its final limits and its legend, under which the key is written.
    areas : GeoDataFrame
    codes : sequence of str
        Area codes, most important first.
    key : str
        Heading of the key.
    """
    if not codes:
        return
    inner = areas.geometry.representative_point()
    middles = dict(zip(areas.index, zip(inner.x, inner.y, strict=True), strict=True))
    names = [str(areas.at[code, NAME]) if NAME in areas.columns else str(code) for code in codes]
    places = [middles[code] for code in codes]
    if not _are_crowded(ax, places):
        place_labels(ax, places, names, avoid=list(middles.values()))
        return
    place_labels(ax, places, [str(i) for i in range(1, len(codes) + 1)])
    _write_key(ax, names, key)


def _are_crowded(ax: Axes, places: Sequence[_Pair]) -> bool:
    if len(places) < 3:
        return False
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    ax.apply_aspect()
    at = ax.transData.transform(np.asarray(places)) * 72.0 / figure.dpi
    distance = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    return float(np.median(distance.min(axis=1))) < _CROWDED


def _write_key(ax: Axes, names: Sequence[str], heading: str) -> None:
    """Numbers and names below the legend, right of the map."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    width, height = figure.get_size_inches() * figure.dpi
    renderer = RendererAgg(width, height, figure.dpi)  # type: ignore[no-untyped-call]
    legend = ax.get_legend()
    top = 1.0
    if legend is not None:
        top = float(ax.transAxes.inverted().transform(legend.get_window_extent(renderer))[0, 1]) - 0.03
    ax.annotate(heading, xy=(1.015, top), xycoords="axes fraction", ha="left", va="top", size=9.5, color=INK[0])
    wide = len(str(len(names)))
    lines = [
        textwrap.fill(name, 30, initial_indent=f"{i:\u2007>{wide}}  ", subsequent_indent="   " + " " * wide)
        for i, name in enumerate(names, start=1)
    ]
    ax.annotate(
        "\n".join(lines),
        xy=(1.015, top),
        xycoords="axes fraction",
        xytext=(0, -15),
        textcoords="offset points",
        ha="left",
        va="top",
        size=8.5,
        color=INK[0],
        linespacing=1.3,
    )


def place_labels(
    ax: Axes,
    places: Sequence[_Pair],
    texts: Sequence[str],
    *,
    avoid: Sequence[_Pair] = (),
    size: float = 8.0,
) -> list[Annotation]:
    """Write each text near its place, so that no two overlap and leaders cross as little as they can.

    Parameters
    ----------
    ax : Axes
        With its final limits.
    places : sequence of (x, y)
        In data coordinates, most important first.
    texts : sequence of str
    avoid : sequence of (x, y)
        Places that labels had better not cover, such as the middle of every other area.
    size : float
        In points.

    Returns
    -------
    list of Annotation
        In the order of `texts`.
    """
    ax.apply_aspect()
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    width, height = figure.get_size_inches() * figure.dpi
    renderer = RendererAgg(width, height, figure.dpi)  # type: ignore[no-untyped-call]
    pixel = figure.dpi / 72.0
    anchors = [tuple(float(v) / pixel for v in ax.transData.transform(place)) for place in places]
    others = ax.transData.transform(np.asarray(avoid, dtype=float).reshape(-1, 2)) / pixel
    frame = ax.get_window_extent(renderer).frozen()
    room = Bbox(frame.get_points() / pixel)
    boxes: list[Bbox] = []
    leaders: list[tuple[_Pair, _Pair]] = []
    made: list[Annotation] = []
    for anchor, place, text in zip(anchors, places, texts, strict=True):
        lines = textwrap.fill(text, 22)
        trial = ax.text(0, 0, lines, size=size, weight="bold")
        extent = trial.get_window_extent(renderer)
        trial.remove()
        size_points = (extent.width / pixel, extent.height / pixel)
        best = _best_place((anchor[0], anchor[1]), size_points, anchors, others, boxes, leaders, room)
        boxes.append(best[1])
        leaders.append(((anchor[0], anchor[1]), best[2]))
        made.append(_write(ax, lines, place, (anchor[0], anchor[1]), best[1], best[2], size))
    return made


def _best_place(
    anchor: _Pair,
    extent: _Pair,
    anchors: Sequence[tuple[float, ...]],
    others: NDArray[np.float64],
    boxes: Sequence[Bbox],
    leaders: Sequence[tuple[_Pair, _Pair]],
    room: Bbox,
) -> tuple[float, Bbox, _Pair]:
    """Cheapest free box: near, inside the axes, on no label or labelled point, crossing no leader."""
    best: tuple[float, Bbox, _Pair] | None = None
    for radius in _RADII:
        if best is not None and best[0] <= radius:
            break
        for angle in _ANGLES:
            end = (anchor[0] + radius * math.cos(angle), anchor[1] + radius * math.sin(angle))
            box = _box_at(end, extent, angle)
            cost = radius + _penalty(anchor, end, box, anchors, others, boxes, leaders, room)
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


def _penalty(
    anchor: _Pair,
    end: _Pair,
    box: Bbox,
    anchors: Sequence[tuple[float, ...]],
    others: NDArray[np.float64],
    boxes: Sequence[Bbox],
    leaders: Sequence[tuple[_Pair, _Pair]],
    room: Bbox,
) -> float:
    cost = 0.0
    wide = box.padded(_GAP)
    cost += 10_000.0 * sum(wide.overlaps(other) for other in boxes)
    if box.x0 < room.x0 or box.x1 > room.x1 or box.y0 < room.y0 or box.y1 > room.y1:
        cost += 1_000.0
    covered = (others > (box.x0, box.y0)) & (others < (box.x1, box.y1))
    cost += 20.0 * float(np.count_nonzero(covered.all(axis=1)))
    cost += 60.0 * sum(wide.contains(x, y) for x, y, *_ in anchors)
    cost += 80.0 * sum(_crosses(anchor, end, *leader) for leader in leaders)
    cost += 80.0 * sum(_enters(anchor, end, other) for other in boxes)
    cost += 80.0 * sum(_enters(*leader, wide) for leader in leaders)
    return cost


def _crosses(a: _Pair, b: _Pair, c: _Pair, d: _Pair) -> bool:
    def side(p: _Pair, q: _Pair, r: _Pair) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def _enters(a: _Pair, b: _Pair, box: Bbox) -> bool:
    """Whether the line from a to b touches the box, seen at nine points of it."""
    steps = (step / 8 for step in range(9))
    return any(box.contains(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in steps)


def _write(ax: Axes, text: str, place: _Pair, anchor: _Pair, box: Bbox, end: _Pair, size: float) -> Annotation:
    relative = ((end[0] - box.x0) / box.width, (end[1] - box.y0) / box.height)
    note = ax.annotate(
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
        arrowprops={
            "arrowstyle": "-",
            "color": INK[0],
            "lw": 0.9,
            "shrinkA": 0,
            "shrinkB": 0,
            "relpos": relative,
            "path_effects": halo(2.4),
        },
        annotation_clip=False,
        zorder=9,
    )
    ax.plot(*place, marker="o", ms=2.6, mfc=INK[0], mec="white", mew=0.5, zorder=8, scalex=False, scaley=False)
    return note
