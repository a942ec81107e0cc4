"""How much of what came next each order held, with its interval."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._words import number_of
from socharm.evaluation.validation import RankingValidation
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK, LINES
from socharm.maps.style import styled

__all__ = ["plot_validation"]

_METRICS: Final = {
    "share_harm": "Share of the harm that came next",
    "share_crimes": "Share of the crimes that came next",
    "harm_pai": "Harm-PAI (1 is chance)",
    "pai": "PAI (1 is chance)",
    "harm_pei": "Harm-PEI (1 is as good as knowing)",
    "pei": "PEI (1 is as good as knowing)",
    "recapture_harm": "Share of harm, afterwards over before",
    "recapture_crimes": "Share of crimes, afterwards over before",
    "rank_correlation": "Rank correlation with the harm that came next",
}


@checked
@styled
def plot_validation(
    validation: RankingValidation,
    *,
    metric: str = "share_harm",
    denominator: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """What the first areas of each order held later: means over origins with 95% intervals.

    Parameters
    ----------
    validation : RankingValidation
    metric : str
        A measure of `validation.table`, such as ``"share_harm"`` or ``"harm_pai"``.
    denominator : str, optional
        ``"population"`` or ``"area"``; the first one by default.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        One row per order, one mark per size of the top; dotted lines stand at the count of crimes.

    Raises
    ------
    ParameterError
        A measure or a denominator that is not there.
    """
    require_choice(metric, _METRICS, name="metric")
    settings, found = validation.settings, validation.findings
    chosen = found.denominators[0] if denominator is None else denominator
    require_choice(chosen, found.denominators, name="denominator")
    table = validation.table[(validation.table["denominator"] == chosen) & (validation.table["origins"] > 0)]
    rankers = list(dict.fromkeys(table["ranker"]))
    sizes = list(dict.fromkeys(table["k"]))[: 1 if metric == "rank_correlation" else len(LINES)]
    ax = open_axes(ax, width=8.5, height=1.6 + 0.55 * len(rankers))
    offsets = np.linspace(-0.3, 0.3, len(sizes)) if len(sizes) > 1 else np.zeros(1)
    for (colour, _, marker), k, offset in zip(LINES, sizes, offsets, strict=False):
        part = table[table["k"] == k].set_index("ranker").reindex(rankers)
        _draw(ax, part, metric, np.arange(len(rankers)) + offset, colour, marker)
    _finish(ax, rankers, metric)
    if metric != "rank_correlation":
        _legend(ax, sizes)
    notes = [
        f"Ranked on months: {settings.window}; measured on the next: {settings.horizon}; mean over "
        f"{number_of(found.origins, 'origin')}. Bars: 95%, {number_of(settings.resamples, 'bootstrap sample')} of "
        f"{found.blocks}. Dotted: the order by the count of crimes. Orders share their samples: compare them by skill, "
        "not by overlap."
    ]
    if metric not in ("share_harm", "share_crimes", "recapture_harm", "recapture_crimes"):
        notes.append(f"Denominator: {chosen}.")
    if found.level != "offence":
        notes.append("Harm is that of categories: what single offences hide in them is not seen.")
    heading = title or _finding(table, sizes[0], metric)
    return add_furniture(ax, about=validation.about, title=heading, notes=notes, below=44.0)


def _finding(table: pd.DataFrame, size: str, metric: str) -> str:
    """Which order held most of what came next in its first areas, where one did."""
    plain = "What the first areas of each order held afterwards"
    first = table[table["k"] == size].set_index("ranker")[metric].dropna()
    if metric not in ("share_harm", "share_crimes") or len(first) < 2 or int((first == first.max()).sum()) > 1:
        return plain
    held = "harm" if metric == "share_harm" else "crimes"
    count = f"{size} of areas" if size.endswith("%") else number_of(int(size), "area")
    return f"The first {count} by {first.idxmax()} held most of the {held} that came next"


def _draw(ax: Axes, part: pd.DataFrame, metric: str, rows: np.ndarray, colour: str, marker: str) -> None:
    value, low, high = (part[name].to_numpy(dtype=float) for name in (metric, f"{metric}_low_95", f"{metric}_high_95"))
    ax.hlines(rows, low, high, color=colour, linewidth=1.8, zorder=2)
    ax.plot(value, rows, marker, ms=6, mfc=colour, mec="white", mew=0.8, ls="", zorder=3)
    for counted in value[part.index == "crime count"]:
        ax.axvline(counted, color=colour, lw=0.9, ls=":", zorder=1)


def _finish(ax: Axes, rankers: list[str], metric: str) -> None:
    ax.set_yticks(np.arange(len(rankers)), rankers, fontsize=9.5)
    ax.set_ylim(len(rankers) - 0.5, -0.5)
    for row in range(1, len(rankers)):
        ax.axhline(row - 0.5, color="#e3e3e3", lw=0.7, zorder=0)
    if metric != "rank_correlation":
        ax.set_xlim(left=0)
    if metric.startswith("share"):
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xlabel(_METRICS[metric], fontsize=9.5, color=INK[0])
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _legend(ax: Axes, sizes: list[str]) -> None:
    handles = [
        Line2D([], [], color=colour, marker=marker, mec="white", lw=1.8, label=f"first {k}")
        for (colour, _, marker), k in zip(LINES, sizes, strict=False)
    ]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
