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
from socharm._typeface import typeface_css
from socharm.dashboard.body import controls_html, map_html, panels_of_place, place_html, table_html
from socharm.dashboard.layers import Layer

__all__ = ["POLICY", "Page", "page_html", "script_json"]

#: Content security policy: nothing is fetched, whatever stands in the page.
POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)

#: Programs of the page, in the order in which they build on each other.
_PROGRAMS: Final = ("words.js", "map.js", "table.js", "history.js", "measures.js", "place.js", "start.js")


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
    rate_decimals : int
        Of every rate of harm.
    payload, document : dict
        What its programs read: the numbers, and the plots.
    enlarged : bool
        Whether a part of the map is drawn again at a larger scale.
    library, warning : str
        The program of the plots, and what stands above.
    panels : sequence of str
        The words below, of each assessment.
    assessed : sequence of str
        Periods of the assessments that can be chosen, that of the page first.
    """

    title: str
    about: About
    facts: pd.DataFrame
    layers: Sequence[Layer]
    groups: Sequence[str]
    months: Sequence[str]
    parents: Sequence[str]
    whole: dict[str, list[Any]]
    rate_decimals: int
    payload: dict[str, Any]
    document: dict[str, Any]
    enlarged: bool
    library: str
    panels: Sequence[str]
    assessed: Sequence[str]
    warning: str


def _tried(payload: dict[str, Any]) -> bool:
    """Whether an assessment of the page has evaluations."""
    return any(view["tried"] for view in (payload, *payload["earlier"]))


def page_html(page: Page) -> str:
    """The whole file. Every text that a person wrote is escaped here or in `script_json`."""
    marking = escape(page.about.shown_marking)
    offences = any(held["offences"] is not None for held in (page.payload, *page.payload["earlier"]))
    several = len(page.assessed) > 1
    panels = "".join(
        f'<div class="panels" data-assessed="{number}"{" hidden" if number else ""}>{text}</div>'
        for number, text in enumerate(page.panels)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
{_head(page.title, marking)}
<body>
<a class="skip" href="#areas">Skip to the table of areas</a>
{_header(page)}
<main>
<noscript><p class="warning">Scripts are off: the map and the plots are not drawn.
The tables below hold the numbers.</p></noscript>
{controls_html(page.facts, page.layers, page.groups, page.months, page.parents, page.assessed)}
{place_html()}
<div class="grid first">
{map_html(enlarged=page.enlarged)}
{table_html(page.facts, page.whole, page.rate_decimals, lines=several)}
</div>
{panels_of_place(months=bool(page.months), offences=offences, several=several, tried=_tried(page.payload))}
{panels}
</main>
<footer><p class="marking">{marking}</p></footer>
<div id="tip" aria-hidden="true" hidden></div>
<script type="application/json" id="payload">{script_json(page.payload)}</script>
<script type="application/json" id="plots">{script_json(page.document)}</script>
<script>{page.library}</script>
<script>{_program()}</script>
</body>
</html>
"""


def _packaged(name: str) -> str:
    return (files("socharm.dashboard") / "browser" / name).read_text(encoding="utf-8")


def _program() -> str:
    return '"use strict";\n(() => {\n' + "\n".join(map(_packaged, _PROGRAMS)) + "})();\n"


def _head(title: str, marking: str) -> str:
    """Policy, title and style; the marking stands in the margins of each printed page."""
    margins = f'@page{{@top-center{{content:"{marking}"}}@bottom-center{{content:"{marking}"}}}}'
    return f"""<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} ({marking})</title>
<style>{typeface_css()}
{_packaged("page.css")}{margins}</style>
</head>"""


def _header(page: Page) -> str:
    coverage = page.about.coverage
    told = "" if coverage else " hidden"
    return f"""<header>
<p class="marking">{escape(page.about.shown_marking)}</p>
<div class="head"><h1>{escape(page.title)}</h1>
<p class="sub" id="subtitle">{escape(page.payload["subtitle"])}</p></div>
<p class="sub" id="coverage"{told}>{f"Coverage: {escape(coverage)}" if coverage else ""}</p>
{f'<p class="warning">{escape(page.warning)}</p>' if page.warning else ""}
</header>"""
