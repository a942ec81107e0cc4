"""Sections of a recipe about what a run leaves: ``[outputs]`` and ``[disclosure]``."""

from __future__ import annotations

from dataclasses import dataclass

from socharm._constraints import CountFrom1, Positive
from socharm._settings import Settings, setting

__all__ = ["DisclosureSection", "OutputsSection"]


@dataclass(frozen=True, kw_only=True)
class OutputsSection(Settings):
    """``[outputs]``: which files are made beside the ranking; parts of an assessment have their switch here too."""

    maps: bool = setting(True, "pictures of the maps")
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
