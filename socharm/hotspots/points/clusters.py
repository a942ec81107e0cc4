"""Clusters of harm points: where events lie densely, whatever the boundaries of areas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns, require_finite
from socharm._columns import OFFENCE, N
from socharm._constraints import Above, Between, CountFrom1, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.points.cluster_labels import event_mass, label_places, pairs_within, stability_of
from socharm.hotspots.points.event_numbers import event_numbers
from socharm.hotspots.points.heat_record import MINIMUM_EVENTS
from socharm.io.crs import require_metric
from socharm.io.metres import require_metres, require_true_scale
from socharm.severity.points import HarmPoints
from socharm.stats.by_label import positions_by_label

__all__ = [
    "ClusterFindings",
    "ClusterSettings",
    "PointClusters",
    "cluster_points",
    "open_points",
    "outline",
    "places_of",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Reach of a core place: about two minutes on foot.
DEFAULT_REACH: Final = 200.0
Reach: TypeAlias = Annotated[float, Above(0, 100_000)]
#: Bootstrap samples of events.
Resamples: TypeAlias = Annotated[int, Between(0, 10_000)]
#: Up to so many places, one cluster of everything costs nothing.
_FEW_PLACES: Final = 200

_LEAST: Final = 10
_CORE_SHARE: Final = 0.2
_KM2: Final = 1e-6


@dataclass(frozen=True, kw_only=True)
class ClusterSettings(Settings):
    """Choices behind clusters of points. ``[clusters]`` of a recipe."""

    method: Literal["dbscan", "hdbscan"] = setting("dbscan", "or hdbscan, which finds its own reach in each cluster")
    eps: Reach | None = setting(None, f"reach of dbscan in metres; {DEFAULT_REACH:g} when absent", example=200.0)
    min_events: CountFrom1 | None = setting(
        None, "events within reach that make a place part of a cluster; by a stated rule when absent", example=50
    )
    by: Literal["events", "harm"] = setting("events", 'what counts towards min_events: or "harm"')
    resamples: Resamples = setting(25, "samples of events behind the stability of each cluster; 0 leaves it out")
    minimum_events: CountFrom1 = setting(
        MINIMUM_EVENTS, "clusters with fewer events are counted, not shown", recipe=False
    )
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.method == "hdbscan" and self.eps is not None:
            yield "`eps` is for method='dbscan': HDBSCAN finds its own reach. Leave `eps` out."
        if self.method == "hdbscan" and self.by == "harm":
            yield "`by='harm'` needs method='dbscan': HDBSCAN counts events."


@dataclass(frozen=True, kw_only=True)
class ClusterFindings:
    """What clusters were found with: the reach in metres (none of HDBSCAN), the least events and the rule of them."""

    eps_m: float | None
    min_events: int
    min_events_rule: str


@dataclass(frozen=True, eq=False, repr=False)
class PointClusters(Record):
    """Dense clusters of events as polygons, from the most harm.

    Attributes
    ----------
    polygons : GeoDataFrame
        Index ``rank`` (1 has the most harm); ``harm``, ``events``, ``places``, ``area_km2``, ``harm_per_km2``,
        ``share_harm`` (of all harm), ``stability`` (mean over resamples of the best match, 1 is the same cluster
        every time), ``top_offence`` (most harm; missing where `points` do not say), ``geometry``.
        Clusters with fewer than ``minimum_events`` events are counted, not shown.
    members : DataFrame
        ``x``, ``y``, ``n``, ``weight``, ``rank`` (missing for noise): every place read.
    table : DataFrame
        `polygons` without the geometry.
    facts : Series
        Events and harm in clusters and outside, clusters hidden.
    """

    __made_by__ = ("cluster_points",)

    polygons: gpd.GeoDataFrame
    members: pd.DataFrame
    table: pd.DataFrame
    facts: pd.Series
    settings: ClusterSettings
    about: About
    findings: ClusterFindings

    @property
    def held(self) -> str:
        """What the weights are: ``"events"`` where each counts as one, else ``"harm"``."""
        return self.about.held

    def _summary(self) -> dict[str, str]:
        facts, settings = self.facts, self.settings
        hidden = int(facts["clusters with too few events"])
        none = "" if len(self.table) or hidden else " (the rule finds none in these data)"
        return {
            "clusters": f"{len(self.table):,} shown, {hidden:,} too small to show{none}",
            "rule": _rule(settings, self.findings),
            f"{self.held} in clusters": f"{facts['harm in clusters'] / facts['harm']:.0%} of "
            + ("them" if self.held == "events" else "it")
            if facts["harm"] > 0
            else "none",
        }


@checked
def cluster_points(
    points: HarmPoints | pd.DataFrame,
    *,
    method: Literal["dbscan", "hdbscan"] = "dbscan",
    eps: Reach | None = None,
    min_events: CountFrom1 | None = None,
    by: Literal["events", "harm"] = "events",
    minimum_events: CountFrom1 = MINIMUM_EVENTS,
    resamples: Resamples = 25,
    seed: Seed | None = None,
    settings: ClusterSettings | Mapping[str, Any] | None = None,
    crs: str | None = None,
    about: About | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> PointClusters:
    """Density-based clusters of events, as polygons ranked by harm, with how stable each is.

    Parameters
    ----------
    points : HarmPoints or DataFrame
        ``x``, ``y`` in metres, ``weight`` (harm of the row), ``n`` (its events; 1 when absent) and, for
        ``top_offence``, ``offence`` (a record has its own table of them). Rows at one place are added up.
    method : {"dbscan", "hdbscan"}
        HDBSCAN finds its own reach in each cluster; it takes at most 60,000 distinct places, each with its events.
    eps : float, optional
        Reach of DBSCAN in metres; 200 when absent. Not for HDBSCAN.
    min_events : int, optional
        Events within reach that make a place core (DBSCAN), or the least events of a cluster (HDBSCAN); a place
        counts itself. When absent, for DBSCAN: the number that the fifth of all events with the densest surroundings
        have within reach; for HDBSCAN a two-hundredth of the events; at least 10.
    by : {"events", "harm"}
        What makes a place core: its events, or its harm in units of the mean event (DBSCAN only).
    minimum_events : int
        Clusters with fewer events are not shown: a lone serious event is an address.
    resamples : int
        Bootstrap samples of events behind ``stability``; 0 leaves it missing.
    seed : int
        To be stated here or in `settings`.
    settings : ClusterSettings or mapping, optional
        Choices of other clusters, for what is not stated by keyword.
    crs : str, optional
        System of a DataFrame's coordinates; a record states its own.
    about : About, optional
    progress : callable, optional
        Called as ``progress(step, number, of)`` before the clusters are found and before each resample.

    Returns
    -------
    PointClusters
        Without any cluster the tables are empty and the facts say so.

    Raises
    ------
    SchemaError
        A column is missing; a coordinate, weight or ``n`` is missing, infinite, negative or (``n``) below 1; no row.
    CRSError
        Coordinates in degrees, whatever `crs` says, or of a place where the metres of `crs` are none.
    ParameterError
        A choice is unknown or not above zero, too many pairs within reach, or too many places for HDBSCAN.

    Notes
    -----
    Places within `eps` of a place count with all their events. A polygon is the ground within `eps` of the core
    places, drawn back by half of that. Border places go to the cluster of their first core place in the order of x, y.
    Stability: events are drawn again (multinomial), clustered again, and each cluster is compared with the best match
    by the Jaccard index over its events.

    References
    ----------
    Ester, M., Kriegel, H.-P., Sander, J., Xu, X. (1996). A density-based algorithm for discovering clusters. KDD-96.
    Campello, R. J. G. B., Moulavi, D., Sander, J. (2013). Density-based clustering based on hierarchical density
    estimates. PAKDD 2013. Hennig, C. (2007). Cluster-wise assessment of cluster stability. CSDA 52, 258-271.
    """
    chosen = ClusterSettings.of(settings)
    events, found_crs, stated = open_points(points, crs, about)
    places = places_of(events)
    reach = DEFAULT_REACH if chosen.eps is None else chosen.eps
    xy = places[["x", "y"]].to_numpy(dtype=float)
    near = pairs_within(xy, reach) if chosen.method == "dbscan" else None
    _require_apart(near, reach)
    needed, rule = _min_events(chosen.min_events, places, near)
    findings = ClusterFindings(
        eps_m=reach if chosen.method == "dbscan" else None, min_events=needed, min_events_rule=rule
    )
    tell = progress or _silent
    tell("clusters", 1, 1 + chosen.resamples)
    n = places[N].to_numpy(dtype=np.int64)
    labels, core = label_places(xy, near, event_mass(places, chosen.by), n, needed)
    per_event = places["weight"].to_numpy(dtype=float) / n

    def label_again(drawn: _Ints) -> _Ints:
        mass = event_mass(places.assign(n=drawn, weight=per_event * drawn), chosen.by)
        return label_places(xy, near, mass, drawn, needed)[0]

    stability = stability_of(labels, n, label_again, resamples=chosen.resamples, seed=chosen.seed, tell=tell)
    found = _Found(places, labels, core, stability, reach, found_crs)
    record = _record(found, chosen, findings, stated)
    return _with_top_offence(record, _known_offences(points, events))


def _known_offences(points: HarmPoints | pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Harm by place and offence: a record's own table where it has one, the rows as given otherwise."""
    if isinstance(points, pd.DataFrame):
        return events
    return points.by_offence.assign(offence=points.by_offence[OFFENCE].astype("string"))


