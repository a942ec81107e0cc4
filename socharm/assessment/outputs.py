"""The files of a snapshot beside its tables: GeoPackage and workbook."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from socharm._about import NOISY, About, AssessmentPeriod
from socharm.assessment.recipe_file import recipe_as_dict
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps
from socharm.files.geopackage import write_layers
from socharm.files.internal import INTERNAL_NOTE
from socharm.files.workbook import Sheet, write_workbook
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import WITHHOLD, SheetSpec, TableSpec
from socharm.snapshot.tables import SCHEMA_VERSION, AssessmentTables

__all__ = ["period_stamp", "write_geopackage", "write_ranking_workbook"]


def period_stamp(period: AssessmentPeriod) -> dt.datetime:
    """The moment that files carry: the last day of the period, 00:00 UTC.

    Examples
    --------
    >>> period_stamp(AssessmentPeriod("2025-04", "2025-09")).isoformat()
    '2025-09-30T00:00:00'
    """
    year, month = (int(part) for part in period.end.split("-"))
    return dt.datetime(year, month, calendar.monthrange(year, month)[1])


def write_geopackage(
    path: Path,
    tables: AssessmentTables,
    areas: gpd.GeoDataFrame,
    *,
    results: Results,
    about: About,
    period: AssessmentPeriod,
) -> None:
    """One layer per table that the steps declare as one, and those with shapes of their own."""
    layers: dict[str, gpd.GeoDataFrame] = {}
    for step in all_steps():
        for spec in step.tables:
            table = tables[spec.name]
            if spec.layer and (spec.needed or len(table)):
                shapes = areas.geometry.reindex(table.index)
                layers[spec.name] = gpd.GeoDataFrame(table, geometry=shapes, crs=areas.crs)
        if step.layers is not None and results[step] is not None:
            layers |= step.layers(results[step])
    told = {"Marking": about.shown_marking, "Period": str(period), "Source": "; ".join(about.sources)}
    write_layers(layers, path, stamp=period_stamp(period).date().isoformat(), told=told, internal=about.internal)


def write_ranking_workbook(
    path: Path, tables: AssessmentTables, *, recipe: Recipe, about: About, period: AssessmentPeriod
) -> None:
    """Write ``ranking.xlsx``: a page to read first, and a sheet for each table that declares one."""
    first = Sheet(name="Read me", table=_read_me(tables, recipe, about), notes=(about.shown_marking,))
    title = f"Harm assessment {recipe.name}"
    sheets = [first, *_sheets(tables, about)]
    write_workbook(sheets, path, stamp=period_stamp(period), title=title, marking=about.shown_marking)


def _sheets(tables: AssessmentTables, about: About) -> Iterable[Sheet]:
    stated = [(spec, spec.sheet) for spec in tables.declared.values() if spec.sheet is not None]
    for spec, sheet in sorted(stated, key=lambda pair: pair[1].place):
        if sheet.always or len(tables[spec.name]):
            yield _sheet(tables, spec, sheet, about)


def _sheet(tables: AssessmentTables, spec: TableSpec, sheet: SheetSpec, about: About) -> Sheet:
    notes = [about.shown_marking]
    if sheet.lists and about.coverage:
        # What is not in the numbers stands on every list of them.
        notes.append(f"Coverage: {about.coverage}")
    table = tables[spec.name] if sheet.view is None else sheet.view(tables)
    told = sheet.note if isinstance(sheet.note, str) else sheet.note(tables)
    return Sheet(
        name=sheet.title,
        table=table,
        formats={**spec.formats, **sheet.formats},
        notes=(*notes, *filter(None, (told, *_published_notes(spec, sheet, table, about)))),
    )


def _published_notes(spec: TableSpec, sheet: SheetSpec, table: pd.DataFrame, about: About) -> Iterable[str]:
    """Of a sheet in published form: that its numbers carry noise, and which columns are blank for being withheld."""
    if NOISY not in about.coverage:
        return
    if not sheet.lists and "cells" in spec.rules.values():
        yield "Counts, and what is worked out from them, carry the noise that the first sheet describes."
    blank = [
        str(column)
        for column in table.columns
        if spec.rules.get(str(column), WITHHOLD) == WITHHOLD
        and (table[column].isna() | (table[column].astype("str") == "")).all()
    ]
    if blank:
        yield f"Not published, and therefore blank: {', '.join(blank)}."


def _read_me(tables: AssessmentTables, recipe: Recipe, about: About) -> pd.DataFrame:
    rows = [
        ("Assessment", recipe.name),
        ("Marking", about.shown_marking),
        *((("Handling", INTERNAL_NOTE),) if about.internal else ()),
        ("Period", str(recipe.period)),
        ("Boundary year", "" if about.boundary_year is None else str(about.boundary_year)),
        ("Unit of the rate", about.unit),
        ("Sources", "; ".join(about.sources)),
        ("Coverage", about.coverage or "everything arrived"),
        *(line for spec in tables.declared.values() if spec.first_page for line in spec.first_page(tables)),
        ("What it counts", "Recorded crime weighted by its severity. What is not reported is not here."),
        ("What it is not", "A measure of what any one street or person did or suffered."),
        ("Schema version", str(SCHEMA_VERSION)),
        *((f"Setting: {key}", value) for key, value in _flat(recipe_as_dict(recipe))),
    ]
    return pd.DataFrame(rows, columns=["What", "Value"], dtype="str")


def _flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _flat(item, f"{prefix}.{key}" if prefix else key)]
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [pair for number, item in enumerate(value) for pair in _flat(item, f"{prefix}.{number}")]
    if prefix == "assessment.store":
        return []
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return [(prefix, text)]
