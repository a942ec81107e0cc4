"""Months of areas with no crime, or far fewer than is likely, of which rows of the file may be missing."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm._about import LACKS_ROWS
from socharm._columns import AREA, PERIOD, N
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.counts import COUNTS
from socharm.io.incidents.lacking_rows import forces_of, lacking_rows
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["LACKING_ROWS"]


def _run(context: Context) -> pd.DataFrame:
    counts = context[COUNTS]
    if LACKS_ROWS not in counts.about.coverage:
        # The counts found none, or the recipe says itself what was covered.
        return pd.DataFrame({AREA: [], PERIOD: [], N: [], "expected": []})
    return lacking_rows(counts.table, counts.coverage, forces_of(context[AREAS]))


LACKING_ROWS: Final = Step[pd.DataFrame](
    name="lacking_rows",
    phase="reading",
    words="incidents",
    needs=(AREAS, COUNTS),
    run=_run,
    tables=(
        TableSpec(
            name="lacking_rows",
            meaning="an area and month with no crime, or far fewer than is likely: rows of the file may be missing",
            # Which areas these are, and their crimes, are counts of single months; outside, their number is told.
            secret=True,
            sheet=SheetSpec(
                title="Months that seem to lack rows",
                place=8,
                note="No crime, or far less than is likely: rows of the file may be missing there. These months count "
                "as covered. Expected: the usual month of the area, times what the month was like in the other areas "
                "of its force.",
                formats={N: "#,##0", "expected": "#,##0.0"},
            ),
            columns=(
                *AREA_CODE,
                *named("withhold", period="month", n="crimes", expected="crimes that were to be expected"),
            ),
        ),
    ),
    frames=lambda found: {"lacking_rows": found} if len(found) else {},
)
