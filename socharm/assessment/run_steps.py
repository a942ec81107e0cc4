"""The steps of an assessment, one after the other: a run takes them, and a check takes the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from socharm._about import About, combine_about
from socharm.assessment.recipe_file import rehearsed
from socharm.assessment.steps._step import Context, Done, PartFailedError, Results, Step, Taker
from socharm.assessment.steps.order import all_steps
from socharm.assessment.words import recipe_words
from socharm.snapshot.recipe import Recipe

__all__ = ["WRITING", "about_results", "from_one_step", "phases", "take_steps", "wanted"]

T = TypeVar("T")

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
    if not wanted(step, context.recipe):
        return Done(None)
    if step.words:
        return context.taker.take(step.words, lambda: step.run(context))
    try:
        return Done(step.run(context))
    except PartFailedError:
        return None


def wanted(step: Step[Any], recipe: Recipe) -> bool:
    """Whether the recipe asks for a step, or for one that cannot do without."""
    users = [later for later in all_steps() if step.on_demand and step in later.needs]
    return step.asked(recipe) and (not step.on_demand or any(wanted(user, recipe) for user in users))


def about_results(results: Results) -> About:
    """What an assessment is about, from what its steps say: the leading one first."""
    told = [
        (not step.leads, tuple(step.about(results[step])))
        for step in all_steps()
        if step.about is not None and results[step] is not None
    ]
    abouts = [about for _, parts in sorted(told, key=lambda pair: pair[0]) for about in parts]
    return combine_about(*abouts, unit=abouts[0].unit, coverage=abouts[0].coverage)


def from_one_step(results: Results, part: Callable[[Step[Any]], Callable[[Any], T] | None]) -> T:
    """What a run as a whole needs, from the step that declares it."""
    gives = [(step, give) for step in all_steps() if (give := part(step)) is not None]
    (step, give) = gives[0]
    return give(results[step])
