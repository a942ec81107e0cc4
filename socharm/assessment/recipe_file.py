"""A recipe from its TOML file and back to plain values: the sections are those that the steps declare."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
import typing
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from socharm._checks import nearest_name
from socharm._limits import MAX_TEXT_LENGTH
from socharm._settings import Settings, annotations_of, setting, settings_in
from socharm.assessment.argument_words import with_keys
from socharm.assessment.sections import fill_sections, known_keys_of, section, with_seed, without_others
from socharm.assessment.steps._step import Section, Step
from socharm.assessment.steps.order import all_steps
from socharm.errors import SchemaError, SocharmError
from socharm.files.plain import number_fault, plain_fault, read_toml
from socharm.io._safety import safe_path
from socharm.snapshot.recipe import AssessmentSection, OutputsSection, Recipe

__all__ = [
    "declared_sections",
    "known_keys",
    "load_recipe",
    "parse_recipe",
    "recipe_as_dict",
    "recipe_of_manifest",
    "rehearsed",
    "shown_path",
    "whole_kind",
]

#: Control characters, and the marks that turn the direction of text; a line break or tab is none in a text of TOML.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_SEED_PLACE: Final = "The seed stands in [assessment]."


def declared_sections() -> tuple[Section, ...]:
    """Sections of the steps, in their order; further to these there are ``[assessment]`` and ``[outputs]``."""
    return tuple(step.section for step in all_steps() if step.section is not None)


def whole_kind() -> type:
    """A record with a field for each section, in the order of a recipe."""
    return _whole_kind(all_steps())


@functools.cache
def _whole_kind(steps: tuple[Step[Any], ...]) -> type:
    outputs = _outputs_kind(steps)
    stated = [part.section for part in steps if part.section is not None]
    core = [
        Section(key="assessment", kind=AssessmentSection, place=0, required=True),
        Section(key="outputs", kind=outputs, says="what is made beside the ranking", place=900),
    ]
    fields = [(part.key, _hint(part), _field(part)) for part in sorted([*core, *stated], key=lambda part: part.place)]
    extras = {
        "__pydantic_config__": Settings.__pydantic_config__,
        # The seed stands once, in ``[assessment]``, and is that of every section that draws.
        "__post_init__": lambda self: with_seed(self, self.assessment.seed),
    }
    return dataclasses.make_dataclass("Recipe", fields, namespace=extras, frozen=True, kw_only=True)


def _outputs_kind(steps: tuple[Step[Any], ...]) -> type[Settings]:
    """``[outputs]``: the files that are made, and a switch for each step that has one."""
    switches = {step.switch: step.switch_says for step in steps if step.switch}
    fields = [(switch, bool, setting(True, says)) for switch, says in switches.items()]
    return dataclasses.make_dataclass("Outputs", fields, bases=(OutputsSection,), frozen=True, kw_only=True)


def _hint(part: Section) -> Any:
    kind: Any = part.kind
    return tuple[kind, ...] if part.many else kind | None if part.optional else kind


def _field(part: Section) -> Any:
    return section(part.kind, part.says, required=part.required, optional=part.optional, listed=part.many, **part.usual)


def _as_recipe(whole: Any) -> Recipe:
    files = [entry.name for entry in dataclasses.fields(OutputsSection)]
    outputs = vars(whole.outputs)
    return Recipe(
        assessment=whole.assessment,
        stated={section.key: getattr(whole, section.key) for section in declared_sections()},
        switches={name: value for name, value in outputs.items() if name not in files},
        outputs=OutputsSection(**{name: outputs[name] for name in files}),
    )


def rehearsed(recipe: Recipe) -> Recipe:
    """The recipe with few draws and permutations: what would stop a run stops these too, in seconds."""
    lighter = {
        section.key: section.rehearsed(recipe.stated[section.key])
        for section in declared_sections()
        if section.rehearsed is not None and recipe.stated[section.key] is not None
    }
    return recipe.with_parts(**lighter)


def load_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read ``assessment.toml``.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    SchemaError
        The file is not TOML, or has unknown keys, missing keys or wrong values; all are named at once,
        an unknown key with the nearest known one.
    ParameterError
        There is no such file.
    """
    found = safe_path(path, kinds=("toml",), name="recipe")
    return parse_recipe(read_toml(found, numbers=False), folder=found.parent, name=found.name)


def parse_recipe(values: Mapping[str, Any], *, folder: str | os.PathLike[str] = ".", name: str = "recipe") -> Recipe:
    """Recipe from plain values, such as those of a TOML file or a manifest.

    Examples
    --------
    >>> recipe = parse_recipe({
    ...     "assessment": {"period": ["2025-04", "2025-09"], "seed": 1},
    ...     "areas": {"path": "wards.gpkg", "code": "WD25CD"},
    ...     "incidents": {"path": "police-uk"},
    ... })
    >>> recipe.stated["ranking"].draws
    10000
    """
    if fault := plain_fault(dict(values), numbers=False):
        raise SchemaError(f"{name!r}: {fault}")
    odd: dict[str, str] = {}
    sound = _without_odd_numbers({k: v for k, v in values.items() if k != "folder"}, odd)
    faults = [f"{place} {fault}" for place, fault in odd.items()]
    strange: list[str] = []
    whole = fill_sections(whole_kind(), sound, strange)
    faults += [f"{place}: unknown key. {_SEED_PLACE if place.endswith('.seed') else 'Remove it.'}" for place in strange]
    try:
        recipe = _as_recipe(TypeAdapter(whole_kind()).validate_json(json.dumps(whole, default=str)))
    except ValidationError as error:
        faults += [_fault(dict(item)) for item in error.errors() if ".".join(map(str, item["loc"])) not in odd]
    else:
        faults += _further_faults(recipe)
    if "folder" in values:
        faults.append("folder: unknown key; relative paths start at the file's own folder.")
    if faults:
        raise SchemaError(f"{name!r} has {len(faults)} fault(s):\n  " + "\n  ".join(faults))
    return dataclasses.replace(recipe, folder=str(folder))


