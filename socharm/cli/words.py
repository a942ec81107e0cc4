"""What ``--help`` shows for a value, in place of the kinds of Python."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from typer import Context
from typer.core import TyperCommand
from typer.models import ArgumentInfo, OptionInfo

__all__ = ["PlainCommand", "in_words"]

#: By the kind of one value.
_KINDS: Final[dict[Any, str]] = {str: "TEXT", Path: "FILE", int: "NUMBER", float: "NUMBER"}
#: By the name of an option, which says more.
_NAMES: Final = {
    **dict.fromkeys(("as_of", "on", "register", "start", "end"), "DAY"),
    **dict.fromkeys(("against", "earlier", "snapshot"), "SNAPSHOT"),
    "area": "AREA",
    "clear": "AREA",
    "role": "ROLE",
    "columns": "NAME=COLUMN",
    "choices": "NAME=VALUE",
}
#: How typer tells the kind of an argument beside its name, and that it is needed.
_KIND: Final = re.compile(r" <(?:list\[)?(?:str|path|Path|int|float)\]?>")
_NEEDED: Final = re.compile(r"\{([A-Z_]+)\}")


class PlainCommand(TyperCommand):
    """A command whose help names what is to be typed, and no kinds of Python."""

    def get_help(self, ctx: Context) -> str:  # type: ignore[override, unused-ignore]
        """The help as it is shown."""
        text = _KIND.sub(lambda found: " " * len(found[0]), super().get_help(ctx))
        return _NEEDED.sub(r"\1", text)


def in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give every option and argument of a command a word for its value, where it states none.

    Parameters
    ----------
    command : callable
        Whose parameters are annotated as typer reads them.

    Returns
    -------
    callable
        The same.
    """
    hints = typing.get_type_hints(command, include_extras=True)
    for name, hint in hints.items():
        for info in getattr(hint, "__metadata__", ()):
            if isinstance(info, ArgumentInfo):
                info.metavar = info.metavar or name.upper()
            elif isinstance(info, OptionInfo) and (kind := _kind_of(typing.get_args(hint)[0])) is not bool:
                folder = "FOLDER" if (name, kind) == ("to", Path) else ""
                info.metavar = info.metavar or folder or _NAMES.get(name) or _KINDS[kind]
    command.__annotations__ = hints  # typer would read the text of the annotations anew
    return command


def _kind_of(hint: Any) -> Any:
    """The kind of one value of an option that may be left out or repeated."""
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    return typing.get_args(hint)[0] if typing.get_origin(hint) is list else hint
