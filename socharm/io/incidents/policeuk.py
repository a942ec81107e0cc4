"""The layout of police.uk street files: names of files, names of columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.io.forces import BRITISH_TRANSPORT_POLICE, force_key

__all__ = [
    "POLICE_UK_COLUMNS",
    "POLICE_UK_CONTENTS",
    "SOURCE_NAME",
    "TRANSPORT_POLICE",
    "file_source",
    "is_street_file",
    "is_system_file",
    "refuse_repeated_files",
    "street_file_parts",
]

#: How the publisher is named under a map.
SOURCE_NAME: Final = "police.uk street-level crime data"

#: Our name of a column to the names it bears in police.uk files (lower case).
POLICE_UK_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": ("crime id",),
        "date": ("month",),
        "source": ("reported by", "falls within"),
        "longitude": ("longitude",),
        "latitude": ("latitude",),
        "location": ("location",),
        "offence": ("crime type",),
    }
)

#: Columns of street files whose contents are known; `Context` is free text, and is not among them.
POLICE_UK_CONTENTS: Final = frozenset(
    (
        "crime id", "month", "reported by", "falls within", "longitude", "latitude", "easting", "northing", "location",
        "lsoa code", "lsoa name", "crime type", "last outcome category",
    )
)  # fmt: skip

#: Polices no area: its rows say nothing about which months a territorial force delivered.
TRANSPORT_POLICE: Final = frozenset({force_key(BRITISH_TRANSPORT_POLICE)})

#: What copying and downloading twice add to a name: "Copy of x", "x (1)", "x - Copy (2)", "x copy 3".
_COPY: Final = r"(?:(?:[ _-]*\(\d+\))|(?:[ _-]+copy(?:[ _-]*\(?\d+\)?)?))*"
_STREET: Final = re.compile(
    rf"^(?:copy (?:\(\d+\) )?of )*(\d{{4}}-(?:0[1-9]|1[0-2]))-(.+)-street{_COPY}\.csv(?:\.gz)?$", re.IGNORECASE
)
_STREET_END: Final = re.compile(rf"-street{_COPY}\.csv(?:\.gz)?$", re.IGNORECASE)
#: Files that systems and office programs put beside others, and half-written ones.
_SYSTEM_NAMES: Final = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
_SYSTEM_STARTS: Final = ("._", "~$", ".~lock", ".tmp-", ".~")
_SYSTEM_FOLDERS: Final = frozenset({"__macosx", ".trashes", ".spotlight-v100", "$recycle.bin", ".git"})


def is_street_file(name: str) -> bool:
    """Whether a file is one of street-level crime, by the end of its name.

    Copies count as well (``-street (1).csv``), so that rows which arrived twice are found; files that systems put
    beside others do not.

    Examples
    --------
    >>> is_street_file("2014-02/2014-02-northumbria-street.csv")
    True
    >>> is_street_file("2014-02-northumbria-outcomes.csv")
    False
    """
    return bool(_STREET_END.search(name)) and not is_system_file(name)


def is_system_file(name: str) -> bool:
    """Whether an operating system or an office program put a file there for itself; such files are never opened.

    Examples
    --------
    >>> is_system_file("__MACOSX/2025-04/._2025-04-toy-street.csv"), is_system_file("2025-04-toy-street.csv")
    (True, False)
    """
    parts = name.replace("\\", "/").lower().split("/")
    return (
        parts[-1] in _SYSTEM_NAMES or parts[-1].startswith(_SYSTEM_STARTS) or not _SYSTEM_FOLDERS.isdisjoint(parts[:-1])
    )


def street_file_parts(name: str) -> tuple[str, str] | None:
    """Month and force of a street file's name, or None when it is named otherwise.

    Examples
    --------
    >>> street_file_parts("2014-02/2014-02-northumbria-street.csv")
    ('2014-02', 'northumbria')
    """
    found = _STREET.match(PurePosixPath(name.replace("\\", "/")).name)
    return (found.group(1), found.group(2).lower()) if found else None


def file_source(name: str) -> str:
    """Source that a file's name states: the force of a street file, otherwise the file itself."""
    parts = street_file_parts(name)
    return parts[1] if parts else PurePosixPath(name.replace("\\", "/")).name


def refuse_repeated_files(names: Iterable[str]) -> None:
    """Stop when one month of one force arrives twice.

    Rows without a Crime ID (anti-social behaviour) cannot be told from genuine repeats, so two
    overlapping downloads in one folder would count them twice.

    Raises
    ------
    SchemaError
        Names the files that stand for the same month and force.
    """
    seen: dict[tuple[str, str], list[str]] = {}
    for name in names:
        parts = street_file_parts(name)
        if parts:
            seen.setdefault(parts, []).append(name)
    twice = {parts: found for parts, found in seen.items() if len(found) > 1}
    if twice:
        (month, force), found = next(iter(twice.items()))
        raise SchemaError(
            f"{number_of(len(twice), 'month')} arrived "
            f"twice, such as {month} of {force}: {sorted(found)}. Rows without a Crime ID "
            "would be counted twice. Keep one download of each month in the folder."
        )
