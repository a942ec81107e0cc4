"""A log whose lines hang together: each ends with the hash of the one before; the manifest holds that of the last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from socharm._words import number_of
from socharm.files.atomic import atomic_write, store_faults

__all__ = [
    "UNFINISHED",
    "append_lines",
    "chain_faults",
    "chained",
    "chain_end",
    "line_text",
    "read_chain",
    "write_chain",
]

#: Stands before the hash of the line before.
_SIGN: Final = " #"
#: A change of the log that was begun, and not yet told in the manifest.
UNFINISHED: Final = "more than the manifest tells of"


def chained(texts: Iterable[str], *, after: str | None = None) -> list[str]:
    """Lines that each end with the SHA-256 of the line before.

    Parameters
    ----------
    texts : iterable of str
        Each becomes one line; line breaks in it become blanks.
    after : str, optional
        The line that they follow. Without one the first text stands alone: it is the heading.

    Examples
    --------
    >>> lines = chained(["OFFICIAL", "begun"])
    >>> lines[0], lines[1][:15], chain_end(lines)["lines"]
    ('OFFICIAL', 'begun #a38a692a', 2)
    """
    lines: list[str] = []
    for text in texts:
        plain = " ".join(text.split("\n"))
        line = plain if after is None else f"{plain}{_SIGN}{_hash(after)}"
        lines.append(line)
        after = line
    return lines


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode("utf-8", "surrogateescape")).hexdigest()


def chain_end(lines: list[str]) -> dict[str, Any]:
    """What the manifest holds of a log: the number of its lines and the hash of the last."""
    return {"lines": len(lines), "sha256": _hash(lines[-1])}


def line_text(line: str) -> str:
    """A line without the hash of the one before."""
    return line.rpartition(_SIGN)[0]


def write_chain(lines: list[str], path: Path) -> None:
    """Write a log, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))


def read_chain(path: Path) -> list[str]:
    """Lines of a log as they are on the disk; what is no text is kept apart, so that no two contents read alike."""
    with store_faults(path, doing="read"):
        content = path.read_bytes()
    return content.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n") if content else []


def append_lines(lines: list[str], texts: Iterable[str]) -> list[str]:
    """The log with further lines."""
    return [*lines, *chained(texts, after=lines[-1])]


def chain_faults(path: Path, stated: Mapping[str, Any]) -> list[str]:
    """What is wrong with a log, line by line; empty when it is as it was written.

    Parameters
    ----------
    path : Path
    stated : mapping
        What `chain_end` gave when it was written.
    """
    if path.is_symlink() or not path.is_file():
        return ["missing"]
    lines = read_chain(path)
    with store_faults(path, doing="read"):
        whole = path.read_bytes().endswith(b"\n")
    faults = [] if whole else ["does not end as it was written"]
    for number in range(1, len(lines)):
        if lines[number].rpartition(_SIGN)[2] != _hash(lines[number - 1]):
            faults.append(f"line {number} or {number + 1} was changed: they do not follow each other")
    known = int(stated["lines"])
    if len(lines) < known:
        return [
            *faults,
            f"{known - len(lines)} of {number_of(known, 'line')} {'is' if known - len(lines) == 1 else 'are'} missing",
        ]
    if _hash(lines[known - 1]) != stated["sha256"]:
        faults.append(f"line {known} was changed")
    if len(lines) > known and not faults:
        faults.append(f"{number_of(len(lines) - known, 'line')} {UNFINISHED}")
    return faults
