"""A comparison on disk: its tables, and what they were made of."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._record import settings_as_dict
from socharm.errors import ParameterError
from socharm.files.atomic import atomic_folder
from socharm.files.delimited import write_csv
from socharm.files.hashing import sha256_file
from socharm.files.internal import internal_name
from socharm.files.seal import sealed
from socharm.rescoring.comparison import Comparison

__all__ = [
    "ABOUT",
    "MARKING",
    "SUMMARY",
    "write_about",
    "write_about_of",
    "write_comparison",
    "write_frames",
    "write_tables_of",
]

#: What a comparison was made of, beside its tables; and what it says.
ABOUT: Final = "comparison.json"
SUMMARY: Final = "summary.txt"
#: Column of each table that holds the marking.
MARKING: Final = "marking"


@checked
def write_comparison(comparison: Comparison, path: str | os.PathLike[str]) -> Path:
    """Write the tables of a comparison, its summary and what it was made of into a new folder.

    Parameters
    ----------
    comparison : Comparison
    path : str or path
        A folder that is not there yet; it appears whole or not at all.

    Returns
    -------
    Path
        The folder: one ``.csv`` for each table with the marking in its first column, ``summary.txt``, and
        ``comparison.json`` with the assessments, the choices, the marking, what the comparison was shown in spite of,
        its facts, and the hashes of the files. Files of an internal comparison say so in their names.

    Raises
    ------
    ParameterError
        Something of that name is there.
    StoreError
        The folder cannot be written to.
    """
    target = Path(path)
    if target.exists():
        raise ParameterError(f"{target.name!r} is there already, and is not written over. Name another folder.")
    with atomic_folder(target) as folder:
        write_tables_of(comparison, folder)
        write_about_of(comparison, folder)
    return target


def write_tables_of(
    comparison: Comparison, folder: Path, *, also: Mapping[str, pd.DataFrame] = MappingProxyType({})
) -> None:
    """Write the tables and the summary of a comparison into a folder, and further tables by name."""
    write_frames({**comparison.frames(), **also}, comparison.summary(), folder, about=comparison.about)


def write_frames(frames: Mapping[str, pd.DataFrame], summary: str, folder: Path, *, about: About) -> None:
    """Write tables by name, each with the marking in its first column, and a summary into a folder."""
    internal = about.internal
    for name, frame in frames.items():
        keyed = frame.index.name is not None and not isinstance(frame.index, pd.RangeIndex)
        flat = frame.reset_index() if keyed else frame
        # A line above the heading would break whatever reads the file as a table.
        flat = flat.assign(**{MARKING: about.shown_marking})[[MARKING, *flat.columns]]
        write_csv(flat, folder / internal_name(f"{name}.csv", internal=internal), internal=internal)
    path = folder / internal_name(SUMMARY, internal=internal)
    path.write_text(summary + "\n", encoding="utf-8")


def write_about_of(comparison: Comparison, folder: Path, *, key: str = "", not_written: Sequence[str] = ()) -> None:
    """Write what a comparison was made of, with the hash of every file of its folder: the last of them."""
    told = {
        "key": key,
        "earlier": comparison.assessments[0],
        "later": comparison.assessments[1],
        "warnings": comparison.warnings,
        "not_written": list(not_written),
        "facts": {str(fact): float(value) for fact, value in comparison.facts["value"].items()},
    }
    write_about(folder, told, settings=comparison.settings, about=comparison.about)


def write_about(
    folder: Path, told: Mapping[str, Any], *, settings: object, about: About, name: str = ABOUT, seal: str | None = None
) -> None:
    """Write what a folder of results was made of, with the hash of every file of it: the last of them.

    With `seal` it holds a hash of itself too, in the field of that name.
    """
    whole = {
        **told,
        "marking": about.shown_marking,
        "settings": settings_as_dict(settings),
        "files": {
            file.relative_to(folder).as_posix(): sha256_file(file)
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        },
    }
    whole = whole if seal is None else sealed(whole, field=seal, key=None)
    (folder / name).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