def open_points(
    points: HarmPoints | pd.DataFrame, crs: str | None, about: About | None
) -> tuple[pd.DataFrame, str, About]:
    """Events in one order, with their harm and number, the system of their coordinates, and what is stated of them."""
    if isinstance(points, pd.DataFrame):
        table, system, stated = points, crs or "EPSG:27700", about or About()
    else:
        table, system, stated = points.table, str(points.crs), about or points.about
    require_columns(table, ["x", "y", "weight", *table.columns.intersection([N, OFFENCE])], name="points")
    if table.empty:
        raise SchemaError("`points` has no rows. Check the period and the offences that carry a weight.")
    for column in ("x", "y"):
        require_finite(table[column], name=f"points.{column}")
    require_finite(table["weight"], name="points.weight", minimum=0)
    if not table["weight"].any():
        raise SchemaError(
            "`points.weight` is 0 in every row, so that no cluster holds any harm. Give 1 for each event."
        )
    frame = table[["x", "y", "weight"]].astype(float)
    frame[N] = event_numbers(table)
    frame[OFFENCE] = table[OFFENCE].astype("string") if OFFENCE in table.columns else pd.NA
    require_metric(system, name="points.crs" if crs is None else "crs", remedy="Use points of a metric system.")
    require_metres(frame["x"], frame["y"], name="points")
    require_true_scale(system, frame["x"], frame["y"], name="points")
    # In one order, so that sums do not hang on the order of rows.
    return frame.sort_values(["x", "y", OFFENCE, "weight", N], ignore_index=True), system, stated


