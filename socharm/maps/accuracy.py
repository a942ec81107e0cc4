"""How much of what came next each hot spot method held, by how much of the map it took."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._words import joined_words, number_of
from socharm.errors import ParameterError
from socharm.evaluation.hotspot_comparison import HotspotComparison
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK, LINES
from socharm.maps.style import styled

__all__ = ["plot_accuracy"]

Amount: TypeAlias = Literal["harm", "crimes"]

#: What the denominator is called along the axis.
_SHARE_OF: Final = {
    "area": "Share of the ground",
    "population": "Share of the population",
    "areas": "Share of the areas",
}
#: Plain orders that stand beside the methods by default.
_PLAIN: Final = ("socharm rank", "crime count")


@checked
@styled
def plot_accuracy(
    comparison: HotspotComparison,
    *,
    amount: Amount = "harm",
    denominator: str | None = None,
    rankers: Iterable[str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Share of the harm or crimes that came next, by the share of ground or population that was taken first.

    Parameters
    ----------
    comparison : HotspotComparison
        From `socharm.evaluation.compare_hotspots`.
    amount : {"harm", "crimes"}
    denominator : str, optional
        Of `comparison.findings.denominators`; ground when omitted.
    rankers : iterable of str, optional
        At most eight orders of `comparison.rankers`; when omitted those of one's own, the hot spot methods, the socharm
        rank and the count of crimes, of which those beyond eight are named in a note.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        One line for each order, a dotted line for chance.

    Raises
    ------
    ParameterError
        An order or a denominator that is not there, or more orders than can be told apart.
    """
    chosen = comparison.findings.denominators[-1] if denominator is None else denominator
    require_choice(chosen, comparison.findings.denominators, name="denominator")
    wanted = _wanted(comparison, rankers)
    table = comparison.curves[comparison.curves["denominator"] == chosen]
    ax = open_axes(ax, width=8.5, height=6.5)
    handles = []
    for (colour, dash, _), ranker in zip(LINES, wanted, strict=False):
        line = table[table["ranker"] == ranker]
        look: dict[str, Any] = {"color": colour, "linestyle": dash, "lw": 2.0}
        ax.plot(line["percent"] / 100.0, line[f"share_{amount}"], **look)
        handles.append(Line2D([], [], label=_label(line, ranker, comparison), **look))
    ax.plot([0, 1], [0, 1], color=INK[1], linestyle=":", lw=1.0)
    handles.append(Line2D([], [], color=INK[1], linestyle=":", lw=1.0, label="chance"))
    ax.set(xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    held = "harm" if amount == "harm" else "crimes"
    ax.set_xlabel(f"{_SHARE_OF[chosen]}, beginning with the area that the order puts first", color=INK[0])
    ax.set_ylabel(f"Share of the {held} that came next", color=INK[0])
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False, fontsize=10, borderaxespad=0.0
    )
    s = comparison.settings
    notes = [
        f"Ordered on months: {s.window}; measured on the next: {s.horizon}; mean over "
        f"{number_of(comparison.findings.origins, 'origin')}. Areas that an order does not tell apart are taken in "
        "proportion. Intervals of single sizes of the top stand in the table of the comparison.",
    ]
    if rankers is None and (left := [name for name in _offered(comparison) if name not in wanted]):
        notes.append(f"Not drawn, for want of lines that can be told apart: {joined_words(left)}.")
    heading = title or _finding(table, wanted, f"share_{amount}", held, chosen)
    return add_furniture(ax, about=comparison.about, title=heading, notes=notes, below=44.0)


def _offered(comparison: HotspotComparison) -> list[str]:
    """Plain orders, hot spot methods and orders of one's own."""
    there = list(comparison.rankers.index)
    own = [name for name in there if comparison.rankers.loc[name, "by"] == "as given"]
    return [name for name in (*_PLAIN, *comparison.settings.methods, *own) if name in there]


def _wanted(comparison: HotspotComparison, rankers: Iterable[str] | None) -> list[str]:
    there = list(comparison.rankers.index)
    if rankers is None:
        offered = _offered(comparison)
        plain = [name for name in offered if name in _PLAIN]
        kept = [*offered[: len(plain) - 1 : -1], *plain][: len(LINES)]
        return [name for name in offered if name in kept]
    named = list(dict.fromkeys(rankers))
    for name in named:
        require_choice(name, there, name="rankers")
    if not 1 <= len(named) <= len(LINES):
        raise ParameterError(
            f"`rankers` names {number_of(len(named), 'order')}; between 1 and {len(LINES)} can be told apart."
        )
    return named


def _label(line: pd.DataFrame, ranker: str, comparison: HotspotComparison) -> str:
    """Name of an order, with how many origins it has where that is not all of them."""
    origins = int(line["origins"].iloc[0])
    all_of_them = comparison.findings.origins
    return ranker if origins == all_of_them else f"{ranker} ({origins} of {all_of_them} origins)"


def _finding(table: pd.DataFrame, rankers: list[str], column: str, held: str, denominator: str) -> str:
    """Which order held most in the first tenth, to the percent that is printed."""
    tenth = table[(table["percent"] == 10) & table["ranker"].isin(rankers)].set_index("ranker")[column].dropna()
    if len(tenth) < 2:
        return f"How much of the {held} that came next each order held"
    shown = (tenth * 100).round().astype(int)
    best = [name for name in rankers if name in shown.index and shown[name] == shown.max()]
    of = {"area": "ground", "population": "population"}.get(denominator, "areas")
    if len(best) > 2:
        return (
            f"No one order leads: {len(best)} of {len(shown)} hold {shown.max()}% of the {held} in a tenth of the {of}"
        )
    verb = "holds" if len(best) == 1 else "hold"
    leading = joined_words(best)
    share = f"{shown.max()}% of the {held} that came next in a tenth of the {of}"
    return f"{leading[0].upper()}{leading[1:]} {verb} most: {share}"
