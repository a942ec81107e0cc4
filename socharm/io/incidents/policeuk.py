"""The layout of police.uk street files: names of files, names of columns, names of forces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from socharm.errors import SchemaError

__all__ = [
    "POLICE_UK_COLUMNS",
    "SOURCE_NAME",
    "TRANSPORT_POLICE",
    "file_source",
    "force_key",
    "is_street_file",
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

#: Polices no area: its rows say nothing about which months a territorial force delivered.
TRANSPORT_POLICE: Final = frozenset({"btp", "british-transport"})

_STREET: Final = re.compile(r"^(\d{4}-(?:0[1-9]|1[0-2]))-(.+)-street\.csv$", re.IGNORECASE)
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_FORCE_WORDS: Final = re.compile(r"-(police|constabulary|police-service|service)$")


def is_street_file(name: str) -> bool:
    """Whether a file is one of street-level crime, by the end of its name.

    Examples
    --------
    >>> is_street_file("2014-02/2014-02-northumbria-street.csv")
    True
    >>> is_street_file("2014-02-northumbria-outcomes.csv")
    False
    """
    return name.lower().endswith("-street.csv")


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


def force_key(name: str) -> str:
    """Name of a force without its style, so that spellings of one force compare equal.

    Examples
    --------
    >>> force_key("Northumbria Police") == force_key("northumbria")
    True
    >>> force_key("Avon & Somerset Constabulary")
    'avon-and-somerset'
    """
    slug = _NOT_WORD.sub("-", name.lower().replace("&", " and ")).strip("-")
    while _FORCE_WORDS.search(slug):
        slug = _FORCE_WORDS.sub("", slug)
    return slug


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
            f"{len(twice)} months arrived twice, such as {month} of {force}: {sorted(found)}. Rows without a Crime ID "
            "would be counted twice. Keep one download of each month in the folder."
        )
