"""Text divided into records and fields: the one reader of quotation marks, line ends and separators.

A record is what RFC 4180 calls one: a line break inside quotation marks belongs to its field. Line feed,
carriage return and both together end a record, in any mixture. A quotation mark inside an unquoted
field is a letter like any other. polars is given only what it divides in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm._limits import MAX_RECORD_BYTES

__all__ = ["OpenQuoteError", "is_rectangle", "last_record_end", "quotes_are_regular", "split_records"]

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_QUOTE: Final = ord('"')
_LINE_FEED: Final = ord("\n")


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


def quotes_are_regular(octets: NDArray[np.uint8], marks: NDArray[np.intp], separator: int) -> bool:
    """Whether every quotation mark opens or closes a whole field, or is one of a pair inside one.

    Parameters
    ----------
    octets : array of uint8
        Text that begins where a record begins.
    marks : array of int
        Positions of the quotation marks.
    separator : int
    """
    if len(marks) % 2:
        return False
    opens, closes = marks[::2], marks[1::2]
    before = np.where(opens > 0, octets[opens - 1], _LINE_FEED)
    after = np.where(closes + 1 < len(octets), octets[np.minimum(closes + 1, len(octets) - 1)], _LINE_FEED)
    borders = (separator, _LINE_FEED, ord("\r"))
    # The second mark of a pair opens right behind the first, which closed: both look at each other.
    paired_open, paired_close = np.zeros(len(opens), dtype=bool), np.zeros(len(closes), dtype=bool)
    paired_close[:-1] = paired_open[1:] = opens[1:] == closes[:-1] + 1
    return bool((paired_open | np.isin(before, borders)).all() and (paired_close | np.isin(after, borders)).all())


def _count_outside(octets: NDArray[np.uint8], sign: int, opens: NDArray[np.intp], closes: NDArray[np.intp]) -> int:
    """How often a sign stands outside quotation marks."""
    filled = closes - opens > 1
    if not filled.any():
        return int(np.count_nonzero(octets == sign))
    positions = np.flatnonzero(octets == sign)
    inside = np.searchsorted(positions, closes[filled]) - np.searchsorted(positions, opens[filled])
    return len(positions) - int(inside.sum())


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


def is_rectangle(piece: bytes, *, separator: bytes, width: int) -> bool:
    """Whether polars divides a piece as `split_records` does, into rows of `width` fields each.

    The piece begins and ends where records do. Rows of more and of fewer fields that make up for each other
    are not seen here; polars complains of the longer ones.
    """
    if b"\x00" in piece or not _is_utf8(piece) or _has_long_record(piece):
        return False
    if b"\r" in piece and piece.count(b"\r") != piece.count(b"\r\n"):
        return False
    octets = np.frombuffer(piece, np.uint8)[: len(piece.rstrip(b"\r\n"))]
    if b'"' not in piece:
        lines = int(np.count_nonzero(octets == _LINE_FEED)) + 1
        return bool(np.count_nonzero(octets == separator[0]) == lines * (width - 1))
    marks = np.flatnonzero(octets == _QUOTE)
    if not quotes_are_regular(octets, marks, separator[0]):
        return False
    opens, closes = marks[::2], marks[1::2]
    rows = _count_outside(octets, _LINE_FEED, opens, closes) + 1
    return _count_outside(octets, separator[0], opens, closes) == rows * (width - 1)


def _is_utf8(piece: bytes) -> bool:
    if piece.isascii():
        return True
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _has_long_record(piece: bytes) -> bool:
    """Whether a line may be longer than a record may be: then one whole step of half that length has no line end."""
    step = MAX_RECORD_BYTES // 2
    return any(piece.find(b"\n", at, at + step) < 0 for at in range(0, len(piece) - step, step))
