"""Sections of the recipe for deprivation and for areas that are hot together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from socharm._settings import setting
from socharm.assessment.input_sections import BestFitSection
from socharm.assessment.table_keys import TableKeys
from socharm.hotspots.areas.local_record import GiSettings
from socharm.hotspots.areas.neighbours import NeighbourSettings

__all__ = ["DeprivationSection", "HotspotsSection"]


@dataclass(frozen=True, kw_only=True)
class DeprivationSection(TableKeys):
    """``[deprivation]``: an index of deprivation, of the ranked areas or of smaller ones that are averaged.

    `lookup` or `best_fit` carry smaller areas to the ranked ones; their residents are those of ``[population]`` where
    it is of the same smaller areas, else of the file that `population` names, read as
    ``[deprivation.population_options]`` says.
    """

    path: str = setting(says="table of the index", example="imd2025.csv")
    version: Literal["without_crime", "published"] = setting(
        "without_crime", 'or "published": crime then stands on both sides'
    )
    classes: Literal[3, 5] = setting(3, "of each side of the overlay: 3 or 5")
    lookup: str | None = setting(
        None,
        "averages of smaller areas over their residents; or [deprivation.best_fit]",
        example="lsoa-to-ward",
    )
    population: str | None = setting(
        None,
        "residents of the smaller areas, where [population] is not of them",
        example="population_lsoas.csv",
    )
    population_code: str | None = setting(None, "column of their codes", example="LSOA21CD")
    population_value: str | None = setting(None, "column of the residents", example="residents")
    year: int | None = setting(None, "edition, where the file does not say", example=2025)
    source: str | None = setting(None, "as printed under maps; the file's name when absent", example="MHCLG")
    population_options: TableKeys | None = setting(None, "how that file of residents is read")
    best_fit: BestFitSection | None = setting(None, "or by a point inside each smaller area, instead of a lookup")

    def _faults(self) -> Iterable[str]:
        if self.lookup and self.best_fit:
            yield "state `lookup` or `best_fit`, not both."
        stated = (self.population, self.population_code, self.population_value)
        if any(stated) and not all(stated):
            yield "`population`, `population_code` and `population_value` go together."


@dataclass(frozen=True, kw_only=True)
class HotspotsSection(GiSettings, NeighbourSettings):
    """``[hotspots]``: which areas are hot together, by permutation and by their months, corrected for many tests."""

    statistic: Literal["gi_star", "moran"] = setting("gi_star", 'or "moran": clusters and outliers')
