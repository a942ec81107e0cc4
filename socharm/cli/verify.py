"""``socharm verify``: recompute every hash of a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import EXIT_FAULT, JSON_HELP, say, say_json, socharm_errors

__all__ = ["verify"]


def verify(
    snapshot: Annotated[Path, typer.Argument(help="A snapshot folder inside the store.")],
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Recompute every hash of a snapshot and compare with its manifest. Exit code 1 when something changed."""
    with socharm_errors(as_json=as_json):
        from socharm.assessment.stored import verify_assessment

        found = verify_assessment(snapshot)
    code = 0 if found.ok else EXIT_FAULT
    if as_json:
        say_json({"ok": found.ok, "files": found.files, "problems": list(found.problems), "exit_code": code})
        raise typer.Exit(code)
    for problem in found.problems:
        say(f"problem: {problem}", error=True)
    if found.ok:
        say(f"{found.files} files are as they were made.")
    raise typer.Exit(code)
