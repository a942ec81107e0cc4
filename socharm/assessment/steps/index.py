"""``[index]``: the severity index, how harm becomes a rate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._columns import AREA, OFFENCE, N
from socharm._words import day_words
from socharm.assessment.disclosing import published_about
from socharm.assessment.input_sections import PopulationSection
from socharm.assessment.steps._columns import AREA_CODE, AREA_NAMES, named
from socharm.assessment.steps._recount import (
    recount_cells,
    recount_groups,
    recount_index,
    recount_months,
    recount_unweighted,
)
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.counts import COUNTS
from socharm.assessment.steps.population import POPULATION
from socharm.assessment.steps.weights import WEIGHTS
from socharm.offences import offence_words
from socharm.publish.disclosure import PublishedTables
from socharm.severity.index import SeverityIndex, SeveritySettings, severity_index
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart, withheld_note
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import LACKING, Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec

__all__ = ["INDEX", "harm_rate"]

#: More than one of each kind of denominator.
_SEVERAL: Final = {
    "resident": "residents",
    "workday": "people of a workday",
    "households": "households",
    "street_length_km": "km of street",
}
_VIOLENCE: Final = "violence-and-sexual-offences"


def _run(context: Context) -> SeverityIndex:
    population, settings = context[POPULATION].values, context.recipe.part(SeveritySettings)
    return severity_index(context[COUNTS], context[WEIGHTS], population=population, settings=settings)


def _frames(index: SeverityIndex) -> dict[str, pd.DataFrame]:
    return {
        "cells": index.cells,
        "index": index.table,
        "by_period": _flat(index.by_period),
        "by_group": _flat(index.by_group),
        "unweighted": _flat(index.unweighted),
        "model": index.model.offences,
        "exclusions": index.exclusions,
        "bands": index.model.bands,
    }


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index() if frame.index.nlevels > 1 else frame


def _rate_map(index: SeverityIndex, drawing: Drawing) -> Any:
    from socharm.maps.choropleth import plot_choropleth

    column = "rate" if drawing.protected else "rate_shrunk"
    return plot_choropleth(drawing.areas, index, column=column, scheme=drawing.classes, **drawing.on)


def _trend(index: SeverityIndex, drawing: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.trends import plot_trend

    named = index.table.assign(**drawing.names_for(index.table), **drawing.ranks_for(index.table))
    return plot_trend(replace(index, table=named), ax=new_axes())


def _published(index: SeverityIndex, published: PublishedTables) -> SeverityIndex:
    tables = published.tables
    about = published_about(index.about, published)
    return replace(index, table=tables["index"], by_period=tables["by_period"], about=about)


def _values(tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "correlation": _correlations(tables),
        "crosswalk": manifest.get("crosswalk"),
        "overdispersion": _overdispersion(tables["model"]),
    }


def _correlations(tables: Mapping[str, pd.DataFrame]) -> dict[str, float | None]:
    index = tables["index"]
    ranked = tables["ranking"]["rank"].notna().reindex(index.index, fill_value=False)
    counts = tables["counts"]
    violent = counts[counts[OFFENCE] == _VIOLENCE].groupby(AREA)[N].sum().reindex(index.index, fill_value=0)
    exposure = index["exposure"].astype(float)
    others = {
        "crime_rate": index["crimes"].astype(float) / exposure,
        "violence_and_sexual_offences": violent / exposure,
    }
    return {name: _spearman(index["rate"][ranked], other[ranked]) for name, other in others.items()}


def _spearman(first: pd.Series, second: pd.Series) -> float | None:
    pair = pd.concat([first.astype(float), second.astype(float)], axis=1).dropna()
    if len(pair) < 3 or pair.iloc[:, 0].nunique() < 2 or pair.iloc[:, 1].nunique() < 2:
        return None
    return round(float(np.corrcoef(pair.rank().to_numpy(), rowvar=False)[0, 1]), 3)


def _overdispersion(model: pd.DataFrame) -> dict[str, Any]:
    phi = model["phi"].astype(float)
    return {
        "phi": {str(offence): round(float(value), 2) for offence, value in phi.items()},
        "sources": {str(k): int(v) for k, v in model["phi_source"].value_counts(sort=False).items()},
    }


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    index = recipe.part(SeveritySettings)
    transform = "" if index.transform == "raw" else f", weights transformed ({index.transform})"
    without = f"; left out: {', '.join(map(offence_words, index.exclude))}" if index.exclude else ""
    yield Sentence(f"Harm is the sum of weights, {_per(recipe)}{transform}{without}.", place=40)


def _per(recipe: Recipe) -> str:
    """What harm is divided by."""
    people, per = recipe.find(PopulationSection), recipe.part(SeveritySettings).per
    if people is None:
        return "without a denominator"
    one = people.unit or people.kind
    return f"per {one if per == 1 else f'{per:,g} {_SEVERAL.get(people.kind, one)}'} of {_day(people.date)}"


def _day(date: object) -> str:
    """The day of a denominator as people write it; what is no day stays as it was stated."""
    try:
        return day_words(dt.date.fromisoformat(str(date)))
    except ValueError:
        return str(date)


def _told_unweighted(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    unweighted = tables["unweighted"]
    names = sorted(unweighted.loc[unweighted["n"] > 0, "offence"].astype("str").unique()) if len(unweighted) else []
    if names:
        words = ", ".join(map(offence_words, names))
        yield Sentence(f"Counted without a weight, and so in no rank: {words}.", LACKING, place=40)


def _dashboard(tables: Mapping[str, pd.DataFrame], about: About) -> Iterable[DashboardLayer]:
    unit = about.unit or "weight units per head"
    note = withheld_note(tables["index"], "rate_shrunk")
    yield DashboardLayer(key="rate", label="Harm rate", unit=unit, series=True, note=note)
    yield DashboardLayer(key="harm", label="Harm", unit=unit.split(" per ")[0], series=True)


def harm_rate(tables: Mapping[str, pd.DataFrame], about: About) -> DashboardLayer:
    """The underlying harm rate of the areas that are ranked, as the printed map shows it; published counts lack it."""
    table = tables["index"]
    rate = table["rate" if withheld_note(table, "rate_shrunk") else "rate_shrunk"]
    layer = next(iter(_dashboard(tables, about)))
    return replace(layer, series=False, values=rate.where(table["rankable"].astype(bool)), gap="not rankable")


def _lines(summary: Mapping[str, Any]) -> Iterable[str]:
    names = {"crime_rate": "the crime rate", "violence_and_sexual_offences": "the violence and sexual offences rate"}
    stated = [f"{value:.2f} with {names[name]}" for name, value in summary["correlation"].items() if value is not None]
    if stated:
        yield "Rank correlation of the recorded harm rate (Spearman): " + ", ".join(stated)
    phi = summary["overdispersion"]["phi"]
    if phi:
        highest = max(phi, key=lambda offence: phi[offence])
        yield f"Variation over time beyond chance (phi): up to {phi[highest]:.1f} ({offence_words(highest)})"
    crosswalk = summary["crosswalk"]
    if crosswalk and crosswalk["counts_year"]:
        gap = crosswalk["gap_years"]
        yield f"Category weights from counts of {crosswalk['counts_year']}, {gap:.1f} years from the period"


_MODEL: Final = (
    *named("withhold", mean="mean rate: the total over what it was exposed to, so three figures of it are the total"),
    *named(
        "figures:2",
        shape="shape of the prior: how alike the rates of areas are",
        loading="how far its rate moves with what the offences of a place share",
        phi="variance over time against that of chance",
    ),
)
_TABLES: Final = (
    TableSpec(
        name="cells",
        meaning="an area, offence and month with a weight; everything else starts here",
        needed=True,
        columns=(
            *AREA_CODE,
            *named(
                "keep",
                offence="offence or category",
                period="month",
                weight="harm of one event",
                within_variance="variance of the weight inside the category",
                tau="standard deviation of the log weight between places",
                exposure="residents (or other denominator) times years of the month",
            ),
            *named("cells", n="crimes", harm="crimes x weight"),
        ),
        recomputed=recount_cells,
    ),
    TableSpec(
        name="index",
        meaning="an area; index `area_code`",
        needed=True,
        layer=True,
        rates="rate",
        sheet=SheetSpec(title="Index", place=2, lists=True),
        summary=SummaryPart(values=_values, lines=_lines),
        dashboard=DashboardPart(layers=_dashboard, place=10),
        look=harm_rate,
        recomputed=recount_index,
        columns=(
            *AREA_NAMES,
            *named(
                "keep",
                exposure="residents (or other denominator) times years",
                rankable="whether the area is ranked",
                reason="why there is no rank or value; empty where there is one",
            ),
            *named(
                "cells",
                crimes="crimes that have a weight",
                harm="sum of the weights of the crimes",
                rate="harm per resident (or other denominator) and year, as it was recorded",
                top_offence="offence with most of the harm",
                top_share="share that the offence with most harm has of the harm",
            ),
            *named(
                "withhold",
                harm_se="standard error of the harm",
                rate_se="standard error of the recorded harm rate",
                rate_shrunk="harm per resident (or other denominator) and year, chance allowed for; it is ranked",
                relative="harm rate on a scale where the base is 100",
                events_for_half="fewest events that hold half of the harm",
            ),
        ),
    ),
    TableSpec(
        name="by_period",
        meaning="an area and month",
        needed=True,
        recomputed=recount_months,
        columns=(
            *AREA_CODE,
            *named("keep", period="month", exposure="residents (or other denominator) times years of the month"),
            *named(
                "cells",
                crimes="crimes that have a weight",
                harm="sum of the weights of the crimes",
                rate="harm per resident (or other denominator) and year, as it was recorded",
            ),
        ),
    ),
    TableSpec(
        name="by_group",
        meaning="an area and group of offences",
        needed=True,
        recomputed=recount_groups,
        columns=(
            *AREA_CODE,
            *named("keep", group="group of offences; what police find by looking stands in one of its own"),
            *named(
                "cells",
                crimes="crimes that have a weight",
                harm="sum of the weights of the crimes",
                rate="harm per resident (or other denominator) and year, as it was recorded",
                share="share of the harm of the area",
            ),
        ),
    ),
    TableSpec(
        name="unweighted",
        meaning="an area and offence that has no weight",
        needed=True,
        recomputed=recount_unweighted,
        told=_told_unweighted,
        columns=(
            *AREA_CODE,
            *named("keep", offence="offence or category"),
            *named("cells", n="crimes", rate="crimes per resident (or other denominator) and year"),
        ),
    ),
    TableSpec(
        name="model",
        meaning="an offence in the model behind shrunk rates and draws; index `offence`",
        needed=True,
        columns=(
            *named(
                "keep",
                weight="harm of one event",
                tau="standard deviation of the log weight between places",
                band="band that the offence is in",
                phi_source="what phi is estimated from",
                identified="whether the counts tell the shape",
                band_weight="mean weight of the band",
            ),
            *_MODEL,
        ),
    ),
    TableSpec(
        name="exclusions",
        meaning="what was left out; index `exclusion`",
        columns=(*named("whole:10", n="crimes that it took away"), *named("figures:2", harm="harm that it took away")),
    ),
    TableSpec(
        name="bands",
        meaning="a band of offences in the model; index `band`",
        columns=(
            *named(
                "keep",
                weight="mean weight",
                second_moment="mean of the squared weights, with the spread inside categories",
                square="mean of the squared weights as used, without that spread",
                tau="standard deviation of the log weight between places",
                identified="whether the counts tell the shape",
                phi_source="what phi is estimated from",
            ),
            *_MODEL,
            *named("figures:2", phi_monthly="variance over months against that of chance"),
        ),
    ),
)

INDEX: Final = Step[SeverityIndex](
    name="index",
    phase="weighing",
    words="index",
    needs=(COUNTS, WEIGHTS, POPULATION),
    section=Section(
        key="index",
        kind=SeveritySettings,
        says="how harm becomes a rate",
        place=60,
        usual={"missing": "leave out"},
        arguments={"force": "[weights] force", "allow_stale": "[weights] allow_stale"},
    ),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda index, _: index.settings,
    settings_kinds=(SeveritySettings,),
    pictures=(Picture(file="rate.png", draw=_rate_map), Picture(file="trend.png", draw=_trend)),
    published=_published,
    told=_told,
    about=lambda index: (index.about,),
    leads=True,
)
