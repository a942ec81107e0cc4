"""Sources that the library reads by name: facts about each, and the layouts of official tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

import pandas as pd

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm.errors import ParameterError

__all__ = ["Layout", "Source", "read_by_name", "sources"]

_FACTS: Final = ("title", "publisher", "licence", "where", "newest", "reader", "checked")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a publisher lays a table out; of headings, the first that a file has is taken.

    Attributes
    ----------
    says : str
        What it is, for messages.
    code, period : tuple of str
        Headings of the areas and of the period.
    measure, called, value : tuple of str
        Of a table with one row for each number: headings of the measure, of its name, and of the number.
    x, y : tuple of str
        Headings of the coordinates, where each row is a place.
    where : dict of str to str
        Rows that are kept, where the file has these columns and the caller says nothing else of them.
    no_persons : tuple of str
        Columns that look as if they spoke of persons, and speak of areas.
    repair_quoted_rows : bool
        Whether files are known with rows that were quoted whole.
    """

    says: str
    code: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    x: tuple[str, ...] = ()
    y: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    no_persons: tuple[str, ...] = ()
    repair_quoted_rows: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Layout:
        """From the packaged table."""
        read: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        return cls(**read)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source with its layouts, and what its measures mean.

    Attributes
    ----------
    name : str
    facts : dict of str to str
        Title, publisher, licence, where to get it, newest edition known, reader, and on what it was checked.
    marking : str
    layouts : tuple of Layout
    measures : dict
        Measure to the keys of a dictionary (`socharm.io.dictionary.read_dictionary`); ``column`` lists headings, and
        ``says`` is a part of the name that an indicator must have, where it is known by a number.
    nation : str
        Of an index of deprivation; empty for others.
    """

    name: str
    facts: Mapping[str, str]
    marking: str
    layouts: tuple[Layout, ...]
    measures: Mapping[str, Mapping[str, Any]]
    nation: str = ""

    @property
    def of_places(self) -> bool:
        """Whether its tables list places, which are counted by area."""
        return any(layout.x for layout in self.layouts)


@cache
def _packaged() -> Mapping[str, Source]:
    text = resources.files("socharm.io.tables").joinpath("sources.toml").read_text(encoding="utf-8")
    return {
        name: Source(
            name=name,
            facts={key: entry[key] for key in _FACTS},
            marking=entry.get("marking", "OFFICIAL"),
            layouts=tuple(map(Layout.of, entry.get("layouts", ()))),
            measures=entry.get("measures", {}),
            nation=entry.get("nation", ""),
        )
        for name, entry in tomllib.loads(text).items()
    }


def read_by_name(name: str, reader: str = "read_official", *, argument: str = "source") -> Source:
    """A source whose tables one reader reads.

    Parameters
    ----------
    name, reader : str
    argument : str
        The caller's name of `name`, for messages.

    Raises
    ------
    ParameterError
        There is none of that name; the nearest is suggested, or the reader of it told.

    Examples
    --------
    >>> read_by_name("fuel-poverty").facts["publisher"]
    'Department for Energy Security and Net Zero'
    """
    readers = {key: source.facts["reader"].split(", ") for key, source in _packaged().items()}
    known = sorted(key for key, names in readers.items() if reader in names)
    if name in readers and name not in known:
        raise ParameterError(
            f"`{argument}` is {name!r}, which `{readers[name][0]}` reads; here it must be one of {known}."
        )
    require_choice(name, known, name=argument)
    return _packaged()[name]


@checked
def sources(reader: str | None = None) -> pd.DataFrame:
    """Sources that the library reads by name.

    Parameters
    ----------
    reader : str, optional
        Only those of one reader, such as ``"read_official"``.

    Returns
    -------
    DataFrame
        Index ``source``; ``title``, ``publisher``, ``licence``, ``where`` (address and page of the publisher: a fact,
        nothing is downloaded), ``newest`` (edition known), ``reader``, and ``checked``: whether the layout was checked
        on the real file, or on a copy of the layout made by hand.

    Raises
    ------
    ParameterError
        No source has such a reader.

    Examples
    --------
    >>> sources().loc["iod", ["publisher", "reader"]].tolist()
    ['Ministry of Housing, Communities and Local Government', 'read_deprivation']
    """
    rows = {name: dict(source.facts) for name, source in _packaged().items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(_FACTS)).rename_axis("source")
    if reader is None:
        return table
    of = table["reader"].str.split(", ")
    require_choice(reader, sorted({name for names in of for name in names}), name="reader")
    return table[[reader in names for names in of]]
