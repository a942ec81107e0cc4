"""Dashboard and profiles of a store after the half-yearly job, made again where something that is in them changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from socharm._version import __version__
from socharm.assessment.dashboard_page import write_snapshot_dashboard
from socharm.assessment.disclosing import shows_internal
from socharm.assessment.documents import ProfileOrder, texts_folder, write_profiles
from socharm.assessment.opened_form import documents_folder
from socharm.assessment.rescore import Rescored
from socharm.errors import MissingExtraError
from socharm.files.atomic import atomic_write
from socharm.files.hashing import sha256_file, sha256_json
from socharm.files.plain import read_json
from socharm.rescoring.annotations import ANNOTATIONS

__all__ = ["Refreshed", "refresh_documents"]

#: What the documents of a snapshot were made of, beside them.
_STAMP: Final = ".refreshed.json"
#: What people write, and profiles and dashboards read.
_WRITTEN_BY_PEOPLE: Final = ("*.toml", "*-plan.xlsx", "*-plan.csv")


@dataclass(frozen=True)
class Refreshed:
    """Documents after the half-yearly job.

    Attributes
    ----------
    written : list of Path
        Empty where nothing that is in these documents has changed since the last time.
    not_written : list of str
        What could not be written for want of a library, each with how to get it.
    """

    written: list[Path]
    not_written: list[str]


def refresh_documents(
    made: Rescored, *, profiles: int = 0, progress: Callable[[str, int, int], None] | None = None
) -> Refreshed:
    """Make the dashboard, and profiles of the first areas, of the snapshot that was assessed.

    Parameters
    ----------
    made : Rescored
    profiles : int
        So many areas from the highest rank down.
    progress : callable, optional

    Returns
    -------
    Refreshed

    Raises
    ------
    RefusedError
        A profile was edited by hand since it was written.
    """
    snapshot = made.assessment.path
    folder = documents_folder(made.assessment)
    stamp = folder / _STAMP
    before = read_json(stamp) if stamp.exists() else {}
    internal = shows_internal(made.assessment.recipe)
    jobs: dict[str, Callable[[], list[Path]]] = {}
    if made.assessment.recipe.outputs.geopackage:  # which holds the boundaries of the page
        compared = [] if made.comparison is None else [made.comparison]
        jobs["dashboard"] = lambda: [
            write_snapshot_dashboard(snapshot, internal=internal, earlier="all", compared=compared)
        ]
    if profiles:
        order = ProfileOrder(top=profiles, internal=internal)
        jobs["profiles"] = lambda: write_profiles(snapshot, order, comparison=made.comparison)
    done = Refreshed([], [])
    kept: dict[str, Any] = dict(before) if isinstance(before, dict) else {}
    for number, (what, job) in enumerate(jobs.items(), start=1):
        if kept.get(what) == _made_of(made, what, profiles) and all(
            (folder / name).exists() for name in _files(kept, what)
        ):
            continue
        if progress is not None:
            progress(what, number, len(jobs))
        try:
            now = job()
        except MissingExtraError as error:
            done.not_written.append(f"{what}: {error}")
            continue
        done.written.extend(now)
        kept[f"{what} files"] = sorted(path.name for path in now if path.parent == folder)
        # Profiles begin the files that people write into: what they are made of is known when they are there.
        kept[what] = _made_of(made, what, profiles)
        with atomic_write(stamp) as temporary:
            temporary.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return done


def _files(kept: dict[str, Any], what: str) -> list[str]:
    """Names of the files that were written the last time; one that somebody removed is made again."""
    names = kept.get(f"{what} files", [])
    return [str(name) for name in names] if isinstance(names, list) else []


def _made_of(made: Rescored, what: str, profiles: int) -> str:
    """Hash of what a document is made of: the comparison and the notes of the store; of profiles what people wrote."""
    snapshot = made.assessment.path
    notes = snapshot.parent / ANNOTATIONS
    told: dict[str, Any] = {
        "comparison": "" if made.folder is None else made.folder.name,
        "notes": sha256_file(notes) if notes.exists() else "",
        "socharm": __version__,
    }
    if what == "profiles":
        folders = dict.fromkeys((texts_folder(snapshot), documents_folder(made.assessment)))
        files = sorted(file for folder in folders for pattern in _WRITTEN_BY_PEOPLE for file in folder.glob(pattern))
        told |= {"written": {file.name: sha256_file(file) for file in files}, "number": profiles}
    else:
        told |= {"snapshots": sorted(path.parent.name for path in snapshot.parent.glob("*/manifest.json"))}
    return sha256_json(told)
