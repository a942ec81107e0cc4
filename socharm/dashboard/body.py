"""The parts of the page above the panels: controls, the chosen place, map, list of areas, what stands below them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import pandas as pd

from socharm._columns import NAME, PARENT
from socharm._words import rank_span
from socharm.dashboard.layers import PHASES, Layer
from socharm.dashboard.numbers import number_text, rate_text
from socharm.dashboard.plots import ROOTS
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE

__all__ = ["controls_html", "map_html", "panels_of_place", "place_html", "table_html"]

#: Columns of the ranked table: key, heading, whether it holds numbers.
_COLUMNS: Final = (
    ("rank", "Rank", True),
    ("interval", "90% interval", True),
    ("name", "Area", False),
    ("rate", "Harm rate", True),
    ("crimes", "Crimes", True),
    ("shown", "On the map", True),
)

_SPARKS: Final = "By month: harm rate as recorded, all offences, each area on a scale of its own from zero."


def _options(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value, quote=True)}">{escape(text)}</option>' for value, text in pairs)


def controls_html(
    facts: pd.DataFrame,
    layers: Sequence[Layer],
    groups: Sequence[str],
    months: Sequence[str],
    parents: Sequence[str],
    assessed: Sequence[str],
) -> str:
    """Fields by which a reader chooses; those that change nothing are left out."""
    names = [("all", "All offences"), *((group, group.replace("-", " ").capitalize()) for group in groups[1:])]
    search = "".join(f'<option value="{escape(text, quote=True)}"></option>' for text in facts[NAME])
    several = len(assessed) > 1
    which = [(str(number), name) for number, name in enumerate(assessed)]
    assessment = (
        '<div class="field"><label for="assessed">Assessment</label>'
        f'<select id="assessed">{_options(which)}</select></div>'
        if several
        else ""
    )
    period = (
        f'<div class="field"><label for="month">{"Month" if several else "Period"}: '
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
{assessment}{district}
<div class="field"><label for="search">Find an area</label>
<input type="search" id="search" list="names" autocomplete="off"><datalist id="names">{search}</datalist></div>
<div class="field"><label for="layer">Map</label>
<select id="layer">{_options([(x.key, x.label) for x in layers])}</select></div>
{group}{period}
<div class="field buttons"><button type="button" id="reset">Reset</button>
<button type="button" id="link">Copy link</button></div>
<p class="told" id="told" role="status" aria-live="polite"></p>
</form>"""


def place_html() -> str:
    """Name and figures of the chosen place."""
    return """<section id="place" class="card" aria-labelledby="place-name">
<div class="place-head"><h2 id="place-name">All areas</h2>
<button type="button" id="back" hidden>Back to all areas</button>
<p id="status" role="status" aria-live="polite">No area is chosen. Choose one on the map or in the list.</p></div>
<ul id="figures"></ul></section>"""


def _canvas(name: str, label: str) -> str:
    return f'<div class="plot" id="plot-{name}" role="img" aria-label="{escape(label, quote=True)}"></div>'


def map_html(*, enlarged: bool) -> str:
    """The map with its buttons and its legend, and beside it the part that needs a larger scale."""
    part = (
        f'<div class="enlarged" id="enlarged"><p class="key">The framed part, larger</p>'
        f"{_canvas(ROOTS[-1], 'The framed part of the map at a larger scale')}</div>\n"
        if enlarged
        else ""
    )
    return f"""<section class="card" id="map-card" aria-labelledby="map-title">
<div class="list-head"><h2 id="map-title">Map</h2><div class="zoom">
<button type="button" id="zoom-in" aria-label="Zoom in">+</button>
<button type="button" id="zoom-out" aria-label="Zoom out">\N{MINUS SIGN}</button>
<button type="button" id="zoom-all">Whole map</button>
<button type="button" id="zoom-area">Chosen place</button></div></div>
<div class="mapbox">{_canvas(ROOTS[0], "Map of the areas; the list of areas holds the same numbers")}
<p class="north" aria-hidden="true">N<br>\N{UPWARDS ARROW}</p>
{part}</div>
<div id="legend"></div><p class="key" id="effect"></p></section>"""


def panels_of_place(*, months: bool, offences: bool, several: bool, tried: bool) -> str:
    """What is told of the chosen place: facts, what was tried, offences, trend, activity, ranks beside it."""
    trend = (
        f"""<section class="card" id="trend-card" aria-labelledby="trend-title"><h2 id="trend-title">Trend</h2>
<p class="key" id="trend-key"></p>
{_canvas("trend", "Line of the chosen place by month against its district or all areas")}
<ul id="notes" class="notes"></ul></section>"""
        if months
        else f"<section hidden>{_canvas('trend', 'No months')}</section>"
    )
    made_of = _offences() if offences else ""
    through = _through_time() if several else ""
    evaluations = _tried() if tried else ""
    return f"""<div class="grid second">
<div class="side">
<section class="card" id="area-card" aria-labelledby="area-name">
<h2 id="area-name">What is known of this place</h2><dl id="area-facts"></dl></section>
{evaluations}{through}{made_of}{trend}</div>
<div class="side">
{_phases()}
<section class="card" id="interval-card" aria-labelledby="interval-title">
<h2 id="interval-title">Ranks and how sure they are</h2>
<p class="key">Dot: rank. Bar: 90% interval. Whole period, all offences, whatever is chosen above.</p>
<p><button type="button" id="interval-all" aria-pressed="false">Show every area</button>
<span class="small" id="interval-said" aria-live="polite"></span></p>
{_canvas(ROOTS[1], "Rank of each area with its interval; the list of areas holds the same numbers")}</section>
</div></div>"""


