"""Smaller areas carried to the ranked ones by a point inside each."""

from __future__ import annotations

import warnings

import geopandas as gpd

from socharm.assessment.input_sections import BestFitSection
from socharm.assessment.steps._step import Context
from socharm.assessment.steps.areas import stated_crs
from socharm.errors import DataWarning, ParameterError
from socharm.io.best_fit import best_fit_lookup
from socharm.io.boundaries import read_boundaries
from socharm.io.file_kinds import BOUNDARY_KINDS, kind_of
from socharm.io.lookups import Lookup
from socharm.snapshot.population_fit import COARSE_FIT
from socharm.snapshot.recipe import Recipe

__all__ = ["fit_small_areas"]


def fit_small_areas(context: Context, section: BestFitSection | None, areas: gpd.GeoDataFrame, *, of: str) -> Lookup:
    """Lookup from smaller areas to the ranked ones, by the ``best_fit`` of a section."""
    with context.words(f"{of}.best_fit"):
        return _fit(context.recipe, section, areas)


def _fit(recipe: Recipe, section: BestFitSection | None, areas: gpd.GeoDataFrame) -> Lookup:
    if section is None:
        raise ParameterError("The recipe states no `best_fit`; add it.")
    path = recipe.resolve(section.path)
    if section.easting and section.northing:
        return best_fit_lookup(path, areas, settings=section, x=section.easting, y=section.northing, crs=section.crs)
    if kind_of(path) not in BOUNDARY_KINDS:
        raise ParameterError(
            f"`best_fit` names {path.name!r}, which holds no boundaries. State its columns `easting` and `northing`."
        )
    warnings.warn(
        f"{COARSE_FIT}. Population-weighted centroids, or a table of the areas themselves, are better.",
        DataWarning,
        stacklevel=2,
    )
    read = read_boundaries(
        path,
        code=section.code,
        crs=stated_crs(recipe),
        source_crs=section.crs,
        encoding=section.encoding,
        allow_columns=section.allow_columns,
    )
    return best_fit_lookup(read, areas)
