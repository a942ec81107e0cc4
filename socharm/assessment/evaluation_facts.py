"""What the folder of an evaluation says, read into an assessment once every file is as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from socharm._about import INTERNAL
from socharm._words import joined_words, number_of
from socharm.errors import SchemaError, StoreError
from socharm.files.hashing import sha256_file
from socharm.files.plain import read_json, stored
from socharm.files.seal import is_sealed, seal_faults

__all__ = ["EVALUATION", "SEAL", "EvaluationFacts", "read_facts"]

#: What the folder was made of, with the hashes of its files.
EVALUATION: Final = "evaluation.json"
#: Where its hash of itself stands.
SEAL: Final = "sha256"
_AGAIN: Final = "run `socharm evaluate` again, and name the new folder."
_SHOWN: Final = 3


@dataclass(frozen=True, kw_only=True)
class EvaluationFacts:
    """An evaluation as its folder tells it.

    Attributes
    ----------
    name : str
    site : tuple of str
    rings : mapping of str to tuple of str
        Codes of the areas of each ring round the site; none where rings were not among its methods.
    row : mapping
        Start, months, outcome, change with its interval, verdict, placebo sites, whether it was registered.
    sentences : mapping of str to str
        By what each speaks of.
    boundary_year : int or None
    marking : str
    internal : bool
        Whether it was made of counts as recorded.
    """

    name: str
    site: tuple[str, ...]
    rings: Mapping[str, tuple[str, ...]]
    row: Mapping[str, Any]
    sentences: Mapping[str, str]
    boundary_year: int | None
    marking: str
    internal: bool


def read_facts(folder: Path) -> EvaluationFacts:
    """Read what a folder that ``socharm evaluate`` wrote says, once each of its files is as it was written.

    Raises
    ------
    SchemaError
        It is no such folder, or of a version that did not write this.
    StoreError
        It is damaged, or something in it was changed.
    """
    if not folder.is_dir() or not (folder / EVALUATION).exists():
        raise SchemaError(
            f"{folder.name!r} is no folder that `socharm evaluate` wrote: it holds no {EVALUATION}. Name such a folder."
        )
    held = read_json(folder / EVALUATION)
    if not isinstance(held, dict) or not is_sealed(held, field=SEAL):
        raise SchemaError(f"{folder.name!r}: {EVALUATION} lacks what an assessment reads of it. To have it, {_AGAIN}")
    if faults := seal_faults(held, field=SEAL, key=None):
        raise StoreError(f"{folder.name!r}: {EVALUATION} {faults[0]}. Restore the folder from a copy, or {_AGAIN}")
    with stored(f"{folder.name}/{EVALUATION}", what="what `socharm evaluate` writes"):
        changed = [name for name, digest in held["files"].items() if not _same(folder, name, digest)]
        facts = _facts(held)
    if changed:
        raise StoreError(
            f"{folder.name!r} is not as it was written: {number_of(len(changed), 'file')} missing or changed "
            f"({joined_words(changed[:_SHOWN])}{', ...' if len(changed) > _SHOWN else ''}). Restore the folder from a "
            f"copy, or {_AGAIN}"
        )
    return facts


def _same(folder: Path, name: str, digest: str) -> bool:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and (folder / path).is_file() and sha256_file(folder / path) == digest


def _facts(held: Mapping[str, Any]) -> EvaluationFacts:
    chosen = held["settings"]
    told = ("outcome", "first", "last", "change", "low", "high", "verdict", "as_extreme", "placebos", "registered")
    row = {"start": chosen["start"], **{name: held[name] for name in told}, "snapshot": held["snapshot"]}
    return EvaluationFacts(
        name=str(chosen["name"]),
        site=tuple(map(str, chosen["site"])),
        rings={str(ring): tuple(map(str, codes)) for ring, codes in held["rings"].items()},
        row=row,
        sentences={str(what): str(text) for what, text in held["sentences"].items()},
        boundary_year=held["boundary_year"],
        marking=str(held["marking"]).removesuffix(f" - {INTERNAL}"),
        internal=bool(held["internal"]),
    )
