"""Writes ``methods/assessment-tables.md`` from what the parts of an assessment declare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from socharm.assessment.steps.order import all_steps
from socharm.snapshot.spec import Column, TableSpec

PAGE = Path(__file__).parent / "methods" / "assessment-tables.md"
HEAD = """\
# Tables of an assessment

Every table that a snapshot can hold, by the part of the assessment that leaves it, with what becomes of each column
when it is published: **keep** (public, about the run, or an order), **cells** (worked out again from published
counts), **withhold** (missing in what is published, like every column that does not stand here), or rounded:
**probability** (to five points), **figures:n** (to n significant figures), **whole:n** (to a multiple of n), **up:n**
(to the next multiple), **decimals:n**, **integer**.
"""


def page() -> str:
    """The page."""
    return "".join(f"{line}\n" for line in (HEAD.rstrip(), *_lines()))


def _lines() -> Iterator[str]:
    for step in all_steps():
        if step.tables:
            yield from ("", f"## {step.name.capitalize()}")
        for spec in step.tables:
            yield from _table(spec)


def _table(spec: TableSpec) -> Iterator[str]:
    places = [f"sheet *{spec.sheet.title}*"] if spec.sheet is not None else []
    places += ["layer of `areas.gpkg`"] if spec.layer else []
    places += ["never published"] if spec.secret else []
    there = f" ({', '.join(places)})" if places else ""
    yield from ("", f"**`{spec.name}`**{there}. A row is {spec.meaning}.", "")
    yield from ("| column | meaning | published |", "| --- | --- | --- |")
    yield from (_row(column) for column in spec.columns)
    if spec.others is not None:
        yield _row(spec.others, named=False)


def _row(column: Column, *, named: bool = True) -> str:
    name = f"`{column.name}`" if named else column.name
    return f"| {name} | {column.meaning} | {column.disclosure} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
