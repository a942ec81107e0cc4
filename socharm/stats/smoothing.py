"""Kernel sums on a grid: spline binning, one convolution by FFT, and exact counts of what is in reach.

Positions are in cells: point (x, y) = (3.0, 7.0) lies on the centre of the cell in row 7, column 3.
Arrays in, arrays out; everything runs in one fixed order, so the same input gives the same bits.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm._jit import kernel

__all__ = ["KERNELS", "KERNEL_NODES", "GridSmoother", "count_in_reach", "kernel_value"]

_Floats = NDArray[np.float64]
_Complex = NDArray[np.complex128]

#: Radius of each kernel in standard deviations per axis (two dimensions); the Gaussian is cut at five.
KERNELS: Final = {"quartic": 8.0**0.5, "epanechnikov": 6.0**0.5, "gaussian": 5.0}

#: Least radius, in nodes, at which the spline represents the kernel to 1e-3 of its height (0.95e-3
#: worst case for the quartic at 16; the Epanechnikov has a kinked edge: 1e-2 for a lone point at 32).
KERNEL_NODES: Final = {"quartic": 16.0, "epanechnikov": 32.0, "gaussian": 10.0}

#: The prefilter of the cubic spline decays as 0.268 per node: 16 nodes reach 1e-9.
_TAIL: Final = 16

#: Each line of a transform is computed whole by one thread, so their number does not change a bit.
_WORKERS: Final = os.cpu_count() or 1


def kernel_value(squared_distance: _Floats, *, radius: float, name: str) -> _Floats:
    r"""Kernel of integral one over the plane, at squared distances.

    Quartic :math:`3/(\pi h^2)(1-d^2/h^2)^2`, Epanechnikov :math:`2/(\pi h^2)(1-d^2/h^2)`, both inside
    the radius `h`; Gaussian with standard deviation `radius` / 5.

    Examples
    --------
    >>> float(kernel_value(np.array([0.0]), radius=1.0, name="quartic")[0]).__round__(6)
    0.95493
    """
    share = np.maximum(1.0 - squared_distance / radius**2, 0.0)
    if name == "quartic":
        return 3.0 / (np.pi * radius**2) * share**2
    if name == "epanechnikov":
        return 2.0 / (np.pi * radius**2) * share
    variance = (radius / KERNELS["gaussian"]) ** 2
    heights: _Floats = np.exp(-squared_distance / (2.0 * variance)) / (2.0 * np.pi * variance)
    return heights


@kernel
def _spread(x: _Floats, y: _Floats, weight: _Floats, nodes: _Floats) -> None:
    """Add each weight to the 4 by 4 nodes round its point, by the cubic B-spline."""
    for i in range(x.size):
        column, row = int(x[i]), int(y[i])
        f, g, w = x[i] - column, y[i] - row, weight[i]
        a0, a1, a3 = (1 - f) ** 3 / 6, (3 * f**3 - 6 * f * f + 4) / 6, f**3 / 6
        b0, b1, b3 = w * (1 - g) ** 3 / 6, w * (3 * g**3 - 6 * g * g + 4) / 6, w * g**3 / 6
        a2 = 1 - a0 - a1 - a3
        for step, b in ((-1, b0), (0, b1), (1, w - b0 - b1 - b3), (2, b3)):
            line = nodes[row + step]
            line[column - 1] += b * a0
            line[column] += b * a1
            line[column + 1] += b * a2
            line[column + 2] += b * a3


@kernel
def _gather(x: _Floats, y: _Floats, nodes: _Floats, out: _Floats) -> None:
    """Read the spline at each point: the exact transpose of `_spread`."""
    for i in range(x.size):
        column, row = int(x[i]), int(y[i])
        f, g = x[i] - column, y[i] - row
        a0, a1, a3 = (1 - f) ** 3 / 6, (3 * f**3 - 6 * f * f + 4) / 6, f**3 / 6
        b0, b1, b3 = (1 - g) ** 3 / 6, (3 * g**3 - 6 * g * g + 4) / 6, g**3 / 6
        a2 = 1 - a0 - a1 - a3
        total = 0.0
        for step, b in ((-1, b0), (0, b1), (1, 1 - b0 - b1 - b3), (2, b3)):
            line = nodes[row + step]
            total += b * (line[column - 1] * a0 + line[column] * a1 + line[column + 1] * a2 + line[column + 2] * a3)
        out[i] = total


@kernel
def _mark_reach(x: _Floats, y: _Floats, n: NDArray[np.int32], radius: float, marks: NDArray[np.int32]) -> None:
    """Mark where each point's disc begins and ends on every row; a running sum makes the counts."""
    rows, columns = marks.shape[0], marks.shape[1] - 1
    for i in range(x.size):
        first = max(0, int(np.ceil(y[i] - radius)))
        last = min(rows - 1, int(np.floor(y[i] + radius)))
        for row in range(first, last + 1):
            half = np.sqrt(max(radius * radius - (row - y[i]) ** 2, 0.0))
            start = max(0, int(np.ceil(x[i] - half)))
            stop = min(columns - 1, int(np.floor(x[i] + half)))
            if start <= stop:
                marks[row, start] += n[i]
                marks[row, stop + 1] -= n[i]


