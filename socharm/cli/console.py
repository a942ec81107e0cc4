# ruff: noqa: RUF001 - the table below is about these very characters
"""What every command shares: plain text on narrow consoles, exit codes, and errors without tracebacks."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import typer

from socharm.errors import MissingExtraError, RefusedError, SocharmError, StoreError

__all__ = [
    "EXIT_BAD_INPUT",
    "EXIT_FAULT",
    "EXIT_REFUSED",
    "JSON_HELP",
    "exit_code",
    "say",
    "say_json",
    "socharm_errors",
    "speak_plainly",
]

EXIT_FAULT: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_REFUSED: Final = 3
JSON_HELP: Final = "Print one JSON object for scripts, and nothing else."

#: What a console that cannot show a character gets instead.
_ASCII: Final = {
    "√": "sqrt",
    "≥": ">=",
    "≤": "<=",
    "–": "-",
    "—": "-",
    "−": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "…": "...",
    "×": "x",
    "·": "-",
    "•": "-",
    "²": "2",
    "φ": "phi",
    "τ": "tau",
    "ρ": "rho",
    "│": "|",
    "─": "-",
    "╭": "+",
    "╮": "+",
    "╰": "+",
    "╯": "+",
    "█": "#",
    "━": "-",
    "╸": "-",
    "╺": "-",
}


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wanted = error.object[error.start : error.end]
    return "".join(_ASCII.get(character, "?") for character in wanted), error.end


def speak_plainly() -> None:
    """Give output streams an ASCII fallback: a redirected cp1252 console has no √ and no ≥."""
    codecs.register_error("socharm", _replace)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="socharm")


def say(text: str = "", *, error: bool = False) -> None:
    """Print one line, to the error stream when `error`."""
    typer.echo(text, err=error)


def say_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object in ASCII."""
    typer.echo(json.dumps(value, indent=2, allow_nan=False))


def exit_code(error: SocharmError) -> int:
    """Exit code that stands for an error.

    Examples
    --------
    >>> exit_code(RefusedError("a disguised file"))
    3
    """
    if isinstance(error, RefusedError):
        return EXIT_REFUSED
    return EXIT_FAULT if isinstance(error, (StoreError, MissingExtraError)) else EXIT_BAD_INPUT


@contextmanager
def socharm_errors(*, as_json: bool = False) -> Iterator[None]:
    """Print an error of ours without a traceback, and leave with its exit code."""
    try:
        yield
    except SocharmError as error:
        code = exit_code(error)
        if as_json:
            say_json({"error": type(error).__name__, "message": str(error), "exit_code": code})
        else:
            kind = "Refused" if code == EXIT_REFUSED else "Error"
            say(f"{kind}: {error}", error=True)
        raise typer.Exit(code) from None
