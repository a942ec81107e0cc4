"""A recipe from its TOML file and back to plain values: the sections are those that the steps declare."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from socharm._settings import Settings, annotations_of, setting, settings_in, with_words_of_now
from socharm._value_kinds import shown
from socharm.assessment.recipe_faults import may_be_empty, text_faults, validation_fault, without_odd_numbers
from socharm.assessment.sections import fill_sections, known_keys_of, section, with_seed, without_others
from socharm.assessment.steps._step import Section, Step
from socharm.assessment.steps.order import all_steps
from socharm.errors import ParameterError, SchemaError, SocharmError
from socharm.files.plain import plain_fault, read_toml
from socharm.files.toml_faults import as_one_fault, faults_text, place_told, unknown_key
from socharm.io._safety import safe_path
from socharm.snapshot.recipe import AssessmentSection, OutputsSection, Recipe

__all__ = [
    "declared_sections",
    "known_keys",
    "load_recipe",
    "names_of_today",
    "parse_recipe",
    "recipe_as_dict",
    "recipe_of_manifest",
    "rehearsed",
    "require_recipe",
    "shown_path",
    "whole_kind",
]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_SEED_PLACE: Final = "The seed stands in [assessment]."


def declared_sections() -> tuple[Section, ...]:
    """Sections of the steps, in their order; further to these there are ``[assessment]`` and ``[outputs]``."""
    return tuple(step.section for step in all_steps() if step.section is not None)


def whole_kind() -> type:
    """A record with a field for each section, in the order of a recipe."""
    return _whole_kind(all_steps())


@functools.cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    """What reads and writes such a record: it takes longer to make than to use."""
    return TypeAdapter(kind)


@functools.cache
def _whole_kind(steps: tuple[Step[Any], ...]) -> type:
    outputs = _outputs_kind(steps)
    stated = [part.section for part in steps if part.section is not None]
    core = [
        Section(key="assessment", kind=AssessmentSection, place=0, required=True),
        Section(
            key="outputs",
            kind=outputs,
            says="what is made beside the ranking",
            place=900,
            arguments={"crs": "[areas] crs"},
        ),
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
    return _read(values, folder=folder, name=name)


def _read(values: Mapping[str, Any], *, folder: str | os.PathLike[str], name: str, blanks: bool = False) -> Recipe:
    """The recipe of plain values; `blanks` says whether texts may be blank."""
    recipe, faults = _parsed(values, name)
    told = {fault.partition(": ")[0] for fault in faults}
    empty = None if blanks else may_be_empty(whole_kind())
    faults += [fault for fault in text_faults(values, empty=empty) if fault.partition(": ")[0] not in told]
    if faults or recipe is None:
        raise SchemaError(faults_text(name, faults))
    return dataclasses.replace(recipe, folder=str(folder))


def _parsed(values: Mapping[str, Any], name: str) -> tuple[Recipe | None, list[str]]:
    """The recipe, where its values have the right types, and what is wrong with it."""
    if fault := plain_fault(dict(values), numbers=False):
        raise SchemaError(f"{name!r}: {fault}")
    odd: dict[str, str] = {}
    sound = without_odd_numbers({k: v for k, v in values.items() if k != "folder"}, odd)
    faults = [f"{place} {fault}" for place, fault in odd.items()]
    strange: list[str] = []
    whole = fill_sections(whole_kind(), sound, strange)
    faults += [f"{place}: unknown key. {_SEED_PLACE if place.endswith('.seed') else 'Remove it.'}" for place in strange]
    if "folder" in values:
        faults.append("folder: unknown key; relative paths start at the file's own folder.")
    try:
        recipe = _as_recipe(_adapter(whole_kind()).validate_json(json.dumps(whole, default=str)))
    except ValidationError as error:
        items = as_one_fault(item for item in error.errors() if place_told(item["loc"]) not in odd)
        return None, [*faults, *(_renamed(item["loc"]) or validation_fault(item, whole_kind()) for item in items)]
    return recipe, [*faults, *_further_faults(recipe)]


def names_of_today() -> dict[tuple[str, str], str]:
    """Keys by their section and their name in an earlier version, and what they are called now."""
    today = {(part.key, old): new for part in declared_sections() for old, new in part.earlier_keys.items()}
    return today | {("outputs", step.earlier_switch): step.switch for step in all_steps() if step.earlier_switch}


def _renamed(where: Sequence[Any]) -> str:
    """That a key is one of an earlier version, by the name that it has today; empty where it is none."""
    now = names_of_today().get(tuple(where))
    return "" if now is None else f"{place_told(where)}: the key is called `{now}` now. Rename it."


def require_recipe(recipe: Recipe) -> Recipe:
    """Stop unless a recipe that was made or changed in Python is one that a file could hold.

    Raises
    ------
    ParameterError
        All that is wrong with it.
    """
    faults = list(_record_faults(recipe))
    if not faults:
        faults = [*_further_faults(recipe), *text_faults(_plain(recipe), empty=may_be_empty(whole_kind()))]
    if faults:
        raise ParameterError(faults_text("recipe", faults))
    return recipe


def _record_faults(recipe: Recipe) -> Iterator[str]:
    """Sections that no recipe has, or that are missing or of another kind; and so its switches."""
    declared = {part.key: part for part in declared_sections()}
    for key in recipe.stated:
        if key not in declared:
            yield unknown_key([key], declared)
    for key, part in declared.items():
        held = recipe.stated.get(key)
        several = held if part.many and isinstance(held, tuple) else (held,)
        if key not in recipe.stated or (held is None and not part.optional):
            yield f"{key}: missing. Take the recipe from its file, and change it by `with_parts`."
        elif held is not None and any(type(each) is not part.kind for each in several):
            many = f"a tuple of {part.kind.__name__}" if part.many else part.kind.__name__
            yield f"{key}: is {shown(held)}; it must be {many}."
    switches = {step.switch for step in all_steps() if step.switch}
    for name in sorted(switches.symmetric_difference(recipe.switches)):
        yield f"outputs.{name}: missing." if name in switches else unknown_key(["outputs", name], switches)


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
        held = renamed[part.key] = with_words_of_now(part.kind, held)
        stated = annotations_of(part.kind)
        for key in [key for key, value in held.items() if value is None and key in stated]:
            if type(None) not in typing.get_args(stated[key]):
                del held[key]
    outputs = renamed.get("outputs")
    if isinstance(outputs, dict):
        for step in all_steps():
            if step.earlier_switch in outputs:
                outputs[step.switch] = outputs.pop(step.earlier_switch)
    # A blank was no fault of a recipe then, and no file is read by it any more.
    return _read(renamed, folder=folder, name=name, blanks=True)


def known_keys(where: Iterable[str]) -> list[str]:
    """Keys of the section that a place of a recipe stands in; of the whole recipe for any other place."""
    return known_keys_of(whole_kind(), where)


def _further_faults(recipe: Recipe) -> Iterable[str]:
    try:
        _ = recipe.period
    except SocharmError as error:
        yield f"assessment.period: {error}"
    name = recipe.assessment.name
    if name.strip() and not _NAME.fullmatch(name):
        yield f"assessment.name: {shown(name)} begins a folder's name; use letters, digits and - _ . only."
    for part in declared_sections():
        if part.faults is not None:
            yield from part.faults(recipe)


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """Recipe as plain values for a manifest: defaults written out, absolute paths cut to their last part."""
    return {key: _relative(value) for key, value in without_others(whole_kind(), _plain(recipe)).items()}


def _plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as the plain values of a TOML file, section by section."""
    outputs = settings_in(annotations_of(whole_kind())["outputs"])
    assert outputs is not None
    made = outputs(**vars(recipe.outputs), **recipe.switches)
    whole = whole_kind()(assessment=recipe.assessment, outputs=made, **recipe.stated)
    values: dict[str, Any] = _adapter(whole_kind()).dump_python(whole, mode="json")
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
