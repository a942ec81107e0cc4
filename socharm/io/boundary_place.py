"""Where boundaries lie, and which coordinate system their numbers are of when they cannot be of the one stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import CRSError
from socharm.io.crs import LONGITUDE_LATITUDE, crs_label, parse_crs, place_text, suggested_crs, transformer
from socharm.io.metres import look_like_degrees

__all__ = ["Misplaced", "fits", "likely_systems", "misplaced"]

#: Degrees that an area may lie outside the area of use of a system.
_MARGIN: Final = 1.0
#: Systems that files of police areas come in without saying so, and their plain names.
_KNOWN: Final = {
    "EPSG:27700": "British National Grid",
    "EPSG:29902": "Irish Grid",
    "EPSG:2157": "Irish Transverse Mercator",
    "EPSG:3857": "Web Mercator",
}

_Box = tuple[Any, Any, Any, Any]


@dataclass(frozen=True)
class Misplaced:
    """Areas that do not lie where their system, or the one to work in, is used.

    Attributes
    ----------
    fault : str
        What is wrong, as a clause.
    advice : str
        What to do, as sentences.
    """

    fault: str
    advice: str


def misplaced(shapes: NDArray[np.object_], crs: Any, target: pyproj.CRS, said: str) -> Misplaced | None:
    """What is wrong with the place of some areas, or None.

    Parameters
    ----------
    shapes : ndarray of geometries
        None where there is none.
    crs : CRS
        What their coordinates are said to be.
    target : CRS
        The system to work in.
    said : str
        How the file states `crs`.
    """
    held = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not held.any():
        return None
    bounds = shapely.bounds(shapes).T
    parsed = parse_crs(crs)
    whole = shapely.total_bounds(shapes[held])
    if parsed.is_projected and _are_degrees_here(whole, target):
        return Misplaced(
            f"the coordinates look like longitude and latitude; {said}",
            "State source_crs='EPSG:4326' if the publisher says so.",
        )
    boxes = _geographic(bounds, parsed)
    use = target.area_of_use
    limits = (-180.0, -90.0, 180.0, 90.0) if use is None else (use.west, use.south, use.east, use.north)
    outside = np.flatnonzero(held & ~_inside(boxes, limits))
    if not len(outside):
        return None
    where = "the world" if use is None else f"the area of {crs_label(target)} ({use.name[:60]})"
    rows = [int(row) + 1 for row in outside[:5]]
    fault = f"{number_of(len(outside), 'area lies outside', 'areas lie outside')} {where}, in rows such as {rows}."
    if len(outside) < 0.5 * held.sum():
        return Misplaced(fault, "Correct them in a GIS, or leave them out.")
    if bool(_inside((boxes[1], boxes[0], boxes[3], boxes[2]), limits)[outside].all()):
        return Misplaced(
            f"{fault} Its axes look swapped (latitude before longitude)",
            "Exchange the two in a GIS, or download the file again.",
        )
    return _elsewhere(fault, whole, boxes, outside, parsed, target, said)


def _elsewhere(
    fault: str,
    whole: NDArray[np.float64],
    boxes: _Box,
    outside: NDArray[np.int64],
    parsed: pyproj.CRS,
    target: pyproj.CRS,
    said: str,
) -> Misplaced:
    """Another system that the numbers fit, or another country."""
    degrees = look_like_degrees(whole[[0, 2]], whole[[1, 3]])
    others = [] if degrees and parsed.is_geographic else likely_systems(whole, target)
    if others:
        first = _named(others[0])
        more = f"; {', '.join(map(_named, others[1:]))} would fit too" if others[1:] else ""
        return Misplaced(
            f"{fault} The coordinates look like {first}; {said}{more}",
            f"State source_crs={others[0]!r} if the publisher says so.",
        )
    longitude, latitude = (float(np.nanmedian(values[outside])) for values in boxes[:2])
    if not (np.isfinite(longitude) and np.isfinite(latitude) and abs(longitude) <= 180 and abs(latitude) <= 90):
        return Misplaced(
            f"{fault} The coordinates, {whole[0]:,.0f} to {whole[2]:,.0f} and {whole[1]:,.0f} to {whole[3]:,.0f}, are "
            f"of no place in the system stated; {said}",
            "State the system that the publisher names by `source_crs=`, and the metric system to work in by `crs=`.",
        )
    return Misplaced(
        f"{fault} They lie about {place_text(longitude, latitude)}",
        f"Give `crs=`, the metric system to work in: {suggested_crs(longitude, latitude)} suits that place. If they "
        "should lie elsewhere, state the system of their coordinates by `source_crs=`.",
    )


def likely_systems(box: Any, target: pyproj.CRS) -> list[str]:
    """Codes of known systems that coordinates could be of, the likeliest first.

    Parameters
    ----------
    box : sequence of four float
        West, south, east and north, as the file holds them.
    target : CRS
        The system to work in: what lies in its area comes first.
    """
    west, south, east, north = (float(edge) for edge in box)
    if look_like_degrees([west, east], [south, north]):
        return [LONGITUDE_LATITUDE]
    own = crs_label(target)
    codes = [own, *(code for code in _KNOWN if code != own)] if ":" in own else list(_KNOWN)
    return [code for code in codes if fits(box, code, target)]


def fits(box: Any, crs: Any, target: pyproj.CRS) -> bool:
    """Whether a box of coordinates in one system lies where it is used, and where the other is."""
    parsed = parse_crs(crs)
    if parsed.is_projected and look_like_degrees([box[0], box[2]], [box[1], box[3]]):
        return False
    edges = tuple(np.asarray([float(edge)]) for edge in box)
    try:
        boxes = _geographic(np.asarray(edges), parsed)
    except CRSError:
        return False
    return all(
        bool(_inside(boxes, (use.west, use.south, use.east, use.north))[0])
        for use in (parsed.area_of_use, target.area_of_use)
        if use is not None
    )


def _are_degrees_here(whole: NDArray[np.float64], target: pyproj.CRS) -> bool:
    """Numbers that are longitude and latitude of a place where the target is used; a small drawing in metres is not."""
    use = target.area_of_use
    if use is None or not look_like_degrees(whole[[0, 2]], whole[[1, 3]]):
        return False
    limits = (use.west, use.south, use.east, use.north)
    return bool(_inside(tuple(np.asarray([edge]) for edge in whole), limits)[0])  # type: ignore[arg-type]


def _geographic(bounds: Any, parsed: pyproj.CRS) -> _Box:
    west, south, east, north = bounds
    geographic = parsed.geodetic_crs
    if parsed.is_geographic or geographic is None:
        return west, south, east, north
    way = transformer(parsed, geographic)
    (west, south), (east, north) = way.apply(west, south), way.apply(east, north)
    return west, south, east, north


def _inside(box: _Box, limits: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        inside: NDArray[np.bool_] = (
            (west >= limits[0] - _MARGIN)
            & (south >= limits[1] - _MARGIN)
            & (east <= limits[2] + _MARGIN)
            & (north <= limits[3] + _MARGIN)
        )
    return inside


def _named(code: str) -> str:
    name = _KNOWN.get(code, "longitude and latitude" if code == LONGITUDE_LATITUDE else parse_crs(code).name)
    return f"{code} ({name})"
