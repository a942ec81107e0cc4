"""The page of a dashboard: one HTML file with its words, controls, table, plots and programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import NAME, PARENT
from socharm._words import rank_span
from socharm.dashboard.data import month_name
from socharm.dashboard.layers import Layer
from socharm.dashboard.numbers import number_text
from socharm.dashboard.plots import ROOTS
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE

__all__ = ["POLICY", "Page", "page_html", "script_json"]

#: Content security policy: nothing is fetched, whatever stands in the page.
POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)

#: Columns of the ranked table: key, heading, whether it holds numbers.
_COLUMNS: Final = (
    ("rank", "Rank", True),
    ("interval", "90 % interval of the rank", True),
    ("name", "Area", False),
    ("parent", "District", False),
    ("shown", "On the map", True),
    ("rate", "Harm rate", True),
    ("crimes", "Crimes", True),
)


def script_json(value: Any) -> str:
    """JSON that is safe inside a script element: no ``<``, ``>``, ``&`` and no line separators as they are.

    Examples
    --------
    >>> script_json({"a": "</script>"})
    '{"a":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """What a page is made of.

    Attributes
    ----------
    title : str
    about : About
    facts : DataFrame
        Of the areas, in the order of the table.
    layers, groups, months, parents
        What its controls offer.
    whole : dict
        Numbers of all offence groups and months together.
    payload, document : dict
        What its programs read: the numbers, and the plots.
    library, panels, warning : str
        The program of the plots, the words below, and what stands above.
    """

    title: str
    about: About
    facts: pd.DataFrame
    layers: Sequence[Layer]
    groups: Sequence[str]
    months: Sequence[str]
    parents: Sequence[str]
    whole: dict[str, list[Any]]
    payload: dict[str, Any]
    document: dict[str, Any]
    library: str
    panels: str
    warning: str


def page_html(page: Page) -> str:
    """The whole file. Every text that a person wrote is escaped here or in `script_json`."""
    marking = escape(page.about.shown_marking)
    return f"""<!DOCTYPE html>
<html lang="en">
{_head(page.title, marking)}
<body>
<a class="skip" href="#areas">Skip to the table of areas</a>
{_header(page.title, page.about, len(page.facts), page.warning)}
<main>
<noscript><p class="warning">Scripts are off: the map and the plots are not drawn.
The tables below hold the numbers.</p></noscript>
{_controls(page.facts, page.layers, page.groups, page.months, page.parents)}
{_plots(bool(page.months))}
{_table(page.facts, page.whole)}
<div class="panels">{page.panels}</div>
</main>
<footer><p class="marking">{marking}</p></footer>
<div id="tip" aria-hidden="true" hidden></div>
<script type="application/json" id="payload">{script_json(page.payload)}</script>
<script type="application/json" id="plots">{script_json(page.document)}</script>
<script>{page.library}</script>
<script>{_packaged("page.js")}</script>
</body>
</html>
"""


def _packaged(name: str) -> str:
    return (files("socharm.dashboard") / name).read_text(encoding="utf-8")


def _head(title: str, marking: str) -> str:
    """Policy, title and style; the marking stands in the margins of each printed page."""
    margins = f'@page{{@top-center{{content:"{marking}"}}@bottom-center{{content:"{marking}"}}}}'
    return f"""<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} ({marking})</title>
<style>{_packaged("page.css")}{margins}</style>
</head>"""


def _header(title: str, about: About, n: int, warning: str) -> str:
    period = about.period
    span = "Period not stated" if period is None else f"{month_name(period.start)} to {month_name(period.end)}"
    return f"""<header>
<p class="marking">{escape(about.shown_marking)}</p>
<div class="head"><h1>{escape(title)}</h1>
<p class="sub">{escape(span)}, {n:,} areas</p></div>
{f'<p class="sub">Coverage: {escape(about.coverage)}</p>' if about.coverage else ""}
{f'<p class="warning">{escape(warning)}</p>' if warning else ""}
</header>"""


def _options(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value, quote=True)}">{escape(text)}</option>' for value, text in pairs)


def _controls(
    facts: pd.DataFrame, layers: Sequence[Layer], groups: Sequence[str], months: Sequence[str], parents: Sequence[str]
) -> str:
    names = [("all", "All offences"), *((group, group.replace("-", " ").capitalize()) for group in groups[1:])]
    search = "".join(f'<option value="{escape(text, quote=True)}"></option>' for text in facts[NAME])
    period = (
        '<div class="field wide"><label for="month">Period: '
        '<output id="month-name" for="month">whole period</output></label>'
        f'<input type="range" id="month" min="0" max="{len(months)}" value="0" step="1"></div>'
        if months
        else ""
    )
    district = (
        f'<div class="field"><label for="district">District</label><select id="district">'
        f"{_options([('', 'All districts'), *((parent, parent) for parent in parents)])}</select></div>"
        if parents
        else ""
    )
    group = (
        f'<div class="field"><label for="group">Offences</label><select id="group">{_options(names)}</select></div>'
        if len(groups) > 1
        else ""
    )
    return f"""<form id="controls" class="card" aria-label="What the page shows">
