"""Choices of a function, each stated once: its kind and limits, its default, and what it means.

A record of settings stands beside the function it belongs to. The keywords of the function build it, a recipe has it as
a section, and the commented recipe is written from it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self

from socharm._arguments import check_fields
from socharm._checks import nearest_name
from socharm._value_kinds import own, shown
from socharm.errors import ParameterError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "BASE",
    "DRAWS",
    "SEED",
    "THREADS",
    "UNSTATED",
    "Settings",
    "annotations_of",
    "recipe_fields",
    "setting",
    "settings_in",
    "with_words_of_now",
]

#: Draws from a posterior, of any function that draws.
DRAWS: Final = 10_000
#: Points of a Sobol sequence that an analysis of choices begins with.
BASE: Final = 1_024
#: Threads of one call; the result is the same for any number.
THREADS: Final = 2
#: Letters of a name that is not known, of which the nearest known one is sought.
_LONGEST_NAME: Final = 60
#: What a seed means, wherever it is one of the choices.
SEED: Final = "any whole number; the same seed gives the same result, byte for byte"

#: What a setting says where a table or a record stood in its place.
GIVEN: Final = "given as data"

#: Says that a setting has no default: whoever makes the record states it.
UNSTATED: Final[Any] = dataclasses.MISSING


def setting(
    default: Any = UNSTATED,
    says: str = "",
    *,
    example: Any = None,
    on: bool = False,
    recipe: bool = True,
    after: str = "",
    or_data: bool = False,
    earlier: Mapping[str, str] | None = None,
) -> Any:
    """One choice of a record of settings.

    Parameters
    ----------
    default : object
        `UNSTATED` where it must be stated.
    says : str
        What it means, in one line.
    example : object, optional
        What the commented recipe shows, where the default is nothing to show.
    on : bool
        Whether the commented recipe states it; the other keys are shown behind a ``#``.
    recipe : bool
        False for what is no key of a recipe: what stands in ``[assessment]`` (the seed, the period, the marking), and
        what protects persons.
    after : str
        The key of the section behind which this one stands in the recipe; by default those of a section come first.
    or_data : bool
        Whether the function takes a table or a record in place of the text. No settings hold data: the field then says
        that they were given, and whoever replays the result gives them again.
    earlier : mapping of str to str, optional
        Words of earlier versions and what they are now, for stored settings and recipes.
    """
    about = {
        "earlier": dict(earlier or {}),
        "says": says,
        "example": example,
        "on": on,
        "recipe": recipe,
        "after": after,
        "or_data": or_data,
    }
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=about)
    return dataclasses.field(default=default, metadata=about)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of records of settings: every field is what its annotation says, whoever makes the record.

    Subclasses are ``@dataclass(frozen=True, kw_only=True)`` with fields made by `setting`.
    """

    #: How a recipe reads it: no unknown key, no value of another type, no number that is none.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}

    #: Fields that are no keyword themselves, and the keyword whose value says them.
    __said_by__: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        """Check every field, a list being a tuple, and then what the fields say together."""
        for entry in dataclasses.fields(self):
            if isinstance(value := getattr(self, entry.name), list):
                object.__setattr__(self, entry.name, tuple(value))
        check_fields(self)
        for fault in self._faults():
            raise ParameterError(fault)

    def _faults(self) -> Iterable[str]:
        """What is wrong with fields that are right each by itself; a sentence each."""
        return ()

    def _changed(self, name: str) -> bool:
        """Whether a choice is another than its default: where nothing looks at it, whoever made it is told."""
        return bool(getattr(self, name) != type(self).__dataclass_fields__[name].default)

    @classmethod
    def of(cls, made: Any) -> Self:
        """The record that the door of a function made of its keywords and of ``settings=``."""
        if not isinstance(made, cls):
            raise ParameterError(f"`settings` is {type(made).__name__}; it must be {cls.__name__}.")
        return made

    @staticmethod
    def is_data(entry: dataclasses.Field[Any], value: Any) -> bool:
        """Whether a keyword holds data in place of the text that its setting is."""
        return bool(entry.metadata.get("or_data")) and not isinstance(own(value), (str, int, float, type(None)))

    def keywords(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What the keywords of a call are by this record; data that stand in place of a text stay as they are.

        Raises
        ------
        ParameterError
            The record was made with data, which the call does not give.
        """
        stated = [entry for entry in dataclasses.fields(self) if not self.is_data(entry, arguments.get(entry.name))]
        for entry in stated:
            if entry.metadata.get("or_data") and getattr(self, entry.name) == GIVEN:
                raise ParameterError(
                    f"`{entry.name}` of `settings` was {GIVEN}, which no settings hold. Give it again by its keyword."
                )
        return {entry.name: getattr(self, entry.name) for entry in stated}

    @classmethod
    def joined(cls, given: Any, stated: Mapping[str, Any], usual: Mapping[str, Any]) -> Self:
        """The record of a call: what its keywords state, else what ``settings=`` holds, else what is usual.

        Parameters
        ----------
        given : Settings, mapping or None
            A record of this kind or one that extends it, or the same as plain values, as a manifest stores them.
        stated : mapping
            Keywords of the call by name; a keyword that is None where a value must stand is taken as not stated.
        usual : mapping
            Defaults of the function.

        Raises
        ------
        ParameterError
            Settings of another function, a setting that is not known, or one that is missing.
        """
        found, hints = {}, annotations_of(cls)
        sources = (stated, cls._held(given), usual)
        for entry in dataclasses.fields(cls):
            values = [source[entry.name] for source in sources if entry.name in source]
            if cls.is_data(entry, stated.get(entry.name)):
                values = [GIVEN]
            values = [value for value in values if value is not None or _usual(entry)]
            if values:
                try:
                    found[entry.name] = _fitted(hints[entry.name], values[0])
                except ParameterError as error:  # of a period, under the name that it has here
                    raise ParameterError(str(error).replace("`period`", f"`{entry.name}`")) from error
            elif not _usual(entry):
                raise ParameterError(f"`{entry.name}` is missing. State it: {entry.metadata.get('says', '')}.")
        return cls(**found)

    @classmethod
    def _held(cls, given: Any) -> dict[str, Any]:
        """Values of a record, or of a mapping as a manifest stores it."""
        names = [entry.name for entry in dataclasses.fields(cls)]
        if given is None:
            return {}
        if isinstance(given, Mapping):
            unknown = [name for name in given if name not in names]
            if unknown:
                hint = nearest_name(str(unknown[0])[:_LONGEST_NAME], names)
                meant = f" Did you mean {hint!r}?" if hint else ""
                more = f" and {len(unknown) - 1:,} more that it cannot" if len(unknown) > 1 else ""
                raise ParameterError(f"`settings` holds {shown(unknown[0])}{more}; it may hold {names}.{meant}")
            return _read(cls, _listed(cls, with_words_of_now(cls, given)))
        if not isinstance(given, cls):
            raise ParameterError(
                f"`settings` is {type(given).__name__}; give {cls.__name__}, as results of this function have it."
            )
        return {name: getattr(given, name) for name in names}


def with_words_of_now(cls: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values with the words of this version in place of those of an earlier one."""
    words = {entry.name: entry.metadata.get("earlier", {}) for entry in dataclasses.fields(cls)}
    return {
        name: words[name].get(value, value) if isinstance(value, str) and name in words else value
        for name, value in given.items()
    }


def _listed(cls: type, given: dict[str, Any]) -> dict[str, Any]:
    """Stored values, of which none stands alone where a list is asked for: only some keywords take one for a list."""
    hints = annotations_of(cls)
    for name, value in given.items():
        if _is_list(hints[name]) and isinstance(own(value), (str, int, float)):
            told = shown(own(value))
            raise ParameterError(f"`{name}` of `settings` is {told}; give a list, such as [{told}].")
    return given


def _is_list(annotation: Any) -> bool:
    """Whether a field is a list of any length and nothing else, None left aside."""
    inner = [part for part in typing.get_args(annotation) if part is not type(None)]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return all(map(_is_list, inner))
    return typing.get_origin(annotation) is tuple and inner[-1:] == [Ellipsis]


def _usual(entry: dataclasses.Field[Any]) -> bool:
    """Whether a field has a default."""
    return entry.default is not dataclasses.MISSING or entry.default_factory is not dataclasses.MISSING


def _read(cls: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as the types of a record's fields: a list of JSON is a tuple there, and a text is no number."""
    import pydantic

    read = {}
    for name, value in given.items():
        try:
            text = json.dumps(value, default=_plain)
            read[name] = _adapter(cls, name).validate_json(text, strict=True)
        except (TypeError, ValueError, RecursionError, pydantic.errors.PydanticUserError):
            read[name] = value  # the check of the record says what is wrong
    return read


@functools.cache
def _adapter(cls: type, name: str) -> TypeAdapter[Any]:
    """What reads one field of a record: it takes longer to make than to use."""
    import pydantic

    return pydantic.TypeAdapter(annotations_of(cls)[name])


def _plain(value: Any) -> Any:
    """A value of numpy as Python's own, and a frozen mapping as one of JSON; what else JSON does not know is none."""
    if isinstance(value, Mapping):
        return dict(value)
    if own(value) is value:
        raise TypeError(type(value).__name__)
    return own(value)


_HINTS: Final[dict[type, dict[str, Any]]] = {}


def annotations_of(cls: type) -> dict[str, Any]:
    """Annotations of the fields of a record, with their limits."""
    if cls not in _HINTS:
        hints = typing.get_type_hints(cls, include_extras=True)
        _HINTS[cls] = {entry.name: hints[entry.name] for entry in dataclasses.fields(cls)}
    return _HINTS[cls]


def recipe_fields(cls: type) -> list[dataclasses.Field[Any]]:
    """Fields that are keys of a recipe: those of the record itself first, then those that it shares with others."""
    fields = {entry.name: entry for entry in dataclasses.fields(cls) if entry.metadata.get("recipe", True)}
    names = (name for base in cls.__mro__ for name in vars(base).get("__annotations__", {}) if name in fields)
    order = list(dict.fromkeys(names))
    for name in [name for name in order if fields[name].metadata.get("after") in fields]:
        order.remove(name)
        order.insert(order.index(fields[name].metadata["after"]) + 1, name)
    return [fields[name] for name in order]


def settings_in(annotation: Any) -> type[Settings] | None:
    """The record of settings that an annotation asks for, alone, in a list or as an alternative; None where none.

    Examples
    --------
    >>> settings_in(tuple[Settings, ...]) is Settings, settings_in(int | None) is None
    (True, True)
    """
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation if issubclass(annotation, Settings) else None
    return next((found for part in typing.get_args(annotation) if (found := settings_in(part)) is not None), None)


def _fitted(annotation: Any, value: Any) -> Any:
    """A value as the field holds it: a tuple for one text or a list, a number with a point where one is asked."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _fitted(inner[0], value)
    if origin in (typing.Union, types.UnionType):
        parts = [part for part in inner if part is not type(None)]
        if reader := next((part._as_stated for part in parts if hasattr(part, "_as_stated")), None):
            return reader(value)
        if len(parts) > 1:  # of several kinds, a list is the tuple and a mapping the dict
            kinds = ((tuple, (list, set, frozenset)), (dict, Mapping))
            wanted = [kind for kind, given in kinds if isinstance(value, given)]
            parts = [part for part in parts if typing.get_origin(part) in wanted]
        return _fitted(parts[0], value) if len(parts) == 1 and value is not None else own(value)
    if origin is tuple:
        return _as_tuple(inner, value)
    if origin is dict and isinstance(value, Mapping):
        return {key: _fitted(inner[1], part) for key, part in value.items()}
    if annotation is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return own(value)


def _as_tuple(inner: tuple[Any, ...], value: Any) -> Any:
    if inner[-1] is Ellipsis:
        if isinstance(value, (str, int, float)) or own(value) is not value:
            value = (value,)
        kinds = [inner[0]] * len(value) if hasattr(value, "__len__") else []
    else:
        kinds = list(inner)
    if not isinstance(value, (list, tuple, set, frozenset)) or len(kinds) != len(value):
        return value
    return tuple(_fitted(kind, part) for kind, part in zip(kinds, value, strict=True))
