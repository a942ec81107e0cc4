"""Heat surfaces under the outlines of areas."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
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
from socharm.maps.palettes import sequential_map
from socharm.maps.style import styled
from socharm.maps.surface_parts import area_of_highest, draw_cells, draw_colourbar, hidden_patch

__all__ = ["HeatLook", "heat_map", "of_events", "plot_heat"]


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
    look = HeatLook(hide_few=hide_few, scale=scale, palette=palette)
    return heat_map(areas, surface, look, title=title, basemap=basemap, ax=ax)


@dataclass(frozen=True, kw_only=True)
class HeatLook:
    """Which cells of a surface are shown, and how colour follows density."""

    hide_few: bool = True
    scale: str = "root"
    palette: str = "harm"


def heat_map(
    areas: gpd.GeoDataFrame,
    surface: HeatSurface,
    look: HeatLook,
    *,
    title: str | None,
    basemap: str | os.PathLike[str] | None,
    ax: Axes | None,
    legend: str = "",
    over: Callable[[Axes], list[Artist]] | None = None,
) -> Axes:
    """A surface on a map, and what is drawn over it."""
    require_areas(areas)
    if surface.crs:
        require_same_crs(areas.crs, surface.crs, names=("areas", "surface"))
    about = with_areas(surface.about, areas)
    areas = gpd.GeoDataFrame(areas)
    grid = surface.published if look.hide_few else surface.grid
    top = float(np.nanmax(grid)) if np.isfinite(grid).any() else 1.0
    norm = PowerNorm(0.5, vmin=0, vmax=top or 1.0) if look.scale == "root" else Normalize(0, top or 1.0)
    cells = {"cmap": sequential_map(look.palette), "norm": norm}

    def draw(on: Axes) -> list[Artist]:
        hidden = _draw(areas, surface, grid, cells, basemap is not None, on)
        return [*([] if over is None else over(on)), *hidden]

    page = MapPage(
        draw=draw,
        legend=legend,
        title=title or _finding(areas, surface, grid),
        notes=_notes(surface, look.hide_few),
        side=partial(_draw_colourbar, ScalarMappable(norm, sequential_map(look.palette)), top or 1.0, surface),
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
    draw_cells(ax, areas, grid, (surface.x, surface.y), over=over, **look)
    if grid is surface.grid:
        return []
    return [hidden_patch(f"fewer than {number_of(surface.settings.minimum_events, 'event')}\nin reach: not shown")]


def _finding(areas: gpd.GeoDataFrame, surface: HeatSurface, grid: NDArray[np.float64]) -> str:
    """In which area harm is densest, of the cells that are shown."""
    found = area_of_highest(areas, grid, (surface.x, surface.y), lambda value: bool(value > 0))
    what, verb = ("Events", "are") if of_events(surface) else ("Harm", "is")
    return f"Where {what.lower()} {verb} concentrated" if found is None else f"{what} {verb} densest in {found}"


def of_events(surface: HeatSurface) -> bool:
    """Whether each event counts as one, without a weight of harm."""
    return surface.about.unit == "events per km²"


def _draw_colourbar(colours: ScalarMappable, top: float, surface: HeatSurface, ax: Axes, x: float) -> float:
    """Colourbar beside the map; the points it takes."""
    ticks = [tick for tick in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top) if 0 <= tick <= top]
    words = partial(format_number, decimals=max(0, 1 - int(np.floor(np.log10(top)))))
    return draw_colourbar(colours, ticks, words, surface.about.unit.replace(" per ", "\nper "), ax, x)


def _notes(surface: HeatSurface, hide_few: bool) -> list[str]:
    settings, found, facts = surface.settings, surface.findings, surface.table["value"]
    corrections = {"diggle": "edge-corrected (Diggle)", "uniform": "edge-corrected (uniformly)"}
    correction = corrections.get(found.edge_correction, "not edge-corrected")
    bandwidth = f"bandwidth {found.bandwidth_m:,.0f} m"
    if settings.adaptive:
        narrowest, widest = facts["narrowest bandwidth (m)"], facts["widest bandwidth (m)"]
        dense = "events are" if of_events(surface) else "harm is"
        bandwidth = f"bandwidth {narrowest:,.0f} to {widest:,.0f} m, narrower where {dense} dense"
    notes = [
        f"Kernel density, {settings.kernel}, {bandwidth}, cells of "
        f"{found.cell_size_m:g} m, {correction}; {number_of(int(facts['events used']), 'event')}, "
        f"{'each counted once' if of_events(surface) else 'harm'} over the whole period."
    ]
    if not hide_few:
        notes.append("Shows cells with few events in reach: single addresses may be recognised. Not for publication.")
    return notes
