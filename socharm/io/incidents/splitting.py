"""Text divided into records and fields: the one reader of quotation marks, line ends and separators.

A record is what RFC 4180 calls one: a line break inside quotation marks belongs to its field. Line feed,
carriage return and both together end a record, in any mixture. A quotation mark inside an unquoted
field is a letter like any other. polars is given only what it divides in the same way (`rectangle`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np

__all__ = ["OpenQuoteError", "last_record_end", "split_records"]

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_QUOTE: Final = ord('"')


class OpenQuoteError(ValueError):
    """A quotation mark that opens in `row` is not closed where a field ends."""

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row}")
        self.row = row


def split_records(
    text: str, separator: str, *, row: int = 1, final: bool = True
) -> Iterator[tuple[int, list[str], int]]:
    """Records of a text: number of the row, fields, and where the next record begins.

    Parameters
    ----------
    text : str
        Begins where a record begins.
    separator : str
        One character.
    row : int
        Number of the first row, as a spreadsheet counts: blank lines count, line breaks in quotation marks do not.
    final : bool
        The text ends where the file ends; otherwise a last record that may go on is left out.

    Raises
    ------
    OpenQuoteError
        A quotation mark is not closed.

    Examples
    --------
    >>> [fields for _, fields, _ in split_records('a,"b\\nc"\\r1,5" pipe', ",")]
    [['a', 'b\\nc'], ['1', '5" pipe']]
    """
    at = 0
    while at < len(text):
        found = _LINE_END.search(text, at)
        line_ends = found.start() if found else len(text)
        if text.find('"', at, line_ends) < 0:
            if not final and (found is None or (found.end() == len(text) and found.group() == "\r")):
                return
            fields, at = text[at:line_ends].split(separator), found.end() if found else len(text)
        else:
            quoted = _quoted_record(text, at, separator, row=row, final=final)
            if quoted is None:
                return
            fields, at = quoted
        yield row, fields, at
        row += 1


def _quoted_record(text: str, at: int, separator: str, *, row: int, final: bool) -> tuple[list[str], int] | None:
    """Fields of one record with quotation marks, and where the next begins; None where the text ends too early."""
    fields: list[str] = []
    ends = _field_end(separator)
    while True:
        value, after = "", at
        if text.startswith('"', at):
            close = _closing(text, at + 1)
            if close < 0 or (not final and close + 1 == len(text)):
                if final:
                    raise OpenQuoteError(row)
                return None
            value, after = text[at + 1 : close].replace('""', '"'), close + 1
        found = ends.search(text, after)
        stop = found.start() if found else len(text)
        rest = text[after:stop]
        # Text after a closing mark belongs to the field, as long as the field did not run over a line end:
        # then the mark that seemed to close it opens another one, and rows would be swallowed.
        if rest.strip() and _LINE_END.search(value):
            raise OpenQuoteError(row)
        fields.append(value + rest)
        if found is None:
            return (fields, stop) if final else None
        if found.group() == separator:
            at = stop + 1
            continue
        if not final and found.group() == "\r" and found.end() == len(text):
            return None
        return fields, found.end()


@lru_cache(maxsize=16)
def _field_end(separator: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(separator)}|\r\n|\n|\r")


def _closing(text: str, at: int) -> int:
    """Position of the mark that closes a quoted field, -1 where there is none; two marks stand for one."""
    while (at := text.find('"', at)) >= 0 and text.startswith('"', at + 1):
        at += 2
    return at


def last_record_end(piece: bytes) -> int:
    """Where the last whole record of a piece ends, by line feeds outside quotation marks; 0 where none does."""
    end = piece.rfind(b"\n")
    if b'"' not in piece:
        return end + 1
    octets = np.frombuffer(piece, np.uint8)
    if end < 0 or np.count_nonzero(octets[:end] == _QUOTE) % 2 == 0:
        return end + 1
    marks = np.flatnonzero(octets == _QUOTE)
    while end >= 0 and np.searchsorted(marks, end) % 2:
        # Inside a pair of marks: go back to before the one that opened it.
        end = piece.rfind(b"\n", 0, int(marks[np.searchsorted(marks, end) - 1]))
    return end + 1
