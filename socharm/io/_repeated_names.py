"""Rows of a table that repeat its column names, or underline them: no rows of it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Final

from socharm.errors import DataWarning
from socharm.io._table_header import folded

__all__ = ["row_ranges", "without_headings"]

_RULE: Final = re.compile(r"[-=_]{3,}")


def without_headings(names: Sequence[str], body: list[tuple[int, list[str]]], file: str) -> list[tuple[int, list[str]]]:
    """Rows that do not repeat the column names, as files have that were joined end to end; warns of the others."""
    wanted = [folded(cell).casefold() for cell in names]
    while wanted and not wanted[-1]:
        wanted.pop()
    first = wanted[0] if wanted else ""
    if len(wanted) < 2:
        return body

    def repeats(row: Sequence[str]) -> bool:
        cells = [folded(cell).casefold() for cell in row]
        return cells[: len(wanted)] == wanted and not any(cells[len(wanted) :])

    found = {
        number
        for number, row in body
        if row
        and not _begins_otherwise(row[0], first)
        and ((folded(row[0]).casefold() == first and repeats(row)) or _is_rule(row))
    }
    if not found:
        return body
    warnings.warn(
        f"The column names of {file!r} are repeated or underlined {len(found):,} times below its header, in row "
        f"{row_ranges(sorted(found))}; these are left out. If the file was joined from several, check that no "
        "part of it stands twice.",
        DataWarning,
        stacklevel=5,
    )
    return [(number, row) for number, row in body if number not in found]


def _begins_otherwise(cell: str, first: str) -> bool:
    """Whether a cell begins with a plain letter or figure that is not that of a name: most rows are told by that."""
    head = cell[:1]
    return head.isascii() and head.isalnum() and head.casefold() != first[:1]


def _is_rule(row: Sequence[str]) -> bool:
    """A line of dashes, as databases print it under the column names."""
    is_filled = False
    for cell in row:
        if plain := cell.strip():
            if _RULE.fullmatch(plain) is None:  # nearly every row ends here, at its first cell
                return False
            is_filled = True
    return is_filled


def row_ranges(rows: Sequence[int]) -> str:
    """Row numbers as a spreadsheet user would say them.

    Examples
    --------
    >>> row_ranges([2, 3, 4, 9])
    '2-4, 9'
    """
    ordered = sorted(rows)
    starts = [row for row, before in zip(ordered, [-1, *ordered[:-1]], strict=True) if before != row - 1]
    ends = [row for row, following in zip(ordered, [*ordered[1:], -1], strict=True) if following != row + 1]
    pairs = zip(starts, ends, strict=True)
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in pairs)
