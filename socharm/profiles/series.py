"""Profiles of every district and of the first areas, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd

from socharm._arguments import checked
from socharm._constraints import CountFrom0
from socharm._record import Record
from socharm.documents.arguments import existing_folder
from socharm.files.names import file_stem
from socharm.profiles.arguments import require_known
from socharm.profiles.given import areas_of
from socharm.profiles.profile import Profile, seed_profile
from socharm.profiles.subject import districts_of
from socharm.snapshot.assessment import Assessment, tables_of
from socharm.snapshot.tables import AssessmentTables
from socharm.snapshot.top_list import first_areas

__all__ = ["document_stem", "places_of", "seed_profiles", "text_path"]

_LONGEST_NAME: Final = 60
#: Arguments that `seed_profiles` hands on to each profile, and why others would be wrong for all of them.
_PASSED_ON: Final = ("on", "areas", "about", "providers", "standing", "questions", "internal")
_ONE_BY_ONE: Final = {
    "area": "every district and the first areas get a profile; for one use `seed_profile`",
    "name": "each place has a name of its own",
    "plan": "each place has a plan of its own; for one use `seed_profile`",
    "text": "each place has a text of its own; name their folder by `texts`",
}


@checked
def seed_profiles(
    assessment: Assessment | AssessmentTables,
    comparison: pd.DataFrame | Record | None = None,
    *,
    top: CountFrom0 = 20,
    districts: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
    texts: str | os.PathLike[str] | None = None,
    **known: Any,
) -> Iterator[Profile]:
    """Profiles of every district and of the first areas (the guidance asks for all districts, 3.9).

    Parameters
    ----------
    assessment, comparison
        As in `seed_profile`.
    top : int
        How many areas from the highest rank down; those that tie on the last place are all taken.
    districts : bool
        Whether districts get profiles; there must be any.
    progress : callable, optional
        Called as ``progress(name, number, of)`` before each profile.
    texts : str or path, optional
        Folder with the files of text, ``<area>.toml``; those that are there are used. There must be such a folder.
    **known
        Further arguments of `seed_profile`.

    Returns
    -------
    iterator of Profile
        One after the other, districts first, so that a long run holds one in memory.

    Raises
    ------
    ParameterError
        `top` is no whole number from 0 up, there is no folder `texts`, or an argument is not for many profiles.
    """
    require_known(known, _PASSED_ON, why=_ONE_BY_ONE)
    folder = None if texts is None else existing_folder(texts, name="texts")
    return _each(assessment, comparison, top, districts, progress, folder, known)


def _each(
    assessment: Assessment | AssessmentTables,
    comparison: pd.DataFrame | Record | None,
    top: int,
    districts: bool,
    progress: Callable[[str, int, int], None] | None,
    texts: Path | None,
    known: dict[str, Any],
) -> Iterator[Profile]:
    """The profiles of `seed_profiles`, one by one."""
    tables = tables_of(assessment)
    ranked = tables["ranking"].dropna(subset=["rank"])
    first = first_areas(ranked, tables["top_k"], top) if top else ranked.head(0)
    names = districts_of(tables) if districts else []
    wanted = [*names, *map(str, first.index)]
    if "areas" not in known and wanted:
        known["areas"] = areas_of(assessment)
    places = places_of(tables)
    for number, area in enumerate(wanted, start=1):
        if progress is not None:
            progress(area, number, len(wanted))
        found = text_path(texts, area, among=places) if texts is not None else None
        text = found if found is not None and found.exists() else None
        yield seed_profile(area, assessment, comparison, text=text, **known)


def text_path(folder: str | os.PathLike[str], area: str, *, among: Iterable[str] = ()) -> Path:
    """File of a profile's text, named after the area's code or name; `among` are all that have one in the folder."""
    return Path(folder) / f"{file_stem(area, among=among)}.toml"


def document_stem(area: str, name: str, *, among: Iterable[str] = ()) -> str:
    """Name of the documents of a place, without extension: its name and code, so that people find it.

    Examples
    --------
    >>> document_stem("E05011439", "Byker"), document_stem("Northumberland", "Northumberland")
    ('Byker_E05011439', 'Northumberland')
    """
    stem = file_stem(area, among=among)
    called = "-".join("".join(letter if letter.isalnum() else " " for letter in name).split())[:_LONGEST_NAME]
    return stem if name == area or not called else f"{called}_{stem}"


def places_of(tables: AssessmentTables) -> list[str]:
    """Every code and district that can have a profile."""
    return [*map(str, tables["areas"].index), *map(str, tables["areas"]["parent"].dropna().unique())]
