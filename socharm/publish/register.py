"""The register of releases: what was released, when, and in what form; nothing in it is ever changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from socharm._record import settings_as_dict
from socharm.errors import ParameterError, StoreError
from socharm.files.atomic import atomic_write, store_faults
from socharm.files.hashing import sha256_file
from socharm.files.store import build_snapshot
from socharm.publish.marking import MarkingChange, require_marking

__all__ = [
    "PUBLISHED",
    "Release",
    "list_releases",
    "read_release",
    "register_release",
    "secret_fingerprint",
    "store_secret",
    "verify_release",
]

#: Folder of the register inside a store.
PUBLISHED: Final = "published"
_RELEASE: Final = "release.json"
_SECRET: Final = ".secret"
_NAME: Final = re.compile(r"(?P<snapshot>.+)-r(?P<number>\d{3})")


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
        It is damaged, or the store cannot be written to.
    """
    path = Path(store) / PUBLISHED / _SECRET
    with store_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            made = path.with_name(f"{_SECRET}-{secrets.token_hex(4)}")
            made.touch(mode=0o600)
            made.write_text(secrets.token_hex(32), encoding="ascii")
            # The first of two runs that begin together wins; the other reads what the first wrote.
            try:
                os.link(made, path)
            except FileExistsError:
                pass
            except OSError:
                if not path.exists():
                    shutil.copy(made, path)
            made.unlink(missing_ok=True)
        text = path.read_text(encoding="ascii").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise StoreError("The store's secret is damaged. Restore it from a copy: with another one, releases differ.")
    return bytes.fromhex(text)


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


def register_release(
    store: str | os.PathLike[str],
    *,
    snapshot: str,
    files: Mapping[str, str | os.PathLike[str]],
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
    files : mapping of str to path
        Name inside the release (with ``/`` for folders), and where the file is now.
    created : datetime
        With a time zone.
    marking : str
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
    StoreError
        The store cannot be written to.
    """
    if not files:
        raise ParameterError("`files` is empty: nothing would be released.")
    if not role.strip():
        raise ParameterError("`role` is blank. Say which role releases it.")
    if created.tzinfo is None:
        raise ParameterError(f"`created` is {created!r}, without a time zone. Give UTC.")
    for name in files:
        parts = name.split("/")
        if not all(parts) or ".." in parts or "\\" in name or ":" in name or name == _RELEASE:
            raise ParameterError(f"`files` names {name!r}; use plain names with / for folders.")
    root = Path(store) / PUBLISHED
    with store_faults(root):
        root.mkdir(parents=True, exist_ok=True)
    used = [release.id for release in list_releases(store) if release.snapshot == snapshot]
    name = f"{snapshot}-r{len(used) + 1:03d}"
    with build_snapshot(root, name) as folder:
        for inside, path in files.items():
            target = folder / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            with store_faults(Path(path), doing="read"):
                shutil.copyfile(path, target)
        record = {
            "id": name,
            "snapshot": snapshot,
            "created": created.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "marking": require_marking(marking),
            "role": role.strip(),
            "settings": {} if settings is None else settings_as_dict(settings),
            "fingerprint": fingerprint,
            "files": {inside: sha256_file(folder / inside) for inside in sorted(files)},
            "changes": [change.as_dict() for change in changes],
        }
        with atomic_write(folder / _RELEASE) as temporary:
            temporary.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return read_release(store, name)


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
    root = Path(store) / PUBLISHED
    names = sorted(path.name for path in root.glob("*") if path.is_dir() and _NAME.fullmatch(path.name))
    return sorted((read_release(store, name) for name in names), key=lambda release: (release.created, release.id))


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
        There is none of this name, or it is damaged.
    """
    folder = Path(store) / PUBLISHED / name
    path = folder / _RELEASE
    if not path.is_file():
        raise StoreError(f"The register holds no release {name!r}. See `list_releases`.")
    with store_faults(path, doing="read"):
        content = path.read_text(encoding="utf-8")
    try:
        told = json.loads(content)
        return Release(path=folder, **{**told, "changes": tuple(told["changes"])})
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"The release {name!r} is damaged. Restore it from a copy.") from error


def verify_release(release: Release) -> list[str]:
    """Compare a release's files with its record.

    Parameters
    ----------
    release : Release

    Returns
    -------
    list of str
        One line for each file that changed, is missing or does not belong; empty when all is as it was released.
    """
    found = {
        path.relative_to(release.path).as_posix(): path
        for path in sorted(release.path.rglob("*"))
        if path.is_file() and path.name != _RELEASE
    }
    problems = [f"{name}: missing" for name in release.files if name not in found]
    problems += [f"{name}: does not belong to the release" for name in found if name not in release.files]
    problems += [
        f"{name}: changed since it was released"
        for name, path in found.items()
        if name in release.files and sha256_file(path) != release.files[name]
    ]
    return sorted(problems)
