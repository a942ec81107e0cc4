"""Squares that hold half of each area's harm, where there are points."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.points import POINTS
from socharm.hotspots.points.micro_places import HalfPlaces, half_harm_places
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["MICRO_PLACES"]


def _run(context: Context) -> HalfPlaces | None:
    points = context[POINTS]
    return None if points is None else half_harm_places(points, context[AREAS])


def _frames(found: HalfPlaces | None) -> dict[str, pd.DataFrame]:
    return {} if found is None else {"places": found.table, "place_facts": found.by_area}


MICRO_PLACES: Final = Step[HalfPlaces | None](
    name="places",
    phase="hotspots",
    words="outputs",
    switch="places",
    switch_says="squares that hold half of each area's harm",
    needs=(POINTS, AREAS),
    run=_run,
    tables=(
        TableSpec(
            name="places",
            meaning="a square of an area, from the most harm, as many as hold half of it",
            sheet=SheetSpec(
                title="Places",
                place=104,
                note="Squares of 250 m that hold half of each area's harm; centres in metres.",
            ),
            columns=(
                *AREA_CODE,
                *named(
                    "keep",
                    place="1 has the most harm",
                    easting="centre of the square, in metres",
                    northing="centre of the square, in metres",
                ),
                *named("withhold", harm="sum of weights", events="events"),
                *named(
                    "probability",
                    share="share of the area's located harm",
                    cumulative_share="share of this square and those before",
                ),
            ),
        ),
        TableSpec(
            name="place_facts",
            meaning="an area; index `area_code`",
            columns=(
                *named("keep", listed="squares that hold half of its harm"),
                *named("cells", harm="located harm", events="located events"),
                *named("up:5", squares="squares with any harm"),
                *named("probability", share_listed="share of the located harm that the listed squares hold"),
            ),
        ),
    ),
    frames=_frames,
)
