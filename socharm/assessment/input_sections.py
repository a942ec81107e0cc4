"""Sections of the recipe that name the files of an assessment, and say how they are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from socharm._constraints import ClosedShare
from socharm._settings import Settings, setting
from socharm.assessment.table_keys import TableKeys
from socharm.io.incidents.losses import STOP_SHARE, WARN_SHARE

__all__ = [
    "AreasSection",
    "BestFitSection",
    "IncidentsSection",
    "IndicatorsSection",
    "LookupSection",
    "PopulationSection",
    "WeightsSection",
]


@dataclass(frozen=True, kw_only=True)
class LookupSection(TableKeys):
    """``[[lookups]]``: a table from one kind of area to another, named so that other sections can use it."""

    name: str = setting(says="what other sections call it", example="ward-to-district")
    path: str = setting(says="table of the lookup", example="lookup.csv")
    source: str = setting(says="column of the codes to start from", example="ward_code")
    target: str = setting(says="column of the codes they go to", example="district_code")
    shares: str | None = setting(None, "column that divides a code with several targets", example="share")
    change: str | None = setting(None, "column that says what became of a code", example="what")


@dataclass(frozen=True, kw_only=True)
class AreasSection(Settings):
    """``[areas]``: the boundaries to rank, and the columns that name them."""

    path: str = setting(says="file of the boundaries", example="wards.gpkg", on=True)
    code: str = setting(says="column with a unique code", example="ward_code", on=True)
    name: str | None = setting(None, "column with the name", example="ward_name", on=True)
    parent: str | None = setting(None, "column with the district", example="district_name", on=True)
    parent_lookup: str | None = setting(None, "or a lookup to it (see [[lookups]])", example="ward-to-district")
    force: str | None = setting(None, "column with the police force", example="force_name")
    force_lookup: str | None = setting(None, "or a lookup to it", example="ward-to-force")
    only: tuple[str, ...] = setting(
        (), "keep the areas with these codes or districts, out of a larger file", example=["Bradford", "Leeds"]
    )
    year: int | None = setting(None, "year of the boundaries", example=2025, on=True)
    crs: str = setting("EPSG:27700", "metric coordinates to work in")
    source_crs: str | None = setting(
        None, "what the file's coordinates are, where it states nothing or something wrong", example="EPSG:4326"
    )
    layer: str | None = setting(None, "the layer to read, out of several in one GeoPackage", example="wards")
    encoding: str | None = setting(None, "of a Shapefile's texts, where its .cpg is wrong", example="cp1252")
    allow_columns: tuple[str, ...] = setting(
        (), "columns that look as if they spoke of persons, and do not", example=["Contact"]
    )
    source: str | None = setting(
        None, "as printed under maps; the file's name when absent", example="ONS wards, May 2025"
    )

    def _faults(self) -> Iterable[str]:
        if self.parent and self.parent_lookup:
            yield "state `parent` or `parent_lookup`, not both."
        if self.force and self.force_lookup:
            yield "state `force` or `force_lookup`, not both."


@dataclass(frozen=True, kw_only=True)
class IncidentsSection(Settings):
    """``[incidents]``: recorded incidents, and what did not arrive."""

    path: str = setting(
        says="folder of police.uk months, the downloaded zip, a CSV, workbook or parquet file",
        example="police-uk",
        on=True,
    )
    columns: dict[str, str | tuple[str, ...]] | None = setting(
        None,
        "for other layouts: what socharm calls a column, and what the file calls it; a list where files differ",
        example={"date": "Date", "offence": "HO code", "easting": "X", "northing": "Y"},
    )
    crs: str | None = setting(None, "system of the coordinates, where it is not the usual one", example="EPSG:27700")
    sheet: str | int | None = setting(None, "sheet of a workbook, by name or counted from 0", example="Data")
    header_row: int | None = setting(None, "row of the column names, counted from 1", example=3)
    skip_rows: int = setting(0, "rows at the top that are not looked at")
    encoding: str | None = setting(None, "of delimited text, where it is not found", example="cp1252")
    date_basis: Literal["recorded", "committed"] = setting("recorded", 'or "committed"')
    date_format: str | dict[str, str] | None = setting(
        None,
        'how dates are written, or by file { "*-us.csv" = "%m/%d/%Y" }; found when absent',
        example="%m/%d/%Y",
    )
    day_first: bool | None = setting(
        None, "order of dates such as 05/04/2024, where the column does not tell", example=True
    )
    missing: tuple[str, ...] = setting(
        (), "words for a missing value beside the usual ones (NA, NULL, - ...)", example=["TBC"]
    )
    usual_missing: bool = setting(True, "false: NA, NULL, - and others are words like any other")
    thousands: str | None = setting(None, "what parts thousands in coordinates", example=",")
    allow_columns: tuple[str, ...] = setting(
        (), "columns that look as if they spoke of persons, and do not", example=["Contact"]
    )
    duplicates: Literal["whole-row", "id"] = setting("whole-row", 'or "id": one row per Crime ID')
    not_covered: tuple[str, ...] = setting((), "areas that no source covered: missing, not zero", example=["E05001341"])
    covered_months: tuple[str, ...] | None = setting(
        None, "months that arrived, where the files do not tell", example=["2025-04"]
    )
    leave_out_sources: tuple[str, ...] = setting(
        (), "forces whose rows are set aside: those that come in some months only", example=["btp"]
    )
    minimum_coverage: ClosedShare = setting(0.5, "areas with a smaller share of the months are not ranked")
    minimum_delivery: ClosedShare = setting(
        0.3, "share of a force's usual month from which a month counts as delivered"
    )
    accept: tuple[Literal["date cannot be parsed", "no location", "outside all areas", "whole-row copy"], ...] = (
        setting(
            (),
            'rows set aside on purpose: a file of more places than the areas; or "no location"',
            example=["outside all areas"],
        )
    )
    warn_share: ClosedShare = setting(
        WARN_SHARE, "rows set aside for their date or place are told above this share of the file, ..."
    )
    stop_share: ClosedShare = setting(STOP_SHARE, "... and stop the run above this one, unless accepted")
    source: str | None = setting(None, "as printed under maps", example="our own records")

    def _faults(self) -> Iterable[str]:
        if self.stop_share < self.warn_share:
            yield f"`stop_share` is {self.stop_share}, below `warn_share`; stop at the larger share."


@dataclass(frozen=True, kw_only=True)
class BestFitSection(TableKeys):
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
    crs: str | None = setting(None, "system of these points, where it is not that of the areas", example="EPSG:4326")


@dataclass(frozen=True, kw_only=True)
class PopulationSection(TableKeys):
    """``[population]``: the denominator, of the ranked areas or of smaller ones with a lookup or best fit."""

    path: str = setting(says="table of the denominator", example="population_wards.csv", on=True)
    code: str = setting(says="column of the area codes", example="ward_code", on=True)
    value: str = setting(says="column of the numbers", example="residents", on=True)
    kind: Literal["resident", "workday", "households", "street_length_km"] = setting(
        "resident", "or workday, households, street_length_km", on=True
    )
    date: str = setting(says="day that the numbers are of", example="2024-06-30", on=True)
    source: str | None = setting(
        None, "as printed under maps; the file's name when absent", example="ONS mid-2024 estimates"
    )
    lookup: str | None = setting(
        None,
        "populations of smaller areas, added up by a lookup of [[lookups]] ...",
        example="lsoa-to-ward",
    )
    best_fit: BestFitSection | None = setting(None, "or by a point inside each smaller area, instead of a lookup")

    def _faults(self) -> Iterable[str]:
        if self.lookup and self.best_fit:
            yield "state `lookup` or `best_fit`, not both."


@dataclass(frozen=True, kw_only=True)
class WeightsSection(TableKeys):
    """``[weights]``: the severity weights, and the crosswalk to the categories of the incidents."""

    scheme: str = setting("ons-css", "ONS Crime Severity Score weights, 2020 release: sentence-days")
    file: str | None = setting(None, "or weights of your own", example="weights.csv")
    crosswalk: Literal["police.uk", "none"] = setting(
        "police.uk", '"none" where incidents carry Home Office count codes'
    )
    counts_from: str = setting("home-office-2019-20", "counts that the weights of categories are averaged by")
    force: str | None = setting(None, "offence mix of one force; England & Wales when absent", example="West Yorkshire")
    columns: dict[str, str] | None = setting(
        None, "of a file of your own", example={"offence": "Code", "weight": "Score"}
    )
    allow_stale: bool = setting(
        False,
        "the counts behind the crosswalk are of 2019-20; say here that you accept the gap",
        example=True,
        on=True,
    )


@dataclass(frozen=True, kw_only=True)
class IndicatorsSection(TableKeys):
    """``[[indicators]]``: measures of partners with their dictionary; read, checked and recorded."""

    path: str = setting(says="table of the measures", example="indicators.csv")
    dictionary: str = setting(says="what each measure is: unit, direction, source", example="indicators.toml")
    code: str | None = setting(None, "column with the area; found when absent", example="ward_code")
    measure: str = setting("measure", "column with the name of the measure")
    value: str = setting("value", "column of the numbers")
    period: str | None = setting(None, "which of several periods", example="2024")
    where: dict[str, str] | None = setting(None, "keep the rows with one value of a column", example={"Sex": "All"})
    ignore: tuple[str, ...] = setting((), "measures that the dictionary leaves out on purpose", example=["old_measure"])
    repair_quoted_rows: bool = setting(False, "take rows apart that were quoted whole")
