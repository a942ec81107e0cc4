"""Heat surfaces under the outlines of areas."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._words import number_of
from socharm.hotspots.points.heat_record import HeatSurface
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs
from socharm.maps.classes import format_number
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.names import area_names
from socharm.maps.palettes import INK, sequential_map
from socharm.maps.style import styled

__all__ = ["plot_heat"]

#: Ground whose heat is not shown.
_EMPTY: Final = "#f4f4f4"


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
    grid = surface.published if hide_few else surface.grid
    top = float(np.nanmax(grid)) if np.isfinite(grid).any() else 1.0
    norm = PowerNorm(0.5, vmin=0, vmax=top or 1.0) if scale == "root" else Normalize(0, top or 1.0)
    page = MapPage(
        draw=partial(_draw, areas, surface, grid, {"cmap": sequential_map(palette), "norm": norm}, basemap is not None),
        legend="",
        title=title or _finding(areas, surface, grid),
        notes=_notes(surface, hide_few),
        side=partial(_draw_colourbar, ScalarMappable(norm, sequential_map(palette)), top or 1.0, surface),
    )
    return draw_page(areas, page, record=surface, about=about, ax=ax, basemap=basemap)


def _draw(
    areas: gpd.GeoDataFrame,
    surface: HeatSurface,
    grid: NDArray[np.float64],
    look: dict[str, Any],
    over: bool,
    ax: Axes,
) -> list[Patch]:
    """The surface and the outlines of areas; what is not shown of it, for the legend."""
    half = surface.findings.cell_size_m / 2
    extent = (surface.x[0] - half, surface.x[-1] + half, surface.y[0] - half, surface.y[-1] + half)
    limits = ax.get_xlim(), ax.get_ylim()
    areas.plot(ax=ax, facecolor="none" if over else _EMPTY, edgecolor="none", aspect=None, zorder=0)
    ax.imshow(
        np.ma.masked_invalid(grid),
        extent=extent,
        origin="lower",
        interpolation="nearest",
        interpolation_stage="data",  # cells are chosen before they are coloured: a grid in colours takes 16 times more
        alpha=0.75 if over else 1.0,
        zorder=1,
        **look,
    )
    ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
    areas.boundary.plot(ax=ax, color="#8a8a8a", linewidth=0.35, aspect=None, zorder=2)
    if grid is surface.grid:
        return []
    few = f"fewer than {number_of(surface.settings.minimum_events, 'event')}\nin reach: not shown"
    return [Patch(facecolor=_EMPTY, edgecolor="#888888", linewidth=0.5, label=few)]


def _finding(areas: gpd.GeoDataFrame, surface: HeatSurface, grid: NDArray[np.float64]) -> str:
    """In which area harm is densest, of the cells that are shown."""
    plain = "Where harm is concentrated"
    if not np.isfinite(grid).any() or not np.nanmax(grid) > 0:
        return plain
    row, column = np.unravel_index(int(np.nanargmax(grid)), grid.shape)
    peak = shapely.Point(float(surface.x[column]), float(surface.y[row]))
    inside = areas.index[areas.geometry.intersects(peak)]
    return f"Harm is densest in {area_names(areas)[str(inside[0])]}" if len(inside) == 1 else plain


def _draw_colourbar(colours: ScalarMappable, top: float, surface: HeatSurface, ax: Axes, x: float) -> float:
    """Colourbar beside the map, with the unit written out above it; the points it takes."""
    ax.apply_aspect()
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    frame = ax.get_window_extent()
    wide, high, head = (
        inches * figure.dpi / side
        for inches, side in (
            (0.18, frame.width),
            (min(2.6, 0.5 * frame.height / figure.dpi), frame.height),
            (0.45, frame.height),
        )
    )
    left = x + 8.0 / 72.0 * figure.dpi / frame.width
    side = ax.inset_axes((left, 1.0 - head - high, wide, high))
    ticks = [tick for tick in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top) if 0 <= tick <= top]
    bar = figure.colorbar(colours, cax=side, ticks=ticks)
    decimals = max(0, 1 - int(np.floor(np.log10(top))))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: format_number(tick, decimals=decimals)))
    bar.ax.tick_params(labelsize=10, colors=INK[0])
    unit = surface.about.unit.replace(" per ", "\nper ")
    ax.text(left, 1.0, unit, transform=ax.transAxes, va="top", size=10, weight="bold", color=INK[0])
    return (head + high) * frame.height * 72.0 / figure.dpi + 18.0


def _notes(surface: HeatSurface, hide_few: bool) -> list[str]:
    settings, found, facts = surface.settings, surface.findings, surface.table["value"]
    corrections = {"diggle": "edge-corrected (Diggle)", "uniform": "edge-corrected (uniformly)"}
    correction = corrections.get(found.edge_correction, "not edge-corrected")
    bandwidth = f"bandwidth {found.bandwidth_m:,.0f} m"
    if settings.adaptive:
        narrowest, widest = facts["narrowest bandwidth (m)"], facts["widest bandwidth (m)"]
        bandwidth = f"bandwidth {narrowest:,.0f} to {widest:,.0f} m, narrower where harm is dense"
    notes = [
        f"Kernel density, {settings.kernel}, {bandwidth}, cells of "
        f"{found.cell_size_m:g} m, {correction}; {number_of(int(facts['events used']), 'event')}, harm over the whole "
        "period."
    ]
    if not hide_few:
        notes.append("Shows cells with few events in reach: single addresses may be recognised. Not for publication.")
    return notes
