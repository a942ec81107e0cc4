"""``socharm lower`` and ``sign``: the recorded way down in marking, and the key of a store."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import JSON_HELP, day_of, say, say_json, socharm_errors
from socharm.cli.progress import working

__all__ = ["lower", "sign"]


def lower(
    snapshot: Annotated[
        Path, typer.Argument(help="A snapshot folder inside the store; <store>/latest for the newest.")
    ],
    to: Annotated[str, typer.Option("--to", help="The lower marking.")],
    role: Annotated[str, typer.Option(help="The role that answers for it; not a person's name.")],
    reason: Annotated[str, typer.Option(help="Why the marking may be lowered.")],
    on: Annotated[str | None, typer.Option(help="Day of the decision, 2026-10-31; today when omitted.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Lower the marking of a snapshot; who, why and when are recorded in its log and its manifest."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.changes import lower_snapshot

        day: dt.date | None = day_of(on)
        with working("lowering the marking", visible=not as_json):
            made = lower_snapshot(snapshot, to=to, role=role, reason=reason, on=day)
        if as_json:
            say_json({"snapshot": made.path.name, "marking": made.about.marking, "changes": made.manifest["changes"]})
        else:
            say(f"{made.about.marking}   {made.path.name}: recorded in its log and its manifest.")


def sign(
    store: Annotated[Path, typer.Argument(help="The folder that holds the snapshots.")],
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Make the key of a store, once, and sign every snapshot and release that it holds."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.signing import sign_store

        with working("signing what the store holds", visible=not as_json):
            fingerprint = sign_store(store)
        if as_json:
            say_json({"key": fingerprint})
        else:
            say(f"Signed with the key {fingerprint}. Note this outside the store; back up .signing-key apart from it.")
