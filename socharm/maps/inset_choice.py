"""Where people and ground part: the part of a map that needs a larger scale, found from the areas themselves."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["INSET_RULES", "Box", "inset_box"]

#: West, south, east, north.
Box = tuple[float, float, float, float]
_Floats = NDArray[np.float64]

#: An inset is drawn of a window that holds at least `share` of the areas, on at most `ground` of the page, whose areas
#: would be narrower than `narrow` points on the map (the median of them), and which grows at least `growth` times.
INSET_RULES: Final = {"share": 0.4, "ground": 0.25, "surplus": 0.3, "narrow": 22.0, "growth": 1.8, "areas": 12}

#: Sides of the windows that are tried, as parts of the longer side of the map, and steps between their corners.
_SIDES: Final = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
_STEPS: Final = 24
_MARGIN: Final = 0.03
#: Times the median side from which an area may be cut by the frame.
_LARGE: Final = 2.5


def inset_box(shapes: pd.Series, view: Box, *, points_per_metre: float) -> Box | None:
    """The window to draw again at a larger scale; None where no part of the map needs it.

    Electoral and census areas hold about as many people each, so the number of areas stands for people. The window is
    the one with the greatest surplus: its share of the areas less its share of the page.

    Parameters
    ----------
    shapes : GeoSeries
        Areas whose names and colours must be legible.
    view : (west, south, east, north)
        What the map shows.
    points_per_metre : float
        Scale of the map: points on paper for a metre on the ground.

    Returns
    -------
    (west, south, east, north) or None
    """
    inner = shapely.point_on_surface(np.asarray(shapes))
    middles = shapely.get_coordinates(inner)
    if len(middles) < INSET_RULES["areas"] or points_per_metre <= 0:
        return None
    width, height = view[2] - view[0], view[3] - view[1]
    best: tuple[float, Box] | None = None
    for part in _SIDES:
        side = part * max(width, height)
        window, share = _fullest(middles, view, min(side, width), min(side, height))
        surplus = share - (window[2] - window[0]) * (window[3] - window[1]) / (width * height)
        if best is None or surplus > best[0] + 1e-9:
            best = (surplus, window)
    assert best is not None  # there are always windows to try
    window = best[1]
    inside = _within(middles, window)
    wide = np.sqrt(shapely.area(np.asarray(shapes)[inside])) * points_per_metre
    found = _round(np.asarray(shapes)[inside], view)
    ground = (found[2] - found[0]) * (found[3] - found[1]) / (width * height)
    share = float(_within(middles, found).mean())
    growth = max(width, height) / max(found[2] - found[0], found[3] - found[1])
    rules = INSET_RULES
    needed = share >= rules["share"] and ground <= rules["ground"] and share - ground >= rules["surplus"]
    return found if needed and growth >= rules["growth"] and float(np.median(wide)) < rules["narrow"] else None


def _fullest(middles: _Floats, view: Box, wide: float, high: float) -> tuple[Box, float]:
    """The window of a size that holds most middles, among those on a grid over the map, and its share of them."""
    west = np.linspace(view[0], view[2] - wide, _STEPS)
    south = np.linspace(view[1], view[3] - high, _STEPS)
    across = (middles[:, 0] >= west[:, None]) & (middles[:, 0] <= west[:, None] + wide)
    up = (middles[:, 1] >= south[:, None]) & (middles[:, 1] <= south[:, None] + high)
    held = across.astype(np.float64) @ up.T.astype(np.float64)
    i, j = np.unravel_index(int(held.argmax()), held.shape)
    window = (float(west[i]), float(south[j]), float(west[i]) + wide, float(south[j]) + high)
    return window, float(held[i, j]) / len(middles)


def _within(middles: _Floats, box: Box) -> NDArray[np.bool_]:
    x, y = middles.T
    return np.asarray((x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3]))


def _round(shapes: NDArray[np.object_], view: Box) -> Box:
    """The box round shapes, but for the largest of them, with a margin, inside what the map shows."""
    sides = np.sqrt(shapely.area(shapes))
    west, south, east, north = shapely.total_bounds(shapes[sides <= _LARGE * np.median(sides)])
    margin = _MARGIN * max(east - west, north - south)
    return (
        max(view[0], float(west) - margin),
        max(view[1], float(south) - margin),
        min(view[2], float(east) + margin),
        min(view[3], float(north) + margin),
    )
