"""``socharm history``, ``annotate`` and ``prune``: a store through time, what was done when, what may go."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from socharm._words import month_words, number_of, period_words
from socharm.cli.console import EXIT_FAULT, JSON_HELP, day_of, say, say_json, socharm_errors
from socharm.cli.progress import working

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["annotate", "history", "prune"]

_STORE = Annotated[Path, typer.Argument(help="The folder that holds the snapshots.")]
_JSON = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


def history(
    store: _STORE,
    area: Annotated[str | None, typer.Option(help="Area code or name; every snapshot when omitted.")] = None,
    revisions: Annotated[
        bool, typer.Option("--revisions", help="What the source changed in months after they were counted.")
    ] = False,
    as_json: _JSON = False,
) -> None:
    """Show the snapshots of a store, one area through them, or what the source changed.

    Exit code 1 when a snapshot is damaged.
    """
    if revisions:
        _show_revisions(store, area, as_json=as_json)
        return
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.errors import DataWarning
            from socharm.rescoring.store import open_store

        with working("reading the store", visible=not as_json):
            opened = open_store(store)
            faults = opened.verify()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataWarning)  # told with the problems
                table = opened.list() if area is None else opened.history(area)
            notes = opened.annotations() if "annotations" not in faults else None
    code = EXIT_FAULT if faults else 0
    if as_json:
        told = [] if notes is None else _rows(notes)
        say_json({"rows": _rows(table), "annotations": told, "problems": faults, "exit_code": code})
        raise typer.Exit(code)
    whole = table[table["fault"] == ""] if area is None else table
    for name, row in whole.iterrows():
        months = period_words(str(row["start"]), str(row["end"]))
        if area is None:
            say(f"{months}   {number_of(int(row['areas']), 'area')}   {name}")
        else:
            say(f"{months}   {_standing(row)}")
    if area is not None and notes is not None:
        for number in sorted({int(part) for text in table["annotations"] for part in text.split(", ") if part}):
            note = notes.loc[[number]].iloc[0]
            until = "" if note.isna()["end"] else f" to {note['end']}"
            say(f"note {number}: {note['kind']}, from {note['start']}{until}: {note['text']} ({note['role']})")
    if not len(table) and not faults:
        say(f"{str(store)!r} holds no snapshot.")
    for name, fault in faults.items():
        say(f"problem: {name}: {fault}", error=True, colour="red")
    raise typer.Exit(code)


def _show_revisions(store: Path, area: str | None, *, as_json: bool) -> None:
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.errors import ParameterError
            from socharm.rescoring.store import open_store

        if area is not None:
            raise ParameterError("`--revisions` is of all areas. Leave `--area` out.")
        with working("reading the store", visible=not as_json):
            found = open_store(store).revisions()
    if as_json:
        tables = ("months", "cells", "ranks", "not_told")
        say_json({name: _rows(getattr(found, name)) for name in tables} | {"exit_code": 0})
        return
    for (earlier, later), rows in found.months.groupby(["snapshot", "later"], sort=False):
        ranks = found.ranks[(found.ranks["snapshot"] == earlier) & (found.ranks["later"] == later)]
        moved = int((ranks["rank_earlier"] != ranks["rank_later"]).fillna(False).sum())
        say(f"{earlier}, counted again by {later}:")
        changed = rows[rows["areas"] > 0]
        for row in changed.to_dict("records"):
            counted = f"{number_of(int(row['crimes_earlier']), 'crime')} then, {row['crimes_later']:,} now"
            areas = number_of(int(row["areas"]), "area")
            say(f"  {month_words(str(row['period']))}: {counted} ({row['change']:+,}); {areas} changed")
        same = len(rows) - len(changed)
        say(f"  {number_of(same, 'month')} without a change; {number_of(moved, 'area')} would have another rank")
    for row in found.not_told.to_dict("records"):
        say(f"not told: {', '.join(filter(None, (row['snapshot'], row['later'])))}: {row['reason']}")


def _standing(row: pd.Series) -> str:
    if row.isna()["rank"]:
        return "has no rank"
    return (
        f"rank {row['rank']} of {row['ranked']}, 90% from {row['rank_low_90']} to {row['rank_high_90']}; "
        f"rate {row['rate_shrunk']:.3g}, as recorded {row['rate']:.3g}"
    )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.reset_index().astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): _said(value) for name, value in row.items()} for row in rows]


def _said(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def annotate(
    store: _STORE,
    kind: Annotated[str, typer.Option(help="activity, clear, hold, build, recording or note.")],
    text: Annotated[str, typer.Option(help="What was done or changed, in one line; never about persons.")],
    role: Annotated[str, typer.Option(help="The role that answers for it; never a person's name.")],
    start: Annotated[str, typer.Option("--from", help="First day, 2026-01-05.")],
    end: Annotated[str | None, typer.Option("--to", help="Last day; it goes on when omitted.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Code or name; may be repeated; all when omitted.")] = None,
    on: Annotated[str | None, typer.Option(help="Day on which it is written; today when omitted.")] = None,
    as_json: _JSON = False,
) -> None:
    """Add a note to a store: an activity, a phase of Clear, Hold, Build, or a change in recording."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.rescoring.store import open_store

        opened = open_store(store)
        made = opened.annotate(
            kind,  # type: ignore[arg-type]  # told by the function where it is none of them
            text,
            role=role,
            start=day_of(start),
            end=day_of(end),
            areas=area or (),
            on=day_of(on),
        )
        number = len(opened.annotations())
        if as_json:
            say_json({"number": number, "kind": made.kind, "areas": list(made.areas), "from": str(made.start)})
        else:
            where = ", ".join(made.areas) or "all areas"
            say(f"Note {number} of {store.name}: {made.kind}, from {made.start}, {where}.")


def prune(
    store: _STORE,
    snapshot: Annotated[list[str] | None, typer.Option(help="Name of a snapshot; may be repeated.")] = None,
    keep: Annotated[
        int | None, typer.Option(help="All but so many of the newest of each assessment, as well.", min=1)
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete them; without it, only say which.")] = False,
    as_json: _JSON = False,
) -> None:
    """Say which snapshots would be deleted, and with --delete do it; what is cited or damaged always stays."""
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.rescoring.store import open_store

        with working("looking for what is cited", visible=not as_json):
            table = open_store(store).prune(snapshot or (), keep=keep, delete=delete)
    if as_json:
        say_json({"rows": _rows(table), "deleted": delete, "exit_code": 0})
        return
    for name, row in table.iterrows():
        what = f"stays, {row['reason']}" if row["reason"] else "deleted" if delete else "would be deleted"
        say(f"{name}   {row['bytes'] / 1e6:,.1f} MB   {what}")
    if not delete and table["delete"].any():
        say(f"Nothing was deleted. {number_of(int(table['delete'].sum()), 'snapshot')} would be, with --delete.")
    elif not table["delete"].any():
        say("Nothing to delete.")
