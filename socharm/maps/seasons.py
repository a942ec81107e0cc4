"""When in the year: months across, events over those of an even year, a panel for each group."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from socharm._arguments import checked
from socharm._words import joined_words, number_of
from socharm.errors import ParameterError
from socharm.hotspots.times.seasons import SeasonalProfile
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK
from socharm.maps.style import styled

__all__ = ["plot_season"]

#: Panels of one picture; of more groups those with most events.
_MOST: Final = 12
#: Look and words of each label: told apart by place and by shape, not by colour alone.
_MORE: Final = ("^", "#b4530a", "#b4530a", "more than an even year, beyond chance")
_FEWER: Final = ("v", "#20629f", "#20629f", "fewer than an even year, beyond chance")
_PLAIN: Final = ("o", "#8a8a8a", "#ffffff", "no more or fewer than chance gives")
_SHORT: Final = ("o", "#8a8a8a", "#ffffff", "fewer than two years: not judged")
_LOOKS: Final = {"more": _MORE, "fewer": _FEWER, "not clear": _PLAIN, "too short": _SHORT}
#: The axis reaches the highest ratio and half as much again; longer intervals go over its edge.
_ROOM: Final = 1.5
_CORRECTIONS: Final = {
    "bh": "adjusted for all months of all groups (Benjamini-Hochberg)",
    "by": "adjusted for all months of all groups (Benjamini-Yekutieli)",
    "none": "not adjusted for the number of months",
}


@checked
@styled
def plot_season(profile: SeasonalProfile, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Events by month of the year over those of an even year, with intervals; a panel for each group.

    Parameters
    ----------
    profile : SeasonalProfile
        From `seasonal_profile`. Of more than twelve groups the twelve with most events are drawn, and the foot says so.
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes
        Its child axes are the panels, which have one scale. Triangles are months with more or fewer events once p is
        adjusted, circles the others; a group without a whole run of twelve months has no marks.

    Raises
    ------
    ParameterError
        No group has a whole run of twelve months.
    """
    table = profile.table
    if not (table["years"] > 0).any():
        raise ParameterError(
            "No group of the profile has twelve months in a row, so there is no year to hold a month against. Give "
            "more months."
        )
    known = list(dict.fromkeys(table["group"]))
    most = table.groupby("group", sort=False)["events"].sum().sort_values(ascending=False, kind="stable").index[:_MOST]
    groups = [group for group in known if group in set(most)]
    across = min(len(groups), 1 if len(groups) == 1 else 2 if len(groups) <= 4 else 3)
    down = -(-len(groups) // across)
    ax = open_axes(ax, width=0.6 + 3.7 * across, height=0.5 + 2.3 * down)
    ax.set_axis_off()
    top = max(1.2, min(float(table["ratio"].max()) * _ROOM, float(table["ratio_high"].max()) * 1.05))
    for at, group in enumerate(groups):
        row, column = divmod(at, across)
        gap = 0.16 / across
        box = ax.inset_axes((column / across + gap, 1 - (row + 0.86) / down, 1 / across - gap * 1.1, 0.66 / down))
        _panel(box, table[table["group"] == group], top, left=column == 0)
    _key(ax, table)
    notes = _notes(profile, len(known) - len(groups))
    return add_furniture(ax, about=profile.about, title=title or _finding(profile), notes=notes, below=10.0)


def _panel(ax: Axes, rows: pd.DataFrame, top: float, *, left: bool) -> None:
    ax.axhline(1.0, color=INK[1], linewidth=0.8, zorder=1)
    numbers = rows[["ratio", "ratio_low", "ratio_high"]].to_numpy(dtype=np.float64)
    for at, (label, (ratio, low, high)) in enumerate(zip(rows["label"], numbers, strict=True)):
        look = _LOOKS.get(str(label))
        if look is None or not np.isfinite(ratio):
            continue
        marker, edge, face, _ = look
        ax.plot([at, at], [low, high], color=edge, linewidth=1.4, zorder=2, solid_capstyle="butt")
        mark: dict[str, Any] = {"markersize": 6, "markerfacecolor": face, "markeredgecolor": edge, "zorder": 3}
        ax.plot(at, ratio, marker=marker, linestyle="none", **mark)
    ax.set(xlim=(-0.6, 11.6), ylim=(0.0, top))
    ax.set_xticks(range(12), [str(month)[:1] for month in rows["month"]], fontsize=9)
    ax.tick_params(length=0, labelsize=9, labelleft=left)
    ax.grid(axis="y", color="#e4e2dc", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[:].set_visible(False)
    name, events = str(rows["group"].iloc[0]), rows["events"].sum(min_count=1)
    told = "" if pd.isna(events) else f"  ({events:,.0f})"
    ax.set_title(f"{_words(name)}{told}", loc="left", fontsize=10.5, color=INK[0])


def _words(group: str) -> str:
    words = group.replace("-", " ")
    return words[:1].upper() + words[1:]


def _key(ax: Axes, table: pd.DataFrame) -> None:
    present = {_LOOKS[label] for label in table["label"] if label in _LOOKS}
    handles = []
    for marker, edge, face, words in (look for look in _LOOKS.values() if look in present):
        (mark,) = ax.plot(
            [], [], marker=marker, linestyle="none", markerfacecolor=face, markeredgecolor=edge, label=words
        )
        handles.append(mark)
    key = ax.legend(
        handles=handles,
        title="Events over those of a year\nthat is even, day by day",
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=9,
        borderaxespad=0.0,
        alignment="left",
    )
    key.set_in_layout(True)


def _finding(profile: SeasonalProfile) -> str:
    """The months of the first group that stand out; the first is all of it where there are several."""
    rows = profile.table[profile.table["group"] == profile.table["group"].iloc[0]]
    if (profile.table["label"] == "too short").all():
        return "One year of months: a season cannot be told from that year"
    held = rows[rows["label"] == "more"].sort_values("ratio", ascending=False, kind="stable")
    name = _words(str(rows["group"].iloc[0]))
    if not len(held):
        return f"{name}: no month has more events than chance gives"
    months = joined_words(held["month"].iloc[:3])
    return f"{name}: most events in {months}, {_times(held)} an even year"


def _times(held: pd.DataFrame) -> str:
    low, high = float(held["ratio"].iloc[:3].min()), float(held["ratio"].iloc[0])
    return f"{high:.2f} times" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f} to {high:.2f} times"


def _notes(profile: SeasonalProfile, left_out: int) -> list[str]:
    s, labels = profile.settings, set(profile.table["label"])
    years = number_of(int(profile.table["years"].max()), "year")
    fewer = f" The {_MOST} groups with most events; {number_of(left_out, 'group')} not drawn." if left_out else ""
    lines = [
        f"Each month by its days, against the mean of the same twelve months, counted back from the last "
        f"({years} at most; months before are left out). Bars: {s.level * 100:g}% intervals, one month at a time. In "
        f"brackets: events. Growth within twelve months looks like a season.{fewer}"
    ]
    if labels & {"more", "fewer", "not clear"}:
        lines.append(f"Triangles: p at most {s.alpha:g}, {_CORRECTIONS[s.correction]}.")
    return lines
