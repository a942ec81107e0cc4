"""``[incidents]``, opened; nothing but headers is read."""

from __future__ import annotations

from typing import Final

from socharm.assessment.input_sections import IncidentsSection
from socharm.assessment.steps._step import Section, Step
from socharm.errors import SchemaError
from socharm.io.incidents.named_months import named_months, period_fault
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.records import Incidents
from socharm.snapshot.recipe import Recipe

__all__ = ["INCIDENTS", "open_incidents"]


def open_incidents(recipe: Recipe) -> Incidents:
    """The incidents of a recipe, opened."""
    section = recipe.part(IncidentsSection)
    months = None if section.columns else named_months(recipe.resolve(section.path))
    if months and (fault := period_fault(months, recipe.period.start, recipe.period.end)):
        # Said before a row is read: the reading of all months takes a minute, and would end in nothing.
        raise SchemaError(fault[:1].upper() + fault[1:])
    return read_incidents(
        recipe.resolve(section.path),
        settings=section,
        period=recipe.period,
        marking=recipe.assessment.marking,
        source_name=section.source,
    )


INCIDENTS: Final = Step[Incidents](
    name="incidents",
    phase="reading",
    words="incidents",
    section=Section(
        key="incidents",
        kind=IncidentsSection,
        says="recorded incidents, and what did not arrive",
        place=20,
        required=True,
        arguments={
            "source_name": "[incidents] source",
            "areas": "[areas]",
            "covered": "[incidents] covered_months",
        },
        # `source` of `read_incidents` is a path, and the publisher in a recipe.
        subjects={"source": "path"},
    ),
    run=lambda context: open_incidents(context.recipe),
    layout=lambda incidents: incidents.findings.layout,
)
