"""``[ranking]``: areas in order of priority, with the intervals of their ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._columns import AREA, OFFENCE, RANK
from socharm._words import number_of
from socharm.assessment.disclosing import published_about
from socharm.assessment.steps._columns import AREA_CODE, AREA_NAMES, NAME_OF_AREA, RANKS, REASON, named
from socharm.assessment.steps._leaders import first_page, ranked_lines, ranked_values, top_lines, top_values
from socharm.assessment.steps._recount import recounted_rate
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.index import INDEX, harm_rate
from socharm.publish.disclosure import PublishedTables
from socharm.ranking.ranking_settings import RankingSettings
from socharm.ranking.ranks import Ranking, rank_areas, require_room
from socharm.snapshot.centres import CENTRE_NOTE, centres_of, marked_names
from socharm.snapshot.dashboard_layer import DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.recount import Recount
from socharm.snapshot.sentence import LACKING, Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["RANKING"]

_FEW_DRAWS: Final = 100
#: Offences that the harm of an area is said to be made of.
_NAMED_OFFENCES: Final = 3
_NOTE: Final = (
    "Rank 1 has the highest harm rate: by the mean of the rank over draws of that rate, so an area may stand above one "
    "with a slightly higher rate. 90% from and 90% to enclose the rank with 90% probability, given these weights and "
    "populations. Areas whose intervals overlap may still be in a likely order."
)


def _run(context: Context) -> Ranking:
    index = context[INDEX]
    require_room(context.stated.part(RankingSettings).draws, len(index.model.areas))
    return rank_areas(index, settings=context.recipe.part(RankingSettings))


def _frames(ranking: Ranking) -> dict[str, pd.DataFrame]:
    return {
        "ranking": ranking.table,
        "top_k": ranking.top_k.reset_index() if ranking.top_k.index.nlevels > 1 else ranking.top_k,
        "parents": ranking.parents,
        "unrankable": ranking.unrankable,
        "drivers": ranking.drivers,
    }


def _ranking_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    ordered = tables["ranking"].sort_values("rank", kind="stable", na_position="last")
    return ordered.assign(name=marked_names(ordered["name"], centres_of(tables)))


def _ranking_note(tables: Mapping[str, pd.DataFrame]) -> str:
    return f"{_NOTE} {CENTRE_NOTE}" if len(centres_of(tables)) else _NOTE


#: Probabilities below this would be printed as 0.0%.
_SHOWN: Final = 0.0005


def _says_nothing(top: pd.DataFrame) -> pd.Series:
    """Rows whose probability would be printed as none; a missing one says that it is not known."""
    return top["probability"] < _SHOWN


def _top_k_note(tables: Mapping[str, pd.DataFrame]) -> str:
    top = tables["top_k"]
    left = int(_says_nothing(top).sum())
    if not left:
        return ""
    return (
        f"Left out: {number_of(left, 'row')} of {len(top):,} with a probability under {_SHOWN:.2%}, which would be "
        "printed as 0.0%. The table of the assessment has them."
    )


def _top_k_sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    told = tables["top_k"][~_says_nothing(tables["top_k"])]
    top = told.merge(tables["areas"][["name", "parent"]], left_on="area_code", right_index=True, how="left")
    sorted_rows = top.sort_values(["size", "probability"], ascending=[True, False], kind="stable")
    first = ["area_code", "name", "parent"]
    return sorted_rows[[*first, *(column for column in top.columns if column not in first)]]


def _intervals(ranking: Ranking, drawing: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.intervals import plot_intervals

    named = ranking.table.assign(**drawing.names_for(ranking.table))
    return plot_intervals(replace(ranking, table=named), ax=new_axes())


def _published(ranking: Ranking, published: PublishedTables) -> Ranking:
    tables = published.tables
    about = published_about(ranking.about, published)
    return replace(ranking, table=tables["ranking"], top_k=tables["top_k"], about=about)


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    yield Sentence(
        "A gamma-Poisson model draws each area's rate towards what areas have, the more the fewer crimes it has; ranks "
        f"and their intervals come from {number_of(recipe.part(RankingSettings).draws, 'draw')} of it, with seed "
        f"{recipe.assessment.seed}."
    )


def _told_unrankable(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    if len(tables["unrankable"]):
        without = number_of(len(tables["unrankable"]), "area has", "areas have")
        yield Sentence(f"{without} no rank; no rank does not mean little harm.", LACKING, place=30)


def _rehearsed(section: RankingSettings) -> RankingSettings:
    return replace(section, draws=min(section.draws, _FEW_DRAWS))


def _recount(recount: Recount) -> pd.DataFrame:
    return pd.DataFrame({"rate": recount.made["index"]["rate"].reindex(recount.tables["ranking"].index)})


def _recount_parents(recount: Recount) -> pd.DataFrame:
    tables, index = recount.tables, recount.made["index"]
    exposure = tables["index"]["exposure"].astype(float)
    ranked = tables["ranking"]["rank"].reindex(index.index).notna()
    known = index["harm"].notna() & exposure.notna() & ranked
    parent = tables["areas"]["parent"].reindex(index.index)
    harm, people = (values.where(known).groupby(parent).sum() for values in (index["harm"], exposure))
    return pd.DataFrame({"rate": recounted_rate(harm, people, recount).reindex(tables["parents"].index)})


def _recount_drivers(recount: Recount) -> pd.DataFrame:
    index, order = recount.made["index"], recount.tables["drivers"].index
    sums = recount.made["cells"].groupby([AREA, OFFENCE], observed=True)["harm"].sum().reset_index()
    whole = sums.groupby(AREA, observed=True)["harm"].transform("sum")
    sums["share"] = sums["harm"] / whole.where(whole > 0)
    first = sums[sums["harm"] > 0].sort_values([AREA, "harm", OFFENCE], ascending=[True, False, True], kind="stable")
    first = first.groupby(AREA, observed=True).head(_NAMED_OFFENCES)
    text = first[OFFENCE].astype("str").str.replace("-", " ") + pd.Series(
        [f" {share:.0%}" for share in first["share"]], index=first.index, dtype="str"
    )
    total, middle = float(index["harm"].sum()), float(index["rate"].median())
    return pd.DataFrame(
        {
            "crimes": index["crimes"].reindex(order),
            "harm": index["harm"].reindex(order),
            "share_of_harm": index["harm"].reindex(order) / total if total > 0 else np.nan,
            "made_of": text.groupby(first[AREA], observed=True).agg(", ".join).reindex(order).astype("string"),
            "times_middle": index["rate"].reindex(order) / middle if middle > 0 else np.nan,
        },
        index=order,
    )


#: Classes of a probability.
_BOUNDS: Final = (0.05, 0.2, 0.5, 0.8, 0.95)
_WORDS: Final = ("up to 5%", "5 to 20%", "20 to 50%", "50 to 80%", "80 to 95%", "over 95%")


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    top = tables["top_k"]
    if not has_columns(top, f"{AREA} k probability"):
        return
    sizes = top["k"].astype(str)
    for k in dict.fromkeys(sizes):
        yield DashboardLayer(
            key=f"top:{k}",
            short=f"In the top {k}",
            label=f"Probability to be in the top {k}",
            note="How likely the area is among those with the highest harm rate, given the counts.",
            values=top[sizes == k].set_index(AREA)["probability"],
            bounds=_BOUNDS,
            labels=_WORDS,
            probability=True,
        )


_TABLES: Final = (
    TableSpec(
        name="ranking",
        orders="rank",
        meaning="an area; index `area_code`",
        recomputed=_recount,
        needed=True,
        layer=True,
        sheet=SheetSpec(title="Ranking", place=1, lists=True, note=_ranking_note, view=_ranking_sheet),
        summary=SummaryPart(values=top_values, lines=top_lines, place=10),
        first_page=first_page,
        look=harm_rate,
        columns=(
            *AREA_NAMES,
            *named("cells", rate="harm per resident (or other denominator) and year, as it was recorded"),
            *named(
                "withhold",
                rate_shrunk="harm per resident (or other denominator) and year, chance allowed for; it is ranked",
            ),
            *RANKS,
            *named(
                "keep",
                mix_low_90="first rank of the 90% interval if offence mixes differed more",
                mix_high_90="last rank of the 90% interval if offence mixes differed more",
                mix_low_95="first rank of the 95% interval if offence mixes differed more",
                mix_high_95="last rank of the 95% interval if offence mixes differed more",
                rank_parent="rank among the areas of its district",
                rank_parent_low_90="first rank of the 90% interval of the rank in the district",
                rank_parent_high_90="last rank of the 90% interval of the rank in the district",
                rank_force="rank among the areas of its force",
                rank_force_low_90="first rank of the 90% interval of the rank in the force",
                rank_force_high_90="last rank of the 90% interval of the rank in the force",
            ),
            *REASON,
        ),
    ),
    TableSpec(
        name="top_k",
        meaning="an area and a size of the top",
        needed=True,
        sheet=SheetSpec(title="Top k", note=_top_k_note, place=3, lists=True, view=_top_k_sheet),
        dashboard=DashboardPart(layers=_dashboard, place=50),
        columns=(
            *AREA_CODE,
            *named(
                "keep",
                k="the top as the recipe asks for it, in areas or in per cent",
                size="how many areas are meant by the top",
            ),
            *named("probability", probability="probability to be in the top"),
        ),
    ),
    TableSpec(
        name="parents",
        meaning="a district; index `parent`",
        recomputed=_recount_parents,
        needed=True,
        sheet=SheetSpec(title="Districts", place=4, lists=True),
        columns=(
            *named("keep", areas="areas of the district that have a rank"),
            *named("cells", rate="harm per resident (or other denominator) and year, as it was recorded"),
            *RANKS,
        ),
    ),
    TableSpec(
        name="unrankable",
        meaning="an area that cannot be ranked; index `area_code`",
        needed=True,
        sheet=SheetSpec(title="Not ranked", place=10),
        told=_told_unrankable,
        summary=SummaryPart(values=ranked_values, lines=ranked_lines, place=40),
        columns=(*NAME_OF_AREA, *REASON),
    ),
    TableSpec(
        name="drivers",
        meaning="what the harm of an area is made of; index `area_code`",
        recomputed=_recount_drivers,
        columns=(
            *named(
                "cells",
                crimes="crimes that have a weight",
                harm="sum of the weights of the crimes",
                share_of_harm="share of all harm",
                made_of="offences with most of its harm",
                times_middle="rate over the median rate of areas",
            ),
            *named(
                "withhold",
                effective_events="events of equal weight that would vary as much",
                events_for_half="fewest events that hold half of the harm",
            ),
        ),
    ),
)

RANKING: Final = Step[Ranking](
    name="ranking",
    phase="ranking",
    words="ranking",
    needs=(INDEX,),
    section=Section(
        key="ranking",
        kind=RankingSettings,
        says="the order of areas, and how sure it is",
        place=70,
        rehearsed=_rehearsed,
        noted=False,
        arguments={"seed": "[assessment] seed"},
    ),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda ranking, _: ranking.settings,
    settings_kinds=(RankingSettings,),
    pictures=(Picture(file="intervals.png", draw=_intervals),),
    published=_published,
    told=_told,
    # The one number that stands for an area on every map.
    on_maps=lambda tables: tables["ranking"].filter([RANK]),
)
