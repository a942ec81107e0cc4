"""Arguments of functions in a message, told as keys of a recipe or options of a command."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["with_keys", "with_options"]

_VALUE: Final = r"'[^']*'|\"[^\"]*\"|True|False|None|\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|[+-]?\d[\w.+-]*|\.\.\."
_CODE: Final = re.compile(r"`[^`]*`")
#: An argument as advice names it: ``encoding='cp1252'``, `missing=`, ``allow_columns=("Name",)``.
_ARGUMENT: Final = re.compile(
    rf"(?P<tick>`*)(?<![\w.\"'])(?P<name>[a-z][a-z_]*)=(?!=)(?P<value>{_VALUE})?(?P=tick)(?![\w=])"
)


def with_keys(text: str, key_of: Callable[[str], str | None]) -> str:
    """A message with each argument replaced by the key that stands for it; one that has none is said to have none.

    Examples
    --------
    >>> with_keys("Read it again with encoding='cp1252'.", lambda name: f"[incidents] {name}")
    'Read it again with [incidents] encoding = "cp1252".'
    """

    def replaced(found: re.Match[str]) -> str:
        key = key_of(found["name"])
        if key is None:
            return f"{found[0]} (an argument of the Python functions; a recipe has no such key)"
        value = found["value"]
        return key if value in (None, "...") or " " not in key else f"{key} = {_as_toml(value)}"

    return _ARGUMENT.sub(replaced, text)


def _as_toml(value: str) -> str:
    """A value of Python as TOML writes it."""
    if value in ("True", "False"):
        return value.lower()
    if value[0] == "(":
        inner = value[1:-1].strip().removesuffix(",")
        return f"[{_quoted(inner)}]"
    if value[0] == "{":
        return "{ " + re.sub(r"\s*:\s*", " = ", _quoted(value[1:-1].strip())) + " }"
    return _quoted(value)


def _quoted(value: str) -> str:
    """Texts between the quotes of TOML; a text that holds such quotes itself stays as it is."""
    return value if '"' in value else value.replace("'", '"')


def with_options(text: str, option_of: Callable[[str], str | None]) -> str:
    """A message with each argument replaced by the option of the command that stands for it; others stay as they are.

    So do those of a call of Python: ``to_crs(crs=4326)`` with an option in it would be neither.

    Examples
    --------
    >>> with_options("Use `null='permutation'`, or state crs=.", {"null": "--set null=", "crs": "--crs "}.get)
    'Use --set null=permutation, or state --crs.'
    >>> with_options("State missing='leave out', or `points(x, y, crs=4326)`.", {"missing": "--set missing="}.get)
    'State --set "missing=leave out", or `points(x, y, crs=4326)`.'
    """
    calls = [code.span() for code in _CODE.finditer(text) if "(" in code[0] and not _ARGUMENT.fullmatch(code[0])]

    def replaced(found: re.Match[str]) -> str:
        option = option_of(found["name"])
        if option is None or any(start <= found.start() < end for start, end in calls):
            return found[0]
        if found["value"] in (None, "..."):
            return option.rstrip("= ")
        value = found["value"].strip("'\"")
        word, _, rest = f"{option}{value}".partition(" ")
        return f'{word} "{rest}"' if " " in rest else f"{word} {rest}"

    return _ARGUMENT.sub(replaced, text)
