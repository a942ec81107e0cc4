"""``socharm compare``: what changed between two snapshots."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from socharm.cli.console import JSON_HELP, say, say_json, say_summary, socharm_errors
from socharm.cli.progress import steps, working

__all__ = ["compare"]

_FOLDER = "A snapshot folder inside the store; <store>/latest for the newest."


def compare(
    earlier: Annotated[Path, typer.Argument(help=_FOLDER)],
    later: Annotated[list[Path], typer.Argument(help=f"{_FOLDER} Several in order of time: each with the next.")],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", help="Folder to write; in the store, under comparisons, named by the choices, when omitted."
        ),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="Show it in spite of this, with the warning kept; may be repeated.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Offences or sets to leave out of both; may be repeated.")
    ] = None,
    clear: Annotated[list[str] | None, typer.Option(help="Code of an area of a Clear phase; may be repeated.")] = None,
    by: Annotated[
        str,
        typer.Option(
            help="How areas are matched: code, ground, or a table of changed codes with columns earlier, later, share."
        ),
    ] = "code",
    membership: Annotated[
        Path | None,
        typer.Option(
            help="Table of districts and forces by days: area_code, parent, force, valid_from, valid_to.",
        ),
    ] = None,
    internal: Annotated[
        bool, typer.Option("--internal", help="From the counts as recorded, which a published form withholds.")
    ] = False,
    tables_only: Annotated[
        bool, typer.Option("--tables-only", help="Neither workbook nor change report nor pictures beside the tables.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Compare snapshots and print the summary; tables, workbook, change report and pictures go into a folder.

    Of more than two the folder has the ranks of all, what each step of the rate is made of, and both as pictures.

    Exit code 3 when the comparison is refused. The same two compared by the same choices are written once.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.compare_snapshots import ComparisonOrder, compare_snapshots
            from socharm.assessment.comparison_folder import Written
            from socharm.assessment.several_folder import compare_several_snapshots

        settings: dict[str, Any] = {"allow": allow or (), "without": without or (), "clear": clear or ()}
        with steps(visible=not as_json) as progress:
            order = ComparisonOrder(
                settings=settings,
                by=by,
                membership=membership,
                internal=internal,
                written=Written(workbook=not tables_only, documents=not tables_only, maps=not tables_only),
                to=to,
            )
            if len(later) == 1:
                made = compare_snapshots(earlier, later[0], order, progress=progress)
            else:
                made = compare_several_snapshots([earlier, *later], order, progress=progress)
    if as_json:
        told = {"folder": str(made.path), "new": made.new, "warnings": made.warnings, "facts": dict(made.facts)}
        say_json({**told, "not_written": made.not_written, "exit_code": 0})
        return
    if not made.new:
        say("Nothing changed since the last time: nothing was written.")
    say_summary(made.summary)
    say(f"Comparison: {made.path}")
    for sentence in made.not_written:
        say(f"Not written: {sentence}", error=True, colour="yellow")
