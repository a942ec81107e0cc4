"""Kernel sums on a grid, term by term: for problems small enough to need no approximation.

Positions are in cells, as in `socharm.stats.smoothing`. Points are added in their order, so the same input gives the
same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._jit import kernel
from socharm.stats.smoothing import KERNELS

__all__ = ["MOST_TERMS", "ExactSmoother", "count_terms"]

_Floats = NDArray[np.float64]

#: Terms of the sum up to which each is computed: a second or so.
MOST_TERMS: Final = 300_000_000


@kernel
def _gaussian_line(centre: float, scale: float, out: _Floats) -> None:
    """Normal density of one axis at every cell, with standard deviation `scale`."""
    for i in range(out.size):
        z = (i - centre) / scale
        out[i] = np.exp(-0.5 * z * z) / (scale * np.sqrt(2.0 * np.pi))


@kernel
def _add_gaussian(x: _Floats, y: _Floats, weight: _Floats, scale: float, grid: _Floats) -> None:
    """Add each weight times the normal density of the plane, which is the product of two lines; nothing is cut."""
    across, up = np.empty(grid.shape[1]), np.empty(grid.shape[0])
    for i in range(x.size):
        _gaussian_line(x[i], scale, across)
        _gaussian_line(y[i], scale, up)
        for row in range(grid.shape[0]):
            height = weight[i] * up[row]
            for column in range(grid.shape[1]):
                grid[row, column] += height * across[column]


@kernel
def _gather_gaussian(x: _Floats, y: _Floats, inside: _Floats, scale: float, out: _Floats) -> None:
    """Sum of the normal density over the cells inside, for each point."""
    across, up = np.empty(inside.shape[1]), np.empty(inside.shape[0])
    for i in range(x.size):
        _gaussian_line(x[i], scale, across)
        _gaussian_line(y[i], scale, up)
        total = 0.0
        for row in range(inside.shape[0]):
            line = 0.0
            for column in range(inside.shape[1]):
                line += inside[row, column] * across[column]
            total += up[row] * line
        out[i] = total


@kernel
def _add_disc(x: _Floats, y: _Floats, weight: _Floats, radius: float, power: int, grid: _Floats) -> None:
    """Add each weight times the quartic (`power` 2) or Epanechnikov (1) kernel of the plane."""
    rows, columns = grid.shape
    squared = radius * radius
    peak = (power + 1.0) / (np.pi * squared)
    for i in range(x.size):
        for row in range(max(0, int(np.ceil(y[i] - radius))), min(rows - 1, int(np.floor(y[i] + radius))) + 1):
            for column in range(
                max(0, int(np.ceil(x[i] - radius))), min(columns - 1, int(np.floor(x[i] + radius))) + 1
            ):
                share = 1.0 - ((row - y[i]) ** 2 + (column - x[i]) ** 2) / squared
                if share > 0.0:
                    grid[row, column] += weight[i] * peak * (share * share if power == 2 else share)


@kernel
def _gather_disc(x: _Floats, y: _Floats, inside: _Floats, radius: float, power: int, out: _Floats) -> None:
    """Sum of the kernel over the cells inside, for each point: the transpose of `_add_disc`."""
    rows, columns = inside.shape
    squared = radius * radius
    peak = (power + 1.0) / (np.pi * squared)
    for i in range(x.size):
        total = 0.0
        for row in range(max(0, int(np.ceil(y[i] - radius))), min(rows - 1, int(np.floor(y[i] + radius))) + 1):
            for column in range(
                max(0, int(np.ceil(x[i] - radius))), min(columns - 1, int(np.floor(x[i] + radius))) + 1
            ):
                share = 1.0 - ((row - y[i]) ** 2 + (column - x[i]) ** 2) / squared
                if share > 0.0:
                    total += inside[row, column] * (share * share if power == 2 else share)
        out[i] = total * peak


def count_terms(points: int, shape: tuple[int, int], *, radius: float, name: str) -> float:
    """Terms of the whole sum: points times cells in reach (all cells for the Gaussian, which is not cut)."""
    if name == "gaussian":
        return float(points) * shape[0] * shape[1]
    across = 2.0 * radius + 1.0
    return float(points) * min(across, shape[0]) * min(across, shape[1])


@dataclass(frozen=True)
class ExactSmoother:
    """Kernel sums at the centres of cells, and their transpose, to the precision of the numbers.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of cells.
    radius : float
        In cells: of the quartic and Epanechnikov kernel; for the Gaussian `KERNELS` standard deviations, as
        `GridSmoother` takes it, but the kernel is not cut there.
    name : str
        One of `KERNELS`.

    Examples
    --------
    >>> grid = ExactSmoother((3, 3), 2.0, "quartic").smooth(np.ones(1), np.ones(1), np.ones(1))
    >>> float(grid[1, 1] * np.pi * 4.0).__round__(12), float((grid[1, 0] / grid[1, 1]).round(12))
    (3.0, 0.5625)
    """

    shape: tuple[int, int]
    radius: float
    name: str

    def smooth(self, x: _Floats, y: _Floats, weight: _Floats) -> _Floats:
        """As `GridSmoother.smooth`: sum of weight times kernel at every cell's centre, per squared cell."""
        grid = np.zeros(self.shape)
        if self.name == "gaussian":
            _add_gaussian(x, y, weight, self.radius / KERNELS["gaussian"], grid)
        else:
            _add_disc(x, y, weight, self.radius, 2 if self.name == "quartic" else 1, grid)
        return grid

    def mass_inside(self, x: _Floats, y: _Floats, inside: NDArray[np.bool_]) -> _Floats:
        """As `GridSmoother.mass_inside`: share of each point's kernel that falls on the cells marked."""
        shares, marks = np.empty(x.size), inside.astype(np.float64)
        if self.name == "gaussian":
            _gather_gaussian(x, y, marks, self.radius / KERNELS["gaussian"], shares)
        else:
            _gather_disc(x, y, marks, self.radius, 2 if self.name == "quartic" else 1, shares)
        return shares
