"""The page that all maps of areas share: map, enlarged part, legend, key, scale, arrow, heading and foot."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from socharm._about import About
from socharm._words import area_noun
from socharm.errors import AlignmentError
from socharm.io.areas import require_areas
from socharm.maps.area_labels import (
    KEY_STEP,
    are_crowded,
    name_areas,
    name_districts,
    points_inside,
    texts_of,
    write_key,
)
from socharm.maps.basemap import draw_basemap
from socharm.maps.furniture import Heading, add_furniture, add_legend, open_axes
from socharm.maps.inset_choice import Box, inset_box
from socharm.maps.labels import LabelLook
from socharm.maps.names import area_names, league_ranks
from socharm.maps.page_size import below_side, cell_of, fit_in_cell, fit_page, is_ours, parent_inches, place_map
from socharm.maps.palettes import INK
from socharm.maps.paper import box_of, label_box, on_paper, point_on_paper
from socharm.maps.scale_bar import add_north_arrow, add_scale_bar
from socharm.maps.shapes import draw_outlines, points_per_metre
from socharm.maps.style import measuring_renderer
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE

__all__ = ["MapPage", "chosen_codes", "draw_page", "in_noun"]

#: Inches of the longer side of a map, without and with an enlarged part beside it, and of that part.
_ALONE: Final = (7.0, 7.0)
_BESIDE: Final = (4.6, 6.0)
_ENLARGED: Final = 5.4
_GAP: Final = 0.3
_MARGIN: Final = 0.02
#: Inches across from which a place on a figure of the caller's has room for an enlarged part; and from which letters
#: have their full size, which is at least this part of it.
_WIDE: Final = 11.0
_FULL: Final = 6.5
_SMALLEST: Final = 0.6
#: Points of heading and foot, beside which a key has room.
_WORDS: Final = 150.0


@dataclass(frozen=True, kw_only=True)
class MapPage:
    """What one map puts on the page that all maps share.

    Parameters
    ----------
    draw : callable
        Colours the areas on axes with limits, and returns the entries of the legend. Called for the map and again for
        its enlarged part, so both have the same classes and colours.
    legend : str
        Heading of the legend.
    title : str
        What was found, in a sentence.
    notes : sequence of str
        Where they speak of areas, these are called what they are: wards.
    as_written : sequence of str
        Notes that stay as they are: "parking areas" are none of the areas.
    named : sequence of str
        Codes of the areas to name, most important first.
    key : str
        Heading of the key.
    side : callable, optional
        Draws another key above the legend, right of a place in parts of the axes; returns the points that it takes.
    view : (west, south, east, north), optional
        Part of the ground to show; all areas by default.
    crowd : GeoSeries, optional
        Shapes that must be legible; the areas by default.
    labelled : GeoDataFrame, optional
        What is named, where that is not the areas. A dot would hide small ones: leaders end at their edges.
    period : str
        What stands in the line of the period; by default that of the about.
    """

    draw: Callable[[Axes], Sequence[Artist]]
    legend: str
    title: str
    notes: Sequence[str] = ()
    as_written: Sequence[str] = ()
    named: Sequence[str] = ()
    key: str = "Rank and area"
    side: Callable[[Axes, float], float] | None = None
    view: Box | None = None
    crowd: gpd.GeoSeries | None = None
    labelled: gpd.GeoDataFrame | None = None
    period: str = ""


@dataclass
class _Page:
    """A page while it is made."""

    ax: Axes
    inset: Axes | None = None
    cell: Bbox | None = None
    scale: float = 1.0
    side: float = 1.0
    parts: list[Any] = field(default_factory=list)
    frame: Bbox | None = None
    written: dict[Axes, list[Annotation | None]] = field(default_factory=dict)


def draw_page(
    areas: gpd.GeoDataFrame,
    page: MapPage,
    *,
    record: Any,
    about: About | None,
    ax: Axes | None,
    basemap: str | os.PathLike[str] | None,
) -> Axes:
    """Draw a map on a page of its own, or in the place that `ax` has on its figure.

    Parameters
    ----------
    areas : GeoDataFrame
        With the names to print; the column ``rank`` has the league.
    page : MapPage
    record : object
        Its table has the league where the areas do not.
    about : About or None
    ax : Axes, optional
    basemap : optional
        As of `draw_basemap`.

    Returns
    -------
    Axes
        Of the main map. Everything else hangs on it, and stays inside the place that `ax` had.
    """
    require_areas(areas)
    made, entries = _open(areas, page, ax, basemap)
    named = areas if page.labelled is None else page.labelled
    names, noun = area_names(named), area_noun(areas.index)
    page = replace(
        page, key=in_noun(page.key, noun), notes=[*(in_noun(note, noun) for note in page.notes), *page.as_written]
    )
    if any(CENTRE_MARK in str(names[code]) for code in page.named):
        page = replace(page, notes=[*page.notes, CENTRE_NOTE])
    ranks = league_ranks(named, record)
    keyed = are_crowded(named, page.named, _scales(made), specks=page.labelled is not None)
    codes = _write_side(made, named, page, entries, ranks, keyed)
    for map_axes in filter(None, (made.ax, made.inset)):
        add_scale_bar(map_axes)
    add_north_arrow(made.ax)

    def furnish(wide: float, below: float) -> None:
        add_furniture(
            made.ax, about=about, title=Heading(page.title, page.period), notes=page.notes, below=below, width=wide,
            scale=made.scale,
        )  # fmt: skip

    if made.cell is None:
        furnish(fit_page(made.ax, made.parts), below_side(made.ax, made.parts))
        fit_page(made.ax, made.parts)
    else:
        fit_in_cell(made.ax, made.cell, made.parts, furnish)
    _write_names(made, named, codes, ranks, keyed, page=page, around=areas.geometry)
    _write_districts(made, areas, page.crowd)
    return made.ax


def in_noun(text: str, noun: str) -> str:
    """A sentence of ours that speaks of areas, with what these are called: an area, a ward."""
    if noun == "area":
        return text
    told = re.sub(r"\b([Aa])n area\b", rf"\1 {noun}", text)
    return re.sub(r"\b([Aa])rea(s?)\b", lambda found: (noun.capitalize() if found[1] == "A" else noun) + found[2], told)


def chosen_codes(labels: int | Sequence[str], ordered: Sequence[str], known: pd.Index, *, where: str) -> list[str]:
    """Codes of the areas to name: the first ones, or those that were asked for.

    Raises
    ------
    AlignmentError
        A code is not known.
    """
    if isinstance(labels, int):
        return [str(code) for code in ordered[: max(labels, 0)]]
    strangers = [code for code in labels if code not in known]
    if strangers:
        raise AlignmentError(f"`labels` names {strangers[:3]}, which are not in {where}. Give area codes.")
    return list(dict.fromkeys(labels))


def _open(
    areas: gpd.GeoDataFrame, page: MapPage, ax: Axes | None, basemap: str | os.PathLike[str] | None
) -> tuple[_Page, list[Artist]]:
    """Axes with what the map shows, and those of its enlarged part where it needs one."""
    view = page.view or _whole(areas)
    crowd = areas.geometry if page.crowd is None else page.crowd
    ax = open_axes(ax, width=9.0, height=7.0)
    ours = is_ours(ax)
    cell = None if ours else cell_of(ax)
    across = _ALONE[0] if cell is None else cell.width * parent_inches(ax)[0]
    side = max(view[2] - view[0], view[3] - view[1])
    box = None
    if ours or across >= _WIDE:
        box = inset_box(crowd, view, points_per_metre=min(_ALONE) * 72.0 / side)
    if ours:
        place_map(ax, view, _BESIDE if box is not None else _ALONE)
    _set_view(ax, view)
    draw_basemap(ax, basemap, crs=str(areas.crs))
    made = _Page(ax=ax, cell=cell, scale=float(np.clip(across / _FULL, _SMALLEST, 1.0)))
    entries = list(page.draw(ax))
    _set_view(ax, view)
    draw_outlines(ax, areas)
    if box is not None:
        _enlarge(made, areas, page, box, basemap)
    return made, entries


def _whole(areas: gpd.GeoDataFrame) -> Box:
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    margin = _MARGIN * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin


def _set_view(ax: Axes, view: Box) -> None:
    ax.set(xlim=(view[0], view[2]), ylim=(view[1], view[3]), aspect="equal", anchor="NW")
    ax.set_axis_off()


def _enlarge(
    made: _Page, areas: gpd.GeoDataFrame, page: MapPage, box: Box, basemap: str | os.PathLike[str] | None
) -> None:
    """The part of the map inside `box`, larger, beside it; a frame on the map says where it lies."""
    ax = made.ax
    ax.apply_aspect()
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    frame = ax.get_window_extent()
    wide, high = frame.width / figure.dpi, frame.height / figure.dpi
    tall = (box[3] - box[1]) / (box[2] - box[0])
    inner_high = min(high, _ENLARGED, _ENLARGED * tall)
    left, width = 1.0 + _GAP / wide, inner_high / tall / wide
    inset = ax.inset_axes((left, 1.0 - inner_high / high, width, inner_high / high))
    inset.set(xlim=(box[0], box[2]), ylim=(box[1], box[3]), aspect="equal", xticks=[], yticks=[], anchor="NW")
    draw_basemap(inset, basemap, crs=str(areas.crs))
    page.draw(inset)
    draw_outlines(inset, areas)
    inset.set(xlim=(box[0], box[2]), ylim=(box[1], box[3]), xlabel="", ylabel="")
    for spine in inset.spines.values():
        spine.set(edgecolor=INK[0], linewidth=0.9)
    mark: dict[str, Any] = {"edgecolor": INK[0], "linewidth": 0.9, "zorder": 6}
    ax.add_patch(Rectangle((box[0], box[1]), box[2] - box[0], box[3] - box[1], facecolor="none", **mark))
    made.inset, made.side = inset, left + width
    made.parts.append(inset)


def _scales(made: _Page) -> list[tuple[Box, float]]:
    found = []
    for ax in filter(None, (made.inset, made.ax)):
        (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
        ax.apply_aspect()
        found.append(((west, south, east, north), points_per_metre(ax)))
    return found


def _write_side(
    made: _Page,
    areas: gpd.GeoDataFrame,
    page: MapPage,
    entries: Sequence[Artist],
    ranks: pd.Series,
    keyed: bool,
) -> list[str]:
    """Legend, and below it the key, right of the maps; the codes for which the key has room."""
    ax, scale = made.ax, made.scale
    down = 0.0 if page.side is None else page.side(ax, made.side)
    if entries:
        legend = add_legend(ax, entries, title=page.legend, x=made.side, down=down, scale=scale)
        made.parts.append(legend)
        down = _down(ax, legend) + 22.0 * scale
    codes = list(page.named)
    if keyed and made.cell is not None:
        room = made.cell.height * parent_inches(ax)[1] * 72.0 - _WORDS * scale - down
        codes = codes[: max(int(room / (KEY_STEP * scale)) - 2, 0)]
    if keyed and codes:
        made.parts += write_key(ax, areas, codes, ranks, heading=page.key, at=(made.side, down), scale=scale)
    return codes


def _down(ax: Axes, artist: Artist) -> float:
    """Points from the upper edge of the map to the lower edge of what stands beside it."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    ax.apply_aspect()
    renderer = measuring_renderer(figure.dpi)
    return float(ax.get_window_extent().y1 - artist.get_window_extent(renderer).y0) * 72.0 / figure.dpi


