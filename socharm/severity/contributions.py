"""What the harm of an area is made of: offences, groups, months, and the few events that hold half of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm.offences import group_of

__all__ = ["by_group", "by_period", "events_for_half", "top_offence"]


def top_offence(cells: pd.DataFrame) -> pd.DataFrame:
    """Offence (or category) with the most harm in each area, and its share of the area's harm.

    Ties go to the offence that comes first in the alphabet. An area without harm has neither.
    """
    harm = cells.groupby([AREA, OFFENCE], observed=True)["harm"].sum().unstack(fill_value=0)  # noqa: PD010
    total = harm.sum(axis=1)
    some = total > 0
    result = pd.DataFrame(index=harm.index)
    result["top_offence"] = harm.idxmax(axis=1).where(some)
    result["top_share"] = (harm.max(axis=1) / total.where(some)).astype(float)
    return result


def events_for_half(cells: pd.DataFrame) -> pd.Series:
    """Smallest number of events that hold half of an area's harm; missing where there is no harm.

    Examples
    --------
    One homicide outweighs 500 common assaults of weight 15:

    >>> cells = pd.DataFrame({"area_code": "A", "offence": ["h", "c"], "n": [1, 500], "weight": [7973.39, 15.0]})
    >>> int(events_for_half(cells)["A"])
    1
    """
    events = cells.groupby([AREA, OFFENCE, "weight"], observed=True)[N].sum().reset_index()
    events = events.sort_values([AREA, "weight", OFFENCE], ascending=[True, False, True], kind="stable")
    found = {area: _half(part[N].to_numpy(), part["weight"].to_numpy()) for area, part in events.groupby(AREA)}
    return pd.Series(found, name="events_for_half", dtype="Int64").rename_axis(AREA)


def _half(n: np.ndarray, weight: np.ndarray) -> int | None:
    harm = n * weight
    half = harm.sum() / 2
    if half <= 0:
        return None
    before = np.concatenate([[0.0], np.cumsum(harm)[:-1]])
    last = int(np.argmax(before + harm >= half * (1 - 1e-12)))
    return int(n[:last].sum() + np.ceil(round((half - before[last]) / weight[last], 9)))


def by_period(cells: pd.DataFrame, *, per: float) -> pd.DataFrame:
    """The index by area and month: ``area_code``, ``period``, ``crimes``, ``harm``, ``exposure``, ``rate``."""
    groups = cells.groupby([AREA, PERIOD], observed=True)
    table = groups.agg(crimes=(N, "sum"), harm=("harm", "sum"), exposure=("exposure", "first")).reset_index()
    table["rate"] = table["harm"] / table["exposure"].where(table["exposure"] > 0) * per
    return table.sort_values([AREA, PERIOD], kind="stable").reset_index(drop=True)


def by_group(cells: pd.DataFrame, exposure: pd.Series, *, per: float) -> pd.DataFrame:
    """The index by area and offence group; police-generated crime has a group of its own.

    Columns ``area_code``, ``group``, ``crimes``, ``harm``, ``rate``, ``share`` (of the area's harm).
    """
    groups = {offence: group_of(str(offence)) for offence in cells[OFFENCE].unique()}
    keyed = cells.assign(group=cells[OFFENCE].map(groups))
    table = keyed.groupby([AREA, "group"], observed=True).agg(crimes=(N, "sum"), harm=("harm", "sum")).reset_index()
    years = table[AREA].map(exposure).astype(float)
    table["rate"] = table["harm"] / years.where(years > 0) * per
    total = table.groupby(AREA, observed=True)["harm"].transform("sum")
    table["share"] = table["harm"] / total.where(total > 0)
    return table.sort_values([AREA, "group"], kind="stable").reset_index(drop=True)
