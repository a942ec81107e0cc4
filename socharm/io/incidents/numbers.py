"""Coordinates as they are written, to numbers: mended where one meaning is left, told where none is.

Engines parse the plain ones. What they cannot parse is worked out once per distinct text; a text that is no number
becomes NaN, so that it can be told from a blank cell, which is null.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Iterable
from typing import Final

import polars as pl

from socharm._words import number_of
from socharm.errors import DataWarning
from socharm.io.missing import is_missing

__all__ = ["coordinate", "read_coordinates", "tell_unread"]

_QUOTES: Final = "'\"\u2018\u2019`"
_MINUS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-"})
_PLAIN: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d*,\d+")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")


def coordinate(text: str, *, is_degrees: bool, thousands: str | None = None) -> float | None:
    """Number of a coordinate's text, or None where it has no meaning or more than one.

    Parameters
    ----------
    text : str
    is_degrees : bool
        Degrees stay below 1,000, so that a comma in them is a decimal comma. In metres ``425,500`` may be either.
    thousands : str, optional
        What parts thousands, where it is stated.

    Examples
    --------
    >>> coordinate(" 425500 ", is_degrees=False), coordinate("'-1,620", is_degrees=True)
    (425500.0, -1.62)
    >>> coordinate("425,500", is_degrees=False) is None
    True
    """
    plain = text.replace("\u00a0", " ").replace("\u202f", " ").translate(_MINUS).strip().strip(_QUOTES).strip()
    if thousands and re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+(\.\d+)?", plain):
        plain = plain.replace(thousands, "")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(" ", "")
    if _DECIMAL_COMMA.fullmatch(plain) and (is_degrees or not _THOUSANDS.fullmatch(plain)):
        plain = plain.replace(",", ".")
    return float(plain) if _PLAIN.fullmatch(plain) else None


def read_coordinates(
    missing: Collection[str], *, is_degrees: bool, thousands: str | None = None
) -> Callable[[pl.Series], pl.Series]:
    """Reader of a column of coordinates: null where missing, NaN where the text is no number."""

    def meaning(text: str) -> float | None:
        if is_missing(text, missing):
            return None
        number = coordinate(text, is_degrees=is_degrees, thousands=thousands)
        return float("nan") if number is None else number

    def read(values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Float64, strict=False)
        if values.dtype != pl.String:
            return numbers.fill_nan(None)
        odd = (numbers.is_null() & values.is_not_null()) | ~numbers.is_finite().fill_null(value=True)
        if not odd.any():
            return numbers
        texts = values.filter(odd).unique().to_list()
        meanings = pl.Series([meaning(text) for text in texts], dtype=pl.Float64)
        mended = values.replace_strict(texts, meanings, default=None, return_dtype=pl.Float64)
        return numbers.zip_with(~odd, mended)

    return read


def tell_unread(rows: int, samples: Iterable[str]) -> None:
    """Warn of rows whose coordinates are texts that are no numbers.

    Warns
    -----
    DataWarning
    """
    texts = sorted(set(samples))[:5]
    such = f", such as {texts}" if texts else ""
    hint = (
        " If commas part thousands there, say `thousands=','`."
        if any(_THOUSANDS.fullmatch(text.strip()) for text in texts)
        else ""
    )
    warnings.warn(
        f"{number_of(rows, 'row has', 'rows have')} a coordinate that is not a number{such}, and no location.{hint} "
        "Check the columns that `columns=` names.",
        DataWarning,
        stacklevel=2,
    )
