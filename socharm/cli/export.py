"""``socharm export``: a snapshot as files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from socharm.cli.console import JSON_HELP, say, say_json, socharm_errors
from socharm.cli.progress import working

__all__ = ["export"]

_FORMS: Final = ("powerbi",)


def export(
    form: Annotated[str, typer.Argument(help="powerbi: tables as CSV and Parquet, and shapes of the areas.")],
    snapshot: Annotated[
        Path, typer.Argument(help="A snapshot folder inside the store; <store>/latest for the newest.")
    ],
    to: Annotated[Path, typer.Option("--to", help="Folder to write; it must not be there yet.")],
    against: Annotated[
        Path | None,
        typer.Option(help="An earlier snapshot, or its name in the same store: adds the table of changes since."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="Compare in spite of this, with the warning kept; may be repeated.")
    ] = None,
    internal: Annotated[
        bool, typer.Option("--internal", help="From the counts as recorded, which a published form withholds.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Write a snapshot for another program, in published form."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm._checks import require_choice
            from socharm.assessment.held_against import held_against
            from socharm.assessment.opened_form import opened_form
            from socharm.assessment.powerbi import export_powerbi

        require_choice(form, _FORMS, name="form")
        compared = None
        if against is not None:
            with working("comparing", visible=not as_json):
                compared = held_against(snapshot, against, internal=internal, allow=allow or ())
        with working("writing the tables", visible=not as_json):
            assessment, _ = opened_form(snapshot, internal=internal)
            made = export_powerbi(assessment, to, comparison=compared)
    if as_json:
        files = sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
        say_json({"folder": str(made), "files": files, "exit_code": 0})
    else:
        say(str(made))
