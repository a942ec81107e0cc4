"""Periods of an evaluation along an axis: which are named, where something began, and what a run of them is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from socharm._about import MONTH
from socharm._words import number_of, period_words
from socharm.maps.palettes import INK

__all__ = ["START_NOTE", "before_words", "mark_start", "name_changes", "name_periods", "run_words"]

#: Periods that are named along an axis at most.
_MOST: Final = 9
#: What the line at a start is called in the foot.
START_NOTE: Final = "The upright line is where the intervention began."


def run_words(first: str, last: str) -> str:
    """A run of periods in words; those that are no months as they are called.

    Examples
    --------
    >>> run_words("2024-01", "2024-06"), run_words("3", "7"), run_words("3", "3")
    ('January 2024 to June 2024', '3 to 7', '3')
    """
    if MONTH.fullmatch(first) and MONTH.fullmatch(last):
        return period_words(first, last)
    return first if first == last else f"{first} to {last}"


def before_words(periods: int, start: str) -> str:
    """The line of the period of what was made by the time before a start.

    Examples
    --------
    >>> before_words(12, "2025-04"), before_words(1, "7")
    ('The 12 periods before April 2025', 'The 1 period before 7')
    """
    return f"The {number_of(periods, 'period')} before {run_words(start, start)}"


def name_periods(ax: Axes, periods: Sequence[str]) -> None:
    """Name periods 0, 1, ... along the axis across, at equal steps where not all have room."""
    step = -(-len(periods) // _MOST)
    at = range(0, len(periods), step)
    ax.set_xticks(at, [periods[each] for each in at], fontsize=9.5)
    ax.set_xlim(-0.6, len(periods) - 0.4)


def mark_start(ax: Axes, at: float) -> None:
    """An upright line where the intervention began."""
    ax.axvline(at, color=INK[0], linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)


def name_changes(ax: Axes, words: str, *, ratio: bool) -> None:
    """Changes as percentages along the axis upwards, nil as a line; `ratio` says whether values are ratios on a log."""
    ax.axhline(1.0 if ratio else 0.0, color=INK[1], linewidth=0.9, zorder=1)
    less = 1.0 if ratio else 0.0
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * (value - less):+.0f}%".replace("+0%", "0%")))
    ax.set_ylabel(words, color=INK[0], fontsize=10.5)
    ax.grid(axis="y", color="#e4e2dc", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", labelsize=9.5)
    ax.spines[["top", "right"]].set_visible(False)
