"""What maps of surfaces share: cells under the outlines of areas, a colourbar, and the area of the highest cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from socharm.maps.names import area_names
from socharm.maps.palettes import INK

__all__ = ["EMPTY", "area_of_highest", "draw_cells", "draw_colourbar", "hidden_patch"]

_Floats = NDArray[np.float64]

#: Ground whose cells are not shown.
EMPTY: Final = "#f4f4f4"


def draw_cells(
    ax: Axes, areas: gpd.GeoDataFrame, grid: _Floats, centres: tuple[_Floats, _Floats], *, over: bool, **look: Any
) -> None:
    """The cells of a surface and the outlines of areas; half transparent over a base map."""
    x, y = centres
    half = float(x[1] - x[0] if x.size > 1 else y[1] - y[0]) / 2
    extent = (float(x[0]) - half, float(x[-1]) + half, float(y[0]) - half, float(y[-1]) + half)
    limits = ax.get_xlim(), ax.get_ylim()
    areas.plot(ax=ax, facecolor="none" if over else EMPTY, edgecolor="none", aspect=None, zorder=0)
    ax.imshow(
        np.ma.masked_invalid(grid),
        extent=extent,
        origin="lower",
        interpolation="nearest",
        interpolation_stage="data",  # cells are chosen before they are coloured: a grid in colours takes 16 times more
        alpha=0.75 if over else 1.0,
        zorder=1,
        **look,
    )
    ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
    areas.boundary.plot(ax=ax, color="#8a8a8a", linewidth=0.35, aspect=None, zorder=2)


def hidden_patch(words: str) -> Patch:
    """Entry of a legend for the cells that are not shown."""
    return Patch(facecolor=EMPTY, edgecolor="#888888", linewidth=0.5, label=words)


def area_of_highest(
    areas: gpd.GeoDataFrame, grid: _Floats, centres: tuple[_Floats, _Floats], value: Callable[[_Floats], bool]
) -> str | None:
    """Name of the one area that the highest cell lies in; None without one, or where its value does not do."""
    if not np.isfinite(grid).any():
        return None
    row, column = np.unravel_index(int(np.nanargmax(grid)), grid.shape)
    if not value(grid[row, column]):
        return None
    peak = shapely.Point(float(centres[0][column]), float(centres[1][row]))
    inside = areas.index[areas.geometry.intersects(peak)]
    return str(area_names(areas)[str(inside[0])]) if len(inside) == 1 else None


def draw_colourbar(
    colours: ScalarMappable,
    ticks: Sequence[float],
    words: Callable[[float], str],
    heading: str,
    ax: Axes,
    x: float,
    extend: str = "neither",
) -> float:
    """Colourbar beside the map, with the unit written out above it; the points it takes."""
    ax.apply_aspect()
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    frame = ax.get_window_extent()
    lines = heading.count("\n") + 1
    wide, high, head = (
        inches * figure.dpi / side
        for inches, side in (
            (0.18, frame.width),
            (min(2.6, 0.5 * frame.height / figure.dpi), frame.height),
            (0.45 if lines < 3 else 0.2 * lines, frame.height),
        )
    )
    left = x + 8.0 / 72.0 * figure.dpi / frame.width
    side = ax.inset_axes((left, 1.0 - head - high, wide, high))
    bar = figure.colorbar(colours, cax=side, ticks=list(ticks), extend=extend)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words(tick)))
    bar.ax.minorticks_off()
    bar.ax.tick_params(labelsize=10, colors=INK[0])
    ax.text(left, 1.0, heading, transform=ax.transAxes, va="top", size=10, weight="bold", color=INK[0])
    return float((head + high) * frame.height * 72.0 / figure.dpi + 18.0)
