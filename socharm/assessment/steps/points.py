"""Weighted points by the choices of the index, so that surface, clusters and squares show the harm that is ranked."""

from __future__ import annotations

import warnings
from typing import Final

from socharm.assessment.input_sections import AreasSection
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.located import LOCATED
from socharm.assessment.steps.weights import WEIGHTS
from socharm.errors import CoverageWarning
from socharm.severity.index import SeveritySettings
from socharm.severity.points import HarmPoints, harm_points

__all__ = ["POINTS"]


def _run(context: Context) -> HarmPoints | None:
    recipe, incidents = context.recipe, context[INCIDENTS]
    if incidents.coordinates == "area_code":
        return None
    crs, settings = recipe.part(AreasSection).crs, recipe.part(SeveritySettings)
    with warnings.catch_warnings():
        # The index has told what rows set aside took; the points are of the same rows.
        warnings.simplefilter("ignore", CoverageWarning)
        return harm_points(context[LOCATED], context[WEIGHTS], crs=crs, settings=settings)


POINTS: Final = Step[HarmPoints | None](
    name="points",
    phase="heat",
    words="heat",
    also_words="incidents",
    needs=(INCIDENTS, LOCATED, WEIGHTS, INDEX),
    run=_run,
    on_demand=True,
)
