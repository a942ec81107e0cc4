"""From an annotation to the kind of value that it asks for: unions, limits, groups, mappings, functions and records."""

from __future__ import annotations

import collections.abc as cabc
import dataclasses
import inspect
import itertools
import os
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from socharm._constraints import Constraint, Infinite, heading_levels
from socharm._limits import MAX_ITEMS
from socharm._value_kinds import PATH_KIND, Kind, article, is_real, own, plain_kind, shown
from socharm._words import joined_words, number_of

__all__ = ["first_items", "kind_of"]

_GROUPS: Final[tuple[type, ...]] = (
    cabc.Sequence, cabc.Collection, cabc.Iterable, cabc.Set, list, tuple, set, frozenset,
)  # fmt: skip
_PASS: Final = (Any, object, inspect.Parameter.empty)


def kind_of(annotation: Any) -> Kind | None:
    """The kind that an annotation asks for; None where it asks for nothing.

    Examples
    --------
    >>> kind_of(int).fits(3), kind_of(int).fits(True), kind_of(float | None).fits(None), kind_of(Any)
    (True, False, True, None)
    """
    if annotation in _PASS or isinstance(annotation, (typing.TypeVar, typing.ParamSpec)):
        return None
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _limited(inner[0], [part for part in inner[1:] if isinstance(part, Constraint)])
    if origin in (typing.Union, types.UnionType):
        return _either(inner)
    if origin is Literal:
        texts = tuple(part for part in inner if isinstance(part, str))
        return Kind(_list_of(inner), lambda value: _among(value, inner), choices=texts)
    plain = plain_kind(annotation)
    if plain is not None:
        return plain
    if origin is cabc.Callable or annotation is cabc.Callable:
        return _function(inner)
    if (origin or annotation) in _GROUPS:
        return _group(origin or annotation, inner)
    if (origin or annotation) in (cabc.Mapping, dict, cabc.MutableMapping):
        return _mapping(origin or annotation, inner)
    return _class(origin or annotation)


def _list_of(choices: tuple[Any, ...]) -> str:
    return repr(choices[0]) if len(choices) == 1 else f"one of {sorted(choices, key=str)}"


def _among(value: Any, choices: tuple[Any, ...]) -> bool:
    """Membership without surprise: True is not 1, and an array is compared with nothing."""
    return any(type(value) is type(choice) and value == choice for choice in choices) or (
        isinstance(value, str) and str(value) in choices
    )


def _limited(base: Any, limits: list[Constraint]) -> Kind | None:
    kind = kind_of(base)
    if any(isinstance(limit, Infinite) for limit in limits):
        kind = Kind("a number", is_real, own)
    if not limits:
        return kind
    words = "a value" if kind is None else kind.words
    for limit in limits:
        words = limit.words(words)

    def fits(value: Any) -> bool:
        return (kind is None or kind.fits(value)) and all(limit.holds(value) for limit in limits)

    choices = tuple(c for limit in limits for c in getattr(limit, "choices", ()) if isinstance(c, str))
    if kind is None:
        return Kind(words, fits, choices=choices)
    return dataclasses.replace(kind, words=words, fits=fits, choices=choices)


def _either(parts: tuple[Any, ...]) -> Kind | None:
    """A union; text beside paths means a path."""
    named = [part for part in parts if not _is_path(part)]
    kinds: list[Kind] = []
    if len(named) < len(parts):
        kinds.append(PATH_KIND)
        named = [part for part in named if part is not str]
    for part in named:
        kind = kind_of(part)
        if kind is None:
            return None
        kinds.append(kind)
    records = [kind for kind in kinds if kind.made_by]
    others = [kind for kind in kinds if not kind.made_by]
    texts = [kind.words for kind in (*records, *others)]
    made_by = "` or `".join(dict.fromkeys(kind.made_by for kind in records))

    def hand_on(value: Any) -> Any:
        chosen = next(kind for kind in kinds if kind.fits(value))
        return value if chosen.hand_on is None else chosen.hand_on(value)

    def part_fault(value: Any) -> str:
        return next((t for kind in kinds if kind.part_fault is not None and (t := kind.part_fault(value))), "")

    return Kind(
        words=texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}",
        fits=lambda value: any(kind.fits(value) for kind in kinds),
        hand_on=hand_on if any(kind.hand_on for kind in kinds) else None,
        choices=tuple(choice for kind in kinds for choice in kind.choices),
        made_by=made_by,
        part_fault=part_fault if any(kind.part_fault for kind in kinds) else None,
        listed=any(kind.listed for kind in kinds),
        parts=max(kind.parts for kind in kinds),
    )


def _function(inner: tuple[Any, ...]) -> Kind:
    """A function that can be called with as many values as it will be; a class is none."""
    asked = list(inner[0]) if inner and isinstance(inner[0], (list, tuple)) else None

    def fits(value: Any) -> bool:
        if not callable(value) or isinstance(value, type):
            return False
        try:
            signature = inspect.signature(value)
            if asked is not None:
                signature.bind(*asked)
        except TypeError:
            return False
        except ValueError:  # a function of C does not always say what it takes
            return True
        return True

    if asked is None:
        return Kind("a function", fits)
    return Kind(f"a function that can be called with {number_of(len(asked), 'value')}", fits)


def _is_path(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, os.PathLike)


def _is_plain(value: Any) -> bool:
    """Whether a group is one of Python's own: tables and arrays of any shape are asked for by name."""
    return type(value).__module__.partition(".")[0] not in ("numpy", "pandas", "geopandas")


