"""Every row read, by one reason each, in a fixed order of precedence; and facts about rows that deserve a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

__all__ = [
    "COPY",
    "DATE",
    "FACTS",
    "LEFT_OUT",
    "NOT_COVERED",
    "NO_LOCATION",
    "OUTSIDE_AREAS",
    "OUTSIDE_PERIOD",
    "REASONS",
    "REPEATED_ID",
    "USED",
    "accounting_table",
    "facts_table",
]

USED: Final = "used"
LEFT_OUT: Final = "source left out"
DATE: Final = "date cannot be parsed"
OUTSIDE_PERIOD: Final = "outside the period"
NO_LOCATION: Final = "no location"
OUTSIDE_AREAS: Final = "outside all areas"
NOT_COVERED: Final = "area not covered in that month"
COPY: Final = "whole-row copy"
REPEATED_ID: Final = "repeated id"

#: "used", then the reasons for setting a row aside; a row gets the first that applies.
REASONS: Final = (USED, LEFT_OUT, DATE, OUTSIDE_PERIOD, NO_LOCATION, OUTSIDE_AREAS, NOT_COVERED, COPY, REPEATED_ID)

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
)


def accounting_table(rows: Mapping[str, int]) -> pd.DataFrame:
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
