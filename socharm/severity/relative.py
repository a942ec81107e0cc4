"""Rates of an index beside that of a base: one area, or all, over some of the months."""

from __future__ import annotations

import pandas as pd

from socharm._checks import nearest_name
from socharm._columns import AREA, PERIOD
from socharm._value_kinds import shown
from socharm._words import number_of
from socharm.errors import ParameterError

__all__ = ["relative_rate"]


def relative_rate(
    rate: pd.Series, cells: pd.DataFrame, monthly: pd.DataFrame, base: tuple[str, str, str] | None, *, per: float
) -> pd.Series:
    """Rates over that of a base, which is 100; missing where none is asked for.

    Parameters
    ----------
    rate : Series
        By area.
    cells, monthly : DataFrame
        As `weighted_cells` and `exposure_by_month` give them.
    base : (area code or "all", first month, last month) or None
    per : float

    Raises
    ------
    ParameterError
        An area or months that the counts do not have, or a base without harm.
    """
    if base is None:
        return pd.Series(float("nan"), index=rate.index)
    area, first, last = base
    periods = [p for p in monthly.columns if first <= str(p) <= last]
    wanted = list(rate.index) if area == "all" else [area]
    if area != "all" and area not in rate.index:
        near = nearest_name(area, map(str, rate.index))
        raise ParameterError(
            f"`relative_to` names the area {shown(area)}, which is none of the {number_of(len(rate), 'area')} of the "
            f"counts.{f' Did you mean {near!r}?' if near else ''} Give a code of theirs, or 'all'."
        )
    if not {first, last} <= set(map(str, monthly.columns)) or not periods:
        raise ParameterError(
            f"`relative_to` asks for the months {shown(first)} to {shown(last)}; the counts have "
            f"{monthly.columns[0]} to {monthly.columns[-1]}. Name two of these months, the earlier first."
        )
    inside = cells[cells[AREA].isin(wanted) & cells[PERIOD].isin(periods)]
    level = inside["harm"].sum() / monthly.loc[wanted, periods].sum().sum() * per
    if not level > 0:
        raise ParameterError(f"`relative_to` {base} has no harm to compare with. Choose another base.")
    return rate / level * 100
