"""Harm beside each measure of partners, where ``[[indicators]]`` names any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA
from socharm._words import percent
from socharm.assessment.steps._columns import AREA_CODE, NAME_OF_AREA, PARENT_OF_AREA, REASON, named
from socharm.assessment.steps._step import Context, Drawing, Picture, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.indicators import INDICATORS
from socharm.overlay.indicator import (
    NO_CAUSE,
    IndicatorOverlay,
    IndicatorOverlaySettings,
    overlay_indicators,
    worst_places,
)
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["INDICATOR_OVERLAY"]

#: Areas worst of both, of harm alone, of the measure alone, and the others: as in the scatter, and in its greys.
_WHERE: Final = {
    "both": Category(label="worst of both", colour="#d55e00"),
    "harm": Category(label="worst by harm alone", colour="#8c6bb1"),
    "measure": Category(label="worst by the measure alone", colour="#4890c4"),
    "neither": Category(label="neither", colour="#efefef"),
}


def _run(context: Context) -> IndicatorOverlay | None:
    index, files = context[INDEX], [file.read for file in context[INDICATORS]]
    ranked = index.table.index[index.table["rate_shrunk"].notna()]
    if not any((file.table["value"].notna() & file.table[AREA].isin(ranked)).any() for file in files):
        return None
    return overlay_indicators(index, files, context[AREAS])


def _frames(found: IndicatorOverlay | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    return {"indicator_overlay": found.table, "indicator_agreement": found.agreement}


def _picture(found: IndicatorOverlay | None, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.indicator_overlay import plot_indicator_overlay

    return None if found is None else plot_indicator_overlay(found, ax=new_axes())


def _told(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    found = tables["indicator_agreement"]
    if has_columns(found, "says") and len(found):
        yield Sentence(
            "Beside harm stand the measures of partners, of their latest period: Spearman's rank agreement with an "
            f"interval that counts neighbours that are alike as fewer areas. {NO_CAUSE}"
        )


def _withheld(shown: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What is said of measures that are marked above OFFICIAL is withheld."""
    dictionary = tables["indicator_dictionary"]
    marks = dictionary.drop_duplicates("measure", keep="last").set_index("measure")["marking"]
    closed = (shown.index.to_series().map(marks) != "OFFICIAL").to_numpy(dtype=bool)
    numbers = [name for name in ("estimate", "low_95", "high_95") if name in shown.columns]
    return shown.assign(**{name: shown[name].mask(closed) for name in numbers})


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    """Where harm and each measure are worst, for the measures that have a worse end."""
    table, agreement = tables["indicator_overlay"], tables["indicator_agreement"]
    if not (has_columns(table, "stands_out harm_place value_place") and has_columns(agreement, "direction says")):
        return
    for key, rows in table.groupby("measure", sort=True):
        told = pd.Series(agreement.loc[key])
        mine = rows.set_index(AREA)
        if told["direction"] == "neutral" or not mine["stands_out"].notna().any():
            continue
        worst = IndicatorOverlaySettings().worst
        first = worst_places(int(told["areas"]), worst)
        sides = [mine[f"{side}_place"].astype(float) <= first for side in ("harm", "value")]
        where = pd.Series("neither", index=mine.index).mask(sides[1], "measure").mask(sides[0], "harm")
        where = where.mask(mine["stands_out"].fillna(False).astype(bool), "both").mask(mine["stands_out"].isna())
        yield DashboardLayer(
            key=f"beside:{key}",
            label=f"Harm beside: {told['name']}",
            short="Beside",
            unit=f"the worst {percent(worst)} of the areas by harm, and by the measure in {told['period']}",
            note=str(told["says"]),
            values=where,
            categories=_WHERE,
            disclosure="keep",
        )


_TABLES: Final = (
    TableSpec(
        name="indicator_overlay",
        meaning="an area beside a measure of a partner",
        dashboard=DashboardPart(layers=_dashboard, place=62),
        columns=(
            *AREA_CODE,
            *NAME_OF_AREA,
            *PARENT_OF_AREA,
            *named("keep", measure="key of the measure"),
            *REASON,
            *named(
                "withhold",
                harm="measure of harm that is set beside the measure of the partner",
                value="value of the measure in its latest period",
                harm_place="place by harm; 1 has most",
                value_place="place by the measure; 1 is the worst",
                stands_out="whether it is among the worst of both",
            ),
        ),
    ),
    TableSpec(
        name="indicator_agreement",
        meaning="a measure of a partner beside harm; index `measure`",
        sheet=SheetSpec(
            title="Harm beside indicators",
            place=103,
            note=f"How far the order of harm and that of each measure agree. {NO_CAUSE}",
        ),
        told=_told,
        published=_withheld,
        columns=(
            *named(
                "keep",
                name="name of the indicator or measure as printed",
                unit="unit of the measure",
                direction="whether more of it is worse",
                period="period that the measure speaks of",
                provider="who sent the indicator or measure",
                areas="areas with harm and with a value",
            ),
            *named(
                "decimals:2",
                estimate="Spearman's rho",
                low_95="lower end of the 95% interval of the value beside it",
                high_95="upper end of the 95% interval of the value beside it",
            ),
            *named(
                "withhold",
                independent_areas="independent areas that would tell as much, as neighbours are alike",
                both="areas that are among the worst of both",
                both_by_chance="areas among the worst of both where the two had nothing to do with each other",
                says="agreement in a sentence",
            ),
        ),
    ),
)

INDICATOR_OVERLAY: Final = Step[IndicatorOverlay | None](
    name="indicator_overlay",
    phase="hotspots",
    words="indicators",
    needs=(AREAS, INDEX, INDICATORS),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(IndicatorOverlaySettings,),
    pictures=(Picture(file="harm-beside-indicators.png", draw=_picture),),
)
