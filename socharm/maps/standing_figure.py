"""Where a place stands: the ranks next to it, and its months."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from socharm._about import About
from socharm._columns import AREA, NAME, PERIOD, month_span
from socharm.maps.palettes import INK, LINES
from socharm.maps.place_figures import SMALL_PRINT, frame_figure
from socharm.maps.style import styled
from socharm.snapshot.centres import CENTRE_MARK, centres_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["near_in_rank", "plot_standing"]

_NEAR: Final = 4
#: Inches above and below months that stand alone.
_EDGE: Final = 0.483
#: Letters of a title in an inch.
_LETTERS: Final = 21
#: Letters of a legend that stand in one row.
_IN_A_ROW: Final = 48
#: Width of a letter over its size, room beside the names, and least and most room for them, as shares of the figure.
_WIDE: Final = 0.5
_BESIDE: Final = 0.03
_NAMES: Final = (0.30, 0.62)


@styled
def plot_standing(
    code: str,
    tables: AssessmentTables,
    *,
    about: About,
    parent: str = "",
    width: float = 3.5,
    height: float = 3.45,
) -> Figure:
    """Two panels: the place among those next to it in rank, with intervals; and its rate by month.

    Parameters
    ----------
    code : str
        Area code, or the row of a district or set, which has no rank here and gets the second panel alone.
    tables : AssessmentTables
    about : About
    parent : str
        District to compare the months with.
    width, height : float
        In inches: half a page wide.

    Returns
    -------
    Figure
        A month that was not covered is a gap in the line.
    """
    figure = Figure(figsize=(width, height))
    ranked = len(near_in_rank(code, tables)) > 0
    months = len(tables["by_period"][PERIOD].unique()) > 1
    if ranked:
        names = _ranked_names(code, tables)
        room, size = _fitted(names, width)
        box = (room, 0.575, 0.97 - room, 0.325) if months else (room, 0.15, 0.97 - room, 0.74)
        _draw_ranks(figure.add_axes(box), code, tables, names, size)
    if months or not ranked:
        edge = _EDGE / height  # title and legend need their inches, however high the figure is
        low, up = (0.14, 0.24) if ranked else (edge, 1 - 2 * edge)
        _draw_months(figure.add_axes((0.10, low, 0.87, up)), code, tables, parent, about)
    frame_figure(figure, about)
    return figure


def near_in_rank(code: str, tables: AssessmentTables) -> pd.DataFrame:
    """The place and those next to it in rank, first to last; none where it has no rank."""
    ranking = tables["ranking"]
    if code not in ranking.index or pd.isna(ranking["rank"].get(code)):
        return ranking.head(0)
    ordered = ranking.dropna(subset=["rank"]).sort_values(["rank", "rank_expected"], kind="stable")
    at = list(ordered.index).index(code)
    first = max(0, min(at - _NEAR, len(ordered) - 2 * _NEAR - 1))
    return ordered.iloc[first : first + 2 * _NEAR + 1]


def _ranked_names(code: str, tables: AssessmentTables) -> list[str]:
    """Rank and name of the place and of those next to it."""
    centres, shown = centres_of(tables), near_in_rank(code, tables)
    return [
        f"{int(place)}  {_name(name, key)}{f' {CENTRE_MARK}' if key in centres else ''}"
        for place, name, key in zip(shown["rank"], shown[NAME], shown.index, strict=True)
    ]


def _draw_ranks(ax: Axes, code: str, tables: AssessmentTables, names: Sequence[str], size: float) -> None:
    """The ranks next to that of the place."""
    shown = near_in_rank(code, tables)
    rows = np.arange(len(shown))
    mine = shown.index == code
    low, high, rank = (shown[name].to_numpy(dtype=float) for name in ("rank_low_90", "rank_high_90", "rank"))
    for own, colour, lw in ((False, "#7fa8cc", 3.2), (True, "#0b3c6f", 5.0)):
        here = mine == own
        ax.hlines(rows[here], low[here], high[here], color=colour, lw=lw, zorder=2)
    ax.plot(rank, rows, "o", ms=3.6, mfc="white", mec=INK[0], mew=0.9, zorder=3)
    ax.set_yticks(rows, names, fontsize=size)
    for label, own in zip(ax.get_yticklabels(), mine.tolist(), strict=True):
        label.set_fontweight("bold" if own else "normal")
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    box = ax.get_position()
    ax.set_title(
        "Rank, 1 = highest harm rate, with 90% interval",
        fontsize=8,
        color=INK[0],
        x=(0.02 - box.x0) / box.width,
        ha="left",
        pad=4,
    )
    _plain(ax, axis="x")


def _name(name: object, code: object) -> str:
    return str(name) if isinstance(name, str) and name else str(code)


def _fitted(names: Sequence[str], width: float) -> tuple[float, float]:
    """Share of a figure's width that names stand in, and their size in points: whole, smaller where they are long."""
    longest = max((len(name) for name in names), default=1)
    needed = longest * SMALL_PRINT * _WIDE / (72 * width) + _BESIDE
    room = min(max(needed, _NAMES[0]), _NAMES[1])
    return room, min(SMALL_PRINT, SMALL_PRINT * (room - _BESIDE) / (needed - _BESIDE))


