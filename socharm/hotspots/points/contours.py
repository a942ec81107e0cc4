"""Contours of a heat surface as polygons: the ground of a share of the harm, or of a density and more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._constraints import Above, Between
from socharm.errors import ParameterError
from socharm.hotspots.points.heat_record import HeatSurface

__all__ = ["VOLUMES", "cells_as_polygon", "surface_contours"]

_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]

Percent = Annotated[float, Above(0), Between(0, 100)]
Level = Annotated[float, Above(0)]
VOLUMES: Final = (25.0, 50.0, 80.0)
#: Corners of a square of four cell centres, anticlockwise from the south-west: row, column.
_CORNERS: Final = ((0, 0), (0, 1), (1, 1), (1, 0))


@checked
def surface_contours(
    surface: HeatSurface, *, volumes: Sequence[Percent] = VOLUMES, levels: Sequence[Level] = ()
) -> gpd.GeoDataFrame:
    """Contours of a heat surface as polygons, of the cells that may be shown.

    Parameters
    ----------
    surface : HeatSurface
    volumes : sequence of float
        Per cent of the surface's total: the smallest ground that holds so much of it, densest cells first.
    levels : sequence of float
        Densities, in the unit of the surface: the ground of so much and more.

    Returns
    -------
    GeoDataFrame
        Index ``contour`` from 1, volumes first. ``kind`` ("volume" or "level"), ``asked`` (per cent, or density),
        ``level`` (density at the contour), ``held`` (per cent of the surface's total in cells at or above it),
        ``area_km2`` (inside the contour), ``parts`` (pieces of ground), ``geometry``; the CRS of the surface. Cells
        with fewer than ``minimum_events`` in reach are in no contour; where the others hold less than was asked,
        ``held`` says how much, and the contour is round all of them. A level that no cell reaches has no row.

    Raises
    ------
    ParameterError
        Neither volumes nor levels, or no cell with harm that may be shown.

    Notes
    -----
    Between the centres of cells the surface is interpolated in a straight line. A contour ends where the cells end that
    are inside the mask and may be shown.

    Examples
    --------
    >>> x, y = [430_000.0, 430_090.0, 430_050.0], [560_000.0, 560_030.0, 560_080.0]
    >>> places = pd.DataFrame({"x": x, "y": y, "weight": 1.0, "n": 5})
    >>> from socharm.hotspots import kernel_density
    >>> found = surface_contours(kernel_density(places, bandwidth=400), volumes=[50, 80])
    >>> found["asked"].tolist(), bool(found["area_km2"].is_monotonic_increasing)
    ([50.0, 80.0], True)
    """
    if not (len(volumes) or len(levels)):
        raise ParameterError("There is no contour to draw: `volumes` and `levels` are both empty. State either.")
    shown = np.nan_to_num(surface.published)
    if not shown.max(initial=0.0) > 0:
        raise ParameterError(
            f"No cell of the surface has {surface.settings.minimum_events} events in reach, so there is nothing to "
            "draw a contour round. Use a larger `bandwidth`, or more months."
        )
    total = float(np.nansum(surface.grid))
    falling = np.sort(shown[shown > 0])[::-1]
    sums = np.cumsum(falling)
    rows = []
    for percent in sorted(set(map(float, volumes))):
        first = int(np.searchsorted(sums, percent / 100.0 * total * (1 - 1e-12)))
        rows.append(("volume", percent, float(falling[min(first, falling.size - 1)])))
    rows += [("level", level, level) for level in sorted(set(map(float, levels)), reverse=True) if level <= falling[0]]
    ground = cells_as_polygon(shown > 0, surface.x, surface.y, surface.findings.cell_size_m)
    shapes = [
        _many(shapely.intersection(_ground_above(shown, surface.x, surface.y, level), ground)) for _, _, level in rows
    ]
    held = [float(shown[shown >= level].sum()) / total * 100.0 for _, _, level in rows]
    table = pd.DataFrame(rows, columns=["kind", "asked", "level"]).assign(
        held=held,
        area_km2=[shape.area / 1e6 for shape in shapes],
        parts=[int(shapely.get_num_geometries(shape)) for shape in shapes],
    )
    table.index = pd.RangeIndex(1, len(table) + 1, name="contour")
    return gpd.GeoDataFrame(table, geometry=shapes, crs=surface.crs or None)


def _ground_above(grid: _Floats, x: _Floats, y: _Floats, level: float) -> shapely.MultiPolygon:
    """Where the surface between the centres of cells is at least `level`."""
    step = float(x[1] - x[0]) if x.size > 1 else float(y[1] - y[0])
    values = np.pad(grid, 1)
    east, north = (np.concatenate([[line[0] - step], line, [line[-1] + step]]) for line in (x, y))
    above = values >= level
    corners = [above[r : r + values.shape[0] - 1, c : c + values.shape[1] - 1] for r, c in _CORNERS]
    number = np.sum(corners, axis=0)
    pieces = list(_boxes(number == 4, east, north))
    for row, column in np.argwhere((number > 0) & (number < 4)):
        ring = _cut_square(values, east, north, level, int(row), int(column))
        if len(ring) > 2:
            pieces.append(shapely.Polygon(ring))
    return _many(shapely.union_all(pieces))


def _cut_square(
    values: _Floats, east: _Floats, north: _Floats, level: float, row: int, column: int
) -> list[tuple[float, float]]:
    """Corners of the part of one square that is at least `level`."""
    ring: list[tuple[float, float]] = []
    for k in range(4):
        one, other = ((row + r, column + c) for r, c in (_CORNERS[k], _CORNERS[(k + 1) % 4]))
        if values[one] >= level:
            ring.append((float(east[one[1]]), float(north[one[0]])))
        if (values[one] >= level) != (values[other] >= level):
            # From the lower corner on: both squares beside an edge find the same place on it.
            low, high = sorted((one, other))
            part = (level - values[low]) / (values[high] - values[low])
            ring.append(
                (
                    float(east[low[1]] + part * (east[high[1]] - east[low[1]])),
                    float(north[low[0]] + part * (north[high[0]] - north[low[0]])),
                )
            )
    return list(dict.fromkeys(ring))


def _boxes(marked: _Flags, west: _Floats, south: _Floats) -> NDArray[np.object_]:
    """One box for each run of marked squares in a row."""
    edges = np.diff(np.pad(marked.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, first = np.nonzero(edges == 1)
    _, end = np.nonzero(edges == -1)
    boxes: NDArray[np.object_] = shapely.box(west[first], south[rows], west[end], south[rows + 1])
    return boxes


def cells_as_polygon(marked: _Flags, x: _Floats, y: _Floats, cell: float) -> shapely.MultiPolygon:
    """The ground of the cells marked, by their centres and their side."""
    edges = [np.concatenate([line - cell / 2, [line[-1] + cell / 2]]) for line in (x, y)]
    return _many(shapely.union_all(_boxes(marked, *edges)))


def _many(shape: shapely.Geometry) -> shapely.MultiPolygon:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)
