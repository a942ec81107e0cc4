"""The first look at a recipe: its keys, their values and its files, before anything that takes long is loaded.

It knows the keys from a packaged table, which a test compares with the settings. What it finds is told at once; what it
does not know is found by the recipe itself, afterwards.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from socharm._checks import nearest_name
from socharm.assessment.dictionary_keys import DICTIONARY_KEYS, OF_A_DICTIONARY
from socharm.assessment.recipe_rules import rules_between
from socharm.errors import ParameterError, SchemaError
from socharm.files.plain import number_fault, read_toml
from socharm.files.toml_faults import faults_text, place_told, unknown_key, value_told

__all__ = ["first_look", "recipe_faults", "require_sound"]

_WORDS: Final = {
    "text": "text in quotes",
    "whole": "a whole number",
    "number": "a number",
    "truth": "true or false",
    "table": "a table of keys",
}
_MISSING: Final = "missing. Add it; `socharm init` writes an example."
_SEED: Final = "unknown key. The seed stands in [assessment]."


@functools.cache
def _known() -> Mapping[str, Any]:
    held: Mapping[str, Any] = json.loads(
        files("socharm.assessment").joinpath("recipe_keys.json").read_text(encoding="utf-8")
    )
    return held


def first_look(path: str | os.PathLike[str]) -> list[str]:
    """What is wrong with a recipe, as far as its keys, values and files tell; none for what is no recipe at all.

    Raises
    ------
    SchemaError
        The file is not TOML.
    """
    found = Path(path)
    try:
        there = found.suffix.lower() == ".toml" and found.is_file()
    except (OSError, ValueError):
        there = False
    # Whoever reads what is no such file says what is wrong with it.
    return list(recipe_faults(read_toml(found, numbers=False), folder=found.resolve().parent)) if there else []


def require_sound(path: str | os.PathLike[str]) -> None:
    """Stop where the first look finds faults: all of them.

    Raises
    ------
    SchemaError
        The file is not TOML; or unknown or missing keys, values of another kind or beyond their limits, files that are
        not there.
    """
    faults = first_look(path)
    if faults:
        raise SchemaError(faults_text(Path(path).name, faults))


def recipe_faults(values: Mapping[str, Any], *, folder: Path) -> Iterator[str]:
    """What is wrong with the keys, values and files of a recipe, each fault with its place."""
    known = _known()
    for name in values:
        if name not in known:
            yield unknown_key([name], known)
    for name, section in known.items():
        if name not in values:
            if section["required"]:
                yield f"{place_told([name])}: {_MISSING}"
            continue
        held = values[name]
        several = held if section["many"] and isinstance(held, list) else [held]
        if section["many"] and not isinstance(held, list):
            yield f"{name}: must stand in double brackets, [[{name}]]; it can be there several times."
            continue
        for at, part in enumerate(several):
            place = [name, str(at)] if section["many"] else [name]
            if isinstance(part, Mapping):
                yield from _section_faults(part, section, place, folder)
            else:
                yield f"{place_told(place)}: must be a section, [{name}]; found {value_told(part)}."
    yield from rules_between(values)
    yield from _period_faults(values.get("assessment"), values.get("incidents"), folder)


def _section_faults(
    values: Mapping[str, Any], section: Mapping[str, Any], place: Sequence[str], folder: Path
) -> Iterator[str]:
    keys, tables = section["keys"], section["tables"]
    for key, value in values.items():
        where = [*place, key]
        if key in tables:
            if isinstance(value, Mapping):
                yield from _section_faults(value, tables[key], where, folder)
            else:
                yield f"{place_told(where)}: must be a section, [{place_told(where)}]; found {value_told(value)}."
        elif key in keys:
            fault = _value_fault(value, keys[key], key)
            if fault:
                yield f"{place_told(where)}{fault}"
            elif keys[key].get("file"):
                yield from _file_faults(value, place_told(where), folder)
        elif key in section["others"]:
            yield f"{place_told(where)}: {_SEED if key == 'seed' else 'unknown key. Remove it.'}"
        elif now := section.get("earlier", {}).get(key):
            yield f"{place_told(where)}: the key is called `{now}` now. Rename it."
        elif place[0] == "indicators" and key in DICTIONARY_KEYS:
            yield f"{place_told(where)}: {OF_A_DICTIONARY}"
        else:
            yield unknown_key(where, [*keys, *tables], belongs=[] if key in keys else _sections_with(key))
    for key, said in keys.items():
        if said.get("required") and key not in values:
            yield f"{place_told([*place, key])}: {_MISSING}"


def _sections_with(key: str) -> list[str]:
    return [name for name, section in _known().items() if key in section["keys"] or key in section["tables"]]


def _value_fault(value: Any, said: Mapping[str, Any], key: str) -> str:
    """What is wrong with a value, as it follows the place; blank where one of its kinds fits."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and (odd := number_fault(value)):
        return f" {odd}"
    kinds = said["kinds"]
    fitting = [kind for kind in kinds if _is_of(value, kind)]
    if not fitting:
        now = said.get("earlier", {}).get(value) if isinstance(value, str) else None
        if now is not None:
            return f": {value_told(value)} is called {_as_toml(now)} now. Write that."
        words = " or ".join(dict.fromkeys(_words(kind) for kind in kinds))
        return f": `{key}` must be {words}; found {value_told(value)}."
    if all(_beyond(value, kind) for kind in fitting):
        return f": `{key}` is {value_told(value)}; it must be {' or '.join(map(_limit_words, fitting))}."
    return ""


