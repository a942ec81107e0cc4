"""How much of what was counted in an area could have happened next door, given how vague its places are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from socharm._arguments import checked
from socharm._columns import AREA, N
from socharm._constraints import Above
from socharm._limits import require_memory
from socharm._settings import Settings, setting
from socharm.errors import AlignmentError
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.severity.points import HarmPoints

__all__ = ["LocationSettings", "location_shares"]

#: How far from its place an event may have been.
Radius: TypeAlias = Annotated[float, Above(0, 1_000_000)]
#: Sides of the polygon that stands for a disc, in a quarter of it.
_QUARTER: Final = 8


@dataclass(frozen=True, kw_only=True)
class LocationSettings(Settings):
    """Choices of `location_shares`."""

    radius_m: Radius = setting(says="metres within which an event may truly have happened")


@checked
def location_shares(
    points: HarmPoints,
    areas: gpd.GeoDataFrame,
    *,
    radius_m: Radius | None = None,
    settings: LocationSettings | Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Share of each area's events that could belong to each area, itself and its neighbours.

    Parameters
    ----------
    points : HarmPoints
        Distinct places with the number of events at each.
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres.
    radius_m : float
        An event may truly have happened anywhere within this distance of its place, with equal density: for police.uk
        the reach of an anonymous map point (it stands for its nearest events; tens of metres in a town), for other
        sources the accuracy of their geocoding. It must be stated, here or in `settings`.
    settings : LocationSettings or mapping, optional
        Choices of other shares, for what is not stated by keyword.

    Returns
    -------
    DataFrame
        ``area_code``, ``other``, ``share``; the shares of an area add up to 1, its own row is there always. The part of
        a disc that lies in no area stays with the area of the place; a place on a border belongs to the touching area
        with the lowest code. An area without an event has a share of 1.

    Raises
    ------
    CRSError
        Points and areas have different CRSs, or none in metres.
    AlignmentError
        No point lies in any area.
    ParameterError
        No radius, or one that is not above zero.
    """
    chosen = LocationSettings.of(settings)
    require_areas(areas)
    remedy = "Make the points by `harm_points(..., areas=areas)`, or bring the areas to the CRS of the points."
    require_same_crs(points.crs, areas.crs, names=("points", "areas"), remedy=remedy)
    codes, shapes = areas.index.to_numpy(dtype=object), areas.geometry.to_numpy()
    where = np.asarray(shapely.points(points.table["x"].to_numpy(), points.table["y"].to_numpy()), dtype=object)
    events = points.table[N].to_numpy(dtype=np.float64)
    area, _ = first_areas(where, areas)
    at = np.flatnonzero(area != OUTSIDE)
    if not at.size:
        raise AlignmentError("None of the points lies in an area. Check that both are of the same place.")
    home = area[at]
    total = np.bincount(home, weights=events[at], minlength=len(codes))
    flows = _flows(where[at], home, events[at], shapes, chosen.radius_m)
    flows["share"] = flows["events"] / np.where(total > 0, total, 1.0)[flows["home"]]
    away = flows.groupby("home")["share"].sum().reindex(range(len(codes)), fill_value=0.0).to_numpy()
    own = pd.DataFrame({"home": np.arange(len(codes)), "other": np.arange(len(codes)), "share": 1.0 - away})
    table = pd.concat([own, flows[["home", "other", "share"]]], ignore_index=True)
    table = table.sort_values(["home", "other"], kind="stable")
    return pd.DataFrame(
        {AREA: codes[table["home"]], "other": codes[table["other"]], "share": table["share"].to_numpy()}
    )


def _flows(where: np.ndarray, home: np.ndarray, events: np.ndarray, shapes: np.ndarray, radius: float) -> pd.DataFrame:
    """Events expected to have left: ``home``, ``other``, ``events``."""
    tree = shapely.STRtree(shapes)
    discs = shapely.buffer(where, radius, quad_segs=_QUARTER)
    some = discs[:: max(1, len(discs) // 500)]
    met = math.ceil(tree.query(some, predicate="intersects").shape[1] / max(1, len(some)) * len(discs))
    # What each circle shares with an area is a polygon of some sixty corners.
    require_memory({"circles cut by areas": met}, each=1_500, remedy="Use a smaller `radius_m`, or fewer areas.")
    point, other = tree.query(discs, predicate="intersects")
    outside = other != home[point]
    point, other = point[outside], other[outside]
    part = shapely.area(shapely.intersection(discs[point], shapes[other])) / shapely.area(discs[point])
    flows = pd.DataFrame({"home": home[point], "other": other, "events": part * events[point]})
    flows = flows[flows["events"] > 0]
    return flows.groupby(["home", "other"], sort=True)["events"].sum().reset_index()
