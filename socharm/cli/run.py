"""``socharm run``: run a recipe and write its snapshot."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import JSON_HELP, say, say_json, shown, socharm_errors

__all__ = ["run", "run_and_report"]


def run(
    recipe: Annotated[Path, typer.Argument(help="The recipe.")] = Path("assessment.toml"),
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Run a recipe and write one snapshot folder into its store."""
    run_and_report(recipe, as_json=as_json, quiet=quiet)


def run_and_report(recipe: Path, *, as_json: bool, quiet: bool = False) -> None:
    """Run a recipe with progress, and print its closing summary."""
    # Pictures are written to files: no window system is asked for.
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        from socharm.assessment.run import run_assessment

        with _progress(visible=not (as_json or quiet)) as progress:
            assessment = run_assessment(recipe, progress=progress)
        if as_json:
            say_json(assessment.closing_summary())
        else:
            say(assessment.summary())


@contextmanager
def _progress(*, visible: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar on the error stream, where that is a terminal."""
    if not visible or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def step(what: str, number: int, of: int) -> None:
            bar.update(task, description=shown(what), completed=number - 1, total=of)

        yield step
