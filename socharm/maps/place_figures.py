"""Map of one place for its profile: where its harm is, by squares or areas and their own share of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final

import geopandas as gpd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from shapely.geometry import box

from socharm._about import About
from socharm._columns import NAME
from socharm._words import span_words
from socharm.errors import AlignmentError
from socharm.hotspots.areas.local_record import AROUND, labels_by_own
from socharm.hotspots.areas.local_values import HOT
from socharm.io.areas import require_areas
from socharm.maps.furniture import halo, picture_texts
from socharm.maps.palettes import INK
from socharm.maps.place_squares import Boxes, draw_shares, draw_squares, draw_streets
from socharm.maps.scale_bar import add_north_arrow, add_scale_bar
from socharm.maps.style import our_style, styled
from socharm.snapshot.tables import AssessmentTables

__all__ = ["SMALL_PRINT", "figure_bytes", "frame_figure", "plot_place"]

_MARGIN: Final = 0.08
#: As on the maps of hotspots.
_HOT: Final = "#b2182b"
#: Points of the smallest letters.
SMALL_PRINT: Final = 7.0


def figure_bytes(figure: Figure, *, about: About, dpi: int = 200) -> bytes:
    """A figure as PNG, the same bytes every time, with its marking, period and sources inside the file."""
    stream = io.BytesIO()
    with our_style():
        figure.savefig(stream, dpi=dpi, format="png", backend="agg", metadata=picture_texts(about))
    return stream.getvalue()


@styled
def plot_place(
    areas: gpd.GeoDataFrame,
    codes: Sequence[str],
    tables: AssessmentTables,
    *,
    about: About,
    streets: Sequence[str] = (),
    width: float = 3.5,
    height: float = 3.45,
) -> Figure:
    """Map of one place: its squares, or the areas of a district, by the share of its own harm; streets and names.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries of the assessment, index ``area_code``.
    codes : sequence of str
        Areas that make up the place. One is shown by its squares, several by the share that each holds.
    tables : AssessmentTables
        ``micro_places``, ``streets``, ``hotspots``, ``index`` are drawn where they are there.
    about : About
    streets : sequence of str
        Names of streets that the text names: they are written first.
    width, height : float
        In inches: half a page wide, so that a telephone shows its letters at their size.

    Returns
    -------
    Figure
        With scale, north arrow, legend, period and marking; the document says the method in the caption.

    Raises
    ------
    AlignmentError
        A code is not among the areas.
    """
    require_areas(areas)
    lost = [code for code in codes if code not in areas.index]
    if lost:
        raise AlignmentError(f"`areas` lacks {lost[:3]}, which the profile is about. Give the assessment's boundaries.")
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0.01, 0.21, 0.98, 0.735))
    place = gpd.GeoDataFrame(areas.loc[list(codes)])
    _set_window(ax, place, width * 0.98, height * 0.735)
    areas.plot(ax=ax, facecolor="#f4f4f1", edgecolor="none", aspect=None, zorder=0)
    boxes = Boxes(ax)
    handles: list[Patch | Line2D] = []
    if len(codes) == 1:
        handles += draw_squares(ax, codes, tables, boxes)
    else:
        handles += draw_shares(ax, place, tables, boxes)
    heading = "share of its harm" if handles else ""
    areas.boundary.plot(ax=ax, color="#8a8a8a", linewidth=0.5, aspect=None, zorder=2)
    handles += _draw_hot(ax, areas, tables)
    gpd.GeoSeries([place.geometry.union_all()], crs=areas.crs).boundary.plot(
        ax=ax, color=INK[0], linewidth=1.8, aspect=None, zorder=5
    )
    if len(codes) == 1:
        draw_streets(ax, codes, tables, boxes, first=streets)
    _draw_names(ax, areas, place, boxes)
    ax.set_axis_off()
    add_scale_bar(ax)
    add_north_arrow(ax)
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.155),
        frameon=False,
        fontsize=SMALL_PRINT,
        ncols=3,
        title=heading or None,
        title_fontsize=SMALL_PRINT,
        alignment="left",
        handlelength=1.3,
        handletextpad=0.5,
        columnspacing=0.9,
        labelspacing=0.3,
        borderaxespad=0.2,
    )
    frame_figure(figure, about)
    return figure


def _set_window(ax: Axes, place: gpd.GeoDataFrame, width: float, height: float) -> None:
    west, south, east, north = place.total_bounds
    wide, high = (east - west) * (1 + 2 * _MARGIN), (north - south) * (1 + 2 * _MARGIN)
    scale = max(wide / width, high / height)
    middle = ((west + east) / 2, (south + north) / 2)
    ax.set_xlim(middle[0] - scale * width / 2, middle[0] + scale * width / 2)
    ax.set_ylim(middle[1] - scale * height / 2, middle[1] + scale * height / 2)
    ax.set_aspect("equal")


def _draw_hot(ax: Axes, areas: gpd.GeoDataFrame, tables: AssessmentTables) -> list[Patch | Line2D]:
    if not len(tables["hotspots"]):
        return []
    label = labels_by_own(tables["hotspots"])
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    handles: list[Patch | Line2D] = []
    kinds: tuple[tuple[Sequence[str], dict[str, Any], str], ...] = (
        (HOT, {"linewidth": 2.0}, "hot: high here and around it"),
        ((AROUND["hot"],), {"linewidth": 0.6, "hatch": "////"}, "high around it, not here"),
    )
    for names, look, text in kinds:
        shapes = gpd.GeoDataFrame(areas[areas.index.isin(label.index[label.isin(names)])])
        if len(shapes) and len(shapes.cx[west:east, south:north]):
            shapes.plot(ax=ax, facecolor="none", edgecolor=_HOT, aspect=None, zorder=3, **look)
            handles.append(Patch(facecolor="white", edgecolor=_HOT, label=text, **look))
    if not handles:
        figure = ax.get_figure(root=True)
        assert figure is not None  # axes that are drawn stand on a figure
        figure.text(0.5, 0.01, "No hot cluster of areas here.", size=SMALL_PRINT, color=INK[0], ha="center")
    return handles


def _draw_names(ax: Axes, areas: gpd.GeoDataFrame, place: gpd.GeoDataFrame, boxes: Boxes) -> None:
    """Names of the areas round a place, or of those of a district, largest first, where they touch nothing."""
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    seen = place if len(place) > 1 else areas.cx[west:east, south:north].drop(place.index, errors="ignore")
    window = box(west, south, east, north)
    for code in seen.geometry.area.sort_values(ascending=False, kind="stable").index:
        part = seen.geometry[code].intersection(window)
        if part.is_empty:
            continue
        name = seen[NAME].get(code) if NAME in seen.columns else None
        text = str(name) if isinstance(name, str) and name else str(code)
        if len(text) > 14:
            text = "\n".join(wrap(text, 12, break_long_words=False))
        point = part.representative_point()
        if part.bounds[2] - part.bounds[0] < len(text.split("\n")[0]) * 3.0 * boxes.per_point:
            continue
        at = boxes.find(point.x, point.y, text, size=6.5)
        if at is not None:
            ax.text(
                *at, text, ha="center", va="center", size=6.5, color=INK[1], zorder=8, path_effects=halo(), clip_on=True
            )


def frame_figure(figure: Figure, about: About) -> None:
    """Marking and period above; the document that the picture stands in prints method and sources."""
    figure.text(0.01, 0.99, about.shown_marking, size=7, weight="bold", color=INK[0], va="top")
    months = span_words(str(about.period)) if about.period is not None else ""
    figure.text(0.99, 0.99, months, size=7, color=INK[1], ha="right", va="top")
