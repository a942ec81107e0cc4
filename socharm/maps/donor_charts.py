"""Donors of a site: how like it they are in each variable, and how much each counts."""

from __future__ import annotations

from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from socharm._arguments import checked
from socharm._constraints import CountFrom1
from socharm._words import area_noun, number_of
from socharm.errors import ParameterError
from socharm.evaluation.calibration_weights import CalibrationWeights
from socharm.evaluation.donors import LARGE, Donors
from socharm.evaluation.synthetic_control import SyntheticControl
from socharm.evaluation.synthetic_did import SyntheticDid
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.names import area_names
from socharm.maps.palettes import INK, LINES
from socharm.maps.period_axis import before_words
from socharm.maps.style import styled

__all__ = ["plot_balance", "plot_donor_weights"]

#: What gives donors weights.
Weighted: TypeAlias = SyntheticControl | SyntheticDid | CalibrationWeights

_BEFORE, _AFTER, _LESS = "#8a8a8a", LINES[0][0], LINES[1][0]
#: Weights as a share of all of them below which a donor does not count.
_NONE: Final = 1e-9


@checked
@styled
def plot_balance(donors: Donors, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """How far a site lies from all candidates, and from the donors that were chosen, variable by variable.

    Parameters
    ----------
    donors : Donors
        From `socharm.evaluation.find_donors`.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        One row per variable, the largest difference from all candidates at the top. Variables in which areas differ by
        no more than chance have none. Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        Areas differ by no more than chance in every variable.
    """
    told = donors.balance.dropna(subset=["difference_before"])
    if told.empty:
        raise ParameterError("Areas differ by no more than chance in every variable: there is no balance to draw.")
    order = np.argsort(-told["difference_before"].abs().to_numpy(), kind="stable")
    shown = told.iloc[order]
    rows = np.arange(len(shown))
    before, after = (shown[name].to_numpy(dtype=float) for name in ("difference_before", "difference_after"))
    ax = open_axes(ax, width=8.0, height=1.3 + 0.36 * len(shown))
    ax.axvspan(-LARGE, LARGE, color="#efece4", zorder=0)
    ax.axvline(0.0, color=INK[1], linewidth=0.9, zorder=1)
    ax.hlines(rows, before, after, color="#c9c4b8", linewidth=1.2, zorder=2)
    ax.plot(before, rows, "o", ms=8, mfc="white", mec=_BEFORE, mew=1.6, zorder=3)
    ax.plot(after, rows, "D", ms=7, mfc=_AFTER, mec="white", mew=0.8, zorder=4)
    ax.set_yticks(rows, [str(name) for name in shown.index], fontsize=10)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlabel("Site less the others, in standard deviations between areas", color=INK[0], fontsize=10.5)
    ax.grid(axis="x", color="#e4e2dc", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    found = donors.findings
    handles = [
        Line2D([], [], marker="o", ls="none", ms=8, mfc="white", mec=_BEFORE, mew=1.6,
               label=f"from all {number_of(found.candidates, 'candidate')}"),
        Line2D([], [], marker="D", ls="none", ms=7, mfc=_AFTER, mec="white",
               label=f"from the {number_of(found.donors, 'donor')}"),
        Line2D([], [], color="#e0dccf", linewidth=8, label=f"within {LARGE} standard deviations"),
    ]  # fmt: skip
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=10)
    chance = (
        f" Not drawn, for areas differ by no more than chance: {', '.join(found.by_chance)}." if found.by_chance else ""
    )
    notes = [
        "Level: crimes a period; course: second half of the periods before the start over the first; both on the "
        f"logarithm, with chance taken out.{chance} {donors.sentence}"
    ]
    near = int((shown["difference_after"].abs() <= LARGE).sum())
    heading = title or (
        f"Site and donors are within {LARGE} standard deviations in {near} of {number_of(len(shown), 'variable')}"
    )
    head = Heading(heading, before_words(found.periods_before, found.start))
    return add_furniture(ax, about=donors.about, title=head, notes=notes, below=44.0)


@checked
@styled
def plot_donor_weights(
    weights: Weighted,
    *,
    areas: gpd.GeoDataFrame | None = None,
    n: CountFrom1 = 20,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How much each donor counts in what a site is compared with.

    Parameters
    ----------
    weights : SyntheticControl, SyntheticDid or CalibrationWeights
    areas : GeoDataFrame, optional
        Areas by code, for their names; without them donors are called by their codes.
    n : int
        Donors shown, the largest weights first; those of one weight in the order of the record.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        One row per donor, its share of all weights; those below nil, which an augmented control may have, to the left.
        Nothing is computed, saved or shown.
    """
    held = weights.table["weight"] if isinstance(weights, CalibrationWeights) else weights.weights["weight"]
    used = held[held.abs() > _NONE * held.abs().sum()]
    share = used / used.sum()
    shown = share.iloc[np.argsort(-share.abs().to_numpy(), kind="stable")[:n]]
    rows, part = np.arange(len(shown)), shown.to_numpy(dtype=float)
    ax = open_axes(ax, width=8.0, height=1.2 + 0.3 * len(shown))
    look = [_AFTER if value >= 0 else _LESS for value in part]
    ax.barh(rows, part, color=look, height=0.62, zorder=2)
    ax.axvline(0.0, color=INK[1], linewidth=0.9, zorder=3)
    for row, value in enumerate(part):
        ax.annotate(
            f"{value:.1%}", (max(value, 0.0), row), (4, 0), textcoords="offset points", va="center", fontsize=9.5
        )
    codes = shown.index.astype(str)
    names = codes.to_series() if areas is None else area_names(areas).reindex(codes).fillna(codes.to_series())
    ax.set_yticks(rows, [str(name) for name in names], fontsize=10)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(min(0.0, 1.15 * float(part.min())), 1.15 * float(part.max()))
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "bottom", "left"]].set_visible(False)
    found = weights.findings
    when = before_words(found.periods_before, str(found.start))
    return add_furniture(
        ax, about=weights.about, title=Heading(title or _finding(share, area_noun(codes)), when),
        notes=[_weights_note(weights, len(share), len(shown))], below=10.0,
    )  # fmt: skip


def _finding(share: pd.Series, noun: str) -> str:
    equal = float(1.0 / (share**2).sum())
    return f"{number_of(len(share), noun)} in use, which count like {equal:.1f} of equal weight"


def _weights_note(weights: Weighted, used: int, shown: int) -> str:
    found = weights.findings
    more = f" The {shown:,} largest are shown." if shown < used else ""
    return (
        f"Shares of all weights, which are made by the periods before the start. {used:,} of "
        f"{number_of(found.donors, 'donor')} in use.{more}"
    )
