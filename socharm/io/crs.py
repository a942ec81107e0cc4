"""One shared way from one coordinate reference system to another, with its name and its accuracy."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyproj
import pyproj.network
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from socharm.errors import CRSError

__all__ = [
    "BRITISH_NATIONAL_GRID",
    "LONGITUDE_LATITUDE",
    "Transformation",
    "parse_crs",
    "place_text",
    "require_metric",
    "require_same_crs",
    "suggested_crs",
    "transformer",
]

BRITISH_NATIONAL_GRID: Final = "EPSG:27700"
LONGITUDE_LATITUDE: Final = "EPSG:4326"

_network_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Transformation:
    """A coordinate operation that was chosen once and is used for every point.

    Attributes
    ----------
    name : str
        Name of the operation in the EPSG register, as PROJ gives it.
    accuracy_m : float
        Stated accuracy in metres; 0 when both systems are the same, nan when none is stated.
    source, target : str
        Names of the two systems, such as ``"EPSG:4326"``.

    Examples
    --------
    >>> transformer("EPSG:27700", "EPSG:27700").name
    'none, the same system'
    """

    name: str
    accuracy_m: float
    source: str
    target: str
    _operation: Any = field(default=None, repr=False)

    def apply(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Transform arrays of coordinates: x (longitude, easting) first, always.

        Parameters
        ----------
        x, y : array-like of shape (n,)

        Returns
        -------
        tuple of two arrays of shape (n,)
            Not a number where the input is missing or lies outside what the operation can do.
        """
        xs = np.atleast_1d(np.asarray(x, dtype=np.float64))
        ys = np.atleast_1d(np.asarray(y, dtype=np.float64))
        if self._operation is None:
            return xs.copy(), ys.copy()
        east, north = self._operation.transform(xs, ys)
        lost = ~(np.isfinite(east) & np.isfinite(north))
        return np.where(lost, np.nan, east), np.where(lost, np.nan, north)


def parse_crs(crs: Any, *, name: str = "crs") -> pyproj.CRS:
    """A `pyproj.CRS` from a name, a code or another CRS object.

    Raises
    ------
    CRSError
        Nothing that PROJ knows.

    Examples
    --------
    >>> parse_crs("EPSG:27700").name
    'OSGB36 / British National Grid'
    """
    if crs is None:
        raise CRSError(f"`{name}` is missing. State the coordinate system, such as 'EPSG:27700'.")
    try:
        return pyproj.CRS.from_user_input(crs)
    except ProjCRSError as error:
        raise CRSError(
            f"`{name}` is {str(crs)[:80]!r}, which is no known coordinate system. Write 'EPSG:27700'."
        ) from error


def require_metric(crs: Any, *, name: str = "crs", remedy: str = "") -> pyproj.CRS:
    """The CRS, if it is projected in metres that are metres; areas and distances mean nothing in degrees.

    Parameters
    ----------
    crs : CRS
    name : str
        The caller's name of the argument.
    remedy : str
        What to do, as a sentence; by default to use a system in metres.

    Raises
    ------
    CRSError
        The system is geographic, its unit is not the metre, or it is Web Mercator, whose metres are longer than
        metres by 1 / cos(latitude).

    Examples
    --------
    >>> require_metric("EPSG:27700").name
    'OSGB36 / British National Grid'
    """
    parsed = parse_crs(crs, name=name)
    units = sorted({axis.unit_name for axis in parsed.axis_info[:2]})
    advice = remedy or _metric_remedy(parsed)
    if not parsed.is_projected:
        raise CRSError(
            f"`{name}` is {crs_label(parsed)}, which is not projected: degrees are no distance (one of longitude "
            f"is shorter than one of latitude), and areas and distances need one in metres. {advice}"
        )
    if units != ["metre"]:
        raise CRSError(
            f"`{name}` is {crs_label(parsed)}, which is projected in {'/'.join(units)}, not in metres. {advice}"
        )
    if _is_web_mercator(parsed):
        raise CRSError(
            f"`{name}` is {crs_label(parsed)}, Web Mercator, which is for drawing: its metres are stretched by "
            f"1 / cos(latitude), 49% at 48 degrees and 74% at 55, and its areas by the square of that. {advice}"
        )
    return parsed


def _metric_remedy(parsed: pyproj.CRS) -> str:
    """A system in metres of the place where this one is used; feet and degrees are converted where they are read."""
    use = parsed.area_of_use
    if not parsed.is_projected or use is None or _is_web_mercator(parsed):
        return "Use a system in metres, such as 'EPSG:27700' in Great Britain."
    place = suggested_crs((use.west + use.east) / 2, (use.south + use.north) / 2)
    return (
        f"Work in {place}, or another system in metres; a file whose coordinates are in {crs_label(parsed)} is "
        "converted when it is read."
    )


def require_same_crs(left: Any, right: Any, *, names: tuple[str, str], remedy: str = "") -> None:
    """Stop unless two systems are the same.

    Parameters
    ----------
    left, right : CRS
    names : tuple of two str
        The caller's names of what is in them.
    remedy : str
        What to do, as a sentence; by default to reproject one of the two.

    Raises
    ------
    CRSError

    Examples
    --------
    >>> require_same_crs("EPSG:27700", 27700, names=("points", "areas"))
    """
    one, other = parse_crs(left, name=names[0]), parse_crs(right, name=names[1])
    if not one.equals(other, ignore_axis_order=True):
        raise CRSError(
            f"`{names[0]}` are in {crs_label(one)}, `{names[1]}` in {crs_label(other)}. "
            + (remedy or "Use one CRS for both: bring one of them to that of the other by `to_crs` or `crs=`.")
        )


