"""What the score of a composite index is made of, area by area."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._constraints import CountFrom1
from socharm._words import number_of
from socharm.composite.record import CompositeIndex
from socharm.composite.specs import ROOT
from socharm.errors import ParameterError
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.names import area_names, district_names
from socharm.maps.palettes import INK
from socharm.maps.style import styled

__all__ = ["plot_contributions"]

#: Fills told apart by colour (Okabe and Ito 2008) and hatch together, so that grey prints hold.
_FILLS: Final = (
    ("#0072b2", ""),
    ("#e69f00", "////"),
    ("#009e73", "...."),
    ("#cc79a7", "\\\\\\\\"),
    ("#56b4e9", "xx"),
    ("#d55e00", "--"),
    ("#f0e442", "++"),
)
_REST: Final = ("#b3b3b3", "oo")


@checked
@styled
def plot_contributions(
    composite: CompositeIndex,
    *,
    n: CountFrom1 = 15,
    by: str = "domain",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Bars of what domains or indicators add to the scores of the first areas.

    Parameters
    ----------
    composite : CompositeIndex
    n : int
        Areas shown, the worst first; those that tie on the last place are all shown.
    by : {"domain", "indicator"}
        What a piece of a bar stands for; domains are those right under the index. Without domains: indicators.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        One bar per area; pieces below zero go to the left. With more than eight pieces the least ones are joined.
        Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        No area has a score, or the aggregation does not add up (``copeland``, ``outranking``).
    """
    require_choice(by, ("domain", "indicator"), name="by")
    top = composite.top(int(n))
    pieces = _pieces(composite, by).loc[top.index]
    if top.empty or not pieces.notna().to_numpy().any():
        raise ParameterError(
            "No area has contributions to show: none has a score, or the aggregation (copeland, outranking) counts "
            "pairs of areas and does not add up."
        )
    ax = open_axes(ax, width=9.0, height=1.6 + 0.34 * len(top))
    handles = _draw(ax, pieces)
    rows = np.arange(len(top))
    ax.plot(top["score"].to_numpy(dtype=float), rows, "D", ms=6, mfc="white", mec=INK[0], mew=1.3, zorder=5)
    handles.append(Line2D([], [], marker="D", ms=6, mfc="white", mec=INK[0], mew=1.3, ls="", label="score"))
    ax.margins(x=0.03)
    limit = composite.recipe.priority_above
    if limit is not None:
        ax.axvline(limit, color=INK[0], lw=1.2, ls="--", zorder=4)
        handles.append(Line2D([], [], color=INK[0], lw=1.2, ls="--", label=f"priority above {limit:g}"))
    ax.set_yticks(rows, _row_names(top), fontsize=9)
    ax.set_ylim(len(top) - 0.4, -0.6)
    ax.set_xlabel(f"Contribution to the score ({composite.about.unit or 'no unit stated'})", fontsize=9.5)
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    heading = title or f"{composite.recipe.title or composite.recipe.name}: the first {number_of(len(top), 'area')}"
    return add_furniture(ax, about=composite.about, title=heading, notes=_notes(composite, top), below=44.0)


def _pieces(composite: CompositeIndex, by: str) -> pd.DataFrame:
    """Contributions by what the pieces stand for, the largest on average first; labelled."""
    labels = composite.indicators["label"]
    parents = {domain.name: domain for domain in composite.used.domains}
    names: dict[str, str] = {}
    for spec in composite.used.weighed:
        at = spec.parent
        while at != ROOT and parents[at].parent != ROOT:
            at = parents[at].parent
        names[spec.name] = parents[at].title if by == "domain" and at != ROOT else str(labels[spec.name])
    grouped = composite.contributions.T.groupby(pd.Series(names), sort=False).sum(min_count=1).T
    order = grouped.abs().mean().sort_values(ascending=False, kind="stable").index
    kept, rest = order[: len(_FILLS)], order[len(_FILLS) :]
    if len(rest) <= 1:
        return grouped[order]
    return grouped[kept].assign(**{f"{number_of(len(rest), 'other')}": grouped[rest].sum(axis=1, min_count=1)})


def _draw(ax: Axes, pieces: pd.DataFrame) -> list[Patch | Line2D]:
    rows = np.arange(len(pieces))
    right, left = np.zeros(len(pieces)), np.zeros(len(pieces))
    handles: list[Patch | Line2D] = []
    for number, name in enumerate(pieces.columns):
        colour, hatch = _FILLS[number] if number < len(_FILLS) else _REST
        value = pieces[name].fillna(0.0).to_numpy(dtype=float)
        start = np.where(value >= 0, right, left)
        ax.barh(rows, value, left=start, height=0.72, color=colour, hatch=hatch, edgecolor="white", lw=0.6, zorder=3)
        right, left = right + np.maximum(value, 0.0), left + np.minimum(value, 0.0)
        handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=str(name)))
    if left.min() < 0:
        ax.axvline(0.0, color=INK[0], lw=0.8, zorder=4)
    return handles


def _row_names(top: pd.DataFrame) -> list[str]:
    """Rank, name and district of each row; a star where values were filled, a double dagger where some are missing."""
    texts = []
    names, parents = area_names(top), district_names(top)
    for area, row in top.iterrows():
        code = str(area)
        place = f"{names[code]}, {parents[code]}" if parents[code] else names[code]
        texts.append(f"{row['rank']}  {place}{'*' if row['imputed'] else ''}{'‡' if row['missing'] else ''}")
    return texts


def _notes(composite: CompositeIndex, top: pd.DataFrame) -> list[str]:
    used, step = len(composite.used.weighed), composite.used.aggregate
    notes = [f"{number_of(used, 'indicator')}, normalised by {composite.used.normalise.method}, {step.method} mean."]
    if (top["imputed"] > 0).any():
        notes.append("* values were filled.")
    if (top["missing"] != "").any():
        notes.append("‡ an indicator is missing, and the others carry its weight.")
    if len(composite.findings):
        notes.append(f"Findings of the linter: {len(composite.findings)}.")
    return notes
