"""The recipe of a composite index that ``[composite]`` names: a packaged one, or a file."""

from __future__ import annotations

from typing import Final

from socharm.assessment.steps._step import Context, Step
from socharm.assessment.uncertainty_sections import CompositeSection
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.text import load_composite_recipe

__all__ = ["COMPOSITE_RECIPE"]


def _run(context: Context) -> CompositeRecipe | None:
    section = context.recipe.find(CompositeSection)
    if section is None:
        return None
    own = section.recipe.endswith(".toml")
    return load_composite_recipe(str(context.recipe.resolve(section.recipe)) if own else section.recipe)


COMPOSITE_RECIPE: Final = Step[CompositeRecipe | None](
    name="composite recipe", phase="reading", words="composite", run=_run
)
