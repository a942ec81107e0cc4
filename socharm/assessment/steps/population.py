"""``[population]`` of the ranked areas; none without the section, and harm is then per area.

An area whose population is not known stays in the table with a missing value: it is not ranked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from socharm._words import number_of
from socharm.assessment.input_sections import PopulationSection
from socharm.assessment.steps._small_areas import fit_small_areas
from socharm.assessment.steps._step import Context, ReadFile, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.lookups import LOOKUPS, unknown_lookups
from socharm.errors import AlignmentError
from socharm.io.lookups import Lookup
from socharm.io.population import Population, read_population
from socharm.io.rolling import roll_up
from socharm.snapshot.recipe import Recipe

__all__ = ["POPULATION", "ReadPopulation"]


@dataclass(frozen=True, eq=False)
class ReadPopulation:
    """The denominator of the ranked areas, and how many rows its file holds."""

    values: Population | None
    rows: int


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
        raise AlignmentError(
            f"None of the {len(areas)} areas has a population: the areas have codes such as {list(areas.index[:3])}, "
            f"the population {list(fitted.table.index[:3])}. Use a file of the same boundary year, a lookup, or a "
            "best fit."
        )
    return ReadPopulation(replace(fitted, table=fitted.table.reindex(areas.index)), len(read.table))


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
    told, more = number_of(len(lacking), "area has", "areas have"), " ..." if len(lacking) > 5 else ""
    yield (
        f"{told} no population; {'it' if len(lacking) == 1 else 'they'} will not be ranked: {lacking[:5]}{more}. "
        "Look whether the table goes by codes of another boundary year."
    )


def _faults(recipe: Recipe) -> Iterable[str]:
    section = recipe.find(PopulationSection)
    if section is None:
        return
    yield from unknown_lookups(recipe, {"population.lookup": section.lookup})


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
    ),
    run=_run,
    files=_files,
    notes=_notes,
)