def _draw_months(ax: Axes, code: str, tables: AssessmentTables, parent: str, about: About) -> None:
    months = tables["by_period"]
    if not len(months):
        ax.set_axis_off()
        ax.text(0, 0.5, "No month is known.", size=SMALL_PRINT, color=INK[0], transform=ax.transAxes)
        return
    span = month_span(months[PERIOD].min(), months[PERIOD].max())
    mark = f" {CENTRE_MARK}" if code in centres_of(tables) else ""
    lines = {f"{_name(tables['areas'][NAME].get(code), code)}{mark}": months[months[AREA] == code]}
    if parent:
        mates = tables["areas"].index[tables["areas"]["parent"] == parent]
        lines[parent] = months[months[AREA].isin(mates)]
    lines["all areas"] = months[months[AREA].isin(tables["ranking"].index)]
    per = tables.setting("index", "per", 1.0)
    for (label, rows), (colour, dash, marker) in zip(lines.items(), LINES, strict=False):
        sums = rows.dropna(subset=["harm", "exposure"]).groupby(PERIOD)[["harm", "exposure"]].sum()
        values = (sums["harm"] / sums["exposure"].where(sums["exposure"] > 0) * per).reindex(span)
        ax.plot(
            np.arange(len(span)),
            values.to_numpy(dtype=float),
            color=colour,
            ls=dash,
            marker=marker,
            ms=3,
            lw=1.4,
            label=label,
        )
    step = max(1, int(np.ceil(len(span) / 5)))
    ax.set_xticks(np.arange(0, len(span), step), [f"{m:%b %y}" for m in span[::step]], fontsize=SMALL_PRINT)
    ax.set_ylim(bottom=0)
    ax.tick_params(axis="y", labelsize=SMALL_PRINT)
    unit = about.unit.replace(" per year", " a year")
    title = fill(f"By month, as recorded: {unit}", int(ax.bbox.width / ax.figure.dpi * _LETTERS))
    ax.set_title(title, fontsize=8, loc="left", color=INK[0], pad=4)
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    figure.legend(
        *ax.get_legend_handles_labels(),
        fontsize=SMALL_PRINT,
        frameon=False,
        ncols=3 if sum(map(len, lines)) <= _IN_A_ROW else 2,
        loc="lower center",
        bbox_to_anchor=(0.5, 0.0),
        handlelength=1.9,
        columnspacing=0.8,
        borderaxespad=0.1,
    )
    _plain(ax, axis="y")


def _plain(ax: Axes, *, axis: str) -> None:
    ax.grid(axis="x" if axis == "x" else "y", color="#e3e3e3", linewidth=0.6, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=INK[0], length=2)
    if axis == "x":
        ax.tick_params(axis="x", labelsize=SMALL_PRINT)
        ax.tick_params(axis="y", length=0)
