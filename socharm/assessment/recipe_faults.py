"""What is wrong with the values of a recipe, each fault with its place."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from socharm._limits import MAX_LISTED, MAX_TEXT_LENGTH
from socharm._words import number_of
from socharm.assessment.argument_words import with_keys
from socharm.assessment.dictionary_keys import DICTIONARY_KEYS, OF_A_DICTIONARY
from socharm.assessment.sections import known_keys_of, section_keys, sections_of
from socharm.files.plain import number_fault
from socharm.files.toml_faults import key_told, place_told, unknown_key, value_told

__all__ = ["may_be_empty", "sections_with", "text_faults", "validation_fault", "without_odd_numbers"]

#: Control characters, and the marks that turn the direction of text; a line break or tab is none in a text of TOML.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
#: Keys whose texts may be blanks: what parts thousands, words that mean something is missing, values of rows.
_MAY_BE_BLANK: Final = frozenset({"thousands", "missing", "where"})


def without_odd_numbers(value: Any, odd: dict[str, str], place: str = "") -> Any:
    """Plain values without the keys whose numbers no recipe can hold, so that all other faults are found as well.

    Parameters
    ----------
    value : object
    odd : dict
        Gets the fault of each such key by its place.
    place : str
    """
    if isinstance(value, dict):
        kept: dict[Any, Any] = {}
        for key, item in value.items():
            inner = f"{place}.{key_told(key)}" if place else key_told(key)
            kept[key] = without_odd_numbers(item, odd, inner)
            if inner in odd:
                del kept[key]
        return kept
    if isinstance(value, list | tuple):
        if any(isinstance(item, dict) for item in value):
            return [without_odd_numbers(item, odd, f"{place}.{at}") for at, item in enumerate(value)]
        if len(value) > MAX_LISTED:
            odd[place] = f"holds {number_of(len(value), 'value')}; at most {MAX_LISTED:,} are taken. Shorten the list."
            return value
        for item in value:
            without_odd_numbers(item, odd, place)
    elif fault := number_fault(value):
        odd[place] = fault
    return value


def validation_fault(item: Mapping[str, Any], recipe: type) -> str:
    """One fault as pydantic gives it, in the words of a recipe.

    Parameters
    ----------
    item : mapping
    recipe : type
        The record with a field for each section.
    """
    where = [str(part) for part in item["loc"]]
    place = place_told(where)
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        if where[0] == "indicators" and where[-1] in DICTIONARY_KEYS:
            return f"{place}: {OF_A_DICTIONARY}"
        known = known_keys_of(recipe, where[:-1])
        return unknown_key(where, known, belongs=[] if where[-1] in known else sections_with(where[-1], recipe))
    if item["type"] in ("missing", "missing_argument"):
        return f"{place}: missing. Add it; `socharm init` writes an example."
    if item["type"] == "limit":
        return f"{place}: `{_key_of(where)}` is {value_told(item['input'])}; {item['msg']}."
    if item["type"] == "value_error":
        return f"[{place}] {with_keys(str(item['ctx']['error']), lambda name: f'[{place}] {name}')}"
    if now := _word_of_today(where, item["input"], recipe):
        return f'{place}: {value_told(item["input"])} is called "{now}" now. Write that.'
    return f"{place}: {item['msg']}; found {value_told(item['input'])}."


def _word_of_today(where: Sequence[str], value: Any, recipe: type) -> str:
    """What a word of an earlier version is called now; empty where it is none."""
    record = dict(_sections(recipe)).get(".".join(where[:-1]))
    entries = dataclasses.fields(record) if record is not None else ()
    known: dict[str, Mapping[str, str]] = {entry.name: entry.metadata.get("earlier", {}) for entry in entries}
    words = known.get(where[-1], {})
    return str(words.get(value, "")) if isinstance(value, str) else ""


def _key_of(where: Sequence[str]) -> str:
    """The key that a place is of; of a part of a list, the list."""
    return next(part for part in reversed(where) if not part.isdigit())


def sections_with(key: str, recipe: type) -> list[str]:
    """Sections that have a key of this name, in the order of a recipe."""
    return [place for place, record in _sections(recipe) if key in section_keys(record)]


def _sections(record: type, place: str = "") -> Iterator[tuple[str, type]]:
    for name, kind in sections_of(record).items():
        inner = f"{place}.{name}" if place else name
        yield inner, kind
        yield from _sections(kind, inner)


def text_faults(values: Any, *, empty: frozenset[str] | None, place: str = "") -> Iterator[str]:
    """Texts that no name, column or path can be.

    Parameters
    ----------
    values : object
        Plain values of a recipe, nested a few times at most.
    empty : frozenset of str or None
        Places that may hold an empty text; see `may_be_empty`. None where all may be blank.
    place : str
    """
    if isinstance(values, Mapping):
        for key, value in values.items():
            inner = f"{place}.{key_told(key)}" if place else key_told(key)
            if empty is not None and not str(key).strip():
                yield f"{inner}: the key is blank. Name it, or take it out."
            yield from _text_fault(str(key), inner)
            yield from text_faults(value, empty=empty, place=inner)
    elif isinstance(values, list | tuple):
        tables = any(isinstance(value, Mapping) for value in values)
        for at, value in enumerate(values):
            yield from text_faults(value, empty=empty, place=f"{place}.{at}" if tables else place)
    elif isinstance(values, str):
        if empty is not None and not values.strip() and not _may_be(values, place, empty):
            yield f"{place}: blank. Write what is meant, or take the key out."
        yield from _text_fault(values, place)


def _may_be(blank: str, place: str, empty: frozenset[str]) -> bool:
    return bool(_MAY_BE_BLANK & set(place.split("."))) or (blank == "" and place in empty)


def _text_fault(text: str, place: str) -> Iterable[str]:
    if len(text) > MAX_TEXT_LENGTH:
        yield f"{place}: {len(text):,} characters; at most {MAX_TEXT_LENGTH:,} are taken. Shorten the text."
    if found := _CONTROL.search(text):
        yield f"{place}: {value_told(text)} holds the control character {found[0]!r}. Take it out."


def may_be_empty(recipe: type) -> frozenset[str]:
    """Places of a recipe whose default is an empty text."""
    return frozenset(
        f"{place}.{entry.name}"
        for place, record in _sections(recipe)
        for entry in dataclasses.fields(record)
        if entry.default == ""
    )
