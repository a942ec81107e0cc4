"""Crimes by the named street or kind of place that police.uk gives for each of its map points, and how each is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

import numpy as np
import pandas as pd

from socharm._columns import AREA, OFFENCE, N
from socharm.errors import ParameterError
from socharm.io.crs import transformer
from socharm.io.incidents.locate import LocatedIncidents
from socharm.io.incidents.places import PLACE_KINDS
from socharm.io.incidents.points import points_and_losses
from socharm.io.incidents.street_names import STREET

__all__ = ["PLACES", "count_streets", "is_kind_of_place", "street_points", "told_street"]

#: Names that stand for a kind of place, in small letters, so that one name is that of many map points; and plurals.
#: All twenty that stand in the street-level files: police.uk prints no list ("About the data: how are locations
#: anonymised" names parks, airports, shopping centres and nightclubs). Every other name is that of a street.
PLACES: Final[Mapping[str, str]] = {
    "airport/airfield": "airports/airfields",
    "bus/coach station": "bus/coach stations",
    "conference/exhibition centre": "conference/exhibition centres",
    "ferry terminal": "ferry terminals",
    "further/higher educational building": "further/higher educational buildings",
    "hospital": "hospitals",
    "motorway service area": "motorway service areas",
    "nightclub": "nightclubs",
    "park/open space": "parks/open spaces",
    "parking area": "parking areas",
    "pedestrian subway": "pedestrian subways",
    "petrol station": "petrol stations",
    "police station": "police stations",
    "prison": "prisons",
    "race track": "race tracks",
    "shopping area": "shopping areas",
    "sports/recreation area": "sports/recreation areas",
    "supermarket": "supermarkets",
    "theatre/concert hall": "theatres/concert halls",
    "theme/adventure park": "theme/adventure parks",
}
#: What other makers of extracts write of the same kinds.
_ALIKE: Final[Mapping[str, str]] = {
    text: PLACES.get(text, f"{text}s") for texts in PLACE_KINDS.values() for text in texts
}
_AFTER_APOSTROPHE: Final = re.compile(r"(?<=')S\b")
_COLUMNS: Final = (AREA, OFFENCE, STREET, "easting", "northing", N)


def is_kind_of_place(name: str) -> bool:
    """Whether a name stands for all map points of a kind, and not for a street.

    Examples
    --------
    >>> is_kind_of_place("Race Track"), is_kind_of_place("Guildhall Hall"), is_kind_of_place("Old Station")
    (True, False, False)
    """
    return name.lower() in PLACES or name.lower() in _ALIKE


def told_street(name: str) -> str:
    """A street as people write it; a kind of place in the plural, since its name stands for all map points of the kind.

    Examples
    --------
    >>> told_street("St Peter'S Road"), told_street("Petrol Station"), told_street("A193")
    ("St Peter's Road", 'petrol stations', 'A193')
    >>> told_street("Park/Open Space"), told_street("Bus/Coach Station")
    ('parks/open spaces', 'bus/coach stations')
    """
    if is_kind_of_place(name):
        return PLACES.get(name.lower()) or _ALIKE[name.lower()]
    return _AFTER_APOSTROPHE.sub("s", name)


def count_streets(
    located: LocatedIncidents, *, crs: str, without: Collection[str] = (), minimum_crimes: int = 5
) -> pd.DataFrame:
    """Count incidents by area, offence and named map point.

    Parameters
    ----------
    located : LocatedIncidents
        With coordinates, and located with ``keep_names=True``.
    crs : str
        Metric system of the result.
    without : collection of str
        Flags of incidents to leave out, as in `incident_points`.
    minimum_crimes : int
        Names with fewer crimes of an offence in an area are left out.

    Returns
    -------
    DataFrame
        ``area_code``, ``offence``, ``street`` (without "On or near"), ``easting`` and ``northing`` of its map point
        with the most incidents in the area, ``n``; by area and offence from the most down. Only names as police.uk
        writes them: those of a map point that eight addresses or more share, never an address.

    Raises
    ------
    ParameterError
        The incidents were located without the names of their map points.

    References
    ----------
    police.uk, About the data: how are locations anonymised.
    """
    at = street_points(located, crs=crs)
    points, _, _ = points_and_losses(located, crs=crs, without=without)
    if at[STREET].isna().all():
        return _empty()
    found = points.merge(at[(at["at"] >= 0) & at[STREET].notna()].drop_duplicates(["x", "y"]), on=["x", "y"])
    found[AREA] = np.asarray(located.areas.index, dtype=object)[found["at"].to_numpy(dtype=int)]
    sums = found.groupby([AREA, OFFENCE, STREET], sort=True, observed=True)[N].sum().reset_index()
    sums = sums[sums[N] >= minimum_crimes].join(_middles(found), on=[AREA, STREET])
    ordered = sums.sort_values([AREA, OFFENCE, N, STREET], ascending=[True, True, False, True], kind="stable")
    kinds = {AREA: "str", OFFENCE: "str", STREET: "str"}
    return ordered[list(_COLUMNS)].astype(kinds).reset_index(drop=True)


def street_points(located: LocatedIncidents, *, crs: str) -> pd.DataFrame:
    """Every distinct place with a location, its name and its area.

    Parameters
    ----------
    located : LocatedIncidents
        Located with ``keep_names=True``.
    crs : str
        Metric system of the result.

    Returns
    -------
    DataFrame
        ``x``, ``y`` (by the same transformation of the same numbers as `harm_points` has them: equal to the last bit),
        ``street`` (missing where police.uk names none), ``at`` (position of the area).

    Raises
    ------
    ParameterError
        The incidents were located without the names of their map points.
    """
    names = located.cells.names
    if names is None:
        raise ParameterError(
            "The incidents were located without the names of their map points. Locate them with keep_names=True."
        )
    places = located.cells.locations.select("x", "y", "located")
    named = places.with_columns(names.alias(STREET), area=located.placed.table["area"]).to_pandas()
    here = named["located"].to_numpy(dtype=bool)
    way = transformer(located.incidents.coordinates, crs)
    x, y = way.apply(*(named.loc[here, axis].to_numpy(float) for axis in "xy"))
    at = named.loc[here, "area"].to_numpy()
    return pd.DataFrame({"x": x, "y": y, STREET: named.loc[here, STREET].to_numpy(), "at": at})


def _middles(found: pd.DataFrame) -> pd.DataFrame:
    """The map point of each street of an area with the most incidents."""
    sums = found.groupby([AREA, STREET, "x", "y"], sort=True)[N].sum().reset_index()
    most = sums.sort_values([AREA, STREET, N], ascending=[True, True, False], kind="stable")
    first: pd.DataFrame = most.drop_duplicates([AREA, STREET]).set_index([AREA, STREET])[["x", "y"]]
    return first.rename(columns={"x": "easting", "y": "northing"})


def _empty() -> pd.DataFrame:
    kinds = {AREA: "str", OFFENCE: "str", STREET: "str", "easting": "float64", "northing": "float64", N: "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
