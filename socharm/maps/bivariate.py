"""Harm and deprivation on one map: nine or twenty-five colours with a square legend."""

from __future__ import annotations

import os
from functools import partial
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._constraints import Labels
from socharm._words import area_noun, harm_per, number_of
from socharm.maps.choropleth import column_label
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.palettes import INK
from socharm.maps.shapes import FINE, draw_areas, draw_gaps
from socharm.maps.style import styled
from socharm.overlay.deprivation import Overlay
from socharm.severity.gaps import GAPS, gap_words

__all__ = ["bivariate_colours", "overlay_gaps", "overlay_note", "plot_bivariate"]

#: Corners: little of both, much harm only, much deprivation only, much of both (darkest). Blue against orange stays
#: apart for the colour-blind, and on a grey printer darkness says how much of both there is.
_CORNERS: Final = ("#eeeeee", "#d1720b", "#4f8fc4", "#2b1230")

#: Inches of the square of the legend.
_SQUARE: Final = 1.9


def bivariate_colours(k: int) -> NDArray[np.str_]:
    """Colours by class of harm (rows) and of deprivation (columns), both from least to most.

    Examples
    --------
    >>> str(bivariate_colours(3)[0, 0]), str(bivariate_colours(3)[2, 2])
    ('#eeeeee', '#2b1230')
    """
    neither, harm, deprived, both = (np.array(to_rgb(colour)) for colour in _CORNERS)
    steps = np.linspace(0.0, 1.0, k)
    table = [
        [
            to_hex((1 - h) * (1 - d) * neither + h * (1 - d) * harm + (1 - h) * d * deprived + h * d * both)
            for d in steps
        ]
        for h in steps
    ]
    return np.array(table)


@checked
@styled
def plot_bivariate(
    areas: gpd.GeoDataFrame,
    overlay: Overlay,
    *,
    ax: Axes | None = None,
    labels: Labels = 10,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
) -> Axes:
    """Map of the classes of harm and of deprivation.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries by area code; every area of the overlay must be among them.
    overlay : Overlay
    ax : Axes, optional
    labels : int or sequence of str
        How many areas to name, from the most harm among those highest in both classes; or their codes.
    title : str, optional
    basemap : optional
        A local raster or vector file, or a tile provider by name: fetched only then.

    Returns
    -------
    Axes

    Raises
    ------
    AlignmentError
        Areas of the overlay have no boundary.
    """
    table, k = overlay.table, overlay.settings.classes
    areas, about = open_map(areas, overlay, name="overlay")
    colours = bivariate_colours(k)
    known = table.loc[table["bivariate"].notna()]
    gaps = overlay_gaps(table, areas.index.difference(known.index))
    page = MapPage(
        draw=partial(_draw, areas, known, colours, gaps),
        legend="",
        title=title or _finding(known, k, harm_per(overlay.about.unit), area_noun(areas.index)),
        notes=[
            overlay_note(overlay),
            "Classes of equal numbers of areas, but equals share one; the number of areas stands in each square.",
        ],
        named=chosen_codes(labels, _order(known, k), known.index, where="the overlay with a class"),
        key=f"Rank and area: most {harm_per(overlay.about.unit)}, most deprived",
        side=partial(_square_legend, known, colours),
    )
    return draw_page(areas, page, record=overlay, about=about, ax=ax, basemap=basemap)


def _draw(
    areas: gpd.GeoDataFrame, known: pd.DataFrame, colours: NDArray[np.str_], gaps: pd.Series, ax: Axes
) -> list[Patch]:
    if len(known):
        harm, deprived = (known[name].to_numpy(dtype=int) - 1 for name in ("class_harm", "class_deprivation"))
        draw_areas(ax, areas, known.index, facecolor=list(colours[harm, deprived]))
    return draw_gaps(ax, areas.geometry, gaps, {"no value": "harm or deprivation not known"}, many=len(gaps) > FINE)


def _finding(known: pd.DataFrame, k: int, harm: str, noun: str) -> str:
    """How many areas are in the highest class of both."""
    both = int(((known["class_harm"] == k) & (known["class_deprivation"] == k)).sum())
    part = {2: "half", 3: "third", 4: "quarter", 5: "fifth"}.get(k, "class")
    count = number_of(both, f"{noun} is", f"{noun}s are") if both else f"No {noun} is"
    return f"{count} among the {part} with the most {harm} and the {part} with the most deprivation"


def overlay_gaps(table: pd.DataFrame, codes: pd.Index) -> pd.Series:
    """Why areas of an overlay, or of its map, have no colour, as keys of `HATCHES`."""
    words = gap_words(table["reason"].reindex(codes))
    return words.where(words.isin(GAPS[:2]), "no value")


def overlay_note(overlay: Overlay, column: str | None = None) -> str:
    """What stands on the two sides, with the unit of harm; `column` of the index where it is not the overlay's."""
    name, unit = column_label(column or overlay.settings.column, overlay.about)
    version = {"without_crime": "without its crime domain", "published": "as published, crime included"}
    harm = f"{name[0].lower()}{name[1:]}" + (f", {unit}" if unit else "")
    return f"Harm: {harm}. Deprivation: {overlay.findings.index}, {version[overlay.settings.version]}."


def _square_legend(table: pd.DataFrame, colours: NDArray[np.str_], ax: Axes, x: float) -> float:
    """Squares with their numbers of areas, harm upwards, deprivation to the right; its points."""
    k = len(colours)
    ax.apply_aspect()
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    frame = ax.get_window_extent()
    wide, high = (min(_SQUARE, 0.4 * side / figure.dpi) * figure.dpi / side for side in (frame.width, frame.height))
    box = ax.inset_axes((x + 0.22 * wide, 1.0 - high, wide, high))
    sizes = table.groupby(["class_harm", "class_deprivation"]).size()
    for h in range(k):
        for d in range(k):
            colour = str(colours[h, d])
            box.add_patch(Rectangle((d, h), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.0))
            red, green, blue = to_rgb(colour)
            ink = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.55 else INK[0]
            count = int(sizes.get((h + 1, d + 1), 0))
            box.text(d + 0.5, h + 0.5, f"{count:,}", ha="center", va="center", size=9.5 if k == 3 else 7.5, color=ink)
    box.set(xlim=(0, k), ylim=(0, k), xticks=[], yticks=[], aspect="equal", anchor="NW")
    box.set_xlabel("more deprived  →", size=10, color=INK[0], loc="left")
    box.set_ylabel("more harm  →", size=10, color=INK[0], loc="bottom")
    for spine in box.spines.values():
        spine.set_visible(False)
    return high * frame.height * 72.0 / figure.dpi + 34.0


def _order(known: pd.DataFrame, k: int) -> list[str]:
    both = known[(known["class_harm"] == k) & (known["class_deprivation"] == k)]
    # In published form the smoothed harm is withheld; the rate of published counts stands in its place.
    harm = both["rate"] if both["harm"].isna().all() else both["harm"]
    return [str(code) for code in harm.sort_index().sort_values(ascending=False, kind="stable").index]
