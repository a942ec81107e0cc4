"""Numbers and codes of a table that was given: what can be counted with, and what is no number."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import require_unique
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError

__all__ = ["LARGEST", "amounts", "codes_of", "numbers_of", "require_per"]

_Floats = NDArray[np.float64]

#: Amounts beyond which, and below which but for zero, sums and squares of many are no longer told from rounding.
LARGEST: Final = 1e12
_SMALLEST: Final = 1e-9
#: Kinds of columns that turn into numbers and are none: complex numbers, dates, spans of time.
_NO_NUMBERS: Final = "cmM"
#: Units for which an effect can be stated, as shares of the largest dose.
_PER: Final = (1e-9, 10.0)


def numbers_of(frame: pd.DataFrame, *, name: str) -> _Floats:
    """Cells as numbers, NaN where missing; texts of numbers are numbers.

    Raises
    ------
    SchemaError
        Anything else: words, dates, complex numbers.
    """
    fault = (
        f"`{name}` must hold numbers in all of its columns: no words, dates or complex numbers. Codes of areas belong "
        "in the index."
    )
    if any(kind.kind in _NO_NUMBERS for kind in frame.dtypes):
        raise SchemaError(fault)
    try:
        return np.ascontiguousarray(frame.to_numpy(dtype=float, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise SchemaError(fault) from error


def amounts(frame: pd.DataFrame, *, name: str, what: str = "counts or harm") -> _Floats:
    """Cells as numbers of zero or more that can be counted with, NaN where missing.

    Raises
    ------
    SchemaError
        Cells that are no numbers, below zero, infinite, or of a size that sums of them do not keep.
    """
    values = numbers_of(frame, name=name)
    for bad, bound in (
        (np.isinf(values) | (values < 0), "of zero or more"),
        ((values > LARGEST) | ((values > 0) & (values < _SMALLEST)), f"of 0, or {_SMALLEST:g} to {LARGEST:g}"),
    ):
        if bad.any():
            row, column = (int(found[0]) for found in np.nonzero(bad))
            raise SchemaError(
                f"`{name}` must hold {what} {bound}; {number_of(int(bad.sum()), 'cell does', 'cells do')} not, such as "
                f"{frame.index[row]!s} in {frame.columns[column]!s}: {values[row, column]:g}. Look at its source and "
                "its unit."
            )
    return values


def codes_of(index: pd.Index, *, name: str) -> pd.Index:
    """Codes of areas as text, each once.

    Raises
    ------
    SchemaError
        Rows of several levels, without a code, or with one that another has.
    """
    if index.nlevels > 1:
        raise SchemaError(f"The rows of `{name}` have {index.nlevels} levels; one row per area. Set the code as index.")
    if lost := int(np.count_nonzero(index.isna())):
        raise SchemaError(
            f"`{name}` has {number_of(lost, 'row')} without an area code. Give each its code, or leave it out."
        )
    codes = index.astype("str")
    require_unique(codes, name=name)
    return codes


def require_per(per: float, largest: float) -> None:
    """Stop where the effect would be stated for a dose that is nothing like those that were given.

    Raises
    ------
    ParameterError
        `per` is far from the largest dose.

    Examples
    --------
    >>> require_per(10.0, 30.0)
    """
    low, high = (share * largest for share in _PER)
    if not low <= per <= high:
        raise ParameterError(
            f"`per` is {per:g}, and the largest dose is {largest:g}: for that nothing is known. State {low:g} to "
            f"{high:g}."
        )
