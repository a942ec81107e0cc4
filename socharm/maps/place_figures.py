"""Map of one place for its profile: where its harm is, by squares or areas and their own share of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import Bbox
from shapely.geometry.base import BaseGeometry

from socharm._about import About
from socharm._words import span_words
from socharm.errors import AlignmentError
from socharm.hotspots.areas.local_record import AROUND, labels_by_own
from socharm.hotspots.areas.local_values import HOT
from socharm.io.areas import require_areas
from socharm.maps.furniture import picture_texts, wrapped
from socharm.maps.inset_choice import Box
from socharm.maps.palettes import INK
from socharm.maps.paper import point_on_paper
from socharm.maps.place_names import name_areas_inside, number_areas, view_of
from socharm.maps.place_parts import HEIGHT, WIDTH, Part, open_parts
from socharm.maps.place_squares import (
    draw_shares,
    draw_squares,
    leading_areas,
    number_squares,
    shares_of_areas,
)
from socharm.maps.place_streets import draw_streets, street_dots
from socharm.maps.scale_bar import add_north_arrow, add_scale_bar
from socharm.maps.style import our_style, styled
from socharm.snapshot.tables import AssessmentTables

__all__ = ["SMALL_PRINT", "figure_bytes", "frame_figure", "plot_place"]

#: Upper edge of the legend, and the line about hotspots, in inches from the lower edge of a figure without a key.
_LEGEND: Final = 0.535
_LINE: Final = 0.035
#: Points from one line of a key to the next.
_STEP: Final = 9.5
#: Rows of the legend, and of the line about hotspots, with room; points from row to row, of a letter, of a patch.
_ROWS: Final = 2
_ROW: Final = 11.5
_LETTER: Final = 3.6
_PATCH: Final = 20.0
_NO_HOTSPOT: Final = "No hotspot of areas here."
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
    streets: Sequence[tuple[str, str]] = (),
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Figure:
    """Map of one place: its squares, or the areas of a district, by the share of its own harm; streets and names.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries of the assessment, index ``area_code``.
    codes : sequence of str
        Areas that make up the place. One is shown by its squares, with an enlarged part where these would be specks;
        several by the share that each holds, with an enlarged part where most of them are small and close together.
    tables : AssessmentTables
        ``micro_places``, ``streets``, ``hotspots``, ``index`` are drawn where they are there.
    about : About
    streets : sequence of (code, street)
        Streets that the text names: all of them are on the map, by name or by a letter of the key.
    width, height : float
        In inches: half a page wide, so that a telephone shows its letters at their size. A key of streets makes it
        higher.

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
    place = gpd.GeoDataFrame(areas.loc[list(codes)])
    parts = open_parts(figure, place, areas, tables)
    handles: list[Patch | Line2D] = []
    for part in parts:
        framed = None if part is parts[-1] else shapely.box(*view_of(parts[-1].ax))
        drawn = _draw_part(part, areas, place, tables, framed=framed)
        handles = handles or drawn  # of a district both parts have the same classes
    heading = "share of its harm" if handles else ""
    hot: dict[str, Patch | Line2D] = {}
    for part in parts:
        hot |= {str(handle.get_label()): handle for handle in _draw_hot(part.ax, areas, tables)}
    key = _write_on(parts, areas, place, tables, streets)
    for part in parts:
        part.ax.set_axis_off()
        add_scale_bar(part.ax)
    add_north_arrow(parts[-1].ax)
    lines = _key_lines(key, width)
    entries = [*handles, *hot.values()]
    across = _columns(entries, width)
    cold = bool(len(tables["hotspots"])) and not hot
    more = max(-(-len(entries) // across) + cold - _ROWS, 0) * _ROW / 72.0
    added = _make_higher(figure, (len(lines) * _STEP + 3.0) / 72.0 if lines else 0.0)
    _make_higher(figure, more)
    _add_legend(figure, entries, heading, up=_LEGEND + added + more, across=across)
    if cold:
        figure.text(
            0.015, (_LINE + added) / (height + added + more), _NO_HOTSPOT, size=SMALL_PRINT, color=INK[0], gid="hot"
        )
    for number, line in enumerate(lines, start=1):
        up = (added - number * _STEP / 72.0) / (height + added + more)
        figure.text(0.015, up, line, size=SMALL_PRINT, color=INK[0], va="bottom", gid="key")
    frame_figure(figure, about)
    return figure


def _key_lines(key: dict[str, str], width: float) -> list[str]:
    """Streets by letter, in as many lines as they need."""
    if not key:
        return []
    told = "; ".join(f"{letter} {street}" for letter, street in key.items())
    return wrapped(f"Streets: {told}", (width - 0.35) * 72.0, SMALL_PRINT).split("\n")


def _make_higher(figure: Figure, added: float) -> float:
    """Add so many inches below what is drawn, which keeps its size; the inches that were added."""
    wide, high = (float(size) for size in figure.get_size_inches())
    for ax in figure.axes:
        left, low, across, up = ax.get_position(original=True).bounds
        ax.set_position((left, (low * high + added) / (high + added), across, up * high / (high + added)))
    figure.set_size_inches(wide, high + added)
    return added


def _columns(handles: Sequence[Patch | Line2D], width: float) -> int:
    """Columns of the legend: three, or two where an entry is too long for a third of the width."""
    longest = max((len(str(handle.get_label())) for handle in handles), default=0)
    return 3 if longest * _LETTER + _PATCH <= width * 72.0 / 3 else 2


def _by_rows(handles: Sequence[Patch | Line2D], across: int) -> list[Patch | Line2D]:
    """Entries in the order in which a legend fills its columns, so that a reader has them row by row."""
    return [handle for column in range(across) for handle in handles[column::across]]


def _add_legend(figure: Figure, handles: Sequence[Patch | Line2D], heading: str, *, up: float, across: int) -> None:
    """The legend below the map, its upper edge so many inches above the lower edge of the figure."""
    figure.legend(
        handles=_by_rows(handles, across),
        loc="upper left",
        bbox_to_anchor=(0.0, up / float(figure.get_size_inches()[1])),
        frameon=False,
        fontsize=SMALL_PRINT,
        ncols=across,
        title=heading or None,
        title_fontsize=SMALL_PRINT,
        alignment="left",
        handlelength=1.3,
        handletextpad=0.5,
        columnspacing=0.9,
        labelspacing=0.3,
        borderaxespad=0.2,
    )


def _draw_part(
    part: Part,
    areas: gpd.GeoDataFrame,
    place: gpd.GeoDataFrame,
    tables: AssessmentTables,
    *,
    framed: BaseGeometry | None,
) -> list[Patch | Line2D]:
    """Areas, squares or shares, and the outline of the place; the entries of the legend."""
    ax, codes = part.ax, list(map(str, place.index))
    areas.plot(ax=ax, facecolor="#f4f4f1", edgecolor="none", aspect=None, zorder=0)
    handles: list[Patch | Line2D] = []
    if len(codes) == 1:
        handles += draw_squares(ax, codes, tables, part.paper, framed=framed)
    else:
        handles += draw_shares(ax, place, shares_of_areas(codes, tables).reindex(place.index))
    areas.boundary.plot(ax=ax, color="#8a8a8a", linewidth=0.5, aspect=None, zorder=2)
    gpd.GeoSeries([place.geometry.union_all()], crs=areas.crs).boundary.plot(
        ax=ax, color=INK[0], linewidth=1.8 if len(codes) == 1 else 1.2, aspect=None, zorder=5
    )
    return handles


def _write_on(
    parts: Sequence[Part],
    areas: gpd.GeoDataFrame,
    place: gpd.GeoDataFrame,
    tables: AssessmentTables,
    streets: Sequence[tuple[str, str]],
) -> dict[str, str]:
    """Numbers, streets and names, each once: on the enlarged part where that has it; streets by letter."""
    codes = list(map(str, place.index))
    leading = leading_areas(shares_of_areas(codes, tables)) if len(codes) > 1 else []
    numbers = {code: f"{number}" for number, code in enumerate(leading, start=1)}
    # Of a district the areas of its table are named, and no others; round one area its neighbours, to find one's way.
    others = [str(code) for code in areas.index if code not in codes] if len(codes) == 1 else []
    key: dict[str, str] = {}
    squares: set[int] = set()
    for part in reversed(parts):
        ax, paper = part.ax, part.paper
        if part is not parts[-1]:
            paper.taken.append(_frame_of(ax, view_of(parts[-1].ax)))
        number_areas(ax, areas, numbers, paper)
        if len(codes) == 1:
            dots = street_dots(ax, codes, tables, streets)
            outline = place.geometry.iloc[0].boundary
            squares |= number_squares(ax, codes, tables, paper, dots=dots, outline=outline, without=squares)
        key |= draw_streets(ax, codes, tables, paper, first=streets, after=len(key))
        name_areas_inside(ax, areas, others, paper)
        drawn = {str(text.get_gid()) for text in ax.texts}
        numbers = {code: number for code, number in numbers.items() if f"area {code}" not in drawn}
        others = [code for code in others if f"name {code}" not in drawn]
        streets = [(code, street) for code, street in streets if f"street {code} {street}" not in drawn]
    return key


def _frame_of(ax: Axes, view: Box) -> Bbox:
    """What the enlarged part shows, in points on the paper of the map."""
    return Bbox([point_on_paper(ax, view[:2]), point_on_paper(ax, view[2:])])


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
    return handles


def frame_figure(figure: Figure, about: About) -> None:
    """Marking and period above; the document that the picture stands in prints method and sources."""
    figure.text(0.01, 0.99, about.shown_marking, size=7, weight="bold", color=INK[0], va="top")
    months = span_words(str(about.period)) if about.period is not None else ""
    figure.text(0.99, 0.99, months, size=7, color=INK[1], ha="right", va="top")
