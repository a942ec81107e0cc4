"""Where cases can lie: locations with coordinates, populations and, beside them, a table of cases."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._checks import require_columns, require_unique
from socharm._columns import AREA
from socharm._constraints import Missing
from socharm._words import number_of
from socharm.errors import AlignmentError, CRSError, DataWarning, ParameterError, SchemaError
from socharm.hotspots.scan.settings import Distance
from socharm.io.areas import areas_about
from socharm.io.crs import crs_label, parse_crs
from socharm.io.metres import look_like_degrees, require_true_scale

__all__ = ["EARTH_KM", "Places", "column_of", "read_places", "require_population", "rows_of"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Mean radius of the Earth, in kilometres (IUGG).
EARTH_KM: Final = 6371.0088
#: Names that the key of a location can have.
_KEYS: Final = ("location", AREA, "id")
_FEWEST: Final = 3


@dataclass(frozen=True, eq=False)
class Places:
    """Locations in an order that does not hang on that of the rows.

    Attributes
    ----------
    table : DataFrame
        Index: the key of each location; ``x``, ``y`` and the columns of numbers that were asked for.
    given : Index
        Keys in the order of the input.
    distance : {"planar", "great-circle"}
    crs : str
        Of x and y; empty where the input says nothing.
    left_out : tuple of str
        Keys of locations without a value.
    about : About
    """

    table: pd.DataFrame
    given: pd.Index
    distance: Distance
    crs: str
    left_out: tuple[str, ...]
    about: About

    @property
    def xy(self) -> _Floats:
        """Coordinates as they were given."""
        return self.table[["x", "y"]].to_numpy(dtype=float)

    @property
    def points(self) -> _Floats:
        """Coordinates whose straight distances are in the order of those that count; kilometres on the globe."""
        if self.distance == "planar":
            return self.xy
        longitude, latitude = np.deg2rad(self.xy.T)
        flat = np.cos(latitude)
        return EARTH_KM * np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])

    @property
    def ranks(self) -> _Ints:
        """Rank by x and then y; equal at one place."""
        return np.unique(self.xy, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)

    @property
    def unit(self) -> str:
        """Unit of a radius."""
        if self.distance == "great-circle":
            return "km"
        return str(parse_crs(self.crs).axis_info[0].unit_name) if self.crs else "unit of the coordinates"

    def radius(self, straight: _Floats) -> _Floats:
        """Distances as they count, of straight ones."""
        if self.distance == "planar":
            return straight
        return 2 * EARTH_KM * np.arcsin(np.minimum(straight / (2 * EARTH_KM), 1.0))

    def straight(self, radius: float) -> float:
        """The straight distance that belongs to a radius."""
        if self.distance == "planar":
            return radius
        return float(2 * EARTH_KM * np.sin(min(radius / (2 * EARTH_KM), np.pi / 2)))


def column_of(frame: pd.DataFrame, names: Iterable[str], *, name: str, what: str) -> str:
    """The one column of several possible names.

    Raises
    ------
    SchemaError
        There is none, or there are several.
    """
    wanted = list(names)
    found = [column for column in wanted if column in frame.columns]
    if len(found) != 1:
        told = f"has {found} at once" if found else f"has {list(frame.columns)}"
        raise SchemaError(f"`{name}` needs one column of {what}, named one of {wanted}; it {told}. Rename or drop one.")
    return found[0]


def read_places(
    locations: pd.DataFrame,
    columns: Iterable[str],
    *,
    distance: Distance | None,
    missing: Missing,
    about: About | None,
) -> Places:
    """Read locations with the columns of numbers that are needed.

    Raises
    ------
    SchemaError
        No coordinates, a column that is missing, a key that stands twice, a negative number, a value that is missing
        (or, left out, fewer than three locations), all at one place.
    CRSError
        The distance does not fit the coordinates, or coordinates without a system could be degrees as well.
    """
    wanted = list(columns)
    plain, named = _keyed(locations)
    frame, crs, is_globe = _coordinates(locations, plain)
    for column in wanted:
        frame[column] = _numbers(plain[column], column)
    gaps = frame.isna().any(axis=1)
    left_out = tuple(map(str, frame.index[gaps]))
    if left_out and missing == "error":
        lack = "lacks" if len(left_out) == 1 else "lack"
        raise SchemaError(
            f"{number_of(len(left_out), 'location')} of `locations` {lack} a coordinate or one of {wanted}, such as "
            f"{list(left_out[:3])}. Complete them, or leave them out by missing='leave out'."
        )
    if left_out:
        warnings.warn(
            f"{number_of(len(left_out), 'location')} without a value left out, such as {list(left_out[:3])}.",
            DataWarning,
            stacklevel=5,
        )
    frame = frame[~gaps]
    _require_apart(frame)
    way = _way(frame, distance, crs, is_globe)
    # Keys that somebody gave stay with the locations when the map is moved or turned; row numbers do not.
    order = np.argsort(frame.index.astype(str), kind="stable") if named else np.lexsort([frame["y"], frame["x"]])
    stated = about or (areas_about(locations) if isinstance(locations, gpd.GeoDataFrame) else About())
    return Places(frame.iloc[order], frame.index, way, crs, left_out, stated)


def rows_of(places: Places, cases: pd.DataFrame) -> tuple[_Ints, NDArray[np.bool_]]:
    """Number of the location of each row of a table of cases, and which rows are of locations that were left out.

    Raises
    ------
    SchemaError
        No column of locations, or no row.
    AlignmentError
        A location that `locations` do not have.
    """
    if not len(cases):
        raise SchemaError("`cases` has no rows. Check the period and the offences that were taken.")
    key = column_of(cases, _KEYS, name="cases", what="locations")
    wanted = pd.Index(cases[key].astype(str))
    at = places.table.index.astype(str).get_indexer(wanted)
    gone = wanted.isin(list(places.left_out))
    unknown = (at < 0) & ~gone
    if unknown.any():
        raise AlignmentError(
            f"{number_of(int(unknown.sum()), 'row')} of `cases` are of locations that `locations` do not have, such as "
            f"{list(pd.unique(wanted[unknown]))[:3]}. Add them, with their coordinates, or drop those rows."
        )
    return at.astype(np.int64), np.asarray(gone, dtype=bool)


def _keyed(locations: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The table under its keys, and whether somebody gave them."""
    if not len(locations):
        raise SchemaError("`locations` has no rows. Check the step that made it.")
    plain = pd.DataFrame(locations)
    held = [name for name in _KEYS if name in plain.columns]
    named = bool(held) or plain.index.name is not None or not isinstance(plain.index, pd.RangeIndex)
    if held:
        plain = plain.set_index(column_of(plain, _KEYS, name="locations", what="keys"))
    if plain.index.hasnans:
        raise SchemaError("`locations` has a key that is missing. Give each location one.")
    require_unique(plain.index, name="locations")
    if plain.index.dtype.kind not in "iu":
        plain.index = pd.Index(plain.index.astype(str), name=plain.index.name)
    return plain.rename_axis(str(plain.index.name or "location")), named


