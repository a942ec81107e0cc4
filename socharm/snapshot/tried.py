"""What was tried at places of an assessment: its evaluations, as documents and pages tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA
from socharm._words import month_words
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["SAID", "SITE_PART", "Tried", "tried_of"]

#: Columns of the sentences of an evaluation, by what each speaks of there.
SAID: Final[Mapping[str, str]] = {
    "verdict": "said_verdict",
    "methods": "said_methods",
    "selection": "said_selection",
    "detectable": "said_detectable",
    "donors": "said_donors",
    "next door": "said_next_door",
    "starts": "said_starts",
    "other outcomes": "said_other_outcomes",
    "subgroups": "said_subgroups",
    "registration": "said_registration",
}
#: What an area of the site is, in the table of the areas of evaluations; others are named by their ring.
SITE_PART: Final = "site"
_NEEDED: Final = (
    f"evaluation start outcome change low high verdict as_extreme placebos registered internal {SAID['verdict']}"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tried:
    """One evaluation of an assessment.

    Attributes
    ----------
    name : str
        As its protocol has it.
    parts : mapping of str to str
        Area code to ``"site"``, or to the ring that the area lies in.
    row : mapping
        Its row of the table ``evaluations``.
    sentences : mapping of str to str
        Those of the evaluation, by what each speaks of.
    """

    name: str
    parts: Mapping[str, str]
    row: Mapping[str, Any]
    sentences: Mapping[str, str]

    @property
    def site(self) -> tuple[str, ...]:
        """Codes of the areas of the site."""
        return tuple(code for code, part in self.parts.items() if part == SITE_PART)

    @property
    def since(self) -> str:
        """The month it began, in words."""
        return month_words(str(self.row["start"]))

    @property
    def change_told(self) -> str:
        """The change with its interval, or why there is none."""
        change, low, high = (self.row[name] for name in ("change", "low", "high"))
        if pd.isna(change):
            return "not estimated"
        if pd.isna(low) or pd.isna(high):
            return f"{_signed(change)}, too few for an interval"
        return f"{_signed(change)} (95% interval {_signed(low)} to {_signed(high)})"

    @property
    def placebos_told(self) -> str:
        """How many placebo sites departed as far; blank of a test that was refused."""
        number = self.row["placebos"]
        return f"{int(self.row['as_extreme']):,} of {int(number):,}" if number else "none"


def _signed(share: float) -> str:
    """A share as a percentage, as the sentences have it."""
    return f"{100 * float(share):+z.0f}%"


def tried_of(tables: AssessmentTables, *, internal: bool = True) -> tuple[Tried, ...]:
    """Evaluations of an assessment in the order of its recipe; none where it has none.

    Parameters
    ----------
    tables : AssessmentTables
    internal : bool
        Whether those made of counts as recorded are among them.
    """
    table, areas = tables["evaluations"], tables["evaluation_areas"]
    if not has_columns(table, _NEEDED) or not has_columns(areas, f"evaluation {AREA} part"):
        return ()
    found = []
    for row in table.to_dict("records"):
        if row["internal"] and not internal:
            continue
        mine = areas[areas["evaluation"] == row["evaluation"]]
        said = {what: str(row.get(column) or "") for what, column in SAID.items()}
        found.append(
            Tried(
                name=str(row["evaluation"]),
                parts=dict(zip(mine[AREA].astype(str), mine["part"].astype(str), strict=True)),
                row={str(name): value for name, value in row.items()},
                sentences={what: text for what, text in said.items() if text},
            )
        )
    return tuple(found)
