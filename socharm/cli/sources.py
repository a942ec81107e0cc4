"""``socharm sources``: what is read by name, who publishes it, and on what its layout was checked."""

from __future__ import annotations

from typing import Annotated

import typer

from socharm.cli.console import JSON_HELP, say, say_json, socharm_errors

__all__ = ["sources"]


def sources(as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False) -> None:
    """List the sources that are read by name: publisher, licence, where to get each, and what was checked."""
    with socharm_errors(as_json=as_json):
        from socharm.io.sources import sources as listed

        table = listed()
        if as_json:
            say_json({"sources": table.reset_index().to_dict("records")})
            return
        for name, row in table.iterrows():
            say(f"{name}: {row['title']}")
            say(f"  publisher  {row['publisher']}; {row['licence']}")
            say(f"  where      {row['where']}")
            say(f"  newest     {row['newest']}")
            say(f"  reader     {row['reader']}")
            say(f"  checked    {row['checked']}")
        say("Nothing is downloaded: get the files from their publishers, and read your copies.")
