"""Panels under a dashboard's map: partners' indicators, gaps, activity, how sure, sources. All words are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

import pandas as pd

from socharm._about import LACKS_ROWS, About
from socharm._columns import AREA, NAME, PARENT, PERIOD, to_month_text
from socharm._version import __version__
from socharm._words import month_words, named_sources
from socharm.dashboard.actions import date_words
from socharm.dashboard.history import View
from socharm.dashboard.html_tables import html_table
from socharm.dashboard.layers import CLOSED, PHASES, Layer, stated_parts
from socharm.dashboard.numbers import NumberRules, finite, number_text, rounded
from socharm.dashboard.tried import tried_html
from socharm.dashboard.when import when_html
from socharm.publish.licences import licence_lines
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["PLAN_COLUMNS", "panels_html"]

#: Columns of a plan that the page shows, and their headings.
PLAN_COLUMNS: Final = {
    "phase": "Phase",
    "p": "Strand",
    "action": "Action",
    "owner": "Owner",
    "agency": "Agency",
    "start": "Start",
    "due": "Due",
    "status": "Status",
}
_MOST_GAPS: Final = 40


def _section(key: str, number: int, title: str, body: str) -> str:
    """A panel; of assessments after the first its name has their number, since no two may be the same."""
    name = f"{key}-{number}" if number else key
    return (
        f'<section class="card panel {key}-panel" aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{body}'
        "</section>"
    )


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)


def panels_html(
    view: View,
    layers: Sequence[Layer],
    *,
    plan: pd.DataFrame | None,
    statement: Sequence[tuple[str, str]],
    rules: NumberRules,
    number: int = 0,
    sent: str = "",
    left_out: Sequence[str] = (),
) -> str:
    """All panels of one assessment, in the order of reading.

    `number` is that of the assessment on the page; `sent` is who sent what, and `left_out` says which assessments are
    not on the page.
    """
    tables, facts, about = view.tables, view.facts, view.about
    indicators = [layer for layer in layers if layer.measure]
    gaps = _gaps(tables, facts, indicators, about) + _paragraphs(left_out)
    parts = {
        "plan": ("Clear, Hold, Build: where activity stands", "" if plan is None else _plan(plan, facts)),
        "partners": ("Partner indicators", _indicators(indicators, len(facts))),
        "tried": ("What was tried, and did it work?", tried_html(tables, facts, protect=rules.protect)),
        "when": ("When crimes are", when_html(tables, protect=rules.protect)),
        "sent": ("Who sent what, and when", sent),
        "gaps": ("What is not known", gaps),
        "sure": ("How sure is this?", _sure(tables, districts=bool((facts[PARENT] != "").any()))),
        "about": (
            "Period, sources and method",
            _sources(about, statement, _rule_notes(rules, internal=about.internal and not rules.protect)),
        ),
    }
    return "".join(_section(key, number, title, text) for key, (title, text) in parts.items() if text)


def _plan(plan: pd.DataFrame, facts: pd.DataFrame) -> str:
    tiles = []
    for phase in PHASES:
        mine = plan[plan["phase"] == phase]
        closed = int(mine["status"].isin(CLOSED).sum())
        dues = [str(due) for due in mine.loc[~mine["status"].isin(CLOSED), "due"] if not pd.isna(due)]
        text = f"{len(mine) - closed} open, {closed} closed" if len(mine) else "no action"
        last = f"last due {date_words(max(dues))}" if dues else "no due date" if len(mine) > closed else ""
        tiles.append(
            f'<li class="tile {phase.lower()}"><strong>{phase}</strong><span>{escape(text)}</span>'
            f"<span>{escape(last)}</span></li>"
        )
    named = AREA in plan.columns
    head = [*PLAN_COLUMNS.values()]
    order = {phase: number for number, phase in enumerate(PHASES)}
    rows = plan.assign(_order=plan["phase"].map(order).fillna(len(order))).sort_values("_order", kind="stable")
    body = []
    for code, row in zip(rows[AREA] if named else [""] * len(rows), rows.to_dict("records"), strict=True):
        cells = ["" if _blank(row[column]) else date_words(str(row[column])) for column in PLAN_COLUMNS]
        cells[0] = cells[0] or "no phase"
        body.append([facts.loc[code, NAME], *cells] if named else cells)
    table = html_table("Actions of the plan", ["Area", *head] if named else head, body)
    return f'<ul class="tiles">{"".join(tiles)}</ul>{table}'


def _blank(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(pd.isna(value)))


def _indicators(layers: Sequence[Layer], n: int) -> str:
    if not layers:
        return "<p>The assessment holds no indicators of partners. That is a gap, not good news.</p>"
    rows = []
    for layer in layers:
        values = finite(layer.values)
        middle = number_text(rounded(float(pd.Series(values).median()), 4)) if values.size else "none shown"
        texts = [layer.measure.get(key) or "not stated" for key in ("provider", "unit", "direction", "period")]
        rows.append([layer.label, *texts, middle, f"{values.size:,} of {n:,}"])
    head = ["Indicator", "Provider", "Unit", "Direction", "Period", "Median of areas", "Areas with a value"]
    note = "<p>Each indicator can be shown on the map; that of a chosen area stands with what is known of it.</p>"
    return note + html_table("Indicators of partners", head, rows, number=(5, 6))


def _gaps(tables: AssessmentTables, facts: pd.DataFrame, layers: Sequence[Layer], about: About) -> str:
    parts = []
    if about.coverage:
        parts.append(f"<p>{escape(about.coverage)}</p>")
    for part in stated_parts(tables):
        parts += [html_table(told.caption, told.head, told.rows, number=told.numbers) for told in part.gaps(tables)]
    parts.append(_uncovered(tables, facts, doubted=LACKS_ROWS in about.coverage))
    unranked = facts[facts["rank"].isna()]
    if len(unranked):
        rows = [[row[NAME], row["reason"] or "reason not stated"] for row in unranked.to_dict("records")[:_MOST_GAPS]]
        parts.append(html_table(f"Areas without a rank: {len(unranked):,}", ["Area", "Why"], rows))
    else:
        parts.append("<p>Every area has a rank.</p>")
    lacking = [[layer.label, f"{sum(v is None for v in layer.values):,}"] for layer in layers if None in layer.values]
    if lacking:
        parts.append(
            html_table("Indicators with areas that have no value", ["Indicator", "Areas"], lacking, number=(1,))
        )
    parts.append(
        "<p>Crime that nobody reported is in none of these numbers: exploitation, slavery, fraud and domestic abuse "
        "above all.</p>"
    )
    return "".join(parts)


def _uncovered(tables: AssessmentTables, facts: pd.DataFrame, *, doubted: bool) -> str:
    if not has_columns(tables["coverage"], f"{AREA} {PERIOD} covered"):
        return "<p>Which areas and months the sources cover is not known.</p>"
    names = facts[NAME].to_dict()
    gaps = tables["coverage"][~tables["coverage"]["covered"].astype(bool)]
    if gaps.empty and doubted:
        return "<p>No month is counted as not covered; in some, rows seem to be missing, as is said above.</p>"
    if gaps.empty:
        return "<p>The sources cover every area in every month.</p>"
    months = gaps.assign(month=[str(month) for month in to_month_text(gaps[PERIOD])]).groupby(AREA)["month"]
    rows = [
        [names[str(code)], f"{len(mine):,}", f"{month_words(min(mine))} to {month_words(max(mine))}"]
        for code, mine in months
        if code in names
    ]
    caption = f"Areas with months that were not covered: {len(rows):,}"
    more = f"<p>The first {_MOST_GAPS} are shown.</p>" if len(rows) > _MOST_GAPS else ""
    head = ["Area", "Months not covered", "Between"]
    return html_table(caption, head, rows[:_MOST_GAPS], number=(1,)) + more


def _sure(tables: AssessmentTables, *, districts: bool) -> str:
    texts = [
        "Each rank stands with its 90% interval: given the counts, the area's rank is inside with 90% probability. "
        "Bars that overlap do not say that the order of two areas is open: it can still be likely.",
        "The interval speaks of chance in the counts. It does not speak of crime that was not reported or of places "
        "that were recorded wrongly.",
    ]
    texts += [text for part in stated_parts(tables) for text in part.sure(tables)]
    texts.append(
        "A month in one area is few events. A jump from one month to the next is often chance; look at the trend "
        f"against {'the district' if districts else 'all areas'}. A change of harm can hang on a few serious crimes, "
        "and half a year beside another has its seasons in it."
    )
    texts.append("The index shows where harm was recorded. It says nothing about the people who live there.")
    return _paragraphs(texts)


def _sources(about: About, statement: Sequence[tuple[str, str]], rule_notes: Sequence[str]) -> str:
    months = about.period
    period = "not stated" if months is None else f"{month_words(months.start)} to {month_words(months.end)}"
    facts = [
        ("Period", period),
        ("Sources", "; ".join(named_sources(about.sources)) or "not stated"),
        *([("Licences", " ".join(licences))] if (licences := licence_lines(about)) else []),
        ("Unit of harm rates", about.unit or "not stated"),
        ("Boundaries", "year not stated" if about.boundary_year is None else f"of {about.boundary_year}, simplified"),
        ("Marking", about.shown_marking),
        ("Numbers", " ".join(rule_notes)),
        ("Made with", f"socharm {__version__}"),
    ]
    # What the statement says under the same heading, or in one of its sentences, is not said twice.
    said = {heading for heading, _ in statement}
    whole = " ".join(text for _, text in statement)
    facts = [(name, text) for name, text in facts if name not in said and f"{name}: {text}" not in whole]
    facts[-1:-1] = statement
    items = "".join(f"<div><dt>{escape(str(name))}</dt><dd>{escape(str(text))}</dd></div>" for name, text in facts)
    return f"<dl>{items}</dl>"


def _rule_notes(rules: NumberRules, *, internal: bool) -> list[str]:
    if internal:
        return ["Every number is shown. This page is internal."]
    if rules.protect:
        return [
            "Counts of one to four read 1 to 4; what hangs on so few crimes is withheld. "
            "Harm and rates have three significant figures."
        ]
    return ["The crimes counted here are public already, so small numbers are shown."]
