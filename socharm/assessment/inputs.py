"""From a recipe to the records that an assessment is computed from: one function per section."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import pandas as pd

from socharm._columns import PARENT
from socharm.assessment.manifest import InputFile, input_files
from socharm.assessment.recipe import BestFitSection, IndicatorsSection, Recipe, recipe_as_dict
from socharm.assessment.table_keys import table_options
from socharm.assessment.words import recipe_words
from socharm.errors import AlignmentError, DataWarning, ParameterError, SchemaError
from socharm.io._safety import BOUNDARY_KINDS, kind_of
from socharm.io.best_fit import best_fit_lookup
from socharm.io.boundaries import read_boundaries
from socharm.io.crs import BRITISH_NATIONAL_GRID
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.locate import LocatedIncidents
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.records import Counts, Incidents
from socharm.io.indicators import Indicators, read_indicators
from socharm.io.lookups import Lookup, read_lookup
from socharm.io.population import Population, read_population
from socharm.io.rolling import roll_up
from socharm.io.weight_scheme import WeightScheme
from socharm.io.weights import load_weights, read_weights

__all__ = [
    "Inputs",
    "basemap_of",
    "count_of",
    "files_of",
    "fit_small_areas",
    "indicators_of",
    "Lookups",
    "read_lookup_of",
    "open_incidents",
    "population_of",
    "read_areas",
    "weights_of",
]


#: Lookups of a recipe by name, each read once.
Lookups: TypeAlias = Mapping[str, Lookup]


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Everything a recipe names, read.

    Attributes
    ----------
    stale_years : float
        Years between the counts behind the crosswalk and the period.
    population_read : int
        Rows of the population file.
    """

    areas: gpd.GeoDataFrame
    population: Population | None
    population_read: int
    incidents: Incidents
    counts: Counts
    weights: WeightScheme
    stale_years: float
    indicators: tuple[Indicators, ...] = ()


def indicators_of(recipe: Recipe, section: IndicatorsSection) -> Indicators:
    """One ``[[indicators]]``: the measures of a partner, with their dictionary."""
    return read_indicators(
        recipe.resolve(section.path),
        dictionary=recipe.resolve(section.dictionary),
        code=section.code,
        measure=section.measure,
        value=section.value,
        period=section.period,
        where=section.where,
        ignore=section.ignore,
        repair_quoted_rows=section.repair_quoted_rows,
        **table_options(section),
    )


def read_areas(recipe: Recipe, lookups: Lookups) -> gpd.GeoDataFrame:
    """``[areas]``, with districts and forces from columns or lookups."""
    section = recipe.areas
    areas = read_boundaries(
        recipe.resolve(section.path),
        code=section.code,
        name=section.name,
        parent=lookups[section.parent_lookup] if section.parent_lookup else section.parent,
        force=lookups[section.force_lookup] if section.force_lookup else section.force,
        year=section.year,
        crs=_stated_crs(recipe),
        source_crs=section.source_crs,
        layer=section.layer,
        encoding=section.encoding,
        allow_columns=section.allow_columns,
        marking=recipe.assessment.marking,
        source=section.source,
    )
    return _only(areas, section.only) if section.only else areas


def _stated_crs(recipe: Recipe) -> str | None:
    """The metric system where the recipe states one: the default says nothing about the coordinates of a file."""
    return None if recipe.areas.crs == BRITISH_NATIONAL_GRID else recipe.areas.crs


def _only(areas: gpd.GeoDataFrame, wanted: tuple[str, ...]) -> gpd.GeoDataFrame:
    known = set(areas.index) | set(areas[PARENT].dropna())
    lost = [name for name in wanted if name not in known]
    if lost:
        raise AlignmentError(
            f"`areas.only` names {len(lost)} codes or districts that the boundaries lack, such as {lost[:3]}. "
            "Use codes of the file, or the values of its parent column."
        )
    return areas[areas.index.isin(wanted) | areas[PARENT].isin(wanted)]


def read_lookup_of(recipe: Recipe, name: str) -> Lookup:
    """One of ``[[lookups]]``."""
    section = recipe.lookup(name)
    return read_lookup(
        recipe.resolve(section.path),
        source=section.source,
        target=section.target,
        shares=section.shares,
        change=section.change,
        **table_options(section),
    )


