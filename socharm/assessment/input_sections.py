"""Sections of the recipe that name the files of an assessment, and say how they are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from socharm._about import MONTH
from socharm._settings import Settings, setting
from socharm._value_kinds import shown
from socharm.assessment.recipe_rules import between_keys
from socharm.io.areas import BoundarySettings
from socharm.io.incidents.settings import CountSettings, IncidentSettings
from socharm.io.indicator_record import IndicatorSettings
from socharm.io.lookups import BestFitSettings, LookupSettings
from socharm.io.population import PopulationSettings
from socharm.io.sources import read_by_name
from socharm.io.units.grid import GridSettings
from socharm.io.weight_scheme import CrosswalkSettings, WeightSettings

__all__ = [
    "AreasSection",
    "BestFitSection",
    "IncidentsSection",
    "IndicatorsSection",
    "LookupSection",
    "OfficialSettings",
    "PopulationSection",
    "WeightsSection",
]

#: Choices of a table with a dictionary, which the layout of an official one makes.
_SPELT_OUT: Final = ("code", "measure", "value", "period", "ignore", "repair_quoted_rows")


@dataclass(frozen=True, kw_only=True)
class LookupSection(LookupSettings):
    """``[[lookups]]``: a table from one kind of area to another, named so that other sections can use it."""

    name: str = setting(says="what other sections call it", example="ward-to-district")
    path: str = setting(says="table of the lookup", example="lookup.csv")


@dataclass(frozen=True, kw_only=True)
class AreasSection(BoundarySettings):
    """``[areas]``: the boundaries to rank, and the columns that name them."""

    path: str = setting(says="file of the boundaries", example="wards.gpkg", on=True)
    parent_lookup: str | None = setting(
        None, "or a lookup to it (see [[lookups]])", example="ward-to-district", after="parent"
    )
    force_lookup: str | None = setting(None, "or a lookup to it", example="ward-to-force", after="force")
    only: tuple[str, ...] = setting(
        (),
        "keep the areas with these codes or districts, out of a larger file",
        example=["Bradford", "Leeds"],
        after="force_lookup",
    )
    grid: GridSettings | None = setting(None, "rank the cells of a grid over these areas in their place", after="only")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        yield from between_keys("areas", vars(self))


@dataclass(frozen=True, kw_only=True)
class IncidentsSection(IncidentSettings, CountSettings):
    """``[incidents]``: recorded incidents, and what did not arrive."""

    path: str = setting(
        says="folder of police.uk months, the downloaded zip, a CSV, workbook or parquet file",
        example="police-uk",
        on=True,
    )
    not_covered: tuple[str, ...] = setting(
        (), "areas that no source covered: missing, not zero", example=["E05001341"], after="duplicates"
    )
    covered_months: tuple[str, ...] | None = setting(
        None, "months that arrived, where the files do not tell", example=["2025-04"], after="not_covered"
    )
    ledger_since: str | None = setting(
        None,
        "first of the months before the period that are kept as they stand today, to see later what the source changed",
        example="2023-10",
        after="covered_months",
    )
    source: str | None = setting(None, "as printed under maps", example="our own records", after="stop_share")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.ledger_since is not None and MONTH.fullmatch(self.ledger_since) is None:
            yield f"`ledger_since` is {shown(self.ledger_since)}, no month. Write it as '2023-10'."


@dataclass(frozen=True, kw_only=True)
class BestFitSection(BestFitSettings):
    """``[population.best_fit]``: assign smaller areas to the ranked ones by a point inside each.

    `path` is a table of (population-weighted) centroids with `easting` and `northing`, or a boundary file, whose
    polygons' inner points are used.
    """

    path: str = setting(
        says="population-weighted centroids, or the boundaries of the smaller areas", example="centroids.csv"
    )
    code: str = setting(says="column of the smaller areas' codes", example="LSOA21CD")
    easting: str | None = setting(None, "leave easting and northing out for boundaries", example="x")
    northing: str | None = setting(None, "column of the other coordinate", example="y")


@dataclass(frozen=True, kw_only=True)
class PopulationSection(PopulationSettings):
    """``[population]``: the denominator, of the ranked areas or of smaller ones with a lookup or best fit."""

    path: str = setting(says="table of the denominator", example="population_wards.csv", on=True)
    lookup: str | None = setting(
        None,
        "populations of smaller areas, added up by a lookup of [[lookups]] ...",
        example="lsoa-to-ward",
        after="source",
    )
    best_fit: BestFitSection | None = setting(
        None, "or by a point inside each smaller area, instead of a lookup", after="lookup"
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.kind == "none":
            yield "`kind` is 'none'; leave the section out for harm per area."
        yield from between_keys("population", vars(self))


@dataclass(frozen=True, kw_only=True)
class WeightsSection(CrosswalkSettings, WeightSettings):
    """``[weights]``: the severity weights, and the crosswalk to the categories of the incidents."""

    scheme: str = setting("ons-css", "ONS Crime Severity Score weights, 2020 release: sentence-days")
    file: str | None = setting(None, "or weights of your own", example="weights.csv")
    crosswalk: Literal["police.uk", "home-office", "mps", "none"] = setting(
        "police.uk",
        'groups of the incidents: or "home-office" subgroups, "mps" minor groups, "none" for Home Office count codes',
    )


@dataclass(frozen=True, kw_only=True)
class OfficialSettings(Settings):
    """An official table by the name of its source, which needs no dictionary and no columns spelt out."""

    official: str | None = setting(
        None, "or the name of an official table (`socharm sources`), which is known", example="fuel-poverty"
    )
    edition: str | None = setting(None, "time of its numbers, where it has no column of it", example="2024")
    complete: bool = setting(False, "true where a list of places covers every area: none is then 0")


@dataclass(frozen=True, kw_only=True)
class IndicatorsSection(OfficialSettings, IndicatorSettings):
    """``[[indicators]]``: measures of partners with their dictionary; read, checked and recorded."""

    path: str = setting(says="table of the measures", example="indicators.csv")
    dictionary: str | None = setting(
        None, "what each measure is: unit, direction, source", example="indicators.toml", after="path"
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        yield from between_keys("indicators", vars(self))
        if self.official is None:
            return
        read_by_name(self.official, argument="official")
        for name in _SPELT_OUT:
            if self._changed(name):
                yield f"`{name}` is stated beside `official`, whose layout is known. Leave `{name}` out."
