"""The places inside an area that hold half of its harm: squares of a fixed grid, from the most harm down."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, N
from socharm._constraints import CountFrom1, OpenShare, Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm.errors import AlignmentError, DataWarning, ParameterError
from socharm.io.areas import areas_about, require_areas
from socharm.io.crs import require_same_crs
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.units.grid import FINEST_ON_MAP_POINTS, snap_reason
from socharm.severity.points import HarmPoints

__all__ = ["MicroPlaces", "MicroPlacesSettings", "find_micro_places"]

#: The finest square, in metres, and the squares from the origin beyond which whole numbers are no longer exact.
_FINEST: Final = 0.001
_MOST_STEPS: Final = 2.0**52
_COLUMNS: Final = (AREA, "place", "easting", "northing", "events", "harm", "share", "cumulative_share")


@dataclass(frozen=True, kw_only=True)
class MicroPlacesSettings(Settings):
    """Choices of `find_micro_places`."""

    cell_size: Positive = setting(250.0, "side of a square, in metres")
    share: OpenShare = setting(0.5, "share of each area's harm to reach")
    minimum_events: CountFrom1 = setting(5, "squares with fewer events are not listed", recipe=False)


@dataclass(frozen=True, eq=False, repr=False)
class MicroPlaces(Record):
    """Squares that hold half of each area's harm.

    Attributes
    ----------
    table : DataFrame
        ``area_code``, ``place`` (1 has the most harm), ``easting``, ``northing`` (centre of the square, metres),
        ``events``, ``harm``, ``share`` and ``cumulative_share`` of the area's located harm. Sorted.
    by_area : DataFrame
        Index ``area_code``; ``squares`` (with any harm in the area), ``listed``, ``share_listed``, ``events``,
        ``harm``. An area where no harm was located has none of these but 0 squares.
    settings : MicroPlacesSettings
    """

    __made_by__ = ("find_micro_places",)

    table: pd.DataFrame
    by_area: pd.DataFrame
    settings: MicroPlacesSettings
    about: About

    def _summary(self) -> dict[str, str]:
        return {"areas": f"{len(self.by_area):,}", "squares listed": f"{len(self.table):,}"}


@checked
def find_micro_places(
    points: HarmPoints,
    areas: gpd.GeoDataFrame,
    *,
    cell_size: Positive = 250.0,
    minimum_events: CountFrom1 = 5,
    share: OpenShare = 0.5,
    settings: MicroPlacesSettings | Mapping[str, Any] | None = None,
) -> MicroPlaces:
    """Find the squares inside each area that together hold half of its harm.

    Parameters
    ----------
    points : HarmPoints
    areas : GeoDataFrame
        Index ``area_code``; the same CRS as the points.
    cell_size : float
        Side of a square in metres. police.uk moves a crime to one of about 750,000 points: below 250 m a square says
        more about those points than about crime.
    minimum_events : int
        Squares with fewer events inside the area are not listed; one address may be recognised in them.
    share : float
        Share of the area's harm to reach.
    settings : MicroPlacesSettings or mapping, optional
        Choices of other squares, for what is not stated by keyword.

    Returns
    -------
    MicroPlaces
        Where the squares with enough events do not reach `share`, all of them are listed and ``share_listed`` says how
        far they reach. A square on a border is listed for each area with that area's harm only.

    Raises
    ------
    CRSError
        The areas have no CRS in metres, or another one than the points.
    AlignmentError
        No point lies in an area.

    Warns
    -----
    DataWarning
        Squares below 250 m, of points of police.uk.

    Notes
    -----
    Squares by falling harm, equals from south-west to north-east, until `share` is reached: the fewest squares of this
    grid that hold it. Another grid gives other squares. A point on a border counts for the area with the lowest code.

    References
    ----------
    Weisburd, D. (2015), The law of crime concentration and the criminology of place, Criminology 53(2).
    """
    require_areas(areas)
    require_same_crs(points.crs, areas.crs, names=("points", "areas"))
    table = _squares(points, areas, cell_size)
    if points.layout == "police.uk" and cell_size < FINEST_ON_MAP_POINTS:
        warnings.warn(
            f"{snap_reason(cell_size)} Use cell_size={FINEST_ON_MAP_POINTS:g} or more.", DataWarning, stacklevel=3
        )
    whole = table.groupby(AREA, sort=True)[["harm", "events"]].sum()
    table["share"] = table["harm"] / table[AREA].map(whole["harm"])
    order = [AREA, "harm", "easting", "northing"]
    table = table.sort_values(order, ascending=[True, False, True, True], kind="stable")
    squares = table.groupby(AREA).size()
    listed = table[table["events"] >= minimum_events].copy()
    listed["cumulative_share"] = listed.groupby(AREA)["share"].cumsum()
    before = listed["cumulative_share"] - listed["share"]
    listed = listed[before < share * (1 - 1e-12)]
    listed["place"] = listed.groupby(AREA).cumcount() + 1
    reach = listed.groupby(AREA)["share"].sum()
    by_area = pd.DataFrame(index=areas.index.rename(AREA))
    by_area["squares"] = squares.reindex(by_area.index, fill_value=0).astype("int64")
    by_area["listed"] = listed.groupby(AREA).size().reindex(by_area.index, fill_value=0).astype("int64")
    by_area["share_listed"] = reach.reindex(by_area.index).astype(float)
    by_area = by_area.join(whole)
    return MicroPlaces(
        table=listed[list(_COLUMNS)].reset_index(drop=True),
        by_area=by_area,
        settings=MicroPlacesSettings.of(settings),
        about=combine_about(points.about, areas_about(areas), unit=points.about.unit),
    )


def _squares(points: HarmPoints, areas: gpd.GeoDataFrame, size: float) -> pd.DataFrame:
    """Harm and events of each area and square; squares without harm are none."""
    x, y = points.table["x"].to_numpy(dtype=float), points.table["y"].to_numpy(dtype=float)
    far = max(float(np.abs(x).max(initial=0.0)), float(np.abs(y).max(initial=0.0)))
    if far / size > _MOST_STEPS:
        raise ParameterError(
            f"`cell_size` is {size:g} m, finer than the coordinates themselves. Use {_FINEST:g} m or more; below 250 m "
            "a square says more about map points than about crime."
        )
    area, _ = first_areas(np.asarray(shapely.points(x, y), dtype=object), areas)
    at = np.flatnonzero(area != OUTSIDE)
    if not at.size:
        raise AlignmentError("None of the points lies in an area. Check that both are of the same place.")
    frame = pd.DataFrame(
        {
            AREA: areas.index.to_numpy()[area[at]],
            "easting": (np.floor(x[at] / size) + 0.5) * size,
            "northing": (np.floor(y[at] / size) + 0.5) * size,
            "harm": points.table["weight"].to_numpy(dtype=float)[at],
            "events": points.table[N].to_numpy()[at],
        }
    )
    sums = frame.groupby([AREA, "easting", "northing"], sort=True)[["harm", "events"]].sum().reset_index()
    return sums[sums["harm"] > 0]
