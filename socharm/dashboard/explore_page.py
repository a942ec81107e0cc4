"""The page of one interactive map: its plot in JSON, its words, and the program that links them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from typing import Any, Final

import geopandas as gpd

from socharm._typeface import typeface_css
from socharm.dashboard.map_parts import (
    add_districts,
    add_hatched,
    add_hover,
    add_marks,
    add_scale_bar,
    add_shapes,
    numbered,
)
from socharm.dashboard.page import POLICY, script_json
from socharm.dashboard.plot_frame import new_figure
from socharm.dashboard.plots import bokeh_script
from socharm.dashboard.shapes import Outlines, page_outlines

__all__ = ["ExplorePage", "explore_html"]

#: Pixels of the map in a notebook: across beside its legend, and the most and least high.
_WIDE: Final = 700
_HIGH: Final = (380, 640)
#: Pixels of what stands over and under it.
_WORDS: Final = 270
#: Patterns of areas without a colour, by why.
_HATCHES: Final = {"not covered": "/", "no population": "\\", "not rankable": ".", "no value": "x", "not compared": "x"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplorePage:
    """What the page of one map is made of; lists have one entry for each area, in the order of `areas`.

    Attributes
    ----------
    areas : GeoDataFrame
    kinds : sequence of str
        Classes, in the words of the legend; of areas without a colour why.
    colours : mapping
        Of the classes, in the order of the legend.
    names, districts : sequence of str
    told : mapping
        What the pointer tells, by its name; blank where there is nothing to tell.
    order : sequence of int
        Places of the areas in the list under the map.
    title, heading, period : str
        `heading` is that of the legend.
    notes, sources : sequence of str
    coverage, marking : str
    """

    areas: gpd.GeoDataFrame
    names: Sequence[str]
    districts: Sequence[str]
    sources: Sequence[str]
    coverage: str
    marking: str
    kinds: Sequence[str] = ()
    colours: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    order: Sequence[int] = ()
    title: str = ""
    heading: str = ""
    period: str = ""
    notes: Sequence[str] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Of the map, in pixels."""
        west, south, east, north = (float(edge) for edge in self.areas.total_bounds)
        high = _WIDE * (north - south) / (east - west) if east > west else _HIGH[0]
        return _WIDE, round(min(max(high, _HIGH[0]), _HIGH[1]))

    @property
    def height(self) -> int:
        """Of the frame that a notebook gives the page, in pixels."""
        return self.size[1] + _WORDS


def explore_html(page: ExplorePage) -> str:
    """The whole file. Every text that a person wrote is escaped here or in `script_json`."""
    marking = f'<p class="marking">{escape(page.marking)}</p>' if page.marking else ""
    foot = [*page.notes, *([f"Coverage: {page.coverage}"] if page.coverage else []), *page.sources]
    wide, high = page.size
    payload = {
        "names": page.names,
        "districts": page.districts,
        "codes": [str(code) for code in page.areas.index],
        "told": {name: list(texts) for name, texts in page.told.items()},
    }
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(page.title)}</title>
<style>{typeface_css()}
{_packaged("explore.css")}</style>
</head>
<body>
{marking}
<h1>{escape(page.title)}</h1>
<p class="period">{escape(page.period)}</p>
<div class="two">
<div class="chart" style="aspect-ratio:{wide}/{high}"><div id="plot-explore"></div>
<div class="zoom"><button id="closer" title="Closer" aria-label="Closer">+</button>
<button id="further" title="Further away" aria-label="Further away">&minus;</button>
<button id="whole" title="The whole map">Whole map</button></div></div>
<div class="side">{_legend(page)}
<p id="told" aria-live="polite">Point at an area, or choose one from the list.</p></div>
</div>
{"".join(f'<p class="foot">{escape(line)}</p>' for line in foot)}
{_list(page)}
{marking}
<script type="application/json" id="payload">{script_json(payload)}</script>
<script type="application/json" id="plots">{script_json(_document(page))}</script>
<script>{bokeh_script()}</script>
<script>"use strict";
{_packaged("explore.js")}</script>
</body>
</html>
"""


def _packaged(name: str) -> str:
    return (files("socharm.dashboard") / "browser" / name).read_text(encoding="utf-8")


def _legend(page: ExplorePage) -> str:
    """Classes from most to least, then areas without one, each with the number of its areas."""
    sizes = {kind: page.kinds.count(kind) for kind in [*page.colours, *dict.fromkeys(page.kinds)]}
    items = []
    for kind, size in sizes.items():
        look = f'style="background:{page.colours[kind]}"' if kind in page.colours else 'class="gap"'
        items.append(f"<li><span {look}></span>{escape(kind)}&ensp;({size:,})</li>")
    return f"<h2>{escape(page.heading)}</h2><ul>{''.join(items)}</ul>"


def _list(page: ExplorePage) -> str:
    """Every area with what the pointer tells of it, for those who cannot point."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("Area", "District", "Class", *page.told))
    rows = []
    for place in page.order:
        cells = (page.districts[place], page.kinds[place], *(texts[place] for texts in page.told.values()))
        name = f'<button data-place="{place}">{escape(page.names[place])}</button>'
        rows.append(f"<tr><th>{name}</th>{''.join(f'<td>{escape(text)}</td>' for text in cells)}</tr>")
    head = f"<thead><tr>{heads}</tr></thead>"
    return (
        f"<details><summary>All areas as a list</summary><table>{head}<tbody>{''.join(rows)}</tbody></table></details>"
    )


def _document(page: ExplorePage) -> dict[str, Any]:
    """JSON of a Bokeh document whose one root is the map."""
    from bokeh.core.json_encoder import serialize_json
    from bokeh.document import Document
    from bokeh.models import ColumnDataSource

    outlines = page_outlines(page.areas)
    source = ColumnDataSource(
        name="areas",
        data={
            "xs": outlines.xs,
            "ys": outlines.ys,
            "cx": outlines.cx,
            "cy": outlines.cy,
            "fill": [page.colours.get(kind, "#f4f4f4") for kind in page.kinds],
        },
    )
    bare = [place for place, kind in enumerate(page.kinds) if kind not in page.colours]
    hatched: dict[str, list[Any]] = {"xs": [outlines.xs[i] for i in bare], "ys": [outlines.ys[i] for i in bare]}
    hatched["hatch"] = [_HATCHES.get(page.kinds[i], "x") for i in bare]
    plot = new_figure("explore", tools="pan", **_window(outlines, page.size))
    plot.axis.visible = False
    plot.grid.visible = False
    shapes = add_shapes(plot, source)
    add_hatched(plot, ColumnDataSource(data=hatched))
    add_districts(plot, outlines)
    add_marks(plot)
    add_hover(plot, [shapes], "explore")
    add_scale_bar(plot)
    document = Document()
    document.add_root(plot)
    return numbered(json.loads(serialize_json(document.to_json(deferred=False))))


def _window(outlines: Outlines, size: tuple[int, int]) -> dict[str, Any]:
    """Ranges that show all of the ground, a metre as long across as up."""
    from bokeh.models import Range1d

    metres = 1.06 * max(outlines.width / size[0], outlines.height / size[1], 1e-9)
    across, up = (metres * pixels / 2 for pixels in size)
    x, y = outlines.width / 2, outlines.height / 2
    return {"x_range": Range1d(start=x - across, end=x + across), "y_range": Range1d(start=y - up, end=y + up)}
