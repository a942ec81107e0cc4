"""Pictures of one place for its profile: where its harm is, where it stands, and how it went over the months."""

from __future__ import annotations

import io
from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final

import geopandas as gpd
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from socharm._about import About
from socharm._checks import require_positive
from socharm._columns import AREA, NAME
from socharm.errors import AlignmentError
from socharm.hotspots.areas.local_record import AROUND, labels_by_own
from socharm.hotspots.areas.local_values import HOT
from socharm.hotspots.points.micro_places import MicroPlacesSettings
from socharm.io.areas import require_areas
from socharm.maps.classes import format_number
from socharm.maps.furniture import add_north_arrow, add_scale_bar, halo, picture_texts
from socharm.maps.palettes import INK, sequential_map
from socharm.maps.style import our_style, styled
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE, centres_of, marked_names
from socharm.snapshot.tables import AssessmentTables

__all__ = ["SMALL_PRINT", "figure_bytes", "frame_figure", "plot_place"]

_MARGIN: Final = 0.35
#: As on the maps of hotspots.
_HOT: Final = "#b2182b"
#: Points of the smallest letters.
SMALL_PRINT: Final = 7.0
#: Letters of the foot in an inch.
_SMALL_LETTERS: Final = 21


def figure_bytes(figure: Figure, *, about: About, dpi: int = 150) -> bytes:
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
    squares: int = 12,
    width: float = 7.1,
    height: float = 4.3,
) -> Figure:
    """Map of one place and what lies round it: heat surface, hotspots, and the squares with most of its harm.

    Parameters
    ----------
    areas : GeoDataFrame
        Boundaries of the assessment, index ``area_code``.
    codes : sequence of str
        Areas that make up the place.
    tables : AssessmentTables
        ``heat_cells``, ``heat``, ``hotspots``, ``micro_places`` are drawn where they are there.
    about : About
    squares : int
        How many squares are outlined; they are numbered from the one with most harm. Only for one area.
    width, height : float
        In inches.

    Returns
    -------
    Figure
        With scale, north arrow, legend, unit, period, source and marking.

    Raises
    ------
    AlignmentError
        A code is not among the areas.
    """
    require_areas(areas)
    require_positive(squares, name="squares", whole=True)
    lost = [code for code in codes if code not in areas.index]
    if lost:
        raise AlignmentError(f"`areas` lacks {lost[:3]}, which the profile is about. Give the assessment's boundaries.")
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0.01, 0.175, 0.63, 0.755))
    place = areas.loc[list(codes)]
    _set_window(ax, place, width * 0.63, height * 0.755)
    handles: list[Patch | Line2D] = []
    image = _draw_heat(ax, tables)
    areas.boundary.plot(ax=ax, color="#8a8a8a", linewidth=0.5, aspect=None, zorder=2)
    handles += _draw_hot(ax, areas, tables)
    gpd.GeoSeries([place.geometry.union_all()], crs=areas.crs).boundary.plot(
        ax=ax, color=INK[0], linewidth=2.2, aspect=None, zorder=5
    )
    handles.append(Line2D([], [], color=INK[0], lw=2.2, label="the place"))
    if len(codes) == 1:
        handles += _draw_squares(ax, codes[0], tables, squares)
    named = areas
    if NAME in areas.columns:
        named = areas.assign(**{NAME: marked_names(areas[NAME], centres_of(tables))})
    marked = _draw_names(ax, named, place)
    ax.set_axis_off()
    add_scale_bar(ax)
    add_north_arrow(ax)
    unit = about.unit.partition(" per ")[0] or "harm"
    _side(figure, image, handles, f"{unit} per km²")
    notes = []
    if image is not None:
        facts = tables["heat"]["value"]
        notes.append(
            f"Colour: harm spread over {format_number(float(facts['bandwidth (m)']), decimals=0)} m (kernel density), "
            "whole period; no colour: little harm, or too few events to show."
        )
    if marked:
        notes.append(CENTRE_NOTE)
        ax.set_position((0.01, 0.235, 0.63, 0.695))  # room for the sentence under scale bar and arrow
    frame_figure(figure, about, notes, areas)
    return figure