def _is_web_mercator(crs: pyproj.CRS) -> bool:
    operation = crs.coordinate_operation
    method = operation.method_name if operation is not None else ""
    return "pseudo mercator" in method.lower().replace("-", " ") or crs_label(crs) in ("EPSG:3785", "ESRI:102113")


def crs_label(crs: pyproj.CRS) -> str:
    """Short name of a CRS: its authority code where it has one."""
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.name


def suggested_crs(longitude: float, latitude: float) -> str:
    """Name of a metric system that is true at a place, as a sentence can hold it.

    Examples
    --------
    >>> suggested_crs(-87.65, 41.85)
    "'EPSG:32616' (UTM zone 16N)"
    >>> suggested_crs(-1.6, 54.9)
    "'EPSG:27700' (British National Grid)"
    """
    if -10.7 <= longitude <= -5.35 and 51.3 <= latitude <= 55.5:
        return "'EPSG:2157' (Irish Transverse Mercator)"
    if -8.9 <= longitude <= 2.0 and 49.8 <= latitude <= 61.0:
        return "'EPSG:27700' (British National Grid)"
    if abs(latitude) > 84:
        return f"'EPSG:{32661 if latitude > 0 else 32761}' (UPS)"
    zone = min(int((longitude + 180) // 6) + 1, 60)
    return f"'EPSG:{(32600 if latitude >= 0 else 32700) + zone}' (UTM zone {zone}{'N' if latitude >= 0 else 'S'})"


def place_text(longitude: float, latitude: float) -> str:
    """A place in words: ``41.85° N, 87.65° W``."""
    return (
        f"{abs(latitude):.2f}° {'N' if latitude >= 0 else 'S'}, {abs(longitude):.2f}° {'E' if longitude >= 0 else 'W'}"
    )


def transformer(source: Any, target: Any) -> Transformation:
    """The operation from one CRS to another; the same one for every caller and every point.

    Parameters
    ----------
    source, target : str, int or pyproj.CRS

    Returns
    -------
    Transformation

    Raises
    ------
    CRSError
        A system is unknown, or only a ballpark operation leads from one to the other.

    Notes
    -----
    PROJ may choose another operation for every point, and fetch grids from the network. Here one
    operation is chosen, with the network off: the first of PROJ's list, which is the most accurate
    one over the widest area among those whose grids are on this machine. From longitude and latitude
    to the British National Grid this is a Helmert transformation, good to 2 m (the OSTN15 grid is
    not part of pyproj).

    References
    ----------
    EPSG Geodetic Parameter Dataset, operation 1314, "OSGB36 to WGS 84 (6)".

    Examples
    --------
    >>> way = transformer("EPSG:4326", "EPSG:27700")
    >>> way.accuracy_m
    2.0
    >>> [round(float(value[0])) for value in way.apply(-1.61, 54.97)]
    [425065, 564001]
    """
    start, end = parse_crs(source, name="source"), parse_crs(target, name="target")
    return _chosen(start.to_wkt(), end.to_wkt())


@lru_cache(maxsize=64)
def _chosen(source: str, target: str) -> Transformation:
    start, end = pyproj.CRS.from_wkt(source), pyproj.CRS.from_wkt(target)
    labels = crs_label(start), crs_label(end)
    if start.equals(end, ignore_axis_order=True):
        return Transformation("none, the same system", 0.0, *labels)
    with _network_off():
        best = _best_operation(start, end)
        if best is None:
            raise CRSError(
                f"no operation of known accuracy leads from {labels[0]} to {labels[1]}. Convert the file to a system "
                "that is used in the country of the data, such as 'EPSG:27700' in Great Britain."
            )
        # Made again from its definition: objects out of a group may not be shared between threads.
        operation = pyproj.Transformer.from_pipeline(best.definition)
    accuracy = float(best.accuracy) if best.accuracy >= 0 else float("nan")
    return Transformation(best.description, accuracy, *labels, operation)


def _best_operation(start: pyproj.CRS, end: pyproj.CRS) -> Any:
    with warnings.catch_warnings():
        # PROJ says that a better grid exists elsewhere; the accuracy of what is used is recorded instead.
        warnings.filterwarnings("ignore", message="Best transformation is not available", category=UserWarning)
        try:
            group = TransformerGroup(start, end, always_xy=True, allow_ballpark=False)
            if group.transformers:
                return group.transformers[0]
            return _operation_in_use(start, end)
        except ProjError:
            return None


def _operation_in_use(start: pyproj.CRS, end: pyproj.CRS) -> Any:
    # Some pairs (ETRS89 to the British grid) are reached through a third system, which a group does not list.
    way = pyproj.Transformer.from_crs(start, end, always_xy=True, allow_ballpark=False)
    area = end.area_of_use or start.area_of_use
    if area is None:
        return None
    geographic = start.geodetic_crs
    if geographic is None:
        return None
    middle = (area.west + area.east) / 2, (area.south + area.north) / 2
    to_start = pyproj.Transformer.from_crs(geographic, start, always_xy=True, allow_ballpark=False)
    way.transform(*to_start.transform(*middle), errcheck=True)
    return way.get_last_used_operation()


@contextmanager
def _network_off() -> Iterator[None]:
    with _network_lock:
        before = pyproj.network.is_network_enabled()  # type: ignore[attr-defined]
        pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            pyproj.network.set_network_enabled(active=before)  # type: ignore[attr-defined]
