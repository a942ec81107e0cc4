"""Sections of a recipe: what each one holds, which of its keys a recipe has, and what is usual there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from socharm._settings import UNSTATED, Settings, annotations_of, recipe_fields, settings_in

__all__ = [
    "fill_sections",
    "known_keys_of",
    "section",
    "section_keys",
    "sections_of",
    "with_seed",
    "without_others",
]


def section(
    record: type[Settings],
    says: str,
    *,
    required: bool = False,
    optional: bool = False,
    listed: bool = False,
    **usual: Any,
) -> Any:
    """One section of a recipe, as a field of the recipe's record.

    Parameters
    ----------
    record : type
        The settings that the section is.
    says : str
        What it is, in one line.
    required, optional, listed : bool
        Whether a recipe must have it, may leave it out (there is none then), may have several.
    **usual : object
        Defaults of its keys that differ from those of the record.
    """
    about = {"says": says, "usual": usual, "off": optional or listed}
    if required:
        return dataclasses.field(metadata=about)
    if optional:
        return dataclasses.field(default=None, metadata=about)
    if listed:
        return dataclasses.field(default=(), metadata=about)
    seed = {"seed": 0} if _has_seed(record) else {}
    return dataclasses.field(default_factory=lambda: record(**usual, **seed), metadata=about)


def sections_of(recipe: type) -> dict[str, type[Settings]]:
    """The record of each section, by the field of the recipe or of a section."""
    return {name: kind for name, hint in annotations_of(recipe).items() if (kind := settings_in(hint)) is not None}


def section_keys(record: type) -> list[str]:
    """Keys that a section may have."""
    return [entry.name for entry in recipe_fields(record)]


def known_keys_of(recipe: type, where: Iterable[str]) -> list[str]:
    """Keys of the section that a place stands in; of the whole recipe for any other place."""
    record = recipe
    for part in where:
        record = sections_of(record).get(part, record)
    return [name for name in section_keys(record) if name != "folder"]


def fill_sections(recipe: type, values: Mapping[str, Any], strange: list[str]) -> dict[str, Any]:
    """Values of a recipe with what its sections have besides their keys: other defaults, and room for the seed.

    Parameters
    ----------
    recipe : type
    values : mapping
        As they were read.
    strange : list of str
        Gets the places of keys that a function has and a recipe has not, such as ``"ranking.seed"``.
    """
    kinds = sections_of(recipe)
    usual = {entry.name: entry.metadata.get("usual", {}) for entry in dataclasses.fields(recipe)}
    filled = dict(values)
    for name, kind in kinds.items():
        given = values.get(name)
        if isinstance(given, (list, tuple)):
            filled[name] = [_known(kind, part, f"{name}.{number}", strange) for number, part in enumerate(given)]
        elif isinstance(given, Mapping):
            kept = _known(kind, given, name, strange)
            filled[name] = {**usual[name], **({"seed": 0} if _has_seed(kind) else {}), **kept}
    return filled


def _known(kind: type[Settings], given: Any, place: str, strange: list[str]) -> Any:
    """A section without what is no key of it, and so the sections inside it."""
    if not isinstance(given, Mapping):
        return given
    others = {entry.name for entry in dataclasses.fields(kind)} - set(section_keys(kind))
    strange += [f"{place}.{key}" for key in given if key in others]
    inner = sections_of(kind)
    return {
        key: _known(inner[key], value, f"{place}.{key}", strange) if key in inner else value
        for key, value in given.items()
        if key not in others
    }


def with_seed(recipe: Any, seed: int) -> None:
    """Give every section that draws the seed of the assessment; `recipe` is a frozen record that is being made."""
    for name, kind in sections_of(type(recipe)).items():
        held = getattr(recipe, name)
        if _has_seed(kind) and held is not None and held.seed != seed:
            object.__setattr__(recipe, name, dataclasses.replace(held, seed=seed))


def without_others(recipe: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values of a recipe without what is no key of it."""
    kinds = sections_of(recipe)

    return {name: _own(kinds.get(name), value) for name, value in values.items()}


def _own(kind: type[Settings] | None, value: Any) -> Any:
    if kind is not None and isinstance(value, (list, tuple)):
        return [_own(kind, part) for part in value]
    if kind is None or not isinstance(value, Mapping):
        return value
    inner = sections_of(kind)
    return {key: _own(inner.get(key), value[key]) for key in section_keys(kind)}


def _has_seed(record: type[Settings]) -> bool:
    """Whether a section draws: its seed has no default, and is that of the assessment."""
    return any(
        e.name == "seed" and not e.metadata.get("recipe", True) and e.default is UNSTATED
        for e in dataclasses.fields(record)
    )
