"""``socharm demo``: the whole job on the packaged sample area."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import JSON_HELP, say, socharm_errors
from socharm.cli.progress import working
from socharm.cli.run import WORKERS, run_and_report

__all__ = ["demo"]


def demo(
    folder: Annotated[Path, typer.Argument(help="Where the sample's files and the store go.")] = Path("demo-output"),
    workers: Annotated[int, WORKERS] = 2,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Write the files of a fictional force area to a folder, and run the whole job on them."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.demo import write_demo

        with working("writing the files of the sample", visible=not as_json):
            recipe = write_demo(folder)
        if not as_json:
            say(f"Wrote the sample's files and {recipe}")
    run_and_report(recipe, workers=workers, as_json=as_json)
