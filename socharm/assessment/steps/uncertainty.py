"""``[uncertainty]``: what other defensible choices would do to the ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from socharm.assessment.recipe_rules import window_faults
from socharm.assessment.steps._columns import AREA_CODE, AREA_NAMES, RANKS, named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.counts import COUNTS
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.population import POPULATION
from socharm.assessment.steps.weights import WEIGHTS
from socharm.assessment.uncertainty_sections import UncertaintySection
from socharm.ranking.ranking_settings import RankingSettings
from socharm.ranking.uncertainty import rank_uncertainty
from socharm.ranking.uncertainty_record import RankUncertainty, RankUncertaintySettings
from socharm.severity.index import SeveritySettings
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["UNCERTAINTY"]

_SMALL_BASE: Final = 16


def _run(context: Context) -> RankUncertainty:
    recipe, people = context.recipe, context[POPULATION].values
    section, index = recipe.part(UncertaintySection), recipe.part(SeveritySettings)
    population = {people.kind if people is not None else "none": people}
    if section.without_denominator and people is not None:
        population["none"] = None
    return rank_uncertainty(
        context[COUNTS],
        context[WEIGHTS],
        population,
        transform=tuple(dict.fromkeys((index.transform, *section.transform))),
        tau=tuple(dict.fromkeys((1.0, *section.tau))),
        window={"whole period": None, **section.windows},
        exclude={"as stated": index.exclude, **section.exclude},
        shrinkage=tuple(dict.fromkeys((True, *section.shrinkage))),
        offences=index.offences,
        top=recipe.part(RankingSettings).top,
        base=section.base,
        seed=recipe.assessment.seed,
    )


def _frames(made: RankUncertainty | None) -> dict[str, pd.DataFrame]:
    if made is None:
        return {}
    return {
        "uncertainty_ranking": made.table,
        "uncertainty_factors": made.summary,
        "uncertainty_choices": made.by_choice,
        "uncertainty_shares": made.shares,
    }


def _sensitivity(made: RankUncertainty | None, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.sensitivity import plot_sensitivity

    return None if made is None else plot_sensitivity(made, ax=new_axes())


def _told(_: Recipe, __: Mapping[str, Any]) -> Iterable[Sentence]:
    yield Sentence("The ranks were also made with other defensible choices; the draws vary these and chance together.")


def _faults(recipe: Recipe) -> Iterable[str]:
    section = recipe.find(UncertaintySection)
    return () if section is None else window_faults(section.windows, recipe.assessment.period)


def _rehearsed(section: UncertaintySection) -> UncertaintySection:
    return replace(section, base=min(section.base, _SMALL_BASE))


_FIRST: Final = "share of the variance of the rank that goes when the factor alone is known"
_TOTAL: Final = "share of the variance of the rank that stays when all but the factor are known"
_TABLES: Final = (
    TableSpec(
        name="uncertainty_ranking",
        earlier_names=("doubt_ranking",),
        earlier_columns={"main_doubt": "main_factor"},
        meaning="an area and its rank over all stated choices and chance; index `area_code`",
        columns=(
            *AREA_NAMES,
            *named("keep", rank_stated="rank under the stated choices and chance alone"),
            *RANKS,
            *named("withhold", rank_variance="variance of the rank"),
            *named("keep", main_factor="factor with the largest total share"),
        ),
    ),
    TableSpec(
        name="uncertainty_choices",
        earlier_names=("doubt_choices",),
        meaning="an alternative of a factor",
        sheet=SheetSpec(title="Other choices", note="What each alternative does to the order."),
        columns=(
            *named(
                "keep",
                factor="choice that can be made otherwise",
                alternative="another way to make the choice",
                probability="how often the alternative was drawn",
            ),
            *named("decimals:2", spearman="correlation of its mean ranks with the stated ones"),
            *named("decimals:1", top_10_kept="share of the stated first ten that stay"),
        ),
    ),
    TableSpec(
        name="uncertainty_factors",
        earlier_names=("doubt_factors",),
        meaning="a factor: what could have been chosen otherwise; index `factor`",
        sheet=SheetSpec(title="Uncertainty by factor", note="Shares of the variance of ranks: alone, and with others."),
        columns=(
            *named("keep", alternatives="how many alternatives a factor has"),
            *named("decimals:2", first=_FIRST, total=_TOTAL),
        ),
    ),
    TableSpec(
        name="uncertainty_shares",
        earlier_names=("doubt_shares",),
        meaning="an area and factor",
        columns=(
            *AREA_CODE,
            *named("keep", factor="choice that can be made otherwise"),
            *named(
                "withhold",
                first=_FIRST,
                total=_TOTAL,
                first_se="standard error of the first share",
                total_se="standard error of the total share",
            ),
        ),
    ),
)

UNCERTAINTY: Final = Step[RankUncertainty | None](
    name="uncertainty",
    phase="uncertainty",
    words="uncertainty",
    needs=(COUNTS, WEIGHTS, POPULATION, INDEX),
    section=Section(
        key="uncertainty",
        kind=UncertaintySection,
        says="what other choices would do to the ranks; the stated choice comes first",
        place=80,
        optional=True,
        usual={"transform": ("raw", "sqrt", "log"), "tau": (1.0, 0.0, 2.0), "shrinkage": (True, False)},
        rehearsed=_rehearsed,
        noted=False,
        faults=_faults,
    ),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda made, _: None if made is None else made.settings,
    settings_kinds=(RankUncertaintySettings,),
    pictures=(Picture(file="sensitivity.png", draw=_sensitivity),),
    # Shares of variance over all areas tell of no single count.
    published=lambda made, _: made,
    told=_told,
)
