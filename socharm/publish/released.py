"""Records of releases: read back whole, listed and verified."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from socharm._about import MARKINGS
from socharm._arguments import check_fields, checked
from socharm.errors import StoreError
from socharm.files.hashing import sha256_file
from socharm.files.plain import read_json
from socharm.files.seal import is_sealed, is_signed, read_key, seal_faults, without_seal
from socharm.snapshot.store import strangers

__all__ = [
    "PUBLISHED",
    "RECORD_FILE",
    "RECORD_SEAL",
    "Release",
    "SNAPSHOT_NAME",
    "list_releases",
    "read_record",
    "read_release",
    "release_records",
    "verify_release",
]

#: Folder of the register inside a store.
PUBLISHED: Final = "published"
RECORD_FILE: Final = "release.json"
#: Where the record of a release holds the hash of itself.
RECORD_SEAL: Final = "record_sha256"
SNAPSHOT_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*")
_NAME: Final = re.compile(rf"{SNAPSHOT_NAME.pattern}-r\d{{3,}}")


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

    __made_by__ = ("register_release", "read_release")

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
    made = (read_release(store, folder.name) for folder in release_records(store))
    return sorted(made, key=lambda release: (release.created, release.id))


def release_records(store: str | os.PathLike[str]) -> list[Path]:
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
    if not _NAME.fullmatch(str(name)) or not (folder / RECORD_FILE).is_file():
        raise StoreError(f"The register holds no release {name!r}. See `list_releases`.")
    return read_record(folder, read_key(store))


def read_record(folder: Path, key: bytes | None, *, partly: bool = False) -> Release:
    """The record of a release; `partly`: while a store is being signed, some are signed and some are not yet."""
    name = folder.name
    whole = read_json(folder / RECORD_FILE)
    if not isinstance(whole, dict) or not is_sealed(whole, field=RECORD_SEAL):
        raise StoreError(f"The release {name!r} is damaged. Restore it from a copy.")
    told = without_seal(whole, field=RECORD_SEAL)
    if not _is_record(told):
        raise StoreError(f"The release {name!r} is damaged. Restore it from a copy.")
    faults = seal_faults(whole, field=RECORD_SEAL, key=None if partly and not is_signed(whole) else key)
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
        if path.is_file() and not path.is_symlink() and path != release.path / RECORD_FILE
    }
    problems = [f"{name}: missing" for name in release.files if name not in found]
    problems += [f"{name}: does not belong to the release" for name in found if name not in release.files]
    problems += [
        f"{name}: changed since it was released"
        for name, path in found.items()
        if name in release.files and sha256_file(path) != release.files[name]
    ]
    problems += strangers(release.path, [*release.files, RECORD_FILE], of="release")
    return sorted(problems)
