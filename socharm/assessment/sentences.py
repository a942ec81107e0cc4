"""What the steps say of themselves in a method statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from socharm.assessment.steps.order import all_steps
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence

__all__ = ["method_sentences"]


def method_sentences(recipe: Recipe, manifest: Mapping[str, Any]) -> Iterable[Sentence]:
    """Sentences of the steps that were asked for on what they did, where no table is needed to say it."""
    for step in all_steps():
        if step.told is not None and step.asked(recipe):
            yield from step.told(recipe, manifest)
