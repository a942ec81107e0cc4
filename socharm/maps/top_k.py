"""Map of which areas are in the top for sure, possibly, or not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._checks import require_unique
from socharm._constraints import Labels
from socharm.errors import AlignmentError
from socharm.io.areas import require_areas
from socharm.maps.by_area import require_on_map
from socharm.maps.choropleth import open_map, with_areas
from socharm.maps.furniture import add_furniture, add_legend, add_north_arrow, add_scale_bar
from socharm.maps.labels import label_areas
from socharm.maps.palettes import HATCHES
from socharm.maps.shapes import FINE, draw_outlines, draw_shapes
from socharm.maps.style import styled
from socharm.ranking.top_classes import TopClasses
from socharm.severity.gaps import GAPS, gap_words

__all__ = ["plot_top_k"]

#: Dark, middle and light of one hue, so that a grey print keeps the order; no rank is hatched.
_LOOKS: Final[dict[str, dict[str, Any]]] = {
    "for sure": {"facecolor": "#5c1035", "edgecolor": "#b8b8b8"},
    "very likely": {"facecolor": "#5c1035", "edgecolor": "#b8b8b8"},
    "possibly": {"facecolor": "#f49a53", "edgecolor": "#b8b8b8"},
    "very unlikely": {"facecolor": "#f5f2ee", "edgecolor": "#b8b8b8"},
    "not": {"facecolor": "#f5f2ee", "edgecolor": "#b8b8b8"},
    **{gap: {"facecolor": "white", "edgecolor": "#8a8a8a", "hatch": HATCHES[gap]} for gap in GAPS},
}

#: What the title says of the first class.
_CERTAIN: Final = {"for sure": "there for sure", "very likely": "very likely there"}


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
    require_areas(areas)
    require_unique(classes.table.index, name="classes")
    require_on_map(classes.table.index, areas)
    about = with_areas(classes.about, areas)
    areas = gpd.GeoDataFrame(areas)
    ax = open_map(areas, ax=ax, basemap=basemap)
    kind = classes.table["class"].reindex(areas.index).fillna("not rankable")
    if "reason" in classes.table.columns:
        words = gap_words(classes.table["reason"].reindex(areas.index))
        kind = kind.mask((kind == "not rankable") & (words != ""), words)
    handles = _draw(ax, areas, kind, classes.classes)
    draw_outlines(ax, areas)
    add_legend(
        ax,
        handles,
        title=f"In the {classes.k:,} areas\nwith the most harm,\n{classes.findings.level * 100:g} %, "
        f"{classes.findings.basis}\n(areas in brackets)",
    )
    label_areas(ax, areas, _named(classes, kind, labels))
    add_scale_bar(ax)
    add_north_arrow(ax)
    heading = title or f"The {classes.k:,} areas with the most harm: which are {_CERTAIN[classes.classes[0]]}"
    return add_furniture(ax, about=about, title=heading, notes=[classes.sentence], below=38.0)


def _draw(ax: Axes, areas: gpd.GeoDataFrame, kind: pd.Series, names: tuple[str, ...]) -> list[Patch]:
    handles, thin = [], len(areas) > FINE
    for name in dict.fromkeys([*names, *GAPS]):
        codes = kind.index[kind == name]
        if len(codes):
            draw_shapes(ax, areas.geometry.loc[codes], linewidth=0.1 if thin else 0.4, **_LOOKS[name])
        elif name in GAPS:
            continue
        handles.append(Patch(label=f"{name}  ({len(codes):,})", linewidth=0.5, **_LOOKS[name]))
    return handles


def _named(classes: TopClasses, kind: pd.Series, labels: int | Sequence[str]) -> list[str]:
    if isinstance(labels, int):
        # Many are certain: equals in the order of the recorded rate, and by code where that is withheld.
        sure = classes.table.loc[
            classes.table["class"] == classes.classes[0], ["estimate", "rank_observed"]
        ].sort_index()
        ordered = sure.sort_values(["estimate", "rank_observed"], ascending=[False, True], kind="stable")
        return list(ordered.index[: max(labels, 0)])
    strangers = [code for code in labels if code not in kind.index]
    if strangers:
        raise AlignmentError(f"`labels` names {strangers[:3]}, which are not in `areas`. Give area codes.")
    return list(labels)
