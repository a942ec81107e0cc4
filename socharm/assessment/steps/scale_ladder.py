"""``[scale_ladder]``: whether areas stay hot as the units change that the same crimes are counted in, where asked."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._columns import AREA
from socharm._settings import Settings, setting
from socharm._words import joined_words, number_of
from socharm.assessment.input_sections import PopulationSection
from socharm.assessment.spatial_sections import DeprivationSection
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Drawing, Picture, ReadFile, Section, Step
from socharm.assessment.steps.areas import AREAS, stated_crs
from socharm.assessment.steps.counts import COUNTS
from socharm.assessment.steps.few_areas import FEW_AREAS
from socharm.assessment.steps.located import LOCATED
from socharm.assessment.steps.points import POINTS
from socharm.assessment.steps.weights import WEIGHTS
from socharm.errors import AlignmentError, CoverageWarning
from socharm.hotspots.areas.scale_ladder import ScaleLadder, ScaleLadderSettings, scale_ladder
from socharm.io.boundaries import read_boundaries
from socharm.io.file_kinds import BOUNDARY_KINDS, kind_of
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["SCALE_LADDER", "ScaleLadderSection"]

_FEW: Final = 99


@dataclass(frozen=True, kw_only=True)
class SmallerSection(Settings):
    """``[scale_ladder.smaller]``: boundaries of smaller areas, tried as a rung of their own."""

    path: str = setting(says="file of their boundaries", example="lsoas.gpkg")
    code: str = setting(says="column of their codes", example="LSOA21CD")
    name: str = setting("smaller areas", "what the rung is called", example="LSOA")


@dataclass(frozen=True, kw_only=True)
class ScaleLadderSection(ScaleLadderSettings):
    """Choices of an assessment's scale ladder. ``[scale_ladder]`` of a recipe."""

    smaller: SmallerSection | None = setting(
        None, "boundaries of smaller areas, or those of [population.best_fit] or [deprivation.best_fit] where absent"
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """The ladder, the choices that it was asked for with, and the file of its smaller areas."""

    ladder: ScaleLadder
    settings: ScaleLadderSection
    smaller: SmallerSection | None


def _run(context: Context) -> _Found | None:
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
    section, areas = context.recipe.part(ScaleLadderSection), context[AREAS]
    smaller = _smaller_of(context.recipe, section)
    ladder = scale_ladder(
        context[LOCATED],
        context[WEIGHTS],
        areas,
        others={} if smaller is None else {smaller.name: _read(context, smaller, areas)},
        covered=context[COUNTS].coverage,
        weighing=points.settings,
        settings=section,
    )
    return _Found(ladder, section, smaller)


def _smaller_of(recipe: Recipe, section: ScaleLadderSection) -> SmallerSection | None:
    """The smaller areas that the recipe names for the ladder, or those whose shapes it carries residents by."""
    if section.smaller is not None:
        return section.smaller
    carried = (recipe.find(PopulationSection), recipe.find(DeprivationSection))
    for best_fit in (one.best_fit for one in carried if one is not None):
        if best_fit is not None and kind_of(recipe.resolve(best_fit.path)) in BOUNDARY_KINDS:
            return SmallerSection(path=best_fit.path, code=best_fit.code)
    return None


def _read(context: Context, smaller: SmallerSection, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The smaller areas with a point inside the ranked ones: a national file holds others."""
    recipe = context.recipe
    with context.words("scale_ladder.smaller"):
        read = read_boundaries(recipe.resolve(smaller.path), code=smaller.code, crs=stated_crs(recipe))
        at, _ = first_areas(read.geometry.representative_point().to_numpy(), areas)
        if (at == OUTSIDE).all():
            raise AlignmentError(
                f"None of the {number_of(len(read), 'area')} of `path` {smaller.path!r} lies in the areas of the "
                "assessment. Name boundaries of the same place."
            )
        inside: gpd.GeoDataFrame = read[at != OUTSIDE]
        return inside


def _rehearsed(section: ScaleLadderSection) -> ScaleLadderSection:
    return replace(section, permutations=min(section.permutations, _FEW), shifts=0, jitters=0)


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    ladder = found.ladder
    return {
        "scale_ladder": ladder.table.drop(columns="name"),
        "scale_ladder_rungs": ladder.by_rung,
        "scale_ladder_tries": ladder.tries,
    }


def _files(_: Recipe, found: _Found | None) -> Iterable[ReadFile]:
    if found is not None and found.smaller is not None:
        yield ReadFile(role="scale_ladder.smaller", path=found.smaller.path)


def _picture(found: _Found | None, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.scale_ladder import plot_scale_ladder

    # Where no area is hot at any try there is nothing to draw.
    if found is None or not (found.ladder.table["stability"] > 0).any():
        return None
    return plot_scale_ladder(found.ladder, ax=new_axes())


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The most stable first."""
    found = tables["areas"][["name", "parent"]].join(tables["scale_ladder"], how="inner")
    found = found.sort_index(kind="stable")
    return found.sort_values(["stability", "hot"], ascending=False, kind="stable", na_position="last").rename_axis(AREA)


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(ScaleLadderSection)
    if section is not None:
        smaller = _smaller_of(recipe, section)
        sizes = joined_words([f"{size:,.0f}" for size in section.hexes])
        ways = ["the areas", *([] if smaller is None else [smaller.name])]
        units = joined_words([*ways, *([f"hexagons of {sizes} m"] if section.hexes else [])])
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
    settings=(ScaleLadderSection,),
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
    settings=(ScaleLadderSection,),
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

SCALE_LADDER: Final = Step[_Found | None](
    name="scale_ladder",
    phase="hotspots",
    words="scale_ladder",
    also_words="incidents",
    needs=(AREAS, WEIGHTS, LOCATED, COUNTS, POINTS, FEW_AREAS),
    section=Section(
        key="scale_ladder",
        kind=ScaleLadderSection,
        says="whether areas stay hot in hexagons, from other origins and at moved points",
        place=146,
        optional=True,
        rehearsed=_rehearsed,
        noted=False,
        subjects={"size": "hexes"},
    ),
    run=_run,
    files=_files,
    tables=(_SPEC, _RUNGS, _TRIES),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(ScaleLadderSection,),
    pictures=(Picture(file="scale_ladder.png", draw=_picture),),
    told=_told,
)
