"""A recipe with few draws, to see whether its steps can be taken."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from socharm.assessment.recipe import Recipe

__all__ = ["rehearsed"]

_FEW_DRAWS: Final = 100
_FEW_PERMUTATIONS: Final = 99
_SMALL_BASE: Final = 16
_USUAL_DRAWS: Final = 1_000


def rehearsed(recipe: Recipe) -> Recipe:
    """The recipe with few draws and permutations: what would stop a run stops these too, in seconds."""
    level = recipe.classes.level
    # Rank sets need the more draws the surer they are.
    least = math.ceil(level / (1 - level)) + 1
    uncertainty = recipe.uncertainty
    return replace(
        recipe,
        ranking=replace(recipe.ranking, draws=min(recipe.ranking.draws, _FEW_DRAWS)),
        classes=replace(recipe.classes, draws=min(recipe.classes.draws or _USUAL_DRAWS, max(_USUAL_DRAWS, least))),
        hotspots=replace(recipe.hotspots, permutations=min(recipe.hotspots.permutations, _FEW_PERMUTATIONS)),
        uncertainty=None if uncertainty is None else replace(uncertainty, base=min(uncertainty.base, _SMALL_BASE)),
    )
