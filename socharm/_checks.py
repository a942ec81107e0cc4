"""Checks at the door of public functions: called first, there only, with the caller's own names."""

from __future__ import annotations

import difflib
import numbers
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError, SchemaError

__all__ = [
    "cell_kind",
    "hold_values",
    "names_told",
    "nearest_name",
    "require_choice",
    "require_columns",
    "require_finite",
    "require_fraction",
    "require_kind",
    "require_positive",
    "require_same_areas",
    "require_unique",
]


#: What no heading is: a full date, a time, a decimal or long number that is no month, a code of an area, an address.
_VALUE: Final = re.compile(
    r"(?:\d{1,4}[-/.]){2}\d{1,4}(?:[ T].*)?|\d{1,2}:\d\d(?::\d\d)?|[+-]?\d*[.,]\d+|(?!(?:19|20)\d{4}$)\d{5,}|"
    r"[EWSNKX]\d{8}|\S+@\S+\.\w+|(?:.*\s)?(?:19|20)\d\d-\d\d-\d\d(?:\s.*)?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
)
_MOST_NAMES: Final = 40
_LONGEST: Final = 60


def hold_values(names: Iterable[object]) -> bool:
    """Whether what was taken for column names is a row of data: a file without a header begins with one.

    Examples
    --------
    >>> hold_values(["Ward code", "2024", "202401", "0"]), hold_values(["Jane Smith", "1990-01-02"])
    (False, True)
    """
    return any(_VALUE.fullmatch(str(name).strip()) for name in names)


def names_told(names: Sequence[object], *, among: Iterable[object] = ()) -> str:
    """Column names as a message lists them; a row of data is not repeated, for it may speak of persons.

    Parameters
    ----------
    names : sequence
    among : iterable
        The other names of the row, where `names` are some of them.

    Examples
    --------
    >>> names_told(["Ward code", "residents"]), names_told(["Jane Smith", "1990-01-02"])
    ("['Ward code', 'residents']", 'values in place of names (2 cells, not repeated here; is there a header?)')
    """
    if hold_values([*names, *among]):
        return f"values in place of names ({number_of(len(names), 'cell')}, not repeated here; is there a header?)"
    cut = [f"{name[:_LONGEST]}…" if isinstance(name, str) and len(name) > _LONGEST else name for name in names]
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"{cut[:_MOST_NAMES]}{more}"


def nearest_name(wanted: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `wanted`, or None when nothing is near."""
    names = list(known)
    wanted = wanted[:_LONGEST]  # nothing longer is a slip of the keyboard, and comparing takes its time
    lowered = {name.lower(): name for name in reversed(names)}
    matches = difflib.get_close_matches(wanted.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else None


def require_columns(frame: pd.DataFrame, columns: Iterable[str], *, name: str) -> None:
    """Stop unless `frame` has every one of `columns`, and once; suggests the nearest names."""
    wanted = list(columns)
    missing = [column for column in wanted if column not in frame.columns]
    if not missing:
        repeated = set(frame.columns[frame.columns.duplicated()])
        twice = [column for column in wanted if column in repeated]
        if twice:
            raise SchemaError(f"`{name}` holds columns of the same name: {twice}. Rename or drop the copies.")
        return
    hints = {m: nearest_name(m, map(str, frame.columns)) for m in missing}
    meant = "".join(f" Did you mean {hint!r} for {m!r}?" for m, hint in hints.items() if hint)
    raise SchemaError(
        f"`{name}` lacks the columns {missing}; it has {names_told(list(frame.columns))}.{meant} "
        "Rename them, or name the right ones when reading."
    )


def require_choice(value: object, choices: Collection[str], *, name: str) -> None:
    """Stop unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        hint = nearest_name(str(value), choices)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`{name}` is {value!r}; it must be one of {sorted(choices)}.{meant}")


def require_fraction(value: float, *, name: str, inclusive: bool = False) -> None:
    """Stop unless `value` lies between 0 and 1 (ends excluded, or included when `inclusive`)."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    inside = number and (0 <= value <= 1 if inclusive else 0 < value < 1)
    if not inside:
        ends = "from 0 to 1" if inclusive else "between 0 and 1, ends excluded"
        raise ParameterError(f"`{name}` is {value!r}; it must lie {ends}.")


def require_kind(value: object, kind: type, *, name: str, made_by: str) -> None:
    """Stop unless `value` is a record of a kind, as the function `made_by` returns it."""
    if not isinstance(value, kind):
        raise ParameterError(f"`{name}` is a {type(value).__name__}; give what `{made_by}` returns.")


def require_positive(value: float, *, name: str, whole: bool = False) -> None:
    """Stop unless `value` is a number above zero (and whole when `whole`)."""
    ok = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not (ok and np.isfinite(value) and value > 0 and (not whole or float(value).is_integer())):
        kind = "a whole number above zero" if whole else "a number above zero"
        raise ParameterError(f"`{name}` is {value!r}; it must be {kind}.")


def cell_kind(value: object) -> str:
    """What a cell of a table is, without what it holds: a cell in the wrong column can be a name or an address.

    Examples
    --------
    >>> [cell_kind(value) for value in ("x", None, True, float("inf"), -1, 0.5, 3)]
    ['a text', 'nothing', 'True or False', 'an infinite number', 'a number below 0', 'a fraction', 'a whole number']
    """
    if isinstance(value, str):
        return "a text"
    if isinstance(value, (bool, np.bool_)):
        return "True or False"
    if not isinstance(value, numbers.Real):
        return "nothing" if value is None or value is pd.NA or value is pd.NaT else "no number"
    number = float(value)
    if np.isnan(number):
        return "nothing"
    if np.isinf(number):
        return "an infinite number"
    return "a number below 0" if number < 0 else "a whole number" if number.is_integer() else "a fraction"


def require_finite(values: pd.Series, *, name: str, minimum: float | None = None) -> None:
    """Stop if a value is missing, infinite, or below `minimum`; names the first offenders."""
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(found)
    if minimum is not None:
        bad |= np.where(np.isfinite(found), found, minimum) < minimum
    if bad.any():
        where = [f"{key}: {cell_kind(value)}" for key, value in list(values[bad].items())[:3]]
        bound = f" of at least {minimum:g}" if minimum is not None else ""
        raise SchemaError(f"`{name}` must hold finite numbers{bound}; {int(bad.sum())} do not, such as {where}.")


def require_unique(index: pd.Index, *, name: str) -> None:
    """Stop if a key stands more than once."""
    repeated = index[index.duplicated()].unique()
    if len(repeated):
        raise SchemaError(
            f"`{name}` holds {number_of(len(repeated), 'code')} more than once, such as {list(repeated[:3])}. "
            "Each area needs one row: dissolve or drop the copies first."
        )


def require_same_areas(left: pd.Index, right: pd.Index, *, names: tuple[str, str]) -> None:
    """Stop unless two indexes hold the same areas."""
    for extra, (has, lacks) in ((left.difference(right), names), (right.difference(left), names[::-1])):
        if len(extra):
            raise AlignmentError(
                f"{number_of(len(extra), f'area of `{has}` is', f'areas of `{has}` are')} not in `{lacks}`, such as "
                f"{list(extra[:3])}. "
                "Check that both use the same boundary year."
            )
