"""``socharm check``: read every input and list every problem, without running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from socharm._words import number_of
from socharm.cli.console import EXIT_BAD_INPUT, EXIT_REFUSED, JSON_HELP, say, say_json, socharm_errors
from socharm.cli.progress import steps, working

__all__ = ["check"]


def check(
    recipe: Annotated[Path, typer.Argument(help="The recipe.")] = Path("assessment.toml"),
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Read the inputs of a recipe and list every problem. Exit code 2 when there is one, 3 when one is a refusal.

    A problem that would not stop a run, such as months that are not there, is one all the same.
    """
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.first_look import first_look

            faults = first_look(recipe)
            if not faults:
                from socharm.assessment.check import check_assessment
        if not faults:
            with steps(visible=not as_json) as progress:
                found = check_assessment(recipe, progress=progress)
    if faults:
        _report([f"[recipe] {fault}" for fault in faults], (), (), refused=False, as_json=as_json)
    _report(found.problems, found.doubts, found.notes, refused=found.refused, as_json=as_json)


def _report(
    problems: Sequence[str], doubts: Sequence[str], notes: Sequence[str], *, refused: bool, as_json: bool
) -> NoReturn:
    """Print what was found, and leave with its exit code."""
    code = 0 if not (problems or doubts) else EXIT_REFUSED if refused else EXIT_BAD_INPUT
    if as_json:
        told = {"problems": list(problems), "doubts": list(doubts), "notes": list(notes)}
        say_json({"ok": not (problems or doubts), **told, "exit_code": code})
        raise typer.Exit(code)
    for note in notes:
        say(f"note: {note}", colour="yellow")
    for problem in (*problems, *doubts):
        say(f"problem: {problem}", error=True, colour="red")
    if problems:
        say(f"{_number(len(problems) + len(doubts))} found; nothing was run.", error=True, colour="red")
    elif doubts:
        goes_on = f"{_number(len(doubts))} found. A run would go on, and its ranking would mislead."
        say(goes_on, error=True, colour="red")
    else:
        say("No problem found.", colour="green")
    raise typer.Exit(code)


def _number(count: int) -> str:
    return number_of(count, "problem")
