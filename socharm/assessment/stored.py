"""A finished assessment, read back from its snapshot."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from socharm._about import About, AssessmentPeriod
from socharm._arguments import checked
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm.assessment.manifest import content_id, read_manifest
from socharm.assessment.recipe import Recipe, parse_recipe
from socharm.errors import ParameterError
from socharm.files.geopackage import read_layer
from socharm.files.store import verify_hashes
from socharm.files.tables import AssessmentTables, read_tables

__all__ = ["GEOPACKAGE", "Assessment", "Verification", "open_assessment", "verify_assessment"]

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
        return self.tables.ranking

    @property
    def settings(self) -> Recipe:
        """The recipe: enough to run the same assessment again."""
        return self.recipe

    @property
    def ranking_table(self) -> pd.DataFrame:
        """The ranking: one row per area."""
        return self.tables.ranking

    @property
    def index_table(self) -> pd.DataFrame:
        """The severity index: one row per area."""
        return self.tables.index

    @checked
    def top(self, n: CountFrom1 = 10) -> pd.DataFrame:
        """The first `n` areas; areas that tie on the last place are all kept."""
        return self.tables.ranking.dropna(subset=["rank"]).nsmallest(n, "rank", keep="all")

    def areas(self) -> gpd.GeoDataFrame:
        """Boundaries of the areas, index ``area_code``, from the snapshot's GeoPackage.

        Raises
        ------
        StoreError
            The recipe made no GeoPackage, or it is damaged.
        """
        layer = read_layer(self.path / GEOPACKAGE, "index").set_index("area_code")
        return gpd.GeoDataFrame(self.tables.areas.join(layer[["geometry"]], validate="1:1"), crs=layer.crs)

    def summary(self) -> str:
        """The closing summary of the run, as plain text."""
        from socharm.assessment.summary import closing_summary, summary_text

        return summary_text(closing_summary(self))

    def _summary(self) -> dict[str, str]:
        rankable = int(self.tables.ranking["rank"].notna().sum())
        first = self.top(1)
        name = str(first["name"].iloc[0]) if len(first) else "none"
        return {
            "snapshot": self.path.name,
            "areas": f"{len(self.tables.areas):,}, of which {rankable:,} ranked",
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
        Nothing in the folder is ever rewritten. Hashes are not checked here; see `verify_assessment`.

    Raises
    ------
    ParameterError
        There is no such folder.
    StoreError
        The folder is not a snapshot, is damaged, or a newer socharm made it.
    """
    folder = _folder(path)
    manifest = read_manifest(folder)
    recipe = parse_recipe(manifest["recipe"], folder=folder, name=f"{folder.name}/manifest.json")
    tables = read_tables(folder / "tables")
    return Assessment(path=folder, tables=tables, manifest=manifest, recipe=recipe, about=_about(manifest))


def _folder(path: str | os.PathLike[str]) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise ParameterError(f"`path` names no folder: {folder.name!r}. Name a snapshot folder inside the store.")
    return folder


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
        One line per file that changed, is missing or does not belong; empty when all is as it was made.
    """

    path: Path
    files: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every output is as it was made."""
        return not self.problems


@checked
def verify_assessment(path: str | os.PathLike[str]) -> Verification:
    """Recompute every hash of a snapshot and compare with its manifest.

    ``manifest.json`` and ``run.log`` are outside the output hashes; the manifest's own content id is
    computed again from its recipe, inputs and versions, and compared with the folder's name.

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
        The folder is not a snapshot, or a newer socharm made it.
    """
    folder = _folder(path)
    manifest = read_manifest(folder)
    problems = verify_hashes(folder, manifest["outputs"])
    arguments = (manifest["recipe"], manifest["inputs"], manifest["versions"], manifest["schema_version"])
    if content_id(*arguments) != manifest["content_id"]:
        problems.append("manifest.json: its content id does not follow from its recipe, inputs and versions")
    if manifest["snapshot"] != folder.resolve().name:
        problems.append(f"manifest.json: belongs to the snapshot {manifest['snapshot']!r}")
    return Verification(path=folder, files=len(manifest["outputs"]), problems=tuple(problems))
