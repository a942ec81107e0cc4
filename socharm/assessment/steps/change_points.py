"""``[change_points]``: months in which the level of an area changed, where the recipe asks for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from socharm._columns import AREA, NAME, PARENT, PERIOD
from socharm._words import number_of
from socharm.assessment.steps._columns import AREA_CODE, NAME_OF_AREA, PARENT_OF_AREA, REASON, named
from socharm.assessment.steps._step import Context, Section, Step
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning
from socharm.signals.change_points import ChangePoints, ChangePointSettings, find_change_points
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["CHANGE_POINTS"]

_FEW: Final = 100


def _run(context: Context) -> ChangePoints | None:
    index, section = context[INDEX], context.recipe.part(ChangePointSettings)
    months = int(index.cells[PERIOD].nunique())
    if months < 2 * section.least_months:
        warnings.warn(
            f"Change points need {2 * section.least_months} months, two levels of {section.least_months}; there "
            f"{'is' if months == 1 else 'are'} {months}. They are left out.",
            CoverageWarning,
            stacklevel=2,
        )
        return None
    return find_change_points(index, settings=section)


def _rehearsed(section: ChangePointSettings) -> ChangePointSettings:
    return replace(section, simulations=_FEW)


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Change points with the names of their areas, the largest changes first."""
    found = tables["change_points"].join(tables["change_levels"][[NAME, PARENT]], on=AREA)
    return found.sort_values("ratio", ascending=False, kind="stable")


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(ChangePointSettings)
    if section is not None:
        yield Sentence(
            f"Change points: levels of {number_of(section.least_months, 'month')} or more, season and trend of the "
            f"other areas taken out, false discovery rate {section.false_discovery:.0%} over areas."
        )


def _tables() -> Iterable[TableSpec]:
    yield TableSpec(
        name="change_points",
        meaning="an area and the first month of a new level of its harm or crimes",
        sheet=SheetSpec(
            title="Change points",
            place=12,
            note="Months in which the level of an area changed beyond the ordinary ups and downs of areas; season and "
            "trend of the other areas are taken out. An area without one may have changed too: few crimes show little.",
            view=_sheet,
            formats={"ratio": "0.00", "low_95": "0.00", "high_95": "0.00"},
        ),
        columns=(
            *AREA_CODE,
            *named("keep", period="first month of a new level"),
            *named(
                "withhold",
                ratio="new level over the one before",
                low_95="lower end of the 95% interval of the new level over the one before",
                high_95="upper end of the 95% interval of the new level over the one before",
            ),
        ),
    )
    yield TableSpec(
        name="change_levels",
        meaning="an area; index `area_code`",
        columns=(
            *NAME_OF_AREA,
            *PARENT_OF_AREA,
            *named("keep", changes="changes of its level", says="changes in a sentence"),
            *REASON,
            *named(
                "withhold",
                p="p of the best single cut where nothing happens",
                q="the same corrected over areas",
            ),
        ),
    )


CHANGE_POINTS: Final = Step[ChangePoints | None](
    name="change_points",
    phase="hotspots",
    words="change_points",
    needs=(INDEX,),
    section=Section(
        key="change_points",
        kind=ChangePointSettings,
        says="months in which the level of an area changed",
        place=132,
        optional=True,
        rehearsed=_rehearsed,
        noted=False,
    ),
    run=_run,
    tables=tuple(_tables()),
    frames=lambda found: {} if found is None else {"change_points": found.points, "change_levels": found.table},
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(ChangePointSettings,),
    told=_told,
)
