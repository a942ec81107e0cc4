"""``[[lookups]]``: tables from one kind of area to another, each read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final, TypeAlias

from socharm.assessment.input_sections import LookupSection
from socharm.assessment.steps._step import Context, ReadFile, Section, Step, take_each
from socharm.io.lookups import Lookup, read_lookup
from socharm.snapshot.recipe import Recipe

__all__ = ["LOOKUPS", "Lookups", "unknown_lookups"]

#: Lookups of a recipe by name.
Lookups: TypeAlias = Mapping[str, Lookup]


def _read(recipe: Recipe, section: LookupSection) -> Lookup:
    return read_lookup(recipe.resolve(section.path), settings=section)


def _run(context: Context) -> Lookups:
    sections = context.recipe.parts(LookupSection)
    names = [section.name for section in sections]
    parts = [(f"lookups.{section.name}", partial(_read, context.recipe, section)) for section in sections]
    return dict(zip(names, take_each(context, parts), strict=True))


def _files(recipe: Recipe, _: Lookups) -> Iterable[ReadFile]:
    return [ReadFile(role=f"lookups.{part.name}", path=part.path) for part in recipe.parts(LookupSection)]


def unknown_lookups(recipe: Recipe, users: Mapping[str, str | None]) -> Iterable[str]:
    """Places of the recipe that name a lookup which it does not have."""
    known = [lookup.name for lookup in recipe.parts(LookupSection)]
    for place, name in users.items():
        if name is not None and name not in known:
            yield f"{place}: no lookup is called {name!r}; [[lookups]] has {known}."


def _faults(recipe: Recipe) -> Iterable[str]:
    known = [lookup.name for lookup in recipe.parts(LookupSection)]
    if len(set(known)) < len(known):
        yield f"lookups: names must be unique; found {known}."


LOOKUPS: Final = Step[Lookups](
    name="lookups",
    phase="reading",
    section=Section(
        key="lookups",
        kind=LookupSection,
        says="tables from one kind of area to another; as many as needed",
        place=40,
        many=True,
        faults=_faults,
        arguments={"source_name": "[[lookups]] source"},
    ),
    run=_run,
    files=_files,
)
