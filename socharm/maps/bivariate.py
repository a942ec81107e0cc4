"""Harm and deprivation on one map: nine or twenty-five colours with a square legend."""

from __future__ import annotations

import os
from collections.abc import Sequence
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
from socharm.errors import AlignmentError
from socharm.maps.choropleth import column_label, open_map, with_areas, with_centres
from socharm.maps.furniture import add_furniture, add_north_arrow, add_scale_bar
from socharm.maps.labels import label_areas
from socharm.maps.palettes import INK
from socharm.maps.shapes import FINE, draw_gaps, draw_outlines, draw_shapes
from socharm.maps.style import styled
from socharm.overlay.deprivation import Overlay
from socharm.severity.gaps import GAPS, gap_words

__all__ = ["bivariate_colours", "overlay_gaps", "overlay_note", "plot_bivariate"]

#: Corners: little of both, much harm only, much deprivation only, much of both (darkest). Blue against orange stays
#: apart for the colour-blind, and on a grey printer darkness says how much of both there is.
_CORNERS: Final = ("#eeeeee", "#d1720b", "#4f8fc4", "#2b1230")


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
    strangers = table.index.difference(areas.index)
    if len(strangers):
        raise AlignmentError(f"{len(strangers)} areas of `overlay` are not in `areas`, such as {list(strangers[:3])}.")
    about = with_areas(overlay.about, areas)
    areas = with_centres(areas, overlay)
    ax = open_map(areas, ax=ax, basemap=basemap)
    colours = bivariate_colours(k)
    known = table.index[table["bivariate"].notna()]
    _draw(ax, areas, table, known, colours)
    gaps = overlay_gaps(table, areas.index.difference(known))
    handles = draw_gaps(ax, areas.geometry, gaps, {"no value": "harm or deprivation not known"}, many=len(gaps) > FINE)
    draw_outlines(ax, areas)
    _square_legend(ax, table.loc[known], colours, handles)
    label_areas(ax, areas, _chosen(table.loc[known], labels, k), key="Most harm, most deprived")
    add_scale_bar(ax)
    add_north_arrow(ax)
    notes = [overlay_note(overlay), "Classes of equal numbers of areas; the number of areas stands in each square."]
    return add_furniture(ax, about=about, title=title or "Harm and deprivation by area", notes=notes, below=38.0)


def _draw(ax: Axes, areas: gpd.GeoDataFrame, table: pd.DataFrame, known: pd.Index, colours: NDArray[np.str_]) -> None:
    if not len(known):
        return
    harm, deprived = (table.loc[known, name].to_numpy(dtype=int) - 1 for name in ("class_harm", "class_deprivation"))
    fine = len(areas) > FINE
    draw_shapes(
        ax,
        areas.geometry.loc[known],
        facecolor=list(colours[harm, deprived]),
        edgecolor="face" if fine else "white",
        linewidth=0.1 if fine else 0.4,
    )


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


def _square_legend(ax: Axes, table: pd.DataFrame, colours: NDArray[np.str_], handles: list[Patch]) -> None:
    """Squares with their numbers of areas, harm upwards and deprivation to the right, beside the map."""
    k = len(colours)
    box = ax.inset_axes((1.12, 0.66, 0.36, 0.30))
    sizes = table.groupby(["class_harm", "class_deprivation"]).size()
    for h in range(k):
        for d in range(k):
            colour = str(colours[h, d])
            box.add_patch(Rectangle((d, h), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.0))
            red, green, blue = to_rgb(colour)
            ink = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.55 else INK[0]
            count = int(sizes.get((h + 1, d + 1), 0))
            box.text(d + 0.5, h + 0.5, f"{count:,}", ha="center", va="center", size=8.5 if k == 3 else 6.5, color=ink)
    box.set(xlim=(0, k), ylim=(0, k), xticks=[], yticks=[], aspect="equal", anchor="NW")
    box.set_xlabel("more deprived  →", size=9, color=INK[0], loc="left")
    box.set_ylabel("more harm  →", size=9, color=INK[0], loc="bottom")
    for spine in box.spines.values():
        spine.set_visible(False)
    legend = ax.legend(
        handles=handles or [Patch(alpha=0, label=" ")],
        loc="upper left",
        bbox_to_anchor=(1.01, 0.60),
        frameon=False,
        fontsize=9,
        borderaxespad=0.0,
    )
    legend.set_in_layout(True)


def _chosen(table: pd.DataFrame, labels: int | Sequence[str], k: int) -> list[str]:
    if not isinstance(labels, int):
        strangers = [code for code in labels if code not in table.index]
        if strangers:
            raise AlignmentError(f"`labels` names {strangers[:3]}, which have no class. Give codes of the overlay.")
        return list(labels)
    both = table[(table["class_harm"] == k) & (table["class_deprivation"] == k)]
    # In published form the smoothed harm is withheld; the rate of published counts stands in its place.
    harm = both["rate"] if both["harm"].isna().all() else both["harm"]
    ordered = harm.sort_index().sort_values(ascending=False, kind="stable")
    return [str(code) for code in ordered.index[: max(labels, 0)]]
