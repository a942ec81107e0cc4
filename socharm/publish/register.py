"""The register of releases: what was released, when, and in what form; nothing in it is ever changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

from filelock import FileLock, Timeout

from socharm._about import INTERNAL, MARKINGS
from socharm._arguments import check_fields, checked
from socharm._constraints import FileName
from socharm._record import settings_as_dict
from socharm.errors import ParameterError, RefusedError, StoreError
from socharm.files.atomic import atomic_write, store_faults
from socharm.files.hashing import sha256_file
from socharm.files.plain import read_json
from socharm.files.seal import is_sealed, is_signed, read_key, seal_faults, without_seal, write_sealed
from socharm.publish.law import NoiseLaw, law_of, require_law, snapshot_laws
from socharm.publish.marking import MarkingChange, require_marking, require_role
from socharm.snapshot.manifest import read_whole
from socharm.snapshot.store import build_snapshot, strangers

__all__ = [
    "PUBLISHED",
    "Release",
    "list_releases",
    "read_release",
    "register_release",
    "require_secret",
    "secret_fingerprint",
    "sign_releases",
    "store_law",
    "store_secret",
    "verify_release",
]

#: Folder of the register inside a store.
PUBLISHED: Final = "published"
_RELEASE: Final = "release.json"
#: Where the record of a release holds the hash of itself.
_SEAL: Final = "record_sha256"
_SECRET: Final = ".secret"
_LOCK: Final = ".register.lock"
_PATIENCE_S: Final = 60.0
_SNAPSHOT: Final = re.compile(r"[A-Za-z0-9][\w.-]*")
_NAME: Final = re.compile(rf"{_SNAPSHOT.pattern}-r\d{{3,}}")


@dataclass(frozen=True, kw_only=True)
class Release:
    """One release.

    Parameters
    ----------
    id : str
        ``<snapshot>-r001`` and so on.
    path : Path
    snapshot : str
    created : str
        UTC.
    marking : str
    role : str
        The role that released it.
    settings : mapping
        Of disclosure control.
    fingerprint : str
        Of the store's secret; blank where none was used.
    files : mapping of str to str
        SHA-256 of every file.
    changes : tuple of mapping
        Lowered markings.
    """

    id: str
    path: Path
    snapshot: str
    created: str
    marking: str
    role: str
    settings: Mapping[str, Any]
    fingerprint: str
    files: Mapping[str, str]
    changes: tuple[Mapping[str, str], ...] = field(default=())

    def __post_init__(self) -> None:
        check_fields(self)


@checked
def store_secret(store: str | os.PathLike[str]) -> bytes:
    """The store's secret for cell keys: made once, kept beside the releases and never in one.

    Parameters
    ----------
    store : str or path

    Returns
    -------
    bytes
        32 random bytes. Who has them can undo the noise of every release of this store.

    Raises
    ------
    StoreError
        It is damaged, or lost though releases or snapshots were made with it; or the store cannot be written to.

    Notes
    -----
    Back it up with the store. With another secret the same records get other noise, and the difference of two releases
    tells the counts: so a lost one is never replaced.
    """
    path = Path(store) / PUBLISHED / _SECRET
    with store_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(store, path)
    return _read_secret(path)


def require_secret(store: str | os.PathLike[str]) -> None:
    """Stop unless a store has a secret or may get one; nothing is made or changed.

    Raises
    ------
    StoreError
        It is damaged, or lost though releases were made with it.
    """
    path = Path(store) / PUBLISHED / _SECRET
    if path.exists():
        _read_secret(path)
    else:
        _refuse_second_secret(store)


def _read_secret(path: Path) -> bytes:
    with store_faults(path, doing="read"):
        text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise StoreError("The store's secret is damaged. Restore it from a copy: with another one, releases differ.")
    return bytes.fromhex(text)


def _make_secret(store: str | os.PathLike[str], path: Path) -> None:
    """Write a new secret, whole; of two runs that begin together the second finds what the first wrote."""
    with _register_lock(path.parent):
        if path.exists():
            return
        _refuse_second_secret(store)
        with atomic_write(path) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_text(secrets.token_hex(32), encoding="ascii")


def _refuse_second_secret(store: str | os.PathLike[str]) -> None:
    used = _laws(store)
    if used:
        raise StoreError(
            f"The store's secret is lost: {used[0].since!r} was made with the one of fingerprint "
            f"{used[0].fingerprint}. Restore {PUBLISHED}/{_SECRET} from a copy; a new one would undo the protection of "
            "what was published before."
        )


def _laws(store: str | os.PathLike[str]) -> list[NoiseLaw]:
    """Laws of all releases and snapshots that were made with a secret, releases first."""
    releases = [release for release in list_releases(store) if release.fingerprint]
    said = [
        law_of(
            {**release.settings.get("noise", {}), "keyed_by": release.settings.get("keyed_by")},
            since=release.id,
            fingerprint=release.fingerprint,
        )
        for release in releases
    ]
    return said + snapshot_laws(Path(store))


@checked
def store_law(store: str | os.PathLike[str], *, spread: int, variance: float) -> str:
    """What the noise of a store is made of; stops where it has another secret or distribution already.

    Parameters
    ----------
    store : str or path
    spread : int
    variance : float
        Of the noise that is asked for.

    Returns
    -------
    str
        ``"records"`` or ``"cells"``; blank where nothing was published yet.

    Raises
    ------
    RefusedError
        An earlier release or snapshot of the store has another noise, or was made with another secret.
    StoreError
        The secret is damaged, or lost.
    """
    path = Path(store) / PUBLISHED / _SECRET
    fingerprint = secret_fingerprint(_read_secret(path)) if path.exists() else ""
    return require_law(_laws(store), spread=spread, variance=variance, fingerprint=fingerprint)


@checked
def secret_fingerprint(secret: bytes) -> str:
    """What tells two secrets apart without telling them.

    Parameters
    ----------
    secret : bytes

    Returns
    -------
    str
    """
    return hashlib.sha256(b"socharm cell keys\0" + secret).hexdigest()[:16]


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
    if not isinstance(snapshot, str) or not _SNAPSHOT.fullmatch(snapshot):
        raise ParameterError(f"`snapshot` is {snapshot!r}; give the name of a snapshot, without its path.")
    _require_allowed(Path(store) / snapshot, require_marking(marking), changes)
    chosen = _chosen(files, Path(store))
    root = Path(store) / PUBLISHED
    with store_faults(root):
        root.mkdir(parents=True, exist_ok=True)
    with _register_lock(root):
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


@contextmanager
def _register_lock(root: Path) -> Iterator[None]:
    try:
        with FileLock(root / _LOCK, timeout=_PATIENCE_S):
            yield
    except Timeout as error:
        raise StoreError(
            f"Another release has held the register for {_PATIENCE_S:.0f} s. Wait for it to end and register again."
        ) from error


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
        if name.lower() == _RELEASE:
            raise ParameterError(f"`files` names {name!r}, which the register keeps for itself. Rename the file.")
        if path.is_symlink():
            raise RefusedError(f"`files` holds a link: {name!r}. Release the file itself.")
        if path.resolve() == (store / PUBLISHED / _SECRET).resolve():
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
    write_sealed(record, folder / _RELEASE, field=_SEAL, key=key)


def sign_releases(store: str | os.PathLike[str], *, key: bytes) -> None:
    """Sign every release of a store that is not signed yet.

    Raises
    ------
    StoreError
        A release is damaged or was changed; none was signed.
    """
    folders = _releases(store)
    for folder in folders:
        if problems := verify_release(_read_record(folder, key, partly=True)):
            raise StoreError(f"The release {folder.name!r} is not as it was: {problems[0]}. Restore it from a copy.")
    for folder in folders:
        _write_record(read_json(folder / _RELEASE), folder, key)


@checked
def list_releases(store: str | os.PathLike[str]) -> list[Release]:
    """Every release of a store, oldest first.

    Parameters
    ----------
    store : str or path

    Returns
    -------
    list of Release

    Raises
    ------
    StoreError
        A release is damaged.
    """
    made = (read_release(store, folder.name) for folder in _releases(store))
    return sorted(made, key=lambda release: (release.created, release.id))


def _releases(store: str | os.PathLike[str]) -> list[Path]:
    root = Path(store) / PUBLISHED
    return sorted(path for path in root.glob("*") if path.is_dir() and _NAME.fullmatch(path.name))


@checked
def read_release(store: str | os.PathLike[str], name: str) -> Release:
    """One release by its name.

    Parameters
    ----------
    store : str or path
    name : str

    Returns
    -------
    Release

    Raises
    ------
    StoreError
        There is none of this name, or it is damaged, or its record was changed or is not signed as the store asks.
    """
    folder = Path(store) / PUBLISHED / str(name)
    if not _NAME.fullmatch(str(name)) or not (folder / _RELEASE).is_file():
        raise StoreError(f"The register holds no release {name!r}. See `list_releases`.")
    return _read_record(folder, read_key(store))


def _read_record(folder: Path, key: bytes | None, *, partly: bool = False) -> Release:
    """The record of a release; `partly`: while a store is being signed, some are signed and some are not yet."""
    name = folder.name
    whole = read_json(folder / _RELEASE)
    if not isinstance(whole, dict) or not is_sealed(whole, field=_SEAL):
        raise StoreError(f"The release {name!r} is damaged. Restore it from a copy.")
    told = without_seal(whole, field=_SEAL)
    if not _is_record(told):
        raise StoreError(f"The release {name!r} is damaged. Restore it from a copy.")
    faults = seal_faults(whole, field=_SEAL, key=None if partly and not is_signed(whole) else key)
    if faults or told["id"] != name:
        why = faults[0] if faults else f"it is that of {told['id']!r}"
        raise StoreError(f"The record of the release {name!r} was changed: {why}. Restore it from a copy.")
    return Release(path=folder, **{**told, "changes": tuple(told["changes"])})


def _is_record(told: Mapping[str, Any]) -> bool:
    """Whether a record has every part of a release, each of its type."""
    kinds = {"settings": dict, "files": dict, "changes": list}
    names = {part.name for part in dataclasses.fields(Release)} - {"path"}
    return (
        set(told) == names
        and all(isinstance(told[name], kinds.get(name, str)) for name in names)
        and told["marking"] in MARKINGS
        and all(isinstance(value, str) for value in told["files"].values())
        and all(
            isinstance(change, dict) and all(isinstance(value, str) for value in change.values())
            for change in told["changes"]
        )
    )


@checked
def verify_release(release: Release) -> list[str]:
    """Compare a release's files with its record.

    Parameters
    ----------
    release : Release

    Returns
    -------
    list of str
        One line for each file that changed, is missing or does not belong, and for links and folders that do not
        belong; empty when all is as it was released. `read_release` holds the record against the hash of itself.
    """
    found = {
        path.relative_to(release.path).as_posix(): path
        for path in sorted(release.path.rglob("*"))
        if path.is_file() and not path.is_symlink() and path != release.path / _RELEASE
    }
    problems = [f"{name}: missing" for name in release.files if name not in found]
    problems += [f"{name}: does not belong to the release" for name in found if name not in release.files]
    problems += [
        f"{name}: changed since it was released"
        for name, path in found.items()
        if name in release.files and sha256_file(path) != release.files[name]
    ]
    problems += strangers(release.path, [*release.files, _RELEASE], of="release")
    return sorted(problems)
