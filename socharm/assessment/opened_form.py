"""A snapshot in the form that its documents are of, and the folder that they stand in."""

from __future__ import annotations

import os
from pathlib import Path

from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.published import published_form
from socharm.files.atomic import store_faults
from socharm.snapshot.assessment import Assessment

__all__ = ["documents_folder", "opened_form"]


def documents_folder(assessment: Assessment, to: str | os.PathLike[str] | None = None) -> Path:
    """Folder of a snapshot's documents: ``<store>/profiles/<snapshot>``, or the one given."""
    folder = assessment.path.parent / "profiles" / assessment.path.name if to is None else Path(to)
    with store_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def opened_form(snapshot: str | os.PathLike[str], *, internal: bool) -> tuple[Assessment, bool]:
    """A snapshot in the form that is asked for, and whether it shows what published ones withhold."""
    assessment = open_assessment(snapshot)
    if internal:
        return assessment, True
    return published_form(assessment), False
