"""The ``socharm`` command and its subcommands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

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
from socharm.cli.words import PlainCommand, in_words

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Rank places by the harm that serious and organised crime does there, and say how sure the rank is.\n\n"
        "Exit codes: 0 done; 1 a fault (full disk, a snapshot that does not verify); 2 bad input (a wrong recipe, "
        "file or argument); 3 refused (an unsafe file, personal data, a misleading request); 10 done, and a "
        "person must look (rescore); 130 stopped by Ctrl-C."
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


#: One line of each, beside its name. What is done first stands first.
_COMMANDS: Final[dict[Callable[..., Any], str]] = {
    demo: "The whole job on a fictional force area: begin here.",
    init: "Begin a recipe: a commented assessment.toml.",
    check: "List every problem of a recipe and its inputs.",
    run: "Run a recipe, and write a snapshot of what it found.",
    run_many: "Run a folder of recipes, here or on a cluster.",
    profile: "Profiles: Word, PDF, HTML, Markdown or a slide.",
    plan: "A first 4P plan for partners to edit.",
    state: "Record that a plan was reviewed or approved.",
    dashboard: "The page of maps: one file that needs no network.",
    export: "Tables and shapes for another program.",
    publish: "Register a release, checked against earlier ones.",
    rescore: "Assess the months that are due, and compare them.",
    compare: "What changed between snapshots.",
    history: "The snapshots of a store, or one area through them.",
    annotate: "Note what was done, or what changed in recording.",
    prune: "Say which snapshots would go; or delete them.",
    evaluate: "Whether what was done worked: run a protocol.",
    hotspots: "One hot spot method on a table of your own.",
    sources: "Sources that are read by name, and where they are.",
    verify: "Find whatever was changed in a snapshot or release.",
    sign: "Make the key of a store, and sign what it holds.",
    lower: "Lower the marking of a snapshot, on record.",
}

for command, line in _COMMANDS.items():
    app.command(command.__name__.replace("_", "-"), cls=PlainCommand, short_help=line)(in_words(command))
