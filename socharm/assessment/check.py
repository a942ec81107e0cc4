"""Take every step of a run but the writing, and gather every problem."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from socharm._arguments import check_fields, checked
from socharm.assessment.published import require_publishable
from socharm.assessment.recipe_file import declared_sections, load_recipe, require_recipe
from socharm.assessment.run_steps import phases, take_steps
from socharm.assessment.steps._step import Done, Results
from socharm.assessment.steps.order import all_steps
from socharm.assessment.words import recipe_words
from socharm.errors import CoverageWarning, RefusedError, SocharmError, SocharmWarning
from socharm.snapshot.recipe import Recipe

__all__ = ["Check", "check_assessment"]

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Check:
    """Outcome of `check_assessment`.

    Attributes
    ----------
    problems : tuple of str
        What would stop a run, one text per problem, beginning with the recipe's section.
    notes : tuple of str
        What would not: repairs, single gaps in coverage, single areas without a population.
    refused : bool
        One of the problems is a refusal.
    doubts : tuple of str
        Problems that a run would go on with, though its ranking would mislead: months of the period that are not
        there, no population, more than one code in twenty that does not meet the areas.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    refused: bool = False
    doubts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def ok(self) -> bool:
        """Whether a run would start."""
        return not self.problems


class _Gatherer:
    """Takes every step that can be taken, and keeps what each of them says."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.doubts: list[str] = []
        self.refused = False
        self._silent = {part.key for part in declared_sections() if not part.noted}

    def begin(self, what: str) -> None:
        """A new part of the work begins."""
        if self.progress is not None:
            known = phases()
            self.progress(what, known.index(what) + 1, len(known))

    def take(self, section: str, work: Callable[[], T]) -> Done[T] | None:
        """Result of `work`, or None when it failed; errors and warnings are kept."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SocharmWarning)
            try:
                with recipe_words(section):
                    return Done(work())
            except SocharmError as error:
                self.refused |= isinstance(error, RefusedError)
                self.problems.append(str(error))
                return None
            finally:
                ours = [note for note in caught if issubclass(note.category, SocharmWarning)]
                if section in self._silent:
                    # What is left out for want of months or areas does not hang on draws and permutations.
                    ours = [note for note in ours if issubclass(note.category, CoverageWarning)]
                self.notes += [f"[{section}] {note.message}" for note in ours]


@checked
def check_assessment(recipe: Recipe | str | os.PathLike[str], *, progress: Progress | None = None) -> Check:
    """Read every input of a recipe and list every problem, without running or writing anything.

    Parameters
    ----------
    recipe : Recipe or path
        An ``assessment.toml``, or the recipe itself.
    progress : callable, optional
        Called as ``progress(step, number, of)`` before each step.

    Returns
    -------
    Check
        `problems` is empty when a run would end well. A section that depends on a faulty one is not tried.

    Notes
    -----
    A check takes the very steps of a run, with few draws and permutations, and stops where a run would write: whatever
    a run refuses is listed here in the same words. What stops a run none the less is a disk that fills up, a basemap
    from the network, or memory that other programs take meanwhile.
    """
    found = _Gatherer(progress)
    loaded = found.take("recipe", lambda: require_recipe(recipe) if isinstance(recipe, Recipe) else load_recipe(recipe))
    if loaded is not None:
        results = take_steps(loaded.value, found, rehearsal=True)
        if results is not None:
            found.take("outputs", lambda: require_publishable(loaded.value, results))
            found.notes += _further_notes(results)
            found.doubts += _doubts(results)
    notes = [note for note in dict.fromkeys(found.notes) if note not in found.doubts]
    return Check(tuple(dict.fromkeys(found.problems)), tuple(notes), found.refused, tuple(found.doubts))


def _doubts(results: Results) -> Iterator[str]:
    for step in all_steps():
        if step.doubts is not None:
            yield from (f"[{step.words or step.name}] {doubt}" for doubt in step.doubts(results[step], results))


def _further_notes(results: Results) -> Iterator[str]:
    for step in all_steps():
        if step.notes is not None:
            yield from (f"[{step.words or step.name}] {note}" for note in step.notes(results[step]))