def _is_of(value: Any, kind: Mapping[str, Any]) -> bool:
    match kind["kind"]:
        case "any":
            return True
        case "text":
            # a date without quotes is taken as the text of it
            return isinstance(value, str) or type(value).__name__ in ("date", "datetime", "time")
        case "whole":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "truth":
            return isinstance(value, bool)
        case "table":
            return isinstance(value, Mapping)
        case "list":
            length = kind.get("length")
            right = isinstance(value, list) and (length is None or len(value) == length)
            return right and all(any(_is_of(part, inner) for inner in kind["of"]) for part in value)
        case _:
            return any(value == choice and type(value) is type(choice) for choice in kind["choices"])


def _beyond(value: Any, kind: Mapping[str, Any]) -> bool:
    if kind["kind"] not in ("whole", "number", "text") or not isinstance(value, (int, float, str)):
        return False
    if "choices" in kind:
        return value not in kind["choices"]
    if isinstance(value, str):
        return False
    return not kind.get("low", value) <= value <= kind.get("high", value)


def _words(kind: Mapping[str, Any]) -> str:
    if kind["kind"] == "choice":
        return f"one of {', '.join(_as_toml(choice) for choice in kind['choices'])}"
    if kind["kind"] == "list":
        inner = " or ".join(dict.fromkeys(_words(part) for part in kind["of"]))
        length = f" of {kind['length']}" if "length" in kind else ""
        return f"a list{length} in square brackets, each {inner}"
    return _WORDS.get(kind["kind"], "a value")


def _limit_words(kind: Mapping[str, Any]) -> str:
    if "choices" in kind:
        return f"one of {', '.join(_as_toml(choice) for choice in kind['choices'])}"
    low = f" from {kind['low']:,}" if "low" in kind else ""
    high = f" to {kind['high']:,}" if "high" in kind else " up"
    return f"{_words(kind)}{low}{high}"


def _as_toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _file_faults(value: Any, place: str, folder: Path) -> Iterator[str]:
    """A file or folder that is not there; blanks and addresses are told by whoever reads them."""
    if not isinstance(value, str) or not value.strip() or "://" in value:
        return
    if re.search(r"[\t\n\r\b\f]", value):
        yield (
            f"{place}: {value_told(value)} holds a tab or line break, which \\t or \\n makes in double quotes. Write "
            "a path with \\ in single quotes, or with /."
        )
    if not value.isprintable():
        return
    path = folder / value
    try:
        if path.exists() or path.is_symlink():
            return
        near = (
            nearest_name(path.name, (entry.name for entry in path.parent.iterdir())) if path.parent.is_dir() else None
        )
    except (OSError, ValueError):
        return
    inside = "" if path.parent.is_dir() else "; its folder does not exist either"
    meant = f" Did you mean {near!r}?" if near else ""
    from_here = "" if path == Path(value) else f" Paths start at the recipe's folder, {str(folder)!r}."
    yield f"{place}: names no file: {value_told(value)} does not exist{inside}.{meant}{from_here}"


def _period_faults(section: Any, incidents: Any, folder: Path) -> Iterator[str]:
    """A period that is none, or none of whose months the files of police.uk have by their names."""
    period = section.get("period") if isinstance(section, Mapping) else None
    if not (isinstance(period, list) and len(period) == 2 and all(isinstance(month, str) for month in period)):
        return
    from socharm._about import AssessmentPeriod

    try:
        asked = AssessmentPeriod(*period)
    except (ParameterError, SchemaError) as error:
        yield f"assessment.period: {error}"
        return
    # Columns of one's own make any file one of rows with dates: its name says nothing.
    if not isinstance(incidents, Mapping) or not isinstance(incidents.get("path"), str) or "columns" in incidents:
        return
    from socharm.io.incidents.named_months import named_months, period_fault

    months = named_months(folder / incidents["path"])
    if months and (fault := period_fault(months, asked.start, asked.end)):
        yield f"assessment.period: {fault}"
