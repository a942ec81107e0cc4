"""Harm beside measures of partners: a panel for each, with the areas named that stand out on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._columns import AREA
from socharm._words import number_of, percent
from socharm.errors import ParameterError
from socharm.maps.furniture import Heading, add_furniture, halo, open_axes, wrapped
from socharm.maps.names import area_names
from socharm.maps.palettes import INK
from socharm.maps.panels import panels_across, panels_inside
from socharm.maps.style import styled
from socharm.overlay.indicator import NO_CAUSE, IndicatorOverlay, worst_places

__all__ = ["plot_indicator_overlay"]

#: Panels of one picture, and names in one panel.
_PANELS: Final = 6
_NAMES: Final = 4
_DOT, _BOTH, _EDGE = "#9a9a9a", "#d55e00", "#555555"
#: From this many times between the least and the most harm on, its axis is logarithmic.
_WIDE: Final = 30.0


@checked
@styled
def plot_indicator_overlay(
    overlay: IndicatorOverlay,
    *,
    measures: Sequence[str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Each area as a dot: its value of a measure to the right, its harm upwards; a panel for each measure.

    Parameters
    ----------
    overlay : IndicatorOverlay
    measures : sequence of str, optional
        Keys of measures, at most six; the six that agree most with harm, whichever way, when omitted.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        Its child axes are the panels. Areas that are worst on both sides are coloured, and the first of them named.
        Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        A measure is not in the overlay, more than six are asked for, or none has both sides.
    """
    keys = _chosen(overlay, measures)
    across = panels_across(len(keys))
    down = -(-len(keys) // across)
    ax = open_axes(ax, width={1: 7.5, 2: 11.0}.get(across, 13.0), height=1.4 + 4.1 * down)
    ax.set_axis_off()
    room = {"beside": 0.07, "below": 0.3 / down}
    for number, (panel, key) in enumerate(zip(panels_inside(ax, len(keys), **room), keys, strict=True)):
        _draw(panel, overlay, key, left=number % across == 0)
    _add_key(ax, overlay)
    left = int((overlay.agreement["areas"] > 0).sum()) - len(keys)
    more = [f"{number_of(left, 'more measure is', 'more measures are')} in the table."] if left > 0 else []
    share = percent(overlay.settings.worst)
    notes = [
        f"Each dot is an area; a dashed line is where the worst {share} of the areas begin, of one side.",
        "Rank agreement: Spearman, with a 95% interval that counts neighbours that are alike as fewer areas.",
        NO_CAUSE,
        *more,
    ]
    heading = Heading(title or _finding(overlay, keys), above=18.0)
    return add_furniture(ax, about=overlay.about, title=heading, notes=notes, below=58.0)


def _chosen(overlay: IndicatorOverlay, measures: Sequence[str] | None) -> list[str]:
    known = overlay.agreement[overlay.agreement["areas"] > 0]
    if measures is None:
        order = known["estimate"].abs().sort_values(ascending=False, kind="stable", na_position="last")
        keys = [str(key) for key in order.index[:_PANELS]]
    else:
        keys = list(dict.fromkeys([measures] if isinstance(measures, str) else measures))
        for key in keys:
            require_choice(key, [str(one) for one in known.index], name="measures")
    if not 1 <= len(keys) <= _PANELS:
        raise ParameterError(
            f"`measures` names {number_of(len(keys), 'measure')} that areas with harm have; one picture has room for 1 "
            f"to {_PANELS}."
        )
    return keys


def _draw(panel: Axes, overlay: IndicatorOverlay, key: str, *, left: bool) -> None:
    row = pd.Series(overlay.agreement.loc[key])
    table = overlay.table[(overlay.table["measure"] == key) & (overlay.table["reason"] == "")].set_index(AREA)
    both = table["stands_out"].fillna(False).to_numpy(dtype=bool)
    x, y = table["value"].to_numpy(dtype=float), table["harm"].to_numpy(dtype=float)
    panel.scatter(x[~both], y[~both], s=16, c=_DOT, edgecolors="white", linewidths=0.4, zorder=2)
    panel.scatter(x[both], y[both], s=34, c=_BOTH, marker="D", edgecolors="white", linewidths=0.6, zorder=3)
    lower = str(row["direction"]) == "higher is better"
    for side, along in (("harm", panel.axhline), ("value", panel.axvline)):
        mine = table.loc[table[f"{side}_place"] <= worst_places(len(table), overlay.settings.worst), side]
        along(mine.max() if side == "value" and lower else mine.min(), color=_EDGE, lw=0.8, ls=(0, (4, 3)), zorder=1)
    if y.min() > 0 and y.max() / y.min() >= _WIDE:
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        panel.yaxis.set_minor_formatter(NullFormatter())
    else:
        panel.yaxis.set_major_locator(MaxNLocator(5))
    panel.xaxis.set_major_locator(MaxNLocator(5))
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    _name(panel, table)
    _label(panel, overlay, row, left=left)


def _name(panel: Axes, table: pd.DataFrame) -> None:
    """Names of the first areas that stand out on both sides, where they cover fewest dots and no other name."""
    both = table[table["stands_out"].fillna(False).to_numpy(dtype=bool)]
    first = (both["harm_place"] + both["value_place"]).sort_values(kind="stable").index[:_NAMES]
    names = area_names(both)
    scale = 72.0 / panel.get_figure(root=True).dpi  # type: ignore[union-attr]
    dots = panel.transData.transform(table[["value", "harm"]].to_numpy(dtype=float)) * scale
    places = dict(zip(table.index, dots, strict=True))
    frame = panel.get_window_extent()
    taken: list[tuple[float, float, float, float]] = []
    look: dict[str, Any] = {"size": 9, "color": INK[0], "textcoords": "offset points", "va": "center", "zorder": 4}
    line: dict[str, Any] = {"arrowstyle": "-", "color": _EDGE, "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
    for code in first:
        name, wide = str(names[code]), 5.3 * len(str(names[code]))
        tried = []
        for side, shift in ((side, shift) for shift in (0, 12, 24, 36, -12, -24) for side in (1, -1)):
            beside = 7 if shift == 0 else 14
            left = places[code][0] + (beside if side > 0 else -beside - wide)
            low = places[code][1] + shift - 6
            box = (left, low, left + wide, low + 12)
            over = int(((dots > box[:2]) & (dots < box[2:])).all(axis=1).sum())
            over += 50 * sum(box[0] < up[2] and up[0] < box[2] and box[1] < up[3] and up[1] < box[3] for up in taken)
            over += 50 * (box[0] < frame.x0 * scale or box[2] > frame.x1 * scale or box[3] > frame.y1 * scale)
            tried.append((over + abs(shift) / 24, side, shift, beside, box))
        _, side, shift, beside, box = min(tried, key=lambda one: one[0])
        taken.append(box)
        text = panel.annotate(
            name,
            (float(table.loc[code, "value"]), float(table.loc[code, "harm"])),
            xytext=(side * beside, shift),
            ha="left" if side > 0 else "right",
            arrowprops=line if shift else None,
            **look,
        )
        text.set_path_effects(halo())


def _label(panel: Axes, overlay: IndicatorOverlay, row: pd.Series, *, left: bool) -> None:
    """Heading, agreement and axes of a panel."""
    about = overlay.about
    points = panel.get_window_extent().width * 72.0 / panel.get_figure(root=True).dpi  # type: ignore[union-attr]
    agreed = "no rank agreement can be told" if pd.isna(row["estimate"]) else f"rank agreement {row['estimate']:.2f}"
    if not pd.isna(row["low_95"]):
        agreed += f" ({row['low_95']:.2f} to {row['high_95']:.2f})"
    head = f"{wrapped(str(row['name']), points, 10.5, 'bold')}\n{agreed}, {number_of(int(row['areas']), 'area')}"
    panel.set_title(head, loc="left", size=10.5, weight="bold", color=INK[0], pad=5)
    ends = {"higher is worse": "higher is worse", "higher is better": "lower is worse"}
    unit = f"{row['unit']}, {row['period']}; {ends.get(str(row['direction']), 'the highest stand out')}"
    panel.set_xlabel(wrapped(unit, points, 9.5), size=9.5, color=INK[0])
    if left:
        panel.set_ylabel(f"Harm, {about.unit}" if about.unit else "Harm", size=9.5, color=INK[0])
    panel.grid(color="#ececec", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(labelsize=9, colors=INK[0])


def _add_key(ax: Axes, overlay: IndicatorOverlay) -> None:
    share = percent(overlay.settings.worst)
    look: dict[str, Any] = {"ls": "", "mec": "white"}
    handles = [
        Line2D([], [], marker="D", mfc=_BOTH, ms=7, label=f"among the worst {share} of both", **look),
        Line2D([], [], marker="o", mfc=_DOT, ms=6, label="other areas", **look),
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.01, 0.985), frameon=False, fontsize=10, ncols=2)


def _finding(overlay: IndicatorOverlay, keys: Sequence[str]) -> str:
    """How many areas stand out on both sides, of one measure or of several."""
    rows = overlay.agreement.loc[list(keys)]
    if len(keys) == 1:
        row = rows.iloc[0]
        both = number_of(int(row["both"]), "area is", "areas are") if row["both"] else "No area is"
        return f"{both} among the worst {percent(overlay.settings.worst)} of harm and of {row['name']}"
    clear = int(((rows["low_95"] > 0) | (rows["high_95"] < 0)).sum())
    many = number_of(len(keys), "measure")
    if clear == 0:
        return f"None of {many} of partners agrees clearly with the order of harm"
    return f"{clear} of {many} of partners {'agrees' if clear == 1 else 'agree'} clearly with the order of harm"
