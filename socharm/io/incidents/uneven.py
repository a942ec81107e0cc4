"""Losses that fall on single months or single sources: small in the whole, most of what one of them sent."""

from __future__ import annotations

import warnings
from typing import Final

import pandas as pd

from socharm._columns import PERIOD
from socharm._words import noun_for, number_of
from socharm.errors import CoverageWarning
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.losses import LossRule
from socharm.io.incidents.losses_told import percent

__all__ = ["LOST_SHARE", "tell_uneven", "uneven_losses"]

#: Share of its rows that a month or a source must have lost, ...
LOST_SHARE: Final = 0.2
#: ... times the share of all the others, ...
_TIMES_OTHERS: Final = 3.0
#: ... and rows, so that chance does not tell.
_FEWEST: Final = 20
_MOST_NAMED: Final = 12
_WORDS: Final = {PERIOD: "month", "source": "source"}


def uneven_losses(breakdown: pd.DataFrame, rule: LossRule) -> dict[str, pd.DataFrame]:
    """Months and sources that lost far more than the others for want of a date or a place.

    Parameters
    ----------
    breakdown : DataFrame
        From `accounting.breakdown_table`.
    rule : LossRule
        Reasons that are accepted are no loss.

    Returns
    -------
    dict of ``"period"`` and ``"source"`` to DataFrame
        Index the month or source; ``lost``, ``rows``. Named are those of `_FEWEST` rows or more of the period that lost
        more than `LOST_SHARE` of them, and three times the share of the others.
    """
    reasons = [reason for reason in (acc.DATE, acc.NO_LOCATION) if reason not in rule.accept]
    inside = breakdown[~breakdown["reason"].isin((acc.OUTSIDE_PERIOD, acc.LEFT_OUT, acc.HEADING))]
    inside = inside[inside["reason"].isin(acc.REASONS)]
    found = {}
    for key in _WORDS:
        known = inside[inside[key].notna() & (inside[key].astype("str") != "")]  # no name is no source
        rows = known.groupby(key, observed=True)["rows"].sum()
        lost = known[known["reason"].isin(reasons)].groupby(key, observed=True)["rows"].sum()
        table = pd.DataFrame({"lost": lost.reindex(rows.index, fill_value=0), "rows": rows})
        others_rows = rows.sum() - rows
        others = (table["lost"].sum() - table["lost"]) / others_rows.where(others_rows > 0)
        share = table["lost"] / table["rows"]
        named = (rows >= _FEWEST) & (share > max(LOST_SHARE, rule.warn_share)) & (share > _TIMES_OTHERS * others)
        found[key] = table[named]
    return found


def tell_uneven(breakdown: pd.DataFrame, rule: LossRule, *, stacklevel: int) -> None:
    """Warn of such months and sources: their counts are too low beside the others'."""
    for key, table in uneven_losses(breakdown, rule).items():
        if table.empty:
            continue
        parts = [
            f"{name} ({int(row['lost']):,} of {number_of(int(row['rows']), 'row')}, "
            f"{percent(row['lost'] / row['rows'])})"
            for name, row in table.head(_MOST_NAMED).iterrows()
        ]
        more = f" and {len(table) - _MOST_NAMED} more" if len(table) > _MOST_NAMED else ""
        these = f"{'these' if len(table) > 1 else 'this'} {noun_for(len(table), _WORDS[key])}"
        warnings.warn(
            f"{number_of(len(table), _WORDS[key])} lost far more than the others for want of a date or a place: "
            f"{', '.join(parts)}{more}. Counts of {these} are too low; "
            "mend the file, or state what is not covered with `covered`.",
            CoverageWarning,
            stacklevel=stacklevel,
        )
