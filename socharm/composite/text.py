"""Recipes of composite indices as text: packaged ones, files of one's own, and the way back to TOML or JSON."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

from pydantic import TypeAdapter, ValidationError

from socharm._arguments import checked
from socharm._checks import require_choice
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.specs import DomainSpec, Elicitation, IndicatorSpec
from socharm.composite.steps import Step
from socharm.errors import SchemaError
from socharm.files.plain import parse_toml, read_toml
from socharm.files.toml_faults import as_one_fault, faults_text, place_told, unknown_key
from socharm.files.toml_text import toml_value
from socharm.io._safety import safe_path

__all__ = ["PACKAGED", "composite_recipe", "dump_composite_recipe", "load_composite_recipe", "recipe_as_json"]

#: Packaged recipes by name.
PACKAGED: Final = ("imd", "place-based-harm", "vli")


@cache
def _adapter() -> TypeAdapter[CompositeRecipe]:
    return TypeAdapter(CompositeRecipe)


@checked
def load_composite_recipe(name: str | os.PathLike[str]) -> CompositeRecipe:
    """Load a recipe of a composite index.

    Parameters
    ----------
    name : str or path
        ``"imd"``, ``"place-based-harm"``, ``"vli"``, or a TOML file of one's own.

    Returns
    -------
    CompositeRecipe

    Raises
    ------
    ParameterError
        No packaged recipe of that name, or a recipe that cannot be run.
    SchemaError
        A file that is no TOML, or has unknown or missing keys; all faults at once.

    Examples
    --------
    >>> recipe = load_composite_recipe("vli")
    >>> len(recipe.indicators), recipe.priority_above
    (6, 200.0)
    """
    if isinstance(name, str) and not name.endswith(".toml"):
        require_choice(name, PACKAGED, name="name")
        text = (files("socharm.composite") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
        return composite_recipe(parse_toml(text, name=f"{name}.toml"), name=f"{name}.toml")
    path = safe_path(name, kinds=["toml"], name="name")
    return composite_recipe(read_toml(path), name=path.name)


def composite_recipe(values: Mapping[str, Any], *, name: str = "recipe") -> CompositeRecipe:
    """Recipe from plain values, such as those of a TOML file or a manifest.

    Examples
    --------
    >>> recipe = composite_recipe({"name": "two", "indicators": [{"name": "a"}, {"name": "b", "direction": -1}]})
    >>> composite_recipe(json.loads(recipe_as_json(recipe))) == recipe
    True
    """
    try:
        return _adapter().validate_json(json.dumps(dict(values), default=str))
    except ValidationError as error:
        faults = [_fault(item) for item in as_one_fault(dict(item) for item in error.errors())]
    raise SchemaError(faults_text(name, faults))


def _fault(item: Mapping[str, Any]) -> str:
    where = [str(part) for part in item["loc"]]
    place = place_told(where)
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return unknown_key(where, _keys())
    if item["type"] in ("missing", "missing_argument"):
        return f"{place}: missing. Add it."
    cause = item.get("ctx", {}).get("error")
    return f"{place}: {cause or item['msg']}"


def _keys() -> list[str]:
    parts = (CompositeRecipe, IndicatorSpec, DomainSpec, Elicitation, *get_args(get_args(Step)[0]))
    return sorted({entry.name for part in parts for entry in dataclasses.fields(part)})


def recipe_as_json(recipe: CompositeRecipe) -> str:
    """Recipe as JSON with every default written out; `composite_recipe` reads it back."""
    return _adapter().dump_json(recipe, indent=1).decode("utf-8")


@checked
def dump_composite_recipe(recipe: CompositeRecipe) -> str:
    """Recipe as TOML with every default written out; `load_composite_recipe` reads it back from a file.

    Parameters
    ----------
    recipe : CompositeRecipe

    Returns
    -------
    str

    Examples
    --------
    >>> text = dump_composite_recipe(load_composite_recipe("imd"))
    >>> composite_recipe(parse_toml(text, name="imd.toml")) == load_composite_recipe("imd")
    True
    """
    values = json.loads(recipe_as_json(recipe))
    tables = {key: value for key, value in values.items() if isinstance(value, list)}
    lines = [f"{key} = {toml_value(value)}" for key, value in values.items() if key not in tables and value is not None]
    for key in ("steps", "domains", "indicators"):
        for entry in tables[key]:
            lines += ["", f"[[{key}]]"]
            lines += [f"{name} = {toml_value(value)}" for name, value in entry.items() if value is not None]
    return "\n".join(lines) + "\n"
