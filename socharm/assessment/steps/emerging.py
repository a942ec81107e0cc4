"""``[emerging]``: what hot and cold areas do over the months, where the recipe asks for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import PERIOD
from socharm._words import number_of
from socharm.assessment.spatial_sections import HotspotsSection
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.few_areas import FEW_AREAS
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning
from socharm.hotspots.areas.emerging import emerging_hotspots
from socharm.hotspots.areas.emerging_patterns import HOT_PATTERNS, NO_PATTERN, TOO_SHORT
from socharm.hotspots.areas.emerging_record import EMERGING_LABELS, EmergingHotspots, EmergingSettings
from socharm.hotspots.areas.neighbours import neighbour_rows
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["EMERGING"]

_FEW_PERMUTATIONS: Final = 99
_LEAST_PERIODS: Final = 2


def _run(context: Context) -> EmergingHotspots | None:
    if context[FEW_AREAS]:
        return None
    section = context.recipe.part(EmergingSettings)
    months = int(context[INDEX].cells[PERIOD].nunique())
    if months // section.months_per_period < _LEAST_PERIODS:
        warnings.warn(
            f"Emerging hot spots need {_LEAST_PERIODS} periods of "
            f"{number_of(section.months_per_period, 'month')}, and ten for a pattern; there are "
            f"{number_of(months, 'month')}. They are left out.",
            CoverageWarning,
            stacklevel=2,
        )
        return None
    graph = neighbour_rows(context[AREAS], context.recipe.part(HotspotsSection))
    return emerging_hotspots(context[INDEX], graph, settings=section)


def _rehearsed(section: EmergingSettings) -> EmergingSettings:
    return replace(section, permutations=min(section.permutations, _FEW_PERMUTATIONS))


def _map(found: EmergingHotspots | None, drawing: Drawing) -> Any:
    from socharm.maps.emerging import plot_emerging

    return None if found is None else plot_emerging(drawing.areas, found, **drawing.on)


def _periods_map(found: EmergingHotspots | None, drawing: Drawing) -> Any:
    from socharm.maps.cube import plot_cube
    from socharm.maps.furniture import new_axes

    # The cube behind it is in no published table.
    return None if found is None or drawing.protected else plot_cube(drawing.areas, found, ax=new_axes())


def _published(found: EmergingHotspots | None, published: PublishedTables) -> EmergingHotspots | None:
    return None if found is None else replace(found, table=published.tables["emerging"])


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Areas with a pattern first, hot before cold."""
    found = tables["areas"][["name", "parent"]].join(tables["emerging"], how="inner")
    place = found["pattern"].map({label: at for at, label in enumerate(EMERGING_LABELS)})
    return found.iloc[place.fillna(len(EMERGING_LABELS)).argsort(kind="stable").to_numpy()]


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(EmergingSettings)
    if section is not None:
        drawn = number_of(section.permutations, "permutation")
        how = drawn if section.inference == "permutation" else "p of standard scores"
        over = "for each test, not corrected" if section.correction == "none" else "over all periods"
        yield Sentence(
            f"Emerging hot spots: Gi* by period, {how}, level {section.alpha * 100:g}% {over}, Mann-Kendall."
        )


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables["emerging"]
    if not has_columns(found, "pattern"):
        return
    from socharm.maps.emerging import EMERGING_COLOURS

    named_ones = set(found["pattern"].astype(str))
    shown = [label for label in EMERGING_LABELS if label in named_ones and label in EMERGING_COLOURS]
    if not any(label in HOT_PATTERNS for label in shown) and NO_PATTERN not in shown and TOO_SHORT not in shown:
        return
    hatched = {"oscillating hot spot": "#d58a92", "historical hot spot": "#e9cfc9"}
    hatched |= {"oscillating cold spot": "#9db8d8", "historical cold spot": "#cddbe8"}
    yield DashboardLayer(
        key="emerging",
        label="Emerging hot spots",
        short="Emerging",
        unit="what the neighbourhood of an area did period by period, beside all areas",
        gap="not tested",
        note="A pattern says what a neighbourhood did, not why, and not what it will do.",
        values=found["pattern"].where(found["pattern"].isin(shown)),
        categories={
            label: Category(label=label, colour=hatched.get(label, EMERGING_COLOURS[label])) for label in shown
        },
        disclosure="keep",
    )


_SPEC: Final = TableSpec(
    name="emerging",
    meaning="an area; index `area_code`",
    layer=True,
    sheet=SheetSpec(
        title="Emerging",
        place=103,
        note="What hot and cold neighbourhoods did over the periods. A pattern is named only beyond the ups and downs "
        "that neighbourhoods have together; by definition: without that.",
        view=_sheet,
    ),
    dashboard=DashboardPart(layers=_dashboard, place=31),
    columns=(
        *named(
            "keep",
            pattern="what the neighbourhood did over the periods, beyond ordinary ups and downs",
            by_definition="the same by the published definition alone",
            periods="periods that were tested",
            hot="periods in which it was significantly hot",
            cold="periods in which it was significantly cold",
            last="what the last period was",
            run="unbroken periods at the end that were as the last",
        ),
        *named(
            "withhold",
            z_last="standard score of the last period",
            p_beyond_low="p of a level below all areas in the last periods, corrected for many tests",
            p_beyond_high="p of a level above all areas in the last periods, corrected for many tests",
            trend_s="Kendall's S of the standard scores",
            trend_z="standard score of S",
            trend_p="p of the trend of the standard scores",
            trend_p_adjusted="the same corrected, of areas whose pattern hangs on it",
            slope="Sen's slope of the standard scores, per period",
            slope_low="lower end of its 95% interval",
            slope_high="upper end of its 95% interval",
        ),
    ),
)

EMERGING: Final = Step[EmergingHotspots | None](
    name="emerging",
    phase="hotspots",
    words="emerging",
    needs=(AREAS, INDEX, FEW_AREAS),
    section=Section(
        key="emerging",
        kind=EmergingSettings,
        says="what hot and cold areas do over the months; neighbours are those of [hotspots]",
        place=131,
        optional=True,
        rehearsed=_rehearsed,
        noted=False,
    ),
    run=_run,
    tables=(_SPEC,),
    frames=lambda found: {} if found is None else {"emerging": found.table},
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(EmergingSettings,),
    pictures=(Picture(file="emerging.png", draw=_map), Picture(file="emerging_periods.png", draw=_periods_map)),
    published=_published,
    told=_told,
)
