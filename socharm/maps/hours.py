"""When in the week: weekdays down and hours across, a panel for each group."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Patch, Rectangle

from socharm._arguments import checked
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.hotspots.times.hour_record import ALL, WEEKDAYS, HourProfile
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK, sequential
from socharm.maps.style import styled

__all__ = ["plot_hours"]

#: Upper ends of the classes of ratios below the strongest; the class round 1 is plain.
_BOUNDS: Final = (0.5, 0.8, 1.25, 2.0, 3.0)
_WORDS: Final = ("under 0.5", "0.5 to 0.8", "0.8 to 1.25", "1.25 to 2", "2 to 3", "3 and over")
_FEWER: Final = ("#8fbbe0", "#c9def0")
_EVEN: Final = "#f6f5f1"
_MARK: Final = "#1a1a1a"
#: Panels of one picture.
_MOST: Final = 12
_CORRECTIONS: Final = {
    "bh": "adjusted for all hours (Benjamini-Hochberg)",
    "by": "adjusted for all hours (Benjamini-Yekutieli)",
    "none": "not adjusted for the number of hours",
}


@checked
@styled
def plot_hours(profile: HourProfile, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Events by weekday and hour over what they would be were all hours alike; a panel for each group.

    Parameters
    ----------
    profile : HourProfile
        From `hour_weekday`; at most twelve groups, all together among them.
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes
        Its child axes are the panels. A dot stands in the hours that have more events than if all were alike, once p
        is adjusted; hours without a ratio are hatched.

    Raises
    ------
    ParameterError
        More groups than a page has room for.
    """
    groups = profile.groups
    if len(groups) > _MOST:
        raise ParameterError(
            f"The profile has {number_of(len(groups), 'group')}; a picture has room for {_MOST}. "
            "Give broader groups, or fewer."
        )
    groups = [*groups[-1:], *groups[:-1]] if len(groups) > 1 else groups  # all together first
    across = 1 if len(groups) == 1 else 2 if len(groups) <= 6 else 3
    down = -(-len(groups) // across)
    ax = open_axes(ax, width=1.0 + 5.2 * across, height=0.6 + 2.3 * down)
    ax.set_axis_off()
    colours = [*_FEWER, _EVEN, *(to_hex(sequential(3)(at)) for at in range(3))]
    for at, group in enumerate(groups):
        row, column = divmod(at, across)
        gap = 0.13 / across
        box = ax.inset_axes((column / across + gap, 1 - (row + 0.86) / down, 1 / across - gap * 1.1, 0.62 / down))
        _panel(box, profile, group, colours, below=at + across >= len(groups), left=column == 0)
    _key(ax, profile, colours)
    return add_furniture(ax, about=profile.about, title=title or _finding(profile), notes=_notes(profile), below=30.0)


def _panel(ax: Axes, profile: HourProfile, group: str, colours: list[str], *, below: bool, left: bool) -> None:
    ratio, label = (profile.matrix(column, group).to_numpy() for column in ("ratio", "label"))
    for day, hour in np.ndindex(7, 24):
        value = float(ratio[day, hour])
        known = not np.isnan(value)
        look: dict[str, Any] = (
            {"facecolor": colours[_class_of(value)]} if known else {"facecolor": "#ffffff", "hatch": "////"}
        )
        edge = "#ffffff" if known else "#b5b5b5"
        ax.add_patch(Rectangle((hour - 0.5, day - 0.5), 1, 1, edgecolor=edge, linewidth=0.6, **look))
        if label[day, hour] == "more":
            ax.plot(hour, day, marker="o", markersize=3.4, color=_MARK, markeredgecolor="#ffffff", markeredgewidth=0.7)
    ax.set(xlim=(-0.5, 23.5), ylim=(6.5, -0.5))
    ax.set_xticks(range(0, 24, 3), [f"{hour:02d}" for hour in range(0, 24, 3)], fontsize=9)
    ax.set_yticks(range(7), [day[:3] for day in WEEKDAYS], fontsize=9)
    ax.tick_params(length=0, labelbottom=True, labelleft=left)
    ax.spines[:].set_visible(False)
    if below:
        ax.set_xlabel("Hour that begins at", color=INK[0], fontsize=9)
    events = float(profile.matrix("events", group).to_numpy(dtype=np.float64).sum())
    name = "All groups together" if group == ALL and len(profile.groups) > 1 else group
    name = "All events" if name == ALL else name[:1].upper() + name[1:]
    told = "" if np.isnan(events) else f"  ({events:,.0f})"
    ax.set_title(f"{name}{told}", loc="left", fontsize=10.5, color=INK[0])


def _class_of(ratio: float) -> int:
    return int(np.searchsorted(_BOUNDS, ratio, side="right"))


def _key(ax: Axes, profile: HourProfile, colours: list[str]) -> None:
    ratios = profile.table["ratio"]
    present = sorted({_class_of(float(value)) for value in ratios.dropna()})
    handles: list[Any] = [
        Patch(facecolor=colours[at], edgecolor="#b5b5b5", linewidth=0.5, label=_WORDS[at]) for at in present
    ]
    if ratios.isna().any():
        gap = profile.table.loc[ratios.isna(), "label"].eq("not covered")
        told = "day not covered" if gap.all() else "too few to show" + (", or day not covered" if gap.any() else "")
        handles.append(Patch(facecolor="#ffffff", edgecolor="#b5b5b5", hatch="////", label=told))
    if (profile.table["label"] == "more").any():
        (dot,) = ax.plot([], [], marker="o", markersize=5, color=_MARK, linestyle="none", label="more, beyond chance")
        handles.append(dot)
    key = ax.legend(
        handles=handles,
        title="Events over what they would be\nwere all hours of the week alike",
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=9,
        borderaxespad=0.0,
        alignment="left",
    )
    key.set_in_layout(True)


def _finding(profile: HourProfile) -> str:
    """The busiest hour of all groups together, if it is beyond chance."""
    rows = profile.table[profile.table["group"] == profile.groups[-1]]
    held = rows[rows["label"] == "more"]
    if not len(held):
        return "No hour of the week has more events than chance gives"
    most = held.iloc[int(held["ratio"].argmax())]
    return (
        f"Most events on {most['weekday']} from {most['hour']:02d}:00 to {(most['hour'] + 1) % 24:02d}:00: "
        f"{most['ratio']:.1f} times the mean hour"
    )


def _notes(profile: HourProfile) -> list[str]:
    s, f = profile.settings, profile.findings
    aside = "".join(f" {number_of(int(n), 'row')} left out: {reason}." for reason, n in profile.set_aside.items() if n)
    spread = (
        f"; {f.windows:,} known to a window of time count in each of its hours with the share of the window in it "
        "(aoristic), which evens the picture out"
        if f.windows
        else ""
    )
    return [
        f"{number_of(f.events, 'event')}, {f.first_day} to {f.last_day}, by the clock{spread}.{aside}",
        f"Dots: p at most {s.alpha:g}, {_CORRECTIONS[s.correction]}; variance of counts as the weeks show it. When "
        "events are recorded to have happened is not when police are told.",
    ]
