"""Months that police.uk files have by their names, known before one of them is opened."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from socharm._words import month_words, number_of
from socharm.io.incidents.policeuk import is_street_file, street_file_parts

__all__ = ["named_months", "period_fault"]


def named_months(path: str | os.PathLike[str]) -> frozenset[str] | None:
    """Months that the names of street files state, as ``YYYY-MM``.

    None where names do not say it: no street file, one whose name has no month, or a path that cannot be looked
    through. Reading tells then.
    """
    try:
        parts = [street_file_parts(name) for name in _names(Path(path)) if is_street_file(name)]
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile):
        return None
    months = frozenset(part[0] for part in parts if part is not None)
    return None if not parts or None in parts else months


def _names(path: Path) -> Iterator[str]:
    """Names of the files of a folder, of a zip, or the name of the file."""
    if path.is_dir():
        for folder, _, files in os.walk(path):
            yield from (f"{Path(folder).relative_to(path).as_posix()}/{name}" for name in files)
    elif path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            yield from archive.namelist()
    else:
        yield path.name


def period_fault(months: Collection[str], first: str, last: str) -> str:
    """That none of the months is in a period; empty where one is.

    Examples
    --------
    >>> period_fault(["2014-05", "2014-06"], "2024-01", "2024-03")
    'the files of [incidents] are of May 2014 to June 2014 by their names (2 months), and none is of January 2024 to \
March 2024. Set [assessment] period to months that are there, or name the folder that holds them.'
    >>> period_fault(["2014-05"], "2014-05", "2014-06")
    ''
    """
    if any(first <= month <= last for month in months):
        return ""
    told = " to ".join(dict.fromkeys((month_words(min(months)), month_words(max(months)))))
    asked = " to ".join(dict.fromkeys((month_words(first), month_words(last))))
    return (
        f"the files of [incidents] are of {told} by their names ({number_of(len(months), 'month')}), and none is of "
        f"{asked}. Set [assessment] period to months that are there, or name the folder that holds them."
    )
