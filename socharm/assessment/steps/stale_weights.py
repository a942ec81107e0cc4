"""How old the counts behind the category weights are."""

from __future__ import annotations

from typing import Final

from socharm.assessment.steps._step import Context, Step
from socharm.assessment.steps.weights import WEIGHTS
from socharm.io.weight_scheme import check_stale

__all__ = ["STALE_WEIGHTS"]


def _run(context: Context) -> float:
    """Years between those counts and the period."""
    return check_stale(context[WEIGHTS], context.recipe.period)


STALE_WEIGHTS: Final = Step[float](name="stale weights", phase="reading", words="weights", needs=(WEIGHTS,), run=_run)
