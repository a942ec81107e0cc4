"""Lorenz curves of crimes and of harm, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from socharm._arguments import checked
from socharm._words import joined_words, number_of, percent
from socharm.hotspots.areas.concentration import Concentration
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK, LINES
from socharm.maps.style import styled

__all__ = ["plot_lorenz"]


@checked
@styled
def plot_lorenz(concentration: Concentration, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """In how few areas how much of the harm, and of the crimes, is; with bootstrap intervals.

    Parameters
    ----------
    concentration : Concentration
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes
        The dotted line is an even spread; the marks show in how few areas half is.
    """
    ax = open_axes(ax, width=7.5, height=6.5)
    handles: list[Line2D] = []
    names = {"crimes": "Recorded crimes", "harm": "Harm"}
    used = concentration.findings.areas_used
    for (colour, dash, marker), measure in zip(LINES, names, strict=False):
        curve = concentration.lorenz[concentration.lorenz["measure"] == measure]
        ax.fill_between(curve["share_areas"], curve["low_95"], curve["high_95"], color=colour, alpha=0.15, lw=0)
        ax.plot(curve["share_areas"], curve["share_held"], color=colour, linestyle=dash, lw=2.0)
        half = _half(concentration, measure)
        ax.plot([half], [0.5], marker=marker, ms=7, mfc=colour, mec="white", mew=1.0, zorder=5)
        text = f"{names[measure]}: half of {'it' if measure == 'harm' else 'them'}\nin {percent(half)} of areas"
        look: dict[str, Any] = {"color": colour, "linestyle": dash, "lw": 2.0}
        handles.append(Line2D([], [], marker=marker, mec="white", label=text, **look))
    ax.plot([0, 1], [0, 1], color=INK[1], linestyle=":", lw=1.0)
    handles.append(Line2D([], [], color=INK[1], linestyle=":", lw=1.0, label="if every area had the same"))
    ax.axhline(0.5, color="#cccccc", lw=0.8, zorder=0)
    ax.set(xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
    ax.set_xlabel("Areas, beginning with the one that has most (share of all areas)", color=INK[0])
    ax.set_ylabel("Share of all harm, or of all crimes, in them", color=INK[0])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.spines[["top", "right"]].set_visible(False)
    legend = ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False, fontsize=10, borderaxespad=0.0
    )
    legend.set_in_layout(True)
    found, gini = concentration.findings, concentration.gini
    spread = "; ".join(
        f"{names[name].lower()} {row['generalised']:.2f} ({row['low_95']:.2f} to {row['high_95']:.2f})"
        for name, row in ((name, gini.loc[name]) for name in names)
    )
    notes = [
        f"The {number_of(used, 'area stands', 'areas stand')} in order, the one with most first; a line says what "
        f"share of all harm, or of all crimes, the first of them hold. Bands: 95%, {found.interval}. Gini, 0 for an "
        f"even spread and 1 for all in one area: {spread}.",
        *_taken_off(gini),
    ]
    return add_furniture(ax, about=concentration.about, title=title or _finding(concentration), notes=notes, below=44.0)


def _taken_off(gini: pd.DataFrame) -> Iterator[str]:
    """What the printed coefficients leave out, where that is anything, and what they still hold."""
    scarce = [
        name for name, row in gini.iterrows() if row["events"] > 0 and not np.isclose(row["generalised"], row["gini"])
    ]
    if scarce:
        yield (
            f"Of {joined_words(map(str, scarce))}, with fewer events than areas, what that alone forces is taken off "
            "(Bernasco and Steenbeek 2017)."
        )
    known = gini["chance"].dropna()
    if len(known):
        parts = "; ".join(f"{name} {chance:.2f}" for name, chance in known.items())
        yield f"Not taken off is what one rate in all areas would show, by their sizes and by chance: {parts}."


def _half(concentration: Concentration, measure: str) -> float:
    """Share of the areas that hold half of a measure."""
    shares = concentration.shares
    asked = (shares["measure"] == measure) & (shares["question"] == "share of areas that hold 50%")
    return float(shares.loc[asked, "value"].iloc[0])


def _finding(concentration: Concentration) -> str:
    """In how few areas half of the harm is."""
    return f"Half of the harm is in {percent(_half(concentration, 'harm'))} of the areas"
