"""``[population]`` of the ranked areas; none without the section, and harm is then per area.

An area whose population is not known stays in the table with a missing value: it is not ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NoReturn

import geopandas as gpd
import pandas as pd

from socharm._words import number_of
from socharm.assessment.input_sections import PopulationSection
from socharm.assessment.recipe_rules import unknown_lookups
from socharm.assessment.steps._small_areas import fit_small_areas
from socharm.assessment.steps._step import UNMATCHED, Context, ReadFile, Results, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.lookups import LOOKUPS, lookup_names
from socharm.errors import AlignmentError
from socharm.io.area_codes import hold_names
from socharm.io.lookups import Lookup
from socharm.io.population import Population, read_population
from socharm.io.rolling import roll_up
from socharm.snapshot.recipe import Recipe

__all__ = ["POPULATION", "ReadPopulation"]


@dataclass(frozen=True, eq=False)
class ReadPopulation:
    """The denominator of the ranked areas, how many rows its file holds, and codes of it that are no area."""

    values: Population | None
    rows: int
    strange: tuple[str, ...] = ()


def _run(context: Context) -> ReadPopulation:
    recipe, areas = context.recipe, context[AREAS]
    section = recipe.find(PopulationSection)
    if section is None:
        return ReadPopulation(None, 0)
    read = read_population(
        recipe.resolve(section.path),
        settings=section,
        marking=recipe.assessment.marking,
    )
    if section.lookup:
        fitted = _carry(read, context[LOOKUPS][section.lookup])
    elif section.best_fit:
        fitted = _carry(read, fit_small_areas(context, section.best_fit, areas, of="population"))
    else:
        fitted = read
    known = areas.index.isin(fitted.table.index)
    if not known.any():
        _refuse_strangers(areas, fitted)
    strange = fitted.table.index.difference(areas.index)
    return ReadPopulation(
        replace(fitted, table=fitted.table.reindex(areas.index)), len(read.table), tuple(map(str, strange))
    )


def _refuse_strangers(areas: gpd.GeoDataFrame, fitted: Population) -> NoReturn:
    """No code of the population is one of an area: names where codes are meant, or other boundaries."""
    codes = pd.Series(fitted.table.index.astype("str"))
    if hold_names(codes):
        raise AlignmentError(
            f"None of the {number_of(len(areas), 'area')} has a population: the areas have codes such as "
            f"{list(areas.index[:3])}, and `code` of the population names a column of names, such as "
            f"{list(codes[:3])}. Name its column of codes."
        )
    raise AlignmentError(
        f"None of the {number_of(len(areas), 'area')} has a population: the areas have codes such as "
        f"{list(areas.index[:3])}, the population {list(fitted.table.index[:3])}. Use a file of the same boundary "
        "year, a lookup, or a best fit."
    )


def _carry(values: Population, lookup: Lookup) -> Population:
    # A national file holds every code; those that no area of ours takes in are not losses.
    wanted = values.table.index.isin(lookup.table["source"])
    if not wanted.any():
        return roll_up(values, lookup)
    return roll_up(replace(values, table=values.table[wanted]), lookup)


def _files(recipe: Recipe, read: ReadPopulation) -> Iterable[ReadFile]:
    section = recipe.find(PopulationSection)
    if section is None:
        return
    yield ReadFile(role="population", path=section.path, rows={"read": read.rows})
    if section.best_fit is not None:
        yield ReadFile(role="population.best_fit", path=section.best_fit.path)


def _notes(read: ReadPopulation) -> Iterable[str]:
    if read.values is None or not read.values.values.isna().any():
        return
    lacking = [str(code) for code in read.values.values.index[read.values.values.isna()]]
    if _too_many(lacking, read.values):
        return  # told as a problem
    told, more = number_of(len(lacking), "area has", "areas have"), " ..." if len(lacking) > 5 else ""
    yield (
        f"{told} no population; {'it' if len(lacking) == 1 else 'they'} will not be ranked: {lacking[:5]}{more}. "
        "Look whether the table goes by codes of another boundary year."
    )


def _too_many(lacking: Sequence[str], values: Population) -> bool:
    """Whether more than single areas have no population."""
    return len(lacking) > max(1, UNMATCHED * len(values.values))


def _doubts(read: ReadPopulation, _: Results) -> Iterable[str]:
    """No denominator at all, or codes that do not meet, counted both ways."""
    if read.values is None:
        yield (
            "there is no [population]: areas are ranked by harm per area, so that large ones stand first, not by harm "
            "per resident. Add the section."
        )
        return
    lacking = [str(code) for code in read.values.values.index[read.values.values.isna()]]
    total, strange = len(read.values.values), list(read.strange)
    if _too_many(lacking, read.values):
        there = number_of(len(strange), "code of the population is no area", "codes of the population are no areas")
        there += f", such as {strange[:3]}" if strange else ""
        yield (
            f"{len(lacking):,} of {number_of(total, 'area')} ({len(lacking) / total:.0%}) "
            f"{'has' if len(lacking) == 1 else 'have'} no population, such as {lacking[:3]}; {there}. They will not be "
            "ranked. Use a table of the boundary year of the areas."
        )


def _faults(recipe: Recipe) -> Iterable[str]:
    section = recipe.find(PopulationSection)
    if section is None:
        return
    yield from unknown_lookups(lookup_names(recipe), {"population.lookup": section.lookup})


POPULATION: Final = Step[ReadPopulation](
    name="population",
    phase="reading",
    words="population",
    needs=(AREAS, LOOKUPS),
    section=Section(
        key="population",
        kind=PopulationSection,
        says="leave this section out for harm per area instead of per head",
        place=30,
        optional=True,
        usual={"kind": "resident"},
        taken_without=True,
        faults=_faults,
        arguments={
            "shares": "[[lookups]] shares",
            "best_fit.x": "[population.best_fit] easting",
            "best_fit.y": "[population.best_fit] northing",
        },
        subjects={"best_fit.centroids": "path"},
        means={"population": "[population]"},
    ),
    run=_run,
    files=_files,
    notes=_notes,
    doubts=_doubts,
)
