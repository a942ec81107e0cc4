"""Clusters of harm points on a map."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.patches import Patch
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._columns import NAME
from socharm._constraints import CountFrom0
from socharm._words import number_of, percent
from socharm.hotspots.points.clusters import PointClusters
from socharm.maps.class_choice import Classes, classes_of
from socharm.maps.cluster_ground import draw_ground, ground_of, view_of
from socharm.maps.cluster_names import cluster_names
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.palettes import sequential
from socharm.maps.style import styled

__all__ = ["FIRM_FROM", "cluster_classes", "plot_clusters"]

#: Mean Jaccard index over resamples below which a cluster is not stable.
FIRM_FROM: Final = 0.6


@checked
@styled
def plot_clusters(
    areas: gpd.GeoDataFrame,
    clusters: PointClusters,
    *,
    ax: Axes | None = None,
    labels: CountFrom0 = 10,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
) -> Axes:
    """Clusters by their share of all harm, the first ones named by the area each lies in.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries to find one's way by, in the clusters' coordinate system.
    clusters : PointClusters
    ax : Axes, optional
    labels : int
        Clusters to name; where names would stand too close, by a letter: a number on a map is the rank of an area.
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.

    Returns
    -------
    Axes
        Unstable clusters (found again with a Jaccard index below 0.6 on average) are drawn pale and hatched.

    Raises
    ------
    CRSError
        Areas and clusters are in different coordinate systems.
    """
    polygons = clusters.polygons
    areas, about = ground_of(areas, polygons), with_areas(clusters.about, areas)
    top = polygons.head(labels)
    # The middle of a cluster lies in the area; the share is that of the cluster, which may reach into others.
    shares = [f"{share:.1%}" for share in top["share_harm"]]
    told = [f"{name}\n{share}" for name, share in zip(cluster_names(polygons, areas).head(labels), shares, strict=True)]
    named = gpd.GeoDataFrame({NAME: told}, index=top.index, geometry=top.geometry, crs=top.crs)
    named.index = pd.Index(named.index.astype(str), name="cluster")
    page = MapPage(
        draw=partial(_draw, areas, polygons),
        legend=f"Cluster's share of all {clusters.held}\n(number of clusters)",
        title=title or _finding(clusters, named),
        notes=[_note(clusters)],
        named=list(named.index),
        key=f"Clusters with the most {clusters.held}",
        view=view_of(areas, top if len(top) else polygons, margin=0.15),
        crowd=polygons.geometry,
        labelled=named,
    )
    return draw_page(areas, page, record=None, about=about, ax=ax, basemap=basemap)


def _finding(clusters: PointClusters, named: gpd.GeoDataFrame) -> str:
    """How much of the harm, or of the events, lies in the clusters."""
    count = len(clusters.polygons)
    if not count:
        return f"No cluster of {clusters.held}"
    share = _share(clusters)
    one = count == 1
    return f"{number_of(count, 'cluster')} {'holds' if one else 'hold'} {percent(share)} of all {clusters.held}"


def _share(clusters: PointClusters) -> float:
    facts = clusters.facts
    return float(facts["harm in clusters"] / facts["harm"]) if facts["harm"] > 0 else 0.0


def _note(clusters: PointClusters) -> str:
    settings, found = clusters.settings, clusters.findings
    reach = "" if found.eps_m is None else f" within {found.eps_m:g} m"
    share = percent(_share(clusters))
    held = clusters.held
    lie = "lie" if held == "events" else "lies"
    own = _classes(clusters.polygons).own_sentence("clusters") if len(clusters.polygons) else ""
    return (
        f"{settings.method.upper()}, {found.min_events:,} {settings.by}{reach}; {share} of all {held} {lie} in the "
        "clusters. The map shows the part round those that are named. Names are of the area in which a cluster has its "
        f"middle, shares those of the cluster. Outlines are drawn by rule, not surveyed. {own}"
    ).rstrip()


def _classes(polygons: gpd.GeoDataFrame) -> Classes:
    """Clusters by their share of all harm, in percent."""
    return classes_of(polygons["share_harm"].to_numpy(dtype=float) * 100, scheme="quantiles", k=4)


def cluster_classes(polygons: gpd.GeoDataFrame) -> tuple[list[str], NDArray[np.intp]]:
    """Words of the classes of clusters by their share of all harm, from the least, and the class of each cluster."""
    classes = _classes(polygons)
    texts = [f"{span}%{comma}{rest}" for span, comma, rest in (label.partition(", ") for label in classes.labels)]
    return texts, classes.number(polygons["share_harm"].to_numpy(dtype=float) * 100)


def _draw(areas: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame, ax: Axes) -> list[Patch]:
    draw_ground(areas, ax)
    if not len(polygons):
        return [Patch(facecolor="none", label="no cluster found")]
    texts, number = cluster_classes(polygons)
    sizes = np.bincount(number, minlength=len(texts))
    colours = sequential(len(texts) + 1)
    firm = ~(polygons["stability"] < FIRM_FROM).to_numpy()
    norm = BoundaryNorm(np.arange(len(texts) + 2) - 0.5, len(texts) + 1)
    look: dict[str, Any] = {"cmap": colours, "norm": norm, "edgecolor": "#5c1035", "aspect": None, "zorder": 4}
    with mpl.rc_context({"hatch.linewidth": 0.6}):
        pale: dict[str, Any] = {"linewidth": 0.4, "alpha": 0.55, "hatch": "////"}
        for mask, extra in ((firm, {"linewidth": 0.5}), (~firm, pale)):
            if mask.any():
                part = gpd.GeoDataFrame(
                    {"value": number[mask] + 1}, geometry=list(polygons.geometry[mask]), crs=polygons.crs
                )
                part.plot("value", ax=ax, **look, **extra)
    handles = [
        Patch(facecolor=colours(i + 1), edgecolor="#5c1035", linewidth=0.5, label=f"{texts[i]}  ({sizes[i]:,})")
        for i in reversed(range(len(texts)))
    ]
    if (~firm).any():
        text = f"not stable under resampling  ({int((~firm).sum()):,})"
        handles.append(Patch(facecolor="#f6f5f1", edgecolor="#5c1035", hatch="////", linewidth=0.4, label=text))
    return handles
