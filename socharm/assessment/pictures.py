"""The maps of a snapshot, as PNG files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import geopandas as gpd

from socharm._about import About
from socharm.assessment.doubt import Doubt
from socharm.assessment.spatial import Spatial
from socharm.files.internal import internal_name
from socharm.hotspots.points.density import HeatSurface
from socharm.maps.bivariate import plot_bivariate
from socharm.maps.choropleth import plot_choropleth
from socharm.maps.clusters import plot_clusters
from socharm.maps.contributions import plot_contributions
from socharm.maps.furniture import new_axes
from socharm.maps.furniture import save_figure as save_picture
from socharm.maps.heat import plot_heat
from socharm.maps.hotspots import plot_hotspots
from socharm.maps.intervals import plot_intervals
from socharm.maps.lorenz import plot_lorenz
from socharm.maps.residual import plot_residual
from socharm.maps.sensitivity import plot_sensitivity
from socharm.maps.top_k import plot_top_k
from socharm.maps.trends import plot_trend
from socharm.ranking.ranks import Ranking
from socharm.severity.index import SeverityIndex

__all__ = ["write_maps"]


def write_maps(
    folder: Path,
    *,
    areas: gpd.GeoDataFrame,
    index: SeverityIndex,
    ranking: Ranking,
    surface: HeatSurface | None,
    spatial: Spatial,
    doubt: Doubt,
    basemap: str | None,
    column: str = "rate_shrunk",
    internal: bool = False,
) -> None:
    """Write ``rate.png``, ``intervals.png``, ``trend.png`` and, where there is what they show, ``top_k.png``,
    ``contributions.png``,
    ``sensitivity.png``, ``heat.png``, ``hotspots.png``, ``bivariate.png``, ``residual.png``, ``lorenz.png`` and
    ``clusters.png``.

    `column` of the index is mapped: the smoothed rate, or the rate of published counts. No window system is used:
    figures are not registered with pyplot. Internal maps say so in their names and beside their marking.
    """
    folder.mkdir()
    if internal:
        index, ranking, surface = (_internal(record) for record in (index, ranking, surface))
        spatial, doubt = _internal(spatial), _internal(doubt)

    def save_figure(axes: Any, path: Path) -> None:
        save_picture(axes, path.with_name(internal_name(path.name, internal=internal)))

    axes = plot_choropleth(areas, index, column=column, basemap=basemap, ax=new_axes())
    save_figure(axes, folder / "rate.png")
    save_figure(plot_intervals(ranking, ax=new_axes()), folder / "intervals.png")
    save_figure(plot_trend(index, ax=new_axes()), folder / "trend.png")
    if doubt.classes is not None:
        save_figure(plot_top_k(areas, doubt.classes, basemap=basemap, ax=new_axes()), folder / "top_k.png")
    if doubt.uncertainty is not None:
        save_figure(plot_sensitivity(doubt.uncertainty, ax=new_axes()), folder / "sensitivity.png")
    if doubt.composite is not None:
        save_figure(plot_contributions(doubt.composite, ax=new_axes()), folder / "contributions.png")
    if surface is not None:
        save_figure(plot_heat(areas, surface, basemap=basemap, ax=new_axes()), folder / "heat.png")
    if spatial.hotspots is not None:
        save_figure(plot_hotspots(areas, spatial.hotspots, basemap=basemap, ax=new_axes()), folder / "hotspots.png")
    if spatial.overlay is not None:
        save_figure(plot_bivariate(areas, spatial.overlay, basemap=basemap, ax=new_axes()), folder / "bivariate.png")
        save_figure(plot_residual(areas, spatial.overlay, basemap=basemap, ax=new_axes()), folder / "residual.png")
    if spatial.concentration is not None:
        save_figure(plot_lorenz(spatial.concentration, ax=new_axes()), folder / "lorenz.png")
    if spatial.clusters is not None:
        save_figure(plot_clusters(areas, spatial.clusters, basemap=basemap, ax=new_axes()), folder / "clusters.png")


def _internal(record: Any) -> Any:
    """A record, or a record of records, whose pictures say that they are internal."""
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        return record
    about = getattr(record, "about", None)
    if isinstance(about, About):
        return dataclasses.replace(record, about=dataclasses.replace(about, internal=True))
    inner = {part.name: _internal(getattr(record, part.name)) for part in dataclasses.fields(record)}
    return dataclasses.replace(record, **inner)
