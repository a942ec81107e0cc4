"""A store's secret and the law of its noise: made once, never a second time."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from socharm._arguments import checked
from socharm.errors import StoreError
from socharm.files.atomic import atomic_write, store_faults
from socharm.publish.law import NoiseLaw, law_of, require_law, snapshot_laws
from socharm.publish.released import (
    PUBLISHED,
    list_releases,
)

__all__ = [
    "SECRET_FILE",
    "register_lock",
    "require_secret",
    "secret_fingerprint",
    "store_law",
    "store_secret",
]

SECRET_FILE: Final = ".secret"
_LOCK: Final = ".register.lock"
_PATIENCE_S: Final = 60.0


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
    path = Path(store) / PUBLISHED / SECRET_FILE
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
    path = Path(store) / PUBLISHED / SECRET_FILE
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
    with register_lock(path.parent):
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
            f"{used[0].fingerprint}. Restore {PUBLISHED}/{SECRET_FILE} from a copy; a new one would undo the "
            "protection of what was published before."
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
    path = Path(store) / PUBLISHED / SECRET_FILE
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


@contextmanager
def register_lock(root: Path) -> Iterator[None]:
    lock = FileLock(root / _LOCK, timeout=_PATIENCE_S)
    with store_faults(root):
        try:
            lock.acquire()
        except Timeout as error:
            raise StoreError(
                f"Another release has held the register for {_PATIENCE_S:.0f} s. Wait for it to end and register again."
            ) from error
    try:
        yield
    finally:
        lock.release()
