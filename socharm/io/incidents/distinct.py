"""Rows to the numbers of their distinct values, and sums by them: one pass over numbers in place of groups and joins.

Many millions of rows hold some thousand distinct places and cells. Here each row's values become one number of 64 bits,
and each distinct number a small one in the order in which it is first met.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["number_pairs", "summed"]

_Words: TypeAlias = NDArray[np.uint64]
_Numbers: TypeAlias = NDArray[np.int64]
#: Odd, so that a product tells all factors apart.
_FACTORS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
#: Rows that are worked on at once.
_SLICE: Final = 1 << 20
_NUMBER: Final = "_number"
#: Largest number of a packed row.
_LARGEST: Final = 2**62


def number_pairs(frame: pl.DataFrame, keys: tuple[str, str]) -> tuple[pl.DataFrame, NDArray[np.int32]]:
    """Distinct pairs of two columns of decimal numbers, and which of them each row holds.

    Parameters
    ----------
    frame : polars DataFrame
        Missing and NaN are two values; 0 and -0 are one.
    keys : two names of columns

    Returns
    -------
    pairs : polars DataFrame
        Sorted by `keys`.
    at : ndarray of int32
        For each row of `frame` its row in `pairs`.

    Examples
    --------
    >>> pairs, at = number_pairs(pl.DataFrame({"x": [2.0, None, 2.0], "y": [0.0, 1.0, -0.0]}), ("x", "y"))
    >>> pairs.rows(), at.tolist()
    ([(None, 1.0), (2.0, 0.0)], [1, 0, 1])
    """
    parts: list[pl.DataFrame] = []
    at = np.empty(frame.height, dtype=np.int32)
    start = found = 0
    for rows in frame.select(keys).iter_slices(_SLICE):
        first, numbers = _first_and_numbers(rows)
        np.add(numbers, found, out=at[start : start + rows.height])
        parts.append(rows[first])
        start, found = start + rows.height, found + len(first)
    # Each slice has numbers of its own; equal pairs of several slices become one.
    slices = pl.concat(parts) if parts else frame.select(keys)
    first, numbers = _first_and_numbers(slices)
    plain = [pl.when(pl.col(key) == 0).then(0.0).otherwise(pl.col(key)).alias(key) for key in keys]
    pairs = slices[first].with_columns(plain).with_row_index(_NUMBER).sort(keys)
    place = np.empty(pairs.height, dtype=np.int32)
    place[pairs[_NUMBER].to_numpy()] = np.arange(pairs.height, dtype=np.int32)
    return pairs.drop(_NUMBER), place[numbers][at]


def _first_and_numbers(rows: pl.DataFrame) -> tuple[_Numbers, NDArray[np.int32]]:
    """Row in which each distinct pair is met first, and the number of each row's pair in that order."""
    words = [word for name in rows.columns for word in _words(rows[name])]
    mixed = words[0] * np.uint64(_FACTORS[0])
    for place, word in enumerate(words[1:], start=1):
        mixed ^= word * np.uint64(_FACTORS[place % 2]) << np.uint64(place // 2)
    numbers, first = _encoded(mixed)
    # Two pairs may be mixed to one number; then each word is numbered by itself.
    if any((np.take(np.take(word, first), numbers) != word).any() for word in words):
        numbers, first = _encoded(words[0])
        for word in words[1:]:
            own, distinct = _encoded(word)
            numbers, first = _encoded(numbers.astype(np.int64) * len(distinct) + own)
    return first, numbers


def _words(column: pl.Series) -> list[_Words]:
    """Bits of numbers such that equal numbers have equal bits, and where there are missing ones, which."""
    values = column.fill_null(0.0).to_numpy() + 0.0  # -0 becomes 0
    odd = np.isnan(values)
    if odd.any():
        values[odd] = np.nan
    words = [values.view(np.uint64)]
    if column.null_count():
        words.append(column.is_null().to_numpy().astype(np.uint64))
    return words


def _encoded(values: NDArray[Any]) -> tuple[NDArray[np.int32], _Numbers]:
    """Number of each value, from 0 in the order of their first rows, and those rows."""
    found = _dictionary(values)
    numbers = found.indices.to_numpy()
    first = np.empty(len(found.dictionary), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return numbers, first


def _dictionary(values: NDArray[Any]) -> Any:
    return pc.dictionary_encode(pa.array(values))


def summed(frame: pl.DataFrame, sums: Sequence[str]) -> pl.DataFrame:
    """Sums of some columns of whole numbers by all the others.

    Parameters
    ----------
    frame : polars DataFrame
        The others hold whole numbers or truth values, or nothing.
    sums : sequence of str
        No sum passes 2^53.

    Examples
    --------
    >>> summed(pl.DataFrame({"a": [3, None, 3], "b": [True, True, True], "n": [1, 1, 5]}), ["n"]).rows()
    [(3, True, 6), (None, True, 1)]
    """
    keys = [name for name in frame.columns if name not in sums]
    spans = {name: _Span.of(frame[name]) for name in keys}
    if not frame.height or math.prod(span.many for span in spans.values()) > _LARGEST:
        totals = frame.lazy().group_by(keys).agg(pl.col(*sums).cast(pl.Int64).sum())
        return totals.collect(engine="streaming")
    packed = np.zeros(frame.height, dtype=np.int64)
    for name, span in spans.items():
        if span.many > 1:
            packed *= span.many
            packed += span.places(frame[name])
    found = _dictionary(packed)
    numbers, left = found.indices.to_numpy(), found.dictionary.to_numpy()
    columns = []
    for name, span in reversed(spans.items()):
        left, place = np.divmod(left, span.many)
        columns.append(span.values(place).cast(frame.schema[name]).alias(name))
    return pl.DataFrame([*reversed(columns), *(_sum(frame[name], numbers, len(left)) for name in sums)])


@dataclass(frozen=True)
class _Span:
    """Numbers that a column holds: ``many`` from ``low`` on, where the first stands for nothing if `has_blanks`."""

    low: int
    many: int
    has_blanks: bool

    @classmethod
    def of(cls, column: pl.Series) -> _Span:
        blanks = column.null_count()
        if blanks == len(column):
            return cls(0, 1, has_blanks=True)
        low, high = (int(cast(int, end)) for end in (column.min(), column.max()))
        return cls(low - bool(blanks), high - low + 1 + bool(blanks), has_blanks=bool(blanks))

    def places(self, column: pl.Series) -> _Numbers:
        numbers = column.cast(pl.Int64)
        filled = numbers.fill_null(self.low) if self.has_blanks else numbers
        return filled.to_numpy() - self.low

    def values(self, places: _Numbers) -> pl.Series:
        numbers = pl.Series(places + self.low)
        return numbers.set(pl.Series(places == 0), None) if self.has_blanks else numbers


def _sum(column: pl.Series, numbers: NDArray[np.int32], many: int) -> pl.Series:
    span = _Span.of(column)
    if span.many == 1:  # one row each, as files hold them
        totals = np.bincount(numbers, minlength=many) * span.low
    else:
        totals = np.bincount(numbers, weights=column.to_numpy(), minlength=many).astype(np.int64)
    return pl.Series(column.name, totals, dtype=pl.Int64)
