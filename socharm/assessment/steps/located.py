"""Incidents read once and given their place, for counts and points."""

from __future__ import annotations

from typing import Final

from socharm.assessment.disclosing import input_is_open
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.io.incidents.locate import LocatedIncidents, locate_incidents

__all__ = ["LOCATED"]


def _run(context: Context) -> LocatedIncidents:
    incidents = context[INCIDENTS]
    # Counts that are published with noise have it from their records.
    closed = not input_is_open(context.recipe, incidents.findings.layout)
    # Crimes by named street are counted of the same reading.
    named = incidents.coordinates != "area_code"
    return locate_incidents(incidents, context[AREAS], keep_records=closed, keep_names=named)


LOCATED: Final = Step[LocatedIncidents](
    name="located", phase="reading", words="incidents", needs=(INCIDENTS, AREAS), run=_run
)
