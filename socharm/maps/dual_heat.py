"""Two surfaces together: more and less than the base gives, in two colours."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Patch
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._words import number_of, period_words
from socharm.hotspots.points.dual_record import DualSurface
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs
from socharm.maps.classes import format_number
from socharm.maps.map_areas import with_areas
from socharm.maps.map_page import MapPage, draw_page
from socharm.maps.style import styled
from socharm.maps.surface_parts import area_of_highest, draw_cells, draw_colourbar, hidden_patch

__all__ = ["plot_dual_heat"]

_Floats = NDArray[np.float64]

#: Less than the middle, and more: blue and orange are told apart by the colour-blind.
_DIVERGING: Final = ("#123f73", "#3f7fb8", "#a9cbe4", "#f5f3ee", "#f7bd82", "#cf6a1d", "#7a3205")
#: Doublings that the colours reach at least and at most; cells beyond have the last colour.
_REACH: Final = (1.0, 3.0)
#: Part of the shown cells whose values the colours reach.
_SHOWN: Final = 0.99


@checked
@styled
def plot_dual_heat(
    areas: gpd.GeoDataFrame,
    dual: DualSurface,
    *,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of a ratio, log ratio or difference of two surfaces, of the cells that may be shown.

    Parameters
    ----------
    areas : GeoDataFrame
        Outlines; the same CRS as the surfaces.
    dual : DualSurface
        From `dual_density`.
    title : str, optional
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Ratios are coloured by doublings from the middle, which is the ratio of the totals for residents and 1 for
        points; differences evenly from 0. Nothing is computed, saved or shown.

    Raises
    ------
    CRSError
        Areas and surfaces are in different coordinate systems.
    """
    require_areas(areas)
    require_same_crs(areas.crs, dual.crs, names=("areas", "dual"))
    areas = gpd.GeoDataFrame(areas)
    values, middle = _centred(dual)
    reach = _reach(dual, values)
    look: dict[str, Any] = {
        "cmap": LinearSegmentedColormap.from_list("socharm-diverging", _DIVERGING, N=256),
        "norm": Normalize(-reach, reach),
    }
    page = MapPage(
        draw=partial(_draw, areas, dual, values, look, basemap is not None),
        legend="",
        title=title or _finding(areas, dual, values),
        notes=[_note(dual)],
        side=partial(_draw_key, dual, ScalarMappable(look["norm"], look["cmap"]), middle, reach),
        period=_periods(dual),
    )
    about = with_areas(dual.about, areas)
    return draw_page(areas, page, record=dual, about=about, ax=ax, basemap=basemap)


def _centred(dual: DualSurface) -> tuple[_Floats, float]:
    """Doublings from the middle, or the difference; and what the middle is."""
    shown = dual.published
    if dual.settings.measure == "difference":
        return shown, 0.0
    logs = dual.settings.measure == "log-ratio"
    middle = (float(np.exp(dual.overall)) if logs else dual.overall) if dual.of_people else 1.0
    ratio = np.exp(shown) if logs else shown
    doublings = np.full(ratio.shape, np.nan)
    known = np.isfinite(ratio)
    doublings[known] = np.log2(np.maximum(ratio[known], 1e-12 * middle) / middle)
    return doublings, middle


def _reach(dual: DualSurface, values: _Floats) -> float:
    """What the last colours stand for."""
    known = np.abs(values[np.isfinite(values)])
    most = float(np.quantile(known, _SHOWN)) if known.size else 1.0
    if dual.settings.measure == "difference":
        return most or 1.0
    return float(np.clip(np.ceil(most), *_REACH))


def _draw(
    areas: gpd.GeoDataFrame, dual: DualSurface, values: _Floats, look: dict[str, Any], over: bool, ax: Axes
) -> list[Patch]:
    draw_cells(ax, areas, values, (dual.x, dual.y), over=over, **look)
    few = f"fewer than {number_of(dual.settings.minimum_events, 'event')}\nin reach"
    thin = "" if dual.settings.measure == "difference" else ",\nor a base too thin"
    return [hidden_patch(f"{few}{thin}: not shown")]


def _finding(areas: gpd.GeoDataFrame, dual: DualSurface, values: _Floats) -> str:
    """Where the measure is highest, of the cells that are shown."""
    found = area_of_highest(areas, values, (dual.x, dual.y), lambda value: bool(value > 0))
    if dual.of_people:
        return "Harm per resident, smoothed" if found is None else f"Harm per resident is highest in {found}"
    if found is None:
        return "Nowhere more harm than its base" if np.isfinite(values).any() else "Harm against its base"
    return f"Harm is furthest above its base in {found}"


def _draw_key(dual: DualSurface, colours: ScalarMappable, middle: float, reach: float, ax: Axes, x: float) -> float:
    """Colourbar in the unit of the ratio or the difference; the points it takes."""
    unit = dual.about.unit
    if dual.settings.measure == "difference":
        decimals = max(0, 1 - int(np.floor(np.log10(reach))))
        ticks = [-reach, -reach / 2, 0.0, reach / 2, reach]
        heading = f"{unit}:\nmore (+) or less (-)".replace(" per ", "\nper ")
        return draw_colourbar(colours, ticks, lambda tick: _signed(tick, decimals), heading, ax, x, extend="both")
    plain = unit.removeprefix("log of ")
    heading = plain.replace(" per ", "\nper ") if dual.of_people else "times the base"
    digits = max(0, 1 - int(np.floor(np.log10(middle / 2**reach)))) if middle > 0 else 2
    mean = "\n(all together)" if dual.of_people else ""

    def words(doublings: float) -> str:
        # Round the middle 1 the key has halves, quarters and eighths, which are written whole.
        told = format_number(middle * 2.0**doublings, decimals=digits) if dual.of_people else f"{2.0**doublings:g}"
        return told + (mean if doublings == 0 else "")

    return draw_colourbar(colours, np.arange(-reach, reach + 1).tolist(), words, heading, ax, x, extend="both")


def _signed(value: float, decimals: int) -> str:
    text = format_number(abs(value), decimals=decimals)
    return text if value == 0 else f"{'+' if value > 0 else '-'}{text}"


def _periods(dual: DualSurface) -> str:
    """Both periods, where the base is points of another."""
    ours, other = (_period_of(surface.about) for surface in (dual.above, dual.below))
    return f"Period {ours} against {other}" if ours and other and ours != other else ""


def _period_of(about: About) -> str:
    return "" if about.period is None else period_words(about.period.start, about.period.end)


def _note(dual: DualSurface) -> str:
    found, measure = dual.above.findings, dual.settings.measure
    base = "residents, spread evenly over each area" if dual.of_people else "the base"
    made = {
        "ratio": f"Harm over {base}",
        "log-ratio": f"Harm over {base}",
        "difference": f"Harm less that of {base}",
    }[measure]
    return (
        f"{made}: both smoothed ({dual.settings.kernel} kernel, bandwidth {found.bandwidth_m:,.0f} m, cells of "
        f"{found.cell_size_m:g} m). What differs may be chance: this map tests nothing."
    )
