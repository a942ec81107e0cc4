"""``socharm profile``, ``plan``, ``dashboard`` and ``publish``: what a partnership gets from a snapshot."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated

import typer

from socharm._words import number_of
from socharm.cli.console import JSON_HELP, day_of, say, say_json, socharm_errors
from socharm.cli.progress import working

__all__ = ["dashboard", "plan", "profile", "publish", "state"]

#: Fields that a warning names.
_SHOWN = 5
_SNAPSHOT = Annotated[Path, typer.Argument(help="A snapshot folder inside the store; <store>/latest for the newest.")]
_JSON = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
_INTERNAL = Annotated[bool, typer.Option("--internal", help="Show what published documents withhold; marked so.")]
_TO = Annotated[Path | None, typer.Option("--to", help="Folder to write to; beside the snapshots when omitted.")]

_DAY_FIRST = Annotated[
    bool | None,
    typer.Option("--day-first/--month-first", help="How 01/10/2026 is read in a plan; refused when not said."),
]


def profile(
    snapshot: _SNAPSHOT,
    area: Annotated[list[str] | None, typer.Option(help="Area code, name or district; may be repeated.")] = None,
    all_districts: Annotated[bool, typer.Option("--all-districts", help="Every district.")] = False,
    top: Annotated[int, typer.Option(help="And so many areas from the highest rank down.")] = 0,
    formats: Annotated[
        str, typer.Option("--format", help="docx, pdf, html, md or pptx (a slide); with commas.")
    ] = "docx",
    to: _TO = None,
    on: Annotated[str | None, typer.Option(help="Day of the profile, 2026-10-31.")] = None,
    template: Annotated[Path | None, typer.Option(help="A Jinja2 Markdown template of your own.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Your force's Word document, for its styles.")] = None,
    questions: Annotated[str | None, typer.Option(help="Whose questions to answer in an appendix, or all.")] = None,
    internal: _INTERNAL = False,
    replace: Annotated[bool, typer.Option("--replace", help="Write over documents that people changed.")] = False,
    day_first: _DAY_FIRST = None,
    against: Annotated[
        Path | None,
        typer.Option(help="An earlier snapshot, or its name in the same store: page one says what moved since."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="Compare in spite of this, with the warning kept; may be repeated.")
    ] = None,
    as_json: _JSON = False,
) -> None:
    """Write profiles, with the text that people wrote; the file for that text is begun where there is none."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.documents import ProfileOrder, write_profiles
            from socharm.assessment.held_against import held_against

        compared = None
        if against is not None:
            with working("comparing", visible=not as_json):
                compared = held_against(snapshot, against, internal=internal, allow=allow or ())
        made = write_profiles(
            snapshot,
            ProfileOrder(
                areas=area or [],
                all_districts=all_districts,
                top=top,
                formats=[part.strip().lower() for part in formats.split(",") if part.strip()],
                to=to,
                on=day_of(on),
                template=template,
                reference=reference,
                questions=questions,
                internal=internal,
                replace=replace,
                day_first=day_first,
            ),
            comparison=compared,
            progress=None if as_json else lambda name, number, of: say(f"{number} of {of}: {name}", error=True),
        )
        _report(made, as_json=as_json)
        if not as_json:
            where = "beside them" if to is not None or not made else f"in {made[0].parent.parent}"
            say(f"What they say is edited in the .toml files {where}, and in the plans beside the profiles.")
            say("Both are read again each time; a change in a document alone is lost when it is made anew.")


def state(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan, as partners edited it.")],
    to: Annotated[str, typer.Option("--to", help="draft, reviewed or approved.")],
    role: Annotated[str, typer.Option(help="The role that answers for it; never a person's name.")],
    on: Annotated[str, typer.Option(help="Day on which it was done, 2026-10-31.")],
    day_first: _DAY_FIRST = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over comments, pictures and charts of a workbook.")
    ] = False,
    as_json: _JSON = False,
) -> None:
    """Record that a plan was reviewed or approved, by which role and when; profiles print it."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.documents import record_state

        told = record_state(plan_file, state=to.lower(), role=role, on=day_of(on), day_first=day_first, replace=replace)
        if as_json:
            say_json({"plan": str(plan_file), "state": told})
        else:
            say(f"{plan_file.name}: {told}")


def plan(
    snapshot: _SNAPSHOT,
    area: Annotated[str, typer.Option(help="Area code, name or district.")],
    start: Annotated[str, typer.Option(help="Day on which the plan begins, 2026-10-31.")],
    to: _TO = None,
    kind: Annotated[str, typer.Option("--format", help="xlsx or csv.")] = "xlsx",
    as_json: _JSON = False,
) -> None:
    """Write a first 4P plan for partners to edit."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.documents import write_plan

        with working("writing the plan", visible=not as_json):
            made = write_plan(snapshot, area=area, start=day_of(start), kind=kind, to=to)
        _report([made], as_json=as_json)


def dashboard(
    snapshot: _SNAPSHOT,
    to: _TO = None,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="A 4P plan whose phases are shown.")] = None,
    internal: _INTERNAL = False,
    day_first: _DAY_FIRST = None,
    history: Annotated[
        bool, typer.Option("--history", help="With the earlier assessments of the store, and what changed since.")
    ] = False,
    earlier: Annotated[
        list[str] | None, typer.Option(help="With this earlier snapshot of the store; may be repeated.")
    ] = None,
    as_json: _JSON = False,
) -> None:
    """Write the dashboard: one HTML file that needs no network."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.dashboard_page import write_snapshot_dashboard

        with working("writing the dashboard", visible=not as_json):
            made = write_snapshot_dashboard(
                snapshot,
                to=to,
                plan=plan_file,
                internal=internal,
                day_first=day_first,
                earlier=earlier or ("all" if history else ()),
            )
        _report([made], as_json=as_json)


def publish(
    snapshot: _SNAPSHOT,
    role: Annotated[str, typer.Option(help="The role that releases it; not a person's name.")],
    lower_to: Annotated[str | None, typer.Option("--lower-to", help="Release under a lower marking.")] = None,
    reason: Annotated[str, typer.Option(help="Why the marking may be lowered.")] = "",
    as_json: _JSON = False,
) -> None:
    """Register a release of a snapshot's published form, checked against all earlier ones."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.release import publish_snapshot, unfilled_fields

        now = dt.datetime.now(dt.UTC)
        with working("checking against earlier releases", visible=not as_json):
            release = publish_snapshot(snapshot, role=role, created=now, lower_to=lower_to, reason=reason)
        if as_json:
            say_json({"release": release.id, "marking": release.marking, "files": sorted(release.files)})
        else:
            unfilled = unfilled_fields(snapshot)
            if unfilled:
                more = ", ..." if len(unfilled) > _SHOWN else ""
                say(
                    f"warning: {number_of(len(unfilled), 'field')} of the transparency record "
                    f"{'is' if len(unfilled) == 1 else 'are'} still to be filled by people: "
                    f"{', '.join(unfilled[:_SHOWN])}{more}. Fill them in transparency-record.md.",
                    error=True,
                    colour="yellow",
                )
            say(f"{release.marking}   {release.id}: {number_of(len(release.files), 'file')} in {release.path}")


def _report(paths: list[Path], *, as_json: bool) -> None:
    if as_json:
        say_json({"files": [str(path) for path in paths]})
        return
    for path in paths:
        say(str(path))
