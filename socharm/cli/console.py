# ruff: noqa: RUF001 - the table below is about these very characters
"""What every command shares: plain text on narrow consoles, exit codes, and errors without tracebacks."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import typer

from socharm.errors import MissingExtraError, ParameterError, RefusedError, SocharmError, StoreError

__all__ = [
    "EXIT_BAD_INPUT",
    "EXIT_FAULT",
    "EXIT_REFUSED",
    "EXIT_STOPPED",
    "JSON_HELP",
    "day_of",
    "exit_code",
    "has_colours",
    "say",
    "say_json",
    "say_summary",
    "shown",
    "socharm_errors",
    "speak_plainly",
]

_LOGGER: Final = logging.getLogger("socharm")
EXIT_FAULT: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_REFUSED: Final = 3
#: By Ctrl-C, as shells tell it.
EXIT_STOPPED: Final = 130
JSON_HELP: Final = "Print one JSON object for scripts, and nothing else."

#: All control characters but line break and tab, marks of direction, and halves of characters.
_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)

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


def say(text: str = "", *, error: bool = False, colour: str = "") -> None:
    """Print some text, to the error stream when `error`; what would steer a terminal is shown, and not done.

    Parameters
    ----------
    text : str
    error : bool
    colour : str
        Of the text up to its first colon, on a terminal that shows colours; ``"bold"`` for weight alone.
    """
    plain = shown(text)
    typer.echo(_painted(plain, colour) if colour and has_colours(error=error) else plain, err=error)


def has_colours(*, error: bool = False) -> bool:
    """Whether the stream is a terminal, and nobody asked for no colours (``NO_COLOR``, https://no-color.org)."""
    stream = sys.stderr if error else sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(stream is not None and stream.isatty())


def _painted(text: str, colour: str) -> str:
    """A text whose first word or label is coloured; a line without one is coloured whole."""
    label, colon, rest = text.partition(":")
    if not colon or "\n" in label:
        label, colon, rest = text, "", ""
    style = {"bold": True} if colour == "bold" else {"fg": colour, "bold": True}
    return f"{typer.style(f'{label}{colon}', **style)}{rest}"


def say_summary(text: str) -> None:
    """Print the closing summary of a run: its headings, its notes and where it lies stand out on a terminal."""
    for place, line in enumerate(text.splitlines()):
        if line.startswith("Note: "):
            say(line, colour="yellow")
        elif place == 0 or line.startswith("Snapshot: "):
            say(line, colour="green")
        elif line.startswith("†"):
            say(line, colour="yellow")
        elif line[:1].isupper() and (line.endswith(":") or ": " in line):
            say(line, colour="bold")
        else:
            say(line)


def shown(text: str) -> str:
    r"""A text with control characters, marks of direction and halves of characters written out.

    Names of files and of places come from elsewhere: one may hold a command to the terminal.

    Examples
    --------
    >>> shown("a" + chr(27) + "[31m" + chr(0x202E) + "b")
    'a\\x1b[31m\\u202eb'
    """
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def say_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object in ASCII."""
    typer.echo(json.dumps(value, indent=2, allow_nan=False))


def day_of(text: str | None) -> Any:
    """A day that was typed; None where none was.

    Raises
    ------
    ParameterError
        It is no day.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{text!r} is no day. Write it as 2026-10-31.") from None


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
    """Print an error without a traceback, and leave with its exit code."""
    try:
        yield
    except SocharmError as error:
        _leave(type(error).__name__, str(error), exit_code(error), as_json=as_json)
    except BrokenPipeError:
        raise  # whoever read the output has gone: nobody is left to be told
    except Exception as error:
        _LOGGER.debug("unforeseen", exc_info=error)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        message = (
            f"Something unforeseen went wrong ({reason}). Check the arguments; if they are right, this is a fault of "
            f"socharm: report it with what you typed. `SOCHARM_DEBUG=1` prints where it happened."
        )
        if os.environ.get("SOCHARM_DEBUG"):
            raise
        _leave(type(error).__name__, message, EXIT_FAULT, as_json=as_json)


def _leave(name: str, message: str, code: int, *, as_json: bool) -> NoReturn:
    if as_json:
        say_json({"error": name, "message": message, "exit_code": code})
    else:
        say(f"{'Refused' if code == EXIT_REFUSED else 'Error'}: {message}", error=True, colour="red")
    raise typer.Exit(code) from None
