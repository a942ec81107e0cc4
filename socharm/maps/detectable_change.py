"""How large a fall has to be for a site to show it."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, PercentFormatter

from socharm._arguments import checked
from socharm._words import number_of
from socharm.evaluation.detectable_change import MinimumDetectableChange
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.palettes import INK, LINES
from socharm.maps.period_axis import run_words
from socharm.maps.style import styled

__all__ = ["plot_detectable_change"]


@checked
@styled
def plot_detectable_change(
    record: MinimumDetectableChange, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """The probability that a fall is seen, by how large it is.

    Parameters
    ----------
    record : MinimumDetectableChange
        From `socharm.evaluation.minimum_detectable_change`.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        The band is two standard errors by simulation to each side. Nothing is computed, saved or shown.
    """
    curve, found, chosen = record.curve, record.findings, record.settings
    ax = open_axes(ax, width=8.0, height=5.2)
    (colour, dash, marker), (other, other_dash, _) = LINES[:2]
    fall, power = -curve.index.to_numpy(dtype=float), curve["power"].to_numpy(dtype=float)
    room = 2 * curve["error"].to_numpy(dtype=float)
    ax.fill_between(fall, power - room, power + room, color=colour, alpha=0.18, linewidth=0)
    looks: list[dict[str, Any]] = [
        {"color": colour, "linestyle": dash, "linewidth": 2.2},
        {"color": other, "linestyle": other_dash, "linewidth": 1.2},
    ]
    ax.plot(fall, power, **looks[0])
    ax.axhline(chosen.power, zorder=1, **looks[1])
    handles: list[Line2D | Patch] = [
        Line2D([], [], label="falls of this size that are seen", **looks[0]),
        Patch(facecolor=colour, alpha=0.18, label="two standard errors by simulation"),
        Line2D([], [], label=f"{chosen.power:.0%}, as asked", **looks[1]),
    ]
    if found.change is not None:
        ax.plot([-found.change], [chosen.power], marker=marker, ms=8, mfc=colour, mec="white", mew=1.0, zorder=5)
        label = f"{found.change:+.0%}: the smallest so seen"
        handles.append(Line2D([], [], marker=marker, ms=8, color=colour, mec="white", linestyle="none", label=label))
    ax.set(xlim=(0, _end(record)), ylim=(0, 1.01))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"-{at:.0%}" if at else "0%"))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xlabel("Fall beyond what all other areas do", color=INK[0])
    ax.set_ylabel("Share of cases in which it is seen", color=INK[0])
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=10)
    fitted = f"Fitted to {run_words(*found.periods)}; {number_of(chosen.months, 'month')} after the start"
    notes = [f"{number_of(len(found.site), 'area')} beside {found.compared:,}. {record.sentence}"]
    heading = Heading(title or _finding(record), fitted)
    return add_furniture(ax, about=record.about, title=heading, notes=notes, below=44.0)


def _end(record: MinimumDetectableChange) -> float:
    """Where nearly every fall is seen, to the next tenth."""
    seen = record.curve.index[record.curve["power"] >= 0.995]
    return min(1.0, int(-10 * float(seen[0]) + 1.999) / 10) if len(seen) else 1.0


def _finding(record: MinimumDetectableChange) -> str:
    found, power = record.findings, record.settings.power
    if found.change is None:
        return f"No fall at this site would be seen in {power:.0%} of cases"
    return f"A fall of {-found.change:.0%} or more at this site would be seen in {power:.0%} of cases"
