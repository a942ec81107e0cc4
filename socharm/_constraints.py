"""Limits of an argument, stated as data beside its type: ``Annotated[int, Between(1, 1_000_000)]``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

from socharm._limits import MAX_DRAWS, MAX_PERMUTATIONS, MAX_THREADS
from socharm._value_kinds import OTHER_TABLE_LIBRARIES

__all__ = [
    "Above",
    "AtLeast",
    "Between",
    "Constraint",
    "ClosedShare",
    "CountFrom0",
    "CountFrom1",
    "Crs",
    "CrsLike",
    "Draws",
    "Exact",
    "FileName",
    "Filled",
    "Frame",
    "Infinite",
    "Labels",
    "Missing",
    "NotNegative",
    "OneLine",
    "OneOf",
    "OpenShare",
    "Permutations",
    "Positive",
    "PowerOfTwo",
    "Seed",
    "Share",
    "StatedMonths",
    "TableLike",
    "Threads",
    "UpTo",
    "heading_levels",
]

#: Libraries whose tables are read through narwhals.
_TABLE_LIBRARIES: Final = frozenset({"pandas", "geopandas", *OTHER_TABLE_LIBRARIES})


_KINDS: Final[dict[Any, str]] = {int: "a whole number", float: "a number", str: "text"}


def heading_levels(table: Any) -> int:
    """Rows of headings of a table of pandas; 1 for every other value."""
    if type(table).__module__.partition(".")[0] not in ("pandas", "geopandas", "socharm"):
        return 1
    levels = getattr(getattr(table, "columns", None), "nlevels", 1)
    return levels if isinstance(levels, int) else 1


@runtime_checkable
class Constraint(Protocol):
    """What an argument must also satisfy once its type is right."""

    def holds(self, value: Any) -> bool:
        """Whether a value of the right type is within the limit."""
        ...

    def words(self, kind: str) -> str:
        """What the argument must be, as the end of "it must be ..."."""
        ...


class _Told:
    """Lets a recipe check the same limit, and tell it in the same words."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """The check of `source` by pydantic, followed by this limit."""
        from pydantic_core import PydanticCustomError, core_schema

        limit: Any = self

        def within(value: Any) -> Any:
            if not limit.holds(value):
                raise PydanticCustomError(
                    "limit", "it must be {words}", {"words": limit.words(_KINDS.get(source, "a value"))}
                )
            return value

        return core_schema.no_info_after_validator_function(within, handler(source))


@dataclass(frozen=True)
class Between(_Told):
    """From `low` to `high`, both included."""

    low: float
    high: float

    def holds(self, value: Any) -> bool:
        """Whether `value` is within the limits."""
        return bool(self.low <= value <= self.high)

    def words(self, kind: str) -> str:
        """``a whole number from 1 to 10``."""
        return f"{kind} from {self.low:,} to {self.high:,}"


@dataclass(frozen=True)
class AtLeast(_Told):
    """`low` or more."""

    low: float

    def holds(self, value: Any) -> bool:
        """Whether `value` is within the limit."""
        return bool(value >= self.low)

    def words(self, kind: str) -> str:
        """``a whole number of at least 0``; from 1, ``a whole number above zero``."""
        return f"{kind} above zero" if self.low == 1 and kind == "a whole number" else f"{kind} of at least {self.low}"


@dataclass(frozen=True)
class Above(_Told):
    """More than `low`, and at most `high` where one is stated."""

    low: float = 0
    high: float | None = None

    def holds(self, value: Any) -> bool:
        """Whether `value` is within the limits."""
        return bool(value > self.low and (self.high is None or value <= self.high))

    def words(self, kind: str) -> str:
        """``a number above 0 and at most 1``."""
        low = "zero" if self.low == 0 else f"{self.low:,}"
        return f"{kind} above {low}" + ("" if self.high is None else f" and at most {self.high:,}")


@dataclass(frozen=True)
class Share(_Told):
    """A share; `ends` says whether 0 and 1 themselves are allowed."""

    ends: bool = False

    def holds(self, value: Any) -> bool:
        """Whether `value` is a share."""
        return bool(0 <= value <= 1 if self.ends else 0 < value < 1)

    def words(self, kind: str) -> str:
        """``a number from 0 to 1``, or ``between 0 and 1, ends excluded``."""
        return f"{kind} from 0 to 1" if self.ends else f"{kind} between 0 and 1, ends excluded"


@dataclass(frozen=True, init=False)
class OneOf(_Told):
    """One of a few values."""

    choices: tuple[Any, ...]

    def __init__(self, *choices: Any) -> None:
        object.__setattr__(self, "choices", choices)

    def holds(self, value: Any) -> bool:
        """Whether `value` is among the choices."""
        return value in self.choices

    def words(self, kind: str) -> str:
        """``one of ['a', 'b']``."""
        return f"one of {sorted(self.choices, key=str)}"


@dataclass(frozen=True)
class Filled(_Told):
    """Text that holds more than spaces; a collection that holds something."""

    def holds(self, value: Any) -> bool:
        """Whether there is something in `value`."""
        return bool(value.strip()) if isinstance(value, str) else len(value) > 0

    def words(self, kind: str) -> str:
        """``text that is not empty``."""
        return f"{kind} that is not empty"


@dataclass(frozen=True)
class UpTo(_Told):
    """From `low`, included, to below `high`."""

    low: float
    high: float

    def holds(self, value: Any) -> bool:
        """Whether `value` is within the limits."""
        return bool(self.low <= value < self.high)

    def words(self, kind: str) -> str:
        """``a number from 0.5 to below 1``."""
        return f"{kind} from {self.low:g} to below {self.high:g}"


@dataclass(frozen=True)
class PowerOfTwo(_Told):
    """A power of two from `low` to `high`."""

    low: int
    high: int

    def holds(self, value: Any) -> bool:
        """Whether `value` is such a power."""
        return bool(self.low <= value <= self.high and value & (value - 1) == 0)

    def words(self, kind: str) -> str:
        """``a power of two from 16 to 1,024``."""
        return f"a power of two from {self.low:,} to {self.high:,}, such as 1024"


@dataclass(frozen=True)
class FileName:
    """Text that is short enough for the name of a file, with room for a number behind it."""

    def holds(self, value: Any) -> bool:
        """Whether every file system takes a name of that length."""
        return len(value.encode()) <= 240

    def words(self, kind: str) -> str:
        """``text of at most 240 bytes``."""
        return f"{kind} of at most 240 bytes"


@dataclass(frozen=True)
class OneLine(_Told):
    """Text that can stand inside a sentence: short, and without line breaks."""

    def holds(self, value: Any) -> bool:
        """Whether every sign of `value` is printed on the same line."""
        return len(value) <= 100 and value.isprintable()

    def words(self, kind: str) -> str:
        """``text of at most 100 letters on one line``."""
        return f"{kind}, of at most 100 letters on one line"


@dataclass(frozen=True)
class StatedMonths:
    """Names in plain words the many forms in which months can be stated."""

    def holds(self, value: Any) -> bool:
        """True: whether the months are months is said when they are read."""
        return True

    def words(self, kind: str) -> str:
        """``a month ('2025-04'), a run of months ...``."""
        return (
            "a month ('2025-04'), a run of months ('2025-04 to 2025-09'), the first and the last month "
            "('2025-04', '2025-09'), a Period of pandas or an AssessmentPeriod"
        )


@dataclass(frozen=True)
class Infinite:
    """Marks a number that may be infinite (never missing); without it numbers are finite."""

    def holds(self, value: Any) -> bool:
        """Whether `value` equals itself."""
        return bool(value == value)

    def words(self, kind: str) -> str:
        """``a number, infinity allowed``."""
        return f"{kind}, infinity allowed"


@dataclass(frozen=True)
class TableLike:
    """A table of a library that is read through narwhals; none of them is imported to know that."""

    def holds(self, value: Any) -> bool:
        """Whether `value` comes from a library of tables, and has columns."""
        homes = {base.__module__.partition(".")[0] for base in type(value).__mro__}
        return bool(homes & _TABLE_LIBRARIES) and hasattr(type(value), "columns") and heading_levels(value) == 1

    def words(self, kind: str) -> str:
        """``a table (pandas, polars, ...)``."""
        return "a table of pandas, polars, pyarrow, duckdb, dask or spark, with one row of headings"


@dataclass(frozen=True)
class CrsLike:
    """A coordinate reference system as `pyproj` takes it: a name, an EPSG number, or a CRS."""

    def holds(self, value: Any) -> bool:
        """Whether `value` can name a system; `parse_crs` says whether it does."""
        if isinstance(value, (str, int)):
            text = value if isinstance(value, str) else "number"
            return not isinstance(value, bool) and bool(text.strip()) and "\0" not in text and text.isprintable()
        return type(value).__module__.partition(".")[0] == "pyproj"

    def words(self, kind: str) -> str:
        """``a coordinate reference system``."""
        return "a coordinate reference system, such as 'EPSG:27700'"


Seed: TypeAlias = Annotated[int, AtLeast(0)]
CountFrom0: TypeAlias = Annotated[int, AtLeast(0)]
CountFrom1: TypeAlias = Annotated[int, AtLeast(1)]
OpenShare: TypeAlias = Annotated[float, Share()]
ClosedShare: TypeAlias = Annotated[float, Share(ends=True)]
#: Share of a variance that is drawn offence by offence; what is left is drawn together.
Exact: TypeAlias = Annotated[float, Above(0, 1)]
Labels: TypeAlias = Annotated[int, AtLeast(0)] | Sequence[str]
#: What becomes of an area, or an indicator, that an input says nothing of: stop, or leave it out and say so.
Missing: TypeAlias = Literal["error", "leave out"]
Positive: TypeAlias = Annotated[float, Above(0)]
NotNegative: TypeAlias = Annotated[float, AtLeast(0)]
Threads: TypeAlias = Annotated[int, Between(1, MAX_THREADS)]
Draws: TypeAlias = Annotated[int, Between(1, MAX_DRAWS)]
Permutations: TypeAlias = Annotated[int, Between(1, MAX_PERMUTATIONS)]
Crs: TypeAlias = Annotated[Any, CrsLike()]
Frame: TypeAlias = Annotated[Any, TableLike()]
