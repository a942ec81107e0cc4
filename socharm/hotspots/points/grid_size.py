"""Cells of a grid: how far they reach, how large by default, how small before memory runs out, which are inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from socharm._checks import require_positive
from socharm._limits import MAX_GRID_CELLS, MAX_GRID_NODES
from socharm.errors import ParameterError
from socharm.stats.smoothing import KERNEL_NODES

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["cells_inside", "choose_cell_size", "extent_of", "require_room"]

_Floats = NDArray[np.float64]

_CELLS_PER_RADIUS: Final = 16
_LARGEST_GRID: Final = 1_500_000


def choose_cell_size(
    cell_size: float | None, reach: float, extent: tuple[float, float, float, float]
) -> tuple[float, str]:
    """Cell size in metres, and the rule it follows; stops at one too coarse to show the kernel."""
    west, south, east, north = extent
    rule = "given"
    if cell_size is None:
        rule = f"largest of 1, 2, 2.5, 5 x 10^k that is at most reach/{_CELLS_PER_RADIUS}"
        power = int(np.floor(np.log10(reach / _CELLS_PER_RADIUS)))
        steps = [m * 10.0**p for p in (power, power + 1) for m in (1, 2, 2.5, 5)]
        fitting = [s for s in steps if s <= reach / _CELLS_PER_RADIUS * (1 + 1e-9)]
        cell_size = max(fitting)
        larger = [s for s in steps if cell_size <= s <= reach / 4]
        small = [s for s in larger if (east - west) * (north - south) / s**2 <= _LARGEST_GRID]
        if small and small[0] != cell_size:
            cell_size, rule = (
                small[0],
                f"smallest of 1, 2, 2.5, 5 x 10^k that keeps the grid to {_LARGEST_GRID:,} cells",
            )
    require_positive(cell_size, name="cell_size")
    if cell_size > reach / 4 * (1 + 1e-9):
        raise ParameterError(
            f"`cell_size` is {cell_size:g} m against a reach of {reach:g} m; the surface would not show the kernel. "
            f"Use {reach / 4:g} m or less."
        )
    return float(cell_size), rule


def require_room(cell: float, reach: float, extent: tuple[float, float, float, float], kernel: str) -> None:
    """Stop before a grid, or a kernel, that would not fit in memory; names the smallest cell that would."""
    cell = max(cell, 1e-6)  # a millionth of a metre fits nowhere, and its square is still a number
    if _fits(cell, reach, extent, kernel):
        return
    largest = reach / 4
    if not _fits(largest, reach, extent, kernel):
        raise ParameterError(
            f"No grid of cells small enough for a reach of {reach:g} m fits over {extent[2] - extent[0]:,.0f} by "
            f"{extent[3] - extent[1]:,.0f} m. Use a larger `bandwidth` with a larger `cell_size`, or a smaller `mask`; "
            "check that no point lies far from the others."
        )
    low, high = max(cell, 1e-6), largest
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if _fits(middle, reach, extent, kernel) else (middle, high)
    digits = 2 - int(np.floor(np.log10(high)))
    shown = min(float(np.ceil(high * 10.0**digits) / 10.0**digits), largest)
    rows, columns, _ = _sizes(cell, reach, extent, kernel)
    raise ParameterError(
        f"The grid would have {rows * columns:,.0f} cells of {cell:g} m under a kernel of {2 * reach / cell:,.0f} "
        f"cells; the limits are {MAX_GRID_CELLS:,} cells, and {MAX_GRID_NODES:,} points to compute with. Use a larger "
        f"`cell_size`: {shown:g} m is the smallest that fits; or another `bandwidth`, or a smaller `mask`."
    )


def _fits(cell: float, reach: float, extent: tuple[float, float, float, float], kernel: str) -> bool:
    rows, columns, nodes = _sizes(cell, reach, extent, kernel)
    return rows * columns <= MAX_GRID_CELLS and nodes <= MAX_GRID_NODES


def _sizes(
    cell: float, reach: float, extent: tuple[float, float, float, float], kernel: str
) -> tuple[float, float, float]:
    """Rows, columns, and the largest array of the transform; floats, because they may exceed whole numbers."""
    west, south, east, north = extent
    columns, rows = (north - south) / cell + 1, (east - west) / cell + 1
    radius = reach / cell
    refine = max(1.0, float(np.ceil(KERNEL_NODES[kernel] / radius)))
    padded = (columns + radius + 8) * (rows + radius + 8)
    return rows, columns, refine**2 * max(padded, (2 * radius + 1) ** 2)


def extent_of(region: BaseGeometry | None, x: _Floats, y: _Floats, reach: float) -> tuple[float, float, float, float]:
    if region is not None:
        west, south, east, north = region.bounds
        return float(west), float(south), float(east), float(north)
    return float(x.min() - reach), float(y.min() - reach), float(x.max() + reach), float(y.max() + reach)


def cells_inside(region: BaseGeometry | None, x: _Floats, y: _Floats) -> NDArray[np.bool_]:
    """Cells whose centre lies in the region."""
    if region is None:
        return np.ones((y.size, x.size), dtype=bool)
    across, up = np.meshgrid(x, y)
    inside: NDArray[np.bool_] = shapely.intersects_xy(region, across.ravel(), up.ravel()).reshape(across.shape)
    if not inside.any():
        raise ParameterError(
            f"No centre of a {x[-1] - x[0]:g} m wide grid lies inside the mask. Use a smaller `cell_size`."
        )
    return inside
