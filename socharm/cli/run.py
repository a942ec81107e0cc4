"""``socharm run``: run a recipe and write its snapshot."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import JSON_HELP, say_json, say_summary, socharm_errors
from socharm.cli.progress import steps, working

__all__ = ["WORKERS", "run", "run_and_report"]

#: Processes that draw maps; a machine that many share can set fewer for all.
WORKERS = typer.Option(min=1, max=256, envvar="SOCHARM_WORKERS", help="Processes that draw the maps.")


def run(
    recipe: Annotated[Path, typer.Argument(help="The recipe.")] = Path("assessment.toml"),
    workers: Annotated[int, WORKERS] = 2,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Run a recipe and write one snapshot folder into its store."""
    run_and_report(recipe, workers=workers, as_json=as_json, quiet=quiet)


def run_and_report(recipe: Path, *, workers: int, as_json: bool, quiet: bool = False) -> None:
    """Run a recipe with progress, and print its closing summary."""
    # Pictures are written to files: no window system is asked for.
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not (as_json or quiet)):
            from socharm.assessment.first_look import require_sound

            require_sound(recipe)
            from socharm.assessment.run import run_assessment

        # What was imported stays to the end; pictures leave circles of objects that are given back as they come.
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        with steps(visible=not (as_json or quiet)) as progress:
            assessment = run_assessment(recipe, workers=workers, progress=progress)
        if as_json:
            say_json(assessment.closing_summary())
        else:
            say_summary(assessment.summary())