@kernel
def _count_by_cell(
    x: _Floats,
    y: _Floats,
    n: NDArray[np.int64],
    rows: int,
    columns: int,
    cells: NDArray[np.int64],
    key: NDArray[np.int32],
) -> None:
    """Add each point's events to its cell, and note the cell's position in the flat grid."""
    for i in range(x.size):
        row = min(max(int(y[i] + 0.5), 0), rows - 1)
        column = min(max(int(x[i] + 0.5), 0), columns - 1)
        key[i] = row * columns + column
        cells[key[i]] += n[i]


def count_in_reach(
    x: _Floats, y: _Floats, n: NDArray[np.int64], *, radius: float, shape: tuple[int, int], enough: int
) -> NDArray[np.int64]:
    """Events whose distance from the cell's centre is at most `radius`, for every cell, up to `enough`.

    Counts below `enough` are exact. Most cells of a dense pattern are settled by the square inside the
    disc, from sums over whole cells; single events are looked at only where that leaves a doubt.

    Parameters
    ----------
    x, y : ndarray
        Positions in cells, at most half a cell outside the outer centres.
    n : ndarray of int
        Events at each position.
    radius : float
        Reach in cells.
    shape : tuple of int
        Rows and columns.
    enough : int
        Where counting stops.

    Examples
    --------
    >>> count_in_reach(np.array([1.0]), np.array([0.0]), np.array([2]), radius=1.0, shape=(2, 3), enough=5)
    array([[2, 2, 2],
           [0, 2, 0]])
    """
    rows, columns = shape
    cells, key = np.zeros(rows * columns, dtype=np.int64), np.empty(x.size, dtype=np.int32)
    _count_by_cell(x, y, n, rows, columns, cells, key)
    doubtful = np.ones(shape, dtype=bool)
    inner = int(np.floor(radius / 2**0.5 - 0.5 - 1e-9))
    if inner >= 0:
        doubtful = _box_sums(cells.reshape(shape), inner) < enough
    if not doubtful.any():
        return np.full(shape, enough, dtype=np.int64)
    near = _box_sums(doubtful.astype(np.int64), int(np.ceil(radius + 0.5))) > 0
    looked_at = near.ravel()[key] & (n > 0)
    marks = np.zeros((rows, columns + 1), dtype=np.int32)
    few = np.minimum(n[looked_at], enough).astype(np.int32)
    _mark_reach(x[looked_at], y[looked_at], few, float(radius), marks)
    exact = np.minimum(np.cumsum(marks, axis=1, dtype=np.int64)[:, :-1], enough)
    counts: NDArray[np.int64] = np.where(doubtful, exact, enough)
    return counts


@kernel
def _slide(values: NDArray[np.int64], reach: int, sums: NDArray[np.int64]) -> None:
    """Two running sums: over the rows in the window for each column, then along the row."""
    rows, columns = values.shape
    strip = np.zeros(columns, dtype=np.int64)
    for row in range(min(reach, rows)):
        strip += values[row]
    for row in range(rows):
        if row + reach < rows:
            strip += values[row + reach]
        if row - reach - 1 >= 0:
            strip -= values[row - reach - 1]
        total = 0
        for column in range(min(reach, columns)):
            total += strip[column]
        for column in range(columns):
            if column + reach < columns:
                total += strip[column + reach]
            if column - reach - 1 >= 0:
                total -= strip[column - reach - 1]
            sums[row, column] = total


