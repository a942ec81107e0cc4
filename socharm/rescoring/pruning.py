"""Snapshots that are taken out of a store: by explicit command, and never what anything in the store cites."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from socharm._words import joined_words
from socharm.errors import ParameterError
from socharm.files.atomic import store_faults, sync_folder
from socharm.files.leftovers import clean_leftovers, temporary_beside
from socharm.rescoring.annotations import ANNOTATIONS
from socharm.rescoring.held import Held
from socharm.snapshot.store import MANIFEST

__all__ = ["citations", "prune_table", "remove_snapshots"]

#: What in a store can cite a snapshot, by the folder that it stands in.
_CITING: Final = {"published": "a release", "comparisons": "a comparison"}


def prune_table(store: Path, held: Sequence[Held], names: Iterable[str], keep: int | None) -> pd.DataFrame:
    """What would become of each snapshot that is named, or is not among the newest.

    Parameters
    ----------
    store : Path
    held : sequence of Held
    names : iterable of str
    keep : int, optional
        So many of the newest whole ones of each assessment stay.

    Returns
    -------
    DataFrame
        Index ``snapshot``; ``bytes``, ``delete``, ``reason`` (why it stays; blank where it does not).
    """
    known = {one.folder.name: one for one in held}
    wanted = list(dict.fromkeys(names))
    if lacking := [name for name in wanted if name not in known]:
        raise ParameterError(
            f"`snapshots` names {joined_words([repr(name) for name in lacking[:3]])}, which the store does not hold. "
            "Take names as `list` has them."
        )
    if keep is not None:
        wanted += [name for name in _older(held, keep) if name not in wanted]
    rows = []
    for name in wanted:
        cited = citations(store, name)
        reason = f"cited by {joined_words(cited)}" if cited else ""
        if known[name].fault:
            reason = "damaged: it is left alone, to be restored from a copy or looked into"
        size = sum(path.lstat().st_size for path in known[name].folder.rglob("*") if path.is_file())
        rows.append((name, size, not reason, reason))
    return pd.DataFrame(rows, columns=["snapshot", "bytes", "delete", "reason"]).set_index("snapshot")


def _older(held: Sequence[Held], keep: int) -> Iterator[str]:
    """Whole snapshots beyond the newest of their assessment, oldest first."""
    groups: dict[str, list[Held]] = {}
    for one in held:
        if not one.fault:
            groups.setdefault(str(one.manifest["recipe"]["assessment"]["name"]), []).append(one)
    for group in groups.values():
        group.sort(key=lambda one: (one.manifest["created"], one.folder.name))
        yield from (one.folder.name for one in group[: max(0, len(group) - keep)])


def citations(store: Path, name: str) -> list[str]:
    """What in a store cites a snapshot: releases, comparisons and notes that hold its name, whole or damaged."""
    found = []
    for folder, what in _CITING.items():
        mine = [entry.name for entry in _entries(store / folder) if name in entry.name or _told_in(entry, name)]
        found += [f"{what} ({each})" for each in mine]
    if _holds(store / ANNOTATIONS, name):
        found.append("a note")
    for other in _entries(store):
        if other.name != name and (other / MANIFEST).is_file() and _holds(other / MANIFEST, name):
            found.append(f"a snapshot ({other.name})")
    return found


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _told_in(folder: Path, name: str) -> bool:
    return any(_holds(path, name) for path in sorted(folder.rglob("*.json")))


def _holds(path: Path, name: str) -> bool:
    """Whether a file holds a name; read as bytes, so that a damaged one protects what it names as well."""
    if not path.is_file():
        return False
    with store_faults(path, doing="read"):
        return name.encode() in path.read_bytes()


def remove_snapshots(store: Path, names: Sequence[str]) -> list[str]:
    """Take snapshots out, each whole: a temporary name first, which the next writer clears away."""
    removed = []
    with store_faults(store):
        clean_leftovers(store)
        for name in names:
            gone = temporary_beside(store / name)
            os.rename(store / name, gone)
            sync_folder(store)
            shutil.rmtree(gone, ignore_errors=True)
            removed.append(name)
    return removed
