"""Near repeats as a table of colours: ratio of observed to expected pairs by distance and days apart."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Patch, Rectangle

from socharm._arguments import checked
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.hotspots.points.knox_record import FEW_PERMUTATIONS, NearRepeats, too_few_permutations
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK, sequential
from socharm.maps.style import styled

__all__ = ["plot_knox"]

#: Upper ends of the classes of ratios below the strongest, with what each says; the class round 1 is plain.
_BOUNDS: Final = (0.8, 1.2, 1.5, 2.0, 4.0)
_WORDS: Final = ("under 0.8", "0.8 to 1.2", "1.2 to 1.5", "1.5 to 2", "2 to 4", "4 and over")
_FEWER: Final = "#c3daee"
_EVEN: Final = "#f6f5f1"
_MARK: Final = "#1a1a1a"
_CORRECTIONS: Final = {
    "bh": "adjusted for all cells (Benjamini-Hochberg)",
    "by": "adjusted for all cells (Benjamini-Yekutieli)",
    "none": "not adjusted for the number of cells",
}
#: Bands of one kind for which cells have room.
_MOST: Final = 12


@checked
@styled
def plot_knox(near_repeats: NearRepeats, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Ratio of observed to expected pairs, distance down and days across; near repeats have a frame.

    Parameters
    ----------
    near_repeats : NearRepeats
        From `knox`; at most twelve bands of each kind.
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes
        Each cell has its ratio, and below it the observed pairs over the expected ones, where they are not
        withheld; ``*`` stands behind a ratio whose adjusted p is at most alpha. Cells in which nothing was
        expected have no ratio and are hatched.

    Raises
    ------
    ParameterError
        More bands than a page has room for.
    """
    ratio = near_repeats.matrix("ratio")
    down, across = ratio.shape
    if max(down, across) > _MOST:
        raise ParameterError(f"The table has {down} by {across} bands; a picture has room for {_MOST} of each kind.")
    ax = open_axes(ax, width=2.6 + 1.05 * across, height=1.7 + 0.62 * down)
    colours = _colours()
    for place, (row, column) in enumerate(np.ndindex(down, across)):
        _draw_cell(ax, near_repeats, place, (row, column), colours)
    ax.set(xlim=(-0.5, across - 0.5), ylim=(down - 0.5, -0.5))
    ax.set_xticks(range(across), ratio.columns)
    ax.set_yticks(range(down), ratio.index)
    ax.tick_params(length=0)
    ax.set_xlabel("Days apart", color=INK[0])
    ax.set_ylabel("Metres apart", color=INK[0])
    ax.spines[:].set_visible(False)
    _add_key(ax, near_repeats, colours)
    return add_furniture(
        ax,
        about=near_repeats.about,
        title=title or _finding(near_repeats),
        notes=_notes(near_repeats),
        below=46.0,
    )


def _colours() -> list[str]:
    warm = sequential(len(_WORDS) - 2)
    return [_FEWER, _EVEN, *(to_hex(warm(at)) for at in range(len(_WORDS) - 2))]


def _class_of(ratio: float) -> int:
    return int(np.searchsorted(_BOUNDS, ratio, side="right"))