def _box_sums(values: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """Sum over the square of cells at most `reach` rows and columns away, for every cell."""
    sums = np.empty_like(values)
    _slide(values, reach, sums)
    return sums


@dataclass(frozen=True, eq=False)
class GridSmoother:
    """Kernel sums of weighted points at the centres of a grid's cells, and their transpose.

    The points are spread over nodes by the cubic B-spline, and convolved with the spline coefficients
    of the kernel, so the result is the kernel interpolated by a cubic spline at each exact distance.
    Where the radius is short of 16 cells the nodes are finer than the cells by the whole factor `refine`.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of cells.
    radius : float
        Radius of the kernel in cells.
    name : str
        One of `KERNELS`.
    """

    shape: tuple[int, int]
    radius: float
    name: str
    refine: int
    pad: int
    lengths: tuple[int, int]
    spectrum: _Complex

    @classmethod
    def build(cls, shape: tuple[int, int], *, radius: float, name: str) -> GridSmoother:
        """Choose the node spacing and transform the kernel once."""
        refine = max(1, int(np.ceil(KERNEL_NODES[name] / radius - 1e-9)))
        pad = refine * int(np.ceil((refine / 2 + 3) / refine))
        reach = int(np.ceil(radius * refine))
        rows, columns = (
            refine
            * scipy.fft.next_fast_len(-(-((cells - 1) * refine + 1 + 2 * pad + reach + _TAIL) // refine), real=True)
            for cells in shape
        )
        spectrum = cls._transform_kernel(rows, columns, radius=radius * refine, name=name)
        return cls(shape, radius, name, refine, pad, (rows, columns), spectrum)

    @staticmethod
    def _transform_kernel(rows: int, columns: int, *, radius: float, name: str) -> _Complex:
        reach = int(np.ceil(radius))
        steps = np.arange(-reach, reach + 1)
        values = kernel_value((steps[:, None] ** 2 + steps[None, :] ** 2).astype(float), radius=radius, name=name)
        lines = np.zeros((steps.size, columns))
        lines[:, steps % columns] = values
        wrapped = np.zeros((rows, columns // 2 + 1), dtype=np.complex128)
        wrapped[steps % rows] = scipy.fft.rfft(lines, axis=1, workers=_WORKERS)
        spectrum: _Complex = scipy.fft.fft(wrapped, axis=0, overwrite_x=True, workers=_WORKERS)
        # Sampling the B-spline on the nodes gives (1, 4, 1)/6; dividing by its transform makes the
        # convolution pass through the kernel's own values.
        by_row = 3 / (2 + np.cos(2 * np.pi * np.arange(rows) / rows))
        by_column = 3 / (2 + np.cos(2 * np.pi * np.arange(columns // 2 + 1) / columns))
        spectrum *= by_row[:, None] * by_column[None, :]
        return spectrum

    def smooth(self, x: _Floats, y: _Floats, weight: _Floats) -> _Floats:
        """Sum of weight times kernel at every cell's centre, per squared cell.

        Parameters
        ----------
        x, y : ndarray
            Positions in cells, at most half a cell outside the outer centres.
        weight : ndarray
            One weight per point.

        Returns
        -------
        ndarray of shape `shape`
        """
        nodes = np.zeros(self.lengths)
        _spread(x * self.refine + self.pad, y * self.refine + self.pad, weight, nodes)
        product = scipy.fft.rfft2(nodes, overwrite_x=True, workers=_WORKERS)
        product *= self.spectrum
        # Only every `refine`-th row is wanted: folding the spectrum is cheaper than a full inverse.
        rows = self.lengths[0] // self.refine
        folded = np.add.reduce(product.reshape(self.refine, rows, -1), axis=0) / self.refine
        start, (n_rows, n_columns) = self.pad // self.refine, self.shape
        kept = scipy.fft.ifft(folded, axis=0, overwrite_x=True, workers=_WORKERS)[start : start + n_rows]
        lines: _Floats = scipy.fft.irfft(kept, n=self.lengths[1], axis=1, workers=_WORKERS)
        first = self.pad
        return lines[:, first : first + n_columns * self.refine : self.refine] * float(self.refine) ** 2

    def mass_inside(self, x: _Floats, y: _Floats, inside: NDArray[np.bool_]) -> _Floats:
        """Share of each point's kernel that falls on the cells marked in `inside`.

        The exact transpose of `smooth`: weights divided by it give a surface that sums to their total.

        Parameters
        ----------
        x, y : ndarray
            Positions in cells.
        inside : ndarray of bool, shape `shape`

        Returns
        -------
        ndarray, one share per point
        """
        nodes = np.zeros(self.lengths)
        (n_rows, n_columns), step, pad = self.shape, self.refine, self.pad
        nodes[pad : pad + n_rows * step : step, pad : pad + n_columns * step : step] = inside
        spectrum = scipy.fft.rfft2(nodes, overwrite_x=True, workers=_WORKERS)
        spectrum *= self.spectrum
        spread: _Floats = scipy.fft.irfft2(spectrum, s=self.lengths, workers=_WORKERS)
        shares = np.empty(x.size)
        _gather(x * step + pad, y * step + pad, spread, shares)
        return shares * float(step) ** 2
