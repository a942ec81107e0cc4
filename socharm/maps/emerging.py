"""Map of what hot and cold areas do over time, and map of what changed between two periods."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._constraints import Labels
from socharm._words import area_noun, number_of
from socharm.hotspots.areas.change_significance import ChangeSettings, ChangeSignificance
from socharm.hotspots.areas.emerging_patterns import COLD_PATTERNS, HOT_PATTERNS, NO_PATTERN, TOO_SHORT
from socharm.hotspots.areas.emerging_record import EMERGING_LABELS, EmergingHotspots, EmergingSettings
from socharm.maps.choropleth import column_label
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.palettes import HATCHES
from socharm.maps.shapes import draw_areas
from socharm.maps.style import styled

__all__ = ["EMERGING_COLOURS", "change_title", "plot_emerging", "plot_significant_change"]

_Looks = Mapping[str, dict[str, Any]]

_HOT: Final = ("#fed976", "#fd8d3c", "#67000d", "#b2182b", "#e58368", "#f6c3ae", "#ffffff", "#f3e3de")
_COLD: Final = ("#c7e9b4", "#41b6c4", "#081d58", "#2166ac", "#6f9fd0", "#bcd5ec", "#ffffff", "#dde5ee")
#: Warm and cool, dark where a pattern lasts; oscillating and historical ones are hatched in the colour of their side.
EMERGING_COLOURS: Final = {
    **dict(zip(HOT_PATTERNS, _HOT, strict=True)),
    **dict(zip(COLD_PATTERNS, _COLD, strict=True)),
    NO_PATTERN: "#f5f2ea",
    TOO_SHORT: "#d9d9d9",
}
_EDGE: Final = "#b8b8b8"
_MEANING: Final = {
    "new": "in the last period only",
    "consecutive": "one unbroken run up to now",
    "intensifying": "nearly always, more and more",
    "persistent": "nearly always, no trend",
    "diminishing": "nearly always, less and less",
    "sporadic": "now, and on and off before",
    "oscillating": "now, the opposite before",
    "historical": "nearly always before, not now",
}
#: Patterns whose areas are named first.
_FIRST: Final = ("new hot spot", "consecutive hot spot", "intensifying hot spot", "persistent hot spot")
_CHANGES: Final[_Looks] = {
    "rise": {"facecolor": "#c2570c"},
    "fall": {"facecolor": "#2166ac"},
    "not clear": {"facecolor": "#f5f2ea"},
    "too few": {"facecolor": "#d9d9d9"},
    "not covered": {"facecolor": "white", "hatch": HATCHES["not covered"]},
}
_CHANGE_TEXTS: Final = {
    "rise": "rose beyond chance",
    "fall": "fell beyond chance",
    "not clear": "not clear",
    "too few": "too few crimes to tell",
    "not covered": "not covered",
}


@checked
@styled
def plot_emerging(
    areas: gpd.GeoDataFrame,
    emerging: EmergingHotspots,
    *,
    labels: Labels = 10,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of the pattern of each area, with a legend of the patterns that it has.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres; ``name`` and ``parent`` are used where present.
    emerging : EmergingHotspots
    labels : int or sequence of str
        How many areas in hot spots are named, those that are new or grow first; or the codes of those to name.
    title : str, optional
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is computed, saved or shown. Areas without a pattern for want of a neighbour or a value are hatched.

    Raises
    ------
    AlignmentError
        The record speaks of areas that the map does not have.
    CRSError
        The areas have no CRS in metres.
    """
    areas, about = open_map(areas, emerging, name="emerging")
    label = emerging.table["pattern"].reindex(areas.index).fillna("not covered").astype("str")
    present = [kind for kind in EMERGING_LABELS if (label == kind).any()]
    noun = area_noun(areas.index)
    order = [kind for kind in _FIRST if kind in present] + [kind for kind in HOT_PATTERNS if kind not in _FIRST]
    named = [str(code) for kind in order for code in sorted(label.index[label == kind])]
    found = emerging.findings
    page = MapPage(
        draw=partial(_draw, areas, label, {kind: (_look(kind), _text(kind)) for kind in present}),
        legend=f"Each {noun} and those round it,\nperiod by period beside all {noun}s\n({noun}s in brackets)",
        title=title or _finding(label, noun),
        notes=[
            f"Gi* of {_column(found.column)} in {number_of(found.periods, 'period')}, {found.first} to {found.last}; "
            f"{_level(emerging.settings)} ({number_of(found.tested, 'test')}); neighbours: {found.rule}.",
            _ordinary(emerging),
        ],
        named=chosen_codes(labels, named, label.index, where="`areas`"),
    )
    return draw_page(areas, page, record=emerging, about=about, ax=ax, basemap=basemap)