def _draw_cell(ax: Axes, found: NearRepeats, place: int, at: tuple[int, int], colours: list[str]) -> None:
    row, column = at
    cell = found.table.iloc[place]
    known = pd.notna(cell["ratio"])
    look: dict[str, Any] = (
        {"facecolor": colours[_class_of(cell["ratio"])]} if known else {"facecolor": "#ffffff", "hatch": "////"}
    )
    edge = "#ffffff" if known else "#b5b5b5"
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, edgecolor=edge, linewidth=1.5, zorder=1, **look))
    if cell["near_repeat"]:
        # Black inside white, to be seen on every colour.
        for colour, width in (("#ffffff", 5.0), (_MARK, 2.2)):
            frame = Rectangle((column - 0.44, row - 0.42), 0.88, 0.84, fill=False, edgecolor=colour, linewidth=width)
            frame.set_zorder(3)
            ax.add_patch(frame)
    dark = known and _class_of(cell["ratio"]) >= len(_WORDS) - 2
    ink = "#ffffff" if dark else INK[0]
    observed = cell["harm"] if "harm" in found.table.columns else cell["pairs"]
    told = pd.notna(observed)
    if known:
        ratio = _figure(cell["ratio"]) if told else f"{cell['ratio']:.1f}"
        text, up = f"{ratio}{'*' if cell['significant'] else ''}", 0.12 if told else 0.0
        ax.text(column, row - up, text, ha="center", va="center", fontsize=11, color=ink, zorder=4, weight="bold")
    if told:
        below = f"{_figure(observed, whole=True)} / {_figure(cell['expected'])}"
        ax.text(column, row + 0.26, below, ha="center", va="center", fontsize=8, color=ink, zorder=4)


def _figure(value: float, *, whole: bool = False) -> str:
    """A number that is short enough for a cell."""
    if value >= 100 or (whole and value == int(value)):
        return f"{value:,.0f}" if value < 1e6 else f"{value:.2g}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _add_key(ax: Axes, found: NearRepeats, colours: list[str]) -> None:
    ratios = found.table["ratio"].dropna()
    present = {_class_of(float(value)) for value in ratios}
    handles = [
        Patch(facecolor=colours[at], edgecolor="#b5b5b5", linewidth=0.5, label=_WORDS[at]) for at in sorted(present)
    ]
    if found.table["ratio"].isna().any():
        handles.append(Patch(facecolor="#ffffff", edgecolor="#b5b5b5", hatch="////", label="nothing expected"))
    if found.table["near_repeat"].any():
        handles.append(Patch(fill=False, edgecolor=_MARK, linewidth=2.0, label="near repeat"))
    key = ax.legend(
        handles=handles,
        title="Observed over expected",
        loc="upper left",
        bbox_to_anchor=(1.02, 1.0),
        frameon=False,
        fontsize=9,
        borderaxespad=0.0,
    )
    key.set_in_layout(True)


def _finding(found: NearRepeats) -> str:
    """How much more often than expected the strongest cell has pairs."""
    held = found.table[found.table["near_repeat"].to_numpy(dtype=bool)]
    if not len(held):
        return "No near repeats beyond chance"
    at, across = int(held.index[int(held["ratio"].argmax())]), len(found.day_labels)
    metres, days = found.distance_labels[at // across], found.day_labels[at % across]
    what = "Harm of pairs" if "harm" in found.table.columns else "Pairs"
    times = float(found.table["ratio"].iloc[at])
    unit = "day" if days == "1" else "days"
    return f"{what} {metres} m and {days} {unit} apart: {times:.1f} times the expected"


def _notes(found: NearRepeats) -> list[str]:
    s, f = found.settings, found.findings
    harm = "harm" in found.table.columns
    sums = f"harm of pairs ({s.pair_weight} of both events)" if harm else "pairs"
    told = f" Below each ratio: {sums} observed / expected." if found.table["pairs"].notna().any() else ""
    way = "along the axes of the map" if s.metric == "manhattan" else "as the crow flies"
    aside = f" {number_of(f.set_aside, 'row')} without a day or a place left out." if f.set_aside else ""
    few = f" {FEW_PERMUTATIONS}" if too_few_permutations(s, len(found.table)) else ""
    return [
        f"Knox test of {number_of(f.events, 'event')}; distance {way}; expected is the mean of "
        f"{number_of(s.permutations, 'permutation')} of the dates.{few}{told}{aside}",
        f"* p by permutation, {_CORRECTIONS[s.correction]}, at most {s.alpha:g}. Framed: * and a ratio of at least "
        f"{s.minimum_ratio:g}: more near pairs than chance gives, which does not show that one event led to the other.",
    ]
