"""Files and folders appear whole or not at all: written under a temporary name beside the target, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from socharm.errors import ParameterError, SocharmError, StoreError
from socharm.files.leftovers import clean_leftovers, temporary_beside

__all__ = [
    "atomic_folder",
    "atomic_write",
    "disk_is_full",
    "refuse_existing",
    "require_new",
    "scratch_folder",
    "store_faults",
    "sync_folder",
    "sync_tree",
]

_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
#: How libraries of other languages say it: GDAL and SQLite, pandoc, Arrow, Windows.
_FULL_WORDS: Final = re.compile(
    r"no space left|dis[ck] (?:is )?full|not enough (?:free )?space|quota exceeded|resource exhausted", re.IGNORECASE
)
#: NUL, and halves of characters that are no byte of a name either.
_UNWRITABLE: Final = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")
#: With fewer free bytes a writer's failure is put down to the disk: GDAL says no more than "disk I/O error".
_TOO_FEW: Final = 1 << 20


@contextmanager
def store_faults(path: str | os.PathLike[str], *, doing: str = "write") -> Iterator[None]:
    """Turn what a failing disk raises inside the block into a `StoreError` that says what to do.

    Parameters
    ----------
    path : str or path
        What was being read or written; only its last part is named in the message.
    doing : str
        The verb of the message.

    Raises
    ------
    ParameterError
        The path holds a NUL character.
    StoreError
        The disk is full (whichever library says so, in whatever error), the folder is not writable, or the file could
        not be read or written.
    """
    name = Path(path).name
    if _UNWRITABLE.search(os.fspath(path)):
        raise ParameterError(f"The path of {name!r} holds a character that no path can have. Write the path anew.")
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        if doing == "write" and disk_is_full(error, Path(path)):
            raise StoreError(
                f"Could not {doing} {name!r}: the disk is full. Nothing was left half-written; free some space and "
                "run again."
            ) from error
        if not isinstance(error, OSError):
            raise
        if isinstance(error, PermissionError):
            raise StoreError(
                f"Could not {doing} {name!r}: permission denied. Choose a folder you may write to, and close the file "
                "if another program has it open."
            ) from error
        reason = error.strerror or str(error)
        raise StoreError(f"Could not {doing} {name!r}: {reason}. Check the folder and run again.") from error


def disk_is_full(error: BaseException, path: Path, *, said: str = "") -> bool:
    """Whether a writer failed because the disk is full.

    Parameters
    ----------
    error : exception
        Its causes are asked too.
    path : Path
        What was being written: its disk is asked as well, where the error is not one of ours.
    said : str
        What a program printed.
    """
    part: BaseException | None = error
    seen: list[BaseException] = []
    while part is not None and part not in seen:
        seen.append(part)
        if isinstance(part, OSError) and part.errno in _FULL:
            return True
        part = part.__cause__ or part.__context__
    if isinstance(error, SocharmError) and not said:
        return False
    if _FULL_WORDS.search(said) or any(_FULL_WORDS.search(str(part)) for part in seen):
        return True
    if isinstance(error, OSError) and error.errno is not None and not said:
        return False  # the system gave another reason
    with contextlib.suppress(OSError, ValueError):
        return shutil.disk_usage(path if path.is_dir() else path.parent).free < _TOO_FEW
    return False


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Temporary path to write to; renamed to `path` when the block ends without an error.

    The temporary file stands in the same folder (a rename across disks is a copy), keeps the extension
    (drivers choose their format by it), is flushed to the disk, and is removed on any error. What processes that were
    killed left unfinished in the folder is removed first: see `socharm.files.leftovers`.

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
    temporary = temporary_beside(target)
    with store_faults(target):
        clean_leftovers(target.parent)
        try:
            yield temporary
            _sync_file(temporary)
            os.replace(temporary, target)
            sync_folder(target.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def atomic_folder(path: str | os.PathLike[str], *, merge: bool = False) -> Iterator[Path]:
    """Temporary folder to fill; renamed to `path` when the block ends without an error.

    Parameters
    ----------
    path : str or path
        The final name. Folders above it are made; an existing file or folder of that name is never replaced.
    merge : bool
        Files of an existing folder are replaced by those of the same names, each of them whole, and others stay.

    Yields
    ------
    Path
        Where to write: an empty folder.

    Raises
    ------
    StoreError
        The name is taken, the disk is full, or the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_folder(folder / "input") as temporary:
    ...     size = (temporary / "note.txt").write_text("whole")
    >>> [entry.name for entry in folder.iterdir()]
    ['input']
    """
    target = Path(path)
    temporary = temporary_beside(target)
    with store_faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        clean_leftovers(target.parent)
        if not merge:
            refuse_existing(target)
        temporary.mkdir()
        try:
            yield temporary
            sync_tree(temporary)
            if merge and target.is_dir():
                _merge(temporary, target)
            else:
                refuse_existing(target)
                os.rename(temporary, target)
            sync_folder(target.parent)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _merge(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        inside = target / path.relative_to(source)
        if path.is_dir():
            inside.mkdir(exist_ok=True)
        else:
            os.replace(path, inside)
    shutil.rmtree(source, ignore_errors=True)


def refuse_existing(target: Path) -> None:
    """Stop where a file or folder of a name is there already.

    Raises
    ------
    StoreError
        It is.
    """
    if target.exists() or target.is_symlink():
        raise StoreError(f"{target.name!r} is there already and is not replaced. Move it away, or choose another name.")


def require_new(target: Path) -> None:
    """Stop before any work unless a file or folder that is not there yet could be written; nothing is made or changed.

    Raises
    ------
    StoreError
        The name is taken, what it would lie in is a file or may not be written to, or the disk is full.
    """
    with store_faults(target):
        refuse_existing(target)
        above = next(folder for folder in target.absolute().parents if folder.exists())
        if not above.is_dir():
            raise StoreError(f"Could not write {target.name!r}: {above.name!r} is a file. Name another folder.")
        if not os.access(above, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if shutil.disk_usage(above).free < _TOO_FEW:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Folder for files that a program of others needs in between; gone when the block ends.

    Those of processes that were killed are removed by the next one.

    Raises
    ------
    StoreError
        The system's folder for temporary files is full or cannot be written to.
    """
    try:
        root = Path(tempfile.gettempdir())
    except OSError as error:
        raise StoreError(
            "No folder for temporary files can be written to: the disk is full, or you may not write there. Free some "
            "space, or name another folder in the environment variable TMPDIR."
        ) from error
    folder = temporary_beside(root / "socharm")
    with store_faults(root / "files in the folder for temporary ones"):
        clean_leftovers(root)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sync_file(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_tree(folder: Path) -> None:
    """Flush a folder and everything in it to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            _sync_file(path)
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the system can (Windows cannot, and need not)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
