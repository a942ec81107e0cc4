"""The steps of an assessment, one after the other: a run takes them, and a check takes the same ones."""

from __future__ import annotations

from typing import Any, Final

from socharm._about import About, combine_about
from socharm.assessment.recipe_file import rehearsed
from socharm.assessment.steps._step import Context, Done, PartFailedError, Results, Step, Taker
from socharm.assessment.steps.counts import COUNTS
from socharm.assessment.steps.deprivation import DEPRIVATION
from socharm.assessment.steps.index import INDEX
from socharm.assessment.steps.indicators import INDICATORS
from socharm.assessment.steps.order import all_steps
from socharm.assessment.words import recipe_words
from socharm.snapshot.recipe import Recipe

__all__ = ["WRITING", "about_results", "phases", "take_steps"]

#: What progress is told of after the steps.
WRITING: Final = ("writing tables", "drawing maps", "closing")


def phases() -> tuple[str, ...]:
    """What progress is told of, in order."""
    return tuple(dict.fromkeys([*(step.phase for step in all_steps()), *WRITING]))


def take_steps(stated: Recipe, taker: Taker, *, rehearsal: bool = False) -> Results | None:
    """Read, weigh, rank and analyse, as a recipe asks.

    Parameters
    ----------
    stated : Recipe
    taker : Taker
    rehearsal : bool
        With few draws and permutations, for whoever wants to know whether the steps can be taken.

    Returns
    -------
    Results or None
        None where a step failed and the taker went on.
    """
    recipe = rehearsed(stated) if rehearsal else stated
    done: dict[str, Any] = {}
    phase, whole = "", True
    for step in all_steps():
        if step.phase != phase:
            phase = step.phase
            taker.begin(phase)
        if any(need.name not in done for need in step.needs):
            whole = False
            continue
        made = _take(step, Context(recipe, stated, Results(done), taker, recipe_words))
        if made is None:
            whole = False
        else:
            done[step.name] = made.value
    return Results(done) if whole else None


def _take(step: Step[Any], context: Context) -> Done[Any] | None:
    if not step.asked(context.recipe):
        return Done(None)
    if step.words:
        return context.taker.take(step.words, lambda: step.run(context))
    try:
        return Done(step.run(context))
    except PartFailedError:
        return None


def about_results(results: Results) -> About:
    """What an assessment is about: its index, and everything that was read."""
    index, deprived = results[INDEX], results[DEPRIVATION]
    return combine_about(
        index.about,
        results[COUNTS].about,
        *(measures.about for measures in results[INDICATORS]),
        *(() if deprived is None else (deprived.about,)),
        unit=index.about.unit,
        coverage=index.about.coverage,
    )
