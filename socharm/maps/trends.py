"""Harm by month: a small panel for each area, all with one scale and with the median area behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from socharm._arguments import checked
from socharm._checks import require_choice, require_columns
from socharm._columns import AREA, NAME, PERIOD, RANK, month_span
from socharm._words import area_noun, number_of
from socharm.errors import AlignmentError, ParameterError
from socharm.maps.by_area import require_record
from socharm.maps.choropleth import column_label
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.names import area_names, league_ranks
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.severity.centres import centre_flags
from socharm.severity.index import SeverityIndex
from socharm.snapshot.centres import marked_names

__all__ = ["plot_trend"]

_FRONT, _BEHIND = "#0b3c6f", "#a8a8a8"
#: Panels of one picture.
_MOST: Final = 8


@checked
@styled
def plot_trend(
    index: SeverityIndex,
    areas: Sequence[str] | None = None,
    *,
    column: str = "rate",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One column by month: a panel for each area, with the median area behind it.

    Parameters
    ----------
    index : SeverityIndex
    areas : sequence of str, optional
        Area codes, at most eight; the first six of the ranking when omitted (column ``rank`` of the table; else those
        with the highest ``rate_shrunk``).
    column : {"rate", "harm", "crimes"}
        Column of ``index.by_period``.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        Its child axes are the panels, all with the same scale. A month that was not covered is a gap in its line, never
        a zero. Nothing is computed, saved or shown.

    Raises
    ------
    AlignmentError
        A code is not in the index.
    ParameterError
        More than eight areas are asked for, or none is left to draw.
    """
    require_record(index, name="index", made_by="`severity_index`", tables=("table", "by_period"))
    require_choice(column, ("rate", "harm", "crimes"), name="column")
    months = index.by_period if AREA in index.by_period.columns else index.by_period.reset_index()
    require_columns(months, [AREA, PERIOD, column], name="index.by_period")
    codes = _chosen(index, areas)
    mine = months[months[AREA].isin(codes)]
    span = month_span(mine[PERIOD].min(), mine[PERIOD].max())
    by_area = {code: mine[mine[AREA] == code].set_index(PERIOD)[column] for code in codes}
    lines = {code: values.reindex(span).astype(float) for code, values in by_area.items()}
    median = months.groupby(PERIOD)[column].median().reindex(span).astype(float)
    ax = open_axes(ax, width=11.0 if len(codes) > 2 else 9.0, height=3.0 + 2.4 * (-(-len(codes) // _across(codes)) - 1))
    ax.set_axis_off()
    top = float(np.nanmax([*(line.max() for line in lines.values()), median.max()]))
    panels, noun = _panels(ax, len(codes)), area_noun(index.table.index)
    for number, (panel, heading) in enumerate(zip(panels, _headings(index, codes), strict=True)):
        _draw(panel, lines[codes[number]], median, heading, top, noun)
    for panel in panels[: -_across(codes)]:
        panel.tick_params(labelbottom=False)
    name, unit = column_label(column, index.about)
    _write_unit(ax, f"{name}, {unit}" if unit else name)
    _add_key(ax, int(months[AREA].nunique()), noun)
    gaps = any(line.isna().any() for line in lines.values())
    notes = ["All panels have the same scale.", *(["A gap in a line is a month that was not covered."] if gaps else [])]
    heading = title or _finding(lines, median, name, noun, asked=areas is not None)
    return add_furniture(ax, about=index.about, title=Heading(heading, above=30.0), notes=notes, below=64.0)


def _across(codes: Sequence[str]) -> int:
    """Panels beside one another."""
    return {1: 1, 2: 2, 4: 2}.get(len(codes), 3 if len(codes) < 7 else 4)


def _panels(ax: Axes, count: int) -> list[Axes]:
    """Axes of the panels, row by row, inside `ax`."""
    across = _across([""] * count)
    down = -(-count // across)
    wide, high = (1.0 - 0.05 * (across - 1)) / across, (0.92 - 0.14 * (down - 1)) / down
    made = []
    for number in range(count):
        row, column = divmod(number, across)
        made.append(ax.inset_axes((column * (wide + 0.05), 0.92 - high - row * (high + 0.14), wide, high)))
    return made


def _draw(panel: Axes, line: pd.Series, median: pd.Series, heading: str, top: float, noun: str) -> None:
    """An area's months in front of those of the median one."""
    when = pd.PeriodIndex(line.index).to_timestamp()
    panel.plot(when, median.to_numpy(), color=_BEHIND, lw=1.6, label=f"median {noun}")
    panel.plot(when, line.to_numpy(), color=_FRONT, marker="o", ms=3.5, lw=1.9, label=heading)
    panel.set_title(heading, loc="left", size=10.5, weight="bold", color=INK[0], pad=4)
    panel.set_ylim(0, top * 1.06 if top > 0 else 1.0)
    panel.yaxis.set_major_locator(MaxNLocator(4))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    locator = AutoDateLocator(minticks=2, maxticks=5)  # type: ignore[no-untyped-call]
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]
    panel.grid(axis="y", color="#e3e3e3", linewidth=0.7)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(labelsize=9, colors=INK[0])


def _headings(index: SeverityIndex, codes: Sequence[str]) -> list[str]:
    """Rank and name of each area; a centre has its mark."""
    table = index.table
    if NAME in table.columns and index.population is not None:
        flags = centre_flags(index)
        table = table.assign(**{NAME: marked_names(table[NAME], flags.index[flags.fillna(False).to_numpy(dtype=bool)])})
    names, ranks = area_names(table), league_ranks(table)
    return [str(names[code]) if pd.isna(ranks[code]) else f"{int(ranks[code])}  {names[code]}" for code in codes]


def _write_unit(ax: Axes, text: str) -> None:
    ax.text(0.0, 1.0, text, transform=ax.transAxes, ha="left", va="bottom", size=10.5, color=INK[0])


def _add_key(ax: Axes, count: int, noun: str) -> None:
    handles = [
        Line2D([], [], color=_FRONT, marker="o", ms=3.5, lw=1.9, label=f"the {noun}"),
        Line2D([], [], color=_BEHIND, lw=1.6, label=f"median of all {number_of(count, noun)}, month by month"),
    ]
    look: dict[str, Any] = {"frameon": False, "fontsize": 10, "ncols": 2, "handlelength": 2.6, "borderaxespad": 0.0}
    below = ax.transAxes + ScaledTranslation(0, -32 / 72, ax.figure.dpi_scale_trans)
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, 0.0), bbox_transform=below, **look)


def _finding(lines: Mapping[str, pd.Series], median: pd.Series, name: str, noun: str, *, asked: bool) -> str:
    """How many of the areas are above the median one in every month that they have."""
    known = [line.dropna() for line in lines.values()]
    above = sum(len(line) > 0 and bool((line > median.reindex(line.index)).all()) for line in known)
    if len(lines) == 1 or not above:
        return f"{name} by month"
    which = number_of(len(lines), noun) if asked else f"first {number_of(len(lines), noun)}"
    one = f"{'All of' if above == len(lines) else f'{above} of'} the {which} "
    return f"{one}{'is' if above == 1 else 'are'} above the median {noun} in every month"


def _chosen(index: SeverityIndex, areas: Sequence[str] | None) -> list[str]:
    if areas is None:
        codes = _first(index.table)
    else:
        codes = [areas] if isinstance(areas, str) else list(dict.fromkeys(areas))
        strangers = [code for code in codes if code not in index.table.index]
        if strangers:
            raise AlignmentError(f"`areas` names {strangers[:3]}, which are not in the index. Give area codes.")
    if not 1 <= len(codes) <= _MOST:
        raise ParameterError(f"`areas` names {number_of(len(codes), 'area')}; one picture has room for 1 to {_MOST}.")
    return codes


def _first(table: pd.DataFrame) -> list[str]:
    """The first six areas of the league; where there is none, those with the highest rate."""
    if RANK in table.columns and table[RANK].notna().any():
        ranked = table[RANK].dropna().sort_index().sort_values(kind="stable")
    else:
        # In published form the smoothed rate is withheld.
        order = "rate_shrunk" if table["rate_shrunk"].notna().any() else "rate"
        ranked = table[order].dropna().sort_index().sort_values(ascending=False, kind="stable")
    return [str(code) for code in ranked.index[:6]]
