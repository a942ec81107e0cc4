"""What people write into a file of settings that TOML does not take, and how it is written: every such line at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from socharm._words import number_of

__all__ = ["toml_hints"]

#: Lines that are told; whoever mends these sees the next ones.
_MOST: Final = 8
_LONGEST: Final = 80
_CURLY: Final = re.compile("[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb]")
_STRINGS: Final = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
#: A path of Windows in double quotes, where TOML reads a backslash as the beginning of a sign.
_WINDOWS: Final = re.compile(r"\"((?:[A-Za-z]:|\\)[^\"]*\\[^\"]*)\"?")
_ESCAPE: Final = re.compile(r"\"([^\"]*\\[^\"bfnrtuU\\][^\"]*)\"")
_DECIMAL: Final = re.compile(r"^\s*[\w.\"'-]+\s*=\s*([+-]?\d+),(\d+)\s*(?:#.*)?$")
_BARE: Final = re.compile(r"^\s*[\w.\"'-]+\s*=\s*([^\W\d_][^\"'\[\]{}#=]*?)\s*(?:#.*)?$")
_WORDS: Final = ("true", "false", "inf", "nan")
_TRUTH: Final = {"yes": "true", "no": "false", "on": "true", "off": "false", "none": "", "null": ""}


def toml_hints(text: str) -> str:
    r"""Sentences about lines that TOML does not take as they stand; blank where none is known.

    Parameters
    ----------
    text : str
        A file that is not TOML.

    Examples
    --------
    >>> toml_hints("cap = 0,99")
    'Line 1: a number has a point, 0.99.'
    >>> print(toml_hints('path = "C:\\Users\\anna\\wards.gpkg"'))
    Line 1: a path with \ stands in single quotes, 'C:\Users\anna\wards.gpkg', or is written with /.
    """
    found = [f"Line {number}: {hint}." for number, line in enumerate(text.splitlines(), 1) for hint in _hints(line)]
    more = f" And {number_of(len(found) - _MOST, 'more line')}." if len(found) > _MOST else ""
    return " ".join(found[:_MOST]) + more


def _hints(line: str) -> Iterator[str]:
    if line.lstrip().startswith("#"):
        return
    windows = _WINDOWS.search(line) or _ESCAPE.search(line)
    if windows and not _doubled(windows[1]):
        yield f"a path with \\ stands in single quotes, '{_cut(windows[1])}', or is written with /"
        return
    if _CURLY.search(_STRINGS.sub("", line)):
        yield "quotes are straight, \" or ', not curly"
        return
    if decimal := _DECIMAL.match(line):
        yield f"a number has a point, {decimal[1]}.{decimal[2]}"
        return
    bare = _BARE.match(line)
    if bare and bare[1] not in _WORDS:
        yield _of_bare(bare[1])


def _of_bare(value: str) -> str:
    lowered = value.lower()
    if lowered in _WORDS[:2]:
        return f"{lowered} is written in small letters"
    if lowered in _TRUTH:
        return f"write {_TRUTH[lowered]}" if _TRUTH[lowered] else "take the key out where it has no value"
    return f'text stands in quotes, "{_cut(value)}"'


def _doubled(text: str) -> bool:
    """Whether every backslash is written twice, as TOML asks."""
    return "\\" not in text.replace("\\\\", "")


def _cut(text: str) -> str:
    plain = "".join(sign for sign in text if sign.isprintable())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}..."