@checked
@styled
def plot_significant_change(
    areas: gpd.GeoDataFrame,
    changes: ChangeSignificance,
    *,
    labels: Labels = 10,
    title: str | None = None,
    notes: tuple[str, ...] = (),
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of the areas whose crimes rose or fell between two periods beyond chance.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres; ``name`` and ``parent`` are used where present.
    changes : ChangeSignificance
    labels : int or sequence of str
        How many areas are named, rises first, the surest first; or the codes of those to name.
    title : str, optional
    notes : tuple of str
        Sentences that the foot has beside its own.
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is computed, saved or shown. The legend has every class that an area is in.

    Raises
    ------
    AlignmentError
        The record speaks of areas that the map does not have.
    CRSError
        The areas have no CRS in metres.
    """
    areas, about = open_map(areas, changes, name="changes")
    table = changes.table
    label = table["change"].reindex(areas.index).fillna("not covered").astype("str")
    looks = {kind: (look, _CHANGE_TEXTS[kind]) for kind, look in _CHANGES.items() if (label == kind).any()}
    surest = table.sort_values("p", kind="stable")
    named = [str(code) for kind in ("rise", "fall") for code in surest.index[surest["change"] == kind]]
    rises, falls = int((label == "rise").sum()), int((label == "fall").sum())
    noun = area_noun(areas.index)
    least, most = (f"{end:.1f}" for end in (table["dispersion"].min(), table["dispersion"].max()))
    spread = least if least == most else f"{least} to {most}"
    held = "beyond the change of all areas together" if changes.settings.beyond_all else "of the area's own rate"
    page = MapPage(
        draw=partial(_draw, areas, label, looks),
        legend=f"Crimes of two periods compared\n({noun}s in brackets)",
        title=title or change_title(rises, falls, noun),
        notes=[
            f"Change {held}; {changes.settings.test} test, {_level(changes.settings)}; variance of a count {spread} "
            "times its mean.",
            "Not clear does not mean no change.",
            *notes,
        ],
        named=chosen_codes(labels, named, label.index, where="`areas`"),
    )
    return draw_page(areas, page, record=changes, about=about, ax=ax, basemap=basemap)


def change_title(rises: int, falls: int, noun: str, *, when: str = "") -> str:
    """How many areas rose and fell; where there are none of one kind, that; and between what."""
    between = f": {when}" if when else ""
    if not rises and not falls:
        return f"No {noun} with a rise or a fall beyond chance{between}"
    if not falls:
        return f"{number_of(rises, noun)} with a rise beyond chance, none with a fall{between}"
    if not rises:
        return f"{number_of(falls, noun)} with a fall beyond chance, none with a rise{between}"
    return f"{number_of(rises, noun)} with a rise and {falls:,} with a fall beyond chance{between}"


def _level(settings: EmergingSettings | ChangeSettings) -> str:
    """The rate of error that is kept, and over what."""
    if settings.correction == "none":
        return f"p at most {settings.alpha:g}, NOT corrected"
    return f"false discovery rate {settings.alpha:g}"


def _column(name: str) -> str:
    """The values that were tested, as the foot of a map names them."""
    told = column_label(name, None)[0]
    return told[:1].lower() + told[1:]


def _look(kind: str) -> dict[str, Any]:
    """Colour and hatch of a pattern."""
    if kind in HATCHES:
        return {"facecolor": "white", "hatch": HATCHES[kind]}
    if kind == "island":
        return {"facecolor": "white", "hatch": "oo"}
    look: dict[str, Any] = {"facecolor": EMERGING_COLOURS[kind]}
    if kind.startswith(("oscillating", "historical")):
        side = "#b2182b" if kind.endswith("hot spot") else "#2166ac"
        look |= {"hatch": "////" if kind.startswith("oscillating") else "....", "edgecolor": side}
    return look


def _text(kind: str) -> str:
    word, _, side = kind.partition(" ")
    if word in _MEANING:
        return f"{word} {side}: {_MEANING[word]}"
    return {"island": "no covered neighbour, not tested", TOO_SHORT: "too short to tell"}.get(kind, kind)


def _draw(
    areas: gpd.GeoDataFrame, label: pd.Series, looks: Mapping[str, tuple[dict[str, Any], str]], ax: Axes
) -> list[Patch]:
    """Colour or hatch the areas class by class; the legend's handles in order."""
    handles = []
    for kind, (look, text) in looks.items():
        codes = label.index[label == kind]
        hatched = {"edgecolor": "#8a8a8a", **look} if "hatch" in look else look
        draw_areas(ax, areas, codes, edge=_EDGE, **hatched)
        shown = {"edgecolor": _EDGE, **hatched}
        handles.append(Patch(label=f"{text}  ({len(codes):,})", linewidth=0.5, **shown))
    return handles


def _finding(label: pd.Series, noun: str) -> str:
    """What was found, for a title."""
    hot, cold = (int(label.isin(side).sum()) for side in (HOT_PATTERNS, COLD_PATTERNS))
    if not hot + cold:
        short = bool((label == TOO_SHORT).any())
        return "Too short to tell what hot spots do over time" if short else "No hot or cold spot stands out over time"
    growing = int(label.isin(_FIRST[:3]).sum())
    told = f"{number_of(hot, noun)} in hot spots" + (f", {growing:,} of them new or growing" if growing else "")
    return told + (f"; {cold:,} in cold spots" if cold else "")


def _ordinary(emerging: EmergingHotspots) -> str:
    if emerging.settings.beyond_ordinary:
        return (
            "Named only beyond the ups and downs that neighbourhoods have together. A pattern says what was, not why."
        )
    return "Patterns by their definitions alone: months in which neighbourhoods go up together are named too."
