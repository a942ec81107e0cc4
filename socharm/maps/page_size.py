"""How large a page is: as large as what stands on it, or no larger than the place that its axes were given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from weakref import WeakSet

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from socharm.maps.style import measuring_renderer

__all__ = ["below_side", "cell_of", "claim", "fit_in_cell", "fit_page", "is_ours", "parent_inches", "place_map"]

#: Inches round a page.
_PAD: Final = 0.15
#: A map keeps this part of its place, however long its legend is.
_LEAST: Final = 0.35
#: Between the cells of a grid, in parts of the figure.
_EDGE: Final = 0.012
#: Points from a map to its foot, for scale bar and arrow.
_BELOW: Final = 38.0

#: Figures that were made here: their size is ours to choose.
_OURS: Final[WeakSet[Figure]] = WeakSet()


def claim(figure: Figure) -> None:
    """Remember that a figure was made here."""
    _OURS.add(figure)


def is_ours(ax: Axes) -> bool:
    """Whether axes stand alone on a figure that was made here."""
    figure = ax.get_figure(root=True)
    return figure is not None and figure in _OURS and len(figure.axes) == 1


def place_map(ax: Axes, view: tuple[float, float, float, float], most: tuple[float, float]) -> None:
    """Give the map its size in inches: as large as `most` (wide, high) lets it be."""
    figure = _figure(ax)
    wide, high = view[2] - view[0], view[3] - view[1]
    scale = min(most[0] / wide, most[1] / high)
    size = wide * scale, high * scale
    page = size[0] + 4.0, size[1] + 4.0
    figure.set_size_inches(*page)
    ax.set_position((1.0 / page[0], 2.0 / page[1], size[0] / page[0], size[1] / page[1]))


def fit_page(ax: Axes, parts: Sequence[Any]) -> float:
    """Make the figure as large as what stands on it, while the map keeps its size; the width of all in points."""
    figure = _figure(ax)
    ax.apply_aspect()
    frame, around = _inches(ax.get_window_extent(), figure), _around(ax, parts)
    page = around.width + 2 * _PAD, around.height + 2 * _PAD
    figure.set_size_inches(*page)
    left, low = frame.x0 - around.x0 + _PAD, frame.y0 - around.y0 + _PAD
    ax.set_position((left / page[0], low / page[1], frame.width / page[0], frame.height / page[1]))
    return float(max(around.x1 - frame.x0, frame.width)) * 72.0


def fit_in_cell(ax: Axes, cell: Bbox, parts: Sequence[Any], furnish: Callable[[float, float], Any]) -> None:
    """Shrink a map until all that belongs to it stays inside the place that its axes were given.

    Parameters
    ----------
    ax : Axes
        Of a figure with a layout engine they are left alone: it finds room by itself.
    cell : Bbox
        That place, in parts of the figure.
    parts : sequence
        What stands beside the map.
    furnish : callable
        Writes heading and foot, given the width of both and the distance of the foot from the map, in points.
    """
    figure, size = _figure(ax), parent_inches(ax)
    if figure.get_layout_engine() is not None:
        furnish(cell.width * size[0] * 72.0, below_side(ax, parts))
        return
    ax.set_position((cell.x0, cell.y0, cell.width, cell.height))
    ax.apply_aspect()
    furnish(cell.width * size[0] * 72.0, _BELOW)
    frame, side = _inches(ax.get_window_extent(), figure), _box(ax, parts)
    words = _box(ax, [child for child in ax.get_children() if getattr(child, "is_heading", False)])
    right = max(side.x1 - frame.x1, 0.0) if side is not None else 0.0
    over, under = (0.0, 0.0) if words is None else (words.y1 - frame.y1, frame.y0 - words.y0)
    wide = max(cell.width - right / size[0], _LEAST * cell.width)
    high = max(cell.height - (over + under) / size[1], _LEAST * cell.height)
    ax.set_position((cell.x0, cell.y1 - over / size[1] - high, wide, high))
    furnish(cell.width * size[0] * 72.0, below_side(ax, parts))


def cell_of(ax: Axes) -> Bbox:
    """The place of axes on their figure, in parts of it: of a grid of axes its cell, with what lies between."""
    spec = ax.get_subplotspec()
    if spec is None or spec.get_topmost_subplotspec() is not spec:
        return Bbox(ax.get_position().get_points())
    rows, columns = spec.get_gridspec().get_geometry()
    (first, last), (left, right) = (spec.rowspan.start, spec.rowspan.stop), (spec.colspan.start, spec.colspan.stop)
    corners = [[left / columns + _EDGE, 1 - last / rows + _EDGE], [right / columns - _EDGE, 1 - first / rows - _EDGE]]
    return Bbox(corners)


def parent_inches(ax: Axes) -> tuple[float, float]:
    """Width and height of what the axes stand on, a figure or a part of one."""
    parent, dpi = ax.get_figure(), _figure(ax).dpi
    assert parent is not None  # axes that are drawn stand on a figure
    return float(parent.bbox.width / dpi), float(parent.bbox.height / dpi)


def below_side(ax: Axes, parts: Sequence[Any]) -> float:
    """Points from the map to its foot, below its scale bar and all that stands beside it."""
    figure = _figure(ax)
    ax.apply_aspect()
    renderer = measuring_renderer(figure.dpi)
    edges = [part.get_window_extent(renderer).y0 for part in parts]
    lowest = min(edges, default=0.0)
    reach = (ax.get_window_extent().y0 - lowest) * 72.0 / figure.dpi if edges else 0.0
    return max(_BELOW, reach + 14.0)


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    return figure


def _inches(box: Any, figure: Figure) -> Bbox:
    return Bbox(box.get_points() / figure.dpi)


def _around(ax: Axes, parts: Sequence[Any]) -> Bbox:
    """The box round the map and what stands beside it, in inches; shapes on the map lie in it."""
    outer = [child for child in ax.get_children() if getattr(child, "is_furniture", False)]
    scale = [text for text in ax.texts if text.get_gid() == "scale"]
    found = _box(ax, [*parts, *outer, *scale])
    frame = _inches(ax.get_window_extent(), _figure(ax))
    return frame if found is None else Bbox.union([frame, found])


def _box(ax: Axes, parts: Sequence[Any]) -> Bbox | None:
    """The box round what stands beside a map, in inches; None where nothing does."""
    figure = _figure(ax)
    renderer = measuring_renderer(figure.dpi)
    boxes = [part.get_window_extent(renderer) for part in parts if part.get_visible()]
    return _inches(Bbox.union(boxes), figure) if boxes else None
