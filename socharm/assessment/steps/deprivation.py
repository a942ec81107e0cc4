"""``[deprivation]`` of the ranked areas: as read, or averaged over the residents of smaller ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import pandas as pd

from socharm.assessment.input_sections import PopulationSection
from socharm.assessment.recipe_rules import residents_fault, unknown_lookups
from socharm.assessment.spatial_sections import DeprivationSection
from socharm.assessment.steps._codes import unmatched_codes
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._small_areas import fit_small_areas
from socharm.assessment.steps._step import Context, ReadFile, Results, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.lookups import LOOKUPS, lookup_names
from socharm.errors import SchemaError
from socharm.io.deprivation import read_deprivation
from socharm.io.deprivation_record import Deprivation, DeprivationSettings
from socharm.io.population import Population, read_population
from socharm.io.rolling import roll_up
from socharm.io.sources import read_by_name
from socharm.io.table_options import TableOptions
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import Column, TableSpec

__all__ = ["DEPRIVATION"]


def _run(context: Context) -> Deprivation:
    recipe, areas = context.recipe, context[AREAS]
    section = recipe.part(DeprivationSection)
    read = read_deprivation(
        recipe.resolve(section.path),
        settings=section,
        marking=recipe.assessment.marking,
    )
    _require_index(read, recipe)
    if not section.lookup and section.best_fit is None:
        return read
    lookup = (
        context[LOOKUPS][section.lookup]
        if section.lookup
        else fit_small_areas(context, section.best_fit, areas, of="deprivation")
    )
    # A national file holds every code; those that no area of ours takes in are not losses.
    wanted = lookup.table["source"][lookup.table["target"].isin(areas.index)]
    inside = replace(read, table=read.table[read.table.index.isin(wanted)])
    kept = replace(lookup, table=lookup.table[lookup.table["target"].isin(areas.index)])
    people = _residents(context, section)
    known = replace(people, table=people.table[people.table.index.isin(wanted)])
    return roll_up(inside, kept, how="mean", population=known)


def _require_index(read: Deprivation, recipe: Recipe) -> None:
    """Stop where the file holds another index than the recipe names."""
    section = recipe.part(DeprivationSection)
    if section.official is None:
        return
    stated = read_by_name(section.official, "read_deprivation", argument="official")
    if stated.nation != read.findings.nation:
        file = recipe.resolve(section.path).name
        raise SchemaError(
            f"`official` is {stated.name!r}, the index of {stated.nation}, and {file!r} holds {read.findings.index}, "
            f"of {read.findings.nation}. Name the file of {stated.nation}, or the index that it is."
        )


def _frames(read: Deprivation | None) -> dict[str, pd.DataFrame]:
    return {} if read is None else {"deprivation": read.table}


def _residents(context: Context, section: DeprivationSection) -> Population:
    recipe = context.recipe
    population = recipe.find(PopulationSection)
    if section.population and section.population_code and section.population_value:
        with context.words("deprivation.population_options"):
            return read_population(
                recipe.resolve(section.population),
                settings=vars(section.population_options or TableOptions()),
                code=section.population_code,
                value=section.population_value,
                kind="resident",
                date=population.date if population is not None else recipe.period.start + "-01",
            )
    assert population is not None  # the recipe's own check asks for one of the two
    return read_population(recipe.resolve(population.path), settings=population, source=None)


def _files(recipe: Recipe, _: Deprivation | None) -> Iterable[ReadFile]:
    section = recipe.find(DeprivationSection)
    if section is None:
        return
    yield ReadFile(role="deprivation", path=section.path)
    if section.best_fit is not None:
        yield ReadFile(role="deprivation.best_fit", path=section.best_fit.path)
    if section.population:
        yield ReadFile(role="deprivation.population", path=section.population)


def _faults(recipe: Recipe) -> Iterable[str]:
    section, population = recipe.find(DeprivationSection), recipe.find(PopulationSection)
    if section is None:
        return
    yield from unknown_lookups(lookup_names(recipe), {"deprivation.lookup": section.lookup})
    yield from residents_fault(vars(section), {} if population is None else vars(population))


def _doubts(read: Deprivation | None, results: Results) -> Iterable[str]:
    """Areas that have no deprivation, as those of another boundary year."""
    if read is not None:
        known = read.table.index[read.table.notna().any(axis=1)]
        yield from unmatched_codes(
            results[AREAS].index, known, of="deprivation", then="The overlay is of the others alone."
        )


DEPRIVATION: Final = Step[Deprivation | None](
    name="deprivation",
    phase="hotspots",
    words="deprivation",
    needs=(AREAS, LOOKUPS),
    section=Section(
        key="deprivation",
        kind=DeprivationSection,
        says="IMD 2015, 2019, 2025, WIMD 2014, 2019, 2025, SIMD 2020 or NIMDM 2017: the overlay of harm on deprivation",
        place=120,
        optional=True,
        faults=_faults,
        arguments={
            "shares": "[[lookups]] shares",
            "population": "[deprivation] population",
            "best_fit.x": "[deprivation.best_fit] easting",
            "best_fit.y": "[deprivation.best_fit] northing",
        },
        subjects={
            "best_fit.centroids": "path",
            "population_options.path": "population",
            "population_options.code": "population_code",
            "population_options.value": "population_value",
        },
    ),
    run=_run,
    tables=(
        TableSpec(
            name="deprivation",
            meaning="an area of the table that was read, or a ranked one with its average; index `area_code`",
            columns=named(
                "keep",
                score="published score; of an average, over the residents of smaller areas",
                rank="1 is the most deprived",
                decile="1 is the most deprived tenth",
            ),
            others=Column("another version, or a domain", "its score, rank or decile", "withhold"),
        ),
    ),
    frames=_frames,
    settings=lambda read, _: None if read is None else read.settings,
    settings_kinds=(DeprivationSettings, None),
    files=_files,
    about=lambda read: () if read is None else (read.about,),
    doubts=_doubts,
)
