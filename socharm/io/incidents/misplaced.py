"""Points outside all areas that would lie inside if they were of another system, exchanged, or had kept their sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from socharm.errors import CRSError
from socharm.io.crs import BRITISH_NATIONAL_GRID, LONGITUDE_LATITUDE, parse_crs, transformer
from socharm.io.first_area import OUTSIDE, first_areas

__all__ = ["explain_misplaced"]

_WEB_MERCATOR: Final = "EPSG:3857"
#: Distinct points tried; of more, as many as these stand for all.
_MOST_TRIED: Final = 20_000
#: Share of the rows outside that a reading must explain before it is told. Degrees among metres cannot be meant; a
#: place of its own may look like another one with its coordinates exchanged or its sign turned.
_UNIT: Final = 0.01
_OTHER_SYSTEM: Final = 0.2
_MIRRORED: Final = 0.5


@dataclass(frozen=True, eq=False)
class _Reading:
    """Another way to read some of the points."""

    said: str
    remedy: str
    crs: Any
    x: np.ndarray
    y: np.ndarray
    possible: np.ndarray
    least: float


def explain_misplaced(
    x: np.ndarray, y: np.ndarray, n: np.ndarray, *, crs: Any, areas: gpd.GeoDataFrame, unit: str = "rows"
) -> str:
    """What would bring points that lie in no area into the areas; empty where nothing does.

    Parameters
    ----------
    x, y : ndarray of float
        Finite coordinates of distinct points outside all areas, in `crs` (longitude first).
    n : ndarray of int
        Rows at each.
    crs : str
    areas : GeoDataFrame
    unit : str
        What `n` counts.

    Returns
    -------
    str
        A sentence for each reading that explains enough of the rows. Nothing is changed.
    """
    if not len(x):
        return ""
    step = max(1, -(-len(x) // _MOST_TRIED))
    x, y, tried = x[::step], y[::step], n[::step].astype(float)
    scale = n.sum() / tried.sum()
    about = "about " if step > 1 else ""
    left = np.ones(len(x), dtype=bool)
    texts = []
    for reading in _readings(x, y, crs):
        at = np.flatnonzero(left & reading.possible)
        inside = at[_inside(reading.x[at], reading.y[at], crs=reading.crs, areas=areas)]
        explained = tried[inside].sum()
        if explained == 0 or explained < reading.least * tried.sum():
            continue
        left[inside] = False
        rows = f"{about}{round(explained * scale):,}"
        texts.append(f"{rows} of these {unit} would lie in the areas {reading.said}: {reading.remedy}.")
    return " ".join(texts)


def _readings(x: np.ndarray, y: np.ndarray, crs: Any) -> Iterator[_Reading]:
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    geographic = bool(parse_crs(crs).is_geographic)
    everywhere = np.ones(len(x), dtype=bool)
    mixed = "two systems stand in one column; convert those rows, or read them as a file of their own"
    swapped = "exchange the columns, or those rows' values"
    if geographic:
        for code in (BRITISH_NATIONAL_GRID, _WEB_MERCATOR):
            said = f"as metres of {code}, which they are, not degrees"
            yield _Reading(said, mixed, code, x, y, ~degrees, _UNIT)
        said = "with longitude and latitude exchanged"
        yield _Reading(said, swapped, crs, y, x, degrees, _OTHER_SYSTEM)
        sign = "restore the sign that was lost"
        yield _Reading("with a minus sign before the longitude", sign, crs, -x, y, degrees & (x > 0), _MIRRORED)
        yield _Reading("with a minus sign before the latitude", sign, crs, x, -y, degrees & (y > 0), _MIRRORED)
        return
    said = "as longitude and latitude in degrees, which they are, not metres"
    yield _Reading(said, mixed, LONGITUDE_LATITUDE, x, y, degrees, _UNIT)
    for code in (BRITISH_NATIONAL_GRID, _WEB_MERCATOR):
        if not parse_crs(crs).equals(parse_crs(code)):
            yield _Reading(f"as metres of {code}", mixed, code, x, y, ~degrees, _OTHER_SYSTEM)
    yield _Reading("with easting and northing exchanged", swapped, crs, y, x, everywhere, _MIRRORED)


def _inside(x: np.ndarray, y: np.ndarray, *, crs: Any, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Positions of the points that lie in an area."""
    if not len(x):
        return np.zeros(0, dtype=np.int64)
    try:
        east, north = transformer(crs, areas.crs).apply(x, y)
    except CRSError:  # no operation of known accuracy leads to the areas, so the points are not of that system
        return np.zeros(0, dtype=np.int64)
    left, bottom, right, top = areas.total_bounds
    near = np.flatnonzero((east >= left) & (east <= right) & (north >= bottom) & (north <= top))
    area, _ = first_areas(np.asarray(shapely.points(east[near], north[near]), dtype=object), areas)
    hits: np.ndarray = near[area != OUTSIDE]
    return hits
