"""What a template of one's own may spend: steps, letters and seconds, counted while it runs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from socharm.errors import SchemaError

__all__ = ["LETTERS", "LONGEST", "SECONDS", "STEPS", "Allowance"]

#: Turns of loops and calls that a template may take; a profile of the packaged one takes about a thousand.
STEPS: Final = 200_000
#: Characters that a template may write, and that one of its texts may have.
LONGEST: Final = 10_000_000
#: Characters and items that all its texts and lists together may have, those that it throws away as well.
LETTERS: Final = 50_000_000
#: Seconds that it may run; the packaged one takes less than one.
SECONDS: Final = 15.0

#: Filters and methods whose result can be longer than what they are given.
_GROWING: Final = (
    "batch",
    "center",
    "expandtabs",
    "indent",
    "join",
    "ljust",
    "replace",
    "rjust",
    "slice",
    "truncate",
    "wordwrap",
    "zfill",
)
#: Fields of ``format`` and ``%`` with a width of thousands, or with one that a value states.
_WIDE_FIELD: Final = re.compile(r"\{[^{}]*(?:\{|\d{4})")
_WIDE_PERCENT: Final = re.compile(r"%(?:\([^)]*\))?[-+ #0-9.]*(?:\*|\d{4})")
#: Letters that one item of a list counts for: about what it takes in memory.
_ITEM: Final = 50
_ADVICE: Final = "Make it smaller, or leave it out."


class Allowance:
    """Counts what one run of a template has spent, and stops it when that is too much."""

    def __init__(self) -> None:
        self._steps = 0
        self._letters = 0
        self._begun = time.monotonic()

    def step(self) -> None:
        """Count one turn of a loop, or one call."""
        self._steps += 1
        if self._steps > STEPS:
            raise SchemaError(f"The template takes more than {STEPS:,} steps. Take out the loop that has no end.")
        if time.monotonic() - self._begun > SECONDS:
            raise SchemaError(f"The template runs for more than {SECONDS:.0f} seconds. Take out what is slow in it.")

    def counted(self, values: Iterable[Any]) -> Iterator[Any]:
        """Values of a loop, each of them a step."""
        for value in values:
            self.step()
            yield value

    def made(self, value: Any) -> Any:
        """Count the letters and items of a value that was made, and give it back."""
        letters = _size(value)
        if letters > LONGEST:
            raise SchemaError(f"The template makes a text or list of more than {LONGEST:,} characters. {_ADVICE}")
        self._letters += letters
        if self._letters > LETTERS:
            raise SchemaError(f"The template makes texts of more than {LETTERS:,} characters in all. {_ADVICE}")
        return value

    def require_small(self, name: str, arguments: Iterable[Any]) -> None:
        """Stop before a filter or a method makes something that fills the memory."""
        given = [value for value in arguments if not hasattr(value, "autoescape")]  # Jinja2's own come first
        if name in ("format", "format_map") and given and isinstance(given[0], str):
            if _WIDE_FIELD.search(given[0]) or _WIDE_PERCENT.search(given[0]):
                raise SchemaError(f"The template makes something too large by {name!r}. {_ADVICE}")
        elif name in _GROWING:
            sizes = [_size(value) for value in given[:1]]
            sizes = sorted([*sizes, *(abs(value) if isinstance(value, int) else _size(value) for value in given[1:])])
            largest = sizes[-1] * max(1, *sizes[-2:-1]) if sizes else 0
            if largest > LONGEST:
                raise SchemaError(f"The template makes something too large by {name!r}. {_ADVICE}")

    def joined(self, parts: Iterable[str]) -> str:
        """Pieces of text, one behind the other."""
        pieces = list(parts)
        self._within(sum(map(len, pieces)))
        return "".join(pieces)

    def require_product(self, operator: str, left: Any, right: Any) -> None:
        """Stop before a sum, a product, a power or a padded text that fills the memory."""
        numbers = [value for value in (left, right) if isinstance(value, int)]
        sized = [len(value) for value in (left, right) if not isinstance(value, int) and hasattr(value, "__len__")]
        padded = operator == "%" and isinstance(left, str) and _WIDE_PERCENT.search(left) is not None
        large = (
            padded
            or (operator == "+" and sum(sized) > LONGEST)
            or (operator == "*" and sized and numbers and sized[0] * abs(numbers[0]) > LONGEST)
            or (operator == "*" and len(numbers) == 2 and sum(number.bit_length() for number in numbers) > 10_000)
            or (operator == "**" and len(numbers) == 2 and numbers[0].bit_length() * abs(numbers[1]) > 10_000)
        )
        if large:
            raise SchemaError(f"The template makes something too large by {operator!r}. {_ADVICE}")

    def _within(self, letters: int) -> None:
        if letters > LONGEST:
            raise SchemaError(f"The template writes more than {LONGEST:,} characters. {_ADVICE}")
        self._letters += letters


def _size(value: Any) -> int:
    """Letters of a value with everything in it, an item of a list for fifty of them; stops counting past `LONGEST`.

    A list that holds a list twice, again and again, has few objects and no end.
    """
    total, waiting = 0, [value]
    while waiting and total <= LONGEST:
        part = waiting.pop()
        total += _ITEM
        if isinstance(part, (str, bytes)):
            total += len(part)
        elif isinstance(part, Mapping):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, (list, tuple, set, frozenset)):
            if len(part) * _ITEM > LONGEST:
                return LONGEST + 1
            waiting += part
    return total
