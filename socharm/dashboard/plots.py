"""The three linked plots of a dashboard, as a Bokeh document in JSON that is the same every time.

The document holds numbers only: no name that a person wrote goes through the plotting library.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm.dashboard.map_parts import (
    add_districts,
    add_hatched,
    add_hover,
    add_marks,
    add_scale_bar,
    add_shapes,
    numbered,
)
from socharm.dashboard.plot_frame import BAR, FONT, new_figure
from socharm.dashboard.shapes import Outlines
from socharm.dashboard.trend_plot import trend_plot
from socharm.errors import MissingExtraError
from socharm.maps.classes import class_bounds, class_labels
from socharm.maps.inset_choice import Box
from socharm.maps.palettes import INK, PALETTES

__all__ = ["ROOTS", "bokeh_script", "heat_legend", "plots_document", "require_bokeh"]

#: Names of the plots' roots, and of the elements of the page that they are drawn into.
#: The last is there where a part of the map is enlarged.
ROOTS: Final = ("map", "intervals", "trend", "enlarged")


def require_bokeh() -> None:
    """Stop with the command that installs Bokeh where it is missing.

    Raises
    ------
    MissingExtraError
        Bokeh is not installed.
    """
    try:
        found = find_spec("bokeh") is not None
    except ValueError:  # a module that was taken out of reach on purpose
        found = False
    if not found:
        raise MissingExtraError(
            "A dashboard needs 'bokeh', which is not installed. Install it from socharm's own folder: "
            'python -m pip install -c constraints.txt ".[dashboard]".'
        )


def bokeh_script() -> str:
    """BokehJS itself, without widgets, mathematics and anything that is fetched."""
    from bokeh.resources import Resources

    resources = Resources(mode="inline", components=["bokeh"])
    return str(max(resources.js_raw, key=len))


def plots_document(
    facts: pd.DataFrame, outlines: Outlines, *, months: Sequence[str], heat: pd.DataFrame | None
) -> dict[str, Any]:
    """JSON of a Bokeh document with the roots `ROOTS`; ids are numbered in order of appearance.

    Parameters
    ----------
    facts : DataFrame
        Areas in the order of the ranking; ``rank``, ``rank_low_90``, ``rank_high_90``.
    outlines : Outlines
        Of the same areas in the same order.
    months : sequence of str
    heat : DataFrame or None
        ``easting``, ``northing``, ``harm_per_km2``.
    """
    from bokeh.core.json_encoder import serialize_json
    from bokeh.document import Document
    from bokeh.models import ColumnDataSource

    n = len(facts)
    ranks = {key: facts[key].to_numpy(dtype=float, na_value=np.nan).tolist() for key in facts.columns if "rank" in key}
    places = [float(i + 1) if np.isfinite(rank) else float("nan") for i, rank in enumerate(ranks["rank"])]
    source = ColumnDataSource(
        name="areas",
        data={
            "xs": outlines.xs,
            "ys": outlines.ys,
            "cx": outlines.cx,
            "cy": outlines.cy,
            "fill": ["#ffffff"] * n,
            "hatch": [" "] * n,
            "alpha": [1.0] * n,
        },
    )
    # A source of its own: rows that move would draw the whole map again.
    bars = ColumnDataSource(
        name="rows",
        data={
            "place": places,
            "rank": ranks["rank"],
            "low": list(ranks["rank_low_90"]),
            "high": list(ranks["rank_high_90"]),
        },
    )
    document = Document()
    chart = _map(source, outlines, heat)
    part = [] if outlines.enlarged is None else [_enlarged(chart, outlines.enlarged)]
    for plot in (chart, _intervals(bars, n), trend_plot(months), *part):
        document.add_root(plot)
    return numbered(json.loads(serialize_json(document.to_json(deferred=False))))


def _map(source: Any, outlines: Outlines, heat: pd.DataFrame | None) -> Any:
    from bokeh.models import ColumnDataSource, Range1d

    margin = 0.03 * max(outlines.width, outlines.height)
    plot = new_figure(
        "map",
        tools="pan",
        x_range=Range1d(start=-margin, end=outlines.width + margin),
        y_range=Range1d(start=-margin, end=outlines.height + margin),
    )
    plot.axis.visible = False
    plot.grid.visible = False
    shapes = add_shapes(plot, source, fill_alpha="alpha")
    # Areas without a value, which the page fills in: a pattern costs a picture for every area that has one.
    add_hatched(plot, ColumnDataSource(name="hatched", data={"xs": [], "ys": [], "hatch": []}))
    if heat is not None:
        _heat(plot, outlines, heat)
    add_districts(plot, outlines)
    add_marks(plot)
    add_hover(plot, [shapes], "map")
    add_scale_bar(plot)
    return plot


def _enlarged(chart: Any, box: Box) -> Any:
    """The same drawing in a window of its own, which stands framed on the map."""
    from bokeh.models import Range1d

    west, south, east, north = box
    plot = new_figure(
        "enlarged", tools="", x_range=Range1d(start=west, end=east), y_range=Range1d(start=south, end=north)
    )
    plot.axis.visible = False
    plot.grid.visible = False
    # The renderers themselves: colours, the chosen area and the pointer are then the same on both.
    plot.renderers = [renderer for renderer in chart.renderers if renderer.name != "names"]
    add_hover(plot, [renderer for renderer in plot.renderers if renderer.name == "shapes"], "enlarged")
    add_scale_bar(plot)
    chart.quad(west, east, south, north, fill_alpha=0.0, line_color=INK[0], line_width=1.2, name="frame")
    return plot


def _heat_classes(heat: pd.DataFrame) -> tuple[Any, list[str], list[str]]:
    """Upper bounds that have a class above them, labels, colours."""
    values = heat["harm_per_km2"].to_numpy(dtype=np.float64)
    bounds = class_bounds(values, scheme="quantiles", k=len(PALETTES["harm"]) - 1)
    labels = class_labels(bounds)
    return bounds[1:-1] * (1 + 1e-9), labels, list(PALETTES["harm"][1 : 1 + len(labels)])


def heat_legend(heat: pd.DataFrame) -> dict[str, Any]:
    """Labels and colours of the heat surface."""
    bounds, labels, colours = _heat_classes(heat)
    return {"bounds": [float(bound) for bound in bounds], "labels": labels, "colours": colours}


def _heat(plot: Any, outlines: Outlines, heat: pd.DataFrame) -> None:
    from bokeh.models import LinearColorMapper

    bounds, _, colours = _heat_classes(heat)
    east, north = (heat[key].to_numpy(dtype=np.float64) for key in ("easting", "northing"))
    cell = _cell_size(east, north)
    columns = np.rint((east - east.min()) / cell).astype(int)
    rows = np.rint((north - north.min()) / cell).astype(int)
    grid = np.zeros((rows.max() + 1, columns.max() + 1), dtype=np.uint8)
    grid[rows, columns] = 1 + np.searchsorted(bounds, heat["harm_per_km2"].to_numpy(dtype=np.float64))
    picture = plot.image(
        image=[grid],
        x=float(east.min() - cell / 2 - outlines.origin[0]),
        y=float(north.min() - cell / 2 - outlines.origin[1]),
        dw=float(grid.shape[1] * cell),
        dh=float(grid.shape[0] * cell),
        color_mapper=LinearColorMapper(palette=["#ffffff00", *colours], low=0, high=len(colours) + 1),
        global_alpha=0.85,
        name="heat",
    )
    picture.visible = False


def _cell_size(east: Any, north: Any) -> float:
    gaps = [np.diff(np.unique(values)) for values in (east, north)]
    return float(min((gap.min() for gap in gaps if gap.size), default=100.0))


def _intervals(source: Any, n: int) -> Any:
    from bokeh.models import ColumnDataSource, Range1d

    plot = new_figure(
        "intervals",
        tools="",
        x_range=Range1d(start=0, end=n + 1),
        y_range=Range1d(start=n + 1, end=0),
        x_axis_label="Rank (1 = highest harm rate)",
    )
    plot.yaxis.visible = False
    plot.ygrid.visible = False
    pointed = ColumnDataSource(name="pointed_row", data={"y": []})
    plot.hspan("y", source=pointed, line_color="#9dbfe0", line_width=10, line_alpha=0.5)
    # The page fills in the names, and moves the window of rows so that the chosen area is in it.
    names = ColumnDataSource(name="row_names", data={"x": [], "y": [], "text": []})
    look = {"text_font": {"value": FONT}, "text_font_size": "13px", "text_baseline": "middle", "text_color": INK[0]}
    plot.text("x", "y", "text", source=names, **look)
    bars = plot.segment("low", "place", "high", "place", source=source, line_color=BAR, line_width=7, name="bars")
    dots = plot.scatter(
        "rank",
        "place",
        source=source,
        size=7,
        fill_color="#ffffff",
        line_color=INK[0],
        line_width=0.8,
    )
    for renderer, width in ((bars, 9.0), (dots, 2.0)):
        chosen = renderer.glyph.clone()
        chosen.line_color, chosen.line_width, chosen.line_alpha = "#000000", width, 1.0
        renderer.selection_glyph, renderer.nonselection_glyph = chosen, renderer.glyph
        renderer.hover_glyph = chosen
    dots.selection_glyph.size = 11
    add_hover(plot, [bars, dots], "intervals")
    return plot
