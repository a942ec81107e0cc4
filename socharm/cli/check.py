"""``socharm check``: read every input and list every problem, without running."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import EXIT_BAD_INPUT, EXIT_REFUSED, JSON_HELP, say, say_json, socharm_errors

__all__ = ["check"]


def check(
    recipe: Annotated[Path, typer.Argument(help="The recipe.")] = Path("assessment.toml"),
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Read the inputs of a recipe and list every problem. Exit code 2 when there is one, 3 when one is a refusal."""
    with socharm_errors(as_json=as_json):
        from socharm.assessment.check import check_assessment

        found = check_assessment(recipe)
    code = 0 if found.ok else EXIT_REFUSED if found.refused else EXIT_BAD_INPUT
    if as_json:
        say_json({"ok": found.ok, "problems": list(found.problems), "notes": list(found.notes), "exit_code": code})
        raise typer.Exit(code)
    for note in found.notes:
        say(f"note: {note}")
    for problem in found.problems:
        say(f"problem: {problem}", error=True)
    if found.ok:
        say("No problem found.")
    else:
        count = len(found.problems)
        say(f"{count} problem{'s' if count > 1 else ''} found; nothing was run.", error=True)
    raise typer.Exit(code)
