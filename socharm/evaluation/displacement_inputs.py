"""What the weighted displacement difference and its quotient are given: two amounts an area, and how they vary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import names_told
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.stats.dispersion import dispersion_over_time

__all__ = ["Amounts", "Given", "amounts_of", "dispersion_of_months"]

_Floats = NDArray[np.float64]

#: The amounts of an area before and after: two numbers, or a table with a row for each offence or area.
Given: TypeAlias = Sequence[float] | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Amounts:
    """Amounts before and after, their Poisson variance and the amount that one crime of the usual mix is.

    Attributes
    ----------
    total, variance : ndarray of shape (2,)
    unit : float
        1 for crimes; of harm the sum of ``n w^2`` over that of ``n w``, 0 where nothing is recorded.
    """

    total: _Floats
    variance: _Floats
    unit: float


def amounts_of(given: Given, weights: Mapping[str, float] | pd.Series | None, *, name: str) -> Amounts:
    """Two amounts of one area.

    Raises
    ------
    SchemaError
        Not two columns, counts that are missing, negative or no whole numbers, or an offence without a weight.
    ParameterError
        Weights beside two plain numbers, which are of no offence.
    """
    if isinstance(given, pd.DataFrame):
        if given.shape[1] != 2 or not len(given):
            raise SchemaError(
                f"`{name}` has {number_of(len(given), 'row')} and {number_of(given.shape[1], 'column')}; give rows and "
                "two columns, before and after."
            )
        counts = given.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    else:
        if weights is not None:
            raise ParameterError(
                f"`weights` are by offence, and `{name}` is plain numbers. Give a table with a row for each offence."
            )
        counts = np.array([list(given)], dtype=float)
        if counts.shape[1] != 2:
            raise SchemaError(f"`{name}` holds {number_of(counts.shape[1], 'number')}; give two, before and after.")
    if not (np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))).all():
        raise SchemaError(
            f"`{name}` must hold counts, whole numbers of at least 0. A missing count is not zero: leave its area or "
            "month out on both sides. For harm give counts by offence, and `weights`."
        )
    by_row = np.ones(len(counts)) if weights is None else _weights(weights, pd.DataFrame(given).index, name)
    total, variance = by_row @ counts, by_row**2 @ counts
    whole = float(total.sum())
    return Amounts(total, variance, float(variance.sum()) / whole if whole > 0 else 0.0)


def _weights(weights: Mapping[str, float] | pd.Series, rows: pd.Index, name: str) -> _Floats:
    known = pd.Series(weights, dtype=float)
    lacking = [row for row in rows if row not in known.index]
    if lacking:
        raise SchemaError(f"`weights` has none for {names_told(lacking)} of `{name}`. Give one, or leave the row out.")
    found = known.reindex(rows).to_numpy(dtype=float)
    if not (np.isfinite(found) & (found >= 0)).all():
        raise SchemaError("`weights` must hold numbers of at least 0. Correct them, or leave their offences out.")
    return np.asarray(found, dtype=np.float64)


def dispersion_of_months(dispersion: float | None, monthly: pd.DataFrame | None) -> tuple[float, str]:
    """The over-dispersion of a count of several months, and in words where it comes from.

    Raises
    ------
    ParameterError
        Both are given, or the months do not tell it.
    """
    if monthly is None:
        if dispersion is None:
            return 1.0, "taken as 1, as of Poisson counts"
        return float(dispersion), "as stated"
    if dispersion is not None:
        raise ParameterError("`dispersion` and `monthly` are both given. State it, or have it estimated.")
    n = monthly.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    known = np.isfinite(n)
    if (n[known] < 0).any():
        raise SchemaError("`monthly` holds numbers below 0. Give counts, areas in rows and months in columns.")
    found = dispersion_over_time(np.where(known, n, 0.0), known)
    if found is None:
        raise ParameterError(
            f"`monthly` has {number_of(n.shape[0], 'row')} and {number_of(n.shape[1], 'column')}: the dispersion needs "
            "at least two areas with events over two months before the start. State `dispersion`."
        )
    return found.window, f"estimated from {number_of(n.shape[1], 'month')} of {number_of(n.shape[0], 'area')}"
