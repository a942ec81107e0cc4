"""JSON and TOML that steer or describe a run: read through one door, whatever is in them.

The parsers of Python end in errors of many classes on hostile or damaged text: nesting without end, whole numbers of
thousands of digits, halves of characters. Every such file comes in here and leaves as plain values or as our error.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from socharm._limits import MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_TOML_BYTES, require_within
from socharm.errors import RefusedError, SchemaError, SocharmError, StoreError
from socharm.files.atomic import store_faults
from socharm.files.toml_faults import key_told
from socharm.files.toml_hints import toml_hints

__all__ = ["number_fault", "parse_json", "parse_toml", "plain_fault", "read_json", "read_toml", "stored"]

_WHOLE: Final = 1 << 63
_HALVES: Final = re.compile("[\ud800-\udfff]")
#: Letters of what the parser says, which repeats keys whole.
_LONGEST: Final = 200
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def read_toml(path: str | os.PathLike[str], *, numbers: bool = True) -> dict[str, Any]:
    """Read a TOML file; see `parse_toml`.

    Raises
    ------
    SchemaError
        It is not TOML, or holds what no recipe can.
    RefusedError
        It is larger than any file of this kind.
    StoreError
        It cannot be read from the disk.
    """
    found = Path(path)
    with store_faults(found, doing="read"):
        if found.exists() and not found.is_file():
            raise SchemaError(f"{found.name!r} is no file. Name a file that ends in .toml.")
        _require_size(found, found.stat().st_size, MAX_TOML_BYTES)
        content = found.read_bytes()
    return parse_toml(content, name=found.name, numbers=numbers)


def parse_toml(content: bytes | str, *, name: str, numbers: bool = True) -> dict[str, Any]:
    """Plain values of a TOML text.

    Parameters
    ----------
    content : bytes or str
        UTF-8, with or without a byte-order mark.
    name : str
        Name of the file, for messages.
    numbers : bool
        Whether numbers are judged here; a caller that tells all faults at once does it by `number_fault`.

    Raises
    ------
    SchemaError
        It is not TOML (the line is named), nested too deeply, or holds a number that is infinite, not a number, or
        beyond 64 bits.

    Examples
    --------
    >>> parse_toml('[index]\\nper = nan', name="a.toml")
    Traceback (most recent call last):
    socharm.errors.SchemaError: 'a.toml': index.per is nan. Give a number.
    """
    text = content if isinstance(content, str) else _decoded(content, name)
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        raise SchemaError(f"{name!r} is not TOML that can be read: it is nested too deeply. Write it flat.") from error
    except tomllib.TOMLDecodeError as error:
        told = "".join(c for c in str(error) if c.isprintable())[:_LONGEST]
        advice = toml_hints(text) or "Correct that line; text needs quotes."
        raise SchemaError(f"{name!r} is not TOML: {told}. {advice}") from error
    except ValueError as error:
        # Python stops at some thousand digits, and at days that no calendar has, without saying where.
        raise SchemaError(
            f"{name!r} is not TOML: a number is too long, or a date is in no calendar. Correct it; text needs quotes."
        ) from error
    fault = plain_fault(values, numbers=numbers)
    if fault:
        raise SchemaError(f"{name!r}: {fault}")
    return values


def _decoded(content: bytes, name: str) -> str:
    if content.startswith(_UTF16):
        raise SchemaError(f"{name!r} is not TOML: it is UTF-16 text. Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SchemaError(f"{name!r} is not TOML: line {line} is not UTF-8. Save the file as UTF-8.") from error


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file that socharm wrote; see `parse_json`.

    Raises
    ------
    StoreError
        It is missing or damaged.
    RefusedError
        It is larger than any file of this kind.
    """
    found = Path(path)
    with store_faults(found, doing="read"):
        if found.exists() and not found.is_file():
            raise StoreError(f"{found.name!r} is no file. Restore it from a copy.")
        _require_size(found, found.stat().st_size, MAX_DOCUMENT_BYTES)
        content = found.read_bytes()
    return parse_json(content, name=found.name)


def parse_json(content: bytes | str, *, name: str) -> Any:
    """Plain values of a JSON text that socharm wrote.

    Raises
    ------
    StoreError
        It is damaged: not UTF-8, not JSON, nested too deeply, or with numbers that socharm does not write.
    """
    with stored(name, what="JSON that socharm wrote"):
        text = content if isinstance(content, str) else content.decode("utf-8")
        values = json.loads(text)
        if fault := plain_fault(values):
            raise ValueError(fault)
    return values


@contextmanager
def stored(name: str, *, what: str) -> Iterator[None]:
    """Turn whatever a reader raises over a file of the store into one error: the file is damaged.

    Parameters
    ----------
    name : str
        Name of the file, without its folder.
    what : str
        What it should have been.

    Raises
    ------
    StoreError
        The reader failed.
    RefusedError
        The file needs more memory than the machine has.
    """
    try:
        yield
    except (SocharmError, OSError):
        raise
    except MemoryError as error:
        raise RefusedError(f"{name!r} needs more memory than this machine has free. Close other programs.") from error
    except Exception as error:
        raise StoreError(
            f"{name!r} is damaged: it is not {what} ({type(error).__name__}). Restore it from a copy."
        ) from error


def plain_fault(values: Any, *, numbers: bool = True) -> str:
    """What plain values hold that no recipe and no manifest can; empty when there is nothing.

    Walked without recursion: nesting is one of the faults. Without `numbers`, numbers may be any.
    """
    waiting: list[tuple[str, Any, int]] = [("", values, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            return f"{place[:60]}... is nested more than {MAX_DEPTH} deep. Write it flat."
        if isinstance(value, dict):
            waiting += [(f"{place}.{key_told(key)}".lstrip("."), item, depth + 1) for key, item in value.items()]
            if any(_HALVES.search(str(key)) for key in value):
                return f"{place or 'a key'} holds half of a character. Write it anew."
        elif isinstance(value, list):
            waiting += [(place, item, depth + 1) for item in value]
        elif isinstance(value, int | float):
            if numbers and (fault := number_fault(value)):
                return f"{place} {fault}"
        elif isinstance(value, str) and _HALVES.search(value):
            return f"{place} holds half of a character. Write it anew."
    return ""


def number_fault(value: object) -> str:
    """Why a number stands in no recipe and no manifest; empty for any other value.

    Examples
    --------
    >>> number_fault(float("inf")), number_fault(2**70), number_fault(True)
    ('is inf. Give a number.', 'is a whole number beyond 64 bits. Give a smaller one.', '')
    """
    if isinstance(value, float) and value - value != 0:
        return f"is {value}. Give a number."
    if isinstance(value, int) and not -_WHOLE <= value < _WHOLE:
        return "is a whole number beyond 64 bits. Give a smaller one."
    return ""


def _require_size(path: Path, found: int, limit: int) -> None:
    require_within(
        found,
        limit,
        what=f"bytes in {path.name!r}",
        remedy="A file of this kind has some kilobytes: name the right one.",
    )