def population_of(recipe: Recipe, areas: gpd.GeoDataFrame, lookups: Lookups) -> tuple[Population | None, int]:
    """``[population]`` of the ranked areas, and the number of rows its file holds; None without the section.

    An area whose population is not known stays in the table with a missing value: it is not ranked.
    """
    section = recipe.population
    if section is None:
        return None, 0
    read = read_population(
        recipe.resolve(section.path),
        code=section.code,
        value=section.value,
        kind=section.kind,
        date=section.date,
        marking=recipe.assessment.marking,
        source=section.source,
        **table_options(section),
    )
    rows = len(read.table)
    if section.lookup:
        fitted = _carry(read, lookups[section.lookup])
    elif section.best_fit:
        fitted = _carry(read, fit_small_areas(recipe, section.best_fit, areas, of="population"))
    else:
        fitted = read
    known = areas.index.isin(fitted.table.index)
    if not known.any():
        raise AlignmentError(
            f"None of the {len(areas)} areas has a population: the areas have codes such as {list(areas.index[:3])}, "
            f"the population {list(fitted.table.index[:3])}. Use a file of the same boundary year, a lookup, or a "
            "best fit."
        )
    return replace(fitted, table=fitted.table.reindex(areas.index)), rows


def _carry(values: Population, lookup: Lookup) -> Population:
    # A national file holds every code; those that no area of ours takes in are not losses.
    wanted = values.table.index.isin(lookup.table["source"])
    if not wanted.any():
        return roll_up(values, lookup)
    return roll_up(replace(values, table=values.table[wanted]), lookup)


def fit_small_areas(recipe: Recipe, section: BestFitSection | None, areas: gpd.GeoDataFrame, *, of: str) -> Lookup:
    """Lookup from smaller areas to the ranked ones, by the ``best_fit`` of a section."""
    with recipe_words(f"{of}.best_fit"):
        return _fit(recipe, section, areas)


def _fit(recipe: Recipe, section: BestFitSection | None, areas: gpd.GeoDataFrame) -> Lookup:
    if section is None:
        raise ParameterError("The recipe states no `best_fit`; add it.")
    path = recipe.resolve(section.path)
    if section.easting and section.northing:
        return best_fit_lookup(
            path,
            areas,
            code=section.code,
            x=section.easting,
            y=section.northing,
            crs=section.crs,
            **table_options(section),
        )
    if kind_of(path) not in BOUNDARY_KINDS:
        raise ParameterError(
            f"`best_fit` names {path.name!r}, which holds no boundaries. State its columns `easting` and `northing`."
        )
    warnings.warn(
        "Populations were fitted by a point inside each smaller area, a coarse fit: single areas can be off by half. "
        "Population-weighted centroids, or a table of the areas themselves, are better.",
        DataWarning,
        stacklevel=2,
    )
    read = read_boundaries(
        path,
        code=section.code,
        crs=_stated_crs(recipe),
        source_crs=section.crs,
        encoding=section.encoding,
        allow_columns=section.allow_columns,
    )
    return best_fit_lookup(read, areas)


def open_incidents(recipe: Recipe) -> Incidents:
    """``[incidents]``, opened; nothing but headers is read."""
    section = recipe.incidents
    return read_incidents(
        recipe.resolve(section.path),
        period=recipe.period,
        columns=section.columns,
        crs=section.crs,
        sheet=section.sheet,
        header_row=section.header_row,
        skip_rows=section.skip_rows,
        encoding=section.encoding,
        date_basis=section.date_basis,
        date_format=section.date_format,
        day_first=section.day_first,
        missing=section.missing,
        usual_missing=section.usual_missing,
        thousands=section.thousands,
        leave_out_sources=section.leave_out_sources,
        allow_columns=section.allow_columns,
        marking=recipe.assessment.marking,
        source_name=section.source,
    )


def count_of(recipe: Recipe, located: LocatedIncidents, *, keep_records: bool = False) -> Counts:
    """Incidents counted by area, offence and month, on what was covered."""
    section, areas = recipe.incidents, located.areas
    counts = count_incidents(
        located,
        areas,
        covered=_covered(recipe, areas.index),
        duplicates=section.duplicates,
        minimum_coverage=section.minimum_coverage,
        minimum_delivery=section.minimum_delivery,
        accept=section.accept,
        warn_share=section.warn_share,
        stop_share=section.stop_share,
        keep_records=keep_records,
    )
    if not len(counts.table) or not int(counts.table["n"].sum()):
        became = {str(reason): int(rows) for reason, rows in counts.accounting["rows"].items() if rows}
        raise SchemaError(
            f"No row of {section.path!r} is an incident of {recipe.period} in these areas; what became of its rows: "
            f"{became}. Check [assessment] period, and that [incidents] and [areas] are of the same place."
        )
    return counts


