"""One kind of value and how a sentence names it; the kinds of single values: numbers, flags, days, texts and paths."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import numbers
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from socharm._checks import nearest_name

__all__ = [
    "OTHER_TABLE_LIBRARIES", "PATH_KIND", "Kind", "article", "is_number", "is_pandas_period", "is_real", "own",
    "plain_kind", "shown",
]  # fmt: skip

#: Libraries of tables beside pandas; what is read takes theirs too, what is worked with takes those of pandas.
OTHER_TABLE_LIBRARIES: Final = frozenset(
    {"polars", "pyarrow", "dask", "dask_expr", "modin", "pyspark", "duckdb", "ibis", "sqlframe", "narwhals"}
)

_LONGEST: Final = 60
#: Letters of a path, and bytes of one of its names, that every system takes.
_LONGEST_PATH, _LONGEST_NAME = 4_000, 255


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of value.

    Parameters
    ----------
    words : str
        What the argument must be, as the end of "it must be ...".
    fits : callable
        Whether a value is of the kind.
    hand_on : callable, optional
        What the function gets instead of the value: a list for a column of pandas, a tuple for an iterator.
    choices : tuple of str
        The texts that are allowed, where they can be listed; the nearest is suggested.
    earlier : mapping of str to str
        Texts of earlier versions and what they are called now.
    made_by : str
        The function that returns such a record.
    part_fault : callable, optional
        What is wrong with the first faulty part of a list or mapping; "" where the value is neither. Without a full
        stop it says what was found, and what is asked for follows.
    listed : bool
        Whether several values are asked for, so that an iterator can stand for them.
    parts : int
        How many values are asked for, each in its place; 0 where that is not said.
    says : str
        What the argument means, which is told where values stand in places.
    """

    words: str
    fits: Callable[[Any], bool]
    hand_on: Callable[[Any], Any] | None = None
    choices: tuple[str, ...] = ()
    earlier: Mapping[str, str] = dataclasses.field(default_factory=dict)
    made_by: str = ""
    part_fault: Callable[[Any], str] | None = None
    listed: bool = False
    parts: int = 0
    says: str = ""

    def fault(self, value: Any) -> str:
        """The end of the sentence about a value that is not of the kind."""
        return self._fault(value) + (f" It is the {self.says}." if self.parts and self.says else "")

    def _fault(self, value: Any) -> str:
        if self.part_fault is not None and (inside := self.part_fault(value)):
            return inside if inside.endswith(".") else f"{inside}; it must be {self.words}."
        if "pandas" in self.words and (table := _other_table(value)):
            return f"is {table[0]}; it must be {self.words}. {table[1]}"
        if self.made_by and not isinstance(value, (str, bytes, int, float, type(None))):
            return f"is {article(type(value).__name__)}; give what `{self.made_by}` returns."
        returned = f" (what `{self.made_by}` returns)" if self.made_by else ""
        return f"is {shown(value)}; it must be {self.words}{returned}.{self.meant(value)}"

    def meant(self, value: Any) -> str:
        """What an earlier text is called now, or the nearest of those that are allowed; "" where nothing is near."""
        if isinstance(value, str) and value in self.earlier:
            return f" It is called {self.earlier[value]!r} now."
        hint = nearest_name(value, self.choices) if self.choices and isinstance(value, str) else None
        return f" Did you mean {hint!r}?" if hint else ""


def shown(value: Any) -> str:
    """A value as an error prints it: short, without control characters, and never the content of a table.

    Examples
    --------
    >>> shown("x"), shown([1, 2]), shown(10**30)
    ("'x'", 'a list', 'a whole number of more than 64 bits')
    """
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
        return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in repr(text))
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, float):
        return repr(float(value))  # of numpy too, which writes its own name around it
    if isinstance(value, numbers.Integral):
        return f"{value}" if abs(int(value)) < 10**20 else "a whole number of more than 64 bits"
    if isinstance(value, numbers.Number):
        return str(value)
    return article(type(value).__name__)


