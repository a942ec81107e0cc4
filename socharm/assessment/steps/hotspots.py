"""``[hotspots]``: which areas are hot together, where enough areas are ranked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._words import number_of
from socharm.assessment.spatial_sections import HotspotsSection
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.few_areas import FEW_AREAS
from socharm.assessment.steps.index import INDEX
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.local_record import AROUND, GiSettings, LocalSettings, LocalStatistics, labels_by_own
from socharm.hotspots.areas.neighbours import neighbour_rows
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["HOTSPOTS", "labels_layer"]

_FEW_PERMUTATIONS: Final = 99
_WORDS: Final = {
    "hot": "hot: high here and around it",
    AROUND["hot"]: "high around it, not here",
    "high-high": "high among high",
    "high-low": "high among low",
    "low-high": "low among high",
    "low-low": "low among low",
    "cold": "cold: low here and around it",
    AROUND["cold"]: "low around it, not here",
    "not significant": "no more than chance",
}
_STATISTICS: Final = {"gi_star": "Gi*", "moran": "local Moran"}
_CORRECTIONS: Final = {"bh": "Benjamini-Hochberg", "by": "Benjamini-Yekutieli", "none": ""}
#: On a screen the pale shade stands for the hatch of the printed map.
_PALE: Final = {AROUND["hot"]: "#f4a582", AROUND["cold"]: "#92c5de"}


def _run(context: Context) -> LocalStatistics | None:
    if context[FEW_AREAS]:
        return None
    section = context.recipe.part(HotspotsSection)
    graph = neighbour_rows(context[AREAS], section)
    if section.statistic == "moran":
        return local_moran(context[INDEX], graph, settings=section)
    return local_gi_star(context[INDEX], graph, settings=section)


def _frames(found: LocalStatistics | None) -> dict[str, pd.DataFrame]:
    return {} if found is None else {"hotspots": found.table}


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["areas"][["name", "parent"]].join(tables["hotspots"], how="inner")


def _map(found: LocalStatistics | None, drawing: Drawing) -> Any:
    from socharm.maps.hotspots import plot_hotspots

    return None if found is None else plot_hotspots(drawing.areas, found, **drawing.on)


def _published(found: LocalStatistics | None, published: PublishedTables) -> LocalStatistics | None:
    return None if found is None else replace(found, table=published.tables["hotspots"])


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    stated = recipe.part(HotspotsSection)
    method = _CORRECTIONS[stated.correction]
    corrected = f"corrected for many tests ({method}, " if method else "NOT corrected for many tests ("
    yield Sentence(
        f"Hotspots of areas: {_STATISTICS[stated.statistic]}, {number_of(stated.permutations, 'permutation')}, "
        f"{corrected}level {stated.alpha * 100:g}%)."
    )


def _rehearsed(section: HotspotsSection) -> HotspotsSection:
    return replace(section, permutations=min(section.permutations, _FEW_PERMUTATIONS))


def _stated(tables: Mapping[str, pd.DataFrame]) -> tuple[str, str]:
    """How the labels were found, as they were: over which months, and whether corrected."""
    stated = tables.settings.get("hotspots", {}) if isinstance(tables, AssessmentTables) else {}
    months = "in all months and month by month" if stated.get("months", True) else "in all months together"
    corrected = "not corrected for many tests" if stated.get("correction") == "none" else "corrected for many tests"
    return months, corrected


def _note(tables: Mapping[str, pd.DataFrame]) -> str:
    months, corrected = _stated(tables)
    return f"Hot: more harm in the neighbourhood than chance explains, {months}, {corrected}."


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    if not has_columns(tables["hotspots"], "label"):
        return
    yield labels_layer(
        tables["hotspots"],
        key="hotspots",
        label="Hotspots",
        unit=f"areas whose neighbourhood is higher or lower than chance, {_stated(tables)[1]}",
        note="Areas without a value or a covered neighbour cannot be tested and are hatched.",
    )


def labels_layer(table: pd.DataFrame, *, key: str, label: str, unit: str, note: str) -> DashboardLayer:
    """The labels of a local statistic in the colours of its map."""
    from socharm.maps.label_colours import HOTSPOT_COLOURS

    found = labels_by_own(table)
    named = set(found.astype(str))
    always = ("hot", "cold", "not significant") if not {"high-high", "low-low"} & named else ()
    shown = [word for word in _WORDS if word in named or word in always]
    return DashboardLayer(
        key=key,
        label=label,
        unit=unit,
        gap="not tested",
        note=note,
        values=found,
        categories={
            word: Category(label=_WORDS[word], colour=_PALE.get(word, HOTSPOT_COLOURS[word])) for word in shown
        },
    )


_SPEC: Final = TableSpec(
    name="hotspots",
    meaning="an area; index `area_code`",
    layer=True,
    sheet=SheetSpec(
        title="Hotspots",
        place=102,
        note=_note,
        view=_sheet,
    ),
    dashboard=DashboardPart(layers=_dashboard, place=30),
    columns=(
        *named(
            "keep",
            neighbours="covered neighbours",
            label="what remains of the hot and the cold after correction",
            hot_without_top_event="whether it stays hot without any one event, its own or a neighbour's",
        ),
        *named(
            "withhold",
            value="what is compared with the neighbourhood",
            statistic="Gi* or local Moran",
            expected="mean of the statistic under chance",
            variance="variance of the statistic under chance",
            z="standard score of the statistic, for orientation only",
            p_low="p of a statistic at most the observed one",
            p_high="p of a statistic at least the observed one",
            p_months_low="p of the months of the neighbourhood against those of the force, low",
            p_months_high="p of the months of the neighbourhood against those of the force, high",
            p_adjusted_low="the larger of both low ones, corrected for many tests",
            p_adjusted_high="the larger of both high ones, corrected for many tests",
            p="p of the alternative, not corrected",
        ),
    ),
)

HOTSPOTS: Final = Step[LocalStatistics | None](
    name="hotspots",
    phase="hotspots",
    words="hotspots",
    switch="hotspots",
    switch_says="areas that are hot together",
    needs=(AREAS, INDEX, FEW_AREAS),
    section=Section(
        key="hotspots",
        kind=HotspotsSection,
        says="areas that are hot together",
        place=130,
        rehearsed=_rehearsed,
        noted=False,
        arguments={"crs": "[areas] crs", "by": "[hotspots] correction"},
    ),
    run=_run,
    tables=(_SPEC,),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(GiSettings, LocalSettings),
    pictures=(Picture(file="hotspots.png", draw=_map),),
    published=_published,
    told=_told,
)
