"""Months before the period as the source has them on the day of the run, so that later runs see what it changed."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._columns import AREA, N
from socharm.assessment.input_sections import IncidentsSection
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.counts import covered_areas, tidy_months
from socharm.assessment.steps.incidents import INCIDENTS, open_incidents
from socharm.errors import ParameterError, SocharmWarning
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.locate import locate_incidents
from socharm.io.incidents.records import Counts
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import TableSpec

__all__ = ["LEDGER"]


@dataclass(frozen=True, eq=False)
class _Ledger:
    """Counts of the months before the period, and which of them were covered."""

    counts: Counts


def _run(context: Context) -> _Ledger | None:
    recipe = context.recipe
    earlier = _earlier_months(recipe)
    if earlier is None:
        return None
    with warnings.catch_warnings():
        # Of months that are not assessed; those that are have told their own.
        warnings.simplefilter("ignore", SocharmWarning)
        areas = context[AREAS]
        located = locate_incidents(open_incidents(earlier), areas)
        section = earlier.part(IncidentsSection)
        # The rows that fall out stop no run here: these months were assessed when they were due.
        calm = dataclasses.replace(section, warn_share=1.0, stop_share=1.0)
        return _Ledger(count_incidents(located, areas, settings=calm, covered=covered_areas(earlier, areas.index)))


def _earlier_months(recipe: Recipe) -> Recipe | None:
    """The same recipe with the months before its period, from the first that is to be kept; None where none is."""
    since = recipe.part(IncidentsSection).ledger_since
    if since is None:
        return None
    last = str(pd.Period(recipe.period.start, "M") - 1)
    if since > last:
        raise ParameterError(
            f"`ledger_since` is {since}, not before the period, which begins in {recipe.period.start}. Name an earlier "
            "month, or leave it out: the months of the period are kept in any case."
        )
    return dataclasses.replace(recipe, assessment=dataclasses.replace(recipe.assessment, period=(since, last)))


def _frames(ledger: _Ledger | None) -> dict[str, pd.DataFrame]:
    if ledger is None:
        return {}
    counts = ledger.counts
    return {
        # Months that were covered and have no row had no crime: most offences of most areas.
        "ledger_counts": counts.table[counts.table[N] > 0].reset_index(drop=True),
        "ledger_flagged": counts.flagged[counts.flagged[N] > 0].reset_index(drop=True),
        "ledger_coverage": tidy_months(counts.coverage, AREA, "covered"),
    }


_CELL: Final = named("withhold", offence="offence or category", period="month before the period")


def _tables() -> Iterable[TableSpec]:
    yield TableSpec(
        name="ledger_counts",
        meaning="an area, offence and month before the period with crimes, as the source had them when it was read",
        # Counts of months that other releases hold with their noise.
        secret=True,
        columns=(*AREA_CODE, *_CELL, *named("withhold", n="crimes")),
    )
    yield TableSpec(
        name="ledger_flagged",
        meaning="the same of crimes that carry a flag",
        secret=True,
        columns=(
            *AREA_CODE,
            *_CELL,
            *named("withhold", flag="kind of place, or flag of an extract", n="crimes with the flag"),
        ),
    )
    yield TableSpec(
        name="ledger_coverage",
        meaning="an area and month before the period",
        secret=True,
        columns=(
            *AREA_CODE,
            *named("withhold", period="month before the period", covered="whether the police of the area delivered it"),
        ),
    )


LEDGER: Final = Step[_Ledger | None](
    name="ledger",
    phase="reading",
    words="incidents",
    needs=(AREAS, INCIDENTS),
    run=_run,
    tables=tuple(_tables()),
    frames=_frames,
)
