"""Sections of a recipe about what a run leaves: ``[outputs]`` and ``[disclosure]``."""

from __future__ import annotations

from dataclasses import dataclass

from socharm._constraints import CountFrom1, Positive
from socharm._settings import Settings, setting

__all__ = ["DisclosureSection", "OutputsSection"]


@dataclass(frozen=True, kw_only=True)
class OutputsSection(Settings):
    """``[outputs]``: which parts and files are made beside the ranking."""

    maps: bool = setting(True, "pictures of the maps")
    heat: bool = setting(True, "the heat surface")
    hotspots: bool = setting(True, "areas that are hot together")
    concentration: bool = setting(True, "how few areas hold how much")
    clusters: bool = setting(True, "dense clusters of points")
    places: bool = setting(True, "squares that hold half of each area's harm")
    classes: bool = setting(True, "who is in the top, and how surely")
    workbook: bool = setting(True, "ranking.xlsx")
    geopackage: bool = setting(True, "areas.gpkg; profiles and dashboards take their boundaries from it")
    basemap: str | None = setting(
        None,
        "a local file, or the name of a tile provider (this one fetches from the network)",
        example="basemap.tif",
    )


@dataclass(frozen=True, kw_only=True)
class DisclosureSection(Settings):
    """``[disclosure]``: what may leave. Workbook, maps and documents are in published form, tables never."""

    open: bool | None = setting(None, "whether the incidents are public already; those of police.uk are", example=False)
    internal: bool = setting(False, "workbook and maps from the tables as they are, marked INTERNAL")
    spread: CountFrom1 = setting(5, "largest noise of a published count")
    variance: Positive = setting(2.0, "variance of that noise")
