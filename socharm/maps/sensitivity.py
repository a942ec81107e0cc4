"""Which uncertainty about the ranks is chance, and which comes from choices: bars of shares of variance."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.ranking.uncertainty_record import RankUncertainty

__all__ = ["plot_sensitivity"]

_FIRST, _TOTAL = "#0a3363", "#84b8dc"

_TEXTS = {
    "counts": "few events (chance)",
    "location": "vague places",
    "weights": "weight scheme",
    "transform": "transform of the weights",
    "tau": "offence mix inside categories",
    "population": "denominator",
    "window": "period",
    "exclude": "places or offences left out",
    "shrinkage": "shrinkage",
}


@checked
@styled
def plot_sensitivity(
    uncertainty: RankUncertainty, *, area: str | None = None, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Bars of how much of the uncertainty about ranks comes from chance and from each choice.

    Parameters
    ----------
    uncertainty : RankUncertainty
    area : str, optional
        Code of one area; over all areas, each weighing by the variance of its rank, unless given.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        A pair of bars for each factor, the largest total at the top. Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        The area has no rank, or its rank never varies.
    """
    shares, name = uncertainty.summary[["first", "total"]], "all areas"
    if area is not None:
        mine = uncertainty.shares[uncertainty.shares["area_code"] == area].set_index("factor")
        if mine.empty or mine["total"].isna().any():
            raise ParameterError(f"`area` is {area!r}, which has no rank that varies; give the code of a ranked area.")
        shares, name = mine[["first", "total"]], str(uncertainty.table.loc[area, "name"])
    shares = shares.sort_values("total", kind="stable")
    ax = open_axes(ax, width=8.5, height=1.6 + 0.55 * len(shares))
    rows = np.arange(len(shares))
    ax.barh(rows, shares["total"], height=0.62, color=_TOTAL, edgecolor=INK[1], linewidth=0.6, zorder=2)
    ax.barh(rows, shares["first"], height=0.30, color=_FIRST, edgecolor=INK[0], linewidth=0.6, zorder=3)
    ends = shares[["first", "total"]].max(axis=1).clip(lower=0.0)
    for row, (end, total) in enumerate(zip(ends, shares["total"], strict=True)):
        ax.text(float(end) + 0.012, row, f"{total:.0%}", va="center", fontsize=9, color=INK[0])
    alternatives = uncertainty.summary["alternatives"]
    ax.set_yticks(rows, [_row(str(factor), str(alternatives[factor])) for factor in shares.index], fontsize=9)
    ax.set_xlim(min(0.0, float(shares["first"].min())), max(1.0, float(ends.max())) + 0.08)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("Share of the variance of the rank", fontsize=9.5)
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    handles = [
        Patch(facecolor=_TOTAL, edgecolor=INK[1], label="with others (total)"),
        Patch(facecolor=_FIRST, edgecolor=INK[0], label="alone (first order)"),
    ]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    fixed = [name for name, alternatives, _ in uncertainty.findings.factors if len(alternatives) == 1]
    notes = [
        f"{number_of(uncertainty.findings.runs, 'run')} of a Sobol design, seed {uncertainty.settings.seed}; totals "
        "overlap where choices act together, so they can add up to more than 100%."
    ]
    if (shares < 0).to_numpy().any():
        notes.append("A share below 0 is 0 within the error of the runs.")
    if fixed:
        notes.append(f"Held fixed: {', '.join(_TEXTS.get(name, name) for name in fixed)}.")
    heading = title or _finding(shares["total"], name, all_areas=area is None)
    return add_furniture(ax, about=uncertainty.about, title=heading, notes=notes, below=44.0)


def _finding(totals: pd.Series, name: str, *, all_areas: bool) -> str:
    """What most of the uncertainty comes from, where there is more than one thing that it could come from."""
    about = "the ranks" if all_areas else f"the rank of {name}"
    if len(totals) < 2 or float(totals.max()) <= 0:
        return f"Where the uncertainty about {about} comes from"
    largest = str(totals.idxmax())
    return f"The uncertainty about {about} comes most of all from {_TEXTS.get(largest, largest)}"


def _row(factor: str, alternatives: str) -> str:
    text = _TEXTS.get(factor, factor)
    return text if factor in ("counts", "location") else f"{text}\n{textwrap.fill(alternatives, 44)}"
