"""Clusters of harm points on a map."""

from __future__ import annotations

import os
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._columns import NAME
from socharm._constraints import CountFrom0
from socharm.errors import CRSError
from socharm.hotspots.points.clusters import PointClusters
from socharm.io.areas import require_areas
from socharm.maps.choropleth import open_map, with_areas
from socharm.maps.classes import class_bounds, class_labels, with_slack
from socharm.maps.furniture import add_furniture, add_legend, add_north_arrow, add_scale_bar
from socharm.maps.labels import label_areas
from socharm.maps.palettes import sequential
from socharm.maps.shapes import draw_outlines
from socharm.maps.style import styled

__all__ = ["plot_clusters"]


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
    """Clusters by their share of all harm, the first ones numbered, with the area each lies in.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries to find one's way by, in the clusters' coordinate system.
    clusters : PointClusters
    ax : Axes, optional
    labels : int
        Clusters to number.
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
    require_areas(areas)
    polygons = clusters.polygons
    if areas.crs is None or not areas.crs.equals(polygons.crs):
        raise CRSError(f"`areas` are in {areas.crs}, the clusters in {polygons.crs}. Bring both to the same first.")
    about = with_areas(clusters.about, areas)
    ax = open_map(areas, ax=ax, basemap=basemap)
    areas.plot(ax=ax, facecolor="#f6f5f1", edgecolor="#d2cfc6", linewidth=0.3, aspect=None, zorder=0)
    draw_outlines(ax, areas)
    handles = _draw(ax, polygons)
    add_legend(
        ax,
        handles or [Patch(facecolor="none", label="no cluster found")],
        title="Share of all harm\n(number of clusters)",
    )
    top = polygons.head(labels)
    _zoom(ax, top if len(top) else polygons)
    if len(top):
        named = gpd.GeoDataFrame({NAME: _where(top, areas)}, geometry=top.geometry, crs=top.crs)
        label_areas(ax, named, list(named.index), key="Most harm")
    add_scale_bar(ax)
    add_north_arrow(ax)
    return add_furniture(ax, about=about, title=title or "Clusters of harm", notes=[_note(clusters)], below=38.0)


def _zoom(ax: Axes, shown: gpd.GeoDataFrame) -> None:
    """Show the ground round the named clusters: on a whole force they would be dots."""
    if not len(shown):
        return
    west, south, east, north = shown.total_bounds
    margin = 0.15 * max(east - west, north - south, 4_000.0)
    left, right = ax.get_xlim()
    low, high = ax.get_ylim()
    ax.set_xlim(max(left, west - margin), min(right, east + margin))
    ax.set_ylim(max(low, south - margin), min(high, north + margin))


def _note(clusters: PointClusters) -> str:
    settings, found, facts = clusters.settings, clusters.findings, clusters.facts
    share = facts["harm in clusters"] / facts["harm"] if facts["harm"] > 0 else 0.0
    reach = "" if found.eps_m is None else f" within {found.eps_m:g} m"
    return (
        f"{settings.method.upper()}, {found.min_events:,} {settings.by}{reach}; {share:.0%} of all harm lies in the "
        "clusters. The map shows the part round the numbered ones. Outlines are drawn by rule, not surveyed."
    )


def _draw(ax: Axes, polygons: gpd.GeoDataFrame) -> list[Patch]:
    if not len(polygons):
        return []
    share = polygons["share_harm"].to_numpy(dtype=float) * 100
    bounds = class_bounds(share, scheme="quantiles", k=4)
    texts = class_labels(bounds)
    colours = sequential(len(texts) + 1)
    number = np.minimum(np.searchsorted(with_slack(bounds[1:]), share), len(texts) - 1)
    firm = ~(polygons["stability"] < 0.6).to_numpy()
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
    sizes = np.bincount(number, minlength=len(texts))
    handles = [
        Patch(facecolor=colours(i + 1), edgecolor="#5c1035", linewidth=0.5, label=f"{texts[i]} %  ({sizes[i]:,})")
        for i in reversed(range(len(texts)))
    ]
    if (~firm).any():
        text = f"not stable under resampling  ({int((~firm).sum()):,})"
        handles.append(Patch(facecolor="#f6f5f1", edgecolor="#5c1035", hatch="////", linewidth=0.4, label=text))
    return handles


def _where(top: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Name of the area that a point inside each cluster lies in, with the cluster's share of harm."""
    inner = gpd.GeoDataFrame(geometry=top.geometry.representative_point(), crs=top.crs)
    found = gpd.sjoin(inner, areas.reset_index(names="_code")[["_code", "geometry"]], predicate="within", how="left")
    code = found["_code"].groupby(level=0).min().reindex(top.index)
    names = areas[NAME].astype(str) if NAME in areas.columns else pd.Series(areas.index, index=areas.index)
    where = code.map(names).fillna("outside the areas")
    return where + top["share_harm"].map(lambda share: f", {share:.1%}".replace("%", " %"))
