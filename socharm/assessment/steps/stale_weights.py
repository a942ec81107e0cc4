"""How old the counts behind the category weights are."""

from __future__ import annotations

from typing import Any, Final

from socharm.assessment.steps._step import Context, Results, Step
from socharm.assessment.steps.weights import WEIGHTS
from socharm.io.weight_scheme import check_stale

__all__ = ["STALE_WEIGHTS"]


def _run(context: Context) -> float:
    """Years between those counts and the period."""
    return check_stale(context[WEIGHTS], context.recipe.period)


def _entries(results: Results) -> dict[str, Any]:
    weights, gap = results[WEIGHTS], results[STALE_WEIGHTS]
    return {
        "crosswalk": {
            "scheme": weights.name,
            "level": weights.level,
            "counts_year": weights.counts_year,
            "gap_years": round(gap, 2),
            "force": weights.findings.force,
        }
    }


STALE_WEIGHTS: Final = Step[float](
    name="stale weights", phase="reading", words="weights", needs=(WEIGHTS,), run=_run, entries=_entries
)
