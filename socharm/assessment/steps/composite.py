"""``[composite]``: a composite index of the run's own measures and those of partners, by a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from socharm.assessment.steps._columns import NAME_OF_AREA, REASON, named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.composite_recipe import COMPOSITE_RECIPE
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.indicators import INDICATORS
from socharm.assessment.steps.overlay import OVERLAY
from socharm.assessment.steps.population import POPULATION
from socharm.assessment.uncertainty_sections import CompositeSection
from socharm.composite.index import composite_index
from socharm.composite.record import CompositeIndex
from socharm.composite.settings import CompositeSettings
from socharm.io.indicator_record import Indicators
from socharm.snapshot.spec import Column, SheetSpec, TableSpec

__all__ = ["COMPOSITE"]


def _run(context: Context) -> CompositeIndex | None:
    made, index, people = context[COMPOSITE_RECIPE], context[INDEX], context[POPULATION].values
    if made is None:
        return None
    below = {} if people is None else {"residents": people.values.reindex(index.table.index)}
    sent: list[pd.DataFrame | Indicators] = [_own(context), *(file.read for file in context[INDICATORS])]
    missing = context.recipe.part(CompositeSection).missing
    return composite_index(sent, made, areas=context[AREAS], denominators=below, missing=missing, about=index.about)


def _own(context: Context) -> pd.DataFrame:
    """Measures of the run itself."""
    index, population, overlay = context[INDEX], context[POPULATION].values, context[OVERLAY]
    own = pd.DataFrame({"harm_rate": index.table["rate_shrunk"].astype(float)})
    disorder = index.unweighted[index.unweighted["offence"] == "anti-social-behaviour"]
    people = None if population is None else population.values.reindex(own.index)
    if len(disorder) and people is not None:
        # Events of a year: recipes divide by `residents` themselves.
        own["asb_rate"] = disorder.set_index("area_code")["rate"].reindex(own.index) / index.settings.per * people
    if overlay is not None and overlay.settings.version == "without_crime":
        own["deprivation_without_crime"] = overlay.table["deprivation"].reindex(own.index)
    return own


def _frames(made: CompositeIndex | None) -> dict[str, pd.DataFrame]:
    if made is None:
        return {}
    return {
        "composite": made.table,
        "composite_indicators": made.indicators,
        "composite_contributions": made.contributions,
    }


def _bars(made: CompositeIndex | None, _: Drawing) -> Any:
    from socharm.maps.contributions import plot_contributions
    from socharm.maps.furniture import new_axes

    return None if made is None else plot_contributions(made, ax=new_axes())


def _indicators_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each indicator by its name as printed; its key in the recipe comes last."""
    flat = tables["composite_indicators"].reset_index()
    return flat[[*(column for column in flat.columns if column != "indicator"), "indicator"]]


_TABLES: Final = (
    TableSpec(
        name="composite",
        meaning="an area; index `area_code`",
        sheet=SheetSpec(title="Composite", place=101, note="A composite index by [composite]; rank 1 is the worst."),
        columns=(
            *NAME_OF_AREA,
            *named("figures:2", score="score of the composite index; more is worse"),
            *named("keep", rank="rank by the composite score; 1 is the worst; equals share the lower"),
            *named(
                "withhold",
                parent="district of the area",
                availability="share of the indicators that the area had before anything was filled",
                missing="indicators without a value in the end",
                imputed="values that were filled",
                priority="whether the score is above the threshold of the recipe",
            ),
            *REASON,
        ),
    ),
    TableSpec(
        name="composite_indicators",
        meaning="an indicator of the recipe; index `indicator`",
        sheet=SheetSpec(
            title="Composite indicators",
            place=101,
            note="Weights, stated and effective; what was done.",
            view=_indicators_sheet,
        ),
        columns=named(
            "withhold",
            label="name of the indicator or measure as printed",
            domain="domain of the indicator",
            kind="kind of measure",
            direction="whether more of it is worse",
            status="used, lacking, left out, or context",
            weight_stated="share of the indicator within its domain, as stated",
            weight_used="share of the indicator within its domain, as used",
            weight_effective="weight of the indicator in the whole index",
            influence="share of the variance of the score that the indicator brings",
            weight_low="lowest weight that a respondent gave",
            weight_high="highest weight that a respondent gave",
            correlation="correlation of the indicator with the score",
            known="areas with a value of the indicator",
            imputed="values that were filled",
            winsorised="values that were brought to a limit",
            treatment="what was done to the skew of the indicator",
            skew_before="skew before the treatment",
            kurtosis_before="kurtosis before the treatment",
            skew_after="skew after the treatment",
            kurtosis_after="kurtosis after the treatment",
            passes="whether the treatment was enough",
            spread="whether the indicator tells areas apart",
            source="who sent the indicator or measure",
        ),
    ),
    TableSpec(
        name="composite_contributions",
        meaning="an area, with a column for each indicator; index `area_code`",
        others=Column("an indicator", "what it adds to the score; rows add up to it", "withhold"),
    ),
)

#: Its bars are of measures that are withheld: pictures of closed input leave them out.
COMPOSITE: Final = Step[CompositeIndex | None](
    name="composite",
    phase="hotspots",
    words="composite",
    needs=(COMPOSITE_RECIPE, AREAS, INDEX, POPULATION, INDICATORS, OVERLAY),
    section=Section(
        key="composite",
        kind=CompositeSection,
        says="many measures to one score by a recipe; partners' ones come from [[indicators]]",
        place=100,
        optional=True,
        usual={"missing": "leave out"},
        earlier_keys={"lacking": "missing"},
        noted=False,
        arguments={"denominators": "[population]"},
    ),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda made, _: None if made is None else made.settings,
    settings_kinds=(CompositeSettings, None),
    pictures=(Picture(file="contributions.png", draw=_bars),),
)
