"""A store as a history: its snapshots in the order of their periods, one area through all of them, and annotations."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from socharm._arguments import check_fields, checked
from socharm._checks import nearest_name
from socharm._columns import AREA, NAME
from socharm._constraints import CountFrom1
from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError, StoreError
from socharm.files.seal import read_key
from socharm.rescoring.annotations import Annotation, Kind, annotations_table, read_annotations, write_annotations
from socharm.rescoring.held import kept_of, listed, read_all, snapshot_folders
from socharm.rescoring.pruning import prune_table, remove_snapshots
from socharm.rescoring.revisions import Revisions, revisions_of
from socharm.snapshot.store import MANIFEST, require_store, store_lock

__all__ = ["Store", "open_store"]

#: What is told of an area in each snapshot, where the snapshot has it.
_OF_AREA: Final = (
    "harm",
    "rate",
    "rate_shrunk",
    "rank",
    "rank_low_90",
    "rank_high_90",
    "rank_low_95",
    "rank_high_95",
)


@dataclass(frozen=True)
class Store:
    """The assessments of a store through time.

    Attributes
    ----------
    path : Path
    """

    path: Path

    def __post_init__(self) -> None:
        check_fields(self)

    def list(self) -> pd.DataFrame:
        """Every snapshot, by period and the time it was made.

        Returns
        -------
        DataFrame
            Index ``snapshot``; ``assessment`` (its name), ``start`` and ``end`` (``YYYY-MM``), ``made`` (UTC),
            ``areas``, ``boundary_year``, ``marking``, ``schema_version``, ``fault``: why it cannot be opened, blank
            where it is whole. A damaged snapshot is named, with nothing else told of it, and left alone.
        """
        return listed(read_all(self.path))

    @checked
    def history(self, area: str) -> pd.DataFrame:
        """One area through the snapshots of a store.

        Parameters
        ----------
        area : str
            Its code, or its name where only one area is called so.

        Returns
        -------
        DataFrame
            Index ``snapshot``, by period; ``assessment``, ``start``, ``end``, ``area_code``, ``name``, ``harm``,
            ``rate`` (as recorded), ``rate_shrunk`` (the one that is ranked), ``rank`` and its 90% and 95%
            intervals, ``ranked`` (areas with a rank in that snapshot), ``annotations`` (numbers of those that touch
            its period and the area, with commas). Snapshots without the area, and damaged ones, have no row.

        Raises
        ------
        ParameterError
            No snapshot has the area, or several areas are called so.

        Warns
        -----
        DataWarning
            The annotations are not as they were written; the history is shown without them.

        Notes
        -----
        Ranks of snapshots with other areas, weights or seasons cannot be compared as they stand; `compare` says what
        may be.
        """
        held = read_all(self.path)
        every = listed(held)
        whole = every[every["fault"] == ""]
        rankings = {one.folder.name: one.ranking for one in held}
        tables = {str(name): rankings[str(name)] for name in whole.index}
        code = _code_of(area, tables, damaged=list(every.index[every["fault"] != ""]))
        try:
            notes = read_annotations(self.path)
        except StoreError as error:
            warnings.warn(f"{error} The history is shown without them.", DataWarning, stacklevel=3)
            notes = []
        rows = []
        for name, ranking in tables.items():
            if code in ranking.index:
                one = ranking.loc[code]
                start, end = str(whole.loc[name, "start"]), str(whole.loc[name, "end"])
                rows.append(
                    {
                        "snapshot": name,
                        "assessment": whole.loc[name, "assessment"],
                        "start": start,
                        "end": end,
                        AREA: code,
                        NAME: one[NAME],
                        **{column: one[column] if column in ranking else None for column in _OF_AREA},
                        "ranked": int(ranking["rank"].notna().sum()),
                        "annotations": ", ".join(map(str, _numbers(notes, code, start, end))),
                    }
                )
        kinds: dict[str, Any] = dict.fromkeys(_OF_AREA[:3], "Float64")
        kinds |= dict.fromkeys(_OF_AREA[3:], "Int64")
        return pd.DataFrame(rows).set_index("snapshot").astype(kinds)

    def revisions(self) -> Revisions:
        """What the source changed in months after they were counted, and what that did to the ranks of then.

        Each snapshot is held against every later one that counted its months again: in its own period, or in the months
        before it that its recipe keeps (``[incidents] ledger_since``). No source is read.

        Returns
        -------
        Revisions
            ``months``, ``cells``, ``ranks``, and ``not_told`` with the reason where nothing can be said.
        """
        held = [one for one in read_all(self.path) if not one.fault]
        held.sort(key=lambda one: (one.manifest["created"], one.folder.name))
        kept = {one.folder.name: kept_of(one) for one in held}
        found = revisions_of([one for one in kept.values() if one is not None])
        old = [
            (name, "", "An earlier version made it, and its tables do not hold the choices of its index.")
            for name, one in kept.items()
            if one is None
        ]
        more = pd.DataFrame(old, columns=list(found.not_told.columns))
        return replace(found, not_told=pd.concat([found.not_told, more], ignore_index=True))

    @checked
    def prune(
        self, snapshots: Sequence[str] = (), *, keep: CountFrom1 | None = None, delete: bool = False
    ) -> pd.DataFrame:
        """Say which snapshots would be deleted, and delete them where that is asked for.

        Nothing is deleted that a release, a comparison, a note or another snapshot of the store cites, nor what is
        damaged.

        Parameters
        ----------
        snapshots : sequence of str
            Names, as `list` has them.
        keep : int, optional
            All but so many of the newest of each assessment, as well.
        delete : bool
            Whether they are deleted; by default it is only said what would be.

        Returns
        -------
        DataFrame
            Index ``snapshot``: what was named or is older; ``bytes``, ``delete`` (whether it is, or would be, deleted),
            ``reason`` (why it stays).

        Raises
        ------
        ParameterError
            Neither `snapshots` nor `keep`, or a name that the store does not hold.
        StoreError
            The store cannot be written to.

        Notes
        -----
        What the source changed is told by counts that snapshots keep: with a snapshot goes what it says of its months.
        """
        if not snapshots and keep is None:
            raise ParameterError(
                "Neither `snapshots` nor `keep` is stated, and nothing is deleted by itself. State one."
            )
        if not delete:
            return prune_table(self.path, read_all(self.path), snapshots, keep)
        require_store(self.path)
        with store_lock(self.path):
            # Looked at again under the lock: what is cited meanwhile stays.
            table = prune_table(self.path, read_all(self.path), snapshots, keep)
            remove_snapshots(self.path, [str(name) for name in table.index[table["delete"]]])
        return table

    def verify(self) -> dict[str, str]:
        """What is wrong with each snapshot and with the annotations; empty when all is as it was made."""
        found = {str(name): str(fault) for name, fault in self.list()["fault"].items() if fault}
        try:
            read_annotations(self.path)
        except StoreError as error:
            found["annotations"] = str(error)
        return found

    def annotations(self) -> pd.DataFrame:
        """Every annotation, numbered in the order in which they were made.

        Raises
        ------
        StoreError
            They were changed by hand, or some were taken out.
        """
        return annotations_table(read_annotations(self.path))

    @checked
    def annotate(
        self,
        kind: Kind,
        text: str,
        *,
        role: str,
        start: dt.date,
        end: dt.date | None = None,
        areas: Sequence[str] = (),
        on: dt.date | None = None,
    ) -> Annotation:
        """Add a note: what was done where and when, or what changed in recording. Nothing is ever taken out.

        Parameters
        ----------
        kind : {"activity", "clear", "hold", "build", "recording", "note"}
        text : str
            One line, about places and never about persons.
        role : str
            The role that answers for it.
        start, end : date
            First and last day; without an end it goes on.
        areas : sequence of str
            Codes, or names that only one area has; all areas when omitted.
        on : date, optional
            Day on which it is written; today when omitted.

        Returns
        -------
        Annotation

        Raises
        ------
        ParameterError
            An area that no snapshot has, an end before its start, a day of writing before that of the last note.
        StoreError
            The store cannot be written to, or its annotations were changed by hand.
        """
        require_store(self.path)
        today = dt.date.today()
        held = read_all(self.path)
        tables = {one.folder.name: one.ranking for one in held if not one.fault}
        if areas and not tables:
            raise ParameterError(f"`areas` cannot be found: the store {self.path.name!r} holds no whole snapshot.")
        damaged = [one.folder.name for one in held if one.fault]
        codes = tuple(dict.fromkeys(_code_of(area, tables, damaged=damaged) for area in areas))
        made = Annotation(
            kind=kind,
            text=text,
            areas=codes,
            start=start,
            end=end,
            role=role,
            on=on or today,
        )
        if made.on > today:
            raise ParameterError(f"`on` is {made.on}, after today, {today}. Notes are written today or were before.")
        with store_lock(self.path):
            known = read_annotations(self.path)
            if known and made.on < known[-1].on:
                raise ParameterError(
                    f"`on` is {made.on}, before the day of the last annotation, {known[-1].on}. Notes follow each "
                    "other in time: set the clock of this machine right, or state the day."
                )
            write_annotations(self.path, [*known, made], key=read_key(self.path))
        return made

    def __repr__(self) -> str:
        many = len(snapshot_folders(self.path))
        return f"<Store {self.path.name!r}: {number_of(many, 'snapshot')}>"


@checked
def open_store(path: str | os.PathLike[str]) -> Store:
    """Open a store to look back: its snapshots, one area through all of them, annotations.

    Parameters
    ----------
    path : str or path
        The folder that holds the snapshots.

    Returns
    -------
    Store

    Raises
    ------
    ParameterError
        There is no such folder, or it is itself a snapshot.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ParameterError(f"`path` names no folder: {folder.name!r}. Name the store, the folder with the snapshots.")
    if (folder / MANIFEST).is_file():
        raise ParameterError(f"{folder.name!r} is a snapshot. Name the store that holds it: the folder above.")
    return Store(folder)


