"""Files appear whole or not at all: written under a temporary name beside the target, then renamed."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from socharm.errors import StoreError

__all__ = ["atomic_write", "store_faults", "sync_folder"]

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextmanager
def store_faults(path: str | os.PathLike[str], *, doing: str = "write") -> Iterator[None]:
    """Turn an `OSError` raised inside the block into a `StoreError` that says what to do.

    Parameters
    ----------
    path : str or path
        What was being read or written; only its last part is named in the message.
    doing : str
        The verb of the message.

    Raises
    ------
    StoreError
        The disk is full, the folder is not writable, or the file could not be read or written.
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        name = Path(path).name
        if error.errno in _FULL:
            raise StoreError(
                f"Could not {doing} {name!r}: the disk is full. Nothing was left half-written; free some space and "
                "run again."
            ) from error
        if isinstance(error, PermissionError):
            raise StoreError(
                f"Could not {doing} {name!r}: permission denied. Choose a folder you may write to, and close the file "
                "if another program has it open."
            ) from error
        reason = error.strerror or str(error)
        raise StoreError(f"Could not {doing} {name!r}: {reason}. Check the folder and run again.") from error


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Temporary path to write to; renamed to `path` when the block ends without an error.

    The temporary file stands in the same folder (a rename across disks is a copy), keeps the extension
    (drivers choose their format by it), is flushed to the disk, and is removed on any error.

    Parameters
    ----------
    path : str or path
        The final name. An existing file is replaced only when the new one is complete.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    StoreError
        The disk is full, or the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_write(folder / "note.txt") as temporary:
    ...     size = temporary.write_text("whole")
    >>> [entry.name for entry in folder.iterdir()]
    ['note.txt']
    """
    target = Path(path)
    temporary = target.with_name(f".tmp-{secrets.token_hex(6)}-{target.name}")
    with store_faults(target):
        try:
            yield temporary
            _sync_file(temporary)
            os.replace(temporary, target)
            sync_folder(target.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _sync_file(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the system can (Windows cannot, and need not)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
