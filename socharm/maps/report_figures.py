"""Two small pictures of a comparison, each half as wide as a page: who stayed, and what made the change."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from socharm._words import signed
from socharm.maps.compared import FELL, ROSE
from socharm.maps.palettes import INK
from socharm.maps.place_figures import SMALL_PRINT
from socharm.maps.style import styled
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.index_parts import PARTS, parts_that_moved

__all__ = ["plot_parts_panel", "plot_stayed_panel"]

#: Inches below and above the axes, for their labels and the title.
_BELOW: Final = 0.4
_ABOVE: Final = 0.34
#: Sizes of the top that are drawn: so many times that of the list.
_TIMES: Final = 2.5
_WIDE, _NARROW, _EXPECTED = "#d5e3ef", "#9dbfe0", "#20629f"
_TITLE: Final = 7.8


@styled
def plot_stayed_panel(comparison: Comparison, *, width: float = 3.5, height: float = 1.6) -> Figure:
    """How many of the first areas stayed, beside the interval of how many stay when nothing changed.

    Parameters
    ----------
    comparison : Comparison
    width, height : float
        In inches.

    Returns
    -------
    Figure
    """
    table, listed = comparison.churn.table, comparison.churn.findings.listed
    table = table.loc[: max(int(_TIMES * listed), 5)]
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0.1, _BELOW / height, 0.87, 1 - (_BELOW + _ABOVE) / height))
    sizes = table.index.to_numpy()
    for level, colour in ((95, _WIDE), (50, _NARROW)):
        low, high = (table[f"{end}_{level}"].to_numpy(dtype=float) for end in ("low", "high"))
        ax.fill_between(sizes, low, high, color=colour, linewidth=0, zorder=1, label=f"{level}% when nothing changed")
    ax.plot(sizes, table["expected"].to_numpy(dtype=float), color=_EXPECTED, lw=1.1, zorder=3, label="to be expected")
    ax.plot(sizes, table["stayed"].to_numpy(dtype=float), "o", color=INK[0], ms=2.0, zorder=4, label="stayed")
    ax.axvline(listed, color="#7a7a7a", linewidth=0.8, linestyle=":", zorder=2)
    ax.set_xlim(0, float(sizes[-1]) + 1)
    ax.set_xlabel("Size of the list; the dotted line is this one", fontsize=SMALL_PRINT, labelpad=2)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, integer=True))
    ax.legend(loc="upper left", fontsize=SMALL_PRINT, frameon=False, handlelength=1.4, labelspacing=0.25)
    _finish(ax, "How many stayed by recorded rate", comparison)
    return figure


@styled
def plot_parts_panel(comparison: Comparison, *, decimals: int, width: float = 3.5, height: float = 1.6) -> Figure:
    """From the earlier harm rate of all areas to the later one, a bar for each part that moved it.

    Parameters
    ----------
    comparison : Comparison
    decimals : int
        Of a rate; parts have one more.
    width, height : float
        In inches.

    Returns
    -------
    Figure
    """
    overall = comparison.overall
    moved = {name: float(overall[name]) for name in parts_that_moved(overall)}
    start, end = float(overall["rate_earlier"]), float(overall["rate_later"])
    levels = np.concatenate([[start], start + np.cumsum(list(moved.values()))])
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0.42, _BELOW / height, 0.55, 1 - (_BELOW + _ABOVE) / height))
    for place, value in enumerate(moved.values(), start=1):
        ax.barh(place, value, left=levels[place - 1], height=0.62, color=ROSE if value > 0 else FELL, zorder=3)
        _beside(ax, float(max(levels[place - 1], levels[place])), place, signed(value, decimals + 1))
    for place, rate in ((0, start), (len(moved) + 1, end)):
        ax.plot(rate, place, marker="D", ms=4, color=INK[0], zorder=4)
        _beside(ax, rate, place, f"{rate:,.{decimals}f}")
    labels = ["earlier period", *(PARTS[name] for name in moved), "later period"]
    ax.set_yticks(range(len(labels)), labels, fontsize=SMALL_PRINT)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    low, high = float(min(levels.min(), end)), float(max(levels.max(), end))
    room = high - low or abs(high) or 1.0
    ax.set_xlim(low - 0.08 * room, high + 0.3 * room)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel("Harm rate; the axis does not begin at 0", fontsize=SMALL_PRINT, labelpad=2)
    _finish(ax, "What moved the harm rate of all areas", comparison)
    ax.tick_params(axis="y", length=0)
    return figure


def _beside(ax: Axes, x: float, y: float, text: str) -> None:
    ax.annotate(text, (x, y), xytext=(4, 0), textcoords="offset points", va="center", size=SMALL_PRINT, zorder=5)


def _finish(ax: Axes, title: str, comparison: Comparison) -> None:
    """Title, grid and marking; the document that the picture stands in prints periods and sources."""
    ax.figure.text(0.99, 0.99, comparison.about.shown_marking, size=6, color=INK[1], ha="right", va="top")
    ax.set_title(title, fontsize=_TITLE, fontweight="bold", loc="left", pad=4, x=0.0)
    ax.grid(color="#e3e3e3", linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=SMALL_PRINT, pad=2)
