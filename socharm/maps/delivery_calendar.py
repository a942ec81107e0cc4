"""A calendar of what arrived: months by source or area, what is missing, and what the source changed since."""

from __future__ import annotations

from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import ScaledTranslation

from socharm._arguments import checked
from socharm._columns import NAME, PERIOD
from socharm._constraints import Between
from socharm._words import month_words, noun_for, number_of
from socharm.errors import ParameterError
from socharm.io.incidents.delivery import DELIVERED, FEW, NOT_DELIVERED, NOTHING, PARTLY
from socharm.maps.compared import against_words, signed
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.rescoring.delivery_calendar import DeliveryCalendar

__all__ = ["plot_calendar"]

#: Rows of one picture, and months whose cells have room for a number.
_MOST: Final = 30
_ROOM: Final = 14
#: Room between months that do not follow one another.
_BREAK: Final = 0.5
#: Colour and hatch of each state; what is missing is told by a hatch too.
_LOOKS: Final[dict[str, dict[str, Any]]] = {
    DELIVERED: {"facecolor": "#dbe7f2", "edgecolor": "#ffffff"},
    FEW: {"facecolor": "#e6e6e6", "edgecolor": "#ffffff"},
    PARTLY: {"facecolor": "#f0b27a", "edgecolor": "#ffffff"},
    NOT_DELIVERED: {"facecolor": "#ffffff", "edgecolor": "#9c3a10", "hatch": "////"},
    NOTHING: {"facecolor": "#ffffff", "edgecolor": "#9c3a10", "hatch": "xxxx"},
}
_WORDS: Final = {PARTLY: "delivered in part"}
_CHANGED: Final = "#9c3a10"