def recipe_of_manifest(values: Mapping[str, Any], *, folder: str | os.PathLike[str], name: str) -> Recipe:
    """The recipe that a manifest holds, also one of an earlier version: other names of keys, blanks for defaults."""
    renamed = {key: dict(held) if isinstance(held, Mapping) else held for key, held in values.items()}
    for part in declared_sections():
        held = renamed.get(part.key)
        if not isinstance(held, dict):
            continue
        for old, new in part.earlier_keys.items():
            if old in held:
                held[new] = held.pop(old)
        stated = annotations_of(part.kind)
        for key in [key for key, value in held.items() if value is None and key in stated]:
            if type(None) not in typing.get_args(stated[key]):
                del held[key]
    return parse_recipe(renamed, folder=folder, name=name)


def _without_odd_numbers(value: Any, odd: dict[str, str], place: str = "") -> Any:
    """Plain values without the keys whose numbers no recipe can hold, so that all other faults are found as well."""
    if isinstance(value, dict):
        kept: dict[Any, Any] = {}
        for key, item in value.items():
            inner = f"{place}.{key}".lstrip(".")
            kept[key] = _without_odd_numbers(item, odd, inner)
            if inner in odd:
                del kept[key]
        return kept
    if isinstance(value, list | tuple):
        if any(isinstance(item, dict) for item in value):
            return [_without_odd_numbers(item, odd, f"{place}.{at}") for at, item in enumerate(value)]
        for item in value:
            _without_odd_numbers(item, odd, place)
    elif fault := number_fault(value):
        odd[place] = fault
    return value


def _fault(item: Mapping[str, Any]) -> str:
    where = [str(part) for part in item["loc"]]
    place = ".".join(where)
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        hint = nearest_name(where[-1], known_keys(where[:-1]))
        return f"{place}: unknown key." + (f" Did you mean {hint!r}?" if hint else " Remove it.")
    if item["type"] in ("missing", "missing_argument"):
        return f"{place}: missing. Add it; `socharm init` writes an example."
    if item["type"] == "limit":
        return f"{place}: `{_key_of(where)}` is {item['input']!r}; {item['msg']}."
    if item["type"] == "value_error":
        return f"[{place}] {with_keys(str(item['ctx']['error']), lambda name: f'[{place}] {name}')}"
    return f"{place}: {item['msg']}; found {item['input']!r}."


def _key_of(where: list[str]) -> str:
    """The key that a place is of; of a part of a list, the list."""
    return next(part for part in reversed(where) if not part.isdigit())


def known_keys(where: Iterable[str]) -> list[str]:
    """Keys of the section that a place of a recipe stands in; of the whole recipe for any other place."""
    return known_keys_of(whole_kind(), where)


def _further_faults(recipe: Recipe) -> Iterable[str]:
    try:
        _ = recipe.period
    except SocharmError as error:
        yield f"assessment.period: {error}"
    if recipe.assessment.name and not _NAME.fullmatch(recipe.assessment.name):
        yield f"assessment.name: {recipe.assessment.name!r} begins a folder's name; use letters, digits and - _ . only."
    for part in declared_sections():
        if part.faults is not None:
            yield from part.faults(recipe)
    yield from _text_faults(_plain(recipe))


def _text_faults(values: Any, place: str = "") -> Iterable[str]:
    """Texts that no name, column or path can be; `values` are those of a recipe, nested a few times at most."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _text_faults(str(key), f"{place}.{key!r}".lstrip("."))
            yield from _text_faults(value, f"{place}.{key}".lstrip("."))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _text_faults(value, place)
    elif isinstance(values, str):
        if len(values) > MAX_TEXT_LENGTH:
            yield f"{place}: {len(values):,} characters; at most {MAX_TEXT_LENGTH:,} are taken. Shorten the text."
        if found := _CONTROL.search(values):
            yield f"{place}: {values[:40]!r} holds the control character {found[0]!r}. Take it out."


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """Recipe as plain values for a manifest: defaults written out, absolute paths cut to their last part."""
    return {key: _relative(value) for key, value in without_others(whole_kind(), _plain(recipe)).items()}


def _plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as the plain values of a TOML file, section by section."""
    outputs = settings_in(annotations_of(whole_kind())["outputs"])
    assert outputs is not None
    made = outputs(**vars(recipe.outputs), **recipe.switches)
    whole = whole_kind()(assessment=recipe.assessment, outputs=made, **recipe.stated)
    values: dict[str, Any] = TypeAdapter(whole_kind()).dump_python(whole, mode="json")
    return values


def shown_path(path: str) -> str:
    """A path as a manifest shows it: of an absolute one the last part."""
    shown: str = _relative(path)
    return shown


def _relative(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _relative(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_relative(item) for item in value]
    if isinstance(value, str) and (PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()):
        return PureWindowsPath(value).name if "\\" in value else PurePosixPath(value).name
    return value
