"""Whether a piece of delimited text is a rectangle of fields, which polars divides as `splitting` does.

Signs are looked for as bits: eight octets of text are one octet of bits, so that following quotation marks and rows
through them costs little beside reading the text.
"""

from __future__ import annotations

from mmap import mmap
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from socharm._limits import MAX_RECORD_BYTES

__all__ = ["is_rectangle"]

_QUOTE: Final = ord('"')
_LINE_FEED: Final = ord("\n")
_RETURN: Final = ord("\r")
#: Sixty-four places of a text in each, the first in the lowest bit.
_WORD: Final = np.dtype("<u8")
_Words: TypeAlias = NDArray[np.uint64]
_ONE: Final = np.uint64(1)
_LAST: Final = np.uint64(63)
_ALL: Final = np.uint64(2**64 - 1)
#: Number of ones among eight bits.
_ONES: Final = np.array([bin(bits).count("1") for bits in range(1 << 8)], dtype=np.uint8)


def is_rectangle(text: bytes | mmap, *, separator: bytes, width: int, begin: int = 0, end: int | None = None) -> bool:
    """Whether polars divides a piece as `split_records` does, into rows of exactly `width` fields each.

    Parameters
    ----------
    text : bytes or mmap
    separator : bytes
        One octet.
    width : int
    begin, end : int
        Where the piece begins and ends in `text`, both where records do.

    Examples
    --------
    >>> is_rectangle(b'a,"b,c"\\nd,e\\n', separator=b",", width=2)
    True
    >>> is_rectangle(b"a\\nb,c,d\\n", separator=b",", width=2)
    False
    """
    end = len(text) if end is None else end
    if text.find(b"\x00", begin, end) >= 0 or _has_long_record(text, begin, end):
        return False
    octets = np.frombuffer(text, np.uint8, count=end - begin, offset=begin)
    if not _is_utf8(octets):
        return False
    has_returns = text.find(b"\r", begin, end) >= 0
    if has_returns and not _returns_end_lines(octets):
        return False
    while len(octets) and octets[-1] in (_LINE_FEED, _RETURN):
        octets = octets[:-1]
    separators, feeds = _bits(octets, separator[0]), _bits(octets, _LINE_FEED)
    if text.find(b'"', begin, end) >= 0:
        inside = _inside_quotes(octets, separators, feeds, has_returns=has_returns)
        if inside is None:
            return False
        separators, feeds = separators & ~inside, feeds & ~inside
    return _all_rows_hold(separators, feeds, width - 1)


def _returns_end_lines(octets: NDArray[np.uint8]) -> bool:
    """Whether a line feed stands behind every carriage return."""
    behind = np.flatnonzero(octets == _RETURN) + 1
    return bool(behind[-1] < len(octets) and (octets[behind] == _LINE_FEED).all())


def _bits(octets: NDArray[np.uint8], sign: int) -> _Words:
    """A bit for every octet that is the sign, and at least one bit more behind them."""
    packed = np.packbits(octets == sign, bitorder="little")
    words = np.zeros(len(octets) // 64 + 1, dtype=_WORD)
    words.view(np.uint8)[: len(packed)] = packed
    return words


def _count(words: _Words) -> NDArray[np.uint8]:
    """Number of ones in each word."""
    found: NDArray[np.uint8]
    if hasattr(np, "bitwise_count"):
        found = np.bitwise_count(words)
    else:  # numpy before 2.0
        found = _ONES[words.view(np.uint8)].reshape(-1, 8).sum(axis=1, dtype=np.uint8)
    return found


def _inside_quotes(octets: NDArray[np.uint8], separators: _Words, feeds: _Words, *, has_returns: bool) -> _Words | None:
    """Places from an opening quotation mark to before the one that closes it.

    None where a mark does neither open nor close a whole field, nor is one of a pair inside one.
    """
    quotes = _bits(octets, _QUOTE)
    inside = quotes ^ (quotes << _ONE)
    for step in (2, 4, 8, 16, 32):
        inside ^= inside << np.uint64(step)
    # Each bit now tells whether an odd number of marks stands up to it in its word; then in the words before.
    is_odd = np.bitwise_xor.accumulate(inside >> _LAST)
    if is_odd[-1]:
        return None
    inside[1:] ^= is_odd[:-1] * _ALL
    opens, closes = quotes & inside, quotes & ~inside
    borders = separators | feeds
    if has_returns:
        borders |= _bits(octets, _RETURN)
    borders[len(octets) // 64] |= _ONE << np.uint64(len(octets) % 64)
    # The second mark of a pair opens right behind the first, which closed: both look at each other.
    before, behind = borders | closes, borders | opens
    follows = before << _ONE
    follows[1:] |= before[:-1] >> _LAST
    follows[0] |= _ONE
    precedes = behind >> _ONE
    precedes[:-1] |= behind[1:] << _LAST
    return None if (opens & ~follows).any() or (closes & ~precedes).any() else inside


def _all_rows_hold(separators: _Words, feeds: _Words, most: int) -> bool:
    """Whether every row holds `most` separators: up to the end of the n-th row there are n times as many."""
    in_word, rows_in_word = _count(separators), _count(feeds)
    up_to, rows_up_to = np.cumsum(in_word, dtype=np.int64), np.cumsum(rows_in_word, dtype=np.int64)
    if up_to[-1] != (rows_up_to[-1] + 1) * most:
        return False
    at = np.flatnonzero(feeds)
    left, here = feeds[at], separators[at]
    found, rows = up_to[at] - in_word[at], rows_up_to[at] - rows_in_word[at]
    while len(left):
        first = left & (~left + _ONE)
        rows = rows + 1
        if (found + _count(here & (first - _ONE)) != rows * most).any():
            return False
        left = left ^ first
        if not (more := left != 0).all():
            left, here, found, rows = left[more], here[more], found[more], rows[more]
    return True


def _is_utf8(octets: NDArray[np.uint8]) -> bool:
    if not len(octets) or octets.view(np.int8).min() >= 0:
        return True
    try:
        octets.tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _has_long_record(text: bytes | mmap, begin: int, end: int) -> bool:
    """Whether a line may be longer than a record may be: then one whole step of half that length has no line end."""
    step = MAX_RECORD_BYTES // 2
    return any(text.find(b"\n", at, at + step) < 0 for at in range(begin, end - step, step))
