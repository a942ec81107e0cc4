"""Clusters of a scan statistic over the map, with their table."""

from __future__ import annotations

import os
import re
from functools import partial
from typing import Any, Final

import geopandas as gpd
import matplotlib as mpl
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import NAME
from socharm._constraints import CountFrom0
from socharm._words import area_noun, month_words, number_of
from socharm.errors import AlignmentError
from socharm.hotspots.scan.record import ScanClusters
from socharm.hotspots.scan.settings import SpaceTimeScanSettings
from socharm.io.areas import require_areas
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.names import area_names
from socharm.maps.style import styled

__all__ = ["SCAN_COLOURS", "plot_scan_clusters"]

#: More than expected, and less.
SCAN_COLOURS: Final = {True: "#b2182b", False: "#2166ac"}
#: Clusters that the legend tells of; clusters of higher p than this are chance, and would fill a map.
_MOST: Final = 8
_DRAWN: Final = 0.5
_GROUND: Final[dict[str, Any]] = {"facecolor": "#f6f5f1", "edgecolor": "#d2cfc6", "linewidth": 0.3}

_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


@checked
@styled
def plot_scan_clusters(
    areas: gpd.GeoDataFrame,
    scan: ScanClusters,
    *,
    ax: Axes | None = None,
    labels: CountFrom0 = 8,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
) -> Axes:
    """Clusters of a scan as the ground of their members, with their numbers in the legend.

    Parameters
    ----------
    areas : GeoDataFrame
        The areas that were scanned, by their keys.
    scan : ScanClusters
        From `scan_clusters` or `scan_space_time`.
    ax : Axes, optional
    labels : int
        Clusters to name by the area in their middle, and to tell of in the legend; eight at most.
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.

    Returns
    -------
    Axes
        Clusters with p above alpha are drawn pale and hatched: they may be chance. Those with p above a half are not
        drawn.

    Raises
    ------
    AlignmentError
        The areas are not those that were scanned.
    SchemaError
        The table of clusters was changed, so that a column is missing.
    """
    require_areas(areas)
    require_columns(scan.clusters, ["centre", "observed", "expected", "p"], name="scan.clusters")
    drawn = scan.clusters[scan.clusters["p"] <= max(_DRAWN, scan.settings.alpha)]
    shown = drawn.head(min(labels, _MOST))
    areas = gpd.GeoDataFrame(areas)
    grounds = _grounds(scan, areas)
    names = _names(shown, areas)
    named = gpd.GeoDataFrame({NAME: names}, geometry=grounds.geometry.loc[shown.index], crs=areas.crs)
    named.index = pd.Index(named.index.astype(str), name="cluster")
    page = MapPage(
        draw=partial(_draw, areas, grounds.loc[drawn.index], scan, names),
        legend=_legend(scan),
        title=title or _finding(scan, area_noun(areas.index)),
        notes=[_note(scan)],
        named=list(named.index),
        key="Middle of each cluster",
        labelled=named,
        period="" if scan.about.period is not None or not scan.findings.first else _study(scan),
    )
    return draw_page(areas, page, record=None, about=with_areas(scan.about, areas), ax=ax, basemap=basemap)