def _set_window(ax: Axes, place: gpd.GeoDataFrame, width: float, height: float) -> None:
    west, south, east, north = place.total_bounds
    wide, high = (east - west) * (1 + 2 * _MARGIN), (north - south) * (1 + 2 * _MARGIN)
    scale = max(wide / width, high / height)
    middle = ((west + east) / 2, (south + north) / 2)
    ax.set_xlim(middle[0] - scale * width / 2, middle[0] + scale * width / 2)
    ax.set_ylim(middle[1] - scale * height / 2, middle[1] + scale * height / 2)
    ax.set_aspect("equal")


def _draw_heat(ax: Axes, tables: AssessmentTables) -> tuple[mpl.image.AxesImage, float] | None:
    """Heat cells in view; their colours are those of the whole assessment, so that places can be compared."""
    cells = tables["heat_cells"]
    if not len(cells) or not {"cell size (m)", "bandwidth (m)"} <= set(tables["heat"].index):
        return None
    size = float(tables["heat"]["value"].loc["cell size (m)"])
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    seen = cells[
        cells["easting"].between(west - size, east + size) & cells["northing"].between(south - size, north + size)
    ]
    top = float(cells["harm_per_km2"].max())
    x0, y0 = cells["easting"].min(), cells["northing"].min()
    columns = np.rint((seen["easting"] - x0) / size).astype(int).to_numpy()
    rows = np.rint((seen["northing"] - y0) / size).astype(int).to_numpy()
    if not len(seen):
        columns, rows = np.array([0]), np.array([0])
    grid = np.full((int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1), np.nan)
    if len(seen):
        grid[rows - rows.min(), columns - columns.min()] = seen["harm_per_km2"].to_numpy(dtype=float)
    left, bottom = x0 + (columns.min() - 0.5) * size, y0 + (rows.min() - 0.5) * size
    extent = (left, left + grid.shape[1] * size, bottom, bottom + grid.shape[0] * size)
    limits = ax.get_xlim(), ax.get_ylim()
    image = ax.imshow(
        np.ma.masked_invalid(grid),
        extent=extent,
        origin="lower",
        cmap=sequential_map("harm"),
        norm=PowerNorm(0.5, vmin=0, vmax=top or 1.0),
        interpolation="nearest",
        zorder=1,
    )
    ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
    return image, top


def _draw_hot(ax: Axes, areas: gpd.GeoDataFrame, tables: AssessmentTables) -> list[Patch | Line2D]:
    if not len(tables["hotspots"]):
        return []
    label = labels_by_own(tables["hotspots"])
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    handles: list[Patch | Line2D] = []
    kinds: tuple[tuple[Sequence[str], dict[str, Any], str], ...] = (
        (HOT, {"linewidth": 2.0}, "hot: high, as round it"),
        ((AROUND["hot"],), {"linewidth": 0.6, "hatch": "////"}, "high round it, not itself"),
    )
    for names, look, text in kinds:
        shapes = gpd.GeoDataFrame(areas[areas.index.isin(label.index[label.isin(names)])])
        if len(shapes) and len(shapes.cx[west:east, south:north]):
            shapes.plot(ax=ax, facecolor="none", edgecolor=_HOT, aspect=None, zorder=3, **look)
            handles.append(Patch(facecolor="white", edgecolor=_HOT, label=text, **look))
    return handles or [Patch(facecolor="none", edgecolor="none", label="no cluster of hot areas here")]


