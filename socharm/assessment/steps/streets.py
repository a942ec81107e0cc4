"""Crimes by named street, for the sentences and the map of a place."""

from __future__ import annotations

import warnings
from typing import Final

import pandas as pd

from socharm.assessment.input_sections import AreasSection
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.assessment.steps.located import LOCATED
from socharm.assessment.steps.micro_places import MICRO_PLACES
from socharm.assessment.steps.points import POINTS
from socharm.errors import CoverageWarning
from socharm.io.incidents.points import metric_crs
from socharm.io.incidents.streets import count_streets
from socharm.severity.index import SeveritySettings
from socharm.snapshot.spec import TableSpec

__all__ = ["STREETS"]


def _run(context: Context) -> pd.DataFrame | None:
    recipe, incidents = context.recipe, context[INCIDENTS]
    if context[POINTS] is None:
        return None
    crs = metric_crs(incidents, crs=recipe.part(AreasSection).crs)
    flags = [name for name in recipe.part(SeveritySettings).exclude if name.startswith("place:")]
    flags += [name for name in recipe.part(SeveritySettings).exclude if name in incidents.flags]
    with warnings.catch_warnings():
        # The index has told what rows set aside took; these are the same rows.
        warnings.simplefilter("ignore", CoverageWarning)
        return count_streets(context[LOCATED], crs=crs, without=list(dict.fromkeys(flags)))


STREETS: Final = Step[pd.DataFrame | None](
    name="streets",
    phase="hotspots",
    words="outputs",
    also_words="incidents",
    switch=MICRO_PLACES.switch,
    switch_says=MICRO_PLACES.switch_says,
    needs=(INCIDENTS, LOCATED, POINTS),
    run=_run,
    tables=(
        TableSpec(
            name="streets",
            meaning="an offence with five crimes or more on or near a named street, or kind of place, of an area",
            # A name, an offence and an area are a place as fine as any: open data alone show it.
            secret=True,
            columns=(
                *AREA_CODE,
                *named(
                    "withhold",
                    offence="offence or category",
                    street="name of the map point, as police.uk gives it after 'On or near'",
                    easting="its map point with the most incidents, in metres",
                    northing="its map point with the most incidents, in metres",
                    n="crimes or incidents",
                ),
            ),
        ),
    ),
    frames=lambda found: {} if found is None else {"streets": found},
)
