"""Whether coordinates are metres: not degrees, not mixed, and not so far from home that a metre is none."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError

from socharm._words import number_of
from socharm.errors import CRSError
from socharm.io.crs import crs_label, parse_crs, place_text, suggested_crs

__all__ = [
    "LARGEST_DISTORTION",
    "look_like_degrees",
    "require_metres",
    "require_true_scale",
    "require_true_scale_at",
]

#: Share by which lengths may be off: national grids stay under 1%, a wrong zone or Mercator does not.
LARGEST_DISTORTION: Final = 0.05
#: Metres from the origin beyond which a coordinate in degrees stands apart from the others.
_APART: Final = 10_000.0
#: Metres from the origin beyond which no projection places anything on Earth.
_FARTHEST: Final = 1e8


def require_true_scale(crs: Any, x: ArrayLike, y: ArrayLike, *, name: str) -> None:
    """Stop where a metric system is used so far from home that its metres are not metres.

    Parameters
    ----------
    crs : CRS
        Projected in metres.
    x, y : array-like
        Coordinates in it; their median is judged.
    name : str
        What lies there, for the message.

    Raises
    ------
    CRSError
        Lengths are off by more than `LARGEST_DISTORTION`.
    """
    middle = _middle(x, y)
    if middle is None:
        return
    try:
        place = pyproj.Proj(parse_crs(crs, name=name))(*middle, inverse=True)
    except (ProjError, ProjCRSError):
        return
    if np.isfinite(place).all():
        require_true_scale_at(crs, float(place[0]), float(place[1]), name=name)


def require_true_scale_at(crs: Any, longitude: float, latitude: float, *, name: str) -> None:
    """`require_true_scale` for a place that is known by longitude and latitude.

    Examples
    --------
    >>> require_true_scale_at("EPSG:27700", -1.6, 54.9, name="points")
    """
    parsed = parse_crs(crs, name=name)
    least, most = _scale_at(parsed.to_wkt(), round(longitude, 1), round(latitude, 1))
    if least < 1 - LARGEST_DISTORTION or most > 1 + LARGEST_DISTORTION:
        off = (
            "it does not reach there"
            if not np.isfinite(most)
            else f"lengths are {least:.2f} to {most:.2f} times the truth"
        )
        raise CRSError(
            f"`{name}` lie about {place_text(longitude, latitude)}, far from where {crs_label(parsed)} is true: {off}. "
            f"{suggested_crs(longitude, latitude)} suits that place: work in it by `crs=` where they are read or made, "
            "or by `to_crs`."
        )


def _middle(x: ArrayLike, y: ArrayLike) -> tuple[float, float] | None:
    xs, ys = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    held = np.isfinite(xs) & np.isfinite(ys)
    return (float(np.median(xs[held])), float(np.median(ys[held]))) if held.any() else None


def look_like_degrees(x: ArrayLike, y: ArrayLike) -> bool:
    """Whether all coordinates could be longitude and latitude, which no metres of a police area can.

    Examples
    --------
    >>> look_like_degrees([-1.6, -1.61], [54.9, 54.91]), look_like_degrees([425_000.0], [564_000.0])
    (True, False)
    """
    return bool(_within_degrees(x, y).all())


def require_metres(x: ArrayLike, y: ArrayLike, *, name: str) -> None:
    """Stop if coordinates that must be metres are longitude and latitude, all of them or some.

    Parameters
    ----------
    x, y : array-like of finite numbers
    name : str
        The caller's name of the table that holds them.

    Raises
    ------
    CRSError
        All of ``|x| <= 180`` and ``|y| <= 90``; or some are, and the rest lies more than 10 km away; or a coordinate
        that is farther from the origin than any place on Earth.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    off = np.flatnonzero((np.abs(xs) > _FARTHEST) | (np.abs(ys) > _FARTHEST))
    if off.size:
        raise CRSError(
            f"`{name}` hold coordinates that are no metres on Earth, such as ({xs[off[0]]:g}, {ys[off[0]]:g}) in row "
            f"{int(off[0]) + 1}; {number_of(off.size, 'row does', 'rows do')}. Correct or drop them."
        )
    degrees = _within_degrees(xs, ys)
    if not degrees.any():
        return
    first = int(np.flatnonzero(degrees)[0])
    shown = f"({xs[first]:g}, {ys[first]:g})"
    if degrees.all():
        raise CRSError(
            f"`{name}` look like degrees of longitude and latitude, such as {shown}: all |x| <= 180 and |y| <= 90, "
            "which cannot be metres of a police area. Distances need metres: make the points by "
            "`harm_points(incidents, weights, areas=areas)`, or project x and y first "
            "(`geopandas.points_from_xy(x, y, crs=4326).to_crs(27700)`)."
        )
    others = np.hypot(xs[~degrees], ys[~degrees])
    if float(np.median(others)) > _APART:
        raise CRSError(
            f"`{name}` mix two coordinate systems: {int(degrees.sum()):,} of {number_of(degrees.size, 'row')}, such as "
            f"row {first + 1}, {shown}, look like longitude and latitude or like 'no location', the others like "
            "metres. Bring all to metres, or drop them first."
        )


def _within_degrees(x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        within: NDArray[np.bool_] = (np.abs(np.asarray(x, dtype=np.float64)) <= 180) & (
            np.abs(np.asarray(y, dtype=np.float64)) <= 90
        )
    return within


@lru_cache(maxsize=256)
def _scale_at(wkt: str, longitude: float, latitude: float) -> tuple[float, float]:
    """Least and largest scale at a place; infinite where the projection does not reach."""
    try:
        factors = pyproj.Proj(pyproj.CRS.from_wkt(wkt)).get_factors(longitude, latitude)
    except (ProjError, ProjCRSError):
        return 0.0, float("inf")
    least, most = float(factors.tissot_semiminor), float(factors.tissot_semimajor)
    return (least, most) if np.isfinite(least) and np.isfinite(most) else (0.0, float("inf"))
