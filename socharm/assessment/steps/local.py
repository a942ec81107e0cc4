"""``[local]``: crimes over neighbours with rates made comparable, and harm beside deprivation round it, where asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._settings import setting
from socharm._words import number_of
from socharm.assessment.spatial_sections import HotspotsSection
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.few_areas import FEW_AREAS
from socharm.assessment.steps.hotspots import labels_layer
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.overlay import OVERLAY
from socharm.hotspots.areas.bivariate import BivariateMoran, local_bivariate_moran
from socharm.hotspots.areas.local import local_rate_moran
from socharm.hotspots.areas.local_record import LocalStatistics, LocalTestSettings
from socharm.hotspots.areas.neighbours import neighbour_rows
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["LOCAL", "LocalSection"]

_FEW: Final = 99
_RATES: Final = "local_rates"
_DEPRIVATION: Final = "local_deprivation"


@dataclass(frozen=True, kw_only=True)
class LocalSection(LocalTestSettings):
    """Choices of an assessment's further local statistics. ``[local]`` of a recipe."""

    maps: bool = setting(False, "whether pictures are drawn of them")


@dataclass(frozen=True, eq=False)
class _Found:
    """Both statistics, and the choices that they were asked for with."""

    rates: LocalStatistics
    deprivation: BivariateMoran | None
    settings: LocalSection


def _run(context: Context) -> _Found | None:
    if context[FEW_AREAS]:
        return None
    section, index, overlay = context.recipe.part(LocalSection), context[INDEX], context[OVERLAY]
    graph = neighbour_rows(context[AREAS], context.recipe.part(HotspotsSection))
    chosen: dict[str, Any] = {
        name: vars(section)[name] for name in ("permutations", "alternative", "alpha", "correction", "seed")
    }
    rates = local_rate_moran(index, graph, **chosen)
    if overlay is None:
        return _Found(rates, None, section)
    deprivation = overlay.table["deprivation"].astype(np.float64)
    about = overlay.about
    return _Found(rates, local_bivariate_moran(index, deprivation, graph, about=about, **chosen), section)


def _rehearsed(section: LocalSection) -> LocalSection:
    return replace(section, permutations=min(section.permutations, _FEW))


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    kept = {_RATES: _columns_of(found.rates)}
    return kept if found.deprivation is None else {**kept, _DEPRIVATION: _columns_of(found.deprivation)}


def _columns_of(local: LocalStatistics) -> pd.DataFrame:
    """Without what neither of them has: months, and a heaviest event."""
    return local.table.drop(columns=["p_months_low", "p_months_high", "hot_without_top_event"], errors="ignore")


def _map(which: str, found: _Found | None, drawing: Drawing) -> Any:
    from socharm.maps.hotspots import plot_hotspots

    local = None if found is None else found.rates if which == _RATES else found.deprivation
    if found is None or local is None or not found.settings.maps:
        return None
    return plot_hotspots(drawing.areas, local, **drawing.on)


def _published(found: _Found | None, published: PublishedTables) -> _Found | None:
    if found is None:
        return None
    deprivation = found.deprivation
    if deprivation is not None:
        deprivation = replace(deprivation, table=published.tables[_DEPRIVATION])
    return replace(found, rates=replace(found.rates, table=published.tables[_RATES]), deprivation=deprivation)


def _rates_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["areas"][["name", "parent"]].join(tables[_RATES], how="inner")


def _deprivation_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["areas"][["name", "parent"]].join(tables[_DEPRIVATION], how="inner")


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(LocalSection)
    if section is not None:
        yield Sentence(
            f"Further local statistics: EB-standardised local Moran of crimes, bivariate with deprivation where given, "
            f"{number_of(section.permutations, 'permutation')}, level {section.alpha * 100:g}%."
        )


_WORDS: Final = {
    "high-high": "high harm among high deprivation",
    "low-low": "low harm among low deprivation",
    "high-low": "high harm among low deprivation",
    "low-high": "low harm among high deprivation",
    "not significant": "deprivation round it no more than chance",
}


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables[_DEPRIVATION]
    if not has_columns(found, "label"):
        return
    from socharm.maps.label_colours import HOTSPOT_COLOURS

    yield DashboardLayer(
        key=_DEPRIVATION,
        label="Harm among deprivation",
        short="Harm, deprived",
        unit="harm of the area, and deprivation of those round it, each beside all areas",
        gap="not tested",
        note="Tested: deprivation round the area. That both go together is not shown, nor that one brings the other.",
        values=found["label"],
        categories={key: Category(label=words, colour=HOTSPOT_COLOURS[key]) for key, words in _WORDS.items()},
        disclosure="keep",
    )


def _rates_look(tables: Mapping[str, pd.DataFrame], _: About) -> DashboardLayer:
    return labels_layer(
        tables[_RATES],
        key=_RATES,
        label="Rates of crimes",
        unit="made comparable, the area and those round it, each beside all areas",
        note="Months are not tested, so one bad month of neighbours can make a label.",
    )


def _spec(which: str, sheet: SheetSpec, value: str, *, dashboard: DashboardPart | None, **more: str) -> TableSpec:
    return TableSpec(
        name=which,
        meaning="an area; index `area_code`",
        layer=True,
        look=_rates_look if dashboard is None else None,
        sheet=sheet,
        dashboard=dashboard,
        columns=(
            *named(
                "keep",
                neighbours="covered neighbours",
                label="the area, then those round it, each beside all areas; what remains after correction",
            ),
            *named(
                "withhold",
                value=value,
                **more,
                statistic="local Moran",
                expected="mean of the statistic under chance",
                variance="variance of the statistic under chance",
                z="standard score of the statistic, for orientation only",
                p_low="p of a statistic at most the observed one",
                p_high="p of a statistic at least the observed one",
                p_adjusted_low="the low one, corrected for many tests",
                p_adjusted_high="the high one, corrected for many tests",
                p="p of the alternative, not corrected",
            ),
        ),
    )


LOCAL: Final = Step[_Found | None](
    name="local",
    phase="hotspots",
    words="local",
    needs=(AREAS, INDEX, FEW_AREAS, OVERLAY),
    section=Section(
        key="local",
        kind=LocalSection,
        says="rates of crimes made comparable, and harm beside deprivation round it; neighbours as in [hotspots]",
        place=133,
        optional=True,
        rehearsed=_rehearsed,
        noted=False,
    ),
    run=_run,
    tables=(
        _spec(
            _RATES,
            SheetSpec(
                title="Local rates",
                place=103,
                note="Local Moran of crimes: rates are made comparable first, by what a count of the mean rate would "
                "vary. Months are not tested, so one bad month of neighbours can make a label.",
                view=_rates_sheet,
            ),
            "rate of crimes, EB-standardised",
            dashboard=None,
        ),
        _spec(
            _DEPRIVATION,
            SheetSpec(
                title="Harm among deprivation",
                place=103,
                note="Harm of the area, deprivation of those round it. Tested is deprivation alone; the area's harm "
                "names the side.",
                view=_deprivation_sheet,
            ),
            "harm that is compared",
            dashboard=DashboardPart(layers=_dashboard, place=32),
            second="deprivation of the area itself; higher is more deprived",
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(LocalSection,),
    pictures=(
        Picture(file="local_rates.png", draw=partial(_map, _RATES)),
        Picture(file="local_deprivation.png", draw=partial(_map, _DEPRIVATION)),
    ),
    published=_published,
    told=_told,
)
