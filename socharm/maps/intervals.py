"""Areas at the top of a ranking, with the ranks they could also have."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._constraints import CountFrom1
from socharm._words import FIRST_RANK, area_noun, harm_per, number_of
from socharm.errors import AlignmentError, ParameterError
from socharm.maps.by_area import require_record
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.names import area_names, district_names
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.ranking.confidence_sets import RankSets
from socharm.ranking.ranks import Ranking
from socharm.ranking.uncertainty_record import RankUncertainty

__all__ = ["plot_intervals"]

_DARK, _LIGHT, _SET = "#8c2340", "#e2b9a4", "#8a8a8a"
_NEEDED: Final = ("rank", "rank_low_90", "rank_high_90", "rank_low_95", "rank_high_95")


@checked
@styled
def plot_intervals(
    ranking: Ranking | RankUncertainty,
    *,
    n: CountFrom1 = 20,
    sets: RankSets | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Ranks of the first `n` areas with their 90% and 95% intervals.

    Parameters
    ----------
    ranking : Ranking or RankUncertainty
        The intervals of the second hold over all stated choices too; the rank under the stated ones stands beside.
    n : int
        Areas shown; those that tie on the last place are all shown.
    sets : RankSets, optional
        Confidence sets of the ranks, drawn as thin lines round the intervals.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        One row per area, rank 1 at the top. Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        `n` is not a whole number above zero, or no area has a rank.
    """
    require_record(ranking, name="ranking", made_by="`rank_areas` or `rank_uncertainty`")
    require_columns(ranking.table, _NEEDED, name="ranking.table")
    top = ranking.top(int(n)).sort_values("rank", kind="stable")
    if top.empty:
        raise ParameterError("No area has a rank; see `ranking.unrankable` for the reasons.")
    ax = open_axes(ax, width=8.5, height=1.4 + 0.32 * len(top))
    rows = np.arange(len(top))
    low90, high90, low95, high95, rank, observed = (
        top[c].to_numpy(dtype=float) if c in top.columns else np.full(len(top), np.nan)
        for c in ("rank_low_90", "rank_high_90", "rank_low_95", "rank_high_95", "rank", "rank_observed")
    )
    furthest = [high95, rank, observed]
    if sets is not None:
        if not isinstance(sets, RankSets):
            raise ParameterError(f"`sets` is a {type(sets).__name__}; give what `rank_confidence_sets` returns.")
        lost = top.index.difference(sets.table.index)
        if len(lost):
            raise AlignmentError(
                f"{number_of(len(lost), 'of the areas shown is', 'of the areas shown are')} not in `sets`, such as "
                f"{list(lost[:3])}. Make both of one index."
            )
        held = sets.table.reindex(top.index)
        lowest, highest = (held[c].to_numpy(dtype=float) for c in ("rank_set_low", "rank_set_high"))
        ax.hlines(rows, lowest, highest, color=_SET, linewidth=0.9, zorder=1)
        furthest.append(highest)
    if "rank_stated" in top.columns:
        stated = top["rank_stated"].to_numpy(dtype=float)
        ax.plot(stated, rows, "D", ms=5, mfc=INK[0], mec="white", mew=0.6, zorder=6)
        furthest.append(stated)
    ax.hlines(rows, low95, high95, color=_LIGHT, linewidth=3.0, zorder=2)
    ax.hlines(rows, low90, high90, color=_DARK, linewidth=5.0, alpha=0.75, zorder=3)
    ax.plot(rank, rows, "o", ms=8, mfc="white", mec=INK[0], mew=1.5, zorder=5)
    ax.plot(observed, rows, "|", ms=11, mec=INK[0], mew=1.5, zorder=4)
    ax.set_yticks(rows, _row_names(top), fontsize=10)
    ax.set_ylim(len(top) - 0.4, -0.6)
    ax.set_xlim(0, float(np.nanmax(np.concatenate(furthest))) * 1.02 + 1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ranked, noun = int(ranking.table["rank"].notna().sum()), area_noun(ranking.table.index)
    ax.set_xlabel(f"Rank among {number_of(ranked, noun)} (1 = {_first(ranking)})", fontsize=10.5)
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.legend(
        handles=_handles(sets, stated="rank_stated" in top.columns, observed=bool(np.isfinite(observed).any())),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=10,
    )
    heading = title or _finding(top, _first(ranking), noun)
    notes = [
        f"{_method(ranking)} Certain: the 90% interval holds one rank. Overlapping bars may still be in a likely order."
    ]
    if sets is not None:
        kind = f"all {noun}s at once" if sets.settings.sets == "simultaneous" else f"each {noun} by itself"
        notes.append(f"Thin lines: ranks that cannot be ruled out at {sets.settings.level:.0%} confidence, {kind}.")
    if len(ranking.unrankable):
        notes.append(f"{number_of(len(ranking.unrankable), f'{noun} has', f'{noun}s have')} no rank.")
    return add_furniture(ax, about=ranking.about, title=heading, notes=notes, below=44.0)


def _first(ranking: Ranking | RankUncertainty) -> str:
    """What the area of rank 1 has: of a ranking by its unit, of choices by what the unit says of rank 1."""
    unit = ranking.about.unit
    return unit.removeprefix(FIRST_RANK) if unit.startswith(FIRST_RANK) else f"most {harm_per(unit)}"


def _finding(top: pd.DataFrame, first: str, noun: str) -> str:
    """How many of the first areas could have no other rank, by their 90% interval."""
    known = top.dropna(subset=["rank_low_90", "rank_high_90"])
    sure = known[known["rank_low_90"] == known["rank_high_90"]]
    plain = f"The {number_of(len(top), noun)} with the {first}, and how sure their rank is"
    if len(known) < len(top) or len(top) < 3:
        return plain
    if len(sure) == 1:
        return f"Only {area_names(sure).iloc[0]} is certain of its rank among the first {len(top)}"
    if not len(sure):
        return f"None of the first {number_of(len(top), noun)} is certain of its rank"
    certain = "is certain of its" if len(sure) == 1 else "are certain of their"
    return f"{len(sure)} of the first {number_of(len(top), noun)} {certain} rank"


def _row_names(top: pd.DataFrame) -> list[str]:
    """Rank, name and district of each row."""
    names, parents = area_names(top), district_names(top)
    return [
        f"{rank}  {name}, {parent}" if parent else f"{rank}  {name}"
        for rank, name, parent in zip(top["rank"], names, parents, strict=True)
    ]


def _method(ranking: Ranking | RankUncertainty) -> str:
    if isinstance(ranking, RankUncertainty):
        varied = [name for name, alternatives, _ in ranking.findings.factors if len(alternatives) > 1]
        runs = number_of(2 * ranking.settings.base, "run")
        return f"Over chance and the choices of {', '.join(varied) or 'nothing else'}; {runs}."
    settings = ranking.settings
    return f"Ranks of the {settings.estimand} rate, {settings.horizon}; {number_of(settings.draws, 'draw')}."


def _handles(sets: RankSets | None, *, stated: bool, observed: bool) -> list[Line2D]:
    more = []
    if stated:
        more.append(
            Line2D([], [], marker="D", ms=5, mfc=INK[0], mec="white", ls="", label="rank by the stated choices")
        )
    if sets is not None:
        more.append(Line2D([], [], color=_SET, lw=0.9, label=f"{sets.settings.level:.0%} confidence set"))
    more.append(Line2D([], [], marker="o", ms=8, mfc="white", mec=INK[0], mew=1.5, ls="", label="rank"))
    if observed:  # in published form it is withheld
        more.append(Line2D([], [], marker="|", ms=11, mec=INK[0], mew=1.5, ls="", label="rank by the recorded rate"))
    return [
        *more,
        Line2D([], [], color=_DARK, alpha=0.75, lw=5, label="90% interval"),
        Line2D([], [], color=_LIGHT, lw=3, label="95% interval"),
    ]