def _is_column(value: Any) -> bool:
    """A one-dimensional column of numpy or pandas: it can stand where a sequence is asked."""
    module = type(value).__module__.partition(".")[0]
    return module in ("numpy", "pandas") and getattr(value, "ndim", None) == 1 and hasattr(value, "tolist")


def _group(origin: Any, inner: tuple[Any, ...]) -> Kind:
    """Several values of one kind; a text is not a group of its letters."""
    item = None if not inner else kind_of(inner[0])
    fixed = [kind_of(part) for part in inner] if origin is tuple and inner and inner[-1] is not Ellipsis else None
    strict = origin in (list, tuple, set, frozenset)
    endless = origin is cabc.Iterable

    def members(value: Any) -> bool:
        if fixed is not None:
            pairs = list(zip(fixed, value, strict=False))
            return len(value) == len(fixed) and all(kind is None or kind.fits(part) for kind, part in pairs)
        return item is None or all(item.fits(part) for part in value)

    def fits(value: Any) -> bool:
        if isinstance(value, (str, bytes, bytearray, memoryview)):
            return False
        if _is_column(value) and not strict:
            return members(value.tolist())
        if not isinstance(value, origin) or not _is_plain(value):
            return False
        return True if endless and isinstance(value, Iterator) else members(value)

    def part_fault(value: Any) -> str:
        if fixed is not None:
            return _fixed_fault(value, fixed) if isinstance(value, (str, list, tuple)) else ""
        if isinstance(value, str) and item is not None and item.fits(value):
            return f"is the text {shown(value)}; give a list, such as [{shown(value)}]."
        if item is None or isinstance(value, (str, bytes)) or not isinstance(value, origin):
            return ""
        parts = value.tolist() if _is_column(value) else value if _is_plain(value) else ()
        odd = [part for part in parts if not item.fits(part)]
        return f"holds {shown(odd[0])}; each part must be {item.words}.{item.meant(odd[0])}" if odd else ""

    group = "a tuple" if origin is tuple else "a list"
    words = group if item is None else f"{group}, each part {item.words}"
    if fixed is not None:
        parts = ["a value" if kind is None else kind.words for kind in fixed]
        each = f", each {parts[0]}" if len(set(parts)) == 1 else f": {joined_words(parts)}"
        words = f"a tuple of {number_of(len(parts), 'value')}{each}"
    return Kind(words, fits, _listed, part_fault=part_fault, listed=True, parts=len(fixed or ()))


def _fixed_fault(value: Any, parts: list[Kind | None]) -> str:
    """What stands where so many values of such kinds are asked for; "" for a group that only is no tuple."""
    if isinstance(value, str):
        return f"is the text {shown(value)}"
    if len(value) != len(parts):
        return f"holds {number_of(len(value), 'value')}"
    odd = [part for kind, part in zip(parts, value, strict=True) if kind is not None and not kind.fits(part)]
    return f"holds {shown(odd[0])}" if odd else ""


def _listed(value: Any) -> Any:
    return value.tolist() if _is_column(value) else value


def first_items(value: Iterator[Any]) -> tuple[Any, ...]:
    """What an iterator gives, up to the limit; one more item than that tells an endless one."""
    return tuple(itertools.islice(value, MAX_ITEMS + 1))


def _mapping(origin: Any, inner: tuple[Any, ...]) -> Kind:
    key, item = (kind_of(part) for part in inner) if inner else (None, None)

    def fits(value: Any) -> bool:
        return isinstance(value, origin) and all(
            (key is None or key.fits(one)) and (item is None or item.fits(other)) for one, other in value.items()
        )

    def part_fault(value: Any) -> str:
        if not isinstance(value, origin):
            return ""
        for one, other in value.items():
            if key is not None and not key.fits(one):
                return f"has the key {shown(one)}; each key must be {key.words}."
            if item is not None and not item.fits(other):
                return f"holds {shown(other)} for {shown(one)}; it must be {item.words}."
        return ""

    parts = "" if key is None or item is None else f" from {key.words} to {item.words}"
    return Kind(f"a mapping{parts}", fits, part_fault=part_fault)


def _class(kind: Any) -> Kind | None:
    if not isinstance(kind, type):
        return None
    if _is_path(kind):
        return PATH_KIND
    if getattr(kind, "_is_protocol", False):
        wanted = sorted({n for base in kind.__mro__[:-1] for n in _members(base)})
        return Kind(
            f"an object with {', '.join(f'`{name}`' for name in wanted)}",
            lambda value: not isinstance(value, type) and all(hasattr(value, name) for name in wanted),
        )
    name = kind.__name__
    module = kind.__module__.partition(".")[0]
    words = f"{article(name)}" + (f" of {module}" if module not in ("builtins", "socharm") else "")
    if name in ("DataFrame", "GeoDataFrame"):
        return Kind(
            words, lambda value: isinstance(value, kind) and heading_levels(value) == 1, part_fault=_levels_fault
        )
    return Kind(words, lambda value: isinstance(value, kind), made_by=_makers(kind))


def _makers(kind: type) -> str:
    """Public functions that return a record, as the record itself names them."""
    return "` or `".join(vars(kind).get("__made_by__", ()))


def _levels_fault(value: Any) -> str:
    levels = heading_levels(value)
    return f"has {levels} levels of headings; give a table with one row of them." if levels > 1 else ""


def _members(base: type) -> set[str]:
    if not getattr(base, "_is_protocol", False):
        return set()
    names = {*vars(base), *vars(base).get("__annotations__", {})}
    return {name for name in names if not name.startswith("_")}
