"""Readable codes of the cells of a grid: references of the British National Grid, or coordinates elsewhere."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["grid_references", "reference_step"]

_Ints = NDArray[np.int64]

#: Letters of the squares of 500 and of 100 km; there is no I.
_LETTERS: Final = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
#: Metres that the letters cover, from the false origin.
_EAST, _NORTH = 700_000, 1_300_000
_SQUARE: Final = 100_000


def grid_references(x: NDArray[np.float64], y: NDArray[np.float64], *, step: int, british: bool) -> list[str]:
    """The reference of the square of `step` metres that each point lies in.

    Parameters
    ----------
    x, y : ndarray of float
        Metres.
    step : int
        A power of ten, 100 km at most.
    british : bool
        Whether the coordinates are of the British National Grid; outside its letters, and in other systems, the
        coordinates themselves are the reference, as in European grids.

    References
    ----------
    Ordnance Survey (2015), A guide to coordinate systems in Great Britain, section 7. European codes: INSPIRE, Data
    specification on geographical grid systems.

    Examples
    --------
    >>> grid_references(np.array([424_500.0]), np.array([564_550.0]), step=100, british=True)
    ['NZ245645']
    >>> grid_references(np.array([651_409.0]), np.array([313_177.0]), step=1, british=True)
    ['TG5140913177']
    >>> grid_references(np.array([3_500_000.0]), np.array([2_100_000.0]), step=1_000, british=False)
    ['N2100E3500']
    """
    digits = 5 - (len(str(step)) - 1)
    east, north = (np.floor(axis / step).astype(np.int64) for axis in (x, y))
    found = []
    for e, n in zip(east.tolist(), north.tolist(), strict=True):
        if british and 0 <= e * step < _EAST and 0 <= n * step < _NORTH:
            inside = (f"{value * step % _SQUARE // step:0{digits}d}" if digits else "" for value in (e, n))
            found.append(_letters(e * step // _SQUARE, n * step // _SQUARE) + "".join(inside))
        else:
            found.append(f"N{n}E{e}")
    return found


def _letters(column: int, row: int) -> str:
    """The two letters of a square of 100 km, counted from the false origin (SV is 0, 0)."""
    large = 17 + column // 5 - row // 5 * 5
    small = 20 + column % 5 - row % 5 * 5
    return _LETTERS[large] + _LETTERS[small]


def reference_step(size: float, origin: tuple[float, float], *, corners: bool) -> int:
    """Metres of the coarsest reference that tells the cells of a grid apart.

    Parameters
    ----------
    size : float
        Distance between neighbouring cells.
    origin : tuple of float
    corners : bool
        Whether cells are told by a corner at multiples of the size, which may be exact.

    Examples
    --------
    >>> reference_step(1_000, (0, 0), corners=True), reference_step(500, (0, 0), corners=True)
    (1000, 100)
    >>> reference_step(500, (0, 0), corners=False)
    100
    """
    for power in range(5, 0, -1):
        step = int(10**power)
        exact = corners and all(part % step == 0 for part in (size, *origin))
        if exact or step * 2**0.5 < size:
            return step
    return 1