def _grounds(scan: ScanClusters, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ground of each cluster."""
    lacking = pd.Index(scan.table.index.astype(str)).difference(areas.index.astype(str))
    if len(lacking):
        raise AlignmentError(
            f"`areas` lack {number_of(len(lacking), 'area')} that the scan has, such as {list(lacking[:3])}. Give the "
            "areas that were scanned."
        )
    inside = scan.table["cluster"].dropna()
    at = pd.Series(areas.index.astype(str).get_indexer(inside.index.astype(str)), index=inside.to_numpy(dtype=int))
    ground = areas.geometry.to_numpy()
    shapes = [shapely.union_all(ground[at.to_numpy()[at.index == number]]) for number in scan.clusters.index]
    return gpd.GeoDataFrame(geometry=shapes, index=scan.clusters.index, crs=areas.crs)


def _names(shown: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Name of the area in the middle of each cluster."""
    names = area_names(areas)
    names.index = names.index.astype(str)
    return pd.Series(names.reindex(shown["centre"].astype(str)).to_numpy(), index=shown.index, dtype=object)


def _study(scan: ScanClusters) -> str:
    """First and last date of a scan in space and time whose about states no period."""
    ends = (scan.findings.first, scan.findings.last)
    first, last = (month_words(end) if _MONTH.fullmatch(end) else end for end in ends)
    return f"Period {first} to {last}"


def _legend(scan: ScanClusters) -> str:
    return f"Clusters of {'harm' if scan.settings.by == 'harm' else 'events'}\n(area in the middle, and others)"


def _finding(scan: ScanClusters, noun: str) -> str:
    """What was found, in a sentence."""
    sure = scan.significant
    if not len(sure):
        return "No cluster beyond chance"
    members = number_of(int(sure["locations"].sum()), noun)
    last = "that lasts" if len(sure) == 1 else "that last"
    alive = f" {last}" if getattr(scan.settings, "analysis", "") == "prospective" else ""
    return f"{number_of(len(sure), 'cluster')}{alive}, of {members}"


def _lengths(scan: ScanClusters) -> str:
    """How many periods a cluster could have: half of all at most, where nothing else was asked for."""
    s = scan.settings
    if not isinstance(s, SpaceTimeScanSettings):
        return "periods"
    most = max(1, scan.findings.periods // 2) if s.max_periods is None else min(s.max_periods, scan.findings.periods)
    return f"{s.min_periods} to {number_of(most, 'period')}" if s.min_periods < most else number_of(most, "period")


def _note(scan: ScanClusters) -> str:
    s, found = scan.settings, scan.findings
    held = {
        "permutation": "their own level and the months of all areas",
        "poisson": "their population",
        "bernoulli": "their population",
        "expectation": "what was expected",
    }[s.model]
    runs = "" if found.periods == 0 else f", each over every run of {_lengths(scan)}"
    if getattr(s, "analysis", "") == "prospective":
        runs = f", each over every run of {_lengths(scan)} that reaches the last"
    shapes = number_of(found.windows, "circle") if s.shape == "circle" else f"{found.windows:,} circles and ellipses"
    windows = f"Tried: {shapes}{runs}"
    return (
        f"Scan statistic ({s.model}): areas together with other numbers than {held} would give them. {windows}; each "
        f"to {s.max_population:.0%} of what is expected. p is for all of them, from "
        f"{number_of(found.replications, 'replication')}. Members of a cluster need not each be high."
    )


def _draw(
    areas: gpd.GeoDataFrame, grounds: gpd.GeoDataFrame, scan: ScanClusters, names: pd.Series, ax: Axes
) -> list[Any]:
    limits = ax.get_xlim(), ax.get_ylim()
    areas.plot(ax=ax, aspect=None, zorder=0, **_GROUND)
    ax.set(xlim=limits[0], ylim=limits[1])
    rows = scan.clusters.loc[grounds.index]
    if not len(rows):
        return [Patch(facecolor="none", label="no cluster found")]
    handles: list[Any] = []
    told = dict(zip(names.index, names, strict=True))
    with mpl.rc_context({"hatch.linewidth": 0.6}):
        for number, row in rows.iterrows():
            sure, many = bool(row["p"] <= scan.settings.alpha), bool(row["observed"] > row["expected"])
            look: dict[str, Any] = {"facecolor": SCAN_COLOURS[many], "edgecolor": "#4d1220" if many else "#0b2a4a"}
            look |= {"linewidth": 0.7} if sure else {"linewidth": 0.4, "alpha": 0.45, "hatch": "////"}
            grounds.loc[[number]].plot(ax=ax, aspect=None, zorder=4, **look)
            if number in told:
                handles.append(Patch(**look, label=_row(row, str(told[number]))))
    if not all(rows["p"] <= scan.settings.alpha):
        handles.append(
            Line2D([], [], linestyle="none", label=f"hatched: p above {scan.settings.alpha:g}, may be chance")
        )
    if more := len(scan.clusters) - len(names):
        handles.append(Line2D([], [], linestyle="none", label=f"and {more:,} more, less likely"))
    return handles


def _row(row: pd.Series, name: str) -> str:
    """One line of the table: who, when, how many against how many."""
    others = int(row["locations"]) - 1
    who = name + (f" and {others:,} more" if others else "")
    when = ""
    if "first" in row:
        when = f", {row['first']}" + (f" to {row['last']}" if row["first"] != row["last"] else "")
    p = f"p {row['p']:.3f}" if row["p"] >= 0.001 else "p below 0.001"
    return f"{who}{when}\n{row['observed']:,.0f} for {row['expected']:,.0f} expected ({row['ratio']:.2f} times), {p}"
