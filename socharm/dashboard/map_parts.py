"""What every map of a page is drawn of: areas, districts, marks, scale; and ids that are the same every time."""

from __future__ import annotations

from typing import Any

from socharm.dashboard.plot_frame import FONT
from socharm.dashboard.shapes import Outlines
from socharm.maps.palettes import INK

__all__ = ["add_districts", "add_hatched", "add_hover", "add_marks", "add_scale_bar", "add_shapes", "numbered"]


def add_shapes(plot: Any, source: Any, **look: Any) -> Any:
    """Areas in the colours of their source; the chosen one has a dark outline."""
    shapes = plot.multi_polygons(
        "xs", "ys", source=source, name="shapes", fill_color="fill", line_color="#ffffff", line_width=0.7, **look
    )
    chosen = shapes.glyph.clone()
    chosen.line_color, chosen.line_width = "#000000", 2.0
    shapes.selection_glyph, shapes.nonselection_glyph = chosen, shapes.glyph
    return shapes


def add_hatched(plot: Any, source: Any) -> None:
    """Areas without a value."""
    look: dict[str, Any] = {"hatch_color": "#8a8a8a", "hatch_alpha": 0.8, "hatch_scale": 7}
    plot.multi_polygons(
        "xs", "ys", source=source, hatch_pattern="hatch", fill_alpha=0.0, line_color="#ffffff", line_width=0.7, **look
    )


def add_districts(plot: Any, outlines: Outlines) -> None:
    """Borders of the districts."""
    plot.multi_line(outlines.line_xs, outlines.line_ys, line_color="#2b2b2b", line_width=1.1, line_alpha=0.75)


def add_marks(plot: Any) -> None:
    """Drawn last: the outline of the area under the pointer, and a ring round the chosen one.

    A small area would vanish under a thick outline.
    """
    from bokeh.models import ColumnDataSource

    pointed = ColumnDataSource(name="pointed_source", data={"xs": [], "ys": []})
    plot.multi_polygons("xs", "ys", source=pointed, fill_alpha=0.0, line_color="#000000", line_width=2.0)
    chosen = ColumnDataSource(name="chosen_source", data={"x": [], "y": []})
    for colour, width in (("#ffffff", 6.0), ("#000000", 2.5)):
        plot.scatter("x", "y", source=chosen, size=34, fill_alpha=0.0, line_color=colour, line_width=width)
    # The page fills in the names of the areas in the window.
    names = ColumnDataSource(name="area_names", data={"x": [], "y": [], "text": []})
    look = {
        "text_font": {"value": FONT},
        "text_font_size": "13px",
        "text_align": "center",
        "text_baseline": "middle",
        "text_color": INK[0],
    }
    plot.text(
        "x", "y", "text", source=names, background_fill_color="#ffffff", background_fill_alpha=0.82, padding=1,
        name="names", **look
    )  # fmt: skip


def add_scale_bar(plot: Any) -> None:
    from bokeh.models.annotations.dimensional import Metric
    from bokeh.models.annotations.legends import ScaleBar

    bar = ScaleBar(
        range=plot.x_range,
        unit="m",
        dimensional=Metric(base_unit="m"),
        orientation="horizontal",
        location="bottom_left",
        background_fill_alpha=0.75,
        border_line_color=None,
        bar_length=0.2,
        label_text_font=FONT,
    )
    plot.add_layout(bar)


def add_hover(plot: Any, renderers: list[Any], where: str) -> None:
    from bokeh.models import CustomJS, HoverTool, TapTool

    told = CustomJS(code=f"window.socharm && window.socharm.hover('{where}', cb_data)")
    plot.add_tools(HoverTool(renderers=renderers, tooltips=None, callback=told), TapTool(renderers=renderers))


def numbered(document: Any) -> dict[str, Any]:
    """Ids of models in order of appearance: Bokeh counts them from the start of the process."""
    names: dict[str, str] = {}

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("id"), str):
                names.setdefault(part["id"], f"s{len(names) + 1}")
            for value in part.values():
                collect(value)
        elif isinstance(part, list):
            for value in part:
                collect(value)

    def renamed(part: Any) -> Any:
        if isinstance(part, dict):
            return {
                key: names[value] if key == "id" and isinstance(value, str) else renamed(value)
                for key, value in part.items()
            }
        return [renamed(value) for value in part] if isinstance(part, list) else part

    collect(document)
    found: dict[str, Any] = renamed(document)
    return found
