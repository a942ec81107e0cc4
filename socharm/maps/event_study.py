"""An event study: treated areas against the others, bin by bin, before a start and after it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, NullLocator

from socharm._arguments import checked
from socharm._words import number_of
from socharm.evaluation.effect_words import interval_words, percent_change
from socharm.evaluation.event_study import EventStudy
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.palettes import INK, LINES
from socharm.maps.period_axis import START_NOTE, mark_start, name_changes, name_periods, run_words
from socharm.maps.style import styled

__all__ = ["plot_event_study"]

_BEFORE, _AFTER = INK[1], LINES[0][0]


@checked
@styled
def plot_event_study(study: EventStudy, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """Treated areas relative to the others in each bin of periods, with intervals for one bin and for all at once.

    Parameters
    ----------
    study : EventStudy
        From `socharm.evaluation.event_study`.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        Thick bars are intervals of one bin at a time, thin ones of all bins at once; the hollow mark is the last bin
        before the start, which the others are held against. Bins without a covered treated area are gaps. Nothing is
        computed, saved or shown.
    """
    table, level = study.table, interval_words(study.settings.level)
    ax = open_axes(ax, width=9.0, height=5.4)
    bins = table.index.to_numpy(dtype=int)
    ratio, low, high, low_all, high_all = (
        table[name].to_numpy(dtype=float) for name in ("ratio", "low", "high", "low_all", "high_all")
    )
    at = np.arange(len(bins))
    for side, colour, marker in ((bins < -1, _BEFORE, "s"), (bins >= 0, _AFTER, "o")):
        ax.vlines(at[side], low_all[side], high_all[side], color=colour, linewidth=1.0, zorder=2)
        ax.vlines(at[side], low[side], high[side], color=colour, linewidth=3.6, zorder=3)
        ax.plot(at[side], ratio[side], marker, ms=7.5, mfc=colour, mec="white", mew=0.9, zorder=4)
    ax.plot(at[bins == -1], ratio[bins == -1], "s", ms=7.5, mfc="white", mec=_BEFORE, mew=1.5, zorder=4)
    ax.set_yscale("log")
    name_periods(ax, [str(first) for first in table["first"]])
    _ticks(ax, np.concatenate([low_all, high_all]))
    name_changes(ax, "Treated areas relative to the others", ratio=True)
    ax.set_xlabel("First period of each bin", color=INK[0], fontsize=10.5)
    mark_start(ax, float(np.searchsorted(bins, 0)) - 0.5)
    handles = [
        Line2D([], [], marker="o", ls="none", ms=7.5, mfc=_AFTER, mec="white", label="after the start"),
        Line2D([], [], marker="s", ls="none", ms=7.5, mfc=_BEFORE, mec="white", label="before"),
        Line2D([], [], marker="s", ls="none", ms=7.5, mfc="white", mec=_BEFORE, mew=1.5, label="held against: 0%"),
        Line2D([], [], color=INK[0], linewidth=3.6, label=f"{level}, one bin"),
        Line2D([], [], color=INK[0], linewidth=1.0, label=f"{level}, all bins at once"),
    ]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=10)
    heading = Heading(title or _finding(study), run_words(str(table["first"].iloc[0]), str(table["last"].iloc[-1])))
    unit = f"Unit: {study.about.unit}. " if study.about.unit else ""
    notes = [f"{unit}{START_NOTE} {study.sentence}"]
    return add_furniture(ax, about=study.about, title=heading, notes=notes, below=44.0)


def _ticks(ax: Axes, ends: np.ndarray) -> None:
    """Round changes along a scale of ratios, as many as have room, and limits that hold every interval."""
    held = ends[np.isfinite(ends) & (ends > 0)]
    low, high = float(min(held.min(initial=1.0), 0.9)) / 1.03, float(max(held.max(initial=1.0), 1.1)) * 1.03
    round_ones = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10, 20])
    inside = round_ones[(round_ones >= low) & (round_ones <= high)]
    apart = np.log(high / low) / 14
    kept: list[float] = [1.0]
    for value in sorted(inside, key=lambda one: abs(np.log(one))):
        if all(abs(np.log(value / other)) >= apart for other in kept):
            kept.append(float(value))
    ax.set_ylim(low, high)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_yticks(sorted(kept))


def _finding(study: EventStudy) -> str:
    """The mean change after the start, as the bounds without a difference of trends have it."""
    if 0.0 not in study.bounds.index:
        return "Treated areas against the others, before the start and after it"
    row = study.bounds.to_dict("index")[0.0]
    if not (row["high"] < 1 or row["low"] > 1):
        change = percent_change(row["ratio"])
        return f"Whether the treated areas changed otherwise than the others cannot be told ({change})"
    verb = "fell" if row["ratio"] < 1 else "rose"
    areas = "treated area" if study.findings.treated == 1 else number_of(study.findings.treated, "treated area")
    return f"The {areas} {verb} by {abs(100 * (row['ratio'] - 1)):.0f}% relative to the others after the start"
