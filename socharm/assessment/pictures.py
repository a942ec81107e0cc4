"""The maps of a snapshot, as PNG files."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from socharm.hotspots.density import HeatSurface
from socharm.maps.choropleth import plot_choropleth
from socharm.maps.furniture import new_axes, save_figure
from socharm.maps.heat import plot_heat
from socharm.maps.intervals import plot_intervals
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
    basemap: str | None,
) -> None:
    """Write ``rate.png``, ``intervals.png``, ``trend.png`` and, where there is a surface, ``heat.png``.

    No window system is used: figures are not registered with pyplot.
    """
    folder.mkdir()
    axes = plot_choropleth(areas, index, column="rate_shrunk", basemap=basemap, ax=new_axes())
    save_figure(axes, folder / "rate.png")
    save_figure(plot_intervals(ranking, ax=new_axes()), folder / "intervals.png")
    save_figure(plot_trend(index, ax=new_axes()), folder / "trend.png")
    if surface is not None:
        save_figure(plot_heat(areas, surface, basemap=basemap, ax=new_axes()), folder / "heat.png")
