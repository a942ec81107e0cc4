"""Areas: a GeoDataFrame by area code that remembers where it came from, and the check every function runs on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_unique
from socharm._constraints import ClosedShare
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import CRSError, SchemaError
from socharm.io.crs import require_metric
from socharm.io.metres import look_like_degrees, require_true_scale
from socharm.io.units.nearest import LINE, REACH, are_segments

__all__ = [
    "Areas",
    "BoundaryNotes",
    "BoundarySettings",
    "areas_about",
    "areas_fingerprint",
    "require_areas",
]


@dataclass(frozen=True, kw_only=True)
class BoundaryNotes:
    """What was found and done when a boundary file was read.

    Attributes
    ----------
    file, layer : str
        Name of the file, without its folder, and of the layer in it.
    rows_read : int
    crs_read, crs : str
        System of the file, and of the result.
    transformation : str
        Name of the coordinate operation between the two.
    accuracy_m : float
        Its stated accuracy in metres.
    repaired : tuple of str
        Codes whose rings were invalid and were repaired.
    largest_repair_m2 : float
        Largest change of area by a repair, in square metres.
    overlaps : tuple of (str, str, float)
        Pairs of areas that overlap by less than the tolerance, and by how many square metres; the largest first.
    overlap_tolerance : float
        Share of the smaller area above which an overlap is refused.
    messages : tuple of str
        What the file reader had to say.
    """

    file: str
    layer: str
    rows_read: int
    crs_read: str
    crs: str
    transformation: str
    accuracy_m: float
    repaired: tuple[str, ...] = ()
    largest_repair_m2: float = 0.0
    overlaps: tuple[tuple[str, str, float], ...] = ()
    overlap_tolerance: float = 0.01
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BoundarySettings(Settings):
    """Choices behind areas that were read."""

    code: str = setting(says="column with a unique code", example="ward_code", on=True)
    name: str | None = setting(None, "column with the name", example="ward_name", on=True)
    parent: str | None = setting(None, "column with the district", example="district_name", on=True, or_data=True)
    force: str | None = setting(None, "column with the police force", example="force_name", or_data=True)
    year: int | None = setting(None, "year of the boundaries", example=2025, on=True)
    crs: str | int | None = setting(None, "metric coordinates to work in", or_data=True)
    source_crs: str | int | None = setting(
        None,
        "what the file's coordinates are, where it states nothing or something wrong",
        example="EPSG:4326",
        or_data=True,
    )
    layer: str | None = setting(None, "the layer to read, out of several in one GeoPackage", example="wards")
    encoding: str | None = setting(None, "of a Shapefile's texts, where its .cpg is wrong", example="cp1252")
    overlap_tolerance: ClosedShare = setting(
        0.01, "share of the smaller of two areas that they may have in common", recipe=False
    )
    allow_columns: tuple[str, ...] = setting(
        (), "columns that look as if they spoke of persons, and do not", example=["Contact"]
    )
    marking: str = setting("OFFICIAL", "security classification of the file", recipe=False)
    source: str | None = setting(
        None, "as printed under maps; the file's name when absent", example="ONS wards, May 2025"
    )


class Areas(gpd.GeoDataFrame):
    """A GeoDataFrame by area code with `about`, `notes` and `settings`; a slice or a copy keeps them.

    Every function of the library takes a plain `geopandas.GeoDataFrame` of the same shape as well:
    index ``area_code``, columns ``name``, ``parent``, ``force``, ``geometry``, a CRS in metres.

    Attributes
    ----------
    about : About
        Boundary year, sources and marking.
    notes : BoundaryNotes or None
        What was repaired and reprojected when the file was read.
    settings : Settings or None
        Choices behind the reading, or behind the cells of a grid or the segments of streets.
    """

    __made_by__ = ("read_boundaries", "grid", "segments")

    _metadata = ["_geometry_column_name", "about", "notes", "settings"]  # noqa: RUF012 - pandas reads this class attribute
    about: About = About()
    notes: BoundaryNotes | None = None
    settings: Settings | None = None

    @property
    def _constructor(self) -> Callable[..., Any]:
        return _as_areas(super()._constructor)  # type: ignore[misc]

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> Any:
        return _as_areas(super()._constructor_from_mgr)(mgr, axes)  # type: ignore[misc]

    @classmethod
    @checked
    def of(
        cls,
        frame: gpd.GeoDataFrame,
        *,
        about: About,
        notes: BoundaryNotes | None = None,
        stated: Settings | None = None,
    ) -> Areas:
        """Areas from a plain GeoDataFrame, what it is about, and how it was read where it was.

        Raises
        ------
        SchemaError, CRSError
            The frame is not a table of areas.
        """
        require_areas(frame)
        areas = cls(frame)
        object.__setattr__(areas, "about", about)
        object.__setattr__(areas, "notes", notes)
        object.__setattr__(areas, "settings", stated)
        return areas


def _as_areas(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        result = make(*args, **kwargs)
        if isinstance(result, gpd.GeoDataFrame) and not isinstance(result, Areas):
            result.__class__ = Areas
        return result

    return made


def areas_about(areas: gpd.GeoDataFrame) -> About:
    """About of a table of areas; an empty About for a plain GeoDataFrame.

    Parameters
    ----------
    areas : GeoDataFrame

    Returns
    -------
    About
    """
    about = getattr(areas, "about", None)
    return about if isinstance(about, About) else About()


def areas_fingerprint(areas: pd.DataFrame) -> str:
    """A hash of what places something in areas: their codes, in order, their CRS and their shapes.

    A table of pandas can be changed where it stands, so that being the same object says nothing; two tables with the
    same fingerprint hold the same areas in the same order. Other columns are not in it.

    Examples
    --------
    >>> frame = pd.DataFrame(index=["A", "B"])
    >>> found = areas_fingerprint(frame)
    >>> found == areas_fingerprint(frame.copy()), found == areas_fingerprint(frame[::-1])
    (True, False)
    """
    found = hashlib.blake2b(digest_size=16)
    found.update(repr([str(code) for code in areas.index]).encode())
    if isinstance(areas, gpd.GeoDataFrame) and areas.active_geometry_name is not None:
        crs = areas.crs
        found.update(f"{'' if crs is None else crs.to_wkt()}".encode())
        for shape in shapely.to_wkb(areas.geometry.to_numpy()):
            found.update(b"none" if shape is None else shape)
        if are_segments(areas):
            found.update(areas[REACH].to_numpy(dtype=float).tobytes())
            for line in shapely.to_wkb(areas[LINE].to_numpy()):
                found.update(b"none" if line is None else line)
    return found.hexdigest()


def require_areas(areas: pd.DataFrame, *, name: str = "areas") -> None:
    """Stop unless a table is what the library calls areas.

    Parameters
    ----------
    areas : GeoDataFrame
    name : str
        The caller's name of the argument.

    Raises
    ------
    SchemaError
        Not a GeoDataFrame, codes that are missing, repeated or not text, or geometry that is missing, empty or
        no polygon.
    CRSError
        No CRS, one that is not in metres, or coordinates that are degrees or far from where the system is true.
    """
    if not isinstance(areas, gpd.GeoDataFrame):
        raise SchemaError(
            f"`{name}` must be a GeoDataFrame by area code; found {type(areas).__name__}. Read it by `read_boundaries`."
        )
    if areas.active_geometry_name is None:
        raise SchemaError(f"`{name}` has no shapes: no column is its geometry. Read it by `read_boundaries`.")
    if not len(areas):
        raise SchemaError(f"`{name}` holds no areas. Check the filter that made it.")
    codes = areas.index
    if isinstance(codes, pd.MultiIndex) or not all(isinstance(code, str) and code for code in codes):
        raise SchemaError(
            f"`{name}` must have area codes (text) as its index; found {list(codes[:3])}. "
            "Use `set_index` on the code column, or read it by `read_boundaries`."
        )
    require_unique(codes, name=name)
    system = require_metric(
        areas.crs,
        name=f"{name}.crs",
        remedy=f"Reproject them to the system to work in, such as `{name}.to_crs('EPSG:27700')` in Great Britain, or "
        "read them by `read_boundaries`, which does.",
    )
    shapes = areas.geometry.to_numpy()
    bad = shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~np.isin(shapely.get_type_id(shapes), (3, 6))
    if bad.any():
        raise SchemaError(
            f"`{name}` must hold polygons; {number_of(int(bad.sum()), 'area has none', 'areas have none')}"
            f", such as {list(codes[bad][:3])}. "
            "Drop them, or give them their polygon."
        )
    _require_metres(shapes, system, name)


def _require_metres(shapes: NDArray[np.object_], system: pyproj.CRS, name: str) -> None:
    west, south, east, north = shapely.total_bounds(shapes)
    use = system.area_of_use
    # Small drawings in metres are no degrees of the country that the system is made for.
    home = (
        use is not None and use.west <= (west + east) / 2 <= use.east and use.south <= (south + north) / 2 <= use.north
    )
    if home and look_like_degrees([west, east], [south, north]):
        raise CRSError(
            f"`{name}` are said to be in {system.to_string()}, but their coordinates look like longitude and "
            f"latitude: {west:.3f} to {east:.3f} and {south:.3f} to {north:.3f}. If they are, reproject them: "
            f"`{name}.set_crs('EPSG:4326', allow_override=True).to_crs({system.to_string()!r})`."
        )
    require_true_scale(system, [west, east], [south, north], name=name)
