"""The register of releases: what was released, when, and in what form; nothing in it is ever changed."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from socharm._about import INTERNAL, MARKINGS
from socharm._arguments import checked
from socharm._constraints import FileName
from socharm._record import settings_as_dict
from socharm.errors import ParameterError, RefusedError, StoreError
from socharm.files.atomic import store_faults
from socharm.files.hashing import sha256_file
from socharm.files.plain import read_json
from socharm.files.seal import read_key, write_sealed
from socharm.io.roles import require_role
from socharm.publish.marking import MarkingChange, require_marking
from socharm.publish.released import (
    PUBLISHED,
    RECORD_FILE,
    RECORD_SEAL,
    SNAPSHOT_NAME,
    Release,
    list_releases,
    read_record,
    read_release,
    release_records,
    verify_release,
)
from socharm.publish.secret import SECRET_FILE, register_lock
from socharm.snapshot.manifest import read_whole
from socharm.snapshot.store import build_snapshot

__all__ = ["register_release", "sign_releases"]


@checked
def register_release(
    store: str | os.PathLike[str],
    *,
    snapshot: Annotated[str, FileName()],
    files: Mapping[str, str | os.PathLike[str]] | str | os.PathLike[str],
    created: dt.datetime,
    marking: str,
    role: str,
    settings: object = None,
    fingerprint: str = "",
    changes: Sequence[MarkingChange] = (),
) -> Release:
    """Copy what is released into the register, whole or not at all.

    Parameters
    ----------
    store : str or path
    snapshot : str
        Name of the snapshot it comes from.
    files : mapping of str to path, or path
        Name inside the release (with ``/`` for folders), and where the file is now; or a folder, whole.
    created : datetime
        With a time zone.
    marking : str
        Below the marking of a snapshot that the store holds, it needs `changes` that lead down to it.
    role : str
        The role that releases it; not a person's name.
    settings : object, optional
        Of disclosure control: a settings record or a mapping.
    fingerprint : str
        `secret_fingerprint` of the secret that was used.
    changes : sequence of MarkingChange

    Returns
    -------
    Release

    Raises
    ------
    ParameterError
        No files, no role, a name that leaves the folder, a time without a zone.
    RefusedError
        The marking is lower than the snapshot's without a recorded change; a link or the store's secret is among the
        files; the role looks like a person.
    StoreError
        The store cannot be written to, or an earlier release is damaged: the next could not be checked against it.

    Notes
    -----
    Releases that begin together wait for each other and get a number each.
    """
    require_role(role)
    if not isinstance(created, dt.datetime) or created.tzinfo is None:
        raise ParameterError(f"`created` is {created!r}, without a time zone. Give UTC.")
    if not isinstance(snapshot, str) or not SNAPSHOT_NAME.fullmatch(snapshot):
        raise ParameterError(f"`snapshot` is {snapshot!r}; give the name of a snapshot, without its path.")
    _require_allowed(Path(store) / snapshot, require_marking(marking), changes)
    chosen = _chosen(files, Path(store))
    root = Path(store) / PUBLISHED
    with store_faults(root):
        root.mkdir(parents=True, exist_ok=True)
    with register_lock(root):
        used = [_number(release.id) for release in list_releases(store) if release.snapshot == snapshot]
        name = f"{snapshot}-r{max(used, default=0) + 1:03d}"
        with build_snapshot(root, name) as folder:
            _copy(chosen, folder)
            record = {
                "id": name,
                "snapshot": snapshot,
                "created": created.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "marking": require_marking(marking),
                "role": role.strip(),
                "settings": {} if settings is None else settings_as_dict(settings),
                "fingerprint": fingerprint,
                "files": {inside: sha256_file(folder / inside) for inside in sorted(chosen)},
                "changes": [change.as_dict() for change in changes],
            }
            _write_record(record, folder, read_key(store))
    return read_release(store, name)


def _number(name: str) -> int:
    return int(name.rpartition("-r")[2])


def _require_allowed(snapshot: Path, marking: str, changes: Sequence[MarkingChange]) -> None:
    """A marking below that of a snapshot in the store needs recorded steps that lead from there to it."""
    for change in changes:
        if not isinstance(change, MarkingChange):
            raise ParameterError(f"`changes` holds a {type(change).__name__}; give what `lower_marking` returns.")
    if not snapshot.exists():
        return
    # Whoever changed the marking in a manifest must not get a release by it.
    source = at = require_marking(read_whole(snapshot)["marking"])
    for change in changes:
        at = change.after if change.before == at else at
    if MARKINGS.index(marking) < MARKINGS.index(at):
        raise RefusedError(
            f"The snapshot is marked {source!r} and the release {marking!r}, with no recorded decision to lower it. "
            "Release it with its own marking, or give `changes=` what `lower_marking` records."
        )


def _chosen(files: Mapping[str, str | os.PathLike[str]] | str | os.PathLike[str], store: Path) -> dict[str, Path]:
    """Path by name inside the release; every name stays inside it, and every file is a plain one."""
    if isinstance(files, Mapping):
        chosen = {str(name): Path(path) for name, path in files.items()}
    else:
        folder = Path(files)
        if not folder.is_dir():
            raise ParameterError(f"`files` names no folder: {folder.name!r}. Give a folder, or names with their paths.")
        chosen = {
            p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_symlink() or p.is_file()
        }
    if not chosen:
        raise ParameterError("`files` is empty: nothing would be released.")
    for name, path in chosen.items():
        parts = name.split("/")
        if any(part.startswith(".") or not part for part in parts) or "\\" in name or ":" in name:
            raise ParameterError(f"`files` names {name!r}; use plain names with / for folders.")
        if any(part.upper().startswith(f"{INTERNAL}-") for part in parts):
            raise RefusedError(f"`files` names {name!r}, an internal file: it holds counts as recorded. Leave it out.")
        if name.lower() == RECORD_FILE:
            raise ParameterError(f"`files` names {name!r}, which the register keeps for itself. Rename the file.")
        if path.is_symlink():
            raise RefusedError(f"`files` holds a link: {name!r}. Release the file itself.")
        if path.resolve() == (store / PUBLISHED / SECRET_FILE).resolve():
            raise RefusedError("`files` holds the store's secret, which undoes its protection. Leave it out.")
    return chosen


def _copy(chosen: Mapping[str, Path], folder: Path) -> None:
    for inside, path in chosen.items():
        target = folder / inside
        with store_faults(path, doing="read"), path.open("rb"):
            pass  # what cannot be read is told by its own name
        with store_faults(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():  # names that differ in case alone are one on some disks
                raise StoreError(f"Two files of the release are called {inside!r} on this disk. Rename one of them.")
            shutil.copyfile(path, target)


def _write_record(record: Mapping[str, Any], folder: Path, key: bytes | None) -> None:
    """The record, with a hash of itself: a change by hand or by a failing disk is seen when it is read."""
    write_sealed(record, folder / RECORD_FILE, field=RECORD_SEAL, key=key)


def sign_releases(store: str | os.PathLike[str], *, key: bytes) -> None:
    """Sign every release of a store that is not signed yet.

    Raises
    ------
    StoreError
        A release is damaged or was changed; none was signed.
    """
    folders = release_records(store)
    for folder in folders:
        if problems := verify_release(read_record(folder, key, partly=True)):
            raise StoreError(f"The release {folder.name!r} is not as it was: {problems[0]}. Restore it from a copy.")
    for folder in folders:
        _write_record(read_json(folder / RECORD_FILE), folder, key)
