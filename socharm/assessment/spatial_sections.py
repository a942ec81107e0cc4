"""Sections of the recipe for deprivation, hotspots and clusters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from socharm.assessment.table_keys import STRICT, TableKeys

__all__ = ["BestFitSection", "ClustersSection", "DeprivationSection", "HotspotsSection", "spatial_faults"]


@dataclass(frozen=True, kw_only=True)
class BestFitSection(TableKeys):
    """``[population.best_fit]``: assign smaller areas to the ranked ones by a point inside each.

    `path` is a table of (population-weighted) centroids with `easting` and `northing`, or a boundary
    file, whose polygons' inner points are used. `crs` is the system of the coordinates, where it is not that of the
    ranked areas, or the file does not say it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    path: str
    code: str
    easting: str | None = None
    northing: str | None = None
    crs: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeprivationSection(TableKeys):
    """``[deprivation]``: an index of deprivation, of the ranked areas or of smaller ones that are averaged.

    `lookup` or `best_fit` carry smaller areas to the ranked ones; their residents are those of
    ``[population]`` where it is of the same smaller areas, else of the file that `population` names, read as
    ``[deprivation.population_options]`` says.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    path: str
    year: int | None = None
    version: Literal["without_crime", "published"] = "without_crime"
    classes: Literal[3, 5] = 3
    lookup: str | None = None
    best_fit: BestFitSection | None = None
    population: str | None = None
    population_code: str | None = None
    population_value: str | None = None
    population_options: TableKeys | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class HotspotsSection:
    """``[hotspots]``: which areas are hot together, by permutation and by their months, corrected for many tests."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    statistic: Literal["gi_star", "moran"] = "gi_star"
    rule: Literal["queen", "rook", "knn", "distance", "delaunay"] = "queen"
    k: int | None = None
    distance: float | None = None
    islands: Literal["none", "nearest"] = "none"
    column: str = "rate_eb"
    months: bool = True
    permutations: int = 99_999
    alpha: float = 0.05
    correction: Literal["bh", "by", "none"] = "bh"


@dataclass(frozen=True, kw_only=True)
class ClustersSection:
    """``[clusters]``: dense clusters of harm points; reach in metres and least events by stated rules when absent."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["dbscan", "hdbscan"] = "dbscan"
    eps: float | None = None
    min_events: int | None = None
    by: Literal["events", "harm"] = "events"


def spatial_faults(deprivation: DeprivationSection | None, *, carried: bool) -> Iterable[str]:
    """What is wrong with these sections beyond their types; `carried`: ``[population]`` is of smaller areas."""
    if deprivation is not None:
        if deprivation.lookup and deprivation.best_fit:
            yield "deprivation: state `lookup` or `best_fit`, not both."
        stated = (deprivation.population, deprivation.population_code, deprivation.population_value)
        if any(stated) and not all(stated):
            yield "deprivation: `population`, `population_code` and `population_value` go together."
        if (deprivation.lookup or deprivation.best_fit) and not all(stated) and not carried:
            yield (
                "deprivation: an average over smaller areas needs their residents; state `population`, "
                "`population_code` and `population_value`."
            )
