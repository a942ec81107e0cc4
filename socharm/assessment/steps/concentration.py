"""How few areas hold how much of the crimes and of the harm, where enough areas are ranked."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from socharm._columns import AREA, OFFENCE, N
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Drawing, Picture, Step
from socharm.assessment.steps.few_areas import FEW_AREAS
from socharm.assessment.steps.index import INDEX
from socharm.hotspots.areas.concentration import Concentration, ConcentrationSettings, classify_concentration
from socharm.snapshot.recount import Recount
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["CONCENTRATION"]


def _run(context: Context) -> Concentration | None:
    if context[FEW_AREAS]:
        return None
    return classify_concentration(context[INDEX], seed=context.recipe.assessment.seed)


def _frames(found: Concentration | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    return {
        "concentration": found.shares,
        "lorenz": found.lorenz,
        "gini": found.gini,
        "theil": found.theil,
        "location_quotients": found.quotients,
    }


def _curve(found: Concentration | None, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.lorenz import plot_lorenz

    return None if found is None else plot_lorenz(found, ax=new_axes())


def _recount_quotients(recount: Recount) -> pd.DataFrame:
    old = recount.tables["location_quotients"]
    if not len(old):
        return pd.DataFrame({N: [], "quotient": []})
    sums = recount.made["cells"].groupby([AREA, OFFENCE], observed=True)[N].sum()
    found = sums.reindex(pd.MultiIndex.from_frame(old[[AREA, OFFENCE]])).set_axis(old.index).astype(float)
    here = found.groupby(old[AREA]).transform("sum")
    everywhere = found.groupby(old[OFFENCE]).transform("sum") / found.sum()
    quotient = found / here.where(here > 0) / everywhere.where(everywhere > 0)
    return pd.DataFrame({N: found, "quotient": quotient.where(old["quotient"].notna())})


_TABLES: Final = (
    TableSpec(
        name="concentration",
        meaning="a question about crimes or harm, and its answer",
        sheet=SheetSpec(
            title="Concentration",
            place=102,
            note="Intervals: bootstrap over areas.",
            formats=dict.fromkeys(("value", "low_95", "high_95"), "0.0%"),
        ),
        columns=(
            *named("keep", measure="crimes or harm", question="what is asked of the concentration"),
            *named(
                "decimals:2",
                value="answer to the question",
                low_95="lower end of the 95% interval of the value beside it",
                high_95="upper end of the 95% interval of the value beside it",
            ),
        ),
    ),
    TableSpec(
        name="lorenz",
        meaning="a point of the Lorenz curve, from the area with most",
        columns=(
            *named("keep", measure="crimes or harm", share_areas="share of the areas"),
            *named(
                "decimals:2",
                share_held="share that they hold",
                low_95="lower end of the 95% interval of the value beside it",
                high_95="upper end of the 95% interval of the value beside it",
            ),
        ),
    ),
    TableSpec(
        name="gini",
        meaning="crimes or harm; index `measure`",
        columns=(
            *named(
                "decimals:2",
                gini="Gini coefficient",
                generalised="generalised coefficient, for few events over many areas",
                low_95="lower end of the 95% interval of the value beside it",
                high_95="upper end of the 95% interval of the value beside it",
                chance="coefficient that equal rates would show by chance",
                chance_low_95="where 95% of such forces begin",
                chance_high_95="where they end",
                corrected="generalised less chance; 0 where rates are equal",
                corrected_low_95="lower end of its interval",
                corrected_high_95="its upper end",
            ),
            *named("whole:10", events="events; effective ones of harm"),
        ),
    ),
    TableSpec(
        name="theil",
        meaning="crimes or harm; index `measure`",
        columns=named(
            "decimals:2",
            theil="Theil's index",
            between="between districts",
            within="inside districts",
            share_between="share between districts",
        ),
    ),
    TableSpec(
        name="location_quotients",
        meaning="an area and offence",
        recomputed=_recount_quotients,
        sheet=SheetSpec(
            title="Location quotients",
            place=102,
            note="1: the offence has the same share of crimes as in all areas together.",
        ),
        columns=(
            *AREA_CODE,
            *named("keep", offence="offence or category"),
            *named(
                "cells",
                n="crimes of the offence in the area",
                quotient="share of the offence in the area over its share in all areas",
            ),
            *named(
                "withhold",
                low_95="lower end of the 95% interval of the value beside it",
                high_95="upper end of the 95% interval of the value beside it",
            ),
        ),
    ),
)

#: Its curve is a function of counts that are not published: pictures of closed input leave it out.
CONCENTRATION: Final = Step[Concentration | None](
    name="concentration",
    phase="hotspots",
    words="outputs",
    switch="concentration",
    switch_says="how few areas hold how much",
    needs=(INDEX, FEW_AREAS),
    run=_run,
    tables=_TABLES,
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(ConcentrationSettings,),
    pictures=(Picture(file="lorenz.png", draw=_curve),),
)