def _covered(recipe: Recipe, codes: pd.Index) -> pd.Series | pd.DataFrame | list[str] | None:
    section = recipe.incidents
    if not section.not_covered:
        return list(section.covered_months) if section.covered_months else None
    unknown = sorted(set(section.not_covered) - set(codes))
    if unknown:
        raise AlignmentError(
            f"`incidents.not_covered` names {len(unknown)} codes that are no area, such as {unknown[:3]}. "
            "Use the codes of the boundaries."
        )
    inside = pd.Series(~codes.isin(section.not_covered), index=codes)
    if section.covered_months is None:
        return inside
    months = {month: inside & (month in section.covered_months) for month in recipe.period.months}
    return pd.DataFrame(months)


def weights_of(recipe: Recipe) -> WeightScheme:
    """``[weights]``, carried over to the categories of the incidents."""
    section = recipe.weights
    if section.file:
        scheme = read_weights(recipe.resolve(section.file), columns=section.columns, **table_options(section))
    else:
        scheme = load_weights(section.scheme)
    if section.crosswalk == "none" or scheme.level == "category":
        return scheme
    return scheme.crosswalk(
        section.crosswalk, counts_from=section.counts_from, force=section.force, allow_stale=section.allow_stale
    )


def files_of(recipe: Recipe, inputs: Inputs) -> list[InputFile]:
    """Every input file with its hash and the account of its rows."""
    shown = recipe_as_dict(recipe)
    counted = {str(reason): int(rows) for reason, rows in inputs.counts.accounting["rows"].items()}
    found = [
        _file(recipe, "areas", recipe.areas.path, shown["areas"]["path"], {"used": len(inputs.areas)}),
        _file(recipe, "incidents", recipe.incidents.path, shown["incidents"]["path"], counted),
    ]
    population = recipe.population
    if population is not None:
        rows = {"read": inputs.population_read}
        found.append(_file(recipe, "population", population.path, shown["population"]["path"], rows))
        if population.best_fit is not None:
            path = shown["population"]["best_fit"]["path"]
            found.append(_file(recipe, "population.best_fit", population.best_fit.path, path, {}))
    found += _deprivation_files(recipe, shown)
    for lookup, stated in zip(recipe.lookups, shown["lookups"], strict=True):
        found.append(_file(recipe, f"lookups.{lookup.name}", lookup.path, stated["path"], {}))
    if recipe.weights.file:
        rows = {"used": len(inputs.weights.table)}
        found.append(_file(recipe, "weights", recipe.weights.file, shown["weights"]["file"], rows))
    for number, indicators in enumerate(recipe.indicators):
        for part in ("path", "dictionary"):
            stated_path = shown["indicators"][number][part]
            read = inputs.indicators[number]
            rows = {"read": read.rows_read, "left out": read.rows_left_out} if part == "path" else {}
            found.append(_file(recipe, f"indicators.{number}.{part}", getattr(indicators, part), stated_path, rows))
    return found


def _deprivation_files(recipe: Recipe, shown: Mapping[str, Any]) -> list[InputFile]:
    section = recipe.deprivation
    if section is None:
        return []
    stated = shown["deprivation"]
    found = [_file(recipe, "deprivation", section.path, stated["path"], {})]
    if section.best_fit is not None:
        found.append(_file(recipe, "deprivation.best_fit", section.best_fit.path, stated["best_fit"]["path"], {}))
    if section.population:
        found.append(_file(recipe, "deprivation.population", section.population, stated["population"], {}))
    return found


def _file(recipe: Recipe, role: str, path: str, shown: str, rows: Mapping[str, int]) -> InputFile:
    return input_files(role, Path(recipe.resolve(path)), shown=shown, rows=rows)


def basemap_of(recipe: Recipe) -> str | None:
    """``[outputs] basemap``: a file from the recipe's folder on, or the name of a provider as it stands."""
    from socharm.maps.basemap import is_basemap_file

    stated = recipe.outputs.basemap
    return str(recipe.resolve(stated)) if stated is not None and is_basemap_file(stated) else stated
