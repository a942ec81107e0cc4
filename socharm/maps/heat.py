"""Heat surfaces under the outlines of areas."""

from __future__ import annotations

import os

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm.hotspots.points.heat_record import HeatSurface
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs
from socharm.maps.choropleth import open_map, with_areas
from socharm.maps.classes import format_number
from socharm.maps.furniture import add_furniture, add_north_arrow, add_scale_bar
from socharm.maps.palettes import INK, sequential_map
from socharm.maps.shapes import draw_outlines
from socharm.maps.style import styled

__all__ = ["plot_heat"]


@checked
@styled
def plot_heat(
    areas: gpd.GeoDataFrame,
    surface: HeatSurface,
    *,
    hide_few: bool = True,
    scale: str = "root",
    palette: str = "harm",
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of a heat surface.

    Parameters
    ----------
    areas : GeoDataFrame
        Outlines; the same CRS as the surface.
    surface : HeatSurface
    hide_few : bool
        Leave cells blank that have fewer than the surface's ``minimum_events`` in reach. A picture
        that is made without it shows single addresses and is marked as not for publication.
    scale : {"root", "linear"}
        How colour follows density: by its square root (shows quieter places too), or evenly.
    palette : str
        One of `socharm.maps.palettes.PALETTES`.
    title : str, optional
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is computed, saved or shown.

    Raises
    ------
    CRSError
        Areas and surface are in different coordinate systems.
    """
    require_choice(scale, ("root", "linear"), name="scale")
    require_areas(areas)
    if surface.crs:
        require_same_crs(areas.crs, surface.crs, names=("areas", "surface"))
    about = with_areas(surface.about, areas)
    areas = gpd.GeoDataFrame(areas)
    ax = open_map(areas, ax=ax, basemap=basemap)
    grid = surface.published if hide_few else surface.grid
    half = surface.findings.cell_size_m / 2
    extent = (surface.x[0] - half, surface.x[-1] + half, surface.y[0] - half, surface.y[-1] + half)
    limits = ax.get_xlim(), ax.get_ylim()
    top = float(np.nanmax(grid)) if np.isfinite(grid).any() else 1.0
    norm = PowerNorm(0.5, vmin=0, vmax=top or 1.0) if scale == "root" else Normalize(0, top or 1.0)
    areas.plot(ax=ax, facecolor="none" if basemap is not None else "#f4f4f4", edgecolor="none", aspect=None, zorder=0)
    image = ax.imshow(
        np.ma.masked_invalid(grid),
        extent=extent,
        origin="lower",
        cmap=sequential_map(palette),
        norm=norm,
        interpolation="nearest",
        alpha=0.75 if basemap is not None else 1.0,
        zorder=1,
    )
    ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
    _draw_outlines(ax, areas)
    _draw_colourbar(ax, image, top or 1.0, surface)
    if hide_few:
        few = f"fewer than {surface.settings.minimum_events} events\nin reach: not shown"
        patch = Patch(facecolor="#f4f4f4", edgecolor="#888888", linewidth=0.5, label=few)
        ax.legend(handles=[patch], loc="upper left", bbox_to_anchor=(1.01, 0.30), frameon=False, fontsize=9)
    add_scale_bar(ax)
    add_north_arrow(ax)
    return add_furniture(
        ax,
        about=about,
        title=title or "Where harm is concentrated",
        notes=_notes(surface, hide_few),
        below=38.0,
    )


def _draw_outlines(ax: Axes, areas: gpd.GeoDataFrame) -> None:
    areas.boundary.plot(ax=ax, color="#8a8a8a", linewidth=0.35, aspect=None, zorder=2)
    draw_outlines(ax, areas, zorder=3)


def _draw_colourbar(ax: Axes, image: AxesImage, top: float, surface: HeatSurface) -> None:
    """Colourbar beside the map, with the unit written out above it."""
    side = ax.inset_axes((1.03, 0.38, 0.03, 0.54))
    figure = ax.get_figure()
    assert figure is not None  # axes that are drawn stand on a figure
    ticks = [tick for tick in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top) if 0 <= tick <= top]
    bar = figure.colorbar(image, cax=side, ticks=ticks)
    decimals = max(0, 1 - int(np.floor(np.log10(top))))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: format_number(tick, decimals=decimals)))
    bar.ax.tick_params(labelsize=9, colors=INK[0])
    ax.text(1.03, 1.0, surface.about.unit.replace(" per ", "\nper "), transform=ax.transAxes, va="top", size=9.5)


def _notes(surface: HeatSurface, hide_few: bool) -> list[str]:
    settings, found, facts = surface.settings, surface.findings, surface.table["value"]
    correction = "edge-corrected (Diggle)" if found.edge_correction == "diggle" else "not edge-corrected"
    notes = [
        f"Kernel density, {settings.kernel}, bandwidth {found.bandwidth_m:,.0f} m, cells of "
        f"{found.cell_size_m:g} m, {correction}; {facts['events used']:,.0f} events, harm over the whole period."
    ]
    if not hide_few:
        notes.append("Shows cells with few events in reach: single addresses may be recognised. Not for publication.")
    return notes
