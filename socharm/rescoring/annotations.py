"""What was done where and when, and what changed in recording: notes that people keep in a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import pandas as pd

from socharm._arguments import check_fields, checked
from socharm._words import day_words, number_of
from socharm.errors import ParameterError, RefusedError, StoreError
from socharm.files.hashing import sha256_json
from socharm.files.plain import read_json
from socharm.files.seal import is_signed, read_key, seal_faults, write_sealed
from socharm.io.personal import looks_personal
from socharm.io.roles import require_role, why_of_persons

__all__ = [
    "ANNOTATIONS",
    "KIND_WORDS",
    "Annotation",
    "Kind",
    "annotations_table",
    "days_told",
    "read_annotations",
    "read_unsigned",
    "write_annotations",
]

#: File of the annotations, beside the snapshots of a store.
ANNOTATIONS: Final = "annotations.json"
_SEAL: Final = "annotations_sha256"
#: Where each entry holds the hash of the one before.
_BEFORE: Final = "before_sha256"
_LONGEST: Final = 500
#: What an annotation tells of: something done there, a phase of Clear, Hold, Build, a change in how crime is recorded,
#: or anything else.
Kind: TypeAlias = Literal["activity", "clear", "hold", "build", "recording", "note"]
#: Kinds in words.
KIND_WORDS: Final[Mapping[str, str]] = {
    "clear": "Clear",
    "hold": "Hold",
    "build": "Build",
    "activity": "Activity",
    "recording": "Change in recording",
    "note": "Note",
}
_FIELDS: Final = ("kind", "text", "areas", "start", "end", "role", "on")


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One note of a store.

    Parameters
    ----------
    kind : {"activity", "clear", "hold", "build", "recording", "note"}
        Something done there; a phase of Clear, Hold, Build; a change in how crime is recorded; anything else.
    text : str
        One line of at most 500 letters, about places and never about persons. What `why_of_persons` and the check of
        columns find is refused; a surname by itself is not found.
    areas : tuple of str
        Codes; empty where it is of all areas.
    start, end : date
        First and last day; without an end it goes on.
    role : str
        Who answers for the note: a role, never a person's name.
    on : date
        Day on which it was written.

    Raises
    ------
    ParameterError
        An end before the start; a text that is empty, too long or of several lines.
    RefusedError
        A role or a text that looks like a person.

    Examples
    --------
    >>> Annotation(kind="clear", text="Warrants at two addresses", areas=("W01",), start=dt.date(2026, 1, 5),
    ...            role="local policing lead", on=dt.date(2026, 1, 6)).end is None
    True
    """

    kind: Kind
    text: str
    areas: tuple[str, ...] = ()
    start: dt.date
    end: dt.date | None = None
    role: str
    on: dt.date

    def __post_init__(self) -> None:
        check_fields(self)
        plain = " ".join(self.text.split())
        if not plain or len(plain) > _LONGEST or not plain.isprintable():
            raise ParameterError(
                f"`text` has {number_of(len(plain), 'letter')}; write one line of 1 to {_LONGEST} that can be printed."
            )
        told = "it tells what somebody did" if looks_personal(["text"], {"text": [plain, plain]}) else ""
        if why := told or why_of_persons(plain):
            raise RefusedError(
                f"`text` reads like a note about persons: {why}. Write what was done in the place; nothing about "
                "persons is stored."
            )
        if self.end is not None and self.end < self.start:
            raise ParameterError(f"`end` is {self.end}, before `start`, {self.start}. Swap them, or leave the end out.")
        if len(set(self.areas)) < len(self.areas):
            raise ParameterError(f"`areas` names an area twice: {sorted(self.areas)[:5]}. Name each once.")
        object.__setattr__(self, "text", plain)
        object.__setattr__(self, "role", require_role(self.role))

    @checked
    def touches(self, start: dt.date, end: dt.date) -> bool:
        """Whether it is of any day from `start` to `end`, both included."""
        return self.start <= end and (self.end is None or self.end >= start)


