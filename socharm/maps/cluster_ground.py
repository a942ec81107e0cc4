"""Where a map of clusters looks, and the areas that it draws under them."""

from __future__ import annotations

import geopandas as gpd
from matplotlib.axes import Axes

from socharm.errors import CRSError
from socharm.io.areas import require_areas
from socharm.maps.inset_choice import Box

__all__ = ["draw_ground", "ground_of", "view_of"]

#: Metres that clusters are taken to span at least.
_LEAST_SPAN = 4_000.0


def ground_of(areas: gpd.GeoDataFrame, clusters: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The areas that clusters are drawn on.

    Raises
    ------
    CRSError
        Areas and clusters are in different coordinate systems.
    """
    require_areas(areas)
    if areas.crs is None or not areas.crs.equals(clusters.crs):
        raise CRSError(f"`areas` are in {areas.crs}, the clusters in {clusters.crs}. Bring both to the same first.")
    return gpd.GeoDataFrame(areas)


def view_of(areas: gpd.GeoDataFrame, shown: gpd.GeoDataFrame, *, margin: float) -> Box | None:
    """The ground round some clusters, with a margin as a share of their span: on a whole force they would be dots."""
    if not len(shown):
        return None
    west, south, east, north = (float(edge) for edge in shown.total_bounds)
    left, low, right, high = (float(edge) for edge in areas.total_bounds)
    beside = margin * max(east - west, north - south, _LEAST_SPAN)
    return max(left, west - beside), max(low, south - beside), min(right, east + beside), min(high, north + beside)


def draw_ground(areas: gpd.GeoDataFrame, ax: Axes) -> None:
    """The areas in pale colours; the part that is looked at stays."""
    limits = ax.get_xlim(), ax.get_ylim()
    areas.plot(ax=ax, facecolor="#f6f5f1", edgecolor="#d2cfc6", linewidth=0.3, aspect=None, zorder=0)
    ax.set(xlim=limits[0], ylim=limits[1])
