"""The snapshot store: a folder appears under its final name when it is whole, and never changes after that.

A snapshot is built under ``.tmp-<name>-<random>`` while its process holds the lock ``<temporary>.lock``.
**Rule for stale folders**: a temporary folder whose lock no running process holds was left by a crash; it
is removed at the start of the next run into the same store. Another run's folder is never touched.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from filelock import FileLock, Timeout

from socharm.errors import StoreError
from socharm.files.atomic import store_faults, sync_folder, sync_tree
from socharm.files.hashing import sha256_file
from socharm.files.leftovers import clean_leftovers, is_temporary

__all__ = [
    "MANIFEST",
    "RUN_LOG",
    "build_snapshot",
    "clean_stale",
    "hash_folder",
    "require_store",
    "store_lock",
    "strangers",
    "verify_hashes",
]

MANIFEST: Final = "manifest.json"
RUN_LOG: Final = "run.log"
_TEMPORARY: Final = ".tmp-"
_STORE_LOCK: Final = ".store.lock"
_PATIENCE_S: Final = 60.0


@contextmanager
def build_snapshot(store: str | os.PathLike[str], name: str) -> Iterator[Path]:
    """Folder to build a snapshot in; renamed to ``store/name`` when the block ends without an error.

    Parameters
    ----------
    store : str or path
        Made if it does not exist.
    name : str
        Final name of the snapshot. An existing folder of that name, even an empty one, is refused.

    Yields
    ------
    Path
        The temporary folder, empty.

    Raises
    ------
    StoreError
        The name is taken, the disk is full, or the store cannot be written to.
    """
    root = Path(store)
    with store_faults(root):
        root.mkdir(parents=True, exist_ok=True)
        temporary = root / f"{_TEMPORARY}{name}-{secrets.token_hex(4)}"
        owner = FileLock(_lock_of(temporary))
        with store_lock(root):
            _refuse_existing(root / name)
            clean_stale(root)
            owner.acquire(timeout=_PATIENCE_S)
            temporary.mkdir()
        try:
            yield temporary
            sync_tree(temporary)
            with store_lock(root):
                _refuse_existing(root / name)
                os.rename(temporary, root / name)
                sync_folder(root)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            owner.release()
            _lock_of(temporary).unlink(missing_ok=True)


def require_store(store: str | os.PathLike[str]) -> None:
    """Stop unless a snapshot could be written to a store; nothing is made or changed.

    Raises
    ------
    StoreError
        The store or a folder above it is a file, or may not be written to, or the name cannot be one.
    """
    root = Path(store)
    with store_faults(root):
        for folder in (root, *root.absolute().parents):
            if not folder.exists():  # the system refuses names that cannot be
                continue
            if not folder.is_dir():
                raise StoreError(f"The store {root.name!r} cannot be made: {folder.name!r} is a file. Name a folder.")
            if not os.access(folder, os.W_OK | os.X_OK):
                raise StoreError(
                    f"The store {root.name!r} cannot be written to: permission denied in {folder.name!r}. Choose a "
                    "folder you may write to."
                )
            return


def clean_stale(store: str | os.PathLike[str]) -> list[str]:
    """Remove temporary folders that no running process holds; returns their names.

    Called under the store's lock by `build_snapshot`.
    """
    removed = clean_leftovers(Path(store))
    for folder in sorted(Path(store).glob(f"{_TEMPORARY}*")):
        if folder.is_symlink() or is_temporary(folder.name):
            continue
        if not folder.is_dir():
            _remove_lock(folder)
            continue
        lock = FileLock(_lock_of(folder))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        _lock_of(folder).unlink(missing_ok=True)
        removed.append(folder.name)
    return removed


def _remove_lock(lock: Path) -> None:
    """Remove the lock of a folder that is gone, unless a process holds it."""
    if lock.suffix != ".lock" or lock.with_suffix("").exists():
        return
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        return
    held.release()
    lock.unlink(missing_ok=True)


def _lock_of(temporary: Path) -> Path:
    return temporary.with_name(temporary.name + ".lock")


@contextmanager
def store_lock(root: Path) -> Iterator[None]:
    """Hold a store while something in it gets its name or is changed by a recorded act.

    Raises
    ------
    StoreError
        Another process has held it for a minute.
    """
    try:
        with FileLock(root / _STORE_LOCK, timeout=_PATIENCE_S):
            yield
    except Timeout as error:
        raise StoreError(
            f"Another run has held the store {root.name!r} for {_PATIENCE_S:.0f} s. Wait for it to end and run again."
        ) from error


def _refuse_existing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise StoreError(
            f"The store already holds {target.name!r}. A snapshot is never changed: run again for a new one, or "
            "move the old one away."
        )


def hash_folder(folder: str | os.PathLike[str]) -> dict[str, str]:
    """SHA-256 of every file under a folder, by its path inside, sorted; manifest and log are left out.

    Links are never followed: `strangers` tells of them.
    """
    root = Path(folder)
    names = sorted(name for name, kind in _entries(root).items() if kind == _FILE)
    return {name: sha256_file(root / name) for name in names if name not in (MANIFEST, RUN_LOG)}


def strangers(folder: str | os.PathLike[str], expected: Iterable[str], *, of: str = "snapshot") -> list[str]:
    """Links, folders and whatever is neither file nor folder that do not belong under a folder.

    Parameters
    ----------
    folder : str or path
    expected : iterable of str
        Paths of the files that belong there; the folders that hold them belong too.
    of : str
        What the folder is, in the lines.

    Returns
    -------
    list of str
        One line for each. A link is at fault even where a file of its name belongs: what it points to can change.
    """
    wanted = {str(parent) for name in expected for parent in PurePosixPath(name).parents}
    problems = []
    for name, kind in sorted(_entries(Path(folder)).items()):
        if kind == _FOLDER and name not in wanted:
            problems.append(f"{name}/: a folder that {_STRANGE} {of}")
        elif kind not in (_FILE, _FOLDER):
            problems.append(f"{name}: {kind} {_STRANGE} {of}")
    return problems


_FILE: Final = "file"
_FOLDER: Final = "folder"
_STRANGE: Final = "does not belong to the"


def _entries(root: Path) -> dict[str, str]:
    """Everything under a folder by its path inside, and what it is; links are named and not entered."""
    found: dict[str, str] = {}
    waiting = [root]
    while waiting:
        with store_faults(waiting[-1], doing="read"), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                name = Path(entry.path).relative_to(root).as_posix()
                if entry.is_symlink() or getattr(entry, "is_junction", bool)():
                    found[name] = "is a link:"
                elif entry.is_dir():
                    found[name] = _FOLDER
                    waiting.append(Path(entry.path))
                else:
                    found[name] = _FILE if entry.is_file() else "is no ordinary file:"
    return found


def verify_hashes(folder: str | os.PathLike[str], expected: Mapping[str, str]) -> list[str]:
    """Compare a folder's files with the hashes that were made of them.

    Returns
    -------
    list of str
        One line per file that changed, is missing, or does not belong; links, folders and other entries that do not
        belong; empty when all is as it was made.
    """
    root = Path(folder)
    found = hash_folder(root)
    problems = [
        f"{name}: changed since it was made" for name in expected if name in found and found[name] != expected[name]
    ]
    problems += [f"{name}: missing" for name in expected if name not in found]
    problems += [f"{name}: {_STRANGE} snapshot" for name in found if name not in expected]
    problems += strangers(root, expected)
    return sorted(problems)
