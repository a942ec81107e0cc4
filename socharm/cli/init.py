"""``socharm init``: write a commented recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import say, socharm_errors

__all__ = ["init"]


def init(
    path: Annotated[Path, typer.Argument(help="File to write; an existing one is never replaced.")] = Path(
        "assessment.toml"
    ),
) -> None:
    """Write a commented assessment.toml to start from, and an example of a dictionary of partner measures."""
    with socharm_errors():
        from socharm.assessment.template import write_dictionary_example, write_template

        written = write_template(path)
        example = write_dictionary_example(written.parent)
        if example is not None:
            say(f"Wrote {example}: what partners' measures mean, where you have any.")
        say(f"Wrote {written}. Edit it, then: socharm check {written}")
