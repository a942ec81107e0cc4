"""Choices of a composite index: its recipe, and what the call changes in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from socharm._constraints import Missing
from socharm._settings import Settings, setting
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.steps import ImputeStep, TreatStep
from socharm.composite.text import load_composite_recipe
from socharm.errors import ParameterError

__all__ = ["CompositeSettings"]


@dataclass(frozen=True, kw_only=True)
class CompositeSettings(Settings):
    """Choices of `composite_index`; enough to compute the same index of the same values again."""

    recipe: CompositeRecipe = setting(says="the recipe itself, or the name of a packaged one")
    period: str | None = setting(None, "period of the values in the panel; the end of their own period when absent")
    missing: Missing | None = setting(
        None, 'indicators that nobody sent: "leave out", or "error", which stops; as the recipe says when absent'
    )
    force: dict[str, str] | None = setting(None, "protected characteristics that are used, with the reason of each")

    @classmethod
    def joined(cls, given: Any, stated: Mapping[str, Any], usual: Mapping[str, Any]) -> Self:
        """As of every function; a packaged recipe is loaded by its name."""
        return super().joined(_loaded(given), _loaded(stated), usual)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        names = {spec.name for spec in self.recipe.indicators}
        for step in self.recipe.prepared_by:
            unknown = sorted(set(step.only) - names) if isinstance(step, (ImputeStep, TreatStep)) else []
            if unknown:
                yield f"The {step.step} step names {unknown}, which are no indicators of {self.recipe.name!r}."
        asked = self.recipe.weigh.elicitation
        if asked is not None and not asked.names & (names | {domain.name for domain in self.recipe.domains}):
            yield f"The elicitation is about {sorted(asked.names)}, none of them a part of {self.recipe.name!r}."
        try:
            _ = self.stated
        except ParameterError as error:
            yield str(error)

    @property
    def stated(self) -> CompositeRecipe:
        """The recipe with what the call states in place of its own."""
        made = self.recipe if self.missing is None else dataclasses.replace(self.recipe, missing=self.missing)
        return made.force(self.force) if self.force else made


def _loaded(values: Any) -> Any:
    """Values with the recipe itself in place of the name of a packaged one."""
    named = values.get("recipe") if isinstance(values, Mapping) else None
    return {**values, "recipe": load_composite_recipe(named)} if isinstance(named, str) else values
