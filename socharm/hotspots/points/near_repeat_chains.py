"""Chains of near repeats: events that lie near each other in space and time, and those near to them, and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

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
from socharm.hotspots.points.bands import Metric
from socharm.hotspots.points.dated_events import DatedEvents, EventColumns, dated_events
from socharm.hotspots.points.event_days import first_dates
from socharm.stats.near_pairs import band_edges, cell_order, near_pairs

__all__ = ["ChainSettings", "NearRepeatChains", "near_repeat_chains"]

_Ints = NDArray[np.int64]

#: Metres, or the unit of the table, within which events are near.
Closeness = Annotated[float, Above(0, 1e9)]
_COLUMNS = ("events", "first", "last", "span_days", "places", "originator", "x", "y", "on_first_day", "links", "harm")


@dataclass(frozen=True, kw_only=True)
class ChainSettings(EventColumns):
    """Choices behind chains of near repeats."""

    distance: Closeness = setting(200.0, "metres within which two events are linked, the end included")
    within_days: NotNegative = setting(14.0, "days within which two events are linked, the end included")
    metric: Metric = setting("manhattan", 'distance along the axes of the map; or "euclidean", as the crow flies')
    least_events: CountFrom1 = setting(2, "chains of fewer events are not listed", recipe=False)
    weight: str | None = setting(None, "column of the harm of each event", recipe=False)


@dataclass(frozen=True, eq=False, repr=False)
class NearRepeatChains(Record):
    """Chains of linked events, each with the event that came first.

    Attributes
    ----------
    table : DataFrame
        Index ``chain``, numbered by first day; chains of at least ``least_events`` events. ``events``, ``first`` and
        ``last`` (days), ``span_days`` (last less first), ``places``, ``originator`` (label of the first event in the
        given table), ``x``, ``y`` (of it), ``on_first_day`` (events of the first day: of several the originator is the
        first in the order of x and y, which is no evidence), ``links`` (linked pairs), and ``harm`` where asked for.
    members : DataFrame
        Index: labels of the given table, in its order. ``chain`` (every event has one, alone where it has no link),
        ``originator`` (whether it is one), ``date``, ``x``, ``y``, ``links`` (events that it is linked with).
    links : DataFrame
        ``first``, ``second`` (labels, the earlier one first), ``distance``, ``days``, ``chain``.
    set_aside : Series
        Rows without a day or a place, by reason.
    facts : Series
        Events, events with a link, chains, the longest one.
    """

    __made_by__ = ("near_repeat_chains",)

    table: pd.DataFrame
    members: pd.DataFrame
    links: pd.DataFrame
    set_aside: pd.Series
    facts: pd.Series
    settings: ChainSettings
    about: About

    def _summary(self) -> dict[str, str]:
        s, facts = self.settings, self.facts
        return {
            "chains": f"{len(self.table):,} of at least {number_of(s.least_events, 'event')}",
            "links": f"within {s.distance:g} m ({s.metric}) and {s.within_days:g} days",
            "events": f"{facts['events']:,.0f}, {facts['events with a link']:,.0f} with a link",
            "longest": f"{number_of(int(facts['events of the longest chain']), 'event')}",
        }


@checked
def near_repeat_chains(
    events: pd.DataFrame,
    *,
    distance: Closeness = 200.0,
    within_days: NotNegative = 14.0,
    metric: Metric = "manhattan",
    least_events: CountFrom1 = 2,
    weight: str | None = None,
    x: str = "x",
    y: str = "y",
    date: str = "date",
    settings: ChainSettings | Mapping[str, Any] | None = None,
    crs: Crs | None = None,
    about: About | None = None,
) -> NearRepeatChains:
    """Chains of events, each linked with one that is near in space and in time, and the originator of each chain.

    Parameters
    ----------
    events, x, y, date, crs, about
        As of `knox`; one event will do.
    distance : float
        Metres within which two events are linked, the end included.
    within_days : float
        Days within which they are linked, the end included.
    metric : {"manhattan", "euclidean"}
        Distance along the axes of the map, or as the crow flies.
    least_events : int
        Shorter chains are in ``members`` only.
    weight : str, optional
        Column of the harm of each event; its sum by chain is listed.
    settings : ChainSettings or mapping, optional
        Choices of other chains, for what is not stated by keyword.

    Returns
    -------
    NearRepeatChains

    Raises
    ------
    SchemaError
        Months in place of days (a month is not a day), no event, a column that is missing or holds something else.
    ParameterError
        More than 120 million linked pairs.
    CRSError
        Longitude and latitude.

    Notes
    -----
    Connected components of the graph of links: the two ends of a chain may lie far apart. A chain says that events
    are near each other, not that one led to the next; in a busy street chance makes chains too (`knox` tells how many
    near pairs are more than that).

    References
    ----------
    Wheeler, A.P., Riddell, J.R. and Haberman, C.P. (2021). Breaking the chain: how arrests reduce the probability of
    near repeat crimes. *Criminal Justice Review* 46, 236-258. Haberman, C.P. and Ratcliffe, J.H. (2012). The predictive
    policing challenges of near repeat armed street robberies. *Policing* 6, 151-166.

    Examples
    --------
    >>> table = pd.DataFrame({"x": [1, 2, 3, 4, 5], "y": 0, "date": [0, 0, 0, 4, 4]})
    >>> near_repeat_chains(table, distance=2, within_days=1).members["chain"].tolist()
    [1, 1, 1, 2, 2]
    """
    chosen = ChainSettings.of(settings)
    read = dated_events(events, chosen, reach=chosen.distance, crs=crs, about=about, weight=chosen.weight, fewest=1)
    limits = band_edges(np.array([0.0, chosen.distance]), closed="right", whole=False)
    order, cells, width = cell_order(read.x, read.y, read.days, read.weight, reach=float(limits[-1]))
    placed = read.ordered(order)
    pairs = near_pairs(
        placed.x,
        placed.y,
        placed.days,
        grid=(cells, width),
        edges=limits,
        manhattan=chosen.metric == "manhattan",
        longest=chosen.within_days,
    )
    one, other = pairs.first.astype(np.int64), pairs.second.astype(np.int64)
    graph = scipy.sparse.csr_matrix((np.ones(one.size, dtype=np.int8), (one, other)), shape=(order.size, order.size))
    found = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    chain, lead = _numbered(found, placed)
    degree = np.bincount(one, minlength=order.size) + np.bincount(other, minlength=order.size)
    members = pd.DataFrame(
        {
            "chain": chain,
            "originator": lead,
            "date": first_dates(placed.days, dated=placed.dated).array,
            "x": placed.x,
            "y": placed.y,
            "links": degree,
        },
        index=placed.rows,
    )
    links = _links(placed, one, other, chain, chosen)
    table = _chains(members, placed, links, chosen)
    back = np.argsort(order)
    facts = pd.Series(
        {
            "events": float(order.size),
            "events with a link": float((degree > 0).sum()),
            "chains": float(len(table)),
            "events of the longest chain": float(np.bincount(chain).max()),
        },
        name="value",
    ).rename_axis("fact")
    return NearRepeatChains(
        table=table,
        members=members.iloc[back],
        links=links,
        set_aside=read.set_aside,
        facts=facts,
        settings=chosen,
        about=read.about,
    )


def _numbered(found: NDArray[Any], events: DatedEvents) -> tuple[_Ints, NDArray[np.bool_]]:
    """Chains from 1 by first day, and the first event of each; equals in the order of x, y."""
    order = np.lexsort((events.y, events.x, events.days))
    _, at, place = np.unique(found[order], return_index=True, return_inverse=True)
    number = np.empty(at.size, dtype=np.int64)
    number[np.argsort(at)] = np.arange(1, at.size + 1)
    chain, lead = np.empty(order.size, dtype=np.int64), np.zeros(order.size, dtype=bool)
    chain[order] = number[place]
    lead[order[at]] = True
    return chain, lead


def _links(events: DatedEvents, one: _Ints, other: _Ints, chain: _Ints, chosen: ChainSettings) -> pd.DataFrame:
    later = events.days[one] > events.days[other]
    first, second = np.where(later, other, one), np.where(later, one, other)
    dx, dy = np.abs(events.x[first] - events.x[second]), np.abs(events.y[first] - events.y[second])
    table = pd.DataFrame(
        {
            "first": events.rows[first],
            "second": events.rows[second],
            "distance": dx + dy if chosen.metric == "manhattan" else np.hypot(dx, dy),
            "days": events.days[second] - events.days[first],
            "chain": chain[first],
        }
    )
    order = np.lexsort((second, first, events.days[second], events.days[first], table["chain"].to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def _chains(members: pd.DataFrame, events: DatedEvents, links: pd.DataFrame, chosen: ChainSettings) -> pd.DataFrame:
    held = members.assign(days=events.days, harm=events.weight, row=members.index)
    grouped = held.groupby("chain", sort=True)
    lead = held[held["originator"].to_numpy()].set_index("chain").sort_index()
    table = pd.DataFrame({"events": grouped.size(), "first": lead["date"], "last": grouped["date"].max()})
    table["span_days"] = grouped["days"].max() - grouped["days"].min()
    table["places"] = held.drop_duplicates(["chain", "x", "y"]).groupby("chain").size()
    table["originator"], table["x"], table["y"] = lead["row"], lead["x"], lead["y"]
    starts = held["days"] == grouped["days"].transform("min")
    table["on_first_day"] = held[starts.to_numpy()].groupby("chain").size()
    table["links"] = links.groupby("chain").size().reindex(table.index, fill_value=0)
    table["harm"] = grouped["harm"].sum()
    kept = [name for name in _COLUMNS if name != "harm" or chosen.weight is not None]
    result: pd.DataFrame = table.loc[table["events"] >= chosen.least_events, kept]
    return result
