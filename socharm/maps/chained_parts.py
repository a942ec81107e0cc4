"""How the harm rate of all areas moved over several assessments, and what each step of it was made of."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from socharm._arguments import checked
from socharm._words import joined_words, number_of, rate_decimals
from socharm.maps.compared import about_and_warnings, signed, span_lines
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.rescoring.several import PARTS, SeveralComparison, moved_parts

__all__ = ["plot_chained_parts"]

#: Fill and hatch of each part (Okabe and Ito 2008): apart for the colour-blind and on a grey print.
_FILLS: Final = {
    "counts": ("#0072b2", ""),
    "offence_mix": ("#e69f00", "///"),
    "weights": ("#cc79a7", "..."),
    "population": ("#009e73", "\\\\\\"),
    "not_in_all": ("#d9d9d9", "xxx"),
}
_WIDTH: Final = 0.34
#: Inches of one step, and of what stands beside the steps.
_STEP, _BESIDE = 1.5, 1.6
_NARROW, _HIGH = 6.4, 4.2
#: Decimals of a part beyond those of a rate.
_FINER: Final = 1


@checked
@styled
def plot_chained_parts(several: SeveralComparison, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """How the harm rate of all areas moved over several assessments, and by what: a stack of parts for each step.

    Parameters
    ----------
    several : SeveralComparison
        From `compare_several`.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        The line joins the rates as assessed. Between two of them stand the parts of the step, from the level of the
        earlier rate: those that raised it above, those that lowered it below. What is above less what is below is the
        step of the line, exactly. A part that is nought in every step is named below. Nothing is computed, saved or
        shown.
    """
    steps = _steps(several)
    rates = [float(steps["rate_earlier"].iloc[0]), *map(float, steps["rate_later"])]
    moved = moved_parts(several.parts, steps)
    digits = rate_decimals(rates)
    ax = open_axes(ax, width=max(_NARROW, _STEP * len(steps) + _BESIDE), height=_HIGH)
    _draw(ax, steps, rates, moved, digits)
    _set_scale(ax, several, steps, rates, moved)
    ax.set_ylabel(f"Harm rate as recorded,\n{several.about.unit}", fontsize=10.5)
    handles: list[Patch | Line2D] = [Line2D([], [], color=INK[0], marker="D", ms=6, label="Harm rate of all areas")]
    handles += [_patch(part) for part in moved]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, -0.16), frameon=False, fontsize=9.5)
    about, warned = about_and_warnings(several)
    return add_furniture(
        ax,
        about=about,
        title=Heading(title or _finding(rates, digits)),
        notes=[*warned, *_notes(moved)],
        below=64.0 + 17.0 * len(handles),
    )


def _steps(several: SeveralComparison) -> pd.DataFrame:
    """The parts of each assessment against the next one, in order of time."""
    order = [made.assessments for made in several.pairs]
    return several.parts.set_index(["earlier", "later"]).loc[order]


def _patch(part: str) -> Patch:
    colour, hatch = _FILLS[part]
    words = PARTS[part]
    return Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=words[:1].upper() + words[1:])


def _stack(values: pd.Series, level: float) -> tuple[list[float], float, float]:
    """Where each part begins, and the upper and the lower end of the stack, which starts at `level`."""
    upper = lower = level
    begins = []
    for value in map(float, values):
        begins.append(upper if value > 0 else lower)
        upper, lower = upper + max(value, 0.0), lower + min(value, 0.0)
    return begins, upper, lower


def _draw(ax: Axes, steps: pd.DataFrame, rates: list[float], moved: list[str], digits: int) -> None:
    places = np.arange(len(rates))
    for place, level in enumerate(rates[:-1]):
        values = steps[moved].iloc[place]
        begins, upper, _ = _stack(values, level)
        for part, begin in zip(moved, begins, strict=True):
            colour, hatch = _FILLS[part]
            ax.bar(
                place + 0.5, float(values[part]), bottom=begin, width=_WIDTH, color=colour, hatch=hatch,
                edgecolor="white", linewidth=0.6, zorder=3, label="_part",
            )  # fmt: skip
        ax.hlines(level, place, place + 0.5 + _WIDTH / 2, color="#9a9a9a", linewidth=0.9, zorder=2)
        change = float(steps["change"].iloc[place])
        _write(ax, place + 0.5, upper, signed(change, digits + _FINER), lift=5)
    ax.plot(places, rates, color=INK[0], marker="D", ms=6, mec="white", mew=0.8, linewidth=1.4, zorder=5)
    for at, rate in enumerate(rates):
        _write(ax, at, rate, f"{rate:,.{digits}f}", lift=8, bold=True)


def _write(ax: Axes, x: float, y: float, text: str, *, lift: float, bold: bool = False) -> None:
    look: dict[str, Any] = {"size": 10, "color": INK[0], "weight": "bold" if bold else "normal", "zorder": 6}
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    ax.annotate(text, (x, y), xytext=(0, lift), textcoords="offset points", ha="center", va="bottom", bbox=box, **look)


def _set_scale(ax: Axes, several: SeveralComparison, steps: pd.DataFrame, rates: list[float], moved: list[str]) -> None:
    ends = [_stack(steps[moved].iloc[place], rates[place])[1:] for place in range(len(steps))]
    high, low = max([*rates, *(upper for upper, _ in ends)]), min([*rates, *(lower for _, lower in ends)])
    room = high - low or abs(high) or 1.0
    ax.set_ylim(low - 0.08 * room, high + 0.18 * room)
    ax.set_xlim(-0.4, len(rates) - 0.6)
    ax.set_xticks(range(len(rates)), [span_lines(period) for period in several.periods], fontsize=10)
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.grid(axis="y", color="#e3e3e3", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.tick_params(axis="x", length=0)


def _finding(rates: list[float], digits: int) -> str:
    """From where to where the rate went, and whether on the way it went the other way too."""
    first, last = (f"{rate:,.{digits}f}" for rate in (rates[0], rates[-1]))
    over = f"over {number_of(len(rates), 'assessment')}"
    ups, downs = (sum(way * (after - before) > 0 for before, after in pairwise(rates)) for way in (1, -1))
    if first == last:
        furthest = f"{max(rates, key=lambda rate: abs(rate - rates[0])):,.{digits}f}"
        between = "" if furthest == first else f"; in between it was {furthest}"
        return f"The recorded harm rate of all areas is {first} again {over}{between}"
    rose = rates[-1] > rates[0]
    against = downs if rose else ups
    way, other = ("rose", "fell") if rose else ("fell", "rose")
    aside = f"; in {number_of(against, 'step')} it {other}" if against else ""
    return f"The recorded harm rate of all areas {way} from {first} to {last} {over}{aside}"


def _notes(moved: list[str]) -> list[str]:
    still = [words for part, words in PARTS.items() if part not in moved]
    notes = [
        "Parts of a step stand from the level of the earlier rate; what is above it less what is below is the step. "
        "They are those among all the assessments, so that steps add up. They say what the number is made of, not why "
        "it changed, nor whether that is more than chance.",
    ]
    return notes + ([f"No part in any step: {joined_words(still)}."] if still else [])
