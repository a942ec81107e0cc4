"""Map of which areas are in the top for sure, possibly, or not."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._constraints import Labels
from socharm._words import area_noun, harm_per, number_of
from socharm.maps.label_colours import TOP_COLOURS
from socharm.maps.map_areas import open_map
from socharm.maps.map_page import MapPage, chosen_codes, draw_page
from socharm.maps.palettes import HATCHES
from socharm.maps.shapes import draw_areas
from socharm.maps.style import styled
from socharm.ranking.top_classes import TopClasses
from socharm.severity.gaps import GAPS, gap_words

__all__ = ["plot_top_k"]

_LOOKS: Final[dict[str, dict[str, Any]]] = {
    **{name: {"facecolor": colour, "edgecolor": "#b8b8b8"} for name, colour in TOP_COLOURS.items()},
    **{gap: {"facecolor": "white", "edgecolor": "#8a8a8a", "hatch": HATCHES[gap]} for gap in GAPS},
}

#: What the title says of the first class: of one area, of several, of none.
_CERTAIN: Final = {
    "for sure": ("{noun} is for sure among", "{noun}s are for sure among", "No {noun} is for sure among"),
    "very likely": ("{noun} is very likely among", "{noun}s are very likely among", "No {noun} is very likely among"),
}


@checked
@styled
def plot_top_k(
    areas: gpd.GeoDataFrame,
    classes: TopClasses,
    *,
    labels: Labels = 10,
    title: str | None = None,
    basemap: str | os.PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Map of the areas that belong to the top for sure, possibly, or not.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres; ``name`` and ``parent`` are used where present.
    classes : TopClasses
        From `classify_top` or `classify_probable_top`.
    labels : int or sequence of str
        How many of the areas in the first class (for sure, or very likely) are named, by estimate and then by rank, or
        the codes of those to name.
    title : str, optional
    basemap : str or path, optional
        Name of a contextily provider (fetches tiles), a GeoTIFF, or a vector file.
    ax : Axes, optional

    Returns
    -------
    Axes
        Nothing is computed, saved or shown. The legend has every class with its number of areas; areas of the map
        without a class are hatched, by why they have none.

    Raises
    ------
    AlignmentError
        The record speaks of areas that the map does not have.
    CRSError
        The areas have no CRS in metres.
    """
    areas, about = open_map(areas, classes, name="classes")
    kind = classes.table["class"].reindex(areas.index).fillna("not rankable")
    if "reason" in classes.table.columns:
        words = gap_words(classes.table["reason"].reindex(areas.index))
        kind = kind.mask((kind == "not rankable") & (words != ""), words)
    noun = area_noun(areas.index)
    page = MapPage(
        draw=partial(_draw, areas, kind, classes.classes),
        legend=f"In the {number_of(classes.k, noun)}\nwith the most {harm_per(classes.about.unit)},\n"
        f"{classes.findings.level * 100:g}%, "
        f"{classes.findings.basis}\n({noun}s in brackets)",
        title=title or _finding(classes, kind, noun),
        notes=[classes.sentence],
        named=chosen_codes(labels, _order(classes), kind.index, where="`areas`"),
    )
    return draw_page(areas, page, record=classes, about=about, ax=ax, basemap=basemap)


def _draw(areas: gpd.GeoDataFrame, kind: pd.Series, names: tuple[str, ...], ax: Axes) -> list[Patch]:
    handles = []
    for name in dict.fromkeys([*names, *GAPS]):
        codes = kind.index[kind == name]
        if name in GAPS and not len(codes):
            continue
        draw_areas(ax, areas, codes, **_LOOKS[name])
        handles.append(Patch(label=f"{name}  ({len(codes):,})", linewidth=0.5, **_LOOKS[name]))
    return handles


def _finding(classes: TopClasses, kind: pd.Series, noun: str) -> str:
    """How many areas are in the top for certain, and how many may be."""
    first, possible = (int((kind == name).sum()) for name in classes.classes[:2])
    one, several, none = (text.format(noun=noun) for text in _CERTAIN[classes.classes[0]])
    sure = none if not first else f"{first:,} {one if first == 1 else several}"
    top = f"the {'one' if classes.k == 1 else f'{classes.k:,}'} with the most {harm_per(classes.about.unit)}"
    more = f"; {possible:,} {'more ' if first else ''}may be" if possible else ""
    return f"{sure} {top}{more}"


def _order(classes: TopClasses) -> list[str]:
    """Areas of the first class: equals in the order of the recorded rate, and by code where that is withheld."""
    sure = classes.table.loc[classes.table["class"] == classes.classes[0], ["estimate", "rank_observed"]].sort_index()
    ordered = sure.sort_values(["estimate", "rank_observed"], ascending=[False, True], kind="stable")
    return [str(code) for code in ordered.index]