def read_annotations(store: Path) -> list[Annotation]:
    """The annotations of a store, oldest first; none where there is no file.

    Raises
    ------
    StoreError
        The file is damaged, was changed by hand, or entries were taken out of it.
    """
    return _read(store, read_key(store))


def read_unsigned(store: Path, *, begun: bytes | None) -> list[Annotation]:
    """The annotations of a store that is to get a key; a crash may have left them signed with it, `begun`, already."""
    path = store / ANNOTATIONS
    return _read(store, begun if path.is_file() and is_signed(read_json(path)) else None)


def _read(store: Path, key: bytes | None) -> list[Annotation]:
    path = store / ANNOTATIONS
    if not path.exists() and not path.is_symlink():
        return []
    whole = read_json(path)
    if not isinstance(whole, Mapping) or not isinstance(whole.get("annotations"), list):
        raise StoreError(f"{ANNOTATIONS!r} is not a file of annotations. Restore it from a copy.")
    faults = seal_faults(whole, field=_SEAL, key=key)
    if faults:
        raise StoreError(f"{ANNOTATIONS!r} {faults[0]}. Restore it from a copy; annotations are added, never changed.")
    return [_entry(item, number, before) for number, item, before in _in_turn(whole["annotations"])]


def _in_turn(items: Sequence[Any]) -> list[tuple[int, Any, str]]:
    before = ["", *(sha256_json(item) for item in items)]
    return [(number, item, before[number - 1]) for number, item in enumerate(items, start=1)]


def _entry(item: Any, number: int, before: str) -> Annotation:
    if not isinstance(item, Mapping) or set(item) != {*_FIELDS, _BEFORE} or item[_BEFORE] != before:
        raise StoreError(
            f"Entry {number} of {ANNOTATIONS!r} does not follow the one before: entries were changed or taken out. "
            "Restore it from a copy."
        )
    try:
        return Annotation(
            kind=item["kind"],
            text=item["text"],
            areas=tuple(item["areas"]),
            start=dt.date.fromisoformat(item["start"]),
            end=None if item["end"] is None else dt.date.fromisoformat(item["end"]),
            role=item["role"],
            on=dt.date.fromisoformat(item["on"]),
        )
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"Entry {number} of {ANNOTATIONS!r} cannot be read: {error} Restore it from a copy."
        ) from error


def write_annotations(store: Path, annotations: Sequence[Annotation], *, key: bytes | None) -> None:
    """Write the annotations of a store, whole or not at all, signed where there is a key."""
    items: list[dict[str, Any]] = []
    for one in annotations:
        items.append(
            {
                "kind": one.kind,
                "text": one.text,
                "areas": list(one.areas),
                "start": one.start.isoformat(),
                "end": None if one.end is None else one.end.isoformat(),
                "role": one.role,
                "on": one.on.isoformat(),
                _BEFORE: sha256_json(items[-1]) if items else "",
            }
        )
    write_sealed({"annotations": items}, store / ANNOTATIONS, field=_SEAL, key=key)


def annotations_table(annotations: Sequence[Annotation]) -> pd.DataFrame:
    """One row per annotation, numbered from 1; ``areas`` with commas, blank where it is of all."""
    rows = [(one.kind, one.text, ", ".join(one.areas), one.start, one.end, one.role, one.on) for one in annotations]
    numbers = pd.RangeIndex(1, len(rows) + 1, name="number")
    return pd.DataFrame(rows, columns=[*_FIELDS], index=numbers)


def days_told(start: dt.date, end: dt.date | None) -> str:
    """First and last day of a note in words.

    Examples
    --------
    >>> days_told(dt.date(2026, 1, 5), None), days_told(dt.date(2026, 1, 5), dt.date(2026, 1, 5))
    ('from 5 January 2026', '5 January 2026')
    """
    if end is None:
        return f"from {day_words(start)}"
    return day_words(start) if end == start else f"{day_words(start)} to {day_words(end)}"
