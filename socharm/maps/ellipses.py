"""Nearest-neighbour hierarchical clusters on a map, each order with ellipses of its own."""

from __future__ import annotations

import os
from functools import partial
from typing import Annotated, Any, Final

import geopandas as gpd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._columns import N
from socharm._constraints import Between
from socharm._words import number_of, percent
from socharm.hotspots.points.nearest_clusters import NearestClusters
from socharm.maps.cluster_ground import draw_ground, ground_of, view_of
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.style import styled

__all__ = ["plot_nearest_clusters"]

#: Fill, edge, width and dash of each order, from events upwards; told apart without colour too.
_LOOKS: Final[tuple[tuple[str, str, float, Any], ...]] = (
    ("#d9603f", "#5c1035", 0.8, "-"),
    ("none", "#0072b2", 1.4, "--"),
    ("none", "#1a1a1a", 1.8, ":"),
)
_NAMES: Final = ("first order: events", "second order: clusters of them", "third order: clusters of those")


@checked
@styled
def plot_nearest_clusters(
    areas: gpd.GeoDataFrame,
    clusters: NearestClusters,
    *,
    deviations: Annotated[float, Between(0.5, 3)] = 1.0,
    ax: Axes | None = None,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
) -> Axes:
    """Standard deviational ellipses of nearest-neighbour hierarchical clusters, up to the third order.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries to find one's way by, in the clusters' coordinate system.
    clusters : NearestClusters
    deviations : float
        Standard deviations along each axis.
    ax : Axes, optional
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.

    Returns
    -------
    Axes
        Clusters at one place, or on one line, are drawn as a dot or a line.

    Raises
    ------
    CRSError
        Areas and clusters are in different coordinate systems.
    """
    ellipses = clusters.ellipses
    areas, about = ground_of(areas, ellipses), with_areas(clusters.about, areas)
    drawn = ellipses[ellipses["order"] <= len(_LOOKS)]
    scaled = gpd.GeoSeries(
        [shape.buffer(0) if shape.geom_type == "Polygon" else shape for shape in drawn.geometry],
        index=drawn.index,
        crs=drawn.crs,
    ).scale(deviations, deviations, origin="center")
    drawn = drawn.set_geometry(scaled)
    page = MapPage(
        draw=partial(_draw, areas, drawn),
        legend="Clusters (their number)",
        title=title or _finding(clusters),
        notes=[_note(clusters, deviations)],
        view=view_of(areas, drawn, margin=0.1),
        crowd=drawn.geometry,
    )
    return draw_page(areas, page, record=None, about=about, ax=ax, basemap=basemap)


def _finding(clusters: NearestClusters) -> str:
    members = clusters.members
    held = members["cluster"].notna()
    if not held.any():
        return "No nearest-neighbour cluster"
    count = int((clusters.table["order"] == 1).sum())
    share = float(members.loc[held, N].sum() / members[N].sum())
    return f"{number_of(count, 'cluster')} {'holds' if count == 1 else 'hold'} {percent(share)} of the events"


def _note(clusters: NearestClusters, deviations: float) -> str:
    s = clusters.settings
    limits = ", ".join(f"{limit:,.0f} m" for limit in clusters.thresholds)
    rule = "stated" if s.threshold_m is not None else f"random nearest distance, p {s.nearest_p:g}"
    found = f" Within {limits} of a seed, by order (first: {rule})." if limits else ""
    return (
        f"Nearest-neighbour hierarchical clusters of at least {number_of(s.least_points, 'event')}.{found} Ellipses of "
        f"{deviations:g} standard {'deviation' if deviations == 1 else 'deviations'} along each axis are a summary of "
        "the places in a cluster, not its outline."
    )


def _draw(areas: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, ax: Axes) -> list[Any]:
    draw_ground(areas, ax)
    handles: list[Any] = []
    for order, (fill, edge, width, dash) in enumerate(_LOOKS, start=1):
        part = drawn[drawn["order"] == order]
        if not len(part):
            continue
        kinds = part.geometry.geom_type
        look: dict[str, Any] = {
            "edgecolor": edge,
            "linewidth": width,
            "linestyle": dash,
            "aspect": None,
            "zorder": 3 + order,
        }
        if (kinds == "Polygon").any():
            part[kinds == "Polygon"].plot(ax=ax, facecolor=fill, alpha=1.0 if fill == "none" else 0.75, **look)
        for kind in ("LineString", "Point"):
            if (kinds == kind).any():
                part[kinds == kind].plot(ax=ax, color=edge, markersize=5, aspect=None, zorder=3 + order)
        label = f"{_NAMES[order - 1]} ({len(part):,})"
        handles.append(Patch(facecolor=fill, edgecolor=edge, linewidth=width, linestyle=dash, label=label))
    if (drawn.geometry.geom_type != "Polygon").any():
        handles.append(Line2D([], [], color=_LOOKS[0][1], marker="o", ms=3, lw=0, label="at one place or on one line"))
    return handles or [Patch(facecolor="none", label="no cluster found")]
