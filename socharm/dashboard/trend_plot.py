"""The trend of a page: a place beside what it belongs to, month by month, with what was done there above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from socharm._words import month_words
from socharm.dashboard.plot_frame import BAR, FONT, new_figure
from socharm.maps.palettes import INK

__all__ = ["trend_plot"]


def trend_plot(months: Sequence[str]) -> Any:
    """Two lines, the months of the chosen assessment, the chosen month, and bars of notes; the page fills them in."""
    from bokeh.models import ColumnDataSource, FixedTicker, NumeralTickFormatter, Range1d
    from bokeh.models.annotations.geometry import BoxAnnotation

    n = max(len(months), 1)
    plot = new_figure("trend", tools="", x_range=Range1d(start=-0.5, end=n - 0.5), y_range=Range1d(start=0, end=1))
    names = {i: month_words(text).split() for i, text in enumerate(months)}
    plot.xaxis.name = "month_axis"
    plot.xaxis.ticker = FixedTicker(name="month_ticks", ticks=list(names))  # the page thins them to its width
    plot.xaxis.major_label_overrides = {i: f"{month[:3]} {year}" for i, (month, year) in names.items()}
    plot.xgrid.grid_line_color = None
    plot.yaxis.formatter = NumeralTickFormatter(format="0,0.[000]")
    lines = ColumnDataSource(
        name="trend_source", data={"x": list(range(n)), "own": [float("nan")] * n, "wide": [float("nan")] * n}
    )
    # Months of the chosen assessment among those of others; the page moves it.
    shade: dict[str, Any] = {"fill_color": "#e1e6ed", "fill_alpha": 0.8, "line_color": None, "level": "image"}
    box = BoxAnnotation(name="period_box", left=-0.5, right=n - 0.5, visible=False, **shade)
    plot.add_layout(box)
    mark = ColumnDataSource(name="month_source", data={"x": []})
    plot.vspan("x", source=mark, line_color="#f49a53", line_width=6, line_alpha=0.45)
    plot.line("x", "wide", source=lines, line_color="#0072b2", line_width=2, line_dash="dashed")
    plot.scatter("x", "wide", source=lines, marker="square", size=5, color="#0072b2")
    plot.line("x", "own", source=lines, line_color=BAR, line_width=2.5)
    plot.scatter("x", "own", source=lines, size=7, color=BAR)
    _lanes(plot)
    return plot


def _lanes(plot: Any) -> None:
    """Above the lines: a bar from the first to the last day of each note, which the page fills in with its kind."""
    from bokeh.models import ColumnDataSource

    columns = ("left", "right", "bottom", "top", "fill", "hatch")
    source = ColumnDataSource(name="note_source", data={name: [] for name in columns})
    plot.quad(
        "left", "right", "bottom", "top", source=source, fill_color="fill", line_color=INK[0], line_width=0.8,
        hatch_pattern="hatch", hatch_color=INK[0], hatch_alpha=0.55, hatch_scale=8,
    )  # fmt: skip
    words = ColumnDataSource(name="note_names", data={"x": [], "y": [], "text": [], "align": []})
    look = {"text_font": {"value": FONT}, "text_font_size": "12px", "text_color": INK[0], "text_baseline": "middle"}
    plot.text(
        "x",
        "y",
        "text",
        source=words,
        text_align="align",
        background_fill_color="#ffffff",
        background_fill_alpha=0.8,
        padding=1,
        **look,
    )
