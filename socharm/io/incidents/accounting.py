"""Every row read, by one reason each, in a fixed order of precedence; and facts about rows that deserve a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from socharm._columns import OFFENCE, PERIOD, N

__all__ = [
    "BREAKDOWN_KEYS",
    "COPY",
    "DATE",
    "FACTS",
    "HEADING",
    "LEFT_OUT",
    "MATCHED_CODES",
    "NOT_COVERED",
    "NO_LOCATION",
    "OUTSIDE_AREAS",
    "OUTSIDE_PERIOD",
    "REASONS",
    "REPEATED_ID",
    "USED",
    "accounting_by",
    "accounting_table",
    "breakdown_table",
    "facts_table",
]

USED: Final = "used"
HEADING: Final = "column names, sums or notes"
LEFT_OUT: Final = "source left out"
DATE: Final = "date cannot be parsed"
OUTSIDE_PERIOD: Final = "outside the period"
NO_LOCATION: Final = "no location"
OUTSIDE_AREAS: Final = "outside all areas"
NOT_COVERED: Final = "area not covered in that month"
COPY: Final = "whole-row copy"
REPEATED_ID: Final = "repeated id"

#: "used", then the reasons for setting a row aside; a row gets the first that applies.
REASONS: Final = (
    USED, HEADING, LEFT_OUT, DATE, OUTSIDE_PERIOD, NO_LOCATION, OUTSIDE_AREAS, NOT_COVERED, COPY, REPEATED_ID,
)  # fmt: skip

MATCHED_CODES: Final = "rows whose area code was matched in spite of its letter case, blanks or zeros"

#: Notes on rows; they overlap and are no part of the accounting.
FACTS: Final = (
    "rows that share a Crime ID with another row",
    "Crime IDs that stand on more than one row",
    "rows at coordinates (0, 0)",
    "used rows nearer a boundary than the accuracy of the transformation",
    "used rows on a boundary between areas",
    "used rows without a Crime ID",
    "used rows beyond the first of their Crime ID",
    "used rows without an offence label",
    "used rows without a location text",
    "used rows at a place that generates reports",
    MATCHED_CODES,
)

#: What rows can be broken down by, beside their reason.
BREAKDOWN_KEYS: Final = (OFFENCE, PERIOD, "source")


def accounting_table(rows: Mapping[str, int] | pd.Series) -> pd.DataFrame:
    """Rows by reason, every reason present.

    Examples
    --------
    >>> int(accounting_table({"used": 3, "no location": 1})["rows"].sum())
    4
    """
    index = pd.Index(REASONS, name="reason")
    return pd.DataFrame({"rows": [int(rows.get(reason, 0)) for reason in REASONS]}, index=index)


def facts_table(rows: Mapping[str, int]) -> pd.DataFrame:
    """Rows by fact, every fact present."""
    index = pd.Index([*FACTS, *(fact for fact in rows if fact not in FACTS)], name="fact")
    return pd.DataFrame({"rows": [int(rows.get(str(fact), 0)) for fact in index]}, index=index)


def breakdown_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by reason, offence, month and source, in the order of the reasons; only what is not zero.

    Parameters
    ----------
    rows : DataFrame
        ``reason``, ``offence``, ``period`` (monthly Period, missing where the date cannot be parsed), ``source``,
        ``rows`` and ``n`` (incidents in them); a combination may stand more than once.

    Examples
    --------
    >>> row = {"reason": "used", "offence": "drugs", "period": pd.Period("2025-04"), "source": "a", "rows": 2, "n": 2}
    >>> breakdown_table(pd.DataFrame([row, row]))[["reason", "rows"]].to_dict("list")
    {'reason': ['used'], 'rows': [4]}
    """
    reasons = [*REASONS, *sorted({str(reason) for reason in rows["reason"]} - set(REASONS))]
    keyed = rows.assign(
        reason=pd.Categorical(rows["reason"], categories=reasons, ordered=True),
        period=pd.PeriodIndex(rows[PERIOD], freq="M"),
    )
    keys = ["reason", *BREAKDOWN_KEYS]
    sums = keyed.groupby(keys, observed=True, dropna=False, sort=True)[["rows", N]].sum().reset_index()
    sums = sums[(sums["rows"] != 0) | (sums[N] != 0)].reset_index(drop=True)
    return sums.astype({"reason": "str", OFFENCE: "str", "source": "str", "rows": "int64", N: "int64"})


def accounting_by(breakdown: pd.DataFrame, key: str) -> pd.DataFrame:
    """Rows by offence, month or source: index `key`, one column for each reason.

    Parameters
    ----------
    breakdown : DataFrame
        From `breakdown_table`.
    key : str
        One of `BREAKDOWN_KEYS`. Rows without a month stand last, under a missing one.
    """
    others = [reason for reason in breakdown["reason"].unique() if reason not in REASONS]
    columns = pd.Index([*REASONS, *others], name="reason")
    names = pd.Index(breakdown[key]).unique().sort_values()
    at = names.get_indexer(pd.Index(breakdown[key]))
    sums = np.zeros((len(names), len(columns)), dtype=np.int64)
    np.add.at(sums, (at, columns.get_indexer(pd.Index(breakdown["reason"]))), breakdown["rows"].to_numpy())
    return pd.DataFrame(sums, index=names.rename(key), columns=columns)
