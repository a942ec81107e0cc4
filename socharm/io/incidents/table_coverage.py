"""Which areas and months a table of counts speaks of: a cell, or a zero, is not yet a delivery."""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._columns import AREA, FORCE, PERIOD, N, to_period
from socharm._words import number_of
from socharm.errors import CoverageWarning
from socharm.io.forces import force_key
from socharm.io.incidents.delivery import DeliveryRule, judge_deliveries
from socharm.io.incidents.table_cells import TableCells

__all__ = ["silent_months", "table_coverage", "tell_silent"]

#: An area of its own may have a quiet month: below a tenth of the usual month it is no month of it.
_AREA_RULE: Final = DeliveryRule(minimum=0.1)
#: Of fewer months nobody knows what is usual in one area.
_FEWEST_MONTHS: Final = 3


def table_coverage(cells: TableCells, areas: pd.DataFrame, period: AssessmentPeriod) -> pd.DataFrame:
    """Area x month: does the table speak of it?

    Parameters
    ----------
    cells : TableCells
    areas : DataFrame
        Index ``area_code``.
    period : AssessmentPeriod

    Returns
    -------
    DataFrame of bool
        Index ``area_code``, one column per month (pandas Period). Without months, the areas that the table holds.
    """
    values, months = cells.values, list(period.months)
    mask = np.repeat(areas.index.isin(values[AREA])[:, None], len(months), axis=1)
    found = pd.DataFrame(mask, index=areas.index, columns=to_period(pd.Index(months)))
    if values[PERIOD].isna().all():
        return found
    found.loc[:, ~np.isin(months, values[PERIOD].unique())] = False
    for code, month in cells.blank.itertuples(index=False):
        if code in found.index and month in months:
            found.loc[code, pd.Period(month, "M")] = False
    return found


def silent_months(cells: TableCells, areas: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Area-months that hold next to nothing although a usual month of the force, or of the area, holds much.

    Parameters
    ----------
    cells : TableCells
    areas : DataFrame
        Index ``area_code``; ``force`` where known.
    coverage : DataFrame of bool
        From `table_coverage`.

    Returns
    -------
    DataFrame of bool
        Of the shape of `coverage`.

    Notes
    -----
    Tables are made of files: where a force sent nothing, they hold zeros, no cells, or its neighbours' stray rows.
    Where the areas state their force, its months are judged by the rule of `count_incidents`; a month of one area is
    silent below a tenth of its usual month where three others are not. Usual months of fewer than 20 incidents cannot
    be judged.
    """
    known = cells.values[cells.values[AREA].isin(areas.index) & cells.values[PERIOD].notna()]
    silent = pd.DataFrame(False, index=coverage.index, columns=coverage.columns)
    if known.empty:
        return silent
    rows = known.pivot_table(index=AREA, columns=PERIOD, values=N, aggfunc="sum", fill_value=0).astype("int64")
    lacks = _lacks(rows, _AREA_RULE, fewest=_FEWEST_MONTHS)
    forces = areas[FORCE].reindex(rows.index).map(lambda name: force_key(str(name)), na_action="ignore")
    if forces.notna().any():
        own = _lacks(rows[forces.notna()].groupby(forces[forces.notna()]).sum(), DeliveryRule(), fewest=1)
        lacks.loc[forces.notna()] |= own.loc[forces[forces.notna()]].to_numpy()
    months = [month for month in map(str, coverage.columns) if month in lacks.columns]
    silent.loc[lacks.index, to_period(pd.Index(months))] = lacks[months].to_numpy()
    return silent & coverage


def _lacks(rows: pd.DataFrame, rule: DeliveryRule, *, fewest: int) -> pd.DataFrame:
    """Months that were not delivered, of rows with `fewest` delivered months or more that can be judged."""
    found = judge_deliveries(rows, rule)
    known = found.judged & (found.delivered.sum(axis=1) >= fewest)
    return ~found.delivered & np.repeat(known.to_numpy()[:, None], rows.shape[1], axis=1)


def tell_silent(silent: pd.DataFrame, *, stacklevel: int) -> None:
    """Warn of area-months that are not covered because they hold next to nothing."""
    areas = silent.index[silent.any(axis=1)]
    if len(areas):
        months = [str(month) for month in silent.columns[silent.any(axis=0)]]
        warnings.warn(
            f"{number_of(len(areas), 'area')}, such as "
            f"{list(areas[:3])}, hold next to nothing in some of the months {months[0]} "
            f"to {months[-1]}, where a usual month of theirs, or of their force, holds much: "
            f"{number_of(int(silent.to_numpy().sum()), 'area-month is', 'area-months are')} not covered, which is not "
            "zero. If nothing happened there, say with `covered` what was covered.",
            CoverageWarning,
            stacklevel=stacklevel + 1,
        )
