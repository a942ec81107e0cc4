"""Hot and cold areas period by period: a small map for each, with one legend."""

from __future__ import annotations

from typing import Annotated, Any, Final

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._columns import AREA, PERIOD
from socharm._constraints import Between
from socharm._words import area_noun, month_words, number_of
from socharm.hotspots.areas.emerging_record import EmergingHotspots
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.label_colours import HOTSPOT_COLOURS
from socharm.maps.map_areas import open_map
from socharm.maps.palettes import HATCHES, INK
from socharm.maps.shapes import draw_shapes
from socharm.maps.style import styled

__all__ = ["plot_cube"]

_HOT: Final = "hot"
_COLD: Final = "cold"
_OTHER: Final = "not significant"
_GAP: Final = "not tested"
_TEXTS: Final = {
    _HOT: "hot: high together in that period",
    _COLD: "cold: low together in that period",
    _OTHER: "no more than chance",
    _GAP: "not covered, or no neighbour",
}
_LOOKS: Final[dict[str, dict[str, Any]]] = {
    **{label: {"facecolor": HOTSPOT_COLOURS[label]} for label in (_HOT, _COLD, _OTHER)},
    _GAP: {"facecolor": "#ffffff", "hatch": HATCHES["not covered"], "edgecolor": "#b5b5b5"},
}
#: Inches of a panel's longer side, and panels beside each other at most.
_SIDE: Final = 2.3
_ACROSS: Final = 6


@checked
@styled
def plot_cube(
    areas: gpd.GeoDataFrame,
    emerging: EmergingHotspots,
    *,
    panels: Annotated[int, Between(1, 24)] = 24,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Small maps of the areas that were hot and cold in each period, behind the patterns of `plot_emerging`.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres.
    emerging : EmergingHotspots
    panels : int
        Periods at most, 24 at most: of more the last ones are drawn, and the foot says so.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        Its child axes are the periods in their order. Nothing is computed, saved or shown.

    Raises
    ------
    AlignmentError
        The record speaks of areas that the map does not have.
    CRSError
        The areas have no CRS in metres.
    """
    areas, about = open_map(areas, emerging, name="emerging")
    label = emerging.cube.pivot_table(index=AREA, columns=PERIOD, values="label", aggfunc="first")
    label = label.reindex(areas.index).astype("object")
    label = label.where(label.isin([_HOT, _COLD, _OTHER]), _GAP)
    every = sorted(label.columns)
    shown = every[-panels:]
    west, south, east, north = areas.total_bounds
    tall = (north - south) / max(east - west, 1.0)
    across = min(len(shown), _ACROSS)
    down = -(-len(shown) // across)
    wide = _SIDE if tall <= 1 else max(_SIDE / tall, 1.3)
    ax = open_axes(ax, width=wide * across, height=(wide * tall + 0.3) * down)
    ax.set_axis_off()
    room = 0.3 / (wide * tall + 0.3)
    for at, period in enumerate(shown):
        row, column = divmod(at, across)
        box = ax.inset_axes((column / across, 1 - (row + 1) / down, 0.97 / across, (1 - room) / down))
        _panel(box, areas, label[period], str(period))
    _key(ax, label[shown], area_noun(areas.index))
    return add_furniture(
        ax,
        about=about,
        title=title or _finding(label[shown], area_noun(areas.index), len(every)),
        notes=_notes(emerging, len(every), len(shown)),
    )


def _panel(ax: Axes, areas: gpd.GeoDataFrame, label: pd.Series, period: str) -> None:
    west, south, east, north = areas.total_bounds
    ax.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    ax.set_axis_off()
    for kind, look in _LOOKS.items():
        codes = label.index[label == kind]
        if len(codes):
            draw_shapes(ax, areas.geometry.loc[codes], linewidth=0.0 if "hatch" not in look else 0.2, **look)
    ax.set_title(_words(period), fontsize=9, color=INK[0], pad=2.0)


def _words(period: str) -> str:
    """A month as people write it; a longer period by its ends."""
    try:
        return month_words(period)
    except ValueError:
        return period


def _key(ax: Axes, label: pd.DataFrame, noun: str) -> None:
    handles = [
        Patch(label=_TEXTS[kind], linewidth=0.5, **{"edgecolor": "#b8b8b8", **look})
        for kind, look in _LOOKS.items()
        if (label.to_numpy() == kind).any()
    ]
    key = ax.legend(
        handles=handles,
        title=f"Each {noun} and those round it,\nbeside all {noun}s of the same period",
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=9,
        borderaxespad=0.0,
        alignment="left",
    )
    key.set_in_layout(True)


def _finding(label: pd.DataFrame, noun: str, every: int) -> str:
    """How many are hot in the last period, and how many were in any that is drawn."""
    hot = label.to_numpy() == _HOT
    ever, now = int(hot.any(axis=1).sum()), int(hot[:, -1].sum())
    if not ever:
        return f"No {noun} was hot beyond chance in any period"
    when = "in some period" if label.shape[1] == every else f"in some of the last {number_of(label.shape[1], 'period')}"
    return f"{number_of(ever, noun)} hot {when}, {now:,} in the last"


def _notes(emerging: EmergingHotspots, every: int, shown: int) -> list[str]:
    s, found = emerging.settings, emerging.findings
    left = f" Of {number_of(every, 'period')} the last {shown} are drawn." if shown < every else ""
    held = (
        f"p at most {s.alpha:g}, NOT corrected"
        if s.correction == "none"
        else f"false discovery rate {s.alpha:g} over all periods together"
    )
    return [
        f"Gi* of each period, {found.first} to {found.last}; {held} ({number_of(found.tested, 'test')}); neighbours: "
        f"{found.rule}.{left} Neighbours go up and down together for a while: a single hot period is no pattern."
    ]