def _code_of(area: str, tables: Mapping[str, pd.DataFrame], *, damaged: Sequence[str]) -> str:
    """The code of an area that is stated by code or name, in whichever snapshot has it."""
    if any(area in table.index for table in tables.values()):
        return area
    wanted = " ".join(area.split()).casefold()
    names: dict[str, set[str]] = {}
    for table in tables.values():
        for code, name in table[NAME].dropna().items():
            names.setdefault(" ".join(str(name).split()).casefold(), set()).add(str(code))
    codes = sorted(names.get(wanted, ()))
    if len(codes) == 1:
        return codes[0]
    if codes:
        raise ParameterError(
            f"{area!r} is the name of {number_of(len(codes), 'area')}: {', '.join(codes[:5])}. Give the code."
        )
    near = nearest_name(wanted[:100], sorted(names))
    hint = f" Did you mean {near.title()!r}?" if near else ""
    lost = f" Damaged and not looked at: {', '.join(damaged)}." if damaged else ""
    raise ParameterError(f"No {'whole ' if damaged else ''}snapshot of the store has an area {area!r}.{hint}{lost}")


def _numbers(notes: Sequence[Annotation], code: str, start: str, end: str) -> list[int]:
    """Numbers of the annotations of an area in some months."""
    first, last = pd.Period(start, "M").start_time.date(), pd.Period(end, "M").end_time.date()
    return [
        number
        for number, note in enumerate(notes, start=1)
        if note.touches(first, last) and (not note.areas or code in note.areas)
    ]
