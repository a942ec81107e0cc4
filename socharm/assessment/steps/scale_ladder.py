"""``[scale_ladder]``: whether areas stay hot as the units change that the same crimes are counted in, where asked."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, OFFENCE
from socharm._words import joined_words, number_of
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.few_areas import FEW_AREAS
from socharm.assessment.steps.located import LOCATED
from socharm.assessment.steps.points import POINTS
from socharm.assessment.steps.weights import WEIGHTS
from socharm.errors import CoverageWarning
from socharm.hotspots.areas.scale_ladder import ScaleLadder, ScaleLadderSettings, scale_ladder
from socharm.io.weight_scheme import WeightScheme
from socharm.severity.points import HarmPoints
from socharm.severity.transforms import transform_weights
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["SCALE_LADDER"]

_FEW: Final = 99


def _run(context: Context) -> ScaleLadder | None:
    points = context[POINTS]
    if points is None:
        warnings.warn(
            "A scale ladder needs crimes with coordinates, and these have codes of areas. It is left out.",
            CoverageWarning,
            stacklevel=2,
        )
        return None
    if context[FEW_AREAS]:
        return None
    kept = [name for name in points.settings.exclude if name.startswith("place:")]
    if kept:
        warnings.warn(
            f"The scale ladder counts crimes of {joined_words(kept)} too, which [index] leaves out.",
            CoverageWarning,
            stacklevel=2,
        )
    weights = _weights_of(points, context[WEIGHTS])
    return scale_ladder(context[LOCATED], weights, context[AREAS], settings=context.recipe.part(ScaleLadderSettings))


def _weights_of(points: HarmPoints, weights: WeightScheme) -> WeightScheme:
    """Weights as the index takes them, of the offences that it counts; others are left out as by design."""
    chosen = points.settings
    table = transform_weights(weights.table, chosen.transform, cap=chosen.cap)
    counted = table.index.isin(points.by_offence[OFFENCE].unique())
    others = sorted({*weights.excluded, *map(str, table.index[~counted]), *map(str, points.unweighted.index)})
    return replace(weights, table=table[counted], excluded=tuple(others))


def _rehearsed(section: ScaleLadderSettings) -> ScaleLadderSettings:
    return replace(section, permutations=min(section.permutations, _FEW), shifts=0, jitters=0)


def _frames(found: ScaleLadder | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    return {
        "scale_ladder": found.table.drop(columns="name"),
        "scale_ladder_rungs": found.by_rung,
        "scale_ladder_tries": found.tries,
    }


def _picture(found: ScaleLadder | None, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.scale_ladder import plot_scale_ladder

    # Where no area is hot at any try there is nothing to draw.
    return (
        None if found is None or not (found.table["stability"] > 0).any() else plot_scale_ladder(found, ax=new_axes())
    )


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The most stable first."""
    found = tables["areas"][["name", "parent"]].join(tables["scale_ladder"], how="inner")
    found = found.sort_index(kind="stable")
    return found.sort_values(["stability", "hot"], ascending=False, kind="stable", na_position="last").rename_axis(AREA)


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(ScaleLadderSettings)
    if section is not None:
        sizes = joined_words([f"{size:,.0f}" for size in section.hexes])
        units = f"the areas and in hexagons of {sizes} m" if section.hexes else "the areas"
        moved = number_of(section.jitters, "time")
        more = f", points moved {moved} within {section.jitter_m:g} m" if section.jitters else ""
        yield Sentence(f"Scale ladder: Gi* of harm by square kilometre in {units}{more}.")


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables["scale_ladder"]
    if not has_columns(found, "stability"):
        return
    yield DashboardLayer(
        key="scale_ladder",
        label="Hot in other units too",
        short="Stability",
        unit="mean over units of the share of tries at which the area is hot; 1 is every try",
        gap="no harm located",
        note="The same crimes in other units, from other origins, at moved points. It is no probability.",
        values=found["stability"].astype("Float64"),
        bounds=(0.0, 0.5, 0.9),
        labels=("at no try", "up to 0.5", "above 0.5, up to 0.9", "above 0.9"),
        disclosure="keep",
    )


_SPEC: Final = TableSpec(
    name="scale_ladder",
    meaning="an area; index `area_code`",
    layer=True,
    sheet=SheetSpec(
        title="Scale ladder",
        place=104,
        note="Whether an area stays hot as the same crimes are counted in other units, from other origins and at moved "
        "points. Stability is no probability: all tries share the same crimes. Rates are per square kilometre.",
        view=_sheet,
    ),
    dashboard=DashboardPart(layers=_dashboard, place=33),
    columns=(
        *named("withhold", harm="sum of the weights of the crimes"),
        *named(
            "keep",
            hot="whether the area itself is hot, in the units that are ranked, at the points as recorded",
        ),
        *named("decimals:2", stability="mean over the units of the share of tries at which the area is hot"),
        *named(
            "keep",
            rungs_hot="units in which it is hot at more than half of the tries",
            rungs="kinds of unit that were tried, the areas themselves among them",
        ),
    ),
)

#: How often an area is hot in units smaller than it says where inside it crimes are: open data alone show it.
_RUNGS: Final = TableSpec(
    name="scale_ladder_rungs",
    meaning="an area, and a kind of unit",
    secret=True,
    settings=(ScaleLadderSettings,),
    columns=(
        *AREA_CODE,
        *named(
            "withhold",
            rung="kind of unit",
            tries="tries in that unit",
            hot="those at which the area is hot",
            share="the same as a share of the tries",
        ),
    ),
)
_TRIES: Final = TableSpec(
    name="scale_ladder_tries",
    meaning="a way in which the crimes were counted",
    secret=True,
    settings=(ScaleLadderSettings,),
    columns=named(
        "withhold",
        rung="kind of unit",
        shift_x="metres east that the grid is laid from; 0 for its own origin",
        shift_y="metres north that the grid is laid from; 0 for its own origin",
        jitter="number of the time that points were moved; 0 for the points as recorded",
        units="units of the try",
        hot_units="those that are hot",
        areas_hot="areas that are hot at the try",
    ),
)

SCALE_LADDER: Final = Step[ScaleLadder | None](
    name="scale_ladder",
    phase="hotspots",
    words="scale_ladder",
    also_words="incidents",
    needs=(AREAS, WEIGHTS, LOCATED, POINTS, FEW_AREAS),
    section=Section(
        key="scale_ladder",
        kind=ScaleLadderSettings,
        says="whether areas stay hot in hexagons, from other origins and at moved points",
        place=146,
        optional=True,
        rehearsed=_rehearsed,
        noted=False,
    ),
    run=_run,
    tables=(_SPEC, _RUNGS, _TRIES),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(ScaleLadderSettings,),
    pictures=(Picture(file="scale_ladder.png", draw=_picture),),
    told=_told,
)
