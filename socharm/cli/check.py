"""``socharm check``: read every input and list every problem, without running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from socharm.cli.console import EXIT_BAD_INPUT, EXIT_REFUSED, JSON_HELP, say, say_json, socharm_errors
from socharm.cli.progress import steps

__all__ = ["check"]


def check(
    recipe: Annotated[Path, typer.Argument(help="The recipe.")] = Path("assessment.toml"),
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Read the inputs of a recipe and list every problem. Exit code 2 when there is one, 3 when one is a refusal."""
    with socharm_errors(as_json=as_json):
        from socharm.assessment.first_look import first_look

        faults = first_look(recipe)
        if not faults:
            from socharm.assessment.check import check_assessment

            with steps(visible=not as_json) as progress:
                found = check_assessment(recipe, progress=progress)
    if faults:
        _report([f"[recipe] {fault}" for fault in faults], (), refused=False, as_json=as_json)
    _report(found.problems, found.notes, refused=found.refused, as_json=as_json)


def _report(problems: Sequence[str], notes: Sequence[str], *, refused: bool, as_json: bool) -> NoReturn:
    """Print what was found, and leave with its exit code."""
    code = 0 if not problems else EXIT_REFUSED if refused else EXIT_BAD_INPUT
    if as_json:
        say_json({"ok": not problems, "problems": list(problems), "notes": list(notes), "exit_code": code})
        raise typer.Exit(code)
    for note in notes:
        say(f"note: {note}", colour="yellow")
    for problem in problems:
        say(f"problem: {problem}", error=True, colour="red")
    if problems:
        more = "s" if len(problems) > 1 else ""
        say(f"{len(problems)} problem{more} found; nothing was run.", error=True, colour="red")
    else:
        say("No problem found.", colour="green")
    raise typer.Exit(code)
