"""Gaps filled from other periods of the same area."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from socharm.errors import ParameterError

__all__ = ["filled_from_panel", "period_number"]

_PERIOD: Final = re.compile(r"^(\d{4})(?:-(0[1-9]|1[0-2]))?$")


def period_number(period: str) -> float:
    """Months since the year 0, for a period written ``YYYY`` (its middle) or ``YYYY-MM``.

    Examples
    --------
    >>> period_number("2025-01") - period_number("2024-12"), period_number("2025") - period_number("2024")
    (1.0, 12.0)
    """
    found = _PERIOD.match(period)
    if found is None:
        raise ParameterError(f"{period!r} is no period; write 'YYYY' or 'YYYY-MM'.")
    return int(found[1]) * 12 + (int(found[2]) - 1.0 if found[2] else 5.5)


def filled_from_panel(
    values: pd.DataFrame, panel: Mapping[str, pd.DataFrame], *, period: str, linear: bool
) -> pd.DataFrame:
    """Gaps filled with the last earlier value, or on the line between the nearest known periods.

    Parameters
    ----------
    values : DataFrame
        Areas by indicators.
    panel : mapping of str to DataFrame
        Period to the same table then.
    period : str
        Period of `values`.
    linear : bool
        With a value before and one after the line between them; else the last one before. A later value alone fills
        nothing: nobody could have known it.

    Returns
    -------
    DataFrame
        What cannot be filled stays missing.

    Raises
    ------
    ParameterError
        No panel, or no period to stand in it.

    Examples
    --------
    >>> now = pd.DataFrame({"x": [np.nan, 5.0]}, index=["A", "B"])
    >>> then = pd.DataFrame({"x": [4.0, 4.0]}, index=["A", "B"])
    >>> filled_from_panel(now, {"2023": then}, period="2025", linear=False)["x"].tolist()
    [4.0, 5.0]
    """
    if not panel or not period:
        raise ParameterError("A panel step needs `panel`, the values of other periods, and `period` or an `about`.")
    here = period_number(period)
    times = sorted(panel, key=period_number)
    out = values.copy()
    for name in values.columns:
        known = {t: panel[t][name].reindex(values.index).astype(float) for t in times if name in panel[t].columns}
        before = [t for t in known if period_number(t) < here]
        after = [t for t in reversed(list(known)) if period_number(t) > here]
        last, last_at = _nearest(known, before, values.index)
        following, following_at = _nearest(known, after, values.index)
        fill = last
        if linear:
            share = (here - last_at) / (following_at - last_at)
            fill = (last + share * (following - last)).fillna(last)
        out[name] = values[name].fillna(fill)
    return out


def _nearest(known: Mapping[str, pd.Series], periods: list[str], index: pd.Index) -> tuple[pd.Series, pd.Series]:
    """Last known value of each area over `periods`, and when that was."""
    value, at = (pd.Series(np.nan, index=index) for _ in range(2))
    for period in periods:
        there = known[period].notna()
        value, at = value.mask(there, known[period]), at.mask(there, period_number(period))
    return value, at
