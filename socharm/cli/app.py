"""The ``socharm`` command and its subcommands."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from socharm._version import __version__
from socharm.cli.check import check
from socharm.cli.compare import compare
from socharm.cli.console import say
from socharm.cli.demo import demo
from socharm.cli.documents import dashboard, plan, profile, publish, state
from socharm.cli.evaluate import evaluate
from socharm.cli.export import export
from socharm.cli.history import annotate, history, prune
from socharm.cli.hotspots import hotspots
from socharm.cli.init import init
from socharm.cli.integrity import lower, sign
from socharm.cli.rescore import rescore
from socharm.cli.run import run
from socharm.cli.run_many import run_many
from socharm.cli.sources import sources
from socharm.cli.verify import verify

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Rank places by the harm that serious and organised crime does there, and say how sure the rank is.\n\n"
        "Exit codes: 0 done; 1 a fault (full disk, a snapshot that does not verify); 2 bad input (a wrong recipe, "
        "file or argument); 3 refused (an unsafe file, personal data, a misleading request); 10 done, and a "
        "person must look (rescore)."
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"socharm {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options of the command itself."""


_LOOKING_BACK: Final = (compare, rescore, history, annotate, prune)
_DOCUMENTS: Final = (profile, plan, state, dashboard, export, publish)

for command in (init, check, run, demo, verify, sources, *_LOOKING_BACK, *_DOCUMENTS, hotspots, evaluate, lower, sign):
    app.command()(command)
app.command("run-many")(run_many)
