"""``socharm evaluate``: register the analysis of a site, or run it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import JSON_HELP, day_of, say, say_json, socharm_errors
from socharm.cli.progress import steps, working

__all__ = ["evaluate"]


def evaluate(
    protocol: Annotated[Path, typer.Argument(help="Its [data] names a snapshot.")] = Path("protocol.toml"),
    register: Annotated[
        str | None,
        typer.Option(help="Register it, on this day (2025-03-31), and leave; an existing registration stays."),
    ] = None,
    snapshot: Annotated[Path | None, typer.Option(help="Another snapshot; <store>/latest for the newest.")] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder to write, not there yet; beside the protocol when omitted."),
    ] = None,
    allow_changes: Annotated[
        bool, typer.Option("--allow-changes", help="Go on where the protocol was changed after its registration.")
    ] = False,
    internal: Annotated[
        bool, typer.Option("--internal", help="From the counts as recorded, which a published form withholds.")
    ] = False,
    tables_only: Annotated[
        bool, typer.Option("--tables-only", help="Neither report nor pictures beside the tables.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Run the analysis of a protocol and print the verdict; report, tables and pictures go into a folder.

    Exit code 3 when it is refused: a protocol that was changed after its registration, a site that cannot be evaluated.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.evaluation_folder import EvaluationOrder, evaluate_files, register_files

        order = EvaluationOrder(
            protocol=protocol,
            snapshot=snapshot,
            to=to,
            allow_changes=allow_changes,
            internal=internal,
            tables_only=tables_only,
        )
        if register is not None:
            held = register_files(order, on=day_of(register))
            if as_json:
                say_json({"protocol": str(protocol), "registration": held.sentence, "exit_code": 0})
            else:
                say(held.sentence)
            return
        with steps(visible=not as_json) as progress:
            made = evaluate_files(order, progress=progress)
    found = made.evaluation
    if as_json:
        told = {"folder": str(made.path), "verdict": found.findings.verdict, "sentences": found.sentences}
        say_json({**told, "changed": list(found.protocol.changed), "not_written": made.not_written, "exit_code": 0})
        return
    for what, sentence in found.sentences.items():
        say(f"{what[:1].upper()}{what[1:]}: {sentence}", colour="bold")
    say(f"Evaluation: {made.path}")
    for sentence in made.not_written:
        say(f"Not written: {sentence}", error=True, colour="yellow")
