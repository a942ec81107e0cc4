"""``[areas]``: the boundaries to rank, with districts and forces from columns or lookups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm._columns import FORCE, NAME, PARENT
from socharm._words import number_of
from socharm.assessment.input_sections import AreasSection
from socharm.assessment.recipe_rules import unknown_lookups
from socharm.assessment.steps._columns import AREA_NAMES, named
from socharm.assessment.steps._step import Context, ReadFile, Section, Step
from socharm.assessment.steps.lookups import LOOKUPS, lookup_names
from socharm.errors import AlignmentError
from socharm.io.area_overlaps import outlines_of
from socharm.io.areas import Areas, BoundarySettings
from socharm.io.boundaries import read_boundaries
from socharm.io.crs import BRITISH_NATIONAL_GRID
from socharm.io.units.grid import GridSettings, grid
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import TableSpec

__all__ = ["AREAS", "square_kilometres", "stated_crs"]

_KM2: Final = 1e-6


def _run(context: Context) -> gpd.GeoDataFrame:
    recipe, lookups = context.recipe, context[LOOKUPS]
    section = recipe.part(AreasSection)
    areas = read_boundaries(
        recipe.resolve(section.path),
        settings=section,
        parent=lookups[section.parent_lookup] if section.parent_lookup else section.parent,
        force=lookups[section.force_lookup] if section.force_lookup else section.force,
        crs=stated_crs(recipe),
        marking=recipe.assessment.marking,
    )
    some = _only(areas, section.only) if section.only else areas
    return some if section.grid is None else grid(some, settings=section.grid)


def stated_crs(recipe: Recipe) -> str | int | None:
    """The metric system where the recipe states one: the default says nothing about the coordinates of a file."""
    stated = recipe.part(AreasSection).crs
    return None if stated == BRITISH_NATIONAL_GRID else stated


def _only(areas: gpd.GeoDataFrame, wanted: tuple[str, ...]) -> gpd.GeoDataFrame:
    known = set(areas.index) | set(areas[PARENT].dropna())
    lost = [name for name in wanted if name not in known]
    if lost:
        raise AlignmentError(
            f"`areas.only` names "
            f"{number_of(len(lost), 'code or district', 'codes or districts')} that the boundaries lack, such as "
            f"{lost[:3]}. "
            "Use codes of the file, or the values of its parent column."
        )
    return areas[areas.index.isin(wanted) | areas[PARENT].isin(wanted)]


def square_kilometres(areas: gpd.GeoDataFrame) -> pd.Series:
    """Size of each area, named as tables of areas print it."""
    return (areas.geometry.area * _KM2).rename("km²")


def _frames(areas: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    table = pd.DataFrame(areas[[NAME, PARENT, FORCE]])
    return {"areas": table.assign(area_km2=square_kilometres(areas).to_numpy())}


def _files(recipe: Recipe, areas: gpd.GeoDataFrame) -> Iterable[ReadFile]:
    return [ReadFile(role="areas", path=recipe.part(AreasSection).path, rows={"used": len(areas)})]


def _faults(recipe: Recipe) -> Iterable[str]:
    section = recipe.part(AreasSection)
    yield from unknown_lookups(
        lookup_names(recipe), {"areas.parent_lookup": section.parent_lookup, "areas.force_lookup": section.force_lookup}
    )


AREAS: Final = Step[gpd.GeoDataFrame](
    name="areas",
    phase="reading",
    words="areas",
    needs=(LOOKUPS,),
    section=Section(
        key="areas",
        kind=AreasSection,
        says="the boundaries to rank: GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet",
        place=10,
        required=True,
        usual={"crs": BRITISH_NATIONAL_GRID},
        faults=_faults,
        arguments={"parent": "[areas] parent", "force": "[areas] force"},
        means={"areas": "[areas]", "allow_fine": "[areas.grid] allow_fine"},
    ),
    run=_run,
    tables=(
        TableSpec(
            name="areas",
            meaning="an area; index `area_code`",
            needed=True,
            names_areas=True,
            columns=(*AREA_NAMES, *named("keep", area_km2="size in square kilometres")),
            settings=(BoundarySettings, GridSettings),
        ),
        TableSpec(
            name="outlines",
            meaning="an area of closed input, with the border by which releases are compared; index `area_code`",
            columns=named("keep", geometry="hexadecimal WKB", crs="coordinate system"),
        ),
    ),
    frames=_frames,
    files=_files,
    settings=lambda areas, _: areas.settings if isinstance(areas, Areas) else None,
    closed_frames=lambda areas, _: {"outlines": outlines_of(areas)},
    boundaries=lambda areas: areas,
)
