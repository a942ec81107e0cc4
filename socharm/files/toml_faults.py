"""Faults of a file of settings as one message: each with its place, short, and without what a terminal would obey."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from socharm._checks import nearest_name
from socharm._value_kinds import shown
from socharm._words import number_of

__all__ = ["as_one_fault", "faults_text", "key_told", "place_told", "unknown_key", "value_told"]

#: Faults of one file that are told; whoever mends these sees the next ones.
MOST: Final = 20
_BARE: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
_LONGEST: Final = 80
#: What pydantic adds to the place of a value that may be of several types: the type that it was held against.
_ALTERNATIVE: Final = re.compile(
    r"int|str|float|bool|none|date|constrained-\w+|function-.+|(?:literal|tuple|list|dict|set|frozenset|nullable)\[.+"
)

#: Faults of a key, not of its value.
_OF_A_KEY: Final = ("missing", "missing_argument", "extra_forbidden", "unexpected_keyword_argument")


def key_told(key: object) -> str:
    """A key as TOML writes it; in quotes, cut and with its control characters spelt out where it is none.

    Examples
    --------
    >>> key_told("per"), key_told(""), key_told("a b")
    ('per', "''", "'a b'")
    """
    text = str(key)
    return text if _BARE.fullmatch(text) else shown(text)


def place_told(parts: Iterable[object]) -> str:
    """The place of a key in a file: its section, and the key.

    Examples
    --------
    >>> place_told(["ranking", "top", 0])
    'ranking.top.0'
    """
    return ".".join(key_told(part) for part in parts)


def value_told(value: object) -> str:
    """A value of a file as a message repeats it."""
    if isinstance(value, (list, tuple, dict)):
        text = repr(value)
        return text if len(text) <= _LONGEST and text.isprintable() else shown(value)
    return shown(value)


def unknown_key(where: Sequence[object], known: Iterable[str], *, belongs: Sequence[str] = ()) -> str:
    """A key that no section of this name has; with the nearest name, and the sections that have it.

    Examples
    --------
    >>> unknown_key(["ranking", "drawz"], ["draws", "top"])
    "ranking.drawz: unknown key. Did you mean 'draws'?"
    """
    name = str(where[-1])
    told = f"{place_told(where)}: unknown key."
    if not name.strip():
        return f"{told} It is blank. Remove it."
    hint = nearest_name(name, known)
    told_places = [f"[{place}]" for place in belongs[:3]]
    places = " or ".join(filter(None, [", ".join(told_places[:-1]), *told_places[-1:]]))
    told += f" Did you mean {hint!r}?" if hint else ""
    told += f" It belongs to {places}." if places else ""
    return told if hint or places else f"{told} Remove it."


def as_one_fault(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Faults as pydantic gives them; those of the alternatives of one value are one."""
    found: list[dict[str, Any]] = []
    for item in items:
        *place, last = item["loc"] or ("",)
        # A key can be called as a type is: `date` of [population] that is missing is no alternative of the section.
        absent = item["type"] in _OF_A_KEY
        if absent or not (place and isinstance(last, str) and _ALTERNATIVE.fullmatch(last)):
            found.append(dict(item))
        elif found and found[-1]["loc"] == tuple(place):
            found[-1]["msg"] += f" or {item['msg'].removeprefix('Input should be ')}"
        else:
            found.append({**item, "loc": tuple(place)})
    return found


def faults_text(name: str, faults: Sequence[str]) -> str:
    """All faults of a file as one message; of very many the first.

    Examples
    --------
    >>> print(faults_text("a.toml", ["index.per: missing. Add it."]))
    'a.toml' has 1 fault:
      index.per: missing. Add it.
    """
    more = f"\n  and {len(faults) - MOST:,} more." if len(faults) > MOST else ""
    return f"{name!r} has {number_of(len(faults), 'fault')}:\n  " + "\n  ".join(faults[:MOST]) + more
