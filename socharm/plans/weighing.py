"""What to do first: offences of a place by the harm that they explain, times how far they stand out there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy

from socharm._arguments import checked
from socharm._columns import AREA, OFFENCE, N
from socharm._constraints import ClosedShare, CountFrom0
from socharm._settings import Settings, setting
from socharm.offences import category_of
from socharm.plans.threats import require_area, threat_of
from socharm.snapshot.assessment import Assessment, tables_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["CATEGORY", "WeighOffencesSettings", "offence_groups", "weigh_offences"]

#: The kind of crime that a rule, an action or a sentence is about: a police.uk category, or a label of no category.
CATEGORY: Final = "category"
_COLUMNS: Final = (
    "threat",
    N,
    "harm",
    "share_of_harm",
    "quotient",
    "quotient_low_95",
    "quotient_high_95",
    "stands_out",
    "weight",
    "order",
)


@dataclass(frozen=True, kw_only=True)
class WeighOffencesSettings(Settings):
    """Choices of `weigh_offences`."""

    minimum_share: ClosedShare = setting(0.03, "share of the place's harm from which a kind of crime can stand out")
    minimum_crimes: CountFrom0 = setting(10, "crimes from which it can stand out")


@checked
def weigh_offences(
    assessment: Assessment | AssessmentTables,
    *,
    area: str,
    minimum_share: ClosedShare = 0.03,
    minimum_crimes: CountFrom0 = 10,
    settings: WeighOffencesSettings | Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Put the kinds of crime of a place in the order in which to act on them.

    Parameters
    ----------
    assessment : Assessment or AssessmentTables
    area : str
        An area code of the assessment.
    minimum_share : float
        Share of the place's harm from which a kind of crime can stand out: less explains little.
    minimum_crimes : int
        Crimes from which it can stand out: fewer are not told from chance.
    settings : WeighOffencesSettings or mapping, optional
        Choices of another order, for what is not stated by keyword.

    Returns
    -------
    DataFrame
        Index ``category``, in the order in which to act; ``threat`` (a key of `find_threats`, or missing), ``n``
        (crimes), ``harm``, ``share_of_harm``, ``quotient`` (its share of crimes here over that in all areas together)
        with its 95% interval, ``stands_out``, ``weight`` and ``order`` (1 first). Kinds of crime without a crime
        here, or without a weight, are left out.

    Raises
    ------
    ParameterError
        The area is not in the assessment.

    Notes
    -----
    The weight is ``share_of_harm * (1 - 1 / quotient_low_95)``: the part of the harm here, at least, that would not
    be there if this kind of crime had the same share of crimes as in all areas. A kind of crime whose interval
    reaches down to 1, or with few crimes or little harm, does not stand out and weighs 0. Those that stand out come
    first, by weight; the others follow by their share of the harm. The interval is that of Clopper and Pearson, and
    takes the shares in all areas as known, as location quotients do.

    Examples
    --------
    >>> order = weigh_offences(assessment, area="E05011453")  # doctest: +SKIP
    >>> order.index[0], order["quotient"].iloc[0].round(1)  # doctest: +SKIP
    ('theft-from-the-person', 6.7)
    """
    chosen = WeighOffencesSettings.of(settings)
    tables = tables_of(assessment)
    require_area(area, tables)
    cells = tables["cells"]
    groups = offence_groups(cells[OFFENCE])
    whole = _areas_alone(tables, cells)
    here = cells[AREA] == area
    table = cells[here].groupby(groups[here])[[N, "harm"]].sum(min_count=1).rename_axis(CATEGORY)
    counted = cells.loc[whole, N].groupby(groups[whole]).sum()
    table = table.join(_quotients(table[N], (counted / counted.sum()).reindex(table.index)))
    table = table[(table[N] > 0) & table["harm"].notna()]
    harm = float(table["harm"].sum())
    table["share_of_harm"] = table["harm"] / harm if harm > 0 else float("nan")
    above = (table["quotient_low_95"] > 1) & (table[N] >= chosen.minimum_crimes)
    table["stands_out"] = above & (table["share_of_harm"] >= chosen.minimum_share)
    excess = 1 - 1 / table["quotient_low_95"].where(table["stands_out"])
    table["weight"] = (table["share_of_harm"] * excess).fillna(0.0)
    table["threat"] = pd.Series(map(threat_of, table.index), index=table.index, dtype="object")
    table[N] = table[N].astype("int64")
    ordered = table.sort_index().sort_values(["weight", "share_of_harm"], ascending=False, kind="stable")
    return ordered.assign(order=range(1, len(ordered) + 1))[list(_COLUMNS)]


def offence_groups(offences: pd.Series) -> pd.Series:
    """The category of each offence, or the offence itself where it belongs to none."""
    names = {str(name): category_of(str(name)) or str(name) for name in offences.unique()}
    return offences.astype("object").map(names).rename(CATEGORY)


def _areas_alone(tables: AssessmentTables, cells: pd.DataFrame) -> pd.Series:
    """Rows of the areas assessed: a district or set that was added as one area more would count twice."""
    return cells[AREA].isin(tables["ranking"].index)


def _quotients(crimes: pd.Series, usual: pd.Series) -> pd.DataFrame:
    """Share of crimes here over the usual one, with the interval of a share."""
    k, total = crimes.to_numpy(dtype=float), float(crimes.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.where(k == 0, 0.0, scipy.special.betaincinv(k, total - k + 1, 0.025))
        high = np.where(k == total, 1.0, scipy.special.betaincinv(k + 1, total - k, 0.975))
        ends = {"quotient": k / total, "quotient_low_95": low, "quotient_high_95": high}
        shares = pd.DataFrame(ends, index=crimes.index)
        return shares.div(usual.where(usual > 0), axis=0)