def _draw_squares(ax: Axes, code: str, tables: AssessmentTables, squares: int) -> list[Patch | Line2D]:
    if not len(tables["micro_places"]):
        return []
    here = tables["micro_places"][tables["micro_places"][AREA] == code].head(squares)
    size = tables.setting("micro_places", "cell_size", MicroPlacesSettings().cell_size)
    for number, east, north in zip(here["place"], here["easting"], here["northing"], strict=True):
        corner = (east - size / 2, north - size / 2)
        ax.add_patch(Rectangle(corner, size, size, facecolor="none", edgecolor="white", lw=2.6, zorder=6))
        ax.add_patch(Rectangle(corner, size, size, facecolor="none", edgecolor="#0b3c6f", lw=1.3, zorder=7))
        ax.text(
            east,
            north,
            f"{number}",
            ha="center",
            va="center",
            size=7.5,
            weight="bold",
            color="#0b3c6f",
            zorder=9,
            path_effects=halo(),
            clip_on=True,
        )
    if here.empty:
        return []
    return [
        Patch(
            facecolor="none",
            edgecolor="#0b3c6f",
            lw=1.3,
            label=f"squares of {size:g} m with\nmost of its harm, 1 first",
        )
    ]


def _draw_names(ax: Axes, areas: gpd.GeoDataFrame, place: gpd.GeoDataFrame) -> bool:
    """Names of the areas round the place, where they are wide enough to hold them; a district names its own.

    Says whether one of them carries the mark of a centre.
    """
    marked = False
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    seen = areas.cx[west:east, south:north]
    per_point = (east - west) / (ax.get_window_extent().width * 72 / ax.figure.dpi)
    inside = set(place.index) if len(place) == 1 else set()
    taken: list[tuple[float, float, float]] = []
    order = seen.geometry.area.sort_values(ascending=False, kind="stable").index
    for code in (code for code in order if code not in inside):
        shape = seen.geometry[code]
        point = shape.representative_point()
        name = seen[NAME].get(code) if NAME in seen.columns else None
        text = str(name) if isinstance(name, str) and name else str(code)
        half, line = len(text) * 1.9 * per_point, 9 * per_point
        fits = west + half < point.x < east - half and south + line < point.y < north - line
        room = shape.bounds[2] - shape.bounds[0] >= half
        free = all(abs(point.x - x) > half + width or abs(point.y - y) > line for x, y, width in taken)
        if not (fits and room and free):
            continue
        taken.append((point.x, point.y, half))
        marked |= text.endswith(CENTRE_MARK)
        ax.text(
            point.x,
            point.y,
            text,
            ha="center",
            va="center",
            size=6.5,
            color=INK[1],
            zorder=8,
            path_effects=halo(),
            clip_on=True,
        )
    return marked


def _side(
    figure: Figure, image: tuple[mpl.image.AxesImage, float] | None, handles: list[Patch | Line2D], unit: str
) -> None:
    """Colour bar and legend beside the map."""
    if image is not None:
        drawn, top = image
        side = figure.add_axes((0.67, 0.50, 0.022, 0.34))
        ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top) if 0 <= tick <= top]
        bar = figure.colorbar(drawn, cax=side, ticks=ticks)
        decimals = max(0, 1 - int(np.floor(np.log10(top)))) if top > 0 else 0
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: format_number(tick, decimals=decimals)))
        bar.ax.tick_params(labelsize=SMALL_PRINT + 0.5, colors=INK[0])
        figure.text(0.665, 0.875, unit, size=SMALL_PRINT + 0.5, color=INK[0])
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.655, 0.45),
        frameon=False,
        fontsize=SMALL_PRINT + 0.5,
        handlelength=1.8,
        labelspacing=0.8,
    )


def frame_figure(figure: Figure, about: About, notes: Sequence[str], areas: gpd.GeoDataFrame | None = None) -> None:
    """Marking and period above, method below; the document that the picture stands in prints the sources."""
    figure.text(0.01, 0.99, about.shown_marking, size=8, weight="bold", color=INK[0], va="top")
    figure.text(
        0.99, 0.99, f"Period {about.period}" if about.period else "", size=8, color=INK[1], ha="right", va="top"
    )
    crs = "" if areas is None or about.boundary_year is None else f"Boundaries of {about.boundary_year}. "
    lines = _broken(f"{crs}{' '.join(notes)}", figure)
    figure.text(0.01, 0.012, "\n".join(line for line in lines if line.strip()), size=6.6, color=INK[1], va="bottom")


def _broken(text: str, figure: Figure) -> list[str]:
    """Small print broken to the width of the figure."""
    return wrap(text, width=int(figure.get_figwidth() * _SMALL_LETTERS))
