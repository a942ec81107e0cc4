"""Lorenz curves of crimes and of harm, side by side."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from socharm._arguments import checked
from socharm.hotspots.areas.concentration import Concentration
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK, LINES
from socharm.maps.style import styled

__all__ = ["plot_lorenz"]


@checked
@styled
def plot_lorenz(concentration: Concentration, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Share of crimes and of harm held by the fullest areas, with bootstrap intervals.

    Parameters
    ----------
    concentration : Concentration
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes
        The dotted line is an even spread; the marks show how few areas hold half.
    """
    ax = open_axes(ax, width=7.5, height=6.5)
    handles: list[Line2D] = []
    names = {"crimes": "recorded crimes", "harm": "harm"}
    for (colour, dash, marker), measure in zip(LINES, names, strict=False):
        curve = concentration.lorenz[concentration.lorenz["measure"] == measure]
        ax.fill_between(curve["share_areas"], curve["low_95"], curve["high_95"], color=colour, alpha=0.15, lw=0)
        ax.plot(curve["share_areas"], curve["share_held"], color=colour, linestyle=dash, lw=2.0)
        half = concentration.shares[
            (concentration.shares["measure"] == measure)
            & (concentration.shares["question"] == "share of areas that hold 50 %")
        ].iloc[0]
        ax.plot([half["value"]], [0.5], marker=marker, ms=7, mfc=colour, mec="white", mew=1.0, zorder=5)
        gini = concentration.gini.loc[measure]
        text = (
            f"{names[measure]}: half in {half['value']:.0%} of areas\n"
            f"generalised Gini {gini['generalised']:.2f} ({gini['low_95']:.2f} to {gini['high_95']:.2f})"
        )
        look: dict[str, Any] = {"color": colour, "linestyle": dash, "lw": 2.0}
        handles.append(Line2D([], [], marker=marker, mec="white", label=text, **look))
    ax.plot([0, 1], [0, 1], color=INK[1], linestyle=":", lw=1.0)
    handles.append(Line2D([], [], color=INK[1], linestyle=":", lw=1.0, label="the same in every area"))
    ax.axhline(0.5, color="#cccccc", lw=0.8, zorder=0)
    ax.set(xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
    ax.set_xlabel("Share of areas, those with most first", color=INK[0])
    ax.set_ylabel("Share of the total that they hold", color=INK[0])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.spines[["top", "right"]].set_visible(False)
    legend = ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False, fontsize=9, borderaxespad=0.0
    )
    legend.set_in_layout(True)
    found = concentration.findings
    notes = [
        f"{found.areas_used:,} areas. Bands: 95 %, {found.interval}. The generalised Gini takes off what few "
        "events over many areas force (Bernasco and Steenbeek 2017)."
    ]
    return add_furniture(
        ax, about=concentration.about, title=title or "How few areas hold how much", notes=notes, below=44.0
    )
