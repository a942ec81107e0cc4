"""Where things of a map stand on the paper, in points, and how much room its letters take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from shapely.geometry.base import BaseGeometry

from socharm.maps.style import measuring_renderer

__all__ = ["box_of", "dots_per_point", "label_box", "on_paper", "point_on_paper", "room_inside", "text_size"]

_Pair = tuple[float, float]

#: Points between labels.
_GAP: Final = 2.5
#: Places across and up that are tried for a text inside an area.
_GRID: Final = 11


def dots_per_point(ax: Axes) -> float:
    """Dots of the figure for a point on the paper."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    return figure.dpi / 72.0


def point_on_paper(ax: Axes, place: _Pair) -> _Pair:
    """A place of the map in points on the paper."""
    pixel = dots_per_point(ax)
    x, y = ax.transData.transform(place)
    return float(x) / pixel, float(y) / pixel


def on_paper(ax: Axes, shape: BaseGeometry) -> BaseGeometry:
    """A shape of the map in points on the paper."""
    pixel = dots_per_point(ax)
    moved: BaseGeometry = shapely.transform(shape, lambda xy: ax.transData.transform(xy) / pixel)
    return moved


def text_size(ax: Axes, text: str, size: float, *, weight: str = "bold", style: str = "normal") -> _Pair:
    """Width and height of a text in points."""
    return _extent(text, size, weight, style, dots_per_point(ax) * 72.0)


@lru_cache(maxsize=4_096)
def _extent(text: str, size: float, weight: str, style: str, dots: float) -> _Pair:
    """As `text_size`, by dots per inch: the maps of a run name the same areas."""
    # A figure for the moment: a text of one that stays would keep everything that was ever measured.
    extent = (
        Figure(dpi=dots)
        .text(0, 0, text, size=size, weight=weight, style=style)
        .get_window_extent(measuring_renderer(dots))
    )
    return extent.width * 72.0 / dots, extent.height * 72.0 / dots


def box_of(middle: _Pair, extent: _Pair) -> Bbox:
    """The box of a text round its middle."""
    return Bbox.from_bounds(middle[0] - extent[0] / 2, middle[1] - extent[1] / 2, *extent)


def label_box(ax: Axes, label: Annotation) -> Bbox:
    """The box of the text of a label, in points on the paper."""
    x, y = label.get_position()
    anchor = point_on_paper(ax, (float(label.xy[0]), float(label.xy[1])))
    font = label.get_fontproperties()
    size = text_size(
        ax, label.get_text(), font.get_size_in_points(), weight=str(font.get_weight()), style=font.get_style()
    )
    return box_of((anchor[0] + float(x), anchor[1] + float(y)), size)


def room_inside(home: BaseGeometry, extent: _Pair, taken: Sequence[Bbox], *, first: _Pair | None = None) -> Bbox | None:
    """A box inside a shape that touches nothing: round a point of it, its centroid, or the next of a grid of places.

    Parameters
    ----------
    home : geometry
        In points on the paper.
    extent : (width, height)
    taken : sequence of Bbox
    first : (x, y), optional
        Where the box had best be; the centroid by default.

    Returns
    -------
    Bbox or None
        None where no box of that size lies wholly inside.
    """
    west, south, east, north = home.bounds
    wide, high = extent[0] / 2 + 1.0, extent[1] / 2 + 1.0
    if east - west < 2 * wide or north - south < 2 * high:
        return None
    centroid = shapely.centroid(home)
    start = (centroid.x, centroid.y) if first is None else first
    x, y = np.meshgrid(np.linspace(west + wide, east - wide, _GRID), np.linspace(south + high, north - high, _GRID))
    grid = np.column_stack([x.ravel(), y.ravel()])
    grid = grid[np.argsort(np.hypot(*(grid - start).T), kind="stable")]
    middles = np.vstack([start, (centroid.x, centroid.y), grid])
    shapely.prepare(home)
    boxes = shapely.box(middles[:, 0] - wide, middles[:, 1] - high, middles[:, 0] + wide, middles[:, 1] + high)
    for middle in middles[shapely.covers(home, boxes)]:
        box = box_of((float(middle[0]), float(middle[1])), extent)
        if not any(box.padded(1.0 + _GAP).overlaps(other) for other in taken):
            return box
    return None
