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

#: An enlarged part is drawn of a window that holds at least `share` of the areas on at most `page` of the page, whose
#: areas are narrower than `narrow` points on the map (the median of them), and which grows at least `growth` times. It
#: is needed where its share of the areas is greater by `surplus` than its share of the land (a city in a moor), or by
#: `empty` than its share of the page (islands far out at sea). What covers less than `specks` of the page, such as
#: clusters of points, is no land: the page stands for it. Of windows whose surplus is less by no more than `near`, the
#: smallest shows most. Below `areas` of them there is nothing to enlarge.
INSET_RULES: Final = {
    "share": 0.3, "page": 0.25, "narrow": 20.0, "growth": 1.8, "surplus": 0.3, "empty": 0.75, "specks": 0.1,
    "near": 0.05, "areas": 12,
}  # fmt: skip

#: Sides of the windows that are tried, as parts of the longer side of the map, and steps between their corners.
_SIDES: Final = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
_STEPS: Final = 24
_MARGIN: Final = 0.03
#: Times the median side from which an area may be cut by the frame.
_LARGE: Final = 2.5


def inset_box(shapes: pd.Series, view: Box, *, points_per_metre: float) -> Box | None:
    """The window to draw again at a larger scale; None where no part of the map needs it.

    Electoral and census areas hold about as many people each, so the number of areas stands for people. The window is
    the smallest of those with about the greatest surplus, their share of the areas less their share of the page, that
    keep `INSET_RULES`.

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
    kept: list[tuple[float, Box]] = []
    for part in _SIDES:
        side = part * max(width, height)
        window = _fullest(middles, view, min(side, width), min(side, height))
        found = _judged(np.asarray(shapes), middles, window, view, points_per_metre)
        if found is not None:
            kept.append(found)
    if not kept:
        return None
    least = max(surplus for surplus, _ in kept) - INSET_RULES["near"]
    return next(box for surplus, box in kept if surplus >= least)


def _judged(
    shapes: NDArray[np.object_], middles: _Floats, window: Box, view: Box, scale: float
) -> tuple[float, Box] | None:
    """The surplus of a window and its box, which goes round its areas; None where it breaks a rule."""
    rules, (wide, high) = INSET_RULES, (view[2] - view[0], view[3] - view[1])
    inside = _within(middles, window)
    if float(np.median(np.sqrt(shapely.area(shapes[inside])))) * scale >= rules["narrow"]:
        return None
    box = _round(shapes[inside], view)
    held, sizes = _within(middles, box), shapely.area(shapes)
    page = (box[2] - box[0]) * (box[3] - box[1]) / (wide * high)
    specks = float(sizes.sum()) < rules["specks"] * wide * high
    share, land = float(held.mean()), page if specks else float(sizes[held].sum() / sizes.sum())
    growth = max(wide, high) / max(box[2] - box[0], box[3] - box[1])
    apart = share - land >= rules["surplus"] or share - page >= rules["empty"]
    kept = apart and share >= rules["share"] and page <= rules["page"] and growth >= rules["growth"]
    return (share - page, box) if kept else None


def _fullest(middles: _Floats, view: Box, wide: float, high: float) -> Box:
    """The window of a size that holds most middles, among those on a grid over the map."""
    west = np.linspace(view[0], view[2] - wide, _STEPS)
    south = np.linspace(view[1], view[3] - high, _STEPS)
    across = (middles[:, 0] >= west[:, None]) & (middles[:, 0] <= west[:, None] + wide)
    up = (middles[:, 1] >= south[:, None]) & (middles[:, 1] <= south[:, None] + high)
    held = across.astype(np.float64) @ up.T.astype(np.float64)
    i, j = np.unravel_index(int(held.argmax()), held.shape)
    return float(west[i]), float(south[j]), float(west[i]) + wide, float(south[j]) + high


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