@checked
@styled
def plot_calendar(
    calendar: DeliveryCalendar,
    *,
    n: Annotated[int, Between(1, _MOST)] = 12,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Calendar of months by source or area: delivered, missing, and changed by the source since the first count.

    Parameters
    ----------
    calendar : DeliveryCalendar
    n : int
        Rows drawn, at most 30: those that lack most first, then those that the source changed most. All others stand in
        one row together.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        A cell for each month; up to fourteen months have their numbers, and what the source changed below. Known gaps
        of police.uk are named in the foot. Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        The calendar has no month.
    """
    table = calendar.table
    if not len(table):
        raise ParameterError("The calendar has no month. Make it of two assessments with `delivery_calendar`.")
    rows = _rows(table, int(n), calendar.settings.by)
    months = _places(table)
    told = len(months) <= _ROOM
    ax = open_axes(ax, width=8.2, height=0.8 + (0.42 if told else 0.26) * len(rows))
    for place, (_, cells) in enumerate(rows):
        _draw_row(ax, cells, months, place, told=told)
    _set_axes(ax, rows, months)
    _mark_periods(ax, calendar, months)
    below = _add_key(ax, calendar, told=told)
    shared = (calendar.table["assessment"] == "both").any()
    return add_furniture(
        ax,
        about=calendar.about,
        title=Heading(title or _finding(calendar), against_words(calendar.periods), 44.0 if shared else 24.0),
        notes=_notes(calendar, told=told),
        below=below,
    )


def _places(table: pd.DataFrame) -> dict[pd.Period, float]:
    """Where each month stands; months that do not follow one another stand apart."""
    places: dict[pd.Period, float] = {}
    at = 0.0
    for month in sorted(table[PERIOD].unique()):
        if places:
            at += 1.0 if month - 1 in places else 1.0 + _BREAK
        places[month] = at
    return places


def _rows(table: pd.DataFrame, n: int, by: str) -> list[tuple[str, pd.DataFrame]]:
    """Name and cells of each row; what there is no room for is one row together."""
    lacks = table["delivery"].isin([PARTLY, NOT_DELIVERED, NOTHING]).groupby(table["key"]).sum()
    moved = table["change"].abs().groupby(table["key"]).sum()
    ordered = pd.DataFrame({"lacks": lacks, "moved": moved}).sort_index()
    ordered = ordered.sort_values(["lacks", "moved"], ascending=False, kind="stable")
    order = ordered.index
    telling = order[((ordered["lacks"] > 0) | (ordered["moved"] > 0)).to_numpy()]
    own = order if len(order) <= n else telling[: n - 1]
    rows = [(str(cells[NAME].iloc[0]), cells) for cells in (table[table["key"] == key] for key in own)]
    rest = table[~table["key"].isin(own)]
    if len(rest):
        others = number_of(len(order) - len(own), f"other {by}") if len(own) else number_of(len(order), by)
        rows.append((others, _together(rest)))
    return rows


def _together(table: pd.DataFrame) -> pd.DataFrame:
    """One row of several: delivered where all are, in part where some are; what was counted twice in all."""
    groups = table.groupby(PERIOD)
    whole = table["delivery"].isin([DELIVERED, FEW]).groupby(table[PERIOD])
    state = np.where(whole.all(), DELIVERED, np.where(whole.any(), PARTLY, NOT_DELIVERED))
    made = groups[["number", "number_before", "change"]].sum(min_count=1)
    return made.assign(delivery=state).reset_index()


def _draw_row(ax: Axes, cells: pd.DataFrame, months: dict[pd.Period, float], place: int, *, told: bool) -> None:
    for cell in cells.to_dict("records"):
        x = months[cell[PERIOD]]
        ax.add_patch(Rectangle((x - 0.5, place - 0.5), 1, 1, linewidth=1.2, zorder=2, **_LOOKS[cell["delivery"]]))
        change = 0.0 if pd.isna(cell["change"]) else float(cell["change"])
        if told and pd.notna(cell["number"]):
            look: dict[str, Any] = {"ha": "center", "va": "center", "size": 8.5, "zorder": 4}
            hatched = "hatch" in _LOOKS[cell["delivery"]]
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8} if hatched else None
            ax.text(x, place - (0.17 if change else 0.0), f"{cell['number']:,.0f}", color=INK[0], bbox=box, **look)
            if change:
                ax.text(x, place + 0.22, signed(change, 0), color=_CHANGED, weight="bold", **look)
        elif change:
            ax.plot(x, place, marker="^" if change > 0 else "v", ms=5, mfc=_CHANGED, mec="white", mew=0.5, zorder=4)


def _set_axes(ax: Axes, rows: list[tuple[str, pd.DataFrame]], months: dict[pd.Period, float]) -> None:
    ax.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=10)
    step = -(-len(months) // (2 * _ROOM))
    shown = list(months)[::step]
    labels = [_month_label(m, first=m.year not in {n.year for n in shown[:i]}) for i, m in enumerate(shown)]
    ax.set_xticks([months[month] for month in shown], labels, fontsize=9)
    ax.set_xlim(-0.5, max(months.values()) + 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, colors=INK[0])


def _month_label(month: pd.Period, *, first: bool) -> str:
    short = month_words(str(month))[:3]
    return f"{short}\n{month.year}" if first else short


def _mark_periods(ax: Axes, calendar: DeliveryCalendar, months: dict[pd.Period, float]) -> None:
    """A line over the months of each assessment, with which it is; the later one higher where they share months."""
    held = [[month for month in months if period.start <= str(month) <= period.end] for period in calendar.periods]
    shared = set(held[0]) & set(held[1])
    for mine, name, lift in zip(held, ("earlier", "later"), (0, 20 if shared else 0), strict=True):
        if not mine:
            continue
        over = ax.get_xaxis_transform() + ScaledTranslation(0, (5 + lift) / 72, ax.figure.dpi_scale_trans)
        above = over + ScaledTranslation(0, 3 / 72, ax.figure.dpi_scale_trans)
        first, last = months[mine[0]], months[mine[-1]]
        ax.plot([first - 0.45, last + 0.45], [1, 1], color=INK[0], lw=1.4, transform=over, clip_on=False)
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "size": 9.5, "color": INK[0]}
        ax.text((first + last) / 2, 1, f"{name} assessment", transform=above, **look)


def _add_key(ax: Axes, calendar: DeliveryCalendar, *, told: bool) -> float:
    """The key, with the number of cells of each kind; the points that it takes under the picture."""
    table = calendar.table
    handles: list[Any] = []
    for state, look in _LOOKS.items():
        number = int((table["delivery"] == state).sum())
        if number:
            shown = {**look, "edgecolor": look["edgecolor"] if "hatch" in look else "#888888"}
            handles.append(Patch(label=f"{_WORDS.get(state, state)}  ({number:,})", linewidth=0.5, **shown))
    changes = np.sign(table["change"].fillna(0))
    # Where cells have numbers, the sign of the number says it; else a triangle does.
    for sign, text, marker in ((1, "more", "P" if told else "^"), (-1, "fewer", "_" if told else "v")):
        number = int((changes == sign).sum())
        if number:
            label = f"{text} than at the first count  ({number:,})"
            edge: dict[str, Any] = {"mec": _CHANGED, "mew": 1.5} if told else {"mec": "white", "mew": 0.5}
            handles.append(Line2D([], [], ls="", marker=marker, ms=6, mfc=_CHANGED, label=label, **edge))
    under = ax.transAxes + ScaledTranslation(0, -34 / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.0, 0.0), bbox_transform=under, frameon=False,
        fontsize=9.5, ncols=3, handlelength=1.8, columnspacing=1.4, borderaxespad=0.0,
    )  # fmt: skip
    return 48.0 + 17.0 * -(-len(handles) // 3)


def _finding(calendar: DeliveryCalendar) -> str:
    """How many months did not arrive whole, and how many the source changed since."""
    table, lacks, changed = calendar.table, len(calendar.lacking), len(calendar.changed)
    one, several = ("a source", "sources") if calendar.settings.by == "source" else ("an area", "areas")
    total = number_of(len(table), f"month of {one}", f"months of {several}")
    whole = f"All {total} arrived" if len(table) > 1 else f"The {total.partition(' ')[2]} arrived"
    first = f"{lacks:,} of {total} did not arrive whole" if lacks else whole
    twice = int(table["number_before"].notna().sum())
    if not twice:
        return first
    many = f"all {twice:,}" if changed == twice > 1 else f"{f'{changed:,}' if changed else 'none'} of the {twice:,}"
    return f"{first}; {many} that {noun_for(twice, 'was', 'were')} counted twice changed since"


def _notes(calendar: DeliveryCalendar, *, told: bool) -> list[str]:
    what = "rows that the source sent" if calendar.settings.by == "source" else "crimes counted in the area"
    notes = [f"Numbers are {what}, as counted last; below them what the source changed since."] if told else []
    if calendar.table["number_before"].isna().all():
        notes = [f"Numbers are {what}."] if told else []
        notes.append("No month was counted a second time, so that it is not known whether the source changed any.")
    for gap in calendar.gaps.to_dict("records"):
        until = "and later" if gap["open"] else f"to {month_words(gap['until'])}"
        source = str(gap["source"]).split("; ")[0].split(" (")[0]  # the table of gaps has all of them
        notes.append(
            f"Known gap of police.uk: {gap[NAME]}, {month_words(gap['from'])} {until}: {gap['missing']} ({source})."
        )
    return notes
