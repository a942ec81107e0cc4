"""``[[lookups]]``: tables from one kind of area to another, each read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import pandas as pd

from socharm._settings import Settings, annotations_of, setting
from socharm.assessment.input_sections import LookupSection
from socharm.assessment.recipe_rules import repeated_names
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, ReadFile, Section, Step, take_each
from socharm.io.lookups import Lookup, LookupSettings, read_lookup
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import TableSpec

__all__ = ["LOOKUPS", "Lookups", "LookupsSettings", "lookup_names"]

#: Lookups of a recipe by name.
Lookups: TypeAlias = Mapping[str, Lookup]


@dataclass(frozen=True, kw_only=True)
class LookupsSettings(Settings):
    """How each lookup was read."""

    files: tuple[LookupSettings, ...] = setting(says="choices of each lookup, in the order of the recipe")


def _read(recipe: Recipe, section: LookupSection) -> Lookup:
    return read_lookup(recipe.resolve(section.path), settings=section)


def _run(context: Context) -> Lookups:
    sections = context.recipe.parts(LookupSection)
    names = [section.name for section in sections]
    parts = [(f"lookups.{section.name}", partial(_read, context.recipe, section)) for section in sections]
    return dict(zip(names, take_each(context, parts), strict=True))


def _frames(lookups: Lookups) -> dict[str, pd.DataFrame]:
    parts = [part.table.assign(lookup=name)[["lookup", *part.table.columns]] for name, part in lookups.items()]
    return {"lookups": pd.concat(parts, ignore_index=True)} if parts else {}


def _settings(lookups: Lookups) -> LookupsSettings:
    read = [part.settings for part in lookups.values()]
    return LookupsSettings(files=tuple(one for one in read if isinstance(one, LookupSettings)))


def _earlier_settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    known = annotations_of(LookupSettings)
    stated = recipe.get("lookups") or ()
    return {"files": [{name: value for name, value in part.items() if name in known} for part in stated]}


def _files(recipe: Recipe, _: Lookups) -> Iterable[ReadFile]:
    return [ReadFile(role=f"lookups.{part.name}", path=part.path) for part in recipe.parts(LookupSection)]


def lookup_names(recipe: Recipe) -> list[str]:
    """Names of the lookups that a recipe has."""
    return [lookup.name for lookup in recipe.parts(LookupSection)]


def _faults(recipe: Recipe) -> Iterable[str]:
    return repeated_names(lookup_names(recipe))


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
    tables=(
        TableSpec(
            name="lookups",
            meaning="a code and the area that it belongs to, by a lookup of the recipe",
            columns=named(
                "withhold",
                lookup="name of the lookup",
                source="code that is carried over",
                target="code of the area that it belongs to",
                share="part of the source that goes there",
            ),
        ),
    ),
    frames=_frames,
    settings=lambda lookups, _: _settings(lookups),
    settings_kinds=(LookupsSettings,),
    earlier_settings=_earlier_settings,
    files=_files,
)
