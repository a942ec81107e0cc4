"""``[classes]``: rank sets, and which areas are in the top for sure or very likely."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._words import area_noun, harm_per, number_of
from socharm.assessment.recipe_rules import top_fault
from socharm.assessment.steps._columns import NAME_OF_AREA, REASON, named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.areas import AREAS, square_kilometres
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.ranking import RANKING
from socharm.assessment.uncertainty_sections import ClassesSection
from socharm.errors import DataWarning, RefusedError
from socharm.publish.disclosure import PublishedTables
from socharm.ranking.confidence_sets import RankSets, RankSetSettings, rank_confidence_sets
from socharm.ranking.probable_top import classify_probable_top
from socharm.ranking.ranking_settings import RankingSettings
from socharm.ranking.ranks import Ranking
from socharm.ranking.top_classes import TopClasses, classify_top
from socharm.severity.index import SeverityIndex
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["CLASSES", "Classes"]

_FEW_DRAWS: Final = 1_000


@dataclass(frozen=True, eq=False)
class Classes:
    """Rank sets of the areas, and the classes of the top; none where too few areas are ranked."""

    sets: RankSets | None = None
    tops: TopClasses | None = None


def _run(context: Context) -> Classes:
    index = context[INDEX]
    if int(index.table["rankable"].sum()) < 2:
        warnings.warn("Fewer than 2 areas are ranked: no classes of areas.", DataWarning, stacklevel=2)
        return Classes()
    try:
        return _classes(context.recipe, context[AREAS], index, context[RANKING])
    except RefusedError as error:
        warnings.warn(f"No classes of areas: {error}", DataWarning, stacklevel=2)
        return Classes()


def _classes(recipe: Recipe, areas: gpd.GeoDataFrame, index: SeverityIndex, ranking: Ranking) -> Classes:
    section = recipe.part(ClassesSection)
    sets = rank_confidence_sets(index, level=section.level, draws=section.draws, seed=recipe.assessment.seed)
    if section.basis == "rank sets":
        size = square_kilometres(areas) if section.size == "km2" else section.size
        return Classes(sets, classify_top(sets, k=_top_of(recipe), size=size, minimum_pai=section.minimum_pai))
    if not recipe.part(RankingSettings).top:
        return Classes(sets)
    return Classes(sets, classify_probable_top(ranking, k=_top_of(recipe), level=section.level))


def _top_of(recipe: Recipe) -> int | str:
    """The top that classes speak of; the last that the ranking asks for unless stated."""
    top, stated = recipe.part(RankingSettings).top or ("10%",), recipe.part(ClassesSection).k
    return top[-1] if stated is None else stated


def _frames(made: Classes) -> dict[str, pd.DataFrame]:
    tables = {} if made.sets is None else {"rank_sets": made.sets.table}
    if made.tops is not None:
        tables |= {"top_classes": made.tops.table, "top_cutoffs": made.tops.cutoffs}
    return tables


def _top_map(made: Classes, drawing: Drawing) -> Any:
    from socharm.maps.top_k import plot_top_k

    return None if made.tops is None else plot_top_k(drawing.areas, made.tops, **drawing.on)


def _published(made: Classes, published: PublishedTables) -> Classes:
    """Classes by the published tables: the order of areas on the map would tell the withheld one."""
    if made.tops is None:
        return made
    tables = published.tables
    return replace(made, tops=replace(made.tops, table=tables["top_classes"], cutoffs=tables["top_cutoffs"]))


def _faults(recipe: Recipe) -> Iterable[str]:
    section, top = recipe.part(ClassesSection), recipe.part(RankingSettings).top
    if section.basis == "probability":
        yield from top_fault(section.k, top)


def _rehearsed(section: ClassesSection) -> ClassesSection:
    # Rank sets need the more draws the surer they are.
    least = math.ceil(section.level / (1 - section.level)) + 1
    return replace(section, draws=min(section.draws or _FEW_DRAWS, max(_FEW_DRAWS, least)))


def _class_note(tables: Mapping[str, pd.DataFrame]) -> str:
    """What the classes of these tables mean; they are of one kind."""
    if "very_likely" in tables["top_cutoffs"].columns:
        return "Very likely, possibly or very unlikely in the top: each area alone."
    return "In the top for sure, possibly or not: for all areas at once."


def _look(tables: Mapping[str, pd.DataFrame], about: About) -> DashboardLayer | None:
    table, cut = tables["top_classes"], tables["top_cutoffs"]
    if not has_columns(table, "class k level") or not len(table):
        return None
    from socharm.maps.label_colours import TOP_COLOURS

    names = [name for name in TOP_COLOURS if name.replace(" ", "_") in cut.columns]
    size, level = table["k"].dropna().iloc[0], table["level"].dropna().iloc[0]
    return DashboardLayer(
        key="top_classes",
        label=f"In the {number_of(int(size), area_noun(table.index))} with the most {harm_per(about.unit)}",
        unit=f"{level * 100:g}%",
        gap="not rankable",
        note=_class_note(tables),
        values=table["class"],
        categories={name: Category(label=name, colour=TOP_COLOURS[name]) for name in names},
    )


def _sure(tables: Mapping[str, pd.DataFrame]) -> Iterable[str]:
    cut = tables["top_cutoffs"]
    for column, words, of in (("for_sure", "for sure", "all at once"), ("very_likely", "very likely", "each alone")):
        if has_columns(cut, f"{column} possibly"):
            lines = [
                f"top {k}: {int(row[column])} {words}, {int(row['possibly'])} possibly" for k, row in cut.iterrows()
            ]
            yield f"Areas that belong to the top ({of}): {'; '.join(lines)}."


_JOINT: Final = named(
    "keep",
    joint_low="lowest rank that cannot be ruled out, for all areas at once",
    joint_high="highest rank that cannot be ruled out, for all areas at once",
)
_TABLES: Final = (
    TableSpec(
        name="top_classes",
        meaning="an area and its class; index `area_code`",
        layer=True,
        look=_look,
        sheet=SheetSpec(
            title="Top classes",
            note=_class_note,
        ),
        columns=(
            *NAME_OF_AREA,
            *named("probability", estimate="what a class is made of: a probability or a rate"),
            *named("withhold", rank_observed="rank by the recorded rate alone"),
            *_JOINT,
            *named(
                "keep",
                rank_low_95="first rank of the 95% interval of an area by itself",
                rank_high_95="last rank of the 95% interval of an area by itself",
                k="how many areas are meant by the top",
                level="confidence of the classes",
                **{"class": "for sure, possibly, not; or very likely, possibly, very unlikely; or not rankable"},
            ),
            *REASON,
        ),
    ),
    TableSpec(
        name="rank_sets",
        meaning="an area and the ranks that it can have; index `area_code`",
        sheet=SheetSpec(title="Rank sets", note="Ranks that cannot be ruled out at the stated confidence."),
        columns=(
            *NAME_OF_AREA,
            *named(
                "withhold",
                estimate="rate that the set of ranks is made of",
                se="standard error of the rate that the set of ranks is made of",
                amount="harm or crimes that the set of ranks is made of",
                events="how many equally heavy crimes would vary as much as the harm",
                rank_observed="rank by the recorded rate alone",
            ),
            *named(
                "keep",
                exposure="residents (or other denominator) times years",
                rank_set_low="lowest rank that cannot be ruled out, for the area alone",
                rank_set_high="highest rank that cannot be ruled out, for the area alone",
            ),
            *_JOINT,
            *REASON,
        ),
    ),
    TableSpec(
        name="top_cutoffs",
        meaning="a size of the top, and how many areas are in each class of it; index `k`",
        dashboard=DashboardPart(sure=_sure),
        columns=(
            *named(
                "keep",
                for_sure="areas in it for sure, all at once",
                possibly="areas possibly in it",
                very_likely="areas very likely in it, each alone",
                very_unlikely="areas very unlikely in it, each alone",
                **{"not": "areas not in it, all at once"},
            ),
            *named(
                "decimals:2",
                separation="share of the candidates that are in the first class",
                share_places="share of all places that the first k are",
                share_held="share of the amount that they hold",
                pai="share held over share of places",
            ),
        ),
    ),
)

CLASSES: Final = Step[Classes](
    name="classes",
    phase="uncertainty",
    words="classes",
    switch="classes",
    switch_says="who is in the top, and how surely",
    needs=(AREAS, INDEX, RANKING),
    section=Section(
        key="classes",
        kind=ClassesSection,
        says="who is in the top",
        place=90,
        rehearsed=_rehearsed,
        noted=False,
        faults=_faults,
    ),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda made, _: None if made.sets is None else made.sets.settings,
    settings_kinds=(RankSetSettings, None),
    pictures=(Picture(file="top_k.png", draw=_top_map),),
    published=_published,
)