def places_of(events: pd.DataFrame) -> pd.DataFrame:
    """Distinct places sorted by x, y, each with its events and harm."""
    return events.groupby(["x", "y"], sort=True, as_index=False).agg(weight=("weight", "sum"), n=(N, "sum"))


def _require_apart(near: scipy.sparse.csr_matrix | None, reach: float) -> None:
    """Stop where most places lie within reach of most others: that tells nothing apart, and outlines take hours."""
    if near is not None and near.shape[0] > _FEW_PLACES and near.nnz > near.shape[0] ** 2 / 2:
        raise ParameterError(
            f"`eps` is {reach:g} m, within which most of the {number_of(near.shape[0], 'place')} have most of the "
            f"others: there would be one cluster of everything. Give a smaller one, such as {DEFAULT_REACH:g}."
        )


def _min_events(given: int | None, places: pd.DataFrame, near: scipy.sparse.csr_matrix | None) -> tuple[int, str]:
    if given is not None:
        return int(given), "given"
    n = places[N].to_numpy(dtype=np.int64)
    if near is None:
        return max(_LEAST, -(-int(n.sum()) // 200)), f"a two-hundredth of the events, at least {_LEAST}"
    # Cumulated whole numbers, so the rule does not hang on the order of a sum.
    running = np.concatenate([[0], np.cumsum(n[near.indices])])
    within = running[near.indptr[1:]] - running[near.indptr[:-1]]
    order = np.argsort(within, kind="stable")
    at = int(np.searchsorted(np.cumsum(n[order]), (1 - _CORE_SHARE) * n.sum()))
    needed = int(within[order[min(at, len(order) - 1)]])
    return max(_LEAST, needed), f"what the densest {_CORE_SHARE:.0%} of events have within reach, at least {_LEAST}"


def _silent(step: str, number: int, of: int) -> None:
    """Nobody asked for progress."""


@dataclass(frozen=True, eq=False)
class _Found:
    """Places with their cluster, whether they are core ones, the stability of clusters, and the reach in metres."""

    places: pd.DataFrame
    labels: _Ints
    core: NDArray[np.bool_]
    stability: _Floats
    reach: float
    crs: str


def _record(found: _Found, settings: ClusterSettings, findings: ClusterFindings, about: About) -> PointClusters:
    places, labels = found.places, found.labels
    clusters = int(labels.max(initial=-1)) + 1
    inside = labels >= 0
    harm, n = places["weight"].to_numpy(dtype=float), places[N].to_numpy(dtype=np.int64)
    sums = pd.DataFrame(
        {
            "harm": np.bincount(labels[inside], weights=harm[inside], minlength=clusters),
            "events": np.bincount(labels[inside], weights=n[inside], minlength=clusters).astype("int64"),
            "places": np.bincount(labels[inside], minlength=clusters),
            "stability": found.stability,
        }
    )
    shown = sums[sums["events"] >= settings.minimum_events]
    order = shown.sort_values("harm", ascending=False, kind="stable").index.to_numpy()
    rank = np.full(clusters, -1, dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    xy = places[["x", "y"]].to_numpy(dtype=float)
    core = positions_by_label(np.where(found.core, labels, -1), clusters)
    shapes = [outline(xy[core[label]], found.reach, settings.method) for label in order]
    polygons = gpd.GeoDataFrame(
        shown.loc[order].set_index(pd.RangeIndex(1, len(order) + 1, name="rank")),
        geometry=gpd.GeoSeries(shapes, index=pd.RangeIndex(1, len(order) + 1, name="rank"), crs=found.crs),
    )
    polygons["area_km2"] = polygons.geometry.area * _KM2
    polygons["harm_per_km2"] = polygons["harm"] / polygons["area_km2"]
    total = float(np.add.reduce(harm))
    polygons["share_harm"] = polygons["harm"] / total if total > 0 else np.nan
    columns = ["harm", "events", "places", "area_km2", "harm_per_km2", "share_harm", "stability", "geometry"]
    polygons = polygons[columns]
    of_place = np.where(inside, rank[np.maximum(labels, 0)], -1) if clusters else np.full(len(places), -1)
    in_shown = of_place > 0
    facts = pd.Series(
        {
            "places": float(len(places)),
            "events": float(n.sum()),
            "harm": total,
            "events in clusters": float(n[in_shown].sum()),
            "harm in clusters": float(np.add.reduce(harm[in_shown])),
            "clusters with too few events": float(clusters - len(order)),
        },
        name="value",
    ).rename_axis("fact")
    members = places.assign(rank=pd.array(np.where(in_shown, of_place, 0), dtype="Int64"))
    members.loc[~in_shown, "rank"] = pd.NA
    return PointClusters(
        polygons=polygons,
        members=members,
        table=pd.DataFrame(polygons.drop(columns="geometry")),
        facts=facts,
        settings=settings,
        about=about,
        findings=findings,
    )


def _with_top_offence(found: PointClusters, events: pd.DataFrame) -> PointClusters:
    """The record with the offence that brings each cluster the most harm; missing where offences are not known."""
    ranked = events.merge(found.members[["x", "y", "rank"]], on=["x", "y"], validate="many_to_one")
    known = ranked.dropna(subset=["rank", OFFENCE])
    harm = known.groupby(["rank", OFFENCE])["weight"].sum().reset_index()
    first = harm.sort_values(["weight", OFFENCE], ascending=[False, True], kind="stable").drop_duplicates("rank")
    top = first.set_index("rank")[OFFENCE].reindex(found.polygons.index).astype("string")
    polygons = found.polygons.copy()
    polygons.insert(len(polygons.columns) - 1, "top_offence", top)
    return replace(found, polygons=polygons, table=pd.DataFrame(polygons.drop(columns="geometry")))


def _rule(settings: ClusterSettings, findings: ClusterFindings) -> str:
    reach = "" if findings.eps_m is None else f" within {findings.eps_m:g} m"
    return f"{settings.method}, at least {findings.min_events:,} {settings.by}{reach}"


def outline(xy: _Floats, reach: float, method: str) -> Any:
    """Ground within reach of the core places, drawn back by half."""
    if method == "hdbscan" and len(xy) > 1:
        distance = np.asarray(scipy.spatial.cKDTree(xy).query(xy, k=2)[0])
        reach = max(float(np.quantile(distance[:, 1], 0.95)) * 2, 1e-9)
    return shapely.buffer(shapely.buffer(shapely.multipoints(xy), reach, quad_segs=8), -reach / 2, quad_segs=8)
