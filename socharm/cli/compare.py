"""``socharm compare``: what changed between two snapshots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from socharm.cli.console import JSON_HELP, say, say_json, say_summary, socharm_errors
from socharm.cli.progress import working

__all__ = ["compare"]

_FOLDER = "A snapshot folder inside the store; <store>/latest for the newest."


def compare(
    earlier: Annotated[Path, typer.Argument(help=_FOLDER)],
    later: Annotated[Path, typer.Argument(help=_FOLDER)],
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
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Compare two snapshots, write the tables of the comparison and print its summary. Exit code 3 when refused."""
    with socharm_errors(as_json=as_json):
        from socharm._record import settings_as_dict
        from socharm.assessment.open_snapshot import open_assessment
        from socharm.files.hashing import sha256_file, sha256_json
        from socharm.io.lookups import read_lookup
        from socharm.rescoring.comparing import compare as compare_assessments
        from socharm.rescoring.matching import By
        from socharm.rescoring.writing import write_comparison

        change = None if by in get_args(By) else read_lookup(by, source="earlier", target="later", shares="share")
        chosen = {"allow": allow or (), "without": without or (), "clear": clear or ()}
        with working("comparing", visible=not as_json):
            first, second = open_assessment(earlier), open_assessment(later)
            matched = {"by": by} if change is None else {}
            made = compare_assessments(first, second, change=change, settings={**chosen, **matched})
            choices = {"settings": settings_as_dict(made.settings), "codes": "" if change is None else sha256_file(by)}
            name = f"{first.path.name}--{second.path.name}--{sha256_json(choices)[:8]}"
            written = write_comparison(made, to or second.path.parent / "comparisons" / name)
    if as_json:
        facts = {str(fact): float(value) for fact, value in made.facts["value"].items()}
        say_json({"folder": str(written), "warnings": made.warnings, "facts": facts, "exit_code": 0})
        return
    say_summary(made.summary())
    say(f"Comparison: {written}")
