"""``socharm verify``: find what was changed in a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socharm._words import number_of
from socharm.cli.console import EXIT_FAULT, JSON_HELP, say, say_json, socharm_errors
from socharm.cli.progress import working

__all__ = ["verify"]


def verify(
    snapshot: Annotated[
        Path, typer.Argument(help="A snapshot folder inside the store (<store>/latest for the newest), or a release.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Find whatever was changed in a snapshot or release, added or taken away. Exit code 1 when something was."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.publish.released import read_release, verify_release
            from socharm.snapshot.verification import Verification, verify_assessment

        whole = snapshot.resolve()
        released = (whole / "release.json").is_file()
        with working("reading every file", visible=not as_json):
            if released:
                release = read_release(whole.parent.parent, whole.name)
                found = Verification(path=snapshot, files=len(release.files), problems=tuple(verify_release(release)))
            else:
                found = verify_assessment(snapshot)
    code = 0 if found.ok else EXIT_FAULT
    if as_json:
        told = {"ok": found.ok, "files": found.files, "problems": list(found.problems), "signed": found.signed}
        say_json({**told, "exit_code": code})
        raise typer.Exit(code)
    for problem in found.problems:
        say(f"problem: {problem}", error=True, colour="red")
    if found.ok and released:
        say(f"{number_of(found.files, 'file')} and their record are as they were released.")
    elif found.ok:
        signed = f"; signed with the key {found.signed}" if found.signed else "; the store has no key to sign with"
        say(f"{number_of(found.files, 'file')}, the manifest and the log are as they were made{signed}.")
    raise typer.Exit(code)