def _other_table(value: Any) -> tuple[str, str] | None:
    """What a table or column of another library than pandas is, and how it becomes one of pandas; None for the rest."""
    library = type(value).__module__.partition(".")[0]
    if library not in OTHER_TABLE_LIBRARIES:
        return None
    first = ".collect()" if hasattr(type(value), "collect") else ""
    remedy = f"Hand over its `{first}.to_pandas()`." if first or hasattr(type(value), "to_pandas") else ""
    return f"{article(type(value).__name__)} of {library}", remedy or "Make a table of pandas of it first."


def article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def plain_kind(annotation: Any) -> Kind | None:
    """Kinds that Python's own types mean here; each is narrower than `isinstance`."""
    known: dict[Any, Kind] = {
        type(None): Kind("None", lambda value: value is None),
        bool: Kind("True or False", _is_flag, own),
        int: Kind("a whole number", _is_whole, own),
        float: Kind("a number", is_number, own),
        str: Kind("text", _is_text, own, part_fault=_half_character),
        bytes: Kind("bytes", lambda value: isinstance(value, bytes)),
        dt.date: Kind("a date (`datetime.date`)", _is_day),
        dt.datetime: Kind("a moment (`datetime.datetime`)", _is_moment),
    }
    return known.get(annotation) if isinstance(annotation, type) else None


def own(value: Any) -> Any:
    """A number, flag or text of numpy as Python's own: `isinstance` inside asks for that."""
    return value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0 else value


def is_pandas_period(value: Any) -> bool:
    """Whether a value is a period of pandas, which need not be imported to know that; its missing one is none."""
    return type(value).__name__ == "Period" and type(value).__module__.partition(".")[0] == "pandas"


def _is_day(value: Any) -> bool:
    """A day without a time: the two cannot be compared."""
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _is_moment(value: Any) -> bool:
    """A day with a time; the missing time of pandas is none."""
    return isinstance(value, dt.datetime) and value == value


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool) or (type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"))


def _is_whole(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Integral) and -(2**63) <= int(value) < 2**63


def is_real(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Real)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, and no flag."""
    if isinstance(value, numbers.Integral):
        return _is_whole(value)
    try:
        return is_real(value) and math.isfinite(value)
    except OverflowError:
        return False


def _is_file_name(value: Any) -> bool:
    """Text or a path, not empty, without the character that ends a name for the system."""
    return isinstance(value, (str, os.PathLike)) and not _name_fault(value)


def _name_fault(value: Any) -> str:
    """Why a text or a path can be no name of a file; "" where it can, or is neither."""
    if not isinstance(value, (str, os.PathLike)):
        return ""
    name = os.fspath(value)
    if not isinstance(name, str):
        return "is a path of bytes; give it as text."
    if not name.strip():
        return "is an empty path; name a file or folder."
    if "\0" in name or not is_writable_text(name):
        return f"is the path {shown(name)}, which holds a character that no name of a file can. Correct it."
    longest = max(name.replace("\\", "/").split("/"), key=lambda part: len(part.encode()))
    if len(longest.encode()) > _LONGEST_NAME:
        return (
            f"holds the name {shown(longest)} of {len(longest.encode()):,} bytes; a file or folder may have "
            f"{_LONGEST_NAME}. Shorten it."
        )
    if len(name) > _LONGEST_PATH:
        return f"is a path of {len(name):,} characters; it may have {_LONGEST_PATH:,}. Shorten it."
    return ""


#: A file or folder of this machine.
PATH_KIND: Final = Kind("a path", _is_file_name, part_fault=_name_fault)


def is_writable_text(text: str) -> bool:
    """Whether a text can be written as UTF-8: halves of characters cannot."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_writable_text(value)


def _half_character(value: Any) -> str:
    if not isinstance(value, str) or is_writable_text(value):
        return ""
    return f"holds half of a character ({shown(value)}), which no file can hold; give text without it."
