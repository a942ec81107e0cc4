"""Incidents read once and given their place, for counts and points."""

from __future__ import annotations

from typing import Final

from socharm.assessment.disclosing import disclosure_settings
from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.io.incidents.locate import LocatedIncidents, locate_incidents

__all__ = ["LOCATED"]


def _run(context: Context) -> LocatedIncidents:
    incidents = context[INCIDENTS]
    settings = disclosure_settings(context.recipe, incidents.settings.layout)
    # Counts that are published with noise have it from their records.
    return locate_incidents(incidents, context[AREAS], keep_records=not settings.open_input)


LOCATED: Final = Step[LocatedIncidents](
    name="located", phase="reading", words="incidents", needs=(INCIDENTS, AREAS), run=_run
)
