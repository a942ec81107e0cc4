"""The frame of a plot of the page: one typeface, one look of axes and grid."""

from __future__ import annotations

from typing import Any, Final

from socharm._typeface import TYPEFACE
from socharm.maps.palettes import INK

__all__ = ["BAR", "FONT", "new_figure"]

#: In quotes: the name ends in a number.
FONT: Final = f"'{TYPEFACE}'"
BAR: Final = "#8c2340"
_GREY: Final = "#8a8a8a"


def new_figure(name: str, **options: Any) -> Any:
    """A plot without tools, as wide and high as its place."""
    from bokeh.plotting import figure as new

    plot: Any = new(
        name=name,
        toolbar_location=None,
        sizing_mode="stretch_both",
        min_border=4,
        outline_line_color=None,
        background_fill_color="white",
        **options,
    )
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size = "13px"
        axis.axis_label_text_color = axis.major_label_text_color = INK[0]
        axis.major_label_text_font_size = "12px"
        axis.axis_line_color = axis.major_tick_line_color = _GREY
        axis.minor_tick_line_color = None
    plot.grid.grid_line_color = "#e6e8ec"
    return plot
