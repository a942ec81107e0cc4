"""Nearest-neighbour hierarchical clusters with standard deviational ellipses, as CrimeStat makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import N
from socharm._constraints import Above, Between, OpenShare
from socharm._limits import MAX_PAIRS
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.points.clusters import open_points, places_of
from socharm.severity.points import HarmPoints
from socharm.stats.by_label import positions_by_label
from socharm.stats.nearest_hierarchy import Ellipse, deviational_ellipse, nearest_groups, random_nearest

__all__ = ["NearestClusterSettings", "NearestClusters", "nearest_neighbour_clusters"]

_Ints = NDArray[np.int64]

Threshold = Annotated[float, Above(0, 100_000)]
LeastPoints = Annotated[int, Between(2, 1_000_000_000)]
Orders = Annotated[int, Between(1, 10)]
SquareKilometres = Annotated[float, Above(0, 1e8)]
_FEWEST: Final = 3
_KM2: Final = 1e-6
_COLUMNS: Final = (
    "order", "events", "harm", "members", "x", "y", "major_m", "minor_m", "bearing", "area_km2", "parent",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NearestClusterSettings(Settings):
    """Choices behind nearest-neighbour hierarchical clusters."""

    threshold_m: Threshold | None = setting(
        None, "metres within which a place joins a seed; by random nearest distance"
    )
    nearest_p: OpenShare = setting(0.1, "one-sided, of the random nearest distance; 0.5 is its mean")
    least_points: LeastPoints = setting(10, "events that a cluster of the first order needs")
    least_clusters: LeastPoints = setting(2, "clusters that one of a higher order needs")
    orders: Orders = setting(3, "orders at most: clusters of events, of clusters, of those")
    area_km2: SquareKilometres | None = setting(None, "ground that was looked at; the rectangle round the events")


@dataclass(frozen=True, eq=False, repr=False)
class NearestClusters(Record):
    """Clusters of events that lie within a threshold of a seed, clusters of those, and their ellipses.

    Attributes
    ----------
    table : DataFrame
        Index ``cluster``, through all orders: ``order`` (1 holds events), ``events``, ``harm``, ``members`` (places, or
        clusters of the order below), ``x``, ``y`` (mean centre: of events, or of the centres below), ``major_m``,
        ``minor_m`` (semi-axes of one standard deviation), ``bearing`` (of the longer one, degrees clockwise from
        north), ``area_km2`` (of the ellipse), ``parent`` (cluster of the next order; missing for none).
    ellipses : GeoDataFrame
        The same with ``geometry``; a point or a line where an axis is 0.
    members : DataFrame
        ``x``, ``y``, ``n``, ``weight``, ``cluster`` (of the first order; missing for none): every place read.
    thresholds : Series
        Index ``order``: metres within which a member joined a seed.
    """

    __made_by__ = ("nearest_neighbour_clusters",)

    table: pd.DataFrame
    ellipses: gpd.GeoDataFrame
    members: pd.DataFrame
    thresholds: pd.Series
    settings: NearestClusterSettings
    about: About

    def _summary(self) -> dict[str, str]:
        orders = self.table["order"]
        sizes = {order: int((orders == order).sum()) for order in sorted(orders.unique())}
        lines = {
            f"order {order}": f"{number_of(size, 'cluster')} within {self.thresholds[order]:,.0f} m of a seed"
            for order, size in sizes.items()
        }
        held = self.members.loc[self.members["cluster"].notna(), N].sum()
        lines["events in clusters"] = f"{held:,} of {self.members[N].sum():,}"
        return lines if len(sizes) else {"clusters": "none", **lines}


@checked
def nearest_neighbour_clusters(
    points: HarmPoints | pd.DataFrame,
    *,
    threshold_m: Threshold | None = None,
    nearest_p: OpenShare = 0.1,
    least_points: LeastPoints = 10,
    least_clusters: LeastPoints = 2,
    orders: Orders = 3,
    area_km2: SquareKilometres | None = None,
    settings: NearestClusterSettings | Mapping[str, Any] | None = None,
    crs: str | None = None,
    about: About | None = None,
) -> NearestClusters:
    r"""Nearest-neighbour hierarchical clusters (CrimeStat's Nnh), each with its standard deviational ellipse.

    Parameters
    ----------
    points : HarmPoints or DataFrame
        As of `cluster_points`: ``x``, ``y`` in metres; ``weight`` and ``n`` count 1 when absent.
    threshold_m : float, optional
        Metres within which a place joins a seed. When absent, by the nearest-neighbour distance of as many events
        placed at random on the same ground.
    nearest_p : float
        The mean nearest distance of random events is shorter than the threshold with this probability; 0.5 takes the
        expected distance itself.
    least_points : int
        Events that a cluster of the first order needs.
    least_clusters : int
        Clusters that one of a higher order needs.
    orders : int
        Orders at most. Clusters of one order are the points of the next, with a threshold of their own.
    area_km2 : float, optional
        The ground that was looked at; the rectangle round the events when absent, as CrimeStat has it.
    settings : NearestClusterSettings or mapping, optional
        Choices of other clusters, for what is not stated by keyword.
    crs : str, optional
        System of a DataFrame's coordinates; the British National Grid when absent.
    about : About, optional

    Returns
    -------
    NearestClusters

    Raises
    ------
    SchemaError
        Fewer than three events, all of them at one place, or a column that holds something else.
    CRSError
        Coordinates in degrees.
    ParameterError
        Too many pairs of places within the threshold.

    Notes
    -----
    Places are taken by falling numbers of events within the threshold; one without a cluster is a seed and takes all
    places without one within the threshold. Semi-axes are :math:`\sqrt{2 \lambda / (N - 2)}`, so that an ellipse holds
    some two thirds of its events. A random threshold is that of an even spread over the ground: where people live in
    a few towns, most events lie closer than that, and clusters are of people as much as of crime.

    References
    ----------
    Levine, N. (2013). *CrimeStat IV*, chapters 4 and 7. Washington, DC: National Institute of Justice. Clark, P.J. and
    Evans, F.C. (1954). Distance to nearest neighbor as a measure of spatial relationships in populations. *Ecology* 35.

    Examples
    --------
    >>> heap = pd.DataFrame({"x": [400_000, 400_010, 400_020, 409_000], "y": [300_000, 300_010, 300_000, 309_000]})
    >>> nearest_neighbour_clusters(heap, threshold_m=50, least_points=3).table["events"].tolist()
    [3]
    """
    chosen = NearestClusterSettings.of(settings)
    if isinstance(points, pd.DataFrame) and "weight" not in points.columns:
        points = points.assign(weight=1.0)
    events, system, stated = open_points(points, crs, about)
    places = places_of(events)
    total = int(places[N].sum())
    if total < _FEWEST or len(places) == 1:
        held = f"{number_of(total, 'event')} at {number_of(len(places), 'place')}"
        raise SchemaError(f"`points` has {held}; clusters need at least {_FEWEST} events at several places.")
    width, height = float(np.ptp(places["x"])), float(np.ptp(places["y"]))
    area = chosen.area_km2 / _KM2 if chosen.area_km2 is not None else width * height
    if area <= 0:
        raise SchemaError("`points` lie on one line, so that the rectangle round them has no area. State `area_km2`.")
    found = _Hierarchy(places, chosen, area)
    table, shapes = found.table()
    ellipses = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, index=table.index, crs=system), crs=system)
    group = pd.Series(found.groups[0]) if found.groups else pd.Series(-1, index=range(len(places)))
    members = places.assign(cluster=(group + 1).where(group >= 0).astype("Int64").to_numpy())
    thresholds = pd.Series(found.thresholds, index=range(1, len(found.thresholds) + 1), dtype=float, name="metres")
    return NearestClusters(
        table=table,
        ellipses=ellipses,
        members=members,
        thresholds=thresholds.rename_axis("order"),
        settings=chosen,
        about=stated,
    )


class _Hierarchy:
    """Orders of clusters, as far as they go."""

    def __init__(self, places: pd.DataFrame, chosen: NearestClusterSettings, area: float) -> None:
        self.groups: list[_Ints] = []
        self.thresholds: list[float] = []
        self.rows: list[dict[str, Any]] = []
        self.shapes: list[Any] = []
        x, y = places["x"].to_numpy(dtype=float), places["y"].to_numpy(dtype=float)
        n, harm, events = places[N].to_numpy(np.int64), places["weight"].to_numpy(dtype=float), places[N].to_numpy()
        below = 0
        for order in range(1, chosen.orders + 1):
            limit = self._limit(chosen, order, int(n.sum()), area)
            least = chosen.least_points if order == 1 else chosen.least_clusters
            _require_pairs(x, y, limit)
            group = nearest_groups(x, y, n, threshold=limit, least=least)
            if group.max(initial=-1) < 0:
                break
            self.groups.append(group)
            self.thresholds.append(limit)
            above = len(self.rows)
            for at in range(below, above if order > 1 else 0):
                self.rows[at]["parent"] = above + 1 + group[at - below] if group[at - below] >= 0 else pd.NA
            for inside in positions_by_label(group, int(group.max()) + 1):
                found = deviational_ellipse(x[inside], y[inside], n[inside])
                self._add(found, order, (int(events[inside].sum()), float(harm[inside].sum()), len(inside)))
            below = above
            made = self.rows[above:]
            x, y = (np.array([row[axis] for row in made]) for axis in ("x", "y"))
            n, events = np.ones(len(made), dtype=np.int64), np.array([row["events"] for row in made])
            harm = np.array([row["harm"] for row in made])
            if len(made) < max(chosen.least_clusters, 2):
                break

    @staticmethod
    def _limit(chosen: NearestClusterSettings, order: int, points: int, area: float) -> float:
        """The stated threshold is of events; clusters of clusters have that of as many random points."""
        if order == 1 and chosen.threshold_m is not None:
            return float(chosen.threshold_m)
        return random_nearest(points, area, chosen.nearest_p)

    def _add(self, found: Ellipse, order: int, held: tuple[int, float, int]) -> None:
        events, harm, members = held
        self.rows.append(
            {
                "order": order,
                "events": events,
                "harm": harm,
                "members": members,
                "x": found.x,
                "y": found.y,
                "major_m": found.major,
                "minor_m": found.minor,
                "bearing": found.bearing,
                "area_km2": np.pi * found.major * found.minor * _KM2,
                "parent": pd.NA,
            }
        )
        if found.minor > 0:
            self.shapes.append(shapely.Polygon(found.outline()))
        elif found.major > 0:
            self.shapes.append(shapely.LineString(found.outline(2)))
        else:
            self.shapes.append(shapely.Point(found.x, found.y))

    def table(self) -> tuple[pd.DataFrame, list[Any]]:
        index = pd.RangeIndex(1, len(self.rows) + 1, name="cluster")
        made = pd.DataFrame(self.rows, columns=list(_COLUMNS), index=index)
        whole = dict.fromkeys(("order", "events", "members"), "int64")
        return made.astype({**whole, "parent": "Int64"}), self.shapes


def _require_pairs(x: Any, y: Any, limit: float) -> None:
    """Stop before a threshold that pairs most places with most others."""
    some = np.column_stack([x, y])
    pairs = int(
        scipy.spatial.cKDTree(some).count_neighbors(scipy.spatial.cKDTree(some[:: max(1, len(some) // 500)]), limit)
    )
    if pairs * max(1, len(some) // 500) > MAX_PAIRS:
        raise ParameterError(
            f"More than {MAX_PAIRS:,} pairs of places lie within {limit:,.0f} m of each other. Give a smaller "
            "`threshold_m`, or state the `area_km2` that was looked at."
        )
