"""The part of a large place that is drawn larger: where most of the harm of its squares is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from socharm._columns import AREA
from socharm.maps.inset_choice import Box
from socharm.maps.place_squares import square_size
from socharm.snapshot.tables import AssessmentTables

__all__ = ["HARM_RULES", "harm_box"]

#: An enlarged part is drawn where a square is narrower than `speck` points on the map. It is the window with the
#: greatest share of the harm of the squares listed, among those in which a square is `speck` points wide; of equal ones
#: that of the first square. It holds at least `squares` of them, goes round these with `margin` squares, shows `least`
#: squares across or more, and grows at least `growth` times.
HARM_RULES: Final = {"speck": 9.0, "squares": 2, "margin": 1.0, "least": 10.0, "growth": 1.4}


def harm_box(
    codes: Sequence[str], tables: AssessmentTables, *, points_per_metre: float, room: tuple[float, float]
) -> Box | None:
    """The window of a place with most of the harm of its squares; None where its squares are wide enough.

    Parameters
    ----------
    codes : sequence of str
        Areas that make up the place.
    tables : AssessmentTables
        ``micro_places`` lists the squares.
    points_per_metre : float
        Scale of the map: points on paper for a metre on the ground.
    room : (float, float)
        Points across and up that the enlarged part has.

    Returns
    -------
    (west, south, east, north) or None
    """
    places, size = tables["micro_places"], square_size(tables)
    here = places[places[AREA].isin(list(codes))] if len(places) else places
    if not len(here) or size * points_per_metre >= HARM_RULES["speck"]:
        return None
    east, north, share = here[["easting", "northing", "share"]].to_numpy(dtype=float).T
    edge = HARM_RULES["margin"] * size
    reach = [points / HARM_RULES["speck"] * size - 2 * edge for points in room]
    if min(reach) < size:
        return None
    # A window begins at the western edge of one square and the southern edge of another.
    across = (east >= east[:, None]) & (east <= east[:, None] + reach[0] - size)
    up = (north >= north[:, None]) & (north <= north[:, None] + reach[1] - size)
    held = (across * share) @ up.T.astype(np.float64)
    i, j = np.unravel_index(int(held.argmax()), held.shape)
    inside = across[i] & up[j]
    if int(inside.sum()) < HARM_RULES["squares"]:
        return None
    box = _around(east[inside], north[inside], size / 2 + edge, HARM_RULES["least"] * size)
    scale = min(room[0] / (box[2] - box[0]), room[1] / (box[3] - box[1]))
    return box if scale >= HARM_RULES["growth"] * points_per_metre else None


def _around(east: np.ndarray, north: np.ndarray, edge: float, least: float) -> Box:
    """The box round the middles of squares with an edge, and not smaller than `least` in either direction."""
    low = [float(at.min()) - edge for at in (east, north)]
    high = [float(at.max()) + edge for at in (east, north)]
    more = [max(least - (top - bottom), 0.0) / 2 for bottom, top in zip(low, high, strict=True)]
    return low[0] - more[0], low[1] - more[1], high[0] + more[0], high[1] + more[1]
