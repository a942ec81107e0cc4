"""Sections of the recipe for deprivation and for areas that are hot together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from socharm._settings import setting
from socharm.assessment.input_sections import BestFitSection
from socharm.assessment.recipe_rules import between_keys
from socharm.hotspots.areas.local_record import GiSettings
from socharm.hotspots.areas.neighbours import NeighbourSettings
from socharm.io.deprivation_record import DeprivationSettings
from socharm.io.sources import read_by_name
from socharm.io.table_options import TableOptions
from socharm.overlay.deprivation import OverlaySides

__all__ = ["DeprivationSection", "HotspotsSection"]


@dataclass(frozen=True, kw_only=True)
class DeprivationSection(OverlaySides, DeprivationSettings):
    """``[deprivation]``: an index of deprivation, of the ranked areas or of smaller ones that are averaged.

    `lookup` or `best_fit` carry smaller areas to the ranked ones; their residents are those of ``[population]`` where
    it is of the same smaller areas, else of the file that `population` names, read as
    ``[deprivation.population_options]`` says.
    """

    path: str = setting(says="table of the index", example="imd2025.csv")
    official: str | None = setting(
        None, "name of the index: iod, wimd, simd or nimdm; a file of another is refused", example="simd", after="path"
    )
    lookup: str | None = setting(
        None,
        "averages of smaller areas over their residents; or [deprivation.best_fit]",
        example="lsoa-to-ward",
        after="classes",
    )
    population: str | None = setting(
        None,
        "residents of the smaller areas, where [population] is not of them",
        example="population_lsoas.csv",
        after="lookup",
    )
    population_code: str | None = setting(None, "column of their codes", example="LSOA21CD", after="population")
    population_value: str | None = setting(
        None, "column of the residents", example="residents", after="population_code"
    )
    population_options: TableOptions | None = setting(None, "how that file of residents is read", after="source")
    best_fit: BestFitSection | None = setting(
        None, "or by a point inside each smaller area, instead of a lookup", after="population_options"
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        yield from between_keys("deprivation", vars(self))
        if self.official is not None:
            read_by_name(self.official, "read_deprivation", argument="official")


@dataclass(frozen=True, kw_only=True)
class HotspotsSection(GiSettings, NeighbourSettings):
    """``[hotspots]``: which areas are hot together, by permutation and by their months, corrected for many tests."""

    statistic: Literal["gi_star", "moran"] = setting("gi_star", 'or "moran": hotspots and outliers')
