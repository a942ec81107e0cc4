"""``[disclosure]``: settings of disclosure control, and the store's secret where they need one."""

from __future__ import annotations

from typing import Final

from socharm.assessment.disclosing import disclosure_settings, require_noise, store_of
from socharm.assessment.disclosure_section import DisclosureSection
from socharm.assessment.steps._step import Context, Section, Step
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.secret import require_secret

__all__ = ["DISCLOSURE"]


def _run(context: Context) -> DisclosureSettings:
    recipe = context.recipe
    settings = disclosure_settings(recipe, context[INCIDENTS].findings.layout)
    if not settings.open_input:
        require_secret(store_of(recipe))
        require_noise(settings, store_of(recipe))
    return settings


_SECTION: Final = Section(
    key="disclosure",
    kind=DisclosureSection,
    says="what may leave: workbook, maps and documents are in published form",
    place=910,
    arguments={"small": "[disclosure] spread"},
)

DISCLOSURE: Final = Step[DisclosureSettings](
    name="disclosure", phase="reading", words="disclosure", needs=(INCIDENTS,), section=_SECTION, run=_run
)
