"""The one writer of CSV: text a spreadsheet would run is escaped, line ends and encoding are fixed, files appear whole.

Files that people open begin with the byte order mark, by which a spreadsheet knows UTF-8; files that only programs read
have none.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from socharm._about import INTERNAL
from socharm.files.atomic import atomic_write

__all__ = ["csv_text", "escaped", "write_csv", "write_rows"]

# What a spreadsheet takes for the beginning of a formula, blanks before it and wide forms of the signs too.
_RUNS: Final = re.compile("^\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
_MARK: Final = b"\xef\xbb\xbf"


def escaped(cell: object) -> object:
    """A cell as it is written: text that a spreadsheet would run gets one ``'`` in front; numbers never.

    Parameters
    ----------
    cell : object

    Returns
    -------
    object

    Examples
    --------
    >>> escaped("=1+1"), escaped("Harm"), escaped(-1.5), escaped(" @SUM(A1)")
    ("'=1+1", 'Harm', -1.5, "' @SUM(A1)")
    """
    return f"'{cell}" if isinstance(cell, str) and _RUNS.match(cell) else cell


def csv_text(rows: Iterable[Sequence[object]], *, newline: str = "\r\n") -> str:
    """Rows as the text of a CSV file.

    Parameters
    ----------
    rows : iterable of sequences
        Headings are a row like any other.
    newline : str
        Line end.

    Returns
    -------
    str

    Examples
    --------
    >>> csv_text([["place", "note"], ["A, B", "=1+1"]])
    'place,note\\r\\n"A, B",\\'=1+1\\r\\n'
    """
    stream = io.StringIO()
    csv.writer(stream, lineterminator=newline).writerows([escaped(cell) for cell in row] for row in rows)
    return stream.getvalue()


def write_rows(rows: Iterable[Sequence[object]], path: str | os.PathLike[str], *, for_people: bool = True) -> None:
    """Write rows as CSV, whole or not at all.

    Parameters
    ----------
    rows : iterable of sequences
    path : str or path
    for_people : bool
        Whether a spreadsheet will open the file; it then begins with the byte order mark.

    Raises
    ------
    StoreError
        The file cannot be written; nothing is left half-written.
    """
    _write(csv_text(rows), path, for_people=for_people)


def write_csv(
    table: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    lines: Sequence[str] = (),
    index: bool = False,
    float_format: str | None = None,
    newline: str = "\r\n",
    for_people: bool = True,
    internal: bool = False,
) -> None:
    """Write a table as CSV, whole or not at all.

    Parameters
    ----------
    table : DataFrame
    path : str or path
    lines : sequence of str
        Facts above the table, one per line, such as its marking.
    index : bool
        Whether the index is written as the first column.
    float_format : str, optional
        As in pandas, such as ``"%.6f"``.
    newline : str
        Line end.
    for_people : bool
        Whether a spreadsheet will open the file; it then begins with the byte order mark.
    internal : bool
        Put a column ``INTERNAL`` first, so that the first line and each row say it. A line above the heading would
        break whatever reads the file as a table.

    Raises
    ------
    StoreError
        The file cannot be written; nothing is left half-written.
    """
    flat = table.reset_index() if index else table
    if internal:
        flat = flat.assign(**{INTERNAL: "not for publication"})[[INTERNAL, *flat.columns]]
    safe = flat.set_axis([escaped(str(name)) for name in flat.columns], axis=1)
    for place, kind in enumerate(safe.dtypes):
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)):
            safe.isetitem(place, safe.iloc[:, place].astype(object).map(escaped, na_action="ignore").to_numpy())
        elif pd.api.types.is_float_dtype(kind):
            safe.isetitem(place, safe.iloc[:, place].to_numpy() + 0.0)  # what is nothing has no sign
    above = csv_text([[line] for line in lines], newline=newline)
    _write(
        above + safe.to_csv(index=False, float_format=float_format, lineterminator=newline),
        path,
        for_people=for_people,
    )


def _write(text: str, path: str | os.PathLike[str], *, for_people: bool) -> None:
    # Halves of characters, which a file of UTF-8 cannot hold, are written as they are told apart in Python.
    content = text.encode("utf-8", errors="backslashreplace")
    with atomic_write(path) as temporary:
        temporary.write_bytes(_MARK + content if for_people else content)
