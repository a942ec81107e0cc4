"""The one door of public functions: every argument is what its annotation says, or one sentence says it is not.

The annotations are the rules: kinds by `socharm._kinds`, limits by `socharm._constraints`. They are read when a
function is first called, so that importing the package stays quick.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
import traceback
import typing
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, GeneratorType, TracebackType
from typing import Any, Final, ParamSpec, TypeVar, cast

from socharm._kinds import first_items, kind_of
from socharm._limits import MAX_ITEMS
from socharm._session import default_options
from socharm._value_kinds import Kind
from socharm.errors import ParameterError, RefusedError, SchemaError, SocharmError

__all__ = ["check_fields", "checked"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_MARK: Final = "__socharm_checked__"


def checked(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Check the arguments of a public function by its annotations before it runs.

    A function with ``settings=`` gets there the whole record of its choices: what its keywords state, else what the
    given settings hold, else its defaults.

    Whatever else goes wrong inside on account of what a table holds is told as an error of ours too, with the first
    error as its cause. Errors of the caller's own functions (``progress=``) pass as they are.

    Parameters
    ----------
    function : callable
        A function, or a method whose first argument has no annotation.

    Returns
    -------
    callable
        The same function, with the same signature and documentation.

    Raises
    ------
    ParameterError
        An argument is not what its annotation says.

    Examples
    --------
    >>> @checked
    ... def double(n: int) -> int:
    ...     return 2 * n
    >>> double("2")
    Traceback (most recent call last):
        ...
    socharm.errors.ParameterError: `n` is '2'; it must be a whole number.
    """
    rules: list[_Rules] = []
    signature = inspect.signature(function)

    @functools.wraps(function)
    def door(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if not rules:
            rules.append(_rules_of(function))
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            if hasattr(function, "__signature__"):  # a signature that is spelt out: the function itself takes more
                raise TypeError(f"{function.__name__}() {error}") from None
            return function(*args, **kwargs)  # Python's own words on a missing or unknown argument
        _check(bound.arguments, rules[0])
        if rules[0].settings is not None:
            _settle(bound.arguments, rules[0].settings, signature)
        with _told(function, bound.arguments):
            made = function(*bound.args, **bound.kwargs)
        # What a function gives piece by piece is worked out after it returned: each piece stands behind the door too.
        return cast(_R, _pieces(function, made, bound.arguments)) if isinstance(made, GeneratorType) else made

    setattr(door, _MARK, True)
    return door


@contextmanager
def _told(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Iterator[None]:
    """With options of numpy and pandas as the library needs them, whatever goes wrong is told as an error of ours."""
    try:
        with default_options():
            yield
    except (SocharmError, Warning):
        raise
    except Exception as error:
        if _is_callers_own(error.__traceback__, arguments):
            raise
        raise _as_ours(function, error) from error


def _pieces(
    function: Callable[..., Any], made: Generator[Any, None, None], arguments: Mapping[str, Any]
) -> Iterator[Any]:
    end = object()
    try:
        while True:
            with _told(function, arguments):
                piece = next(made, end)
            if piece is end:
                return
            yield piece
    finally:
        made.close()


def check_fields(record: Any, *, of: str = "") -> None:
    """Check every field of a frozen record by its annotation, from its ``__post_init__``.

    Parameters
    ----------
    record : dataclass instance
    of : str
        What the record is, as a sentence names it, where several stand side by side.

    Raises
    ------
    ParameterError
        A field is not what its annotation says.
    """
    kinds = _field_kinds(type(record))
    for name, kind in kinds.items():
        _require_kind(name, getattr(record, name), kind, of=of)


@dataclasses.dataclass(frozen=True)
class _Rules:
    kinds: Mapping[str, Kind]
    stars: str = ""  # the name of ``*args``
    keywords: str = ""  # the name of ``**kwargs``
    settings: Any = None  # the record that ``settings=`` takes, whose fields are keywords of the function too


def _resolved(annotation: Any, module: str) -> Any:
    if not isinstance(annotation, str):
        return annotation
    return eval(annotation, vars(sys.modules[module]))


def _rules_of(function: Callable[..., Any]) -> _Rules:
    kinds: dict[str, Kind] = {}
    stars = keywords = ""
    settings = None
    for name, parameter in inspect.signature(function).parameters.items():
        stars = name if parameter.kind is parameter.VAR_POSITIONAL else stars
        keywords = name if parameter.kind is parameter.VAR_KEYWORD else keywords
        annotation = _resolved(parameter.annotation, function.__module__)
        settings = _record_of(annotation) if name == "settings" else settings
        kind = kind_of(annotation)
        if kind is not None:
            kinds[name] = kind
    return _Rules(_with_words(kinds, settings), stars, keywords, settings)


def _with_words(kinds: Mapping[str, Kind], record: Any) -> dict[str, Kind]:
    """Kinds by name, with what a record of settings says of its fields: meaning, and words of earlier versions."""
    entries = dataclasses.fields(record) if dataclasses.is_dataclass(record) else ()
    said = {entry.name: entry.metadata for entry in entries if entry.name in kinds and "says" in entry.metadata}
    told = {
        name: dataclasses.replace(kinds[name], earlier=about["earlier"], says=about["says"])
        for name, about in said.items()
    }
    return {**kinds, **told}


def _record_of(annotation: Any) -> Any:
    """The record among the alternatives of an annotation that can put keywords and settings together."""
    return next((part for part in (annotation, *typing.get_args(annotation)) if hasattr(part, "joined")), None)


def _settle(arguments: dict[str, Any], record: Any, signature: inspect.Signature) -> None:
    """Put keywords and ``settings=`` together, so that both say the same inside the function."""
    usual = {p.name: p.default for p in signature.parameters.values() if p.default is not p.empty}
    made = record.joined(arguments.get("settings"), arguments, usual)
    asked = {name: value for name, value in made.keywords(arguments).items() if name in signature.parameters}
    arguments |= asked | {"settings": made}


_FIELDS: Final[dict[type, dict[str, Kind]]] = {}


def _field_kinds(record: type) -> dict[str, Kind]:
    if record in _FIELDS:
        return _FIELDS[record]
    found: dict[str, Kind] = {}
    for base in reversed(record.__mro__):
        for name, annotation in vars(base).get("__annotations__", {}).items():
            if not name.startswith("_"):
                kind = None if "ClassVar" in str(annotation) else kind_of(_resolved(annotation, base.__module__))
                if kind is not None:
                    found[name] = kind
    kinds = {field.name: found[field.name] for field in dataclasses.fields(record) if field.name in found}
    _FIELDS[record] = _with_words(kinds, record)
    return _FIELDS[record]


def _check(arguments: dict[str, Any], rules: _Rules) -> None:
    for name, value in arguments.items():
        kind = rules.kinds.get(name)
        if kind is None:
            continue
        if name == rules.stars:
            for part in value:
                _require(name, part, kind)
        elif name == rules.keywords:
            for key, part in value.items():
                _require(key, part, kind)
        else:
            arguments[name] = _require(name, value, kind)


def _require(name: str, value: Any, kind: Kind) -> Any:
    """The value as the function gets it."""
    if isinstance(value, Iterator) and kind.listed:
        value = first_items(value)
        if len(value) > MAX_ITEMS:
            raise RefusedError(f"`{name}` gives more than {MAX_ITEMS:,} items. Give a list of the ones you mean.")
    _require_kind(name, value, kind)
    return value if kind.hand_on is None else kind.hand_on(value)


def _require_kind(name: str, value: Any, kind: Kind, *, of: str = "") -> None:
    try:
        fault = "" if kind.fits(value) else kind.fault(value)
    except Exception as error:
        # An object may raise anything when it is looked at; then it is not what was asked for either.
        raise ParameterError(f"`{name}` cannot be looked at; it must be {kind.words}.") from error
    if fault:
        raise ParameterError(f"`{name}`{f' of {of}' if of else ''} {fault}")


def _is_callers_own(trace: TracebackType | None, arguments: Mapping[str, Any]) -> bool:
    """Whether an error comes from a function that the caller handed in."""
    codes = {code for value in arguments.values() if (code := _code_of(value)) is not None}
    while trace is not None and codes:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False


def _code_of(value: Any) -> CodeType | None:
    inner = getattr(value, "__func__", value)
    code = getattr(inner, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _as_ours(function: Callable[..., Any], error: Exception) -> SocharmError:
    """What to raise in place of an error that the function did not foresee."""
    name = getattr(function, "__name__", "the function")
    if isinstance(error, MemoryError):
        return RefusedError(f"`{name}` needs more memory than this machine has. Divide the work.")
    return SchemaError(
        f"`{name}` could not work with what its arguments hold ({type(error).__name__} in {_place(error)}). Check that "
        "tables have one row per area and numbers where numbers are asked; if they have, this is a fault of socharm: "
        "report it with the first error, which stands above."
    )


def _place(error: Exception) -> str:
    """Last line of ours that an error went through; a file of another library where it never was in ours."""
    steps = traceback.extract_tb(error.__traceback__)
    ours = [step for step in steps if "socharm" in Path(step.filename).parts[-4:-1] and step.filename != __file__]
    step = (ours or list(steps))[-1]
    return f"{Path(step.filename).name}, line {step.lineno}"
