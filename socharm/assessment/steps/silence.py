"""``[silence]``: areas that record far less than areas like them, or of which too little is known to be low."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, PERIOD
from socharm._words import number_of
from socharm.assessment.spatial_sections import HotspotsSection
from socharm.assessment.steps._columns import NAME_OF_AREA, PARENT_OF_AREA, REASON, named
from socharm.assessment.steps._step import Context, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.deprivation import DEPRIVATION
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.indicators import INDICATORS, PartnerFile
from socharm.errors import DataWarning
from socharm.hotspots.areas.neighbours import neighbour_rows
from socharm.io.period_order import latest_period
from socharm.signals.silence import AREAS_A_COLUMN, LEAST_AREAS, Silence, SilenceSettings, find_silence
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import LACKING, Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["SILENCE"]


def _run(context: Context) -> Silence | None:
    index, areas = context[INDEX], context[AREAS]
    ranked = int(index.table["rankable"].sum())
    deprivation = context[DEPRIVATION]
    if deprivation is not None and not index.table.index.isin(deprivation.table.index).any():
        deprivation = None
    known = index.table.index
    if deprivation is not None:
        scores = deprivation.table["score"].reindex(known)
        ranked = int((index.table["rankable"] & scores.notna()).sum())
        deprivation = None if scores.nunique() < 2 else deprivation
    if ranked < LEAST_AREAS:
        return None
    with warnings.catch_warnings():
        # Areas without a neighbour are told of with the hotspots; here they are compared with all areas.
        warnings.simplefilter("ignore", DataWarning)
        graph = neighbour_rows(areas.loc[known], context.recipe.part(HotspotsSection))
    return find_silence(
        index,
        deprivation=deprivation,
        graph=graph,
        indicators=_measures(context[INDICATORS], known, ranked),
        settings=context.recipe.part(SilenceSettings),
    )


def _measures(files: tuple[PartnerFile, ...] | None, codes: pd.Index, areas: int) -> pd.DataFrame | None:
    """The latest values of partners' measures that police activity does not drive; None where there are too many."""
    found: dict[str, pd.Series] = {}
    for part in (file.read for file in files or ()):
        driven = set(part.dictionary.index[part.dictionary["police_driven"].astype(bool)])
        for measure, rows in part.table.groupby("measure", sort=True):
            if measure in driven:
                continue
            latest = rows[rows[PERIOD].astype(str) == latest_period(rows[PERIOD])]
            values = latest.drop_duplicates(AREA).set_index(AREA)["value"].reindex(codes)
            if values.min() < values.max():
                found[str(measure)] = values
    if not found or len(found) * AREAS_A_COLUMN > areas - 2 * AREAS_A_COLUMN:
        return None
    return pd.DataFrame(found, index=codes)


def _told(_: Recipe, __: Mapping[str, Any]) -> Iterable[Sentence]:
    yield Sentence(
        "Low recorded crime is asked about, never called safe.",
        LACKING,
        place=40,
    )


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Areas to ask about first, of these the least probable."""
    return tables["silence"].sort_values(["ask", "p"], ascending=[False, True], kind="stable", na_position="last")


def _values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    found = tables["silence"]
    return {"ask": int(found["ask"].sum())} if has_columns(found, "ask") else {}


def _lines(summary: Mapping[str, Any]) -> Iterable[str]:
    if summary.get("ask"):
        yield f"Ask about {number_of(summary['ask'], 'area')}: few reports do not show little harm"


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables["silence"]
    if has_columns(found, "ask"):
        yield DashboardLayer(
            key="silence",
            label="Areas to ask about",
            short="Ask",
            unit="fewer crimes on record than areas like it, or gaps behind a low rank",
            note="Few reports do not show little harm. An area that is not marked is not thereby safe.",
            values=found["ask"].map({True: "ask", False: "none"}),
            categories={
                "ask": Category(label="ask", colour="#6a51a3"),
                "none": Category(label="no question from the data", colour="#f2f2f2"),
            },
            disclosure="keep",
        )


_SPEC: Final = TableSpec(
    name="silence",
    meaning="an area; index `area_code`",
    layer=True,
    sheet=SheetSpec(
        title="Ask",
        place=13,
        note="Areas to ask about: few reports do not show little harm, and an area that is not asked about is not "
        "thereby safe.",
        view=_sheet,
    ),
    summary=SummaryPart(values=_values, lines=_lines, place=16),
    dashboard=DashboardPart(layers=_dashboard, place=28),
    columns=(
        *NAME_OF_AREA,
        *PARENT_OF_AREA,
        *named(
            "keep",
            ask="whether it is asked about",
            grounds="why it is asked about",
            says="question in a sentence",
        ),
        *REASON,
        *named(
            "withhold",
            crimes="crimes that have a weight",
            expected="crimes that areas like it record",
            low_95="lower end of the 95% interval of the crimes of areas like it",
            high_95="upper end of the 95% interval of the crimes of areas like it",
            ratio="recorded over expected crimes",
            p="probability of so few where all is reported",
            q="probability of so few where all is reported, corrected for the number of areas",
        ),
    ),
)

SILENCE: Final = Step[Silence | None](
    name="silence",
    phase="hotspots",
    words="silence",
    switch="silence",
    switch_says="areas to ask about, as they record far less than areas like them",
    needs=(AREAS, INDEX, DEPRIVATION, INDICATORS),
    section=Section(
        key="silence",
        kind=SilenceSettings,
        says="areas to ask about, as they record far less than areas like them",
        place=96,
        noted=False,
    ),
    run=_run,
    tables=(_SPEC,),
    frames=lambda found: {} if found is None else {"silence": found.table},
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(SilenceSettings,),
    told=_told,
)
