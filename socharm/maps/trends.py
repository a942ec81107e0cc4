"""Harm by month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter

from socharm._arguments import checked
from socharm._checks import require_choice, require_columns
from socharm._columns import AREA, NAME, PERIOD, month_span
from socharm.errors import AlignmentError, ParameterError
from socharm.maps.by_area import require_record
from socharm.maps.choropleth import column_label
from socharm.maps.furniture import add_furniture, open_axes
from socharm.maps.palettes import INK, LINES
from socharm.maps.style import styled
from socharm.severity.index import SeverityIndex

__all__ = ["plot_trend"]


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
    """Lines of one column by month.

    Parameters
    ----------
    index : SeverityIndex
    areas : sequence of str, optional
        Area codes, at most eight; the six with the highest ``rate_shrunk`` when omitted.
    column : {"rate", "harm", "crimes"}
        Column of ``index.by_period``.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        A month that was not covered is a gap in its line, never a zero. Nothing is computed, saved
        or shown.

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
    lines = {code: values.reindex(span).to_numpy(dtype=float) for code, values in by_area.items()}
    ax = open_axes(ax, width=9.0, height=5.0)
    when = span.to_timestamp()
    for (code, line), (colour, dash, marker) in zip(lines.items(), LINES, strict=False):
        ax.plot(when, line, color=colour, ls=dash, marker=marker, ms=4.5, lw=1.7, label=_name(index, code))
    name, unit = column_label(column, index.about)
    ax.set_ylabel(f"{name}\n{unit}" if unit else name, fontsize=9.5)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    locator = AutoDateLocator(minticks=3, maxticks=13)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    ax.grid(axis="y", color="#e3e3e3", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9, colors=INK[0])
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9, handlelength=3.5)
    notes = (
        ["A gap in a line is a month that was not covered."]
        if any(np.isnan(line).any() for line in lines.values())
        else []
    )
    return add_furniture(ax, about=index.about, title=title or f"{name} by month", notes=notes, below=34.0)


def _chosen(index: SeverityIndex, areas: Sequence[str] | None) -> list[str]:
    if areas is None:
        # In published form the smoothed rate is withheld.
        order = "rate_shrunk" if index.table["rate_shrunk"].notna().any() else "rate"
        ranked = index.table[order].dropna().sort_index().sort_values(ascending=False, kind="stable")
        codes = [str(code) for code in ranked.index[:6]]
    else:
        codes = [areas] if isinstance(areas, str) else list(dict.fromkeys(areas))
        strangers = [code for code in codes if code not in index.table.index]
        if strangers:
            raise AlignmentError(f"`areas` names {strangers[:3]}, which are not in the index. Give area codes.")
    if not 1 <= len(codes) <= len(LINES):
        raise ParameterError(
            f"`areas` names {len(codes)} areas; between 1 and {len(LINES)} can be told apart in one picture."
        )
    return codes


def _name(index: SeverityIndex, code: str) -> str:
    name = index.table[NAME].get(code) if NAME in index.table.columns else None
    return name if isinstance(name, str) and name else code
