"""``socharm run-many``: a folder of recipes, on this machine or on a cluster of Dask."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from socharm.cli.console import EXIT_FAULT, JSON_HELP, say, say_json, socharm_errors
from socharm.cli.progress import steps, working

__all__ = ["run_many"]

_RECIPES_HELP: Final = "A folder of recipes, or the recipes."


def run_many(
    recipes: Annotated[list[Path], typer.Argument(help=_RECIPES_HELP)],
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes of this machine.")] = 2,
    dask: Annotated[str, typer.Option(metavar="ADDRESS", help="Scheduler of a cluster, such as tcp://host:8786.")] = "",
    retries: Annotated[int, typer.Option(min=0, max=10, help="Attempts more for a recipe whose worker died.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Run many recipes, each into its store; the exit code is 1 if any failed."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not (as_json or quiet)):
            from socharm.assessment.cluster import connect
            from socharm.assessment.many_runs import run_many as run

        client: Any = connect(dask) if dask else None
        with client or contextlib.nullcontext(), steps(visible=not (as_json or quiet)) as progress:
            found = run(
                [str(path) for path in recipes], client=client, workers=workers, retries=retries, progress=progress
            )
        table = found.table
        if as_json:
            say_json({"recipes": [{"recipe": str(name), **row} for name, row in table.to_dict(orient="index").items()]})
        else:
            for name, row in table.iterrows():
                told = row["snapshot"] or row["error"]
                say(
                    f"{name}: {row['status']} in {row['seconds']:.1f} s: {told}",
                    colour="" if row["snapshot"] else "red",
                )
            say(repr(found).strip("<>").replace("ManyRuns of ", ""))
    if len(found.failed):
        raise typer.Exit(EXIT_FAULT)
