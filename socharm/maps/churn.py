"""How many of the first areas stayed, for every size of the top, beside how many stay when nothing changed."""

from __future__ import annotations

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from socharm._arguments import checked
from socharm._constraints import CountFrom1
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.maps.compared import about_and_warnings, against_words
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.rescoring.churn import ChurnReceipt
from socharm.rescoring.comparison import Comparison

__all__ = ["plot_churn"]

_WIDE, _NARROW, _SEEN = "#d5e3ef", "#9dbfe0", "#1a1a1a"
_EXPECTED: Final = "#20629f"
#: Share of the sizes below which the list stands too far left for its numbers to stand left of it.
_NEAR: Final = 0.35


@checked
@styled
def plot_churn(
    churn: Comparison | ChurnReceipt,
    *,
    most: CountFrom1 | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How many of the first areas stayed and how many would have stayed had nothing changed, for every size of the top.

    Parameters
    ----------
    churn : Comparison or ChurnReceipt
    most : int, optional
        Largest size of the top that is drawn; every size when omitted.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        Its two child axes are the panels: the numbers themselves, and how many more or fewer stayed than expected,
        both with their 50% and 95% intervals. Nothing is computed, saved or shown.
    """
    receipt = churn.churn if isinstance(churn, Comparison) else churn
    about, warned = about_and_warnings(churn) if isinstance(churn, Comparison) else (churn.about, [])
    table = receipt.table if most is None else receipt.table.loc[: int(most)]
    if not len(table):
        raise ParameterError("No area was compared, so that none could stay. Compare assessments of areas.")
    ax = open_axes(ax, width=9.0, height=3.9)
    ax.set_axis_off()
    upper, lower = ax.inset_axes((0.0, 0.46, 1.0, 0.54)), ax.inset_axes((0.0, 0.0, 1.0, 0.36))
    listed = receipt.findings.listed
    _draw(upper, table, pd.Series(0.0, index=table.index), listed)
    _draw(lower, table, table["expected"], listed)
    lower.axhline(0, color=_EXPECTED, linewidth=1.4, zorder=3)
    upper.set_ylabel("areas that stayed", fontsize=10)
    lower.set_ylabel("more or fewer\nthan expected", fontsize=10)
    lower.set_xlabel("Size of the top: the first so many areas by the recorded rate", fontsize=10.5)
    upper.tick_params(labelbottom=False)
    if listed in table.index:
        _tell(upper, table.loc[[listed]].iloc[0], listed, int(table.index[-1]))
    _add_key(ax)
    notes = [
        *warned,
        f"Had nothing changed: {number_of(receipt.settings.worlds, 'later period')} drawn with chance and the drift of "
        "an ordinary period alone; the dotted line marks the list.",
    ]
    return add_furniture(
        ax, about=about, title=Heading(title or _finding(receipt), against_words(receipt.periods)),
        notes=notes, below=70.0,
    )  # fmt: skip


def _draw(panel: Axes, table: pd.DataFrame, base: pd.Series, listed: int) -> None:
    """Intervals, expectation and what was seen, less a base."""
    sizes = table.index.to_numpy()
    for level, colour in ((95, _WIDE), (50, _NARROW)):
        low, high = ((table[f"{end}_{level}"] - base).to_numpy(dtype=float) for end in ("low", "high"))
        panel.fill_between(sizes, low, high, color=colour, linewidth=0, zorder=1, label=f"{level}%")
    panel.plot(sizes, (table["expected"] - base).to_numpy(dtype=float), color=_EXPECTED, lw=1.4, zorder=3)
    seen = (table["stayed"] - base).to_numpy(dtype=float)
    panel.plot(sizes, seen, color=_SEEN, lw=1.6, marker="o", ms=2.2 if len(sizes) > 60 else 3.4, zorder=4)
    if listed in table.index:
        panel.axvline(listed, color="#7a7a7a", linewidth=0.9, linestyle=":", zorder=2)
    panel.set_xlim(0, float(sizes[-1]) + 1)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(6, integer=True))
    panel.grid(axis="y", color="#e3e3e3", linewidth=0.7)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(labelsize=9.5, colors=INK[0])


def _tell(panel: Axes, row: pd.Series, listed: int, last: int) -> None:
    """The list in numbers, above the line."""
    text = (
        f"first {listed:,}: {int(row['stayed']):,} stayed,\n{row['expected']:.1f} expected "
        f"[{int(row['low_95']):,} to {int(row['high_95']):,}]"
    )
    # What stayed grows with the size of the top, so that the upper left is free.
    right = listed < _NEAR * last
    at = listed / (last + 1) + (0.03 if right else -0.03)
    panel.annotate(
        text, (listed, float(row["stayed"])), xytext=(at, 0.95), textcoords="axes fraction", zorder=5,
        ha="left" if right else "right", va="top", size=10, color=INK[0],
        arrowprops={"arrowstyle": "-", "color": "#7a7a7a", "lw": 0.8, "shrinkB": 3},
    )  # fmt: skip


def _add_key(ax: Axes) -> None:
    handles = [
        Line2D([], [], color=_SEEN, marker="o", ms=3.4, lw=1.6, label="stayed"),
        Line2D([], [], color=_EXPECTED, lw=1.4, label="expected had nothing changed"),
        Patch(facecolor=_NARROW, label="50% interval"),
        Patch(facecolor=_WIDE, label="95% interval"),
    ]
    below = ax.transAxes + ScaledTranslation(0, -44 / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.0, 0.0), bbox_transform=below, frameon=False,
        fontsize=10, ncols=4, handlelength=1.8, columnspacing=1.2, borderaxespad=0.0,
    )  # fmt: skip


def _finding(receipt: ChurnReceipt) -> str:
    """How the number that stayed lies to what is expected."""
    found = receipt.findings
    held = found.low_95 <= found.stayed <= found.high_95
    than = "as many as" if held else ("fewer than" if found.stayed < found.expected else "more than")
    verb = "stays" if found.listed == 1 else "stay"
    about = " about" if held else ""
    told = f"{than} {verb} when nothing changed"
    return f"By recorded rate {found.stayed:,} of the first {found.listed:,} stayed:{about} {told}"
