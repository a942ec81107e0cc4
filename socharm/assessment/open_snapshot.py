"""A finished assessment, read back from its snapshot."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from socharm._about import About, AssessmentPeriod
from socharm._arguments import checked
from socharm.assessment.recipe_file import recipe_of_manifest
from socharm.assessment.result_tables import earlier_settings
from socharm.assessment.sentences import method_sentences
from socharm.assessment.steps.order import declared_tables
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.manifest import read_whole
from socharm.snapshot.tables import read_tables
from socharm.snapshot.verification import snapshot_folder

__all__ = ["open_assessment"]

#: Since this version a manifest holds every sentence that needs no table.
_WHOLE_SENTENCES: Final = 7


@checked
def open_assessment(path: str | os.PathLike[str]) -> Assessment:
    """Open a snapshot that `run_assessment` made.

    Parameters
    ----------
    path : str or path
        The snapshot folder, such as ``store/2025H1-20251003T091203Z-3f9a1c2e``.

    Returns
    -------
    Assessment
        Everything in the folder was verified first, as by `verify_assessment`: whatever is made of the snapshot is made
        of what the run left.

    Raises
    ------
    ParameterError
        There is no such folder.
    StoreError
        The folder is not a snapshot, is damaged, is not as it was made, or another version of socharm made it.
    """
    folder = snapshot_folder(path)
    manifest = read_whole(folder)
    recipe = recipe_of_manifest(manifest["recipe"], folder=folder, name=f"{folder.name}/manifest.json")
    tables = read_tables(folder / "tables", declared_tables(), settings=earlier_settings(manifest["recipe"]))
    if manifest["schema_version"] < _WHOLE_SENTENCES:
        manifest = {**manifest, "said": [sentence.as_dict() for sentence in method_sentences(recipe, manifest)]}
    return Assessment(path=folder, tables=tables, manifest=manifest, recipe=recipe, about=_about(manifest))


def _about(manifest: Mapping[str, Any]) -> About:
    stated = manifest["about"]
    return About(
        period=AssessmentPeriod(*stated["period"]),
        boundary_year=stated["boundary_year"],
        unit=stated["unit"],
        sources=tuple(stated["sources"]),
        marking=manifest["marking"],
        coverage=stated["coverage"],
    )
