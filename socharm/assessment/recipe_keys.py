"""The keys of a recipe as plain values, so that a recipe can be looked at before anything else is loaded."""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from socharm._constraints import AtLeast, Between, OneOf, Share
from socharm._settings import annotations_of, recipe_fields, settings_in
from socharm.assessment.recipe_file import names_of_today, whole_kind
from socharm.assessment.sections import sections_of

__all__ = ["keys_of_recipe"]

#: Keys that name a file which must be there, whichever section they stand in.
_FILES: Final = ("path", "file", "dictionary", "population")
_KINDS: Final = {str: "text", int: "whole", float: "number", bool: "truth", dt.date: "text"}


def keys_of_recipe() -> dict[str, Any]:
    """Every section with its keys: which must stand, of what kind, within which limits, and whether they name files.

    Returns
    -------
    dict
        By section ``required``, ``many``, ``keys``, ``tables`` (sections inside it) and ``earlier`` (names of keys in
        earlier versions); by key ``required``, ``kinds``, ``file``, ``earlier`` (words of earlier versions). What
        is too particular to be told in these words is left to the recipe itself.
    """
    whole = whole_kind()
    kinds, today = sections_of(whole), names_of_today()
    return {
        entry.name: {
            "required": entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING,
            "many": entry.default == (),
            **_section(kinds[entry.name], usual=entry.metadata["usual"]),
            "earlier": {old: now for (section, old), now in today.items() if section == entry.name},
        }
        for entry in dataclasses.fields(whole)
    }


def _section(record: type, usual: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    hints, inner = annotations_of(record), sections_of(record)
    own = [entry.name for entry in recipe_fields(record)]
    keys = {}
    for entry in recipe_fields(record):
        if entry.name in inner:
            continue
        lacking = entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING
        said: dict[str, Any] = {"kinds": _kinds(hints[entry.name])}
        if lacking and entry.name not in usual:
            said["required"] = True
        if words := entry.metadata.get("earlier"):
            said["earlier"] = dict(words)
        if entry.name in _FILES:
            said["file"] = True
        keys[entry.name] = said
    tables = {key: _section(kind) for key, kind in inner.items()}
    others = [entry.name for entry in dataclasses.fields(record) if entry.name not in own]
    return {"keys": keys, "tables": tables, "others": others}


def _kinds(hint: Any) -> list[dict[str, Any]]:
    """The kinds of value that a key takes, each with its limit."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return [{**kind, **_limit(inner[1:])} for kind in _kinds(inner[0])]
    if origin in (typing.Union, types.UnionType):
        return [kind for part in inner if part is not type(None) for kind in _kinds(part)]
    if origin is typing.Literal:
        return [{"kind": "choice", "choices": list(inner)}]
    if origin is tuple:
        length = None if inner[-1] is Ellipsis else len(inner)
        return [{"kind": "list", "of": _kinds(inner[0]), **({} if length is None else {"length": length})}]
    if origin is dict or hint is dict or settings_in(hint) is not None:
        return [{"kind": "table"}]
    return [{"kind": _KINDS[hint]}] if hint in _KINDS else [{"kind": "any"}]


def _limit(limits: tuple[Any, ...]) -> dict[str, Any]:
    for limit in limits:
        if isinstance(limit, Between):
            return {"low": limit.low, "high": limit.high}
        if isinstance(limit, AtLeast):
            return {"low": limit.low}
        if isinstance(limit, Share) and limit.ends:
            return {"low": 0, "high": 1}
        if isinstance(limit, OneOf):
            return {"choices": list(limit.choices)}
    return {}
