"""``socharm rescore``: the half-yearly job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from socharm.cli.console import JSON_HELP, day_of, say, say_json, say_summary, socharm_errors
from socharm.cli.progress import steps, working

__all__ = ["EXIT_LOOK", "rescore"]

#: A person must look before anybody acts on what was made.
EXIT_LOOK: Final = 10


def rescore(
    as_of: Annotated[str, typer.Option("--as-of", help="Day on which it is done, 2026-09-30.")],
    recipe: Annotated[Path, typer.Argument(help="The recipe.")] = Path("assessment.toml"),
    against: Annotated[
        str, typer.Option(help="same-season, previous, or the name of a snapshot of the store.")
    ] = "same-season",
    lag: Annotated[int, typer.Option(help="Months by which the source arrives late.")] = 2,
    months: Annotated[int | None, typer.Option(help="Length of the period; that of the recipe's when omitted.")] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="Compare in spite of this, with the warning kept; may be repeated.")
    ] = None,
    profiles: Annotated[
        int, typer.Option("--profiles", help="And profiles of so many areas from the highest rank down.", min=0)
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Assess the months that are due, compare them with an earlier assessment of the store, refresh its documents.

    The comparison gets a folder with tables, workbook and change report; the dashboard is made again.

    Exit code 10 when a person must look: months without coverage or that seem to lack rows, a source that revised its
    past, other weights, areas that could not be matched, or a comparison that is refused.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.first_look import require_sound
            from socharm.assessment.refreshing import refresh_documents
            from socharm.assessment.rescore import rescore as rescore_assessment

        require_sound(recipe)
        with steps(visible=not as_json) as progress:
            made = rescore_assessment(
                recipe,
                as_of=day_of(as_of),
                against=against,
                lag=lag,
                months=months,
                allow=allow or (),
                progress=progress,
            )
            documents = refresh_documents(made, profiles=profiles, progress=progress)
    code = EXIT_LOOK if made.look else 0
    not_written = [*made.not_written, *documents.not_written]
    if as_json:
        folder = None if made.folder is None else str(made.folder)
        told = {"snapshot": str(made.assessment.path), "comparison": folder, "new": made.new or bool(documents.written)}
        say_json(
            {
                **told,
                "documents": list(map(str, documents.written)),
                "look": list(made.look),
                "not_written": not_written,
                "exit_code": code,
            }
        )
        raise typer.Exit(code)
    if not (made.new or documents.written):
        say("Nothing changed since the last time: nothing was written.")
    say(f"Snapshot: {made.assessment.path}")
    if made.comparison is not None:
        say_summary(made.comparison.summary())
        say(f"Comparison: {made.folder}")
    for path in documents.written:
        say(f"Document: {path}")
    for sentence in not_written:
        say(f"Not written: {sentence}", error=True, colour="yellow")
    for sentence in made.look:
        say(f"look: {sentence}", error=True, colour="yellow")
    raise typer.Exit(code)
