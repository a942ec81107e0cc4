"""``ranking.xlsx``: a summary, a sheet for each table that declares one, what headings mean, the settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import NOISY, About, AssessmentPeriod
from socharm._columns import AREA, NAME, PARENT
from socharm._words import named_sources, number_of, rate_decimals, setting_words, span_words
from socharm.assessment.headings import FOR_METHOD, Heading, heading_of
from socharm.assessment.outputs import period_stamp
from socharm.assessment.recipe_file import recipe_as_dict
from socharm.assessment.summary_sheet import summary_sheet
from socharm.dashboard.heading import page_title
from socharm.files.internal import INTERNAL_NOTE
from socharm.files.workbook import Sheet, SheetPage, printed_note, write_workbook
from socharm.offences import offence_words
from socharm.publish.licences import licence_lines
from socharm.snapshot.centres import CENTRE_NOTE, centres_of, marked_names
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import WITHHOLD, SheetSpec, TableSpec
from socharm.snapshot.tables import SCHEMA_VERSION, AssessmentTables

__all__ = ["write_ranking_workbook"]

#: What a reader looks for first, in this order, in every sheet that has it.
_FIRST: Final = ("rank", "rank_low_90", "rank_high_90", NAME, AREA, PARENT, "force", "rate_shrunk", "rate")
#: Width of the columns of the first page, in letters.
_READ_ME: Final = {"What": 26.0, "Value": 100.0}
#: Rows of a sheet that are printed, at most; and of one that stands for reference, as its place says.
_PRINTED: Final = 200
_PRINTED_OF_REFERENCE: Final = 60
_REFERENCE: Final = 100
#: Left out where no area has one: the boundaries then name no district or no force.
_OPTIONAL: Final = ("parent", "force", "rank_parent", "rank_force")
_OFFENCES: Final = ("offence", "top_offence", "heaviest_offence", "category")
_RATES: Final = ("rate", "rate_shrunk", "rate_se")


def write_ranking_workbook(
    path: Path, tables: AssessmentTables, *, recipe: Recipe, about: About, period: AssessmentPeriod
) -> None:
    """Write ``ranking.xlsx``: the summary first, the settings last."""
    shown = list(_sheets(tables, about))
    notes = (about.shown_marking,)
    page = SheetPage(paper="A4")
    sheets = [
        Sheet(
            name="Read me",
            table=_read_me(tables, recipe, about, shown),
            notes=notes,
            page=SheetPage(paper="A4", widths=_READ_ME),
            wrap=True,
        ),
        *(sheet for sheet, _ in shown),
        Sheet(name="Headings", table=_headings(shown), notes=notes, page=page),
        Sheet(name="Settings", table=_settings(recipe), notes=notes, page=page),
    ]
    title = page_title(tables, otherwise=recipe.name)
    write_workbook(
        sheets,
        path,
        stamp=period_stamp(period),
        title=f"Harm assessment {recipe.name}",
        marking=about.shown_marking,
        front=summary_sheet(tables, about, title=f"{title}: harm by place"),
    )


#: Columns of a sheet by their names, each with what stands above it.
_Heads = dict[str, Heading]


def _sheets(tables: AssessmentTables, about: About) -> Iterable[tuple[Sheet, _Heads]]:
    stated = [(spec, spec.sheet) for spec in tables.declared.values() if spec.sheet is not None]
    for spec, sheet in sorted(stated, key=lambda pair: pair[1].place):
        if len(tables[spec.name]):
            made, heads = _sheet(tables, spec, sheet, about)
            if len(made.table):
                yield made, heads


def _sheet(tables: AssessmentTables, spec: TableSpec, sheet: SheetSpec, about: About) -> tuple[Sheet, _Heads]:
    notes = [about.shown_marking]
    if sheet.lists and about.coverage:
        # What is not in the numbers stands on every list of them.
        notes.append(f"Coverage: {about.coverage}")
    table = _readable(_in_order(tables[spec.name], tables) if sheet.view is None else sheet.view(tables), tables)
    if NOISY not in about.coverage:  # a published sheet keeps what is withheld, and its note names it
        table = _filled(table)
    # A view can show a column of another table too: it means there what it means here.
    others = {
        column.name: column.meaning for other in tables.declared.values() if other.sheet for column in other.columns
    }
    meanings = {**others, **{column.name: column.meaning for column in spec.columns}}
    heads = {
        name: heading_of(name, table=spec.name, meaning=meanings.get(name, "")) for name in map(str, table.columns)
    }
    told = sheet.note if isinstance(sheet.note, str) else sheet.note(tables)
    marked = NAME in table.columns and table[NAME].astype("str").str.endswith("\N{DAGGER}").any()
    lines = (
        told,
        CENTRE_NOTE if marked and CENTRE_NOTE not in told else "",
        *_published_notes(spec, sheet, table, heads, about),
    )
    printed = min(len(table), _PRINTED if sheet.place < _REFERENCE else _PRINTED_OF_REFERENCE)
    decimals = rate_decimals(_rates(tables))
    rates = dict.fromkeys(_RATES, f"#,##0.{'0' * decimals}" if decimals else "#,##0")
    made = Sheet(
        name=sheet.title,
        table=table,
        formats={**spec.formats, **rates, **sheet.formats},
        notes=(*notes, *filter(None, lines), *printed_note(printed, len(table))),
        headings={name: head.text for name, head in heads.items()},
        page=SheetPage(paper="A4", hidden=[name for name in heads if name in FOR_METHOD], rows=printed),
    )
    return made, heads


def _rates(tables: AssessmentTables) -> Iterable[object]:
    """Every rate that decides how many decimals all of them have."""
    return [rate for spec in tables.declared.values() if spec.rates for rate in tables[spec.name].get(spec.rates, [])]


def _in_order(table: pd.DataFrame, tables: AssessmentTables) -> pd.DataFrame:
    """Rows by their own rank, else by that of their areas, so that every sheet begins with the same areas."""
    flat = table.reset_index() if table.index.name is not None else table
    if "rank" in flat.columns:
        return flat.sort_values("rank", kind="stable", na_position="last")
    if AREA not in flat.columns:
        return flat
    spec = next(spec for spec in tables.declared.values() if spec.orders)
    ranks = tables[spec.name][spec.orders].astype("Float64").reindex(pd.Index(flat[AREA]))
    places = ranks.fillna(float("inf")).to_numpy(dtype=float)
    return flat.iloc[np.argsort(places, kind="stable")]


def _readable(table: pd.DataFrame, tables: AssessmentTables) -> pd.DataFrame:
    """The table with names beside codes, the mark of centres, offences in words, and what is looked for first."""
    flat = table.reset_index() if table.index.name is not None else table
    if AREA in flat.columns:
        places = next(tables[spec.name] for spec in tables.declared.values() if spec.names_areas)
        known = places.reindex(pd.Index(flat[AREA]))
        names = flat[NAME] if NAME in flat.columns else known[NAME]
        marked = marked_names(pd.Series(names.to_numpy(), index=known.index), centres_of(tables))
        flat = flat.assign(**{NAME: marked.to_numpy()})
        if PARENT in known.columns and PARENT not in flat.columns:
            flat = flat.assign(**{PARENT: known[PARENT].to_numpy()})
    for column in set(_OFFENCES) & set(flat.columns):
        flat = flat.assign(**{column: flat[column].astype(object).map(_offence)})
    if {"kind", "what"} <= set(flat.columns):
        named = flat["what"].astype(object).map(_offence).where(flat["kind"] == "offence", flat["what"])
        flat = flat.assign(what=named)
    blank = [name for name in flat.columns if str(name).startswith(_OPTIONAL) and flat[name].isna().all()]
    flat = flat.drop(columns=blank)
    first = [name for name in _FIRST if name in flat.columns]
    return flat[[*first, *(name for name in flat.columns if name not in first)]]


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """The table without columns in which no row has anything."""
    empty = [name for name in table.columns if (table[name].isna() | (table[name].astype("str") == "")).all()]
    return table.drop(columns=empty) if len(table) else table


def _offence(value: object) -> object:
    if not isinstance(value, str) or not value:
        return value
    words = offence_words(value)
    return words[:1].upper() + words[1:]


def _published_notes(
    spec: TableSpec, sheet: SheetSpec, table: pd.DataFrame, heads: _Heads, about: About
) -> Iterable[str]:
    """Of a sheet in published form: that its numbers carry noise, and which columns are blank for being withheld."""
    if NOISY not in about.coverage:
        return
    if not sheet.lists and "cells" in spec.rules.values():
        yield "Counts, and what is worked out from them, carry the noise that the sheet Read me describes."
    blank = [
        heads[str(column)].text
        for column in table.columns
        if spec.rules.get(str(column), WITHHOLD) == WITHHOLD
        and (table[column].isna() | (table[column].astype("str") == "")).all()
    ]
    if blank:
        yield f"Not published, and therefore blank: {', '.join(blank)}."


def _headings(shown: Sequence[tuple[Sheet, _Heads]]) -> pd.DataFrame:
    """Every heading with its meaning, the columns that it stands above in the tables, and the sheets that have it."""
    found: dict[Heading, tuple[list[str], list[str]]] = {}
    for sheet, heads in shown:
        for column, head in heads.items():
            columns, names = found.setdefault(head, ([], []))
            columns += [column] if column not in columns else []
            names += [sheet.name] if sheet.name not in names else []
    rows = [(head.text, head.meaning, ", ".join(names), ", ".join(columns)) for head, (columns, names) in found.items()]
    return pd.DataFrame(rows, columns=["Heading", "Meaning", "Sheets", "Column in the tables"], dtype="str")


def _contents(shown: Sequence[tuple[Sheet, _Heads]]) -> Iterable[tuple[str, str]]:
    """The sheets with their rows, and of which of them only a part is printed."""
    yield "Sheets", "; ".join(f"{sheet.name} ({number_of(len(sheet.table), 'row')})" for sheet, _ in shown)
    parts = [sheet for sheet, _ in shown if sheet.page is not None and sheet.page.rows != len(sheet.table)]
    if parts:
        told = ", ".join(f"{sheet.name} ({sheet.page.rows:,})" for sheet in parts if sheet.page is not None)
        yield "Printed in part", f"The first rows of {told}, so that the workbook can be printed whole."


def _read_me(
    tables: AssessmentTables, recipe: Recipe, about: About, shown: Sequence[tuple[Sheet, _Heads]]
) -> pd.DataFrame:
    rows = [
        ("Assessment", recipe.name),
        ("Marking", about.shown_marking),
        *((("Handling", INTERNAL_NOTE),) if about.internal else ()),
        ("Period", span_words(str(recipe.period))),
        ("Boundary year", "" if about.boundary_year is None else str(about.boundary_year)),
        ("Unit of the rate", about.unit),
        ("Sources", "; ".join(named_sources(about.sources))),
        *([("Licences", " ".join(licences))] if (licences := licence_lines(about)) else []),
        ("Coverage", about.coverage or "everything arrived"),
        *(line for spec in tables.declared.values() if spec.first_page for line in spec.first_page(tables)),
        ("What it counts", "Recorded crime weighted by its severity. What is not reported is not here."),
        ("What it is not", "A measure of what any one street or person did or suffered."),
        *_contents(shown),
        ("Columns that are folded", "Those for method. The plus sign above a sheet unfolds them."),
        ("Schema version", str(SCHEMA_VERSION)),
    ]
    return pd.DataFrame(rows, columns=["What", "Value"], dtype="str")


def _settings(recipe: Recipe) -> pd.DataFrame:
    return pd.DataFrame(_flat(recipe_as_dict(recipe)), columns=["Setting", "Value"], dtype="str")


def _flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _flat(item, f"{prefix}.{key}" if prefix else key)]
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [pair for number, item in enumerate(value) for pair in _flat(item, f"{prefix}.{number}")]
    if prefix == "assessment.store":
        return []
    return [(prefix, setting_words(value))]
