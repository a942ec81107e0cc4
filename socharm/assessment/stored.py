"""A finished assessment, read back from its snapshot."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from socharm._about import INTERNAL, About, AssessmentPeriod
from socharm._arguments import check_fields, checked
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm.assessment.assemble import earlier_settings
from socharm.assessment.recipe import Recipe
from socharm.assessment.recipe_file import recipe_of_manifest
from socharm.assessment.sentences import method_sentences
from socharm.assessment.steps.order import declared_tables
from socharm.assessment.summary import closing_summary, summary_text
from socharm.errors import ParameterError, StoreError
from socharm.files.geopackage import read_layer
from socharm.files.hashing import sha256_file
from socharm.files.internal import named_either_way
from socharm.files.seal import key_fingerprint, read_key
from socharm.ranking.top_list import first_areas
from socharm.snapshot.manifest import read_manifest, read_whole, snapshot_faults
from socharm.snapshot.tables import AssessmentTables, read_tables

__all__ = [
    "GEOPACKAGE",
    "Assessment",
    "Verification",
    "open_assessment",
    "snapshot_folder",
    "verify_assessment",
]

GEOPACKAGE = "areas.gpkg"


@dataclass(frozen=True, eq=False, repr=False)
class Assessment(Record):
    """A finished assessment: its tables, and the manifest that says how they were made.

    Attributes
    ----------
    path : Path
        The snapshot folder.
    tables : AssessmentTables
    manifest : mapping
        Recipe, versions, seed, hashes and row accounting of inputs, hashes of outputs, marking.
    recipe : Recipe
    """

    path: Path
    tables: AssessmentTables
    manifest: Mapping[str, Any]
    recipe: Recipe
    about: About

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """The ranking: one row per area, rank 1 has the most harm."""
        return self.tables["ranking"]

    @property
    def settings(self) -> Recipe:
        """The recipe: enough to run the same assessment again."""
        return self.recipe

    @property
    def ranking_table(self) -> pd.DataFrame:
        """The ranking: one row per area."""
        return self.tables["ranking"]

    @property
    def index_table(self) -> pd.DataFrame:
        """The severity index: one row per area."""
        return self.tables["index"]

    @checked
    def top(self, n: CountFrom1 = 10) -> pd.DataFrame:
        """The `n` areas most likely to be among the first `n`, by ``probability``; of equal ones, by rank.

        By rank where no such size was asked for in ``top`` (``probability`` is then missing). Areas that are equal at
        the end are all kept.
        """
        return first_areas(self.tables["ranking"], self.tables["top_k"], n)

    def areas(self) -> gpd.GeoDataFrame:
        """Boundaries of the areas, index ``area_code``, from the snapshot's GeoPackage.

        Raises
        ------
        ParameterError
            The recipe kept no GeoPackage.
        StoreError
            It is damaged, or it was changed since the snapshot was opened.
        """
        path = named_either_way(self.path, GEOPACKAGE)
        if not path.exists() and not self.recipe.outputs.geopackage:
            raise ParameterError(
                f"{self.path.name!r} was made with [outputs] geopackage = false and keeps no boundaries, which this "
                "needs. Run the recipe again with geopackage = true."
            )
        if path.exists() and sha256_file(path) != self.manifest["outputs"].get(path.name):
            raise StoreError(f"{path.name!r} was changed since the snapshot was opened. Restore it from a copy.")
        name = "index" if path.name == GEOPACKAGE else f"{INTERNAL}_index"
        layer = read_layer(path, name).set_index("area_code")
        return gpd.GeoDataFrame(self.tables["areas"].join(layer[["geometry"]], validate="1:1"), crs=layer.crs)

    def closing_summary(self) -> dict[str, Any]:
        """The closing summary of the run, as plain values: who leads and how surely, rows, losses, warnings."""
        return closing_summary(self.path, tables=self.tables, manifest=self.manifest, about=self.about)

    def summary(self) -> str:
        """The closing summary of the run, as plain text."""
        return summary_text(self.closing_summary())

    def _summary(self) -> dict[str, str]:
        rankable = int(self.tables["ranking"]["rank"].notna().sum())
        first = self.top(1)
        name = str(first["name"].iloc[0]) if len(first) else "none"
        return {
            "snapshot": self.path.name,
            "areas": f"{len(self.tables['areas']):,}, of which {rankable:,} ranked",
            "most harm": name,
        }


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
    if "said" not in manifest:  # of a snapshot from before version 5
        manifest = {**manifest, "said": list(method_sentences(manifest["recipe"]))}
    return Assessment(path=folder, tables=tables, manifest=manifest, recipe=recipe, about=_about(manifest))


def snapshot_folder(path: str | os.PathLike[str]) -> Path:
    """The folder that a path names; where it is a link, the one that it leads to."""
    folder = Path(path)
    if not folder.is_dir():
        raise ParameterError(f"`path` names no folder: {folder.name!r}. Name a snapshot folder inside the store.")
    # The store beside a link is not the snapshot's.
    return folder.resolve() if folder.is_symlink() else folder


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


@dataclass(frozen=True, eq=False)
class Verification:
    """Outcome of `verify_assessment`.

    Attributes
    ----------
    path : Path
    files : int
        Outputs listed in the manifest.
    problems : tuple of str
        One line for each thing that changed, is missing or does not belong; empty when all is as it was made.
    signed : str
        Fingerprint of the key that the manifest is signed with; empty where the store has none. Compare it with the one
        that was noted when the key was made.
    """

    path: Path
    files: int
    problems: tuple[str, ...]
    signed: str = ""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def ok(self) -> bool:
        """Whether everything is as it was made."""
        return not self.problems


@checked
def verify_assessment(path: str | os.PathLike[str]) -> Verification:
    """Find whatever was changed in a snapshot, added to it or taken away.

    The manifest is held against the hash of itself, and against its signature where the store has a key; each output
    against its hash; each line of ``run.log`` against the one before; markings inside the tables and recorded changes
    against the marking that the manifest states.

    Parameters
    ----------
    path : str or path
        The snapshot folder.

    Returns
    -------
    Verification
        ``.ok``, and one line for each problem.

    Raises
    ------
    ParameterError
        There is no such folder.
    StoreError
        The folder is not a snapshot, its manifest cannot be read or carries no hash, or a newer socharm made it.

    Notes
    -----
    Without a key whoever can write the folder can change everything in it, compute every hash again, and is not found.
    """
    folder = snapshot_folder(path)
    manifest = read_manifest(folder)
    key = read_key(folder.parent)
    problems = snapshot_faults(folder, manifest, key=key)
    return Verification(
        path=folder,
        files=len(manifest["outputs"]),
        problems=tuple(problems),
        signed="" if key is None or problems else key_fingerprint(key),
    )
