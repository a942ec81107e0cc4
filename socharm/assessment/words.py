"""Messages of readers and steps in the words of a recipe: its keys instead of arguments of functions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from socharm.assessment.argument_words import with_keys
from socharm.assessment.recipe_file import declared_sections, known_keys
from socharm.assessment.steps.order import all_steps
from socharm.errors import SocharmError, SocharmWarning

__all__ = ["in_recipe_words", "recipe_words"]

#: Arguments whose key has another name, or stands in another section: by the section in which a step works.
_ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    "": {"areas": "[areas]", "population": "[population]", "dictionary": "[[indicators]] dictionary"},
    "areas": {"parent": "[areas] parent", "force": "[areas] force"},
    "incidents": {"source_name": "[incidents] source", "areas": "[areas]", "covered": "[incidents] covered_months"},
    "population": {"shares": "[[lookups]] shares"},
    "population.best_fit": {
        "x": "[population.best_fit] easting",
        "y": "[population.best_fit] northing",
    },
    "lookups": {"source_name": "[[lookups]] source"},
    "deprivation": {"shares": "[[lookups]] shares", "population": "[deprivation] population"},
    "deprivation.best_fit": {
        "x": "[deprivation.best_fit] easting",
        "y": "[deprivation.best_fit] northing",
    },
    "weights": {"name": "[weights] scheme"},
    "index": {"force": "[weights] force", "allow_stale": "[weights] allow_stale"},
    "ranking": {"seed": "[assessment] seed"},
    "heat": {
        "crs": "[areas] crs",
        "offences": "[index] offences",
        "exclude": "[index] exclude",
        "unweighted": "[index] unweighted",
        "transform": "[index] transform",
        "cap": "[index] cap",
    },
    "clusters": {"crs": "[areas] crs"},
    "hotspots": {"crs": "[areas] crs", "by": "[hotspots] correction"},
    "outputs": {"crs": "[areas] crs"},
    "disclosure": {"small": "[disclosure] spread"},
    "composite": {"denominators": "[population]"},
}
#: What a message names as its subject, where the key has another name: `source` of `read_incidents` is a path, and the
#: publisher in a recipe.
_SUBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "incidents": {"source": "path"},
    "weights": {"path": "file"},
    "population.best_fit": {"centroids": "path"},
    "deprivation.best_fit": {"centroids": "path"},
    "deprivation.population_options": {"path": "population", "code": "population_code", "value": "population_value"},
}
#: Set on an error that speaks of the recipe already: a file inside a section has told more than the section could.
_TOLD: Final = "speaks_of_the_recipe"
#: Tables inside a section.
_INNER: Final = ("best_fit", "population_options")


@contextmanager
def recipe_words(section: str) -> Iterator[None]:
    """Let errors and warnings of ours that leave the block speak of the recipe.

    Parameters
    ----------
    section : str
        Section of the recipe that the step works for, such as ``"incidents"`` or ``"lookups.wards"``.

    Raises
    ------
    SocharmError
        The same kind of error, its message begun with the section.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SocharmWarning)
        try:
            yield
        except SocharmError as error:
            if getattr(error, _TOLD, False):
                raise
            told = type(error)(f"[{section}] {in_recipe_words(str(error), section)}")
            setattr(told, _TOLD, True)
            raise told from error
        finally:
            notes = list(caught)
    for note in notes:
        ours = issubclass(note.category, SocharmWarning)
        message = in_recipe_words(str(note.message), section) if ours else note.message
        warnings.warn_explicit(message, note.category, note.filename, note.lineno)


def in_recipe_words(text: str, section: str) -> str:
    """A message with each argument of a function replaced by the key of the recipe that stands for it.

    An argument that no key stands for is said to be one of the Python functions: whoever has only a recipe must not
    look for it there.

    Examples
    --------
    >>> in_recipe_words("Read it again with encoding='cp1252'.", "incidents")
    'Read it again with [incidents] encoding = "cp1252".'
    >>> in_recipe_words("Name it in `missing=` if it stands for a missing value.", "population")
    'Name it in [population] missing if it stands for a missing value.'
    >>> in_recipe_words("`source` names no file: 'crime'.", "incidents")
    "`path` names no file: 'crime'."
    >>> in_recipe_words("Check the columns that `columns=` names.", "heat")
    'Check the columns that [incidents] columns names.'
    """

    text = with_keys(text, lambda name: _key(name, section))
    for name, key in _SUBJECTS.get(section, {}).items():
        text = text.replace(f"`{name}`", f"`{key}`")
    return text


def _key(name: str, section: str) -> str | None:
    whole, _, inner = section.partition(".")
    inside = section if inner in _INNER else whole
    for place in dict.fromkeys((inside, whole)):
        stated = _ELSEWHERE.get(place, {}).get(name)
        if stated is not None:
            return stated
        if name in known_keys(place.split(".")) and (place in known_keys([]) or inner in _INNER):
            lists = [section.key for section in declared_sections() if section.many]
            return f"[[{place}]] {name}" if place in lists else f"[{place}] {name}"
    for other in dict.fromkeys(step.also_words for step in all_steps() if step.words == whole and step.also_words):
        if name in known_keys([other]):
            return f"[{other}] {name}"
    return _ELSEWHERE[""].get(name)
