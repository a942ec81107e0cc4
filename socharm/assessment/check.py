"""Read every input of a recipe and gather every problem, without running."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from socharm._arguments import checked
from socharm.assessment import inputs as read
from socharm.assessment.recipe import Recipe, load_recipe
from socharm.assessment.spatial import deprivation_of
from socharm.errors import RefusedError, SocharmError, SocharmWarning
from socharm.io.lookups import read_lookup
from socharm.io.weights import check_stale

__all__ = ["Check", "check_assessment"]

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Check:
    """Outcome of `check_assessment`.

    Attributes
    ----------
    problems : tuple of str
        What would stop a run, one text per problem, beginning with the recipe's section.
    notes : tuple of str
        What would not: repairs, gaps in coverage, areas without a population.
    refused : bool
        One of the problems is a refusal.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    refused: bool = False

    @property
    def ok(self) -> bool:
        """Whether a run would start."""
        return not self.problems


class _Gatherer:
    def __init__(self) -> None:
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.refused = False

    def attempt(self, section: str, work: Callable[[], _T]) -> _T | None:
        """Result of `work`, or None when it failed; its error and its warnings are kept."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SocharmWarning)
            try:
                return work()
            except SocharmError as error:
                self.refused |= isinstance(error, RefusedError)
                self.problems.append(f"[{section}] {error}")
                return None
            finally:
                ours = [note for note in caught if issubclass(note.category, SocharmWarning)]
                self.notes += [f"[{section}] {note.message}" for note in ours]


@checked
def check_assessment(recipe: Recipe | str | os.PathLike[str]) -> Check:
    """Read every input of a recipe and list every problem, without running or writing anything.

    Parameters
    ----------
    recipe : Recipe or path
        An ``assessment.toml``, or the recipe itself.

    Returns
    -------
    Check
        `problems` is empty when a run would start. A section that depends on a faulty one is not tried.
    """
    found = _Gatherer()
    loaded = recipe if isinstance(recipe, Recipe) else found.attempt("recipe", lambda: load_recipe(recipe))
    if loaded is not None:
        _check_sections(loaded, found)
    return Check(tuple(found.problems), tuple(dict.fromkeys(found.notes)), found.refused)


def _check_sections(recipe: Recipe, found: _Gatherer) -> None:
    lookups = [_attempt_lookup(recipe, lookup.name, found) for lookup in recipe.lookups]
    areas = found.attempt("areas", lambda: read.read_areas(recipe)) if all(lookups) else None
    weights = found.attempt("weights", lambda: read.weights_of(recipe))
    if weights is not None:
        found.attempt("weights", lambda: check_stale(weights, recipe.period))
    incidents = found.attempt("incidents", lambda: read.open_incidents(recipe))
    if areas is not None:
        fitted = found.attempt("population", lambda: read.population_of(recipe, areas))
        if fitted is not None and fitted[0] is not None and (lacking := int(fitted[0].values.isna().sum())):
            found.notes.append(f"[population] {lacking} areas have no population; they will not be ranked.")
        if incidents is not None:
            counts = found.attempt("incidents", lambda: read.count_of(recipe, incidents, areas))
            if counts is not None and counts.about.coverage:
                found.notes.append(f"[incidents] {counts.about.coverage}")
    if recipe.deprivation is not None and areas is not None:
        found.attempt("deprivation", lambda: deprivation_of(recipe, areas))
    for section in recipe.indicators:
        found.attempt("indicators", partial(read.indicators_of, recipe, section))


def _attempt_lookup(recipe: Recipe, name: str, found: _Gatherer) -> bool:
    lookup = recipe.lookup(name)
    path = recipe.resolve(lookup.path)
    work = partial(read_lookup, path, source=lookup.source, target=lookup.target)
    return found.attempt(f"lookups.{name}", work) is not None
