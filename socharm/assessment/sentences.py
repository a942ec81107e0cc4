"""What the steps say of themselves in a method statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from socharm.assessment.steps.order import all_steps

__all__ = ["method_sentences"]


def method_sentences(recipe: Mapping[str, Any]) -> Iterable[str]:
    """Sentences of the steps on what they did, from a recipe as plain values."""
    for step in all_steps():
        if step.told is not None:
            yield from step.told(recipe)