def _coordinates(locations: pd.DataFrame, plain: pd.DataFrame) -> tuple[pd.DataFrame, str, bool | None]:
    """x and y by key, their system, and whether they are degrees for certain (None: nobody said)."""
    if isinstance(locations, gpd.GeoDataFrame):
        geometry = locations.geometry
        if geometry.isna().any() or geometry.is_empty.any():
            raise SchemaError("`locations` has a location without a geometry. Give it one, or drop it.")
        at = shapely.point_on_surface(geometry.to_numpy())
        crs = "" if locations.crs is None else crs_label(locations.crs)
        globe = None if locations.crs is None else bool(locations.crs.is_geographic)
        if globe is False:
            require_true_scale(locations.crs, shapely.get_x(at), shapely.get_y(at), name="locations")
        return pd.DataFrame({"x": shapely.get_x(at), "y": shapely.get_y(at)}, index=plain.index), crs, globe
    globe = {"longitude", "latitude"} <= set(plain.columns) and not {"x", "y"} <= set(plain.columns)
    x, y = ("longitude", "latitude") if globe else ("x", "y")
    require_columns(plain, [x, y], name="locations")
    made = pd.DataFrame({"x": _numbers(plain[x], x, any_sign=True), "y": _numbers(plain[y], y, any_sign=True)})
    return made, "EPSG:4326" if globe else "", True if globe else None


def _numbers(values: pd.Series, column: str, *, any_sign: bool = False) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    odd = values.notna() & (numbers.isna() | ~np.isfinite(numbers))
    if not any_sign:
        odd |= numbers < 0
    if odd.any():
        bound = "" if any_sign else " of at least 0"
        raise SchemaError(
            f"`{column}` of `locations` must hold finite numbers{bound}; {int(odd.sum())} do not, such as "
            f"{[f'{key}: {value}' for key, value in list(values[odd].items())[:3]]}. Correct them."
        )
    return numbers


def _require_apart(frame: pd.DataFrame) -> None:
    places = len(frame[["x", "y"]].drop_duplicates())
    if len(frame) < _FEWEST or places < 2:
        told = number_of(len(frame), "location") + (" at one place" if places == 1 and len(frame) > 1 else "")
        raise SchemaError(f"`locations` holds {told}; a scan needs at least {_FEWEST}, at two places or more.")


def _way(frame: pd.DataFrame, distance: Distance | None, crs: str, is_globe: bool | None) -> Distance:
    """Which distance counts."""
    degrees = look_like_degrees(frame["x"], frame["y"])
    if is_globe is None:
        if distance is None and degrees:
            raise CRSError(
                "`locations` state no coordinate system, and their x and y could be degrees of longitude and latitude. "
                "Say which by distance='planar' or distance='great-circle'."
            )
        if distance == "great-circle" and not degrees:
            raise CRSError(
                "`distance` is 'great-circle', which needs x as longitude and y as latitude in degrees; some of "
                "`locations` are none. Leave `distance` out, or convert them."
            )
        return distance or "planar"
    if is_globe and distance == "planar":
        raise CRSError(
            f"`locations` are in degrees ({crs}), whose straight distances are none: one of longitude is shorter than "
            "one of latitude. Take distance='great-circle', or project them. Columns named x and y are taken as they "
            "are."
        )
    if is_globe and not degrees:
        raise CRSError("`locations` hold longitudes beyond 180 or latitudes beyond 90 degrees. Correct them.")
    if not is_globe and distance == "great-circle":
        raise CRSError(f"`distance` is 'great-circle', and `locations` are in {crs}. Leave `distance` out.")
    return "great-circle" if is_globe else "planar"


def require_population(places: Places, cases: _Floats) -> None:
    """Stop where somebody is a case and nobody lives.

    Raises
    ------
    SchemaError
    ParameterError
        There is no population at all.
    """
    people = places.table["population"].to_numpy(dtype=float)
    if not people.sum() > 0:
        raise ParameterError("`population` of `locations` is zero in all places. State it, or scan by permutation.")
    odd = (people <= 0) & (cases > 0)
    if odd.any():
        raise SchemaError(
            f"{number_of(int(odd.sum()), 'location')} of `locations` {'has' if odd.sum() == 1 else 'have'} cases and a "
            f"population of zero, such as {list(places.table.index[odd])[:3]}. Merge them with a neighbour, or state a "
            "population that is at risk there."
        )