<div class="field"><label for="layer">Layer</label>
<select id="layer">{_options([(x.key, x.label) for x in layers])}</select></div>
{group}{period}{district}
<div class="field"><label for="search">Find an area</label>
<input type="search" id="search" list="names" autocomplete="off"><datalist id="names">{search}</datalist></div>
<div class="field"><button type="button" id="reset">Reset</button></div>
<p class="effect" id="effect"></p>
</form>
<p id="status" class="card" role="status" aria-live="polite">No area is selected.
Choose one on the map or in the table.</p>"""


def _plots(trend: bool) -> str:
    def canvas(name: str, label: str) -> str:
        return f'<div class="plot" id="plot-{name}" role="img" aria-label="{escape(label, quote=True)}"></div>'

    month = (
        f"""<section class="card" id="trend-card" aria-labelledby="trend-title"><h2 id="trend-title">Trend</h2>
<p class="key" id="trend-key"></p>
{canvas("trend", "Line of the selected area by month against its district")}</section>"""
        if trend
        else f"<section hidden>{canvas('trend', 'No months')}</section>"
    )
    return f"""<div class="grid">
<section class="card" id="map-card" aria-labelledby="map-title"><h2 id="map-title">Map</h2>
<div class="mapbox">{canvas(ROOTS[0], "Map of the areas; the table of areas below holds the same numbers")}
<div class="zoom"><button type="button" id="zoom-in" aria-label="Zoom in">+</button>
<button type="button" id="zoom-out" aria-label="Zoom out">\N{MINUS SIGN}</button>
<button type="button" id="zoom-all">Whole map</button>
<button type="button" id="zoom-area">Selected</button></div>
<p class="north" aria-hidden="true">N<br>\N{UPWARDS ARROW}</p></div>
<div id="legend"></div></section>
<div class="side">
<section class="card" id="area-card" aria-labelledby="area-name">
<h2 id="area-name">Selected area</h2><dl id="area-facts"></dl></section>
{month}
<section class="card" id="interval-card" aria-labelledby="interval-title">
<h2 id="interval-title">Ranks and how sure they are</h2>
<p class="key">Dot: rank. Bar: 90 % interval. Whole period, all offences, whatever is chosen above.</p>
<p><button type="button" id="interval-all" aria-pressed="false">Show all areas</button></p>
{canvas(ROOTS[1], "Rank of each area with its interval; the table of areas below holds the same numbers")}</section>
</div></div>"""


def _table(facts: pd.DataFrame, whole: dict[str, list[Any]]) -> str:
    head = "".join(
        f'<th scope="col" aria-sort="{"ascending" if key == "rank" else "none"}"{" class=number" if number else ""}>'
        f'<button type="button" data-sort="{key}">{escape(text)}</button>'
        f'<span class="paper" aria-hidden="true">{escape(text)}</span></th>'
        for key, text, number in _COLUMNS
    )
    n = max(int(facts["rank"].max(skipna=True)) if facts["rank"].notna().any() else 1, 1)
    rows = [_row(i, row, whole, n) for i, row in enumerate(facts.to_dict("records"))]
    marked = facts[NAME].str.endswith(CENTRE_MARK).any()
    note = f'<p class="key">{escape(CENTRE_NOTE)}</p>\n' if marked else ""
    return f"""<section class="card" id="areas" aria-labelledby="areas-title" tabindex="-1">
<h2 id="areas-title">Areas in order of priority</h2>
<p class="key">Choose an area with its button; arrow keys move from area to area. Headings sort. Rank and interval
always speak of the whole period and all offences. <span id="count" role="status" aria-live="polite"></span></p>
{note}<div class="scroll tall" role="region" aria-label="Table of areas, scrolls" tabindex="0">
<table id="ranked"><caption>Rank, 90 % interval and harm of each area, whole period and all offences; the column
after the district holds what the map shows, by the choices above.</caption>
<thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div></section>"""


def _row(i: int, row: dict[Any, Any], whole: dict[str, list[Any]], n: int) -> str:
    ranked = not pd.isna(row["rank"])
    rank = f"{int(row['rank'])}" if ranked else "no rank"
    sure = not (pd.isna(row["rank_low_90"]) or pd.isna(row["rank_high_90"]))
    bar, text = "", "not known"
    if sure:
        low, high = int(row["rank_low_90"]), int(row["rank_high_90"])
        text = rank_span(f"{low}", f"{high}")
        left, width = 100 * (low - 1) / n, max(100 * (high - low + 1) / n, 1.5)
        place = f"left:{min(left, 98.5):.1f}%;width:{width:.1f}%"
        bar = f'<span class="bar" aria-hidden="true"><i style="{place}"></i></span>'
    rate, crimes = number_text(whole["rate"][i]), number_text(whole["crimes"][i], few="1 to 4")
    return (
        f'<tr data-i="{i}"><td class="number">{rank}</td><td class="number">{text}{bar}</td>'
        f'<th scope="row"><button type="button" class="pick" aria-pressed="false">{escape(row[NAME])}</button></th>'
        f'<td>{escape(row[PARENT] or "not stated")}</td><td class="number shown">{rate}</td>'
        f'<td class="number">{rate}</td><td class="number">{crimes}</td></tr>'
    )
