"""A finished assessment: what a snapshot holds, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._about import INTERNAL, About
from socharm._arguments import checked
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm.errors import ParameterError, StoreError
from socharm.files.geopackage import read_layer
from socharm.files.hashing import sha256_file
from socharm.files.internal import named_either_way
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.summary import closing_summary, summary_text
from socharm.snapshot.tables import AssessmentTables
from socharm.snapshot.top_list import first_areas

__all__ = ["GEOPACKAGE", "Assessment", "about_of", "holds_closed_counts", "tables_of"]

GEOPACKAGE: Final = "areas.gpkg"


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

    __made_by__ = ("run_assessment", "open_assessment")

    path: Path
    tables: AssessmentTables
    manifest: Mapping[str, Any]
    recipe: Recipe
    about: About

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """The ranking: one row per area, rank 1 has the highest harm rate."""
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
        return summary_text(self.closing_summary(), declared=self.tables.declared)

    def _summary(self) -> dict[str, str]:
        rankable = int(self.tables["ranking"]["rank"].notna().sum())
        first = self.top(1)
        name = str(first["name"].iloc[0]) if len(first) else "none"
        return {
            "snapshot": self.path.name,
            "areas": f"{len(self.tables['areas']):,}, of which {rankable:,} ranked",
            "highest harm rate": name,
        }


def tables_of(assessment: Assessment | AssessmentTables) -> AssessmentTables:
    """The tables of an assessment, or the tables themselves."""
    return assessment.tables if isinstance(assessment, Assessment) else assessment


def about_of(assessment: Assessment | AssessmentTables) -> About | None:
    """Period, sources and marking of an assessment; bare tables do not say them."""
    return assessment.about if isinstance(assessment, Assessment) else None


def holds_closed_counts(manifest: Mapping[str, Any]) -> bool:
    """Whether a snapshot's counts are as recorded of input that is not open."""
    closed = manifest.get("disclosure", {}).get("open_input", True) is False
    return closed and not manifest.get("published_form", False)
