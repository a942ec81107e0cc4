"""Points to areas: each distinct coordinate once, boundary points to exactly one area by a stated rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from socharm._words import number_of
from socharm.errors import AlignmentError, CRSError
from socharm.io.crs import crs_label, parse_crs, transformer
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.incidents.misplaced import explain_misplaced

__all__ = ["Assigned", "assign_points", "explain_no_overlap"]

# Pieces of boundary short enough that a distance to one is cheap, long enough that the tree is small.
_PIECE: Final = 32
#: Metres of a foot, to tell feet that are read as metres; feet of surveys differ in the sixth digit.
_FOOT: Final = 0.3048


@dataclass(frozen=True)
class Assigned:
    """Points and their areas.

    Attributes
    ----------
    area : ndarray of int32
        Position in the areas, `OUTSIDE` for none.
    near : ndarray of bool
        Nearer a boundary than the accuracy of the transformation.
    on_boundary : ndarray of bool
        In more than one area; `BOUNDARY_RULE` decided.
    operation : str
        Name of the coordinate operation.
    accuracy_m : float or None
    """

    area: np.ndarray
    near: np.ndarray
    on_boundary: np.ndarray
    operation: str
    accuracy_m: float | None


def assign_points(x: np.ndarray, y: np.ndarray, *, crs: str, areas: gpd.GeoDataFrame) -> Assigned:
    """Area of each point.

    Parameters
    ----------
    x, y : ndarray of float
        Finite coordinates in `crs` (longitude first).
    crs : str
    areas : GeoDataFrame
        Index ``area_code``; any projected CRS in metres.

    Returns
    -------
    Assigned
        In the order of the points.

    Raises
    ------
    AlignmentError
        There are points, and none lies in any area.
    CRSError
        `areas` has no CRS.
    """
    if areas.crs is None:
        raise CRSError("`areas` has no coordinate reference system. Read it with read_boundaries(..., crs=).")
    try:
        east, north, operation, accuracy = _transformed(x, y, crs, areas)
    except CRSError as fault:
        raise CRSError(
            f"Coordinates that are read as {crs} cannot be brought to {crs_label(parse_crs(areas.crs))}, the system of "
            f"`areas`: {fault} Where the coordinates are of another system, state it by `read_incidents(crs=...)`."
        ) from fault
    # What the operation cannot reach lies in no area.
    points = np.asarray(shapely.points(east, north), dtype=object)
    points[~(np.isfinite(east) & np.isfinite(north))] = None
    area, is_shared = first_areas(points, areas)
    if len(points) and (area == OUTSIDE).all():
        raise AlignmentError(explain_no_overlap(x, y, crs=crs, areas=areas))
    shapes = areas.geometry.to_numpy()
    near = _near_boundary(points, shapes, accuracy) if accuracy else np.zeros(len(points), dtype=bool)
    return Assigned(area, near, is_shared, operation, accuracy)


def _transformed(
    x: np.ndarray, y: np.ndarray, crs: str, areas: gpd.GeoDataFrame
) -> tuple[np.ndarray, np.ndarray, str, float | None]:
    way = transformer(crs, areas.crs)
    east, north = way.apply(x, y)
    stated = np.isfinite(way.accuracy_m) and way.accuracy_m > 0
    return east, north, way.name, way.accuracy_m if stated else None


def _near_boundary(points: np.ndarray, polygons: np.ndarray, distance: float) -> np.ndarray:
    """Whether each point lies within `distance` of any boundary."""
    near = np.zeros(len(points), dtype=bool)
    rings = shapely.get_parts(shapely.boundary(polygons))
    rings = shapely.get_parts(rings[~shapely.is_empty(rings)])
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(coordinates):
        return near
    starts = np.r_[0, np.flatnonzero(np.diff(ring)) + 1]
    within = np.arange(len(ring)) - np.repeat(starts, np.diff(np.r_[starts, len(ring)]))
    last = np.r_[np.diff(ring) != 0, True]
    # A vertex that ends a piece also begins the next, unless its ring ends there.
    repeat = (within > 0) & (within % _PIECE == 0) & ~last
    index = np.repeat(np.arange(len(ring)), 1 + repeat)
    first_copy = np.r_[True, index[1:] != index[:-1]]
    new_piece = ((within[index] == 0) & first_copy) | (repeat[index] & ~first_copy)
    lines = shapely.linestrings(coordinates[index], indices=np.cumsum(new_piece) - 1)
    pairs = shapely.STRtree(points).query(lines, predicate="dwithin", distance=distance)
    near[pairs[1]] = True
    return near


def explain_no_overlap(x: np.ndarray, y: np.ndarray, *, crs: str, areas: gpd.GeoDataFrame) -> str:
    """Why no point lies in any area: swapped, another CRS, or simply elsewhere."""
    extent = areas.total_bounds

    def inside(east: np.ndarray, north: np.ndarray) -> bool:
        hits = (east >= extent[0]) & (east <= extent[2]) & (north >= extent[1]) & (north <= extent[3])
        return bool(hits.mean() > 0.5)

    def via(code: str, first: np.ndarray, second: np.ndarray) -> bool:
        try:
            east, north, *_ = _transformed(first, second, code, areas)
        except CRSError:  # no operation of known accuracy leads to the areas, so the points are not of that system
            return False
        return inside(np.asarray(east), np.asarray(north))

    degrees = bool((np.abs(x) <= 180).all() and (np.abs(y) <= 180).all())
    many = f"None of the {number_of(len(x), 'distinct point')} lies in any"
    said = f"{'The one distinct point lies in none' if len(x) == 1 else many} of the {number_of(len(areas), 'area')}. "
    if via(crs, y, x):
        pair = "longitude and latitude" if degrees else "easting and northing"
        return said + f"The columns of {pair} are swapped: exchange them in `columns=`."
    if degrees and crs != "EPSG:4326":
        return said + f"Values such as ({x[0]:g}, {y[0]:g}) are longitude and latitude, not {crs}: name them so."
    for code in ("EPSG:27700", "EPSG:3857"):
        if not degrees and code != crs and via(code, x, y):
            return said + (
                f"Their coordinates are of {code}, not of {crs}: "
                f"name them as 'easting' and 'northing' in `columns=` and read again with crs={code!r}."
            )
    if not degrees and not parse_crs(crs).is_geographic and via(crs, x * _FOOT, y * _FOOT):
        return said + (
            f"They would if their coordinates were feet: {crs} is in metres. Read again with `crs=` the system in feet "
            "that the publisher names; its coordinates are converted."
        )
    other = explain_misplaced(x, y, np.ones(len(x), dtype=np.int64), crs=crs, areas=areas, unit="points")
    if other:
        return said + other
    return said + (
        f"The points reach from ({x.min():g}, {y.min():g}) to ({x.max():g}, {y.max():g}) in {crs}; the areas from "
        f"({extent[0]:g}, {extent[1]:g}) to ({extent[2]:g}, {extent[3]:g}) in {areas.crs}. "
        "Check that both are of the same force."
    )
