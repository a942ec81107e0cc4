"""Clusters of events that are dense in space and time at once: DBSCAN with a reach in metres and one in days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Above, CountFrom1, Crs, NotNegative
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.hotspots.points.clusters import outline
from socharm.hotspots.points.dated_events import DatedEvents, EventColumns, dated_events
from socharm.hotspots.points.event_days import first_dates
from socharm.hotspots.points.heat_record import MINIMUM_EVENTS
from socharm.stats.by_label import positions_by_label
from socharm.stats.dbscan import dbscan_places
from socharm.stats.near_pairs import band_edges, cell_order, near_pairs

__all__ = ["SpaceTimeClusterSettings", "SpaceTimeClusters", "cluster_space_time"]

_Ints = NDArray[np.int64]

Closeness = Annotated[float, Above(0, 100_000)]


@dataclass(frozen=True, kw_only=True)
class SpaceTimeClusterSettings(EventColumns):
    """Choices behind clusters in space and time."""

    distance: Closeness = setting(200.0, "metres within which two events are neighbours, the end included")
    within_days: NotNegative = setting(14.0, "days within which they are, the end included")
    min_events: CountFrom1 = setting(5, "neighbours, itself counted, that make an event core")
    minimum_events: CountFrom1 = setting(
        MINIMUM_EVENTS, "clusters with fewer events are counted, not shown", recipe=False
    )
    weight: str | None = setting(None, "column of the harm of each event", recipe=False)


@dataclass(frozen=True, eq=False, repr=False)
class SpaceTimeClusters(Record):
    """Clusters of events in space and time, from the most events.

    Attributes
    ----------
    table : DataFrame
        Index ``cluster`` (1 has the most events, or the most harm where a weight was asked for): ``events``, ``core``,
        ``harm``, ``first``, ``last`` (days), ``span_days``, ``places``, ``x``, ``y`` (mean centre), ``radius_m``
        (to the event farthest from it).
    polygons : GeoDataFrame
        The same with ``geometry``: the ground within ``distance`` of the core events, drawn back by half.
    members : DataFrame
        Index: labels of the given table, in its order. ``cluster`` (missing for noise, and in clusters that are not
        shown), ``core``, ``date``, ``x``, ``y``.
    set_aside : Series
        Rows without a day or a place, by reason.
    facts : Series
        Events, events in clusters, clusters with too few events.
    """

    __made_by__ = ("cluster_space_time",)

    table: pd.DataFrame
    polygons: gpd.GeoDataFrame
    members: pd.DataFrame
    set_aside: pd.Series
    facts: pd.Series
    settings: SpaceTimeClusterSettings
    about: About

    def _summary(self) -> dict[str, str]:
        s, facts = self.settings, self.facts
        hidden = int(facts["clusters with too few events"])
        return {
            "clusters": f"{len(self.table):,} shown, {hidden:,} too small to show",
            "rule": f"at least {number_of(s.min_events, 'event')} within {s.distance:g} m and {s.within_days:g} days",
            "events": f"{facts['events in clusters']:,.0f} of {facts['events']:,.0f} in clusters",
        }


@checked
def cluster_space_time(
    events: pd.DataFrame,
    *,
    distance: Closeness = 200.0,
    within_days: NotNegative = 14.0,
    min_events: CountFrom1 = 5,
    minimum_events: CountFrom1 = MINIMUM_EVENTS,
    weight: str | None = None,
    x: str = "x",
    y: str = "y",
    date: str = "date",
    settings: SpaceTimeClusterSettings | Mapping[str, Any] | None = None,
    crs: Crs | None = None,
    about: About | None = None,
) -> SpaceTimeClusters:
    """Space-time DBSCAN: clusters of events that lie dense in metres and in days.

    Parameters
    ----------
    events, x, y, date, crs, about
        As of `knox`; one event will do.
    distance : float
        Metres (Euclidean) within which two events are neighbours, the end included.
    within_days : float
        Days within which they are, the end included.
    min_events : int
        Neighbours, itself counted, that make an event core.
    minimum_events : int
        Clusters with fewer events are counted, not shown.
    weight : str, optional
        Column of the harm of each event; its sum by cluster is listed, and decides the order.
    settings : SpaceTimeClusterSettings or mapping, optional
        Choices of other clusters, for what is not stated by keyword.

    Returns
    -------
    SpaceTimeClusters
        Without any cluster the tables are empty and the facts say so.

    Raises
    ------
    SchemaError
        Months in place of days (a month is not a day), no event, a column that is missing or holds something else.
    ParameterError
        More than 120 million neighbours.
    CRSError
        Longitude and latitude.

    Notes
    -----
    Neighbours must be near in both; there is no third reach of another attribute. A border event that several clusters
    reach goes to the one whose first core event comes first in the order of x, y and day.

    References
    ----------
    Birant, D. and Kut, A. (2007). ST-DBSCAN: an algorithm for clustering spatial-temporal data. *Data & Knowledge
    Engineering* 60, 208-221.
    """
    chosen = SpaceTimeClusterSettings.of(settings)
    read = dated_events(events, chosen, reach=chosen.distance, crs=crs, about=about, weight=chosen.weight, fewest=1)
    back = np.lexsort((read.weight, read.days, read.y, read.x))
    placed = read.ordered(back)
    labels, core = dbscan_places(_near(placed, chosen), np.ones(back.size), chosen.min_events)
    return _record(read, placed, (labels, core), back, chosen)


def _near(events: DatedEvents, chosen: SpaceTimeClusterSettings) -> scipy.sparse.csr_matrix:
    """Neighbours of each event, itself included."""
    limits = band_edges(np.array([0.0, chosen.distance]), closed="right", whole=False)
    order, cells, width = cell_order(events.x, events.y, events.days, events.weight, reach=float(limits[-1]))
    put = events.ordered(order)
    grid = (cells, width)
    pairs = near_pairs(put.x, put.y, put.days, grid=grid, edges=limits, manhattan=False, longest=chosen.within_days)
    one, other, self_ = order[pairs.first], order[pairs.second], np.arange(order.size)
    rows, columns = np.concatenate([one, other, self_]), np.concatenate([other, one, self_])
    near = scipy.sparse.csr_matrix((np.ones(rows.size, dtype=np.int8), (rows, columns)), shape=(order.size,) * 2)
    near.sort_indices()
    return near


def _record(
    read: DatedEvents,
    events: DatedEvents,
    found: tuple[_Ints, NDArray[np.bool_]],
    order: _Ints,
    chosen: SpaceTimeClusterSettings,
) -> SpaceTimeClusters:
    labels, core = found
    held = pd.DataFrame(
        {
            "label": labels,
            "core": core,
            "date": first_dates(events.days, dated=events.dated).array,
            "x": events.x,
            "y": events.y,
            "days": events.days,
            "harm": events.weight,
        },
        index=events.rows,
    )
    inside = held[labels >= 0]
    grouped = inside.groupby("label", sort=True)
    sums = pd.DataFrame({"events": grouped.size(), "core": grouped["core"].sum(), "harm": grouped["harm"].sum()})
    sums["first"], sums["last"] = grouped["date"].min(), grouped["date"].max()
    sums["span_days"] = grouped["days"].max() - grouped["days"].min()
    sums["places"] = inside.drop_duplicates(["label", "x", "y"]).groupby("label").size()
    sums["x"], sums["y"] = grouped["x"].mean(), grouped["y"].mean()
    away = inside[["x", "y"]] - sums.loc[inside["label"], ["x", "y"]].to_numpy()
    gap = pd.Series(np.hypot(away["x"].to_numpy(), away["y"].to_numpy()))
    sums["radius_m"] = gap.groupby(inside["label"].to_numpy()).max()
    shown = sums[sums["events"] >= chosen.minimum_events]
    by = ["harm" if chosen.weight is not None else "events", "events"]
    shown = shown.sort_values(by, ascending=False, kind="stable")
    number = pd.Series(range(1, len(shown) + 1), index=shown.index, dtype="Int64")
    xy = held[["x", "y"]].to_numpy(dtype=float)
    of_core = positions_by_label(np.where(core, labels, -1), len(sums))
    shapes = [outline(xy[of_core[label]], chosen.distance, "dbscan") for label in shown.index]
    table = shown.set_index(pd.RangeIndex(1, len(shown) + 1, name="cluster"))
    if chosen.weight is None:
        table = table.drop(columns="harm")
    members = held[["core", "date", "x", "y"]]
    members.insert(0, "cluster", held["label"].map(number).astype("Int64"))
    facts = {
        "events": float(len(held)),
        "events in clusters": float(members["cluster"].notna().sum()),
        "clusters with too few events": float(len(sums) - len(shown)),
    }
    system = events.crs or None
    return SpaceTimeClusters(
        table=table,
        polygons=gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, index=table.index, crs=system), crs=system),
        members=members.iloc[np.argsort(order)],
        set_aside=read.set_aside,
        facts=pd.Series(facts, name="value").rename_axis("fact"),
        settings=chosen,
        about=read.about,
    )
