"""References of the British National Grid, as officers and map readers know them."""

from __future__ import annotations

import math
from typing import Final

from socharm.errors import ParameterError

__all__ = ["grid_reference"]

_LETTERS: Final = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_SQUARE: Final = 100_000.0


def grid_reference(easting: float, northing: float) -> str:
    """A place in metres of EPSG:27700 as a six-figure reference (a square of 100 m, south-west corner).

    Parameters
    ----------
    easting, northing : float
        Metres east and north of the grid's false origin.

    Raises
    ------
    ParameterError
        The place is off the grid.

    References
    ----------
    Ordnance Survey, A guide to coordinate systems in Great Britain, 7 (grid letters).

    Examples
    --------
    The Ordnance Survey's own example, Nelson's Column:

    >>> grid_reference(530_034, 180_381)
    'TQ 300 803'
    """
    if not (0 <= easting < 700_000 and 0 <= northing < 1_300_000) or math.isnan(easting + northing):
        raise ParameterError(f"{easting}, {northing} is off the National Grid. Give metres of EPSG:27700.")
    east, north = int(easting // _SQUARE), int(northing // _SQUARE)
    first = (19 - north) - (19 - north) % 5 + (east + 10) // 5
    second = (19 - north) * 5 % 25 + east % 5
    inside = (int(easting % _SQUARE // 100), int(northing % _SQUARE // 100))
    return f"{_LETTERS[first]}{_LETTERS[second]} {inside[0]:03d} {inside[1]:03d}"
