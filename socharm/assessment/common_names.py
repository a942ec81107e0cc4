"""What the areas of an assessment are called together."""

from __future__ import annotations

from socharm.assessment.input_sections import WeightsSection
from socharm.snapshot.assessment import Assessment

__all__ = ["common_name"]


def common_name(assessment: Assessment) -> str:
    """What the areas are called together, where no table says it: the force of the weights, or the assessment."""
    return assessment.recipe.part(WeightsSection).force or assessment.recipe.assessment.name or "Harm by place"