def _write_names(
    made: _Page,
    areas: gpd.GeoDataFrame,
    codes: Sequence[str],
    ranks: pd.Series,
    keyed: bool,
    *,
    page: MapPage,
    around: gpd.GeoSeries,
) -> None:
    """Each named area once: in the enlarged part where it lies there, else on the map, outside that part's frame."""
    look = LabelLook() if page.labelled is None else LabelLook(dot=0.0)
    texts = texts_of(areas, codes, ranks, keyed=keyed)
    write = partial(name_areas, around=around, crowd=page.crowd, look=look)
    inside: list[str] = []
    if made.inset is not None:
        inner = points_inside(areas, codes)
        (west, east), (south, north) = made.inset.get_xlim(), made.inset.get_ylim()
        held = inner.x.between(west, east) & inner.y.between(south, north)
        inside = [code for code in codes if held[code]]
        made.written[made.inset] = write(made.inset, areas, {code: texts[code] for code in inside})
        made.frame = _frame_of(made.ax, made.inset)
    taken = [] if made.frame is None else [made.frame]
    rest = [code for code in codes if code not in set(inside)]
    made.written[made.ax] = write(made.ax, areas, {code: texts[code] for code in rest}, taken=taken)


def _write_districts(made: _Page, areas: gpd.GeoDataFrame, crowd: gpd.GeoSeries | None) -> None:
    """Names of districts where the labels, and small things that the map is about, leave room for them."""
    for ax, labels in made.written.items():
        taken = [made.frame] if made.frame is not None and ax is made.ax else []
        if crowd is not None:
            (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
            seen = [shape for shape in crowd if shape.intersects(shapely.box(west, south, east, north))]
            taken += [Bbox(np.reshape(on_paper(ax, shape).bounds, (2, 2))) for shape in seen]
        name_districts(ax, areas, [*taken, *(_box_of_label(ax, label) for label in labels if label is not None)])


def _frame_of(ax: Axes, inset: Axes) -> Bbox:
    """The frame of the enlarged part on the main map, in points: nothing is written there."""
    (west, east), (south, north) = inset.get_xlim(), inset.get_ylim()
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    corners = ax.transData.transform(np.array([[west, south], [east, north]])) * 72.0 / figure.dpi
    return Bbox(corners)


def _box_of_label(ax: Axes, label: Annotation) -> Bbox:
    """The box of a label and of its leader, from the place to the text."""
    return Bbox.union([label_box(ax, label), box_of(point_on_paper(ax, label.xy), (4.0, 4.0))])