def _through_time() -> str:
    """The figures of the place in each assessment; the programs fill it in."""
    return """<section class="card" id="time-card" aria-labelledby="time-name">
<h2 id="time-name">Through time</h2><p class="key" id="time-key"></p>
<div class="scroll" role="region" aria-label="Table of assessments, scrolls" tabindex="0">
<table id="times"><caption>Figures of the place in each assessment</caption>
<thead><tr></tr></thead><tbody></tbody></table></div>
<h3 id="measures-name" hidden>Trends</h3><p class="key" id="measures-key"></p>
<ul id="measures" class="measures"></ul></section>"""


def _tried() -> str:
    """Evaluations of sites in the chosen place; the programs fill it in."""
    return """<section class="card" id="tried-card" aria-labelledby="tried-name" hidden>
<h2 id="tried-name">What was tried here, and did it work?</h2><div id="tried-said"></div></section>"""


def _offences() -> str:
    heads = [("Offence", ""), ("Crimes", "number"), ("Share of harm", "number"), ("In all areas", "number")]
    cells = "".join(f'<th scope="col"{f" class={kind}" if kind else ""}>{text}</th>' for text, kind in heads)
    return f"""<section class="card" id="offence-card" aria-labelledby="offence-name">
<h2 id="offence-name">Offences</h2>
<p class="key">Whole period, as recorded. The last column: share of the harm of all areas.</p>
<div class="scroll" role="region" aria-label="Table of offences, scrolls" tabindex="0">
<table id="offences"><caption>Crimes and share of harm by offence</caption>
<thead><tr>{cells}</tr></thead><tbody></tbody></table></div></section>"""


def _phases() -> str:
    says = {"Clear": "remove the threat", "Hold": "keep it from coming back", "Build": "make the place resist it"}
    tiles = "".join(
        f'<li class="tile {phase.lower()}" id="phase-{phase.lower()}"><strong>{phase}</strong>'
        f'<span class="means">{says[phase]}</span><span class="small"></span><ul></ul></li>'
        for phase in PHASES
    )
    return f"""<section class="card" id="phase-card" aria-labelledby="phase-name">
<h2 id="phase-name">Clear, Hold, Build</h2><p class="key" id="phase-note"></p>
<ul class="tiles">{tiles}</ul></section>"""


def table_html(facts: pd.DataFrame, whole: dict[str, list[Any]], decimals: int, *, lines: bool = False) -> str:
    """The list of areas, which a reader without scripts can read too."""
    head = "".join(
        f'<th scope="col" class="{"number " if number else ""}{key}-column"'
        f' aria-sort="{"ascending" if key == "rank" else "none"}">'
        f'<button type="button" data-sort="{key}">{escape(text)}</button>'
        f'<span class="paper" aria-hidden="true">{escape(text)}</span></th>'
        for key, text, number in _COLUMNS
    )
    head += '<th scope="col" class="spark-column" aria-hidden="true">By month</th>' if lines else ""
    last = facts[["rank", "rank_high_90"]].max().max()  # ranks that are tied are below the last of their interval
    n = 1 if pd.isna(last) else max(int(last), 1)
    rows = [_row(i, row, whole, n, decimals) for i, row in enumerate(facts.to_dict("records"))]
    if lines:
        rows = [row.replace("</tr>", '<td class="spark" aria-hidden="true"></td></tr>') for row in rows]
    marked = facts[NAME].str.endswith(CENTRE_MARK).any()
    note = f'<p class="key">{escape(CENTRE_NOTE)}</p>\n' if marked else ""
    note += f'<p class="key" id="spark-note">{_SPARKS}</p>\n' if lines else ""
    return f"""<section class="card" id="areas" aria-labelledby="areas-title" tabindex="-1">
<div class="list-head"><h2 id="areas-title">Areas in order of their harm rate</h2>
<span id="count" role="status" aria-live="polite"></span>
<span id="only-field" hidden><label for="only">Show</label> <select id="only"></select></span>
<button type="button" id="export">Download as CSV</button></div>
<p id="nothing" class="nothing" role="status" aria-live="polite" hidden></p>
<div class="scroll tall" role="region" aria-label="Table of areas, scrolls" tabindex="0">
<table id="ranked" class="plain-list"><caption>Whole period, all offences. Choose an area by its name; arrow keys move,
headings sort.</caption>
<thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>
{note}</section>"""


def _row(i: int, row: dict[Any, Any], whole: dict[str, list[Any]], n: int, decimals: int) -> str:
    ranked = not pd.isna(row["rank"])
    rank = f"{int(row['rank'])}" if ranked else "no rank"
    sure = not (pd.isna(row["rank_low_90"]) or pd.isna(row["rank_high_90"]))
    bar, text = "", "not known"
    if sure:
        low, high = int(row["rank_low_90"]), int(row["rank_high_90"])
        text = rank_span(f"{low}", f"{high}")
        left, width = 100 * (low - 1) / n, max(100 * (high - low + 1) / n, 1.5)
        left = min(left, 98.5)
        place = f"left:{left:.1f}%;width:{min(width, 100 - left):.1f}%"
        bar = f'<span class="bar" aria-hidden="true"><i style="{place}"></i></span>'
    rate, crimes = rate_text(whole["rate"][i], decimals), number_text(whole["crimes"][i], few="1 to 4")
    district = f'<span class="district">{escape(row[PARENT])}</span>' if row[PARENT] else ""
    return (
        f'<tr data-i="{i}"><td class="number">{rank}</td><td class="number">{text}{bar}</td>'
        f'<th scope="row"><button type="button" class="pick" aria-pressed="false">{escape(row[NAME])}</button>'
        f'{district}</th><td class="number">{rate}</td><td class="number crimes">{crimes}</td>'
        f'<td class="number shown"></td></tr>'
    )
