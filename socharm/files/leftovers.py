"""Names of unfinished files and folders, and the one rule by which those of ended processes are removed.

What is being written stands under ``.tmp-<machine>-<process>-<begun>-<random>-<end of its name>`` beside its target.
**Rule**: such an entry is left over when its process no longer runs on this machine; one of another machine when it has
not changed for a day. Whoever next writes into the same folder removes what is left over, and nothing else.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Final

__all__ = ["clean_leftovers", "is_left_over", "is_temporary", "temporary_beside"]

_NAME: Final = re.compile(
    r"\.tmp-(?P<machine>[0-9a-f]{8})-(?P<process>\d{1,20})-(?P<begun>\d{1,24})-[0-9a-f]{8}-.*", re.DOTALL
)
#: As earlier versions named unfinished files; they say nothing of the process.
_EARLIER: Final = re.compile(r"\.tmp-[0-9a-f]{12}-.+", re.DOTALL)
#: Seconds after which an entry is left over whose process cannot be asked: no file takes a day to write.
_LONG: Final = 86_400.0
#: Characters of the target's name that are kept: its extension, by which drivers choose a format. 160 bytes at most.
_KEPT: Final = 40


def temporary_beside(target: Path) -> Path:
    """A new name in the target's folder that says which process writes there; the extension is kept."""
    process = os.getpid()
    name = f"{_machine()}-{process}-{_begun(process) or 0}-{secrets.token_hex(4)}"
    return target.parent / f".tmp-{name}-{target.name[-_KEPT:]}"


def is_temporary(name: str) -> bool:
    """Whether a name is one that `temporary_beside` gives."""
    return _NAME.fullmatch(name) is not None


def is_left_over(entry: Path) -> bool:
    """Whether an unfinished entry was left by a process that has ended; never for any other file."""
    found = _NAME.fullmatch(entry.name)
    if found is None:
        return _EARLIER.fullmatch(entry.name) is not None and entry.is_file() and _unchanged(entry)
    if found["machine"] != _machine():
        return _unchanged(entry)
    return not _runs(int(found["process"]), begun=int(found["begun"]))


def clean_leftovers(folder: Path) -> list[str]:
    """Remove what ended processes left unfinished in a folder; returns the names.

    What cannot be removed (another user's) stays without a word: it is in nobody's way.
    """
    removed: list[str] = []
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.startswith(".tmp-"))
    except OSError:
        return removed  # the writer that follows tells what is wrong with the folder
    for name in names:
        entry = folder / name
        if entry.is_symlink() or not is_left_over(entry):
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            try:
                entry.unlink(missing_ok=True)
            except OSError:
                continue
        removed.append(name)
    return removed


def _unchanged(entry: Path) -> bool:
    try:
        return time.time() - entry.lstat().st_mtime > _LONG
    except OSError:
        return False  # somebody else removed it


@functools.cache
def _machine() -> str:
    """This machine, or the part of it in which process numbers are unique: containers have their own."""
    try:
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        space = ""
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def _begun(process: int) -> int | None:
    """When a process began, in ticks since the machine did; None where the system does not say, or it has ended.

    Numbers of processes are used again: the moment tells a new process from the one that wrote.
    """
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, *rest = told.rpartition(")")[2].split()
    return None if state in "ZX" else int(rest[18])


def _runs(process: int, *, begun: int) -> bool:
    if begun:
        return _begun(process) == begun
    if sys.platform == "win32":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it runs, and is another user's
    return True
