"""What a change is made of: from the earlier rate to the later one, part by part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm._words import number_of, rate_decimals
from socharm.errors import ParameterError
from socharm.maps.compared import FELL, ROSE, about_and_warnings, against_words, signed
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.names import area_names
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.index_parts import MOVES, PARTS, parts_not_known

__all__ = ["plot_change_parts"]

#: What each part is called beside its bar.
_ROWS: Final = {part: words[:1].upper() + words[1:] for part, words in PARTS.items()}
#: What is said of an area as a whole.
_VERDICTS: Final = {
    "rose": "This area rose beyond what was to be expected.",
    "fell": "This area fell beyond what was to be expected.",
    "not clear": "Whether this area changed beyond what was to be expected is not clear.",
    "too few events to tell": "There are too few events to tell whether this area changed.",
}
_UNEVEN: Final = "Figures are rounded; before rounding the parts add up to the change exactly."


@checked
@styled
def plot_change_parts(
    comparison: Comparison, *, area: str | None = None, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """What a change of the harm rate is made of: a bar for each of its eight parts, from the earlier rate to the later.

    Parameters
    ----------
    comparison : Comparison
    area : str, optional
        Code of one area; all areas together when omitted.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        Each bar begins where the one above it ends, so they lead from the earlier rate to the later one; a part that
        plays no role is told as 0, and what the source changed since as not known where no count was
        kept. Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        The area is not among those compared, or has no rate in one of the two.
    """
    row = comparison.overall if area is None else _row(comparison, area)
    name = "All areas together" if area is None else str(area_names(comparison.table.loc[[area]]).iloc[0])
    parts = {part: float(row[part]) for part in PARTS}
    unknown = parts_not_known(row)
    parts |= dict.fromkeys(unknown, 0.0)
    ends = float(row["rate_earlier"]), float(row["rate_later"])
    digits = _decimals(comparison)
    ax = open_axes(ax, width=7.6, height=3.9)
    _draw(ax, ends, parts, digits, unknown=unknown)
    ax.set_xlabel(f"Harm rate as recorded, {comparison.about.unit}", fontsize=10.5)
    about, warned = about_and_warnings(comparison)
    notes = [
        *warned,
        f"In all {signed(float(row['change']), digits + 1)}. The parts say what the number is made of, not why it "
        "changed, nor whether that is more than chance.",
        *_verdict(comparison, area),
        *([] if _adds_up(ends, parts, digits) else [_UNEVEN]),
    ]
    return add_furniture(
        ax,
        about=about,
        title=Heading(title or f"{name}: {_finding(ends, parts, digits)}", against_words(comparison.periods)),
        notes=notes,
        below=44.0,
    )


def _row(comparison: Comparison, area: str) -> pd.Series:
    parts = comparison.parts
    if area not in parts.index:
        hint = nearest_name(str(area), map(str, parts.index))
        raise ParameterError(
            f"`area` is {area!r}, which is not among the {number_of(len(parts), 'area')} compared; see `unmatched`."
            + (f" Did you mean {hint!r}?" if hint else "")
        )
    row: pd.Series = parts.loc[[area]].iloc[0]
    if pd.isna(row["change"]):
        reasons = comparison.expected.not_compared["reason"]
        why = str(reasons[area]) if area in reasons.index else "no month is covered by both assessments"
        raise ParameterError(f"`area` is {area!r}, whose change is not known: {why}. Choose another area.")
    return row


def _decimals(comparison: Comparison) -> int:
    """Decimals of a rate, as the report of the comparison prints all of them; parts have one more."""
    rates = comparison.expected.table[["rate_earlier", "rate_later"]]
    return rate_decimals(rates.to_numpy(dtype=float).ravel().tolist())


def _adds_up(ends: tuple[float, float], parts: Mapping[str, float], digits: int) -> bool:
    """Whether the parts as printed lead from the earlier rate as printed to the later one."""
    printed = round(ends[0], digits) + sum(round(part, digits + 1) for part in parts.values())
    return bool(np.isclose(printed, round(ends[1], digits)))


def _draw(
    ax: Axes, ends: tuple[float, float], parts: Mapping[str, float], digits: int, *, unknown: Collection[str]
) -> None:
    """The earlier rate, the parts one below the other, the later rate."""
    levels = np.concatenate([[ends[0]], ends[0] + np.cumsum(list(parts.values()))])
    low, high = float(min(levels.min(), *ends)), float(max(levels.max(), *ends))
    room = high - low or abs(high) or 1.0
    for place, (part, value) in enumerate(parts.items(), start=1):
        before, after = levels[place - 1], levels[place]
        colour = ROSE if value > 0 else FELL
        ax.barh(place, value, left=before, height=0.62, color=colour, zorder=3, label=_ROWS[part])
        ax.vlines(after, place, place + 1, color="#9a9a9a", linewidth=0.8, zorder=2)
        text = "not known" if part in unknown else signed(value, digits + 1)
        _write(ax, max(before, after), place, text, plain=not round(value, digits + 1))
    ax.vlines(levels[0], 0, 1, color="#9a9a9a", linewidth=0.8, zorder=2)
    for place, rate in ((0, ends[0]), (len(parts) + 1, ends[1])):
        ax.plot(rate, place, marker="D", ms=7, mfc=INK[0], mec="white", mew=0.8, zorder=4)
        _write(ax, rate, place, f"{rate:,.{digits}f}", bold=True)
    ax.set_yticks(range(len(parts) + 2), ["Earlier", *(_ROWS[part] for part in parts), "Later"], fontsize=10)
    ax.set_ylim(len(parts) + 1.6, -0.6)
    ax.set_xlim(low - 0.08 * room, high + 0.24 * room)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.grid(axis="x", color="#e3e3e3", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _write(ax: Axes, x: float, y: float, text: str, *, bold: bool = False, plain: bool = False) -> None:
    look: dict[str, Any] = {"size": 10, "color": INK[1] if plain else INK[0], "weight": "bold" if bold else "normal"}
    ax.annotate(text, (x, y), xytext=(7, 0), textcoords="offset points", ha="left", va="center", zorder=5, **look)


def _finding(ends: tuple[float, float], parts: Mapping[str, float], digits: int) -> str:
    """What the rate did, and which part of it is the largest."""
    first, last = (f"{rate:,.{digits}f}" for rate in ends)
    if first == last:
        return f"the recorded harm rate stayed at {first}"
    told = f"the recorded harm rate {'rose' if ends[1] > ends[0] else 'fell'} from {first} to {last}"
    along = {part: value for part, value in parts.items() if value * (ends[1] - ends[0]) > 0}
    largest = max(along, key=lambda part: abs(along[part]))
    said = MOVES[largest][along[largest] > 0]
    return f"{told}; the largest part is {said} ({signed(along[largest], digits + 1)})"


def _verdict(comparison: Comparison, area: str | None) -> list[str]:
    """What is said of the area as a whole."""
    if area is None:
        return []
    said = _VERDICTS.get(str(comparison.table.loc[area, "verdict"]))
    return [said] if said else []
